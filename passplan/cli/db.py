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
    """Upgrade the store to the version that this passplan needs, and verify its guards. Make a backup first."""
    from passplan.service.operations import upkeep
    from passplan.service.settings import load_settings
    from passplan.service.store import database_of

    folder = desk.folder_of(data)
    settings, _ = load_settings(folder)
    database = database_of(folder, settings)
    try:
        if database.path is not None and not database.path.exists():
            raise InputError(f"{folder}: there is no store; make one with passplan init")
        before, after = upkeep.upgrade(database)
    finally:
        database.close()
    click.echo(f"{database}: at {after}" + ("" if before == after else f", was at {before or 'none'}"))


@command.command("backup", epilog="\b\nExample:\n  passplan db backup /mnt/passplan.sqlite")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@options.data_option
def backup(file: Path | None, data: Path | None) -> None:
    """Copy the store into a SQLite file while it is in use; by default into backups/ of the data folder.

    The copy is verified: its file, guards, events and contacts.
    """
    from passplan.service.operations.upkeep import back_up

    with desk.open_session(data) as at:
        click.echo(str(back_up(at.store, file, real_now=at.real_now)))


@command.command(
    "restore",
    epilog="\b\nExamples:\n  passplan db restore --verify\n  passplan db restore /mnt/passplan.sqlite",
)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Only verify the backup; the store does not change.")
@options.data_option
def restore(file: Path | None, verify: bool, data: Path | None) -> None:
    """Verify a backup and restore the store from it; by default the newest one in backups/.

    There must be no store yet: no file, or an empty database. No daemon may run on it.
    """
    from passplan.service.operations import upkeep
    from passplan.service.settings import FILE, load_settings
    from passplan.service.store import database_of

    folder = desk.folder_of(data)
    source = file or upkeep.newest_backup(folder)
    if source is None:
        raise InputError(f"{folder}: there is no backup; name a file")
    if verify:
        if problems := upkeep.backup_problems(source):
            raise InputError(*(f"{source}: {what}" for what in problems))
        click.echo(f"{source}: sound")
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings, _ = load_settings(folder)
    database = database_of(folder, settings)
    try:
        upkeep.restore(source, database)
    finally:
        database.close()
    for name in (FILE, settings.network):
        if not (folder / name).exists():
            click.echo(f"passplan: {folder / name} does not exist, and backups do not contain it; copy yours", err=True)
    click.echo(f"{database}: restored from {source}, {inputs.clock():%Y-%m-%d %H:%M:%SZ}")
