"""Every revision of the store up, down and up again, on both databases; and what a careless one may not do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from passplan.domain.contacts import ContactState
from passplan.domain.errors import StoreError
from passplan.domain.facts import (
    CancelledBy,
    CancelledContact,
    Closed,
    ContactRef,
    LegacyText,
    MoreCancelled,
    NetworkReplaced,
    Note,
    NotInRevision,
    Outage,
    OutageEnded,
)
from passplan.domain.hints import Hint
from passplan.formats.rows import row_document
from passplan.store import contacts as stored_contacts
from passplan.store import guards, migrating, passes, schema
from passplan.store import requests as stored_requests
from passplan.store import revisions as stored_revisions
from passplan.store.database import Database, Transaction
from passplan.store.migrating import migrate
from passplan.store.schema import metadata
from tests.store import world
from tests.store.world import refusal
from tests.stores import KINDS, empty_database

MIGRATIONS = Path(migrating.__file__).parent / "migrations"


def scripts() -> ScriptDirectory:
    """The revisions that are shipped."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config)


REVISIONS = [script.revision for script in scripts().walk_revisions()][::-1]


def below(revision: str) -> str:
    """The revision before one; "base": none is."""
    script = scripts().get_revision(revision)
    assert script is not None
    return str(script.down_revision or "base")


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without tables."""
    opened = Database(empty_database(request.param, tmp_path))
    yield opened
    opened.close()


def shape(database: Database) -> list[tuple[Any, ...]]:
    """All that a database is made of, but for its rows."""
    if database.is_sqlite:
        return world.rows(database, "SELECT type, name, sql FROM sqlite_master ORDER BY type, name")
    queries = (
        "SELECT 'column', table_name, column_name, data_type, column_default, is_nullable "
        "FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT 'constraint', conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace",
        "SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT 'trigger', tgname, pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
        "SELECT 'sequence', sequencename FROM pg_sequences WHERE schemaname = 'public'",
    )
    return sorted((row for query in queries for row in world.rows(database, query)), key=repr)


def test_the_version_that_the_code_asks_for_is_the_newest_revision() -> None:
    assert schema.VERSION == scripts().get_current_head()


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_revision_goes_up_and_down_and_up_again(empty: Database, revision: str) -> None:
    migrate(empty, below(revision))
    lower = shape(empty)
    migrate(empty, revision)
    upper = shape(empty)
    migrate(empty, below(revision))
    down_again = shape(empty)
    migrate(empty, revision)

    assert upper == shape(empty)
    assert revision == empty.version()
    if below(revision) != "base":  # of an empty store Alembic keeps its own table
        assert lower == down_again


def tables(database: Database) -> set[str]:
    """The tables of a store, but for Alembic's own."""
    with database.read() as connection:
        return set(sa.inspect(connection).get_table_names()) - {"alembic_version"}


@pytest.mark.fault(62)
@pytest.mark.parametrize("revision", REVISIONS)
def test_a_store_with_data_goes_below_a_revision_and_up_again(empty: Database, revision: str) -> None:
    migrate(empty)
    world.populate(empty)
    before = world.everything(empty)
    assert all(before.values()), "populate leaves no table empty"
    migrate(empty, below(revision))
    kept = tables(empty)
    migrate(empty)
    if below(revision) == "base":
        world.populate(empty)
    after = world.everything(empty)

    if below(revision) == "base":
        kept = set(before)
    assert {name: len(before[name]) for name in kept} == {name: len(after[name]) for name in kept}
    assert "" == refusal(empty)
    with empty.read() as connection:
        assert [] == guards.problems(connection)


def test_the_base_is_empty(empty: Database) -> None:
    migrate(empty)
    world.populate(empty)
    migrate(empty, "base")

    assert {"alembic_version", "alembic_version_pkc", "sqlite_autoindex_alembic_version_1"} >= {
        name for _, name, *_ in shape(empty) if "version_num" not in str(name)
    }
    assert "" == empty.version()


def test_migrating_what_is_up_to_date_changes_nothing(database: Database) -> None:
    world.populate(database)
    before = (shape(database), world.everything(database))
    migrate(database)
    migrate(database, schema.VERSION)

    assert before == (shape(database), world.everything(database))


def other_default(
    _context: Any, _found: Any, _wanted: Any, found: str | None, _clause: Any, wanted: str | None
) -> bool | None:
    """Whether a default differs.

    SQLite tells an empty default as ('') with its brackets and quotes, which Alembic takes off only where something is
    between them.
    """
    return (found or "").strip("()'") != (wanted or "").strip("()'")


def test_the_migrations_make_the_tables_that_the_code_has(database: Database) -> None:
    # Nothing is filtered out: neither triggers nor the exclusion constraint are seen by Alembic at all.
    options = {"compare_type": True, "compare_server_default": other_default if database.is_sqlite else True}
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, metadata)

    assert [] == differences


def test_the_migrations_make_the_checks_that_the_code_has(database: Database) -> None:
    # Alembic compares no checks.
    wanted = {
        (table.name, str(constraint.name))
        for table in metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, sa.CheckConstraint)
    }
    with database.read() as connection:
        inspector = sa.inspect(connection)
        found = {(t, str(c["name"])) for t in metadata.tables for c in inspector.get_check_constraints(t)}

    assert wanted == found


