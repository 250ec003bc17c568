"""Push contacts aside: what is in the way of a placement moves within its window, and what is in its way in turn."""

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
    release,
)
from passplan.kernels.rows import first_ending_after
from passplan.kernels.timetable import (
    AFTER_ANTENNAS,
    AFTER_CONTACTS,
    CONTACT,
    END,
    FIRST_ANTENNA,
    FIRST_CONTACT,
    FROM,
    HELD,
    HIGH,
    LEAST,
    LOW,
    OF_TASK,
    OPTION,
    PART_LEAST,
    ROW,
    SETUP,
    START,
    TEARDOWN,
    Integers,
    Shorts,
)


@njit()
def push(
    of_task: Integers,
    options: Shorts,
    antennas: Shorts,
    contacts: Integers,
    events: Shorts,
    firsts: Integers,
    used: Integers,
    marks: Integers,
    gone: Integers,
    gone_count: Integers,
    placed: Integers,
    count: int,
    number: int,
) -> int:
    """Place what is in the way of the placements beside them; returns how many are placed then.

    A contact goes to the side on which most of it is, and gets shorter where its window ends, as far as it may. One
    for which there is no room stays in the way.
    """
    k = 0
    while k < count:
        option, row = placed[k, PLACED_OPTION], placed[k, PLACED_ROW]
        low, high = placed[k, PLACED_START], placed[k, PLACED_END]
        for a in range(options[option, FIRST_ANTENNA] - 1, options[option, AFTER_ANTENNAS]):
            if a >= options[option, FIRST_ANTENNA]:
                row = antennas[a]
                low = placed[k, PLACED_START] - options[option, SETUP]
                high = placed[k, PLACED_END] + options[option, TEARDOWN]
            after = firsts[row] + used[row]
            event = first_ending_after(events, firsts[row], after, low)
            while event < after and events[event, FROM] < high and count < len(placed):
                contact = events[event, CONTACT]
                event += 1
                if contact == HELD:
                    return count
                if marks[contact, PLACED_IN] == number or marks[contact, GONE_IN] == number:
                    continue
                if _aside(of_task, options, antennas, contacts, placed, k, contact, count) and release(
                    contacts, marks, gone, gone_count, contact, number
                ):
                    marks[contact, PLACED_IN] = number
                    marks[contact, AT] = count
                    count += 1
        k += 1
    return count


@njit()
def _aside(
    of_task: Integers,
    options: Shorts,
    antennas: Shorts,
    contacts: Integers,
    placed: Integers,
    k: int,
    contact: int,
    at: int,
) -> bool:
    """Fill placement `at` with the place of a contact beside placement `k`; false when its window has no room."""
    option, own = contacts[contact, OPTION], placed[k, PLACED_OPTION]
    start, end = contacts[contact, START], contacts[contact, END]
    is_before = start + end <= placed[k, PLACED_START] + placed[k, PLACED_END]
    apart = -(2**30)
    if contacts[contact, ROW] == placed[k, PLACED_ROW]:
        apart = 0
    for i in range(options[own, FIRST_ANTENNA], options[own, AFTER_ANTENNAS]):
        for j in range(options[option, FIRST_ANTENNA], options[option, AFTER_ANTENNAS]):
            if antennas[i] == antennas[j]:
                if is_before:
                    apart = options[own, SETUP] + options[option, TEARDOWN]
                else:
                    apart = options[own, TEARDOWN] + options[option, SETUP]
    task = contacts[contact, OF_TASK]
    least = of_task[task, LEAST]
    if of_task[task, AFTER_CONTACTS] - of_task[task, FIRST_CONTACT] > 1:
        least = end - start
        if of_task[task, PART_LEAST] < least:
            least = of_task[task, PART_LEAST]
    if is_before:
        latest = placed[k, PLACED_START] - apart
        start = max(options[option, LOW], start + min(0, latest - end))
        end = min(end, latest)
    else:
        earliest = placed[k, PLACED_END] + apart
        end = min(options[option, HIGH], end + max(0, earliest - start))
        start = max(start, earliest)
    if end - start < least:
        return False
    placed[at, PLACED_CONTACT], placed[at, PLACED_OPTION] = contact, option
    placed[at, PLACED_START], placed[at, PLACED_END], placed[at, PLACED_ROW] = start, end, contacts[contact, ROW]
    return True
