"""A station, an agency, and the map."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from passplan.domain.contacts import GIVEN, ContactState
from passplan.domain.errors import NotFoundError
from passplan.domain.span import Span
from passplan.queries.agencies import agency_board, agreements_left
from passplan.queries.day import utc_day
from passplan.queries.requests import request_board
from passplan.queries.snapshot import open_snapshot
from passplan.queries.stations import station_board
from passplan.queries.world_map import world_board
from passplan.service.access.actors import Actor
from passplan.service.contacts.usage import AgreementWeek
from tests import sets
from tests.queries.desk import EVERYBODY, NASA, OWNER, Desk, one, touching
from tests.service.office import (
    ADMIN,
    ESA,
    JAXA,
    OPERATOR,
    SECOND,
    VIEWER,
)


def station(desk: Desk, name: str, actor: Actor | None = ADMIN, number: int = 9) -> Any:
    span = utc_day(datetime(2026, 8, number, tzinfo=UTC).date())
    return station_board(desk.office.store, name, span, actor=actor, now=desk.now)


def test_a_station_has_its_passes_and_contacts_of_the_day(desk: Desk) -> None:
    for name in OWNER:
        board = station(desk, name)
        rows = [r for r in desk.rows() if r.station == name]
        wanted = [r for r in rows if r.aos < board.day.end and board.day.start < r.los]

        assert wanted == [p.row for p in board.passes]
        for p in board.passes:
            assert [s.contact.id for s in touching(p.row, desk.contacts())] == [s.contact.id for s in p.contacts]
    with pytest.raises(NotFoundError, match="no station 'XYZ'"):
        station(desk, "XYZ")


def test_a_pass_over_midnight_keeps_its_contact_on_both_days(desk: Desk) -> None:
    seen, row = one(desk, "own-jaxa")
    after = seen.contact.assignment.contact.end
    board = station_board(
        desk.office.store, row.station, Span(after, after + timedelta(hours=1)), actor=ADMIN, now=desk.now
    )

    assert row.los > after
    assert [seen.contact.id] == [s.contact.id for s in board.passes[0].contacts]
    assert seen.contact.id not in [s.contact.id for s in board.contacts]


def test_a_station_tells_what_came_of_contacts_and_when_it_is_closed(desk: Desk) -> None:
    completed = desk.contacts(ContactState.COMPLETED)
    name = completed[0].row.antennas[0].station
    red, ktu = station(desk, "RED"), station(desk, "KTU")

    assert {ContactState.COMPLETED: len(completed)} == station(desk, name).outcomes
    assert {} == station(desk, name, None).outcomes
    assert (["a storm"], []) == ([o.note for o in red.outages], [c.note for c in red.closures])
    assert ([], ["painting"]) == ([o.note for o in ktu.outages], [c.note for c in ktu.closures])
    assert ([""], [""]) == (
        [o.note for o in station(desk, "RED", JAXA).outages],
        [c.note for c in station(desk, "KTU", ESA).closures],
    )


def test_outages_are_recorded_by_operators_of_the_station_and_by_schedulers(desk: Desk) -> None:
    who = {actor: [station(desk, name, actor).may_change for name in ("WLP", "RED")] for actor in EVERYBODY}

    assert [True, False] == who[OPERATOR]
    assert [True, True] == who[ADMIN] == who[SECOND]
    assert [[False, False]] * 5 == [who[actor] for actor in (ESA, JAXA, NASA, VIEWER, None)]


def test_months_are_what_was_asked_given_and_used(desk: Desk) -> None:
    for agency in ("ESA", "JAXA", "NASA"):
        board = agency_board(desk.office.store, agency, actor=ADMIN, now=desk.now)
        own = [s for s in desk.contacts(*GIVEN) if s.request.agency == agency]
        used = [s for s in own if s.contact.state is ContactState.COMPLETED]
        asked = [a.request for a in request_board(desk.office.store, agency=agency, actor=ADMIN, now=desk.now).requests]
        times = sum(r.repetition.times if r.repetition else 1 for r in asked)
        (month,) = board.months

        assert ("2026-08", len(asked), len(own), len(used)) == (
            month.month,
            month.requests,
            month.contacts,
            month.contacts_used,
        )
        assert 5.0 * times == month.minutes_asked
        assert sum(s.contact.assignment.contact.duration_s for s in own) / 60.0 == pytest.approx(
            month.minutes_given, abs=0.05
        )
        assert sum(s.contact.assignment.contact.duration_s for s in used) / 60.0 == pytest.approx(
            month.minutes_used, abs=0.05
        )
    assert [OWNER[s.id] for s in agency_board(desk.office.store, "ESA", actor=None, now=desk.now).stations] == [
        "ESA"
    ] * 2


def test_of_an_agreement_this_week_s_minutes_are_counted(desk: Desk) -> None:
    monday = datetime(2026, 8, 3, tzinfo=UTC)
    week = Span(monday, monday + timedelta(days=7))
    used = [
        s.contact.assignment.contact.duration_s / 60.0
        for s in desk.contacts(*GIVEN)
        if s.request.agency == "ESA"
        and s.row.antennas[0].station == "WLP"
        and week.start <= s.contact.assignment.contact.start < week.end
    ]
    esa = agency_board(desk.office.store, "ESA", actor=ESA, now=desk.now)
    nasa = agency_board(desk.office.store, "NASA", actor=NASA, now=desk.now)
    (uses,), (grants,) = esa.uses, nasa.grants

    assert used
    assert (sum(used), 60.0 - sum(used)) == pytest.approx((uses.minutes_used, uses.minutes_left), abs=0.06)
    assert (monday.date(), uses) == (uses.monday, grants)
    assert (("MSP",), 0.0) == (esa.grants[0].agreement.stations, esa.grants[0].minutes_used)
    assert esa.uses == left(desk, ESA, desk.now)


def left(desk: Desk, actor: Actor | None, now: datetime) -> tuple[AgreementWeek, ...]:
    """What ESA may still use of others' stations, as an actor sees it."""
    store = desk.office.store
    with store.database.read() as connection:
        return agreements_left(open_snapshot(store, connection, actor, now), "ESA")


