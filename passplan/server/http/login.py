"""Who asks: a browser by its session, a program by its token; and what nobody who is not signed in may do."""

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


def own_path(text: str, default: str) -> str:
    """A path of ours to go on to, and of nobody else; a browser reads some signs as others."""
    ours = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if ours else default


def here() -> str:
    """The address of the page that is looked at: after a form, of that on which the form was."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    referrer = request.headers.get("Referer", "")
    if not referrer.startswith(request.host_url):
        return "/"
    return own_path(f"/{referrer.removeprefix(request.host_url)}", "/")


def is_api() -> bool:
    """Whether a program asks: answers are JSON, and identity is a token."""
    return request.path.startswith(API)


def identify(moment: RequestContext, asked: Request) -> None:
    """Find out who asks.

    Raises:
        SignInError: for a token that does not count.
    """
    if not asked.path.startswith(API):
        secret = asked.cookies.get(moment.app.session_cookie, "")
        if secret:
            # What a page asks by itself is no use of a session: else one on a screen never ends.
            by_itself = asked.endpoint == "live.state" or "X-Refresh" in asked.headers
            with moment.opening() as begun:
                visit = signing.session_visit(begun.connection, moment.app.keys, secret, real_now=moment.real_now)
            if visit is not None and not by_itself:
                signing.note_use(moment.store, visit, real_now=moment.real_now)
            moment.visit = visit
        return
    kind, _, text = asked.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        with moment.opening() as begun:
            moment.visit = signing.token_visit(
                begun.connection, moment.app.keys, text.strip(), real_now=moment.real_now
            )
        if moment.visit is not None:
            signing.note_use(moment.store, moment.visit, real_now=moment.real_now)
    if (kind or text) and moment.visit is None:
        raise SignInError(Message("token_unknown", "the token is not known, or counts no more"))


def require_login() -> Any:
    """Turn away who may not come in here at all: before every view.

    Raises:
        SignInError: when somebody must be signed in.
        DeniedError: for a token that may only read.
    """
    moment = context()
    endpoint = request.endpoint or ""
    if not endpoint and request.path.startswith("/static/"):
        return None  # there is none such, which is no secret: a page of an older version asks for its own style
    if moment.visit is None:
        may_look = moment.store.settings.public_view and request.method in ("GET", "HEAD")
        if endpoint not in _OPEN and not may_look:
            raise SignInError(Message("not_signed_in", "sign in first"))
        return None
    if request.method not in ("GET", "HEAD", "OPTIONS") and not moment.visit.may_write:
        raise DeniedError(Message("token_read_only", "the token may only read; make one with the scope write"))
    if moment.visit.one_time and endpoint not in _FIRST and not is_api():
        return redirect(url_for("signing.account"), 303)
    return None


def signed_in(view: Callable[P, R]) -> Callable[P, R]:
    """A view for which somebody must be signed in, whatever the public may look at."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if context().visit is None:
            raise SignInError(Message("not_signed_in", "sign in first"))
        return view(*args, **kwargs)

    return guarded


def proved(view: Callable[P, Any]) -> Callable[P, Any]:
    """A view for which the password was given a moment ago; else it is asked for."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
        moment = context()
        if moment.visit is None:
            raise SignInError(Message("not_signed_in", "sign in first"))
        if not moment.visit.is_proved(moment.real_now):
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
    """Give a browser its session's cookie."""
    own = app_context()
    response.set_cookie(
        own.session_cookie,
        secret,
        max_age=int(signing.ABSOLUTE.total_seconds()),
        path="/",
        secure=own.secure,
        httponly=True,
        samesite="Lax",
    )


def drop_session(response: Response) -> None:
    """Take it away."""
    own = app_context()
    response.delete_cookie(own.session_cookie, path="/", secure=own.secure, httponly=True, samesite="Lax")
