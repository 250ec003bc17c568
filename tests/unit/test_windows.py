"""Contact windows: each filter by an example, arrays, turning antennas, and what cannot be used at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from passplan import (
    Agency,
    Agreement,
    Antenna,
    ElementSet,
    HorizonMask,
    InputError,
    Link,
    Network,
    Pass,
    Satellite,
    Span,
    Station,
    find_passes,
    track,
)
from passplan.domain.network import WEEKDAYS, Closure, SatelliteTime, Staffing
from passplan.domain.requests import ContactRequest, RequestBook, Split
from passplan.domain.windows import FILTER_CAUSES, Exclusion, Filter, WindowSearch
from passplan.windows.availability import Blocked, Stretch, ceil_s, floor_s, moment_of, unstaffed
from passplan.windows.pointing import Arc
from passplan.windows.windows import contact_windows
from tests import sets
from tests.refs import ref

START = sets.ISS.epoch.replace(minute=0, second=0, microsecond=0)
DAY = Span(START, START + timedelta(days=1))
WEEK_3 = Span(START + timedelta(days=12), START + timedelta(days=13))  # timing is uncertain by more than a minute
FREE = Antenna(id="a", bands=("S",))
LATER = replace(sets.POLAR, epoch=START + timedelta(minutes=10))  # then its passes meet those of the ISS
SOURCES = {"ISS": sets.ISS, "POLAR": LATER, "GEO": replace(sets.GEOSTATIONARY, epoch=START)}
UP = Link(id="up", direction="uplink", band="S")
DOWN = Link(id="down", direction="downlink", band="S")


@pytest.fixture
def site(delft: Station) -> Station:
    """Delft with an antenna of ESA's."""
    return replace(delft, agency="ESA", antennas=(FREE,))


def network(*stations: Station, times: Sequence[SatelliteTime] = (), agreements: Sequence[Agreement] = ()) -> Network:
    """Stations and three satellites with the same links."""
    return Network(
        agencies=(Agency(id="ESA"), Agency(id="CSA"), Agency(id="NASA")),
        stations=stations,
        satellites=tuple(
            Satellite(id=name, catalog_number=number, links=(UP, DOWN), times=tuple(times) if name == "ISS" else ())
            for number, name in enumerate(SOURCES)
        ),
        agreements=tuple(agreements),
    )


def request(**changes: Any) -> ContactRequest:
    """A request of ESA's for a minute with the ISS at any time."""
    values: dict[str, Any] = {"id": "r", "agency": "ESA", "satellite": "ISS", "link": "up", "span": DAY}
    values |= {"min_s": 60.0, "wanted_s": 60.0}
    return ContactRequest(**(values | changes))


def search(
    asked: ContactRequest | Sequence[ContactRequest],
    given: Network,
    span: Span = DAY,
    *,
    times: Sequence[SatelliteTime] = (),
    sources: Mapping[str, ElementSet] = SOURCES,
    max_timing_s: float = 0.0,
) -> WindowSearch:
    """The windows of some requests; without more said, those of passes as they are predicted."""
    requests = (asked,) if isinstance(asked, ContactRequest) else tuple(asked)
    book = RequestBook(requests=requests, satellite_times=tuple(times))
    return contact_windows(book, sources, given, span, max_timing_s=max_timing_s)


def passes(station: Station, span: Span = DAY, source: ElementSet = sets.ISS) -> list[Pass]:
    return list(find_passes([source], [station], span))


def longest(station: Station, span: Span = DAY) -> Pass:
    return max(passes(station, span), key=lambda p: p.duration_s)


def around(item: Pass, minutes: float = 30.0) -> Span:
    """A span with one pass in it."""
    return Span(item.aos - timedelta(minutes=minutes), item.los + timedelta(minutes=minutes))


def seconds(moment: datetime, s: float) -> datetime:
    return moment + timedelta(seconds=s)


def inward(start: datetime, end: datetime) -> Span:
    return Span(moment_of(ceil_s(start)), moment_of(floor_s(end)))


def only(found: WindowSearch) -> Span:
    """The span of the one window."""
    (window,) = found.windows
    return window.span


def excluded(found: WindowSearch) -> Exclusion:
    """The one exclusion, where there is no window."""
    (exclusion,) = found.exclusions

    assert () == found.windows
    return exclusion


def test_every_pass_is_a_window_in_whole_seconds_inside_it(site: Station) -> None:
    found = search(request(min_s=1.0), network(site))

    assert [inward(p.aos, p.los) for p in passes(site)] == [w.span for w in found.windows]
    assert ((), ()) == (found.exclusions, found.inadmissible)
    assert [p.peak_elevation_deg for p in passes(site)] == [w.peak_elevation_deg for w in found.windows]
    assert {(ref("DLF/a"),)} == {w.antennas for w in found.windows}
    assert {()} == {w.start_pointing for w in found.windows}  # nobody asks


# --- filters ---


def test_a_pass_shorter_than_the_least_seconds_is_lost_to_its_length(site: Station) -> None:
    item = longest(site)
    found = search(request(span=around(item), min_s=1000.0, wanted_s=1000.0), network(site))

    whole_s = inward(item.aos, item.los).duration_s
    expected = Exclusion(request="r", antennas=(ref("DLF/a"),), span=item.span, filter=Filter.LENGTH, longest_s=whole_s)
    assert expected == excluded(found)


def test_a_split_request_takes_what_is_long_enough_for_a_part(site: Station) -> None:
    item = longest(site)
    asked = request(span=around(item), min_s=1000.0, wanted_s=1000.0, split=Split(max_parts=3, min_part_s=300.0))

    assert inward(item.aos, item.los) == only(search(asked, network(site)))


