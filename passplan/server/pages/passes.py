"""The pass table, as a page, as CSV and as JSON; and the sheet of one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, render_template, request
from flask_babel import gettext as _

from passplan.domain.contacts import HOLDING, OUTCOMES
from passplan.domain.errors import InputError, NotFoundError
from passplan.domain.roles import Capability
from passplan.domain.rows.passes import ForecastPass, ListedPass, PointingRow
from passplan.domain.span import Span
from passplan.formats.rows import csv_table, row_document
from passplan.formats.times import format_instant, parse_instant
from passplan.queries.pass_sheet import PassSheet, pass_sheet
from passplan.queries.pass_table import SHOWS, PassFilter, PassTable, TablePlace, pass_table
from passplan.server.http.addresses import url_for
from passplan.server.http.cache import cached
from passplan.server.http.context import context
from passplan.server.pages.pass_rows import more_columns, rows_of
from passplan.server.plots.curves import curves
from passplan.server.plots.sky import sky_plot
from passplan.server.shared.csv_files import csv_response
from passplan.server.shared.cursors import decode_cursor, encode_cursor
from passplan.server.shared.display import Display, iso
from passplan.server.shared.pass_list import pass_list
from passplan.server.shared.pointing import pointing_rows
from passplan.server.shared.words import fact_word
from passplan.service.access.actors import may

pages = Blueprint("passes", __name__)

HOURS = 12
_SHEET_STEPS = 30
_TRIMMED_S = 1.0  # a contact that is shorter than its pass by less is not called trimmed
_PLAIN_COLUMNS = 14  # the columns of the table without optional ones
_FIRST_IN_CSV = ("satellite", "catalog_number", "station", "agency")
MORE_COLUMNS = ("tca", "orbit", "timing", "what")


@dataclass(frozen=True, slots=True, kw_only=True)
class PointingStep:
    """A line of the pointing table of a page."""

    time: datetime
    azimuth_deg: float
    driven_deg: float  # unwrapped, between the antenna's cable stops
    elevation_deg: float
    range_km: float
    range_rate_km_s: float
    doppler_khz: float  # of 100 MHz, where the link has no frequency
    is_booked: bool
    is_in_keyhole: bool
    is_unwinding: bool


@pages.get("/passes")
@cached(by_second=True)
def table() -> str:
    """The pass table."""
    ctx = context()
    shown = ctx.display(request.args.get("station", ""))
    pass_filter = pass_filter_of_address(shown)
    page = pass_table(ctx.store, pass_filter, actor=ctx.actor, now=ctx.now)
    rows = page.rows
    columns = [c for c in request.args.getlist("column") if c in MORE_COLUMNS]
    names = {s.id: s.name or s.id for s in ctx.network.stations}
    more = more_columns()
    may_ask = may(ctx.actor, Capability.SUBMIT_REQUEST)
    on = sum(r.aos <= ctx.now < r.los for r in rows)
    groups = [(day, list(day_rows)) for day, day_rows in groupby(rows, key=_day_of(shown))]
    return render_template(
        "passes.html",
        here="passes",
        show=shown,
        table=page,
        groups=groups,
        on=on,
        chosen=request.args,
        hours=(pass_filter.end - pass_filter.start) / timedelta(hours=1),
        columns=columns,
        more_columns=more,
        column_count=_PLAIN_COLUMNS + len(columns) + len(more),
        lower_min_el_deg=int(page.highest.peak_elevation_deg - 0.5) if page.highest is not None else None,
        rows_of=lambda day_rows: rows_of(
            day_rows, shown=shown, now=ctx.now, columns=columns, names=names, may_ask=may_ask
        ),
        stations=ctx.network.stations,
        satellites=ctx.network.satellites,
        station=next((s for s in ctx.network.stations if s.id == request.args.get("station")), None),
        next_page=_next_page(page),
        later=page.later,
        links={form: _again(f"passes.{form}") for form in ("as_csv", "as_json")},
    )


@pages.get("/passes.csv")
def as_csv() -> Response:
    """The same passes as CSV."""
    ctx = context()
    page = pass_table(ctx.store, pass_filter_of_address(ctx.display()), actor=ctx.actor, now=ctx.now)
    return csv_response(csv_table(ListedPass, page.rows, fact_word, _FIRST_IN_CSV), "passes.csv")


@pages.get("/passes.json")
def as_json() -> Response:
    """The same passes as JSON."""
    ctx = context()
    page = pass_table(ctx.store, pass_filter_of_address(ctx.display()), actor=ctx.actor, now=ctx.now)
    return jsonify(row_document(pass_list(page)))


@pages.get("/passes/<satellite>/<station>/<near>")
@cached(by_second=True)
def sheet(satellite: str, station: str, near: str) -> str:
    """The sheet of one pass."""
    ctx = context()
    shown = ctx.display(station)
    sheet = pass_sheet(
        ctx.store,
        satellite,
        station,
        parse_instant(near),
        contact=request.args.get("contact", None, int),
        actor=ctx.actor,
        now=ctx.now,
    )
    return render_template("pass.html", here="passes", **sheet_parts(sheet, shown, ctx.now))


@pages.get("/passes/<satellite>/<station>/<near>/pointing.csv")
def pointing(satellite: str, station: str, near: str) -> Response:
    """The pointing of one pass, every second, from setup to teardown."""
    ctx = context()
    sheet = pass_sheet(
        ctx.store,
        satellite,
        station,
        parse_instant(near),
        contact=request.args.get("contact", None, int),
        actor=ctx.actor,
        now=ctx.now,
    )
    name = f"pointing-{sheet.row.station}-{sheet.row.aos:%Y-%m-%dT%H%M}.csv"
    return csv_response(csv_table(PointingRow, pointing_rows(sheet, 1.0)), name)


def pass_filter_of_address(shown: Display) -> PassFilter:
    """The filter that an address names.

    Raises:
        InputError: for a filter that is not valid.
    """
    ctx, arguments = context(), request.args
    try:
        hours = float(arguments.get("hours") or HOURS)
        least = float(arguments.get("min_el") or 0.0)
    except ValueError:
        raise InputError(_("hours and least elevation are numbers")) from None
    if not 0.0 < hours <= 744.0:
        raise InputError(_("hours is %(hours)s; it is more than 0 and at most 744", hours=f"{hours:g}"))
    start = shown.parse(arguments["start"], _("the start")) if arguments.get("start") else ctx.now
    show = arguments.get("show", "all")
    return PassFilter(
        start=start,
        end=start + timedelta(hours=hours),
        satellites=tuple(s for s in arguments.getlist("satellite") if s),
        stations=_stations(arguments.getlist("station")),
        min_peak_elevation_deg=least,
        show=show if show in SHOWS else "all",
        after=cursor_of(arguments["after"]) if arguments.get("after") else None,
    )


def _day_of(shown: Display) -> Callable[[ListedPass], date]:
    """The key that groups rows: their day in the zone."""
    if shown.zone is UTC:
        return lambda row: row.aos.date()
    return lambda row: shown.local(row.aos).date()


def _stations(names: list[str]) -> tuple[str, ...]:
    """The ids of stations; `agency:ID` stands for all of an agency.

    Raises:
        NotFoundError: for an agency without stations.
    """
    ids: list[str] = []
    for name in names:
        if name.startswith("agency:"):
            station_ids = [s.id for s in context().network.stations if s.agency == name.removeprefix("agency:")]
            if not station_ids:
                raise NotFoundError(_("no station is of %(agency)s", agency=name.removeprefix("agency:")))
            ids += station_ids
        elif name:
            ids.append(name)
    return tuple(dict.fromkeys(ids))


def cursor(place: TablePlace) -> str:
    """Where the next page of the table begins."""
    return encode_cursor(*place)


def cursor_of(text: str) -> TablePlace:
    """The inverse of `cursor`.

    Raises:
        InputError: for a text that is no cursor.
    """
    aos_us, satellite, station = decode_cursor(text, int, str, str)
    return aos_us, satellite, station


def sheet_address(row: ForecastPass, contact: int | None = None) -> str:
    """The address of a pass's sheet."""
    return url_for("passes.sheet", satellite=row.satellite, station=row.station, near=iso(row.aos), contact=contact)


