"""Simulated annealing of contacts on a grid of slots: put one somewhere, throw out whatever is in the way.

Every antenna and every channel of a link is a row of slots, each slot with the contact that has it. A move takes a
contact, a place for it at random, and frees the place; it is accepted as Metropolis would (Kirkpatrick et al. 1983,
"Optimization by Simulated Annealing"). What was thrown out finds another place in later moves.
"""

import math

import numpy as np

from passplan.kernels.compiling import njit
from passplan.kernels.slots import (
    AFTER_ANTENNAS,
    AFTER_OPTIONS,
    AGENCY,
    BUDGET,
    CHANNEL,
    CHANNELS,
    END,
    FIRST_ANTENNA,
    FIRST_OPTION,
    FIXED,
    FREE,
    HIGH,
    LEAST,
    LOW,
    OPTION,
    PER_SLOT,
    SETUP,
    START,
    TAKEN,
    TEARDOWN,
    USED_CHANNEL,
    WANTED,
    Cooling,
    Floats,
    Integers,
    SlotProblem,
    SlotSchedule,
)


@njit()
def penalty(unserved: Floats, squares: float, largest: float) -> float:
    """The fairness penalty of unserved shares, with the weights of `PenaltyWeights`."""
    total, most = 0.0, 0.0
    for share in unserved:
        u = max(share, 0.0)
        total += u * u
        most = max(most, u)
    return squares * total + largest * most


@njit()
def _clear(row: Integers, low: int, high: int) -> None:
    for k in range(low, high):
        row[k] = FREE


@njit()
def _remove(
    task: int,
    options: Integers,
    antennas: Integers,
    contacts: Integers,
    owner: Integers,
    budgets: Integers,
) -> None:
    """Take a task's contact out."""
    option, start, end = contacts[task, OPTION], contacts[task, START], contacts[task, END]
    for k in range(options[option, FIRST_ANTENNA], options[option, AFTER_ANTENNAS]):
        _clear(owner[antennas[k]], start - options[option, SETUP], end + options[option, TEARDOWN])
    _clear(owner[contacts[task, USED_CHANNEL]], start, end)
    if options[option, BUDGET] >= 0:
        budgets[options[option, BUDGET]] += end - start
    contacts[task, OPTION] = -1


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
def anneal(problem: SlotProblem, schedule: SlotSchedule, cooling: Cooling) -> float:
    """Change a schedule for the better; returns the gain in value."""
    np.random.seed(cooling.seed)  # numba's own generator, of this kernel alone
    # Records are taken apart once, and the loop is one function: 20 to 30 % faster over 2 million moves.
    tasks, value, options, antennas, slot_share, weights = problem
    contacts, owner, budgets, unserved = schedule
    rivals = np.empty(64, dtype=np.int64)
    trial = unserved.copy()
    gain = 0.0
    now = penalty(unserved, weights.squares, weights.largest)
    fall = math.log(cooling.last_value / cooling.first_value) / cooling.moves
    temperature = cooling.first_value
    for move in range(cooling.moves):
        if move & 255 == 0:
            temperature = cooling.first_value * math.exp(fall * move)
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
        change = value[task, FIXED] + value[task, PER_SLOT] * length
        agency = tasks[task, AGENCY]
        trial[agency] -= slot_share[agency] * length
        spare = budgets[options[option, BUDGET]] if options[option, BUDGET] >= 0 else length
        if contacts[task, OPTION] >= 0:
            before = contacts[task, END] - contacts[task, START]
            change -= value[task, FIXED] + value[task, PER_SLOT] * before
            trial[agency] += slot_share[agency] * before
            if options[option, BUDGET] >= 0 and options[contacts[task, OPTION], BUDGET] == options[option, BUDGET]:
                spare += before
        for k in range(count):
            other = rivals[k]
            before = contacts[other, END] - contacts[other, START]
            change -= value[other, FIXED] + value[other, PER_SLOT] * before
            trial[tasks[other, AGENCY]] += slot_share[tasks[other, AGENCY]] * before
            if options[option, BUDGET] >= 0 and options[contacts[other, OPTION], BUDGET] == options[option, BUDGET]:
                spare += before
        then = penalty(trial, weights.squares, weights.largest)
        change += now - then
        if spare >= length and (change >= 0.0 or np.random.random() < math.exp(change / temperature)):
            for k in range(count):
                _remove(rivals[k], options, antennas, contacts, owner, budgets)
            if contacts[task, OPTION] >= 0:
                _remove(task, options, antennas, contacts, owner, budgets)
            for k in range(options[option, FIRST_ANTENNA], options[option, AFTER_ANTENNAS]):
                row = owner[antennas[k]]
                for slot in range(start - options[option, SETUP], end + options[option, TEARDOWN]):
                    row[slot] = task
            for slot in range(start, end):
                owner[channel, slot] = task
            if options[option, BUDGET] >= 0:
                budgets[options[option, BUDGET]] -= length
            contacts[task, OPTION], contacts[task, START], contacts[task, END] = option, start, end
            contacts[task, USED_CHANNEL] = channel
            unserved[:] = trial
            now = then
            gain += change
        else:
            trial[:] = unserved
    return gain
