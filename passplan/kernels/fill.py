"""Places in free time: serve tasks that wait, lengthen contacts, and move contacts to better windows.

Nothing is removed for it. A contact of a task with ties is placed only where the rules between tasks stay kept.
"""

import numpy as np

from passplan.kernels.compiling import njit
from passplan.kernels.evaluate import (
    AT,
    PLACED_CONTACT,
    PLACED_END,
    PLACED_IN,
    PLACED_OPTION,
    PLACED_ROW,
    PLACED_START,
    SAME_START_S,
    Move,
    evaluate,
    new_move,
    put,
    release,
    take_out,
)
from passplan.kernels.free import NEVER, earliest_start, room_until
from passplan.kernels.rows import first_ending_after
from passplan.kernels.timetable import (
    AFTER_ANTENNAS,
    AFTER_BUDGETS,
    AFTER_CONTACTS,
    AFTER_OPTIONS,
    CHANNELS,
    EARLIER,
    END,
    FIRST_ANTENNA,
    FIRST_BUDGET,
    FIRST_CHANNEL,
    FIRST_CONTACT,
    FIRST_OPTION,
    FROM,
    HIGH,
    IS_TIED,
    LEAST,
    LOW,
    OPTION,
    ROW,
    SETUP,
    START,
    STAY,
    TEARDOWN,
    TO,
    WANTED,
    Floats,
    Integers,
    Tasks,
    Timetable,
)


@njit()
def affordable(tasks: Tasks, table: Timetable, option: int) -> int:
    """The seconds that agreements leave for an option."""
    seconds = NEVER
    for k in range(tasks.options[option, FIRST_BUDGET], tasks.options[option, AFTER_BUDGETS]):
        seconds = min(seconds, table.left[tasks.budgets[k]])
    return int(seconds)


@njit()
def _is_kept(
    tasks: Tasks,
    table: Timetable,
    move: Move,
    trial: Floats,
    contact: int,
    option: int,
    start: int,
    end: int,
    row: int,
    number: int,
) -> bool:
    """Whether a contact can be at a free place, by the rules between tasks and the agreements; its own is released."""
    move.placed[0, PLACED_CONTACT], move.placed[0, PLACED_OPTION], move.placed[0, PLACED_ROW] = contact, option, row
    move.placed[0, PLACED_START], move.placed[0, PLACED_END] = start, end
    move.marks[contact, PLACED_IN], move.marks[contact, AT] = number, 0
    move.gone_count[0] = 0
    own = int(release(table.contacts, move.marks, move.gone, move.gone_count, contact, number))
    change = evaluate(tasks, table, move, 1, number, trial)
    trial[:] = table.unserved
    return bool(change > -np.inf and move.gone_count[0] == own)


@njit()
def _serve(tasks: Tasks, table: Timetable, move: Move, trial: Floats, task: int, number: int) -> int:
    """Serve a task at its earliest free place, with its least seconds; returns the number of the last move."""
    least, contact = tasks.tasks[task, LEAST], tasks.tasks[task, FIRST_CONTACT]
    first_row = tasks.tasks[task, FIRST_CHANNEL]
    for option in range(tasks.tasks[task, FIRST_OPTION], tasks.tasks[task, AFTER_OPTIONS]):
        if affordable(tasks, table, option) < least:
            continue
        for row in range(first_row, first_row + tasks.tasks[task, CHANNELS]):
            start = earliest_start(
                tasks.options, tasks.antennas, table.events, table.first, table.used, option, row, -NEVER, least
            )
            if start == NEVER:
                continue
            number += 1
            end = start + least
            if tasks.tasks[task, IS_TIED] == 0 or _is_kept(
                tasks, table, move, trial, contact, option, start, end, row, number
            ):
                put(tasks, table, contact, option, start, end, row)
                return number
    return number


@njit()
def _earliest_begin(tasks: Tasks, table: Timetable, option: int, row: int, start: int) -> int:
    """The earliest start that a contact can have where it is now."""
    low = tasks.options[option, LOW]
    first = table.first[row]
    k = first_ending_after(table.events, first, first + table.used[row], start)
    if k > first:
        low = max(low, table.events[k - 1, TO])
    setup = tasks.options[option, SETUP]
    for a in range(tasks.options[option, FIRST_ANTENNA], tasks.options[option, AFTER_ANTENNAS]):
        first = table.first[tasks.antennas[a]]
        k = first_ending_after(table.events, first, first + table.used[tasks.antennas[a]], start - setup)
        if k > first:
            low = max(low, table.events[k - 1, TO] + setup)
    return int(low)


@njit()
def _latest_end(tasks: Tasks, table: Timetable, option: int, row: int, end: int) -> int:
    """The latest end that a contact can have where it is now."""
    high = tasks.options[option, HIGH]
    after = table.first[row] + table.used[row]
    k = first_ending_after(table.events, table.first[row], after, end)
    if k < after:
        high = min(high, table.events[k, FROM])
    teardown = tasks.options[option, TEARDOWN]
    for a in range(tasks.options[option, FIRST_ANTENNA], tasks.options[option, AFTER_ANTENNAS]):
        antenna = tasks.antennas[a]
        after = table.first[antenna] + table.used[antenna]
        k = first_ending_after(table.events, table.first[antenna], after, end + teardown)
        if k < after:
            high = min(high, table.events[k, FROM] - teardown)
    return int(high)


