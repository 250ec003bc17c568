"""Slow and obvious twins: passes by looking every so often, and halving between two looks."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from passplan.domain.elements import ElementSet
from passplan.domain.network import Station
from passplan.domain.span import Span
from passplan.orbit.frames import geodetic_position_km
from passplan.orbit.scales import TimeBase
from passplan.orbit.sgp4_motion import Sgp4Motion


def elevation_and_azimuth(source: ElementSet, station: Station, span: Span) -> Callable[[float], tuple[float, float]]:
    """Degrees at seconds after the start of the span, by spherical trigonometry spelled out."""
    motion = Sgp4Motion(source, TimeBase.over(span))
    site = geodetic_position_km(station.latitude_deg, station.longitude_deg, station.altitude_m)
    latitude, longitude = math.radians(station.latitude_deg), math.radians(station.longitude_deg)

    def look(seconds: float) -> tuple[float, float]:
        _, position = motion.positions(np.array([seconds]))
        x, y, z = position[:, 0] - site
        south = math.sin(latitude) * (math.cos(longitude) * x + math.sin(longitude) * y) - math.cos(latitude) * z
        east = -math.sin(longitude) * x + math.cos(longitude) * y
        up = math.cos(latitude) * (math.cos(longitude) * x + math.sin(longitude) * y) + math.sin(latitude) * z
        elevation = math.degrees(math.asin(up / math.sqrt(south**2 + east**2 + up**2)))
        return elevation, math.degrees(math.atan2(east, -south)) % 360.0

    return look


def limit_deg(station: Station, azimuth_deg: float) -> float:
    """The larger of floor and mask at an azimuth."""
    if station.horizon_mask is None:
        return station.min_elevation_deg
    points = station.horizon_mask.closed
    for (left, low), (right, high) in pairwise(points):
        if left <= azimuth_deg <= right:
            mask = low + (high - low) * (azimuth_deg - left) / (right - left)
            return max(mask, station.min_elevation_deg)
    raise AssertionError(f"no mask at {azimuth_deg}")


def passes(source: ElementSet, station: Station, span: Span, *, every_s: float) -> list[tuple[float, float]]:
    """(AOS, LOS) in seconds after the start of the span; those shorter than `every_s` may be missed."""
    look = elevation_and_azimuth(source, station, span)

    def above(seconds: float) -> bool:
        elevation_deg, azimuth_deg = look(seconds)
        return elevation_deg >= limit_deg(station, azimuth_deg)

    found: list[tuple[float, float]] = []
    before_s, before = 0.0, above(0.0)
    aos_s = 0.0
    steps = math.ceil(span.duration_s / every_s)
    for k in range(1, steps + 1):
        here_s = min(k * every_s, span.duration_s)
        here = above(here_s)
        if here != before:
            left, right = before_s, here_s
            while right - left > 1e-5:
                middle = 0.5 * (left + right)
                left, right = (middle, right) if above(middle) == before else (left, middle)
            if here:
                aos_s = right
            else:
                found.append((aos_s, left))
        before_s, before = here_s, here
    if before:
        found.append((aos_s, span.duration_s))
    return found


def followed_wraps(
    azimuths_deg: list[float], low_deg: float, high_deg: float, *, turn_steps: float
) -> list[int | None]:
    """The wrap on which each step is followed between cable stops, or None: every piece is tried, the best first."""
    wraps: list[int | None] = [None] * len(azimuths_deg)

    def is_free(first: int, after: int, wrap: int) -> bool:
        if any(wraps[step] is not None for step in range(first, after)):
            return False
        for step, other in enumerate(wraps):
            if other is not None and other != wrap:
                apart = first - step if step < first else step - (after - 1)
                if apart < max(2, math.ceil(abs(other - wrap) * turn_steps - 1e-9)):
                    return False
        return True

    while True:
        pieces = [
            (after - first, -max(abs(a + 360.0 * wrap) for a in azimuths_deg[first:after]), -first, wrap)
            for wrap in range(-9, 10)
            for first in range(len(azimuths_deg))
            for after in range(first + 1, len(azimuths_deg) + 1)
            if all(low_deg <= a + 360.0 * wrap <= high_deg for a in azimuths_deg[first:after])
            and is_free(first, after, wrap)
        ]
        if not pieces:
            return wraps
        length, _, minus_first, wrap = max(pieces)
        wraps[-minus_first : length - minus_first] = [wrap] * length
