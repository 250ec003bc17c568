"""`passplan satellites`."""

from pathlib import Path

import click

from passplan.cli import inputs, options, output
from passplan.cli.text_table import Column, print_table
from passplan.formats.rows import SATELLITE_COLUMNS, satellite_rows


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
    form: str,
    target: Path,
    no_color: bool,
    quiet: bool,
) -> None:
    """List the satellites that have element sets, and the network's that have none."""
    read = inputs.read_network(network)
    now = inputs.clock()
    catalogue = inputs.read_catalogue(elements, predictive=predictive, now=now)
    sets = catalogue.sets
    if satellites:
        chosen, _ = inputs.choose_satellites(catalogue, satellites, read, given_elements=True, keep_docked=True)
        numbers = {s.catalog_number for s in chosen}
        sets = tuple(s for s in sets if s.catalog_number in numbers)
    rows = list(satellite_rows(sets, read if not satellites else None, catalogue.copies))
    output.warn(catalogue.warnings, quiet=quiet)
    if form == "json":
        output.write_json(target, {"schema": "passplan.satellites/1", "satellites": rows})
    elif form == "csv":
        output.write_csv(target, rows, SATELLITE_COLUMNS)
    else:
        ages = {s.catalog_number: (now - s.epoch).total_seconds() / 86_400.0 for s in sets}
        with output.opened(target) as file:
            print_table(
                output.console(file, no_color=no_color),
                [
                    Column("Number", [str(r["catalog_number"]) for r in rows], right=True),
                    Column("Name", [r["name"] for r in rows]),
                    Column("Designator", [r["object_id"] for r in rows], dispensable=2),
                    Column("Epoch (UTC)", [r["epoch"][:16].replace("T", " ") if r["epoch"] else "none" for r in rows]),
                    Column("Age d", [_number(ages.get(r["catalog_number"]), ".1f") for r in rows], right=True),
                    Column(
                        "Rev/day", [_number(r["mean_motion_rev_day"], ".4f") for r in rows], right=True, dispensable=1
                    ),
                    Column("Incl °", [_number(r["inclination_deg"], ".2f") for r in rows], right=True),
                    Column("Docked to", [str(r["docked_to"] or "") for r in rows]),
                    Column("Links", [r["links"] for r in rows], dispensable=3),
                ],
            )


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
