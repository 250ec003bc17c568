"""What the database itself refuses, whoever asks and however: alike on both databases."""

from __future__ import annotations

import itertools
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passplan.domain.contacts import (
    CONTACT_TRANSITIONS,
    HOLDING,
    REQUEST_TRANSITIONS,
    ContactState,
    RequestState,
    Transition,
)
from passplan.domain.errors import ConflictError, StoreError
from passplan.store import contacts, guards
from passplan.store.database import Database, Transaction
from passplan.store.schema import HOLD_LIMIT_US, contact, event, hold, request
from tests.store import world

HOUR_US = 3_600_000_000
SHAPES = {
    "the same": (10, 20),
    "inside": (12, 15),
    "around": (5, 25),
    "over its start": (5, 11),
    "over its end": (19, 30),
}


def overlap_words(database: Database) -> str:
    """What the refusal of an overlap says."""
    return guards.OVERLAP if database.is_sqlite else "hold_no_overlap"


def antenna(database: Database, name: str = "wlp/a") -> int:
    """The number of an antenna."""
    return int(world.rows(database, "SELECT id FROM resource WHERE name = :name", name=name)[0][0])


def add_hold(database: Database, holder: int, start: float, end: float, name: str = "wlp/a", live: bool = True) -> int:
    """A hold of an antenna over some minutes."""
    return world.add_hold(database, holder, antenna(database, name), world.us(start), world.us(end), live=live)


def change_hold(database: Database, number: int, **columns: object) -> None:
    """Change some columns of a hold, and name no other: a trigger may look at those alone that are named."""
    changes = ", ".join(f"{name} = :{name}" for name in columns)
    world.execute(database, f"UPDATE hold SET {changes} WHERE id = :id", id=number, **columns)


def times(start: float, end: float) -> dict[str, int]:
    """Minutes as columns of a hold."""
    return {"start_us": world.us(start), "end_us": world.us(end)}


def holds(database: Database) -> list[tuple[Any, ...]]:
    return world.rows(database, "SELECT * FROM hold ORDER BY id")


# --- No antenna and no channel twice at a time --------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("how", ["inserted", "other times", "another antenna", "live again"])
def test_a_hold_is_refused_where_another_is_however_it_gets_there(store: Database, shape: str, how: str) -> None:
    first, second = world.bare_contact(store, "one"), world.bare_contact(store, "two")
    start, end = SHAPES[shape]
    add_hold(store, first, 10, 20)
    if how == "inserted":
        work: Callable[[], object] = lambda: add_hold(store, second, start, end)  # noqa: E731
    elif how == "other times":
        number = add_hold(store, second, start + 100, end + 100)
        work = lambda: change_hold(store, number, **times(start, end))  # noqa: E731
    elif how == "another antenna":
        number = add_hold(store, second, start, end, "wlp/b")
        work = lambda: change_hold(store, number, resource_id=antenna(store))  # noqa: E731
    else:
        number = add_hold(store, second, start, end, live=False)
        work = lambda: change_hold(store, number, live=True)  # noqa: E731
    before = holds(store)

    with pytest.raises(ConflictError, match=overlap_words(store)):
        work()
    assert before == holds(store)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_earlier_hold_cannot_be_moved_onto_the_later_either(store: Database, shape: str) -> None:
    first, second = world.bare_contact(store, "one"), world.bare_contact(store, "two")
    number = add_hold(store, first, 100, 110)
    start, end = SHAPES[shape]
    add_hold(store, second, start, end)

    with pytest.raises(ConflictError, match=overlap_words(store)):
        change_hold(store, number, **times(10, 20))


def test_one_end_of_a_hold_cannot_be_drawn_out_over_another(store: Database) -> None:
    holder = world.bare_contact(store, "one")
    number = add_hold(store, holder, 10, 20)
    add_hold(store, holder, 0, 5)
    add_hold(store, holder, 25, 30)

    with pytest.raises(ConflictError, match=overlap_words(store)):
        change_hold(store, number, start_us=world.us(4))
    with pytest.raises(ConflictError, match=overlap_words(store)):
        change_hold(store, number, end_us=world.us(26))


