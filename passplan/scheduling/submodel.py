"""What both forms of sub-model share: what is free, what came out, and the ties between tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ortools.sat.python import cp_model

from passplan.scheduling.problem import Problem, Solution


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """Which tasks are free, and when; everything else stays."""

    free: tuple[int, ...]  # whole bundles, in order
    low_s: int = -(10**9)  # new starts only in here; where a task is now, it may stay
    high_s: int = 10**9
    forced: frozenset[int] = frozenset()  # these must be served


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a sub-model gave."""

    solution: Solution  # whole
    proven: bool  # nothing better exists on its grid
    cost: float  # deterministic seconds


@dataclass(slots=True)
class TaskVariables:
    """A free task in a model: whether it is served, and when."""

    served: cp_model.IntVar
    start: cp_model.LinearExpr
    end: cp_model.LinearExpr


def add_ties(model: cp_model.CpModel, problem: Problem, variables: Mapping[int, TaskVariables]) -> None:
    """Order, spacing and greatest gap of repeated requests; groups."""
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
            own = sorted(free + held, key=lambda v: v[0])
            for i, (_, first, first_held) in enumerate(own):
                for j in range(i + 1, len(own)):
                    _, second, second_held = own[j]
                    if first_held and second_held:
                        continue
                    both = [first.served, second.served]
                    model.add(second.start - first.end >= chain.min_spacing_s).only_enforce_if(both)
                    if chain.max_gap_s is not None:
                        alone = both + [v.served.negated() for _, v, _ in own[i + 1 : j]]
                        model.add(second.start - first.end <= chain.max_gap_s).only_enforce_if(alone)
        for group in problem.groups_of.get(task, ()):
            if id(group) in seen:
                continue
            seen.add(id(group))
            whole = []
            for member in group.members:
                literals = [variables[t].served for t in member if t in variables]
                is_served = model.new_bool_var("")
                for literal in literals:
                    model.add_implication(literal, is_served)
                model.add_bool_or([*literals, is_served.negated()])
                whole.append(is_served)
            if group.one_of:
                model.add_at_most_one(whole)
            else:
                for other in whole[1:]:
                    model.add(whole[0] == other)


def solver(seed: int, limit: float) -> cp_model.CpSolver:
    """A solver whose answer depends on its inputs alone: one worker, a seed, and a limit that is not of the clock."""
    found = cp_model.CpSolver()
    found.parameters.num_workers = 1
    found.parameters.catch_sigint_signal = False  # or it takes Ctrl-C away from whoever runs it, for good
    found.parameters.random_seed = seed
    found.parameters.max_deterministic_time = limit
    found.parameters.cp_model_probing_level = 0  # probing and symmetries cost more here than they bring
    found.parameters.symmetry_level = 0
    return found


def deterministic_cost(found: cp_model.CpSolver) -> float:
    """What a solve took [deterministic seconds]."""
    return float(found.response_proto.deterministic_time)


def merged(current: Solution, free: tuple[int, ...], new: Solution) -> Solution:
    """A solution with the free tasks taken from a new one."""
    taken = set(free)
    together = {t: p for t, p in current.items() if t not in taken} | new
    return {t: together[t] for t in sorted(together)}
