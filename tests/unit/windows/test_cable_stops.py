"""Passes that an antenna follows between its cable stops, and where it unwinds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from passplan import (
    Span,
    Station,
    track,
)
from passplan.domain.windows import Filter
from tests.unit.windows.searches import (
    DAY,
    FREE,
    LATER,
    OVER_NORTH,
    START,
    excluded,
    inward,
    network,
    only,
    passes,
    polar,
    request,
    search,
    seconds,
    with_stops,
)


def test_a_pass_over_north_is_cut_at_a_cable_stop_there_and_followed_whole_on_another_wrap(site: Station) -> None:
    (item,) = [p for p in passes(site, DAY, LATER) if OVER_NORTH.start < p.aos < OVER_NORTH.end]
    cut = network(with_stops(site, 0.0, 360.0))
    before, after = (w.span for w in search(polar(), cut).windows)
    way = track(LATER, site, inward(item.aos, item.los))
    crossing = int(np.flatnonzero(np.diff(way.azimuth_deg) > 180.0)[0])  # the last step before north

    # Without a slew rate unwinding takes no time, and the contact is in one piece or the other all the same.
    assert (item.aos, item.los) == pytest.approx((before.start, after.end), abs=timedelta(seconds=1.0))
    assert before.end <= seconds(way.span.start, crossing) < seconds(way.span.start, crossing + 1.0) <= after.start
    assert 2.0 <= (after.start - before.end).total_seconds() <= 4.0
    exclusion = excluded(search(polar(min_s=400.0, wanted_s=400.0), cut))
    assert (Filter.CABLE, inward(item.aos, item.los).duration_s) == (exclusion.filter, exclusion.longest_s)

    assert inward(item.aos, item.los) == only(search(polar(), network(with_stops(site, -270.0, 270.0))))
    # From 12 to -160 degrees: inside these too.
    assert inward(item.aos, item.los) == only(search(polar(), network(with_stops(site, -180.0, 180.0))))


def test_the_antenna_unwinds_beside_the_longer_piece_of_a_pass(site: Station) -> None:
    before, after = (w.span for w in search(polar(), network(with_stops(site, 0.0, 360.0, slew_deg_s=5.0))).windows)
    (_, at_once) = (w.span for w in search(polar(), network(with_stops(site, 0.0, 360.0))).windows)

    assert before.duration_s < after.duration_s  # so the time is taken from the shorter one
    assert at_once.start - timedelta(seconds=2.0) <= after.start <= at_once.start
    assert 360.0 / 5.0 <= (after.start - before.end).total_seconds() <= 360.0 / 5.0 + 3.0


def test_unwinding_that_takes_longer_than_the_pass_loses_the_rest_of_it(site: Station) -> None:
    low = request(satellite="POLAR", span=Span(DAY.start, START + timedelta(hours=6)))  # from 112 to 5 degrees
    item = next(p for p in passes(site, DAY, LATER) if p.los < low.span.end)
    slow = with_stops(site, 45.0, 405.0, slew_deg_s=0.7)
    window = only(search(low, network(slow)))
    way = track(LATER, site, inward(item.aos, item.los))
    above = np.flatnonzero(way.azimuth_deg >= 45.0)
    below = np.flatnonzero(way.azimuth_deg < 45.0)

    assert 360.0 / 0.7 > item.duration_s
    longer = above if len(above) > len(below) else below
    assert longer[0] - 1 <= (window.start - way.span.start).total_seconds() <= longer[0] + 2
    assert longer[-1] - 2 <= (window.end - way.span.start).total_seconds() <= longer[-1] + 1
    assert min(len(above), len(below)) > 60.0  # long enough to be asked for


def test_an_array_is_cut_where_one_of_its_antennas_unwinds(site: Station) -> None:
    two = replace(site, antennas=(FREE, replace(FREE, id="b", cable_stops_deg=(0.0, 360.0))))
    alone = search(polar(stations=("DLF/b",)), network(two)).windows

    assert 2 == len(alone)
    assert [w.span for w in alone] == [
        w.span for w in search(polar(arrays=(("DLF/a", "DLF/b"),)), network(two)).windows
    ]
