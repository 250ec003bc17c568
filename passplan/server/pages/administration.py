"""Administration: accounts, tokens, events; and the network and its agreements to read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from passplan.domain.errors import InputError
from passplan.queries.accounts import all_accounts
from passplan.queries.listings import event_list
from passplan.server.http.context import context
from passplan.server.http.login import proved, signed_in
from passplan.service.access.accounts import give_password, save_account
from passplan.service.access.roles import Capability, Role, require
from passplan.service.operations.status import condition

pages = Blueprint("administration", __name__, url_prefix="/administration")

_EVENTS = 100


@pages.get("/")
@signed_in
def overview() -> str:
    """How the service is, and its network."""
    moment = context()
    require(moment.me, Capability.SEE_EVENTS)
    how = condition(moment.store, now=moment.now, real_now=moment.real_now)
    return render_template("administration/overview.html", how=how, network=moment.network, tab="overview")


@pages.get("/accounts")
@signed_in
def accounts() -> str:
    """Accounts and tokens."""
    moment = context()
    require(moment.me, Capability.SEE_ACCOUNTS)
    board = all_accounts(moment.store, actor=moment.me)
    return render_template(
        "administration/accounts.html",
        accounts=board.accounts,
        tokens=board.tokens,
        roles=[r.value for r in Role],
        given=g.get("given_password"),
        tab="accounts",
    )


@pages.post("/accounts")
@proved
def save() -> Any:
    """Add an account, or change what it may do."""
    moment = context()
    require(moment.me, Capability.ADD_ACCOUNT)
    name = request.form.get("name", "").strip()
    save_account(
        moment.store,
        name,
        request.form.get("role", ""),
        agency=request.form.get("agency", ""),
        active="off" not in request.form,
        actor=moment.me,
        now=moment.now,
    )
    flash(_("The account %(name)s is saved.", name=name))
    return redirect(url_for("administration.accounts"), 303)


@pages.post("/accounts/password")
@proved
def password() -> Any:
    """Give an account a one-time password; it is shown once."""
    moment = context()
    require(moment.me, Capability.ADD_ACCOUNT)
    name = request.form.get("name", "")
    g.given_password = (
        name,
        give_password(moment.store, name, actor=moment.me, now=moment.now, real_now=moment.real_now),
    )
    return make_response(accounts(), 201)


@pages.get("/events")
@signed_in
def events() -> str:
    """Who did what to what."""
    moment = context()
    require(moment.me, Capability.SEE_EVENTS)
    about = request.args.get("about", "").strip()
    text = request.args.get("after", "")
    if text and not (text.isdecimal() and len(text) < 19):
        raise InputError(_("after is “%(text)s”; it is the number of an event", text=text[:20]))
    after = int(text) if text else None
    found = event_list(moment.store, about, after=after, most=_EVENTS)
    return render_template(
        "administration/events.html", events=found, about=about, after=after, most=_EVENTS, tab="events"
    )
