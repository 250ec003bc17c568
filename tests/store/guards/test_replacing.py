"""Events stay as they are, and SQLite's ways round a constraint are closed."""

from __future__ import annotations

import pytest

from passplan.domain.contacts import (
    ContactState,
    RequestState,
)
from passplan.domain.errors import ConflictError
from passplan.store import guards
from passplan.store.database import Database, Transaction
from passplan.store.schema import contact, event, hold, request
from tests.store import world
from tests.store.guards.changes import add_hold, holds, states

# --- Events are for ever ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET actor = 'eve'",
        "UPDATE event SET id = id + 100 WHERE id = 2",
        "DELETE FROM event",
        "DELETE FROM event WHERE id = 2",
    ],
)
def test_events_are_never_changed_or_taken_away(database: Database, statement: str) -> None:
    record(database, "one", "two")
    before = world.rows(database, "SELECT * FROM event ORDER BY id")

    with pytest.raises(ConflictError, match=guards.APPEND_ONLY):
        world.execute(database, statement)
    assert before == world.rows(database, "SELECT * FROM event ORDER BY id")


def test_events_are_not_truncated_on_postgresql(postgresql_store: Database) -> None:
    record(postgresql_store, "one", "two")

    with pytest.raises(ConflictError, match=guards.APPEND_ONLY):
        world.execute(postgresql_store, "TRUNCATE event CASCADE")
    assert [(2,)] == world.rows(postgresql_store, "SELECT count(*) FROM event")


def record(database: Database, *objects: str) -> None:
    """An event for each object."""

    def work(transaction: Transaction) -> None:
        for name in objects:
            transaction.record(world.Actor(), world.NOW, "made", name)

    database.write(work)


# --- SQLite's ways round a constraint -----------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["OR REPLACE", "OR IGNORE", "OR FAIL", "OR ABORT", "OR ROLLBACK"])
@pytest.mark.parametrize("itself", [True, False])
def test_no_way_of_inserting_sneaks_an_overlap_in(sqlite_store: Database, how: str, itself: bool) -> None:
    holder = world.bare_contact(sqlite_store, "one")
    first = add_hold(sqlite_store, holder, 10, 20)
    add_hold(sqlite_store, holder, 20, 30)
    # In the place of the first, it would be in the way of the second.
    changes = {"id": first} if itself else {}
    values = {"start_us": world.us(15), "end_us": world.us(25), **changes}
    before = holds(sqlite_store)

    with pytest.raises(ConflictError):
        sqlite_store.write(lambda t: world.add_twin(t, hold, first, how=how, **values))
    assert before == holds(sqlite_store)


@pytest.mark.fault(35)
@pytest.mark.parametrize("how", ["OR REPLACE", "OR IGNORE", "OR FAIL"])
def test_no_way_of_updating_sneaks_an_overlap_in(sqlite_store: Database, how: str) -> None:
    holder = world.bare_contact(sqlite_store, "one")
    add_hold(sqlite_store, holder, 10, 20)
    second = add_hold(sqlite_store, holder, 20, 30)
    before = holds(sqlite_store)

    with pytest.raises(ConflictError, match=guards.OVERLAP):
        world.execute(sqlite_store, f"UPDATE {how} hold SET start_us = start_us - 1 WHERE id = :id", id=second)
    assert before == holds(sqlite_store)


@pytest.mark.parametrize("changes", [{"id": 2}, {"id": 2, "prev_hash": "another"}, {"id": 3}])
def test_no_event_is_put_in_the_place_of_another(sqlite_store: Database, changes: dict[str, object]) -> None:
    # In the place of its number, of the event before it, or of both.
    record(sqlite_store, "one", "two")
    before = world.rows(sqlite_store, "SELECT * FROM event ORDER BY id")

    with pytest.raises(ConflictError, match=guards.APPEND_ONLY):
        sqlite_store.write(lambda t: world.add_twin(t, event, 2, how="OR REPLACE", actor="eve", **changes))
    assert before == world.rows(sqlite_store, "SELECT * FROM event ORDER BY id")


def test_no_contact_is_put_in_the_place_of_one_that_is_over(sqlite_store: Database) -> None:
    number = world.bare_contact(sqlite_store, "one", ContactState.COMPLETED)
    before = world.rows(sqlite_store, "SELECT * FROM contact")

    with pytest.raises(ConflictError):
        sqlite_store.write(
            lambda t: world.add_twin(t, contact, number, how="OR REPLACE", id=number, state=ContactState.SCHEDULED)
        )
    assert before == world.rows(sqlite_store, "SELECT * FROM contact")


def test_no_contact_is_put_in_the_place_of_one_of_the_same_part(sqlite_store: Database) -> None:
    number = world.bare_contact(sqlite_store, "one")
    before = world.rows(sqlite_store, "SELECT * FROM contact")

    with pytest.raises(ConflictError):
        sqlite_store.write(lambda t: world.add_twin(t, contact, number, how="OR REPLACE"))
    assert before == world.rows(sqlite_store, "SELECT * FROM contact")


def test_no_request_is_put_in_the_place_of_one_that_was_rejected(sqlite_store: Database) -> None:
    name = world.bare_request(sqlite_store, "one", RequestState.REJECTED)

    with pytest.raises(ConflictError):
        sqlite_store.write(
            lambda t: world.add_twin(t, request, name, how="OR REPLACE", id=name, state=RequestState.SUBMITTED)
        )
    assert [(RequestState.REJECTED, 1)] == states(sqlite_store, "request")
