"""Antennas hold one contact at a time and have time to turn; a link carries as many contacts as it has channels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from passplan.domain.network import Network
from tests.checking import NETWORK, ONE, THREE, TWO, ask, broken, give, violations, window

# --- antenna ---


@pytest.mark.parametrize(("start_min", "rules"), [(21.5, []), (21.4, ["antenna"]), (12, ["antenna"])])
def test_two_holds_that_overlap_on_an_antenna_are_found(start_min: float, rules: list[str]) -> None:
    assert rules == broken([ONE, TWO], [give(ONE, 10, 20), give(TWO, start_min, start_min + 5)])


def test_two_holds_at_once_on_two_antennas_are_good() -> None:
    assert [] == broken([ONE, TWO], [give(ONE, 10, 20), give(TWO, 10, 20, "wlp/b")])


def test_a_hold_that_overlaps_with_an_array_is_found() -> None:
    array = ask("array", arrays=(("krn/a", "krn/b"), ("wlp/a", "wlp/b")))

    assert [] == broken([array, TWO], [give(array, 10, 20, "wlp/a", "wlp/b"), give(TWO, 22, 30, "wlp/b")])
    assert ["antenna"] == broken([array, TWO], [give(array, 10, 20, "wlp/a", "wlp/b"), give(TWO, 20, 30, "wlp/b")])


def test_a_hold_inside_a_long_one_is_found_after_a_short_one() -> None:
    long = ask("long", wanted_s=6000.0)
    given = [give(long, 0, 100), give(TWO, 10, 15), give(THREE, 50, 55)]

    assert 2 == sum(v.rule == "antenna" for v in violations([long, TWO, THREE], given))


def test_held_contacts_stand_in_the_way() -> None:
    kept, unknown = give(ONE, 10, 20), give(TWO, 40, 50)

    assert [] == broken([ONE, THREE], [kept, unknown, give(THREE, 25, 35)], held=[kept, unknown])
    assert ["antenna"] == broken([ONE, THREE], [kept, unknown, give(THREE, 15, 25)], held=[kept, unknown])
    assert ["antenna"] == broken([ONE, THREE], [kept, unknown, give(THREE, 45, 55)], held=[kept, unknown])


def test_two_held_contacts_that_overlap_are_found() -> None:
    kept = [give(ONE, 10, 20), give(TWO, 15, 25)]

    assert ["antenna"] == broken([ONE, TWO], kept, held=kept)


CHINESE = ask("chinese", satellite="CSS", link="up")
TO_ISS = ask("to-iss")


def turned(gap_s: float, *, network: Network = NETWORK, **changes: Any) -> list[str]:
    """What is broken when a slow antenna turns from one satellite, setting at 350 degrees, to another."""
    first, second = give(TO_ISS, 0, 10, "wlp/slow"), give(CHINESE, 10 + gap_s / 60.0, 20, "wlp/slow")
    setting = window(TO_ISS, 0, 10, "wlp/slow", start_pointing=((180.0, 10.0),), end_pointing=((350.0, 10.0),))
    rising = window(CHINESE, 0, 60, "wlp/slow", start_pointing=((30.0, 5.0),), end_pointing=((40.0, 25.0),))
    windows = [setting, replace(rising, **changes)]
    return broken([TO_ISS, CHINESE], [first, second], windows=windows, network=network)


def test_an_antenna_that_has_no_time_to_turn_is_found() -> None:
    # From (350, 10) to (30, 5), 40 degrees over north; a minute and a half of setup and teardown.
    assert [] == turned(130.0)
    assert ["antenna"] == turned(129.0)


def test_a_turn_that_lacks_a_microsecond_is_good() -> None:
    assert [] == turned(129.999999)
    assert ["antenna"] == turned(129.999998)


def test_azimuths_that_count_past_north_are_those_below_360_degrees() -> None:
    # 750 degrees is 30.
    assert [] == turned(130.0, start_pointing=((750.0, 5.0),), end_pointing=())
    assert ["antenna"] == turned(129.0, start_pointing=((750.0, 5.0),), end_pointing=())


def test_an_antenna_with_cable_stops_has_to_turn_the_long_way() -> None:
    station_of_slow = NETWORK.stations[0]
    slow = [replace(a, cable_stops_deg=(0.0, 360.0)) for a in station_of_slow.antennas]
    stopped = replace(NETWORK, stations=(replace(station_of_slow, antennas=tuple(slow)), *NETWORK.stations[1:]))

    # From the start of one window to the end of the other it is 140 degrees; 40 over north are closed.
    assert [] == turned(230.0, network=stopped)
    assert ["antenna"] == turned(229.0, network=stopped)


def test_the_axis_that_turns_farther_sets_the_time() -> None:
    # From (350, 10) to (0, 70): 60 degrees up.
    assert [] == turned(150.0, start_pointing=((0.0, 70.0),), end_pointing=())
    assert ["antenna"] == turned(149.0, start_pointing=((0.0, 70.0),), end_pointing=())


def test_where_pointings_are_not_known_no_turn_is_asked() -> None:
    assert [] == turned(91.0, start_pointing=(), end_pointing=())


def test_an_antenna_that_is_held_on_without_a_pause_has_no_time_to_turn() -> None:
    assert ["antenna"] == turned(90.0)


def test_a_satellite_that_is_tracked_already_asks_no_turn() -> None:
    windows = [
        window(ONE, 0, 10, "wlp/slow", end_pointing=((0.0, 10.0),)),
        window(TWO, 11.5, 20, "wlp/slow", start_pointing=((180.0, 10.0),)),
    ]

    assert [] == broken([ONE, TWO], [give(ONE, 0, 10, "wlp/slow"), give(TWO, 11.5, 20, "wlp/slow")], windows=windows)


def test_a_turn_between_two_held_contacts_is_not_judged_again() -> None:
    kept = [give(TO_ISS, 0, 10, "wlp/slow"), give(CHINESE, 11.5, 20, "wlp/slow")]
    windows = [
        window(TO_ISS, 0, 10, "wlp/slow", end_pointing=((0.0, 10.0),)),
        window(CHINESE, 11.5, 20, "wlp/slow", start_pointing=((180.0, 10.0),)),
    ]

    assert [] == broken([TO_ISS, CHINESE], kept, windows=windows, held=kept)
    assert ["antenna"] == broken([TO_ISS, CHINESE], kept, windows=windows, held=kept[:1])


# --- link ---


def test_one_contact_more_than_a_link_carries_is_found() -> None:
    pair = [give(ONE, 10, 20), give(TWO, 10, 20, "wlp/b")]

    assert [] == broken([ONE, TWO, THREE], [*pair, give(THREE, 20, 30, "ham/a")])
    assert ["link"] == broken([ONE, TWO, THREE], [*pair, give(THREE, 19, 29, "ham/a")])


def test_links_of_one_name_and_two_satellites_are_two() -> None:
    up, chinese = ask("up", link="up"), ask("other", satellite="CSS", link="up")

    assert [] == broken([up, chinese], [give(up, 10, 20), give(chinese, 10, 20, "wlp/b")])


def test_held_contacts_of_no_request_fill_a_link() -> None:
    up, gone = ask("up", link="up"), ask("gone", link="up")
    kept = give(gone, 10, 20, "wlp/b")

    assert [] == broken([up], [give(up, 20, 30), kept], held=[kept])
    assert ["link"] == broken([up], [give(up, 19, 29), kept], held=[kept])
