"""Convert errors to responses: a status and a text; for programs as RFC 9457 has it, for browsers as a page."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from typing import Any

from flask import Flask, Response, current_app, g, json, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from passplan.domain.errors import (
    ConflictError,
    DeniedError,
    InputError,
    NoPlanError,
    NotFoundError,
    PassplanError,
    SignInError,
    StaleElementsError,
    StoreBusyError,
    StoreError,
    ThrottledError,
)
from passplan.domain.messages import Message
from passplan.labels import error_lines, error_words, fact_words, hint_words
from passplan.server.http import refusals
from passplan.server.http.last_pages import last_page
from passplan.server.http.login import is_api
from passplan.server.shared.words import language, reader

log = logging.getLogger("passplan.server")

_OF_ORIGIN = frozenset({"form_of_other_site", "form_without_origin", "form_of_other_session"})
_PRIVATE = frozenset({"store", "database", "path", "file", "error"})  # parameters that name machines and files

# The first class of which an error is an instance applies.
KINDS: tuple[tuple[type[PassplanError], int, str], ...] = (
    (NotFoundError, 404, "not-found"),
    (InputError, 422, "invalid"),
    (SignInError, 401, "sign-in"),
    (ThrottledError, 429, "too-many"),
    (DeniedError, 403, "denied"),
    (ConflictError, 409, "conflict"),
    (StaleElementsError, 409, "stale-elements"),
    (NoPlanError, 409, "no-plan"),
    (StoreBusyError, 503, "busy"),
    (StoreError, 503, "store"),
)
_OF_STATUS = {
    400: "malformed",
    404: "not-found",
    405: "method",
    406: "not-acceptable",
    412: "changed",
    413: "too-large",
    415: "media-type",
    428: "precondition",
    429: "too-many",
}


def install(app: Flask) -> None:
    """Answer errors."""
    app.register_error_handler(PassplanError, _of_passplan)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(RecursionError, _of_recursion)
    app.register_error_handler(Exception, _of_mistake)


def problem(status: int, kind: str, detail: str, **more: Any) -> Response:
    """A problem as RFC 9457 has it."""
    body = {
        "type": f"/problems/{kind}",
        "title": title_of(status),
        "status": status,
        "detail": detail,
        "instance": request.path,
        **more,
    }
    return Response(json.dumps(body), status=status, content_type="application/problem+json")


def messages_of(error: PassplanError) -> list[dict[str, Any]]:
    """The messages of an error for programs: the code, the parameters and the sentence of each."""
    return [{"code": m.code, "parameters": m.fields(), "text": fact_words(m, reader())} for m in error.messages]


def title_of(status: int) -> str:
    """The meaning of a status, in a few words."""
    titles = {
        400: _("That could not be read"),
        401: _("Sign in"),
        403: _("You may not do that"),
        404: _("There is nothing here"),
        405: _("That cannot be done here"),
        406: _("There is no such form of it"),
        409: _("Conflict with the current state"),
        412: _("It was changed meanwhile"),
        413: _("That is too much at once"),
        415: _("That kind of content is not read here"),
        422: _("That cannot be used"),
        428: _("If-Match header required"),
        429: _("Too many calls"),
        500: _("A mistake in passplan"),
        503: _("The store cannot be used now"),
    }
    return str(titles.get(status, _("That did not work")))


def _of_passplan(error: PassplanError) -> Any:
    _note_refusal(error)
    if isinstance(error, StoreError) and _PRIVATE & {name for m in error.messages for name in m.fields()}:
        return _unavailable(error)
    status, kind = next(((s, k) for t, s, k in KINDS if isinstance(error, t)), (500, "mistake"))
    more: dict[str, Any] = {"messages": messages_of(error)}
    if isinstance(error, InputError) and not isinstance(error, NotFoundError):
        more["errors"] = error_lines(error, reader())
    if (
        isinstance(error, SignInError)
        and not is_api()
        and request.method == "GET"
        and request.endpoint != "signing.sign_in"
    ):
        return redirect(url_for("signing.sign_in", next=_here()), 303)
    lines = [*error_lines(error, reader()), hint_words(error.hint, reader())]
    response = _answer(status, kind, error_words(error, reader()), lines=lines, **more)
    if isinstance(error, ThrottledError):
        response.headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    elif isinstance(error, StoreBusyError):
        response.headers["Retry-After"] = "5"
    elif status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="passplan"' if is_api() else "Session"
    return response


def _note_refusal(error: PassplanError) -> None:
    codes = {m.code for m in error.messages}
    if isinstance(error, ThrottledError):
        refusals.note("throttled")
    elif isinstance(error, DeniedError):
        refusals.note("origin" if codes & _OF_ORIGIN else "denied")
    elif "token_unknown" in codes:
        refusals.note("token")


def _unavailable(error: StoreError) -> Any:
    """The answer while the store cannot be used: nothing of it is read, and no address or path is told."""
    log.error("%s", error)
    message = Message("store_unavailable", "the store cannot be used now; the log says why")
    text = fact_words(message, reader())
    response = last_page() or _answer(
        503, "store", text, messages=[{"code": message.code, "parameters": {}, "text": text}]
    )
    response.headers["Retry-After"] = "5"
    return response


def _of_http(error: HTTPException) -> Any:
    status = error.code or 500
    if error.response is not None or 300 <= status < 400:
        return error.get_response()
    detail = str(error.description or "")
    if detail == type(error).description:  # werkzeug's default text, in English
        detail = title_of(status)
    if isinstance(error, RequestEntityTooLarge):
        detail = str(_("at most 1 MB is taken at once"))
    lines = [detail] if detail != title_of(status) else []
    response = _answer(status, _OF_STATUS.get(status, "http"), detail, lines=lines)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value  # Allow, of a 405
    return response


def _of_recursion(_error: RecursionError) -> Any:
    return _answer(400, "malformed", _("it is nested too deeply"))


def _of_mistake(error: Exception) -> Any:
    log.exception("a mistake in passplan; report it", exc_info=error)
    return _answer(500, "mistake", _("It was written to the log; whoever looks after passplan finds it there."))


def _answer(status: int, kind: str, detail: str, *, lines: Iterable[str] | None = None, **more: Any) -> Response:
    """A problem for programs, or a page whose paragraphs are the lines; without lines it has the detail."""
    if is_api() or request.path == "/healthz" or "context" not in g:
        return problem(status, kind, detail, **more)
    paragraphs = [detail] if lines is None else [line for line in lines if line]
    if status < 500:
        try:
            page = render_template("error.html", status=status, title=title_of(status), problems=paragraphs)
        except StoreError as error:  # the page reads the store
            log.error("%s", error)
        else:
            return Response(page, status=status, content_type="text/html; charset=utf-8")
    page = current_app.jinja_env.get_template("unavailable.html").render(
        language=language(),
        title=title_of(status),
        lines=paragraphs,
        status=status,
        static=current_app.static_url_path,
    )
    return Response(page, status=status, content_type="text/html; charset=utf-8")


def _here() -> str:
    return request.full_path.rstrip("?")
