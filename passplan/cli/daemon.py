"""`passplan daemon`."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from passplan.cli import desk, inputs, options


@click.command("daemon", epilog="\b\nExamples:\n  passplan daemon --data /srv/passplan\n  passplan daemon --once")
@click.option("--once", is_flag=True, help="Do what is due now, and end; for those who have a scheduler of their own.")
@options.data_option
@click.pass_context
def command(context: click.Context, once: bool, data: Path | None) -> None:
    """Run what goes by itself: elements, passes, the daily schedule, late requests, the freeze, backups.

    Any number may run on one store: one leads, and another takes over when it falls silent. SIGTERM ends it cleanly.
    """
    from passplan.daemon.runner import run, run_once

    log_to_stderr()
    with desk.opened(data) as at:
        if not once:
            run(at.store, clock=inputs.clock)
        elif not run_once(at.store, clock=inputs.clock):
            click.echo("passplan: another daemon leads; nothing was done", err=True)
            context.exit(3)


def log_to_stderr() -> None:
    """Lines of the daemon's own log, with the real time."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log = logging.getLogger("passplan")
    log.handlers = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False
