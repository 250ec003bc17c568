"""Copies of a store: a backup is a SQLite store, whatever it was taken from, and can be opened as one."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import sqlalchemy as sa

from passplan.domain.errors import StoreError
from passplan.domain.messages import Message
from passplan.store import contacts, events, guards
from passplan.store.database import Database, Transaction
from passplan.store.migrating import migrate
from passplan.store.schema import VERSION, metadata

_AT_ONCE = 1_000  # rows


def backup(database: Database, target: Path) -> None:
    """Write one moment of a store into a file, which appears whole or not at all, while others go on writing.

    Raises:
        StoreError: when the file cannot be written, is the store itself, or the copy is not sound.
    """
    if database.path is not None and str(target.resolve()).startswith(str(database.path.resolve())):
        raise StoreError(
            Message("backup_is_store", "%(file)s: that is the store itself; name another file", file=str(target))
        )
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        _remove(unfinished)
        if database.path is not None:
            # In one step: a backup in steps begins anew whenever somebody writes, and need never end.
            with closing(sqlite3.connect(database.path)) as source, closing(sqlite3.connect(unfinished)) as copy:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
        else:
            copy_store(database, unfinished)
            with closing(sqlite3.connect(unfinished)) as copy:
                copy.execute("PRAGMA journal_mode = DELETE")
        if found := problems(unfinished):
            raise StoreError(
                Message(
                    "backup_not_sound",
                    "%(file)s: the copy is not sound: %(problems)s",
                    file=str(target),
                    problems="; ".join(found),
                )
            )
        unfinished.chmod(0o600)
        unfinished.replace(target)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            Message("backup_failed", "%(file)s: the backup failed: %(error)s", file=str(target), error=str(error))
        ) from error
    finally:
        with suppress(OSError):
            _remove(unfinished)


def _remove(unfinished: Path) -> None:
    for part in ("", "-wal", "-shm", "-journal"):
        unfinished.with_name(unfinished.name + part).unlink(missing_ok=True)


def problems(path: Path) -> list[str]:
    """What is wrong with a SQLite store: its file, its version, its guards, its events, its holds."""
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
    except ValueError as error:  # a text that is no text, or a document that is none
        return [f"its file is damaged: {error}"]
    finally:
        database.close()


def integrity_problems(connection: sa.Connection) -> list[str]:
    """What no store may be: without its guards, with a broken chain of events, or with contacts in each other's way.

    Worked out without the guards, so that it finds what they let through.
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
    if found := problems(source):
        raise StoreError(
            Message(
                "backup_not_restored",
                "%(file)s is not restored: %(problems)s",
                file=str(source),
                problems="; ".join(found),
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
    """A file as a store, whatever its name: ? and % mean something in addresses."""
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
        there = transaction.connection
        guards.drop(there)  # contacts that are over could not be born as such
        with source.read() as here:
            for table in metadata.sorted_tables:
                rows = here.execution_options(yield_per=_AT_ONCE).execute(sa.select(table)).mappings()
                for some in rows.partitions(_AT_ONCE):
                    if table.name != "transition":
                        there.execute(sa.insert(table), [dict(row) for row in some])
        if there.dialect.name == "postgresql":
            _continue_numbers(there)
        guards.create(there)

    target.write(work)


def _continue_numbers(connection: sa.Connection) -> None:
    """Let the numbers that PostgreSQL gives begin after those that were copied."""
    for table in metadata.sorted_tables:
        column = table.primary_key.columns.values()[0]
        if table.autoincrement_column is not None:
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), "
                f"coalesce(max({column.name}), 0) + 1, false) FROM {table.name}"
            )
