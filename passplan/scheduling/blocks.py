"""The bound by blocks: an exact model of some passes each, of the values of contacts less what they are charged."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from passplan.kernels import demand as kd
from passplan.kernels import timetable as kt
from passplan.scheduling.problem import Problem
from passplan.scheduling.relaxation import Floats, Relaxation
from passplan.scheduling.submodel import deterministic_cost, run, solver

_GRID_S = 10
_LONGEST_S = 3_600
_SCALE = 1_000
_MOST_LENGTHS = 60
_MOST_COLUMNS = 3_000  # of the exact model of a block
_NOTHING = 1e-9
_START, _LENGTH, _WORTH, _LOSS, _PIECE = range(5)  # columns of the columns of a block
_COLUMNS = 5

Integers = NDArray[np.int64]
Report = Callable[[float, float], None]  # share of the blocks done, bound


@dataclass(frozen=True, slots=True)
class Pricing:
    """Prices, with the gain of all families and the rest of the bound."""

    prices: Floats
    bonus: Floats  # value of a second, by agency
    multiplier: Floats  # by unit
    value: Floats  # by unit
    gain: float
    constant: float  # of the bound


def solve_blocks(
    problem: Problem, relaxed: Relaxation, pricing: Pricing, each: float, together: float, report: Report
) -> float:
    """The bound with as many blocks exact as the limits [deterministic seconds] allow.

    Infinite for contacts that are longer than a block, and for split ones: rounded to the grid, their parts gain more
    than the exact blocks save.
    """
    if any(t.is_long for t in problem.tasks if t.options):
        return math.inf
    blocks = _Blocks(problem, relaxed, pricing)
    listed = sorted(((blocks.priced(block), block) for block in blocks.split()), key=lambda b: (-b[0], b[1]))
    budgets = len(problem.budgets_s)
    spare = (pricing.prices * relaxed.capacity)[len(pricing.prices) - budgets :].sum() if budgets else 0.0
    total = pricing.constant + pricing.gain + float(spare) + math.fsum(priced for priced, _ in listed)
    spent = 0.0
    for number, (priced, block) in enumerate(listed):
        if spent >= together or priced <= 0.0:
            break
        exact, cost = blocks.solve(block, each)
        spent += cost
        total -= max(0.0, priced - exact)
        report((number + 1) / len(listed), total)
    return total


class _Blocks:
    """The pieces of all units with their values, and the blocks that they are divided into."""

    def __init__(self, problem: Problem, relaxed: Relaxation, pricing: Pricing) -> None:
        self._problem = problem
        self._relaxed = relaxed
        self._pricing = pricing
        units = relaxed.units
        self._pieces = units.pieces.tolist()
        self._task = units.piece_task.tolist()
        self._worth, self._slope = relaxed.charges(pricing.prices, pricing.bonus, pricing.multiplier, pricing.value)
        self._unit = np.empty(len(units.pieces), dtype=np.int64)  # units are in order of family, pieces are not
        for unit, row in enumerate(units.units):
            self._unit[row[kd.FIRST_PIECE] : row[kd.AFTER_PIECES]] = unit
        self._family = np.repeat(
            np.arange(len(units.families)), units.families[:, kd.AFTER_UNITS] - units.families[:, kd.FIRST_UNIT]
        ).tolist()
        self._most = _most_in_a_block(units)
        self._first_step = relaxed.start_s // _GRID_S
        prices = pricing.prices[: relaxed.rows * relaxed.width].reshape(relaxed.rows, relaxed.width)
        steps = relaxed.grid_s // _GRID_S
        self._until = np.zeros((relaxed.rows, relaxed.width * steps + 1))  # [row, step] price of all before it
        np.cumsum(np.repeat(prices / steps, steps, axis=1), axis=1, out=self._until[:, 1:])

    def split(self) -> list[tuple[int, ...]]:
        """Groups of pieces without a gap; a group that is too long is cut at the middles of its pieces."""
        order = sorted((low, high, p) for p, (low, high, _) in enumerate(self._pieces))
        spans: list[list[int]] = []
        for low, high, _ in order:
            if spans and low < spans[-1][1]:
                spans[-1][1] = max(spans[-1][1], high)
            else:
                spans.append([low, high])
        starts: list[float] = []
        for low, high in spans:
            parts = -(-(high - low) // _LONGEST_S)
            starts += [low + (high - low) * k / parts for k in range(parts)]
        blocks: dict[int, list[int]] = defaultdict(list)
        for low, high, p in order:
            blocks[bisect_right(starts, (low + high) / 2) - 1].append(p)
        return [tuple(blocks[k]) for k in sorted(blocks)]

    def priced(self, block: Sequence[int]) -> float:
        """The cost of all slots that the block's contacts can take, which is an upper bound of their value."""
        relaxed, tasks = self._relaxed, self._relaxed.tasks
        touched = np.zeros(len(relaxed.capacity), dtype=np.bool_)
        for p in block:
            low, high, number = self._pieces[p]
            option = tasks.options[number]
            self._touch(touched, int(tasks.tasks[self._task[p], kt.FIRST_CHANNEL]), low, high)
            for row in tasks.antennas[option[kt.FIRST_ANTENNA] : option[kt.AFTER_ANTENNAS]].tolist():
                self._touch(touched, row, low - int(option[kt.SETUP]), high + int(option[kt.TEARDOWN]))
        return float((self._pricing.prices * relaxed.capacity)[touched].sum())

    def _touch(self, touched: NDArray[np.bool_], row: int, low: int, high: int) -> None:
        relaxed = self._relaxed
        base = row * relaxed.width
        first = (low - relaxed.start_s) // relaxed.grid_s
        touched[base + first : base - ((relaxed.start_s - high) // relaxed.grid_s) + 1] = True

    def solve(self, block: Sequence[int], limit: float) -> tuple[float, float]:
        """An upper bound of the value of a block, and the cost of the solve.

        Starts, setups, teardowns and lengths are rounded down to the grid, so that separate contacts stay separate.
        The **loss** of a column is what its slots cost less what it is worth. Columns are worth at most the price of
        all slots less their losses, so the exact model has those alone that lose little: with any other, a set of
        columns is worth no more than the threshold leaves.
        """
        columns = np.concatenate([np.empty((0, _COLUMNS)), *(self._columns(p) for p in block)])
        if not len(columns):
            return 0.0, 0.0
        unit = self._unit[columns[:, _PIECE].astype(np.int64)]
        above = np.zeros(len(self._most))  # by unit, what its columns are worth above their price, by rounding
        np.maximum.at(above, unit, -columns[:, _LOSS])
        highest, floor = self.priced(block) + float((above * self._most).sum()), 0.0
        if len(columns) > _MOST_COLUMNS:
            threshold = float(np.partition(columns[:, _LOSS], _MOST_COLUMNS)[_MOST_COLUMNS])
            columns = columns[columns[:, _LOSS] < threshold]
            floor = highest - threshold
        exact, cost = self._solve(columns, limit)
        return min(highest, max(exact, floor)), cost

    def _columns(self, piece: int) -> Floats:
        """The columns of a piece that are worth something: start and length in steps, worth, loss, and the piece."""
        low, high, number = self._pieces[piece]
        task = self._problem.tasks[self._task[piece]]
        length, fewest, most = lengths(task.least_s, min(task.wanted_s, high - low))
        slope = float(self._slope[piece])
        worth = float(self._worth[piece]) + slope * (most if slope > 0.0 else fewest)
        counts = (high - fewest) // _GRID_S + 1 - low // _GRID_S
        counts[worth <= _NOTHING] = 0
        columns = np.empty((int(counts.sum()), _COLUMNS))
        of = np.repeat(np.arange(len(length)), counts)
        start = low // _GRID_S + np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
        columns[:, _START], columns[:, _LENGTH], columns[:, _WORTH] = start, length[of], worth[of]
        columns[:, _LOSS] = self._price(self._task[piece], number, start, start + length[of]) - worth[of]
        columns[:, _PIECE] = piece
        return columns

    def _price(self, task: int, number: int, start: Integers, end: Integers) -> Floats:
        """The price of the slots of some contacts in an option, from and to a step."""
        tasks = self._relaxed.tasks
        option = tasks.options[number]
        setup, teardown = int(option[kt.SETUP]) // _GRID_S, int(option[kt.TEARDOWN]) // _GRID_S
        until = self._until[int(tasks.tasks[task, kt.FIRST_CHANNEL])]
        price: Floats = until[end - self._first_step] - until[start - self._first_step]
        for row in tasks.antennas[option[kt.FIRST_ANTENNA] : option[kt.AFTER_ANTENNAS]].tolist():
            until = self._until[row]
            price += until[end + teardown - self._first_step] - until[start - setup - self._first_step]
        return price

    def _solve(self, columns: Floats, limit: float) -> tuple[float, float]:
        """An upper bound of the worth of columns that can be together, and the cost of the solve."""
        tasks = self._relaxed.tasks
        model = cp_model.CpModel()
        of_unit: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        on_row: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
        variables = [model.new_bool_var("") for _ in columns]
        for chosen, start, length, piece in zip(
            variables, *columns[:, [_START, _LENGTH, _PIECE]].astype(np.int64).T.tolist(), strict=True
        ):
            of_unit[int(self._unit[piece])].append(chosen)
            option = tasks.options[self._pieces[piece][2]].tolist()
            channel = int(tasks.tasks[self._task[piece], kt.FIRST_CHANNEL])
            for slot in range(start, start + length):
                on_row[channel, slot].append(chosen)
            antennas = tasks.antennas[option[kt.FIRST_ANTENNA] : option[kt.AFTER_ANTENNAS]].tolist()
            setup, teardown = option[kt.SETUP] // _GRID_S, option[kt.TEARDOWN] // _GRID_S
            for slot in range(start - setup, start + length + teardown):
                for antenna in antennas:
                    on_row[antenna, slot].append(chosen)
        self._add_units(model, of_unit)
        self._add_rows(model, on_row)
        for variable in variables:
            model.add_hint(variable, False)
        values = np.ceil(columns[:, _WORTH] * _SCALE).astype(np.int64).tolist()
        model.maximize(cp_model.LinearExpr.weighted_sum(variables, values))
        block_solver = solver(1, limit)
        block_solver.parameters.linearization_level = 2
        block_solver.parameters.cp_model_presolve = False  # takes longer than the rest here
        status = run(block_solver, model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return math.inf, limit
        return block_solver.best_objective_bound / _SCALE, deterministic_cost(block_solver)

    def _add_units(self, model: cp_model.CpModel, of_unit: dict[int, list[cp_model.IntVar]]) -> None:
        """At most one contact of a task, or of a `one_of` group; at most so many of a chain or a split task."""
        units = self._relaxed.units
        of_family: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        for unit, together in of_unit.items():
            family = self._family[unit]
            most = int(self._most[unit])
            if most == 1 and units.families[family, kd.FAMILY_KIND] == kd.ONE:
                of_family[family] += together
            elif most == 1:
                model.add_at_most_one(together)
            elif len(together) > most:
                model.add(sum(together) <= most)
        for together in of_family.values():
            model.add_at_most_one(together)

    def _add_rows(self, model: cp_model.CpModel, on_row: dict[tuple[int, int], list[cp_model.IntVar]]) -> None:
        """No more contacts than a channel or an antenna carries."""
        width = self._relaxed.width
        seen: set[tuple[int, ...]] = set()
        for (row, _), together in on_row.items():
            capacity = int(self._relaxed.capacity[row * width])
            key = tuple(v.index for v in together)
            if len(together) <= capacity or key in seen:
                continue
            seen.add(key)
            if capacity == 1:
                model.add_at_most_one(together)
            else:
                model.add(sum(together) <= capacity)


def _most_in_a_block(units: kd.Units) -> Integers:
    """How many contacts of each unit a block can have, at most."""
    table = units.units
    pieces = table[:, kd.AFTER_PIECES] - table[:, kd.FIRST_PIECE]
    of_chain = np.where(table[:, kd.UNIT_SPACING] > 2 * _LONGEST_S, 1, pieces * table[:, kd.MOST])
    most: Integers = np.where(table[:, kd.KIND] == kd.CHAINED, of_chain, table[:, kd.MOST])
    return most


def lengths(least_s: int, most_s: int) -> tuple[Integers, Integers, Integers]:
    """Lengths in steps, rounded down, each with the fewest and the most seconds that a contact of it may have."""
    if most_s < least_s:
        none = np.zeros(0, dtype=np.int64)
        return none, none, none
    bottom, top = least_s // _GRID_S, most_s // _GRID_S
    length = np.arange(bottom, top + 1, max(1, -(-(top - bottom) // _MOST_LENGTHS)), dtype=np.int64)
    fewest = np.maximum(least_s, length * _GRID_S)
    most = np.append(length[1:] * _GRID_S - 1, most_s)
    return length, fewest, most
