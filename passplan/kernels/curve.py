"""A satellite's path between nodes: the polynomial through the fourteen around, in powers around the middle."""

import math

import numpy as np
from numpy.typing import NDArray

from passplan.kernels.compiling import njit
from passplan.kernels.layout import EAST, NORTH, ORIGIN, POSITION, STENCIL, STEP, UP

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MARGIN = STENCIL // 2 - 1  # nodes of the stencil before the left node of its middle interval
POWERS = 10  # within half a step of an interval's middle, the higher ones come to under 1e-10 km
SLOTS = 8192  # curves kept: a station finds those that the one before it had fitted
_LANES = 12  # powers, and room to fill the processor's vectors
_TAG = _LANES - 1  # of the first axis: the interval of which a kept curve is
NEXT_SATELLITE = 1e9  # added to what the last slot holds, and the curves kept so far are forgotten
_TURN = 2.0 * math.pi


def _to_powers() -> Floats:
    """From values at fourteen even nodes to powers around the middle of an interval: [interval, node, power]."""
    matrices = np.zeros((STENCIL - 1, STENCIL, _LANES))
    for interval in range(STENCIL - 1):
        powers = np.linalg.inv(np.vander(np.arange(STENCIL) - interval - 0.5, increasing=True)).T
        matrices[interval, :, :POWERS] = powers[:, :POWERS]
    return matrices


_TO_POWERS = _to_powers()


def new_curves() -> Floats:
    """Room for the polynomials in use [slot, axis, power], and a last slot that says which satellite's they are."""
    return np.zeros((SLOTS + 1, 3, _LANES))


@njit()
def curve_at(nodes: Floats, i: int, curves: Floats) -> int:
    """The slot of the curve between nodes i and i + 1, fitted now unless it was."""
    slot = i & (SLOTS - 1)
    tag = i + curves[SLOTS, 0, 0]
    if curves[slot, 0, _TAG] != tag:
        start = min(max(i - MARGIN, 0), nodes.shape[1] - STENCIL)
        for axis in range(3):
            for power in range(0, _LANES, 4):  # four sums at a time: a vector of the processor
                a = b = c = d = 0.0
                for j in range(STENCIL):
                    at_node = nodes[axis, start + j]
                    a += _TO_POWERS[i - start, j, power] * at_node
                    b += _TO_POWERS[i - start, j, power + 1] * at_node
                    c += _TO_POWERS[i - start, j, power + 2] * at_node
                    d += _TO_POWERS[i - start, j, power + 3] * at_node
                curves[slot, axis, power], curves[slot, axis, power + 1] = a, b
                curves[slot, axis, power + 2], curves[slot, axis, power + 3] = c, d
        curves[slot, 0, _TAG] = tag
    return slot


@njit()
def place(nodes: Floats, satellite: Floats, t: float, curves: Floats) -> tuple[int, float]:
    """The slot of the curve at a time, and where on it that is: -0.5 to 0.5 steps from its middle."""
    u = (t - satellite[ORIGIN]) / satellite[STEP]
    i = min(max(int(u), 0), nodes.shape[1] - 2)
    return curve_at(nodes, i, curves), u - i - 0.5


@njit()
def relative_to(station: Floats, curves: Floats, slot: int, w: float) -> tuple[float, float, float]:
    """The way from the station to the satellite [km], Earth-fixed."""
    x = y = z = 0.0
    for power in range(POWERS - 1, -1, -1):
        x = x * w + curves[slot, 0, power]
        y = y * w + curves[slot, 1, power]
        z = z * w + curves[slot, 2, power]
    return x - station[POSITION], y - station[POSITION + 1], z - station[POSITION + 2]


@njit()
def with_rates(station: Floats, curves: Floats, slot: int, w: float) -> tuple[float, float, float, float]:
    """Height and distance [km], and how fast they change [km/step]."""
    x = y = z = dx = dy = dz = 0.0
    for power in range(POWERS - 1, -1, -1):
        dx = dx * w + x
        dy = dy * w + y
        dz = dz * w + z
        x = x * w + curves[slot, 0, power]
        y = y * w + curves[slot, 1, power]
        z = z * w + curves[slot, 2, power]
    x -= station[POSITION]
    y -= station[POSITION + 1]
    z -= station[POSITION + 2]
    height = x * station[UP] + y * station[UP + 1] + z * station[UP + 2]
    distance = math.sqrt(x * x + y * y + z * z)
    height_rate = dx * station[UP] + dy * station[UP + 1] + dz * station[UP + 2]
    return height, distance, height_rate, (x * dx + y * dy + z * dz) / distance


@njit()
def azimuth_at(station: Floats, curves: Floats, slot: int, w: float) -> float:
    """Azimuth [rad], 0 to 2 pi clockwise from north."""
    x, y, z = relative_to(station, curves, slot, w)
    east = x * station[EAST] + y * station[EAST + 1] + z * station[EAST + 2]
    north = x * station[NORTH] + y * station[NORTH + 1] + z * station[NORTH + 2]
    azimuth = math.atan2(east, north)
    return azimuth if azimuth >= 0.0 else azimuth + _TURN


@njit()
def elevation_at(station: Floats, curves: Floats, slot: int, w: float) -> float:
    """Elevation [rad]."""
    x, y, z = relative_to(station, curves, slot, w)
    up = x * station[UP] + y * station[UP + 1] + z * station[UP + 2]
    return math.asin(min(max(up / math.sqrt(x * x + y * y + z * z), -1.0), 1.0))
