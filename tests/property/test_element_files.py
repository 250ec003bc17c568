"""Element files as properties: no changed digit passes, nothing but a refusal comes out of rubbish, numbers survive."""

import gzip
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from passplan.domain.elements import Elements, ElementSet
from passplan.domain.errors import InputError
from passplan.formats.elements import read_elements
from tests.data import (
    DRESSES,
    IRIDIUM_TLE,
    ISS_LINE_1,
    ISS_LINE_2,
    ISS_RECORD,
    ISS_TLE,
    LEMUR_TLE,
    SOYUZ_RECORD,
    STATIONS_TLE,
    as_json_text,
    as_kvn,
    as_xml,
    with_checksum,
)

# --- a changed digit ---


@pytest.mark.fault(2)
@pytest.mark.parametrize("text", [ISS_TLE, LEMUR_TLE, IRIDIUM_TLE], ids=["iss", "lemur", "iridium"])
def test_every_single_digit_change_of_a_tle_is_refused(text: str) -> None:
    *_, line_1, line_2 = text.splitlines()
    good = f"{line_1}\n{line_2}\n"
    places = [place for place, character in enumerate(good) if character in "0123456789"]
    changed = [good[:p] + digit + good[p + 1 :] for p in places for digit in "0123456789" if digit != good[p]]
    taken = [c for c in changed if read_elements(c, "x.tle").sets]

    assert 1 == len(read_elements(good, "x.tle"))
    assert len(changed) > 9 * 90
    assert [] == taken


def test_every_digit_lost_or_doubled_is_refused() -> None:
    good = f"{ISS_LINE_1}\n{ISS_LINE_2}\n"
    places = [place for place, character in enumerate(good) if character in "0123456789"]
    changed = [good[:p] + good[p + 1 :] for p in places] + [good[:p] + good[p] + good[p:] for p in places]

    assert [] == [c for c in changed if read_elements(c, "x.tle").sets]


# --- rubbish ---


SAMPLES = [
    ISS_TLE.encode(),
    STATIONS_TLE.encode(),
    *(dress(ISS_RECORD).encode() for dress in DRESSES.values()),
    as_kvn(ISS_RECORD, SOYUZ_RECORD).encode(),
    as_xml(ISS_RECORD, SOYUZ_RECORD).encode(),
    ISS_TLE.encode("utf-16"),
    gzip.compress(STATIONS_TLE.encode()),
    as_json_text(ISS_RECORD, SOYUZ_RECORD)[1:-1].replace("}, {", "}\n{").encode(),
]

_scraps = st.sampled_from(
    [bytes([byte]) for byte in b"\x00\n\r \"',=<>&[]{}\\-9\xff"]
    + b"1e999|NaN|null|\xe2\x80\xa8|\xd9\xa1|<!DOCTYPE a>|&a;|9999-12-31|0000|".split(b"|")
)
_edits = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 12), _scraps | st.binary(max_size=4)), max_size=8
)


def outcome(data: bytes | str) -> Elements | None:
    """What the reader gives; None for a refusal. Anything else that it raises fails the test."""
    try:
        return read_elements(data, "x")
    except InputError:
        return None


