"""The sky over a station: north up, east right, the zenith in the middle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from passplan.domain.network import Antenna, Station
from passplan.domain.span import Span
from passplan.passes.track import Track

CENTRE, RADIUS = 200.0, 180.0
_CLEAR_OF_ENDS = 30.0  # so that no minute is written over "AOS" or "LOS"
Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A full minute on the track."""

    x1: float
    y1: float
    x2: float
    y2: float
    label: str  # "": none
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The place of a word beside a point."""

    x: float
    y: float
    is_left: bool = False  # the word ends at x


@dataclass(frozen=True, slots=True, kw_only=True)
class Sky:
    """The data of a sky plot."""

    mask: str  # path; "": there is none
    floor_radius: float
    keyhole_radius: float  # 0: there is none
    sun: Point | None
    sun_label: Label | None
    sun_elevation_deg: float
    below: tuple[str, ...]  # paths of the track under the limit
    visible: str
    booked: str
    ticks: tuple[Tick, ...]
    arrow: tuple[float, float, float] | None  # x, y, degrees
    aos: Point
    tca: Point
    los: Point
    aos_label: Label
    tca_label: Label
    los_label: Label


def sky_plot(
    track: Track, station: Station, antenna: Antenna | None, visible: Span, tca: datetime, booked: Span | None
) -> Sky:
    """The sky plot of a pass."""
    seconds = _seconds(track)
    points = [place(a, e) for a, e in zip(track.azimuth_deg, track.elevation_deg, strict=True)]
    first, last = _index(track, visible.start), _index(track, visible.end)
    before = [p for p, e in zip(points[: first + 1], track.elevation_deg[: first + 1], strict=True) if e >= 0.0]
    after = [p for p, e in zip(points[last:], track.elevation_deg[last:], strict=True) if e >= 0.0]
    sun_azimuth_deg, sun_elevation_deg = _sun(track, station)
    sun = place(sun_azimuth_deg, sun_elevation_deg) if sun_elevation_deg > 0.0 else None
    highest = points[_index(track, tca)]
    arrow_at = first + max(1, (last - first) // 5)
    arrow = None
    if arrow_at + 1 < len(points):
        (x1, y1), (x2, y2) = points[arrow_at], points[arrow_at + 1]
        arrow = (x1, y1, math.degrees(math.atan2(y2 - y1, x2 - x1)))
    return Sky(
        mask=_mask(station),
        floor_radius=_radius(max(0.0, station.min_elevation_deg)),
        keyhole_radius=_radius(antenna.keyhole_deg) if antenna is not None and antenna.keyhole_deg < 90.0 else 0.0,
        sun=sun,
        sun_label=_beside(sun, 15.0, 4.0) if sun is not None else None,
        sun_elevation_deg=sun_elevation_deg,
        below=tuple(path(p) for p in (before, after) if len(p) > 1),
        visible=path(points[first : last + 1]),
        booked=path(points[_index(track, booked.start) : _index(track, booked.end) + 1]) if booked is not None else "",
        ticks=tuple(_ticks(track, points, seconds, first, last)),
        arrow=arrow,
        aos=points[first],
        tca=highest,
        los=points[last],
        aos_label=_outside(points[first]),
        tca_label=_beside(highest, 12.0, -8.0),
        los_label=_outside(points[last]),
    )


def place(azimuth_deg: float, elevation_deg: float) -> Point:
    """The point of a direction on the plot."""
    r, a = _radius(elevation_deg), math.radians(azimuth_deg)
    return round(CENTRE + r * math.sin(a), 1), round(CENTRE - r * math.cos(a), 1)


def path(points: list[Point]) -> str:
    """A path through points, without points less than 2 units from the one before."""
    drawn = points[:1]
    for p in points[1:-1]:
        if abs(p[0] - drawn[-1][0]) + abs(p[1] - drawn[-1][1]) >= 2.0:
            drawn.append(p)
    drawn += points[-1:] if len(points) > 1 else []
    return "M" + " ".join(f"{x:g} {y:g}" for x, y in drawn) if drawn else ""


def _beside(point: Point, right: float, down: float) -> Label:
    return Label(x=round(point[0] + right, 1), y=round(point[1] + down, 1))


def _outside(point: Point) -> Label:
    """The label of an end of the track: beside the point towards the middle line, above it or below."""
    x, y = point
    is_left = x >= CENTRE
    label = _beside(point, -9.0 if is_left else 4.0, 18.0 if y > CENTRE else -10.0)
    return Label(x=label.x, y=label.y, is_left=is_left)


def _radius(elevation_deg: float) -> float:
    return (90.0 - elevation_deg) / 90.0 * RADIUS


def _mask(station: Station) -> str:
    """The area that the mask hides: the ring between the rim and the mask."""
    if station.horizon_mask is None:
        return ""
    azimuths, elevations = np.array(station.horizon_mask.closed).T
    around = np.arange(0.0, 360.0, 2.0)
    edge = [place(a, max(0.0, e)) for a, e in zip(around, np.interp(around, azimuths, elevations), strict=True)]
    inner = "M" + " ".join(f"{x:g} {y:g}" for x, y in edge) + "z"
    half = f"A{RADIUS:g} {RADIUS:g} 0 1 1 {CENTRE:g} "
    top, bottom = CENTRE - RADIUS, CENTRE + RADIUS
    return f"M{CENTRE:g} {top:g}{half}{bottom:g}{half}{top:g}z{inner}"


def _sun(track: Track, station: Station) -> tuple[float, float]:
    """Azimuth and elevation of the Sun in the middle of the track [deg]."""
    from passplan.passes.sky import sun_direction

    return sun_direction(station, track.span.start + (track.span.end - track.span.start) / 2)


def _ticks(track: Track, points: list[Point], seconds: list[int], first: int, last: int) -> list[Tick]:
    ticks = []
    labels = max(2, round((last - first) * track.step_s / 60.0 / 4.0))
    for k in range(first + 1, last):
        if seconds[k] % 60:
            continue
        (x1, y1), (x2, y2) = points[k - 1], points[k + 1]
        size = math.hypot(x2 - x1, y2 - y1) or 1.0
        across_x, across_y = -(y2 - y1) / size * 7.0, (x2 - x1) / size * 7.0
        x, y = points[k]
        minute = seconds[k] // 60 % 60
        is_clear = min(math.dist(points[k], points[first]), math.dist(points[k], points[last])) > _CLEAR_OF_ENDS
        ticks.append(
            Tick(
                x1=round(x - across_x, 1),
                y1=round(y - across_y, 1),
                x2=round(x + across_x, 1),
                y2=round(y + across_y, 1),
                label=f"{minute:02d}" if minute % labels == 0 and is_clear else "",
                label_x=round(x + across_x * 2.4, 1),
                label_y=round(y + across_y * 2.4 + 4.0, 1),
            )
        )
    return ticks


def _seconds(track: Track) -> list[int]:
    return [int(s) for s in track.time.astype("datetime64[s]").astype(np.int64)]


def _index(track: Track, moment: datetime) -> int:
    """The step that is nearest to an instant."""
    return min(len(track) - 1, max(0, round((moment - track.span.start).total_seconds() / track.step_s)))
