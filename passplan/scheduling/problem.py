"""The solvers' problem: tasks and their options in whole seconds after a start, on numbered antennas and links."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from passplan.domain.network import AntennaRef
from passplan.domain.requests import ContactRequest
from passplan.domain.schedule import SMALL_SHIFT_S, Assignment, PlanInputs
from passplan.domain.span import Span
from passplan.scheduling.objective import Objective
from passplan.scheduling.options import Options

LONG_S = 1_800  # longer tasks are placed by intervals, not by columns of starts
DAY_S = 86_400
_SERVED = 4.0  # of the bonus for staying at a place: what it costs not to serve a contact that was served
_SAME_PASS, _SAME_ANTENNAS, _SAME_DAY = 0.6, 0.3, 0.1  # of it, for a contact that moves
SAME_START_S = int(SMALL_SHIFT_S)  # a start that moves by at most this is unchanged


class Place(NamedTuple):
    """A contact: an option, and the seconds from start to end."""

    option: int
    start_s: int
    end_s: int


class Hold(NamedTuple):
    """The time in which a held contact has an antenna or a channel, and its index in `Problem.held`."""

    start_s: int
    end_s: int
    owner: int


class EarlierContact(NamedTuple):
    """A contact of the earlier schedule; an antenna without windows now is -1."""

    antennas: tuple[int, ...]
    start_s: int
    end_s: int


class HeldPart(NamedTuple):
    """A held contact of a repeated request."""

    part: int
    start_s: int
    end_s: int


Solution = dict[int, tuple[Place, ...]]  # by task; a missing task is not served


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One contact to place, or the parts of a split one."""

    index: int
    request: int
    part: int  # of a repeated request, from 1
    agency: int
    link: int
    least_s: int
    wanted_s: int
    max_parts: int
    min_part_s: int  # the shortest contact that may be part of it
    split_part_s: int  # the least length of each part when it is split
    fixed_value: float  # of serving it, independent of its length
    value_per_s: float
    emergency: bool
    preference: str
    options: range  # in order of low_s, then fewest antennas
    earlier: tuple[EarlierContact, ...]

    @property
    def is_long(self) -> bool:
        """Whether it is placed by intervals, and not by columns of starts."""
        return self.wanted_s > LONG_S or self.max_parts > 1

    @property
    def value(self) -> float:
        """Its value when it gets its wanted seconds."""
        return self.fixed_value + self.value_per_s * self.wanted_s

    @property
    def least_value(self) -> float:
        """Its value when it gets its least seconds."""
        return self.fixed_value + self.value_per_s * self.least_s


