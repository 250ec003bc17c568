"""The pass table as JSON has it, for pages and the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from passplan.domain.rows.columns import column
from passplan.domain.rows.passes import ForecastPass, ListedPass
from passplan.domain.rows.service import ElementsRow
from passplan.domain.span import Span
from passplan.queries.pass_table import PassTable
from passplan.server.shared.cursors import encode_cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class PassList:
    """Passes in order of AOS."""

    schema_: Literal["passplan.passes/1"] = column(key="schema")
    span: Span
    total: int = column(help="As requested, without regard to `show`.")
    next: str | None = column(help="The cursor of the next page.")
    elements: tuple[ElementsRow, ...] = column(help="The active element sets of the requested satellites.")
    highest: ForecastPass | None = column(help="Where there is none: the highest, whatever the least elevation.")
    passes: tuple[ListedPass, ...]


def pass_list(table: PassTable) -> PassList:
    """A pass table as JSON has it."""
    return PassList(
        schema_="passplan.passes/1",
        span=Span(table.filter.start, table.filter.end),
        total=table.total,
        next=encode_cursor(*table.next) if table.next is not None else None,
        elements=table.elements,
        highest=table.highest,
        passes=table.rows,
    )
