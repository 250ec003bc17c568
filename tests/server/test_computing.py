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


def test_a_page_that_the_browser_has_is_not_sent_again(site: Site, pipe: Connection) -> None:
    computing.install(site.app, computing.Computing([pipe]))
    client = site.browser("esa")
    etag = client.get("/requests/ESA-1", headers=GZIP).headers.get("ETag", "")
    again = client.get("/requests/ESA-1", headers=GZIP | {"If-None-Match": etag})

    assert {200, 304} >= {again.status_code}
    assert again.status_code == 304 or again.data


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
