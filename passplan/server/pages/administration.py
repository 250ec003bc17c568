"""Administration: accounts, tokens, events; and the network and its agreements to read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from passplan.domain.errors import InputError
from passplan.domain.roles import Capability, Role
from passplan.queries.accounts import all_accounts
from passplan.queries.listings import event_list
from passplan.server.http.context import context
from passplan.server.http.login import proved, signed_in
from passplan.service.access.accounts import give_password, save_account
from passplan.service.access.actors import require
from passplan.service.operations.status import condition

pages = Blueprint("administration", __name__, url_prefix="/administration")

_EVENTS = 100
_BURNS = 12


@pages.get("/")
@signed_in
def overview() -> str:
    """The status of the service, and its network."""
    ctx = context()
    require(ctx.me, Capability.SEE_EVENTS)
    how = condition(ctx.store, now=ctx.now, real_now=ctx.real_now)
    return render_template(
        "administration/overview.html", how=how, network=ctx.network, burns=how.burns[:_BURNS], tab="overview"
    )


@pages.get("/accounts")
@signed_in
def accounts() -> str:
    """Accounts and tokens."""
    ctx = context()
    require(ctx.me, Capability.SEE_ACCOUNTS)
    board = all_accounts(ctx.store, actor=ctx.me)
    return render_template(
        "administration/accounts.html",
        accounts=board.accounts,
        tokens=board.tokens,
        roles=[r.value for r in Role],
        one_time_password=g.get("one_time_password"),
        tab="accounts",
    )


@pages.post("/accounts")
@proved
def save() -> Any:
    """Add an account, or change its role."""
    ctx = context()
    require(ctx.me, Capability.ADD_ACCOUNT)
    name = request.form.get("name", "").strip()
    save_account(
        ctx.store,
        name,
        request.form.get("role", ""),
        agency=request.form.get("agency", ""),
        active="off" not in request.form,
        actor=ctx.me,
        now=ctx.now,
    )
    flash(_("The account %(name)s is saved.", name=name))
    return redirect(url_for("administration.accounts"), 303)


@pages.post("/accounts/password")
@proved
def password() -> Any:
    """Give an account a one-time password; it is shown once."""
    ctx = context()
    require(ctx.me, Capability.ADD_ACCOUNT)
    name = request.form.get("name", "")
    g.one_time_password = (
        name,
        give_password(ctx.store, name, actor=ctx.me, now=ctx.now, real_now=ctx.real_now),
    )
    return make_response(accounts(), 201)


@pages.get("/events")
@signed_in
def events() -> str:
    """The events: actor, action and object."""
    ctx = context()
    require(ctx.me, Capability.SEE_EVENTS)
    about = request.args.get("about", "").strip()
    text = request.args.get("after", "")
    if text and not (text.isdecimal() and len(text) < 19):
        raise InputError(_("after is “%(text)s”; it is the number of an event", text=text[:20]))
    after = int(text) if text else None
    rows = event_list(ctx.store, about, after=after, most=_EVENTS)
    has_earlier = bool(rows) and rows[0].id > 1 and not about
    return render_template(
        "administration/events.html",
        events=rows,
        about=about,
        after=after,
        after_of_earlier=max(0, rows[0].id - _EVENTS - 1) if has_earlier else None,
        tab="events",
    )
