"""Plots: numbers to places on the paper."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from passplan import Antenna, ElementSet, HorizonMask, Span, Station, find_passes, track
from passplan.domain.contacts import Contact, ContactState
from passplan.domain.requests import ContactRequest
from passplan.domain.rows.contacts import seen_contact
from passplan.domain.rows.passes import ForecastPass
from passplan.domain.schedule import AgencyShare, Assignment, Fairness
from passplan.domain.sources import Source
from passplan.passes.ground import footprint, ground_track
from passplan.passes.track import Track
from passplan.queries.day import Closed, Lane
from passplan.queries.snapshot import SeenContact
from passplan.server.plots import world
from passplan.server.plots.curves import Box, curves, profile
from passplan.server.plots.shares import share_bars
from passplan.server.plots.sky import CENTRE, RADIUS, path, place, sky_plot
from passplan.server.plots.timeline import Timeline, timeline
from passplan.service.access.visibility import DisclosureLevel
from passplan.service.operations.forecast import forecast_passes
from tests.naive import limit_deg
from tests.refs import ref

DAY = Span(datetime(2026, 8, 8, tzinfo=UTC), datetime(2026, 8, 9, tzinfo=UTC))
SITE = Station(id="DLF", latitude_deg=52.0, longitude_deg=4.4, min_elevation_deg=5.0, antennas=())


def points_of(text: str) -> list[list[tuple[float, float]]]:
    """The places of a path of lines, in its pieces."""
    pieces = [piece for piece in text.replace("z", "").split("M") if piece]
    return [[(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", piece)] for piece in pieces]


def high_pass(source: ElementSet, station: Station) -> tuple[Track, Span, datetime]:
    """The way of the highest pass of three days, a minute longer at both ends; the pass; and when it is highest."""
    found = find_passes([source], [station], Span(source.epoch, source.epoch + timedelta(days=3)))
    best = max(found, key=lambda p: p.peak_elevation_deg)
    start = (best.aos - timedelta(minutes=1)).replace(microsecond=0)
    return track(source, station, Span(start, best.los + timedelta(minutes=1))), best.span, best.tca


# The sky.


def test_north_is_up_east_is_right_and_the_zenith_in_the_middle() -> None:
    assert (CENTRE, CENTRE) == place(123.0, 90.0)
    assert (CENTRE, CENTRE - RADIUS) == place(0.0, 0.0)
    assert (CENTRE + RADIUS, CENTRE) == place(90.0, 0.0)
    assert (CENTRE, CENTRE + RADIUS) == place(180.0, 0.0)
    assert (CENTRE - RADIUS / 2.0, CENTRE) == place(270.0, 45.0)


@given(st.floats(0.0, 360.0), st.floats(0.0, 90.0))
def test_a_direction_can_be_read_back_from_its_place(azimuth_deg: float, elevation_deg: float) -> None:
    x, y = place(azimuth_deg, elevation_deg)
    radius = math.hypot(x - CENTRE, y - CENTRE)
    turned = (math.degrees(math.atan2(x - CENTRE, CENTRE - y)) - azimuth_deg + 180.0) % 360.0 - 180.0

    assert elevation_deg == pytest.approx(90.0 * (1.0 - radius / RADIUS), abs=0.06)
    assert math.radians(abs(turned)) * radius < 0.11


def test_a_path_keeps_its_ends_and_leaves_out_what_nobody_sees() -> None:
    line = [(0.0, 0.0), (0.5, 0.5), (1.0, 0.9), (1.5, 1.5), (1.9, 1.9)]

    assert "M0 0 1.5 1.5 1.9 1.9" == path(line)
    assert "M0 0" == path(line[:1])
    assert "" == path([])


def test_the_ring_of_the_mask_is_between_the_rim_and_the_mask(iss: ElementSet) -> None:
    masked = replace(SITE, horizon_mask=HorizonMask(((40.0, 30.0), (80.0, 30.0), (100.0, -3.0), (300.0, 12.0))))
    way, visible, tca = high_pass(iss, masked)
    drawn = sky_plot(way, masked, None, visible, tca, None).mask
    (rim, inner) = drawn.split("z")[:2]
    (edge,) = points_of(inner)

    assert "M200 20A180 180 0 1 1 200 380A180 180 0 1 1 200 20" == rim
    assert 180 == len(edge)
    for k, point in enumerate(edge):
        wanted = max(0.0, limit_deg(replace(masked, min_elevation_deg=-10.0), 2.0 * k))
        assert place(2.0 * k, wanted) == pytest.approx(point, abs=0.11)


def test_without_a_mask_there_is_no_ring(iss: ElementSet) -> None:
    way, visible, tca = high_pass(iss, SITE)
    drawn = sky_plot(way, SITE, None, visible, tca, None)

    assert "" == drawn.mask
    assert RADIUS * 85.0 / 90.0 == pytest.approx(drawn.floor_radius)
    assert 0.0 == drawn.keyhole_radius


def test_the_track_goes_from_aos_over_tca_to_los(iss: ElementSet) -> None:
    way, visible, tca = high_pass(iss, SITE)
    booked = Span(visible.start + timedelta(seconds=60), visible.start + timedelta(seconds=240))
    antenna = Antenna(id="a", bands=("S",), keyhole_deg=84.0)
    drawn = sky_plot(way, SITE, antenna, visible, tca, booked)
    (shown,) = points_of(drawn.visible)
    aos = round((visible.start - way.span.start).total_seconds())

    assert place(way.azimuth_deg[aos], way.elevation_deg[aos]) == drawn.aos
    assert (drawn.aos, drawn.los) == (shown[0], shown[-1])
    assert math.hypot(drawn.tca[0] - CENTRE, drawn.tca[1] - CENTRE) == pytest.approx(
        RADIUS * (1.0 - way.elevation_deg.max() / 90.0), abs=0.2
    )
    assert RADIUS * 6.0 / 90.0 == pytest.approx(drawn.keyhole_radius)
    assert 2 == len(drawn.below)
    ((first, *_, last),) = points_of(drawn.booked)
    assert place(way.azimuth_deg[aos + 60], way.elevation_deg[aos + 60]) == first
    assert place(way.azimuth_deg[aos + 240], way.elevation_deg[aos + 240]) == last


def test_each_full_minute_of_the_pass_has_a_tick_on_the_track(iss: ElementSet) -> None:
    way, visible, tca = high_pass(iss, SITE)
    drawn = sky_plot(way, SITE, None, visible, tca, None)
    first, last = (round((m - way.span.start).total_seconds()) for m in (visible.start, visible.end))
    full = [k for k in range(first + 1, last) if (way.span.start + timedelta(seconds=k)).second == 0]
    middles = [((t.x1 + t.x2) / 2.0, (t.y1 + t.y2) / 2.0) for t in drawn.ticks]

    assert len(full) == len(drawn.ticks)
    for k, middle in zip(full, middles, strict=True):
        assert place(way.azimuth_deg[k], way.elevation_deg[k]) == pytest.approx(middle, abs=0.11)
    assert any(t.label for t in drawn.ticks)


def test_the_names_of_the_ends_stand_beside_them_within_the_plot(iss: ElementSet) -> None:
    way, visible, tca = high_pass(iss, SITE)
    drawn = sky_plot(way, SITE, None, visible, tca, None)

    for end, label in ((drawn.aos, drawn.aos_label), (drawn.los, drawn.los_label)):
        assert label.is_left == (end[0] >= CENTRE)
        assert (label.x < end[0]) == label.is_left
        assert (label.y > end[1]) == (end[1] > CENTRE)
    assert drawn.tca_label.x > drawn.tca[0]
    assert (drawn.sun is None) == (drawn.sun_label is None)


# The shares of agencies.


def share(agency: str, asked_min: float, given_min: float) -> AgencyShare:
    return AgencyShare(
        agency=agency,
        requests_asked=1,
        requests_served=1,
        minutes_asked=asked_min,
        minutes_given=given_min,
        minutes_entitled=None,
        minutes_used=0.0,
    )


def fairness(*shares: AgencyShare) -> Fairness:
    return Fairness(agencies=shares, penalty=0.0)


def test_bars_of_shares_are_relative_to_the_longest() -> None:
    bars = share_bars(fairness(share("ESA", 50.0, 25.0), share("NASA", 10.0, 100.0)))

    assert [("ESA", 48.0, 24.0), ("NASA", 9.6, 96.0)] == [
        (b.share.agency, b.asked_percent, b.given_percent) for b in bars
    ]


def test_without_minutes_bars_have_no_length() -> None:
    (bar,) = share_bars(fairness(share("ESA", 0.0, 0.0)))

    assert (0.0, 0.0) == (bar.asked_percent, bar.given_percent)
    assert () == share_bars(fairness()) == share_bars(None)


# The map.


def unrolled(found: list[list[tuple[float, float]]]) -> list[tuple[float, float]]:
    return [point for piece in found for point in piece]


@given(st.lists(st.tuples(st.floats(-85.0, 85.0), st.floats(-180.0, 180.0)), max_size=12))
def test_a_line_is_cut_where_it_goes_over_the_edge_of_the_map(points: list[tuple[float, float]]) -> None:
    found = world.pieces(points)
    whole = unrolled(found)
    over = sum(abs(b[1] - a[1]) > 180.0 for a, b in pairwise(points))

    assert over + 1 == len(found)
    assert all(abs(b[1] - a[1]) <= 180.0 for piece in found for a, b in pairwise(piece))
    assert all(-180.0 <= lon <= 180.0 for _, lon in whole)
    assert len(points) + 2 * over == len(whole)
    for left, right in pairwise(found):
        assert 180.0 == abs(left[-1][1])
        assert (left[-1][0], -left[-1][1]) == right[0]
        lower, upper = sorted((left[-2][0], right[1][0]))
        assert lower - 1e-9 <= left[-1][0] <= upper + 1e-9


def test_a_crossing_is_where_the_line_meets_180_degrees() -> None:
    assert [[(0.0, 170.0), (5.0, 180.0)], [(5.0, -180.0), (10.0, -170.0)]] == world.pieces(
        [(0.0, 170.0), (10.0, -170.0)]
    )
    assert [[(0.0, -175.0), (-1.0, -180.0)], [(-1.0, 180.0), (-4.0, 165.0)]] == world.pieces(
        [(0.0, -175.0), (-4.0, 165.0)]
    )
    assert "M170.0 -2.0 180.0 -6.0 M-180.0 -6.0 -170.0 -10.0" == world.lines([(2.0, 170.0), (10.0, -170.0)])


def test_a_revolution_of_the_iss_is_drawn_in_two_pieces(iss: ElementSet) -> None:
    way = ground_track(iss, Span(iss.epoch, iss.epoch + timedelta(minutes=92)))

    assert 2 == len(points_of(world.track_path(way)))


def is_inside(x: float, y: float, pieces: list[list[tuple[float, float]]]) -> bool:
    """Whether a place is in a polygon of several pieces, by the number of edges to its right."""
    crossings = 0
    for piece in pieces:
        for (x1, y1), (x2, y2) in pairwise([*piece, piece[0]]):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
                crossings += 1
    return crossings % 2 == 1


def apart_deg(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The angle between two places, each latitude and longitude."""
    (lat1, lon1), (lat2, lon2) = (np.radians(p) for p in (a, b))
    cosine = math.sin(lat1) * math.sin(lat2) + math.cos(lat1) * math.cos(lat2) * math.cos(lon1 - lon2)
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))


