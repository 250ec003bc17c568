"""The track of a satellite over a station: pointing for antennas, Doppler for radios."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.network import Antenna, Station
from passplan.domain.passes import SGP4_CODES
from passplan.domain.sources import Segment, Source, source_of
from passplan.domain.span import Span
from passplan.orbit.frames import east_north_up, geodetic_position_km
from passplan.orbit.motion import Codes, Motion
from passplan.orbit.propagators import motion_of, segment_motion
from passplan.orbit.scales import Floats, TimeBase
from passplan.orbit.sun import is_sunlit, sun_position_km
from passplan.passes.cable import TURN_DEG, CableTrack, follow_between_stops, runs
from passplan.passes.columns import Times, at
from passplan.passes.horizon import limit_by_azimuth
from passplan.passes.refraction import apparent_deg

LIGHT_KM_S = 299_792.458
MAX_STEPS = 2_000_000
_LOOK_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """A satellite seen from a station at even steps; every column has one value a step.

    Azimuth is clockwise from north; `azimuth_unwrapped_deg` continues past 0 and 360, without jumps.
    Range rate is positive when the satellite recedes. `sun_separation_deg` is the angle between beam and Sun.
    """

    source: Source
    station: Station
    span: Span
    step_s: float
    refraction: bool
    time: Times
    azimuth_deg: Floats
    azimuth_unwrapped_deg: Floats
    elevation_deg: Floats
    range_km: Floats
    range_rate_km_s: Floats
    sunlit: NDArray[np.bool_]
    sun_separation_deg: Floats

    def __len__(self) -> int:
        return len(self.time)

    def __repr__(self) -> str:
        return f"<track of {self.source.satellite} from {self.station.id}, {len(self)} steps of {self.step_s:g} s>"

    def doppler_hz(self, frequency_hz: float, direction: str = "downlink") -> Floats:
        """The shift of a carrier [Hz], as first-order Doppler at the satellite's link frequency.

        A downlink is received with this shift: higher while the satellite approaches. An uplink must be sent with this
        shift, lower while it approaches, so that the satellite receives the nominal frequency.

        Raises:
            InputError: for a direction that is neither "downlink" nor "uplink".
        """
        approach = -self.range_rate_km_s / LIGHT_KM_S
        if direction == "downlink":
            return np.asarray(frequency_hz * approach)
        if direction == "uplink":
            return np.asarray(frequency_hz * (1.0 / (1.0 + approach) - 1.0))
        raise InputError(
            Message(
                "direction_unknown", 'the direction is %(direction)r; it is "downlink" or "uplink"', direction=direction
            )
        )

    def gaps(self, antenna: Antenna) -> tuple[Span, ...]:
        """The times when the antenna cannot follow: `keyhole_gaps` and `cable_gaps`.

        Accurate to a step: a gap begins with the first step that cannot be followed and ends with the next that can.
        """
        return self._gaps(self._is_beyond_axes(antenna) | self._is_beyond_cable(antenna))

    def keyhole_gaps(self, antenna: Antenna) -> tuple[Span, ...]:
        """The times when the antenna is in its keyhole, or the azimuth turns faster than it slews."""
        return self._gaps(self._is_beyond_axes(antenna))

    def cable_gaps(self, antenna: Antenna) -> tuple[Span, ...]:
        """The times when the satellite is visible and the antenna unwinds its cable, or waits at a stop."""
        return self._gaps(self._is_beyond_cable(antenna))

    def follow(self, antenna: Antenna) -> CableTrack:
        """The unwrapped azimuth for the antenna's drive, and the steps in which its cable lets it follow.

        Each pass above the station's limit is followed separately: completely when one wrap between the cable stops
        covers it, or else its longest piece, and what unwinding leaves of the rest (`cable.followed_pieces`). A turn
        of 360 degrees back takes 360 / `slew_deg_s` seconds. An antenna without a slew rate turns in no time: the pass
        is still cut in two where it unwinds. Without cable stops the azimuth is that of the track.
        """
        if antenna.cable_stops_deg is None:
            return CableTrack(self.azimuth_unwrapped_deg, np.ones(len(self), dtype=np.bool_))
        turn_s = TURN_DEG / antenna.slew_deg_s if antenna.slew_deg_s is not None else 0.0
        return follow_between_stops(
            self.azimuth_unwrapped_deg, self._is_visible(), antenna.cable_stops_deg, turn_steps=turn_s / self.step_s
        )

    def _is_visible(self) -> NDArray[np.bool_]:
        """The steps in which the satellite is above the station's floor and mask."""
        return np.asarray(self.elevation_deg >= np.interp(self.azimuth_deg, *limit_by_azimuth(self.station)))

    def _is_beyond_cable(self, antenna: Antenna) -> NDArray[np.bool_]:
        if antenna.cable_stops_deg is None:
            return np.zeros(len(self), dtype=np.bool_)
        return self._is_visible() & ~self.follow(antenna).is_followed

    def _is_beyond_axes(self, antenna: Antenna) -> NDArray[np.bool_]:
        lost = self.elevation_deg > antenna.keyhole_deg
        if antenna.slew_deg_s is not None and len(self) > 1:
            turning_deg_s = np.abs(np.diff(self.azimuth_unwrapped_deg)) / self.step_s
            too_fast = turning_deg_s > antenna.slew_deg_s
            lost = lost | np.append(too_fast, False) | np.append(False, too_fast)
        return np.asarray(lost)

    def _gaps(self, is_lost: NDArray[np.bool_]) -> tuple[Span, ...]:
        return tuple(
            Span(at(self.time[first]), at(self.time[min(after, len(self) - 1)]))
            for first, after in runs(is_lost)
            if first < len(self) - 1
        )

    def to_columns(self) -> dict[str, NDArray[np.generic]]:
        """A dict of equally long columns, for pandas and polars."""
        return {
            "time": self.time,
            "azimuth_deg": self.azimuth_deg,
            "azimuth_unwrapped_deg": self.azimuth_unwrapped_deg,
            "elevation_deg": self.elevation_deg,
            "range_km": self.range_km,
            "range_rate_km_s": self.range_rate_km_s,
            "sunlit": self.sunlit,
            "sun_separation_deg": self.sun_separation_deg,
        }


