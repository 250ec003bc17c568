"""Rows of the network: stations with antennas, satellites with links, agreements."""

from __future__ import annotations

from typing import Any

from passplan.domain.network import Agency, Agreement, Antenna, Closure, Satellite, SatelliteTime, Station
from passplan.formats.rows import Row, span_row, station_row
from passplan.server.api.rows import link_row
from passplan.service.contacts.usage import AgreementWeek

_ELEMENTS = ("set", "since", "epoch", "age_d", "source", "pinned", "marks", "wrong")


def full_station_row(station: Station) -> Row:
    """A station with its antennas and hours."""
    return station_row(station) | {
        "antennas": [_antenna_row(a) for a in station.antennas],
        "staffing": [{"days": list(s.days), "opens": s.opens, "closes": s.closes} for s in station.staffing],
    }


def closure_row(closure: Closure) -> Row:
    """A time in which the network says that a station is closed."""
    return {"antenna": closure.antenna, "note": closure.note} | span_row(closure.span)


def satellite_row(satellite: Satellite, elements: dict[str, Any]) -> Row:
    """A satellite with its links, and the elements that count."""
    return {
        "id": satellite.id,
        "name": satellite.name,
        "catalog_number": satellite.catalog_number,
        "links": [link_row(k) for k in satellite.links],
        "times": [_time_row(t) for t in satellite.times],
        "elements": {name: elements[name] for name in _ELEMENTS},
    }


def agency_row(agency: Agency) -> Row:
    """An agency."""
    return {"id": agency.id, "name": agency.name}


def agreement_row(agreement: Agreement) -> Row:
    """An agreement."""
    return {
        "owner": agreement.owner,
        "user": agreement.user,
        "stations": list(agreement.stations),
        "minutes_per_week": agreement.minutes_per_week,
        "sees": agreement.sees,
        "approval": agreement.approval,
    }


def agreement_week_row(week: AgreementWeek) -> Row:
    """An agreement, with what is used of it in a week."""
    return agreement_row(week.agreement) | {
        "monday": week.monday.isoformat(),
        "minutes_used": week.minutes_used,
        "minutes_left": round(week.minutes_left, 1),
    }


def _antenna_row(antenna: Antenna) -> Row:
    return {
        "id": antenna.id,
        "bands": list(antenna.bands),
        "diameter_m": antenna.diameter_m,
        "slew_deg_s": antenna.slew_deg_s,
        "keyhole_deg": antenna.keyhole_deg,
        "cable_stops_deg": list(antenna.cable_stops_deg) if antenna.cable_stops_deg is not None else None,
        "setup_s": antenna.setup_s,
        "teardown_s": antenna.teardown_s,
        "sun_separation_deg": antenna.sun_separation_deg,
    }


def _time_row(time: SatelliteTime) -> Row:
    once = span_row(time.span) if time.span is not None else {"start": None, "end": None}
    return {
        "name": time.name,
        "daily": list(time.daily) if time.daily is not None else None,
        "blocks": list(time.blocks),
    } | once
