"""The cost of serving a refused request."""

from __future__ import annotations

from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.requests import RequestId
from passplan.domain.schedule import Move, Obstacle, Plan, Price
from passplan.scheduling.building import build
from passplan.scheduling.planner import assignments_of, solution_of
from passplan.scheduling.problem import Problem, Solution, Task
from passplan.scheduling.search import solve
from passplan.scheduling.submodel import Neighbourhood

_AROUND_S = 3_600  # contacts within this time of the conflicting ones in a window may move
_LIMIT = 2.0
_MOST_WINDOWS = 3


def explain(plan: Plan, request: RequestId, part: int = 1) -> Price:
    """The best schedule that serves a refused request, compared with the current one.

    Near the conflicting contacts in each of its cheapest windows all contacts that are not held may move; others stay.

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
    problem = build(plan.inputs)
    before = solution_of(problem, plan.schedule.assignments)
    task = next((t for t in problem.tasks if problem.requests[t.request].id == request and t.part == part), None)
    best: Solution | None = None
    if task is not None:
        spans = [_in_the_way(problem, o) for o in refused.obstacles[:_MOST_WINDOWS]] or [
            (problem.options[o].low_s, min(problem.options[o].high_s, problem.options[o].low_s + task.wanted_s))
            for o in task.options[:_MOST_WINDOWS]
        ]
        for low, high in spans:
            where = _around(problem, before, task, low, high)
            outcome = solve(problem, before, where, limit=_LIMIT, seed=plan.inputs.seed)
            served = outcome is not None and task.index in outcome.solution
            if (
                outcome is not None
                and served
                and (best is None or problem.score(outcome.solution) > problem.score(best))
            ):
                best = outcome.solution
    if task is None or best is None:
        return Price(request=request, part=part, assignments=(), displaced=(), moved=(), value=0.0)
    old = {(a.request, a.part): a for a in assignments_of(problem, before)}
    new = {(a.request, a.part): a for a in assignments_of(problem, best)}
    split = task.max_parts > 1
    requested_parts = {k for k in new if k[0] == request and (split or k[1] == part)}
    return Price(
        request=request,
        part=part,
        assignments=tuple(sorted(new[k] for k in requested_parts)),
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
    )


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
