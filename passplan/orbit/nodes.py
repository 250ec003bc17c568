"""Positions at even nodes, with the bounds on the motion between them that the pass search's proof needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passplan.orbit.propagation import Motion
from passplan.orbit.scales import EARTH_ROTATION_RAD_S, Floats

_MU_KM3_S2 = 398_600.8  # WGS72, SGP4's own
_J2 = 0.001_082_616
_EARTH_RADIUS_KM = 6378.135
_PERIODICS_KM = 25.0  # SGP4's short- and long-period terms move the radius from the mean orbit by less
_SAFETY = 1.01

# The step is bounded by the turn at perigee, and by the distance in time to Kepler's nearest complex singularity, which
# is where a polynomial through an eccentric orbit stops converging. Interpolation is then good to about 1e-6 km.
_TURN_PER_STEP_RAD = 0.3
_STEPS_TO_SINGULARITY = 14.0
_LONGEST_STEP_S = 1200.0
_SHORTEST_STEP_S = 5.0
_MARGIN_NODES = 7  # the stencil of kernels.curve reaches as far
_LEAST_NODES = 14
_FINER_AT_ENDS = 3.0  # without margins the stencil is off centre
_FAILURE_S = 1e-3
_LOOKS_BACK = 1000


@dataclass(frozen=True, slots=True)
class Failure:
    """SGP4's code (or 0: no number), and from when [s]."""

    since_s: float
    code: int


@dataclass(frozen=True, slots=True)
class Nodes:
    """One satellite's positions [3, node] in km at even steps, and what holds between them."""

    position_km: Floats
    origin_s: float  # time of the first node
    step_s: float
    begin_s: float  # the usable part of what was asked
    end_s: float
    min_radius_km: float
    max_radius_km: float
    max_speed_km_s: float  # as seen from the turning Earth
    max_acceleration_km_s2: float
    failure: Failure | None = None


class Sampler:
    """Samples motions over one span, sharing the Earth's rotation between those with equal steps."""

    def __init__(self, begin_s: float, end_s: float) -> None:
        self.begin_s = begin_s
        self.end_s = end_s
        self._angles: dict[int, tuple[Floats, tuple[Floats, Floats]]] = {}

    def sample(self, motion: Motion) -> Nodes:
        """The nodes of one motion, up to where it fails."""
        orbits = [motion.mean_orbit(self.begin_s), motion.mean_orbit(self.end_s)]
        longest_s = min(_step_s(*orbit) for orbit in orbits)
        pieces = max(1, math.ceil((self.end_s - self.begin_s) / longest_s))
        step_s = (self.end_s - self.begin_s) / pieces
        seconds, angles = self._shared(motion, pieces)
        code, position_km = motion.positions(seconds, angles)
        if not code.any():
            origin_s = self.begin_s - _MARGIN_NODES * step_s
            return _bounded(orbits, position_km, origin_s, step_s, self.begin_s, self.end_s, None)
        return self._up_to_failure(motion, orbits, longest_s / _FINER_AT_ENDS)

    def _shared(self, motion: Motion, pieces: int) -> tuple[Floats, tuple[Floats, Floats]]:
        if pieces not in self._angles:
            step_s = (self.end_s - self.begin_s) / pieces
            seconds = self.begin_s + step_s * np.arange(-_MARGIN_NODES, pieces + 1 + _MARGIN_NODES, dtype=np.float64)
            angle_rad = motion.clock.sidereal_rad(seconds)
            self._angles[pieces] = seconds, (np.cos(angle_rad), np.sin(angle_rad))
        return self._angles[pieces]

    def _up_to_failure(self, motion: Motion, orbits: Sequence[tuple[float, float]], longest_s: float) -> Nodes:
        """Nodes of the part before SGP4 fails, without margins beside it."""
        end_s, failure = self.end_s, None
        while end_s - self.begin_s > _FAILURE_S:
            pieces = max(_LEAST_NODES - 1, math.ceil((end_s - self.begin_s) / longest_s))
            seconds = np.linspace(self.begin_s, end_s, pieces + 1)
            code, position_km = motion.positions(seconds)
            if not code.any():
                step_s = (end_s - self.begin_s) / pieces
                return _bounded(orbits, position_km, self.begin_s, step_s, self.begin_s, end_s, failure)
            if code[0]:
                break
            end_s, failure = _first_failure(motion, seconds, code)
        # It fails from the start. When it did first tells a satellite that has decayed from one that SGP4 cannot do.
        if motion.epoch_s < self.begin_s:
            seconds = np.linspace(motion.epoch_s, self.begin_s, _LOOKS_BACK)
            code, _ = motion.positions(seconds)
            if code.any() and not code[0]:
                _, failure = _first_failure(motion, seconds, code)
        if failure is None:
            failure = Failure(self.begin_s, _told(int(motion.positions(np.array([self.begin_s]))[0][0])))
        return Nodes(np.empty((3, 0)), self.begin_s, 1.0, self.begin_s, self.begin_s, 0.0, 0.0, 0.0, 0.0, failure)


