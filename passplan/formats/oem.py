"""OEM files (CCSDS 502.0-B, versions 1 to 3): ephemerides, in KVN and XML, and the burns in their comments."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from passplan.domain.ephemeris import MOST_DEGREE, MOST_STATES, Ephemeris, Frame, Interpolation, State
from passplan.domain.errors import InputError
from passplan.domain.manoeuvres import Manoeuvre, ManoeuvreOrigin
from passplan.domain.span import Span
from passplan.formats.limits import MAX_XML_DEPTH
from passplan.formats.parsed import Parsed, RestUnreadError
from passplan.formats.times import parse_omm_epoch

_VERSIONS = {"1.0", "2.0", "3.0", "1", "2", "3"}
_FRAMES = {
    "EME2000": Frame.EME2000,
    "J2000": Frame.EME2000,
    "ICRF": Frame.ICRF,
    "GCRF": Frame.ICRF,
    "TEME": Frame.TEME,
    "ITRF": Frame.ITRF,
}
_ITRF = re.compile(r"ITRF[- ]?(?:\d{2}|\d{4})", re.ASCII)  # its realizations differ by centimetres
_HEADER = {"CCSDS_OEM_VERS", "CLASSIFICATION", "CREATION_DATE", "ORIGINATOR", "MESSAGE_ID"}
_METADATA = {
    "OBJECT_NAME",
    "OBJECT_ID",
    "CENTER_NAME",
    "REF_FRAME",
    "REF_FRAME_EPOCH",
    "TIME_SYSTEM",
    "START_TIME",
    "USEABLE_START_TIME",
    "USEABLE_STOP_TIME",
    "STOP_TIME",
    "INTERPOLATION",
    "INTERPOLATION_DEGREE",
}
_COORDINATES = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_ACCELERATIONS = ("X_DDOT", "Y_DDOT", "Z_DDOT")
_UNITS = dict.fromkeys(_COORDINATES[:3], "km") | dict.fromkeys(_COORDINATES[3:], "km/s")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eEdD][+-]?\d{1,3})?", re.ASCII)
_LONGEST_NUMBER = 60
_UNIT = re.compile(r"\s*\[[^\]]*\]$")
_USUAL_DEGREE = 11  # Hermite's through six states: where the file names none

# NASA's table of events: a name, the time of ignition in the year's days, and the change of velocity in m/s; the next
# line has it in ft/s, which is more exact.
_EVENT = re.compile(
    r"\s*(?P<name>\S.*?)\s+(?P<day>\d{3}):(?P<clock>\d{2}:\d{2}:\d{2}(?:\.\d+)?)\s+(?:\d+\s+)?(?P<m_s>\d+\.\d+)\b",
    re.ASCII,
)
_FEET = re.compile(r"\s*\((?P<ft_s>\d+\.\d+)\)", re.ASCII)
_M_PER_FT = 0.3048
_MOST_DAYS_OFF = 200  # between an event and the middle of its ephemeris, of which it takes the year


@dataclass(slots=True)
class _Block:
    """A segment of an OEM as text: metadata, comments and rows of states."""

    where: str
    metadata: dict[str, str] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)
    rows: list[tuple[str, list[str]]] = field(default_factory=list)  # where, and epoch with coordinates
    problem: InputError | None = None

    def refuse(self, where: str, reason: str) -> None:
        """Keep the first problem."""
        if self.problem is None:
            self.problem = InputError(f"{where}: {reason}" if where != self.where else reason)


def read_kvn(text: str, source: str) -> Iterator[Parsed]:
    """Each segment of the OEMs of a KVN file and the burns in its comments, or the reason why it is invalid."""
    header: dict[str, str] = {}
    block: _Block | None = None
    part = "header"  # then metadata, data, covariance
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        where = f"{source} line {number}"
        if not line:
            continue
        if line.startswith("COMMENT"):
            if block is not None:
                block.comments.append(raw.strip().removeprefix("COMMENT"))
        elif line == "META_START":
            if block is not None:
                yield from _segment(header, block)
            block, part = _Block(where), "metadata"
        elif line == "META_STOP":
            part = "data"
        elif line in ("COVARIANCE_START", "COVARIANCE_STOP"):
            part = "covariance" if line == "COVARIANCE_START" else "data"
        elif part == "covariance":
            continue
        elif line.startswith("CCSDS_OEM_VERS"):
            if block is not None:
                yield from _segment(header, block)
            header, block, part = {"CCSDS_OEM_VERS": line.partition("=")[2].strip()}, None, "header"
        elif part == "data" and block is not None:
            block.rows.append((where, line.split()))
        else:
            key, equals, value = (piece.strip() for piece in line.partition("="))
            known, record = (_HEADER, header) if block is None else (_METADATA, block.metadata)
            if not equals or key not in known or key in record:
                reason = (
                    f"{line[:40]!r} is not KEYWORD = value" if not equals else f"{key[:40]} is no keyword of an OEM"
                )
                reason = f"{key} stands there twice" if key in record else reason
                if block is None:
                    yield where, RestUnreadError(reason)
                    return
                block.refuse(where, reason)
            record[key] = value
    if block is not None:
        yield from _segment(header, block)
    else:
        yield source, InputError("it is an OEM without a segment; META_START begins one")


def read_xml(data: bytes, source: str) -> Iterator[Parsed]:
    """Each segment of the OEMs of an XML file and the burns in its comments, or the reason why it is invalid."""
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    header: dict[str, str] = {}
    block: _Block | None = None
    row: dict[str, str] | None = None
    is_covariance = False
    depth = index = 0
    try:
        for event, element in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
            tag = element.tag.rpartition("}")[2]
            if event == "start":
                depth += 1
                if depth > MAX_XML_DEPTH:
                    raise RestUnreadError(f"it nests deeper than {MAX_XML_DEPTH} levels, the most there is")
                if tag == "oem":
                    header = {"CCSDS_OEM_VERS": element.get("version", "")}
                elif tag == "segment":
                    index += 1
                    block = _Block(f"{source} segment {index}")
                elif tag == "stateVector":
                    row = {}
                elif tag == "covarianceMatrix":
                    is_covariance = True
                continue
            depth -= 1
            text = (element.text or "").strip()
            if tag == "covarianceMatrix":
                is_covariance = False
            elif is_covariance:
                continue
            elif tag == "COMMENT":
                if block is not None:
                    block.comments.append(element.text or "")
            elif tag == "stateVector" and row is not None and block is not None:
                where = f"{block.where} state {len(block.rows) + 1}"
                names = ("EPOCH", *_COORDINATES)
                missing = [name for name in names if name not in row]
                if missing:
                    block.refuse(where, f"{missing[0]} is missing")
                block.rows.append((where, [row.get(name, "") for name in names]))
                row = None
                element.clear()
            elif row is not None and block is not None:
                if tag in _UNITS and element.get("units", _UNITS[tag]).lower() != _UNITS[tag]:
                    block.refuse(
                        block.where, f"the unit of {tag} is {element.get('units', '')[:40]!r}; it is {_UNITS[tag]}"
                    )
                elif tag not in ("EPOCH", *_COORDINATES, *_ACCELERATIONS):
                    block.refuse(block.where, f"{tag[:40]} is no keyword of a state")
                row[tag] = text
            elif tag == "segment" and block is not None:
                yield from _segment(header, block)
                block = None
            elif tag.isupper() and block is not None:
                if tag not in _METADATA or tag in block.metadata:
                    block.refuse(block.where, f"{tag[:40]} is no keyword of an OEM, or stands there twice")
                block.metadata[tag] = text
            elif tag in _HEADER:
                header[tag] = text
        if not index:
            yield source, InputError("it is an OEM without a segment")
    except RestUnreadError as error:
        yield source, error
    except DefusedXmlException as error:
        yield source, RestUnreadError(f"document types and entities are refused: {type(error).__name__}")
    except (ParseError, ValueError, LookupError) as error:  # the last two: an unknown encoding
        yield source, RestUnreadError(f"it is not XML: {error}")


def _segment(header: Mapping[str, str], block: _Block) -> Iterator[Parsed]:
    """The ephemeris of a segment, and its burns."""
    name = block.metadata.get("OBJECT_NAME", "")
    where = f"{block.where} ({name[:40]})" if name.isprintable() and name else block.where
    try:
        if block.problem is not None:
            raise block.problem
        ephemeris = _ephemeris(header, block)
    except InputError as error:
        yield where, error
        return
    yield where, ephemeris
    for manoeuvre in _burns(block.comments, ephemeris):
        yield where, manoeuvre


def _ephemeris(header: Mapping[str, str], block: _Block) -> Ephemeris:
    metadata = block.metadata
    if (version := header.get("CCSDS_OEM_VERS", "")) not in _VERSIONS:
        raise InputError(f"the version is {version[:40]!r}; versions 1.0, 2.0 and 3.0 are read")
    center, system = _required(metadata, "CENTER_NAME"), _required(metadata, "TIME_SYSTEM")
    if center.upper() != "EARTH":
        raise InputError(f"CENTER_NAME is {center[:40]!r}; ephemerides around the EARTH are read")
    if system.upper() != "UTC":
        raise InputError(f"TIME_SYSTEM is {system[:40]!r}; ephemerides in UTC are read")
    if len(block.rows) > MOST_STATES:
        raise InputError(f"it has {len(block.rows):,} states; at most {MOST_STATES:,} are read")
    if len(block.rows) < 2:
        raise InputError(f"its number of states is {len(block.rows)}; an ephemeris needs 2")
    start, stop = _time(metadata, "START_TIME"), _time(metadata, "STOP_TIME")
    moments, states = [], []
    for where, cells in block.rows:
        moment, state = _state(where, cells)
        moments.append(moment)
        states.append(state)
    for (where, _), early, late in zip(block.rows[1:], moments, moments[1:], strict=False):
        if late < early:
            raise InputError(f"{where}: it is before the state before it; states are in order of time")
    first = max(moments[0], _time(metadata, "USEABLE_START_TIME") if "USEABLE_START_TIME" in metadata else start)
    last = min(moments[-1], _time(metadata, "USEABLE_STOP_TIME") if "USEABLE_STOP_TIME" in metadata else stop)
    if last <= first:
        raise InputError(
            f"it is usable from {first:%Y-%m-%dT%H:%M:%SZ} to {last:%Y-%m-%dT%H:%M:%SZ}, which is no time at all"
        )
    interpolation, degree = _interpolation(metadata)
    return Ephemeris(
        catalog_number=0,  # of an object id; `formats/elements.py` knows the numbers
        name=_text(metadata, "OBJECT_NAME"),
        object_id=_text(metadata, "OBJECT_ID"),
        originator=_text(header, "ORIGINATOR"),
        created=_time(header, "CREATION_DATE"),
        frame=_frame(_required(metadata, "REF_FRAME")),
        origin=moments[0],
        seconds=tuple((moment - moments[0]) / timedelta(seconds=1) for moment in moments),
        states=tuple(states),
        usable=Span(first, last),
        interpolation=interpolation,
        degree=degree,
    )


def _state(where: str, cells: list[str]) -> tuple[datetime, State]:
    if len(cells) not in (7, 10):
        raise InputError(f"{where}: it has {len(cells)} columns; a state has 7, or 10 with accelerations")
    try:
        moment = parse_omm_epoch(cells[0])
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    values = []
    for name, cell in zip(_COORDINATES, cells[1:7], strict=True):
        if len(cell) > _LONGEST_NUMBER or not _NUMBER.fullmatch(cell):
            raise InputError(f"{where}: {name} is {cell[:40]!r}; it is a decimal number")
        values.append(float(cell.replace("d", "e").replace("D", "E")))
    x, y, z, x_dot, y_dot, z_dot = values
    return moment, (x, y, z, x_dot, y_dot, z_dot)


def _frame(name: str) -> Frame:
    plain = name.upper()
    if _ITRF.fullmatch(plain):
        return Frame.ITRF
    if plain not in _FRAMES:
        raise InputError(f"REF_FRAME is {name[:40]!r}; it is one of {', '.join(_FRAMES)}")
    return _FRAMES[plain]


def _interpolation(metadata: Mapping[str, str]) -> tuple[Interpolation, int]:
    name = metadata.get("INTERPOLATION", "").upper()
    degree = _UNIT.sub("", metadata.get("INTERPOLATION_DEGREE", ""))
    if not name:
        return Interpolation.HERMITE, _USUAL_DEGREE
    if name not in set(Interpolation):
        raise InputError(f"INTERPOLATION is {name[:40]!r}; it is one of {', '.join(Interpolation)}")
    if not re.fullmatch(r"\d{0,3}", degree, re.ASCII) or degree == "0":
        raise InputError(f"INTERPOLATION_DEGREE is {degree[:40]!r}; beside INTERPOLATION it is a whole number above 0")
    return Interpolation(name), min(int(degree or _USUAL_DEGREE), MOST_DEGREE)


def _required(record: Mapping[str, str], key: str) -> str:
    if not (value := record.get(key, "")):
        raise InputError(f"{key} is missing; an OEM has it")
    return value


def _time(record: Mapping[str, str], key: str) -> datetime:
    return parse_omm_epoch(_required(record, key), key)


def _text(record: Mapping[str, str], key: str) -> str:
    text = record.get(key, "")
    if len(text) > 80 or not text.isprintable():
        raise InputError(f"{key} is longer than 80 characters or not printable")
    return text


def _burns(comments: list[str], ephemeris: Ephemeris) -> Iterator[Manoeuvre]:
    """The burns in NASA's table of events; launches and dockings change no velocity there."""
    middle = ephemeris.usable.start + 0.5 * (ephemeris.usable.end - ephemeris.usable.start)
    for number, line in enumerate(comments):
        match = _EVENT.match(line)
        if match is None or not 1 <= int(match["day"]) <= 366 or float(match["m_s"]) <= 0.0:
            continue
        if (time := _event_time(match["day"], match["clock"], middle)) is None:
            continue
        delta_v_m_s, digit_m_s = float(match["m_s"]), 0.1
        below = _FEET.match(comments[number + 1]) if number + 1 < len(comments) else None
        if below is not None:
            delta_v_m_s, digit_m_s = float(below["ft_s"]) * _M_PER_FT, 0.1 * _M_PER_FT
        yield Manoeuvre(
            catalog_number=ephemeris.catalog_number,
            time=time,
            delta_v_m_s=round(delta_v_m_s, 4),
            uncertainty_m_s=round(0.5 * digit_m_s, 4),
            name=" ".join(match["name"].split())[:80],
            object_id=ephemeris.object_id,
            origin=ManoeuvreOrigin.EPHEMERIS,
        )


def _event_time(day: str, clock: str, near: datetime) -> datetime | None:
    """The time of a day of the year, in the year in which it is nearest to a moment; None: there is none."""
    hours, minutes, seconds = clock.split(":")
    after = timedelta(days=int(day) - 1, hours=int(hours), minutes=int(minutes), seconds=float(seconds))
    times = [datetime(year, 1, 1, tzinfo=UTC) + after for year in (near.year - 1, near.year, near.year + 1)]
    nearest = min(times, key=lambda time: abs(time - near))
    return nearest if abs(nearest - near) < timedelta(days=_MOST_DAYS_OFF) else None
