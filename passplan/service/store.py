"""A service's data folder: its settings, its database and its clock."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

from passplan.domain.errors import InputError, PassplanError, StoreError
from passplan.domain.hints import Hint
from passplan.domain.messages import Message
from passplan.formats.times import format_instant, parse_instant
from passplan.resources import shipped
from passplan.service.caches import Caches
from passplan.service.settings import FILE, Settings, load_settings
from passplan.store import small
from passplan.store.database import Connection, Database, Transaction
from passplan.store.migrating import migrate

DATABASE_FILE = "passplan.sqlite"
CLOCK_OFFSET = "clock_offset_s"
INSTANCE = "instance"
DEMO = "demo"
REHEARSAL = "rehearsal"

Closing: TypeAlias = Callable[[Transaction], None]  # a job's part of a use case's transaction: its fence, its claim
Guard: TypeAlias = Callable[[Connection], None]  # checks the store in a use case's transaction; raises to refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """The clock of a rehearsal: mission time runs from a moment on, faster than real time."""

    mission: datetime
    real: datetime  # when it was that mission time
    speed: float  # mission seconds in a second

    def mission_time(self, real_now: datetime) -> datetime:
        """The mission time."""
        return self.mission + (real_now - self.real) * self.speed

    def real_time(self, mission: datetime) -> datetime:
        """The inverse of `mission_time`."""
        return self.real + (mission - self.mission) / self.speed

    def document(self) -> str:
        """Its text in the store."""
        return json.dumps(
            {"mission": format_instant(self.mission), "real": format_instant(self.real), "speed": self.speed}
        )

    @classmethod
    def of(cls, document: str) -> Rehearsal:
        """The inverse of `document`."""
        values = json.loads(document)
        return cls(
            mission=parse_instant(values["mission"]), real=parse_instant(values["real"]), speed=float(values["speed"])
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """An open store. Mission time is real time, but for demonstrations (an offset) and rehearsals (a clock)."""

    folder: Path
    settings: Settings
    database: Database
    instance: str
    clock_offset_s: float = 0.0
    demo: bool = False
    rehearsal: Rehearsal | None = None
    caches: Caches = field(default_factory=Caches, repr=False, compare=False)

    def mission_time(self, real_now: datetime) -> datetime:
        """The mission time of this store."""
        if self.rehearsal is not None:
            return self.rehearsal.mission_time(real_now)
        return real_now + timedelta(seconds=self.clock_offset_s)

    @property
    def notice(self) -> str:
        """The notice in every output of a demonstration or a rehearsal; empty for other stores."""
        if self.rehearsal is not None:
            pace = f"; the clock runs {self.rehearsal.speed:g} times as fast" if self.rehearsal.speed != 1.0 else ""
            return f"REHEARSAL: nothing here is real{pace}"
        if not self.demo:
            return ""
        if not self.clock_offset_s:
            return "DEMONSTRATION: example requests"
        return (
            f"DEMONSTRATION: example requests, and the clock is {_days(self.clock_offset_s)}, "
            "for the shipped elements are of then"
        )


def open_store(folder: Path) -> Store:
    """Open the store of a data folder, and verify its guards.

    Raises:
        StoreError: when there is none, or it is of another version or without its guards.
        InputError: for a mistake in its settings.
    """
    settings, _ = load_settings(folder)
    if settings.eop:
        from passplan.orbit.scales import earth_orientation, use_earth_orientation

        use_earth_orientation(folder / settings.eop)
        earth_orientation()  # a file that cannot be used is refused here, and not by every page
    database = database_of(folder, settings)
    if database.path is not None and not database.path.exists():
        database.close()
        raise StoreError(Message("no_store", "%(store)s: there is no store", store=str(folder)), hint=Hint.ADD_STORE)
    try:
        database.verify()
        with database.read() as connection:
            facts = small.facts(connection)
    except BaseException:
        database.close()
        raise
    return Store(
        folder=folder,
        settings=settings,
        database=database,
        instance=facts[INSTANCE],
        clock_offset_s=float(facts.get(CLOCK_OFFSET, "0")),
        demo=DEMO in facts,
        rehearsal=Rehearsal.of(facts[REHEARSAL]) if REHEARSAL in facts else None,
    )


def make_store(
    folder: Path,
    *,
    clock_offset_s: float = 0.0,
    demo: bool = False,
    rehearsal: Rehearsal | None = None,
    settings_text: str = "",
) -> Store:
    """Make a store in a data folder, with a settings.toml and a stations.toml where they are missing.

    Raises:
        StoreError: when there is a store already.
        InputError: for a mistake in existing settings, or a folder that cannot be made.
    """
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        written += _write_missing(folder / FILE, settings_text or shipped("settings.toml").read_text(encoding="utf-8"))
        settings, _ = load_settings(folder)
        written += _write_missing(folder / settings.network, shipped("stations.toml").read_text(encoding="utf-8"))
        for source in settings.source:
            if source.folder:
                (folder / source.folder).mkdir(parents=True, exist_ok=True)
        database = database_of(folder, settings)
        exists = (database.path is None or database.path.exists()) and database.version()
        if not exists:
            migrate(database)
    except (OSError, PassplanError) as error:
        for path in written:  # so that the next try begins in the same state
            path.unlink()
        if isinstance(error, OSError):
            raise InputError(
                Message("file_error", "%(file)s: %(error)s", file=error.filename, error=str(error.strerror))
            ) from None
        raise
    if exists:
        database.close()
        raise StoreError(
            Message(
                "store_exists",
                "%(folder)s: there is a store already (%(database)s)",
                folder=str(folder),
                database=str(database),
            )
        )

    def write_facts(transaction: Transaction) -> None:
        small.set_fact(transaction, INSTANCE, uuid4().hex)
        if clock_offset_s:
            small.set_fact(transaction, CLOCK_OFFSET, repr(clock_offset_s))
        if demo:
            small.set_fact(transaction, DEMO, "yes")
        if rehearsal is not None:
            small.set_fact(transaction, REHEARSAL, rehearsal.document())

    database.write(write_facts)
    database.close()
    return open_store(folder)


def database_of(folder: Path, settings: Settings) -> Database:
    """The database that the settings name; it may not exist yet."""
    return Database(settings.database or f"sqlite:///{(folder / DATABASE_FILE).absolute()}")


def _write_missing(path: Path, text: str) -> list[Path]:
    """Write a file if it is missing; return the files that were written."""
    if path.exists():
        return []
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return [path]


def _days(offset_s: float) -> str:
    days = abs(offset_s) / 86_400.0
    return f"{days:.1f} days {'behind' if offset_s < 0.0 else 'ahead'}"
