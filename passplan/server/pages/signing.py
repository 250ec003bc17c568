"""Signing in and out; the actor's account: password, sessions, tokens; and display preferences."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from passplan.domain.errors import InputError, SignInError, ThrottledError
from passplan.labels import error_words
from passplan.queries.accounts import own_account
from passplan.server.http import refusals
from passplan.server.http.context import context
from passplan.server.http.login import drop_session, keep_session, local_path, proved, signed_in
from passplan.server.shared.display import THEMES, ZONES, zone_named
from passplan.server.shared.words import reader
from passplan.service.access import login as signing
from passplan.service.access import second_factor
from passplan.service.access.second_factor import enrolment

pages = Blueprint("signing", __name__)

_YEAR_S = 31_536_000


@pages.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Any:
    """Sign in: start a session."""
    ctx = context()
    wrong, status = "", 200
    if request.method == "POST":
        try:
            secret = signing.sign_in(
                ctx.store,
                ctx.app.keys,
                request.form.get("account", "").strip(),
                request.form.get("password", ""),
                code=request.form.get("code", "").strip(),
                address=request.remote_addr or "",
                agent=request.headers.get("User-Agent", ""),
                now=ctx.now,
                real_now=ctx.real_now,
            )
        except (SignInError, ThrottledError) as error:
            refusals.note("throttled" if isinstance(error, ThrottledError) else "sign_in")
            wrong, status = error_words(error, reader()), 429 if isinstance(error, ThrottledError) else 401
        else:
            if ctx.visit is not None:  # its cookie is overwritten: no browser could end it later
                signing.sign_out(ctx.store, ctx.visit, now=ctx.now)
            response = redirect(_next(), 303)
            keep_session(response, secret)
            return response
    page = render_template("sign_in.html", wrong=wrong, next=_next(), account=request.form.get("account", ""))
    return make_response(page, status)


@pages.post("/sign-out")
@signed_in
def sign_out() -> Any:
    """End the session."""
    ctx = context()
    assert ctx.visit is not None
    signing.sign_out(ctx.store, ctx.visit, now=ctx.now)
    response = redirect(url_for("today.today"), 303)
    drop_session(response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@pages.route("/sign-in/again", methods=["GET", "POST"])
@signed_in
def again() -> Any:
    """Take the password again, before a sensitive action."""
    ctx = context()
    assert ctx.visit is not None
    wrong, status = "", 200
    if request.method == "POST":
        try:
            signing.reauthenticate(
                ctx.store,
                ctx.app.keys,
                ctx.visit,
                request.form.get("password", ""),
                code=request.form.get("code", "").strip(),
                address=request.remote_addr or "",
                now=ctx.now,
                real_now=ctx.real_now,
            )
        except (SignInError, ThrottledError) as error:
            refusals.note("throttled" if isinstance(error, ThrottledError) else "sign_in")
            wrong, status = error_words(error, reader()), 429 if isinstance(error, ThrottledError) else 401
        else:
            return redirect(_next(), 303)
    return make_response(render_template("again.html", wrong=wrong, next=_next()), status)


@pages.get("/account")
@signed_in
def account() -> str:
    """The actor's account."""
    ctx = context()
    board = own_account(ctx.store, actor=ctx.me, real_now=ctx.real_now)
    return render_template(
        "account.html",
        sessions=board.sessions,
        tokens=board.tokens,
        new_token=g.get("new_token", ""),
        has_second_factor=board.has_second_factor,
        enrolment=g.get("enrolment"),
    )


@pages.post("/account/password")
@proved
def password() -> Any:
    """Change the actor's password."""
    ctx = context()
    assert ctx.visit is not None
    new = request.form.get("new", "")
    if new != request.form.get("repeated", ""):
        raise InputError(_("the new password and its repetition differ"))
    signing.change_password(ctx.store, ctx.visit, new, now=ctx.now, real_now=ctx.real_now)
    flash(_("Your password is changed. Your other sessions have ended, and your tokens are revoked."))
    return redirect(url_for("signing.account"), 303)


@pages.post("/account/sessions/end")
@proved
def end_session() -> Any:
    """End one of the actor's sessions."""
    ctx = context()
    signing.end_session(ctx.store, request.form.get("session", ""), actor=ctx.me, now=ctx.now)
    flash(_("The session has ended."))
    return redirect(url_for("signing.account"), 303)


@pages.post("/account/tokens")
@proved
def create_token() -> Any:
    """Make a token; it is shown once."""
    ctx = context()
    try:
        days = int(request.form.get("days", "90"))
    except ValueError:
        raise InputError(
            _("days is “%(text)s”; it is a whole number", text=request.form.get("days", "")[:20])
        ) from None
    g.new_token = signing.create_token(
        ctx.store,
        ctx.app.keys,
        request.form.get("name", "").strip(),
        scope=request.form.get("scope", "read"),
        days=days,
        actor=ctx.me,
        now=ctx.now,
        real_now=ctx.real_now,
    )
    return make_response(account(), 201)


@pages.post("/account/tokens/revoke")
@proved
def revoke_token() -> Any:
    """Revoke a token."""
    ctx = context()
    prefix = request.form.get("token", "")
    signing.revoke_token(ctx.store, prefix, actor=ctx.me, now=ctx.now, real_now=ctx.real_now)
    flash(_("The token counts no more."))
    return redirect(_next(url_for("signing.account")), 303)


@pages.post("/account/second-factor/offer")
@proved
def offer_second_factor() -> Any:
    """Show the key of a new second factor."""
    ctx = context()
    g.enrolment = enrolment(ctx.app.keys, ctx.me.account)
    return account()


@pages.post("/account/second-factor")
@proved
def add_second_factor() -> Any:
    """Add the second factor whose key was shown."""
    ctx = context()
    serial, code = request.form.get("serial", ""), request.form.get("code", "")
    second_factor.add_second_factor(
        ctx.store, ctx.app.keys, serial, code, keep=_own_session(), actor=ctx.me, now=ctx.now, real_now=ctx.real_now
    )
    flash(_("From now on you sign in with your password and a code of your device."))
    return redirect(url_for("signing.account"), 303)


@pages.post("/account/second-factor/remove")
@proved
def remove_second_factor() -> Any:
    """Remove the actor's second factor."""
    ctx = context()
    second_factor.remove_second_factor(ctx.store, ctx.me.account, keep=_own_session(), actor=ctx.me, now=ctx.now)
    flash(_("From now on you sign in with your password alone."))
    return redirect(url_for("signing.account"), 303)


@pages.post("/preferences")
def preferences() -> Any:
    """Choose theme and zone; cookies store both."""
    response = redirect(_next(), 303)
    for name, allowed in (("theme", THEMES), ("zone", ZONES)):
        value = request.form.get(name, "")
        if value in allowed:
            response.set_cookie(
                name, value, max_age=_YEAR_S, samesite="Lax", secure=context().app.secure, httponly=True
            )
    browser = request.form.get("browser_zone", "")[:64]
    if browser and zone_named(browser) is not None:
        response.set_cookie(
            "browser_zone", browser, max_age=_YEAR_S, samesite="Lax", secure=context().app.secure, httponly=True
        )
    return response


def _own_session() -> str:
    visit = context().visit
    assert visit is not None
    assert visit.session is not None
    return visit.session.id_hash


def _next(default: str = "/") -> str:
    """The page to continue at: one of this server."""
    return local_path(request.values.get("next", ""), default)
