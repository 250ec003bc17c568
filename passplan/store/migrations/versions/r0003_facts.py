"""Causes, changes and reasons are facts in JSON. The sentences that were stored before stay readable as texts.

Until this version the code parsed sentences to decide (was a contact lost to an outage?). This migration compares them
with the recorded outages: a reason becomes an outage only where it equals, word for word, that of a recorded one.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_GUARDED = ("contact", "request")
_NETWORK = re.compile(r"network revision (\d+) replaced (\d+)")


def upgrade() -> None:
    op.execute("ALTER TABLE schedule_revision RENAME COLUMN sentence TO change")
    connection = op.get_bind()
    with _without_triggers(connection):
        _to_facts(connection)


def _to_facts(connection: Any) -> None:
    outages = _outages(connection)
    for number, change, causes in _rows(connection, "SELECT number, change, causes FROM schedule_revision"):
        # A typed reason may hold other line breaks, which are part of it.
        facts = [_cause(text, outages) for text in causes.split("\n")] if causes else []
        values = {"n": number, "change": _json(change), "causes": _json(facts)}
        connection.execute(
            sa.text("UPDATE schedule_revision SET change = :change, causes = :causes WHERE number = :n"), values
        )
    for number, reason in _rows(connection, "SELECT id, reason FROM contact WHERE reason <> ''"):
        fact = _outage_reason(reason, outages) or reason
        values = {"n": number, "reason": _json(fact)}
        connection.execute(sa.text("UPDATE contact SET reason = :reason WHERE id = :n"), values)
    for name, reason in _rows(connection, "SELECT id, reason FROM request WHERE reason <> ''"):
        values = {"n": name, "reason": _json(reason)}
        connection.execute(sa.text("UPDATE request SET reason = :reason WHERE id = :n"), values)


def downgrade() -> None:
    connection = op.get_bind()
    with _without_triggers(connection):
        _to_sentences(connection)
    op.execute("ALTER TABLE schedule_revision RENAME COLUMN change TO sentence")


def _to_sentences(connection: Any) -> None:
    for number, change, causes in _rows(connection, "SELECT number, change, causes FROM schedule_revision"):
        values = {"n": number, "change": _sentence(json.loads(change)) if change else ""}
        values["causes"] = "\n".join(_sentence(cause) for cause in json.loads(causes or "[]"))
        connection.execute(
            sa.text("UPDATE schedule_revision SET change = :change, causes = :causes WHERE number = :n"), values
        )
    runs = "SELECT job, slot_us, outcome FROM job_run WHERE outcome LIKE '{%'"
    for job, slot, outcome in _rows(connection, runs):
        update = sa.text("UPDATE job_run SET outcome = :outcome WHERE job = :job AND slot_us = :slot")
        connection.execute(update, {"job": job, "slot": slot, "outcome": _sentence(json.loads(outcome))})
    for table in _GUARDED:
        query = f"SELECT id, reason FROM {table} WHERE reason <> ''"  # noqa: S608 -- of the two names above
        for key, reason in _rows(connection, query):
            update = sa.text(f"UPDATE {table} SET reason = :reason WHERE id = :n")  # noqa: S608 -- of the two names above
            connection.execute(update, {"n": key, "reason": _sentence(json.loads(reason))})


@contextmanager
def _without_triggers(connection: Any) -> Iterator[None]:
    """Rewrite reasons of contacts and requests that are over, which their triggers refuse; all stand again after it."""
    if connection.dialect.name != "sqlite":
        for table in _GUARDED:
            connection.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        yield
        for table in _GUARDED:
            connection.execute(sa.text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
        return
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('contact', 'request')"
    triggers = connection.exec_driver_sql(query).all()
    for name, _ in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, statement in triggers:
        connection.exec_driver_sql(statement)


def _rows(connection: Any, query: str) -> list[Any]:
    return [tuple(row) for row in connection.execute(sa.text(query))]


def _outages(connection: Any) -> dict[str, dict[str, str]]:
    """Each recorded outage as a fact, by the sentences that the code wrote for it."""
    facts: dict[str, dict[str, str]] = {}
    for kind, station, antenna, note in _rows(connection, "SELECT kind, station, antenna, note FROM outage"):
        where = f"{station}/{antenna}" if antenna else station
        fact = {"fact": kind, "station": station} | ({"antenna": antenna} if antenna else {})
        ended = {**fact, "fact": "outage_ended" if kind == "outage" else "closure_ended"}
        facts |= {f"{kind} of {where}": fact, f"the {kind} of {where} is over": ended}
        if note:
            facts[f"{kind} of {where}: {note}"] = fact | {"note": note}
    return facts


def _cause(text: str, outages: dict[str, dict[str, str]]) -> Any:
    """The fact of a cause that equals, word for word, a sentence that the code wrote; or the text unchanged."""
    if match := _NETWORK.fullmatch(text):
        return {"fact": "network_replaced", "revision": int(match[1]), "before": int(match[2])}
    fact = outages.get(text)
    return text if fact is None or "note" in fact else fact


def _outage_reason(text: str, outages: dict[str, dict[str, str]]) -> dict[str, str] | None:
    fact = outages.get(text)
    return fact if fact is not None and fact["fact"] in ("outage", "closed") else None


def _sentence(value: Any) -> str:
    """A fact in one line, as the version below reads it; that of an outage begins as it expects."""
    if isinstance(value, str):
        return " ".join(value.splitlines())
    kind = value["fact"]
    where = "/".join(value[name] for name in ("station", "antenna") if value.get(name))
    note = " ".join(value.get("note", value.get("text", "")).splitlines())
    if kind == "note":
        return note
    if kind in ("outage", "closed"):
        return f"{kind} of {where}: {note}" if note else f"{kind} of {where}"
    if kind in ("outage_ended", "closure_ended"):
        return f"the {'outage' if kind == 'outage_ended' else 'closed'} of {where} is over"
    if kind == "network_replaced":
        return f"network revision {value['revision']} replaced {value['before']}"
    if kind == "cancelled_contact" and "contact" in value:
        contact = value["contact"]
        cancellation = f"{contact['request']}/{contact.get('part', 1)} was cancelled by {value.get('by', 'network')}"
        return f"{cancellation}: {_sentence(value['reason'])}" if "reason" in value else cancellation
    values = ", ".join(f"{name} {item}" for name, item in sorted(value.items()) if name != "fact")
    return " ".join(f"{kind.replace('_', ' ')} {values}".split())


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
