"""Requests as agencies make them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from passplan.domain.contacts import ContactState
from passplan.domain.errors import ConflictError, DeniedError, InputError, NoPlanError, NotFoundError
from passplan.domain.facts import Note
from passplan.domain.network import Agreement, SatelliteTime
from passplan.domain.requests import RequestBook, RequestGroup
from passplan.domain.roles import Role
from passplan.domain.schedule import Assignment
from passplan.queries.requests import request_page, request_sheet, versioned_request
from passplan.queries.today import today_board
from passplan.service.access.actors import Actor
from passplan.service.network import revisions as networks
from passplan.service.operations.metrics import figures
from passplan.service.requests.submit import decide, drop_satellite_time, satellite_times, submit, withdraw
from passplan.service.schedule import drafting
from passplan.store import requests as stored_requests
from passplan.store.database import Database
from tests.refs import ref
from tests.service.office import ADMIN, ESA, JAXA, NETWORK, OPERATOR, SECOND, VIEWER, Office, ask, open_office
from tests.wording import words


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
    assert ("submitted", "ESA is asked, as the agreement says") == (foreign.state.value, words(foreign.reason))
    assert "rejected" == office.state("FOREIGN")
    with pytest.raises(ConflictError, match="is rejected; nobody is asked"):
        decide(office.store, "FOREIGN", accept=True, actor=ADMIN, now=office.now)


BLOCK = SatelliteTime(name="off", satellite="ISS", daily=("00:00", "24:00"), blocks=("*",))


def test_nobody_but_schedulers_takes_a_satellite_from_all(office: Office) -> None:
    for actor in (VIEWER, ESA):
        with pytest.raises(DeniedError):
            submit(
                office.store,
                RequestBook(requests=(ask("A"),), satellite_times=(BLOCK,)),
                actor=actor,
                now=office.now,
            )
    with pytest.raises(InputError, match="nothing is asked for"):
        submit(office.store, RequestBook(satellite_times=(BLOCK,)), actor=ADMIN, now=office.now)
    assert () == satellite_times(office.store)
    submit(office.store, RequestBook(requests=(ask("A"),), satellite_times=(BLOCK,)), actor=ADMIN, now=office.now)
    with pytest.raises(NoPlanError, match="not a time of the satellite"):
        office.plan()
    ((name, time),) = satellite_times(office.store)
    drop_satellite_time(office.store, name, actor=ADMIN, now=office.now)

    assert BLOCK == time
    assert 1 == office.plan().revision.contacts
    assert ["satellite_time.added", "satellite_time.dropped"] == office.actions(f"satellite_time/{name}")


def test_a_group_is_one_agency_s_own(office: Office) -> None:
    group = RequestGroup(id="g", kind="all_of")
    submit(office.store, RequestBook(requests=(ask("A", group="g"),), groups=(group,)), actor=ESA, now=office.now)

    with pytest.raises(DeniedError, match='group "g" has requests of another agency'):
        submit(
            office.store,
            RequestBook(requests=(ask("J", "JAXA", group="g"),), groups=(group,)),
            actor=JAXA,
            now=office.now,
        )
    more = submit(
        office.store, RequestBook(requests=(ask("B", group="g"),), groups=(group,)), actor=ESA, now=office.now
    )
    assert "accepted" == more[0].state.value


@pytest.mark.fault(90)
def test_a_request_waits_until_an_owner_that_is_asked_says_yes(database: Database, tmp_path: Path) -> None:
    asks_both = replace(
        NETWORK,
        agreements=(
            *NETWORK.agreements,
            Agreement(owner="NASA", user="JAXA", stations=("WLP",), minutes_per_week=60.0, approval=True),
        ),
    )
    office = open_office(database, tmp_path, network=asks_both)
    of_esa = replace(OPERATOR, agency="ESA")
    (answer,) = office.submit(ask("A", "JAXA", stations=("WLP", "MSP")))
    office.submit(ask("B", "JAXA", stations=("WLP", "MSP")), ask("C", "JAXA", stations=("WLP", "MSP")))
    still = decide(office.store, "A", accept=True, actor=OPERATOR, now=office.now)
    assert ("submitted", "accepted", ("ESA",)) == (answer.state.value, office.state("A"), still)
    rest = decide(office.store, "A", accept=True, actor=of_esa, now=office.now)
    assert ((), "accepted") == (rest, office.state("A"))
    with pytest.raises(ConflictError, match="is accepted; nobody is asked"):
        decide(office.store, "A", accept=True, actor=of_esa, now=office.now)

    decide(office.store, "B", accept=False, reason="no crew", actor=OPERATOR, now=office.now)
    assert "submitted" == office.state("B")
    decide(office.store, "B", accept=True, actor=of_esa, now=office.now)
    assert "accepted" == office.state("B")
    assert {("MSP",)} == {tuple(sorted({r.station for r in a.antennas})) for a in planned(office, "B")}

    decide(office.store, "C", accept=False, reason="no crew", actor=OPERATOR, now=office.now)
    decide(office.store, "C", accept=False, reason="nor here", actor=of_esa, now=office.now)
    assert "rejected" == office.state("C")


def planned(office: Office, request: str) -> list[Assignment]:
    """The contacts that a draft gives a request."""
    draft = drafting.draft(office.store, now=office.now, effort="quick")
    return [a for a in draft.plan.schedule.assignments if a.request == request]


@pytest.mark.fault(90)
@pytest.mark.parametrize("is_refused", [True, False])
def test_one_owner_s_no_takes_its_stations_out_and_no_more(office: Office, is_refused: bool) -> None:
    """Fault 90: JAXA's own station KTU serves it, whatever ESA says of MSP."""
    (answer,) = office.submit(ask("A", "JAXA", stations=(), hours=(0.0, 48.0)))
    assert ("accepted", "ESA is asked, as the agreement says") == (answer.state.value, words(answer.reason))
    asked = request_sheet(office.store, "A", actor=ADMIN, now=office.now).asked
    assert {"KTU"} == {r.station for a in planned(office, "A") for r in a.antennas}
    decide(
        office.store,
        "A",
        accept=not is_refused,
        reason="no crew",
        actor=replace(OPERATOR, agency="ESA"),
        now=office.later(0.1).now,
    )
    sheet = request_sheet(office.store, "A", actor=ADMIN, now=office.now)
    office.plan()

    assert ("ESA",) == asked
    assert () == sheet.asked
    assert (("ESA",) if is_refused else ()) == sheet.refused_by
    assert "satisfied" == office.state("A")
    assert ["request.submitted", "request.accepted", "request.refused" if is_refused else "request.approved"] == [
        a for a in office.actions("request/A") if a != "request.satisfied"
    ][:3]
    closed = {station for station in ("MSP", "RED") if is_refused}
    assert not closed & {r.station for c in office.contacts() for r in c.assignment.antennas}


