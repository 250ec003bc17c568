"""The start of the search from an earlier schedule."""

from __future__ import annotations

from passplan.scheduling.occupancy import Occupancy
from passplan.scheduling.problem import Place, Problem, Solution, Task
from passplan.scheduling.rules import fits_bundle


def from_previous(problem: Problem) -> Solution:
    """The contacts of the earlier schedule that still have windows and do not conflict with held contacts."""
    result: Solution = {}
    occupancy = Occupancy(problem)
    for task in problem.tasks:
        places = _as_before(problem, occupancy, task)
        if places and fits_bundle(problem, result, task, places):
            result[task.index] = places
            occupancy.add(task.index, places)
    return result


def _as_before(problem: Problem, occupancy: Occupancy, task: Task) -> tuple[Place, ...]:
    places: list[Place] = []
    for antennas, start, end in task.earlier:
        for number in task.options:
            option = problem.options[number]
            if option.antennas == antennas and any(
                low <= start and end <= high for low, high in occupancy.free(option)
            ):
                before = sum(
                    p.end_s - p.start_s for p in places if set(problem.options[p.option].budgets) & set(option.budgets)
                )
                if occupancy.affordable(option) >= before + end - start:
                    places.append(Place(number, start, end))
                break
    total_s = sum(p.end_s - p.start_s for p in places)
    is_complete = len(places) == len(task.earlier) <= task.max_parts and task.least_s <= total_s <= task.wanted_s
    long_enough = len(places) == 1 or all(p.end_s - p.start_s >= task.split_part_s for p in places)
    return tuple(places) if is_complete and long_enough else ()
