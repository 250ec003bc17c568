"""Annealing: improve a solution, or place all tasks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from passplan.kernels import anneal as kernel
from passplan.kernels import timetable as kt
from passplan.kernels.timetable import Cooling
from passplan.scheduling.problem import Solution
from passplan.scheduling.timetables import Timetables

_COLD_SHARE = 0.01  # the last temperature, of the median value of a task
_HOT_REPAIR, _COLD_REPAIR = 0.05, 0.002
_FEW_WAIT = 0.05  # of all tasks
_MOVES_A_ROUND = 3_000  # for each task
_HEAVIER, _COLDER_SHARE = 1.5, 0.01


class Annealer:
    """The annealing of one problem."""

    def __init__(self, timetables: Timetables) -> None:
        self._problem = timetables.problem
        self._timetables = timetables
        self._tasks = timetables.tables.tasks

    def anneal(self, solution: Solution, *, moves: int, seed: int, cold_share: float = _COLD_SHARE) -> Solution:
        """Improve a solution.

        Args:
            solution: the start.
            moves: the number of moves to try.
            seed: of the random numbers.
            cold_share: the last temperature, as a share of the median value of a task.
        """
        usable = [t.value for t in self._problem.tasks if t.options]
        if not usable or moves <= 0:
            return solution
        usual = float(np.median(usable))
        return self._run(self._tasks, solution, Cooling(usual, cold_share * usual, moves, seed))

    def repair(self, solution: Solution, *, moves: int, seed: int) -> Solution:
        """Serve the tasks that have no contact and had one, or are emergencies, and move few others for it."""
        usable = [t.value for t in self._problem.tasks if t.options]
        usual = float(np.median(usable))
        left_out = [t.index for t in self._problem.tasks if not t.earlier and not t.emergency]
        tasks = self._tasks.tasks.copy()
        tasks[left_out, kt.AFTER_OPTIONS] = tasks[left_out, kt.FIRST_OPTION]
        cooling = Cooling(_HOT_REPAIR * usual, _COLD_REPAIR * usual, moves, seed, is_repair=True)
        return self._run(self._tasks._replace(tasks=tasks), solution, cooling)

    def fit_all(
        self, solution: Solution, *, moves: int, seed: int, report: Callable[[float], None] = lambda _: None
    ) -> Solution:
        """Place all tasks by repeated annealing when few are unplaced; return the given schedule when they do not fit.

        All tasks have equal weights at first. The weight of a task that is unplaced after a round grows by half, until
        the tasks that are hard to place outweigh those that are easy to move (weights as in Morris 1993, "The Breakout
        Method For Escaping From Local Minima").
        """
        usable = [t.index for t in self._problem.tasks if t.options]
        waiting = [t for t in usable if t not in solution]
        if not waiting or len(waiting) > _FEW_WAIT * len(usable):
            return solution
        value = np.zeros_like(self._tasks.value)
        value[usable, kt.FIXED] = 1.0
        tasks = self._tasks._replace(value=value, penalty=kt.PenaltyWeights(0.0, 0.0))
        each = _MOVES_A_ROUND * len(usable)
        rounds = moves // each
        current = solution
        for number in range(rounds):
            report(number / rounds)
            value[waiting, kt.FIXED] *= _HEAVIER
            usual = float(np.median(value[usable, kt.FIXED]))
            cooling = Cooling(usual, _COLDER_SHARE * usual, each, seed + number)
            current = self._run(tasks, current, cooling)
            waiting = [t for t in usable if t not in current]
            if not waiting:
                return current
        return solution

    def _run(self, tasks: kt.Tasks, solution: Solution, cooling: Cooling) -> Solution:
        table = self._timetables.of(solution)
        kernel.anneal(tasks, table, cooling)
        return self._timetables.solution(table)
