"""What a horizon mask leaves of a transit, and how far states are above floor or mask."""

import math

import numpy as np

from passplan.kernels.compiling import njit
from passplan.kernels.curve import NEXT_SATELLITE, SLOTS, Floats, Integers, azimuth_at, elevation_at, place
from passplan.kernels.layout import AOS, EAST, LIMIT, LOS, POSITION, STEP, TCA, TRANSIT
from passplan.kernels.search import write_pass

_TURN = 2.0 * math.pi
_LONGEST_SWING = math.radians(1.0)
_SHORTEST_S = 1e-3
_ROOT_S = 1e-8
_GOLDEN = 0.5 * (3.0 - math.sqrt(5.0))


@njit()
def segment(mask: Floats, azimuth: float) -> int:
    """The index of the mask point at or before an azimuth."""
    low, high = 0, mask.shape[1] - 1
    while high - low > 1:
        middle = (low + high) // 2
        if mask[0, middle] <= azimuth:
            low = middle
        else:
            high = middle
    return low


@njit()
def slope(mask: Floats, k: int) -> float:
    """How the mask rises from point k to the next."""
    rise: float = (mask[1, k + 1] - mask[1, k]) / (mask[0, k + 1] - mask[0, k])
    return rise


@njit()
def above_mask(nodes: Floats, satellite: Floats, station: Floats, mask: Floats, t: float, curves: Floats) -> float:
    """Elevation above the mask [rad]."""
    slot, w = place(nodes, satellite, t, curves)
    azimuth = azimuth_at(station, curves, slot, w)
    k = segment(mask, azimuth)
    limit: float = mask[1, k] + (azimuth - mask[0, k]) * slope(mask, k)
    return elevation_at(station, curves, slot, w) - limit


@njit()
def extremum(
    nodes: Floats, satellite: Floats, station: Floats, mask: Floats, sign: float, a: float, b: float, curves: Floats
) -> float:
    """Where sign x clearance is largest in [a, b], by golden sections: a mask has corners."""
    left, right = a + _GOLDEN * (b - a), b - _GOLDEN * (b - a)
    at_left = sign * above_mask(nodes, satellite, station, mask, left, curves)
    at_right = sign * above_mask(nodes, satellite, station, mask, right, curves)
    while b - a > 1e-5:
        if at_left >= at_right:
            b, right, at_right = right, left, at_left
            left = a + _GOLDEN * (b - a)
            at_left = sign * above_mask(nodes, satellite, station, mask, left, curves)
        else:
            a, left, at_left = left, right, at_right
            right = b - _GOLDEN * (b - a)
            at_right = sign * above_mask(nodes, satellite, station, mask, right, curves)
    return 0.5 * (a + b)


@njit()
def mask_crossing(
    nodes: Floats, satellite: Floats, station: Floats, mask: Floats, a: float, b: float, curves: Floats
) -> float:
    """Where the satellite crosses the mask between a and b, by halving."""
    above = above_mask(nodes, satellite, station, mask, b, curves) >= 0.0
    while b - a > _ROOT_S:
        middle = 0.5 * (a + b)
        if (above_mask(nodes, satellite, station, mask, middle, curves) >= 0.0) == above:
            b = middle
        else:
            a = middle
    return 0.5 * (a + b)


@njit()
def cut_transit(
    nodes: Floats,
    satellite: Floats,
    station: Floats,
    mask: Floats,
    begin: float,
    end: float,
    rows: Floats,
    found: int,
    curves: Floats,
) -> int:
    """Write the parts of a transit in which it is above the mask, from row `found` on; returns the next row.

    Steps turn the antenna by at most a degree and stop at the corners of the mask, so that between two of them the
    clearance is smooth; where three of them show a top or a dip, it is followed to its extremum, and so it is in the
    first step and the last.
    """
    longest = min((end - begin) / 16.0, satellite[STEP] / 8.0)
    shortest = min(_SHORTEST_S, longest)
    step = longest
    t0 = t1 = begin
    f0 = f1 = above_mask(nodes, satellite, station, mask, begin, curves)
    slot, w = place(nodes, satellite, begin, curves)
    azimuth = azimuth_at(station, curves, slot, w)
    aos = begin if f1 >= 0.0 else math.nan
    told = begin  # up to here every crossing is known
    while t1 < end:
        t2 = min(t1 + step, end)
        if t2 <= t1:
            break
        slot, w = place(nodes, satellite, t2, curves)
        turned = azimuth_at(station, curves, slot, w)
        swing = abs(turned - azimuth)
        smooth = min(swing, _TURN - swing) <= _LONGEST_SWING and segment(mask, turned) == segment(mask, azimuth)
        if not smooth and step > shortest:
            step = max(0.5 * step, shortest)
            continue
        f2 = above_mask(nodes, satellite, station, mask, t2, curves)
        inside = f1 >= 0.0
        sign = -1.0 if inside else 1.0
        # A top or a dip that three steps show, or that the first or the last step may hide.
        shown = t0 < t1 and (f0 >= 0.0) == inside and sign * f0 <= sign * f1 > sign * f2
        if (f2 >= 0.0) == inside and (shown or t0 == t1 or t2 >= end):
            left = t0 if shown else t1
            t = extremum(nodes, satellite, station, mask, sign, left, t2, curves)
            if t > told and (above_mask(nodes, satellite, station, mask, t, curves) >= 0.0) != inside:
                first = mask_crossing(nodes, satellite, station, mask, left, t, curves)
                second = mask_crossing(nodes, satellite, station, mask, t, t2, curves)
                if inside:
                    write_pass(nodes, satellite, station, aos, first, rows, found, curves)
                    aos = second
                else:
                    write_pass(nodes, satellite, station, first, second, rows, found, curves)
                found += 1
                told = second
        if (f2 >= 0.0) != inside:
            t = mask_crossing(nodes, satellite, station, mask, t1, t2, curves)
            if inside:
                write_pass(nodes, satellite, station, aos, t, rows, found, curves)
                found += 1
            aos = math.nan if inside else t
        t0, f0, t1, f1, azimuth = t1, f1, t2, f2, turned
        step = min(1.5 * step, longest)
    if aos < end:
        write_pass(nodes, satellite, station, aos, end, rows, found, curves)
        found += 1
    return found


