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
    total: int = column(help="As asked, but for `show`.")
    next: str | None = column(help="The cursor of the next page.")
    elements: tuple[ElementsRow, ...] = column(help="The element sets in force for the satellites that are asked for.")
    highest: ForecastPass | None = column(help="Where there is none: the highest, whatever elevation is asked for.")
    passes: tuple[ListedPass, ...]


def pass_list(found: PassTable) -> PassList:
    """A pass table as JSON has it."""
    return PassList(
        schema_="passplan.passes/1",
        span=Span(found.asked.start, found.asked.end),
        total=found.total,
        next=encode_cursor(*found.next) if found.next is not None else None,
        elements=found.elements,
        highest=found.highest,
        passes=found.rows,
    )
