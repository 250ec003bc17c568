"""An agency's requests: where each stands, what it got, why not, what it would cost, and what is free instead."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from passplan.domain.contacts import GIVEN, HOLDING, OPEN, RequestState
from passplan.domain.errors import NotFoundError, StoreBusyError
from passplan.domain.facts import Fact
from passplan.domain.messages import Message
from passplan.domain.requests import ContactRequest
from passplan.domain.schedule import Blocker, Obstacle, Price, Refusal
from passplan.queries.snapshot import SeenContact, Snapshot, open_snapshot, seen_contacts
from passplan.service.access.disclosure import disclosed_particulars, seen_event
from passplan.service.access.roles import Actor, Capability
from passplan.service.access.visibility import DisclosureLevel
from passplan.service.requests.alternatives import Availability, look
from passplan.service.requests.submit import approvers, with_names
from passplan.service.schedule.planning import explain
from passplan.service.store import Store
from passplan.store import events, requests
from passplan.store.events import Event
from passplan.store.requests import StoredRequest

_PRICE_WAIT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFor:
    """A request, and what came of it."""

    stored: StoredRequest
    request: ContactRequest
    contacts: tuple[SeenContact, ...]  # that it has or had
    refusals: tuple[Refusal, ...]  # of the newest plan
    particulars: tuple[Fact, ...]  # of the refusals, as they may be seen
    is_waiting: bool  # accepted, not satisfied, and no plan has looked at it yet

    @property
    def standing(self) -> str:
        """In a word: a state of its contact or its own; "refused" where a plan had no place for it."""
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
class RequestBoard:
    """The requests that an actor may see, one of them open."""

    agency: str  # whose they are; "": of all
    requests: tuple[AskedFor, ...]
    revision: int | None
    minutes_given: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSheet:
    """One request, with all that is known of it."""

    asked: AskedFor
    hindrances: tuple[Hindrance, ...]
    look: Availability | None  # where it is open and has no contact
    history: tuple[Event, ...]
    revision: int | None


def request_board(store: Store, *, agency: str = "", actor: Actor, now: datetime) -> RequestBoard:
    """The requests of an agency, or of all that the actor may see: those that are open first, then the newest."""
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        found = [r for r in requests.select(connection, agency=agency) if _sees(snapshot, r)]
        asked = _asked_for(snapshot, found)
    asked.sort(key=_order)
    given = [s for a in asked for s in a.contacts if s.contact.state in GIVEN]
    return RequestBoard(
        agency=agency,
        requests=tuple(asked),
        revision=snapshot.revision.number if snapshot.revision else None,
        minutes_given=sum(s.contact.assignment.contact.duration_s for s in given) / 60.0,
    )


def request_sheet(store: Store, name: str, *, actor: Actor, now: datetime) -> RequestSheet:
    """One request.

    Raises:
        NotFoundError: when there is none, or it may not be seen.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        stored = _seen(snapshot, name)
        (asked,) = _asked_for(snapshot, [stored])
        history = events.history(connection, f"request/{name}", most=100)
        blockers = {(b.request, b.part) for r in asked.refusals for o in r.obstacles for b in o.blockers}
        taken = {
            (s.contact.assignment.request, s.contact.assignment.part): s
            for s in seen_contacts(snapshot, states=HOLDING)
            if (s.contact.assignment.request, s.contact.assignment.part) in blockers
        }
    plan = snapshot.plan
    agencies = {r.id: r.agency for r in plan.inputs.book.requests} if plan is not None else {}
    places = {(a.request, a.part): a.antennas for a in plan.schedule.assignments} if plan is not None else {}

    def is_seen(b: Blocker) -> bool:
        """Where it is itself: on the same link it may be at another station than the window."""
        return (
            snapshot.disclosure.of(agencies.get(b.request, ""), places.get((b.request, b.part), ()))
            is DisclosureLevel.ALL
        )

    hindrances = [
        Hindrance(
            agency=agencies.get(b.request, ""),
            request=b.request if is_seen(b) else "",
            contact=taken.get((b.request, b.part)),
            obstacle=obstacle,
            held=b.held,
        )
        for r in asked.refusals[:1]
        for obstacle in r.obstacles[:3]
        for b in obstacle.blockers
    ]
    wants = stored.state in OPEN and not any(s.contact.holds for s in asked.contacts)
    return RequestSheet(
        asked=asked,
        hindrances=tuple(hindrances),
        look=look(store, asked.request, now=now) if wants else None,
        history=tuple(seen_event(e, snapshot.disclosure) for e in history),
        revision=snapshot.revision.number if snapshot.revision else None,
    )


