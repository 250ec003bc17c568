"""Antennas and links: who has them when."""

from __future__ import annotations

from itertools import pairwise

import pytest

from passplan.domain.requests import Priority
from tests.planning import (
    contact,
    inputs,
    minute,
    request,
    span,
    window,
)
from tests.refs import ref
from tests.unit.scheduling.plans import contacts, planned, refused, served

# --- antennas ---


@pytest.mark.fault(34)
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
