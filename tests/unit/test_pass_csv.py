"""Passes as CSV from columns: the cells that rows have."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest

from passplan import ElementSet, Passes, Span, Station, find_passes
from passplan.cli import pass_csv
from passplan.cli.pass_csv import pass_lines
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