def test_an_owner_sees_what_it_is_asked_about_until_it_has_decided(office: Office) -> None:
    office.submit(ask("A", "JAXA", stations=()))
    owner = Actor(account="redu", role=Role.OPERATOR, agency="ESA")

    def attention() -> list[str]:
        board = today_board(office.store, actor=owner, now=office.now, real_now=office.now)
        return [a.request for a in board.attention if a.kind == "decide"]

    assert ["A"] == attention()
    assert "A" == versioned_request(office.store, "A", actor=owner, now=office.now).request.id
    decide(office.store, "A", accept=False, reason="no crew", actor=owner, now=office.now)

    assert [] == attention()
    with pytest.raises(NotFoundError):
        versioned_request(office.store, "A", actor=owner, now=office.now)


def test_an_owner_that_an_agreement_asks_only_now_has_not_said_yes(office: Office) -> None:
    office.submit(ask("A", stations=("WLP",)), ask("B", stations=("WLP", "RED")), ask("J", "JAXA"))
    asking = replace(NETWORK, agreements=(replace(NETWORK.agreements[0], approval=True), NETWORK.agreements[1]))
    networks.apply_network(office.store, asking, actor=ADMIN, now=office.now)
    draft = drafting.draft(office.store, now=office.now, effort="quick")

    assert {"B": (ref("RED/a"),), "J": (ref("KTU/a"),)} == {
        a.request: a.antennas for a in draft.plan.schedule.assignments
    }
    assert ('request "A" waits for the owner of its stations, whom an agreement now asks',) == tuple(
        map(str, draft.without)
    )


def test_keys_of_an_agency_and_of_an_account_are_apart(office: Office) -> None:
    office.submit(ask("A"), actor=ESA, key="k")
    scheduler = Actor(account="ESA", role=Role.SCHEDULER)

    assert "B" == office.submit(ask("B"), actor=scheduler, key="k")[0].id


def test_a_request_that_names_no_station_asks_all_whose_stations_it_could_get(office: Office) -> None:
    (answer,) = office.submit(ask("A", "JAXA", stations=()))

    assert ("accepted", "ESA is asked, as the agreement says") == (answer.state.value, words(answer.reason))


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

    assert ("rejected", "its span ends before anything could be booked") == (answer.state.value, words(answer.reason))


def test_a_withdrawn_request_gives_its_contacts_back(office: Office) -> None:
    office.submit(ask("A"))
    office.plan()
    stay = withdraw(office.store, "A", reason="rain", actor=ESA, now=office.now)

    assert () == stay
    assert "withdrawn" == office.state("A")
    assert (ContactState.CANCELLED_BY_AGENCY, Note(text="rain")) == (
        office.contact("A").state,
        office.contact("A").reason,
    )
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


def test_a_decision_that_is_missing_is_counted_and_one_on_a_request_that_is_over_is_not(office: Office) -> None:
    owner = Actor(account="redu", role=Role.OPERATOR, agency="ESA")
    office.submit(ask("A", "JAXA", stations=()), ask("B", "JAXA", stations=("MSP",)))

    def waiting() -> tuple[float, list[str]]:
        found = {f.name: dict(f.values) for f in figures(office.store, now=office.now, real_now=office.now)}
        page = request_page(office.store, most=10, actor=owner, now=office.now)
        return found["approvals_waiting"][()], [r.stored.id for r in page.requests]

    assert (2.0, ["A", "B"]) == waiting()
    withdraw(office.store, "A", actor=JAXA, now=office.now)
    assert (1.0, ["B"]) == waiting()


def test_a_reason_is_stored_in_composed_form_whatever_the_door(office: Office) -> None:
    office.submit(ask("A"))
    withdraw(office.store, "A", reason="o\u0301 no", actor=ESA, now=office.now)
    with office.store.database.read() as connection:
        stored = stored_requests.get(connection, "A")

    assert stored is not None
    assert Note(text="\u00f3 no") == stored.reason
