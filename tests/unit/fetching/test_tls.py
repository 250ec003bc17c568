"""Certificates, and the name that they are for."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from passplan.domain.errors import FetchError
from passplan.remote.fetching import Fetched, Limits, Login, fetch
from tests.unit.fetching.servers import CERTIFICATE, KEY, PUBLIC_IP, Dripping, Names, Server, get, ok


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
