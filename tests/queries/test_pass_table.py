"""The pass table."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passplan.domain.contacts import HOLDING
from passplan.domain.errors import InputError, NotFoundError
from passplan.domain.rows.passes import ListedPass
from passplan.queries.pass_table import PassFilter, place_of
from passplan.service.access.actors import Actor
from tests.queries.desk import EVERYBODY, NASA, OWNER, Desk, at, leaked, touching
from tests.service.office import (
    ADMIN,
    ESA,
    JAXA,
    OPERATOR,
    SECOND,
    VIEWER,
)


def test_the_pass_table_has_every_pass_of_the_span_in_order(desk: Desk) -> None:
    table = desk.table()
    inside = desk.table(start=at(5.0), end=at(20.0))
    wanted = [r for r in desk.rows() if r.aos < at(20.0) and at(5.0) < r.los]

    assert len(table.rows) > 40
    assert [(r.aos, r.station) for r in desk.rows()] == [(r.aos, r.station) for r in table.rows]
    assert [(r.aos, r.station) for r in wanted] == [(r.aos, r.station) for r in inside.rows]
    assert (len(wanted), None) == (inside.total, inside.next)
    assert all(OWNER[r.station] == r.agency for r in table.rows)
    assert ["ISS", "DARK"] == [e.satellite for e in table.elements]


def test_filters_of_the_pass_table_count_together(desk: Desk) -> None:
    found = desk.table(stations=("WLP", "KTU"), min_peak_elevation_deg=30.0, satellites=("ISS",))
    wanted = [r for r in desk.rows() if r.station in ("WLP", "KTU") and r.peak_elevation_deg >= 30.0]

    assert 0 < len(wanted) == len(found.rows) == found.total < len(desk.rows())
    assert ["ISS"] == [e.satellite for e in found.elements]
    assert () == desk.table(satellites=("DARK",)).rows


def test_an_empty_table_tells_the_highest_pass_that_there_is(desk: Desk) -> None:
    found = desk.table(min_peak_elevation_deg=90.0, stations=("WLP",))
    highest = max((r for r in desk.rows() if r.station == "WLP"), key=lambda r: r.peak_elevation_deg)

    assert ((), 0, highest) == (found.rows, found.total, found.highest)
    assert desk.table().highest is None


def test_each_pass_has_its_contacts(desk: Desk) -> None:
    everything = desk.contacts()
    found = {(r.aos, r.station): [c.id for c in r.contacts] for r in desk.table().rows}
    wanted = {(r.aos, r.station): [s.contact.id for s in touching(r, everything)] for r in desk.rows()}

    assert wanted == found
    assert {s.contact.id for s in everything} == {number for ids in found.values() for number in ids}


def test_free_and_booked_passes_are_all_passes(desk: Desk) -> None:
    free, booked = desk.table(show="free").rows, desk.table(show="booked").rows
    held = desk.contacts(*HOLDING)

    assert sorted(place_of(r) for r in (*free, *booked)) == [place_of(r) for r in desk.rows()]
    assert {s.contact.id for s in held} <= {c.id for r in booked for c in r.contacts}
    assert all(touching(r, held) for r in booked)
    assert not any(touching(r, held) for r in free)


def test_one_s_own_passes_are_those_with_contacts_of_one_s_agency(desk: Desk) -> None:
    for actor in (ESA, JAXA, NASA):
        own = {s.contact.id for s in desk.contacts() if s.request.agency == actor.agency}
        mine = desk.table(actor, show="mine").rows

        assert own
        assert own == {c.id for r in mine for c in r.contacts if c.agency == actor.agency}
        assert all(any(c.agency == actor.agency for c in r.contacts) for r in mine)
    assert () == desk.table(VIEWER, show="mine").rows


def test_overlaps_are_passes_at_the_same_time(desk: Desk) -> None:
    for row in desk.table().rows:
        wanted = [
            other.station
            for other in desk.rows()
            if other.station != row.station and other.aos < row.los and row.aos < other.los
        ]

        assert sorted(wanted) == sorted(row.overlaps)
    assert any(row.overlaps for row in desk.table().rows)


@given(
    size=st.integers(1, 30),
    show=st.sampled_from(["all", "free", "booked", "mine"]),
    actor=st.sampled_from(EVERYBODY),
    start=st.floats(-40.0, 40.0),
    stations=st.sets(st.sampled_from(sorted(OWNER)), max_size=2),
)
@settings(max_examples=15)
def test_pages_of_any_size_have_each_pass_once_and_in_order(
    desk: Desk, size: int, show: str, actor: Actor | None, start: float, stations: set[str]
) -> None:
    asked: dict[str, Any] = {"start": at(start), "show": show, "stations": tuple(stations)}
    whole = desk.table(actor, **asked)
    turned: list[ListedPass] = []
    after = None
    while True:
        page = desk.table(actor, most=size, after=after, **asked)
        turned += page.rows
        assert len(page.rows) <= size
        assert whole.total == page.total
        after = page.next
        if after is None:
            break

    assert list(whole.rows) == turned


def test_a_pass_at_the_edge_of_the_span_has_the_contact_that_is_outside(desk: Desk) -> None:
    held = desk.contacts(*HOLDING)
    row, inside = next((r, t) for r in desk.rows() if len(t := touching(r, held)) == 1 and r.los > t[0].end)
    after = inside[0].contact.assignment.contact.end
    asked: dict[str, Any] = {"start": after, "end": row.los, "stations": (row.station,)}

    assert [inside[0].contact.id] == [c.id for c in desk.table(**asked).rows[0].contacts]
    assert () == desk.table(**asked, show="free").rows


def test_in_the_pass_table_each_sees_what_agreements_say(desk: Desk) -> None:
    shown = {}
    for actor in EVERYBODY:
        rows = [c for r in desk.table(actor).rows for c in r.contacts]
        shown[actor] = {c.id: c.seen for c in rows}
        foreign = {c.request for c in rows if c.seen == "all"}
        assert [] == leaked(rows, actor, also=foreign)
    every = {s.contact.id: s for s in desk.contacts()}
    at_wlp = {n for n, s in every.items() if s.row.antennas[0].station == "WLP"}
    own_esa = {n for n, s in every.items() if s.request.agency == "ESA" or s.row.antennas[0].station in ("RED", "MSP")}
    own_jaxa = {
        n for n, s in every.items() if s.request.agency == "JAXA" or s.row.antennas[0].station in ("KTU", "MSP")
    }

    assert dict.fromkeys(every, "all") == shown[ADMIN] == shown[SECOND]
    assert dict.fromkeys(every, "times") == shown[VIEWER]
    assert {} == shown[None]
    assert dict.fromkeys(at_wlp, "times") | dict.fromkeys(own_esa, "all") == shown[ESA]
    assert dict.fromkeys(own_jaxa, "all") == shown[JAXA]
    assert shown[NASA] == shown[OPERATOR]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"end": at(-50.0)}, "ends before it starts"),
        ({"end": at(24.0 * 40)}, "more than 31 days"),
        ({"min_peak_elevation_deg": 91.0}, "lies between 0 and 90"),
        ({"show": "some"}, "one of all, free, booked, mine"),
        ({"most": 0}, "it is 1 to 500"),
        ({"most": 501}, "it is 1 to 500"),
    ],
)
def test_a_filter_with_a_mistake_says_so(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(InputError, match=why):
        PassFilter(**{"start": at(-40.0), "end": at(80.0), **changes})


def test_what_is_not_there_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match="no satellite 'MIR'"):
        desk.table(satellites=("MIR",))
    with pytest.raises(NotFoundError, match="no station 'XYZ'"):
        desk.table(stations=("XYZ",))
