"""`passplan network`."""

from __future__ import annotations

from pathlib import Path

import click

from passplan.cli import desk, options, output
from passplan.formats.network import load_network


@click.group("network")
def command() -> None:
    """Make a network file the store's."""


@command.command("apply", epilog="\b\nExample:\n  passplan network apply stations.toml")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only read and check the file.")
@options.store_options
def apply(file: Path | None, dry_run: bool, data: Path | None, account: str) -> None:
    """Read a network file into a numbered network revision; by default that of the data folder.

    It is the only way to change the network. Plans are made anew on it.
    """
    from passplan.service.networks import apply_network

    with desk.opened(data, account) as at:
        path = file or at.store.folder / at.store.settings.network
        network = load_network(path)
        told = f"{len(network.stations)} stations of {len(network.agencies)} agencies"
        if dry_run:
            click.echo(f"{path}: {told}; nothing is wrong with it")
            return
        applied = apply_network(at.store, network, actor=at.actor, now=at.now)
    if not applied.is_new:
        click.echo(f"network revision {applied.number} is that already")
        return
    click.echo(f"network revision {applied.number}: {told}")
    output.warn(
        (
            f"contact {c.id} ({c.assignment.request}/{c.assignment.part}) is at "
            f"{'+'.join(c.assignment.antennas)}, which the network does not have any more"
            for c in applied.stranded
        ),
        quiet=False,
    )
