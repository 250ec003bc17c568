"""The exact sub-model for short contacts: one Boolean for each start, on a grid.

When many contacts compete for windows, the linear relaxation of this form is much tighter than that of intervals.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict

from ortools.sat.python import cp_model

from passplan.scheduling.model_objective import ModelObjective
from passplan.scheduling.occupancy import Occupancy
from passplan.scheduling.problem import Place, Problem, Solution, Task
from passplan.scheduling.submodel import (
    Neighbourhood,
    Outcome,
    TaskVariables,
    add_ties,
    deterministic_cost,
    merged,
    run,
    solver,
)

FINE_S = 10
COARSE_S = 30

_Occupied = tuple[int, int, cp_model.IntVar]  # from, to, and the literal that is true when it is occupied


def candidates(
    problem: Problem, occupancy: Occupancy, current: Solution, where: Neighbourhood, grid: int = FINE_S
) -> dict[int, list[Place]]:
    """The places that each free task may take: starts on the grid in free time, and its current place."""
    places_of: dict[int, list[Place]] = {}
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
        places_of[index] = places
    return places_of


def _starts(low: int, high: int, grid: int) -> list[int]:
    """Starts on the grid in a piece, or the start of the piece when no grid point lies in it."""
    first = -(-low // grid) * grid
    if first > high:
        return [low] if low <= high else []
    return list(range(first, high + 1, grid))


def solve(
    problem: Problem, current: Solution, where: Neighbourhood, *, limit: float, seed: int, grid: int = FINE_S
) -> Outcome | None:
    """The best places for the free tasks, or None when the limit was reached first."""
    columns = _Columns(problem, current, where, grid)
    for index in where.free:
        if not columns.add_task(index) and index in where.forced:
            return None
    columns.add_resources()
    add_ties(columns.model, problem, columns.tied)
    columns.objective.maximize()
    cp_solver = solver(seed, limit)
    cp_solver.parameters.linearization_level = 2
    status = run(cp_solver, columns.model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return Outcome(
        solution=merged(current, where.free, columns.solution(cp_solver)),
        proven=status == cp_model.OPTIMAL,
        cost=deterministic_cost(cp_solver),
        bound=columns.objective.bound(cp_solver.best_objective_bound),
    )


class _Columns:
    """The model: a literal for each place that a free task may take."""

    def __init__(self, problem: Problem, current: Solution, where: Neighbourhood, grid: int) -> None:
        fixed = {t: p for t, p in current.items() if t not in set(where.free)}
        self.model = cp_model.CpModel()
        self.objective = ModelObjective(self.model, problem, fixed)
        self.tied: dict[int, TaskVariables] = {}
        self._problem = problem
        self._current = current
        self._forced = where.forced
        self._grid = grid
        self._occupancy = Occupancy(problem, fixed)
        self._places = candidates(problem, self._occupancy, current, where, grid)
        self._literals: dict[int, list[cp_model.IntVar]] = {}
        self._on_antenna: dict[int, list[_Occupied]] = defaultdict(list)
        self._on_link: dict[int, list[_Occupied]] = defaultdict(list)
        self._on_budget: dict[int, list[tuple[cp_model.IntVar, int]]] = defaultdict(list)
        self._antenna_edges: dict[int, set[int]] = defaultdict(set)  # of present contacts
        self._link_edges: dict[int, set[int]] = defaultdict(set)

    def add_task(self, index: int) -> bool:
        """Let a task take one of its places, or none; return whether it has places."""
        literals = [self.model.new_bool_var("") for _ in self._places[index]]
        if not literals:
            return False
        self._literals[index] = literals
        task, chosen = self._problem.tasks[index], self._current.get(index, ())
        for place, literal in zip(self._places[index], literals, strict=True):
            self._add_place(task, place, literal, is_present=place in chosen)
        self.objective.may_get(task.agency, task.wanted_s)
        if index in self._forced:
            self.model.add_exactly_one(literals)
        else:
            self.model.add_at_most_one(literals)
        if index in self._problem.chains_of or index in self._problem.groups_of:
            served = self.model.new_bool_var("")
            self.model.add(sum(literals) == served)
            self.model.add_hint(served, bool(chosen))
            self.tied[index] = TaskVariables(
                served,
                cp_model.LinearExpr.weighted_sum(literals, [p.start_s for p in self._places[index]]),
                cp_model.LinearExpr.weighted_sum(literals, [p.end_s for p in self._places[index]]),
            )
        return True

    def _add_place(self, task: Task, place: Place, literal: cp_model.IntVar, *, is_present: bool) -> None:
        """Add the resources and the value of a place."""
        option = self._problem.options[place.option]
        length_s = place.end_s - place.start_s
        occupied = (place.start_s - option.setup_s, place.end_s + option.teardown_s)
        for antenna in option.antennas:
            self._on_antenna[antenna].append((*occupied, literal))
            if is_present:
                self._antenna_edges[antenna].update(occupied)
        self._on_link[task.link].append((place.start_s, place.end_s, literal))
        if is_present:
            self._link_edges[task.link].update((place.start_s, place.end_s))
        for budget in option.budgets:
            self._on_budget[budget].append((literal, length_s))
        self.objective.add(literal, _value(self._problem, task, place))
        self.objective.add_seconds(task.agency, literal, length_s)
        self.model.add_hint(literal, is_present)

    def add_resources(self) -> None:
        """Limit the use of antennas, links and agreements."""
        for antenna, occupied in self._on_antenna.items():
            for together, _, _ in _cliques(occupied, self._grid, self._antenna_edges[antenna]):
                if len(together) > 1:
                    self.model.add_at_most_one(together)
        for link, occupied in self._on_link.items():
            self._add_link(link, occupied)
        for budget, spent in self._on_budget.items():
            seconds = cp_model.LinearExpr.weighted_sum([v for v, _ in spent], [s for _, s in spent])
            self.model.add(seconds <= self._occupancy.budgets_s[budget])

    def _add_link(self, link: int, occupied: list[_Occupied]) -> None:
        capacity = self._problem.capacity[link]
        for together, low_s, high_s in _cliques(occupied, self._grid, self._link_edges[link]):
            left = capacity
            if capacity > 1:
                left -= _running(self._occupancy.taken(link, low_s, high_s), low_s, high_s)
            if left == 1 and len(together) > 1:
                self.model.add_at_most_one(together)
            elif len(together) > left:
                self.model.add(sum(together) <= left)

    def solution(self, cp_solver: cp_model.CpSolver) -> Solution:
        """The places of the free tasks in a solved model."""
        return {
            index: (place,)
            for index, literals in self._literals.items()
            for place, literal in zip(self._places[index], literals, strict=True)
            if cp_solver.boolean_value(literal)
        }


def _value(problem: Problem, task: Task, place: Place) -> float:
    urgent = problem.urgency if task.emergency else 0.0
    return problem.value_of(task, (place,)) + problem.stability_bonus(task, (place,)) + urgent


def _cliques(occupied: list[_Occupied], grid: int, edges: set[int]) -> list[tuple[list[cp_model.IntVar], int, int]]:
    """The literals that overlap in each slot of the grid, with the time in which they are the same.

    The ends of current contacts cut slots, so that these contacts still fit.
    """
    low, high = min(o[0] for o in occupied), max(o[1] for o in occupied)
    cuts = sorted(set(range(low // grid * grid, high + grid, grid)) | edges)
    slots: list[list[cp_model.IntVar]] = [[] for _ in cuts]
    for start, end, literal in occupied:
        for k in range(bisect_right(cuts, start) - 1, bisect_left(cuts, end)):
            slots[k].append(literal)
    cliques: list[tuple[list[cp_model.IntVar], int, int]] = []
    previous: list[int] = []
    for k, slot in enumerate(slots):
        if not slot:
            previous = []
            continue
        key = [v.index for v in slot]
        if key == previous:
            cliques[-1] = (slot, cliques[-1][1], cuts[k + 1])
        else:
            cliques.append((slot, cuts[k], cuts[k + 1]))
            previous = key
    return cliques


def _running(taken: list[tuple[int, int]], low: int, high: int) -> int:
    """The most contacts at once in [low, high)."""
    moments = [low] + [s for s, _ in taken if low < s < high]
    return max(sum(s <= m < e for s, e in taken) for m in moments)
