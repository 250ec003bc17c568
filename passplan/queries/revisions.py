"""The revisions of the schedule, and what each changed, as it may be seen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from passplan.domain.facts import Fact
from passplan.domain.rows.schedule import RevisionRow
from passplan.queries.snapshot import Snapshot, open_snapshot
from passplan.service.access.actors import Actor
from passplan.service.access.disclosure import disclosed_causes
from passplan.service.store import Store
from passplan.store import revisions
from passplan.store.revisions import Revision

MOST = 50


def revision_list(store: Store, *, most: int = MOST, actor: Actor | None, now: datetime) -> tuple[RevisionRow, ...]:
    """The newest revisions, the newest first."""
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        return tuple(seen_revision(snapshot, r) for r in revisions.select(connection, most=most))


def seen_revision(snapshot: Snapshot, r: Revision) -> RevisionRow:
    """The row of a revision, with its causes as they may be seen."""
    return revision_row(r, disclosed_causes(r.causes, snapshot.disclosure))


def revision_row(r: Revision, causes: Iterable[Fact]) -> RevisionRow:
    """The row of a revision, with the causes to show."""
    return RevisionRow(
        number=r.number,
        at=r.at,
        span=r.span,
        lane=r.lane,
        network_revision=r.network_revision,
        change=r.change,
        causes=tuple(causes),
        contacts=r.contacts,
        refusals=r.refusals,
        value=r.value,
        bound=r.bound,
        inputs_sha256=r.inputs_sha256,
    )