def test_a_contact_is_in_its_own_way_like_any_other(store: Database) -> None:
    number = world.bare_contact(store, "one")
    add_hold(store, number, 10, 20)

    with pytest.raises(ConflictError, match=overlap_words(store)):
        add_hold(store, number, 19, 30)


def test_holds_may_follow_each_other_without_a_gap(store: Database) -> None:
    number = world.bare_contact(store, "one")
    add_hold(store, number, 10, 20)
    add_hold(store, number, 20, 30)
    add_hold(store, number, 0, 10)

    assert 3 == len(holds(store))


def test_one_microsecond_of_overlap_is_refused(store: Database) -> None:
    number = world.bare_contact(store, "one")
    resource = antenna(store)
    world.add_hold(store, number, resource, 1_000, 2_000)

    with pytest.raises(ConflictError, match=overlap_words(store)):
        world.add_hold(store, number, resource, 1_999, 3_000)
    with pytest.raises(ConflictError, match=overlap_words(store)):
        world.add_hold(store, number, resource, 500, 1_001)


def test_holds_that_are_not_live_and_other_antennas_are_in_nobodys_way(store: Database) -> None:
    number = world.bare_contact(store, "one")
    add_hold(store, number, 10, 20)
    add_hold(store, number, 10, 20, live=False)
    add_hold(store, number, 10, 20, "wlp/b")

    assert 3 == len(holds(store))


def test_a_hold_may_be_shortened_and_shifted_over_its_own_place(store: Database) -> None:
    number = add_hold(store, world.bare_contact(store, "one"), 10, 20)
    change_hold(store, number, **times(12, 18))
    change_hold(store, number, **times(15, 25))

    assert [(world.us(15), world.us(25))] == world.rows(store, "SELECT start_us, end_us FROM hold")


def test_a_hold_lasts_a_day_at_most(store: Database) -> None:
    holder = world.bare_contact(store, "one")
    resource = antenna(store)
    number = world.add_hold(store, holder, resource, 0, HOLD_LIMIT_US)

    with pytest.raises(ConflictError, match="hold_order"):
        world.add_hold(store, holder, resource, HOLD_LIMIT_US, 2 * HOLD_LIMIT_US + 1)
    with pytest.raises(ConflictError, match="hold_order"):
        world.execute(store, "UPDATE hold SET end_us = end_us + 1 WHERE id = :id", id=number)


@pytest.mark.parametrize("length_us", [0, -1])
def test_a_hold_ends_after_it_begins(store: Database, length_us: int) -> None:
    holder = world.bare_contact(store, "one")

    with pytest.raises(ConflictError, match="hold_order"):
        world.add_hold(store, holder, antenna(store), 1_000, 1_000 + length_us)


def test_a_hold_that_began_nearly_a_day_before_is_seen(store: Database) -> None:
    holder = world.bare_contact(store, "one")
    resource = antenna(store)
    world.add_hold(store, holder, resource, 0, HOLD_LIMIT_US)
    world.add_hold(store, holder, resource, HOLD_LIMIT_US, HOLD_LIMIT_US + 1)

    with pytest.raises(ConflictError, match=overlap_words(store)):
        world.add_hold(store, holder, resource, HOLD_LIMIT_US - 1, HOLD_LIMIT_US)


def test_a_hold_numbered_minus_one_is_seen_like_any_other(store: Database) -> None:
    # In a BEFORE INSERT trigger SQLite gives a row without a number the number -1.
    holder = world.bare_contact(store, "one")
    values = {"contact_id": holder, "resource_id": antenna(store), "start_us": world.us(10), "end_us": world.us(20)}
    store.write(lambda t: t.connection.execute(sa.insert(hold).values(id=-1, live=True, **values)))

    with pytest.raises(ConflictError, match=overlap_words(store)):
        add_hold(store, holder, 10, 20)


