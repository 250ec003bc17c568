"""The pass table, as a page, as CSV and as JSON; and the sheet of one pass."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, render_template, request
from flask_babel import gettext as _

from passplan.domain.contacts import HOLDING, OUTCOMES
from passplan.domain.errors import InputError, NotFoundError
from passplan.domain.rows.passes import ForecastPass, ListedPass
from passplan.domain.span import Span
from passplan.formats.rows import csv_columns, csv_record, row_document, span_row
from passplan.formats.times import format_instant, parse_instant
from passplan.queries.pass_sheet import PassSheet, pass_sheet
from passplan.queries.pass_table import SHOWS, PassFilter, PassTable, pass_table
from passplan.queries.records import Place
from passplan.server.http.addresses import url_for
from passplan.server.http.cache import cached
from passplan.server.http.context import at
from passplan.server.pages.pass_rows import more_columns, rows_of
from passplan.server.plots.curves import curves
from passplan.server.plots.sky import sky_plot
from passplan.server.shared.csv_files import attachment, safe_cell
from passplan.server.shared.cursors import decode_cursor, encode_cursor
from passplan.server.shared.display import Display, instant_of, iso
from passplan.service.access.roles import Capability, may

pages = Blueprint("passes", __name__)

HOURS = 12
_SHEET_STEPS = 30
_FIRST_IN_CSV = ("satellite", "catalog_number", "station", "agency")
MORE_COLUMNS = ("tca", "orbit", "timing", "what")


@pages.get("/passes")
@cached(by_second=True)
def table() -> str:
    """The pass table."""
    moment = at()
    shown = moment.display(request.args.get("station", ""))
    asked = asked_for(shown)
    found = pass_table(moment.store, asked, actor=moment.actor, now=moment.now)
    rows = found.rows
    columns = [c for c in request.args.getlist("column") if c in MORE_COLUMNS]
    names = {s.id: s.name or s.id for s in moment.network.stations}
    may_ask = may(moment.actor, Capability.SUBMIT_REQUEST)
    on = sum(r.aos <= moment.now < r.los for r in rows)
    groups = [(day, list(own)) for day, own in groupby(rows, key=_day_of(shown))]
    return render_template(
        "passes.html",
        here="passes",
        show=shown,
        table=found,
        groups=groups,
        on=on,
        chosen=request.args,
        hours=(asked.end - asked.start) / timedelta(hours=1),
        columns=columns,
        more_columns=more_columns(),
        rows_of=lambda own: rows_of(own, shown=shown, now=moment.now, columns=columns, names=names, may_ask=may_ask),
        stations=moment.network.stations,
        satellites=moment.network.satellites,
        station=next((s for s in moment.network.stations if s.id == request.args.get("station")), None),
        next_page=_next_page(found),
        later=found.later,
        links={form: _again(f"passes.{form}") for form in ("as_csv", "as_json")},
    )


@pages.get("/passes.csv")
def as_csv() -> Response:
    """The same passes as CSV."""
    moment = at()
    found = pass_table(moment.store, asked_for(moment.display()), actor=moment.actor, now=moment.now)
    out = io.StringIO()
    writer = csv.writer(out)
    columns = csv_columns(ListedPass, _FIRST_IN_CSV)
    writer.writerow(columns)
    for row in found.rows:
        record = csv_record(row)
        writer.writerow([safe_cell(record[name]) for name in columns])
    response = Response(out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="passes.csv"'
    return response


@pages.get("/passes.json")
def as_json() -> Response:
    """The same passes as JSON."""
    moment = at()
    found = pass_table(moment.store, asked_for(moment.display()), actor=moment.actor, now=moment.now)
    return jsonify(document(found))


@pages.get("/passes/<satellite>/<station>/<near>")
@cached(by_second=True)
def sheet(satellite: str, station: str, near: str) -> str:
    """The sheet of one pass."""
    moment = at()
    shown = moment.display(station)
    found = pass_sheet(
        moment.store,
        satellite,
        station,
        parse_instant(near),
        contact=request.args.get("contact", None, int),
        actor=moment.actor,
        now=moment.now,
    )
    return render_template("pass.html", here="passes", **sheet_parts(found, shown, moment.now))


@pages.get("/passes/<satellite>/<station>/<near>/pointing.csv")
def pointing(satellite: str, station: str, near: str) -> Response:
    """The pointing of one pass, every second, from setup to teardown."""
    moment = at()
    found = pass_sheet(
        moment.store,
        satellite,
        station,
        parse_instant(near),
        contact=request.args.get("contact", None, int),
        actor=moment.actor,
        now=moment.now,
    )
    response = Response(pointing_csv(found), content_type="text/csv; charset=utf-8")
    name = f"pointing-{found.row.station}-{found.row.aos:%Y-%m-%dT%H%M}.csv"
    response.headers["Content-Disposition"] = attachment(name)
    return response


def asked_for(shown: Display) -> PassFilter:
    """The filter that an address names.

    Raises:
        InputError: for what is no filter.
    """
    moment, given = at(), request.args
    try:
        hours = float(given.get("hours") or HOURS)
        least = float(given.get("min_el") or 0.0)
    except ValueError:
        raise InputError(_("hours and least elevation are numbers")) from None
    if not 0.0 < hours <= 744.0:
        raise InputError(_("hours is %(hours)s; it is more than 0 and at most 744", hours=f"{hours:g}"))
    start = shown.parse(given["start"], _("the start")) if given.get("start") else moment.now
    show = given.get("show", "all")
    return PassFilter(
        start=start,
        end=start + timedelta(hours=hours),
        satellites=tuple(s for s in given.getlist("satellite") if s),
        stations=_stations(given.getlist("station")),
        min_peak_elevation_deg=least,
        show=show if show in SHOWS else "all",
        after=cursor_of(given["after"]) if given.get("after") else None,
    )


def _day_of(shown: Display) -> Callable[[ListedPass], date]:
    """By what rows are grouped: their day in the zone."""
    if shown.zone is UTC:
        return lambda row: row.aos.date()
    return lambda row: shown.local(row.aos).date()


def _stations(names: list[str]) -> tuple[str, ...]:
    """Stations by their ids; an agency's, by `agency:ID`.

    Raises:
        NotFoundError: for an agency without stations.
    """
    found: list[str] = []
    for name in names:
        if name.startswith("agency:"):
            own = [s.id for s in at().network.stations if s.agency == name.removeprefix("agency:")]
            if not own:
                raise NotFoundError(_("no station is of %(agency)s", agency=name.removeprefix("agency:")))
            found += own
        elif name:
            found.append(name)
    return tuple(dict.fromkeys(found))


def document(found: PassTable) -> dict[str, Any]:
    """A pass table as JSON has it."""
    return {
        "schema": "passplan.passes/1",
        "span": span_row(Span(found.asked.start, found.asked.end)),
        "total": found.total,
        "next": cursor(found.next) if found.next is not None else None,
        "elements": [{k: e[k] for k in ("satellite", "epoch", "age_d", "source", "marks")} for e in found.elements],
        "passes": [row_document(r) for r in found.rows],
    }


def cursor(place: Place) -> str:
    """Where the next page of the table begins."""
    return encode_cursor(*place)


def cursor_of(text: str) -> Place:
    """The inverse of `cursor`.

    Raises:
        InputError: for what is none.
    """
    aos_us, satellite, station = decode_cursor(text, int, str, str)
    return aos_us, satellite, station


def sheet_address(row: ForecastPass, contact: int | None = None) -> str:
    """The address of a pass's sheet."""
    return url_for("passes.sheet", satellite=row.satellite, station=row.station, near=iso(row.aos), contact=contact)


