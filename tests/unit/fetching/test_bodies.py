"""What is asked of a server, and what comes back: bodies, conditions, packing, halves."""

import gzip
import random
import socket
import zlib
from collections.abc import Callable

import pytest

from passplan.domain.errors import FetchError
from passplan.remote.fetching import Fetched
from tests.unit.fetching.servers import PACKERS, Server, body_of, chunked, get, ok

# --- what is asked, and what comes back ---


def test_a_body_comes_with_its_etag_and_date(serve: Callable[..., Server]) -> None:
    server = serve(ok(b"ISS", 'ETag: "abc"', "Last-Modified: Mon, 02 Jun 2025 00:00:00 GMT"))

    assert Fetched(body=b"ISS", etag='"abc"', last_modified="Mon, 02 Jun 2025 00:00:00 GMT") == get(server)


def test_the_request_names_the_host_and_the_query_and_who_asks(serve: Callable[..., Server]) -> None:
    server = serve(ok())
    get(server, url=f"{server.url}?GROUP=stations&FORMAT=tle#top", user_agent="passplan/9 (ops@example.org)")
    lines = server.requests[0].split("\r\n")

    assert "GET /gp.php?GROUP=stations&FORMAT=tle HTTP/1.1" == lines[0]
    assert {f"Host: 127.0.0.1:{server.port}", "User-Agent: passplan/9 (ops@example.org)"} <= set(lines)
    assert "Accept-Encoding: gzip, deflate" in lines
    assert not [line for line in lines if line.startswith(("If-", "Cookie"))]


def test_a_condition_is_sent_and_304_is_none(serve: Callable[..., Server]) -> None:
    server = serve(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Encoding: gzip\r\n\r\n')

    assert get(server, etag='"a"', last_modified="Mon, 02 Jun 2025 00:00:00 GMT") is None
    assert '\r\nIf-None-Match: "a"\r\n' in server.requests[0]
    assert "\r\nIf-Modified-Since: Mon, 02 Jun 2025 00:00:00 GMT\r\n" in server.requests[0]


def test_a_condition_that_would_break_the_request_is_not_sent(serve: Callable[..., Server]) -> None:
    server = serve(ok(b"x"))

    assert b"x" == body_of(server, etag='"a"\r\nX-Evil: 1', last_modified="€" * 3)
    assert "Evil" not in server.requests[0]
    assert "If-" not in server.requests[0]


@pytest.mark.parametrize("value", ["a\x01b", "a\x7fb", "a\tb", "\xe9", "x" * 1001])
def test_a_header_with_control_characters_or_without_end_is_dropped(serve: Callable[..., Server], value: str) -> None:
    server = serve(ok(b"x", f"ETag: {value}", f"Last-Modified: {value}"))

    assert Fetched(body=b"x", etag="", last_modified="") == get(server)


def test_chunks_are_joined(serve: Callable[..., Server]) -> None:
    assert b"ISS (ZARYA)" == body_of(serve(chunked(b"ISS ", b"(ZA", b"RYA)")))


@pytest.mark.parametrize("encoding", PACKERS)
@pytest.mark.parametrize("size", [0, 1, 1000, 65536, 65537, 300_000])
def test_a_packed_body_is_unpacked(serve: Callable[..., Server], encoding: str, size: int) -> None:
    text = random.Random(size).randbytes(size // 2) + b"x" * (size - size // 2)
    server = serve(ok(PACKERS[encoding](text), f"Content-Encoding: {encoding}"))

    assert text == body_of(server)


def test_a_packed_body_may_come_byte_by_byte(serve: Callable[..., Server]) -> None:
    packed = gzip.compress(b"ISS (ZARYA)")
    answer = chunked(*(packed[i : i + 1] for i in range(len(packed)))).replace(
        b"OK", b"OK\r\nContent-Encoding: gzip", 1
    )

    assert b"ISS (ZARYA)" == body_of(serve(answer))


# --- halves, and what is not understood ---


GZIPPED = gzip.compress(b"ISS (ZARYA)" * 100)


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        pytest.param(b"", "closed connection without response", id="nothing"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Le", "may have been cut", id="half a header"),
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", "not one of HTTP", id="another protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "more than 100 headers", id="many headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000, "65536 bytes", id="a long header"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nISS", "3 bytes read, 6 more", id="too short"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "9 more expected", id="no body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: -9\r\n\r\nISS", "may have been cut", id="negative"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\nISS", "may have been cut", id="no length"),
        pytest.param(ok(b"ISS", "Content-Length: 2"), "unmatching values", id="two lengths"),
        pytest.param(chunked(b"ISS", end=b""), "IncompleteRead", id="no last chunk"),
        pytest.param(chunked(b"ISS", end=b"9\r\nISS"), "IncompleteRead", id="half a chunk"),
        pytest.param(chunked(b"ISS", end=b"-9\r\nISS"), "IncompleteRead", id="a negative chunk"),
        pytest.param(chunked(b"ISS", end=b"zz\r\nISS"), "IncompleteRead", id="a chunk of no size"),
        pytest.param(ok(b"ISS", "Transfer-Encoding: gzip, chunked"), "comes as 'gzip, chunked'", id="transfer"),
        pytest.param(ok(b"ISS", "Content-Encoding: br"), "packed as 'br'", id="brotli"),
        pytest.param(ok(b"ISS", "Content-Encoding: gzip, gzip"), "packed as 'gzip, gzip'", id="packed twice"),
        pytest.param(ok(b"ISS", "Content-Encoding: gzip"), "incorrect header", id="not gzip"),
        pytest.param(ok(b"", "Content-Encoding: gzip"), "ends early", id="empty gzip"),
        pytest.param(ok(GZIPPED[:-9], "Content-Encoding: gzip"), "ends early", id="half gzip"),
        pytest.param(ok(GZIPPED[:-8], "Content-Encoding: gzip"), "ends early", id="gzip without its sum"),
        pytest.param(ok(GZIPPED[:-8] + bytes(8), "Content-Encoding: gzip"), "incorrect data", id="wrong sum"),
        pytest.param(ok(GZIPPED + b"x", "Content-Encoding: gzip"), "goes on after", id="more than gzip"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + GZIPPED[:-9], "ends early", id="half, without length"
        ),
        pytest.param(ok(zlib.compress(b"ISS" * 9)[:-5], "Content-Encoding: deflate"), "ends early", id="half deflate"),
    ],
)
def test_what_is_not_whole_or_not_understood_is_an_error(
    serve: Callable[..., Server], answer: bytes, complaint: str
) -> None:
    with pytest.raises(FetchError, match=complaint) as caught:
        get(serve(answer))

    assert caught.value.status is None
    assert str(caught.value).isprintable()


def test_gzip_needs_no_length_because_it_says_where_it_ends(serve: Callable[..., Server]) -> None:
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + GZIPPED)

    assert b"ISS (ZARYA)" * 100 == body_of(server)


def test_gzip_that_goes_on_in_a_later_chunk_is_an_error(serve: Callable[..., Server]) -> None:
    answer = chunked(GZIPPED, b"more").replace(b"OK", b"OK\r\nContent-Encoding: gzip", 1)
    with pytest.raises(FetchError, match="goes on after its end"):
        get(serve(answer))


def test_a_connection_that_is_torn_is_an_error(serve: Callable[..., Server]) -> None:
    def tear(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nISS")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # close with a reset

    with pytest.raises(FetchError, match="the answer is broken"):
        get(serve(tear))
