"""Occupied resources: antennas with setup and teardown, channels of links, seconds of agreements; and free time."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

from passplan.scheduling.options import Option
from passplan.scheduling.problem import Place, Problem, Solution

Interval = tuple[int, int]


class Occupancy:
    """The resources of a problem, less held contacts and added places."""

    def __init__(self, problem: Problem, solution: Solution | None = None) -> None:
        self.problem = problem
        self._antennas: list[list[Interval]] = [[] for _ in problem.antennas]
        self._links: list[list[Interval]] = [[] for _ in problem.capacity]
        self.budgets_s = list(problem.budgets_s)
        for antenna, held in problem.held_antennas.items():
            self._antennas[antenna] += [(h.start_s, h.end_s) for h in held]
        for link, held in problem.held_links.items():
            self._links[link] += [(h.start_s, h.end_s) for h in held]
        for task, places in (solution or {}).items():
            for place in places:
                option = problem.options[place.option]
                for antenna in option.antennas:
                    self._antennas[antenna].append((place.start_s - option.setup_s, place.end_s + option.teardown_s))
                self._links[problem.tasks[task].link].append((place.start_s, place.end_s))
                for budget in option.budgets:
                    self.budgets_s[budget] -= place.end_s - place.start_s
        for taken in (*self._antennas, *self._links):
            taken.sort()
        self._longest = max((e - s for taken in (*self._antennas, *self._links) for s, e in taken), default=0)

    def add(self, task: int, places: Sequence[Place]) -> None:
        """Occupy the resources of a task's places."""
        for place in places:
            option = self.problem.options[place.option]
            occupied = (place.start_s - option.setup_s, place.end_s + option.teardown_s)
            self._longest = max(self._longest, occupied[1] - occupied[0])
            for antenna in option.antennas:
                insort(self._antennas[antenna], occupied)
            insort(self._links[self.problem.tasks[task].link], (place.start_s, place.end_s))
            for budget in option.budgets:
                self.budgets_s[budget] -= place.end_s - place.start_s

    def remove(self, task: int, places: Sequence[Place]) -> None:
        """Release the resources that `add` occupied."""
        for place in places:
            option = self.problem.options[place.option]
            for antenna in option.antennas:
                self._antennas[antenna].remove((place.start_s - option.setup_s, place.end_s + option.teardown_s))
            self._links[self.problem.tasks[task].link].remove((place.start_s, place.end_s))
            for budget in option.budgets:
                self.budgets_s[budget] += place.end_s - place.start_s

    def free(self, option: Option, low: int | None = None, high: int | None = None) -> list[Interval]:
        """The pieces in which the option's contact may lie without overlap with occupied resources."""
        low = option.low_s if low is None else max(low, option.low_s)
        high = option.high_s if high is None else min(high, option.high_s)
        pieces = [(low, high)] if low < high else []
        for antenna in option.antennas:
            taken = self._near(self._antennas[antenna], low - option.setup_s, high + option.teardown_s)
            if taken:
                pieces = _cut(pieces, taken, before=option.teardown_s, after=option.setup_s)
        link = self.problem.tasks[option.task].link
        full = self.full(link, low, high)
        return _cut(pieces, full, before=0, after=0) if full else pieces

    def affordable(self, option: Option) -> int:
        """The seconds that agreements leave for the option."""
        return min((self.budgets_s[b] for b in option.budgets), default=10**9)

    def full(self, link: int, low: int, high: int) -> list[Interval]:
        """The times in [low, high] when every channel of a link is taken."""
        taken = self._near(self._links[link], low, high)
        capacity = self.problem.capacity[link]
        if capacity == 1 or len(taken) < capacity:
            return taken if capacity == 1 else []
        edges = sorted([(s, 1) for s, _ in taken] + [(e, -1) for _, e in taken])  # ends before starts
        pieces, running = [], 0
        for k, (moment, step) in enumerate(edges):
            running += step
            if running >= capacity and k + 1 < len(edges) and edges[k + 1][0] > moment:
                pieces.append((moment, edges[k + 1][0]))
        return pieces

    def taken(self, link: int, low: int, high: int) -> list[Interval]:
        """The contacts on a link that reach into [low, high]."""
        return self._near(self._links[link], low, high)

    def _near(self, taken: list[Interval], low: int, high: int) -> list[Interval]:
        first = bisect_left(taken, (low - self._longest, low))
        last = bisect_left(taken, (high, high))
        return [t for t in taken[first:last] if t[1] > low]


def _cut(pieces: list[Interval], taken: list[Interval], *, before: int, after: int) -> list[Interval]:
    """Pieces without the taken intervals, each widened: a contact ends `before` it and starts `after` it."""
    out: list[Interval] = []
    for low, high in pieces:
        for start, end in taken:
            if start - before < high and end + after > low:
                if start - before > low:
                    out.append((low, start - before))
                low = max(low, end + after)
                if low >= high:
                    break
        if low < high:
            out.append((low, high))
    return out
