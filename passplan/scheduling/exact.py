"""A small problem as one exact model, to the second: the best schedule, and the proof of it."""

from __future__ import annotations

from dataclasses import dataclass

from passplan.scheduling import intervals
from passplan.scheduling.problem import Problem, Solution
from passplan.scheduling.submodel import Neighbourhood

_MOST_TASKS, _MOST_OPTIONS = 24, 240
_MOST_ROUNDS = 8
_ENOUGH = 1e-7  # of the value: what rounding leaves


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The best known schedule, and a bound of the score of any."""

    solution: Solution
    bound: float


def is_small(problem: Problem) -> bool:
    """Whether one model is enough for a problem."""
    return len(problem.tasks) <= _MOST_TASKS and len(problem.options) <= _MOST_OPTIONS


def solve_small(
    problem: Problem, start: Solution, *, limit: float, seed: int, forced: int | None = None
) -> Proof | None:
    """The best schedule of a small problem; None when the limit [deterministic seconds] is reached first.

    With a `forced` task it is the best that serves that task, and empty when there is none.

    The fairness penalty is convex, and the model has tangents of it. They are added where solutions are, until the
    bound of the model is the score of its solution (Kelley 1960, "The Cutting-Plane Method").
    """
    where = Neighbourhood(
        free=tuple(t.index for t in problem.tasks if t.options),
        forced=frozenset() if forced is None else frozenset({forced}),
    )
    best, shares = start, [problem.unserved(problem.seconds_of(start))]
    spent, proof = 0.0, None
    for _ in range(_MOST_ROUNDS):
        outcome = intervals.solve(
            problem, best, where, limit=max(0.01, limit - spent), seed=seed, grid=1, shares=shares
        )
        if outcome is None or not outcome.proven:
            return None
        if not outcome.is_possible:
            return Proof(solution={}, bound=outcome.bound)
        spent += outcome.cost
        has_task = forced is None or forced in best
        best = max(best, outcome.solution, key=problem.score) if has_task else outcome.solution
        score = problem.score(best)
        proof = Proof(solution=best, bound=outcome.bound)
        if outcome.bound - score <= _ENOUGH * max(1.0, abs(score)) or spent >= limit:
            break
        shares.append(problem.unserved(problem.seconds_of(outcome.solution)))
    return proof
