"""The last pages that a browser was given: shown again, as old ones, while the database cannot be reached.

Who has the cookie of a session saw these pages already, so nothing is disclosed. A page is kept as long as a session
that is not used.
"""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from datetime import datetime
from threading import Lock

from flask import Flask, Response, current_app, g, request
from flask_babel import gettext as _
from markupsafe import escape

from passplan.server.http.context import app_context, context
from passplan.service.access.login import IDLE

_EXTENSION = "passplan.last_pages"
_ENDPOINTS = frozenset({"today.today", "schedule.day", "contacts.one", "stations.one", "passes.table"})
_MOST_BYTES = 16 * 1024 * 1024
_BODY = b"<body>"


class LastPages:
    """Pages by a digest of what was asked and by whom; beyond 16 MiB the oldest are dropped."""

    def __init__(self) -> None:
        self._pages: OrderedDict[bytes, tuple[datetime, bytes]] = OrderedDict()  # real time, and the page packed
        self._size = 0
        self._lock = Lock()

    def put(self, key: bytes, at: datetime, packed: bytes) -> None:
        """Keep a page."""
        with self._lock:
            self._drop(key)
            self._pages[key] = (at, packed)
            self._size += len(packed)
            while self._size > _MOST_BYTES:
                self._drop(next(iter(self._pages)))

    def get(self, key: bytes, now: datetime) -> tuple[datetime, bytes] | None:
        """A page and when it was made, unless it is too old."""
        with self._lock:
            kept = self._pages.get(key)
        return kept if kept is not None and now - kept[0] <= IDLE else None

    def _drop(self, key: bytes) -> None:
        old = self._pages.pop(key, None)
        self._size -= len(old[1]) if old is not None else 0


def install(app: Flask) -> None:
    """Keep the pages of the schedule and of the passes that are given."""
    app.extensions[_EXTENSION] = LastPages()

    @app.after_request
    def keep(response: Response) -> Response:
        is_page = request.method == "GET" and request.endpoint in _ENDPOINTS and response.status_code == 200
        if is_page and (response.content_type or "").startswith("text/html") and "context" in g:
            body = response.get_data()
            packed = body if response.headers.get("Content-Encoding") == "gzip" else gzip.compress(body, 1, mtime=0)
            app.extensions[_EXTENSION].put(_key(), context().real_now, packed)
        return response


def last_page() -> Response | None:
    """The page that was given last at this address, with a line that it is old; None: there is none.

    Its scripts are off: nothing in it moves on.
    """
    if request.method != "GET" or request.endpoint not in _ENDPOINTS:
        return None
    pages: LastPages = current_app.extensions[_EXTENSION]
    kept = pages.get(_key(), app_context().clock())
    if kept is None:
        return None
    at, packed = kept
    words = _(
        "The database cannot be reached. This page is as it was at %(at)s UTC, and it does not change.",
        at=f"{at:%Y-%m-%d %H:%M:%S}",
    )
    line = f'<p class="banner is-bad" role="alert"><span>{escape(words)}</span></p>'.encode()
    body = gzip.decompress(packed).replace(_BODY, _BODY + line, 1)
    response = Response(body, status=503, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return response


def _key() -> bytes:
    cookies = [
        request.cookies.get(name, "") for name in (app_context().session_cookie, "theme", "zone", "browser_zone")
    ]
    parts = (cookies, request.host_url, request.path, sorted(request.args.items(multi=True)))
    return hashlib.sha256(repr(parts).encode()).digest()
