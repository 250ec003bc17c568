"""TLE files: what is read from good ones, and what is said about the others."""

import re
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from passplan.domain.errors import InputError
from passplan.formats.elements import read_elements
from tests.data import (
    IRIDIUM_TLE,
    ISS,
    ISS_LINE_1,
    ISS_LINE_2,
    ISS_TLE,
    LEMUR_TLE,
    STATIONS_TLE,
    with_checksum,
    with_field,
)


def the_refusal(text: str) -> str:
    """The one thing that is said about a file in which nothing is good."""
    found = read_elements(text, "x.tle")
    assert ((), 1) == (found.sets, len(found.refused))
    return str(found.refused[0])


def with_catalog_number(number: str) -> str:
    return f"{with_field(ISS_LINE_1, 3, number)}\n{with_field(ISS_LINE_2, 3, number)}\n"


def test_the_iss_set_is_read_to_the_last_digit() -> None:
    found = read_elements(ISS_TLE, "x.tle")

    assert [ISS] == list(found)
    assert () == found.refused


def test_an_epoch_is_exact_to_the_microsecond() -> None:
    # 0.86173118 of a day is 74453.573952 s, and CelesTrak's CSV of the same set says so.
    [found] = read_elements(ISS_TLE, "x.tle")

    assert datetime(2026, 7, 30, 20, 40, 53, 573952, tzinfo=UTC) == found.epoch


@pytest.mark.parametrize(
    ("year_and_day", "epoch"),
    [
        ("57365", None),  # before the first element set
        ("58001", datetime(1958, 1, 1, tzinfo=UTC)),
        ("99365", datetime(1999, 12, 31, tzinfo=UTC)),
        ("00060", datetime(2000, 2, 29, tzinfo=UTC)),
        ("24366", datetime(2024, 12, 31, tzinfo=UTC)),
        ("56001", datetime(2056, 1, 1, tzinfo=UTC)),
    ],
)
def test_two_digit_years_run_from_1958_to_2056(year_and_day: str, epoch: datetime | None) -> None:
    line_1 = with_field(ISS_LINE_1, 19, f"{year_and_day}.00000000")
    found = read_elements(f"{line_1}\n{ISS_LINE_2}\n", "x.tle")

    assert ([epoch] if epoch else []) == [s.epoch for s in found]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param(f"{ISS_LINE_1}\n{ISS_LINE_2}\n", "", id="two lines"),
        pytest.param(f"{ISS_LINE_1}\n{ISS_LINE_2}", "", id="no newline at the end"),
        pytest.param(ISS_TLE, "ISS (ZARYA)", id="three lines"),
        pytest.param(f"0 ISS (ZARYA)\n{ISS_LINE_1}\n{ISS_LINE_2}\n", "ISS (ZARYA)", id="Space-Track's line 0"),
        pytest.param(f"# today's\n\n{ISS_TLE}\n# the end\n", "ISS (ZARYA)", id="comments and blank lines"),
        pytest.param(ISS_TLE.replace("\n", "\r\n"), "ISS (ZARYA)", id="CRLF"),
        pytest.param(
            ISS_TLE.replace("\n", "\r"),
            "ISS (ZARYA)",
            id="CR",
        ),
        pytest.param(ISS_TLE.replace("\n", "\r\r\n"), "ISS (ZARYA)", id="CR CR LF"),
        pytest.param(f"{ISS_LINE_1}\n\n# its line 2\n{ISS_LINE_2}\n", "", id="blank and comment inside the set"),
        pytest.param("\ufeff" + ISS_TLE, "ISS (ZARYA)", id="byte order mark"),
        pytest.param(ISS_TLE.replace("\n", "   \n"), "ISS (ZARYA)", id="trailing blanks"),
        pytest.param(f"  ISS (ZARYA)\n  {ISS_LINE_1}\n \t{ISS_LINE_2}\n", "ISS (ZARYA)", id="indented"),
        pytest.param(ISS_TLE.replace(" ", "\xa0"), "ISS (ZARYA)", id="no-break spaces"),
        pytest.param(f"{'N' * 80}\n{ISS_LINE_1}\n{ISS_LINE_2}\n", "N" * 80, id="a name of 80 characters"),
        pytest.param(f"ÉTOILE Ω\n{ISS_LINE_1}\n{ISS_LINE_2}\n", "ÉTOILE Ω", id="a name beyond ASCII"),
    ],
)
def test_a_set_is_read_however_its_lines_are_laid_out(text: str, name: str) -> None:
    found = read_elements(text, "x.tle")

    assert [(name, ISS.elements)] == [(s.name, s.elements) for s in found]
    assert ((), ()) == (found.refused, found.warnings)


