"""Any sequence of steps against a model of its own: the database takes what the model takes, and nothing else.

The model's table is written from the design ("Life of a contact"), not from the code's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from passplan.domain.contacts import CONTACT_TRANSITIONS, REQUEST_TRANSITIONS, ContactState, RequestState
from passplan.domain.errors import ConflictError
from passplan.store import contacts, requests
from passplan.store.database import Database, Transaction
from passplan.store.schema import contact
from tests import planning
from tests.store import world

NEXT_OF_REQUEST = {
    "submitted": {"accepted", "rejected", "withdrawn", "expired"},
    "accepted": {"satisfied", "expired", "withdrawn"},
    "satisfied": {"accepted"},
    "rejected": set(),
    "expired": set(),
    "withdrawn": set(),
}
LOST = {"cancelled_by_agency", "cancelled_by_network", "preempted"}
NEXT_OF_CONTACT: dict[str, set[str]] = {
    "scheduled": {"committed", "dropped"} | LOST,
    "committed": {"completed", "partial", "failed_network", "failed_agency", "unreported"} | LOST,
}
HOLDING = ("scheduled", "committed")
Place = tuple[str, int, int]  # a resource, and minutes from and to


@dataclass
class Model:
    """What the database ought to have: lists that are searched from end to end."""

    requests: dict[str, str] = field(default_factory=dict)
    contacts: dict[int, str] = field(default_factory=dict)
    part_of: dict[int, tuple[str, int]] = field(default_factory=dict)
    holds: dict[int, tuple[int, Place, bool]] = field(default_factory=dict)  # whose, where, live

    def may_become(self, table: dict[str, set[str]], before: str, after: str) -> bool:
        return after == before or after in table.get(before, ())

    def is_free(self, place: Place, but: int | None = None) -> bool:
        name, start, end = place
        return not any(
            live and there == name and first < end and start < last
            for number, (_, (there, first, last), live) in self.holds.items()
            if number != but
        )

    def may_hold(self, holder: int, place: Place, but: int | None = None) -> bool:
        length = place[2] - place[1]
        return self.contacts[holder] in HOLDING and 0 < length <= 1440 and self.is_free(place, but)

    def may_be_added(self, of: tuple[str, int]) -> bool:
        return not any(self.part_of[k] == of and state in HOLDING for k, state in self.contacts.items())

    def change_contact(self, number: int, state: str) -> None:
        self.contacts[number] = state
        if state not in HOLDING:
            for key, (holder, place, _) in self.holds.items():
                if holder == number:
                    self.holds[key] = (holder, place, False)


NAMES = ("wlp/a", "wlp/b", "ISS/up#1")
PLACES = st.tuples(st.sampled_from(NAMES), st.integers(0, 60), st.integers(-5, 40)).map(
    lambda p: (p[0], p[1], p[1] + p[2])
)
WHICH = st.integers(0, 9)
_fresh = count(1)


class Machine(RuleBasedStateMachine):
    """Steps that people, planners and mistakes may take, in any order."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        world.clear(database)
        self.database = database
        self.model = Model()
        self.ids = dict(world.rows(database, "SELECT name, id FROM resource"))

    def accepts(self, work: Callable[[Transaction], object], *, wanted: bool) -> bool:
        """Do something, which the database takes just where the model does; whether it did."""
        try:
            self.database.write(work)
        except ConflictError:
            assert not wanted, "the database refuses what the model takes"
            return False
        assert wanted, "the database takes what the model refuses"
        return True

    @initialize(places=st.lists(PLACES, min_size=2, max_size=6))
    def begin_with_some_contacts(self, places: list[Place]) -> None:
        self.submit(RequestState.SUBMITTED)
        self.submit(RequestState.SUBMITTED)
        for k, place in enumerate(places):
            self.book(k, 1 + k // 2, place)

    @precondition(lambda self: len(self.model.requests) < 4)
    @rule(state=st.sampled_from(RequestState) | st.just(RequestState.SUBMITTED))
    def submit(self, state: RequestState) -> None:
        name = f"r{next(_fresh)}"
        if self.accepts(lambda t: requests.add(t, world.request(name, state)), wanted=state == "submitted"):
            self.model.requests[name] = state

    @precondition(lambda self: self.model.requests)
    @rule(which=WHICH, state=st.sampled_from(RequestState))
    def change_request(self, which: int, state: RequestState) -> None:
        name = sorted(self.model.requests)[which % len(self.model.requests)]
        wanted = self.model.may_become(NEXT_OF_REQUEST, self.model.requests[name], state)
        if self.accepts(lambda t: requests.set_state(t, name, state, world.NOW), wanted=wanted):
            self.model.requests[name] = state

    @precondition(lambda self: self.model.requests)
    @rule(which=WHICH, part=st.integers(1, 3), place=PLACES)
    def book(self, which: int, part: int, place: Place) -> None:
        """A contact and its hold, both or neither."""
        name = sorted(self.model.requests)[which % len(self.model.requests)]
        made: list[tuple[int, int]] = []

        def work(transaction: Transaction) -> None:
            number = contacts.add(transaction, [planning.contact(name, 0, 1, part=part)], 1, world.NOW)[0]
            made.append((number, self.insert(transaction, number, place)))

        fits = 0 < place[2] - place[1] <= 1440 and self.model.is_free(place)
        if self.accepts(work, wanted=fits and self.model.may_be_added((name, part))):
            number, hold = made[-1]
            self.model.contacts[number] = "scheduled"
            self.model.part_of[number] = (name, part)
            self.model.holds[hold] = (number, place, True)

    @precondition(lambda self: self.model.contacts)
    @rule(which=WHICH, state=st.sampled_from(ContactState))
    def bear_a_contact_in_any_state(self, which: int, state: ContactState) -> None:
        twin = sorted(self.model.contacts)[which % len(self.model.contacts)]
        part = next(_fresh) + 2
        wanted = state == "scheduled"
        if self.accepts(lambda t: world.add_twin(t, contact, twin, state=state, part=part), wanted=wanted):
            ((number,),) = world.rows(self.database, "SELECT max(id) FROM contact")
            self.model.contacts[number] = state
            self.model.part_of[number] = (self.model.part_of[twin][0], part)

    @precondition(lambda self: self.model.contacts)
    @rule(which=WHICH, state=st.sampled_from(ContactState))
    def change_contact(self, which: int, state: ContactState) -> None:
        number = sorted(self.model.contacts)[which % len(self.model.contacts)]
        before = self.model.contacts[number]
        wanted = self.model.may_become(NEXT_OF_CONTACT, before, state) and (state != before or before in HOLDING)
        if self.accepts(lambda t: contacts.set_state(t, number, state, world.NOW), wanted=wanted):
            self.model.change_contact(number, state)

    @precondition(lambda self: self.model.contacts)
    @rule(which=WHICH, way=WHICH)
    def go_on(self, which: int, way: int) -> None:
        """A step that the table has: of ten steps at random hardly one is."""
        number = sorted(self.model.contacts)[which % len(self.model.contacts)]
        if ways := sorted(NEXT_OF_CONTACT.get(self.model.contacts[number], ())):
            state = ContactState(ways[way % len(ways)])
            assert self.accepts(lambda t: contacts.set_state(t, number, state, world.NOW), wanted=True)
            self.model.change_contact(number, state)

    @precondition(lambda self: self.model.contacts)
    @rule(which=WHICH, place=PLACES)
    def hold_more(self, which: int, place: Place) -> None:
        number = sorted(self.model.contacts)[which % len(self.model.contacts)]
        made: list[int] = []
        wanted = self.model.may_hold(number, place)
        if self.accepts(lambda t: made.append(self.insert(t, number, place)), wanted=wanted):
            self.model.holds[made[-1]] = (number, place, True)

    @precondition(lambda self: self.model.holds)
    @rule(which=WHICH, to=WHICH, place=PLACES)
    def change_hold(self, which: int, to: int, place: Place) -> None:
        """Another time, another antenna, another contact, and live again."""
        key = sorted(self.model.holds)[which % len(self.model.holds)]
        number = sorted(self.model.contacts)[to % len(self.model.contacts)]
        wanted = self.model.may_hold(number, place, but=key)
        if self.accepts(lambda t: self.update(t, key, number, place), wanted=wanted):
            self.model.holds[key] = (number, place, True)

    def insert(self, transaction: Transaction, number: int, place: Place) -> int:
        return world.insert_hold(transaction, number, self.ids[place[0]], world.us(place[1]), world.us(place[2]))

    def update(self, transaction: Transaction, key: int, number: int, place: Place) -> None:
        world.update_hold(transaction, key, number, self.ids[place[0]], world.us(place[1]), world.us(place[2]))

    @invariant()
    def the_database_has_what_the_model_has(self) -> None:
        found = world.rows(self.database, "SELECT id, state FROM request")
        assert self.model.requests == dict(found)
        found = world.rows(self.database, "SELECT id, state FROM contact")
        assert self.model.contacts == dict(found)
        found = world.rows(self.database, "SELECT id, contact_id, resource_id, start_us, end_us, live FROM hold")
        holds = {
            key: (number, (self.ids[name], world.us(start), world.us(end)), live)
            for key, (number, (name, start, end), live) in self.model.holds.items()
        }
        assert holds == {key: (number, (r, s, e), bool(live)) for key, number, r, s, e, live in found}
        with self.database.read() as connection:
            assert [] == contacts.overlaps(connection)


def test_the_code_has_the_table_of_the_design() -> None:
    of_contacts = {("", "scheduled")} | {(b, a) for b, after in NEXT_OF_CONTACT.items() for a in after}
    of_requests = {("", "submitted")} | {(b, a) for b, after in NEXT_OF_REQUEST.items() for a in after}

    assert of_contacts == set(CONTACT_TRANSITIONS)
    assert of_requests == set(REQUEST_TRANSITIONS)


@pytest.mark.fault(37)
def test_any_sequence_of_steps_goes_as_in_the_model(shared_store: Database) -> None:
    class OnThisDatabase(Machine):
        def __init__(self) -> None:
            super().__init__(shared_store)

    run_state_machine_as_test(OnThisDatabase, settings=settings(max_examples=60, stateful_step_count=30))
