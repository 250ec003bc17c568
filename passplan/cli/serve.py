"""`passplan serve`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import click

from passplan.cli import desk, inputs, options
from passplan.cli.daemon import log_to_stderr
from passplan.domain.errors import InputError
from passplan.formats.network import load_network
from passplan.service.access import Actor, Role
from passplan.service.accounts import LOCAL
from passplan.service.stores import open_store


@click.command("serve", epilog="\b\nExamples:\n  passplan serve --demo\n  passplan serve --data /srv/passplan")
@click.option("--demo", is_flag=True, help="Make a store to look at: shipped stations and elements, example requests.")
@click.option(
    "--elements",
    multiple=True,
    type=click.Path(path_type=Path),
    envvar="PASSPLAN_ELEMENTS",
    help="With --demo: fresh element sets; without any the clock is set back to the shipped ones.",
)
@options.data_option
def command(demo: bool, elements: tuple[Path, ...], data: Path | None) -> None:
    """Run the service on the data folder: its stations.toml is applied, and the daemon runs until it is stopped.

    A demonstration without --data lives in a new folder, which is taken away at the end.
    """
    if not demo:
        if elements:
            raise click.UsageError("--elements goes with --demo; a service takes them by passplan elements add")
        _serve(desk.folder_of(data))
    elif data is not None:
        _make(data, elements)
        _serve(data)
    else:
        with tempfile.TemporaryDirectory(prefix="passplan-demo-") as folder:
            _make(Path(folder), elements)
            _serve(Path(folder))


def _make(folder: Path, elements: tuple[Path, ...]) -> None:
    """A demonstration's store, unless the folder has one already."""
    from passplan.service.demonstration import make_demonstration

    if folder.exists() and any(folder.iterdir()):
        store = open_store(folder)
        store.database.close()
        if not store.demo:
            raise InputError(f"{folder}: there is a store, and it is no demonstration; name another folder")
        return
    make_demonstration(folder, elements, actor=_local(), real_now=inputs.clock()).database.close()


def _serve(folder: Path) -> None:
    from passplan.daemon.runner import run
    from passplan.service.networks import apply_network

    log_to_stderr()
    store = open_store(folder)
    try:
        now = store.mission_time(inputs.clock())
        apply_network(store, load_network(folder / store.settings.network), actor=_local(), now=now)
        if store.notice:
            click.echo(store.notice)
        click.echo(f"The service runs on {folder}; it is {now:%Y-%m-%d %H:%M:%S} UTC there. Ctrl-C ends it.")
        click.echo("In another terminal:")
        for command in ("status", "schedule show", "requests list", "contacts list"):
            click.echo(f"    {_program()} {command} --data {folder}")
        run(store, clock=inputs.clock)
    finally:
        store.database.close()


def _program() -> str:
    """How this program is called by whoever has no `passplan` on the path."""
    called = Path(sys.argv[0])
    return str(called) if shutil.which("passplan") is None and called.name == "passplan" else "passplan"


def _local() -> Actor:
    return Actor(account=LOCAL, role=Role.ADMINISTRATOR, os_user=desk.os_user())