@pytest.mark.fault(17)
@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("A0057", 100057),
        ("A0000", 100000),
        ("E8493", 148493),
        ("H9999", 179999),
        ("J0000", 180000),
        ("N0000", 220000),
        ("P0000", 230000),
        ("Z9999", 339999),
        ("    5", 5),
        ("00005", 5),
    ],
)
def test_catalogue_numbers_are_read_in_digits_and_in_alpha_5(number: str, value: int) -> None:
    found = read_elements(with_catalog_number(number), "x.tle")

    assert [value] == [s.catalog_number for s in found]


@pytest.mark.parametrize("number", ["I0057", "O0057"])
def test_alpha_5_has_no_letters_i_and_o(number: str) -> None:
    said = the_refusal(with_catalog_number(number))

    assert said.startswith("x.tle line 1: column 3: catalogue number")
    assert number in said


def test_signs_and_zeros_in_front_are_read() -> None:
    [lemur] = read_elements(LEMUR_TLE, "x.tle")

    assert (43125, "2018-004Q") == (lemur.catalog_number, lemur.object_id)
    assert datetime(2018, 9, 8, 10, 6, 39, 153600, tzinfo=UTC) == lemur.epoch
    assert (97.5269, 314.3317, 0.0010735) == (lemur.inclination_deg, lemur.ra_of_asc_node_deg, lemur.eccentricity)
    assert (157.6344, 202.5362) == (lemur.arg_of_pericenter_deg, lemur.mean_anomaly_deg)
    assert (15.23132245, 3638) == (lemur.mean_motion_rev_day, lemur.revolution_at_epoch)
    assert (1.666e-5, 0.0, 7.3564e-5) == (lemur.mean_motion_dot, lemur.mean_motion_ddot, lemur.bstar)


def test_blanks_in_front_and_negative_terms_are_read() -> None:
    line_1 = with_field(with_field(ISS_LINE_1, 34, "-.00020782"), 45, "-12345-6")
    [iridium] = read_elements(IRIDIUM_TLE, "x.tle")
    [falling] = read_elements(f"{with_field(line_1, 54, '-36841-3')}\n{ISS_LINE_2}\n", "x.tle")

    assert 9079 == iridium.revolution_at_epoch
    assert (-2.0782e-4, -1.2345e-7, -3.6841e-4) == (falling.mean_motion_dot, falling.mean_motion_ddot, falling.bstar)


def test_fields_left_blank_count_as_zero() -> None:
    line_1 = with_field(with_field(with_field(ISS_LINE_1, 63, " "), 65, "    "), 10, "        ")
    [found] = read_elements(f"{line_1}\n{with_field(ISS_LINE_2, 64, '     ')}\n", "x.tle")

    assert (0, 0, 0, "") == (
        found.ephemeris_type,
        found.element_set_number,
        found.revolution_at_epoch,
        found.object_id,
    )


@pytest.mark.fault(1)
def test_a_wrong_checksum_in_line_1_is_named_with_line_and_column() -> None:
    said = the_refusal(f"ISS\n{ISS_LINE_1[:68]}3\n{ISS_LINE_2}\n")

    assert "x.tle line 2: the checksum is 6, and the line ends in 3 (column 69)" == said


@pytest.mark.fault(1)
def test_a_wrong_checksum_in_line_2_is_named_with_line_and_column() -> None:
    said = the_refusal(f"ISS\n{ISS_LINE_1}\n{ISS_LINE_2[:68]}3\n")

    assert "x.tle line 3: the checksum is 7, and the line ends in 3 (column 69)" == said


