"""The filters that cut passes to the parts that a request can use, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from passplan.domain.network import Antenna, AntennaRef, LinkId, Network, SatelliteId, StationId
from passplan.domain.requests import ContactRequest, RequestBook
from passplan.domain.span import Span
from passplan.domain.windows import Filter
from passplan.windows.availability import Blocked, Stretch, around, blocked_by_satellite, closed, unstaffed
from passplan.windows.eligibility import Site
from passplan.windows.pointing import Pointings
from passplan.windows.visibility import ViewPeriod

HOLD_LIMIT_S = 86_400  # antennas are held for a day at most, setup and teardown included

_BESIDE_S = 4 * 86_400  # the largest reach of setup and teardown out of a span: a day each, and the slowest turn


class FilterResult(NamedTuple):
    """The time that one filter blocks."""

    filter: Filter
    blocked: Blocked
    includes_hold: bool = False  # setup and teardown must avoid it too


class Remaining(NamedTuple):
    """The remaining parts of a pass."""

    pieces: tuple[Stretch, ...]  # each at least as long as requested
    lost_to: Filter | None  # None: a piece remains
    longest_s: int  # the longest piece before that filter, or at the end


class Filters:
    """The times that filters block, cached for all requests."""

    def __init__(self, book: RequestBook, network: Network, span: Span, pointings: Pointings) -> None:
        start, end = around(span)
        self._horizon = (start - _BESIDE_S, end + _BESIDE_S)
        self._times = {s.id: list(s.times) for s in network.satellites}
        for item in book.satellite_times:
            self._times.setdefault(item.satellite, []).append(item)
        self._pointings = pointings
        self._closed: dict[tuple[AntennaRef, ...], Blocked] = {}
        self._unstaffed: dict[StationId, Blocked] = {}
        self._barred: dict[tuple[SatelliteId, LinkId, tuple[str, ...]], Blocked] = {}

    def of_site(self, request: ContactRequest, site: Site) -> tuple[FilterResult, ...]:
        """The filters that are the same in every pass, in their order; the request's span comes before them."""
        station = site.station
        if site.refs not in self._closed:
            self._closed[site.refs] = closed(station, [a.id for a in site.antennas])
        if station.id not in self._unstaffed:
            self._unstaffed[station.id] = unstaffed(station, self._horizon)
        times = (request.satellite, request.link, request.during)
        if times not in self._barred:
            self._barred[times] = blocked_by_satellite(
                self._times[request.satellite], request.link, request.during, self._horizon
            )
        cuts = (
            FilterResult(Filter.CLOSED, self._closed[site.refs], includes_hold=True),
            FilterResult(Filter.STAFFING, self._unstaffed[station.id], includes_hold=True),
            FilterResult(Filter.SATELLITE, self._barred[times]),
        )
        return tuple(cut for cut in cuts if cut.blocked)

    def of_pass(self, antennas: Sequence[Antenna], view_period: ViewPeriod) -> Iterator[FilterResult]:
        """The filters that depend on pointing, in their order; they come after the others."""
        for antenna in antennas:
            yield FilterResult(Filter.KEYHOLE, self._pointings.lost(view_period, antenna))
        for antenna in antennas:
            yield FilterResult(Filter.CABLE, self._pointings.unwinding(view_period, antenna))
        for antenna in antennas:
            yield FilterResult(Filter.SUN, self._pointings.sun_outage(view_period, antenna))


def remaining_of(
    view_period: ViewPeriod, cuts: Iterable[FilterResult], *, least_s: int, setup_s: int, teardown_s: int
) -> Remaining:
    """Apply the filters to a pass in turn, up to the first that leaves no piece that is long enough."""
    longest_s = max(0, view_period.inner[1] - view_period.inner[0])
    if min(longest_s, HOLD_LIMIT_S - setup_s - teardown_s) < least_s:
        return Remaining((), Filter.LENGTH, longest_s)
    pieces = [p for p in view_period.high if p[1] - p[0] >= least_s]
    if not pieces:
        return Remaining((), Filter.ELEVATION, longest_s)
    for cut in cuts:
        left = cut.blocked.cut(
            pieces, before_s=teardown_s if cut.includes_hold else 0, after_s=setup_s if cut.includes_hold else 0
        )
        left = [p for p in left if p[1] - p[0] >= least_s]
        if not left:
            return Remaining((), cut.filter, _longest_s(pieces))
        pieces = left
    sure = [
        (max(piece[0], part[0]), min(piece[1], part[1]))
        for part in view_period.sure
        for piece in pieces
        if min(piece[1], part[1]) - max(piece[0], part[0]) >= least_s
    ]
    if not sure:
        return Remaining((), Filter.TIMING, _longest_s(pieces))
    return Remaining(tuple(sure), None, _longest_s(sure))


def _longest_s(pieces: Iterable[Stretch]) -> int:
    return max(end - start for start, end in pieces)
