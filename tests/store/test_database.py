"""Who waits for whom, what is tried again, and what an error says."""

from __future__ import annotations

import os
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from passplan.domain.errors import ConflictError, DeniedError, InputError, StoreBusyError, StoreError
from passplan.store import events, small
from passplan.store.database import Database, Transaction
from passplan.store.migrating import migrate
from tests.store import world
from tests.stores import empty_database, new_store
from tests.waiting import PATIENCE_S, wait_until


def put(database: Database, key: str, value: str = "v") -> None:
    """Write one fact and its event."""

    def work(transaction: Transaction) -> None:
        small.set_fact(transaction, key, value)
        transaction.record(world.Actor(), world.NOW, "put", key)

    database.write(work)


def facts(database: Database) -> dict[str, str]:
    with database.read() as connection:
        return small.facts(connection)


def chain(database: Database) -> tuple[int, str]:
    """How many events there are, and what is wrong with them."""
    ((number,),) = world.rows(database, "SELECT count(*) FROM event")
    with database.read() as connection:
        return number, events.chain_problem(connection)


@pytest.fixture
def hurried_store(tmp_path: Path) -> Iterator[Database]:
    """A store on SQLite that waits for other writers for a moment only."""
    opened = Database(new_store("sqlite", tmp_path), busy_s=0.05)
    yield opened
    opened.close()


# --- Addresses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["", "sqlite", "passplan.sqlite", "mysql://ada:secret@db/passplan", "postgresql://ada:secret@db:port/passplan"],
)
def test_an_address_that_is_none_is_told_without_its_password(address: str) -> None:
    with pytest.raises(InputError, match="sqlite:///FILE or postgresql://") as told:
        Database(address)
    assert "secret" not in str(told.value)


def test_a_store_is_called_without_its_password() -> None:
    database = Database("postgresql://ada:secret@db.example/passplan")

    assert "postgresql://ada:***@db.example/passplan" == str(database)
    database.close()


# --- One transaction ----------------------------------------------------------------------------------------------


def test_a_transaction_is_whole_or_not_at_all(database: Database) -> None:
    def fails(transaction: Transaction) -> None:
        small.set_fact(transaction, "one", "1")
        transaction.record(world.Actor(), world.NOW, "put", "one")
        raise DeniedError("not you")

    with pytest.raises(DeniedError, match="not you"):
        database.write(fails)
    assert {} == facts(database)
    assert (0, "") == chain(database)


def test_what_a_transaction_makes_comes_back(database: Database) -> None:
    assert 7 == database.write(lambda _: 7)


def test_a_reader_sees_one_moment(database: Database) -> None:
    put(database, "one", "1")
    with database.read() as connection:
        before = small.facts(connection)
        put(database, "one", "2")
        meanwhile = small.facts(connection)

    assert ({"one": "1"}, {"one": "1"}, {"one": "2"}) == (before, meanwhile, facts(database))


def test_a_reader_writes_nothing(database: Database) -> None:
    put(database, "one", "1")
    with pytest.raises((StoreError, sa.exc.DBAPIError)), database.read() as connection:
        connection.execute(sa.text("DELETE FROM meta"))

    assert {"one": "1"} == facts(database)


def test_a_part_of_a_transaction_fails_alone_with_its_events(database: Database) -> None:
    def part(transaction: Transaction, key: str, error: Exception | None = None) -> None:
        with transaction.savepoint():
            transaction.connection.execute(sa.text("INSERT INTO meta VALUES (:key, 'v')"), {"key": key})
            transaction.record(world.Actor(), world.NOW, "put", key)
            if error:
                raise error

    def work(transaction: Transaction) -> None:
        part(transaction, "one")
        with pytest.raises(ConflictError):
            part(transaction, "one")
        with pytest.raises(ConflictError):
            part(transaction, "two", ConflictError("no"))
        with pytest.raises(DeniedError):
            part(transaction, "three", DeniedError("not you"))
        part(transaction, "four")

    database.write(work)

    assert {"one": "v", "four": "v"} == facts(database)
    assert [("one",), ("four",)] == world.rows(database, "SELECT object FROM event ORDER BY id")


def test_writes_of_many_threads_all_land(database: Database) -> None:
    put(database, "first")  # whose race has a test of its own
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda k: put(database, f"k{k}"), range(200)))

    assert {"first": "v"} | {f"k{k}": "v" for k in range(200)} == facts(database)
    assert (201, "") == chain(database)


def test_two_that_count_on_the_same_number_count_one_after_the_other(database: Database) -> None:
    put(database, "count", "0")

    def add_one(_: int) -> None:
        database.write(
            lambda t: t.connection.execute(sa.text("UPDATE meta SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)"))
        )

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add_one, range(60)))

    assert {"count": "60"} == facts(database)


# --- Busy ---------------------------------------------------------------------------------------------------------