@pytest.mark.parametrize(
    ("column", "text", "field"),
    [
        (3, "2x544U", "catalogue number"),
        (10, "9806-A  ", "international designator"),
        (19, "26x11.86173118", "epoch"),
        (34, " ,00009023", "mean motion derivative"),
        (45, " 0000A+0", "second derivative"),
        (54, " 17005 3", "BSTAR"),
        (63, "x", "ephemeris type"),
        (65, "99x9", "element set number"),
    ],
)
def test_the_first_wrong_field_of_line_1_is_named_with_its_column(column: int, text: str, field: str) -> None:
    said = the_refusal(f"{with_field(ISS_LINE_1, column, text)}\n{ISS_LINE_2}\n")

    assert f"x.tle line 1: column {column}: {field} is {text.strip()!r}" in said


@pytest.mark.parametrize(
    ("column", "text", "field"),
    [
        (3, "2x544", "catalogue number"),
        (9, "051,6314", "inclination"),
        (18, "-83.9591", "right ascension of the node"),
        (27, "   x096", "eccentricity"),
        (35, "355.373x", "argument of pericenter"),
        (44, "  4x7185", "mean anomaly"),
        (53, "+5.49272805", "mean motion"),
        (64, "5785x", "revolution number"),
    ],
)
def test_the_first_wrong_field_of_line_2_is_named_with_its_column(column: int, text: str, field: str) -> None:
    said = the_refusal(f"{ISS_LINE_1}\n{with_field(ISS_LINE_2, column, text)}\n")

    assert f"x.tle line 2: column {column}: {field} is {text.strip()!r}" in said


def test_a_checksum_that_is_no_digit_is_named_with_its_column() -> None:
    first = the_refusal(f"{ISS_LINE_1[:68]}x\n{ISS_LINE_2}\n")
    second = the_refusal(f"{ISS_LINE_1}\n{ISS_LINE_2[:68]}x\n")

    assert "x.tle line 1: column 69: checksum is 'x'" in first
    assert "x.tle line 2: column 69: checksum is 'x'" in second


def test_a_mistake_in_line_2_is_placed_there_however_far_down_it_is() -> None:
    said = the_refusal(f"ISS\n{ISS_LINE_1}\n\n{with_field(ISS_LINE_2, 9, '051,6314')}\n")

    assert said.startswith("x.tle line 4: column 9: inclination is")


@pytest.mark.fault(3)
def test_swapped_lines_are_refused() -> None:
    found = read_elements(f"ISS\n{ISS_LINE_2}\n{ISS_LINE_1}\n", "x.tle")

    assert () == found.sets
    assert ["x.tle line 2", "x.tle line 3"] == [r.where for r in found.refused]
    assert "without its line 1" in found.refused[0].reason
    assert "not followed by its line 2" in found.refused[1].reason


@pytest.mark.parametrize("columns", [25, 40, 68])
def test_a_truncated_line_is_refused_with_its_length(columns: int) -> None:
    first = the_refusal(f"{ISS_LINE_1[:columns]}\n{ISS_LINE_2}\n")
    second = the_refusal(f"{ISS_LINE_1}\n{ISS_LINE_2[:columns]}\n")

    assert f"x.tle line 1: it has {columns} columns; a TLE line has 69" == first
    assert f"x.tle line 2: it has {columns} columns; a TLE line has 69" == second


# From a collection of 2008: 68 columns, and a comment for the name.
COURIER_TLE = """\
#COURIER 1B
1 00058U 60013A   97142.85906518  .00000093  00000-0 +10762-4 0  274
2 00058 028.3286 356.4726 0164991 158.6392 202.1128 13.4602145880282
"""
# From the amateurs' list of classified satellites, 2023.
GAOFEN_TLE = """\
1 45110U 20007A   23232.80903846 0.00110000  00000-0  32750-2 0    04
2 45110  69.9913 111.5649 0009740 159.9373 200.0626 15.34502222    06
"""
BLANKS_TLE = f"{ISS_LINE_1}\n{with_field(ISS_LINE_2, 27, '   7096')}\n"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (COURIER_TLE, "tle_without_checksum", 2),
        (GAOFEN_TLE, "tle_zero_in_derivative", 1),
        (BLANKS_TLE, "tle_blanks_in_eccentricity", 2),
    ],
)
def test_deviations_are_accepted_with_a_warning_for_all_of_their_sets(text: str, code: str, line: int) -> None:
    found = read_elements(ISS_TLE + text * 2, "x.tle")

    assert (3, ()) == (len(found), found.refused)
    assert [(code, {"where": f"x.tle line {3 + line}", "sets": 2})] == [(w.code, w.fields()) for w in found.warnings]


