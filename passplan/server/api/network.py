"""The network: satellites, agencies and agreements, and all of it at once; and the map."""

from __future__ import annotations

from flask import Response

from passplan.domain.errors import NotFoundError
from passplan.domain.messages import Message
from passplan.formats.rows import share_row
from passplan.queries.agencies import agency_board
from passplan.queries.snapshot import open_snapshot
from passplan.queries.world_map import world_board
from passplan.server.api.answering import answer
from passplan.server.api.describing import GEOJSON, JSON, ApiBlueprint, reads
from passplan.server.api.geojson import features_of
from passplan.server.api.network_rows import (
    agency_row,
    agreement_row,
    agreement_week_row,
    full_station_row,
    satellite_row,
)
from passplan.server.api.parsing import asked_form, parsed
from passplan.server.api.schemas.base import NamePath
from passplan.server.api.schemas.network import (
    AgencyAnswer,
    AgencyList,
    FeatureCollection,
    MapQuery,
    NetworkAnswer,
    SatelliteList,
    SatelliteRow,
)
from passplan.server.http.cache import cached
from passplan.server.http.context import at
from passplan.service.operations.status import element_rows

noun = ApiBlueprint("network")


@noun.get("/satellites", **reads(SatelliteList))
@cached(by_second=True, personal=False)
@parsed()
def satellites() -> Response:
    """The satellites, with their links and the elements that count."""
    return answer({"satellites": _satellite_rows()})


@noun.get("/satellites/<name>", **reads(SatelliteRow, refused=(404,)))
@cached(by_second=True, personal=False)
@parsed()
def satellite(path: NamePath) -> Response:
    """One satellite."""
    for row in _satellite_rows():
        if row["id"] == path.name:
            return answer(row)
    raise NotFoundError(Message("no_satellite", "there is no satellite %(satellite)r", satellite=path.name))


@noun.get("/agencies", **reads(AgencyList))
@cached(by_second=False, personal=False)
@parsed()
def agencies() -> Response:
    """The agencies."""
    return answer({"agencies": [agency_row(a) for a in at().network.agencies]})


@noun.get("/agencies/<name>", **reads(AgencyAnswer, refused=(404,)))
@cached(by_second=True, personal=False)
@parsed()
def agency(path: NamePath) -> Response:
    """One agency: what it asked for, was given and used, against its agreements."""
    moment = at()
    board = agency_board(moment.store, path.name, actor=moment.actor, now=moment.now)
    more = {
        "stations": [s.id for s in board.stations],
        "share": share_row(board.share) if board.share is not None else None,
        "is_seen": board.is_seen,
        "months": [
            {
                "month": m.month,
                "requests": m.requests,
                "minutes_asked": m.minutes_asked,
                "contacts": m.contacts,
                "minutes_given": m.minutes_given,
                "contacts_used": m.contacts_used,
                "minutes_used": m.minutes_used,
            }
            for m in board.months
        ],
        "uses": [agreement_week_row(w) for w in board.uses],
        "grants": [agreement_week_row(w) for w in board.grants],
    }
    return answer(agency_row(board.agency) | more)


@noun.get("/network", **reads(NetworkAnswer))
@cached(by_second=True, personal=False)
@parsed()
def whole() -> Response:
    """The newest network, with the agreements that concern one's agency."""
    moment = at()
    with moment.store.database.read() as connection:
        snapshot = open_snapshot(moment.store, connection, moment.actor, moment.now)
    found, disclosure = snapshot.network, snapshot.disclosure
    own = [a for a in found.agreements if disclosure.sees_requests_of(a.user) or disclosure.sees_requests_of(a.owner)]
    return answer(
        {
            "revision": snapshot.number,
            "agencies": [agency_row(a) for a in found.agencies],
            "stations": [full_station_row(s) for s in found.stations],
            "satellites": _satellite_rows(),
            "agreements": [agreement_row(a) for a in own],
        }
    )


@noun.get("/map", **reads(FeatureCollection, GEOJSON, refused=(404,)))
@cached(by_second=True, personal=False)
@parsed(GEOJSON, JSON)
def overhead(query: MapQuery) -> Response:
    """Where satellites are, were and will be, and how far they are seen, as GeoJSON."""
    moment = at()
    chosen = tuple(dict.fromkeys(query.satellite))
    found = world_board(moment.store, satellites=chosen, actor=moment.actor, now=moment.now)
    body = {"type": "FeatureCollection", "features": [f for s in found.satellites for f in features_of(s)]}
    return answer(body, form=asked_form())


def _satellite_rows() -> list[dict[str, object]]:
    moment = at()
    elements = {e["satellite"]: e for e in element_rows(moment.store, moment.now)}
    return [satellite_row(s, elements[s.id]) for s in moment.network.satellites if s.id in elements]
