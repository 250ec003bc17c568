"""The due slots of a job: computed from mission time and the ledger alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)
MOST_MISSED = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """The slots of a job: at a fixed interval, counted from 1970-01-01 UTC plus an offset."""

    every: timedelta
    offset: timedelta = timedelta(0)
    each_missed: bool = False  # whether all missed slots are done later, or only the last

    def latest(self, now: datetime) -> datetime:
        """The last slot that has begun by a moment."""
        first = _ORIGIN + self.offset
        return first + (now - first) // self.every * self.every

    def due(self, last: datetime | None, now: datetime) -> tuple[datetime, ...]:
        """The slots after the last one done that have begun; only the latest where none was ever done.

        A clock that was set back gives none, so no slot is done twice; of more than `MOST_MISSED` the newest are done.
        """
        latest = self.latest(now)
        if last is not None and latest <= last:
            return ()
        if last is None or not self.each_missed:
            return (latest,)
        missed = min((latest - last) // self.every, MOST_MISSED)
        return tuple(latest - k * self.every for k in range(missed - 1, -1, -1))
