"""What a fetch takes, and refuses, from a server on the loopback that misbehaves in every way we could think of."""

import gzip
import logging
import random
import socket
import ssl
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from passplan.domain.errors import FetchError, InputError
from passplan.remote.fetching import Fetched, Limits, Login, fetch

SOON = Limits(connect_s=0.3, total_s=0.4)
PUBLIC_IP = "93.184.216.34"

# A certificate of sat.example that vouches for itself until 2126, made with
#   openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj "/CN=a test of passplan"
#   -addext subjectAltName=DNS:sat.example -addext basicConstraints=critical,CA:TRUE
#   -addext keyUsage=critical,digitalSignature,keyCertSign -addext subjectKeyIdentifier=hash
CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBuTCCAV+gAwIBAgIUbh8e7acH+LVXV5Ef9gc+2E4NCnQwCgYIKoZIzj0EAwIw
HTEbMBkGA1UEAwwSYSB0ZXN0IG9mIHBhc3NwbGFuMCAXDTI2MTEyNTEzMjYyM1oY
DzIxMjYxMTAxMTMyNjIzWjAdMRswGQYDVQQDDBJhIHRlc3Qgb2YgcGFzc3BsYW4w
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASsuJNtAiZxfABFOKZ0kpK0TNzJE73h
tfgTin7nILLAXp0IBuxVnyMoVr4lBMxY+QQDH9v/rj1fWSuwAiF2nq9Ho3sweTAf
BgNVHSMEGDAWgBQJ2DhXy1t4ndz9vlc/OAo+7btaGDAWBgNVHREEDzANggtzYXQu
ZXhhbXBsZTAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIChDAdBgNVHQ4E
FgQUCdg4V8tbeJ3c/b5XPzgKPu27WhgwCgYIKoZIzj0EAwIDSAAwRQIhAJ1oN1PV
fTjj+mh6Ij9yhwrYNjy548iUYJqin4v+AQjkAiBb/16W9fhmyAUW6zjoz2saMK1j
yZt1Nw2JdLeQZ02RhA==
-----END CERTIFICATE-----
"""
KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgf6ebRnSI1qSLyDyA
u2nMq4YCXfD7m5T+fm5tXRJd0/mhRANCAASsuJNtAiZxfABFOKZ0kpK0TNzJE73h
tfgTin7nILLAXp0IBuxVnyMoVr4lBMxY+QQDH9v/rj1fWSuwAiF2nq9H
-----END PRIVATE KEY-----
"""

Script = Callable[[socket.socket], None]


class Server:
    """A server on the loopback: each connection gets the next of the answers, and each request is kept."""

    def __init__(self, *answers: bytes | Script, context: ssl.SSLContext | None = None) -> None:
        self.requests: list[str] = []
        self.sent_bytes = 0
        self._answers = answers
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}/gp.php"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        for answer in self._answers:
            with suppress(OSError):
                connection, _ = self._listener.accept()
                with connection:
                    connection.settimeout(5)
                    self._talk(connection, answer)

    def _talk(self, connection: socket.socket, answer: bytes | Script) -> None:
        if self._context:
            connection = self._context.wrap_socket(connection, server_side=True)
        with connection:
            self.requests.append(read_request(connection))
            if isinstance(answer, bytes):
                connection.sendall(answer)
            else:
                answer(connection)


