"""The map: where satellites are and will be, how far they are seen, and the stations that see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from passplan.domain.network import Satellite, Station
from passplan.domain.sources import Source
from passplan.domain.span import Span
from passplan.passes.ground import GroundTrack
from passplan.queries.snapshot import Snapshot, open_snapshot
from passplan.service.access.actors import Actor
from passplan.service.store import Store
from passplan.store import passes as stored
from passplan.store.elements import Choice
from passplan.store.schema import microseconds

STEP_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SatelliteOver:
    """A satellite over the ground: from half a revolution ago to one ahead."""

    satellite: Satellite
    ahead: GroundTrack
    past: GroundTrack
    footprint: tuple[tuple[float, float], ...]  # latitudes and longitudes [deg], where it is now
    seen_from: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldBoard:
    """The current map."""

    satellites: tuple[SatelliteOver, ...]
    stations: tuple[Station, ...]
    without: tuple[str, ...]  # satellites without elements


def world_board(store: Store, *, satellites: tuple[str, ...] = (), actor: Actor | None, now: datetime) -> WorldBoard:
    """The map of the named satellites, or of all.

    Raises:
        NotFoundError: for a satellite that is not there.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        seen = overhead(snapshot, satellites, snapshot.choices())
    return draw_world(seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overhead:
    """What the map is computed from."""

    satellites: tuple[tuple[Satellite, Source | None], ...]
    stations: tuple[Station, ...]
    up: tuple[tuple[str, str], ...]  # satellites and stations with a pass now
    now: datetime


def overhead(snapshot: Snapshot, satellites: tuple[str, ...], choices: Mapping[int, Choice]) -> Overhead:
    """Read what the map of the named satellites, or of all, is computed from.

    Raises:
        NotFoundError: for a satellite that is not there.
    """
    chosen = [snapshot.satellite(name) for name in satellites] or list(snapshot.network.satellites)
    us = microseconds(snapshot.now)
    return Overhead(
        satellites=tuple((s, snapshot.source(s, choices)) for s in chosen),
        stations=snapshot.network.stations,
        up=tuple(stored.spans(snapshot.connection, us, us + 1).touching(us, us + 1)),
        now=snapshot.now,
    )


def draw_world(seen: Overhead) -> WorldBoard:
    """Compute the map."""
    from passplan.passes.ground import footprint, ground_track

    now = seen.now
    satellites, without = [], []
    for satellite, source in seen.satellites:
        if source is None:
            without.append(satellite.id)
            continue
        ahead = ground_track(source, Span(now, now + source.period), step_s=STEP_S)
        past = ground_track(source, Span(now - source.period / 2, now), step_s=STEP_S)
        edge = footprint(ahead.latitude_deg[0], ahead.longitude_deg[0], ahead.altitude_km[0]) if len(ahead) else []
        satellites.append(
            SatelliteOver(
                satellite=satellite,
                ahead=ahead,
                past=past,
                footprint=tuple(edge),
                seen_from=tuple(sorted(station for name, station in seen.up if name == satellite.id)),
            )
        )
    return WorldBoard(satellites=tuple(satellites), stations=seen.stations, without=tuple(without))