def pointing_csv(found: PassSheet) -> str:
    """A pointing table."""
    track = found.track
    link = found.link
    frequency = link.frequency_hz if link is not None else None
    doppler = track.doppler_hz(frequency, found.doppler_direction) if frequency is not None else None
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("time", "az_deg", "el_deg", "range_km", "range_rate_km_s", "doppler_hz", "az_unwrapped_deg"))
    for k in range(len(track)):
        writer.writerow(
            (
                f"{track.time[k]}Z",
                f"{track.azimuth_deg[k]:.4f}",
                f"{track.elevation_deg[k]:.4f}",
                f"{track.range_km[k]:.3f}",
                f"{track.range_rate_km_s[k]:.6f}",
                "" if doppler is None else f"{doppler[k]:.1f}",
                f"{found.azimuth_driven_deg[k]:.4f}",
            )
        )
    return out.getvalue()


def sheet_parts(found: PassSheet, shown: Display, now: datetime) -> dict[str, Any]:
    """What the page of a pass is made of."""
    row, track = found.row, found.track
    visible, tca = row.span, row.tca
    seen = found.contact.contact if found.contact is not None else None
    # What was cancelled books nothing any more.
    contact = seen.assignment if seen is not None and seen.state in (*HOLDING, *OUTCOMES) else None
    booked = contact.contact if contact is not None else None
    frequency = found.link.frequency_hz if found.link is not None else None
    steps = range(0, len(track), max(1, round(_SHEET_STEPS / track.step_s)))
    doppler = track.doppler_hz(frequency or 1e8, found.doppler_direction)
    return {
        "sheet": found,
        "row": row,
        "show": shown,
        "visible": visible,
        "tca": tca,
        "booked": booked,
        "occupied": contact.occupies if contact is not None else None,
        "sky": sky_plot(track, found.station, found.antenna, visible, tca, booked),
        "curves": curves(
            track,
            found.station,
            {"AOS": visible.start, "TCA": tca, "LOS": visible.end},
            frequency_hz=frequency or 1e8,
            direction=found.doppler_direction,
            booked=booked,
            occupied=contact.occupies if contact is not None else None,
            hm=lambda m: f"{shown.local(m):%H:%M}",
        ),
        "has_frequency": frequency is not None,
        "pointing": [
            {
                "time": (moment := instant_of(f"{track.time[k]}Z")),
                "azimuth": f"{track.azimuth_deg[k]:.1f}",
                "driven": f"{found.azimuth_driven_deg[k]:.1f}",
                "elevation": float(track.elevation_deg[k]),
                "range": float(track.range_km[k]),
                "rate": float(track.range_rate_km_s[k]),
                "doppler": float(doppler[k]) / 1e3,
                "in_book": booked is not None and booked.start <= moment < booked.end,
                "gap": any(g.start <= moment < g.end for g in found.gaps),
                "unwinds": any(g.start <= moment < g.end for g in found.cable_gaps),
            }
            for k in steps
            if visible.start <= instant_of(f"{track.time[k]}Z") < visible.end
        ],
        "ranges": [float(track.range_km[_index(found, m)]) for m in (visible.start, tca, visible.end)],
        "countdown_to": booked.start if booked is not None and booked.start > now else visible.start,
        "is_on": visible.start <= now < visible.end,
        "is_over": visible.end <= now,
        "actions": dict.fromkeys(found.actions, True),
        "pointing_address": url_for(
            "passes.pointing",
            satellite=row.satellite,
            station=row.station,
            near=iso(row.tca),
            contact=found.contact.contact.id if found.contact is not None else None,
        ),
    }


def _index(found: PassSheet, moment: datetime) -> int:
    track = found.track
    return min(len(track) - 1, max(0, round((moment - track.span.start).total_seconds() / track.step_s)))


def _next_page(found: PassTable) -> str | None:
    if found.next is None:
        return None
    return _again("passes.table", start=format_instant(found.asked.start), after=cursor(found.next))


def _again(endpoint: str, **changed: str) -> str:
    """The address of another view with the same filter, but for what is changed."""
    given: dict[str, Any] = request.args.to_dict(flat=False)  # names of anybody's choice: none for url_for
    return f"{url_for(endpoint)}?{urlencode({**given, **changed}, doseq=True)}"
