"""Contact windows: the parts of passes that requests can use, and the filters that exclude other passes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from passplan.domain.messages import Message
from passplan.domain.network import AntennaRef, LinkId, SatelliteId, StationOrAntenna
from passplan.domain.requests import RequestId
from passplan.domain.span import Span

Pointing = tuple[float, float]  # azimuth (unwrapped where the antenna has cable stops), elevation [deg]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactWindow:
    """A time in which a request can have contact over an antenna, or over all antennas of an array.

    `span` is the usable time: inside the pass, above every limit, without closed times, shortened at both ends by
    the pass's timing uncertainty. Setup and teardown may lie outside it.
    """

    request: RequestId
    satellite: SatelliteId
    link: LinkId
    antennas: tuple[AntennaRef, ...]  # in order
    span: Span
    setup_s: float  # before the contact, on every antenna; slewing from another target included
    teardown_s: float
    peak_elevation_deg: float  # of the pass; for an array at the antenna that sees it lowest
    timing_68_s: float  # of the pass; already taken off the span
    start_pointing: tuple[
        Pointing, ...
    ] = ()  # one per antenna, at the ends of the span; empty when no antenna has a slew rate
    end_pointing: tuple[Pointing, ...] = ()


class Filter(StrEnum):
    """The filters that can exclude a pass."""

    ELEVATION = "elevation"
    SPAN = "span"
    TIMING = "timing"
    CLOSED = "closed"
    STAFFING = "staffing"
    SATELLITE = "satellite"
    KEYHOLE = "keyhole"
    CABLE = "cable"
    SUN = "sun"
    SIMULTANEOUS = "simultaneous"
    LENGTH = "length"
    CANCELLED = "cancelled"


FILTER_CAUSES = {
    Filter.ELEVATION: Message("filter_elevation", "too low for the request's least elevation"),
    Filter.SPAN: Message("filter_span", "outside the request's span"),
    Filter.TIMING: Message("filter_timing", "too short once its timing uncertainty is taken off"),
    Filter.CLOSED: Message("filter_closed", "the antenna is closed"),
    Filter.STAFFING: Message("filter_staffing", "outside the station's staffing hours"),
    Filter.SATELLITE: Message("filter_satellite", "not a time of the satellite that the request may use"),
    Filter.KEYHOLE: Message("filter_keyhole", "too short around the antenna's keyhole"),
    Filter.CABLE: Message("filter_cable", "too short before and after the antenna unwinds its cable"),
    Filter.SUN: Message("filter_sun", "too near the Sun"),
    Filter.SIMULTANEOUS: Message("filter_simultaneous", "the array's antennas do not see it long enough at once"),
    Filter.LENGTH: Message("filter_length", "shorter than the request's least seconds"),
    Filter.CANCELLED: Message("filter_cancelled", "a contact of the request was cancelled there"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A pass that a request cannot use, and the filter after which too little of it was left."""

    request: RequestId
    antennas: tuple[AntennaRef, ...]
    span: Span  # from AOS to LOS
    filter: Filter
    longest_s: float  # the longest piece that was left before the filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Inadmissible:
    """A station or antenna that a request cannot use at all, independent of passes."""

    request: RequestId
    station: StationOrAntenna  # "": no station of the network
    cause: Message  # "no agreement lets CSA use it", "no antenna has UHF"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class WindowSearch:
    """The windows and exclusions of all requests."""

    windows: tuple[ContactWindow, ...]
    exclusions: tuple[Exclusion, ...] = ()
    inadmissible: tuple[Inadmissible, ...] = ()

    def in_order(self) -> WindowSearch:
        """The same in order of requests, times and antennas."""
        return WindowSearch(
            windows=tuple(sorted(self.windows, key=_window_key)),
            exclusions=tuple(sorted(self.exclusions, key=_exclusion_key)),
            inadmissible=tuple(sorted(self.inadmissible, key=lambda i: (i.request, str(i.station), str(i.cause)))),
        )

    def __repr__(self) -> str:
        return f"<{len(self.windows)} windows, {len(self.exclusions)} exclusions>"


def _window_key(w: ContactWindow) -> tuple[object, ...]:
    return w.request, w.span.start, w.antennas, w.span.end, w.setup_s, w.teardown_s, w.peak_elevation_deg


def _exclusion_key(e: Exclusion) -> tuple[object, ...]:
    return e.request, e.span.start, e.antennas, e.span.end, e.filter, e.longest_s
