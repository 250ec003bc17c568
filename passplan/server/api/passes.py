"""Passes: the table, the sheet of one pass, and where to point."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Response

from passplan.domain.errors import InputError, NotFoundError
from passplan.domain.messages import Message
from passplan.domain.rows.network import link_row
from passplan.domain.rows.passes import ListedPass, PointingRow
from passplan.formats.times import format_instant, parse_instant
from passplan.queries.pass_sheet import PassSheet, pass_sheet
from passplan.queries.pass_table import PassFilter, pass_table
from passplan.server.api.answering import answer, next_page, table
from passplan.server.api.describing import CSV, JSON, Noun, reads
from passplan.server.api.parsing import parsed, response_form
from passplan.server.api.rows import worded_history
from passplan.server.api.schemas.passes import (
    PassPath,
    PassQuery,
    PassSheetAnswer,
    Pointing,
    PointingQuery,
    SheetQuery,
)
from passplan.server.http.cache import cached
from passplan.server.http.context import context
from passplan.server.shared.cursors import decode_cursor
from passplan.server.shared.pass_list import PassList, pass_list
from passplan.server.shared.pointing import pointing_rows

noun = Noun("passes")

HOURS = 24.0
SHEET_STEP_S = 30


@noun.get("/passes", reads(PassList, CSV, refused=(404,), link=True))
@cached(by_second=True, personal=False)
@parsed(JSON, CSV)
def listed(query: PassQuery) -> Response:
    """Passes ahead, with what is booked in them."""
    ctx = context()
    page = pass_table(ctx.store, _filter(query, ctx.now), actor=ctx.actor, now=ctx.now)
    body = pass_list(page)
    link = next_page(body.next, start=format_instant(page.filter.start))
    if response_form() == CSV:
        return table(ListedPass, page.rows, "passes", link=link)
    return answer(body, link=link)


@noun.get("/passes/<satellite>/<station>/<near>", reads(PassSheetAnswer, refused=(404, 409)))
@cached(by_second=True, personal=False)
@parsed()
def sheet(path: PassPath, query: SheetQuery) -> Response:
    """The sheet of the pass that is nearest to an instant."""
    return answer(_sheet_answer(_sheet(path, query)))


@noun.get("/passes/<satellite>/<station>/<near>/pointing", reads(Pointing, CSV, refused=(404, 409)))
@cached(by_second=False, personal=False)
@parsed(JSON, CSV)
def pointing(path: PassPath, query: PointingQuery) -> Response:
    """Where to point, every second or in longer steps, from setup to teardown."""
    sheet = _sheet(path, query)
    points = pointing_rows(sheet, query.step_s)
    if response_form() == CSV:
        return table(PointingRow, points, f"pointing-{sheet.station.id}-{sheet.row.aos:%Y-%m-%dT%H%M}")
    return answer(
        Pointing(
            satellite=sheet.satellite.id,
            station=sheet.station.id,
            link=sheet.link.id if sheet.link is not None else None,
            frequency_hz=sheet.link.frequency_hz if sheet.link is not None else None,
            direction=sheet.doppler_direction,
            step_s=max(float(query.step_s), sheet.track.step_s),
            points=points,
        )
    )


def _filter(query: PassQuery, now: datetime) -> PassFilter:
    if query.end is not None and query.hours is not None:
        raise InputError(Message("end_and_hours", "end and hours are both given; give one of them"))
    start = query.start or now
    try:
        end = query.end or start + timedelta(hours=query.hours or HOURS)
    except OverflowError:
        raise InputError(
            Message("start_too_late", "start is %(start)s; give an earlier one", start=format_instant(start))
        ) from None
    station_ids = [s.id for s in context().network.stations if s.agency in query.agency]
    if query.agency and not station_ids:
        raise NotFoundError(Message("no_station_of", "no station is of %(agencies)s", agencies=tuple(query.agency)))
    after = decode_cursor(query.cursor, int, str, str) if query.cursor is not None else None
    return PassFilter(
        start=start,
        end=end,
        satellites=tuple(query.satellite),
        stations=tuple(dict.fromkeys([*query.station, *station_ids])),
        min_peak_elevation_deg=query.min_peak_elevation_deg,
        show=query.show,
        after=(after[0], after[1], after[2]) if after is not None else None,
        most=query.limit,
    )


def _sheet(path: PassPath, query: SheetQuery) -> PassSheet:
    ctx = context()
    return pass_sheet(
        ctx.store,
        path.satellite,
        path.station,
        parse_instant(path.near),
        contact=query.contact,
        actor=ctx.actor,
        now=ctx.now,
    )


def _sheet_answer(sheet: PassSheet) -> PassSheetAnswer:
    actions: Any = tuple(sorted(sheet.actions))
    return PassSheetAnswer(
        row=sheet.row,
        antenna=sheet.antenna.id if sheet.antenna is not None else None,
        link=link_row(sheet.link) if sheet.link is not None else None,
        contacts=tuple(s.row for s in sheet.contacts),
        contact=sheet.contact.row if sheet.contact is not None else None,
        gaps=sheet.gaps,
        cable_gaps=sheet.cable_gaps,
        also=sheet.also,
        uses=sheet.uses,
        excluded=sheet.excluded,
        windows=sheet.windows,
        higher=sheet.higher,
        history=tuple(map(worded_history, sheet.history)),
        log=sheet.log,
        is_frozen=sheet.is_frozen,
        actions=actions,
        revision=sheet.revision,
        pointing=pointing_rows(sheet, SHEET_STEP_S),
    )
