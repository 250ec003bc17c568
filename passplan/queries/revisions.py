"""The revisions of the schedule, and what each changed, as it may be seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from passplan.domain.errors import NotFoundError
from passplan.domain.facts import Fact
from passplan.domain.messages import Message
from passplan.queries.day import seen_causes
from passplan.queries.snapshot import open_snapshot
from passplan.service.access.roles import Actor
from passplan.service.store import Store
from passplan.store import revisions
from passplan.store.revisions import Revision

MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRevision:
    """A revision, with its causes as they may be seen."""

    revision: Revision
    causes: tuple[Fact, ...]

    @property
    def gap(self) -> float:
        """How much better it could be at most."""
        r = self.revision
        return (r.bound - r.value) / max(abs(r.bound), abs(r.value)) if r.bound > r.value else 0.0


def revision_list(store: Store, *, most: int = MOST, actor: Actor | None, now: datetime) -> tuple[SeenRevision, ...]:
    """The newest revisions, the newest first."""
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        found = revisions.select(connection, most=most)
        return tuple(SeenRevision(revision=r, causes=seen_causes(snapshot, r)) for r in found)


def newest_revision(store: Store) -> Revision | None:
    """The newest revision, for nobody in particular; None: there is none yet."""
    with store.database.read() as connection:
        return revisions.get(connection)


def revision_numbered(store: Store, number: int, *, actor: Actor | None, now: datetime) -> SeenRevision:
    """One revision.

    Raises:
        NotFoundError: when there is none.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        found = revisions.get(connection, min(number, 2**62))
        if found is None:
            raise NotFoundError(Message("no_revision", "there is no revision %(revision)s", revision=number))
        return SeenRevision(revision=found, causes=seen_causes(snapshot, found))
