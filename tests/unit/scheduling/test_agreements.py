"""Minutes of agreements."""

from __future__ import annotations

import pytest

from passplan.domain.schedule import Reason
from tests.planning import (
    MIDNIGHT,
    agreement,
    contact,
    inputs,
    request,
    window,
)
from tests.unit.scheduling.plans import contacts, planned, refused, served


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