@dataclass(frozen=True, slots=True)
class Chain:
    """The tasks of a repeated request in order of time."""

    tasks: tuple[int, ...]
    min_spacing_s: int
    max_gap_s: int | None
    held: tuple[HeldPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A group of requests, each with its tasks: at most one is served, or all or none."""

    members: tuple[tuple[int, ...], ...]
    one_of: bool

    @property
    def tasks(self) -> tuple[int, ...]:
        """The tasks of all its members."""
        return tuple(t for member in self.members for t in member)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A complete planning problem; held contacts are already taken from its resources."""

    start: datetime
    horizon_s: int
    objective: Objective
    requests: tuple[ContactRequest, ...]
    tasks: tuple[Task, ...]
    options: Options
    antennas: tuple[AntennaRef, ...]
    agencies: tuple[str, ...]  # with requests
    capacity: tuple[int, ...]  # by link
    budgets_s: tuple[int, ...]  # left of an agreement in a week
    bundles: tuple[tuple[int, ...], ...]
    chains: tuple[Chain, ...]
    groups: tuple[Group, ...]
    chains_of: Mapping[int, tuple[Chain, ...]]  # by task
    groups_of: Mapping[int, tuple[Group, ...]]
    held: tuple[Assignment, ...]
    held_tasks: tuple[tuple[int, int], ...]  # request and part of the held contacts of the book's requests
    held_antennas: Mapping[int, tuple[Hold, ...]]  # antenna -> occupied, in order of time
    held_links: Mapping[int, tuple[Hold, ...]]  # link -> contact, in order of time
    asked_s: tuple[int, ...]  # by agency
    given_s: tuple[int, ...]  # that held contacts give, by agency
    held_value: float
    mean_value: float  # of all requests, per agency with requests

    def value_of(self, task: Task, places: Sequence[Place]) -> float:
        """The value of a task's places."""
        return task.fixed_value + task.value_per_s * sum(p.end_s - p.start_s for p in places) if places else 0.0

    def stability_bonus(self, task: Task, places: Sequence[Place]) -> float:
        """The bonus in the search for a task that stays served, and stays at its place of the earlier schedule.

        Of the second, a contact of one part has some in the same pass, less on the same antennas, and a little on the
        same day.
        """
        if not task.earlier or not places:
            return 0.0
        same = len(places) == len(task.earlier) and all(
            self.options[p.option].antennas == antennas and abs(p.start_s - start_s) <= SAME_START_S
            for p, (antennas, start_s, _) in zip(places, task.earlier, strict=True)
        )
        share = 1.0 if same else self._kept_share(task, places)
        return self.kept_bonus(task) + share * self.objective.stability_bonus(task.value, task.earlier[0].start_s)

    def kept_bonus(self, task: Task) -> float:
        """The part of the bonus for a task that was served before, wherever it is served now."""
        if not task.earlier:
            return 0.0
        return _SERVED * self.objective.stability_bonus(task.value, task.earlier[0].start_s)

    def _kept_share(self, task: Task, places: Sequence[Place]) -> float:
        """The share of the bonus for a contact that moved."""
        if len(places) > 1 or len(task.earlier) > 1:
            return 0.0
        before, place = task.earlier[0], places[0]
        if self.options[place.option].antennas == before.antennas:
            in_pass = place.start_s < before.end_s and before.start_s < place.end_s
            return _SAME_PASS if in_pass else _SAME_ANTENNAS
        return _SAME_DAY if abs(place.start_s - before.start_s) < DAY_S // 2 else 0.0

    def unserved(self, seconds: Sequence[int]) -> list[float]:
        """Unserved shares of agencies from the seconds of their tasks, plus their held contacts."""
        return [1.0 - (s + h) / a if a else 0.0 for s, h, a in zip(seconds, self.given_s, self.asked_s, strict=True)]

    def seconds_of(self, solution: Solution) -> list[int]:
        """Seconds that a solution gives to each agency."""
        given_s = [0] * len(self.agencies)
        for task, places in solution.items():
            given_s[self.tasks[task].agency] += sum(p.end_s - p.start_s for p in places)
        return given_s

    def penalty_of(self, seconds: Sequence[int]) -> float:
        """The fairness penalty from the seconds of the agencies' tasks, plus their held contacts."""
        return self.objective.penalty(self.mean_value, self.unserved(seconds))

    def value(self, solution: Solution) -> float:
        """The value of a schedule by the objective."""
        served = math.fsum(self.value_of(self.tasks[t], solution[t]) for t in sorted(solution))
        return self.held_value + served - self.penalty_of(self.seconds_of(solution))

    def score(self, solution: Solution) -> float:
        """The score that the search maximizes: emergencies first, then value, then unchanged places."""
        urgent = sum(self.tasks[t].emergency for t in solution)
        stable = math.fsum(self.stability_bonus(self.tasks[t], solution[t]) for t in sorted(solution))
        return self.value(solution) + stable + urgent * self.urgency

    @property
    def urgency(self) -> float:
        """A bonus above the value of everything else together."""
        return self.objective.urgency(self.mean_value, len(self.agencies))


def groups_taken(inputs: PlanInputs) -> dict[str, Assignment]:
    """Requests that cannot be served because another of their `one_of` group is held, with that held contact."""
    one_of = {g.id for g in inputs.book.groups if g.kind == "one_of"}
    group_of = {r.id: r.group for r in inputs.book.requests if r.group in one_of}
    held = {group_of[h.request]: h for h in sorted(inputs.held, reverse=True) if h.request in group_of}
    return {
        request: held[group] for request, group in group_of.items() if group in held and held[group].request != request
    }


def parts_of(request: ContactRequest, span: Span) -> list[tuple[int, Span | None]]:
    """The requested contacts of a request in a span: their numbers, and the span of each; None: outside.

    The parts of a request that repeats by the day are numbered from its first day, so the numbers are equal in every
    plan.
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
