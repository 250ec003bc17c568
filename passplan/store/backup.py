"""Copies of a store: a backup is a SQLite store, whatever database it was made from, and can be opened as one.

It has no passes, which can be computed again. Its seal is an HMAC of its contents, under a key outside the database.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
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
_DERIVED = frozenset({"pass"})
_SEAL = "backup_seal"

Seal = Callable[[str], str]  # of a digest
SealCheck = Callable[[str, str], bool]  # whether a seal is of a digest


def backup(database: Database, target: Path, *, seal: Seal | None = None) -> None:
    """Write a snapshot of a store into a file while other writers continue; the file is complete or absent.

    A SQLite store may be of an older version: then its file is verified, and not its contents.

    Args:
        database: the store.
        target: the file.
        seal: seals the backup; None: it has no seal.

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
                if seal is not None:
                    _write_seal(unfinished, seal)
                if defects := _file_problems(unfinished) if _is_older(database) else problems(unfinished):
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
        _copy_file(database.path, target)
    else:
        copy_store(database, target, without=_DERIVED)
        with closing(sqlite3.connect(target)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")


def _copy_file(source: Path, target: Path) -> None:
    """Copy a SQLite store of any version, without what is derived, in one read transaction of the source."""
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("ATTACH DATABASE ? AS source", (str(source),))
        copy.execute("BEGIN")
        entries = copy.execute("SELECT type, name, sql FROM source.sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
        by_kind: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
        for kind, name, sql in entries.fetchall():
            by_kind[kind == "table"].append((name, sql))
        for name, sql in by_kind[True]:
            copy.execute(sql)
            if name not in _DERIVED:
                copy.execute(f'INSERT INTO main."{name}" SELECT * FROM source."{name}"')
        for _, sql in by_kind[False]:  # indexes and triggers when the rows are there
            copy.execute(sql)
        copy.execute("COMMIT")


def _is_older(database: Database) -> bool:
    return database.is_sqlite and database.is_older


def _write_seal(path: Path, seal: Seal) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        digest = _digest(connection)
        connection.execute(f"CREATE TABLE {_SEAL} (seal TEXT NOT NULL)")
        connection.execute(f"INSERT INTO {_SEAL} VALUES (?)", (seal(digest),))


def _digest(connection: sqlite3.Connection) -> str:
    """The digest of a file's schema and of all its rows, in hexadecimal."""
    digest = hashlib.sha256()
    own = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> ? ORDER BY type, name"
    entries = connection.execute(own, (_SEAL,)).fetchall()
    for entry in entries:
        digest.update(repr(entry).encode())
    for kind, name, sql in entries:
        if kind == "table":
            has_rowid = not sql.rstrip().upper().endswith("WITHOUT ROWID")  # otherwise it is read by its key
            for row in connection.execute(f'SELECT * FROM "{name}"{" ORDER BY rowid" if has_rowid else ""}'):
                digest.update(repr(row).encode())
    return digest.hexdigest()


def _seal_problems(path: Path, check: SealCheck) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        table = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_SEAL,)).fetchone()
        if table is None:
            return ["it has no seal: it is no backup that passplan made, or one of an older passplan"]
        (seal,) = connection.execute(f"SELECT seal FROM {_SEAL}").fetchone()
        if check(_digest(connection), seal):
            return []
    return ["its seal does not fit: it was changed, or secret.keys is another one"]


def _remove_logs(unfinished: Path) -> None:
    for part in ("-wal", "-shm", "-journal"):
        unfinished.with_name(unfinished.name + part).unlink(missing_ok=True)


def _file_problems(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        (size,) = connection.execute(
            "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        ).fetchone()
    if found == "ok" and path.stat().st_size != size:
        found = f"it has {path.stat().st_size:,} bytes of {size:,}"
    return [] if found == "ok" else [f"its file is damaged: {found}"]


def problems(path: Path, *, check: SealCheck | None = None) -> list[str]:
    """The defects of a SQLite store: of its file, its version, its guards, its events, its holds and its seal.

    Args:
        path: the file.
        check: checks the seal; None: the seal is not checked.
    """
    if not path.is_file():
        return [f"{path} is not there"]
    database = _opened(path)
    try:
        version = database.version()
        if version != VERSION:
            return [f"it is at version {version or 'none'}, and this passplan reads {VERSION}"]
        found = _file_problems(path)
        if not found:
            with database.read() as connection:
                found = integrity_problems(connection)
        return found or (_seal_problems(path, check) if check is not None else [])
    except StoreError as error:
        return [str(error)]
    except sqlite3.Error as error:
        return [f"its file is damaged: {error}"]
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


def restore(source: Path, database: Database, *, check: SealCheck | None = None) -> None:
    """Put a backup into an empty store. The passes are not in it.

    Args:
        source: the backup.
        database: the store.
        check: as `problems`.

    Raises:
        StoreError: when the backup is not sound, or the store is not empty.
    """
    if defects := problems(source, check=check):
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
            new.execute(f"DROP TABLE IF EXISTS {_SEAL}")
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


def copy_into(source: Database, target: Database) -> None:
    """Copy every row of a store into an empty database of either kind, and verify the copy.

    Raises:
        StoreError: when the database is not empty, or the copy is not sound: then it is not to be used.
    """
    source.verify()
    if not _is_empty(target):
        raise StoreError(
            Message("database_not_empty", "%(database)s is not empty; move it away first", database=str(target))
        )
    _copy_rows(source, target)
    target.verify()
    with target.read() as connection:
        defects = integrity_problems(connection)
        copied = _row_counts(connection)
    with source.read() as connection:
        if copied != _row_counts(connection):
            defects.append("the store was written to meanwhile: stop its service")
    if defects:
        raise StoreError(
            Message(
                "copy_not_sound",
                "%(database)s: the copy is not sound: %(problems)s",
                database=str(target),
                problems="; ".join(defects),
            )
        )


def _row_counts(connection: sa.Connection) -> dict[str, int]:
    return {
        table.name: int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
        for table in metadata.sorted_tables
    }


def copy_store(database: Database, target: Path, *, without: frozenset[str] = frozenset()) -> None:
    """Copy every row of a store into a new SQLite store, except those of the tables named."""
    copy = _opened(target)
    try:
        _copy_rows(database, copy, without=without)
    finally:
        copy.close()


def _copy_rows(source: Database, target: Database, *, without: frozenset[str] = frozenset()) -> None:
    migrate(target)

    def work(transaction: Transaction) -> None:
        target_connection = transaction.connection
        guards.drop(target_connection)  # they refuse to insert contacts that are over
        with source.read() as source_connection:
            for table in metadata.sorted_tables:
                rows = source_connection.execution_options(yield_per=_AT_ONCE).execute(sa.select(table)).mappings()
                for batch in rows.partitions(_AT_ONCE):
                    if table.name not in {"transition", *without}:
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
