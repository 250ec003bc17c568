"""`passplan outage`."""

from __future__ import annotations

from pathlib import Path

import click

from passplan.cli import desk, inputs, options, output
from passplan.cli.schedule_table import when
from passplan.cli.text_table import Column, print_table
from passplan.domain.network import AntennaRef, station_of, station_or_antenna
from passplan.domain.span import Span


@click.group("outage")
def command() -> None:
    """Record that a station or an antenna cannot be used."""


@command.command(
    "add",
    epilog="\b\nExamples:\n  passplan outage add SHK --hours 6 --note 'power cut'\n"
    "  passplan outage add WPS-VHF/vhf --closed --start 2026-08-10T08:00:00Z --end 2026-08-10T16:00:00Z",
)
@click.argument("where", metavar="STATION[/ANTENNA]")
@click.option("--start", default="now", show_default=True, help="As of the passes command.")
@click.option("--end", help="As --start; +6h counts from the start.")
@click.option("--hours", type=float, help="How long, instead of --end.")
@click.option("--closed", is_flag=True, help="As planned, and not broken.")
@click.option("--note", default="", help="What is the matter.")
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

    Contacts there within the freeze are cancelled; the daemon plans those beyond anew, within a minute.
    """
    from passplan.service.network.revisions import record_outage

    if end is None and hours is None:
        raise click.UsageError("say how long: --end or --hours")
    with desk.opened(data, account) as at:
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
    """Say that an outage is over now."""
    from passplan.service.network.revisions import end_outage

    with desk.opened(data, account) as at:
        end_outage(at.store, number, actor=at.actor, now=at.now)
    click.echo(f"outage {number} is over")


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are over as well.")
@options.data_option
@options.report_options
def list_(everything: bool, data: Path | None, form: str, target: Path, no_color: bool, quiet: bool) -> None:
    """List outages and closed times that are not over."""
    from passplan.queries.listings import outage_row, outages_of

    with desk.opened(data, tells=True, quiet=quiet) as at:
        found = outages_of(at.store, after=None if everything else at.now)
    if form == "json":
        rows = [outage_row(o) for o in found]
        output.write_json(target, {"schema": "passplan.outages/1", "notice": at.store.notice, "outages": rows})
        return
    with output.opened(target) as file:
        console = output.console(file, no_color=no_color)
        desk.notice(at, console)
        if not found:
            console.print("There is no outage.", soft_wrap=True)
            return
        print_table(
            console,
            [
                Column("Outage", [str(o.id) for o in found], right=True),
                Column("Kind", [o.kind for o in found]),
                Column("Where", [o.where for o in found]),
                Column("When (UTC)", [when(Span(o.start, o.end)) if o.start < o.end else "called off" for o in found]),
                Column("Note", [o.note for o in found], dispensable=1),
            ],
        )
