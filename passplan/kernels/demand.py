"""The demand of all tasks at some prices, and the most that they gain together: an upper bound of any schedule's gain.

A unit is a task, a split task or a chain; a family is a unit alone, or the units of a group. Each family takes what is
best for it, whatever the others take. The demand is smoothed, so that prices move without jumps: a task is spread over
contacts with almost the gain of its best, and chains and split tasks take the best after a random change of each gain.
"""

import math
from typing import NamedTuple

import numpy as np

from passplan.kernels.compiling import njit
from passplan.kernels.pricing import PIECE_HIGH, PIECE_LOW, PIECE_OPTION, Demand, Slots, fill, slope_of, use
from passplan.kernels.timetable import (
    AFTER_ANTENNAS,
    AFTER_BUDGETS,
    AGENCY,
    FIRST_ANTENNA,
    FIRST_BUDGET,
    FIRST_CHANNEL,
    FIXED,
    LEAST,
    PART_LEAST,
    PER_SECOND,
    SETUP,
    TEARDOWN,
    WANTED,
    Floats,
    Integers,
    Shorts,
    Tasks,
)

# Columns of `units`: what it is, its pieces from the first to before the last, how many of them it takes at most, and
# of a chain the least spacing and the largest gap (-1: any)
KIND, FIRST_PIECE, AFTER_PIECES, MOST, UNIT_SPACING, UNIT_GAP = range(6)
PLAIN, SPLIT, CHAINED = range(3)
# Columns of `families`: its units from the first to before the last, and what may be served: its one
# unit, one of them, all or none, or none
FIRST_UNIT, AFTER_UNITS, FAMILY_KIND = range(3)
ALONE, ONE, ALL, NONE = range(4)
_NEGLIGIBLE = 10.0  # temperatures below the best
_ROUNDING = 1e-9


class Units(NamedTuple):
    """The units and families of a problem."""

    units: Integers  # [unit, 6]
    families: Integers  # [family, 3]
    pieces: Shorts  # [piece, 3]
    piece_task: Shorts  # [piece]
    stage: Shorts  # [piece] of a chain: contacts of one stage may be in any order
    stage_most: Shorts  # [piece] how many contacts its stage may have
    multiplier: Floats  # [unit] of a split task, the price of a second of its length: changed at each call
    value: Floats  # [unit] the most it gains: changed at each call
    upper: Floats  # [piece] of plain tasks, its most gain or more: changed at each call


class Falls(NamedTuple):
    """How far prices fell since the last call, at most: so far can a gain have grown."""

    block: int  # slots of a block
    rows: Floats  # [row * blocks + block] of a slot
    budgets: Floats  # [budget]
    bonus: Floats  # [agency] how far the value of a second rose


class Scratch(NamedTuple):
    """Arrays that are used again for each unit."""

    starts: Integers
    ends: Integers
    gains: Floats
    piece: Integers  # of each contact
    filled: Integers  # [1] how many contacts
    best: Floats  # [piece of the unit] the gain of its best contact
    best_start: Integers
    best_end: Integers
    reach: Floats  # [count, piece of the unit] of the runs of a chain
    before: Integers


