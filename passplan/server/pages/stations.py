"""Stations: the list, and one with its day, closed times, outages and outcomes; its day prints on one page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from passplan.domain.errors import DeniedError
from passplan.domain.roles import Capability
from passplan.domain.span import Span
from passplan.queries.stations import station_board
from passplan.server.http.cache import cached
from passplan.server.http.context import context
from passplan.server.http.login import signed_in
from passplan.server.pages.passes import sheet_address
from passplan.server.shared.days import day_named
from passplan.service.access.actors import may
from passplan.service.network.revisions import end_outage, record_outage

pages = Blueprint("stations", __name__, url_prefix="/stations")


@pages.get("/")
@cached(by_second=True)
def all() -> str:  # noqa: A001 -- the endpoint's name
    """All stations, by agency."""
    ctx = context()
    return render_template("stations.html", here="stations", network=ctx.network)


@pages.get("/<name>")
@cached(by_second=True)
def one(name: str) -> str:
    """One station, and a day there."""
    ctx = context()
    shown = ctx.display(name)
    chosen = day_named(request.args["day"]) if request.args.get("day") else shown.local(ctx.now).date()
    span = Span(shown.midnight(chosen), shown.midnight(chosen + timedelta(days=1)))
    board = station_board(ctx.store, name, span, actor=ctx.actor, now=ctx.now)
    return render_template(
        "station.html",
        here="stations",
        show=shown,
        board=board,
        station=board.station,
        chosen=chosen,
        before=chosen - timedelta(days=1),
        after=chosen + timedelta(days=1),
        sheet_address=sheet_address,
        owner=board.station.agency,
    )


@pages.post("/<name>/outages")
@signed_in
def add_outage(name: str) -> Any:
    """Record that the station, or one of its antennas, cannot be used."""
    ctx = context()
    shown = ctx.display(name)
    _require_right(name)
    start = shown.parse(request.form["start"], _("from")) if request.form.get("start") else ctx.now
    end = shown.parse(request.form.get("end", ""), _("until"))
    number, cancelled = record_outage(
        ctx.store,
        name,
        Span(start, end),
        antenna=request.form.get("antenna", ""),
        kind=request.form.get("kind", "outage"),
        note=request.form.get("note", "").strip()[:200],
        actor=ctx.me,
        now=ctx.now,
    )
    flash(_("Outage %(n)s is recorded.", n=number))
    if cancelled:
        flash(_("Contacts that are cancelled: %(ids)s.", ids=", ".join(str(c.id) for c in cancelled)))
    return redirect(url_for("stations.one", name=name), 303)


@pages.post("/<name>/outages/<int:number>/end")
@signed_in
def finish_outage(name: str, number: int) -> Any:
    """End an outage now."""
    ctx = context()
    end_outage(ctx.store, number, actor=ctx.me, now=ctx.now)
    flash(_("Outage %(n)s is over.", n=number))
    return redirect(url_for("stations.one", name=name), 303)


def _require_right(name: str) -> None:
    ctx = context()
    owners = frozenset(s.agency for s in ctx.network.stations if s.id == name)
    if not may(ctx.actor, Capability.RECORD_OUTAGE, agencies=owners):
        raise DeniedError(_("only operators of the station's agency and schedulers record outages here"))
