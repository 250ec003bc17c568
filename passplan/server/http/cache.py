"""The cache of responses: shared by all who may see the same, valid while the store is the same.

A page that shows the time is cached for a second; one that does not, until something is written. Where several requests
want the same response at once, one makes it and the others wait.
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
_SECOND_S, _LONG_S = 1.0, 600.0
_PACKED = ("text/", "application/json", "application/problem+json", "image/svg+xml", "text/csv", "application/geo+json")


@dataclass(frozen=True, slots=True)
class _Kept:
    body: bytes
    packed: bytes
    etag: str
    headers: tuple[tuple[str, str], ...]
    status: int
    until: float  # of the monotonic clock

    @property
    def size(self) -> int:
        return len(self.body) + len(self.packed)


class ResponseCache:
    """Responses by key, the oldest of which are dropped beyond 64 MiB.

    Args:
        monotonic_s: the clock by which responses expire [s].
    """

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self.monotonic_s = monotonic_s
        self._kept: OrderedDict[tuple[Any, ...], _Kept] = OrderedDict()
        self._size = 0
        self._lock = Lock()
        self._making: dict[tuple[Any, ...], tuple[Lock, int]] = {}  # with how many wait

    def get(self, key: tuple[Any, ...]) -> _Kept | None:
        """A response, if it is cached and not expired."""
        with self._lock:
            found = self._kept.get(key)
            if found is None or found.until < self.monotonic_s():
                return None
            self._kept.move_to_end(key)
            return found

    def keep(self, key: tuple[Any, ...], answer: _Kept) -> None:
        """Cache a response."""
        with self._lock:
            if (old := self._kept.pop(key, None)) is not None:
                self._size -= old.size
            self._kept[key] = answer
            self._size += answer.size
            while self._size > _MOST_BYTES and len(self._kept) > 1:
                self._size -= self._kept.popitem(last=False)[1].size

    @contextmanager
    def making(self, key: tuple[Any, ...]) -> Iterator[None]:
        """One at a time makes the response of a key."""
        with self._lock:
            own, waiting = self._making.get(key, (Lock(), 0))
            self._making[key] = (own, waiting + 1)
        try:
            with own:
                yield
        finally:
            with self._lock:
                own, waiting = self._making.pop(key)
                if waiting > 1:
                    self._making[key] = (own, waiting - 1)


def install(app: Flask) -> None:
    """Cache responses, and compress those that are worth it."""
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
    """Cache what a view answers to GET.

    Args:
        by_second: whether the answer says something of now.
        personal: whether it has something of the session (its forms); else all who see the same share it.
    """

    def decorate(view: Callable[P, Any]) -> Callable[P, Response]:
        @wraps(view)
        def answering(*args: P.args, **kwargs: P.kwargs) -> Response:
            if request.method not in ("GET", "HEAD") or session.get("_flashes"):  # what is told once is not kept
                return make_response(view(*args, **kwargs))
            store: ResponseCache = current_app.extensions[EXTENSION]
            key = _key(personal=personal)
            found = store.get(key)
            if found is None:
                with store.making(key):
                    found = store.get(key)  # by now another may have made it
                    if found is None:
                        until = store.monotonic_s() + (_SECOND_S if by_second else _LONG_S)
                        response = make_response(view(*args, **kwargs))
                        if response.status_code != 200 or response.headers.getlist("Set-Cookie"):
                            return response
                        found = _made(response, until)
                        store.keep(key, found)
            return _answer(found)

        return answering

    return decorate


def _made(response: Response, until: float) -> _Kept:
    body = response.get_data()
    packed = _pack(body) if len(body) >= _WORTH_PACKING else b""
    return _Kept(
        body=body,
        packed=packed,
        # A version that a view gave is for changes (If-Match); what it says of now may be another by then.
        etag="" if "ETag" in response.headers else hashlib.sha256(packed or body).hexdigest()[:32],
        headers=tuple((k, v) for k, v in response.headers.items() if k.lower() != "content-length"),
        status=response.status_code,
        until=until,
    )


def _key(*, personal: bool) -> tuple[Any, ...]:
    moment = context()
    visit = moment.visit
    who: Any = ""
    if personal and visit is not None:
        who = visit.session.id_hash if visit.session is not None else visit.actor
    disclosure = disclosure_of(moment.network, moment.actor, public_view=moment.store.settings.public_view)
    return (
        request.host_url,
        request.full_path,
        language(),
        request.headers.get("Accept", "") if request.path.startswith("/api/") else "",
        tuple(request.cookies.get(name, "") for name in ("theme", "zone", "browser_zone")),
        moment.version,
        who,
        visit.actor.role if visit is not None else None,
        disclosure.key,
    )


def _answer(found: _Kept) -> Response:
    if found.etag and request.if_none_match.contains_weak(found.etag):
        response = Response(status=304)
    elif found.packed and request.accept_encodings["gzip"]:
        response = Response(found.packed, status=found.status, headers=list(found.headers))
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = Response(found.body, status=found.status, headers=list(found.headers))
    if found.etag:
        response.set_etag(found.etag, weak=True)
    return response


def _pack(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=5, mtime=0)
