"""Timetables of solutions: the contacts in rows, as the kernels read and change them, and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from passplan.kernels import timetable as kt
from passplan.kernels.timetable import Integers, Timetable
from passplan.scheduling.problem import Place, Problem, Solution
from passplan.scheduling.tables import tables_of


class Timetables:
    """A problem's arrays, and the conversion of its solutions."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.tables = tables_of(problem)
        self._held = self._held_antennas()
        self._first, self._capacity = self._row_sizes()
        tasks = self.tables.tasks.tasks
        self._of_task = np.repeat(np.arange(len(tasks)), tasks[:, kt.AFTER_CONTACTS] - tasks[:, kt.FIRST_CONTACT])

    def _held_antennas(self) -> list[list[tuple[int, int]]]:
        """The times that held contacts take of each row of an antenna; none of a channel's row."""
        held: list[list[tuple[int, int]]] = [[] for _ in range(self.tables.rows)]
        for antenna, holds in self.problem.held_antennas.items():
            held[self.tables.antenna_rows + antenna] = _joined([(h.start_s, h.end_s) for h in holds])
        return held

    def _row_sizes(self) -> tuple[Integers, int]:
        """The first event of each row, and the number of all events: room for every contact that a row can hold."""
        tables = self.tables.tasks
        parts = tables.tasks[:, kt.AFTER_CONTACTS] - tables.tasks[:, kt.FIRST_CONTACT]
        sizes = np.array([len(h) for h in self._held], dtype=np.int64)
        for task, number in zip(self.problem.tasks, parts.tolist(), strict=True):
            first = self.tables.first_channel[task.link]
            sizes[first : first + self.problem.capacity[task.link]] += number
        for link, holds in self.problem.held_links.items():
            first = self.tables.first_channel[link]
            sizes[first : first + self.problem.capacity[link]] += len(holds)
        counts = tables.options[:, kt.AFTER_ANTENNAS] - tables.options[:, kt.FIRST_ANTENNA]
        of_task = np.repeat(tables.options[:, kt.TASK].astype(np.int64), counts)
        pairs = np.unique(tables.antennas.astype(np.int64) * len(tables.tasks) + of_task)
        np.add.at(sizes, pairs // len(tables.tasks), parts[pairs % len(tables.tasks)])
        return np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64), int(sizes.sum())

    def of(self, solution: Solution) -> Timetable:
        """The timetable of a solution."""
        problem, tables = self.problem, self.tables.tasks
        rows: list[list[tuple[int, int, int]]] = [[(s, e, kt.HELD) for s, e in held] for held in self._held]
        contacts = np.full((len(self._of_task), kt.CONTACT_COLUMNS), -1, dtype=np.int64)
        contacts[:, kt.OF_TASK] = self._of_task
        left = np.array(problem.budgets_s or [0], dtype=np.int64)
        on_link: dict[int, list[tuple[int, int, int]]] = {
            link: [(h.start_s, h.end_s, kt.HELD) for h in holds] for link, holds in problem.held_links.items()
        }
        for index, places in solution.items():
            for k, place in enumerate(sorted(places, key=lambda p: p.start_s)):
                contact = int(tables.tasks[index, kt.FIRST_CONTACT]) + k
                option = tables.options[place.option]
                contacts[contact, kt.OPTION : kt.ROW] = place.option, place.start_s, place.end_s
                on_link.setdefault(problem.tasks[index].link, []).append((place.start_s, place.end_s, contact))
                for row in tables.antennas[option[kt.FIRST_ANTENNA] : option[kt.AFTER_ANTENNAS]].tolist():
                    occupied = (place.start_s - int(option[kt.SETUP]), place.end_s + int(option[kt.TEARDOWN]))
                    rows[row].append((*occupied, contact))
                for budget in tables.budgets[option[kt.FIRST_BUDGET] : option[kt.AFTER_BUDGETS]].tolist():
                    left[budget] -= place.end_s - place.start_s
        for link, taken in on_link.items():
            first = int(self.tables.first_channel[link])
            for row, listed in enumerate(_channels(taken, problem.capacity[link]), start=first):
                rows[row] = listed
                placed = [contact for _, _, contact in listed if contact != kt.HELD]
                contacts[placed, kt.ROW] = row
        events = np.zeros((self._capacity, 3), dtype=np.int32)
        used = np.zeros(self.tables.rows, dtype=np.int64)
        for row, listed in enumerate(rows):
            if listed:
                events[self._first[row] : self._first[row] + len(listed)] = sorted(listed)
                used[row] = len(listed)
        unserved = np.array(problem.unserved(problem.seconds_of(solution)))
        return Timetable(contacts, self._first, used, events, left, unserved)

    def solution(self, table: Timetable) -> Solution:
        """The places of all tasks that have a contact."""
        places: dict[int, list[Place]] = {}
        for task, option, start_s, end_s, _ in table.contacts.tolist():
            if option >= 0:
                places.setdefault(task, []).append(Place(option, start_s, end_s))
        return {t: tuple(sorted(places[t], key=lambda p: p.start_s)) for t in sorted(places)}


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans without overlap, in order."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _channels(taken: Sequence[tuple[int, int, int]], capacity: int) -> list[list[tuple[int, int, int]]]:
    """The contacts of a link by channel, none on another.

    Held ones may be more than the link can carry since its capacity changed: those of one channel are joined.
    """
    channels: list[list[tuple[int, int, int]]] = [[] for _ in range(capacity)]
    for start, end, contact in sorted(taken):
        ends = [c[-1][1] if c else kt.NO_TIME for c in channels]
        best = min(range(capacity), key=lambda k: (max(0, ends[k] - start), k))
        if ends[best] > start and channels[best][-1][2] == kt.HELD:
            first, until, _ = channels[best].pop()
            channels[best].append((first, max(until, end), kt.HELD))
        else:
            channels[best].append((start, end, contact))
    return channels
