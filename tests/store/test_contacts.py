"""Holds follow contacts: antennas with setup and teardown, and one channel for the signal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passplan.domain.contacts import Contact, ContactId, ContactState
from passplan.domain.errors import ConflictError
from passplan.domain.facts import Note
from passplan.domain.schedule import Assignment
from passplan.domain.span import Span
from passplan.store import contacts, guards
from passplan.store.database import Database, Transaction
from tests import planning
from tests.store import world
from tests.store.test_events import wait_for_a_lock

LENGTH_MIN = 10


def held(database: Database, contact_id: ContactId) -> list[tuple[str, float, float]]:
    """What a contact holds: the resource, and the minutes from and to."""
    query = (
        "SELECT r.name, h.start_us, h.end_us FROM hold h JOIN resource r ON r.id = h.resource_id "
        "WHERE h.contact_id = :id AND h.live ORDER BY r.kind, r.name, h.start_us"
    )
    found = world.rows(database, query, id=contact_id)
    return [(name, (start - world.us(0)) / 6e7, (end - world.us(0)) / 6e7) for name, start, end in found]


def renew(database: Database, *ids: ContactId, channels: int = 2) -> None:
    database.write(lambda transaction: contacts.replace_holds(transaction, ids, {world.LINK: channels}))


def move(database: Database, contact_id: ContactId, assignment: Assignment, *, channels: int = 2) -> None:
    """Put a contact elsewhere, with its holds."""

    def work(transaction: Transaction) -> None:
        contacts.move(transaction, {contact_id: assignment}, 1)
        contacts.replace_holds(transaction, [contact_id], {world.LINK: channels})

    database.write(work)


def faults(database: Database) -> list[str]:
    """What the two examinations find."""
    with database.read() as connection:
        return contacts.overlaps(connection) + contacts.holds_mismatch(connection)


def stored(database: Database, contact_id: ContactId) -> Contact:
    with database.read() as connection:
        found = contacts.get(connection, contact_id)
    assert found is not None
    return found


# --- Holds follow contacts ----------------------------------------------------------------------------------------


def test_a_contact_holds_its_antennas_with_setup_and_one_channel_for_the_signal(store: Database) -> None:
    (number,) = world.book(store, [planning.contact("one", 10, 20, "wlp/a", "gds/b", setup_s=120.0)])

    assert [("gds/b", 8, 20), ("wlp/a", 8, 20), ("ISS/up#1", 10, 20)] == held(store, number)
    assert [] == faults(store)


def test_a_contact_comes_back_as_it_was_added(store: Database) -> None:
    assignment = planning.contact("one", 10, 20, "wlp/a", "gds/b", part=3, setup_s=0.000001)
    (number,) = world.book(store, [assignment])
    store.write(lambda t: contacts.acknowledge(t, number, "ada", planning.at(1)))
    found = stored(store, number)

    assert assignment == found.assignment
    assert (ContactState.SCHEDULED, 1, "ada", planning.at(1)) == (
        found.state,
        found.revision,
        found.acknowledged_by,
        found.acknowledged_at,
    )


def test_a_contact_that_moves_takes_its_holds_along(store: Database) -> None:
    (number,) = world.book(store, [planning.contact("one", 10, 20, "wlp/a", "wlp/b")])
    move(store, number, planning.contact("one", 60, 70, "wlp/b", "gds/a", setup_s=60.0))

    assert [("gds/a", 59, 70), ("wlp/b", 59, 70), ("ISS/up#1", 60, 70)] == held(store, number)
    assert [] == faults(store)


def test_what_a_moved_contact_leaves_is_free(store: Database) -> None:
    (first,) = world.book(store, [planning.contact("one", 10, 20)])
    move(store, first, planning.contact("one", 20, 30), channels=1)
    (second,) = world.book(store, [planning.contact("two", 10, 20)])

    assert [("wlp/a", 10, 20), ("ISS/up#1", 10, 20)] == held(store, second)
    assert [] == faults(store)


def test_two_contacts_change_places_in_one_transaction(store: Database) -> None:
    first, second = world.book(
        store, [planning.contact("one", 10, 20, "wlp/a"), planning.contact("two", 40, 50, "gds/a")]
    )

    def swap(transaction: Transaction) -> None:
        contacts.move(transaction, {first: planning.contact("one", 40, 50, "gds/a")}, 1)
        contacts.move(transaction, {second: planning.contact("two", 10, 20, "wlp/a")}, 1)
        contacts.replace_holds(transaction, [first, second], {world.LINK: 1})

    store.write(swap)

    assert [("gds/a", 40, 50), ("ISS/up#1", 40, 50)] == held(store, first)
    assert [("wlp/a", 10, 20), ("ISS/up#1", 10, 20)] == held(store, second)
    assert [] == faults(store)


@pytest.mark.parametrize("state", [ContactState.DROPPED, ContactState.CANCELLED_BY_AGENCY])
def test_renewing_a_contact_that_is_over_gives_it_nothing(store: Database, state: ContactState) -> None:
    (number,) = world.book(store, [planning.contact("one", 10, 20)])
    store.write(lambda t: contacts.set_state(t, number, state, world.NOW, Note(text="why")))
    renew(store, number)

    assert [] == held(store, number)
    assert [] == faults(store)
    assert (state, Note(text="why")) == (stored(store, number).state, stored(store, number).reason)


def test_a_taken_antenna_refuses_the_whole_transaction(store: Database) -> None:
    (first,) = world.book(store, [planning.contact("one", 10, 20)], channels=2)
    before = world.everything(store)

    with pytest.raises(ConflictError):
        world.book(store, [planning.contact("two", 30, 40), planning.contact("three", 15, 25)], channels=2)
    with pytest.raises(ConflictError):
        move(store, first, planning.contact("one", 10, 20, "nowhere/a"))
    assert before == world.everything(store)


def test_a_link_that_the_network_does_not_have_carries_nothing(store: Database) -> None:
    before = world.everything(store)

    with pytest.raises(ConflictError, match="the network has no link ISS/up"):
        world.book(store, [planning.contact("one", 10, 20)], channels=0)
    assert before == world.everything(store)


def test_a_link_carries_no_more_than_the_network_gives_it_whatever_was_asked(store: Database) -> None:
    # Two channels are known, and the network of today gives one.
    world.book(store, [planning.contact("one", 10, 20, "wlp/a")], channels=1)

    with pytest.raises(ConflictError, match="carries 1 at once"):
        world.book(store, [planning.contact("two", 15, 25, "wlp/b")], channels=1)


DAYS = [
    ("a day to the microsecond", 1440.0, 1),
    ("a microsecond more", 1440.0 + 1e-6 / 60.0, 2),
    ("two days", 2880.0, 2),
    ("a week and a bit", 10_080.5, 8),
]


@pytest.mark.fault(31)
@pytest.mark.parametrize(("minutes", "pieces"), [d[1:] for d in DAYS], ids=[d[0] for d in DAYS])
def test_a_contact_longer_than_a_day_holds_everything_end_to_end(store: Database, minutes: float, pieces: int) -> None:
    signal = Span(planning.at(0), planning.at(0) + timedelta(minutes=minutes))
    plain = planning.contact("long", 0, 1)
    (number,) = world.book(
        store,
        [
            Assignment(
                contact=signal,
                occupies=signal,
                antennas=plain.antennas,
                request="long",
                part=1,
                satellite="ISS",
                link="up",
            )
        ],
    )
    found = held(store, number)
    antenna = [hold for hold in found if hold[0] == "wlp/a"]

    assert pieces == len(antenna)
    assert 0 == antenna[0][1]
    assert minutes == pytest.approx(antenna[-1][2])
    assert [a[2] for a in antenna[:-1]] == [a[1] for a in antenna[1:]]
    assert [("ISS/up#1", *a[1:]) for a in antenna] == found[pieces:]
    assert [] == faults(store)


@pytest.mark.parametrize("start_min", [0.0, 1439.0, 1441.0, 2879.0])
def test_every_piece_of_a_long_contact_is_in_the_way(store: Database, start_min: float) -> None:
    world.book(store, [planning.contact("long", 0, 2880)], channels=2)

    with pytest.raises(ConflictError):
        world.book(store, [planning.contact("two", start_min, start_min + 10)], channels=2)


def test_a_frozen_contact_keeps_its_antennas_when_others_are_renewed(store: Database) -> None:
    frozen, other = world.book(
        store,
        [planning.contact("frozen", 10, 20, "wlp/a", setup_s=60.0), planning.contact("two", 15, 25, "wlp/b")],
        channels=2,
    )
    store.write(lambda t: contacts.commit(t, frozen, world.NOW, "{}", "0"))
    antennas = "SELECT id, start_us, end_us FROM hold WHERE contact_id = :id AND resource_id = :resource"
    resource = world.rows(store, "SELECT id FROM resource WHERE name = 'wlp/a'")[0][0]
    before = world.rows(store, antennas, id=frozen, resource=resource)
    move(store, other, planning.contact("two", 5, 15, "gds/a"))
    world.book(store, [planning.contact("three", 18, 30, "krn/a")], channels=2)

    assert 1 == len(before)
    assert before == world.rows(store, antennas, id=frozen, resource=resource)
    assert ContactState.COMMITTED is stored(store, frozen).state
    assert [] == faults(store)


# --- Channels -----------------------------------------------------------------------------------------------------


def at_once(spans: Sequence[tuple[int, int]]) -> int:
    """How many are there at the same time at most."""
    return max(sum(start <= moment < end for start, end in spans) for moment, _ in spans)


PLACES = st.tuples(st.integers(0, 60), st.integers(1, 25)).map(lambda p: (p[0], p[0] + p[1]))


@pytest.mark.parametrize("channels", [1, 2])
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spans=st.lists(PLACES, min_size=1, max_size=10))
def test_as_many_at_once_as_there_are_channels_and_no_more(
    shared_store: Database, channels: int, spans: list[tuple[int, int]]
) -> None:
    world.clear(shared_store)
    booked: list[tuple[int, int]] = []
    for k, (start, end) in enumerate(spans):
        assignment = planning.contact(f"r{k}", start, end, world.ANTENNAS[k])
        before = world.rows(shared_store, "SELECT id, contact_id, resource_id, start_us, end_us FROM hold ORDER BY id")
        if at_once([*booked, (start, end)]) <= channels:
            world.book(shared_store, [assignment], channels=channels)
            booked.append((start, end))
        else:
            with pytest.raises(ConflictError, match=f"ISS/up carries {channels} at once"):
                world.book(shared_store, [assignment], channels=channels)
            after = world.rows(
                shared_store, "SELECT id, contact_id, resource_id, start_us, end_us FROM hold ORDER BY id"
            )
            assert before == after

    assert [(len(booked),)] == world.rows(shared_store, "SELECT count(*) FROM contact")
    assert [] == faults(shared_store)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spans=st.lists(PLACES, min_size=2, max_size=10), moved=st.data())
def test_a_set_of_contacts_in_one_transaction_fits_just_where_its_channels_do(
    shared_store: Database, spans: list[tuple[int, int]], moved: st.DataObject
) -> None:
    world.clear(shared_store)
    every = [planning.contact(f"r{k}", *span, world.ANTENNAS[k]) for k, span in enumerate(spans)]
    if at_once(spans) > 2:
        with pytest.raises(ConflictError, match="ISS/up carries 2 at once"):
            world.book(shared_store, every, channels=2)
        assert [] == world.rows(shared_store, "SELECT id FROM request")
        return
    ids = world.book(shared_store, every, channels=2)
    which = moved.draw(st.integers(0, len(spans) - 1))
    place = moved.draw(PLACES)
    target = planning.contact(f"r{which}", *place, world.ANTENNAS[which])
    fits = at_once([place, *(span for k, span in enumerate(spans) if k != which)]) <= 2
    try:
        move(shared_store, ids[which], target)
    except ConflictError:
        assert not fits
    else:
        assert fits

    assert (target if fits else every[which]) == stored(shared_store, ids[which]).assignment
    assert [] == faults(shared_store)


def test_channels_of_two_satellites_with_links_of_the_same_name_are_apart(database: Database) -> None:
    world.furnish(database, channels=1)
    world.execute(database, "INSERT INTO resource (kind, name) VALUES ('channel', 'CSS/up#1')")
    plain = planning.contact("two", 15, 25, "wlp/b")
    other = Assignment(
        contact=plain.contact,
        occupies=plain.occupies,
        antennas=plain.antennas,
        request="two",
        part=1,
        satellite="CSS",
        link="up",
    )

    def work(transaction: Transaction) -> list[ContactId]:
        ids = [world.add_contact(transaction, a) for a in (planning.contact("one", 10, 20, "wlp/a"), other)]
        contacts.replace_holds(transaction, ids, {("ISS", "up"): 1, ("CSS", "up"): 1})
        return ids

    first, second = database.write(work)

    assert [("wlp/a", 10, 20), ("ISS/up#1", 10, 20)] == held(database, first)
    assert [("wlp/b", 15, 25), ("CSS/up#1", 15, 25)] == held(database, second)
    assert [] == faults(database)


def while_open(database: Database, first: Callable[[Transaction], object], second: Callable[[], object]) -> None:
    """Do one thing while the transaction of another is open, after whose end it goes on. PostgreSQL only."""
    done, go_on = threading.Event(), threading.Event()

    def slow(transaction: Transaction) -> None:
        first(transaction)
        done.set()
        assert go_on.wait(10.0)

    with ThreadPoolExecutor(2) as threads:
        slowly = threads.submit(database.write, slow)
        assert done.wait(10.0)
        waiting = threads.submit(second)
        try:
            wait_for_a_lock(database)
        finally:
            go_on.set()
        slowly.result(timeout=10.0)
        waiting.result(timeout=10.0)


def test_two_who_book_the_same_link_at_once_both_get_a_channel(postgresql_store: Database) -> None:
    # SQLite lets one write at a time.
    def book(transaction: Transaction) -> None:
        number = world.add_contact(transaction, planning.contact("one", 10, 20, "wlp/a"))
        contacts.replace_holds(transaction, [number], {world.LINK: 2})

    def second() -> None:
        world.book(postgresql_store, [planning.contact("two", 15, 25, "wlp/b")], channels=2)

    while_open(postgresql_store, book, second)

    assert [(2,)] == world.rows(postgresql_store, "SELECT count(*) FROM contact")
    assert [] == faults(postgresql_store)


def test_who_books_while_another_is_moved_sees_where_it_went(postgresql_store: Database) -> None:
    (number,) = world.book(postgresql_store, [planning.contact("one", 10, 20, "wlp/a")], channels=2)

    def move_away(transaction: Transaction) -> None:
        contacts.move(transaction, {number: planning.contact("one", 60, 70, "wlp/a")}, 1)
        contacts.replace_holds(transaction, [number], {world.LINK: 2})

    def second() -> None:
        world.book(postgresql_store, [planning.contact("two", 15, 25, "wlp/b")], channels=2)

    while_open(postgresql_store, move_away, second)

    assert [("wlp/a", 60, 70), ("ISS/up#1", 60, 70)] == held(postgresql_store, number)
    assert [] == faults(postgresql_store)


def test_a_contact_that_is_cancelled_meanwhile_is_given_nothing(postgresql_store: Database) -> None:
    number = world.bare_contact(postgresql_store, "one")

    def cancel(transaction: Transaction) -> None:
        contacts.set_state(transaction, number, ContactState.CANCELLED_BY_AGENCY, world.NOW)

    def give() -> None:
        with pytest.raises(ConflictError, match=guards.NOT_HOLDING):
            world.add_hold(postgresql_store, number, 1, 0, 1_000)

    while_open(postgresql_store, cancel, give)

    assert [] == faults(postgresql_store)


# --- The examinations find what the guards would have refused ------------------------------------------------------


def hold_row(name: str, start: float, end: float) -> str:
    """SQL that adds a hold of the contact :id."""
    return (
        f"INSERT INTO hold (contact_id, resource_id, start_us, end_us, live) SELECT :id, id, {world.us(start)}, "
        f"{world.us(end)}, live FROM resource, (SELECT DISTINCT live FROM hold WHERE live) alive WHERE name = '{name}'"
    )


OF = "contact_id = :id AND resource_id = (SELECT id FROM resource WHERE name = '{}')"
UNHELD = {
    "no antenna": f"DELETE FROM hold WHERE {OF.format('wlp/a')}",
    "no channel": f"DELETE FROM hold WHERE {OF.format('ISS/up#1')}",
    "nothing": "DELETE FROM hold WHERE contact_id = :id",
    "asleep": "UPDATE hold SET live = NOT live WHERE contact_id = :id",
    "too short": f"UPDATE hold SET end_us = end_us - 1 WHERE {OF.format('wlp/a')}",
    "too long": f"UPDATE hold SET start_us = start_us - 1 WHERE {OF.format('ISS/up#1')}",
    "another antenna": "UPDATE hold SET resource_id = (SELECT id FROM resource WHERE name = 'mas/a') "
    f"WHERE {OF.format('wlp/a')}",
    "one antenna too many": hold_row("mas/a", 10, 20),
    "the antenna once more, later": hold_row("wlp/a", 40, 50),
    "the antenna once more, earlier": hold_row("wlp/a", 0, 5),
    "a second channel": hold_row("ISS/up#2", 10, 20),
    "a channel of another time": hold_row("ISS/up#1", 40, 50),
    "the contact moved alone": "UPDATE contact SET end_us = end_us - 1 WHERE id = :id",
    "the contact longer than its hold": "UPDATE contact SET occupied_to_us = occupied_to_us + 1 WHERE id = :id",
    "the contact at another antenna": "UPDATE contact SET antennas = '[\"gds/a\"]' WHERE id = :id",
}


@pytest.mark.parametrize("fault", UNHELD)
def test_a_contact_that_does_not_hold_what_it_occupies_is_found(unguarded_store: Database, fault: str) -> None:
    world.clear(unguarded_store)
    number, _ = world.book(unguarded_store, [planning.contact("one", 10, 20), planning.contact("two", 60, 70)])
    assert [] == faults(unguarded_store)
    world.execute(unguarded_store, UNHELD[fault], id=number)

    assert [f"contact {number} (one/1) does not hold what it occupies"] == faults(unguarded_store)


def test_a_gap_in_the_holds_of_a_long_contact_is_found(unguarded_store: Database) -> None:
    world.clear(unguarded_store)
    (number,) = world.book(unguarded_store, [planning.contact("long", 0, 4000)])
    world.execute(unguarded_store, "DELETE FROM hold WHERE start_us = :start", start=world.us(1440))

    assert [f"contact {number} (long/1) does not hold what it occupies"] == faults(unguarded_store)


def test_a_contact_that_is_over_and_holds_something_is_found(unguarded_store: Database) -> None:
    world.clear(unguarded_store)
    number, _ = world.book(unguarded_store, [planning.contact("one", 10, 20), planning.contact("two", 60, 70)])
    world.execute(unguarded_store, "UPDATE contact SET state = 'dropped' WHERE id = :id", id=number)

    assert [f"contact {number} is over and holds something"] == faults(unguarded_store)


OVERLAPS: dict[str, tuple[tuple[float, float], bool]] = {
    "before": ((0, 10), False),
    "after": ((20, 30), False),
    "the same": ((10, 20), True),
    "inside": ((12, 15), True),
    "around": ((5, 25), True),
    "over its start": ((5, 10.5), True),
    "over its end": ((19.5, 25), True),
}


@pytest.mark.parametrize("shape", OVERLAPS)
def test_holds_that_overlap_are_found(unguarded_store: Database, shape: str) -> None:
    world.clear(unguarded_store)
    (start, end), wrong = OVERLAPS[shape]
    first, second = world.bare_contact(unguarded_store, "one"), world.bare_contact(unguarded_store, "two")
    resource = world.rows(unguarded_store, "SELECT id FROM resource WHERE name = 'wlp/a'")[0][0]
    world.add_hold(unguarded_store, first, resource, world.us(10), world.us(20))
    world.add_hold(unguarded_store, second, resource, world.us(start), world.us(end))
    world.add_hold(unguarded_store, second, resource, world.us(10), world.us(20), live=False)
    world.add_hold(unguarded_store, second, resource + 1, world.us(10), world.us(20))
    with unguarded_store.read() as connection:
        found = contacts.overlaps(connection)

    assert ([f"wlp/a: contacts {first} and {second} at once"] if wrong else []) == found


def test_contacts_are_found_by_state_time_and_request(store: Database) -> None:
    first, second, third = world.book(
        store, [planning.contact("one", 10, 20), planning.contact("two", 20, 30), planning.contact("three", 60, 70)]
    )
    store.write(lambda t: contacts.set_state(t, second, ContactState.DROPPED, world.NOW))

    def ids(**query: Any) -> list[ContactId]:
        with store.read() as connection:
            return [c.id for c in contacts.select(connection, **query)]

    assert [first, second, third] == ids()
    assert [second] == ids(states=[ContactState.DROPPED])
    assert [first, third] == ids(states=[ContactState.SCHEDULED])
    assert [second, third] == ids(ends_after=planning.at(20))
    assert [first] == ids(starts_before=planning.at(20))
    assert [third] == ids(requests=["three"])
    assert [] == ids(ids=[])
    with store.read() as connection:
        assert {"dropped": 1, "scheduled": 2} == contacts.counts(connection)
        assert contacts.get(connection, 0) is None


# --- Sums ---------------------------------------------------------------------------------------------------------


def test_month_sums_are_those_of_the_single_contacts(store: Database) -> None:
    minutes = (0, 60, 31 * 1_440, 32 * 1_440, 75 * 1_440)
    ids = world.book(store, [planning.contact(f"r{k}", m, m + 10 + k, "wlp/a") for k, m in enumerate(minutes)])
    store.write(lambda t: contacts.set_state(t, ids[1], ContactState.DROPPED, world.NOW, Note(text="no room")))
    months = [datetime(2026, month, 1, tzinfo=UTC) for month in (8, 9, 10)]
    with store.read() as connection:
        sums = contacts.month_sums(connection, "NASA", months)
        of_nobody = contacts.month_sums(connection, "ESA", months)

    assert [] == of_nobody
    assert {
        (months[0], ContactState.SCHEDULED): (1, 600.0),
        (months[0], ContactState.DROPPED): (1, 660.0),
        (months[1], ContactState.SCHEDULED): (2, 720.0 + 780.0),
        (months[2], ContactState.SCHEDULED): (1, 840.0),
    } == {(s.month, s.state): (s.contacts, s.duration_s) for s in sums}
