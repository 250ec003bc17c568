"""What a store holds, to look at: requests, contacts, outages, revisions, accounts and events, and their rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from passplan.domain.contacts import Contact, ContactState, RequestState
from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.network import SatelliteId
from passplan.domain.requests import ContactRequest, RequestId
from passplan.formats.rows import Row, span_row
from passplan.formats.times import format_instant
from passplan.service.documents import value_of
from passplan.service.network.revisions import current_network
from passplan.service.store import Store
from passplan.store import accounts as stored_accounts
from passplan.store import contacts as stored_contacts
from passplan.store import elements as stored_elements
from passplan.store import events as stored_events
from passplan.store import networks
from passplan.store import requests as stored_requests
from passplan.store import revisions as stored_revisions
from passplan.store.accounts import Account
from passplan.store.elements import StoredSet
from passplan.store.events import Event
from passplan.store.networks import Outage
from passplan.store.requests import StoredRequest
from passplan.store.revisions import Revision


def requests_of(store: Store, states: Iterable[RequestState], *, agency: str = "") -> list[StoredRequest]:
    """Requests in some states, in order of their ids."""
    with store.database.read() as connection:
        return stored_requests.select(connection, states=states, agency=agency)


def request_of(store: Store, request_id: RequestId) -> StoredRequest | None:
    """One request."""
    with store.database.read() as connection:
        return stored_requests.get(connection, request_id)


def element_sets_of(store: Store, satellite: SatelliteId) -> list[StoredSet]:
    """A satellite's element sets, the newest epoch first.

    Raises:
        InputError: for a satellite that the network does not have.
    """
    with store.database.read() as connection:
        _, network = current_network(connection)
        numbers = {s.id: s.catalog_number for s in network.satellites}
        if satellite not in numbers:
            raise InputError(
                Message(
                    "no_satellite_of_network",
                    "there is no satellite %(satellite)r; known: %(known)s",
                    satellite=satellite,
                    known=tuple(sorted(numbers)),
                )
            )
        return stored_elements.sets_of(connection, numbers[satellite])


def contacts_of(
    store: Store, states: Iterable[ContactState], *, ends_after: datetime | None = None
) -> tuple[list[Contact], dict[RequestId, ContactRequest]]:
    """Contacts in some states, in order of time, and their requests."""
    with store.database.read() as connection:
        found = stored_contacts.select(connection, states=states, ends_after=ends_after)
        named = {c.assignment.request for c in found}
        stored = stored_requests.select(connection, ids=named)
    return found, {r.id: value_of(ContactRequest, r.document) for r in stored}


def outages_of(store: Store, *, after: datetime | None = None) -> list[Outage]:
    """All outages, or those that are not over by a moment."""
    with store.database.read() as connection:
        return networks.outages(connection, after=after)


def revisions_of(store: Store, *, most: int) -> list[Revision]:
    """The newest revisions of the schedule, the newest first."""
    with store.database.read() as connection:
        return stored_revisions.select(connection, most=most)


def accounts_of(store: Store) -> list[Account]:
    """All accounts."""
    with store.database.read() as connection:
        return list(stored_accounts.accounts(connection).values())


def events_of(store: Store, about: str = "", *, after: int | None = None, most: int) -> list[Event]:
    """Events of one object or of all: the first after a number, or else the last."""
    with store.database.read() as connection:
        return stored_events.history(connection, about, after=after, most=most)


def request_state_row(r: StoredRequest) -> Row:
    """A request and where it stands."""
    return {
        "id": r.id,
        "agency": r.agency,
        "state": r.state.value,
        "reason": r.reason or "",
        "start": format_instant(r.start),
        "end": format_instant(r.end),
        "submitted": format_instant(r.submitted),
        "submitted_by": r.submitted_by,
    }


def outage_row(o: Outage) -> Row:
    """An outage or a closed time."""
    return {
        "id": o.id,
        "kind": o.kind,
        "station": o.station,
        "antenna": o.antenna,
        "start": format_instant(o.start),
        "end": format_instant(o.end),
        "note": o.note,
    }


def revision_row(r: Revision) -> Row:
    """A revision of the schedule."""
    return {
        "revision": r.number,
        "at": format_instant(r.at),
        "span": span_row(r.span),
        "lane": r.lane,
        "network_revision": r.network_revision,
        "sentence": r.change,
        "causes": list(r.causes),
        "contacts": r.contacts,
        "refusals": r.refusals,
        "value": r.value,
        "bound": r.bound,
        "inputs_sha256": r.inputs_sha256,
    }


def event_row(e: Event) -> Row:
    """An event."""
    return {
        "id": e.id,
        "at": format_instant(e.at),
        "actor": e.actor,
        "os_user": e.os_user,
        "action": e.action,
        "object": e.object,
        "before": e.before,
        "after": e.after,
        "hash": e.hash,
    }
