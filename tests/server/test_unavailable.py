"""Pages and API while the database cannot be reached, and what is then still shown. Faults 54 and 83."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from passplan.store.database import Database
from tests.server.site import Site, application
from tests.service.office import ask, open_office
from tests.stores import new_store, on_server, postgresql_server


@contextmanager
def away(database: Database) -> Iterator[None]:
    """Nobody can connect to the database meanwhile, and every connection to it is ended."""
    name, server = database.url.database, postgresql_server()
    on_server(server, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
    on_server(server, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    try:
        yield
    finally:
        on_server(server, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")


@pytest.fixture
def postgresql_site(tmp_path: Path) -> Iterator[Site]:
    """A site on PostgreSQL, with a schedule."""
    database = Database(new_store("postgresql", tmp_path))
    office = open_office(database, tmp_path, passes_d=3, horizon_d=3, public_view=True)
    office.submit(ask("ESA-1", hours=(0.0, 24.0)))
    office.plan()
    yield Site(office, application(office.store, office.clock), {})
    database.close()


@pytest.mark.fault(54)
@pytest.mark.fault(83)
def test_without_its_database_a_page_needs_nothing_and_tells_nothing(postgresql_site: Site) -> None:
    site = postgresql_site
    client, database = site.app.test_client(), site.office.store.database
    with away(database):
        pages = [client.get(path) for path in ("/", "/sign-in", "/requests/", "/passes", "/nothing")]
        api = site.get("/contacts")
        ready, alive = client.get("/readyz"), client.get("/healthz")
    again = client.get("/")

    assert [503, 503, 303, 503, 404] == [p.status_code for p in pages]  # a page that needs a sign-in leads there first
    assert {"5"} == {p.headers["Retry-After"] for p in (*pages, api) if p.status_code == 503}
    assert (503, "/problems/store", "store_unavailable") == (
        api.status_code,
        api.json["type"],
        api.json["messages"][0]["code"],
    )
    secrets = ("pp-", "postgresql", str(site.office.store.folder), str(database.url.database))
    for text in (*(p.text for p in pages), api.text, ready.text):
        assert [] == [secret for secret in secrets if secret in text]
    assert (503, 200, 200) == (ready.status_code, alive.status_code, again.status_code)


@pytest.mark.fault(54)
def test_the_last_schedule_is_shown_as_an_old_one(postgresql_site: Site) -> None:
    site = postgresql_site
    client = site.app.test_client()
    fresh = client.get("/schedule/", headers={"Accept-Encoding": "gzip"})
    assert (200, "gzip") == (fresh.status_code, fresh.headers["Content-Encoding"])
    with away(site.office.store.database):
        old, other = client.get("/schedule/"), client.get("/schedule/2026-08-20")
        someone = site.app.test_client()
        someone.set_cookie(site.app.extensions["passplan"].session_cookie, "another")
        elsewhere = someone.get("/schedule/")
        site.office.later(0.6)  # longer than a session that is not used
        late = client.get("/schedule/")

    assert [503] * 4 == [a.status_code for a in (old, other, elsewhere, late)]
    words = "This page is as it was at 2026-08-08 06:00:00 UTC, and it does not change."
    assert [True, False, False, False] == [words in a.text for a in (old, other, elsewhere, late)]
    assert "ESA" in old.text
    assert "script-src" not in old.headers["Content-Security-Policy"]


def test_a_store_that_is_gone_is_told_likewise(site: Site) -> None:
    path = site.office.store.database.path
    assert path is not None
    client = site.app.test_client()
    site.office.store.database._reader.dispose()
    path.rename(path.with_suffix(".gone"))
    answer = client.get("/sign-in")

    assert 503 == answer.status_code
    assert str(path) not in answer.text


@pytest.mark.fault(55)
@pytest.mark.fault(83)
def test_a_full_disk_is_not_ready(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from passplan.service.operations import disk

    monkeypatch.setattr(disk, "LEAST_FREE_BYTES", 2**62)
    answer = site.app.test_client().get("/readyz")

    assert (503, True) == (answer.status_code, "not ready" in answer.text)
    assert "MB left; make room" in answer.text


@pytest.mark.fault(83)
def test_a_disk_that_is_read_only_is_not_ready(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_given: False)
    answer = site.app.test_client().get("/readyz")

    assert (503, True) == (answer.status_code, "not ready" in answer.text)
    assert "nothing can be written" in answer.text
