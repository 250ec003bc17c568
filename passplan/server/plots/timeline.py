"""The day's timeline: antennas in rows; positions are per cent of the day, so that zooming changes only the width."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from passplan.domain.rows.passes import ForecastPass
from passplan.domain.span import Span
from passplan.queries.day import Closed, Lane, SeenRefusal
from passplan.queries.snapshot import SeenContact
from passplan.server.shared.display import band

_MIDNIGHT = datetime(2000, 1, 1, tzinfo=UTC)  # lines are at multiples of the step from midnight
_TOP = 26  # the line on which bars stand
_HEIGHT = (8, 12, 16, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A contact in a pass."""

    seen: SeenContact
    x: float
    width: float
    letter_x: float
    holds: tuple[tuple[float, float], ...]  # setup and teardown


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A pass over an antenna."""

    row: ForecastPass | None  # None: a contact whose pass is no longer in the forecast
    x: float
    width: float
    y: int
    height: int
    is_past: bool
    booked: tuple[Booked, ...]
    refused: tuple[SeenRefusal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """An antenna."""

    lane: Lane
    is_first: bool  # of its agency
    bars: tuple[Bar, ...]
    closed: tuple[tuple[Closed, float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A day of all antennas."""

    rows: tuple[TimelineRow, ...]
    hours: tuple[tuple[float, str], ...]
    now: float | None  # per cent; None: another day
    freeze: float | None


def timeline(
    lanes: tuple[Lane, ...],
    day: Span,
    *,
    now: datetime,
    frozen_until: datetime,
    step: timedelta,
    word: Callable[[datetime], str],
) -> Timeline:
    """The timeline of a day, or of a part of one; a line every `step`, with a word beside it."""

    def part(moment: datetime) -> float:
        return round(100.0 * (moment - day.start).total_seconds() / day.duration_s, 3)

    def stretch(start: datetime, end: datetime) -> tuple[float, float]:
        x, after = (min(100.0, max(0.0, part(moment))) for moment in (start, end))  # holds reach over midnight
        return x, round(after - x, 3)

    rows, agency = [], None
    for lane in lanes:
        bars = tuple(b for b in _bars(lane, now, stretch) if b.width > 0.0 and b.x < 100.0)
        closed = tuple((c, *stretch(c.span.start, c.span.end)) for c in lane.closed if c.span.overlaps(day))
        rows.append(TimelineRow(lane=lane, is_first=lane.station.agency != agency, bars=bars, closed=closed))
        agency = lane.station.agency
    hours = []
    moment = day.start + (-(day.start - _MIDNIGHT)) % step
    while moment < day.end:
        hours.append((part(moment), word(moment) if part(moment) < 97.0 else ""))
        moment += step
    inside = day.start <= now < day.end
    return Timeline(
        rows=tuple(rows),
        hours=tuple(hours),
        now=part(now) if inside else None,
        freeze=part(frozen_until) if day.start <= frozen_until < day.end else None,
    )


def _bars(lane: Lane, now: datetime, stretch: Callable[[datetime, datetime], tuple[float, float]]) -> list[Bar]:
    bars, placed = [], set()
    for row in lane.passes:
        span = row.span
        contacts = [
            s
            for s in lane.contacts
            if s.contact.assignment.satellite == row.satellite and s.contact.assignment.contact.overlaps(span)
        ]
        placed |= {s.contact.id for s in contacts}
        x, width = stretch(span.start, span.end)
        height = _HEIGHT[band(row.peak_elevation_deg)]
        bars.append(
            Bar(
                row=row,
                x=x,
                width=width,
                y=_TOP - height,
                height=height,
                is_past=span.end <= now,
                booked=tuple(_booked(s, stretch) for s in contacts),
                refused=tuple({id(r): r for r, window in lane.refused if window.overlaps(span)}.values()),
            )
        )
    for s in lane.contacts:
        if s.contact.id not in placed:
            span = s.contact.assignment.contact
            x, width = stretch(span.start, span.end)
            bars.append(
                Bar(
                    row=None,
                    x=x,
                    width=width,
                    y=_TOP - _HEIGHT[1],
                    height=_HEIGHT[1],
                    is_past=span.end <= now,
                    booked=(_booked(s, stretch),),
                    refused=(),
                )
            )
    return sorted(bars, key=lambda b: b.x)


def _booked(s: SeenContact, stretch: Callable[[datetime, datetime], tuple[float, float]]) -> Booked:
    contact, occupies = s.contact.assignment.contact, s.contact.assignment.occupies
    x, width = stretch(contact.start, contact.end)
    holds = []
    for start, end in ((occupies.start, contact.start), (contact.end, occupies.end)):
        if end > start:
            holds.append(stretch(start, end))
    return Booked(seen=s, x=x, width=width, letter_x=round(x + width / 2.0, 3), holds=tuple(holds))
