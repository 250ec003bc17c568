"""What is refused before a parser sees it, and that it costs no time."""

import tomllib
from contextlib import suppress

import pytest

from passplan.domain.errors import InputError
from passplan.formats.limits import (
    MAX_DIGITS,
    MAX_JSON_DEPTH,
    MAX_TOML_BYTES,
    MAX_TOML_DEPTH,
    require_shallow_json,
    require_shallow_toml,
    require_size,
)
from tests.growth import linear_work


def test_a_file_of_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    require_size("x", 1000, 1000)

    with pytest.raises(InputError, match=r"^x: the file has 1,001 bytes; at most 1,000 are read$"):
        require_size("x", 1001, 1000)


# --- TOML ---


def test_a_plain_network_file_passes() -> None:
    text = """
    # stations [of a test] {really}
    [stations.svalbard]
    latitude_deg = 78.229_772
    mask = [[0.0, 5.0], [90.5, 7.25], [180.0, 5.0]]
    links = [{ name = "S-band", rate_bit_s = 1_000_000.0 }, { name = "X-band" }]
    [[stations.svalbard.antennas]]
    name = 'SG1 [11 m]'
    since = 2020-01-01T00:00:00.000000Z
    """
    require_shallow_toml("x.toml", text)

    assert tomllib.loads(text)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a=", "}")])
def test_depth_8_passes_and_9_does_not(opening: str, closing: str) -> None:
    assert 8 == MAX_TOML_DEPTH

    require_shallow_toml("x.toml", f"a = {opening * 8}{closing * 8}")
    with pytest.raises(InputError, match=r"^x\.toml line 2: tables nest deeper than 8 levels"):
        require_shallow_toml("x.toml", f"b = 1\na = {opening * 9}{closing * 9}")


@pytest.mark.fault(65)
@pytest.mark.parametrize("key", ["[{}]", "[[{}]]", "{} = 1", "a = {{ {} = 1 }}"])
def test_a_dotted_key_of_40_kb_is_refused(key: str) -> None:
    with pytest.raises(InputError, match=r"^x\.toml line 1: tables nest deeper than 8 levels"):
        require_shallow_toml("x.toml", key.format("a." * 20_000 + "a"))


@pytest.mark.parametrize("part", ['"a".', "'a'.", '"".', "a . ", "a\t.\t"])
def test_a_dotted_key_in_quotes_or_with_blanks_is_refused(part: str) -> None:
    with pytest.raises(InputError, match="tables nest deeper"):
        require_shallow_toml("x.toml", part * 20_000 + "a = 1")


@pytest.mark.fault(65)
@pytest.mark.parametrize("size", [9, 1000, 100_000, MAX_TOML_BYTES - 4])
@pytest.mark.parametrize("opening", ["[", "{", "[\n", "[{"])
def test_open_brackets_are_refused(opening: str, size: int) -> None:
    with pytest.raises(InputError, match=r"(tables nest deeper than 8 levels|bytes; at most 262,144 are read)"):
        require_shallow_toml("x.toml", "a = " + opening * size)


def test_brackets_over_several_lines_are_counted_and_the_line_is_right() -> None:
    with pytest.raises(InputError, match=r"^x\.toml line 9: "):
        require_shallow_toml("x.toml", "[\n" * 20)


def test_arrays_beside_each_other_are_not_deep() -> None:
    require_shallow_toml("x.toml", f"a = [{'[1.5, 2.5], ' * 10_000}]")


def test_tables_after_each_other_are_not_deep() -> None:
    require_shallow_toml("x.toml", "[[stations.a.antennas]]\nname.first = 1.5\n" * 5_000)


def test_closing_brackets_pay_for_no_depth() -> None:
    with pytest.raises(InputError, match="tables nest deeper"):
        require_shallow_toml("x.toml", "]" * 100 + "[" * 9)


def test_an_integer_of_a_million_digits_is_refused() -> None:
    with pytest.raises(InputError, match=r"^x\.toml: the file has 1,000,004 bytes; at most 262,144 are read$"):
        require_shallow_toml("x.toml", "a = " + "9" * 1_000_000)


@pytest.mark.parametrize("digits", ["9" * 200_000, "9_" * 100_000 + "9", "0" * 41])
def test_an_absurdly_long_integer_is_refused_with_its_line(digits: str) -> None:
    with pytest.raises(InputError, match=rf"^x\.toml line 2: a number of {len(digits):,} digits; at most 40 are read$"):
        require_shallow_toml("x.toml", f"b = 1\na = {digits}")


@pytest.mark.parametrize("digit", ["9", "0xf", "0xF", "0xa", "0o7", "0b1"])
def test_a_number_of_40_digits_passes_and_of_41_does_not(digit: str) -> None:
    assert 40 == MAX_DIGITS

    require_shallow_toml("x.toml", f"a = {digit}{digit[-1] * 39}")
    with pytest.raises(InputError, match=r"^x\.toml line 2: a number of 4\d digits; at most 40 are read$"):
        require_shallow_toml("x.toml", f"b = 1\na = {digit}{digit[-1] * 40}")


