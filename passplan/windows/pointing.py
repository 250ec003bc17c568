"""Pointing of antennas in passes, the times when they cannot follow, and the turns between two passes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from passplan.domain.network import Antenna, AntennaRef, SatelliteId
from passplan.domain.sources import Source
from passplan.domain.span import Span
from passplan.domain.windows import Pointing
from passplan.passes.cable import CableTrack
from passplan.passes.track import Track, track
from passplan.windows.availability import Blocked, around, moment_of
from passplan.windows.visibility import ViewPeriod, ViewPeriods

_MOST_STEPS = 20_000  # of a track: a second each in passes up to 5.5 hours


class Arc(NamedTuple):
    """The part of the sky that a pass crosses; azimuths continue past 360, or lie between an antenna's cable stops."""

    least_azimuth_deg: float
    most_azimuth_deg: float
    least_elevation_deg: float
    most_elevation_deg: float

    def turn_deg(self, other: Arc) -> float:
        """The largest turn from any point of this arc to any point of another; both axes turn at once."""
        low = other.least_azimuth_deg - self.most_azimuth_deg
        high = other.most_azimuth_deg - self.least_azimuth_deg
        opposite = 360.0 * math.floor((high - 180.0) / 360.0) + 180.0  # the last half turn that is not beyond
        azimuth_deg = 180.0 if opposite >= low else max(_short_way_deg(low), _short_way_deg(high))
        return max(azimuth_deg, self._tilt_deg(other))

    def drive_deg(self, other: Arc) -> float:
        """The largest turn between cable stops, where the antenna cannot turn the short way over a stop."""
        low = other.least_azimuth_deg - self.most_azimuth_deg
        high = other.most_azimuth_deg - self.least_azimuth_deg
        return max(-low, high, self._tilt_deg(other))

    def _tilt_deg(self, other: Arc) -> float:
        up_deg = other.most_elevation_deg - self.least_elevation_deg
        down_deg = self.most_elevation_deg - other.least_elevation_deg
        return max(up_deg, down_deg)


def _short_way_deg(angle_deg: float) -> float:
    return abs((angle_deg + 180.0) % 360.0 - 180.0)


class Pointings:
    """Pointing in passes; each pass is computed once for all requests."""

    def __init__(self, sources: Mapping[SatelliteId, Source], *, refraction: bool) -> None:
        self._sources = sources
        self._refraction = refraction
        self._tracks: dict[_Key, Track] = {}
        self._lost: dict[tuple[_Key, str], Blocked] = {}
        self._dazzled: dict[tuple[_Key, float], Blocked] = {}
        self._unwinding: dict[tuple[_Key, str], Blocked] = {}
        self._followed: dict[tuple[_Key, str], CableTrack] = {}
        self._at: dict[tuple[_Key, str, int], Pointing] = {}
        self._arcs: dict[tuple[_Key, str], Arc] = {}

    def lost(self, view_period: ViewPeriod, antenna: Antenna) -> Blocked:
        """The times when the antenna cannot follow: in its keyhole, or because it turns too slowly."""
        if antenna.slew_deg_s is None and view_period.peak_elevation_deg <= antenna.keyhole_deg:
            return Blocked()
        key = (_key(view_period), antenna.id)
        if key not in self._lost:
            way = self._track(view_period)
            self._lost[key] = _blocked(way, way.keyhole_gaps(antenna))
        return self._lost[key]

    def unwinding(self, view_period: ViewPeriod, antenna: Antenna) -> Blocked:
        """The times when the antenna unwinds its cable, or waits at a cable stop."""
        if antenna.cable_stops_deg is None:
            return Blocked()
        key = (_key(view_period), antenna.id)
        if key not in self._unwinding:
            way = self._track(view_period)
            self._unwinding[key] = _blocked(way, way.cable_gaps(antenna))
        return self._unwinding[key]

    def sun_outage(self, view_period: ViewPeriod, antenna: Antenna) -> Blocked:
        """The times when the beam is too near the Sun."""
        least_deg = antenna.sun_separation_deg
        if least_deg <= 0.0:
            return Blocked()
        key = (_key(view_period), least_deg)
        if key not in self._dazzled:
            way = self._track(view_period)
            near = way.sun_separation_deg < least_deg
            edges = np.flatnonzero(np.diff(np.concatenate([[False], near, [False]]).astype(np.int8))).tolist()
            begin_s = _begin_s(way)
            self._dazzled[key] = Blocked.of(
                (math.floor(begin_s + (first - 1) * way.step_s), math.ceil(begin_s + after * way.step_s))
                for first, after in zip(edges[::2], edges[1::2], strict=True)
            )
        return self._dazzled[key]

    def at(self, view_period: ViewPeriod, second: int, antenna: Antenna) -> Pointing:
        """Azimuth and elevation at a whole second of a pass; between cable stops the azimuth is unwrapped."""
        key = (_key(view_period), _cable(antenna), second)
        if key not in self._at:
            way = self._track(view_period)
            step = (second - _begin_s(way)) / way.step_s
            index = np.arange(len(way))
            azimuth_deg = float(np.interp(step, index, self._follow(view_period, antenna).azimuth_deg))
            if antenna.cable_stops_deg is None:
                azimuth_deg %= 360.0
            self._at[key] = (azimuth_deg, float(np.interp(step, index, way.elevation_deg)))
        return self._at[key]

    def arc(self, view_period: ViewPeriod, antenna: Antenna) -> Arc:
        """The arc of a pass in the antenna's azimuths."""
        key = (_key(view_period), _cable(antenna))
        if key not in self._arcs:
            way = self._track(view_period)
            azimuth_deg, elevation_deg = self._follow(view_period, antenna).azimuth_deg, way.elevation_deg
            edges = (azimuth_deg.min(), azimuth_deg.max(), elevation_deg.min(), elevation_deg.max())
            self._arcs[key] = Arc(*(float(edge) for edge in edges))
        return self._arcs[key]

    def _follow(self, view_period: ViewPeriod, antenna: Antenna) -> CableTrack:
        key = (_key(view_period), _cable(antenna))
        if key not in self._followed:
            self._followed[key] = self._track(view_period).follow(antenna)
        return self._followed[key]

    def _track(self, view_period: ViewPeriod) -> Track:
        """The track from the first to the last whole second of a pass, with a step more at each end that is not cut."""
        key = _key(view_period)
        if key not in self._tracks:
            first, last = view_period.inner
            step_s = (last - first) / min(last - first, _MOST_STEPS)
            aside = timedelta(seconds=step_s)
            span = Span(
                moment_of(first) - (timedelta(0) if view_period.clipped_start else aside),
                moment_of(last) + (timedelta(0) if view_period.clipped_end else aside),
            )
            source = self._sources[view_period.satellite]
            self._tracks[key] = track(source, view_period.station, span, step_s=step_s, refraction=self._refraction)
        return self._tracks[key]


