"""Asking for contact as people do: who gets the last place, and taking an alternative."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from passplan.domain.errors import ConflictError, DeniedError, InputError
from passplan.domain.network import Agreement, Network
from passplan.domain.requests import ContactRequest, RequestBook
from passplan.domain.span import Span
from passplan.service.access.actors import Actor
from passplan.service.network import revisions as networks
from passplan.service.requests import offers as asking
from passplan.service.requests import submit as requesting
from passplan.service.requests.alternatives import Alternative, Kind, compute_availability
from passplan.service.requests.offers import NoPlaceError
from passplan.store import backup
from passplan.store.database import Database
from tests.refs import ref
from tests.service.office import ADMIN, ESA, JAXA, NETWORK, OPERATOR, VIEWER, Office, ask, open_office
from tests.service.places import at, exactly, found_for, late, next_pass, others_for

# Asking.


def test_a_request_with_room_is_taken_and_one_without_is_not(office: Office) -> None:
    taken = asking.ask(office.store, ask("A"), actor=ESA, now=office.now)
    with pytest.raises(NoPlaceError, match="too low for the request's least elevation") as told:
        asking.ask(office.store, ask("B", min_elevation_deg=89.9), actor=ESA, now=office.now)

    assert ("A", "accepted", True) == (taken.id, taken.state.value, taken.is_new)
    assert told.value.look.others
    assert [] == office.actions("request/B")
    waits = asking.ask(office.store, ask("B", min_elevation_deg=89.9), wait=True, actor=ESA, now=office.now)
    assert ("B", "accepted") == (waits.id, waits.state.value)


def test_checking_takes_nothing_and_obeys_the_same_rules(office: Office) -> None:
    found = asking.check(office.store, ask("A"), actor=ESA, now=office.now)

    assert found.as_asked == found_for(office, ask("A"))
    assert [] == office.actions("request/A")
    with pytest.raises(DeniedError, match="jaxa is of JAXA, and this is of ESA"):
        asking.check(office.store, ask("A"), actor=JAXA, now=office.now)
    with pytest.raises(DeniedError, match="guest is a viewer"):
        asking.ask(office.store, ask("A"), actor=VIEWER, now=office.now)
    with pytest.raises(InputError, match="MIR"):
        asking.check(office.store, ask("A", satellite="MIR"), actor=ESA, now=office.now)


def test_what_lies_beyond_the_passes_that_are_known_is_taken_without_a_look(office: Office) -> None:
    answer = asking.ask(office.store, ask("A", hours=(72.0, 96.0)), actor=ESA, now=office.now)

    assert "accepted" == answer.state.value


def test_what_is_over_has_no_place(office: Office) -> None:
    with pytest.raises(NoPlaceError, match="its span ends before anything could be booked"):
        asking.ask(office.store, ask("A", hours=(-2.0, -1.0)), actor=ESA, now=office.now)


def test_asking_twice_under_a_key_is_asking_once(office: Office) -> None:
    (place, *_) = (a.place for a in found_for(office, ask("A")))
    asked = exactly(place, "A")
    first = asking.ask(office.store, asked, key="k", actor=ESA, now=office.now)
    second = asking.ask(office.store, asked, key="k", actor=ESA, now=office.now)
    late(office)
    third = asking.ask(office.store, asked, key="k", actor=ESA, now=office.now)

    assert first == second == third
    assert 1 == office.actions("request/A").count("request.submitted")
    with pytest.raises(ConflictError, match="was used for something else"):
        asking.ask(office.store, ask("B"), key="k", actor=ESA, now=office.now)


def test_the_same_request_again_without_a_key_is_no_other(office: Office) -> None:
    (place, *_) = (a.place for a in found_for(office, ask("A")))
    asking.ask(office.store, exactly(place, "A"), actor=ESA, now=office.now)

    assert not asking.ask(office.store, exactly(place, "A"), actor=ESA, now=office.now).is_new


# The last place.


SHARED = replace(
    NETWORK,
    agreements=(
        Agreement(owner="NASA", user="ESA", stations=("WLP",), minutes_per_week=600.0),
        Agreement(owner="NASA", user="JAXA", stations=("WLP",), minutes_per_week=600.0),
    ),
)


def one_antenna(network: Network) -> Network:
    stations = tuple(replace(s, antennas=s.antennas[:1]) for s in network.stations)
    return replace(network, stations=stations)


@pytest.mark.fault(33)
def test_of_two_that_want_the_last_place_at_once_one_gets_it_and_the_other_alternatives(
    database: Database, tmp_path: Path
) -> None:
    office = open_office(database, tmp_path, network=one_antenna(SHARED))
    (place, *_) = (a.place for a in found_for(office, ask("E", stations=("WLP/a",))))
    start = Barrier(2)

    def want(name: str, agency: str, who: Actor) -> object:
        start.wait()
        try:
            return asking.ask(office.store, exactly(place, name, agency), actor=who, now=office.now)
        except NoPlaceError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        wanting = [pool.submit(want, "E", "ESA", ESA), pool.submit(want, "J", "JAXA", JAXA)]
        answers = [future.result() for future in wanting]
    (refused,) = [a for a in answers if isinstance(a, NoPlaceError)]
    (given,) = [a for a in answers if not isinstance(a, NoPlaceError)]

    assert () == refused.look.as_asked
    assert refused.look.others
    assert place not in [o.place for o in refused.look.others]
    assert {getattr(given, "id", ""): place.contact} == late(office)
    with office.store.database.read() as connection:
        assert [] == backup.integrity_problems(connection)


def test_a_place_that_somebody_waits_for_is_free_no_more(office: Office) -> None:
    (first, second, *_) = (a.place for a in found_for(office, ask("A", stations=("RED",))))
    asking.ask(office.store, exactly(first, "A"), actor=ESA, now=office.now)
    found = [a.place for a in found_for(office, ask("B", stations=("RED",)))]

    assert second == found[0]
    with pytest.raises(NoPlaceError, match="taken by others"):
        asking.ask(office.store, exactly(first, "B"), actor=ESA, now=office.now)
    requesting.withdraw(office.store, "A", actor=ESA, now=office.now)
    assert first == found_for(office, ask("B", stations=("RED",)))[0].place


def test_setup_of_a_place_that_somebody_waits_for_counts(office: Office) -> None:
    over = next_pass(office, "MSP", at(1.0))
    start = over.start.replace(microsecond=0) + timedelta(seconds=90)
    first = Span(start, start + timedelta(seconds=90))
    after = Span(first.end + timedelta(seconds=100), first.end + timedelta(seconds=190))
    early, late_one = (
        ask(name, span=span, min_s=90.0, wanted_s=90.0, stations=("MSP/a",))
        for name, span in (("A", first), ("B", after))
    )
    asking.ask(office.store, early, actor=ESA, now=office.now)

    # Between the two signals lie 100 s: A's teardown of 60 s and B's setup of 120 s have no room there.
    with pytest.raises(NoPlaceError):
        asking.ask(office.store, late_one, actor=ESA, now=office.now)


def test_who_comes_between_the_look_and_the_request_is_seen(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    (place, *_) = (a.place for a in found_for(office, ask("A", stations=("RED",))))
    looked: list[str] = []

    def slow(*args: Any, **kwargs: Any) -> Any:
        found = compute_availability(*args, **kwargs)
        if not looked:
            requesting.submit(
                office.store,
                RequestBook(requests=(exactly(place, "FASTER"),)),
                actor=ESA,
                now=office.now,
            )
        looked.append("once")
        return found

    monkeypatch.setattr(asking, "compute_availability", slow)
    with pytest.raises(NoPlaceError) as told:
        asking.ask(office.store, exactly(place, "A"), actor=ESA, now=office.now)

    assert ["once"] * 2 == looked
    assert told.value.look.others
    assert [] == office.actions("request/A")


@pytest.mark.fault(47)
def test_who_takes_the_last_minutes_of_an_agreement_first_has_them(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = replace(NETWORK, agreements=(replace(NETWORK.agreements[0], minutes_per_week=8.0),))
    office = open_office(database, tmp_path, network=short)
    found = found_for(office, ask("A", stations=("WLP",), hours=(0.0, 40.0), min_s=300.0))
    first, second = found[0].place, found[-1].place
    looked: list[str] = []

    def slow(*args: Any, **kwargs: Any) -> Any:
        found = compute_availability(*args, **kwargs)
        if not looked:
            office.submit(exactly(second, "FASTER"))
        looked.append("once")
        return found

    monkeypatch.setattr(asking, "compute_availability", slow)
    with pytest.raises(NoPlaceError):
        asking.ask(office.store, exactly(first, "A"), actor=ESA, now=office.now)

    assert not first.occupies.overlaps(second.occupies)
    assert ["once"] * 2 == looked
    assert [] == office.actions("request/A")


def test_on_a_link_for_two_the_third_at_once_has_no_place(office: Office) -> None:
    over = next_pass(office, "WLP", at(1.0))
    middle = over.start + (over.end - over.start) / 2
    span = Span(middle.replace(microsecond=0), middle.replace(microsecond=0) + timedelta(seconds=60))
    nasa = replace(OPERATOR, role=ESA.role, account="nasa")
    wide = replace(
        SHARED,
        stations=tuple(
            replace(s, antennas=(*s.antennas, replace(s.antennas[0], id="c"))) if s.id == "WLP" else s
            for s in SHARED.stations
        ),
    )
    networks.apply_network(office.store, wide, actor=ADMIN, now=office.now)
    asked = [ask(f"N{name}", "NASA", span=span, min_s=60.0, wanted_s=60.0, stations=(f"WLP/{name}",)) for name in "abc"]
    for each in asked[:2]:
        asking.ask(office.store, each, actor=nasa, now=office.now)

    with pytest.raises(NoPlaceError):
        asking.ask(office.store, asked[2], actor=nasa, now=office.now)


# Taking an alternative.


def refused_with_others(office: Office, asked: ContactRequest) -> Alternative:
    """A request that waits though it has no place, and its nearest alternative."""
    asking.ask(office.store, asked, wait=True, actor=ESA, now=office.now)
    return others_for(office, asked)[0]


KINDS: dict[Kind, dict[str, Any]] = {
    Kind.OTHER_TIME: {"hours": (9.9, 10.0), "stations": ("RED",)},
    Kind.SHORTER: {"min_s": 800.0, "wanted_s": 1_000.0, "stations": ("RED",)},
    Kind.LOWER: {"min_elevation_deg": 89.9, "hours": (0.0, 24.0)},
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_alternative_is_taken_and_planned_just_there(office: Office, kind: Kind) -> None:
    offer = refused_with_others(office, ask("A", **KINDS[kind]))
    answer = asking.take(office.store, "A", offer.place, actor=ESA, now=office.now)

    assert kind is offer.kind
    assert ("A.2", "accepted", True) == (answer.id, answer.state.value, answer.is_new)
    assert "withdrawn" == office.state("A")
    assert {"A.2": offer.place.contact} == late(office)
    assert offer.place.antennas == office.contact("A.2").assignment.antennas


def test_taking_an_alternative_twice_is_taking_it_once(office: Office) -> None:
    offer = refused_with_others(office, ask("A", **KINDS[Kind.OTHER_TIME]))
    first = asking.take(office.store, "A", offer.place, actor=ESA, now=office.now)
    again = asking.take(office.store, "A", offer.place, actor=ESA, now=office.now)

    assert (first.id, first.state, False) == (again.id, again.state, again.is_new)
    assert [] == office.actions("request/A.3")


def test_a_place_that_was_taken_and_whose_request_stayed_is_finished(office: Office) -> None:
    offer = refused_with_others(office, ask("A", **KINDS[Kind.OTHER_TIME]))
    half_done = offer.request(ask("A", **KINDS[Kind.OTHER_TIME]), "A.2")
    asking.ask(office.store, half_done, actor=ESA, now=office.now)
    answer = asking.take(office.store, "A", offer.place, actor=ESA, now=office.now)

    assert ("A.2", "withdrawn") == (answer.id, office.state("A"))
    assert [] == office.actions("request/A.3")


def test_a_request_for_one_place_may_take_another_that_meets_it(office: Office) -> None:
    over = next_pass(office, "RED", at(1.0))
    start = over.start.replace(microsecond=0) + timedelta(seconds=30)
    whole = Span(start, start + timedelta(seconds=round(over.duration_s) + 60))
    asked = ask("A", span=whole, min_s=whole.duration_s, wanted_s=whole.duration_s, stations=("RED/a",))
    asking.ask(office.store, asked, wait=True, actor=ESA, now=office.now)
    found = others_for(office, asked)
    (here, *_) = [o for o in found if o.place.antennas == (ref("RED/a"),) and o.place.contact.overlaps(over)]
    answer = asking.take(office.store, "A", here.place, actor=ESA, now=office.now)

    assert asked.leaves_no_choice
    assert {answer.id: here.place.contact} == late(office)


def test_only_what_is_offered_can_be_taken_and_by_whom_it_is_for(office: Office) -> None:
    offer = refused_with_others(office, ask("A", **KINDS[Kind.OTHER_TIME]))
    elsewhere = replace(offer.place, contact=Span(at(30.0), at(30.1)))
    with pytest.raises(NoPlaceError):
        asking.take(office.store, "A", elsewhere, actor=ESA, now=office.now)
    with pytest.raises(DeniedError):
        asking.take(office.store, "A", offer.place, actor=JAXA, now=office.now)
    with pytest.raises(InputError, match='no request "B"'):
        asking.take(office.store, "B", offer.place, actor=ESA, now=office.now)

    assert "accepted" == office.state("A")
    requesting.withdraw(office.store, "A", actor=ESA, now=office.now)
    with pytest.raises(ConflictError, match="is withdrawn; make a new one"):
        asking.take(office.store, "A", offer.place, actor=ESA, now=office.now)


def test_who_has_a_contact_takes_no_alternative(office: Office) -> None:
    (place, *_) = (a.place for a in found_for(office, ask("A")))
    office.submit(ask("A"))
    office.plan()

    with pytest.raises(ConflictError, match="has contacts; cancel them"):
        asking.take(office.store, "A", place, actor=ESA, now=office.now)


def test_a_critical_request_is_moved_by_schedulers(office: Office) -> None:
    asked = ask("A", priority="critical", hours=(9.9, 10.0), stations=("RED",))
    office.submit(asked)
    (offer, *_) = others_for(office, asked)
    with pytest.raises(DeniedError, match="critical request is moved by schedulers"):
        asking.take(office.store, "A", offer.place, actor=ESA, now=office.now)

    assert "A.2" == asking.take(office.store, "A", offer.place, actor=ADMIN, now=office.now).id
