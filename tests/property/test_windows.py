"""Properties of contact windows, against a twin that asks at every second of a pass whether it can be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from passplan import (
    Agency,
    Agreement,
    Antenna,
    HorizonMask,
    Link,
    Network,
    Pass,
    Satellite,
    Span,
    Station,
    find_passes,
    track,
)
from passplan.domain.network import WEEKDAYS, AntennaRef, Closure, SatelliteTime, Staffing
from passplan.domain.requests import ContactRequest, RequestBook, Split
from passplan.domain.windows import ContactWindow, WindowSearch
from passplan.passes.track import Track
from passplan.windows.windows import contact_windows
from tests import naive, sets

START = sets.ISS.epoch.replace(minute=0, second=0, microsecond=0) + timedelta(hours=3)
HOURS = 8
SPAN = Span(START, START + timedelta(hours=HOURS))
SOURCES = {"ISS": sets.ISS, "POLAR": replace(sets.POLAR, epoch=START - timedelta(minutes=170))}  # passes that meet
PLACES = ((52.0, 4.4), (46.0, 7.0), (47.0, -10.0), (60.0, 20.0))
MAX_TIMING_S = 0.25  # of about 0.2 to 0.3, so that some passes meet the limit
SECOND = timedelta(seconds=1)

moments = st.integers(0, HOURS * 3600).map(lambda s: START + timedelta(seconds=s))
hours = st.tuples(st.integers(0, 23), st.sampled_from((0, 30))).map(lambda t: f"{t[0]:02}:{t[1]:02}")


@st.composite
def spans(draw: st.DrawFn, longest_s: int = HOURS * 3600) -> Span:
    start = draw(moments)
    return Span(start, start + timedelta(seconds=draw(st.integers(1, longest_s))))


antennas = st.builds(
    Antenna,
    id=st.just("a"),
    bands=st.sampled_from((("S",), ("S",), ("S", "X"), ("X",))),
    slew_deg_s=st.sampled_from((None, 1.0, 3.0)),
    keyhole_deg=st.sampled_from((90.0, 60.0, 30.0)),
    cable_stops_deg=st.sampled_from((None, None, None, None, (0.0, 360.0), (-270.0, 270.0), (180.0, 540.0))),
    setup_s=st.sampled_from((0.0, 60.0, 299.5)),
    teardown_s=st.sampled_from((0.0, 120.0)),
    sun_separation_deg=st.sampled_from((0.0, 0.0, 10.0, 60.0)),
)


@st.composite
def stations(draw: st.DrawFn, name: str) -> Station:
    latitude_deg, longitude_deg = draw(st.sampled_from(PLACES))
    own = [draw(antennas)] + [replace(draw(antennas), id="b")] * draw(st.booleans())
    return Station(
        id=name,
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        min_elevation_deg=draw(st.sampled_from((0.0, 5.0))),
        horizon_mask=draw(st.sampled_from((None, None, HorizonMask(((0.0, 3.0), (90.0, 20.0), (180.0, 2.0)))))),
        time_zone=draw(st.sampled_from(("UTC", "Asia/Tokyo", "America/St_Johns"))),
        agency=draw(st.sampled_from(("", "", "A", "B"))),
        antennas=tuple(own),
        closures=tuple(
            Closure(span=draw(spans(3600)), antenna=draw(st.sampled_from(("", own[0].id))))
            for _ in range(draw(st.integers(0, 3)))
        ),
        staffing=draw(
            st.just(())
            | st.just(())
            | st.lists(st.builds(Staffing, opens=hours, closes=hours), min_size=1, max_size=2).map(tuple)
            | st.builds(Staffing, days=st.lists(st.sampled_from(WEEKDAYS)).map(tuple)).map(lambda s: (s,))
        ),
    )


blocks = st.sampled_from(((), (), ("up",), ("down",), ("*",)))
times = st.builds(
    SatelliteTime,
    name=st.sampled_from(("awake", "quiet")),
    satellite=st.sampled_from(tuple(SOURCES)),
    blocks=blocks,
    daily=st.tuples(hours, hours),
) | st.builds(
    SatelliteTime,
    name=st.sampled_from(("awake", "quiet")),
    satellite=st.sampled_from(tuple(SOURCES)),
    blocks=blocks,
    span=spans(),
)


@st.composite
def requests(draw: st.DrawFn, name: str, satellites: Sequence[str]) -> ContactRequest:
    least_s = draw(st.sampled_from((1.0, 60.0, 200.0, 400.0)))
    choice: dict[str, Any] = draw(
        st.sampled_from(
            (
                {},
                {},
                {"stations": ("ONE",)},
                {"stations": ("ONE/a", "TWO")},
                {"arrays": (("TWO/a", "ONE/a"),)},
                {"arrays": (("ONE/b", "ONE/a"), ("ONE/a", "TWO/a"))},
            )
        )
    )
    return ContactRequest(
        id=name,
        agency=draw(st.sampled_from(("A", "B"))),
        satellite=draw(st.sampled_from(satellites)),
        link="up",
        span=draw(spans() | st.just(SPAN) | st.just(SPAN)),
        min_s=least_s,
        wanted_s=least_s,
        min_elevation_deg=draw(st.sampled_from((None, None, 3.0, 15.0))),
        setup_s=draw(st.sampled_from((None, None, 30.0))),
        during=draw(st.sampled_from(((), (), (), (), ("awake",), ("awake", "quiet")))),
        split=draw(st.sampled_from((None, Split(max_parts=2, min_part_s=90.0)))),
        **choice,
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Network, RequestBook]:
    first, second = draw(stations("ONE")), draw(stations("TWO"))
    network = Network(
        agencies=(Agency(id="A"), Agency(id="B")),
        stations=(first, second),
        satellites=tuple(
            Satellite(
                id=name,
                catalog_number=number,
                links=tuple(Link(id=link, direction="uplink", band="S") for link in ("up", "down")),
            )
            for number, name in enumerate(SOURCES)
        ),
        agreements=(Agreement(owner="A", user="B", stations=("ONE",), minutes_per_week=60.0),)
        if first.agency == "A"
        else (),
    )
    # Both names are known for both satellites, or such requests would have nothing.
    never = Span(START - timedelta(days=9), START - timedelta(days=8))
    known = [SatelliteTime(name=n, satellite=s, span=never) for n in ("awake", "quiet") for s in SOURCES]
    book = RequestBook(
        requests=(draw(requests("first", ["ISS"])), draw(requests("second", ["POLAR", "ISS"]))),
        satellite_times=(*known, *draw(st.lists(times, max_size=3))),
    )
    return network, book


# --- the twin ---


def _choices(network: Network, request: ContactRequest) -> list[tuple[tuple[Station, Antenna], ...]]:
    """The antennas that a request may use, alone or several at once."""
    usable = {}
    for station in network.stations:
        agreed = any(g.user == request.agency and station.id in g.stations for g in network.agreements)
        for antenna in station.antennas:
            if (station.agency in ("", request.agency) or agreed) and "S" in antenna.bands:
                usable[AntennaRef(station.id, antenna.id)] = (station, antenna)
    if request.arrays:
        return [tuple(usable[n] for n in sorted(a)) for a in request.arrays if all(n in usable for n in a)]
    named = request.stations or ("ONE", "TWO")
    return [(usable[n],) for n in sorted(usable) if n in named or n.station in named]


def _is_staffed(station: Station, begin: datetime, end: datetime) -> bool:
    if not station.staffing:
        return True
    minute = begin.replace(second=0)
    while minute < end:
        local = minute.astimezone(ZoneInfo(station.time_zone))
        if not any(_is_in_hours(local, s.opens, s.closes, s.days) for s in station.staffing):
            return False
        minute += timedelta(minutes=1)
    return True


def _is_in_hours(local: datetime, opens: str, closes: str, days: Sequence[str] = WEEKDAYS) -> bool:
    clock = f"{local:%H:%M}"

    def on(day: date) -> bool:
        return WEEKDAYS[day.weekday()] in days

    if opens < closes:
        return on(local.date()) and opens <= clock < closes
    since_yesterday = clock < closes and on(local.date() - timedelta(days=1))
    return since_yesterday or (opens <= clock and on(local.date()))


def _is_time(item: SatelliteTime, begin: datetime) -> bool:
    if item.span is not None:
        return item.span.start <= begin and begin + SECOND <= item.span.end
    assert item.daily is not None
    return _is_in_hours(begin.astimezone(UTC), *item.daily)


def _can_be_used(
    book: RequestBook, request: ContactRequest, users: Sequence[tuple[Station, Antenna]], begin: datetime
) -> bool:
    """Whether contact can be from a moment to one second later, as far as that has nothing to do with orbits."""
    end = begin + SECOND
    if not (request.span.start <= begin and end <= request.span.end and SPAN.start <= begin and end <= SPAN.end):
        return False
    own = [t for t in book.satellite_times if t.satellite == request.satellite]
    if any(_is_time(t, begin) and {"*", "up"} & set(t.blocks) for t in own):
        return False
    if not all(any(t.name == name and _is_time(t, begin) for t in own) for name in request.during):
        return False
    setup_s = max(a.setup_s for _, a in users) if request.setup_s is None else request.setup_s
    held = begin - timedelta(seconds=float(np.ceil(setup_s))), end + timedelta(seconds=_teardown_s(users))
    for station, antenna in users:
        for closure in station.closures:
            if closure.antenna in ("", antenna.id) and held[0] < closure.span.end and closure.span.start < held[1]:
                return False
        if not _is_staffed(station, *held):
            return False
    return True


def _teardown_s(users: Sequence[tuple[Station, Antenna]]) -> float:
    return max(a.teardown_s for _, a in users)


def _is_seen(way: Track, antenna: Antenna, request: ContactRequest) -> list[bool]:
    """For each second of a track whether the antenna can follow from its beginning to its end."""
    limit_deg = np.array([naive.limit_deg(way.station, azimuth_deg) for azimuth_deg in way.azimuth_deg])
    least_deg = np.maximum(limit_deg, request.min_elevation_deg or -90.0)
    good = (way.elevation_deg >= least_deg - 1e-3) & (way.elevation_deg <= antenna.keyhole_deg)
    good &= way.sun_separation_deg >= antenna.sun_separation_deg
    turning = np.abs((np.diff(way.azimuth_deg) + 180.0) % 360.0 - 180.0)
    slow = turning <= (antenna.slew_deg_s or 360.0)
    return list((good[:-1] & good[1:] & slow).tolist())


def _fits_between_stops(way: Track, antenna: Antenna) -> bool:
    """Whether one wrap takes in the whole track."""
    if antenna.cable_stops_deg is None:
        return True
    low_deg, high_deg = antenna.cable_stops_deg
    return any(
        bool(((azimuth_deg >= low_deg) & (azimuth_deg <= high_deg)).all())
        for azimuth_deg in (way.azimuth_unwrapped_deg + 360.0 * wrap for wrap in range(-4, 5))
    )


def _least_s(request: ContactRequest) -> float:
    return min(request.min_s, request.split.min_part_s) if request.split else request.min_s


def _passes(request: ContactRequest, station: Station, *, raised: bool = False) -> list[Pass]:
    """The passes that touch a request's span."""
    if raised and request.min_elevation_deg is not None:
        station = replace(station, min_elevation_deg=max(request.min_elevation_deg, station.min_elevation_deg))
    found = find_passes([SOURCES[request.satellite]], [station], SPAN)
    return [p for p in found if p.aos < request.span.end and request.span.start < p.los]


