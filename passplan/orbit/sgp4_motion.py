"""An element set's Earth-fixed motion, by the sgp4 package with WGS72 constants, with which elements are fitted."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from sgp4.api import WGS72, Satrec

from passplan.domain.elements import ElementSet
from passplan.orbit.motion import Codes, Instants, Motion
from passplan.orbit.scales import JULIAN_DATE_OF_ORDINAL_0, Floats, TimeBase

_SGP4_EPOCH_JD = 2_433_281.5
_DEGREE = math.pi / 180.0
_REV_DAY_PER_RAD_MIN = 1440.0 / (2.0 * math.pi)
_MINUTES_PER_DAY = 1440.0
NOT_A_NUMBER = 255  # a code of passplan: a position that is not a number, without an error of SGP4


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


class Sgp4Motion(Motion):
    """The motion of an element set."""

    def __init__(self, elements: ElementSet, clock: TimeBase) -> None:
        self.elements = elements
        self.clock = clock
        self.epoch_s = clock.seconds(elements.epoch)
        self.record = sgp4_record(elements)

    def teme_states(self, instants: Instants) -> tuple[Codes, Floats, Floats]:
        """SGP4's own codes, positions and velocities."""
        code, position_km, velocity_km_s = self.record.sgp4_array(instants.julian_day, instants.julian_fraction)
        if np.isnan(position_km[:, 0]).any():
            code = np.where(np.isnan(position_km[:, 0]) & (code == 0), NOT_A_NUMBER, code)
        return code, position_km, velocity_km_s

    def revolutions(self, seconds: Floats) -> NDArray[np.int64]:
        """The number of the revolution at each instant, from the mean elements."""
        record = self.record
        minutes = (np.asarray(seconds) - self.epoch_s) / 60.0
        at_epoch = record.mo + record.argpo
        gained = (record.mdot + record.argpdot) * minutes + record.ndot * minutes**2
        turns = np.floor((at_epoch + gained) / (2.0 * math.pi)) - math.floor(at_epoch / (2.0 * math.pi))
        return np.asarray(self.elements.revolution_at_epoch + turns.astype(np.int64))

    def mean_orbit(self, seconds: float) -> tuple[float, float]:
        """Mean semi-major axis [km] and eccentricity; drag and the Moon change them slowly."""
        record = self.record
        record.sgp4_tsince((seconds - self.epoch_s) / 60.0)
        semi_major_km, eccentricity = record.am * record.radiusearthkm, record.em
        if not (semi_major_km > 0.0 and 0.0 <= eccentricity < 1.0):
            return record.a * record.radiusearthkm, record.ecco
        return semi_major_km, eccentricity
