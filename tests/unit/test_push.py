"""Contacts in the way of another one go aside, as far as their windows allow."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from passplan.domain.requests import ContactRequest
from passplan.kernels import push as kernel
from passplan.kernels import timetable as kt
from passplan.kernels.evaluate import MOST_PUSHED, new_move
from passplan.kernels.timetable import Tasks, Timetable
from passplan.scheduling.building import build
from passplan.scheduling.problem import Place
from passplan.scheduling.timetables import Timetables
from tests.planning import contact, inputs, request, window

_push, _new_move = kernel.push, new_move


@numba.njit
def _placed(tasks: Tasks, table: Timetable, start: int, end: int) -> np.ndarray:
    """What is placed when the last contact is."""
    move = _new_move(tasks, table)
    last = len(table.contacts) - 1
    task = table.contacts[last, kt.OF_TASK]
    move.placed[0, 0], move.placed[0, 1] = last, tasks.tasks[task, kt.FIRST_OPTION]
    move.placed[0, 2], move.placed[0, 3], move.placed[0, 4] = start, end, tasks.tasks[task, kt.FIRST_CHANNEL]
    move.marks[last, 1] = 1
    count = _push(
        tasks.tasks,
        tasks.options,
        tasks.antennas,
        table.contacts,
        table.events,
        table.first,
        table.used,
        move.marks,
        move.gone,
        move.gone_count,
        move.placed,
        1,
        1,
    )
    return move.placed[:count]


def _pushed(
    windows: list[tuple[float, float]],
    places: list[tuple[int, int]],
    last: tuple[int, int],
    *,
    antennas: str = 9 * "a",
    least_s: float = 300.0,
    around_s: float = 0.0,
    held: tuple[float, float] | None = None,
) -> list[tuple[int, int]]:
    """From and to [s] of the contacts after the last of them is placed; windows in minutes."""
    asked: list[ContactRequest] = [request(f"r{k}", least_s, 300.0) for k in range(len(windows))]
    names = {"a": "wlp/a", "b": "gds/a", "c": "krn/a", "d": "ham/a"}
    seen = [
        window(f"r{k}", *w, names[antennas[k]], setup_s=around_s, teardown_s=around_s) for k, w in enumerate(windows)
    ]
    there = [contact("held", *held)] if held else []
    timetables = Timetables(build(inputs(asked, seen, held=there)))
    table = timetables.of({k: (Place(k, *p),) for k, p in enumerate(places)})
    now = dict(enumerate(places)) | {len(places): last}
    for number, _, start, end, _ in _placed(timetables.tables.tasks, table, *last).tolist():
        now[number] = start, end
    return [now[k] for k in sorted(now)]


def test_neighbours_go_to_the_side_on_which_they_are() -> None:
    assert [(100, 400), (700, 1_000), (400, 700)] == _pushed(
        [(0, 20), (0, 20), (0, 20)], [(200, 500), (500, 800)], (400, 700)
    )


def test_what_is_in_the_way_of_a_neighbour_goes_aside_in_turn() -> None:
    assert [(400, 700), (700, 1_000), (1_000, 1_300), (100, 400)] == _pushed(
        [(0, 30)] * 4, [(300, 600), (600, 900), (900, 1_200)], (100, 400)
    )


def test_one_antenna_has_its_setup_and_teardown_between_two_contacts() -> None:
    assert [(40, 340), (400, 700)] == _pushed([(0, 20)] * 2, [(200, 500)], (400, 700), around_s=30.0)
    assert [(100, 400), (400, 700)] == _pushed([(0, 20)] * 2, [(200, 500)], (400, 700), around_s=30.0, antennas="ab")


def test_a_contact_gets_shorter_where_its_window_ends() -> None:
    assert [(120, 370), (370, 670)] == _pushed([(2, 20)] * 2, [(120, 420)], (370, 670), least_s=200.0)
    assert [(970, 1_200), (670, 970)] == _pushed([(2, 20)] * 2, [(900, 1_200)], (670, 970), least_s=200.0)


@pytest.mark.parametrize("side", [(370, 670), (100, 400)])
def test_without_room_in_its_window_it_stays_in_the_way(side: tuple[int, int]) -> None:
    assert [(120, 420), side] == _pushed([(2, 7), (0, 20)], [(120, 420)], side)


def test_held_contacts_move_nothing() -> None:
    assert [(600, 900), (500, 800)] == _pushed([(0, 30)] * 2, [(600, 900)], (500, 800), held=(8, 9))


def test_no_more_are_pushed_than_a_move_may() -> None:
    many = MOST_PUSHED + 2
    places = [(300 * k, 300 * k + 300) for k in range(1, many + 1)]
    after = _pushed([(0, 90)] * (many + 1), places, (0, 310))

    assert MOST_PUSHED == sum(now != before for now, before in zip(after, places, strict=False))
