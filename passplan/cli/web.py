"""`passplan web`."""

from __future__ import annotations

from pathlib import Path

import click

from passplan.cli import desk, inputs, options
from passplan.cli.logs import log_to_stderr
from passplan.domain.roles import Role
from passplan.processes import end_with_caller
from passplan.service.access.accounts import LOCAL, make_first_administrator
from passplan.service.access.actors import Actor
from passplan.service.store import open_store


@click.command(
    "web", epilog="\b\nExamples:\n  passplan web --data /srv/passplan\n  passplan web --listen 127.0.0.1:8080"
)
@click.option("--listen", default="", metavar="ADDRESS:PORT", help="Where to listen. [default: the setting]")
@options.data_option
def command(listen: str, data: Path | None) -> None:
    """Serve pages and API until SIGTERM or Ctrl-C; requests in progress are finished. SIGHUP: with the settings anew.

    When no administrator can sign in yet, one is created, and its one-time password is printed.
    """
    from dataclasses import replace

    from passplan.server.serving import address_of, require_safe, serve

    log_to_stderr()
    end_with_caller()
    folder = desk.folder_of(data)
    store = open_store(folder)
    try:
        settings = replace(store.settings, listen=listen) if listen else store.settings
        log_to_stderr(settings.log_format)
        require_safe(settings, demo=store.demo)
        greet_first_administrator(data)
    finally:
        store.database.close()
    serve(folder, settings, clock=inputs.clock, ready=lambda: click.echo(f"Pages and API: {address_of(settings)}"))


def greet_first_administrator(data: Path | None) -> None:
    """Create the first administrator when none can sign in, and print its one-time password."""
    store = open_store(desk.folder_of(data))
    try:
        real_now = inputs.clock()
        actor = Actor(account=LOCAL, role=Role.ADMINISTRATOR, os_user=desk.os_user())
        sign_in = make_first_administrator(store, actor=actor, now=store.mission_time(real_now), real_now=real_now)
    finally:
        store.database.close()
    if sign_in is not None:
        click.echo(f"An administrator was created. Sign in as {sign_in[0]}, with the one-time password {sign_in[1]}")
