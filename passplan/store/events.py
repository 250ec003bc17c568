"""The event table: audit and history in one, append-only, each event with the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from passplan.store.schema import event, event_head, insert_or_nothing, microseconds, moment

_FIRST = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An action of an actor on an object, with the state before and after."""

    at: datetime
    actor: str
    os_user: str
    action: str
    object: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(NewEvent):
    """An event with its number and hash."""

    id: int
    hash: str


def append(connection: sa.Connection, new: Sequence[NewEvent]) -> None:
    """Add events at the end of the chain; the lock of the head's row makes concurrent transactions wait."""
    if not new:
        return
    locked = sa.select(event_head).with_for_update()
    head = connection.execute(locked).one_or_none()
    if head is None:  # two transactions may add the first event: the second waits here
        values = {"id": 1, "last_id": 0, "last_hash": _FIRST}
        connection.execute(insert_or_nothing(connection, event_head).values(values))
        head = connection.execute(locked).one()
    number, last = head.last_id, head.last_hash
    rows = []
    for item in new:
        number += 1
        row = {
            "id": number,
            "at_us": microseconds(item.at),
            "actor": item.actor,
            "os_user": item.os_user,
            "action": item.action,
            "object": item.object,
            "before": _text(item.before),
            "after": _text(item.after),
            "prev_hash": last,
        }
        row["hash"] = last = _hash(row)
        rows.append(row)
    connection.execute(sa.insert(event), rows)
    connection.execute(sa.update(event_head).values(last_id=number, last_hash=last))


def chain_problem(connection: sa.Connection) -> str:
    """The first break of the chain; empty: there is none.

    A changed, removed, inserted or moved event breaks it; so does a missing end.
    """
    last, number = _FIRST, 0
    for row in connection.execute(sa.select(event).order_by(event.c.id)).mappings():
        number += 1
        if row["id"] != number:
            return f"event {number} is missing"
        if row["prev_hash"] != last or row["hash"] != _hash(dict(row)):
            return f"event {number} is not as it was written, or the one before is not"
        last = row["hash"]
    head = connection.execute(sa.select(event_head)).one_or_none()
    if head is None:
        return "the head of the events is missing" if number else ""
    if head.last_id > number:
        return f"the events after {number} are missing"
    if head.last_id < number:
        return f"event {head.last_id + 1} was put in"
    return "" if head.last_hash == last else f"event {number} is not as it was written"


_LAST = sa.select(event_head.c.last_id)  # runs with every request to the server


def last_number(connection: sa.Connection) -> int:
    """The number of the last event; 0: there is none."""
    return connection.execute(_LAST).scalar() or 0


def history(
    connection: sa.Connection, object_: str = "", *, after: int | None = None, most: int = 1_000
) -> list[Event]:
    """Events in order, of one object or of all: the first ones after a number, or else the last ones."""
    query = sa.select(event).limit(most)
    query = query.order_by(event.c.id.desc()) if after is None else query.where(event.c.id > after).order_by(event.c.id)
    if object_:
        query = query.where(event.c.object == object_)
    selected = [
        Event(
            id=row.id,
            at=moment(row.at_us),
            actor=row.actor,
            os_user=row.os_user,
            action=row.action,
            object=row.object,
            before=json.loads(row.before),
            after=json.loads(row.after),
            hash=row.hash,
        )
        for row in connection.execute(query)
    ]
    return selected[::-1] if after is None else selected


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _hash(row: dict[str, Any]) -> str:
    fields = ("prev_hash", "id", "at_us", "actor", "os_user", "action", "object", "before", "after")
    text = json.dumps([row[name] for name in fields], separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
