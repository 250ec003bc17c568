"""Free places of a request, the nearest alternatives, and what must not wait for the daily plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from passplan import find_passes
from passplan.domain.contacts import HOLDING
from passplan.domain.requests import Repetition
from passplan.domain.schedule import FreePlace, Policy
from passplan.domain.span import Span
from passplan.service.contacts import lifecycle as contacts
from passplan.service.network import revisions as networks
from passplan.service.requests.alternatives import MOST, Kind, compute_availability
from passplan.service.schedule import drafting
from passplan.service.schedule.lanes import lane_due
from passplan.store.database import Database
from tests import sets
from tests.refs import ref
from tests.service.office import ADMIN, ESA, NETWORK, Office, ask, open_office
from tests.service.places import LEAD, at, exactly, found_for, is_naively_free, late, next_pass, others_for

# Free places.


def test_places_are_free_and_none_is_left_out(office: Office) -> None:
    booked = [ask(f"B{k}", hours=(4.0 * k, 4.0 * k + 8.0), wanted_s=180.0 + 60.0 * k) for k in range(6)]
    booked += [ask(f"J{k}", "JAXA", hours=(8.0 * k, 8.0 * k + 12.0)) for k in range(3)]
    office.submit(*booked)
    office.plan()
    asked = ask("A", min_s=120.0, wanted_s=200.0)
    places = [a.place for a in found_for(office, asked)]
    own = [s for s in NETWORK.stations if s.agency == "ESA"]
    reach = Span(at(0.0) + LEAD + timedelta(minutes=2), at(48.0))
    whole = [p for p in find_passes([sets.ISS], own, reach) if p.duration_s > 200.0 and not p.clipped_end]

    assert len(office.contacts(*HOLDING)) > 5
    assert len(places) > 5
    assert all(is_naively_free(office, place) for place in places)
    assert all(120.0 <= p.contact.duration_s <= 200.0 for p in places)
    assert sorted(places) == places
    for p in whole:
        middle = p.aos + (p.los - p.aos) / 2
        there = FreePlace(
            contact=Span(middle - timedelta(seconds=60), middle + timedelta(seconds=60)),
            occupies=Span(middle - timedelta(seconds=181), middle + timedelta(seconds=121)),
            antennas=(ref(f"{p.station}/a"),),
            peak_elevation_deg=p.peak_elevation_deg,
        )
        offered = [
            q for q in places if q.antennas == there.antennas and p.aos < q.contact.start and q.contact.end < p.los
        ]
        assert offered or not is_naively_free(office, there)


def test_a_place_is_as_long_as_it_is_wanted_in_the_middle_of_its_pass_and_not_too_soon(office: Office) -> None:
    places = [a.place for a in found_for(office, ask("A", stations=("MSP",), wanted_s=120.0, min_s=120.0))]
    (site,) = [s for s in NETWORK.stations if s.id == "MSP"]
    passes = find_passes([sets.ISS], [site], Span(at(-1.0), at(49.0)))

    assert {120.0} == {p.contact.duration_s for p in places}
    assert all(p.contact.start >= office.now + LEAD for p in places)
    for place in places:
        (over,) = [p for p in passes if p.aos < place.contact.start and place.contact.end < p.los]
        middle = place.contact.start + timedelta(seconds=60)
        assert abs((middle - over.tca).total_seconds()) < 20.0
        assert timedelta(seconds=120) == place.contact.start - place.occupies.start
        assert timedelta(seconds=60) == place.occupies.end - place.contact.end


def test_places_keep_the_margin_of_the_settings_policy(database: Database, tmp_path: Path) -> None:
    office = open_office(database, tmp_path, policy=Policy(max_timing_s=0.0))
    without = found_for(office, ask("A", min_s=60.0, wanted_s=1_200.0))
    office.store = replace(office.store, settings=replace(office.store.settings, policy=Policy()))
    within = found_for(office, ask("A", min_s=60.0, wanted_s=1_200.0))

    assert len(within) == len(without) > 0
    starts = [(a.place.contact.start, b.place.contact.start) for a, b in zip(without, within, strict=True)]
    assert all(a <= b for a, b in starts)  # in whole seconds
    assert any(a < b for a, b in starts)


def test_a_pass_that_others_have_is_offered_to_nobody(office: Office) -> None:
    before = found_for(office, ask("A", stations=("RED",)))
    office.submit(exactly(before[0].place, "B"))
    office.plan()
    after = found_for(office, ask("A", stations=("RED",)))

    assert before[0].place.contact in late(office).values()
    assert before[1:] == after


def test_a_link_that_carries_no_more_has_no_place_at_any_station(database: Database, tmp_path: Path) -> None:
    narrow = replace(NETWORK.satellites[0], links=(replace(NETWORK.satellites[0].links[0], capacity=1),))
    office = open_office(database, tmp_path, network=replace(NETWORK, satellites=(narrow,)))
    over = next_pass(office, "MSP", at(1.0))
    near = Span(over.start - timedelta(minutes=3), over.end + timedelta(minutes=3))
    beside = found_for(office, ask("A", span=near, stations=("RED",), min_s=120.0))
    office.submit(ask("B", span=over, stations=("MSP",), min_s=400.0, wanted_s=900.0))
    office.plan()
    (booked,) = office.contacts(*HOLDING)
    left = found_for(office, ask("A", span=near, stations=("RED",), min_s=60.0))

    assert beside
    assert all(
        a.place.contact.end <= booked.assignment.contact.start or booked.assignment.contact.end <= a.place.contact.start
        for a in left
    )
    assert all(is_naively_free(office, a.place, channels=1) for a in left)


def test_an_outage_leaves_no_place(office: Office) -> None:
    networks.record_outage(office.store, "RED", Span(at(0.0), at(60.0)), actor=ADMIN, now=office.now)
    networks.record_outage(office.store, "MSP", Span(at(0.0), at(24.0)), actor=ADMIN, now=office.now)
    places = [a.place for a in found_for(office, ask("A"))]

    assert {(ref("MSP/a"),)} == {p.antennas for p in places}
    assert all(p.contact.start >= at(24.0) for p in places)


def test_an_agreement_that_is_used_up_leaves_no_place(database: Database, tmp_path: Path) -> None:
    short = replace(NETWORK, agreements=(replace(NETWORK.agreements[0], minutes_per_week=8.0),))
    office = open_office(database, tmp_path, network=short)
    (first, *_) = found_for(office, ask("A", stations=("WLP",), min_s=300.0))
    office.submit(exactly(first.place, "B"))
    office.plan()
    # NOW is a Saturday: the agreement's week ends after two days.
    left = found_for(office, ask("A", stations=("WLP",), hours=(0.0, 40.0), min_s=181.0))

    assert 5.0 == first.agreed_minutes
    assert [] == list(left)
    assert {3.0} == {a.agreed_minutes for a in found_for(office, ask("A", stations=("WLP",), hours=(0.0, 40.0)))}


# Alternatives.


def test_another_time_is_offered_nearest_first(office: Office) -> None:
    over = next_pass(office, "RED", at(10.0))
    between = Span(over.end + timedelta(minutes=5), over.end + timedelta(minutes=20))
    asked = ask("A", span=between, stations=("RED",))
    found = compute_availability(office.store, asked, now=office.now)
    own = [o for o in found.others if o.kind is Kind.OTHER_TIME]
    off = [between.distance_s(o.place.contact.start) for o in own]

    assert ((), True) == (found.as_asked, bool(found.causes))
    assert Kind.OTHER_TIME is found.others[0].kind
    assert (ref("RED/a"),) == own[0].place.antennas
    assert over.start <= own[0].place.contact.start < own[0].place.contact.end <= over.end
    assert sorted(off) == off
    assert len(found.others) <= MOST


def test_another_station_is_offered_where_the_one_is_taken(office: Office) -> None:
    over = next_pass(office, "RED", at(1.0))
    office.submit(ask("B", span=over, stations=("RED",), min_s=400.0, wanted_s=900.0))
    office.plan()
    found = compute_availability(office.store, ask("A", span=over, stations=("RED",)), now=office.now)
    here = [o for o in found.others if o.kind is Kind.OTHER_STATION]

    assert ((), ("every pass that it could use is taken by others",)) == (found.as_asked, tuple(map(str, found.causes)))
    assert [(ref("MSP/a"),)] == [o.place.antennas for o in here]
    assert over.start <= here[0].place.contact.start
    assert here[0].place.contact.end <= over.end


def test_alternatives_are_of_different_passes(office: Office) -> None:
    found = others_for(office, ask("A", "NASA", hours=(0.0, 0.6), stations=("WLP",), min_s=120.0, wanted_s=120.0))

    assert 1 < len(found) <= MOST
    for k, one in enumerate(found):
        for other in found[:k]:
            same_site = one.place.antennas[0].station == other.place.antennas[0].station
            apart = (
                one.place.contact.end <= other.place.contact.start or other.place.contact.end <= one.place.contact.start
            )
            assert apart or not same_site


def test_the_order_is_by_time_and_another_station_counts_as_three_hours(office: Office) -> None:
    asked = ask("A", hours=(20.0, 20.2), stations=("RED",))
    found = others_for(office, asked)
    nearness = [
        max(asked.span.distance_s(m) for m in (o.place.contact.start, o.place.contact.end))
        + (0.0 if o.place.antennas[0].station == "RED" else 3 * 3_600.0)
        for o in found
    ]

    assert MOST == len(found)
    assert sorted(nearness) == nearness


def test_a_shorter_contact_is_offered_where_no_pass_is_as_long(office: Office) -> None:
    asked = ask("A", min_s=800.0, wanted_s=1_000.0, stations=("RED",))
    found = compute_availability(office.store, asked, now=office.now)

    assert () == found.as_asked
    assert {Kind.SHORTER} == {o.kind for o in found.others}
    assert all(400.0 <= o.place.contact.duration_s < 800.0 for o in found.others)


def test_a_lower_pass_is_offered_where_none_is_as_high(office: Office) -> None:
    asked = ask("A", min_elevation_deg=89.9, hours=(0.0, 24.0))
    found = compute_availability(office.store, asked, now=office.now)

    assert () == found.as_asked
    assert {Kind.LOWER} == {o.kind for o in found.others}
    assert all(5.0 <= o.place.peak_elevation_deg < 89.9 for o in found.others)


def test_another_agency_s_station_says_what_it_costs_and_who_is_asked(office: Office) -> None:
    (own, *_) = found_for(office, ask("A"))
    agreed = found_for(office, ask("A", stations=("WLP",)))
    asks = found_for(office, ask("J", "JAXA", stations=("MSP",)))

    assert (("ESA",), (), 0.0) == (own.owners, own.asks, own.agreed_minutes)
    assert {(("NASA",), ())} == {(a.owners, a.asks) for a in agreed}
    assert [round(a.place.contact.duration_s / 60.0, 1) for a in agreed] == [a.agreed_minutes for a in agreed]
    assert {(("ESA",), ("ESA",))} == {(a.owners, a.asks) for a in asks}


def test_alternatives_lie_at_stations_that_the_agency_may_use(office: Office) -> None:
    for agency, usable in (("NASA", {"WLP"}), ("ESA", {"RED", "MSP", "WLP"}), ("JAXA", {"KTU", "MSP"})):
        asked = ask("A", agency, hours=(9.9, 10.0))
        found = others_for(office, asked)

        assert found
        assert {o.place.antennas[0].station for o in found} <= usable


def test_what_is_over_and_what_is_beyond_all_knowledge_is_not_looked_for(office: Office) -> None:
    over = compute_availability(office.store, ask("A", hours=(-2.0, -1.0)), now=office.now)
    far = compute_availability(office.store, ask("A", hours=(72.0, 96.0)), now=office.now)

    assert ((), ()) == (over.as_asked, over.others)
    assert ["its span ends before anything could be booked"] == [str(cause) for cause in over.causes]
    assert ((), (), (), at(48.0)) == (far.as_asked, far.others, far.causes, far.looked_until)


def test_a_repeated_request_has_places_for_its_parts(office: Office) -> None:
    repeated = ask("A", repetition=Repetition(times=3), group="")

    assert found_for(office, replace(repeated, repetition=None)) == found_for(office, repeated)


# What must not wait.


@pytest.fixture
def days_ahead(database: Database, tmp_path: Path) -> Office:
    """A service that plans four days and has planned something."""
    office = open_office(database, tmp_path, horizon_d=4, passes_d=6)
    office.submit(ask("FIRST", hours=(0.0, 90.0)))
    office.plan()
    return office.later(0.1)


def test_what_leaves_no_choice_is_planned_at_once_though_it_begins_days_ahead(days_ahead: Office) -> None:
    office = days_ahead
    before = {c.id: c.assignment for c in office.contacts(*HOLDING)}
    place = found_for(office, ask("A", hours=(70.0, 90.0)))[-1].place
    assert "" == lane_due(office.store, now=office.now)
    office.submit(ask("WIDE", hours=(70.0, 90.0)), exactly(place, "A"), actor=ESA)
    due = lane_due(office.store, now=office.now)
    planned = late(office)

    assert drafting.LATE == due
    assert place.contact == planned["A"]
    assert "WIDE" not in planned
    assert ("satisfied", "accepted") == (office.state("A"), office.state("WIDE"))
    assert before == {c.id: c.assignment for c in office.contacts(*HOLDING) if c.id in before}
    assert "" == lane_due(office.store, now=office.later(0.1).now)


def test_what_is_wide_and_days_ahead_waits_for_the_day(days_ahead: Office) -> None:
    office = days_ahead
    office.submit(ask("WIDE", hours=(70.0, 90.0)), actor=ESA)
    far = Span(at(100.0), at(100.0) + timedelta(seconds=200))
    office.submit(ask("FAR", span=far, min_s=200.0, wanted_s=200.0, stations=("RED/a",)), actor=ESA)

    assert "" == lane_due(office.store, now=office.now)
    office.submit(ask("SOON", hours=(2.0, 90.0)), actor=ESA)
    assert drafting.LATE == lane_due(office.store, now=office.now)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"stations": ("RED",)}, False),
        ({"stations": ("RED/a", "MSP/a")}, False),
        ({"stations": (), "arrays": (("RED/a", "MSP/a"),)}, True),
        ({"stations": (), "arrays": (("RED/a",), ("MSP/a",))}, False),
        ({"stations": ()}, False),
        ({"min_s": 298.0}, False),
        ({"repetition": Repetition(times=1)}, False),
    ],
)
def test_a_request_leaves_no_choice_where_there_is_one_time_at_one_antenna(
    changes: dict[str, Any], expected: bool
) -> None:
    span = Span(at(1.0), at(1.0) + timedelta(seconds=300))
    asked = ask("A", span=span, min_s=300.0, wanted_s=300.0, stations=("RED/a",))

    assert expected is replace(asked, **changes).leaves_no_choice


def test_a_place_that_is_lost_again_is_looked_for_at_once(days_ahead: Office) -> None:
    office = days_ahead
    place = found_for(office, ask("A", hours=(70.0, 90.0)))[-1].place
    office.submit(exactly(place, "A"), actor=ESA)
    late(office)
    office.later(0.1)
    contacts.cancel(office.store, office.contact("A").id, reason="a storm", actor=ADMIN, now=office.now)

    assert ("accepted", drafting.LATE) == (office.state("A"), lane_due(office.store, now=office.now))
