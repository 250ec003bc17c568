"""Rows of events in order of time: find, insert and remove."""

from passplan.kernels.compiling import njit
from passplan.kernels.timetable import CONTACT, FROM, HELD, TO, Integers, Shorts


@njit()
def first_ending_after(events: Shorts, first: int, after: int, second: int) -> int:
    """The first event of a row, of those in [first, after), that ends after a second."""
    low, high = first, after
    while low < high:
        middle = (low + high) // 2
        if events[middle, TO] > second:
            high = middle
        else:
            low = middle + 1
    return low


@njit()
def insert(events: Shorts, first: Integers, used: Integers, row: int, start: int, end: int, contact: int) -> None:
    """Insert an event that overlaps none of its row."""
    k = first[row] + used[row]
    while k > first[row] and events[k - 1, FROM] >= start:
        events[k, FROM] = events[k - 1, FROM]
        events[k, TO] = events[k - 1, TO]
        events[k, CONTACT] = events[k - 1, CONTACT]
        k -= 1
    events[k, FROM] = start
    events[k, TO] = end
    events[k, CONTACT] = contact
    used[row] += 1


@njit()
def remove(events: Shorts, first: Integers, used: Integers, row: int, end: int, contact: int) -> None:
    """Remove the event of a contact that ends at a second."""
    after = first[row] + used[row]
    k = first_ending_after(events, first[row], after, end - 1)
    while events[k, CONTACT] != contact:
        k += 1
    while k + 1 < after:
        events[k, FROM] = events[k + 1, FROM]
        events[k, TO] = events[k + 1, TO]
        events[k, CONTACT] = events[k + 1, CONTACT]
        k += 1
    used[row] -= 1


@njit()
def add_rivals(
    events: Shorts,
    first: int,
    after: int,
    low: int,
    high: int,
    marks: Integers,
    number: int,
    gone: Integers,
    count: int,
) -> int:
    """Add the contacts of a row that overlap [low, high) to `gone`, once each; -1 when one is held or all is full."""
    k = first_ending_after(events, first, after, low)
    while k < after and events[k, FROM] < high:
        contact = events[k, CONTACT]
        if contact == HELD:
            return -1
        if marks[contact, 0] != number:
            if count == len(gone):
                return -1
            marks[contact, 0] = number
            gone[count] = contact
            count += 1
        k += 1
    return count


@njit()
def edge_before(events: Shorts, first: int, after: int, second: int, shift: int) -> int:
    """The last end or start of an event, plus `shift`, at or before a second; a very early second when none is."""
    k = first_ending_after(events, first, after, second - shift)
    if k < after and events[k, FROM] + shift <= second:
        return int(events[k, FROM] + shift)
    if k > first:
        return int(events[k - 1, TO] + shift)
    return -(2**30)


@njit()
def edge_after(events: Shorts, first: int, after: int, second: int, shift: int) -> int:
    """The first start or end of an event, less `shift`, at or after a second; a very late second when none is."""
    k = first_ending_after(events, first, after, second + shift - 1)
    if k == after:
        return 2**30
    if events[k, FROM] - shift >= second:
        return int(events[k, FROM] - shift)
    return int(events[k, TO] - shift)


@njit()
def free_until(events: Shorts, first: int, after: int, second: int) -> int:
    """The start of the first event after a second; the second when an event is there; late when none follows."""
    k = first_ending_after(events, first, after, second)
    if k == after:
        return 2**30
    return int(max(second, events[k, FROM]))
