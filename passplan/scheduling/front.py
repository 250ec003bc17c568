"""Value against fairness: the best schedules for several weights of fairness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from passplan.domain.schedule import FrontPoint, PlanInputs
from passplan.scheduling.planner import plan

Progress = Callable[[int, int], None]  # plans done, of how many

_SCALES = (0.0, 0.5, 1.0, 2.0, 4.0)


def fairness_front(inputs: PlanInputs, *, progress: Progress | None = None) -> tuple[FrontPoint, ...]:
    """A point for each of five weights of fairness, from none to four times the policy's.

    Each is a plan of its own, at the effort of the inputs. Where the policy has no weight of fairness, all are equal.
    """
    points = []
    for number, scale in enumerate(_SCALES):
        if progress is not None:
            progress(number, len(_SCALES))
        points.append(_point(inputs, scale))
    return tuple(points)


def _point(inputs: PlanInputs, scale: float) -> FrontPoint:
    policy = inputs.policy
    weighted = replace(policy, unserved_weight=policy.unserved_weight * scale, worst_weight=policy.worst_weight * scale)
    schedule = plan(replace(inputs, policy=weighted))
    return FrontPoint(
        scale=scale,
        priority_value=schedule.priority_value,
        u_rms=schedule.fairness.u_rms,
        u_max=schedule.fairness.u_max,
        served=sum(a.requests_served for a in schedule.fairness.agencies),
        gap=schedule.gap,
    )
