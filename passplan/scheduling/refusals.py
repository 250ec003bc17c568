"""The reasons of refusals: the filters that excluded the passes, or the contacts that occupy the windows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from passplan.domain.facts import (
    AgreementUsedUp,
    ContactRef,
    CutTooShort,
    Fact,
    GroupNotServed,
    GroupServed,
    HeldInTheWay,
    LongestPass,
    LongestPiece,
    MoreUnusable,
    NearestRoom,
    NoPassAtAll,
    NothingBetter,
    NoWindowInPart,
    Outranked,
    OutsidePlan,
    PassesExcluded,
    SpacingTaken,
    Unusable,
    WindowsTooShort,
)
from passplan.domain.network import AntennaRef
from passplan.domain.schedule import Blocker, Obstacle, PlanInputs, Reason, Refusal
from passplan.domain.span import Span
from passplan.domain.windows import ContactWindow, Exclusion, Filter, Inadmissible
from passplan.scheduling import intervals
from passplan.scheduling.occupancy import Occupancy
from passplan.scheduling.options import Option
from passplan.scheduling.problem import Place, Problem, Solution, Task, groups_taken, parts_of
from passplan.scheduling.rules import fits_bundle
from passplan.scheduling.submodel import Neighbourhood

_MOST_OBSTACLES = 8
_MOST_NAMED = 6  # stations and antennas that are unusable


def refusals(inputs: PlanInputs, problem: Problem, solution: Solution) -> tuple[Refusal, ...]:
    """A refusal for each requested contact that is not in the schedule, in order of request and part."""
    result: list[Refusal] = []
    excluded: dict[str, list[Exclusion]] = defaultdict(list)
    for exclusion in inputs.search.exclusions:
        excluded[exclusion.request].append(exclusion)
    unusable: dict[str, list[Unusable]] = defaultdict(list)
    for item in inputs.search.inadmissible:
        unusable[item.request].append(_unusable(item))
    windows: dict[str, list[ContactWindow]] = defaultdict(list)
    for window in inputs.search.windows:
        windows[window.request].append(window)
    number_of = {(t.request, t.part): t for t in problem.tasks}
    held = {(problem.requests[r].id, part) for r, part in problem.held_tasks}
    begun = {name for name, _ in held}
    agencies = {r.id: r.agency for r in inputs.book.requests}
    blocked = _Blocked(problem, solution, agencies)
    taken = groups_taken(inputs)
    for number, request in enumerate(problem.requests):
        for part, inside in parts_of(request, inputs.span):
            task = number_of.get((number, part))
            if (request.id, part) in held or (task is not None and task.index in solution):
                continue
            if inside is None and request.id in begun:
                continue  # the request has contacts before the plan's span, or after it
            if task is not None and task.options:
                result.append(blocked.refusal(request.id, task))
            elif request.id in taken:
                there = taken[request.id]
                served = ContactRef(request=there.request, part=there.part, agency=agencies.get(there.request, ""))
                result.append(_refusal(request.id, part, Reason.GROUP, [GroupServed(contacts=(served,), held=True)]))
            elif inside is None:
                result.append(_refusal(request.id, part, Reason.NO_PASS, [OutsidePlan()]))
            elif any(w.span.start < inside.end and w.span.end > inside.start for w in windows.get(request.id, ())):
                result.append(_refusal(request.id, part, Reason.TOO_SHORT, [CutTooShort()]))
            elif request.id in windows:
                result.append(_refusal(request.id, part, Reason.NO_PASS, [NoWindowInPart()]))
            else:
                result.append(_without_windows(request.id, part, excluded[request.id], unusable[request.id]))
    return tuple(result)


def _refusal(request: str, part: int, reason: Reason, particulars: Iterable[Fact]) -> Refusal:
    return Refusal(request=request, part=part, reason=reason, particulars=tuple(particulars))


def _unusable(item: Inadmissible) -> Unusable:
    if isinstance(item.station, AntennaRef):
        return Unusable(station=item.station.station, antenna=item.station.antenna, cause=item.cause)
    return Unusable(station=item.station, cause=item.cause)


def _without_windows(request: str, part: int, excluded: list[Exclusion], unusable: list[Unusable]) -> Refusal:
    named: list[Fact] = [*unusable[:_MOST_NAMED]]
    if len(unusable) > _MOST_NAMED:
        named.append(MoreUnusable(count=len(unusable) - _MOST_NAMED))
    if not excluded:
        if unusable:
            return _refusal(request, part, Reason.INADMISSIBLE, named)
        return _refusal(request, part, Reason.NO_PASS, [NoPassAtAll()])
    counts = Counter(e.filter for e in excluded)
    longest = max(excluded, key=lambda e: (e.longest_s, e.antennas))
    particulars: list[Fact] = [
        PassesExcluded(count=count, filter=kind)
        for kind, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    length_s, antennas, start = longest.longest_s, longest.antennas, longest.span.start
    if set(counts) <= {Filter.LENGTH, Filter.TIMING}:
        return _refusal(
            request,
            part,
            Reason.TOO_SHORT,
            [*particulars, LongestPass(length_s=length_s, antennas=antennas, start=start), *named],
        )
    return _refusal(
        request,
        part,
        Reason.FILTERED,
        [*particulars, LongestPiece(length_s=length_s, antennas=antennas, start=start), *named],
    )


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


class _Blocked:
    """The contacts that block tasks with windows."""

    def __init__(self, problem: Problem, solution: Solution, agencies: Mapping[str, str]) -> None:
        self._agencies = agencies
        self._problem = problem
        self._solution = solution
        self._occupancy = Occupancy(problem, solution)
        self._on_antenna: dict[int, list[tuple[int, int, Blocker, float]]] = defaultdict(list)
        self._on_link: dict[int, list[tuple[int, int, Blocker, float]]] = defaultdict(list)
        self._on_budget: dict[int, list[tuple[Blocker, float, int]]] = defaultdict(list)
        for index, places in solution.items():
            task = problem.tasks[index]
            worth = problem.value_of(task, places) / len(places)
            for k, place in enumerate(places, start=1):
                option = problem.options[place.option]
                blocker = self._blocker(problem.requests[task.request].id, task.part, k, task.max_parts > 1, place)
                for antenna in option.antennas:
                    occupied = (place.start_s - option.setup_s, place.end_s + option.teardown_s)
                    self._on_antenna[antenna].append((*occupied, blocker, worth))
                self._on_link[task.link].append((place.start_s, place.end_s, blocker, worth))
                for budget in option.budgets:
                    self._on_budget[budget].append((blocker, worth, place.end_s - place.start_s))
        held = [Blocker(request=h.request, part=h.part, contact=h.contact, held=True) for h in problem.held]
        for antenna, holds in problem.held_antennas.items():
            self._on_antenna[antenna] += [(h.start_s, h.end_s, held[h.owner], 0.0) for h in holds]
        for link, holds in problem.held_links.items():
            self._on_link[link] += [(h.start_s, h.end_s, held[h.owner], 0.0) for h in holds]

    def refusal(self, request: str, task: Task) -> Refusal:
        """The reason, and the windows in which it is cheapest to make room."""
        problem = self._problem
        if instead := self._served_instead(task):
            served = GroupServed(contacts=tuple(self._ref(b) for b in instead))
            rooms = [(self._cheapest(task, o, self._problem.options[o]), o) for o in task.options]
            rooms.sort(key=lambda r: (r[0][1], r[1]))
            return Refusal(
                request=request,
                part=task.part,
                reason=Reason.GROUP,
                particulars=(served,),
                obstacles=tuple(
                    self._obstacle(o, tuple(sorted({*instead, *blockers})))
                    for (reason, _, blockers), o in rooms[:_MOST_OBSTACLES]
                    if reason is not Reason.TOO_SHORT
                ),
            )
        obstacles: list[tuple[float, Obstacle]] = []
        reasons: Counter[Reason] = Counter()
        for number in task.options:
            option = problem.options[number]
            reason, cost, blockers = self._cheapest(task, number, option)
            reasons[reason] += 1
            if blockers and option.high_s - option.low_s >= task.least_s:
                obstacles.append((cost, self._obstacle(number, blockers)))
        obstacles.sort(key=lambda o: (o[0], o[1].window, o[1].antennas))
        reason = min(reasons, key=lambda r: (_ORDER.index(r), r))
        if not fits_alone(problem, task):
            reason, obstacles = Reason.TOO_SHORT, []
        worth = task.least_value
        particulars: list[Fact] = [_first(reason, windows=sum(reasons.values()), worth=worth)]
        if obstacles:
            cost, cheapest = obstacles[0]
            particulars.append(
                NearestRoom(
                    antennas=cheapest.antennas,
                    start=cheapest.window.start,
                    taken_by=tuple(self._ref(b) for b in cheapest.blockers),
                    held=any(b.held for b in cheapest.blockers),
                    cost=cost,
                )
            )
            if reason is Reason.OUTRANKED and cost < worth:
                particulars.append(NothingBetter())
        return Refusal(
            request=request,
            part=task.part,
            reason=reason,
            particulars=tuple(particulars),
            obstacles=tuple(o for _, o in obstacles[:_MOST_OBSTACLES]),
        )

    def _ref(self, blocker: Blocker) -> ContactRef:
        agency = self._agencies.get(blocker.request, "")
        return ContactRef(request=blocker.request, part=blocker.part, agency=agency, start=blocker.contact.start)

    def _served_instead(self, task: Task) -> tuple[Blocker, ...]:
        """Served contacts of other requests of the task's `one_of` groups."""
        groups = [g for g in self._problem.groups_of.get(task.index, ()) if g.one_of]
        tasks = [t for g in groups for m in g.members if task.index not in m for t in m if t in self._solution]
        return self._of_tasks(tasks)

    def _obstacle(self, number: int, blockers: tuple[Blocker, ...]) -> Obstacle:
        option, start = self._problem.options[number], self._problem.start
        return Obstacle(
            antennas=tuple(self._problem.antennas[a] for a in option.antennas),
            window=Span(start + timedelta(seconds=option.low_s), start + timedelta(seconds=option.high_s)),
            blockers=blockers,
        )

    def _cheapest(self, task: Task, number: int, option: Option) -> tuple[Reason, float, tuple[Blocker, ...]]:
        """The contacts with the least total value whose removal makes room in a window."""
        taken = [
            (s - option.teardown_s, e + option.setup_s, blocker, worth)
            for antenna in option.antennas
            for s, e, blocker, worth in self._on_antenna[antenna]
            if s - option.teardown_s < option.high_s and e + option.setup_s > option.low_s
        ]
        on_link = [t for t in self._on_link[task.link] if t[0] < option.high_s and t[1] > option.low_s]
        need = min(task.least_s, option.high_s - option.low_s)  # of a split contact, a part
        last = option.high_s - need
        chains = self._problem.chains_of.get(task.index, ())
        chain_places = [p for c in chains for t in c.tasks for p in self._solution.get(t, ())]
        spacing = max((c.min_spacing_s for c in chains), default=0)
        starts = (
            {option.low_s, last}
            | {e for _, e, *_ in taken + on_link}
            | {s - need for s, *_ in taken + on_link}
            | {p.end_s + spacing for p in chain_places}
            | {p.start_s - spacing - need for p in chain_places}
        )
        best: tuple[bool, float, tuple[Blocker, ...]] | None = None
        for start in sorted(s for s in starts if option.low_s <= s <= last):
            end = start + need
            blocking = {b: w for s, e, b, w in taken if s < end and e > start}
            crowd = [t for t in on_link if t[0] < end and t[1] > start and t[2] not in blocking]
            over = len(crowd) - self._problem.capacity[task.link] + 1
            cheapest = sorted(crowd, key=lambda t: (t[3], t[2]))[: max(0, over)]
            blocking |= {blocker: worth for _, _, blocker, worth in cheapest}
            cost = sum(blocking.values()) + sum(1e6 for b in blocking if b.held)
            place = Place(number, start, end)
            unspaced = bool(chains) and not fits_bundle(self._problem, self._solution, task, (place,))
            if best is None or (unspaced, cost) < (best[0], best[1] - 1e-12):
                best = (unspaced, cost, tuple(sorted(blocking)))
        if best is None:
            return Reason.TOO_SHORT, 0.0, ()
        unspaced, cost, blockers = best
        if unspaced:
            chain_blockers = self._of_tasks(t for c in chains for t in c.tasks if t in self._solution)
            return Reason.SPACING, cost, tuple(sorted({*blockers, *chain_blockers}))
        spenders = self._spenders(task, option, blockers)
        if spenders is None:
            return Reason.AGREEMENT, 0.0, ()
        if spenders:
            return Reason.AGREEMENT, cost + sum(spenders.values()), tuple(sorted({*blockers, *spenders}))
        if blockers:
            request = self._problem.requests[task.request].id
            if all(b.request == request for b in blockers):
                return Reason.SPACING, cost, blockers
            held = any(b.held for b in blockers)
            return Reason.HELD if held else Reason.OUTRANKED, cost, blockers
        in_group = task.index in self._problem.groups_of
        return Reason.GROUP if in_group else Reason.OUTRANKED, 0.0, ()

    def _spenders(self, task: Task, option: Option, going: tuple[Blocker, ...]) -> dict[Blocker, float] | None:
        """Further contacts to remove so that agreements have enough seconds; None: removing all is not enough."""
        spenders: dict[Blocker, float] = {}
        for budget in option.budgets:
            spent = self._on_budget[budget]
            missing = task.least_s - self._occupancy.budgets_s[budget]
            missing -= sum(seconds for blocker, _, seconds in spent if blocker in going or blocker in spenders)
            for blocker, worth, seconds in sorted(spent, key=lambda b: (b[1], b[0])):
                if missing > 0 and blocker not in going and blocker not in spenders:
                    spenders[blocker] = worth
                    missing -= seconds
            if missing > 0:
                return None
        return spenders

    def _of_tasks(self, tasks: Iterable[int]) -> tuple[Blocker, ...]:
        blockers = []
        for index in tasks:
            task = self._problem.tasks[index]
            for k, place in enumerate(self._solution[index], start=1):
                request = self._problem.requests[task.request].id
                blockers.append(self._blocker(request, task.part, k, task.max_parts > 1, place))
        return tuple(sorted(blockers))

    def _blocker(self, request: str, part: int, k: int, split: bool, place: Place) -> Blocker:
        start = self._problem.start
        contact = Span(start + timedelta(seconds=place.start_s), start + timedelta(seconds=place.end_s))
        return Blocker(request=request, part=k if split else part, contact=contact)


# The reason of a refusal is the first of these that any window has.
_ORDER = (Reason.OUTRANKED, Reason.SPACING, Reason.GROUP, Reason.AGREEMENT, Reason.HELD, Reason.TOO_SHORT)


def _first(reason: Reason, *, windows: int, worth: float) -> Fact:
    """The particular that summarizes all windows of a refused request."""
    facts = {
        Reason.OUTRANKED: Outranked(windows=windows, worth=worth),
        Reason.SPACING: SpacingTaken(windows=windows),
        Reason.GROUP: GroupNotServed(),
        Reason.AGREEMENT: AgreementUsedUp(windows=windows),
        Reason.HELD: HeldInTheWay(windows=windows),
        Reason.TOO_SHORT: WindowsTooShort(),
    }
    return facts[reason]
