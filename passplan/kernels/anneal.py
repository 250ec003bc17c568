"""Simulated annealing of contacts, to the second: place some, and remove the contacts that are in the way.

A move takes a task, places for it at random, and removes every contact that conflicts with them; it is accepted as by
Metropolis (Kirkpatrick et al. 1983, "Optimization by Simulated Annealing"). Removed contacts get other places in later
moves. A task of a chain moves alone or with its whole chain, a task of a group that is served whole or not with the
group, and a split task part by part or whole.
"""

import math

import numpy as np

from passplan.kernels.compiling import njit
from passplan.kernels.evaluate import (
    AT,
    GONE_IN,
    PLACED_CONTACT,
    PLACED_END,
    PLACED_IN,
    PLACED_OPTION,
    PLACED_ROW,
    PLACED_START,
    Move,
    apply,
    evaluate,
    new_move,
    penalty,
    release,
)
from passplan.kernels.free import edge_of_end, edge_of_start, room_until
from passplan.kernels.pick import (
    EARLIER_EDGE,
    FITTED,
    RANDOM_START,
    pick_chain,
    pick_group,
    pick_part,
    pick_single,
    pick_split,
)
from passplan.kernels.push import push
from passplan.kernels.rows import add_rivals
from passplan.kernels.timetable import (
    AFTER_ANTENNAS,
    AFTER_BUDGETS,
    AFTER_CONTACTS,
    AFTER_OPTIONS,
    AGENCY,
    CHAIN,
    CHANNELS,
    END,
    FIRST_ANTENNA,
    FIRST_BUDGET,
    FIRST_CHANNEL,
    FIRST_CONTACT,
    FIRST_OPTION,
    FIXED,
    GROUP,
    HIGH,
    IS_TIED,
    LEAST,
    LOW,
    MEMBER,
    OF_TASK,
    ONE_OF,
    OPTION,
    PER_SECOND,
    SETUP,
    START,
    STAY,
    TEARDOWN,
    WANTED,
    Cooling,
    Tasks,
    Timetable,
)

_WHOLE_CHAIN = 0.03  # of the moves of a task in a chain, those that move the whole chain
_WHOLE_SPLIT = 0.05
_PUSH = 0.5  # of the moves, those that push contacts aside


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
    squares, largest = tasks.penalty.squares, tasks.penalty.largest
    now = penalty(table.unserved, squares, largest)
    fall = math.log(cooling.last_value / cooling.first_value) / cooling.moves
    temperature = cooling.first_value
    of_task, options, antennas = tasks.tasks, tasks.options, tasks.antennas
    contacts, events, first, used = table.contacts, table.events, table.first, table.used
    marks, gone, placed = move.marks, move.gone, move.placed
    for step in range(cooling.moves):
        if step & 255 == 0:
            temperature = cooling.first_value * math.exp(fall * step)
        number = step + 1
        move.gone_count[0] = 0
        task = int(np.random.random() * len(of_task))
        if of_task[task, FIRST_OPTION] == of_task[task, AFTER_OPTIONS]:
            continue
        if cooling.is_repair and contacts[of_task[task, FIRST_CONTACT], OPTION] >= 0:
            continue
        pushes = not cooling.is_repair and np.random.random() < _PUSH  # a repair leaves what is placed where it is
        if of_task[task, IS_TIED] == 0 and not pushes:
            # Written out for a task without ties, with the records taken apart: three times as many moves in a second.
            option = of_task[task, FIRST_OPTION]
            option += int(np.random.random() * (of_task[task, AFTER_OPTIONS] - option))
            low, high, least = options[option, LOW], options[option, HIGH], of_task[task, LEAST]
            most = min(of_task[task, WANTED], high - low)
            if most < least:
                continue
            row = of_task[task, FIRST_CHANNEL]
            if of_task[task, CHANNELS] > 1:
                row += int(np.random.random() * of_task[task, CHANNELS])
            length = most
            if least < most and np.random.random() < 0.5:
                length = least + int(np.random.random() * (most - least + 1))
            start = low + int(np.random.random() * (high - length - low + 1))
            which = np.random.random()
            if which >= EARLIER_EDGE:
                end = edge_of_end(options, antennas, events, first, used, option, row, start + length)
                start = max(low, end - length)
            elif which >= RANDOM_START:
                start = edge_of_start(options, antennas, events, first, used, option, row, start)
            if least < most and np.random.random() < FITTED:
                until = room_until(options, antennas, events, first, used, option, row, start)
                if until - start >= least:
                    length = min(most, until - start)
            contact, end = of_task[task, FIRST_CONTACT], start + length
            if start < low or end > high:
                continue
            count = 0
            if contacts[contact, OPTION] >= 0:
                marks[contact, GONE_IN] = number
                gone[0] = contact
                count = 1
            count = add_rivals(events, first[row], first[row] + used[row], start, end, marks, number, gone, count)
            earliest, latest = start - options[option, SETUP], end + options[option, TEARDOWN]
            for a in range(options[option, FIRST_ANTENNA], options[option, AFTER_ANTENNAS]):
                if count < 0:
                    break
                k = first[antennas[a]]
                after = k + used[antennas[a]]
                count = add_rivals(events, k, after, earliest, latest, marks, number, gone, count)
            if count < 0:
                continue
            is_simple = tasks.value[task, STAY] == 0.0
            for k in range(options[option, FIRST_BUDGET], options[option, AFTER_BUDGETS]):
                is_simple = is_simple and table.left[tasks.budgets[k]] >= length
            for k in range(count):
                other = contacts[gone[k], OF_TASK]
                is_simple = is_simple and of_task[other, IS_TIED] == 0 and tasks.value[other, STAY] == 0.0
            move.gone_count[0] = count
            placed[0, PLACED_CONTACT], placed[0, PLACED_OPTION], placed[0, PLACED_ROW] = contact, option, row
            placed[0, PLACED_START], placed[0, PLACED_END] = start, end
            marks[contact, PLACED_IN], marks[contact, AT] = number, 0
            if is_simple:
                change = tasks.value[task, FIXED] + tasks.value[task, PER_SECOND] * length
                agency = of_task[task, AGENCY]
                trial[agency] -= tasks.share[agency] * length
                for k in range(count):
                    other = contacts[gone[k], OF_TASK]
                    seconds = contacts[gone[k], END] - contacts[gone[k], START]
                    change -= tasks.value[other, FIXED] + tasks.value[other, PER_SECOND] * seconds
                    agency = of_task[other, AGENCY]
                    trial[agency] += tasks.share[agency] * seconds
            else:
                change = evaluate(tasks, table, move, 1, number, trial)
            count = 1
        else:
            count = _pick(tasks, table, move, task, number, temperature)
            if count == 0:
                continue
            if pushes:
                count = push(
                    of_task,
                    options,
                    antennas,
                    contacts,
                    events,
                    first,
                    used,
                    marks,
                    gone,
                    move.gone_count,
                    placed,
                    count,
                    number,
                )
            change = evaluate(tasks, table, move, count, number, trial)
        if change == -np.inf:
            trial[:] = table.unserved
            continue
        then = penalty(trial, squares, largest)
        change += now - then
        if change >= 0.0 or np.random.random() < math.exp(change / temperature):
            apply(tasks, table, move, count)
            table.unserved[:] = trial
            now = then
            gain += change
        else:
            trial[:] = table.unserved
    return gain
