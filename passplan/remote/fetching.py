"""One file from one address: within a time and a size, from a public machine, complete or not at all.

The other machine may be slow, broken, or hostile, and the address may have been typed to reach the internal network. So
a name is resolved in a single lookup, and its addresses are checked before a connection; redirects are not followed,
and no request is repeated.
"""

import io
import logging
import re
import ssl
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from itertools import chain
from urllib.parse import parse_qsl, quote_plus, urlencode

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.response import HTTPResponse

from passplan.domain.errors import FetchError, InputError
from passplan.domain.messages import Message
from passplan.remote.addresses import Address, parse, resolve
from passplan.remote.deadlines import SYSTEM_CLOCK, Clock, Deadline
from passplan.remote.texts import one_line, reason_of

_PIECE_BYTES = 64 * 2**10
_EXCERPT_BYTES = 2000  # that are read of a refusal
_SECRET_CHARACTERS = 8  # a value of a query with as many may be a key

_LOGIN_FAILED = re.compile(rb'"Login"\s*:\s*"Failed"', re.I)  # Space-Track says so with status 200
_PACKED = ("gzip", "x-gzip", "deflate")

# urllib3 warns of malformed headers, and writes the whole address with the keys in its query.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a fetch."""

    connect_s: float = 10.0  # for TCP, and again for TLS
    total_s: float = 60.0  # from the first packet to the last, looking up the name and logging in included
    max_bytes: int = 64 * 2**20  # decompressed


USUAL_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A form that is posted first; the cookies of its answer go with the query (Space-Track)."""

    url: str
    identity: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A complete body, and the validators with which the next fetch can skip it."""

    body: bytes = field(repr=False)
    etag: str = ""
    last_modified: str = ""