def _runs(
    book: RequestBook, request: ContactRequest, users: Sequence[tuple[Station, Antenna]], item: Pass
) -> list[tuple[datetime, datetime]]:
    """All stretches of a pass at the first antenna's station that every antenna can use, to the second."""
    first = item.aos.replace(microsecond=0) + SECOND
    if first >= item.los:
        return []
    good: list[bool] | None = None
    for station, antenna in users:
        way = track(SOURCES[request.satellite], station, Span(first, item.los))
        seen = _is_seen(way, antenna, request)
        good = seen if good is None else [a and b for a, b in zip(good, seen, strict=True)]
    assert good is not None
    good = [seen and _can_be_used(book, request, users, first + k * SECOND) for k, seen in enumerate(good)]
    runs = []
    for is_good, group in groupby(range(len(good)), key=good.__getitem__):
        seconds = list(group)
        if is_good:
            runs.append((first + seconds[0] * SECOND, first + (seconds[-1] + 1) * SECOND))
    return runs


def _search(case: tuple[Network, RequestBook]) -> WindowSearch:
    network, book = case
    return contact_windows(book, SOURCES, network, SPAN, max_timing_s=MAX_TIMING_S)


def _ids(users: Sequence[tuple[Station, Antenna]]) -> tuple[AntennaRef, ...]:
    return tuple(AntennaRef(s.id, a.id) for s, a in users)


