"""What goes by itself: slots, jobs, catching up, failing loudly, and stopping."""

from __future__ import annotations

import itertools
import logging
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from hypothesis import given
from hypothesis import strategies as st

from passplan.daemon import jobs, runner
from passplan.daemon.jobs import SHORT_JOBS, Context, Job, jobs_of, run_due
from passplan.daemon.slots import MOST_MISSED, Rhythm
from passplan.domain.contacts import HOLDING, ContactState
from passplan.domain.errors import InputError, StoreBusyError
from passplan.domain.facts import Fact, PassesComputed
from passplan.domain.span import Span
from passplan.service.network import revisions as networks
from passplan.service.operations.demo import make_demonstration
from passplan.service.operations.job_failures import job_failures
from passplan.service.operations.status import condition
from passplan.service.store import Closing
from passplan.store import lease, revisions
from passplan.store.database import Database
from passplan.store.schema import job_run
from tests.service.office import ADMIN, NOW, Office, ask, newer, open_office
from tests.waiting import PATIENCE_S, wait_until
from tests.wording import words

DAILY = Rhythm(every=timedelta(days=1), offset=timedelta(minutes=10), each_missed=True)
HOURLY = Rhythm(every=timedelta(hours=1))


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return open_office(database, tmp_path, backup_every_min=0.0)


def leading(office: Office) -> Context:
    epoch = lease.acquire(office.store.database, "test", 600.0)
    assert epoch is not None
    return Context(store=office.store, clock=office.clock, epoch=epoch)


