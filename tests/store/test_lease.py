"""Who leads, and slots that are done once: alike on both databases."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from passplan.store import lease
from passplan.store.database import Database, Transaction

NOON = datetime(2026, 8, 9, 12, 0, tzinfo=UTC)


def claim(database: Database, epoch: int, slot: datetime = NOON) -> None:
    def work(transaction: Transaction) -> None:
        lease.fence(transaction, epoch)
        lease.claim(transaction, "daily", slot, epoch, started=NOON, ended=NOON)

    database.write(work)


def test_one_leads_until_its_lease_runs_out(database: Database) -> None:
    first = lease.acquire(database, "one", 0.3)
    meanwhile = lease.acquire(database, "two", 0.3)
    time.sleep(0.35)
    then = lease.acquire(database, "two", 0.3)

    assert (1, None, 2) == (first, meanwhile, then)


def test_a_lease_that_is_released_is_free_at_once(database: Database) -> None:
    first = lease.acquire(database, "one", 60.0)
    assert first is not None
    lease.release(database, first)

    assert 2 == lease.acquire(database, "two", 60.0)


def test_a_deposed_leader_cannot_renew_and_writes_nothing(database: Database) -> None:
    first = lease.acquire(database, "one", 0.0)
    time.sleep(0.01)
    second = lease.acquire(database, "two", 60.0)
    assert first is not None
    assert second is not None

    assert not lease.renew(database, first, 60.0)
    with pytest.raises(lease.DeposedError):
        claim(database, first)
    with database.read() as connection:
        assert lease.last_slot(connection, "daily") is None


def test_a_slot_is_done_once(database: Database) -> None:
    epoch = lease.acquire(database, "one", 60.0)
    assert epoch is not None
    claim(database, epoch)

    with pytest.raises(lease.DoneAlreadyError):
        claim(database, epoch)
    with database.read() as connection:
        assert NOON == lease.last_slot(connection, "daily")
        assert ("one", 1) == lease.holder(connection)[:2]  # type: ignore[index]
