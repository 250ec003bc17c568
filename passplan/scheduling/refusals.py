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
from passplan.scheduling.problem import Solution, Task, groups_taken, parts_of
from passplan.scheduling.rooms import Room, Rooms
from passplan.scheduling.timetables import Timetables

_MOST_NAMED = 6  # stations and antennas that are unusable


def refusals(inputs: PlanInputs, timetables: Timetables, solution: Solution) -> tuple[Refusal, ...]:
    """A refusal for each requested contact that is not in the schedule, in order of request and part."""
    problem = timetables.problem
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
    blocked = _Blocked(timetables, solution, agencies)
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
                cause = CutTooShort() if request.split is None else WindowsTooShort()
                result.append(_refusal(request.id, part, Reason.TOO_SHORT, [cause]))
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


class _Blocked:
    """The refusals of tasks with windows."""

    def __init__(self, timetables: Timetables, solution: Solution, agencies: Mapping[str, str]) -> None:
        self._agencies = agencies
        self._problem = timetables.problem
        self._solution = solution
        self._rooms = Rooms(timetables, solution)

    def refusal(self, request: str, task: Task) -> Refusal:
        """The reason, and the windows in which it is cheapest to make room."""
        rooms = self._rooms.of(task)
        if instead := self._served_instead(task):
            return Refusal(
                request=request,
                part=task.part,
                reason=Reason.GROUP,
                particulars=(GroupServed(contacts=tuple(self._ref(b) for b in instead)),),
                obstacles=tuple(
                    self._obstacle(replace(r, blockers=tuple(sorted({*instead, *r.blockers})))) for r in rooms
                ),
            )
        if not rooms:
            reason = self._rooms.why_none(task)
            windows = len(task.options)
            return _refusal(request, task.part, reason, [_first(reason, windows=windows, worth=task.least_value)])
        reason, worth = rooms[0].reason, task.least_value
        particulars: list[Fact] = [_first(reason, windows=len(task.options), worth=worth)]
        rooms = [r for r in rooms if r.blockers]
        if rooms:
            cheapest = rooms[0]
            option = self._problem.options[cheapest.option]
            particulars.append(
                NearestRoom(
                    antennas=tuple(self._problem.antennas[a] for a in option.antennas),
                    start=self._problem.start + timedelta(seconds=option.low_s),
                    taken_by=tuple(self._ref(b) for b in cheapest.blockers),
                    held=any(b.held for b in cheapest.blockers),
                    cost=cheapest.cost,
                )
            )
            if reason is Reason.OUTRANKED and cheapest.cost < worth:
                particulars.append(NothingBetter())
        return Refusal(
            request=request,
            part=task.part,
            reason=reason,
            particulars=tuple(particulars),
            obstacles=tuple(map(self._obstacle, rooms)),
        )

    def _ref(self, blocker: Blocker) -> ContactRef:
        agency = self._agencies.get(blocker.request, "")
        return ContactRef(request=blocker.request, part=blocker.part, agency=agency, start=blocker.contact.start)

    def _served_instead(self, task: Task) -> tuple[Blocker, ...]:
        """Served contacts of other requests of the task's `one_of` groups."""
        groups = [g for g in self._problem.groups_of.get(task.index, ()) if g.one_of]
        tasks = [t for g in groups for m in g.members if task.index not in m for t in m if t in self._solution]
        return self._rooms.of_tasks(tasks)

    def _obstacle(self, room: Room) -> Obstacle:
        option, start = self._problem.options[room.option], self._problem.start
        return Obstacle(
            antennas=tuple(self._problem.antennas[a] for a in option.antennas),
            window=Span(start + timedelta(seconds=option.low_s), start + timedelta(seconds=option.high_s)),
            blockers=room.blockers,
        )


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