@pytest.mark.fault(56)
def test_a_writer_waits_for_another_for_a_while_and_then_says_so(hurried_store: Database) -> None:
    assert hurried_store.path is not None
    with closing(sqlite3.connect(hurried_store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(StoreBusyError, match="another writer holds the store; try again"):
            put(hurried_store, "one")
        waited_s = time.monotonic() - began
        read_meanwhile = facts(hurried_store)
        other.execute("ROLLBACK")
    put(hurried_store, "two")

    assert 0.04 < waited_s < 4.0
    assert {} == read_meanwhile
    assert {"two": "v"} == facts(hurried_store)
    assert (1, "") == chain(hurried_store)


def test_a_writer_that_waited_long_enough_goes_on(hurried_store: Database) -> None:
    assert hurried_store.path is not None
    with closing(sqlite3.connect(hurried_store.path, isolation_level=None)) as other, ThreadPoolExecutor(1) as threads:
        other.execute("BEGIN IMMEDIATE")
        waiting = threads.submit(put, hurried_store, "one")
        wait_until(lambda: hurried_store.silent_s > 0.0, within_s=PATIENCE_S)
        other.execute("COMMIT")
        waiting.result(timeout=5.0)

    assert {"one": "v"} == facts(hurried_store)


@pytest.mark.fault(56)
def test_a_write_behind_one_that_hangs_gives_up_and_is_not_done_later(hurried_store: Database) -> None:
    began, go_on = threading.Event(), threading.Event()

    def hang(_: Transaction) -> None:
        began.set()
        assert go_on.wait(10.0)

    with ThreadPoolExecutor(1) as threads:
        hanging = threads.submit(hurried_store.write, hang)
        assert began.wait(5.0)
        try:
            with pytest.raises(StoreBusyError, match="other writes of this process take too long"):
                put(hurried_store, "one")
            hanging_s = hurried_store.silent_s
        finally:
            go_on.set()
        hanging.result(timeout=5.0)
    put(hurried_store, "two")

    assert 0.1 < hanging_s < 10.0
    assert 0.0 == hurried_store.silent_s
    assert {"two": "v"} == facts(hurried_store)


def test_a_row_that_another_holds_for_long_is_told(postgresql_store: Database) -> None:
    put(postgresql_store, "one")
    held, go_on = threading.Event(), threading.Event()

    def hold(transaction: Transaction) -> None:
        small.set_fact(transaction, "one", "held")
        held.set()
        assert go_on.wait(20.0)

    def take(transaction: Transaction) -> None:
        transaction.connection.execute(sa.text("SET LOCAL lock_timeout = '200ms'"))
        small.set_fact(transaction, "one", "taken")

    with ThreadPoolExecutor(1) as threads:
        holding = threads.submit(postgresql_store.write, hold)
        assert held.wait(5.0)
        try:
            with pytest.raises(StoreBusyError, match="another writer holds the store; try again"):
                postgresql_store.write(take)
        finally:
            go_on.set()
        holding.result(timeout=5.0)
    postgresql_store.write(take)

    assert "taken" == facts(postgresql_store)["one"]


@pytest.mark.fault(57)
def test_two_who_take_two_rows_in_opposite_order_both_succeed_in_the_end(postgresql_store: Database) -> None:
    put(postgresql_store, "a", "")
    put(postgresql_store, "b", "")
    both = threading.Barrier(2)
    tries = {"ab": 0, "ba": 0}

    def take(order: str) -> None:
        def work(transaction: Transaction) -> None:
            tries[order] += 1
            transaction.record(world.Actor(), world.NOW, "took", order)
            for k, key in enumerate(order):
                query = sa.text("UPDATE meta SET value = value || :order WHERE key = :key")
                transaction.connection.execute(query, {"order": order, "key": key})
                if k == 0 and tries[order] == 1:
                    both.wait(5.0)

        postgresql_store.write(work)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(take, ("ab", "ba")))
    found = facts(postgresql_store)

    assert 3 == sum(tries.values())  # one of them lost, and tried again
    assert found["a"] == found["b"]
    assert {"abba", "baab"} >= {found["a"]}
    assert (4, "") == chain(postgresql_store)


@pytest.mark.fault(57)
def test_whoever_loses_again_and_again_is_told_to_try_later(postgresql_store: Database) -> None:
    tries = []
    pauses_s: list[float] = []
    database = Database(postgresql_store.url, pause=pauses_s.append)

    def work(transaction: Transaction) -> None:
        tries.append(1)
        lose = "DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = 'serialization_failure'; END $$"
        transaction.connection.exec_driver_sql(lose)

    with pytest.raises(StoreBusyError, match="try again"):
        database.write(work)
    database.close()

    assert 5 == len(tries)
    assert 4 == len(pauses_s)
    assert all(0.0 <= pause_s <= 0.05 * k for k, pause_s in enumerate(pauses_s, start=1))


@pytest.mark.fault(58)
def test_a_transaction_is_silent_since_its_last_statement(tmp_path: Path) -> None:
    now_s = [100.0]
    database = Database(new_store("sqlite", tmp_path), monotonic_s=lambda: now_s[0])

    def work(transaction: Transaction) -> tuple[float, float, float]:
        now_s[0] += 7.5
        first_s = database.silent_s
        transaction.connection.exec_driver_sql("SELECT 1")
        second_s = database.silent_s
        now_s[0] += 2.0
        return first_s, second_s, database.silent_s

    silent_s = database.write(work)
    after_s = database.silent_s
    database.close()

    assert ((7.5, 0.0, 2.0), 0.0) == (silent_s, after_s)


# --- Gone, full, damaged ------------------------------------------------------------------------------------------


@pytest.mark.fault(54)
def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    database = Database(f"postgresql://ada:secret@127.0.0.1:{port}/passplan")

    for attempt in (database.version, database.verify, lambda: put(database, "one")):
        with pytest.raises(StoreBusyError, match="it cannot be reached") as told:
            attempt()
        assert "secret" not in str(told.value)
        assert f"127.0.0.1:{port}" in str(told.value)
    database.close()


@pytest.mark.fault(52)
def test_a_connection_that_the_server_ended_is_told_and_the_next_write_works(postgresql_store: Database) -> None:
    put(postgresql_store, "one")

    def work(transaction: Transaction) -> None:
        small.set_fact(transaction, "two", "2")
        ((pid,),) = transaction.connection.execute(sa.text("SELECT pg_backend_pid()"))
        world.rows(postgresql_store, "SELECT pg_terminate_backend(:pid)", pid=pid)
        small.set_fact(transaction, "three", "3")

    with pytest.raises(StoreBusyError, match="cannot be reached"):
        postgresql_store.write(work)
    put(postgresql_store, "four")

    assert {"one", "four"} == set(facts(postgresql_store))
    assert (2, "") == chain(postgresql_store)


@pytest.mark.fault(82)
def test_the_files_of_a_new_store_are_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = Database(empty_database("sqlite", tmp_path))
        migrate(store)
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir() if p.is_file()}
        store.close()
    finally:
        os.umask(before)

    assert len(modes) >= 2  # the file and its log
    assert {0o600} == set(modes.values()), modes


