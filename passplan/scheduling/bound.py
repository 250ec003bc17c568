"""An upper bound of the value of any schedule: a bound by prices, improved block by block; valid to the second.

For any prices of slots, the value of all tasks less the price of their seconds, plus the price of all slots,
is an upper bound of the value of any schedule (Fisher 1981, "The Lagrangian Relaxation Method for Solving Integer
Programming Problems"). Prices are moved by Adam (Kingma and Ba 2015) along a smoothed demand, in which a task
spreads over places with almost the value of its best: otherwise all tasks move to one place and then all to the next.

Prices alone pay for half contacts. So each block of time in which passes follow each other is then solved exactly, with
every task charged its value at the prices: the sum over blocks bounds the total (Dantzig and Wolfe's decomposition).

Fairness is convex, so its tangent at any shares bounds it too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from passplan.scheduling.blocks import Pricing, Report, solve_blocks
from passplan.scheduling.problem import Problem, Solution
from passplan.scheduling.relaxation import Floats, Relaxation
from passplan.scheduling.tables import Tables

_LEAST_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Bounding:
    """The limits of the effort."""

    rounds: int
    most_places: int  # that a round evaluates; with more of them there are fewer rounds, by the root of the ratio
    block_limit: float  # deterministic seconds of each block
    blocks_limit: float  # and of all blocks together


def trivial_bound(problem: Problem) -> float:
    """The value if every task with a window got its wanted seconds, and the best member of each group was served."""
    values = best_of_groups(problem, np.array([t.value if t.options else 0.0 for t in problem.tasks]))
    seconds = [0] * len(problem.agencies)
    for task in problem.tasks:
        if task.options:
            seconds[task.agency] += task.wanted_s
    return problem.held_value + math.fsum(values) - problem.penalty_of(seconds)


def bound(
    problem: Problem,
    tables: Tables,
    solution: Solution,
    effort: Bounding,
    report: Report = lambda _share, _bound: None,
) -> float:
    """The smallest upper bound of the value within the effort, from the best known schedule."""
    trivial, value = trivial_bound(problem), problem.value(solution)
    if trivial <= value + 1e-9 * abs(value) or effort.rounds <= 0:
        return max(trivial, value)
    relaxed = Relaxation(problem, tables)
    best, pricing = _descend(problem, relaxed, solution, effort)
    best = min(best, trivial)
    if effort.blocks_limit > 0.0 and pricing is not None and best - value > 0.001 * best:
        report(0.1, best)
        block_bound = solve_blocks(
            problem,
            relaxed,
            pricing,
            effort.block_limit,
            effort.blocks_limit,
            lambda share, block_bound: report(0.1 + 0.9 * share, block_bound),
        )
        best = min(best, block_bound)
    return max(best, value)


def best_of_groups(problem: Problem, values: Floats) -> Floats:
    """Values by task, with 0 for all members except the best of each `one_of` group."""
    result = values.copy()
    for group in problem.groups:
        if group.one_of and len(group.members) > 1:
            sums = [math.fsum(values[list(m)]) for m in group.members]
            best = sums.index(max(sums))
            for k, member in enumerate(group.members):
                if k != best:
                    result[list(member)] = 0.0
    return result


def _descend(
    problem: Problem, relaxed: Relaxation, solution: Solution, effort: Bounding
) -> tuple[float, Pricing | None]:
    fewer = math.sqrt(min(1.0, effort.most_places / max(1, relaxed.size)))
    rounds = max(_LEAST_ROUNDS, round(effort.rounds * fewer))
    asked_s = np.maximum(np.array(problem.asked_s, dtype=np.float64), 1.0)
    before = np.array(problem.unserved([0] * len(problem.agencies)))
    unserved = np.array(problem.unserved(problem.seconds_of(solution)))
    worst = np.zeros(len(unserved))
    worst[int(unserved.argmax())] = 1.0
    second = problem.mean_value * len(problem.agencies) / sum(t.wanted_s for t in problem.tasks)
    usual = second * relaxed.grid_s  # value of a slot
    prices = np.zeros(len(relaxed.capacity))
    drift, spread = np.zeros_like(prices), np.zeros_like(prices)
    best, pricing = math.inf, None
    for k in range(rounds):
        done = k / rounds
        slope, constant = problem.objective.plane(problem.mean_value, unserved, worst)
        constant += problem.held_value - float((slope * before).sum())
        multiplier = relaxed.units.multiplier.copy()
        use = relaxed.demand(
            prices,
            slope / asked_s,
            temperature=usual * max(0.002, 0.3 * 0.004**done),
            step=second * 0.3 * 0.04**done,
            seed=k,
        )
        candidate = constant + use.gain + float((prices * relaxed.capacity).sum())
        if candidate < best:
            best = candidate
            value = relaxed.units.value.copy()
            pricing = Pricing(prices.copy(), slope / asked_s, multiplier, value, use.gain, constant)
        excess = use.slots - relaxed.capacity
        drift = 0.9 * drift + 0.1 * excess
        spread = 0.99 * spread + 0.01 * excess**2
        size = np.sqrt(spread / (1.0 - 0.99 ** (k + 1))) + 1e-3
        prices = np.maximum(0.0, prices + usual * 0.15 * 0.08**done * drift / (1.0 - 0.9 ** (k + 1)) / size)
        unserved = 0.9 * unserved + 0.1 * np.clip(before - use.seconds / asked_s, 0.0, 1.0)
        now = np.zeros(len(unserved))
        now[int(unserved.argmax())] = 1.0
        worst = 0.9 * worst + 0.1 * now
    return best, pricing
