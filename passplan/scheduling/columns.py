"""The exact sub-model for short contacts: one Boolean for each start, on a grid.

For windows in which many contacts compete, this form's linear relaxation is far tighter than that of intervals.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict

from ortools.sat.python import cp_model

from passplan.scheduling.model_objective import ModelObjective
from passplan.scheduling.occupancy import Occupancy
from passplan.scheduling.problem import Place, Problem, Solution
from passplan.scheduling.submodel import (
    Neighbourhood,
    Outcome,
    TaskVariables,
    add_ties,
    deterministic_cost,
    merged,
    solver,
)

FINE_S = 10
COARSE_S = 30


def candidates(
    problem: Problem, occupancy: Occupancy, current: Solution, where: Neighbourhood, grid: int = FINE_S
) -> dict[int, list[Place]]:
    """The places that each free task may take: starts on the grid in what is free, and where it is now."""
    found: dict[int, list[Place]] = {}
    for index in where.free:
        task = problem.tasks[index]
        places = list(current.get(index, ()))
        taken = {(p.option, p.start_s, p.end_s) for p in places}
        for number in task.options:
            option = problem.options[number]
            if option.high_s <= where.low_s or option.low_s >= where.high_s:
                continue
            for low, high in occupancy.free(option, max(option.low_s, where.low_s), min(option.high_s, where.high_s)):
                if high - low < task.least_s:
                    continue
                for length in sorted({task.least_s, min(task.wanted_s, high - low)}):
                    places += [
                        Place(number, start, start + length)
                        for start in _starts(low, high - length, grid)
                        if (number, start, start + length) not in taken
                    ]
        found[index] = places
    return found


def _starts(low: int, high: int, grid: int) -> list[int]:
    """Starts on the grid in a piece, or its own start where the grid misses it."""
    first = -(-low // grid) * grid
    if first > high:
        return [low] if low <= high else []
    return list(range(first, high + 1, grid))


def solve(
    problem: Problem, current: Solution, where: Neighbourhood, *, limit: float, seed: int, grid: int = FINE_S
) -> Outcome | None:
    """The best places for the free tasks, or None where the limit came first."""
    fixed = {t: p for t, p in current.items() if t not in set(where.free)}
    occupancy = Occupancy(problem, fixed)
    places = candidates(problem, occupancy, current, where, grid)
    model = cp_model.CpModel()
    objective = ModelObjective(model, problem, fixed)
    literals: dict[int, list[cp_model.IntVar]] = {}
    variables: dict[int, TaskVariables] = {}
    on_antenna: dict[int, list[tuple[int, int, cp_model.IntVar]]] = defaultdict(list)
    on_link: dict[int, list[tuple[int, int, cp_model.IntVar]]] = defaultdict(list)
    on_budget: dict[int, list[tuple[cp_model.IntVar, int]]] = defaultdict(list)
    edges: dict[tuple[bool, int], set[int]] = defaultdict(set)
    for index in where.free:
        task = problem.tasks[index]
        own = [model.new_bool_var("") for _ in places[index]]
        literals[index] = own
        if not own:
            if index in where.forced:
                return None
            continue
        chosen = current.get(index, ())
        for place, literal in zip(places[index], own, strict=True):
            option = problem.options[place.option]
            length = place.end_s - place.start_s
            occupied = (place.start_s - option.setup_s, place.end_s + option.teardown_s)
            now = place in chosen
            for antenna in option.antennas:
                on_antenna[antenna].append((*occupied, literal))
                if now:
                    edges[True, antenna].update(occupied)
            on_link[task.link].append((place.start_s, place.end_s, literal))
            if now:
                edges[False, task.link].update((place.start_s, place.end_s))
            for budget in option.budgets:
                on_budget[budget].append((literal, length))
            objective.add(literal, _worth(problem, index, place))
            objective.add_seconds(task.agency, literal, length)
            model.add_hint(literal, now)
        objective.may_get(task.agency, task.wanted_s)
        if index in where.forced:
            model.add_exactly_one(own)
        else:
            model.add_at_most_one(own)
        if index in problem.chains_of or index in problem.groups_of:
            served = model.new_bool_var("")
            model.add(sum(own) == served)
            model.add_hint(served, bool(chosen))
            variables[index] = TaskVariables(
                served,
                cp_model.LinearExpr.weighted_sum(own, [p.start_s for p in places[index]]),
                cp_model.LinearExpr.weighted_sum(own, [p.end_s for p in places[index]]),
            )
    for antenna, occupied_by in on_antenna.items():
        for together, _, _ in _cliques(occupied_by, grid, edges[True, antenna]):
            if len(together) > 1:
                model.add_at_most_one(together)
    for link, on_it in on_link.items():
        capacity = problem.capacity[link]
        for together, low, high in _cliques(on_it, grid, edges[False, link]):
            left = capacity
            if capacity > 1:
                left -= _running(occupancy.taken(link, low, high), low, high)
            if left == 1 and len(together) > 1:
                model.add_at_most_one(together)
            elif len(together) > left:
                model.add(sum(together) <= left)
    for budget, spent in on_budget.items():
        model.add(
            cp_model.LinearExpr.weighted_sum([v for v, _ in spent], [s for _, s in spent])
            <= occupancy.budgets_s[budget]
        )
    add_ties(model, problem, variables)
    objective.maximize()
    found = solver(seed, limit)
    found.parameters.linearization_level = 2
    status = found.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    new: Solution = {}
    for index, own in literals.items():
        for place, literal in zip(places[index], own, strict=True):
            if found.boolean_value(literal):
                new[index] = (place,)
    return Outcome(
        solution=merged(current, where.free, new),
        proven=status == cp_model.OPTIMAL,
        cost=deterministic_cost(found),
    )


def _worth(problem: Problem, index: int, place: Place) -> float:
    task = problem.tasks[index]
    urgent = problem.urgency if task.emergency else 0.0
    return problem.value_of(task, (place,)) + problem.stability_bonus(task, (place,)) + urgent


def _cliques(
    occupied: list[tuple[int, int, cp_model.IntVar]], grid: int, edges: set[int]
) -> list[tuple[list[cp_model.IntVar], int, int]]:
    """Those that meet in each slot of the grid, and from when to when the same ones do.

    The ends of present contacts cut slots, so that they still fit.
    """
    low, high = min(o[0] for o in occupied), max(o[1] for o in occupied)
    cuts = sorted(set(range(low // grid * grid, high + grid, grid)) | edges)
    slots: list[list[cp_model.IntVar]] = [[] for _ in cuts]
    for start, end, literal in occupied:
        for k in range(bisect_right(cuts, start) - 1, bisect_left(cuts, end)):
            slots[k].append(literal)
    found: list[tuple[list[cp_model.IntVar], int, int]] = []
    previous: list[int] = []
    for k, slot in enumerate(slots):
        if not slot:
            previous = []
            continue
        key = [v.index for v in slot]
        if key == previous:
            found[-1] = (slot, found[-1][1], cuts[k + 1])
        else:
            found.append((slot, cuts[k], cuts[k + 1]))
            previous = key
    return found


def _running(taken: list[tuple[int, int]], low: int, high: int) -> int:
    """The most contacts at once in [low, high)."""
    moments = [low] + [s for s, _ in taken if low < s < high]
    return max(sum(s <= m < e for s, e in taken) for m in moments)
