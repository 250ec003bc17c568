"""Schedules that break no rule, and what they give to a request."""

from __future__ import annotations

from passplan.domain.requests import RequestGroup
from passplan.domain.schedule import PlanInputs, Refusal, Schedule
from passplan.scheduling.check import check
from passplan.scheduling.planner import plan
from tests.planning import (
    minute,
)

ONE_OF = RequestGroup(id="g", kind="one_of")
ALL_OF = RequestGroup(id="g", kind="all_of")


def planned(given: PlanInputs) -> Schedule:
    """A schedule that breaks no rule."""
    schedule = plan(given)
    found = check(schedule, given.book, given.network, given.search.windows, held=given.held)

    assert () == found
    return schedule


def contacts(schedule: Schedule, name: str) -> list[tuple[float, float]]:
    """From and to [minutes] of a request's contacts, in order of time."""
    return [(minute(a.contact.start), minute(a.contact.end)) for a in schedule.assignments if a.request == name]


def served(schedule: Schedule) -> set[str]:
    return {a.request for a in schedule.assignments}


def refused(schedule: Schedule, name: str) -> Refusal:
    """The only refusal of a request."""
    (refusal,) = [r for r in schedule.refusals if r.request == name]
    return refusal