def _windows(found: WindowSearch, request: ContactRequest, antenna_ids: tuple[AntennaRef, ...]) -> list[ContactWindow]:
    return [w for w in found.windows if (w.request, w.antennas) == (request.id, antenna_ids)]


# --- the properties ---


@settings(max_examples=120)
@given(cases())
def test_every_second_of_a_window_can_be_used(case: tuple[Network, RequestBook]) -> None:
    network, book = case
    found = _search(case)
    by_id = {r.id: r for r in book.requests}
    for window in found.windows:
        request = by_id[window.request]
        users = next(c for c in _choices(network, request) if _ids(c) == window.antennas)

        assert (request.satellite, request.link) == (window.satellite, window.link)
        assert _least_s(request) <= window.span.duration_s
        assert 0 == window.span.start.microsecond == window.span.end.microsecond
        for moment in (window.span.start, window.span.end - SECOND):  # the runs of the other property do the rest
            assert _can_be_used(book, request, users, moment)
        for station, antenna in users:
            way = track(SOURCES[request.satellite], station, window.span)
            assert all(_is_seen(way, antenna, request))
            assert _fits_between_stops(way, antenna)
            item = next(
                p
                for p in _passes(request, station, raised=True)
                if p.aos <= window.span.start < window.span.end <= p.los
            )
            trimmed = timedelta(seconds=min(item.timing_68_s, MAX_TIMING_S))
            assert item.clipped_start or item.aos + trimmed <= window.span.start
            assert item.clipped_end or window.span.end <= item.los - trimmed
            assert item.timing_68_s <= window.timing_68_s + 1e-3


