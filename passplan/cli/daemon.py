"""`passplan daemon`."""

from __future__ import annotations

from pathlib import Path

import click

from passplan.cli import desk, inputs, options
from passplan.cli.logs import log_to_stderr
from passplan.processes import end_with_caller


@click.command("daemon", epilog="\b\nExamples:\n  passplan daemon --data /srv/passplan\n  passplan daemon --once")
@click.option(
    "--once",
    is_flag=True,
    help="Run the jobs that are due now, and exit: 1, a job fails; 3, another daemon leads.",
)
@options.data_option
@click.pass_context
def command(context: click.Context, once: bool, data: Path | None) -> None:
    """Run the jobs of the service: elements, passes, the daily schedule, late requests, the freeze, backups.

    Several daemons may run on one store: one leads, and another takes over when it stops. SIGTERM ends it cleanly;
    after SIGHUP it reads the settings again.
    """
    from passplan.daemon.runner import run, run_once
    from passplan.service.operations.job_failures import job_failures

    log_to_stderr()
    end_with_caller()
    if not once:
        runs = True
        while runs:  # SIGHUP: again, with the settings as they are then
            with desk.open_session(data) as at:
                log_to_stderr(at.store.settings.log_format)
                runs = run(at.store, clock=inputs.clock)
        return
    with desk.open_session(data) as at:
        if not run_once(at.store, clock=inputs.clock):
            click.echo("passplan: another daemon leads; nothing was done", err=True)
            context.exit(3)
        failures = job_failures(at.store)
        for job, failure in failures.items():
            click.echo(f"passplan: {job}: {failure}", err=True)
        context.exit(1 if failures else 0)
