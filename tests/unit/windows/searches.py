"""A network of one site and three satellites, requests, and the windows found for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from passplan import (
    Agency,
    Agreement,
    Antenna,
    ElementSet,
    Link,
    Network,
    Pass,
    Satellite,
    Span,
    Station,
    find_passes,
)
from passplan.domain.network import SatelliteTime
from passplan.domain.requests import ContactRequest, RequestBook
from passplan.domain.windows import Exclusion, WindowSearch
from passplan.windows.availability import ceil_s, floor_s, moment_of
from passplan.windows.windows import contact_windows
from tests import sets

START = sets.ISS.epoch.replace(minute=0, second=0, microsecond=0)
DAY = Span(START, START + timedelta(days=1))
WEEK_7 = Span(START + timedelta(days=46), START + timedelta(days=47))  # timing is uncertain by more than a minute
FREE = Antenna(id="a", bands=("S",))
LATER = replace(sets.POLAR, epoch=START + timedelta(minutes=10))  # then its passes meet those of the ISS
SOURCES = {"ISS": sets.ISS, "POLAR": LATER, "GEO": replace(sets.GEOSTATIONARY, epoch=START)}
UP = Link(id="up", direction="uplink", band="S")
DOWN = Link(id="down", direction="downlink", band="S")


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


OVER_NORTH = Span(START + timedelta(hours=19), START + timedelta(hours=21))  # POLAR goes from 12 over 0 to 200 degrees


def polar(**changes: Any) -> ContactRequest:
    return request(satellite="POLAR", span=OVER_NORTH, **changes)


def with_stops(site: Station, low_deg: float, high_deg: float, **changes: Any) -> Station:
    return replace(site, antennas=(replace(FREE, cable_stops_deg=(low_deg, high_deg), **changes),))
