"""Whose antennas a contact may use, and how many minutes of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from passplan.domain.network import Agency
from tests.checking import DAY_MIN, LONGER, NETWORK, ONE, ask, broken, foreign, give, span


@pytest.mark.parametrize(("minutes", "rules"), [(12, []), (12.1, ["agreement"])])
def test_more_minutes_than_agreed_are_found(minutes: float, rules: list[str]) -> None:
    assert rules == broken(LONGER, [foreign(10, 8), foreign(40, minutes, name="two")])


def test_the_first_of_two_agreements_is_charged() -> None:
    # The second one, of 30 minutes, covers both stations; krn is on the first alone.
    assert [] == broken(LONGER, [foreign(10, 20), foreign(40, 30, "mas/a", name="two")])
    assert ["agreement"] == broken(LONGER, [foreign(10, 21)])


def test_an_array_is_charged_once_to_each_agreement() -> None:
    within = ask("within", wanted_s=3600.0, arrays=(("krn/a", "krn/b"),))
    across = ask("across", wanted_s=3600.0, arrays=(("krn/a", "mas/a"),))

    assert [] == broken([within], [give(within, 10, 30, "krn/a", "krn/b")])
    assert [] == broken(
        [across, LONGER[1]], [give(across, 10, 30, "krn/a", "mas/a"), foreign(60, 10, "mas/a", name="two")]
    )
    assert ["agreement"] == broken(
        [across, LONGER[1]], [give(across, 10, 30, "krn/a", "mas/a"), foreign(60, 11, "mas/a", name="two")]
    )


def test_each_week_has_its_own_minutes_by_the_start_of_the_contact() -> None:
    wide = [replace(r, span=span(-DAY_MIN, DAY_MIN)) for r in LONGER]
    within = span(-DAY_MIN, DAY_MIN)

    assert [] == broken(wide, [foreign(-15, 20), foreign(20, 20, name="two")], within=within)
    assert ["agreement"] == broken(wide, [foreign(0, 20), foreign(30, 20, name="two")], within=within)


def test_own_and_common_stations_are_free() -> None:
    assert [] == broken(LONGER, [foreign(10, 60, "wlp/a"), foreign(10, 60, "ham/a", name="two")])


def test_an_agency_whose_name_begins_with_that_of_the_owner_is_another_agency() -> None:
    other = ask("other", agency="ESA-2")
    network = replace(NETWORK, agencies=(*NETWORK.agencies, Agency(id="ESA-2")))

    assert ["admissible"] == broken([other], [give(other, 10, 20, "krn/a")], network=network)


def test_held_minutes_count_and_are_not_judged_by_themselves() -> None:
    kept = foreign(10, 25)

    assert [] == broken(LONGER, [kept], held=[kept])
    assert ["agreement"] == broken(LONGER, [kept, foreign(60, 10, name="two")], held=[kept])
    assert [] == broken(LONGER, [kept, foreign(60, 10, "mas/a", name="two")], held=[kept])


def test_held_minutes_of_no_request_are_nobodys() -> None:
    kept = foreign(60, 20, name="gone")

    assert [] == broken(LONGER, [kept, foreign(10, 20)], held=[kept])


def test_a_station_that_no_agreement_opens_is_found() -> None:
    canadian = ask("canadian", agency="CSA")

    assert [] == broken([canadian], [give(canadian, 10, 20, "ham/a")])
    assert ["admissible"] == broken([canadian], [give(canadian, 10, 20, "krn/a")])


@pytest.mark.parametrize("stations", [("wlp",), ("ham", "wlp/b")])
def test_a_station_or_antenna_that_is_not_asked_for_is_found(stations: tuple[str, ...]) -> None:
    choosy = ask("choosy", stations=stations)

    assert [] == broken([choosy], [give(choosy, 10, 20, "wlp/b")])
    assert ["admissible"] == broken([choosy], [give(choosy, 10, 20, "mas/a")])


def test_antennas_that_are_no_array_asked_for_are_found() -> None:
    array = ask("array", arrays=(("wlp/b", "wlp/a"), ("ham/a", "wlp/a")))

    assert [] == broken([array], [give(array, 10, 20, "wlp/a", "wlp/b")])
    assert [] == broken([array], [give(array, 10, 20, "ham/a", "wlp/a")])
    assert ["admissible"] == broken([array], [give(array, 10, 20, "ham/a", "wlp/b")])
    assert ["admissible"] == broken([array], [give(array, 10, 20, "wlp/a")])


def test_an_array_that_nobody_asked_for_is_found() -> None:
    assert ["admissible"] == broken([ONE], [give(ONE, 10, 20, "wlp/a", "wlp/b")])


def test_of_an_array_with_an_unknown_antenna_the_others_are_looked_at_too() -> None:
    array = ask("array", agency="CSA", arrays=(("gone/a", "krn/a"), ("gone/a", "ham/a")))

    assert "admissible" not in broken([array], [give(array, 10, 20, "gone/a", "ham/a")])
    assert "admissible" in broken([array], [give(array, 10, 20, "gone/a", "krn/a")])
