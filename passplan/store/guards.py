"""The rules that the database enforces: no resource is held twice at a time, states follow the table, events stay.

Whenever a store is opened, its definitions are compared with those shipped: a migration on SQLite can drop a trigger
silently, and from then on two contacts may hold one antenna.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from passplan.domain.contacts import CONTACT_TRANSITIONS, HOLDING, REQUEST_TRANSITIONS
from passplan.domain.errors import StoreError
from passplan.domain.hints import Hint
from passplan.domain.messages import Message
from passplan.store.schema import HOLD_LIMIT_US, metadata

OVERLAP = "passplan: the antenna or channel is held by another contact then"
NOT_HOLDING = "passplan: only a scheduled or committed contact holds anything"
TRANSITION = "passplan: no contact or request may go from this state to that"
DONE = "passplan: a contact that is over is not changed any more"
THERE = "passplan: another contact or request is in its place"
APPEND_ONLY = "passplan: events are added, never changed or taken away"

_HOLDING = ", ".join(f"'{state.value}'" for state in HOLDING)
_OVERLAPS = f"""SELECT 1 FROM hold h WHERE h.resource_id = NEW.resource_id AND h.live
    AND h.start_us < NEW.end_us AND h.end_us > NEW.start_us AND h.start_us > NEW.start_us - {HOLD_LIMIT_US}"""

# INSERT OR REPLACE removes a row without its delete trigger, so no row may be inserted over another.
_SQLITE = {
    "hold_overlap_insert": f"""CREATE TRIGGER hold_overlap_insert BEFORE INSERT ON hold WHEN NEW.live
BEGIN SELECT RAISE(ABORT, '{OVERLAP}') WHERE EXISTS ({_OVERLAPS}); END""",
    "hold_overlap_update": f"""CREATE TRIGGER hold_overlap_update BEFORE UPDATE ON hold WHEN NEW.live
BEGIN SELECT RAISE(ABORT, '{OVERLAP}') WHERE EXISTS ({_OVERLAPS} AND h.id <> OLD.id); END""",
    "hold_holder_insert": f"""CREATE TRIGGER hold_holder_insert BEFORE INSERT ON hold WHEN NEW.live
BEGIN SELECT RAISE(ABORT, '{NOT_HOLDING}')
    WHERE NOT EXISTS (SELECT 1 FROM contact c WHERE c.id = NEW.contact_id AND c.state IN ({_HOLDING})); END""",
    "hold_holder_update": f"""CREATE TRIGGER hold_holder_update BEFORE UPDATE ON hold WHEN NEW.live
BEGIN SELECT RAISE(ABORT, '{NOT_HOLDING}')
    WHERE NOT EXISTS (SELECT 1 FROM contact c WHERE c.id = NEW.contact_id AND c.state IN ({_HOLDING})); END""",
    "contact_birth": f"""CREATE TRIGGER contact_birth BEFORE INSERT ON contact
BEGIN SELECT RAISE(ABORT, '{TRANSITION}') WHERE NOT EXISTS
    (SELECT 1 FROM transition t WHERE t.kind = 'contact' AND t.before = '' AND t.after = NEW.state); END""",
    "contact_state": f"""CREATE TRIGGER contact_state BEFORE UPDATE ON contact WHEN NEW.state <> OLD.state
BEGIN SELECT RAISE(ABORT, '{TRANSITION}') WHERE NOT EXISTS
    (SELECT 1 FROM transition t WHERE t.kind = 'contact' AND t.before = OLD.state AND t.after = NEW.state); END""",
    "contact_done": f"""CREATE TRIGGER contact_done BEFORE UPDATE ON contact
WHEN NEW.state = OLD.state AND OLD.state NOT IN ({_HOLDING})
BEGIN SELECT RAISE(ABORT, '{DONE}'); END""",
    "contact_release": f"""CREATE TRIGGER contact_release AFTER UPDATE OF state ON contact
WHEN NEW.state NOT IN ({_HOLDING})
BEGIN UPDATE hold SET live = 0 WHERE contact_id = NEW.id AND live; END""",
    "request_birth": f"""CREATE TRIGGER request_birth BEFORE INSERT ON request
