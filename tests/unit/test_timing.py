"""The stated uncertainty of a pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from passplan import ElementSet, Span, Station, find_passes
from passplan.orbit.scales import Floats
from passplan.passes.timing import TABLE, timing_s
from tests import sets


def _low(age_s: Floats) -> tuple[Floats, Floats]:
    return timing_s(age_s, low_orbit=np.ones(len(age_s), dtype=np.bool_))


def test_the_table_grows_with_age_and_has_passes_behind_each_row() -> None:
    rows = np.array(TABLE)

    assert (np.diff(rows[:, 0]) > 0.0).all()
    assert (np.diff(rows[:, 1:3], axis=0) >= 0.0).all()
    assert (rows[:, 1] < rows[:, 2]).all()
    assert (rows[:, 3] > 100).all()


def test_the_rows_of_the_table_are_given_back() -> None:
    ages_s = np.array([row[0] for row in TABLE]) * 86_400.0
    within_68_s, within_95_s = _low(ages_s)

    assert [row[1] for row in TABLE] == pytest.approx(within_68_s)
    assert [row[2] for row in TABLE] == pytest.approx(within_95_s)


def test_before_the_epoch_is_as_uncertain_as_after() -> None:
    ages_s = np.array([1e4, 1e5, 1e6])

    assert np.array_equal(_low(ages_s), _low(-ages_s))


def test_beyond_the_table_it_goes_on_growing() -> None:
    at_20_d, at_40_d = _low(np.array([20.0, 40.0]) * 86_400.0)[0]

    assert TABLE[-1][1] < at_20_d < at_40_d


def test_nobody_measured_it_beyond_low_orbits(delft: Station) -> None:
    passes = find_passes([sets.MOLNIYA], [delft], Span(sets.MOLNIYA.epoch, sets.MOLNIYA.epoch + timedelta(days=2)))

    assert len(passes) > 0
    assert np.isnan(passes.timing_68_s).all()
    assert np.isnan(passes.timing_95_s).all()


def test_age_is_counted_from_the_epoch_to_the_pass(iss: ElementSet, delft: Station) -> None:
    span = Span(iss.epoch, iss.epoch + timedelta(days=1))
    older = replace(iss, epoch=iss.epoch - timedelta(days=3))
    fresh, old = find_passes([iss], [delft], span), find_passes([older], [delft], span)

    assert fresh.timing_68_s.max() < old.timing_68_s.min()
    assert _low(old.element_age_s)[0] == pytest.approx(old.timing_68_s, abs=1e-6)
