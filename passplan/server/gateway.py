"""The gateway: requests of ASGI, which are answered by a WSGI application in a few threads.

A thread is taken when the whole request is there, so a client that stops in the middle of one holds none. A caller
takes a quarter of the threads at most, and calls so often in a second: others find a thread whatever one caller does.
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from passplan.server.rates import CallRate

log = logging.getLogger("passplan.server")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

MAX_BODY_BYTES = 1024 * 1024
MAX_HELD_BYTES = 64 * 1024 * 1024  # of the bodies of all requests that have not been answered
BODY_S = 30.0  # the time within which a body must arrive
THREAD_S = 10.0  # the time that a request waits for a thread
_ANSWER_S = 60.0  # the time within which a client must take its response
_WAITING_PER_THREAD = 32
_NOT_COUNTED = ("/static/", "/healthz")


class Gateway:
    """An ASGI application around a WSGI application.

    Args:
        application: the WSGI application. Of a body of more than `MAX_BODY_BYTES` it receives the length alone, by
            which it refuses it.
        threads: the number of requests that are answered at once; 32 times as many wait, and more are
            refused with 503.
        calls_per_s: the calls of one caller that are answered in a second; more are refused with 429. A caller is
            whoever has a token, a session, or else an address.
        behind_proxy: whether the address of a client is the last one of X-Forwarded-For.
        note_throttled: is called for each call that is refused with 429.
        body_s: the time within which a body must arrive [s]; later ones are refused with 408.
        thread_s: the time that a request waits for a thread [s]; after it, it is refused with 503.
        monotonic_s: the time since any moment [s].
    """

    def __init__(
        self,
        application: Application,
        *,
        threads: int,
        calls_per_s: float = math.inf,
        behind_proxy: bool = False,
        note_throttled: Callable[[], None] = lambda: None,
        body_s: float = BODY_S,
        thread_s: float = THREAD_S,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._application, self._body_s = application, body_s
        self._note_throttled, self._thread_s = note_throttled, thread_s
        self._rate, self._behind_proxy = CallRate(calls_per_s, monotonic_s=monotonic_s), behind_proxy
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._at_once = max(1, threads // 4)  # of one caller
        self._most = threads * (1 + _WAITING_PER_THREAD)
        self._taken = self._held_bytes = 0
        self._callers: dict[int, _Caller] = {}  # with requests that have not been answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        caller = self._caller(scope)
        if not scope["path"].startswith(_NOT_COUNTED) and not self._rate.takes(caller):
            self._note_throttled()
            await _refuse(send, 429, "Too Many Requests", "More calls than one may make in a second.", _LATER)
            return
        body = _Body(self)
        try:
            try:
                length = await asyncio.wait_for(body.read(scope, receive), self._body_s)
            except TimeoutError:
                await _refuse(send, 408, "Request Timeout", "The body of the request did not arrive in time.")
                return
            except ConnectionError:
                return
            await self._answer(scope, send, caller, body.content, length)
        except _FullError:
            await _refuse(send, 503, "Service Unavailable", "Too many requests wait for an answer.", _LATER)
        finally:
            body.forget()

    async def _answer(self, scope: Scope, send: Send, key: int, body: bytes, length: int) -> None:
        """Answer a request whose body is there.

        Raises:
            _FullError: when too many wait already, of all callers or of this one, or it has waited too long.
        """
        caller = self._callers.get(key) or _Caller(asyncio.Semaphore(self._at_once))
        if self._taken >= self._most or caller.requests >= self._at_once * (1 + _WAITING_PER_THREAD):
            raise _FullError
        self._callers[key] = caller
        self._taken += 1
        caller.requests += 1
        try:
            await self._wait_for_thread(caller)
            try:
                loop = asyncio.get_running_loop()
                environ = _environ(scope, body, length)
                answer = await loop.run_in_executor(self._pool, answer_of, self._application, environ)
            finally:
                caller.threads.release()
        finally:
            self._taken -= 1
            caller.requests -= 1
            if not caller.requests:
                del self._callers[key]
        with suppress(TimeoutError):
            await asyncio.wait_for(_send(send, *answer), _ANSWER_S)

    async def _wait_for_thread(self, caller: _Caller) -> None:
        """Wait for one of the caller's threads.

        Raises:
            _FullError: when that takes too long; the client has then probably gone.
        """
        try:
            async with asyncio.timeout(self._thread_s):
                await caller.threads.acquire()
        except TimeoutError:
            raise _FullError from None

    def _caller(self, scope: Scope) -> int:
        """A number for the caller: by its token, its session, or else its address."""
        address: Any = (scope.get("client") or ("",))[0]
        for name, value in scope["headers"]:
            if name == b"authorization":
                return hash(value)
            if name == b"cookie" and (session := _SESSION.search(value)) is not None:
                return hash(session[1])
            if name == b"x-forwarded-for" and self._behind_proxy:
                address = value.rpartition(b",")[2].strip()
        return hash(address)


_HEADERS = (
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains"),  # which browsers ignore over plain http
    ("x-content-type-options", "nosniff"),
)
_SESSION = re.compile(rb"(?:^|[; ])(?:__Host-)?passplan=([^;]+)")
_LATER = ("retry-after", "1")


@dataclass(slots=True)
class _Caller:
    threads: asyncio.Semaphore
    requests: int = 0  # that have not been answered


class _FullError(Exception):
    """There is no room for a request."""


class _Body:
    """The body of a request; the gateway has room for so many bytes of all bodies."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway, self._held = gateway, 0
        self.content = b""

    async def read(self, scope: Scope, receive: Receive) -> int:
        """Read it. The length; of a body that is too long, no more than is known so far, and the content is empty.

        Raises:
            ConnectionError: when the client is gone.
            _FullError: when there is no room for it.
        """
        lengths = [value for name, value in scope["headers"] if name == b"content-length"]
        if lengths and int(lengths[0]) > MAX_BODY_BYTES:
            return int(lengths[0])
        parts, size, more = [], 0, True
        while more and size <= MAX_BODY_BYTES:
            event = await receive()
            if event["type"] == "http.disconnect":
                raise ConnectionError
            part = event.get("body", b"")
            self._hold(len(part))
            parts.append(part)
            size, more = size + len(part), event.get("more_body", False)
        if not more:
            self.content = b"".join(parts)
        return size

    def _hold(self, size: int) -> None:
        self._gateway._held_bytes += size
        self._held += size
        if self._gateway._held_bytes > MAX_HELD_BYTES:
            raise _FullError

    def forget(self) -> None:
        """Give its room back."""
        self._gateway._held_bytes -= self._held


