"""A store in use: the processes on it, who of them leads, and what is done to them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Literal

import sqlalchemy as sa

from passplan.domain.elements import ElementSet
from passplan.domain.errors import StoreError
from passplan.domain.roles import Role
from passplan.formats.elements import load_elements
from passplan.resources import shipped
from passplan.service.access.actors import Actor
from passplan.service.operations.demo import make_demonstration
from passplan.service.store import Store
from passplan.store import lease
from tests.chaos import sky
from tests.chaos.clock import FastClock
from tests.chaos.journal import Deed, read_journal
from tests.chaos.processes import AWAY
from tests.chaos.writing import AGENCIES
from tests.waiting import PATIENCE_S, wait_until

LEASE_S = 1.0
SAMPLE_S = 0.05
ROOT = Path(__file__).parents[2]
_HARNESS = Actor(account="harness", role=Role.ADMINISTRATOR)
_ELEMENTS_EVERY = timedelta(days=1.5)
_STOPS_WITHIN_S = 30.0
_RECOVERS_S = 15.0  # so near to a crash of the server nobody takes over in the usual time
_BACKUPS_EVERY_MIN = 360

_SETTINGS = """\
effort = "quick"
horizon_d = 2
passes_d = 3
lead_min = 360
report_within_min = 360
refresh_every_min = 60
lease_s = {lease_s}
backup_every_min = {backup_every_min}
database = "{database}"