def test_a_new_week_begins_on_monday(desk: Desk) -> None:
    monday = datetime(2026, 8, 10, tzinfo=UTC)
    (before,) = left(desk, ESA, monday - timedelta(seconds=1))
    (after,) = left(desk, ESA, monday)

    assert before.minutes_used > 0.0
    assert (0.0, 60.0, monday.date()) == (after.minutes_used, after.minutes_left, after.monday)


def test_what_an_agency_used_is_for_those_who_may_see_its_requests(desk: Desk) -> None:
    for actor in EVERYBODY:
        board = agency_board(desk.office.store, "ESA", actor=actor, now=desk.now)
        may_see = actor in (ADMIN, SECOND, ESA)

        assert may_see == board.is_seen == bool(board.months) == bool(board.uses)
        assert may_see == bool(left(desk, actor, desk.now))
        assert board.share is not None
        assert 5 == board.share.requests_asked
    with pytest.raises(NotFoundError, match="no agency 'CSA'"):
        agency_board(desk.office.store, "CSA", actor=ADMIN, now=desk.now)


def test_the_map_has_each_satellite_and_the_stations_that_see_it(desk: Desk) -> None:
    row = next(r for r in desk.rows() if r.station == "WLP" and r.aos > desk.now)
    for moment in (row.tca, row.los + timedelta(minutes=20)):
        board = world_board(desk.office.store, actor=None, now=moment)
        wanted = [r.station for r in desk.rows() if r.aos <= moment < r.los]
        (iss,) = board.satellites

        assert (("DARK",), sorted(wanted)) == (board.without, sorted(iss.seen_from))
        assert np.datetime64(moment.replace(tzinfo=None), "us") == iss.ahead.time[0]
        period_s = 86_400.0 / sets.ISS.mean_motion_rev_day
        assert period_s == pytest.approx((iss.ahead.time[-1] - iss.ahead.time[0]) / np.timedelta64(1, "s"), abs=30.0)
        assert iss.past.time[-1] <= iss.ahead.time[0]
        assert 72 == len(iss.footprint)
    assert () == world_board(desk.office.store, satellites=("DARK",), actor=None, now=desk.now).satellites
    with pytest.raises(NotFoundError):
        world_board(desk.office.store, satellites=("MIR",), actor=None, now=desk.now)
