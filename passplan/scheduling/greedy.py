"""A greedy schedule: the most valuable and least flexible tasks first, each at its earliest free place."""

from __future__ import annotations

from collections.abc import Iterable

from passplan.scheduling.occupancy import Occupancy
from passplan.scheduling.problem import Place, Problem, Solution, Task
from passplan.scheduling.rules import fits_bundle


def greedy(problem: Problem, solution: Solution | None = None) -> Solution:
    """Add all tasks to a schedule that fit into free time, and stretch contacts towards their wanted length."""
    result = dict(solution or {})
    occupancy = Occupancy(problem, result)
    slack = [
        sum(max(0, problem.options[o].high_s - problem.options[o].low_s - t.min_part_s) for o in t.options)
        for t in problem.tasks
    ]
    order = sorted(
        (t for t in problem.tasks if t.index not in result and t.options),
        key=lambda t: (not t.emergency, -t.least_value, slack[t.index], t.wanted_s, t.index),
    )
    for task in order:
        place = earliest(problem, occupancy, result, task)
        if place is not None:
            result[task.index] = (place,)
            occupancy.add(task.index, (place,))
    _complete_groups(problem, result)
    return stretch(problem, result)


def earliest(problem: Problem, occupancy: Occupancy, solution: Solution, task: Task) -> Place | None:
    """The first free place for a task's least seconds, or None."""
    for number in task.options:
        option = problem.options[number]
        if occupancy.affordable(option) < task.least_s:
            continue
        for low, high in occupancy.free(option):
            if high - low >= task.least_s:
                place = Place(number, low, low + task.least_s)
                if fits_bundle(problem, solution, task, (place,)):
                    return place
    return None


def stretch(problem: Problem, solution: Solution, tasks: Iterable[int] | None = None) -> Solution:
    """Lengthen contacts towards their wanted length into free time, at the end and then at the start."""
    result = dict(solution)
    occupancy = Occupancy(problem, result)
    for index in sorted(result if tasks is None else tasks):
        task = problem.tasks[index]
        spare = task.wanted_s - sum(p.end_s - p.start_s for p in result[index])
        if spare <= 0:
            continue
        places = list(result[index])
        for k, place in enumerate(places):
            occupancy.remove(index, (place,))
            option = problem.options[place.option]
            length = place.end_s - place.start_s
            grow = max(0, min(spare, occupancy.affordable(option) - length))
            for low, high in occupancy.free(option):
                if low <= place.start_s and place.end_s <= high:
                    later = min(grow, high - place.end_s)
                    stays = (
                        problem.stability_bonus(task, places) > 0.0
                    )  # its start is where it was in the earlier schedule
                    sooner = 0 if stays else min(grow - later, place.start_s - low)
                    longer = Place(place.option, place.start_s - sooner, place.end_s + later)
                    changed = (*places[:k], longer, *places[k + 1 :])
                    if fits_bundle(problem, result, task, changed):
                        place = longer
                        spare -= later + sooner
                    break
            places[k] = place
            occupancy.add(index, (place,))
        result[index] = tuple(places)
    return result


def _complete_groups(problem: Problem, solution: Solution) -> None:
    """Remove the contacts of `all_of` groups that are not served completely."""
    for group in problem.groups:
        if not group.one_of and not all(any(t in solution for t in member) for member in group.members):
            for member in group.members:
                for task in member:
                    solution.pop(task, None)
