"""The gateway between ASGI and WSGI: what an application receives, and what is refused before it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from typing import Any

import pytest

from passplan.server.gateway import MAX_BODY_BYTES, Gateway, Receive

Headers = list[tuple[bytes, bytes]]


class Echo:
    """A WSGI application that keeps what it received."""

    def __init__(self) -> None:
        self.environ: dict[str, Any] = {}
        self.body = b""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.environ, self.body = environ, environ["wsgi.input"].read()
        start_response("201 CREATED", [("X-Own", "\xe4"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return [b"one", b"two"]


def scope(method: str = "POST", headers: Headers | None = None, **more: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": "/a b",
        "raw_path": b"/a%20b",
        "query_string": b"x=%31",
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.9", 4711),
        "headers": headers or [],
        **more,
    }


def ask(gateway: Gateway, asked: dict[str, Any], *parts: bytes, then: str = "") -> list[Any]:
    """What a gateway sends for a request whose body comes in these parts; `then`: "stall" or "disconnect"."""
    sent: list[Any] = []

    async def run() -> None:
        async def send(event: Any) -> None:
            sent.append(event)

        await gateway(asked, receiving(parts, then), send)

    asyncio.run(run())
    return sent


def receiving(parts: tuple[bytes, ...], then: str) -> Receive:
    left = list(parts)

    async def receive() -> dict[str, Any]:
        if left:
            return {"type": "http.request", "body": left.pop(0), "more_body": bool(left) or bool(then)}
        if then == "stall":
            await asyncio.sleep(3_600.0)
        return {"type": "http.disconnect"}

    return receive


def test_the_application_receives_the_whole_request_and_its_response_is_sent() -> None:
    echo = Echo()
    headers = [
        (b"content-type", b"text/plain"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"x-b", b"1"),
        (b"x-b", b"2"),
    ]
    start, body = ask(Gateway(echo, threads=1), scope(headers=headers), b"half ", b"and half")

    assert b"half and half" == echo.body
    expected = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/a b",
        "QUERY_STRING": "x=%31",
        "CONTENT_LENGTH": "13",
        "CONTENT_TYPE": "text/plain",
        "HTTP_COOKIE": "a=1; b=2",
        "HTTP_X_B": "1,2",
        "REMOTE_ADDR": "127.0.0.9",
        "SERVER_PORT": "8000",
    }
    assert expected == {key: echo.environ.get(key) for key in expected}
    assert 201 == start["status"]
    assert [(b"x-own", b"\xe4"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")] == start["headers"]
    assert b"onetwo" == body["body"]


def test_a_header_with_an_underscore_is_dropped() -> None:
    echo = Echo()
    ask(Gateway(echo, threads=1), scope(headers=[(b"x_forwarded_for", b"10.0.0.1")]), b"")

    assert "HTTP_X_FORWARDED_FOR" not in echo.environ


@pytest.mark.parametrize("path", [b"/%ff", b"/%E2%82%AC", b"/a%2Fb"])
def test_a_path_reaches_the_application_byte_by_byte(path: bytes) -> None:
    echo = Echo()
    ask(Gateway(echo, threads=1), scope(raw_path=path), b"")

    assert {b"/%ff": b"/\xff", b"/%E2%82%AC": "/€".encode(), b"/a%2Fb": b"/a/b"}[path] == echo.environ[
        "PATH_INFO"
    ].encode("latin-1")


@pytest.mark.parametrize("declared", [True, False])
def test_of_a_body_that_is_too_long_the_application_gets_the_length_alone(declared: bool) -> None:
    echo = Echo()
    headers = [(b"content-length", b"%d" % (3 * MAX_BODY_BYTES))] if declared else []
    parts = [bytes(MAX_BODY_BYTES)] * 3
    ask(Gateway(echo, threads=1), scope(headers=headers), *parts)

    assert b"" == echo.body
    assert MAX_BODY_BYTES < int(echo.environ["CONTENT_LENGTH"])


def test_a_body_of_the_limit_is_taken() -> None:
    echo = Echo()
    ask(Gateway(echo, threads=1), scope(), bytes(MAX_BODY_BYTES))

    assert MAX_BODY_BYTES == len(echo.body)


@pytest.mark.fault(78)
def test_a_body_that_does_not_come_is_refused() -> None:
    echo = Echo()
    start, body = ask(Gateway(echo, threads=1, body_s=0.05), scope(), b"a", then="stall")

    assert 408 == start["status"]
    assert b"did not arrive in time" in body["body"]
    assert {} == echo.environ


def test_nobody_is_answered_who_is_gone() -> None:
    echo = Echo()

    assert [] == ask(Gateway(echo, threads=1), scope(), b"a", then="disconnect")
    assert {} == echo.environ


@pytest.mark.fault(77)
def test_more_requests_than_may_wait_are_refused() -> None:
    go_on = threading.Event()

    def waits(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        assert go_on.wait(30.0)
        start_response("200 OK", [])
        return [b""]

    statuses: list[int] = []

    async def run() -> None:
        gateway = Gateway(waits, threads=1)

        async def one() -> None:
            sent: list[Any] = []

            async def send(event: Any) -> None:
                sent.append(event)

            await gateway(scope(), receiving((b"",), ""), send)
            statuses.append(sent[0]["status"])
            if len(statuses) == 7:
                go_on.set()

        await asyncio.gather(*(one() for _ in range(40)))

    asyncio.run(run())

    assert (33, 7) == (statuses.count(200), statuses.count(503))
