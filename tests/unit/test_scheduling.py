"""Schedules of a handful of requests, of which one can say by hand what is best."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from passplan.domain.errors import InputError
from passplan.domain.facts import NoPassAtAll, NothingBetter, OutsidePlan, Unusable
from passplan.domain.messages import Message
from passplan.domain.requests import Priority, Repetition, RequestGroup, Split
from passplan.domain.schedule import Blocker, Plan, PlanInputs, Policy, Reason, Refusal, Schedule
from passplan.domain.windows import Exclusion, Filter, Inadmissible
from passplan.scheduling.check import check
from passplan.scheduling.planner import plan
from passplan.scheduling.price import explain
from tests.checking import booked
from tests.planning import (
    MIDNIGHT,
    WHOLE,
    agreement,
    contact,
    inputs,
    minute,
    request,
    span,
    window,
)
from tests.refs import ref
from tests.wording import words

ONE_OF = RequestGroup(id="g", kind="one_of")
ALL_OF = RequestGroup(id="g", kind="all_of")


def planned(given: PlanInputs) -> Schedule:
    """A schedule that breaks no rule."""
    schedule = plan(given)
    found = check(schedule, given.book, given.network, given.search.windows, held=given.held)

    assert () == found
    return schedule


def contacts(schedule: Schedule, name: str) -> list[tuple[float, float]]:
    """From and to [minutes] of a request's contacts, in order of time."""
    return [(minute(a.contact.start), minute(a.contact.end)) for a in schedule.assignments if a.request == name]


def served(schedule: Schedule) -> set[str]:
    return {a.request for a in schedule.assignments}


def refused(schedule: Schedule, name: str) -> Refusal:
    """The only refusal of a request."""
    (refusal,) = [r for r in schedule.refusals if r.request == name]
    return refusal


# --- antennas ---


def test_contacts_back_to_back_on_one_antenna_are_both_kept() -> None:
    schedule = planned(inputs([request("a"), request("b")], [window("a", 0, 10), window("b", 0, 10)]))

    assert {(0.0, 5.0), (5.0, 10.0)} == {*contacts(schedule, "a"), *contacts(schedule, "b")}
    assert () == schedule.refusals


@pytest.mark.parametrize(("end_min", "fitting"), [(11.5, 2), (11.4, 1)])
def test_setup_and_teardown_keep_contacts_apart(end_min: float, fitting: int) -> None:
    windows = [window(n, 0, end_min, setup_s=60.0, teardown_s=30.0) for n in "ab"]
    schedule = planned(inputs([request("a"), request("b")], windows))

    assert fitting == len(schedule.assignments)
    for before, after in pairwise(schedule.assignments):
        assert 1.5 == minute(after.contact.start) - minute(before.contact.end)


def test_setup_and_teardown_may_lie_outside_the_window() -> None:
    schedule = planned(inputs([request("a")], [window("a", 0, 5, setup_s=60.0, teardown_s=30.0)]))

    assert span(-1, 5.5) == schedule.assignments[0].occupies


def test_another_antenna_needs_no_setup_after_the_first() -> None:
    windows = [window("a", 0, 5, "wlp/a", setup_s=60.0), window("b", 5, 10, "wlp/b", setup_s=60.0)]

    assert {"a", "b"} == served(planned(inputs([request("a"), request("b")], windows)))


def test_an_array_takes_all_its_antennas() -> None:
    array = request("a", priority=Priority.CRITICAL, arrays=(("gds/a", "wlp/a"),))
    windows = [window("a", 0, 5, "gds/a", "wlp/a"), window("b", 0, 5, "gds/a"), window("c", 0, 5, "wlp/a")]
    schedule = planned(inputs([array, request("b"), request("c")], windows, capacity=3))

    assert {"a"} == served(schedule)
    assert (ref("gds/a"), ref("wlp/a")) == schedule.assignments[0].antennas


def test_two_at_the_antennas_of_an_array_are_worth_more_than_the_array() -> None:
    array = request("a", arrays=(("gds/a", "wlp/a"),))
    windows = [window("a", 0, 5, "gds/a", "wlp/a"), window("b", 0, 5, "gds/a"), window("c", 0, 5, "wlp/a")]
    schedule = planned(inputs([array, request("b"), request("c")], windows, capacity=3))

    assert {"b", "c"} == served(schedule)
    assert {"b", "c"} == {b.request for b in refused(schedule, "a").given_to}


