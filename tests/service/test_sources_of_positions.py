"""Ephemerides, burns and the screening of element sets in the service."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from passplan import Elements, ElementSet
from passplan.domain.ephemeris import Ephemeris
from passplan.domain.errors import ConflictError, DeniedError, InputError, NotFoundError
from passplan.domain.facts import BurnNear, Fact, SetsHeld
from passplan.domain.manoeuvres import Manoeuvre, ManoeuvreOrigin
from passplan.domain.rows.passes import ForecastPass
from passplan.domain.sources import source_of
from passplan.domain.span import Span
from passplan.domain.timing import TrackRecord
from passplan.formats.writing import write_oem
from passplan.orbit.tabulating import ephemerides_of
from passplan.queries.listings import element_set_list, manoeuvre_list
from passplan.service.documents import document_of, segment_of, value_of
from passplan.service.elements import feeds
from passplan.service.elements import sets as elements
from passplan.service.elements.manoeuvres import add_manoeuvre, remove_manoeuvre
from passplan.service.operations import forecast
from passplan.service.operations.status import condition, element_rows
from passplan.service.settings import Source
from passplan.store import contacts as stored_contacts
from passplan.store import elements as stored
from passplan.store import passes
from passplan.store.database import Database
from passplan.store.passes import PassQuery
from tests import sets
from tests.service.office import ADMIN, ESA, NOW, OPERATOR, Office, ask, newer, open_office

SHIFT_S = 20.0


def ahead(item: ElementSet, seconds: float) -> ElementSet:
    """The same orbit, so many seconds further along it: a set that no burn explains."""
    turned = item.mean_anomaly_deg + seconds * item.mean_motion_rev_day / 240.0
    return replace(item, mean_anomaly_deg=turned % 360.0)


def after_burn(item: ElementSet, delta_v_m_s: float) -> ElementSet:
    """The set of after a burn at its epoch: another mean motion from the same place on."""
    change = -3.0 * delta_v_m_s / 7_660.0 * item.mean_motion_rev_day
    return replace(item, mean_motion_rev_day=item.mean_motion_rev_day + change)


def ephemeris(item: ElementSet, *, hours: tuple[float, float] = (-6.0, 20.0), name: str = "ISS") -> Ephemeris:
    """What NASA might publish: the path of a set, some seconds further than the elements have it."""
    span = Span(NOW + timedelta(hours=hours[0]), NOW + timedelta(hours=hours[1]))
    (made,) = ephemerides_of(source_of(item), span, created=NOW)
    return replace(made, name=name)


def add(office: Office, *found: Ephemeris, burns: tuple[Manoeuvre, ...] = (), source: str = "nasa") -> None:
    received = Elements((), ephemerides=found, manoeuvres=burns)
    elements.add_elements(office.store, received, source=source, actor=ADMIN, now=office.now)


def choice(office: Office) -> stored.Choice:
    with office.store.database.read() as connection:
        return stored.choices(connection)[25544]


def rows(office: Office) -> list[ForecastPass]:
    forecast.work_out_passes(office.store, actor=ADMIN, now=office.now)
    span = PassQuery(start=office.now, end=office.now + timedelta(days=2), stations=("WLP",))
    with office.store.database.read() as connection:
        return passes.select(connection, span)


def wrong(office: Office) -> list[Fact]:
    return list(condition(office.store, now=office.now, real_now=office.now).wrong)


def test_an_ephemeris_serves_the_forecast_where_it_covers_and_the_set_elsewhere(office: Office) -> None:
    before = rows(office)
    add(office, ephemeris(ahead(sets.ISS, SHIFT_S)))
    after = rows(office)

    assert [p.revolution for p in before] == [p.revolution for p in after]
    off_s = [(a.aos - b.aos).total_seconds() for a, b in zip(after, before, strict=True)]
    covered = [p.tca < NOW + timedelta(hours=20) for p in before]
    assert all(off == pytest.approx(-SHIFT_S, abs=2.0) for off, is_in in zip(off_s, covered, strict=True) if is_in)
    assert all(off == 0.0 for off, is_in in zip(off_s, covered, strict=True) if not is_in)
    assert {"ephemeris", "iss_table"} == {p.timing_basis for p in after}


def test_the_newest_ephemeris_counts_and_is_listed(office: Office) -> None:
    add(office, ephemeris(ahead(sets.ISS, 5.0)))
    office.later(1.0)
    newest = replace(ephemeris(ahead(sets.ISS, 7.0)), created=office.now)
    add(office, newest)

    assert [document_of(newest)] == [e.document for e in choice(office).ephemerides]
    (row,) = element_rows(office.store, office.now)
    assert (sets.ISS.epoch, newest.usable.end) == (row.epoch, row.ephemeris_until)
    listed = element_set_list(office.store, "ISS")
    assert [newest.usable.end] * 2 + [None] == [r.covers_until for r in listed]


def test_an_ephemeris_alone_is_a_source_too(database: Database, tmp_path: Path) -> None:
    office = open_office(database, tmp_path)
    with office.store.database.read() as connection:
        (first,) = stored.sets_of(connection, 25544)
    alone = ephemeris(sets.ISS)
    office.store.database.write(lambda t: (t.connection.exec_driver_sql("DELETE FROM element_choice"), None)[1])
    office.store.database.write(lambda t: (t.connection.exec_driver_sql("DELETE FROM element_set"), None)[1])
    add(office, alone)

    assert first.epoch != choice(office).set.epoch
    assert choice(office).set.is_ephemeris
    office.submit(ask("A", hours=(1.0, 18.0)))
    office.plan()
    assert "satisfied" == office.state("A")


def test_a_contact_on_an_ephemeris_keeps_the_part_it_rests_on(office: Office) -> None:
    add(office, ephemeris(ahead(sets.ISS, SHIFT_S)))
    office.submit(ask("A", hours=(1.0, 18.0)))
    office.plan()
    (contact,) = office.freeze()
    with office.store.database.read() as connection:
        snapshot = stored_contacts.snapshot_of(connection, contact.id)
    kept = segment_of(json.dumps(json.loads(snapshot)["elements"]))

    assert isinstance(kept, Ephemeris)
    assert kept.usable.start <= contact.assignment.contact.start < contact.assignment.contact.end <= kept.usable.end
    assert 100 > len(kept.states)


def test_a_new_ephemeris_makes_a_new_plan_due(office: Office) -> None:
    office.submit(ask("A"))
    office.plan()
    add(office, ephemeris(ahead(sets.ISS, SHIFT_S)))
    published = office.plan("lost")

    assert 2 == published.revision.number


@pytest.mark.fault(14)
def test_an_announced_burn_makes_later_passes_uncertain_until_an_ephemeris_covers_them(office: Office) -> None:
    before = rows(office)
    time = NOW + timedelta(hours=10)
    burn = Manoeuvre(
        catalog_number=25544, time=time, delta_v_m_s=1.0, uncertainty_m_s=0.0, origin=ManoeuvreOrigin.EPHEMERIS
    )
    add(office, ephemeris(sets.ISS, hours=(-6.0, 16.0)), burns=(burn,))
    after = rows(office)

    for old, new in zip(before, after, strict=True):
        if new.timing_basis == "ephemeris":
            assert new.timing_95_s is not None
            assert new.timing_95_s < 1.0
        else:
            since_d = (new.tca - time) / timedelta(days=1)
            assert old.timing_68_s is not None
            assert since_d > 0.0  # the ephemeris covers the time until the burn
            assert new.timing_68_s == pytest.approx(34.0 * since_d, rel=0.1)
    assert [BurnNear(satellite="ISS", time=time, delta_v_m_s=1.0)] == [
        f for f in wrong(office) if isinstance(f, BurnNear)
    ]


def test_a_burn_that_is_planned_anew_replaces_the_one_before(office: Office) -> None:
    for hours in (10.0, 30.0):
        burn = Manoeuvre(
            catalog_number=25544, time=NOW + timedelta(hours=hours), origin=ManoeuvreOrigin.EPHEMERIS, name="reboost"
        )
        add(office, replace(ephemeris(sets.ISS), created=NOW + timedelta(hours=hours / 10.0)), burns=(burn,))

    assert [NOW + timedelta(hours=30.0)] == [m.time for m in choice(office).manoeuvres]


def test_people_add_and_remove_burns(office: Office) -> None:
    before = rows(office)
    time = NOW + timedelta(hours=2)
    number = add_manoeuvre(
        office.store, "ISS", time, delta_v_m_s=0.5, uncertainty_m_s=0.1, name="DAM", actor=ADMIN, now=office.now
    )
    with pytest.raises(ConflictError, match="is within 6 hours of it; remove that one first"):
        add_manoeuvre(
            office.store, "ISS", time, delta_v_m_s=0.5, uncertainty_m_s=None, name="", actor=ADMIN, now=office.now
        )
    (row,) = manoeuvre_list(office.store, "ISS")
    assert (number, "ISS", time, 0.5, 0.1, "DAM", "person", "local") == (
        row.id, row.satellite, row.time, row.delta_v_m_s, row.uncertainty_m_s, row.name, row.origin, row.source,
    )  # fmt: skip
    assert max(p.timing_68_s or 0.0 for p in rows(office)) > 10.0 > max(p.timing_68_s or 0.0 for p in before)
    remove_manoeuvre(office.store, number, actor=ADMIN, now=office.now)

    assert [] == manoeuvre_list(office.store)
    assert [p.timing_68_s for p in before] == [p.timing_68_s for p in rows(office)]
    with pytest.raises(NotFoundError, match="there is no manoeuvre"):
        remove_manoeuvre(office.store, number, actor=ADMIN, now=office.now)
    for nobody in (ESA, OPERATOR):
        with pytest.raises(DeniedError):
            add_manoeuvre(
                office.store, "ISS", time, delta_v_m_s=None, uncertainty_m_s=None, name="", actor=nobody, now=office.now
            )
    with pytest.raises(InputError, match="there is no satellite 'MIR'"):
        manoeuvre_list(office.store, "MIR")


@pytest.mark.fault(13)
def test_a_set_after_a_burn_is_taken_and_people_are_told(office: Office) -> None:
    office.later(24.0)
    later = newer(25.0)
    added = office.add_elements(newer(12.0), _moved(12.0, 25.0))

    assert () == added.quarantined
    assert later.epoch == choice(office).set.epoch
    (burn,) = choice(office).manoeuvres
    assert ManoeuvreOrigin.HISTORY == burn.origin
    assert burn.delta_v_m_s == pytest.approx(1.0, abs=0.1)
    assert abs(burn.time - newer(12.0).epoch) < timedelta(hours=1)
    assert ["ISS: a burn at"] == [str(b)[:14] for b in added.burns]
    assert [True] == [f.is_found for f in wrong(office) if isinstance(f, BurnNear)]


def _moved(burn_h: float, epoch_h: float) -> ElementSet:
    """The set of the path after a burn of 1 m/s."""
    changed = after_burn(newer(burn_h), 1.0)
    days = (epoch_h - burn_h) / 24.0
    gained = 360.0 * (changed.mean_motion_rev_day - newer(burn_h).mean_motion_rev_day) * days
    plain = newer(epoch_h)
    return replace(
        plain,
        mean_motion_rev_day=plain.mean_motion_rev_day + changed.mean_motion_rev_day - newer(burn_h).mean_motion_rev_day,
        mean_anomaly_deg=(plain.mean_anomaly_deg + gained) % 360.0,
    )


@pytest.mark.fault(13)
def test_a_set_that_no_burn_explains_is_held_until_a_second_one_agrees(office: Office) -> None:
    office.later(48.0)
    added = office.add_elements(ahead(newer(12.0), 60.0))

    assert "it is 60.0 s along the orbit from what the set of 2026-08-08 04:22Z predicts" in str(added.quarantined[0])
    assert sets.ISS.epoch == choice(office).set.epoch
    assert [1] == [f.count for f in wrong(office) if isinstance(f, SetsHeld)]
    office.add_elements(newer(20.0))
    assert newer(20.0).epoch == choice(office).set.epoch
    released = office.add_elements(ahead(newer(30.0), 60.0))

    assert () == released.quarantined
    assert newer(30.0).epoch == choice(office).set.epoch
    assert "elements.released" in office.actions("elements/25544")
    with office.store.database.read() as connection:
        assert [] == [s.epoch for s in stored.sets_of(connection, 25544) if s.quarantine]


def test_a_person_may_choose_a_set_that_is_held(office: Office) -> None:
    office.later(48.0)
    held = ahead(newer(12.0), 60.0)
    office.add_elements(held)
    with office.store.database.read() as connection:
        number = next(s.id for s in stored.sets_of(connection, 25544) if s.epoch == held.epoch)
    elements.choose_elements(office.store, "ISS", number, actor=ADMIN, now=office.now)

    assert (held.epoch, True, "") == (choice(office).set.epoch, choice(office).pinned, choice(office).set.quarantine)
    assert [] == [f for f in wrong(office) if isinstance(f, SetsHeld)]


def test_the_record_of_past_sets_is_kept_with_the_active_one(office: Office) -> None:
    office.later(24.0 * 6)
    office.add_elements(*(newer(12.0 * k) for k in range(1, 12)))
    record = value_of(TrackRecord, choice(office).record)

    assert record.half_days >= 4
    assert sets.ISS.bstar == record.bstar
    assert {"own_history"} == {p.timing_basis for p in rows(office)}


def test_a_feed_sends_an_ephemeris_and_an_answer_of_the_other_kind_is_refused(
    database: Database, tmp_path: Path
) -> None:
    sources = (Source(name="nasa", folder="oem", kind="ephemeris"), Source(name="sets", folder="tle", kind="elements"))
    office = open_office(database, tmp_path, source=sources)
    text = write_oem([ephemeris(sets.ISS)], "xml", created=NOW)
    for folder in ("oem", "tle"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "iss.xml").write_text(text)
    reports = feeds.refresh(office.store, actor=ADMIN, now=office.now, real_now=office.now)

    assert ["1 sets, 1 new", "it sends ephemeris, and its kind in settings.toml is elements"] == [
        str(r.message) for r in reports
    ]
    assert [False, True] == [r.in_trouble for r in reports]
    assert 1 == len(choice(office).ephemerides)


def test_an_ephemeris_of_an_unknown_satellite_is_told(database: Database, tmp_path: Path) -> None:
    office = open_office(database, tmp_path, source=(Source(name="nasa", folder="oem"),))
    (tmp_path / "oem").mkdir()
    text = write_oem([ephemeris(sets.ISS)], "kvn", created=NOW).replace("1998-067A", "2013-004A")
    (tmp_path / "oem" / "tdrs.oem").write_text(text)
    (report,) = feeds.refresh(office.store, actor=ADMIN, now=office.now, real_now=office.now)

    assert report.in_trouble
    assert "0 sets, 0 new, 1 refused" == str(report.message)


def test_an_ephemeris_survives_the_store_unchanged() -> None:
    made = ephemeris(sets.ISS)

    assert made == segment_of(document_of(made))
