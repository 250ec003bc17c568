"""Passes that were worked out ahead, as the store finds them again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passplan.domain.rows.passes import ForecastPass
from passplan.store import passes
from passplan.store.database import Database, Transaction
from passplan.store.passes import PassQuery, Place, Spans
from tests.pass_rows import forecast_pass
from tests.planning import at, minute
from tests.rounding import as_stored
from tests.store.world import us

SATELLITES, STATIONS = ("ISS", "HST"), ("wlp", "gds", "krn")
WHOLE = PassQuery(start=at(-10_000), end=at(10_000))


def row(
    aos_min: float, los_min: float, satellite: str = "ISS", station: str = "wlp", peak: float = 45.0
) -> ForecastPass:
    """A pass as the store takes it."""
    return forecast_pass(at(aos_min), at(los_min), satellite=satellite, station=station, peak_elevation_deg=peak)


def keep(database: Database, *rows: ForecastPass) -> None:
    def replace_all(transaction: Transaction) -> None:
        for satellite in {r.satellite for r in rows}:
            passes.replace_passes(transaction, satellite, [r for r in rows if r.satellite == satellite])
        passes.delete_others(transaction, {r.satellite for r in rows})

    database.write(replace_all)


def select(database: Database, asked: PassQuery) -> list[tuple[str, str, float]]:
    """Satellite, station and minute of AOS of what is found."""
    with database.read() as connection:
        found = passes.select(connection, asked)
    return [(r.satellite, r.station, minute(r.aos)) for r in found]


def count(database: Database, asked: PassQuery | None = None) -> int:
    with database.read() as connection:
        return passes.count(connection, asked)


DAY = (
    row(0, 10),
    row(0, 8, station="gds", peak=12.0),
    row(5, 15, "HST", peak=80.0),
    row(90, 101, station="krn", peak=3.0),
    row(95, 300, "HST", "krn", peak=60.0),
)


def test_passes_are_replaced_whole(database: Database) -> None:
    keep(database, *DAY)
    keep(database, row(1, 2))

    assert [("ISS", "wlp", 1.0)] == select(database, WHOLE)
    keep(database)
    assert (0, []) == (count(database), select(database, WHOLE))


def test_a_pass_comes_back_as_it_was_kept(database: Database) -> None:
    kept = [
        forecast_pass(at(0.123456), at(9.9), peak_elevation_deg=0.1 + 0.2, timing_68_s=None, timing_95_s=1e-9),
        forecast_pass(at(20), at(30), clipped_start=True, clipped_end=False, stale=False, los_masked=False),
    ]
    keep(database, *kept)
    with database.read() as connection:
        found = passes.select(connection, WHOLE)

    assert list(map(as_stored, kept)) == found
    assert (0.3, None, 0.0) == (found[0].peak_elevation_deg, found[0].timing_68_s, found[0].timing_95_s)


def test_passes_come_in_order_of_aos_then_satellite_then_station(database: Database) -> None:
    keep(database, *reversed(DAY))

    assert [
        ("ISS", "gds", 0.0),
        ("ISS", "wlp", 0.0),
        ("HST", "wlp", 5.0),
        ("ISS", "krn", 90.0),
        ("HST", "krn", 95.0),
    ] == select(database, WHOLE)


def test_a_pass_that_only_touches_the_span_at_its_end_is_not_in_it(database: Database) -> None:
    keep(database, *DAY)

    assert [("ISS", "wlp", 0.0), ("HST", "wlp", 5.0)] == select(database, PassQuery(start=at(8), end=at(90)))
    assert [("HST", "krn", 95.0)] == select(database, PassQuery(start=at(101), end=at(102)))
    assert [] == select(database, PassQuery(start=at(15), end=at(90)))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"satellites": ("HST",)}, 2),
        ({"satellites": ("HST", "ISS")}, 5),
        ({"stations": ("krn", "gds")}, 3),
        ({"satellites": ("ISS",), "stations": ("krn",)}, 1),
        ({"min_peak_elevation_deg": 45.0}, 3),
        ({"min_peak_elevation_deg": 80.1}, 0),
        ({"stations": ("nowhere",)}, 0),
    ],
)
def test_each_limit_counts_alone_and_with_others(database: Database, changes: dict[str, Any], expected: int) -> None:
    keep(database, *DAY)
    asked = replace(WHOLE, **changes)

    assert expected == len(select(database, asked)) == count(database, asked)


def test_the_highest_pass_is_found_whatever_elevation_is_asked_for(database: Database) -> None:
    keep(database, *DAY)
    with database.read() as connection:
        found = passes.highest(connection, replace(WHOLE, stations=("krn",), min_peak_elevation_deg=85.0))
        nothing = passes.highest(connection, replace(WHOLE, stations=("nowhere",)))

    assert found is not None
    assert 60.0 == found.peak_elevation_deg
    assert nothing is None


def test_the_next_pass_of_a_station_is_the_one_that_is_under_way_or_comes_first(database: Database) -> None:
    keep(database, *DAY)
    with database.read() as connection:
        early, late = (passes.next_at_stations(connection, ("krn", "wlp"), at(moment)) for moment in (9, 100))

    assert {"wlp": "ISS", "krn": "ISS"} == {name: r.satellite for name, r in early.items()}
    assert {"krn": "ISS"} == {name: r.satellite for name, r in late.items()}
    with database.read() as connection:
        assert {} == passes.next_at_stations(connection, ("krn", "wlp"), at(300))
        assert ["krn"] == list(passes.next_at_stations(connection, ("krn",), at(9)))


def test_the_next_pass_of_a_station_may_be_days_away(database: Database) -> None:
    fifth_day, ninth_day = 5 * 24 * 60, 9 * 24 * 60
    keep(database, *DAY, *(row(k, k + 10, station="krn") for k in (ninth_day, fifth_day)))
    with database.read() as connection:
        found = passes.next_at_stations(connection, ("krn", "wlp"), at(300))

    assert {"krn": at(fifth_day)} == {name: r.aos for name, r in found.items()}


def test_who_passes_at_a_moment(database: Database) -> None:
    keep(database, *DAY)
    with database.read() as connection:
        found = passes.spans(connection, us(0), us(400))

    assert [("ISS", "wlp"), ("HST", "wlp")] == sorted(found.touching(us(8), us(9)), reverse=True)
    assert [("HST", "krn")] == list(found.touching(us(299), us(500)))
    assert [] == list(found.touching(us(300), us(500)))
    assert [] == list(Spans([], [], [], 0).touching(0, 10))


TIMES = st.lists(
    st.tuples(st.sampled_from(SATELLITES), st.sampled_from(STATIONS), st.integers(0, 60), st.integers(1, 90)),
    max_size=25,
    unique_by=lambda p: p[:3],
)


@given(TIMES, st.integers(-5, 70), st.integers(1, 60))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_touches_a_span_is_what_a_look_at_each_pass_finds(
    database: Database, found: list[tuple[str, str, int, int]], start: int, length: int
) -> None:
    keep(database, *(row(aos, aos + long, satellite, station) for satellite, station, aos, long in found))
    inside = [p for p in found if p[2] < start + length and start < p[2] + p[3]]
    with database.read() as connection:
        known = passes.spans(connection, us(-100), us(200))

    assert sorted((p[0], p[1]) for p in inside) == sorted(known.touching(us(start), us(start + length)))
    asked = PassQuery(start=at(start), end=at(start + length))
    assert len(inside) == count(database, asked)
    wanted = sorted((p[2], p[0], p[1]) for p in inside)
    assert wanted == [(int(aos), satellite, station) for satellite, station, aos in select(database, asked)]


@given(TIMES, st.integers(1, 7))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_of_any_size_have_each_pass_once_and_in_order(
    database: Database, found: list[tuple[str, str, int, int]], size: int
) -> None:
    keep(database, *(row(aos, aos + long, satellite, station) for satellite, station, aos, long in found))
    turned: list[tuple[str, str, float]] = []
    after: Place | None = None
    while page := select(database, replace(WHOLE, after=after, most=size)):
        turned += page
        satellite, station, aos = page[-1]
        after = (us(aos), satellite, station)

    assert select(database, WHOLE) == turned
    assert len(found) == len(turned)
