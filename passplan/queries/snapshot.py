"""What every query reads first: the network, what the actor may see, the schedule, and contacts as they are seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from passplan.domain.contacts import HOLDING, Contact, ContactState
from passplan.domain.errors import NotFoundError
from passplan.domain.messages import Message
from passplan.domain.network import Network, Satellite, Station, StationId
from passplan.domain.requests import ContactRequest, RequestId
from passplan.domain.rows.contacts import SeenContactRow
from passplan.domain.rows.service import ElementsRow
from passplan.domain.schedule import Plan
from passplan.domain.sources import Source
from passplan.service.access.actors import Actor
from passplan.service.access.disclosure import seen_row
from passplan.service.access.visibility import Disclosure, DisclosureLevel, disclosure_of
from passplan.service.elements.sets import source_of_choice
from passplan.service.operations.status import element_rows_of
from passplan.service.store import Store
from passplan.store import contacts, elements, events, requests, revisions
from passplan.store.database import Connection
from passplan.store.elements import Choice
from passplan.store.requests import StoredRequest
from passplan.store.revisions import Revision

SHOWN = frozenset(ContactState) - {ContactState.DROPPED}  # a slot that a plan gave and took back is no contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The store at one instant, for one actor."""

    store: Store
    connection: Connection  # of the read transaction in which all of the board is read
    actor: Actor | None  # None: a visitor without a sign-in, where the public view is on
    now: datetime
    number: int  # of the network revision
    network: Network
    disclosure: Disclosure
    revision: Revision | None  # the newest of the schedule
    plan: Plan | None  # its plan; None: there is none, or it was deleted

    def station(self, name: str) -> Station:
        """A station.

        Raises:
            NotFoundError: when there is none.
        """
        for station in self.network.stations:
            if station.id == name:
                return station
        raise NotFoundError(Message("no_station", "there is no station %(station)r", station=name))

    def satellite(self, name: str) -> Satellite:
        """A satellite.

        Raises:
            NotFoundError: when there is none.
        """
        for satellite in self.network.satellites:
            if satellite.id == name:
                return satellite
        raise NotFoundError(Message("no_satellite", "there is no satellite %(satellite)r", satellite=name))

    def plan_numbered(self, number: int) -> Plan | None:
        """The plan of a revision; None: it was deleted."""
        return self.store.caches.plan(self.connection, number)

    def choices(self) -> dict[int, Choice]:
        """The active element set of each satellite, by catalogue number."""
        return elements.choices(self.connection)

    def source(
        self, satellite: Satellite, choices: Mapping[int, Choice], *, since: datetime | None = None
    ) -> Source | None:
        """The source of a satellite from a moment on, by default from its active element set on; None: it has none."""
        choice = choices.get(satellite.catalog_number)
        if choice is None:
            return None
        is_earlier = since is not None and since < choice.set.epoch
        behind = elements.sets_behind(self.connection, choice, since) if is_earlier and since is not None else []
        return source_of_choice(satellite, choice, behind, caches=self.store.caches)

    def element_rows(self) -> list[ElementsRow]:
        """The active element set of each satellite, with its age."""
        return element_rows_of(self.store, self.network, self.choices(), self.now)

    def requests(self, ids: Iterable[RequestId]) -> Mapping[RequestId, ContactRequest]:
        """Requests by their ids."""
        return {r.id: self.request(r) for r in requests.select(self.connection, ids=ids)}

    def request(self, stored: StoredRequest) -> ContactRequest:
        """A request of the store."""
        return self.store.caches.request(stored.document)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenContact:
    """A contact as it is seen."""

    contact: Contact
    request: ContactRequest  # complete; `row` has what is disclosed
    detail: DisclosureLevel
    row: SeenContactRow

    @property
    def start(self) -> datetime:
        """When the signal starts."""
        return self.contact.assignment.contact.start

    @property
    def end(self) -> datetime:
        """When the signal ends."""
        return self.contact.assignment.contact.end


def open_snapshot(store: Store, connection: Connection, actor: Actor | None, now: datetime) -> Snapshot:
    """Open the snapshot of the store for an actor."""
    number, network = store.caches.network(connection)
    revision = revisions.get(connection)
    return Snapshot(
        store=store,
        connection=connection,
        actor=actor,
        now=now,
        number=number,
        network=network,
        disclosure=disclosure_of(network, actor, public_view=store.settings.public_view),
        revision=revision,
        plan=store.caches.plan(connection, revision.number) if revision is not None else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a request to the server reads first."""

    connection: Connection  # of the read transaction, in which the account is read as well
    version: int  # rises with every write: each change that pages show writes an event
    network: Network | None  # the newest; None: there is none yet


@contextmanager
def begin(store: Store) -> Iterator[Beginning]:
    """Open the read transaction in which a request to the server begins."""
    with store.database.read() as connection:
        version = events.last_number(connection)
        network = store.caches.network_of_version(connection, version)
        yield Beginning(connection=connection, version=version, network=network)


def seen_contacts(
    snapshot: Snapshot,
    *,
    states: Iterable[ContactState] = SHOWN,
    start: datetime | None = None,
    end: datetime | None = None,
    ids: Iterable[int] | None = None,
    requests: Iterable[RequestId] | None = None,
    stations: Iterable[StationId] | None = None,
) -> list[SeenContact]:
    """Contacts that reach into a span, as they are seen, in order of time, without those that are not disclosed."""
    selected = contacts.select(
        snapshot.connection,
        states=states,
        ids=ids,
        requests=requests,
        ends_after=start,
        starts_before=end,
        stations=stations,
    )
    requests_by_id = snapshot.requests({c.assignment.request for c in selected})
    seen = []
    for c in selected:
        request = requests_by_id[c.assignment.request]
        row = seen_row(c, request, snapshot.disclosure)
        if row is not None:
            seen.append(SeenContact(contact=c, request=request, detail=DisclosureLevel[row.seen.upper()], row=row))
    return seen


def phase(c: Contact, now: datetime) -> str:
    """The phase of a contact by the clock: "pre-pass", "pass" or "post-pass"; "" where it holds nothing."""
    if c.state not in HOLDING:
        return ""
    span = c.assignment.contact
    return "pre-pass" if now < span.start else "pass" if now < span.end else "post-pass"
