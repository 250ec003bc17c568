"""Simulated annealing of contacts on a grid of slots: put one somewhere, throw out whatever is in the way.

Every antenna and every channel of a link is a row of slots, each slot with the contact that has it. A move takes a
contact, a place for it at random, and frees the place; it is accepted as Metropolis would (Kirkpatrick et al. 1983,
"Optimization by Simulated Annealing"). What was thrown out finds another place in later moves.
"""

import math

import numpy as np
from numpy.typing import NDArray

from passplan.kernels.compiling import njit

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

# Columns of `tasks`
AGENCY, LEAST, WANTED, CHANNEL, CHANNELS, FIRST_OPTION, AFTER_OPTIONS = range(7)
# Columns of `options`: the first and last slot of the contact, slots before and after it, its antennas, its budget
LOW, HIGH, SETUP, TEARDOWN, FIRST_ANTENNA, AFTER_ANTENNAS, BUDGET = range(7)
# Columns of `state`: option (-1: none), slots from start to end, channel
OPTION, START, END, USED_CHANNEL = range(4)

FREE, TAKEN = -1, -2  # in `owner`: nobody's, and a contact's that cannot be moved


@njit()
def penalty(unserved: Floats, each: float, worst: float) -> float:
    """The fairness penalty of unserved shares."""
    total, largest = 0.0, 0.0
    for share in unserved:
        u = max(share, 0.0)
        total += u * u
        largest = max(largest, u)
    return each * total + worst * largest


@njit()
def _clear(row: Integers, low: int, high: int) -> None:
    for k in range(low, high):
        row[k] = FREE


@njit()
def _remove(
    task: int,
    options: Integers,
    antennas: Integers,
    state: Integers,
    owner: Integers,
    budgets: Integers,
) -> None:
    option, start, end = state[task, OPTION], state[task, START], state[task, END]
    for k in range(options[option, FIRST_ANTENNA], options[option, AFTER_ANTENNAS]):
        _clear(owner[antennas[k]], start - options[option, SETUP], end + options[option, TEARDOWN])
    _clear(owner[state[task, USED_CHANNEL]], start, end)
    if options[option, BUDGET] >= 0:
        budgets[options[option, BUDGET]] += end - start
    state[task, OPTION] = -1


@njit()
def _rivals(row: Integers, low: int, high: int, task: int, found: Integers, count: int) -> int:
    """Add those who have slots of a row to those found; -1 where one of them cannot be moved."""
    previous = FREE
    for k in range(low, high):
        other = row[k]
        if other in (previous, FREE, task):
            continue
        if other == TAKEN:
            return -1
        previous = other
        known = False
        for j in range(count):
            if found[j] == other:
                known = True
        if not known:
            if count == len(found):
                return -1
            found[count] = other
            count += 1
    return count


@njit()
def _changes(row: Integers, slot: int, task: int) -> bool:
    """Whether a slot is another contact's than the one before it."""
    before = FREE if row[slot - 1] == task else row[slot - 1]
    after = FREE if row[slot] == task else row[slot]
    return bool(before != after)


@njit()
def _snapped(
    owner: Integers,
    antennas: Integers,
    option: Integers,
    channel: int,
    task: int,
    start: int,
    last: int,
    length: int,
) -> int:
    """A start as it is, or moved earlier or later until the contact touches the edge of another: tight packings."""
    which = np.random.random()
    if which < 0.34:
        return start
    row = owner[antennas[option[FIRST_ANTENNA]]]
    if which < 0.67:
        while (
            start > option[LOW]
            and not _changes(owner[channel], start, task)
            and not _changes(row, start - option[SETUP], task)
        ):
            start -= 1
    else:
        while (
            start < last
            and not _changes(owner[channel], start + length, task)
            and not _changes(row, start + length + option[TEARDOWN], task)
        ):
            start += 1
    return start