[[source]]
name = "dropped"
folder = "elements"
"""


@dataclass(slots=True, kw_only=True, eq=False)
class Child:
    """A process, from its start to its end."""

    role: str  # "daemon-1", "writer-2", "command"
    process: subprocess.Popen[bytes]
    log: Path
    ready: Path
    died_s: float | None = None
    is_stopped: bool = False
    spared_until_s: float = 0.0

    @property
    def is_daemon(self) -> bool:
        return self.role.startswith("daemon")

    @property
    def lives(self) -> bool:
        return self.died_s is None

    @property
    def works(self) -> bool:
        """Whether it has come so far that it does its work."""
        return self.lives and not self.is_stopped and self.ready.exists()


@dataclass(slots=True, kw_only=True)
class Fall:
    """A leader was killed, or stopped for a while."""

    role: str
    epoch: int
    at_s: float
    others: tuple[Child, ...]  # daemons that worked at that time
    was_stopped: bool = False
    went_on_s: float = 0.0
    child: Child
    log_from: int = 0  # where its log ended at the time


@dataclass(slots=True, kw_only=True)
class CommandRun:
    """A command line, and what it said."""

    arguments: tuple[str, ...]
    code: int
    said: str


@dataclass(slots=True)
class World:
    """A store, its clock, its processes."""

    kind: str
    store: Store
    clock: FastClock
    random: Random
    running: dict[str, Child] = field(default_factory=dict)
    falls: list[Fall] = field(default_factory=list)
    commands: list[CommandRun] = field(default_factory=list)
    kills: dict[str, int] = field(default_factory=dict)
    epochs: dict[int, tuple[float, int]] = field(default_factory=dict)  # when each was seen first, and of which process
    exits: dict[str, int] = field(default_factory=dict)  # codes at the end, after SIGTERM
    unexpected: list[str] = field(default_factory=list)
    crashes_s: list[float] = field(default_factory=list)  # when the server of the database crashed
    _due: dict[str, float] = field(default_factory=dict)  # who is started again, and when
    _starts: int = 0
    _under_way: list[tuple[Child, tuple[str, ...]]] = field(default_factory=list)
    _dropped: datetime | None = None
    _watching: threading.Event = field(default_factory=threading.Event)
    _watcher: threading.Thread | None = None

    @property
    def folder(self) -> Path:
        return self.store.folder

    @property
    def now(self) -> datetime:
        """Mission time."""
        return self.store.mission_time(self.clock())

    # --- processes ---

    def start(self, role: str) -> Child:
        """Start a daemon or a writer, for the first time or again."""
        kind, _, number = role.partition("-")
        arguments = [kind, "--data", str(self.folder), "--clock", str(self.clock)]
        if kind == "writer":
            agency = AGENCIES[(int(number) - 1) % len(AGENCIES)]
            arguments += ["--name", role, "--agency", agency, "--journal", str(self.journal(role))]
            arguments += ["--seed", str(self.random.randrange(2**31))]
        self.running[role] = self._run(role, arguments)
        self._due.pop(role, None)
        return self.running[role]

    def kill(self, child: Child) -> None:
        """kill -9; if it led, that is noted."""
        led = self._note_fall(child)
        os.kill(child.process.pid, signal.SIGKILL)
        child.died_s = time.monotonic()
        if led is not None:
            led.at_s = child.died_s
        child.process.wait()
        what = "leader" if led is not None else child.role.partition("-")[0]
        self.kills[what] = self.kills.get(what, 0) + 1

    def take_away(self, child: Child) -> None:
        """End it for good, whether or not it has ended."""
        child.process.kill()
        child.process.wait()
        child.died_s = time.monotonic()
        del self.running[child.role]

    def start_later(self, child: Child, after_s: float) -> None:
        """Start it again after a while."""
        self._due[child.role] = time.monotonic() + after_s

    def stop(self, child: Child) -> Fall | None:
        """SIGSTOP; what is noted where it led."""
        led = self._note_fall(child)
        os.kill(child.process.pid, signal.SIGSTOP)
        child.is_stopped = True
        if led is not None:
            led.at_s, led.was_stopped = time.monotonic(), True
        return led

    def go_on(self, child: Child) -> None:
        """SIGCONT; it is not killed before it could notice what has happened."""
        moment_s = time.monotonic()
        os.kill(child.process.pid, signal.SIGCONT)
        child.is_stopped = False
        child.spared_until_s = moment_s + 3.0 * LEASE_S
        for fall in self.falls:
            if fall.was_stopped and fall.child is child and not fall.went_on_s:
                fall.went_on_s = moment_s

    def crash_the_server(self) -> None:
        """kill -9 of a process of PostgreSQL: all sessions end, and the server recovers from its log."""
        query = sa.text("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
        with self.store.database.read() as connection:
            pid = int(connection.execute(query).scalar_one())
        self.crashes_s.append(time.monotonic())
        os.kill(pid, signal.SIGKILL)
        wait_until(self._answers, within_s=PATIENCE_S)

    def _answers(self) -> bool:
        try:
            with self.store.database.read() as connection:
                return bool(connection.execute(sa.text("SELECT 1")).scalar_one())
        except StoreError:
            return False

    def leader(self) -> tuple[Child, int] | None:
        """The daemon that has the lease, and its epoch; None where it has run out, or its holder is dead."""
        with self.store.database.read() as connection:
            found = lease.holder(connection)
        if found is None or found[2] <= 0.0:
            return None
        pid = _pid(found[0])
        for child in self.running.values():
            if child.process.pid == pid and child.lives:
                return child, found[1]
        return None

    def command(self, *arguments: str) -> None:
        """Start a command line; what it says is kept when it has ended."""
        self._under_way.append((self._run("command", ["command", "--clock", str(self.clock), *arguments]), arguments))

    # --- time goes on ---

    def tend(self, seconds: float) -> None:
        """Let time go on: start what is due, bring new elements, hear what commands have said."""
        until_s = time.monotonic() + seconds
        while True:
            now_s = time.monotonic()
            for role in [r for r, due_s in self._due.items() if due_s <= now_s]:
                self.start(role)
            self._reap()
            self._drop_elements()
            if now_s >= until_s:
                return
            time.sleep(min(0.02, until_s - now_s))

    def tend_until(self, what: Literal["all work", "the day is planned"], seconds: float) -> bool:
        """Likewise until all processes work, or until the daily slot that was the last at the call is done.

        Not until the last of each moment is: on a busy machine a day of this clock can end before its plan is made.
        """
        until_s = time.monotonic() + seconds
        slot = self._last_daily_slot()
        while not (self._all_work() if what == "all work" else self._is_planned(slot)):
            if time.monotonic() > until_s:
                return False
            self.tend(0.1)
        return True

    def end(self) -> None:
        """SIGTERM to all, and what they say to it."""
        children = [c for c in self.running.values() if c.lives]
        for child in children:
            os.kill(child.process.pid, signal.SIGTERM)
        until_s = time.monotonic() + _STOPS_WITHIN_S
        for child in children:
            try:
                self.exits[child.role] = child.process.wait(max(0.1, until_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.unexpected.append(f"{child.role} has not ended {_STOPS_WITHIN_S:g} s after SIGTERM")
                continue
            child.died_s = time.monotonic()
            if self.exits[child.role] != 0:
                self.unexpected.append(f"{child.role} ended with {self.exits[child.role]} after SIGTERM")
        while self._under_way and time.monotonic() < until_s:
            self._reap()
            time.sleep(0.05)

    def close(self) -> None:
        """Leave nothing behind."""
        self._watching.set()
        if self._watcher is not None:
            self._watcher.join()
        for child in [*self.running.values(), *(c for c, _ in self._under_way)]:
            if child.process.poll() is None:
                child.process.kill()
                child.process.wait()
        self.store.database.close()

    # --- what is known in the end ---

    def journal(self, role: str) -> Path:
        """The journal of a writer."""
        return self.folder / f"{role}.journal"

    def deeds(self) -> list[Deed]:
        """All that writers have done."""
        return [d for path in sorted(self.folder.glob("writer-*.journal")) for d in read_journal(path, path.stem)]

    def logs(self) -> dict[str, str]:
        """What every role has logged, in all its lives."""
        return {p.stem: p.read_text(errors="replace") for p in sorted(self.folder.glob("*.log"))}

    def takeovers_s(self, *, was_stopped: bool = False) -> tuple[list[float], int, list[str]]:
        """How long it took until another led after the leader had fallen; how many could not be told; what is wrong.

        They count where another daemon worked at that time, and until it took over.
        """
        found, untold, wrong = [], 0, []
        for fall in self.falls:
            if fall.was_stopped is not was_stopped or any(abs(fall.at_s - s) < _RECOVERS_S for s in self.crashes_s):
                continue
            later_s = [seen_s for epoch, (seen_s, _) in self.epochs.items() if epoch > fall.epoch]
            until_s = min(later_s, default=None)
            waiting = [c for c in fall.others if c.died_s is None or (until_s is not None and c.died_s > until_s)]
            if fall.was_stopped and (until_s is None or until_s > fall.went_on_s):
                untold += 1  # it went on before anybody had taken over
            elif not waiting:
                untold += 1
            elif until_s is None:
                wrong.append(f"nobody took over from {fall.role}, epoch {fall.epoch}")
            else:
                found.append(until_s - fall.at_s)
        return found, untold, wrong

    # --- within ---

    def watch(self) -> None:
        """Look at the lease all the time."""
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def _watch(self) -> None:
        while not self._watching.wait(SAMPLE_S):
            with contextlib.suppress(StoreError), self.store.database.read() as connection:
                found = lease.holder(connection)
                if found is not None:
                    self.epochs.setdefault(found[1], (time.monotonic(), _pid(found[0])))

    def _note_fall(self, child: Child) -> Fall | None:
        led = self.leader() if child.is_daemon else None
        if led is None or led[0] is not child:
            return None
        others = tuple(c for c in self.running.values() if c.is_daemon and c is not child and c.works)
        fall = Fall(
            role=child.role,
            epoch=led[1],
            at_s=time.monotonic(),
            others=others,
            child=child,
            log_from=child.log.stat().st_size,
        )
        self.falls.append(fall)
        return fall

    def _run(self, role: str, arguments: Sequence[str]) -> Child:
        self._starts += 1
        log = self.folder / (f"command-{self._starts}.log" if role == "command" else f"{role}.log")
        with log.open("ab") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.processes", *arguments],
                cwd=ROOT,
                env=os.environ | {"PGAPPNAME": role},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        ready = self.folder / f"{process.pid}.ready"
        return Child(role=role, process=process, log=log, ready=ready)

    def _reap(self) -> None:
        """Hear of those that have ended by themselves."""
        for child, arguments in list(self._under_way):
            code = child.process.poll()
            if code is not None:
                said = child.log.read_text(errors="replace")
                self.commands.append(CommandRun(arguments=arguments, code=code, said=said))
                self._under_way.remove((child, arguments))
        for child in self.running.values():
            if child.lives and (code := child.process.poll()) is not None:
                child.died_s = time.monotonic()
                if code != AWAY or not self._crashed_since(child.died_s - _RECOVERS_S):
                    self.unexpected.append(f"{child.role} ended by itself with {code}")
                self.start_later(child, 0.5)

    def _crashed_since(self, moment_s: float) -> bool:
        return any(s >= moment_s for s in self.crashes_s)

    def _drop_elements(self) -> None:
        """A new element set of the ISS every other day, as it would be measured."""
        now = self.now
        if self._dropped is not None and now < self._dropped + _ELEMENTS_EVERY:
            return
        self._dropped = now
        path = self.folder / "elements" / f"iss-{now:%Y%m%dT%H%M%S}.json"
        part = path.with_suffix(".part")
        part.write_text(json.dumps([sky.omm(sky.later(_shipped_iss(), now))]), encoding="utf-8")
        part.replace(path)
        for old in sorted(path.parent.glob("iss-*.json"))[:-3]:
            old.unlink()

    def _all_work(self) -> bool:
        return not self._due and all(c.works for c in self.running.values())

    def _last_daily_slot(self) -> datetime:
        """The last that has begun."""
        from passplan.daemon.slots import Rhythm

        hours, minutes = self.store.settings.daily_at.split(":")
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        return Rhythm(every=timedelta(days=1), offset=offset).latest(self.now)

    def _is_planned(self, slot: datetime) -> bool:
        with self.store.database.read() as connection:
            last = lease.last_slot(connection, "daily", until=self.now)
        return last is not None and last >= slot


@contextlib.contextmanager
def made(kind: str, folder: Path, *, seed: int, speed: float, backups: bool = True) -> Iterator[World]:
    """A demonstration's store on one of the two databases, with nobody at work; in the end all processes are gone."""
    from tests.stores import empty_database

    folder.mkdir(parents=True, exist_ok=True)
    settings = _SETTINGS.format(
        lease_s=LEASE_S,
        backup_every_min=_BACKUPS_EVERY_MIN if backups else 0,
        database="" if kind == "sqlite" else empty_database(kind, folder),
    )
    (folder / "settings.toml").write_text(settings, encoding="utf-8")
    origin = datetime.now(UTC)
    store = make_demonstration(folder, (), actor=_HARNESS, real_now=origin)
    # Its clock starts when the store is made: days would pass meanwhile.
    world = World(kind, store, FastClock(origin=origin, began_s=time.monotonic(), speed=speed), Random(seed))
    world.watch()
    try:
        yield world
    finally:
        world.close()


def _shipped_iss() -> ElementSet:
    found = load_elements(shipped("tle"), now=None)
    return next(s for s in found if s.catalog_number == 25544)


def _pid(holder: str) -> int:
    """The process of a holder of the lease: host/pid/number."""
    parts = holder.split("/")
    return int(parts[1]) if len(parts) > 1 else -1
