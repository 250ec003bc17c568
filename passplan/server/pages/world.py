"""The map."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, render_template, request

from passplan.domain.network import Station
from passplan.queries.world_map import WorldBoard, world_board
from passplan.server.http.cache import cached
from passplan.server.http.context import context
from passplan.server.plots import world as plot
from passplan.server.shared.display import Display

pages = Blueprint("world", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnMap:
    """A satellite on the map."""

    name: str
    now: tuple[float, float] | None
    where: tuple[float, float, float] | None  # latitude, longitude [deg], altitude [km]
    ahead: str
    past: str
    foot: str
    ticks: list[plot.Spot]
    seen_from: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapParts:
    """What a map is drawn of."""

    box: plot.Box
    satellites: list[OnMap]
    stations: list[tuple[Station, plot.Spot, bool]]


@pages.get("/map")
@cached(by_second=True)
def map() -> str:  # noqa: A001 -- it is one
    """The map of all satellites, or of some."""
    moment = context()
    chosen = tuple(name for name in request.args.getlist("satellite") if name)
    found = world_board(moment.store, satellites=chosen, actor=moment.actor, now=moment.now)
    return render_template(
        "map.html",
        here="map",
        map=map_parts(found, moment.display()),
        board=found,
        satellites=moment.network.satellites,
        chosen=chosen,
    )


def map_parts(found: WorldBoard, shown: Display) -> MapParts:
    """A board as a map."""
    box = plot.Box()
    up = {name for s in found.satellites for name in s.seen_from}
    places = [
        (*box.spot(s.latitude_deg, s.longitude_deg), s.id)
        for s in found.stations
        if box.south < s.latitude_deg < box.north
    ]
    inside = [s for s in found.stations if box.south < s.latitude_deg < box.north]
    # Those in sight are named first: they are what one looks for.
    order = sorted(range(len(inside)), key=lambda k: inside[k].id not in up)
    spots = dict(zip(order, plot.place_labels(tuple(places[k] for k in order)), strict=True))

    def label(when: datetime) -> str:
        return f"{shown.local(when):%H:%M}"

    satellites: list[OnMap] = []
    for s in found.satellites:
        track = s.ahead
        there: Any = None
        if len(track):
            there = (float(track.latitude_deg[0]), float(track.longitude_deg[0]), float(track.altitude_km[0]))
        satellites.append(
            OnMap(
                name=s.satellite.id,
                now=box.spot(there[0], there[1]) if there else None,
                where=there,
                ahead=plot.track_path(track),
                past=plot.track_path(s.past),
                foot=plot.area(s.footprint),
                ticks=plot.ticks(track, box, every=timedelta(minutes=15), label=label)
                if len(found.satellites) == 1
                else [],
                seen_from=s.seen_from,
            )
        )
    return MapParts(
        box=box, satellites=satellites, stations=[(inside[k], spots[k], inside[k].id in up) for k in range(len(inside))]
    )
