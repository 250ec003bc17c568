"""An agency's requests: the list, one with why not and what instead, a new one, and what is done with them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from passplan.domain.contacts import HOLDING, OPEN, RequestState
from passplan.domain.errors import ConflictError, DeniedError, InputError
from passplan.domain.network import AgencyId, AntennaRef, station_or_antenna
from passplan.domain.requests import ACTIVITIES, ContactRequest, Priority
from passplan.domain.schedule import FreePlace
from passplan.domain.span import Span
from passplan.formats.times import format_instant, parse_instant
from passplan.labels import error_lines
from passplan.queries.requests import request_board, request_sheet, versioned_request
from passplan.server.http.cache import cached
from passplan.server.http.context import context
from passplan.server.http.login import signed_in
from passplan.server.shared.display import Display, within
from passplan.server.shared.words import fact_word, reader
from passplan.service.access.roles import Capability, may
from passplan.service.requests import offers as asking
from passplan.service.requests import submit as requesting
from passplan.service.requests.alternatives import Alternative
from passplan.service.requests.offers import NoPlaceError

pages = Blueprint("requests", __name__, url_prefix="/requests")

_PRIORITIES = ("routine", "high", "critical", "emergency")


@pages.get("/")
@signed_in
@cached(by_second=True)
def board() -> str:
    """The requests that one may see, and the form for a new one."""
    moment = context()
    return _board(_form_of_address(moment.display()))


@pages.get("/<name>")
@signed_in
@cached(by_second=True)
def one(name: str) -> str:
    """One request."""
    moment = context()
    has_price = bool(request.args.get("price"))
    found = request_sheet(moment.store, name, has_price=has_price, actor=moment.me, now=moment.now)
    stored = found.asked.stored
    agencies = frozenset({stored.agency})
    return render_template(
        "request.html",
        here="requests",
        sheet=found,
        asked=found.asked,
        price=found.price.price if found.price is not None else None,
        whose=found.price.displaced if found.price is not None else {},
        may_withdraw=stored.state in OPEN and may(moment.actor, Capability.WITHDRAW_REQUEST, agencies=agencies),
        may_take=stored.state in OPEN and may(moment.actor, Capability.SUBMIT_REQUEST, agencies=agencies),
        may_decide=stored.state is RequestState.SUBMITTED and may(moment.actor, Capability.DECIDE_REQUEST),
        HOLDING=HOLDING,
        address_of=place_address,
    )


@pages.post("/")
@signed_in
def new() -> Any:
    """Check a new request, or send it."""
    moment = context()
    shown = moment.display()
    form = request.form.to_dict() | {"stations": request.form.getlist("stations")}
    try:
        asked = _read(form, shown)
        if "check" in request.form:
            look = asking.check(moment.store, asked, actor=moment.me, now=moment.now)
            return _board(form, look=look, asked=asked), 200
        answer = asking.ask(
            moment.store, asked, wait="wait" in request.form, key=_key(form), actor=moment.me, now=moment.now
        )
    except NoPlaceError as error:
        return _board(form, look=error.look, asked=asked, refused=True), 409
    except (InputError, DeniedError, ConflictError) as error:
        problems = error_lines(error, reader())
        status = 422 if isinstance(error, InputError) else 403 if isinstance(error, DeniedError) else 409
        return _board(form, problems=problems), status
    if answer.state is RequestState.ACCEPTED:
        flash(_("%(request)s is accepted. The schedule finds a slot for it by itself.", request=answer.id))
    else:
        flash(f"{answer.id}: {fact_word(answer.reason)}")
    return redirect(url_for("requests.one", name=answer.id), 303)


@pages.post("/<name>/take")
@signed_in
def take(name: str) -> Any:
    """Take one of the free places instead."""
    moment = context()
    versioned_request(moment.store, name, actor=moment.me, now=moment.now)
    try:
        answer = asking.take(moment.store, name, _place_of_form(), actor=moment.me, now=moment.now)
    except NoPlaceError:
        flash(_("That place is not free any more. These are, now."))
        return redirect(url_for("requests.one", name=name), 303)
    flash(_("%(request)s asks for this place, and is planned within seconds.", request=answer.id))
    return redirect(url_for("requests.one", name=answer.id), 303)


@pages.post("/<name>/withdraw")
@signed_in
def withdraw(name: str) -> Any:
    """Take a request back."""
    moment = context()
    versioned_request(moment.store, name, actor=moment.me, now=moment.now)
    stay = requesting.withdraw(
        moment.store, name, reason=request.form.get("reason", "").strip()[:200], actor=moment.me, now=moment.now
    )
    flash(_("%(request)s is withdrawn.", request=name))
    if stay:
        flash(_("Contacts that begin too soon stay: %(ids)s.", ids=", ".join(str(c.id) for c in stay)))
    return redirect(url_for("requests.one", name=name), 303)


@pages.post("/<name>/decide")
@signed_in
def decide(name: str) -> Any:
    """Accept or reject a request that a person is asked for."""
    moment = context()
    versioned_request(moment.store, name, actor=moment.me, now=moment.now)
    accept = "accept" in request.form
    still = requesting.decide(
        moment.store,
        name,
        accept=accept,
        reason=request.form.get("reason", "").strip()[:200],
        actor=moment.me,
        now=moment.now,
    )
    flash(
        _("Noted. %(owners)s is still asked.", owners=", ".join(still))
        if still
        else _("%(request)s is accepted.", request=name)
        if accept
        else _("%(request)s is rejected.", request=name)
    )
    return redirect(url_for("today.today"), 303)


def place_address(found: Alternative) -> dict[str, str]:
    """The fields that name a place in a form."""
    return {
        "antennas": " ".join(map(str, found.place.antennas)),
        "start": format_instant(found.place.contact.start),
        "end": format_instant(found.place.contact.end),
    }


def _place_of_form() -> FreePlace:
    start, end = (parse_instant(request.form.get(name, "")) for name in ("start", "end"))
    span = Span(start, end)
    antennas = tuple(AntennaRef.parse(text) for text in request.form.get("antennas", "").split())
    return FreePlace(contact=span, occupies=span, antennas=antennas, peak_elevation_deg=0.0)


def _board(form: dict[str, Any], **more: Any) -> str:
    moment = context()
    me = moment.me
    agency = me.agency or request.args.get("agency", "")
    asking_for = _agency_of(form)
    network = moment.network
    found = request_board(moment.store, agency=agency, asks_for=asking_for, actor=me, now=moment.now)
    usable = {s.id for s in network.stations if network.may_use(asking_for, s.id)}
    return render_template(
        "requests.html",
        here="requests",
        board=found,
        agency=agency,
        form=form,
        satellites=network.satellites,
        usable=[s for s in network.stations if s.id in usable],
        left={name: w for w in found.agreements for name in w.agreement.stations},
        priorities=_PRIORITIES if me.has(Capability.SUBMIT_ABOVE_HIGH) else _PRIORITIES[:2],
        activities=sorted(ACTIVITIES),
        may_submit=may(moment.actor, Capability.SUBMIT_REQUEST),
        asking_for=asking_for,
        address_of=place_address,
        **more,
    )


def _agency_of(form: dict[str, Any]) -> AgencyId:
    moment = context()
    return moment.me.agency or form.get("agency") or next((a.id for a in moment.network.agencies), "")


def _form_of_address(shown: Display) -> dict[str, Any]:
    """A form with what the address names: of a pass, it asks for that pass."""
    moment = context()
    given = request.args
    start = _instant(given.get("start")) or moment.now + timedelta(hours=1)
    end = _instant(given.get("end")) or start + timedelta(hours=12)
    length = int((end - start).total_seconds())
    least = max(60, min(180, length - 20)) if given.get("station") else 180
    return {
        "satellite": given.get("satellite", ""),
        "link": given.get("link", ""),
        "stations": [given["station"]] if given.get("station") else [],
        "start": shown.field(start),
        "end": shown.field(end + timedelta(minutes=1)),
        "min_s": str(least),
        "wanted_s": str(max(least, min(300, length - 20)) if given.get("station") else 300),
        "priority": "routine",
        "activity": "command",
        "note": "",
    }


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return within(parse_instant(text))
    except InputError:
        return None


def _read(form: dict[str, Any], shown: Display) -> ContactRequest:
    """The request of a form.

    Raises:
        InputError: for what is no request.
    """
    moment = context()
    agency = _agency_of(form)

    def number(name: str, what: str) -> float:
        try:
            return float(form.get(name) or "")
        except ValueError:
            raise InputError(
                _("%(what)s is “%(text)s”; it is a number", what=what, text=str(form.get(name))[:20])
            ) from None

    satellite, _slash, link = str(form.get("link", "")).partition("/")
    span = Span(shown.parse(form.get("start", ""), _("not before")), shown.parse(form.get("end", ""), _("not after")))
    least = form.get("min_elevation_deg")
    name = (form.get("id") or "").strip() or _name(agency, form, moment.now)
    return ContactRequest(
        id=name,
        agency=agency,
        satellite=satellite,
        link=link,
        span=span,
        min_s=number("min_s", _("at least")),
        wanted_s=number("wanted_s", _("ideally")),
        priority=Priority(form["priority"]) if form.get("priority") in set(Priority) else Priority.ROUTINE,
        stations=tuple(map(station_or_antenna, form.get("stations") or ())),
        min_elevation_deg=number("min_elevation_deg", _("least elevation")) if least else None,
        activity=str(form.get("activity", "command")),
        note=str(form.get("note", "")).strip()[:200],
    )


def _name(agency: str, form: dict[str, Any], now: datetime) -> str:
    """An id of its own: agency, day, and a few letters of what is asked. Sent twice, it is the same request."""
    return f"{agency}-{now.astimezone(UTC):%m%d}-{_key(form)[:6].upper()}"


def _key(form: dict[str, Any]) -> str:
    """The same for the same form, filled in at the same page: a double click asks once."""
    whole = sorted((k, str(v)) for k, v in form.items() if k not in ("form_token", "check", "wait", "send"))
    return hashlib.sha256(repr(whole).encode()).hexdigest()
