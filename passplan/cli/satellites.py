"""`passplan satellites`."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passplan.cli import inputs, options, output
from passplan.cli.row_table import RowColumns
from passplan.cli.text_table import Column, print_table
from passplan.domain.rows.network import ListedSatellite, satellite_list

if TYPE_CHECKING:
    from rich.console import Console


@click.command(
    "satellites",
    epilog="\b\nExamples:\n  passplan satellites\n  passplan satellites --elements active.csv --format csv",
)
@options.elements_options
@options.network_option
@options.output_options
def command(
    elements: tuple[Path, ...],
    satellites: tuple[str, ...],
    predictive: bool,
    network: Path | None,
    out: output.Output,
) -> None:
    """List the satellites that have element sets, and the network's that have none."""
    read = inputs.read_network(network)
    now = inputs.clock()
    catalogue = inputs.read_catalogue(elements, predictive=predictive, now=now)
    sets = catalogue.sets
    if satellites:
        chosen, _ = inputs.choose_satellites(catalogue, satellites, read, has_element_files=True, keep_docked=True)
        numbers = {s.catalog_number for s in chosen}
        sets = tuple(s for s in sets if s.catalog_number in numbers)
    rows = list(satellite_list(sets, read if not satellites else None, catalogue.copies))
    output.warn(catalogue.warnings, quiet=out.quiet)

    def table(console: Console) -> None:
        columns = RowColumns(ListedSatellite, rows)
        print_table(
            console,
            [
                columns.take("catalog_number"),
                columns.take("name"),
                columns.take("object_id"),
                columns.take("epoch", lambda r: f"{r.epoch:%Y-%m-%d %H:%M}" if r.epoch is not None else "none"),
                Column("Age d", [_age_d(r, now) for r in rows], right=True),
                columns.take("mean_motion_rev_day", lambda r: _number(r.mean_motion_rev_day, ".4f")),
                columns.take("inclination_deg", lambda r: _number(r.inclination_deg, ".2f")),
                columns.take("docked_to", lambda r: str(r.docked_to or "")),
                *columns.rest(),
            ],
        )

    output.write(out, "satellites", {"satellites": rows}, kind=ListedSatellite, rows=rows, table=table)


def _age_d(row: ListedSatellite, now: datetime) -> str:
    return _number(None if row.epoch is None else (now - row.epoch) / timedelta(days=1), ".1f")


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
