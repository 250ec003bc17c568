"""The lease of the leading daemon, and the ledger of the jobs' slots.

Two daemons may both believe that they lead, for example one that was paused and resumes. So the lease alone guarantees
nothing: effects happen once because a job's last transaction checks the epoch and inserts its `(job, slot)` row.
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
    """Another daemon did the slot: nothing was written."""


def acquire(database: Database, holder: str, ttl_s: float, *, name: str = LEADER) -> int | None:
    """Acquire the lease if it is free or has expired, by the database's own clock.

    Returns:
        Its epoch, one higher than the last; None while another daemon holds it.
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
    """Renew the lease; False if another daemon has acquired it."""

    def work(transaction: Transaction) -> bool:
        connection = transaction.connection
        expires_ms = _now_ms(connection) + round(ttl_s * 1000.0)
        query = sa.update(lease).where(lease.c.name == name, lease.c.epoch == epoch).values(expires_ms=expires_ms)
        return connection.execute(query).rowcount == 1

    return database.write(work)


def release(database: Database, epoch: int, *, name: str = LEADER) -> None:
    """Release the lease, so that another daemon can acquire it at once."""
    query = sa.update(lease).where(lease.c.name == name, lease.c.epoch == epoch).values(expires_ms=0)
    database.write(lambda transaction: transaction.connection.execute(query))


def release_any(transaction: Transaction) -> None:
    """Release the lease, whichever daemon holds it."""
    transaction.connection.execute(sa.update(lease).values(expires_ms=0))


def holder(connection: sa.Connection, *, name: str = LEADER) -> tuple[str, int, float] | None:
    """The holder of the lease, its epoch, and the seconds until it expires (negative: it has expired)."""
    row = connection.execute(sa.select(lease).where(lease.c.name == name)).one_or_none()
    return None if row is None else (row.holder, row.epoch, (row.expires_ms - _now_ms(connection)) / 1000.0)


def fence(transaction: Transaction, epoch: int, *, name: str = LEADER) -> None:
    """Make sure that no other daemon leads until the transaction ends.

    Raises:
        DeposedError: when another daemon leads.
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
        DoneAlreadyError: when the ledger has it already.
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
    """Write the outcome of a slot that is in the ledger."""
    same = (job_run.c.job == job) & (job_run.c.slot_us == microseconds(slot))
    transaction.connection.execute(sa.update(job_run).where(same).values(outcome=dump_fact(outcome)))


def last_slot(connection: sa.Connection, job: str, *, until: datetime) -> datetime | None:
    """The latest slot of a job in the ledger until a moment: what is later was written while the clock was ahead."""
    past = (job_run.c.job == job) & (job_run.c.slot_us <= microseconds(until))
    us = connection.execute(sa.select(sa.func.max(job_run.c.slot_us)).where(past)).scalar()
    return None if us is None else moment(us)


def slots_after(connection: sa.Connection, after: datetime) -> list[tuple[str, datetime]]:
    """The last slot of each job that has one later than a moment."""
    last = sa.func.max(job_run.c.slot_us)
    query = sa.select(job_run.c.job, last).where(job_run.c.slot_us > microseconds(after)).group_by(job_run.c.job)
    return [(job, moment(us)) for job, us in connection.execute(query.order_by(job_run.c.job))]


def runs(
    connection: sa.Connection, jobs: Iterable[str], *, until: datetime
) -> list[tuple[str, datetime, datetime, str, Fact | None]]:
    """The last run of each job until a moment: its slot, its end, its state and its outcome."""
    last_runs = []
    for job in jobs:
        past = (job_run.c.job == job) & (job_run.c.slot_us <= microseconds(until))
        query = sa.select(job_run).where(past).order_by(job_run.c.slot_us.desc()).limit(1)
        row = connection.execute(query).one_or_none()
        if row is not None:
            last_runs.append((job, moment(row.slot_us), moment(row.ended_us), row.state, load_fact(row.outcome)))
    return last_runs


def forget_runs(transaction: Transaction, before: datetime) -> int:
    """Delete the ledger's rows of slots before an instant, except each job's last; return how many."""
    newest = sa.select(sa.func.max(job_run.c.slot_us)).group_by(job_run.c.job)
    query = sa.delete(job_run).where(job_run.c.slot_us < microseconds(before), job_run.c.slot_us.not_in(newest))
    return transaction.connection.execute(query).rowcount


def _now_ms(connection: sa.Connection) -> int:
    """The database's clock: daemons on several machines need the same one."""
    if connection.dialect.name == "sqlite":
        text = "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
    else:
        text = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
    return int(connection.exec_driver_sql(text).scalar_one())
