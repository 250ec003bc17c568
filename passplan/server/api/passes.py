"""Passes: the table, the sheet of one pass, and where to point."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Response

from passplan.domain.errors import InputError, NotFoundError
from passplan.domain.messages import Message
from passplan.domain.rows.passes import ListedPass
from passplan.domain.span import Span
from passplan.formats.rows import Row, csv_columns, csv_record, row_document, span_row
from passplan.formats.times import format_instant, parse_instant
from passplan.queries.pass_sheet import PassSheet, pass_sheet
from passplan.queries.pass_table import PassFilter, PassTable, pass_table
from passplan.server.api.answering import answer, next_page, table
from passplan.server.api.describing import CSV, JSON, ApiBlueprint, reads
from passplan.server.api.parsing import asked_form, parsed
from passplan.server.api.rows import history_row, link_row, log_row, spans
from passplan.server.api.schemas.passes import (
    PassList,
    PassPath,
    PassQuery,
    PassSheetAnswer,
    Pointing,
    PointingQuery,
    SheetQuery,
)
from passplan.server.http.cache import cached
from passplan.server.http.context import at
from passplan.server.shared.cursors import decode_cursor, encode_cursor

noun = ApiBlueprint("passes")

HOURS = 24.0
SHEET_STEP_S = 30
_ELEMENTS = ("satellite", "epoch", "age_d", "source", "marks")
_POINTING = ("time", "az_deg", "el_deg", "range_km", "range_rate_km_s", "doppler_hz", "az_unwrapped_deg")


@noun.get("/passes", **reads(PassList, CSV, refused=(404,), link=True))
@cached(by_second=True, personal=False)
@parsed(JSON, CSV)
def listed(query: PassQuery) -> Response:
    """Passes ahead, with what is booked in them."""
    moment = at()
    found = pass_table(moment.store, _filter(query, moment.now), actor=moment.actor, now=moment.now)
    cursor = encode_cursor(*found.next) if found.next is not None else None
    link = next_page(cursor, start=format_instant(found.asked.start))
    if asked_form() == CSV:
        return table(csv_columns(ListedPass), map(csv_record, found.rows), "passes", link=link)
    return answer(_list_row(found, cursor), link=link)


@noun.get("/passes/<satellite>/<station>/<near>", **reads(PassSheetAnswer, refused=(404, 409)))
@cached(by_second=True, personal=False)
@parsed()
def sheet(path: PassPath, query: SheetQuery) -> Response:
    """The sheet of the pass that is nearest to a moment."""
    return answer(_sheet_row(_sheet(path, query)))


@noun.get("/passes/<satellite>/<station>/<near>/pointing", **reads(Pointing, CSV, refused=(404, 409)))
@cached(by_second=False, personal=False)
@parsed(JSON, CSV)
def pointing(path: PassPath, query: PointingQuery) -> Response:
    """Where to point, every second or in longer steps, from setup to teardown."""
    found = _sheet(path, query)
    points = _points(found, query.step_s)
    if asked_form() == CSV:
        name = f"pointing-{found.station.id}-{found.row.aos:%Y-%m-%dT%H%M}"
        return table(_POINTING, points, name)
    return answer(
        {
            "satellite": found.satellite.id,
            "station": found.station.id,
            "link": found.link.id if found.link is not None else None,
            "frequency_hz": found.link.frequency_hz if found.link is not None else None,
            "direction": found.doppler_direction,
            "step_s": max(float(query.step_s), found.track.step_s),
            "points": points,
        }
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
    own = [s.id for s in at().network.stations if s.agency in query.agency]
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


def _list_row(found: PassTable, cursor: str | None) -> Row:
    return {
        "schema": "passplan.passes/1",
        "span": span_row(Span(found.asked.start, found.asked.end)),
        "total": found.total,
        "next": cursor,
        "elements": [{name: e[name] for name in _ELEMENTS} for e in found.elements],
        "highest": None if found.highest is None else row_document(found.highest),
        "passes": [row_document(r) for r in found.rows],
    }


def _sheet(path: PassPath, query: SheetQuery) -> PassSheet:
    moment = at()
    return pass_sheet(
        moment.store,
        path.satellite,
        path.station,
        parse_instant(path.near),
        contact=query.contact,
        actor=moment.actor,
        now=moment.now,
    )


def _sheet_row(found: PassSheet) -> Row:
    return {
        "pass": row_document(found.row),
        "antenna": found.antenna.id if found.antenna is not None else None,
        "link": link_row(found.link) if found.link is not None else None,
        "contacts": [s.row for s in found.contacts],
        "contact": found.contact.row if found.contact is not None else None,
        "gaps": spans(found.gaps),
        "cable_gaps": spans(found.cable_gaps),
        "also": list(found.also),
        "uses": [
            {"request": u.request, "agency": u.agency, "outcome": u.outcome, "particulars": list(u.particulars)}
            for u in found.uses
        ],
        "excluded": dict(found.excluded),
        "windows": found.windows,
        "higher": found.higher,
        "history": [history_row(e) for e in found.history],
        "log": [log_row(e) for e in found.log],
        "is_frozen": found.is_frozen,
        "actions": sorted(found.actions),
        "revision": found.revision,
        "pointing": _points(found, SHEET_STEP_S),
    }


def _points(found: PassSheet, step_s: int) -> list[Row]:
    track, link = found.track, found.link
    doppler = track.doppler_hz(link.frequency_hz, found.doppler_direction) if link and link.frequency_hz else None
    return [
        {
            "time": f"{track.time[k]}Z",
            "az_deg": round(float(track.azimuth_deg[k]), 4),
            "el_deg": round(float(track.elevation_deg[k]), 4),
            "range_km": round(float(track.range_km[k]), 3),
            "range_rate_km_s": round(float(track.range_rate_km_s[k]), 6),
            "doppler_hz": None if doppler is None else round(float(doppler[k]), 1),
            "az_unwrapped_deg": round(float(found.azimuth_driven_deg[k]), 4),
        }
        for k in range(0, len(track), max(1, round(step_s / track.step_s)))
    ]
