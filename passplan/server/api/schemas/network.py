"""The network: stations, satellites, agencies, agreements; and the map."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from passplan.server.api.schemas.base import Answer, Body, Given, Instant, Name, Number, Time, Words
from passplan.server.api.schemas.plans import ShareRow


class AntennaRow(Answer):
    """What can point at one satellite at a time."""

    id: str
    bands: list[str]
    diameter_m: float | None
    slew_deg_s: float | None
    keyhole_deg: float
    cable_stops_deg: list[float] | None
    setup_s: float
    teardown_s: float
    sun_separation_deg: float


class StaffingRow(Answer):
    """Hours in which people are there, in the station's zone."""

    days: list[str]
    opens: str
    closes: str


class StationRow(Answer):
    """A site with one horizon."""

    id: str
    name: str
    agency: str
    latitude_deg: float
    longitude_deg: float
    altitude_m: float
    min_elevation_deg: float
    horizon_mask: bool
    time_zone: str
    purpose: str
    position_confidence: str
    bands: str = Field(description="Separated by spaces.")
    source: str
    note: str
    antennas: list[AntennaRow]
    staffing: list[StaffingRow]


class StationList(Answer):
    """The stations."""

    stations: list[StationRow]


class ClosureRow(Answer):
    """A time in which the network says that it is closed."""

    antenna: str
    start: Time
    end: Time
    note: str


class OutageRow(Answer):
    """A time in which a station, or one of its antennas, cannot be used."""

    id: int
    kind: Literal["outage", "closed"]
    station: str
    antenna: str
    start: Time
    end: Time
    note: str


class StationAnswer(StationRow):
    """A station with what closes it and what came of its contacts."""

    mask: list[list[float]] | None = Field(description="Azimuth and elevation [deg].")
    closures: list[ClosureRow]
    outages: list[OutageRow]
    outcomes: dict[str, int] = Field(description="Of the last 30 days, of contacts that are seen.")
    unreported: list[int]
    may_change: bool


class OutageBody(Body):
    """An outage."""

    start: Instant | None = Field(default=None, description="By default now.")
    end: Instant
    antenna: Name | None = Field(default=None, description="By default all.")
    kind: Literal["outage", "closed"] = "outage"
    note: Words = ""


class OutageAnswer(Answer):
    """What was recorded, and the contacts that are cancelled for it."""

    outage: OutageRow
    cancelled: list[int]


class OutagePath(Given):
    """An outage of a station."""

    name: Name
    number: Number


class LinkRow(Answer):
    """A radio service of a satellite."""

    id: str
    name: str
    direction: Literal["uplink", "downlink", "both"]
    band: str
    frequency_hz: float | None
    capacity: int
    confidence: str
    source: str


class SatelliteTimeRow(Answer):
    """A named time: every day between two hours UTC, or once."""

    name: str
    daily: list[str] | None
    start: Time | None
    end: Time | None
    blocks: list[str]


class SatelliteElements(Answer):
    """The element set that counts."""

    set: int | None
    since: Time | None
    epoch: Time | None
    age_d: float | None
    source: str | None
    pinned: bool
    marks: list[str]
    wrong: bool


class SatelliteRow(Answer):
    """A satellite with its links."""

    id: str
    name: str
    catalog_number: int
    links: list[LinkRow]
    times: list[SatelliteTimeRow]
    elements: SatelliteElements


class SatelliteList(Answer):
    """The satellites."""

    satellites: list[SatelliteRow]


class AgencyRow(Answer):
    """One of those who share the stations."""

    id: str
    name: str


class AgencyList(Answer):
    """The agencies."""

    agencies: list[AgencyRow]


class MonthRow(Answer):
    """An agency's month."""

    month: str
    requests: int
    minutes_asked: float
    contacts: int
    minutes_given: float
    contacts_used: int
    minutes_used: float


class AgreementRow(Answer):
    """What one agency may use of another's stations."""

    owner: str
    user: str
    stations: list[str]
    minutes_per_week: float
    sees: Literal["times", "all"]
    approval: bool


class AgreementWeekRow(AgreementRow):
    """Likewise, with what is used of it this week."""

    monday: str = Field(json_schema_extra={"format": "date"})
    minutes_used: float
    minutes_left: float


class AgencyAnswer(AgencyRow):
    """An agency; months and weeks are for those who may see its requests."""

    stations: list[str]
    share: ShareRow | None = Field(description="In the newest plan.")
    is_seen: bool
    months: list[MonthRow]
    uses: list[AgreementWeekRow]
    grants: list[AgreementWeekRow]


class NetworkAnswer(Answer):
    """The newest network; of the agreements those that are one's own."""

    revision: int
    agencies: list[AgencyRow]
    stations: list[StationRow]
    satellites: list[SatelliteRow]
    agreements: list[AgreementRow]


class MapQuery(Given):
    """Which satellites; by default all."""

    satellite: list[Name] = Field(default=[])


class Geometry(Answer):
    """A point, or lines that are cut at 180 degrees; longitude before latitude [deg], altitude in metres."""

    type: Literal["Point", "MultiLineString"]
    coordinates: list[Any]


class Feature(Answer):
    """A satellite's `position`, its track `ahead` and `past`, or the edge of what sees it (`footprint`)."""

    type: Literal["Feature"]
    id: str
    geometry: Geometry
    properties: dict[str, Any]


class FeatureCollection(Answer):
    """A map as GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"]
    features: list[Feature]
