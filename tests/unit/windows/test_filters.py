"""Each filter by an example: what it takes away from a pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from passplan import (
    Span,
    Station,
    track,
)
from passplan.domain.network import WEEKDAYS, Closure, SatelliteTime, Staffing
from passplan.domain.requests import Split
from passplan.domain.windows import FILTER_CAUSES, Exclusion, Filter, WindowSearch
from passplan.windows.availability import ceil_s, floor_s, moment_of
from tests import sets
from tests.refs import ref
from tests.unit.windows.searches import (
    DAY,
    FREE,
    START,
    WEEK_7,
    around,
    excluded,
    inward,
    longest,
    network,
    only,
    passes,
    request,
    search,
    seconds,
)

# --- filters ---


def test_a_pass_shorter_than_the_least_seconds_is_lost_to_its_length(site: Station) -> None:
    item = longest(site)
    found = search(request(span=around(item), min_s=1000.0, wanted_s=1000.0), network(site))

    whole_s = inward(item.aos, item.los).duration_s
    expected = Exclusion(request="r", antennas=(ref("DLF/a"),), span=item.span, filter=Filter.LENGTH, longest_s=whole_s)
    assert expected == excluded(found)


def test_a_pass_without_a_whole_second_is_lost_to_its_length(site: Station) -> None:
    peak_deg = longest(site).peak_elevation_deg
    top = replace(site, min_elevation_deg=peak_deg - 1e-4)
    (item,) = passes(top)
    exclusion = excluded(search(request(min_s=1.0), network(top)))

    assert item.duration_s < 1.0
    assert (Filter.LENGTH, item.span, 0.0) == (exclusion.filter, exclusion.span, exclusion.longest_s)


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


def test_a_least_elevation_leaves_the_high_part_of_every_pass_of_a_day(site: Station) -> None:
    high_deg = min(p.peak_elevation_deg for p in passes(site)) - 1.0  # the first pass is the lowest
    high = passes(replace(site, min_elevation_deg=high_deg))
    found = search(request(min_elevation_deg=high_deg), network(site))

    assert len(passes(site)) == len(high)
    assert [inward(p.aos, p.los) for p in high] == [w.span for w in found.windows]


def test_a_part_that_is_exactly_as_long_as_requested_is_a_window(site: Station) -> None:
    item = longest(site)
    closed = network(replace(site, closures=(Closure(span=Span(seconds(item.tca, 100.0), item.los)),)))
    part = only(search(request(span=around(item)), closed))
    for min_s, expected in ((part.duration_s, [part]), (part.duration_s + 1.0, [])):
        asked = request(span=around(item), min_s=min_s, wanted_s=min_s)

        assert expected == [w.span for w in search(asked, closed).windows]


def test_a_high_part_that_is_exactly_as_long_as_requested_is_a_window(site: Station) -> None:
    item = longest(site)
    high = only(search(request(span=around(item), min_elevation_deg=20.0), network(site)))
    asked = request(span=around(item), min_s=high.duration_s, wanted_s=high.duration_s, min_elevation_deg=20.0)

    assert high == only(search(asked, network(site)))


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


def test_a_span_without_a_whole_second_has_no_window_and_no_exclusion(site: Station) -> None:
    middle = moment_of(floor_s(longest(site).tca))

    assert WindowSearch(windows=()) == search(request(span=Span(middle, seconds(middle, 0.5))), network(site))


def test_passes_outside_the_requests_span_are_not_mentioned(site: Station) -> None:
    item = longest(site)
    found = search(request(span=Span(item.los, seconds(item.los, 600.0))), network(site))

    assert WindowSearch(windows=()) == found
    assert WindowSearch(windows=()) == search(request(span=WEEK_7), network(site), DAY)


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


def test_an_exclusion_has_the_longest_of_the_parts_that_its_filter_took(site: Station) -> None:
    item = longest(site)
    middle = moment_of(floor_s(item.tca))
    closed = Closure(span=Span(seconds(middle, 40.0), seconds(middle, 60.0)))
    busy = SatelliteTime(name="busy", daily=("00:00", "24:00"), blocks=("*",))
    exclusion = excluded(search(request(span=around(item)), network(replace(site, closures=(closed,)), times=[busy])))

    longer_s, shorter_s = (seconds(middle, 40.0) - item.aos).total_seconds(), (item.los - middle).total_seconds() - 60.0
    assert longer_s > shorter_s > 60.0
    assert (Filter.SATELLITE, float(int(longer_s))) == (exclusion.filter, exclusion.longest_s)


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


@pytest.mark.fault(32)
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


@pytest.mark.fault(32)
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


def test_a_window_keeps_one_degree_off_the_sun_too(site: Station) -> None:
    # Here the ISS crosses the Sun at 09:19:36.
    below = replace(site, latitude_deg=51.0, longitude_deg=4.72, antennas=(replace(FREE, sun_separation_deg=1.0),))
    item = passes(below)[1]
    before, after = (w.span for w in search(request(span=around(item)), network(below)).windows)
    separation_deg = track(sets.ISS, below, inward(item.aos, item.los)).sun_separation_deg

    assert 2 == np.count_nonzero(separation_deg < 1.0)
    assert (inward(item.aos, item.los).start, inward(item.aos, item.los).end) == (before.start, after.end)
    assert 2.0 <= (after.start - before.end).total_seconds() <= 4.0


def test_a_pass_that_is_too_near_the_sun_at_both_ends_keeps_its_middle(site: Station) -> None:
    south = replace(site, latitude_deg=-46.0, longitude_deg=75.0, antennas=(replace(FREE, sun_separation_deg=90.0),))
    item = next(p for p in passes(south) if p.aos > START + timedelta(hours=15))
    whole = inward(item.aos, item.los)
    separation_deg = track(sets.ISS, south, whole).sun_separation_deg
    far = np.flatnonzero(separation_deg >= 90.0)
    window = only(search(request(span=around(item)), network(south)))

    assert max(separation_deg[0], separation_deg[-1]) < 90.0
    assert (int(far[0]), int(far[-1])) == pytest.approx(
        ((window.start - whole.start).total_seconds(), (window.end - whole.start).total_seconds()), abs=1.0
    )


def test_windows_keep_off_uncertain_ends_up_to_a_limit(site: Station) -> None:
    item = longest(site, WEEK_7)
    asked = request(span=around(item))
    assert item.timing_68_s > 60.0
    for max_timing_s in (0.0, 12.25, 60.0):
        found = search(asked, network(site), WEEK_7, max_timing_s=max_timing_s)

        assert inward(seconds(item.aos, max_timing_s), seconds(item.los, -max_timing_s)) == only(found)
    (window,) = search(asked, network(site), WEEK_7, max_timing_s=1e4).windows
    assert item.timing_68_s == window.timing_68_s
    assert inward(seconds(item.aos, item.timing_68_s), seconds(item.los, -item.timing_68_s)) == window.span


def test_only_true_ends_are_uncertain(site: Station) -> None:
    item = longest(site, WEEK_7)
    middle = moment_of(floor_s(item.tca))
    first, second = Span(WEEK_7.start, middle), Span(middle, WEEK_7.end)
    asked = request(span=Span(seconds(item.aos, -600.0), seconds(item.los, 600.0)))

    before = only(search(asked, network(site), first, max_timing_s=60.0))
    assert inward(seconds(item.aos, 60.0), middle) == before
    after = only(search(asked, network(site), second, max_timing_s=60.0))
    assert inward(middle, seconds(item.los, -60.0)) == after
    cut = only(search(request(span=Span(middle, seconds(item.los, 9.0))), network(site), WEEK_7, max_timing_s=60.0))
    assert inward(middle, seconds(item.los, -60.0)) == cut


def test_a_pass_too_uncertain_for_its_length_is_lost_to_timing(site: Station) -> None:
    item = longest(site, WEEK_7)
    asked = request(span=around(item), min_s=float(round(item.duration_s - 100.0)), wanted_s=1000.0)
    exclusion = excluded(search(asked, network(site), WEEK_7, max_timing_s=60.0))

    assert (Filter.TIMING, inward(item.aos, item.los).duration_s) == (exclusion.filter, exclusion.longest_s)
