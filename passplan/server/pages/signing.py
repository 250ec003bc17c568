"""Signing in and out; one's own account: password, sessions, tokens; and how things are shown."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from passplan.domain.errors import InputError, SignInError, ThrottledError
from passplan.labels import error_words
from passplan.queries.accounts import own_account
from passplan.server.http.context import context
from passplan.server.http.login import drop_session, keep_session, own_path, proved, signed_in
from passplan.server.shared.display import THEMES, ZONES, zone_named
from passplan.server.shared.words import reader
from passplan.service.access import login as signing

pages = Blueprint("signing", __name__)

_YEAR_S = 31_536_000


@pages.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Any:
    """Begin a session."""
    moment = context()
    wrong, status = "", 200
    if request.method == "POST":
        try:
            secret = signing.sign_in(
                moment.store,
                moment.app.keys,
                request.form.get("account", "").strip(),
                request.form.get("password", ""),
                address=request.remote_addr or "",
                agent=request.headers.get("User-Agent", ""),
                now=moment.now,
                real_now=moment.real_now,
            )
        except (SignInError, ThrottledError) as error:
            wrong, status = error_words(error, reader()), 429 if isinstance(error, ThrottledError) else 401
        else:
            if moment.visit is not None:  # its cookie is written over: no browser could end it any more
                signing.sign_out(moment.store, moment.visit, now=moment.now)
            response = redirect(_next(), 303)
            keep_session(response, secret)
            return response
    page = render_template("sign_in.html", wrong=wrong, next=_next(), account=request.form.get("account", ""))
    return make_response(page, status)


@pages.post("/sign-out")
@signed_in
def sign_out() -> Any:
    """End the session."""
    moment = context()
    assert moment.visit is not None
    signing.sign_out(moment.store, moment.visit, now=moment.now)
    response = redirect(url_for("today.today"), 303)
    drop_session(response)
    return response


@pages.route("/sign-in/again", methods=["GET", "POST"])
@signed_in
def again() -> Any:
    """Take the password once more, before something sensitive."""
    moment = context()
    assert moment.visit is not None
    wrong, status = "", 200
    if request.method == "POST":
        try:
            signing.reauthenticate(
                moment.store,
                moment.visit,
                request.form.get("password", ""),
                address=request.remote_addr or "",
                now=moment.now,
                real_now=moment.real_now,
            )
        except (SignInError, ThrottledError) as error:
            wrong, status = error_words(error, reader()), 429 if isinstance(error, ThrottledError) else 401
        else:
            return redirect(_next(), 303)
    return make_response(render_template("again.html", wrong=wrong, next=_next()), status)


@pages.get("/account")
@signed_in
def account() -> str:
    """One's own account."""
    moment = context()
    board = own_account(moment.store, actor=moment.me, real_now=moment.real_now)
    return render_template(
        "account.html",
        sessions=board.sessions,
        tokens=board.tokens,
        new_token=g.get("new_token", ""),
    )


@pages.post("/account/password")
@proved
def password() -> Any:
    """Change one's own password."""
    moment = context()
    assert moment.visit is not None
    new = request.form.get("new", "")
    if new != request.form.get("repeated", ""):
        raise InputError(_("the new password and its repetition differ"))
    signing.change_password(moment.store, moment.visit, new, now=moment.now, real_now=moment.real_now)
    flash(_("Your password is changed. Your other sessions have ended."))
    return redirect(url_for("signing.account"), 303)


@pages.post("/account/sessions/end")
@signed_in
def end_session() -> Any:
    """End one of one's own sessions."""
    moment = context()
    signing.end_session(moment.store, request.form.get("session", ""), actor=moment.me, now=moment.now)
    flash(_("The session has ended."))
    return redirect(url_for("signing.account"), 303)


@pages.post("/account/tokens")
@proved
def create_token() -> Any:
    """Make a token; it is shown once."""
    moment = context()
    try:
        days = int(request.form.get("days", "90"))
    except ValueError:
        raise InputError(
            _("days is “%(text)s”; it is a whole number", text=request.form.get("days", "")[:20])
        ) from None
    g.new_token = signing.create_token(
        moment.store,
        moment.app.keys,
        request.form.get("name", "").strip(),
        scope=request.form.get("scope", "read"),
        days=days,
        actor=moment.me,
        now=moment.now,
        real_now=moment.real_now,
    )
    return make_response(account(), 201)


@pages.post("/account/tokens/revoke")
@signed_in
def revoke_token() -> Any:
    """Let a token count no more."""
    moment = context()
    prefix = request.form.get("token", "")
    signing.revoke_token(moment.store, prefix, actor=moment.me, now=moment.now, real_now=moment.real_now)
    flash(_("The token counts no more."))
    return redirect(_next(url_for("signing.account")), 303)


@pages.post("/preferences")
def preferences() -> Any:
    """Choose theme and zone; both are kept in the browser."""
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


def _next(default: str = "/") -> str:
    """Where to go on: a page of ours, and of nobody else."""
    return own_path(request.values.get("next", ""), default)
