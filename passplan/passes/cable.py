"""How an antenna with cable stops follows a pass: the wraps, and the times when it unwinds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from passplan.orbit.scales import Floats

TURN_DEG = 360.0


@dataclass(frozen=True, slots=True, eq=False)
class CableTrack:
    """The azimuth that an antenna drives, between its stops, and whether it points at the satellite there."""

    azimuth_deg: Floats
    is_followed: NDArray[np.bool_]


class Piece(NamedTuple):
    """Steps that are followed on one wrap: the antenna is at azimuth + 360 x `wrap`."""

    first: int
    after: int
    wrap: int


def follow_between_stops(
    azimuth_deg: Floats, is_visible: NDArray[np.bool_], stops_deg: tuple[float, float], *, turn_steps: float
) -> CableTrack:
    """Drive an antenna along unwrapped azimuths without leaving its stops.

    Each visible stretch is followed separately, by the rule of `followed_pieces`. Between followed pieces the antenna
    turns evenly to the start of the next piece, or waits.

    Args:
        azimuth_deg: unwrapped azimuths of the satellite, at even steps.
        is_visible: where the satellite is above the station's limit.
        stops_deg: the lowest and the highest azimuth that the antenna drives to, at least 360 apart.
        turn_steps: the steps that a turn by 360 degrees takes; 0: it takes no time.
    """
    low_deg, _ = stops_deg
    driven_deg = low_deg + np.mod(azimuth_deg - low_deg, TURN_DEG)
    is_followed = np.zeros(len(azimuth_deg), dtype=np.bool_)
    for first, after in runs(is_visible):
        for piece in followed_pieces(azimuth_deg[first:after], stops_deg, turn_steps=turn_steps):
            steps = slice(first + piece.first, first + piece.after)
            driven_deg[steps] = azimuth_deg[steps] + TURN_DEG * piece.wrap
            is_followed[steps] = True
    if is_followed.any():
        index = np.arange(len(azimuth_deg), dtype=np.float64)
        driven_deg = np.interp(index, index[is_followed], driven_deg[is_followed])
    return CableTrack(driven_deg, is_followed)


def followed_pieces(azimuth_deg: Floats, stops_deg: tuple[float, float], *, turn_steps: float) -> list[Piece]:
    """The pieces of a pass that an antenna can follow, in order; a single piece when one wrap covers the pass.

    The longest piece that any wrap allows is chosen first; of two with equal length, the one with the smaller largest
    absolute azimuth. The parts before and after it are followed by the same rule, as far as unwinding leaves time: the
    step that crosses a stop is always lost, and `turn_steps` for every 360 degrees between two wraps. On one wrap the
    antenna waits at the stop until the satellite comes back.

        stop  - - - - - - / - - - - - - - - -
                  piece  / .              /
                        /     . unwinds  /  piece
                       /         .      /
        stop  - - - - / - - - - - - - - - - -
    """
    pieces: list[Piece] = []
    rest: list[tuple[int, int, int | None, int | None]] = [(0, len(azimuth_deg), None, None)]
    while rest:
        first, after, wrap_before, wrap_behind = rest.pop()
        best = _longest(azimuth_deg, stops_deg, (first, after), (wrap_before, wrap_behind), turn_steps)
        if best is not None:
            pieces.append(best)
            rest += [(first, best.first, wrap_before, best.wrap), (best.after, after, best.wrap, wrap_behind)]
    return sorted(pieces)


def _longest(
    azimuth_deg: Floats,
    stops_deg: tuple[float, float],
    within: tuple[int, int],
    beside: tuple[int | None, int | None],
    turn_steps: float,
) -> Piece | None:
    """The longest piece within some steps that leaves time to turn from the wrap before and to the wrap after."""
    part_deg = azimuth_deg[within[0] : within[1]]
    if not len(part_deg):
        return None
    low_deg, high_deg = stops_deg
    best, best_key = None, (0, 0.0, 0, 0)
    lowest_wrap = math.ceil((low_deg - part_deg.max()) / TURN_DEG)
    highest_wrap = math.floor((high_deg - part_deg.min()) / TURN_DEG)
    for wrap in range(lowest_wrap, highest_wrap + 1):
        driven_deg = part_deg + TURN_DEG * wrap
        begin = _lost_steps(wrap, beside[0], turn_steps)
        end = len(part_deg) - _lost_steps(wrap, beside[1], turn_steps)
        for start, stop in runs((driven_deg >= low_deg) & (driven_deg <= high_deg)):
            first, after = max(start, begin), min(stop, end)
            if first < after:
                key = (after - first, -float(np.abs(driven_deg[first:after]).max()), -first, wrap)
                if best is None or key > best_key:
                    best, best_key = Piece(within[0] + first, within[0] + after, wrap), key
    return best


def _lost_steps(wrap: int, other: int | None, turn_steps: float) -> int:
    """The number of steps between a piece and its neighbour that are lost to unwinding."""
    if other is None or wrap == other:
        return 0
    return max(1, math.ceil(abs(wrap - other) * turn_steps - 1e-9) - 1)


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The runs in which a mask is true, each as (first, after)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))
