"""Drafts of a schedule: planned from one snapshot of the store, without a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from passplan.domain.contacts import GIVEN, LOST_STATES, Contact, ContactState, RequestState
from passplan.domain.errors import NoPlanError, StaleElementsError
from passplan.domain.facts import Closed, Outage
from passplan.domain.hints import Hint
from passplan.domain.messages import Message
from passplan.domain.network import Network, SatelliteId
from passplan.domain.requests import ContactRequest, RequestBook, RequestId
from passplan.domain.schedule import Assignment, Plan, PlanDiff
from passplan.domain.span import Span
from passplan.domain.week import Week
from passplan.domain.windows import Exclusion, Filter, WindowSearch
from passplan.service.documents import canonical, value_of
from passplan.service.elements.sets import sources_for
from passplan.service.network.revisions import current_network
from passplan.service.requests.submit import with_names, within_approvals
from passplan.service.schedule import planning
from passplan.service.schedule.planning import Report
from passplan.service.schedule.shifts import pass_shifts, sources_before
from passplan.service.store import Store
from passplan.store import contacts, elements, networks, requests, revisions
from passplan.store.database import Connection
from passplan.store.elements import Choice
from passplan.store.requests import StoredRequest
from passplan.store.schema import microseconds

Key: TypeAlias = tuple[RequestId, int]  # request and part

DAILY, LATE, LOST, MANUAL = "daily", "late", "lost", "manual"
PLANNED = (RequestState.ACCEPTED, RequestState.SATISFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputVersions:
    """The inputs of a draft: when the store was read, and the ids of its rows."""

    at: datetime
    network: int
    elements: Mapping[SatelliteId, tuple[int, ...]]  # ids of the active set and of those ahead of it
    outages: tuple[int, ...]
    revision: int  # the newest of the schedule; 0: there was none

    @property
    def document(self) -> str:
        """The JSON document for the store."""
        return canonical(
            {
                "at_us": microseconds(self.at),
                "network": self.network,
                "elements": dict(self.elements),
                "outages": self.outages,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A schedule that is planned and not published."""

    plan: Plan
    lane: str
    basis: InputVersions
    movable: Mapping[Key, Contact]  # contacts that it may move or drop
    without: tuple[Message, ...]  # what is not planned, and why: satellites without elements, requests without approval


def draft(
    store: Store, *, now: datetime, lane: str = MANUAL, effort: str = "", seed: int = 1, report: Report | None = None
) -> Draft:
    """Plan the store's requests, from `lead_min` after now on.

    Frozen contacts stay, and so do contacts of satellites whose elements are too old to book on; the others move as
    little as possible. In the late lane no contact moves, and only requests that begin within a day or the freeze, or
    leave no choice, are planned.

    Raises:
        NoPlanError: when there are requests, none of them has a contact, and no pass can be used.
        StaleElementsError: when the cause is missing or too old elements, or no satellite has usable ones.
        StoreError: when there is no network yet.
    """
    settings = store.settings
    start = settings.bookable_from(now)
    horizon = now + timedelta(days=settings.horizon_d)
    end = now + timedelta(seconds=settings.late_s) if lane == LATE else horizon
    if end <= start:
        raise NoPlanError(
            Message(
                "nothing_in_lead_time",
                "nothing is booked less than %(minutes)g min before, and that is all there is",
                minutes=settings.lead_min,
            )
        )
    with store.database.read() as connection:
        number, network = current_network(store.caches, connection, after=now)
        choices = elements.choices(connection)
        basis = basis_of(connection, number, network, choices, now)
        demand = _demand(connection, network, Span(start, horizon if lane == LATE else end))
        if lane == LATE:
            demand = demand.soon(end)
            end = max([end, *(r.span.end for r in demand.requests.values())])
        span = Span(start, end)
        granted = _granted(connection, demand.ids, span)
        book = _book(connection, demand, granted, span)
        replaced = sources_before(connection, network, basis.elements)
        cancelled = contacts.select(connection, states=LOST_STATES, requests=demand.ids)
    sources, without = sources_for(network, choices, span)
    frozen_until = now + timedelta(seconds=settings.freeze_s)
    stays = {
        c.id
        for c in granted
        if lane == LATE
        or c.state is not ContactState.SCHEDULED
        or c.assignment.occupies.start < frozen_until
        or c.assignment.satellite not in sources
        or c.assignment.contact.start >= end
    }
    held, movable = _held(granted, book, stays)
    inputs = planning.make_inputs(
        book,
        sources,
        network,
        span,
        held=[c.assignment for c in held],
        previous=[c.assignment for c in movable],
        shifts=pass_shifts([c.assignment for c in movable], replaced, sources, network) if movable else None,
        policy=settings.policy,
        effort=effort or (settings.effort if lane in (DAILY, MANUAL) else "quick"),
        seed=seed,
    )
    inputs = replace(inputs, search=_without_cancelled(inputs.search, cancelled))
    if without and not sources and not granted and lane != LATE:
        raise StaleElementsError(*without, hint=Hint.ADD_ELEMENTS)
    unserved = demand.ids - {c.assignment.request for c in granted}
    if unserved and not inputs.search.windows and not movable:
        if not {demand.requests[name].satellite for name in unserved} & set(sources):
            raise StaleElementsError(*without, hint=Hint.ADD_ELEMENTS)
        raise NoPlanError(*without, *demand.unapproved, *planning.why_no_window(inputs.search, book))
    plan = planning.make_plan(inputs, report=report)
    return Draft(
        plan=plan,
        lane=lane,
        basis=basis,
        movable={key_of(c.assignment): c for c in movable},
        without=(*without, *demand.unapproved),
    )