# --- Revisions that copy a table on SQLite ------------------------------------------------------------------------


HEAD = """
import sqlalchemy as sa
from alembic import op

from passplan.store import guards

revision = "next"
down_revision = "{down}"


def downgrade():
    pass


def upgrade():
    connection = op.get_bind()
    saved = guards.saved_triggers(connection)
    names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
"""
DROP = """
    for name in names:
        op.execute(f"DROP TRIGGER {{name}}")
"""
COPY = """
    with op.batch_alter_table("{table}", recreate="always") as batch:
        batch.add_column(sa.Column("remark", sa.Text(), server_default="", nullable=False))
"""
RESTORE = """
    for statement in saved:
        op.execute(statement)
"""


def revisions(folder: Path, *parts: str, table: str = "hold") -> Path:
    """A folder with the shipped revisions and one more."""
    shutil.copytree(MIGRATIONS / "versions", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "next.py").write_text("".join((HEAD, *parts)).format(down=schema.VERSION, table=table), encoding="utf-8")
    return folder


@pytest.mark.fault(62)
@pytest.mark.parametrize("target", ["head", "next"])
def test_a_revision_that_loses_triggers_is_refused_and_leaves_the_store_as_it_was(
    sqlite_store: Database, tmp_path: Path, target: str
) -> None:
    # SQLite refuses to rename a table that a trigger of another one names, so the triggers go first.
    folder = revisions(tmp_path / "careless", DROP, COPY)
    number = world.bare_contact(sqlite_store, "one")
    world.add_hold(sqlite_store, number, 1, 0, 1_000)
    before = (shape(sqlite_store), world.everything(sqlite_store))

    with pytest.raises(StoreError, match="trigger hold_overlap_insert is missing"):
        migrate(sqlite_store, target, scripts=folder)
    assert before == (shape(sqlite_store), world.everything(sqlite_store))
    assert "" == refusal(sqlite_store)


def test_a_revision_that_copies_a_table_with_its_triggers_in_place_leaves_the_store_as_it_was(
    sqlite_store: Database, tmp_path: Path
) -> None:
    folder = revisions(tmp_path / "careless", COPY)
    before = (shape(sqlite_store), world.everything(sqlite_store))

    with pytest.raises(StoreError):
        migrate(sqlite_store, scripts=folder)
    assert before == (shape(sqlite_store), world.everything(sqlite_store))
    assert "" == refusal(sqlite_store)


@pytest.mark.parametrize("table", ["hold", "contact", "event"])
def test_a_revision_that_makes_the_triggers_anew_passes(sqlite_store: Database, tmp_path: Path, table: str) -> None:
    folder = revisions(tmp_path / "careful", DROP, COPY, RESTORE, table=table)
    number = world.bare_contact(sqlite_store, "one")
    world.add_hold(sqlite_store, number, 1, 0, 1_000)
    before = world.everything(sqlite_store)
    migrate(sqlite_store, scripts=folder)

    assert "next" == sqlite_store.version()
    assert before == world.everything(sqlite_store)
    assert [] == world.rows(sqlite_store, f"SELECT remark FROM {table} WHERE remark <> ''")
    with sqlite_store.read() as connection:
        assert [] == guards.problems(connection)


def test_a_store_that_is_newer_than_the_code_is_not_served(sqlite_store: Database, tmp_path: Path) -> None:
    migrate(sqlite_store, scripts=revisions(tmp_path / "careful", DROP, COPY, RESTORE))

    with pytest.raises(StoreError, match="the store is at version next, and this passplan needs") as caught:
        sqlite_store.verify()
    assert Hint.UPGRADE_STORE == caught.value.hint


def test_a_database_without_tables_is_not_served(empty: Database) -> None:
    assert "there is no store" in refusal(empty)


# --- Sentences of stores that are older than facts ----------------------------------------------------------------


def old_texts(database: Database) -> None:
    """A store of version 0002 as that version wrote it: sentences."""
    statements = (
        "INSERT INTO outage (kind, station, antenna, start_us, end_us, note, recorded_us, actor) "
        "VALUES ('outage', 'wlp', 'a', 0, 1, 'mains', 0, 'ada')",
        "UPDATE contact SET reason = 'outage of wlp/a: mains' WHERE request_id = 'one'",
        "UPDATE contact SET reason = 'outage of wlp/a, they say' WHERE request_id = 'two'",
        "UPDATE request SET reason = 'outage of wlp/a: mains' WHERE id = 'one'",
    )

    causes = (
        "network revision 2 replaced 1\noutage of wlp/a\nthe outage of wlp/a is over\n"
        "one/1 was cancelled by network: storm\nPRIVATE"
    )

    def work(transaction: Transaction) -> None:
        update = sa.text("UPDATE schedule_revision SET sentence = '1 contact lost', causes = :causes")
        transaction.connection.execute(update, {"causes": causes})
        for statement in statements:
            transaction.connection.execute(sa.text(statement.replace(":", "\\:")))

    database.write(work)


