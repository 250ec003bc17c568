"""The cost of serving a refused request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.requests import RequestId
from passplan.domain.schedule import Assignment, Move, Obstacle, Plan, PlanInputs, Price, Refusal
from passplan.scheduling.building import build
from passplan.scheduling.exact import is_small, solve_small
from passplan.scheduling.planner import assignments_of, solution_of
from passplan.scheduling.problem import Problem, Solution, Task
from passplan.scheduling.search import solve
from passplan.scheduling.submodel import Neighbourhood

_AROUND_S = 3_600  # contacts within this time of the conflicting ones in a window may move
_LIMIT, _EXACT_LIMIT = 1.0, 2.0
_MOST_WINDOWS = 3
_STAYING = 1e-4  # the value of a contact that stays where it is, as a share of its value: it decides between equals
_EQUAL = 1e-7  # of values


def explain(plan: Plan, request: RequestId, part: int = 1) -> Price:
    """The best schedule that serves a refused request, compared with the current one.

    Of equally good ones it is that which moves least. A small problem is solved as a whole, and then the price is
    exact. Otherwise the contacts that are not held may move near the conflicting ones in each of the cheapest windows,
    and others stay: the true price may be lower than this one, and is never higher.

    Raises:
        InputError: for a request that was not refused.
    """
    refused = next((r for r in plan.schedule.refusals if (r.request, r.part) == (request, part)), None)
    if refused is None:
        raise InputError(
            Message(
                "part_not_refused",
                'request "%(request)s" part %(part)s is not refused in this plan',
                request=request,
                part=part,
            )
        )
    problem = build(_as_now(plan))
    before = solution_of(problem, plan.schedule.assignments)
    task = next((t for t in problem.tasks if problem.requests[t.request].id == request and t.part == part), None)
    if task is None or not task.options:
        return _none(request, part, is_exact=True)
    best, is_exact = _best_exact(problem, task, before, plan.inputs.seed)
    if best is None and not is_exact:
        best = _best_around(problem, task, before, refused, plan.inputs.seed)
    if best is None:
        return _none(request, part, is_exact=is_exact)
    return _price(problem, task, before, best, is_exact=is_exact)


def _none(request: RequestId, part: int, *, is_exact: bool) -> Price:
    return Price(request=request, part=part, assignments=(), displaced=(), moved=(), value=0.0, is_exact=is_exact)


def _as_now(plan: Plan) -> PlanInputs:
    """The inputs of the plan, with its own contacts as earlier ones: they stay where moving gains nothing."""
    inputs, held = plan.inputs, set(plan.inputs.held)
    chosen = tuple(a for a in plan.schedule.assignments if a not in held)
    return replace(inputs, previous=chosen, shifts=(), policy=replace(inputs.policy, move_cost=_STAYING))


def _best_exact(problem: Problem, task: Task, before: Solution, seed: int) -> tuple[Solution | None, bool]:
    """The best schedule that serves a task, and whether that is proven; None, and proven: there is none."""
    if not is_small(problem):
        return None, False
    blind = replace(problem, tasks=tuple(replace(t, earlier=()) for t in problem.tasks))
    proof = solve_small(blind, before, limit=_EXACT_LIMIT, seed=seed, forced=task.index)
    if proof is None:
        return None, False
    if not proof.solution:
        return None, True
    value = blind.score(proof.solution)
    is_exact = proof.bound - value <= _EQUAL * max(1.0, abs(value))
    stable = solve_small(problem, proof.solution, limit=_EXACT_LIMIT, seed=seed, forced=task.index)
    if stable is not None and blind.score(stable.solution) >= value - _EQUAL * max(1.0, abs(value)):
        return stable.solution, is_exact
    return proof.solution, is_exact


def _best_around(problem: Problem, task: Task, before: Solution, refused: Refusal, seed: int) -> Solution | None:
    """The best schedule found that serves a task and moves contacts near its cheapest windows alone."""
    best: Solution | None = None
    spans = [_in_the_way(problem, o) for o in refused.obstacles[:_MOST_WINDOWS]] or [
        (problem.options[o].low_s, min(problem.options[o].high_s, problem.options[o].low_s + task.wanted_s))
        for o in task.options[:_MOST_WINDOWS]
    ]
    for low, high in spans:
        where = _around(problem, before, task, low, high)
        outcome = solve(problem, before, where, limit=_LIMIT, seed=seed)
        if outcome is None or task.index not in outcome.solution:
            continue
        if best is None or problem.score(outcome.solution) > problem.score(best):
            best = outcome.solution
    return best


def _price(problem: Problem, task: Task, before: Solution, best: Solution, *, is_exact: bool) -> Price:
    old = _by_part(assignments_of(problem, before))
    new = _by_part(assignments_of(problem, best))
    request = problem.requests[task.request].id
    split = task.max_parts > 1
    own = {k for k in new if k[0] == request and (split or k[1] == task.part)}
    return Price(
        request=request,
        part=task.part,
        assignments=tuple(sorted(new[k] for k in own)),
        displaced=tuple(sorted(old[k] for k in old if k not in new)),
        moved=tuple(
            Move(
                before=old[k],
                after=new[k],
                shift_s=(new[k].contact.start - old[k].contact.start).total_seconds(),
            )
            for k in sorted(old)
            if k in new and (old[k].contact, old[k].antennas) != (new[k].contact, new[k].antennas)
        ),
        value=problem.value(best) - problem.value(before),
        is_exact=is_exact,
    )


def _by_part(assignments: Sequence[Assignment]) -> dict[tuple[RequestId, int], Assignment]:
    return {(a.request, a.part): a for a in assignments}


def _in_the_way(problem: Problem, obstacle: Obstacle) -> tuple[int, int]:
    """The time of the conflicting contacts, or else the window."""
    taken = [b.contact for b in obstacle.blockers] or [obstacle.window]
    low, high = min(s.start for s in taken), max(s.end for s in taken)
    return int((low - problem.start).total_seconds()), int((high - problem.start).total_seconds())


def _around(problem: Problem, solution: Solution, task: Task, low: int, high: int) -> Neighbourhood:
    margin = _AROUND_S + task.wanted_s
    low, high = low - margin, high + margin
    bundle_of = {t: b for b in problem.bundles for t in b}
    near = [t for t, places in solution.items() if low <= places[0].start_s and places[-1].end_s <= high]
    free = sorted({t for f in (task.index, *near) for t in bundle_of[f]})
    return Neighbourhood(free=tuple(free), low_s=low, high_s=high, forced=frozenset({task.index}))
