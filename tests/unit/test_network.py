"""The network file: the shipped one, and every mistake with its place."""

from __future__ import annotations

import pytest

from passplan import HorizonMask, InputError, Station, load_network, parse_network
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

[[satellite]]
id = "ISS"
catalog_number = 25544
[[satellite.link]]
id = "up"
direction = "uplink"
band = "VHF"
frequency_hz = 145_200_000

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


@pytest.mark.parametrize(
    "text", ["a." * 20_000 + "a = 1", "[" * 40_000, "a = " + "[" * 40_000, "a = 1" + "0" * 1_000_000, "a = {b=" * 9_000]
)
def test_a_file_made_to_be_slow_is_refused_before_it_is_parsed(text: str) -> None:
    with pytest.raises(InputError, match=r"deeper than|digits|bytes"):
        parse_network(text, "net.toml")


def test_a_mask_is_closed_over_north() -> None:
    mask = HorizonMask(((10.0, 4.0), (350.0, 8.0)))

    assert ((0.0, 6.0), (10.0, 4.0), (350.0, 8.0), (360.0, 6.0)) == mask.closed
    assert ((0.0, 5.0), (90.0, 5.0), (360.0, 5.0)) == HorizonMask(((90.0, 5.0),)).closed


@pytest.mark.parametrize("field", ["latitude_deg", "longitude_deg", "altitude_m", "min_elevation_deg"])
def test_a_station_refuses_what_is_no_number(field: str) -> None:
    values: dict[str, object] = {"id": "X", "latitude_deg": 0.0, "longitude_deg": 0.0}
    for bad in (float("nan"), float("inf"), "5", None, True):
        with pytest.raises(InputError, match=field):
            Station(**(values | {field: bad}))  # type: ignore[arg-type]
