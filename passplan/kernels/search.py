"""The pass search: every interval in which a satellite is above a station's lowest limit, none missed for being short.

Between nodes nothing is assumed: an interval is skipped, or the sign in it taken as settled, only by a bound on second
derivatives, and is halved until one of the two holds. docs/explanation/pass-search.md has the proof.
"""

import math

import numpy as np

from passplan.kernels.compiling import njit
from passplan.kernels.curve import (
    NEXT_SATELLITE,
    SLOTS,
    Floats,
    Integers,
    azimuth_at,
    curve_at,
    place,
    with_rates,
)
from passplan.kernels.layout import (
    AOS,
    AZIMUTH_AOS,
    BEGIN,
    CLIPPED_END,
    CLIPPED_START,
    CLOSEST,
    END,
    LOS,
    MAX_ACCELERATION,
    MAX_SPEED,
    ORIGIN,
    SIN_LIMIT,
    SIN_PEAK,
    SKIP_BELOW,
    STENCIL,
    STEP,
    TCA,
    TRANSIT,
    UP,
)

SHORTEST_S = 0.005  # intervals are halved no further; g then bends by under 1e-6 km, also where it bends most
SLACK_KM = 1e-4  # for the interpolation error
NEWTON_S = 1e-4  # a step of Newton's below this leaves an error of the order of its square
TOP_S = 1e-5
DEEPEST = 64  # halvings that may wait; an interval of a day needs 25


@njit()
def crossing(
    station: Floats,
    curves: Floats,
    slot: int,
    culminating: bool,
    a: float,
    fa: float,
    b: float,
    fb: float,
    tolerance: float,
) -> float:
    """The root on a curve between a and b, where the sign changes, of g = height - sin(limit) range, or of the rate of
    the elevation.

    Newton's steps for g, and the Illinois rule's for the rate, whose own derivative is not at hand; both halve where a
    step would leave the bracket.
    """
    sine = station[SIN_LIMIT]
    w = (a * fb - b * fa) / (fb - fa)
    kept = 0
    while b - a > tolerance:
        if not (a < w < b):
            w = 0.5 * (a + b)
            if w in (a, b):
                break
        height, distance, height_rate, range_rate = with_rates(station, curves, slot, w)
        f = height_rate * distance - height * range_rate if culminating else height - sine * distance
        if (f >= 0.0) == (fb >= 0.0):
            b, fb = w, f
            if kept > 0:
                fa *= 0.5
            kept = 1
        else:
            a, fa = w, f
            if kept < 0:
                fb *= 0.5
            kept = -1
        moved = (a * fb - b * fa) / (fb - fa) if culminating else w - f / (height_rate - sine * range_rate)
        if abs(moved - w) < tolerance and a <= moved <= b:
            return moved
        w = moved
    return 0.5 * (a + b)


@njit()
def stays(g: float, rate: float, h: float, far_g: float, far_rate: float, bend: float) -> bool:
    """Whether a function keeps its sign over h, given value and rate at both ends and a bound of its second derivative.

    It is above both parabolas that leave the ends with those rates and fall away with that bound; the lowest point of
    the higher of the two is where they meet.
    """
    sign = 1.0 if g >= 0.0 else -1.0
    closing = sign * (far_rate - rate) + bend * h
    if closing <= 0.0:
        return False
    meet = (sign * (g - far_g + far_rate * h) + 0.5 * bend * h * h) / closing
    return sign * (g + rate * meet) - 0.5 * bend * meet * meet > SLACK_KM