def test_another_connection_of_the_process_releases_no_lock(sqlite_store: Database) -> None:
    """By POSIX a closed descriptor ends all locks of the process on a file: another process would delete the log."""
    put(sqlite_store, "one")
    other = Database(str(sqlite_store.url))
    with other.read() as connection:
        small.facts(connection)
    code = (
        f"import sqlite3; c = sqlite3.connect({str(sqlite_store.path)!r}); c.execute('SELECT * FROM meta'); c.close()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    is_log_there = Path(f"{sqlite_store.path}-wal").exists()
    other.close()

    assert is_log_there


@pytest.mark.fault(55)
@pytest.mark.fault(83)
def test_a_full_disk_is_told_and_nothing_is_half_written(sqlite_store: Database) -> None:
    put(sqlite_store, "one")
    before = world.everything(sqlite_store)

    def work(transaction: Transaction) -> None:
        # As if the disk had room for two more pages.
        ((pages,),) = transaction.connection.execute(sa.text("PRAGMA page_count"))
        transaction.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
        for k in range(200):
            small.set_fact(transaction, f"k{k}", "x" * 1_000)
            transaction.record(world.Actor(), world.NOW, "put", f"k{k}")

    with pytest.raises(StoreError, match="disk is full, and nothing was written; make room"):
        sqlite_store.write(work)
    after = world.everything(sqlite_store)
    sqlite_store.write(lambda t: t.connection.exec_driver_sql("PRAGMA max_page_count = 1000000"))
    put(sqlite_store, "two", "x" * 20_000)

    assert before == after
    assert {"one", "two"} == set(facts(sqlite_store))
    assert (2, "") == chain(sqlite_store)


@pytest.mark.fault(55)
def test_a_full_disk_of_postgresql_is_told(postgresql_store: Database) -> None:
    def work(transaction: Transaction) -> None:
        small.set_fact(transaction, "k", "v")
        full = "DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = 'disk_full'; END $$"
        transaction.connection.exec_driver_sql(full)

    before = facts(postgresql_store)
    with pytest.raises(StoreError, match="disk is full, and nothing was written; make room"):
        postgresql_store.write(work)

    assert before == facts(postgresql_store)


@pytest.mark.fault(83)
def test_what_can_only_be_read_is_told(database: Database) -> None:
    is_sqlite = database.path is not None

    def work(transaction: Transaction) -> None:
        transaction.connection.exec_driver_sql("PRAGMA query_only = ON" if is_sqlite else "SET TRANSACTION READ ONLY")
        small.set_fact(transaction, "k", "v")

    with pytest.raises(StoreError, match="its disk, its folder or its file is read-only"):
        database.write(work)


@pytest.mark.fault(55)
def test_a_disk_that_is_full_at_the_very_end_is_told_too(sqlite_store: Database) -> None:
    # The last thing that a transaction does is to add its events.
    before = world.everything(sqlite_store)

    def work(transaction: Transaction) -> None:
        small.set_fact(transaction, "one", "1")
        ((pages,),) = transaction.connection.execute(sa.text("PRAGMA page_count"))
        transaction.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        transaction.record(world.Actor(), world.NOW, "put", "x" * 100_000)

    with pytest.raises(StoreError, match="disk is full"):
        sqlite_store.write(work)
    assert before == world.everything(sqlite_store)


def test_a_file_that_is_damaged_is_told(sqlite_store: Database, tmp_path: Path) -> None:
    assert sqlite_store.path is not None
    sqlite_store.close()
    path = tmp_path / "damaged.sqlite"
    whole = sqlite_store.path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    damaged = Database(f"sqlite:///{path}")

    with pytest.raises(StoreError, match=r"damaged\.sqlite"):
        damaged.verify()
    with pytest.raises(StoreError, match=r"damaged\.sqlite"):
        put(damaged, "one")
    damaged.close()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'nowhere' / 'passplan.sqlite'}")

    with pytest.raises(StoreError, match="nowhere"):
        database.verify()
    database.close()


