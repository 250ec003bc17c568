"""The rows of a network: stations with antennas, satellites with links, agencies, agreements, closed times, outages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from passplan.domain.elements import ElementSet
from passplan.domain.network import Agency, Agreement, Antenna, Closure, Link, Network, SatelliteTime, Station
from passplan.domain.rows.columns import column, extended
from passplan.domain.span import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class StationRow:
    """A site with one horizon."""

    id: str = column("Station", help="Its id.")
    name: str = column("Name", help="Its name.", dispensable=3)
    agency: str = column("Agency", help="The agency that owns it.")
    latitude_deg: float = column("Lat", unit="°", help="Its latitude, north positive.")
    longitude_deg: float = column("Lon", unit="°", help="Its longitude, east positive.")
    altitude_m: float = column("Alt", unit="m", help="Its altitude above the ellipsoid.")
    min_elevation_deg: float = column("Floor", unit="°", help="The elevation from which on it can be used.")
    horizon_mask: bool = column("Mask", help="Whether it has a horizon mask.", dispensable=1)
    time_zone: str = column("Zone", help="Its time zone.", dispensable=4)
    purpose: str = column("Purpose", help="`iss`: it talks to the ISS directly; `geometry`: listed for its position.")
    position_confidence: str = column("Position", help="The confidence in its position.")
    bands: tuple[str, ...] = column(
        "Bands", help="The bands of its antennas, separated by spaces.", is_joined=True, dispensable=2
    )
    source: str = column("Source", help="Where its position is from.", in_table=False)
    note: str = column("Note", help="What else is known.", in_table=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AntennaRow:
    """An antenna, which points at one satellite at a time."""

    id: str = column("Antenna", help="Its id at its station.")
    bands: tuple[str, ...] = column("Bands", help="Its bands.")
    diameter_m: float | None = column("Diameter", unit="m", help="Of its dish; null: not known.")
    slew_deg_s: float | None = column("Slew", unit="°/s", help="How fast it turns; null: not a limit.")
    keyhole_deg: float = column("Keyhole", unit="°", help="It cannot follow above this elevation; 90: it can.")
    cable_stops_deg: tuple[float, float] | None = column(
        "Cable stops", unit="°", help="The unwrapped azimuths between which it turns; null: not a limit."
    )
    setup_s: float = column("Setup", unit="s", help="Before a contact.")
    teardown_s: float = column("Teardown", unit="s", help="After a contact.")
    sun_separation_deg: float = column("From the Sun", unit="°", help="It cannot receive nearer to the Sun.")


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffingRow:
    """Hours in which staff are at the station, in its zone."""

    days: tuple[str, ...] = column("Days", help="The days of the week.")
    opens: str = column("From", help="The hour from which staff are there.")
    closes: str = column("To", help="The hour until which staff are there; not after `opens`: on the next day.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FullStationRow(StationRow):
    """A site with one horizon, with its antennas and hours."""

    antennas: tuple[AntennaRow, ...] = column("Antennas", help="Its antennas.")
    staffing: tuple[StaffingRow, ...] = column("Staffing", help="When staff are there; empty: always.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureRow:
    """A time in which the network says that a station, or one of its antennas, is closed."""

    antenna: str = column("Antenna", help="The antenna; empty: all of the station's.")
    start: datetime = column("Start", help="From.")
    end: datetime = column("End", help="To.")
    note: str = column("Note", help="Why.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageRow:
    """A time in which a station, or one of its antennas, cannot be used."""

    id: int = column("Outage", help="Its number.")
    kind: Literal["outage", "closed"] = column("Kind", help="Whether it is broken, or closed as planned.")
    station: str = column("Station", help="The station.")
    antenna: str = column("Antenna", help="The antenna; empty: all of the station's.")
    start: datetime = column("Start", help="From.")
    end: datetime = column("End", help="To; equal to the start: it was withdrawn.")
    note: str = column("Note", help="The reason.", dispensable=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """A radio service of a satellite."""

    id: str = column("Link", help="Its id.")
    name: str = column("Name", help="Its name.")
    direction: Literal["uplink", "downlink", "both"] = column("Direction", help="Which way it goes.")
    band: str = column("Band", help="Its band.")
    frequency_hz: float | None = column("Frequency", unit="Hz", help="Of its carrier; null: not known.")
    capacity: int = column("Channels", help="How many contacts it can serve at once.")
    confidence: str = column("Confidence", help="The confidence in this.")
    source: str = column("Source", help="The source of this.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SatelliteTimeRow:
    """A named time of a satellite: every day between two hours UTC, or once."""

    name: str = column("Name", help="Its name.")
    daily: tuple[str, ...] | None = column("Daily", help="Two hours UTC; null: it is once.")
    start: datetime | None = column("Start", help="From; null: it is daily.")
    end: datetime | None = column("End", help="To; null: it is daily.")
    blocks: tuple[str, ...] = column("Blocks", help="The links that cannot be used during it; `*`: all.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyRow:
    """An agency that shares the stations."""

    id: str = column("Agency", help="Its id.")
    name: str = column("Name", help="Its name.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRow:
    """How much one agency may use another's stations."""

    owner: str = column("Owner", help="The agency that owns the stations.")
    user: str = column("User", help="The agency that may use them.")
    stations: tuple[str, ...] = column("Stations", help="The stations.")
    minutes_per_week: float = column("Minutes a week", help="The minutes of each week from Monday 00:00 UTC.")
    sees: Literal["times", "all"] = column("Sees", help="What the user sees of others' contacts there.")
    approval: bool = column("Approval", help="Whether the owner approves each request.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementWeekRow(AgreementRow):
    """An agreement, with its use in one week."""

    monday: date = column("Week of", help="The Monday of the week.")
    minutes_used: float = column("Used", unit="min", help="The minutes that are used.")
    minutes_left: float = column("Left", unit="min", digits=1, help="The minutes that are left.")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRow:
    """An agency's month; contacts count where they begin, requests where their span begins."""

    month: str = column("Month", help="Such as `2026-08`.")
    requests: int = column("Requests", help="The number of its requests.")
    minutes_asked: float = column("Asked", unit="min", help="The minutes that they request.")
    contacts: int = column("Contacts", help="The number of its contacts.")
    minutes_given: float = column("Given", unit="min", help="The minutes of its contacts.")
    contacts_used: int = column("Used", help="The number of its contacts that took place.")
    minutes_used: float = column("Used", unit="min", help="The minutes of those.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSatellite:
    """A satellite that has an element set, or that the network has."""

    catalog_number: int = column("Number", help="Its catalogue number.")
    name: str = column("Name", help="Its name.")
    object_id: str = column("Designator", help="Its international designator; empty: not known.", dispensable=2)
    epoch: datetime | None = column("Epoch (UTC)", help="Of its element set; null: there is none.")
    mean_motion_rev_day: float | None = column(
        "Rev/day", help="Its mean motion; null: there is no element set.", dispensable=1
    )
    inclination_deg: float | None = column("Incl", unit="°", help="Its inclination; null: there is no element set.")
    docked_to: int | None = column("Docked to", help="The satellite whose elements it carries; null: none.")
    links: tuple[str, ...] = column("Links", help="Its links, separated by spaces.", is_joined=True, dispensable=3)


def station_row(station: Station) -> StationRow:
    """The row of a station."""
    return StationRow(
        id=station.id,
        name=station.name,
        agency=station.agency,
        latitude_deg=station.latitude_deg,
        longitude_deg=station.longitude_deg,
        altitude_m=station.altitude_m,
        min_elevation_deg=station.min_elevation_deg,
        horizon_mask=station.horizon_mask is not None,
        time_zone=station.time_zone,
        purpose=station.purpose,
        position_confidence=station.position_confidence,
        bands=tuple(sorted({band for antenna in station.antennas for band in antenna.bands})),
        source=station.source,
        note=station.note,
    )


def full_station_row(station: Station) -> FullStationRow:
    """The row of a station with its antennas and hours."""
    return extended(
        FullStationRow,
        station_row(station),
        antennas=tuple(map(antenna_row, station.antennas)),
        staffing=tuple(StaffingRow(days=s.days, opens=s.opens, closes=s.closes) for s in station.staffing),
    )


def antenna_row(antenna: Antenna) -> AntennaRow:
    """The row of an antenna."""
    return AntennaRow(
        id=antenna.id,
        bands=antenna.bands,
        diameter_m=antenna.diameter_m,
        slew_deg_s=antenna.slew_deg_s,
        keyhole_deg=antenna.keyhole_deg,
        cable_stops_deg=antenna.cable_stops_deg,
        setup_s=antenna.setup_s,
        teardown_s=antenna.teardown_s,
        sun_separation_deg=antenna.sun_separation_deg,
    )


def closure_row(closure: Closure) -> ClosureRow:
    """The row of a closed time of the network."""
    return ClosureRow(antenna=closure.antenna, start=closure.span.start, end=closure.span.end, note=closure.note)


def link_row(link: Link) -> LinkRow:
    """The row of a link."""
    direction: Any = link.direction
    return LinkRow(
        id=link.id,
        name=link.name,
        direction=direction,
        band=link.band,
        frequency_hz=link.frequency_hz,
        capacity=link.capacity,
        confidence=link.confidence,
        source=link.source,
    )


def time_row(time: SatelliteTime) -> SatelliteTimeRow:
    """The row of a named time."""
    span: Span | None = time.span
    return SatelliteTimeRow(
        name=time.name,
        daily=time.daily,
        start=span.start if span is not None else None,
        end=span.end if span is not None else None,
        blocks=time.blocks,
    )


def agency_row(agency: Agency) -> AgencyRow:
    """The row of an agency."""
    return AgencyRow(id=agency.id, name=agency.name)


def agreement_row(agreement: Agreement) -> AgreementRow:
    """The row of an agreement."""
    sees: Any = agreement.sees
    return AgreementRow(
        owner=agreement.owner,
        user=agreement.user,
        stations=agreement.stations,
        minutes_per_week=agreement.minutes_per_week,
        sees=sees,
        approval=agreement.approval,
    )


def satellite_list(
    sets: Iterable[ElementSet], network: Network | None, copies: Mapping[int, int]
) -> Iterator[ListedSatellite]:
    """The rows of satellites with element sets, and of the network's satellites without.

    Args:
        sets: the element sets.
        network: the network; None: only the satellites with element sets.
        copies: by catalogue number, the satellite whose elements another one carries.
    """
    satellites = network.satellites if network is not None else ()
    links = {s.catalog_number: tuple(link.id for link in s.links) for s in satellites}
    missing = {s.catalog_number: s.name or s.id for s in satellites}
    for item in sets:
        missing.pop(item.catalog_number, None)
        yield ListedSatellite(
            catalog_number=item.catalog_number,
            name=item.label,
            object_id=item.object_id,
            epoch=item.epoch,
            mean_motion_rev_day=item.mean_motion_rev_day,
            inclination_deg=item.inclination_deg,
            docked_to=copies.get(item.catalog_number),
            links=links.get(item.catalog_number, ()),
        )
    for number, name in missing.items():
        yield ListedSatellite(
            catalog_number=number,
            name=name,
            object_id="",
            epoch=None,
            mean_motion_rev_day=None,
            inclination_deg=None,
            docked_to=None,
            links=links[number],
        )
