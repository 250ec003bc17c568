"""The earlier schedule in a new plan: its contacts moved with their passes, and how many of them have to move at least.

A contact belongs to a pass. When the orbit is known better, the pass comes earlier or later, and the contact with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from passplan.domain.network import AntennaRef, SatelliteId
from passplan.domain.requests import RequestId
from passplan.domain.schedule import Assignment, Move, PlanInputs
from passplan.domain.span import Span
from passplan.domain.windows import ContactWindow
from passplan.kernels import room as kernel
from passplan.kernels import timetable as kt
from passplan.scheduling.occupancy import Occupancy
from passplan.scheduling.problem import SAME_START_S, EarlierContact, Place, Problem, Solution, Task
from passplan.scheduling.rules import fits_bundle
from passplan.scheduling.timetables import Timetables

Part = tuple[RequestId, int]

# Passes are taken to have moved when so many contacts of a satellite do not fit any more, all in one direction.
_LEAST_SIGNS, _LEAST_SHARE = 2, 0.05
_MOST_SHIFT_S = 180.0


def pass_shifts(inputs: PlanInputs) -> dict[Part, float]:
    """How far the pass of each earlier contact moved [s]; as given, or else as the windows show.

    From windows alone, all passes of a satellite are taken to have moved as far as the contact that lies farthest
    outside of its window, if enough contacts lie outside on the same side.
    """
    if inputs.shifts is not None:
        return {(s.request, s.part): s.shift_s for s in inputs.shifts}
    if not inputs.previous:
        return {}
    windows: dict[tuple[RequestId, tuple[AntennaRef, ...]], list[ContactWindow]] = defaultdict(list)
    asked = {a.request for a in inputs.previous}
    for w in inputs.search.windows:
        if w.request in asked:
            windows[w.request, w.antennas].append(w)
    outside: dict[SatelliteId, list[float]] = defaultdict(list)
    count: dict[SatelliteId, int] = defaultdict(int)
    for a in inputs.previous:
        lacking = _outside_s(a, windows.get((a.request, a.antennas), ()))
        if lacking is not None:
            count[a.satellite] += 1
            if lacking != 0.0:
                outside[a.satellite].append(lacking)
    moved = {satellite: _common_shift_s(by, count[satellite]) for satellite, by in outside.items()}
    shifts: dict[Part, float] = {}
    for a in inputs.previous:
        shift_s = moved.get(a.satellite, 0.0)
        if shift_s and _outside_s(_later(a, shift_s), windows.get((a.request, a.antennas), ())) == 0.0:
            shifts[a.request, a.part] = shift_s
    return shifts


def _common_shift_s(outside_s: list[float], count: int) -> float:
    if len(outside_s) < max(_LEAST_SIGNS, _LEAST_SHARE * count) or min(outside_s) < 0.0 < max(outside_s):
        return 0.0
    return max(outside_s, key=abs)


def _outside_s(a: Assignment, windows: Sequence[ContactWindow]) -> float | None:
    """The shift that takes a contact into the nearest window of its antennas; None: too far, or there is none."""
    shifts = [
        max(0.0, (w.span.start - a.contact.start).total_seconds())
        or min(0.0, (w.span.end - a.contact.end).total_seconds())
        for w in windows
        if w.span.duration_s >= a.contact.duration_s
    ]
    nearest = min(shifts, key=abs, default=None)
    return None if nearest is None or abs(nearest) > _MOST_SHIFT_S else nearest


def _later(a: Assignment, by_s: float) -> Assignment:
    shift = timedelta(seconds=by_s)
    return replace(a, contact=Span(a.contact.start + shift, a.contact.end + shift))


def moves_since(inputs: PlanInputs, now: tuple[Assignment, ...]) -> tuple[Move, ...]:
    """The contacts of the earlier schedule that have other times or antennas, or are gone."""
    shift_of = pass_shifts(inputs)
    current = {(a.request, a.part): a for a in now}
    moves = []
    for before in sorted(inputs.previous):
        key = before.request, before.part
        after = current.get(key)
        if after is None:
            moves.append(Move(before=before, after=None, shift_s=None))
        elif (after.contact, after.antennas) != (before.contact, before.antennas):
            shift_s = (after.contact.start - before.contact.start).total_seconds()
            moves.append(Move(before=before, after=after, shift_s=shift_s, pass_shift_s=shift_of.get(key, 0.0)))
    return tuple(moves)


def start_from_earlier(problem: Problem) -> Solution:
    """The contacts of the earlier schedule, moved with their passes, as far as they still fit.

    A contact that does not fit there takes the nearest free time in the same pass, shortened if need be.
    """
    result: Solution = {}
    occupancy = Occupancy(problem)
    for place_of in (_as_before, _nearby):
        for task in sorted((t for t in problem.tasks if t.earlier), key=lambda t: (t.earlier[0].start_s, t.index)):
            if task.index in result:
                continue
            places = place_of(problem, occupancy, task)
            if places and fits_bundle(problem, result, task, places):
                result[task.index] = places
                occupancy.add(task.index, places)
    return {t: result[t] for t in sorted(result)}


def back_in_place(problem: Problem, solution: Solution) -> Solution:
    """The solution with contacts back at their earlier places where these are free."""
    result = dict(solution)
    occupancy = Occupancy(problem, result)
    for task in problem.tasks:
        places = result.get(task.index)
        if not task.earlier or not places:
            continue
        occupancy.remove(task.index, places)
        before = _as_before(problem, occupancy, task)
        if before and before != places and fits_bundle(problem, result, task, before):
            trial = result | {task.index: before}
            if problem.score(trial) > problem.score(result):
                result, places = trial, before
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


def _nearby(problem: Problem, occupancy: Occupancy, task: Task) -> tuple[Place, ...]:
    """The nearest free place for a contact of one part in the pass that it had."""
    if len(task.earlier) != 1:
        return ()
    before = task.earlier[0]
    length = min(task.wanted_s, max(task.least_s, before.end_s - before.start_s))
    best: tuple[int, int, Place] | None = None
    for number in task.options:
        option = problem.options[number]
        if not is_same_pass(option.antennas, option.low_s, option.high_s, before):
            continue
        for low, high in occupancy.free(option):
            room = min(length, high - low, occupancy.affordable(option))
            if room < task.least_s:
                continue
            start = min(max(before.start_s, low), high - room)
            candidate = (abs(start - before.start_s), length - room, Place(number, start, start + room))
            if best is None or candidate < best:
                best = candidate
    return (best[2],) if best is not None else ()


def is_same_pass(antennas: tuple[int, ...], low_s: int, high_s: int, earlier: EarlierContact) -> bool:
    """Whether a window is that of an earlier contact, moved with its pass."""
    return antennas == earlier.antennas and low_s < earlier.end_s and earlier.start_s < high_s


def least_moves(timetables: Timetables) -> int:
    """How many contacts of the earlier schedule move or go in any schedule that serves the emergencies.

    Those whose place is in no window any more, or is held by others; and of the emergencies that had no contact, the
    contacts in the way of the one that has the most of them at its emptiest place.
    """
    problem = timetables.problem
    earlier = [t for t in problem.tasks if t.earlier]
    if not earlier:
        return 0
    occupancy = Occupancy(problem)
    stays = {t.index for t in earlier if _can_stay(problem, occupancy, t)}
    forced = sum(len(t.earlier) for t in earlier if t.index not in stays)
    urgent = [t for t in problem.tasks if t.emergency and not t.earlier and t.options]
    if not urgent:
        return forced
    solution = start_from_earlier(problem)
    table, tasks = timetables.of(solution), timetables.tables.tasks
    worth = np.zeros(len(table.contacts))
    for index in stays & set(solution):
        worth[tasks.tasks[index, kt.FIRST_CONTACT]] = 1.0
    cost = np.full(len(problem.options), np.inf)
    kernel.cheapest_rooms(tasks, table, worth, np.array([t.index for t in urgent], dtype=np.int64), cost)
    fewest = (float(cost[t.options.start : t.options.stop].min()) for t in urgent)
    return forced + max((round(f) for f in fewest if f < kernel.HELD_COST), default=0)


def _can_stay(problem: Problem, occupancy: Occupancy, task: Task) -> bool:
    """Whether all earlier contacts of a task can stay where they are, beside the held ones alone."""
    shortest = task.least_s if len(task.earlier) == 1 else task.split_part_s
    return all(
        any(
            min(high, before.end_s + SAME_START_S) - max(low, before.start_s - SAME_START_S) >= shortest
            for number in task.options
            if problem.options[number].antennas == before.antennas
            for low, high in occupancy.free(problem.options[number])
        )
        for before in task.earlier
    )