def _first_failure(motion: Motion, seconds: Floats, code: NDArray[np.uint8]) -> tuple[float, Failure]:
    """The last good instant before the first failure of a motion among looks, and the failure."""
    first = int(np.flatnonzero(code)[0])
    good_s, bad_s, found = float(seconds[first - 1]), float(seconds[first]), int(code[first])
    while bad_s - good_s > _FAILURE_S:
        middle_s = 0.5 * (good_s + bad_s)
        told = int(motion.positions(np.array([middle_s]))[0][0])
        good_s, bad_s, found = (middle_s, bad_s, found) if told == 0 else (good_s, middle_s, told)
    return good_s, Failure(bad_s, _told(found))


def _told(code: int) -> int:
    return int(code) if code <= 6 else 0


def _step_s(semi_major_km: float, eccentricity: float) -> float:
    rate_rad_s = math.sqrt(_MU_KM3_S2 / semi_major_km**3)
    at_perigee_rad_s = rate_rad_s * (1.0 + eccentricity) ** 2 / (1.0 - eccentricity**2) ** 1.5
    step_s = _TURN_PER_STEP_RAD / at_perigee_rad_s
    if eccentricity > 1e-3:
        singularity_s = (math.acosh(1.0 / eccentricity) - math.sqrt(1.0 - eccentricity**2)) / rate_rad_s
        step_s = min(step_s, singularity_s / _STEPS_TO_SINGULARITY)
    return float(min(max(step_s, _SHORTEST_STEP_S), _LONGEST_STEP_S))


def _bounded(
    orbits: Sequence[tuple[float, float]],
    position_km: Floats,
    origin_s: float,
    step_s: float,
    begin_s: float,
    end_s: float,
    failure: Failure | None,
) -> Nodes:
    """Nodes with the bounds of docs/explanation/pass-search.md, each term at its own largest."""
    radius_km = np.sqrt(np.einsum("ij,ij->j", position_km, position_km))
    perigee_km = min(a * (1.0 - e) for a, e in orbits)
    apogee_km = max(a * (1.0 + e) for a, e in orbits)
    low_km = max(min(perigee_km, float(radius_km.min())) - _PERIODICS_KM, 0.5 * _EARTH_RADIUS_KM)
    high_km = max(apogee_km, float(radius_km.max())) + _PERIODICS_KM
    widest_km = max(a for a, _ in orbits) + _PERIODICS_KM
    gravity = _MU_KM3_S2 / low_km**2 * (1.0 + 3.0 * _J2 * (_EARTH_RADIUS_KM / low_km) ** 2)
    speed_km_s = math.sqrt(_MU_KM3_S2 * (2.0 / low_km - 1.0 / widest_km))
    turning = 2.0 * EARTH_ROTATION_RAD_S * speed_km_s + EARTH_ROTATION_RAD_S**2 * high_km
    return Nodes(
        position_km=position_km,
        origin_s=origin_s,
        step_s=step_s,
        begin_s=begin_s,
        end_s=end_s,
        min_radius_km=low_km,
        max_radius_km=high_km,
        max_speed_km_s=_SAFETY * (speed_km_s + EARTH_ROTATION_RAD_S * high_km),
        max_acceleration_km_s2=_SAFETY * (gravity + turning),
        failure=failure,
    )
