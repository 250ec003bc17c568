"""No antenna and no channel is held twice at a time, and only contacts that are to come hold anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passplan.domain.contacts import (
    CONTACT_TRANSITIONS,
    HOLDING,
    ContactState,
)
from passplan.domain.errors import ConflictError
from passplan.store import contacts, guards
from passplan.store.database import Database
from passplan.store.schema import HOLD_LIMIT_US, hold
from tests.store import world
from tests.store.guards.changes import HOUR_US, SHAPES, add_hold, antenna, change_hold, holds, overlap_words, times

# --- No antenna and no channel twice at a time --------------------------------------------------------------------


@pytest.mark.fault(33)
@pytest.mark.fault(35)
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


@pytest.mark.fault(34)
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


@pytest.mark.fault(34)
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
