"""Emergencies, held contacts, the earlier schedule, preferences: what comes before value."""

from __future__ import annotations

import pytest

from passplan.domain.requests import Priority, Split
from passplan.domain.schedule import Reason
from tests.planning import (
    agreement,
    contact,
    inputs,
    request,
    window,
)
from tests.unit.scheduling.plans import ALL_OF, contacts, planned, refused, served


def test_an_emergency_outranks_everything_together() -> None:
    rivals = [request(f"r{k}", priority=Priority.CRITICAL, weight=2.0) for k in range(12)]
    windows = [window("sos", 0, 60)] + [window(r.id, 0, 60) for r in rivals]
    schedule = planned(inputs([request("sos", 3_600, priority=Priority.EMERGENCY, weight=0.5), *rivals], windows))

    assert {"sos"} == served(schedule)


def test_held_contacts_never_move_and_others_plan_around_them() -> None:
    held = (contact("x", 0, 5, setup_s=60.0), contact("a", 8, 13))
    requests = [request("a"), request("b", priority=Priority.EMERGENCY), request("c")]
    windows = [window("a", 0, 60), window("b", 0, 18), window("c", 4, 12)]
    schedule = planned(inputs(requests, windows, held=held))

    assert set(held) <= set(schedule.assignments)
    assert [(13.0, 18.0)] == contacts(schedule, "b")
    assert Reason.HELD == refused(schedule, "c").reason


def test_others_keep_clear_of_held_contacts_that_follow_each_other() -> None:
    held = [contact("x", 0, 5 + 5 / 60, "gds/a"), contact("y", 5 + 5 / 60, 10, "gds/a")]

    assert {"x", "y"} == served(planned(inputs([request("a", 240)], [window("a", 0, 10)], held=held)))


def test_others_keep_clear_of_contacts_of_a_group_that_follow_each_other() -> None:
    requests = [request("a", 305, group="g", weight=2.0), request("b", 295, group="g", weight=2.0), request("c", 240)]
    windows = [window("a", 0, 5 + 5 / 60), window("b", 5 + 5 / 60, 10), window("c", 0, 10, "gds/a")]

    assert {"a", "b"} == served(planned(inputs(requests, windows, groups=[ALL_OF])))


def test_the_earlier_schedule_is_kept() -> None:
    before = contact("a", 30, 35)
    schedule = planned(inputs([request("a")], [window("a", 0, 60)], previous=[before]))

    assert (before,) == schedule.assignments
    assert () == schedule.moves


def test_the_earlier_schedule_is_left_where_moving_pays_and_moves_are_listed() -> None:
    before = contact("a", 30, 35)
    windows = [window("a", 0, 60), window("b", 30, 35)]
    schedule = planned(inputs([request("a"), request("b")], windows, previous=[before]))
    (move,) = schedule.moves

    assert {"a", "b"} == served(schedule)
    assert before == move.before
    assert move.after is not None
    assert move.shift_s == (move.after.contact.start - before.contact.start).total_seconds()


def test_a_contact_of_the_earlier_schedule_that_is_gone_is_listed() -> None:
    before = contact("a", 30, 35)
    schedule = planned(inputs([request("a")], [], previous=[before]))
    (move,) = schedule.moves

    assert move.after is None
    assert move.shift_s is None


def test_the_parts_of_an_earlier_split_contact_fit_an_agreement_together() -> None:
    split = request("a", 600, split=Split(max_parts=2, min_part_s=300.0))
    windows = [window("a", 0, 5, "krn/a"), window("a", 60, 65, "krn/a")]
    before = [contact("a", 0, 5, "krn/a"), contact("a", 60, 65, "krn/a", part=2)]
    schedule = planned(inputs([split], windows, agreements=[agreement(7)], previous=before))

    assert set() == served(schedule)


@pytest.mark.parametrize(("preference", "expected"), [("earliest", (0.0, 20.0)), ("highest", (40.0, 60.0))])
def test_a_contact_goes_to_the_pass_it_prefers(preference: str, expected: tuple[float, float]) -> None:
    windows = [window("a", 0, 20, peak_elevation_deg=20.0), window("a", 40, 60, peak_elevation_deg=80.0)]
    ((start, end),) = contacts(planned(inputs([request("a", preference=preference)], windows)), "a")

    assert expected[0] <= start < end <= expected[1]
    assert preference != "earliest" or start == 0.0
