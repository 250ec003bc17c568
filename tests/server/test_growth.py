"""What answers cost after years: as much as before, for an answer that is the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from passplan.server.http.cache import EXTENSION, ResponseCache
from tests.history import add_history
from tests.server.site import API, Site

_STEPS = 100  # of SQLite's virtual machine, between two calls of the counter

PAGES = (
    "/",
    "/passes?hours=24",
    "/schedule/",
    "/requests/",
    "/stations/",
    "/stations/WLP",
    "/agencies/",
    "/agencies/ESA",
    "/administration/",
    "/administration/events",
    "/metrics",
    f"{API}/contacts",
    f"{API}/requests?limit=10",
    f"{API}/schedule",
    f"{API}/stations/WLP",
    f"{API}/agencies/ESA",
    f"{API}/status",
)


@contextmanager
def steps(site: Site) -> Iterator[list[int]]:
    """Count the steps of the database."""
    engine, found = site.office.store.database._reader, [0]

    def count() -> int:
        found[0] += _STEPS
        return 0

    def lent(connection: sa.engine.interfaces.DBAPIConnection, *_given: object) -> None:
        connection.set_progress_handler(count, _STEPS)

    sa.event.listen(engine, "checkout", lent)
    try:
        yield found
    finally:
        sa.event.remove(engine, "checkout", lent)


@pytest.mark.fault(86)
def test_what_answers_cost_does_not_grow_with_history(site: Site) -> None:
    client = site.browser("admin")
    headers = {"Authorization": f"Bearer {site.tokens['admin']}"}

    def costs() -> dict[str, int]:
        found = {}
        for path in PAGES:
            for _ in range(2):  # documents are parsed once for each revision
                site.office.now += timedelta(seconds=1)
                site.app.extensions[EXTENSION] = ResponseCache()
                with steps(site) as counted:
                    answer = client.get(path, headers=headers if path.startswith(API) else {})
                assert 200 == answer.status_code, path
            found[path] = counted[0]
        return found

    until = site.office.now - timedelta(weeks=6)
    add_history(site.office.store.database, until)
    before = costs()
    add_history(site.office.store.database, until, before=1)
    after = costs()
    grown = {path: (before[path], n) for path, n in after.items() if n > 1.1 * before[path] + 300}

    assert {} == grown, grown
