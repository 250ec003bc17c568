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
    """Upgrade the store to the version that this passplan needs, and verify its guards.

    A SQLite store is copied into backups/ first. PostgreSQL changes all or nothing; make a copy with pg_dump first.
    """
    from passplan.service.operations import upkeep
    from passplan.service.settings import load_settings
    from passplan.service.store import database_of

    folder = desk.folder_of(data)
    settings, _ = load_settings(folder)
    database = database_of(folder, settings)
    try:
        if database.path is not None and not database.path.exists():
            raise InputError(f"{folder}: there is no store; make one with passplan init")
        before, after, saved = upkeep.upgrade(folder, settings, database, real_now=inputs.clock())
    finally:
        database.close()
    if saved is not None:
        click.echo(f"{saved}: the store as it was")
    click.echo(f"{database}: at {after}" + ("" if before == after else f", was at {before or 'none'}"))


@command.command("backup", epilog="\b\nExample:\n  passplan db backup /mnt/passplan.sqlite")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@options.data_option
def backup(file: Path | None, data: Path | None) -> None:
    """Copy the store into a SQLite file while it is in use; by default into backups/ of the data folder.

    The copy is verified (its file, guards, events and contacts) and sealed with secret.keys. It has no passes, which
    are computed again. A SQLite store of an older version is copied too.
    """
    from passplan.service.operations import upkeep
    from passplan.service.settings import load_settings
    from passplan.service.store import database_of

    folder = desk.folder_of(data)
    settings, _ = load_settings(folder)
    database = database_of(folder, settings)
    try:
        is_older = database.path is not None and database.path.exists() and database.is_older
        if is_older:
            click.echo(str(upkeep.write_backup(folder, settings, database, file, real_now=inputs.clock())))
    finally:
        database.close()
    if not is_older:
        with desk.open_session(data) as at:
            click.echo(str(upkeep.back_up(at.store, file, real_now=at.real_now)))


@command.command("copy", epilog="\b\nExample:\n  passplan db copy postgresql://passplan@db.example.org/passplan")
@click.argument("url")
@options.data_option
def copy(url: str, data: Path | None) -> None:
    """Copy the store into an empty database, SQLite or PostgreSQL, and verify the copy. Stop the service first.

    Then set `database` in settings.toml to the same address.
    """
    from dataclasses import replace

    from passplan.service.operations import upkeep
    from passplan.service.settings import FILE
    from passplan.service.store import database_of

    with desk.open_session(data) as at:
        target = database_of(at.store.folder, replace(at.store.settings, database=url))
        try:
            upkeep.copy_into(at.store.database, target)
        finally:
            target.close()
        click.echo(f"{target}: copied and verified. Set database to it in {at.store.folder / FILE}.")


@command.command(
    "restore",
    epilog="\b\nExamples:\n  passplan db restore --verify\n  passplan db restore /mnt/passplan.sqlite",
)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Only verify the backup; the store does not change.")
@click.option("--without-seal", is_flag=True, help="Do not check the seal: the file may have been changed.")
@options.data_option
def restore(file: Path | None, verify: bool, without_seal: bool, data: Path | None) -> None:
    """Verify a backup and restore the store from it; by default the newest one in backups/.

    There must be no store yet: no file, or an empty database. No daemon may run on it. The seal is checked with
    secret.keys of the data folder, which has to be the one of the time of the backup.
    """
    from passplan.service.operations import upkeep
    from passplan.service.settings import FILE, load_settings
    from passplan.service.store import database_of

    folder = desk.folder_of(data)
    source = file or upkeep.newest_backup(folder)
    if source is None:
        raise InputError(f"{folder}: there is no backup; name a file")
    if verify:
        if problems := upkeep.backup_problems(source, folder, sealed=not without_seal):
            raise InputError(*(f"{source}: {what}" for what in problems))
        click.echo(f"{source}: sound")
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings, _ = load_settings(folder)
    database = database_of(folder, settings)
    try:
        upkeep.restore(source, database, folder, sealed=not without_seal)
    finally:
        database.close()
    for name in (FILE, settings.network):
        if not (folder / name).exists():
            click.echo(f"passplan: {folder / name} does not exist, and backups do not contain it; copy yours", err=True)
    click.echo(f"{database}: restored from {source}, {inputs.clock():%Y-%m-%d %H:%M:%SZ}")