def test_a_least_elevation_leaves_the_high_part_of_a_pass(site: Station) -> None:
    item = longest(site)
    (high,) = passes(replace(site, min_elevation_deg=20.0), around(item))

    assert inward(high.aos, high.los) == only(search(request(span=around(item), min_elevation_deg=20.0), network(site)))
    low = request(span=around(item), min_elevation_deg=2.0)  # below the floor: nothing changes
    assert inward(item.aos, item.los) == only(search(low, network(site)))


@pytest.mark.parametrize("above_deg", [0.1, -0.1])
def test_a_pass_that_hardly_clears_the_least_elevation_is_lost_to_it(site: Station, above_deg: float) -> None:
    item = longest(site)
    asked = request(span=around(item), min_elevation_deg=item.peak_elevation_deg + above_deg)
    exclusion = excluded(search(asked, network(site)))

    assert (Filter.ELEVATION, item.span) == (exclusion.filter, exclusion.span)
    assert inward(item.aos, item.los).duration_s == exclusion.longest_s


def test_a_window_ends_with_the_requests_span(site: Station) -> None:
    item = longest(site)
    span = Span(seconds(item.tca, -100.5), seconds(item.tca, 100.5))

    assert inward(span.start, span.end) == only(search(request(span=span), network(site)))
    assert inward(span.start, span.end) == only(search(request(), network(site), span))
    short = Span(item.aos - timedelta(hours=1), seconds(item.aos, 30.0))
    assert Filter.SPAN is excluded(search(request(span=short), network(site))).filter


def test_passes_outside_the_requests_span_are_not_mentioned(site: Station) -> None:
    item = longest(site)
    found = search(request(span=Span(item.los, seconds(item.los, 600.0))), network(site))

    assert WindowSearch(windows=()) == found
    assert WindowSearch(windows=()) == search(request(span=WEEK_3), network(site), DAY)


def test_a_closed_antenna_needs_its_setup_after_and_its_teardown_before(site: Station) -> None:
    item = longest(site)
    closed = Closure(span=Span(seconds(item.tca, -10.0), seconds(item.tca, 10.5)))
    antenna = replace(FREE, setup_s=60.0, teardown_s=29.5)
    found = search(request(span=around(item)), network(replace(site, antennas=(antenna,), closures=(closed,))))

    assert [
        inward(item.aos, seconds(moment_of(floor_s(closed.span.start)), -30.0)),
        inward(seconds(moment_of(ceil_s(closed.span.end)), 60.0), item.los),
    ] == [w.span for w in found.windows]
    assert {(60.0, 30.0)} == {(w.setup_s, w.teardown_s) for w in found.windows}


def test_a_closure_before_a_pass_delays_it_by_the_requests_own_setup(site: Station) -> None:
    item = longest(site)
    closed = Closure(span=Span(seconds(item.aos, -3000.0), item.aos))
    asked = request(span=around(item), setup_s=120.0)

    expected = inward(seconds(moment_of(ceil_s(item.aos)), 120.0), item.los)
    assert expected == only(search(asked, network(replace(site, closures=(closed,)))))


def test_a_closed_station_is_lost_and_a_closed_antenna_leaves_the_other(site: Station) -> None:
    item = longest(site)
    two = replace(site, antennas=(FREE, replace(FREE, id="b")))
    whole, one = Closure(span=item.span), Closure(span=item.span, antenna="b")
    found = search(request(span=around(item)), network(replace(two, closures=(whole,))))
    assert {Filter.CLOSED} == {e.filter for e in found.exclusions}
    assert [(ref("DLF/a"),), (ref("DLF/b"),)] == [e.antennas for e in found.exclusions]

    found = search(request(span=around(item)), network(replace(two, closures=(one,))))
    assert [(ref("DLF/a"),)] == [w.antennas for w in found.windows]
    assert [(ref("DLF/b"),)] == [e.antennas for e in found.exclusions]


def test_contact_setup_and_teardown_lie_inside_staffing_hours(site: Station) -> None:
    item = longest(site)
    opens = item.tca.replace(second=0, microsecond=0)
    shift = Staffing(opens=f"{opens:%H:%M}", closes=f"{opens + timedelta(hours=5):%H:%M}")
    staffed = replace(site, staffing=(shift,), antennas=(replace(FREE, setup_s=60.0),))

    expected = inward(seconds(opens, 60.0), item.los)
    assert expected == only(search(request(span=around(item)), network(staffed)))
    other = replace(staffed, staffing=(replace(shift, days=(WEEKDAYS[(item.tca.weekday() + 2) % 7],)),))
    assert Filter.STAFFING is excluded(search(request(span=around(item)), network(other))).filter


@pytest.mark.parametrize("side", ["setup_s", "teardown_s"])
def test_staffing_is_looked_at_beyond_the_span_as_far_as_setup_and_teardown_reach(site: Station, side: str) -> None:
    item = longest(site)
    span = around(item)
    shift = Staffing(opens=f"{item.tca - timedelta(hours=2):%H:%M}", closes=f"{item.tca + timedelta(hours=2):%H:%M}")
    staffed = replace(site, staffing=(shift,))
    sides: dict[str, Any] = {side: 80_000.0}
    slow = replace(staffed, antennas=(replace(FREE, **sides),))

    assert inward(item.aos, item.los) == only(search(request(span=span), network(staffed), span))
    assert Filter.STAFFING is excluded(search(request(span=span), network(slow), span)).filter


