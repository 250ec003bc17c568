"""Requests of an agency: state, contacts, reasons, what it would cost, and what is free instead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from passplan.domain.contacts import HOLDING, OPEN, RequestState
from passplan.domain.errors import NotFoundError, StoreBusyError
from passplan.domain.facts import Fact
from passplan.domain.messages import Message
from passplan.domain.network import AgencyId, AntennaRef
from passplan.domain.requests import ContactRequest, RequestId
from passplan.domain.roles import Capability
from passplan.domain.rows.requests import RequestStateRow
from passplan.domain.rows.service import HistoryRow
from passplan.domain.schedule import Blocker, Obstacle, Price, Refusal
from passplan.queries.agencies import agreements_left
from passplan.queries.history import history_row, last_event_of
from passplan.queries.listings import request_state_row
from passplan.queries.snapshot import SeenContact, Snapshot, open_snapshot, seen_contacts
from passplan.service.access.actors import Actor
from passplan.service.access.disclosure import disclosed_particulars, seen_event
from passplan.service.access.visibility import DisclosureLevel
from passplan.service.contacts.usage import AgreementWeek
from passplan.service.elements.sets import sources_for
from passplan.service.requests.alternatives import Availability, find_places, place_search
from passplan.service.requests.submit import approvers, with_names
from passplan.service.schedule import planning
from passplan.service.schedule.relaxing import relaxations
from passplan.service.store import Store
from passplan.store import contacts as contacts_of
from passplan.store import events, requests
from passplan.store.elements import Choice
from passplan.store.requests import Decision, StoredRequest

_PRICE_WAIT_S = 1.0
_LISTED_CONTACTS = 3
_SHOWN_CONTACTS = 200  # on the sheet of a request


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOutcome:
    """A request, with its contacts and refusals."""

    stored: StoredRequest
    request: ContactRequest
    contacts: tuple[SeenContact, ...]  # that it has or had; in a list, those that hold and the newest alone
    contact_count: int  # of all
    refusals: tuple[Refusal, ...]  # of the newest plan
    particulars: tuple[Fact, ...]  # of the refusals, as they may be seen
    is_waiting: bool  # accepted, not satisfied, and no plan has looked at it yet

    @property
    def others(self) -> int:
        """The number of contacts beside the first one."""
        return max(0, self.contact_count - 1)

    @property
    def standing(self) -> str:
        """The state of its contact, or its own; "refused" where the newest plan has no place for it."""
        live = [s.contact for s in self.contacts if s.contact.holds]
        if live:
            return min(live, key=lambda c: c.assignment.contact.start).state.value
        if self.stored.state is RequestState.ACCEPTED:
            return "refused" if self.refusals else "waiting"
        if self.stored.state is RequestState.SATISFIED and self.contacts:
            return self.contacts[-1].contact.state.value
        return self.stored.state.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """A contact in the way, as it may be seen."""

    agency: str
    request: str
    contact: SeenContact | None
    obstacle: Obstacle
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPlace:
    """The place of a request in the list of the board."""

    request: RequestId
    is_over: bool  # whether it is in the second part of the list: those that are over


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBoard:
    """A page of the requests that an actor may see, and how many of them are open."""

    agency: str  # of the requests; "": all agencies
    requests: tuple[RequestOutcome, ...]
    next: BoardPlace | None  # after which more follow; None: there are no more
    open: int  # the number of open requests of the agency, or of the actor's, whose span has not ended
    satisfied: int  # of them
    revision: int | None
    agreements: tuple[AgreementWeek, ...]  # what the agency of a new request may still use of other agencies' stations


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSheet:
    """One request, with all its data."""

    outcome: RequestOutcome
    hindrances: tuple[Hindrance, ...]
    availability: Availability | None  # where it is open and has no contact
    history: tuple[HistoryRow, ...]
    version: int  # the number of its last event
    revision: int | None
    price: SeenPrice | None  # None: not computed, or the newest plan does not refuse the request
    decisions: Mapping[AgencyId, Decision]  # of the owners of stations that an agreement asks about

    @property
    def asked(self) -> tuple[AgencyId, ...]:
        """The owners whose decision is missing."""
        return tuple(sorted(owner for owner, decision in self.decisions.items() if decision == "asked"))

    @property
    def refused_by(self) -> tuple[AgencyId, ...]:
        """The owners that refused: their stations are not used."""
        return tuple(sorted(owner for owner, decision in self.decisions.items() if decision == "refused"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPrice:
    """What it would cost to serve a refused request."""

    price: Price
    displaced: Mapping[RequestId, tuple[AgencyId, RequestId]]  # the agency of each, and its id as it may be seen


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionedRequest:
    """A request with its state and version."""

    request: ContactRequest
    state: RequestStateRow
    version: int  # the number of its last event


def request_board(
    store: Store,
    *,
    agency: AgencyId = "",
    asks_for: AgencyId = "",
    after: BoardPlace | None = None,
    most: int = 100,
    actor: Actor,
    now: datetime,
) -> RequestBoard:
    """A page of requests: the open ones whose span has not ended, by its start, then all others, the newest first.

    Args:
        store: the store.
        agency: of the requests; "": all agencies.
        asks_for: the agency of a new request; "": none.
        after: only what follows this place in the list.
        most: the number of requests of a page.
        actor: the reader.
        now: mission time.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        own = _own_agencies(snapshot)
        agencies = {agency} if agency else own
        is_asked = actor.has(Capability.DECIDE_REQUEST) and not agency
        last = requests.get(connection, after.request) if after is not None else None
        page: list[tuple[StoredRequest, bool]] = []
        for over in (False, True):
            if len(page) > most or (after is not None and after.is_over and not over):
                continue

            def following(seen: StoredRequest | None, most: int, over: bool = over) -> list[StoredRequest]:
                return requests.by_time(
                    connection, over=over, now=now, agencies=agencies, and_asked=is_asked, after=seen, most=most
                )

            start = last if after is not None and after.is_over is over else None
            page += [(r, over) for r in _visible(snapshot, following, start, most + 1 - len(page))]
        outcomes = _outcomes(snapshot, [r for r, _ in page[:most]])
        counted = agencies if own is None or agencies is None else agencies & own
        counts = requests.current_counts(connection, now, agencies=counted)
        agreements = agreements_left(snapshot, asks_for) if asks_for else ()
    place, is_over = page[most - 1] if len(page) > most else (None, False)
    return RequestBoard(
        agency=agency,
        requests=tuple(outcomes),
        next=BoardPlace(request=place.id, is_over=is_over) if place is not None else None,
        open=sum(counts.values()),
        satisfied=counts.get(RequestState.SATISFIED, 0),
        revision=snapshot.revision.number if snapshot.revision else None,
        agreements=agreements,
    )


