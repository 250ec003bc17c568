"""OMM files (CCSDS 502.0-B) in their four formats: JSON, CSV, XML and KVN."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn, TypeVar

from passplan.domain.elements import ElementSet
from passplan.domain.errors import InputError
from passplan.formats.limits import MAX_XML_DEPTH, require_shallow_json
from passplan.formats.times import parse_omm_epoch
from passplan.formats.tle import Parsed

T = TypeVar("T")

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,10}", re.ASCII)
_LONGEST_NUMBER = 60
_UNITS = dict.fromkeys(("INCLINATION", "RA_OF_ASC_NODE", "ARG_OF_PERICENTER", "MEAN_ANOMALY"), "deg")
_UNITS |= {"MEAN_MOTION": "rev/day", "BSTAR": "1/er"}
_UNITS |= {"MEAN_MOTION_DOT": "rev/day**2", "MEAN_MOTION_DDOT": "rev/day**3"}
# The allowed metadata; anything else is another theory, frame or clock, for which SGP4 gives wrong positions.
_METADATA = {
    "CENTER_NAME": {"EARTH"},
    "REF_FRAME": {"TEME"},
    "TIME_SYSTEM": {"UTC"},
    "MEAN_ELEMENT_THEORY": {"SGP4", "SGP/SGP4", "SDP4", "SGP4/SDP4"},
}


def read_json(text: str, source: str) -> Iterator[Parsed]:
    """Each OMM of a JSON array (or a single object), or the reason why it is invalid."""
    require_shallow_json(source, text)
    try:
        # Numbers stay text until they are checked: 1e999 and -0 are checked in one place.
        document = json.loads(
            text, parse_float=str, parse_int=str, parse_constant=_no_constant, object_pairs_hook=_once
        )
    except json.JSONDecodeError as error:
        yield f"{source} line {error.lineno} column {error.colno}", InputError(f"it is not JSON: {error.msg}")
        return
    except InputError as error:
        yield source, error
        return
    records = document if isinstance(document, list) else [document]
    for index, record in enumerate(records, start=1):
        if isinstance(record, Mapping):
            yield _place(source, index, record), _element_set(record)
        else:
            yield f"{source} OMM {index}", InputError("it is not an object with OMM keywords")


def read_csv(text: str, source: str) -> Iterator[Parsed]:
    """Each row of a CSV file with OMM keywords as its head, or the reason why it is invalid."""
    rows = csv.reader(io.StringIO(text), strict=True)
    try:
        head = [cell.strip() for cell in next(row for row in rows if any(cell.strip() for cell in row))]
        if (twice := _first_repeated(head)) is not None:
            yield f"{source} line {rows.line_num}", InputError(f"the column {twice!r} stands there twice")
            return
        for row in rows:
            where = f"{source} line {rows.line_num}"
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(head):
                yield where, InputError(f"it has {len(row)} columns; the head has {len(head)}")
            else:
                yield where, _element_set(dict(zip(head, row, strict=True)))
    except csv.Error as error:
        yield f"{source} line {rows.line_num}", InputError(f"it is not CSV: {error}")


def read_kvn(text: str, source: str) -> Iterator[Parsed]:
    """Each OMM of a KVN file, or the reason why it is invalid."""
    record: dict[str, str] = {}
    started = 0
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("COMMENT"):
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        where = f"{source} line {number}"
        if key == "CCSDS_OMM_VERS":
            if started:
                yield f"{source} line {started}", _element_set(record)
            record, started = {}, number
        elif not started:
            yield where, InputError("it stands before CCSDS_OMM_VERS, which begins an OMM")
            return
        if not equals:
            yield where, InputError(f"{line[:40]!r} is not KEYWORD = value")
            return
        if key in record:
            yield where, InputError(f"{key} stands there twice")
            return
        if key in _UNITS and value.endswith("]"):
            value, _, unit = value[:-1].rpartition("[")
            record[f"{key} unit"] = unit
        record[key] = value
    if started:
        yield f"{source} line {started}", _element_set(record)


def read_xml(data: bytes, source: str) -> Iterator[Parsed]:
    """Each OMM of an XML file (a single `omm`, or several in an `ndm`), or the reason why it is invalid.

    Entities, document types and anything external are refused, so no file or network is read.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    record: dict[str, str] | None = None
    depth = index = 0
    try:
        for event, element in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
            tag = element.tag.rpartition("}")[2]
            if event == "start":
                depth += 1
                if depth > MAX_XML_DEPTH:
                    raise InputError(f"it nests deeper than {MAX_XML_DEPTH} levels, the most there is")
                if tag == "omm":
                    if record is not None:
                        raise InputError(f"OMM {index} holds another one")
                    record, index = {}, index + 1
                continue
            depth -= 1
            if tag == "omm" and record is not None:
                yield _place(source, index, record), _element_set(record)
                record = None
                element.clear()
            elif record is not None and tag.isupper() and tag not in ("COMMENT", "USER_DEFINED"):
                if tag in record:
                    raise InputError(f"OMM {index}: {tag} stands there twice")
                record[tag] = (element.text or "").strip()
                if tag in _UNITS and "units" in element.attrib:
                    record[f"{tag} unit"] = element.attrib["units"]
    except InputError as error:
        yield source, error
    except DefusedXmlException as error:
        yield source, InputError(f"document types and entities are refused: {type(error).__name__}")
    except (ParseError, ValueError, LookupError) as error:  # the last two: an unknown encoding
        yield source, InputError(f"it is not XML: {error}")


