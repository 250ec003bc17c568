"""`passplan network`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from passplan.cli import desk, options
from passplan.cli.schedule_table import when
from passplan.domain.contacts import Contact
from passplan.formats.network import load_network


@click.group("network")
def command() -> None:
    """Apply a network file to the store."""


@command.command("apply", epilog="\b\nExample:\n  passplan network apply stations.toml")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only read and check the file.")
@options.store_options
def apply(file: Path | None, dry_run: bool, data: Path | None, account: str) -> None:
    """Read a network file into a numbered network revision; by default the file of the data folder.

    This is the only way to change the network. Contacts that it makes impossible are cancelled and planned again.
    """
    from passplan.service.network.revisions import apply_network, impossible

    with desk.open_session(data, account) as at:
        path = file or at.store.folder / at.store.settings.network
        network = load_network(path)
        summary = f"{len(network.stations)} stations of {len(network.agencies)} agencies"
        if dry_run:
            with at.store.database.read() as connection:
                gone = impossible(connection, network, at.now)
            click.echo(f"{path}: {summary}; the file is valid")
            _print_contacts("would be cancelled", gone)
            return
        applied = apply_network(at.store, network, actor=at.actor, now=at.now)
    if not applied.is_new:
        click.echo(f"network revision {applied.number} already has this network")
        return
    click.echo(f"network revision {applied.number}: {summary}")
    _print_contacts("is cancelled", applied.cancelled)


def _print_contacts(what: str, contacts: Sequence[Contact]) -> None:
    for c in contacts:
        a = c.assignment
        line = f"contact {c.id}, {a.request}/{a.part} at {'+'.join(map(str, a.antennas))}, {when(a.contact)}"
        click.echo(f"    {line}, {what}: the network makes it impossible")
