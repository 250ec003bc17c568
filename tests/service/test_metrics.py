"""What a service tells those who watch it: metrics, and what is wrong with its clock and its disk."""

from __future__ import annotations

import math
import shutil
from datetime import timedelta

import pytest

from passplan.daemon.jobs import LONG_JOBS, SHORT_JOBS
from passplan.domain.contacts import ContactState
from passplan.domain.facts import DiskLow, LedgerAhead
from passplan.service.access.actors import DAEMON
from passplan.service.contacts import lifecycle as contacts
from passplan.service.operations import leadership, upkeep
from passplan.service.operations.disk import LEAST_FREE_BYTES, disk_problem
from passplan.service.operations.metrics import figures
from passplan.service.operations.status import JOBS, condition
from tests.service.office import Office, ask


def test_every_job_has_its_metric() -> None:
    assert {job.name for job in (*LONG_JOBS, *SHORT_JOBS)} == set(JOBS)


@pytest.mark.fault(58)
@pytest.mark.fault(81)
def test_a_slot_of_the_future_is_told_and_does_not_stop_the_daily_schedule(office: Office) -> None:
    """Fault 58 and 81: the clock was ahead by a year when the daily schedule was made."""
    ahead = office.now + timedelta(days=365)
    epoch = leadership.acquire(office.store, "one")
    assert epoch is not None
    leadership.claim_slot(
        office.store,
        actor=DAEMON,
        now=ahead,
        closing=leadership.claiming(epoch, "daily", ahead, started=ahead, now=lambda: ahead),
    )
    found = condition(office.store, now=office.now, real_now=office.now)

    assert LedgerAhead(job="daily", slot=ahead) in found.wrong
    assert () == found.jobs
    assert leadership.last_slot(office.store, "daily", until=office.now) is None
    assert 1.0 == metric(office, "ledger_ahead")


def test_every_metric_is_there_from_the_start(office: Office) -> None:
    fresh = {f.name: dict(f.values) for f in figures(office.store, now=office.now, real_now=office.now)}
    office.submit(ask("A"))
    office.plan()
    office.freeze()
    upkeep.back_up(office.store, office.store.folder / "backup", real_now=office.now)
    later = {f.name: dict(f.values) for f in figures(office.store, now=office.now, real_now=office.later(0.5).now)}

    assert set(JOBS) == {job for (job,) in fresh["job_in_trouble"]}
    assert {0.0} == set(fresh["job_in_trouble"].values())
    assert {s.value for s in ContactState} == {s for (s,) in fresh["contacts"]}
    assert math.isnan(fresh["backup_age_seconds"][()])
    assert math.isnan(fresh["next_contact_seconds"][()])
    assert 1_800.0 == later["backup_age_seconds"][()]
    assert fresh.keys() <= later.keys()
    assert 0.0 == later["contacts_unreported"][()]
    assert later["disk_free_bytes"][()] > 0.0


def test_contacts_that_wait_for_operators_are_counted(office: Office) -> None:
    office.submit(ask("A", hours=(0.0, 20.0)))
    office.plan()
    office.freeze()
    (contact,) = office.contacts()
    start = contact.assignment.contact.start

    assert 1.0 == metric(office, "contacts_unacknowledged")
    assert (start - office.now).total_seconds() == metric(office, "next_contact_seconds")
    office.later(30.0)
    contacts.expire(office.store, actor=DAEMON, now=office.now)
    assert (0.0, 1.0) == (metric(office, "contacts_unacknowledged"), metric(office, "contacts_unreported"))


def metric(office: Office, name: str) -> float:
    """The value of a metric without labels."""
    found = {f.name: dict(f.values) for f in figures(office.store, now=office.now, real_now=office.now)}
    return found[name][()]


@pytest.mark.parametrize(("free", "low"), [(LEAST_FREE_BYTES - 1, True), (LEAST_FREE_BYTES, False)])
def test_a_disk_that_is_nearly_full_is_told(
    office: Office, monkeypatch: pytest.MonkeyPatch, free: int, low: bool
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - free, free))

    assert (DiskLow(free_bytes=free) if low else None) == disk_problem(office.store)
