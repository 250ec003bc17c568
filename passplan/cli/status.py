"""`passplan status`."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passplan.cli import desk, options, output

if TYPE_CHECKING:
    from rich.console import Console


@click.command("status", epilog="\b\nExample:\n  passplan status --data /srv/passplan")
@options.data_option
@options.report_options
@click.pass_context
def command(context: click.Context, data: Path | None, out: output.Output) -> None:
    """Say how the service is: who leads, its schedule, elements and jobs, and what is wrong.

    Exits with 3 when something is wrong.
    """
    from passplan.service.operations.status import condition

    with desk.opened(data, tells=True, quiet=out.quiet) as at:
        found = condition(at.store, now=at.now, real_now=at.real_now)
    schedule = output.words(found.schedule) or "none yet"

    def table(console: Console) -> None:
        desk.notice(at, console)
        for name, told in (
            ("mission time", f"{found.mission_time:%Y-%m-%d %H:%M:%S} UTC"),
            ("leader", found.leader),
            ("network", found.network),
            ("schedule", schedule),
            ("contacts", _counts(found.contacts)),
            ("requests", _counts(found.requests)),
            ("passes ahead", str(found.passes)),
            *((("outages", ", ".join(found.outages)),) if found.outages else ()),
            *((f"job {run.job}", output.words(run)) for run in found.jobs),
        ):
            console.print(f"  {name:<16} {told}", soft_wrap=True)
        for wrong in found.wrong:
            console.print(f"! {output.words(wrong)}", style="bold red", soft_wrap=True)
        if not found.wrong:
            console.print("Nothing is wrong.", soft_wrap=True)

    values = {field.name: getattr(found, field.name) for field in fields(found)}
    jobs = [(run.job, run) for run in found.jobs]
    document = {"notice": at.store.notice, **values, "schedule": schedule, "jobs": jobs}
    output.write(out, "status", document, table=table)
    context.exit(3 if found.wrong else 0)


def _counts(by_state: dict[str, int]) -> str:
    return ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in by_state.items()) or "none"
