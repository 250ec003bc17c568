"""The cache of responses: shared by all accounts that see the same, valid until the store changes.

A page that shows the time is cached for a second; any other, until something is written. When several requests
need the same response at once, one computes it and the others wait.
"""

from __future__ import annotations

import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from itertools import chain
from threading import Lock
from typing import Any, ParamSpec

from flask import Flask, Response, current_app, make_response, request, session

from passplan.server.http.context import context
from passplan.server.shared.words import language
from passplan.service.access.visibility import disclosure_of

P = ParamSpec("P")

EXTENSION = "passplan.response_cache"
_MOST_BYTES = 64 * 1024 * 1024
_WORTH_PACKING = 1_000
_ENTRY_BYTES = 1_000  # of an entry without its texts, with its key and its place in the tables
_SECOND_S, _LONG_S = 1.0, 600.0
_PACKED = ("text/", "application/json", "application/problem+json", "image/svg+xml", "text/csv", "application/geo+json")


@dataclass(frozen=True, slots=True)
class _Entry:
    body: bytes
    packed: bytes
    etag: str
    headers: tuple[tuple[str, str], ...]
    status: int
    until: float  # of the monotonic clock

    @property
    def size(self) -> int:
        return len(self.body) + len(self.packed) + sum(map(len, chain(*self.headers))) + _ENTRY_BYTES


class ResponseCache:
    """Responses by key; beyond 64 MiB the least recently used are dropped.

    Args:
        monotonic_s: the clock by which responses expire [s].
    """

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self.monotonic_s = monotonic_s
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self._size = 0
        self._lock = Lock()
        self._locks: dict[bytes, tuple[Lock, int]] = {}  # with the number of requests that use it

    def get(self, key: bytes) -> _Entry | None:
        """A response, if it is cached and not expired."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.until < self.monotonic_s():
                return None
            self._entries.move_to_end(key)
            return entry

    def put(self, key: bytes, entry: _Entry) -> None:
        """Cache a response."""
        with self._lock:
            if (old := self._entries.pop(key, None)) is not None:
                self._size -= old.size
            self._entries[key] = entry
            self._size += entry.size
            while self._size > _MOST_BYTES and len(self._entries) > 1:
                self._size -= self._entries.popitem(last=False)[1].size

    @contextmanager
    def lock_of(self, key: bytes) -> Iterator[None]:
        """Hold the lock of a key, so that one request at a time computes its response."""
        with self._lock:
            lock, waiting = self._locks.get(key, (Lock(), 0))
            self._locks[key] = (lock, waiting + 1)
        try:
            with lock:
                yield
        finally:
            with self._lock:
                lock, waiting = self._locks.pop(key)
                if waiting > 1:
                    self._locks[key] = (lock, waiting - 1)


def install(app: Flask) -> None:
    """Cache responses, and compress those of 1000 bytes and more."""
    app.extensions[EXTENSION] = ResponseCache()

    @app.after_request
    def packed(response: Response) -> Response:
        if response.direct_passthrough or response.is_streamed or "Content-Encoding" in response.headers:
            return response
        if not request.accept_encodings["gzip"] or not (response.content_type or "").startswith(_PACKED):
            return response
        body = response.get_data()
        if len(body) >= _WORTH_PACKING:
            response.set_data(_pack(body))
            response.headers["Content-Encoding"] = "gzip"
        return response


def cached(*, by_second: bool, personal: bool = True) -> Callable[[Callable[P, Any]], Callable[P, Response]]:
    """Cache the responses of a view to GET.

    Args:
        by_second: whether the response depends on the time.
        personal: whether it depends on the session (its forms); otherwise all accounts that see the same share it.
    """

    def decorate(view: Callable[P, Any]) -> Callable[P, Response]:
        @wraps(view)
        def answering(*args: P.args, **kwargs: P.kwargs) -> Response:
            if request.method not in ("GET", "HEAD") or session.get("_flashes"):  # a flashed message is shown once
                return make_response(view(*args, **kwargs))
            store: ResponseCache = current_app.extensions[EXTENSION]
            key = _key(personal=personal)
            entry = store.get(key)
            if entry is None:
                with store.lock_of(key):
                    entry = store.get(key)  # another request may have computed it meanwhile
                    if entry is None:
                        until = store.monotonic_s() + (_SECOND_S if by_second else _LONG_S)
                        response = make_response(view(*args, **kwargs))
                        if response.status_code != 200 or response.headers.getlist("Set-Cookie"):
                            return response
                        entry = _entry(response, until)
                        store.put(key, entry)
            return _answer(entry)

        return answering

    return decorate


def _entry(response: Response, until: float) -> _Entry:
    body = response.get_data()
    packed = _pack(body) if len(body) >= _WORTH_PACKING else b""
    return _Entry(
        body=body,
        packed=packed,
        # An ETag that a view sets is a version for If-Match; the body may change while the version does not.
        etag="" if "ETag" in response.headers else hashlib.sha256(packed or body).hexdigest()[:32],
        headers=tuple((k, v) for k, v in response.headers.items() if k.lower() != "content-length"),
        status=response.status_code,
        until=until,
    )


def _key(*, personal: bool) -> bytes:
    """The key of a request: a digest, as callers write a part of it, of any length."""
    ctx = context()
    visit = ctx.visit
    who: Any = ""
    if personal and visit is not None:
        who = visit.session.id_hash if visit.session is not None else visit.actor
    disclosure = disclosure_of(ctx.network, ctx.actor, public_view=ctx.store.settings.public_view)
    parts = (
        request.host_url,
        request.path,
        sorted(request.args.items(multi=True)),  # another order is the same question
        language(),
        request.headers.get("Accept", "") if request.path.startswith("/api/") else "",
        tuple(request.cookies.get(name, "") for name in ("theme", "zone", "browser_zone")),
        ctx.version,
        who,
        visit.actor.role if visit is not None else None,
        disclosure.key,
    )
    return hashlib.sha256(repr(parts).encode()).digest()


def _answer(entry: _Entry) -> Response:
    if entry.etag and request.if_none_match.contains_weak(entry.etag):
        response = Response(status=304)
    elif entry.packed and request.accept_encodings["gzip"]:
        response = Response(entry.packed, status=entry.status, headers=list(entry.headers))
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = Response(entry.body, status=entry.status, headers=list(entry.headers))
    if entry.etag:
        response.set_etag(entry.etag, weak=True)
    return response


def _pack(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=5, mtime=0)
