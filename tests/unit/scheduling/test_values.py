"""What a schedule and its contacts are worth, and what a refused contact costs."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import pytest

from passplan.domain.errors import InputError
from passplan.domain.requests import Priority, Repetition
from passplan.domain.schedule import Plan, PlanInputs, Policy
from passplan.scheduling.front import fairness_front
from passplan.scheduling.planner import plan
from passplan.scheduling.price import explain
from tests.checking import booked
from tests.planning import (
    WHOLE,
    agreement,
    contact,
    inputs,
    request,
    span,
    window,
)
from tests.refs import ref
from tests.unit.scheduling.plans import ALL_OF, planned, served

# --- value and bound ---


def test_who_holds_more_than_it_asks_is_not_punished() -> None:
    requests = [request("a", 300), request("b", 300)]
    schedule = planned(inputs(requests, [window("b", 100, 105)], held=[contact("a", 0, 60)]))

    assert {"a", "b"} == served(schedule)
    assert 0.0 == schedule.fairness.u_max


def test_a_negative_value_is_not_optimal_because_it_is_negative() -> None:
    names = [f"r{k:02}" for k in range(12)]
    schedule = planned(inputs([request(n) for n in names], [window(n, 0, 8) for n in names]))

    assert schedule.value == schedule.bound < 0.0
    assert 0.0 < replace(schedule, bound=schedule.value / 2.0).gap < 1.0


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
        "from passplan.scheduling.planner import plan; from tests.unit.scheduling.test_values import crowded;"
        "made = plan(crowded()); print(made.assignments, made.refusals, made.value, made.bound, made.fairness)"
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

    assert told[0].startswith("(Assignment(")
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


def test_with_more_weight_of_fairness_plans_are_fairer_and_worth_less() -> None:
    asked = [request(f"n{k}", weight=2.0) for k in range(4)] + [request(f"e{k}", agency="ESA") for k in range(4)]
    windows = [window(r.id, 0, 26, "ham/a") for r in asked]  # time for five of eight
    front = fairness_front(inputs(asked, windows, policy=Policy(unserved_weight=1.0, worst_weight=1.0)))

    assert [0.0, 0.5, 1.0, 2.0, 4.0] == [p.scale for p in front]
    assert all(p.gap == 0.0 for p in front)
    assert all(a.priority_value >= b.priority_value and a.u_max >= b.u_max for a, b in pairwise(front))
    assert front[0].u_max > front[-1].u_max
