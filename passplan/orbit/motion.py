"""Motions: the Earth-fixed positions of a satellite at any time on a clock, for any type of source."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passplan.orbit.frames import earth_fixed, earth_fixed_velocity
from passplan.orbit.scales import Floats, TimeBase

Codes = NDArray[np.uint8]
Angles = tuple[Floats, Floats]  # cosine and sine of the sidereal angle


@dataclass(frozen=True, slots=True)
class Instants:
    """Moments on a clock: seconds after its origin, and the same as UTC Julian dates in two parts."""

    seconds: Floats
    julian_day: Floats
    julian_fraction: Floats

    @classmethod
    def on(cls, clock: TimeBase, seconds: Floats) -> Instants:
        """The moments that are some seconds after the origin of a clock."""
        return cls(seconds, *clock.julian(seconds))

    def part(self, rows: slice | NDArray[np.int64]) -> Instants:
        """A part of the instants."""
        return Instants(self.seconds[rows], self.julian_day[rows], self.julian_fraction[rows])


class Motion(ABC):
    """The motion of a satellite in seconds after the origin of a clock.

    Each type of segment has a subclass in a separate file with states in TEME: true equator, mean equinox of date.
    """

    clock: TimeBase
    epoch_s: float  # where the motion is most accurate: usable parts are searched around it

    @abstractmethod
    def teme_states(self, instants: Instants) -> tuple[Codes, Floats, Floats]:
        """Codes [instant] (0: good), positions [instant, 3] in km and velocities [instant, 3] in km/s.

        A code is of `SGP4_CODES`. An instant that the segment does not cover has a code other than 0.
        """

    @abstractmethod
    def revolutions(self, seconds: Floats) -> NDArray[np.int64]:
        """The number of the revolution at each instant; a revolution begins at the ascending node."""

    @abstractmethod
    def mean_orbit(self, seconds: float) -> tuple[float, float]:
        """Mean semi-major axis [km] and eccentricity around an instant.

        The distance from the Earth's centre exceeds perigee and apogee of such orbits by less than 25 km: the bounds of
        `orbit/nodes.py` depend on this.
        """

    def positions(self, seconds: Floats) -> tuple[Codes, Floats]:
        """Codes [instant] and positions [3, instant] in km."""
        return self.positions_at(self._instants(seconds), self._angles(seconds))

    def positions_at(self, instants: Instants, angles: Angles) -> tuple[Codes, Floats]:
        """Codes [instant] and positions [3, instant] in km, for instants whose sidereal angles are known."""
        code, teme_km, _ = self.teme_states(instants)
        return code, earth_fixed(teme_km, *angles)

    def states(self, seconds: Floats) -> tuple[Codes, Floats, Floats]:
        """Codes [instant], positions [3, instant] in km and velocities [3, instant] in km/s."""
        code, teme_km, teme_km_s = self.teme_states(self._instants(seconds))
        angles = self._angles(seconds)
        position_km = earth_fixed(teme_km, *angles)
        return code, position_km, earth_fixed_velocity(teme_km_s, position_km, *angles)

    def _instants(self, seconds: Floats) -> Instants:
        return Instants.on(self.clock, np.asarray(seconds, np.float64))

    def _angles(self, seconds: Floats) -> Angles:
        angle_rad = self.clock.sidereal_rad(seconds)
        return np.cos(angle_rad), np.sin(angle_rad)


def states_in_turn(motions: Sequence[Motion], counts: Sequence[int], seconds: Floats) -> tuple[Floats, Floats]:
    """Positions and velocities [3, row] of several motions; each motion has `counts` consecutive rows.

    There is one call for each motion, and one rotation of the Earth for all; a failure gives NaN.
    """
    if not motions:
        return np.empty((3, 0)), np.empty((3, 0))
    clock = motions[0].clock
    instants = Instants.on(clock, seconds)
    teme_km, teme_km_s = np.empty((len(seconds), 3)), np.empty((len(seconds), 3))
    begin = 0
    for motion, count in zip(motions, counts, strict=True):
        if not count:
            continue
        rows = slice(begin, begin + count)
        code, teme_km[rows], teme_km_s[rows] = motion.teme_states(instants.part(rows))
        if code.any():
            teme_km[rows][code != 0] = math.nan
        begin += count
    angle_rad = clock.sidereal_rad(seconds)
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    position_km = earth_fixed(teme_km, cosine, sine)
    return position_km, earth_fixed_velocity(teme_km_s, position_km, cosine, sine)
