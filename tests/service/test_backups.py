"""Backups: which are kept, where, what is sealed, and that a restored store goes on."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from passplan.domain.errors import StoreError
from passplan.service.access.accounts import save_account
from passplan.service.access.keys import load_keys
from passplan.service.access.login import sign_in, visit_by_session
from passplan.service.operations import demo as demonstration
from passplan.service.operations import upkeep
from passplan.service.operations.forecast import passes_are_due, work_out_passes
from passplan.service.settings import load_settings
from passplan.service.store import database_of, make_store, open_store
from passplan.store import passes as stored_passes
from passplan.store.database import Database
from tests.service.office import ADMIN, NOW, Office, ask
from tests.stores import empty_database


@pytest.mark.fault(91)
def test_backups_of_the_last_hours_are_all_kept_and_older_ones_are_thinned_out() -> None:
    """Fault 91: a mistake that is found the next morning, or the next month, is after a backup that is there."""
    made: set[datetime] = set()
    for k in range(100 * 96):
        made = upkeep.kept_backups({*made, NOW + timedelta(minutes=15 * k)}, NOW + timedelta(minutes=15 * k))
    last = max(made)
    ages_h = sorted((last - time) / timedelta(hours=1) for time in made)

    assert [k / 4 for k in range(17)] == ages_h[:17]
    day_h = 24.0
    bounds = ((0.0, 4.0, 0.25), (4.0, day_h, 1.25), (day_h, 14 * day_h, 24.5), (14 * day_h, 56 * day_h, 7.1 * day_h))
    for least, most, gap_h in bounds:
        within = [age for age in ages_h if least <= age <= most]
        assert max(b - a for a, b in pairwise(within)) <= gap_h
    assert ages_h[-1] > 24.0 * 48
    assert len(made) < 60


@pytest.mark.fault(91)
def test_backups_go_to_both_places_and_a_named_file_there_stays(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far/passplan-keep-this.sqlite").write_text("by a person")
    store = make_store(tmp_path / "data", settings_text='backup_folder = "../far"')
    own = tmp_path / "data/backups"
    own.mkdir()
    (own / ".passplan-20260101T000000Z.sqlite.unfinished-journal").write_text("by one that was killed")
    times = [NOW - timedelta(days=9), NOW - timedelta(days=9, minutes=15), NOW]
    made = [upkeep.back_up(store, real_now=time) for time in sorted(times)]
    with store.database.read() as connection:
        last = upkeep.last_backup_in(connection)
    store.database.close()

    assert made[1:] == sorted(own.iterdir())
    names = sorted(p.name for p in (tmp_path / "far").iterdir())
    assert [*(p.name for p in made[1:]), "passplan-keep-this.sqlite"] == names
    assert made[-1].read_bytes() == (tmp_path / "far" / made[-1].name).read_bytes()
    assert made[-1] == upkeep.newest_backup(tmp_path / "data")
    assert NOW == last


def test_a_second_place_that_is_not_there_is_told_and_the_first_has_its_backup(tmp_path: Path) -> None:
    store = make_store(tmp_path / "data", settings_text='backup_folder = "/nowhere/at/all"')
    with pytest.raises(StoreError, match="/nowhere/at/all: the backup failed"):
        upkeep.back_up(store, real_now=NOW)
    with store.database.read() as connection:
        last = upkeep.last_backup_in(connection)
    store.database.close()

    assert upkeep.newest_backup(tmp_path / "data") is not None
    assert last is None


def _rehashed(file: sqlite3.Connection) -> None:
    """Change an event, and compute the chain anew."""
    file.execute("UPDATE event SET actor = 'nobody' WHERE id = 2")
    last = "0" * 64
    names = 'id, at_us, actor, os_user, action, object, "before", "after"'
    for row in file.execute(f"SELECT {names} FROM event ORDER BY id").fetchall():
        new = hashlib.sha256(json.dumps([last, *row], separators=(",", ":")).encode()).hexdigest()
        file.execute("UPDATE event SET prev_hash = ?, hash = ? WHERE id = ?", (last, new, row[0]))
        last = new
    file.execute("UPDATE event_head SET last_hash = ?", (last,))


TRICKS: dict[str, Any] = {
    "an event changed": "UPDATE event SET actor = 'nobody' WHERE id = 2",
    "the end of the events cut": "DELETE FROM event WHERE id = (SELECT max(id) FROM event)",
    "the chain computed anew": _rehashed,
    "another role": "UPDATE account SET role = 'administrator' WHERE name = 'esa'",
    "another document": "UPDATE request SET document = '{}'",
    "a strange table": "CREATE TABLE strange (x)",
    "a strange trigger": "CREATE TRIGGER strange AFTER INSERT ON request BEGIN SELECT 1; END",
    "another seal": "UPDATE backup_seal SET seal = 'f'",
    "no seal": "DROP TABLE backup_seal",
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_backup_that_was_changed_is_not_restored(office: Office, tmp_path: Path, trick: str) -> None:
    save_account(office.store, "esa", "requester", agency="ESA", actor=ADMIN, now=office.now)
    office.submit(ask("A"))
    target = upkeep.back_up(office.store, tmp_path / "backup", real_now=office.now)
    assert [] == upkeep.backup_problems(target, office.store.folder)
    with closing(sqlite3.connect(target)) as file, file:
        triggers = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            file.execute(f"DROP TRIGGER {name}")
        if callable(TRICKS[trick]):
            TRICKS[trick](file)
        else:
            file.execute(TRICKS[trick])
        for _, text in triggers:
            file.execute(text)
    new = Database(empty_database("sqlite", tmp_path))
    with pytest.raises(StoreError, match="is not restored"):
        upkeep.restore(target, new, office.store.folder)
    new.close()


def test_a_copy_of_the_file_without_its_log_is_no_backup(tmp_path: Path) -> None:
    store = make_store(tmp_path / "data")
    load_keys(tmp_path / "data")
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes((tmp_path / "data/passplan.sqlite").read_bytes())
    store.database.close()

    assert upkeep.backup_problems(copy, tmp_path / "data")


def test_a_backup_needs_the_keys_that_sealed_it(tmp_path: Path) -> None:
    store = make_store(tmp_path / "data")
    target = upkeep.back_up(store, real_now=NOW)
    store.database.close()
    (tmp_path / "other").mkdir()
    with pytest.raises(StoreError, match=r"other/secret\.keys is not there"):
        upkeep.backup_problems(target, tmp_path / "other")
    load_keys(tmp_path / "other")

    assert "its seal does not fit" in upkeep.backup_problems(target, tmp_path / "other")[0]
    assert [] == upkeep.backup_problems(target, tmp_path / "other", sealed=False)


@pytest.mark.fault(63)
def test_a_restored_store_goes_on_and_computes_its_passes_again(tmp_path: Path) -> None:
    """Fault 63: the drill. The backup is sound, the chain goes on, the first job makes the passes, no session lasts."""
    real_now = datetime(2026, 11, 1, tzinfo=UTC)
    store = demonstration.make_demonstration(tmp_path / "data", (), actor=ADMIN, real_now=real_now)
    now = store.mission_time(real_now)
    work_out_passes(store, actor=ADMIN, now=now)
    where: dict[str, Any] = {"address": "192.0.2.7", "agent": "a browser", "now": now, "real_now": real_now}
    secret = sign_in(store, load_keys(store.folder), "esa", demonstration.PASSWORD, **where)
    target = upkeep.back_up(store, real_now=real_now)
    with store.database.read() as connection:
        passes = stored_passes.count(connection)
    store.database.close()
    (tmp_path / "data/passplan.sqlite").unlink()
    for log in ("-wal", "-shm"):
        (tmp_path / f"data/passplan.sqlite{log}").unlink(missing_ok=True)
    settings, _ = load_settings(tmp_path / "data")
    database = database_of(tmp_path / "data", settings)
    upkeep.restore(target, database, tmp_path / "data")
    database.close()
    restored = open_store(tmp_path / "data")
    due = passes_are_due(restored, now=now)
    work_out_passes(restored, actor=ADMIN, now=now)
    with restored.database.read() as connection:
        again = stored_passes.count(connection)
    problems = upkeep.integrity_problems(restored)
    visit = visit_by_session(restored, load_keys(restored.folder), secret, real_now=real_now)
    restored.database.close()

    assert visit is None
    assert due
    assert passes == again > 0
    assert [] == problems
