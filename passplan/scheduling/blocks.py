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
_MOST_LENGTHS = 6

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
        self._unit = np.repeat(
            np.arange(len(units.units)), units.units[:, kd.AFTER_PIECES] - units.units[:, kd.FIRST_PIECE]
        ).tolist()
        self._family = np.repeat(
            np.arange(len(units.families)), units.families[:, kd.AFTER_UNITS] - units.families[:, kd.FIRST_UNIT]
        ).tolist()

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
        """
        problem, tasks = self._problem, self._relaxed.tasks
        model = cp_model.CpModel()
        of_unit: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        on_row: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
        values: list[int] = []
        variables: list[cp_model.IntVar] = []
        for p in block:
            low, high, number = self._pieces[p]
            task = problem.tasks[self._task[p]]
            option = tasks.options[number].tolist()
            channel = int(tasks.tasks[task.index, kt.FIRST_CHANNEL])
            antennas = tasks.antennas[option[kt.FIRST_ANTENNA] : option[kt.AFTER_ANTENNAS]].tolist()
            setup, teardown = option[kt.SETUP] // _GRID_S, option[kt.TEARDOWN] // _GRID_S
            least = task.min_part_s if task.max_parts > 1 else task.least_s
            for length, fewest, most in lengths(least, min(task.wanted_s, high - low)):
                slope = float(self._slope[p])
                each = float(self._worth[p]) + slope * (most if slope > 0.0 else fewest)
                if each <= 1e-9:
                    continue
                for start in range(low // _GRID_S, (high - fewest) // _GRID_S + 1):
                    chosen = model.new_bool_var("")
                    variables.append(chosen)
                    values.append(math.ceil(each * _SCALE))
                    of_unit[self._unit[p]].append(chosen)
                    for slot in range(start, start + length):
                        on_row[channel, slot].append(chosen)
                    for slot in range(start - setup, start + length + teardown):
                        for antenna in antennas:
                            on_row[antenna, slot].append(chosen)
        if not variables:
            return 0.0, 0.0
        self._add_units(model, of_unit)
        self._add_rows(model, on_row)
        for variable in variables:
            model.add_hint(variable, False)
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
            most = int(units.units[unit, kd.MOST])
            if units.units[unit, kd.KIND] == kd.CHAINED:
                most = 1 if units.units[unit, kd.UNIT_SPACING] > 2 * _LONGEST_S else len(together)
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


def lengths(least_s: int, most_s: int) -> list[tuple[int, int, int]]:
    """Lengths in slots, rounded down, each with the fewest and the most seconds that a contact of it may have."""
    if most_s < least_s:
        return []
    bottom, top = least_s // _GRID_S, most_s // _GRID_S
    step = max(1, -(-(top - bottom) // _MOST_LENGTHS))
    steps = [*range(bottom, top, step), top]
    return [
        (
            length,
            max(least_s, length * _GRID_S),
            min(most_s, steps[k + 1] * _GRID_S) if k + 1 < len(steps) else most_s,
        )
        for k, length in enumerate(steps)
    ]
