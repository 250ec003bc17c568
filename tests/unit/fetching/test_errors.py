"""Other statuses than 200 and 304."""

import gzip
from collections.abc import Callable

import pytest

from passplan.domain.errors import FetchError
from tests.unit.fetching.servers import Server, get, ok


@pytest.mark.fault(18)
@pytest.mark.fault(69)
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
