"""The map: equirectangular, x is longitude and y is minus latitude, cut at 180 degrees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import pairwise

import numpy as np

from passplan.passes.columns import at
from passplan.passes.ground import GroundTrack

NORTH, SOUTH = 85.0, -65.0  # the latitudes that the map shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place on the map in per cent, with a name."""

    x: float
    y: float
    label: str
    dx: int = 0
    dy: int = 0
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Box:
    """The part of the world that the map shows, as a view box of SVG."""

    north: float = NORTH
    south: float = SOUTH

    @property
    def view(self) -> str:
        """The view box."""
        return f"-180 {-self.north:g} 360 {self.north - self.south:g}"

    def spot(self, latitude_deg: float, longitude_deg: float) -> tuple[float, float]:
        """A place in per cent."""
        x = (longitude_deg + 180.0) / 3.6
        return round(x, 2), round(100.0 * (self.north - latitude_deg) / (self.north - self.south), 2)


def track_path(track: GroundTrack) -> str:
    """A ground track as a path."""
    return lines(zip(track.latitude_deg, track.longitude_deg, strict=True))


def lines(points: Iterable[tuple[float, float]]) -> str:
    """A line through latitudes and longitudes, cut where it goes over the edge of the map."""
    return " ".join(
        "M" + " ".join(f"{lon:.1f} {-lat:.1f}" for lat, lon in piece) for piece in pieces(points) if len(piece) > 1
    )


def pieces(points: Iterable[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """Points in pieces that do not cross 180 degrees, with the crossing at the ends of both."""
    parts: list[list[tuple[float, float]]] = [[]]
    for lat, lon in points:
        lat, lon = float(lat), float(lon)
        if parts[-1] and abs(lon - parts[-1][-1][1]) > 180.0:
            last_lat, last_lon = parts[-1][-1]
            edge = 180.0 if last_lon > 0.0 else -180.0
            span = (lon + 360.0 if edge > 0.0 else lon - 360.0) - last_lon
            crossing = last_lat + (lat - last_lat) * ((edge - last_lon) / span if span else 0.0)
            parts[-1].append((crossing, edge))
            parts.append([(crossing, -edge)])
        parts[-1].append((lat, lon))
    return parts


def area(edge: Sequence[tuple[float, float]]) -> str:
    """A footprint as a path; one that has a pole in it reaches the edge of the map there."""
    if not edge:
        return ""
    closed = [*edge, edge[0]]
    turn = sum((b[1] - a[1] + 540.0) % 360.0 - 180.0 for a, b in pairwise(closed))
    if abs(turn) > 180.0:  # a pole lies in it
        ordered = sorted(edge, key=lambda p: p[1])
        pole = 90.0 if sum(lat for lat, _ in edge) > 0.0 else -90.0
        ends = [(ordered[0][0], -180.0), *ordered, (ordered[-1][0], 180.0)]
        return "M" + " ".join(f"{lon:.1f} {-lat:.1f}" for lat, lon in [(pole, -180.0), *ends, (pole, 180.0)]) + "z"
    middle = edge[0][1]
    rolled = [(float(lat), float(middle + (lon - middle + 540.0) % 360.0 - 180.0)) for lat, lon in edge]
    one = "M" + " ".join(f"{lon:.1f} {-lat:.1f}" for lat, lon in rolled) + "z"
    low, high = min(lon for _, lon in rolled), max(lon for _, lon in rolled)
    shifts = [360.0] * (low < -180.0) + [-360.0] * (high > 180.0)
    return one + "".join("M" + " ".join(f"{lon + d:.1f} {-lat:.1f}" for lat, lon in rolled) + "z" for d in shifts)


def ticks(track: GroundTrack, box: Box, *, every: timedelta, label: object) -> list[Spot]:
    """Points of a track at round times, with the time beside them."""
    assert callable(label)
    spots = []
    step = int(every.total_seconds())
    for k, moment in enumerate(track.time.astype("datetime64[s]")):
        second = int(moment.astype(np.int64))
        after = int(track.time[k - 1].astype("datetime64[s]").astype(np.int64)) if k else second
        if k and second // step != after // step:
            x, y = box.spot(float(track.latitude_deg[k]), float(track.longitude_deg[k]))
            spots.append(Spot(x=x, y=y, label=label(at(track.time[k])), dx=5, dy=12))
    return spots


@lru_cache(maxsize=64)
def place_labels(spots: tuple[tuple[float, float, str], ...]) -> tuple[Spot, ...]:
    """Names beside their places, each on a side where it overlaps no other; "" where every side overlaps.

    In a map of about 600 by 250 pixels; larger ones have more room.
    """
    per_x, per_y, letter, height = 6.0, 2.6, 6.6, 11.0
    taken: list[tuple[float, float, float, float]] = [
        (x * per_x - 4.0, y * per_y - 4.0, x * per_x + 4.0, y * per_y + 4.0) for x, y, _ in spots
    ]
    labels = []
    for x, y, name in spots:
        px, py, wide = x * per_x, y * per_y, letter * len(name)
        sides = (
            (7, 4, "start", px + 7.0, py - 5.0),
            (-7, 4, "end", px - 7.0 - wide, py - 5.0),
            (0, -7, "middle", px - wide / 2.0, py - 7.0 - height),
            (0, 15, "middle", px - wide / 2.0, py + 5.0),
        )
        for dx, dy, anchor, left, top in sides:
            box = (left, top, left + wide, top + height)
            inside = box[0] >= 0.0 and box[2] <= 100.0 * per_x
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                labels.append(Spot(x=x, y=y, label=name, dx=dx, dy=dy, anchor=anchor))
                break
        else:
            labels.append(Spot(x=x, y=y, label=""))
    return tuple(labels)


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
