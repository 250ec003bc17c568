"""What a network, a span and a week answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.domain.errors import InputError, NotFoundError
from passplan.domain.network import (
    Agency,
    Agreement,
    Antenna,
    AntennaRef,
    Link,
    Network,
    Satellite,
    Station,
    covers,
    station_of,
    station_or_antenna,
)
from passplan.domain.span import Span
from passplan.domain.week import Week
from tests.refs import ref, refs

FIRST = Agreement(owner="NASA", user="ESA", stations=("WLP",), minutes_per_week=10.0, approval=True)
SECOND = Agreement(owner="NASA", user="ESA", stations=("WLP", "GDS"), minutes_per_week=99.0)


def station(name: str, agency: str, *antennas: str) -> Station:
    own = tuple(Antenna(id=a, bands=("S",), diameter_m=float(k + 1)) for k, a in enumerate(antennas))
    return Station(id=name, latitude_deg=0.0, longitude_deg=0.0, agency=agency, antennas=own)


NETWORK = Network(
    agencies=(Agency(id="NASA"), Agency(id="ESA")),
    stations=(
        station("WLP", "NASA", "a", "b"),
        station("GDS", "NASA", "a"),
        station("KRN", "ESA", "a"),
        station("HAM", "", "a/1"),
    ),
    satellites=(
        Satellite(id="ISS", catalog_number=25544, links=(Link(id="up", direction="uplink", band="S", capacity=2),)),
        Satellite(id="AIM", catalog_number=31304, links=(Link(id="up", direction="uplink", band="X"),)),
    ),
    agreements=(FIRST, SECOND),
)


# --- references to antennas ---


@pytest.mark.parametrize("text", ["WLP/a", "KUS/s-6m", "HAM/a/1"])
def test_a_reference_is_read_from_its_text_and_written_as_it(text: str) -> None:
    assert text == str(AntennaRef.parse(text))


def test_the_first_slash_stands_between_station_and_antenna() -> None:
    assert AntennaRef("HAM", "a/1") == AntennaRef.parse("HAM/a/1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("WLP", "the antenna is 'WLP'; it is written \"station/antenna\""),
        ("/a", "antenna: station is ''; it is 1 to 64 printable characters"),
        ("WLP/", "antenna: antenna is ''; it is 1 to 64 printable characters"),
        ("WLP/a b", "antenna: antenna is 'a b'; it is 1 to 64 printable characters"),
    ],
)
def test_a_text_that_names_no_antenna_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        AntennaRef.parse(text)


def test_a_station_has_no_slash_in_its_id() -> None:
    with pytest.raises(InputError, match="id is 'W/P'; it has no slash"):
        station("W/P", "NASA", "a")


def test_references_sort_by_station_and_then_by_antenna() -> None:
    assert [*refs("A/z", "A-1/a")] == sorted(refs("A-1/a", "A/z"))


def test_a_name_covers_its_antenna_or_all_antennas_of_its_station() -> None:
    names = ("WLP", ref("WLP/a"), ref("WLP/b"), "GDS", ref("GDS/a"))

    assert [True, True, False, False, False] == [covers(name, ref("WLP/a")) for name in names]
    assert ["WLP", "WLP", "WLP", "GDS", "GDS"] == [station_of(name) for name in names]


def test_a_text_names_a_station_or_an_antenna() -> None:
    assert "WLP" == station_or_antenna("WLP")
    assert AntennaRef("WLP", "a") == station_or_antenna("WLP/a")


# --- the network ---


def test_the_network_finds_what_it_has() -> None:
    assert refs("WLP/a", "WLP/b", "GDS/a", "KRN/a", "HAM/a/1") == NETWORK.antennas
    assert 2.0 == NETWORK.antenna(ref("WLP/b")).diameter_m
    assert "GDS" == NETWORK.station("GDS").id
    assert 31304 == NETWORK.satellite("AIM").catalog_number
    assert ("S", "X") == (NETWORK.link("ISS", "up").band, NETWORK.link("AIM", "up").band)


def test_the_network_names_what_it_does_not_have() -> None:
    with pytest.raises(NotFoundError, match='the network has no station "XXX"'):
        NETWORK.station("XXX")
    with pytest.raises(NotFoundError, match='the network has no antenna "WLP/c"'):
        NETWORK.antenna(ref("WLP/c"))
    with pytest.raises(NotFoundError, match='the network has no satellite "MIR"'):
        NETWORK.satellite("MIR")
    with pytest.raises(NotFoundError, match='the network has no link "ISS/down"'):
        NETWORK.link("ISS", "down")


def test_the_first_agreement_that_names_a_station_counts_there() -> None:
    assert FIRST is NETWORK.agreement("ESA", "WLP")
    assert SECOND is NETWORK.agreement("ESA", "GDS")
    assert NETWORK.agreement("NASA", "WLP") is None


@pytest.mark.parametrize(
    ("agency", "allowed"), [("NASA", {"WLP", "GDS", "HAM"}), ("ESA", {"WLP", "GDS", "KRN", "HAM"}), ("CSA", {"HAM"})]
)
def test_an_agency_may_use_its_own_stations_those_of_nobody_and_those_of_its_agreements(
    agency: str, allowed: set[str]
) -> None:
    assert allowed == {s.id for s in NETWORK.stations if NETWORK.may_use(agency, s.id)}


def test_networks_with_the_same_contents_are_equal() -> None:
    twin = Network(
        agencies=NETWORK.agencies,
        stations=NETWORK.stations,
        satellites=NETWORK.satellites,
        agreements=NETWORK.agreements,
    )

    assert (twin, hash(twin), repr(twin)) == (NETWORK, hash(NETWORK), repr(NETWORK))
    assert repr(NETWORK) == "<network: 2 agencies, 4 stations, 2 satellites, 2 agreements>"


# --- spans and weeks ---

MONDAY = datetime(2026, 8, 3, tzinfo=UTC)
_seconds = st.integers(0, 40 * 86_400)


def span(start_s: int, end_s: int) -> Span:
    return Span(MONDAY + timedelta(seconds=start_s), MONDAY + timedelta(seconds=end_s))


_spans = st.tuples(_seconds, _seconds).filter(lambda pair: pair[0] != pair[1]).map(lambda p: span(min(p), max(p)))


@given(_spans, _spans)
def test_the_intersection_is_what_both_spans_have(a: Span, b: Span) -> None:
    common = a.intersection(b)

    assert common == b.intersection(a)
    assert (common is not None) == a.overlaps(b) == (a.overlap_s(b) > 0.0)
    if common is not None:
        assert common.duration_s == a.overlap_s(b)
        assert all(s.start <= common.start and common.end <= s.end for s in (a, b))
        assert {common.start, common.end} <= {a.start, a.end, b.start, b.end}


def test_spans_that_touch_do_not_overlap() -> None:
    assert not span(0, 60).overlaps(span(60, 120))
    assert span(0, 60).intersection(span(60, 120)) is None
    assert span(0, 61).overlaps(span(60, 120))


def test_the_middle_is_as_far_from_the_start_as_from_the_end() -> None:
    assert MONDAY + timedelta(seconds=30) == span(0, 60).middle


@pytest.mark.parametrize("offset_s", [0, 1, 86_400, 7 * 86_400 - 1])
def test_a_week_begins_on_monday_at_midnight_utc(offset_s: int) -> None:
    assert Span(MONDAY, MONDAY + timedelta(days=7)) == Week.of(MONDAY + timedelta(seconds=offset_s)).span


def test_the_second_before_monday_is_of_the_week_before() -> None:
    assert MONDAY - timedelta(days=7) == Week.of(MONDAY - timedelta(microseconds=1)).start


def test_the_last_week_of_the_calendar_is_a_week_too() -> None:
    last = Span(datetime(9999, 12, 20, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC))

    assert [20, 27] == [week.start.day for week in Week.all_of(last)]


@given(_spans)
def test_the_weeks_of_a_span_cover_it_and_follow_each_other(whole: Span) -> None:
    weeks = [week.span for week in Week.all_of(whole)]

    assert all(week.overlaps(whole) for week in weeks)
    assert weeks[0].start <= whole.start
    assert whole.end <= weeks[-1].end
    assert all(a.end == b.start for a, b in pairwise(weeks))
