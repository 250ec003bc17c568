"""`find_passes`: what it answers at the edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from passplan import (
    AnswerKind,
    Answers,
    ElementSet,
    HorizonMask,
    InputError,
    Passes,
    Source,
    Span,
    Station,
    find_passes,
)
from passplan.formats.times import parse_instant
from passplan.orbit.nodes import NO_ORBIT
from passplan.orbit.scales import TimeBase
from passplan.orbit.sgp4_motion import Sgp4Motion
from tests import naive, sets

DAY = timedelta(days=1)


def _day(source: ElementSet, days: float = 1.0) -> Span:
    return Span(source.epoch, source.epoch + timedelta(days=days))


def _kinds(passes: Passes) -> list[AnswerKind]:
    return [a.answer for a in passes.answers]


def test_passes_come_in_order_of_aos_over_all_stations(iss: ElementSet, delft: Station) -> None:
    north = replace(delft, id="NRD", latitude_deg=45.0, longitude_deg=20.0)
    passes = find_passes([iss, sets.POLAR], [delft, north], Span(iss.epoch, iss.epoch + DAY))

    assert len(passes) > 10
    assert (np.diff(passes.aos) >= np.timedelta64(0)).all()
    assert (passes.aos < passes.tca).all()
    assert (passes.tca < passes.los).all()


def test_a_pass_knows_its_satellite_station_and_elements(iss: ElementSet, delft: Station) -> None:
    first = find_passes([iss], [delft], _day(iss))[0]

    assert ("ISS (ZARYA)", 25544, "DLF") == (first.satellite, first.catalog_number, first.station)
    assert iss.epoch == first.element_epoch
    assert abs((first.tca - iss.epoch).total_seconds()) == pytest.approx(first.element_age_s)
    assert 0.0 < first.timing_68_s < first.timing_95_s


@pytest.mark.fault(23)
def test_a_pass_under_way_at_the_start_is_returned_and_says_so(iss: ElementSet, delft: Station) -> None:
    whole = find_passes([iss], [delft], _day(iss))[0]
    cut = find_passes([iss], [delft], Span(whole.tca, whole.los + timedelta(minutes=5)))

    assert [(True, False)] == [(p.clipped_start, p.clipped_end) for p in cut]
    assert whole.tca == cut[0].aos
    assert abs((whole.los - cut[0].los).total_seconds()) < 2e-6


def test_a_pass_under_way_at_the_end_is_returned_and_says_so(iss: ElementSet, delft: Station) -> None:
    whole = find_passes([iss], [delft], _day(iss))[0]
    cut = find_passes([iss], [delft], Span(whole.aos - timedelta(minutes=5), whole.tca))

    assert [(False, True)] == [(p.clipped_start, p.clipped_end) for p in cut]
    assert whole.tca == cut[0].los


@pytest.mark.fault(23)
def test_a_span_inside_a_pass_is_one_pass_cut_at_both_ends(iss: ElementSet, delft: Station) -> None:
    whole = find_passes([iss], [delft], _day(iss))[0]
    inside = Span(whole.aos + timedelta(seconds=20), whole.los - timedelta(seconds=20))
    cut = find_passes([iss], [delft], inside)

    assert [(inside.start, inside.end, True, True)] == [(p.aos, p.los, p.clipped_start, p.clipped_end) for p in cut]
    assert [AnswerKind.ALWAYS_VISIBLE] == _kinds(cut)
    assert whole.peak_elevation_deg == pytest.approx(cut[0].peak_elevation_deg, abs=1e-6)


def test_a_station_that_sees_nothing_is_told_how_high_it_came(iss: ElementSet) -> None:
    kiruna = Station(id="KIR", latitude_deg=67.857, longitude_deg=20.964, altitude_m=400, min_elevation_deg=5.0)
    passes = find_passes([iss], [kiruna], _day(iss))

    assert [AnswerKind.NOT_VISIBLE] == _kinds(passes)
    assert len(passes) == 0

    look = naive.elevation_and_azimuth(iss, kiruna, _day(iss))
    highest_deg = max(look(s)[0] for s in np.arange(0.0, 86_400.0, 20.0))
    answer = passes.answers[0]
    assert highest_deg - 1e-9 <= answer.peak_elevation_deg <= highest_deg + 0.05  # type: ignore[operator]
    assert look((answer.since - iss.epoch).total_seconds())[0] == pytest.approx(answer.peak_elevation_deg, abs=1e-6)


@pytest.mark.fault(24)
def test_a_geostationary_satellite_is_always_visible_or_never() -> None:
    guam = Station(id="GUM", latitude_deg=13.6, longitude_deg=144.8, min_elevation_deg=5.0)
    kourou = Station(id="KRU", latitude_deg=5.25, longitude_deg=-52.8, min_elevation_deg=5.0)
    span = _day(sets.GEOSTATIONARY, 3.0)
    passes = find_passes([sets.GEOSTATIONARY], [guam, kourou], span)

    assert {("GUM", AnswerKind.ALWAYS_VISIBLE), ("KRU", AnswerKind.NOT_VISIBLE)} == {
        (a.station, a.answer) for a in passes.answers
    }
    assert [(span.start, span.end)] == [(p.aos, p.los) for p in passes]


def test_failures_on_both_sides_of_the_epoch_are_told_and_passes_between_are_found() -> None:
    # Right values: SGP4 every 0.5 s; Skyfield, crossings bisected.
    site = Station(id="NL", latitude_deg=52.0, longitude_deg=5.0)
    span = Span(datetime(2025, 2, 24, tzinfo=UTC), datetime(2025, 3, 2, tzinfo=UTC))
    passes = find_passes([sets.SINKS_ON_BOTH_SIDES], [site], span)
    before, after = [a for a in passes.answers if a.answer is AnswerKind.FAILED]

    assert 13 == len(passes)
    assert abs(passes[0].aos - parse_instant("2025-02-25T19:29:16.623Z")) < timedelta(milliseconds=2)
    assert abs(passes[-1].los - parse_instant("2025-02-27T21:04:21.039Z")) < timedelta(milliseconds=2)
    assert (span.start, None) == (before.since, after.until)
    assert before.until is not None
    assert "SGP4 fails from 2025-02-24T00:00:00Z until 2025-02-25T14:47:23" in before.sentence
    assert "SGP4 fails from 2025-02-28T02:03:25" in after.sentence


def test_a_failure_before_the_epoch_ends_where_sgp4_begins_to_work() -> None:
    span = Span(datetime(2015, 8, 5, tzinfo=UTC), datetime(2015, 8, 11, 12, tzinfo=UTC))
    passes = find_passes([sets.FAILS_BEFORE_EPOCH], [Station(id="NL", latitude_deg=52.0, longitude_deg=5.0)], span)
    (failed,) = [a for a in passes.answers if a.answer is AnswerKind.FAILED]

    assert len(passes) > 0
    assert failed.until is not None
    assert abs(failed.until - parse_instant("2015-08-10T20:41:24Z")) < timedelta(seconds=1)


def test_positions_that_are_no_orbit_are_not_said_to_be_no_numbers() -> None:
    span = Span(datetime(2025, 2, 21, tzinfo=UTC), datetime(2025, 2, 22, tzinfo=UTC))
    passes = find_passes([sets.SINKS_ON_BOTH_SIDES], [Station(id="NL", latitude_deg=52.0, longitude_deg=5.0)], span)

    assert [(NO_ORBIT, span.start, None)] == [
        (a.sgp4_code, a.since, a.until) for a in passes.answers if a.answer is AnswerKind.FAILED
    ]


@pytest.mark.parametrize(
    "day", [datetime(2024, 3, 20, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC), datetime(2025, 12, 17, tzinfo=UTC)]
)
def test_the_moment_of_decay_does_not_depend_on_the_span(day: datetime) -> None:
    passes = find_passes([sets.DOWN], [Station(id="NL", latitude_deg=52.0, longitude_deg=5.0)], Span(day, day + DAY))
    (decayed,) = [a for a in passes.answers if a.answer is AnswerKind.DECAYED]

    assert abs(decayed.since - parse_instant("2024-03-16T08:37:48Z")) < timedelta(seconds=1)


@pytest.mark.fault(8)
def test_a_decayed_satellite_is_decayed_and_not_an_empty_list(delft: Station) -> None:
    for days in (45, 80, 400):
        later = sets.DECAYING.epoch + timedelta(days=days)
        passes = find_passes([sets.DECAYING], [delft], Span(later, later + DAY))
        (decayed,) = [a for a in passes.answers if a.answer is AnswerKind.DECAYED]

        assert len(passes) == 0
        assert timedelta(days=25) < decayed.since - sets.DECAYING.epoch < timedelta(days=45)


def test_passes_before_a_failure_stand() -> None:
    station = Station(id="EQU", latitude_deg=0.0, longitude_deg=0.0)
    source = sets.DECAYING
    span = Span(source.epoch + timedelta(days=25), source.epoch + timedelta(days=45))
    passes = find_passes([source], [station], span)
    (failed,) = [a for a in passes.answers if a.answer is AnswerKind.FAILED]

    assert failed.sgp4_code in range(1, 7)
    assert len(passes) > 5
    assert max(p.los for p in passes) <= failed.since

    # Just before it is still good, and at it no more.
    motion = Sgp4Motion(source, TimeBase.over(span))
    since_s = (failed.since - span.start).total_seconds()
    codes, _ = motion.positions(np.array([since_s - 0.01, since_s + 0.01]))
    assert [False, True] == (codes != 0).tolist()

    short = find_passes([source], [station], Span(span.start, failed.since - timedelta(seconds=1)))
    assert len([p for p in passes if not p.clipped_end]) <= len(short)
    assert (np.abs(short.aos - passes.aos[: len(short)]) < np.timedelta64(1, "ms")).all()


def test_a_failure_soon_after_the_start_is_no_trouble() -> None:
    station = Station(id="EQU", latitude_deg=0.0, longitude_deg=0.0)
    whole = find_passes([sets.DECAYING], [station], _day(sets.DECAYING, 45.0))
    (failed,) = [a for a in whole.answers if a.answer is AnswerKind.FAILED]
    for before in (timedelta(seconds=1), timedelta(minutes=3), timedelta(hours=1)):
        span = Span(failed.since - before, failed.since + DAY)
        again = [a for a in find_passes([sets.DECAYING], [station], span).answers if a.sgp4_code is not None]

        assert [failed.since] == [pytest.approx(a.since, abs=timedelta(seconds=0.01)) for a in again]


def test_a_satellite_that_fails_long_before_its_epoch_is_used_around_it() -> None:
    # Just launched, with a negative BSTAR: propagated a week back it falls below the ground, which it never did.
    source = sets.JUST_LAUNCHED
    station = Station(id="EQU", latitude_deg=40.0, longitude_deg=0.0)
    whole = find_passes([source], [station], Span(source.epoch - timedelta(days=7), source.epoch + DAY))
    last_day = find_passes([source], [station], _day(source))

    assert AnswerKind.DECAYED not in _kinds(whole)
    assert AnswerKind.FAILED in _kinds(whole)
    assert len(last_day) > 3
    again = whole[whole.los > last_day.los[0] - np.timedelta64(1, "s")]
    assert (np.abs(again.los - last_day.los) < np.timedelta64(1, "ms")).all()


def test_where_sgp4_leaves_every_orbit_there_are_no_passes() -> None:
    # Thirty days before its epoch SGP4 has it circle the Earth in some minutes.
    source = sets.JUST_LAUNCHED
    station = Station(id="EQU", latitude_deg=40.0, longitude_deg=0.0)
    long_before = source.epoch - timedelta(days=30)
    passes = find_passes([source], [station], Span(long_before, long_before + DAY))

    assert len(passes) == 0
    assert [AnswerKind.FAILED, AnswerKind.STALE] == _kinds(passes)


@pytest.mark.parametrize("microseconds", [1, 2, 3])
def test_the_shortest_spans_have_their_passes(delft: Station, microseconds: int) -> None:
    start = sets.GEOSTATIONARY.epoch
    guam = replace(delft, latitude_deg=13.6, longitude_deg=144.8)
    passes = find_passes([sets.GEOSTATIONARY], [guam], Span(start, start + timedelta(microseconds=microseconds)))

    assert [AnswerKind.ALWAYS_VISIBLE] == _kinds(passes)
    assert 1 == len(passes)


def test_a_limit_is_refracted_on_steep_masks_too() -> None:
    from passplan.passes.horizon import limit_by_azimuth
    from passplan.passes.refraction import geometric_deg

    steep = Station(
        id="S",
        latitude_deg=0.0,
        longitude_deg=0.0,
        horizon_mask=HorizonMask(((90.0, 0.0), (91.0, 30.0), (200.0, 0.0))),
    )
    azimuths_deg = np.linspace(0.0, 360.0, 36_001)
    apparent_deg = np.array([naive.limit_deg(steep, a) for a in azimuths_deg])
    points = limit_by_azimuth(steep, refraction=True)

    assert np.interp(azimuths_deg, *points) == pytest.approx(geometric_deg(apparent_deg), abs=2e-4)


@pytest.mark.fault(10)
def test_old_elements_are_marked_where_their_passes_are(iss: ElementSet, delft: Station) -> None:
    start = iss.epoch + timedelta(days=6)
    passes = find_passes([iss], [delft], Span(start, start + timedelta(days=2)))
    (stale,) = [a for a in passes.answers if a.answer is AnswerKind.STALE]

    assert iss.epoch + timedelta(days=7) == stale.since
    assert [p.tca > stale.since for p in passes] == [p.stale for p in passes]
    assert {True, False} == {p.stale for p in passes}


def test_fresh_elements_are_not_marked(iss: ElementSet, delft: Station) -> None:
    assert AnswerKind.STALE not in _kinds(find_passes([iss], [delft], _day(iss)))


@pytest.mark.fault(25)
@pytest.mark.parametrize("source", [sets.ISS, sets.POLAR, sets.MOLNIYA], ids=lambda s: s.name)
@pytest.mark.parametrize("latitude_deg", [90.0, -90.0])
def test_a_pole_sees_what_its_neighbours_see(source: ElementSet, latitude_deg: float) -> None:
    pole = Station(id="POL", latitude_deg=latitude_deg, longitude_deg=0.0)
    metre_deg = 1.0 / 111_000.0
    near = replace(pole, id="NEA", latitude_deg=latitude_deg - np.sign(latitude_deg) * metre_deg)
    passes = find_passes([source], [pole, near], _day(source, 2.0))
    at_pole, beside = passes[passes.station_index == 0], passes[passes.station_index == 1]

    assert len(at_pole) == len(beside)
    assert (np.abs(at_pole.aos - beside.aos) < np.timedelta64(20, "ms")).all()


@pytest.mark.fault(25)
def test_180_east_is_180_west(iss: ElementSet) -> None:
    east = Station(id="E", latitude_deg=-17.0, longitude_deg=180.0)
    west = Station(id="W", latitude_deg=-17.0, longitude_deg=-180.0)
    passes = find_passes([iss], [east, west], _day(iss))
    in_east, in_west = passes[passes.station_index == 0], passes[passes.station_index == 1]

    assert len(in_east) > 2
    assert np.abs(in_east.aos - in_west.aos).max() <= np.timedelta64(1, "us")
    assert in_east.aos_azimuth_deg == pytest.approx(in_west.aos_azimuth_deg, abs=1e-6)


@pytest.mark.fault(29)
def test_a_mask_cuts_one_transit_into_passes_of_one_revolution(iss: ElementSet, delft: Station) -> None:
    free = find_passes([iss], [delft], _day(iss))
    high = max(free, key=lambda p: p.peak_elevation_deg)
    tower_deg = high.tca_azimuth_deg
    assert 10.0 < tower_deg < 350.0
    mask = HorizonMask(
        ((0.0, 0.0), (tower_deg - 8.0, 0.0), (tower_deg - 7.9, 89.0), (tower_deg + 7.9, 89.0), (tower_deg + 8.0, 0.0))
    )
    cut = find_passes([iss], [replace(delft, horizon_mask=mask)], Span(high.aos - DAY / 100, high.los + DAY / 100))

    assert len(cut) == 2
    assert {high.revolution} == {p.revolution for p in cut}
    assert high.aos == pytest.approx(cut[0].aos, abs=timedelta(microseconds=2))
    assert high.los == pytest.approx(cut[1].los, abs=timedelta(microseconds=2))
    assert cut[0].los < high.tca < cut[1].aos


@pytest.mark.fault(27)
def test_a_mask_that_leaves_nothing_is_told_as_never_visible(iss: ElementSet, delft: Station) -> None:
    walled = replace(delft, horizon_mask=HorizonMask(((0.0, 10.0), (90.0, 89.9), (180.0, 89.9), (270.0, 89.9))))
    free = find_passes([iss], [delft], _day(iss))
    passes = find_passes([iss], [walled], _day(iss))

    assert len(passes) == 0
    (answer,) = passes.answers
    assert AnswerKind.NOT_VISIBLE is answer.answer
    assert answer.peak_elevation_deg == pytest.approx(max(free.peak_elevation_deg), abs=1e-6)


def test_refraction_makes_passes_longer_and_says_so(iss: ElementSet, delft: Station) -> None:
    horizon = replace(delft, min_elevation_deg=0.0)
    geometric = find_passes([iss], [horizon], _day(iss))
    refracted = find_passes([iss], [horizon], _day(iss), refraction=True)

    assert "geometric" in geometric.model
    assert "refracted" in refracted.model
    gained_s = refracted.duration_s[: len(geometric)] - geometric.duration_s
    assert (gained_s > 10.0).all()
    # Half a degree at the horizon, and next to nothing overhead.
    lifted_deg = refracted.peak_elevation_deg - geometric.peak_elevation_deg
    assert (lifted_deg > 0.0).all()
    assert lifted_deg[geometric.peak_elevation_deg > 30.0].max() < 0.03


def test_a_refracted_aos_is_where_the_apparent_elevation_is_the_floor(iss: ElementSet, delft: Station) -> None:
    from passplan.passes.refraction import apparent_deg

    passes = find_passes([iss], [delft], _day(iss), refraction=True)
    look = naive.elevation_and_azimuth(iss, delft, _day(iss))
    for item in passes:
        geometric_deg, _ = look((item.aos - iss.epoch).total_seconds())

        assert delft.min_elevation_deg == pytest.approx(float(apparent_deg(np.array(geometric_deg))), abs=1e-4)


@pytest.mark.fault(30)
def test_a_ten_year_span_is_answered(delft: Station) -> None:
    span = Span(datetime(2026, 8, 8, tzinfo=UTC), datetime(2036, 8, 8, tzinfo=UTC))
    passes = find_passes([sets.GEOSTATIONARY], [delft], span)

    assert 1 <= len(passes.answers)


def test_nothing_to_look_for_is_an_empty_list(iss: ElementSet, delft: Station) -> None:
    assert len(find_passes([], [delft], _day(iss))) == 0
    assert len(find_passes([iss], [], _day(iss))) == 0


def test_a_station_given_twice_is_refused(iss: ElementSet, delft: Station) -> None:
    with pytest.raises(InputError, match='station "DLF" is given twice'):
        find_passes([iss], [delft, delft], _day(iss))


def test_a_tolerance_that_is_none_is_refused(iss: ElementSet, delft: Station) -> None:
    for tolerance_s in (0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match="tolerance_s"):
            find_passes([iss], [delft], _day(iss), tolerance_s=tolerance_s)


def test_more_satellites_than_a_block_are_those_of_each(delft: Station) -> None:
    many = [replace(sets.ISS, catalog_number=n, mean_anomaly_deg=float(n)) for n in range(1, 200)]
    span = _day(sets.ISS, 0.5)
    together = find_passes(many, [delft], span)
    for k in (0, 127, 128, 198):
        alone = find_passes([many[k]], [delft], span)
        own = together[together.source_index == k]

        assert np.array_equal(alone.aos, own.aos)
        assert np.array_equal(alone.los, own.los)
        assert np.array_equal(alone.revolution, own.revolution)


def test_progress_is_told(iss: ElementSet, delft: Station) -> None:
    told: list[tuple[int, int]] = []
    find_passes(
        [replace(iss, catalog_number=k) for k in range(130)],
        [delft],
        _day(iss, 0.1),
        progress=lambda done, total: told.append((done, total)),
    )

    assert [(128, 130), (130, 130)] == told


def test_columns_are_the_rows(iss: ElementSet, delft: Station) -> None:
    passes = find_passes([iss], [delft], _day(iss))
    columns = passes.to_columns()

    assert {len(passes)} == {len(c) for c in columns.values()}
    assert [p.peak_elevation_deg for p in passes] == columns["peak_elevation_deg"].tolist()
    assert [p.station for p in passes] == columns["station"].tolist()
    assert [p.duration_s for p in passes] == pytest.approx(columns["duration_s"])
    assert "<table>" in passes._repr_html_()
    assert len(passes[1:3]) == 2
    assert passes[-1].aos == passes[len(passes) - 1].aos


def test_equal_inputs_give_equal_results_to_the_last_bit(iss: ElementSet, delft: Station) -> None:
    one, two = (find_passes([iss, sets.POLAR], [delft], _day(iss, 3.0)) for _ in range(2))

    for name, column in one.to_columns().items():
        assert np.array_equal(column, two.to_columns()[name], equal_nan=column.dtype.kind == "f")


def test_a_slice_of_answers_is_answers(iss: ElementSet) -> None:
    far_north = [Station(id=f"N{k}", latitude_deg=80.0 + k, longitude_deg=0.0) for k in range(4)]
    answers = find_passes([iss], far_north, _day(iss)).answers

    assert isinstance(answers[1:3], Answers)
    assert [answers[1], answers[2]] == list(answers[1:3])
    assert [answers[3], answers[0]] == list(answers[np.array([3, 0])])
    assert [answers[2]] == list(answers[np.array([False, False, True, False])])
    assert [] == list(answers[4:])


def test_several_sources_of_one_satellite_are_refused(iss: ElementSet, delft: Station) -> None:
    other = Source(satellite="other", segments=(iss,))
    for second in (iss, Source(satellite="iss", segments=(iss,))):
        with pytest.raises(InputError, match="there are several sources of satellite 25544"):
            find_passes([other, second], [delft], _day(iss))
        with pytest.raises(InputError, match="there are several sources of satellite 25544"):
            find_passes([second, other], [delft], _day(iss))


def test_a_name_is_no_station(iss: ElementSet) -> None:
    with pytest.raises(InputError, match="'SHK' is no Station; load_network has stations"):
        find_passes([iss], ["SHK"], _day(iss))  # type: ignore[list-item]
