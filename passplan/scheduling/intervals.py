"""The sub-model for long contacts of elastic length, which may be split: optional intervals on a grid.

The grid is coarse on purpose: on a grid of seconds the solver's bounds improve slowly, and some models of ninety
variables take many seconds that take almost none on a grid of minutes. Afterwards contacts are stretched to the second.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from ortools.sat.python import cp_model

from passplan.scheduling.model_objective import ModelObjective
from passplan.scheduling.occupancy import Occupancy
from passplan.scheduling.problem import LONG_S, SAME_START_S, Place, Problem, Solution, Task
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

Piece = tuple[int, int, int]  # option, and the range of its contact in steps of the grid

_GRID_S = 60
_FINE_GRID_S = 10  # when some contacts are short


def solve(
    problem: Problem,
    current: Solution,
    where: Neighbourhood,
    *,
    limit: float,
    seed: int,
    grid: int = 0,
    shares: Sequence[Sequence[float]] | None = None,
) -> Outcome | None:
    """The best places for the free tasks, or None when the limit was reached first.

    Args:
        problem: the problem.
        current: the start.
        where: the tasks that may change.
        limit: deterministic seconds.
        seed: of the solver.
        grid: seconds; 0: as fine as the lengths of the tasks need.
        shares: unserved shares of the agencies at which the fairness penalty is exact, in a finer objective.
    """
    fixed = {t: p for t, p in current.items() if t not in set(where.free)}
    occupancy = Occupancy(problem, fixed)
    model = cp_model.CpModel()
    objective = ModelObjective(model, problem, fixed, shares)
    on_antenna: dict[int, list[cp_model.IntervalVar]] = defaultdict(list)
    on_link: dict[int, list[cp_model.IntervalVar]] = defaultdict(list)
    on_budget: dict[int, list[cp_model.IntVar]] = defaultdict(list)
    reach: dict[int, tuple[int, int]] = {}
    tied: dict[int, TaskVariables] = {}
    parts_of: dict[int, list[_Part]] = {}
    grid = grid or (_GRID_S if all(problem.tasks[t].least_s >= LONG_S for t in where.free) else _FINE_GRID_S)
    for index in where.free:
        task = problem.tasks[index]
        pieces = _pieces(problem, occupancy, current, task, where, grid)
        if not pieces:
            if index in where.forced:
                return None
            continue
        chosen = sorted(current.get(index, ()), key=lambda p: p.start_s)
        parts = [_Part(model, problem, task, pieces, chosen[k : k + 1], grid) for k in range(task.max_parts)]
        parts_of[index] = parts
        for part in parts:
            for antenna, interval in part.on_antennas:
                on_antenna[antenna].append(interval)
            on_link[task.link].append(part.on_link)
            for budget, length in part.on_budgets:
                on_budget[budget].append(length)
        low, high = reach.get(task.link, (part.low, part.high))
        reach[task.link] = (min(low, part.low), max(high, part.high))
        served, total = _add_task(model, task, parts, bool(chosen), grid)
        if index in where.forced:
            model.add(served == 1)
        urgency = problem.urgency if task.emergency else 0.0
        objective.add(served, task.fixed_value + problem.kept_bonus(task) + urgency)
        objective.add(total, task.value_per_s * grid, task.wanted_s // grid + 1)
        objective.add_seconds(task.agency, total, grid)
        objective.may_get(task.agency, max(task.wanted_s, -(-task.least_s // grid) * grid))
        if task.earlier:
            _add_stability(model, problem, objective, task, parts, grid)
        if index in problem.chains_of or index in problem.groups_of:
            tied[index] = TaskVariables(served, parts[0].start * grid, parts[0].end * grid)
    for intervals in on_antenna.values():
        if len(intervals) > 1:
            model.add_no_overlap(intervals)
    for link, intervals in on_link.items():
        if problem.capacity[link] == 1:
            if len(intervals) > 1:
                model.add_no_overlap(intervals)
        else:
            low, high = reach[link]
            taken = [
                model.new_fixed_size_interval_var(s // grid, -(-e // grid) - s // grid, "")
                for s, e in occupancy.taken(link, low * grid, high * grid)
            ]
            together = [*intervals, *taken]
            if len(together) > problem.capacity[link]:
                model.add_cumulative(together, [1] * len(together), problem.capacity[link])
    for budget, lengths in on_budget.items():
        model.add(sum(lengths) <= occupancy.budgets_s[budget] // grid)
    add_ties(model, problem, tied)
    objective.maximize()
    cp_solver = solver(seed, limit)
    status = run(cp_solver, model)
    if status == cp_model.INFEASIBLE:
        return Outcome(solution=current, proven=True, cost=deterministic_cost(cp_solver), bound=-math.inf)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    new: Solution = {}
    for index, parts in parts_of.items():
        wanted_s = problem.tasks[index].wanted_s
        places = [p for part in parts if (p := part.place(cp_solver, grid, wanted_s)) is not None]
        if places:
            new[index] = tuple(places)
    return Outcome(
        solution=merged(current, where.free, new),
        proven=status == cp_model.OPTIMAL,
        cost=deterministic_cost(cp_solver),
        bound=objective.bound(cp_solver.best_objective_bound),
    )


def _pieces(
    problem: Problem, occupancy: Occupancy, current: Solution, task: Task, where: Neighbourhood, grid: int
) -> list[Piece]:
    """The free pieces for a task, rounded inward to the grid."""
    pieces: list[Piece] = []
    for number in task.options:
        option = problem.options[number]
        here = [p for p in current.get(task.index, ()) if p.option == number]
        if (option.high_s <= where.low_s or option.low_s >= where.high_s) and not here:
            continue
        for low, high in occupancy.free(option):
            stays = [p for p in here if low <= p.start_s and p.end_s <= high]
            inside = max(low, where.low_s), min(high, where.high_s)
            if stays:
                inside = min(inside[0], stays[0].start_s), max(inside[1], stays[-1].end_s)
            first, last = -(-inside[0] // grid), inside[1] // grid
            if last - first >= -(-task.min_part_s // grid):
                pieces.append((number, first, last))
    return pieces


class _Part:
    """One contact of a task: present or not, from start to end, in one of the pieces."""

    def __init__(
        self,
        model: cp_model.CpModel,
        problem: Problem,
        task: Task,
        pieces: Sequence[Piece],
        now: Sequence[Place],
        grid: int,
    ) -> None:
        least, wanted_steps = -(-task.min_part_s // grid), max(-(-task.min_part_s // grid), task.wanted_s // grid)
        self.low, self.high = min(p[1] for p in pieces), max(p[2] for p in pieces)
        self.present = model.new_bool_var("")
        self.start = model.new_int_var(self.low, self.high, "")
        elastic = wanted_steps > least
        most = min(wanted_steps, self.high - self.low)
        self.length = model.new_int_var(0, most, "")  # 0 where it is not present
        model.add(self.length == 0).only_enforce_if(self.present.negated())
        model.add(self.length >= least).only_enforce_if(self.present)
        self.end: cp_model.LinearExpr = self.start + least
        if elastic:
            self.end = model.new_int_var(self.low, self.high, "")
            model.add(self.end - self.start == self.length)
        self.choices: list[tuple[cp_model.IntVar, int]] = []
        self.on_antennas: list[tuple[int, cp_model.IntervalVar]] = []
        self.on_budgets: list[tuple[int, cp_model.IntVar]] = []
        at = (now[0].option, -(-now[0].start_s // grid), now[0].end_s // grid) if now else None
        here = at
        for number, low, high in pieces:
            option = problem.options[number]
            chosen = model.new_bool_var("")
            model.add(self.start >= low).only_enforce_if(chosen)
            model.add(self.end <= high).only_enforce_if(chosen)
            setup, teardown = -(-option.setup_s // grid), -(-option.teardown_s // grid)
            around = setup + teardown
            if elastic:
                size: cp_model.LinearExpr | int = model.new_int_var(
                    around + least, around + min(wanted_steps, high - low), ""
                )
            else:
                size = around + least
            interval = model.new_optional_interval_var(self.start - setup, size, self.end + teardown, chosen, "")
            self.on_antennas += [(antenna, interval) for antenna in option.antennas]
            if option.budgets:
                spent = model.new_int_var(0, min(wanted_steps, high - low), "")
                model.add(spent >= self.length).only_enforce_if(chosen)
                self.on_budgets += [(budget, spent) for budget in option.budgets]
            self.choices.append((chosen, number))
            is_here = at is not None and at[0] == number and low <= at[1] and at[2] <= high
            model.add_hint(chosen, is_here)
            if is_here:
                at = None  # hinted once
        model.add(sum(c for c, _ in self.choices) == self.present)
        link_size: cp_model.LinearExpr | int = self.length if elastic else least
        self.on_link = model.new_optional_interval_var(self.start, link_size, self.end, self.present, "")
        model.add_hint(self.present, bool(now))
        model.add_hint(self.length, here[2] - here[1] if here else 0)
        if here:
            model.add_hint(self.start, here[1])
            if isinstance(self.end, cp_model.IntVar):
                model.add_hint(self.end, here[2])

    def place(self, cp_solver: cp_model.CpSolver, grid: int, wanted_s: int) -> Place | None:
        """Its place in a solved model, not longer than wanted even when a step of the grid is."""
        if not cp_solver.boolean_value(self.present):
            return None
        number = next(n for c, n in self.choices if cp_solver.boolean_value(c))
        start, end = cp_solver.value(self.start) * grid, cp_solver.value(self.end) * grid
        return Place(number, start, min(end, start + wanted_s))


def _add_task(
    model: cp_model.CpModel, task: Task, parts: Sequence[_Part], now: bool, grid: int
) -> tuple[cp_model.IntVar, cp_model.IntVar]:
    """Variables for whether it is served, and for the length of all its parts; split ones are in order of time."""
    if len(parts) == 1:
        return parts[0].present, parts[0].length
    served = model.new_bool_var("")
    model.add_hint(served, now)
    model.add(parts[0].present == served)
    total = model.new_int_var(0, max(task.wanted_s, task.least_s + grid - 1) // grid, "")
    model.add(total == sum(p.length for p in parts))
    model.add(total >= -(-task.least_s // grid)).only_enforce_if(served)
    for part in parts:
        model.add(part.length >= -(-task.split_part_s // grid)).only_enforce_if(part.present, parts[1].present)
    for before, after in pairwise(parts):
        model.add_implication(after.present, before.present)
        model.add(before.end <= after.start).only_enforce_if(after.present)
    return served, total


def _add_stability(
    model: cp_model.CpModel, problem: Problem, objective: ModelObjective, task: Task, parts: Sequence[_Part], grid: int
) -> None:
    """Add a literal with the bonus for staying at the place of the earlier schedule."""
    if len(parts) < len(task.earlier):
        return
    stays = model.new_bool_var("")
    for part, (antennas, start, _) in zip(parts, task.earlier, strict=False):
        same = [c for c, n in part.choices if problem.options[n].antennas == antennas]
        model.add_bool_or([*same, stays.negated()])
        model.add(part.start * grid >= start - SAME_START_S).only_enforce_if(stays)
        model.add(part.start * grid <= start + SAME_START_S).only_enforce_if(stays)
    for part in parts[len(task.earlier) :]:
        model.add_implication(stays, part.present.negated())
    objective.add(stays, problem.objective.stability_bonus(task.value, task.earlier[0].start_s))
