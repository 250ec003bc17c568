"""TLE files with two or three lines per set, parsed strictly: the sgp4 package accepts most of what is refused here.

Columns after T.S. Kelso's description of the format; Alpha-5 after Space-Track's.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache

from passplan.domain.elements import ElementSet
from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.formats.parsed import NOT_WANTED, Deviation, Parsed, Wanted
from passplan.formats.times import day_of_year

_LENGTH = 69
_LONGEST_NAME = 80  # as in an OMM
_CHUNK = 2**20  # characters
_LINE_1 = re.compile(
    r"1 (?P<number>[ 0-9A-Z][ 0-9]{3}[0-9])(?P<class>[A-Z ]) (?P<object>[0-9A-Z ]{8})"
    r" (?P<year>\d{2})(?P<day>[ \d]{2}\d)\.(?P<fraction>\d{8}) (?P<dot>[ +0-]\.\d{8})"
    r" (?P<ddot>[ +-]\d{5}[+-]\d) (?P<bstar>[ +-]\d{5}[+-]\d)"
    r" (?P<type>[ \d]) (?P<set>[ \d]{4})(?P<checksum>\d?)",
    re.ASCII,
)
_LINE_2 = re.compile(
    r"2 (?P<number>[ 0-9A-Z][ 0-9]{3}[0-9]) (?P<inclination>[ \d]{3}\.\d{4}) (?P<node>[ \d]{3}\.\d{4})"
    r" (?P<eccentricity>[ \d]{6}\d) (?P<pericenter>[ \d]{3}\.\d{4}) (?P<anomaly>[ \d]{3}\.\d{4})"
    r" (?P<motion>[ \d]{2}\.\d{8})(?P<revolution>[ \d]{5})(?P<checksum>\d?)",
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
_NUMBERS = {"number", "day", "set", "inclination", "node", "eccentricity", "pericenter", "anomaly", "motion"}
_NUMBERS |= {"revolution"}
_ALPHA_5 = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # no I, no O; A is 10


def read_tle(text: str, source: str, wanted: Wanted = None) -> Iterator[Parsed]:
    """Each set of a TLE file, or the reason why it is invalid, with its place. Sets of other satellites are skipped."""
    name, name_at = "", 0
    line_1, line_1_at = "", 0
    for at, line in enumerate(_lines(text), start=1):
        line = line.strip()
        if not line or line[0] == "#":
            continue
        kind = line[:2] if len(line) > 24 else ""  # shorter lines are names: most have at most 24 columns
        if kind == "2 " and line_1:
            if _is_wanted(line_1[2:7], wanted):
                yield from _set_of(line_1, line_1_at, line, at, name, source)
            else:
                yield NOT_WANTED
            name = line_1 = ""
            continue
        if line_1:
            yield _without_line_2(source, line_1_at)
            name = line_1 = ""
        if kind == "2 ":
            mistake = Message(
                "tle_without_line_1", "this is a line 2 without its line 1; each set is a line 1 and then its line 2"
            )
            yield f"{source} line {at}", InputError(mistake)
            name = ""
        elif kind == "1 ":
            line_1, line_1_at = line, at
        else:
            if name:
                yield _without_set(source, name_at, name)
            name, name_at = line.removeprefix("0 ").strip(), at
    if line_1:
        yield _without_line_2(source, line_1_at)
    elif name:
        yield _without_set(source, name_at, name)


def _lines(text: str) -> Iterator[str]:
    """The lines of a text, of which a part is split at a time: a million lines need 130 MB."""
    text = text.replace("\xa0", " ")  # no-break spaces, as web pages have them
    start = 0
    while start < len(text):
        end = text.find("\n", start + _CHUNK) + 1 or len(text)
        yield from text[start:end].splitlines()
        start = end


def _is_wanted(number: str, wanted: Wanted) -> bool:
    """Whether a set is to be built: its satellite is wanted, or its number cannot be read, which is a mistake."""
    try:
        return wanted is None or _catalog_number(number) in wanted
    except ValueError:
        return True


def _set_of(line_1: str, line_1_at: int, line_2: str, line_2_at: int, name: str, source: str) -> Iterator[Parsed]:
    parsed = _parse(line_1, line_2, name)
    yield f"{source} line {line_2_at if isinstance(parsed, _Line2Error) else line_1_at}", parsed
    if isinstance(parsed, ElementSet):
        if len(line_1) < _LENGTH:
            yield f"{source} line {line_1_at}", Deviation.NO_CHECKSUM
        if line_1[33] == "0":
            yield f"{source} line {line_1_at}", Deviation.ZERO_IN_DERIVATIVE
        if line_2[26] == " ":
            yield f"{source} line {line_2_at}", Deviation.BLANKS_IN_ECCENTRICITY


def _without_line_2(source: str, at: int) -> Parsed:
    mistake = Message("tle_without_line_2", "this line 1 is not followed by its line 2")
    return f"{source} line {at}", InputError(mistake)


def _without_set(source: str, at: int, name: str) -> Parsed:
    mistake = Message("tle_name_alone", "%(name)r is not followed by the line 1 of a set", name=name[:40])
    return f"{source} line {at}", InputError(mistake)


class _Line2Error(InputError):
    """A mistake in the second line of a set."""


def _parse(line_1: str, line_2: str, name: str) -> ElementSet | InputError:
    # One line without a checksum has lost a digit; two lines come from an archive without checksums.
    has_checksums = not len(line_1) == len(line_2) == _LENGTH - 1
    try:
        first = _fields(line_1, _LINE_1, _FIELDS_1, _TEMPLATE_1, has_checksum=has_checksums)
    except InputError as error:
        return error
    try:
        second = _fields(line_2, _LINE_2, _FIELDS_2, _TEMPLATE_2, has_checksum=has_checksums)
    except InputError as error:
        return _Line2Error(*error.messages)
    try:
        return _element_set(first, second, name)
    except InputError as error:
        return error
    except ValueError:
        if (mistake := _blank_inside(first, second)) is None:
            raise
        return mistake


def _element_set(first: re.Match[str], second: re.Match[str], name: str) -> ElementSet:
    """The set of two lines with valid columns.

    Raises:
        InputError: for a value out of bounds.
        ValueError: for a number with a blank inside.
    """
    number, classification, object_id, year, day, fraction, dot, ddot, bstar, kind, set_number, _ = first.groups()
    number_2, inclination, node, eccentricity, pericenter, anomaly, motion, revolution, _ = second.groups()
    if number != number_2:
        raise _blank_inside(first, second) or InputError(
            Message(
                "tle_of_two_satellites",
                "line 1 is of satellite %(first)s and line 2 of %(second)s; both lines are of one satellite",
                first=number.strip(),
                second=number_2.strip(),
            )
        )
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise InputError(
            Message(
                "tle_name",
                "the name before it is longer than %(most)s characters or not printable",
                most=_LONGEST_NAME,
            )
        )
    return ElementSet(
        catalog_number=_catalog_number(number),
        name=name,
        object_id=_object_id(object_id),
        epoch=_day(year, day) + timedelta(microseconds=int(fraction) * 864),
        mean_motion_rev_day=float(motion),
        eccentricity=float(f"{eccentricity.lstrip()}e-7"),
        inclination_deg=float(inclination),
        ra_of_asc_node_deg=float(node),
        arg_of_pericenter_deg=float(pericenter),
        mean_anomaly_deg=float(anomaly),
        bstar=_exponential(bstar),
        mean_motion_dot=float(dot),
        mean_motion_ddot=_exponential(ddot),
        revolution_at_epoch=int(revolution.strip() or 0),
        element_set_number=int(set_number.strip() or 0),
        classification=classification.strip() or "U",
        ephemeris_type=int(kind.strip() or 0),
    )


def _fields(
    line: str, pattern: re.Pattern[str], fields: _Fields, template: str, *, has_checksum: bool
) -> re.Match[str]:
    if has_checksum and len(line) != _LENGTH:
        raise InputError(
            Message(
                "tle_columns",
                "it has %(columns)s columns; a TLE line has %(right)s",
                columns=len(line),
                right=_LENGTH,
            )
        )
    match = pattern.fullmatch(line)
    if match is None:
        raise InputError(_first_wrong(line, pattern, fields, template))
    if has_checksum and (checksum := _checksum(line)) != int(line[-1]):
        raise InputError(
            Message(
                "tle_checksum",
                "the checksum is %(checksum)s, and the line ends in %(last)s (column %(column)s)",
                checksum=checksum,
                last=line[-1],
                column=_LENGTH,
            )
        )
    return match


def _blank_inside(*lines: re.Match[str]) -> InputError | None:
    """The mistake of the first number that has a blank inside."""
    for kind, match in zip((InputError, _Line2Error), lines, strict=True):
        for field, text in match.groupdict().items():
            if field in _NUMBERS and " " in text.strip():
                return kind(
                    Message(
                        "tle_blank_inside",
                        "column %(column)s: %(field)s is %(text)r, with a blank inside",
                        column=match.start(field) + 1,
                        field=field,
                        text=text,
                    )
                )
    return None


def _first_wrong(line: str, pattern: re.Pattern[str], fields: _Fields, template: str) -> Message:
    """Name the first wrong field, by copying the line's fields into a valid line one by one."""
    ends = [start - 1 for start, _ in fields[1:]] + [_LENGTH]
    start, field, end = next(
        (start, field, end)
        for (start, field), end in zip(fields, ends, strict=True)
        if not pattern.fullmatch(line[:end] + template[end:])
    )
    text, expected = line[start - 1 : end], template[start - 1 : end].strip()
    foreign = next((place for place, character in enumerate(text) if not " " <= character <= "~"), None)
    if foreign is not None:
        return Message(
            "tle_foreign_character",
            "column %(column)s: %(field)s is %(text)r; in column %(place)s is %(character)s, and a TLE line has ASCII "
            "characters only",
            column=start,
            field=field,
            text=text.strip(),
            place=start + foreign,
            character=f"U+{ord(text[foreign]):04X} {unicodedata.name(text[foreign], '')}".strip(),
        )
    return Message(
        "tle_field",
        "column %(column)s: %(field)s is %(text)r, not as in a TLE (%(expected)r)",
        column=start,
        field=field,
        text=text.strip(),
        expected=expected,
    )