def test_sets_with_deviations_are_read_to_the_last_digit() -> None:
    [courier] = read_elements(COURIER_TLE, "x.tle")
    [gaofen] = read_elements(GAOFEN_TLE, "x.tle")
    [blanks] = read_elements(BLANKS_TLE, "x.tle")

    assert (58, 0.0164991, 13.46021458) == (courier.catalog_number, courier.eccentricity, courier.mean_motion_rev_day)
    assert (80282, 274, 1.0762e-5) == (courier.revolution_at_epoch, courier.element_set_number, courier.bstar)
    assert (0.0011, 0.03275e-1, 0) == (gaofen.mean_motion_dot, gaofen.bstar, gaofen.element_set_number)
    assert ISS.elements == blanks.elements


def test_a_refused_set_has_no_warning() -> None:
    found = read_elements(BLANKS_TLE.replace("0  9996", "0  9990"), "x.tle")

    assert (0, 1, ()) == (len(found), len(found.refused), found.warnings)


def test_a_name_of_more_than_80_characters_is_refused() -> None:
    said = the_refusal(f"{'N' * 81}\n{ISS_LINE_1}\n{ISS_LINE_2}\n")

    assert "the name before it is longer than 80 characters" in said


def test_a_foreign_character_is_named_with_its_column() -> None:
    said = the_refusal(f"{ISS_LINE_1[:32]}\u2003{ISS_LINE_1[33:]}\n{ISS_LINE_2}\n")

    assert "x.tle line 1: column 19: epoch is '26211.86173118'; in column 33 is U+2003 EM SPACE, and" in said


def test_sets_of_other_satellites_are_skipped() -> None:
    lines = STATIONS_TLE.splitlines()
    lines[4] = lines[4][:68] + "0"  # the checksum of Poisk, which is not wanted
    found = read_elements("\n".join([*lines, *with_catalog_number("A0057").splitlines()]), "x", wanted={48274, 100057})

    assert [48274, 100057] == [s.catalog_number for s in found]
    assert () == found.refused


def test_mistakes_in_wanted_sets_and_in_catalogue_numbers_are_refused_beside_skipped_sets() -> None:
    wrong = f"{ISS_LINE_1[:68]}0\n{ISS_LINE_2}\n"
    unreadable = wrong.replace("25544", "2x544")
    found = read_elements(STATIONS_TLE + wrong + unreadable, "x", wanted={25544})

    assert [25544] == [s.catalog_number for s in found]
    assert ["x line 13", "x line 15"] == [r.where for r in found.refused]


def test_a_file_of_other_satellites_alone_gives_no_set_and_no_error() -> None:
    found = read_elements(STATIONS_TLE, "x", wanted={5})

    assert ((), ()) == (found.sets, found.refused)


def test_lines_are_numbered_across_the_parts_in_which_a_text_is_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("passplan.formats.tle._CHUNK", 100)
    lines = STATIONS_TLE.splitlines()
    lines[10] = lines[10][:68] + "x"

    for line_end in ("\n", "\r\n", "\r"):
        found = read_elements(line_end.join(lines), "x")
        assert (3, ["x line 11"]) == (len(found), [r.where for r in found.refused])


@pytest.mark.parametrize("columns", [1, 2, 10, 24])
def test_a_stub_of_a_line_gives_no_set(columns: int) -> None:
    first = read_elements(f"{ISS_LINE_1[:columns]}\n{ISS_LINE_2}\n", "x.tle")
    second = read_elements(f"{ISS_LINE_1}\n{ISS_LINE_2[:columns]}\n", "x.tle")

    assert ((), ()) == (first.sets, second.sets)
    assert first.refused
    assert second.refused


def test_a_line_of_70_columns_is_refused() -> None:
    first = the_refusal(f"{ISS_LINE_1}0\n{ISS_LINE_2}\n")
    second = the_refusal(f"{ISS_LINE_1}\n{ISS_LINE_2}0\n")

    assert "x.tle line 1: it has 70 columns; a TLE line has 69" == first
    assert "x.tle line 2: it has 70 columns; a TLE line has 69" == second