def track(
    source: Source | Segment, station: Station, span: Span, *, step_s: float = 1.0, refraction: bool = False
) -> Track:
    """Follow a satellite over a station's sky, above the horizon or not.

    Args:
        source: the satellite's source; an element set is accepted as a source of its own.
        station: the station.
        span: the span; its start is in the track, and its end when a step falls on it.
        step_s: seconds between steps.
        refraction: whether elevations are apparent (Bennett's formula) instead of geometric.

    Raises:
        InputError: for a step that is not positive, too many steps, or a span in which SGP4 fails.
    """
    if not step_s > 0.0:
        raise InputError(
            Message("step_out_of_range", "step_s is %(step_s)s; it is a positive number of seconds", step_s=step_s)
        )
    steps = int(span.duration_s / step_s + 1e-9) + 1
    if steps > MAX_STEPS:
        raise InputError(
            Message(
                "track_too_long",
                "the track has %(steps)s steps; at most %(most)s: take a longer step or a shorter span",
                steps=f"{steps:,}",
                most=f"{MAX_STEPS:,}",
            )
        )
    source = source_of(source)
    clock = TimeBase.over(span)
    seconds = np.arange(steps, dtype=np.float64) * step_s
    code, position_km, velocity_km_s = _states(source, station, span, clock, seconds)
    if code.any():
        first = int(np.flatnonzero(code)[0])
        since = span.start + timedelta(seconds=float(seconds[first]))
        cause = SGP4_CODES.get(int(code[first]), SGP4_CODES[0])
        raise InputError(
            Message(
                "propagation_fails",
                "%(satellite)s: SGP4 fails from %(since)s (%(cause)s); end the span before",
                satellite=source.satellite,
                since=since,
                cause=cause,
            )
        )
    axes = east_north_up(station.latitude_deg, station.longitude_deg)
    site_km = geodetic_position_km(station.latitude_deg, station.longitude_deg, station.altitude_m)[:, None]
    way_km = position_km - site_km
    east, north, up = axes @ way_km
    range_km = np.sqrt(np.einsum("ij,ij->j", way_km, way_km))
    azimuth = np.arctan2(east, north)
    elevation_deg = np.degrees(np.arctan2(up, np.hypot(east, north)))
    unwrapped_deg = np.degrees(np.unwrap(azimuth))
    sun_km = sun_position_km(clock, seconds)
    to_sun = sun_km - site_km
    to_sun /= np.sqrt(np.einsum("ij,ij->j", to_sun, to_sun))
    beam = way_km / range_km
    # By the chord: exact for small angles too, where the cosine is inaccurate.
    separation = 2.0 * np.arcsin(np.clip(0.5 * np.sqrt(np.sum((beam - to_sun) ** 2, axis=0)), 0.0, 1.0))
    start = np.datetime64(span.start.replace(tzinfo=None), "us")
    return Track(
        source=source,
        station=station,
        span=span,
        step_s=step_s,
        refraction=refraction,
        time=np.asarray(start + np.rint(seconds * 1e6).astype("timedelta64[us]")),
        azimuth_deg=np.mod(np.degrees(azimuth), 360.0),
        azimuth_unwrapped_deg=unwrapped_deg - 360.0 * np.floor(unwrapped_deg[0] / 360.0),
        elevation_deg=apparent_deg(elevation_deg) if refraction else elevation_deg,
        range_km=range_km,
        range_rate_km_s=np.einsum("ij,ij->j", way_km, velocity_km_s) / range_km,
        sunlit=is_sunlit(position_km, sun_km),
        sun_separation_deg=np.degrees(separation),
    )


