"""Satellites over the ground as GeoJSON (RFC 7946): longitude before latitude, lines cut at 180 degrees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from passplan.passes.ground import GroundTrack
from passplan.queries.world_map import SatelliteOver
from passplan.server.plots.world import pieces

Feature = dict[str, Any]


def features_of(found: SatelliteOver) -> Iterator[Feature]:
    """Where a satellite is, its track ahead and past, and the edge of what sees it."""
    name = found.satellite.id
    if len(found.ahead):
        track = found.ahead
        place = [
            round(float(track.longitude_deg[0]), 4),
            round(float(track.latitude_deg[0]), 4),
            round(float(track.altitude_km[0]) * 1_000.0),
        ]
        told = {"time": f"{track.time[0]}Z", "seen_from": list(found.seen_from)}
        yield _feature(name, "position", {"type": "Point", "coordinates": place}, told)
    for kind, track in (("ahead", found.ahead), ("past", found.past)):
        if len(track) > 1:
            told = {"start": f"{track.time[0]}Z", "end": f"{track.time[-1]}Z"}
            yield _feature(name, kind, _lines(_places(track)), told)
    if found.footprint:
        yield _feature(name, "footprint", _lines([*found.footprint, found.footprint[0]]), {})


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
