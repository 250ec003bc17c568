"""Properties of `find_passes` against the naive twin, over many orbits, stations and masks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from passplan import ElementSet, HorizonMask, Span, Station, find_passes
from passplan.orbit.nodes import Sampler
from passplan.orbit.scales import TimeBase
from passplan.orbit.sgp4_motion import Sgp4Motion
from passplan.passes.horizon import horizons, lowest_height_km
from tests import naive, sets

stations = st.builds(
    Station,
    id=st.just("ANY"),
    latitude_deg=st.floats(-90.0, 90.0),
    longitude_deg=st.floats(-180.0, 180.0),
    altitude_m=st.floats(-400.0, 8000.0),
    min_elevation_deg=st.floats(-5.0, 89.0),
)
_CLIFF = HorizonMask(((0.0, 25.0), (92.0, 0.0)))
orbits = st.sampled_from(sets.ALL)
starts_s = st.floats(0.0, 5 * 86_400.0)


@st.composite
def masks(draw: st.DrawFn) -> HorizonMask:
    azimuths_deg = sorted(draw(st.sets(st.integers(0, 359), min_size=1, max_size=12)))
    return HorizonMask(tuple((float(a), draw(st.floats(-2.0, 60.0))) for a in azimuths_deg))


def _found(source: ElementSet, station: Station, span: Span) -> list[tuple[float, float]]:
    passes = find_passes([source], [station], span)
    return [((p.aos - span.start).total_seconds(), (p.los - span.start).total_seconds()) for p in passes]


def _assert_same(naive_ones: list[tuple[float, float]], found: list[tuple[float, float]], every_s: float) -> None:
    """The same passes within a millisecond; ours may have shorter ones that the twin stepped over."""
    for aos_s, los_s in naive_ones:
        nearest = min(found, key=lambda p: abs(p[0] - aos_s) + abs(p[1] - los_s), default=None)
        inside = [p for p in found if p[0] >= aos_s - 1e-3 and p[1] <= los_s + 1e-3]

        assert nearest is not None
        assert inside, "a pass is missing"
        assert (aos_s, los_s) == pytest.approx((inside[0][0], inside[-1][1]), abs=1e-3)
        # What is between must be dips shorter than the twin's step.
        assert all(later[0] - earlier[1] < every_s for earlier, later in pairwise(inside))
    for aos_s, los_s in found:
        if los_s - aos_s > every_s:
            assert any(a - 1e-3 <= aos_s and los_s <= b + 1e-3 for a, b in naive_ones), "a pass is spurious"


@pytest.mark.fault(23)
@settings(max_examples=40, deadline=None)
@given(orbits, stations, starts_s)
def test_passes_are_where_a_dense_look_finds_the_satellite(
    source: ElementSet, station: Station, start_s: float
) -> None:
    start = source.epoch + timedelta(seconds=start_s)
    span = Span(start, start + timedelta(hours=8))

    _assert_same(naive.passes(source, station, span, every_s=20.0), _found(source, station, span), 20.0)


@pytest.mark.fault(29)
@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sets.LOW_ORBITS), stations, starts_s, masks())
def test_a_mask_leaves_what_a_dense_look_leaves(
    source: ElementSet, station: Station, start_s: float, mask: HorizonMask
) -> None:
    masked = replace(station, min_elevation_deg=max(-2.0, station.min_elevation_deg - 60.0), horizon_mask=mask)
    start = source.epoch + timedelta(seconds=start_s)
    span = Span(start, start + timedelta(hours=6))

    _assert_same(naive.passes(source, masked, span, every_s=5.0), _found(source, masked, span), 5.0)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sets.LOW_ORBITS), stations, masks(), st.floats(0.01, 8.0), st.booleans())
@example(sets.ISS, Station(id="ANY", latitude_deg=59.0, longitude_deg=0.0), _CLIFF, 1.0, False)
def test_a_masked_pass_at_an_end_of_the_span_is_found(
    source: ElementSet, station: Station, mask: HorizonMask, before_s: float, at_start: bool
) -> None:
    masked = replace(station, min_elevation_deg=-2.0, horizon_mask=mask)
    whole = Span(source.epoch, source.epoch + timedelta(hours=12))
    for item in list(find_passes([source], [masked], whole))[:4]:
        if item.clipped_start or item.clipped_end:
            continue
        near = timedelta(seconds=before_s)
        span = Span(item.aos - near, whole.end) if at_start else Span(whole.start, item.los + near)
        slack = timedelta(milliseconds=1)  # a steep mask can leave a pass that begins or ends at its top
        same = [p for p in find_passes([source], [masked], span) if p.aos - slack <= item.tca <= p.los + slack]

        assert 1 == len(same)
        assert abs(same[0].aos - item.aos) < timedelta(milliseconds=1)
        assert abs(same[0].los - item.los) < timedelta(milliseconds=1)


@settings(max_examples=25, deadline=None)
@given(orbits, stations, starts_s)
def test_the_highest_elevation_of_what_is_never_visible_is_right(
    source: ElementSet, station: Station, start_s: float
) -> None:
    high = replace(station, min_elevation_deg=90.0)
    start = source.epoch + timedelta(seconds=start_s)
    span = Span(start, start + timedelta(hours=8))
    look = naive.elevation_and_azimuth(source, high, span)
    highest_deg = max(look(float(s))[0] for s in np.arange(0.0, span.duration_s, 10.0))
    for answer in find_passes([source], [high], span).answers:
        if answer.peak_elevation_deg is not None:
            told_s = (answer.since - span.start).total_seconds()

            assert highest_deg - 1e-6 <= answer.peak_elevation_deg
            assert look(told_s)[0] == pytest.approx(answer.peak_elevation_deg, abs=1e-4)


@pytest.mark.fault(28)
@settings(max_examples=40, deadline=None)
@given(orbits, stations, st.floats(1e-5, 3.0))
@example(sets.POLAR, Station(id="ANY", latitude_deg=-31.0, longitude_deg=-30.625), 1e-5)  # 10 ms near the zenith
def test_a_pass_that_clears_the_limit_by_little_is_found(source: ElementSet, station: Station, by_deg: float) -> None:
    low = replace(station, min_elevation_deg=0.0)
    span = Span(source.epoch, source.epoch + timedelta(days=1))
    for item in list(find_passes([source], [low], span))[:5]:
        if item.clipped_start or item.clipped_end or item.peak_elevation_deg < by_deg:
            continue
        floor = replace(low, min_elevation_deg=item.peak_elevation_deg - by_deg)
        short = [p for p in find_passes([source], [floor], span) if p.aos <= item.tca <= p.los]

        assert len(short) == 1
        assert short[0].peak_elevation_deg == pytest.approx(item.peak_elevation_deg, abs=1e-6)
        assert short[0].aos >= item.aos - timedelta(milliseconds=1)
        assert short[0].los <= item.los + timedelta(milliseconds=1)


@pytest.mark.fault(28)
@settings(max_examples=40, deadline=None)
@given(orbits, stations)
def test_a_limit_above_every_peak_leaves_nothing(source: ElementSet, station: Station) -> None:
    span = Span(source.epoch, source.epoch + timedelta(hours=12))
    passes = find_passes([source], [replace(station, min_elevation_deg=0.0)], span)
    if len(passes) and (highest_deg := float(passes.peak_elevation_deg.max())) < 89.99:
        above = find_passes([source], [replace(station, min_elevation_deg=highest_deg + 1e-5)], span)

        assert len(above) == 0
        assert highest_deg == pytest.approx(above.answers[0].peak_elevation_deg, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(orbits, stations, st.floats(0.1, 0.9))
def test_two_halves_of_a_span_have_the_passes_of_the_whole(source: ElementSet, station: Station, share: float) -> None:
    start, length = source.epoch, timedelta(days=1)
    whole = Span(start, start + length)
    first, second = Span(start, start + length * share), Span(start + length * share, start + length)
    seen_s = sum(los - aos for aos, los in _found(source, station, whole))
    parts_s = sum(los - aos for part in (first, second) for aos, los in _found(source, station, part))

    assert seen_s == pytest.approx(parts_s, abs=2e-3)


@settings(max_examples=60, deadline=None)
@given(orbits, starts_s)
def test_the_bounds_of_the_proof_hold(source: ElementSet, start_s: float) -> None:
    start = source.epoch + timedelta(seconds=start_s)
    span = Span(start, start + timedelta(days=1))
    motion = Sgp4Motion(source, TimeBase.over(span))
    nodes = Sampler(0.0, span.duration_s).sample(motion)
    h = 5.0
    seconds = np.arange(0.0, span.duration_s, h)
    _, position_km = motion.positions(seconds)
    radius_km = np.linalg.norm(position_km, axis=0)
    speed_km_s = np.linalg.norm(np.diff(position_km), axis=0) / h
    acceleration = np.linalg.norm(np.diff(position_km, 2), axis=0) / h**2

    assert nodes.min_radius_km < radius_km.min()
    assert radius_km.max() < nodes.max_radius_km
    assert speed_km_s.max() < nodes.max_speed_km_s
    assert acceleration.max() < nodes.max_acceleration_km_s2


@settings(max_examples=200, deadline=None)
@given(
    stations,
    st.floats(0.0, 360.0),
    st.floats(0.0, 1.0),
    st.floats(6_500.0, 50_000.0),
    st.floats(1.0, 1.0 + 1e4 / 6_500.0),
)
def test_nothing_above_the_limit_is_lower_than_the_lowest_height(
    station: Station, azimuth_deg: float, up_share: float, radius_km: float, spread: float
) -> None:
    rows = horizons([station], refraction=False).stations
    low = np.array([radius_km])
    bound_km = lowest_height_km(rows, low, low * spread)[0, 0]
    # A point at an elevation from the limit to the zenith, on a sphere between the two radii.
    limit = np.radians(station.min_elevation_deg)
    elevation = limit + up_share * (0.5 * np.pi - limit)
    east, north, up = rows[0, 3:12].reshape(3, 3)
    azimuth = np.radians(azimuth_deg)
    beam = np.cos(elevation) * (np.sin(azimuth) * east + np.cos(azimuth) * north) + np.sin(elevation) * up
    site = rows[0, :3]
    for sphere_km in (radius_km, radius_km * spread):
        along = site @ beam
        distance_km = -along + np.sqrt(max(along**2 + sphere_km**2 - site @ site, 0.0))

        assert distance_km * np.sin(elevation) >= bound_km - 1e-6
