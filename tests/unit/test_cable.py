"""How an antenna with cable stops follows azimuths: the choice of the wrap, and what unwinding loses."""

from __future__ import annotations

import numpy as np
import pytest

from passplan.passes.cable import Piece, follow_between_stops, followed_pieces

NORTHWARD = np.arange(300.0, 400.0, 10.0)  # over north, at its seventh step


def test_a_pass_through_north_is_cut_where_the_stops_are_there() -> None:
    assert [Piece(0, 7, 0), Piece(8, 10, -1)] == followed_pieces(NORTHWARD, (0.0, 360.0), turn_steps=0.0)


def test_a_pass_through_north_is_followed_whole_on_the_other_wrap() -> None:
    assert [Piece(0, 10, -1)] == followed_pieces(NORTHWARD, (-270.0, 270.0), turn_steps=100.0)


@pytest.mark.parametrize(
    ("turn_steps", "rest"),
    [(2.0, [Piece(8, 10, -1)]), (2.5, [Piece(9, 10, -1)]), (3.0, [Piece(9, 10, -1)]), (3.5, [])],
)
def test_unwinding_takes_away_what_comes_after_it(turn_steps: float, rest: list[Piece]) -> None:
    assert [Piece(0, 7, 0), *rest] == followed_pieces(NORTHWARD, (0.0, 360.0), turn_steps=turn_steps)


@pytest.mark.parametrize(("turn_steps", "first"), [(2.0, [Piece(0, 2, 0)]), (3.0, [Piece(0, 1, 0)]), (4.0, [])])
def test_the_longer_piece_is_followed_and_the_antenna_unwinds_before_it(turn_steps: float, first: list[Piece]) -> None:
    backward = NORTHWARD[::-1] - 360.0  # 30, 20, 10, 0, -10, ..., -60

    # The part down to north is 4 steps long, that beyond it 6.
    found = followed_pieces(backward, (0.0, 360.0), turn_steps=turn_steps)
    assert [Piece(3, 10, 1)] == found[-1:]
    assert first == found[:-1]


@pytest.mark.parametrize(("middle_deg", "wrap"), [(125.0, 0), (179.0, 0), (181.0, -1), (235.0, -1)])
def test_of_two_wraps_the_one_nearer_to_azimuth_0_is_taken(middle_deg: float, wrap: int) -> None:
    azimuth_deg = middle_deg + np.array([-20.0, 0.0, 20.0])

    assert [Piece(0, 3, wrap)] == followed_pieces(azimuth_deg, (-270.0, 270.0), turn_steps=0.0)


def test_an_antenna_waits_at_a_stop_for_a_satellite_that_turns_back() -> None:
    azimuth_deg = np.array([340.0, 350.0, 365.0, 355.0, 340.0])
    found = follow_between_stops(azimuth_deg, np.ones(5, dtype=bool), (0.0, 360.0), turn_steps=50.0)

    assert [True, True, False, True, True] == found.is_followed.tolist()
    assert [340.0, 350.0, 355.0, 340.0] == found.azimuth_deg[found.is_followed].tolist()


def test_the_antenna_unwinds_evenly_and_waits_at_the_ends() -> None:
    azimuth_deg = np.concatenate([[280.0, 290.0], NORTHWARD, [400.0]])
    is_visible = np.array([False, False, *[True] * 10, False])
    found = follow_between_stops(azimuth_deg, is_visible, (0.0, 360.0), turn_steps=2.0)

    assert [300.0, 300.0, *range(300, 361, 10), 190.0, 20.0, 30.0, 30.0] == pytest.approx(found.azimuth_deg)
    assert [False, False, *[True] * 7, False, True, True, False] == found.is_followed.tolist()


def test_each_visible_stretch_has_a_wrap_of_its_own() -> None:
    azimuth_deg = np.concatenate([np.arange(200.0, 260.0, 10.0), np.arange(400.0, 460.0, 10.0)])
    is_visible = np.array([True] * 5 + [False] * 2 + [True] * 5)
    found = follow_between_stops(azimuth_deg, is_visible, (-180.0, 300.0), turn_steps=1000.0)

    assert is_visible.tolist() == found.is_followed.tolist()
    assert [-160.0, -120.0] == found.azimuth_deg[[0, 4]].tolist()
    assert [50.0, 90.0] == found.azimuth_deg[[7, 11]].tolist()


def test_an_antenna_that_sees_nothing_stays_between_its_stops() -> None:
    found = follow_between_stops(np.array([-30.0, 725.0]), np.zeros(2, dtype=bool), (0.0, 400.0), turn_steps=1.0)

    assert ([330.0, 5.0], [False, False]) == (found.azimuth_deg.tolist(), found.is_followed.tolist())
