"""Who leads, and which slots of which jobs are done.

Two daemons may both believe that they lead: one that was stopped and goes on, say. So leading is no promise. What
keeps effects single is that a job's last transaction checks the lease's epoch and inserts its `(job, slot)` row.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from passplan.domain.errors import ConflictError
from passplan.domain.facts import Fact, dump_fact, load_fact
from passplan.domain.messages import Message
from passplan.store.database import Database, Transaction
from passplan.store.schema import insert_or_nothing, job_run, lease, microseconds, moment

LEADER = "leader"


class DeposedError(ConflictError):
    """Another daemon leads by now: nothing was written."""


class DoneAlreadyError(ConflictError):
    """The slot was done by another: nothing was written."""


def acquire(database: Database, holder: str, ttl_s: float, *, name: str = LEADER) -> int | None:
    """Take the lease where it is free or run out, by the database's own clock.

    Returns:
        Its epoch, one higher than the last; None while another has it.
    """

    def work(transaction: Transaction) -> int | None:
        connection = transaction.connection
        now_ms = _now_ms(connection)
        connection.execute(insert_or_nothing(connection, lease).values(name=name, holder="", epoch=0, expires_ms=0))
        query = (
            sa.update(lease)
            .where(lease.c.name == name, lease.c.expires_ms < now_ms)
            .values(holder=holder, epoch=lease.c.epoch + 1, expires_ms=now_ms + round(ttl_s * 1000.0))
            .returning(lease.c.epoch)
        )
        return connection.execute(query).scalar()

    return database.write(work)


def renew(database: Database, epoch: int, ttl_s: float, *, name: str = LEADER) -> bool:
    """Keep the lease for longer; False where another has it by now."""

    def work(transaction: Transaction) -> bool:
        connection = transaction.connection
        expires_ms = _now_ms(connection) + round(ttl_s * 1000.0)
        query = sa.update(lease).where(lease.c.name == name, lease.c.epoch == epoch).values(expires_ms=expires_ms)
        return connection.execute(query).rowcount == 1

    return database.write(work)


def release(database: Database, epoch: int, *, name: str = LEADER) -> None:
    """Let others take it at once."""
    query = sa.update(lease).where(lease.c.name == name, lease.c.epoch == epoch).values(expires_ms=0)
    database.write(lambda transaction: transaction.connection.execute(query))


def release_any(transaction: Transaction) -> None:
    """Let the lease be free, whoever has it."""
    transaction.connection.execute(sa.update(lease).values(expires_ms=0))


def holder(connection: sa.Connection, *, name: str = LEADER) -> tuple[str, int, float] | None:
    """Who has or had it, its epoch, and for how many seconds more (negative: it has run out)."""
    row = connection.execute(sa.select(lease).where(lease.c.name == name)).one_or_none()
    return None if row is None else (row.holder, row.epoch, (row.expires_ms - _now_ms(connection)) / 1000.0)


def fence(transaction: Transaction, epoch: int, *, name: str = LEADER) -> None:
    """Make sure, until the transaction ends, that nobody else leads.

    Raises:
        DeposedError: when somebody does.
    """
    query = sa.update(lease).where(lease.c.name == name, lease.c.epoch == epoch).values(epoch=epoch)
    if transaction.connection.execute(query).rowcount != 1:
        raise DeposedError(Message("lease_lost", "another daemon leads: this one led in epoch %(epoch)s", epoch=epoch))


def claim(
    transaction: Transaction,
    job: str,
    slot: datetime,
    epoch: int,
    *,
    started: datetime,
    ended: datetime,
    state: str = "done",
    outcome: Fact | None = None,
) -> None:
    """Write a slot of a job into the ledger.

    Raises:
        DoneAlreadyError: when it is there.
    """
    query = insert_or_nothing(transaction.connection, job_run).values(
        job=job,
        slot_us=microseconds(slot),
        epoch=epoch,
        started_us=microseconds(started),
        ended_us=microseconds(ended),
        state=state,
        outcome=dump_fact(outcome),
    )
    if transaction.connection.execute(query.returning(job_run.c.job)).scalar() is None:
        raise DoneAlreadyError(Message("slot_done", "%(job)s of %(slot)s was done by another", job=job, slot=slot))


def describe(transaction: Transaction, job: str, slot: datetime, outcome: Fact | None) -> None:
    """Say what came of a slot that is in the ledger."""
    same = (job_run.c.job == job) & (job_run.c.slot_us == microseconds(slot))
    transaction.connection.execute(sa.update(job_run).where(same).values(outcome=dump_fact(outcome)))


def last_slot(connection: sa.Connection, job: str) -> datetime | None:
    """The latest slot of a job that is in the ledger."""
    us = connection.execute(sa.select(sa.func.max(job_run.c.slot_us)).where(job_run.c.job == job)).scalar()
    return None if us is None else moment(us)


def runs(connection: sa.Connection, jobs: Iterable[str]) -> list[tuple[str, datetime, datetime, str, Fact | None]]:
    """The last run of each job: its slot, when it ended, its state and what came of it."""
    found = []
    for job in jobs:
        query = sa.select(job_run).where(job_run.c.job == job).order_by(job_run.c.slot_us.desc()).limit(1)
        row = connection.execute(query).one_or_none()
        if row is not None:
            found.append((job, moment(row.slot_us), moment(row.ended_us), row.state, load_fact(row.outcome)))
    return found


def forget_runs(transaction: Transaction, before: datetime) -> int:
    """Take away the ledger's lines of slots before a moment, but for each job's last; how many."""
    newest = sa.select(sa.func.max(job_run.c.slot_us)).group_by(job_run.c.job)
    query = sa.delete(job_run).where(job_run.c.slot_us < microseconds(before), job_run.c.slot_us.not_in(newest))
    return transaction.connection.execute(query).rowcount


def _now_ms(connection: sa.Connection) -> int:
    """The database's clock: daemons on several machines go by one."""
    if connection.dialect.name == "sqlite":
        text = "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
    else:
        text = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
    return int(connection.exec_driver_sql(text).scalar_one())