# The east end of the map is its west end.
LATITUDES, LONGITUDES = st.floats(-80.0, 80.0), st.floats(-180.0, 180.0, exclude_max=True)


@given(LATITUDES, LONGITUDES, st.sampled_from([420.0, 1_200.0, 20_200.0, 35_786.0]), LATITUDES, LONGITUDES)
def test_the_area_has_in_it_what_is_near_and_nothing_that_is_far(
    latitude_deg: float, longitude_deg: float, altitude_km: float, at_lat: float, at_lon: float
) -> None:
    edge = footprint(latitude_deg, longitude_deg, altitude_km, points=360)
    reach = math.degrees(math.acos(6378.137 / (6378.137 + altitude_km)))
    away = apart_deg((latitude_deg, longitude_deg), (at_lat, at_lon))
    assume(abs(away - reach) > 2.5)  # it is drawn with straight lines, and its edge is no finer
    assume(abs(90.0 - abs(latitude_deg) - reach) > 1.0)  # where it just touches a pole, it may or may not have it in it

    assert (away < reach) == is_inside(at_lon, -at_lat, points_of(world.area(edge)))


def test_an_area_with_a_pole_in_it_reaches_the_edge_of_the_map() -> None:
    (north,) = points_of(world.area(footprint(80.0, 20.0, 1_200.0)))
    (south,) = points_of(world.area(footprint(-80.0, 20.0, 1_200.0)))

    assert [(-180.0, -90.0), (180.0, -90.0)] == [north[0], north[-1]]
    assert [(-180.0, 90.0), (180.0, 90.0)] == [south[0], south[-1]]