_Key = tuple[str, str, int]


def _key(view_period: ViewPeriod) -> _Key:
    return view_period.satellite, view_period.station.id, view_period.number


def _cable(antenna: Antenna) -> str:
    """The part of a key for antennas at one station: antennas without cable stops share tracks."""
    return antenna.id if antenna.cable_stops_deg is not None else ""


def _blocked(way: Track, gaps: Iterable[Span]) -> Blocked:
    """Gaps of a track, each from the step before: the loss may begin right after it."""
    before = timedelta(seconds=way.step_s)
    return Blocked.of(around(Span(gap.start - before, gap.end)) for gap in gaps)


def _begin_s(way: Track) -> float:
    return (way.span.start - moment_of(0)).total_seconds()


class Turns:
    """The longest turns of antennas to a pass from a pass of another satellite right before it.

    An antenna with cable stops turns from one unwrapped azimuth to the other. It may also have to unwind between two
    passes of one satellite; this is included.

    `uses` are the possible uses by requests: an antenna, the satellite, and the seconds of setup and teardown.
    """

    def __init__(
        self, uses: Iterable[tuple[AntennaRef, SatelliteId, int, int]], view_periods: ViewPeriods, pointings: Pointings
    ) -> None:
        self._sightings = view_periods
        self._pointings = pointings
        self._satellites: dict[AntennaRef, set[SatelliteId]] = {}
        self._setup_s: dict[AntennaRef, int] = {}
        self._teardown_s: dict[AntennaRef, int] = {}
        self._known: dict[tuple[AntennaRef, _Key], int] = {}
        for ref, satellite, setup_s, teardown_s in uses:
            self._satellites.setdefault(ref, set()).add(satellite)
            self._setup_s[ref] = max(setup_s, self._setup_s.get(ref, 0))
            self._teardown_s[ref] = max(teardown_s, self._teardown_s.get(ref, 0))

    def longest_s(self, ref: AntennaRef, antenna: Antenna, view_period: ViewPeriod) -> int:
        """The longest turn to any point of the pass, in whole seconds.

        Passes that leave enough time for teardown, any turn, and setup are ignored.
        """
        stops_deg = antenna.cable_stops_deg
        other_satellites = self._satellites[ref] - ({view_period.satellite} if stops_deg is None else set())
        if antenna.slew_deg_s is None or not other_satellites or not view_period.high:
            return 0
        key = (ref, _key(view_period))
        if key not in self._known:
            farthest_deg = 180.0 if stops_deg is None else stops_deg[1] - stops_deg[0]
            farthest_s = math.ceil(farthest_deg / antenna.slew_deg_s)
            beside_s = self._teardown_s[ref] + farthest_s + self._setup_s[ref]
            stretch = (view_period.touched[0] - beside_s, view_period.touched[1])
            turns_deg = [
                self._turn_deg(other, view_period, antenna)
                for satellite in other_satellites
                for other in self._sightings.of(satellite, view_period.station, None, stretch)
                if other.inner[0] < other.inner[1]
            ]
            self._known[key] = math.ceil(max(turns_deg, default=0.0) / antenna.slew_deg_s)
        return self._known[key]

    def _turn_deg(self, before: ViewPeriod, view_period: ViewPeriod, antenna: Antenna) -> float:
        pointings = self._pointings
        if antenna.cable_stops_deg is None:
            return pointings.arc(before, antenna).turn_deg(pointings.arc(view_period, antenna))
        if before.satellite != view_period.satellite:
            return pointings.arc(before, antenna).drive_deg(pointings.arc(view_period, antenna))
        if before.number >= view_period.number:
            return 0.0
        end_deg, _ = pointings.at(before, before.inner[1], antenna)
        start_deg, _ = pointings.at(view_period, view_period.inner[0], antenna)
        turn_deg = abs(start_deg - end_deg)
        return turn_deg if turn_deg > 180.0 else 0.0  # else the antenna continues with the satellite
