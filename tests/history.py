"""Years of requests and contacts that are over, for tests and benchmarks of what answers cost then."""

from __future__ import annotations

from datetime import datetime, timedelta

from passplan.store.database import Database, Transaction
from passplan.store.schema import microseconds

_FIRST_ID = 1_000_000
_CONTACT_US = 300_000_000


def add_history(
    database: Database,
    until: datetime,
    *,
    requests: int = 2_000,
    contacts_each: int = 10,
    days: int = 415,
    before: int = 0,
) -> None:
    """Add requests, their contacts one after the other at one antenna, and an event of each, all of it by SQL.

    Args:
        database: a store on SQLite with a request, a contact and an antenna; its guards are dropped.
        until: the end of the last contact.
        requests: their number.
        contacts_each: the contacts of a request.
        days: the time that they take.
        before: how many histories there are already; this one lies before them.
    """
    contacts = requests * contacts_each
    step_us = timedelta(days=days) // timedelta(microseconds=1) // contacts
    first_us = microseconds(until) - contacts * (before + 1) * step_us
    first_id, prefix = _FIRST_ID * (before + 1), f"OLD-{before}-"

    def numbers(most: int) -> str:
        return f"WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < {most}) "

    def work(transaction: Transaction) -> None:
        run = transaction.connection.exec_driver_sql
        for (trigger,) in run("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
            run(f"DROP TRIGGER {trigger}")
        ((antenna,),) = run("SELECT id FROM resource WHERE kind = 'antenna' ORDER BY name DESC LIMIT 1").all()
        ((last,),) = run("SELECT last_id FROM event_head").all()
        run(
            numbers(requests)
            + f"""INSERT INTO request (id, agency, state, reason, start_us, end_us, group_id, document, submitted_us,
              submitted_by, changed_us)
            SELECT '{prefix}' || k, CASE k % 3 WHEN 0 THEN 'ESA' WHEN 1 THEN 'NASA' ELSE 'JAXA' END,
              CASE k % 4 WHEN 0 THEN 'expired' ELSE 'satisfied' END, '',
              {first_us} + (k - 1) * {contacts_each * step_us}, {first_us} + k * {contacts_each * step_us}, '',
              (SELECT document FROM request ORDER BY id LIMIT 1), 0, 'esa', 0 FROM n"""
        )
        run(
            numbers(contacts)
            + f"""INSERT INTO contact (id, request_id, part, state, changed_us, satellite, link, antennas, start_us,
              end_us, occupied_from_us, occupied_to_us, revision)
            SELECT {first_id} + k, '{prefix}' || (1 + (k - 1) / {contacts_each}), k % {contacts_each},
              CASE k % 10 WHEN 0 THEN 'unreported' WHEN 1 THEN 'dropped' ELSE 'completed' END, 0,
              one.satellite, one.link, json_array((SELECT name FROM resource WHERE id = {antenna})),
              {first_us} + (k - 1) * {step_us}, {first_us} + (k - 1) * {step_us} + {_CONTACT_US},
              {first_us} + (k - 1) * {step_us}, {first_us} + (k - 1) * {step_us} + {_CONTACT_US}, 1
            FROM n, (SELECT satellite, link FROM contact ORDER BY id LIMIT 1) AS one"""
        )
        run(
            f"""INSERT INTO hold (contact_id, resource_id, start_us, end_us, live)
            SELECT id, {antenna}, start_us, end_us, 0 FROM contact WHERE id > {first_id}"""
        )
        run(
            numbers(contacts)
            + f"""INSERT INTO event (id, at_us, actor, action, object, before, after, prev_hash, hash)
            SELECT {last} + k, {first_us} + k * {step_us}, 'daemon', 'contact.completed',
              'contact/' || ({first_id} + k), '{{}}', '{{}}', {last} + k, {last} + k + 1 FROM n"""
        )
        run(f"UPDATE event_head SET last_id = {last + contacts}")
        run("ANALYZE")

    database.write(work)
