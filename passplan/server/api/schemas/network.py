"""The network: stations, satellites, agencies, agreements; and the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from passplan.domain.rows.columns import column
from passplan.domain.rows.network import (
    AgencyRow,
    AgreementRow,
    AgreementWeekRow,
    ClosureRow,
    FullStationRow,
    LinkRow,
    MonthRow,
    OutageRow,
    SatelliteTimeRow,
)
from passplan.domain.rows.schedule import ShareRow
from passplan.domain.rows.service import ElementsRow
from passplan.queries.agencies import MONTHS
from passplan.server.api.schemas.answers import Answer
from passplan.server.api.schemas.base import Body, Instant, Name, Number, Parameters, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class StationList:
    """The stations."""

    stations: tuple[FullStationRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StationAnswer(FullStationRow):
    """A station with its closures and the outcomes of its contacts."""

    mask: tuple[tuple[float, float], ...] | None = column(help="Azimuth and elevation [deg].")
    closures: tuple[ClosureRow, ...]
    outages: tuple[OutageRow, ...]
    outcomes: Mapping[str, int] = column(help="Of the last 30 days, of contacts that are seen.")
    unreported: tuple[int, ...] = column(help="Contacts without a report.")
    may_change: bool = column(help="Whether the account may record outages here.")


class OutageBody(Body):
    """An outage."""

    start: Instant | None = Field(default=None, description="By default now.")
    end: Instant
    antenna: Name | None = Field(default=None, description="By default all.")
    kind: Literal["outage", "closed"] = "outage"
    note: Words = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageAnswer:
    """The outage that was recorded, and the contacts that it cancelled."""

    outage: OutageRow
    cancelled: tuple[int, ...]


class OutagePath(Parameters):
    """An outage of a station."""

    name: Name
    number: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class SatelliteRow:
    """A satellite with its links, and the element set in force."""

    id: str
    name: str
    catalog_number: int
    links: tuple[LinkRow, ...]
    times: tuple[SatelliteTimeRow, ...]
    elements: ElementsRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SatelliteList:
    """The satellites."""

    satellites: tuple[SatelliteRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyList:
    """The agencies."""

    agencies: tuple[AgencyRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyAnswer(AgencyRow):
    """An agency; months and weeks are empty where the account may not see its requests."""

    stations: tuple[str, ...]
    share: ShareRow | None = column(help="In the newest plan.")
    is_seen: bool = column(help="Whether the account may see its requests.")
    months: tuple[MonthRow, ...]
    uses: tuple[AgreementWeekRow, ...] = column(help="Agreements that let it use other agencies' stations.")
    grants: tuple[AgreementWeekRow, ...] = column(help="Agreements that let other agencies use its stations.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkAnswer:
    """The newest network, with the agreements of the account's agency."""

    revision: int
    agencies: tuple[AgencyRow, ...]
    stations: tuple[FullStationRow, ...]
    satellites: tuple[SatelliteRow, ...]
    agreements: tuple[AgreementRow, ...]


class AgencyQuery(Parameters):
    """The months of an agency."""

    months: int = Field(default=MONTHS, ge=1, le=25, description="How many months: this one, and those before it.")


class MapQuery(Parameters):
    """Which satellites; by default all."""

    satellite: list[Name] = Field(default=[])


class Geometry(Answer):
    """A point, or lines that are cut at 180 degrees; longitude before latitude [deg], altitude in metres."""

    type: Literal["Point", "MultiLineString"]
    coordinates: list[Any]


class Feature(Answer):
    """A satellite's `position`, its track `ahead` and `past`, or the edge of the area that sees it (`footprint`)."""

    type: Literal["Feature"]
    id: str
    geometry: Geometry
    properties: dict[str, Any]


class FeatureCollection(Answer):
    """A map as GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"]
    features: list[Feature]