@njit()
def roots_between(
    satellite: Floats, station: Floats, closest: float, curves: Floats, slot: int, stack: Floats, roots: Floats
) -> int:
    """All roots of g = height - sin(limit) range in the piece of a curve that is in stack[0], in order; their number.

    A row of the stack is (place, g, its rate, range) of a piece's left and then its right end, lengths in steps. A
    piece is done when a bound of |g''| shows that it holds no root, or just one; otherwise it is halved.
    """
    sine = station[SIN_LIMIT]
    step = satellite[STEP]
    speed, acceleration = satellite[MAX_SPEED] * step, satellite[MAX_ACCELERATION] * step * step
    depth, found = 1, 0
    while depth > 0:
        depth -= 1
        a, ga, da, ra = stack[depth, 0], stack[depth, 1], stack[depth, 2], stack[depth, 3]
        b, gb, db, rb = stack[depth, 4], stack[depth, 5], stack[depth, 6], stack[depth, 7]
        h = b - a
        # The range changes by at most speed x time, so it is nowhere in between less than this.
        nearest = max(0.5 * (ra + rb - speed * h), closest)
        bend = acceleration * (1.0 + abs(sine)) + abs(sine) * speed * speed / nearest
        smallest = h * step < SHORTEST_S or depth >= DEEPEST - 2
        if (ga >= 0.0) == (gb >= 0.0):
            if smallest or stays(ga, da, h, gb, db, bend):
                continue
        elif smallest or (abs(da + db) > bend * h and (da + db > 0.0) == (gb >= 0.0)):
            # The rate is nowhere below either end's less bend x distance, so it keeps its sign: there is one root.
            if found < roots.shape[0]:
                roots[found] = crossing(station, curves, slot, False, a, ga, b, gb, NEWTON_S / step)
                found += 1
            continue
        middle = 0.5 * (a + b)
        height, distance, height_rate, range_rate = with_rates(station, curves, slot, middle)
        # The later half goes below the earlier one, so that roots come in order.
        for k in range(4):
            stack[depth + 1, k] = stack[depth, k]
        stack[depth, 0], stack[depth, 1] = middle, height - sine * distance
        stack[depth, 2], stack[depth, 3] = height_rate - sine * range_rate, distance
        for k in range(4):
            stack[depth + 1, 4 + k] = stack[depth, k]
        depth += 2
    return found


@njit()
def culmination(
    nodes: Floats, satellite: Floats, station: Floats, begin: float, end: float, curves: Floats
) -> tuple[float, float]:
    """When the satellite is highest from begin to end, and the sine of that elevation; every local top is tried."""
    origin, step = satellite[ORIGIN], satellite[STEP]
    last = nodes.shape[1] - 2
    u, v = (begin - origin) / step, (end - origin) / step
    best_u, best = u, -2.0
    for i in range(min(int(u), last), min(int(v), last) + 1):
        slot = curve_at(nodes, i, curves)
        a = max(u - i, 0.0) - 0.5
        b = v - i - 0.5 if i == min(int(v), last) else 0.5
        height, distance, height_rate, range_rate = with_rates(station, curves, slot, a)
        rate_a = height_rate * distance - height * range_rate
        if height / distance > best:
            best_u, best = i + a + 0.5, height / distance
        height, distance, height_rate, range_rate = with_rates(station, curves, slot, b)
        rate_b = height_rate * distance - height * range_rate
        if height / distance > best:
            best_u, best = i + b + 0.5, height / distance
        if rate_a > 0.0 and rate_b <= 0.0:
            top = crossing(station, curves, slot, True, a, rate_a, b, rate_b, TOP_S / step)
            height, distance, _, _ = with_rates(station, curves, slot, top)
            if height / distance >= best:
                best_u, best = i + top + 0.5, height / distance
    return min(max(origin + best_u * step, begin), end), best


@njit()
def write_pass(
    nodes: Floats, satellite: Floats, station: Floats, aos: float, los: float, rows: Floats, i: int, curves: Floats
) -> None:
    """Fill row `i` with a pass, if there is one."""
    if i >= rows.shape[0]:
        return
    tca, sine = culmination(nodes, satellite, station, aos, los, curves)
    rows[i, AOS], rows[i, TCA], rows[i, LOS], rows[i, SIN_PEAK], rows[i, TRANSIT] = aos, tca, los, sine, tca
    for k in range(3):
        slot, w = place(nodes, satellite, rows[i, AOS + k], curves)
        rows[i, AZIMUTH_AOS + k] = azimuth_at(station, curves, slot, w)
    rows[i, CLIPPED_START] = aos <= satellite[BEGIN]
    rows[i, CLIPPED_END] = los >= satellite[END]


@njit()
def highest(
    nodes: Floats, satellite: Floats, station: Floats, low: int, high: int, sines: Floats, curves: Floats
) -> tuple[float, float]:
    """When a satellite that never passes is highest, and the sine of its elevation then.

    A top is within half a step of a node, and in that time the line of sight turns by at most asin(way / range): tops
    that cannot be the highest are not followed.
    """
    way = 0.5 * satellite[MAX_SPEED] * satellite[STEP]
    top = -2.0
    for i in range(low, high + 1):
        height = squared = 0.0
        for k in range(3):
            distance = nodes[k, i] - station[k]
            height += distance * station[UP + k]
            squared += distance * distance
        distance = math.sqrt(squared)
        top = max(top, height / distance)
        turn = math.asin(way / distance) if way < distance else math.pi
        sines[i] = math.sin(min(math.asin(min(max(height / distance, -1.0), 1.0)) + turn, 0.5 * math.pi))
    best_t, best = satellite[BEGIN], -2.0
    for i in range(low, high):
        if max(sines[i], sines[i + 1]) >= max(top, best):
            left = max(satellite[ORIGIN] + i * satellite[STEP], satellite[BEGIN])
            right = min(satellite[ORIGIN] + (i + 1) * satellite[STEP], satellite[END])
            t, sine = culmination(nodes, satellite, station, left, right, curves)
            if sine > best:
                best_t, best = t, sine
    return best_t, best


