"""The gateway between ASGI and WSGI: what an application receives, and what is refused before it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from typing import Any

import pytest

from passplan.server import gateway as gateways
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


class Waiting:
    """A WSGI application that answers when it is let go."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.begun: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.begun.append(environ.get("HTTP_AUTHORIZATION", ""))
        if environ["HTTP_AUTHORIZATION"] == "flood":
            assert self.go_on.wait(30.0)
        start_response("200 OK", [])
        return [b""]


async def status_of(gateway: Gateway, asked: dict[str, Any], body: bytes = b"") -> int:
    sent: list[Any] = []

    async def send(event: Any) -> None:
        sent.append(event)

    await gateway(asked, receiving((body,), ""), send)
    return int(sent[0]["status"])


def by(name: bytes, value: bytes, **more: Any) -> dict[str, Any]:
    return scope(headers=[(name, value)], **more)


@pytest.mark.fault(77)
def test_a_caller_takes_a_quarter_of_the_threads_and_another_is_answered() -> None:
    application = Waiting()

    async def run() -> tuple[int, list[int]]:
        gateway = Gateway(application, threads=8)
        flood = [asyncio.create_task(status_of(gateway, by(b"authorization", b"flood"))) for _ in range(100)]
        while len(application.begun) < 2:
            await asyncio.sleep(0.001)
        other = await asyncio.wait_for(status_of(gateway, by(b"authorization", b"other")), 30.0)
        begun = list(application.begun)
        application.go_on.set()
        assert ["flood", "flood", "other"] == begun
        return other, list(await asyncio.gather(*flood))

    other, flood = asyncio.run(run())

    assert 200 == other
    assert (66, 34) == (flood.count(200), flood.count(503))


def test_calls_of_a_second_are_counted_by_caller() -> None:
    now_s = [10.9]
    noted: list[int] = []

    def one(name: bytes, value: bytes, **more: Any) -> int:
        return asyncio.run(status_of(gateway, by(name, value, **more)))

    echo = Echo()
    gateway = Gateway(
        echo, threads=1, calls_per_s=2.0, monotonic_s=lambda: now_s[0], note_throttled=lambda: noted.append(1)
    )
    first = [one(b"authorization", b"Bearer a") for _ in range(4)]
    others = [
        one(b"authorization", b"Bearer b"),
        one(b"cookie", b"theme=dark; passplan=1"),
        one(b"cookie", b"__Host-passplan=2; theme=dark"),
        one(b"cookie", b"theme=dark", client=("192.0.2.1", 1)),
    ]
    same_session = [one(b"cookie", b"zone=utc; passplan=1; told=x"), one(b"cookie", b"passplan=1")]
    static = [
        one(b"authorization", b"Bearer a", path="/static/x.css"),
        one(b"authorization", b"Bearer a", path="/healthz"),
    ]
    now_s[0] = 11.0
    again = one(b"authorization", b"Bearer a")

    assert [201, 201, 429, 429] == first
    assert [201] * 4 == others
    assert [201, 429] == same_session
    assert [201, 201, 201] == [*static, again]
    assert 3 == len(noted)


def test_behind_a_proxy_the_caller_is_its_client() -> None:
    def statuses(*, behind_proxy: bool) -> list[int]:
        gateway = Gateway(Echo(), threads=1, calls_per_s=1.0, behind_proxy=behind_proxy, monotonic_s=lambda: 1.0)
        addresses = (b"192.0.2.1", b"10.0.0.9, 192.0.2.2", b"192.0.2.1")
        return [asyncio.run(status_of(gateway, by(b"x-forwarded-for", a))) for a in addresses]

    assert [201, 201, 429] == statuses(behind_proxy=True)
    assert [201, 429, 429] == statuses(behind_proxy=False)


def test_bodies_of_many_requests_have_a_room_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateways, "MAX_HELD_BYTES", 2_500)
    application = Waiting()

    async def run() -> list[int]:
        gateway = Gateway(application, threads=8)
        asked = by(b"authorization", b"flood")
        tasks = [asyncio.create_task(status_of(gateway, asked, bytes(1_000))) for _ in range(4)]
        while len(application.begun) < 2:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.05)
        application.go_on.set()
        return [*await asyncio.gather(*tasks), await status_of(gateway, asked, bytes(1_000))]

    statuses = asyncio.run(run())

    assert (3, 2) == (statuses.count(200), statuses.count(503))
    assert 200 == statuses[-1]


def test_a_request_that_waits_too_long_for_a_thread_is_refused_and_the_next_one_is_answered() -> None:
    application = Waiting()

    async def run() -> tuple[list[int], int, int]:
        gateway = Gateway(application, threads=1, thread_s=0.05)
        first = asyncio.create_task(status_of(gateway, by(b"authorization", b"flood")))
        while not application.begun:
            await asyncio.sleep(0.001)
        waiting = await asyncio.gather(*(status_of(gateway, by(b"authorization", b"flood")) for _ in range(5)))
        application.go_on.set()
        return list(waiting), await first, await status_of(gateway, by(b"authorization", b"flood"))

    assert ([503] * 5, 200, 200) == asyncio.run(run())
    assert 2 == len(application.begun)
