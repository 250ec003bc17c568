"""Addresses that are not usable or not public."""

import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest

from passplan.domain.errors import FetchError, InputError
from passplan.remote.addresses import is_public
from passplan.remote.fetching import Fetched, fetch
from tests.unit.fetching.servers import PUBLIC_IP, SOON, Names, Server, body_of, get, ok

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


@pytest.mark.fault(69)
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


@pytest.mark.fault(69)
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


# Of each block of the registries of special-purpose addresses (IANA, RFC 6890) an address in it.
SPECIAL = """
0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 169.254.169.254 172.16.0.1 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1
192.88.99.1 192.168.0.1 192.175.48.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255
:: ::1 ::ffff:127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:2::1 2001:db8::1 2002:7f00:1:: 2620:4f:8000::1
3fff::1 5f00::1 fc00::1 fe80::1 fec0::1 ff02::1
"""


@pytest.mark.parametrize("text", SPECIAL.split())
def test_a_special_address_is_not_public_whatever_this_python_says(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", ["9.9.9.9", "104.168.149.178", "2606:4700::1", "::ffff:9.9.9.9", "64:ff9b::909:909"])
def test_an_address_of_the_internet_is_public(text: str) -> None:
    assert is_public(ip_address(text))
