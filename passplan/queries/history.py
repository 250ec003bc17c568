"""What happened to one thing: its version, and a contact's log."""

from __future__ import annotations

from passplan.domain.contacts import ContactId
from passplan.queries.records import Connection, LogEntry
from passplan.service.store import Store
from passplan.store import contacts, events


def last_event_of(connection: Connection, thing: str) -> int:
    """The number of the last event of a contact or a request, which is its version; 0 where it has none."""
    return next((e.id for e in events.history(connection, thing, most=1)), 0)


def log_of(store: Store, contact: ContactId) -> list[LogEntry]:
    """The entries of a contact's log, the oldest first."""
    with store.database.read() as connection:
        return contacts.log_of(connection, contact)
