"""What a page reads: in how many transactions and statements, and how many texts it parses for it."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import Any

import pytest
import sqlalchemy as sa

from passplan.formats import times
from passplan.server.http.cache import EXTENSION, ResponseCache
from tests.server.site import Site, with_settings
from tests.server.test_matrix import ROUTES, call, routes_of, things_of

PAGES = ("/", "/passes?hours=168", "/schedule/", "/agencies/", "/map", "/stations/WLP")
MOST_STATEMENTS = 36
COUNTED = {times.parse_instant.__code__: "parsed times", json.loads.__code__: "parsed JSON"}


@contextmanager
def counting(site: Site) -> Iterator[Counter[str]]:
    """Count transactions, statements and calls of the parsers in this thread."""
    found: Counter[str] = Counter()
    engine = site.office.store.database._reader

    def begun(_connection: Any) -> None:
        found["transactions"] += 1

    def executed(*_given: Any) -> None:
        found["statements"] += 1

    def called(frame: FrameType, event: str, _given: Any) -> None:
        if event == "call" and frame.f_code in COUNTED:
            found[COUNTED[frame.f_code]] += 1

    sa.event.listen(engine, "begin", begun)
    sa.event.listen(engine, "before_cursor_execute", executed)
    sys.setprofile(called)
    try:
        yield found
    finally:
        sys.setprofile(None)
        sa.event.remove(engine, "begin", begun)
        sa.event.remove(engine, "before_cursor_execute", executed)


@pytest.mark.parametrize("account", ["", "admin", "esa", "wallops"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_reads_in_two_transactions_and_parses_no_times(site: Site, path: str, account: str) -> None:
    site = site if account else with_settings(site, public_view=True)
    client = site.browser(account) if account else site.app.test_client()
    assert 200 == client.get(path).status_code  # documents are parsed once for each revision
    fresh(site)
    with counting(site) as found:
        assert 200 == client.get(path).status_code

    assert found["transactions"] <= 2
    assert found["statements"] <= MOST_STATEMENTS
    assert 0 == found["parsed times"]


@pytest.mark.parametrize("path", ["/", "/passes?hours=168", "/schedule/"])
def test_what_a_page_reads_does_not_grow_with_its_passes_and_contacts(site: Site, path: str) -> None:
    site = with_settings(site, public_view=True)
    client = site.app.test_client()
    client.get(path)
    counts = []
    for hours in (0, 30):  # later there is less ahead
        site.office.now += timedelta(hours=hours, seconds=1)
        site.app.extensions[EXTENSION] = ResponseCache()
        with counting(site) as found:
            client.get(path)
        counts.append(found["statements"])

    assert abs(counts[0] - counts[1]) <= 2  # a question whose answer would be empty is not put


MORE = (  # questions that an address alone does not show
    "/requests/ESA-5?price=1",
    "/requests/?agency=NASA&station=RED",
    "/passes?hours=168&show=mine&station=agency:ESA",
    "/administration/events?about=contact/1",
    "/map?satellite=ISS",
)


def test_every_route_that_reads_has_an_example(still: Site) -> None:
    reads = {name for name in routes_of(still) if name.startswith("GET ")}

    assert reads == {name for name in ROUTES if name.startswith("GET ")}
    assert len(reads) > 50


@pytest.mark.parametrize("account", ["esa", "admin"])
def test_every_route_reads_in_two_transactions(still: Site, account: str) -> None:
    """One finds who asks, and one has the answer. Documents are parsed once for each revision: a first call does it."""
    things = things_of(still)
    found: dict[str, int] = {}
    statuses: dict[str, int] = {}
    for name in [name for name in sorted(ROUTES) if name.startswith("GET ")]:
        call(still, name, account, things)
        fresh(still)
        with counting(still) as counts:
            statuses[name] = call(still, name, account, things).status_code
        found[name] = counts["transactions"]
    client = still.browser(account)
    for path in MORE:
        client.get(path)
        fresh(still)
        with counting(still) as counts:
            statuses[path] = client.get(path).status_code
        found[path] = counts["transactions"]

    assert {} == {name: count for name, count in found.items() if count > 2}
    assert max(found.values()) == 2  # what counts does count
    assert set(statuses.values()) <= ({200, 302} if account == "admin" else {200, 302, 403})


def fresh(site: Site) -> None:
    """A second later, and nothing that was answered before."""
    site.office.now += timedelta(seconds=1)
    site.app.extensions[EXTENSION] = ResponseCache()