def test_an_area_over_the_edge_of_the_map_is_drawn_at_both_sides() -> None:
    assert 2 == len(points_of(world.area(footprint(10.0, 175.0, 420.0))))
    assert 2 == len(points_of(world.area(footprint(10.0, -175.0, 420.0))))
    assert 1 == len(points_of(world.area(footprint(10.0, 5.0, 420.0))))
    assert "" == world.area([])


def test_a_place_is_in_per_cent_of_what_the_map_shows() -> None:
    box = world.Box(north=90.0, south=-90.0)

    assert (50.0, 50.0) == box.spot(0.0, 0.0)
    assert (0.0, 0.0) == box.spot(90.0, -180.0)
    assert (100.0, 100.0) == box.spot(-90.0, 180.0)
    assert "-180 -90 360 180" == box.view


def test_a_track_has_a_tick_at_each_round_time(iss: ElementSet) -> None:
    way = ground_track(iss, Span(DAY.start + timedelta(minutes=3), DAY.start + timedelta(minutes=42)))
    found = world.ticks(way, world.Box(), every=timedelta(minutes=10), label=lambda moment: f"{moment:%H:%M}")

    assert ["00:10", "00:20", "00:30", "00:40"] == [spot.label for spot in found]


def label_box(spot: world.Spot) -> tuple[float, float, float, float]:
    """What a name covers on a map of 600 by 260, by the size of its letters."""
    wide, high = 6.6 * len(spot.label), 9.0
    x, base = spot.x * 6.0 + spot.dx, spot.y * 2.6 + spot.dy
    left = {"start": x, "middle": x - wide / 2.0, "end": x - wide}[spot.anchor]
    return left, base - high, left + wide, base


