"""Instants and spans of time, always UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from passplan.domain.errors import InputError
from passplan.domain.messages import Message


def instant(value: Any) -> datetime:
    """Convert a time to an aware UTC datetime.

    Accepts an aware `datetime`, a `numpy.datetime64` (taken as UTC) and a Skyfield `Time`.

    Raises:
        InputError: for a datetime without a time zone (a guess would be wrong somewhere), a NaT, or another type.
    """
    if type(value) is datetime and value.tzinfo is UTC:
        return value
    if type(value).__module__ == "numpy" and type(value).__name__ == "datetime64":
        year = int(value.astype("datetime64[Y]").astype("int64")) + 1970
        moment = value.astype("datetime64[us]").item() if 0 < year < 10_000 else None  # beyond, numpy wraps silently
        if not isinstance(moment, datetime):
            raise InputError(
                Message(
                    "instant_years", "the instant is %(instant)s; give a time in the years 1 to 9999", instant=value
                )
            )
        return moment.replace(tzinfo=UTC)
    if hasattr(value, "utc_datetime"):
        try:
            value = value.utc_datetime()
        except ValueError as error:
            raise InputError(
                Message(
                    "instant_not_in_calendar", "the instant is no time of the calendar: %(error)s", error=str(error)
                )
            ) from None
    if not isinstance(value, datetime):
        raise InputError(
            Message(
                "instant_type",
                "the instant is a %(type)s; it is an aware datetime, a numpy.datetime64 or a Skyfield Time",
                type=type(value).__name__,
            )
        )
    if value.tzinfo is None:
        raise InputError(
            Message(
                "instant_without_zone",
                "the instant %(instant)s has no time zone; add one, such as tzinfo=UTC",
                instant=value.isoformat(),
            )
        )
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise InputError(
            Message(
                "instant_outside_years",
                "the instant %(instant)s is outside the years 1 to 9999",
                instant=value.isoformat(),
            )
        ) from None


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A span of time [start, end), not empty.

    Raises:
        InputError: when the end is not after the start, or an instant has no time zone.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", instant(self.start))
        object.__setattr__(self, "end", instant(self.end))
        if self.end <= self.start:
            raise InputError(
                Message(
                    "span_ends_early",
                    "the span ends at %(end)s, not after its start %(start)s; give an end that is later",
                    end=self.end.isoformat(),
                    start=self.start.isoformat(),
                )
            )

    @property
    def duration_s(self) -> float:
        """Length [s]."""
        return (self.end - self.start).total_seconds()

    @property
    def middle(self) -> datetime:
        """The instant halfway between start and end."""
        return self.start + (self.end - self.start) / 2

    def overlaps(self, other: Span) -> bool:
        """Whether the two have an instant in common; spans that only touch have none."""
        return self.start < other.end and other.start < self.end

    def intersection(self, other: Span) -> Span | None:
        """The common part; None when they do not overlap."""
        if not self.overlaps(other):
            return None
        return Span(max(self.start, other.start), min(self.end, other.end))

    def overlap_s(self, other: Span) -> float:
        """The length of the common part [s]; 0 when they do not overlap."""
        return max(0.0, (min(self.end, other.end) - max(self.start, other.start)).total_seconds())

    def distance_s(self, moment: datetime) -> float:
        """How far a moment lies outside the span [s]; 0 inside."""
        if moment < self.start:
            return (self.start - moment).total_seconds()
        return max(0.0, (moment - self.end).total_seconds())
