"""The time that an antenna takes to turn from one satellite to another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from passplan import (
    HorizonMask,
    Span,
    Station,
    track,
)
from passplan.domain.sources import source_of
from passplan.windows.availability import floor_s, inside, moment_of
from passplan.windows.pointing import Arc, Pointings, Turns
from passplan.windows.visibility import ViewPeriods, find_view_periods
from tests import sets
from tests.refs import ref
from tests.unit.windows.searches import (
    DAY,
    FREE,
    LATER,
    SOURCES,
    START,
    around,
    longest,
    network,
    passes,
    polar,
    request,
    search,
    seconds,
    with_stops,
)

TIMELINES = {satellite: source_of(item) for satellite, item in SOURCES.items()}


def test_setup_includes_the_turn_from_another_satellite(site: Station) -> None:
    turning = replace(site, antennas=(replace(FREE, slew_deg_s=5.0, setup_s=10.0),))
    both = [request(id="iss", min_s=1.0), request(id="polar", satellite="POLAR", min_s=1.0)]
    others = passes(site, DAY, LATER)
    found = search(both, network(turning))

    assert {10.0} == {w.setup_s for w in search(both[0], network(turning)).windows}  # nobody uses it for another
    first, *later = (w for w in found.windows if w.request == "iss")
    assert 10.0 == first.setup_s
    assert all(10.0 < w.setup_s <= 10.0 + 180.0 / 5.0 for w in later[:3])
    assert all(p.los < seconds(first.span.start, -46.0) or first.span.end < p.aos for p in others)


@pytest.mark.parametrize(("teardown_s", "expected_s"), [(20.0, 10.0), (40.0, 10.0 + 36.0)])
def test_a_turn_counts_where_there_is_no_time_for_it_between_two_passes(
    site: Station, teardown_s: float, expected_s: float
) -> None:
    item = max(passes(site), key=lambda p: p.peak_elevation_deg)
    before = replace(LATER, epoch=START + timedelta(minutes=5))
    turning = replace(site, antennas=(replace(FREE, slew_deg_s=5.0, setup_s=10.0, teardown_s=teardown_s),))
    asked = [request(span=around(item)), request(id="polar", satellite="POLAR")]
    found = search(asked, network(turning), sources=SOURCES | {"POLAR": before})

    (gap_s,) = [g for p in passes(site, DAY, before) if 0.0 < (g := (item.aos - p.los).total_seconds()) < 600.0]
    assert 10.0 + 36.0 + 20.0 < gap_s < 10.0 + 36.0 + 40.0
    assert {expected_s} == {w.setup_s for w in found.windows if w.request == "r"}


def test_a_turn_is_as_far_as_two_passes_lie_apart_at_most(site: Station) -> None:
    turning = replace(site, antennas=(replace(FREE, slew_deg_s=5.0),))
    found = search([request(id="iss"), request(id="polar", satellite="POLAR")], network(turning))
    ways = {s: [(p, track(SOURCES[s], site, p.span)) for p in passes(site, DAY, SOURCES[s])] for s in ("ISS", "POLAR")}
    for window in found.windows:
        own, here = next((p, way) for p, way in ways[window.satellite] if p.aos <= window.span.start < p.los)
        other = {"ISS": "POLAR", "POLAR": "ISS"}[window.satellite]
        turns_s = [0.0]
        for item, there in ways[other]:
            if seconds(item.los, 36.0) > own.aos and item.aos < own.los:
                apart_deg = np.abs(here.azimuth_deg[:, None] - there.azimuth_deg[None, :])
                rise_deg = np.abs(here.elevation_deg[:, None] - there.elevation_deg[None, :])
                turns_s.append(float(np.maximum(np.minimum(apart_deg, 360.0 - apart_deg), rise_deg).max()) / 5.0)

        assert max(turns_s) <= window.setup_s <= max(turns_s) + 2.0


def test_pointing_is_told_where_antennas_turn(site: Station) -> None:
    item = longest(site)
    turning = replace(site, antennas=(replace(FREE, slew_deg_s=300.0),))
    (window,) = search(request(span=around(item)), network(turning)).windows
    way = track(sets.ISS, site, window.span)

    ((start_azimuth_deg, start_elevation_deg),) = window.start_pointing
    ((end_azimuth_deg, end_elevation_deg),) = window.end_pointing
    assert (way.azimuth_deg[0], way.elevation_deg[0]) == pytest.approx((start_azimuth_deg, start_elevation_deg))
    assert (way.azimuth_deg[-1], way.elevation_deg[-1]) == pytest.approx((end_azimuth_deg, end_elevation_deg))


def test_between_cable_stops_an_antenna_turns_from_one_unwrapped_azimuth_to_the_other(site: Station) -> None:
    turning = with_stops(site, -270.0, 270.0, slew_deg_s=5.0)
    (antenna,) = turning.antennas
    found = search([request(id="iss"), request(id="polar", satellite="POLAR")], network(turning))
    short = search(
        [request(id="iss"), request(id="polar", satellite="POLAR")],
        network(replace(turning, antennas=(replace(FREE, slew_deg_s=5.0),))),
    )
    ways = {s: [(p, track(SOURCES[s], site, p.span)) for p in passes(site, DAY, SOURCES[s])] for s in ("ISS", "POLAR")}
    farther = 0
    for window, free in zip(found.windows, short.windows, strict=True):
        own, here = next((p, way) for p, way in ways[window.satellite] if p.aos <= window.span.start < p.los)
        other = {"ISS": "POLAR", "POLAR": "ISS"}[window.satellite]
        turns_s = [0.0]
        for item, there in ways[other]:
            if seconds(item.los, 540.0 / 5.0) > own.aos and item.aos < own.los:
                driven_deg = np.abs(here.follow(antenna).azimuth_deg[:, None] - there.follow(antenna).azimuth_deg)
                rise_deg = np.abs(here.elevation_deg[:, None] - there.elevation_deg)
                turns_s.append(float(np.maximum(driven_deg, rise_deg).max()) / 5.0)
        farther += window.setup_s > free.setup_s

        assert max(turns_s) <= window.setup_s <= max(turns_s) + 2.0
        assert free.setup_s <= window.setup_s
        for (azimuth_deg, _), moment in zip(
            (*window.start_pointing, *window.end_pointing), (window.span.start, window.span.end), strict=True
        ):
            step = (moment - own.aos).total_seconds()
            driven_deg = here.follow(antenna).azimuth_deg
            assert np.interp(step, np.arange(len(here)), driven_deg) == pytest.approx(azimuth_deg, abs=0.2)
    assert farther > 0


def test_between_cable_stops_a_pass_counts_that_ends_less_than_the_whole_way_before(site: Station) -> None:
    item = max(passes(site), key=lambda p: p.peak_elevation_deg)
    before = replace(LATER, epoch=START + timedelta(minutes=5))
    turning = with_stops(site, -270.0, 270.0, slew_deg_s=5.0)
    asked = [request(span=around(item)), request(id="polar", satellite="POLAR")]
    found = search(asked, network(turning), sources=SOURCES | {"POLAR": before})

    (gap_s,) = [g for p in passes(site, DAY, before) if 0.0 < (g := (item.aos - p.los).total_seconds()) < 600.0]
    assert 180.0 / 5.0 < gap_s < 540.0 / 5.0
    (setup_s,) = {w.setup_s for w in found.windows if w.request == "r"}
    assert 0.0 < setup_s <= 540.0 / 5.0


def test_an_antenna_unwinds_between_two_passes_of_one_satellite(site: Station) -> None:
    # A mask hides north, between 12 and 360 degrees on the way; both parts have a wrap between 0 and 360.
    ridge = HorizonMask(((0.0, 80.0), (2.0, 80.0), (3.0, 0.0), (340.0, 0.0), (350.0, 80.0)))
    masked = replace(site, horizon_mask=ridge)
    asked = polar(min_s=30.0, wanted_s=30.0)
    setups_s = {
        stops_deg: [w.setup_s for w in search(asked, network(with_stops(masked, *stops_deg, slew_deg_s=5.0))).windows]
        for stops_deg in ((0.0, 360.0), (-270.0, 270.0))
    }

    assert [0.0, 0.0] == setups_s[-270.0, 270.0]
    first_s, second_s = setups_s[0.0, 360.0]
    assert 0.0 == first_s
    assert 300.0 / 5.0 < second_s <= 360.0 / 5.0


def test_an_array_tells_the_pointing_of_each_antenna(site: Station) -> None:
    east = replace(site, id="EST", longitude_deg=14.0)
    turning = replace(site, antennas=(FREE, replace(FREE, id="b", slew_deg_s=300.0)))
    asked = request(arrays=(("EST/a", "DLF/a", "DLF/b"),), min_s=30.0)
    window = search(asked, network(turning, east)).windows[0]

    assert (ref("DLF/a"), ref("DLF/b"), ref("EST/a")) == window.antennas
    assert window.start_pointing[0] == window.start_pointing[1] != window.start_pointing[2]


def test_an_array_at_one_station_waits_for_its_slowest_antenna(site: Station) -> None:
    fast, slow = replace(FREE, slew_deg_s=20.0), replace(FREE, id="b", slew_deg_s=5.0)
    polar_too = request(id="polar", satellite="POLAR")
    choices: dict[str, dict[str, Any]] = {
        "fast": {"stations": (ref("DLF/a"),)},
        "slow": {"stations": (ref("DLF/b"),)},
        "both": {"arrays": (("DLF/a", "DLF/b"),)},
    }
    setups_s = {}
    for name, changes in choices.items():
        found = search([request(min_s=1.0, **changes), polar_too], network(replace(site, antennas=(fast, slow))))
        setups_s[name] = [w.setup_s for w in found.windows if w.request == "r"]

    assert setups_s["fast"] != setups_s["slow"]
    assert setups_s["slow"] == setups_s["both"]


def test_an_array_at_two_stations_has_time_for_the_longest_of_all_turns(site: Station) -> None:
    turning = replace(site, antennas=(replace(FREE, slew_deg_s=5.0),))
    east = replace(turning, id="EST", longitude_deg=14.0)
    polar_too = request(id="polar", satellite="POLAR")
    alone = search([request(min_s=1.0), polar_too], network(turning, east)).windows
    array = search([request(arrays=(("EST/a", "DLF/a"),)), polar_too], network(turning, east)).windows

    setups_s = {w.setup_s for w in alone if w.request == "r"}
    assert 0.0 in setups_s
    assert {max(setups_s)} == {w.setup_s for w in array if w.request == "r"}


def view_periods_of(site: Station, span: Span) -> ViewPeriods:
    """The passes of the ISS and of POLAR over a site."""
    needs = [(satellite, site, None) for satellite in ("ISS", "POLAR")]
    return find_view_periods(TIMELINES, needs, span, max_timing_s=0.0, refraction=False, progress=None)


def test_the_arc_of_a_pass_reaches_from_its_rise_to_its_set(site: Station) -> None:
    item = longest(site)
    (view_period,) = view_periods_of(site, around(item)).of("ISS", site, None, inside(around(item)))
    arc = Pointings(TIMELINES, refraction=False).arc(view_period, FREE)
    azimuth_deg = track(sets.ISS, site, item.span, step_s=item.duration_s / 100.0).azimuth_unwrapped_deg

    assert arc.least_azimuth_deg <= azimuth_deg.min() < azimuth_deg.max() <= arc.most_azimuth_deg


def test_the_arc_of_a_pass_that_is_cut_by_the_span_is_that_of_its_part_in_the_span(site: Station) -> None:
    item = longest(site)
    cut = Span(moment_of(floor_s(item.tca) - 60), moment_of(floor_s(item.tca) + 60))
    (view_period,) = view_periods_of(site, cut).of("ISS", site, None, inside(cut))
    arc = Pointings(TIMELINES, refraction=False).arc(view_period, FREE)
    azimuth_deg = track(sets.ISS, site, cut).azimuth_unwrapped_deg

    assert (azimuth_deg.min(), azimuth_deg.max()) == pytest.approx((arc.least_azimuth_deg, arc.most_azimuth_deg))


def test_a_pass_that_is_nowhere_high_enough_needs_no_turn(site: Station) -> None:
    antenna = replace(FREE, slew_deg_s=5.0)
    item = max(passes(site), key=lambda p: p.peak_elevation_deg)
    view_periods = view_periods_of(site, DAY)
    uses = [(ref("DLF/a"), satellite, 600, 600) for satellite in ("ISS", "POLAR")]
    view_period = next(v for v in view_periods.of("ISS", site, None, inside(DAY)) if v.span == item.span)
    turns_s = [
        Turns(uses, view_periods, Pointings(TIMELINES, refraction=False)).longest_s(ref("DLF/a"), antenna, v)
        for v in (view_period, replace(view_period, high=()))
    ]

    assert 0 < turns_s[0] <= 36
    assert 0 == turns_s[1]


def test_pointing_over_north_lies_between_0_and_360_degrees(site: Station) -> None:
    turning = replace(site, antennas=(replace(FREE, slew_deg_s=300.0),))
    (window,) = search(polar(), network(turning)).windows
    way = track(LATER, site, window.span)

    assert (way.azimuth_deg[0], way.azimuth_deg[-1]) == pytest.approx(
        (window.start_pointing[0][0], window.end_pointing[0][0])
    )
    assert way.azimuth_deg[-1] != pytest.approx(way.azimuth_unwrapped_deg[-1])


@pytest.mark.parametrize(
    ("arc", "expected_deg"),
    [
        (Arc(10.0, 20.0, 5.0, 5.0), 20.0),
        (Arc(-20.0, -10.0, 5.0, 5.0), 20.0),
        (Arc(340.0, 350.0, 5.0, 5.0), 20.0),
        (Arc(100.0, 400.0, 5.0, 5.0), 180.0),
        (Arc(179.0, 179.0, 5.0, 5.0), 179.0),
        (Arc(181.0, 181.0, 5.0, 5.0), 179.0),
        (Arc(0.0, 1.0, 5.0, 60.0), 55.0),
    ],
)
def test_an_antenna_turns_its_azimuth_the_short_way(arc: Arc, expected_deg: float) -> None:
    north = Arc(0.0, 0.0, 5.0, 5.0)

    assert expected_deg == north.turn_deg(arc) == arc.turn_deg(north)


@pytest.mark.parametrize(
    ("arc", "expected_deg"),
    [
        (Arc(10.0, 20.0, 5.0, 5.0), 20.0),
        (Arc(-20.0, -10.0, 5.0, 5.0), 20.0),
        (Arc(340.0, 350.0, 5.0, 5.0), 350.0),
        (Arc(-5.0, 400.0, 5.0, 5.0), 400.0),
        (Arc(0.0, 1.0, 5.0, 60.0), 55.0),
    ],
)
def test_between_cable_stops_there_is_no_short_way(arc: Arc, expected_deg: float) -> None:
    north = Arc(0.0, 0.0, 5.0, 5.0)

    assert expected_deg == north.drive_deg(arc) == arc.drive_deg(north)
