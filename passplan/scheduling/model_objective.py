"""The objective of a sub-model: value and fairness in integers for CP-SAT."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from ortools.sat.python import cp_model

from passplan.scheduling.problem import Problem, Solution

_LARGEST = 2e7  # of the objective: fine enough for a second of a contact, small enough for the solver's linear programs
_LARGEST_EXACT = 1e11  # to prove a value to a millionth; for small models


class ModelObjective:
    """Collects the value of each variable, and finally adds the fairness penalty.

    The penalty is convex in the seconds that an agency gets, so tangents at some points of the reachable range bound it
    from below, and the solver finds the largest of them.
    """

    def __init__(
        self,
        model: cp_model.CpModel,
        problem: Problem,
        fixed: Solution,
        shares: Sequence[Sequence[float]] | None = None,
    ) -> None:
        self._model = model
        self._problem = problem
        self._scale = (_LARGEST if shares is None else _LARGEST_EXACT) / max(
            problem.mean_value * len(problem.agencies), 1e-9
        )
        self._fixed = problem.seconds_of(fixed)
        self._fixed_score = problem.score(fixed) + problem.penalty_of(self._fixed)
        self._shares = shares or ()
        self._rounding = 0.0  # of all coefficients, at most
        self._variables: list[cp_model.IntVar] = []
        self._coefficients: list[int] = []
        self._seconds: dict[int, list[tuple[cp_model.IntVar, int]]] = defaultdict(list)
        self._most: dict[int, int] = defaultdict(int)

    def add(self, variable: cp_model.IntVar, value: float, most: int = 1) -> None:
        """Add the value of each unit of a variable, which has `most` units at most."""
        self._rounding += 0.5 * most
        self._variables.append(variable)
        self._coefficients.append(round(value * self._scale))

    def add_seconds(self, agency: int, variable: cp_model.IntVar, seconds: int) -> None:
        """Add the seconds that an agency gets for each unit of a variable."""
        self._seconds[agency].append((variable, seconds))

    def may_get(self, agency: int, seconds: int) -> None:
        """Add the most seconds that an agency can get from one more task."""
        self._most[agency] += seconds

    def maximize(self) -> None:
        """Add the fairness penalty and set the objective."""
        problem, formula, mean = self._problem, self._problem.objective, self._problem.mean_value
        worst_weight = formula.largest_share_weight(mean) * self._scale
        most_penalty = round(formula.share_penalty(mean, 1.0) * self._scale) + 1
        unserved = problem.unserved(self._fixed)
        worst: cp_model.IntVar | None = None
        if worst_weight > 0.0 and self._seconds:
            fixed_shares = [u for k, u in enumerate(unserved) if k not in self._seconds]
            least = round(worst_weight * max(fixed_shares, default=0.0))
            worst = self._model.new_int_var(min(least, round(worst_weight)), round(worst_weight) + 1, "")
            self._penalize(worst)
        for agency in sorted(self._seconds):
            asked_s = problem.asked_s[agency]
            terms = [(self._total(agency), 1)]  # one variable in many rows, and not many in each
            highest = unserved[agency]
            lowest = max(0.0, highest - self._most[agency] / asked_s)
            if worst is not None:
                self._at_least(worst, worst_weight * highest, worst_weight / asked_s, terms)
            points = [s[agency] for s in self._shares]
            if tangents := formula.share_tangents(mean, lowest, highest, self._scale, points):
                penalty = self._model.new_int_var(0, most_penalty, "")
                self._penalize(penalty)
                for tangent in tangents:
                    self._at_least(penalty, tangent.at_highest, tangent.slope / asked_s, terms)
        self._model.maximize(cp_model.LinearExpr.weighted_sum(self._variables, self._coefficients))
        free = set(self._seconds)
        fixed_penalty = math.fsum(
            formula.share_penalty(mean, max(0.0, u)) for k, u in enumerate(unserved) if k not in free
        )
        if worst is None:
            fixed_penalty += formula.largest_share_weight(mean) * max((max(0.0, u) for u in unserved), default=0.0)
        self._fixed_score -= fixed_penalty

    def bound(self, model_bound: float) -> float:
        """A bound of the score from the model's: coefficients are rounded, and so are their products."""
        rounding = self._rounding + sum(0.5 * most + 1.0 for most in self._most.values())
        return self._fixed_score + (model_bound + 2.0 * rounding) / self._scale

    def _total(self, agency: int) -> cp_model.IntVar:
        """The seconds that the sub-model gives to an agency."""
        terms = self._seconds[agency]
        total = self._model.new_int_var(0, self._most[agency], "")
        self._model.add(cp_model.LinearExpr.weighted_sum([v for v, _ in terms], [s for _, s in terms]) == total)
        return total

    def _penalize(self, variable: cp_model.IntVar) -> None:
        self._variables.append(variable)
        self._coefficients.append(-1)

    def _at_least(
        self, variable: cp_model.IntVar, constant: float, slope: float, terms: Iterable[tuple[cp_model.IntVar, int]]
    ) -> None:
        """`variable` >= constant - slope * seconds."""
        variables, coefficients = [variable], [1]
        for other, seconds in terms:
            coefficient = round(slope * seconds)
            if coefficient:
                variables.append(other)
                coefficients.append(coefficient)
        self._model.add(cp_model.LinearExpr.weighted_sum(variables, coefficients) >= round(constant))