def test_staffing_is_by_the_stations_own_clock(site: Station) -> None:
    item = longest(site)
    hour = item.tca + timedelta(hours=9)  # in Tokyo
    shift = Staffing(opens=f"{hour - timedelta(hours=1):%H:%M}", closes=f"{hour + timedelta(hours=1):%H:%M}")
    in_tokyo = replace(site, time_zone="Asia/Tokyo", staffing=(shift,))

    assert inward(item.aos, item.los) == only(search(request(span=around(item)), network(in_tokyo)))
    in_delft = replace(in_tokyo, time_zone="Europe/Amsterdam")
    assert Filter.STAFFING is excluded(search(request(span=around(item)), network(in_delft))).filter


def test_a_time_of_the_satellite_blocks_its_links(site: Station) -> None:
    item = longest(site)
    eva = SatelliteTime(name="EVA", span=Span(item.tca, item.los), blocks=("up",))
    asked = request(span=around(item))

    expected = inward(item.aos, item.tca)
    assert expected == only(search(asked, network(site, times=[eva])))
    assert expected == only(search(asked, network(site, times=[replace(eva, blocks=("*",))])))
    assert expected == only(search(asked, network(site), times=[replace(eva, satellite="ISS")]))
    assert inward(item.aos, item.los) == only(search(replace(asked, link="down"), network(site, times=[eva])))
    assert inward(item.aos, item.los) == only(search(asked, network(site), times=[replace(eva, satellite="GEO")]))
    all_day = replace(eva, span=None, daily=("00:00", "24:00"))
    assert Filter.SATELLITE is excluded(search(asked, network(site, times=[all_day]))).filter


def test_contact_during_named_times_lies_in_all_of_them(site: Station) -> None:
    item = longest(site)
    first = SatelliteTime(name="awake", span=Span(seconds(item.tca, -150.0), item.los))
    again = SatelliteTime(name="awake", span=Span(seconds(item.aos, -9e3), seconds(item.aos, -8e3)))
    other = SatelliteTime(name="quiet", satellite="ISS", span=Span(item.aos, seconds(item.tca, 150.0)))
    asked = request(span=around(item), during=("awake", "quiet"))
    found = search(asked, network(site, times=[first, again]), times=[other])

    assert inward(seconds(item.tca, -150.0), seconds(item.tca, 150.0)) == only(found)


def test_a_daily_time_goes_over_midnight(site: Station) -> None:
    quiet = SatelliteTime(name="quiet", daily=("12:00", "09:00"))
    found = search(request(during=("quiet",), min_s=1.0), network(site, times=[quiet]))
    inside = [p for p in passes(site) if p.los.hour < 9 or p.aos.hour >= 12]

    assert (3, 5) == (len(inside), len(passes(site)))
    assert [inward(p.aos, p.los) for p in inside] == [w.span for w in found.windows]


def test_a_keyhole_leaves_what_is_before_and_after(site: Station) -> None:
    item = longest(site)
    holed = replace(site, antennas=(replace(FREE, keyhole_deg=item.peak_elevation_deg - 10.0),))
    found = search(request(span=around(item)), network(holed))

    way = track(sets.ISS, site, inward(item.aos, item.los))
    high = np.flatnonzero(way.elevation_deg > item.peak_elevation_deg - 10.0)
    first, last = moment_of(ceil_s(item.aos) + int(high[0])), moment_of(ceil_s(item.aos) + int(high[-1]))
    assert [inward(item.aos, seconds(first, -1.0)), inward(seconds(last, 1.0), item.los)] == [
        w.span for w in found.windows
    ]
    exclusion = excluded(search(request(span=around(item), min_s=280.0, wanted_s=280.0), network(holed)))
    assert (Filter.KEYHOLE, inward(item.aos, item.los).duration_s) == (exclusion.filter, exclusion.longest_s)


def test_an_antenna_that_turns_too_slowly_loses_the_top_of_a_pass(site: Station) -> None:
    item = longest(site)
    way = track(sets.ISS, site, inward(item.aos, item.los))
    fastest_deg_s = float(np.abs(np.diff(way.azimuth_unwrapped_deg)).max())
    slow = replace(site, antennas=(replace(FREE, slew_deg_s=0.8 * fastest_deg_s),))
    before, after = (w.span for w in search(request(span=around(item), min_s=1.0), network(slow)).windows)

    assert before.end < item.tca < after.start


# --- cable stops ---


def test_every_filter_has_words() -> None:
    assert set(Filter) == set(FILTER_CAUSES)


OVER_NORTH = Span(START + timedelta(hours=19), START + timedelta(hours=21))  # POLAR goes from 12 over 0 to 200 degrees


def polar(**changes: Any) -> ContactRequest:
    return request(satellite="POLAR", span=OVER_NORTH, **changes)


def with_stops(site: Station, low_deg: float, high_deg: float, **changes: Any) -> Station:
    return replace(site, antennas=(replace(FREE, cable_stops_deg=(low_deg, high_deg), **changes),))


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


def test_a_window_keeps_off_the_sun(site: Station) -> None:
    shy = replace(site, antennas=(replace(FREE, sun_separation_deg=40.0),))
    found = search(request(min_s=1.0), network(shy))
    cut = 0
    for window in found.windows:
        separation_deg = track(sets.ISS, site, window.span).sun_separation_deg
        cut += window.span not in [inward(p.aos, p.los) for p in passes(site)]

        assert separation_deg.min() >= 40.0
    assert cut > 0
    assert {Filter.SUN} == {e.filter for e in search(request(min_s=300.0, wanted_s=300.0), network(shy)).exclusions}


