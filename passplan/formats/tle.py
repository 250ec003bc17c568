"""TLE files with two or three lines per set, parsed strictly: the sgp4 package accepts most of what is refused here.

Columns after T.S. Kelso's description of the format; Alpha-5 after Space-Track's.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

from passplan.domain.elements import ElementSet
from passplan.domain.errors import InputError
from passplan.formats.times import day_of_year

Parsed = tuple[str, ElementSet | InputError]  # the place, and the set or its mistake

_LENGTH = 69
_LINE_1 = re.compile(
    r"1 (?P<number>[ 0-9A-Z][ 0-9]{3}[0-9])(?P<class>[A-Z ]) (?P<object>[0-9A-Z ]{8})"
    r" (?P<year>\d{2})(?P<day>[ \d]{2}\d)\.(?P<fraction>\d{8}) (?P<dot>[ +-]\.\d{8})"
    r" (?P<ddot>[ +-]\d{5}[+-]\d) (?P<bstar>[ +-]\d{5}[+-]\d)"
    r" (?P<type>[ \d]) (?P<set>[ \d]{4})(?P<checksum>\d)",
    re.ASCII,
)
_LINE_2 = re.compile(
    r"2 (?P<number>[ 0-9A-Z][ 0-9]{3}[0-9]) (?P<inclination>[ \d]{3}\.\d{4}) (?P<node>[ \d]{3}\.\d{4})"
    r" (?P<eccentricity>\d{7}) (?P<pericenter>[ \d]{3}\.\d{4}) (?P<anomaly>[ \d]{3}\.\d{4})"
    r" (?P<motion>[ \d]{2}\.\d{8})(?P<revolution>[ \d]{5})(?P<checksum>\d)",
    re.ASCII,
)
# Where each field of a line begins (columns from 1), to name the first that is wrong.
_Fields = tuple[tuple[int, str], ...]
_FIELDS_1: _Fields = (
    (1, "line number"),
    (3, "catalogue number"),
    (10, "international designator"),
    (19, "epoch"),
    (34, "mean motion derivative"),
    (45, "second derivative"),
    (54, "BSTAR"),
    (63, "ephemeris type"),
    (65, "element set number"),
    (69, "checksum"),
)
_FIELDS_2: _Fields = (
    (1, "line number"),
    (3, "catalogue number"),
    (9, "inclination"),
    (18, "right ascension of the node"),
    (27, "eccentricity"),
    (35, "argument of pericenter"),
    (44, "mean anomaly"),
    (53, "mean motion"),
    (64, "revolution number"),
    (69, "checksum"),
)
_TEMPLATE_1 = "1 25544U 98067A   26211.86173118  .00009023  00000+0  17005-3 0  9996"
_TEMPLATE_2 = "2 25544  51.6314  83.9591 0007096 355.3737   4.7185 15.49272805578527"
_NUMBERS = {"number", "day", "set", "inclination", "node", "pericenter", "anomaly", "motion", "revolution"}
_ALPHA_5 = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # no I, no O; A is 10


def read_tle(text: str, source: str) -> Iterator[Parsed]:
    """Each set of a TLE file, or the reason why it is invalid, with its place."""
    name, name_at = "", 0
    lines = [(number, line.rstrip()) for number, line in enumerate(text.splitlines(), start=1)]
    lines = [(number, line) for number, line in lines if line.strip() and not line.lstrip().startswith("#")]
    at = 0
    while at < len(lines):
        number, line = lines[at]
        at += 1
        where = f"{source} line {number}"
        if _is_data(line, "2"):
            yield where, InputError("this is a line 2 without its line 1; each set is a line 1 and then its line 2")
            name = ""
        elif _is_data(line, "1"):
            following_at, following = lines[at] if at < len(lines) else (0, "")
            if _is_data(following, "2"):
                at += 1
                parsed = _parse(line, following, name)
                yield f"{source} line {following_at}" if isinstance(parsed, _Line2Error) else where, parsed
            else:
                yield where, InputError("this line 1 is not followed by its line 2")
            name = ""
        else:
            if name:
                yield f"{source} line {name_at}", InputError(f"{name[:40]!r} is not followed by the line 1 of a set")
            name, name_at = line.strip().removeprefix("0 ").strip(), number
    if name:
        yield f"{source} line {name_at}", InputError(f"{name[:40]!r} is not followed by the line 1 of a set")


def _is_data(line: str, number: str) -> bool:
    return line.startswith(f"{number} ") and len(line) > 24  # a name has at most 24 columns


class _Line2Error(InputError):
    """A mistake in the second line of a set."""


def _parse(line_1: str, line_2: str, name: str) -> ElementSet | InputError:
    try:
        first = _fields(line_1, _LINE_1, _FIELDS_1, _TEMPLATE_1)
        try:
            second = _fields(line_2, _LINE_2, _FIELDS_2, _TEMPLATE_2)
        except InputError as error:
            return _Line2Error(*error.messages)
        if first["number"] != second["number"]:
            raise InputError(
                f"line 1 is of satellite {first['number'].strip()} and line 2 of {second['number'].strip()}; "
                "both lines are of one satellite"
            )
        if len(name) > 40 or not name.isprintable():
            raise InputError("the name before it is longer than 40 characters or not printable")
        year = int(first["year"])
        day = day_of_year(year + (1900 if year >= 57 else 2000), int(first["day"]))
        return ElementSet(
            catalog_number=_catalog_number(first["number"]),
            name=name,
            object_id=_object_id(first["object"]),
            epoch=day + timedelta(microseconds=int(first["fraction"]) * 864),
            mean_motion_rev_day=float(second["motion"]),
            eccentricity=float("0." + second["eccentricity"]),
            inclination_deg=float(second["inclination"]),
            ra_of_asc_node_deg=float(second["node"]),
            arg_of_pericenter_deg=float(second["pericenter"]),
            mean_anomaly_deg=float(second["anomaly"]),
            bstar=_exponential(first["bstar"]),
            mean_motion_dot=float(first["dot"].replace(" ", "")),
            mean_motion_ddot=_exponential(first["ddot"]),
            revolution_at_epoch=int(second["revolution"].strip() or 0),
            element_set_number=int(first["set"].strip() or 0),
            classification=first["class"].strip() or "U",
            ephemeris_type=int(first["type"].strip() or 0),
        )
    except InputError as error:
        return error


def _fields(line: str, pattern: re.Pattern[str], fields: _Fields, template: str) -> dict[str, str]:
    if len(line) != _LENGTH:
        raise InputError(f"it has {len(line)} columns; a TLE line has {_LENGTH}")
    match = pattern.fullmatch(line)
    if match is None:
        raise InputError(_first_wrong(line, pattern, fields, template))
    values = match.groupdict()
    for field in values:
        if field in _NUMBERS and " " in values[field].strip():
            raise InputError(f"column {match.start(field) + 1}: {field} is {values[field]!r}, with a blank inside")
    if (checksum := _checksum(line)) != int(values["checksum"]):
        raise InputError(f"the checksum is {checksum}, and the line ends in {values['checksum']} (column {_LENGTH})")
    return values


def _first_wrong(line: str, pattern: re.Pattern[str], fields: _Fields, template: str) -> str:
    """Name the first wrong field, by copying the line's fields into a valid line one by one."""
    ends = [start - 1 for start, _ in fields[1:]] + [_LENGTH]
    for (start, field), end in zip(fields, ends, strict=True):
        if not pattern.fullmatch(line[:end] + template[end:]):
            text, expected = line[start - 1 : end].strip(), template[start - 1 : end].strip()
            return f"column {start}: {field} is {text!r}, not as in a TLE ({expected!r})"
    return "it is not laid out as a TLE line"


def _checksum(line: str) -> int:
    return sum(int(c) if c.isdigit() else c == "-" for c in line[: _LENGTH - 1]) % 10


def _catalog_number(text: str) -> int:
    text = text.strip()
    if text[0].isalpha():
        if text[0] not in _ALPHA_5:
            raise InputError(f"column 3: catalogue number is {text!r}; Alpha-5 has no letters I and O")
        return (_ALPHA_5.index(text[0]) + 10) * 10_000 + int(text[1:])
    try:
        return int(text)
    except ValueError:
        raise InputError(f"column 3: catalogue number is {text!r}; it is digits") from None


def _object_id(text: str) -> str:
    text = text.strip()
    if not re.fullmatch(r"\d{5}[A-Z]{1,3}", text):
        return ""
    century = "19" if int(text[:2]) >= 57 else "20"
    return f"{century}{text[:2]}-{text[2:]}"


def _exponential(text: str) -> float:
    """` 17005-3` is 0.17005e-3: the point before the digits is implied."""
    sign = "-" if text[0] == "-" else ""
    return float(f"{sign}0.{text[1:6]}e{text[6:]}")
