"""A search as a whole: all passes, in order, each searched for once."""

from __future__ import annotations

from dataclasses import replace

from passplan import (
    Station,
)
from passplan.domain.network import Closure
from passplan.domain.requests import RequestBook
from passplan.domain.windows import WindowSearch
from passplan.windows.windows import contact_windows
from tests.refs import ref
from tests.unit.windows.searches import (
    DAY,
    FREE,
    SOURCES,
    around,
    inward,
    longest,
    network,
    only,
    passes,
    request,
    search,
)


def test_every_pass_is_a_window_in_whole_seconds_inside_it(site: Station) -> None:
    found = search(request(min_s=1.0), network(site))

    assert [inward(p.aos, p.los) for p in passes(site)] == [w.span for w in found.windows]
    assert ((), ()) == (found.exclusions, found.inadmissible)
    assert [p.peak_elevation_deg for p in passes(site)] == [w.peak_elevation_deg for w in found.windows]
    assert {(ref("DLF/a"),)} == {w.antennas for w in found.windows}
    assert {()} == {w.start_pointing for w in found.windows}  # nobody asks


def test_windows_are_in_order_of_requests_times_and_antennas(site: Station) -> None:
    two = replace(site, antennas=(replace(FREE, id="b"), FREE), closures=(Closure(span=longest(site).span),))
    names = ["z", "a", "m"]
    found = search([request(id=name) for name in names], network(two, replace(site, id="EST", longitude_deg=14.0)))

    keys = [(names.index(w.request), w.span.start, w.antennas) for w in found.windows]
    assert sorted(keys) == keys
    lost = [(names.index(e.request), e.span.start, e.antennas) for e in found.exclusions]
    assert sorted(lost) == lost
    assert len(lost) > 3
    assert found == search([request(id=n) for n in names], network(two, replace(site, id="EST", longitude_deg=14.0)))


def test_searches_are_shared_and_counted(site: Station) -> None:
    told: list[tuple[int, int]] = []
    levels = [None, 20.0, 20.0, 40.0, 3.0]  # the floor is 5
    asked = [request(id=str(k), min_elevation_deg=level) for k, level in enumerate(levels)]
    asked.append(request(id="polar", satellite="POLAR"))
    book = RequestBook(requests=tuple(asked))
    contact_windows(book, SOURCES, network(site), DAY, progress=lambda done, of: told.append((done, of)))

    assert [(2, 4), (3, 4), (4, 4)] == told


def test_refraction_lets_the_satellite_rise_earlier(site: Station) -> None:
    book = RequestBook(requests=(request(span=around(longest(site))),))
    low = replace(site, min_elevation_deg=0.0)
    plain = only(contact_windows(book, SOURCES, network(low), DAY))
    bent = only(contact_windows(book, SOURCES, network(low), DAY, refraction=True))

    assert bent.start < plain.start < plain.end < bent.end


def test_nothing_asked_is_nothing_found(site: Station) -> None:
    assert WindowSearch(windows=()) == search([], network(site))
