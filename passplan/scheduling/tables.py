"""A problem as arrays for the kernels: its tasks and options, and the rows of channels and antennas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from passplan.kernels import timetable as kt
from passplan.kernels.timetable import Floats, Integers, Shorts
from passplan.scheduling.options import flat
from passplan.scheduling.problem import Chain, Problem


@dataclass(frozen=True, slots=True)
class Tables:
    """A problem's arrays, and the places of its links and antennas in their rows."""

    tasks: kt.Tasks
    first_channel: Integers  # by link, the row of its first channel
    antenna_rows: int  # the row of the first antenna
    rows: int


def tables_of(problem: Problem) -> Tables:
    """The arrays of a problem."""
    channels = np.concatenate([[0], np.cumsum(problem.capacity)]).astype(np.int64)
    antenna_rows = int(channels[-1])
    options, antennas, budgets = _options(problem, antenna_rows)
    tasks = _tasks(problem, channels)
    links, chains = _chains(problem.chains, tasks, problem)
    members, member_tasks, groups = _groups(problem, tasks)
    return Tables(
        kt.Tasks(
            tasks=tasks,
            value=_values(problem),
            options=options,
            antennas=antennas,
            budgets=budgets,
            chains=chains,
            links=links,
            members=members,
            member_tasks=member_tasks,
            groups=groups,
            share=np.array([1.0 / a if a else 0.0 for a in problem.asked_s]),
            penalty=problem.objective.kernel_form(problem.mean_value),
        ),
        channels[:-1],
        antenna_rows,
        antenna_rows + len(problem.antennas),
    )


def _tasks(problem: Problem, channels: Integers) -> Integers:
    """The rows of `Tasks.tasks`, without chains and members."""
    tasks = np.zeros((len(problem.tasks), kt.TASK_COLUMNS), dtype=np.int64)
    contact = 0
    for task in problem.tasks:
        first, after = (task.options[0], task.options[-1] + 1) if task.options else (0, 0)
        tasks[task.index] = (
            task.agency,
            task.least_s,
            task.wanted_s,
            channels[task.link],
            problem.capacity[task.link],
            first,
            after,
            contact,
            contact + task.max_parts,
            task.split_part_s,
            -1,
            -1,
            int(task.max_parts > 1),
        )
        contact += task.max_parts
    return tasks


def _values(problem: Problem) -> Floats:
    value = np.zeros((len(problem.tasks), 3))
    for task in problem.tasks:
        urgent = problem.urgency if task.emergency else 0.0
        stay = problem.objective.stability_bonus(task.value, task.earlier[0].start_s) if task.earlier else 0.0
        value[task.index] = (
            task.fixed_value + problem.kept_bonus(task) + urgent,
            task.value_per_s,
            0.0 if task.max_parts > 1 else stay,
        )
    return value


def _options(problem: Problem, antenna_rows: int) -> tuple[Shorts, Shorts, Shorts]:
    """The rows of `Tasks.options`, with the antennas and budgets that they refer to."""
    given = problem.options
    antennas, after_antennas = flat(given.antenna_sets, given.antennas)
    budgets, after_budgets = flat(given.budget_sets, given.budgets)
    options = np.empty((len(given), kt.OPTION_COLUMNS), dtype=np.int32)
    options[:, kt.LOW], options[:, kt.HIGH] = given.low_s, given.high_s
    options[:, kt.SETUP], options[:, kt.TEARDOWN] = given.setup_s, given.teardown_s
    options[:, kt.FIRST_ANTENNA], options[:, kt.AFTER_ANTENNAS] = after_antennas[:-1], after_antennas[1:]
    options[:, kt.FIRST_BUDGET], options[:, kt.AFTER_BUDGETS] = after_budgets[:-1], after_budgets[1:]
    options[:, kt.TASK] = given.task
    options[:, kt.EARLIER] = kt.NO_TIME
    for task in problem.tasks:
        if task.max_parts == 1:
            for earlier in task.earlier:
                for number in task.options:
                    if given[number].antennas == earlier.antennas:
                        options[number, kt.EARLIER] = earlier.start_s
    return options, (antennas + antenna_rows).astype(np.int32), budgets.astype(np.int32)


def _chains(chains: Sequence[Chain], tasks: Integers, problem: Problem) -> tuple[Integers, Integers]:
    """The rows of `Tasks.links` and `Tasks.chains`."""
    links: list[tuple[int, ...]] = []
    rows: list[tuple[int, ...]] = []
    for number, chain in enumerate(chains):
        first = len(links)
        parts: list[tuple[int, int, int, int]] = [(problem.tasks[t].part, t, 0, 0) for t in chain.tasks]
        parts += [(h.part, -1, h.start_s, h.end_s) for h in chain.held]
        stage, before = -1, range(0)
        for _, task, start_s, end_s in sorted(parts):
            inside = range(0) if task < 0 else problem.tasks[task].options
            if not inside or not before or not problem.options.are_same(inside, before):
                stage += 1
            before = inside
            links.append((task, stage, start_s, end_s))
            if task >= 0:
                tasks[task, [kt.CHAIN, kt.IS_TIED]] = number, 1
        gap = -1 if chain.max_gap_s is None else chain.max_gap_s
        rows.append((first, len(links), chain.min_spacing_s, gap))
    return _table(links, 4), _table(rows, 4)


def _groups(problem: Problem, tasks: Integers) -> tuple[Integers, Integers, Integers]:
    """The rows of `Tasks.members`, `Tasks.member_tasks` and `Tasks.groups`."""
    members: list[tuple[int, ...]] = []
    member_tasks: list[int] = []
    groups: list[tuple[int, ...]] = []
    for number, group in enumerate(problem.groups):
        first = len(members)
        for member in group.members:
            tasks[list(member), kt.MEMBER] = len(members)
            tasks[list(member), kt.IS_TIED] = 1
            members.append((len(member_tasks), len(member_tasks) + len(member), number))
            member_tasks += member
        groups.append((first, len(members), int(group.one_of)))
    return _table(members, 3), np.array(member_tasks, dtype=np.int64), _table(groups, 3)


def _table(rows: Sequence[tuple[int, ...]], columns: int) -> Integers:
    return np.array(rows, dtype=np.int64).reshape(-1, columns)