@pytest.mark.fault(3)
def test_lines_of_two_satellites_make_no_set() -> None:
    said = the_refusal(f"{ISS_LINE_1}\n{with_field(ISS_LINE_2, 3, '36086')}\n")

    assert "x.tle line 1: line 1 is of satellite 25544 and line 2 of 36086; both lines are of one satellite" == said


@pytest.mark.fault(3)
@pytest.mark.parametrize(
    "digits", ["٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９", "०१२३४५६७८९"], ids=["arabic", "fullwidth", "devanagari"]
)
def test_digits_of_other_scripts_are_refused(digits: str) -> None:
    # Python's int() and \d would take them.
    translated = str.maketrans("0123456789", digits)
    line_1 = ISS_LINE_1[:18] + ISS_LINE_1[18:32].translate(translated) + ISS_LINE_1[32:]
    line_2 = ISS_LINE_2[:8] + ISS_LINE_2[8:].translate(translated)

    assert "column 19: epoch" in the_refusal(f"{line_1}\n{ISS_LINE_2}\n")
    assert "column 9: inclination" in the_refusal(f"{ISS_LINE_1}\n{line_2}\n")


@pytest.mark.fault(5)
@pytest.mark.parametrize(("day", "shown"), [("400", "400"), ("366", "366"), ("000", "0"), ("  0", "0")])
def test_a_day_that_the_year_has_not_is_refused(day: str, shown: str) -> None:
    said = the_refusal(f"{with_field(ISS_LINE_1, 21, day)}\n{ISS_LINE_2}\n")

    assert f"x.tle line 1: the day of the year is {shown}; 2026 has days 1 to 365" == said


@pytest.mark.fault(16)
def test_ephemeris_type_4_needs_another_propagator() -> None:
    said = the_refusal(f"{with_field(ISS_LINE_1, 63, '4')}\n{ISS_LINE_2}\n")

    assert "the ephemeris type is 4 (SGP4-XP), which needs another propagator" in said


@pytest.mark.parametrize("kind", ["0", "2", "3"])
def test_the_ephemeris_types_that_mean_sgp4_are_taken(kind: str) -> None:
    [found] = read_elements(f"{with_field(ISS_LINE_1, 63, kind)}\n{ISS_LINE_2}\n", "x.tle")

    assert int(kind) == found.ephemeris_type


@pytest.mark.fault(5)
@pytest.mark.parametrize(
    ("column", "text", "bound"),
    [
        (9, "500.0000", "inclination_deg is 500; it lies between 0 and 180$"),
        (18, "361.0000", "ra_of_asc_node_deg is 361; it lies between -360 and 360$"),
        (53, " 0.00000000", r"mean_motion_rev_day is 0; it lies between \S+ and 18$"),
        (53, "19.00000000", r"mean_motion_rev_day is 19; it lies between \S+ and 18$"),
    ],
)
def test_elements_out_of_bounds_are_refused_with_the_bound(column: int, text: str, bound: str) -> None:
    said = the_refusal(f"{ISS_LINE_1}\n{with_field(ISS_LINE_2, column, text)}\n")

    assert re.search(bound, said)


def test_an_absurd_bstar_is_refused_with_the_bound() -> None:
    said = the_refusal(f"{with_field(ISS_LINE_1, 54, ' 99999+7')}\n{ISS_LINE_2}\n")

    assert "bstar is 9999900; it lies between -10 and 10" in said


@pytest.mark.parametrize("text", ["hello", "hello\nworld\n", "ISS (ZARYA)\n", "404 page not found"])
def test_text_without_a_line_of_a_tle_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"^x\.tle: there is no element set in it, but this text: '"):
        read_elements(text, "x.tle")


def test_the_sentence_of_a_server_is_quoted() -> None:
    # What CelesTrak answers to a query without result.
    with pytest.raises(InputError) as refusal:
        read_elements("\nNo GP data found\n", "net")

    assert (
        "net: there is no element set in it, but this text: 'No GP data found'; it takes TLE, OMM as JSON, CSV, XML "
        "or KVN, or OEM as XML or KVN"
    ) == str(refusal.value)


def test_numbered_lines_that_are_no_tle_are_refused() -> None:
    found = read_elements("1 2 3\n2 3 4\n", "x.tle")

    assert () == found.sets
    assert ["x.tle line 1", "x.tle line 2"] == [r.where for r in found.refused]


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html>\n<html><body>403 Forbidden</body></html>",
        "\n<!doctype HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'><html></html>",
        "<HTML><head></head></HTML>",
    ],
)
def test_a_web_page_is_called_a_web_page(page: str) -> None:
    with pytest.raises(InputError, match=r"x\.tle: it is a web page"):
        read_elements(page, "x.tle")


