"""A schedule with all that it is checked against, and what the rules look up in it."""

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
    """A schedule and all that it is judged by, with what the rules look up."""

    schedule: Schedule
    book: RequestBook
    network: Network
    held: frozenset[Assignment]
    requests: dict[RequestId, ContactRequest]
    parts: dict[RequestId, dict[int, Span]]
    given: dict[RequestId, list[Assignment]]  # of requests in the book, in order of part
    chosen: tuple[Assignment, ...]  # what is not held
    windows: dict[tuple[RequestId, tuple[AntennaRef, ...]], list[ContactWindow]]
    antennas: dict[AntennaRef, tuple[Station, Antenna]]

    def is_held(self, *assignments: Assignment) -> bool:
        """Whether all of these were decided before."""
        return all(a in self.held for a in assignments)

    def windows_of(self, assignment: Assignment) -> list[ContactWindow]:
        """The windows of its request at exactly its antennas."""
        return self.windows.get((assignment.request, assignment.antennas), [])

    def windows_around(self, assignment: Assignment) -> list[ContactWindow]:
        """Those of them that hold its contact."""
        return [w for w in self.windows_of(assignment) if reach_beyond(assignment.contact, w.span) == timedelta(0)]


def case_of(
    schedule: Schedule,
    book: RequestBook,
    network: Network,
    windows: Sequence[ContactWindow],
    held: Sequence[Assignment],
) -> Case:
    """All that the rules look up."""
    requests = {r.id: r for r in book.requests}
    held_ones = frozenset(held)
    given = defaultdict(list)
    for assignment in sorted(schedule.assignments, key=lambda a: (a.part, a.contact)):
        if assignment.request in requests:
            given[assignment.request].append(assignment)
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
        given=dict(given),
        chosen=tuple(a for a in schedule.assignments if a not in held_ones),
        windows=dict(windows_by_antennas),
        antennas={AntennaRef(s.id, a.id): (s, a) for s in network.stations for a in s.antennas},
    )


def _parts_of(request: ContactRequest, span: Span) -> dict[int, Span]:
    """What a request asks for inside a span: its parts, and where the contact of each starts.

    A split request is one part here: however it is cut, it is served or it is not. Parts by the day are numbered from
    the request's own first day.
    """
    if request.repetition is None or not meets(request.span, span):
        return {1: request.span}  # one to refuse, where the spans do not meet
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
    """Whether a station is another agency's."""
    return station.agency not in ("", agency)


def reach_beyond(contact: Span, span: Span) -> timedelta:
    """How far a contact reaches out of a span, at both ends together."""
    return max(timedelta(0), span.start - contact.start) + max(timedelta(0), contact.end - span.end)


def meets(a: Span, b: Span) -> bool:
    """Whether two spans have time in common."""
    return a.start < b.end and b.start < a.end
