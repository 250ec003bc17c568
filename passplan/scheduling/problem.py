"""What the solvers see: tasks and their options in whole seconds after a start, on numbered antennas and links."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from passplan.domain.network import Agreement, AntennaRef, Network
from passplan.domain.requests import ContactRequest, Priority
from passplan.domain.schedule import Assignment, PlanInputs, Policy
from passplan.domain.span import Span
from passplan.domain.week import Week
from passplan.domain.windows import ContactWindow

T = TypeVar("T")

WEEK_S = 7 * 86_400
LONG_S = 1_800  # what wants more is placed by intervals, not by columns of starts
DAY_S = 86_400


class Option(NamedTuple):
    """One window of a task: contact anywhere in [low, high] on all of these antennas, with setup and teardown."""

    task: int
    antennas: tuple[int, ...]
    low: int
    high: int
    setup: int
    teardown: int
    peak_deg: float
    budgets: tuple[int, ...]  # the agreements and weeks that it is charged to


class Place(NamedTuple):
    """A contact: an option, and the seconds from start to end."""

    option: int
    start: int
    end: int


Solution = dict[int, tuple[Place, ...]]  # by task; a task that is not there gets nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One contact to be given, or the parts of a split one."""

    index: int
    request: int
    part: int  # of a repeated request, from 1
    agency: int
    link: int
    least: int
    wanted: int
    max_parts: int
    min_part: int  # the shortest contact that may be part of it
    split_part: int  # where it is split, each is at least this long
    base: float  # value of serving it at all
    rate: float  # value of each second
    emergency: bool
    preference: str
    options: tuple[int, ...]  # in order of low, then fewest antennas
    earlier: tuple[tuple[tuple[int, ...], int, int], ...]  # antennas, start and end in the earlier schedule

    @property
    def is_long(self) -> bool:
        """Whether it is placed by intervals, and not by columns of starts."""
        return self.wanted > LONG_S or self.max_parts > 1

    @property
    def worth(self) -> float:
        """Its value when it gets all that it wants."""
        return self.base + self.rate * self.wanted


@dataclass(frozen=True, slots=True)
class Chain:
    """The tasks of a repeated request in order of time."""

    tasks: tuple[int, ...]
    min_spacing: int
    max_gap: int | None
    held: tuple[tuple[int, int, int], ...] = ()  # part, start and end of contacts that it holds already


