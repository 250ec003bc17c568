"""The gateway: requests of ASGI, which are answered by a WSGI application in a few threads.

A thread is taken when the whole request is there, so a client that stops in the middle of one holds none.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

log = logging.getLogger("passplan.server")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

MAX_BODY_BYTES = 1024 * 1024
BODY_S = 30.0  # the time within which a body must arrive
_ANSWER_S = 60.0  # the time within which a client must take its response
_WAITING_PER_THREAD = 32


class Gateway:
    """An ASGI application around a WSGI application.

    Args:
        application: the WSGI application. Of a body of more than `MAX_BODY_BYTES` it receives the length alone, by
            which it refuses it.
        threads: the number of requests that are answered at once; 32 times as many wait, and more are
            refused with 503.
        body_s: the time within which a body must arrive [s]; later ones are refused with 408.
    """

    def __init__(self, application: Application, *, threads: int, body_s: float = BODY_S) -> None:
        self._application, self._body_s = application, body_s
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._most = threads * (1 + _WAITING_PER_THREAD)
        self._taken = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            body, length = await asyncio.wait_for(_body_of(scope, receive), self._body_s)
        except TimeoutError:
            await _refuse(send, 408, "Request Timeout", "The body of the request did not arrive in time.")
            return
        except ConnectionError:
            return
        if self._taken >= self._most:
            await _refuse(send, 503, "Service Unavailable", "Too many requests wait already.", ("retry-after", "1"))
            return
        self._taken += 1
        try:
            loop = asyncio.get_running_loop()
            environ = _environ(scope, body, length)
            status, fields, content = await loop.run_in_executor(self._pool, answer_of, self._application, environ)
        finally:
            self._taken -= 1
        await asyncio.wait_for(_send(send, status, fields, content), _ANSWER_S)


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


async def _body_of(scope: Scope, receive: Receive) -> tuple[bytes, int]:
    """The body of a request and its length; of one that is too long, no more than the length known so far.

    Raises:
        ConnectionError: when the client is gone.
    """
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    if lengths and int(lengths[0]) > MAX_BODY_BYTES:
        return b"", int(lengths[0])
    parts, size, more = [], 0, True
    while more and size <= MAX_BODY_BYTES:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise ConnectionError
        part = event.get("body", b"")
        parts.append(part)
        size, more = size + len(part), event.get("more_body", False)
    return (b"", size) if more else (b"".join(parts), size)


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
    own = [("content-type", "application/problem+json"), ("connection", "close"), *headers]
    await _send(send, status, own, body)


async def _send(send: Send, status: int, fields: Iterable[tuple[str, str]], content: bytes) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
