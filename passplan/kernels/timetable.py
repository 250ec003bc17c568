"""The records that the annealing kernel reads and changes: contacts in rows, one for each channel and each antenna.

All times are whole seconds. A row holds the contacts that occupy it, in order of time, without overlap. The records
are named tuples of arrays, which numba accepts. They need no compiler, so a module that makes one does not load it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Shorts = NDArray[np.int32]
Floats = NDArray[np.float64]

# Columns of `tasks`. Its channels are rows; its contacts are rows of `contacts`, one for each part that it may have.
# `PART_LEAST` is the least length of each of several parts; `CHAIN` and `MEMBER` are -1 for a task without one;
# a task that is split or has one of these is tied.
(
    AGENCY,
    LEAST,
    WANTED,
    FIRST_CHANNEL,
    CHANNELS,
    FIRST_OPTION,
    AFTER_OPTIONS,
    FIRST_CONTACT,
    AFTER_CONTACTS,
    PART_LEAST,
    CHAIN,
    MEMBER,
    IS_TIED,
) = range(13)
TASK_COLUMNS = 13
# Columns of `options`. `EARLIER` is the start of an earlier contact on the same antennas, or `NO_TIME`.
LOW, HIGH, SETUP, TEARDOWN, FIRST_ANTENNA, AFTER_ANTENNAS, FIRST_BUDGET, AFTER_BUDGETS, TASK, EARLIER = range(10)
OPTION_COLUMNS = 10
NO_TIME = -(2**30)
# Columns of `value`: of serving a task, of each second that it gets, and of its start staying where it was.
FIXED, PER_SECOND, STAY = range(3)
# Columns of `chains`: its links from the first to before the last, least spacing, and largest gap (-1: any).
FIRST_LINK, AFTER_LINKS, SPACING, GAP = range(4)
# Columns of `links`, the tasks of chains and their held contacts in order of part. The task of a held contact is -1.
# Tasks of one stage have the same options, so that their order is free.
LINK_TASK, STAGE, HELD_START, HELD_END = range(4)
# Columns of `members`: its tasks from the first to before the last, and its group.
FIRST_TASK, AFTER_TASKS, GROUP = range(3)
# Columns of `groups`: its members from the first to before the last, and whether at most one is served.
FIRST_MEMBER, AFTER_MEMBERS, ONE_OF = range(3)
# Columns of `contacts`: its task, its option (-1: not placed), start and end, and the row of its channel.
OF_TASK, OPTION, START, END, ROW = range(5)
CONTACT_COLUMNS = 5
# Columns of `events`: from and to, and the contact (`HELD` for one that cannot move).
FROM, TO, CONTACT = range(3)
HELD = -1


class PenaltyWeights(NamedTuple):
    """The fairness penalty in the kernel's form, in units of value."""

    squares: float  # of the sum of squared unserved shares
    largest: float  # of the largest unserved share


class Tasks(NamedTuple):
    """The tasks to place and the rules between them; the kernel does not change it."""

    tasks: Integers  # [task, 13]
    value: Floats  # [task, 3]
    options: Shorts  # [option, 10]
    antennas: Shorts  # rows that options take, in order of option
    budgets: Shorts  # agreements and weeks that options are charged to, in order of option
    chains: Integers  # [chain, 4]
    links: Integers  # [link, 4]
    members: Integers  # [member, 3]
    member_tasks: Integers  # tasks, in order of member
    groups: Integers  # [group, 3]
    share: Floats  # of the seconds that an agency asks for, of one second
    penalty: PenaltyWeights


class Timetable(NamedTuple):
    """The placed contacts; the kernel changes it."""

    contacts: Integers  # [contact, 5]
    first: Integers  # [row] the first of its events
    used: Integers  # [row] how many events it has
    events: Shorts  # [event, 3]
    left: Integers  # seconds left of each agreement and week
    unserved: Floats  # share, by agency


class Cooling(NamedTuple):
    """The temperatures of an annealing. A change that loses the temperature in value is accepted once in e."""

    first_value: float  # the first temperature, in units of value; it falls evenly in its logarithm
    last_value: float  # the last
    moves: int
    seed: int  # of the kernel's own random numbers
    is_repair: bool = False  # only tasks without a contact are moved, and those that had to go for them
