"""A database and its transactions: their locks, their retries, and the drivers' errors as errors of passplan."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import sqlalchemy as sa

from passplan.domain.errors import ConflictError, InputError, StoreBusyError, StoreError
from passplan.domain.hints import Hint
from passplan.domain.messages import Message
from passplan.store import events, guards
from passplan.store.schema import VERSION

T = TypeVar("T")

Connection: TypeAlias = sa.Connection

BUSY_S = 5.0  # how long a writer on SQLite waits for another
_TRIES = 5
_RETRIED = {"40001", "40P01"}  # serialization failure, deadlock
_TIMED_OUT = {"55P03", "57014", "25P03"}  # a lock, a statement or a transaction that took too long
_SETTINGS = "-c timezone=UTC -c lock_timeout=3s -c idle_in_transaction_session_timeout=5s -c statement_timeout=30s"


@dataclass(slots=True)
class Transaction:
    """A connection for writing, and the events that are added at the end of the transaction.

    At the end, because a transaction that adds events waits for all others that do.
    """

    connection: sa.Connection
    events: list[events.NewEvent] = field(default_factory=list)

    def wait_for_others(self) -> None:
        """Wait until no other transaction that calls this is open; SQLite has one writer anyway."""
        if self.connection.dialect.name == "postgresql":
            self.connection.exec_driver_sql("LOCK TABLE schedule_revision IN EXCLUSIVE MODE")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Carry out a part of the transaction that can fail alone, with its events.

        Raises:
            ConflictError: when a guard or a constraint refuses it; the rest of the transaction stands.
        """
        count_before = len(self.events)
        try:
            with self.connection.begin_nested():
                yield
        except BaseException as error:
            del self.events[count_before:]
            if isinstance(error, sa.exc.IntegrityError):
                raise ConflictError(_first_line(error)) from error
            raise

    def record(
        self,
        actor: Any,
        now: datetime,
        action: str,
        object_: str,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        """Add an event; `actor` has an `account` and an `os_user`."""
        self.events.append(
            events.NewEvent(
                at=now,
                actor=actor.account,
                os_user=actor.os_user,
                action=action,
                object=object_,
                before=before or {},
                after=after or {},
            )
        )


class Database:
    """SQLite or PostgreSQL. Use `read` for one snapshot, and `write` for one atomic transaction.

    On SQLite all writes of a process go through one thread: the busy handler of SQLite is unfair, and eight waiting
    writers wait up to three seconds there.
    """

    def __init__(
        self,
        url: str | sa.URL,
        *,
        busy_s: float = BUSY_S,
        monotonic_s: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """A database that is connected to when it is first used.

        Args:
            url: its address.
            busy_s: how long a writer on SQLite waits for another.
            monotonic_s: the clock by which the time since a transaction's last statement is measured.
            pause: waits some seconds before a transaction that lost against another is tried again.
        """
        try:
            self.url = sa.engine.make_url(url)
            is_supported = self.url.get_backend_name() in ("sqlite", "postgresql")
        except (sa.exc.ArgumentError, ValueError):
            is_supported = False
        if not is_supported:
            raise InputError(
                Message("database_address", "the database is no address; it is sqlite:///FILE or postgresql://…")
            ) from None
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._reader = _sqlite_engine(self.url, busy_s, "BEGIN", "query_only = ON")
            self._writer = _sqlite_engine(
                self.url, busy_s, "BEGIN IMMEDIATE", "journal_mode = WAL", "synchronous = FULL"
            )
            self._thread: ThreadPoolExecutor | None = ThreadPoolExecutor(1, thread_name_prefix="writer")
            sa.event.listen(self._writer, "before_cursor_execute", self._proceed)
        else:
            self._reader = self._writer = _postgresql_engine(self.url)
            self._thread = None
        self._busy_s, self._monotonic_s, self._pause = busy_s, monotonic_s, pause
        self._proceeded_s: float | None = None  # when the transaction under way began, or its last statement

    def __str__(self) -> str:
        return self.url.render_as_string(hide_password=True)

    @property
    def path(self) -> Path | None:
        """SQLite's file; None on PostgreSQL."""
        return Path(self.url.database or "") if self.is_sqlite else None

    def close(self) -> None:
        """Close every connection."""
        if self._thread is not None:
            self._thread.shutdown()
        self._reader.dispose()
        self._writer.dispose()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Open a read transaction: its connection sees one snapshot, and writes nothing.

        Raises:
            StoreBusyError: when the database cannot be reached.
        """
        with _translated_errors(self):
            if self.is_sqlite:
                with self._reader.connect() as connection, connection.begin():
                    yield connection
            else:
                with self._reader.connect().execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                ) as connection:
                    yield connection

    def write(self, work: Callable[[Transaction], T], *, keys: bool = True) -> T:
        """Call `work` in one transaction. It may be called again, so it changes nothing but the database.

        Args:
            work: reads and writes with the transaction that it receives.
            keys: False: SQLite does not check foreign keys meanwhile; the work checks them at its end.

        Raises:
            ConflictError: when a guard or a constraint refuses it; nothing is written.
            StoreBusyError: when another writer takes too long or the database cannot be reached. Only if the connection
                broke during the commit is it unknown whether the work was written; a key makes it safe to repeat.
            StoreError: when the disk is full or the file is damaged.
        """
        if self._thread is None:
            return self._with_retries(work)
        future = self._thread.submit(self._attempt, work, keys=keys)
        try:
            return future.result(timeout=None if self._proceeded_s is None else 2.0 * self._busy_s)
        except FutureTimeoutError:
            if future.cancel():
                raise StoreBusyError(
                    Message(
                        "store_writes_queue",
                        "%(store)s: other writes of this process take too long; try again",
                        store=str(self),
                    )
                ) from None
            return future.result()

    @property
    def silent_s(self) -> float:
        """The time since the last statement of the transaction that is under way on SQLite began [s]; 0: none is."""
        proceeded_s = self._proceeded_s
        return 0.0 if proceeded_s is None else self._monotonic_s() - proceeded_s

    def _proceed(self, *_event: object) -> None:
        if self._proceeded_s is not None:
            self._proceeded_s = self._monotonic_s()

    def _with_retries(self, work: Callable[[Transaction], T]) -> T:
        for attempt in range(1, _TRIES + 1):
            try:
                return self._attempt(work)
            except _RetryError:
                if attempt == _TRIES:
                    raise StoreBusyError(
                        Message(
                            "store_writes_retried",
                            "%(store)s: other writers were in the way %(tries)s times; try again",
                            store=str(self),
                            tries=_TRIES,
                        )
                    ) from None
                self._pause(random.uniform(0.0, 0.05 * attempt))  # noqa: S311
        raise AssertionError

    def _attempt(self, work: Callable[[Transaction], T], *, keys: bool = True) -> T:
        if self.is_sqlite:  # PostgreSQL ends hanging transactions itself, and several threads write there at once
            self._proceeded_s = self._monotonic_s()
        try:
            with (
                _translated_errors(self),
                self._writer.connect() as connection,
                _keys(connection, keys),
                connection.begin(),
            ):
                transaction = Transaction(connection)
                result = work(transaction)
                events.append(connection, transaction.events)
                return result
        finally:
            self._proceeded_s = None

    def bytes_in(self, connection: sa.Connection) -> int:
        """The size of the database [bytes]."""
        query = (
            "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
            if self.is_sqlite
            else "SELECT pg_database_size(current_database())"
        )
        return int(connection.exec_driver_sql(query).scalar_one())

    def version(self) -> str:
        """The migration that the store is at; empty: it has no tables."""
        with self.read() as connection:
            return _version(connection)

    @property
    def is_older(self) -> bool:
        """Whether the store has tables of an older version."""
        return "" < self.version() < VERSION

    def verify(self) -> None:
        """Refuse a store of another version, or one whose guards are not as shipped.

        Raises:
            StoreError: with what is wrong and what would help.
        """
        with self.read() as connection:
            self.verify_in(connection)

    def verify_in(self, connection: sa.Connection) -> None:
        """As `verify`, in a read transaction that is open.

        Raises:
            StoreError: as `verify`.
        """
        version = _version(connection)
        if not version:
            raise StoreError(Message("no_store", "%(store)s: there is no store", store=str(self)), hint=Hint.ADD_STORE)
        if version != VERSION:
            raise StoreError(
                Message(
                    "store_version",
                    "%(store)s: the store is at version %(version)s, and this passplan needs %(needed)s",
                    store=str(self),
                    version=version,
                    needed=VERSION,
                ),
                hint=Hint.UPGRADE_STORE,
            )
        guards.require(connection, str(self))


def _version(connection: sa.Connection) -> str:
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or ""


@contextmanager
def _keys(connection: sa.Connection, keys: bool) -> Iterator[None]:
    """Switch foreign keys of SQLite off, so that a migration can copy a table that other tables refer to.

    SQLite takes the setting outside a transaction only.
    """
    if keys:
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF").close()
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON").close()


class _RetryError(Exception):
    """The transaction lost against another, and may be repeated."""


@contextmanager
def _translated_errors(database: Database) -> Iterator[None]:
    """Turn the drivers' errors into errors of passplan, which say what would help."""
    try:
        yield
    except sa.exc.IntegrityError as error:
        raise ConflictError(
            Message("store_refuses", "the store refuses it: %(error)s", error=_first_line(error))
        ) from error
    except sa.exc.DBAPIError as error:
        code = getattr(error.orig, "sqlstate", None)
        text = _first_line(error)
        if code in _RETRIED:
            raise _RetryError from error
        if code in _TIMED_OUT or (isinstance(error.orig, sqlite3.OperationalError) and "locked" in text):
            raise StoreBusyError(
                Message(
                    "store_locked", "%(database)s: another writer holds the store; try again", database=str(database)
                )
            ) from error
        if code == "53100" or "disk is full" in text:
            raise StoreError(
                Message(
                    "disk_full",
                    "%(database)s: its disk is full, and nothing was written; make room",
                    database=str(database),
                )
            ) from error
        if code == "25006" or "readonly database" in text:
            raise StoreError(
                Message(
                    "store_read_only",
                    "%(database)s: it cannot be written: its disk, its folder or its file is read-only",
                    database=str(database),
                )
            ) from error
        if isinstance(error.orig, sqlite3.Error):
            raise StoreError(
                Message("store_failed", "%(database)s: %(error)s", database=str(database), error=text)
            ) from error
        if error.connection_invalidated or isinstance(error, sa.exc.OperationalError):
            raise StoreBusyError(
                Message(
                    "store_unreachable",
                    "%(database)s: it cannot be reached: %(error)s",
                    database=str(database),
                    error=text,
                )
            ) from error
        raise StoreError(
            Message("store_failed", "%(database)s: %(error)s", database=str(database), error=text)
        ) from error


def _first_line(error: sa.exc.DBAPIError) -> str:
    return (str(error.orig).strip().splitlines() or [""])[0]


def _sqlite_engine(url: sa.URL, busy_s: float, begin: str, *settings: str) -> sa.Engine:
    engine = sa.create_engine(
        url.set(drivername="sqlite"), connect_args={"timeout": busy_s, "check_same_thread": False}
    )

    @sa.event.listens_for(engine, "do_connect")
    def _connecting(*_arguments: object) -> None:
        # A new file is for its owner alone, whatever the folder: SQLite would create it readable by all. O_EXCL: a file
        # that is there must not be opened and closed, for that releases the locks of SQLite in this process.
        with suppress(OSError):  # SQLite reports what is wrong with the path
            if url.database not in (None, "", ":memory:"):
                os.close(os.open(str(url.database), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # sqlite3 begins no transaction by itself
        for setting in (*settings, "foreign_keys = ON", "trusted_schema = OFF"):
            connection.execute(f"PRAGMA {setting}").close()

    @sa.event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _is_local(url: sa.URL) -> bool:
    """Whether a server is reached by a socket of this machine, or at its loopback address."""
    host = url.host or url.query.get("host") or ""
    return not host or str(host).startswith("/") or host in ("localhost", "127.0.0.1", "::1")


def _postgresql_engine(url: sa.URL) -> sa.Engine:
    encryption = {} if "sslmode" in url.query or _is_local(url) else {"sslmode": "verify-full", "sslrootcert": "system"}
    try:
        return sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,
            connect_args={"options": _SETTINGS, "connect_timeout": 5, **encryption},
        )
    except ModuleNotFoundError:
        raise StoreError(
            Message("postgres_driver", "PostgreSQL needs its driver: pip install 'passplan[postgres]'")
        ) from None
