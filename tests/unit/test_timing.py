"""The stated uncertainty of a pass: what it depends on, and on which measurement it rests."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan import ElementSet, Source, Span, Station, find_passes
from passplan.domain.manoeuvres import Manoeuvre, ManoeuvreOrigin
from passplan.domain.sources import source_of
from passplan.domain.timing import TimingBasis, TrackRecord
from passplan.orbit.motion import Instants
from passplan.orbit.propagators import segment_motion
from passplan.orbit.records import History, along_track_s
from passplan.orbit.scales import TimeBase
from passplan.orbit.sgp4_motion import sgp4_record
from passplan.orbit.tabulating import ephemerides_of
from passplan.orbit.timing_table import prediction_of, table_s
from passplan.passes.timing import Timing, timing_at
from tests import sets

DAY = timedelta(days=1)
ISS = source_of(sets.ISS)


def at(source: Source, days: float) -> Timing:
    return timing_at(source, sets.ISS.epoch + days * DAY)


def history(count: int, *, every_d: float = 0.5, off_s: float = 0.0) -> list[ElementSet]:
    """Sets of one orbit almost without drag; every second one is so many seconds further along it."""
    base = replace(sets.ISS, bstar=1e-9, mean_motion_dot=1e-9)
    record = sgp4_record(base)
    made = []
    for k in range(count):
        days = -(count - 1 - k) * every_d
        ahead_s = days * 86_400.0 + off_s * (k % 2)
        anomaly, pericenter = (np.degrees(rate / 60.0) for rate in (record.mdot, record.argpdot))
        made.append(
            replace(
                base,
                epoch=base.epoch + days * DAY,
                mean_anomaly_deg=(base.mean_anomaly_deg + anomaly * ahead_s) % 360.0,
                arg_of_pericenter_deg=(base.arg_of_pericenter_deg + pericenter * ahead_s) % 360.0,
                ra_of_asc_node_deg=(base.ra_of_asc_node_deg + np.degrees(record.nodedot / 60.0) * ahead_s) % 360.0,
            )
        )
    return made


@given(days=st.floats(-12.0, 12.0), more=st.floats(0.0, 3.0), drag=st.floats(0.0, 1e-3), bstar=st.floats(-1e-3, 1e-3))
def test_it_grows_with_age_on_either_side_and_95_is_not_below_68(
    days: float, more: float, drag: float, bstar: float
) -> None:
    item = replace(sets.ISS, mean_motion_dot=drag, bstar=bstar)
    record = TrackRecord(drag_rev_day2=1e-4, bstar=2e-4)
    for known in (None, record):
        prediction = prediction_of(item, known, is_iss=True)
        near, far = (table_s(prediction, np.array([a])) for a in (days, days + np.copysign(more, days)))
        assert near[0][0] <= far[0][0] + 1e-12
        assert near[1][0] <= far[1][0] + 1e-12
        assert 0.09 <= near[0][0] <= near[1][0]


def test_before_the_epoch_it_is_smaller_than_after() -> None:
    assert at(ISS, -2.0).within_95_s < 0.5 * at(ISS, 2.0).within_95_s


@pytest.mark.parametrize(("days", "most_s"), [(1.0, 1.0), (3.0, 4.0), (7.0, 15.0)])
def test_an_ordinary_set_of_the_iss_is_as_certain_as_was_measured(days: float, most_s: float) -> None:
    usual = replace(sets.ISS, mean_motion_dot=1.2e-5)

    assert timing_at(source_of(usual), usual.epoch + days * DAY).within_95_s < most_s


def test_drag_matters() -> None:
    strong = source_of(replace(sets.ISS, mean_motion_dot=10.0 * sets.ISS.mean_motion_dot))

    assert at(strong, 3.0).within_95_s > 4.0 * at(ISS, 3.0).within_95_s


def test_a_set_without_drag_is_less_certain() -> None:
    assert at(source_of(replace(sets.ISS, bstar=0.0)), 3.0).within_95_s > 2.0 * at(ISS, 3.0).within_95_s


def test_a_set_whose_drag_is_not_that_of_its_neighbours_is_less_certain() -> None:
    usual = TrackRecord(drag_rev_day2=sets.ISS.mean_motion_dot, bstar=sets.ISS.bstar)
    certain, odd = (
        at(replace(ISS, record=replace(usual, bstar=factor * sets.ISS.bstar)), 3.0) for factor in (1.0, 2.5)
    )

    assert odd.within_95_s > 1.5 * certain.within_95_s


@pytest.mark.parametrize(
    ("bstar", "is_odd"), [(1e-4, False), (0.5e-4, True), (0.51e-4, False), (2e-4, False), (2.1e-4, True), (-1e-4, True)]
)
def test_odd_is_at_most_half_or_over_twice_the_median(bstar: float, is_odd: bool) -> None:
    assert is_odd == TrackRecord(drag_rev_day2=1e-5, bstar=1e-4).is_odd(bstar)


@pytest.mark.parametrize("delta_v_m_s", [0.5, None])
def test_a_burn_in_between_makes_the_times_uncertain_from_then_on(delta_v_m_s: float | None) -> None:
    burn = Manoeuvre(catalog_number=25544, time=sets.ISS.epoch + DAY, delta_v_m_s=delta_v_m_s)
    known = replace(ISS, manoeuvres=(burn,))

    assert at(ISS, 0.9) == at(known, 0.9)
    assert at(ISS, -0.5) == at(known, -0.5)
    assert at(known, 3.0).within_68_s > 10.0
    if delta_v_m_s is not None:  # 34 s a day for each m/s
        assert at(known, 3.0).within_68_s == pytest.approx(34.0 * 0.5 * 2.0, rel=0.02)


def test_a_burn_before_the_epoch_matters_to_passes_before_it_alone() -> None:
    known = replace(ISS, manoeuvres=(Manoeuvre(catalog_number=25544, time=sets.ISS.epoch - DAY),))

    assert at(ISS, 2.0) == at(known, 2.0)
    assert at(known, -2.0).within_95_s > 10.0 * at(ISS, -2.0).within_95_s


def test_the_basis_is_named(delft: Station) -> None:
    def of(item: ElementSet) -> Timing:
        return timing_at(source_of(item), item.epoch + DAY)

    assert TimingBasis.ISS_TABLE is of(sets.ISS).basis
    assert TimingBasis.ORBIT_CLASS is of(sets.POLAR).basis
    assert TimingBasis.ORBIT_CLASS is of(sets.GEOSTATIONARY).basis
    middle = of(replace(sets.GEOSTATIONARY, mean_motion_rev_day=2.0))
    assert TimingBasis.NONE is middle.basis
    assert np.isnan(middle.within_68_s)
    passes = find_passes([sets.ISS, sets.POLAR], [delft], Span(sets.ISS.epoch, sets.ISS.epoch + DAY))
    assert {TimingBasis.ISS_TABLE, TimingBasis.ORBIT_CLASS} == {p.timing_basis for p in passes}
    for p in passes:
        source = source_of(sets.ISS if p.catalog_number == 25544 else sets.POLAR)
        assert timing_at(source, p.tca).within_68_s == pytest.approx(p.timing_68_s, rel=1e-6)


def test_an_ephemeris_is_certain_at_first_and_less_so_with_the_days_since_it_was_made() -> None:
    span = Span(sets.ISS.epoch, sets.ISS.epoch + 10 * DAY)
    (made,) = ephemerides_of(ISS, span, step_s=300.0, created=span.start)
    source = source_of(made)

    assert TimingBasis.EPHEMERIS is at(source, 1.0).basis
    assert 0.3 > at(source, 1.0).within_95_s
    assert at(source, 1.0).within_95_s < at(source, 5.0).within_95_s < at(source, 9.0).within_95_s
    assert at(source_of(replace(made, created=span.end + DAY)), 9.0).within_95_s == pytest.approx(0.28)


def test_with_enough_past_sets_their_own_errors_count() -> None:
    quiet, noisy = (history(20, off_s=off_s) for off_s in (0.0, 3.0))
    records = [History(item).record(item[-1]) for item in (quiet, noisy)]

    assert all(r is not None and r.half_days >= 4 for r in records)
    assert records[0].scale < 1.0 < records[1].scale  # type: ignore[union-attr]
    (few,) = (History(quiet[-5:]).record(quiet[-1]),)
    assert few is not None
    assert (1.0, 0) == (few.scale, few.half_days)
    assert History(quiet[-2:]).record(quiet[-1]) is None


def test_a_source_of_many_sets_has_its_own_history_as_basis(delft: Station) -> None:
    made = history(20)
    passes = find_passes(made, [delft], Span(made[-1].epoch, made[-1].epoch + DAY))

    assert {TimingBasis.OWN_HISTORY} == {p.timing_basis for p in passes}


def test_positions_further_along_the_orbit_are_so_many_seconds_ahead() -> None:
    start: datetime = sets.ISS.epoch
    clock = TimeBase.over(Span(start, start + DAY))
    motion = segment_motion(sets.ISS, clock)
    seconds = np.arange(0.0, 6_000.0, 500.0)
    _, position_km, _ = motion.teme_states(Instants.on(clock, seconds + 7.0))
    _, true_km, true_km_s = motion.teme_states(Instants.on(clock, seconds))

    assert along_track_s(position_km, true_km, true_km_s) == pytest.approx(7.0, abs=0.02)


def test_nobody_measured_the_orbits_in_between(delft: Station) -> None:
    navigation = replace(sets.GEOSTATIONARY, mean_motion_rev_day=2.0, inclination_deg=55.0)
    passes = find_passes([navigation], [delft], Span(navigation.epoch, navigation.epoch + DAY))

    assert len(passes) > 0
    assert np.isnan(passes.timing_68_s).all()
    assert np.isnan(passes.timing_95_s).all()


def test_age_is_counted_from_the_epoch_to_the_pass(iss: ElementSet, delft: Station) -> None:
    span = Span(iss.epoch, iss.epoch + DAY)
    older = replace(iss, epoch=iss.epoch - 3 * DAY)
    fresh, old = find_passes([iss], [delft], span), find_passes([older], [delft], span)

    assert fresh.timing_68_s.max() < old.timing_68_s.min()


def test_a_burn_that_an_ephemeris_does_not_have_counts_in_it() -> None:
    span = Span(sets.ISS.epoch, sets.ISS.epoch + 3 * DAY)
    (made,) = ephemerides_of(ISS, span, step_s=300.0, created=span.start)
    person = Manoeuvre(catalog_number=25544, time=span.start + DAY, delta_v_m_s=0.5)
    announced = replace(person, origin=ManoeuvreOrigin.EPHEMERIS)

    assert at(replace(source_of(made), manoeuvres=(person,)), 2.0).within_68_s == pytest.approx(17.0, rel=0.02)
    for burns in ((announced,), (announced, person)):
        assert at(replace(source_of(made), manoeuvres=burns), 2.0) == at(source_of(made), 2.0)
