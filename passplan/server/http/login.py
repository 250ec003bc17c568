"""Identity: a browser's by its session, a program's by its token; and which views need a sign-in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Request, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from passplan.domain.errors import DeniedError, SignInError
from passplan.domain.messages import Message
from passplan.server.http.context import RequestContext, app_context, context
from passplan.service.access import login as signing

P = ParamSpec("P")
R = TypeVar("R")

API = "/api/"
_OPEN = frozenset(
    {
        "static",
        "signing.sign_in",
        "signing.preferences",
        "health.healthz",
        "health.readyz",
        "health.metrics",
        "openapi.described",
    }
)
_FIRST = frozenset(
    {
        "static",
        "signing.account",
        "signing.again",
        "signing.password",
        "signing.sign_in",
        "signing.sign_out",
        "signing.preferences",
        "live.state",
    }
)


def local_path(text: str, default: str) -> str:
    """A path of this server to continue at, or the default: browsers read `//` and a backslash as another host."""
    is_local = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if is_local else default


def here() -> str:
    """The address of the current page: after a form, of the page that has the form."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    referrer = request.headers.get("Referer", "")
    if not referrer.startswith(request.host_url):
        return "/"
    return local_path(f"/{referrer.removeprefix(request.host_url)}", "/")


def is_api() -> bool:
    """Whether the request is to the API: answers are JSON, and identity is a token."""
    return request.path.startswith(API)


def identify(ctx: RequestContext, incoming: Request) -> None:
    """Identify the caller: set the visit of the context.

    Raises:
        SignInError: for a token that is unknown, expired or revoked.
    """
    if not incoming.path.startswith(API):
        secret = incoming.cookies.get(ctx.app.session_cookie, "")
        if secret:
            # Automatic requests do not extend a session: otherwise that of an open page would never end.
            is_automatic = incoming.endpoint == "live.state" or "X-Refresh" in incoming.headers
            with ctx.opening() as begun:
                visit = signing.session_visit(begun.connection, ctx.app.keys, secret, real_now=ctx.real_now)
            if visit is not None and not is_automatic:
                signing.note_use(ctx.store, visit, real_now=ctx.real_now)
            ctx.visit = visit
        return
    kind, _, text = incoming.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        with ctx.opening() as begun:
            ctx.visit = signing.token_visit(begun.connection, ctx.app.keys, text.strip(), real_now=ctx.real_now)
        if ctx.visit is not None:
            signing.note_use(ctx.store, ctx.visit, real_now=ctx.real_now)
    if (kind or text) and ctx.visit is None:
        raise SignInError(Message("token_unknown", "the token is not known, or counts no more"))


def require_login() -> Any:
    """Refuse requests that need a sign-in; called before every view.

    Raises:
        SignInError: when the view needs a sign-in and there is none.
        DeniedError: for a token that may only read.
    """
    ctx = context()
    endpoint = request.endpoint or ""
    if not endpoint and request.path.startswith("/static/"):
        return None  # not found, without a sign-in: a page of an older version asks for its old style
    if ctx.visit is None:
        may_look = ctx.store.settings.public_view and request.method in ("GET", "HEAD")
        if endpoint not in _OPEN and not may_look:
            raise SignInError(Message("not_signed_in", "sign in first"))
        return None
    if request.method not in ("GET", "HEAD", "OPTIONS") and not ctx.visit.may_write:
        raise DeniedError(Message("token_read_only", "the token may only read; make one with the scope write"))
    if ctx.visit.one_time and endpoint not in _FIRST and not is_api():
        return redirect(url_for("signing.account"), 303)
    return None


def signed_in(view: Callable[P, R]) -> Callable[P, R]:
    """A view that needs a sign-in, also where the public view is on."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if context().visit is None:
            raise SignInError(Message("not_signed_in", "sign in first"))
        return view(*args, **kwargs)

    return guarded


def proved(view: Callable[P, Any]) -> Callable[P, Any]:
    """A view that needs a recent password; without it, redirect to the form for it."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
        ctx = context()
        if ctx.visit is None:
            raise SignInError(Message("not_signed_in", "sign in first"))
        if not ctx.visit.is_proved(ctx.real_now):
            if request.method == "POST":
                flash(_("First your password, once more. Then fill in the form again: it was not sent."))
            back = (
                request.full_path
                if request.method == "GET"
                else (request.form.get("back") or url_for("signing.account"))
            )
            return redirect(url_for("signing.again", next=back), 303)
        return view(*args, **kwargs)

    return guarded


def keep_session(response: Response, secret: str) -> None:
    """Set the session's cookie."""
    app = app_context()
    response.set_cookie(
        app.session_cookie,
        secret,
        max_age=int(signing.ABSOLUTE.total_seconds()),
        path="/",
        secure=app.secure,
        httponly=True,
        samesite="Lax",
    )


def drop_session(response: Response) -> None:
    """Delete the session's cookie."""
    app = app_context()
    response.delete_cookie(app.session_cookie, path="/", secure=app.secure, httponly=True, samesite="Lax")
