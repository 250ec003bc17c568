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
    """Print the status of the service: leader, schedule, elements, jobs and problems.

    Exits with 3 when there is a problem.
    """
    from passplan.service.operations.status import condition

    with desk.open_session(data, shows_notice=True, quiet=out.quiet) as at:
        service_status = condition(at.store, now=at.now, real_now=at.real_now)
    schedule = output.words(service_status.schedule) or "none yet"

    def table(console: Console) -> None:
        desk.notice(at, console)
        for name, text in (
            ("mission time", f"{service_status.mission_time:%Y-%m-%d %H:%M:%S} UTC"),
            ("leader", service_status.leader),
            ("network", service_status.network),
            ("schedule", schedule),
            ("contacts", _counts(service_status.contacts)),
            ("requests", _counts(service_status.requests)),
            ("passes ahead", str(service_status.passes)),
            *((("outages", ", ".join(service_status.outages)),) if service_status.outages else ()),
            *((f"job {run.job}", output.words(run)) for run in service_status.jobs),
        ):
            console.print(f"  {name:<16} {text}", soft_wrap=True)
        for wrong in service_status.wrong:
            console.print(f"! {output.words(wrong)}", style="bold red", soft_wrap=True)
        if not service_status.wrong:
            console.print("No problems.", soft_wrap=True)

    values = {field.name: getattr(service_status, field.name) for field in fields(service_status)}
    jobs = [(run.job, run) for run in service_status.jobs]
    document = {"notice": at.store.notice, **values, "schedule": schedule, "jobs": jobs}
    output.write(out, "status", document, table=table)
    context.exit(3 if service_status.wrong else 0)


def _counts(by_state: dict[str, int]) -> str:
    return ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in by_state.items()) or "none"
