"""Passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from passplan.domain.rows.passes import ForecastPass, ListedPass
from passplan.server.api.schemas.base import (
    DIGITS,
    Answer,
    Cursor,
    EventRow,
    Given,
    Instant,
    Limit,
    Name,
    Number,
    SpanRow,
    Time,
    model_of,
)
from passplan.server.api.schemas.contacts import ContactRow, LogRow
from passplan.server.api.schemas.network import LinkRow

if TYPE_CHECKING:
    PassRow: TypeAlias = Answer
    PassInTable: TypeAlias = Answer
else:
    PassRow = model_of(ForecastPass, "PassRow")
    PassInTable = model_of(ListedPass, "PassInTable", contacts=list[ContactRow])


class ElementsRow(Answer):
    """The element set that counts for a satellite."""

    satellite: str
    epoch: Time | None
    age_d: float | None
    source: str | None
    marks: list[str]


class PassList(Answer):
    """Passes in order of AOS."""

    schema_: Literal["passplan.passes/1"] = Field(alias="schema")
    span: SpanRow
    total: int = Field(description="As asked, but for `show`.")
    next: str | None = Field(description="The cursor of the next page.")
    elements: list[ElementsRow]
    highest: PassRow | None = Field(description="Where there is none: the highest, whatever elevation is asked for.")
    passes: list[PassInTable]


class PassQuery(Given):
    """Which passes."""

    satellite: list[Name] = Field(default=[])
    station: list[Name] = Field(default=[])
    agency: list[Name] = Field(default=[], description="All stations of these agencies.")
    start: Instant | None = Field(default=None, description="By default now.")
    end: Instant | None = Field(default=None, description="Instead of `hours`; at most 31 days after the start.")
    hours: float | None = Field(default=None, gt=0.0, le=744.0, description="By default 24.")
    min_peak_elevation_deg: float = Field(default=0.0, ge=0.0, le=90.0)
    show: Literal["all", "free", "booked", "mine"] = "all"
    limit: Limit = 100
    cursor: Cursor | None = None


class PassPath(Given):
    """The pass of a satellite over a station that is nearest to a moment."""

    satellite: Name
    station: Name
    near: Annotated[str, StringConstraints(max_length=60), Field(json_schema_extra={"format": "date-time"})]


class SheetQuery(Given):
    """The contact that is shown, where there are several."""

    contact: Number | None = None


class PointingQuery(SheetQuery):
    """Likewise, and in what steps."""

    step_s: Annotated[int, Field(ge=1, le=600), DIGITS] = 1


class PointingRow(Answer):
    """Where to point."""

    time: Time
    az_deg: float
    el_deg: float
    range_km: float
    range_rate_km_s: float
    doppler_hz: float | None = Field(description="Of the link; null: it has no frequency.")
    az_unwrapped_deg: float = Field(description="Between the antenna's cable stops, if it has some.")


class Pointing(Answer):
    """The pointing of a pass, from setup to teardown."""

    satellite: str
    station: str
    link: str | None
    frequency_hz: float | None
    direction: Literal["uplink", "downlink"] = Field(description="Of which the Doppler is.")
    step_s: float
    points: list[PointingRow]


class UseRow(Answer):
    """A request that could use the pass, and what became of it there."""

    request: str
    agency: str
    outcome: Literal["here", "elsewhere", "refused", "open"]
    particulars: list[str]


class PassSheetAnswer(Answer):
    """All that is known of one pass."""

    row: PassRow = Field(alias="pass")
    antenna: str | None
    link: LinkRow | None
    contacts: list[ContactRow]
    contact: ContactRow | None
    gaps: list[SpanRow] = Field(description="When the antenna cannot follow: keyhole, slew rate.")
    cable_gaps: list[SpanRow] = Field(description="When it cannot follow: it unwinds, or waits at a cable stop.")
    also: list[str] = Field(description="Stations that see the satellite meanwhile.")
    uses: list[UseRow]
    excluded: dict[str, int] = Field(description="Filters that took the pass from requests, and from how many.")
    windows: int
    higher: int
    history: list[EventRow]
    log: list[LogRow]
    is_frozen: bool
    actions: list[Literal["acknowledge", "cancel", "report", "log"]]
    revision: int | None
    pointing: list[PointingRow] = Field(description="In steps of 30 s.")