@njit(entry=True)
def anneal(
    tasks: Integers,
    worth: Floats,
    options: Integers,
    antennas: Integers,
    state: Integers,
    owner: Integers,
    budgets: Integers,
    unserved: Floats,
    share: Floats,
    each: float,
    worst: float,
    hot: float,
    cold: float,
    moves: int,
    seed: int,
) -> float:
    """Change `state` for the better by so many moves; returns the gain.

    Args:
        tasks: [task, 7], slots and numbers.
        worth: [task, 2], the value of serving it and of each slot.
        options: [option, 7].
        antennas: the rows of `owner` that options take, one after the other.
        state: [task, 4], changed.
        owner: [row, slot], who has it; changed.
        budgets: slots left, changed.
        unserved: by agency, changed.
        share: of what an agency asks that a slot is.
        each: weight of the squares of unserved shares in the penalty, as `worst` is of the largest.
        worst: see `each`.
        hot: the first temperature; falls evenly in its logarithm to `cold`.
        cold: the last.
        moves: how many.
        seed: of the random numbers.
    """
    np.random.seed(seed)  # numba's own generator, of this kernel alone
    rivals = np.empty(64, dtype=np.int64)
    trial = unserved.copy()
    gain = 0.0
    now = penalty(unserved, each, worst)
    fall = math.log(cold / hot) / moves
    temperature = hot
    for move in range(moves):
        if move & 255 == 0:
            temperature = hot * math.exp(fall * move)
        task = int(np.random.random() * len(tasks))
        first, after = tasks[task, FIRST_OPTION], tasks[task, AFTER_OPTIONS]
        if first == after:
            continue
        option = first + int(np.random.random() * (after - first))
        low, high = options[option, LOW], options[option, HIGH]
        length = tasks[task, WANTED]
        if tasks[task, LEAST] < length:
            length = min(length, high - low)
            if np.random.random() < 0.5:
                length = tasks[task, LEAST] + int(np.random.random() * (length - tasks[task, LEAST] + 1))
        room = high - low - length
        if room < 0 or length < tasks[task, LEAST]:
            continue
        start = low + int(np.random.random() * (room + 1))
        channel = tasks[task, CHANNEL] + int(np.random.random() * tasks[task, CHANNELS])
        start = _snapped(owner, antennas, options[option], channel, task, start, low + room, length)
        end = start + length
        count = 0
        for k in range(options[option, FIRST_ANTENNA], options[option, AFTER_ANTENNAS]):
            count = _rivals(
                owner[antennas[k]], start - options[option, SETUP], end + options[option, TEARDOWN], task, rivals, count
            )
            if count < 0:
                break
        if count < 0:
            continue
        count = _rivals(owner[channel], start, end, task, rivals, count)
        if count < 0:
            continue
        change = worth[task, 0] + worth[task, 1] * length
        agency = tasks[task, AGENCY]
        trial[agency] -= share[agency] * length
        spare = budgets[options[option, BUDGET]] if options[option, BUDGET] >= 0 else length
        if state[task, OPTION] >= 0:
            before = state[task, END] - state[task, START]
            change -= worth[task, 0] + worth[task, 1] * before
            trial[agency] += share[agency] * before
            if options[option, BUDGET] >= 0 and options[state[task, OPTION], BUDGET] == options[option, BUDGET]:
                spare += before
        for k in range(count):
            other = rivals[k]
            before = state[other, END] - state[other, START]
            change -= worth[other, 0] + worth[other, 1] * before
            trial[tasks[other, AGENCY]] += share[tasks[other, AGENCY]] * before
            if options[option, BUDGET] >= 0 and options[state[other, OPTION], BUDGET] == options[option, BUDGET]:
                spare += before
        then = penalty(trial, each, worst)
        change += now - then
        if spare >= length and (change >= 0.0 or np.random.random() < math.exp(change / temperature)):
            for k in range(count):
                _remove(rivals[k], options, antennas, state, owner, budgets)
            if state[task, OPTION] >= 0:
                _remove(task, options, antennas, state, owner, budgets)
            for k in range(options[option, FIRST_ANTENNA], options[option, AFTER_ANTENNAS]):
                row = owner[antennas[k]]
                for slot in range(start - options[option, SETUP], end + options[option, TEARDOWN]):
                    row[slot] = task
            for slot in range(start, end):
                owner[channel, slot] = task
            if options[option, BUDGET] >= 0:
                budgets[options[option, BUDGET]] -= length
            state[task, OPTION], state[task, START], state[task, END] = option, start, end
            state[task, USED_CHANNEL] = channel
            unserved[:] = trial
            now = then
            gain += change
        else:
            trial[:] = unserved
    return gain
