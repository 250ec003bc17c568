"""An agency's requests: the list, one with reasons and alternatives, a new one, and actions on them."""

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
from passplan.domain.roles import Capability
from passplan.domain.schedule import FreePlace
from passplan.domain.span import Span
from passplan.formats.times import format_instant, parse_instant
from passplan.labels import error_lines
from passplan.queries.listings import request_state
from passplan.queries.requests import BoardPlace, request_board, request_sheet, versioned_request
from passplan.server.http.cache import cached
from passplan.server.http.context import context
from passplan.server.http.login import signed_in
from passplan.server.http.turns import costly
from passplan.server.shared.display import Display, within
from passplan.server.shared.words import fact_word, reader
from passplan.service.access.actors import may
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
    """The requests that the account may see, and the form for a new one."""
    ctx = context()
    return _board(_form_of_address(ctx.display()))


@pages.get("/<name>")
@signed_in
@cached(by_second=True)
@costly
def one(name: str) -> str:
    """One request."""
    ctx = context()
    has_price = bool(request.args.get("price"))
    sheet = request_sheet(ctx.store, name, has_price=has_price, actor=ctx.me, now=ctx.now)
    stored = sheet.outcome.stored
    agencies = frozenset({stored.agency})
    return render_template(
        "request.html",
        here="requests",
        sheet=sheet,
        outcome=sheet.outcome,
        price=sheet.price.price if sheet.price is not None else None,
        whose=sheet.price.displaced if sheet.price is not None else {},
        may_withdraw=stored.state in OPEN and may(ctx.actor, Capability.WITHDRAW_REQUEST, agencies=agencies),
        may_take=stored.state in OPEN and may(ctx.actor, Capability.SUBMIT_REQUEST, agencies=agencies),
        may_decide=(stored.state is RequestState.SUBMITTED or (stored.state in OPEN and sheet.asked))
        and may(ctx.actor, Capability.DECIDE_REQUEST),
        HOLDING=HOLDING,
        address_of=place_address,
    )


@pages.post("/")
@signed_in
@costly
def new() -> Any:
    """Check a new request, or send it."""
    ctx = context()
    shown = ctx.display()
    form = request.form.to_dict() | {"stations": request.form.getlist("stations")}
    try:
        draft = _read(form, shown)
        if "check" in request.form:
            availability = asking.check(ctx.store, draft, actor=ctx.me, now=ctx.now)
            return _board(form, availability=availability, draft=draft), 200
        asking.require_own_id(draft, ctx.me)
        answer = asking.ask(ctx.store, draft, wait="wait" in request.form, key=_key(form), actor=ctx.me, now=ctx.now)
    except NoPlaceError as error:
        return _board(form, availability=error.look, draft=draft, refused=True), 409
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
@costly
def take(name: str) -> Any:
    """Take one of the free places instead."""
    ctx = context()
    versioned_request(ctx.store, name, actor=ctx.me, now=ctx.now)
    try:
        answer = asking.take(ctx.store, name, _place_of_form(), actor=ctx.me, now=ctx.now)
    except NoPlaceError:
        flash(_("That place is not free any more. These are, now."))
        return redirect(url_for("requests.one", name=name), 303)
    flash(_("%(request)s asks for this place, and is planned within seconds.", request=answer.id))
    return redirect(url_for("requests.one", name=answer.id), 303)


@pages.post("/<name>/withdraw")
@signed_in
def withdraw(name: str) -> Any:
    """Withdraw a request."""
    ctx = context()
    versioned_request(ctx.store, name, actor=ctx.me, now=ctx.now)
    stay = requesting.withdraw(
        ctx.store, name, reason=request.form.get("reason", "").strip()[:200], actor=ctx.me, now=ctx.now
    )
    flash(_("%(request)s is withdrawn.", request=name))
    if stay:
        flash(_("Contacts that begin too soon stay: %(ids)s.", ids=", ".join(str(c.id) for c in stay)))
    return redirect(url_for("requests.one", name=name), 303)