HOURS = st.integers(0, 40)
LENGTHS = st.integers(-1, 26)
STEPS = st.one_of(
    st.tuples(
        st.just("insert"),
        st.just(0),
        st.integers(0, 2),
        st.integers(0, 2),
        HOURS,
        LENGTHS,
        st.booleans() | st.just(True),
    ),
    st.tuples(
        st.just("update"), st.integers(0, 9), st.integers(0, 2), st.integers(0, 2), HOURS, LENGTHS, st.booleans()
    ),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=25))
def test_the_database_takes_just_the_holds_that_a_list_would(
    shared_store: Database, steps: list[tuple[str, int, int, int, int, int, bool]]
) -> None:
    world.clear(shared_store)
    resources = [antenna(shared_store, name) for name in ("wlp/a", "wlp/b", "gds/a")]
    holders = [world.bare_contact(shared_store, name) for name in ("one", "two")]
    holders.append(world.bare_contact(shared_store, "over", ContactState.DROPPED))
    model: dict[int, tuple[int, int, int, int, bool]] = {}
    for kind, which, holder, resource, hour, length, live in steps:
        start, end = hour * HOUR_US, (hour + length) * HOUR_US
        new = (holders[holder], resources[resource], start, end, live)
        key = sorted(model)[which % len(model)] if kind == "update" and model else None
        others = [other for number, other in model.items() if number != key and other[4]]
        clash = any(r == new[1] and s < end and start < e for _, r, s, e, _ in others)
        welcome = 0 < length <= 24 and not (live and (clash or holder == 2))
        try:
            if key is None:
                key = world.add_hold(shared_store, *new[:4], live=live)
            else:
                old = model[key]
                columns = zip(("contact_id", "resource_id", "start_us", "end_us", "live"), old, new, strict=True)
                if changes := {name: value for name, was, value in columns if was != value}:
                    change_hold(shared_store, key, **changes)
        except ConflictError:
            assert not welcome, new
        else:
            assert welcome, new
            model[key] = new

    found = world.rows(shared_store, "SELECT id, contact_id, resource_id, start_us, end_us, live FROM hold ORDER BY id")
    assert sorted((key, *row) for key, row in model.items()) == found
    with shared_store.read() as connection:
        assert [] == contacts.overlaps(connection)


# --- Only contacts that are to come hold anything -----------------------------------------------------------------


@pytest.mark.parametrize("state", ContactState)
def test_only_a_scheduled_or_committed_contact_holds_anything(store: Database, state: ContactState) -> None:
    alive = world.bare_contact(store, "alive")
    holder = world.bare_contact(store, "one", state)
    asleep = add_hold(store, holder, 10, 20, live=False)
    given = add_hold(store, alive, 30, 40)
    tries: list[Callable[[], object]] = [
        lambda: add_hold(store, holder, 50, 60),
        lambda: change_hold(store, asleep, live=True),
        lambda: change_hold(store, given, contact_id=holder),
    ]

    for attempt in tries:
        if state in HOLDING:
            attempt()
        else:
            with pytest.raises(ConflictError, match=guards.NOT_HOLDING):
                attempt()
    assert (3 if state in HOLDING else 1) == len(world.rows(store, "SELECT id FROM hold WHERE live"))


def test_nobody_holds_anything_for_a_contact_that_is_not_there(store: Database) -> None:
    with pytest.raises(ConflictError, match=guards.NOT_HOLDING):
        add_hold(store, 999_999, 10, 20)


ENDS = [(str(before), str(after)) for before, after in CONTACT_TRANSITIONS if after not in HOLDING]


@pytest.mark.parametrize(("before", "after"), ENDS)
def test_a_contact_that_is_over_has_freed_what_it_held(store: Database, before: str, after: str) -> None:
    first = world.bare_contact(store, "one", before)
    add_hold(store, first, 10, 20)
    add_hold(store, first, 10, 20, "ISS/up#1")
    bystander = world.bare_contact(store, "two")
    add_hold(store, bystander, 20, 30)
    world.execute(store, "UPDATE contact SET state = :state WHERE id = :id", state=after, id=first)
    add_hold(store, bystander, 10, 20)
    add_hold(store, bystander, 10, 20, "ISS/up#1")

    assert [(first, 2)] == world.rows(store, "SELECT contact_id, count(*) FROM hold WHERE NOT live GROUP BY contact_id")
    assert [(bystander, 3)] == world.rows(store, "SELECT contact_id, count(*) FROM hold WHERE live GROUP BY contact_id")


