"""Addresses: parsed, resolved in a single lookup, and checked to be of a public machine."""

import queue
import re
import socket
import threading
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from passplan.domain.errors import FetchError, InputError
from passplan.domain.messages import Message
from passplan.remote.deadlines import Deadline
from passplan.remote.texts import one_line, reason_of

_HOST_AND_PORT = re.compile(r"(?:\[([0-9a-f:.]+)\]|((?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63})\.?)(?::(\d{1,9}))?", re.I)
_NAT64 = IPv6Network("64:ff9b::/96")
# What is no machine on the internet, whatever the Python at hand says of it. Source: the registries of special-purpose
# addresses of IANA (RFC 6890), and of multicast.
_SPECIAL_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_UNICAST_6 = IPv6Network("2000::/3")  # outside it nothing is given to anybody
_SPECIAL_6 = tuple(
    IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The parts of a usable address."""

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def host_and_port(self) -> str:
        """The value of the Host header: IPv6 in brackets, and no port where it is the scheme's default."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def shown(self) -> str:
        """The address for a message, without its query, which may hold a key."""
        return f"{self.scheme}://{self.host_and_port}{self.path}"


def parse(url: str) -> Address:
    """The parts of an address. The name is not resolved.

    Raises:
        InputError: it is not an http or https address with a host, or names a user.
    """
    where = "an address with an @" if "@" in url else one_line(re.split("[?#]", url)[0])  # no secret is shown
    if not re.fullmatch(r"[!-~]+", url):
        raise InputError(
            Message(
                "address_not_ascii",
                "%(where)s: an address is printable ASCII; write the rest as %%20, and in a name as xn--",
                where=where,
            )
        )
    scheme, _, rest = url.partition("://")
    if scheme.lower() not in _PORTS or not rest:
        raise InputError(
            Message("address_scheme", "%(where)s: an address starts with http:// or https://", where=where)
        )
    try:
        parts = urlsplit(url)
    except ValueError:
        raise InputError(
            Message("address_brackets", "%(where)s: the brackets in it are not those of an IPv6 address", where=where)
        ) from None
    if "@" in parts.netloc:
        raise InputError(
            Message(
                "address_user",
                "%(where)s: it names a user before the @; leave that out, and log in instead",
                where=where,
            )
        )
    match = _HOST_AND_PORT.fullmatch(parts.netloc)
    if not match:
        raise InputError(
            Message(
                "address_host",
                "%(where)s: it names no host; one looks like celestrak.org, or celestrak.org:443",
                where=where,
            )
        )
    port = int(match[3]) if match[3] else _PORTS[parts.scheme]
    if not 1 <= port <= 65535:
        raise InputError(
            Message(
                "address_port", "%(where)s: the port is %(port)s; it lies between 1 and 65535", where=where, port=port
            )
        )
    host = (match[1] or match[2]).lower()
    return Address(scheme=parts.scheme, host=host, port=port, path=parts.path or "/", query=parts.query)


def resolve(address: Address, deadline: Deadline, *, allow_private: bool) -> tuple[str, ...]:
    """The IP addresses of a host, all of them checked. Forms such as 127.1 and 2130706433 are checked too.

    Raises:
        FetchError: the host has no address or one that is not public, or the deadline has passed.
    """
    answers: queue.SimpleQueue[list[str] | Exception | None] = queue.SimpleQueue()  # None: the deadline has passed

    def look_up() -> None:
        try:
            entries = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
            answers.put([str(sockaddr[0]) for *_, sockaddr in entries])
        except (OSError, UnicodeError) as error:
            answers.put(error)

    with deadline.then(lambda: answers.put(None)):
        threading.Thread(target=look_up, daemon=True).start()  # it cannot be stopped; the process exits without it
        answer = answers.get()
    if answer is None:
        raise deadline.error(address.shown)
    if isinstance(answer, Exception):
        raise FetchError(
            Message(
                "host_not_found",
                "%(address)s: %(host)s was not found: %(error)s",
                address=address.shown,
                host=address.host,
                error=reason_of(answer),
            )
        ) from answer
    for ip in answer:
        if not allow_private and not is_public(ip_address(ip)):
            what = f"{address.host} is {ip}, which is not public; private addresses have to be allowed"
            raise FetchError(Message("address_refused", "%(address)s: %(reason)s", address=address.shown, reason=what))
    return tuple(dict.fromkeys(answer))


def is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one machine on the internet, also where IPv6 only carries IPv4."""
    if isinstance(ip, IPv6Address):
        carried = ip.ipv4_mapped or ip.sixtofour or (IPv4Address(ip.packed[12:]) if ip in _NAT64 else None)
        if carried:
            return is_public(carried)
        return ip in _UNICAST_6 and not any(ip in network for network in _SPECIAL_6)
    return not any(ip in network for network in _SPECIAL_4)
