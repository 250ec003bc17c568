"""The objective: its forms agree with each other, and another one goes through every stage of the planner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np
import pytest

from passplan.domain.requests import ContactRequest, Priority
from passplan.domain.schedule import OBJECTIVES, Policy
from passplan.kernels import evaluate as kernel
from passplan.kernels.timetable import PenaltyWeights
from passplan.scheduling.annealing import Annealer
from passplan.scheduling.bound import Bounding, bound, trivial_bound
from passplan.scheduling.building import build
from passplan.scheduling.greedy import greedy
from passplan.scheduling.objective import FairValue, Floats, Plane, Tangent, objective_of
from passplan.scheduling.search import improve
from passplan.scheduling.timetables import Timetables
from tests.planning import inputs, request, window

MEAN = 12.0
FAIR = FairValue(Policy(per_request=2.0, per_minute=0.5, unserved_weight=0.8, worst_weight=0.3))


def test_every_name_of_an_objective_is_one() -> None:
    policies = [Policy(objective=name) for name in OBJECTIVES]

    assert [FairValue(policies[0])] == [objective_of(policy) for policy in policies]


def test_value_and_its_slope_are_as_the_policy_says() -> None:
    asked = request("a", priority=Priority.HIGH, weight=1.5)

    assert 4.0 * 1.5 * (2.0 + 0.5 * 3.0) == pytest.approx(FAIR.contact_value(asked, 180.0))
    assert 4.0 * 1.5 * 0.5 / 60.0 == pytest.approx(FAIR.value_per_s(asked, 240))


def test_the_penalty_counts_squares_and_the_largest_and_nothing_for_too_much() -> None:
    assert MEAN * (0.8 * (0.25 + 0.01) + 0.3 * 0.5) == pytest.approx(FAIR.penalty(MEAN, [0.5, 0.1, -0.2]))
    assert 0.0 == FAIR.penalty(MEAN, [])
    assert 0.0 == FAIR.without_fairness().penalty(MEAN, [0.5, 0.1])


@pytest.mark.parametrize("unserved", [[0.3, 0.9, 0.0], [-0.1, 0.2, 0.4], [1.0, 1.0, 1.0]])
def test_the_kernel_has_the_same_penalty(unserved: list[float]) -> None:
    exact = FAIR.penalty(MEAN, unserved)

    assert exact == pytest.approx(_kernel_penalty(np.array(unserved), FAIR.kernel_form(MEAN)))


def _kernel_penalty(unserved: Floats, weights: PenaltyWeights) -> float:
    """The kernel's penalty, from Python: the compiled function has no wrapper of its own."""
    plain = getattr(kernel.penalty, "py_func", kernel.penalty)
    return float(plain(unserved, weights.squares, weights.largest))


def test_tangents_touch_the_penalty_of_a_share_and_are_nowhere_above_it() -> None:
    lowest, highest, scale = 0.2, 0.9, 1_000.0
    tangents = FAIR.share_tangents(MEAN, lowest, highest, scale)
    shares = np.linspace(lowest, highest, 57)  # every seventh is a point of a tangent
    exact = np.array([scale * FAIR.share_penalty(MEAN, u) for u in shares])
    lines = np.array([[t.at_highest - t.slope * (highest - u) for u in shares] for t in tangents])

    assert (lines <= exact + 1e-6).all()
    assert lines.max(axis=0)[::7] == pytest.approx(exact[::7])
    assert () == FAIR.without_fairness().share_tangents(MEAN, lowest, highest, scale)


def test_planes_touch_the_penalty_and_are_nowhere_above_it() -> None:
    random = np.random.default_rng(1)
    for _ in range(50):
        at, elsewhere, weights = random.random(4), random.random(4), random.random(4)
        largest = np.eye(4)[int(at.argmax())]
        touching = FAIR.plane(MEAN, at, largest)
        other = FAIR.plane(MEAN, at, weights / weights.sum())

        assert FAIR.penalty(MEAN, at.tolist()) == pytest.approx(_height(touching, at))
        for plane in (touching, other):
            assert _height(plane, elsewhere) <= FAIR.penalty(MEAN, elsewhere.tolist()) + 1e-9