@njit()
def passes_of_pair(
    nodes: Floats,
    satellite: Floats,
    station: Floats,
    bounds: Floats,
    low: int,
    high: int,
    stack: Floats,
    roots: Floats,
    heights: Floats,
    rows: Floats,
    found: int,
    curves: Floats,
) -> int:
    """Write the passes of a satellite over a station, between two nodes, from row `found` on; returns the next row."""
    sine = station[SIN_LIMIT]
    x, y, z, skip_below = station[UP], station[UP + 1], station[UP + 2], bounds[SKIP_BELOW]
    for i in range(nodes.shape[1]):
        heights[i] = nodes[0, i] * x + nodes[1, i] * y + nodes[2, i] * z - skip_below
    aos = math.nan
    known = -1  # the node that `end` is at
    end = np.empty(4)
    for i in range(low, high):
        if heights[i] < 0.0 and heights[i + 1] < 0.0:
            continue  # lower at both ends, and so throughout, than anything at the limit
        slot = curve_at(nodes, i, curves)
        for k in range(i if known != i else i + 1, i + 2):
            height, distance, height_rate, range_rate = with_rates(station, curves, slot, k - i - 0.5)
            for column in range(4):
                stack[0, column] = end[column]
            end[1], end[2], end[3] = height - sine * distance, height_rate - sine * range_rate, distance
        known = i + 1
        for column in range(4):
            stack[0, 4 + column] = end[column]
        stack[0, 0], stack[0, 4] = -0.5, 0.5
        if i == low and stack[0, 1] >= 0.0:
            aos = satellite[BEGIN]
        for c in range(roots_between(satellite, station, bounds[CLOSEST], curves, slot, stack, roots)):
            t = satellite[BEGIN] + (i - low + roots[c] + 0.5) * satellite[STEP]
            if math.isnan(aos):
                aos = t
            else:
                write_pass(nodes, satellite, station, aos, t, rows, found, curves)
                found += 1
                aos = math.nan
    if aos < satellite[END]:
        write_pass(nodes, satellite, station, aos, satellite[END], rows, found, curves)
        found += 1
    return found


@njit(entry=True)
def search(
    nodes: Floats,
    node_start: Integers,
    satellites: Floats,
    stations: Floats,
    bounds: Floats,
    pairs: Integers,
    rows: Floats,
    never: Floats,
    curves: Floats,
) -> int:
    """Find every pass of every satellite over every station's lowest limit.

    Args:
        nodes: [3, node] positions [km], satellite after satellite.
        node_start: [satellite + 1] where each satellite's nodes begin.
        satellites: [satellite, SATELLITE_COLUMNS].
        stations: [station, STATION_COLUMNS].
        bounds: [satellite, station, PAIR_COLUMNS].
        pairs: [row, 2] filled with satellite and station of each row.
        rows: [row, PASS_COLUMNS] filled.
        never: [satellite, station, 2] filled for pairs without a pass: when it is highest, and the sine; else NaN.
        curves: working room, as `new_curves` makes it.

    Returns:
        How many passes there are; when that is more than there are rows, the search is to be repeated with more room.
    """
    heights = np.empty(nodes.shape[1])
    stack = np.empty((DEEPEST, 8))
    roots = np.empty(256)
    found = 0
    for k in range(satellites.shape[0]):
        satellite = satellites[k]
        own = nodes[:, node_start[k] : node_start[k + 1]]
        low = round((satellite[BEGIN] - satellite[ORIGIN]) / satellite[STEP])
        high = round((satellite[END] - satellite[ORIGIN]) / satellite[STEP])
        curves[SLOTS, 0, 0] += NEXT_SATELLITE
        for j in range(stations.shape[0]):
            never[k, j, 0] = never[k, j, 1] = math.nan
            if own.shape[1] < STENCIL:
                continue
            before = found
            found = passes_of_pair(
                own, satellite, stations[j], bounds[k, j], low, high, stack, roots, heights, rows, found, curves
            )
            for i in range(before, min(found, rows.shape[0])):
                pairs[i, 0], pairs[i, 1] = k, j
            if found == before:
                t, sine = highest(own, satellite, stations[j], low, high, heights, curves)
                never[k, j, 0], never[k, j, 1] = t, sine
    return found
