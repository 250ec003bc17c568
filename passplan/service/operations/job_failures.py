"""What goes wrong by itself: kept until it is over, and told once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from passplan.domain.facts import dump_fact, load_message, plain_of
from passplan.domain.messages import Message
from passplan.service.access.roles import Actor
from passplan.service.store import Store
from passplan.store import small
from passplan.store.database import Connection, Transaction

_PREFIX = "trouble/"


def keep_job_failure(transaction: Transaction, job: str, cause: Message, *, actor: Actor, now: datetime) -> bool:
    """Keep what is wrong with a job; whether it is another trouble than before."""
    if small.facts(transaction.connection).get(_PREFIX + job) == dump_fact(cause):
        return False
    small.set_fact(transaction, _PREFIX + job, dump_fact(cause))
    transaction.record(actor, now, "job.failed", f"job/{job}", after={"reason": plain_of(cause)})
    return True


def drop_job_failures(transaction: Transaction, jobs: Iterable[str]) -> None:
    """Note that what these jobs failed to do is done, by whomever."""
    for job in jobs:
        small.forget_fact(transaction, _PREFIX + job)


def job_failures(store: Store) -> dict[str, Message]:
    """What is wrong now, by job."""
    with store.database.read() as connection:
        return job_failures_in(connection)


def job_failures_in(connection: Connection) -> dict[str, Message]:
    """What is wrong now, by job, in a read transaction that is open."""
    facts = small.facts(connection)
    causes = {key.removeprefix(_PREFIX): load_message(text) for key, text in facts.items() if key.startswith(_PREFIX)}
    return {job: cause for job, cause in causes.items() if cause is not None}
