"""The motion of an ephemeris: its states, and polynomials between them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from passplan.domain.ephemeris import Ephemeris, Interpolation
from passplan.domain.passes import NOT_COVERED
from passplan.domain.span import Span
from passplan.orbit.inertial import to_teme
from passplan.orbit.motion import Codes, Instants, Motion
from passplan.orbit.scales import Floats, TimeBase

_MU_KM3_S2 = 398_600.441_8
_ABRUPT = 4.0  # where one step is so many times the next, as before a burn, no polynomial goes through both
_MOST_POINTS = 6
_EDGE_S = 1e-6


class EphemerisMotion(Motion):
    """The motion of an ephemeris, within its usable span."""

    def __init__(self, ephemeris: Ephemeris, clock: TimeBase) -> None:
        self.clock = clock
        self._table = _table(ephemeris)
        self._offset_s = clock.seconds(ephemeris.origin)
        usable = ephemeris.usable
        self._first_s, self._last_s = clock.seconds(usable.start), clock.seconds(usable.end)
        self._first_revolution = ephemeris.first_revolution
        self._mean_orbit = self._table.mean_orbit
        self.epoch_s = 0.5 * (self._first_s + self._last_s)

    def teme_states(self, instants: Instants) -> tuple[Codes, Floats, Floats]:
        """Interpolated states; outside the usable span the code is `NOT_COVERED`, and the position not a number."""
        at_s = np.asarray(instants.seconds, dtype=np.float64)
        is_covered = (at_s >= self._first_s - _EDGE_S) & (at_s <= self._last_s + _EDGE_S)
        states = np.full((len(at_s), 6), math.nan)
        states[is_covered] = self._table.states(at_s[is_covered] - self._offset_s)
        code = np.where(is_covered, 0, NOT_COVERED).astype(np.uint8)
        return code, states[:, :3], states[:, 3:]

    def revolutions(self, seconds: Floats) -> NDArray[np.int64]:
        """The number of ascending nodes from the first state to each instant, beyond the first number."""
        after_s = np.asarray(seconds) - self._offset_s
        return np.asarray(self._first_revolution + np.searchsorted(self._table.node_s, after_s, side="right"))

    def mean_orbit(self, seconds: float) -> tuple[float, float]:  # noqa: ARG002
        """The narrowest ellipse that holds all osculating ones, whatever the instant."""
        return self._mean_orbit


def first_node_s(ephemeris: Ephemeris) -> float | None:
    """When the satellite first ascends through the equator, after the first state [s]."""
    nodes_s = _table(ephemeris).node_s
    return float(nodes_s[0]) if len(nodes_s) else None


@dataclass(frozen=True, slots=True)
class _Polynomials:
    """Newton's polynomials through consecutive points of a stretch of states, in time scaled to each one's length."""

    first_s: Floats  # [polynomial]
    length_s: Floats
    knots: Floats  # [polynomial, point] scaled times; each point twice where the derivative is given too
    coefficients: NDArray[np.float64]  # [polynomial, knot, component]: 3 with derivatives, or 6 without

    def states(self, number: NDArray[np.int64], at_s: Floats) -> Floats:
        """States [instant, 6] by the polynomial of each instant."""
        x = (at_s - self.first_s[number]) / self.length_s[number]
        coefficients, knots = self.coefficients[number], self.knots[number]
        value = coefficients[:, -1].copy()
        slope = np.zeros_like(value)
        for k in range(coefficients.shape[1] - 2, -1, -1):
            off = (x - knots[:, k])[:, None]
            slope = slope * off + value
            value = value * off + coefficients[:, k]
        if value.shape[1] == 6:
            return value
        return np.concatenate([value, slope / self.length_s[number][:, None]], axis=1)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """States through which polynomials go: between burns, with steps of similar length."""

    seconds: Floats
    polynomials: _Polynomials

    def states(self, at_s: Floats) -> Floats:
        """States [instant, 6], each by the polynomial whose points are nearest around it."""
        count, points = len(self.seconds), len(self.seconds) - len(self.polynomials.first_s) + 1
        before = np.searchsorted(self.seconds, at_s, side="right") - 1
        return self.polynomials.states(np.clip(before - (points // 2 - 1), 0, count - points), at_s)


@dataclass(frozen=True, slots=True)
class _Table:
    """An ephemeris in TEME, prepared."""

    begins_s: Floats  # of each stretch
    stretches: tuple[_Stretch, ...]
    node_s: Floats  # when it ascends through the equator
    mean_orbit: tuple[float, float]

    def states(self, after_s: Floats) -> Floats:
        """States [instant, 6] so many seconds after the first one."""
        states = np.empty((len(after_s), 6))
        of_stretch = np.clip(np.searchsorted(self.begins_s, after_s, side="right") - 1, 0, len(self.stretches) - 1)
        for number in np.unique(of_stretch):
            rows = np.flatnonzero(of_stretch == number)
            states[rows] = self.stretches[number].states(after_s[rows])
        return states


@lru_cache(maxsize=32)
def _table(ephemeris: Ephemeris) -> _Table:
    seconds = np.array(ephemeris.seconds)
    end = ephemeris.moment(len(seconds) - 1)
    states = to_teme(
        ephemeris.frame,
        TimeBase.over(Span(ephemeris.origin, end)),
        seconds,
        np.array(ephemeris.states, dtype=np.float64),
    )
    stretches = tuple(_stretches(ephemeris, seconds, states))
    return _Table(np.array([s.seconds[0] for s in stretches]), stretches, _nodes_s(seconds, states), _ellipse(states))


def _stretches(ephemeris: Ephemeris, seconds: Floats, states: Floats) -> list[_Stretch]:
    steps_s = np.diff(seconds)
    edges = {0, len(seconds) - 1}
    doubled = set(np.flatnonzero(steps_s == 0.0).tolist())  # the state k and the next one are of one moment
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = steps_s[1:] / steps_s[:-1]
    abrupt = set((1 + np.flatnonzero((ratio > _ABRUPT) | (ratio < 1.0 / _ABRUPT))).tolist())
    stretches = []
    for first, last in _between(sorted(edges | doubled | abrupt), doubled):
        part = slice(first, last + 1)
        stretches.append(_Stretch(seconds[part], _polynomials(ephemeris, seconds[part], states[part])))
    return stretches


def _between(edges: list[int], doubled: set[int]) -> list[tuple[int, int]]:
    """The first and last states of stretches between edges; after a doubled state the next begins with its twin."""
    found = []
    for first, last in pairwise(edges):
        begin = first + 1 if first in doubled else first
        if last > begin:
            found.append((begin, last))
    return found


def _polynomials(ephemeris: Ephemeris, seconds: Floats, states: Floats) -> _Polynomials:
    """As the file says where there are enough states for it, else Hermite's through those there are."""
    points = ephemeris.degree + 1
    if ephemeris.interpolation is Interpolation.LINEAR:
        points = 2
    is_hermite = ephemeris.interpolation is Interpolation.HERMITE or points > len(seconds)
    if is_hermite:
        wanted = (ephemeris.degree + 2) // 2 if ephemeris.interpolation is Interpolation.HERMITE else _MOST_POINTS
        points = min(max(2, wanted), len(seconds))
    windows = np.arange(len(seconds) - points + 1)[:, None] + np.arange(points)
    first_s = seconds[windows[:, 0]]
    length_s = seconds[windows[:, -1]] - first_s
    knots = (seconds[windows] - first_s[:, None]) / length_s[:, None]
    values = states[windows]  # [polynomial, point, 6]
    if is_hermite:
        slopes = np.repeat(values[:, :, 3:] * length_s[:, None, None], 2, axis=1)
        return _Polynomials(
            first_s, length_s, *_newton(np.repeat(knots, 2, axis=1), np.repeat(values[:, :, :3], 2, axis=1), slopes)
        )
    return _Polynomials(first_s, length_s, *_newton(knots, values, values))


