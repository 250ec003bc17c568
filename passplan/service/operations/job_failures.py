"""What goes wrong by itself: kept until it is over, and told once."""

from __future__ import annotations

from collections.abc import Iterable

from passplan.service.store import Store
from passplan.service.use_case import Change
from passplan.store import small
from passplan.store.database import Connection, Transaction

_PREFIX = "trouble/"


def keep_job_failure(change: Change, job: str, reason: str) -> bool:
    """Keep why a job failed; whether it is another reason than before."""
    if small.facts(change.connection).get(_PREFIX + job) == reason:
        return False
    small.set_fact(change.transaction, _PREFIX + job, reason)
    change.record("job.failed", f"job/{job}", after={"reason": reason})
    return True


def drop_job_failures(transaction: Transaction, jobs: Iterable[str]) -> None:
    """Note that what these jobs failed to do is done, by whomever."""
    for job in jobs:
        small.forget_fact(transaction, _PREFIX + job)


def job_failures(store: Store) -> dict[str, str]:
    """What is wrong now, by job."""
    with store.database.read() as connection:
        return job_failures_in(connection)


def job_failures_in(connection: Connection) -> dict[str, str]:
    """What is wrong now, by job, in a read transaction that is open."""
    facts = small.facts(connection)
    return {key.removeprefix(_PREFIX): told for key, told in facts.items() if key.startswith(_PREFIX)}
