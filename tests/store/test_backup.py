"""Backups: one moment of a store, taken while others write, and put back into a store of either kind."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from passplan.domain.errors import ConflictError, InputError, StoreError
from passplan.domain.roles import Role
from passplan.service.access.actors import Actor
from passplan.store import contacts, events, guards
from passplan.store.backup import backup, copy_into, problems, restore
from passplan.store.database import Database, Transaction
from passplan.store.schema import VERSION, metadata
from tests import planning
from tests.store import world
from tests.store.world import refusal
from tests.stores import KINDS, empty_database, new_store

PAGE = 4096


@contextmanager
def opened(path: Path) -> Iterator[Database]:
    """A backup as the store that it is."""
    database = Database(f"sqlite:///{path}")
    try:
        yield database
    finally:
        database.close()


def backed_up(database: Database, folder: Path) -> Path:
    """A populated store's backup."""
    world.populate(database)
    target = folder / "backup.sqlite"
    backup(database, target)
    return target


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without tables."""
    found = Database(empty_database(request.param, tmp_path))
    yield found
    found.close()


@pytest.fixture
def copy(sqlite_backup: Path, tmp_path: Path) -> Path:
    """A backup that a test may damage."""
    target = tmp_path / "copy.sqlite"
    target.write_bytes(sqlite_backup.read_bytes())
    return target


@pytest.fixture(scope="module")
def sqlite_backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound backup of a populated store."""
    folder = tmp_path_factory.mktemp("backup")
    database = Database(new_store("sqlite", folder))
    target = backed_up(database, folder)
    database.close()
    return target


# --- Taken --------------------------------------------------------------------------------------------------------


def test_a_backup_has_every_row_and_is_sound(database: Database, tmp_path: Path) -> None:
    target = backed_up(database, tmp_path)
    with opened(target) as copied:
        found = world.everything(copied, derived=False)
        verified = refusal(copied)

    assert all(found.values())
    assert world.everything(database, derived=False) == found
    assert [] == problems(target)
    assert "" == verified


