"""Seconds after an instant as Julian dates (UTC, for SGP4) and as the Earth's rotation angle (UT1)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from passplan.domain.span import Span

Floats = NDArray[np.float64]

DAY_S = 86_400.0
JULIAN_DATE_OF_ORDINAL_0 = 1_721_424.5
EARTH_ROTATION_RAD_S = 7.292115855e-5  # d(GMST)/dt; velocities alone use it, angles come from the table


@dataclass(frozen=True, slots=True)
class TimeBase:
    """The clock of a search: seconds after `origin`, with 86,400 of them in every UTC day as in SGP4's time."""

    origin: datetime
    midnight_jd: float  # Julian date of the midnight before the origin
    after_midnight_s: float
    first_day: int  # of the table, counted from that midnight
    angle_rad: Floats  # [day] sidereal angle at 0 h UTC
    rate_rad_s: Floats  # [day]

    @classmethod
    def over(cls, span: Span, margin_s: float = DAY_S) -> TimeBase:
        """The clock that starts with a span and has the Earth's rotation over the span and a margin."""
        midnight = span.start.replace(hour=0, minute=0, second=0, microsecond=0)
        after_midnight_s = (span.start - midnight).total_seconds()
        first = math.floor((after_midnight_s - margin_s) / DAY_S)
        last = math.floor((after_midnight_s + span.duration_s + margin_s) / DAY_S)
        angle_rad, rate_rad_s = _sidereal_table(midnight, first, last - first + 1)
        return cls(
            origin=span.start,
            midnight_jd=midnight.toordinal() + JULIAN_DATE_OF_ORDINAL_0,
            after_midnight_s=after_midnight_s,
            first_day=first,
            angle_rad=angle_rad,
            rate_rad_s=rate_rad_s,
        )

    def julian(self, seconds: Floats) -> tuple[Floats, Floats]:
        """UTC Julian dates in two parts, whole and fraction of a day, so that a microsecond survives."""
        day, of_day_s = self._days(seconds)
        return self.midnight_jd + day, of_day_s / DAY_S

    def sidereal_rad(self, seconds: Floats) -> Floats:
        """Greenwich mean sidereal time of 1982, from UT1 [rad]."""
        day, of_day_s = self._days(seconds)
        index = np.clip(day.astype(np.int64) - self.first_day, 0, len(self.angle_rad) - 1)
        beyond_s = (day - self.first_day - index) * DAY_S
        return self.angle_rad[index] + self.rate_rad_s[index] * (of_day_s + beyond_s)

    def seconds(self, moment: datetime) -> float:
        """A moment on this clock [s]."""
        return (moment - self.origin).total_seconds()

    def _days(self, seconds: Floats) -> tuple[Floats, Floats]:
        since_midnight_s = self.after_midnight_s + np.asarray(seconds, dtype=np.float64)
        day = np.floor(since_midnight_s / DAY_S)
        return day, since_midnight_s - day * DAY_S


def _sidereal_table(midnight: datetime, first: int, count: int) -> tuple[Floats, Floats]:
    """The angle at each midnight and its rate through the day.

    Linear within a day it is good to 1e-11 rad. The rate is taken up to 23:59:59, so that a leap second, which ends a
    day, bends nothing.
    """
    from skyfield.sgp4lib import theta_GMST1982

    days = midnight.day + first + np.arange(count)
    begin = timescale().utc(midnight.year, midnight.month, days)
    end = timescale().utc(midnight.year, midnight.month, days, 23, 59, 59)
    angle_rad = np.asarray(theta_GMST1982(begin.whole, begin.ut1_fraction)[0], dtype=np.float64)
    end_rad = np.asarray(theta_GMST1982(end.whole, end.ut1_fraction)[0], dtype=np.float64)
    turn = 2.0 * math.pi
    gained_rad = turn + np.mod(end_rad - angle_rad, turn)
    return np.mod(angle_rad, turn), gained_rad / (DAY_S - 1.0)


@cache
def timescale() -> Any:
    """Skyfield's time scale, from the table inside its package: nothing is downloaded."""
    from skyfield.api import load

    return load.timescale(builtin=True)


def earth_orientation_end() -> datetime:
    """The end of the table of UT1 (measured, then predicted by the IERS); what comes later is extrapolated."""
    days_tt, _ = timescale().delta_t_table
    return timescale().tt_jd(float(days_tt[-1])).utc_datetime().astimezone(UTC)  # type: ignore[no-any-return]
