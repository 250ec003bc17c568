"""Room for a task that is not served: what would have to be removed, and where that is worth least."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from passplan.domain.schedule import Blocker, Reason
from passplan.domain.span import Span
from passplan.kernels import room as kernel
from passplan.kernels import timetable as kt
from passplan.scheduling import intervals
from passplan.scheduling.occupancy import Occupancy
from passplan.scheduling.options import Option
from passplan.scheduling.problem import Group, Place, Problem, Solution, Task
from passplan.scheduling.rules import fits_bundle
from passplan.scheduling.submodel import Neighbourhood
from passplan.scheduling.timetables import Timetables

MOST_ROOMS = 8
_MOST_OF_SPLIT = 48  # windows of a split task that are looked at
_MOST_OF_CHAIN = 16  # windows that are looked at for a task that has a spacing


@dataclass(frozen=True, slots=True)
class Room:
    """A window of a task, and the contacts whose removal makes room for it there."""

    reason: Reason  # why the room is not there
    option: int
    start_s: int  # of the contact, or of its first part
    cost: float  # what the contacts are worth together
    blockers: tuple[Blocker, ...]


class _Taken(NamedTuple):
    """A contact on an antenna or a link, with setup and teardown on an antenna."""

    start_s: int
    end_s: int
    contact: int  # index into `Rooms._blockers`


class Rooms:
    """The rooms of the tasks that a solution does not serve."""

    def __init__(self, timetables: Timetables, solution: Solution) -> None:
        self._problem = problem = timetables.problem
        self._solution = solution
        self._occupancy = Occupancy(problem, solution)
        placed = [
            (self._blocker(problem.tasks[index], k), index, place)
            for index, places in solution.items()
            for k, place in enumerate(places, start=1)
        ]
        held = [Blocker(request=h.request, part=h.part, contact=h.contact, held=True) for h in problem.held]
        placed.sort(key=lambda p: p[0])
        self._blockers = [b for b, _, _ in placed] + held
        self._worth = [self._value(i) / len(solution[i]) for _, i, _ in placed] + [0.0] * len(held)
        self._on_antenna: dict[int, list[_Taken]] = defaultdict(list)
        self._on_link: dict[int, list[_Taken]] = defaultdict(list)
        self._on_budget: dict[int, list[tuple[int, int]]] = defaultdict(list)  # contact and seconds
        for contact, (_, index, place) in enumerate(placed):
            option = problem.options[place.option]
            for antenna in option.antennas:
                occupied = place.start_s - option.setup_s, place.end_s + option.teardown_s
                self._on_antenna[antenna].append(_Taken(*occupied, contact))
            self._on_link[problem.tasks[index].link].append(_Taken(place.start_s, place.end_s, contact))
            for budget in option.budgets:
                self._on_budget[budget].append((contact, place.end_s - place.start_s))
        for taken, holds_of in ((self._on_antenna, problem.held_antennas), (self._on_link, problem.held_links)):
            for key, holds in holds_of.items():
                taken[key] += [_Taken(h.start_s, h.end_s, len(placed) + h.owner) for h in holds]
        self._longest_s = 0
        for listed in (*self._on_antenna.values(), *self._on_link.values()):
            listed.sort()
            self._longest_s = max(self._longest_s, *(t.end_s - t.start_s for t in listed))
        self._cost = self._least_costs(timetables)

    def of(self, task: Task) -> list[Room]:
        """The rooms of a task, the cheapest first, at most `MOST_ROOMS`; none when no removal can make room."""
        rooms = self._of_task(task)
        for group in self._problem.groups_of.get(task.index, ()):
            if not group.one_of:
                rooms = self._with_group(task, group, rooms)
        return rooms

    def why_none(self, task: Task) -> Reason:
        """Why no removal can make room for a task."""
        if not fits_alone(self._problem, task):
            return Reason.TOO_SHORT
        return Reason.GROUP if self._of_task(task) else Reason.AGREEMENT

    def of_tasks(self, tasks: Iterable[int]) -> tuple[Blocker, ...]:
        """The contacts of served tasks."""
        return tuple(
            sorted(
                self._blocker(self._problem.tasks[t], k) for t in tasks for k in range(1, len(self._solution[t]) + 1)
            )
        )

    def _value(self, index: int) -> float:
        return self._problem.value_of(self._problem.tasks[index], self._solution[index])

    def _blocker(self, task: Task, k: int) -> Blocker:
        """The contact of a task, or its part `k`."""
        place, start = self._solution[task.index][k - 1], self._problem.start
        return Blocker(
            request=self._problem.requests[task.request].id,
            part=k if task.max_parts > 1 else task.part,
            contact=Span(start + timedelta(seconds=place.start_s), start + timedelta(seconds=place.end_s)),
        )

    def _least_costs(self, timetables: Timetables) -> kt.Floats:
        """By option of the waiting tasks, about the cost of room in it; infinite where there can be none."""
        problem, tasks = self._problem, timetables.tables.tasks
        table = timetables.of(self._solution)
        worth = np.zeros(len(table.contacts))
        for index, places in self._solution.items():
            first = tasks.tasks[index, kt.FIRST_CONTACT]
            worth[first : first + len(places)] = self._value(index) / len(places)
        cost = np.full(len(problem.options), np.inf)
        waiting = [t.index for t in problem.tasks if t.options and t.index not in self._solution]
        kernel.cheapest_rooms(tasks, table, worth, np.array(waiting, dtype=np.int64), cost)
        return cost

    def _of_task(self, task: Task) -> list[Room]:
        """The rooms of a task, whatever becomes of its group."""
        return self._of_split(task) if task.max_parts > 1 else self._of_plain(task)

    def _of_plain(self, task: Task) -> list[Room]:
        has_spacing = task.index in self._problem.chains_of
        costs = self._cost[task.options.start : task.options.stop] + self._agreement_costs(task)
        order = np.argsort(costs, kind="stable")[: _MOST_OF_CHAIN if has_spacing else MOST_ROOMS]
        rooms = [self._room(task, task.options.start + k, task.least_s) for k in order.tolist() if costs[k] < np.inf]
        return self._sorted([r for r in rooms if r is not None])

    def _sorted(self, rooms: Sequence[Room]) -> list[Room]:
        return sorted(rooms, key=lambda r: (r.reason is Reason.SPACING, r.cost, r.option))[:MOST_ROOMS]

    def _agreement_costs(self, task: Task) -> kt.Floats:
        """By option of a task, what has to be removed so that its agreements have enough seconds."""
        numbers = self._problem.options.budgets[task.options.start : task.options.stop]
        costs = np.zeros(len(numbers))
        for number in np.unique(numbers).tolist():
            budgets = self._problem.options.budget_sets[number]
            spenders = self._spenders(task.least_s, budgets, ())
            extra = np.inf if spenders is None else sum(self._worth[c] for c in spenders)
            costs[numbers == number] = extra
        return costs

    def _room(self, task: Task, number: int, need_s: int) -> Room | None:
        """The contacts with the least total value whose removal makes room for some seconds in an option."""
        problem, option = self._problem, self._problem.options[number]
        taken = [
            _Taken(t.start_s - option.teardown_s, t.end_s + option.setup_s, t.contact)
            for antenna in option.antennas
            for t in self._near(
                self._on_antenna[antenna], option.low_s - option.setup_s, option.high_s + option.teardown_s
            )
        ]
        on_link = self._near(self._on_link[task.link], option.low_s, option.high_s)
        chains = problem.chains_of.get(task.index, ())
        starts = self._starts(task, option, need_s, taken, on_link)
        best: tuple[bool, float, int, list[int]] | None = None
        for start in starts:
            end = start + need_s
            blocking = {t.contact for t in taken if t.start_s < end and t.end_s > start}
            crowd = {t.contact for t in on_link if t.start_s < end and t.end_s > start} - blocking
            over = len(crowd) - problem.capacity[task.link] + 1
            if over > 0:
                blocking.update(sorted(crowd, key=lambda c: (self._cost_of(c), c))[:over])
            cost = sum(self._cost_of(c) for c in blocking)
            if best is not None and not chains and cost >= best[1] - 1e-12:
                continue
            place = Place(number, start, end)
            unspaced = bool(chains) and not fits_bundle(problem, self._solution, task, (place,))
            if best is None or (unspaced, cost) < (best[0], best[1] - 1e-12):
                best = (unspaced, cost, start, sorted(blocking))
        return None if best is None else self._with_rules(task, number, need_s, *best)

    def _near(self, taken: list[_Taken], low_s: int, high_s: int) -> list[_Taken]:
        """Those that overlap [low_s, high_s)."""
        first = bisect_left(taken, (low_s - self._longest_s,))
        last = bisect_left(taken, (high_s,))
        return [t for t in taken[first:last] if t.end_s > low_s]

    def _starts(
        self, task: Task, option: Option, need_s: int, taken: Sequence[_Taken], on_link: Sequence[_Taken]
    ) -> list[int]:
        """The starts at which a contact touches another one, its window's ends, or its spacing."""
        chains = self._problem.chains_of.get(task.index, ())
        own = [p for c in chains for t in c.tasks for p in self._solution.get(t, ())]
        spacing = max((c.min_spacing_s for c in chains), default=0)
        last = option.high_s - need_s
        starts = {option.low_s, last}
        starts |= {t.end_s for t in (*taken, *on_link)} | {t.start_s - need_s for t in (*taken, *on_link)}
        starts |= {p.end_s + spacing for p in own} | {p.start_s - spacing - need_s for p in own}
        return sorted(s for s in starts if option.low_s <= s <= last)

    def _cost_of(self, contact: int) -> float:
        return self._worth[contact] + kernel.HELD_COST * self._blockers[contact].held

    def _with_rules(
        self, task: Task, number: int, need_s: int, unspaced: bool, cost: float, start_s: int, blocking: list[int]
    ) -> Room | None:
        """A room with what spacing and agreements need in addition; None when agreements are too small for it."""
        problem = self._problem
        blockers = [self._blockers[c] for c in blocking]
        if unspaced:
            chains = problem.chains_of[task.index]
            own = self.of_tasks(t for c in chains for t in c.tasks if t in self._solution)
            return Room(Reason.SPACING, number, start_s, cost, tuple(sorted({*blockers, *own})))
        spenders = self._spenders(need_s, problem.options[number].budgets, blocking)
        if spenders is None:
            return None
        if spenders:
            cost += sum(self._worth[c] for c in spenders)
            together = {*blockers, *(self._blockers[c] for c in spenders)}
            return Room(Reason.AGREEMENT, number, start_s, cost, tuple(sorted(together)))
        request = problem.requests[task.request].id
        if blockers and all(b.request == request for b in blockers):
            reason = Reason.SPACING
        elif any(b.held for b in blockers):
            reason = Reason.HELD
        else:
            reason = Reason.OUTRANKED if blockers or task.index not in problem.groups_of else Reason.GROUP
        return Room(reason, number, start_s, cost, tuple(sorted(blockers)))

    def _spenders(self, need_s: int, budgets: Sequence[int], going: Sequence[int]) -> list[int] | None:
        """Further contacts to remove so that agreements have enough seconds; None: removing all is not enough."""
        spenders: dict[int, None] = {}
        for budget in budgets:
            missing = need_s - self._occupancy.budgets_s[budget]
            if missing <= 0:
                continue
            spent = self._on_budget[budget]
            missing -= sum(seconds for contact, seconds in spent if contact in going or contact in spenders)
            for contact, seconds in sorted(spent, key=lambda s: (self._worth[s[0]], s[0])):
                if missing > 0 and contact not in going and contact not in spenders:
                    spenders[contact] = None
                    missing -= seconds
            if missing > 0:
                return None
        return list(spenders)

    def _of_split(self, task: Task) -> list[Room]:
        """Rooms of a split task: parts in several windows, or all in one; each names what all parts need."""
        if not fits_alone(self._problem, task):
            return []
        costs = self._cost[task.options.start : task.options.stop]
        cheap = np.argsort(costs, kind="stable")[:_MOST_OF_SPLIT] + task.options.start
        parts = [
            (room, room_s)
            for number in cheap.tolist()
            if (room_s := min(task.wanted_s, self._length(number))) >= task.split_part_s
            and (room := self._room(task, number, min(room_s, task.least_s))) is not None
        ]
        parts.sort(key=lambda p: (p[0].cost / p[1], p[0].option))
        rooms: list[Room] = []
        for first, first_s in parts[:MOST_ROOMS]:
            chosen, seconds = [first], first_s
            for room, room_s in parts:
                if seconds >= task.least_s or len(chosen) == task.max_parts:
                    break
                if all(self._apart(room.option, c.option) for c in chosen):
                    chosen.append(room)
                    seconds += room_s
            if seconds >= task.least_s:
                blockers = sorted({b for c in chosen for b in c.blockers})
                worst = max(chosen, key=lambda c: c.cost)
                total = sum(c.cost for c in chosen)
                rooms.append(Room(worst.reason, first.option, first.start_s, total, tuple(blockers)))
        return self._sorted(rooms)

    def _length(self, number: int) -> int:
        options = self._problem.options
        return int(options.high_s[number]) - int(options.low_s[number])

    def _apart(self, one: int, other: int) -> bool:
        """Whether two windows have no time in common, with setup and teardown."""
        a, b = self._problem.options[one], self._problem.options[other]
        return a.high_s + a.teardown_s + b.setup_s <= b.low_s or b.high_s + b.teardown_s + a.setup_s <= a.low_s

    def _with_group(self, task: Task, group: Group, rooms: list[Room]) -> list[Room]:
        """Rooms of a task whose group is served whole or not, with what the other members need."""
        blockers: set[Blocker] = set()
        cost = 0.0
        for member in group.members:
            if task.index in member or any(t in self._solution for t in member):
                continue
            firsts = [r[0] for t in member if (r := self._of_plain(self._problem.tasks[t]))]
            if not firsts:
                return []
            cheapest = min(firsts, key=lambda r: (r.cost, r.option))
            blockers |= set(cheapest.blockers)
            cost += cheapest.cost
        return [
            replace(
                r,
                reason=r.reason if r.blockers else Reason.GROUP,
                cost=r.cost + cost,
                blockers=tuple(sorted({*r.blockers, *blockers})),
            )
            for r in rooms
        ]


