"""The actions that each party may do on a contact, and the log, reports and events that they leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from passplan.domain.contacts import Contact, ContactState
from passplan.domain.errors import ConflictError, DeniedError, InputError
from passplan.domain.requests import Repetition
from passplan.domain.roles import Role
from passplan.service.access.actors import Actor
from passplan.service.contacts import lifecycle as contacts
from passplan.store import contacts as stored_contacts
from passplan.store import requests as stored_requests
from tests.service.office import ADMIN, ESA, JAXA, NOW, OPERATOR, SECOND, VIEWER, Office, ask

US = timedelta(microseconds=1)


@pytest.fixture
def committed(office: Office) -> Contact:
    """A committed contact of ESA's at Wallops, which is NASA's."""
    office.submit(ask("A", hours=(0.0, 20.0), stations=("WLP",)))
    office.plan()
    (c,) = office.freeze()
    return replace(c, state=ContactState.COMMITTED)


def actions(office: Office, c: Contact, actor: Actor | None, at: datetime) -> set[str]:
    with office.store.database.read() as connection:
        return set(contacts.actions_on(connection, c, lead_s=900.0, actor=actor, now=at))


def test_the_actions_on_a_committed_contact_follow_the_time(office: Office, committed: Contact) -> None:
    start, end = committed.assignment.contact.start, committed.assignment.contact.end
    lead = start - timedelta(seconds=900)
    at_wallops = {
        lead: {"acknowledge", "cancel", "log"},
        lead + US: {"acknowledge", "cancel", "log"},
        start: {"acknowledge", "cancel", "report", "log"},
        end - US: {"acknowledge", "cancel", "report", "log"},
        end: {"report", "log"},
    }
    for at, expected in at_wallops.items():
        of_esa = expected if at <= lead else expected - {"cancel"}  # an agency cancels until the lead time

        assert [expected, expected, of_esa] == [actions(office, committed, a, at) for a in (OPERATOR, SECOND, ESA)]
        assert [set(), set(), set()] == [actions(office, committed, a, at) for a in (JAXA, VIEWER, None)]


def test_the_actions_on_a_contact_follow_its_state(office: Office, committed: Contact) -> None:
    start, end = committed.assignment.contact.start, committed.assignment.contact.end
    scheduled = replace(committed, state=ContactState.SCHEDULED)
    acknowledged = replace(committed, acknowledged_by="esa")
    cancelled = replace(committed, state=ContactState.CANCELLED_BY_AGENCY)

    assert {"cancel", "log"} == actions(office, scheduled, ESA, NOW) == actions(office, acknowledged, ESA, NOW)
    assert {"log"} == actions(office, scheduled, ESA, start)
    assert {"log"} == actions(office, cancelled, ESA, NOW) == actions(office, cancelled, OPERATOR, end)
    for state in (ContactState.UNREPORTED, ContactState.COMPLETED, ContactState.FAILED_NETWORK):
        assert {"report", "log"} == actions(office, replace(committed, state=state), ESA, end)


def test_the_station_acknowledges_a_contact_of_another_agency(office: Office, committed: Contact) -> None:
    seen = contacts.acknowledge(office.store, committed.id, actor=OPERATOR, now=office.now)

    assert "wallops" == seen.acknowledged_by


def test_both_parties_write_the_log_of_a_contact(office: Office, committed: Contact) -> None:
    contacts.write_log(office.store, committed.id, "  heard ", actor=OPERATOR, now=office.now)
    contacts.write_log(office.store, committed.id, "x" * 500, actor=ESA, now=office.later(0.1).now)
    for text in ("", "  ", "x" * 501):
        with pytest.raises(InputError, match="a log entry has 1 to 500 characters"):
            contacts.write_log(office.store, committed.id, text, actor=ESA, now=office.now)
    with pytest.raises(InputError, match=r"text has the character U\+202E"):
        contacts.write_log(office.store, committed.id, "heard \u202eon", actor=ESA, now=office.now)
    with pytest.raises(DeniedError):
        contacts.write_log(office.store, committed.id, "heard", actor=JAXA, now=office.now)
    with office.store.database.read() as connection:
        log = stored_contacts.log_of(connection, committed.id)

    assert [("wallops", "heard"), ("esa", "x" * 500)] == [(entry.actor, entry.text) for entry in log]
    assert [{"text": "heard"}, {"text": "x" * 500}] == [
        e.after for e in office.events(f"contact/{committed.id}") if e.action == "contact.noted"
    ]


def test_the_first_report_sets_the_state_and_a_second_one_is_added(office: Office, committed: Contact) -> None:
    office.now = committed.assignment.contact.start
    first = contacts.report_outcome(office.store, committed.id, ContactState.COMPLETED, actor=ESA, now=office.now)
    second = contacts.report_outcome(
        office.store, committed.id, ContactState.PARTIAL, note="short", actor=OPERATOR, now=office.later(0.1).now
    )
    with office.store.database.read() as connection:
        log = stored_contacts.log_of(connection, committed.id)

    assert (ContactState.COMPLETED, ContactState.COMPLETED) == (first.state, second.state)
    assert [("esa", "completed", ""), ("wallops", "partial", "short")] == [(e.actor, e.outcome, e.text) for e in log]
    assert [
        ({"state": "committed"}, {"outcome": "completed", "note": ""}),
        ({"state": "completed"}, {"outcome": "partial", "note": "short"}),
    ] == [(e.before, e.after) for e in office.events(f"contact/{committed.id}") if e.action == "contact.reported"]


def test_a_cancelled_contact_has_no_outcome_and_its_request_is_open_again(office: Office, committed: Contact) -> None:
    contacts.cancel(office.store, committed.id, reason="", actor=ESA, now=office.now)
    office.now = committed.assignment.contact.end
    with pytest.raises(ConflictError, match="is cancelled_by_agency; it did not take place"):
        contacts.report_outcome(office.store, committed.id, ContactState.COMPLETED, actor=ESA, now=office.now)

    assert "contact.cancelled_by_agency" == office.actions(f"contact/{committed.id}")[-1]
    assert "request.accepted" == office.actions("request/A")[-1]


def test_a_contact_without_a_report_is_unreported_in_its_events(office: Office, committed: Contact) -> None:
    office.now = committed.assignment.contact.end + timedelta(minutes=30)

    assert ((committed.id,), ()) == contacts.expire(office.store, actor=ADMIN, now=office.now)
    assert "contact.unreported" == office.actions(f"contact/{committed.id}")[-1]


def test_a_request_is_not_opened_again_at_the_end_of_its_span(office: Office, committed: Contact) -> None:
    contacts.report_outcome(
        office.store, committed.id, ContactState.FAILED_NETWORK, actor=ESA, now=NOW + timedelta(hours=20)
    )

    assert "satisfied" == office.state("A")


def test_an_open_request_that_loses_a_contact_is_planned_again(office: Office) -> None:
    office.submit(ask("MANY", hours=(0.0, 3.0), repetition=Repetition(times=4, period="span")))
    office.plan()
    assert "accepted" == office.state("MANY")
    office.later(0.01)
    contacts.cancel(office.store, office.contact("MANY").id, reason="storm", actor=ADMIN, now=office.now)
    with office.store.database.read() as connection:
        request = stored_requests.get(connection, "MANY")

    assert request is not None
    assert office.now == request.changed


def test_a_requester_of_the_station_s_owner_leaves_other_agencies_contacts_alone(
    office: Office, committed: Contact
) -> None:
    """A contact of ESA at a station of NASA: NASA's operator acts there, and NASA's requester does not."""
    requester = Actor(account="nasa", role=Role.REQUESTER, agency="NASA")
    with pytest.raises(DeniedError):
        contacts.acknowledge(office.store, committed.id, actor=requester, now=office.now)
    with pytest.raises(DeniedError):
        contacts.write_log(office.store, committed.id, "heard", actor=requester, now=office.now)
    with office.store.database.read() as connection:
        allowed = contacts.actions_on(connection, committed, lead_s=0.0, actor=requester, now=office.now)

    assert frozenset() == allowed
    assert contacts.acknowledge(office.store, committed.id, actor=OPERATOR, now=office.now).acknowledged_by
