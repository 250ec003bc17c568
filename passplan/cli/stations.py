"""`passplan stations`."""

from pathlib import Path

import click

from passplan.cli import completions, inputs, options, output
from passplan.cli.row_table import Cell, print_rows
from passplan.domain.rows.network import StationRow, station_row


@click.command(
    "stations", epilog="\b\nExamples:\n  passplan stations\n  passplan stations --station JAXA --format json"
)
@options.network_option
@click.option(
    "--station",
    "stations",
    multiple=True,
    metavar="WHICH",
    shell_complete=completions.stations,
    help="Station id, agency or 'all'; repeatable.",
)
@options.output_options
def command(network: Path | None, stations: tuple[str, ...], out: output.Output) -> None:
    """List the stations of the network, with the accuracy of their positions.

    Purpose "iss": the station communicates with the ISS directly. "geometry": the station is listed for its position;
    the ISS mainly uses relay satellites.
    """
    rows = [station_row(s) for s in inputs.choose_stations(inputs.read_network(network), stations, (), None)]
    cells: dict[str, Cell] = {
        "name": lambda r: r.name[:44],
        "latitude_deg": lambda r: f"{r.latitude_deg:.4f}°",
        "longitude_deg": lambda r: f"{r.longitude_deg:.4f}°",
        "altitude_m": lambda r: f"{r.altitude_m:.0f} m",
    }
    groups = [r.agency or "-" for r in rows]
    output.write(
        out,
        "stations",
        {"stations": rows},
        kind=StationRow,
        rows=rows,
        table=lambda console: print_rows(
            console, StationRow, rows, cells=cells, without=("agency",), groups=groups, empty="There is no station."
        ),
    )
