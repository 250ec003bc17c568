"""Passes with one column more, on every surface: run in a process of its own, for modules are loaded once.

The column is declared and computed in `passplan/domain/rows/passes.py`, as it is read from there, and nowhere else.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

MODULE = "passplan.domain.rows.passes"
FIELD = """    peak_zenith_deg: float = column(
        "Zenith", unit="°", digits=2, help="From the zenith at TCA.", is_computed=True
    )
"""
ORIGIN = '        object.__setattr__(self, "peak_zenith_deg", 90.0 - self.peak_elevation_deg)\n'
AFTER_FIELD = "    stale: bool = column("
AFTER_ORIGIN = "    def __post_init__(self) -> None:\n"


class Rows(SourceLoader):
    """Loads the rows of passes with the column."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get_filename(self, fullname: str) -> str:
        """Where the source is from."""
        del fullname
        return str(self.path)

    def get_data(self, path: str | bytes) -> bytes:
        """The source with the field and where it comes from."""
        del path
        text = self.path.read_text("utf-8")
        assert AFTER_FIELD in text
        assert AFTER_ORIGIN in text
        return (
            text.replace(AFTER_FIELD, FIELD + AFTER_FIELD, 1).replace(AFTER_ORIGIN, AFTER_ORIGIN + ORIGIN, 1).encode()
        )


class Finder(MetaPathFinder):
    """Finds the rows of passes."""

    def __init__(self, loader: Rows) -> None:
        self.loader = loader

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module, where it is that of the rows."""
        del path, target
        return importlib.util.spec_from_loader(fullname, self.loader) if fullname == MODULE else None


def surfaces(folder: Path, store: Path, tokens: dict[str, str]) -> dict[str, Any]:
    """What each surface shows of passes."""
    from click.testing import CliRunner

    from passplan.cli.main import cli
    from passplan.domain.rows.passes import ListedPass
    from passplan.formats.rows import column_table
    from tests.server.site import open_site

    site = open_site(store, folder, tokens)
    browser = site.browser("esa")
    api = "/passes?hours=48&limit=3"
    found: dict[str, Any] = {
        "page": browser.get("/passes?hours=48").text,
        "page as CSV": browser.get("/passes.csv?hours=48").text,
        "page as JSON": json.loads(browser.get("/passes.json?hours=48").text)["passes"][0],
        "API": site.get(api, by="esa").json["passes"][0],
        "API as CSV": site.get(api, by="esa", headers={"Accept": "text/csv"}).text,
        "schema": json.loads(browser.get("/openapi.json").text)["components"]["schemas"]["ListedPass"],
        "reference": column_table(ListedPass),
    }
    run = CliRunner(env={"COLUMNS": "400"})
    for form in ("table", "csv", "json"):
        result = run.invoke(cli, ["passes", "--start", "epoch", "--station", "WPS-VHF", "--format", form])
        found[f"command, {form}"] = result.stdout
    return found


def main() -> None:
    """Write what each surface shows, as JSON."""
    spec = importlib.util.find_spec(MODULE)
    assert spec is not None
    assert spec.origin is not None
    assert MODULE not in sys.modules
    sys.meta_path.insert(0, Finder(Rows(Path(spec.origin))))
    given = json.loads(sys.stdin.read())
    json.dump(surfaces(Path(given["folder"]), Path(given["store"]), given["tokens"]), sys.stdout)


if __name__ == "__main__":
    main()