@given(
    st.lists(
        st.tuples(
            st.integers(0, 100).map(float), st.integers(0, 100).map(float), st.text("abc", min_size=1, max_size=9)
        ),
        max_size=25,
    )
)
def test_names_on_the_map_never_overlap(spots: list[tuple[float, float, str]]) -> None:
    found = world.place_labels(tuple(spots))
    boxes = [label_box(spot) for spot in found if spot.label]

    assert [(x, y) for x, y, _ in spots] == [(spot.x, spot.y) for spot in found]
    assert all(spot.label in ("", name) for spot, (_, _, name) in zip(found, spots, strict=True))
    for k, (left, top, right, bottom) in enumerate(boxes):
        assert 0.0 <= left <= right <= 600.0
        for other in boxes[:k]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


def test_a_name_alone_stands_right_of_its_place_and_left_of_it_at_the_edge() -> None:
    (middle, edge) = world.place_labels(((50.0, 50.0, "Delft"), (99.0, 20.0, "Tsukuba")))

    assert ("Delft", "start") == (middle.label, middle.anchor)
    assert ("Tsukuba", "end") == (edge.label, edge.anchor)


# The timeline.


def seen(number: int, start: datetime, length_s: float, *, setup_s: float = 120.0, station: str = "DLF") -> SeenContact:
    signal = Span(start, start + timedelta(seconds=length_s))
    asked = ContactRequest(id="R", agency="ESA", satellite="ISS", link="up", span=signal, min_s=1.0, wanted_s=1.0)
    held = Assignment(
        contact=signal,
        occupies=Span(signal.start - timedelta(seconds=setup_s), signal.end + timedelta(seconds=60.0)),
        antennas=(ref(f"{station}/a"),),
        request="R",
        part=1,
        satellite="ISS",
        link="up",
    )
    contact = Contact(id=number, assignment=held, state=ContactState.SCHEDULED, revision=1)
    return SeenContact(contact=contact, request=asked, detail=DisclosureLevel.ALL, row=seen_contact(contact, asked))


