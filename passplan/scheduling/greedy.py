"""Free time: a greedy schedule, and contacts in better windows."""

from __future__ import annotations

import numpy as np

from passplan.kernels import fill as kernel
from passplan.kernels import timetable as kt
from passplan.kernels.room import free_with_other_channels
from passplan.scheduling.problem import Place, Problem, Solution
from passplan.scheduling.timetables import Timetables

_ARRAY_DEG = 10.0  # of elevation that one antenna less is worth


def greedy(timetables: Timetables, solution: Solution | None = None) -> Solution:
    """Add tasks to a schedule that fit into free time, and stretch contacts towards their wanted length.

    The most valuable and least flexible tasks are first, each at its earliest free place. Groups that are served whole
    or not are not added.
    """
    problem, tasks, table = timetables.problem, timetables.tables.tasks, timetables.of(solution or {})
    slack = _slack(problem, tasks)
    waiting = [t for t in problem.tasks if t.options and t.index not in (solution or {})]
    waiting.sort(key=lambda t: (not t.emergency, -t.least_value, slack[t.index], t.wanted_s, t.index))
    order = np.array([t.index for t in waiting], dtype=np.int64)
    kernel.fill(tasks, table, order)
    result = timetables.solution(table)
    # Each contact has a channel of its link. Where none is free all the time, others may have to change theirs.
    crowded = order[(tasks.tasks[order, kt.CHANNELS] > 1) & (tasks.tasks[order, kt.IS_TIED] == 0)]
    for _ in range(len(crowded)):
        table = timetables.of(result)
        still = crowded[table.contacts[tasks.tasks[crowded, kt.FIRST_CONTACT], kt.OPTION] < 0]
        task, option, start_s = free_with_other_channels(tasks, table, still)
        if task < 0:
            break
        result[task] = (Place(option, start_s, start_s + problem.tasks[task].least_s),)
    return _without_parts_of_groups(problem, {t: result[t] for t in sorted(result)})


def _without_parts_of_groups(problem: Problem, solution: Solution) -> Solution:
    """The solution without the contacts of groups that are to be served whole and are not."""
    for group in problem.groups:
        if not group.one_of and not all(any(t in solution for t in member) for member in group.members):
            left_out = set(group.tasks)
            solution = {t: p for t, p in solution.items() if t not in left_out}
    return solution


def _slack(problem: Problem, tasks: kt.Tasks) -> list[int]:
    """The seconds by which the windows of each task are longer than its shortest contact."""
    options = tasks.options
    shortest = np.array([t.min_part_s for t in problem.tasks], dtype=np.int64)
    of_task = options[:, kt.TASK]
    room = np.maximum(0, options[:, kt.HIGH].astype(np.int64) - options[:, kt.LOW] - shortest[of_task])
    slack: list[int] = np.bincount(of_task, weights=room, minlength=len(problem.tasks)).astype(np.int64).tolist()
    return slack


def polished(timetables: Timetables, solution: Solution) -> Solution:
    """Move contacts to better windows without loss of value: earlier or higher ones, as the request prefers.

    Without a preference the higher pass is better. No contact gets shorter, and contacts at their places of the earlier
    schedule do not move.
    """
    problem = timetables.problem
    options = problem.options
    sizes = np.array([len(s) for s in options.antenna_sets], dtype=np.float64)
    rank = options.peak_deg - _ARRAY_DEG * (sizes[options.antennas] - 1.0) if len(options) else np.zeros(0)
    earliest = np.array([t.preference == "earliest" for t in problem.tasks], dtype=np.int64)
    table = timetables.of(solution)
    kernel.polish(timetables.tables.tasks, table, rank, earliest)
    return timetables.solution(table)
