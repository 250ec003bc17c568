"""The rules between tasks of one request or one group, apart from shared resources."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from passplan.scheduling.problem import Chain, Place, Problem, Solution, Task


def fits_bundle(problem: Problem, solution: Solution, task: Task, places: Sequence[Place]) -> bool:
    """Whether the places of a task are compatible with the other tasks of its request and its group."""
    for chain in problem.chains_of.get(task.index, ()):
        with_it = {t: solution[t] for t in chain.tasks if t in solution}
        with_it[task.index] = tuple(places)
        if not chain_holds(problem, chain, with_it):
            return False
    for group in problem.groups_of.get(task.index, ()):
        if group.one_of and any(t in solution for member in group.members if task.index not in member for t in member):
            return False
    return True


def chain_holds(problem: Problem, chain: Chain, solution: Solution) -> bool:
    """Whether the contacts of a repeated request are in order, with allowed gaps."""
    contacts = sorted(
        [(problem.tasks[t].part, p[0].start_s, p[-1].end_s, False) for t, p in solution.items() if t in chain.tasks]
        + [(*held, True) for held in chain.held]
    )
    for (_, _, end, held_before), (_, start, _, held_after) in pairwise(contacts):
        if held_before and held_after:
            continue  # both are fixed
        if start - end < chain.min_spacing_s or (chain.max_gap_s is not None and start - end > chain.max_gap_s):
            return False
    return True