@settings(max_examples=60)
@given(cases())
def test_every_stretch_that_can_be_used_is_a_window(case: tuple[Network, RequestBook]) -> None:
    network, book = case
    found = _search(case)
    for request in book.requests:
        for users in _choices(network, request):
            windows = _windows(found, request, _ids(users))
            # Then setup is longer than the twin knows, or a part of the pass is lost to unwinding.
            turning = any(a.slew_deg_s is not None or a.cable_stops_deg is not None for _, a in users)
            for item in _passes(request, users[0][0]):
                runs = _runs(book, request, users, item)
                near = [w for w in windows if item.aos <= w.span.start and w.span.end <= item.los]
                for window in near:
                    assert any(start <= window.span.start and window.span.end <= end for start, end in runs)
                for start, end in runs:
                    if not turning and (end - start).total_seconds() >= _least_s(request) + 6.0:
                        window = next(w for w in near if start <= w.span.start and w.span.end <= end)

                        assert (window.span.start - start).total_seconds() <= 3.0
                        assert (end - window.span.end).total_seconds() <= 3.0


@settings(max_examples=120)
@given(cases())
def test_every_pass_ends_in_windows_or_in_an_exclusion(case: tuple[Network, RequestBook]) -> None:
    network, book = case
    found = _search(case)
    mentioned = 0
    for request in book.requests:
        for users in _choices(network, request):
            windows = _windows(found, request, _ids(users))
            lost = [e for e in found.exclusions if (e.request, e.antennas) == (request.id, _ids(users))]
            mentioned += len(lost)
            for station in dict.fromkeys(s for s, _ in users):
                for item in _passes(request, station):
                    inside = [w for w in windows if item.aos <= w.span.start and w.span.end <= item.los]
                    excluded = [e for e in lost if e.span == item.span]

                    assert bool(inside) != bool(excluded)
                    assert all(e.longest_s <= item.duration_s for e in excluded)
    assert mentioned == len(found.exclusions)


@settings(max_examples=60)
@given(cases())
def test_what_is_held_for_a_window_is_open_and_leaves_time_to_turn(case: tuple[Network, RequestBook]) -> None:
    network, book = case
    found = _search(case)
    by_id = {AntennaRef(s.id, a.id): (s, a) for s in network.stations for a in s.antennas}
    for window in found.windows:
        held = (
            window.span.start - timedelta(seconds=window.setup_s),
            window.span.end + timedelta(seconds=window.teardown_s),
        )
        for station, antenna in (by_id[name] for name in window.antennas):
            assert _is_staffed(station, *held)
            for closure in station.closures:
                if closure.antenna in ("", antenna.id):
                    assert closure.span.end <= held[0] or held[1] <= closure.span.start
        for other in found.windows:
            for name in set(window.antennas) & set(other.antennas):
                slew_deg_s = by_id[name][1].slew_deg_s
                if slew_deg_s is None or other.satellite == window.satellite:
                    continue
                end_deg = other.end_pointing[other.antennas.index(name)]
                start_deg = window.start_pointing[window.antennas.index(name)]
                azimuth_deg = abs(end_deg[0] - start_deg[0])
                if by_id[name][1].cable_stops_deg is None:
                    azimuth_deg = abs((azimuth_deg + 180.0) % 360.0 - 180.0)
                turn_deg = max(azimuth_deg, abs(end_deg[1] - start_deg[1]))
                apart_s = (window.span.start - other.span.end).total_seconds()
                setup_s = next(r.setup_s for r in book.requests if r.id == window.request)
                own_s = setup_s if setup_s is not None else max(by_id[n][1].setup_s for n in window.antennas)
                if other.span.start < window.span.end:
                    needed_s = max(window.setup_s, apart_s - other.teardown_s)
                    assert own_s + turn_deg / slew_deg_s <= needed_s + 1e-6


@settings(max_examples=10)
@given(cases())
def test_the_same_is_found_again(case: tuple[Network, RequestBook]) -> None:
    assert _search(case) == _search(case)