@pages.post("/<name>/decide")
@signed_in
def decide(name: str) -> Any:
    """Accept or reject a request that a person has to decide on."""
    ctx = context()
    versioned_request(ctx.store, name, actor=ctx.me, now=ctx.now)
    accept = "accept" in request.form
    still = requesting.decide(
        ctx.store,
        name,
        accept=accept,
        reason=request.form.get("reason", "").strip()[:200],
        actor=ctx.me,
        now=ctx.now,
    )
    state = request_state(ctx.store, name)
    is_rejected = state is not None and state.state is RequestState.REJECTED
    flash(
        _("Noted. %(owners)s is still asked.", owners=", ".join(still))
        if still and not is_rejected
        else _("%(request)s is accepted.", request=name)
        if accept
        else _("%(request)s is rejected.", request=name)
        if is_rejected
        else _("Those stations are taken out of %(request)s; it stays open at others.", request=name)
    )
    return redirect(url_for("today.today"), 303)


def place_address(alternative: Alternative) -> dict[str, str]:
    """The fields that name a place in a form."""
    return {
        "antennas": " ".join(map(str, alternative.place.antennas)),
        "start": format_instant(alternative.place.contact.start),
        "end": format_instant(alternative.place.contact.end),
    }


def _place_of_form() -> FreePlace:
    start, end = (parse_instant(request.form.get(name, "")) for name in ("start", "end"))
    span = Span(start, end)
    antennas = tuple(AntennaRef.parse(text) for text in request.form.get("antennas", "").split())
    return FreePlace(contact=span, occupies=span, antennas=antennas, peak_elevation_deg=0.0)


def _board(form: dict[str, Any], **more: Any) -> str:
    ctx = context()
    me = ctx.me
    agency = me.agency or request.args.get("agency", "")
    asking_for = _agency_of(form)
    network = ctx.network
    board = request_board(
        ctx.store, agency=agency, asks_for=asking_for, after=_place_of_address(), actor=me, now=ctx.now
    )
    usable = {s.id for s in network.stations if network.may_use(asking_for, s.id)}
    return render_template(
        "requests.html",
        here="requests",
        board=board,
        agency=agency,
        older=_address_after(board.next, agency),
        form=form,
        satellites=network.satellites,
        usable=[s for s in network.stations if s.id in usable],
        left={name: w for w in board.agreements for name in w.agreement.stations},
        priorities=_PRIORITIES if me.has(Capability.SUBMIT_ABOVE_HIGH) else _PRIORITIES[:2],
        activities=sorted(ACTIVITIES),
        may_submit=may(ctx.actor, Capability.SUBMIT_REQUEST),
        asking_for=asking_for,
        address_of=place_address,
        **more,
    )


def _place_of_address() -> BoardPlace | None:
    """The request after which a page begins."""
    after = request.args.get("after", "")
    return BoardPlace(request=after, is_over=request.args.get("over") == "1") if after else None


def _address_after(place: BoardPlace | None, agency: AgencyId) -> str:
    """The address of the next page; empty: there is none."""
    if place is None:
        return ""
    over = "1" if place.is_over else None
    return url_for("requests.board", agency=agency or None, after=place.request, over=over)


def _agency_of(form: dict[str, Any]) -> AgencyId:
    ctx = context()
    return ctx.me.agency or form.get("agency") or next((a.id for a in ctx.network.agencies), "")


def _form_of_address(shown: Display) -> dict[str, Any]:
    """The form with the values of the address; the address of a pass fills in that pass."""
    ctx = context()
    arguments = request.args
    start = _instant(arguments.get("start")) or ctx.now + timedelta(hours=1)
    end = _instant(arguments.get("end")) or start + timedelta(hours=12)
    length = int((end - start).total_seconds())
    least = max(60, min(180, length - 20)) if arguments.get("station") else 180
    return {
        "satellite": arguments.get("satellite", ""),
        "link": arguments.get("link", ""),
        "stations": [arguments["station"]] if arguments.get("station") else [],
        "start": shown.field(start),
        "end": shown.field(end + timedelta(minutes=1)),
        "min_s": str(least),
        "wanted_s": str(max(least, min(300, length - 20)) if arguments.get("station") else 300),
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
        InputError: for values that are not valid.
    """
    ctx = context()
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
    name = (form.get("id") or "").strip() or _name(agency, form, ctx.now)
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
    """An id: agency, day, and six letters of a hash of the form. Sent twice, it is the same request."""
    return f"{agency}-{now.astimezone(UTC):%m%d}-{_key(form)[:6].upper()}"


def _key(form: dict[str, Any]) -> str:
    """The idempotency key: equal for equal forms, so that a double click submits once."""
    fields = sorted((k, str(v)) for k, v in form.items() if k not in ("form_token", "check", "wait", "send"))
    return hashlib.sha256(repr(fields).encode()).hexdigest()