def changes(drafted: Draft) -> PlanDiff:
    """The changes of a draft to the contacts that may move."""
    held = set(drafted.plan.inputs.held)
    before = [c.assignment for c in drafted.movable.values()]
    schedule = drafted.plan.schedule
    after = [a for a in schedule.assignments if a not in held]
    return planning.diff_assignments(before, after, planning.shifts_of(schedule))


def basis_of(
    connection: Connection, number: int, network: Network, choices: Mapping[int, Choice], now: datetime
) -> InputVersions:
    """The inputs of a draft that is planned now."""
    last = revisions.get(connection)
    return InputVersions(
        at=now,
        network=number,
        elements={s.id: choices[s.catalog_number].ids for s in network.satellites if s.catalog_number in choices},
        outages=tuple(o.id for o in networks.outages(connection, after=now)),
        revision=last.number if last else 0,
    )


def key_of(a: Assignment) -> Key:
    """The key by which a contact is the same from schedule to schedule."""
    return a.request, a.part


@dataclass(frozen=True, slots=True)
class _Demand:
    """The requests of a span, as they may be planned."""

    requests: dict[RequestId, ContactRequest]
    unapproved: tuple[Message, ...]  # of requests that wait for an owner

    @property
    def ids(self) -> frozenset[RequestId]:
        return frozenset(self.requests)

    def soon(self, end: datetime) -> _Demand:
        """The requests of the late lane: those that may begin before a moment, and all that leave no choice."""
        late = {
            name: r if r.span.end <= end or r.leaves_no_choice else replace(r, span=Span(r.span.start, end))
            for name, r in self.requests.items()
            if r.span.start < end or r.leaves_no_choice
        }
        return replace(self, requests=late)


def _demand(connection: Connection, network: Network, span: Span) -> _Demand:
    stored = [r for r in requests.select(connection, states=PLANNED) if Span(r.start, r.end).overlaps(span)]
    by_id = {r.id: value_of(ContactRequest, r.document) for r in stored}
    decided = requests.decisions(connection, by_id)
    names = with_names(connection, [])
    planned: dict[RequestId, ContactRequest] = {}
    unapproved = []
    for name, request in by_id.items():
        approved = frozenset(owner for owner, decision in decided.get(name, {}).items() if decision == "approved")
        narrowed = within_approvals(network, request, replace(names, requests=(request,)), approved)
        if narrowed is None:
            unapproved.append(
                Message(
                    "waits_for_owner",
                    'request "%(request)s" waits for the owner of its stations, whom an agreement now asks',
                    request=name,
                )
            )
        else:
            planned[name] = narrowed
    return _Demand(planned, tuple(unapproved))


def _granted(connection: Connection, ids: frozenset[RequestId], span: Span) -> list[Contact]:
    """The contacts beside a demand: those of its requests, and those of the present week of agreements."""
    by_id = {c.id: c for c in contacts.select(connection, states=GIVEN, ends_after=Week.of(span.start).start)}
    by_id |= {c.id: c for c in contacts.select(connection, states=GIVEN, requests=ids)}
    return [by_id[number] for number in sorted(by_id)]


def _book(connection: Connection, demand: _Demand, granted: Sequence[Contact], span: Span) -> RequestBook:
    """The requests of a plan. Those no longer planned are in it for their contacts, with a span that is over."""
    settled = {c.assignment.request for c in granted} - demand.ids
    stored: list[StoredRequest] = requests.select(connection, ids=settled)
    over = {r.id: _over(value_of(ContactRequest, r.document), span) for r in stored}
    book = with_names(connection, [])
    return replace(book, requests=tuple(request for _, request in sorted((demand.requests | over).items())))


def _over(request: ContactRequest, span: Span) -> ContactRequest:
    if not request.span.start < span.start < request.span.end:
        return request
    return replace(request, span=Span(request.span.start, span.start))


def _held(granted: Iterable[Contact], book: RequestBook, stays: set[int]) -> tuple[list[Contact], list[Contact]]:
    """Contacts that stay, and those that may move. If one part of a split request stays, all its parts stay."""
    split = {r.id for r in book.requests if r.split is not None}
    granted = list(granted)
    begun = {c.assignment.request for c in granted if c.id in stays} & split
    held = [c for c in granted if c.id in stays or c.assignment.request in begun]
    return held, [c for c in granted if c not in held]


def _without_cancelled(search: WindowSearch, cancelled: Sequence[Contact]) -> WindowSearch:
    """Windows without those in which a contact of the request was cancelled: it is not booked there again.

    A cancellation by an outage excludes nothing: when the outage is over, the window can be used.
    """
    taken = [
        (a.request, a.antennas, a.contact)
        for c in cancelled
        if not isinstance(c.reason, (Outage, Closed))
        for a in [c.assignment]
    ]
    windows, excluded = [], []
    for w in search.windows:
        if any(w.request == name and w.antennas == at and w.span.overlaps(span) for name, at, span in taken):
            excluded.append(
                Exclusion(
                    request=w.request,
                    antennas=w.antennas,
                    span=w.span,
                    filter=Filter.CANCELLED,
                    longest_s=w.span.duration_s,
                )
            )
        else:
            windows.append(w)
    return replace(search, windows=tuple(windows), exclusions=(*search.exclusions, *excluded))
