"""The sheet of a pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from passplan import find_passes
from passplan.domain.errors import NotFoundError, StaleElementsError
from passplan.domain.network import Link, Network, Satellite
from passplan.domain.rows.passes import ForecastPass
from passplan.domain.span import Span
from passplan.passes.ground import ground_track
from passplan.queries.contacts import contact_place
from passplan.queries.pass_sheet import pass_sheet
from passplan.service.access.actors import Actor
from passplan.service.operations.forecast import work_out_passes
from passplan.store.database import Database
from tests import sets
from tests.queries.desk import NASA, Desk, at, leaked, one
from tests.service.office import (
    ADMIN,
    ESA,
    JAXA,
    NETWORK,
    OPERATOR,
    Office,
    ask,
    open_office,
    turned,
)
from tests.service.office import station as station_at


def sheet(
    desk: Desk, row: ForecastPass, actor: Actor | None = ADMIN, *, contact: int | None = None, off_s: float = 0.0
) -> Any:
    near = row.aos + timedelta(seconds=off_s)
    return near_sheet(desk, row.satellite, row.station, near, actor, contact=contact)


def near_sheet(
    desk: Desk, satellite: str, station: str, near: datetime, actor: Actor | None = ADMIN, *, contact: int | None = None
) -> Any:
    return pass_sheet(desk.office.store, satellite, station, near, contact=contact, actor=actor, now=desk.now)


def test_the_sheet_of_a_pass_has_its_numbers_and_its_way(desk: Desk) -> None:
    seen, row = one(desk, "own-jaxa")
    found = sheet(desk, row)
    a = seen.contact.assignment

    assert (row, "ISS", row.station) == (found.row, found.satellite.id, found.station.id)
    assert ([seen.contact.id], seen.contact.id) == ([s.contact.id for s in found.contacts], found.contact.contact.id)
    assert ("a", "up") == (found.antenna.id, found.link.id)
    assert found.track.span.start <= min(a.occupies.start, row.aos - timedelta(seconds=59))
    assert found.track.span.end >= row.los + timedelta(seconds=59)
    assert row.peak_elevation_deg == pytest.approx(found.track.elevation_deg.max(), abs=0.5)
    assert (2, True) == (found.revision, found.is_frozen)
    assert {"contact.scheduled", "contact.committed"} <= {e.action for e in found.history}


def test_a_pass_without_a_contact_has_a_sheet_too(desk: Desk) -> None:
    row = next(r for r in desk.table(show="free").rows if not r.contacts and r.station == "WLP")
    found = sheet(desk, row, None)

    assert ((), None, (), ()) == (found.contacts, found.contact, found.history, found.log)
    assert ("a", "up", False, frozenset()) == (found.antenna.id, found.link.id, found.is_frozen, found.actions)
    assert row.station not in found.also


def test_the_nearest_pass_is_meant(desk: Desk) -> None:
    row = next(r for r in desk.rows() if r.station == "WLP" and r.aos > at(2.0))

    assert row == sheet(desk, row, off_s=-15 * 60.0).row
    assert row == sheet(desk, row, off_s=row.duration_s + 15 * 60.0).row


def test_stations_that_see_the_satellite_meanwhile_are_named(desk: Desk) -> None:
    row = next(r for r in desk.table().rows if r.overlaps)

    assert row.overlaps == sheet(desk, row).also


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

    assert "times" == found.contact.row.seen
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
    far: dict[str, Any] = {"near": at(-3.0), "satellite": "ISS", "station": "WLP"}
    for changes in ({"station": "XYZ"}, {"satellite": "MIR"}, {"near": datetime(1959, 1, 1, tzinfo=UTC)}, {}):
        with pytest.raises(NotFoundError):
            near_sheet(desk, **{**far, **changes})
    with pytest.raises(StaleElementsError, match="there are no elements of DARK"):
        near_sheet(desk, **{**far, "satellite": "DARK"})


def test_a_pass_that_is_not_kept_any_more_is_worked_out_anew(desk: Desk) -> None:
    (site,) = [s for s in NETWORK.stations if s.id == "MSP"]
    found = find_passes([sets.ISS], [site], Span(at(24.0 * 6), at(24.0 * 7)))
    shown = near_sheet(desk, "ISS", "MSP", found[1].aos.replace(microsecond=0))

    assert abs((shown.row.aos - found[1].aos).total_seconds()) < 0.01
    assert ("ISS", "MSP") == (shown.row.satellite, shown.row.station)
    assert type(desk.rows()[0]) is type(shown.row)


def test_a_pass_is_found_by_its_old_time_when_elements_have_moved_it(office: Office) -> None:
    work_out_passes(office.store, actor=ADMIN, now=office.now)
    office.submit(ask("A", hours=(20.0, 40.0)))
    office.plan()
    seen, row = one(Desk(office), "A")
    office.later(18.0).freeze()
    office.add_elements(*turned(1.5, 2.0, degrees=-4.0))  # a minute later
    work_out_passes(office.store, actor=ADMIN, now=office.now)
    desk = Desk(office)
    found = sheet(desk, row, contact=seen.contact.id)
    moved_s = (found.row.aos - row.aos).total_seconds()
    peak_s = (
        found.track.time[found.track.elevation_deg.argmax()] - np.datetime64(row.tca.replace(tzinfo=None))
    ) / np.timedelta64(1, "s")

    assert 40.0 < moved_s < 90.0
    assert seen.contact.id == found.contact.contact.id
    assert abs(peak_s) < 2.0  # the way is what the contact was frozen on
    assert sheet(desk, row).row == found.row


def test_the_sheet_of_an_antenna_with_cable_stops_has_what_it_drives_and_when_it_unwinds(
    database: Database, tmp_path: Path
) -> None:
    stations = []
    for station in NETWORK.stations:
        stopped = [replace(a, cable_stops_deg=(180.0, 540.0), slew_deg_s=10.0) for a in station.antennas]
        stations.append(replace(station, antennas=tuple(stopped)))
    office = open_office(database, tmp_path, network=replace(NETWORK, stations=tuple(stations)))
    work_out_passes(office.store, actor=ADMIN, now=office.now)
    office.submit(ask("E", stations=("RED",)))
    office.plan()
    desk = Desk(office)
    cut = 0
    for row in desk.table().rows:
        found = sheet(desk, row)
        driven_deg = found.azimuth_driven_deg
        inside = (found.track.time >= np.datetime64(row.aos.replace(tzinfo=None))) & (
            found.track.time < np.datetime64(row.los.replace(tzinfo=None))
        )
        off_deg = (driven_deg - found.track.azimuth_deg + 180.0) % 360.0 - 180.0
        lost = np.zeros(len(found.track), dtype=bool)
        for gap in found.cable_gaps:
            cut += 1
            start, end = (np.datetime64(m.replace(tzinfo=None)) for m in (gap.start, gap.end))
            lost |= (found.track.time >= start) & (found.track.time < end)
            assert row.aos <= gap.start < gap.end < row.los + timedelta(seconds=1)

        assert 180.0 <= driven_deg.min() <= driven_deg.max() <= 540.0
        assert (np.abs(off_deg[inside & ~lost]) < 1e-6).all()
        # What is booked is what can be followed.
        for seen in found.contacts:
            contact = seen.contact.assignment.contact
            assert all(contact.end <= gap.start or gap.end <= contact.start for gap in found.cable_gaps)
    assert cut > 0


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

    assert row.aos < at(-20.0) < at(20.0) < row.los
    assert row == found.row == sheet(desk, row).row
    assert [seen.contact.id] == [s.contact.id for s in found.contacts]
    assert [seen.contact.id] == [s.contact.id for s in sheet(desk, row).contacts]
    assert [seen.contact.id] == [c.id for c in desk.table(start=at(5.0), end=at(6.0)).rows[0].contacts]
    assert len(found.track) < 5_000
