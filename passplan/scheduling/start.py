"""Where the search begins, and what is mended when it ends."""

from __future__ import annotations

from passplan.scheduling.occupancy import Occupancy
from passplan.scheduling.problem import Place, Problem, Solution, Task
from passplan.scheduling.rules import fits_bundle


def from_previous(problem: Problem) -> Solution:
    """The earlier schedule, as far as it still fits: its windows are there, and nothing held is in the way."""
    found: Solution = {}
    occupancy = Occupancy(problem)
    for task in problem.tasks:
        places = _as_before(problem, occupancy, task)
        if places and fits_bundle(problem, found, task, places):
            found[task.index] = places
            occupancy.add(task.index, places)
    return found


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
    given = sum(p.end_s - p.start_s for p in places)
    whole = len(places) == len(task.earlier) <= task.max_parts and task.least_s <= given <= task.wanted_s
    long_enough = len(places) == 1 or all(p.end_s - p.start_s >= task.split_part_s for p in places)
    return tuple(places) if whole and long_enough else ()


def polished(problem: Problem, solution: Solution) -> Solution:
    """Contacts that may as well be in a better window go there: earlier, or higher, as the request prefers.

    Who states no preference gets the higher pass. Nobody gets fewer seconds, and what stays where the earlier schedule
    had it is left there.
    """
    found = dict(solution)
    occupancy = Occupancy(problem, found)
    for index in sorted(found):
        task, places = problem.tasks[index], found[index]
        if len(places) != 1 or problem.stability_bonus(task, places) > 0.0:
            continue
        now = places[0]
        occupancy.remove(index, places)
        best = now
        for number in task.options:
            option = problem.options[number]
            length = now.end_s - now.start_s
            if occupancy.affordable(option) < length:
                continue
            for low, high in occupancy.free(option):
                if high - low < length:
                    continue
                start = (
                    low if task.preference == "earliest" else min(max(low, (low + high - length) // 2), high - length)
                )
                candidate = Place(number, start, start + length)
                if _rank(problem, task, candidate) > _rank(problem, task, best) and fits_bundle(
                    problem, found, task, (candidate,)
                ):
                    best = candidate
        found[index] = (best,)
        occupancy.add(index, found[index])
    return found


def _rank(problem: Problem, task: Task, place: Place) -> tuple[float, ...]:
    option = problem.options[place.option]
    if task.preference == "earliest":
        return (-float(place.start_s),)
    return (option.peak_deg - 10.0 * (len(option.antennas) - 1), -float(option.low_s))
