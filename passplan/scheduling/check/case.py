"""A schedule with the inputs of its check, and lookups for the rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from passplan.domain.network import AgencyId, Antenna, AntennaRef, Network, Station
from passplan.domain.requests import ContactRequest, RequestBook, RequestId
from passplan.domain.schedule import Assignment, Schedule
from passplan.domain.span import Span
from passplan.domain.windows import ContactWindow

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A schedule and the inputs of its check, with lookups for the rules."""

    schedule: Schedule
    book: RequestBook
    network: Network
    held: frozenset[Assignment]
    requests: dict[RequestId, ContactRequest]
    parts: dict[RequestId, dict[int, Span]]
    contacts: dict[RequestId, list[Assignment]]  # of requests in the book, in order of part
    chosen: tuple[Assignment, ...]  # without the held ones
    windows: dict[tuple[RequestId, tuple[AntennaRef, ...]], list[ContactWindow]]
    antennas: dict[AntennaRef, tuple[Station, Antenna]]

    def is_held(self, *assignments: Assignment) -> bool:
        """Whether all assignments are held."""
        return all(a in self.held for a in assignments)

    def windows_of(self, assignment: Assignment) -> list[ContactWindow]:
        """The windows of its request at exactly its antennas."""
        return self.windows.get((assignment.request, assignment.antennas), [])

    def windows_around(self, assignment: Assignment) -> list[ContactWindow]:
        """The windows of an assignment that contain its contact."""
        return [w for w in self.windows_of(assignment) if reach_beyond(assignment.contact, w.span) == timedelta(0)]


def case_of(
    schedule: Schedule,
    book: RequestBook,
    network: Network,
    windows: Sequence[ContactWindow],
    held: Sequence[Assignment],
) -> Case:
    """Build the case of a schedule."""
    requests = {r.id: r for r in book.requests}
    held_ones = frozenset(held)
    contacts = defaultdict(list)
    for assignment in sorted(schedule.assignments, key=lambda a: (a.part, a.contact)):
        if assignment.request in requests:
            contacts[assignment.request].append(assignment)
    windows_by_antennas = defaultdict(list)
    for window in windows:
        windows_by_antennas[window.request, window.antennas].append(window)
    return Case(
        schedule=schedule,
        book=book,
        network=network,
        held=held_ones,
        requests=requests,
        parts={r.id: _parts_of(r, schedule.span) for r in book.requests},
        contacts=dict(contacts),
        chosen=tuple(a for a in schedule.assignments if a not in held_ones),
        windows=dict(windows_by_antennas),
        antennas={AntennaRef(s.id, a.id): (s, a) for s in network.stations for a in s.antennas},
    )


def _parts_of(request: ContactRequest, span: Span) -> dict[int, Span]:
    """The parts of a request in a span, each with the span in which its contact starts.

    A split request is one part here: it is served or not, independent of its split. Parts by the day are numbered from
    the request's first day.
    """
    if request.repetition is None or not meets(request.span, span):
        return {1: request.span}  # one part to refuse, when the spans do not overlap
    times = request.repetition.times
    if request.repetition.period == "span":
        return dict.fromkeys(range(1, times + 1), request.span)
    days = _days(max(request.span.start, span.start), min(request.span.end, span.end))
    return {
        1 + (day.start.date() - request.span.start.date()).days * times + k: day for day in days for k in range(times)
    }


def _days(start: datetime, end: datetime) -> list[Span]:
    """The UTC days that [start, end) touches."""
    days = []
    day = datetime.combine(start.date(), time(), UTC)
    while max(start, day) < end:
        days.append(Span(day, day + _DAY))
        day += _DAY
    return days


def is_foreign(station: Station, agency: AgencyId) -> bool:
    """Whether a station belongs to another agency."""
    return station.agency not in ("", agency)


def reach_beyond(contact: Span, span: Span) -> timedelta:
    """The time of a contact outside a span, at both ends together."""
    return max(timedelta(0), span.start - contact.start) + max(timedelta(0), contact.end - span.end)


def meets(a: Span, b: Span) -> bool:
    """Whether two spans have time in common."""
    return a.start < b.end and b.start < a.end
