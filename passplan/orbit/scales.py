"""Seconds after an instant as Julian dates (UTC, for SGP4) and as the Earth's rotation angle (UT1)."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from passplan.domain.errors import InputError
from passplan.domain.messages import Message
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


@dataclass(frozen=True, slots=True)
class EarthOrientation:
    """The table of UT1 that is in use: measured, then predicted by the IERS."""

    source: str  # a file, or "skyfield"
    end: datetime  # what comes later is extrapolated

    def ut1_error_s(self, moment: datetime) -> float:
        """The largest error of UT1 at a moment [s], as it was seen; 0 within the table, whose own error is below 20 ms.

        Measured with the tables of 1999 to 2026, cut off at every 61 days: the extrapolation was wrong by at most 1.11
        ms a day (0.18 s after a year, 0.51 s after two). A second of UT1 is 0.46 km of ground at the equator.
        """
        return max(0.0, (moment - self.end) / timedelta(days=1)) * _UT1_DRIFT_S_PER_DAY


_UT1_DRIFT_S_PER_DAY = 0.0012
_LEAST_DAYS = 30  # of a file
_VARIABLE = "PASSPLAN_EOP"
_chosen: Path | None = None
_chosen_mtime_ns = 0  # a file that was replaced is read again


def use_earth_orientation(path: Path | None) -> None:
    """Use a file of the IERS, finals2000A, for UT1 from its first day on; None: the table inside skyfield.

    Without a call the variable PASSPLAN_EOP names the file. The file is read when UT1 is needed first.
    """
    global _chosen, _chosen_mtime_ns
    mtime_ns = path.stat().st_mtime_ns if path is not None and path.exists() else 0
    if (path, mtime_ns) != (_chosen, _chosen_mtime_ns):
        _chosen, _chosen_mtime_ns = path, mtime_ns
        timescale.cache_clear()
        earth_orientation.cache_clear()


@cache
def timescale() -> Any:
    """Skyfield's time scale, from the table inside its package or a file: nothing is downloaded.

    Raises:
        InputError: for a file that is no table of the IERS.
        OSError: when it cannot be read.
    """
    from skyfield.api import load

    shipped = load.timescale(builtin=True)
    path = _file()
    return shipped if path is None else _with_file(shipped, path)


@cache
def earth_orientation() -> EarthOrientation:
    """The table of UT1 that is in use.

    Raises:
        InputError, OSError: as `timescale`.
    """
    days_tt, _ = timescale().delta_t_table
    end = timescale().tt_jd(float(days_tt[-1])).utc_datetime().astimezone(UTC)
    return EarthOrientation(source=str(_file() or "skyfield"), end=end)


def _file() -> Path | None:
    named = os.environ.get(_VARIABLE, "")
    return _chosen or (Path(named) if named else None)


def _with_file(shipped: Any, path: Path) -> Any:
    """The shipped time scale, with UT1 of a file from its first day on. New leap seconds are jumps of UT1 - UTC."""
    from skyfield.data.iers import parse_dut1_from_finals_all
    from skyfield.timelib import Timescale

    with path.open("rb") as file:
        utc_mjd, dut1_s = parse_dut1_from_finals_all(file)
    if len(utc_mjd) < _LEAST_DAYS or np.any(np.diff(utc_mjd) != 1.0) or np.any(np.abs(dut1_s) > 1.0):
        raise InputError(
            Message(
                "eop_malformed",
                "%(path)s: it has %(days)s days of UT1 in a row; finals2000A of the IERS has %(least)s at least",
                path=str(path),
                days=len(utc_mjd),
                least=_LEAST_DAYS,
            )
        )
    first = shipped.utc(1858, 11, 17.0 + utc_mjd[0])
    begin_s = round((first.tt - 2_400_000.5 - utc_mjd[0]) * DAY_S, 3)  # TT - UTC
    leaps = np.concatenate([[0.0], np.cumsum(np.diff(dut1_s) > 0.9)])
    tt_minus_utc_s = begin_s + leaps
    days_tt = utc_mjd + tt_minus_utc_s / DAY_S + 2_400_000.5
    old_tt, old_delta_t_s = shipped.delta_t_table
    earlier = old_tt < days_tt[0] - 0.5
    table = (
        np.concatenate([old_tt[earlier], days_tt]),
        np.concatenate([old_delta_t_s[earlier], np.round(tt_minus_utc_s - dut1_s, 7)]),
    )
    from skyfield.iokit import load_bundled_npy

    arrays = load_bundled_npy("iers.npz")
    known = arrays["leap_dates"]
    new = np.array([mjd + 2_400_000.5 for mjd in utc_mjd[1:][np.diff(dut1_s) > 0.9] if mjd + 2_400_000.5 > known[-1]])
    offsets = arrays["leap_offsets"]
    more = offsets[-1] + 1.0 + np.arange(len(new))
    return Timescale(table, np.concatenate([known, new]), np.concatenate([offsets, more]))
