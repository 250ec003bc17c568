"""Which element set counts."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from passplan import Elements
from passplan.domain.errors import ConflictError, DeniedError, InputError
from passplan.service.documents import value_of
from passplan.service.elements import sets as elements
from passplan.service.settings import Source
from passplan.store import elements as stored
from passplan.store.database import Database
from tests import sets
from tests.service.office import ADMIN, ESA, Office, newer, open_office


def counting(office: Office) -> stored.Choice:
    with office.store.database.read() as connection:
        return stored.choices(connection)[25544]


def test_the_newest_set_counts_and_that_is_told(office: Office) -> None:
    added = office.add_elements(newer(1.0))

    assert ["elements of ISS of 2026-08-08 05:22Z replaced those of 2026-08-08 04:22Z"] == [
        str(c) for c in added.chosen
    ]
    assert ["elements.added", "elements.chosen"] * 2 == office.actions("elements/25544")


@pytest.mark.fault(11)
def test_an_older_set_that_comes_later_is_kept_and_not_chosen(office: Office) -> None:
    added = office.add_elements(newer(-5.0))

    assert (1, ()) == (added.new, added.chosen)
    assert sets.ISS.epoch == counting(office).set.epoch


def test_the_same_set_again_is_nothing_new(office: Office) -> None:
    added = office.add_elements(sets.ISS)

    assert (0, ()) == (added.new, added.chosen)


def test_sets_of_other_satellites_are_not_kept(office: Office) -> None:
    assert 1 == office.add_elements(sets.POLAR).ignored
    with office.store.database.read() as connection:
        assert [] == stored.sets_of(connection, sets.POLAR.catalog_number)


@pytest.mark.fault(11)
@pytest.mark.fault(12)
@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_in_which_sets_arrive_changes_nothing(
    database: Database, tmp_path: Path, order: tuple[int, ...]
) -> None:
    arrivals = [
        (newer(1.0), "hand"),
        (newer(3.0, bstar=2e-4), "low"),
        (newer(3.0, bstar=3e-4), "high"),
        (newer(2.0), "high"),
    ]
    sources = (Source(name="low", url="https://low.example/"), Source(name="high", folder="f", priority=5))
    office = open_office(database, tmp_path, source=sources).later(3.0)
    for k in order:
        office.add_elements(arrivals[k][0], source=arrivals[k][1])

    assert (newer(3.0).epoch, "high") == (counting(office).set.epoch, counting(office).set.source)


@pytest.mark.fault(12)
def test_a_conflict_of_two_sources_is_told(database: Database, tmp_path: Path) -> None:
    office = open_office(database, tmp_path, source=(Source(name="b", folder="f", priority=1),))
    office.add_elements(newer(1.0), source="a")
    office.add_elements(newer(1.0, bstar=9e-4), source="b")

    assert "b" == counting(office).set.source
    (told,) = [e for e in office.events("elements/25544") if e.action == "elements.conflict"]
    assert {"chosen": "b", "others": ["a"]}.items() <= told.after.items()


@pytest.mark.fault(6)
def test_a_set_that_gives_no_position_is_in_quarantine(office: Office) -> None:
    useless = newer(1.0, eccentricity=0.9)  # the perigee lies inside the Earth
    added = office.add_elements(useless)

    assert sets.ISS.epoch == counting(office).set.epoch
    assert "SGP4 fails within a revolution of its epoch" in str(added.quarantined[0])
    assert "elements.quarantined" in office.actions("elements/25544")
    with office.store.database.read() as connection:
        (kept,) = [s for s in stored.sets_of(connection, 25544) if s.quarantine]
    with pytest.raises(ConflictError, match="is in quarantine"):
        elements.choose_elements(office.store, "ISS", kept.id, actor=ADMIN, now=office.now)


def test_a_pinned_set_counts_whatever_comes(office: Office) -> None:
    first = counting(office).set.id
    office.add_elements(newer(1.0))
    elements.choose_elements(office.store, "ISS", first, actor=ADMIN, now=office.now)
    office.add_elements(newer(2.0))
    assert (first, True) == (counting(office).set.id, counting(office).pinned)
    chosen = elements.choose_elements(office.store, "ISS", None, actor=ADMIN, now=office.now)

    assert chosen is not None
    assert (newer(2.0).epoch, False) == (chosen.after.epoch, counting(office).pinned)


def test_what_cannot_be_chosen_is_said(office: Office) -> None:
    with pytest.raises(InputError, match="there is no satellite 'MIR'"):
        elements.choose_elements(office.store, "MIR", 1, actor=ADMIN, now=office.now)
    with pytest.raises(InputError, match="ISS has no element set 77"):
        elements.choose_elements(office.store, "ISS", 77, actor=ADMIN, now=office.now)
    with pytest.raises(DeniedError):
        elements.add_elements(office.store, Elements((newer(),)), actor=ESA, now=office.now)


def test_a_stored_set_is_the_set_that_came(office: Office) -> None:
    exact = newer(1.0, bstar=1.0178000000000001e-4, name="ISS (ZARYA) °")
    office.add_elements(exact)

    assert exact == value_of(type(exact), counting(office).set.document)


def test_of_a_source_that_predicts_the_set_counts_whose_time_has_come(office: Office) -> None:
    office.add_elements(newer(20.0), newer(30.0))
    assert sets.ISS.epoch == counting(office).set.epoch
    for hours, epoch in ((20.0, newer(20.0).epoch), (10.0, newer(30.0).epoch)):
        office.later(hours)
        elements.choose_due(office.store, actor=ADMIN, now=office.now, closing=lambda _: None)

        assert epoch == counting(office).set.epoch


def test_a_new_prediction_of_a_source_takes_the_place_of_its_earlier_one(office: Office) -> None:
    monday = [newer(h) for h in (10.0, 20.0, 30.0, 40.0)]
    office.add_elements(*monday, source="nasa")
    office.add_elements(newer(25.0, bstar=2e-4), source="other")
    office.later(1.0)
    tuesday = [newer(h, bstar=1e-4) for h in (15.0, 27.0)]
    office.add_elements(*tuesday, monday[2], source="nasa")  # one is sent again

    expected = [10.0, 15.0, 25.0, 27.0, 30.0]
    assert [newer(h).epoch for h in expected] == [s.epoch for s in counting(office).ahead]
