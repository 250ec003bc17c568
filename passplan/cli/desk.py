"""Open a store with the acting account and the time, for the commands of the service."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from passplan.cli import inputs, output
from passplan.cli.output import words
from passplan.domain.errors import InputError, PassplanError
from passplan.domain.schedule import Plan
from passplan.formats.plans import load_plan

if TYPE_CHECKING:  # SQLAlchemy is loaded where a store is opened, and not for plan files
    from rich.console import Console

    from passplan.service.access.actors import Actor
    from passplan.service.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A store, an actor, and the time."""

    store: Store
    actor: Actor
    now: datetime  # mission time
    real_now: datetime


@contextmanager
def open_session(
    data: Path | None, account: str = "", *, shows_notice: bool = False, quiet: bool = False
) -> Iterator[Desk]:
    """Open the store of a data folder for a command; `shows_notice`: the output says that it is a demonstration.

    Raises:
        StoreError: when there is none, or it has another version.
        DeniedError: for an account that may not act.
    """
    from passplan.service.access.accounts import actor_named
    from passplan.service.store import open_store

    store = open_store(folder_of(data))
    try:
        if store.notice and not shows_notice:
            output.warn([store.notice], quiet=quiet)
        real_now = inputs.clock()
        with store.database.read() as connection:
            actor = actor_named(connection, account, os_user())
        yield Desk(store=store, actor=actor, now=store.mission_time(real_now), real_now=real_now)
    except PassplanError:
        if store.notice and shows_notice:  # in place of the output that would have said it
            output.warn([store.notice], quiet=quiet)
        raise
    finally:
        store.database.close()


def notice(at: Desk, console: Console) -> None:
    """Say on a table that its store is a demonstration."""
    if at.store.notice:
        console.print(at.store.notice, style="dim", soft_wrap=True)


def element_lines(at: Desk) -> list[str]:
    """The active element sets and their ages, for the captions of plans."""
    from passplan.service.operations.status import element_rows

    return [
        f"{row.satellite}: {' '.join(row.marks)}"
        if row.epoch is None
        else f"{row.satellite}: elements of {row.epoch:%Y-%m-%d %H:%M} UTC, {row.age_d:.1f} days old "
        f"{' '.join(row.marks)}".rstrip()
        for row in element_rows(at.store, at.now)
    ]


def folder_of(data: Path | None) -> Path:
    """The data folder of --data, or the default folder of the user."""
    if data is not None:
        return data
    import platformdirs

    return Path(platformdirs.user_data_dir("passplan", appauthor=False))


def os_user() -> str:
    """The user of the operating system, for the events."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return os.environ.get("USERNAME", "")


def is_revision(name: str) -> bool:
    """Whether a name is of a revision in the store, and not of a plan file."""
    return (name.isdecimal() or name == "current") and not Path(name).exists()


def read_plan(name: str, data: Path | None, *, shows_notice: bool = False, quiet: bool = False) -> tuple[str, Plan]:
    """A plan by its file, or by the number of a revision in the store; "current" is the newest.

    Raises:
        InputError: when there is none.
    """
    if is_revision(name):
        from passplan.service.schedule.publishing import load_revision

        number = None if name == "current" else min(int(name), 2**62)
        with open_session(data, shows_notice=shows_notice, quiet=quiet) as desk:
            revision, plan = load_revision(desk.store, number)
        return f"revision {revision.number}", plan
    path = Path(name)
    return path.name, load_plan(path)


def require_request(data: Path | None, revision: str, name: str, *, known: set[str]) -> None:
    """Refuse a request that is in the store and not in a revision's plan, and show its state.

    Raises:
        InputError: with its state.
    """
    from passplan.queries.listings import request_state

    if name in known:
        return
    with open_session(data, shows_notice=True) as desk:
        stored = request_state(desk.store, name)
    if stored is not None:
        why = f" ({words(stored.reason)})" if stored.reason else ""
        raise InputError(f'request "{name}" is {stored.state.value}{why}, and {revision} was planned without it')
