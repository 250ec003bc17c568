"""The network: satellites, agencies and agreements, all of it in one answer, and the map."""

from __future__ import annotations

from flask import Response

from passplan.domain.errors import NotFoundError
from passplan.domain.messages import Message
from passplan.domain.rows.columns import extended
from passplan.domain.rows.network import (
    AgreementWeekRow,
    agency_row,
    agreement_row,
    full_station_row,
    link_row,
    time_row,
)
from passplan.domain.rows.schedule import share_row
from passplan.queries.agencies import agency_board
from passplan.queries.network import NetworkBoard, network_board
from passplan.queries.world_map import world_board
from passplan.server.api.answering import answer
from passplan.server.api.describing import GEOJSON, JSON, Noun, reads
from passplan.server.api.geojson import features_of
from passplan.server.api.parsing import parsed, response_form
from passplan.server.api.schemas.base import NamePath
from passplan.server.api.schemas.network import (
    AgencyAnswer,
    AgencyList,
    AgencyQuery,
    FeatureCollection,
    MapQuery,
    NetworkAnswer,
    SatelliteList,
    SatelliteRow,
)
from passplan.server.http.cache import cached
from passplan.server.http.context import context
from passplan.service.contacts.usage import AgreementWeek

noun = Noun("network")


@noun.get("/satellites", reads(SatelliteList))
@cached(by_second=True, personal=False)
@parsed()
def satellites() -> Response:
    """The satellites, with their links and the elements that count."""
    return answer(SatelliteList(satellites=_satellite_rows(_board())))


@noun.get("/satellites/<name>", reads(SatelliteRow, refused=(404,)))
@cached(by_second=True, personal=False)
@parsed()
def satellite(path: NamePath) -> Response:
    """One satellite."""
    for row in _satellite_rows(_board()):
        if row.id == path.name:
            return answer(row)
    raise NotFoundError(Message("no_satellite", "there is no satellite %(satellite)r", satellite=path.name))


@noun.get("/agencies", reads(AgencyList))
@cached(by_second=False, personal=False)
@parsed()
def agencies() -> Response:
    """The agencies."""
    return answer(AgencyList(agencies=tuple(map(agency_row, context().network.agencies))))


@noun.get("/agencies/<name>", reads(AgencyAnswer, refused=(404,)))
@cached(by_second=True, personal=False)
@parsed()
def agency(path: NamePath, query: AgencyQuery) -> Response:
    """One agency: what it requested, received and used, compared with its agreements."""
    ctx = context()
    board = agency_board(ctx.store, path.name, months=query.months, actor=ctx.actor, now=ctx.now)
    row = extended(
        AgencyAnswer,
        agency_row(board.agency),
        stations=tuple(s.id for s in board.stations),
        share=share_row(board.share) if board.share is not None else None,
        is_seen=board.is_seen,
        months=board.months,
        uses=tuple(map(_week_row, board.uses)),
        grants=tuple(map(_week_row, board.grants)),
    )
    return answer(row)


@noun.get("/network", reads(NetworkAnswer))
@cached(by_second=True, personal=False)
@parsed()
def whole() -> Response:
    """The newest network, with the agreements of the caller's agency."""
    board = _board()
    return answer(
        NetworkAnswer(
            revision=board.revision,
            agencies=tuple(map(agency_row, board.network.agencies)),
            stations=tuple(map(full_station_row, board.network.stations)),
            satellites=_satellite_rows(board),
            agreements=tuple(map(agreement_row, board.agreements)),
        )
    )


@noun.get("/map", reads(FeatureCollection, GEOJSON, refused=(404,)))
@cached(by_second=True, personal=False)
@parsed(GEOJSON, JSON)
def overhead(query: MapQuery) -> Response:
    """Where satellites are, were and will be, and how far they are seen, as GeoJSON."""
    ctx = context()
    chosen = tuple(dict.fromkeys(query.satellite))
    board = world_board(ctx.store, satellites=chosen, actor=ctx.actor, now=ctx.now)
    body = {"type": "FeatureCollection", "features": [f for s in board.satellites for f in features_of(s)]}
    return answer(body, form=response_form())


def _board() -> NetworkBoard:
    ctx = context()
    return network_board(ctx.store, actor=ctx.actor, now=ctx.now)


def _satellite_rows(board: NetworkBoard) -> tuple[SatelliteRow, ...]:
    return tuple(
        SatelliteRow(
            id=s.id,
            name=s.name,
            catalog_number=s.catalog_number,
            links=tuple(map(link_row, s.links)),
            times=tuple(map(time_row, s.times)),
            elements=elements,
        )
        for s, elements in zip(board.network.satellites, board.elements, strict=True)
    )


def _week_row(week: AgreementWeek) -> AgreementWeekRow:
    return extended(
        AgreementWeekRow,
        agreement_row(week.agreement),
        monday=week.monday,
        minutes_used=week.minutes_used,
        minutes_left=week.minutes_left,
    )
