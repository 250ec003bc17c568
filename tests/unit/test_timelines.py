"""Timelines: each moment is served by one set, and passes, tracks and windows by the set of their moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from passplan import AnswerKind, ElementSet, Source, Span, Station, find_passes, newest, timelines, track
from passplan.domain.sources import source_of
from passplan.formats.times import parse_instant
from passplan.orbit.timelines import is_manoeuvre_between
from passplan.passes.ground import ground_track
from tests import sets

NL = Station(id="NL", latitude_deg=52.0, longitude_deg=5.0, min_elevation_deg=5.0)
WALLOPS = Station(id="WGS", latitude_deg=37.9, longitude_deg=-75.5, min_elevation_deg=5.0)
DAY, MILLISECOND = timedelta(days=1), timedelta(milliseconds=1)
HISTORY = sets.ISS_HISTORY
BEFORE_BURN, AFTER_BURN = HISTORY[-2:]


def _at(text: str) -> datetime:
    return parse_instant(text)


def _moved(elements: ElementSet, hours: float, mean_anomaly_deg: float = 0.0) -> ElementSet:
    """The same orbit with a later epoch, and so much further along it."""
    turns = elements.mean_motion_rev_day * hours / 24.0
    ahead_deg = (elements.mean_anomaly_deg + 360.0 * turns + mean_anomaly_deg) % 360.0
    return replace(elements, epoch=elements.epoch + timedelta(hours=hours), mean_anomaly_deg=ahead_deg)


# --- which set serves ---


def test_a_moment_between_two_epochs_is_served_by_the_later_set() -> None:
    (source,) = timelines(HISTORY[:4])
    before, *middle = (s.epoch for s in HISTORY[:4])

    assert HISTORY[:4] == source.segments
    assert HISTORY[0] is source.segment_at(before - DAY)
    assert [HISTORY[1], HISTORY[2], HISTORY[3]] == [source.segment_at(e - timedelta(seconds=1)) for e in middle]
    assert HISTORY[3] is source.segment_at(middle[-1] + DAY)


def test_a_manoeuvre_keeps_each_set_on_its_side() -> None:
    (source,) = timelines(HISTORY)
    burn = source.changes[-1]

    assert is_manoeuvre_between(BEFORE_BURN, AFTER_BURN)
    assert not any(is_manoeuvre_between(a, b) for a, b in pairwise(HISTORY[:-1]))
    assert BEFORE_BURN.epoch < burn < AFTER_BURN.epoch
    # Where the two meet they agree within a kilometre or two; at each other's epochs they are far apart.
    for moment, apart_km in ((burn, (0.0, 5.0)), (AFTER_BURN.epoch, (50.0, 5_000.0))):
        spot = Span(moment, moment + timedelta(seconds=1))
        one, other = (track(s, NL, spot) for s in (BEFORE_BURN, AFTER_BURN))
        assert apart_km[0] <= abs(one.range_km[0] - other.range_km[0]) <= apart_km[1]


def test_predicted_sets_serve_from_their_epochs_on() -> None:
    later = _moved(HISTORY[0], 48.0)
    (observed,) = timelines([HISTORY[0], later])
    (predicted,) = timelines([later, HISTORY[0]], now=HISTORY[0].epoch + timedelta(hours=1))

    assert (HISTORY[0].epoch,) == observed.changes
    assert (later.epoch,) == predicted.changes


def test_of_sets_with_one_epoch_the_newest_counts_in_any_order() -> None:
    again = replace(HISTORY[1], element_set_number=7, bstar=1e-4)
    (source,) = timelines([again, *HISTORY[:3]])

    assert (HISTORY[0], max(HISTORY[1], again, key=lambda s: s.rank), HISTORY[2]) == source.segments
    assert (source,) == timelines([*reversed(HISTORY[:3]), again])


def test_satellites_keep_the_order_in_which_they_come_and_sources_stay_as_they_are() -> None:
    given = Source(satellite="station", segments=HISTORY[:2], changes=(HISTORY[1].epoch,))

    assert [14781, 25544] == [s.catalog_number for s in timelines([sets.POLAR, *HISTORY])]
    assert (given, source_of(sets.POLAR)) == timelines([given, sets.POLAR, given])


def test_a_source_tells_the_parts_of_a_span_that_each_set_serves() -> None:
    (source,) = timelines(HISTORY[:4])
    span = Span(HISTORY[1].epoch - timedelta(hours=1), HISTORY[2].epoch + timedelta(hours=1))

    assert [
        (HISTORY[1], Span(span.start, HISTORY[1].epoch)),
        (HISTORY[2], Span(HISTORY[1].epoch, HISTORY[2].epoch)),
        (HISTORY[3], Span(HISTORY[2].epoch, span.end)),
    ] == list(source.pieces(span))


# --- passes ---


def test_passes_of_a_day_in_a_history_are_those_of_its_sets() -> None:
    # Right values: Skyfield, crossings bisected, by the sets of 17, 18 and 19 January, which agree within 0.1 s.
    right = ["15:15:41.0", "16:50:03.1", "18:26:26.2", "20:03:12.0", "21:40:04.4"]
    span = Span(_at("2026-01-18T12:00:00Z"), _at("2026-01-19T12:00:00Z"))
    passes = find_passes(HISTORY, [NL], span)

    off = [abs(p.aos - _at(f"2026-01-18T{time}Z")) for p, time in zip(passes, right, strict=True)]

    assert max(off) < timedelta(seconds=0.1)
    assert [8.96, 35.80, 81.96, 69.52, 24.30] == pytest.approx([p.peak_elevation_deg for p in passes], abs=0.01)
    assert {HISTORY[1].epoch, HISTORY[2].epoch} == {p.element_epoch for p in passes}
    assert not passes.stale.any()


def test_each_pass_over_a_reboost_is_the_one_of_its_set() -> None:
    span = Span(HISTORY[0].epoch, AFTER_BURN.epoch + DAY)
    passes = find_passes(HISTORY, [NL, WALLOPS], span)
    alone = {s.epoch: find_passes([s], [NL, WALLOPS], span) for s in HISTORY}
    (source,) = timelines(HISTORY)

    assert len(passes) == pytest.approx(len(alone[HISTORY[2].epoch]), abs=2)
    for p in passes:
        same = [q for q in alone[p.element_epoch] if q.station == p.station and q.span.overlaps(p.span)]
        assert 1 == len(same)
        assert max(abs(same[0].aos - p.aos), abs(same[0].tca - p.tca), abs(same[0].los - p.los)) < MILLISECOND
        assert p.element_epoch == source.segment_at(p.tca).epoch


def test_segments_ahead_serve_from_their_epochs_on() -> None:
    # As CelesTrak's supplemental file: the sets before and after the reboost, both moved to the end of 2026.
    ahead = _at("2026-11-27T00:28:48Z") - HISTORY[1].epoch
    first, second = (replace(s, epoch=s.epoch + ahead) for s in (HISTORY[1], AFTER_BURN))
    (source,) = timelines([first, second], now=first.epoch + timedelta(hours=2))
    span = Span(_at("2026-11-27T04:00:00Z"), _at("2026-11-27T22:00:00Z"))

    # Right values: Skyfield, by the first segment.
    assert ["19:16:23", "20:52:15"] == [f"{p.aos:%H:%M:%S}" for p in find_passes([source], [NL], span)]
    assert {first.epoch} == {p.element_epoch for p in find_passes([source], [NL], span)}
    assert {second.epoch} == {
        p.element_epoch for p in find_passes([source], [NL], Span(second.epoch, span.end + 9 * DAY))
    }


def test_a_satellite_that_is_always_visible_has_one_pass_over_all_changes() -> None:
    guam = Station(id="GUM", latitude_deg=13.6, longitude_deg=144.9)
    history = [_moved(sets.GEOSTATIONARY, 24.0 * k, 0.001 * k) for k in range(5)]
    span = Span(history[0].epoch, history[0].epoch + 6 * DAY)
    passes = find_passes(history, [guam], span)

    assert [(span.start, span.end)] == [(p.aos, p.los) for p in passes]
    assert [AnswerKind.ALWAYS_VISIBLE] == [a.answer for a in passes.answers]


def test_a_station_that_never_sees_it_is_told_the_highest_of_all_sets() -> None:
    north = Station(id="N", latitude_deg=75.0, longitude_deg=0.0)
    span = Span(HISTORY[0].epoch, HISTORY[3].epoch)
    (answer,) = find_passes(HISTORY, [north], span).answers
    alone = [find_passes([s], [north], span).answers[0].peak_elevation_deg for s in HISTORY[:4]]

    assert AnswerKind.NOT_VISIBLE is answer.answer
    assert answer.peak_elevation_deg == pytest.approx(max(a for a in alone if a is not None), abs=0.2)


def test_a_span_in_a_history_is_not_stale_and_one_after_it_is() -> None:
    (source,) = timelines(HISTORY)

    assert source.stale_from(Span(HISTORY[0].epoch, AFTER_BURN.epoch + DAY)) is None
    assert AFTER_BURN.epoch + 7 * DAY == source.stale_from(Span(HISTORY[0].epoch, AFTER_BURN.epoch + 9 * DAY))
    assert 0.0 == source.distance_s(Span(HISTORY[2].epoch - DAY / 3, HISTORY[2].epoch + DAY / 3))


def test_a_span_between_two_epochs_is_never_too_old_however_far_they_are(iss: ElementSet) -> None:
    (source,) = timelines([iss, _moved(iss, 24.0 * 60)])
    between = Span(iss.epoch + 29 * DAY, iss.epoch + 30 * DAY)

    assert not source.is_too_old(between)
    assert source.is_stale(between.middle)
    for days in (-15.1, 74.1):
        outside = iss.epoch + timedelta(days=days)
        assert source.is_too_old(Span(outside, outside + DAY))
    assert 14 * 86_400.0 + 0.1 * 86_400.0 == pytest.approx(source.distance_s(Span(outside, outside + DAY)))


# --- tracks ---


def test_a_track_of_a_pass_is_by_the_set_of_its_tca_and_does_not_jump() -> None:
    span = Span(HISTORY[0].epoch, HISTORY[3].epoch)
    (cut,) = find_passes([HISTORY[1]], [NL], span)[2:3]
    for part, serving in ((0.25, HISTORY[2]), (0.75, HISTORY[1])):
        change = cut.aos + part * (cut.los - cut.aos)
        source = Source(satellite="ISS", segments=HISTORY[1:3], changes=(change,))
        way = track(source, NL, cut.span, step_s=1.0)
        alone = track(serving, NL, cut.span, step_s=1.0)

        assert way.range_km == pytest.approx(alone.range_km, abs=1e-9)
        assert way.range_rate_km_s == pytest.approx(alone.range_rate_km_s, abs=1e-9)


def test_tracks_between_passes_and_ground_tracks_are_by_the_set_of_each_moment() -> None:
    (source,) = timelines(HISTORY[:3])
    edge = HISTORY[1].epoch
    span = Span(edge - timedelta(minutes=10), edge + timedelta(minutes=10))
    south = Station(id="S", latitude_deg=-80.0, longitude_deg=0.0, min_elevation_deg=5.0)
    way, (early, late) = track(source, south, span), (track(s, south, span) for s in HISTORY[1:3])
    under, (first, second) = ground_track(source, span), (ground_track(s, span) for s in HISTORY[1:3])

    assert (way.elevation_deg < 0.0).all()
    assert way.range_km[:600] == pytest.approx(early.range_km[:600], abs=1e-9)
    assert way.range_km[600:] == pytest.approx(late.range_km[600:], abs=1e-9)
    assert np.concatenate([first.latitude_deg[:20], second.latitude_deg[20:]]) == pytest.approx(under.latitude_deg)


def test_the_newest_sets_are_still_to_be_had() -> None:
    assert (sets.POLAR, AFTER_BURN) == newest([*HISTORY, sets.POLAR])
