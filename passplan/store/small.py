"""Values of the store by name, and idempotency keys with their answers."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from passplan.domain.errors import ConflictError
from passplan.domain.messages import Message
from passplan.store.database import Transaction
from passplan.store.schema import meta, microseconds, saved_answer


def facts(connection: sa.Connection) -> dict[str, str]:
    """The values of the store, by name."""
    return {row.key: row.value for row in connection.execute(sa.select(meta))}


def set_fact(transaction: Transaction, key: str, value: str) -> None:
    """Save a value of the store."""
    connection = transaction.connection
    if connection.execute(sa.update(meta).where(meta.c.key == key).values(value=value)).rowcount == 0:
        connection.execute(sa.insert(meta).values(key=key, value=value))


def forget_fact(transaction: Transaction, key: str) -> None:
    """Delete a value of the store."""
    transaction.connection.execute(sa.delete(meta).where(meta.c.key == key))


def answered(connection: sa.Connection, scope: str, key: str, body_sha256: str) -> Any:
    """The saved answer of an idempotency key; None: the key is new.

    Raises:
        ConflictError: when the key was used with another body.
    """
    row = connection.execute(
        sa.select(saved_answer).where(saved_answer.c.scope == scope, saved_answer.c.key == key)
    ).one_or_none()
    if row is None:
        return None
    if row.body_sha256 != body_sha256:
        raise ConflictError(Message("key_reused", "the key %(key)r was used for something else; take another", key=key))
    return json.loads(row.answer)


def remember(transaction: Transaction, scope: str, key: str, body_sha256: str, answer: Any, now: datetime) -> None:
    """Save the answer of an idempotency key, in the transaction that it belongs to."""
    transaction.connection.execute(
        sa.insert(saved_answer).values(
            scope=scope,
            key=key,
            at_us=microseconds(now),
            body_sha256=body_sha256,
            answer=json.dumps(answer, sort_keys=True),
        )
    )
