"""The ground track of a satellite, and the area from which it is visible."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from passplan.domain.sources import Segment, Source, source_of
from passplan.domain.span import Span
from passplan.orbit.frames import WGS84_RADIUS_KM, geodetic_of_positions
from passplan.orbit.propagators import motion_of
from passplan.orbit.scales import Floats, TimeBase
from passplan.passes.columns import Times


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroundTrack:
    """The points under a satellite at even steps, until its positions end."""

    source: Source
    time: Times
    latitude_deg: Floats
    longitude_deg: Floats
    altitude_km: Floats

    def __len__(self) -> int:
        return len(self.time)


def ground_track(source: Source | Segment, span: Span, *, step_s: float = 30.0) -> GroundTrack:
    """The ground track of a satellite over a span; it includes the end when a step falls on it."""
    source = source_of(source)
    clock = TimeBase.over(span)
    seconds = np.arange(math.floor(span.duration_s / step_s + 1e-9) + 1, dtype=np.float64) * step_s
    code, position_km = motion_of(source, clock).positions(seconds)
    good = int(np.argmax(code != 0)) if (code != 0).any() else len(seconds)
    latitude_deg, longitude_deg, altitude_km = geodetic_of_positions(position_km[:, :good])
    start = np.datetime64(span.start.replace(tzinfo=None), "us")
    return GroundTrack(
        source=source,
        time=np.asarray(start + np.rint(seconds[:good] * 1e6).astype("timedelta64[us]")),
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        altitude_km=altitude_km,
    )


def footprint(
    latitude_deg: float, longitude_deg: float, altitude_km: float, *, min_elevation_deg: float = 0.0, points: int = 72
) -> list[tuple[float, float]]:
    """The edge of the area that sees a satellite above an elevation: latitudes and longitudes [deg], on a sphere.

    Good to a quarter of a degree, because the Earth is taken as a sphere.
    """
    elevation = math.radians(min_elevation_deg)
    ratio = WGS84_RADIUS_KM / (WGS84_RADIUS_KM + max(altitude_km, 0.0))
    reach = math.acos(min(1.0, ratio * math.cos(elevation))) - elevation
    sin_lat, cos_lat = math.sin(math.radians(latitude_deg)), math.cos(math.radians(latitude_deg))
    edge = []
    for k in range(points):
        bearing = 2.0 * math.pi * k / points
        sine = sin_lat * math.cos(reach) + cos_lat * math.sin(reach) * math.cos(bearing)
        latitude = math.asin(max(-1.0, min(1.0, sine)))
        east = math.atan2(math.sin(bearing) * math.sin(reach) * cos_lat, math.cos(reach) - sin_lat * sine)
        edge.append((math.degrees(latitude), (longitude_deg + math.degrees(east) + 540.0) % 360.0 - 180.0))
    return edge