def fits_alone(problem: Problem, task: Task) -> bool:
    """Whether a task could be served if there were no other contact at all, held ones included, and no agreement."""
    if task.max_parts == 1:
        return any(problem.options[o].high_s - problem.options[o].low_s >= task.least_s for o in task.options)
    spans = ((problem.options[o].low_s, problem.options[o].high_s) for o in task.options)
    longest: list[tuple[int, int]] = []  # without overlap, and on antennas that are free again
    room_s = max((o.setup_s + o.teardown_s for o in map(problem.options.__getitem__, task.options)), default=0)
    for low, high in sorted(spans, key=lambda s: (s[0] - s[1], s)):
        if len(longest) < task.max_parts and all(high + room_s <= a or b + room_s <= low for a, b in longest):
            longest.append((low, high))
    if all(b - a >= task.split_part_s for a, b in longest) and sum(b - a for a, b in longest) >= task.least_s:
        return True
    tasks = tuple(replace(t, fixed_value=1.0) if t.index == task.index else t for t in problem.tasks)
    unlimited = tuple(10**9 for _ in problem.budgets_s)
    alone = replace(
        problem,
        tasks=tasks,
        budgets_s=unlimited,
        held_antennas={},
        held_links={},
        chains_of={},
        groups_of={},
        objective=problem.objective.without_fairness(),
    )
    outcome = intervals.solve(alone, {}, Neighbourhood(free=(task.index,)), limit=1.0, seed=1, grid=1)
    # Only a proof that nothing can be served counts: the solver may also reach its limit.
    return outcome is None or not outcome.proven or task.index in outcome.solution