# --- States go along the table ------------------------------------------------------------------------------------


def pairs(transitions: tuple[Transition, ...], states: list[str], allowed: bool) -> list[tuple[str, str]]:
    """Pairs of two states that the table has, or those that it has not."""
    every = [(b, a) for b, a in itertools.product(["", *states], states) if a != b]
    return [pair for pair in every if (pair in transitions) == allowed]


CONTACT_STATES = [str(s) for s in ContactState]
REQUEST_STATES = [str(s) for s in RequestState]


def step_contact(database: Database, before: str, after: str) -> Callable[[], None]:
    """What takes a contact from one state to another; from "": it is born there."""
    number = world.bare_contact(database, "one", before or ContactState.SCHEDULED)
    if before:
        return lambda: world.execute(database, "UPDATE contact SET state = :s WHERE id = :id", s=after, id=number)
    return lambda: database.write(lambda t: world.add_twin(t, contact, number, part=2, state=after))


def step_request(database: Database, before: str, after: str) -> Callable[[], None]:
    """What takes a request from one state to another; from "": it is born there."""
    name = world.bare_request(database, "one", before or RequestState.SUBMITTED)
    if before:
        return lambda: world.execute(database, "UPDATE request SET state = :s WHERE id = :id", s=after, id=name)
    return lambda: database.write(lambda t: world.add_twin(t, request, name, id="two", state=after))


def states(database: Database, table: str) -> list[tuple[Any, ...]]:
    return world.rows(database, f"SELECT state, count(*) FROM {table} GROUP BY state")


@pytest.mark.parametrize(("before", "after"), pairs(CONTACT_TRANSITIONS, CONTACT_STATES, allowed=True))
def test_a_contact_goes_where_the_table_lets_it(store: Database, before: str, after: str) -> None:
    step_contact(store, before, after)()

    assert [(after, 1 if before else 2)] == states(store, "contact")


@pytest.mark.parametrize(("before", "after"), pairs(CONTACT_TRANSITIONS, CONTACT_STATES, allowed=False))
def test_a_contact_goes_nowhere_else(store: Database, before: str, after: str) -> None:
    step = step_contact(store, before, after)

    with pytest.raises(ConflictError, match=guards.TRANSITION):
        step()
    assert [(before or ContactState.SCHEDULED, 1)] == states(store, "contact")


@pytest.mark.parametrize(("before", "after"), pairs(REQUEST_TRANSITIONS, REQUEST_STATES, allowed=True))
def test_a_request_goes_where_the_table_lets_it(store: Database, before: str, after: str) -> None:
    step_request(store, before, after)()

    assert [(after, 1 if before else 2)] == states(store, "request")


@pytest.mark.parametrize(("before", "after"), pairs(REQUEST_TRANSITIONS, REQUEST_STATES, allowed=False))
def test_a_request_goes_nowhere_else(store: Database, before: str, after: str) -> None:
    step = step_request(store, before, after)

    with pytest.raises(ConflictError, match=guards.TRANSITION):
        step()
    assert [(before or RequestState.SUBMITTED, 1)] == states(store, "request")


@pytest.mark.parametrize(
    ("step_of", "state"), [(step_contact, RequestState.SUBMITTED), (step_request, ContactState.SCHEDULED)]
)
def test_contacts_and_requests_are_not_born_in_each_other_s_first_state(
    store: Database, step_of: Callable[[Database, str, str], Callable[[], None]], state: str
) -> None:
    step = step_of(store, "", state)

    with pytest.raises(ConflictError, match=guards.TRANSITION):
        step()


@pytest.mark.parametrize("state", RequestState)
def test_a_request_may_change_and_stay_in_its_state(store: Database, state: RequestState) -> None:
    name = world.bare_request(store, "one", state)
    world.execute(store, "UPDATE request SET reason = 'why', state = state WHERE id = :id", id=name)

    assert [(state, "why")] == world.rows(store, "SELECT state, reason FROM request")


