"""Boards: what pages and answers show, as each actor may see it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passplan import find_passes
from passplan.domain.contacts import GIVEN, HOLDING, ContactState, RequestState
from passplan.domain.errors import InputError, NotFoundError, StaleElementsError
from passplan.domain.network import Agreement, Closure, Link, Network, Satellite
from passplan.domain.requests import Repetition
from passplan.domain.span import Span
from passplan.formats.rows import Row
from passplan.formats.times import parse_instant
from passplan.passes.ground import ground_track
from passplan.service import contacts, networks, requesting
from passplan.service.access import Actor, Role
from passplan.service.boards.agency import agency_board, agreements_left
from passplan.service.boards.day import day_board, utc_day
from passplan.service.boards.pass_sheet import contact_place, pass_sheet
from passplan.service.boards.pass_table import PassFilter, PassTable, pass_table, place_of
from passplan.service.boards.request_board import agencies_displaced, price_of, request_board, request_sheet
from passplan.service.boards.revisions import revision_list, revision_numbered
from passplan.service.boards.scene import SeenContact, phase
from passplan.service.boards.station import station_board
from passplan.service.boards.today import today_board
from passplan.service.boards.world import world_board
from passplan.service.forecast import work_out_passes
from passplan.service.schedules import load_revision
from passplan.store import passes as stored_passes
from passplan.store.database import Database
from tests import sets
from tests.service.office import (
    ADMIN,
    ESA,
    JAXA,
    NETWORK,
    NOW,
    OPERATOR,
    SECOND,
    VIEWER,
    Office,
    ask,
    newer,
    open_office,
)
from tests.service.office import station as station_at
from tests.stores import KINDS, new_store

NASA = Actor(account="nasa", role=Role.REQUESTER, agency="NASA")
EVERYBODY: tuple[Actor | None, ...] = (ADMIN, SECOND, ESA, JAXA, NASA, OPERATOR, VIEWER, None)
# ESA sees times at NASA's station and JAXA all at one of ESA's; there is a satellite of which nothing is known.
BOARDS_NETWORK = replace(
    NETWORK,
    stations=tuple(
        replace(
            s, closures=(Closure(span=Span(NOW + timedelta(hours=30), NOW + timedelta(hours=31)), note="painting"),)
        )
        if s.id == "KTU"
        else s
        for s in NETWORK.stations
    ),
    satellites=(
        replace(
            NETWORK.satellites[0], links=(Link(id="up", direction="uplink", band="S", capacity=2, frequency_hz=2.1e9),)
        ),
        Satellite(id="DARK", catalog_number=99_999, links=(Link(id="up", direction="uplink", band="S"),)),
    ),
    agreements=(
        Agreement(owner="NASA", user="ESA", stations=("WLP",), minutes_per_week=60.0),
        Agreement(owner="ESA", user="JAXA", stations=("MSP",), minutes_per_week=30.0, sees="all"),
    ),
)
OWNER = {s.id: s.agency for s in NETWORK.stations}


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


WHOLE = Span(at(-40.0), at(80.0))


@dataclass(slots=True)
class Desk:
    """A service of some hours, with the contacts that came of it."""

    office: Office

    @property
    def now(self) -> datetime:
        return self.office.now

    def table(self, actor: Actor | None = ADMIN, **asked: Any) -> PassTable:
        found = PassFilter(**{"start": WHOLE.start, "end": WHOLE.end, **asked})
        return pass_table(self.office.store, found, actor=actor, now=self.now)

    def rows(self) -> list[Row]:
        """Every pass that was worked out."""
        with self.office.store.database.read() as connection:
            return stored_passes.select(
                connection, stored_passes.PassQuery(start=WHOLE.start, end=WHOLE.end, most=10_000)
            )

    def contacts(self, *states: ContactState) -> list[SeenContact]:
        """Contacts with nothing hidden."""
        found = day_board(self.office.store, WHOLE, actor=ADMIN, now=self.now).contacts
        return [s for s in found if not states or s.contact.state in states]


def furnish(office: Office) -> Desk:
    """Requests of three agencies, two plans, a freeze, a contact that was cancelled and one that took place."""
    work_out_passes(office.store, actor=ADMIN, now=office.now)
    office.submit(
        ask("own-esa", hours=(1.0, 12.0)),
        ask("wlp-esa", hours=(0.0, 12.0), stations=("WLP",)),
        ask("late-esa", hours=(30.0, 48.0)),
        ask("own-jaxa", "JAXA", hours=(0.0, 24.0)),
        ask("msp-jaxa", "JAXA", hours=(24.0, 47.0), stations=("MSP",)),
        ask("own-nasa", "NASA", hours=(0.0, 12.0)),
        ask("two-nasa", "NASA", hours=(26.0, 48.0), repetition=Repetition(times=2, period="span")),
        ask("high-esa", min_elevation_deg=89.9),
        ask("high-jaxa", "JAXA", min_elevation_deg=89.9),
    )
    office.plan()
    office.freeze()
    first = min(office.contacts(ContactState.COMMITTED), key=lambda c: c.assignment.contact)
    office.now = first.assignment.contact.end + timedelta(minutes=1)
    contacts.report_outcome(office.store, first.id, ContactState.COMPLETED, actor=ADMIN, now=office.now)
    networks.record_outage(office.store, "RED", Span(at(60.0), at(61.0)), note="a storm", actor=ADMIN, now=office.now)
    office.submit(ask("new-nasa", "NASA", hours=(28.0, 48.0)), ask("new-esa", hours=(28.0, 48.0)))
    lost = office.contact("msp-jaxa")
    contacts.cancel(office.store, lost.id, reason="secret repairs", actor=ADMIN, now=office.now)
    requesting.withdraw(office.store, "msp-jaxa", actor=JAXA, now=office.now)
    office.plan()
    office.submit(ask("unseen-jaxa", "JAXA", hours=(30.0, 48.0)))
    return Desk(office)


@pytest.fixture(scope="module", params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A service that the tests look at and do not change."""
    folder = tmp_path_factory.mktemp("boards")
    database = Database(new_store(request.param, folder))
    yield furnish(open_office(database, folder, network=BOARDS_NETWORK, passes_d=3))
    database.close()


