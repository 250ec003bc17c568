"""An open store and who stands before it: what every command of the service begins with."""

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
from passplan.domain.errors import InputError
from passplan.domain.schedule import Plan
from passplan.formats.plans import load_plan

if TYPE_CHECKING:  # SQLAlchemy is loaded where a store is opened, and not for plan files
    from rich.console import Console

    from passplan.service.access.roles import Actor
    from passplan.service.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A store, an actor, and the time."""

    store: Store
    actor: Actor
    now: datetime  # mission time
    real_now: datetime


@contextmanager
def opened(data: Path | None, account: str = "", *, tells: bool = False, quiet: bool = False) -> Iterator[Desk]:
    """The store of a data folder, opened for a command; `tells`: its own output says that it is a demonstration.

    Raises:
        StoreError: when there is none, or it is not as it should be.
        DeniedError: for an account that may not act.
    """
    from passplan.service.access.accounts import actor_named
    from passplan.service.store import open_store

    store = open_store(folder_of(data))
    try:
        if store.notice and not tells:
            output.warn([store.notice], quiet=quiet)
        real_now = inputs.clock()
        with store.database.read() as connection:
            actor = actor_named(connection, account, os_user())
        yield Desk(store=store, actor=actor, now=store.mission_time(real_now), real_now=real_now)
    finally:
        store.database.close()


def notice(at: Desk, console: Console) -> None:
    """Say on a table that its store is a demonstration."""
    if at.store.notice:
        console.print(at.store.notice, style="dim", soft_wrap=True)


def element_lines(at: Desk) -> list[str]:
    """Which elements count, and how old they are, for the caption of whatever rests on them."""
    from passplan.service.operations.status import element_rows

    return [
        f"{row.satellite}: {' '.join(row.marks)}"
        if row.epoch is None
        else f"{row.satellite}: elements of {row.epoch:%Y-%m-%d %H:%M} UTC, {row.age_d:.1f} days old "
        f"{' '.join(row.marks)}".rstrip()
        for row in element_rows(at.store, at.now)
    ]


def folder_of(data: Path | None) -> Path:
    """The data folder that was named, or the user's own."""
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


def read_plan(name: str, data: Path | None) -> tuple[str, Plan]:
    """A plan by its file, or by the number of a revision in the store; "current" is the newest.

    Raises:
        InputError: when there is none.
    """
    if (name.isdecimal() or name == "current") and not Path(name).exists():
        from passplan.service.schedule.publishing import load_revision

        number = None if name == "current" else min(int(name), 2**62)
        with opened(data) as desk:
            revision, plan = load_revision(desk.store, number)
        return f"revision {revision.number}", plan
    path = Path(name)
    return path.name, load_plan(path)


def require_request(data: Path | None, revision: str, name: str, *, known: set[str]) -> None:
    """Refuse a request that is in the store and not in a revision's plan, with where it stands.

    Raises:
        InputError: with its state.
    """
    from passplan.queries.listings import request_state

    if name in known:
        return
    with opened(data, tells=True) as desk:
        found = request_state(desk.store, name)
    if found is not None:
        why = f" ({words(found.reason)})" if found.reason else ""
        raise InputError(f'request "{name}" is {found.state.value}{why}, and {revision} was planned without it')
