"""The current schedule, and its revisions as they were published: contacts, refusals, fairness, changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from passplan.domain.contacts import HOLDING
from passplan.domain.errors import NotFoundError
from passplan.domain.messages import Message
from passplan.domain.rows.contacts import SeenAssignment
from passplan.domain.rows.schedule import ChangeRow, RevisionRow
from passplan.domain.schedule import Fairness
from passplan.queries.day import SeenRefusal, seen_changes, seen_refusals
from passplan.queries.revisions import seen_revision
from passplan.queries.snapshot import SeenContact, Snapshot, open_snapshot, seen_contacts
from passplan.service.access.actors import Actor
from passplan.service.access.disclosure import seen_assignment_row
from passplan.service.store import Store
from passplan.store import revisions


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleBoard:
    """The newest revision, and the contacts ahead; contacts cancelled since are left out."""

    revision: RevisionRow | None
    contacts: tuple[SeenContact, ...]  # that hold antennas and have not ended
    fairness: Fairness | None
    refusals: tuple[SeenRefusal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionBoard:
    """One revision as it was published; without contacts and refusals where its plan was deleted."""

    revision: RevisionRow
    has_plan: bool
    contacts: tuple[SeenAssignment, ...]
    fairness: Fairness | None
    refusals: tuple[SeenRefusal, ...]
    changes: tuple[ChangeRow, ...]  # against the revision before
    unchanged: int


def schedule_board(store: Store, *, actor: Actor | None, now: datetime) -> ScheduleBoard:
    """The current schedule, for an actor."""
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        contacts = seen_contacts(snapshot, states=HOLDING, start=now)
        plan, revision = snapshot.plan, snapshot.revision
        seen = seen_revision(snapshot, revision) if revision is not None else None
    return ScheduleBoard(
        revision=seen,
        contacts=tuple(contacts),
        fairness=plan.schedule.fairness if plan is not None else None,
        refusals=seen_refusals(snapshot, plan.schedule) if plan is not None else (),
    )


def revision_board(store: Store, number: int, *, actor: Actor | None, now: datetime) -> RevisionBoard:
    """A revision for an actor.

    Raises:
        NotFoundError: when there is none.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        revision = revisions.get(connection, min(number, 2**62))
        if revision is None:
            raise NotFoundError(Message("no_revision", "there is no revision %(revision)s", revision=number))
        before = revisions.get(connection, number - 1)
        plan = snapshot.plan_numbered(revision.number)
        then = replace(snapshot, revision=revision, plan=plan)
        changes, unchanged = seen_changes(then, before)
        seen = seen_revision(snapshot, revision)
    return RevisionBoard(
        revision=seen,
        has_plan=plan is not None,
        contacts=_planned(then),
        fairness=plan.schedule.fairness if plan is not None else None,
        refusals=seen_refusals(then, plan.schedule) if plan is not None else (),
        changes=changes,
        unchanged=unchanged,
    )


def _planned(snapshot: Snapshot) -> tuple[SeenAssignment, ...]:
    plan = snapshot.plan
    if plan is None:
        return ()
    book = {r.id: r for r in plan.inputs.book.requests}
    rows = (seen_assignment_row(a, book[a.request], snapshot.disclosure) for a in plan.schedule.assignments)
    return tuple(row for row in rows if row is not None)
