"""Sources: one set or a table of states, the search asks both in the same way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from passplan import ElementSet, InputError, Passes, Source, Span, Station, find_passes, track
from passplan.domain.passes import AnswerKind
from passplan.domain.sources import source_of
from passplan.orbit.motion import Codes, Instants, Motion
from passplan.orbit.propagators import PROPAGATORS
from passplan.orbit.scales import Floats, TimeBase
from passplan.orbit.sgp4_motion import Sgp4Motion
from passplan.passes.ground import ground_track
from tests import sets

DAY = Span(sets.ISS.epoch, sets.ISS.epoch + timedelta(days=1))
_WIDE = Span(DAY.start - timedelta(days=1), DAY.end + timedelta(days=1))
_STEP_S = 15.0
_MU_KM3_S2 = 398_600.8
_NOT_COVERED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """States of a satellite at even steps, in TEME: a segment of another type than an element set."""

    catalog_number: int
    label: str
    coverage: Span
    position_km: Floats  # [instant, 3]
    velocity_km_s: Floats
    mean_motion_rev_day: float
    mean_motion_change_rev_day2: float = 0.0
    model: str = "a table"
    is_low_orbit: bool = True
    stale_age_s: float = 86_400.0

    @property
    def epoch(self) -> datetime:
        return self.coverage.start

    @property
    def rank(self) -> tuple[datetime, int, str]:
        return self.epoch, 0, self.label


class TableMotion(Motion):
    """Cubic Hermite interpolation: good to a decimetre, for SGP4's velocities are not quite its positions' rates."""

    def __init__(self, table: Table, clock: TimeBase) -> None:
        self.table = table
        self.clock = clock
        self.epoch_s = clock.seconds(table.coverage.start)
        self.end_s = clock.seconds(table.coverage.end)

    def teme_states(self, instants: Instants) -> tuple[Codes, Floats, Floats]:
        steps = (instants.seconds - self.epoch_s) / _STEP_S
        left = np.clip(np.floor(steps).astype(np.int64), 0, len(self.table.position_km) - 2)
        w = (steps - left)[:, None]
        p, q = self.table.position_km[left], self.table.position_km[left + 1]
        u, v = self.table.velocity_km_s[left] * _STEP_S, self.table.velocity_km_s[left + 1] * _STEP_S
        position_km = p + w * (u + w * (3.0 * (q - p) - 2.0 * u - v + w * (2.0 * (p - q) + u + v)))
        velocity_km = u + w * (2.0 * (3.0 * (q - p) - 2.0 * u - v) + 3.0 * w * (2.0 * (p - q) + u + v))
        beyond = (instants.seconds < self.epoch_s) | (instants.seconds > self.end_s)
        return np.where(beyond, _NOT_COVERED, 0).astype(np.uint8), position_km, velocity_km / _STEP_S

    def revolutions(self, seconds: Floats) -> NDArray[np.int64]:
        z = self.table.position_km[:, 2]
        nodes_s = self.epoch_s + _STEP_S * (np.flatnonzero((z[:-1] < 0.0) & (z[1:] >= 0.0)) + 0.5)
        return np.searchsorted(nodes_s, seconds)

    def mean_orbit(self, seconds: float) -> tuple[float, float]:
        inside_s = np.array([min(max(seconds, self.epoch_s), self.end_s)])
        _, (position_km,), (velocity_km_s,) = self.teme_states(Instants.on(self.clock, inside_s))
        radius_km = float(np.linalg.norm(position_km))
        semi_major_km = 1.0 / (2.0 / radius_km - float(velocity_km_s @ velocity_km_s) / _MU_KM3_S2)
        momentum = np.cross(position_km, velocity_km_s)
        return semi_major_km, math.sqrt(max(0.0, 1.0 - float(momentum @ momentum) / (_MU_KM3_S2 * semi_major_km)))


def table_of(elements: ElementSet, coverage: Span) -> Table:
    """What SGP4 makes of a set, as a table."""
    clock = TimeBase.over(coverage)
    seconds = np.arange(0.0, coverage.duration_s + _STEP_S, _STEP_S)
    code, position_km, velocity_km_s = Sgp4Motion(elements, clock).teme_states(Instants.on(clock, seconds))
    assert not code.any()
    return Table(
        catalog_number=elements.catalog_number,
        label=elements.label,
        coverage=coverage,
        position_km=position_km,
        velocity_km_s=velocity_km_s,
        mean_motion_rev_day=elements.mean_motion_rev_day,
    )


@pytest.fixture(autouse=True)
def tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are a type of segment."""
    monkeypatch.setitem(PROPAGATORS, Table, TableMotion)


@pytest.fixture(scope="module")
def stations() -> tuple[Station, ...]:
    return tuple(
        Station(id=f"S{k}", latitude_deg=latitude_deg, longitude_deg=longitude_deg, min_elevation_deg=5.0)
        for k, (latitude_deg, longitude_deg) in enumerate([(52.0, 4.4), (0.0, -60.0), (-35.0, 149.0)])
    )


def _seconds(passes: Passes) -> Floats:
    start = np.datetime64(passes.span.start.replace(tzinfo=None), "us")
    return np.array(
        [(column - start) / np.timedelta64(1, "us") * 1e-6 for column in (passes.aos, passes.tca, passes.los)]
    )