def touching(row: Row, seen: Iterable[SeenContact]) -> list[SeenContact]:
    """The contacts in a pass, by looking at each."""
    span = Span(parse_instant(row["aos"]), parse_instant(row["los"]))
    return [
        s
        for s in seen
        if s.contact.assignment.satellite == row["satellite"]
        and any(name.startswith(f"{row['station']}/") for name in s.contact.assignment.antennas)
        and s.contact.assignment.contact.start < span.end
        and span.start < s.contact.assignment.contact.end
    ]


def leaked(shown: object, actor: Actor | None, *, also: Collection[str] = ()) -> list[str]:
    """The names of foreign requests that are in what is shown; `also` may be."""
    names = ["own-esa", "wlp-esa", "late-esa", "own-jaxa", "msp-jaxa", "own-nasa", "two-nasa", "high-esa", "high-jaxa"]
    names += ["new-nasa", "new-esa", "unseen-jaxa", "secret repairs"]
    if actor is not None and actor.role in (Role.SCHEDULER, Role.ADMINISTRATOR):
        return []
    own = actor.agency.lower() if actor is not None and actor.agency else "nobody"
    may = {*also, *(["secret repairs"] if "msp-jaxa" in also or own == "jaxa" else [])}
    return [n for n in names if n in repr(shown) and not n.endswith(own) and n not in may]


# The pass table.


def test_the_pass_table_has_every_pass_of_the_span_in_order(desk: Desk) -> None:
    table = desk.table()
    inside = desk.table(start=at(5.0), end=at(20.0))
    wanted = [r for r in desk.rows() if parse_instant(r["aos"]) < at(20.0) and at(5.0) < parse_instant(r["los"])]

    assert len(table.rows) > 40
    assert [(r["aos"], r["station"]) for r in desk.rows()] == [(r["aos"], r["station"]) for r in table.rows]
    assert [(r["aos"], r["station"]) for r in wanted] == [(r["aos"], r["station"]) for r in inside.rows]
    assert (len(wanted), None) == (inside.total, inside.next)
    assert all(OWNER[r["station"]] == r["agency"] for r in table.rows)
    assert ["ISS", "DARK"] == [e["satellite"] for e in table.elements]