@njit()
def new_scratch(units: Units, slots: Slots) -> Scratch:
    contacts, pieces, runs = 1, 1, 1
    for u in range(len(units.units)):
        first, after = units.units[u, FIRST_PIECE], units.units[u, AFTER_PIECES]
        total = 0
        for p in range(first, after):
            total += 3 * ((units.pieces[p, PIECE_HIGH] - units.pieces[p, PIECE_LOW]) // slots.grid_s + 3)
        contacts, pieces = max(contacts, total), max(pieces, after - first)
        runs = max(runs, (after - first) * units.units[u, MOST])
    return Scratch(
        np.empty(contacts, dtype=np.int64),
        np.empty(contacts, dtype=np.int64),
        np.empty(contacts),
        np.empty(contacts, dtype=np.int64),
        np.zeros(1, dtype=np.int64),
        np.empty(pieces),
        np.empty(pieces, dtype=np.int64),
        np.empty(pieces, dtype=np.int64),
        np.empty(runs),
        np.empty(runs, dtype=np.int64),
    )


@njit()
def _fall(rows: Floats, first: int, low: int, high: int) -> float:
    """How far the price of a slot of some blocks of a row fell, at most."""
    most = 0.0
    for k in range(first + low, first + high + 1):
        most = max(most, rows[k])
    return float(most)


@njit()
def _loosen(tasks: Tasks, slots: Slots, units: Units, falls: Falls) -> None:
    """Raise the upper bounds of the pieces by what their contacts can cost less."""
    grid, begin, rows = slots.grid_s, slots.start_s, falls.rows
    block_s = grid * falls.block
    blocks = len(rows) // (len(slots.until) // slots.width)
    of_task, options, antennas, upper = tasks.tasks, tasks.options, tasks.antennas, units.upper
    for p in range(len(units.pieces)):
        task, option = units.piece_task[p], units.pieces[p, PIECE_OPTION]
        low, high = units.pieces[p, PIECE_LOW] - begin, units.pieces[p, PIECE_HIGH] - begin
        most = min(of_task[task, WANTED], high - low)
        rise = most * _fall(rows, of_task[task, FIRST_CHANNEL] * blocks, low // block_s, high // block_s)
        low -= options[option, SETUP]
        high += options[option, TEARDOWN]
        occupied = most + options[option, SETUP] + options[option, TEARDOWN]
        for a in range(options[option, FIRST_ANTENNA], options[option, AFTER_ANTENNAS]):
            rise += occupied * _fall(rows, antennas[a] * blocks, low // block_s, high // block_s)
        for b in range(options[option, FIRST_BUDGET], options[option, AFTER_BUDGETS]):
            rise += most * falls.budgets[tasks.budgets[b]]
        upper[p] += rise / grid + most * falls.bonus[of_task[task, AGENCY]] + _ROUNDING


@njit()
def _best_contacts(
    tasks: Tasks, slots: Slots, units: Units, unit: int, bonus: Floats, scratch: Scratch, temperature: float
) -> float:
    """The most that a plain task gains; the contacts that gain almost as much are in the scratch.

    A piece is left out when its upper bound is far below that, or far below nothing.
    """
    first, after = units.units[unit, FIRST_PIECE], units.units[unit, AFTER_PIECES]
    pieces, upper = units.pieces, units.upper
    options, antennas = tasks.options, tasks.antennas
    starts, ends, gains = scratch.starts, scratch.ends, scratch.gains
    likely = first
    for p in range(first + 1, after):
        if upper[p] > upper[likely]:
            likely = p
    scratch.filled[0] = 0
    margin = _NEGLIGIBLE * temperature
    if upper[likely] < -margin:
        return float(upper[likely])
    task = units.piece_task[first]
    least, most, channel = tasks.tasks[task, LEAST], tasks.tasks[task, WANTED], tasks.tasks[task, FIRST_CHANNEL]
    fixed, per_second = tasks.value[task, FIXED], tasks.value[task, PER_SECOND] + bonus[tasks.tasks[task, AGENCY]]
    charges = len(slots.until)
    best, count = -np.inf, 0
    for k in range(first - 1, after):
        p = likely if k < first else k
        if k == likely or (k >= first and upper[p] < max(best, 0.0) - margin):
            continue
        option = pieces[p, PIECE_OPTION]
        slope = per_second
        for b in range(options[option, FIRST_BUDGET], options[option, AFTER_BUDGETS]):
            slope -= slots.price[charges + tasks.budgets[b]] / slots.grid_s
        low, high, before = pieces[p, PIECE_LOW], pieces[p, PIECE_HIGH], count
        count = fill(
            options, antennas, slots, low, high, option, channel, least, most, slope, starts, ends, gains, count
        )
        now = -np.inf
        for c in range(before, count):
            gains[c] += fixed
            scratch.piece[c] = p
            now = max(now, gains[c])
        upper[p] = now
        best = max(best, now)
    scratch.filled[0] = count
    return float(best)


@njit()
def best_of_pieces(tasks: Tasks, slots: Slots, units: Units, unit: int, bonus: Floats, scratch: Scratch) -> None:
    """The best contact of each piece of a unit; of a split task without its fixed value, at its multiplier."""
    first = units.units[unit, FIRST_PIECE]
    options, antennas = tasks.options, tasks.antennas
    starts, ends, gains = scratch.starts, scratch.ends, scratch.gains
    is_split = units.units[unit, KIND] == SPLIT
    for p in range(first, units.units[unit, AFTER_PIECES]):
        same = p > first and units.pieces[p, PIECE_OPTION] == units.pieces[p - 1, PIECE_OPTION]
        if same and units.pieces[p, PIECE_LOW] == units.pieces[p - 1, PIECE_LOW]:
            scratch.best[p - first] = scratch.best[p - first - 1]
            scratch.best_start[p - first] = scratch.best_start[p - first - 1]
            scratch.best_end[p - first] = scratch.best_end[p - first - 1]
            continue
        task = units.piece_task[p]
        slope = slope_of(tasks, slots, task, units.pieces[p, PIECE_OPTION], bonus)
        least, most = tasks.tasks[task, LEAST], tasks.tasks[task, WANTED]
        if is_split:
            least = min(least, tasks.tasks[task, PART_LEAST])
            slope -= units.multiplier[unit]
        low, high, option = units.pieces[p, PIECE_LOW], units.pieces[p, PIECE_HIGH], units.pieces[p, PIECE_OPTION]
        channel = tasks.tasks[task, FIRST_CHANNEL]
        count = fill(options, antennas, slots, low, high, option, channel, least, most, slope, starts, ends, gains, 0)
        best = -1
        for k in range(count):
            if best < 0 or scratch.gains[k] > scratch.gains[best]:
                best = k
        if best < 0:
            scratch.best[p - first] = -np.inf
            continue
        scratch.best[p - first] = scratch.gains[best] + (0.0 if is_split else tasks.value[task, FIXED])
        scratch.best_start[p - first] = scratch.starts[best]
        scratch.best_end[p - first] = scratch.ends[best]


@njit()
def may_follow(pieces: Shorts, before: int, after: int, least: int, spacing: int, gap: int) -> bool:
    """Whether a contact of one piece can follow one of another in a chain of contacts with `least` seconds or more."""
    if pieces[after, PIECE_HIGH] - pieces[before, PIECE_LOW] - 2 * least < spacing:
        return False
    return bool(gap < 0 or pieces[after, PIECE_LOW] - pieces[before, PIECE_HIGH] <= gap)


@njit()
def best_run(tasks: Tasks, units: Units, unit: int, scratch: Scratch) -> tuple[float, int, int]:
    """The best run of contacts of a chain, at least one: its gain, and the place of its last contact in `reach`."""
    first, after, most = units.units[unit, FIRST_PIECE], units.units[unit, AFTER_PIECES], units.units[unit, MOST]
    spacing, gap = units.units[unit, UNIT_SPACING], units.units[unit, UNIT_GAP]
    pieces, stages, stage_most = units.pieces, units.stage, units.stage_most
    reach, gains, came_from = scratch.reach, scratch.best, scratch.before
    least, count_of = tasks.tasks[units.piece_task[first], LEAST], after - first
    best, last, last_count = -np.inf, -1, 0
    stage_first = first
    while stage_first < after:
        stage, stage_after, longest = stages[stage_first], stage_first, 0
        while stage_after < after and stages[stage_after] == stage:
            longest = max(longest, pieces[stage_after, PIECE_HIGH] - pieces[stage_after, PIECE_LOW])
            stage_after += 1
        for count in range(min(most, stage_most[stage_first])):
            # The pieces of a stage are in order of their low ends, so that those that can be before one are together.
            begin = stage_first - first
            for i in range(stage_first - first, stage_after - first):
                at = count * count_of + i
                came_from[at] = -1
                reach[at] = gains[i] if count == 0 else -np.inf
                if gains[i] == -np.inf:
                    continue
                if count > 0:
                    latest = pieces[first + i, PIECE_HIGH] - 2 * least - spacing
                    earliest = pieces[first + i, PIECE_LOW] - gap - longest
                    while gap >= 0 and begin < i and pieces[first + begin, PIECE_LOW] < earliest:
                        begin += 1
                    for j in range(begin, stage_after - first):
                        if pieces[first + j, PIECE_LOW] > latest:
                            break
                        value = reach[(count - 1) * count_of + j] + gains[i]
                        if value > reach[at] and may_follow(pieces, first + j, first + i, least, spacing, gap):
                            reach[at] = value
                            came_from[at] = (count - 1) * count_of + j
                else:
                    for j in range(stage_first - first):
                        for c in range(stage_most[first + j]):
                            value = reach[c * count_of + j] + gains[i]
                            if value > reach[at] and may_follow(pieces, first + j, first + i, least, spacing, gap):
                                reach[at] = value
                                came_from[at] = c * count_of + j
                if reach[at] > best:
                    best, last, last_count = reach[at], i, count
        stage_first = stage_after
    return best, last, last_count


@njit()
def _change_at_random(scratch: Scratch, pieces: int, temperature: float) -> None:
    for k in range(pieces):
        scratch.best[k] -= temperature * math.log(-math.log(np.random.random() + 1e-300) + 1e-300)


@njit()
def _best_parts(units: Units, unit: int, scratch: Scratch, chosen: Integers) -> tuple[float, int, int]:
    """The parts with the most gain, each from another piece: their gain, seconds and number; `chosen` is filled."""
    pieces, most = units.units[unit, AFTER_PIECES] - units.units[unit, FIRST_PIECE], units.units[unit, MOST]
    gain, seconds, count = 0.0, 0, 0
    while count < min(most, pieces):
        k = -1
        for i in range(pieces):
            free = k < 0 or scratch.best[i] > scratch.best[k]
            for c in range(count):
                free = free and chosen[c] != i
            if free:
                k = i
        if scratch.best[k] == -np.inf or (scratch.best[k] <= 0.0 and count > 0):
            break
        gain += scratch.best[k]
        seconds += scratch.best_end[k] - scratch.best_start[k]
        chosen[count] = k
        count += 1
    return gain, seconds, count


@njit()
def _split_value(tasks: Tasks, units: Units, unit: int, gain: float) -> float:
    """The most that a split task gains, from the gain of its parts at its multiplier."""
    task = units.piece_task[units.units[unit, FIRST_PIECE]]
    multiplier = units.multiplier[unit]
    length = tasks.tasks[task, WANTED] if multiplier >= 0.0 else tasks.tasks[task, LEAST]
    return float(tasks.value[task, FIXED] + multiplier * length + gain)


@njit()
def _move_multiplier(tasks: Tasks, units: Units, unit: int, seconds: int, step: float) -> None:
    """Move the price of a split task's length: up when its parts are too long together, and down when too short."""
    task = units.piece_task[units.units[unit, FIRST_PIECE]]
    now = units.multiplier[unit]
    if seconds > tasks.tasks[task, WANTED] or (now < 0.0 and seconds > tasks.tasks[task, LEAST]):
        then = now + step
    elif seconds < tasks.tasks[task, LEAST] or (now > 0.0 and seconds < tasks.tasks[task, WANTED]):
        then = now - step
    else:
        return
    units.multiplier[unit] = 0.0 if now * then < 0.0 else then


@njit()
def _unit_value(
    tasks: Tasks,
    slots: Slots,
    units: Units,
    unit: int,
    bonus: Floats,
    scratch: Scratch,
    chosen: Integers,
    temperature: float,
) -> float:
    """The most that a unit gains when it is served."""
    if units.units[unit, FIRST_PIECE] == units.units[unit, AFTER_PIECES]:
        return -np.inf
    kind = units.units[unit, KIND]
    if kind == PLAIN:
        return _best_contacts(tasks, slots, units, unit, bonus, scratch, temperature)
    best_of_pieces(tasks, slots, units, unit, bonus, scratch)
    if kind == CHAINED:
        return float(best_run(tasks, units, unit, scratch)[0])
    return _split_value(tasks, units, unit, _best_parts(units, unit, scratch, chosen)[0])


@njit()
def _use_plain(
    tasks: Tasks,
    slots: Slots,
    units: Units,
    scratch: Scratch,
    demand: Demand,
    temperature: float,
    value: float,
    share: float,
) -> None:
    """Add a plain task, spread over the contacts in the scratch, to the demand."""
    total, count = 0.0, scratch.filled[0]
    for k in range(count):
        below = (value - scratch.gains[k]) / temperature
        weight = math.exp(-below) if below < _NEGLIGIBLE else 0.0
        scratch.gains[k] = weight
        total += weight
    if total <= 0.0:
        return
    for k in range(count):
        if scratch.gains[k] > 1e-4 * total:
            piece = scratch.piece[k]
            task = units.piece_task[piece]
            option = units.pieces[piece, PIECE_OPTION]
            weight = share * scratch.gains[k] / total
            use(tasks, slots, demand, task, option, scratch.starts[k], scratch.ends[k], weight)


@njit()
def _use_unit(
    tasks: Tasks,
    slots: Slots,
    units: Units,
    unit: int,
    bonus: Floats,
    scratch: Scratch,
    chosen: Integers,
    demand: Demand,
    temperature: float,
    value: float,
    share: float,
    step: float,
    is_last: bool,
) -> None:
    """Add what a unit takes, with a weight, to the demand."""
    if units.units[unit, KIND] == PLAIN:
        if not is_last:  # the scratch is another unit's
            _best_contacts(tasks, slots, units, unit, bonus, scratch, temperature)
        _use_plain(tasks, slots, units, scratch, demand, temperature, value, share)
        return
    first = units.units[unit, FIRST_PIECE]
    pieces = units.units[unit, AFTER_PIECES] - first
    if not is_last:
        best_of_pieces(tasks, slots, units, unit, bonus, scratch)
    if units.units[unit, KIND] == SPLIT:
        _, seconds, count = _best_parts(units, unit, scratch, chosen)
        _move_multiplier(tasks, units, unit, seconds, step)
        _change_at_random(scratch, pieces, temperature)
        _, _, count = _best_parts(units, unit, scratch, chosen)
        for c in range(count):
            k = chosen[c]
            task, option = units.piece_task[first + k], units.pieces[first + k, PIECE_OPTION]
            use(tasks, slots, demand, task, option, scratch.best_start[k], scratch.best_end[k], share)
        return
    _change_at_random(scratch, pieces, temperature)
    _, last, count = best_run(tasks, units, unit, scratch)
    at = count * pieces + last if last >= 0 else -1
    while at >= 0:
        k = at % pieces
        task, option = units.piece_task[first + k], units.pieces[first + k, PIECE_OPTION]
        use(tasks, slots, demand, task, option, scratch.best_start[k], scratch.best_end[k], share)
        at = scratch.before[at]


@njit()
def _served(gain: float, temperature: float) -> float:
    """The share with which something with a gain is taken, beside nothing."""
    return 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, gain / temperature))))


