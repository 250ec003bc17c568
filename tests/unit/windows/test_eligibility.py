"""Which stations and antennas a request may use, and why it cannot use the others."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from passplan import (
    Agreement,
    InputError,
    Span,
    Station,
)
from passplan.domain.network import SatelliteTime
from passplan.domain.passes import Answer, AnswerKind
from passplan.domain.windows import Filter, WindowSearch
from passplan.windows.windows import _cause
from tests import sets
from tests.refs import ref
from tests.unit.windows.searches import DAY, FREE, network, request, search


def _causes(found: WindowSearch) -> list[tuple[str, str]]:
    return [(str(i.station), str(i.cause)) for i in found.inadmissible]


def test_an_agency_uses_its_own_stations_those_of_nobody_and_those_of_agreements(site: Station) -> None:
    stations = [replace(site, id=name, agency=name if name in ("CSA", "NASA") else "") for name in ("CSA", "NASA", "X")]
    agreed = Agreement(owner="ESA", user="CSA", stations=("DLF",), minutes_per_week=60.0)
    found = search(request(agency="CSA"), network(site, *stations, agreements=[agreed]))

    assert {(ref("CSA/a"),), (ref("DLF/a"),), (ref("X/a"),)} == {w.antennas for w in found.windows}
    assert () == found.inadmissible


def test_only_what_is_named_is_used(site: Station) -> None:
    two = replace(site, antennas=(FREE, replace(FREE, id="b")))
    other = replace(site, id="OTH")
    given = network(two, other)

    assert {(ref("DLF/b"),)} == {w.antennas for w in search(request(stations=(ref("DLF/b"),)), given).windows}
    assert {(ref("DLF/a"),), (ref("DLF/b"),)} == {
        w.antennas for w in search(request(stations=("DLF", ref("DLF/b"))), given).windows
    }


def test_what_is_named_and_cannot_be_used_says_why(site: Station) -> None:
    mixed = replace(site, antennas=(FREE, replace(FREE, id="x", bands=("X",))))
    foreign = replace(site, id="CAN", agency="CSA")
    deaf = replace(site, id="XXX", antennas=(replace(FREE, bands=("X", "Ka")),))
    names = ("DLF/x", "CAN", "CAN/a", "XXX", "NO", "NO/a", "DLF")
    found = search(request(stations=names), network(mixed, foreign, deaf))

    assert {(ref("DLF/a"),)} == {w.antennas for w in found.windows}
    assert [
        ("DLF/x", "it has no S"),
        ("CAN", "no agreement lets ESA use it"),
        ("CAN/a", "no agreement lets ESA use it"),
        ("XXX", "no antenna has S"),
        ("NO", "the network has no such station"),
        ("NO/a", "the network has no such antenna"),
    ] == _causes(found)


def test_an_array_is_of_antennas_and_not_of_stations() -> None:
    with pytest.raises(InputError, match="the antenna is 'DLF'; it is written \"station/antenna\""):
        request(arrays=(("DLF", "DLF/a"),))


def test_an_array_needs_all_its_antennas(site: Station) -> None:
    mixed = replace(site, antennas=(FREE, replace(FREE, id="b"), replace(FREE, id="x", bands=("X",))))
    arrays = (("DLF/x", "DLF/a"), ("DLF/b", "DLF/a"), ("DLF/a", "NO/a"))
    found = search(request(arrays=arrays), network(mixed))

    assert {(ref("DLF/a"), ref("DLF/b"))} == {w.antennas for w in found.windows}
    assert [
        ("DLF/x", "it has no S"),
        ("NO/a", "the network has no such antenna"),
    ] == _causes(found)


def test_a_request_without_any_antenna_says_why_the_nearest_will_not_do(site: Station) -> None:
    deaf = replace(site, id="OWN", agency="CSA", antennas=(replace(FREE, bands=("X",)),))
    found = search(request(agency="CSA"), network(site, deaf))

    assert () == found.windows
    assert [("OWN", "no antenna has S"), ("DLF", "no agreement lets CSA use it")] == _causes(found)
    assert [("", "no antenna of the network has S")] == _causes(search(request(agency="CSA"), network(deaf)))
    assert [] == _causes(search(request(agency="ESA"), network(site, deaf)))


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"satellite": "MIR"}, 'the network has no satellite "MIR"'),
        ({"link": "side"}, 'ISS has no link "side"; known: up, down'),
        ({"during": ("asleep",)}, 'no time of ISS is called "asleep"; known: awake'),
        ({"satellite": "GEO", "during": ("awake",)}, 'no time of GEO is called "awake"; known: none'),
    ],
)
def test_what_the_satellite_does_not_have_is_said(site: Station, changes: dict[str, Any], cause: str) -> None:
    given = network(site, times=[SatelliteTime(name="awake", daily=("06:00", "21:30"))])
    found = search(request(**changes), given)

    assert () == found.windows
    assert [("", cause)] == _causes(found)


def test_a_satellite_without_elements_and_one_that_is_down_are_said(site: Station) -> None:
    found = search([request(), request(id="geo", satellite="GEO")], network(site), sources={"ISS": sets.ISS})
    assert [("", "there is no element set of GEO")] == _causes(found)
    assert {"r"} == {w.request for w in found.windows}

    end = Span(sets.DECAYING.epoch + timedelta(days=60), sets.DECAYING.epoch + timedelta(days=61))
    found = search(request(span=end), network(site), end, sources={"ISS": sets.DECAYING})
    ((_, cause),) = _causes(found)
    assert cause.startswith("ISS has decayed by 2026-")


def test_a_satellite_that_comes_down_is_followed_up_to_then(site: Station) -> None:
    limited = replace(site, antennas=(replace(FREE, slew_deg_s=3.0, sun_separation_deg=5.0, keyhole_deg=80.0),))
    span = Span(sets.DECAYING.epoch + timedelta(days=25), sets.DECAYING.epoch + timedelta(days=60))
    found = search(request(span=span), network(limited), span, sources={"ISS": sets.DECAYING})

    # By then every pass is uncertain by more than half its length: each is told, up to the last, and none is used.
    assert ((), ()) == (found.inadmissible, found.windows)
    assert timedelta(days=20) < span.end - found.exclusions[-1].span.end < timedelta(days=34)
    assert Filter.TIMING in {e.filter for e in found.exclusions}


@pytest.mark.parametrize(
    ("code", "cause"), [(0, "the position is not a number"), (1, "mean eccentricity outside 0 to 1")]
)
def test_the_cause_of_a_failure_is_named(code: int, cause: str) -> None:
    failure = Answer(
        satellite="ISS", catalog_number=25544, station="", answer=AnswerKind.FAILED, since=DAY.start, sgp4_code=code
    )

    assert f"SGP4 fails for ISS from 2026-08-08T04:00:00Z ({cause})" == str(_cause(failure, "ISS"))
    failure = replace(failure, until=DAY.end)
    assert f"SGP4 fails for ISS until 2026-08-09T04:00:00Z ({cause})" == str(_cause(failure, "ISS"))


def test_a_satellite_for_which_sgp4_fails_is_inadmissible_with_the_cause(site: Station) -> None:
    long_before = sets.JUST_LAUNCHED.epoch - timedelta(days=30)
    span = Span(long_before, long_before + timedelta(days=1))
    found = search(request(span=span), network(site), span, sources={"ISS": sets.JUST_LAUNCHED})
    ((_, cause),) = _causes(found)

    assert () == found.windows
    assert cause.startswith("SGP4 fails for ISS from 2026-")


def test_a_failure_before_the_epoch_is_the_cause_only_for_requests_in_it(site: Station) -> None:
    epoch = sets.SINKS_ON_BOTH_SIDES.epoch
    span = Span(epoch - timedelta(days=3), epoch + timedelta(days=3))
    early = Span(span.start, span.start + timedelta(hours=12))
    high = replace(site, min_elevation_deg=89.9)
    requests = [request(span=early), request(id="all", span=span)]
    found = search(requests, network(high), span, sources={"ISS": sets.SINKS_ON_BOTH_SIDES})
    ((name, cause),) = [(i.request, str(i.cause)) for i in found.inadmissible]

    assert "r" == name
    assert re.fullmatch(r"SGP4 fails for ISS until 2025-02-25T14:4\d:\d\dZ \(below the Earth's surface\)", cause)
