"""The jobs: each calls one use case, and ends in one transaction that checks the lease and claims the slot."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from passplan.daemon.slots import Rhythm
from passplan.domain.errors import NoPlanError, PassplanError, StaleElementsError, StoreBusyError
from passplan.domain.facts import (
    BackedUp,
    ContactsCommitted,
    Expired,
    Fact,
    PassesComputed,
    RevisionPublished,
    SourceReported,
    SourcesAsked,
)
from passplan.domain.messages import Message
from passplan.labels import ENGLISH, fact_words
from passplan.service.access.actors import DAEMON
from passplan.service.contacts import lifecycle as contacts
from passplan.service.elements import feeds as refreshing
from passplan.service.elements.sets import choose_due
from passplan.service.operations import forecast, leadership, upkeep
from passplan.service.operations.leadership import DeposedError, DoneAlreadyError
from passplan.service.schedule.drafting import DAILY, LATE
from passplan.service.schedule.lanes import lane_due, mark_planning_failed
from passplan.service.schedule.publishing import plan_and_publish
from passplan.service.store import Closing, Store

PAUSE = timedelta(minutes=1)

log = logging.getLogger("passplan.daemon")


class StoppedError(Exception):
    """The daemon stops: the running computation is abandoned."""


@dataclass(slots=True)
class Context:
    """The input of a job: the store, the time, and whether this daemon still leads."""

    store: Store
    clock: Callable[[], datetime]  # real time
    epoch: int | None = None  # of the lease; None: another daemon leads
    stands_by: bool = False
    stopping: threading.Event = field(default_factory=threading.Event)
    pauses: dict[str, datetime] = field(default_factory=dict)  # the end of the pause of failed jobs without slots

    @property
    def now(self) -> datetime:
        """Mission time."""
        return self.store.mission_time(self.clock())

    @property
    def fence(self) -> Closing:
        """The check of a transaction that may be written only while this daemon leads."""
        return leadership.fencing(self.epoch)

    def report(self, share: float, value: float, bound: float) -> None:
        """Called during a search for a plan; it ends the search when the daemon stops."""
        del share, value, bound
        if self.stopping.is_set():
            raise StoppedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A task that the daemon carries out.

    `run` returns a fact of what it did; None: nothing was due, and nothing was written.
    With a rhythm the job has slots, each of which is done once; without one it checks itself whether anything is due.
    """

    name: str
    run: Callable[[Context, Closing], Fact | None]
    rhythm: Callable[[Store], Rhythm | None] = lambda _: None


def run_due(context: Context, jobs: tuple[Job, ...]) -> bool:
    """Run all due jobs in order, and return whether anything was done. Without the lease it does nothing."""
    done = False
    for job in jobs:
        if context.epoch is None or context.stopping.is_set():
            return done
        rhythm = job.rhythm(context.store)
        if rhythm is None:
            pause = context.pauses.get(job.name)
            if pause is None or pause <= context.clock():
                done |= _run(context, job, None)
            continue
        last = leadership.last_slot(context.store, job.name, until=context.now)
        for slot in rhythm.due(last, context.now):
            if not _run(context, job, slot):
                break  # the slots after it wait too: when a later one is done, it is not made up for any more
            done = True
    return done


def _run(context: Context, job: Job, slot: datetime | None) -> bool:
    epoch, started = context.epoch, context.now
    if epoch is None or context.stopping.is_set():
        return False

    closing = leadership.claiming(epoch, job.name, slot, started=started, now=lambda: context.now)
    try:
        outcome = job.run(context, closing)
        leadership.record_outcome(context.store, epoch, job.name, slot, outcome, now=context.now)
    except DeposedError:
        context.epoch = None
        log.warning("%s: another daemon leads by now; nothing was written", job.name)
        return False
    except DoneAlreadyError as error:
        log.warning("%s; nothing was written", error)
        return False
    except StoreBusyError as error:
        log.warning("%s: %s; it is tried again", job.name, error)
        return False
    except StoppedError:
        return False
    except PassplanError as error:
        return _failed(context, job, slot, started, epoch, error.message)
    except Exception as error:  # of any kind: it must not be repeated every second
        log.exception("%s: a mistake in passplan; report it", job.name)
        return _failed(context, job, slot, started, epoch, _mistake(error))
    if outcome is not None:
        log.info("%s%s: %s", job.name, f" of {slot:%Y-%m-%d %H:%M}Z" if slot else "", fact_words(outcome, ENGLISH))
    return outcome is not None


def _mistake(error: Exception) -> Message:
    return Message("mistake_in_passplan", "a mistake in passplan, and the log has more: %(error)s", error=repr(error))