_WEIGHTS = bytes(c - 48 if 48 <= c <= 57 else c == ord("-") for c in range(256))  # digits count themselves, a minus 1


def _checksum(line: str) -> int:
    return sum(line[: _LENGTH - 1].encode("ascii").translate(_WEIGHTS)) % 10


@lru_cache(maxsize=512)  # most sets of a file are of few days
def _day(year: str, day: str) -> datetime:
    return day_of_year(int(year) + (1900 if year >= "57" else 2000), int(day))


def _catalog_number(text: str) -> int:
    """The number of its five columns.

    Raises:
        InputError: for a letter that Alpha-5 does not have.
        ValueError: for anything else, such as a blank inside.
    """
    if "A" <= text[0] <= "Z" and text[1:].isdigit():
        if text[0] not in _ALPHA_5:
            raise InputError(
                Message(
                    "tle_alpha_5",
                    "column 3: catalogue number is %(number)r; Alpha-5 has no letters I and O",
                    number=text,
                )
            )
        return (_ALPHA_5.index(text[0]) + 10) * 10_000 + int(text[1:])
    return int(text)


_OBJECT_ID = re.compile(r"(\d\d)(\d{3}[A-Z]{1,3}) *", re.ASCII)


@lru_cache(maxsize=2**14)  # a history has each many times
def _object_id(text: str) -> str:
    match = _OBJECT_ID.fullmatch(text)
    return f"{'19' if match[1] >= '57' else '20'}{match[1]}-{match[2]}" if match else ""


def _exponential(text: str) -> float:
    """` 17005-3` is 0.17005e-3: the point before the digits is implied."""
    if text[:6] == " 00000":  # most second derivatives
        return 0.0
    return float(f"{text[0]}.{text[1:6]}e{text[6:]}")
