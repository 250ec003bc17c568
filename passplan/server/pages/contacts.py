"""One contact: the way to its sheet, and actions on it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _

from passplan.domain.contacts import ContactState
from passplan.domain.errors import InputError
from passplan.formats.times import format_instant
from passplan.queries.contacts import contact_place
from passplan.server.http.context import context
from passplan.server.http.login import local_path, signed_in
from passplan.service.contacts import lifecycle as contacts

pages = Blueprint("contacts", __name__, url_prefix="/contacts")


@pages.get("/<int:number>")
def one(number: int) -> Any:
    """Go to the sheet of the pass in which a contact lies."""
    ctx = context()
    contact = contact_place(ctx.store, number, actor=ctx.actor, now=ctx.now)
    a = contact.contact.assignment
    stations = list(dict.fromkeys(ref.station for ref in a.antennas))
    station = request.args.get("station", "")
    middle = a.contact.start + (a.contact.end - a.contact.start) / 2
    near = f"{format_instant(middle)[:19]}Z"
    where = station if station in stations else stations[0]
    return redirect(url_for("passes.sheet", satellite=a.satellite, station=where, near=near, contact=number), 302)


@pages.post("/<int:number>/acknowledge")
@signed_in
def acknowledge(number: int) -> Any:
    """Note that the contact was seen."""
    ctx = context()
    _see(number)
    contacts.acknowledge(ctx.store, number, actor=ctx.me, now=ctx.now)
    flash(_("Contact %(n)s is acknowledged.", n=number))
    return _back(number)


@pages.post("/<int:number>/cancel")
@signed_in
def cancel(number: int) -> Any:
    """Cancel the contact."""
    ctx = context()
    _see(number)
    contacts.cancel(ctx.store, number, reason=request.form.get("reason", "").strip(), actor=ctx.me, now=ctx.now)
    flash(_("Contact %(n)s is cancelled. Its request is open again, where its time is.", n=number))
    return _back(number)


@pages.post("/<int:number>/report")
@signed_in
def report(number: int) -> Any:
    """Report the outcome of the contact."""
    ctx = context()
    _see(number)
    outcome = request.form.get("outcome", "")
    if outcome not in {s.value for s in ContactState}:
        raise InputError(_("“%(told)s” is no outcome", told=outcome[:40]))
    contacts.report_outcome(
        ctx.store,
        number,
        ContactState(outcome),
        note=request.form.get("note", "").strip()[: contacts.MOST_LOG],
        actor=ctx.me,
        now=ctx.now,
    )
    flash(_("Your report on contact %(n)s is kept.", n=number))
    return _back(number)


@pages.post("/<int:number>/log")
@signed_in
def write_log(number: int) -> Any:
    """Add a line to the contact's log."""
    ctx = context()
    _see(number)
    contacts.write_log(ctx.store, number, request.form.get("text", ""), actor=ctx.me, now=ctx.now)
    return _back(number)


def _see(number: int) -> None:
    """Refuse a contact that is not disclosed, with the error for one that does not exist."""
    ctx = context()
    contact_place(ctx.store, number, actor=ctx.actor, now=ctx.now)


def _back(number: int) -> Any:
    return redirect(local_path(request.form.get("next", ""), url_for("contacts.one", number=number)), 303)