# --- links ---


@pytest.mark.parametrize(("capacity", "fitting"), [(1, 1), (2, 2), (3, 3)])
def test_a_link_carries_as_many_contacts_at_once_as_it_has_channels(capacity: int, fitting: int) -> None:
    stations = {"a": "wlp/a", "b": "gds/a", "c": "ham/a"}
    windows = [window(n, 0, 5, antenna) for n, antenna in stations.items()]
    schedule = planned(inputs([request(n) for n in stations], windows, capacity=capacity))

    assert fitting == len(schedule.assignments)


def test_a_held_contact_in_the_midst_of_others_counts_on_the_link() -> None:
    windows = [window("a", 0, 5, "wlp/a"), window("b", 0, 5, "gds/a")]
    given = inputs([request("a"), request("b")], windows, capacity=2, held=[contact("h", 2, 3, "ham/a")])

    assert 2 == len(planned(given).assignments)


def test_contacts_that_follow_each_other_share_a_channel() -> None:
    stations = {"a": ("wlp/a", 0), "b": ("gds/a", 5), "c": ("ham/a", 0), "d": ("wlp/b", 5)}
    windows = [window(n, start, start + 5, antenna) for n, (antenna, start) in stations.items()]

    assert {*"abcd"} == served(planned(inputs([request(n) for n in stations], windows, capacity=2)))


# --- lengths ---


def test_a_long_elastic_contact_is_trimmed_rather_than_a_rival_dropped() -> None:
    windows = [window("long", 0, 60), window("b", 0, 5)]
    schedule = planned(inputs([request("long", 1_800, 3_600), request("b")], windows))

    assert [(0.0, 5.0)] == contacts(schedule, "b")
    assert [(5.0, 60.0)] == contacts(schedule, "long")


def test_a_short_elastic_contact_is_trimmed_rather_than_a_rival_dropped() -> None:
    windows = [window("elastic", 0, 10), window("b", 6, 10, "gds/a")]
    schedule = planned(inputs([request("elastic", 300, 600), request("b", 240)], windows))

    assert [(6.0, 10.0)] == contacts(schedule, "b")
    assert [(0.0, 6.0)] == contacts(schedule, "elastic")


