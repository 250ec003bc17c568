"""What keeps a store sound: backups, forgetting what is old, and the checks that find what must never be."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from pathlib import Path

from passplan.domain.errors import StoreError
from passplan.domain.facts import Tidied, plain_of
from passplan.domain.messages import Message
from passplan.service.access.roles import Actor, Capability, require
from passplan.service.store import Closing, Store
from passplan.store import backup, elements, lease, revisions
from passplan.store.database import Database, Transaction
from passplan.store.migrating import migrate
from passplan.store.schema import VERSION

BACKUPS = "backups"


def back_up(store: Store, target: Path | None = None, *, real_now: datetime) -> Path:
    """Copy the store into a file while it is in use; by default into the data folder's backups/, where old ones go.

    Raises:
        StoreError: when the copy cannot be written, or is not sound.
    """
    if target is not None:
        backup.backup(store.database, target)
        return target
    folder = store.folder / BACKUPS
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    for left_over in folder.glob(".passplan-*.unfinished*"):  # by a daemon that was killed
        left_over.unlink(missing_ok=True)
    target = folder / f"passplan-{real_now:%Y%m%dT%H%M%SZ}.sqlite"
    backup.backup(store.database, target)
    for old in sorted(folder.glob("passplan-*.sqlite"))[: -store.settings.backups_kept]:
        old.unlink(missing_ok=True)
    return target


def restore(source: Path, database: Database) -> None:
    """Put a backup into an empty store. Whoever led when it was taken does not lead there.

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
    """What is wrong with a backup; nothing: it is sound."""
    return backup.problems(source)


def newest_backup(folder: Path) -> Path | None:
    """The last backup in a data folder; None: there is none."""
    return max((folder / BACKUPS).glob("passplan-*.sqlite"), default=None)


def tidy(store: Store, *, actor: Actor, now: datetime, closing: Closing | None = None) -> Tidied:
    """Forget plans, element sets and ledger lines that are older than `keep_d`, and look for what must never be.

    Returns:
        What was forgotten.

    Raises:
        StoreError: with all that is wrong with the store; what was forgotten stays forgotten.
    """
    require(actor, Capability.HOUSEKEEPING)
    before = now - timedelta(days=store.settings.keep_d)

    def work(transaction: Transaction) -> Tidied:
        if closing is not None:
            closing(transaction)
        done = Tidied(
            plans=revisions.forget_plans(transaction, before),
            element_sets=elements.forget_sets(transaction, before),
            ledger_lines=lease.forget_runs(transaction, before),
        )
        if done != Tidied():
            transaction.record(actor, now, "store.tidied", "store", after={"forgotten": plain_of(done)})
        return done

    done = store.write(work)
    if wrong := integrity_problems(store):
        raise StoreError(Message("store_not_sound", "the store is not sound: %(problems)s", problems="; ".join(wrong)))
    return done


def integrity_problems(store: Store) -> list[str]:
    """What no store may be, in sentences: guards that are missing, a broken chain, contacts in each other's way."""
    with store.database.read() as connection:
        return backup.integrity_problems(connection)
