"""The commands as a person or a program meets them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import stat
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from passplan.cli import inputs
from passplan.cli.options import FREQUENCY
from passplan.resources import shipped
from tests import sets
from tests.cli.running import Result, Run
from tests.sets import ISS_HISTORY_TLE


@pytest.fixture
def iss_file(tmp_path: Path) -> Path:
    path = tmp_path / "iss.tle"
    path.write_text(ISS_2026_08_08)
    return path


ISS_2026_08_08 = """ISS (ZARYA)
1 25544U 98067A   26220.18240180  .00005236  00000-0  10178-3 0  9992
2 25544  51.6324  42.7701 0007350  24.6056 335.5282 15.49383195579818
"""
DELFT = ("--at", "52.0,4.4,10", "--min-elevation", "5")
DAY = ("--start", "2026-08-08T00:00:00Z", "--hours", "24")


def _json(result: Result) -> dict[str, Any]:
    assert (0, "") == (result.code, result.err)
    found: dict[str, Any] = json.loads(result.out)
    return found


def test_passes_need_no_set_up_at_all(run: Run, iss_file: Path) -> None:
    found = _json(run("passes", "--elements", str(iss_file), "--satellite", "25544", *DELFT, *DAY, "--format", "json"))

    assert ["schema", "span", "model", "passes", "answers"] == list(found)
    assert "passplan.passes/1" == found["schema"]
    assert {"start": "2026-08-08T00:00:00.000000Z", "end": "2026-08-09T00:00:00.000000Z"} == found["span"]
    assert "geometric" in found["model"]
    assert len(found["passes"]) == 5
    first = found["passes"][0]
    assert {
        "satellite", "catalog_number", "station", "revolution", "aos", "tca", "los", "duration_s", "peak_elevation_deg",
        "aos_azimuth_deg", "tca_azimuth_deg", "los_azimuth_deg", "clipped_start", "clipped_end", "element_epoch",
        "element_age_s", "timing_68_s", "timing_95_s", "timing_basis", "stale", "uncertain",
    } == set(first)  # fmt: skip
    assert ("ISS (ZARYA)", 25544, "52.0,4.4,10") == (first["satellite"], first["catalog_number"], first["station"])
    assert "2026-08-08T07:40:56.965020Z" == first["aos"]


def test_answers_are_in_the_json(run: Run) -> None:
    found = _json(run("passes", "--station", "KIR", "--start", "epoch", "--format", "json"))

    assert [] == found["passes"]
    (answer,) = found["answers"]
    assert ("not_visible", "KIR", 25544) == (answer["answer"], answer["station"], answer["catalog_number"])
    assert 4.0 < answer["peak_elevation_deg"] < 5.0


def test_csv_has_the_same_rows_as_json(run: Run, iss_file: Path) -> None:
    options = ("passes", "--elements", str(iss_file), *DELFT, *DAY, "--format")
    expected = _json(run(*options, "json"))["passes"]
    rows = list(csv.DictReader(io.StringIO(run(*options, "csv").out)))

    assert len(expected) == len(rows)
    for row, item in zip(rows, expected, strict=True):
        assert list(item) == list(row)
        assert [str(v).lower() if isinstance(v, bool) else str(v) for v in item.values()] == list(row.values())


@pytest.fixture
def history_file(tmp_path: Path) -> Path:
    """A history of a week, with a reboost before its last set."""
    path = tmp_path / "history.tle"
    path.write_text(sets.ISS_HISTORY_TLE)
    return path


def test_a_day_of_a_history_is_told_by_the_sets_of_that_day(run: Run, history_file: Path) -> None:
    day = ("--start", "2026-01-18T12:00:00Z", "--hours", "24")
    place = ("--at=52,5,0", "--min-elevation", "5")
    passes = run("passes", "--elements", history_file, *place, *day)
    way = run("track", "--elements", history_file, "--at=52,5,0", "--start", "2026-01-18T15:15:41Z", "--hours", "0.1")

    assert (0, 0) == (passes.code, way.code)
    assert "2 sets of elements of 2026-01-18 21:14 to 2026-01-19 20:27 UTC" in passes.out
    for aos in ("15:15:41", "16:50:03", "18:26:26", "20:03:12", "21:40:04"):
        assert aos in passes.out
    assert "5 passes." in passes.out
    assert "stale" not in passes.out
    assert "elements of 2026-01-18 21:14 UTC: times within" in way.out


def test_a_span_before_the_first_epoch_needs_earlier_elements_and_one_after_the_last_newer(
    run: Run, history_file: Path
) -> None:
    for start, wanted in (("2025-12-01T00:00:00Z", "earlier"), ("2026-03-01T00:00:00Z", "newer")):
        refused = run("passes", "--elements", history_file, *DELFT, "--start", start, "--hours", "24")

        assert 4 == refused.code
        assert f"{wanted} ones with --elements" in refused.err


def test_the_table_names_its_limit_model_and_elements(run: Run, iss_file: Path) -> None:
    result = run("passes", "--elements", str(iss_file), *DELFT, *DAY)

    assert 0 == result.code
    assert "limit: floor 5°" in result.out
    assert "geometric (no refraction)" in result.out
    assert "elements of 2026-08-08 04:22 UTC" in result.out
    assert "07:40:57" in result.out
    assert "5 passes." in result.out
    assert "\x1b[" not in result.out


@pytest.mark.parametrize("width", [60, 80, 120, 250])
def test_no_line_of_the_table_is_wider_than_the_terminal(run: Run, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = run("passes", "--start", "epoch", "--hours", "24", "--station", "NASA").out.splitlines()
    head = next(k for k, line in enumerate(lines) if line.startswith("Station"))
    table = [line for line in lines[head:] if line[:3].isupper()]

    assert len(table) > 20
    assert max(map(len, table)) <= width
    for column in ("AOS", "LOS", "Peak"):
        assert column in lines[head]


def test_what_is_wrong_with_a_pass_is_said_on_the_narrowest_terminal(
    run: Run, iss_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    whole = run("passes", "--elements", str(iss_file), *DELFT, *DAY).out
    cut = run("passes", "--elements", str(iss_file), *DELFT, "--start", "2026-08-08T07:43:00Z", "--hours", "1").out
    late = run("passes", "--elements", str(iss_file), *DELFT, "--start", "2026-08-18T00:00:00Z")

    assert "‹" not in whole
    assert "‹" in cut
    assert "stale" in late.out
    assert "passes are on old elements" in late.err


def test_tables_can_be_in_local_time(run: Run, iss_file: Path) -> None:
    utc = run("passes", "--elements", str(iss_file), *DELFT, *DAY).out
    berlin = run("passes", "--elements", str(iss_file), *DELFT, *DAY, "--tz", "Europe/Berlin").out

    assert "07:40:57" in utc
    assert "09:40:57" in berlin
    assert "(Europe/Berlin)" in berlin


def test_the_newest_epoch_is_a_start(run: Run) -> None:
    found = _json(run("passes", "--start", "epoch", "--hours", "1", "--format", "json"))

    assert "2026-08-08T04:22:39.515520Z" == found["span"]["start"]


def test_now_today_and_later_are_starts_and_ends(run: Run) -> None:
    found = _json(run("passes", "--start", "now", "--end", "+90m", "--format", "json"))
    assert {"start": "2026-08-09T12:00:00.000000Z", "end": "2026-08-09T13:30:00.000000Z"} == found["span"]

    found = _json(run("passes", "--start", "today", "--hours", "0.5", "--format", "json"))
    assert {"start": "2026-08-09T00:00:00.000000Z", "end": "2026-08-09T00:30:00.000000Z"} == found["span"]


@pytest.mark.fault(26)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--start", "2026-08-08T00:00:00"), "not a time with its zone"),
        (("--start", "yesterday"), "now, today, epoch"),
        (("--hours", "1", "--end", "+1h"), "--end and --hours"),
        (("--hours", "0"), "not a number of hours above 0"),
        (("--hours", "nan"), "not a number of hours above 0"),
        (("--hours", "1e9"), "with 1e+09 hours the span would end after the year 9999"),
        (("--hours", "inf"), "with inf hours the span would end after the year 9999"),
        (("--hours", "1e6"), "1e+06 hours are more than 50 years"),
        (("--station", "XXX"), "no station or agency; known: CSA, ESA"),
        (("--satellite", "nothing"), "no number, name or group"),
        (("--satellite", "tdrs 1"), "TDRS 11 (39070)"),
        (("--at", "52"), "not LAT,LON"),
        (("--at", "95,0"), "latitude_deg is 95"),
        (("--at", "nan,0"), "latitude_deg is nan"),
        (("--at", "1,540"), "longitude_deg is 540"),
        (("--min-elevation", "91"), "'--min-elevation': 91.0 is not in the range"),
        (("--start", "2026-08-09T00:00:00Z", "--end", "2026-08-08T00:00:00Z"), "not after its start"),
        (("--start", "2026-08-09T25:00Z"), "hour must be in 0..23"),
        (("--tz", "Mars"), "no time zone"),
        (("--format", "xml"), "xml"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_would_do(run: Run, arguments: tuple[str, ...], message: str) -> None:
    result = run("passes", *arguments)

    assert (2, "") == (result.code, result.out)
    assert message in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--elements", "there-is-no-such-file"), "there-is-no-such-file"),
        (("--network", "there-is-no-such-file"), "there-is-no-such-file"),
        (("--start", "epoch", "-o", "no/such/folder"), "no/such/folder cannot be written"),
    ],
)
def test_bad_input_exits_with_1(run: Run, arguments: tuple[str, ...], message: str) -> None:
    result = run("passes", *arguments)

    assert (1, "") == (result.code, result.out)
    assert message in result.err


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream_is_no_error(closed: str) -> None:
    command = f"exec {shlex.quote(sys.executable)} -m passplan passes --start epoch --hours 2 --station SHK {closed}"
    result = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)

    assert (0, "") == (result.returncode, result.stderr)


@pytest.mark.fault(80)
def test_an_output_file_replaces_no_pipe_no_link_and_no_device(run: Run, tmp_path: Path) -> None:
    pipe, link, device = tmp_path / "pipe", tmp_path / "link", tmp_path / "device"
    os.mkfifo(pipe)
    link.symlink_to("target.json")
    targets = [pipe, link]
    with suppress(PermissionError):  # only root makes devices
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        targets.append(device)
    texts: list[str] = []
    reader = threading.Thread(target=lambda: texts.append(pipe.read_text()), daemon=True)
    reader.start()
    results = [run("stations", "--format", "json", "-o", target) for target in targets]
    reader.join(30.0)

    assert [0] * len(targets) == [r.code for r in results]
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert not device.exists() or device.is_char_device()
    assert [(tmp_path / "target.json").read_text()] == texts
    assert "passplan.stations" in texts[0]


@pytest.mark.fault(10)
def test_old_elements_exit_with_4_and_say_what_would_do(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "clock", lambda: datetime(2026, 11, 23, tzinfo=UTC))
    result = run("passes")

    assert (4, "") == (result.code, result.out)
    for advice in ("--elements", "--start epoch", "--allow-stale"):
        assert advice in result.err

    allowed = run("passes", "--allow-stale", "--hours", "3")
    assert 0 == allowed.code
    assert "stale" in allowed.out


def test_missing_elements_exit_with_4(run: Run) -> None:
    result = run("passes", "--satellite", "99999")

    assert (4, "") == (result.code, result.out)
    assert "no element set of satellite 99999" in result.err


def test_fail_empty_exits_with_3(run: Run) -> None:
    options = ("passes", "--station", "KIR", "--start", "epoch")

    assert 0 == run(*options).code
    assert 3 == run(*options, "--fail-empty").code


def test_docked_vehicles_with_old_elements_are_left_out_as_old(run: Run) -> None:
    result = run("passes", "--satellite", "visiting", "--satellite", "25544", "--station", "SHK", "--start", "epoch")

    assert 0 == result.code
    assert "SOYUZ-MS 28" not in result.out


def test_docked_vehicles_with_elements_of_the_same_days_are_left_out_and_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "visiting.tle").write_text(shipped("tle/visiting.tle").read_text())
    result = run("passes", "--elements", str(tmp_path), "--station", "SHK", "--start", "epoch")

    assert 0 == result.code
    (line,) = result.err.splitlines()
    assert "they carry the elements of ISS (ZARYA) (25544)" in line
    assert "SOYUZ-MS 28 (66664)" in line
    assert "ISS (ZARYA) (25544), elements of" in result.out


def test_a_docked_vehicle_that_is_named_is_shown(run: Run) -> None:
    result = run("passes", "--satellite", "66664", "--station", "SHK", "--start", "epoch", "--format", "json")

    assert {66664} == {p["catalog_number"] for p in _json(result)["passes"]}


@pytest.mark.fault(17)
def test_a_number_that_no_tle_can_carry_works_all_the_way(run: Run) -> None:
    result = run("passes", "--satellite", "100057", "--station", "USK", "--start", "epoch", "--format", "json")

    assert {100057} == {p["catalog_number"] for p in _json(result)["passes"]}


def test_good_sets_beside_a_bad_one_are_used_and_the_bad_one_is_told(run: Run, iss_file: Path) -> None:
    iss_file.write_text(ISS_2026_08_08 + ISS_2026_08_08.replace("9992", "9993"))
    result = run("passes", "--elements", str(iss_file), *DELFT, *DAY)

    assert 0 == result.code
    assert "refused: iss.tle line 5: the checksum is 2, and the line ends in 3" in result.err
    assert "5 passes." in result.out
    assert "" == run("passes", "--elements", str(iss_file), *DELFT, *DAY, "-q").err


def test_an_output_file_appears_whole(run: Run, iss_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "passes.json"
    options = ("passes", "--elements", str(iss_file), *DELFT, *DAY, "--format", "json", "-o", str(target))

    assert (0, "", "") == run(*options)
    assert 5 == len(json.loads(target.read_text())["passes"])
    assert [target.name, iss_file.name] == sorted((p.name for p in tmp_path.iterdir()), reverse=True)


def test_all_satellites_at_once_are_one_table(run: Run) -> None:
    result = run("passes", "--satellite", "tdrs", "--station", "GRGT", "--start", "epoch", "--hours", "1")

    assert "always above the limit" in result.out
    assert "TDRS 11" in result.out


def test_a_track_follows_the_first_pass(run: Run) -> None:
    result = run("track", "--station", "SHK", "--start", "epoch", "--frequency", "145.8e6", "--format", "json")
    found = _json(result)

    assert "passplan.track/1" == found["schema"]
    rows = found["track"]
    assert 5.0 == pytest.approx(rows[0]["elevation_deg"], abs=0.01)
    assert found["timing_68_s"] < found["timing_95_s"] < 10.0
    assert not found["stale"]
    assert rows[0]["doppler_hz"] > 2000.0 > -2000.0 > rows[-1]["doppler_hz"]
    assert {
        "time", "azimuth_deg", "azimuth_unwrapped_deg", "elevation_deg", "range_km", "range_rate_km_s", "doppler_hz",
        "sunlit", "sun_separation_deg",
    } == set(rows[0])  # fmt: skip


def test_a_track_keeps_between_the_cable_stops_of_an_antenna(run: Run, tmp_path: Path) -> None:
    network = tmp_path / "stations.toml"
    network.write_text(
        """
