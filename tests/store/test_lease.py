"""Who leads, and slots that are done once: alike on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from passplan.store import lease
from passplan.store.database import Database, Transaction
from passplan.store.schema import lease as lease_table

NOON = datetime(2026, 8, 9, 12, 0, tzinfo=UTC)


def claim(database: Database, epoch: int, slot: datetime = NOON) -> None:
    def work(transaction: Transaction) -> None:
        lease.fence(transaction, epoch)
        lease.claim(transaction, "daily", slot, epoch, started=NOON, ended=NOON)

    database.write(work)


def shift(database: Database, seconds: float) -> None:
    """Move the end of the lease, as if so many seconds had gone by."""
    query = sa.update(lease_table).values(expires_ms=lease_table.c.expires_ms - round(seconds * 1000.0))
    database.write(lambda transaction: transaction.connection.execute(query))


def left_s(database: Database) -> float:
    """How long the lease lasts still."""
    with database.read() as connection:
        found = lease.holder(connection)
    assert found is not None
    return found[2]


def test_one_leads_until_its_lease_runs_out(database: Database) -> None:
    first = lease.acquire(database, "one", 3600.0)
    lasts_s = left_s(database)
    meanwhile = lease.acquire(database, "two", 3600.0)
    shift(database, 1800.0)
    halfway = lease.acquire(database, "two", 3600.0)
    shift(database, 1800.0 + 0.001)
    then = lease.acquire(database, "two", 3600.0)

    assert 3000.0 < lasts_s <= 3600.0
    assert (1, None, None, 2) == (first, meanwhile, halfway, then)


def test_a_lease_that_is_renewed_lasts_from_then_on(database: Database) -> None:
    epoch = lease.acquire(database, "one", 3600.0)
    assert epoch is not None
    shift(database, 3000.0)
    renewed = lease.renew(database, epoch, 3600.0)

    assert renewed
    assert 3000.0 < left_s(database) <= 3600.0


def test_a_lease_that_is_released_is_free_at_once(database: Database) -> None:
    first = lease.acquire(database, "one", 60.0)
    assert first is not None
    lease.release(database, first)

    assert 2 == lease.acquire(database, "two", 60.0)


@pytest.mark.fault(51)
def test_a_deposed_leader_cannot_renew_and_writes_nothing(database: Database) -> None:
    first = lease.acquire(database, "one", 60.0)
    shift(database, 60.001)
    second = lease.acquire(database, "two", 60.0)
    assert first is not None
    assert second is not None

    assert not lease.renew(database, first, 60.0)
    with pytest.raises(lease.DeposedError):
        claim(database, first)
    with database.read() as connection:
        assert lease.last_slot(connection, "daily", until=NOON) is None


def test_a_slot_is_done_once(database: Database) -> None:
    epoch = lease.acquire(database, "one", 60.0)
    assert epoch is not None
    claim(database, epoch)

    with pytest.raises(lease.DoneAlreadyError):
        claim(database, epoch)
    with database.read() as connection:
        assert NOON == lease.last_slot(connection, "daily", until=NOON)
        assert lease.last_slot(connection, "daily", until=NOON - timedelta(seconds=1)) is None
        assert ("one", 1) == lease.holder(connection)[:2]  # type: ignore[index]