def fetch(
    url: str,
    *,
    etag: str = "",
    last_modified: str = "",
    login: Login | None = None,
    allow_private: bool = False,
    limits: Limits = USUAL_LIMITS,
    user_agent: str = "passplan",
    clock: Clock = SYSTEM_CLOCK,
) -> Fetched | None:
    """The body of an address; None where it is not modified (304) since `etag` / `last_modified`.

    `allow_private` is for a server on the local network: it may have any address, and a login may go there without TLS.

    Raises:
        InputError: the address, or that of the login, is not usable; nothing was sent.
        FetchError: the other machine did not send it completely and in time; with its status where it has one.
    """
    address, entrance = parse(url), parse(login.url) if login else None
    if entrance and entrance.origin != address.origin:
        raise InputError(
            Message(
                "login_elsewhere",
                "%(login)s: the login is elsewhere than %(address)s; give one on the same host",
                login=entrance.shown,
                address=address.shown,
            )
        )
    if entrance and address.scheme != "https" and not allow_private:
        raise InputError(
            Message(
                "login_needs_https",
                "%(address)s: a password goes over https only, and this is %(scheme)s",
                address=address.shown,
                scheme=address.scheme,
            )
        )
    if not _clean(user_agent):
        raise InputError(
            Message(
                "user_agent_form",
                "user_agent is %(user_agent)r; it is printable ASCII",
                user_agent=one_line(user_agent),
            )
        )
    validators = {"If-None-Match": _clean(etag), "If-Modified-Since": _clean(last_modified)}
    condition = {name: value for name, value in validators.items() if value}
    headers = {"Host": address.host_and_port, "User-Agent": user_agent, "Accept-Encoding": "gzip, deflate"}

    deadline = Deadline(limits.total_s, clock)
    ips = resolve(address, deadline, allow_private=allow_private)
    secrets = _values(address.query)
    if login and login.password:
        secrets += (login.password, quote_plus(login.password, errors="replace"))
    line = _Line(address=address, ips=ips, limits=limits, deadline=deadline, hidden=secrets)
    if login and entrance:  # its answer is not quoted: it may repeat the password, in any form
        headers |= _log_in(replace(line, address=entrance, hidden=None), headers, login)
    return line.ask("GET", headers | condition, may_be_unmodified=bool(condition))[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A host that was resolved and checked, and the limits of requests to it."""

    address: Address
    ips: tuple[str, ...]
    limits: Limits
    deadline: Deadline
    hidden: tuple[str, ...] | None  # replaced by *** in a quoted answer; None: answers are not quoted

    def ask(
        self, method: str, headers: Mapping[str, str], form: bytes | None = None, *, may_be_unmodified: bool = False
    ) -> tuple[Fetched | None, dict[str, str]]:
        """The answer to one request, None if unmodified, and the cookies that it sets.

        Raises:
            FetchError: for everything but a complete answer with status 200, or 304 where it may be unmodified.
        """
        try:
            with closing(self._connect()) as connection, self.deadline.cutting(connection.sock):
                connection.timeout = self.deadline.left_s()
                target = self.address.target
                connection.request(method, target, form, headers, preload_content=False, decode_content=False)
                with closing(connection.getresponse()) as response:
                    self.deadline.check(self.address.shown)  # http.client accepts a header that was cut by the deadline
                    if may_be_unmodified and response.status == 304:
                        return None, {}
                    if response.status != 200:
                        raise self._refusal(response)
                    body = self._body(response)
        except (OSError, HTTPException, HTTPError, zlib.error) as error:
            self.deadline.check(self.address.shown)
            raise self._error(
                Message("answer_broken", "the answer is broken: %(error)s", error=reason_of(error))
            ) from error
        self.deadline.check(self.address.shown)
        etag, last_modified = (_clean(response.headers.get(name, "")) for name in ("ETag", "Last-Modified"))
        return Fetched(body=body, etag=etag, last_modified=last_modified), _cookies(response)

    def _connect(self) -> HTTPConnection:
        """A connection to the first address that accepts one; by number, so that the name is not resolved again."""
        reason = "it has no address"
        for ip in self.ips:
            timeout_s = min(self.limits.connect_s, self.deadline.left_s() / 2)  # TCP may take as long, and then TLS
            connection = self._connection(ip, timeout_s)
            try:
                connection.connect()
            except (ConnectTimeoutError, NewConnectionError) as error:
                connection.close()
                reason = f"{ip}: {reason_of(error)}"  # the next address may accept it
            except OSError as error:
                connection.close()
                self.deadline.check(self.address.shown)
                raise self._error(
                    Message("connection_unsafe", "there is no safe connection: %(error)s", error=reason_of(error))
                ) from error
            else:
                return connection
        self.deadline.check(self.address.shown)
        raise self._error(Message("unreachable", "it cannot be reached: %(error)s", error=reason))

    def _connection(self, ip: str, timeout_s: float) -> HTTPConnection:
        host, port = self.address.host, self.address.port
        if self.address.scheme == "http":
            return HTTPConnection(ip, port, timeout=timeout_s)
        # Without assert_hostname, which moves the check of the name from OpenSSL to Python.
        context = ssl.create_default_context()
        return HTTPSConnection(ip, port, timeout=timeout_s, server_hostname=host, ssl_context=context)

    def _body(self, response: HTTPResponse) -> bytes:
        encoding, transfer = _word(response, "Content-Encoding"), _word(response, "Transfer-Encoding")
        if transfer not in ("", "chunked"):
            raise self._error(
                Message("answer_transfer", "the answer comes as %(form)r; chunked is what is understood", form=transfer)
            )
        if encoding not in ("", "identity", *_PACKED):
            raise self._error(
                Message(
                    "answer_packed", "the answer is packed as %(form)r; gzip and deflate were asked for", form=encoding
                )
            )
        if not transfer and encoding not in _PACKED and response.length_remaining is None:
            raise self._error(Message("answer_cut", "the answer does not say how long it is, and may have been cut"))
        body = io.BytesIO()  # its content is read out without a copy
        for part in _unpacked(response):
            if body.tell() + len(part) > self.limits.max_bytes:
                raise self._error(
                    Message(
                        "answer_too_large",
                        "the answer is too large; at most %(most)s bytes are taken",
                        most=f"{self.limits.max_bytes:,}",
                    )
                )
            body.write(part)
        return body.getvalue()

    def _refusal(self, response: HTTPResponse) -> FetchError:
        """An error with the beginning of the answer, which often says why."""
        start = bytearray()
        with suppress(OSError, HTTPException, HTTPError, zlib.error):  # show what was received until then
            for part in _unpacked(response):
                start += part
                if len(start) >= _EXCERPT_BYTES:
                    break
        text = start[:_EXCERPT_BYTES].decode("utf-8", "replace") if self.hidden is not None else ""
        for secret in sorted(self.hidden or (), key=len, reverse=True):
            text = text.replace(secret, "***")
        excerpt = one_line(text)
        status = response.status
        if not excerpt:
            return self._error(Message("refused", "it answered with status %(status)s", status=status), status)
        return self._error(
            Message("refused_because", "it answered with status %(status)s: %(text)s", status=status, text=excerpt),
            status,
        )

    def _error(self, what: Message, status: int | None = None) -> FetchError:
        message = Message("fetch_failed", "%(address)s: %(problem)s", address=self.address.shown, problem=what)
        return FetchError(message, status=status)


def _log_in(line: _Line, headers: Mapping[str, str], login: Login) -> dict[str, str]:
    """Log in, and return the header with the session's cookies.

    Raises:
        FetchError: the login was refused; status 401 where the server reports that in its body.
    """
    form = urlencode({"identity": login.identity, "password": login.password}, errors="replace").encode()
    answer, cookies = line.ask("POST", {**headers, "Content-Type": "application/x-www-form-urlencoded"}, form)
    if answer and _LOGIN_FAILED.search(answer.body):
        raise FetchError(
            Message(
                "login_failed", "%(address)s: the login failed; check identity and password", address=line.address.shown
            ),
            status=401,
        )
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}


# --- bytes and text ---


def _unpacked(response: HTTPResponse) -> Iterator[bytes]:
    """The body in pieces of at most `_PIECE_BYTES`, decompressed.

    Raises:
        zlib.error: it is broken, ends early, or continues after its end; urllib3 accepts the last two.
    """
    # read1, because read follows a negative chunk size to the end of the stream, in one piece.
    pieces = iter(lambda: response.read1(_PIECE_BYTES, decode_content=False), b"")
    encoding = _word(response, "Content-Encoding")
    if encoding not in _PACKED:
        yield from pieces
        return
    first = next(pieces, b"")
    raw = encoding == "deflate" and first and first[0] & 15 != 8  # some servers omit zlib's header
    unpack = zlib.decompressobj(-zlib.MAX_WBITS if raw else zlib.MAX_WBITS | 32)
    for piece in chain([first], pieces):
        part = unpack.decompress(piece, _PIECE_BYTES)
        while part:
            yield part
            part = unpack.decompress(unpack.unconsumed_tail, _PIECE_BYTES) if not unpack.eof else b""
        if unpack.unused_data:
            break
    if not unpack.eof or unpack.unused_data:
        raise zlib.error("the compressed data ends early, or goes on after its end")


def _word(response: HTTPResponse, name: str) -> str:
    return one_line(response.headers.get(name, "")).lower()


def _cookies(response: HTTPResponse) -> dict[str, str]:
    texts = (text.partition(";")[0] for text in response.headers.getlist("Set-Cookie"))
    pairs = (_clean(text, most=4096).partition("=") for text in texts)
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}


def _clean(value: str, most: int = 1000) -> str:
    """A header's value; empty if it has control characters, is not ASCII, or is too long."""
    value = value.strip()
    return value if value.isascii() and value.isprintable() and len(value) <= most else ""


def _values(query: str) -> tuple[str, ...]:
    """The values of a query that may be keys, as written and decoded."""
    raw = (part.partition("=")[2] for part in query.split("&"))
    return tuple(v for v in (*raw, *(v for _, v in parse_qsl(query))) if len(v) >= _SECRET_CHARACTERS)