def _failed(context: Context, job: Job, slot: datetime | None, started: datetime, epoch: int, reason: Message) -> bool:
    """Record and log a failure once: the slot is then done, and the status shows the failure until the job succeeds."""
    if slot is None:
        context.pauses[job.name] = context.clock() + PAUSE

    try:
        is_new = leadership.record_failure(
            context.store, epoch, job.name, slot, started=started, now=context.now, message=reason
        )
    except (DeposedError, DoneAlreadyError, StoreBusyError) as error:
        log.warning("%s: %s", job.name, error)
        return False
    if is_new or slot is not None:
        log.error("%s FAILED: %s", job.name, reason)
    return True


def _refresh(context: Context, closing: Closing) -> Fact | None:
    reports = refreshing.refresh(
        context.store, actor=DAEMON, now=context.now, real_now=context.clock(), closing=context.fence
    )
    choose_due(context.store, actor=DAEMON, now=context.now, closing=closing)
    for r in reports:
        if r.in_trouble:
            log.error("source %s: %s", r.source, r.message)
        for warning in r.warnings:
            log.warning("source %s: %s", r.source, warning)
    return SourcesAsked(reports=tuple(SourceReported(source=r.source, told=r.message) for r in reports))


def _passes(context: Context, closing: Closing) -> Fact | None:
    if not forecast.passes_are_due(context.store, now=context.now):
        return None
    count = forecast.work_out_passes(context.store, actor=DAEMON, now=context.now, fence=context.fence, closing=closing)
    return PassesComputed(count=count)


def _daily(context: Context, closing: Closing) -> Fact | None:
    return _published(context, closing, DAILY)


def _replan(context: Context, closing: Closing) -> Fact | None:
    lane = lane_due(context.store, now=context.now)
    if not lane:
        return None
    try:
        return _published(context, closing, lane)
    except NoPlanError as error:
        if lane == LATE:
            log.warning("late requests wait for the next daily schedule: %s", error)
            return None
        raise


def _published(context: Context, closing: Closing, lane: str) -> Fact | None:
    planned_at = context.now
    try:
        published = plan_and_publish(
            context.store, lane=lane, actor=DAEMON, clock=lambda: context.now, closing=closing, report=context.report
        )
    except (NoPlanError, StaleElementsError):
        mark_planning_failed(context.store, actor=DAEMON, now=planned_at, closing=context.fence)
        raise
    for line in published.without:
        log.warning("%s", line)
    for line in published.left_out:
        log.warning("revision %d leaves out %s", published.revision.number, line)
    revision = published.revision
    return RevisionPublished(revision=revision.number, lane=lane, change=revision.change, causes=revision.causes)


def _freeze(context: Context, closing: Closing) -> Fact | None:
    frozen = contacts.freeze(context.store, actor=DAEMON, now=context.now, closing=closing)
    return ContactsCommitted(count=len(frozen)) if frozen else None


def _expire(context: Context, closing: Closing) -> Fact | None:
    unreported, expired = contacts.expire(context.store, actor=DAEMON, now=context.now, closing=closing)
    return Expired(contacts=len(unreported), requests=len(expired)) if unreported or expired else None


def _backup(context: Context, closing: Closing) -> Fact | None:
    target = upkeep.back_up(context.store, real_now=context.clock())
    leadership.claim_slot(context.store, actor=DAEMON, now=context.now, closing=closing)
    return BackedUp(file=target.name)


def _housekeeping(context: Context, closing: Closing) -> Fact | None:
    return upkeep.tidy(context.store, actor=DAEMON, now=context.now, closing=closing)


def _daily_rhythm(store: Store) -> Rhythm:
    hours, minutes = store.settings.daily_at.split(":")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return Rhythm(every=timedelta(days=1), offset=offset, each_missed=True)


def _refresh_rhythm(store: Store) -> Rhythm:
    return Rhythm(every=timedelta(minutes=store.settings.refresh_every_min))


def _backup_rhythm(store: Store) -> Rhythm | None:
    return Rhythm(every=timedelta(minutes=store.settings.backup_every_min))


# In this order: a day begins with new elements, then the passes, then the schedule.
LONG_JOBS = (
    Job(name="refresh", run=_refresh, rhythm=_refresh_rhythm),
    Job(name="passes", run=_passes),
    Job(name="daily", run=_daily, rhythm=_daily_rhythm),
    Job(name="replan", run=_replan),
    Job(name="backup", run=_backup, rhythm=_backup_rhythm),
    Job(
        name="housekeeping",
        run=_housekeeping,
        rhythm=lambda _: Rhythm(every=timedelta(days=1), offset=timedelta(hours=3)),
    ),
)
SHORT_JOBS = (
    Job(name="freeze", run=_freeze),
    Job(name="expire", run=_expire),
)


def jobs_of(store: Store) -> tuple[Job, ...]:
    """The long jobs of a store: only SQLite's file is backed up, and the settings can switch backups off."""
    has_backups = store.database.is_sqlite and store.settings.backup_every_min > 0.0
    return tuple(job for job in LONG_JOBS if has_backups or job.name != "backup")
