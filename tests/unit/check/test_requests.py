"""Lengths, parts, repetitions and groups, as requests ask for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from passplan.domain.requests import Repetition, RequestGroup
from tests.checking import DAILY, DAY_MIN, LONG, ONE, ask, broken, give, refuse, span

# --- length ---


@pytest.mark.parametrize(
    ("seconds", "rules"), [(299, ["length"]), (300, []), (600, []), (600.000001, ["length"]), (299.999999, ["length"])]
)
def test_a_contact_shorter_or_longer_than_asked_is_found(seconds: float, rules: list[str]) -> None:
    assert rules == broken([ONE], [give(ONE, 10, 10 + seconds / 60.0)])


def test_a_second_contact_of_a_request_that_asks_for_one_is_found() -> None:
    both = [give(ONE, 10, 20), give(ONE, 30, 40)]

    assert ["length"] == broken([ONE], both)
    assert ["length"] == broken([ONE], [*both[:1], give(ONE, 30, 40, part=2)], refusals=())


def test_a_part_of_a_request_that_has_none_is_found() -> None:
    assert ["length"] == broken([ONE], [give(ONE, 10, 20, part=2)], refusals=(refuse("one"),))


@pytest.mark.parametrize(
    ("lengths_min", "rules"),
    [
        ((50,), []),
        ((100,), []),
        ((30, 20), []),
        ((20, 20, 60), []),
        ((49,), ["length"]),  # too little
        ((101,), ["length"]),  # too much
        ((24, 25), ["length"]),  # too little together
        ((50, 51), ["length"]),  # too much together
        ((60, 19), ["length"]),  # a part too short
        ((25, 25, 25, 25), ["length"]),  # too many
    ],
)
def test_the_parts_of_a_split_request_make_its_length(lengths_min: tuple[float, ...], rules: list[str]) -> None:
    given = [give(LONG, 200 * k, 200 * k + length_min, part=k + 1) for k, length_min in enumerate(lengths_min)]

    assert rules == broken([LONG], given)


def test_a_contact_that_is_not_cut_may_be_shorter_than_a_part() -> None:
    short = replace(LONG, min_s=600.0)

    assert [] == broken([short], [give(short, 0, 15)])


def test_the_parts_of_a_split_request_follow_each_other() -> None:
    voice = replace(LONG, link="voice")  # it carries two contacts at once
    first = give(voice, 0, 50, "wlp/a", part=1)

    assert ["length"] == broken([voice], [first, give(voice, 49, 99, "ham/a", part=2)])
    assert [] == broken([voice], [first, give(voice, 50, 100, "ham/a", part=2)])


@pytest.mark.parametrize("parts", [(2, 3), (1, 3), (1, 1), (0, 1), (2,)])
def test_the_parts_of_a_split_request_count_from_one(parts: tuple[int, ...]) -> None:
    given = [give(LONG, 200 * k, 200 * k + 50, part=part) for k, part in enumerate(parts)]

    assert ["length"] == broken([LONG], given)


def test_a_held_contact_of_another_length_is_not_judged_again() -> None:
    kept = give(ONE, 10, 11)

    assert [] == broken([ONE], [kept], held=[kept])
    assert ["length"] == broken([ONE], [kept, give(ONE, 20, 30)], held=[kept])


# --- repetition ---


def test_two_contacts_on_each_day_are_good() -> None:
    given = [give(DAILY, start_min, start_min + 10, part=k + 1) for k, start_min in enumerate((0, 600, 1440, 2869))]

    assert [] == broken([DAILY], given)


@pytest.mark.parametrize(("part", "start_min"), [(1, 1440), (2, 1500), (3, 1439), (4, 100)])
def test_a_part_on_another_day_is_found(part: int, start_min: float) -> None:
    assert ["repetition"] == broken([DAILY], [give(DAILY, start_min, start_min + 10, part=part)])


@pytest.mark.parametrize("part", [0, 5])
def test_a_part_that_is_not_asked_for_is_found(part: int) -> None:
    assert ["repetition"] == broken([DAILY], [give(DAILY, 100, 110, part=part)])


def test_days_are_those_that_both_spans_touch() -> None:
    narrow = replace(DAILY, span=span(1000, DAY_MIN), repetition=Repetition(times=1))
    wide = replace(narrow, span=span(1000, DAY_MIN + 1.0 / 60.0))
    late = replace(narrow, span=span(5000, 6000))

    assert [] == broken([narrow], [])
    assert [] == broken([wide], [])
    assert ["refusal"] == broken([narrow], [], refusals=(refuse("daily", 1), refuse("daily", 2)))
    assert ["refusal"] == broken([wide], [], refusals=(refuse("daily", 1),))
    assert [] == broken([late], [], refusals=(refuse("daily", 1),))


def test_a_schedule_that_starts_on_the_second_day_counts_from_the_first_day_of_the_request() -> None:
    given = [give(DAILY, 1500, 1510, part=3)]

    assert [] == broken([DAILY], given, within=span(DAY_MIN, 2 * DAY_MIN), refusals=(refuse("daily", 4),))


def test_a_part_that_is_given_twice_is_found() -> None:
    assert ["repetition"] == broken([DAILY], [give(DAILY, 100, 110), give(DAILY, 300, 310)])


def test_parts_out_of_order_are_found() -> None:
    assert ["repetition"] == broken([DAILY], [give(DAILY, 100, 110, part=2), give(DAILY, 300, 310, part=1)])


@pytest.mark.parametrize(("start_min", "rules"), [(160, []), (159, ["repetition"]), (105, ["repetition"])])
def test_parts_too_near_are_found(start_min: float, rules: list[str]) -> None:
    given = [give(DAILY, 90, 100, part=1), give(DAILY, start_min, start_min + 10, "wlp/b", part=2)]

    assert rules == broken([DAILY], given)


def test_parts_that_meet_are_good_where_no_spacing_is_asked() -> None:
    twice = replace(DAILY, repetition=Repetition(times=2))
    given = [give(twice, 90, 100, part=1), give(twice, 100, 110, "wlp/b", part=2)]

    assert [] == broken([twice], given)


@pytest.mark.parametrize(("start_min", "rules"), [(100 + 1440, []), (101 + 1440, ["repetition"])])
def test_parts_too_far_apart_are_found_whatever_lies_between(start_min: float, rules: list[str]) -> None:
    given = [give(DAILY, 90, 100, part=1), give(DAILY, start_min, start_min + 10, part=4)]

    assert rules == broken([DAILY], given)


def test_parts_of_a_span_may_be_on_any_day() -> None:
    thrice = ask("thrice", repetition=Repetition(times=3, period="span"))
    given = [give(thrice, 100, 110, part=1), give(thrice, 200, 210, part=3)]

    assert [] == broken([thrice], given)
    assert ["repetition"] == broken([thrice], [*given, give(thrice, 300, 310, part=4)])


def test_held_parts_are_judged_with_a_new_one_only() -> None:
    kept = [give(DAILY, 100, 110, part=1), give(DAILY, 120, 130, part=2)]

    assert ["repetition"] == broken([DAILY], kept, held=kept[:1])
    assert [] == broken([DAILY], kept, held=kept)


# --- group ---


def test_two_of_a_group_of_which_one_is_to_be_served_are_found() -> None:
    either, other = ask("either", group="g"), ask("other", group="g")
    groups = [RequestGroup(id="g", kind="one_of")]

    assert [] == broken([either, other], [], groups=groups)
    assert [] == broken([either, other], [give(either, 10, 20)], groups=groups)
    assert ["group"] == broken([either, other], [give(either, 10, 20), give(other, 30, 40)], groups=groups)


def test_a_group_that_is_served_in_part_is_found() -> None:
    all_of = [ask("first", group="g"), ask("second", group="g", repetition=Repetition(times=2, period="span"))]
    given = [give(all_of[0], 10, 20), give(all_of[1], 30, 40)]
    groups = [RequestGroup(id="g", kind="all_of"), RequestGroup(id="empty", kind="all_of")]

    assert [] == broken(all_of, [], groups=groups)
    assert [] == broken(all_of, given, groups=groups)
    assert ["group"] == broken(all_of, given[:1], groups=groups)
    assert ["group"] == broken(all_of, given[1:], groups=groups)


@pytest.mark.parametrize("kind", ["one_of", "all_of"])
def test_a_group_that_was_broken_before_is_broken_by_new_contacts_only(kind: str) -> None:
    trio = [ask(name, group="g") for name in ("first", "second", "third")]
    kept = [give(trio[0], 10, 20), give(trio[1], 30, 40)]
    groups = [RequestGroup(id="g", kind=kind)]

    assert [] == broken(trio, kept, groups=groups, held=kept)
    assert ["group"] == broken(trio, kept, groups=groups, held=kept[:1])
