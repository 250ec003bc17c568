"""Checks of every request (origin, form token) and headers of every response."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets

from flask import Flask, Request, Response, g, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

from passplan.domain.errors import DeniedError
from passplan.domain.messages import Message
from passplan.domain.text import escaped, normalized, require_plain
from passplan.server.http.context import app_context, context
from passplan.server.http.login import API

_SAFE = ("GET", "HEAD", "OPTIONS")
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}
_TOKEN_BYTES = 32


def install(app: Flask) -> None:
    """Add the security headers to every response."""

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if notice := app_context().store.notice:  # of a demonstration or a rehearsal: its answers are not real
            response.headers["X-Passplan-Notice"] = notice
        if app_context().secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store" if _is_personal() else "no-cache")
            response.headers.add("Vary", "Cookie, Authorization, Accept-Encoding, Accept-Language")
        return response


def form_token() -> str:
    """The token of a form of this session, with a new mask each time, so that compressed pages do not reveal it."""
    mask = secrets.token_bytes(_TOKEN_BYTES)
    return base64.urlsafe_b64encode(mask + _xor(mask, _session_token())).decode()


class TextRequest(Request):
    """A request whose form and parameters are normalized text."""

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The parameters of the address."""
        return _normalized(super().args)

    @cached_property
    def form(self) -> MultiDict[str, str]:  # type: ignore[override]
        """The fields of the form."""
        return _normalized(super().form)


def require_text() -> None:
    """Refuse a request with a text that is not plain.

    Raises:
        InputError: naming the field and the character.
    """
    require_plain("the address", "it", request.path)
    if request.path.startswith(API):  # the API checks its parameters and bodies by name
        return
    for where, fields in (("the address", request.args), ("the form", request.form if _changes() else MultiDict())):
        for name, value in fields.items(multi=True):
            require_plain(where, escaped(name[:60]), value)


def require_same_origin() -> None:
    """Refuse a request that changes something and comes from another site, or without this session's form token.

    Raises:
        DeniedError: then.
    """
    if not _changes() or request.path.startswith(API):  # the API takes tokens alone, no cookies
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site not in (None, "same-origin", "none") or origin not in (None, request.host_url.rstrip("/")):
        raise DeniedError(Message("form_of_other_site", "this form came from another site"))
    if site is None and origin is None and not request.headers.get("Referer", "").startswith(request.host_url):
        raise DeniedError(Message("form_without_origin", "this form does not say where it came from"))
    if context().visit is not None and not _is_ours(request.form.get("form_token", "")):
        raise DeniedError(
            Message(
                "form_of_other_session",
                "this form is not of your session any more; go back, load the page again and send it anew",
            )
        )


def _changes() -> bool:
    return request.method not in _SAFE


def _normalized(fields: MultiDict[str, str]) -> MultiDict[str, str]:
    return ImmutableMultiDict((name, normalized(value)) for name, value in fields.items(multi=True))


def _is_ours(text: str) -> bool:
    try:
        raw = base64.urlsafe_b64decode(text.encode())
    except (ValueError, binascii.Error):
        return False
    mask, masked = raw[:_TOKEN_BYTES], raw[_TOKEN_BYTES:]
    return len(raw) == 2 * _TOKEN_BYTES and hmac.compare_digest(_xor(mask, masked), _session_token())


def _session_token() -> bytes:
    visit = context().visit
    if visit is None or visit.session is None:
        return bytes(_TOKEN_BYTES)
    return bytes.fromhex(app_context().keys.digest(visit.session.id_hash, "form"))


def _xor(mask: bytes, value: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(mask, value, strict=False))


def _is_personal() -> bool:
    return "context" in g and context().visit is not None
