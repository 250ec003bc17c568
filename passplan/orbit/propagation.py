"""An element set's Earth-fixed motion, by the sgp4 package with WGS72 constants (those the elements were made with)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from sgp4.api import WGS72, Satrec

from passplan.domain.elements import ElementSet
from passplan.orbit.frames import earth_fixed, earth_fixed_velocity
from passplan.orbit.scales import JULIAN_DATE_OF_ORDINAL_0, Floats, TimeBase

_SGP4_EPOCH_JD = 2_433_281.5
_DEGREE = math.pi / 180.0
_REV_DAY_PER_RAD_MIN = 1440.0 / (2.0 * math.pi)
_MINUTES_PER_DAY = 1440.0
NOT_A_NUMBER = 255  # our code beside SGP4's: a position that is no number, with no error told


def sgp4_record(elements: ElementSet) -> Satrec:
    """The sgp4 package's record of an element set. It never sees the catalogue number."""
    midnight = elements.epoch.replace(hour=0, minute=0, second=0, microsecond=0)
    epoch_jd = midnight.toordinal() + JULIAN_DATE_OF_ORDINAL_0
    epoch_of_day = (elements.epoch - midnight) / timedelta(days=1)
    record = Satrec()
    record.sgp4init(
        WGS72,
        "i",
        0,
        (epoch_jd + epoch_of_day) - _SGP4_EPOCH_JD,  # rounded as in Vallado's own reader; only the Moon and Sun use it
        elements.bstar,
        elements.mean_motion_dot / (_REV_DAY_PER_RAD_MIN * _MINUTES_PER_DAY),
        elements.mean_motion_ddot / (_REV_DAY_PER_RAD_MIN * _MINUTES_PER_DAY**2),
        elements.eccentricity,
        elements.arg_of_pericenter_deg * _DEGREE,
        elements.inclination_deg * _DEGREE,
        elements.mean_anomaly_deg * _DEGREE,
        elements.mean_motion_rev_day / _REV_DAY_PER_RAD_MIN,
        elements.ra_of_asc_node_deg * _DEGREE,
    )
    record.jdsatepoch, record.jdsatepochF = epoch_jd, epoch_of_day
    return record


class Motion:
    """Where a satellite is, Earth-fixed, at seconds after the origin of a clock."""

    def __init__(self, elements: ElementSet, clock: TimeBase) -> None:
        self.elements = elements
        self.clock = clock
        self.epoch_s = clock.seconds(elements.epoch)
        self.record = sgp4_record(elements)

    def positions(
        self, seconds: Floats, angles: tuple[Floats, Floats] | None = None
    ) -> tuple[NDArray[np.uint8], Floats]:
        """SGP4's code [instant] (0: good) and positions [3, instant] in km.

        `angles` are the cosine and sine of the sidereal angle, where the caller has them.
        """
        code, teme_km, _ = self._teme(seconds)
        return code, earth_fixed(teme_km, *(angles or self._angles(seconds)))

    def states(self, seconds: Floats) -> tuple[NDArray[np.uint8], Floats, Floats]:
        """SGP4's code [instant], positions [3, instant] in km and velocities [3, instant] in km/s."""
        code, teme_km, teme_km_s = self._teme(seconds)
        angles = self._angles(seconds)
        position_km = earth_fixed(teme_km, *angles)
        return code, position_km, earth_fixed_velocity(teme_km_s, position_km, *angles)

    def revolutions(self, seconds: Floats) -> NDArray[np.int64]:
        """The number of the revolution, which begins at the ascending node, from the mean elements."""
        record = self.record
        minutes = (np.asarray(seconds) - self.epoch_s) / 60.0
        at_epoch = record.mo + record.argpo
        gained = (record.mdot + record.argpdot) * minutes + record.ndot * minutes**2
        turns = np.floor((at_epoch + gained) / (2.0 * math.pi)) - math.floor(at_epoch / (2.0 * math.pi))
        return np.asarray(self.elements.revolution_at_epoch + turns.astype(np.int64))

    def mean_orbit(self, seconds: float) -> tuple[float, float]:
        """Mean semi-major axis [km] and eccentricity at an instant; drag and the Moon change them slowly."""
        record = self.record
        record.sgp4_tsince((seconds - self.epoch_s) / 60.0)
        semi_major_km, eccentricity = record.am * record.radiusearthkm, record.em
        if not (semi_major_km > 0.0 and 0.0 <= eccentricity < 1.0):
            return record.a * record.radiusearthkm, record.ecco
        return semi_major_km, eccentricity

    def _angles(self, seconds: Floats) -> tuple[Floats, Floats]:
        angle_rad = self.clock.sidereal_rad(seconds)
        return np.cos(angle_rad), np.sin(angle_rad)

    def _teme(self, seconds: Floats) -> tuple[NDArray[np.uint8], Floats, Floats]:
        code, position_km, velocity_km_s = self.record.sgp4_array(*self.clock.julian(np.asarray(seconds, np.float64)))
        if np.isnan(position_km[:, 0]).any():
            code = np.where(np.isnan(position_km[:, 0]) & (code == 0), NOT_A_NUMBER, code)
        return code, position_km, velocity_km_s


def states_in_turn(motions: Sequence[Motion], counts: Sequence[int], seconds: Floats) -> tuple[Floats, Floats]:
    """Positions and velocities [3, row] where the rows belong to the motions in turn, `counts` of them each.

    One call of SGP4 a motion, and one turn of the Earth for all; a failure leaves NaN.
    """
    if not motions:
        return np.empty((3, 0)), np.empty((3, 0))
    clock = motions[0].clock
    days, fractions = clock.julian(seconds)
    teme_km, teme_km_s = np.empty((len(seconds), 3)), np.empty((len(seconds), 3))
    begin = 0
    for motion, count in zip(motions, counts, strict=True):
        if not count:
            continue
        rows = slice(begin, begin + count)
        code, teme_km[rows], teme_km_s[rows] = motion.record.sgp4_array(days[rows], fractions[rows])
        if code.any():
            teme_km[rows][code != 0] = math.nan
        begin += count
    angle_rad = clock.sidereal_rad(seconds)
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    position_km = earth_fixed(teme_km, cosine, sine)
    return position_km, earth_fixed_velocity(teme_km_s, position_km, cosine, sine)
