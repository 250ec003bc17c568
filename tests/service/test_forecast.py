"""Passes computed in advance: of what changed alone, and replaced in parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from passplan import ElementSet
from passplan.domain.errors import NoPlanError
from passplan.domain.network import Satellite
from passplan.domain.rows.passes import ForecastPass
from passplan.domain.span import Span
from passplan.formats.times import format_instant
from passplan.passes.search import find_passes
from passplan.service.elements.sets import choose_due, choose_elements, source_of_choice
from passplan.service.network.revisions import apply_network, current_network
from passplan.service.operations import forecast
from passplan.store import elements, passes
from passplan.store.passes import PassQuery
from tests import sets
from tests.pass_rows import forecast_pass
from tests.planning import at
from tests.rounding import as_stored
from tests.service.office import ADMIN, NETWORK, Office, newer

POLAR = Satellite(id="POLAR", catalog_number=sets.POLAR.catalog_number)
BOTH = replace(NETWORK, satellites=(*NETWORK.satellites, POLAR))
POLAR_SET = replace(sets.POLAR, epoch=sets.ISS.epoch)


def stored(office: Office) -> list[ForecastPass]:
    with office.store.database.read() as connection:
        return passes.select(
            connection, PassQuery(start=office.now - timedelta(days=9), end=office.now + timedelta(days=9), most=9_999)
        )


def searched(office: Office) -> list[ForecastPass]:
    """What one search of all satellites gives."""
    with office.store.database.read() as connection:
        _, network = current_network(office.store.caches, connection)
        day = office.now.replace(hour=0, minute=0, second=0, microsecond=0)
        span = Span(day - timedelta(days=1), day + timedelta(days=office.store.settings.passes_d))
        choices = elements.choices(connection)
        sources = [
            source_of_choice(s, choice, elements.sets_behind(connection, choice, span.start))
            for s in network.satellites
            if (choice := choices.get(s.catalog_number)) is not None
        ]
    return sorted(
        map(as_stored, forecast.forecast_passes(find_passes(sources, network.stations, span))),
        key=lambda r: (r.aos, r.satellite, r.station),
    )


def pin(office: Office, item: ElementSet) -> None:
    """Add a set and pin it: the others then serve no moment."""
    office.add_elements(item)
    with office.store.database.read() as connection:
        number = next(s.id for s in elements.sets_of(connection, item.catalog_number) if s.epoch == item.epoch)
    choose_elements(office.store, "ISS", number, actor=ADMIN, now=office.now)


def changed_by(office: Office) -> list[Sequence[str]]:
    """The satellites of each computation, from the events."""
    return [e.after["satellites"] for e in office.events("passes") if e.action == "passes.worked_out"]


def test_passes_are_worked_out_once_for_a_day_and_a_set(office: Office) -> None:
    assert forecast.passes_are_due(office.store, now=office.now)
    count = forecast.work_out_passes(office.store, actor=ADMIN, now=office.now)
    assert not forecast.passes_are_due(office.store, now=office.later(1.0).now)
    office.add_elements(newer(1.0))
    due_by_set = forecast.passes_are_due(office.store, now=office.now)
    forecast.work_out_passes(office.store, actor=ADMIN, now=office.now)
    with office.store.database.read() as connection:
        rows = passes.select(connection, PassQuery(start=office.now, end=office.now + timedelta(days=1)))

    assert (True, True) == (due_by_set, forecast.passes_are_due(office.store, now=office.later(24.0).now))
    assert 20 < count < 200
    assert sorted(r.aos for r in rows) == [r.aos for r in rows]
    assert {"2026-08-08T05:22:39.515520Z"} == {format_instant(r.element_epoch) for r in rows}


def test_no_pass_at_all_fails_loudly_and_the_passes_before_stand(office: Office) -> None:
    count = forecast.work_out_passes(office.store, actor=ADMIN, now=office.now)
    pin(office, newer(1.0, inclination_deg=0.01))

    with pytest.raises(NoPlanError, match="never above"):
        forecast.work_out_passes(office.store, actor=ADMIN, now=office.now)
    with office.store.database.read() as connection:
        assert count == passes.count(connection)


def test_each_pass_is_of_the_set_of_its_time(office: Office) -> None:
    """Sets behind the active one serve the day before, and predicted ones from their epochs on."""
    office.later(2.0)
    active, ahead = newer(1.0), newer(30.0, mean_anomaly_deg=sets.ISS.mean_anomaly_deg + 3.0)
    office.add_elements(active, ahead)
    forecast.work_out_passes(office.store, actor=ADMIN, now=office.now)
    rows = stored(office)

    assert {sets.ISS.epoch, active.epoch, ahead.epoch} == {r.element_epoch for r in rows}
    for r in rows:
        serving = sets.ISS if r.tca < sets.ISS.epoch else active if r.tca < ahead.epoch else ahead
        assert serving.epoch == r.element_epoch
    # When its epoch has come it still serves from there on, and not before.
    office.later(30.0)
    choose_due(office.store, actor=ADMIN, now=office.now, closing=lambda _: None)
    forecast.work_out_passes(office.store, actor=ADMIN, now=office.now)
    for r in stored(office):
        serving = sets.ISS if r.tca < sets.ISS.epoch else active if r.tca < ahead.epoch else ahead
        assert serving.epoch == r.element_epoch
    is_due_before = forecast.passes_are_due(office.store, now=office.now)
    office.add_elements(replace(ahead, epoch=ahead.epoch + timedelta(hours=9)))

    assert (False, True) == (is_due_before, forecast.passes_are_due(office.store, now=office.now))


@pytest.mark.fault(87)
def test_one_new_set_computes_the_passes_of_its_satellite_alone(office: Office) -> None:
    apply_network(office.store, BOTH, actor=ADMIN, now=office.now)
    office.add_elements(POLAR_SET)
    forecast.work_out_passes(office.store, actor=ADMIN, now=office.now)
    before = stored(office)
    office.add_elements(newer(1.0))
    forecast.work_out_passes(office.store, actor=ADMIN, now=office.now)
    after = stored(office)

    assert [["ISS", "POLAR"], ["ISS"]] == changed_by(office)
    assert [r for r in before if r.satellite == "POLAR"] == [r for r in after if r.satellite == "POLAR"] != []
    assert searched(office) == after != before


def test_what_is_no_site_of_a_pass_computes_nothing_again(office: Office) -> None:
    forecast.work_out_passes(office.store, actor=ADMIN, now=office.now)
    apply_network(office.store, replace(NETWORK, agreements=NETWORK.agreements[:1]), actor=ADMIN, now=office.now)
    is_due_by_agreement = forecast.passes_are_due(office.store, now=office.now)
    higher = tuple(replace(s, min_elevation_deg=10.0) for s in NETWORK.stations)
    apply_network(office.store, replace(NETWORK, stations=higher), actor=ADMIN, now=office.now)

    assert (False, True) == (is_due_by_agreement, forecast.passes_are_due(office.store, now=office.now))


@pytest.mark.fault(87)
@pytest.mark.parametrize("rows_of_a_part", [1, 2, 7])
def test_passes_replaced_in_parts_are_those_of_one_search(
    office: Office, monkeypatch: pytest.MonkeyPatch, rows_of_a_part: int
) -> None:
    monkeypatch.setattr(forecast, "_PART", rows_of_a_part)
    forecast.work_out_passes(office.store, actor=ADMIN, now=office.now)
    first = stored(office)
    office.add_elements(newer(1.0))
    forecast.work_out_passes(office.store, actor=ADMIN, now=office.now)

    assert searched(office) == stored(office) != first


@pytest.mark.fault(87)
def test_passes_with_one_aos_are_in_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "_PART", 2)
    minutes = [0, 1, 1, 1, 2, 3, 4, 4]
    rows = [forecast_pass(at(m), at(m + 5), station=f"S{k}") for k, m in enumerate(minutes)]

    assert [4, 6] == list(forecast._edges(rows))


def test_a_satellite_that_left_the_network_leaves_no_passes(office: Office) -> None:
    apply_network(office.store, BOTH, actor=ADMIN, now=office.now)
    office.add_elements(POLAR_SET)
    forecast.work_out_passes(office.store, actor=ADMIN, now=office.now)
    apply_network(office.store, NETWORK, actor=ADMIN, now=office.now)
    is_due = forecast.passes_are_due(office.store, now=office.now)
    forecast.work_out_passes(office.store, actor=ADMIN, now=office.now)

    assert is_due
    assert {"ISS"} == {r.satellite for r in stored(office)}


def test_a_satellite_that_rises_nowhere_any_more_keeps_no_old_passes_beside_another(office: Office) -> None:
    apply_network(office.store, BOTH, actor=ADMIN, now=office.now)
    office.add_elements(POLAR_SET)
    forecast.work_out_passes(office.store, actor=ADMIN, now=office.now)
    pin(office, newer(1.0, inclination_deg=0.01))
    forecast.work_out_passes(office.store, actor=ADMIN, now=office.now)

    assert {"POLAR"} == {r.satellite for r in stored(office)}
    assert not forecast.passes_are_due(office.store, now=office.now)
