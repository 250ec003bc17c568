"""How long a fetch takes, and how much it takes in, whatever the server does."""

import socket
import threading
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from passplan.domain.errors import FetchError
from passplan.remote.fetching import Limits, Login, fetch
from tests.unit.fetching.servers import (
    PACKERS,
    Dripping,
    ManualClock,
    Server,
    body_of,
    chunked,
    dripping,
    get,
    ok,
    silent,
)

# --- time ---


@pytest.mark.fault(20)
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(silent, id="silence"),
        pytest.param(dripping(b"HTTP/1.1 200"), id="status line"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nX: "), id="header"),
        pytest.param(dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="continue"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"), id="body"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), id="chunks"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;"), id="size of a chunk"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"x:y\r\n"), id="trailer"),
    ],
)
def test_the_time_is_a_wall_however_the_other_side_drips(
    serve: Callable[..., Server], make: Callable[[], Dripping]
) -> None:
    script = make()
    server = serve(script)
    with pytest.raises(FetchError, match=r"gp\.php: it took longer than 60 s") as caught:
        get(server, limits=Limits(), clock=script.clock)
    server.close()

    assert [b""] == script.hung_up
    assert caught.value.status is None


def test_a_reason_that_drips_ends_in_time_and_keeps_its_status(serve: Callable[..., Server]) -> None:
    clock = ManualClock()
    hung_up: list[bytes] = []

    def script(connection: socket.socket) -> None:
        clock.was_read.clear()
        connection.sendall(b"HTTP/1.1 503 x\r\nContent-Length: 99\r\n\r\nxx")
        assert clock.was_read.wait(5)  # the status has come in time
        clock.advance(60.0)
        hung_up.append(connection.recv(1))

    server = serve(script)
    with pytest.raises(FetchError, match="status 503: xx"):
        get(server, limits=Limits(), clock=clock)
    server.close()

    assert [b""] == hung_up


def test_the_login_is_within_the_time(serve: Callable[..., Server]) -> None:
    clock = ManualClock()

    def late(connection: socket.socket) -> None:
        clock.advance(40.0)
        connection.sendall(ok(b"late"))

    server = serve(late, late)
    login = Login(url=server.url, identity="me", password="hunter22")
    with pytest.raises(FetchError, match=r"it took longer than 60 s"):
        get(server, login=login, limits=Limits(), clock=clock)


def test_looking_up_a_name_is_within_the_time_and_nobody_waits_for_it_at_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: list[threading.Thread] = []
    given_up = threading.Event()
    clock = ManualClock()

    def look_up(*args: Any, **kwargs: Any) -> list[Any]:
        waiting.append(threading.current_thread())
        clock.advance(60.0)
        assert given_up.wait(5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(FetchError, match=r"^http://sat\.example/: it took longer than 60 s"):
        fetch("http://sat.example/", clock=clock)
    daemon = waiting[0].daemon
    given_up.set()
    waiting[0].join()

    assert daemon


def test_nothing_is_left_behind(serve: Callable[..., Server]) -> None:
    server = serve(ok(b"x"))
    get(server)
    server.close()

    assert [] == [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


# --- size ---


@pytest.mark.fault(20)
@pytest.mark.parametrize("make", [ok, chunked], ids=["length", "chunks"])
def test_a_body_of_the_limit_is_taken_and_one_byte_more_is_not(
    serve: Callable[..., Server], make: Callable[[bytes], bytes]
) -> None:
    limits = Limits(total_s=2.0, max_bytes=100_000)

    assert 100_000 == len(body_of(serve(make(b"x" * 100_000)), limits=limits))
    with pytest.raises(FetchError, match="too large; at most 100,000 bytes are taken"):
        get(serve(make(b"x" * 100_001)), limits=limits)


def peak_bytes(action: Callable[[], object]) -> int:
    """The most memory that an action, which fails, holds at once."""
    tracemalloc.start()
    try:
        with pytest.raises(FetchError):
            action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.fault(68)
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_not_unpacked(serve: Callable[..., Server], encoding: str) -> None:
    bomb = PACKERS[encoding](bytes(50_000_000))
    server = serve(ok(bomb, f"Content-Encoding: {encoding}"))

    assert peak_bytes(lambda: get(server, limits=Limits(total_s=2.0, max_bytes=500_000))) < 1_500_000


@pytest.mark.fault(20)
@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1312D00\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",  # to http.client: all that comes
        b"HTTP/1.1 500 x\r\n\r\n",
    ],
    ids=["length", "chunk", "negative chunk", "error"],
)
def test_a_flood_is_not_kept(serve: Callable[..., Server], start: bytes) -> None:
    flood = start + bytes(20_000_000)
    server = serve(flood)

    assert peak_bytes(lambda: get(server, limits=Limits(total_s=2.0, max_bytes=500_000))) < 1_500_000