def test_filters_of_the_pass_table_count_together(desk: Desk) -> None:
    found = desk.table(stations=("WLP", "KTU"), min_peak_elevation_deg=30.0, satellites=("ISS",))
    wanted = [r for r in desk.rows() if r["station"] in ("WLP", "KTU") and r["peak_elevation_deg"] >= 30.0]

    assert 0 < len(wanted) == len(found.rows) == found.total < len(desk.rows())
    assert ["ISS"] == [e["satellite"] for e in found.elements]
    assert () == desk.table(satellites=("DARK",)).rows


def test_an_empty_table_tells_the_highest_pass_that_there_is(desk: Desk) -> None:
    found = desk.table(min_peak_elevation_deg=90.0, stations=("WLP",))
    highest = max((r for r in desk.rows() if r["station"] == "WLP"), key=lambda r: r["peak_elevation_deg"])

    assert ((), 0, highest) == (found.rows, found.total, found.highest)
    assert desk.table().highest is None


def test_each_pass_has_its_contacts(desk: Desk) -> None:
    everything = desk.contacts()
    found = {(r["aos"], r["station"]): [c["id"] for c in r["contacts"]] for r in desk.table().rows}
    wanted = {(r["aos"], r["station"]): [s.contact.id for s in touching(r, everything)] for r in desk.rows()}

    assert wanted == found
    assert {s.contact.id for s in everything} == {number for ids in found.values() for number in ids}


def test_free_and_booked_passes_are_all_passes(desk: Desk) -> None:
    free, booked = desk.table(show="free").rows, desk.table(show="booked").rows
    held = desk.contacts(*HOLDING)

    assert sorted(place_of(r) for r in (*free, *booked)) == [place_of(r) for r in desk.rows()]
    assert {s.contact.id for s in held} <= {c["id"] for r in booked for c in r["contacts"]}
    assert all(touching(r, held) for r in booked)
    assert not any(touching(r, held) for r in free)


def test_one_s_own_passes_are_those_with_contacts_of_one_s_agency(desk: Desk) -> None:
    for actor in (ESA, JAXA, NASA):
        own = {s.contact.id for s in desk.contacts() if s.request.agency == actor.agency}
        mine = desk.table(actor, show="mine").rows

        assert own
        assert own == {c["id"] for r in mine for c in r["contacts"] if c["agency"] == actor.agency}
        assert all(any(c["agency"] == actor.agency for c in r["contacts"]) for r in mine)
    assert () == desk.table(VIEWER, show="mine").rows


def test_overlaps_are_passes_at_the_same_time(desk: Desk) -> None:
    for row in desk.table().rows:
        wanted = [
            other["station"]
            for other in desk.rows()
            if other["station"] != row["station"] and other["aos"] < row["los"] and row["aos"] < other["los"]
        ]

        assert sorted(wanted) == sorted(row["overlaps"])
    assert any(row["overlaps"] for row in desk.table().rows)


@given(
    size=st.integers(1, 30),
    show=st.sampled_from(["all", "free", "booked", "mine"]),
    actor=st.sampled_from(EVERYBODY),
    start=st.floats(-40.0, 40.0),
    stations=st.sets(st.sampled_from(sorted(OWNER)), max_size=2),
)
@settings(max_examples=15, deadline=None)
def test_pages_of_any_size_have_each_pass_once_and_in_order(
    desk: Desk, size: int, show: str, actor: Actor | None, start: float, stations: set[str]
) -> None:
    asked: dict[str, Any] = {"start": at(start), "show": show, "stations": tuple(stations)}
    whole = desk.table(actor, **asked)
    turned: list[Row] = []
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
    row, inside = next((r, t) for r in desk.rows() if len(t := touching(r, held)) == 1 and r["los"] > t[0].row["end"])
    after = inside[0].contact.assignment.contact.end
    asked: dict[str, Any] = {"start": after, "end": parse_instant(row["los"]), "stations": (row["station"],)}

    assert [inside[0].contact.id] == [c["id"] for c in desk.table(**asked).rows[0]["contacts"]]
    assert () == desk.table(**asked, show="free").rows


