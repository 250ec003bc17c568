"""Properties of following between cable stops, against the naive twin and over real passes."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from passplan import Antenna, ElementSet, Span, Station, find_passes, track
from passplan.passes.cable import follow_between_stops, followed_pieces
from tests import naive, sets

TURN_STEPS = st.sampled_from((0.0, 1.0, 2.0, 2.5, 4.0, 9.0))


@st.composite
def stops(draw: st.DrawFn, most_apart_deg: int = 1440) -> tuple[float, float]:
    low_deg = draw(st.integers(-720, 360))
    return float(low_deg), float(low_deg + draw(st.integers(360, min(most_apart_deg, 720 - low_deg))))


@st.composite
def ways(draw: st.DrawFn, fastest_deg: int = 90, most_steps: int = 18) -> np.ndarray:
    """Azimuths that go on by less than half a turn a step, to and fro."""
    changes_deg = draw(st.lists(st.integers(-fastest_deg, fastest_deg), max_size=most_steps - 1))
    return np.cumsum([draw(st.integers(-400, 400)), *changes_deg]).astype(np.float64)


@settings(max_examples=150)
@given(ways(), stops(), TURN_STEPS)
def test_the_pieces_are_those_of_the_twin(
    azimuth_deg: np.ndarray, stops_deg: tuple[float, float], turn_steps: float
) -> None:
    found: list[int | None] = [None] * len(azimuth_deg)
    for piece in followed_pieces(azimuth_deg, stops_deg, turn_steps=turn_steps):
        found[piece.first : piece.after] = [piece.wrap] * (piece.after - piece.first)

    assert naive.followed_wraps(azimuth_deg.tolist(), *stops_deg, turn_steps=turn_steps) == found


@settings(max_examples=150)
@given(ways(fastest_deg=40, most_steps=60), stops(), TURN_STEPS, st.data())
def test_a_followed_track_keeps_between_the_stops_and_points_at_the_satellite(
    azimuth_deg: np.ndarray, stops_deg: tuple[float, float], turn_steps: float, data: st.DataObject
) -> None:
    is_visible = np.array(data.draw(st.lists(st.booleans(), min_size=len(azimuth_deg), max_size=len(azimuth_deg))))
    found = follow_between_stops(azimuth_deg, is_visible, stops_deg, turn_steps=turn_steps)
    off_deg = (found.azimuth_deg - azimuth_deg + 180.0) % 360.0 - 180.0

    assert stops_deg[0] <= found.azimuth_deg.min() <= found.azimuth_deg.max() <= stops_deg[1]
    assert not (found.is_followed & ~is_visible).any()
    assert (np.abs(off_deg[found.is_followed]) < 1e-9).all()
    # Two steps that are followed one after the other lie on one wrap, unless the satellite was away between them.
    beside = found.is_followed[:-1] & found.is_followed[1:]
    assert (np.abs(np.diff(found.azimuth_deg))[beside] <= 40.0 + 1e-9).all()


@settings(max_examples=100)
@given(st.integers(-720, 0), ways(fastest_deg=30, most_steps=60), TURN_STEPS)
def test_no_pass_is_lost_where_the_stops_are_720_degrees_apart(
    low_deg: int, azimuth_deg: np.ndarray, turn_steps: float
) -> None:
    azimuth_deg = azimuth_deg[np.maximum.accumulate(azimuth_deg) - np.minimum.accumulate(azimuth_deg) <= 360.0]
    (piece,) = followed_pieces(azimuth_deg, (float(low_deg), low_deg + 720.0), turn_steps=turn_steps)

    assert (0, len(azimuth_deg)) == (piece.first, piece.after)


@settings(max_examples=60)
@given(
    st.sampled_from((sets.ISS, sets.POLAR, sets.RETROGRADE)),
    st.floats(-80.0, 80.0),
    st.floats(-180.0, 180.0),
    stops(),
    st.sampled_from((None, 1.0, 5.0)),
)
def test_real_passes_are_followed_between_the_stops(
    source: ElementSet,
    latitude_deg: float,
    longitude_deg: float,
    stops_deg: tuple[float, float],
    slew_deg_s: float | None,
) -> None:
    antenna = Antenna(id="a", bands=("S",), cable_stops_deg=stops_deg, slew_deg_s=slew_deg_s)
    station = Station(id="X", latitude_deg=latitude_deg, longitude_deg=longitude_deg, min_elevation_deg=5.0)
    for item in find_passes([source], [station], Span(source.epoch, source.epoch + timedelta(hours=12))):
        way = track(source, station, item.span)
        found = way.follow(antenna)
        off_deg = (found.azimuth_deg - way.azimuth_deg + 180.0) % 360.0 - 180.0
        gaps = way.cable_gaps(antenna)
        in_gap = np.zeros(len(way), dtype=bool)
        for gap in gaps:
            start, end = (np.datetime64(m.replace(tzinfo=None), "us") for m in (gap.start, gap.end))
            in_gap |= (way.time >= start) & (way.time < end)

        assert stops_deg[0] <= found.azimuth_deg.min() <= found.azimuth_deg.max() <= stops_deg[1]
        assert (np.abs(off_deg[found.is_followed]) < 1e-9).all()
        assert found.is_followed[1:-1].tolist() == (~in_gap)[1:-1].tolist()
        if stops_deg[1] - stops_deg[0] >= 720.0:
            assert () == gaps
        steps = np.flatnonzero(found.is_followed)
        wraps = np.rint((found.azimuth_deg - way.azimuth_unwrapped_deg)[steps] / 360.0)
        needed_s = np.abs(np.diff(wraps)) * 360.0 / (slew_deg_s or np.inf)
        assert (np.diff(steps) * way.step_s >= needed_s).all()
