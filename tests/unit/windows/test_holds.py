"""Passes of many hours, and arrays of antennas."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from passplan import (
    Span,
    Station,
    track,
)
from passplan.domain.network import Closure
from passplan.domain.windows import Filter
from passplan.windows.availability import floor_s, moment_of
from tests import sets
from tests.refs import ref
from tests.unit.windows.searches import (
    DAY,
    FREE,
    SOURCES,
    START,
    around,
    excluded,
    inward,
    longest,
    network,
    only,
    passes,
    request,
    search,
    seconds,
)

# --- long passes ---


@pytest.mark.fault(31)
def test_a_satellite_that_never_sets_is_held_for_a_day_at_most(delft: Station) -> None:
    span = Span(START, START + timedelta(days=3))
    under = replace(delft, id="LOS", latitude_deg=6.5, longitude_deg=-20.0, antennas=(replace(FREE, setup_s=300.0),))
    found = search(request(satellite="GEO", span=span), network(under), span, max_timing_s=60.0)

    assert [1] == [p.clipped_start + p.clipped_end - 1 for p in passes(under, span, SOURCES["GEO"])]
    assert 4 == len(found.windows)
    assert (span.start, span.end) == (found.windows[0].span.start, found.windows[-1].span.end)
    for window, after in zip(found.windows, found.windows[1:], strict=False):
        assert window.span.end == after.span.start
    assert all(w.span.duration_s + w.setup_s + w.teardown_s <= 86_400.0 for w in found.windows)
    durations_s = [w.span.duration_s for w in found.windows]
    assert max(durations_s) - min(durations_s) <= 1.0


def test_a_contact_that_no_hold_can_carry_is_lost_to_its_length(delft: Station) -> None:
    span = Span(START, START + timedelta(days=3))
    under = replace(delft, id="LOS", latitude_deg=6.5, longitude_deg=-20.0, antennas=(replace(FREE, setup_s=300.0),))
    asked = request(satellite="GEO", span=span, min_s=86_200.0, wanted_s=86_400.0)
    assert Filter.LENGTH is excluded(search(asked, network(under), span)).filter

    just = request(satellite="GEO", span=span, min_s=86_100.0, wanted_s=86_400.0)
    assert [86_100.0] * 3 == [w.span.duration_s for w in search(just, network(under), span).windows]


def test_a_pass_of_many_hours_is_followed_too(site: Station) -> None:
    source = replace(sets.MOLNIYA, epoch=START)
    high_deg = max(p.peak_elevation_deg for p in passes(site, DAY, source)) - 2.0
    limited = replace(site, antennas=(replace(FREE, sun_separation_deg=60.0, keyhole_deg=high_deg, slew_deg_s=0.5),))
    found = search(request(min_s=1.0), network(limited), sources={"ISS": source})

    assert max(p.duration_s for p in passes(site, DAY, source)) > 6 * 3600.0
    assert len(passes(site, DAY, source)) < len(found.windows)
    for window in found.windows:
        way = track(source, site, window.span)
        assert way.sun_separation_deg.min() >= 60.0
        assert way.elevation_deg.max() <= high_deg


# --- arrays ---


def test_an_array_is_used_where_all_its_antennas_see_the_satellite(site: Station) -> None:
    east = replace(site, id="EST", longitude_deg=14.0, antennas=(replace(FREE, setup_s=90.0),))
    asked = request(arrays=(("EST/a", "DLF/a"),), min_s=30.0)
    found = search(asked, network(site, east))

    assert len(found.windows) > 3
    for window in found.windows:
        here, there = (
            next(p for p in passes(s) if p.aos <= window.span.start and window.span.end <= p.los) for s in (site, east)
        )
        assert inward(max(here.aos, there.aos), min(here.los, there.los)) == window.span
        assert min(here.peak_elevation_deg, there.peak_elevation_deg) == window.peak_elevation_deg
        assert max(here.timing_68_s, there.timing_68_s) == window.timing_68_s
        assert ((ref("DLF/a"), ref("EST/a")), 90.0) == (window.antennas, window.setup_s)


def test_passes_that_an_arrays_antennas_do_not_share_are_lost(site: Station) -> None:
    far = replace(site, id="FAR", longitude_deg=-80.0)
    found = search(request(arrays=(("FAR/a", "DLF/a"),)), network(site, far))
    alone = search([request(id="here", stations=("DLF",)), request(id="there", stations=("FAR",))], network(site, far))

    assert () == found.windows
    lost = {(e.span, e.longest_s) for e in found.exclusions if e.filter is Filter.SIMULTANEOUS}
    assert {(e.antennas) for e in found.exclusions} == {(ref("DLF/a"), ref("FAR/a"))}
    assert len(alone.windows) == len(lost)
    assert {w.span.duration_s for w in alone.windows} == {s for _, s in lost}


def test_an_array_with_an_antenna_that_never_sees_the_satellite_loses_every_pass(site: Station) -> None:
    north = replace(site, id="NOR", latitude_deg=89.0)
    found = search(request(arrays=(("DLF/a", "NOR/a"),)), network(site, north))

    assert [] == passes(north)
    assert () == found.windows
    assert [(Filter.SIMULTANEOUS, p.span) for p in passes(site)] == [(e.filter, e.span) for e in found.exclusions]


def test_an_array_at_one_station_is_closed_with_either_antenna(site: Station) -> None:
    item = longest(site)
    closed = Closure(span=Span(item.tca, item.los), antenna="b")
    two = replace(site, antennas=(FREE, replace(FREE, id="b", teardown_s=20.0)), closures=(closed,))
    found = search(request(span=around(item), arrays=(("DLF/b", "DLF/a"),)), network(two))

    assert inward(item.aos, seconds(moment_of(floor_s(item.tca)), -20.0)) == only(found)
