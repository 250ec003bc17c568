"""A clock that runs fast, and alike in every process of a machine."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class FastClock:
    """What a service takes for real time: so and so many times faster than it is.

    It counts by the machine's monotonic clock, which is one for all processes and is never set.
    """

    origin: datetime  # what it showed in the beginning
    began_s: float  # when that was, by time.monotonic()
    speed: float

    def __call__(self) -> datetime:
        return self.at(time.monotonic())

    def __str__(self) -> str:
        return f"{self.origin.isoformat()},{self.began_s!r},{self.speed!r}"

    def at(self, monotonic_s: float) -> datetime:
        """What it showed, or will show, at another moment."""
        return self.origin + timedelta(seconds=(monotonic_s - self.began_s) * self.speed)

    @staticmethod
    def parse(text: str) -> FastClock:
        """The inverse of `str`."""
        origin, began_s, speed = text.split(",")
        return FastClock(origin=datetime.fromisoformat(origin), began_s=float(began_s), speed=float(speed))
