"""Costly views that another application answers, as the computing process does."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import pytest

from passplan.server.http import computing
from tests.server.site import Site, application

GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture
def pipe(site: Site) -> Iterator[Connection]:
    """The server's end of a pipe, with an application at the other end."""
    ours, theirs = Pipe()
    other = application(site.office.store, site.office.clock)
    thread = threading.Thread(target=computing._answer_all, args=(other.wsgi_app, theirs))
    thread.start()
    yield ours
    ours.close()
    thread.join()


@pytest.mark.parametrize("path", ["/requests/ESA-5", "/requests/ESA-1", "/requests/nothing"])
def test_a_page_is_the_same_whoever_computes_it(site: Site, pipe: Connection, path: str) -> None:
    alone = site.browser("esa").get(path)
    computing.install(site.app, computing.Computing([pipe]))
    client = site.browser("esa")
    forwarded = client.get(path, headers=GZIP)
    text = gzip.decompress(forwarded.data).decode()

    assert alone.status_code == forwarded.status_code
    assert "<h1" in text
    assert "gzip" == forwarded.headers["Content-Encoding"]
    for name in ("Vary", "X-Request-Id", "Content-Security-Policy", "Content-Type", "Cache-Control"):
        assert 1 == len(forwarded.headers.getlist(name)), name


def test_what_the_server_does_itself_is_not_asked_of_the_other_process(site: Site) -> None:
    """It packs, compares with what the browser has, numbers the request and writes the headers of all responses."""
    ours, theirs = Pipe()
    computing.install(site.app, computing.Computing([ours]))
    theirs.send(
        (200, [("Content-Type", "text/html"), ("Vary", "X"), ("X-Request-Id", "0"), ("X-Own", "1")], b"a" * 2_000)
    )
    response = site.browser("esa").get("/requests/ESA-1", headers=GZIP | {"If-None-Match": 'W/"1"', "X-Asked": "1"})
    texts, body = theirs.recv()

    assert {"HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH"}.isdisjoint(texts)
    assert ("1", "/requests/ESA-1", b"") == (texts["HTTP_X_ASKED"], texts["PATH_INFO"], body)
    assert texts["passplan.request"] == response.headers["X-Request-Id"] != "0"
    assert "X" not in response.headers["Vary"].split(", ")
    assert ("1", b"a" * 2_000) == (response.headers["X-Own"], gzip.decompress(response.data))


def test_after_an_error_no_response_goes_to_another_caller(site: Site) -> None:
    ours, theirs = Pipe()
    beside = computing.Computing([ours])
    computing.install(site.app, beside)
    theirs.close()
    first = site.browser("esa").get("/requests/ESA-1")
    second = site.browser("esa").get("/requests/ESA-1")

    assert (503, 200) == (first.status_code, second.status_code)
    assert beside.has_ended
    assert beside._free.empty()
