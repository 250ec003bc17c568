"""The flat rows that every output shows: JSON, CSV and tables hold the same names and values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, get_origin

from passplan.domain.contacts import Contact
from passplan.domain.elements import ElementSet
from passplan.domain.network import Network, Station
from passplan.domain.passes import Answer
from passplan.domain.requests import ContactRequest
from passplan.domain.rows.columns import Column, columns_of
from passplan.domain.schedule import AgencyShare, Assignment, Move, Refusal
from passplan.domain.span import Span
from passplan.formats.times import format_instant

Row = dict[str, Any]


STATION_COLUMNS = (
    "id",
    "name",
    "agency",
    "latitude_deg",
    "longitude_deg",
    "altitude_m",
    "min_elevation_deg",
    "horizon_mask",
    "time_zone",
    "purpose",
    "position_confidence",
    "bands",
    "source",
    "note",
)
SATELLITE_COLUMNS = (
    "catalog_number",
    "name",
    "object_id",
    "epoch",
    "mean_motion_rev_day",
    "inclination_deg",
    "docked_to",
    "links",
)
ASSIGNMENT_COLUMNS = (
    "start",
    "end",
    "occupied_from",
    "occupied_to",
    "duration_s",
    "agency",
    "request",
    "part",
    "satellite",
    "link",
    "antennas",
    "activity",
    "priority",
    "note",
)
REFUSAL_COLUMNS = ("request", "part", "agency", "reason", "particulars", "given_to")
SHARE_COLUMNS = (
    "agency",
    "requests_asked",
    "requests_served",
    "minutes_asked",
    "minutes_given",
    "unserved_share",
    "minutes_entitled",
    "minutes_used",
    "entitled_share",
)
CONTACT_COLUMNS = ("id", "state", *ASSIGNMENT_COLUMNS, "reason", "revision", "acknowledged_by")
MOVE_COLUMNS = ("request", "part", "start", "antennas", "start_before", "antennas_before", "shift_s")


def span_row(span: Span) -> Row:
    """A span of time."""
    return {"start": format_instant(span.start), "end": format_instant(span.end)}


def row_document(row: Any, only: Collection[str] = ()) -> Row:
    """A declared row as JSON has it: times as text, numbers to their digits, null for what is not known.

    Args:
        row: the row.
        only: some of its columns; empty: all.
    """
    writers = _writers(row.__class__)
    return {name: write(getattr(row, name)) for name, write in writers if not only or name in only}


def csv_columns(kind: type[Any], first: Sequence[str] = ()) -> tuple[str, ...]:
    """The columns of a kind of row in CSV files.

    Args:
        kind: the row.
        first: columns that stand before the others; the others are in the order of their declaration.
    """
    return (*first, *(c.name for c in columns_of(kind) if c.in_csv and c.name not in first))


def csv_record(row: Any) -> Row:
    """A declared row as CSV has it: as JSON, and rows in it by their ids."""
    return {name: _joined(write(getattr(row, name))) for name, write in _writers(row.__class__)}


def column_table(kind: type[Any]) -> str:
    """The columns of a kind of row as a table in Markdown, for the reference page."""
    lines = ["| column | unit | digits | what it is |", "| --- | --- | --- | --- |"]
    for c in columns_of(kind):
        digits = "" if c.digits is None else str(c.digits)
        only = "" if c.in_csv else " Not in CSV files."
        lines.append(f"| `{c.name}` | {c.unit} | {digits} | {c.help}{only} |")
    return "\n".join(lines) + "\n"


def answer_row(item: Answer) -> Row:
    """An answer; what does not apply to its kind is left out."""
    row: Row = {
        "satellite": item.satellite,
        "catalog_number": item.catalog_number,
        "station": item.station,
        "answer": item.answer.value,
        "since": format_instant(item.since),
    }
    if item.peak_elevation_deg is not None:
        row["peak_elevation_deg"] = round(item.peak_elevation_deg, 4)
    if item.sgp4_code is not None:
        row["sgp4_code"] = item.sgp4_code
    return row | {"sentence": item.sentence}


def station_row(station: Station) -> Row:
    """A station, with its antennas in short."""
    return {
        "id": station.id,
        "name": station.name,
        "agency": station.agency,
        "latitude_deg": station.latitude_deg,
        "longitude_deg": station.longitude_deg,
        "altitude_m": station.altitude_m,
        "min_elevation_deg": station.min_elevation_deg,
        "horizon_mask": station.horizon_mask is not None,
        "time_zone": station.time_zone,
        "purpose": station.purpose,
        "position_confidence": station.position_confidence,
        "bands": " ".join(sorted({band for antenna in station.antennas for band in antenna.bands})),
        "source": station.source,
        "note": station.note,
    }


def satellite_rows(sets: Iterable[ElementSet], network: Network | None, copies: dict[int, int]) -> Iterator[Row]:
    """Satellites with element sets, and those of the network that have none."""
    known = network.satellites if network is not None else ()
    links = {s.catalog_number: s.links for s in known}
    missing = {s.catalog_number: s.name or s.id for s in known}
    for item in sets:
        missing.pop(item.catalog_number, None)
        yield {
            "catalog_number": item.catalog_number,
            "name": item.label,
            "object_id": item.object_id,
            "epoch": format_instant(item.epoch),
            "mean_motion_rev_day": item.mean_motion_rev_day,
            "inclination_deg": item.inclination_deg,
            "docked_to": copies.get(item.catalog_number),
            "links": " ".join(link.id for link in links.get(item.catalog_number, ())),
        }
    for number, name in missing.items():
        yield {
            "catalog_number": number,
            "name": name,
            "object_id": "",
            "epoch": None,
            "mean_motion_rev_day": None,
            "inclination_deg": None,
            "docked_to": None,
            "links": " ".join(link.id for link in links[number]),
        }


def assignment_row(item: Assignment, request: ContactRequest) -> Row:
    """A contact: signal from start to end, its antennas occupied with setup and teardown."""
    return {
        "start": format_instant(item.contact.start),
        "end": format_instant(item.contact.end),
        "occupied_from": format_instant(item.occupies.start),
        "occupied_to": format_instant(item.occupies.end),
        "duration_s": round(item.contact.duration_s, 6),
        "agency": request.agency,
        "request": item.request,
        "part": item.part,
        "satellite": item.satellite,
        "link": item.link,
        "antennas": " ".join(map(str, item.antennas)),
        "activity": request.activity,
        "priority": request.priority.value,
        "note": request.note,
    }


def contact_row(item: Contact, request: ContactRequest) -> Row:
    """A contact of a store: where it is, and where it stands."""
    return (
        {"id": item.id, "state": item.state.value}
        | assignment_row(item.assignment, request)
        | {"reason": item.reason or "", "revision": item.revision, "acknowledged_by": item.acknowledged_by}
    )


def refusal_row(item: Refusal, request: ContactRequest, particulars: str) -> Row:
    """A request that got no contact, and why in words; the contacts in its cheapest window as `request/part`."""
    return {
        "request": item.request,
        "part": item.part,
        "agency": request.agency,
        "reason": item.reason.value,
        "particulars": particulars,
        "given_to": " ".join(f"{b.request}/{b.part}" for b in item.given_to),
    }


def share_row(item: AgencyShare) -> Row:
    """What an agency asked for and got; shares to four decimals, null where no agreement entitles it to minutes."""
    entitled = item.entitled_share
    return {
        "agency": item.agency,
        "requests_asked": item.requests_asked,
        "requests_served": item.requests_served,
        "minutes_asked": round(item.minutes_asked, 3),
        "minutes_given": round(item.minutes_given, 3),
        "unserved_share": round(item.unserved_share, 4),
        "minutes_entitled": None if item.minutes_entitled is None else round(item.minutes_entitled, 3),
        "minutes_used": round(item.minutes_used, 3),
        "entitled_share": None if entitled is None else round(entitled, 4),
    }


def move_row(item: Move) -> Row:
    """A contact that is elsewhere now; null where it is gone."""
    after = item.after
    return {
        "request": item.before.request,
        "part": item.before.part,
        "start": None if after is None else format_instant(after.contact.start),
        "antennas": None if after is None else " ".join(map(str, after.antennas)),
        "start_before": format_instant(item.before.contact.start),
        "antennas_before": " ".join(map(str, item.before.antennas)),
        "shift_s": None if item.shift_s is None else round(item.shift_s, 6),
    }


@lru_cache(maxsize=64)
def _writers(kind: Any) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    return tuple((c.name, _writer(c)) for c in columns_of(kind))


def _writer(c: Column) -> Callable[[Any], Any]:
    """What turns a value of a column into what JSON has."""
    if c.type is datetime:
        return lambda value: None if value is None else format_instant(value)
    if c.type is float and c.digits is not None:
        digits, modulo = c.digits, c.modulo
        if modulo is not None:
            return lambda value: None if value is None else round(value, digits) % modulo
        return lambda value: None if value is None else round(value, digits)
    if get_origin(c.type) is tuple:
        return list
    return lambda value: value


def _joined(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return " ".join(str(item["id"]) if isinstance(item, Mapping) else str(item) for item in value)
