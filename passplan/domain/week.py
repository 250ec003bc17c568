"""Weeks in which agreements count minutes: from Monday 00:00 UTC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from passplan.domain.span import Span

LENGTH = timedelta(days=7)


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """A week from Monday 00:00 UTC."""

    start: datetime

    @classmethod
    def of(cls, instant: datetime) -> Week:
        """The week that an instant lies in."""
        day = instant.astimezone(UTC).date()
        return cls(datetime.combine(day - timedelta(days=day.weekday()), time(), UTC))

    @classmethod
    def all_of(cls, span: Span) -> Iterator[Week]:
        """Every week that a span touches, in order."""
        week = cls.of(span.start)
        yield week
        while span.end - week.start > LENGTH:  # tested before adding: the calendar's last week has no end
            week = cls(week.start + LENGTH)
            yield week

    @property
    def span(self) -> Span:
        """From this Monday to the next."""
        return Span(self.start, self.start + LENGTH)
