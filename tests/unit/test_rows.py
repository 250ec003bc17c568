"""Rows that are declared once, and what is generated from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from passplan import ElementSet, Span, Station, find_passes
from passplan.cli.pass_table import pass_columns
from passplan.domain.rows.columns import column, columns_of
from passplan.domain.rows.passes import ForecastPass, ListedPass, PassRow, pass_row
from passplan.formats.rows import column_table, csv_columns, csv_record, row_document
from passplan.server.api.schemas.base import model_of
from passplan.server.pages.pass_rows import more_columns
from tests.pass_rows import forecast_pass

AOS = datetime(2026, 8, 8, 12, 0, 0, 250_000, tzinfo=UTC)
LOS = AOS + timedelta(seconds=600.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithRange(ForecastPass):
    """A pass with one column more."""

    least_range_km: float | None = column("Least range", unit="km", digits=1, help="Of the satellite at TCA.")


def with_range(range_km: float | None) -> WithRange:
    plain = forecast_pass(AOS, LOS)
    values = {c.name: getattr(plain, c.name) for c in columns_of(ForecastPass) if not c.is_computed}
    return WithRange(**values, least_range_km=range_km)


def test_a_new_column_is_in_table_csv_json_schema_and_reference_page() -> None:
    row, unknown = with_range(417.26), with_range(None)
    (shown,) = [
        c
        for c in pass_columns([row, unknown], {"wlp": ZoneInfo("UTC")}, {}, several=False)
        if c.head == "Least range km"
    ]
    schema = model_of(WithRange, "WithRange").model_json_schema()

    assert ["417.3", "-"] == shown.cells
    assert (417.3, None) == (row_document(row)["least_range_km"], row_document(unknown)["least_range_km"])
    assert "least_range_km" == csv_columns(WithRange)[-1]
    assert ("stale", "satellite") == csv_columns(WithRange, ("stale",))[:2]
    assert sorted(csv_columns(WithRange)) == sorted(csv_columns(WithRange, ("stale",)))
    assert 417.3 == csv_record(row)["least_range_km"]
    assert "Of the satellite at TCA." == schema["properties"]["least_range_km"]["description"]
    assert "least_range_km" in schema["required"]
    assert column_table(WithRange).endswith("| `least_range_km` | km | 1 | Of the satellite at TCA. |\n")


def test_a_row_is_written_with_the_digits_of_its_columns() -> None:
    found = row_document(forecast_pass(AOS, LOS, peak_elevation_deg=45.123456, timing_68_s=0.12345))

    assert ("2026-08-08T12:00:00.250000Z", "2026-08-08T12:10:00.750000Z") == (found["aos"], found["los"])
    assert (600.5, 300.25) == (found["duration_s"], found["element_age_s"])
    assert (45.1235, 0.123, None) == (found["peak_elevation_deg"], found["timing_68_s"], found["timing_95_s"])
    assert 0.0 == found["los_azimuth_deg"]  # 359.99999, to four decimals
    assert [c.name for c in columns_of(ForecastPass)] == list(found)
    assert {"aos": found["aos"], "stale": True} == row_document(forecast_pass(AOS, LOS), ("stale", "aos"))


def _listed(row: ForecastPass, **more: Any) -> ListedPass:
    return ListedPass(**{c.name: getattr(row, c.name) for c in columns_of(ForecastPass) if not c.is_computed}, **more)


def test_contacts_stand_in_a_cell_by_their_numbers() -> None:
    row = _listed(forecast_pass(AOS, LOS), agency="NASA", contacts=({"id": 3}, {"id": 12}), overlaps=("gds", "krn"))

    assert [{"id": 3}, {"id": 12}] == row_document(row)["contacts"]
    assert "3 12" == csv_record(row)["contacts"]
    assert "overlaps" not in csv_columns(ListedPass)
    assert (row.aos, row.duration_s, "NASA") == (AOS, 600.5, row.agency)


def test_the_row_of_a_pass_has_its_values(iss: ElementSet, delft: Station) -> None:
    passes = find_passes([iss], [delft], Span(AOS, AOS + timedelta(days=1)))
    rows = [pass_row(p) for p in passes]

    assert [(p.aos, p.tca, p.los, p.peak_elevation_deg) for p in passes] == [
        (r.aos, r.tca, r.los, r.peak_elevation_deg) for r in rows
    ]
    assert [(p.duration_s, p.element_age_s, p.span) for p in passes] == [
        (r.duration_s, r.element_age_s, r.span) for r in rows
    ]
    assert len(rows) > 3


@pytest.mark.parametrize("kind", [PassRow, ForecastPass, ListedPass])
def test_every_column_says_what_it_is(kind: type[PassRow]) -> None:
    assert all(c.label and c.help.endswith(".") for c in columns_of(kind))
    assert all((c.unit == "s") == c.name.endswith("_s") for c in columns_of(kind))
    assert all((c.unit == "°") == c.name.endswith("_deg") for c in columns_of(kind))


def test_the_reference_page_has_the_columns_as_they_are_declared() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/passes.md").read_text(encoding="utf-8")

    assert column_table(ListedPass) in page


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedWithRange(ListedPass):
    """A pass of the pass table with one column more."""

    least_range_km: float = column("Least range", unit="km", digits=1, help="Of the satellite at TCA.")


def test_a_new_column_is_on_the_page_of_passes() -> None:
    assert () == more_columns()
    assert ["least_range_km"] == [c.name for c in more_columns(ListedWithRange)]
