"""A server on the loopback that answers as a script says, a certificate for it, and names that lead to it."""

import gzip
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from typing import Any

import pytest

from passplan.remote.fetching import Fetched, Limits, fetch

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


def get(server: Server, **options: Any) -> Fetched | None:
    """From our own network, in no time."""
    options.setdefault("limits", Limits(connect_s=1.0, total_s=2.0))
    return fetch(options.pop("url", server.url), allow_private=True, **options)


def body_of(server: Server, **options: Any) -> bytes:
    fetched = get(server, **options)
    assert fetched is not None
    return fetched.body


PACKERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": lambda data: zlib.compress(data)[2:-4],  # without zlib's header and sum, as some servers have it
}