def seen_request(store: Store, name: str, *, actor: Actor, now: datetime) -> StoredRequest:
    """A request as the store has it, for whoever may see it.

    Raises:
        NotFoundError: when there is none, or it may not be seen.
    """
    with store.database.read() as connection:
        return _seen(open_snapshot(store, connection, actor, now), name)


def price_of(store: Store, name: str, part: int = 1, *, actor: Actor, now: datetime) -> Price | None:
    """What it would cost to serve a refused request after all, in the newest plan; None: it is not refused there.

    It takes seconds, is worked out one at a time, and remembered: equal plans give equal prices.

    Raises:
        NotFoundError: when there is no such request, or it may not be seen.
        StoreBusyError: while others are worked out.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        _seen(snapshot, name)
    plan = snapshot.plan
    if plan is None or snapshot.revision is None:
        return None
    if not any((r.request, r.part) == (name, part) for r in plan.schedule.refusals):
        return None
    caches = store.caches
    if not caches.pricing.acquire(timeout=_PRICE_WAIT_S):  # else a few who ask would hold up everybody
        raise StoreBusyError(
            Message("cost_in_work", "the cost of another request is being worked out; ask again in some seconds")
        )
    try:
        return caches.prices.get((snapshot.revision.number, name, part), lambda: explain(plan, name, part))
    finally:
        caches.pricing.release()


def agencies_displaced(store: Store, price: Price, *, actor: Actor, now: datetime) -> dict[str, tuple[str, str]]:
    """Of each contact that a price would displace or move: its agency, and its request as it may be seen."""
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        touched = {a.request: a.antennas for a in (*price.displaced, *(m.before for m in price.moved))}
        found = {r.id: r.agency for r in requests.select(connection, ids=touched)}
    return {
        name: (agency, name if snapshot.disclosure.of(agency, touched[name]) is DisclosureLevel.ALL else "")
        for name, agency in found.items()
    }


def _seen(snapshot: Snapshot, name: str) -> StoredRequest:
    found = requests.get(snapshot.connection, name)
    if found is None or not _sees(snapshot, found):
        raise NotFoundError(Message("no_request", "there is no request %(request)r", request=name))
    return found


def _sees(snapshot: Snapshot, r: StoredRequest) -> bool:
    """Whether a request is seen: by its agency, by who sees all, and by an owner who is asked while it is decided."""
    if snapshot.disclosure.sees_requests_of(r.agency):
        return True
    actor = snapshot.actor
    if r.state is not RequestState.SUBMITTED or actor is None or not actor.has(Capability.DECIDE_REQUEST):
        return False
    request = snapshot.request(r)
    return actor.agency in approvers(snapshot.network, request, with_names(snapshot.connection, [request]))


def _asked_for(snapshot: Snapshot, found: list[StoredRequest]) -> list[AskedFor]:
    plan = snapshot.plan
    refused: dict[str, list[Refusal]] = defaultdict(list)
    known: set[str] = set()
    book: dict[str, ContactRequest] = {}
    if plan is not None:
        book = {r.id: r for r in plan.inputs.book.requests}
        known = set(book)
        for r in plan.schedule.refusals:
            refused[r.request].append(r)
    own: dict[str, list[SeenContact]] = defaultdict(list)
    for s in seen_contacts(snapshot):
        own[s.contact.assignment.request].append(s)
    return [
        AskedFor(
            stored=r,
            request=snapshot.request(r),
            contacts=tuple(own[r.id]),
            refusals=tuple(refused[r.id]),
            particulars=disclosed_particulars((p for x in refused[r.id] for p in x.particulars), snapshot.disclosure),
            is_waiting=r.state is RequestState.ACCEPTED and r.id not in known,
        )
        for r in found
    ]


def _order(a: AskedFor) -> tuple[bool, float, str]:
    is_over = a.stored.state not in OPEN
    start = a.stored.start.timestamp()
    return is_over, -start if is_over else start, a.stored.id
