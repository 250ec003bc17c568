"""Positions at even nodes, with the bounds on the motion between them for the proof of the pass search."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passplan.domain.passes import SGP4_CODES
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
_LOOK_S, _CLOSE_LOOK_S, _LOOKS = 300.0, 1.0, 5_000
_SINKS_WITHIN_S = 86_400.0
_MOST_SHARED_NODES = 1_000_000
BELOW_GROUND, NO_ORBIT = 6, 7  # SGP4's code, and passplan's


@dataclass(frozen=True, slots=True)
class Failure:
    """A time [s] in which a motion gives no positions, SGP4's code (or one of passplan), and whether it has decayed.

    A failure begins before the span where the satellite has decayed before.
    """

    begin_s: float
    end_s: float
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
    failures: tuple[Failure, ...] = ()  # before the usable part, and after it


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
            nodes = _bounded(orbits, position_km, origin_s, step_s, self.begin_s, self.end_s)
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
        begin_s, end_s = self.begin_s, self.end_s
        earlier: list[Failure] = []
        later: list[Failure] = []
        nearest_s = min(max(motion.epoch_s, begin_s), end_s)
        while end_s - begin_s > _FAILURE_S:
            pieces = max(_LEAST_NODES - 1, math.ceil((end_s - begin_s) / longest_s))
            seconds = np.linspace(begin_s, end_s, pieces + 1)
            code, position_km = motion.positions(seconds)
            if not code.any():
                step_s = (end_s - begin_s) / pieces
                nodes = _bounded(orbits, position_km, begin_s, step_s, begin_s, end_s, (*earlier, *later))
                code[1:-1][_beyond_bounds(nodes)] = NO_ORBIT
                if not code.any():
                    return nodes
            after = np.flatnonzero((code != 0) & (seconds >= nearest_s))
            before = np.flatnonzero((code != 0) & (seconds < nearest_s))
            if len(after) and (after[0] == 0 or code[after[0] - 1]):
                break  # no usable part on this side of the epoch
            if len(after):
                end_s, bad_s = _last_good(motion, seconds, int(after[0]), int(after[0]) - 1)
                later = [Failure(bad_s, self.end_s, _known_code(int(code[after[0]])))]
            if len(before):
                begin_s, _ = _last_good(motion, seconds, int(before[-1]), int(before[-1]) + 1)
                earlier = [Failure(self.begin_s, begin_s, _known_code(int(code[before[-1]])))]
        return self._nothing(motion, nearest_s)

    def _nothing(self, motion: Motion, nearest_s: float) -> Nodes:
        """No nodes, with the failure; propagation from the epoch shows whether the satellite has decayed."""
        code = int(motion.positions(np.array([nearest_s]))[0][0])
        failure = Failure(self.begin_s, self.end_s, _known_code(code or NO_ORBIT))
        if motion.epoch_s < self.begin_s and (first := _first_failure(motion, self.begin_s)) is not None:
            since_s, code = first
            failure = Failure(since_s, self.end_s, _known_code(code), decayed=code == BELOW_GROUND)
        return no_nodes(self.begin_s, failure)


def no_nodes(at_s: float, *failures: Failure) -> Nodes:
    """Nodes of no positions."""
    return Nodes(np.empty((3, 0)), at_s, 1.0, at_s, at_s, 0.0, 0.0, 0.0, 0.0, failures)


def _first_failure(motion: Motion, end_s: float) -> tuple[float, int] | None:
    """When a motion first fails after its epoch [s], and how; None: at its epoch already, or not before `end_s`.

    It is looked for at even times after the epoch, so that the answer does not depend on the span.
    """
    found = _first_bad(motion, motion.epoch_s, end_s, _LOOK_S)
    if found is None:
        return None
    # A satellite sinks at perigee first, for a part of a revolution that falls between the first looks.
    before_s = max(motion.epoch_s, found[0] - _SINKS_WITHIN_S)
    return _first_bad(motion, before_s, found[0] + 2.0 * _CLOSE_LOOK_S, _CLOSE_LOOK_S) or found


def _first_bad(motion: Motion, begin_s: float, end_s: float, step_s: float) -> tuple[float, int] | None:
    """The first bad instant [s] and its code, looked for in steps; None: there is none, or the first look is bad."""
    for first_s in np.arange(begin_s, end_s, step_s * _LOOKS):
        seconds = first_s + step_s * np.arange(_LOOKS + 1)
        code, _ = motion.positions(seconds)
        if code.any():
            bad = int(np.flatnonzero(code)[0])
            return (_last_good(motion, seconds, bad, bad - 1)[1], int(code[bad])) if bad else None
    return None


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
    return code if code in SGP4_CODES else 0


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
    failures: tuple[Failure, ...] = (),
) -> Nodes:
    """Nodes with the bounds of docs/explanation/pass-search.md, each term at its own largest."""
    radius_km = np.sqrt(np.einsum("ij,ij->j", position_km, position_km))
    perigee_km = min(a * (1.0 - e) for a, e in orbits)
    apogee_km = max(a * (1.0 + e) for a, e in orbits)
    low_km = max(min(perigee_km, float(radius_km.min())) - _PERIODICS_KM, 0.5 * _EARTH_RADIUS_KM)
    high_km = max(apogee_km, float(radius_km.max())) + _PERIODICS_KM
    # Where SGP4 fails, mean orbits are none: on an ellipse the distance is at most twice the semi-major axis.
    widest_km = max(*(a for a, _ in orbits), 0.5 * float(radius_km.max())) + _PERIODICS_KM
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
        failures=failures,
    )