def _element_set(record: Mapping[str, Any]) -> ElementSet | InputError:
    """An element set from OMM keywords; the values are text or CSV cells."""
    try:
        for key, allowed in _METADATA.items():
            value = str(record.get(key) or "").strip().upper()
            if value and value not in allowed:
                raise InputError(f"{key} is {value[:40]!r}; SGP4 works with {' or '.join(sorted(allowed))}")
        for key, unit in _UNITS.items():
            if (stated_unit := str(record.get(f"{key} unit", unit)).strip().lower()) != unit:
                raise InputError(f"the unit of {key} is {stated_unit[:40]!r}; it is {unit}")
        return ElementSet(
            catalog_number=_value(record, "NORAD_CAT_ID", _whole),
            name=_text(record, "OBJECT_NAME"),
            object_id=_text(record, "OBJECT_ID"),
            epoch=_value(record, "EPOCH", lambda _, text: parse_omm_epoch(text)),
            mean_motion_rev_day=_value(record, "MEAN_MOTION", _number),
            eccentricity=_value(record, "ECCENTRICITY", _number),
            inclination_deg=_value(record, "INCLINATION", _number),
            ra_of_asc_node_deg=_value(record, "RA_OF_ASC_NODE", _number),
            arg_of_pericenter_deg=_value(record, "ARG_OF_PERICENTER", _number),
            mean_anomaly_deg=_value(record, "MEAN_ANOMALY", _number),
            bstar=_value(record, "BSTAR", _number),
            mean_motion_dot=_value(record, "MEAN_MOTION_DOT", _number, "0"),
            mean_motion_ddot=_value(record, "MEAN_MOTION_DDOT", _number, "0"),
            revolution_at_epoch=_value(record, "REV_AT_EPOCH", _whole, "0"),
            element_set_number=_value(record, "ELEMENT_SET_NO", _whole, "0"),
            classification=_text(record, "CLASSIFICATION_TYPE") or "U",
            ephemeris_type=_value(record, "EPHEMERIS_TYPE", _whole, "0"),
        )
    except InputError as error:
        return error


def _value(record: Mapping[str, Any], key: str, convert: Callable[[str, str], T], default: str | None = None) -> T:
    cell = record.get(key)
    text = "" if cell is None else str(cell).strip()
    if not text:
        if default is None:
            raise InputError(f"{key} is missing; an element set for SGP4 has it")
        text = default
    return convert(key, text)


def _number(key: str, text: str) -> float:
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        raise InputError(f"{key} is {text[:40]!r}; it is a decimal number")
    return float(text)


def _whole(key: str, text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise InputError(f"{key} is {text[:40]!r}; it is a whole number of at most ten digits")
    return int(text)


def _text(record: Mapping[str, Any], key: str) -> str:
    cell = record.get(key)
    cell = "" if cell is None else cell
    if not isinstance(cell, str):
        raise InputError(f"{key} is {str(cell)[:40]!r}; it is text")
    text = cell.strip()
    if len(text) > 80 or not text.isprintable():
        raise InputError(f"{key} is longer than 80 characters or not printable")
    return text


def _place(source: str, index: int, record: Mapping[str, Any]) -> str:
    name = str(record.get("OBJECT_NAME") or record.get("NORAD_CAT_ID") or "").strip()
    shown = "".join(c for c in name[:40] if c.isprintable())
    return f"{source} OMM {index}" + (f" ({shown})" if shown else "")


def _no_constant(name: str) -> NoReturn:
    raise InputError(f"it holds {name}, which is not JSON and not a number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if (twice := _first_repeated([key for key, _ in pairs])) is not None:
        raise InputError(f"{twice[:40]!r} stands twice in one object")
    return dict(pairs)


def _first_repeated(names: list[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
