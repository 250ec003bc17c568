"""Room for a task that is not served: in each of its windows, the place with the least value in its way."""

import numpy as np

from passplan.kernels.compiling import njit
from passplan.kernels.fill import affordable
from passplan.kernels.free import NEVER
from passplan.kernels.rows import first_ending_after
from passplan.kernels.timetable import (
    AFTER_ANTENNAS,
    AFTER_CONTACTS,
    AFTER_OPTIONS,
    CHANNELS,
    CONTACT,
    FIRST_ANTENNA,
    FIRST_CHANNEL,
    FIRST_CONTACT,
    FIRST_OPTION,
    FROM,
    HELD,
    HIGH,
    LEAST,
    LOW,
    SETUP,
    TEARDOWN,
    TO,
    Floats,
    Integers,
    Tasks,
    Timetable,
)

HELD_COST = 1e6  # of a held contact, above the value of all that can be removed
_MOST = 64  # contacts in the way of one place


@njit()
def _add(
    table: Timetable, row: int, low: int, high: int, worth: Floats, there: Integers, count: int
) -> tuple[int, float]:
    """Add the contacts of a row that overlap [low, high) to those in the way; returns their number and cost."""
    cost = 0.0
    after = table.first[row] + table.used[row]
    k = first_ending_after(table.events, table.first[row], after, low)
    while k < after and table.events[k, FROM] < high:
        contact = table.events[k, CONTACT]
        k += 1
        if contact == HELD:
            cost += HELD_COST
            continue
        is_new = True
        for i in range(count):
            is_new = is_new and there[i] != contact
        if is_new:
            cost += worth[contact]
            if count < len(there):
                there[count] = contact
                count += 1
    return count, cost


@njit()
def _cost(
    tasks: Tasks, table: Timetable, task: int, option: int, start: int, end: int, worth: Floats, there: Integers
) -> float:
    """The value of what is in the way of a contact; on a link with several channels, on the cheapest."""
    count, total = 0, 0.0
    low, high = start - tasks.options[option, SETUP], end + tasks.options[option, TEARDOWN]
    for a in range(tasks.options[option, FIRST_ANTENNA], tasks.options[option, AFTER_ANTENNAS]):
        count, cost = _add(table, tasks.antennas[a], low, high, worth, there, count)
        total += cost
    first = tasks.tasks[task, FIRST_CHANNEL]
    least = np.inf
    for row in range(first, first + tasks.tasks[task, CHANNELS]):
        _, cost = _add(table, row, start, end, worth, there, count)
        least = min(least, cost)
    return float(total + least)


@njit()
def _edges(
    table: Timetable, row: int, low: int, high: int, before: int, after: int, edges: Integers, count: int
) -> int:
    """Add to `edges` the starts at which a contact touches an event of a row; returns how many there are."""
    last = table.first[row] + table.used[row]
    k = first_ending_after(table.events, table.first[row], last, low)
    while k < last and table.events[k, FROM] < high and count + 2 <= len(edges):
        edges[count] = table.events[k, TO] + after
        edges[count + 1] = table.events[k, FROM] - before
        count += 2
        k += 1
    return count


