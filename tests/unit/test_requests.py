"""The request file: the shipped one, TOML and JSON alike, and every mistake with its place."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from passplan.domain.errors import InputError
from passplan.domain.network import SatelliteTime
from passplan.domain.requests import ContactRequest, Priority, Repetition, RequestBook, RequestGroup, Split
from passplan.domain.span import Span
from passplan.formats.limits import MAX_REQUESTS_JSON_BYTES
from passplan.formats.network import load_network
from passplan.formats.requests import book_tables, check_against, load_requests, parse_requests
from passplan.resources import shipped
from tests.growth import linear_work
from tests.refs import refs

GOOD = """
schema = "passplan.requests/1"

[[request]]
id = "R1"
agency = "ESA"
satellite = "ISS"
link = "hamtv"
start = 2026-08-08T06:30:00+02:00
end = "2026-08-08T16:00:00.25Z"
min_s = 240
wanted_s = 480
priority = "high"
weight = 1.5
stations = ["RED", "WHM/s-15m"]
min_elevation_deg = 10
setup_s = 60
teardown_s = 0
during = ["hamtv-on"]
split = { max_parts = 3, min_part_s = 90 }
group = "one"
preference = "highest"
activity = "payload"
note = "first"

[[request]]
id = "R2"
agency = "NASA"
satellite = "ISS"
link = "hamtv"
start = 2026-08-08T06:30:00Z
end = 2026-08-08T16:00:00Z
min_s = 120
arrays = [["KUS/s-6m", "WGS/s-11m"]]
repetition = { times = 2, period = "span", min_spacing_s = 600, max_gap_s = 7200 }

[[group]]
id = "one"
kind = "one_of"

[[satellite_time]]
name = "hamtv-on"
satellite = "ISS"
daily = ["06:00", "21:30"]