def test_a_backup_is_one_file(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    backed_up(database, folder)
    problems(folder / "backup.sqlite")

    assert ["backup.sqlite"] == files(folder)


def test_a_backup_takes_the_place_of_an_older_one(database: Database, tmp_path: Path) -> None:
    target = backed_up(database, tmp_path)
    world.execute(database, "UPDATE meta SET value = '77'")
    backup(database, target)

    with opened(target) as copied:
        assert [("77",)] == world.rows(copied, "SELECT value FROM meta")


@pytest.mark.fault(80)
def test_a_backup_goes_through_a_link_and_into_a_pipe(database: Database, tmp_path: Path) -> None:
    pipe, link, target = tmp_path / "pipe", tmp_path / "link", tmp_path / "target.sqlite"
    link.symlink_to(target.name)
    os.mkfifo(pipe)
    contents: list[bytes] = []
    reader = threading.Thread(target=lambda: contents.append(pipe.read_bytes()), daemon=True)
    reader.start()
    backup(database, link)
    backup(database, pipe)
    reader.join(30.0)

    assert [] == problems(target)
    assert (True, True) == (link.is_symlink(), pipe.is_fifo())
    assert [b"SQLite format 3"] == [c[:15] for c in contents]


def test_a_backup_of_an_empty_store_is_sound(database: Database, tmp_path: Path) -> None:
    backup(database, tmp_path / "backup.sqlite")

    assert [] == problems(tmp_path / "backup.sqlite")


@pytest.mark.parametrize("name", ["what?.sqlite", "50%20.sqlite", "a#b.sqlite", "é ü.sqlite"])
def test_a_backup_may_have_any_name(sqlite_store: Database, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    backup(sqlite_store, folder / name)

    assert [] == problems(folder / name)
    assert [name] == files(folder)


def test_looking_at_a_backup_leaves_it_as_it_was(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as file:
        file.execute("PRAGMA journal_mode = DELETE")
    before = copy.read_bytes()
    assert [] == problems(copy)

    assert before == copy.read_bytes()


def test_a_backup_is_whole_while_others_write(database: Database, tmp_path: Path) -> None:
    world.furnish(database, channels=2)
    book(database, 0, 0)  # the first event, whose race has a test of its own
    stop, errors = threading.Event(), list[BaseException]()

    def write(which: int) -> None:
        try:
            number = 0
            while not stop.is_set():
                number += 1
                book(database, which, number)
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    writers = [threading.Thread(target=write, args=(k,)) for k in range(2)]
    for writer in writers:
        writer.start()
    sizes = []
    try:
        for k in range(6):
            target = tmp_path / f"backup-{k}.sqlite"
            backup(database, target)
            assert [] == problems(target)
            with opened(target) as copied:
                ((last,),) = world.rows(copied, "SELECT coalesce(max(id), 0) FROM event")
                ((booked,),) = world.rows(copied, "SELECT count(*) FROM contact")
                ((held,),) = world.rows(copied, "SELECT count(*) FROM hold")
            assert (last, 2 * last) == (booked, held)  # one moment: each contact with its event and its holds
            sizes.append(last)
    finally:
        stop.set()
        for writer in writers:
            writer.join()

    assert [] == errors
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def book(database: Database, which: int, number: int) -> None:
    """A contact with its holds and an event."""

    def work(transaction: Transaction) -> None:
        start = 100_000 * which + 10 * number  # in nobody's way, on the link neither
        assignment = planning.contact(f"r{which}-{number}", start, start + 10, world.ANTENNAS[which])
        added = world.add_contact(transaction, assignment)
        contacts.replace_holds(transaction, [added], {world.LINK: 2})
        transaction.record(world.Actor(), world.NOW, "booked", f"contact {added}")

    database.write(work)


# --- Not taken ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["nowhere/backup.sqlite", "file/backup.sqlite", "folder"])
def test_a_place_that_cannot_be_written_is_told_and_nothing_is_left(
    database: Database, tmp_path: Path, place: str
) -> None:
    base = tmp_path / "base"
    (base / "folder").mkdir(parents=True)
    (base / "file").write_text("mine")

    with pytest.raises((StoreError, InputError)):
        backup(database, base / place)
    assert ["file", "folder"] == files(base)
    assert [] == files(base / "folder")
    assert "mine" == (base / "file").read_text()


def test_a_store_that_is_not_sound_is_not_backed_up_over_the_last_good_backup(
    database: Database, tmp_path: Path
) -> None:
    target = backed_up(database, tmp_path)
    before = target.read_bytes()
    database.write(lambda transaction: guards.drop(transaction.connection))
    world.execute(database, "UPDATE event SET actor = 'eve' WHERE id = 2")
    there = files(tmp_path)

    with pytest.raises(StoreError, match="event 2 is not as it was written"):
        backup(database, target)
    assert before == target.read_bytes()
    assert there == files(tmp_path)


# --- Put back -----------------------------------------------------------------------------------------------------


@pytest.mark.fault(63)
def test_a_backup_is_put_back_into_either_kind_of_store(database: Database, empty: Database, tmp_path: Path) -> None:
    target = backed_up(database, tmp_path)
    restore(target, empty)

    assert world.everything(database, derived=False) == world.everything(empty, derived=False)
    assert "" == refusal(empty)
    assert VERSION == empty.version()


NEW: dict[str, dict[str, Any]] = {  # what a row beside the last must have of its own
    "contact": {"state": "scheduled"},
    "element_set": {"sha256": "1"},
    "hold": {"live": False},
    "resource": {"name": "new/a"},
}


def test_numbers_go_on_after_a_restore(database: Database, empty: Database, tmp_path: Path) -> None:
    restore(backed_up(database, tmp_path), empty)
    before = {name: len(rows) for name, rows in world.everything(empty, derived=False).items()}
    numbered = [t for t in metadata.sorted_tables if numbers_itself(t)]
    assert len(numbered) >= 6

    def work(transaction: Transaction) -> None:
        connection = transaction.connection
        connection.execute(sa.text("UPDATE contact SET state = 'dropped' WHERE state = 'scheduled'"))
        connection.execute(sa.text("UPDATE contact SET state = 'completed' WHERE state = 'committed'"))
        for table in numbered:
            ((key,),) = connection.execute(sa.select(sa.func.max(table.c.id)))
            world.add_twin(transaction, table, key, **NEW.get(table.name, {}))
            ((next_key,),) = connection.execute(sa.select(sa.func.max(table.c.id)))
            assert key + 1 == next_key, table.name
        transaction.record(world.Actor(), world.NOW, "restored", "store")

    empty.write(work)
    world.book(empty, [planning.contact("new", 5000, 5010, "ham/a")])
    after = {name: len(rows) for name, rows in world.everything(empty, derived=False).items()}

    assert all(after[t.name] > before[t.name] for t in numbered)
    with empty.read() as connection:
        assert "" == events.chain_problem(connection)
        assert [] == contacts.overlaps(connection)


def numbers_itself(table: sa.Table) -> bool:
    """Whether the database numbers a table's rows."""
    return table.autoincrement_column is not None


def test_a_restored_store_guards_itself(database: Database, empty: Database, tmp_path: Path) -> None:
    restore(backed_up(database, tmp_path), empty)
    # The contact that is longer than a day is at mas/a from minute 90 on.
    with empty.read() as connection:
        assert [] == guards.problems(connection)

    with pytest.raises(ConflictError, match="held by another" if empty.is_sqlite else "hold_no_overlap"):
        world.book(empty, [planning.contact("new", 100, 110, "mas/a")], channels=2)


def test_a_backup_of_a_backup_of_a_backup_is_the_same(database: Database, tmp_path: Path) -> None:
    target = backed_up(database, tmp_path)
    before = world.everything(database, derived=False)
    for kind in (*KINDS, *KINDS):
        following = Database(empty_database(kind, tmp_path))
        restore(target, following)
        backup(following, target)
        assert before == world.everything(following, derived=False)
        following.close()

    assert [] == problems(target)


# --- Not put back -------------------------------------------------------------------------------------------------


def refused(source: Path, folder: Path) -> str:
    """What is said against putting a backup back, which leaves an empty database empty."""
    target = Database(empty_database("sqlite", folder))
    try:
        with pytest.raises(StoreError) as told:
            restore(source, target)
        assert "" == target.version()
    finally:
        target.close()
    assert str(source) in str(told.value)
    return str(told.value)


def test_a_store_that_is_not_empty_takes_no_backup(database: Database, sqlite_backup: Path) -> None:
    world.furnish(database)
    before = world.everything(database, derived=False)

    with pytest.raises(StoreError, match="not empty"):
        restore(sqlite_backup, database)
    assert before == world.everything(database, derived=False)


def test_somebody_elses_tables_are_not_overwritten(empty: Database, sqlite_backup: Path) -> None:
    world.execute(empty, "CREATE TABLE theirs (a INTEGER)")
    world.execute(empty, "INSERT INTO theirs VALUES (7)")

    with pytest.raises(StoreError, match="not empty"):
        restore(sqlite_backup, empty)
    assert [(7,)] == world.rows(empty, "SELECT a FROM theirs")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "is not there" in refused(tmp_path / "nothing.sqlite", tmp_path)
    assert not (tmp_path / "nothing.sqlite").exists()


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to be looked at" * 100])
def test_a_file_that_is_no_store_is_told(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "notes.txt"
    source.write_bytes(content)
    refused(source, tmp_path)

    assert content == source.read_bytes()


def test_a_guard_that_is_gone_is_told(copy: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(copy)) as file:
        file.execute("DROP TRIGGER hold_overlap_insert")
        file.commit()

    assert "trigger hold_overlap_insert is missing" in refused(copy, tmp_path)


@pytest.mark.fault(63)
def test_a_chain_that_is_broken_is_told(copy: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(copy)) as file:
        ((sql,),) = file.execute("SELECT sql FROM sqlite_master WHERE name = 'event_no_update'")
        file.execute("DROP TRIGGER event_no_update")
        file.execute("UPDATE event SET actor = 'eve' WHERE id = 1")
        file.execute(sql)
        file.commit()

    assert "event 1 is not as it was written" in refused(copy, tmp_path)


def test_contacts_in_each_others_way_are_told(copy: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(copy)) as file:
        saved = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in saved:
            file.execute(f"DROP TRIGGER {name}")
        file.execute(
            "INSERT INTO hold (contact_id, resource_id, start_us, end_us, live) "
            "SELECT contact_id, resource_id, start_us, end_us, live FROM hold WHERE live LIMIT 1"
        )
        for _, sql in saved:
            file.execute(sql)
        file.commit()

    assert "at once" in refused(copy, tmp_path)


def test_another_version_is_told(copy: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(copy)) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
        file.commit()

    assert "version 9999" in refused(copy, tmp_path)


def test_a_file_that_was_cut_is_told(copy: Path, tmp_path: Path) -> None:
    whole = copy.read_bytes()
    for length in (PAGE // 2, PAGE, len(whole) // 2, len(whole) - PAGE, len(whole) - 1):
        copy.write_bytes(whole[:length])
        refused(copy, tmp_path)


def test_a_page_that_was_overwritten_is_told(copy: Path, tmp_path: Path) -> None:
    whole = copy.read_bytes()
    pages = range(0, len(whole), PAGE)
    assert len(pages) > 40
    for start in pages:
        copy.write_bytes(whole[:start] + bytes(b ^ 0xFF for b in whole[start : start + PAGE]) + whole[start + PAGE :])
        refused(copy, tmp_path)


def test_any_byte_that_was_flipped_is_borne_or_told_in_words(copy: Path) -> None:
    # Not every byte is told: half of a page may be unused, and only events have a hash.
    whole = copy.read_bytes()
    rng = random.Random(1)
    used = [k for k, byte in enumerate(whole) if byte]
    told = 0
    for _ in range(150):
        damaged = bytearray(whole)
        damaged[rng.choice(used)] ^= rng.randrange(1, 256)
        copy.write_bytes(damaged)
        told += bool(problems(copy))

    assert told > 15


# --- Copied into another database ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_is_copied_into_a_database_of_either_kind_and_goes_on(
    database: Database, kind: str, tmp_path: Path
) -> None:
    world.populate(database)
    target = Database(empty_database(kind, tmp_path))
    copy_into(database, target)
    equal = world.everything(database) == world.everything(target)
    with pytest.raises(StoreError, match="is not empty"):
        copy_into(database, target)
    note(target, "after the copy")
    with target.read() as connection:
        chain = events.chain_problem(connection)
    target.close()

    assert equal
    assert "" == chain


def test_a_store_that_is_written_to_meanwhile_is_told(
    sqlite_store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Database(empty_database("sqlite", tmp_path))
    verify = target.verify

    def write_and_verify() -> None:
        note(sqlite_store, "meanwhile")
        verify()

    monkeypatch.setattr(target, "verify", write_and_verify)
    with pytest.raises(StoreError, match="written to meanwhile: stop its service"):
        copy_into(sqlite_store, target)
    target.close()


def note(database: Database, action: str) -> None:
    """Write an event."""
    actor = Actor(account="ada", role=Role.ADMINISTRATOR)
    database.write(lambda t: t.record(actor, world.NOW, action, "store"))