@njit()
def _stays(tasks: Tasks, table: Timetable, task: int, contact: int) -> bool:
    """Whether a contact starts where it did in the earlier schedule, and that has a value."""
    earlier = tasks.options[table.contacts[contact, OPTION], EARLIER]
    return bool(tasks.value[task, STAY] != 0.0 and abs(table.contacts[contact, START] - earlier) <= SAME_START_S)


@njit()
def _is_in_its_pass(tasks: Tasks, table: Timetable, task: int, contact: int) -> bool:
    """Whether a contact is in the pass that it had in the earlier schedule, and that has a value."""
    option = table.contacts[contact, OPTION]
    earlier = tasks.options[option, EARLIER]
    is_inside = tasks.options[option, LOW] <= earlier <= tasks.options[option, HIGH]
    return bool(tasks.value[task, STAY] != 0.0 and is_inside)


@njit()
def _lengthen(tasks: Tasks, table: Timetable, move: Move, trial: Floats, task: int, number: int) -> int:
    """Lengthen the contacts of a task towards its wanted seconds, at the end and then at the start."""
    spare = tasks.tasks[task, WANTED]
    for contact in range(tasks.tasks[task, FIRST_CONTACT], tasks.tasks[task, AFTER_CONTACTS]):
        if table.contacts[contact, OPTION] >= 0:
            spare -= table.contacts[contact, END] - table.contacts[contact, START]
    for contact in range(tasks.tasks[task, FIRST_CONTACT], tasks.tasks[task, AFTER_CONTACTS]):
        option = table.contacts[contact, OPTION]
        if option < 0:
            continue
        grow = min(spare, affordable(tasks, table, option))
        if grow <= 0:
            continue
        start, end, row = table.contacts[contact, START], table.contacts[contact, END], table.contacts[contact, ROW]
        later = max(0, min(grow, _latest_end(tasks, table, option, row, end) - end))
        sooner = 0
        if later < grow and not _stays(tasks, table, task, contact):
            sooner = max(0, min(grow - later, start - _earliest_begin(tasks, table, option, row, start)))
        if later + sooner == 0:
            continue
        number += 1
        start, end = start - sooner, end + later
        if tasks.tasks[task, IS_TIED] == 0 or _is_kept(
            tasks, table, move, trial, contact, option, start, end, row, number
        ):
            take_out(tasks, table, contact)
            put(tasks, table, contact, option, start, end, row)
            spare -= later + sooner
    return number


@njit(entry=True)
def fill(tasks: Tasks, table: Timetable, order: Integers) -> None:
    """Serve the tasks of an order that have no contact, one after another; then lengthen all contacts."""
    move, trial = new_move(tasks, table), table.unserved.copy()
    number = 0
    for k in range(len(order)):
        number = _serve(tasks, table, move, trial, order[k], number)
    for task in range(len(tasks.tasks)):
        number = _lengthen(tasks, table, move, trial, task, number)


@njit(entry=True)
def polish(tasks: Tasks, table: Timetable, rank: Floats, is_earliest: Integers) -> None:
    """Move contacts to better windows, without loss of length.

    Args:
        tasks: the tasks.
        table: the contacts.
        rank: [option] a higher one is better; of equal ones the earlier.
        is_earliest: [task] 1 for a task whose contact is better the earlier it starts, whatever the ranks.
    """
    move, trial = new_move(tasks, table), table.unserved.copy()
    options, antennas = tasks.options, tasks.antennas
    number = 0
    for task in range(len(tasks.tasks)):
        contact = tasks.tasks[task, FIRST_CONTACT]
        option = table.contacts[contact, OPTION]
        if (
            tasks.tasks[task, AFTER_CONTACTS] - contact > 1
            or option < 0
            or _is_in_its_pass(tasks, table, task, contact)
        ):
            continue
        start, row = table.contacts[contact, START], table.contacts[contact, ROW]
        length = table.contacts[contact, END] - start
        take_out(tasks, table, contact)
        best, low = rank[option], options[option, LOW]
        for other in range(tasks.tasks[task, FIRST_OPTION], tasks.tasks[task, AFTER_OPTIONS]):
            if is_earliest[task] != 0:
                if options[other, LOW] >= start:
                    break
            elif rank[other] < best or (rank[other] == best and options[other, LOW] >= low):
                continue
            if affordable(tasks, table, other) < length:
                continue
            for channel in range(
                tasks.tasks[task, FIRST_CHANNEL], tasks.tasks[task, FIRST_CHANNEL] + tasks.tasks[task, CHANNELS]
            ):
                first = earliest_start(
                    options, antennas, table.events, table.first, table.used, other, channel, -NEVER, length
                )
                if first == NEVER:
                    continue
                if is_earliest[task] == 0:  # the middle of the free time
                    until = room_until(options, antennas, table.events, table.first, table.used, other, channel, first)
                    first += max(0, until - first - length) // 2
                elif first >= start:
                    continue
                number += 1
                end = first + length
                if tasks.tasks[task, IS_TIED] != 0 and not _is_kept(
                    tasks, table, move, trial, contact, other, first, end, channel, number
                ):
                    continue
                start, option, row = first, other, channel
                best, low = rank[other], options[other, LOW]
                break
        put(tasks, table, contact, option, start, start + length, row)