BEGIN SELECT RAISE(ABORT, '{TRANSITION}') WHERE NOT EXISTS
    (SELECT 1 FROM transition t WHERE t.kind = 'request' AND t.before = '' AND t.after = NEW.state); END""",
    "request_state": f"""CREATE TRIGGER request_state BEFORE UPDATE ON request WHEN NEW.state <> OLD.state
BEGIN SELECT RAISE(ABORT, '{TRANSITION}') WHERE NOT EXISTS
    (SELECT 1 FROM transition t WHERE t.kind = 'request' AND t.before = OLD.state AND t.after = NEW.state); END""",
    "contact_no_replace": f"""CREATE TRIGGER contact_no_replace BEFORE INSERT ON contact
BEGIN SELECT RAISE(ABORT, '{THERE}') WHERE EXISTS (SELECT 1 FROM contact c WHERE c.id = NEW.id
    OR c.request_id = NEW.request_id AND c.part = NEW.part AND c.state IN ({_HOLDING})); END""",
    "request_no_replace": f"""CREATE TRIGGER request_no_replace BEFORE INSERT ON request
BEGIN SELECT RAISE(ABORT, '{THERE}') WHERE EXISTS (SELECT 1 FROM request r WHERE r.id = NEW.id); END""",
    "event_no_replace": f"""CREATE TRIGGER event_no_replace BEFORE INSERT ON event
BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}') WHERE EXISTS
    (SELECT 1 FROM event e WHERE e.id = NEW.id OR e.prev_hash = NEW.prev_hash); END""",
    "event_no_update": f"""CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END""",
    "event_no_delete": f"""CREATE TRIGGER event_no_delete BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END""",
}


@dataclass(frozen=True, slots=True)
class _Trigger:
    """A trigger of PostgreSQL and the body of its function."""

    table: str
    events: str
    body: str
    each: str = "ROW"

    def function(self, name: str) -> str:
        return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${self.body}$$"

    def create(self, name: str) -> str:
        return f"CREATE TRIGGER {name} {self.events} ON {self.table} FOR EACH {self.each} EXECUTE FUNCTION {name}()"


def _refuse(message: str, condition: str) -> str:
    return f"""
BEGIN
    IF {condition} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation'; END IF;
    RETURN NEW;
END"""


def _no_way(kind: str, before: str) -> str:
    return (
        f"NOT EXISTS (SELECT 1 FROM transition t WHERE t.kind = '{kind}' AND t.before = {before} "
        "AND t.after = NEW.state)"
    )


_POSTGRESQL = {
    "hold_holder": _Trigger(
        "hold",
        "BEFORE INSERT OR UPDATE",
        # The contact's row is locked, so that it cannot be cancelled while a hold is added to it.
        f"""
BEGIN
    IF NEW.live THEN
        PERFORM 1 FROM contact c WHERE c.id = NEW.contact_id AND c.state IN ({_HOLDING}) FOR UPDATE;
        IF NOT FOUND THEN RAISE EXCEPTION '{NOT_HOLDING}' USING ERRCODE = 'check_violation'; END IF;
    END IF;
    RETURN NEW;
END""",
    ),
    "contact_birth": _Trigger("contact", "BEFORE INSERT", _refuse(TRANSITION, _no_way("contact", "''"))),
    "contact_state": _Trigger(
        "contact",
        "BEFORE UPDATE",
        _refuse(TRANSITION, f"NEW.state <> OLD.state AND {_no_way('contact', 'OLD.state')}"),
    ),
    "contact_done": _Trigger(
        "contact",
        "BEFORE UPDATE",
        _refuse(DONE, f"NEW.state = OLD.state AND OLD.state NOT IN ({_HOLDING})"),
    ),
    "contact_release": _Trigger(
        "contact",
        "AFTER UPDATE OF state",
        f"""
BEGIN
    IF NEW.state NOT IN ({_HOLDING}) THEN UPDATE hold SET live = false WHERE contact_id = NEW.id AND live; END IF;
    RETURN NULL;
