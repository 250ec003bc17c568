"""The lease of the leading daemon, and the ledger of jobs: only the leader writes, and each slot is done once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from passplan.domain.messages import Fact, Message
from passplan.service.access.actors import DAEMON, Actor
from passplan.service.operations.job_failures import drop_job_failures, job_failures, keep_job_failure
from passplan.service.store import Closing, Store
from passplan.service.use_case import Change, use_case
from passplan.store import lease
from passplan.store.database import Transaction
from passplan.store.lease import DeposedError, DoneAlreadyError

__all__ = [
    "DeposedError",
    "DoneAlreadyError",
    "acquire",
    "claim_slot",
    "claiming",
    "fencing",
    "last_slot",
    "record_failure",
    "record_outcome",
    "release",
    "renew",
]


def acquire(store: Store, holder: str) -> int | None:
    """Acquire the lease if it is free; return its epoch, or None where another daemon leads."""
    return lease.acquire(store.database, holder, store.settings.lease_s)


def renew(store: Store, epoch: int) -> bool:
    """Renew the lease; False if another daemon has acquired it."""
    return lease.renew(store.database, epoch, store.settings.lease_s)


def release(store: Store, epoch: int) -> None:
    """Release the lease, so that another daemon can lead at once."""
    lease.release(store.database, epoch)


def last_slot(store: Store, job: str, *, until: datetime) -> datetime | None:
    """The last slot of a job in the ledger until a moment; None: it had none."""
    with store.database.read() as connection:
        return lease.last_slot(connection, job, until=until)


def fencing(epoch: int | None) -> Closing:
    """The check that a job's transaction makes: it raises `DeposedError` unless the epoch still leads."""

    def closing(transaction: Transaction) -> None:
        if epoch is None:
            raise DeposedError(Message("another_daemon_leads", "another daemon leads"))
        lease.fence(transaction, epoch)

    return closing


def claiming(epoch: int, job: str, slot: datetime | None, *, started: datetime, now: Callable[[], datetime]) -> Closing:
    """As `fencing`, and claim the job's slot: it raises `DoneAlreadyError` where the slot was claimed before."""

    def closing(transaction: Transaction) -> None:
        lease.fence(transaction, epoch)
        if slot is not None:
            lease.claim(transaction, job, slot, epoch, started=started, ended=now())

    return closing


def record_outcome(
    store: Store, epoch: int, job: str, slot: datetime | None, outcome: Fact | None, *, now: datetime
) -> None:
    """Write a job's outcome into the ledger, and delete its earlier failure.

    Raises:
        DeposedError: when another daemon leads.
    """
    if slot is None and not (outcome is not None and job in job_failures(store)):
        return
    _describe_slot(store, job, slot, outcome, actor=DAEMON, now=now, closing=fencing(epoch))


@use_case(exclusive=False)
def _describe_slot(
    change: Change,
    job: str,
    slot: datetime | None,
    outcome: Fact | None,
    /,
    *,
    actor: Actor,
    now: datetime,
    closing: Closing,
) -> None:
    if slot is not None:
        lease.describe(change.transaction, job, slot, outcome)
    drop_job_failures(change.transaction, [job])


def record_failure(
    store: Store, epoch: int, job: str, slot: datetime | None, *, started: datetime, now: datetime, message: Message
) -> bool:
    """Write a job's failure into the ledger; its slot is then done. Return whether the failure is new.

    Raises:
        DeposedError: when another daemon leads.
        DoneAlreadyError: when the slot was claimed before.
    """

    def closing(transaction: Transaction) -> None:
        lease.fence(transaction, epoch)
        if slot is not None:
            lease.claim(transaction, job, slot, epoch, started=started, ended=now, state="failed", outcome=message)

    return _save_failure(store, job, message, actor=DAEMON, now=now, closing=closing)


@use_case(exclusive=False)
def _save_failure(
    change: Change, job: str, message: Message, /, *, actor: Actor, now: datetime, closing: Closing
) -> bool:
    return keep_job_failure(change, job, message)


@use_case(exclusive=False)
def claim_slot(change: Change, *, actor: Actor, now: datetime, closing: Closing) -> None:
    """Claim the slot of a job that writes nothing else."""
