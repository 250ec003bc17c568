"""The reference pages of rows, generated from their declarations: `python -m tests.docs.rows` writes them."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

from passplan.domain import rows
from passplan.domain.rows import columns
from passplan.domain.rows.passes import ListedPass
from passplan.formats.rows import column_table, row_reference

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "rows.md"
PAGE_OF_PASSES = PAGE.with_name("passes.md")
HEAD = """# Rows

What tables, CSV, JSON and the API show of one thing, by the same names. Passes have [a page of their own](passes.md).
Times are RFC 3339, UTC, to the microsecond. What is not known is `null` in JSON and empty in CSV. In CSV a span is
`start/end`, several values are separated by spaces, and rows stand by their ids. Terms: [glossary](glossary.md).
`make reference` writes this page from `passplan/domain/rows/`.
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


def page_of_passes() -> str:
    """The page of passes as it is, with the table of their columns renewed."""
    text = PAGE_OF_PASSES.read_text("utf-8")
    renewed, count = re.subn(r"^\| column .*(\n\|.*)*\n", lambda _: column_table(ListedPass), text, flags=re.MULTILINE)
    assert count == 1
    return renewed


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    PAGE_OF_PASSES.write_text(page_of_passes(), encoding="utf-8")
