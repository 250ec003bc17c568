"""The times when an antenna is closed or unstaffed, or its satellite cannot be used, which are cut out of passes.

All times are whole seconds since 1970, rounded so that the remaining time is certainly free.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.network import WEEKDAYS, AntennaId, LinkId, SatelliteTime, Station
from passplan.domain.span import Span

Stretch = tuple[int, int]  # from, until

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_FOREVER_S = 1 << 40


@dataclass(frozen=True, slots=True)
class Blocked:
    """Stretches in which there can be no contact: in order, and apart."""

    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()

    @classmethod
    def of(cls, stretches: Iterable[Stretch]) -> Blocked:
        """The union of stretches in any order."""
        starts: list[int] = []
        ends: list[int] = []
        for start, end in sorted(stretches):
            if ends and start <= ends[-1]:
                ends[-1] = max(ends[-1], end)
            else:
                starts.append(start)
                ends.append(end)
        return cls(tuple(starts), tuple(ends))

    @classmethod
    def outside(cls, stretches: Iterable[Stretch], within: Stretch = (-_FOREVER_S, _FOREVER_S)) -> Blocked:
        """All time in `within` except some stretches."""
        free = cls.of(stretches)
        return cls.of(free.cut([within]))

    def cut(self, pieces: Iterable[Stretch], *, before_s: int = 0, after_s: int = 0) -> list[Stretch]:
        """The rest of pieces; a piece ends `before_s` before a blocked stretch and starts `after_s` after it."""
        left: list[Stretch] = []
        for start, end in pieces:
            index = bisect_right(self.ends, start - after_s)
            while index < len(self.starts) and self.starts[index] - before_s < end:
                if start < self.starts[index] - before_s:
                    left.append((start, self.starts[index] - before_s))
                start = self.ends[index] + after_s
                index += 1
            if start < end:
                left.append((start, end))
        return left

    def __bool__(self) -> bool:
        return bool(self.starts)


def floor_s(moment: datetime) -> int:
    """The last whole second up to a moment."""
    return (moment - _EPOCH) // _SECOND


def ceil_s(moment: datetime) -> int:
    """The first whole second from a moment on."""
    return -((_EPOCH - moment) // _SECOND)


def moment_of(second: int) -> datetime:
    """The moment of a whole second."""
    return _EPOCH + timedelta(seconds=second)


def inside(span: Span) -> Stretch:
    """The whole seconds of a span; the end is not after the start when it has none."""
    return ceil_s(span.start), floor_s(span.end)


def around(span: Span) -> Stretch:
    """The whole seconds that a span touches."""
    return floor_s(span.start), ceil_s(span.end)


def closed(station: Station, antennas: Sequence[AntennaId]) -> Blocked:
    """The times when at least one of some antennas of a station is closed."""
    return Blocked.of(around(c.span) for c in station.closures if not c.antenna or c.antenna in antennas)


def unstaffed(station: Station, within: Stretch) -> Blocked:
    """The times in `within` when no staff is at the station.

    Hours are local time. An hour that is skipped in spring is an hour later; of an hour that occurs twice in autumn the
    first is used.

    Raises:
        InputError: for an unknown time zone.
    """
    if not station.staffing:
        return Blocked()
    try:
        zone = ZoneInfo(station.time_zone)
    except (KeyError, ValueError, OSError):
        raise InputError(
            Message(
                "time_zone_unknown",
                'station "%(station)s": time_zone is %(time_zone)r; it is an IANA name such as Europe/Berlin',
                station=station.id,
                time_zone=station.time_zone,
            )
        ) from None
    shifts = (
        _hours(day, shift.opens, shift.closes, zone)
        for day in _days(within)
        for shift in station.staffing
        if WEEKDAYS[day.weekday()] in shift.days
    )
    return Blocked.outside((s for s in shifts if s[0] < s[1]), within)


def blocked_by_satellite(
    times: Sequence[SatelliteTime], link: LinkId, during: Sequence[str], within: Stretch
) -> Blocked:
    """The times when a satellite's named times block a link, or are not those that a request requires (`during`)."""
    blocked = [s for t in times if link in t.blocks or "*" in t.blocks for s in _stretches(t, within, outward=True)]
    for name in during:
        named = [s for t in times if t.name == name for s in _stretches(t, within, outward=False)]
        outside = Blocked.outside((s for s in named if s[0] < s[1]), within)
        blocked += zip(outside.starts, outside.ends, strict=True)
    return Blocked.of(blocked)


def _stretches(item: SatelliteTime, within: Stretch, *, outward: bool) -> list[Stretch]:
    if item.daily is not None:
        return [_hours(day, *item.daily, UTC) for day in _days(within)]
    return [around(item.span) if outward else inside(item.span)] if item.span is not None else []


def _days(within: Stretch) -> list[date]:
    """Every date that a stretch touches anywhere on Earth, and the one before it, whose hours may reach into it."""
    first, last = moment_of(within[0]).date() - timedelta(days=2), moment_of(within[1]).date() + timedelta(days=1)
    return [first + timedelta(days=k) for k in range((last - first).days + 1)]


def _hours(day: date, opens: str, closes: str, zone: tzinfo) -> Stretch:
    """From one hour of a day to another; the second is on the next day when it is not after the first."""
    return _on(day, opens, zone), _on(day + timedelta(days=closes <= opens), closes, zone)


def _on(day: date, hour: str, zone: tzinfo) -> int:
    if hour == "24:00":
        day, hour = day + timedelta(days=1), "00:00"
    wall = datetime.combine(day, time.fromisoformat(hour), zone)
    return floor_s(wall.astimezone(UTC))