def test_windows_keep_off_uncertain_ends_up_to_a_limit(site: Station) -> None:
    item = longest(site, WEEK_3)
    asked = request(span=around(item))
    assert item.timing_68_s > 60.0
    for max_timing_s in (0.0, 12.25, 60.0):
        found = search(asked, network(site), WEEK_3, max_timing_s=max_timing_s)

        assert inward(seconds(item.aos, max_timing_s), seconds(item.los, -max_timing_s)) == only(found)
    (window,) = search(asked, network(site), WEEK_3, max_timing_s=1e4).windows
    assert item.timing_68_s == window.timing_68_s
    assert inward(seconds(item.aos, item.timing_68_s), seconds(item.los, -item.timing_68_s)) == window.span


def test_only_true_ends_are_uncertain(site: Station) -> None:
    item = longest(site, WEEK_3)
    middle = moment_of(floor_s(item.tca))
    first, second = Span(WEEK_3.start, middle), Span(middle, WEEK_3.end)
    asked = request(span=Span(seconds(item.aos, -600.0), seconds(item.los, 600.0)))

    before = only(search(asked, network(site), first, max_timing_s=60.0))
    assert inward(seconds(item.aos, 60.0), middle) == before
    after = only(search(asked, network(site), second, max_timing_s=60.0))
    assert inward(middle, seconds(item.los, -60.0)) == after
    cut = only(search(request(span=Span(middle, seconds(item.los, 9.0))), network(site), WEEK_3, max_timing_s=60.0))
    assert inward(middle, seconds(item.los, -60.0)) == cut


def test_a_pass_too_uncertain_for_its_length_is_lost_to_timing(site: Station) -> None:
    item = longest(site, WEEK_3)
    asked = request(span=around(item), min_s=float(round(item.duration_s - 100.0)), wanted_s=1000.0)
    exclusion = excluded(search(asked, network(site), WEEK_3, max_timing_s=60.0))

    assert (Filter.TIMING, inward(item.aos, item.los).duration_s) == (exclusion.filter, exclusion.longest_s)


# --- long passes ---


def test_a_satellite_that_never_sets_is_held_for_a_day_at_most(delft: Station) -> None:
    span = Span(START, START + timedelta(days=3))
    under = replace(delft, id="LOS", latitude_deg=6.5, longitude_deg=-20.0, antennas=(replace(FREE, setup_s=300.0),))
    found = search(request(satellite="GEO", span=span), network(under), span, max_timing_s=60.0)

    assert [1] == [p.clipped_start + p.clipped_end - 1 for p in passes(under, span, SOURCES["GEO"])]
    assert 4 == len(found.windows)
    assert (span.start, span.end) == (found.windows[0].span.start, found.windows[-1].span.end)
    for window, after in zip(found.windows, found.windows[1:], strict=False):
        assert window.span.end == after.span.start
    assert all(w.span.duration_s + w.setup_s + w.teardown_s <= 86_400.0 for w in found.windows)


def test_a_contact_that_no_hold_can_carry_is_lost_to_its_length(delft: Station) -> None:
    span = Span(START, START + timedelta(days=3))
    under = replace(delft, id="LOS", latitude_deg=6.5, longitude_deg=-20.0, antennas=(replace(FREE, setup_s=300.0),))
    asked = request(satellite="GEO", span=span, min_s=86_200.0, wanted_s=86_400.0)
    assert Filter.LENGTH is excluded(search(asked, network(under), span)).filter

    just = request(satellite="GEO", span=span, min_s=86_100.0, wanted_s=86_400.0)
    assert [86_100.0] * 3 == [w.span.duration_s for w in search(just, network(under), span).windows]


def test_a_pass_of_many_hours_is_followed_too(site: Station) -> None:
    source = replace(sets.MOLNIYA, epoch=START)
    high_deg = max(p.peak_elevation_deg for p in passes(site, DAY, source)) - 2.0
    limited = replace(site, antennas=(replace(FREE, sun_separation_deg=60.0, keyhole_deg=high_deg, slew_deg_s=0.5),))
    found = search(request(min_s=1.0), network(limited), sources={"ISS": source})

    assert max(p.duration_s for p in passes(site, DAY, source)) > 6 * 3600.0
    assert len(passes(site, DAY, source)) < len(found.windows)
    for window in found.windows:
        way = track(source, site, window.span)
        assert way.sun_separation_deg.min() >= 60.0
        assert way.elevation_deg.max() <= high_deg


# --- arrays ---


def test_an_array_is_used_where_all_its_antennas_see_the_satellite(site: Station) -> None:
    east = replace(site, id="EST", longitude_deg=14.0, antennas=(replace(FREE, setup_s=90.0),))
    asked = request(arrays=(("EST/a", "DLF/a"),), min_s=30.0)
    found = search(asked, network(site, east))

    assert len(found.windows) > 3
    for window in found.windows:
        here, there = (
            next(p for p in passes(s) if p.aos <= window.span.start and window.span.end <= p.los) for s in (site, east)
        )
        assert inward(max(here.aos, there.aos), min(here.los, there.los)) == window.span
        assert min(here.peak_elevation_deg, there.peak_elevation_deg) == window.peak_elevation_deg
        assert max(here.timing_68_s, there.timing_68_s) == window.timing_68_s
        assert ((ref("DLF/a"), ref("EST/a")), 90.0) == (window.antennas, window.setup_s)


