"""`passplan passes`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from passplan.cli import inputs, options, output

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from passplan.passes.columns import Passes

_EXAMPLES = """
\b
Examples:
  passplan passes --start epoch
  passplan passes --elements iss.tle --at 52.0,4.4,10 --min-elevation 5
  passplan passes --satellite tdrs --station NASA --start epoch --hours 1 --format json
"""


@click.command("passes", epilog=_EXAMPLES)
@options.elements_options
@options.stations_options
@options.span_options
@click.option(
    "--refraction", is_flag=True, help="Apparent elevations (Bennett's refraction) instead of geometric ones."
)
@click.option("--tz", default="UTC", show_default=True, help="Zone of the table's times: an IANA name, or 'station'.")
@click.option("--fail-empty", is_flag=True, help="Exit with 3 when there is no pass.")
@options.output_options
@click.pass_context
def command(
    context: click.Context,
    elements: tuple[Path, ...],
    satellites: tuple[str, ...],
    predictive: bool,
    network: Path | None,
    stations: tuple[str, ...],
    places: tuple[str, ...],
    min_elevation_deg: float | None,
    start: str,
    end: str | None,
    hours: float | None,
    allow_stale: bool,
    refraction: bool,
    tz: str,
    fail_empty: bool,
    out: output.Output,
) -> None:
    """Print the passes of satellites over stations, in order of AOS.

    A pass is from AOS to LOS: the satellite is at or above the station's limit, the larger of floor and horizon mask.
    """
    from passplan.cli.pass_table import time_zone
    from passplan.passes.search import find_passes

    zone = time_zone(tz)
    now = inputs.clock()
    read = inputs.read_network(network)
    catalogue = inputs.read_catalogue(elements, predictive=predictive, now=now, names=satellites, network=read)
    chosen, docked = inputs.choose_satellites(catalogue, satellites, read, has_element_files=bool(elements))
    sites = inputs.choose_stations(read, stations, places, min_elevation_deg)
    span = inputs.choose_span(start, end, hours, chosen, now, default_hours=24.0)
    fresh, left_out = inputs.refuse_stale(chosen, span, allow_stale=allow_stale)
    with output.progress("finding passes", quiet=out.quiet) as progress:
        passes = find_passes(fresh, sites, span, refraction=refraction, progress=progress)
    stale = (
        [f"{int(passes.stale.sum())} passes are on old elements; mind their ± columns"] if passes.stale.any() else []
    )
    if (count := int(passes.uncertain.sum())) > 0:
        stale.append(f"{count} passes are uncertain by more than half their length; do not rely on their times")
    output.warn([*catalogue.warnings, *docked, *left_out, *stale], quiet=out.quiet)
    _write(passes, zone, out)
    if fail_empty and not len(passes):
        context.exit(3)


def _write(passes: Passes, zone: ZoneInfo | None, out: output.Output) -> None:
    from passplan.cli.pass_table import print_passes
    from passplan.domain.rows.passes import answer_row, pass_row

    if out.form == "csv":
        from passplan.cli.pass_csv import pass_lines

        with output.opened(out.target) as file:
            file.writelines(pass_lines(passes))
        output.warn((a.sentence for a in passes.answers), quiet=out.quiet, count=len(passes.answers))
        return
    document = {"span": passes.span, "model": passes.model}
    if out.form == "json":
        document |= {"passes": list(map(pass_row, passes)), "answers": list(map(answer_row, passes.answers))}
    output.write(out, "passes", document, table=lambda console: print_passes(passes, console, zone))