def _own_agencies(snapshot: Snapshot) -> set[AgencyId] | None:
    """The agencies whose requests the actor sees; None: all."""
    return None if snapshot.disclosure.sees_everything else {snapshot.disclosure.agency} - {""}


def _visible(
    snapshot: Snapshot,
    following: Callable[[StoredRequest | None, int], list[StoredRequest]],
    last: StoredRequest | None,
    most: int,
) -> list[StoredRequest]:
    """The first requests that the actor may see.

    Args:
        snapshot: of the store.
        following: reads the requests that follow one in the list, so many at most.
        last: the one that they follow; None: from the first on.
        most: the number of requests at most.
    """
    visible: list[StoredRequest] = []
    while len(visible) < most:
        rows = following(last, most)
        visible += [r for r in rows if _sees(snapshot, r)]
        if len(rows) < most:
            break
        last = rows[-1]
    return visible[:most]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPage:
    """Some of the requests that an actor may see, in order of their ids."""

    requests: tuple[RequestOutcome, ...]
    next: RequestId | None  # after which more follow; None: there are no more
    revision: int | None


def request_page(
    store: Store,
    *,
    agency: AgencyId = "",
    states: Collection[RequestState] = (),
    after: RequestId = "",
    most: int,
    actor: Actor,
    now: datetime,
) -> RequestPage:
    """The requests that the actor may see, in order of their ids, a page of them.

    Args:
        store: the store.
        agency: of the requests; "": all agencies.
        states: of the requests; empty: all states.
        after: only later ids than this one.
        most: the number of requests of a page.
        actor: the reader.
        now: mission time.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        agencies = _own_agencies(snapshot)

        def following(last: StoredRequest | None, most: int) -> list[StoredRequest]:
            return requests.select(
                connection,
                agency=agency,
                agencies=agencies,
                and_asked=actor.has(Capability.DECIDE_REQUEST),
                states=states or None,
                after=last.id if last is not None else after,
                most=most,
            )

        visible = _visible(snapshot, following, None, most + 1)
        outcomes = _outcomes(snapshot, visible[:most])
    return RequestPage(
        requests=tuple(outcomes),
        next=visible[most - 1].id if len(visible) > most else None,
        revision=snapshot.revision.number if snapshot.revision else None,
    )


def request_sheet(
    store: Store, name: RequestId, *, has_price: bool = False, actor: Actor, now: datetime
) -> RequestSheet:
    """One request.

    Args:
        store: the store.
        name: its id.
        has_price: whether to compute what it would cost to serve it, where it is refused; that takes seconds.
        actor: the reader.
        now: mission time.

    Raises:
        NotFoundError: when there is none, or it may not be seen.
        StoreBusyError: while other prices are computed.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        stored = _seen(snapshot, name)
        (outcome,) = _outcomes(snapshot, [stored], most_contacts=_SHOWN_CONTACTS)
        history = events.history(connection, f"request/{name}", most=100)
        decisions = requests.decisions(connection, [name]).get(name, {})
        blockers = {(b.request, b.part) for r in outcome.refusals for o in r.obstacles for b in o.blockers}
        taken = {
            (s.contact.assignment.request, s.contact.assignment.part): s
            for s in seen_contacts(snapshot, states=HOLDING, requests={request for request, _ in blockers})
            if (s.contact.assignment.request, s.contact.assignment.part) in blockers
        }
        needs_place = stored.state in OPEN and not any(s.contact.holds for s in outcome.contacts)
        search = place_search(store, connection, outcome.request, now=now) if needs_place else None
        choices = snapshot.choices() if has_price else {}
    part = outcome.refusals[0].part if outcome.refusals else 1
    return RequestSheet(
        outcome=outcome,
        hindrances=tuple(_hindrances(snapshot, outcome, taken)),
        availability=find_places(search) if search is not None else None,
        history=tuple(history_row(seen_event(e, snapshot.disclosure)) for e in history),
        version=max((e.id for e in history), default=0),
        revision=snapshot.revision.number if snapshot.revision else None,
        price=_price(snapshot, name, part, choices) if has_price else None,
        decisions=decisions,
    )