def test_passes_that_an_arrays_antennas_do_not_share_are_lost(site: Station) -> None:
    far = replace(site, id="FAR", longitude_deg=-80.0)
    found = search(request(arrays=(("FAR/a", "DLF/a"),)), network(site, far))
    alone = search([request(id="here", stations=("DLF",)), request(id="there", stations=("FAR",))], network(site, far))

    assert () == found.windows
    lost = {(e.span, e.longest_s) for e in found.exclusions if e.filter is Filter.SIMULTANEOUS}
    assert {(e.antennas) for e in found.exclusions} == {(ref("DLF/a"), ref("FAR/a"))}
    assert len(alone.windows) == len(lost)
    assert {w.span.duration_s for w in alone.windows} == {s for _, s in lost}


def test_an_array_at_one_station_is_closed_with_either_antenna(site: Station) -> None:
    item = longest(site)
    closed = Closure(span=Span(item.tca, item.los), antenna="b")
    two = replace(site, antennas=(FREE, replace(FREE, id="b", teardown_s=20.0)), closures=(closed,))
    found = search(request(span=around(item), arrays=(("DLF/b", "DLF/a"),)), network(two))

    assert inward(item.aos, seconds(moment_of(floor_s(item.tca)), -20.0)) == only(found)


# --- turning from one satellite to another ---


def test_setup_includes_the_turn_from_another_satellite(site: Station) -> None:
    turning = replace(site, antennas=(replace(FREE, slew_deg_s=5.0, setup_s=10.0),))
    both = [request(id="iss", min_s=1.0), request(id="polar", satellite="POLAR", min_s=1.0)]
    others = passes(site, DAY, LATER)
    found = search(both, network(turning))

    assert {10.0} == {w.setup_s for w in search(both[0], network(turning)).windows}  # nobody uses it for another
    first, *later = (w for w in found.windows if w.request == "iss")
    assert 10.0 == first.setup_s
    assert all(10.0 < w.setup_s <= 10.0 + 180.0 / 5.0 for w in later[:3])
    assert all(p.los < seconds(first.span.start, -46.0) or first.span.end < p.aos for p in others)


@pytest.mark.parametrize(("teardown_s", "expected_s"), [(20.0, 10.0), (40.0, 10.0 + 36.0)])
def test_a_turn_counts_where_there_is_no_time_for_it_between_two_passes(
    site: Station, teardown_s: float, expected_s: float
) -> None:
    item = max(passes(site), key=lambda p: p.peak_elevation_deg)
    before = replace(LATER, epoch=START + timedelta(minutes=5))
    turning = replace(site, antennas=(replace(FREE, slew_deg_s=5.0, setup_s=10.0, teardown_s=teardown_s),))
    asked = [request(span=around(item)), request(id="polar", satellite="POLAR")]
    found = search(asked, network(turning), sources=SOURCES | {"POLAR": before})

    (gap_s,) = [g for p in passes(site, DAY, before) if 0.0 < (g := (item.aos - p.los).total_seconds()) < 600.0]
    assert 10.0 + 36.0 + 20.0 < gap_s < 10.0 + 36.0 + 40.0
    assert {expected_s} == {w.setup_s for w in found.windows if w.request == "r"}


def test_a_turn_is_as_far_as_two_passes_lie_apart_at_most(site: Station) -> None:
    turning = replace(site, antennas=(replace(FREE, slew_deg_s=5.0),))
    found = search([request(id="iss"), request(id="polar", satellite="POLAR")], network(turning))
    ways = {s: [(p, track(SOURCES[s], site, p.span)) for p in passes(site, DAY, SOURCES[s])] for s in ("ISS", "POLAR")}
    for window in found.windows:
        own, here = next((p, way) for p, way in ways[window.satellite] if p.aos <= window.span.start < p.los)
        other = {"ISS": "POLAR", "POLAR": "ISS"}[window.satellite]
        turns_s = [0.0]
        for item, there in ways[other]:
            if seconds(item.los, 36.0) > own.aos and item.aos < own.los:
                apart_deg = np.abs(here.azimuth_deg[:, None] - there.azimuth_deg[None, :])
                rise_deg = np.abs(here.elevation_deg[:, None] - there.elevation_deg[None, :])
                turns_s.append(float(np.maximum(np.minimum(apart_deg, 360.0 - apart_deg), rise_deg).max()) / 5.0)

        assert max(turns_s) <= window.setup_s <= max(turns_s) + 2.0


def test_pointing_is_told_where_antennas_turn(site: Station) -> None:
    item = longest(site)
    turning = replace(site, antennas=(replace(FREE, slew_deg_s=300.0),))
    (window,) = search(request(span=around(item)), network(turning)).windows
    way = track(sets.ISS, site, window.span)

    ((start_azimuth_deg, start_elevation_deg),) = window.start_pointing
    ((end_azimuth_deg, end_elevation_deg),) = window.end_pointing
    assert (way.azimuth_deg[0], way.elevation_deg[0]) == pytest.approx((start_azimuth_deg, start_elevation_deg))
    assert (way.azimuth_deg[-1], way.elevation_deg[-1]) == pytest.approx((end_azimuth_deg, end_elevation_deg))