def test_in_the_pass_table_each_sees_what_agreements_say(desk: Desk) -> None:
    shown = {}
    for actor in EVERYBODY:
        rows = [c for r in desk.table(actor).rows for c in r["contacts"]]
        shown[actor] = {c["id"]: c["seen"] for c in rows}
        foreign = {c["request"] for c in rows if c["seen"] == "all"}
        assert [] == leaked(rows, actor, also=foreign)
    every = {s.contact.id: s for s in desk.contacts()}
    at_wlp = {n for n, s in every.items() if s.row["antennas"].startswith("WLP")}
    own_esa = {n for n, s in every.items() if s.request.agency == "ESA" or s.row["antennas"][:3] in ("RED", "MSP")}
    own_jaxa = {n for n, s in every.items() if s.request.agency == "JAXA" or s.row["antennas"][:3] in ("KTU", "MSP")}

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


# The sheet of a pass.


def sheet(desk: Desk, row: Row, actor: Actor | None = ADMIN, *, contact: int | None = None, off_s: float = 0.0) -> Any:
    near = parse_instant(row["aos"]) + timedelta(seconds=off_s)
    return pass_sheet(
        desk.office.store, row["satellite"], row["station"], near, contact=contact, actor=actor, now=desk.now
    )


def one(desk: Desk, request: str) -> tuple[SeenContact, Row]:
    """A request's contact, and its pass."""
    seen = next(s for s in desk.contacts() if s.contact.assignment.request == request)
    (row,) = [r for r in desk.rows() if touching(r, [seen])]
    return seen, row


def test_the_sheet_of_a_pass_has_its_numbers_and_its_way(desk: Desk) -> None:
    seen, row = one(desk, "own-jaxa")
    found = sheet(desk, row)
    a = seen.contact.assignment

    assert (row, "ISS", row["station"]) == (found.row, found.satellite.id, found.station.id)
    assert ([seen.contact.id], seen.contact.id) == ([s.contact.id for s in found.contacts], found.contact.contact.id)
    assert ("a", "up") == (found.antenna.id, found.link.id)
    assert found.track.span.start <= min(a.occupies.start, parse_instant(row["aos"]) - timedelta(seconds=59))
    assert found.track.span.end >= parse_instant(row["los"]) + timedelta(seconds=59)
    assert row["peak_elevation_deg"] == pytest.approx(found.track.elevation_deg.max(), abs=0.5)
    assert (2, True) == (found.revision, found.is_frozen)
    assert {"contact.scheduled", "contact.committed"} <= {e["action"] for e in found.history}


def test_a_pass_without_a_contact_has_a_sheet_too(desk: Desk) -> None:
    row = next(r for r in desk.table(show="free").rows if not r["contacts"] and r["station"] == "WLP")
    found = sheet(desk, row, None)

    assert ((), None, (), ()) == (found.contacts, found.contact, found.history, found.log)
    assert ("a", "up", False, frozenset()) == (found.antenna.id, found.link.id, found.is_frozen, found.actions)
    assert row["station"] not in found.also


def test_the_nearest_pass_is_meant(desk: Desk) -> None:
    row = next(r for r in desk.rows() if r["station"] == "WLP" and parse_instant(r["aos"]) > at(2.0))

    assert row == sheet(desk, row, off_s=-15 * 60.0).row
    assert row == sheet(desk, row, off_s=row["duration_s"] + 15 * 60.0).row


def test_stations_that_see_the_satellite_meanwhile_are_named(desk: Desk) -> None:
    row = next(r for r in desk.table().rows if r["overlaps"])

    assert row["overlaps"] == list(sheet(desk, row).also)


