"""Upkeep of a store: backups, deletion of old data, and integrity checks."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from pathlib import Path

from passplan.domain.errors import StoreError
from passplan.domain.facts import Tidied, plain_of
from passplan.domain.messages import Message
from passplan.domain.roles import Capability
from passplan.service.access.actors import Actor
from passplan.service.store import Closing, Store
from passplan.service.use_case import Change, use_case
from passplan.store import backup, elements, lease, revisions
from passplan.store.database import Database
from passplan.store.migrating import migrate
from passplan.store.schema import VERSION

BACKUPS = "backups"


def back_up(store: Store, target: Path | None = None, *, real_now: datetime) -> Path:
    """Copy the store into a file while it is in use; by default into backups/, where old copies are then deleted.

    Raises:
        StoreError: when the copy cannot be written, or is not sound.
    """
    if target is not None:
        backup.backup(store.database, target)
        return target
    folder = store.folder / BACKUPS
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    for unfinished in folder.glob(".passplan-*.unfinished*"):  # by a daemon that was killed
        unfinished.unlink(missing_ok=True)
    target = folder / f"passplan-{real_now:%Y%m%dT%H%M%SZ}.sqlite"
    backup.backup(store.database, target)
    for old in sorted(folder.glob("passplan-*.sqlite"))[: -store.settings.backups_kept]:
        old.unlink(missing_ok=True)
    return target


def restore(source: Path, database: Database) -> None:
    """Restore a backup into an empty store. The lease of the time of the backup is released.

    Raises:
        StoreError: when the backup is not sound, or the store is not empty.
    """
    backup.restore(source, database)
    database.write(lease.release_any)


def upgrade(database: Database) -> tuple[str | None, str]:
    """Bring a store to the version that this passplan needs, and verify its guards.

    Returns:
        The versions before and after; None before: it was empty.

    Raises:
        StoreError: when it is newer than this passplan, or is not sound.
    """
    before = database.version()
    migrate(database)
    return before, VERSION


def backup_problems(source: Path) -> list[str]:
    """The problems of a backup; none: it is sound."""
    return backup.problems(source)


def newest_backup(folder: Path) -> Path | None:
    """The last backup in a data folder; None: there is none."""
    return max((folder / BACKUPS).glob("passplan-*.sqlite"), default=None)


def tidy(store: Store, *, actor: Actor, now: datetime, closing: Closing | None = None) -> Tidied:
    """Delete plans, element sets and ledger lines that are older than `keep_d`, and check the store's integrity.

    Returns:
        What was deleted.

    Raises:
        StoreError: with all problems of the store; the deletions stay.
    """
    tidied = _delete_old(store, actor=actor, now=now, closing=closing)
    if problems := integrity_problems(store):
        raise StoreError(
            Message("store_not_sound", "the store is not sound: %(problems)s", problems="; ".join(problems))
        )
    return tidied


@use_case(Capability.HOUSEKEEPING)
def _delete_old(change: Change, *, actor: Actor, now: datetime, closing: Closing | None) -> Tidied:
    before = now - timedelta(days=change.store.settings.keep_d)
    tidied = Tidied(
        plans=revisions.forget_plans(change.transaction, before),
        element_sets=elements.forget_sets(change.transaction, before),
        ledger_lines=lease.forget_runs(change.transaction, before),
    )
    if tidied != Tidied():
        change.record("store.tidied", "store", after={"forgotten": plain_of(tidied)})
    return tidied


def integrity_problems(store: Store) -> list[str]:
    """The problems of a store, in sentences: missing guards, a broken chain of events, overlapping contacts."""
    with store.database.read() as connection:
        return backup.integrity_problems(connection)
