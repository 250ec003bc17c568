"""Planning as a function of values: from requests, element sets and a network to a checked plan.

Slow modules are imported at their first use, so that checking and comparing plans need no solver.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from passplan.domain.errors import InputError, PlanningError
from passplan.domain.messages import Message
from passplan.domain.network import Network, SatelliteId
from passplan.domain.requests import ContactRequest, RequestBook, RequestId
from passplan.domain.schedule import (
    Assignment,
    FrontPoint,
    Move,
    PassShift,
    Plan,
    PlanDiff,
    PlanInputs,
    Policy,
    Price,
    Schedule,
    Violation,
    held_as_of,
)
from passplan.domain.sources import Segment, Source
from passplan.domain.span import Span
from passplan.domain.windows import FILTER_CAUSES, ContactWindow, Filter, WindowSearch

Progress = Callable[[int, int], None]  # searches done, of how many
Report = Callable[[float, float, float], None]  # share of the effort spent, value, bound


def plan(
    requests: RequestBook | Iterable[ContactRequest],
    elements: Iterable[Source | Segment],
    network: Network,
    span: Span,
    *,
    effort: str = "normal",
    held: Sequence[Assignment] = (),
    previous: Sequence[Assignment] = (),
    policy: Policy | None = None,
    seed: int = 1,
    price_of_fairness: bool = False,
) -> Plan:
    """Share contact time among requests.

    Args:
        requests: the requests.
        elements: element sets; they are matched to the network's satellites by catalogue number, and the newest wins.
        network: the stations, satellites and agreements.
        span: the time that is planned.
        effort: "quick", "normal" or "long".
        held: contacts of an earlier schedule that stay as they are.
        previous: contacts of an earlier schedule that move as little as may be.
        policy: how the value of a schedule is computed.
        seed: of the search; equal inputs and seeds give equal schedules.
        price_of_fairness: whether to plan a second time without fairness, to compute its cost.

    Returns:
        The schedule with its inputs: what `check`, `explain` and `save_plan` take.

    Raises:
        InputError: for requests with names that the network does not have.
        PlanningError: for a schedule that does not pass its check; it is a mistake in passplan.
    """
    from passplan.formats.requests import check_against

    book = requests if isinstance(requests, RequestBook) else RequestBook(requests=tuple(requests))
    check_against(book, network, "the requests")
    inputs = make_inputs(
        book,
        sources_of(elements, network),
        network,
        span,
        held=held,
        previous=previous,
        policy=policy,
        effort=effort,
        seed=seed,
    )
    return make_plan(inputs, price_of_fairness=price_of_fairness)


def sources_of(elements: Iterable[Source | Segment], network: Network) -> dict[SatelliteId, Source]:
    """The source of each of the network's satellites that has element sets."""
    from passplan.orbit.timelines import timelines

    by_number = {s.catalog_number: s for s in timelines(elements)}
    return {
        s.id: replace(by_number[s.catalog_number], satellite=s.id)
        for s in network.satellites
        if s.catalog_number in by_number
    }


def make_inputs(
    book: RequestBook,
    sources: Mapping[SatelliteId, Source],
    network: Network,
    span: Span,
    *,
    held: Sequence[Assignment] = (),
    previous: Sequence[Assignment] = (),
    shifts: Sequence[PassShift] | None = None,
    policy: Policy | None = None,
    effort: str = "normal",
    seed: int = 1,
    progress: Progress | None = None,
) -> PlanInputs:
    """Search the contact windows of each request, and return them with the other inputs of a schedule."""
    from passplan.windows.windows import contact_windows

    policy = policy or Policy()
    search = contact_windows(book, sources, network, span, max_timing_s=policy.max_timing_s, progress=progress)
    return PlanInputs(
        span=span,
        book=book,
        network=network,
        search=search,
        held=tuple(held),
        previous=tuple(previous),
        shifts=None if shifts is None else tuple(shifts),
        policy=policy,
        effort=effort,
        seed=seed,
    )


def make_plan(inputs: PlanInputs, *, price_of_fairness: bool = False, report: Report | None = None) -> Plan:
    """A checked plan of these inputs.

    Raises:
        InputError: for an unknown effort, or held contacts that conflict.
        PlanningError: with every rule that the schedule breaks; it is a mistake in passplan.
    """
    from passplan.formats.plans import inputs_sha256
    from passplan.scheduling import planner

    # Equal inputs in any order give the same plan, and the same text of it.
    inputs = replace(inputs.in_order(), search=inputs.search.in_order())
    if conflicts := _conflicts(inputs):
        raise InputError(*conflicts)
    schedule = planner.plan(
        inputs, inputs_sha256=inputs_sha256(inputs), price_of_fairness=price_of_fairness, report=report
    )
    checked = Plan(inputs=inputs, schedule=schedule)
    if violations := check(checked):
        raise PlanningError(*(v.message for v in violations))
    return checked


