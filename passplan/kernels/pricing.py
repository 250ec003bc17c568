"""The relaxed problem: at prices of time on channels and antennas, the most that a task gains, and what it takes.

Time is cut into slots; a slot of a row has a price, and a contact pays for the part of a slot that it occupies. Its
cost is a function of its start plus a function of its end, each linear between the edges of slots. So the best
contact of a length, or of a range of lengths, has its start or its end at an edge of a slot or of its window.
Setup and teardown are rounded down to whole slots, so that no cost is too high.
"""

from typing import NamedTuple

from passplan.kernels.compiling import njit
from passplan.kernels.timetable import (
    AFTER_ANTENNAS,
    AFTER_BUDGETS,
    AGENCY,
    FIRST_ANTENNA,
    FIRST_BUDGET,
    FIRST_CHANNEL,
    PER_SECOND,
    SETUP,
    TEARDOWN,
    Floats,
    Integers,
    Shorts,
    Tasks,
)

# Columns of `pieces`: the free time of an option from and to, and the option
PIECE_LOW, PIECE_HIGH, PIECE_OPTION = range(3)


class Slots(NamedTuple):
    """Slots of time and their prices. Row after row; after all rows come the prices of the agreements' seconds."""

    start_s: int
    grid_s: int
    width: int  # slots of a row
    price: Floats  # [row * width + slot], of a whole slot; then [budget], of as many seconds as a slot has
    until: Floats  # [row * width + slot] the prices of all slots of its row before it


class Demand(NamedTuple):
    """What units take at some prices."""

    change: Floats  # [row * width + slot] of the use, from the slot before
    partial: Floats  # [row * width + slot] of the use, for the part of the slot that is not used
    spent: Floats  # [budget] in slots
    seconds: Floats  # [agency]


@njit()
def _rows_until(
    price: Floats,
    until: Floats,
    antennas: Shorts,
    first: int,
    after: int,
    base: int,
    width: int,
    slot: int,
    occupied: int,
    over: float,
) -> float:
    """The cost of a channel until a slot and of antennas until another, and of a part of these slots.

    It takes the arrays that it needs one by one: a call with whole records takes ten times as long.
    """
    cost = until[base + slot] + over * price[base + slot]
    for a in range(first, after):
        k = antennas[a] * width + occupied
        cost += until[k] + over * price[k]
    return float(cost)


@njit()
def slope_of(tasks: Tasks, slots: Slots, task: int, option: int, bonus: Floats) -> float:
    """The gain of a second of a task, without its time on rows."""
    slope = tasks.value[task, PER_SECOND] + bonus[tasks.tasks[task, AGENCY]]
    first = len(slots.until)
    for b in range(tasks.options[option, FIRST_BUDGET], tasks.options[option, AFTER_BUDGETS]):
        slope -= slots.price[first + tasks.budgets[b]] / slots.grid_s
    return float(slope)


@njit()
def _starts(grid: int, low: int, high: int, least: int, most: int, starts: Integers, count: int) -> int:
    """Add the starts in [low, high - least] where a contact begins, or ends at its least or most length, at an edge."""
    last = high - least
    starts[count], starts[count + 1] = low, last
    count += 2
    if least < most and high - most > low:
        starts[count] = high - most
        count += 1
    for shift in (0, least, most):
        if shift > 0 and shift % grid == 0:
            continue
        second = ((low + shift) // grid + 1) * grid - shift
        while second < last:
            starts[count] = second
            count += 1
            second += grid
        if shift == least and least == most:
            break
    return count


@njit()
def fill(
    options: Shorts,
    antennas: Shorts,
    slots: Slots,
    low: int,
    high: int,
    option: int,
    channel: int,
    least: int,
    most: int,
    slope: float,
    starts: Integers,
    ends: Integers,
    gains: Floats,
    count: int,
) -> int:
    """Add the contacts of a piece that can be best, each with its gain; returns how many there are then."""
    most = min(most, high - low)
    if most < least:
        return count
    begin, grid, width, price, until = slots.start_s, slots.grid_s, slots.width, slots.price, slots.until
    first, after, base = options[option, FIRST_ANTENNA], options[option, AFTER_ANTENNAS], channel * width
    setup, teardown = options[option, SETUP] // grid, options[option, TEARDOWN] // grid
    added = _starts(grid, low - begin, high - begin, least, most, starts, count)
    for k in range(count, added):
        start = starts[k]
        slot = start // grid
        over = (start - slot * grid) / grid
        cost = _rows_until(price, until, antennas, first, after, base, width, slot, slot - setup, over)
        end = start + least
        slot = end // grid
        over = (end - slot * grid) / grid
        gain = slope * least + cost
        gain -= _rows_until(price, until, antennas, first, after, base, width, slot, slot + teardown, over)
        best, best_end = gain, end
        if least < most:
            latest = min(start + most, high - begin)
            while end < latest:
                slot += 1
                end, over = slot * grid, 0.0
                if end > latest:
                    over = (latest - end + grid) / grid
                    end, slot = latest, slot - 1
                gain = slope * (end - start) + cost
                gain -= _rows_until(price, until, antennas, first, after, base, width, slot, slot + teardown, over)
                if gain > best:
                    best, best_end = gain, end
        starts[k], ends[k], gains[k] = start + begin, best_end + begin, best
    return added


@njit()
def use(
    tasks: Tasks, slots: Slots, demand: Demand, task: int, option: int, start: int, end: int, weight: float
) -> None:
    """Add a contact, with a weight, to the demand."""
    grid, width = slots.grid_s, slots.width
    setup, teardown = tasks.options[option, SETUP] // grid * grid, tasks.options[option, TEARDOWN] // grid * grid
    for a in range(tasks.options[option, FIRST_ANTENNA] - 1, tasks.options[option, AFTER_ANTENNAS]):
        row, first, last = tasks.tasks[task, FIRST_CHANNEL], start, end
        if a >= tasks.options[option, FIRST_ANTENNA]:
            row, first, last = tasks.antennas[a], start - setup, end + teardown
        k = (first - slots.start_s) // grid
        demand.change[row * width + k] += weight
        demand.partial[row * width + k] -= weight * (first - slots.start_s - k * grid) / grid
        k = (last - slots.start_s) // grid
        demand.change[row * width + k] -= weight
        demand.partial[row * width + k] += weight * (last - slots.start_s - k * grid) / grid
    demand.seconds[tasks.tasks[task, AGENCY]] += weight * (end - start)
    for b in range(tasks.options[option, FIRST_BUDGET], tasks.options[option, AFTER_BUDGETS]):
        demand.spent[tasks.budgets[b]] += weight * (end - start) / grid
