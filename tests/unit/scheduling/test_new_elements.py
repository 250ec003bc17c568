"""Contacts belong to passes: when passes move, contacts move with them, and none is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from passplan.domain.requests import Priority
from passplan.domain.schedule import Assignment, PassShift, PlanInputs, Schedule, held_as_of
from passplan.domain.span import Span
from passplan.domain.windows import WindowSearch
from tests.benchmarks.iss_days import iss_day
from tests.planning import START, contact, inputs, request, window
from tests.unit.scheduling.plans import planned, served


def later(given: PlanInputs, by_s: float) -> PlanInputs:
    """The same, with all passes later and cut to the spans of their requests."""
    spans = {r.id: r.span for r in given.book.requests}
    by = timedelta(seconds=by_s)
    windows = []
    for w in given.search.windows:
        start, end = max(w.span.start + by, spans[w.request].start), min(w.span.end + by, spans[w.request].end)
        if start < end:
            windows.append(replace(w, span=Span(start, end)))
    return replace(given, search=WindowSearch(windows=tuple(windows)))


def again(given: PlanInputs, before: Schedule, *, held_h: float = 3.0) -> Schedule:
    """A new plan from an earlier one, of which the first hours are held."""
    held = held_as_of(before.assignments, given.span.start + timedelta(hours=held_h))
    return planned(replace(given, held=held, previous=tuple(a for a in before.assignments if a not in held)))


@pytest.mark.fault(93)
@pytest.mark.parametrize("by_s", [20.0, -20.0])
def test_when_all_passes_move_contacts_move_with_them_and_none_is_lost(by_s: float) -> None:
    day = replace(iss_day(requests=60, seed=3), effort="quick")
    before = planned(day)
    after = again(later(day, by_s), before)
    gone = {(m.before.request, m.before.part) for m in after.moves if m.after is None}

    assert len(after.moves) > 20
    assert len(gone) <= after.least_moves  # those that their requests' spans cut too short
    assert {by_s} == {m.shift_s for m in after.moves if m.is_with_pass}
    assert all(m.is_with_pass for m in after.moves if m.after is not None and abs(m.shift_s or 0.0) > 5.0)


def test_when_nothing_changes_nothing_moves() -> None:
    day = replace(iss_day(requests=60, seed=3), effort="quick")
    before = planned(day)

    assert () == again(day, before).moves


def test_a_shift_that_is_told_is_taken_from_where_the_contact_was() -> None:
    before = contact("a", 2, 7)
    given = inputs([request("a")], [window("a", 0, 10)], previous=[before])
    told = planned(replace(given, shifts=(PassShift(request="a", part=1, shift_s=90.0),)))
    (move,) = told.moves

    assert [move.after] == list(told.assignments)
    assert (90.0, 90.0, True) == (move.shift_s, move.pass_shift_s, move.is_with_pass)
    assert () == planned(given).moves


def test_where_it_is_told_that_no_pass_moved_windows_that_are_cut_are_no_sign_of_it() -> None:
    before = [contact("a", 0, 5), contact("b", 20, 25)]
    given = inputs([request("a"), request("b")], [window("a", 1, 9), window("b", 21, 29)], previous=before)

    assert [True, True] == [m.is_with_pass for m in planned(given).moves]
    assert [False, False] == [m.is_with_pass for m in planned(replace(given, shifts=())).moves]


def test_a_move_of_another_length_than_that_of_the_pass_is_a_move() -> None:
    before = contact("a", 2, 7)
    held = contact("x", 3, 5, "gds/a")  # has the link where the contact would be with its pass
    given = inputs([request("a")], [window("a", 0, 12)], previous=[before], held=[held])
    (move,) = planned(replace(given, shifts=(PassShift(request="a", part=1, shift_s=-60.0),))).moves

    assert move.after is not None
    assert not move.is_with_pass


def test_an_emergency_takes_the_place_that_costs_least_and_others_stay() -> None:
    day = replace(iss_day(requests=60, seed=3), effort="quick")
    before = planned(day)
    like = next(r for r in day.book.requests if r.id in served(before) and r.repetition is None)
    sos = replace(like, id="SOS", priority=Priority.EMERGENCY, group="")
    windows = [replace(w, request="SOS") for w in day.search.windows if w.request == like.id]
    urgent = replace(
        day,
        book=replace(day.book, requests=(*day.book.requests, sos)),
        search=replace(day.search, windows=(*day.search.windows, *windows)),
    )
    after = again(urgent, before, held_h=0.0)

    assert "SOS" in served(after)
    assert len(after.moves) <= max(2, 2 * after.least_moves)


def test_so_many_contacts_as_have_no_window_any_more_move_at_least() -> None:
    before: list[Assignment] = [contact(name, 10.0 * k, 10.0 * k + 5) for k, name in enumerate("abc")]
    asked = [request(name) for name in "abc"]
    seen = [window("a", 0, 5), window("b", 60, 65), window("c", 20, 25)]
    schedule = planned(inputs(asked, seen, previous=before))

    assert ({"a", "b", "c"}, 1) == (served(schedule), schedule.least_moves)
    assert START + timedelta(minutes=60) == next(a for a in schedule.assignments if a.request == "b").contact.start
