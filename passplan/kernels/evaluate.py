"""The value of a move: what is placed, what has to go for it, and what has to go with that."""

from typing import NamedTuple

import numpy as np

from passplan.kernels.compiling import njit
from passplan.kernels.rows import add_rivals, insert, remove
from passplan.kernels.timetable import (
    AFTER_ANTENNAS,
    AFTER_BUDGETS,
    AFTER_CONTACTS,
    AFTER_LINKS,
    AFTER_MEMBERS,
    AFTER_TASKS,
    AGENCY,
    CHAIN,
    EARLIER,
    END,
    FIRST_ANTENNA,
    FIRST_BUDGET,
    FIRST_CONTACT,
    FIRST_LINK,
    FIRST_MEMBER,
    FIRST_TASK,
    FIXED,
    GAP,
    GROUP,
    HELD_END,
    HELD_START,
    IS_TIED,
    LEAST,
    LINK_TASK,
    MEMBER,
    OF_TASK,
    ONE_OF,
    OPTION,
    PER_SECOND,
    ROW,
    SETUP,
    SPACING,
    START,
    STAY,
    TEARDOWN,
    WANTED,
    Floats,
    Integers,
    Tasks,
    Timetable,
)

MOST_GONE = 96  # contacts that one move may remove
MOST_PUSHED = 6  # contacts that one move may push aside
SAME_START_S = 5  # a start that moves by at most this is unchanged
# Columns of `Move.placed`
PLACED_CONTACT, PLACED_OPTION, PLACED_START, PLACED_END, PLACED_ROW = range(5)
# Columns of `Move.marks`: the stamps of being removed and placed, and the row of `placed`
GONE_IN, PLACED_IN, AT = range(3)


class Move(NamedTuple):
    """A move while it is put together. Stamps are the number of the last move that they are about."""

    placed: Integers  # [placement, 5]
    gone: Integers  # contacts that it removes
    gone_count: Integers  # [1] how many of these
    marks: Integers  # [contact, 3]
    seen: Integers  # [task] stamp of the sum of the value
    segment: Integers  # [link] scratch
    worth: Floats  # [link] scratch
    must: Integers  # [link] scratch


