"""The records that the annealing kernel reads and changes: contacts on rows of slots, one for each channel and antenna.

They need no compiler, so that whoever makes one does not load it. Named tuples of arrays, for numba takes these as they
are.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

# Columns of `tasks`: its agency, slots at least and ideally, the first of its link's channels and how many there are,
# and its options from the first to before the last
AGENCY, LEAST, WANTED, CHANNEL, CHANNELS, FIRST_OPTION, AFTER_OPTIONS = range(7)
TASK_COLUMNS = 7
# Columns of `options`: the first and last slot of the contact, slots before and after it, its antennas, its budget
LOW, HIGH, SETUP, TEARDOWN, FIRST_ANTENNA, AFTER_ANTENNAS, BUDGET = range(7)
OPTION_COLUMNS = 7
# Columns of `value`: of serving a task, and of each slot that it gets
FIXED, PER_SLOT = range(2)
# Columns of `contacts`: option (-1: none), slots from start to end, channel
OPTION, START, END, USED_CHANNEL = range(4)
CONTACT_COLUMNS = 4

FREE, TAKEN = -1, -2  # in `owner`: nobody's, and a contact's that cannot be moved


class PenaltyWeights(NamedTuple):
    """The fairness penalty as the kernel has it, in units of value."""

    squares: float  # of the sum of squared unserved shares
    largest: float  # of the largest unserved share


class SlotProblem(NamedTuple):
    """What is asked for, in slots; the kernel changes nothing of it."""

    tasks: Integers  # [task, 7]
    value: Floats  # [task, 2]
    options: Integers  # [option, 7]
    antennas: Integers  # rows of `owner` that options take, one option's after the other's
    slot_share: Floats  # of what each agency asks for that a slot is
    penalty: PenaltyWeights


class SlotSchedule(NamedTuple):
    """Who has which slots; the kernel changes all of it."""

    contacts: Integers  # [task, 4]
    owner: Integers  # [row, slot] the task that has it, FREE or TAKEN; channels of links first, then antennas
    budgets: Integers  # slots left of each agreement and week
    unserved: Floats  # share, by agency


class Cooling(NamedTuple):
    """How an annealing runs. A change that loses the temperature in value is accepted once in e."""

    first_value: float  # the first temperature, in units of value; it falls evenly in its logarithm
    last_value: float  # the last
    moves: int
    seed: int  # of the kernel's own random numbers
