"""The daemon: APScheduler ticks, and each tick runs the due jobs if this daemon leads."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from uuid import uuid4

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler

from passplan.daemon.jobs import SHORT_JOBS, Context, jobs_of, run_due
from passplan.domain.errors import InputError, PassplanError, StoreBusyError
from passplan.service.operations import leadership
from passplan.service.settings import load_settings
from passplan.service.store import Store

TICK_S = 1.0
SHORT_TICK_S = 5.0
_LEAST_TICK_S = 0.2
_LOOKS_EVERY_S = 1.0
_STEP_S = 2.0
HUNG_S = 60.0  # a transaction that is silent for longer will never end, and makes every other writer wait
EXIT_HUNG = 70
_STOP_S = 20.0

log = logging.getLogger("passplan.daemon")


def run(store: Store, *, clock: Callable[[], datetime], ready: Callable[[], None] = lambda: None) -> bool:
    """Run until SIGTERM, SIGINT or SIGHUP: then running transactions are finished, and searches are abandoned.

    Returns:
        True after SIGHUP: the caller opens the store again, with the settings as they are then.
    """
    context = Context(store=store, clock=clock)
    signals = SimpleQueue[int]()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: signals.put(received))
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it warns whenever a job is longer than a tick
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(4)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    leader = f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex[:8]}"
    jobs = jobs_of(store)
    every_s = min(store.settings.lease_s / 3.0, 3.0)
    pace = store.rehearsal.speed if store.rehearsal is not None else 1.0  # the jobs keep up with mission time
    tick_s, short_tick_s = (max(_LEAST_TICK_S, seconds / max(pace, 1.0)) for seconds in (TICK_S, SHORT_TICK_S))
    scheduler.add_job(_safely(lambda: lead(context, leader)), "interval", seconds=every_s, next_run_time=_now())
    scheduler.add_job(_safely(lambda: run_due(context, jobs)), "interval", seconds=tick_s)
    scheduler.add_job(_safely(lambda: run_due(context, SHORT_JOBS)), "interval", seconds=short_tick_s)
    scheduler.add_job(lambda: _watch(store), "interval", seconds=5.0)
    scheduler.start()
    log.info("started: %s, mission time %s", store.database, f"{context.now:%Y-%m-%d %H:%M:%SZ}")
    ready()
    received, wall = 0, WallClock()
    while not received:
        with suppress(Empty):
            received = signals.get(timeout=_LOOKS_EVERY_S)
        if received == signal.SIGHUP and not _settings_are_valid(store):
            received = 0
        if wall.has_stepped_back():
            log.warning("the clock of this machine was set back; jobs go on at once")
            run_now(scheduler)
    log.info("stopping")
    context.stopping.set()
    scheduler.pause()  # otherwise it starts more jobs until the last one has ended
    _shut_down(scheduler)
    if context.epoch is not None:
        with suppress(PassplanError):
            leadership.release(store, context.epoch)
    log.info("stopped")
    return received == signal.SIGHUP


class WallClock:
    """Notices when the clock of the machine is set back.

    Args:
        now: the clock.
        monotonic_s: the time since any moment [s], which nobody sets.
    """

    def __init__(
        self, now: Callable[[], datetime] = lambda: datetime.now(UTC), monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._now, self._monotonic_s = now, monotonic_s
        self._ahead_s = self._measured_s()

    def has_stepped_back(self) -> bool:
        """Whether it was set back since the last call, by more than a correction of every day."""
        before_s, self._ahead_s = self._ahead_s, self._measured_s()
        return self._ahead_s < before_s - _STEP_S

    def _measured_s(self) -> float:
        return self._now().timestamp() - self._monotonic_s()


def run_now(scheduler: BaseScheduler) -> None:
    """Run all jobs now, and then at their intervals: otherwise they would wait until the clock is what it was."""
    for job in scheduler.get_jobs():
        job.modify(next_run_time=_now())


def run_once(store: Store, *, clock: Callable[[], datetime]) -> bool:
    """Run all due jobs, and return; False where another daemon leads."""
    context = Context(store=store, clock=clock)
    lead(context, f"{socket.gethostname()}/{os.getpid()}/once")
    epoch = context.epoch
    if epoch is None:
        return False
    is_done = threading.Event()

    def renew_lease() -> None:
        while not is_done.wait(store.settings.lease_s / 3.0):
            with suppress(StoreBusyError):
                lead(context, "once")

    renewer = threading.Thread(target=renew_lease, daemon=True)
    renewer.start()
    try:
        run_due(context, SHORT_JOBS)
        run_due(context, jobs_of(store))
        run_due(context, SHORT_JOBS)
    finally:
        is_done.set()
        renewer.join()
        leadership.release(store, epoch)
    return True


def lead(context: Context, holder: str) -> None:
    """Acquire the lease if it is free, or renew it if this daemon holds it."""
    store = context.store
    if context.epoch is not None and leadership.renew(store, context.epoch):
        return
    if context.epoch is not None:
        log.warning("another daemon leads by now")
        context.epoch = None
    context.epoch = leadership.acquire(store, holder)
    if context.epoch is not None:
        log.info("leading, epoch %d", context.epoch)
    elif not context.stands_by:
        log.info("another daemon leads; standing by")
    context.stands_by = context.epoch is None


def _safely(work: Callable[[], object]) -> Callable[[], None]:
    def tick() -> None:
        try:
            work()
        except PassplanError as error:
            log.error("%s", error)
        except Exception:  # of any kind: the next tick may succeed, and operators must see it
            log.exception("a mistake in passplan; report it")

    return tick


def _watch(store: Store) -> None:
    """End this process if a transaction makes no progress: other writers wait for it, and the job is repeated."""
    if store.database.silent_s > HUNG_S:
        log.critical(
            "a transaction makes no progress for %.0f s; ending, so that others can write", store.database.silent_s
        )
        logging.shutdown()
        os._exit(EXIT_HUNG)


def _shut_down(scheduler: BackgroundScheduler) -> None:
    """Wait for running jobs, for a limited time."""
    ending = threading.Thread(target=lambda: scheduler.shutdown(wait=True), daemon=True)
    ending.start()
    ending.join(_STOP_S)
    if ending.is_alive():
        log.warning("a job does not end; what it was working out is dropped")
        logging.shutdown()
        os._exit(0)


def _settings_are_valid(store: Store) -> bool:
    """Whether the settings can be read again; otherwise the daemon goes on with those that it has."""
    try:
        load_settings(store.folder)
    except (InputError, OSError) as error:
        log.error("SIGHUP: the settings are not read again: %s", error)
        return False
    return True


def _now() -> datetime:
    return datetime.now(UTC)
