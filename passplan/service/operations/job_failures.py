"""Failures of jobs: each is stored until the job succeeds, and recorded once."""

from __future__ import annotations

from collections.abc import Iterable

from passplan.domain.facts import dump_fact, load_message, plain_of
from passplan.domain.messages import Message
from passplan.service.store import Store
from passplan.service.use_case import Change
from passplan.store import small
from passplan.store.database import Connection, Transaction

_PREFIX = "trouble/"


def keep_job_failure(change: Change, job: str, reason: Message) -> bool:
    """Save why a job failed; return whether the reason is new."""
    text = dump_fact(reason)
    if small.facts(change.connection).get(_PREFIX + job) == text:
        return False
    small.set_fact(change.transaction, _PREFIX + job, text)
    change.record("job.failed", f"job/{job}", after={"reason": plain_of(reason)})
    return True


def drop_job_failures(transaction: Transaction, jobs: Iterable[str]) -> None:
    """Delete the failures of jobs whose work is done, by a job or by a person."""
    for job in jobs:
        small.forget_fact(transaction, _PREFIX + job)


def job_failures(store: Store) -> dict[str, Message]:
    """The present failures, by job."""
    with store.database.read() as connection:
        return job_failures_in(connection)


def job_failures_in(connection: Connection) -> dict[str, Message]:
    """The present failures, by job, in an open read transaction."""
    facts = small.facts(connection)
    reasons = {key.removeprefix(_PREFIX): load_message(text) for key, text in facts.items() if key.startswith(_PREFIX)}
    return {job: reason for job, reason in reasons.items() if reason is not None}
