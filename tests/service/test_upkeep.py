"""Settings, tidying, and the status of a service."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from passplan.domain.errors import InputError, StoreError
from passplan.domain.facts import EarthOrientationEnds, ElementsMark, ElementsMarked, NoDaemon, Tidied
from passplan.domain.hints import Hint
from passplan.domain.schedule import Policy
from passplan.formats.elements import load_elements
from passplan.orbit.scales import earth_orientation, use_earth_orientation
from passplan.resources import shipped
from passplan.service.operations import demo as demonstration
from passplan.service.operations import upkeep
from passplan.service.operations.metrics import figures
from passplan.service.operations.status import condition, earth_orientation_ends, element_rows
from passplan.service.settings import FILE, Settings, Source, load_settings
from passplan.service.store import make_store, open_store
from passplan.store import accounts
from tests import wording
from tests.service.office import ADMIN, NOW, Office, ask
from tests.unit.test_scales import finals

# --- settings ---


def test_the_shipped_settings_name_every_setting_with_its_default(tmp_path: Path) -> None:
    text = shipped("settings.toml").read_text()
    commented = "\n".join(re.findall(r"^# ([\w.]+ = .*)$", text, re.MULTILINE))
    (tmp_path / FILE).write_text(commented.split("name =")[0])
    settings, named = load_settings(tmp_path)

    assert Settings() == settings
    assert {f.name for f in fields(Policy)} == set(re.findall(r"^policy\.(\w+) = ", commented, re.MULTILINE))
    assert {f.name for f in fields(Settings)} - {"source"} == named


def test_the_shipped_settings_are_the_defaults_with_two_sources(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(shipped("settings.toml").read_text())
    settings, named = load_settings(tmp_path)

    assert (frozenset({"source"}), ["celestrak", "dropped"]) == (named, [s.name for s in settings.source])
    assert (7_200.0, 1) == (settings.source[0].least_interval_s, settings.source[1].priority)


def test_every_setting_is_in_the_reference() -> None:
    told = (Path(__file__).parents[2] / "docs/reference/settings.md").read_text()

    names = {f.name for f in (*fields(Settings), *fields(Source), *fields(Policy))} - {"source"}

    assert set() == {name for name in names if f"`{name}`" not in told}
    assert "`[[source]]`" in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("freeze = 3", "'freeze' is not known here"),
        ("freeze_h = -1.0", "freeze_h is -1; it lies between 0 and 744"),
        ('daily_at = "25:00"', "daily_at is '25:00'; it is an hour"),
        ('effort = "huge"', "effort is 'huge'; it is one of long, normal, quick"),
        ("policy.per_minute = -1", "the file: policy: per_minute is -1; it lies between 0 and 1000000"),
        ("[policy]\nper_hour = 1", "the file: policy: 'per_hour' is not known here; it takes max_timing_s, move_cost,"),
        ("policy = 3", "the file: policy: it is 3; it is a table"),
        ('[[source]]\nname = "a"', 'source "a": give it either url or folder'),
        ('[[source]]\nname = "a"\nurl = "https://x/"\nfolder = "y"', 'source "a": give it either url or folder'),
        ('[[source]]\nname = "a"\nurl = "https://x/"\ncredentials = "y"', "belong together"),
        ('[[source]]\nname = "a"\nfolder = "y"\n[[source]]\nname = "a"\nfolder = "z"', '"a" is given twice'),
        ("horizon_d = ", "it is not TOML"),
    ],
)
def test_a_mistake_in_the_settings_says_what_would_do(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / FILE).write_text(text)

    with pytest.raises(InputError, match=re.escape(words)):
        load_settings(tmp_path)


# --- stores ---


def test_a_store_is_made_with_its_files_and_opened_again(tmp_path: Path) -> None:
    made = make_store(tmp_path / "new")
    made.database.close()
    again = open_store(tmp_path / "new")
    again.database.close()

    assert made.instance == again.instance
    assert {"settings.toml", "stations.toml", "passplan.sqlite", "elements"} <= {
        p.name for p in (tmp_path / "new").iterdir()
    }
    with pytest.raises(StoreError, match="there is a store already"):
        make_store(tmp_path / "new")


def test_a_folder_without_a_store_says_so_and_stays_empty(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no store$") as told:
        open_store(tmp_path)
    assert Hint.ADD_STORE is told.value.hint
    assert [] == list(tmp_path.iterdir())


@pytest.mark.fault(62)
def test_a_store_whose_guard_was_dropped_is_not_opened(tmp_path: Path) -> None:
    make_store(tmp_path).database.close()
    with closing(sqlite3.connect(tmp_path / "passplan.sqlite")) as connection:
        connection.execute("DROP TRIGGER hold_overlap_insert")

    with pytest.raises(StoreError, match="trigger hold_overlap_insert is missing or was changed"):
        open_store(tmp_path)


def test_a_demonstration_s_clock_stands_at_the_shipped_elements(tmp_path: Path) -> None:
    real_now = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
    store = demonstration.make_demonstration(tmp_path, (), actor=ADMIN, real_now=real_now)
    epoch = max(s.epoch for s in load_elements(shipped("tle") / "iss.tle"))

    assert timedelta(0) < store.mission_time(real_now) - epoch <= timedelta(minutes=1, seconds=1)
    assert "DEMONSTRATION" in store.notice
    with store.database.read() as connection:
        found = accounts.accounts(connection)
        assert {"nasa", "esa", "jaxa", "csa", "roscosmos", "operator", "viewer", "scheduler", "admin"} == set(found)
        assert set(found) == accounts.accounts_with_password(connection)
    store.database.close()


def test_a_demonstration_with_fresh_elements_runs_in_real_time(tmp_path: Path) -> None:
    real_now = NOW + timedelta(days=1)
    store = demonstration.make_demonstration(tmp_path, (), actor=ADMIN, real_now=real_now)

    assert (0.0, real_now) == (store.clock_offset_s, store.mission_time(real_now))
    store.database.close()


# --- tidying ---


def test_tidying_forgets_old_plans_but_never_contacts_or_events(office: Office) -> None:
    office.submit(ask("A", hours=(0.0, 20.0)), ask("B", hours=(0.0, 24.0 * 5)))
    office.plan()
    office.later(1.0).plan()
    before = (office.contacts(), office.actions())
    done = upkeep.tidy(office.store, actor=ADMIN, now=office.later(24.0 * 91).now)

    assert Tidied(plans=1) == done
    assert "1 old plan forgotten, the store is sound" == wording.words(done)
    assert before == (office.contacts(), office.actions()[:-1])
    assert Tidied() == upkeep.tidy(office.store, actor=ADMIN, now=office.now)


# --- the condition ---


def test_a_service_says_what_is_wrong_with_it(office: Office) -> None:
    office.submit(ask("A"))
    office.plan()
    fresh = condition(office.store, now=office.now, real_now=office.now)
    old = condition(office.store, now=office.later(24.0 * 8).now, real_now=office.now)

    assert (NoDaemon(),) == fresh.wrong
    assert ({"scheduled": 1}, {"satisfied": 1}) == (fresh.contacts, fresh.requests)
    assert ElementsMarked(satellite="ISS", mark=ElementsMark.STALE) in old.wrong
    assert "the schedule is 192 h old" in [wording.words(f) for f in old.wrong]
    assert ["TOO OLD"] == list(element_rows(office.store, office.later(24.0 * 8).now)[0].marks)


# --- the Earth's rotation ---


@pytest.mark.fault(95)
def test_the_end_of_the_table_is_told_60_days_before_and_by_how_much_it_is_wrong_after(office: Office) -> None:
    end = earth_orientation().end
    day = timedelta(days=1)
    (soon,), (late,) = earth_orientation_ends(end - 59 * day), earth_orientation_ends(end + 365 * day)
    at = end - 59 * day
    (left,) = (f for f in figures(office.store, now=at, real_now=at) if f.name == "earth_orientation_days_left")

    assert [] == earth_orientation_ends(end - 61 * day)
    assert EarthOrientationEnds(end=end, ut1_error_s=0.0) == soon
    assert isinstance(late, EarthOrientationEnds)
    assert 0.438 == pytest.approx(late.ut1_error_s, abs=0.001)
    assert "0.44 s" in wording.words(late)
    assert soon in condition(office.store, now=at, real_now=at).wrong
    assert 59.0 == pytest.approx(dict(left.values)[()], abs=0.1)


@pytest.mark.fault(21)
def test_a_table_of_the_settings_is_used_or_refused_at_the_start(tmp_path: Path) -> None:
    make_store(tmp_path).database.close()
    (tmp_path / FILE).write_text('eop = "finals.data"\n')
    try:
        with pytest.raises(FileNotFoundError, match=r"finals\.data"):
            open_store(tmp_path)
        (tmp_path / "finals.data").write_text("rubbish\n")
        with pytest.raises(InputError, match=r"finals\.data"):
            open_store(tmp_path)
        (tmp_path / "finals.data").write_text(finals(61_041, 400, lambda mjd: 0.1))
        store = open_store(tmp_path)
        source = earth_orientation().source
        store.database.close()
    finally:
        use_earth_orientation(None)

    assert str(tmp_path / "finals.data") == source
