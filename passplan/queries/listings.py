"""Lists of what a store holds: requests, contacts, outages, revisions, accounts, events, element sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from passplan.domain.contacts import ContactState, RequestState
from passplan.domain.network import SatelliteId
from passplan.domain.requests import RequestId
from passplan.domain.roles import Role
from passplan.domain.rows.contacts import ContactRow, contact_row
from passplan.domain.rows.network import OutageRow
from passplan.domain.rows.requests import RequestStateRow
from passplan.domain.rows.schedule import RevisionRow
from passplan.domain.rows.service import AccountRow, ElementSetRow, EventRow, ManoeuvreRow
from passplan.queries.revisions import revision_row
from passplan.service.elements.manoeuvres import manoeuvre_row, number_in
from passplan.service.network.revisions import current_network
from passplan.service.store import Store
from passplan.store import accounts as stored_accounts
from passplan.store import contacts as stored_contacts
from passplan.store import elements as stored_elements
from passplan.store import events as stored_events
from passplan.store import networks
from passplan.store import requests as stored_requests
from passplan.store import revisions as stored_revisions
from passplan.store.database import Connection
from passplan.store.events import Event
from passplan.store.networks import Outage
from passplan.store.requests import StoredRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactList:
    """Contacts in order of time."""

    rows: tuple[ContactRow, ...]
    several: frozenset[RequestId]  # requests that may have several contacts


def request_list(store: Store, states: Iterable[RequestState], *, agency: str = "") -> list[RequestStateRow]:
    """Requests in some states, in order of their ids."""
    with store.database.read() as connection:
        return [request_state_row(r) for r in stored_requests.select(connection, states=states, agency=agency)]


def request_state(store: Store, request_id: RequestId) -> RequestStateRow | None:
    """One request and its state."""
    with store.database.read() as connection:
        stored = stored_requests.get(connection, request_id)
        return request_state_row(stored) if stored is not None else None


def request_ids(store: Store, stem: str, *, most: int) -> list[RequestId]:
    """The first ids of requests that begin with a stem."""
    with store.database.read() as connection:
        return [r.id for r in stored_requests.select(connection, stem=stem, most=most)]


def element_set_list(store: Store, satellite: SatelliteId) -> list[ElementSetRow]:
    """A satellite's ephemerides and element sets, each with the newest epoch first.

    Raises:
        InputError: for a satellite that the network does not have.
    """
    with store.database.read() as connection:
        _, network = current_network(store.caches, connection)
        number = number_in(network, satellite)
        return [
            ElementSetRow(id=s.id, epoch=s.epoch, covers_until=s.ends, source=s.source, quarantine=s.quarantine)
            for s in (
                *stored_elements.ephemerides_of(connection, number),
                *stored_elements.sets_of(connection, number),
            )
        ]


def manoeuvre_list(store: Store, satellite: SatelliteId | None = None) -> list[ManoeuvreRow]:
    """The burns of a satellite, or of all of the network, the latest first.

    Raises:
        InputError: for a satellite that the network does not have.
    """
    with store.database.read() as connection:
        _, network = current_network(store.caches, connection)
        names = {s.catalog_number: s.id for s in network.satellites}
        number = None if satellite is None else number_in(network, satellite)
        burns = stored_elements.manoeuvres_of(connection, number)
    return [manoeuvre_row(names[m.catalog_number], m) for m in burns if m.catalog_number in names]


def contact_list(store: Store, states: Iterable[ContactState], *, ends_after: datetime | None = None) -> ContactList:
    """Contacts in some states, in order of time, without redaction."""
    with store.database.read() as connection:
        contacts = stored_contacts.select(connection, states=states, ends_after=ends_after)
        stored = stored_requests.select(connection, ids={c.assignment.request for c in contacts})
        requests = {r.id: store.caches.request(r.document) for r in stored}
    return ContactList(
        rows=tuple(contact_row(c, requests[c.assignment.request]) for c in contacts),
        several=frozenset(r.id for r in requests.values() if r.repetition is not None or r.split is not None),
    )


def outage_list(store: Store, *, after: datetime | None = None) -> list[OutageRow]:
    """All outages, or those that end after an instant."""
    with store.database.read() as connection:
        return [outage_row(o) for o in networks.outages(connection, after=after)]


def revision_history(store: Store, *, most: int) -> list[RevisionRow]:
    """The newest revisions of the schedule, the newest first, without redaction."""
    with store.database.read() as connection:
        return [revision_row(r, r.causes) for r in stored_revisions.select(connection, most=most)]


def account_list(store: Store) -> list[AccountRow]:
    """All accounts."""
    with store.database.read() as connection:
        return account_rows(connection)


def event_list(store: Store, about: str = "", *, after: int | None = None, most: int) -> list[EventRow]:
    """Events of one object or of all: the first after a number, or else the last."""
    with store.database.read() as connection:
        return [event_row(e) for e in stored_events.history(connection, about, after=after, most=most)]


def request_state_row(r: StoredRequest) -> RequestStateRow:
    """The row of a request and its state."""
    return RequestStateRow(
        id=r.id,
        agency=r.agency,
        state=r.state,
        reason=r.reason,
        start=r.start,
        end=r.end,
        submitted=r.submitted,
        submitted_by=r.submitted_by,
    )


def outage_row(o: Outage) -> OutageRow:
    """The row of an outage or a closed time."""
    kind: Any = o.kind
    return OutageRow(id=o.id, kind=kind, station=o.station, antenna=o.antenna, start=o.start, end=o.end, note=o.note)


def account_rows(connection: Connection) -> list[AccountRow]:
    """The rows of all accounts."""
    with_factor = stored_accounts.accounts_with_second_factor(connection)
    return [
        AccountRow(
            name=a.name, role=Role(a.role), agency=a.agency, active=a.active, second_factor=a.name in with_factor
        )
        for a in stored_accounts.accounts(connection).values()
    ]


def event_row(e: Event) -> EventRow:
    """The row of an event."""
    return EventRow(
        id=e.id,
        at=e.at,
        actor=e.actor,
        os_user=e.os_user,
        action=e.action,
        object=e.object,
        before=e.before,
        after=e.after,
        hash=e.hash,
    )