@njit(entry=True)
def cut(
    nodes: Floats,
    node_start: Integers,
    satellites: Floats,
    stations: Floats,
    masks: Floats,
    mask_start: Integers,
    transits: Floats,
    transit_pairs: Integers,
    pairs: Integers,
    rows: Floats,
    curves: Floats,
) -> int:
    """Cut transits above the lowest limit into passes above the mask.

    Args:
        nodes, node_start, satellites, stations, curves: as for `search`.
        masks: [2, point] azimuth and elevation [rad] of the mask points, station after station.
        mask_start: [station + 1] where each station's mask points begin.
        transits: [transit, PASS_COLUMNS] what `search` found.
        transit_pairs: [transit, 2] satellite and station of each.
        pairs: [row, 2] filled.
        rows: [row, PASS_COLUMNS] filled.

    Returns:
        How many passes there are; when that is more than there are rows, to be repeated with more room.
    """
    found = 0
    known = -1
    for i in range(transits.shape[0]):
        k, j = transit_pairs[i, 0], transit_pairs[i, 1]
        if k != known:
            curves[SLOTS, 0, 0] += NEXT_SATELLITE
            known = k
        before = found
        found = cut_transit(
            nodes[:, node_start[k] : node_start[k + 1]],
            satellites[k],
            stations[j],
            masks[:, mask_start[j] : mask_start[j + 1]],
            transits[i, AOS],
            transits[i, LOS],
            rows,
            found,
            curves,
        )
        for row in range(before, min(found, rows.shape[0])):
            pairs[row, 0], pairs[row, 1] = k, j
            rows[row, TRANSIT] = transits[i, TCA]
    return found


@njit(entry=True)
def clearances(
    position_km: Floats,
    velocity_km_s: Floats,
    station_of: Integers,
    stations: Floats,
    masks: Floats,
    mask_start: Integers,
    result: Floats,
) -> None:
    """Elevation above the limit [rad] and its rate [rad/s] of states [3, row]: result [2, row]."""
    way = np.empty((2, 3))
    for i in range(station_of.shape[0]):
        j = station_of[i]
        way[:] = 0.0
        for k in range(3):
            distance, speed = position_km[k, i] - stations[j, POSITION + k], velocity_km_s[k, i]
            for axis in range(3):  # east, north, up
                way[0, axis] += distance * stations[j, EAST + 3 * axis + k]
                way[1, axis] += speed * stations[j, EAST + 3 * axis + k]
        east, north, up = way[0, 0], way[0, 1], way[0, 2]
        level = math.hypot(east, north)
        level_rate = (east * way[1, 0] + north * way[1, 1]) / level
        result[0, i] = math.atan2(up, level)
        result[1, i] = (way[1, 2] * level - up * level_rate) / (level * level + up * up)
        if mask_start[j + 1] > mask_start[j]:
            mask = masks[:, mask_start[j] : mask_start[j + 1]]
            azimuth = math.atan2(east, north)
            azimuth = azimuth if azimuth >= 0.0 else azimuth + _TURN
            k = segment(mask, azimuth)
            result[0, i] -= mask[1, k] + (azimuth - mask[0, k]) * slope(mask, k)
            result[1, i] -= slope(mask, k) * (north * way[1, 0] - east * way[1, 1]) / (level * level)
        else:
            result[0, i] -= stations[j, LIMIT]
