"""Builds the solvers' problem from the inputs of a plan."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from passplan.domain.network import AntennaRef, LinkId, SatelliteId
from passplan.domain.requests import ContactRequest, Priority, RequestId
from passplan.domain.schedule import Assignment, PlanInputs
from passplan.domain.span import Span
from passplan.scheduling.budgets import Budgets
from passplan.scheduling.cutting import WindowColumns
from passplan.scheduling.earlier import pass_shifts
from passplan.scheduling.objective import Objective, objective_of
from passplan.scheduling.options import Options
from passplan.scheduling.problem import (
    Chain,
    EarlierContact,
    Group,
    HeldPart,
    Hold,
    Problem,
    Task,
    groups_taken,
    parts_of,
)

T = TypeVar("T")
Part = tuple[int, int]  # number of a request, and part


def build(inputs: PlanInputs, *, objective: Objective | None = None) -> Problem:
    """The problem of some inputs, with the objective of their policy or another one.

    It is the same whatever the order of the requests, windows and contacts, so that equal inputs give equal plans.
    """
    inputs = inputs.in_order()
    numbers = _numbers(inputs)
    objective = objective or objective_of(inputs.policy)
    budgets = Budgets(inputs.network, numbers.start)
    held = _held(inputs, numbers, budgets)
    book_tasks = _tasks(inputs, numbers, budgets, objective, held)
    chains = _chains(inputs, numbers, book_tasks.by_request)
    groups = _groups(inputs, book_tasks.by_request)
    capacities = {(s.id, k.id): k.capacity for s in inputs.network.satellites for k in s.links}
    values = (objective.contact_value(inputs.book.requests[r], s) for (r, _), s in sorted(held.seconds.items()))
    return Problem(
        start=numbers.start,
        horizon_s=int((inputs.span.end - numbers.start).total_seconds()),
        objective=objective,
        requests=inputs.book.requests,
        tasks=tuple(book_tasks.tasks),
        options=book_tasks.options,
        antennas=tuple(numbers.antennas),
        agencies=tuple(numbers.agencies),
        capacity=tuple(capacities.get(k, 1) for k in numbers.links),
        budgets_s=tuple(budgets.left),
        bundles=_bundles(book_tasks.tasks, chains, groups),
        chains=chains,
        groups=groups,
        chains_of=_by_task((c, c.tasks) for c in chains),
        groups_of=_by_task((g, g.tasks) for g in groups),
        held=inputs.held,
        held_tasks=tuple(sorted(held.seconds)),
        held_antennas={k: tuple(sorted(v)) for k, v in sorted(held.antennas.items())},
        held_links={k: tuple(sorted(v)) for k, v in sorted(held.links.items())},
        asked_s=tuple(book_tasks.asked_s),
        given_s=tuple(held.given_s),
        held_value=math.fsum(values),
        mean_value=book_tasks.value / len(numbers.agencies) if numbers.agencies else 0.0,
    )


# --- numbers ---


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbers:
    """The numbers of agencies, antennas, links and requests, and seconds after the start."""

    start: datetime
    agencies: Mapping[str, int]
    antennas: Mapping[AntennaRef, int]
    links: Mapping[tuple[SatelliteId, LinkId], int]
    requests: Mapping[RequestId, int]

    def second(self, moment: datetime) -> int:
        """The nearest whole second."""
        return round((moment - self.start).total_seconds())

    def around(self, span: Span) -> tuple[int, int]:
        """The whole seconds that a span touches."""
        return (
            math.floor((span.start - self.start).total_seconds()),
            math.ceil((span.end - self.start).total_seconds()),
        )

    def inside(self, span: Span) -> tuple[int, int]:
        """The whole seconds that lie in a span."""
        return (
            math.ceil((span.start - self.start).total_seconds()),
            math.floor((span.end - self.start).total_seconds()),
        )


def _numbers(inputs: PlanInputs) -> _Numbers:
    requests, held = inputs.book.requests, inputs.held
    antennas = {a for w in inputs.search.windows for a in w.antennas} | {a for h in held for a in h.antennas}
    links = {(r.satellite, r.link) for r in requests} | {(h.satellite, h.link) for h in held}
    return _Numbers(
        start=inputs.span.start.replace(microsecond=0),
        agencies=_numbered(sorted({r.agency for r in requests})),
        antennas=_numbered(sorted(antennas)),
        links=_numbered(sorted(links)),
        requests=_numbered(r.id for r in requests),
    )


def _numbered(names: Iterable[T]) -> dict[T, int]:
    return {name: k for k, name in enumerate(names)}


# --- held contacts ---


@dataclass(frozen=True, slots=True)
class _Held:
    """The resources that held contacts take, and the seconds that they give to agencies and parts."""

    antennas: dict[int, list[Hold]]
    links: dict[int, list[Hold]]
    given_s: list[int]  # by agency
    seconds: dict[Part, int]  # those of a split request together, as its part 1


def _held(inputs: PlanInputs, numbers: _Numbers, budgets: Budgets) -> _Held:
    """The held contacts; `budgets` are charged for them."""
    held = _Held(defaultdict(list), defaultdict(list), [0] * len(numbers.agencies), defaultdict(int))
    for owner, contact in enumerate(inputs.held):
        for antenna in contact.antennas:
            held.antennas[numbers.antennas[antenna]].append(Hold(*numbers.around(contact.occupies), owner))
        link = numbers.links[contact.satellite, contact.link]
        held.links[link].append(Hold(*numbers.around(contact.contact), owner))
        if contact.request not in numbers.requests:
            continue
        number = numbers.requests[contact.request]
        request = inputs.book.requests[number]
        start_s, end_s = numbers.second(contact.contact.start), numbers.second(contact.contact.end)
        held.given_s[numbers.agencies[request.agency]] += end_s - start_s
        held.seconds[number, 1 if request.split is not None else contact.part] += end_s - start_s
        for budget in budgets.charged(request.agency, contact.antennas, start_s):
            budgets.left[budget] = max(0, budgets.left[budget] - (end_s - start_s))
    return held


# --- tasks and options ---


@dataclass(slots=True)
class _BookTasks:
    """The tasks, their options, and the totals of all requests, held or not."""

    asked_s: list[int]  # by agency
    tasks: list[Task]
    options: Options
    by_request: dict[int, list[int]]
    value: float


def _tasks(inputs: PlanInputs, numbers: _Numbers, budgets: Budgets, objective: Objective, held: _Held) -> _BookTasks:
    taken = groups_taken(inputs)
    usable = {r.id: k for k, r in enumerate(inputs.book.requests) if r.id not in taken}
    windows = WindowColumns(
        inputs.search.windows, usable, len(numbers.requests), numbers.antennas, numbers.start, budgets
    )
    earlier = _earlier(inputs, numbers)
    held_parts = {(h.request, h.part) for h in inputs.held}
    asked = _Asked(inputs, numbers, objective)
    tasks: list[Task] = []
    by_request: dict[int, list[int]] = defaultdict(list)
    for number, request in enumerate(inputs.book.requests):
        for part, inside in parts_of(request, inputs.span):
            possible_s = windows.possible_s(number, request, *numbers.inside(inside)) if inside is not None else 0
            asked.add(number, max(possible_s, held.seconds.get((number, part), 0)))
            if (request.id, part) in held_parts or (number, part) in held.seconds or inside is None:
                continue
            index = len(tasks)
            options = range(0)
            if possible_s > 0:
                first_s, last_s = numbers.inside(inside)
                options = windows.cut(index, number, request, first_s, last_s, shortest_s=_min_part_s(request))
            places = tuple(earlier.get((number, part), ()))
            tasks.append(_task(index, request, part, options, places, numbers, objective))
            by_request[number].append(index)
    return _BookTasks(asked.seconds(), tasks, windows.options(), by_request, asked.value())


class _Asked:
    """What the agencies ask for: of each request what it could be given at most, were it alone.

    Of a `one_of` group only the request of an agency counts that could be given most.
    """

    def __init__(self, inputs: PlanInputs, numbers: _Numbers, objective: Objective) -> None:
        self._requests, self._agencies, self._objective = inputs.book.requests, numbers.agencies, objective
        self._one_of = {g.id for g in inputs.book.groups if g.kind == "one_of"}
        self._seconds: dict[int, list[int]] = defaultdict(list)  # of each contact, by request

    def add(self, request: int, seconds: int) -> None:
        """Add a contact of a request."""
        if seconds > 0:
            self._seconds[request].append(seconds)

    def _counting(self) -> dict[int, list[int]]:
        best: dict[tuple[str, str], int] = {}
        for number, seconds in self._seconds.items():
            request = self._requests[number]
            if request.group in self._one_of:
                key = request.group, request.agency
                if key not in best or sum(seconds) > sum(self._seconds[best[key]]):
                    best[key] = number
        kept = set(best.values())
        return {
            number: seconds
            for number, seconds in self._seconds.items()
            if self._requests[number].group not in self._one_of or number in kept
        }

    def seconds(self) -> list[int]:
        """By agency."""
        asked_s = [0] * len(self._agencies)
        for number, seconds in self._counting().items():
            asked_s[self._agencies[self._requests[number].agency]] += sum(seconds)
        return asked_s

    def value(self) -> float:
        """The value of all of it."""
        return math.fsum(
            self._objective.contact_value(self._requests[number], each)
            for number, seconds in self._counting().items()
            for each in seconds
        )


def _earlier(inputs: PlanInputs, numbers: _Numbers) -> dict[Part, list[EarlierContact]]:
    """The contacts of the earlier schedule by request and part, in order of time; of a split one by its part 1.

    Each is moved with its pass.
    """
    shift_of = pass_shifts(inputs)
    earlier: dict[Part, list[EarlierContact]] = defaultdict(list)
    for contact in sorted(inputs.previous):
        number = numbers.requests.get(contact.request)
        if number is not None:
            split = inputs.book.requests[number].split is not None
            shift = timedelta(seconds=round(shift_of.get((contact.request, contact.part), 0.0)))
            earlier[number, 1 if split else contact.part].append(
                EarlierContact(
                    tuple(numbers.antennas.get(a, -1) for a in contact.antennas),
                    numbers.second(contact.contact.start + shift),
                    numbers.second(contact.contact.end + shift),
                )
            )
    return earlier


def _task(
    index: int,
    request: ContactRequest,
    part: int,
    options: range,
    earlier: tuple[EarlierContact, ...],
    numbers: _Numbers,
    objective: Objective,
) -> Task:
    least_s, wanted_s = round(request.min_s), round(request.wanted_s)
    return Task(
        index=index,
        request=numbers.requests[request.id],
        part=part,
        agency=numbers.agencies[request.agency],
        link=numbers.links[request.satellite, request.link],
        least_s=least_s,
        wanted_s=wanted_s,
        max_parts=request.split.max_parts if request.split else 1,
        min_part_s=_min_part_s(request),
        split_part_s=math.ceil(request.split.min_part_s) if request.split else least_s,
        fixed_value=objective.contact_value(request, 0.0),
        value_per_s=objective.value_per_s(request, wanted_s),
        emergency=request.priority is Priority.EMERGENCY,
        preference=request.preference,
        options=options,
        earlier=earlier,
    )


def _min_part_s(request: ContactRequest) -> int:
    """The shortest contact that may be a part of the request."""
    least_s = round(request.min_s)
    return min(least_s, math.ceil(request.split.min_part_s)) if request.split else least_s


# --- ties between tasks ---


def _chains(inputs: PlanInputs, numbers: _Numbers, by_request: Mapping[int, Sequence[int]]) -> tuple[Chain, ...]:
    held: dict[RequestId, list[Assignment]] = defaultdict(list)
    for contact in inputs.held:
        held[contact.request].append(contact)
    chains = []
    for number, request in enumerate(inputs.book.requests):
        if (repetition := request.repetition) is None or not by_request.get(number):
            continue
        parts = (
            HeldPart(h.part, numbers.second(h.contact.start), numbers.second(h.contact.end))
            for h in held.get(request.id, ())
        )
        chains.append(
            Chain(
                tasks=tuple(by_request[number]),
                min_spacing_s=math.ceil(repetition.min_spacing_s),
                max_gap_s=None if repetition.max_gap_s is None else math.floor(repetition.max_gap_s),
                held=tuple(sorted(parts)),
            )
        )
    return tuple(chains)


def _groups(inputs: PlanInputs, by_request: Mapping[int, Sequence[int]]) -> tuple[Group, ...]:
    """The groups, without the requests that hold a contact; without `one_of` groups in which one holds a contact."""
    has_held = {h.request for h in inputs.held}
    groups = []
    for group in inputs.book.groups:
        numbered = [(k, r) for k, r in enumerate(inputs.book.requests) if r.group == group.id]
        is_served = any(r.id in has_held for _, r in numbered)
        if group.kind == "one_of" and is_served:
            continue
        members = tuple(tuple(by_request.get(k, ())) for k, r in numbered if r.id not in has_held)
        groups.append(Group(members, group.kind == "one_of"))
    return tuple(groups)


def _bundles(tasks: Sequence[Task], chains: Sequence[Chain], groups: Sequence[Group]) -> tuple[tuple[int, ...], ...]:
    """The sets of tasks that a repetition or a group connects; every other task is a set of its own."""
    leader = list(range(len(tasks)))

    def find(k: int) -> int:
        while leader[k] != k:
            leader[k] = leader[leader[k]]
            k = leader[k]
        return k

    for bound in [c.tasks for c in chains] + [tuple(t for m in g.members for t in m) for g in groups]:
        for other in bound[1:]:
            leader[find(other)] = find(bound[0])
    together: dict[int, list[int]] = defaultdict(list)
    for k in range(len(tasks)):
        together[find(k)].append(k)
    return tuple(tuple(v) for v in together.values())


def _by_task(owners: Iterable[tuple[T, tuple[int, ...]]]) -> dict[int, tuple[T, ...]]:
    by_task: dict[int, list[T]] = defaultdict(list)
    for owner, tasks in owners:
        for task in tasks:
            by_task[task].append(owner)
    return {task: tuple(by_task[task]) for task in sorted(by_task)}
