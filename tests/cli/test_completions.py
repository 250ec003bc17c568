"""Values that a shell completes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from passplan.cli.main import cli
from tests.cli.running import Run
from tests.cli.test_service import WEEK


def completed(*words: str | Path) -> list[str]:
    """The values for the last word of a command line."""
    *before, last = map(str, words)
    found = ShellComplete(cli, {}, "passplan", "_PASSPLAN_COMPLETE").get_completions(before, last)
    return [item.value for item in found]


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    """A store with the requests ESA-1 and ESA-2."""
    (tmp_path / "week.toml").write_text(WEEK)
    run("init", "--data", tmp_path / "data")
    run("requests", "add", tmp_path / "week.toml", "--data", tmp_path / "data")
    return tmp_path / "data"


def test_stations_agencies_and_satellites_are_of_the_network_file(tmp_path: Path) -> None:
    (tmp_path / "n.toml").write_text(
        '[[agency]]\nid = "WET"\nname = "W"\n[[station]]\nid = "WLP"\nagency = "WET"\n'
        'latitude_deg = 1\nlongitude_deg = 2\naltitude_m = 0\n[[satellite]]\nid = "ISS"\ncatalog_number = 25544\n'
    )

    assert ["SHK"] == completed("passes", "--station", "shk")
    assert ["WET", "WLP"] == completed("passes", "--network", tmp_path / "n.toml", "--station", "W")
    assert ["WLP"] == completed("stations", "--network", tmp_path / "n.toml", "--station", "WL")
    assert ["ISS"] == completed("passes", "--network", tmp_path / "n.toml", "--elements", tmp_path, "--satellite", "I")


def test_requests_and_antennas_are_of_the_store(folder: Path) -> None:
    assert ["ESA-1", "ESA-2"] == completed("requests", "withdraw", "--data", folder, "E")
    assert ["ESA-2"] == completed("explain", "--data", folder, "current", "ESA-2")
    assert [] == completed("requests", "approve", "--data", folder, "JAXA")
    assert ["MSP", "MSP/sx-15m"] == completed("outage", "add", "--data", folder, "MSP")


def test_what_cannot_be_read_completes_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[[station")

    assert [] == completed("passes", "--network", tmp_path / "broken.toml", "--station", "W")
    assert [] == completed("requests", "withdraw", "--data", tmp_path / "none", "E")
    assert [] == completed("explain", tmp_path / "none.json", "E")
    assert [] == completed("pases", "--station", "W")
    assert [] == completed("--data", tmp_path, "status", "W")


def test_a_shell_is_told_them() -> None:
    told = subprocess.run(
        [Path(sys.executable).parent / "passplan"],
        env={**os.environ, "_PASSPLAN_COMPLETE": "bash_complete", "COMP_WORDS": "passplan passes --station SH"}
        | {"COMP_CWORD": "3"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "plain,SHK" in told.stdout.split()
