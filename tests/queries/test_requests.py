"""Requests and their sheets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from passplan import find_passes
from passplan.domain.contacts import OPEN, RequestState
from passplan.domain.errors import NotFoundError
from passplan.domain.network import Link
from passplan.domain.span import Span
from passplan.queries.requests import BoardPlace, RequestBoard, price_of, request_board, request_sheet
from passplan.service.access.actors import Actor
from passplan.store.database import Database
from tests import sets
from tests.queries.desk import Desk, at
from tests.refs import ref
from tests.service.office import (
    ADMIN,
    ESA,
    JAXA,
    NETWORK,
    OPERATOR,
    VIEWER,
    Office,
    ask,
    open_office,
)


def standings(desk: Desk, actor: Actor, agency: str = "") -> dict[str, str]:
    found = request_board(desk.office.store, agency=agency, actor=actor, now=desk.now).requests
    return {a.stored.id: a.standing for a in found}


def test_each_request_stands_where_it_stands(desk: Desk) -> None:
    found = standings(desk, ADMIN)
    states = {s.contact.assignment.request: s.contact.state.value for s in desk.contacts()}

    assert {"high-esa": "refused", "high-jaxa": "refused", "unseen-jaxa": "waiting", "msp-jaxa": "withdrawn"} == {
        name: found[name] for name in ("high-esa", "high-jaxa", "unseen-jaxa", "msp-jaxa")
    }
    assert "completed" in found.values()
    assert "scheduled" == found["new-esa"]
    for name in ("own-esa", "own-jaxa", "own-nasa", "wlp-esa"):
        assert states[name] == found[name]


def test_requests_are_seen_by_their_agency_and_by_those_who_see_all(desk: Desk) -> None:
    everything = set(standings(desk, ADMIN))

    assert 12 == len(everything)
    assert (
        {n for n in everything if n.endswith("-esa")} == set(standings(desk, ESA)) == set(standings(desk, ADMIN, "ESA"))
    )
    assert {n for n in everything if n.endswith("-nasa")} == set(standings(desk, OPERATOR))
    assert {} == standings(desk, ESA, "NASA") == standings(desk, VIEWER)


def test_open_requests_come_first_by_their_start_and_then_those_that_are_over_the_newest_first(desk: Desk) -> None:
    board = request_board(desk.office.store, actor=ADMIN, now=desk.now)
    is_open = [a.stored.state in OPEN and a.stored.end > desk.now for a in board.requests]
    starts = [a.stored.start for a in board.requests]
    number = is_open.index(False)

    assert sorted(is_open, reverse=True) == is_open
    assert sorted(starts[:number]) == starts[:number]
    assert sorted(starts[number:], reverse=True) == starts[number:]
    assert (number, None) == (board.open, board.next)
    assert board.satisfied == sum(a.stored.state is RequestState.SATISFIED for a in board.requests[:number]) > 0
    assert 2 == board.revision


@pytest.mark.parametrize("actor", [ADMIN, ESA, JAXA])
@pytest.mark.parametrize("most", [1, 2, 5])
def test_pages_of_a_board_are_the_board(desk: Desk, actor: Actor, most: int) -> None:
    def page(after: BoardPlace | None) -> RequestBoard:
        return request_board(desk.office.store, after=after, most=most, actor=actor, now=desk.now)

    whole = [a.stored.id for a in request_board(desk.office.store, actor=actor, now=desk.now).requests]
    found, board = [], page(None)
    while True:
        assert len(board.requests) <= most
        found += [a.stored.id for a in board.requests]
        if board.next is None:
            break
        board = page(board.next)

    assert whole == found


def test_a_board_counts_no_requests_that_are_not_seen(desk: Desk) -> None:
    counts = {actor: request_board(desk.office.store, actor=actor, now=desk.now).open for actor in (ADMIN, ESA, VIEWER)}
    foreign = request_board(desk.office.store, agency="NASA", actor=ESA, now=desk.now)

    assert counts[ADMIN] > counts[ESA] > counts[VIEWER] == 0
    assert (0, ()) == (foreign.open, foreign.requests)


def test_a_refused_request_has_a_sheet_with_why_and_with_what_is_free(desk: Desk) -> None:
    found = request_sheet(desk.office.store, "high-esa", actor=ESA, now=desk.now)

    assert "refused" == found.outcome.standing
    assert found.outcome.particulars
    assert found.availability is not None
    assert found.availability.others
    assert ["request.submitted", "request.accepted"] == [e.action for e in found.history][:2]
    assert request_sheet(desk.office.store, "new-esa", actor=ESA, now=desk.now).availability is None
    for name, actor in (("high-esa", JAXA), ("high-esa", VIEWER), ("nothing", ADMIN)):
        with pytest.raises(NotFoundError, match=f"there is no request '{name}'"):
            request_sheet(desk.office.store, name, actor=actor, now=desk.now)


def link_of_one(database: Database, folder: Path) -> Office:
    """A link for one; where Redu and Maspalomas, which are NASA's here, see the satellite at once, NASA has it."""
    shared = replace(
        NETWORK,
        stations=tuple(replace(s, agency="NASA") if s.id == "MSP" else s for s in NETWORK.stations),
        satellites=(replace(NETWORK.satellites[0], links=(Link(id="up", direction="uplink", band="S", capacity=1),)),),
        agreements=(),
    )
    office = open_office(database, folder, network=shared)
    (red,) = [s for s in shared.stations if s.id == "RED"]
    over = next(p.span for p in find_passes([sets.ISS], [red], Span(at(8.0), at(30.0))) if p.peak_elevation_deg > 40.0)
    wide = Span(over.start - timedelta(minutes=4), over.end + timedelta(minutes=4))
    office.submit(
        ask("theirs", "NASA", span=wide, stations=("MSP",), min_s=420.0, wanted_s=600.0, priority="critical"),
    )
    office.submit(ask("ours", span=over, stations=("RED",), min_s=360.0, wanted_s=600.0))
    office.plan()
    return office


