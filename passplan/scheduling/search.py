"""Large neighbourhood search: repeatedly free some tasks, solve for them exactly, and accept improvements."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from passplan.scheduling import columns, intervals
from passplan.scheduling.problem import Problem, Solution
from passplan.scheduling.submodel import Neighbourhood, Outcome

Report = Callable[[float, float], None]  # share of the effort spent, value

_SUB_LIMIT, _LONG_SUB_LIMIT = 0.3, 0.1  # deterministic seconds of one sub-model; with long contacts
_MOST_WAITING = 60
_COARSE = 0.6  # the share of the budget on a grid of half a minute; then finer
_ROUND_COST = 0.02  # deterministic seconds charged for building a sub-model


@dataclass(slots=True)
class _Sizes:
    """The size of neighbourhoods; it grows while sub-models are proven optimal and shrinks while they are not."""

    tasks: float = 15.0
    hours: float = 1.5
    near_hours: float = 2.0  # around a window of an unserved task
    centre: float = 0.0

    def adapt(self, *, proven: bool, near: bool) -> None:
        """Adapt the sizes after a round."""
        self.tasks = min(160.0, self.tasks + 1.0) if proven else max(8.0, self.tasks - 2.0)
        factor = 1.05 if proven else 0.93
        if near:
            self.near_hours = min(12.0, max(0.3, self.near_hours * factor))
        else:
            self.hours = min(12.0, max(0.3, self.hours * factor))


def improve(
    problem: Problem, solution: Solution, *, budget: float, seed: int, enough: float, report: Report | None = None
) -> Solution:
    """Search for `budget` deterministic seconds, or until the value is `enough`."""
    rng = random.Random(seed)  # noqa: S311 -- nothing secret
    best = problem.score(solution)
    sizes = _Sizes()
    spent, turn = 0.0, 0
    bundle_of = {t: b for b in problem.bundles for t in b}
    usable = [t.index for t in problem.tasks if t.options]
    long = mostly_long(problem)
    limit = _LONG_SUB_LIMIT if long else _SUB_LIMIT
    value = problem.value(solution)
    while spent < budget and value < enough - 1e-9 * abs(enough) and usable:
        turn += 1
        near = False
        if long:
            where = _long(problem, solution, sizes, rng)
        else:
            waiting = [t for t in usable if t not in solution]
            near = bool(waiting) and turn % 2 == 1
            where = _near(problem, solution, waiting, sizes, rng) if near else _sweep(problem, solution, sizes, rng)
        free = sorted({t for f in where.free for t in bundle_of[f]})
        if not long:  # columns have contacts of one part
            free = [t for t in free if not any(problem.tasks[b].is_long for b in bundle_of[t])]
        where = Neighbourhood(free=tuple(free), low_s=where.low_s, high_s=where.high_s)
        coarse = spent < _COARSE * budget
        outcome = solve(problem, solution, where, limit=limit, seed=rng.randrange(10**6), coarse=coarse)
        spent += _ROUND_COST + (outcome.cost if outcome else limit)
        if outcome is not None:
            score = problem.score(outcome.solution)
            if score >= best - 1e-9:
                solution, best = outcome.solution, max(best, score)
                value = problem.value(solution)
        sizes.adapt(proven=outcome is not None and outcome.proven, near=near)
        if report is not None:
            report(min(1.0, spent / budget), value)
    return solution


def mostly_long(problem: Problem) -> bool:
    """Whether most tasks are long: then neighbourhoods are of near tasks, and not of hours."""
    usable = [t for t in problem.tasks if t.options]
    return 2 * sum(t.is_long for t in usable) > len(usable)


def solve(
    problem: Problem, current: Solution, where: Neighbourhood, *, limit: float, seed: int, coarse: bool = False
) -> Outcome | None:
    """Solve an exact sub-model, in the form for the lengths of its tasks."""
    if any(problem.tasks[t].is_long for t in where.free):
        return intervals.solve(problem, current, where, limit=limit, seed=seed)
    grid = columns.COARSE_S if coarse else columns.FINE_S
    return columns.solve(problem, current, where, limit=limit, seed=seed, grid=grid)


def _sweep(problem: Problem, solution: Solution, sizes: _Sizes, rng: random.Random) -> Neighbourhood:
    """All tasks in some hours, which move from start to end repeatedly, and unserved tasks with windows there."""
    half = sizes.hours * 1_800.0
    sizes.centre += half
    if sizes.centre - half > problem.horizon_s:
        sizes.centre = rng.uniform(0.0, half)
    return _between(problem, solution, int(sizes.centre - half), int(sizes.centre + half), rng)


def _near(problem: Problem, solution: Solution, waiting: list[int], sizes: _Sizes, rng: random.Random) -> Neighbourhood:
    """All tasks around a window of an unserved task."""
    emergencies = [t for t in waiting if problem.tasks[t].emergency]
    waiting = emergencies or waiting
    task = rng.choices(waiting, [problem.tasks[t].value for t in waiting])[0]
    option = problem.options[rng.choice(problem.tasks[task].options)]
    middle, half = (option.low_s + option.high_s) // 2, int(sizes.near_hours * 1_800.0)
    return _between(problem, solution, middle - half, middle + half, rng)


def _between(problem: Problem, solution: Solution, low: int, high: int, rng: random.Random) -> Neighbourhood:
    free = [t for t, places in solution.items() if low <= places[0].start_s and places[-1].end_s <= high]
    waiting = [
        t.index
        for t in problem.tasks
        if t.index not in solution and any(_meets(problem, o, low, high) for o in t.options)
    ]
    if len(waiting) > _MOST_WAITING:
        waiting = rng.sample(waiting, _MOST_WAITING)
    return Neighbourhood(free=tuple(free + waiting), low_s=low, high_s=high)


def _meets(problem: Problem, option: int, low: int, high: int) -> bool:
    window = problem.options[option]
    return window.low_s <= high and window.high_s >= low


def _long(problem: Problem, solution: Solution, sizes: _Sizes, rng: random.Random) -> Neighbourhood:
    """Tasks near in time, of some agencies, on one antenna, or in conflict with an unserved task."""
    size = int(sizes.tasks)
    kind = rng.choice((_near_in_time, _near_in_time, _of_agencies, _on_an_antenna, _in_the_way))
    return Neighbourhood(free=tuple(kind(problem, solution, size, rng)))


def _wants_more(problem: Problem, solution: Solution) -> list[int]:
    return [
        t.index
        for t in problem.tasks
        if t.options and sum(p.end_s - p.start_s for p in solution.get(t.index, ())) < t.wanted_s
    ]


def _near_in_time(problem: Problem, solution: Solution, size: int, rng: random.Random) -> Iterable[int]:
    centre = rng.randrange(problem.horizon_s)
    station = rng.choice([None, *sorted({a.station for a in problem.antennas})])
    near = sorted(
        (abs((p.start_s + p.end_s) // 2 - centre), t)
        for t, places in solution.items()
        for p in places
        if station is None or any(problem.antennas[a].station == station for a in problem.options[p.option].antennas)
    )
    free: dict[int, None] = {}
    width = 3_600
    for distance, task in near:
        free[task] = None
        width = max(width, distance)
        if len(free) >= size:
            break
    waiting = [
        t
        for t in _wants_more(problem, solution)
        if t not in free and any(_meets(problem, o, centre - width, centre + width) for o in problem.tasks[t].options)
    ]
    rng.shuffle(waiting)
    return [*free, *waiting[: size // 2]]


def _of_agencies(problem: Problem, solution: Solution, size: int, rng: random.Random) -> Iterable[int]:
    del solution
    agencies = list(range(len(problem.agencies)))
    rng.shuffle(agencies)
    free: list[int] = []
    for agency in agencies:
        agency_tasks = [t.index for t in problem.tasks if t.agency == agency and t.options]
        rng.shuffle(agency_tasks)
        free += agency_tasks[: max(1, size // 3)]
        if len(free) >= size:
            break
    return free


def _on_an_antenna(problem: Problem, solution: Solution, size: int, rng: random.Random) -> Iterable[int]:
    antenna = rng.randrange(len(problem.antennas))
    on_it = [t for t, places in solution.items() if any(antenna in problem.options[p.option].antennas for p in places)]
    rng.shuffle(on_it)
    waiting = [
        t
        for t in _wants_more(problem, solution)
        if t not in on_it and any(antenna in problem.options[o].antennas for o in problem.tasks[t].options)
    ]
    rng.shuffle(waiting)
    return on_it[:size] + waiting[: size // 2]


def _in_the_way(problem: Problem, solution: Solution, size: int, rng: random.Random) -> Iterable[int]:
    waiting = [t.index for t in problem.tasks if t.options and t.index not in solution]
    if not waiting:
        return _near_in_time(problem, solution, size, rng)
    task = rng.choice(waiting)
    rivals: dict[int, None] = {}
    for number in problem.tasks[task].options:
        option = problem.options[number]
        for other, places in solution.items():
            for place in places:
                taken = problem.options[place.option]
                if (
                    place.start_s < option.high_s
                    and place.end_s > option.low_s
                    and set(taken.antennas) & set(option.antennas)
                ):
                    rivals[other] = None
    rival_tasks = list(rivals)
    rng.shuffle(rival_tasks)
    also_waiting = rng.sample(waiting, min(len(waiting), size // 3))
    return dict.fromkeys([task, *rival_tasks[:size], *also_waiting])