def answer_of(application: Application, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    """The response of a WSGI application: status, headers, body."""
    status, headers = 500, list[tuple[str, str]]()

    def start_response(line: str, fields: list[tuple[str, str]], _exc_info: Any = None) -> None:
        nonlocal status, headers
        status, headers = int(line.split(" ", 1)[0]), fields

    parts = application(environ, start_response)
    try:
        return status, headers, b"".join(parts)
    finally:
        if (close := getattr(parts, "close", None)) is not None:
            close()


def _environ(scope: Scope, body: bytes, length: int) -> dict[str, Any]:
    """The environment of a request, as PEP 3333 has it."""
    path = unquote_to_bytes(scope.get("raw_path") or scope["path"].encode())
    server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path.decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "CONTENT_LENGTH": str(length),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": BytesIO(body),
        "wsgi.errors": Errors(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        # A name with "_" would be the same key as that with "-", which a proxy may have set or removed.
        if b"_" in name or name in (b"content-length", b"transfer-encoding"):
            continue
        key, text = name.decode("latin-1").upper().replace("-", "_"), value.decode("latin-1")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        glue = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{glue}{text}" if key in environ else text
    return environ


class Errors:
    """Where a WSGI application writes what went wrong: the log."""

    def write(self, text: str) -> None:
        log.error("%s", text.rstrip())

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Nothing is kept back."""


async def _refuse(send: Send, status: int, title: str, detail: str, *headers: tuple[str, str]) -> None:
    """Answer with a problem as RFC 9457 has it, and end the connection."""
    body = f'{{"type": "about:blank", "title": "{title}", "status": {status}, "detail": "{detail}"}}'.encode()
    own = [("content-type", "application/problem+json"), ("connection", "close"), *_HEADERS, *headers]
    await _send(send, status, own, body)


async def _send(send: Send, status: int, fields: Iterable[tuple[str, str]], content: bytes) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