@pytest.mark.parametrize("seconds", [305, 1_810])
def test_contacts_are_never_longer_than_asked_where_no_grid_fits_them(seconds: int) -> None:
    requests = [request("long", 3_600), *(request(n, seconds) for n in "abc")]
    windows = [window("long", 0, 65, "gds/a"), *(window(n, 0, 65) for n in "abc")]
    schedule = planned(inputs(requests, windows, capacity=2))

    assert len(schedule.assignments) == 1 + min(3, 3_900 // seconds)


def test_a_contact_gets_what_it_wants_where_there_is_room() -> None:
    assert [(0.0, 10.0)] == contacts(planned(inputs([request("a", 300, 600)], [window("a", 0, 10)])), "a")


def test_a_split_contact_is_given_in_parts() -> None:
    split = request("a", 3_600, split=Split(max_parts=2, min_part_s=1_200.0))
    windows = [window("a", 0, 30), window("a", 60, 90, "gds/a")]
    schedule = planned(inputs([split], windows))

    assert [(0.0, 30.0), (60.0, 90.0)] == contacts(schedule, "a")
    assert [1, 2] == [a.part for a in schedule.assignments]
    assert () == schedule.refusals


def test_an_earlier_split_into_more_parts_than_allowed_now_is_not_kept() -> None:
    now = request("s", 600, 900, split=Split(max_parts=2, min_part_s=240))
    before = [contact("s", at_, at_ + 5, part=k + 1) for k, at_ in enumerate((0, 20, 40))]
    windows = [*(window("s", at_, at_ + 5) for at_ in (0, 20, 40)), window("s", 100, 120)]

    assert 2 >= len(contacts(planned(inputs([now], windows, previous=before)), "s")) > 0


def test_a_split_contact_that_finds_too_few_seconds_gets_none() -> None:
    split = request("a", 3_600, split=Split(max_parts=2, min_part_s=1_200.0))
    schedule = planned(inputs([split], [window("a", 0, 30), window("a", 60, 85, "gds/a")]))

    assert () == schedule.assignments
    assert Reason.TOO_SHORT == refused(schedule, "a").reason


# --- repetition ---


def test_repeated_contacts_keep_spacing_and_greatest_gap() -> None:
    often = request("a", repetition=Repetition(times=4, period="span", min_spacing_s=600.0, max_gap_s=1_800.0))
    schedule = planned(inputs([often, request("b")], [window("a", 0, 100), window("b", 15, 20)]))
    gaps = [after - before for (_, before), (after, _) in pairwise(contacts(schedule, "a"))]

    assert [1, 2, 3, 4] == [a.part for a in schedule.assignments if a.request == "a"]
    assert all(10.0 <= gap <= 30.0 for gap in gaps)
    assert () == schedule.refusals


def test_a_repeated_contact_too_near_the_other_is_refused() -> None:
    twice = request("a", repetition=Repetition(times=2, period="span", min_spacing_s=3_600.0))
    schedule = planned(inputs([twice], [window("a", 0, 60)]))

    assert 1 == len(schedule.assignments)
    assert Reason.SPACING == refused(schedule, "a").reason


def test_a_repeated_contact_too_far_from_the_other_is_refused() -> None:
    twice = request("a", repetition=Repetition(times=2, period="span", max_gap_s=3_600.0))
    schedule = planned(inputs([twice], [window("a", 0, 5), window("a", 100, 105)]))

    assert 1 == len(schedule.assignments)
    assert Reason.SPACING == refused(schedule, "a").reason


def test_a_repeated_contact_keeps_its_greatest_gap_to_a_held_one() -> None:
    repeated = request("r", repetition=Repetition(times=2, period="span", max_gap_s=3_600))
    windows = [window("r", 20, 30), window("r", 100, 105), window("x", 20, 30)]
    schedule = planned(inputs([repeated, request("x", 300, 600)], windows, held=[contact("r", 0, 5)]))

    assert 2 == len(contacts(schedule, "r"))
    assert {"r", "x"} == served(schedule)


def test_held_contacts_that_are_too_far_apart_bar_nobody() -> None:
    repeated = request("r", repetition=Repetition(times=3, period="span", max_gap_s=3_600))
    held = [contact("r", 0, 5), contact("r", 200, 205, part=2)]

    assert 3 == len(contacts(planned(inputs([repeated], [window("r", 210, 220)], held=held)), "r"))


def test_a_daily_contact_is_given_on_each_day() -> None:
    daily = request("a", repetition=Repetition(times=1))
    schedule = planned(inputs([daily], [window("a", 60, 200)]))
    (_, first_end), (second_start, _) = contacts(schedule, "a")

    assert first_end <= MIDNIGHT <= second_start


# --- groups ---


def test_of_a_group_of_alternatives_one_is_served() -> None:
    requests = [request("a", group="g"), request("b", group="g", priority=Priority.HIGH)]
    schedule = planned(inputs(requests, [window("a", 0, 5), window("b", 60, 65)], groups=[ONE_OF]))

    assert {"b"} == served(schedule)
    assert Reason.GROUP == refused(schedule, "a").reason
    assert ["b"] == [b.request for b in refused(schedule, "a").given_to]


@pytest.mark.parametrize(("kept", "expected"), [([], {"a", "b"}), ([contact("x", 60, 65)], {"x"})])
def test_of_a_group_that_belongs_together_all_or_none_are_served(kept: list[Any], expected: set[str]) -> None:
    requests = [request("a", group="g"), request("b", group="g")]
    windows = [window("a", 0, 5), window("b", 60, 65)]
    schedule = planned(inputs(requests, windows, groups=[ALL_OF], held=kept))

    assert expected == served(schedule)


def test_a_whole_group_gives_way_to_what_is_worth_more() -> None:
    requests = [request("a", group="g"), request("b", group="g"), request("c", priority=Priority.CRITICAL)]
    windows = [window("a", 0, 5), window("b", 60, 65), window("c", 60, 65)]

    assert {"c"} == served(planned(inputs(requests, windows, groups=[ALL_OF])))


def test_a_held_contact_is_the_one_of_its_group() -> None:
    requests = [request("a", group="g"), request("b", group="g")]
    windows = [window("a", 0, 5), window("b", 60, 65)]
    schedule = planned(inputs(requests, windows, groups=[ONE_OF], held=[contact("a", 0, 5)]))

    assert {"a"} == served(schedule)
    assert Reason.GROUP == refused(schedule, "b").reason


def test_a_held_contact_counts_for_its_group_that_belongs_together() -> None:
    requests = [request("a", group="g"), request("b", group="g")]
    windows = [window("a", 0, 5), window("b", 60, 65)]

    assert {"a", "b"} == served(planned(inputs(requests, windows, groups=[ALL_OF], held=[contact("a", 0, 5)])))


def test_the_rest_of_a_group_with_a_held_contact_is_served_whole_or_not() -> None:
    requests = [request(n, group="g") for n in "abc"]
    windows = [window("b", 10, 20), window("c", 30, 33)]

    assert {"a"} == served(planned(inputs(requests, windows, groups=[ALL_OF], held=[contact("a", 0, 5)])))


# --- value and bound ---


def test_who_holds_more_than_it_asks_is_not_punished() -> None:
    requests = [request("a", 300), request("b", 300)]
    schedule = planned(inputs(requests, [window("b", 100, 105)], held=[contact("a", 0, 60)]))

    assert {"a", "b"} == served(schedule)
    assert 0.0 == schedule.fairness.u_max


def test_a_negative_value_is_not_optimal_because_it_is_negative() -> None:
    names = [f"r{k:02}" for k in range(12)]
    schedule = planned(inputs([request(n) for n in names], [window(n, 0, 8) for n in names[:3]]))

    assert schedule.value < schedule.bound < 0.0
    assert 0.0 < schedule.gap < 1.0


# --- agreements ---


def test_an_agreement_gives_so_many_minutes_a_week() -> None:
    windows = [window(n, 0, 60, "krn/a") for n in "ab"]

    assert 1 == len(planned(inputs([request(n) for n in "ab"], windows, agreements=[agreement(9)])).assignments)
    assert 2 == len(planned(inputs([request(n) for n in "ab"], windows, agreements=[agreement(10)])).assignments)


def test_a_new_week_has_its_own_minutes() -> None:
    windows = [window(n, MIDNIGHT - 20, MIDNIGHT + 20, "krn/a") for n in "abc"]
    schedule = planned(inputs([request(n) for n in "abc"], windows, agreements=[agreement(5)]))
    (_, first_end), (second_start, _) = sorted(s for n in "abc" for s in contacts(schedule, n))

    assert first_end <= MIDNIGHT <= second_start


def test_an_agreement_trims_an_elastic_contact() -> None:
    schedule = planned(inputs([request("a", 300, 900)], [window("a", 0, 60, "krn/a")], agreements=[agreement(8)]))
    ((start, end),) = contacts(schedule, "a")

    assert 8.0 == pytest.approx(end - start)


def test_held_contacts_use_up_agreements() -> None:
    held = [contact("a", 0, 5, "krn/a")]
    windows = [window("b", 20, 60, "krn/a")]
    schedule = planned(inputs([request("a"), request("b")], windows, agreements=[agreement(9)], held=held))

    assert Reason.AGREEMENT == refused(schedule, "b").reason


def test_stations_of_ones_own_and_of_anyone_need_no_agreement() -> None:
    windows = [window("a", 0, 5, "wlp/a"), window("b", 10, 15, "ham/a")]

    assert {"a", "b"} == served(planned(inputs([request("a"), request("b")], windows)))


def test_an_array_of_two_owners_is_charged_to_both_agreements() -> None:
    array = request("a", arrays=(("krn/a", "mas/a"),))
    windows = [window("a", 0, 60, "krn/a", "mas/a")]
    agreements = [agreement(60, "krn"), agreement(3, "mas")]

    assert set() == served(planned(inputs([array], windows, agreements=agreements)))


# --- emergencies, held contacts, the earlier schedule, preferences ---


def test_an_emergency_outranks_everything_together() -> None:
    rivals = [request(f"r{k}", priority=Priority.CRITICAL, weight=2.0) for k in range(12)]
    windows = [window("sos", 0, 60)] + [window(r.id, 0, 60) for r in rivals]
    schedule = planned(inputs([request("sos", 3_600, priority=Priority.EMERGENCY, weight=0.5), *rivals], windows))

    assert {"sos"} == served(schedule)


def test_held_contacts_never_move_and_others_plan_around_them() -> None:
    held = (contact("x", 0, 5, setup_s=60.0), contact("a", 8, 13))
    requests = [request("a"), request("b", priority=Priority.EMERGENCY), request("c")]
    windows = [window("a", 0, 60), window("b", 0, 18), window("c", 4, 12)]
    schedule = planned(inputs(requests, windows, held=held))

    assert set(held) <= set(schedule.assignments)
    assert [(13.0, 18.0)] == contacts(schedule, "b")
    assert Reason.HELD == refused(schedule, "c").reason


def test_others_keep_clear_of_held_contacts_that_follow_each_other() -> None:
    held = [contact("x", 0, 5 + 5 / 60, "gds/a"), contact("y", 5 + 5 / 60, 10, "gds/a")]

    assert {"x", "y"} == served(planned(inputs([request("a", 240)], [window("a", 0, 10)], held=held)))


def test_others_keep_clear_of_contacts_of_a_group_that_follow_each_other() -> None:
    requests = [request("a", 305, group="g", weight=2.0), request("b", 295, group="g", weight=2.0), request("c", 240)]
    windows = [window("a", 0, 5 + 5 / 60), window("b", 5 + 5 / 60, 10), window("c", 0, 10, "gds/a")]

    assert {"a", "b"} == served(planned(inputs(requests, windows, groups=[ALL_OF])))


def test_the_earlier_schedule_is_kept() -> None:
    before = contact("a", 30, 35)
    schedule = planned(inputs([request("a")], [window("a", 0, 60)], previous=[before]))

    assert (before,) == schedule.assignments
    assert () == schedule.moves


def test_the_earlier_schedule_is_left_where_moving_pays_and_moves_are_listed() -> None:
    before = contact("a", 30, 35)
    windows = [window("a", 0, 60), window("b", 30, 35)]
    schedule = planned(inputs([request("a"), request("b")], windows, previous=[before]))
    (move,) = schedule.moves

    assert {"a", "b"} == served(schedule)
    assert before == move.before
    assert move.after is not None
    assert move.shift_s == (move.after.contact.start - before.contact.start).total_seconds()


def test_a_contact_of_the_earlier_schedule_that_is_gone_is_listed() -> None:
    before = contact("a", 30, 35)
    schedule = planned(inputs([request("a")], [], previous=[before]))
    (move,) = schedule.moves

    assert move.after is None
    assert move.shift_s is None


def test_the_parts_of_an_earlier_split_contact_fit_an_agreement_together() -> None:
    split = request("a", 600, split=Split(max_parts=2, min_part_s=300.0))
    windows = [window("a", 0, 5, "krn/a"), window("a", 60, 65, "krn/a")]
    before = [contact("a", 0, 5, "krn/a"), contact("a", 60, 65, "krn/a", part=2)]
    schedule = planned(inputs([split], windows, agreements=[agreement(7)], previous=before))

    assert set() == served(schedule)


@pytest.mark.parametrize(("preference", "expected"), [("earliest", (0.0, 20.0)), ("highest", (40.0, 60.0))])
def test_a_contact_goes_to_the_pass_it_prefers(preference: str, expected: tuple[float, float]) -> None:
    windows = [window("a", 0, 20, peak_elevation_deg=20.0), window("a", 40, 60, peak_elevation_deg=80.0)]
    ((start, end),) = contacts(planned(inputs([request("a", preference=preference)], windows)), "a")

    assert expected[0] <= start < end <= expected[1]
    assert preference != "earliest" or start == 0.0


# --- refusals ---


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


def test_who_is_outranked_is_told_by_whom_the_cheapest_first() -> None:
    requests = [request("a", priority=Priority.CRITICAL), request("b", priority=Priority.HIGH), request("c")]
    windows = [window("a", 0, 5), window("b", 20, 25), window("c", 0, 5), window("c", 20, 25)]
    refusal = refused(planned(inputs(requests, windows)), "c")

    assert Reason.OUTRANKED == refusal.reason
    assert [["b"], ["a"]] == [[b.request for b in o.blockers] for o in refusal.obstacles]
    assert [span(20, 25), span(0, 5)] == [o.window for o in refusal.obstacles]
    assert "wlp/a, 2026-08-09 22:20:00Z: taken by b at 22:20:00 (worth 6.00)" in words(refusal.particulars[1])


# --- prices ---


def test_what_a_refused_contact_displaces_and_costs_is_explained() -> None:
    requests = [request("a", priority=Priority.HIGH), request("b"), request("c", agency="ESA")]
    windows = [window("a", 0, 5), window("b", 0, 5), window("c", 20, 25, "krn/a")]
    given = inputs(requests, windows)
    schedule = planned(given)
    price = explain(Plan(inputs=given, schedule=schedule), "b")
    others = [a for a in schedule.assignments if a not in price.displaced]
    after = booked(requests, [*others, *price.assignments], within=WHOLE, policy=given.policy)

    assert ["a"] == [a.request for a in price.displaced]
    assert [("b", span(0, 5))] == [(a.request, a.contact) for a in price.assignments]
    assert () == price.moved
    assert price.value < 0.0
    assert price.value == pytest.approx(after.value - schedule.value)


def test_a_contact_that_no_one_can_make_room_for_has_no_price() -> None:
    given = inputs([request("a")], [window("a", 0, 5)], held=[contact("x", 0, 5)])
    price = explain(Plan(inputs=given, schedule=planned(given)), "a")

    assert ((), (), (), 0.0) == (price.assignments, price.displaced, price.moved, price.value)


def test_what_is_served_has_no_price() -> None:
    given = inputs([request("a")], [window("a", 0, 5)])

    with pytest.raises(InputError, match="is not refused"):
        explain(Plan(inputs=given, schedule=planned(given)), "a")


# --- values ---


def test_a_schedule_that_serves_all_is_proven_optimal() -> None:
    requests = [request("a", 300, 600), request("b", agency="ESA")]
    schedule = planned(inputs(requests, [window("a", 0, 10), window("b", 20, 30, "krn/a")]))

    assert 0.0 == schedule.gap
    assert 2.0 + 1.5 == pytest.approx(schedule.value)
    assert 0.0 == schedule.fairness.penalty


def test_fairness_takes_the_turn_of_the_agency_that_has_less() -> None:
    requests = [request("a"), request("b"), request("c", agency="ESA")]
    windows = [window("a", 0, 5, "ham/a"), window("b", 10, 15, "ham/a"), window("c", 0, 15, "ham/a")]
    policy = Policy(unserved_weight=1.0, worst_weight=1.0)
    schedule = planned(inputs(requests, [*windows, window("x", 0, 1)], held=[contact("x", 5, 10)], policy=policy))

    assert "c" in served(schedule)
    assert booked(requests, schedule.assignments, within=WHOLE, policy=policy).value == pytest.approx(schedule.value)


def crowded() -> PlanInputs:
    """Something of everything, and not enough room."""
    requests = [
        *(request(f"r{k}", 240, 300, agency="ESA" if k % 3 else "NASA", weight=1.0 + k / 20) for k in range(5)),
        request("i", group="g"),
        request("j", group="g"),
        request("k", repetition=Repetition(times=3, period="span", min_spacing_s=300.0)),
    ]
    windows = [window(r.id, k, 14 + k, a) for k, r in enumerate(requests) for a in ("ham/a", "krn/a", "wlp/b")]
    windows = [w for w in windows if ref("wlp/b") not in w.antennas or w.request in ("r0", "r3", "i", "j", "k")]
    return inputs(requests, windows, groups=[ALL_OF], agreements=[agreement(10)], capacity=2)


def test_equal_inputs_give_equal_schedules() -> None:
    assert plan(crowded()) == plan(crowded())


def test_schedules_do_not_depend_on_the_seed_of_hashes() -> None:
    code = (
        "from passplan.scheduling.planner import plan; from tests.unit.test_scheduling import crowded;"
        "print(repr(plan(crowded())))"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert told[0].startswith("Schedule(")
    assert told[0] == told[1]


@pytest.mark.parametrize("seconds", [(10_800, 10_800), (600, 10_800)])
def test_long_contacts_have_a_price(seconds: tuple[int, int]) -> None:
    requests = [request("a", seconds[0]), request("b", seconds[1], priority=Priority.HIGH)]
    made = inputs(requests, [window("a", 0, 180), window("b", 0, 180)])
    schedule = planned(made)
    price = explain(Plan(inputs=made, schedule=schedule), "a")

    assert {"b"} == {a.request for a in price.displaced}
    assert {"a"} == {a.request for a in price.assignments}
    assert price.value < 0.0


@pytest.mark.parametrize("seed", [-1, 2**31])
def test_a_seed_that_solvers_do_not_take_is_refused(seed: int) -> None:
    with pytest.raises(InputError, match=r"plan: seed is .*; it lies between 0 and"):
        inputs([request("a")], [], seed=seed)
