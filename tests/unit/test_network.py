"""The network file: the shipped one, and every mistake with its place."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime

import pytest

from passplan import HorizonMask, InputError, Station, load_network, parse_network
from passplan.domain.network import Closure, SatelliteTime, Staffing
from passplan.domain.span import Span
from passplan.formats.network import network_from_tables
from passplan.resources import shipped

GOOD = """
[[agency]]
id = "ESA"
[[agency]]
id = "CSA"

[[station]]
id = "RED"
agency = "ESA"
latitude_deg = 50.002
longitude_deg = 5.145
horizon_mask = [[0, 3], [90.5, 7], [270, 5.0]]
[[station.antenna]]
id = "s-15m"
bands = ["S"]
cable_stops_deg = [-270, 270]
sun_separation_deg = 2
[[station.closed]]
start = 2026-08-08T02:00:00+02:00
end = "2026-08-10T12:00Z"
antenna = "s-15m"
note = "new gear box"
[[station.staffing]]
days = ["mon", "fri"]
opens = "22:00"
closes = "06:00"
[[station.staffing]]

[[satellite]]
id = "ISS"
catalog_number = 25544
[[satellite.link]]
id = "up"
direction = "uplink"
band = "VHF"
frequency_hz = 145_200_000
[[satellite.time]]
name = "crew-awake"
daily = ["06:00", "21:30"]
[[satellite.time]]
name = "EVA"
start = 2026-08-08T12:00:00Z
end = 2026-08-08T18:30:00Z
blocks = ["up", "*"]