def test_half_a_character_does_not_stop_the_scan() -> None:
    with pytest.raises(InputError, match="tables nest deeper"):
        require_shallow_toml("x.toml", "a = '\ud800'\nb = " + "[" * 9)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('a = "{}"', id="string"),
        pytest.param("a = '{}'", id="literal string"),
        pytest.param('a = """{}"""', id="long string"),
        pytest.param('a = """\n{}\n"""', id="long string over lines"),
        pytest.param("a = '''\n{}\n'''", id="long literal string over lines"),
        pytest.param("# {}", id="comment"),
        pytest.param('a = 1 # " {}', id="comment with a quote"),
        pytest.param('a = "\\"{}"', id="string with an escaped quote"),
        pytest.param('a = """ "" {}"""', id="long string with quotes inside"),
        pytest.param("a = ''' '' {}'''", id="long literal string with quotes inside"),
        pytest.param("a = 'x\\' # {}", id="literal string that ends in a backslash"),
    ],
)
def test_brackets_and_dots_in_strings_and_comments_are_not_counted(text: str) -> None:
    full = text.format("[{." * 50 + "9" * 50)
    require_shallow_toml("x.toml", full)

    assert isinstance(tomllib.loads(full), dict)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('a = "x"\nb = {}', id="after a string"),
        pytest.param("a = ''\nb = {}", id="after an empty literal string"),
        pytest.param('a = ""\nb = {}', id="after an empty string"),
        pytest.param('a = """"""\nb = {}', id="after an empty long string"),
        pytest.param('a = """x\\""""\nb = {}', id="after a long string with an escape"),
        pytest.param("a = 'x\\'\nb = {}", id="after a literal string that ends in a backslash"),
        pytest.param('# "\nb = {}', id="after a comment with a quote"),
        pytest.param("# '''\nb = {}", id="after a comment with three"),
        pytest.param('a = "#"\nb = {}', id="after a hash in a string"),
        pytest.param("a = ['#', {}]", id="beside a hash in a literal string"),
        pytest.param("a = ['''x''''', {}]", id="after two quotes before the three"),
        pytest.param('a = ["""x""""", {}]', id="after two double quotes before the three"),
        pytest.param("a = ['''x'''', {}]", id="after one quote before the three"),
        pytest.param('a = ["""x"""", {}]', id="after one double quote before the three"),
        pytest.param('a = """x"""" # \\\nb = {}', id="a line further, over a backslash"),
    ],
)
def test_brackets_after_strings_and_comments_are_counted(text: str) -> None:
    full = text.format("[" * 9 + "]" * 9)
    assert isinstance(tomllib.loads(full), dict)  # it is good TOML, and it is deep

    with pytest.raises(InputError, match="tables nest deeper"):
        require_shallow_toml("x.toml", full)


def test_a_string_ends_with_its_line_even_over_a_backslash() -> None:
    with pytest.raises(InputError, match=r"^x\.toml line 2: tables nest deeper"):
        require_shallow_toml("x.toml", 'a = "x\\\nb = ' + "[" * 9)


@pytest.mark.fault(65)
@pytest.mark.parametrize(
    "text",
    [
        pytest.param('a = "' + '\\"' * 100_000, id="escapes in an open string"),
        pytest.param('a = """' + '\\"""' * 60_000, id="escapes in an open long string"),
        pytest.param('a = """' + '""\\' * 80_000, id="pairs in an open long string"),
        pytest.param("a = '''" + "''x" * 80_000, id="pairs in an open long literal string"),
        pytest.param('a = "' + "\\" * 200_000, id="backslashes"),
        pytest.param('"\n' * 100_000, id="many open strings"),
        pytest.param("'\n" * 100_000, id="many open literal strings"),
        pytest.param('"""' * 80_000, id="many long strings"),
        pytest.param("'" * 250_000, id="quotes"),
        pytest.param("#" * 250_000, id="hashes"),
        pytest.param(("9" * 40 + " ") * 6_000, id="many long numbers"),
        pytest.param("a = " + "x" * 250_000, id="one word"),
        pytest.param("\n" * 250_000, id="empty lines"),
        pytest.param("a." * 100_000, id="dotted key"),
        pytest.param("[" * 250_000, id="brackets"),
        pytest.param("[]" * 120_000, id="pairs of brackets"),
    ],
)
def test_the_scan_takes_no_time_whatever_the_text(text: str) -> None:
    assert len(text) <= MAX_TOML_BYTES
    with linear_work(), suppress(InputError):
        require_shallow_toml("x.toml", text)


# --- JSON ---


def test_json_of_depth_16_passes_and_17_does_not() -> None:
    assert 16 == MAX_JSON_DEPTH

    require_shallow_json("x.json", '[{"a":' * 8 + "1" + "}]" * 8)
    with pytest.raises(InputError, match=r"^x\.json line 3: it nests deeper than 16 levels"):
        require_shallow_json("x.json", "[\n\n" + '{"a":[' * 8 + "1" + "]}" * 8 + "]")


@pytest.mark.parametrize("text", ['"{}"', '["\\"{}"]', '["\\\\", "{}"]', '{{"{}": 1}}'])
def test_brackets_in_json_strings_are_not_counted(text: str) -> None:
    require_shallow_json("x.json", text.format("[{" * 50))


@pytest.mark.parametrize("text", ['["\\\\", {}]', '["", {}]', '["\\"", {}]'])
def test_brackets_after_json_strings_are_counted(text: str) -> None:
    with pytest.raises(InputError, match="it nests deeper than 16 levels"):
        require_shallow_json("x.json", text.format("[" * 20 + "]" * 20))


@pytest.mark.parametrize("text", ['"' + '\\"' * 500_000, '"' * 1_000_001, "[]" * 500_000, "\\" * 1_000_000])
def test_the_scan_of_json_takes_no_time_whatever_the_text(text: str) -> None:
    with linear_work():
        require_shallow_json("x.json", text)
