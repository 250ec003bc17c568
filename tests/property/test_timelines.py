"""Properties of passes where one set takes over from another: none is lost, none is doubled, each is of its set."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from passplan import ElementSet, HorizonMask, Source, Span, Station, find_passes, track
from passplan.domain.sources import source_of
from passplan.orbit.frames import east_north_up, geodetic_position_km
from passplan.orbit.propagators import motion_of
from passplan.orbit.scales import Floats, TimeBase
from passplan.orbit.tabulating import ephemerides_of
from passplan.orbit.timelines import timelines as timelines_of
from tests import sets

_MASK = HorizonMask(((0.0, 5.0), (90.0, 25.0), (180.0, 3.0), (270.0, 40.0)))
stations = st.builds(
    Station,
    id=st.just("ANY"),
    latitude_deg=st.floats(-60.0, 60.0),
    longitude_deg=st.floats(-180.0, 180.0),
    min_elevation_deg=st.floats(0.0, 30.0),
    horizon_mask=st.sampled_from([None, _MASK]),
)
_STEP_S = 5.0
_TOLERANCE = timedelta(microseconds=100)  # AOS and LOS are corrected until a correction is under 10 µs


def _ahead(elements: ElementSet, seconds: float) -> ElementSet:
    """The same orbit, so many seconds further along it."""
    anomaly_deg = elements.mean_anomaly_deg + seconds * elements.mean_motion_rev_day / 240.0
    return replace(elements, mean_anomaly_deg=anomaly_deg % 360.0)


@st.composite
def timelines(draw: st.DrawFn) -> tuple[Source, Span, float]:
    """Sets that differ by seconds along the orbit, changes at any times, also very near to each other."""
    base = draw(st.sampled_from([sets.ISS, sets.POLAR, sets.LOW_ECCENTRIC, sets.MOLNIYA]))
    hours = draw(st.floats(4.0, 20.0)) * (4.0 if base is sets.MOLNIYA else 1.0)
    span = Span(base.epoch, base.epoch + timedelta(hours=hours))
    count = draw(st.integers(2, 6))
    moments = sorted(draw(st.lists(st.floats(0.0, hours * 3_600.0), min_size=count - 1, max_size=count - 1)))
    most_s = draw(st.sampled_from([0.0, 1.0, 60.0]))
    shifts_s = [draw(st.floats(-most_s, most_s)) for _ in range(count)]
    segments = tuple(_ahead(base, shift_s) for shift_s in shifts_s)
    changes = tuple(span.start + timedelta(seconds=s) for s in moments)
    return Source(satellite="S", segments=segments, changes=changes), span, 2.0 * most_s


def _elevation_deg(source: Source, station: Station, span: Span, seconds: Floats) -> Floats:
    _, position_km = motion_of(source, TimeBase.over(span)).positions(seconds)
    way_km = (
        position_km - geodetic_position_km(station.latitude_deg, station.longitude_deg, station.altitude_m)[:, None]
    )
    east, north, up = east_north_up(station.latitude_deg, station.longitude_deg) @ way_km
    return np.asarray(np.degrees(np.arctan2(up, np.hypot(east, north))))


@pytest.mark.fault(88)
@settings(max_examples=60, deadline=None)
@given(timelines(), stations)
def test_no_pass_is_lost_or_doubled_where_sets_change(made: tuple[Source, Span, float], station: Station) -> None:
    source, span, apart_s = made
    passes = list(find_passes([source], [station], span))
    alone = [list(find_passes([s], [station], span)) for s in source.segments]

    assert all(p.los <= q.aos for p, q in pairwise(passes))
    for p in alone[0]:  # where all sets see a pass for longer than they differ, there is one
        others = [[q for q in of_set if q.span.overlaps(p.span)] for of_set in alone]
        if all(1 == len(o) and o[0].duration_s > 4.0 * apart_s for o in others) and not p.clipped_start | p.clipped_end:
            assert 1 == len([q for q in passes if q.span.overlaps(p.span)])


@settings(max_examples=60, deadline=None)
@given(timelines(), stations)
def test_each_pass_is_one_of_a_set_that_serves_it(made: tuple[Source, Span, float], station: Station) -> None:
    source, span, apart_s = made
    assume(source.segments[0].is_low_orbit)  # longer passes may be joined from two sets
    apart = timedelta(seconds=apart_s + 0.01)
    for p in find_passes([source], [station], span):
        found_by = [
            s
            for s in source.segments
            if any(max(abs(p.aos - q.aos), abs(p.los - q.los)) < _TOLERANCE for q in find_passes([s], [station], span))
        ]
        # A mask cuts parts out of a transit that culminates elsewhere, up to half its length away.
        about = apart + (p.span.end - p.span.start if station.horizon_mask is None else timedelta(hours=6))
        assert found_by
        assert any(s in found_by for s, _ in source.pieces(Span(p.tca - about, p.tca + about)))


@settings(max_examples=40, deadline=None)
@given(timelines(), stations)
def test_far_from_changes_all_that_is_above_the_limit_is_in_a_pass(
    made: tuple[Source, Span, float], station: Station
) -> None:
    source, span, _ = made
    station = replace(station, horizon_mask=None)
    seconds = np.arange(0.0, span.duration_s, _STEP_S)
    near = np.zeros(len(seconds), dtype=np.bool_)
    for change in source.changes:
        near |= np.abs(seconds - (change - span.start).total_seconds()) < source.period.total_seconds()
    is_above = _elevation_deg(source, station, span, seconds) >= station.min_elevation_deg
    is_told = np.zeros(len(seconds), dtype=np.bool_)
    for p in find_passes([source], [station], span):
        aos_s, los_s = ((t - span.start).total_seconds() for t in (p.aos, p.los))
        is_told |= (seconds >= aos_s) & (seconds < los_s)

    assert (is_above == is_told)[~near].all()


@settings(max_examples=40, deadline=None)
@given(stations, st.integers(0, 4), st.floats(-30.0, 30.0), st.floats(-30.0, 30.0), st.floats(-40.0, 40.0))
def test_a_change_near_a_tca_leaves_one_pass(
    station: Station, which: int, early_s: float, late_s: float, change_s: float
) -> None:
    station = replace(station, horizon_mask=None)
    span = Span(sets.ISS.epoch, sets.ISS.epoch + timedelta(days=2))
    passes = find_passes([sets.ISS], [station], span)
    assume(len(passes) > which and passes[which].duration_s > 120.0)
    assume(not passes[which].clipped_start | passes[which].clipped_end)
    segments = (_ahead(sets.ISS, early_s), _ahead(sets.ISS, late_s))
    change = passes[which].tca + timedelta(seconds=change_s)
    (found,) = [
        p
        for p in find_passes([Source(satellite="S", segments=segments, changes=(change,))], [station], span)
        if p.span.overlaps(passes[which].span)
    ]

    early, late = (
        [q for q in find_passes([s], [station], span) if q.span.overlaps(passes[which].span)] for s in segments
    )
    assume(abs(early[0].tca - change) > timedelta(milliseconds=1))
    # By the earlier set the pass culminates before the change, or else the later one serves it.
    serving = early if early[0].tca < change else late
    assert found.aos == serving[0].aos


_GEO = sets.GEOSTATIONARY
_HIGH = [
    _GEO,
    replace(_GEO, inclination_deg=30.0),
    replace(_GEO, mean_motion_rev_day=1.05, inclination_deg=5.0),
    replace(_GEO, mean_motion_rev_day=1.3, inclination_deg=5.0),
    replace(_GEO, mean_motion_rev_day=2.0057, inclination_deg=55.0),
    replace(_GEO, inclination_deg=63.4, eccentricity=0.27, arg_of_pericenter_deg=270.0),
    sets.MOLNIYA,
    sets.ECCENTRIC,
    sets.ISS,
]


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(_HIGH),
    stations,
    st.floats(0.5, 12.0),
    st.lists(st.floats(-0.1, 1.1), min_size=1, max_size=4),
)
def test_changes_between_equal_sets_change_no_pass(
    elements: ElementSet, station: Station, days: float, where: list[float]
) -> None:
    span = Span(elements.epoch, elements.epoch + timedelta(days=days))
    changes = tuple(span.start + timedelta(days=days * part) for part in sorted(where))
    segments = tuple(replace(elements, element_set_number=k) for k in range(len(changes) + 1))
    alone = find_passes([elements], [station], span)
    parted = find_passes([Source(satellite="S", segments=segments, changes=changes)], [station], span)

    assert len(alone) == len(parted)
    for p, q in zip(alone, parted, strict=True):
        assert max(abs(p.aos - q.aos), abs(p.los - q.los)) < timedelta(milliseconds=10)
        assert abs(p.peak_elevation_deg - q.peak_elevation_deg) < 0.01
        assert (p.clipped_start, p.clipped_end) == (q.clipped_start, q.clipped_end)
    assert sorted(a.answer for a in alone.answers) == sorted(a.answer for a in parted.answers)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 8),
    st.lists(st.floats(-10.0, 10.0), min_size=2, max_size=4),
    st.lists(st.floats(-15.0, 15.0), min_size=3, max_size=3),
)
@example(1, [1.0, -1.0, -1.0], [0.0, 0.5, 9.0])
def test_several_changes_around_a_tca_leave_one_pass(which: int, ahead_s: list[float], change_s: list[float]) -> None:
    assume(all(abs(change + ahead) > 0.01 for change in change_s for ahead in ahead_s))  # no tie with a TCA
    site = Station(id="NL", latitude_deg=52.0, longitude_deg=5.0, min_elevation_deg=5.0)
    span = Span(sets.ISS.epoch, sets.ISS.epoch + timedelta(days=2))
    middle = find_passes([sets.ISS], [site], span)[which]
    segments = tuple(_ahead(sets.ISS, s) for s in ahead_s)
    changes = tuple(middle.tca + timedelta(seconds=s) for s in sorted(change_s)[: len(segments) - 1])
    source = Source(satellite="S", segments=segments, changes=changes)
    found = [p for p in find_passes([source], [site], span) if p.span.overlaps(middle.span)]

    assert 1 == len(found)
    # A track of it is of the same set: it rises and sets where the pass does.
    way = track(source, site, found[0].span, step_s=0.5)
    assert way.elevation_deg[[0, -1]] == pytest.approx([5.0, 5.0], abs=0.1)


@settings(max_examples=60, deadline=None)
@given(
    cuts=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=4),
    mid_pass=st.floats(-0.1, 1.1),
    which=st.integers(0, 9),
    has_sets=st.booleans(),
    station=stations,
)
def test_ephemerides_take_no_pass_away_wherever_they_begin_and_end(
    cuts: list[float], mid_pass: float, which: int, has_sets: bool, station: Station
) -> None:
    """Passes that the ends of ephemerides cut are completed by what is beside: the next ephemeris, or the set."""
    night = Span(sets.ISS.epoch, sets.ISS.epoch + timedelta(hours=8))
    station = replace(station, horizon_mask=None)
    expected = list(find_passes([sets.ISS], [station], night))
    seconds = [night.duration_s * share for share in cuts]
    if expected:  # one of the cuts is near a pass, or in it
        chosen = expected[which % len(expected)]
        seconds[0] = min(max(0.0, (chosen.aos - night.start).total_seconds() + mid_pass * chosen.duration_s), 28_800.0)
    edges = [*([] if has_sets else [0.0]), *sorted(seconds), night.duration_s]
    spans = [
        Span(night.start + timedelta(seconds=a), night.start + timedelta(seconds=b))
        for a, b in pairwise(edges)
        if b - a > 1.0
    ]
    assume(spans and (has_sets or all(b - a > 1.0 for a, b in pairwise(edges))))
    tables = [ephemerides_of(source_of(sets.ISS), span, created=night.start)[0] for span in spans]
    found = list(find_passes(timelines_of([*([sets.ISS] if has_sets else []), *tables]), [station], night))

    assert len(expected) == len(found)
    for a, b in zip(expected, found, strict=True):
        moments = [(moment - night.start).total_seconds() for moment in (a.aos, a.los)]
        if all(abs(edge - moment) > 0.01 for edge in seconds for moment in moments):
            assert (a.clipped_start, a.clipped_end) == (b.clipped_start, b.clipped_end)
        is_grazing = a.peak_elevation_deg - station.min_elevation_deg < 0.02
        assert (2.0 if is_grazing else 0.02) > abs((a.aos - b.aos).total_seconds())
        assert (2.0 if is_grazing else 0.02) > abs((a.los - b.los).total_seconds())
        assert 0.2 > abs((a.tca - b.tca).total_seconds())
        assert a.peak_elevation_deg == pytest.approx(b.peak_elevation_deg, abs=0.02)
