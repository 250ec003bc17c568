"""Who leads among the daemons, and the ledger of their jobs: only the leader writes, and each slot counts once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from passplan.domain.messages import Fact, Message
from passplan.service.access.roles import DAEMON
from passplan.service.operations.job_failures import drop_job_failures, job_failures, keep_job_failure
from passplan.service.store import Closing, Store
from passplan.store import lease
from passplan.store.database import Transaction
from passplan.store.lease import DeposedError, DoneAlreadyError

__all__ = [
    "DeposedError",
    "DoneAlreadyError",
    "acquire",
    "claiming",
    "fencing",
    "last_slot",
    "record_failure",
    "record_outcome",
    "release",
    "renew",
]


def acquire(store: Store, holder: str) -> int | None:
    """Take the lease where nobody has it; its epoch, or None where another daemon leads."""
    return lease.acquire(store.database, holder, store.settings.lease_s)


def renew(store: Store, epoch: int) -> bool:
    """Keep the lease; whether it is still that of this epoch."""
    return lease.renew(store.database, epoch, store.settings.lease_s)


def release(store: Store, epoch: int) -> None:
    """Give the lease back, so that another daemon leads at once."""
    lease.release(store.database, epoch)


def last_slot(store: Store, job: str) -> datetime | None:
    """The last slot of a job in the ledger; None: it never had one."""
    with store.database.read() as connection:
        return lease.last_slot(connection, job)


def fencing(epoch: int | None) -> Closing:
    """What ends a job's transaction: it raises `DeposedError` unless the epoch still leads."""

    def closing(transaction: Transaction) -> None:
        if epoch is None:
            raise DeposedError(Message("another_daemon_leads", "another daemon leads"))
        lease.fence(transaction, epoch)

    return closing


def claiming(epoch: int, job: str, slot: datetime | None, *, started: datetime, now: Callable[[], datetime]) -> Closing:
    """As `fencing`, and the job's slot is claimed: `DoneAlreadyError` where it was claimed before."""

    def closing(transaction: Transaction) -> None:
        lease.fence(transaction, epoch)
        if slot is not None:
            lease.claim(transaction, job, slot, epoch, started=started, ended=now())

    return closing


def record_outcome(store: Store, epoch: int, job: str, slot: datetime | None, outcome: Fact | None) -> None:
    """Write into the ledger what a job did; a failure that it had before is over.

    Raises:
        DeposedError: when another daemon leads by now.
    """
    if slot is None and not (outcome is not None and job in job_failures(store)):
        return

    def work(transaction: Transaction) -> None:
        lease.fence(transaction, epoch)
        if slot is not None:
            lease.describe(transaction, job, slot, outcome)
        drop_job_failures(transaction, [job])

    store.database.write(work)


def record_failure(
    store: Store, epoch: int, job: str, slot: datetime | None, *, started: datetime, now: datetime, message: Message
) -> bool:
    """Write into the ledger that a job failed; its slot counts as done. Whether it is another failure than before.

    Raises:
        DeposedError: when another daemon leads by now.
        DoneAlreadyError: when the slot was claimed before.
    """

    def work(transaction: Transaction) -> bool:
        lease.fence(transaction, epoch)
        if slot is not None:
            lease.claim(transaction, job, slot, epoch, started=started, ended=now, state="failed", outcome=message)
        return keep_job_failure(transaction, job, message, actor=DAEMON, now=now)

    return store.database.write(work)
