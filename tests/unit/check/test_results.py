"""What a schedule says of itself: refusals, value, fairness, order and moves; and what a violation says."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from passplan.domain.requests import ContactRequest, Priority
from passplan.domain.schedule import (
    Assignment,
    Move,
    Refusal,
)
from tests.checking import (
    DAILY,
    LONG,
    LONGER,
    ONE,
    POLICY,
    THREE,
    TWO,
    ask,
    booked,
    broken,
    foreign,
    give,
    refuse,
    span,
    violations,
    window,
)

# --- refusal ---


def test_what_is_neither_given_nor_refused_is_found() -> None:
    assert [] == broken([ONE, TWO], [give(ONE, 10, 20)], refusals=(refuse("two"),))
    assert ["refusal"] == broken([ONE, TWO], [give(ONE, 10, 20)], refusals=())


def test_what_is_given_and_refused_is_found() -> None:
    assert ["refusal"] == broken([ONE], [give(ONE, 10, 20)], refusals=(refuse("one"),))


def test_what_is_refused_twice_is_found() -> None:
    assert ["refusal"] == broken([ONE], [], refusals=(refuse("one"), refuse("one")))


@pytest.mark.parametrize("odd", [refuse("two"), refuse("one", 2)])
def test_a_refusal_of_what_nobody_asks_is_found(odd: Refusal) -> None:
    assert ["refusal"] == broken([ONE], [], refusals=(refuse("one"), odd))


def test_each_part_of_a_repeated_request_is_given_or_refused() -> None:
    given = [give(DAILY, 100, 110, part=1), give(DAILY, 1500, 1510, part=3)]

    assert [] == broken([DAILY], given, refusals=(refuse("daily", 2), refuse("daily", 4)))
    assert ["refusal"] == broken([DAILY], given, refusals=(refuse("daily", 2),))


def test_a_split_request_is_refused_as_a_whole() -> None:
    assert [] == broken([LONG], [], refusals=(refuse("long"),))
    assert ["refusal"] == broken([LONG], [], refusals=(refuse("long"), refuse("long", 2)))
    assert ["refusal"] == broken(
        [LONG], [give(LONG, 0, 25), give(LONG, 50, 75, part=2)], refusals=(refuse("long"), refuse("long", 2))
    )


# --- value ---


def test_the_value_is_worth_less_fairness() -> None:
    # Each is worth 4 * 1.5 * (1 + 0.1 * 10) = 12. Half of NASA's minutes and all of ESA's are given.
    mine = [ask(name, priority=Priority.HIGH, weight=1.5) for name in ("one", "two")]
    yours = ask("esa", agency="ESA", priority=Priority.HIGH, weight=1.5)
    given = [give(mine[0], 10, 20), give(yours, 30, 40, "mas/a")]
    penalty = 36.0 / 2 * (2.5 * 0.5**2 + 1.5 * 0.5)
    fairness = booked([*mine, yours], given, policy=POLICY).fairness

    assert penalty == pytest.approx(fairness.penalty)
    assert [] == broken([*mine, yours], given, value=24.0 - penalty, bound=24.0 - penalty)
    assert [] == broken([*mine, yours], given, value=(24.0 - penalty) * (1.0 + 1e-8))
    assert ["value"] == broken([*mine, yours], given, value=24.0, bound=24.0)
    assert ["value"] == broken([*mine, yours], given, value=(24.0 - penalty) * (1.0 + 1e-5))


def test_a_split_request_is_worth_one_contact_and_a_repeated_one_several() -> None:
    split, repeated = [give(LONG, 0, 25), give(LONG, 50, 75, part=2)], [give(DAILY, 0, 10), give(DAILY, 80, 90, part=2)]
    split_penalty = (1.0 + 10.0) * (2.5 * 0.5**2 + 1.5 * 0.5)
    repeated_penalty = 4 * (1.0 + 1.0) * (2.5 * 0.5**2 + 1.5 * 0.5)

    assert [] == broken([LONG], split, value=1.0 + 5.0 - split_penalty)
    assert [] == broken([DAILY], repeated, value=2.0 + 2.0 - repeated_penalty)


def test_a_value_above_its_bound_is_found() -> None:
    schedule = booked([ONE], [give(ONE, 10, 20)], policy=POLICY)

    assert [] == broken([ONE], [give(ONE, 10, 20)], bound=schedule.value)
    assert ["value"] == broken([ONE], [give(ONE, 10, 20)], bound=schedule.value - 1e-3)


@pytest.mark.parametrize("field", ["value", "bound"])
def test_a_value_that_is_no_number_is_found(field: str) -> None:
    assert ["value"] == broken([ONE], [give(ONE, 10, 20)], **{field: math.nan})


@pytest.mark.parametrize(
    "changes", [{"requests_asked": 3}, {"requests_served": 2}, {"minutes_asked": 19.0}, {"minutes_given": 11.0}]
)
def test_a_share_that_is_not_so_is_found(changes: dict[str, Any]) -> None:
    fairness = booked([ONE, TWO], [give(ONE, 10, 20)], policy=POLICY).fairness
    wrong = replace(fairness, agencies=(replace(fairness.agencies[0], **changes),))

    assert [] == broken([ONE, TWO], [give(ONE, 10, 20)], fairness=fairness)
    assert ["value"] == broken([ONE, TWO], [give(ONE, 10, 20)], fairness=wrong)


def test_an_agency_that_is_left_out_or_made_up_is_found() -> None:
    fairness = booked([ONE], [], policy=POLICY).fairness
    nobody = replace(fairness.agencies[0], agency="ESA", requests_asked=0, minutes_asked=0.0)
    somebody = replace(fairness.agencies[0], agency="ESA")

    assert ["value"] == broken([ONE], [], fairness=replace(fairness, agencies=()))
    assert ["value"] == broken([ONE], [], fairness=replace(fairness, agencies=(somebody, *fairness.agencies)))
    assert ["value"] == broken([ONE], [], fairness=replace(fairness, agencies=(*fairness.agencies, nobody)))
    assert [] == broken([ONE], [], fairness=replace(fairness, agencies=(nobody, *fairness.agencies)))


def test_another_fairness_penalty_is_found() -> None:
    fairness = booked([ONE], [], policy=POLICY).fairness

    assert ["value"] == broken([ONE], [], fairness=replace(fairness, penalty=0.0))


def test_held_contacts_are_worth_something_and_those_of_no_request_nothing() -> None:
    kept, unknown = give(ONE, 10, 20), give(TWO, 40, 50)

    assert [] == broken([ONE], [kept, unknown], held=[kept, unknown], value=2.0)


# --- order and moves ---


def test_assignments_out_of_order_are_found() -> None:
    given = (give(ONE, 10, 20), give(TWO, 30, 40))

    assert [] == broken([ONE, TWO], given, assignments=given)
    assert ["order"] == broken([ONE, TWO], given, assignments=given[::-1])


def test_a_contact_that_is_listed_twice_is_not_out_of_order() -> None:
    twice = (give(ONE, 10, 20), give(ONE, 10, 20))

    assert "order" not in broken([ONE], twice)


def test_a_move_that_did_not_happen_is_found() -> None:
    before, after = give(ONE, 10, 20), give(ONE, 30, 40)
    moved, gone = Move(before=before, after=after, shift_s=1200.0), Move(before=before, after=None, shift_s=None)

    assert [] == broken([ONE], [after], moves=(moved,))
    assert [] == broken([ONE], [], moves=(gone,))
    assert ["moves"] == broken([ONE], [before], moves=(moved,))
    assert ["moves"] == broken([ONE], [before], moves=(gone,))
    assert ["moves"] == broken([ONE], [], moves=(moved,))


# --- sentences ---


@pytest.mark.parametrize(
    ("requests", "given", "sentence"),
    [
        (
            [ONE, TWO],
            [give(ONE, 10, 20), give(TWO, 21, 30)],
            'wlp/a: request "one" part 1 holds it 2026-08-10 00:09:00 to 00:20:30 UTC and request "two" part 1 '
            "2026-08-10 00:20:00 to 00:30:30 UTC, which overlap by 30 s",
        ),
        (
            [ONE],
            [give(ONE, 1435, 1447)],
            'request "one" part 1, 2026-08-10 23:55:00 to 2026-08-11 00:07:00 UTC: it has 720 s, '
            "120 s more than it asks for",
        ),
        (
            LONGER,
            [foreign(10, 20), foreign(40, 5.5, name="two")],
            "agreement 1, of ESA with NASA for krn, week from 2026-08-10: 330 s more than its 20 minutes are used, "
            'by request "one" part 1, request "two" part 1',
        ),
        (
            [ONE, TWO, THREE],
            [give(ONE, 10, 20), give(TWO, 12, 22, "wlp/b"), give(THREE, 14, 24, "ham/a")],
            "voice of ISS, at 2026-08-10 00:14:00 UTC: it carries 3 contacts, and its capacity is 2: "
            'request "one" part 1, request "two" part 1, request "three" part 1',
        ),
        (
            [DAILY],
            [give(DAILY, 100, 110), give(DAILY, 120, 130, part=2)],
            'request "daily" part 2, 2026-08-10 02:00:00 to 02:10:00 UTC: it starts 600 s after part 1 ends, '
            "2026-08-10 01:40:00 to 01:50:00 UTC; the least is 3600 s",
        ),
    ],
)
def test_a_violation_says_who_where_when_and_by_how_much(
    requests: list[ContactRequest], given: list[Assignment], sentence: str
) -> None:
    assert [sentence] == [v.sentence for v in violations(requests, given)]


def test_how_far_a_contact_lies_outside_its_window_is_said() -> None:
    found = violations([ONE], [give(ONE, 9, 16)], windows=[window(ONE, 10, 15), window(ONE, 40, 50)])

    assert [
        'request "one" part 1 at wlp/a, 2026-08-10 00:09:00 to 00:16:00 UTC: '
        "120 s of it are outside its nearest window there"
    ] == [v.sentence for v in found]


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ([], "it is gone"),
        ([give(ONE, 30, 40, "ham/a")], "it is at ham/a now, 2026-08-10 00:30:00 to 00:40:00 UTC"),
        ([give(ONE, 10, 20, occupies=span(9, 21))], "its hold, satellite or link is another now"),
    ],
)
def test_what_became_of_a_held_contact_is_said(now: list[Assignment], found: str) -> None:
    sentences = [v.sentence for v in violations([ONE], now, held=[give(ONE, 10, 20)]) if v.rule == "held"]

    assert [f'request "one" part 1 at wlp/a, 2026-08-10 00:10:00 to 00:20:00 UTC: it is held, and {found}'] == sentences
