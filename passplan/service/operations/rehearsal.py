"""A rehearsal's store: a new one or a copy of a service's, whose clock is another and which fetches nothing."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path

from passplan.domain.contacts import Contact, ContactState
from passplan.domain.errors import InputError, StaleElementsError
from passplan.domain.hints import Hint
from passplan.domain.messages import Message
from passplan.domain.network import Network
from passplan.domain.schedule import Policy
from passplan.formats.elements import load_elements
from passplan.formats.network import load_network
from passplan.formats.times import format_instant
from passplan.resources import shipped
from passplan.service.access.actors import Actor
from passplan.service.access.keys import FILE as KEYS
from passplan.service.network.revisions import apply_network
from passplan.service.operations import upkeep
from passplan.service.operations.demo import make_demonstration_accounts
from passplan.service.settings import FILE, Settings, load_settings
from passplan.service.store import REHEARSAL, Rehearsal, Store, database_of, make_store, open_store
from passplan.store import contacts, elements, events, requests, revisions, small

HISTORY = "history"  # the folder of element sets in the data folder, and the name of their source
DELAY_H = 8.0  # so long after their epoch sets of the ISS are published
_DEFAULTS = Settings()
_NOT_COPIED = frozenset({"database", "source", "listen", "url", "behind_proxy", "backup_every_min", "backup_folder"})


def make_rehearsal(
    folder: Path,
    *,
    start: datetime,
    speed: float,
    history: tuple[Path, ...] = (),
    original: Path | None = None,
    database: str = "",
    actor: Actor,
    real_now: datetime,
) -> Store:
    """Make the store of a rehearsal in an empty folder.

    Args:
        folder: the new data folder.
        start: the mission time with which it begins.
        speed: mission seconds in a second.
        history: files and folders of element sets, each of which comes 8 h after its epoch; none: the shipped ones.
        original: the data folder of a service, which is copied and not changed; None: the shipped network alone.
        database: the address of an empty database; "": a SQLite file in the folder.
        actor: the account that acts.
        real_now: real time.

    Raises:
        InputError: for a speed outside 0.01 to 100,000, or a start before the last event of the original.
        StaleElementsError: when no set has come at the start.
        StoreError: when there is a store already, or the original cannot be copied.
    """
    if not 0.01 <= speed <= 100_000.0:
        raise InputError(
            Message("rehearsal_speed", "the speed is %(speed)g; it lies between 0.01 and 100,000", speed=speed)
        )
    rehearsal = Rehearsal(mission=start, real=real_now, speed=speed)
    if original is None:
        settings = _settings_text(replace(_DEFAULTS, effort="quick", public_view=True), database)
        store = make_store(folder, demo=True, rehearsal=rehearsal, settings_text=settings)
        network = load_network(shipped("stations.toml"))
        apply_network(store, network, actor=actor, now=start)
        make_demonstration_accounts(store, network, actor=actor, now=start, real_now=real_now)
    else:
        store = _copied(original, folder, rehearsal, database, real_now)
    _put_history(store, history or (shipped("tle"),), start)
    return store


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a store has."""

    contacts: Mapping[str, int]  # by state
    requests: Mapping[str, int]
    revisions: Mapping[str, int]  # by lane
    element_sets: int
    events: int
    bytes: int  # of the database


def rehearsal_figures(store: Store) -> Figures:
    """What a store has now."""
    with store.database.read() as connection:
        return Figures(
            contacts=contacts.counts(connection),
            requests=requests.counts(connection),
            revisions=revisions.counts(connection),
            element_sets=elements.count(connection),
            events=events.last_number(connection),
            bytes=store.database.bytes_in(connection),
        )


def at_work(store: Store) -> tuple[Network, list[Contact]]:
    """The network, and the committed contacts, for those who act in a rehearsal."""
    with store.database.read() as connection:
        _, network = store.caches.network(connection)
        return network, contacts.select(connection, states=[ContactState.COMMITTED])


def set_rehearsal(store: Store, rehearsal: Rehearsal) -> None:
    """Set the clock of a rehearsal, for those who open its store from now on."""
    store.database.write(lambda t: small.set_fact(t, REHEARSAL, rehearsal.document()))


def _copied(original: Path, folder: Path, rehearsal: Rehearsal, database: str, real_now: datetime) -> Store:
    """Copy a service's store, by a backup, and give it the clock of a rehearsal."""
    service = open_store(original)
    try:
        with service.database.read() as connection:
            last = events.history(connection, most=1)
        if last and last[-1].at > rehearsal.mission:
            raise InputError(
                Message(
                    "rehearsal_before_last_event",
                    "the rehearsal begins at %(start)s, and the last event of %(original)s is of %(last)s; begin later",
                    start=format_instant(rehearsal.mission),
                    original=str(original),
                    last=format_instant(last[-1].at),
                )
            )
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise InputError(Message("folder_not_empty", "%(folder)s is not empty; name a new one", folder=str(folder)))
        with tempfile.TemporaryDirectory(prefix="passplan-") as between:
            backup = upkeep.write_backup(
                original, service.settings, service.database, Path(between) / "backup", real_now=real_now
            )
            for name in (KEYS, service.settings.network):
                shutil.copy(original / name, folder / name)
            (folder / FILE).write_text(_settings_text(service.settings, database), encoding="utf-8")
            copy = database_of(folder, load_settings(folder)[0])
            upkeep.restore(backup, copy, folder)
        copy.write(lambda t: small.set_fact(t, REHEARSAL, rehearsal.document()))
        copy.close()
    finally:
        service.database.close()
    return open_store(folder)


def _settings_text(settings: Settings, database: str) -> str:
    """The settings of a rehearsal: those of the service, but it fetches and backs up nothing."""
    lines = ["# Settings of a rehearsal: nothing is fetched, and nothing is backed up."]
    if database:
        lines.append(f"database = {json.dumps(database)}")
    for field in fields(Settings):
        value = getattr(settings, field.name)
        if field.name not in _NOT_COPIED and field.name != "policy" and value != getattr(_DEFAULTS, field.name):
            lines.append(f"{field.name} = {json.dumps(value)}")
    for part in fields(Policy):
        value = getattr(settings.policy, part.name)
        if value != getattr(_DEFAULTS.policy, part.name):
            lines.append(f"policy.{part.name} = {json.dumps(value)}")
    lines += [
        "backup_every_min = 0",
        "",
        "[[source]]",
        f'name = "{HISTORY}"',
        f'folder = "{HISTORY}"',
        f"history_delay_h = {DELAY_H}",
    ]
    return "\n".join(lines) + "\n"


def _put_history(store: Store, history: tuple[Path, ...], start: datetime) -> None:
    """Copy the element sets into the folder of the history.

    Raises:
        StaleElementsError: when none has come at the start.
    """
    target = store.folder / HISTORY
    target.mkdir(exist_ok=True)
    has_come = False
    for number, path in enumerate(p for given in history for p in _files(given)):
        shutil.copy(path, target / f"{number:04}-{path.name}")
        has_come |= any((start - s.epoch).total_seconds() >= DELAY_H * 3_600.0 for s in load_elements(path))
    if not has_come:
        raise StaleElementsError(
            Message(
                "rehearsal_without_elements",
                "no element set has come at %(start)s: each comes %(hours)g h after its epoch",
                start=format_instant(start),
                hours=DELAY_H,
            ),
            hint=Hint.GIVE_ELEMENTS,
        )


def _files(path: Path) -> list[Path]:
    return sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