[[agreement]]
owner = "ESA"
user = "CSA"
stations = ["RED"]
minutes_per_week = 60
"""


def test_the_shipped_network_covers_the_five_agencies() -> None:
    network = load_network(shipped("stations.toml"))

    assert {"NASA", "Roscosmos", "ESA", "JAXA", "CSA"} == {a.id for a in network.agencies}
    assert {a.id for a in network.agencies} == {s.agency for s in network.stations}
    assert len(network.stations) >= 20
    assert all(s.source and s.antennas for s in network.stations)
    assert {"iss", "geometry"} == {s.purpose for s in network.stations}
    assert [25544] == [s.catalog_number for s in network.satellites]


def test_no_deep_space_dish_is_said_to_talk_to_the_iss() -> None:
    for station in load_network(shipped("stations.toml")).stations:
        if "deep space" in station.note.lower():
            assert station.purpose == "geometry"


def test_a_good_file_is_read_whole() -> None:
    network = parse_network(GOOD, "good.toml")
    (station,) = network.stations

    assert ((0.0, 3.0), (90.5, 7.0), (270.0, 5.0)) == station.horizon_mask.points  # type: ignore[union-attr]
    assert (-270.0, 270.0) == station.antennas[0].cable_stops_deg
    assert 145.2e6 == network.satellites[0].links[0].frequency_hz
    assert ("RED",) == network.agreements[0].stations


def test_closed_times_staffing_and_times_of_a_satellite_are_read() -> None:
    network = parse_network(GOOD, "good.toml")
    (station,), (satellite,) = network.stations, network.satellites
    closed = Span(datetime(2026, 8, 8, tzinfo=UTC), datetime(2026, 8, 10, 12, tzinfo=UTC))
    eva = Span(datetime(2026, 8, 8, 12, tzinfo=UTC), datetime(2026, 8, 8, 18, 30, tzinfo=UTC))

    assert 2.0 == station.antennas[0].sun_separation_deg
    assert (Closure(span=closed, antenna="s-15m", note="new gear box"),) == station.closures
    assert (Staffing(days=("mon", "fri"), opens="22:00", closes="06:00"), Staffing()) == station.staffing
    assert SatelliteTime(name="crew-awake", daily=("06:00", "21:30")) == satellite.times[0]
    assert SatelliteTime(name="EVA", span=eva, blocks=("up", "*")) == satellite.times[1]


def test_parsed_tables_are_the_same_network() -> None:
    assert parse_network(GOOD, "good.toml") == network_from_tables(tomllib.loads(GOOD), "plan.json")


def test_the_crew_of_the_shipped_network_sleeps() -> None:
    (iss,) = load_network(shipped("stations.toml")).satellites

    assert SatelliteTime(name="crew-awake", daily=("06:00", "21:30")) == iss.times[0]


@pytest.mark.fault(26)
@pytest.mark.fault(27)
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "latitude_deg = 50.002",
            "latitude_deg = 782.2",
            r'station "RED": latitude_deg is 782.2; it lies between -90 and 90',
        ),
        ("latitude_deg = 50.002", "latitude_deg = nan", "latitude_deg is nan; it lies between -90 and 90"),
        ("latitude_deg = 50.002", "latitude_deg = 1e999", "latitude_deg is inf; it lies between -90 and 90"),
        ("longitude_deg = 5.145", "longitude_deg = 540", "longitude_deg is 540; it lies between -180 and 180"),
        ("longitude_deg = 5.145", 'longitude_deg = "5 E"', "longitude_deg is '5 E'; it is a number"),
        ("longitude_deg = 5.145", "longitude_deg = true", "longitude_deg is True; it is a number"),
        ("longitude_deg = 5.145", "", 'station "RED": longitude_deg is missing'),
        (
            "longitude_deg = 5.145",
            "longitude_deg = 5.145\nheight = 3",
            "'height' is not known here; it takes agency, altitude_m",
        ),
        ("[90.5, 7]", "[90.5, 97]", "horizon mask: elevation_deg is 97; it lies between -10 and 90"),
        ("[90.5, 7]", "[0, 7]", "horizon mask: azimuth 0 comes after 0; azimuths rise strictly"),
        ("[90.5, 7]", "[90.5]", r"horizon_mask\[1\] has 1 values; it has 2"),
        ('bands = ["S"]', 'bands = ["Q"]', "bands is 'Q'; it is one of C, HF"),
        ('bands = ["S"]', "bands = []", "it has no bands"),
        ('bands = ["S"]', 'bands = "S"', "bands is 'S'; it is a list"),
        ("[-270, 270]", "[-100, 100]", "cable_stops_deg spans 200 degrees"),
        ('agency = "ESA"', 'agency = "ESO"', 'station "RED": agency is "ESO", which is not there; known: CSA, ESA'),
        ('agency = "ESA"', 'time_zone = "Mars/Olympus"', "time_zone is 'Mars/Olympus'; it is an IANA name"),
        ('stations = ["RED"]', 'stations = ["XYZ"]', 'stations is "XYZ", which is not there; known: RED'),
        ('direction = "uplink"', 'direction = "up"', "direction is 'up'; it is one of both, downlink, uplink"),
        ("frequency_hz = 145_200_000", "frequency_hz = 145.2", "frequency_hz is 145.2; it lies between 1000000 and"),
        ('id = "CSA"', 'id = "ESA"', 'agency "ESA" is given twice'),
        ("[[agency]]", "[[agencies]]", "'agencies' is not known here; it takes agency, agreement, satellite, station"),
        ("[[station]]", "[station]", r"station is not an array of tables; write \[\[station\]\]"),
        ("minutes_per_week = 60", "minutes_per_week = ", "it is not TOML"),
        (
            "start = 2026-08-08T02:00:00+02:00",
            "start = 2026-08-08T02:00:00",
            'station "RED": closed 1: start is 2026-08-08T02:00:00, a local time; give its zone',
        ),
        (
            "start = 2026-08-08T02:00:00+02:00",
            "start = 2026-08-08",
            "closed 1: start is .*; it is a time with its zone",
        ),
        ("start = 2026-08-08T02:00:00+02:00", "", 'station "RED": closed 1: start is missing'),
        ('end = "2026-08-10T12:00Z"', 'end = "soon"', "closed 1: end: 'soon' is not a time with its zone"),
        ('end = "2026-08-10T12:00Z"', "end = 2026-08-01T00:00:00Z", "closed 1: the span ends at 2026-08-01.*not after"),
        ('antenna = "s-15m"', 'antenna = "s-16m"', 'closed: antenna is "s-16m", which is not there; known: s-15m'),
        ('note = "new', 'span = "new', "'span' is not known here; it takes antenna, end, note, start"),
        ('"mon", "fri"', '"mon", "fry"', "station \"RED\": staffing: days is 'fry'; it is one of fri, mon"),
        ('opens = "22:00"', 'opens = "22.00"', "station \"RED\": staffing: opens is '22.00'; it is an hour such as"),
        ("sun_separation_deg = 2", "sun_separation_deg = 200", "sun_separation_deg is 200; it lies between 0 and 90"),
        ('["06:00", "21:30"]', '["06:00"]', r'satellite "ISS": time "crew-awake": daily has 1 values; it has 2'),
        ('["06:00", "21:30"]', '["06:00", "25:00"]', 'satellite time "crew-awake": daily is .25:00'),
        ('daily = ["06:00", "21:30"]', "", 'satellite time "crew-awake": give either daily'),
        (
            'name = "EVA"',
            'name = "EVA"\nsatellite = "ISS"',
            "'satellite' is not known here; it takes blocks, daily, end",
        ),
        ('blocks = ["up", "*"]', 'blocks = ["upp"]', r'satellite time "EVA": blocks is "upp", .*; known: \*, up'),
    ],
)
def test_every_mistake_says_where_what_and_what_would_do(old: str, new: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_network(GOOD.replace(old, new), "net.toml")

    assert all(problem.startswith("net.toml") for problem in caught.value.problems)


def test_all_mistakes_are_told_at_once() -> None:
    text = GOOD.replace("50.002", "95").replace('"uplink"', '"up"').replace("minutes_per_week = 60", "")
    with pytest.raises(InputError) as caught:
        parse_network(text, "net.toml")

    assert len(caught.value.problems) == 3


def test_mistakes_inside_a_station_are_told_once_each() -> None:
    text = GOOD.replace("50.002", "95").replace('bands = ["S"]', 'bands = ["Q"]').replace('"fri"', '"fry"')
    text = text.replace("2026-08-08T02:00:00+02:00", '"never"').replace('"new gear box"', "7")
    with pytest.raises(InputError) as caught:
        parse_network(text, "net.toml")

    expected = [
        'antenna "s-15m": bands is ',
        "closed 1: start: 'never' is ",
        "closed 1: note is 7; ",
        "staffing: days is 'fry'; ",
        "latitude_deg is 95; ",
    ]
    for words, problem in zip(expected, caught.value.problems, strict=True):
        assert problem.startswith(f'net.toml: station "RED": {words}')


@pytest.mark.parametrize(
    "text", ["a." * 20_000 + "a = 1", "[" * 40_000, "a = " + "[" * 40_000, "a = 1" + "0" * 1_000_000, "a = {b=" * 9_000]
)
def test_a_file_made_to_be_slow_is_refused_before_it_is_parsed(text: str) -> None:
    with pytest.raises(InputError, match=r"deeper than|digits|bytes"):
        parse_network(text, "net.toml")


@pytest.mark.fault(27)
def test_a_mask_is_closed_over_north() -> None:
    mask = HorizonMask(((10.0, 4.0), (350.0, 8.0)))

    assert ((0.0, 6.0), (10.0, 4.0), (350.0, 8.0), (360.0, 6.0)) == mask.closed
    assert ((0.0, 5.0), (90.0, 5.0), (360.0, 5.0)) == HorizonMask(((90.0, 5.0),)).closed


@pytest.mark.fault(26)
@pytest.mark.parametrize("field", ["latitude_deg", "longitude_deg", "altitude_m", "min_elevation_deg"])
def test_a_station_refuses_what_is_no_number(field: str) -> None:
    values: dict[str, object] = {"id": "X", "latitude_deg": 0.0, "longitude_deg": 0.0}
    for bad in (float("nan"), float("inf"), "5", None, True):
        with pytest.raises(InputError, match=field):
            Station(**(values | {field: bad}))  # type: ignore[arg-type]
