"""Tables of plain text that fit the width: columns that do not fit are left out, and no cell is cut or wrapped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_GAP = 2
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, its cells, and how soon it is left out (0: never; the highest goes first)."""

    head: str
    cells: Sequence[str]
    right: bool = False
    dispensable: int = 0

    @property
    def width(self) -> int:
        """As wide as its widest cell."""
        return max([len(self.head), *map(len, self.cells)])


def print_table(
    console: Console,
    columns: Sequence[Column],
    *,
    groups: Sequence[str] | None = None,
    styles: Sequence[str] | None = None,
    notes: Sequence[Sequence[str]] | None = None,
) -> None:
    """Print columns; the name of a group is on a separate line before its first row.

    `styles` gives each row's rich style, and `notes` the wrapped lines below each row.
    """
    from rich.text import Text

    shown = [c for c in columns if any(c.cells)]
    while sum(c.width + _GAP for c in shown) - _GAP > console.width and any(c.dispensable for c in shown):
        worst = max(c.dispensable for c in shown)
        shown.remove(next(c for c in shown if c.dispensable == worst))
    widths = [c.width for c in shown]

    def line(cells: Sequence[str], style: str) -> None:
        padded = [
            cell.rjust(width) if column.right else cell.ljust(width)
            for cell, width, column in zip(cells, widths, shown, strict=True)
        ]
        console.print(Text((" " * _GAP).join(padded).rstrip(), style=style), soft_wrap=True)

    line([c.head for c in shown], "bold")
    group = None
    for k in range(len(columns[0].cells)):
        if groups is not None and groups[k] != group:
            group = groups[k]
            console.print(Text(group, style="bold cyan"), soft_wrap=True)
        line([c.cells[k] for c in shown], styles[k] if styles else "")
        for note in notes[k] if notes else ():
            for part in wrap(
                note, max(console.width, 2 * len(_INDENT)), initial_indent=_INDENT, subsequent_indent=_INDENT
            ):
                console.print(Text(part, style="dim"), soft_wrap=True)