END""",
    ),
    "request_birth": _Trigger("request", "BEFORE INSERT", _refuse(TRANSITION, _no_way("request", "''"))),
    "request_state": _Trigger(
        "request",
        "BEFORE UPDATE",
        _refuse(TRANSITION, f"NEW.state <> OLD.state AND {_no_way('request', 'OLD.state')}"),
    ),
    "event_append_only": _Trigger(
        "event", "BEFORE DELETE OR UPDATE OR TRUNCATE", _refuse(APPEND_ONLY, "true"), each="STATEMENT"
    ),
}

# A range of one id, so that no extension is needed: managed and bundled servers often have no btree_gist.
_EXCLUSION = (
    "EXCLUDE USING gist (int8range(resource_id, resource_id, '[]'::text) WITH &&, "
    "int8range(start_us, end_us, '[)'::text) WITH &&) WHERE (live)"
)
_CHECK = f"start_us < end_us AND end_us - start_us <= {HOLD_LIMIT_US}"
_INDEX = f"CREATE UNIQUE INDEX contact_once ON contact (request_id, part) WHERE state IN ({_HOLDING})"
_POSTGRESQL_INDEX = (
    "CREATE UNIQUE INDEX contact_once ON contact USING btree (request_id, part) WHERE (state = ANY (ARRAY["
    + ", ".join(f"'{state.value}'::text" for state in HOLDING)
    + "]))"
)


def create(connection: sa.Connection) -> None:
    """Create the guards, and fill the transition table that they read."""
    if connection.dialect.name == "sqlite":
        for statement in _SQLITE.values():
            connection.exec_driver_sql(statement)
    else:
        connection.exec_driver_sql(f"ALTER TABLE hold ADD CONSTRAINT hold_no_overlap {_EXCLUSION}")
        for name, trigger in _POSTGRESQL.items():
            connection.exec_driver_sql(trigger.function(name))
            connection.exec_driver_sql(trigger.create(name))
    connection.execute(
        sa.text("INSERT INTO transition (kind, before, after) VALUES (:kind, :before, :after)"),
        [{"kind": kind, "before": before, "after": after} for kind, before, after in sorted(_transitions())],
    )


def drop(connection: sa.Connection) -> None:
    """Drop the guards, before their tables are dropped."""
    if connection.dialect.name == "sqlite":
        for name in _SQLITE:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    else:
        connection.exec_driver_sql("ALTER TABLE hold DROP CONSTRAINT hold_no_overlap")
        for name, trigger in _POSTGRESQL.items():
            connection.exec_driver_sql(f"DROP TRIGGER {name} ON {trigger.table}")
            connection.exec_driver_sql(f"DROP FUNCTION {name}()")
    connection.exec_driver_sql("DELETE FROM transition")


def problems(connection: sa.Connection) -> list[str]:
    """The differences from the guards as shipped, in sentences; empty: all are in place."""
    differences = list(_in_sqlite(connection) if connection.dialect.name == "sqlite" else _in_postgresql(connection))
    rows = connection.execute(sa.text("SELECT kind, before, after FROM transition"))
    stored = {(row.kind, row.before, row.after) for row in rows}
    differences += [_changed(f"transition {k} {b or '(new)'} to {a}") for k, b, a in sorted(stored ^ _transitions())]
    return differences


def require(connection: sa.Connection, store: str) -> None:
    """Refuse a store whose guards are not as shipped.

    Raises:
        StoreError: with what is wrong and what would help.
    """
    if differences := problems(connection):
        raise StoreError(
            Message(
                "store_unguarded",
                "%(store)s: the store does not guard itself any more: %(problems)s. Nothing is served from it",
                store=store,
                problems="; ".join(differences),
            ),
            hint=Hint.RESTORE_BACKUP,
        )


def saved_triggers(connection: sa.Connection) -> list[str]:
    """The statements that recreate SQLite's triggers, for migrations that copy a guarded table."""
    return list(connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'trigger'").scalars())


def _transitions() -> set[tuple[str, str, str]]:
    return {("contact", str(b), str(a)) for b, a in CONTACT_TRANSITIONS} | {
        ("request", str(b), str(a)) for b, a in REQUEST_TRANSITIONS
    }


def _in_sqlite(connection: sa.Connection) -> Iterator[str]:
    rows = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'table')")
    statements = {(row.type, row.name): _words(row.sql) for row in rows}
    for name, statement in _SQLITE.items():
        if statements.get(("trigger", name)) != _words(statement):
            yield _changed(f"trigger {name}")
    foreign = {name for kind, name in statements if kind == "trigger"} - set(_SQLITE)
    yield from (f"a trigger that is not ours: {name}" for name in sorted(foreign))
    for table in metadata.tables.values():
        table_sql = statements.get(("table", table.name), "")
        for name, text in _constraints(table):
            if _words(text) not in table_sql:
                yield _changed(f"constraint {name}")
    indexes = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'contact_once'").scalars()
    if not any(_words(_INDEX) == _words(sql) for sql in indexes):
        yield _changed("index contact_once")