@pytest.mark.parametrize("state", [s for s in ContactState if s not in HOLDING])
def test_nothing_of_a_contact_that_is_over_changes(store: Database, state: ContactState) -> None:
    number = world.bare_contact(store, "one", state)
    columns = [c.name for c in contact.columns if c.name not in ("id", "state")]
    before = world.rows(store, "SELECT * FROM contact")

    for column in columns:
        with pytest.raises(ConflictError, match=guards.DONE):
            world.execute(store, f"UPDATE contact SET {column} = {column} WHERE id = :id", id=number)
    assert before == world.rows(store, "SELECT * FROM contact")


def test_a_contact_that_is_to_come_changes(store: Database) -> None:
    number = world.bare_contact(store, "one", ContactState.COMMITTED)
    world.execute(store, "UPDATE contact SET acknowledged_by = 'bob' WHERE id = :id", id=number)

    assert [("bob",)] == world.rows(store, "SELECT acknowledged_by FROM contact")


@pytest.mark.parametrize("state", ContactState)
def test_a_part_of_a_request_has_one_contact_that_is_to_come(store: Database, state: ContactState) -> None:
    number = world.bare_contact(store, "one", state)

    def again() -> None:
        store.write(lambda t: world.add_twin(t, contact, number, state=ContactState.SCHEDULED))

    if state in HOLDING:
        with pytest.raises(ConflictError):
            again()
    else:
        again()
    assert (1 if state in HOLDING else 2) == len(world.rows(store, "SELECT id FROM contact"))


def test_a_contact_cannot_be_moved_into_the_place_of_another_of_its_part(store: Database) -> None:
    number = world.bare_contact(store, "one")
    store.write(lambda t: world.add_twin(t, contact, number, part=2))

    with pytest.raises(ConflictError):
        world.execute(store, "UPDATE contact SET part = 1")


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


# --- A store without a guard is refused ---------------------------------------------------------------------------


def refusal(database: Database) -> str:
    """What verify says against a store; empty: it is well."""
    try:
        database.verify()
    except StoreError as error:
        return str(error)
    return ""


def test_a_store_as_shipped_is_well(database: Database) -> None:
    assert "" == refusal(database)


@dataclass(frozen=True, slots=True)
class Guard:
    """Something that guards a store on PostgreSQL."""

    names: tuple[str, ...]  # the refusal has one of them
    drop: str
    restore: str


