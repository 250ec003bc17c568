"""The programs that are killed, each a process of its own: a daemon, one that hangs, a command line, a writer.

    python -m tests.chaos.processes daemon --data FOLDER --clock CLOCK
    python -m tests.chaos.processes hanging --data FOLDER --clock CLOCK
    python -m tests.chaos.processes command --clock CLOCK schedule publish --data FOLDER
    python -m tests.chaos.processes writer --data FOLDER --clock CLOCK --name w1 --agency NASA --journal FILE --seed 1

All of it is passplan's own but for the clock. A process whose parent has gone ends at once.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from passplan.domain.errors import StoreBusyError
from tests.chaos.clock import FastClock

if TYPE_CHECKING:
    from passplan.service.store import Store

AWAY = 75  # the code of a process that cannot reach its database
HANGS = "hangs"  # a file that says so
HUNG_S = 7.0  # longer than others wait for it


def main() -> None:
    """Be one of the programs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("program", choices=["daemon", "hanging", "command", "writer"])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--clock", type=FastClock.parse, required=True)
    parser.add_argument("--name", default="")
    parser.add_argument("--agency", default="")
    parser.add_argument("--journal", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    if sys.argv[1:2] == ["command"]:  # whatever comes after the clock is passplan's
        given = parser.parse_args(sys.argv[1:4])
        threading.Thread(target=_end_with_parent, daemon=True).start()
        command(given.clock, sys.argv[4:])
        return
    given = parser.parse_args()
    try:
        _be(given)
    except StoreBusyError as error:  # as the command line has it: one line, and whoever started it starts it again
        sys.stderr.write(f"{error}\n")
        sys.exit(AWAY)


def _be(given: argparse.Namespace) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if given.program == "daemon":
        daemon(given.data, given.clock)
    elif given.program == "hanging":
        hanging(given.data, given.clock)
    else:
        writer(given.data, given.clock, given.name, given.agency, given.journal, given.seed)


def daemon(data: Path, clock: FastClock, *, and_then: Callable[[Store], None] = lambda _: None) -> None:
    """What `passplan daemon` runs."""
    from passplan.cli.logs import log_to_stderr
    from passplan.daemon.runner import run
    from passplan.service.store import open_store

    log_to_stderr()
    store = open_store(data)
    try:
        and_then(store)
        run(store, clock=clock, ready=lambda: say_ready(data))
    finally:
        store.database.close()


def hanging(data: Path, clock: FastClock) -> None:
    """A daemon that hangs in a transaction as soon as it leads, and has less patience with itself than others."""
    from passplan.daemon import runner
    from passplan.store.database import Transaction
    from passplan.store.schema import lease

    def hang(transaction: Transaction) -> None:
        transaction.connection.execute(sa.update(lease).values(epoch=lease.c.epoch))
        (data / HANGS).touch()
        time.sleep(600.0)

    def when_it_leads(store: Store) -> None:
        while not _leads(store):
            time.sleep(0.05)
        store.database.write(hang)

    runner.HUNG_S = HUNG_S
    daemon(
        data, clock, and_then=lambda store: threading.Thread(target=when_it_leads, args=[store], daemon=True).start()
    )


def _leads(store: Store) -> bool:
    from passplan.store import lease

    with store.database.read() as connection:
        found = lease.holder(connection)
    return found is not None and f"/{os.getpid()}/" in found[0] and found[2] > 0.0


def command(clock: FastClock, arguments: list[str]) -> None:
    """The command line."""
    from passplan.cli import inputs
    from passplan.cli.main import main as passplan

    inputs.clock = clock
    passplan(arguments)


def writer(data: Path, clock: FastClock, name: str, agency: str, journal: Path, seed: int) -> None:
    """Somebody of an agency who asks, withdraws, acknowledges, cancels and reports."""
    from passplan.service.store import open_store
    from tests.chaos.journal import Journal
    from tests.chaos.writing import Writer

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    store = open_store(data)
    mine = Journal(journal, name)
    try:
        works = Writer(store=store, clock=clock, agency=agency, journal=mine, random=random.Random(seed))
        say_ready(data)
        works.until_stopped()
    finally:
        mine.close()
        store.database.close()


def say_ready(data: Path) -> None:
    """Let the harness see that this process works from now on."""
    (data / f"{os.getpid()}.ready").touch()


def _end_with_parent() -> None:
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(3)


if __name__ == "__main__":
    main()
