"""Simulated annealing of contacts, to the second: place some, and remove the contacts that are in the way.

A move takes a task, places for it at random, and removes every contact that conflicts with them; it is accepted as by
Metropolis (Kirkpatrick et al. 1983, "Optimization by Simulated Annealing"). Removed contacts get other places in later
moves. A task of a chain moves alone or with its whole chain, a task of a group that is served whole or not with the
group, and a split task part by part or whole.
"""

import math

import numpy as np

from passplan.kernels.compiling import njit
from passplan.kernels.evaluate import Move, apply, evaluate, new_move, penalty, release
from passplan.kernels.pick import pick_chain, pick_group, pick_part, pick_single, pick_split
from passplan.kernels.timetable import (
    AFTER_CONTACTS,
    AFTER_OPTIONS,
    CHAIN,
    FIRST_CONTACT,
    FIRST_OPTION,
    GROUP,
    IS_TIED,
    MEMBER,
    ONE_OF,
    OPTION,
    Cooling,
    Tasks,
    Timetable,
)

_WHOLE_CHAIN = 0.03  # of the moves of a task in a chain, those that move the whole chain
_WHOLE_SPLIT = 0.05


@njit()
def _is_served(tasks: Tasks, table: Timetable, task: int) -> bool:
    """Whether a task has contacts."""
    for contact in range(tasks.tasks[task, FIRST_CONTACT], tasks.tasks[task, AFTER_CONTACTS]):
        if table.contacts[contact, OPTION] >= 0:
            return True
    return False


@njit()
def _pick(tasks: Tasks, table: Timetable, move: Move, task: int, number: int, temperature: float) -> int:
    """Release contacts of a task and pick new places; returns how many are placed, 0 when there is no such place."""
    if tasks.tasks[task, FIRST_OPTION] == tasks.tasks[task, AFTER_OPTIONS]:
        return 0
    if tasks.tasks[task, IS_TIED] == 0:
        release(table.contacts, move.marks, move.gone, move.gone_count, tasks.tasks[task, FIRST_CONTACT], number)
        return pick_single(tasks, table, move, task, number)
    row = tasks.tasks[task]
    if row[MEMBER] >= 0:
        group = tasks.members[row[MEMBER], GROUP]
        if tasks.groups[group, ONE_OF] == 0 and not _is_served(tasks, table, task):
            return pick_group(tasks, table, move, group, number)
    if row[CHAIN] >= 0 and np.random.random() < _WHOLE_CHAIN:
        return pick_chain(tasks, table, move, row[CHAIN], number, temperature)
    if row[AFTER_CONTACTS] - row[FIRST_CONTACT] > 1:
        if np.random.random() < _WHOLE_SPLIT:
            return pick_split(tasks, table, move, task, number, temperature)
        return pick_part(tasks, table, move, task, number)
    release(table.contacts, move.marks, move.gone, move.gone_count, row[FIRST_CONTACT], number)
    return pick_single(tasks, table, move, task, number)


@njit(entry=True)
def anneal(tasks: Tasks, table: Timetable, cooling: Cooling) -> float:
    """Improve the placed contacts; returns the gain in value."""
    np.random.seed(cooling.seed)  # numba's own generator, of this kernel alone
    move = new_move(tasks, table)
    trial = table.unserved.copy()
    gain = 0.0
    now = penalty(table.unserved, tasks.penalty.squares, tasks.penalty.largest)
    fall = math.log(cooling.last_value / cooling.first_value) / cooling.moves
    temperature = cooling.first_value
    for step in range(cooling.moves):
        if step & 255 == 0:
            temperature = cooling.first_value * math.exp(fall * step)
        number = step + 1
        move.gone_count[0] = 0
        task = int(np.random.random() * len(tasks.tasks))
        placed = _pick(tasks, table, move, task, number, temperature)
        if placed == 0:
            continue
        value = evaluate(tasks, table, move, placed, number, trial)
        if value == -np.inf:
            trial[:] = table.unserved
            continue
        then = penalty(trial, tasks.penalty.squares, tasks.penalty.largest)
        change = value + now - then
        if change >= 0.0 or np.random.random() < math.exp(change / temperature):
            apply(tasks, table, move, placed)
            table.unserved[:] = trial
            now = then
            gain += change
        else:
            trial[:] = table.unserved
    return gain