def lane(passes: list[ForecastPass], contacts: list[SeenContact], closed: list[Closed]) -> Lane:
    antenna = Antenna(id="a", bands=("S",))
    return Lane(
        station=SITE,
        antenna=antenna,
        passes=tuple(passes),
        contacts=tuple(contacts),
        refused=(),
        closed=tuple(closed),
    )


def drawn(*lanes: Lane, day: Span = DAY, now: datetime = DAY.start) -> Timeline:
    return timeline(
        lanes, day, now=now, frozen_until=now, step=timedelta(hours=1), word=lambda moment: f"{moment:%H:%M}"
    )


def pass_over(source: ElementSet, start: datetime, hours: float) -> list[ForecastPass]:
    span = Span(start, start + timedelta(hours=hours))
    return forecast_passes(find_passes([Source(satellite="ISS", segments=(source,))], [SITE], span))


@given(
    st.lists(st.tuples(st.integers(-7_200, 93_600), st.integers(1, 9_000), st.integers(0, 7_200)), max_size=6),
    st.lists(st.tuples(st.integers(-9_000, 93_600), st.integers(1, 100_000)), max_size=3),
)
def test_nothing_on_the_timeline_lies_outside_the_day(
    booked: list[tuple[int, int, int]], closed: list[tuple[int, int]]
) -> None:
    at = [DAY.start + timedelta(seconds=start) for start, _, _ in booked]
    contacts = [seen(k, at[k], length, setup_s=setup) for k, (_, length, setup) in enumerate(booked)]
    shut = [DAY.start + timedelta(seconds=start) for start, _ in closed]
    times = [
        Closed(span=Span(start, start + timedelta(seconds=length)), note="")
        for start, (_, length) in zip(shut, closed, strict=True)
    ]
    (row,) = drawn(lane([], contacts, times)).rows
    boxes = [(b.x, b.width) for b in row.bars]
    boxes += [(k.x, k.width) for b in row.bars for k in b.booked]
    boxes += [hold for b in row.bars for k in b.booked for hold in k.holds]
    boxes += [(x, width) for _, x, width in row.closed]

    assert all(0.0 <= x <= 100.0 and 0.0 <= width and x + width <= 100.0 + 1e-9 for x, width in boxes)


def test_a_contact_over_midnight_has_its_setup_on_the_day_before() -> None:
    start = DAY.start - timedelta(seconds=60)
    (row,) = drawn(lane([], [seen(1, start, 240.0)], [])).rows
    ((contact,),) = [b.booked for b in row.bars]
    before = drawn(lane([], [seen(1, start, 240.0)], []), day=Span(DAY.start - timedelta(days=1), DAY.start)).rows[0]

    assert (0.0, 100.0 * 180.0 / 86_400.0) == pytest.approx((contact.x, contact.width), abs=1e-3)
    assert (0.0, 0.0) == contact.holds[0]
    assert 100.0 * 120.0 / 86_400.0 == pytest.approx(before.bars[0].booked[0].holds[0][1], abs=1e-3)