[[station]]
id = "DLF"
latitude_deg = 52.0
longitude_deg = 4.4
altitude_m = 10.0

[[station.antenna]]
id = "a"
bands = ["S"]
slew_deg_s = 10.0
cable_stops_deg = [180.0, 540.0]
"""
    )
    options = (
        "track",
        "--network",
        network,
        "--station",
        "DLF",
        "--satellite",
        "25544",
        "--start",
        "epoch",
        "--step",
        "1",
    )
    free, found = (_json(run(*options, *more, "--format", "json")) for more in ((), ("--antenna", "a")))
    driven_deg = [row["azimuth_unwrapped_deg"] for row in found["track"]]

    assert (None, []) == (free["antenna"], free["gaps"])
    assert not 180.0 <= min(r["azimuth_unwrapped_deg"] for r in free["track"]) <= 540.0
    assert 180.0 <= min(driven_deg) <= max(driven_deg) <= 540.0
    (gap,) = found["gaps"]
    assert f"a cannot follow from {gap['start'][11:19]} to {gap['end'][11:19]}" in run(*options, "--antenna", "a").out
    wrong = run(*options, "--antenna", "b")
    assert (2, True) == (wrong.code, "DLF has no antenna 'b'; known: a" in wrong.err)


def test_a_track_for_people_and_for_programs(run: Run) -> None:
    options = ("track", "--station", "SHK", "--start", "epoch", "--hours", "0.1", "--step", "60")

    assert "Range km" in run(*options).out
    rows = list(csv.DictReader(io.StringIO(run(*options, "--format", "csv").out)))
    assert 7 == len(rows)


def test_a_track_says_how_old_its_elements_are_and_which_doppler_it_shows(run: Run) -> None:
    options = ("track", "--station", "SHK", "--start", "2026-08-20T00:00:00Z", "--frequency", "145.8e6")
    result = run(*options, "--direction", "uplink")

    assert "elements of 2026-08-08 04:22 UTC, STALE: times within" in result.out
    assert "Doppler of 145.800000 MHz, uplink: as it is to be sent" in result.out
    assert "the elements are 12 days old" in result.err
    assert 2 == run("track", "--station", "SHK", "--direction", "uplink").code
    assert 2 == run("track", "--station", "SHK", "--frequency", "145.8").code


@pytest.mark.parametrize("text", ["145.8e6", "145.8MHz", "145.8 mhz", "145800kHz", "0.1458GHz", "145800000 Hz"])
def test_a_frequency_is_in_hz_or_has_its_unit(text: str) -> None:
    assert 145.8e6 == pytest.approx(FREQUENCY.convert(text, None, None), rel=1e-12)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("145.8", "if MHz is meant, write 145.8MHz"),
        ("145.8PHz", "write it in Hz, as 145.8e6, or with its unit, as 145.8MHz"),
        ("nan", "is no frequency"),
        ("1e999", "is no frequency"),
        ("", "is no frequency"),
        ("2000GHz", "it is 1 MHz to 1 THz"),
    ],
)
def test_a_frequency_that_will_not_do_says_what_would(run: Run, text: str, words: str) -> None:
    result = run("track", "--station", "SHK", "--frequency", text)

    assert 2 == result.code
    assert words in " ".join(result.err.split())


def test_a_track_is_of_one_satellite_from_one_station(run: Run) -> None:
    assert 2 == run("track", "--start", "epoch").code
    assert 2 == run("track", "--start", "epoch", "--station", "SHK", "--satellite", "tdrs").code


def test_stations_tell_those_that_talk_to_the_iss_apart(run: Run) -> None:
    rows = _json(run("stations", "--format", "json"))["stations"]

    assert 40 == len(rows)
    assert {"iss", "geometry"} == {r["purpose"] for r in rows}
    assert "WPS-VHF" in run("stations", "--station", "NASA").out
    assert "SHK" not in run("stations", "--station", "NASA").out


def test_satellites_list_numbers_epochs_and_docking(run: Run) -> None:
    rows = {r["catalog_number"]: r for r in _json(run("satellites", "--format", "json"))["satellites"]}

    assert 25544 == rows[66664]["docked_to"]
    assert "SOYUZ-MS 29" == rows[100057]["name"]
    assert "ariss-voice-up-r1" in rows[25544]["links"]
    assert "66664" in run("satellites", "--satellite", "visiting").out


def test_elements_check_reports_and_exits_with_1_when_something_is_refused(run: Run, iss_file: Path) -> None:
    assert 0 == run("elements", "check", str(iss_file)).code

    iss_file.write_text(ISS_2026_08_08.replace("9992", "9993"))
    result = run("elements", "check", str(iss_file))
    assert 1 == result.code
    assert "refused: iss.tle line 2: the checksum is 2" in result.out


def test_sets_with_deviations_are_used_with_a_warning(run: Run, iss_file: Path) -> None:
    lines = ISS_2026_08_08.splitlines()
    iss_file.write_text("\n".join([lines[0], lines[1][:68], lines[2][:68]]))
    warning = "iss.tle line 2: a set without checksums, so that a wrong digit is not detected; such sets: 1"

    checked = run("elements", "check", str(iss_file))
    passes = run("passes", "--elements", str(iss_file), *DELFT, *DAY)

    assert (0, True) == (checked.code, f"  warning: {warning}\n" in checked.out)
    assert (0, f"passplan: {warning}\n") == (passes.code, passes.err)


def test_sets_of_other_satellites_are_not_read_for_a_number(run: Run, iss_file: Path) -> None:
    bad = ISS_2026_08_08.replace("25544", "25545")  # and their checksums are wrong
    iss_file.write_text(ISS_2026_08_08 + bad)
    options = ("passes", "--elements", str(iss_file), *DELFT, *DAY)

    assert "" == run(*options, "--satellite", "25544").err
    assert "refused: iss.tle line 5" in run(*options, "--satellite", "zarya").err
    assert "refused: iss.tle line 5" in run(*options).err
    assert 4 == run(*options, "--satellite", "5").code


def test_elements_check_finds_what_is_odd(run: Run, iss_file: Path) -> None:
    negative = ISS_2026_08_08.replace(" 10178-3", "-10178-3").replace("0  9992", "0  9993")
    iss_file.write_text(negative)

    assert "BSTAR is -0.00010178" in run("elements", "check", str(iss_file)).out


def test_doctor_says_what_a_bug_report_needs(run: Run) -> None:
    result = run("doctor")

    assert 0 == result.code
    for part in ("passplan", "sgp4", "numba", "stations.toml", "default", "earth orientation", "kernels", "days old"):
        assert part in result.out


@pytest.mark.fault(21)
def test_doctor_exits_with_3_when_something_is_wrong(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "clock", lambda: datetime(2031, 1, 1, tzinfo=UTC))
    result = run("doctor")

    assert 3 == result.code
    assert "UT1 may be wrong by 1.7" in result.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_of_the_shell(run: Run, shell: str) -> None:
    result = run("completion", shell)

    assert 0 == result.code
    assert "_PASSPLAN_COMPLETE" in result.out


@pytest.mark.parametrize(
    "command", ["", "passes", "track", "stations", "satellites", "elements", "elements check", "doctor", "completion"]
)
def test_every_command_has_help(run: Run, command: str) -> None:
    result = run(*command.split(), "--help")

    assert 0 == result.code
    assert "Usage: " in result.out


def _python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )


def test_light_commands_load_nothing_heavy() -> None:
    code = """
