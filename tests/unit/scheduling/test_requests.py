"""Lengths, parts, repetitions and groups, as requests ask for them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from passplan.domain.requests import Priority, Repetition, Split
from passplan.domain.schedule import Reason
from tests.planning import (
    MIDNIGHT,
    contact,
    inputs,
    request,
    window,
)
from tests.unit.scheduling.plans import ALL_OF, ONE_OF, contacts, planned, refused, served

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
