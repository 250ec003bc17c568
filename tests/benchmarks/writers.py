"""Many writers who all want the same antennas: how fast the store takes contacts, and whether any two overlap.

    python -m tests.benchmarks.writers [--attempts 100000] [--writers 8] [--database sqlite|postgresql|both]

Each writer is a process of its own. An attempt is one transaction: a contact of 2 to 12 minutes at a random time of one
week at one of ten antennas, with its hold and its event. The guards refuse what overlaps. Afterwards the store is
searched for overlaps twice over: by `contacts.overlaps`, and by a sweep that knows nothing of it.

The control does what a program without guards would do: it looks whether the antenna is free, and then inserts, into a
table of its own (READ COMMITTED on PostgreSQL, autocommit on SQLite; both without contacts and events). That it
overlaps is the point.

PostgreSQL is the server of PASSPLAN_TEST_DATABASE_URL, or one that is started here.
"""

from __future__ import annotations

import argparse
import multiprocessing
import platform
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa

from passplan.domain.errors import ConflictError, StoreBusyError
from passplan.domain.schedule import Assignment
from passplan.domain.span import Span
from passplan.store import contacts, events, requests
from passplan.store.database import Database, Transaction
from passplan.store.schema import hold, microseconds
from tests.refs import refs
from tests.store import world
from tests.stores import KINDS, new_store

ANTENNAS = world.ANTENNAS
WEEK_MIN = 7 * 24 * 60
ACCEPTED, REFUSED, BUSY = "accepted", "refused", "busy"
LOOSE = "CREATE TABLE loose (id {}, resource_id BIGINT, start_us BIGINT, end_us BIGINT)"


@dataclass(frozen=True, slots=True)
class Work:
    """What one writer did."""

    began: float  # of the machine's clock, which all processes share [s]
    ended: float
    outcomes: Counter[str]
    each_ms: list[float]


Attempt = Callable[[int, str, Span], str]


def place(rng: random.Random) -> tuple[str, Span]:
    """An antenna, and a time at which somebody wants it."""
    start = world.NOW + timedelta(minutes=rng.uniform(0.0, WEEK_MIN))
    return rng.choice(ANTENNAS), Span(start, start + timedelta(minutes=rng.uniform(2.0, 12.0)))


def work(address: str, begin_at: float, writer: int, attempts: int, *, guarded: bool) -> Work:
    """All attempts of one writer; it begins when the others do."""
    rng = random.Random(writer)
    outcomes: Counter[str] = Counter()
    each_ms = []
    with with_guards(address, writer) if guarded else without_guards(address) as attempt:
        time.sleep(max(0.0, begin_at - time.monotonic()))
        began = time.monotonic()
        for number in range(1, attempts + 1):
            antenna, span = place(rng)
            start = time.perf_counter()
            outcomes[attempt(number, antenna, span)] += 1
            each_ms.append((time.perf_counter() - start) * 1e3)
        return Work(began, time.monotonic(), outcomes, each_ms)


@contextmanager
def with_guards(address: str, writer: int) -> Iterator[Attempt]:
    """The store's own way."""
    database = Database(address)
    ids = dict(world.rows(database, "SELECT name, id FROM resource"))
    request = f"writer {writer}"
    database.write(lambda transaction: requests.add(transaction, world.request(request)))
    actor = world.Actor(account=request)

    def book(transaction: Transaction, number: int, antenna: str, span: Span) -> None:
        assignment = Assignment(
            contact=span,
            occupies=span,
            antennas=refs(antenna),
            request=request,
            part=number,
            satellite="ISS",
            link="up",
        )
        [added] = contacts.add(transaction, [assignment], 1, world.NOW)
        world.insert_hold(transaction, added, ids[antenna], microseconds(span.start), microseconds(span.end))
        transaction.record(actor, world.NOW, "booked", f"contact {added}", after={"antenna": antenna})

    def attempt(number: int, antenna: str, span: Span) -> str:
        try:
            database.write(partial(book, number=number, antenna=antenna, span=span))
        except ConflictError:
            return REFUSED
        except StoreBusyError:
            return BUSY
        return ACCEPTED

    yield attempt
    database.close()


@contextmanager
def without_guards(address: str) -> Iterator[Attempt]:
    """Look, and then insert: what two can do at once."""
    database = Database(address)
    ids = dict(world.rows(database, "SELECT name, id FROM resource"))
    is_sqlite = database.is_sqlite
    database.close()
    url = sa.make_url(address)
    if is_sqlite:
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"timeout": 5.0})
    else:
        engine = sa.create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="READ COMMITTED")
    look = sa.text("SELECT 1 FROM loose WHERE resource_id = :r AND start_us < :e AND end_us > :s LIMIT 1")
    insert = sa.text("INSERT INTO loose (resource_id, start_us, end_us) VALUES (:r, :s, :e)")

    def attempt(_: int, antenna: str, span: Span) -> str:
        values = {"r": ids[antenna], "s": microseconds(span.start), "e": microseconds(span.end)}
        try:
            with engine.begin() as connection:
                if connection.execute(look, values).first():
                    return REFUSED
                connection.execute(insert, values)
        except sa.exc.OperationalError:
            return BUSY
        return ACCEPTED

    yield attempt
    engine.dispose()


def swept(rows: Iterable[tuple[int, int, int]]) -> int:
    """How many of some holds (resource, start, end) begin before another of the same resource has ended."""
    found = 0
    until: dict[int, int] = {}
    for resource, start, end in sorted(rows):
        found += start < until.get(resource, start)
        until[resource] = max(end, until.get(resource, end))
    return found


