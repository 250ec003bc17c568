"""Free time of an option on its channel and antennas, and the edges of what is there.

These take the arrays that they need one by one: a call with both records takes five times as long.
"""

from passplan.kernels.compiling import njit
from passplan.kernels.rows import edge_after, edge_before, first_ending_after, free_until
from passplan.kernels.timetable import (
    AFTER_ANTENNAS,
    FIRST_ANTENNA,
    FROM,
    HIGH,
    LOW,
    SETUP,
    TEARDOWN,
    TO,
    Integers,
    Shorts,
)

NEVER = 2**30


@njit()
def edge_of_start(
    options: Shorts,
    antennas: Shorts,
    events: Shorts,
    firsts: Integers,
    used: Integers,
    option: int,
    row: int,
    start: int,
) -> int:
    """The last start at or before one at which a contact touches another, or its window begins."""
    first = firsts[row]
    edge = max(options[option, LOW], edge_before(events, first, first + used[row], start, 0))
    setup = options[option, SETUP]
    for a in range(options[option, FIRST_ANTENNA], options[option, AFTER_ANTENNAS]):
        first = firsts[antennas[a]]
        edge = max(edge, edge_before(events, first, first + used[antennas[a]], start, setup))
    return int(edge)


@njit()
def edge_of_end(
    options: Shorts,
    antennas: Shorts,
    events: Shorts,
    firsts: Integers,
    used: Integers,
    option: int,
    row: int,
    end: int,
) -> int:
    """The first end at or after one at which a contact touches another, or its window ends."""
    first = firsts[row]
    edge = min(options[option, HIGH], edge_after(events, first, first + used[row], end, 0))
    teardown = options[option, TEARDOWN]
    for a in range(options[option, FIRST_ANTENNA], options[option, AFTER_ANTENNAS]):
        first = firsts[antennas[a]]
        edge = min(edge, edge_after(events, first, first + used[antennas[a]], end, teardown))
    return int(edge)


@njit()
def room_until(
    options: Shorts,
    antennas: Shorts,
    events: Shorts,
    firsts: Integers,
    used: Integers,
    option: int,
    row: int,
    start: int,
) -> int:
    """Until when a contact that begins at a second has free time in its window; at most that second: none."""
    first = firsts[row]
    until = min(options[option, HIGH], free_until(events, first, first + used[row], start))
    setup, teardown = options[option, SETUP], options[option, TEARDOWN]
    for a in range(options[option, FIRST_ANTENNA], options[option, AFTER_ANTENNAS]):
        first = firsts[antennas[a]]
        free = free_until(events, first, first + used[antennas[a]], start - setup)
        until = min(until, free - teardown if free > start - setup else start)
    return int(until)


@njit()
def earliest_start(
    options: Shorts,
    antennas: Shorts,
    events: Shorts,
    firsts: Integers,
    used: Integers,
    option: int,
    row: int,
    start: int,
    seconds: int,
) -> int:
    """The first start at or after one at which so many seconds are free in the window; `NEVER` when there is none."""
    high, setup, teardown = options[option, HIGH], options[option, SETUP], options[option, TEARDOWN]
    start = max(start, options[option, LOW])
    while start + seconds <= high:
        before = start
        after = firsts[row] + used[row]
        k = first_ending_after(events, firsts[row], after, start)
        if k < after and events[k, FROM] < start + seconds:
            start = events[k, TO]
        for a in range(options[option, FIRST_ANTENNA], options[option, AFTER_ANTENNAS]):
            first = firsts[antennas[a]]
            after = first + used[antennas[a]]
            k = first_ending_after(events, first, after, start - setup)
            if k < after and events[k, FROM] < start + seconds + teardown:
                start = events[k, TO] + setup
        if start == before:
            return int(start)
    return NEVER
