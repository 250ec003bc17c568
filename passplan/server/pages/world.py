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
    """The parts of a map."""

    box: plot.Box
    satellites: list[OnMap]
    stations: list[tuple[Station, plot.Spot, bool]]


@pages.get("/map")
@cached(by_second=True)
def map() -> str:  # noqa: A001 -- the endpoint's name
    """The map of all satellites, or of the chosen ones."""
    ctx = context()
    chosen = tuple(name for name in request.args.getlist("satellite") if name)
    board = world_board(ctx.store, satellites=chosen, actor=ctx.actor, now=ctx.now)
    return render_template(
        "map.html",
        here="map",
        map=map_parts(board, ctx.display()),
        board=board,
        satellites=ctx.network.satellites,
        chosen=chosen,
    )


def map_parts(board: WorldBoard, shown: Display) -> MapParts:
    """Compute the parts of a map from its board."""
    box = plot.Box()
    up = {name for s in board.satellites for name in s.seen_from}
    places = [
        (*box.spot(s.latitude_deg, s.longitude_deg), s.id)
        for s in board.stations
        if box.south < s.latitude_deg < box.north
    ]
    inside = [s for s in board.stations if box.south < s.latitude_deg < box.north]
    # Label stations that see a satellite first: the reader looks for them.
    order = sorted(range(len(inside)), key=lambda k: inside[k].id not in up)
    spots = dict(zip(order, plot.place_labels(tuple(places[k] for k in order)), strict=True))

    def label(when: datetime) -> str:
        return f"{shown.local(when):%H:%M}"

    satellites: list[OnMap] = []
    for s in board.satellites:
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
                if len(board.satellites) == 1
                else [],
                seen_from=s.seen_from,
            )
        )
    return MapParts(
        box=box, satellites=satellites, stations=[(inside[k], spots[k], inside[k].id in up) for k in range(len(inside))]
    )
