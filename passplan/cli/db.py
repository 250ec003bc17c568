"""`passplan db`."""

from __future__ import annotations

from pathlib import Path

import click

from passplan.cli import desk, inputs, options
from passplan.domain.errors import InputError


@click.group("db")
def command() -> None:
    """Upgrade, back up and restore the store."""


@command.command("upgrade")
@options.data_option
def upgrade(data: Path | None) -> None:
    """Bring the store to the version that this passplan needs, and verify its guards. A backup first does no harm."""
    from passplan.service.settings import load_settings
    from passplan.service.store import database_of
    from passplan.store.migrating import migrate
    from passplan.store.schema import VERSION

    folder = desk.folder_of(data)
    settings, _ = load_settings(folder)
    database = database_of(folder, settings)
    try:
        if database.path is not None and not database.path.exists():
            raise InputError(f"{folder}: there is no store; make one with passplan init")
        before = database.version()
        migrate(database)
    finally:
        database.close()
    click.echo(f"{database}: at {VERSION}" + ("" if before == VERSION else f", was at {before or 'none'}"))


@command.command("backup", epilog="\b\nExample:\n  passplan db backup /mnt/passplan.sqlite")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@options.data_option
def backup(file: Path | None, data: Path | None) -> None:
    """Copy the store into a SQLite file while it is in use; by default into backups/ of the data folder.

    The copy is verified: its file, guards, events and contacts.
    """
    from passplan.service.operations.upkeep import back_up

    with desk.opened(data) as at:
        click.echo(str(back_up(at.store, file, real_now=at.real_now)))


@command.command(
    "restore",
    epilog="\b\nExamples:\n  passplan db restore --verify\n  passplan db restore /mnt/passplan.sqlite",
)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Only verify the backup; the store is left alone.")
@options.data_option
def restore(file: Path | None, verify: bool, data: Path | None) -> None:
    """Put a backup into the store's place, once it is verified; by default the last one in backups/.

    The store must be out of the way: no file, or an empty database. No daemon may run on it.
    """
    from passplan.service.operations.upkeep import newest_backup
    from passplan.service.operations.upkeep import restore as put_back
    from passplan.service.settings import FILE, load_settings
    from passplan.service.store import database_of
    from passplan.store import backup as copies

    folder = desk.folder_of(data)
    source = file or newest_backup(folder)
    if source is None:
        raise InputError(f"{folder}: there is no backup; name a file")
    if verify:
        if found := copies.problems(source):
            raise InputError(*(f"{source}: {what}" for what in found))
        click.echo(f"{source}: sound")
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings, _ = load_settings(folder)
    database = database_of(folder, settings)
    try:
        put_back(source, database)
    finally:
        database.close()
    for name in (FILE, settings.network):
        if not (folder / name).exists():
            click.echo(f"passplan: {folder / name} is not there, and no backup has it; copy yours", err=True)
    click.echo(f"{database}: restored from {source}, {inputs.clock():%Y-%m-%d %H:%M:%SZ}")
