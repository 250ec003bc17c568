"""`passplan stations`."""

from pathlib import Path

import click

from passplan.cli import inputs, options, output
from passplan.cli.text_table import Column, print_table
from passplan.formats.rows import STATION_COLUMNS, station_row


@click.command(
    "stations", epilog="\b\nExamples:\n  passplan stations\n  passplan stations --station JAXA --format json"
)
@options.network_option
@click.option("--station", "stations", multiple=True, metavar="WHICH", help="Station id, agency or 'all'; repeatable.")
@options.output_options
def command(
    network: Path | None, stations: tuple[str, ...], form: str, target: Path, no_color: bool, quiet: bool
) -> None:
    """List the stations of the network, with how sure their positions are.

    Purpose "iss": the station truly talks to the ISS directly. "geometry": it is listed for its position; the ISS's
    prime path is relay satellites.
    """
    del quiet
    rows = [station_row(s) for s in inputs.choose_stations(inputs.read_network(network), stations, (), None)]
    if form == "json":
        output.write_json(target, {"schema": "passplan.stations/1", "stations": rows})
    elif form == "csv":
        output.write_csv(target, rows, STATION_COLUMNS)
    else:
        with output.opened(target) as file:
            print_table(
                output.console(file, no_color=no_color),
                [
                    Column("Station", [r["id"] for r in rows]),
                    Column("Name", [r["name"][:44] for r in rows], dispensable=3),
                    Column("Lat °N", [f"{r['latitude_deg']:.4f}" for r in rows], right=True),
                    Column("Lon °E", [f"{r['longitude_deg']:.4f}" for r in rows], right=True),
                    Column("Alt m", [f"{r['altitude_m']:.0f}" for r in rows], right=True),
                    Column("Floor", [f"{r['min_elevation_deg']:g}°" for r in rows], right=True),
                    Column("Mask", ["mask" if r["horizon_mask"] else "" for r in rows], dispensable=1),
                    Column("Position", [r["position_confidence"] for r in rows]),
                    Column("Purpose", [r["purpose"] for r in rows]),
                    Column("Bands", [r["bands"] for r in rows], dispensable=2),
                    Column("Zone", [r["time_zone"] for r in rows], dispensable=4),
                ],
                groups=[r["agency"] or "-" for r in rows],
            )
