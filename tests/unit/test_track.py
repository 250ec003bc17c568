"""`track`: pointing, Doppler and the Sun."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from skyfield.api import EarthSatellite, wgs84

from passplan import Antenna, ElementSet, InputError, Span, Station, find_passes, track
from passplan.orbit.scales import timescale
from passplan.orbit.sgp4_motion import sgp4_record
from tests import sets


def _pass_span(source: ElementSet, station: Station, *, high: bool = False) -> Span:
    passes = find_passes([source], [station], Span(source.epoch, source.epoch + timedelta(days=3)))
    chosen = max(passes, key=lambda p: p.peak_elevation_deg) if high else passes[0]
    return chosen.span


def test_a_track_is_skyfields(iss: ElementSet, delft: Station) -> None:
    way = track(iss, delft, _pass_span(iss, delft), step_s=7.0)
    times = timescale().from_datetimes([t.item().replace(tzinfo=iss.epoch.tzinfo) for t in way.time])
    place = wgs84.latlon(delft.latitude_deg, delft.longitude_deg, delft.altitude_m)
    satellite = EarthSatellite.from_satrec(sgp4_record(iss), timescale())
    elevation, azimuth, distance, _, _, range_rate = (satellite - place).at(times).frame_latlon_and_rates(place)

    assert elevation.degrees == pytest.approx(way.elevation_deg, abs=1e-6)
    assert azimuth.degrees == pytest.approx(way.azimuth_deg, abs=1e-6)
    assert distance.km == pytest.approx(way.range_km, abs=1e-5)
    assert range_rate.km_per_s == pytest.approx(way.range_rate_km_s, abs=2e-7)


def test_range_rate_is_the_slope_of_the_range(iss: ElementSet, delft: Station) -> None:
    way = track(iss, delft, _pass_span(iss, delft), step_s=0.5)
    slope = (way.range_km[2:] - way.range_km[:-2]) / 1.0

    # SGP4's own velocity leaves out some of what moves its positions: metres a second.
    assert slope == pytest.approx(way.range_rate_km_s[1:-1], abs=8e-3)


def test_an_approaching_satellite_is_heard_high_and_sent_to_low(iss: ElementSet, delft: Station) -> None:
    way = track(iss, delft, _pass_span(iss, delft, high=True), step_s=1.0)
    downlink_hz, uplink_hz = way.doppler_hz(437.8e6), way.doppler_hz(437.8e6, "uplink")

    assert way.range_rate_km_s[0] < 0.0 < way.range_rate_km_s[-1]
    assert 8_000.0 < downlink_hz[0] < 10_500.0  # amateurs are told 9 to 10 kHz
    assert -10_500.0 < uplink_hz[0] < -8_000.0
    # What is sent that much off arrives at the frequency itself.
    received_hz = (437.8e6 + uplink_hz) * (1.0 - way.range_rate_km_s / 299_792.458)
    assert np.full(len(way), 437.8e6) == pytest.approx(received_hz, abs=1e-3)


def test_a_direction_that_is_none_is_refused(iss: ElementSet, delft: Station) -> None:
    with pytest.raises(InputError, match='"downlink" or "uplink"'):
        track(iss, delft, _pass_span(iss, delft)).doppler_hz(1e8, "sideways")


def test_unwrapped_azimuths_never_jump(delft: Station) -> None:
    jumps = 0
    passes = find_passes([sets.POLAR], [delft], Span(sets.POLAR.epoch, sets.POLAR.epoch + timedelta(days=2)))
    for item in passes:
        if item.peak_elevation_deg > 80.0:
            continue
        way = track(sets.POLAR, delft, item.span, step_s=1.0)
        jumps += int((np.abs(np.diff(way.azimuth_deg)) > 180.0).any())

        assert np.abs(np.diff(way.azimuth_unwrapped_deg)).max() < 20.0
        assert way.azimuth_deg == pytest.approx(np.mod(way.azimuth_unwrapped_deg, 360.0), abs=1e-9)
        assert 0.0 <= way.azimuth_unwrapped_deg[0] < 360.0
    assert jumps > 0  # or nothing was tested


def test_the_sun_is_seldom_in_the_beam(iss: ElementSet, delft: Station) -> None:
    way = track(iss, delft, Span(iss.epoch, iss.epoch + timedelta(days=1)), step_s=30.0)

    assert ((way.sun_separation_deg >= 0.0) & (way.sun_separation_deg <= 180.0)).all()
    assert 0.55 < way.sunlit.mean() < 0.75  # a low orbit spends a good third in the shadow


@pytest.mark.fault(32)
def test_a_keyhole_and_a_slow_antenna_leave_gaps(iss: ElementSet, delft: Station) -> None:
    span = _pass_span(iss, delft, high=True)
    way = track(iss, delft, span, step_s=1.0)
    free = Antenna(id="a", bands=("VHF",))
    peak_deg = float(way.elevation_deg.max())
    holed = replace(free, keyhole_deg=peak_deg - 5.0)
    fastest_deg_s = float(np.abs(np.diff(way.azimuth_unwrapped_deg)).max())

    assert () == way.gaps(free)
    (gap,) = way.gaps(holed)
    inside = (way.elevation_deg > holed.keyhole_deg).sum()
    assert inside == pytest.approx(gap.duration_s, abs=1.0)
    assert () == way.gaps(replace(free, slew_deg_s=fastest_deg_s * 1.01))
    (slow,) = way.gaps(replace(free, slew_deg_s=fastest_deg_s * 0.9))
    assert span.start < slow.start < slow.end < span.end


def test_an_antenna_between_cable_stops_goes_to_the_other_wrap_or_unwinds(delft: Station) -> None:
    passes = find_passes([sets.POLAR], [delft], Span(sets.POLAR.epoch, sets.POLAR.epoch + timedelta(days=2)))
    ways = [track(sets.POLAR, delft, p.span) for p in passes if p.peak_elevation_deg < 80.0]
    crossing = [w for w in ways if (np.abs(np.diff(w.azimuth_deg)) > 180.0).any()]
    assert crossing
    free = Antenna(id="a", bands=("S",), slew_deg_s=20.0)
    unwound = 0
    for way in crossing:
        between = replace(free, cable_stops_deg=(-270.0, 270.0))
        assert () == way.gaps(between)
        assert way.follow(between).is_followed[1:-1].all()
        assert np.abs(np.diff(way.follow(between).azimuth_deg)).max() < 20.0

        from_north = replace(free, cable_stops_deg=(0.0, 360.0))
        (gap,) = way.cable_gaps(from_north)
        assert (gap,) == way.gaps(from_north)
        assert () == way.keyhole_gaps(from_north)
        driven = way.follow(from_north)
        assert 0.0 <= driven.azimuth_deg.min() <= driven.azimuth_deg.max() <= 360.0
        followed = np.flatnonzero(driven.is_followed)
        if len(followed) < followed[-1] - followed[0] + 1:  # else it has no time to unwind
            unwound += 1
            assert 360.0 / 20.0 == gap.duration_s + way.step_s
            assert np.abs(np.diff(driven.azimuth_deg)).max() <= 20.0 + 1e-9  # no faster than it slews
    assert unwound > 0
    assert way.azimuth_unwrapped_deg is way.follow(free).azimuth_deg


def test_steps_that_are_none_are_refused(iss: ElementSet, delft: Station) -> None:
    day = Span(iss.epoch, iss.epoch + timedelta(days=1))
    with pytest.raises(InputError, match="step_s"):
        track(iss, delft, day, step_s=0.0)
    with pytest.raises(InputError, match="longer step"):
        track(iss, delft, day, step_s=1e-3)


def test_a_track_beyond_the_end_of_a_satellite_says_when_it_fails(delft: Station) -> None:
    source = sets.DECAYING
    with pytest.raises(InputError, match=r"SGP4 fails from 20\d\d-"):
        track(source, delft, Span(source.epoch, source.epoch + timedelta(days=60)), step_s=600.0)
