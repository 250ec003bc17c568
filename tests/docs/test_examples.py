"""The examples of the documentation load: network files, settings, Python."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path

import pytest

import passplan as pp
from passplan.service.settings import FILE, load_settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PYTHON_PAGES = [ROOT / "README.md", DOCS / "how-to" / "plan-a-day.md"]


def blocks(page: Path, language: str) -> list[str]:
    """The fenced examples of a page in a language."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(text) for _, text in found]


def test_the_network_file_of_the_how_to_has_a_station_with_a_mask(tmp_path: Path) -> None:
    (text,) = blocks(DOCS / "how-to" / "own-elements-and-stations.md", "toml")
    (tmp_path / "mine.toml").write_text(text)
    (station,) = pp.load_network(tmp_path / "mine.toml").stations

    assert "HILL" == station.id
    assert station.horizon_mask is not None
    assert (95.0, 17.0) in station.horizon_mask.points


def test_the_examples_of_the_network_page_load(tmp_path: Path) -> None:
    page = (DOCS / "reference" / "stations-file.md").read_text("utf-8").partition("## Examples\n")[2]
    example = "\n".join(line[4:] for line in page.splitlines() if line.startswith("    "))
    antennas, blank, satellite_time = example.partition("[[satellite.time]]")
    station = '[[station]]\nid = "X"\nlatitude_deg = 1.0\nlongitude_deg = 2.0\naltitude_m = 3.0\n'
    satellite = '[[satellite]]\nid = "ISS"\nname = "ISS"\ncatalog_number = 25544\n'
    (tmp_path / "mine.toml").write_text(station + antennas + satellite + blank + satellite_time)
    network = pp.load_network(tmp_path / "mine.toml")

    assert (-270.0, 270.0) == network.stations[0].antennas[0].cable_stops_deg
    assert "new gear box" == network.stations[0].closures[0].note
    assert "EVA" == network.satellites[0].times[0].name


def test_the_settings_of_the_how_to_are_for_a_proxy(tmp_path: Path) -> None:
    (text,) = blocks(DOCS / "how-to" / "run-a-service.md", "toml")
    (tmp_path / FILE).write_text(text)
    settings, named = load_settings(tmp_path)

    assert {"listen", "url", "behind_proxy"} == named
    assert settings.behind_proxy


@pytest.mark.parametrize("page", PYTHON_PAGES, ids=lambda page: page.name)
def test_python_examples_use_exported_names(page: Path) -> None:
    (text,) = blocks(page, "python")
    names = {
        node.attr
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "pp"
    }

    assert names
    assert names <= set(pp.__all__)