def _hindrances(
    snapshot: Snapshot, outcome: RequestOutcome, taken: Mapping[tuple[RequestId, int], SeenContact]
) -> Iterator[Hindrance]:
    """The contacts in the way of a refused request, as they may be seen."""
    plan = snapshot.plan
    agencies = {r.id: r.agency for r in plan.inputs.book.requests} if plan is not None else {}
    places = {(a.request, a.part): a.antennas for a in plan.schedule.assignments} if plan is not None else {}

    def is_seen(b: Blocker) -> bool:
        """Whether the blocker is seen at its own antennas: its station may not be the window's."""
        return (
            snapshot.disclosure.of(agencies.get(b.request, ""), places.get((b.request, b.part), ()))
            is DisclosureLevel.ALL
        )

    for r in outcome.refusals[:1]:
        for obstacle in r.obstacles[:3]:
            for b in obstacle.blockers:
                yield Hindrance(
                    agency=agencies.get(b.request, ""),
                    request=b.request if is_seen(b) else "",
                    contact=taken.get((b.request, b.part)),
                    obstacle=obstacle,
                    held=b.held,
                )


def versioned_request(store: Store, name: RequestId, *, actor: Actor, now: datetime) -> VersionedRequest:
    """A request with its state and version, where the actor may see it.

    Raises:
        NotFoundError: when there is none, or it may not be seen.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        return _versioned(snapshot, _seen(snapshot, name))


def changed_request(store: Store, name: RequestId, *, actor: Actor, now: datetime) -> VersionedRequest:
    """A request that the actor has just changed: after a decision the actor may no longer see it.

    Raises:
        NotFoundError: when there is none.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        stored = requests.get(connection, name)
        if stored is None:
            raise NotFoundError(Message("no_request", "there is no request %(request)r", request=name))
        return _versioned(snapshot, stored)


def _versioned(snapshot: Snapshot, stored: StoredRequest) -> VersionedRequest:
    return VersionedRequest(
        request=snapshot.request(stored),
        state=request_state_row(stored),
        version=last_event_of(snapshot.connection, f"request/{stored.id}"),
    )