def guards_of_postgresql(database: Database) -> list[Guard]:
    """All that refuses rows, from the catalogue: a guard that is added later is here by itself.

    But for keys: without one, a row may refer to nothing, and no antenna is given twice for it.
    """
    triggers = world.rows(
        database,
        "SELECT tgname, tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    )
    constraints = world.rows(
        database,
        "SELECT conname, conrelid::regclass::text, pg_get_constraintdef(c.oid), "
        "(SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (conkey)) "
        "FROM pg_constraint c WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'u', 'x')",
    )
    indexes = world.rows(
        database,
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i JOIN pg_class c "
        "ON c.oid = i.indexrelid WHERE indisunique AND c.relnamespace = 'public'::regnamespace "
        "AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)",
    )
    return [
        *(Guard((name,), f"DROP TRIGGER {name} ON {table}", told) for name, table, told in triggers),
        *(
            Guard(
                (name, f"{table} ({columns})"),
                f"ALTER TABLE {table} DROP CONSTRAINT {name}",
                f"ALTER TABLE {table} ADD CONSTRAINT {name} {told}",
            )
            for name, table, told, columns in constraints
        ),
        *(Guard((name,), f"DROP INDEX {name}", told) for name, told in indexes),
    ]


def unnoticed(database: Database, broken: list[Guard]) -> list[str]:
    """Which of the breaches the store is not refused for by name; each is mended before the next."""
    found = []
    for guard in broken:
        world.execute(database, guard.drop)
        told = refusal(database)
        if not any(name in told for name in guard.names):
            found.append(guard.drop)
        world.execute(database, guard.restore)
        assert "" == refusal(database), f"{guard.drop} was not mended"
    return found


def test_a_store_on_postgresql_without_one_of_its_guards_is_refused(postgresql_store: Database) -> None:
    every = guards_of_postgresql(postgresql_store)

    assert len(every) > 12
    assert [] == unnoticed(postgresql_store, every)


def test_a_store_on_postgresql_with_a_changed_guard_is_refused(postgresql_store: Database) -> None:
    triggers = world.rows(
        postgresql_store,
        "SELECT tgname, tgrelid::regclass::text, pg_get_triggerdef(t.oid), proname, pg_get_functiondef(p.oid) "
        "FROM pg_trigger t JOIN pg_proc p ON p.oid = tgfoid WHERE NOT tgisinternal",
    )
    broken = []
    for name, table, told, function, body in triggers:
        harmless = (
            f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
        )
        never = told.replace("CREATE TRIGGER", "CREATE OR REPLACE TRIGGER").replace("EXECUTE", "WHEN (false) EXECUTE")
        mended = told.replace("CREATE TRIGGER", "CREATE OR REPLACE TRIGGER")
        enabled = f"ALTER TABLE {table} ENABLE TRIGGER {name}"
        broken += [
            Guard((name,), f"ALTER TABLE {table} DISABLE TRIGGER {name}", enabled),
            Guard((name,), f"ALTER TABLE {table} ENABLE REPLICA TRIGGER {name}", enabled),
            Guard((name,), harmless, body),
            Guard((name,), never, mended),
        ]

    assert len(broken) > 24
    assert [] == unnoticed(postgresql_store, broken)


ONCE = "CREATE UNIQUE INDEX contact_once ON contact (request_id, part) WHERE state IN ('scheduled', 'committed')"
OTHER_ONCE = [
    ONCE.replace("UNIQUE ", ""),
    ONCE.replace("part", "part, id"),
    ONCE.replace(", 'committed'", ""),
    ONCE.replace("request_id", "satellite"),
]


def test_a_store_on_postgresql_with_another_constraint_of_the_same_name_is_refused(postgresql_store: Database) -> None:
    def constraint(name: str, other: str) -> Guard:
        query = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"
        told = world.rows(postgresql_store, query, name=name)[0][0]
        replace = f"ALTER TABLE hold DROP CONSTRAINT {name}, ADD CONSTRAINT {name}"
        return Guard((name,), f"{replace} {other}", f"{replace} {told}")

    exclusion = "EXCLUDE USING gist (int8range(resource_id, resource_id, '[]') WITH &&, int8range({}) WITH &&) {}"
    broken = [
        constraint("hold_no_overlap", exclusion.format("start_us, end_us, '[)'", "WHERE (live AND id > 9)")),
        constraint("hold_no_overlap", exclusion.format("start_us, start_us, '[)'", "WHERE (live)")),
        constraint("hold_order", "CHECK (start_us < end_us)"),
        constraint("hold_order", f"CHECK (start_us < end_us AND end_us - start_us <= {HOLD_LIMIT_US}) NOT VALID"),
        *(
            Guard(("contact_once",), f"DROP INDEX contact_once; {other}", f"DROP INDEX contact_once; {ONCE}")
            for other in OTHER_ONCE
        ),
    ]

    assert [] == unnoticed(postgresql_store, broken)


def transition_rows(database: Database) -> list[tuple[Any, ...]]:
    return world.rows(database, "SELECT kind, before, after FROM transition")


def test_a_store_with_another_table_of_transitions_is_refused(database: Database) -> None:
    there = transition_rows(database)
    missed = []
    for kind, before, after in there:
        values = {"kind": kind, "before": before, "after": after}
        world.execute(
            database, "DELETE FROM transition WHERE kind = :kind AND before = :before AND after = :after", **values
        )
        if f"transition {kind} {before or '(new)'} to {after}" not in refusal(database):
            missed.append(values)
        world.execute(database, "INSERT INTO transition VALUES (:kind, :before, :after)", **values)
    world.execute(database, "INSERT INTO transition VALUES ('contact', 'completed', 'scheduled')")

    assert len(there) == len(CONTACT_TRANSITIONS) + len(REQUEST_TRANSITIONS)
    assert [] == missed
    assert "transition contact completed to scheduled" in refusal(database)


def test_a_store_with_a_stranger_among_its_triggers_is_refused(database: Database) -> None:
    if database.is_sqlite:
        world.execute(database, "CREATE TRIGGER stranger AFTER INSERT ON hold BEGIN DELETE FROM hold; END")
    else:
        world.execute(database, "CREATE TRIGGER stranger AFTER INSERT ON hold EXECUTE FUNCTION contact_release()")

    assert "stranger" in refusal(database)


@dataclass(frozen=True, slots=True)
class Breach:
    """Statements that break a guard of a SQLite file."""

    names: tuple[str, ...]  # the refusal has one of them
    statements: tuple[str, ...]


def breaches_of_sqlite(path: Path) -> list[Breach]:
    """Each guard dropped, and each changed: from the file itself, so that a guard that is added later is here."""
    with closing(sqlite3.connect(path)) as file:
        found = file.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    breaches = []
    for kind, name, _, sql in found:
        if kind == "trigger":
            drop = f"DROP TRIGGER {name}"
            breaches += [
                Breach((name,), (drop,)),
                Breach((name,), (drop, sql.replace("BEGIN", "BEGIN SELECT 1;", 1))),
                Breach(
                    (name,), (drop, sql.replace("BEFORE ", "AFTER ", 1).replace("AFTER UPDATE OF", "BEFORE UPDATE OF"))
                ),
            ]
        elif sql.startswith("CREATE UNIQUE INDEX"):
            breaches += [Breach((name,), (f"DROP INDEX {name}",))]
        elif kind == "table":
            breaches += [
                Breach(names_of(name, line), without(name, line, found))
                for line in sql.splitlines()
                if re.match(r"\s*(CONSTRAINT \w+ )?(CHECK|UNIQUE) ", line)
            ]
    breaches += [Breach(("contact_once",), ("DROP INDEX contact_once", other)) for other in OTHER_ONCE]
    return breaches


def names_of(table: str, line: str) -> tuple[str, ...]:
    """What a constraint may be called: by its name, or by its table and columns."""
    found = re.search(r"(?:CONSTRAINT (\w+) )?(?:CHECK|UNIQUE) (\(.*\))", line)
    assert found is not None
    columns = f"{table} {found[2]}"
    return (found[1], columns) if found[1] else (columns,)


def without(table: str, line: str, schema: list[tuple[str, str, str, str]]) -> tuple[str, ...]:
    """What makes a table anew without one of its constraints, as a careless migration does."""
    (sql,) = (s for kind, name, _, s in schema if (kind, name) == ("table", table))
    lines = [one for one in sql.splitlines() if one != line]
    new = re.sub(r",(\s*\))$", r"\1", "\n".join(lines))
    return (
        re.sub(r"^CREATE TABLE \S+", "CREATE TABLE copied", new),
        f"INSERT INTO copied SELECT * FROM {table}",
        f"DROP TABLE {table}",
        f"ALTER TABLE copied RENAME TO {table}",
        *(s for kind, _, of, s in schema if of == table and kind != "table"),
    )


def test_a_store_on_sqlite_with_a_guard_gone_or_changed_is_refused(sqlite_store: Database, tmp_path: Path) -> None:
    assert sqlite_store.path is not None
    sqlite_store.close()
    breaches = breaches_of_sqlite(sqlite_store.path)
    missed = []
    for number, breach in enumerate(breaches):
        path = tmp_path / f"broken-{number}.sqlite"
        path.write_bytes(sqlite_store.path.read_bytes())
        with closing(sqlite3.connect(path, isolation_level=None)) as file:
            file.execute("PRAGMA legacy_alter_table = ON")
            for statement in breach.statements:
                file.execute(statement)
        broken = Database(f"sqlite:///{path}")
        told = refusal(broken)
        broken.close()
        if not any(name in told for name in breach.names):
            missed.append((breach.names[0], breach.statements[-1]))

    assert len(breaches) > 36
    assert [] == missed