@dataclass(frozen=True, slots=True)
class Group:
    """Requests, each with its tasks, of which at most one is served, or all or none."""

    members: tuple[tuple[int, ...], ...]
    one_of: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A whole planning problem; what is held is taken from its resources already."""

    start: datetime
    horizon: int
    policy: Policy
    requests: tuple[ContactRequest, ...]
    tasks: tuple[Task, ...]
    options: tuple[Option, ...]
    antennas: tuple[AntennaRef, ...]
    agencies: tuple[str, ...]  # that ask for something
    capacity: tuple[int, ...]  # by link
    budgets: tuple[int, ...]  # seconds left of an agreement in a week
    bundles: tuple[tuple[int, ...], ...]
    chains: tuple[Chain, ...]
    groups: tuple[Group, ...]
    chains_of: Mapping[int, tuple[Chain, ...]]  # by task
    groups_of: Mapping[int, tuple[Group, ...]]
    held: tuple[Assignment, ...]
    held_tasks: tuple[tuple[int, int], ...]  # request and part of those that requests of the book hold
    held_antennas: Mapping[int, tuple[tuple[int, int], ...]]  # antenna -> occupied
    held_links: Mapping[int, tuple[tuple[int, int], ...]]  # link -> contact
    asked: tuple[int, ...]  # seconds, by agency
    given: tuple[int, ...]  # seconds that held contacts give, by agency
    held_value: float
    mean: float  # value of all that is asked, by agency that asks

    def worth_of(self, task: Task, places: Sequence[Place]) -> float:
        """The value of what a task is given."""
        return task.base + task.rate * sum(p.end - p.start for p in places) if places else 0.0

    def kept(self, task: Task, places: Sequence[Place]) -> float:
        """What keeping the task where the earlier schedule had it is worth."""
        if not task.earlier or not places:
            return 0.0
        same = len(places) == len(task.earlier) and all(
            self.options[p.option].antennas == antennas and abs(p.start - start) <= self.policy_tolerance
            for p, (antennas, start, _) in zip(places, task.earlier, strict=True)
        )
        return self.keep_bonus(task, task.earlier[0][1]) if same else 0.0

    @property
    def policy_tolerance(self) -> int:
        """A start that moves by less than this [s] is no move."""
        return 5

    def keep_bonus(self, task: Task, low: int) -> float:
        """Dearer near the start of the plan, where people have got ready: full there, half a day later half of it."""
        nearness = 1.0 / (1.0 + max(0, low) / (DAY_S / 2))
        return self.policy.move_cost * task.worth * nearness

    def unserved(self, seconds: Sequence[int]) -> list[float]:
        """Unserved shares of agencies that are given so many seconds by tasks, beside what is held."""
        return [1.0 - (s + h) / a if a else 0.0 for s, h, a in zip(seconds, self.given, self.asked, strict=True)]

    def seconds_of(self, solution: Solution) -> list[int]:
        """Seconds that a solution gives to each agency."""
        given = [0] * len(self.agencies)
        for task, places in solution.items():
            given[self.tasks[task].agency] += sum(p.end - p.start for p in places)
        return given

    def value(self, solution: Solution) -> float:
        """The value of a schedule, as Policy has it."""
        worth = math.fsum(self.worth_of(self.tasks[t], solution[t]) for t in sorted(solution))
        return self.held_value + worth - self.policy.penalty(self.mean, self.unserved(self.seconds_of(solution)))

    def score(self, solution: Solution) -> float:
        """What the search makes large: emergencies before all, then value, then what stays where it was."""
        urgent = sum(self.tasks[t].emergency for t in solution)
        kept = math.fsum(self.kept(self.tasks[t], solution[t]) for t in sorted(solution))
        return self.value(solution) + kept + urgent * self.urgency

    @property
    def urgency(self) -> float:
        """More than everything else together."""
        return (
            2.0
            * self.mean
            * max(1, len(self.agencies))
            * (1.0 + self.policy.unserved_weight + self.policy.worst_weight)
        )


def groups_taken(inputs: PlanInputs) -> dict[str, Assignment]:
    """Requests of which nothing can be served, for another of their group is held already; and that contact."""
    one_of = {g.id for g in inputs.book.groups if g.kind == "one_of"}
    group_of = {r.id: r.group for r in inputs.book.requests if r.group in one_of}
    held = {group_of[h.request]: h for h in sorted(inputs.held, reverse=True) if h.request in group_of}
    return {
        request: held[group] for request, group in group_of.items() if group in held and held[group].request != request
    }


def parts_of(request: ContactRequest, span: Span) -> list[tuple[int, Span | None]]:
    """The contacts that a request asks for in a span: their numbers, and when each may lie; None: never.

    A request that repeats by the day counts from its own first day, so a part has one number in every plan.
    """
    common = request.span.intersection(span)
    if request.repetition is None:
        return [(1, common)]
    if common is None:
        return [(1, None)]
    if request.repetition.period == "span":
        return [(k, common) for k in range(1, request.repetition.times + 1)]
    times = request.repetition.times
    parts: list[tuple[int, Span | None]] = []
    day = common.start.replace(hour=0, minute=0, second=0, microsecond=0)
    first = (day.date() - request.span.start.date()).days * times
    while day < common.end:
        inside = common.intersection(Span(day, day + timedelta(days=1)))
        parts += [(first + len(parts) + k, inside) for k in range(1, times + 1)]
        day += timedelta(days=1)
    return parts


class _Budgets:
    """Seconds left of each agreement in each week, by the agreement that covers a station for an agency."""

    def __init__(self, network: Network, start: datetime) -> None:
        self.network = network
        self.week_offset = int((start - Week.of(start).start).total_seconds())
        self.left: list[int] = []
        self.number: dict[tuple[Agreement, int], int] = {}

    def week(self, second: int) -> int:
        return (second + self.week_offset) // WEEK_S

    def pieces(
        self, agency: str, antennas: Sequence[AntennaRef], low: int, high: int
    ) -> Iterable[tuple[int, int, tuple[int, ...]]]:
        """[low, high] with its budgets; where there are any, cut at the end of each week, for each has its own."""
        while low < high:
            charged = self.charged(agency, antennas, low)
            end = min(high, (self.week(low) + 1) * WEEK_S - self.week_offset) if charged else high
            yield low, end, charged
            low = end

    def charged(self, agency: str, antennas: Iterable[AntennaRef], second: int) -> tuple[int, ...]:
        """The budgets that a contact is charged to; none where every station is the agency's own or anyone's.

        A station that several agreements cover is charged to the first; an array to each agreement once.
        """
        found: dict[int, None] = {}
        for antenna in antennas:
            agreement = self.network.agreement(agency, antenna.station)
            if self.network.owner(antenna) in ("", agency) or agreement is None:
                continue
            key = (agreement, self.week(second))
            if key not in self.number:
                self.number[key] = len(self.left)
                self.left.append(math.floor(agreement.minutes_per_week * 60.0))
            found[self.number[key]] = None
        return tuple(found)


def build(inputs: PlanInputs) -> Problem:
    """The problem that inputs pose."""
    span, policy = inputs.span, inputs.policy
    start = span.start.replace(microsecond=0)
    horizon = int((span.end - start).total_seconds())
    requests = inputs.book.requests
    number = {r.id: k for k, r in enumerate(requests)}
    agencies = tuple(sorted({r.agency for r in requests}))
    antennas = tuple(
        sorted({a for w in inputs.search.windows for a in w.antennas} | {a for h in inputs.held for a in h.antennas})
    )
    antenna_number = {a: k for k, a in enumerate(antennas)}
    capacities = {(s.id, k.id): k.capacity for s in inputs.network.satellites for k in s.links}
    links = tuple(sorted({(r.satellite, r.link) for r in requests} | {(h.satellite, h.link) for h in inputs.held}))
    link_number = {k: n for n, k in enumerate(links)}
    budgets = _Budgets(inputs.network, start)

    def second(moment: datetime) -> int:
        return round((moment - start).total_seconds())

    held_parts = {(h.request, h.part) for h in inputs.held}
    held_of: dict[str, list[Assignment]] = defaultdict(list)
    for h in inputs.held:
        held_of[h.request].append(h)
    held_antennas: dict[int, list[tuple[int, int]]] = defaultdict(list)
    held_links: dict[int, list[tuple[int, int]]] = defaultdict(list)
    given = [0] * len(agencies)
    held_seconds: dict[tuple[int, int], int] = defaultdict(int)
    for h in inputs.held:
        for a in h.antennas:
            held_antennas[antenna_number[a]].append(
                (
                    math.floor((h.occupies.start - start).total_seconds()),
                    math.ceil((h.occupies.end - start).total_seconds()),
                )
            )
        held_links[link_number[h.satellite, h.link]].append(
            (math.floor((h.contact.start - start).total_seconds()), math.ceil((h.contact.end - start).total_seconds()))
        )
        if h.request in number:
            request = requests[number[h.request]]
            seconds = second(h.contact.end) - second(h.contact.start)
            part = 1 if request.split is not None else h.part
            given[agencies.index(request.agency)] += seconds
            held_seconds[number[h.request], part] += seconds
            for budget in budgets.charged(request.agency, h.antennas, second(h.contact.start)):
                budgets.left[budget] = max(0, budgets.left[budget] - seconds)
    held_value = math.fsum(policy.worth(requests[r], s) for (r, _), s in sorted(held_seconds.items()))

    taken = groups_taken(inputs)
    windows_of: dict[str, list[ContactWindow]] = defaultdict(list)
    for window in inputs.search.windows:
        windows_of[window.request].append(window)
    earlier: dict[tuple[str, int], list[Assignment]] = defaultdict(list)
    for assignment in sorted(inputs.previous):
        if assignment.request in number:
            split = requests[number[assignment.request]].split is not None
            earlier[assignment.request, 1 if split else assignment.part].append(assignment)

    tasks: list[Task] = []
    options: list[Option] = []
    asked = [0] * len(agencies)
    total = 0.0
    by_request: dict[int, list[int]] = defaultdict(list)
    for r, request in enumerate(requests):
        agency = agencies.index(request.agency)
        least, wanted = round(request.min_s), round(request.wanted_s)
        min_part = min(least, math.ceil(request.split.min_part_s)) if request.split else least
        base, full = policy.worth(request, 0.0), policy.worth(request, wanted)
        for part, inside in parts_of(request, span):
            asked[agency] += wanted
            total += full
            if (request.id, part) in held_parts or (r, part) in held_seconds or inside is None:
                continue
            index = len(tasks)
            own: list[Option] = []
            first, last = (
                math.ceil((inside.start - start).total_seconds()),
                math.floor((inside.end - start).total_seconds()),
            )
            for window in windows_of[request.id] if request.id not in taken else ():
                low = max(first, math.ceil((window.span.start - start).total_seconds()))
                high = min(last, math.floor((window.span.end - start).total_seconds()))
                for piece_low, piece_high, charged in budgets.pieces(request.agency, window.antennas, low, high):
                    if piece_high - piece_low >= min_part:
                        own.append(
                            Option(
                                index,
                                tuple(antenna_number[a] for a in window.antennas),
                                piece_low,
                                piece_high,
                                math.ceil(window.setup_s),
                                math.ceil(window.teardown_s),
                                window.peak_elevation_deg,
                                charged,
                            )
                        )
            own.sort(key=lambda o: (o.low, len(o.antennas), o.high, o.antennas))
            tasks.append(
                Task(
                    index=index,
                    request=r,
                    part=part,
                    agency=agency,
                    link=link_number[request.satellite, request.link],
                    least=least,
                    wanted=wanted,
                    max_parts=request.split.max_parts if request.split else 1,
                    min_part=min_part,
                    split_part=math.ceil(request.split.min_part_s) if request.split else least,
                    base=base,
                    rate=(full - base) / wanted,
                    emergency=request.priority is Priority.EMERGENCY,
                    preference=request.preference,
                    options=tuple(range(len(options), len(options) + len(own))),
                    earlier=tuple(
                        (
                            tuple(antenna_number.get(a, -1) for a in e.antennas),
                            second(e.contact.start),
                            second(e.contact.end),
                        )
                        for e in earlier[request.id, part]
                    ),
                )
            )
            options += own
            by_request[r].append(index)
    chains = tuple(
        Chain(
            tuple(by_request[r]),
            math.ceil(rep.min_spacing_s),
            _floor(rep.max_gap_s),
            tuple(sorted((h.part, second(h.contact.start), second(h.contact.end)) for h in held_of[requests[r].id])),
        )
        for r, rep in ((r, request.repetition) for r, request in enumerate(requests))
        if rep is not None and by_request[r]
    )
    has_held = {requests[number[h.request]].id for h in inputs.held if h.request in number}
    groups = tuple(
        Group(
            tuple(
                tuple(by_request[r])
                for r, request in enumerate(requests)
                if request.group == g.id and request.id not in has_held
            ),
            g.kind == "one_of",
        )
        for g in inputs.book.groups
        if g.kind == "all_of" or not any(r.group == g.id and r.id in has_held for r in requests)
    )
    bundles = _bundles(tasks, chains, groups)
    return Problem(
        start=start,
        horizon=horizon,
        policy=policy,
        requests=requests,
        tasks=tuple(tasks),
        options=tuple(options),
        antennas=antennas,
        agencies=agencies,
        capacity=tuple(capacities.get(k, 1) for k in links),
        budgets=tuple(budgets.left),
        bundles=bundles,
        chains=chains,
        groups=groups,
        chains_of=_by_task((c, c.tasks) for c in chains),
        groups_of=_by_task((g, tuple(t for m in g.members for t in m)) for g in groups),
        held=inputs.held,
        held_tasks=tuple(sorted(held_seconds)),
        held_antennas={k: tuple(sorted(v)) for k, v in sorted(held_antennas.items())},
        held_links={k: tuple(sorted(v)) for k, v in sorted(held_links.items())},
        asked=tuple(asked),
        given=tuple(given),
        held_value=held_value,
        mean=total / len(agencies) if agencies else 0.0,
    )


def _bundles(tasks: Sequence[Task], chains: Sequence[Chain], groups: Sequence[Group]) -> tuple[tuple[int, ...], ...]:
    """Tasks that are bound to each other by a repetition or a group, joined; every other alone."""
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
    found: dict[int, list[T]] = defaultdict(list)
    for owner, tasks in owners:
        for task in tasks:
            found[task].append(owner)
    return {task: tuple(found[task]) for task in sorted(found)}


def _floor(seconds: float | None) -> int | None:
    return None if seconds is None else math.floor(seconds)
