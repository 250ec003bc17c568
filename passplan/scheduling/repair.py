"""Repair of an earlier schedule around what changed: emergencies first, then contacts that lost their places."""

from __future__ import annotations

from passplan.scheduling.annealing import Annealer
from passplan.scheduling.earlier import back_in_place
from passplan.scheduling.greedy import greedy
from passplan.scheduling.problem import Place, Solution, Task
from passplan.scheduling.rooms import Room, Rooms
from passplan.scheduling.rules import fits_bundle
from passplan.scheduling.timetables import Timetables


def repair(timetables: Timetables, solution: Solution, *, moves: int, seed: int) -> Solution:
    """Serve emergencies and contacts that lost their places, and move few others for it.

    An emergency takes the place where what is in its way is worth least. Annealing then serves what lost its place;
    staying served and staying in place have their values in it.
    """
    problem = timetables.problem
    for task in _emergencies(timetables, solution):
        rooms = Rooms(timetables, solution).of(task)
        if rooms:
            solution = max(solution, _with_room(timetables, solution, task, rooms[0]), key=problem.score)
    if any(t.earlier and t.options and t.index not in solution for t in problem.tasks):
        annealed = Annealer(timetables).repair(solution, moves=moves, seed=seed)
        solution = max(solution, back_in_place(problem, greedy(timetables, annealed)), key=problem.score)
    return solution


def _emergencies(timetables: Timetables, solution: Solution) -> list[Task]:
    """The emergencies that have no contact, the most valuable first."""
    waiting = (t for t in timetables.problem.tasks if t.emergency and t.options and t.index not in solution)
    return sorted(waiting, key=lambda t: (-t.value, t.index))


def _with_room(timetables: Timetables, solution: Solution, task: Task, room: Room) -> Solution:
    """The solution with a task in a room, without what is in its way, and with what fits again."""
    problem = timetables.problem
    gone = {(b.request, b.part) for b in room.blockers}
    going = {
        t
        for t in solution
        if any(
            (problem.requests[problem.tasks[t].request].id, part) in gone
            for part in (problem.tasks[t].part, *range(1, len(solution[t]) + 1))
        )
    }
    bundle_of = {t: b for b in problem.bundles for t in b}
    for group in problem.groups_of.get(task.index, ()):
        going |= {t for t in group.tasks if group.one_of and t != task.index and t in solution}
    tied = {t for g in going for t in bundle_of[g] if t in solution and problem.groups_of.get(g)}
    kept: Solution = {t: p for t, p in solution.items() if t not in going | tied}
    places = (Place(room.option, room.start_s, room.start_s + task.least_s),)
    if task.max_parts > 1 or not fits_bundle(problem, kept, task, places):
        return solution
    kept[task.index] = places
    wholes = [g for g in problem.groups_of.get(task.index, ()) if not g.one_of]
    if not all(any(t in kept for t in member) for group in wholes for member in group.members):
        return solution  # the group is served whole or not
    return greedy(timetables, kept)
