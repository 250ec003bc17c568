"""The chain of events: whole whoever writes, and broken where somebody meddled with it."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from passplan.domain.errors import ConflictError
from passplan.store import events
from passplan.store.database import Database, Transaction
from passplan.store.schema import event
from tests.store import world

EACH = 25  # events of a writer


def problem(database: Database) -> str:
    with database.read() as connection:
        return events.chain_problem(connection)


def record(database: Database, *objects: str) -> None:
    """An event for each object, in one transaction."""

    def work(transaction: Transaction) -> None:
        for k, name in enumerate(objects):
            transaction.record(
                world.Actor(), world.NOW + timedelta(seconds=k), "changed", name, before={"k": k}, after={"k": k + 1}
            )

    database.write(work)


def write_many(address: str, name: str) -> None:
    """What a process of its own does: one event, and two, in turn."""
    database = Database(address)
    for k in range(EACH):
        record(database, *(f"{name}-{k}" for _ in range(1 + k % 2)))
    database.close()


# --- Whole --------------------------------------------------------------------------------------------------------


def test_no_event_is_no_problem(database: Database) -> None:
    assert "" == problem(database)


def test_events_come_back_as_they_were_given(database: Database) -> None:
    database.write(
        lambda t: t.record(
            world.Actor("ådå", "röt"),
            world.NOW,
            "moved",
            "contact 1",
            before={"b": [1, None]},
            after={"z": 0.1, "a": "é"},
        )
    )
    record(database, "contact 2", "contact 1")
    with database.read() as connection:
        (first, *others) = events.history(connection)
        of_one = list(events.history(connection, "contact 1", after=1))

    assert ("ådå", "röt", "moved", "contact 1") == (first.actor, first.os_user, first.action, first.object)
    assert (world.NOW, {"b": [1, None]}, {"a": "é", "z": 0.1}) == (first.at, first.before, first.after)
    assert [2, 3] == [e.id for e in others]
    assert [3] == [e.id for e in of_one]
    assert "" == problem(database)


def test_the_chain_is_whole_after_many_threads_and_two_processes(database: Database) -> None:
    record(database, "the first")  # whose race has a test of its own
    address = database.url.render_as_string(hide_password=False)
    with (
        ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes,
        ThreadPoolExecutor(4) as threads,
    ):
        work = [processes.submit(write_many, address, f"process-{k}") for k in range(2)]
        work += [threads.submit(record, database, f"thread-{k}") for k in range(4 * EACH)]
        for one in work:
            one.result(timeout=60.0)
    ids = [row[0] for row in world.rows(database, "SELECT id FROM event ORDER BY id")]

    wanted = 1 + 2 * sum(1 + k % 2 for k in range(EACH)) + 4 * EACH
    assert list(range(1, wanted + 1)) == ids
    assert "" == problem(database)


def test_two_writers_of_the_first_event_both_write_it(postgresql_store: Database) -> None:
    # SQLite lets one write at a time.
    added, go_on = threading.Event(), threading.Event()

    def slow(transaction: Transaction) -> None:
        transaction.record(world.Actor(), world.NOW, "made", "one")
        events.append(transaction.connection, transaction.events)
        transaction.events.clear()
        added.set()
        assert go_on.wait(10.0)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(postgresql_store.write, slow)
        assert added.wait(10.0)
        second = threads.submit(record, postgresql_store, "two")
        wait_for_a_lock(postgresql_store)
        go_on.set()
        first.result(timeout=10.0)
        second.result(timeout=10.0)

    assert [(1, "one"), (2, "two")] == world.rows(postgresql_store, "SELECT id, object FROM event ORDER BY id")
    assert "" == problem(postgresql_store)


def wait_for_a_lock(database: Database) -> None:
    """Wait until somebody waits for a lock of another."""
    for _ in range(500):
        if world.rows(database, "SELECT 1 FROM pg_locks WHERE NOT granted"):
            return
        threading.Event().wait(0.01)
    raise AssertionError("nobody waits")


def test_a_transaction_that_fails_leaves_no_event_and_no_gap(database: Database) -> None:
    record(database, "one")

    def fails(transaction: Transaction) -> None:
        transaction.record(world.Actor(), world.NOW, "made", "two")
        raise ConflictError("no")

    def is_refused(transaction: Transaction) -> None:
        transaction.record(world.Actor(), world.NOW, "made", "three")
        transaction.connection.execute(sa.text("INSERT INTO meta VALUES ('k', 'v'), ('k', 'w')"))

    for work in (fails, is_refused):
        with pytest.raises(ConflictError):
            database.write(work)
    record(database, "four")

    assert [(1, "one"), (2, "four")] == world.rows(database, "SELECT id, object FROM event ORDER BY id")
    assert [(2,)] == world.rows(database, "SELECT last_id FROM event_head")
    assert "" == problem(database)


def test_an_event_that_is_no_json_takes_its_transaction_along(database: Database) -> None:
    def work(transaction: Transaction) -> None:
        transaction.connection.execute(sa.text("INSERT INTO meta VALUES ('k', 'v')"))
        transaction.record(world.Actor(), world.NOW, "made", "one", after={"value": float("nan")})

    with pytest.raises(ValueError):
        database.write(work)
    assert [] == world.rows(database, "SELECT * FROM meta")


# --- Broken -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chain(unguarded_store: Database) -> Callable[[int], Database]:
    """A store with so many events."""
    head = world.rows(unguarded_store, "SELECT id, last_id, last_hash FROM event_head")

    def made(length: int) -> Database:
        world.execute(unguarded_store, "DELETE FROM event")
        world.execute(unguarded_store, "DELETE FROM event_head")
        for number, last_id, last_hash in head:
            values = {"id": number, "last_id": last_id, "last_hash": last_hash}
            world.execute(unguarded_store, "INSERT INTO event_head VALUES (:id, :last_id, :last_hash)", **values)
        if length:
            record(unguarded_store, *(f"object {k}" for k in range(1, length + 1)))
        assert "" == problem(unguarded_store)
        return unguarded_store

    return made


CONTENT = [c.name for c in event.columns if c.name not in ("id", "hash", "prev_hash")]
PLACES = st.integers(1, 8).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n)))
QUICKLY = settings(max_examples=25)
Chain = Callable[[int], Database]


def changed(value: Any) -> Any:
    return value + 1 if isinstance(value, int) else value + " "


@pytest.mark.fault(74)
@QUICKLY
@given(place=PLACES, column=st.sampled_from([c.name for c in event.columns if c.name != "id"]))
def test_an_event_that_was_changed_is_named(chain: Chain, place: tuple[int, int], column: str) -> None:
    length, number = place
    database = chain(length)
    ((value,),) = world.rows(database, f"SELECT {column} FROM event WHERE id = :id", id=number)
    world.execute(database, f"UPDATE event SET {column} = :value WHERE id = :id", id=number, value=changed(value))

    assert f"event {number} is not as it was written, or the one before is not" == problem(database)


@QUICKLY
@given(place=PLACES)
def test_an_event_that_was_taken_out_is_named(chain: Chain, place: tuple[int, int]) -> None:
    length, number = place
    database = chain(length + 1)
    world.execute(database, "DELETE FROM event WHERE id = :id", id=number)

    assert f"event {number} is missing" == problem(database)


@pytest.mark.fault(74)
@QUICKLY
@given(place=PLACES)
def test_a_tail_that_was_cut_is_told(chain: Chain, place: tuple[int, int]) -> None:
    length, number = place
    database = chain(length)
    world.execute(database, "DELETE FROM event WHERE id >= :id", id=number)

    assert f"the events after {number - 1} are missing" == problem(database)


@pytest.mark.fault(74)
@QUICKLY
@given(place=PLACES, distance=st.integers(1, 5))
def test_events_that_were_swapped_are_told_from_the_first_on(
    chain: Chain, place: tuple[int, int], distance: int
) -> None:
    length, number = place
    database = chain(length + 5)
    swap = (
        "UPDATE event SET id = -1 WHERE id = :one",
        "UPDATE event SET id = :one WHERE id = :two",
        "UPDATE event SET id = :two WHERE id = -1",
    )

    def work(transaction: Transaction) -> None:
        for statement in swap:
            values = {"one": number, "two": number + distance}
            used = {name: value for name, value in values.items() if f":{name}" in statement}
            transaction.connection.execute(sa.text(statement), used)

    database.write(work)

    assert f"event {number} is not as it was written, or the one before is not" == problem(database)


@QUICKLY
@given(place=PLACES)
def test_events_that_moved_up_into_a_gap_are_told(chain: Chain, place: tuple[int, int]) -> None:
    length, number = place
    database = chain(length + 1)
    world.execute(database, "DELETE FROM event WHERE id = :id", id=number)
    for later in range(number + 1, length + 2):
        world.execute(database, "UPDATE event SET id = id - 1 WHERE id = :id", id=later)

    assert f"event {number} is not as it was written, or the one before is not" == problem(database)


@QUICKLY
@given(place=PLACES, column=st.sampled_from(CONTENT))
def test_an_event_that_was_rewritten_with_its_hash_is_told_by_the_next(
    chain: Chain, place: tuple[int, int], column: str
) -> None:
    length, number = place
    database = chain(length + 1)
    rewrite(database, number, column)

    assert f"event {number + 1} is not as it was written, or the one before is not" == problem(database)


@QUICKLY
@given(length=st.integers(1, 8), column=st.sampled_from(CONTENT))
def test_the_last_event_rewritten_with_its_hash_is_named(chain: Chain, length: int, column: str) -> None:
    database = chain(length)
    rewrite(database, length, column)
    told = problem(database)

    assert str(length) in told
    assert "missing" not in told  # none is


@QUICKLY
@given(length=st.integers(1, 8))
def test_an_event_put_in_at_the_end_is_named(chain: Chain, length: int) -> None:
    database = chain(length)
    with database.read() as connection:
        head = connection.execute(sa.text("SELECT last_id, last_hash FROM event_head")).one()
    record(database, "forged")
    world.execute(database, "UPDATE event_head SET last_id = :number, last_hash = :hash", number=head[0], hash=head[1])
    told = problem(database)

    assert str(length + 1) in told
    assert "missing" not in told  # none is


def rewrite(database: Database, number: int, column: str) -> None:
    """Change an event and make its own hash good."""

    def work(transaction: Transaction) -> None:
        connection = transaction.connection
        row = dict(connection.execute(sa.select(event).where(event.c.id == number)).mappings().one())
        row[column] = changed(row[column])
        row["hash"] = events._hash(row)
        connection.execute(sa.update(event).where(event.c.id == number).values(row))

    database.write(work)


@pytest.mark.parametrize("length", [1, 3])
def test_a_head_that_is_gone_is_told(chain: Chain, length: int) -> None:
    database = chain(length)
    world.execute(database, "DELETE FROM event_head")

    assert "the head of the events is missing" == problem(database)


def test_all_events_gone_is_a_tail_that_was_cut(chain: Chain) -> None:
    database = chain(3)
    world.execute(database, "DELETE FROM event")

    assert "the events after 0 are missing" == problem(database)
