"""The bound by blocks: an exact model of a few passes each, with every task charged its value at the prices."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from passplan.scheduling.problem import Problem
from passplan.scheduling.relaxation import Floats, Relaxation, lengths
from passplan.scheduling.submodel import deterministic_cost, solver

_GRID_S = 15
_LONGEST_S = 3_600
_SCALE = 1_000

Piece = tuple[int, int, int]  # from, to, option
Report = Callable[[float, float], None]  # share of the blocks done, bound


@dataclass(frozen=True, slots=True)
class Pricing:
    """Prices, and the value of each task at them."""

    relaxed: Relaxation
    prices: Floats
    bonus: Floats  # value of a second, by agency
    value: Floats  # of each task less its cost at these prices
    constant: float  # of the bound


def solve_blocks(problem: Problem, pricing: Pricing, each: float, together: float, report: Report) -> float:
    """The bound with as many blocks exact as the limits [deterministic seconds] allow; infinite for long contacts."""
    if any(t.is_long for t in problem.tasks if t.options):
        return math.inf
    blocks = sorted(
        ((_priced(problem, pricing, block), block) for block in _blocks(pricing.relaxed.pieces)),
        key=lambda b: (-b[0], b[1]),
    )
    total = pricing.constant + math.fsum([*pricing.value, *(priced for priced, _ in blocks)])
    spent = 0.0
    for number, (priced, block) in enumerate(blocks):
        if spent >= together or priced <= 0.0:
            break
        exact, cost = _solve(problem, pricing, block, each)
        spent += cost
        total -= max(0.0, priced - exact)
        report((number + 1) / len(blocks), total)
    return total


def _blocks(pieces: dict[int, list[tuple[int, int]]]) -> list[list[Piece]]:
    """Groups of pieces without a gap; a group that is too long is cut at the middles of its pieces."""
    listed = sorted((low, high, o) for o, option_pieces in pieces.items() for low, high in option_pieces)
    spans: list[list[int]] = []
    for low, high, _ in listed:
        if spans and low < spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], high)
        else:
            spans.append([low, high])
    starts: list[float] = []
    for low, high in spans:
        parts = -(-(high - low) // _LONGEST_S)
        starts += [low + (high - low) * k / parts for k in range(parts)]
    blocks: dict[int, list[Piece]] = defaultdict(list)
    for piece in listed:
        blocks[bisect_right(starts, (piece[0] + piece[1]) / 2) - 1].append(piece)
    return [blocks[k] for k in sorted(blocks)]


def _priced(problem: Problem, pricing: Pricing, block: Iterable[Piece]) -> float:
    """The cost of all slots that the block's contacts can take, which is an upper bound of their value."""
    relaxed = pricing.relaxed
    touched = np.zeros(relaxed.slots, dtype=np.bool_)

    def touch(row: int, low: int, high: int) -> None:
        first = (low - relaxed.start) // relaxed.grid
        touched[row + first : row - ((relaxed.start - high) // relaxed.grid) + 1] = True

    for low, high, number in block:
        option = problem.options[number]
        touch(relaxed.row(link=problem.tasks[option.task].link), low, high)
        for antenna in option.antennas:
            touch(relaxed.row(antenna=antenna), low - option.setup_s, high + option.teardown_s)
    return float((pricing.prices * relaxed.capacity)[touched].sum())


def _solve(problem: Problem, pricing: Pricing, block: Iterable[Piece], limit: float) -> tuple[float, float]:
    """An upper bound of the value of a block, and the cost of the solve.

    Starts, setups, teardowns and lengths are rounded down to the grid, so that separate contacts stay separate.
    """
    model = cp_model.CpModel()
    of_task: dict[int, list[cp_model.IntVar]] = defaultdict(list)
    on_link: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
    on_antenna: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
    values: list[int] = []
    variables: list[cp_model.IntVar] = []
    for low, high, number in block:
        option = problem.options[number]
        task = problem.tasks[option.task]
        for length, seconds in lengths(task, _GRID_S):
            each = (
                task.fixed_value + (task.value_per_s + pricing.bonus[task.agency]) * seconds - pricing.value[task.index]
            )
            if each <= 1e-9:
                continue
            for start in range(low // _GRID_S, (high - max(task.least_s, length * _GRID_S)) // _GRID_S + 1):
                chosen = model.new_bool_var("")
                variables.append(chosen)
                values.append(math.ceil(each * _SCALE))
                of_task[task.index].append(chosen)
                for slot in range(start, start + length):
                    on_link[task.link, slot].append(chosen)
                first, last = start - option.setup_s // _GRID_S, start + length + option.teardown_s // _GRID_S
                for antenna in option.antennas:
                    for slot in range(first, last):
                        on_antenna[antenna, slot].append(chosen)
    if not variables:
        return 0.0, 0.0
    for together in of_task.values():
        model.add_at_most_one(together)
    seen: set[tuple[int, ...]] = set()
    crowds = [(literals, problem.capacity[link]) for (link, _), literals in on_link.items()]
    crowds += [(literals, 1) for literals in on_antenna.values()]
    for together, capacity in crowds:
        key = tuple(v.index for v in together)
        if len(together) <= capacity or key in seen:
            continue
        seen.add(key)
        if capacity == 1:
            model.add_at_most_one(together)
        else:
            model.add(sum(together) <= capacity)
    for variable in variables:
        model.add_hint(variable, False)
    model.maximize(cp_model.LinearExpr.weighted_sum(variables, values))
    block_solver = solver(1, limit)
    block_solver.parameters.linearization_level = 2
    block_solver.parameters.cp_model_presolve = False  # takes longer than the rest here
    status = block_solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return math.inf, limit
    return block_solver.best_objective_bound / _SCALE, deterministic_cost(block_solver)
