"""The stated uncertainty of a pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from passplan import ElementSet, Span, Station, find_passes
from passplan.passes.timing import TABLE, timing_s
from tests import sets


def test_the_table_grows_with_age_and_has_passes_behind_each_row() -> None:
    rows = np.array(TABLE)

    assert (np.diff(rows[:, 0]) > 0.0).all()
    assert (np.diff(rows[:, 1:3], axis=0) >= 0.0).all()
    assert (rows[:, 1] < rows[:, 2]).all()
    assert (rows[:, 3] > 100).all()


def test_the_rows_of_the_table_are_given_back() -> None:
    ages_s = np.array([row[0] for row in TABLE]) * 86_400.0
    within_68_s, within_95_s = timing_s(ages_s, low_orbit=True)

    assert [row[1] for row in TABLE] == pytest.approx(within_68_s)
    assert [row[2] for row in TABLE] == pytest.approx(within_95_s)


def test_before_the_epoch_is_as_uncertain_as_after() -> None:
    ages_s = np.array([1e4, 1e5, 1e6])

    assert np.array_equal(timing_s(ages_s, low_orbit=True), timing_s(-ages_s, low_orbit=True))


def test_beyond_the_table_it_goes_on_growing() -> None:
    at_20_d, at_40_d = timing_s(np.array([20.0, 40.0]) * 86_400.0, low_orbit=True)[0]

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
    assert timing_s(old.element_age_s, low_orbit=True)[0] == pytest.approx(old.timing_68_s, abs=1e-6)