def test_a_contact_that_is_not_seen_is_not_found(desk: Desk) -> None:
    seen, row = one(desk, "own-jaxa")
    for actor in (ESA, NASA, OPERATOR, None):
        with pytest.raises(NotFoundError, match=f"there is no contact {seen.contact.id}"):
            sheet(desk, row, actor, contact=seen.contact.id)
        with pytest.raises(NotFoundError, match=f"there is no contact {seen.contact.id}"):
            contact_place(desk.office.store, seen.contact.id, actor=actor, now=desk.now)
        assert sheet(desk, row, actor).contact is None
    with pytest.raises(NotFoundError):
        contact_place(desk.office.store, 10**6, actor=ADMIN, now=desk.now)

    assert seen.contact.id == contact_place(desk.office.store, seen.contact.id, actor=JAXA, now=desk.now).contact.id


def test_who_sees_times_has_a_sheet_without_what_it_is_for(desk: Desk) -> None:
    seen, row = one(desk, "own-nasa")
    found = sheet(desk, row, ESA, contact=seen.contact.id)

    assert "times" == found.contact.row["seen"]
    assert [] == leaked([found.contact.row, found.history, found.log, found.uses], ESA)
    assert ((), (), frozenset(), 0) == (found.history, found.log, found.actions, found.windows)
    assert {"high-esa"} >= {u.request for u in found.uses if u.outcome == "refused"}
    assert all(u.agency == "ESA" for u in found.uses)


def test_what_requests_could_do_with_a_pass_is_told(desk: Desk) -> None:
    _, row = one(desk, "new-esa")
    uses = {u.request: u.outcome for u in sheet(desk, row).uses}

    assert "here" == uses["new-esa"]
    assert set(uses.values()) <= {"here", "elsewhere", "refused", "open"}
    assert {"elevation"} <= set(sheet(desk, row).excluded)


def test_what_may_be_done_with_a_contact_is_what_its_use_cases_let(desk: Desk) -> None:
    seen, row = one(desk, "two-nasa")
    found = {actor: sheet(desk, row, actor, contact=seen.contact.id).actions for actor in (ADMIN, NASA, OPERATOR, ESA)}

    assert {"cancel", "log"} == found[ADMIN] == found[OPERATOR] == found[NASA]
    assert frozenset() == found[ESA]


def test_a_pass_that_is_not_there_is_not_found(desk: Desk) -> None:
    far = {"aos": "2026-08-08T03:00:00.000000Z", "satellite": "ISS", "station": "WLP"}
    for changes in ({"station": "XYZ"}, {"satellite": "MIR"}, {"aos": "1959-01-01T00:00:00Z"}, {}):
        with pytest.raises(NotFoundError):
            sheet(desk, {**far, **changes})
    with pytest.raises(StaleElementsError, match="there are no elements of DARK"):
        sheet(desk, {**far, "satellite": "DARK"})


def test_a_pass_that_is_not_kept_any_more_is_worked_out_anew(desk: Desk) -> None:
    (site,) = [s for s in NETWORK.stations if s.id == "MSP"]
    found = find_passes([sets.ISS], [site], Span(at(24.0 * 6), at(24.0 * 7)))
    row = {"aos": f"{found[1].aos:%Y-%m-%dT%H:%M:%SZ}", "satellite": "ISS", "station": "MSP"}
    shown = sheet(desk, row)

    assert abs((parse_instant(shown.row["aos"]) - found[1].aos).total_seconds()) < 0.01
    assert ("ISS", "MSP") == (shown.row["satellite"], shown.row["station"])
    assert set(desk.rows()[0]) == set(shown.row)


def test_a_pass_is_found_by_its_old_time_when_elements_have_moved_it(office: Office) -> None:
    work_out_passes(office.store, actor=ADMIN, now=office.now)
    office.submit(ask("A", hours=(20.0, 40.0)))
    office.plan()
    seen, row = one(Desk(office), "A")
    office.later(18.0).freeze()
    office.add_elements(newer(2.0, mean_anomaly_deg=newer(2.0).mean_anomaly_deg - 4.0))  # a minute later
    work_out_passes(office.store, actor=ADMIN, now=office.now)
    desk = Desk(office)
    found = sheet(desk, row, contact=seen.contact.id)
    moved_s = (parse_instant(found.row["aos"]) - parse_instant(row["aos"])).total_seconds()
    peak_s = (found.track.time[found.track.elevation_deg.argmax()] - np.datetime64(row["tca"][:-1])) / np.timedelta64(
        1, "s"
    )

    assert 40.0 < moved_s < 90.0
    assert seen.contact.id == found.contact.contact.id
    assert abs(peak_s) < 2.0  # the way is what the contact was frozen on
    assert sheet(desk, row).row == found.row


