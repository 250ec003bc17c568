"""Conditions of a pass for operators: sunlight on the satellite, and cuts by the horizon mask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from passplan.orbit.propagators import motion_of
from passplan.orbit.scales import TimeBase
from passplan.orbit.sun import is_sunlit, sun_position_km
from passplan.passes.columns import Passes
from passplan.passes.horizon import limit_by_azimuth


class Sunlight(StrEnum):
    """Sunlight on the satellite from AOS to LOS."""

    SUNLIT = "sunlit"
    ECLIPSED = "eclipsed"
    ENTERS = "enters"  # the Earth's shadow
    LEAVES = "leaves"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The conditions of one pass; limits are the elevations at AOS and LOS: the larger of mask and floor."""

    sunlight: Sunlight
    aos_limit_deg: float
    los_limit_deg: float
    aos_masked: bool  # cut by the mask, not by the floor
    los_masked: bool


def conditions(passes: Passes) -> Iterator[Conditions]:
    """The conditions of each pass, in their order."""
    start = np.datetime64(passes.span.start.replace(tzinfo=None), "us")
    clock = TimeBase.over(passes.span)
    lit = np.zeros((2, len(passes)), dtype=np.bool_)
    for number, source in enumerate(passes.sources):
        indices = np.flatnonzero(passes.source_index == number)
        for row, ends in zip(lit, (passes.aos, passes.los), strict=True):
            seconds = np.asarray((ends[indices] - start) / np.timedelta64(1, "us") * 1e-6)
            _, position_km = motion_of(source, clock).positions(seconds)
            row[indices] = is_sunlit(position_km, sun_position_km(clock, seconds))
    limits_deg = np.zeros((2, len(passes)))
    floors_deg = np.array([s.min_elevation_deg for s in passes.stations])
    for number, station in enumerate(passes.stations):
        indices = np.flatnonzero(passes.station_index == number)
        azimuths, elevations = limit_by_azimuth(station)
        limits_deg[0, indices] = np.interp(passes.aos_azimuth_deg[indices], azimuths, elevations)
        limits_deg[1, indices] = np.interp(passes.los_azimuth_deg[indices], azimuths, elevations)
    masked = limits_deg > floors_deg[passes.station_index] + 1e-9 if len(passes) else limits_deg > 0.0
    for k in range(len(passes)):
        yield Conditions(
            sunlight=_SUNLIGHT[bool(lit[0, k]), bool(lit[1, k])],
            aos_limit_deg=float(limits_deg[0, k]),
            los_limit_deg=float(limits_deg[1, k]),
            aos_masked=bool(masked[0, k]),
            los_masked=bool(masked[1, k]),
        )


_SUNLIGHT = {
    (True, True): Sunlight.SUNLIT,
    (False, False): Sunlight.ECLIPSED,
    (True, False): Sunlight.ENTERS,
    (False, True): Sunlight.LEAVES,
}