def fairness_front(inputs: PlanInputs, *, progress: Progress | None = None) -> tuple[FrontPoint, ...]:
    """What plans are worth and how fair they are, for five weights of fairness; it takes five plans."""
    from passplan.scheduling import front

    return front.fairness_front(inputs, progress=progress)


def _conflicts(inputs: PlanInputs) -> tuple[Message, ...]:
    """Conflicts of held contacts: several at one antenna at the same time, or more on a link than it carries."""
    users: dict[tuple[str, ...], list[tuple[Span, Assignment]]] = defaultdict(list)
    capacity: dict[tuple[str, ...], int] = {}
    for a in inputs.held:
        for antenna in a.antennas:
            users[str(antenna),].append((a.occupies, a))
        users[a.satellite, a.link].append((a.contact, a))
    for s in inputs.network.satellites:
        capacity |= {(s.id, link.id): link.capacity for link in s.links}
    conflicts: dict[Message, None] = {}
    for what, taken in sorted(users.items()):
        for span, _ in sorted(taken):
            meeting = [b for other, b in taken if other.start <= span.start < other.end]
            if len(meeting) > capacity.get(what, 1):
                conflict = Message(
                    "held_at_once",
                    "held contacts %(contacts)s are at %(resource)s at once at %(at)s, and it carries %(capacity)s; "
                    "hold fewer of them",
                    contacts=tuple(f"{b.request}/{b.part}" for b in sorted(meeting)),
                    resource="/".join(what),
                    at=span.start,
                    capacity=capacity.get(what, 1),
                )
                conflicts[conflict] = None
    return tuple(conflicts)


def held_without_window(inputs: PlanInputs) -> tuple[Assignment, ...]:
    """Held contacts that have no window now: it is gone, shorter, or excluded.

    They stay held, because stations and agencies have prepared for them; the planner's user decides.
    """
    windows: dict[RequestId, list[ContactWindow]] = defaultdict(list)
    for w in inputs.search.windows:
        windows[w.request].append(w)
    return tuple(
        a
        for a in inputs.held
        if a.contact.start >= inputs.span.start
        and not any(
            w.antennas == a.antennas and w.span.start <= a.contact.start and a.contact.end <= w.span.end
            for w in windows[a.request]
        )
    )


def check(plan: Plan) -> tuple[Violation, ...]:
    """Every rule that a plan's schedule breaks, computed again from its inputs."""
    from passplan.scheduling import check as checker

    inputs = plan.inputs
    return checker.check(plan.schedule, inputs.book, inputs.network, inputs.search.windows, held=inputs.held)


def explain(
    plan: Plan,
    request: RequestId,
    part: int = 1,
    *,
    sources: Mapping[SatelliteId, Source] | None = None,
    after: datetime | None = None,
) -> Price:
    """The cost of serving a refused request, with the smallest relaxations with which it would cost nothing.

    Args:
        plan: a plan with its inputs.
        request: a refused request.
        part: of a repeated one.
        sources: the satellites' elements (see `sources_of`); without them only a shorter contact is looked for.
        after: the relaxations have places after this time, when the plan begins earlier.

    Raises:
        InputError: for a request that was not refused.
    """
    from passplan.service.schedule.relaxing import relaxations

    return replace(price_of(plan, request, part), relaxations=relaxations(plan, request, part, sources, after=after))


def price_of(plan: Plan, request: RequestId, part: int = 1) -> Price:
    """The cost of serving a refused request alone, which depends on nothing but the plan.

    Raises:
        InputError: for a request that was not refused.
    """
    from passplan.scheduling import price

    return price.explain(plan, request, part)


def diff_plans(old: Schedule, new: Schedule) -> PlanDiff:
    """The changes from an old schedule to a new one; a contact is the same by its request and part."""
    return diff_assignments(old.assignments, new.assignments, shifts_of(new))


def shifts_of(schedule: Schedule) -> dict[tuple[RequestId, int], float]:
    """How far the passes of contacts that moved had moved themselves [s], by request and part."""
    return {(m.before.request, m.before.part): m.pass_shift_s for m in schedule.moves}


