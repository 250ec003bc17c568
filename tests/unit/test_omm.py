"""OMM files in their four dresses, and the traps that JSON and XML can hold."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from passplan.domain.elements import Elements
from passplan.domain.errors import InputError
from passplan.formats.elements import load_elements, read_elements
from tests.data import (
    CSV_HEAD,
    DRESSES,
    ISS,
    ISS_RECORD,
    ISS_ROW,
    ISS_TLE,
    SOYUZ_RECORD,
    SOYUZ_ROW,
    as_csv,
    as_json_numbers,
    as_json_text,
    as_kvn,
    as_xml,
    as_xml_alone,
)
from tests.growth import linear_work

ISS_CSV = f"{CSV_HEAD}\r\n{ISS_ROW}\r\n"
REQUIRED = (
    "NORAD_CAT_ID",
    "EPOCH",
    "MEAN_MOTION",
    "ECCENTRICITY",
    "INCLINATION",
    "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER",
    "MEAN_ANOMALY",
    "BSTAR",
)

# The CCSDS book's example 1 (Orekit's test file OMMExample1.txt), with a day-of-year epoch and a padded set number.
GOES_KVN = """\
CCSDS_OMM_VERS  = 3.0
CREATION_DATE   = 2007-065T16:00:00
ORIGINATOR      = NOAA/USA

OBJECT_NAME     = GOES 9
OBJECT_ID       = 1995-025A
CENTER_NAME     = EARTH
REF_FRAME       = TEME
TIME_SYSTEM     = UTC
MEAN_ELEMENT_THEORY = SGP/SGP4