def request_places(store: Store, name: RequestId, *, actor: Actor, now: datetime) -> Availability:
    """Where a request would fit now.

    Raises:
        NotFoundError: when there is none, or it may not be seen.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        search = place_search(store, connection, snapshot.request(_seen(snapshot, name)), now=now)
    return find_places(search)


def price_of(store: Store, name: RequestId, part: int = 1, *, actor: Actor, now: datetime) -> SeenPrice | None:
    """What it would cost to serve a refused request, in the newest plan; None: it is not refused there.

    It takes seconds, is computed one at a time, and cached: equal plans give equal prices.

    Raises:
        NotFoundError: when there is no such request, or it may not be seen.
        StoreBusyError: while other prices are computed.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        _seen(snapshot, name)
        choices = snapshot.choices()
    return _price(snapshot, name, part, choices)


def _price(snapshot: Snapshot, name: RequestId, part: int, choices: dict[int, Choice]) -> SeenPrice | None:
    plan, revision, caches = snapshot.plan, snapshot.revision, snapshot.store.caches
    if plan is None or revision is None:
        return None
    if not any((r.request, r.part) == (name, part) for r in plan.schedule.refusals):
        return None
    if not caches.pricing.acquire(timeout=_PRICE_WAIT_S):  # without a limit, a few requests would delay all others
        raise StoreBusyError(
            Message("cost_in_work", "the cost of another request is being worked out; ask again in some seconds")
        )
    try:
        price = caches.prices.get((revision.number, name, part), lambda: planning.price_of(plan, name, part))
        # Relaxations depend on the elements and on the time, and are not kept.
        sources, _ = sources_for(plan.inputs.network, choices, plan.inputs.span)
        after = snapshot.store.settings.bookable_from(snapshot.now)
        price = replace(price, relaxations=relaxations(plan, name, part, sources, after=after))
    finally:
        caches.pricing.release()
    agencies = {r.id: r.agency for r in plan.inputs.book.requests}
    touched = {a.request: a.antennas for a in (*price.displaced, *(m.before for m in price.moved))}
    return SeenPrice(
        price=price,
        displaced={
            other: (agencies[other], other if _is_all_seen(snapshot, agencies[other], antennas) else "")
            for other, antennas in touched.items()
        },
    )


def _is_all_seen(snapshot: Snapshot, agency: AgencyId, antennas: Sequence[AntennaRef]) -> bool:
    return snapshot.disclosure.of(agency, antennas) is DisclosureLevel.ALL


def _seen(snapshot: Snapshot, name: str) -> StoredRequest:
    stored = requests.get(snapshot.connection, name)
    if stored is None or not _sees(snapshot, stored):
        raise NotFoundError(Message("no_request", "there is no request %(request)r", request=name))
    return stored


def _sees(snapshot: Snapshot, r: StoredRequest) -> bool:
    """Whether the actor sees a request: of its agency, with the right to see all, or as an owner who decides on it."""
    if snapshot.disclosure.sees_requests_of(r.agency):
        return True
    actor = snapshot.actor
    if r.state not in OPEN or actor is None or not actor.has(Capability.DECIDE_REQUEST):
        return False
    if (decided := requests.decisions(snapshot.connection, [r.id]).get(r.id)) is not None:
        return decided.get(actor.agency) == "asked"
    if r.state is not RequestState.SUBMITTED:
        return False
    request = snapshot.request(r)
    return actor.agency in approvers(snapshot.network, request, with_names(snapshot.connection, [request]))


def _outcomes(
    snapshot: Snapshot, visible: list[StoredRequest], *, most_contacts: int = _LISTED_CONTACTS
) -> list[RequestOutcome]:
    plan = snapshot.plan
    refused: dict[str, list[Refusal]] = defaultdict(list)
    known: set[str] = set()
    book: dict[str, ContactRequest] = {}
    if plan is not None:
        book = {r.id: r for r in plan.inputs.book.requests}
        known = set(book)
        for r in plan.schedule.refusals:
            refused[r.request].append(r)
    contacts: dict[str, list[SeenContact]] = defaultdict(list)
    excerpt = contacts_of.excerpt(snapshot.connection, [r.id for r in visible], most_contacts)
    for s in seen_contacts(snapshot, ids=excerpt.ids):
        contacts[s.contact.assignment.request].append(s)
    return [
        RequestOutcome(
            stored=r,
            request=snapshot.request(r),
            contacts=tuple(contacts[r.id]),
            contact_count=excerpt.counts.get(r.id, 0),
            refusals=tuple(refused[r.id]),
            particulars=disclosed_particulars((p for x in refused[r.id] for p in x.particulars), snapshot.disclosure),
            is_waiting=r.state is RequestState.ACCEPTED and r.id not in known,
        )
        for r in visible
    ]