def test_between_cable_stops_an_antenna_turns_from_one_unwrapped_azimuth_to_the_other(site: Station) -> None:
    turning = with_stops(site, -270.0, 270.0, slew_deg_s=5.0)
    (antenna,) = turning.antennas
    found = search([request(id="iss"), request(id="polar", satellite="POLAR")], network(turning))
    short = search(
        [request(id="iss"), request(id="polar", satellite="POLAR")],
        network(replace(turning, antennas=(replace(FREE, slew_deg_s=5.0),))),
    )
    ways = {s: [(p, track(SOURCES[s], site, p.span)) for p in passes(site, DAY, SOURCES[s])] for s in ("ISS", "POLAR")}
    farther = 0
    for window, free in zip(found.windows, short.windows, strict=True):
        own, here = next((p, way) for p, way in ways[window.satellite] if p.aos <= window.span.start < p.los)
        other = {"ISS": "POLAR", "POLAR": "ISS"}[window.satellite]
        turns_s = [0.0]
        for item, there in ways[other]:
            if seconds(item.los, 540.0 / 5.0) > own.aos and item.aos < own.los:
                driven_deg = np.abs(here.follow(antenna).azimuth_deg[:, None] - there.follow(antenna).azimuth_deg)
                rise_deg = np.abs(here.elevation_deg[:, None] - there.elevation_deg)
                turns_s.append(float(np.maximum(driven_deg, rise_deg).max()) / 5.0)
        farther += window.setup_s > free.setup_s

        assert max(turns_s) <= window.setup_s <= max(turns_s) + 2.0
        assert free.setup_s <= window.setup_s
        for (azimuth_deg, _), moment in zip(
            (*window.start_pointing, *window.end_pointing), (window.span.start, window.span.end), strict=True
        ):
            step = (moment - own.aos).total_seconds()
            driven_deg = here.follow(antenna).azimuth_deg
            assert np.interp(step, np.arange(len(here)), driven_deg) == pytest.approx(azimuth_deg, abs=0.2)
    assert farther > 0


def test_an_antenna_unwinds_between_two_passes_of_one_satellite(site: Station) -> None:
    # A mask hides north, between 12 and 360 degrees on the way; both parts have a wrap between 0 and 360.
    ridge = HorizonMask(((0.0, 80.0), (2.0, 80.0), (3.0, 0.0), (340.0, 0.0), (350.0, 80.0)))
    masked = replace(site, horizon_mask=ridge)
    asked = polar(min_s=30.0, wanted_s=30.0)
    setups_s = {
        stops_deg: [w.setup_s for w in search(asked, network(with_stops(masked, *stops_deg, slew_deg_s=5.0))).windows]
        for stops_deg in ((0.0, 360.0), (-270.0, 270.0))
    }

    assert [0.0, 0.0] == setups_s[-270.0, 270.0]
    first_s, second_s = setups_s[0.0, 360.0]
    assert 0.0 == first_s
    assert 300.0 / 5.0 < second_s <= 360.0 / 5.0


def test_an_array_tells_the_pointing_of_each_antenna(site: Station) -> None:
    east = replace(site, id="EST", longitude_deg=14.0)
    turning = replace(site, antennas=(FREE, replace(FREE, id="b", slew_deg_s=300.0)))
    asked = request(arrays=(("EST/a", "DLF/a", "DLF/b"),), min_s=30.0)
    window = search(asked, network(turning, east)).windows[0]

    assert (ref("DLF/a"), ref("DLF/b"), ref("EST/a")) == window.antennas
    assert window.start_pointing[0] == window.start_pointing[1] != window.start_pointing[2]


@pytest.mark.parametrize(
    ("arc", "expected_deg"),
    [
        (Arc(10.0, 20.0, 5.0, 5.0), 20.0),
        (Arc(-20.0, -10.0, 5.0, 5.0), 20.0),
        (Arc(340.0, 350.0, 5.0, 5.0), 20.0),
        (Arc(100.0, 400.0, 5.0, 5.0), 180.0),
        (Arc(179.0, 179.0, 5.0, 5.0), 179.0),
        (Arc(181.0, 181.0, 5.0, 5.0), 179.0),
        (Arc(0.0, 1.0, 5.0, 60.0), 55.0),
    ],
)
def test_an_antenna_turns_its_azimuth_the_short_way(arc: Arc, expected_deg: float) -> None:
    north = Arc(0.0, 0.0, 5.0, 5.0)

    assert expected_deg == north.turn_deg(arc) == arc.turn_deg(north)


@pytest.mark.parametrize(
    ("arc", "expected_deg"),
    [
        (Arc(10.0, 20.0, 5.0, 5.0), 20.0),
        (Arc(-20.0, -10.0, 5.0, 5.0), 20.0),
        (Arc(340.0, 350.0, 5.0, 5.0), 350.0),
        (Arc(-5.0, 400.0, 5.0, 5.0), 400.0),
        (Arc(0.0, 1.0, 5.0, 60.0), 55.0),
    ],
)
def test_between_cable_stops_there_is_no_short_way(arc: Arc, expected_deg: float) -> None:
    north = Arc(0.0, 0.0, 5.0, 5.0)

    assert expected_deg == north.drive_deg(arc) == arc.drive_deg(north)


# --- staffing hours ---


def _gaps(station: Station, start: datetime, days: int) -> list[tuple[str, str]]:
    """When nobody is there, in UTC."""
    found = unstaffed(station, (floor_s(start), floor_s(start + timedelta(days=days))))
    pairs = zip(found.starts, found.ends, strict=True)
    return [(f"{moment_of(a):%m-%d %H:%M}", f"{moment_of(b):%m-%d %H:%M}") for a, b in pairs]


def test_a_station_without_staffing_is_always_open(delft: Station) -> None:
    assert [] == _gaps(delft, START, 2)
    assert [] == _gaps(replace(delft, staffing=(Staffing(),)), START, 2)