def test_good_sets_beside_a_bad_one_are_kept() -> None:
    lines = STATIONS_TLE.splitlines()
    lines[4] = lines[4][:68] + "0"  # the checksum of Poisk, where 8 is right
    found = read_elements("\n".join(lines), "x.tle")

    assert [25544, 48274, 49044] == [s.catalog_number for s in found]
    assert ["x.tle line 5"] == [r.where for r in found.refused]


def test_good_sets_after_a_lost_line_are_kept() -> None:
    lines = STATIONS_TLE.splitlines()
    del lines[5]  # the second line of Poisk
    found = read_elements("\n".join(lines), "x.tle")

    assert [25544, 48274, 49044] == [s.catalog_number for s in found]
    assert [("x.tle line 5", "this line 1 is not followed by its line 2")] == [
        (r.where, r.reason) for r in found.refused
    ]


def test_a_name_is_not_given_to_the_next_set() -> None:
    found = read_elements(f"POISK\n{ISS_LINE_2}\n{ISS_LINE_1}\n{ISS_LINE_2}\n", "x.tle")

    assert [""] == [s.name for s in found]
    assert ["x.tle line 2"] == [r.where for r in found.refused]


def test_a_name_that_would_spoil_a_terminal_is_refused() -> None:
    said = the_refusal(f"ISS\x1b[31m\n{ISS_LINE_1}\n{ISS_LINE_2}\n")

    assert "not printable" in said
    assert said.isprintable()


@pytest.mark.parametrize("launch", ["ISS", "  25544"])
def test_a_launch_that_is_no_designator_is_left_out(launch: str) -> None:
    [found] = read_elements(f"{with_field(ISS_LINE_1, 10, launch.ljust(8))}\n{ISS_LINE_2}\n", "x.tle")

    assert "" == found.object_id


@pytest.mark.parametrize(
    ("launch", "object_id"), [("57001B", "1957-001B"), ("56012A", "2056-012A"), ("98067A", "1998-067A")]
)
def test_the_year_of_a_launch_runs_from_1957(launch: str, object_id: str) -> None:
    [found] = read_elements(f"{with_field(ISS_LINE_1, 10, launch.ljust(8))}\n{ISS_LINE_2}\n", "x.tle")

    assert object_id == found.object_id


def test_the_lines_of_these_tests_have_good_checksums() -> None:
    lines = [line for text in (ISS_TLE, STATIONS_TLE, LEMUR_TLE, IRIDIUM_TLE) for line in text.splitlines()]
    data = [line for line in lines if line[:2] in ("1 ", "2 ")]

    assert data == [with_checksum(line) for line in data]


@pytest.mark.parametrize(
    ("number", "column", "text"),
    [
        (2, 9, "5 1.6314"),
        (2, 18, "1 3.9591"),
        (2, 53, "1 .49272805"),
        (2, 64, "5 852"),
        (1, 21, "2 1"),
        (1, 65, "9 99"),
        (1, 3, "2 544"),
        (1, 3, "A  57"),
        (1, 3, "A 0 7"),
    ],
)
def test_a_blank_inside_a_number_is_refused(number: int, column: int, text: str) -> None:
    lines = [ISS_LINE_1, ISS_LINE_2]
    lines[number - 1] = with_field(lines[number - 1], column, text)

    said = the_refusal("\n".join(lines))

    assert said.startswith(f"x.tle line {number}: column {column}: ")
    assert said.endswith(f"is {text!r}, with a blank inside")


def test_of_two_blanks_inside_numbers_the_first_is_named() -> None:
    fields = [(3, "2 544"), (9, "5 1.6314"), (18, "1 3.9591"), (35, "3 5.3737"), (44, "1 4.7185"), (53, "1 .49272805")]
    for (column, text), (later, other) in pairwise([*fields, (64, "5 852")]):
        line_2 = with_field(with_field(ISS_LINE_2, column, text), later, other)

        assert f": column {column}: " in the_refusal(f"{ISS_LINE_1}\n{line_2}\n")
