"""A store without one of its guards, or with a changed one, is refused."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from passplan.domain.contacts import (
    CONTACT_TRANSITIONS,
    REQUEST_TRANSITIONS,
)
from passplan.store.database import Database
from passplan.store.schema import HOLD_LIMIT_US
from tests.store import world
from tests.store.world import refusal


def test_a_store_as_shipped_is_well(database: Database) -> None:
    assert "" == refusal(database)


@dataclass(frozen=True, slots=True)
class Guard:
    """Something that guards a store on PostgreSQL."""

    names: tuple[str, ...]  # the refusal has one of them
    drop: str
    restore: str


def guards_of_postgresql(database: Database) -> list[Guard]:
    """All that refuses rows, from the catalogue: a guard that is added later is here by itself.

    But for keys: without one, a row may refer to nothing, and no antenna is given twice for it.
    """
    triggers = world.rows(
        database,
        "SELECT tgname, tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    )
    constraints = world.rows(
        database,
        "SELECT conname, conrelid::regclass::text, pg_get_constraintdef(c.oid), "
        "(SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (conkey)) "
        "FROM pg_constraint c WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'u', 'x')",
    )
    indexes = world.rows(
        database,
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i JOIN pg_class c "
        "ON c.oid = i.indexrelid WHERE indisunique AND c.relnamespace = 'public'::regnamespace "
        "AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)",
    )
    return [
        *(Guard((name,), f"DROP TRIGGER {name} ON {table}", told) for name, table, told in triggers),
        *(
            Guard(
                (name, f"{table} ({columns})"),
                f"ALTER TABLE {table} DROP CONSTRAINT {name}",
                f"ALTER TABLE {table} ADD CONSTRAINT {name} {told}",
            )
            for name, table, told, columns in constraints
        ),
        *(Guard((name,), f"DROP INDEX {name}", told) for name, told in indexes),
    ]


def unnoticed(database: Database, broken: list[Guard]) -> list[str]:
    """Which of the breaches the store is not refused for by name; each is mended before the next."""
    found = []
    for guard in broken:
        world.execute(database, guard.drop)
        told = refusal(database)
        if not any(name in told for name in guard.names):
            found.append(guard.drop)
        world.execute(database, guard.restore)
        assert "" == refusal(database), f"{guard.drop} was not mended"
    return found


def test_a_store_on_postgresql_without_one_of_its_guards_is_refused(postgresql_store: Database) -> None:
    every = guards_of_postgresql(postgresql_store)

    assert len(every) > 12
    assert [] == unnoticed(postgresql_store, every)


def test_a_store_on_postgresql_with_a_changed_guard_is_refused(postgresql_store: Database) -> None:
    triggers = world.rows(
        postgresql_store,
        "SELECT tgname, tgrelid::regclass::text, pg_get_triggerdef(t.oid), proname, pg_get_functiondef(p.oid) "
        "FROM pg_trigger t JOIN pg_proc p ON p.oid = tgfoid WHERE NOT tgisinternal",
    )
    broken = []
    for name, table, told, function, body in triggers:
        harmless = (
            f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
        )
        never = told.replace("CREATE TRIGGER", "CREATE OR REPLACE TRIGGER").replace("EXECUTE", "WHEN (false) EXECUTE")
        mended = told.replace("CREATE TRIGGER", "CREATE OR REPLACE TRIGGER")
        enabled = f"ALTER TABLE {table} ENABLE TRIGGER {name}"
        broken += [
            Guard((name,), f"ALTER TABLE {table} DISABLE TRIGGER {name}", enabled),
            Guard((name,), f"ALTER TABLE {table} ENABLE REPLICA TRIGGER {name}", enabled),
            Guard((name,), harmless, body),
            Guard((name,), never, mended),
        ]

    assert len(broken) > 24
    assert [] == unnoticed(postgresql_store, broken)


ONCE = "CREATE UNIQUE INDEX contact_once ON contact (request_id, part) WHERE state IN ('scheduled', 'committed')"
OTHER_ONCE = [
    ONCE.replace("UNIQUE ", ""),
    ONCE.replace("part", "part, id"),
    ONCE.replace(", 'committed'", ""),
    ONCE.replace("request_id", "satellite"),
]


def test_a_store_on_postgresql_with_another_constraint_of_the_same_name_is_refused(postgresql_store: Database) -> None:
    def constraint(name: str, other: str) -> Guard:
        query = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"
        told = world.rows(postgresql_store, query, name=name)[0][0]
        replace = f"ALTER TABLE hold DROP CONSTRAINT {name}, ADD CONSTRAINT {name}"
        return Guard((name,), f"{replace} {other}", f"{replace} {told}")

    exclusion = "EXCLUDE USING gist (int8range(resource_id, resource_id, '[]') WITH &&, int8range({}) WITH &&) {}"
    broken = [
        constraint("hold_no_overlap", exclusion.format("start_us, end_us, '[)'", "WHERE (live AND id > 9)")),
        constraint("hold_no_overlap", exclusion.format("start_us, start_us, '[)'", "WHERE (live)")),
        constraint("hold_order", "CHECK (start_us < end_us)"),
        constraint("hold_order", f"CHECK (start_us < end_us AND end_us - start_us <= {HOLD_LIMIT_US}) NOT VALID"),
        *(
            Guard(("contact_once",), f"DROP INDEX contact_once; {other}", f"DROP INDEX contact_once; {ONCE}")
            for other in OTHER_ONCE
        ),
    ]

    assert [] == unnoticed(postgresql_store, broken)


def transition_rows(database: Database) -> list[tuple[Any, ...]]:
    return world.rows(database, "SELECT kind, before, after FROM transition")


def test_a_store_with_another_table_of_transitions_is_refused(database: Database) -> None:
    there = transition_rows(database)
    missed = []
    for kind, before, after in there:
        values = {"kind": kind, "before": before, "after": after}
        world.execute(
            database, "DELETE FROM transition WHERE kind = :kind AND before = :before AND after = :after", **values
        )
        if f"transition {kind} {before or '(new)'} to {after}" not in refusal(database):
            missed.append(values)
        world.execute(database, "INSERT INTO transition VALUES (:kind, :before, :after)", **values)
    world.execute(database, "INSERT INTO transition VALUES ('contact', 'completed', 'scheduled')")

    assert len(there) == len(CONTACT_TRANSITIONS) + len(REQUEST_TRANSITIONS)
    assert [] == missed
    assert "transition contact completed to scheduled" in refusal(database)


def test_a_store_with_a_stranger_among_its_triggers_is_refused(database: Database) -> None:
    if database.is_sqlite:
        world.execute(database, "CREATE TRIGGER stranger AFTER INSERT ON hold BEGIN DELETE FROM hold; END")
    else:
        world.execute(database, "CREATE TRIGGER stranger AFTER INSERT ON hold EXECUTE FUNCTION contact_release()")

    assert "stranger" in refusal(database)


@dataclass(frozen=True, slots=True)
class Breach:
    """Statements that break a guard of a SQLite file."""

    names: tuple[str, ...]  # the refusal has one of them
    statements: tuple[str, ...]


def breaches_of_sqlite(path: Path) -> list[Breach]:
    """Each guard dropped, and each changed: from the file itself, so that a guard that is added later is here."""
    with closing(sqlite3.connect(path)) as file:
        found = file.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    breaches = []
    for kind, name, _, sql in found:
        if kind == "trigger":
            drop = f"DROP TRIGGER {name}"
            breaches += [
                Breach((name,), (drop,)),
                Breach((name,), (drop, sql.replace("BEGIN", "BEGIN SELECT 1;", 1))),
                Breach(
                    (name,), (drop, sql.replace("BEFORE ", "AFTER ", 1).replace("AFTER UPDATE OF", "BEFORE UPDATE OF"))
                ),
            ]
        elif sql.startswith("CREATE UNIQUE INDEX"):
            breaches += [Breach((name,), (f"DROP INDEX {name}",))]
        elif kind == "table":
            breaches += [
                Breach(names_of(name, line), without(name, line, found))
                for line in sql.splitlines()
                if re.match(r"\s*(CONSTRAINT \w+ )?(CHECK|UNIQUE) ", line)
            ]
    breaches += [Breach(("contact_once",), ("DROP INDEX contact_once", other)) for other in OTHER_ONCE]
    return breaches


def names_of(table: str, line: str) -> tuple[str, ...]:
    """What a constraint may be called: by its name, or by its table and columns."""
    found = re.search(r"(?:CONSTRAINT (\w+) )?(?:CHECK|UNIQUE) (\(.*\))", line)
    assert found is not None
    columns = f"{table} {found[2]}"
    return (found[1], columns) if found[1] else (columns,)


def without(table: str, line: str, schema: list[tuple[str, str, str, str]]) -> tuple[str, ...]:
    """What makes a table anew without one of its constraints, as a careless migration does."""
    (sql,) = (s for kind, name, _, s in schema if (kind, name) == ("table", table))
    lines = [one for one in sql.splitlines() if one != line]
    new = re.sub(r",(\s*\))$", r"\1", "\n".join(lines))
    return (
        re.sub(r"^CREATE TABLE \S+", "CREATE TABLE copied", new),
        f"INSERT INTO copied SELECT * FROM {table}",
        f"DROP TABLE {table}",
        f"ALTER TABLE copied RENAME TO {table}",
        *(s for kind, _, of, s in schema if of == table and kind != "table"),
    )


def test_a_store_on_sqlite_with_a_guard_gone_or_changed_is_refused(sqlite_store: Database, tmp_path: Path) -> None:
    assert sqlite_store.path is not None
    sqlite_store.close()
    breaches = breaches_of_sqlite(sqlite_store.path)
    missed = []
    for number, breach in enumerate(breaches):
        path = tmp_path / f"broken-{number}.sqlite"
        path.write_bytes(sqlite_store.path.read_bytes())
        with closing(sqlite3.connect(path, isolation_level=None)) as file:
            file.execute("PRAGMA legacy_alter_table = ON")
            for statement in breach.statements:
                file.execute(statement)
        broken = Database(f"sqlite:///{path}")
        told = refusal(broken)
        broken.close()
        if not any(name in told for name in breach.names):
            missed.append((breach.names[0], breach.statements[-1]))

    assert len(breaches) > 36
    assert [] == missed