[[satellite_time]]
name = "EVA"
satellite = "ISS"
start = 2026-08-08T12:00:00Z
end = 2026-08-08T18:00:00Z
blocks = ["hamtv"]
"""


def book(text: str) -> RequestBook:
    """The requests of a TOML text."""
    return parse_requests(text, "requests.toml", form="toml")


# --- what is read ---


def test_a_good_file_is_read_whole() -> None:
    first, second = book(GOOD).requests

    assert (
        ContactRequest(
            id="R1",
            agency="ESA",
            satellite="ISS",
            link="hamtv",
            span=Span(
                datetime(2026, 8, 8, 4, 30, tzinfo=UTC),
                datetime(2026, 8, 8, 16, 0, 0, 250_000, tzinfo=UTC),
            ),
            min_s=240.0,
            wanted_s=480,
            priority=Priority.HIGH,
            weight=1.5,
            stations=("RED", "WHM/s-15m"),
            min_elevation_deg=10.0,
            setup_s=60.0,
            teardown_s=0.0,
            during=("hamtv-on",),
            split=Split(max_parts=3, min_part_s=90.0),
            group="one",
            preference="highest",
            activity="payload",
            note="first",
        )
        == first
    )
    assert (refs("KUS/s-6m", "WGS/s-11m"),) == second.arrays
    assert Repetition(times=2, period="span", min_spacing_s=600.0, max_gap_s=7200.0) == second.repetition
    assert (RequestGroup(id="one", kind="one_of"),) == book(GOOD).groups
    assert (
        SatelliteTime(name="hamtv-on", satellite="ISS", daily=("06:00", "21:30")),
        SatelliteTime(
            name="EVA",
            satellite="ISS",
            span=Span(datetime(2026, 8, 8, 12, tzinfo=UTC), datetime(2026, 8, 8, 18, tzinfo=UTC)),
            blocks=("hamtv",),
        ),
    ) == book(GOOD).satellite_times


def test_wanted_seconds_are_the_least_seconds_where_they_are_left_out() -> None:
    _, second = book(GOOD).requests

    assert (120.0, 120.0) == (second.min_s, second.wanted_s)


def test_json_says_the_same_in_the_same_words() -> None:
    text = json.dumps(book_tables(book(GOOD)))

    assert book(GOOD) == parse_requests(text, "requests.json", form="json")
    assert ["schema", "request", "group", "satellite_time"] == list(json.loads(text))
    assert "2026-08-08T04:30:00.000000Z" == json.loads(text)["request"][0]["start"]


def test_null_in_json_is_left_out() -> None:
    tables = book_tables(book(GOOD))
    tables["request"][1] |= {"min_elevation_deg": None, "split": None}

    assert book(GOOD) == parse_requests(json.dumps(tables), "requests.json", form="json")


def test_an_empty_file_asks_for_nothing() -> None:
    assert RequestBook() == book("")
    assert RequestBook() == parse_requests("{}", "x", form="json")


@pytest.mark.parametrize(
    ("name", "is_json"),
    [("a.toml", False), ("a.json", True), ("a.JSON", True), ("a", True), ("a", False), ("a.txt", True)],
)
def test_a_file_is_known_by_its_ending_or_by_its_brace(tmp_path: Path, name: str, is_json: bool) -> None:
    path = tmp_path / name
    path.write_text("\ufeff" + ("\n" + json.dumps(book_tables(book(GOOD))) if is_json else GOOD), encoding="utf-8")

    assert book(GOOD) == load_requests(path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b'note = "\xff"')

    with pytest.raises(InputError, match=r"^a\.toml: byte 8 is not UTF-8 text$"):
        load_requests(path)


# --- the shipped example ---


def test_the_shipped_example_belongs_to_the_shipped_network() -> None:
    found = load_requests(shipped("requests.toml"))
    check_against(found, load_network(shipped("stations.toml")), "requests.toml")

    assert {"NASA", "Roscosmos", "ESA", "JAXA", "CSA"} == {r.agency for r in found.requests}
    assert 25 <= len(found.requests) <= 35


def test_the_shipped_example_shows_every_key() -> None:
    found = load_requests(shipped("requests.toml"))
    untouched = {
        field.name
        for kind, items in (
            (ContactRequest, found.requests),
            (Repetition, [r.repetition for r in found.requests if r.repetition]),
            (SatelliteTime, found.satellite_times),
        )
        for field in fields(kind)
        if all(getattr(item, field.name) == field.default for item in items)
    }

    assert set() == untouched
    assert {"critical", "high", "routine"} == {r.priority for r in found.requests}
    assert {"all_of", "one_of"} == {g.kind for g in found.groups}
    assert {"voice", "command", "payload", "school", "training"} == {r.activity for r in found.requests}


# --- the reference page ---


def test_the_page_shows_the_same_requests_in_toml_and_in_json() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/requests-file.md").read_text(encoding="utf-8")
    toml, _, as_json = page.partition("## Example\n")[2].partition("The same in JSON:\n")
    found = book("\n".join(line[4:] for line in toml.splitlines() if line.startswith("    ")))
    check_against(found, load_network(shipped("stations.toml")), "requests-file.md")
    same = "\n".join(line[4:] for line in as_json.splitlines() if line.startswith("    "))

    assert 5 == len(found.requests)
    assert found == parse_requests(same, "requests-file.md", form="json")


def test_the_page_names_every_key() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/requests-file.md").read_text(encoding="utf-8")
    kinds = (ContactRequest, Repetition, Split, RequestGroup, SatelliteTime)
    names = {field.name for kind in kinds for field in fields(kind)} - {"span"}

    assert set() == {name for name in names if f"`{name}`" not in page}


# --- mistakes ---


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("min_s = 240", "min_s = 0", 'request "R1": min_s is 0; it lies between 1 and 604800'),
        ("min_s = 240", 'min_s = "4 min"', "request \"R1\": min_s is '4 min'; it is a number"),
        ("min_s = 240", "min_s = true", 'request "R1": min_s is True; it is a number'),
        ("min_s = 240", "min_s = nan", 'request "R1": min_s is nan; it lies between 1 and 604800'),
        ("min_s = 240", "min_s = 1e999", 'request "R1": min_s is inf; it lies between'),
        ("min_s = 240\n", "", 'request "R1": min_s is missing'),
        ("wanted_s = 480", "wanted_s = 100", 'request "R1": wanted_s is 100, less than min_s 240'),
        ("wanted_s = 480", "wanted_s = 480.5", 'request "R1": wanted_s is 480.5; contacts last whole seconds'),
        (
            'priority = "high"',
            'priority = "urgent"',
            "priority is 'urgent'; it is one of critical, emergency, high, ro",
        ),
        ('priority = "high"', "priority = 1", "priority is 1; it is one of critical, emergency"),
        ("weight = 1.5", "weight = 3", 'request "R1": weight is 3; it lies between 0.5 and 2'),
        ("weight = 1.5", "wieght = 1.5", "request \"R1\": 'wieght' is not known here; it takes activity, agency,"),
        ('stations = ["RED", "WHM/s-15m"]', 'stations = "RED"', "stations is 'RED'; it is a list"),
        ('"WHM/s-15m"]', "3]", r'request "R1": stations\[1\] is 3; it is a station or "station/antenna", in quotes'),
        ("min_elevation_deg = 10", "min_elevation_deg = 91", "min_elevation_deg is 91; it lies between 0 and 90"),
        ("setup_s = 60", "setup_s = -1", 'request "R1": setup_s is -1; it lies between 0 and 86400'),
        (
            "2026-08-08T06:30:00+02:00",
            "2026-08-08T06:30:00",
            "start is 2026-08-08T06:30:00, a local time; give its zon",
        ),
        ("2026-08-08T06:30:00+02:00", "2026-08-08", "it is a time with its zone, such as 2026-08-08T04:30:00Z"),
        ("2026-08-08T06:30:00+02:00", "06:30:00", "it is a time with its zone, such as 2026-08-08T04:30:00Z"),
        ("2026-08-08T06:30:00+02:00", '"noon"', "start: 'noon' is not a time with its zone; write 2026"),
        ("2026-08-08T06:30:00+02:00", "0001-01-01T00:00:00+02:00", "outside the years 1 to 9999"),
        ("start = 2026-08-08T06:30:00+02:00", "", 'request "R1": start is missing'),
        ("T16:00:00.25Z", "T04:00:00Z", 'request "R1": the span ends at 2026-08-08T04:00:00.*not after its start'),
        ("max_parts = 3", "max_parts = 1", 'request "R1": split: max_parts is 1; it lies between 2 and 20'),
        ("max_parts = 3", "max_parts = 2.5", 'request "R1": split: max_parts is 2.5; it is a whole number'),
        ("max_parts = 3, ", "", 'request "R1": split: max_parts is missing'),
        (
            "max_parts = 3",
            "max_parts = 3, parts = 3",
            "split: 'parts' is not known here; it takes max_parts, min_part_s",
        ),
        ("{ max_parts = 3, min_part_s = 90 }", "3", 'request "R1": split: it is 3; it is a table'),
        ("max_gap_s = 7200", "max_gap_s = 300", 'request "R2": repetition: max_gap_s is 300, less than min_spacing_s'),
        ('period = "span"', 'period = "week"', "repetition: period is 'week'; it is one of day, span"),
        ('"KUS/s-6m", ', '"WGS/s-11m", ', 'request "R2": the array .* is not of different antennas'),
        ('arrays = [["KUS/s-6m", "WGS/s-11m"]]', 'arrays = ["KUS"]', r"arrays\[0\] is 'KUS'; it is a list"),
        ('group = "one"', 'group = "two"', 'request "R1": group is "two", which is not there; add a'),
        ('id = "R2"', 'id = "R1"', 'request "R1" is given twice; each has its own'),
        ('id = "R2"', 'id = "R 2"', "id is 'R 2'; it is 1 to 64 printable characters without spaces"),
        ('id = "R2"', 'id = "R\\u001b[31m"', r"request 2: id has the character U\+001B, which cannot be seen"),
        ('id = "R2"', "id = 2", "request 2: id is 2; it is text in quotes"),
        ('kind = "one_of"', 'kind = "some_of"', "group \"one\": kind is 'some_of'; it is one of all_of, one_of"),
        (
            'daily = ["06:00", "21:30"]',
            'daily = ["6 am", "21:30"]',
            'satellite time "hamtv-on": daily is .6 am.; it is an h',
        ),
        ('daily = ["06:00", "21:30"]', 'daily = ["06:00"]', 'satellite time "hamtv-on": daily has 1 values; it has 2'),
        ('daily = ["06:00", "21:30"]', "", "give either daily .two hours UTC. or start and end"),
        ("end = 2026-08-08T18:00:00Z", "", 'satellite time "EVA": end is missing'),
        ("[[group]]", "[group]", r"the file: group is not an array of tables; write \[\[group\]\]"),
        (
            "[[group]]\n",
            "[[groups]]\n[[group]]\n",
            "'groups' is not known here; it takes group, request, satellite_time, schema",
        ),
        ("requests/1", "requests/2", 'schema is .passplan.requests/2.; this version reads "passplan.requests/1"'),
        ("min_s = 240", "min_s = ", "it is not TOML"),
    ],
)
def test_every_mistake_says_where_what_and_what_would_do(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError, match=message) as caught:
        book(GOOD.replace(old, new, 1))

    assert all(problem.startswith("requests.toml: ") for problem in caught.value.problems)
    assert 1 == len(caught.value.problems)


def test_all_mistakes_are_told_at_once() -> None:
    text = (
        GOOD.replace("weight = 1.5", "weight = 3")
        .replace("setup_s = 60", "setup_s = -1")
        .replace("min_s = 120", 'min_s = "two minutes"\ncolour = "red"')
        .replace("times = 2", "times = 0")
        .replace('kind = "one_of"', 'kind = "some_of"')
        .replace("end = 2026-08-08T18:00:00Z", "")
    )
    with pytest.raises(InputError) as caught:
        book(text)

    assert [
        'requests.toml: request "R1": weight is 3; it lies between 0.5 and 2',
        'requests.toml: request "R1": setup_s is -1; it lies between 0 and 86400',
        "requests.toml: request \"R2\": min_s is 'two minutes'; it is a number",
        'requests.toml: request "R2": repetition: times is 0; it lies between 1 and 100',
        "requests.toml: request \"R2\": 'colour' is not known here; it takes activity, agency, arrays, during, end, "
        "group, id, link, min_elevation_deg, min_s, note, preference, priority, repetition, satellite, setup_s, split, "
        "start, stations, teardown_s, wanted_s, weight",
        "requests.toml: group \"one\": kind is 'some_of'; it is one of all_of, one_of",
        'requests.toml: satellite time "EVA": end is missing',
    ] == list(caught.value.problems)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"^x\.json line 1 column 1: it is not JSON: Expecting value"),
        ("[]", r"^x\.json: it is \[\]; it is an object in braces$"),
        ('{"request": [', r"^x\.json line 1 column 14: it is not JSON"),
        ('{"request": [{"min_s": NaN}]}', r"^x\.json: it holds NaN, which is not JSON"),
        ('{"request": [{"min_s": -Infinity}]}', r"^x\.json: it holds -Infinity"),
        ('{"request": [{"min_s": 1e999}]}', r"^x\.json: it holds the number 1e999, which is beyond all bounds$"),
        ('{"request": [{"min_s": 1' + "0" * 5000 + "}]}", "a number of 5,001 digits; at most 40 are read"),
        ('{"request": [{"id": "A", "id": "B"}]}', r"^x\.json: the key 'id' stands twice in one object$"),
        ('{"request": [{"note": "\\ud800"}]}', r"note is '\\ud800'; it has half a character"),
        ('{"request": [null]}', "request 1: it is None; it is a table"),
        ('{"request": null}', "request is not an array of tables"),
        ("[" * 40, "it nests deeper than 16 levels"),
    ],
)
def test_json_that_parsers_differ_about_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_requests(text, "x.json", form="json")


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b" " * (MAX_REQUESTS_JSON_BYTES + 1))

    with pytest.raises(InputError, match=r"^a\.json: the file has 4,194,305 bytes; at most 4,194,304 are read$"):
        load_requests(path)
    with pytest.raises(InputError, match=r"^a\.toml: the file has 300,000 bytes; at most 262,144 are read$"):
        parse_requests(" " * 300_000, "a.toml", form="toml")


def test_ten_thousand_requests_are_read_in_linear_time() -> None:
    one = book_tables(book(GOOD))["request"][1]
    text = json.dumps({"request": [one | {"id": f"R{k}"} for k in range(10_000)]})
    with linear_work():
        found = parse_requests(text, "x.json", form="json")

    assert 10_000 == len(found.requests)


# --- names that the network does not have ---


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"ESA"',
            '"ESO"',
            "request \"R1\": agency is 'ESO', which is not there; known: CSA, ESA, JAXA, NASA, Roscosmos",
        ),
        (
            'satellite = "ISS"',
            'satellite = "MIR"',
            "request \"R1\": satellite is 'MIR', which is not there; known: ISS",
        ),
        (
            '"hamtv"',
            '"hamtv2"',
            "request \"R1\": link is 'hamtv2', which is not there; known: ariss-packet, ariss-packet-uhf",
        ),
        ('"RED"', '"REDU"', "request \"R1\": stations is 'REDU', which is not there; known: AFRC-VHF.* more$"),
        ('"WHM/s-15m"', '"WHM/x"', "request \"R1\": stations is 'WHM/x', which is not there; known: WHM/s-15m"),
        ('"KUS/s-6m"', '"KUS/x"', "request \"R2\": arrays is 'KUS/x', which is not there; known: KUS/s-6m"),
        (
            '"KUS/s-6m"',
            '"KUS"',
            r"request \"R2\": arrays\[0\]\[0\]: the antenna is 'KUS'; it is written \"station/antenna\"",
        ),
        (
            '"KUS/s-6m"',
            '"X/s-6m"',
            "request \"R2\": arrays is 'X/s-6m', which is not there; known: AFRC-VHF/vhf, .* more$",
        ),
        ('["hamtv-on"]', '["asleep"]', "during is 'asleep', which is not there; known: EVA, crew-awake, hamtv-on"),
        (
            'blocks = ["hamtv"]',
            'blocks = ["tv"]',
            "satellite time \"EVA\": blocks is 'tv', which is not there; known: \\*, ",
        ),
        ('name = "EVA"\nsatellite = "ISS"', 'name = "EVA"', "satellite time \"EVA\": satellite is '', which is not th"),
    ],
)
def test_a_name_that_the_network_does_not_have_is_told_with_those_it_has(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError, match=message) as caught:
        check_against(book(GOOD.replace(old, new, 1)), load_network(shipped("stations.toml")), "requests.toml")

    assert all(problem.startswith("requests.toml: ") for problem in caught.value.problems)
    assert 1 == len(caught.value.problems)


def test_every_unknown_name_is_told_at_once() -> None:
    text = GOOD.replace('"hamtv"', '"tv"').replace('"RED"', '"R"').replace('"ESA"', '"E"')
    with pytest.raises(InputError) as caught:
        check_against(book(text), load_network(shipped("stations.toml")), "requests.toml")

    assert 5 == len(caught.value.problems)


def test_names_that_are_there_pass() -> None:
    check_against(book(GOOD), load_network(shipped("stations.toml")), "requests.toml")
