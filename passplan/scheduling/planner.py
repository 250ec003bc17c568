"""The planner: a greedy start, the search, the bound, and a reason for every refusal."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.schedule import (
    EFFORTS,
    AgencyShare,
    Assignment,
    Fairness,
    PlanInputs,
    Schedule,
)
from passplan.domain.span import Span
from passplan.domain.week import Week
from passplan.scheduling.annealing import Annealer
from passplan.scheduling.bound import Bounding, bound, trivial_bound
from passplan.scheduling.building import build
from passplan.scheduling.earlier import least_moves, moves_since, start_from_earlier
from passplan.scheduling.exact import is_small, solve_small
from passplan.scheduling.greedy import greedy, polished
from passplan.scheduling.problem import Place, Problem, Solution, parts_of
from passplan.scheduling.refusals import refusals
from passplan.scheduling.repair import repair
from passplan.scheduling.rules import chain_holds
from passplan.scheduling.search import improve, mostly_long
from passplan.scheduling.timetables import Timetables

Report = Callable[[float, float, float], None]  # share of the effort spent, value, bound


_ANNEALING, _SEARCH, _BOUND = (0.0, 0.3), (0.3, 0.7), (0.7, 1.0)  # shares of a plan's time, roughly


@dataclass(slots=True)
class _Progress:
    """Reports the progress of a plan; each stage has its part of the total."""

    report: Report | None
    value: float
    bound: float

    def update(
        self, stage: tuple[float, float], share: float, *, value: float | None = None, bound: float | None = None
    ) -> None:
        """Report the share of a stage that is done, with new values and bounds."""
        self.value = self.value if value is None else max(self.value, value)
        self.bound = self.bound if bound is None else min(self.bound, bound)
        if self.report is not None:
            self.report(stage[0] + (stage[1] - stage[0]) * share, self.value, self.bound)


@dataclass(frozen=True, slots=True)
class _Effort:
    """The limits of the effort: moves, deterministic seconds and rounds, never seconds of a clock."""

    anneals: int  # from the same start, each with its own random numbers
    moves: int  # of each of them
    moves_a_task: int  # in addition
    most_moves: int
    fit_moves: int  # of the attempt to place all tasks
    repair_moves: int  # of the repair of an earlier schedule
    search: float  # deterministic seconds of the search after it
    search_anew: float  # and after annealing
    search_long: float  # and after annealing of contacts of which most are long
    bounding: Bounding
    small: float  # deterministic seconds of the exact model of a small problem


_EFFORTS = {
    "quick": _Effort(1, 200_000, 150, 1_000_000, 0, 400_000, 0.0, 0.0, 0.0, Bounding(80, 100_000, 0.0, 0.0), 0.3),
    "normal": _Effort(
        2, 1_200_000, 2_000, 8_000_000, 40_000_000, 3_000_000, 5.0, 2.0, 5.0, Bounding(400, 1_000_000, 1.0, 4.0), 4.0
    ),
    "long": _Effort(
        2,
        6_000_000,
        20_000,
        50_000_000,
        80_000_000,
        10_000_000,
        52.0,
        30.0,
        30.0,
        Bounding(600, 2_000_000, 3.0, 60.0),
        20.0,
    ),
}


def plan(
    inputs: PlanInputs, *, inputs_sha256: str = "", price_of_fairness: bool = False, report: Report | None = None
) -> Schedule:
    """The schedule of some inputs; equal inputs give equal schedules, byte for byte.

    Args:
        inputs: requests, windows and held contacts.
        inputs_sha256: the digest of the inputs, for the schedule.
        price_of_fairness: whether to plan again without fairness, and compute what it costs.
        report: called with the share of the effort spent, the value so far and the bound.

    Raises:
        InputError: for an unknown effort.
    """
    if inputs.effort not in EFFORTS:
        raise InputError(
            Message(
                "effort_unknown",
                'the effort is "%(effort)s"; it is one of %(known)s',
                effort=inputs.effort,
                known=tuple(EFFORTS),
            )
        )
    inputs = inputs.in_order()
    problem = build(inputs)
    timetables = Timetables(problem)
    progress = _Progress(report, -math.inf, trivial_bound(problem))
    solution, least = _best_and_bound(timetables, inputs, progress)
    assignments = assignments_of(problem, solution)
    price = _price_of_fairness(problem, solution, inputs) if price_of_fairness else None
    return Schedule(
        span=inputs.span,
        assignments=assignments,
        refusals=refusals(inputs, timetables, solution),
        value=problem.value(solution),
        bound=least,
        fairness=_fairness(problem, inputs, assignments, solution, price),
        policy=inputs.policy,
        effort=inputs.effort,
        seed=inputs.seed,
        inputs_sha256=inputs_sha256,
        moves=moves_since(inputs, assignments),
        least_moves=least_moves(timetables),
    )


def _best_and_bound(timetables: Timetables, inputs: PlanInputs, progress: _Progress) -> tuple[Solution, float]:
    """The best solution, and an upper bound of the value."""
    problem, effort = timetables.problem, _EFFORTS[inputs.effort]
    if is_small(problem):
        start = greedy(timetables, start_from_earlier(problem))
        proof = solve_small(problem, start, limit=effort.small, seed=inputs.seed)
        if proof is not None:
            urgent = problem.urgency * sum(problem.tasks[t].emergency for t in proof.solution)
            value = problem.value(proof.solution)
            least = proof.bound - urgent
            finished = max(polished(timetables, proof.solution), proof.solution, key=problem.score)
            return finished, value if least - value <= 1e-6 * max(1.0, abs(value)) else least
    solution = _solve(timetables, inputs, progress)
    progress.update(_BOUND, 0.0, value=problem.value(solution))
    bounding = effort.bounding
    if inputs.previous:  # a re-plan has to be quick: its bound would take three quarters of the time
        bounding = replace(bounding, rounds=bounding.rounds // 2)
    least = bound(
        problem,
        timetables.tables,
        solution,
        bounding,
        lambda share, bound_so_far: progress.update(_BOUND, share, bound=bound_so_far),
    )
    return solution, least


def _solve(timetables: Timetables, inputs: PlanInputs, progress: _Progress) -> Solution:
    """The best solution of all stages."""
    problem, effort = timetables.problem, _EFFORTS[inputs.effort]
    enough = trivial_bound(problem)
    start = start_from_earlier(problem)
    best = greedy(timetables, start)
    progress.update(_ANNEALING, 0.0, value=problem.value(best))
    if not start:
        best = _annealed(timetables, best, effort, inputs.seed, enough, progress)
    else:
        best = repair(timetables, best, moves=effort.repair_moves, seed=inputs.seed)
    searched = improve(
        problem,
        best,
        budget=effort.search if start else effort.search_long if mostly_long(problem) else effort.search_anew,
        seed=inputs.seed,
        enough=enough,
        report=lambda share, value: progress.update(_SEARCH, share, value=value),
    )
    finished = polished(timetables, greedy(timetables, searched))
    return _without_broken_chains(problem, max(finished, searched, key=problem.score))


def _annealed(
    timetables: Timetables,
    start: Solution,
    effort: _Effort,
    seed: int,
    enough: float,
    progress: _Progress,
) -> Solution:
    """The best of several annealed schedules; after the first, it tries to place all tasks."""
    problem, best = timetables.problem, start
    moves = min(effort.moves + effort.moves_a_task * len(problem.tasks), effort.most_moves)

    def report_fit(share: float) -> None:
        progress.update(_ANNEALING, 0.5 * share)

    annealer = Annealer(timetables)
    for number in range(effort.anneals):
        annealed = greedy(timetables, annealer.anneal(start, moves=moves, seed=seed + number))
        best = max(best, annealed, key=problem.score)
        if number == 0:
            fitted = annealer.fit_all(best, moves=effort.fit_moves, seed=seed, report=report_fit)
            best = max(best, greedy(timetables, fitted), key=problem.score)
        progress.update(_ANNEALING, 0.5 + 0.5 * (number + 1) / effort.anneals, value=problem.value(best))
        if problem.value(best) >= enough - 1e-9 * abs(enough):
            break
    return best


def _without_broken_chains(problem: Problem, solution: Solution) -> Solution:
    """Remove contacts of repeated requests that are too near to held ones or too far from them."""
    result = dict(solution)
    for chain in problem.chains:
        for task in reversed(chain.tasks):
            if chain_holds(problem, chain, {t: result[t] for t in chain.tasks if t in result}):
                break
            result.pop(task, None)
    return result


def assignments_of(problem: Problem, solution: Solution) -> tuple[Assignment, ...]:
    """The contacts of a solution, held ones included, in order."""
    assignments = list(problem.held)
    for index, places in solution.items():
        task = problem.tasks[index]
        request = problem.requests[task.request]
        for k, place in enumerate(sorted(places, key=lambda p: p.start_s), start=1):
            option = problem.options[place.option]
            start, end = (problem.start + timedelta(seconds=s) for s in (place.start_s, place.end_s))
            setup, teardown = timedelta(seconds=option.setup_s), timedelta(seconds=option.teardown_s)
            assignments.append(
                Assignment(
                    contact=Span(start, end),
                    occupies=Span(start - setup, end + teardown),
                    antennas=tuple(problem.antennas[a] for a in option.antennas),
                    request=request.id,
                    part=k if task.max_parts > 1 else task.part,
                    satellite=request.satellite,
                    link=request.link,
                )
            )
    return tuple(sorted(assignments))


def solution_of(problem: Problem, assignments: tuple[Assignment, ...]) -> Solution:
    """The solution of some contacts; the inverse of `assignments_of`.

    Raises:
        InputError: for a contact that lies in no window of its request.
    """
    tasks = {(problem.requests[t.request].id, t.part): t for t in problem.tasks}
    numbers = {name: k for k, name in enumerate(problem.antennas)}
    places_of: dict[int, list[Place]] = defaultdict(list)
    for a in assignments:
        if a in problem.held:
            continue
        task = tasks.get((a.request, a.part)) or tasks.get((a.request, 1))
        start, end = (round((m - problem.start).total_seconds()) for m in (a.contact.start, a.contact.end))
        antennas = tuple(numbers.get(n, -1) for n in a.antennas)
        place = next(
            (
                Place(o, start, end)
                for o in (task.options if task else ())
                if problem.options[o].antennas == antennas
                and problem.options[o].low_s <= start
                and end <= problem.options[o].high_s
            ),
            None,
        )
        if task is None or place is None:
            raise InputError(
                Message(
                    "held_in_no_window",
                    'the contact of "%(request)s" at %(at)s is in none of its windows',
                    request=a.request,
                    at=a.contact.start,
                )
            )
        places_of[task.index].append(place)
    return {t: tuple(places_of[t]) for t in sorted(places_of)}


def _fairness(
    problem: Problem,
    inputs: PlanInputs,
    assignments: tuple[Assignment, ...],
    solution: Solution,
    price: float | None,
) -> Fairness:
    served: dict[str, set[tuple[str, int]]] = defaultdict(set)
    used_s: dict[str, float] = defaultdict(float)
    request_of = {r.id: r for r in problem.requests}
    owner = inputs.network.owner
    for a in assignments:
        if (request := request_of.get(a.request)) is not None:
            served[request.agency].add((a.request, 1 if request.split else a.part))
            if any(owner(ref) not in ("", request.agency) for ref in a.antennas):
                used_s[request.agency] += a.contact.duration_s
    requests_asked: dict[str, int] = defaultdict(int)
    for request in problem.requests:
        requests_asked[request.agency] += len(parts_of(request, inputs.span))
    entitled: dict[str, float] = defaultdict(float)
    weeks = sum(1 for _ in Week.all_of(inputs.span))
    for agreement in inputs.network.agreements:
        entitled[agreement.user] += agreement.minutes_per_week * weeks
    given_s = [s + h for s, h in zip(problem.seconds_of(solution), problem.given_s, strict=True)]
    return Fairness(
        agencies=tuple(
            AgencyShare(
                agency=agency,
                requests_asked=requests_asked[agency],
                requests_served=len(served[agency]),
                minutes_asked=problem.asked_s[k] / 60.0,
                minutes_given=given_s[k] / 60.0,
                minutes_entitled=entitled.get(agency),
                minutes_used=used_s[agency] / 60.0,
            )
            for k, agency in enumerate(problem.agencies)
        ),
        penalty=problem.penalty_of(problem.seconds_of(solution)),
        price=price,
    )


def _price_of_fairness(problem: Problem, solution: Solution, inputs: PlanInputs) -> float:
    """The share of priority value that fairness costs, against the best schedule without it at the same effort."""
    blind = replace(problem, objective=problem.objective.without_fairness())
    with_it = blind.value(solution)
    without = max(with_it, blind.value(_best_and_bound(Timetables(blind), inputs, _Progress(None, 0.0, 0.0))[0]))
    return (without - with_it) / without if without > 0.0 else 0.0
