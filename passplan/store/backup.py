"""Copies of a store: a backup is a SQLite store, whatever database it was made from, and can be opened as one."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import sqlalchemy as sa

from passplan import files
from passplan.domain.errors import StoreError
from passplan.domain.messages import Message
from passplan.store import contacts, events, guards
from passplan.store.database import Database, Transaction
from passplan.store.migrating import migrate
from passplan.store.schema import VERSION, metadata

_AT_ONCE = 1_000  # rows


def backup(database: Database, target: Path) -> None:
    """Write a snapshot of a store into a file while other writers continue; the file is complete or absent.

    Raises:
        StoreError: when the file cannot be written, is the store itself, or the copy is not sound.
    """
    if database.path is not None and str(target.resolve()).startswith(str(database.path.resolve())):
        raise StoreError(
            Message("backup_is_store", "%(file)s: that is the store itself; name another file", file=str(target))
        )
    try:
        with files.writing(target, is_private=True) as unfinished:
            try:
                _copy(database, unfinished)
                if defects := problems(unfinished):
                    raise StoreError(
                        Message(
                            "backup_not_sound",
                            "%(file)s: the copy is not sound: %(problems)s",
                            file=str(target),
                            problems="; ".join(defects),
                        )
                    )
            finally:
                with suppress(OSError):
                    _remove_logs(unfinished)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            Message("backup_failed", "%(file)s: the backup failed: %(error)s", file=str(target), error=str(error))
        ) from error


def _copy(database: Database, target: Path) -> None:
    if database.path is not None:
        # In one step: a backup in several steps restarts at every write, and may never end.
        with closing(sqlite3.connect(database.path)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
    else:
        copy_store(database, target)
    with closing(sqlite3.connect(target)) as copy:
        copy.execute("PRAGMA journal_mode = DELETE")


def _remove_logs(unfinished: Path) -> None:
    for part in ("-wal", "-shm", "-journal"):
        unfinished.with_name(unfinished.name + part).unlink(missing_ok=True)


def problems(path: Path) -> list[str]:
    """The defects of a SQLite store: of its file, its version, its guards, its events and its holds."""
    if not path.is_file():
        return [f"{path} is not there"]
    database = _opened(path)
    try:
        version = database.version()
        if version != VERSION:
            return [f"it is at version {version or 'none'}, and this passplan reads {VERSION}"]
        with database.read() as connection:
            file = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
            return integrity_problems(connection) if file == "ok" else [f"its file is damaged: {file}"]
    except StoreError as error:
        return [str(error)]
    except ValueError as error:  # an invalid text or document
        return [f"its file is damaged: {error}"]
    finally:
        database.close()


def integrity_problems(connection: sa.Connection) -> list[str]:
    """Missing guards, breaks in the chain of events, contacts that overlap, and holds that do not match their contacts.

    The check does not use the guards, so it detects rows that they failed to refuse.
    """
    chain = events.chain_problem(connection)
    return [
        *guards.problems(connection),
        *([chain] if chain else []),
        *contacts.overlaps(connection),
        *contacts.holds_mismatch(connection),
    ]


def restore(source: Path, database: Database) -> None:
    """Put a backup into an empty store.

    Raises:
        StoreError: when the backup is not sound, or the store is not empty.
    """
    if defects := problems(source):
        raise StoreError(
            Message(
                "backup_not_restored",
                "%(file)s is not restored: %(problems)s",
                file=str(source),
                problems="; ".join(defects),
            )
        )
    if not _is_empty(database):
        raise StoreError(
            Message("database_not_empty", "%(database)s is not empty; move it away first", database=str(database))
        )
    if database.path is not None:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(database.path)) as new:
            old.backup(new)
    else:
        backed_up = _opened(source)
        try:
            _copy_rows(backed_up, database)
        finally:
            backed_up.close()
    database.verify()


def _opened(path: Path) -> Database:
    """A file as a store. A URL object, because ? and % have a meaning in the text of an address."""
    return Database(sa.URL.create("sqlite", database=str(path)))


def _is_empty(database: Database) -> bool:
    with database.read() as connection:
        return set(sa.inspect(connection).get_table_names()) <= {"alembic_version"} and not database.version()


def copy_store(database: Database, target: Path) -> None:
    """Copy every row of a store into a new SQLite store."""
    copy = _opened(target)
    try:
        _copy_rows(database, copy)
    finally:
        copy.close()


def _copy_rows(source: Database, target: Database) -> None:
    migrate(target)

    def work(transaction: Transaction) -> None:
        target_connection = transaction.connection
        guards.drop(target_connection)  # they refuse to insert contacts that are over
        with source.read() as source_connection:
            for table in metadata.sorted_tables:
                rows = source_connection.execution_options(yield_per=_AT_ONCE).execute(sa.select(table)).mappings()
                for batch in rows.partitions(_AT_ONCE):
                    if table.name != "transition":
                        target_connection.execute(sa.insert(table), [dict(row) for row in batch])
        if target_connection.dialect.name == "postgresql":
            _continue_numbers(target_connection)
        guards.create(target_connection)

    target.write(work)


def _continue_numbers(connection: sa.Connection) -> None:
    """Continue PostgreSQL's sequences after the numbers that were copied."""
    for table in metadata.sorted_tables:
        column = table.primary_key.columns.values()[0]
        if table.autoincrement_column is not None:
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), "
                f"coalesce(max({column.name}), 0) + 1, false) FROM {table.name}"
            )