def diff_assignments(
    old: Sequence[Assignment],
    new: Sequence[Assignment],
    pass_shifts: Mapping[tuple[RequestId, int], float] = MappingProxyType({}),
) -> PlanDiff:
    """The changes from old contacts to new ones; a contact is the same by its request and part."""
    before = {(a.request, a.part): a for a in old}
    after = {(a.request, a.part): a for a in new}
    return PlanDiff(
        added=tuple(a for a in new if (a.request, a.part) not in before),
        lost=tuple(a for a in old if (a.request, a.part) not in after),
        moved=tuple(
            Move(
                before=a,
                after=b,
                shift_s=(b.contact.start - a.contact.start).total_seconds(),
                pass_shift_s=pass_shifts.get((a.request, a.part), 0.0),
            )
            for a in old
            if (b := after.get((a.request, a.part))) is not None and (a.contact, a.antennas) != (b.contact, b.antennas)
        ),
    )


def carried_over(
    earlier: Plan, book: RequestBook, span: Span, *, freeze_s: float
) -> tuple[tuple[Assignment, ...], tuple[Assignment, ...], tuple[Assignment, ...]]:
    """An earlier plan's contacts for a new plan: held, previous, and dropped.

    Held contacts occupy their antennas before the span's start plus `freeze_s`; previous ones may move. Contacts that
    are over are held too, so that they are not planned again. Contacts are dropped if the book no longer has their
    request, or has it for another time or another number of times a day.
    """
    carried: list[Assignment] = []
    dropped: list[Assignment] = []
    for a in earlier.schedule.assignments:
        part = _part_in(earlier, book, a)
        if part is None:
            dropped.append(a)
        else:
            carried.append(a if part == a.part else replace(a, part=part))
    split = {r.id for r in book.requests if r.split is not None}
    frozen = held_as_of(tuple(carried), span.start + timedelta(seconds=freeze_s))
    begun = {a.request for a in frozen} & split  # all parts of a split request are held together
    held = {*frozen, *(a for a in carried if a.request in begun)}
    return (
        tuple(a for a in carried if a in held),
        tuple(a for a in carried if a not in held),
        tuple(dropped),
    )


def why_no_window(search: WindowSearch, book: RequestBook) -> tuple[Message, ...]:
    """Why a search found no contact window at all, the most frequent cause first."""
    if not book.requests:
        return (Message("no_requests", "nothing is asked for: there is no request"),)
    excluded = Counter(x.filter for x in search.exclusions)
    unusable = Counter((str(x.station), x.cause) for x in search.inadmissible)
    counted = [(count, _excluded(kind, count)) for kind, count in excluded.items()]
    counted += [(count, _unusable(at, cause, count)) for (at, cause), count in unusable.items()]
    causes = [message for _, message in sorted(counted, key=lambda c: (-c[0], str(c[1])))]
    excluded_requests = {x.request for x in search.exclusions} | {x.request for x in search.inadmissible}
    if without_pass := sum(r.id not in excluded_requests for r in book.requests):
        causes.append(_without_pass(without_pass))
    return tuple(causes)


def _excluded(kind: Filter, count: int) -> Message:
    return Message(
        "passes_excluded", "%(count)s passes that cannot be used, %(why)s", count=count, why=FILTER_CAUSES[kind]
    )


def _unusable(at: str, cause: Message, count: int) -> Message:
    if not at:
        return Message("requests_unusable", "%(count)s requests that cannot be had %(why)s", count=count, why=cause)
    return Message(
        "requests_unusable_at",
        "%(count)s requests that cannot be had at %(station)s: %(why)s",
        count=count,
        station=at,
        why=cause,
    )


def _without_pass(count: int) -> Message:
    if count == 1:
        return Message("request_without_pass", "1 request without a pass in the plan's span and their own")
    return Message(
        "requests_without_pass", "%(count)s requests without a pass in the plan's span and their own", count=count
    )


def _part_in(earlier: Plan, book: RequestBook, a: Assignment) -> int | None:
    """The number of a contact's part in the new book; None: the new plan does not have it."""
    before = next(r for r in earlier.inputs.book.requests if r.id == a.request)
    now = next((r for r in book.requests if r.id == a.request), None)
    if now is None or a.contact.end <= now.span.start or now.span.end <= a.contact.start:
        return None
    if (before.agency, before.satellite, before.link) != (now.agency, now.satellite, now.link):
        return None
    times = now.repetition.times if now.repetition is not None else 1
    if now.repetition is None or now.repetition.period != "day":
        return a.part if now.split is not None or a.part <= times else None
    if before.repetition is None or before.repetition.period != "day":
        return None
    day = (a.contact.start.date() - now.span.start.date()).days
    place = (a.part - 1) % before.repetition.times
    return day * times + place + 1 if place < times else None
