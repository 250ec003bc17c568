"""Conversion of a problem to the slots of the annealing kernel and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from passplan.kernels import anneal as kernel
from passplan.kernels import slots
from passplan.kernels.slots import Integers, SlotProblem, SlotSchedule
from passplan.scheduling.problem import Option, Place, Problem, Solution, Task

SLOT_S = 10
_COLD_SHARE = 0.04  # the last temperature, of the median value of a task
_FEW_WAIT = 0.05  # of all tasks
_MOVES_A_ROUND = 3_000  # for each task
_HEAVIER, _COLDER_SHARE = 1.5, 0.01


def fit_all(
    problem: Problem, solution: Solution, *, moves: int, seed: int, report: Callable[[float], None] = lambda _: None
) -> Solution:
    """Place all tasks by repeated annealing when few are unplaced; return the given schedule when they do not fit.

    All tasks have equal weights at first. The weight of a task that is unplaced after a round grows by half, until
    the tasks that are hard to place outweigh those that are easy to move (weights as in Morris 1993, "The Breakout
    Method For Escaping From Local Minima").
    """
    usable = [t.index for t in _movable(problem)]
    even = replace(problem, objective=problem.objective.without_fairness())
    weights = dict.fromkeys(usable, 1.0)
    current = solution
    waiting = [t for t in usable if t not in current]
    if not waiting or len(waiting) > _FEW_WAIT * len(usable):
        return solution
    each = _MOVES_A_ROUND * len(usable)
    rounds = moves // each
    for number in range(rounds):
        report(number / rounds)
        for task in waiting:
            weights[task] *= _HEAVIER
        tasks = tuple(replace(t, fixed_value=weights.get(t.index, 0.0), value_per_s=0.0) for t in problem.tasks)
        current = anneal(replace(even, tasks=tasks), current, moves=each, seed=seed + number, cold_share=_COLDER_SHARE)
        waiting = [t for t in usable if t not in current]
        if not waiting:
            return current
    return solution


def _movable(problem: Problem) -> list[Task]:
    """The tasks that the kernel can move."""
    return [
        t
        for t in problem.tasks
        if t.options
        and not t.is_long
        and t.index not in problem.chains_of
        and t.index not in problem.groups_of
        and all(len(problem.options[o].budgets) < 2 for o in t.options)
    ]


def anneal(problem: Problem, solution: Solution, *, moves: int, seed: int, cold_share: float = _COLD_SHARE) -> Solution:
    """Improve the placement of short tasks without ties to others; the other tasks do not move.

    Args:
        problem: the problem.
        solution: the start.
        moves: the number of moves to try.
        seed: of the random numbers.
        cold_share: the last temperature, as a share of the median value of a task.
    """
    movable = _movable(problem)
    if not movable or moves <= 0:
        return solution
    grid = _grid(problem)
    numbers = tuple(number for task in movable for number in task.options)
    slot_problem = _slot_problem(problem, movable, grid)
    board = _Board(problem, grid, slot_problem, _empty_schedule(problem, movable, grid), numbers)
    board.take_held()
    row_of = {task.index: row for row, task in enumerate(movable)}
    for index, places in solution.items():
        if index not in row_of:
            board.take_fixed(index, places)
    for index, places in solution.items():
        if index in row_of:
            board.put(row_of[index], index, places)
    board.schedule.unserved[:] = problem.unserved(board.given_s)
    usual = float(np.median([t.value for t in movable]))
    kernel.anneal(slot_problem, board.schedule, slots.Cooling(usual, cold_share * usual, moves, seed))
    result = {t: p for t, p in solution.items() if t not in row_of}
    result |= _contacts(movable, board.schedule, numbers, grid)
    return {t: result[t] for t in sorted(result)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """The slots: the start of the first, and the rows of channels and antennas."""

    start_s: int
    width: int
    channel_rows: tuple[int, ...]  # by link, the first of its channels
    antenna_rows: int  # the row of the first antenna

    def floor(self, second: int) -> int:
        """The slot that a second lies in, or begins."""
        return (second - self.start_s) // SLOT_S

    def ceil(self, second: int) -> int:
        """The first slot that begins at a second or after it."""
        return -((self.start_s - second) // SLOT_S)

    def second(self, slot: int) -> int:
        """When a slot begins."""
        return self.start_s + slot * SLOT_S


def _grid(problem: Problem) -> _Grid:
    margin = max((o.setup_s + o.teardown_s for o in problem.options), default=0) + SLOT_S
    start_s = min(o.low_s for o in problem.options) - margin
    channels = np.concatenate([[0], np.cumsum(problem.capacity)]).tolist()
    return _Grid(
        start_s=start_s,
        width=_slots(max(o.high_s for o in problem.options) + margin - start_s) + 1,
        channel_rows=tuple(channels[:-1]),
        antenna_rows=channels[-1],
    )


def _slots(seconds: int) -> int:
    """The number of slots that hold some seconds."""
    return -(-seconds // SLOT_S)


def _slot_problem(problem: Problem, movable: Sequence[Task], grid: _Grid) -> SlotProblem:
    """The kernel's input: tasks and options in slots, rounded inward, and the objective."""
    tasks = np.zeros((len(movable), slots.TASK_COLUMNS), dtype=np.int64)
    value = np.zeros((len(movable), 2))
    options: list[tuple[int, ...]] = []
    antennas: list[int] = []
    for row, task in enumerate(movable):
        first = len(options)
        for number in task.options:
            option = problem.options[number]
            options.append(_slot_option(option, grid, len(antennas)))
            antennas += [grid.antenna_rows + a for a in option.antennas]
        tasks[row] = (
            task.agency,
            _slots(task.least_s),
            max(_slots(task.least_s), task.wanted_s // SLOT_S),
            grid.channel_rows[task.link],
            problem.capacity[task.link],
            first,
            len(options),
        )
        urgent = problem.urgency if task.emergency else 0.0
        value[row] = task.fixed_value + urgent, task.value_per_s * SLOT_S
    return SlotProblem(
        tasks=tasks,
        value=value,
        options=np.array(options, dtype=np.int64),
        antennas=np.array(antennas, dtype=np.int64),
        slot_share=np.array([SLOT_S / a if a else 0.0 for a in problem.asked_s]),
        penalty=problem.objective.kernel_form(problem.mean_value),
    )


def _slot_option(option: Option, grid: _Grid, first_antenna: int) -> tuple[int, ...]:
    """A row of `SlotProblem.options`."""
    return (
        grid.ceil(option.low_s),
        grid.floor(option.high_s),
        _slots(option.setup_s),
        _slots(option.teardown_s),
        first_antenna,
        first_antenna + len(option.antennas),
        next(iter(option.budgets), -1),
    )


def _empty_schedule(problem: Problem, movable: Sequence[Task], grid: _Grid) -> SlotSchedule:
    """A schedule without contacts or taken slots."""
    rows = grid.antenna_rows + len(problem.antennas)
    return SlotSchedule(
        contacts=np.full((len(movable), slots.CONTACT_COLUMNS), -1, dtype=np.int64),
        owner=np.full((rows, grid.width), slots.FREE, dtype=np.int64),
        budgets=np.array([b // SLOT_S for b in problem.budgets_s] or [0], dtype=np.int64),
        unserved=np.array(problem.unserved([0] * len(problem.agencies))),
    )


class _Board:
    """A schedule in slots while a solution is put onto it."""

    def __init__(
        self, problem: Problem, grid: _Grid, slot_problem: SlotProblem, schedule: SlotSchedule, numbers: Sequence[int]
    ) -> None:
        self.schedule = schedule
        self.given_s = [0] * len(problem.agencies)  # by tasks, to each agency
        self._problem = problem
        self._grid = grid
        self._slot_problem = slot_problem
        self._row_of_option = {number: row for row, number in enumerate(numbers)}

    def take_held(self) -> None:
        """Take the slots of held contacts."""
        problem, grid, owner = self._problem, self._grid, self.schedule.owner
        for antenna, holds in problem.held_antennas.items():
            for hold in holds:
                low, high = max(0, grid.floor(hold.start_s)), max(0, grid.ceil(hold.end_s))
                owner[grid.antenna_rows + antenna, low:high] = slots.TAKEN
        for link, holds in problem.held_links.items():
            for hold in holds:
                self._take_channel(link, max(0, grid.floor(hold.start_s)), max(0, grid.ceil(hold.end_s)))

    def take_fixed(self, index: int, places: Sequence[Place]) -> None:
        """Take the slots of a task that the kernel does not move."""
        task = self._problem.tasks[index]
        for place in places:
            option = self._problem.options[place.option]
            low, high = self._grid.floor(place.start_s), self._grid.ceil(place.end_s)
            self._take_channel(task.link, low, high)
            for row in self._antenna_rows(option, low, high):
                row[:] = slots.TAKEN
            for budget in option.budgets:
                self.schedule.budgets[budget] -= high - low
            self.given_s[task.agency] += place.end_s - place.start_s

    def put(self, row: int, index: int, places: Sequence[Place]) -> None:
        """Put a movable task's contact on the grid; a contact that does not fit there is left out."""
        task, budgets = self._problem.tasks[index], self.schedule.budgets
        for place in places:
            option = self._problem.options[place.option]
            low, high = self._inside(row, place)
            if high - low < self._slot_problem.tasks[row, slots.LEAST]:
                continue
            channel = self._free_channel(task.link, low, high)
            antennas = self._antenna_rows(option, low, high)
            can_pay = all(budgets[b] >= high - low for b in option.budgets)
            if channel < 0 or not can_pay or not all((a == slots.FREE).all() for a in antennas):
                continue
            for slots_taken in (self.schedule.owner[channel, low:high], *antennas):
                slots_taken[:] = row
            self.schedule.contacts[row] = self._row_of_option[place.option], low, high, channel
            for budget in option.budgets:
                budgets[budget] -= high - low
            self.given_s[task.agency] += (high - low) * SLOT_S

    def _inside(self, row: int, place: Place) -> tuple[int, int]:
        """The slots of a place, inside its option and at most the wanted length."""
        option = self._slot_problem.options[self._row_of_option[place.option]].tolist()
        low = min(max(self._grid.floor(place.start_s), option[slots.LOW]), option[slots.HIGH])
        return low, low + min(int(self._slot_problem.tasks[row, slots.WANTED]), option[slots.HIGH] - low)

    def _antenna_rows(self, option: Option, low: int, high: int) -> list[Integers]:
        """The slots of each antenna that a contact of an option occupies."""
        first, after = low - _slots(option.setup_s), high + _slots(option.teardown_s)
        return [self.schedule.owner[self._grid.antenna_rows + a, first:after] for a in option.antennas]

    def _channels(self, link: int) -> range:
        first = self._grid.channel_rows[link]
        return range(first, first + self._problem.capacity[link])

    def _free_channel(self, link: int, low: int, high: int) -> int:
        """The row of a free channel; -1 when there is none."""
        owner = self.schedule.owner
        return next((r for r in self._channels(link) if (owner[r, low:high] == slots.FREE).all()), -1)

    def _take_channel(self, link: int, low: int, high: int) -> None:
        """Take a free channel, or the one with most free slots: contacts may follow each other within a slot."""
        owner = self.schedule.owner
        channel = self._free_channel(link, low, high)
        if channel < 0:
            channel = min(self._channels(link), key=lambda r: int((owner[r, low:high] != slots.FREE).sum()))
        owner[channel, low:high] = slots.TAKEN


def _contacts(movable: Sequence[Task], schedule: SlotSchedule, numbers: Sequence[int], grid: _Grid) -> Solution:
    """The places of the tasks that have a contact."""
    result: Solution = {}
    for task, (option, start, end, _) in zip(movable, schedule.contacts.tolist(), strict=True):
        if option >= 0:
            start_s, end_s = grid.second(start), grid.second(end)
            result[task.index] = (Place(numbers[option], start_s, min(end_s, start_s + task.wanted_s)),)
    return result