@njit()
def new_move(tasks: Tasks, table: Timetable) -> Move:
    """An empty move."""
    most = 1
    for k in range(len(tasks.chains)):
        most = max(most, tasks.chains[k, AFTER_LINKS] - tasks.chains[k, FIRST_LINK])
    for k in range(len(tasks.groups)):
        most = max(most, tasks.groups[k, AFTER_MEMBERS] - tasks.groups[k, FIRST_MEMBER])
    for k in range(len(tasks.tasks)):
        most = max(most, tasks.tasks[k, AFTER_CONTACTS] - tasks.tasks[k, FIRST_CONTACT])
    contacts = len(table.contacts)
    return Move(
        np.empty((most + MOST_PUSHED, 5), dtype=np.int64),
        np.empty(MOST_GONE + most, dtype=np.int64),
        np.zeros(1, dtype=np.int64),
        np.zeros((contacts, 3), dtype=np.int64),
        np.zeros(len(tasks.tasks), dtype=np.int64),
        np.zeros(len(tasks.links) + 1, dtype=np.int64),
        np.zeros(len(tasks.links) + 1),
        np.zeros(len(tasks.links) + 1, dtype=np.int64),
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


# A call with whole records takes 0.3 us; these take the arrays that they need one by one.


@njit()
def release(contacts: Integers, marks: Integers, gone: Integers, count: Integers, contact: int, number: int) -> bool:
    """Remove a contact in this move; false when there is none, or no more fit in."""
    if contacts[contact, OPTION] < 0 or marks[contact, GONE_IN] == number or count[0] == len(gone):
        return False
    marks[contact, GONE_IN] = number
    gone[count[0]] = contact
    count[0] += 1
    return True


@njit()
def is_there(contacts: Integers, marks: Integers, contact: int, number: int) -> bool:
    """Whether a contact is placed after the move."""
    if marks[contact, PLACED_IN] == number:
        return True
    return bool(contacts[contact, OPTION] >= 0 and marks[contact, GONE_IN] != number)


@njit()
def start_of(contacts: Integers, marks: Integers, placed: Integers, contact: int, number: int) -> int:
    """The start of a contact after the move."""
    if marks[contact, PLACED_IN] == number:
        return int(placed[marks[contact, AT], PLACED_START])
    return int(contacts[contact, START])


@njit()
def end_of(contacts: Integers, marks: Integers, placed: Integers, contact: int, number: int) -> int:
    """The end of a contact after the move."""
    if marks[contact, PLACED_IN] == number:
        return int(placed[marks[contact, AT], PLACED_END])
    return int(contacts[contact, END])


@njit()
def _conflict(tasks: Tasks, move: Move, one: int, other: int) -> bool:
    """Whether two placements of a move occupy something together."""
    a, b = move.placed[one], move.placed[other]
    if a[PLACED_ROW] == b[PLACED_ROW] and a[PLACED_START] < b[PLACED_END] and b[PLACED_START] < a[PLACED_END]:
        return True
    x, y = tasks.options[a[PLACED_OPTION]], tasks.options[b[PLACED_OPTION]]
    if a[PLACED_START] - x[SETUP] >= b[PLACED_END] + y[TEARDOWN]:
        return False
    if b[PLACED_START] - y[SETUP] >= a[PLACED_END] + x[TEARDOWN]:
        return False
    for i in range(x[FIRST_ANTENNA], x[AFTER_ANTENNAS]):
        for j in range(y[FIRST_ANTENNA], y[AFTER_ANTENNAS]):
            if tasks.antennas[i] == tasks.antennas[j]:
                return True
    return False


@njit()
def _add_rivals(tasks: Tasks, table: Timetable, move: Move, k: int, number: int) -> bool:
    """Remove all contacts in the way of a placement; false when one of them cannot move."""
    option = move.placed[k, PLACED_OPTION]
    start, end = move.placed[k, PLACED_START], move.placed[k, PLACED_END]
    row = move.placed[k, PLACED_ROW]
    count = move.gone_count[0]
    first = table.first[row]
    count = add_rivals(table.events, first, first + table.used[row], start, end, move.marks, number, move.gone, count)
    if count < 0:
        return False
    low, high = start - tasks.options[option, SETUP], end + tasks.options[option, TEARDOWN]
    for a in range(tasks.options[option, FIRST_ANTENNA], tasks.options[option, AFTER_ANTENNAS]):
        antenna = tasks.antennas[a]
        first = table.first[antenna]
        count = add_rivals(
            table.events, first, first + table.used[antenna], low, high, move.marks, number, move.gone, count
        )
        if count < 0:
            return False
    move.gone_count[0] = count
    return True


@njit()
def _mend_split(tasks: Tasks, table: Timetable, move: Move, task: int, number: int) -> bool:
    """Remove all parts of a split task that has too little left; false when the move places some of them."""
    contacts, marks, placed = table.contacts, move.marks, move.placed
    row = tasks.tasks[task]
    total, is_moved = 0, False
    for contact in range(row[FIRST_CONTACT], row[AFTER_CONTACTS]):
        if is_there(contacts, marks, contact, number):
            start, end = (
                start_of(contacts, marks, placed, contact, number),
                end_of(contacts, marks, placed, contact, number),
            )
            total += end - start
            if move.marks[contact, PLACED_IN] == number:
                is_moved = True
                for other in range(row[FIRST_CONTACT], row[AFTER_CONTACTS]):
                    if (
                        other != contact
                        and is_there(contacts, marks, other, number)
                        and (
                            start < end_of(contacts, marks, placed, other, number)
                            and start_of(contacts, marks, placed, other, number) < end
                        )
                    ):
                        return False  # its parts are one after the other
    if is_moved:
        return bool(row[LEAST] <= total <= row[WANTED])
    if total < row[LEAST]:
        for contact in range(row[FIRST_CONTACT], row[AFTER_CONTACTS]):
            if is_there(contacts, marks, contact, number) and not release(
                contacts, move.marks, move.gone, move.gone_count, contact, number
            ):
                return False
    return True


@njit()
def _mend_spacing(tasks: Tasks, table: Timetable, move: Move, chain: int, number: int) -> bool:
    """Remove the contacts of a chain that are out of order with its placed ones, or too near to them."""
    contacts, marks, placed = table.contacts, move.marks, move.placed
    first, after, spacing = (
        tasks.chains[chain, FIRST_LINK],
        tasks.chains[chain, AFTER_LINKS],
        tasks.chains[chain, SPACING],
    )
    for k in range(first, after):
        task = tasks.links[k, LINK_TASK]
        if task < 0:
            continue
        contact = tasks.tasks[task, FIRST_CONTACT]
        if move.marks[contact, PLACED_IN] != number:
            continue
        start, end = (
            start_of(contacts, marks, placed, contact, number),
            end_of(contacts, marks, placed, contact, number),
        )
        for j in range(first, after):
            if j == k:
                continue
            other = tasks.links[j, LINK_TASK]
            other_contact = -1
            if other < 0:
                other_start, other_end = tasks.links[j, HELD_START], tasks.links[j, HELD_END]
            else:
                other_contact = tasks.tasks[other, FIRST_CONTACT]
                if not is_there(contacts, marks, other_contact, number):
                    continue
                other_start = start_of(contacts, marks, placed, other_contact, number)
                other_end = end_of(contacts, marks, placed, other_contact, number)
            gap = start - other_end if j < k else other_start - end
            if gap >= spacing:
                continue
            if other < 0 or move.marks[other_contact, PLACED_IN] == number:
                return False
            if not release(contacts, move.marks, move.gone, move.gone_count, other_contact, number):
                return False
    return True


@njit()
def _mend_gaps(tasks: Tasks, table: Timetable, move: Move, chain: int, number: int) -> bool:
    """Keep one run of a chain's contacts without too large gaps: that of the placed or held ones, or the longest."""
    contacts, marks, placed = table.contacts, move.marks, move.placed
    first, after, most = tasks.chains[chain, FIRST_LINK], tasks.chains[chain, AFTER_LINKS], tasks.chains[chain, GAP]
    runs, before_end, before_held = 0, 0, False
    for k in range(first, after):
        move.segment[k] = -1
        task = tasks.links[k, LINK_TASK]
        held = task < 0
        must, worth = held, 0.0
        if held:
            start, end = tasks.links[k, HELD_START], tasks.links[k, HELD_END]
        else:
            contact = tasks.tasks[task, FIRST_CONTACT]
            if not is_there(contacts, marks, contact, number):
                continue
            start, end = (
                start_of(contacts, marks, placed, contact, number),
                end_of(contacts, marks, placed, contact, number),
            )
            must = move.marks[contact, PLACED_IN] == number
            worth = tasks.value[task, FIXED] + tasks.value[task, PER_SECOND] * (end - start)
        if runs == 0 or (start - before_end > most and not (held and before_held)):
            move.worth[runs] = 0.0
            move.must[runs] = 0
            runs += 1
        move.segment[k] = runs - 1
        move.worth[runs - 1] += worth
        if must:
            move.must[runs - 1] = 1
        before_end, before_held = end, held
    if runs < 2:
        return True
    best = 0
    for k in range(1, runs):
        if move.must[k] == 1 and move.must[best] == 1:
            return False
        if move.must[k] > move.must[best] or (move.must[k] == move.must[best] and move.worth[k] > move.worth[best]):
            best = k
    for k in range(first, after):
        if (
            move.segment[k] >= 0
            and move.segment[k] != best
            and not release(
                contacts,
                move.marks,
                move.gone,
                move.gone_count,
                tasks.tasks[tasks.links[k, LINK_TASK], FIRST_CONTACT],
                number,
            )
        ):
            return False
    return True


@njit()
def _member_is_served(tasks: Tasks, table: Timetable, move: Move, member: int, number: int) -> bool:
    contacts, marks = table.contacts, move.marks
    for k in range(tasks.members[member, FIRST_TASK], tasks.members[member, AFTER_TASKS]):
        row = tasks.tasks[tasks.member_tasks[k]]
        for contact in range(row[FIRST_CONTACT], row[AFTER_CONTACTS]):
            if is_there(contacts, marks, contact, number):
                return True
    return False


@njit()
def _mend_group(tasks: Tasks, table: Timetable, move: Move, task: int, number: int, is_placed: bool) -> bool:
    """Remove the contacts of a group that must not be there beside a placed one, or without a removed one."""
    contacts, marks = table.contacts, move.marks
    own = tasks.tasks[task, MEMBER]
    group = tasks.groups[tasks.members[own, GROUP]]
    if group[ONE_OF] == 1:
        if not is_placed:
            return True
    else:
        complete = True
        for member in range(group[FIRST_MEMBER], group[AFTER_MEMBERS]):
            complete = complete and _member_is_served(tasks, table, move, member, number)
        if complete:
            return True
    for member in range(group[FIRST_MEMBER], group[AFTER_MEMBERS]):
        if group[ONE_OF] == 1 and member == own:
            continue
        for k in range(tasks.members[member, FIRST_TASK], tasks.members[member, AFTER_TASKS]):
            row = tasks.tasks[tasks.member_tasks[k]]
            for contact in range(row[FIRST_CONTACT], row[AFTER_CONTACTS]):
                if not is_there(contacts, marks, contact, number):
                    continue
                if move.marks[contact, PLACED_IN] == number:
                    return False
                if not release(contacts, marks, move.gone, move.gone_count, contact, number):
                    return False
    return True


@njit()
def _mend(tasks: Tasks, table: Timetable, move: Move, task: int, number: int, is_placed: bool) -> bool:
    """Remove what cannot stay when contacts of a task are placed or removed; false when that is not possible."""
    row = tasks.tasks[task]
    if row[AFTER_CONTACTS] - row[FIRST_CONTACT] > 1 and not _mend_split(tasks, table, move, task, number):
        return False
    if row[CHAIN] >= 0:
        if is_placed and not _mend_spacing(tasks, table, move, row[CHAIN], number):
            return False
        if tasks.chains[row[CHAIN], GAP] >= 0 and not _mend_gaps(tasks, table, move, row[CHAIN], number):
            return False
    return row[MEMBER] < 0 or _mend_group(tasks, table, move, task, number, is_placed)


@njit()
def _is_charged(tasks: Tasks, option: int, budget: int) -> bool:
    for k in range(tasks.options[option, FIRST_BUDGET], tasks.options[option, AFTER_BUDGETS]):
        if tasks.budgets[k] == budget:
            return True
    return False


@njit()
def _is_within_budgets(tasks: Tasks, table: Timetable, move: Move, placed: int) -> bool:
    """Whether agreements have the seconds of the placements, with those of the removed contacts."""
    for k in range(placed):
        option = move.placed[k, PLACED_OPTION]
        for i in range(tasks.options[option, FIRST_BUDGET], tasks.options[option, AFTER_BUDGETS]):
            budget = tasks.budgets[i]
            left = table.left[budget]
            for j in range(placed):
                if _is_charged(tasks, move.placed[j, PLACED_OPTION], budget):
                    left -= move.placed[j, PLACED_END] - move.placed[j, PLACED_START]
            if left >= 0:
                continue
            for j in range(move.gone_count[0]):
                contact = move.gone[j]
                if _is_charged(tasks, table.contacts[contact, OPTION], budget):
                    left += table.contacts[contact, END] - table.contacts[contact, START]
            if left < 0:
                return False
    return True


@njit()
def _stays(tasks: Tasks, task: int, option: int, start: int) -> float:
    """The bonus for a contact that starts where it did in the earlier schedule."""
    return tasks.value[task, STAY] if abs(start - tasks.options[option, EARLIER]) <= SAME_START_S else 0.0


@njit()
def _is_served_before(tasks: Tasks, table: Timetable, task: int) -> bool:
    for contact in range(tasks.tasks[task, FIRST_CONTACT], tasks.tasks[task, AFTER_CONTACTS]):
        if table.contacts[contact, OPTION] >= 0:
            return True
    return False


@njit()
def _is_served_after(tasks: Tasks, table: Timetable, move: Move, task: int, number: int) -> bool:
    contacts, marks = table.contacts, move.marks
    for contact in range(tasks.tasks[task, FIRST_CONTACT], tasks.tasks[task, AFTER_CONTACTS]):
        if is_there(contacts, marks, contact, number):
            return True
    return False


@njit()
def evaluate(tasks: Tasks, table: Timetable, move: Move, placed: int, number: int, unserved: Floats) -> float:
    """The change of value by a move, without the penalty; minus infinity when it is not allowed.

    `unserved` becomes the unserved shares after it.
    """
    for k in range(placed):
        for j in range(k):
            if _conflict(tasks, move, k, j):
                return -np.inf
        if not _add_rivals(tasks, table, move, k, number):
            return -np.inf
    for k in range(placed):
        task = table.contacts[move.placed[k, PLACED_CONTACT], OF_TASK]
        if tasks.tasks[task, IS_TIED] != 0 and not _mend(tasks, table, move, task, number, True):
            return -np.inf
    k = 0
    while k < move.gone_count[0]:
        task = table.contacts[move.gone[k], OF_TASK]
        if tasks.tasks[task, IS_TIED] != 0 and not _mend(tasks, table, move, task, number, False):
            return -np.inf
        k += 1
    if len(tasks.budgets) > 0 and not _is_within_budgets(tasks, table, move, placed):
        return -np.inf
    change = 0.0
    for k in range(placed):
        contact = move.placed[k, PLACED_CONTACT]
        task = table.contacts[contact, OF_TASK]
        seconds = move.placed[k, PLACED_END] - move.placed[k, PLACED_START]
        change += tasks.value[task, PER_SECOND] * seconds
        if tasks.value[task, STAY] != 0.0:
            change += _stays(tasks, task, move.placed[k, PLACED_OPTION], move.placed[k, PLACED_START])
        agency = tasks.tasks[task, AGENCY]
        unserved[agency] -= tasks.share[agency] * seconds
        if tasks.tasks[task, IS_TIED] == 0:
            if table.contacts[contact, OPTION] < 0:
                change += tasks.value[task, FIXED]
        elif move.seen[task] != number:
            move.seen[task] = number
            if not _is_served_before(tasks, table, task):
                change += tasks.value[task, FIXED]
    for k in range(move.gone_count[0]):
        contact = move.gone[k]
        task = table.contacts[contact, OF_TASK]
        seconds = table.contacts[contact, END] - table.contacts[contact, START]
        change -= tasks.value[task, PER_SECOND] * seconds
        if tasks.value[task, STAY] != 0.0:
            change -= _stays(tasks, task, table.contacts[contact, OPTION], table.contacts[contact, START])
        agency = tasks.tasks[task, AGENCY]
        unserved[agency] += tasks.share[agency] * seconds
        if tasks.tasks[task, IS_TIED] == 0:
            if move.marks[contact, PLACED_IN] != number:
                change -= tasks.value[task, FIXED]
        elif move.seen[task] != number:
            move.seen[task] = number
            if not _is_served_after(tasks, table, move, task, number):
                change -= tasks.value[task, FIXED]
    return change


@njit()
def apply(tasks: Tasks, table: Timetable, move: Move, placed: int) -> None:
    """Make a move: remove contacts and place others."""
    for k in range(move.gone_count[0]):
        contact = move.gone[k]
        take_out(tasks, table, contact)
    for k in range(placed):
        place = move.placed[k]
        put(
            tasks,
            table,
            place[PLACED_CONTACT],
            place[PLACED_OPTION],
            place[PLACED_START],
            place[PLACED_END],
            place[PLACED_ROW],
        )


@njit()
def take_out(tasks: Tasks, table: Timetable, contact: int) -> None:
    """Remove a contact from its rows and budgets."""
    option, end = table.contacts[contact, OPTION], table.contacts[contact, END]
    remove(table.events, table.first, table.used, table.contacts[contact, ROW], end, contact)
    teardown = tasks.options[option, TEARDOWN]
    for a in range(tasks.options[option, FIRST_ANTENNA], tasks.options[option, AFTER_ANTENNAS]):
        remove(table.events, table.first, table.used, tasks.antennas[a], end + teardown, contact)
    for b in range(tasks.options[option, FIRST_BUDGET], tasks.options[option, AFTER_BUDGETS]):
        table.left[tasks.budgets[b]] += end - table.contacts[contact, START]
    table.contacts[contact, OPTION] = -1


@njit()
def put(tasks: Tasks, table: Timetable, contact: int, number: int, start: int, end: int, row: int) -> None:
    """Add a contact to its rows and budgets."""
    insert(table.events, table.first, table.used, row, start, end, contact)
    low, high = start - tasks.options[number, SETUP], end + tasks.options[number, TEARDOWN]
    for a in range(tasks.options[number, FIRST_ANTENNA], tasks.options[number, AFTER_ANTENNAS]):
        insert(table.events, table.first, table.used, tasks.antennas[a], low, high, contact)
    for b in range(tasks.options[number, FIRST_BUDGET], tasks.options[number, AFTER_BUDGETS]):
        table.left[tasks.budgets[b]] -= end - start
    table.contacts[contact, OPTION] = number
    table.contacts[contact, START] = start
    table.contacts[contact, END] = end
    table.contacts[contact, ROW] = row