# --- What may come twice ------------------------------------------------------------------------------------------


def ask(database: Database, body: str, answer: object, *, key: str = "k", scope: str = "NASA") -> object:
    """What a use case with a key does: answer as before, or do it and remember."""

    def work(transaction: Transaction) -> object:
        known = small.answered(transaction.connection, scope, key, body)
        if known is not None:
            return known
        small.set_fact(transaction, f"done {scope} {key}", body)
        small.remember(transaction, scope, key, body, answer, world.NOW)
        return answer

    return database.write(work)


def test_the_same_asked_twice_under_a_key_is_done_once_and_answered_alike(database: Database) -> None:
    first = ask(database, "body", {"id": "one", "list": [1, None]})
    second = ask(database, "body", {"id": "two"})

    assert {"id": "one", "list": [1, None]} == first == second
    assert {"done NASA k": "body"} == facts(database)


def test_something_else_under_a_known_key_is_refused(database: Database) -> None:
    ask(database, "body", 1)

    with pytest.raises(ConflictError, match="the key 'k' was used for something else; take another"):
        ask(database, "other", 2)
    assert {"done NASA k": "body"} == facts(database)


def test_keys_of_two_agencies_are_apart(database: Database) -> None:
    answers = [ask(database, "body", 1), ask(database, "other", 2, scope="ESA"), ask(database, "third", 3, key="l")]

    assert [1, 2, 3] == answers


def test_a_key_of_a_transaction_that_failed_is_free(database: Database) -> None:
    def fails(transaction: Transaction) -> None:
        small.remember(transaction, "NASA", "k", "body", 1, world.NOW)
        raise DeniedError("no")

    with pytest.raises(DeniedError):
        database.write(fails)
    assert 2 == ask(database, "other", 2)


@pytest.mark.fault(36)
def test_the_same_asked_by_many_at_once_is_done_once(database: Database) -> None:
    def attempt(k: int) -> object:
        try:
            return ask(database, "body", k)
        except ConflictError:  # another was faster by a moment: ask again
            return ask(database, "body", k)

    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(attempt, range(24)))

    assert 1 == len(answers)
    assert [(1,)] == world.rows(database, "SELECT count(*) FROM once")


@pytest.mark.parametrize(
    ("address", "mode"),
    [
        ("postgresql://db.example.org/passplan", "verify-full"),
        ("postgresql://192.0.2.7:5433/passplan", "verify-full"),
        ("postgresql://db.example.org/passplan?sslmode=require", None),
        ("postgresql:///passplan", None),
        ("postgresql:///passplan?host=/run/postgresql", None),
        ("postgresql://localhost/passplan", None),
        ("postgresql://[::1]/passplan", None),
    ],
)
def test_a_server_on_another_machine_must_show_a_certificate(address: str, mode: str | None) -> None:
    asked: list[dict[str, Any]] = []
    database = Database(address)

    def connect(_dialect: Any, _record: Any, _given: Any, parameters: dict[str, Any]) -> None:
        asked.append(dict(parameters))
        raise StoreError("this far")

    sa.event.listen(database._reader, "do_connect", connect)
    with pytest.raises(StoreError, match="this far"), database.read():
        pass

    assert mode == (asked[0].get("sslmode") if "sslmode" not in address else None)
