"""Planning on the command line: plan, check, explain and diff."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from passplan.domain.facts import fact_of
from passplan.domain.rows.contacts import AssignmentRow
from passplan.formats.rows import csv_columns
from passplan.formats.times import format_instant, parse_instant
from passplan.resources import shipped
from tests.cli.running import Run
from tests.wording import words

DAY = ("--start", "2026-08-08T04:30:00Z", "--hours", "24", "--effort", "quick")


@pytest.fixture(scope="module")
def day_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan file of the shipped day, made by a process of its own."""
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    _passplan("plan", *DAY, "--format", "json", "-o", path)
    return path


@pytest.fixture(scope="module")
def day(day_file: Path) -> dict[str, Any]:
    """What it holds."""
    found: dict[str, Any] = json.loads(day_file.read_text())
    return found


def _passplan(*arguments: str | Path) -> str:
    command = [sys.executable, "-m", "passplan", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _requests(folder: Path, **changes: Any) -> Path:
    """A request file that asks once, for Wallops."""
    table = {
        "id": "ONE",
        "agency": "NASA",
        "satellite": "ISS",
        "link": "nasa-vhf1-up",
        "start": "2026-08-08T04:30:00Z",
        "end": "2026-08-09T04:30:00Z",
        "min_s": 180,
        "wanted_s": 300,
        "stations": ["WPS-VHF"],
    }
    path = folder / "requests.json"
    path.write_text(json.dumps({"request": [table | changes]}))
    return path


def _changed(day: dict[str, Any], path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A plan file with something changed."""
    document = json.loads(json.dumps(day))
    change(document)
    path.write_text(json.dumps(document))
    return path


# --- plan ---


def test_two_processes_write_the_same_plan_file_byte_for_byte(day_file: Path) -> None:
    again = _passplan("plan", *DAY, "--format", "json")

    assert day_file.read_text() == again


def test_the_shipped_day_has_contacts_refusals_and_a_bound(day: dict[str, Any]) -> None:
    assert "passplan.schedule/2" == day["schema"]
    assert len(day["assignments"]) > 30
    assert {"CSA", "ESA", "JAXA", "NASA", "Roscosmos"} == {a["agency"] for a in day["fairness"]["agencies"]}
    assert all(r["particulars"] for r in day["refusals"])
    assert 0.0 < day["value"] <= day["bound"]


def test_the_table_says_what_was_planned_and_what_it_is_worth(run: Run) -> None:
    result = run("plan", *DAY)

    assert 0 == result.code
    for told in (
        "2026-08-08 04:30:00 to 2026-08-09 04:30:00 UTC",
        "30 requests for 42 contacts, by 5 agencies",
        "elements of 2026-08-08 04:22 UTC",
        "Refused",
        "USK: no agreement lets JAXA use it",
        "given to",
        "U_RMS",
        "effort quick, seed 1",
    ):
        assert told in result.out
    assert "price of fairness" not in result.out
    assert "better exists" in result.out or "proven optimal" in result.out
    assert "\x1b[" not in result.out


def test_a_policy_file_changes_the_plan_and_is_kept_in_it(run: Run, tmp_path: Path) -> None:
    policy = tmp_path / "minutes.toml"
    policy.write_text("per_request = 0\nper_minute = 2.0\nmax_timing_s = 0\n")
    asked = ("plan", *DAY, "--requests", _requests(tmp_path, wanted_s=1_200), "--format", "json")
    usual = json.loads(run(*asked).out)
    changed = json.loads(run(*asked, "--policy", policy).out)
    minutes = changed["fairness"]["agencies"][0]["minutes_given"]

    assert usual["policy"] | {"per_request": 0.0, "per_minute": 2.0, "max_timing_s": 0.0} == changed["policy"]
    assert minutes > usual["fairness"]["agencies"][0]["minutes_given"] > 0.0  # windows are not shortened
    assert 2.0 * minutes == pytest.approx(changed["value"] + changed["fairness"]["penalty"])


def test_a_mistake_in_a_policy_file_is_told_with_its_place(run: Run, tmp_path: Path) -> None:
    policy = tmp_path / "minutes.toml"
    policy.write_text("per_minute = -2.0\n")
    result = run("plan", *DAY, "--policy", policy)

    assert (1, "") == (result.code, result.out)
    assert "minutes.toml: policy: per_minute is -2; it lies between 0 and 1000000" in result.err


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_of_the_plan_is_wider_than_the_terminal(run: Run, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = run("plan", *DAY).out.splitlines()
    table = [line for line in lines if line[2:3] == ":" or line.startswith("    ")]

    assert len(table) > 40
    assert max(map(len, table)) <= width


def test_an_epoch_with_a_fraction_of_a_second_can_be_the_start(run: Run) -> None:
    result = run("plan", "--start", "epoch", "--hours", "24", "--effort", "quick", "--format", "json")

    assert (0, "") == (result.code, result.err)
    assert "2026-08-08T04:22:39.515520Z" == json.loads(result.out)["span"]["start"]


def test_csv_has_the_contacts_and_tells_refusals_beside_it(run: Run, day: dict[str, Any]) -> None:
    result = run("plan", *DAY, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.out)))

    assert list(csv_columns(AssignmentRow)) == list(rows[0])
    assert [(a["request"], str(a["part"])) for a in day["assignments"]] == [(r["request"], r["part"]) for r in rows]
    assert len(day["refusals"]) == len(result.err.splitlines())


def test_refusals_are_a_failure_only_where_asked_and_fairness_is_priced_likewise(run: Run) -> None:
    result = run("plan", *DAY, "--fail-refused", "--price-of-fairness")

    assert 3 == result.code
    assert "Refused" in result.out
    assert "the price of fairness is" in result.out


def test_without_any_window_the_plan_fails_with_its_causes(run: Run, tmp_path: Path) -> None:
    alone = _requests(tmp_path, min_elevation_deg=89.9)
    result = run("plan", "--requests", alone, *DAY, "-q")

    assert (3, "") == (result.code, result.out)
    assert "there is no plan: no contact is possible" in result.err
    assert "too low for the request's least elevation" in result.err


def test_without_any_request_the_plan_fails_with_its_cause(run: Run, tmp_path: Path) -> None:
    (tmp_path / "none.toml").write_text("")
    result = run("plan", "--requests", tmp_path / "none.toml", *DAY)

    assert (3, "") == (result.code, result.out)
    assert "there is no request" in result.err


def test_no_file_is_written_where_there_is_no_plan(run: Run, tmp_path: Path) -> None:
    alone = _requests(tmp_path, min_elevation_deg=89.9)
    target = tmp_path / "plan.json"
    run("plan", "--requests", alone, *DAY, "--format", "json", "-o", target)

    assert not target.exists()


def test_requests_for_what_the_network_does_not_have_exit_with_1(run: Run, tmp_path: Path) -> None:
    result = run("plan", "--requests", _requests(tmp_path, agency="NACA", link="no-such-link"), *DAY)

    assert (1, "") == (result.code, result.out)
    assert "requests.json: request \"ONE\": agency is 'NACA', which is not there" in result.err
    assert "no-such-link" in result.err


@pytest.mark.parametrize(
    ("code", "arguments", "message"),
    [
        (1, ("--requests", "there-is-no-such-file"), "there-is-no-such-file"),
        (1, ("--held", "there-is-no-such-file"), "there-is-no-such-file"),
        (1, ("--network", "there-is-no-such-file"), "there-is-no-such-file"),
        (2, ("--effort", "endless"), "endless"),
        (2, ("--seed", "-1"), "-1"),
        (2, ("--freeze", "-1"), "-1"),
        (2, ("--end", "+1h"), "--end and --hours"),
    ],
)
def test_what_cannot_be_used_is_told(run: Run, code: int, arguments: tuple[str, ...], message: str) -> None:
    result = run("plan", *DAY, *arguments)

    assert (code, "") == (result.code, result.out)
    assert message in result.err


def test_old_elements_exit_with_4(run: Run) -> None:
    result = run("plan", "--start", "2026-11-23T00:00:00Z")

    assert (4, "") == (result.code, result.out)
    assert "--allow-stale" in result.err


def test_elements_of_another_satellite_exit_with_4(run: Run) -> None:
    result = run("plan", *DAY, "--elements", shipped("tle") / "tdrs.tle")

    assert (4, "") == (result.code, result.out)
    assert "there are no elements of ISS (25544)" in result.err


# --- an earlier plan ---


def test_a_held_plan_keeps_what_the_freeze_holds(run: Run, day_file: Path, day: dict[str, Any]) -> None:
    split = {r["id"] for r in day["inputs"]["requests"]["request"] if "split" in r}
    parts = [a for a in day["assignments"] if a["request"] in split and a["part"] > 1]
    until = parse_instant(max(a["occupied_from"] for a in parts))  # between the parts of a split contact
    freeze_h = (until - parse_instant("2026-08-08T04:30:00Z")).total_seconds() / 3600.0
    result = run("plan", *DAY, "--held", day_file, "--freeze", str(freeze_h), "--seed", "2", "--format", "json")
    found = json.loads(result.out)
    early = [a for a in day["assignments"] if parse_instant(a["occupied_from"]) < until]
    begun = {a["request"] for a in early} & split  # the rest of a contact in parts is held with its first
    frozen = [a for a in day["assignments"] if a in early or a["request"] in begun]

    assert frozen == found["inputs"]["held"]
    assert len(frozen) > len(early) > 0
    assert [a for a in found["assignments"] if a in frozen] == frozen
    assert len(day["assignments"]) - len(frozen) == len(found["inputs"]["previous"])


def test_with_the_whole_day_frozen_nothing_moves(run: Run, day_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "again.json"
    run("plan", *DAY, "--held", day_file, "--format", "json", "-o", target)

    assert "the contacts are the same\n" == run("diff", day_file, target).out
    assert (0, "") == (run("check", target).code, run("check", target).err)


def test_the_table_counts_what_moved(run: Run, day_file: Path) -> None:
    result = run("plan", *DAY, "--held", day_file, "--freeze", "6")

    assert "against the earlier plan: " in result.out
    assert "held" in result.out


def test_contacts_of_requests_that_were_withdrawn_are_told_and_not_held(
    run: Run, day_file: Path, tmp_path: Path
) -> None:
    result = run("plan", "--requests", _requests(tmp_path), *DAY, "--held", day_file, "--format", "json")

    assert 0 == result.code
    assert [] == json.loads(result.out)["inputs"]["held"]
    assert "plan.json: RU-TELEMETRY/1 is not held" in result.err


# --- check ---


def test_the_shipped_day_breaks_no_rule(run: Run, day_file: Path, day: dict[str, Any]) -> None:
    result = run("check", day_file)
    found = json.loads(run("check", day_file, "--format", "json").out)

    assert 0 == result.code
    assert result.out.startswith(f"no rule is broken ({len(day['assignments'])} contacts, ")
    assert "passplan.check/1" == found["schema"]
    assert [] == found["violations"]


def test_a_plan_that_breaks_rules_exits_with_3_and_says_each(run: Run, day: dict[str, Any], tmp_path: Path) -> None:
    broken = _changed(day, tmp_path / "broken.json", lambda d: d["assignments"].pop(0))
    result = run("check", broken)
    found = json.loads(run("check", broken, "--format", "json").out)

    assert 3 == result.code
    assert "broken (" in result.out
    assert day["assignments"][0]["request"] in result.out
    assert {"rule", "sentence"} == set(found["violations"][0])


def test_a_plan_file_that_was_changed_exits_with_1(run: Run, day: dict[str, Any], tmp_path: Path) -> None:
    changed = _changed(day, tmp_path / "changed.json", lambda d: d.update(seed=99))
    result = run("check", changed)

    assert (1, "") == (result.code, result.out)
    assert "inputs_sha256" in result.err


def test_checking_and_comparing_plans_load_no_solver(day_file: Path) -> None:
    heavy = "('ortools', 'pandas', 'numba', 'numpy', 'sgp4', 'skyfield', 'sqlalchemy', 'apscheduler', 'urllib3')"
    for arguments in (["check", str(day_file)], ["diff", str(day_file), str(day_file)]):
        code = (
            "import sys\nfrom passplan.cli.main import main\n"
            f"try:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
            f"print([m for m in sys.modules if m.split('.')[0] in {heavy}])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

        assert "[]" == done.stdout.splitlines()[-1]


# --- explain ---


def test_every_refusal_of_the_shipped_day_is_explained(run: Run, day_file: Path, day: dict[str, Any]) -> None:
    for refusal in day["refusals"]:
        result = run("explain", day_file, refusal["request"], "--part", str(refusal["part"]))

        assert (0, "") == (result.code, result.err)
        assert words(fact_of(refusal["particulars"][0])) in result.out
        assert "is refused" in result.out
        assert any(told in result.out for told in ("To serve it:", "No way was found", "There is no way to serve it"))


def test_the_price_of_a_refusal_is_a_change_of_value_with_who_would_go(run: Run, day_file: Path) -> None:
    (refusal,) = json.loads(run("explain", day_file, "JAXA-SCHOOL", "--format", "json").out)["refusals"]

    assert "outranked" == refusal["reason"]
    assert refusal["obstacles"][0]["blockers"]
    assert refusal["price"]["assignments"]
    assert refusal["price"]["displaced"]
    assert refusal["price"]["value"] < 0.0


def test_a_contact_is_explained_by_its_window_and_the_others(run: Run, day_file: Path) -> None:
    result = run("explain", day_file, "NASA-VOICE", "--part", "2")
    found = json.loads(run("explain", day_file, "NASA-VOICE", "--format", "json").out)

    assert 0 == result.code
    assert "NASA-VOICE/2 is served" in result.out
    assert "its window is" in result.out
    assert "Other window" in result.out
    assert [1, 2, 3] == [c["part"] for c in found["contacts"]]
    assert found["contacts"][0]["window"]["part"] == 1


def test_an_unknown_request_is_answered_with_near_ones(run: Run, day_file: Path) -> None:
    for name in ("voice", "NASA-VOICES", "nasa-voice"):
        result = run("explain", day_file, name)

        assert (1, "") == (result.code, result.out)
        assert f'there is no request "{name}" in this plan; near are' in result.err
        assert "NASA-VOICE" in result.err


def test_an_unknown_part_is_answered_with_those_there_are(run: Run, day_file: Path) -> None:
    result = run("explain", day_file, "NASA-VOICE", "--part", "9")

    assert (1, "") == (result.code, result.out)
    assert 'request "NASA-VOICE" has no part 9; it has 1, 2, 3' in result.err


# --- diff ---


def test_a_plan_does_not_differ_from_itself(run: Run, day_file: Path) -> None:
    result = run("diff", day_file, day_file, "--exit-code")
    found = json.loads(run("diff", day_file, day_file, "--format", "json").out)

    assert (0, "the contacts are the same\n", "") == result
    assert ([], [], []) == (found["added"], found["lost"], found["moved"])


def test_what_is_new_lost_and_moved_is_told(run: Run, day_file: Path, day: dict[str, Any], tmp_path: Path) -> None:
    first = day["assignments"][0]
    times = [key for key, value in first.items() if isinstance(value, str) and value.endswith("Z")]

    def change(document: dict[str, Any]) -> None:
        del document["assignments"][-1]
        for key in times:
            document["assignments"][0][key] = format_instant(parse_instant(first[key]) + timedelta(minutes=10))

    other = _changed(day, tmp_path / "other.json", change)
    result = run("diff", day_file, other)
    back = run("diff", other, day_file)
    found = json.loads(run("diff", day_file, other, "--format", "json").out)

    assert "1 contact moved more than 5 s, 1 lost" == result.out.splitlines()[0]
    assert "1 contact moved more than 5 s, 1 new" == back.out.splitlines()[0]
    assert first["request"] == found["moved"][0]["request"]
    assert 600.0 == found["moved"][0]["shift_s"]
    assert 0 == result.code
    assert 3 == run("diff", day_file, other, "--exit-code").code


# --- all of them ---


@pytest.mark.parametrize("command", ["plan", "check", "explain", "diff"])
def test_each_command_says_what_it_is_for_with_an_example(run: Run, command: str) -> None:
    result = run(command, "--help")

    assert 0 == result.code
    assert f"passplan {command}" in result.out.split("Example")[1]


def test_value_against_fairness_is_a_table_of_five_weights(run: Run) -> None:
    lines = run("plan", *DAY, "--front").out.splitlines()
    table = lines[lines.index("Other weights of fairness:") + 2 :]

    assert ["0 x", "0.5 x", "1 x", "2 x", "4 x"] == [" ".join(line.split()[:2]) for line in table]


def test_value_against_fairness_is_no_part_of_a_plan_file(run: Run) -> None:
    result = run("plan", *DAY, "--front", "--format", "json")

    assert (2, "") == (result.code, result.out)
    assert "--front prints a table" in result.err