def test_a_contact_hours_after_the_rise_of_a_long_pass_is_in_its_sheet(database: Database, tmp_path: Path) -> None:
    relay = Satellite(
        id="RELAY", catalog_number=39070, links=(Link(id="up", direction="uplink", band="S", capacity=1),)
    )
    below = ground_track(sets.GEOSTATIONARY, Span(at(0.0), at(1.0))).longitude_deg[0]
    pacific = station_at("PAC", "NASA", 0.0, float(below), "a")
    network = Network(agencies=NETWORK.agencies, stations=(pacific,), satellites=(relay,))
    office = open_office(database, tmp_path, network=network, passes_d=2)
    office.add_elements(sets.GEOSTATIONARY)
    work_out_passes(office.store, actor=ADMIN, now=office.now)
    office.submit(ask("N", "NASA", hours=(10.0, 11.0), satellite="RELAY", stations=("PAC",)))
    office.plan()
    desk = Desk(office)
    seen, row = one(desk, "N")
    found = sheet(desk, row, contact=seen.contact.id)

    assert parse_instant(row["aos"]) < at(-20.0) < at(20.0) < parse_instant(row["los"])
    assert row == found.row == sheet(desk, row).row
    assert [seen.contact.id] == [s.contact.id for s in found.contacts]
    assert [seen.contact.id] == [s.contact.id for s in sheet(desk, row).contacts]
    assert [seen.contact.id] == [c["id"] for c in desk.table(start=at(5.0), end=at(6.0)).rows[0]["contacts"]]
    assert len(found.track) < 5_000


# A day of the schedule.


def day(desk: Desk, actor: Actor | None = ADMIN, number: int = 9) -> Any:
    span = utc_day(datetime(2026, 8, number, tzinfo=UTC).date())
    return day_board(desk.office.store, span, actor=actor, now=desk.now)


def test_every_antenna_has_its_lane_with_what_is_there(desk: Desk) -> None:
    board = day(desk)

    assert ["WLP/a", "WLP/b", "RED/a", "MSP/a", "KTU/a"] == [lane.name for lane in board.lanes]
    for lane in board.lanes:
        wanted = [
            s.contact.id
            for s in desk.contacts(*GIVEN)
            if lane.name in s.contact.assignment.antennas
            and s.contact.assignment.contact.start < board.span.end
            and board.span.start < s.contact.assignment.contact.end
        ]
        assert wanted == [s.contact.id for s in lane.contacts]
        assert {lane.station.id} == {r["station"] for r in lane.passes}
    assert board.contacts
    assert (2, 1) == (board.revision.number, board.before.number)
    assert desk.now + timedelta(hours=24) == board.frozen_until


def test_closed_times_are_shown_and_why_to_those_who_see_all_there(desk: Desk) -> None:
    def notes(actor: Actor | None) -> dict[str, list[str]]:
        lanes = [*day(desk, actor).lanes, *day(desk, actor, 10).lanes]
        return {lane.name: [c.note for c in lane.closed] for lane in lanes if lane.closed}

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
    told = "msp-jaxa/1 was cancelled by network: secret repairs"

    assert told in day(desk).causes
    assert told in day(desk, JAXA).causes
    for actor in (ESA, NASA, OPERATOR, VIEWER, None):
        assert "a contact of another agency was cancelled" in day(desk, actor).causes
        assert [] == leaked(day(desk, actor).causes, actor)
    assert {"a contact of another agency was cancelled"} <= {
        c for r in revision_list(desk.office.store, actor=ESA, now=desk.now) for c in r.causes
    }
    assert told in revision_numbered(desk.office.store, 2, actor=JAXA, now=desk.now).causes
    with pytest.raises(NotFoundError):
        revision_numbered(desk.office.store, 3, actor=ADMIN, now=desk.now)


