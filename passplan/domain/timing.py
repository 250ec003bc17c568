"""How uncertain the times of a pass are, and on what measurement that rests."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TimingBasis(StrEnum):
    """The measurement behind `timing_68_s` and `timing_95_s`."""

    EPHEMERIS = "ephemeris"  # the ISS's published ephemerides against later ones
    OWN_HISTORY = "own_history"  # this satellite's own past element sets against later ones
    ISS_TABLE = "iss_table"  # the ISS's element sets of four years
    ORBIT_CLASS = "orbit_class"  # satellites of the same kind of orbit
    NONE = "none"  # not measured: the times are NaN

    @property
    def or_none(self) -> str | None:
        """Its name; None where nothing is measured."""
        return None if self is TimingBasis.NONE else self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecord:
    """What a satellite's element sets of the last 60 days tell about the next one."""

    drag_rev_day2: float  # median of mean_motion_dot in 30 days
    bstar: float  # median of BSTAR in 30 days
    scale: float = 1.0  # the errors of the past sets, by those of the table
    half_days: int = 0  # independent comparisons behind the scale; 0: too few

    def is_odd(self, bstar: float) -> bool:
        """Whether BSTAR is so far from the median that the set is suspicious: at most half of it, or over twice it."""
        return bstar <= 0.0 or (self.bstar > 0.0 and not 0.5 * self.bstar < bstar <= 2.0 * self.bstar)
