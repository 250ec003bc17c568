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
    PenaltyWeights,
    SlotProblem,
    SlotSchedule,
)


@njit()
def penalty(unserved: Floats, weights: PenaltyWeights) -> float:
    """The fairness penalty of unserved shares."""
    total, largest = 0.0, 0.0
    for share in unserved:
        u = max(share, 0.0)
        total += u * u
        largest = max(largest, u)
    return weights.squares * total + weights.largest * largest


@njit()
def _clear(row: Integers, low: int, high: int) -> None:
    for k in range(low, high):
        row[k] = FREE


@njit()
def _remove(task: int, problem: SlotProblem, schedule: SlotSchedule) -> None:
    """Take a task's contact out."""
    options, contacts, owner = problem.options, schedule.contacts, schedule.owner
    option, start, end = contacts[task, OPTION], contacts[task, START], contacts[task, END]
    for k in range(options[option, FIRST_ANTENNA], options[option, AFTER_ANTENNAS]):
        row = owner[problem.antennas[k]]
        _clear(row, start - options[option, SETUP], end + options[option, TEARDOWN])
    _clear(owner[contacts[task, USED_CHANNEL]], start, end)
    if options[option, BUDGET] >= 0:
        schedule.budgets[options[option, BUDGET]] += end - start
    contacts[task, OPTION] = -1


@njit()
def _insert(
    task: int, option: int, start: int, end: int, channel: int, problem: SlotProblem, schedule: SlotSchedule
) -> None:
    """Put a contact into slots that are free."""
    options, contacts, owner = problem.options, schedule.contacts, schedule.owner
    for k in range(options[option, FIRST_ANTENNA], options[option, AFTER_ANTENNAS]):
        row = owner[problem.antennas[k]]
        for slot in range(start - options[option, SETUP], end + options[option, TEARDOWN]):
            row[slot] = task
    for slot in range(start, end):
        owner[channel, slot] = task
    if options[option, BUDGET] >= 0:
        schedule.budgets[options[option, BUDGET]] -= end - start
    contacts[task, OPTION], contacts[task, START], contacts[task, END] = option, start, end
    contacts[task, USED_CHANNEL] = channel


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


@njit()
def _drawn_length(least: int, wanted: int, room: int) -> int:
    """The slots of a contact: what it wants, or where it is elastic, half the time any number from its least."""
    length = wanted
    if least < length:
        length = min(length, room)
        if np.random.random() < 0.5:
            length = least + int(np.random.random() * (length - least + 1))
    return length


@njit()
def _in_the_way(
    task: int,
    option: Integers,
    start: int,
    end: int,
    channel: int,
    antennas: Integers,
    owner: Integers,
    rivals: Integers,
) -> int:
    """How many contacts must go for a place, written to `rivals`; -1 where one of them cannot be moved."""
    count = 0
    for k in range(option[FIRST_ANTENNA], option[AFTER_ANTENNAS]):
        count = _rivals(owner[antennas[k]], start - option[SETUP], end + option[TEARDOWN], task, rivals, count)
        if count < 0:
            return count
    return _rivals(owner[channel], start, end, task, rivals, count)


@njit()
def _given_back(
    task: int, budget: int, problem: SlotProblem, schedule: SlotSchedule, trial: Floats
) -> tuple[float, int]:
    """The value of a task's contact, and the slots of a budget that it has; `trial` is its agency's share without."""
    contacts = schedule.contacts
    agency, length = problem.tasks[task, AGENCY], contacts[task, END] - contacts[task, START]
    trial[agency] += problem.slot_share[agency] * length
    charged = budget >= 0 and problem.options[contacts[task, OPTION], BUDGET] == budget
    return problem.value[task, FIXED] + problem.value[task, PER_SLOT] * length, length if charged else 0


@njit(entry=True)
def anneal(problem: SlotProblem, schedule: SlotSchedule, cooling: Cooling) -> float:
    """Change a schedule for the better; returns the gain in value."""
    np.random.seed(cooling.seed)  # numba's own generator, of this kernel alone
    tasks, value, options = problem.tasks, problem.value, problem.options
    contacts, owner, budgets, unserved = schedule.contacts, schedule.owner, schedule.budgets, schedule.unserved
    rivals = np.empty(64, dtype=np.int64)
    trial = unserved.copy()
    gain = 0.0
    now = penalty(unserved, problem.penalty)
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
        low, high, budget = options[option, LOW], options[option, HIGH], options[option, BUDGET]
        length = _drawn_length(tasks[task, LEAST], tasks[task, WANTED], high - low)
        room = high - low - length
        if room < 0 or length < tasks[task, LEAST]:
            continue
        start = low + int(np.random.random() * (room + 1))
        channel = tasks[task, CHANNEL] + int(np.random.random() * tasks[task, CHANNELS])
        start = _snapped(owner, problem.antennas, options[option], channel, task, start, low + room, length)
        end = start + length
        count = _in_the_way(task, options[option], start, end, channel, problem.antennas, owner, rivals)
        if count < 0:
            continue
        change = value[task, FIXED] + value[task, PER_SLOT] * length
        trial[tasks[task, AGENCY]] -= problem.slot_share[tasks[task, AGENCY]] * length
        spare = budgets[budget] if budget >= 0 else length
        if contacts[task, OPTION] >= 0:
            lost, back = _given_back(task, budget, problem, schedule, trial)
            change -= lost
            spare += back
        for k in range(count):
            lost, back = _given_back(rivals[k], budget, problem, schedule, trial)
            change -= lost
            spare += back
        then = penalty(trial, problem.penalty)
        change += now - then
        if spare >= length and (change >= 0.0 or np.random.random() < math.exp(change / temperature)):
            for k in range(count):
                _remove(rivals[k], problem, schedule)
            if contacts[task, OPTION] >= 0:
                _remove(task, problem, schedule)
            _insert(task, option, start, end, channel, problem, schedule)
            unserved[:] = trial
            now = then
            gain += change
        else:
            trial[:] = unserved
    return gain
