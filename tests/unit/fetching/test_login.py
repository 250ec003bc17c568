"""Logging in, and what is shown of what was sent."""

import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qs

import pytest

from passplan.domain.errors import FetchError, InputError
from passplan.remote.fetching import Fetched, Login, fetch
from tests.unit.fetching.servers import Names, Server, body_of, get, ok


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