def _height(plane: Plane, unserved: Floats) -> float:
    return float((plane.slope * unserved).sum()) - plane.constant


@dataclass(frozen=True, slots=True)
class ServedCount:
    """Another objective: the number of requests served, whatever they are, with a penalty on the largest share."""

    weight: float

    def contact_value(self, request: ContactRequest, seconds: float) -> float:
        del request, seconds
        return 1.0

    def value_per_s(self, request: ContactRequest, wanted_s: int) -> float:
        del request, wanted_s
        return 0.0

    def stability_bonus(self, value: float, start_s: int) -> float:
        del value, start_s
        return 0.0

    def urgency(self, mean_value: float, agencies: int) -> float:
        del mean_value, agencies
        return 0.0

    def without_fairness(self) -> ServedCount:
        return ServedCount(0.0)

    def penalty(self, mean_value: float, unserved: Sequence[float]) -> float:
        return self.weight * mean_value * max(0.0, *unserved, 0.0)

    def share_penalty(self, mean_value: float, unserved: float) -> float:
        del mean_value, unserved
        return 0.0

    def largest_share_weight(self, mean_value: float) -> float:
        return self.weight * mean_value

    def share_tangents(
        self, mean_value: float, lowest: float, highest: float, scale: float, points: Sequence[float] = ()
    ) -> tuple[Tangent, ...]:
        del mean_value, lowest, highest, scale, points
        return ()

    def plane(self, mean_value: float, unserved: Floats, largest: Floats) -> Plane:
        del unserved
        return Plane(self.weight * mean_value * largest, 0.0)

    def kernel_form(self, mean_value: float) -> PenaltyWeights:
        return PenaltyWeights(squares=0.0, largest=self.weight * mean_value)


def test_another_objective_goes_through_every_stage_and_changes_the_schedule() -> None:
    random = Random(5)
    asked = [request("long", 540, priority=Priority.CRITICAL), *(request(f"r{k}", 240, agency="ESA") for k in range(6))]
    windows = [window(r.id, 30 * n, 30 * n + 9, "ham/a") for r in asked for n in range(3) if random.random() < 0.9]
    given = inputs(asked, windows)
    long, short = build(given), build(given, objective=ServedCount(0.1))
    best = {}
    for problem in (long, short):
        timetables = Timetables(problem)
        annealed = greedy(timetables, Annealer(timetables).anneal(greedy(timetables), moves=50_000, seed=1))
        found = improve(problem, annealed, budget=0.1, seed=1, enough=trivial_bound(problem))
        least = bound(problem, timetables.tables, found, Bounding(60, 1_000_000, 0.0, 0.0))
        best[id(problem)] = {problem.requests[problem.tasks[t].request].id for t in found}

        assert problem.value(annealed) <= problem.value(found) + 1e-9 <= least + 2e-9

    assert "long" in best[id(long)]
    assert {f"r{k}" for k in range(6)} == best[id(short)]
    assert 6.0 - 0.1 * 3.5 * 1.0 == pytest.approx(
        short.value(improve(short, greedy(Timetables(short)), budget=0.1, seed=1, enough=9.0))
    )


def test_a_policy_s_weights_reach_the_problem() -> None:
    policy = Policy(per_request=3.0, unserved_weight=0.5)
    problem = build(inputs([request("a")], [window("a", 0, 5)], policy=policy))

    assert FairValue(policy) == problem.objective
    assert 3.5 == pytest.approx(problem.tasks[0].value)
    assert replace(policy, unserved_weight=0.0, worst_weight=0.0) == FairValue(policy).without_fairness().policy
