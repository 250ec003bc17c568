"""Element sets as OMM, and ephemerides as OEM: CCSDS 502.0-B version 2, as other programs read it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from passplan.domain.elements import ElementSet
from passplan.domain.ephemeris import Ephemeris, Interpolation
from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.span import instant

OMM_FORMS, OEM_FORMS = ("kvn", "xml", "json", "csv"), ("kvn", "xml")
_COORDINATES = (("X", "km"), ("Y", "km"), ("Z", "km"), ("X_DOT", "km/s"), ("Y_DOT", "km/s"), ("Z_DOT", "km/s"))
_ORIGINATOR = "PASSPLAN"
_MEAN_ELEMENTS = (
    "EPOCH",
    "MEAN_MOTION",
    "ECCENTRICITY",
    "INCLINATION",
    "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER",
    "MEAN_ANOMALY",
)
_TLE_PARAMETERS = (
    "EPHEMERIS_TYPE",
    "CLASSIFICATION_TYPE",
    "NORAD_CAT_ID",
    "ELEMENT_SET_NO",
    "REV_AT_EPOCH",
    "BSTAR",
    "MEAN_MOTION_DOT",
    "MEAN_MOTION_DDOT",
)


def write_omm(sets: Iterable[ElementSet], form: str, *, created: datetime) -> str:
    """Element sets as OMM in KVN, XML, JSON or CSV; JSON and CSV have the keys of CelesTrak's files.

    Args:
        sets: the element sets.
        form: one of `OMM_FORMS`.
        created: the date of creation, in KVN and XML.

    Raises:
        InputError: for another form.
    """
    records = [_omm_record(item) for item in sets]
    if form == "json":
        return json.dumps(records, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    if form == "csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, _CSV_KEYS, extrasaction="ignore", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(records)
        return text.getvalue()
    if form == "kvn":
        return "\n".join(line for record in records for line in (*_omm_kvn(record, created), ""))
    if form == "xml":
        return "\n".join([_XML_HEAD, "<ndm>", *(line for r in records for line in _omm_xml(r, created)), "</ndm>", ""])
    raise _no_form(form, OMM_FORMS)


def write_oem(ephemerides: Sequence[Ephemeris], form: str, *, created: datetime) -> str:
    """Ephemerides as one OEM in KVN or XML; each is a segment, in its own frame.

    Args:
        ephemerides: the ephemerides, at least one.
        form: one of `OEM_FORMS`.
        created: the date of creation.

    Raises:
        InputError: for another form.
    """
    if form == "kvn":
        head = ["CCSDS_OEM_VERS = 2.0", f"CREATION_DATE = {_time(created)}", f"ORIGINATOR = {_ORIGINATOR}"]
        return "\n".join([*head, *(line for e in ephemerides for line in _oem_kvn(e)), ""])
    if form == "xml":
        head = [_XML_HEAD, '<oem id="CCSDS_OEM_VERS" version="2.0">', *_xml_header(created), " <body>"]
        return "\n".join([*head, *(line for e in ephemerides for line in _oem_xml(e)), " </body>", "</oem>", ""])
    raise _no_form(form, OEM_FORMS)


_XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def _no_form(form: str, forms: Sequence[str]) -> InputError:
    return InputError(
        Message("no_form", "there is no form %(form)r; it is one of %(forms)s", form=form, forms=tuple(forms))
    )


def _time(moment: datetime) -> str:
    return instant(moment).replace(tzinfo=None).isoformat(timespec="microseconds")


def _omm_record(item: ElementSet) -> dict[str, Any]:
    return {
        "OBJECT_NAME": item.name or "UNKNOWN",
        "OBJECT_ID": item.object_id or "UNKNOWN",
        "CENTER_NAME": "EARTH",
        "REF_FRAME": "TEME",
        "TIME_SYSTEM": "UTC",
        "MEAN_ELEMENT_THEORY": "SGP4",
        "EPOCH": _time(item.epoch),
        "MEAN_MOTION": item.mean_motion_rev_day,
        "ECCENTRICITY": item.eccentricity,
        "INCLINATION": item.inclination_deg,
        "RA_OF_ASC_NODE": item.ra_of_asc_node_deg,
        "ARG_OF_PERICENTER": item.arg_of_pericenter_deg,
        "MEAN_ANOMALY": item.mean_anomaly_deg,
        "EPHEMERIS_TYPE": 0,
        "CLASSIFICATION_TYPE": item.classification,
        "NORAD_CAT_ID": item.catalog_number,
        "ELEMENT_SET_NO": item.element_set_number,
        "REV_AT_EPOCH": item.revolution_at_epoch,
        "BSTAR": item.bstar,
        "MEAN_MOTION_DOT": item.mean_motion_dot,
        "MEAN_MOTION_DDOT": item.mean_motion_ddot,
    }


_METADATA = ("OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM", "MEAN_ELEMENT_THEORY")
_CSV_KEYS = ("OBJECT_NAME", "OBJECT_ID", *_MEAN_ELEMENTS, *_TLE_PARAMETERS)


def _omm_kvn(record: dict[str, Any], created: datetime) -> Iterator[str]:
    yield "CCSDS_OMM_VERS = 2.0"
    yield f"CREATION_DATE = {_time(created)}"
    yield f"ORIGINATOR = {_ORIGINATOR}"
    for key, value in record.items():
        yield f"{key} = {value}"


def _omm_xml(record: dict[str, Any], created: datetime) -> Iterator[str]:
    yield ' <omm id="CCSDS_OMM_VERS" version="2.0">'
    yield from (f" {line}" for line in _xml_header(created))
    yield "  <body><segment>"
    yield f"   <metadata>{_tags(record, _METADATA)}</metadata>"
    yield "   <data>"
    yield f"    <meanElements>{_tags(record, _MEAN_ELEMENTS)}</meanElements>"
    yield f"    <tleParameters>{_tags(record, _TLE_PARAMETERS)}</tleParameters>"
    yield "   </data>"
    yield "  </segment></body>"
    yield " </omm>"


def _tags(record: dict[str, Any], keys: Sequence[str]) -> str:
    return "".join(f"<{key}>{escape(str(record[key]))}</{key}>" for key in keys)


def _xml_header(created: datetime) -> list[str]:
    return [
        " <header>",
        f"  <CREATION_DATE>{_time(created)}</CREATION_DATE>",
        f"  <ORIGINATOR>{_ORIGINATOR}</ORIGINATOR>",
        " </header>",
    ]


def _oem_metadata(ephemeris: Ephemeris) -> dict[str, str]:
    metadata = {
        "OBJECT_NAME": ephemeris.name or "UNKNOWN",
        "OBJECT_ID": ephemeris.object_id or str(ephemeris.catalog_number),
        "CENTER_NAME": "EARTH",
        "REF_FRAME": ephemeris.frame.value,
        "TIME_SYSTEM": "UTC",
        "START_TIME": _time(ephemeris.origin),
        "USEABLE_START_TIME": _time(ephemeris.usable.start),
        "USEABLE_STOP_TIME": _time(ephemeris.usable.end),
        "STOP_TIME": _time(ephemeris.moment(len(ephemeris.states) - 1)),
        "INTERPOLATION": ephemeris.interpolation.value,
        "INTERPOLATION_DEGREE": str(ephemeris.degree),
    }
    if ephemeris.interpolation is Interpolation.LINEAR:
        metadata["INTERPOLATION_DEGREE"] = "1"
    return metadata


def _state_cells(ephemeris: Ephemeris) -> Iterator[list[str]]:
    """The time and the coordinates of each state: positions to a micrometre, velocities to a nanometre a second."""
    for number, state in enumerate(ephemeris.states):
        cells = [f"{value:.9f}" for value in state[:3]] + [f"{value:.12f}" for value in state[3:]]
        yield [_time(ephemeris.moment(number)), *cells]


def _oem_kvn(ephemeris: Ephemeris) -> Iterator[str]:
    yield ""
    yield "META_START"
    for key, value in _oem_metadata(ephemeris).items():
        yield f"{key} = {value}"
    yield "META_STOP"
    yield ""
    for cells in _state_cells(ephemeris):
        yield " ".join(cells)


def _oem_xml(ephemeris: Ephemeris) -> Iterator[str]:
    yield "  <segment>"
    yield f"   <metadata>{_tags(_oem_metadata(ephemeris), list(_oem_metadata(ephemeris)))}</metadata>"
    yield "   <data>"
    for moment, *cells in _state_cells(ephemeris):
        tags = "".join(
            f'<{name} units="{unit}">{cell}</{name}>' for (name, unit), cell in zip(_COORDINATES, cells, strict=True)
        )
        yield f"    <stateVector><EPOCH>{moment}</EPOCH>{tags}</stateVector>"
    yield "   </data>"
    yield "  </segment>"