EPOCH             = 2007-064T10:34:41.4264
MEAN_MOTION       = 1.00273272
ECCENTRICITY      = 0.0005013
INCLINATION       =   3.0539
RA_OF_ASC_NODE    =  81.7939
ARG_OF_PERICENTER = 249.2363
MEAN_ANOMALY      = 150.1602
GM                = 398600.8
EPHEMERIS_TYPE    = 0
CLASSIFICATION_TYPE = U
NORAD_CAT_ID      = 23581
ELEMENT_SET_NO    = 0925
REV_AT_EPOCH      = 4316
BSTAR             = 0.0001
MEAN_MOTION_DOT   = -0.00000113
MEAN_MOTION_DDOT  = 0.0
"""

every_dress = pytest.mark.parametrize("dress", sorted(DRESSES))


def the_refusal(data: str | bytes) -> str:
    """The one thing that is said about a file in which nothing is good."""
    found = read_elements(data, "x.omm")
    assert ((), 1) == (found.sets, len(found.refused))
    return str(found.refused[0])


def what_is_said(data: str | bytes) -> str:
    """What is said about a file that is refused, whether as a whole or set by set."""
    try:
        return the_refusal(data)
    except InputError as error:
        return str(error)


# --- the same set in every dress ---


def test_the_same_iss_set_as_csv_and_tle_is_equal() -> None:
    assert list(read_elements(ISS_TLE, "x.tle")) == list(read_elements(ISS_CSV, "x.csv"))


@every_dress
def test_every_dress_gives_the_same_set(dress: str) -> None:
    found = read_elements(DRESSES[dress](ISS_RECORD), "x")

    assert Elements((ISS,)) == found


@every_dress
def test_a_byte_order_mark_and_blank_lines_in_front_change_nothing(dress: str) -> None:
    text = DRESSES[dress](ISS_RECORD)
    marked = "\ufeff" + text
    spaced = text if dress in ("xml_alone", "xml_ndm") else "\n \n" + text

    assert Elements((ISS,)) == read_elements(marked, "x")
    assert Elements((ISS,)) == read_elements(spaced, "x")


@every_dress
def test_line_ends_change_nothing(dress: str) -> None:
    text = DRESSES[dress](ISS_RECORD).replace("\r\n", "\n")

    assert Elements((ISS,)) == read_elements(text, "x")
    assert Elements((ISS,)) == read_elements(text.replace("\n", "\r\n"), "x")


@pytest.mark.parametrize("dress", [as_csv, as_json_numbers, as_json_text, as_kvn, as_xml])
def test_a_file_of_two_sets_gives_both(dress: Callable[..., str]) -> None:
    found = read_elements(dress(ISS_RECORD, SOYUZ_RECORD), "x")

    assert [25544, 100057] == [s.catalog_number for s in found]
    assert () == found.refused


def test_a_lone_json_object_is_a_set() -> None:
    assert Elements((ISS,)) == read_elements(as_json_text(ISS_RECORD)[1:-1], "x")


def test_the_book_example_in_kvn_is_read() -> None:
    [goes] = read_elements(GOES_KVN, "x")

    assert (23581, "GOES 9", "1995-025A") == (goes.catalog_number, goes.name, goes.object_id)
    assert datetime(2007, 3, 5, 10, 34, 41, 426400, tzinfo=UTC) == goes.epoch
    assert (1.00273272, 0.0005013, 3.0539) == (goes.mean_motion_rev_day, goes.eccentricity, goes.inclination_deg)
    assert (925, 4316, -1.13e-6) == (goes.element_set_number, goes.revolution_at_epoch, goes.mean_motion_dot)


def test_an_empty_object_id_is_no_fault() -> None:
    # Orekit's OMM-empty-object-id.txt
    [goes] = read_elements(GOES_KVN.replace("= 1995-025A", "="), "x")

    assert "" == goes.object_id


def test_brackets_in_a_name_are_not_a_unit() -> None:
    # The name stands in CelesTrak's group "stations" of 2024-05-09.
    [debris] = read_elements(GOES_KVN.replace("GOES 9", "ISS DEB [SPX-28 IPA FSE]"), "x")

    assert "ISS DEB [SPX-28 IPA FSE]" == debris.name


def test_keywords_that_have_a_default_may_be_left_out() -> None:
    record = {key: ISS_RECORD[key] for key in REQUIRED}
    [found] = read_elements(as_kvn(record), "x")

    assert ISS.elements == found.elements
    assert ("", "", 0, 0, "U", 0) == (
        found.name,
        found.object_id,
        found.revolution_at_epoch,
        found.element_set_number,
        found.classification,
        found.ephemeris_type,
    )


def test_user_defined_parameters_are_stepped_over() -> None:
    # As Space-Track's NDM of 2024-01-01 has them, several with one tag.
    user = '<USER_DEFINED parameter="SEMIMAJOR_AXIS">6794.976</USER_DEFINED>'
    user += '<USER_DEFINED parameter="DECAY_DATE"></USER_DEFINED>'
    text = as_xml_alone(ISS_RECORD).replace("</data>", f"<userDefinedParameters>{user}</userDefinedParameters></data>")

    assert Elements((ISS,)) == read_elements(text, "x")


def test_xml_may_have_a_namespace() -> None:
    text = as_xml_alone(ISS_RECORD).replace("<omm ", '<omm xmlns="urn:ccsds:schema:ndmxml" ')

    assert Elements((ISS,)) == read_elements(text, "x")


@pytest.mark.parametrize(
    ("epoch", "microsecond"),
    [
        ("2026-07-30T20:40:53", 0),
        ("2026-07-30T20:40:53Z", 0),
        ("2026-07-30T20:40:53.5", 500_000),
        ("2026-211T20:40:53.573952", 573_952),
        ("2026-07-30T20:40:53.5739524999", 573_952),
    ],
)
def test_epochs_come_with_months_or_days_of_the_year(epoch: str, microsecond: int) -> None:
    [found] = read_elements(as_csv({**ISS_RECORD, "EPOCH": epoch}), "x")

    assert ISS.epoch.replace(microsecond=microsecond) == found.epoch


@pytest.mark.parametrize(
    "epoch",
    [
        "2026-07-30",
        "2026-07-30 20:40:53",
        "2026-13-01T00:00:00",
        "2026-400T00:00:00",
        "2026-07-30T20:40:53+02:00",
        "2026-07-30T20:40:60",
        "2026-07-30T23:58:60",
        "2026-07-30T23:59:61",
        "9999-12-31T23:59:60",
        "9999-12-31T23:59:59.9999999",
        "9999-366T00:00:00",
        "0001-000T00:00:00",
        "now",
    ],
)
def test_what_is_no_utc_epoch_is_refused(epoch: str) -> None:
    assert f"EPOCH is {epoch!r}" in the_refusal(as_csv({**ISS_RECORD, "EPOCH": epoch}))


@every_dress
def test_an_epoch_before_1958_is_refused_without_a_now_too(dress: str) -> None:
    said = the_refusal(DRESSES[dress]({**ISS_RECORD, "EPOCH": "1957-12-31T23:59:59.999999"}))

    assert "the epoch is 1957-12-31, before" in said


@pytest.mark.fault(22)
@pytest.mark.parametrize("epoch", ["2016-12-31T23:59:60", "2016-366T23:59:60.75Z"])
def test_a_leap_second_is_the_first_of_the_next_day(epoch: str) -> None:
    [found] = read_elements(as_csv({**ISS_RECORD, "EPOCH": epoch}), "x")

    assert datetime(2017, 1, 1, tzinfo=UTC) == found.epoch


# --- catalogue numbers ---


@pytest.mark.fault(17)
@every_dress
@pytest.mark.parametrize("number", [5, 25544, 100057, 270001, 339999, 340000, 999999999])
def test_catalogue_numbers_up_to_nine_digits_are_taken(dress: str, number: int) -> None:
    found = read_elements(DRESSES[dress]({**ISS_RECORD, "NORAD_CAT_ID": str(number)}), "x")

    assert Elements((replace(ISS, catalog_number=number),)) == found


@every_dress
@pytest.mark.parametrize("number", ["1234567890", "12345678901", "-1", "25544.5", "2.5544e4"])
def test_other_catalogue_numbers_are_refused(dress: str, number: str) -> None:
    said = the_refusal(DRESSES[dress]({**ISS_RECORD, "NORAD_CAT_ID": number}))

    assert "NORAD_CAT_ID" in said or "catalog_number" in said
    assert number in said


def test_the_bound_of_catalogue_numbers_is_shown_in_full() -> None:
    said = the_refusal(as_csv({**ISS_RECORD, "NORAD_CAT_ID": "1234567890"}))

    assert "it lies between 0 and 999999999" in said.replace(",", "")


@every_dress
@pytest.mark.parametrize("suffix", [".0", ".", ".000"])
def test_whole_numbers_with_a_decimal_point_are_taken(dress: str, suffix: str) -> None:
    if dress == "json_numbers" and suffix == ".":
        suffix = ".00"  # JSON has digits after the point
    whole = ("NORAD_CAT_ID", "REV_AT_EPOCH", "ELEMENT_SET_NO", "EPHEMERIS_TYPE")
    found = read_elements(DRESSES[dress](ISS_RECORD | {key: ISS_RECORD[key] + suffix for key in whole}), "x")

    assert Elements((ISS,)) == found


# --- forms of CSV and JSON ---


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("head", [CSV_HEAD, CSV_HEAD.lower(), f" {CSV_HEAD.title()} "])
def test_csv_comes_with_other_separators_line_ends_and_heads(head: str, separator: str, line_end: str) -> None:
    text = line_end.join([head, ISS_ROW, SOYUZ_ROW, ""]).replace(",", separator)
    found = read_elements(f"{line_end}{text}", "x")

    assert [25544, 100057] == [s.catalog_number for s in found]
    assert (ISS, ()) == (found[0], found.refused)


def test_a_refused_row_is_named_with_its_line_after_bare_cr() -> None:
    assert the_refusal(f"\r{CSV_HEAD}\r{ISS_ROW.replace('51.6314', 'x')}\r").startswith("x.omm line 3: INCLINATION")


@pytest.mark.parametrize(
    "text",
    [
        '{"data": %s}',
        '{"count": 2, "error": "", "member": %s, "view": {"first": 1}}',
        "%s\n",
    ],
)
@pytest.mark.parametrize("dress", [as_json_numbers, as_json_text])
def test_a_json_array_may_be_in_an_object(dress: Callable[..., str], text: str) -> None:
    found = read_elements(text.replace("%s", dress(ISS_RECORD, SOYUZ_RECORD)), "x")

    assert [25544, 100057] == [s.catalog_number for s in found]
    assert () == found.refused


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\n\n", "\r"])
def test_json_may_have_one_object_a_line(line_end: str) -> None:
    text = line_end.join(as_json_text(record)[1:-1] for record in (ISS_RECORD, SOYUZ_RECORD, {"EPOCH": "x"}))
    found = read_elements(text + line_end, "x")

    assert [25544, 100057] == [s.catalog_number for s in found]
    assert ["x OMM 3"] == [r.where for r in found.refused]


def test_json_lines_before_a_broken_one_are_kept() -> None:
    found = read_elements(as_json_text(ISS_RECORD)[1:-1] + '\n{"OBJECT_NAME": "ISS', "x")

    assert (ISS,) == found.sets
    assert [("x line 2 column 17", True)] == [(r.where, r.is_rest_unread) for r in found.refused]


@pytest.mark.parametrize("key", ["error", "message"])
def test_the_error_that_a_server_sends_is_quoted(key: str) -> None:
    # What Space-Track answers to too many queries.
    with pytest.raises(InputError) as refusal:
        read_elements(f'{{"{key}":"You\'ve violated your query rate limit. Please wait"}}', "x.json")

    assert (
        'x.json: there is no element set in it, but this answer: "You\'ve violated your query rate limit. Please wait"'
    ) == str(refusal.value)


@pytest.mark.parametrize("name_key", ["OBJECT_NAME", "AMSAT_NAME"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_placeholder_with_a_name_alone_is_no_record(name_key: str, value: str | None) -> None:
    # As AMSAT's daily bulletin has one of HYDRA-W.
    empty = {**dict.fromkeys(ISS_RECORD, value), name_key: "HYDRA-W"}
    found = read_elements(json.dumps([empty, ISS_RECORD]), "x")

    assert Elements((ISS,)) == found


def test_a_row_with_a_name_alone_is_no_record() -> None:
    found = read_elements(f"{CSV_HEAD}\n{ISS_ROW}\nHYDRA-W{',' * CSV_HEAD.count(',')}\n", "x")

    assert Elements((ISS,)) == found


@pytest.mark.parametrize("record", [{}, {"OBJECT_NAME": ""}, {"OBJECT_NAME": "X", "OBJECT_ID": "1998-067A"}])
def test_other_incomplete_records_are_refused(record: dict[str, str]) -> None:
    assert "NORAD_CAT_ID is missing" in the_refusal(json.dumps([record]))


@pytest.mark.parametrize("dress", [as_csv, as_json_numbers, as_json_text, as_kvn, as_xml])
def test_sets_of_other_satellites_are_skipped(dress: Callable[..., str]) -> None:
    bad = {**ISS_RECORD, "NORAD_CAT_ID": "5", "INCLINATION": "500"}
    found = read_elements(dress(bad, ISS_RECORD, SOYUZ_RECORD), "x", wanted={25544})

    assert Elements((ISS,)) == found


# --- numbers that are none ---


@pytest.mark.fault(4)
@every_dress
@pytest.mark.parametrize("key", ["MEAN_MOTION", "BSTAR", "MEAN_MOTION_DDOT"])
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_numbers_that_are_not_finite_are_refused(dress: str, key: str, value: str) -> None:
    said = what_is_said(DRESSES[dress]({**ISS_RECORD, key: value}))

    assert value in said or "inf" in said


@pytest.mark.parametrize("dress", sorted(set(DRESSES) - {"json_numbers"}))
@pytest.mark.parametrize("value", ["nan", "inf", "1,5", "1_5", "0x10", "15 .4", "١٥", "1d5", "--1", "15.4.", "true"])
def test_words_and_odd_numbers_are_refused(dress: str, value: str) -> None:
    record = {**ISS_RECORD, "MEAN_MOTION": f'"{value}"' if dress == "csv" else value}
    said = the_refusal(DRESSES[dress](record))

    assert f"MEAN_MOTION is {value!r}; it is a decimal number" in said


@pytest.mark.parametrize("value", ["true", "[15.5]", '{"value": 15.5}'])
def test_json_values_that_are_no_numbers_are_refused(value: str) -> None:
    text = as_json_text(ISS_RECORD).replace('"15.49272805"', value)

    assert "MEAN_MOTION" in the_refusal(text)


@pytest.mark.parametrize("value", ["null", '""', '"  "'])
def test_json_values_that_are_empty_count_as_missing(value: str) -> None:
    text = as_json_text(ISS_RECORD).replace('"15.49272805"', value)

    assert "MEAN_MOTION is missing" in the_refusal(text)


@pytest.mark.fault(5)
@every_dress
@pytest.mark.parametrize(
    ("key", "value", "bound"),
    [
        ("INCLINATION", "500", "inclination_deg is 500; it lies between 0 and 180"),
        ("INCLINATION", "-1", "inclination_deg is -1; it lies between 0 and 180"),
        ("ECCENTRICITY", "1", r"eccentricity is 1; it lies between 0 and 0\.9999999$"),
        ("ECCENTRICITY", "-0.1", "eccentricity is -0.1; it lies between 0 and"),
        ("MEAN_MOTION", "0", r"mean_motion_rev_day is 0; it lies between \S+ and 18$"),
        ("MEAN_MOTION", "-15", r"mean_motion_rev_day is -15; it lies between \S+ and 18$"),
        ("MEAN_MOTION", "19", r"mean_motion_rev_day is 19; it lies between \S+ and 18$"),
        ("BSTAR", "1e6", "bstar is 1000000; it lies between -10 and 10"),
        ("MEAN_ANOMALY", "361", "mean_anomaly_deg is 361; it lies between -360 and 360"),
        ("REV_AT_EPOCH", "-1", "revolution_at_epoch is -1; it lies between 0 and"),
    ],
)
def test_elements_out_of_bounds_are_refused_with_the_bound(dress: str, key: str, value: str, bound: str) -> None:
    assert re.search(bound, the_refusal(DRESSES[dress]({**ISS_RECORD, key: value})))


# --- units ---


@pytest.mark.parametrize(("key", "unit"), [("INCLINATION", "deg"), ("MEAN_MOTION", "rev/day"), ("BSTAR", "1/ER")])
@pytest.mark.parametrize("dress", ["kvn", "xml_alone", "xml_ndm"])
def test_units_other_than_the_standards_are_refused(dress: str, key: str, unit: str) -> None:
    text = DRESSES[dress](ISS_RECORD)
    brackets = ("[", "]") if dress == "kvn" else ('"', '"')
    other = text.replace(unit.join(brackets), "rad".join(brackets))

    assert f"the unit of {key} is 'rad'; it is {unit.lower()}" in the_refusal(other)


# --- other theories, frames and clocks ---


@every_dress
@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("CENTER_NAME", "MOON", "EARTH"),
        ("REF_FRAME", "EME2000", "TEME"),
        ("REF_FRAME", "ITRF", "TEME"),
        ("TIME_SYSTEM", "TAI", "UTC"),
        ("TIME_SYSTEM", "GPS", "UTC"),
        ("MEAN_ELEMENT_THEORY", "DSST", "SGP4"),
        ("MEAN_ELEMENT_THEORY", "SGP4-XP", "SGP4"),
    ],
)
def test_another_frame_clock_or_theory_is_refused(dress: str, key: str, value: str, allowed: str) -> None:
    said = the_refusal(DRESSES[dress]({**ISS_RECORD, key: value}))

    assert f"{key} is {value!r}; SGP4 works with" in said
    assert allowed in said.partition("works with")[2]


@every_dress
def test_the_metadata_of_celestrak_are_taken(dress: str) -> None:
    metadata = {"CENTER_NAME": "EARTH", "REF_FRAME": "TEME", "TIME_SYSTEM": "UTC", "MEAN_ELEMENT_THEORY": "SGP4"}
    found = read_elements(DRESSES[dress](ISS_RECORD | metadata), "x")

    assert Elements((ISS,)) == found


@pytest.mark.fault(16)
@every_dress
def test_ephemeris_type_4_needs_another_propagator(dress: str) -> None:
    said = the_refusal(DRESSES[dress]({**ISS_RECORD, "EPHEMERIS_TYPE": "4"}))

    assert "the ephemeris type is 4 (SGP4-XP), which needs another propagator" in said


# --- what is missing or stands twice ---


@every_dress
@pytest.mark.parametrize("key", REQUIRED)
def test_a_missing_keyword_is_named(dress: str, key: str) -> None:
    record = {k: v for k, v in ISS_RECORD.items() if k != key}
    if dress == "csv" and key == "NORAD_CAT_ID":
        record[key] = ""  # without that column it is no OMM

    assert f"{key} is missing; an element set for SGP4 has it" in the_refusal(DRESSES[dress](record))


@pytest.mark.parametrize("dress", [as_csv, as_json_numbers, as_json_text, as_kvn, as_xml])
def test_good_sets_beside_a_bad_one_are_kept(dress: Callable[..., str]) -> None:
    bad = {**ISS_RECORD, "INCLINATION": "500"}
    found = read_elements(dress(ISS_RECORD, bad, SOYUZ_RECORD), "x")

    assert [25544, 100057] == [s.catalog_number for s in found]
    assert [True] == ["inclination_deg is 500" in r.reason for r in found.refused]


def test_a_refused_row_is_named_with_its_line() -> None:
    found = read_elements(f"{CSV_HEAD}\n{ISS_ROW}\n{ISS_ROW},\n{SOYUZ_ROW}\n", "x.csv")

    assert [25544, 100057] == [s.catalog_number for s in found]
    assert ["x.csv line 3: it has 18 columns; the head has 17"] == [str(r) for r in found.refused]


def test_a_refused_json_object_is_named_with_its_place() -> None:
    found = read_elements(as_json_text(ISS_RECORD, {**SOYUZ_RECORD, "BSTAR": "x"}), "x.json")

    assert ["x.json OMM 2 (SOYUZ-MS 29)"] == [r.where for r in found.refused]


def test_a_key_that_stands_twice_in_json_is_refused() -> None:
    text = as_json_text(ISS_RECORD).replace('"BSTAR"', '"BSTAR": "0.5", "BSTAR"')

    assert "x.omm: 'BSTAR' stands twice in one object" == the_refusal(text)


def test_a_key_that_stands_twice_in_kvn_is_refused_with_its_line() -> None:
    text = as_kvn(ISS_RECORD) + "BSTAR = 0.5\n"

    assert f"x.omm line {len(text.splitlines())}: BSTAR stands there twice" == the_refusal(text)


def test_a_key_that_stands_twice_in_xml_is_refused() -> None:
    text = as_xml_alone(ISS_RECORD).replace("</meanElements>", "<BSTAR>0.5</BSTAR></meanElements>")

    assert "BSTAR stands there twice" in the_refusal(text)


def test_an_omm_inside_an_omm_is_refused() -> None:
    inner = as_xml_alone(SOYUZ_RECORD).partition("\n")[2]
    found = read_elements(as_xml(ISS_RECORD, ISS_RECORD).replace("</omm></ndm>", f"{inner}</omm></ndm>"), "x")

    assert (ISS,) == found.sets
    assert ["OMM 2 holds another one"] == [r.reason for r in found.refused]


def test_a_column_that_stands_twice_in_csv_is_refused() -> None:
    assert "x.omm line 1: the column 'BSTAR' stands there twice" == the_refusal(f"{CSV_HEAD},BSTAR\n{ISS_ROW},0.5\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2]", "it is not an object with OMM keywords"),
        ('{"NORAD_CAT_ID": 25544', "it is not JSON"),
        ("[}", "it is not JSON"),
        ('["\x01"]', "it is not JSON"),
        ("CCSDS_OMM_VERS = 2.0\nEPOCH\n", "x.omm line 2: 'EPOCH' is not KEYWORD = value"),
        ("COMMENT first\nEPOCH = 2\n", "x.omm line 2: it stands before CCSDS_OMM_VERS"),
        ("<omm><EPOCH></omm>", "it is not XML"),
        ("<omm>", "it is not XML"),
        ('OBJECT_NAME,NORAD_CAT_ID\n"ISS,25544\n', "it is not CSV"),
    ],
)
def test_broken_files_are_refused_in_their_own_words(text: str, said: str) -> None:
    found = read_elements(text, "x.omm")

    assert () == found.sets
    assert said in str(found.refused[0])


@pytest.mark.parametrize("text", ["CCSDS_OEM_VERS = 2.0\n", "\n\nCCSDS_OEM_VERS  = 1.0\nORIGINATOR = X\n"])
def test_an_ephemeris_without_a_segment_is_refused(text: str) -> None:
    assert "it is an OEM without a segment; META_START begins one" == read_elements(text, "x").refused[0].reason


@pytest.mark.parametrize("text", ["", " \n", "[]", "<ndm></ndm>", f"{CSV_HEAD}\n", "# nothing yet\n"])
def test_a_file_without_any_set_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="there is no element set in it"):
        read_elements(text, "x")


@pytest.mark.parametrize(
    "value",
    ["true", '["ISS"]', '{"a": "b"}', *(v for v in ("false", "[]", "{}"))],
)
def test_a_name_that_is_not_text_is_refused(value: str) -> None:
    said = the_refusal(as_json_text(ISS_RECORD).replace('"ISS (ZARYA)"', value))

    assert re.search("OBJECT_NAME is .*; it is text$", said)


def test_a_name_that_would_spoil_a_terminal_is_refused_and_not_repeated() -> None:
    said = the_refusal(as_json_text({**ISS_RECORD, "OBJECT_NAME": "ISS\x1b[31m"}))

    assert "OBJECT_NAME" in said
    assert said.isprintable()


# --- the dress is told by the content ---


@pytest.mark.parametrize("name", ["iss.tle", "iss.json", "iss.csv", "iss.xml", "iss.kvn", "iss", "iss.gz"])
@pytest.mark.parametrize("dress", [*sorted(DRESSES), "tle"])
def test_the_name_of_a_file_does_not_matter(dress: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(ISS_TLE if dress == "tle" else DRESSES[dress](ISS_RECORD), encoding="utf-8")

    assert Elements((ISS,)) == load_elements(path)


# --- traps ---


@pytest.mark.fault(66)
def test_json_nested_100000_deep_is_refused() -> None:
    with pytest.raises(InputError, match="x line 2: it nests deeper than 16 levels"):
        read_elements("[\n" + "[" * 100_000 + "]" * 100_000 + "]", "x")


def test_objects_nested_100000_deep_are_refused() -> None:
    with pytest.raises(InputError, match="it nests deeper than 16 levels"):
        read_elements('{"a":' * 100_000, "x")


def test_a_number_of_a_million_digits_is_refused_quickly() -> None:
    with linear_work():
        said = the_refusal('{"NORAD_CAT_ID": ' + "9" * 1_000_000 + "}")

    assert "NORAD_CAT_ID" in said
    assert len(said) < 300


# Expat reads no files itself; what Python opens on its behalf would show here.
_watched: list[str] | None = None


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _watched is not None and event.startswith(("open", "os.open", "socket.", "urllib.", "ftplib.", "http.")):
        _watched.append(f"{event} {arguments[:1]}")


sys.addaudithook(_hook)


@contextmanager
def everything_opened() -> Iterator[list[str]]:
    """What the process opens meanwhile: files, sockets and addresses."""
    global _watched
    read_elements(as_xml_alone(ISS_RECORD), "x")  # so that no import is seen
    seen: list[str] = []
    _watched = seen
    try:
        yield seen
    finally:
        _watched = None


def test_the_watch_on_files_sees_one(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    with everything_opened() as opened:
        (tmp_path / "secret").read_text()

    assert 1 == len(opened)


_BOMB = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))


@pytest.mark.fault(67)
@pytest.mark.parametrize(
    "trap",
    [
        pytest.param(
            f'<!DOCTYPE omm [<!ENTITY e0 "lol">{_BOMB}]><omm><OBJECT_NAME>&e11;</OBJECT_NAME></omm>', id="bomb"
        ),
        pytest.param(f'<!DOCTYPE omm [<!ENTITY e "{"a" * 50_000}">]><omm>{"&e;" * 50_000}</omm>', id="quadratic bomb"),
        pytest.param(
            '<!DOCTYPE omm [<!ENTITY e SYSTEM "file://SECRET">]><omm><OBJECT_NAME>&e;</OBJECT_NAME></omm>', id="file"
        ),
        pytest.param('<!DOCTYPE omm [<!ENTITY % p SYSTEM "file://SECRET">%p;]><omm/>', id="parameter entity"),
        pytest.param('<!DOCTYPE omm [<!ENTITY e SYSTEM "http://127.0.0.1:9/x">]><omm>&e;</omm>', id="network"),
        pytest.param('<!DOCTYPE omm SYSTEM "file://SECRET"><omm/>', id="external document type"),
        pytest.param('<!DOCTYPE omm PUBLIC "-//X" "http://127.0.0.1:9/x.dtd"><omm/>', id="public document type"),
        pytest.param("<!DOCTYPE omm><omm/>", id="empty document type"),
        pytest.param(
            '<omm xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file://SECRET"/></omm>', id="xinclude"
        ),
        pytest.param("<omm><OBJECT_NAME>&undefined;</OBJECT_NAME></omm>", id="entity without a definition"),
        pytest.param("<omm>" * 200_000, id="200000 levels"),
        pytest.param("<a>" * 200_000 + "</a>" * 200_000, id="200000 closed levels"),
    ],
)
def test_xml_traps_are_refused_quickly_and_touch_no_file(trap: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    data = trap.replace("SECRET", str(secret)).encode()
    with everything_opened() as opened, linear_work():
        said = the_refusal(data)

    assert [] == opened
    assert "the secret" not in said


def test_sets_before_the_trap_are_kept() -> None:
    found = read_elements(as_xml(ISS_RECORD).replace("</ndm>", "<a>" * 200_000), "x")

    assert (ISS,) == found.sets
    assert ["it nests deeper than 32 levels, the most there is"] == [r.reason for r in found.refused]


@pytest.mark.parametrize("encoding", ["no-such-thing", "utf-7", "shift_jis", "rot13", "hex", "idna"])
def test_xml_in_an_unknown_encoding_is_refused(encoding: str) -> None:
    assert "XML" in the_refusal(as_xml_alone(ISS_RECORD).replace("UTF-8", encoding).encode())


def test_text_with_half_a_character_is_refused() -> None:
    with pytest.raises(InputError, match=r"^x: character 2 is no character of any text$"):
        read_elements("ab\ud800", "x")


def test_half_a_character_in_json_is_refused() -> None:
    assert "OBJECT_NAME" in the_refusal(as_json_text(ISS_RECORD).replace("ISS (ZARYA)", "\\ud800"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(as_json_text({**ISS_RECORD, "MEAN_MOTION": "1" * 400_000 + "x"}), id="digits, then a letter"),
        pytest.param("{" + "".join(f'"{i}":0,' for i in range(100_000)) + '"99999":0}', id="many keys, one twice"),
        pytest.param(f"NORAD_CAT_ID{',' * 400_000}\n", id="many empty columns"),
        pytest.param(f"{GOES_KVN}X = {'[' * 400_000}\n", id="many brackets"),
        pytest.param(f"{GOES_KVN}X = a{' ' * 400_000}b\n", id="many blanks"),
    ],
)
def test_a_hostile_file_does_not_keep_the_reader_busy(text: str) -> None:
    with linear_work():
        read_elements(text, "x")