def test_a_contact_in_the_way_is_named_only_where_it_is_seen_itself(database: Database, tmp_path: Path) -> None:
    office = link_of_one(database, tmp_path)
    (ours,) = request_sheet(office.store, "ours", actor=ESA, now=office.now).hindrances
    (all_of_it,) = request_sheet(office.store, "ours", actor=ADMIN, now=office.now).hindrances

    # It is at NASA's station, of which ESA sees nothing, and holds the link that ESA's own antenna would need.
    assert ((ref("RED/a"),), "NASA", "", None) == (ours.obstacle.antennas, ours.agency, ours.request, ours.contact)
    assert "theirs" == all_of_it.request
    assert all_of_it.contact is not None
    assert "theirs" == all_of_it.contact.row.request


def test_the_price_of_a_refused_request_is_known_to_its_agency(database: Database, tmp_path: Path) -> None:
    office = link_of_one(database, tmp_path)
    price = price_of(office.store, "ours", actor=ESA, now=office.now)
    assert price is not None

    whole = price_of(office.store, "ours", actor=ADMIN, now=office.now)
    assert whole is not None

    assert ["theirs"] == [a.request for a in price.price.displaced]
    assert price.price.value < 0.0
    assert ({"theirs": ("NASA", "")}, {"theirs": ("NASA", "theirs")}) == (price.displaced, whole.displaced)
    assert price == request_sheet(office.store, "ours", has_price=True, actor=ESA, now=office.now).price
    assert request_sheet(office.store, "ours", actor=ESA, now=office.now).price is None
    assert price_of(office.store, "theirs", actor=ADMIN, now=office.now) is None
    with pytest.raises(NotFoundError):
        price_of(office.store, "ours", actor=JAXA, now=office.now)
