"""Network revisions, and outages of their stations."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from passplan.domain.contacts import HOLDING, ContactState
from passplan.domain.errors import DeniedError, InputError, StoreError
from passplan.domain.facts import ContactsChanged, OutageEnded
from passplan.domain.hints import Hint
from passplan.domain.span import Span
from passplan.formats.network import load_network
from passplan.resources import shipped
from passplan.service.caches import Caches
from passplan.service.documents import network_document, network_of
from passplan.service.network import revisions as networks
from passplan.service.schedule import drafting
from passplan.service.schedule.lanes import lane_due
from passplan.store.database import Database
from tests.service.office import ADMIN, ESA, NETWORK, NOW, OPERATOR, Office, ask
from tests.wording import words

DAY = Span(NOW, NOW + timedelta(days=1))


def test_a_network_comes_back_from_its_document() -> None:
    shipped_one = load_network(shipped("stations.toml"))

    assert shipped_one == network_of(network_document(shipped_one))


def test_the_same_network_is_no_new_revision(office: Office) -> None:
    again = networks.apply_network(office.store, NETWORK, actor=ADMIN, now=office.now)
    other = networks.apply_network(office.store, replace(NETWORK, agreements=()), actor=ADMIN, now=office.now)

    assert ((1, False), (2, True)) == ((again.number, again.is_new), (other.number, other.is_new))
    assert ["network.applied"] == office.actions("network/2")


def test_contacts_that_a_new_network_has_no_room_for_are_cancelled_and_named(office: Office) -> None:
    office.submit(ask("A", stations=("RED",)), ask("B", stations=("MSP",)))
    office.plan()
    without = replace(NETWORK, stations=tuple(s for s in NETWORK.stations if s.id != "RED"))
    applied = networks.apply_network(office.store, without, actor=ADMIN, now=office.now)

    assert ["A"] == [c.assignment.request for c in applied.cancelled]
    assert ("network revision 2 has no room for it", "accepted") == (
        words(office.contact("A").reason),
        office.state("A"),
    )


def test_a_link_that_carries_less_keeps_the_contacts_that_begin_first(office: Office) -> None:
    office.submit(*(ask(f"R{k}", hours=(0.0, 3.0), stations=(station,)) for k, station in enumerate(("RED", "MSP"))))
    office.plan()
    office.freeze()
    first, second = office.contacts(*HOLDING)
    assert first.assignment.contact.end > second.assignment.contact.start
    (iss,) = NETWORK.satellites
    one = replace(NETWORK, satellites=(replace(iss, links=(replace(iss.links[0], capacity=1),)),))
    applied = networks.apply_network(office.store, one, actor=ADMIN, now=office.now)
    office.submit(ask("J", "JAXA"))

    assert [second.id] == [c.id for c in applied.cancelled]
    assert 2 == office.plan().revision.number


def test_administrators_alone_apply_networks(office: Office) -> None:
    with pytest.raises(DeniedError, match="may not apply network; administrator may"):
        networks.apply_network(office.store, NETWORK, actor=OPERATOR, now=office.now)


def test_an_empty_store_says_that_it_has_no_network(database: Database) -> None:
    with database.read() as connection, pytest.raises(StoreError, match="the store has no network yet") as told:
        networks.current_network(Caches(), connection)
    assert Hint.APPLY_NETWORK is told.value.hint


def test_an_outage_cancels_what_is_frozen_there_and_leaves_the_rest_to_the_next_plan(office: Office) -> None:
    office.submit(
        ask("NEAR", hours=(0.0, 20.0), stations=("RED",)),
        ask("FAR", hours=(30.0, 48.0), stations=("RED",)),
        ask("ELSEWHERE", hours=(0.0, 20.0), stations=("MSP",)),
    )
    office.plan()
    office.freeze()
    number, cancelled = networks.record_outage(
        office.store, "RED", Span(NOW, NOW + timedelta(days=2)), note="storm", actor=ADMIN, now=office.now
    )

    assert (1, ["NEAR"]) == (number, [c.assignment.request for c in cancelled])
    assert ("outage of RED: storm", ContactState.CANCELLED_BY_NETWORK) == (
        words(office.contact("NEAR").reason),
        office.contact("NEAR").state,
    )
    assert {"FAR", "ELSEWHERE"} == {c.assignment.request for c in office.contacts(*HOLDING)}
    assert "accepted" == office.state("NEAR")


def test_an_outage_of_one_antenna_touches_no_other(office: Office) -> None:
    office.submit(ask("A", "NASA", hours=(0.0, 20.0), arrays=(("WLP/a",),), stations=()))
    office.plan()
    office.freeze()

    assert () == networks.record_outage(office.store, "WLP", DAY, antenna="b", actor=OPERATOR, now=office.now)[1]
    assert 1 == len(networks.record_outage(office.store, "WLP", DAY, antenna="a", actor=OPERATOR, now=office.now)[1])


def test_what_cannot_be_an_outage_is_said(office: Office) -> None:
    with pytest.raises(InputError, match="there is no station 'X'; known: KTU, MSP, RED, WLP"):
        networks.record_outage(office.store, "X", DAY, actor=ADMIN, now=office.now)
    with pytest.raises(InputError, match="station WLP has no antenna 'z'; known: a, b"):
        networks.record_outage(office.store, "WLP", DAY, antenna="z", actor=ADMIN, now=office.now)
    with pytest.raises(InputError, match="it is over since"):
        networks.record_outage(office.store, "WLP", DAY, actor=ADMIN, now=office.now + timedelta(days=2))
    with pytest.raises(InputError, match="kind is 'x'; it is one of outage, closed"):
        networks.record_outage(office.store, "WLP", DAY, kind="x", actor=ADMIN, now=office.now)
    with pytest.raises(DeniedError):
        networks.record_outage(office.store, "WLP", DAY, actor=ESA, now=office.now)
    with pytest.raises(DeniedError, match="wallops is of NASA, and this is of ESA"):
        networks.record_outage(office.store, "RED", DAY, actor=OPERATOR, now=office.now)


def test_a_station_that_is_up_again_is_planned_again(office: Office) -> None:
    number, _ = networks.record_outage(office.store, "RED", DAY, actor=ADMIN, now=office.now)
    office.submit(ask("A", hours=(1.0, 20.0), stations=("RED",)), ask("B", hours=(1.0, 20.0), stations=("MSP",)))
    office.plan()
    assert ["B"] == [c.assignment.request for c in office.contacts(*HOLDING)]
    networks.end_outage(office.store, number, actor=ADMIN, now=office.later(0.1).now)
    assert drafting.LATE == lane_due(office.store, now=office.now)
    made = office.plan(drafting.LATE)

    assert (ContactsChanged(new=1), (OutageEnded(station="RED"),)) == (made.revision.change, made.revision.causes)
    assert ["A", "B"] == sorted(c.assignment.request for c in office.contacts(*HOLDING))
    with pytest.raises(InputError, match="there is no outage 1 that is not over"):
        networks.end_outage(office.store, number, actor=ADMIN, now=office.later(1.0).now)