import sys, passplan
from passplan.cli.main import main
from passplan.resources import shipped
try:
    main(["--help"])
except SystemExit:
    pass
heavy = {"numpy", "numba", "scipy", "skyfield", "sgp4", "rich", "pandas", "ortools", "sqlalchemy", "flask"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    result = _python("-c", code)

    assert (0, "") == (result.returncode, result.stderr)


def test_the_module_runs_as_the_command_does() -> None:
    result = _python("-m", "passplan", "stations", "--format", "csv")

    assert 0 == result.returncode
    assert result.stdout.startswith("id,name,agency,")


def test_a_reader_that_goes_away_is_no_error() -> None:
    for form in ("csv", "json", "table"):
        command = f"{sys.executable} -m passplan passes --start epoch --hours 720 --format {form} -q | head -n 1"
        pipe = ["bash", "-c", f"set -o pipefail; {command}"]
        result = subprocess.run(pipe, capture_output=True, text=True, check=False)

        assert (0, "") == (result.returncode, result.stderr)
        assert 1 == len(result.stdout.splitlines())


def test_a_terminal_without_our_characters_gets_others() -> None:
    result = _python("-m", "passplan", "passes", "--start", "epoch", "--hours", "3", PYTHONIOENCODING="ascii")

    assert (0, "") == (result.returncode, result.stderr)
    assert "passes." in result.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("pases",), "there is no command 'pases'; near it: passes"),
        (("--data", "x", "status"), "--data goes behind the command: passplan status --data"),
        (("passes", "--start", "epoch", "--station", "WALLOPS"), "WPS-VHF"),
        (("passes", "--start", "epoch", "--station", "wps"), "near it: WPS-VHF"),
        (("passes", "--start", "epoch", "--station", "qqqq"), "known: CSA"),
    ],
)
def test_a_near_word_is_suggested(run: Run, words: tuple[str, ...], told: str) -> None:
    result = run(*words)

    assert 2 == result.code
    assert told in result.err.replace("\n", " ")


