"""`passplan events`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from passplan.cli import desk, options, output
from passplan.cli.row_table import print_rows
from passplan.domain.rows.service import EventRow

if TYPE_CHECKING:
    from rich.console import Console


@click.command(
    "events", epilog="\b\nExamples:\n  passplan events\n  passplan events contact/17\n  passplan events --after 1200"
)
@click.argument("about", default="", metavar="[OBJECT]")
@click.option("--after", type=options.NUMBER_OR_0, help="Only those after this number. [default: the last ones]")
@click.option("--most", type=options.COUNT, default=50, show_default=True, help="How many.")
@options.data_option
@options.output_options
def command(about: str, after: int | None, most: int, data: Path | None, out: output.Output) -> None:
    """Print the events of one object (request/ID, contact/N, schedule/N, source/NAME) or of all objects."""
    from passplan.queries.listings import event_list

    with desk.open_session(data, shows_notice=out.form != "csv", quiet=out.quiet) as at:
        rows = event_list(at.store, about, after=after, most=most)

    def table(console: Console) -> None:
        desk.notice(at, console)
        print_rows(console, EventRow, rows, empty="There is no event.")

    document = {"notice": at.store.notice, "events": rows}
    output.write(out, "events", document, kind=EventRow, rows=rows, table=table)