def _in_postgresql(connection: sa.Connection) -> Iterator[str]:
    constraints = connection.exec_driver_sql(
        "SELECT conname AS name, pg_get_constraintdef(oid, true) AS sql, convalidated AS sound FROM pg_constraint "
        "WHERE conrelid = 'hold'::regclass"
    )
    hold_constraints = {row.name: row.sql for row in constraints if row.sound}
    if hold_constraints.get("hold_no_overlap") != _EXCLUSION:
        yield _changed("constraint hold_no_overlap")
    if _bare(hold_constraints.get("hold_order", "")) != _bare(f"CHECK {_CHECK}"):
        yield _changed("constraint hold_order")
    constraint_rows = connection.exec_driver_sql(
        "SELECT conrelid::regclass::text AS table_name, pg_get_constraintdef(oid, true) AS sql, conname AS name "
        "FROM pg_constraint WHERE contype IN ('c', 'u') AND convalidated "
        "AND connamespace = current_schema()::regnamespace"
    ).all()
    checks = {row.name for row in constraint_rows}
    uniques = {(row.table_name, row.sql) for row in constraint_rows}
    for table in metadata.tables.values():
        for name, text in _constraints(table):
            if name not in checks and (table.name, text) not in uniques:
                yield _changed(f"constraint {name}")
    rows = connection.exec_driver_sql(
        "SELECT t.tgname AS name, pg_get_triggerdef(t.oid, true) AS sql, p.prosrc AS body, t.tgenabled AS enabled "
        "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
        "WHERE NOT t.tgisinternal AND t.tgrelid IN "
        "('hold'::regclass, 'contact'::regclass, 'request'::regclass, 'event'::regclass)"
    )
    triggers = {row.name: row for row in rows}
    for name, trigger in _POSTGRESQL.items():
        row = triggers.get(name)
        as_shipped = (trigger.body, _words(trigger.create(name)))
        if row is None or row.enabled not in ("O", "A") or (row.body, _words(row.sql)) != as_shipped:
            yield _changed(f"trigger {name}")
    yield from (f"a trigger that is not ours: {name}" for name in sorted(set(triggers) - set(_POSTGRESQL)))
    indexes = connection.exec_driver_sql(
        "SELECT indexdef FROM pg_indexes WHERE indexname = 'contact_once' AND schemaname = current_schema()"
    ).scalars()
    if not any(_words(sql) == _POSTGRESQL_INDEX for sql in indexes):
        yield _changed("index contact_once")


def _constraints(table: sa.Table) -> Iterator[tuple[str, str]]:
    """The checks and the unique columns that the code gives a table: the name and the SQL of each."""
    for constraint in table.constraints:
        if isinstance(constraint, sa.CheckConstraint):
            yield str(constraint.name), f"CHECK ({constraint.sqltext})"
        elif isinstance(constraint, sa.UniqueConstraint):
            columns = f"({', '.join(constraint.columns.keys())})"
            yield str(constraint.name or f"{table.name} {columns}"), f"UNIQUE {columns}"


def _changed(what: str) -> str:
    return f"{what} is missing or was changed"


def _bare(check: str) -> str:
    """A check without the brackets, quotes and types that PostgreSQL adds."""
    for addition in ("(", ")", "'", "::bigint"):
        check = check.replace(addition, "")
    return check


def _words(sql: str) -> str:
    return " ".join(sql.replace("public.", "").replace('"', "").split())
