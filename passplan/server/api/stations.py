"""Stations: the list, one with its closures, and outages."""

from __future__ import annotations

from flask import Response, url_for

from passplan.domain.errors import NotFoundError
from passplan.domain.messages import Message
from passplan.domain.network import Station
from passplan.domain.roles import Capability
from passplan.domain.rows.columns import extended
from passplan.domain.rows.network import OutageRow, closure_row, full_station_row
from passplan.domain.span import Span
from passplan.queries.day import utc_day
from passplan.queries.listings import outage_list
from passplan.queries.stations import station_board
from passplan.server.api.answering import answer
from passplan.server.api.describing import Noun, changes, reads
from passplan.server.api.parsing import parsed
from passplan.server.api.schemas.base import NamePath
from passplan.server.api.schemas.network import (
    OutageAnswer,
    OutageBody,
    OutagePath,
    StationAnswer,
    StationList,
)
from passplan.server.http.cache import cached
from passplan.server.http.context import context
from passplan.server.http.login import signed_in
from passplan.service.access.actors import require
from passplan.service.network.revisions import end_outage, record_outage

noun = Noun("stations")


@noun.get("/stations", reads(StationList))
@cached(by_second=False, personal=False)
@parsed()
def listed() -> Response:
    """All stations."""
    return answer(StationList(stations=tuple(map(full_station_row, context().network.stations))))


@noun.get("/stations/<name>", reads(StationAnswer, refused=(404,)))
@cached(by_second=True, personal=False)
@parsed()
def one(path: NamePath) -> Response:
    """One station, with closed times, outages, and the outcomes of its contacts."""
    ctx = context()
    board = station_board(ctx.store, path.name, utc_day(ctx.now.date()), actor=ctx.actor, now=ctx.now)
    mask = board.station.horizon_mask
    row = extended(
        StationAnswer,
        full_station_row(board.station),
        mask=mask.points if mask is not None else None,
        closures=tuple(map(closure_row, board.closures)),
        outages=board.outages,
        outcomes={state.value: times for state, times in board.outcomes.items()},
        unreported=tuple(s.contact.id for s in board.silent),
        may_change=board.may_change,
    )
    return answer(row)


@noun.post("/stations/<name>/outages", changes(OutageAnswer, 201))
@signed_in
@parsed()
def add_outage(path: NamePath, body: OutageBody) -> Response:
    """Record that a station, or one of its antennas, cannot be used. Frozen contacts there are cancelled."""
    ctx = context()
    _require_right(_station(path.name))
    number, cancelled = record_outage(
        ctx.store,
        path.name,
        Span(body.start or ctx.now, body.end),
        antenna=body.antenna or "",
        kind=body.kind,
        note=body.note.strip(),
        actor=ctx.me,
        now=ctx.now,
    )
    outage = next(o for o in outage_list(ctx.store) if o.id == number)
    where = url_for("api_stations.one", name=path.name)
    return answer(OutageAnswer(outage=outage, cancelled=tuple(c.id for c in cancelled)), 201, location=where)


@noun.post("/stations/<name>/outages/<number>/end", changes(OutageRow))
@signed_in
@parsed()
def finish_outage(path: OutagePath) -> Response:
    """End an outage now."""
    ctx = context()
    _require_right(_station(path.name))
    ahead = outage_list(ctx.store, after=ctx.now)
    if not any((o.id, o.station) == (path.number, path.name) for o in ahead):
        raise NotFoundError(
            Message(
                "no_outage_of",
                "there is no outage %(outage)s of %(station)s that is not over",
                outage=path.number,
                station=path.name,
            )
        )
    end_outage(ctx.store, path.number, actor=ctx.me, now=ctx.now)
    return answer(next(o for o in outage_list(ctx.store) if o.id == path.number))


def _station(name: str) -> Station:
    for station in context().network.stations:
        if station.id == name:
            return station
    raise NotFoundError(Message("no_station", "there is no station %(station)r", station=name))


def _require_right(station: Station) -> None:
    require(context().me, Capability.RECORD_OUTAGE, agencies=frozenset({station.agency}))