@njit(entry=True)
def cheapest_rooms(tasks: Tasks, table: Timetable, worth: Floats, waiting: Integers, cost: Floats) -> None:
    """The least value in the way of the shortest contact of each waiting task, in each of its options.

    Args:
        tasks: the tasks.
        table: the contacts that are there.
        worth: [contact] the value that goes with it.
        waiting: tasks without a contact.
        cost: [option] becomes the least value; infinite for an option that is shorter than the contact.
    """
    there = np.empty(_MOST, dtype=np.int64)
    edges = np.empty(4 * _MOST, dtype=np.int64)
    for w in range(len(waiting)):
        task = waiting[w]
        row = tasks.tasks[task]
        for option in range(row[FIRST_OPTION], row[AFTER_OPTIONS]):
            low, high = tasks.options[option, LOW], tasks.options[option, HIGH]
            need = row[LEAST]
            if row[AFTER_CONTACTS] - row[FIRST_CONTACT] > 1:
                need = min(need, high - low)  # a part of a split contact
            cost[option] = np.inf
            if high - low < need:
                continue
            setup, teardown = tasks.options[option, SETUP], tasks.options[option, TEARDOWN]
            edges[0], edges[1] = low, high - need
            count = 2
            for channel in range(row[FIRST_CHANNEL], row[FIRST_CHANNEL] + row[CHANNELS]):
                count = _edges(table, channel, low, high, need, 0, edges, count)
            for a in range(tasks.options[option, FIRST_ANTENNA], tasks.options[option, AFTER_ANTENNAS]):
                count = _edges(
                    table,
                    tasks.antennas[a],
                    low - setup,
                    high + teardown,
                    need + teardown,
                    setup,
                    edges,
                    count,
                )
            for k in range(count):
                start = edges[k]
                if low <= start <= high - need:
                    here = _cost(tasks, table, task, option, start, start + need, worth, there)
                    cost[option] = min(cost[option], here)
                    if cost[option] == 0.0:
                        break


@njit()
def _channels_busy(tasks: Tasks, table: Timetable, task: int, second: int) -> int:
    """How many channels of a task's link have a contact at a second."""
    busy = 0
    first = tasks.tasks[task, FIRST_CHANNEL]
    for row in range(first, first + tasks.tasks[task, CHANNELS]):
        after = table.first[row] + table.used[row]
        k = first_ending_after(table.events, table.first[row], after, second)
        if k < after and table.events[k, FROM] <= second:
            busy += 1
    return busy


@njit()
def _is_free(tasks: Tasks, table: Timetable, task: int, option: int, start: int, end: int) -> bool:
    """Whether a contact fits if the contacts of its link may change channels."""
    low, high = start - tasks.options[option, SETUP], end + tasks.options[option, TEARDOWN]
    for a in range(tasks.options[option, FIRST_ANTENNA], tasks.options[option, AFTER_ANTENNAS]):
        antenna = tasks.antennas[a]
        after = table.first[antenna] + table.used[antenna]
        k = first_ending_after(table.events, table.first[antenna], after, low)
        if k < after and table.events[k, FROM] < high:
            return False
    channels = tasks.tasks[task, CHANNELS]
    if _channels_busy(tasks, table, task, start) == channels:
        return False
    first = tasks.tasks[task, FIRST_CHANNEL]
    for row in range(first, first + channels):
        after = table.first[row] + table.used[row]
        k = first_ending_after(table.events, table.first[row], after, start)
        while k < after and table.events[k, FROM] < end:
            second = table.events[k, FROM]
            if second > start and _channels_busy(tasks, table, task, second) == channels:
                return False
            k += 1
    return True


@njit(entry=True)
def free_with_other_channels(tasks: Tasks, table: Timetable, waiting: Integers) -> tuple[int, int, int]:
    """The first waiting task that has a free place when contacts may change channels: task, option and start.

    All are -1 when there is none. It does not look at ties between tasks.
    """
    edges = np.empty(4 * _MOST, dtype=np.int64)
    for w in range(len(waiting)):
        task = waiting[w]
        row = tasks.tasks[task]
        for option in range(row[FIRST_OPTION], row[AFTER_OPTIONS]):
            low, high, need = tasks.options[option, LOW], tasks.options[option, HIGH], row[LEAST]
            if high - low < need or affordable(tasks, table, option) < need:
                continue
            setup, teardown = tasks.options[option, SETUP], tasks.options[option, TEARDOWN]
            edges[0] = low
            count = 1
            for channel in range(row[FIRST_CHANNEL], row[FIRST_CHANNEL] + row[CHANNELS]):
                count = _edges(table, channel, low, high, NEVER, 0, edges, count)
            for a in range(tasks.options[option, FIRST_ANTENNA], tasks.options[option, AFTER_ANTENNAS]):
                count = _edges(table, tasks.antennas[a], low - setup, high + teardown, NEVER, setup, edges, count)
            for k in range(count):
                start = edges[k]
                if low <= start <= high - need and _is_free(tasks, table, task, option, start, start + need):
                    return task, option, start
    return -1, -1, -1