def _newton(
    knots: Floats, values: NDArray[np.float64], slopes: NDArray[np.float64]
) -> tuple[Floats, NDArray[np.float64]]:
    """Knots and Newton's coefficients, by divided differences; between equal knots the slope stands."""
    table = values.copy()
    for order in range(1, knots.shape[1]):
        width = (knots[:, order:] - knots[:, :-order])[:, :, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            differences = (table[:, order:] - table[:, order - 1 : -1]) / width
        table[:, order:] = np.where(width == 0.0, slopes[:, order:], differences)
    return knots, table


def _nodes_s(seconds: Floats, states: Floats) -> Floats:
    """When z passes zero upwards, linear between states."""
    z = states[:, 2]
    up = np.flatnonzero((z[:-1] < 0.0) & (z[1:] >= 0.0))
    return np.asarray(seconds[up] + (seconds[up + 1] - seconds[up]) * z[up] / (z[up] - z[up + 1]))


def _ellipse(states: Floats) -> tuple[float, float]:
    """Semi-major axis [km] and eccentricity of the narrowest ellipse that holds the osculating ones of all states."""
    position_km, velocity_km_s = states[:, :3], states[:, 3:]
    radius_km = np.linalg.norm(position_km, axis=1)
    speed_km_s = np.linalg.norm(velocity_km_s, axis=1)
    semi_major_km = 1.0 / (2.0 / radius_km - speed_km_s**2 / _MU_KM3_S2)
    momentum = np.linalg.norm(np.cross(position_km, velocity_km_s), axis=1)
    eccentricity = np.sqrt(np.maximum(0.0, 1.0 - momentum**2 / (_MU_KM3_S2 * semi_major_km)))
    low_km = float((semi_major_km * (1.0 - eccentricity)).min())
    high_km = float((semi_major_km * (1.0 + eccentricity)).max())
    return 0.5 * (high_km + low_km), (high_km - low_km) / (high_km + low_km)