@pytest.mark.parametrize("elements", sets.LOW_ORBITS, ids=lambda s: str(s.name))
def test_a_table_of_states_gives_the_passes_of_the_set_it_was_made_from(
    elements: ElementSet, stations: Sequence[Station]
) -> None:
    elements = replace(elements, epoch=DAY.start)
    expected = find_passes([elements], stations, DAY)
    found = find_passes([table_of(elements, _WIDE)], stations, DAY)

    assert len(expected) == len(found) > 10
    assert expected.station_index.tolist() == found.station_index.tolist()
    assert _seconds(expected)[[0, 2]] == pytest.approx(_seconds(found)[[0, 2]], abs=1e-3)
    assert _seconds(expected)[1] == pytest.approx(_seconds(found)[1], abs=1e-2)
    assert expected.peak_elevation_deg == pytest.approx(found.peak_elevation_deg, abs=1e-4)
    assert "a table, WGS84 ellipsoid, UT1, geometric (no refraction)" == found.model
    assert {_WIDE.start} == {p.element_epoch for p in found}


def test_a_search_over_both_types_is_that_of_each(stations: Sequence[Station]) -> None:
    table = replace(table_of(sets.ISS, _WIDE), catalog_number=1)
    both = find_passes([sets.ISS, table], stations, DAY)
    for number, item in ((sets.ISS.catalog_number, sets.ISS), (1, table)):
        alone = find_passes([item], stations, DAY)
        part = both[both.to_columns()["catalog_number"] == number]

        assert [repr(p) for p in alone] == [repr(p) for p in part]  # the uncertainty of a table is NaN


def test_passes_of_a_table_end_with_it(stations: Sequence[Station]) -> None:
    passes = find_passes([sets.ISS], stations, DAY)
    end = passes[5].tca
    found = find_passes([table_of(sets.ISS, Span(DAY.start, end))], stations, DAY)
    begun = [p for p in passes if p.aos < end]

    assert [p.station for p in begun] == [p.station for p in found]
    assert all(abs((p.aos - q.aos).total_seconds()) < 1e-3 for p, q in zip(begun, found, strict=True))
    assert abs((end - found[5].los).total_seconds()) < 0.01
    failed = [a for a in found.answers if a.answer is AnswerKind.FAILED]
    assert [s.id for s in stations] == [a.station for a in failed]
    assert all(abs((a.since - end).total_seconds()) < 0.01 for a in failed)


def test_tracks_of_a_table_are_those_of_the_set(stations: Sequence[Station]) -> None:
    table, hour = table_of(sets.ISS, _WIDE), Span(DAY.start, DAY.start + timedelta(hours=1))
    expected, found = (track(item, stations[0], hour, step_s=10.0) for item in (sets.ISS, table))
    ground, under = (ground_track(item, hour, step_s=60.0) for item in (sets.ISS, table))

    assert expected.range_km == pytest.approx(found.range_km, abs=1e-3)
    assert expected.range_rate_km_s == pytest.approx(found.range_rate_km_s, abs=1e-4)
    assert ground.latitude_deg == pytest.approx(under.latitude_deg, abs=1e-5)


def test_an_element_set_stands_for_the_source_that_it_is_alone(stations: Sequence[Station]) -> None:
    source = source_of(sets.ISS)
    expected, found = (find_passes([item], stations, DAY) for item in (sets.ISS, source))

    assert Source(satellite="ISS (ZARYA)", segments=(sets.ISS,)) == source == source_of(source)
    for name, column in expected.to_columns().items():
        assert column.tolist() == found.to_columns()[name].tolist()


def test_passes_call_a_satellite_as_its_source_does(stations: Sequence[Station]) -> None:
    found = find_passes([Source(satellite="station", segments=(sets.ISS,))], stations, DAY)

    assert {("station", 25544)} == {(p.satellite, p.catalog_number) for p in found}


@pytest.mark.parametrize(
    ("segments", "changes"), [((), ()), ((sets.ISS, sets.ISS), ()), ((sets.ISS,) * 3, (DAY.end, DAY.start))]
)
def test_each_segment_but_the_first_begins_to_serve_at_a_change(
    segments: tuple[ElementSet, ...], changes: tuple[datetime, ...]
) -> None:
    with pytest.raises(InputError, match=f"the source of iss has {len(segments)} segments and {len(changes)} changes"):
        Source(satellite="iss", segments=segments, changes=changes)


def test_a_source_is_of_one_satellite() -> None:
    with pytest.raises(InputError, match="segments of several satellites"):
        Source(satellite="iss", segments=(sets.ISS, sets.POLAR), changes=(DAY.start,))


@pytest.mark.parametrize(
    ("begin_d", "end_d", "stale_d"),
    [(-7.0, 7.0, None), (-7.1, 0.0, -7.1), (6.0, 7.5, 7.0), (8.0, 9.0, 8.0), (-20.0, 20.0, -20.0)],
)
def test_a_source_is_stale_a_week_from_its_epoch(begin_d: float, end_d: float, stale_d: float | None) -> None:
    def at(days: float) -> datetime:
        return sets.ISS.epoch + timedelta(days=days)

    expected = None if stale_d is None else at(stale_d)

    assert expected == source_of(sets.ISS).stale_from(Span(at(begin_d), at(end_d)))


@pytest.mark.parametrize(
    ("elements", "days", "is_too_old"),
    [(sets.ISS, 13.9, False), (sets.ISS, 14.1, True), (sets.ISS, -14.1, True), (sets.GEOSTATIONARY, 60.0, False)],
)
def test_nothing_is_booked_on_low_orbits_two_weeks_from_their_epoch(
    elements: ElementSet, days: float, is_too_old: bool
) -> None:
    moment = elements.epoch + timedelta(days=days)
    span = Span(moment, moment + timedelta(seconds=1))

    assert is_too_old is source_of(elements).is_too_old(span)
