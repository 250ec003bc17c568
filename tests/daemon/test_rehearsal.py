"""Rehearsals: days of the service in seconds, on a store of its own, and marked as what they are."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from passplan import load_elements
from passplan.daemon.rehearsal import rehearse
from passplan.domain.errors import InputError, StaleElementsError, StoreError
from passplan.formats.times import format_instant
from passplan.resources import shipped
from passplan.server.app import create_app
from passplan.service.operations.rehearsal import make_rehearsal, rehearsal_figures
from passplan.service.store import Rehearsal, Store, open_store
from tests.service.office import ADMIN, NOW, Office, ask, open_office
from tests.stores import KINDS, empty_database

REAL = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
START = datetime(2026, 8, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sets of an orbit like that of the ISS, two a day from two days before the start on."""
    iss = max((s for s in load_elements(shipped("tle")) if s.catalog_number == 25544), key=lambda s: s.epoch)
    records = []
    for k in range(14):
        epoch = START + timedelta(hours=12 * k - 48)
        days = (epoch - iss.epoch) / timedelta(days=1)
        records.append(
            {
                "OBJECT_NAME": iss.name,
                "OBJECT_ID": iss.object_id,
                "NORAD_CAT_ID": iss.catalog_number,
                "EPOCH": f"{epoch:%Y-%m-%dT%H:%M:%S.%f}",
                "MEAN_MOTION": iss.mean_motion_rev_day,
                "ECCENTRICITY": iss.eccentricity,
                "INCLINATION": iss.inclination_deg,
                "RA_OF_ASC_NODE": (iss.ra_of_asc_node_deg - 5.0 * days) % 360.0,
                "ARG_OF_PERICENTER": iss.arg_of_pericenter_deg,
                "MEAN_ANOMALY": (iss.mean_anomaly_deg + 360.0 * iss.mean_motion_rev_day * days) % 360.0,
                "BSTAR": iss.bstar,
                "MEAN_MOTION_DOT": 0.0,
                "MEAN_MOTION_DDOT": 0.0,
            }
        )
    path = tmp_path_factory.mktemp("history") / "iss.json"
    path.write_text(json.dumps(records))
    return path


def made(folder: Path, history: Path, **more: object) -> Store:
    values: dict[str, object] = {"start": START, "speed": 1.0, "history": (history,), "actor": ADMIN, "real_now": REAL}
    return make_rehearsal(folder, **{**values, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_days_pass_in_seconds_and_the_store_is_sound(kind: str, history: Path, tmp_path: Path) -> None:
    database = "" if kind == "sqlite" else empty_database(kind, tmp_path)
    store = made(tmp_path / "data", history, database=database)
    parts: list[float] = []
    report = rehearse(
        store, days=1.5, step=timedelta(hours=3), requests_per_day=12, real_now=REAL, progress=parts.append
    )
    ended = open_store(tmp_path / "data")
    now = ended.mission_time(REAL)
    ended.database.close()
    store.database.close()

    assert ((), {}) == (report.problems, dict(report.failures))
    assert [k / 12 for k in range(1, 13)] == parts
    assert START + timedelta(days=1.5) == now
    assert 18 == sum(report.after.requests.values())
    assert report.after.contacts.get("completed", 0) > 0
    assert report.after.revisions["daily"] >= 2
    assert (4, 7) == (report.before.element_sets, report.after.element_sets)
    assert report.bytes_per_month > 0


def test_the_same_seed_is_the_same_rehearsal(history: Path, tmp_path: Path) -> None:
    figures = []
    for number, seed in enumerate((1, 1, 2)):
        store = made(tmp_path / f"{number}", history)
        report = rehearse(store, days=0.5, step=timedelta(hours=3), requests_per_day=12, seed=seed, real_now=REAL)
        figures.append(replace(report.after, bytes=0))
        store.database.close()

    assert figures[0] == figures[1] != figures[2]


def test_a_copy_begins_where_its_service_is_and_leaves_it_alone(
    history: Path, tmp_path: Path, office_of_esa: Office
) -> None:
    office = office_of_esa
    before = rehearsal_figures(office.store)
    with pytest.raises(InputError, match=r"the rehearsal begins at .*, and the last event of .* begin later"):
        made(tmp_path / "early", history, start=NOW - timedelta(days=400), original=office.store.folder)
    copy = made(tmp_path / "copy", history, start=office.now + timedelta(hours=1), original=office.store.folder)
    report = rehearse(copy, days=0.25, step=timedelta(hours=3), requests_per_day=0, real_now=REAL)
    sources = [s.name for s in copy.settings.source]
    copy.database.close()

    assert before == rehearsal_figures(office.store)
    assert office.store.notice == ""
    assert before.requests == {"accepted": 1}
    assert 1 == sum(report.after.requests.values())
    assert ["history"] == sources
    assert 0.0 == copy.settings.backup_every_min


@pytest.fixture
def office_of_esa(tmp_path: Path) -> Office:
    """A service of its own, with a request."""
    from passplan.service.store import make_store

    store = make_store(tmp_path / "service", settings_text='effort = "quick"\n')
    office = open_office(store.database, tmp_path / "service")
    office.submit(ask("A"))
    return office


def test_a_rehearsal_without_elements_is_refused(history: Path, tmp_path: Path) -> None:
    with pytest.raises(StaleElementsError, match="each comes 8 h after its epoch"):
        made(tmp_path / "data", history, start=START - timedelta(days=2))


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), 1e6])
def test_a_speed_that_makes_no_sense_is_refused(history: Path, tmp_path: Path, speed: float) -> None:
    with pytest.raises(InputError, match="it lies between"):
        made(tmp_path / "data", history, speed=speed)


def test_a_store_that_is_no_rehearsal_is_not_rehearsed_on(office_of_esa: Office) -> None:
    with pytest.raises(InputError, match="this is no rehearsal's store"):
        rehearse(office_of_esa.store, days=1.0, real_now=REAL)


def test_a_folder_with_something_in_it_is_not_used(history: Path, tmp_path: Path) -> None:
    made(tmp_path / "data", history).database.close()
    with pytest.raises(StoreError, match="there is a store already"):
        made(tmp_path / "data", history)


def test_mission_time_runs_faster() -> None:
    clock = Rehearsal(mission=START, real=REAL, speed=3_600.0)
    later = REAL + timedelta(seconds=10)

    assert START + timedelta(hours=10) == clock.mission_time(later)
    assert later == clock.real_time(clock.mission_time(later))
    assert clock == Rehearsal.of(clock.document())


def test_every_page_and_answer_says_that_it_is_a_rehearsal(history: Path, tmp_path: Path) -> None:
    store = made(tmp_path / "data", history, speed=60.0)
    client = create_app(store, clock=lambda: REAL + timedelta(minutes=1)).test_client()
    page, api = client.get("/stations/"), client.get("/api/v1/stations")
    store.database.close()
    words = "REHEARSAL: nothing here is real; the clock runs 60 times as fast"

    assert words in page.text
    assert 'data-speed="60.0"' in page.text
    assert f'data-now="{format_instant(START + timedelta(hours=1))[:19]}' in page.text
    assert words == page.headers["X-Passplan-Notice"] == api.headers["X-Passplan-Notice"]