def read_request(connection: socket.socket) -> str:
    """A request with its body, which is as long as it says."""
    text = b""
    while b"\r\n\r\n" not in text and (piece := connection.recv(65536)):
        text += piece
    head, _, body = text.partition(b"\r\n\r\n")
    length = next((int(h[15:]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length:")), 0)
    while len(body) < length and (piece := connection.recv(65536)):
        body += piece
    return (head + b"\r\n\r\n" + body).decode("latin-1")


def ok(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    parts = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + parts + end


class ManualClock:
    """A clock that stands still until a script moves it; what is due then is done at once."""

    def __init__(self) -> None:
        self.was_read = threading.Event()
        self._now_s = 0.0
        self._due: list[tuple[float, Callable[[], None]]] = []

    def now_s(self) -> float:
        self.was_read.set()
        return self._now_s

    @contextmanager
    def after(self, seconds: float, work: Callable[[], None]) -> Iterator[None]:
        item = (self._now_s + seconds, work)
        self._due.append(item)
        try:
            yield
        finally:
            with suppress(ValueError):
                self._due.remove(item)

    def advance(self, seconds: float) -> None:
        self._now_s += seconds
        for item in [item for item in self._due if item[0] <= self._now_s]:
            self._due.remove(item)
            item[1]()


class Dripping:
    """Sends a start, and then a drop a second until the minute of a fetch is over; notes whether it was hung up on."""

    def __init__(self, start: bytes, drop: bytes = b"x") -> None:
        self.clock = ManualClock()
        self.hung_up: list[bytes] = []
        self._start, self._drop = start, drop

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(self._start)
        for _ in range(60):
            connection.sendall(self._drop)
            self.clock.advance(1.0)
        self.hung_up.append(connection.recv(1))  # after 5 s it is an error


def dripping(start: bytes, drop: bytes = b"x") -> Callable[[], Dripping]:
    return lambda: Dripping(start, drop)


def silent() -> Dripping:
    return Dripping(b"", b"")


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*answers: bytes | Script, context: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(*answers, context=context))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


class Names:
    """The names that this test knows; a name with several answers gives the next at each question, then none."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.known: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def _look_up(self, host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        self.asked.append(host)
        ips = self.known[host].pop(0) if host in self.known else [host]
        assert all(ip_address(ip) for ip in ips)  # the test asks no real name server
        return [row for ip in ips for row in self._real(ip, port, *args, **kwargs)]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    return Names(monkeypatch)


def get(server: Server, **options: Any) -> Fetched | None:
    """From our own network, in no time."""
    options.setdefault("limits", Limits(connect_s=1.0, total_s=2.0))
    return fetch(options.pop("url", server.url), allow_private=True, **options)


def body_of(server: Server, **options: Any) -> bytes:
    fetched = get(server, **options)
    assert fetched is not None
    return fetched.body


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


PACKERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": lambda data: zlib.compress(data)[2:-4],  # without zlib's header and sum, as some servers have it
}


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


# --- addresses that are not usable ---


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("", "printable ASCII"),
        ("celestrak.org/gp.php", "starts with http:// or https://"),
        ("ftp://celestrak.org/", "starts with http:// or https://"),
        ("file:///etc/passwd", "starts with http:// or https://"),
        ("http:/celestrak.org", "starts with http:// or https://"),
        ("http://", "starts with http:// or https://"),
        ("http:///gp.php", "names no host"),
        ("http://:80/", "names no host"),
        ("http://?x", "names no host"),
        ("http://./", "names no host"),
        ("http://a..b/", "names no host"),
        (f"http://{'a' * 64}.org/", "names no host"),
        ("http://celestrak.org\\.example.org/", "names no host"),
        ("http://[::1]evil/", "names no host"),
        ("http://[fe80::1%25eth0]/", "names no host"),
        ("http://celestrak.org:/", "names no host"),
        ("http://celestrak.org:+80/", "names no host"),
        ("http://celestrak.org:0/", "the port is 0; it lies between 1 and 65535"),
        ("http://celestrak.org:65536/", "the port is 65536; it lies between 1 and 65535"),
        ("http://[::1/", "brackets"),
        ("http://celestrak.org/a b", "printable ASCII"),
        ("http://celestrak.org/\r\nHost: x", "printable ASCII"),
        (" http://celestrak.org/", "printable ASCII"),
        ("http://celestrak.org/\x7f", "printable ASCII"),
        ("http://①②⑦.0.0.1/", "printable ASCII"),
        ("http://celestrak.org/ä", "printable ASCII"),
        ("http://user@celestrak.org/", "names a user"),
        ("http://celestrak.org@127.0.0.1/", "names a user"),
        ("http://celestrak.org:80\\@127.0.0.1/", "names a user"),
    ],
)
def test_an_unusable_address_is_refused(names: Names, url: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as caught:
        fetch(url, allow_private=True)

    assert str(caught.value).isprintable()
    assert [] == names.asked


@pytest.mark.parametrize(
    "url",
    [
        "http://me:hunter22@celestrak.org/",
        "http://me:hun?ter22hunter22@celestrak.org:x/",
        "http://celestrak.org:99999/gp.php?key=hunter22",
        "http://celestrak.org:x/gp.php#hunter22",
        "ftp://celestrak.org/?hunter22",
    ],
)
def test_an_unusable_address_is_not_shown_with_its_secrets(url: str) -> None:
    with pytest.raises(InputError) as caught:
        fetch(url)

    assert "hunter22" not in str(caught.value)


def test_a_user_agent_with_a_line_break_is_refused() -> None:
    with pytest.raises(InputError, match="user_agent"):
        fetch("http://127.0.0.1/", user_agent="a\r\nb", allow_private=True)


# --- addresses that are not public ---


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "0177.0.0.1",
        "2130706433",
        "0",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b:1::8.8.8.8]",
        "[2002:7f00:1::1]",
        "[2001:0:7f00:1::]",
        "[fc00::1]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
    ],
)
def test_an_address_that_is_not_public_is_refused_in_all_its_forms(serve: Callable[..., Server], host: str) -> None:
    server = serve(ok(b"secret"))
    with pytest.raises(FetchError, match="which is not public") as caught:
        fetch(f"http://{host}:{server.port}/", limits=SOON)

    assert caught.value.status is None
    assert [] == server.requests


def test_one_private_address_among_public_ones_is_enough_to_refuse(names: Names) -> None:
    names.known["sat.example"] = [[PUBLIC_IP, "10.0.0.5"]]
    with pytest.raises(FetchError, match=r"^http://sat\.example/gp: sat\.example is 10\.0\.0\.5, which is not public"):
        fetch("http://sat.example/gp?key=1", limits=SOON)

    assert ["sat.example"] == names.asked


@pytest.mark.parametrize("ip", ["2606:2800:220:1::1", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"])
def test_a_public_ipv6_address_is_taken_to_the_wire(names: Names, serve: Callable[..., Server], ip: str) -> None:
    server = serve(ok(b"x"))
    names.known |= {"sat.example": [[ip]], ip: [["127.0.0.1"]]}
    fetched = fetch(f"http://sat.example:{server.port}/")

    assert Fetched(body=b"x") == fetched


def test_a_name_is_looked_up_once_and_the_checked_address_is_connected_to(
    names: Names, serve: Callable[..., Server]
) -> None:
    server = serve(ok(b"x"))
    # A name that is public when it is checked, and private when it is asked for again. The wire ends in our server.
    names.known |= {"sat.example": [[PUBLIC_IP], ["10.0.0.5"]], PUBLIC_IP: [["127.0.0.1"]]}
    fetched = fetch(f"http://Sat.Example.:{server.port}/")

    assert Fetched(body=b"x") == fetched
    assert ["sat.example", PUBLIC_IP] == names.asked
    assert f"\r\nHost: sat.example:{server.port}\r\n" in server.requests[0]


def test_the_next_address_is_tried_where_the_first_does_not_answer(names: Names, serve: Callable[..., Server]) -> None:
    server = serve(ok(b"x"))
    names.known["sat.example"] = [["::1", "127.0.0.1"]]

    assert b"x" == body_of(server, url=f"http://sat.example:{server.port}/")


def test_a_name_that_nobody_knows_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(FetchError, match=r"^http://sat\.example/: sat\.example was not found: .*not known"):
        fetch("http://sat.example/?key=1")


def test_a_port_where_nobody_listens_is_an_error(serve: Callable[..., Server]) -> None:
    server = serve()
    server.close()
    with pytest.raises(FetchError, match=r"gp\.php: it cannot be reached: 127\.0\.0\.1: .*refused") as caught:
        get(server)

    assert caught.value.status is None


# --- other statuses ---


@pytest.mark.parametrize("status", [201, 204, 206, 301, 302, 303, 304, 307, 308, 400, 403, 404, 429, 500, 503])
def test_any_other_status_is_an_error_and_nothing_is_followed_or_asked_again(
    serve: Callable[..., Server], status: int
) -> None:
    server = serve(ok(b"", "Location: /gp.php", "Retry-After: 0", status=f"{status} Hm"), ok(b"followed"))
    with pytest.raises(
        FetchError, match=rf"^http://127\.0\.0\.1:\d+/gp\.php: it answered with status {status}$"
    ) as caught:
        get(server)

    assert status == caught.value.status
    assert 1 == len(server.requests)


def test_an_error_says_why_in_one_line(serve: Callable[..., Server]) -> None:
    said = "GP data has not updated\r\n since your\x1b[31m last\u202e download. " + "Wait. " * 1000
    server = serve(ok(gzip.compress(said.encode()), "Content-Encoding: gzip", status="403 Forbidden"))
    with pytest.raises(FetchError) as caught:
        get(server)
    quoted = str(caught.value).partition("status 403: ")[2]

    assert quoted.startswith(r"GP data has not updated since your\x1b[31m last\u202e download. Wait. Wait.")
    assert 200 == len(quoted)


@pytest.mark.parametrize(
    "answer",
    [
        ok(b"no", "Content-Encoding: gzip", status="500 x"),
        ok(b"no", "Transfer-Encoding: chunked", status="500 x"),
        b"HTTP/1.1 500 x\r\nContent-Length: 100\r\n\r\nno",
        ok(b"\xff\xfe\x00", status="500 x"),
    ],
)
def test_an_error_with_a_broken_reason_keeps_its_status(serve: Callable[..., Server], answer: bytes) -> None:
    with pytest.raises(FetchError) as caught:
        get(serve(answer))

    assert 500 == caught.value.status
    assert str(caught.value).isprintable()


# --- time ---


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


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_not_unpacked(serve: Callable[..., Server], encoding: str) -> None:
    bomb = PACKERS[encoding](bytes(50_000_000))
    server = serve(ok(bomb, f"Content-Encoding: {encoding}"))

    assert peak_bytes(lambda: get(server, limits=Limits(total_s=2.0, max_bytes=500_000))) < 1_500_000


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


# --- logging in ---


def a_login(server: Server, path: str = "/ajaxauth/login") -> Login:
    return Login(url=f"http://127.0.0.1:{server.port}{path}", identity="me@example.org", password="hunter&22 ä")


def test_the_form_is_posted_and_its_cookies_go_with_the_query(serve: Callable[..., Server]) -> None:
    cookies = ("Set-Cookie: chocolatechip=abc; Path=/; HttpOnly", "Set-Cookie: spud=1=2", "Set-Cookie: bad=\x01")
    server = serve(ok(b'""', *cookies), ok(b"ISS"))
    fetched = get(server, login=a_login(server), etag='"a"')
    form, query = server.requests

    assert Fetched(body=b"ISS") == fetched
    assert form.startswith("POST /ajaxauth/login HTTP/1.1\r\n")
    assert "\r\nContent-Type: application/x-www-form-urlencoded\r\n" in form
    assert {"identity": ["me@example.org"], "password": ["hunter&22 ä"]} == parse_qs(form.partition("\r\n\r\n")[2])
    assert "If-None-Match" not in form
    assert query.startswith("GET /gp.php HTTP/1.1\r\n")
    assert "\r\nCookie: chocolatechip=abc; spud=1=2\r\n" in query
    assert "hunter" not in query


def test_a_login_that_sets_no_cookie_sends_none(serve: Callable[..., Server]) -> None:
    server = serve(ok(), ok(b"ISS"))

    assert b"ISS" == body_of(server, login=a_login(server))
    assert "Cookie" not in server.requests[1]


def test_a_password_that_is_no_unicode_is_only_wrong(serve: Callable[..., Server]) -> None:
    server = serve(ok(b'{"Login":"Failed"}'))
    with pytest.raises(FetchError, match="the login failed"):
        get(server, login=Login(url=server.url, identity="me", password="\ud800"))


@pytest.mark.parametrize("body", [b'{"Login":"Failed"}', b'{ "Login" : "Failed" }'])
def test_a_failed_login_is_401_although_the_server_says_200(serve: Callable[..., Server], body: bytes) -> None:
    server = serve(ok(body), ok(b"ISS"))
    with pytest.raises(FetchError, match=r"/ajaxauth/login: the login failed; check identity and password$") as caught:
        get(server, login=a_login(server))

    assert 401 == caught.value.status
    assert 1 == len(server.requests)


@pytest.mark.parametrize("status", [204, 302, 304, 401, 500])
def test_a_login_with_another_status_sends_no_query_and_is_not_quoted(
    serve: Callable[..., Server], status: int
) -> None:
    server = serve(ok(b"You said", "Location: /", "Set-Cookie: a=b", status=f"{status} x"), ok(b"ISS"))
    with pytest.raises(FetchError, match=f"/ajaxauth/login: it answered with status {status}$") as caught:
        get(server, login=a_login(server), etag='"a"')

    assert status == caught.value.status
    assert 1 == len(server.requests)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/login", "http://localhost:{}/login", "https://127.0.0.1:{}/login"])
def test_a_login_elsewhere_is_refused(serve: Callable[..., Server], url: str) -> None:
    server = serve()
    with pytest.raises(InputError, match="the login is elsewhere"):
        get(server, login=Login(url=url.format(server.port), identity="me", password="hunter22"))


def test_a_password_does_not_go_over_plain_http(names: Names) -> None:
    with pytest.raises(
        InputError, match=r"^http://sat\.example/gp: a password goes over https only, and this is http$"
    ):
        fetch("http://sat.example/gp", login=Login(url="http://sat.example/login", identity="me", password="hunter22"))

    assert [] == names.asked


def test_a_password_is_in_no_repr() -> None:
    assert "hunter22" not in repr(Login(url="https://sat.example/", identity="me", password="hunter22"))


@pytest.mark.parametrize("step", ["login", "query"])
@pytest.mark.parametrize(
    "echo",
    [
        pytest.param(lambda asked: ok(asked, status="500 x"), id="body"),
        pytest.param(lambda asked: ok(asked, "Content-Encoding: gzip", status="500 x"), id="not gzip"),
        pytest.param(lambda asked: b"HTTP/1.1 500 " + asked, id="reason"),
        pytest.param(lambda asked: b"HTTP/1.1 500 x\r\n" + asked, id="header"),
        pytest.param(lambda asked: asked, id="status line"),
    ],
)
def test_a_server_that_repeats_what_it_was_sent_gives_no_secret_away(
    serve: Callable[..., Server], step: str, echo: Callable[[bytes], bytes]
) -> None:
    def repeat(connection: socket.socket) -> None:
        asked = [f"{server.requests[-1]}\r\n", *server.requests[0].split("\r\n")[-1:], " hunter22&"]
        connection.sendall(echo("".join(asked).encode()))

    server = serve(repeat) if step == "login" else serve(ok(), repeat)
    login = Login(url=f"{server.url}?key=topsecret", identity="me", password="hunter22&")  # in the form: hunter22%26
    with pytest.raises(FetchError, match=r"/gp\.php: ") as caught:
        get(server, url=f"{server.url}?key=topsecret&other=top%20secret1&n=7", login=login)

    assert "hunter22" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_reason_is_shown_without_the_values_of_the_query(serve: Callable[..., Server]) -> None:
    server = serve(ok(b"No such path: /gp.php?key=top%20secret1&n=7 (top secret1), n is 7", status="404 x"))
    with pytest.raises(FetchError, match=r"404: No such path: /gp\.php\?key=\*\*\*&n=7 \(\*\*\*\), n is 7$"):
        get(server, url=f"{server.url}?key=top%20secret1&n=7")


def test_malformed_headers_do_not_bring_the_query_into_the_log(
    serve: Callable[..., Server], caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nno header\r\n\r\nISS")
    with caplog.at_level(logging.INFO), suppress(FetchError):
        get(server, url=f"{server.url}?key=topsecret")

    assert 1 == len(server.requests)
    assert "topsecret" not in caplog.text


# --- TLS ---


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """What a server of sat.example needs; its certificate is the only one that is trusted meanwhile."""
    (tmp_path / "certificate.pem").write_text(CERTIFICATE)
    (tmp_path / "key.pem").write_text(KEY)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    return context


def test_tls_is_made_with_the_name_although_the_number_is_connected_to(
    serve: Callable[..., Server], names: Names, tls: ssl.SSLContext
) -> None:
    asked_for: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    server = serve(ok(b"ISS"), context=tls)
    names.known |= {"sat.example": [[PUBLIC_IP]], PUBLIC_IP: [["127.0.0.1"]]}
    fetched = fetch(f"https://sat.example:{server.port}/gp")

    assert Fetched(body=b"ISS") == fetched
    assert ["sat.example"] == asked_for
    assert f"\r\nHost: sat.example:{server.port}\r\n" in server.requests[0]


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1"])
def test_the_certificate_of_another_is_refused(
    serve: Callable[..., Server], names: Names, tls: ssl.SSLContext, host: str
) -> None:
    server = serve(ok(b"ISS"), context=tls)
    names.known["other.example"] = [["127.0.0.1"]]
    with pytest.raises(FetchError, match=r"there is no safe connection: .*certificate is not valid for"):
        get(server, url=f"https://{host}:{server.port}/gp")

    assert [] == server.requests


def test_a_certificate_that_nobody_vouches_for_is_refused(
    serve: Callable[..., Server], names: Names, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    server = serve(ok(b"ISS"), context=tls)
    names.known["sat.example"] = [["127.0.0.1"]]
    with pytest.raises(FetchError, match=r"there is no safe connection: .*self-signed certificate"):
        get(server, url=f"https://sat.example:{server.port}/gp")

    assert [] == server.requests


def test_a_login_goes_over_tls(serve: Callable[..., Server], names: Names, tls: ssl.SSLContext) -> None:
    server = serve(ok(b'""', "Set-Cookie: a=b"), ok(b"ISS"), context=tls)
    names.known |= {"sat.example": [[PUBLIC_IP]], PUBLIC_IP: [["127.0.0.1"], ["127.0.0.1"]]}
    login = Login(url=f"https://sat.example:{server.port}/login", identity="me", password="hunter22")
    fetched = fetch(f"https://sat.example:{server.port}/gp", login=login)

    assert Fetched(body=b"ISS") == fetched
    assert "\r\nCookie: a=b\r\n" in server.requests[1]


def test_a_body_that_drips_through_tls_ends_in_time(
    serve: Callable[..., Server], names: Names, tls: ssl.SSLContext
) -> None:
    script = Dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
    server = serve(script, context=tls)
    names.known["sat.example"] = [["127.0.0.1"]]
    with pytest.raises(FetchError, match=r"it took longer than 60 s"):
        get(server, url=f"https://sat.example:{server.port}/gp", limits=Limits(), clock=script.clock)


def test_a_handshake_that_drips_ends_in_time() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(b"\x16\x03\x03\x40\x00")  # a record that is 16 kB long
            for _ in range(500):  # whoever waits for each byte anew sees the end of the connection
                if over.wait(0.01):
                    break
                connection.sendall(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
    with pytest.raises(FetchError, match="timed out"):
        fetch(url, allow_private=True, limits=Limits(connect_s=0.1))
    over.set()
    listener.close()
    thread.join()