def test_a_contact_stands_in_its_pass_and_one_without_a_pass_alone(iss: ElementSet) -> None:
    rows = pass_over(iss, DAY.start, 24.0)
    aos = rows[1].aos
    inside, alone = seen(1, aos + timedelta(seconds=30), 120.0), seen(2, aos + timedelta(minutes=40), 120.0)
    (row,) = drawn(lane(rows, [inside, alone], []), now=aos).rows
    with_contact = [(b.row is None, [k.seen.contact.id for k in b.booked]) for b in row.bars if b.booked]

    assert len(rows) + 1 == len(row.bars)
    assert [(False, [1]), (True, [2])] == with_contact
    assert [True, False] == [b.is_past for b in row.bars][:2]
    assert sorted(b.x for b in row.bars) == [b.x for b in row.bars]


def test_a_higher_pass_is_a_taller_bar(iss: ElementSet) -> None:
    rows = pass_over(iss, DAY.start, 72.0)
    span = Span(DAY.start, DAY.start + timedelta(days=3))
    bars = sorted(
        drawn(lane(rows, [], []), day=span).rows[0].bars, key=lambda b: b.row.peak_elevation_deg if b.row else 0
    )
    heights = [b.height for b in bars]

    assert sorted(heights) == heights
    assert len(set(heights)) > 1
    assert {26} == {b.y + b.height for b in bars}


def test_now_and_the_freeze_are_shown_on_their_own_day() -> None:
    noon = DAY.start + timedelta(hours=12)

    assert (50.0, 50.0) == (drawn(now=noon).now, drawn(now=noon).freeze)
    assert (None, None) == (drawn(now=DAY.end).now, drawn(now=DAY.end).freeze)
    assert 24 == len(drawn().hours)


# The curves.


def test_the_curve_of_a_pass_rises_to_its_peak_and_its_marks_are_in_order(iss: ElementSet) -> None:
    way, visible, tca = high_pass(iss, SITE)
    booked = Span(visible.start + timedelta(seconds=60), visible.start + timedelta(seconds=240))
    occupied = Span(booked.start - timedelta(minutes=30), booked.end + timedelta(seconds=30))
    marks = {"AOS": visible.start, "TCA": tca, "LOS": visible.end}
    found = curves(
        way,
        SITE,
        marks,
        frequency_hz=437.55e6,
        direction="downlink",
        booked=booked,
        occupied=occupied,
        hm=lambda moment: f"{moment:%H:%M}",
    )
    (elevation,) = points_of(found.elevation)
    (doppler,) = points_of(found.doppler)
    at = [line.at for line in found.marks]

    assert 98.0 - way.elevation_deg.max() == pytest.approx(min(y for _, y in elevation), abs=0.2)
    assert sorted(at) == at
    assert 93.0 == found.floor
    assert found.booked is not None
    assert Box(x=0.0, width=found.booked.x) == found.holds[0]
    assert "kHz" == found.doppler_unit
    assert doppler[0][1] < 50.0 < doppler[-1][1]
    assert all(0.0 <= y <= 100.0 for _, y in (*elevation, *doppler))
    assert {0.0} == {round(line.at - 50.0, 2) for line in found.doppler_lines if line.label == "0"}


def test_the_profile_of_a_contact_is_in_its_pass(iss: ElementSet) -> None:
    way, visible, _ = high_pass(iss, SITE)
    found = profile(way, visible)
    (line,) = points_of(found.path)

    assert 100.0 * 60.0 / way.span.duration_s == pytest.approx(found.booked.x, abs=0.3)
    assert all(4.0 <= y <= 98.0 for _, y in line)