def slots_of(office: Office, job: str) -> list[tuple[int, str]]:
    import sqlalchemy as sa

    with office.store.database.read() as connection:
        rows = connection.execute(sa.select(job_run).where(job_run.c.job == job).order_by(job_run.c.slot_us))
        return [(row.slot_us // 1_000_000, row.state) for row in rows]


# --- slots ---


def test_the_first_slot_is_the_latest_that_has_begun() -> None:
    assert (datetime(2026, 8, 8, 0, 10, tzinfo=UTC),) == DAILY.due(None, NOW)
    assert (datetime(2026, 8, 7, 0, 10, tzinfo=UTC),) == DAILY.due(None, datetime(2026, 8, 8, 0, 9, tzinfo=UTC))


@pytest.mark.fault(60)
def test_missed_days_are_made_up_for_one_by_one_and_missed_hours_once() -> None:
    last = datetime(2026, 8, 5, 0, 10, tzinfo=UTC)

    assert [6, 7, 8] == [slot.day for slot in DAILY.due(last, NOW)]
    assert (datetime(2026, 8, 8, 6, 0, tzinfo=UTC),) == HOURLY.due(last, NOW)


@pytest.mark.fault(58)
@given(
    st.lists(st.integers(-40 * 86_400, 40 * 86_400), min_size=1, max_size=20),
    st.sampled_from([DAILY, HOURLY]),
)
def test_whatever_the_clock_does_no_slot_comes_twice(steps: list[int], rhythm: Rhythm) -> None:
    done: list[datetime] = []
    now = NOW
    for step in steps:
        now += timedelta(seconds=step)
        due = rhythm.due(max(done, default=None), now)
        assert all(slot <= now for slot in due)
        assert len(due) <= MOST_MISSED
        done += due

    assert sorted(set(done)) == done


@pytest.mark.fault(59)
def test_summer_time_changes_nothing() -> None:
    days = [DAILY.latest(datetime(2026, 10, 24, 12, tzinfo=UTC) + timedelta(days=k)) for k in range(4)]

    assert {timedelta(days=1)} == {b - a for a, b in itertools.pairwise(days)}


# --- jobs ---


def test_a_day_of_the_daemon(office: Office) -> None:
    context = leading(office)
    office.submit(ask("A", hours=(0.0, 20.0)), ask("B", hours=(26.0, 48.0)))
    assert run_due(context, jobs_of(office.store))
    assert run_due(context, SHORT_JOBS)
    states = {c.assignment.request: c.state.value for c in office.contacts(*HOLDING)}

    assert {"A": "committed", "B": "scheduled"} == states
    assert not run_due(context, jobs_of(office.store))
    assert not run_due(context, SHORT_JOBS)
    assert {} == job_failures(office.store)
    assert [("daily", True), ("refresh", True)] == [(j, len(slots_of(office, j)) == 1) for j in ("daily", "refresh")]


@pytest.mark.fault(60)
def test_three_missed_days_are_caught_up_each_once_with_one_refresh(office: Office) -> None:
    context = leading(office)
    office.submit(ask("A", hours=(0.0, 24.0 * 6)))
    run_due(context, jobs_of(office.store))
    office.later(72.0)
    run_due(context, jobs_of(office.store))
    run_due(context, jobs_of(office.store))
    with office.store.database.read() as connection:
        daily = [r for r in revisions.select(connection) if r.lane == "daily"]

    assert 4 == len(daily)
    assert [("done", 86_400)] * 3 == [
        (state, b - a)
        for (a, _), (b, state) in zip(slots_of(office, "daily"), slots_of(office, "daily")[1:], strict=False)
    ]
    assert 2 == len(slots_of(office, "refresh"))


def test_a_plan_without_passes_fails_loudly_until_it_succeeds(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    context = leading(office)
    office.submit(ask("A", min_elevation_deg=89.9))
    with caplog.at_level(logging.ERROR, "passplan.daemon"):
        run_due(context, jobs_of(office.store))
    told = [words(f) for f in condition(office.store, now=office.now, real_now=office.now).wrong]
    office.submit(ask("B"))
    office.later(24.0)
    run_due(context, jobs_of(office.store))

    assert "daily FAILED: there is no plan, for nobody can have contact in this span" in caplog.text
    assert any("too low for the request's least elevation" in line for line in told)
    assert ["failed", "done"] == [state for _, state in slots_of(office, "daily")]
    assert ["job.failed"] == office.actions("job/daily")
    assert "daily" not in job_failures(office.store)


def test_new_elements_and_outages_are_planned_for_at_the_next_tick(office: Office) -> None:
    context = leading(office)
    office.submit(ask("A", hours=(26.0, 48.0), stations=("RED", "MSP")))
    run_due(context, jobs_of(office.store))
    before = office.contact("A")
    networks.record_outage(
        office.store,
        before.assignment.antennas[0].station,
        Span(NOW + timedelta(hours=20), NOW + timedelta(hours=60)),
        actor=ADMIN,
        now=office.later(0.1).now,
    )
    run_due(context, jobs_of(office.store))
    after = office.contact("A")

    assert before.id == after.id
    assert before.assignment.antennas != after.assignment.antennas
    assert ["lost", "daily"] == _lanes(office)
    office.add_elements(newer(1.0))
    run_due(context, jobs_of(office.store))
    assert ["lost", "lost", "daily"] == _lanes(office)


def _lanes(office: Office) -> list[str]:
    with office.store.database.read() as connection:
        return [r.lane for r in revisions.select(connection)]


def test_elements_that_come_after_a_first_plan_failed_are_planned_on_at_once(office: Office) -> None:
    context = leading(office)
    office.later(24.0 * 20)
    office.submit(ask("A", hours=(24.0 * 20, 24.0 * 21)))
    run_due(context, jobs_of(office.store))
    assert {"daily", "passes"} >= set(job_failures(office.store)) >= {"daily"}
    assert not run_due(context, jobs_of(office.store))
    office.add_elements(newer(24.0 * 20))
    run_due(context, jobs_of(office.store))

    assert ("satisfied", ["lost"]) == (office.state("A"), _lanes(office))
    assert {} == job_failures(office.store)


def test_a_trouble_of_planning_stays_until_a_plan_succeeds_whoever_makes_it(office: Office) -> None:
    context = leading(office)
    office.submit(ask("A", min_elevation_deg=89.9))
    for _ in range(3):
        run_due(context, jobs_of(office.store))
    assert {"daily"} == set(job_failures(office.store))
    office.later(0.01).submit(ask("B"))
    office.plan("manual")

    assert {} == job_failures(office.store)


def test_an_outage_that_leaves_nothing_drops_what_is_not_frozen(office: Office) -> None:
    context = leading(office)
    office.submit(ask("A", hours=(26.0, 48.0), stations=("RED",)))
    run_due(context, jobs_of(office.store))
    networks.record_outage(
        office.store, "RED", Span(NOW, NOW + timedelta(days=30)), actor=ADMIN, now=office.later(0.1).now
    )
    run_due(context, jobs_of(office.store))

    assert ContactState.DROPPED is office.contact("A").state
    assert not run_due(context, jobs_of(office.store))


def test_late_requests_are_looked_for_at_the_next_tick(office: Office) -> None:
    context = leading(office)
    office.submit(ask("A", hours=(0.0, 20.0)))
    run_due(context, jobs_of(office.store))
    office.later(0.1).submit(ask("L", hours=(0.0, 20.0)), ask("NEVER", hours=(0.0, 20.0), min_elevation_deg=89.9))
    run_due(context, jobs_of(office.store))

    assert ContactState.SCHEDULED is office.contact("L").state
    assert not run_due(context, jobs_of(office.store))
    assert ["late", "daily"] == _lanes(office)


@pytest.mark.fault(53)
def test_who_does_not_lead_does_nothing(office: Office) -> None:
    office.submit(ask("A"))

    assert not run_due(Context(store=office.store, clock=office.clock), jobs_of(office.store))
    assert [] == slots_of(office, "daily")


@pytest.mark.fault(51)
def test_a_leader_that_was_deposed_while_it_planned_writes_nothing(office: Office) -> None:
    context = leading(office)
    office.submit(ask("A"))
    lease.release(office.store.database, context.epoch or 0)
    assert 2 == lease.acquire(office.store.database, "other", 600.0)
    events = office.actions()
    run_due(context, jobs_of(office.store))

    assert context.epoch is None
    assert (events, [], []) == (office.actions(), office.contacts(), slots_of(office, "daily"))


@pytest.mark.fault(53)
def test_a_slot_that_another_did_meanwhile_is_not_done_again(office: Office) -> None:
    context = leading(office)
    office.submit(ask("A"))
    rhythm = Rhythm(every=timedelta(days=1))

    def run(_: Context, closing: Closing) -> Fact | None:
        epoch = context.epoch or 0
        office.store.database.write(
            lambda t: lease.claim(t, "twice", rhythm.latest(NOW), epoch, started=NOW, ended=NOW)
        )
        office.store.database.write(closing)
        return PassesComputed(count=1)

    job = Job(name="twice", run=run, rhythm=lambda _: rhythm)

    assert not run_due(context, (job,))
    assert 1 == len(slots_of(office, "twice"))


def test_a_busy_store_is_tried_again_at_the_next_tick(office: Office) -> None:
    context = leading(office)
    tries = []

    def run(_: Context, closing: Closing) -> Fact | None:
        tries.append(1)
        if len(tries) == 1:
            raise StoreBusyError("busy")
        office.store.database.write(closing)
        return PassesComputed(count=1)

    job = Job(name="busy", run=run, rhythm=lambda _: HOURLY)

    assert [False, True, False] == [run_due(context, (job,)) for _ in range(3)]
    assert [("done")] == [state for _, state in slots_of(office, "busy")]


def test_a_missed_slot_for_which_the_store_is_busy_is_made_up_for_before_the_next_one(office: Office) -> None:
    context = leading(office)
    rhythm = Rhythm(every=timedelta(days=1), each_missed=True)
    busy = iter([False, False, True, False, False])

    def run(_: Context, closing: Closing) -> Fact | None:
        if next(busy):
            raise StoreBusyError("busy")
        office.store.database.write(closing)
        return PassesComputed(count=1)

    job = Job(name="each", run=run, rhythm=lambda _: rhythm)
    run_due(context, (job,))
    office.later(72.0)
    done = [run_due(context, (job,)) for _ in range(3)]

    assert [True, True, False] == done
    seconds = [slot_s for slot_s, _ in slots_of(office, "each")]
    assert [0, 86_400, 172_800, 259_200] == [slot_s - seconds[0] for slot_s in seconds]


def test_a_trouble_without_slots_is_told_once(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    context = leading(office)

    def run(_: Context, __: Closing) -> Fact | None:
        raise InputError("no good")

    with caplog.at_level(logging.ERROR, "passplan.daemon"):
        for _ in range(3):
            run_due(context, (Job(name="bad", run=run),))

    assert 1 == caplog.text.count("bad FAILED: no good")
    assert ["job.failed"] == office.actions("job/bad")
    assert {"bad": "no good"} == {job: str(cause) for job, cause in job_failures(office.store).items()}


def test_what_failed_without_a_slot_rests_for_a_minute(office: Office) -> None:
    context = leading(office)
    tries = []

    def run(_: Context, __: Closing) -> Fact | None:
        tries.append(office.now)
        raise InputError("no good")

    for seconds in (0, 1, 30, 28, 2):
        office.later(seconds / 3_600.0)
        run_due(context, (Job(name="bad", run=run),))

    assert [0.0, 61.0] == [(t - NOW).total_seconds() for t in tries]


def test_jobs_without_slots_run_by_a_clock_that_never_stands_still(office: Office) -> None:
    context = leading(office)
    tick = iter(range(1, 1_000_000))
    context.clock = lambda: office.now + timedelta(microseconds=next(tick))
    runs = []
    run_due(context, (Job(name="any", run=lambda *_: runs.append(1)),))

    assert [1] == runs


def test_a_mistake_of_ours_fails_its_slot_and_does_not_come_again(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    context = leading(office)

    def run(_: Context, __: Closing) -> Fact | None:
        raise ZeroDivisionError("1/0")

    job = Job(name="buggy", run=run, rhythm=lambda _: HOURLY)
    with caplog.at_level(logging.ERROR, "passplan.daemon"):
        for _ in range(3):
            run_due(context, (job,))

    assert ["failed"] == [state for _, state in slots_of(office, "buggy")]
    assert 1 == caplog.text.count("a mistake in passplan; report it")
    assert "ZeroDivisionError('1/0')" in str(job_failures(office.store)["buggy"])


def test_a_daemon_that_is_to_stop_drops_what_it_searches_for(office: Office) -> None:
    context = leading(office)
    office.submit(ask("A"))
    context.stopping.set()

    with pytest.raises(jobs.StoppedError):
        context.report(0.1, 1.0, 2.0)
    assert not run_due(context, jobs_of(office.store))


# --- the process ---


def test_the_daemon_plans_by_itself_and_ends_cleanly_on_sigterm(tmp_path: Path) -> None:
    store = make_demonstration(tmp_path, (), actor=ADMIN, real_now=datetime.now(UTC))
    log = (tmp_path / "log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "passplan", "daemon", "--data", str(tmp_path)], stderr=log, stdout=log
    )
    try:
        wait_until(lambda: _is_frozen(store.database), within_s=PATIENCE_S, told=(tmp_path / "log").read_text)
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=30.0)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        log.close()
    told = (tmp_path / "log").read_text()
    with store.database.read() as connection:
        holder = lease.holder(connection)
    store.database.close()

    assert 0 == code, told
    assert "revision 1 (daily)" in told
    assert "contacts committed" in told
    assert told.rstrip().endswith("stopped")
    assert holder is not None
    assert holder[2] < 0.0


def _is_frozen(database: Database) -> bool:
    from passplan.store import contacts

    with database.read() as connection:
        return contacts.counts(connection).get("committed", 0) > 0


@pytest.mark.fault(58)
@pytest.mark.parametrize(("step_s", "is_told"), [(0.0, False), (-1.5, False), (-3_600.0, True), (3_600.0, False)])
def test_a_clock_that_is_set_back_is_noticed(step_s: float, is_told: bool) -> None:
    wall_s, monotonic_s = [1_000.0], [5.0]
    clock = runner.WallClock(lambda: datetime.fromtimestamp(wall_s[0], UTC), lambda: monotonic_s[0])
    wall_s[0] += 10.0 + step_s
    monotonic_s[0] += 10.0
    told = clock.has_stepped_back()
    wall_s[0] += 10.0
    monotonic_s[0] += 10.0

    assert (is_told, False) == (told, clock.has_stepped_back())


@pytest.mark.fault(58)
def test_jobs_go_on_after_the_clock_was_set_back() -> None:
    """To APScheduler it is as if the next run were an hour ahead."""
    has_run = threading.Event()
    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.add_job(has_run.set, "interval", hours=1, next_run_time=datetime.now(UTC) + timedelta(hours=1))
    scheduler.start()
    try:
        assert not has_run.wait(0.2)
        runner.run_now(scheduler)
        assert has_run.wait(PATIENCE_S)
    finally:
        scheduler.shutdown()