def test_hours_follow_the_clock_on_the_wall_when_summer_time_begins_and_ends(delft: Station) -> None:
    station = replace(delft, time_zone="Europe/Amsterdam", staffing=(Staffing(opens="08:00", closes="16:00"),))

    assert [("03-28 00:00", "03-28 07:00"), ("03-28 15:00", "03-29 06:00"), ("03-29 14:00", "03-30 00:00")] == _gaps(
        station, datetime(2026, 3, 28, tzinfo=UTC), 2
    )
    assert [("10-24 00:00", "10-24 06:00"), ("10-24 14:00", "10-25 07:00"), ("10-25 15:00", "10-26 00:00")] == _gaps(
        station, datetime(2026, 10, 24, tzinfo=UTC), 2
    )


def test_a_night_shift_is_as_long_as_the_night_that_the_clock_is_changed(delft: Station) -> None:
    station = replace(delft, time_zone="Europe/Amsterdam", staffing=(Staffing(opens="22:00", closes="06:00"),))

    assert [("03-28 12:00", "03-28 21:00"), ("03-29 04:00", "03-29 12:00")] == _gaps(
        station, datetime(2026, 3, 28, 12, tzinfo=UTC), 1
    )
    assert [("10-24 12:00", "10-24 20:00"), ("10-25 05:00", "10-25 12:00")] == _gaps(
        station, datetime(2026, 10, 24, 12, tzinfo=UTC), 1
    )


def test_an_hour_that_the_clock_skips_or_repeats_is_taken_once(delft: Station) -> None:
    station = replace(delft, time_zone="Europe/Amsterdam", staffing=(Staffing(opens="02:30", closes="12:00"),))

    assert [("03-29 00:00", "03-29 01:30")] == _gaps(station, datetime(2026, 3, 29, tzinfo=UTC), 1)[:1]
    assert [("10-25 00:00", "10-25 00:30")] == _gaps(station, datetime(2026, 10, 25, tzinfo=UTC), 1)[:1]


def test_nobody_is_there_at_the_weekend(delft: Station) -> None:
    shift = Staffing(days=("mon", "tue", "wed", "thu", "fri"), opens="20:00", closes="04:00")

    assert [("08-07 04:00", "08-07 20:00"), ("08-08 04:00", "08-10 20:00")] == _gaps(
        replace(delft, staffing=(shift,)), datetime(2026, 8, 7, tzinfo=UTC), 4
    )


def test_shifts_that_meet_leave_no_gap(delft: Station) -> None:
    shifts = (Staffing(opens="00:00", closes="12:00"), Staffing(opens="12:00", closes="24:00"))

    assert [] == _gaps(replace(delft, staffing=shifts), START, 3)
    assert [] == _gaps(replace(delft, staffing=(Staffing(opens="09:00", closes="09:00"),)), START, 3)


def test_a_time_zone_that_is_none_is_refused(delft: Station) -> None:
    with pytest.raises(InputError, match='station "DLF": time_zone is'):
        unstaffed(replace(delft, time_zone="Mars/Olympus", staffing=(Staffing(),)), (0, 1))


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([(0, 10)], [(0, 10)]),
        ([(0, 20)], [(0, 18)]),
        ([(0, 35)], [(0, 18)]),
        ([(0, 40)], [(0, 18), (35, 38)]),
        ([(36, 90)], [(36, 38), (65, 90)]),
        ([(20, 30), (60, 70)], [(65, 70)]),
        ([(0, 100)], [(0, 18), (35, 38), (65, 100)]),
    ],
)
def test_pieces_keep_off_blocked_stretches(pieces: list[Stretch], expected: list[Stretch]) -> None:
    blocked = Blocked.of([(40, 60), (20, 25), (25, 30), (45, 50)])

    assert ((20, 40), (30, 60)) == (blocked.starts, blocked.ends)
    assert expected == blocked.cut(pieces, before_s=2, after_s=5)


# --- who may use what ---


def _causes(found: WindowSearch) -> list[tuple[str, str]]:
    return [(str(i.station), str(i.cause)) for i in found.inadmissible]


def test_an_agency_uses_its_own_stations_those_of_nobody_and_those_of_agreements(site: Station) -> None:
    stations = [replace(site, id=name, agency=name if name in ("CSA", "NASA") else "") for name in ("CSA", "NASA", "X")]
    agreed = Agreement(owner="ESA", user="CSA", stations=("DLF",), minutes_per_week=60.0)
    found = search(request(agency="CSA"), network(site, *stations, agreements=[agreed]))

    assert {(ref("CSA/a"),), (ref("DLF/a"),), (ref("X/a"),)} == {w.antennas for w in found.windows}
    assert () == found.inadmissible


def test_only_what_is_named_is_used(site: Station) -> None:
    two = replace(site, antennas=(FREE, replace(FREE, id="b")))
    other = replace(site, id="OTH")
    given = network(two, other)

    assert {(ref("DLF/b"),)} == {w.antennas for w in search(request(stations=(ref("DLF/b"),)), given).windows}
    assert {(ref("DLF/a"),), (ref("DLF/b"),)} == {
        w.antennas for w in search(request(stations=("DLF", ref("DLF/b"))), given).windows
    }


def test_what_is_named_and_cannot_be_used_says_why(site: Station) -> None:
    mixed = replace(site, antennas=(FREE, replace(FREE, id="x", bands=("X",))))
    foreign = replace(site, id="CAN", agency="CSA")
    deaf = replace(site, id="XXX", antennas=(replace(FREE, bands=("X", "Ka")),))
    names = ("DLF/x", "CAN", "CAN/a", "XXX", "NO", "NO/a", "DLF")
    found = search(request(stations=names), network(mixed, foreign, deaf))

    assert {(ref("DLF/a"),)} == {w.antennas for w in found.windows}
    assert [
        ("DLF/x", "it has no S"),
        ("CAN", "no agreement lets ESA use it"),
        ("CAN/a", "no agreement lets ESA use it"),
        ("XXX", "no antenna has S"),
        ("NO", "the network has no such station"),
        ("NO/a", "the network has no such antenna"),
    ] == _causes(found)


