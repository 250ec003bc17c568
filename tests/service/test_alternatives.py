"""Asking for contact as people do: free places, the nearest alternatives, and two who want the last one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from passplan import find_passes
from passplan.domain.contacts import HOLDING
from passplan.domain.errors import ConflictError, DeniedError, InputError
from passplan.domain.network import Agreement, Network
from passplan.domain.requests import ContactRequest, Repetition, RequestBook
from passplan.domain.schedule import FreePlace, Policy
from passplan.domain.span import Span
from passplan.service.access.actors import Actor
from passplan.service.contacts import lifecycle as contacts
from passplan.service.network import revisions as networks
from passplan.service.requests import offers as asking
from passplan.service.requests import submit as requesting
from passplan.service.requests.alternatives import MOST, Alternative, Kind, compute_availability
from passplan.service.requests.offers import NoPlaceError
from passplan.service.schedule import drafting
from passplan.service.schedule.lanes import lane_due
from passplan.store import backup
from passplan.store.database import Database
from tests import sets
from tests.refs import ref
from tests.service.office import ADMIN, ESA, JAXA, NETWORK, NOW, OPERATOR, VIEWER, Office, ask, open_office
from tests.store.world import rows

LEAD = timedelta(minutes=15)


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def found_for(office: Office, asked: ContactRequest) -> tuple[Alternative, ...]:
    return compute_availability(office.store, asked, now=office.now).as_asked


def others_for(office: Office, asked: ContactRequest) -> tuple[Alternative, ...]:
    return compute_availability(office.store, asked, now=office.now).others


def exactly(place: FreePlace, name: str, agency: str = "ESA", **changes: Any) -> ContactRequest:
    """A request for one place and nothing else."""
    seconds = place.contact.duration_s
    return replace(
        ask(name, agency, span=place.contact, min_s=seconds, wanted_s=seconds, stations=place.antennas), **changes
    )


def is_naively_free(office: Office, place: FreePlace, channels: int = 2) -> bool:
    """Whether a place meets no hold of its antennas and leaves a channel, looking at every hold."""
    held = rows(
        office.store.database,
        "SELECT r.kind, r.name, h.start_us, h.end_us FROM hold h JOIN resource r ON r.id = h.resource_id WHERE h.live",
    )
    holds = [(kind, name, _moment(start), _moment(end)) for kind, name, start, end in held]
    on_antennas = [
        name
        for kind, name, start, end in holds
        if kind == "antenna"
        and ref(name) in place.antennas
        and start < place.occupies.end
        and place.occupies.start < end
    ]
    moments = [place.contact.start + timedelta(seconds=k) for k in range(int(place.contact.duration_s))]
    busiest = max(sum(kind == "channel" and start <= m < end for kind, _, start, end in holds) for m in moments)
    return not on_antennas and busiest < channels


def _moment(us: int) -> datetime:
    return datetime.fromtimestamp(0, NOW.tzinfo) + timedelta(microseconds=us)


def next_pass(office: Office, station: str, after: datetime) -> Span:
    (site,) = [s for s in NETWORK.stations if s.id == station]
    found = find_passes([sets.ISS], [site], Span(after, after + timedelta(days=1)))
    return next(p.span for p in found if not p.clipped_start and p.duration_s > 400.0)


def late(office: Office) -> dict[str, Span]:
    """Plan what must not wait; where each contact is then."""
    office.plan(drafting.LATE)
    return {c.assignment.request: c.assignment.contact for c in office.contacts(*HOLDING)}


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
