"""The objective: the value of a schedule, in the forms that the stages of the planner need.

An objective is a sum over contacts of their value, less a penalty for unfairness, and that is a sum over agencies of a
convex function of the unserved share, plus a weight times the largest share. Another objective is another class with
the methods of `Objective` in a separate file, a name in `domain.schedule.OBJECTIVES`, and a line in `objective_of`.
`check/outcome.py` has a copy of each formula on purpose, so that a mistake here is not a mistake there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from passplan.domain.requests import ContactRequest, Priority
from passplan.domain.schedule import Policy
from passplan.kernels.timetable import PenaltyWeights

Floats = NDArray[np.float64]

PRIORITY_VALUE = {Priority.EMERGENCY: 64.0, Priority.CRITICAL: 16.0, Priority.HIGH: 4.0, Priority.ROUTINE: 1.0}

_TANGENTS = 9  # of the penalty of one agency
_HALF_DAY_S = 43_200.0


class Tangent(NamedTuple):
    """A lower bound of one agency's penalty: `at_highest` less `slope` times the share that is served in addition."""

    at_highest: float
    slope: float


class Plane(NamedTuple):
    """A lower bound of the whole penalty: `slope` times the unserved shares, less `constant`."""

    slope: Floats  # by agency
    constant: float


class Objective(Protocol):
    """The planner's interface of an objective. `mean_value` is the value of all requests per agency with requests."""

    def contact_value(self, request: ContactRequest, seconds: float) -> float:
        """The value of one contact (or of all parts of a split one) of some seconds."""
        ...

    def value_per_s(self, request: ContactRequest, wanted_s: int) -> float:
        """The slope of the contact value up to the wanted seconds, in which it is linear."""
        ...

    def stability_bonus(self, value: float, start_s: int) -> float:
        """The bonus in the search for a contact of this value that stays at its place of the earlier schedule."""
        ...

    def urgency(self, mean_value: float, agencies: int) -> float:
        """The bonus in the search for serving an emergency: more than everything else together."""
        ...

    def without_fairness(self) -> Objective:
        """The same values with no penalty."""
        ...

    def penalty(self, mean_value: float, unserved: Sequence[float]) -> float:
        """The penalty of the agencies' unserved shares; an agency that gets more than it requested is served."""
        ...

    def share_penalty(self, mean_value: float, unserved: float) -> float:
        """The convex part of the penalty that one agency's unserved share adds."""
        ...

    def largest_share_weight(self, mean_value: float) -> float:
        """The growth of the penalty for each unit of the largest unserved share."""
        ...

    def share_tangents(
        self, mean_value: float, lowest: float, highest: float, scale: float, points: Sequence[float] = ()
    ) -> tuple[Tangent, ...]:
        """Tangents of `scale` times `share_penalty` between two shares and at `points`; empty when it is zero."""
        ...

    def plane(self, mean_value: float, unserved: Floats, largest: Floats) -> Plane:
        """The tangent plane of the penalty at some shares, for bounds.

        `largest` has weights that add up to 1 and select the largest share: any such weights give a lower bound.
        """
        ...

    def kernel_form(self, mean_value: float) -> PenaltyWeights:
        """The penalty for annealing.

        It may be an approximation: schedules are compared by the exact penalty when annealing is done.
        """
        ...


def objective_of(policy: Policy) -> Objective:
    """The objective that a policy names, with the policy's weights."""
    return _OBJECTIVES[policy.objective](policy)


@dataclass(frozen=True, slots=True)
class FairValue:
    """Priority times weight times (`per_request` + `per_minute` times minutes), with a penalty on unserved shares.

    The penalty is mean value * (`unserved_weight` * sum of U^2 + `worst_weight` * largest U).
    """

    policy: Policy

    def contact_value(self, request: ContactRequest, seconds: float) -> float:
        """The value of one contact (or of all parts of a split one) of some seconds."""
        each = self.policy.per_request + self.policy.per_minute * seconds / 60.0
        return PRIORITY_VALUE[request.priority] * request.weight * each

    def value_per_s(self, request: ContactRequest, wanted_s: int) -> float:
        """The slope of the contact value, which is linear."""
        return (self.contact_value(request, wanted_s) - self.contact_value(request, 0.0)) / wanted_s

    def stability_bonus(self, value: float, start_s: int) -> float:
        """`move_cost` of the value at the start of the plan, when staff is prepared; half of it half a day later."""
        nearness = 1.0 / (1.0 + max(0, start_s) / _HALF_DAY_S)
        return self.policy.move_cost * value * nearness

    def urgency(self, mean_value: float, agencies: int) -> float:
        """A bonus above the value of everything else together."""
        return 2.0 * mean_value * max(1, agencies) * (1.0 + self.policy.unserved_weight + self.policy.worst_weight)

    def without_fairness(self) -> FairValue:
        """The same values with no penalty."""
        return FairValue(replace(self.policy, unserved_weight=0.0, worst_weight=0.0))

    def penalty(self, mean_value: float, unserved: Sequence[float]) -> float:
        """The penalty of the agencies' unserved shares; an agency that gets more than it requested is served."""
        if not unserved:
            return 0.0
        shares = [max(0.0, u) for u in unserved]
        squares, largest = math.fsum(u * u for u in shares), max(shares)
        return mean_value * (self.policy.unserved_weight * squares + self.policy.worst_weight * largest)

    def share_penalty(self, mean_value: float, unserved: float) -> float:
        """The weighted square of one agency's unserved share."""
        return mean_value * self.policy.unserved_weight * (unserved * unserved)

    def largest_share_weight(self, mean_value: float) -> float:
        """`worst_weight` of the mean value."""
        return mean_value * self.policy.worst_weight

    def share_tangents(
        self, mean_value: float, lowest: float, highest: float, scale: float, points: Sequence[float] = ()
    ) -> tuple[Tangent, ...]:
        """U^2 >= 2 a U - a^2 at points a: evenly from the lowest share to the highest, and those given."""
        weight = mean_value * self.policy.unserved_weight * scale
        if weight <= 0.0:
            return ()
        even = [lowest + (highest - lowest) * k / (_TANGENTS - 1) for k in range(_TANGENTS)]
        return tuple(Tangent(weight * (2.0 * a * highest - a * a), weight * 2.0 * a) for a in [*even, *points])

    def plane(self, mean_value: float, unserved: Floats, largest: Floats) -> Plane:
        """The tangent plane of the squares, and the weighted mean of shares in place of the largest."""
        policy = self.policy
        return Plane(
            slope=mean_value * (2.0 * policy.unserved_weight * unserved + policy.worst_weight * largest),
            constant=mean_value * policy.unserved_weight * float((unserved**2).sum()),
        )

    def kernel_form(self, mean_value: float) -> PenaltyWeights:
        """The exact weights: the kernel implements this penalty."""
        return PenaltyWeights(
            squares=mean_value * self.policy.unserved_weight, largest=mean_value * self.policy.worst_weight
        )


_OBJECTIVES = {"fair_value": FairValue}
