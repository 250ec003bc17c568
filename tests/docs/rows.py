"""The reference page of rows, generated from their declarations: `python -m tests.docs.rows` writes it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

from passplan.domain import rows
from passplan.domain.rows import columns
from passplan.formats.rows import row_reference

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "rows.md"
HEAD = """# Rows

What tables, CSV, JSON and the API show of one thing, by the same names. Passes have [a page of their own](passes.md).
Times are RFC 3339, UTC, to the microsecond. What is not known is `null` in JSON and empty in CSV. In CSV a span is
`start/end`, several values are separated by spaces, and rows stand by their ids. `make reference` writes this page
from `passplan/domain/rows/`.
"""


def kinds() -> Iterator[type[Any]]:
    """Every kind of row, by module, in the order of declaration."""
    for module in pkgutil.iter_modules(rows.__path__):
        if module.name == columns.__name__.rpartition(".")[2]:
            continue
        found = importlib.import_module(f"{rows.__name__}.{module.name}")
        for kind in vars(found).values():
            if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == found.__name__:
                yield kind


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *map(row_reference, kinds())])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
