"""States of contacts and requests go along the table of transitions."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from passplan.domain.contacts import (
    CONTACT_TRANSITIONS,
    HOLDING,
    REQUEST_TRANSITIONS,
    ContactState,
    RequestState,
    Transition,
)
from passplan.domain.errors import ConflictError
from passplan.store import guards
from passplan.store.database import Database
from passplan.store.schema import contact, request
from tests.store import world
from tests.store.guards.changes import states


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


@pytest.mark.parametrize(("before", "after"), pairs(CONTACT_TRANSITIONS, CONTACT_STATES, allowed=True))
def test_a_contact_goes_where_the_table_lets_it(store: Database, before: str, after: str) -> None:
    step_contact(store, before, after)()

    assert [(after, 1 if before else 2)] == states(store, "contact")


@pytest.mark.fault(37)
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


@pytest.mark.fault(37)
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