def sheet_parts(sheet: PassSheet, shown: Display, now: datetime) -> dict[str, Any]:
    """The template context of the page of a pass."""
    row, track = sheet.row, sheet.track
    visible, tca = row.span, row.tca
    seen = sheet.contact.contact if sheet.contact is not None else None
    # A cancelled contact no longer books antennas.
    contact = seen.assignment if seen is not None and seen.state in (*HOLDING, *OUTCOMES) else None
    booked = contact.contact if contact is not None else None
    frequency = sheet.link.frequency_hz if sheet.link is not None else None
    countdown_to = booked.start if booked is not None and booked.start > now else visible.start
    return {
        "sheet": sheet,
        "row": row,
        "show": shown,
        "visible": visible,
        "tca": tca,
        "booked": booked,
        "occupied": contact.occupies if contact is not None else None,
        "sky": sky_plot(track, sheet.station, sheet.antenna, visible, tca, booked),
        "curves": curves(
            track,
            sheet.station,
            {"AOS": visible.start, "TCA": tca, "LOS": visible.end},
            frequency_hz=frequency or 1e8,
            direction=sheet.doppler_direction,
            booked=booked,
            occupied=contact.occupies if contact is not None else None,
            hm=lambda m: f"{shown.local(m):%H:%M}",
        ),
        "has_frequency": frequency is not None,
        "pointing": [step for step in _pointing_steps(sheet, booked) if visible.start <= step.time < visible.end],
        "ranges": [float(track.range_km[_index(sheet, m)]) for m in (visible.start, tca, visible.end)],
        "countdown_to": countdown_to,
        "countdown_s": (countdown_to - now).total_seconds(),
        "is_trimmed": booked is not None and booked.duration_s < row.duration_s - _TRIMMED_S,
        "is_on": visible.start <= now < visible.end,
        "is_over": visible.end <= now,
        "actions": dict.fromkeys(sheet.actions, True),
        "pointing_address": url_for(
            "passes.pointing",
            satellite=row.satellite,
            station=row.station,
            near=iso(row.tca),
            contact=sheet.contact.contact.id if sheet.contact is not None else None,
        ),
    }


