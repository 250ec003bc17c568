"""`passplan events`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from passplan.cli import desk, options, output
from passplan.cli.text_table import Column, print_table


@click.command(
    "events", epilog="\b\nExamples:\n  passplan events\n  passplan events contact/17\n  passplan events --after 1200"
)
@click.argument("about", default="", metavar="[OBJECT]")
@click.option("--after", type=options.NUMBER_OR_0, help="Only those after this number. [default: the last ones]")
@click.option("--most", type=options.COUNT, default=50, show_default=True, help="How many.")
@options.data_option
@options.report_options
def command(
    about: str, after: int | None, most: int, data: Path | None, form: str, target: Path, no_color: bool, quiet: bool
) -> None:
    """Print who did what to what and when, of one object (request/ID, contact/N, schedule/N, source/NAME) or of all."""
    from passplan.queries.listings import event_row, events_of

    with desk.opened(data, tells=True, quiet=quiet) as at:
        found = events_of(at.store, about, after=after, most=most)
    if form == "json":
        rows = [event_row(e) for e in found]
        output.write_json(target, {"schema": "passplan.events/1", "notice": at.store.notice, "events": rows})
        return
    with output.opened(target) as file:
        console = output.console(file, no_color=no_color)
        desk.notice(at, console)
        if not found:
            console.print("There is no event.", soft_wrap=True)
            return
        print_table(
            console,
            [
                Column("Event", [str(e.id) for e in found], right=True),
                Column("At (UTC)", [f"{e.at:%Y-%m-%d %H:%M:%S}" for e in found]),
                Column("Actor", [e.actor for e in found]),
                Column("Action", [e.action for e in found]),
                Column("Object", [e.object for e in found]),
                Column("What", [_short(e.after) for e in found], dispensable=1),
            ],
        )


def _short(after: dict[str, object]) -> str:
    text = json.dumps(after, ensure_ascii=False)
    return text if len(text) <= 100 else text[:97] + "..."
