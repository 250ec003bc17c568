"""`passplan outage`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from passplan.cli import completions, desk, inputs, options, output
from passplan.cli.row_table import print_rows
from passplan.cli.schedule_table import when
from passplan.domain.network import AntennaRef, station_of, station_or_antenna
from passplan.domain.rows.network import OutageRow

if TYPE_CHECKING:
    from rich.console import Console


@click.group("outage")
def command() -> None:
    """Record that a station or an antenna cannot be used."""


@command.command(
    "add",
    epilog="\b\nExamples:\n  passplan outage add SHK --hours 6 --note 'power cut'\n"
    "  passplan outage add WPS-VHF/vhf --closed --start 2026-08-10T08:00:00Z --end 2026-08-10T16:00:00Z",
)
@click.argument("where", metavar="STATION[/ANTENNA]", shell_complete=completions.antennas)
@click.option("--start", default="now", show_default=True, help="As of the passes command.")
@click.option("--end", help="As --start; +6h counts from the start.")
@click.option("--hours", type=float, help="How long, instead of --end.")
@click.option("--closed", is_flag=True, help="Planned closure, not a fault.")
@click.option("--note", default="", help="Reason of the outage.")
@options.store_options
def add(
    where: str,
    start: str,
    end: str | None,
    hours: float | None,
    closed: bool,
    note: str,
    data: Path | None,
    account: str,
) -> None:
    """Record an outage or a closed time.

    Its contacts within the freeze are cancelled; the daemon plans later ones again within a minute.
    """
    from passplan.service.network.revisions import record_outage

    if end is None and hours is None:
        raise click.UsageError("say how long: --end or --hours")
    with desk.open_session(data, account) as at:
        span = inputs.choose_span(start, end, hours, (), at.now, default_hours=1.0)
        place = station_or_antenna(where)
        number, cancelled = record_outage(
            at.store,
            station_of(place),
            span,
            antenna=place.antenna if isinstance(place, AntennaRef) else "",
            kind="closed" if closed else "outage",
            note=note,
            actor=at.actor,
            now=at.now,
        )
    click.echo(f"outage {number}: {where}, {when(span)}")
    for c in cancelled:
        a = c.assignment
        click.echo(f"    contact {c.id}, {a.request}/{a.part}, {when(a.contact)}, is cancelled")


@command.command("end", epilog="\b\nExample:\n  passplan outage end 3")
@click.argument("number", type=options.NUMBER)
@options.store_options
def end(number: int, data: Path | None, account: str) -> None:
    """End an outage now."""
    from passplan.service.network.revisions import end_outage

    with desk.open_session(data, account) as at:
        end_outage(at.store, number, actor=at.actor, now=at.now)
    click.echo(f"outage {number} has ended")


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Include outages that have ended.")
@options.data_option
@options.output_options
def list_(everything: bool, data: Path | None, out: output.Output) -> None:
    """List outages and closed times that have not ended."""
    from passplan.queries.listings import outage_list

    with desk.open_session(data, shows_notice=out.form != "csv", quiet=out.quiet) as at:
        rows = outage_list(at.store, after=None if everything else at.now)

    def table(console: Console) -> None:
        desk.notice(at, console)
        cells = {"end": lambda o: f"{o.end:%Y-%m-%d %H:%M:%S}" if o.start < o.end else "withdrawn"}
        print_rows(console, OutageRow, rows, cells=cells, empty="There is no outage.")

    output.write(out, "outages", {"notice": at.store.notice, "outages": rows}, kind=OutageRow, rows=rows, table=table)