def _pointing_steps(sheet: PassSheet, booked: Span | None) -> Iterator[PointingStep]:
    frequency_hz = sheet.link.frequency_hz if sheet.link is not None else None
    doppler_hz = sheet.track.doppler_hz(frequency_hz or 1e8, sheet.doppler_direction)
    step = max(1, round(_SHEET_STEPS / sheet.track.step_s))
    for row, shift_hz in zip(pointing_rows(sheet, _SHEET_STEPS), doppler_hz[::step], strict=True):
        yield PointingStep(
            time=row.time,
            azimuth_deg=row.az_deg,
            driven_deg=row.az_unwrapped_deg,
            elevation_deg=row.el_deg,
            range_km=row.range_km,
            range_rate_km_s=row.range_rate_km_s,
            doppler_khz=float(shift_hz) / 1e3,
            is_booked=booked is not None and booked.start <= row.time < booked.end,
            is_in_keyhole=any(gap.start <= row.time < gap.end for gap in sheet.gaps),
            is_unwinding=any(gap.start <= row.time < gap.end for gap in sheet.cable_gaps),
        )


def _index(sheet: PassSheet, instant: datetime) -> int:
    track = sheet.track
    return min(len(track) - 1, max(0, round((instant - track.span.start).total_seconds() / track.step_s)))


def _next_page(page: PassTable) -> str | None:
    if page.next is None:
        return None
    return _again("passes.table", start=format_instant(page.filter.start), after=cursor(page.next))


def _again(endpoint: str, **changed: str) -> str:
    """The address of another view with the same filter, except for the changed fields."""
    arguments: dict[str, Any] = request.args.to_dict(flat=False)  # clients choose the names: not for url_for
    return f"{url_for(endpoint)}?{urlencode({**arguments, **changed}, doseq=True)}"
