"""Passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from passplan.domain.rows.columns import column
from passplan.domain.rows.contacts import LogRow, SeenContactRow
from passplan.domain.rows.network import LinkRow
from passplan.domain.rows.passes import ForecastPass, PassUseRow, PointingRow
from passplan.domain.rows.service import HistoryRow
from passplan.domain.span import Span
from passplan.server.api.schemas.base import DIGITS, Cursor, Instant, Limit, Name, Number, Parameters
from passplan.server.api.schemas.contacts import Action


class PassQuery(Parameters):
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


class PassPath(Parameters):
    """The pass of a satellite over a station that is nearest to an instant."""

    satellite: Name
    station: Name
    near: Annotated[str, StringConstraints(max_length=60), Field(json_schema_extra={"format": "date-time"})]


class SheetQuery(Parameters):
    """The contact that is shown, where there are several."""

    contact: Number | None = None


class PointingQuery(SheetQuery):
    """The contact that is shown, and the step of the table."""

    step_s: Annotated[int, Field(ge=1, le=600), DIGITS] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointing:
    """The pointing of a pass, from setup to teardown."""

    satellite: str
    station: str
    link: str | None
    frequency_hz: float | None
    direction: Literal["uplink", "downlink"] = column(help="Of which the Doppler is.")
    step_s: float
    points: tuple[PointingRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PassSheetAnswer:
    """All that is known of one pass."""

    row: ForecastPass = column(key="pass")
    antenna: str | None
    link: LinkRow | None
    contacts: tuple[SeenContactRow, ...]
    contact: SeenContactRow | None
    gaps: tuple[Span, ...] = column(help="When the antenna cannot follow: keyhole, slew rate.")
    cable_gaps: tuple[Span, ...] = column(help="When it cannot follow: it unwinds, or waits at a cable stop.")
    also: tuple[str, ...] = column(help="Stations that see the satellite meanwhile.")
    uses: tuple[PassUseRow, ...]
    excluded: Mapping[str, int] = column(help="Filters that took the pass from requests, and from how many.")
    windows: int
    higher: int
    history: tuple[HistoryRow, ...]
    log: tuple[LogRow, ...]
    is_frozen: bool
    actions: tuple[Action, ...]
    revision: int | None
    pointing: tuple[PointingRow, ...] = column(help="In steps of 30 s.")