def test_an_array_is_of_antennas_and_not_of_stations() -> None:
    with pytest.raises(InputError, match="the antenna is 'DLF'; it is written \"station/antenna\""):
        request(arrays=(("DLF", "DLF/a"),))


def test_an_array_needs_all_its_antennas(site: Station) -> None:
    mixed = replace(site, antennas=(FREE, replace(FREE, id="b"), replace(FREE, id="x", bands=("X",))))
    arrays = (("DLF/x", "DLF/a"), ("DLF/b", "DLF/a"), ("DLF/a", "NO/a"))
    found = search(request(arrays=arrays), network(mixed))

    assert {(ref("DLF/a"), ref("DLF/b"))} == {w.antennas for w in found.windows}
    assert [
        ("DLF/x", "it has no S"),
        ("NO/a", "the network has no such antenna"),
    ] == _causes(found)


def test_a_request_without_any_antenna_says_why_the_nearest_will_not_do(site: Station) -> None:
    deaf = replace(site, id="OWN", agency="CSA", antennas=(replace(FREE, bands=("X",)),))
    found = search(request(agency="CSA"), network(site, deaf))

    assert () == found.windows
    assert [("OWN", "no antenna has S"), ("DLF", "no agreement lets CSA use it")] == _causes(found)
    assert [("", "no antenna of the network has S")] == _causes(search(request(agency="CSA"), network(deaf)))
    assert [] == _causes(search(request(agency="ESA"), network(site, deaf)))


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"satellite": "MIR"}, 'the network has no satellite "MIR"'),
        ({"link": "side"}, 'ISS has no link "side"; known: up, down'),
        ({"during": ("asleep",)}, 'no time of ISS is called "asleep"; known: awake'),
        ({"satellite": "GEO", "during": ("awake",)}, 'no time of GEO is called "awake"; known: none'),
    ],
)
def test_what_the_satellite_does_not_have_is_said(site: Station, changes: dict[str, Any], cause: str) -> None:
    given = network(site, times=[SatelliteTime(name="awake", daily=("06:00", "21:30"))])
    found = search(request(**changes), given)

    assert () == found.windows
    assert [("", cause)] == _causes(found)


def test_a_satellite_without_elements_and_one_that_is_down_are_said(site: Station) -> None:
    found = search([request(), request(id="geo", satellite="GEO")], network(site), sources={"ISS": sets.ISS})
    assert [("", "there is no element set of GEO")] == _causes(found)
    assert {"r"} == {w.request for w in found.windows}

    end = Span(sets.DECAYING.epoch + timedelta(days=60), sets.DECAYING.epoch + timedelta(days=61))
    found = search(request(span=end), network(site), end, sources={"ISS": sets.DECAYING})
    ((_, cause),) = _causes(found)
    assert cause.startswith("ISS has decayed by 2026-")


def test_a_satellite_that_comes_down_is_followed_up_to_then(site: Station) -> None:
    limited = replace(site, antennas=(replace(FREE, slew_deg_s=3.0, sun_separation_deg=5.0, keyhole_deg=80.0),))
    span = Span(sets.DECAYING.epoch + timedelta(days=25), sets.DECAYING.epoch + timedelta(days=60))
    found = search(request(span=span), network(limited), span, sources={"ISS": sets.DECAYING})

    assert () == found.inadmissible
    assert timedelta(days=20) < span.end - found.windows[-1].span.end < timedelta(days=34)


# --- all together ---


def test_windows_are_in_order_of_requests_times_and_antennas(site: Station) -> None:
    two = replace(site, antennas=(replace(FREE, id="b"), FREE), closures=(Closure(span=longest(site).span),))
    names = ["z", "a", "m"]
    found = search([request(id=name) for name in names], network(two, replace(site, id="EST", longitude_deg=14.0)))

    keys = [(names.index(w.request), w.span.start, w.antennas) for w in found.windows]
    assert sorted(keys) == keys
    lost = [(names.index(e.request), e.span.start, e.antennas) for e in found.exclusions]
    assert sorted(lost) == lost
    assert len(lost) > 3
    assert found == search([request(id=n) for n in names], network(two, replace(site, id="EST", longitude_deg=14.0)))


def test_searches_are_shared_and_counted(site: Station) -> None:
    told: list[tuple[int, int]] = []
    levels = [None, 20.0, 20.0, 40.0, 3.0]  # the floor is 5
    asked = [request(id=str(k), min_elevation_deg=level) for k, level in enumerate(levels)]
    asked.append(request(id="polar", satellite="POLAR"))
    book = RequestBook(requests=tuple(asked))
    contact_windows(book, SOURCES, network(site), DAY, progress=lambda done, of: told.append((done, of)))

    assert [(2, 4), (3, 4), (4, 4)] == told


def test_refraction_lets_the_satellite_rise_earlier(site: Station) -> None:
    book = RequestBook(requests=(request(span=around(longest(site))),))
    low = replace(site, min_elevation_deg=0.0)
    plain = only(contact_windows(book, SOURCES, network(low), DAY))
    bent = only(contact_windows(book, SOURCES, network(low), DAY, refraction=True))

    assert bent.start < plain.start < plain.end < bent.end


def test_nothing_asked_is_nothing_found(site: Station) -> None:
    assert WindowSearch(windows=()) == search([], network(site))
