"""Numbered revisions of the schedule: snapshots that are never edited, only superseded."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from passplan.domain.facts import Fact, LegacyText, dump_fact, dump_facts, load_fact, load_facts
from passplan.domain.span import Span
from passplan.store.database import Transaction
from passplan.store.schema import microseconds, moment, schedule_revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A published schedule without its plan, which `plan_text` reads."""

    number: int
    at: datetime
    span: Span
    lane: str  # "daily", "late", "lost" (contacts were lost), or "manual"
    network_revision: int
    change: Fact  # what changed against the revision before
    causes: tuple[Fact, ...]  # why
    made_on: str  # the ids of the inputs that it was planned on, as JSON
    contacts: int
    refusals: int
    value: float
    bound: float
    inputs_sha256: str


def packed(plan: str) -> bytes:
    """The text of a plan file as it is stored. For large plans it takes a second, so pack before the transaction."""
    return zlib.compress(plan.encode())


def counts(connection: sa.Connection) -> dict[str, int]:
    """How many revisions there are, by lane."""
    query = sa.select(schedule_revision.c.lane, sa.func.count()).group_by(schedule_revision.c.lane)
    return {lane: int(number) for lane, number in connection.execute(query.order_by(schedule_revision.c.lane))}


def add(transaction: Transaction, revision: Revision, plan: bytes) -> None:
    """Add a revision, with its packed plan file."""
    transaction.connection.execute(
        sa.insert(schedule_revision).values(
            number=revision.number,
            at_us=microseconds(revision.at),
            start_us=microseconds(revision.span.start),
            end_us=microseconds(revision.span.end),
            lane=revision.lane,
            network_revision=revision.network_revision,
            change=dump_fact(revision.change),
            causes=dump_facts(revision.causes),
            made_on=revision.made_on,
            contacts=revision.contacts,
            refusals=revision.refusals,
            value=revision.value,
            bound=revision.bound,
            inputs_sha256=revision.inputs_sha256,
            plan=plan,
        )
    )


def describe(transaction: Transaction, number: int, change: Fact, contacts: int) -> None:
    """Set the change and the number of contacts of a revision, in the transaction that adds it."""
    query = (
        sa.update(schedule_revision)
        .where(schedule_revision.c.number == number)
        .values(change=dump_fact(change), contacts=contacts)
    )
    transaction.connection.execute(query)


def select(connection: sa.Connection, *, most: int = 50) -> list[Revision]:
    """The newest revisions, the newest first."""
    columns = [c for c in schedule_revision.c if c.name != "plan"]
    query = sa.select(*columns).order_by(schedule_revision.c.number.desc()).limit(most)
    return [_revision(row) for row in connection.execute(query)]


def get(connection: sa.Connection, number: int | None = None) -> Revision | None:
    """A revision by its number, or the newest."""
    columns = [c for c in schedule_revision.c if c.name != "plan"]
    query = sa.select(*columns).order_by(schedule_revision.c.number.desc()).limit(1)
    if number is not None:
        query = query.where(schedule_revision.c.number == number)
    row = connection.execute(query).one_or_none()
    return None if row is None else _revision(row)


def plan_text(connection: sa.Connection, number: int) -> str | None:
    """The plan file of a revision; None where it was deleted because of its age."""
    query = sa.select(schedule_revision.c.plan).where(schedule_revision.c.number == number)
    packed = connection.execute(query).scalar()
    return None if packed is None else zlib.decompress(packed).decode()


def forget_plans(transaction: Transaction, before: datetime) -> int:
    """Delete the plan files of revisions published before a moment, except the newest; return how many."""
    newest = sa.select(sa.func.max(schedule_revision.c.number)).scalar_subquery()
    query = (
        sa.update(schedule_revision)
        .where(
            schedule_revision.c.at_us < microseconds(before),
            schedule_revision.c.plan.is_not(None),
            schedule_revision.c.number != newest,
        )
        .values(plan=None)
    )
    return transaction.connection.execute(query).rowcount


def _revision(row: Any) -> Revision:
    return Revision(
        number=row.number,
        at=moment(row.at_us),
        span=Span(moment(row.start_us), moment(row.end_us)),
        lane=row.lane,
        network_revision=row.network_revision,
        change=load_fact(row.change) or LegacyText(text=""),
        causes=load_facts(row.causes),
        made_on=row.made_on,
        contacts=row.contacts,
        refusals=row.refusals,
        value=row.value,
        bound=row.bound,
        inputs_sha256=row.inputs_sha256,
    )
