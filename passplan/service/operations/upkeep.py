"""Upkeep of a store: backups, deletion of old data, and integrity checks."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from passplan import files
from passplan.domain.errors import StoreError
from passplan.domain.facts import Tidied, plain_of
from passplan.domain.hints import Hint
from passplan.domain.messages import Message
from passplan.domain.roles import Capability
from passplan.formats.times import format_instant, parse_instant
from passplan.service.access.actors import Actor
from passplan.service.access.keys import FILE as KEYS_FILE
from passplan.service.access.keys import load_keys
from passplan.service.operations.forecast import MADE_ON
from passplan.service.settings import FILE as SETTINGS_FILE
from passplan.service.settings import Settings
from passplan.service.store import Closing, Store
from passplan.service.use_case import Change, use_case
from passplan.store import accounts, backup, elements, lease, revisions, small
from passplan.store.database import Connection, Database, Transaction
from passplan.store.migrating import migrate
from passplan.store.schema import VERSION

BACKUPS = "backups"
_TIME = "%Y%m%dT%H%M%SZ"
_SEAL = "backup"
_LAST_BACKUP = "backup/last"
_STEPS = (  # of backups up to an age, the last one in each step stays
    (timedelta(hours=4), timedelta(seconds=1)),
    (timedelta(days=1), timedelta(hours=1)),
    (timedelta(days=14), timedelta(days=1)),
    (timedelta(weeks=8), timedelta(weeks=1)),
)


def back_up(store: Store, target: Path | None = None, *, real_now: datetime) -> Path:
    """Copy the store into a file while it is in use, and record when; see `write_backup`."""
    target = write_backup(store.folder, store.settings, store.database, target, real_now=real_now)
    store.database.write(lambda t: small.set_fact(t, _LAST_BACKUP, format_instant(real_now)))
    return target


def write_backup(
    folder: Path, settings: Settings, database: Database, target: Path | None = None, *, real_now: datetime
) -> Path:
    """Copy a store into a file while it is in use: into `target`, or into backups/ and the `backup_folder`.

    In these two, old copies are then deleted: every one of the last 4 hours stays, one an hour of the last day, one a
    day of the last 14 days, and one a week of the last 8 weeks.

    Raises:
        StoreError: when the copy cannot be written, or is not sound.
    """
    keys = load_keys(folder)

    def seal(digest: str) -> str:
        return keys.digest(digest, _SEAL)

    if target is not None:
        backup.backup(database, target, seal=seal)
        return target
    own = folder / BACKUPS
    with contextlib.suppress(FileExistsError):
        own.mkdir(mode=0o700)
    for unfinished in own.glob(".passplan-*.unfinished*"):  # by a daemon that was killed
        unfinished.unlink(missing_ok=True)
    target = own / f"passplan-{real_now:{_TIME}}.sqlite"
    backup.backup(database, target, seal=seal)
    _delete_old_backups(own, real_now)
    if settings.backup_folder:
        second = folder / settings.backup_folder
        try:
            with files.writing(second / target.name, is_private=True) as unfinished:
                shutil.copyfile(target, unfinished)
        except OSError as error:
            raise StoreError(
                Message("backup_failed", "%(file)s: the backup failed: %(error)s", file=str(second), error=str(error))
            ) from error
        _delete_old_backups(second, real_now)
    return target


def readable_by_others(folder: Path, settings: Settings) -> list[Path]:
    """The files with secrets, or with contents of the store, that other users of this machine can read."""
    has_password = "@" in settings.database
    private = [*folder.glob("*.sqlite*"), folder / KEYS_FILE, *([folder / SETTINGS_FILE] if has_password else [])]
    private += (folder / BACKUPS).glob("*.sqlite*")
    return [path for path in sorted(private) if path.exists() and _is_open_to_others(path, folder)]


def _is_open_to_others(path: Path, folder: Path) -> bool:
    """Whether the modes of a file, and of the folders that it lies in up to `folder`, let others in."""
    within = (path, *path.parents[: len(path.relative_to(folder).parts)])
    return all(part.stat().st_mode & 0o077 for part in within)


def kept_backups(times: Iterable[datetime], now: datetime) -> set[datetime]:
    """The backups that stay, as `write_backup` says: the last one of each hour, day or week."""
    kept, seen = set(), set()
    for time in sorted(times, reverse=True):
        step = next((step for limit, step in _STEPS if now - time <= limit), None)
        if step is None:
            continue
        slot = (step, time.timestamp() // step.total_seconds())
        if slot not in seen:
            seen.add(slot)
            kept.add(time)
    return kept


def _delete_old_backups(folder: Path, now: datetime) -> None:
    times = {}
    for path in folder.glob("passplan-*.sqlite"):
        with contextlib.suppress(ValueError):  # a file that a person named
            times[datetime.strptime(path.stem, f"passplan-{_TIME}").replace(tzinfo=UTC)] = path
    for time in times.keys() - kept_backups(times, now):
        times[time].unlink(missing_ok=True)


def last_backup_in(connection: Connection) -> datetime | None:
    """The real time of the last verified backup; None: there is none."""
    text = small.facts(connection).get(_LAST_BACKUP)
    return None if text is None else parse_instant(text)


def restore(source: Path, database: Database, folder: Path, *, sealed: bool = True) -> None:
    """Restore a backup into an empty store. The lease and the sessions of then end; passes are to be computed again.

    Args:
        source: the backup.
        database: the store.
        folder: the data folder, with the secret.keys of the time of the backup.
        sealed: False: the seal is not checked.

    Raises:
        StoreError: when the backup is not sound, or the store is not empty.
    """
    backup.restore(source, database, check=_seal_check(folder) if sealed else None)

    def begin(transaction: Transaction) -> None:
        lease.release_any(transaction)
        small.forget_fact(transaction, MADE_ON)
        accounts.end_all_sessions(transaction)

    database.write(begin)


def copy_into(database: Database, target: Database) -> None:
    """Copy a store into an empty database of either kind, and verify it. The lease is released there.

    Raises:
        StoreError: when the database is not empty, or the copy is not sound.
    """
    backup.copy_into(database, target)
    target.write(lease.release_any)


def upgrade(
    folder: Path, settings: Settings, database: Database, *, real_now: datetime
) -> tuple[str | None, str, Path | None]:
    """Bring a store to the version that this passplan needs, and verify its guards. A backup is made first on SQLite.

    Returns:
        The versions before and after, None before: it was empty; and the backup, None: nothing changed, or PostgreSQL.

    Raises:
        StoreError: when it is newer than this passplan, or is not sound.
    """
    before, saved = database.version(), None
    if database.is_sqlite and before and before != VERSION:
        saved = write_backup(folder, settings, database, real_now=real_now)
    migrate(database)
    return before, VERSION, saved


def backup_problems(source: Path, folder: Path, *, sealed: bool = True) -> list[str]:
    """The problems of a backup; none: it is sound."""
    return backup.problems(source, check=_seal_check(folder) if sealed else None)


def _seal_check(folder: Path) -> backup.SealCheck:
    if not (folder / KEYS_FILE).exists():
        raise StoreError(
            Message(
                "no_keys_for_seal",
                "%(path)s is not there, and without it a seal cannot be checked; copy it from the old data folder",
                path=str(folder / KEYS_FILE),
            ),
            hint=Hint.WITHOUT_SEAL,
        )
    keys = load_keys(folder)
    return lambda digest, seal: keys.knows(digest, _SEAL, seal)


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
