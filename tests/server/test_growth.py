"""What answers cost after years: as much as before, for an answer that is the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from passplan.server.http.cache import EXTENSION, ResponseCache
from passplan.store.schema import microseconds
from tests.server.site import API, Site

REQUESTS, CONTACTS_EACH = 2_000, 10
_STEPS = 100  # of SQLite's virtual machine, between two calls of the counter
_BLOCK = timedelta(minutes=30)

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


def age(site: Site, number: int) -> None:
    """Add 14 months of requests and contacts that are over, and their events, before those of the last number."""
    database, us = site.office.store.database, _BLOCK // timedelta(microseconds=1)
    first_id, prefix = 1_000_000 * number, f"OLD-{number}-"
    numbers = "WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < {most}) "
    first = microseconds(site.office.now) - (REQUESTS * CONTACTS_EACH * number + 2_000) * us

    def work(transaction: object) -> None:
        run = transaction.connection.exec_driver_sql  # type: ignore[attr-defined]
        for (trigger,) in run("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
            run(f"DROP TRIGGER {trigger}")
        run(
            numbers.format(most=REQUESTS)
            + "INSERT INTO request (id, agency, state, reason, start_us, end_us, group_id, document, submitted_us,"
            " submitted_by, changed_us)"
            f" SELECT '{prefix}' || k, CASE k % 3 WHEN 0 THEN 'ESA' WHEN 1 THEN 'NASA' ELSE 'JAXA' END,"
            " CASE k % 4 WHEN 0 THEN 'expired' ELSE 'satisfied' END, '',"
            f" {first} + k * {CONTACTS_EACH * us}, {first} + (k + 1) * {CONTACTS_EACH * us}, '',"
            " (SELECT document FROM request WHERE id = 'ESA-1'), 0, 'esa', 0 FROM n"
        )
        run(
            numbers.format(most=REQUESTS * CONTACTS_EACH)
            + "INSERT INTO contact (id, request_id, part, state, changed_us, satellite, link, antennas, start_us,"
            " end_us, occupied_from_us, occupied_to_us, revision)"
            f" SELECT {first_id} + k, '{prefix}' || (1 + (k - 1) / {CONTACTS_EACH}), k % {CONTACTS_EACH},"
            " CASE k % 10 WHEN 0 THEN 'unreported' WHEN 1 THEN 'dropped' ELSE 'completed' END,"
            f" {first} + k * {us}, 'ISS', 'up', '[\"WLP/a\"]', {first} + k * {us}, {first} + k * {us} + 300000000,"
            f" {first} + k * {us}, {first} + k * {us} + 300000000, 1 FROM n"
        )
        run(
            "INSERT INTO hold (contact_id, resource_id, start_us, end_us, live)"
            " SELECT id, (SELECT id FROM resource WHERE name = 'WLP/a'), start_us, end_us, 0 FROM contact"
            f" WHERE id > {first_id}"
        )
        ((last,),) = run("SELECT last_id FROM event_head").all()
        run(
            numbers.format(most=REQUESTS * CONTACTS_EACH)
            + "INSERT INTO event (id, at_us, actor, action, object, before, after, prev_hash, hash)"
            f" SELECT {last} + k, {first} + k * {us}, 'daemon', 'contact.completed', 'contact/' || ({first_id} + k),"
            f" '{{}}', '{{}}', {last} + k, {last} + k + 1 FROM n"
        )
        run(f"UPDATE event_head SET last_id = {last + REQUESTS * CONTACTS_EACH}")
        run("ANALYZE")

    database.write(work)


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

    age(site, 1)
    before = costs()
    age(site, 2)
    after = costs()
    grown = {path: (before[path], n) for path, n in after.items() if n > 1.1 * before[path] + 300}

    assert {} == grown, grown
