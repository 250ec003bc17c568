"""Rows as tables for people: columns with their heads and cells, from the declaration of the rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from passplan.cli.output import words
from passplan.cli.text_table import Column, print_table
from passplan.domain.messages import Fact
from passplan.domain.rows.columns import Column as Declared
from passplan.domain.rows.columns import columns_of
from passplan.formats.rows import row_document

if TYPE_CHECKING:
    from rich.console import Console

Cell = Callable[[Any], str]
_MOST_OF_OBJECT = 100  # characters


class RowColumns:
    """The columns of rows of a kind that are not taken yet.

    Args:
        kind: of the rows.
        rows: the rows.
    """

    def __init__(self, kind: type[Any], rows: Sequence[Any]) -> None:
        self._rows = rows
        self._left = {c.name: c for c in columns_of(kind)}

    def take(self, name: str, cell: Cell | None = None, *, head: str = "", dispensable: int | None = None) -> Column:
        """A declared column.

        Args:
            name: of the column.
            cell: what its cells show, with the unit; None: the value as it is.
            head: its head; "": its label, with its unit where no cell shows that.
            dispensable: how soon it is left out; None: as it is declared.
        """
        c = self._left.pop(name)
        return Column(
            head or (c.label if cell is not None else _head(c)),
            [cell(row) if cell is not None else plain_cell(c, row) for row in self._rows],
            right=c.type in (int, float),
            dispensable=c.dispensable if dispensable is None else dispensable,
        )

    def drop(self, names: Collection[str]) -> None:
        """Leave columns out that the cells of other columns show."""
        for name in names:
            del self._left[name]

    def rest(self, *, dispensable: int | None = None) -> list[Column]:
        """All other columns that tables have."""
        return [
            self.take(c.name, dispensable=dispensable if dispensable is not None else c.dispensable)
            for c in list(self._left.values())
            if c.in_table
        ]


def print_rows(
    console: Console,
    kind: type[Any],
    rows: Sequence[Any],
    *,
    empty: str,
    cells: Mapping[str, Cell] | None = None,
    without: Collection[str] = (),
    notes: Sequence[Sequence[str]] | None = None,
    groups: Sequence[str] | None = None,
) -> None:
    """Print rows as a table with the declared columns.

    Args:
        console: where to.
        kind: of the rows.
        rows: the rows.
        empty: the sentence to print when there are no rows.
        cells: what cells of some columns show instead of the value.
        without: columns that are left out.
        notes: the lines below each row.
        groups: the group of each row.
    """
    if not rows:
        console.print(empty, soft_wrap=True)
        return
    columns, cells = RowColumns(kind, rows), cells or {}
    columns.drop(without)
    shown = [columns.take(c.name, cells.get(c.name)) for c in columns_of(kind) if c.in_table and c.name not in without]
    print_table(console, shown, notes=notes, groups=groups)


def plain_cell(c: Declared, row: Any) -> str:
    """The value of a column as text for people."""
    value = getattr(row, c.name)
    if value is None:
        return "-" if c.type in (int, float, datetime) else ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, float):
        text = f"{value:g}" if c.digits is None else f"{row_document(row)[c.key]:.{c.digits}f}"
        return f"{text}°" if c.unit == "°" else text
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, Fact):
        return words(value)
    if isinstance(value, Enum):
        return str(value.value).replace("_", " ")
    if isinstance(value, Mapping):
        text = json.dumps(value, ensure_ascii=False)
        return text if len(text) <= _MOST_OF_OBJECT else f"{text[: _MOST_OF_OBJECT - 3]}..."
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _head(c: Declared) -> str:
    return c.label if c.unit in ("", "°") else f"{c.label} {c.unit}"
