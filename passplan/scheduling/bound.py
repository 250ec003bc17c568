"""What no schedule can beat: a bound by prices, sharpened block by block; valid to the second.

For any prices of slots, what all tasks are worth after paying for their seconds, plus the price of all slots there are,
is more than any schedule is worth (Fisher 1981, "The Lagrangian Relaxation Method for Solving Integer Programming
Problems"). Prices are moved by Adam (Kingma and Ba 2015) along a smoothed demand, in which a task spreads over places
that are worth almost as much as its best: without that, all tasks crowd into one place and then all into the next.

Prices alone pay for half contacts. So each block of time in which passes follow each other is then solved exactly, with
every task charged what the prices left it: the sum over blocks bounds the whole (Dantzig and Wolfe's decomposition).

Fairness is convex, so its tangent at any shares bounds it too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from passplan.scheduling.blocks import Pricing, Report, solve_blocks
from passplan.scheduling.problem import Problem, Solution
from passplan.scheduling.relaxation import Floats, Relaxation

_PLACES_A_ROUND = 40_000_000  # so many places are looked at in all rounds together, at most


@dataclass(frozen=True, slots=True)
class Bounding:
    """How hard to try."""

    rounds: int
    block_limit: float  # deterministic seconds of each block
    blocks_limit: float  # and of all


def trivial_bound(problem: Problem) -> float:
    """The value if every task that has a window got all it wants, and of a group the best."""
    values = best_of_groups(problem, np.array([t.value if t.options else 0.0 for t in problem.tasks]))
    seconds = [0] * len(problem.agencies)
    for task in problem.tasks:
        if task.options:
            seconds[task.agency] += task.wanted_s
    return problem.held_value + math.fsum(values) - problem.penalty_of(seconds)


def bound(
    problem: Problem, solution: Solution, effort: Bounding, report: Report = lambda _share, _found: None
) -> float:
    """The least upper bound of the value that the effort finds, given the best schedule known."""
    trivial, value = trivial_bound(problem), problem.value(solution)
    if trivial <= value + 1e-9 * abs(value) or effort.rounds <= 0:
        return max(trivial, value)
    best, pricing = _descend(problem, solution, effort.rounds)
    best = min(best, trivial)
    if effort.blocks_limit > 0.0 and pricing is not None and best - value > 0.001 * best:
        report(0.1, best)
        found = solve_blocks(
            problem,
            pricing,
            effort.block_limit,
            effort.blocks_limit,
            lambda share, found: report(0.1 + 0.9 * share, found),
        )
        best = min(best, found)
    return max(best, value)


def best_of_groups(problem: Problem, values: Floats) -> Floats:
    """Values by task, with 0 for all members but the best of each group of which one is served."""
    found = values.copy()
    for group in problem.groups:
        if group.one_of and len(group.members) > 1:
            sums = [math.fsum(values[list(m)]) for m in group.members]
            best = sums.index(max(sums))
            for k, member in enumerate(group.members):
                if k != best:
                    found[list(member)] = 0.0
    return found


def _descend(problem: Problem, solution: Solution, rounds: int) -> tuple[float, Pricing | None]:
    relaxed = Relaxation(problem)
    if not relaxed.size:
        return math.inf, None
    rounds = max(20, min(rounds, _PLACES_A_ROUND // relaxed.size))
    asked = np.maximum(np.array(problem.asked_s, dtype=np.float64), 1.0)
    before = np.array(problem.unserved([0] * len(problem.agencies)))
    unserved = np.array(problem.unserved(problem.seconds_of(solution)))
    worst = np.zeros(len(unserved))
    worst[int(unserved.argmax())] = 1.0
    usual = (
        problem.mean_value * len(problem.agencies) / sum(t.wanted_s for t in problem.tasks) * relaxed.grid
    )  # value of a slot
    prices = np.zeros(relaxed.slots)
    drift, spread = np.zeros_like(prices), np.zeros_like(prices)
    best, pricing = math.inf, None
    for k in range(rounds):
        done = k / rounds
        slope, constant = problem.objective.plane(problem.mean_value, unserved, worst)
        constant -= float((slope * before).sum())
        demand = relaxed.demand(prices, slope / asked, usual * max(0.005, 0.5 * 0.0025**done))
        constant += problem.held_value
        found = constant + math.fsum(best_of_groups(problem, demand.value)) + float((prices * relaxed.capacity).sum())
        if found < best:
            best = found
            pricing = Pricing(relaxed, prices.copy(), slope / asked, demand.value, constant)
        excess = demand.usage - relaxed.capacity
        drift = 0.9 * drift + 0.1 * excess
        spread = 0.99 * spread + 0.01 * excess**2
        size = np.sqrt(spread / (1.0 - 0.99 ** (k + 1))) + 1e-3
        prices = np.maximum(0.0, prices + usual * 0.3 * 0.04**done * drift / (1.0 - 0.9 ** (k + 1)) / size)
        unserved = 0.9 * unserved + 0.1 * np.clip(before - demand.seconds / asked, 0.0, 1.0)
        now = np.zeros(len(unserved))
        now[int(unserved.argmax())] = 1.0
        worst = 0.9 * worst + 0.1 * now
    return best, pricing
