"""Where and when a contact may be: its request, link, window and span; what is held stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from passplan.domain.requests import RequestBook
from passplan.domain.schedule import (
    Policy,
)
from passplan.domain.span import Span
from passplan.scheduling.check import check
from tests.checking import DAY_MIN, NETWORK, ONE, TWO, ask, booked, broken, give, span, window


def test_an_empty_schedule_of_nothing_is_good() -> None:
    assert [] == broken([], [])


def test_a_schedule_that_refuses_everything_is_good() -> None:
    assert [] == broken([ONE, TWO], [])


def test_a_schedule_that_gives_everything_is_good() -> None:
    assert [] == broken([ONE, TWO], [give(ONE, 10, 20), give(TWO, 30, 40)])


def test_a_schedule_of_no_policy_but_minutes_is_good() -> None:
    policy = Policy(per_request=0.0, per_minute=1.0, unserved_weight=0.0, worst_weight=0.0)
    schedule = booked([ONE, TWO], [give(ONE, 10, 20)], policy=policy)

    assert 10.0 == schedule.value
    windows = [window(ONE, 0, 60), window(TWO, 0, 60)]
    assert () == check(schedule, RequestBook(requests=(ONE, TWO)), NETWORK, windows)


# --- known ---


def test_a_contact_of_no_request_is_found() -> None:
    assert ["known"] == broken([ONE], [give(ONE, 10, 20), give(TWO, 30, 40)])


def test_a_held_contact_of_no_request_is_good() -> None:
    kept = give(TWO, 30, 40)

    assert [] == broken([ONE], [give(ONE, 10, 20), kept], held=[kept])


@pytest.mark.parametrize("changes", [{"satellite": "CSS", "link": "up"}, {"link": "up"}])
def test_a_contact_over_another_link_is_found(changes: dict[str, Any]) -> None:
    assert [] == broken([ONE], [give(ONE, 10, 20)])
    assert ["known"] == broken([ONE], [give(ONE, 10, 20, **changes)])


def test_a_contact_over_a_link_that_the_network_lacks_is_found() -> None:
    odd = ask("odd", link="laser")

    assert ["known"] == broken([odd], [give(odd, 10, 20)])


def test_a_contact_at_an_antenna_that_the_network_lacks_is_found() -> None:
    assert ["known"] == broken([ONE], [give(ONE, 10, 20, "wlp/z")])


# --- window ---


@pytest.mark.parametrize(("start_min", "end_min", "rules"), [(10, 20, []), (9.9, 19, ["window"]), (15, 21, ["window"])])
def test_a_contact_that_leaves_its_window_is_found(start_min: float, end_min: float, rules: list[str]) -> None:
    assert rules == broken([ONE], [give(ONE, start_min, end_min)], windows=[window(ONE, 10, 20)])


def test_a_contact_across_two_windows_is_found() -> None:
    windows = [window(ONE, 10, 15), window(ONE, 15, 20)]

    assert ["window"] == broken([ONE], [give(ONE, 12, 18)], windows=windows)


def test_a_contact_in_a_window_of_another_antenna_is_found() -> None:
    windows = [window(ONE, 0, 60, "wlp/b")]

    assert [] == broken([ONE], [give(ONE, 10, 20, "wlp/b")], windows=windows)
    assert ["window"] == broken([ONE], [give(ONE, 10, 20)], windows=windows)


def test_a_contact_in_a_window_of_another_request_is_found() -> None:
    assert ["window"] == broken([ONE, TWO], [give(ONE, 10, 20)], windows=[window(TWO, 0, 60)])


@pytest.mark.parametrize(("start_min", "end_min"), [(9.5, 20.5), (9, 20), (8.9, 20.5), (9, 20.6), (9.1, 20.5)])
def test_another_setup_or_teardown_than_the_window_has_is_found(start_min: float, end_min: float) -> None:
    good = give(ONE, 10, 20)

    assert [] == broken([ONE], [good])
    if good.occupies != span(start_min, end_min):
        assert ["window"] == broken([ONE], [replace(good, occupies=span(start_min, end_min))])


@pytest.mark.parametrize(("microseconds", "rules"), [(1, []), (2, ["window"])])
def test_a_setup_may_be_rounded_to_the_microsecond(microseconds: int, rules: list[str]) -> None:
    good = give(ONE, 10, 20)
    by = timedelta(microseconds=microseconds)

    assert rules == broken([ONE], [replace(good, occupies=Span(good.occupies.start - by, good.occupies.end))])
    assert rules == broken([ONE], [replace(good, occupies=Span(good.occupies.start, good.occupies.end + by))])


def test_the_setup_of_any_window_around_the_contact_will_do() -> None:
    windows = [window(ONE, 10, 20, setup_s=120.0), window(ONE, 10, 20), window(ONE, 10, 15, setup_s=0.0)]
    unprepared = give(ONE, 10, 20, occupies=span(10, 20.5))

    assert [] == broken([ONE], [give(ONE, 10, 20)], windows=windows)
    assert ["window"] == broken([ONE], [unprepared], windows=windows)


def test_setup_and_teardown_may_leave_the_window_and_the_span() -> None:
    early = ask("early", span=span(0, 10))

    assert [] == broken([early], [give(early, 0, 10)], windows=[window(early, 0, 10)], within=span(0, 10))


@pytest.mark.parametrize(("start_min", "end_min"), [(99, 105), (195, 201)])
def test_a_contact_outside_its_requests_span_is_found(start_min: float, end_min: float) -> None:
    narrow = ask("narrow", span=span(100, 200))

    assert [] == broken([narrow], [give(narrow, 100, 105)])
    assert ["window"] == broken([narrow], [give(narrow, start_min, end_min)])


@pytest.mark.parametrize(("start_min", "end_min"), [(-1, 5), (2879, 2885)])
def test_a_contact_outside_the_schedules_span_is_found(start_min: float, end_min: float) -> None:
    wide = ask("wide", span=span(-DAY_MIN, 3 * DAY_MIN))

    assert [] == broken([wide], [give(wide, 0, 5)])
    assert ["window"] == broken([wide], [give(wide, start_min, end_min)])


def test_a_held_contact_needs_no_window() -> None:
    kept = give(ONE, -5, 5, occupies=span(-5, 7))

    assert ["window"] == broken([ONE], [kept], windows=[])
    assert [] == broken([ONE], [kept], windows=[], held=[kept])


# --- held ---


def test_a_held_contact_that_is_gone_is_found() -> None:
    kept, unknown = give(ONE, 10, 20), give(TWO, 40, 50)

    assert [] == broken([ONE], [kept, unknown], held=[kept, unknown])
    assert ["held"] == broken([ONE], [unknown], held=[kept, unknown])
    assert ["held"] == broken([ONE], [kept], held=[kept, unknown])


@pytest.mark.parametrize("minutes", [1.0, 1e-7])
def test_a_held_contact_that_has_moved_is_found(minutes: float) -> None:
    kept = give(ONE, 10, 20)

    assert ["held"] == broken([ONE], [give(ONE, 10 + minutes, 20 + minutes)], held=[kept])
