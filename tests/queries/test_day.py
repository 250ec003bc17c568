"""A day of the schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from passplan.domain.contacts import GIVEN
from passplan.domain.errors import NotFoundError
from passplan.domain.facts import CancelledBy, CancelledContact, ContactRef, Note
from passplan.domain.network import AntennaRef
from passplan.domain.span import Span
from passplan.queries.day import ALL_LANES, LaneChoice, day_board, utc_day
from passplan.queries.revisions import revision_list
from passplan.queries.schedule import revision_board
from passplan.service.access.actors import Actor
from passplan.service.schedule.publishing import load_revision
from tests.queries.desk import EVERYBODY, NASA, Desk, at, leaked
from tests.service.office import (
    ADMIN,
    ESA,
    JAXA,
    OPERATOR,
    SECOND,
    VIEWER,
)


def day(desk: Desk, actor: Actor | None = ADMIN, number: int = 9, choice: LaneChoice = ALL_LANES) -> Any:
    span = utc_day(datetime(2026, 8, number, tzinfo=UTC).date())
    return day_board(desk.office.store, span, choice=choice, actor=actor, now=desk.now)


def test_every_antenna_has_its_lane_with_what_is_there(desk: Desk) -> None:
    board = day(desk)

    assert ["WLP/a", "WLP/b", "RED/a", "MSP/a", "KTU/a"] == [str(lane.ref) for lane in board.lanes]
    for lane in board.lanes:
        wanted = [
            s.contact.id
            for s in desk.contacts(*GIVEN)
            if lane.ref in s.contact.assignment.antennas
            and s.contact.assignment.contact.start < board.span.end
            and board.span.start < s.contact.assignment.contact.end
        ]
        assert wanted == [s.contact.id for s in lane.contacts]
        assert {lane.station.id} == {r.station for r in lane.passes}
    assert board.contacts
    assert (2, 1) == (board.revision.number, board.before)
    assert desk.now + timedelta(hours=24) == board.frozen_until


def test_lanes_are_those_of_an_agency_a_page_at_a_time(desk: Desk) -> None:
    def lanes(**choice: Any) -> tuple[list[str], str, str]:
        board = day(desk, choice=LaneChoice(**choice))
        return [str(lane.ref) for lane in board.lanes], str(board.lanes_before or ""), str(board.lanes_after or "")

    assert (["RED/a", "MSP/a"], "", "") == lanes(agency="ESA")
    assert (["WLP/a", "WLP/b"], "", "RED/a") == lanes(most_lanes=2)
    assert (["RED/a", "MSP/a"], "WLP/a", "KTU/a") == lanes(most_lanes=2, first=AntennaRef("RED", "a"))
    assert (["KTU/a"], "RED/a", "") == lanes(most_lanes=2, first=AntennaRef("KTU", "a"))
    assert (["WLP/a", "WLP/b"], "", "RED/a") == lanes(most_lanes=2, first=AntennaRef("NIL", "a"))
    assert ([], "", "") == lanes(agency="nobody")


def test_a_lane_has_the_passes_of_a_satellite_and_those_of_contacts_where_all_are_too_many(desk: Desk) -> None:
    whole, few = day(desk), day(desk, choice=LaneChoice(most_passes=3))
    none = day(desk, choice=LaneChoice(satellite="nothing"))

    assert (True, False, True) == (whole.has_free_passes, few.has_free_passes, none.has_free_passes)
    assert day(desk, choice=LaneChoice(satellite="ISS")).lanes == whole.lanes
    assert [] == [r for lane in none.lanes for r in (*lane.passes, *lane.contacts)]
    assert whole.contacts == few.contacts == none.contacts != ()
    for lane, all_of_it in zip(few.lanes, whole.lanes, strict=True):
        assert lane.contacts == all_of_it.contacts
        wanted = {
            (r.satellite, r.aos) for r in all_of_it.passes for s in lane.contacts if s.start < r.los and r.aos < s.end
        }
        assert wanted <= {(r.satellite, r.aos) for r in lane.passes} <= {(r.satellite, r.aos) for r in all_of_it.passes}


def test_closed_times_are_shown_and_why_to_those_who_see_all_there(desk: Desk) -> None:
    def notes(actor: Actor | None) -> dict[str, list[str]]:
        lanes = [*day(desk, actor).lanes, *day(desk, actor, 10).lanes]
        return {str(lane.ref): [c.note for c in lane.closed] for lane in lanes if lane.closed}

    assert {"KTU/a": ["painting"], "RED/a": ["a storm"]} == notes(ADMIN)
    assert {"KTU/a": ["closed"], "RED/a": ["a storm"]} == notes(ESA)
    assert {"KTU/a": ["painting"], "RED/a": ["outage"]} == notes(JAXA)
    assert {"KTU/a": ["closed"], "RED/a": ["outage"]} == notes(VIEWER)


def test_refusals_are_seen_by_their_agency_and_by_those_who_see_all(desk: Desk) -> None:
    found = {actor: [r.refusal.request for r in day(desk, actor).refusals] for actor in EVERYBODY}

    assert ["high-esa", "high-jaxa"] == found[ADMIN] == found[SECOND]
    assert (["high-esa"], ["high-jaxa"]) == (found[ESA], found[JAXA])
    assert [[]] * 4 == [found[actor] for actor in (NASA, OPERATOR, VIEWER, None)]
    assert [] == leaked([r.particulars for r in day(desk, ESA).refusals], ESA)


def test_changes_of_the_last_revision_are_seen_as_contacts_are(desk: Desk) -> None:
    def changes(actor: Actor | None) -> set[tuple[str, str, str]]:
        return {(c.kind, c.agency, c.request) for c in day(desk, actor).changes}

    assert {("added", "NASA", "new-nasa"), ("added", "ESA", "new-esa"), ("lost", "JAXA", "msp-jaxa")} <= changes(ADMIN)
    assert {("added", "NASA", ""), ("added", "ESA", "new-esa"), ("lost", "JAXA", "msp-jaxa")} <= changes(ESA)
    assert {("added", "NASA", ""), ("added", "ESA", ""), ("lost", "JAXA", "")} <= changes(VIEWER)
    assert set() == changes(None)
    before, after = (set(load_revision(desk.office.store, n)[1].schedule.assignments) for n in (1, 2))
    assert 0 < len(before & after) == day(desk).unchanged
    for actor in EVERYBODY:
        seen_all = {c.request for c in day(desk, actor).changes if c.request}
        assert [] == leaked([day(desk, actor).changes], actor, also=seen_all)


def test_causes_of_a_revision_do_not_say_why_others_lost_contacts(desk: Desk) -> None:
    told = CancelledContact(
        contact=ContactRef(request="msp-jaxa", agency="JAXA"),
        by=CancelledBy.NETWORK,
        reason=Note(text="secret repairs"),
    )

    assert told in day(desk).revision.causes
    assert told in day(desk, JAXA).revision.causes
    for actor in (ESA, NASA, OPERATOR, VIEWER, None):
        assert CancelledContact() in day(desk, actor).revision.causes
        assert [] == leaked(day(desk, actor).revision.causes, actor)
    assert {CancelledContact()} <= {
        c for r in revision_list(desk.office.store, actor=ESA, now=desk.now) for c in r.causes
    }
    assert told in revision_board(desk.office.store, 2, actor=JAXA, now=desk.now).revision.causes
    with pytest.raises(NotFoundError):
        revision_board(desk.office.store, 3, actor=ADMIN, now=desk.now)


def test_a_day_is_from_midnight_to_midnight() -> None:
    assert Span(datetime(2026, 8, 9, tzinfo=UTC), datetime(2026, 8, 10, tzinfo=UTC)) == utc_day(at(20.0).date())