def test_old_sentences_stay_readable_and_become_outages_only_where_one_is_recorded(empty: Database) -> None:
    migrate(empty)
    world.furnish(empty)
    world.bare_contact(empty, "one")
    world.bare_contact(empty, "two")
    migrate(empty, "0002")
    old_texts(empty)
    before = world.rows(empty, "SELECT sentence, causes FROM schedule_revision")
    reasons = world.rows(empty, "SELECT reason FROM contact ORDER BY id")
    migrate(empty)
    with empty.read() as connection:
        revision = stored_revisions.get(connection)
        one, two = stored_contacts.select(connection)
        request = stored_requests.get(connection, "one")
    assert revision is not None
    assert request is not None

    assert LegacyText(text="1 contact lost") == revision.change
    assert (
        NetworkReplaced(revision=2, before=1),
        Outage(station="wlp", antenna="a"),
        OutageEnded(station="wlp", antenna="a"),
        LegacyText(text="one/1 was cancelled by network: storm"),
        LegacyText(text="PRIVATE"),
    ) == revision.causes
    assert Outage(station="wlp", antenna="a", note="mains") == one.reason
    assert LegacyText(text="outage of wlp/a, they say") == two.reason
    assert LegacyText(text="outage of wlp/a: mains") == request.reason
    migrate(empty, "0002")
    assert before == world.rows(empty, "SELECT sentence, causes FROM schedule_revision")
    assert reasons == world.rows(empty, "SELECT reason FROM contact ORDER BY id")


def test_facts_go_down_to_one_line_each_and_come_up_readable(empty: Database) -> None:
    migrate(empty)
    world.furnish(empty)
    number = world.bare_contact(empty, "one")
    lost = CancelledContact(
        contact=ContactRef(request="one", agency="NASA"),
        by=CancelledBy.NETWORK,
        reason=Note(text="storm\nice\u2028snow"),
    )
    causes = (lost, MoreCancelled(count=2), Closed(station="wlp", note="paint"))

    def work(transaction: Transaction) -> None:
        stored_revisions.add(transaction, replace(world.revision(2), causes=causes), stored_revisions.packed("plan"))
        stored_contacts.set_state(transaction, number, ContactState.DROPPED, world.NOW, NotInRevision(revision=2))

    empty.write(work)
    migrate(empty, "0002")
    ((_, text),) = world.rows(empty, "SELECT sentence, causes FROM schedule_revision WHERE number = 2")
    assert [
        "one/1 was cancelled by network: storm ice snow",
        "more cancelled count 2",
        "closed of wlp: paint",
    ] == text.split("\n")
    assert [("not in revision revision 2",)] == world.rows(empty, "SELECT reason FROM contact")
    migrate(empty)
    with empty.read() as connection:
        revision = stored_revisions.get(connection)
    assert revision is not None
    assert [LegacyText] * 3 == [type(cause) for cause in revision.causes]


# --- What revisions do to the rows that are there -----------------------------------------------------------------


RENDERED = (
    '{"aos":"2026-08-08T12:00:00.123456Z","aos_azimuth_deg":210.5123,"aos_limit_deg":5.0,"aos_masked":false,'
    '"catalog_number":25544,"clipped_end":true,"clipped_start":false,"duration_s":600.0,'
    '"element_age_s":86700.0,"element_epoch":"2026-08-07T12:00:00.123456Z","los":"2026-08-08T12:10:00.123456Z",'
    '"los_azimuth_deg":0.0,"los_limit_deg":7.25,"los_masked":true,"peak_elevation_deg":45.1235,"revolution":17,'
    '"satellite":"ISS","stale":true,"station":"\\u00e5","sunlight":"enters","tca":"2026-08-08T12:05:00.123456Z",'
    '"tca_azimuth_deg":300.25,"timing_68_s":0.25,"timing_95_s":null}'
)


def test_rendered_passes_become_values_and_rendered_rows_again(empty: Database) -> None:
    migrate(empty, below("0004"))
    aos = datetime(2026, 8, 8, 12, 0, 0, 123_456, tzinfo=UTC)
    line = {
        "satellite": "ISS",
        "station": "å",
        "aos": schema.microseconds(aos),
        "los": schema.microseconds(aos + timedelta(minutes=10)),
        "peak": 45.1235,
        "row": RENDERED,
    }
    insert = sa.text(
        'INSERT INTO pass (satellite, station, aos_us, los_us, peak_elevation_deg, "row") '
        "VALUES (:satellite, :station, :aos, :los, :peak, :row)"
    )
    empty.write(lambda transaction: transaction.connection.execute(insert, line))
    before = world.rows(empty, "SELECT * FROM pass")
    migrate(empty)
    with empty.read() as connection:
        (kept,) = passes.select(
            connection, passes.PassQuery(start=aos - timedelta(hours=1), end=aos + timedelta(hours=1))
        )
    migrate(empty, below("0004"))

    assert json.loads(RENDERED) | {"uncertain": False, "timing_basis": None} == row_document(kept)
    assert before == world.rows(empty, "SELECT * FROM pass")
