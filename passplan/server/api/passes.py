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
from passplan.server.api.parsing import asked_form, parsed
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
    moment = context()
    found = pass_table(moment.store, _filter(query, moment.now), actor=moment.actor, now=moment.now)
    body = pass_list(found)
    link = next_page(body.next, start=format_instant(found.asked.start))
    if asked_form() == CSV:
        return table(ListedPass, found.rows, "passes", link=link)
    return answer(body, link=link)


@noun.get("/passes/<satellite>/<station>/<near>", reads(PassSheetAnswer, refused=(404, 409)))
@cached(by_second=True, personal=False)
@parsed()
def sheet(path: PassPath, query: SheetQuery) -> Response:
    """The sheet of the pass that is nearest to a moment."""
    return answer(_sheet_answer(_sheet(path, query)))


@noun.get("/passes/<satellite>/<station>/<near>/pointing", reads(Pointing, CSV, refused=(404, 409)))
@cached(by_second=False, personal=False)
@parsed(JSON, CSV)
def pointing(path: PassPath, query: PointingQuery) -> Response:
    """Where to point, every second or in longer steps, from setup to teardown."""
    found = _sheet(path, query)
    points = pointing_rows(found, query.step_s)
    if asked_form() == CSV:
        return table(PointingRow, points, f"pointing-{found.station.id}-{found.row.aos:%Y-%m-%dT%H%M}")
    return answer(
        Pointing(
            satellite=found.satellite.id,
            station=found.station.id,
            link=found.link.id if found.link is not None else None,
            frequency_hz=found.link.frequency_hz if found.link is not None else None,
            direction=found.doppler_direction,
            step_s=max(float(query.step_s), found.track.step_s),
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
    own = [s.id for s in context().network.stations if s.agency in query.agency]
    if query.agency and not own:
        raise NotFoundError(Message("no_station_of", "no station is of %(agencies)s", agencies=tuple(query.agency)))
    after = decode_cursor(query.cursor, int, str, str) if query.cursor is not None else None
    return PassFilter(
        start=start,
        end=end,
        satellites=tuple(query.satellite),
        stations=tuple(dict.fromkeys([*query.station, *own])),
        min_peak_elevation_deg=query.min_peak_elevation_deg,
        show=query.show,
        after=(after[0], after[1], after[2]) if after is not None else None,
        most=query.limit,
    )


def _sheet(path: PassPath, query: SheetQuery) -> PassSheet:
    moment = context()
    return pass_sheet(
        moment.store,
        path.satellite,
        path.station,
        parse_instant(path.near),
        contact=query.contact,
        actor=moment.actor,
        now=moment.now,
    )


def _sheet_answer(found: PassSheet) -> PassSheetAnswer:
    actions: Any = tuple(sorted(found.actions))
    return PassSheetAnswer(
        row=found.row,
        antenna=found.antenna.id if found.antenna is not None else None,
        link=link_row(found.link) if found.link is not None else None,
        contacts=tuple(s.row for s in found.contacts),
        contact=found.contact.row if found.contact is not None else None,
        gaps=found.gaps,
        cable_gaps=found.cable_gaps,
        also=found.also,
        uses=found.uses,
        excluded=found.excluded,
        windows=found.windows,
        higher=found.higher,
        history=tuple(map(worded_history, found.history)),
        log=found.log,
        is_frozen=found.is_frozen,
        actions=actions,
        revision=found.revision,
        pointing=pointing_rows(found, SHEET_STEP_S),
    )
