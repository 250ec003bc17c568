"""Today."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from passplan.domain.contacts import HOLDING, ContactState
from passplan.domain.roles import Role
from passplan.domain.span import Span
from passplan.queries.snapshot import phase
from passplan.queries.today import today_board
from passplan.service.access.actors import Actor
from passplan.service.contacts import lifecycle as contacts
from passplan.service.network import revisions as networks
from passplan.service.operations.forecast import work_out_passes
from passplan.store.database import Database
from tests.queries.desk import EVERYBODY, NASA, Desk, at, leaked, touching
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


def today(desk: Desk, actor: Actor | None = ADMIN, *, now: datetime | None = None) -> Any:
    return today_board(desk.office.store, actor=actor, now=now or desk.now, real_now=desk.now)


def test_what_is_on_is_shown_with_its_way_and_what_comes_next(desk: Desk) -> None:
    held = desk.contacts(*HOLDING)
    seen = next(s for s in held if s.contact.assignment.contact.start > desk.now)
    span = seen.contact.assignment.contact
    board = today(desk, now=span.start + timedelta(seconds=30))
    (on,) = [o for o in board.on if o.seen.contact.id == seen.contact.id]
    later = [s.contact.id for s in held if s.contact.assignment.contact.start > span.start + timedelta(seconds=30)]

    assert on.row is not None
    assert touching(on.row, [seen])
    assert (2.1e9, "uplink", on.row.station) == (on.frequency_hz, "uplink", on.station.id)
    assert on.row.aos == on.track.span.start
    assert later[:8] == [s.contact.id for s, _ in board.next]
    assert all(row is None or touching(row, [s]) for s, row in board.next)
    assert desk.now < board.changes_at <= span.end


def test_each_station_has_the_pass_that_is_next(desk: Desk) -> None:
    board = today(desk)
    for s in board.stations:
        ahead = [r for r in desk.rows() if r.station == s.station.id and r.los > desk.now]

        assert ahead[0] == s.row
        booked = touching(ahead[0], [c for c in desk.contacts(*HOLDING) if c.contact.assignment.contact.end > desk.now])
        assert [c.contact.id for c in booked[:1]] == ([s.booked.contact.id] if s.booked else [])
    assert {"ready"} == {s.health for s in board.stations}


def test_the_health_of_a_station_follows_its_closed_times(desk: Desk) -> None:
    def health(hours: float) -> dict[str, str]:
        return {s.station.id: s.health for s in today(desk, now=at(hours)).stations}

    assert {"KTU": "closes", "RED": "ready"} == {k: health(25.0)[k] for k in ("KTU", "RED")}
    assert {"KTU": "closed", "RED": "ready"} == {k: health(30.5)[k] for k in ("KTU", "RED")}
    assert {"KTU": "ready", "RED": "closed"} == {k: health(60.5)[k] for k in ("KTU", "RED")}


def test_a_station_with_one_antenna_out_is_there_in_part(office: Office) -> None:
    work_out_passes(office.store, actor=ADMIN, now=office.now)
    networks.record_outage(office.store, "WLP", Span(at(0.0), at(2.0)), antenna="b", actor=ADMIN, now=office.now)
    (wlp,) = [s for s in today(Desk(office)).stations if s.station.id == "WLP"]

    assert ("part", Span(at(0.0), at(2.0))) == (wlp.health, wlp.closed)


def attention(desk: Desk, actor: Actor | None) -> list[tuple[str, str]]:
    found = today(desk, actor).attention
    return sorted((a.kind, a.request or (a.contact.row.request if a.contact else "")) for a in found)


def test_each_is_told_what_waits_for_them(desk: Desk) -> None:
    seen = {actor: attention(desk, actor) for actor in EVERYBODY}
    committed = {
        agency: sorted(
            ("acknowledge", s.row.request)
            for s in desk.contacts(ContactState.COMMITTED)
            if s.request.agency == agency and s.contact.assignment.contact.end > desk.now
        )
        for agency in ("ESA", "JAXA", "NASA")
    }

    assert [*committed["ESA"], ("refused", "high-esa"), ("stale", "")] == seen[ESA]
    assert [*committed["JAXA"], ("refused", "high-jaxa"), ("stale", "")] == seen[JAXA]
    assert [*committed["NASA"], ("stale", "")] == seen[NASA]
    assert [("stale", "")] == seen[VIEWER] == seen[None]
    assert {"wrong"} == {kind for kind, _ in seen[ADMIN]}
    assert sum(map(len, committed.values())) >= 2


def test_who_decides_is_told_and_an_operator_of_what_nobody_reported(database: Database, tmp_path: Path) -> None:
    asking = replace(NETWORK, agreements=(replace(NETWORK.agreements[0], approval=True), NETWORK.agreements[1]))
    office = open_office(database, tmp_path, network=asking)
    work_out_passes(office.store, actor=ADMIN, now=office.now)
    office.submit(ask("A", stations=("WLP",), hours=(20.0, 40.0)), ask("N", "NASA", hours=(0.0, 12.0)))
    office.plan()
    office.freeze()
    office.now = office.contact("N").assignment.contact.end + timedelta(hours=1)
    contacts.expire(office.store, actor=ADMIN, now=office.now)
    desk = Desk(office)
    jaxa = replace(OPERATOR, agency="JAXA")

    assert "unreported" == office.contact("N").state
    assert [("decide", "A"), ("unreported", "N")] == [a for a in attention(desk, OPERATOR) if a[0] != "wrong"]
    assert [("decide", "A")] == [a for a in attention(desk, ADMIN) if a[0] != "wrong"]
    assert [] == [a for a in attention(desk, jaxa) if a[0] != "wrong"]
    assert [] == [a for a in attention(desk, NASA) if a[0] != "wrong"]


def test_how_the_service_is_is_for_those_who_look_after_it(desk: Desk) -> None:
    for actor in EVERYBODY:
        board = today(desk, actor)
        looks_after = actor is not None and actor.role in (Role.OPERATOR, Role.SCHEDULER, Role.ADMINISTRATOR)

        assert looks_after == (board.condition is not None)
        names = {s.row.request for s in (*(o.seen for o in board.on), *(s for s, _ in board.next))} - {""}
        assert [] == leaked([s.row for s, _ in board.next], actor, also=names)
    shares = today(desk).fairness
    assert (sum(a.requests_served for a in shares.agencies), sum(a.requests_asked for a in shares.agencies)) == (
        today(desk).served
    )


def test_a_contact_is_before_in_or_after_its_pass(desk: Desk) -> None:
    seen = desk.contacts(*HOLDING)[-1].contact
    span = seen.assignment.contact

    assert "pre-pass" == phase(seen, span.start - timedelta(seconds=1))
    assert ("pass", "post-pass") == (phase(seen, span.start), phase(seen, span.end))
    assert "" == phase(replace(seen, state=ContactState.COMPLETED), span.start)
