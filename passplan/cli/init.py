"""`passplan init`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from passplan.cli import desk, inputs, options
from passplan.domain.errors import InputError
from passplan.domain.roles import Role
from passplan.formats.network import load_network
from passplan.resources import shipped
from passplan.service.access.accounts import LOCAL
from passplan.service.access.actors import Actor
from passplan.service.network.revisions import apply_network
from passplan.service.settings import FILE, load_settings
from passplan.service.store import make_store


@click.command("init", epilog="\b\nExample:\n  passplan init --data /srv/passplan")
@click.option("--database", default="", metavar="URL", help="postgresql://user@host/name. [default: SQLite in DIR]")
@options.data_option
def command(database: str, data: Path | None) -> None:
    """Create a store: its folder, a settings.toml and a stations.toml to edit, and its database.

    Existing files are not changed. The network of stations.toml becomes network revision 1.
    """
    folder = desk.folder_of(data)
    text = shipped("settings.toml").read_text(encoding="utf-8")
    if database:
        if (folder / FILE).exists():
            raise InputError(f"{folder / FILE} exists; change its line database = … and omit --database")
        text = text.replace('# database = ""', f"database = {json.dumps(database)}")
    settings, _ = load_settings(folder)
    network_file = folder / settings.network
    network = load_network(network_file if network_file.exists() else shipped("stations.toml"))
    store = make_store(folder, settings_text=text)
    try:
        actor = Actor(account=LOCAL, role=Role.ADMINISTRATOR, os_user=desk.os_user())
        applied = apply_network(store, network, actor=actor, now=inputs.clock())
    finally:
        store.database.close()
    named = f" --data {data}" if data is not None else ""
    click.echo(f"{store.database}: network revision {applied.number}, {len(network.stations)} stations")
    click.echo(f"Edit {folder / 'settings.toml'} and {folder / store.settings.network}, then:")
    click.echo(f"    passplan requests add FILE{named}")
    click.echo(f"    passplan serve{named}")