def test_a_day_is_from_midnight_to_midnight() -> None:
    assert Span(datetime(2026, 8, 9, tzinfo=UTC), datetime(2026, 8, 10, tzinfo=UTC)) == utc_day(at(20.0).date())


# Today.


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
    assert (2.1e9, "uplink", on.row["station"]) == (on.frequency_hz, "uplink", on.station.id)
    assert parse_instant(on.row["aos"]) == on.track.span.start
    assert later[:8] == [s.contact.id for s, _ in board.next]
    assert all(row is None or touching(row, [s]) for s, row in board.next)
    assert desk.now < board.changes_at <= span.end


def test_each_station_has_the_pass_that_is_next(desk: Desk) -> None:
    board = today(desk)
    for s in board.stations:
        ahead = [r for r in desk.rows() if r["station"] == s.station.id and parse_instant(r["los"]) > desk.now]

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
    return sorted((a.kind, a.request or (a.contact.row["request"] if a.contact else "")) for a in found)


def test_each_is_told_what_waits_for_them(desk: Desk) -> None:
    seen = {actor: attention(desk, actor) for actor in EVERYBODY}
    committed = {
        agency: sorted(
            ("acknowledge", s.row["request"])
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
        names = {s.row["request"] for s in (*(o.seen for o in board.on), *(s for s, _ in board.next))} - {""}
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


# Requests.


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


def test_open_requests_come_first_in_order_of_time_and_then_those_that_are_over(desk: Desk) -> None:
    board = request_board(desk.office.store, actor=ADMIN, now=desk.now)
    is_open = [a.stored.state not in (RequestState.WITHDRAWN,) for a in board.requests]
    starts = [a.stored.start for a in board.requests if a.stored.state is not RequestState.WITHDRAWN]
    given = sum(s.contact.assignment.contact.duration_s for s in desk.contacts(*GIVEN)) / 60.0

    assert sorted(is_open, reverse=True) == is_open
    assert sorted(starts) == starts
    assert given == pytest.approx(board.minutes_given)
    assert 2 == board.revision


def test_a_refused_request_has_a_sheet_with_why_and_with_what_is_free(desk: Desk) -> None:
    found = request_sheet(desk.office.store, "high-esa", actor=ESA, now=desk.now)

    assert "refused" == found.asked.standing
    assert found.asked.particulars
    assert found.look is not None
    assert found.look.others
    assert ["request.submitted", "request.accepted"] == [e.action for e in found.history][:2]
    assert request_sheet(desk.office.store, "new-esa", actor=ESA, now=desk.now).look is None
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
    assert (("RED/a",), "NASA", "", None) == (ours.obstacle.antennas, ours.agency, ours.request, ours.contact)
    assert "theirs" == all_of_it.request
    assert all_of_it.contact is not None
    assert "theirs" == all_of_it.contact.row["request"]


def test_the_price_of_a_refused_request_is_known_to_its_agency(database: Database, tmp_path: Path) -> None:
    office = link_of_one(database, tmp_path)
    price = price_of(office.store, "ours", actor=ESA, now=office.now)
    assert price is not None

    assert ["theirs"] == [a.request for a in price.displaced]
    assert price.value < 0.0
    assert {"theirs": ("NASA", "")} == agencies_displaced(office.store, price, actor=ESA, now=office.now)
    assert {"theirs": ("NASA", "theirs")} == agencies_displaced(office.store, price, actor=ADMIN, now=office.now)
    assert price_of(office.store, "theirs", actor=ADMIN, now=office.now) is None
    with pytest.raises(NotFoundError):
        price_of(office.store, "ours", actor=JAXA, now=office.now)


# A station.


def station(desk: Desk, name: str, actor: Actor | None = ADMIN, number: int = 9) -> Any:
    span = utc_day(datetime(2026, 8, number, tzinfo=UTC).date())
    return station_board(desk.office.store, name, span, actor=actor, now=desk.now)


def test_a_station_has_its_passes_and_contacts_of_the_day(desk: Desk) -> None:
    for name in OWNER:
        board = station(desk, name)
        rows = [r for r in desk.rows() if r["station"] == name]
        wanted = [
            r for r in rows if parse_instant(r["aos"]) < board.day.end and board.day.start < parse_instant(r["los"])
        ]

        assert wanted == [p.row for p in board.passes]
        for p in board.passes:
            assert [s.contact.id for s in touching(p.row, desk.contacts())] == [s.contact.id for s in p.contacts]
    with pytest.raises(NotFoundError, match="no station 'XYZ'"):
        station(desk, "XYZ")


def test_a_pass_over_midnight_keeps_its_contact_on_both_days(desk: Desk) -> None:
    seen, row = one(desk, "own-jaxa")
    after = seen.contact.assignment.contact.end
    board = station_board(
        desk.office.store, row["station"], Span(after, after + timedelta(hours=1)), actor=ADMIN, now=desk.now
    )

    assert parse_instant(row["los"]) > after
    assert [seen.contact.id] == [s.contact.id for s in board.passes[0].contacts]
    assert seen.contact.id not in [s.contact.id for s in board.contacts]


def test_a_station_tells_what_came_of_contacts_and_when_it_is_closed(desk: Desk) -> None:
    completed = desk.contacts(ContactState.COMPLETED)
    name = completed[0].row["antennas"][:3]
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


# An agency.


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
        and s.row["antennas"].startswith("WLP")
        and week.start <= s.contact.assignment.contact.start < week.end
    ]
    esa = agency_board(desk.office.store, "ESA", actor=ESA, now=desk.now)
    nasa = agency_board(desk.office.store, "NASA", actor=NASA, now=desk.now)
    (uses,), (grants,) = esa.uses, nasa.grants

    assert used
    assert (sum(used), 60.0 - sum(used)) == pytest.approx((uses.minutes_used, uses.minutes_left), abs=0.06)
    assert (monday.date(), uses) == (uses.monday, grants)
    assert (("MSP",), 0.0) == (esa.grants[0].agreement.stations, esa.grants[0].minutes_used)
    assert esa.uses == agreements_left(desk.office.store, "ESA", actor=ESA, now=desk.now)


def test_a_new_week_begins_on_monday(desk: Desk) -> None:
    monday = datetime(2026, 8, 10, tzinfo=UTC)
    (before,) = agreements_left(desk.office.store, "ESA", actor=ESA, now=monday - timedelta(seconds=1))
    (after,) = agreements_left(desk.office.store, "ESA", actor=ESA, now=monday)

    assert before.minutes_used > 0.0
    assert (0.0, 60.0, monday.date()) == (after.minutes_used, after.minutes_left, after.monday)


def test_what_an_agency_used_is_for_those_who_may_see_its_requests(desk: Desk) -> None:
    for actor in EVERYBODY:
        board = agency_board(desk.office.store, "ESA", actor=actor, now=desk.now)
        may_see = actor in (ADMIN, SECOND, ESA)

        assert may_see == board.is_seen == bool(board.months) == bool(board.uses)
        assert may_see == bool(agreements_left(desk.office.store, "ESA", actor=actor, now=desk.now))
        assert board.share is not None
        assert 5 == board.share.requests_asked
    with pytest.raises(NotFoundError, match="no agency 'CSA'"):
        agency_board(desk.office.store, "CSA", actor=ADMIN, now=desk.now)


# The map.


def test_the_map_has_each_satellite_and_the_stations_that_see_it(desk: Desk) -> None:
    row = next(r for r in desk.rows() if r["station"] == "WLP" and parse_instant(r["aos"]) > desk.now)
    for moment in (parse_instant(row["tca"]), parse_instant(row["los"]) + timedelta(minutes=20)):
        board = world_board(desk.office.store, actor=None, now=moment)
        wanted = [r["station"] for r in desk.rows() if parse_instant(r["aos"]) <= moment < parse_instant(r["los"])]
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
