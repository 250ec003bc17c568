"""The commands of the service, as a person at a desk meets them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from passplan.cli import inputs
from passplan.domain.sources import source_of
from passplan.domain.span import Span
from passplan.formats.plans import parse_plan
from passplan.formats.writing import write_oem
from passplan.orbit.tabulating import ephemerides_of
from passplan.resources import shipped
from passplan.service.operations.demo import make_demonstration
from passplan.store.schema import VERSION
from tests import sets
from tests.cli.running import NOW, Result, Run
from tests.ports import free_port
from tests.service.office import ADMIN
from tests.waiting import PATIENCE_S, wait_until

WEEK = """
[[request]]
id = "ESA-1"
agency = "ESA"
satellite = "ISS"
link = "hamtv"
start = 2026-08-09T14:00:00Z
end = 2026-08-10T14:00:00Z
min_s = 120
stations = ["MSP", "RED"]

[[request]]
id = "ESA-2"
agency = "ESA"
satellite = "ISS"
link = "hamtv"
start = 2026-08-11T14:00:00Z
end = 2026-08-12T14:00:00Z
min_s = 120
stations = ["MSP", "RED"]
"""


@pytest.fixture
def desk(run: Run, tmp_path: Path) -> Run:
    """A new store with the shipped elements and two requests, and commands on it."""
    folder = tmp_path / "data"
    assert 0 == run("init", "--data", folder).code
    (tmp_path / "week.toml").write_text(WEEK)

    def on(*arguments: str | Path) -> Result:
        return run(*arguments, "--data", folder)

    assert 0 == on("elements", "add", shipped("tle") / "iss.tle").code
    assert 0 == on("requests", "add", tmp_path / "week.toml").code
    return on


def test_from_nothing_to_a_published_schedule(desk: Run) -> None:
    published = desk("schedule", "publish", "--effort", "quick")
    shown = desk("schedule", "show")
    listed = desk("schedule", "list")

    assert (0, "revision 1: 2 contacts new") == (published.code, published.out.splitlines()[0])
    assert "revision 1 of 2026-08-09 12:00:00 UTC (manual): 2 contacts new" in shown.out
    assert 2 == shown.out.count("scheduled")
    assert "Nothing was refused." in shown.out
    assert "2 contacts new" in listed.out


def test_what_programs_read_has_a_schema_and_the_same_contacts(desk: Run) -> None:
    desk("schedule", "publish", "--effort", "quick")
    schedule = json.loads(desk("schedule", "show", "--format", "json").out)
    contacts = json.loads(desk("contacts", "list", "--format", "json").out)
    rows = desk("contacts", "list", "--format", "csv").out.splitlines()
    plan = parse_plan(desk("plan", "--store", "--effort", "quick", "--format", "json").out, "plan")

    assert ("passplan.stored-schedule/1", "passplan.contacts/1") == (schedule["schema"], contacts["schema"])
    assert schedule["contacts"] == contacts["contacts"]
    assert (2, 3, 2) == (len(contacts["contacts"]), len(rows), len(plan.schedule.assignments))
    assert ("ESA-1", "scheduled", "") == tuple(
        contacts["contacts"][0][k] for k in ("request", "state", "acknowledged_by")
    )


def test_a_dry_run_writes_nothing(desk: Run) -> None:
    told = desk("schedule", "publish", "--effort", "quick", "--dry-run")

    assert "would change: 2 contacts new\n" == told.out
    assert "There is no schedule yet." in desk("schedule", "list").out


def test_revisions_are_checked_explained_and_compared_by_number(desk: Run, tmp_path: Path) -> None:
    desk("schedule", "publish", "--effort", "quick")
    (tmp_path / "more.toml").write_text(WEEK.replace("ESA-", "MORE-"))
    desk("requests", "add", tmp_path / "more.toml")
    desk("schedule", "publish", "--effort", "quick")

    assert "no rule is broken (2 contacts" in desk("check", "1").out
    assert "no rule is broken (4 contacts" in desk("check", "current").out
    assert "ESA-1 of ESA, routine" in desk("explain", "2", "ESA-1").out
    compared = desk("diff", "1", "current", "--exit-code")
    assert (3, "2 contacts new") == (compared.code, compared.out.splitlines()[0])
    waits = desk("explain", "1", "MORE-1")
    assert (1, 'passplan: request "MORE-1" is satisfied, and revision 1 was planned without it\n') == (
        waits.code,
        waits.err,
    )
    unknown = desk("check", "7")
    assert (1, "passplan: there is no revision 7; the newest is 2\n") == (unknown.code, unknown.err)


def test_a_schedule_that_cannot_be_made_for_want_of_elements_exits_with_4(run: Run, tmp_path: Path) -> None:
    run("init", "--data", tmp_path / "d")
    (tmp_path / "week.toml").write_text(WEEK)
    run("requests", "add", tmp_path / "week.toml", "--data", tmp_path / "d")
    failed = run("schedule", "publish", "--effort", "quick", "--data", tmp_path / "d")

    assert 4 == failed.code
    assert "there are no elements of ISS (25544)" in failed.err
    assert "newer ones would do: passplan elements add FILE" in failed.err


def test_requests_are_listed_withdrawn_and_not_taken_twice(desk: Run, tmp_path: Path) -> None:
    again = desk("requests", "add", tmp_path / "week.toml")
    desk("requests", "withdraw", "ESA-2", "--reason", "rain")
    listed = json.loads(desk("requests", "list", "--all", "--format", "json").out)["requests"]
    told = desk("requests", "withdraw", "ESA-2")

    assert "ESA-1: accepted (already submitted)\nESA-2: accepted (already submitted)\n" == again.out
    assert [("ESA-1", "accepted", ""), ("ESA-2", "withdrawn", "rain")] == [
        (r["id"], r["state"], r["reason"]) for r in listed
    ]
    assert (1, 'passplan: request "ESA-2" is withdrawn; there is nothing to withdraw\n') == (told.code, told.err)


def test_a_rejected_request_exits_with_3(desk: Run, tmp_path: Path) -> None:
    (tmp_path / "old.toml").write_text(WEEK.replace("2026-08", "2026-07").replace("ESA-", "OLD-"))
    told = desk("requests", "add", tmp_path / "old.toml")

    assert 3 == told.code
    assert "OLD-1: rejected: its span ends before anything could be booked" in told.out


def test_an_account_acts_for_its_agency_alone(desk: Run, tmp_path: Path) -> None:
    desk("users", "add", "jo", "--role", "requester", "--agency", "JAXA")
    (tmp_path / "more.toml").write_text(WEEK.replace("ESA-", "MORE-"))
    denied = desk("requests", "add", tmp_path / "more.toml", "--as", "jo")
    nobody = desk("requests", "add", tmp_path / "more.toml", "--as", "nobody")

    assert re.search(r"jo +requester +JAXA +yes", desk("users", "list").out)
    accounts = json.loads(desk("users", "list", "--format", "json").out)["accounts"]
    assert {"name": "jo", "role": "requester", "agency": "JAXA", "active": True, "second_factor": False} in accounts
    assert "jo,requester,JAXA,true,false" in desk("users", "list", "--format", "csv").out.splitlines()
    assert (1, "passplan: jo is of JAXA, and this is of ESA\n") == (denied.code, denied.err)
    assert "there is no account 'nobody' that may act" in nobody.err


def test_the_life_of_a_contact_at_the_desk(desk: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    desk("schedule", "publish", "--effort", "quick")
    early = desk("contacts", "acknowledge", "1")
    assert (1, "passplan: contact 1 is scheduled; only committed contacts are acknowledged\n") == (
        early.code,
        early.err,
    )
    assert 0 == desk("daemon", "--once").code
    seen = desk("contacts", "acknowledge", "1")
    monkeypatch.setattr(inputs, "clock", lambda: NOW + timedelta(days=1, hours=1))
    reported = desk("contacts", "report", "1", "partial", "--note", "late")
    beside = desk("contacts", "report", "1", "completed")
    cancelled = desk("contacts", "cancel", "2", "--reason", "storm")

    assert "acknowledged by local" in seen.out
    assert "reported partial" in reported.out
    assert "the state stays partial, and the report is recorded" in beside.out
    assert "cancelled by network" in cancelled.out


def test_an_outage_is_recorded_listed_and_ended(desk: Run) -> None:
    desk("schedule", "publish", "--effort", "quick")
    desk("daemon", "--once")
    where = json.loads(desk("contacts", "list", "--format", "json").out)["contacts"][0]["antennas"].partition("/")[0]
    told = desk("outage", "add", where, "--hours", "30", "--note", "storm")
    listed = json.loads(desk("outage", "list", "--format", "json").out)["outages"]

    assert "contact 1, ESA-1/1" in told.out
    assert [(where, "storm")] == [(o["station"], o["note"]) for o in listed]
    assert "outage 1 has ended\n" == desk("outage", "end", "1").out
    assert "There is no outage." in desk("outage", "list").out
    assert 2 == desk("outage", "add", where).code
    assert "has no antenna 'x'" in desk("outage", "add", f"{where}/x", "--hours", "1").err


def test_elements_are_told_with_age_and_source(desk: Run) -> None:
    status = desk("elements", "status")
    rows = json.loads(desk("elements", "status", "--format", "json").out)
    pinned = desk("elements", "choose", "ISS", "1")
    newest = desk("elements", "choose", "ISS", "--newest")

    assert re.search(r"ISS\s+1\s+2026-08-08 04:22\s+1\.3 d\s+hand", status.out)
    assert "celestrak: never asked" in status.out
    assert ["celestrak", "dropped"] == [s["source"] for s in rows["sources"]]
    assert (0, 0) == (pinned.code, newest.code)
    assert "are active, even when newer ones arrive" in pinned.out
    assert re.search(r"^ +1  2026-08-08 04:22:39  - +hand$", desk("elements", "list", "ISS").out, re.MULTILINE)
    assert 2 == desk("elements", "choose", "ISS").code


def test_a_dropped_file_is_taken_by_an_update(desk: Run, tmp_path: Path) -> None:
    (tmp_path / "data/elements/new.csv").write_bytes((shipped("tle") / "soyuz-ms-29.csv").read_bytes())
    told = desk("elements", "update", "dropped")

    assert 0 == told.code
    assert told.out.startswith("dropped: ")
    assert "there is no source 'x'" in desk("elements", "update", "x").err


def test_a_network_is_applied_once_and_checked_first(desk: Run, tmp_path: Path) -> None:
    changed = tmp_path / "changed.toml"
    changed.write_text(
        shipped("stations.toml").read_text().replace("minutes_per_week = 120.0", "minutes_per_week = 130.0")
    )
    broken = tmp_path / "broken.toml"
    broken.write_text("[[station]]\nid = 'x'\nlatitude_deg = 99.0\nlongitude_deg = 0.0\n")

    assert "network revision 1 already has this network\n" == desk("network", "apply").out
    assert "the file is valid" in desk("network", "apply", changed, "--dry-run").out
    assert "network revision 2: 40 stations of 5 agencies\n" == desk("network", "apply", changed).out
    assert (1, True) == (
        desk("network", "apply", broken).code,
        "latitude_deg is 99" in desk("network", "apply", broken).err,
    )


def test_the_status_says_what_is_wrong_and_exits_with_3(desk: Run) -> None:
    before = desk("status")
    desk("daemon", "--once")
    after = json.loads(desk("status", "--format", "json").out)

    assert 3 == before.code
    assert "! no daemon leads" in before.out
    assert after["schedule"].startswith("revision 1 of")
    assert ["no daemon leads: nothing happens by itself; passplan serve starts one"] == [
        w for w in after["wrong"] if not w.startswith("source")
    ]


def test_the_doctor_looks_into_the_store(desk: Run) -> None:
    told = desk("doctor")

    assert "freeze_h           24.0 (default)" in told.out
    assert "objective = fair_value, per_request = 1.0, per_minute = 0.1" in told.out
    assert "celestrak, dropped (settings.toml)" in told.out
    assert "guards as shipped, events complete, no conflicting contacts" in told.out


@pytest.mark.fault(82)
def test_the_doctor_names_what_other_users_can_read(desk: Run, run: Run) -> None:
    folder = Path(next(line for line in desk("doctor").out.splitlines() if "data folder" in line).split()[2])
    backup_of_it = Path(desk("db", "backup").out.strip())
    sound = desk("doctor").code
    warning = "other users of this machine can read it; chmod 600 it"
    folder.chmod(0o755)
    before = desk("doctor").out
    for path in (folder / "passplan.sqlite", folder / "secret.keys", backup_of_it):
        path.chmod(0o644)
        told = desk("doctor")
        path.chmod(0o600)
        assert path.parent != folder or f"{path}: {warning}" in told.out
        assert (path.parent == folder) == (warning in told.out)  # nobody else comes into backups/
        assert told.code == (3 if path.parent == folder else sound)
    (folder / "passplan.sqlite").chmod(0o644)
    folder.chmod(0o700)

    assert warning not in before
    assert warning not in desk("doctor").out


def test_backups_are_made_verified_and_restored(desk: Run, run: Run, tmp_path: Path) -> None:
    desk("schedule", "publish", "--effort", "quick")
    made = Path(desk("db", "backup").out.strip())
    sound = desk("db", "restore", "--verify")
    in_the_way = desk("db", "restore", made)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    without_keys = run("db", "restore", made, "--data", elsewhere)
    shutil.copy(made.parent.parent / "secret.keys", elsewhere)
    restored = run("db", "restore", made, "--data", elsewhere)
    shown = run("schedule", "show", "--data", elsewhere)
    made.write_bytes(made.read_bytes()[:-5000])
    damaged = desk("db", "restore", "--verify")

    assert (0, f"{made}: sound\n") == (sound.code, sound.out)
    assert (1, True) == (in_the_way.code, "is not empty; move it away first" in in_the_way.err)
    assert (1, True) == (without_keys.code, "without it a seal cannot be checked" in without_keys.err)
    assert (0, True) == (restored.code, "revision 1 of" in shown.out)
    assert "settings.toml does not exist, and backups do not contain it; copy yours" in restored.err
    assert 1 == damaged.code
    assert f"at {VERSION}" in desk("db", "upgrade").out


@pytest.mark.parametrize(
    "command",
    [
        ("contacts", "acknowledge", "9" * 30),
        ("schedule", "show", "9" * 30),
        ("schedule", "list", "--most", "9" * 30),
        ("explain", "9" * 30, "A"),
        ("explain", "current", "A", "--part", "9" * 30),
        ("outage", "add", "SHK", "--start", "epoch", "--hours", "2"),
        ("outage", "end", "0"),
        ("requests", "withdraw", "\udcff"),
        ("requests", "list", "--agency", "\udcff"),
        ("outage", "add", "SHK", "--hours", "1", "--note", "\udcff"),
        ("plan", "--store", "--price-of-fairness"),
        ("plan", "--store", "--policy", "/nonexistent.toml"),
        ("network", "apply", "/nonexistent.toml"),
        ("elements", "choose", "ISS", "99"),
        ("users", "add", "x y", "--role", "viewer"),
    ],
)
def test_bad_arguments_are_told_in_a_line_and_change_nothing(desk: Run, command: tuple[str, ...]) -> None:
    before = desk("events", "--format", "json").out
    told = desk(*command)

    assert told.code in (1, 2)
    assert "Traceback" not in told.err
    assert told.err
    assert before == desk("events", "--format", "json").out


@pytest.mark.parametrize(
    "address",
    ["mysql://x/y", "postgresql://127.0.0.1:9/x", "postgresql://127.0.0.1:9/x?foo=bar", "nonsense", "sqlite+x:"],
)
def test_an_address_that_is_no_database_is_told_and_leaves_nothing(run: Run, tmp_path: Path, address: str) -> None:
    told = run("init", "--data", tmp_path / "d", "--database", address)

    assert (1, "") == (told.code, told.out)
    assert "Traceback" not in told.err
    assert not list((tmp_path / "d").glob("*.toml"))
    assert 0 == run("init", "--data", tmp_path / "d").code


def test_an_init_with_a_broken_network_can_be_repeated(run: Run, tmp_path: Path) -> None:
    (tmp_path / "stations.toml").write_text("[[station]]\n")
    broken = run("init", "--data", tmp_path)
    (tmp_path / "stations.toml").unlink()

    assert (1, True) == (broken.code, "is missing" in broken.err)
    assert 0 == run("init", "--data", tmp_path).code


def test_a_backup_is_not_written_over_the_store(desk: Run, tmp_path: Path) -> None:
    told = desk("db", "backup", tmp_path / "data/passplan.sqlite")

    assert (1, True) == (told.code, "that is the store itself" in told.err)
    assert 3 == desk("status").code


def test_a_store_of_a_newer_passplan_is_left_alone(desk: Run, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data/passplan.sqlite")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    for command in (("db", "upgrade"), ("status",)):
        assert (1, True) == (desk(*command).code, "9999" in desk(*command).err)


def test_a_demonstration_is_not_made_of_a_real_store(desk: Run, run: Run, tmp_path: Path) -> None:
    told = run("serve", "--demo", "--data", tmp_path / "data")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/settings.toml").write_text("")

    assert (1, True) == (told.code, "it is no demonstration" in told.err)
    assert 1 == run("serve", "--demo", "--data", tmp_path / "full").code


def test_an_outage_that_is_called_off_before_it_began_is_listed_as_such(desk: Run) -> None:
    desk("outage", "add", "RED", "--start", "+10h", "--hours", "2")
    desk("outage", "end", "1")

    assert "withdrawn" in desk("outage", "list", "--all").out
    rows = json.loads(desk("outage", "list", "--all", "--format", "json").out)["outages"]
    assert {"2026-08-09T12:00:00.000000Z"} == {rows[0]["start"], rows[0]["end"]}


def test_times_of_satellites_are_listed_and_taken_back(desk: Run, tmp_path: Path) -> None:
    (tmp_path / "off.toml").write_text(
        WEEK.replace("ESA-", "OFF-")
        + '[[satellite_time]]\nname = "off"\nsatellite = "ISS"\ndaily = ["00:00", "02:00"]\n'
    )
    desk("requests", "add", tmp_path / "off.toml")
    listed = desk("requests", "times").out

    assert re.fullmatch(r"[0-9a-f]{8}  ISS off: 00:00 to 02:00 daily\n", listed)
    assert 0 == desk("requests", "drop-time", listed[:8]).code
    assert "" == desk("requests", "times").out


def test_a_folder_without_a_store_is_told_and_nothing_is_made_there(run: Run, tmp_path: Path) -> None:
    for command in (
        ("status",),
        ("schedule", "show"),
        ("requests", "list"),
        ("daemon",),
        ("serve",),
        ("db", "backup"),
        ("db", "upgrade"),
        ("check", "current"),
    ):
        told = run(*command, "--data", tmp_path / "none")

        assert (1, "") == (told.code, told.out), command
        assert "there is no store; make one with passplan init" in told.err
    assert not (tmp_path / "none").exists()


def test_a_second_init_keeps_what_is_there(desk: Run, tmp_path: Path) -> None:
    settings = tmp_path / "data/settings.toml"
    settings.write_text(settings.read_text() + "\n# mine\n")
    told = desk("init")

    assert (1, True) == (told.code, "there is a store already" in told.err)
    assert settings.read_text().endswith("# mine\n")


def test_old_elements_are_marked_wherever_a_schedule_is_shown(desk: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    desk("schedule", "publish", "--effort", "quick")
    fresh = desk("schedule", "show")
    monkeypatch.setattr(inputs, "clock", lambda: NOW + timedelta(days=8))
    old = desk("schedule", "show")

    assert "ISS: elements of 2026-08-08 04:22 UTC, 1.3 days old\n" in fresh.out
    assert "ISS: elements of 2026-08-08 04:22 UTC, 9.3 days old STALE\n" in old.out


def test_events_say_who_did_what_to_what(desk: Run) -> None:
    desk("requests", "withdraw", "ESA-2", "--reason", "rain")
    told = desk("events", "request/ESA-2")
    rows = json.loads(desk("events", "--after", "2", "--format", "json").out)["events"]

    assert ["request.submitted", "request.accepted", "request.withdrawn"] == re.findall(r"request\.\w+", told.out)
    assert "rain" in told.out
    assert list(range(3, 3 + len(rows))) == [e["id"] for e in rows]
    assert {"local"} == {e["actor"] for e in rows}
    assert "There is no event." in desk("events", "request/X").out


def test_every_output_of_a_demonstration_says_so(run: Run, tmp_path: Path) -> None:
    make_demonstration(tmp_path, (), actor=ADMIN, real_now=NOW + timedelta(days=40)).database.close()
    for command in (
        ("status",),
        ("requests", "list"),
        ("requests", "list", "--format", "json"),
        ("contacts", "list"),
        ("contacts", "list", "--format", "csv"),
        ("schedule", "list"),
        ("outage", "list"),
        ("elements", "status"),
        ("users", "list"),
        ("plan", "--store", "--effort", "quick"),
        ("doctor",),
    ):
        told = run(*command, "--data", tmp_path)

        assert "DEMONSTRATION: example requests, and the clock is " in told.out + told.err, command


def test_a_comparison_of_two_revisions_has_one_notice(run: Run, tmp_path: Path) -> None:
    make_demonstration(tmp_path, (), actor=ADMIN, real_now=NOW).database.close()
    published = run("schedule", "publish", "--effort", "quick", "--data", tmp_path)
    compared = run("diff", "1", "current", "--data", tmp_path)

    assert (0, 0) == (published.code, compared.code), published.err + compared.err
    assert 1 == compared.err.count("DEMONSTRATION")
    assert "DEMONSTRATION" not in run("diff", "1", "current", "--quiet", "--data", tmp_path).err


def test_the_demonstration_serves_until_it_is_stopped_and_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "passplan", "serve", "--demo", "--listen", f"127.0.0.1:{free_port()}"],
            stdout=log,
            stderr=log,
            env={**os.environ, "TMPDIR": str(folder)},
        )
        log_text = (tmp_path / "log").read_text
        wait_until(lambda: "committed" in log_text(), within_s=PATIENCE_S, told=log_text)
        process.send_signal(signal.SIGINT)  # CP-SAT would take this signal away
        code = process.wait(timeout=30.0)
    told = (tmp_path / "log").read_text()

    assert 0 == code, told
    assert "DEMONSTRATION: example requests, and the clock is" in told
    assert "passplan status --data" in told
    assert "Pages and API: http://127.0.0.1:" in told
    assert "revision 1 (daily)" in told
    assert [] == list(folder.iterdir())


def test_burns_are_added_listed_and_removed(desk: Run) -> None:
    added = desk("manoeuvres", "add", "ISS", "2026-08-12T18:30:00Z", "--dv", "0.8", "--name", "reboost")
    assert (0, "burn 1 of ISS, 2026-08-12 18:30:00 UTC\n") == (added.code, added.out)
    (row,) = json.loads(desk("manoeuvres", "list", "--format", "json").out)["manoeuvres"]
    assert ("ISS", 0.8, None, "reboost", "person") == (
        row["satellite"], row["delta_v_m_s"], row["uncertainty_m_s"], row["name"], row["origin"],
    )  # fmt: skip
    assert "burn at 2026-08-12 18:30" in desk("status").out
    assert 0 == desk("manoeuvres", "remove", "1").code
    assert "No burn is known." in desk("manoeuvres", "list", "ISS").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ISS", "tomorrow"), "'tomorrow' is not a time with its zone"),
        (("ISS", "2026-08-12T18:30:00Z", "--uncertainty", "1"), "give --dv too"),
        (("ISS", "2026-08-12T18:30:00Z", "--dv", "-1"), "-1.0 is not in the range"),
        (("MIR", "2026-08-12T18:30:00Z"), "there is no satellite 'MIR'"),
    ],
)
def test_a_burn_that_cannot_be_is_refused(desk: Run, arguments: tuple[str, ...], said: str) -> None:
    result = desk("manoeuvres", "add", *arguments)

    assert result.code in (1, 2)
    assert said in result.err


def test_an_ephemeris_is_added_and_told(desk: Run, tmp_path: Path) -> None:
    ephemeris = tmp_path / "iss.oem"
    start = datetime(2026, 8, 8, tzinfo=UTC)
    made = ephemerides_of(source_of(sets.ISS), Span(start, start + timedelta(days=2)), created=start)
    ephemeris.write_text(write_oem(made, "kvn", created=start))
    added = desk("elements", "add", ephemeris)

    assert (0, "1 sets, 1 new, 0 of satellites that the network does not have\n") == (added.code, added.out)
    (row,) = json.loads(desk("elements", "status", "--format", "json").out)["sets"]
    assert row["ephemeris_until"].startswith("2026-08-10T")
    assert "2026-08-10" in desk("elements", "list", "ISS").out
