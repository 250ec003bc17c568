"""Time scales and frames against Skyfield, which has them on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from skyfield.api import EarthSatellite, wgs84
from skyfield.framelib import itrs
from skyfield.sgp4lib import theta_GMST1982

from passplan import ElementSet, Span
from passplan.domain.errors import InputError
from passplan.orbit.frames import east_north_up, geodetic_position_km
from passplan.orbit.scales import EarthOrientation, TimeBase, earth_orientation, timescale, use_earth_orientation
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


@pytest.mark.fault(22)
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
    assert earth_orientation().end > datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.fault(21)
def test_spans_beyond_the_earth_orientation_table_are_answered() -> None:
    start = earth_orientation().end + timedelta(days=900)
    clock = TimeBase.over(Span(start, start + timedelta(days=1)))

    assert np.isfinite(clock.sidereal_rad(np.array([0.0, 86_400.0]))).all()


# --- a table of the IERS ---


def finals(first_mjd: int, days: int, dut1_s: Callable[[int], float]) -> str:
    """A file in the columns of finals2000A (IERS, readme.finals2000A): MJD in 8-15, UT1 - UTC in 59-68."""
    return "".join(
        f"260101{mjd:9.2f} P {0.1:9.6f}{0.01:9.6f} {0.2:9.6f}{0.01:9.6f}  P{dut1_s(mjd):10.7f}{0.0001:10.7f}\n"
        for mjd in range(first_mjd, first_mjd + days)
    )


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Path]:
    """The path of a table, which is not used after the test."""
    yield tmp_path / "finals2000A.data"
    use_earth_orientation(None)


MJD_2026 = 61_041  # 2026-01-01
MJD_2027 = MJD_2026 + 365


def ut1_s(moment: datetime) -> float:
    """UT1 - UTC [s]."""
    t = timescale().from_datetime(moment)
    return float(t.dut1)


def test_a_table_of_the_iers_counts_from_its_first_day_on(table: Path) -> None:
    before, within = datetime(2025, 6, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    shipped_s = ut1_s(before)
    table.write_text(finals(MJD_2026, 800, lambda mjd: 0.05 + (mjd - MJD_2026) * 1e-4))
    use_earth_orientation(table)

    assert shipped_s == pytest.approx(ut1_s(before), abs=1e-6)
    assert 0.05 + 151e-4 == pytest.approx(ut1_s(within), abs=1e-6)
    assert (str(table), datetime(2028, 3, 10, tzinfo=UTC)) == (
        earth_orientation().source,
        earth_orientation().end.replace(microsecond=0),
    )


def test_a_new_leap_second_of_the_table_is_known(table: Path) -> None:
    leap = MJD_2027 + 181  # 2027-07-01
    table.write_text(finals(MJD_2026, 800, lambda mjd: -0.6 if mjd < leap else 0.4))
    before = timescale().utc(2027, 7, 2).tt
    use_earth_orientation(table)

    assert 1.0 == pytest.approx((timescale().utc(2027, 7, 2).tt - before) * 86_400.0, abs=1e-4)
    assert 0.4 == pytest.approx(ut1_s(datetime(2027, 7, 2, tzinfo=UTC)), abs=1e-6)
    assert -0.6 == pytest.approx(ut1_s(datetime(2027, 6, 30, tzinfo=UTC)), abs=1e-6)


@pytest.mark.fault(21)
@pytest.mark.parametrize(
    "text", ["", "no table", finals(MJD_2026, 29, lambda _: 0.0), finals(MJD_2026, 40, lambda _: 1.5)]
)
def test_a_file_that_is_no_table_is_refused(table: Path, text: str) -> None:
    table.write_text(text)
    use_earth_orientation(table)
    with pytest.raises(InputError, match=r"finals2000A\.data: it has \d+ days of UT1"):
        timescale()


def test_a_second_of_ut1_turns_the_earth_by_15_seconds_of_arc(table: Path) -> None:
    span = Span(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 2, tzinfo=UTC))
    angles = []
    for dut1_s in (0.0, 0.5):
        table.write_text(finals(MJD_2026, 800, lambda _, s=dut1_s: s))  # type: ignore[misc]
        use_earth_orientation(None)
        use_earth_orientation(table)
        angles.append(TimeBase.over(span).sidereal_rad(np.zeros(1))[0])

    assert 0.5 * 7.292115e-5 == pytest.approx(angles[1] - angles[0], rel=1e-5)


@pytest.mark.fault(95)
def test_the_error_after_the_end_is_what_the_extrapolation_was_wrong_by() -> None:
    """The shipped table, cut off and extrapolated, against itself."""
    from skyfield.iokit import load_bundled_npy
    from skyfield.timelib import Timescale

    days_tt, delta_t_s = timescale().delta_t_table
    arrays = load_bundled_npy("iers.npz")
    stated = EarthOrientation(source="", end=datetime(2026, 1, 1, tzinfo=UTC))
    for cut in range(len(days_tt) - 365 * 27, len(days_tt) - 800, 365):
        part = Timescale((days_tt[:cut], delta_t_s[:cut]), arrays["leap_dates"], arrays["leap_offsets"])
        for days in (30, 180, 730):
            wrong_s = abs(float(part.tt_jd(days_tt[cut - 1 + days]).delta_t) - float(delta_t_s[cut - 1 + days]))
            assert wrong_s <= stated.ut1_error_s(stated.end + timedelta(days=days))
