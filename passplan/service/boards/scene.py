"""What every board begins with: the network, what the actor may see, the schedule, and contacts as they are seen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock

from passplan.domain.contacts import HOLDING, Contact, ContactState
from passplan.domain.errors import NotFoundError
from passplan.domain.network import Network, Satellite, Station
from passplan.domain.requests import ContactRequest, RequestId
from passplan.domain.schedule import Plan
from passplan.formats.plans import parse_plan
from passplan.formats.rows import Row
from passplan.service.access import Actor
from passplan.service.documents import value_of
from passplan.service.networks import current_network
from passplan.service.sight import Detail, Sight, seen_row, sight_of
from passplan.service.stores import Store
from passplan.store import contacts, events, requests, revisions
from passplan.store.database import Connection
from passplan.store.revisions import Revision

SHOWN = frozenset(ContactState) - {ContactState.DROPPED}  # a place that a plan gave and took back is no contact
_PLANS_KEPT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The store at one moment, for one actor."""

    store: Store
    actor: Actor | None  # None: nobody is signed in, and the public may look
    now: datetime
    number: int  # of the network revision
    network: Network
    sight: Sight
    revision: Revision | None  # the newest of the schedule

    def station(self, name: str) -> Station:
        """A station.

        Raises:
            NotFoundError: when there is none.
        """
        for station in self.network.stations:
            if station.id == name:
                return station
        raise NotFoundError(f"there is no station {name!r}")

    def satellite(self, name: str) -> Satellite:
        """A satellite.

        Raises:
            NotFoundError: when there is none.
        """
        for satellite in self.network.satellites:
            if satellite.id == name:
                return satellite
        raise NotFoundError(f"there is no satellite {name!r}")

    @property
    def plan(self) -> Plan | None:
        """The newest plan; None: there is none, or it was forgotten."""
        return plan_of(self.store, self.revision.number) if self.revision is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenContact:
    """A contact as it is seen."""

    contact: Contact
    request: ContactRequest  # for whoever sees all; `row` has what is seen
    detail: Detail
    row: Row

    @property
    def start(self) -> datetime:
        """When the signal starts."""
        return self.contact.assignment.contact.start

    @property
    def end(self) -> datetime:
        """When the signal ends."""
        return self.contact.assignment.contact.end


def set_scene(store: Store, connection: Connection, actor: Actor | None, now: datetime) -> Scene:
    """The scene for an actor by now."""
    number, network = current_network(connection)
    return Scene(
        store=store,
        actor=actor,
        now=now,
        number=number,
        network=network,
        sight=sight_of(network, actor, public_view=store.settings.public_view),
        revision=revisions.get(connection),
    )


def version_of(connection: Connection) -> int:
    """A number that rises with whatever is written: everything that boards show is told by an event."""
    return events.last_number(connection)


def seen_contacts(
    scene: Scene,
    connection: Connection,
    *,
    states: Iterable[ContactState] = SHOWN,
    start: datetime | None = None,
    end: datetime | None = None,
    ids: Iterable[int] | None = None,
) -> list[SeenContact]:
    """Contacts that reach into a span, as they are seen, in order of time, without those of which nothing is seen."""
    found = contacts.select(connection, states=states, ids=ids, ends_after=start, starts_before=end)
    asked = requests_by_id(connection, {c.assignment.request for c in found})
    seen = []
    for c in found:
        request = asked[c.assignment.request]
        row = seen_row(c, request, scene.sight)
        if row is not None:
            seen.append(SeenContact(contact=c, request=request, detail=Detail[row["seen"].upper()], row=row))
    return seen


def requests_by_id(connection: Connection, ids: Iterable[RequestId]) -> Mapping[RequestId, ContactRequest]:
    """Requests by their ids."""
    return {r.id: request_of(r.document) for r in requests.select(connection, ids=ids)}


@lru_cache(maxsize=4096)
def request_of(document: str) -> ContactRequest:
    """The request of a document; remembered, for documents do not change."""
    return value_of(ContactRequest, document)


def phase(c: Contact, now: datetime) -> str:
    """Where a contact stands by the clock: "pre-pass", "pass" or "post-pass"; "" where it holds nothing."""
    if c.state not in HOLDING:
        return ""
    span = c.assignment.contact
    return "pre-pass" if now < span.start else "pass" if now < span.end else "post-pass"


_plans: OrderedDict[tuple[str, int], Plan | None] = OrderedDict()
_plans_lock = Lock()


def plan_of(store: Store, number: int) -> Plan | None:
    """The plan of a revision; remembered, for revisions are never edited. None: it was forgotten."""
    key = (f"{store.instance}{store.folder}", number)
    with _plans_lock:
        if key in _plans:
            _plans.move_to_end(key)
            return _plans[key]
    with store.database.read() as connection:
        text = revisions.plan_text(connection, number)
    plan = parse_plan(text, f"revision {number}") if text is not None else None
    with _plans_lock:
        _plans[key] = plan
        while len(_plans) > _PLANS_KEPT:
            _plans.popitem(last=False)
    return plan