def prepared(kind: str, folder: Path) -> str:
    """A new store with ten antennas, and the control's table beside it."""
    address = new_store(kind, folder)
    database = Database(address)
    world.furnish(database)
    numbered = "INTEGER PRIMARY KEY" if kind == "sqlite" else "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    world.execute(database, LOOSE.format(numbered))
    world.execute(database, "CREATE INDEX loose_resource_start ON loose (resource_id, start_us)")
    database.close()
    return address


def run(address: str, attempts: int, writers: int, *, guarded: bool) -> list[Work]:
    """All writers at once."""
    begin_at = time.monotonic() + 1.0 + 0.5 * writers  # until every process is up
    share = [attempts // writers + (k < attempts % writers) for k in range(writers)]
    with ProcessPoolExecutor(writers, mp_context=multiprocessing.get_context("spawn")) as processes:
        jobs = [processes.submit(work, address, begin_at, k, share[k], guarded=guarded) for k in range(writers)]
        return [job.result() for job in jobs]


def told(name: str, done: list[Work], overlaps: str) -> str:
    """A row of the table."""
    outcomes = sum((w.outcomes for w in done), Counter())
    each_ms = sorted(ms for w in done for ms in w.each_ms)
    seconds = max(w.ended for w in done) - min(w.began for w in done)
    p99_ms = statistics.quantiles(each_ms, n=100)[98]
    counted = (len(each_ms), outcomes[ACCEPTED], outcomes[REFUSED], outcomes[BUSY], f"{len(each_ms) / seconds:.0f}")
    return row(name, *counted, f"{statistics.median(each_ms):.2f}", f"{p99_ms:.1f}", f"{each_ms[-1]:.0f}", overlaps)


def row(name: str, *cells: object) -> str:
    """Cells under each other."""
    return f"{name:<38} {' '.join(f'{cell:>8}' for cell in cells[:-1])}  {cells[-1]}"


HEAD = row("", "attempts", "accepted", "refused", "busy", "per s", "p50 ms", "p99 ms", "max ms", "overlaps")


def with_the_store(kind: str, address: str, attempts: int, writers: int) -> str:
    """The store's row; whatever does not add up ends the run."""
    done = run(address, attempts, writers, guarded=True)
    accepted = sum(w.outcomes[ACCEPTED] for w in done)
    database = Database(address)
    with database.read() as connection:
        asked = len(contacts.overlaps(connection))
        query = sa.select(hold.c.resource_id, hold.c.start_us, hold.c.end_us).where(hold.c.live)
        rows = [(row[0], row[1], row[2]) for row in connection.execute(query)]
        chain = events.chain_problem(connection)
    ((booked,),) = world.rows(database, "SELECT count(*) FROM contact")
    ((noted,),) = world.rows(database, "SELECT count(*) FROM event")
    database.close()
    if not accepted == booked == len(rows) == noted or chain:
        sys.exit(f"{accepted} accepted, {booked} contacts, {len(rows)} holds, {noted} events; {chain or 'chain whole'}")
    return told(f"{kind}, the store", done, f"{asked} by query, {swept(rows)} by sweep")


def without_the_store(kind: str, address: str, attempts: int, writers: int) -> str:
    """The control's row."""
    done = run(address, attempts, writers, guarded=False)
    database = Database(address)
    rows = [(row[0], row[1], row[2]) for row in world.rows(database, "SELECT resource_id, start_us, end_us FROM loose")]
    database.close()
    return told(f"{kind}, control: look, then insert", done, f"{swept(rows)} by sweep")


def databases(addresses: Iterable[str]) -> str:
    """The versions of all that takes part."""
    found = [f"{name} {version(name)}" for name in ("sqlalchemy", "psycopg")]
    for address in addresses:
        database = Database(address)
        if database.is_sqlite:
            found.append(f"SQLite {sqlite3.sqlite_version}")
        else:
            found.append(f"PostgreSQL {world.rows(database, 'SHOW server_version')[0][0]}")
            names = ("fsync", "synchronous_commit", "shared_buffers")
            found += [f"{name} {world.rows(database, f'SHOW {name}')[0][0]}" for name in names]
        database.close()
    return ", ".join(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attempts", type=int, default=100_000, help="of all writers together")
    parser.add_argument("--writers", type=int, default=8, help="processes")
    parser.add_argument("--database", choices=[*KINDS, "both"], default="both")
    options = parser.parse_args()
    kinds = KINDS if options.database == "both" else (options.database,)
    from tests.benchmarks.jobs import machine  # here, for the writers need none of what it imports

    with tempfile.TemporaryDirectory() as folder:
        addresses = {kind: prepared(kind, Path(folder)) for kind in kinds}
        print(f"python -m tests.benchmarks.writers {' '.join(sys.argv[1:])}")
        print(f"{datetime.now().astimezone():%Y-%m-%d}; {machine()}; {platform.system()} {platform.release()}")
        print(databases(addresses.values()))
        print(f"{options.writers} writers, {len(ANTENNAS)} antennas, one week, 2 to 12 minutes each")
        print(HEAD)
        for kind, address in addresses.items():
            print(with_the_store(kind, address, options.attempts, options.writers), flush=True)
            print(without_the_store(kind, address, options.attempts, options.writers), flush=True)


if __name__ == "__main__":
    main()
