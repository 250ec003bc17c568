"""Satellites over the ground as GeoJSON (RFC 7946): longitude before latitude, lines cut at 180 degrees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from passplan.passes.ground import GroundTrack
from passplan.queries.world_map import SatelliteOver
from passplan.server.plots.world import pieces

Feature = dict[str, Any]


def features_of(overhead: SatelliteOver) -> Iterator[Feature]:
    """The features of a satellite: position, track ahead and past, and footprint."""
    name = overhead.satellite.id
    if len(overhead.ahead):
        track = overhead.ahead
        place = [
            round(float(track.longitude_deg[0]), 4),
            round(float(track.latitude_deg[0]), 4),
            round(float(track.altitude_km[0]) * 1_000.0),
        ]
        properties = {"time": f"{track.time[0]}Z", "seen_from": list(overhead.seen_from)}
        yield _feature(name, "position", {"type": "Point", "coordinates": place}, properties)
    for kind, track in (("ahead", overhead.ahead), ("past", overhead.past)):
        if len(track) > 1:
            properties = {"start": f"{track.time[0]}Z", "end": f"{track.time[-1]}Z"}
            yield _feature(name, kind, _lines(_places(track)), properties)
    if overhead.footprint:
        yield _feature(name, "footprint", _lines([*overhead.footprint, overhead.footprint[0]]), {})


def _feature(satellite: str, kind: str, geometry: dict[str, Any], more: dict[str, Any]) -> Feature:
    return {
        "type": "Feature",
        "id": f"{satellite}/{kind}",
        "geometry": geometry,
        "properties": {"satellite": satellite, "kind": kind, **more},
    }


def _places(track: GroundTrack) -> Iterator[tuple[float, float]]:
    for latitude, longitude in zip(track.latitude_deg, track.longitude_deg, strict=True):
        yield float(latitude), float(longitude)


def _lines(places: Iterable[tuple[float, float]]) -> dict[str, Any]:
    lines = [[[round(lon, 4), round(lat, 4)] for lat, lon in piece] for piece in pieces(places) if len(piece) > 1]
    return {"type": "MultiLineString", "coordinates": lines}
