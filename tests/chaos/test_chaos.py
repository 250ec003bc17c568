"""The campaign in its short form, and what else only real processes can show."""

from __future__ import annotations

import fcntl
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from passplan.daemon.runner import EXIT_HUNG
from passplan.domain.errors import StoreBusyError
from passplan.store import small
from passplan.store.database import BUSY_S
from passplan.store.schema import job_run, moment, schedule_revision
from tests.chaos import campaign, checks
from tests.chaos.processes import HANGS
from tests.chaos.world import LEASE_S, World, made
from tests.stores import KINDS
from tests.waiting import PATIENCE_S, wait_until

SPEED = 9_600.0  # a day takes 9 s
PUBLISH = ("schedule", "publish", "--effort", "quick", "--quiet")

both_databases = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    """One of these at a time, whatever the number of test processes: they start processes enough themselves."""
    with (Path(tempfile.gettempdir()) / "passplan-chaos.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def slots(world: World, job: str) -> list[datetime]:
    with world.store.database.read() as connection:
        query = sa.select(job_run.c.slot_us).where(job_run.c.job == job).order_by(job_run.c.slot_us)
        return [moment(us) for us in connection.execute(query).scalars()]


def lanes(world: World) -> Counter[str]:
    with world.store.database.read() as connection:
        return Counter(connection.execute(sa.select(schedule_revision.c.lane)).scalars())


def problems(world: World) -> list[str]:
    return [*world.unexpected, *checks.problems(world.store, world.deeds(), world.logs())]


@pytest.mark.fault(36)
@pytest.mark.fault(50)
@pytest.mark.fault(51)
@both_databases
def test_daemons_and_writers_that_are_killed_lose_nothing_and_do_nothing_twice(kind: str, tmp_path: Path) -> None:
    found = campaign.run(
        kind,
        tmp_path / "store",
        kills=7,
        pauses=1,
        seed=7,
        speed=SPEED,
        gap_s=(0.2, 1.2),
        quiet_s=2.0,
        takeover_within_s=LEASE_S + 4.0,  # the machine is busy with other tests; the campaign's bound is a second
    )

    assert [] == found.violations
    assert 7 == sum(found.figures["kills"].values())


@pytest.mark.fault(53)
@both_databases
def test_two_daemons_and_command_lines_at_once_do_each_slot_once(kind: str, tmp_path: Path) -> None:
    with made(kind, tmp_path / "store", seed=1, speed=SPEED) as world:
        for role in ("daemon-1", "daemon-2", "writer-1", "writer-2"):
            world.start(role)
        world.command(*PUBLISH, "--data", str(world.folder))
        world.command(*PUBLISH, "--data", str(world.folder))
        world.tend_until("all work", PATIENCE_S)
        world.tend(4.0)
        world.command(*PUBLISH, "--data", str(world.folder))
        wait_until(lambda: len(slots(world, "daily")) >= 2, within_s=PATIENCE_S)
        up_to_date = world.tend_until("the day is planned", PATIENCE_S)
        world.end()

        assert up_to_date
        assert [] == problems(world)
        assert [0, 0, 0] == [c.code for c in world.commands], [c.said for c in world.commands]
        assert {"daily": len(slots(world, "daily")), "manual": 3}.items() <= lanes(world).items()


@pytest.mark.fault(52)
def test_a_leader_whose_sessions_are_cut_recovers_by_itself(tmp_path: Path) -> None:
    with made("postgresql", tmp_path / "store", seed=1, speed=SPEED) as world:
        for role in ("daemon-1", "daemon-2", "writer-1"):
            world.start(role)
        world.tend_until("all work", PATIENCE_S)
        cut = 0
        for _ in range(8):
            world.tend(world.random.uniform(0.5, 1.5))
            if (led := world.leader()) is not None:
                cut += cut_sessions(world, led[0].role)
        world.tend(2.0)
        up_to_date = world.tend_until("the day is planned", PATIENCE_S)
        world.end()

        assert 8 <= cut
        assert up_to_date
        assert [] == problems(world)
        assert len(slots(world, "daily")) == lanes(world)["daily"]


@pytest.mark.fault(56)
def test_a_daemon_that_hangs_in_a_transaction_ends_itself_and_another_leads(tmp_path: Path) -> None:
    with made("sqlite", tmp_path / "store", seed=1, speed=60.0) as world:
        hanging = world.start("hanging-1")
        wait_until((world.folder / HANGS).exists, within_s=PATIENCE_S)
        world.start("daemon-2")
        since_s = time.monotonic()
        with pytest.raises(StoreBusyError):
            write_something(world)
        waited_s = time.monotonic() - since_s
        code = hanging.process.wait(20.0)
        world.take_away(hanging)
        write_something(world)
        up_to_date = world.tend_until("the day is planned", PATIENCE_S)
        world.end()

        assert BUSY_S <= waited_s < 2.0 * BUSY_S
        assert EXIT_HUNG == code
        assert up_to_date
        assert [] == checks.problems(world.store, [], {"daemon-2": world.logs()["daemon-2"]})


def test_a_transaction_that_hangs_is_ended_by_postgresql_and_the_daemons_go_on(tmp_path: Path) -> None:
    with made("postgresql", tmp_path / "store", seed=1, speed=60.0) as world:
        world.start("hanging-1")
        wait_until((world.folder / HANGS).exists, within_s=PATIENCE_S)
        world.start("daemon-2")
        up_to_date = world.tend_until("the day is planned", PATIENCE_S)
        write_something(world)
        world.end()

        assert up_to_date
        assert [] == problems(world)


def write_something(world: World) -> None:
    world.store.database.write(lambda transaction: small.set_fact(transaction, "anything", "at all"))


@pytest.mark.fault(60)
@both_databases
def test_a_daemon_that_was_down_three_days_makes_up_for_each_day_and_refreshes_once(kind: str, tmp_path: Path) -> None:
    with made(kind, tmp_path / "store", seed=1, speed=1.0) as world:
        noon = world.now.replace(hour=12, minute=30)
        run_at(world, noon)
        before = {job: slots(world, job) for job in ("daily", "refresh", "housekeeping")}
        run_at(world, noon + timedelta(days=3))
        after = {job: slots(world, job) for job in ("daily", "refresh", "housekeeping")}

        today = noon.replace(hour=0, minute=10, second=0, microsecond=0)
        assert [] == problems(world)
        assert [today] == before["daily"]
        assert [today + timedelta(days=k) for k in range(4)] == after["daily"]
        assert {"daily": 4} == lanes(world)
        assert [1, 2] == [len(before["refresh"]), len(after["refresh"])]
        assert [1, 2] == [len(before["housekeeping"]), len(after["housekeeping"])]


def run_at(world: World, moment_: datetime) -> None:
    """A daemon, with the clock set, until it has done what was due."""
    origin = moment_ - timedelta(seconds=world.store.clock_offset_s)
    world.clock = replace(world.clock, origin=origin, began_s=time.monotonic())
    world.start("daemon-1")
    assert world.tend_until("all work", PATIENCE_S)
    assert world.tend_until("the day is planned", PATIENCE_S)
    world.tend(2.0)  # for the jobs behind it
    world.end()
    del world.running["daemon-1"]


def cut_sessions(world: World, role: str) -> int:
    """End the sessions of a daemon from the side of the server, as a fire wall or a restart would; how many."""
    query = sa.text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE application_name = :role AND datname = current_database()"
    )
    return world.store.database.write(lambda t: int(t.connection.execute(query, {"role": role}).scalar_one()))
