"""What happened to one thing: its version, its events, and a contact's log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from passplan.domain.contacts import ContactId
from passplan.domain.rows.contacts import LogRow
from passplan.domain.rows.service import HistoryRow
from passplan.service.store import Guard
from passplan.store import contacts, events
from passplan.store.database import Connection
from passplan.store.events import Event


def last_event_of(connection: Connection, thing: str) -> int:
    """The number of the last event of a contact or a request, which is its version; 0 where it has none."""
    return next((e.id for e in events.history(connection, thing, most=1)), 0)


def version_guard(thing: str, check: Callable[[int], None]) -> Guard:
    """A guard that checks the version of a contact or a request in the transaction that changes it."""
    return lambda connection: check(last_event_of(connection, thing))


def log_rows(connection: Connection, contact: ContactId) -> tuple[LogRow, ...]:
    """The entries of a contact's log, the oldest first."""
    rows = []
    for entry in contacts.log_of(connection, contact):
        outcome: Any = entry.outcome
        rows.append(LogRow(at=entry.at, actor=entry.actor, text=entry.text, outcome=outcome))
    return tuple(rows)


def history_row(event: Event) -> HistoryRow:
    """The row of an event, for actors that may see its object."""
    return HistoryRow(at=event.at, actor=event.actor, action=event.action, before=event.before, after=event.after)
