"""The small things: facts of the whole store, accounts, keys of requests that may come twice, and derived passes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from passplan.domain.errors import ConflictError
from passplan.store.database import Transaction
from passplan.store.schema import account, meta, microseconds, once, stored_pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may do something."""

    name: str
    role: str
    agency: str = ""
    active: bool = True


def facts(connection: sa.Connection) -> dict[str, str]:
    """What is kept of the whole store, by name."""
    return {row.key: row.value for row in connection.execute(sa.select(meta))}


def set_fact(transaction: Transaction, key: str, value: str) -> None:
    """Keep something of the whole store."""
    connection = transaction.connection
    if connection.execute(sa.update(meta).where(meta.c.key == key).values(value=value)).rowcount == 0:
        connection.execute(sa.insert(meta).values(key=key, value=value))


def forget_fact(transaction: Transaction, key: str) -> None:
    """Keep something no longer."""
    transaction.connection.execute(sa.delete(meta).where(meta.c.key == key))


def accounts(connection: sa.Connection) -> dict[str, Account]:
    """All accounts, by name."""
    rows = connection.execute(sa.select(account).order_by(account.c.name))
    return {row.name: Account(name=row.name, role=row.role, agency=row.agency, active=row.active) for row in rows}


def save_account(transaction: Transaction, new: Account) -> None:
    """Add an account, or change it."""
    values = {"role": new.role, "agency": new.agency, "active": new.active}
    connection = transaction.connection
    if connection.execute(sa.update(account).where(account.c.name == new.name).values(values)).rowcount == 0:
        connection.execute(sa.insert(account).values(name=new.name, **values))


def answered(connection: sa.Connection, scope: str, key: str, body_sha256: str) -> Any:
    """What was answered when something was asked under a key before; None: it was not.

    Raises:
        ConflictError: when something else was asked under it.
    """
    row = connection.execute(sa.select(once).where(once.c.scope == scope, once.c.key == key)).one_or_none()
    if row is None:
        return None
    if row.body_sha256 != body_sha256:
        raise ConflictError(f"the key {key!r} was used for something else; take another")
    return json.loads(row.answer)


def remember(transaction: Transaction, scope: str, key: str, body_sha256: str, answer: Any, now: datetime) -> None:
    """Keep what is answered under a key, in the transaction that does it."""
    transaction.connection.execute(
        sa.insert(once).values(
            scope=scope,
            key=key,
            at_us=microseconds(now),
            body_sha256=body_sha256,
            answer=json.dumps(answer, sort_keys=True),
        )
    )


def replace_passes(transaction: Transaction, rows: Iterable[dict[str, Any]]) -> None:
    """Put passes in the place of all that the store has."""
    connection = transaction.connection
    connection.execute(sa.delete(stored_pass))
    if found := list(rows):
        connection.execute(sa.insert(stored_pass), found)


def passes(connection: sa.Connection, start: datetime, end: datetime, *, most: int = 10_000) -> list[dict[str, Any]]:
    """The rows of passes that touch a span, in order of AOS."""
    query = (
        sa.select(stored_pass.c.row)
        .where(stored_pass.c.aos_us < microseconds(end), stored_pass.c.los_us > microseconds(start))
        .order_by(stored_pass.c.aos_us, stored_pass.c.satellite, stored_pass.c.station)
        .limit(most)
    )
    return [json.loads(text) for text in connection.execute(query).scalars()]


def count_passes(connection: sa.Connection) -> int:
    """How many passes the store has."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(stored_pass)).scalar_one())
