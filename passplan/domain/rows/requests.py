"""The rows of requests: each with its state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from passplan.domain.contacts import RequestState
from passplan.domain.messages import Fact
from passplan.domain.rows.columns import column
from passplan.domain.span import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStateRow:
    """A request and its state."""

    id: str = column("Request", help="Its id.")
    agency: str = column("Agency", help="The agency that submitted it.")
    state: RequestState = column("State", help="Its state.")
    reason: Fact | None = column(
        "Reason", help="Why it is in its state; empty: the state needs no reason.", dispensable=2
    )
    start: datetime = column("Not before", help="The start of its span.", dispensable=1)
    end: datetime = column("Not after", help="The end of its span.", dispensable=1)
    submitted: datetime = column("Submitted", help="When it was submitted.", in_table=False)
    submitted_by: str = column("By", help="The account that submitted it.", in_table=False)

    @property
    def span(self) -> Span:
        """Its span."""
        return Span(self.start, self.end)
