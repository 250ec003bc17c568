"""Time scales and frames against Skyfield, which has them on its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from skyfield.api import EarthSatellite, wgs84
from skyfield.framelib import itrs
from skyfield.sgp4lib import theta_GMST1982

from passplan import ElementSet, Span
from passplan.orbit.frames import east_north_up, geodetic_position_km
from passplan.orbit.scales import TimeBase, earth_orientation_end, timescale
from passplan.orbit.sgp4_motion import Sgp4Motion, sgp4_record
from tests import sets


def _skyfield_time(start: datetime, seconds: np.ndarray) -> object:
    return timescale().utc(start.year, start.month, start.day, 0, 0, start.hour * 3600 + start.minute * 60 + seconds)


@pytest.mark.parametrize("year", [1990, 2016, 2026, 2035])
def test_the_sidereal_angle_is_skyfields(year: int) -> None:
    start = datetime(year, 12, 28, 7, 30, tzinfo=UTC)
    seconds = np.linspace(0.0, 86_400.0 * 2, 501)  # ends before a leap second of that year's last day
    times = _skyfield_time(start, seconds)
    expected = theta_GMST1982(times.whole, times.ut1_fraction)[0]  # type: ignore[attr-defined]
    found = TimeBase.over(Span(start, start + timedelta(days=2))).sidereal_rad(seconds)

    assert np.abs(np.angle(np.exp(1j * (expected - found)))).max() < 2e-10


def test_a_leap_second_moves_only_the_instants_after_it() -> None:
    start = datetime(2016, 12, 31, tzinfo=UTC)  # it ended with 23:59:60
    clock = TimeBase.over(Span(start, start + timedelta(days=2)))
    for moment in (datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2017, 1, 1, 0, 0, 1, tzinfo=UTC)):
        time = timescale().from_datetime(moment)
        expected = theta_GMST1982(time.whole, time.ut1_fraction)[0]
        found = clock.sidereal_rad(np.array([clock.seconds(moment)]))[0]

        assert abs(np.angle(np.exp(1j * (expected - found)))) < 2e-10


def test_julian_dates_keep_a_microsecond() -> None:
    start = datetime(2026, 8, 8, 23, 59, 59, 999_999, tzinfo=UTC)
    clock = TimeBase.over(Span(start, start + timedelta(seconds=1)))
    day, fraction = clock.julian(np.array([0.0, 1e-6]))

    assert day.tolist() == [2461260.5, 2461261.5]
    assert fraction * 86_400.0 == pytest.approx([86_399.999999, 0.0], abs=1e-9)


@pytest.mark.parametrize(
    ("latitude_deg", "longitude_deg", "altitude_m"), [(0, 0, 0), (90, 0, 0), (-77.8, 166.7, 153), (52, -179.99, 8848)]
)
def test_a_station_is_where_skyfield_has_it(latitude_deg: float, longitude_deg: float, altitude_m: float) -> None:
    expected = wgs84.latlon(latitude_deg, longitude_deg, altitude_m).itrs_xyz.km

    assert geodetic_position_km(latitude_deg, longitude_deg, altitude_m) == pytest.approx(expected, abs=1e-9)

    axes = east_north_up(latitude_deg, longitude_deg)
    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-15)


@pytest.mark.parametrize("source", sets.ALL, ids=lambda s: s.name)
def test_a_satellite_is_where_skyfield_has_it(source: ElementSet) -> None:
    start = source.epoch.replace(microsecond=0)
    start = start.replace(second=0)
    seconds = np.linspace(0.0, 86_400.0, 200)
    _, found = Sgp4Motion(source, TimeBase.over(Span(start, start + timedelta(days=1)))).positions(seconds)
    satellite = EarthSatellite.from_satrec(sgp4_record(source), timescale())
    expected = satellite.at(_skyfield_time(start, seconds)).frame_xyz(itrs).km

    assert found == pytest.approx(expected, abs=2e-6)


def test_the_earth_orientation_table_says_how_far_it_goes() -> None:
    assert earth_orientation_end() > datetime(2026, 1, 1, tzinfo=UTC)


def test_spans_beyond_the_earth_orientation_table_are_answered() -> None:
    start = earth_orientation_end() + timedelta(days=900)
    clock = TimeBase.over(Span(start, start + timedelta(days=1)))

    assert np.isfinite(clock.sidereal_rad(np.array([0.0, 86_400.0]))).all()
