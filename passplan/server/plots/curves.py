"""Elevation and Doppler against time, with limits, holds and the booking; and the small profile of a contact."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from passplan.domain.network import Station
from passplan.domain.span import Span
from passplan.orbit.scales import Floats
from passplan.passes.track import Track

_POINTS = 240
_LOWEST_DEG = -2.0  # of the axis


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the grid, or of an axis."""

    at: float  # per cent
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A stretch of time: per cent from the left, and wide."""

    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """The data of both plots; paths lie in a box of 1000 by 100."""

    elevation: str
    limit: str  # the area below it
    floor: float  # per cent from the top
    doppler: str
    elevation_lines: tuple[Line, ...]
    doppler_lines: tuple[Line, ...]
    doppler_unit: str
    doppler_most: float  # in that unit
    times: tuple[Line, ...]
    marks: tuple[Line, ...]  # AOS, TCA, LOS
    booked: Box | None
    holds: tuple[Box, ...]
    samples: list[list[Any]]  # second, azimuth, elevation, range, Doppler: for the cursor


def curves(
    track: Track,
    station: Station,
    marks: dict[str, datetime],
    *,
    frequency_hz: float,
    direction: str,
    booked: Span | None,
    occupied: Span | None,
    hm: Callable[[datetime], str],
) -> Curves:
    """The curves of a pass."""
    chosen = np.unique(np.linspace(0, len(track) - 1, min(_POINTS, len(track))).round().astype(np.int64))
    share = chosen / max(1, len(track) - 1)
    elevation = track.elevation_deg[chosen]
    doppler_hz = track.doppler_hz(frequency_hz, direction)
    unit, scale = ("kHz", 1e3) if np.abs(doppler_hz).max() >= 1e3 else ("Hz", 1.0)
    most = max(1e-9, float(np.abs(doppler_hz).max()) / scale)
    step = _nice(most / 2.2)
    top = step * math.ceil(most / step + 0.05)
    holds = []
    if booked is not None and occupied is not None:
        edges = ((occupied.start, booked.start), (booked.end, occupied.end))
        holds = [_box(track, a, b) for a, b in edges if b > a]
    return Curves(
        elevation=_path(share[elevation >= _LOWEST_DEG], _of_elevation(elevation[elevation >= _LOWEST_DEG])),
        limit=_limit(track, station, chosen, share),
        floor=round(float(_of_elevation(np.array([station.min_elevation_deg]))[0]), 2),
        doppler=_path(share, 50.0 - doppler_hz[chosen] / scale / top * 50.0),
        elevation_lines=tuple(
            Line(at=round(float(_of_elevation(np.array([float(e)]))[0]), 2), label=f"{e}°") for e in (0, 10, 30, 60, 90)
        ),
        doppler_lines=tuple(
            Line(at=round(50.0 - k * step / top * 50.0, 2), label=_signed(k * step))
            for k in range(-2, 3)
            if abs(k * step) < top
        ),
        doppler_unit=unit,
        doppler_most=most,
        times=tuple(_times(track, hm)),
        marks=tuple(Line(at=_part(track, moment), label=name) for name, moment in marks.items()),
        booked=_box(track, booked.start, booked.end) if booked is not None else None,
        holds=tuple(holds),
        samples=[
            [
                int(track.time[k].astype("datetime64[s]").astype(np.int64)),
                round(float(track.azimuth_deg[k]), 1),
                round(float(track.elevation_deg[k]), 1),
                round(float(track.range_km[k])),
                round(float(doppler_hz[k]) / scale, 2),
            ]
            for k in chosen
        ],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The elevation over a pass, small, with the contact in it."""

    path: str
    booked: Box


def profile(track: Track, booked: Span) -> Profile:
    """The profile of a contact in progress."""
    chosen = np.unique(np.linspace(0, len(track) - 1, min(60, len(track))).round().astype(np.int64))
    share = chosen / max(1, len(track) - 1)
    return Profile(
        path=_path(share, 98.0 - np.clip(track.elevation_deg[chosen], 0.0, 90.0) / 90.0 * 94.0),
        booked=_box(track, booked.start, booked.end),
    )


def _of_elevation(degrees: Floats) -> Floats:
    """Per cent from the top: the axis goes from -2 to 98 degrees."""
    return np.asarray(98.0 - degrees)


def _limit(track: Track, station: Station, chosen: Any, share: Floats) -> str:
    """The area below the larger of mask and floor at the azimuth of each sample."""
    from passplan.passes.horizon import limit_by_azimuth

    azimuths, elevations = limit_by_azimuth(station)
    limit = np.interp(track.azimuth_deg[chosen], azimuths, elevations)
    return _path(share, _of_elevation(np.maximum(limit, _LOWEST_DEG))) + "L1000 100L0 100z"


def _path(share: Floats, percent: Floats) -> str:
    return "M" + " ".join(f"{1000.0 * s:.0f} {y:.1f}" for s, y in zip(share, percent, strict=True))


def _part(track: Track, moment: datetime) -> float:
    return round(100.0 * (moment - track.span.start).total_seconds() / track.span.duration_s, 3)


def _box(track: Track, start: datetime, end: datetime) -> Box:
    first, last = (min(100.0, max(0.0, _part(track, m))) for m in (start, end))
    return Box(x=first, width=round(last - first, 3))


def _times(track: Track, hm: Callable[[datetime], str]) -> list[Line]:
    step = next((m for m in (1, 2, 5, 10, 15, 30, 60, 120, 240, 480) if track.span.duration_s / 60.0 / m <= 6.0), 1440)
    moment = track.span.start.replace(second=0, microsecond=0)
    moment += timedelta(minutes=step - moment.minute % step if step <= 60 else 60 - moment.minute)
    lines = []
    while moment < track.span.end:
        if 3.0 < (at := _part(track, moment)) < 97.0:
            lines.append(Line(at=at, label=hm(moment)))
        moment += timedelta(minutes=step)
    return lines


def _nice(value: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(max(value, 1e-9)))
    return next(power * k for k in (1.0, 2.0, 5.0, 10.0) if power * k >= value)


def _signed(value: float) -> str:
    return "0" if value == 0.0 else f"{value:+g}".replace("-", "\u2212")