def test_sat_is_short_for_satellite(run: Run) -> None:
    result = run("passes", "--sat", "25544", "--start", "epoch", "--hours", "2", "--station", "SHK")

    assert 0 == result.code, result.err


@pytest.mark.fault(10)
def test_a_pass_that_is_uncertain_by_half_its_length_is_not_given_as_a_time(run: Run) -> None:
    words = ("passes", "--start", "epoch", "--hours", "9000", "--station", "SHK", "--satellite", "25544")
    table, rows = run(*words), _json(run(*words, "--format", "json", "--quiet"))["passes"]
    uncertain = [r for r in rows if r["uncertain"]]

    assert 0 == table.code
    assert f"{len(uncertain)} passes are uncertain by more than half their length" in table.err
    assert [r["timing_68_s"] > r["duration_s"] / 2.0 for r in rows] == [r["uncertain"] for r in rows]
    assert not rows[0]["uncertain"]
    assert rows[-1]["uncertain"]
    last = [line for line in table.out.splitlines() if line.startswith("SHK")][-1]
    assert re.match(r"SHK +~\d\d:\d\d  ", last)
    assert re.match(r"SHK +\d\d:\d\d:\d\d  ", next(x for x in table.out.splitlines() if x.startswith("SHK")))


def test_an_ephemeris_is_exported_read_and_gives_the_same_passes(run: Run, iss_file: Path, tmp_path: Path) -> None:
    span = ("--start", "2026-08-08T00:00:00Z", "--hours", "24")
    ephemeris = tmp_path / "iss.xml"
    exported = run("export", "oem", "--elements", str(iss_file), *span, "--form", "xml", "-o", str(ephemeris))
    assert (0, "") == (exported.code, exported.err)
    told = run("elements", "check", str(ephemeris))
    assert "ephemeris of ISS (ZARYA) (25544), 2026-08-08T00:00:00Z to 2026-08-09T00:00:00Z" in told.out

    by_set = _json(run("passes", "--elements", str(iss_file), *DELFT, *span, "--format", "json"))["passes"]
    by_table = _json(run("passes", "--elements", str(ephemeris), *DELFT, *span, "--format", "json"))["passes"]
    assert [p["aos"][:22] for p in by_set] == [p["aos"][:22] for p in by_table]
    assert {"ephemeris"} == {p["timing_basis"] for p in by_table}


