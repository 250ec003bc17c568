"""Shared by both forms of sub-model: neighbourhood, outcome, and the ties between tasks."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass

from ortools.sat.python import cp_model

from passplan.scheduling.problem import Problem, Solution

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """The free tasks and their time; all other tasks stay."""

    free: tuple[int, ...]  # complete bundles, in order
    low_s: int = -(10**9)  # new starts only from here to `high_s`; a task may stay at its current place
    high_s: int = 10**9
    forced: frozenset[int] = frozenset()  # tasks that must be served


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of a sub-model."""

    solution: Solution  # complete
    proven: bool  # nothing better exists on its grid
    cost: float  # deterministic seconds
    bound: float  # of the score on its grid, with stability and urgency

    @property
    def is_possible(self) -> bool:
        """Whether there is a solution at all."""
        return self.bound > -math.inf


@dataclass(slots=True)
class TaskVariables:
    """The variables of a free task in a model: whether it is served, and when."""

    served: cp_model.IntVar
    start: cp_model.LinearExpr
    end: cp_model.LinearExpr


def add_ties(model: cp_model.CpModel, problem: Problem, variables: Mapping[int, TaskVariables]) -> None:
    """Add order, spacing and largest gap of repeated requests, and groups."""
    seen: set[int] = set()
    for task in variables:
        for chain in problem.chains_of.get(task, ()):
            if id(chain) in seen:
                continue
            seen.add(id(chain))
            free = [(problem.tasks[t].part, variables[t], False) for t in chain.tasks if t in variables]
            held = [
                (part, TaskVariables(model.new_constant(1), model.new_constant(start), model.new_constant(end)), True)
                for part, start, end in chain.held
            ]
            parts = sorted(free + held, key=lambda v: v[0])
            for i, (_, first, first_held) in enumerate(parts):
                for j in range(i + 1, len(parts)):
                    _, second, second_held = parts[j]
                    if first_held and second_held:
                        continue
                    both = [first.served, second.served]
                    model.add(second.start - first.end >= chain.min_spacing_s).only_enforce_if(both)
                    if chain.max_gap_s is not None:
                        alone = both + [v.served.negated() for _, v, _ in parts[i + 1 : j]]
                        model.add(second.start - first.end <= chain.max_gap_s).only_enforce_if(alone)
        for group in problem.groups_of.get(task, ()):
            if id(group) in seen:
                continue
            seen.add(id(group))
            members_served = []
            for member in group.members:
                literals = [variables[t].served for t in member if t in variables]
                is_served = model.new_bool_var("")
                for literal in literals:
                    model.add_implication(literal, is_served)
                model.add_bool_or([*literals, is_served.negated()])
                members_served.append(is_served)
            if group.one_of:
                model.add_at_most_one(members_served)
            else:
                for other in members_served[1:]:
                    model.add(members_served[0] == other)


def solver(seed: int, limit: float) -> cp_model.CpSolver:
    """A solver whose result depends on its inputs alone: one worker, a seed, and a deterministic limit."""
    cp_solver = cp_model.CpSolver()
    cp_solver.parameters.num_workers = 1
    cp_solver.parameters.catch_sigint_signal = False  # otherwise it replaces the program's handler of Ctrl-C for good
    cp_solver.parameters.random_seed = seed
    cp_solver.parameters.max_deterministic_time = limit
    cp_solver.parameters.cp_model_probing_level = 0  # probing and symmetries cost more than they save here
    cp_solver.parameters.symmetry_level = 0
    return cp_solver


def run(cp_solver: cp_model.CpSolver, model: cp_model.CpModel) -> cp_model.CpSolverStatus:
    """Solve a model. A failure of the solver is logged, and its result is unknown: the search goes on without it."""
    try:
        return cp_solver.solve(model)
    except RuntimeError:
        _LOG.exception("the solver failed; the schedule so far is kept")
        return cp_model.UNKNOWN


def deterministic_cost(cp_solver: cp_model.CpSolver) -> float:
    """The cost of a solve [deterministic seconds]."""
    return float(cp_solver.response_proto.deterministic_time)


def merged(current: Solution, free: tuple[int, ...], new: Solution) -> Solution:
    """A solution with the free tasks taken from a new one."""
    taken = set(free)
    together = {t: p for t, p in current.items() if t not in taken} | new
    return {t: together[t] for t in sorted(together)}