@njit(entry=True)
def gain_of_all(
    tasks: Tasks,
    slots: Slots,
    units: Units,
    falls: Falls,
    bonus: Floats,
    demand: Demand,
    temperature: float,
    step: float,
    seed: int,
) -> float:
    """The most that all families gain together at these prices.

    Args:
        tasks: the tasks.
        slots: the prices.
        units: the units; their values, multipliers and upper bounds change.
        falls: how far prices fell since the last call.
        bonus: the value of a second that fairness adds, by agency.
        demand: zeros; becomes the smoothed demand.
        temperature: gains below the best by this have a weight of 1/e.
        step: the change of a multiplier at most.
        seed: of the random changes.
    """
    np.random.seed(seed)
    _loosen(tasks, slots, units, falls)
    scratch = new_scratch(units, slots)
    most = 1
    for u in range(len(units.units)):
        most = max(most, units.units[u, MOST])
    chosen = np.empty(most, dtype=np.int64)
    total = 0.0
    for f in range(len(units.families)):
        first, after = units.families[f, FIRST_UNIT], units.families[f, AFTER_UNITS]
        kind = units.families[f, FAMILY_KIND]
        if kind == NONE:
            continue
        together, best = 0.0, -np.inf
        for u in range(first, after):
            units.value[u] = _unit_value(tasks, slots, units, u, bonus, scratch, chosen, temperature)
            together += units.value[u]
            best = max(best, units.value[u])
        if kind == ALL:
            best = together
        total += max(0.0, best)
        if best == -np.inf:
            continue
        weights = 0.0
        for u in range(first, after):
            weights += math.exp(max(-40.0, (units.value[u] - best) / temperature))
        for u in range(first, after):
            share = _served(best, temperature)
            if kind == ONE:
                share *= math.exp(max(-40.0, (units.value[u] - best) / temperature)) / weights
            if share > 1e-4 and units.value[u] > -np.inf:
                value = units.value[u]
                _use_unit(
                    tasks,
                    slots,
                    units,
                    u,
                    bonus,
                    scratch,
                    chosen,
                    demand,
                    temperature,
                    value,
                    share,
                    step,
                    after - first == 1,
                )
    return total
