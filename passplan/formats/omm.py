"""OMM files (CCSDS 502.0-B) in their four formats: JSON, CSV, XML and KVN."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn, TypeVar

from passplan.domain.elements import ElementSet
from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.formats.limits import MAX_XML_DEPTH, require_shallow_json
from passplan.formats.parsed import NOT_WANTED, Parsed, RestUnreadError, Wanted
from passplan.formats.times import parse_omm_epoch

T = TypeVar("T")

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"([+-]?\d{1,10})(\.0{0,10})?", re.ASCII)
_LONGEST_NUMBER = 60
_BLANKS = re.compile(r"[ \t\r\n]*")  # as JSON has them
_SEPARATORS = ",;\t"  # of CSV
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


def read_json(text: str, source: str, wanted: Wanted = None) -> Iterator[Parsed]:
    """Each OMM of a JSON file, or the reason why it is invalid.

    The file is an array, an object that contains one, a single OMM, or a sequence of these, such as one a line.

    Raises:
        InputError: quoting the error that a server sent instead of element sets.
    """
    require_shallow_json(source, text)
    index = 0
    try:
        for document in _documents(text):
            records = _records(document)
            if index == 0 and records == [document] and (sentence := _answer(document)):
                raise InputError(
                    Message(
                        "answer_without_element_set",
                        "%(source)s: there is no element set in it, but this answer: %(text)r",
                        source=source,
                        text=sentence,
                    )
                )
            for record in records:
                index += 1
                if isinstance(record, Mapping):
                    yield from _parsed(_place(source, index, record), record, wanted)
                else:
                    yield f"{source} OMM {index}", InputError("it is not an object with OMM keywords")
    except json.JSONDecodeError as error:
        where = f"{source} line {error.lineno} column {error.colno}"
        yield where, RestUnreadError(f"it is not JSON: {error.msg}")
    except RestUnreadError as error:
        yield source, error


def _documents(text: str) -> Iterator[Any]:
    """The JSON documents that follow each other in a text."""
    # Numbers stay text until they are checked: 1e999 and -0 are checked in one place.
    decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_no_constant, object_pairs_hook=_once)
    at = 0
    while (blanks := _BLANKS.match(text, at)) and (at := blanks.end()) < len(text):
        document, at = decoder.raw_decode(text, at)
        yield document


def _records(document: Any) -> list[Any]:
    """The records of an array, or of the only array in an object; or the document as a single record."""
    arrays = [document] if isinstance(document, list) else []
    if isinstance(document, Mapping) and "NORAD_CAT_ID" not in document:
        arrays = [value for value in document.values() if isinstance(value, list)]
    return arrays[0] if len(arrays) == 1 else [document]


def _answer(document: Any) -> str:
    """The sentence of a server that sends no element set."""
    answers = (document.get(key) for key in ("error", "message")) if isinstance(document, Mapping) else ()
    return next((answer.strip()[:200] for answer in answers if isinstance(answer, str)), "")


def is_csv(text: str) -> bool:
    """Whether a text begins with a line of OMM keywords, as CSV does."""
    head = _first_line(text)
    return "NORAD_CAT_ID" in head.upper() and any(separator in head for separator in _SEPARATORS)


def _first_line(text: str) -> str:
    return next(iter(text[:4096].lstrip().splitlines()), "")


def read_csv(text: str, source: str, wanted: Wanted = None) -> Iterator[Parsed]:
    """Each row of a CSV file with OMM keywords as its head, or the reason why it is invalid.

    Commas, semicolons or tabs separate the columns.
    """
    separator = max(_SEPARATORS, key=_first_line(text).count)
    rows = csv.reader(io.StringIO(text, newline=None), delimiter=separator, strict=True)  # None: CR ends lines, too
    try:
        head = [cell.strip().upper() for cell in next(row for row in rows if any(cell.strip() for cell in row))]
        if (twice := _first_repeated(head)) is not None:
            yield f"{source} line {rows.line_num}", RestUnreadError(f"the column {twice!r} stands there twice")
            return
        for row in rows:
            where = f"{source} line {rows.line_num}"
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(head):
                yield where, InputError(f"it has {len(row)} columns; the head has {len(head)}")
            else:
                yield from _parsed(where, dict(zip(head, row, strict=True)), wanted)
    except csv.Error as error:
        yield f"{source} line {rows.line_num}", RestUnreadError(f"it is not CSV: {error}")


def read_kvn(text: str, source: str, wanted: Wanted = None) -> Iterator[Parsed]:
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
                yield from _parsed(f"{source} line {started}", record, wanted)
            record, started = {}, number
        elif not started:
            yield where, RestUnreadError("it stands before CCSDS_OMM_VERS, which begins an OMM")
            return
        if not equals:
            yield where, RestUnreadError(f"{line[:40]!r} is not KEYWORD = value")
            return
        if key in record:
            yield where, RestUnreadError(f"{key} stands there twice")
            return
        if key in _UNITS and value.endswith("]"):
            value, _, unit = value[:-1].rpartition("[")
            record[f"{key} unit"] = unit
        record[key] = value
    if started:
        yield from _parsed(f"{source} line {started}", record, wanted)


def read_xml(data: bytes, source: str, wanted: Wanted = None) -> Iterator[Parsed]:
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
                    raise RestUnreadError(f"it nests deeper than {MAX_XML_DEPTH} levels, the most there is")
                if tag == "omm":
                    if record is not None:
                        raise RestUnreadError(f"OMM {index} holds another one")
                    record, index = {}, index + 1
                continue
            depth -= 1
            if tag == "omm" and record is not None:
                yield from _parsed(_place(source, index, record), record, wanted)
                record = None
                element.clear()
            elif record is not None and tag.isupper() and tag not in ("COMMENT", "USER_DEFINED"):
                if tag in record:
                    raise RestUnreadError(f"OMM {index}: {tag} stands there twice")
                record[tag] = (element.text or "").strip()
                if tag in _UNITS and "units" in element.attrib:
                    record[f"{tag} unit"] = element.attrib["units"]
    except RestUnreadError as error:
        yield source, error
    except DefusedXmlException as error:
        yield source, RestUnreadError(f"document types and entities are refused: {type(error).__name__}")
    except (ParseError, ValueError, LookupError) as error:  # the last two: an unknown encoding
        yield source, RestUnreadError(f"it is not XML: {error}")


def _parsed(where: str, record: Mapping[str, Any], wanted: Wanted) -> Iterator[Parsed]:
    """The element set of a record; nothing for a placeholder, which has a name and nothing else."""
    number = str(record.get("NORAD_CAT_ID") or "").strip()
    if not number and _is_placeholder(record):
        return
    match = _WHOLE.fullmatch(number)
    is_other = wanted is not None and match is not None and int(match[1]) not in wanted
    yield NOT_WANTED if is_other else (where, _element_set(record))


def _is_placeholder(record: Mapping[str, Any]) -> bool:
    keys = [key for key, value in record.items() if value is not None and str(value).strip()]
    return bool(keys) and all(key.endswith("NAME") for key in keys)  # such as AMSAT_NAME


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
    match = _WHOLE.fullmatch(text)
    if match is None:
        raise InputError(f"{key} is {text[:40]!r}; it is a whole number of at most ten digits")
    return int(match[1])


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
    raise RestUnreadError(f"it holds {name}, which is not JSON and not a number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if (twice := _first_repeated([key for key, _ in pairs])) is not None:
        raise RestUnreadError(f"{twice[:40]!r} stands twice in one object")
    return dict(pairs)


def _first_repeated(names: list[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
