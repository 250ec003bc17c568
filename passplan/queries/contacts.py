"""Contacts as an actor sees them: a list, and one with its log, its version and the actions that are allowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from passplan.domain.contacts import ContactId, ContactState
from passplan.domain.errors import NotFoundError
from passplan.domain.messages import Message
from passplan.domain.network import SatelliteId, StationId
from passplan.domain.rows.contacts import LogRow, SeenContactRow
from passplan.domain.span import Span
from passplan.queries.history import last_event_of, log_rows
from passplan.queries.snapshot import SHOWN, SeenContact, Snapshot, open_snapshot, phase, seen_contacts
from passplan.service.access.actors import Actor
from passplan.service.access.visibility import DisclosureLevel
from passplan.service.contacts.lifecycle import actions_on
from passplan.service.store import Store
from passplan.store.schema import microseconds

ContactPlace: TypeAlias = tuple[int, int]  # start in microseconds, number: where a contact stands in the order of all
FIRST_PLACE: ContactPlace = (-(2**62), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFilter:
    """Which contacts to select; an empty set does not limit them."""

    span: Span
    states: frozenset[ContactState] = frozenset()
    satellites: frozenset[SatelliteId] = frozenset()
    stations: frozenset[StationId] = frozenset()
    after: ContactPlace = FIRST_PLACE
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactTable:
    """Contacts in order of time."""

    rows: tuple[SeenContactRow, ...]
    next: ContactPlace | None  # after which more follow; None: there are no more


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSheet:
    """One contact, with the actions that are allowed."""

    row: SeenContactRow
    phase: str
    acknowledged_at: datetime | None  # None also where not all of it is seen
    actions: tuple[str, ...]
    version: int | None  # the number of its last event; None: not all of it is seen
    log: tuple[LogRow, ...] | None  # None: not all of it is seen


def contact_table(store: Store, query: ContactFilter, *, actor: Actor | None, now: datetime) -> ContactTable:
    """The contacts that reach into a span.

    Raises:
        NotFoundError: for a satellite or a station that is not there.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        for satellite in query.satellites:
            snapshot.satellite(satellite)
        for station in query.stations:
            snapshot.station(station)
        states = SHOWN & query.states if query.states else SHOWN
        contacts = seen_contacts(snapshot, states=states, start=query.span.start, end=query.span.end)
    matches = [s for s in contacts if _is_match(s, query) and _place(s) > query.after]
    page = matches[: query.most]
    return ContactTable(
        rows=tuple(s.row for s in page), next=_place(page[-1]) if page and len(matches) > len(page) else None
    )


def contact_sheet(store: Store, number: int, *, actor: Actor | None, now: datetime) -> ContactSheet:
    """One contact.

    Raises:
        NotFoundError: when there is none, or nothing of it may be seen.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        s = _seen(snapshot, number)
        is_all_seen = s.detail is DisclosureLevel.ALL
        return ContactSheet(
            row=s.row,
            phase=phase(s.contact, now),
            acknowledged_at=s.contact.acknowledged_at if is_all_seen else None,
            actions=tuple(
                sorted(actions_on(connection, s.contact, lead_s=store.settings.lead_s, actor=actor, now=now))
            ),
            version=last_event_of(connection, f"contact/{s.contact.id}") if is_all_seen else None,
            log=log_rows(connection, s.contact.id) if is_all_seen else None,
        )


def contact_place(store: Store, number: ContactId, *, actor: Actor | None, now: datetime) -> SeenContact:
    """A contact as it is seen.

    Raises:
        NotFoundError: when there is none, or nothing of it may be seen.
    """
    with store.database.read() as connection:
        return _seen(open_snapshot(store, connection, actor, now), number)


def _seen(snapshot: Snapshot, number: int) -> SeenContact:
    contacts = seen_contacts(snapshot, ids=[min(number, 2**62)])
    if not contacts:
        raise NotFoundError(Message("no_contact_id", "there is no contact %(contact)s", contact=number))
    return contacts[0]


def _is_match(s: SeenContact, query: ContactFilter) -> bool:
    a = s.contact.assignment
    is_here = not query.stations or any(ref.station in query.stations for ref in a.antennas)
    return is_here and (not query.satellites or a.satellite in query.satellites)


def _place(s: SeenContact) -> ContactPlace:
    return microseconds(s.start), s.contact.id
