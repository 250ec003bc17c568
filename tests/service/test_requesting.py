"""Requests as agencies make them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from passplan.domain.contacts import ContactState
from passplan.domain.errors import ConflictError, DeniedError, InputError
from passplan.domain.requests import RequestBook, RequestGroup
from passplan.service.requesting import decide, submit, withdraw
from tests.service.office import ADMIN, ESA, JAXA, OPERATOR, SECOND, VIEWER, Office, ask


def test_a_valid_request_is_accepted_at_once_with_its_events(office: Office) -> None:
    (answer,) = office.submit(ask("A"), actor=ESA)

    assert ("A", "accepted", True) == (answer.id, answer.state.value, answer.is_new)
    assert ["request.submitted", "request.accepted"] == office.actions("request/A")
    assert {"esa"} == {e.actor for e in office.events("request/A")}


def test_one_mistake_and_none_is_taken(office: Office) -> None:
    with pytest.raises(InputError, match=r"satellite is .MIR., which is not there"):
        office.submit(ask("A"), ask("B", satellite="MIR"))
    assert [] == office.actions("request/A")


def test_agencies_ask_for_themselves_alone(office: Office) -> None:
    with pytest.raises(DeniedError, match="jaxa is of JAXA, and this is of ESA"):
        office.submit(ask("A"), actor=JAXA)
    with pytest.raises(DeniedError, match="guest is a viewer and may not submit request"):
        office.submit(ask("A"), actor=VIEWER)


@pytest.mark.parametrize("priority", ["critical", "emergency"])
def test_classes_above_high_need_the_scheduler_role(office: Office, priority: str) -> None:
    with pytest.raises(DeniedError, match="may not submit above high"):
        office.submit(ask("A", priority=priority), actor=ESA)
    assert 1 == len(office.submit(ask("A", priority=priority), actor=SECOND))


def test_an_emergency_takes_two_people(office: Office) -> None:
    (answer,) = office.submit(ask("A", priority="emergency"))

    assert "submitted" == answer.state.value
    with pytest.raises(DeniedError, match="takes a second person"):
        decide(office.store, "A", accept=True, actor=ADMIN, now=office.now)
    decide(office.store, "A", accept=True, actor=SECOND, now=office.now)
    assert "accepted" == office.state("A")


def test_the_owner_is_asked_where_the_agreement_says_so(office: Office) -> None:
    (own, foreign) = office.submit(ask("OWN", "JAXA"), ask("FOREIGN", "JAXA", stations=("MSP",)))
    with pytest.raises(DeniedError, match="wallops is of NASA, and this is of ESA"):
        decide(office.store, "FOREIGN", accept=True, actor=OPERATOR, now=office.now)
    decide(
        office.store, "FOREIGN", accept=False, reason="no crew", actor=replace(OPERATOR, agency="ESA"), now=office.now
    )

    assert "accepted" == own.state.value
    assert ("submitted", "ESA is asked, as the agreement says") == (foreign.state.value, foreign.reason)
    assert "rejected" == office.state("FOREIGN")
    with pytest.raises(ConflictError, match="is rejected; nobody is asked"):
        decide(office.store, "FOREIGN", accept=True, actor=ADMIN, now=office.now)


def test_a_request_that_names_no_station_asks_all_whose_stations_it_could_get(office: Office) -> None:
    (answer,) = office.submit(ask("A", "JAXA", stations=()))

    assert "submitted" == answer.state.value


def test_a_key_gives_the_same_answer_and_does_nothing(office: Office) -> None:
    first = office.submit(ask("A"), actor=ESA, key="k-1")
    withdraw(office.store, "A", actor=ESA, now=office.now)
    again = office.submit(ask("A"), actor=ESA, key="k-1")

    assert first == again
    assert "withdrawn" == office.state("A")
    with pytest.raises(ConflictError, match="was used for something else"):
        office.submit(ask("B"), actor=ESA, key="k-1")


def test_keys_are_each_agency_s_own(office: Office) -> None:
    office.submit(ask("A"), actor=ESA, key="k-1")

    assert "accepted" == office.submit(ask("J", "JAXA"), actor=JAXA, key="k-1")[0].state.value


def test_the_same_request_again_is_no_other(office: Office) -> None:
    office.submit(ask("A"))
    (again,) = office.submit(ask("A"))

    assert not again.is_new
    with pytest.raises(InputError, match='"A" is there already, and is another'):
        office.submit(ask("A", min_s=200.0))


def test_groups_come_with_requests_and_are_not_changed(office: Office) -> None:
    group = RequestGroup(id="g", kind="one_of")
    book = RequestBook(requests=(ask("A", group="g"), ask("B", group="g")), groups=(group,))
    submit(office.store, book, actor=ADMIN, now=office.now)

    with pytest.raises(InputError, match='group "g" is there already, and is another'):
        submit(office.store, replace(book, groups=(replace(group, kind="all_of"),)), actor=ADMIN, now=office.now)
    office.submit(ask("C"))
    office.plan()
    assert 1 == sum(c.assignment.request in "AB" for c in office.contacts(ContactState.SCHEDULED))


def test_what_is_over_before_it_could_be_booked_is_rejected_with_its_reason(office: Office) -> None:
    (answer,) = office.submit(ask("A", hours=(-1.0, 0.2)))

    assert ("rejected", "its span ends before anything could be booked") == (answer.state.value, answer.reason)


def test_a_withdrawn_request_gives_its_contacts_back(office: Office) -> None:
    office.submit(ask("A"))
    office.plan()
    stay = withdraw(office.store, "A", reason="rain", actor=ESA, now=office.now)

    assert () == stay
    assert "withdrawn" == office.state("A")
    assert (ContactState.CANCELLED_BY_AGENCY, "rain") == (office.contact("A").state, office.contact("A").reason)
    with pytest.raises(ConflictError, match="is withdrawn; there is nothing to withdraw"):
        withdraw(office.store, "A", actor=ESA, now=office.now)


def test_a_contact_that_is_about_to_begin_stays(office: Office) -> None:
    office.submit(ask("A"))
    office.plan()
    office.freeze()
    office.now = office.contact("A").assignment.contact.start
    office.later(-0.2)
    (stays,) = withdraw(office.store, "A", actor=ESA, now=office.now)

    assert (office.contact("A").id, ContactState.COMMITTED) == (stays.id, stays.state)


def test_an_unknown_request_is_said_to_be_none(office: Office) -> None:
    with pytest.raises(InputError, match='there is no request "X"'):
        withdraw(office.store, "X", actor=ADMIN, now=office.now)
    with pytest.raises(InputError, match="give the reason why it is rejected"):
        decide(office.store, "X", accept=False, actor=ADMIN, now=office.now)