def with_edits(data: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """The data with some bytes replaced by others here and there."""
    for where, removed, added in edits:
        place = int(where * len(data))
        data = data[:place] + added + data[place + removed :]
    return data


@given(st.binary(max_size=400))
def test_any_bytes_are_elements_or_a_refusal(data: bytes) -> None:
    found = outcome(data)

    assert found is None or (not found.sets and found.refused)


_ALPHABET = st.sampled_from(
    "[]{}<>\"'=,.:;&#%!?/\\-+ \n\r\t0123456789eE_ABCXYZabcxyz\u00e9\u0661\u2028\ufeff\U0001f6f0"
)


@given(
    st.text(_ALPHABET, max_size=200), st.sampled_from(["", "{", "[", "<", "CCSDS_OMM_VERS", "NORAD_CAT_ID,", "1 25544"])
)
def test_any_text_is_elements_or_a_refusal(text: str, head: str) -> None:
    found = outcome(head + text)

    assert found is None or (not found.sets and found.refused)


@given(st.sampled_from(SAMPLES), _edits)
@example(as_xml(ISS_RECORD).encode().replace(b"UTF-8", b"UTF-7"), [])
@settings(max_examples=400)
def test_a_damaged_file_is_elements_or_a_refusal(sample: bytes, edits: list[tuple[float, int, bytes]]) -> None:
    found = outcome(with_edits(sample, edits))

    assert found is None or found.sets or found.refused


_KEYS = st.sampled_from(sorted(ISS_RECORD))
_NUMBERS = ["", "0", "-0", "-1", "+1", "1", "500", "1.", ".", "e5", "1e6", "1e999", "-1e999", "1e-999", "NaN", "inf"]
_VALUES = st.sampled_from(
    [
        *_NUMBERS,
        "9" * 400,
        "1" * 11,
        "0" * 30,
        "x" * 81,
        "\u0661",
        "2026-366T00:00:00",
        "9999-12-31T23:59:59",
        "0001-01-01T00:00:00",
    ]
)


@pytest.mark.fault(4)
@given(st.sampled_from(sorted(set(DRESSES) - {"json_numbers"})), st.dictionaries(_KEYS, _VALUES, max_size=4))
def test_absurd_values_are_refused_or_finite(dress: str, absurd: dict[str, str]) -> None:
    found = outcome(DRESSES[dress]({**ISS_RECORD, **absurd}))

    assert found is not None
    assert 1 == len(found.sets) + len(found.refused)
    assert all(abs(value) < 1e9 for s in found for value in s.elements[1:])


_TLE_CHARACTERS = st.sampled_from(" 0123456789+-.AIOZU")
_replacements = st.lists(st.tuples(st.integers(2, 67), _TLE_CHARACTERS), max_size=5)


@given(_replacements, _replacements)
@example([], [(8, "5"), (9, " ")])
@settings(max_examples=400)
def test_a_damaged_tle_with_a_good_checksum_is_a_set_or_a_refusal(
    in_line_1: list[tuple[int, str]], in_line_2: list[tuple[int, str]]
) -> None:
    lines = []
    for line, replacements in ((ISS_LINE_1, in_line_1), (ISS_LINE_2, in_line_2)):
        damaged = line
        for place, character in replacements:
            damaged = damaged[:place] + character + damaged[place + 1 :]
        lines.append(with_checksum(damaged))
    found = outcome("\n".join(lines))

    assert found is not None
    assert 1 == len(found.sets) + len(found.refused)


# --- numbers that survive ---


class Columns(NamedTuple):
    """The numbers of a TLE as they stand in its columns: whole numbers, without their decimal points."""

    number: int
    launch_year: int
    launch: int
    year: int
    day: int
    fraction: int  # 1e-8 days
    dot: int  # 1e-8
    ddot: tuple[int, int]  # digits after the point, power of ten
    bstar: tuple[int, int]
    set_number: int
    inclination: int  # 1e-4 degrees
    node: int
    eccentricity: int  # 1e-7
    pericenter: int
    anomaly: int
    motion: int  # 1e-8 revolutions a day
    revolution: int


_powers = st.tuples(st.integers(-99_999, 99_999), st.integers(-9, 1))
_turns = st.integers(0, 3_600_000)
columns = st.builds(
    Columns,
    number=st.integers(0, 339_999),
    launch_year=st.integers(1957, 2056),
    launch=st.integers(0, 999),
    year=st.integers(1958, 2056),
    day=st.integers(1, 365),
    fraction=st.integers(0, 99_999_999),
    dot=st.integers(-99_999_999, 99_999_999),
    ddot=_powers,
    bstar=_powers,
    set_number=st.integers(0, 9999),
    inclination=st.integers(0, 1_800_000),
    node=_turns,
    eccentricity=st.integers(0, 9_999_999),
    pericenter=_turns,
    anomaly=_turns,
    motion=st.integers(1_000, 18 * 10**8),
    revolution=st.integers(0, 99_999),
)


def tle_text(c: Columns, *, padding: str, plus: str) -> str:
    """A TLE with these numbers. Blanks or zeros pad them, and a blank or a plus stands for no minus."""

    def whole(value: int, width: int) -> str:
        return str(value).rjust(width, padding)

    def decimal(value: int, width: int, places: int) -> str:
        before, after = divmod(value, 10**places)
        return f"{before}".rjust(width - places - 1, padding) + f".{after:0{places}}"

    def exponential(value: tuple[int, int]) -> str:
        digits, power = value
        return f"{'-' if digits < 0 else plus}{abs(digits):05}{'-' if power < 0 else '+'}{abs(power)}"

    letters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    number = whole(c.number, 5) if c.number < 100_000 else letters[c.number // 10_000] + f"{c.number % 10_000:04}"
    epoch = f"{c.year % 100:02}{whole(c.day, 3)}.{c.fraction:08}"
    dot = f"{'-' if c.dot < 0 else plus}.{abs(c.dot):08}"
    angles = [decimal(a, 8, 4) for a in (c.inclination, c.node, c.pericenter, c.anomaly)]
    line_1 = f"1 {number}U {c.launch_year % 100:02}{c.launch:03}A   {epoch} {dot} {exponential(c.ddot)}"
    line_1 += f" {exponential(c.bstar)} 0 {whole(c.set_number, 4)}"
    line_2 = (
        f"2 {number} {angles[0]} {angles[1]} {c.eccentricity:07} {angles[2]} {angles[3]} {decimal(c.motion, 11, 8)}"
    )
    line_2 += whole(c.revolution, 5)
    return f"{with_checksum(line_1)}\n{with_checksum(line_2)}\n"


def power(value: tuple[int, int]) -> float:
    """The float nearest to 0.ddddd times a power of ten."""
    digits, exponent = value
    return float(Fraction(digits) * Fraction(10) ** (exponent - 5))


@given(columns, st.sampled_from(" 0"), st.sampled_from(" +"))
@settings(max_examples=200)
def test_the_numbers_of_a_tle_survive_to_the_last_digit(c: Columns, padding: str, plus: str) -> None:
    found = read_elements(tle_text(c, padding=padding, plus=plus), "x.tle")
    expected = ElementSet(
        catalog_number=c.number,
        object_id=f"{c.launch_year}-{c.launch:03}A",
        epoch=datetime(c.year, 1, 1, tzinfo=UTC) + timedelta(days=c.day - 1, microseconds=864 * c.fraction),
        mean_motion_rev_day=float(Fraction(c.motion, 10**8)),
        eccentricity=float(Fraction(c.eccentricity, 10**7)),
        inclination_deg=float(Fraction(c.inclination, 10**4)),
        ra_of_asc_node_deg=float(Fraction(c.node, 10**4)),
        arg_of_pericenter_deg=float(Fraction(c.pericenter, 10**4)),
        mean_anomaly_deg=float(Fraction(c.anomaly, 10**4)),
        bstar=power(c.bstar),
        mean_motion_dot=float(Fraction(c.dot, 10**8)),
        mean_motion_ddot=power(c.ddot),
        revolution_at_epoch=c.revolution,
        element_set_number=c.set_number,
    )

    assert Elements((expected,)) == found


@given(columns)
@settings(max_examples=100)
def test_a_tle_and_an_omm_of_the_same_numbers_are_the_same_set(c: Columns) -> None:
    [from_tle] = read_elements(tle_text(c, padding=" ", plus=" "), "x.tle")
    record = {
        "OBJECT_NAME": "",
        "OBJECT_ID": f"{c.launch_year}-{c.launch:03}A",
        "EPOCH": from_tle.epoch.isoformat().removesuffix("+00:00"),
        "MEAN_MOTION": f"{c.motion // 10**8}.{c.motion % 10**8:08}",
        "ECCENTRICITY": f".{c.eccentricity:07}",
        "INCLINATION": f"{c.inclination}E-4",
        "RA_OF_ASC_NODE": f"{c.node}E-4",
        "ARG_OF_PERICENTER": f"{c.pericenter}E-4",
        "MEAN_ANOMALY": f"{c.anomaly}E-4",
        "NORAD_CAT_ID": f"{c.number}",
        "ELEMENT_SET_NO": f"{c.set_number}",
        "REV_AT_EPOCH": f"{c.revolution}",
        "BSTAR": f"{c.bstar[0]}E{c.bstar[1] - 5}",
        "MEAN_MOTION_DOT": f"{c.dot}E-8",
        "MEAN_MOTION_DDOT": f"{c.ddot[0]}E{c.ddot[1] - 5}",
    }

    assert {name: Elements((from_tle,)) for name in DRESSES} == {
        name: read_elements(dress(record), "x") for name, dress in DRESSES.items()
    }
