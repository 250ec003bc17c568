"""Positions at even nodes, with the bounds on the motion between them for the proof of the pass search."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passplan.kernels.layout import STENCIL
from passplan.orbit.motion import Angles, Instants, Motion
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
_MARGIN_NODES = STENCIL // 2
_LEAST_NODES = STENCIL
_FINER_AT_ENDS = 3.0  # without margins the stencil is off centre
_FAILURE_S = 1e-3
_ROUNDING_KM = 1e-6  # of positions, in their second differences
_LOOKS_BACK = 1000
_MOST_SHARED_NODES = 1_000_000
BELOW_GROUND, NO_ORBIT = 6, 7  # SGP4's code, and passplan's


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure of a motion: SGP4's code (or one of passplan), its start [s], and whether the satellite has decayed."""

    since_s: float
    code: int
    decayed: bool = False


@dataclass(frozen=True, slots=True)
class Nodes:
    """One satellite's positions [3, node] in km at even steps, and the bounds between them."""

    position_km: Floats
    origin_s: float  # time of the first node
    step_s: float
    begin_s: float  # the usable part of the span
    end_s: float
    min_radius_km: float
    max_radius_km: float
    max_speed_km_s: float  # relative to the rotating Earth
    max_acceleration_km_s2: float
    failure: Failure | None = None


class Sampler:
    """Samples motions over one span, sharing the Earth's rotation between those with equal steps."""

    def __init__(self, begin_s: float, end_s: float) -> None:
        self.begin_s = begin_s
        self.end_s = end_s
        self._angles: dict[int, tuple[Instants, Angles]] = {}

    def sample(self, motion: Motion) -> Nodes:
        """The nodes of the usable part of one motion."""
        orbits = [motion.mean_orbit(self.begin_s), motion.mean_orbit(self.end_s)]
        longest_s = min(_step_s(*orbit) for orbit in orbits)
        pieces = _rounded_up(math.ceil((self.end_s - self.begin_s) / longest_s))
        step_s = (self.end_s - self.begin_s) / pieces
        code, position_km = motion.positions_at(*self._shared(motion, pieces))
        if not code.any():
            origin_s = self.begin_s - _MARGIN_NODES * step_s
            nodes = _bounded(orbits, position_km, origin_s, step_s, self.begin_s, self.end_s, None)
            if not _beyond_bounds(nodes).any():
                return nodes
        return self._usable_part(motion, orbits, longest_s / _FINER_AT_ENDS)

    def _shared(self, motion: Motion, pieces: int) -> tuple[Instants, Angles]:
        if pieces not in self._angles:
            if sum(len(instants.seconds) for instants, _ in self._angles.values()) > _MOST_SHARED_NODES:
                self._angles.clear()
            step_s = (self.end_s - self.begin_s) / pieces
            seconds = self.begin_s + step_s * np.arange(-_MARGIN_NODES, pieces + 1 + _MARGIN_NODES, dtype=np.float64)
            angle_rad = motion.clock.sidereal_rad(seconds)
            self._angles[pieces] = Instants.on(motion.clock, seconds), (np.cos(angle_rad), np.sin(angle_rad))
        return self._angles[pieces]

    def _usable_part(self, motion: Motion, orbits: Sequence[tuple[float, float]], longest_s: float) -> Nodes:
        """Nodes of the usable part around the epoch (or nearest to it), without margins."""
        begin_s, end_s, failure = self.begin_s, self.end_s, None
        nearest_s = min(max(motion.epoch_s, begin_s), end_s)
        while end_s - begin_s > _FAILURE_S:
            pieces = max(_LEAST_NODES - 1, math.ceil((end_s - begin_s) / longest_s))
            seconds = np.linspace(begin_s, end_s, pieces + 1)
            code, position_km = motion.positions(seconds)
            if not code.any():
                step_s = (end_s - begin_s) / pieces
                nodes = _bounded(orbits, position_km, begin_s, step_s, begin_s, end_s, failure)
                code[1:-1][_beyond_bounds(nodes)] = NO_ORBIT
                if not code.any():
                    return nodes
            after = np.flatnonzero((code != 0) & (seconds >= nearest_s))
            before = np.flatnonzero((code != 0) & (seconds < nearest_s))
            if len(after) and (after[0] == 0 or code[after[0] - 1]):
                break  # no usable part on this side of the epoch
            if len(after):
                end_s, bad_s = _last_good(motion, seconds, int(after[0]), int(after[0]) - 1)
                failure = Failure(bad_s, _known_code(int(code[after[0]])))
            if len(before):
                begin_s, _ = _last_good(motion, seconds, int(before[-1]), int(before[-1]) + 1)
                failure = failure or Failure(self.begin_s, _known_code(int(code[before[-1]])))
        return self._nothing(motion, nearest_s)

    def _nothing(self, motion: Motion, nearest_s: float) -> Nodes:
        """No nodes, with the failure; propagation from the epoch shows whether the satellite has decayed."""
        failure = Failure(self.begin_s, _known_code(int(motion.positions(np.array([nearest_s]))[0][0])))
        if motion.epoch_s < self.begin_s:
            seconds = np.linspace(motion.epoch_s, self.begin_s, _LOOKS_BACK)
            code, _ = motion.positions(seconds)
            if code.any() and not code[0]:
                first = int(np.flatnonzero(code)[0])
                _, bad_s = _last_good(motion, seconds, first, first - 1)
                failure = Failure(bad_s, _known_code(int(code[first])), decayed=int(code[first]) == BELOW_GROUND)
        return Nodes(np.empty((3, 0)), self.begin_s, 1.0, self.begin_s, self.begin_s, 0.0, 0.0, 0.0, 0.0, failure)


def _rounded_up(pieces: int) -> int:
    """A slightly larger number of pieces, out of a few dozen in each octave, so that satellites share nodes."""
    grain = 1 << max(0, pieces.bit_length() - 6)
    return max(1, -(-pieces // grain) * grain)


def _beyond_bounds(nodes: Nodes) -> NDArray[np.bool_]:
    """The inner nodes with an acceleration that the bounds exclude: SGP4's path is not an orbit there."""
    position_km = nodes.position_km
    bend_km = position_km[:, 2:] - 2.0 * position_km[:, 1:-1] + position_km[:, :-2]
    allowed_km = nodes.max_acceleration_km_s2 * nodes.step_s**2 + _ROUNDING_KM
    return np.asarray(np.sqrt(np.einsum("ij,ij->j", bend_km, bend_km)) > allowed_km)


def _last_good(motion: Motion, seconds: Floats, bad: int, good: int) -> tuple[float, float]:
    """The last good and the first bad instant of a motion, between a good and a bad sample."""
    good_s, bad_s = float(seconds[good]), float(seconds[bad])
    while abs(bad_s - good_s) > _FAILURE_S:
        middle_s = 0.5 * (good_s + bad_s)
        if motion.positions(np.array([middle_s]))[0][0]:
            bad_s = middle_s
        elif motion.positions(np.array([bad_s]))[0][0]:
            good_s = middle_s
        else:  # bad by its acceleration alone, which one instant does not show
            break
    return good_s, bad_s


def _known_code(code: int) -> int:
    return code if code <= NO_ORBIT else 0


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
