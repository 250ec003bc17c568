"""What a refusal says: its reason, and who or what is in the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from passplan.domain.facts import NoPassAtAll, NothingBetter, OutsidePlan, Unusable
from passplan.domain.messages import Message
from passplan.domain.requests import Priority, Repetition, Split
from passplan.domain.schedule import Blocker, PlanInputs, Reason
from passplan.domain.windows import Exclusion, Filter, Inadmissible
from tests.planning import (
    agreement,
    contact,
    inputs,
    request,
    span,
    window,
)
from tests.refs import ref
from tests.unit.scheduling.plans import ONE_OF, planned, refused
from tests.wording import words


def test_who_may_use_no_station_is_inadmissible() -> None:
    causes = [Inadmissible(request="a", station="krn", cause=Message("c", "no agreement lets NASA use it"))]
    refusal = refused(planned(inputs([request("a")], [], inadmissible=causes)), "a")

    assert Reason.INADMISSIBLE == refusal.reason
    assert (Unusable(station="krn", cause=Message("c", "no agreement lets NASA use it")),) == refusal.particulars
    assert () == refusal.obstacles


def test_who_has_no_pass_is_told_so() -> None:
    refusal = refused(planned(inputs([request("a")], [])), "a")

    assert (Reason.NO_PASS, ()) == (refusal.reason, refusal.obstacles)
    assert (NoPassAtAll(),) == refusal.particulars


def test_who_asks_for_another_time_has_no_pass() -> None:
    refusal = refused(planned(inputs([request("a", span=span(400, 500))], [])), "a")

    assert Reason.NO_PASS == refusal.reason
    assert (OutsidePlan(),) == refusal.particulars


def test_a_day_without_windows_has_no_pass() -> None:
    schedule = planned(inputs([request("a", repetition=Repetition(times=1))], [window("a", 0, 5)]))

    assert (Reason.NO_PASS, 2) == (refused(schedule, "a").reason, refused(schedule, "a").part)


def excluded(cause: Filter, longest_s: float) -> Exclusion:
    return Exclusion(request="a", antennas=(ref("wlp/a"),), span=span(0, 4), filter=cause, longest_s=longest_s)


def test_who_has_only_short_passes_is_told_the_longest() -> None:
    passes = [excluded(Filter.LENGTH, 240.0), excluded(Filter.LENGTH, 120.0)]
    refusal = refused(planned(inputs([request("a")], [], exclusions=passes)), "a")

    assert Reason.TOO_SHORT == refusal.reason
    assert "2 passes: shorter than the request's least seconds" == words(refusal.particulars[0])
    assert "the longest has 240 s, over wlp/a" in words(refusal.particulars[1])


@pytest.mark.fault(46)
def test_who_loses_passes_to_a_filter_is_told_which() -> None:
    passes = [excluded(Filter.SUN, 240.0), excluded(Filter.CLOSED, 200.0), excluded(Filter.SUN, 100.0)]
    refusal = refused(planned(inputs([request("a")], [], exclusions=passes)), "a")

    assert Reason.FILTERED == refusal.reason
    assert ["2 passes: too near the Sun", "1 pass: the antenna is closed"] == [
        words(p) for p in refusal.particulars[:2]
    ]


def test_a_split_contact_whose_time_others_have_is_outranked_and_not_too_long() -> None:
    windows = [(0, 5), (60, 65), (120, 125)]
    asked = [request("s", 600, 600, split=Split(max_parts=3, min_part_s=200))]
    asked += [request(f"c{k}", priority=Priority.CRITICAL) for k in range(3)]
    seen = [window("s", *w) for w in windows] + [window(f"c{k}", *w) for k, w in enumerate(windows)]

    assert Reason.OUTRANKED == refused(planned(inputs(asked, seen)), "s").reason


def test_a_split_contact_that_all_its_windows_cannot_hold_is_told_so() -> None:
    asked = request("s", 1_200, 1_200, split=Split(max_parts=2, min_part_s=200))
    refusal = refused(planned(inputs([asked], [window("s", k, k + 5) for k in (0, 60, 120)])), "s")

    assert Reason.TOO_SHORT == refusal.reason
    assert () == refusal.obstacles


def test_a_split_contact_whose_windows_are_at_the_same_time_is_too_long_and_outranked_by_nobody() -> None:
    asked = request("s", 1_200, 1_500, split=Split(max_parts=4, min_part_s=180))
    refusal = refused(planned(inputs([asked], [window("s", 0, 10, "wlp/a"), window("s", 1, 11, "gds/a")])), "s")

    assert Reason.TOO_SHORT == refusal.reason
    assert () == refusal.obstacles


def test_where_spacing_and_others_stand_in_the_way_both_are_told() -> None:
    repeated = request("r", repetition=Repetition(times=2, period="span", min_spacing_s=7_200))
    other = request("b", priority=Priority.CRITICAL)
    windows = [window("r", 0, 5), window("r", 10, 15), window("b", 10, 15)]
    refusal = refused(planned(inputs([repeated, other], windows)), "r")

    assert Reason.SPACING == refusal.reason
    assert {"b", "r"} in [{b.request for b in o.blockers} for o in refusal.obstacles]


def test_a_window_that_the_end_of_the_week_cuts_too_short_is_told() -> None:
    asked = request("a", 300)
    refusal = refused(planned(inputs([asked], [window("a", 117, 123, "krn/a")], agreements=[agreement(60)])), "a")

    assert Reason.TOO_SHORT == refusal.reason
    assert "end of a week" in words(refusal.particulars[0])


def test_a_contact_that_is_worth_more_than_its_rival_is_not_said_to_be_worth_less() -> None:
    before = [contact("a", 0, 5)]
    asked = [request("a"), request("b", weight=1.02)]
    schedule = planned(inputs(asked, [window(n, 0, 5) for n in "ab"], previous=before))

    assert NothingBetter() in refused(schedule, "b").particulars


def test_who_is_in_the_way_of_held_contacts_is_told_which() -> None:
    held = contact("x", 0, 5)
    refusal = refused(planned(inputs([request("a")], [window("a", 0, 8)], held=[held])), "a")

    assert Reason.HELD == refusal.reason
    assert (Blocker(request="x", part=1, contact=held.contact, held=True),) == refusal.given_to
    assert "held, and cannot be moved" in words(refusal.particulars[1])


def with_y(given: PlanInputs) -> PlanInputs:
    """The same, with a second satellite that has a link of the same name."""
    iss = given.network.satellites[0]
    y = replace(iss, id="Y", catalog_number=99_999)
    return replace(given, network=replace(given.network, satellites=(iss, y)))


@pytest.mark.parametrize("satellite", ["ISS", "Y"])
def test_a_link_s_refusal_names_the_contact_held_on_that_satellite_s_link(satellite: str) -> None:
    held = {"ISS": contact("x", 10, 15, "gds/a"), "Y": replace(contact("y", 10, 15, "mas/a"), satellite="Y")}
    asked = request("a", satellite=satellite)
    given = with_y(inputs([asked], [window("a", 10, 15, satellite=satellite)], held=list(held.values())))
    refusal = refused(planned(given), "a")

    blocker = Blocker(request=held[satellite].request, part=1, contact=span(10, 15), held=True)
    assert Reason.HELD == refusal.reason
    assert (blocker,) == refusal.given_to


def test_a_contact_held_for_fractions_of_a_second_is_named_too() -> None:
    held = contact("x", 0.01, 8.01, "gds/a")
    refusal = refused(planned(inputs([request("a")], [window("a", 0, 8)], held=[held])), "a")

    assert Reason.HELD == refusal.reason
    assert (Blocker(request="x", part=1, contact=held.contact, held=True),) == refusal.given_to


def test_who_has_used_up_an_agreement_is_told_by_what() -> None:
    requests = [request("a", priority=Priority.HIGH), request("b")]
    windows = [window("a", 0, 5, "krn/a"), window("b", 20, 25, "krn/a")]
    refusal = refused(planned(inputs(requests, windows, agreements=[agreement(9)])), "b")

    assert Reason.AGREEMENT == refusal.reason
    assert (Blocker(request="a", part=1, contact=span(0, 5)),) == refusal.given_to
    assert "used up" in words(refusal.particulars[0])


def test_who_has_used_up_an_agreement_is_told_who_has_the_antenna_too() -> None:
    requests = [
        request("a", priority=Priority.HIGH),
        request("b", priority=Priority.HIGH, agency="ESA"),
        request("c"),
    ]
    windows = [window("a", 0, 5, "krn/a"), window("b", 20, 25, "krn/a"), window("c", 20, 25, "krn/a")]
    refusal = refused(planned(inputs(requests, windows, agreements=[agreement(9)])), "c")

    assert {"a", "b"} == {b.request for b in refusal.given_to}


def test_who_is_too_near_its_own_contact_is_told_so() -> None:
    twice = request("a", repetition=Repetition(times=2, period="span", min_spacing_s=3_600.0))
    refusal = refused(planned(inputs([twice], [window("a", 0, 5), window("a", 20, 25)])), "a")

    assert Reason.SPACING == refusal.reason
    assert "spacing" in words(refusal.particulars[0])


def test_who_is_not_the_one_of_its_group_is_told_which_is() -> None:
    requests = [request("a", group="g", weight=2.0), request("b", group="g")]
    refusal = refused(planned(inputs(requests, [window("a", 0, 5), window("b", 20, 25)], groups=[ONE_OF])), "b")

    assert Reason.GROUP == refusal.reason
    assert ["of its group one is served: a at 22:00:00"] == [words(p) for p in refusal.particulars]
    assert (Blocker(request="a", part=1, contact=span(0, 5)),) == refusal.given_to


def test_who_is_not_the_one_of_its_group_is_told_who_has_the_antenna_too() -> None:
    requests = [request("a", group="g", weight=2.0), request("b", group="g"), request("c", priority=Priority.HIGH)]
    windows = [window("a", 0, 5), window("b", 20, 25), window("c", 20, 25)]
    refusal = refused(planned(inputs(requests, windows, groups=[ONE_OF])), "b")

    assert Reason.GROUP == refusal.reason
    assert {"a", "c"} == {b.request for b in refusal.given_to}


@pytest.mark.fault(46)
def test_who_is_outranked_is_told_by_whom_the_cheapest_first() -> None:
    requests = [request("a", priority=Priority.CRITICAL), request("b", priority=Priority.HIGH), request("c")]
    windows = [window("a", 0, 5), window("b", 20, 25), window("c", 0, 5), window("c", 20, 25)]
    refusal = refused(planned(inputs(requests, windows)), "c")

    assert Reason.OUTRANKED == refusal.reason
    assert [["b"], ["a"]] == [[b.request for b in o.blockers] for o in refusal.obstacles]
    assert [span(20, 25), span(0, 5)] == [o.window for o in refusal.obstacles]
    assert "wlp/a, 2026-08-09 22:20:00Z: taken by b at 22:20:00 (worth 6.00)" in words(refusal.particulars[1])