def _states(
    source: Source, station: Station, span: Span, clock: TimeBase, seconds: Floats
) -> tuple[Codes, Floats, Floats]:
    """Codes, positions and velocities. A pass that a change cuts is followed by the segment that it belongs to."""
    code, position_km, velocity_km_s = motion_of(source, clock).states(seconds)
    beside = source.period
    if len(source.pieces(Span(span.start - beside, span.end + beside))) == 1 or not source.segments[-1].is_low_orbit:
        return code, position_km, velocity_km_s
    up = east_north_up(station.latitude_deg, station.longitude_deg)[2]
    site_km = geodetic_position_km(station.latitude_deg, station.longitude_deg, station.altitude_m)[:, None]

    def sine(motion: Motion, at_s: Floats) -> Floats:
        way_km = motion.positions(at_s)[1] - site_km
        sines = np.asarray((up @ way_km) / np.sqrt(np.einsum("ij,ij->j", way_km, way_km)))
        return np.where(np.isnan(sines), -1.0, sines)  # where an ephemeris ends

    def highest_s(motion: Motion, from_s: float, to_s: float) -> float:
        for step_s in (1.0, 0.01, 1e-4):
            at_s = np.arange(from_s, to_s, step_s)
            top_s = float(at_s[np.argmax(sine(motion, at_s))])
            from_s, to_s = top_s - step_s, top_s + step_s
        return top_s

    looks_s = np.arange(-beside.total_seconds(), span.duration_s + beside.total_seconds(), _LOOK_S)
    is_up = sine(motion_of(source, clock), looks_s) >= math.sin(math.radians(min(0.0, station.min_elevation_deg)))
    for first, after in runs(is_up):
        begin_s, end_s = looks_s[first] - _LOOK_S, looks_s[after - 1] + _LOOK_S
        part = slice(*np.searchsorted(seconds, [begin_s, end_s]))
        pieces = source.pieces(
            Span(span.start + timedelta(seconds=begin_s), span.start + timedelta(seconds=float(end_s)))
        )
        if len(pieces) == 1 or part.start == part.stop:
            continue
        for segment, served in pieces:  # as in `pieces.py`: the first that culminates before it ends to serve
            motion = segment_motion(segment, clock)
            if highest_s(motion, begin_s, end_s) < clock.seconds(served.end):
                break
        own = motion.states(seconds[part])
        rows = part.start + np.flatnonzero(own[0] == 0)  # elsewhere its neighbour serves
        code[rows], position_km[:, rows], velocity_km_s[:, rows] = (a[..., rows - part.start] for a in own)
    return code, position_km, velocity_km_s
