"""Passes as CSV from columns: the cells that rows have."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from passplan import ElementSet, Passes, Span, Station, find_passes
from passplan.cli import pass_csv
from passplan.cli.pass_csv import decimals, pass_lines
from passplan.domain.rows.columns import columns_of
from passplan.domain.rows.passes import PassRow, pass_row
from passplan.formats.rows import csv_table


def as_rows(passes: Passes) -> str:
    """The CSV of the rows, one by one."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(csv_table(PassRow, map(pass_row, passes)))
    return text.getvalue()


@pytest.fixture
def passes(iss: ElementSet, delft: Station) -> Passes:
    """Passes with quoted names, clipped ends, stale elements, and times of which nothing was measured."""
    sets = [replace(iss, name='=1+1, "quoted"'), replace(iss, name="ISS\tÄ", catalog_number=7, mean_motion_dot=0.0)]
    stations = [delft, replace(delft, id="@home", latitude_deg=-35.0)]
    start = iss.epoch + timedelta(minutes=97)
    return find_passes(sets, stations, Span(start, start + timedelta(days=20)))


def test_the_cells_are_those_of_the_rows(passes: Passes) -> None:
    text = "".join(pass_lines(passes))

    assert len(passes) > 300
    assert set(passes.stale) == {False, True}
    assert as_rows(passes) == text
    assert "'=1+1" in text


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_blocks_of_any_size_are_the_whole(passes: Passes, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pass_csv, "_BLOCK", size)

    assert as_rows(passes) == "".join(pass_lines(passes))


def test_without_passes_there_is_the_head(passes: Passes) -> None:
    assert as_rows(passes[:0]) == "".join(pass_lines(passes[:0]))


@given(
    values=arrays(np.float64, st.integers(0, 20), elements=st.floats(-1e9, 1e9) | st.just(math.nan)),
    column=st.sampled_from([("duration_s", 1.0), ("timing_68_s", 1.0), ("peak_elevation_deg", 90.0 / 1e9)]),
)
@example(values=np.array([0.00005, -0.00005, 2.5e-7, 1.0000005, 999_999.9999995, -0.0]), column=("duration_s", 1.0))
def test_decimals_are_those_of_rounded_numbers(values: NDArray[np.float64], column: tuple[str, float]) -> None:
    name, scale = column
    digits = next(c.digits for c in columns_of(PassRow) if c.name == name)
    numbers = values * scale

    def cell(value: float) -> str:
        text = f"{round(value, digits or 0):.{digits}f}".rstrip("0")  # as repr, without exponents
        return "" if math.isnan(value) else f"{text}0" if text.endswith(".") else text

    cells = list(map(cell, numbers.tolist()))
    written = decimals(numbers, digits or 0, None)

    assert cells == [bytes(c[c != 0]).decode() for c in written.T]