def test_an_export_of_several_satellites_says_what_would_do(run: Run) -> None:
    result = run("export", "oem", "--satellite", "all")

    assert 2 == result.code
    assert "an OEM is of one satellite" in result.err


@pytest.mark.parametrize("form", ["kvn", "xml", "json", "csv"])
def test_element_sets_are_exported_in_every_form(run: Run, iss_file: Path, tmp_path: Path, form: str) -> None:
    target = tmp_path / f"iss.{form}"
    assert 0 == run("export", "omm", "--elements", str(iss_file), "--form", form, "-o", str(target)).code

    span = ("--start", "2026-08-08T00:00:00Z", "--hours", "24", "--format", "csv")
    passes = [run("passes", "--elements", str(file), *DELFT, *span).out for file in (iss_file, target)]
    assert passes[0] == passes[1]


def test_burns_are_found_in_histories_and_ephemerides(run: Run, tmp_path: Path) -> None:
    history = tmp_path / "history.tle"
    history.write_text(ISS_HISTORY_TLE)
    oem = Path(__file__).parents[1] / "reference" / "iss_burn_2022-02-06.oem"
    result = run("manoeuvres", "find", str(history), str(oem))

    assert 0 == result.code
    assert "25544  2022-02-06 09:30 UTC  0.21 m/s  ephemeris GMT037 Reboost" in result.out
    assert "history" in result.out
    history.write_text(ISS_2026_08_08)
    assert "No burn is found.\n" == run("manoeuvres", "find", str(history)).out
