"""A column of passes is one field of their row: it is then on every surface."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def shown(template: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each surface shows of passes that have one column more."""
    given = {"folder": str(tmp_path_factory.mktemp("columns")), "store": str(template[0]), "tokens": template[1]}
    command = [sys.executable, "-m", "tests.server.extra_column"]
    result = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def is_sum(row: dict[str, Any]) -> bool:
    """Whether a row's value is the one that the field is computed as."""
    return abs(float(row["peak_zenith_deg"]) + float(row["peak_elevation_deg"]) - 90.0) < 0.01


@pytest.mark.parametrize("surface", ["page as JSON", "API"])
def test_a_new_column_is_in_json(shown: dict[str, Any], surface: str) -> None:
    assert is_sum(shown[surface])


def test_a_new_column_is_in_json_of_the_command(shown: dict[str, Any]) -> None:
    rows = json.loads(shown["command, json"])["passes"]

    assert rows
    assert all(map(is_sum, rows))


@pytest.mark.parametrize("surface", ["page as CSV", "API as CSV", "command, csv"])
def test_a_new_column_is_in_csv(shown: dict[str, Any], surface: str) -> None:
    rows = list(csv.DictReader(io.StringIO(shown[surface])))

    assert rows
    assert all(map(is_sum, rows))


def test_a_new_column_is_in_the_table_of_the_page(shown: dict[str, Any]) -> None:
    row = shown["page as JSON"]

    assert '<th scope="col" class="c-more n">Zenith' in shown["page"]
    assert f'<td class="c-more n">{row["peak_zenith_deg"]:.2f}' in shown["page"]


def test_a_new_column_is_in_the_table_of_the_command(shown: dict[str, Any]) -> None:
    row = json.loads(shown["command, json"])["passes"][0]

    assert "Zenith" in shown["command, table"]
    assert f"{row['peak_zenith_deg']:.2f}°" in shown["command, table"]


def test_a_new_column_is_in_the_document_of_the_api(shown: dict[str, Any]) -> None:
    schema = shown["schema"]

    assert {"type": "number", "description": "From the zenith at TCA."}.items() <= schema["properties"][
        "peak_zenith_deg"
    ].items()
    assert "peak_zenith_deg" in schema["required"]


def test_a_new_column_is_on_the_reference_page(shown: dict[str, Any]) -> None:
    assert "| `peak_zenith_deg` | ° | 2 | From the zenith at TCA. |\n" in shown["reference"]
