"""What each piece of a unit is charged at some prices, so that no choice of a family is worth more than its gain.

At prices, a family gains at most so much, and most of its contacts gain less. The bound by blocks replaces the cost of
contacts by their value less a charge, which is smaller: the charges of all contacts that a family can take together are
at most its gain. The charges of a chain are differences of potentials along its runs, those of a split task the dual
prices of its largest number of parts, of its pieces, and of its length.
"""

import numpy as np

from passplan.kernels.compiling import njit
from passplan.kernels.demand import (
    AFTER_PIECES,
    AFTER_UNITS,
    ALL,
    CHAINED,
    FAMILY_KIND,
    FIRST_PIECE,
    FIRST_UNIT,
    KIND,
    MOST,
    NONE,
    PLAIN,
    UNIT_GAP,
    UNIT_SPACING,
    Scratch,
    Units,
    best_of_pieces,
    best_run,
    may_follow,
    new_scratch,
)
from passplan.kernels.pricing import PIECE_OPTION, Slots, slope_of
from passplan.kernels.timetable import FIXED, LEAST, Floats, Tasks


@njit()
def _charge_chain(tasks: Tasks, units: Units, unit: int, scratch: Scratch, gain: float, worth: Floats) -> None:
    """Charge each piece of a chain the least difference of potentials with which it can be in a run."""
    first, pieces = units.units[unit, FIRST_PIECE], units.units[unit, AFTER_PIECES] - units.units[unit, FIRST_PIECE]
    spacing, gap = units.units[unit, UNIT_SPACING], units.units[unit, UNIT_GAP]
    shortest = tasks.tasks[units.piece_task[first], LEAST]
    best_run(tasks, units, unit, scratch)
    for i in range(pieces):
        least = np.inf
        for n in range(units.stage_most[first + i]):
            reach = scratch.reach[n * pieces + i]
            if reach == -np.inf:
                continue
            out = gain
            for k in range(pieces):
                if scratch.best[k] == -np.inf or units.stage[first + k] < units.stage[first + i]:
                    continue
                count = 0
                if units.stage[first + k] == units.stage[first + i]:
                    count = n + 1
                    if count >= units.stage_most[first + k]:
                        continue
                at = count * pieces + k
                if scratch.reach[at] > -np.inf and may_follow(
                    units.pieces, first + i, first + k, shortest, spacing, gap
                ):
                    out = min(out, scratch.reach[at] - scratch.best[k])
            least = min(least, out - (reach - scratch.best[i]))
        worth[first + i] = tasks.value[units.piece_task[first + i], FIXED] - least


@njit()
def _charge_split(units: Units, unit: int, scratch: Scratch, worth: Floats) -> None:
    """Charge each part the threshold of the largest number of parts, and its piece what it gains above that."""
    first, pieces = units.units[unit, FIRST_PIECE], units.units[unit, AFTER_PIECES] - units.units[unit, FIRST_PIECE]
    gains, threshold = scratch.best[:pieces].copy(), 0.0
    for _ in range(min(units.units[unit, MOST], pieces)):
        k = int(gains.argmax())
        threshold = max(0.0, gains[k])
        gains[k] = -np.inf
    if pieces < units.units[unit, MOST]:
        threshold = 0.0
    for k in range(pieces):
        worth[first + k] = -threshold - max(0.0, scratch.best[k] - threshold)


@njit(entry=True)
def charge(tasks: Tasks, slots: Slots, units: Units, bonus: Floats, worth: Floats, slope: Floats) -> None:
    """Fill the value of a contact of each piece less its charge: `worth`, and `slope` times its seconds.

    `units` has the values and multipliers of these prices.
    """
    scratch = new_scratch(units, slots)
    for f in range(len(units.families)):
        first, after = units.families[f, FIRST_UNIT], units.families[f, AFTER_UNITS]
        together, best = 0.0, 0.0
        for u in range(first, after):
            together += units.value[u]
            best = max(best, units.value[u])
        for u in range(first, after):
            gain = best
            if units.families[f, FAMILY_KIND] == ALL:
                gain = units.value[u] + max(0.0, -together) / (after - first)
            impossible = units.families[f, FAMILY_KIND] == NONE or gain != gain or gain == np.inf or gain == -np.inf
            for p in range(units.units[u, FIRST_PIECE], units.units[u, AFTER_PIECES]):
                task = units.piece_task[p]
                slope[p] = slope_of(tasks, slots, task, units.pieces[p, PIECE_OPTION], bonus)
                worth[p] = -np.inf if impossible else tasks.value[task, FIXED] - gain
            if impossible or units.units[u, KIND] == PLAIN:
                continue
            best_of_pieces(tasks, slots, units, u, bonus, scratch)
            if units.units[u, KIND] == CHAINED:
                _charge_chain(tasks, units, u, scratch, gain, worth)
            else:
                _charge_split(units, u, scratch, worth)
                slope[units.units[u, FIRST_PIECE] : units.units[u, AFTER_PIECES]] -= units.multiplier[u]
