"""A relaxed problem: each task pays for its seconds, independently of the other tasks.

Time is cut into slots; a slot of a channel or an antenna has a price. A contact may start at any second, and its cost
is linear in its start between the edges of slots, so that it is exact to evaluate edges and the ends of windows.
Setup, teardown and lengths are rounded down to whole slots (the value is not), so that no cost is too high. Long
contacts, which may be split, are relaxed further: they may take any seconds of their windows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passplan.scheduling.occupancy import Occupancy
from passplan.scheduling.problem import Problem, Task

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_GRID_S = 30
_LONG_GRID_S = 900
_MOST_LENGTHS = 6


@dataclass(frozen=True, slots=True)
class Demand:
    """The demand of tasks at some prices."""

    value: Floats  # of each task, 0 when it takes no slot
    usage: Floats  # of each slot, in slots; spread over places with almost the value of the best
    seconds: Floats  # that each agency would get


@dataclass(slots=True)
class _Columns:
    """Places of short tasks, in order of task: from which slot to which, on a link and on antennas."""

    task: Integers
    value: Floats
    seconds: Floats
    share: Floats  # of a slot by which start and end are past its edge
    first: Integers  # [column, resource] flat slot of the start; a missing resource has the same slot in both
    last: Integers


class Relaxation:
    """The relaxed problem's slots, capacities and demands."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._long = [t for t in problem.tasks if t.options and t.is_long]
        self.grid = _LONG_GRID_S if all(t.is_long for t in problem.tasks if t.options) else _GRID_S
        occupancy = Occupancy(problem)
        self.pieces = {
            o: [(low, high) for low, high in occupancy.free(problem.options[o]) if high - low >= t.min_part_s]
            for t in problem.tasks
            for o in t.options
        }
        low = min((p[0] for pieces in self.pieces.values() for p in pieces), default=0)
        high = max((p[1] for pieces in self.pieces.values() for p in pieces), default=1)
        margin = max((o.setup_s + o.teardown_s for o in problem.options), default=0)
        self.start = (low - margin) // self.grid * self.grid - self.grid
        self.width = -(-(high + margin - self.start) // self.grid) + 3
        links = len(problem.capacity)
        rows = links + len(problem.antennas)
        self.slots = rows * self.width
        capacity = np.ones((rows, self.width))
        capacity[:links] = np.array(problem.capacity, dtype=np.float64)[:, None]
        self.capacity = capacity.ravel()
        self._agency = np.array([t.agency for t in problem.tasks], dtype=np.int64)
        self._columns = self._short_columns()
        self._tasks, self._begins = np.unique(self._columns.task, return_index=True)
        self._counts = np.diff(np.append(self._begins, len(self._columns.task)))
        self._cells = {t.index: self._slots_of(t) for t in self._long}

    @property
    def size(self) -> int:
        """The number of places in a round."""
        return len(self._columns.task) + sum(len(cells) for cells, _ in self._cells.values())

    def row(self, *, link: int | None = None, antenna: int | None = None) -> int:
        """The first slot of a link or an antenna."""
        number = link if link is not None else len(self._problem.capacity) + (antenna or 0)
        return number * self.width

    def demand(self, prices: Floats, bonus: Floats, temperature: float) -> Demand:
        """The demand when slots cost `prices` and the value of a second is `bonus` higher, by agency."""
        value = np.zeros(len(self._problem.tasks))
        usage = np.zeros(self.slots)
        seconds = np.zeros(len(self._problem.agencies))
        if len(self._tasks):
            self._short_demand(prices, bonus, temperature, value, usage, seconds)
        for index in self._cells:
            self._long_demand(index, prices, bonus, value, usage, seconds)
        return Demand(value, usage, seconds)

    def _short_demand(
        self, prices: Floats, bonus: Floats, temperature: float, value: Floats, usage: Floats, seconds: Floats
    ) -> None:
        columns = self._columns
        until = np.concatenate([[0.0], np.cumsum(prices)])[:-1]  # of all slots before, in all rows
        agency = self._agency[columns.task]
        left = columns.value + columns.seconds * bonus[agency]
        for k in range(columns.first.shape[1]):
            first, last = columns.first[:, k], columns.last[:, k]
            left -= until[last] - until[first] + columns.share * (prices[last] - prices[first])
        best = np.maximum(np.maximum.reduceat(left, self._begins), 0.0)
        value[self._tasks] = best
        weight = np.exp((left - np.repeat(best, self._counts)) / temperature)
        total_weight = np.add.reduceat(weight, self._begins) + np.exp(-best / temperature)  # or nothing at all
        weight /= np.repeat(total_weight, self._counts)
        change = np.zeros(self.slots + 1)
        for k in range(columns.first.shape[1]):
            first, last = columns.first[:, k], columns.last[:, k]
            used = np.where(last > first, weight, 0.0)
            change += np.bincount(first, used, self.slots + 1) - np.bincount(last, used, self.slots + 1)
        usage += np.cumsum(change)[:-1]
        seconds += np.bincount(agency, weight * columns.seconds, len(seconds))

    def _long_demand(
        self, index: int, prices: Floats, bonus: Floats, value: Floats, usage: Floats, seconds: Floats
    ) -> None:
        """Take the cheapest slots in turn, until the task has its wanted seconds or they cost too much."""
        task = self._problem.tasks[index]
        cells, begins = self._cells[index]
        cost = prices[cells].sum(axis=1)
        cheapest = np.minimum.reduceat(cost, begins)
        choice = np.flatnonzero(cost <= np.repeat(cheapest, np.diff(np.append(begins, len(cost)))))
        _, first = np.unique(np.searchsorted(begins, choice, side="right"), return_index=True)
        order = np.argsort(cheapest, kind="stable")
        before = self.grid * np.arange(len(order))
        most = np.clip(task.wanted_s - before, 0.0, self.grid)
        least = np.clip(task.least_s - before, 0.0, self.grid)
        each = task.value_per_s + bonus[task.agency] - cheapest[order] / self.grid
        taken = np.where(each > 0.0, most, least)
        gain = task.fixed_value + float((each * taken).sum())
        if gain > 0.0:
            value[index] = gain
            use = taken > 0.0
            np.add.at(usage, cells[choice[first[order[use]]]], (taken[use] / self.grid)[:, None])
            seconds[task.agency] += float(taken.sum())

    def _slots_of(self, task: Task) -> tuple[Integers, Integers]:
        """The cells of each slot of a long task [choice, resource], and the index of the first choice of each slot."""
        choices: dict[int, set[tuple[int, ...]]] = defaultdict(set)
        most = max(len(self._problem.options[o].antennas) for o in task.options)
        for number in task.options:
            rows = [self.row(antenna=a) for a in self._problem.options[number].antennas]
            for low, high in self.pieces[number]:
                for slot in range((low - self.start) // self.grid, -((self.start - high) // self.grid)):
                    choice = (self.row(link=task.link) + slot, *(r + slot for r in rows))
                    choices[slot].add(choice + (-1,) * (1 + most - len(choice)))
        slots = sorted(choices)
        listed = [sorted(choices[s]) for s in slots]
        begins = np.concatenate([[0], np.cumsum([len(c) for c in listed])])[:-1].astype(np.int64)
        cells = np.array([c for choices_of_slot in listed for c in choices_of_slot], dtype=np.int64).reshape(
            -1, 1 + most
        )
        cells[cells < 0] = self.slots - 1  # the last slot is never used, and has no price
        return cells, begins

    def _short_columns(self) -> _Columns:
        parts: dict[str, list[NDArray[np.generic]]] = defaultdict(list)
        most = max((len(o.antennas) for o in self._problem.options), default=1)
        for task in self._problem.tasks:
            if task.is_long:
                continue
            for length, seconds in lengths(task, self.grid):
                for number in task.options:
                    option = self._problem.options[number]
                    for low, high in self.pieces[number]:
                        if high - low < max(task.least_s, length * self.grid):
                            continue
                        starts = self._starts(low, high - max(task.least_s, length * self.grid))
                        slot, over = np.divmod(starts - self.start, self.grid)
                        first = np.zeros((len(starts), 1 + most), dtype=np.int64)
                        last = np.zeros((len(starts), 1 + most), dtype=np.int64)
                        first[:, 0] = self.row(link=task.link) + slot
                        last[:, 0] = first[:, 0] + length
                        for k, antenna in enumerate(option.antennas, start=1):
                            first[:, k] = self.row(antenna=antenna) + slot - option.setup_s // self.grid
                            last[:, k] = self.row(antenna=antenna) + slot + length + option.teardown_s // self.grid
                        parts["task"].append(np.full(len(starts), task.index, dtype=np.int64))
                        parts["value"].append(np.full(len(starts), task.fixed_value + task.value_per_s * seconds))
                        parts["seconds"].append(np.full(len(starts), float(seconds)))
                        parts["share"].append(over / self.grid)
                        parts["first"].append(first)
                        parts["last"].append(last)
        if not parts:
            none, nowhere = np.empty(0), np.empty((0, 1 + most), dtype=np.int64)
            return _Columns(np.empty(0, dtype=np.int64), none, none, none, nowhere, nowhere)
        joined = {name: np.concatenate(arrays) for name, arrays in parts.items()}
        order = np.argsort(joined["task"], kind="stable")
        return _Columns(**{name: np.ascontiguousarray(values[order]) for name, values in joined.items()})

    def _starts(self, low: int, high: int) -> Integers:
        inner = np.arange(-(-low // self.grid) * self.grid, high + 1, self.grid)
        return np.unique(np.concatenate([[low, high], inner])).astype(np.int64)


def lengths(task: Task, grid: int) -> list[tuple[int, int]]:
    """Lengths of a task in slots, rounded down, each with the most seconds that a contact of that length may have."""
    bottom, top = task.least_s // grid, task.wanted_s // grid
    step = max(1, -(-(top - bottom) // _MOST_LENGTHS))
    steps = sorted({*range(bottom, top, step), top})
    return [
        (length, min(task.wanted_s, steps[k + 1] * grid) if k + 1 < len(steps) else task.wanted_s)
        for k, length in enumerate(steps)
    ]
