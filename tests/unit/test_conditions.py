"""What else is said of a pass: sunlight and limits at its ends; the point below a satellite; the Sun in the sky."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from skyfield.api import EarthSatellite, wgs84

from passplan import ElementSet, HorizonMask, Passes, Span, Station, find_passes, track
from passplan.domain.sources import source_of
from passplan.orbit.scales import timescale
from passplan.orbit.sgp4_motion import sgp4_record
from passplan.passes.columns import at
from passplan.passes.conditions import Sunlight, conditions
from passplan.passes.ground import footprint, ground_track
from passplan.passes.sky import sun_direction
from tests import sets
from tests.naive import limit_deg

MASK = HorizonMask(((10.0, 3.0), (60.0, 25.0), (120.0, 2.0), (200.0, 14.0), (330.0, 8.0)))
STATIONS = (
    Station(id="DLF", latitude_deg=52.0, longitude_deg=4.4, altitude_m=10.0, min_elevation_deg=5.0),
    Station(
        id="MSK", latitude_deg=40.0, longitude_deg=-4.0, altitude_m=600.0, min_elevation_deg=5.0, horizon_mask=MASK
    ),
    Station(id="QTO", latitude_deg=5.0, longitude_deg=-120.0, altitude_m=30.0, horizon_mask=MASK),
)


@pytest.fixture(scope="module")
def passes() -> Passes:
    """Three satellites over three stations for three days."""
    sources = [sets.ISS, sets.POLAR, sets.RETROGRADE]
    return find_passes(sources, STATIONS, Span(sets.ISS.epoch, sets.ISS.epoch + timedelta(days=3)))


def test_sunlight_is_what_a_track_says_at_aos_and_los(passes: Passes) -> None:
    found = list(conditions(passes))
    words = {
        (True, True): Sunlight.SUNLIT,
        (False, False): Sunlight.ECLIPSED,
        (True, False): Sunlight.ENTERS,
        (False, True): Sunlight.LEAVES,
    }
    wanted = []
    for k, p in enumerate(passes):
        source = passes.sources[passes.source_index[k]]
        station = passes.stations[passes.station_index[k]]
        ends = [track(source, station, Span(m, m + timedelta(seconds=1))).sunlit[0] for m in (p.aos, p.los)]
        wanted.append(words[bool(ends[0]), bool(ends[1])])

    assert wanted == [c.sunlight for c in found]
    assert set(Sunlight) == set(wanted)


def test_limits_are_the_larger_of_mask_and_floor_where_the_satellite_crosses_them(passes: Passes) -> None:
    found = list(conditions(passes))
    stations = [passes.stations[k] for k in passes.station_index]

    assert len(passes) == len(found) > 40
    for p, c, station in zip(passes, found, stations, strict=True):
        assert limit_deg(station, p.aos_azimuth_deg) == pytest.approx(c.aos_limit_deg, abs=1e-9)
        assert limit_deg(station, p.los_azimuth_deg) == pytest.approx(c.los_limit_deg, abs=1e-9)
        assert (c.aos_limit_deg > station.min_elevation_deg + 1e-9) == c.aos_masked
        assert (c.los_limit_deg > station.min_elevation_deg + 1e-9) == c.los_masked
        for moment, limit in ((p.aos, c.aos_limit_deg), (p.los, c.los_limit_deg)):
            if not (p.clipped_start or p.clipped_end):
                source = next(s for s in passes.sources if s.catalog_number == p.catalog_number)
                way = track(source, station, Span(moment, moment + timedelta(seconds=1)))
                assert limit == pytest.approx(way.elevation_deg[0], abs=0.01)


def test_only_a_mask_above_the_floor_cuts_a_pass(passes: Passes) -> None:
    by_station: dict[str, set[bool]] = {s.id: set() for s in STATIONS}
    for p, c in zip(passes, conditions(passes), strict=True):
        by_station[p.station] |= {c.aos_masked, c.los_masked}

    assert {"DLF": {False}, "MSK": {False, True}, "QTO": {True}} == by_station


def test_no_pass_has_no_conditions(iss: ElementSet) -> None:
    kiruna = Station(id="KIR", latitude_deg=67.857, longitude_deg=20.964, min_elevation_deg=5.0)

    assert [] == list(conditions(find_passes([iss], [kiruna], Span(iss.epoch, iss.epoch + timedelta(days=1)))))


@pytest.mark.parametrize("source", [sets.ISS, sets.POLAR, sets.MOLNIYA, sets.GEOSTATIONARY], ids=lambda s: str(s.name))
def test_the_ground_track_is_skyfields(source: ElementSet) -> None:
    way = ground_track(source, Span(source.epoch, source.epoch + source_of(source).period), step_s=300.0)
    times = timescale().from_datetimes([at(moment) for moment in way.time])
    below = wgs84.geographic_position_of(EarthSatellite.from_satrec(sgp4_record(source), timescale()).at(times))
    turned = (below.longitude.degrees - way.longitude_deg + 180.0) % 360.0 - 180.0

    assert below.latitude.degrees == pytest.approx(way.latitude_deg, abs=1e-3)
    assert np.zeros(len(way)) == pytest.approx(turned, abs=1e-3)
    assert below.elevation.km == pytest.approx(way.altitude_km, abs=0.1)
    assert (np.abs(way.longitude_deg) <= 180.0).all()


def test_a_ground_track_has_both_ends_where_its_steps_meet_them(iss: ElementSet) -> None:
    span = Span(iss.epoch, iss.epoch + timedelta(seconds=95))

    assert [0.0, 30.0, 60.0, 90.0] == [
        (at(t) - iss.epoch).total_seconds() for t in ground_track(iss, span, step_s=30.0).time
    ]
    assert 20 == len(ground_track(iss, span, step_s=5.0))


def test_a_ground_track_ends_where_sgp4_does() -> None:
    source = sets.DECAYING
    whole = Span(source.epoch, source.epoch + timedelta(days=60))
    way = ground_track(source, whole, step_s=3_600.0)

    assert 24 < len(way) < 60 * 24
    assert np.isfinite(way.latitude_deg).all()
    assert (way.altitude_km > 0.0).all()


def test_the_edge_of_a_footprint_sees_the_satellite_at_the_least_elevation(iss: ElementSet) -> None:
    way = ground_track(iss, Span(iss.epoch, iss.epoch + source_of(iss).period), step_s=600.0)
    looks = []
    for k in range(len(way)):
        for latitude_deg, longitude_deg in footprint(
            way.latitude_deg[k], way.longitude_deg[k], way.altitude_km[k], min_elevation_deg=10.0, points=12
        ):
            edge = Station(id="EDG", latitude_deg=latitude_deg, longitude_deg=longitude_deg)
            moment = at(way.time[k])
            looks.append(track(iss, edge, Span(moment, moment + timedelta(seconds=1))).elevation_deg[0])

    assert np.full(len(looks), 10.0) == pytest.approx(np.array(looks), abs=0.5)
    assert len(way) * 12 == len(looks)


@pytest.mark.parametrize(
    ("latitude_deg", "longitude_deg", "moment"),
    [
        (52.0, 4.4, datetime(2026, 8, 8, 12, 0, tzinfo=UTC)),
        (-36.9, 174.8, datetime(2026, 12, 21, 1, 0, tzinfo=UTC)),
        (78.2, 15.4, datetime(2026, 6, 21, 0, 0, tzinfo=UTC)),
        (0.0, -120.0, datetime(2027, 3, 20, 3, 30, tzinfo=UTC)),
    ],
)
def test_the_sun_stands_where_skyfield_finds_it(latitude_deg: float, longitude_deg: float, moment: datetime) -> None:
    site = Station(id="X", latitude_deg=latitude_deg, longitude_deg=longitude_deg, altitude_m=100.0)
    azimuth_deg, elevation_deg = sun_direction(site, moment)
    # No ephemeris is at hand: the Sun as the Astronomical Almanac's low-precision series has it, turned by skyfield.
    time = timescale().from_datetime(moment)
    days = time.ut1 - 2_451_545.0
    anomaly = np.radians(357.528 + 0.9856003 * days)
    longitude = np.radians(280.460 + 0.9856474 * days + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2.0 * anomaly))
    tilt = np.radians(23.439 - 0.0000004 * days)
    right_ascension = np.arctan2(np.cos(tilt) * np.sin(longitude), np.cos(longitude))
    declination = np.arcsin(np.sin(tilt) * np.sin(longitude))
    hour_angle = np.radians(time.gast * 15.0 + longitude_deg) - right_ascension
    latitude = np.radians(latitude_deg)
    up = np.arcsin(np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(hour_angle))
    around = np.arctan2(
        -np.sin(hour_angle) * np.cos(declination),
        np.sin(declination) * np.cos(latitude) - np.cos(declination) * np.sin(latitude) * np.cos(hour_angle),
    )

    assert np.degrees(up) == pytest.approx(elevation_deg, abs=0.02)
    assert abs((np.degrees(around) - azimuth_deg + 180.0) % 360.0 - 180.0) * np.cos(up) < 0.02


def test_the_sun_is_where_an_almanac_was_told() -> None:
    # NREL's report on its solar position algorithm (TP-560-34302, revised 2008), table A5.1: 17 October 2003, 19:30:30
    # UT, at 39.742476 N, 105.1786 W and 1830.14 m: azimuth 194.34024, elevation 39.87205 without refraction.
    site = Station(id="NREL", latitude_deg=39.742476, longitude_deg=-105.1786, altitude_m=1_830.14)
    azimuth_deg, elevation_deg = sun_direction(site, datetime(2003, 10, 17, 19, 30, 30, tzinfo=UTC))

    assert 194.34024 == pytest.approx(azimuth_deg, abs=0.02)
    assert 39.87205 == pytest.approx(elevation_deg, abs=0.012)


def test_limits_are_those_of_the_station_of_each_pass(passes: Passes) -> None:
    lower = find_passes(
        [sets.ISS],
        [replace(STATIONS[0], min_elevation_deg=2.0)],
        Span(sets.ISS.epoch, sets.ISS.epoch + timedelta(days=1)),
    )

    assert {2.0} == {limit for c in conditions(lower) for limit in (c.aos_limit_deg, c.los_limit_deg)}
    assert {5.0} == {c.aos_limit_deg for p, c in zip(passes, conditions(passes), strict=True) if p.station == "DLF"}
