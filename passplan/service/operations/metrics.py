"""Metrics of the service: ages, gap, contacts, jobs, and violations, which must be 0."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from passplan import __version__
from passplan.domain.contacts import ContactState, RequestState
from passplan.orbit.scales import earth_orientation
from passplan.service.operations import disk, upkeep
from passplan.service.operations.job_failures import job_failures_in
from passplan.service.operations.status import COUNTED, JOBS, TIMED_JOBS, source_rows_in
from passplan.service.store import Store
from passplan.store import contacts, elements, lease, requests, revisions
from passplan.store.database import Connection
from passplan.store.revisions import Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A gauge, with its values by labels."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    values: Sequence[tuple[tuple[str, ...], float]]


def figures(store: Store, *, now: datetime, real_now: datetime) -> tuple[Figure, ...]:
    """All metrics at a moment. Each has its series from the start: an alert can tell 0 from none."""
    with store.database.read() as connection:
        return tuple(_figures(store, connection, now, real_now))


def _figures(store: Store, connection: Connection, now: datetime, real_now: datetime) -> Iterator[Figure]:
    _, network = store.caches.network(connection)
    choices = elements.choices(connection)
    ages = [
        ((s.id,), (now - choices[s.catalog_number].set.epoch).total_seconds())
        for s in network.satellites
        if s.catalog_number in choices
    ]
    yield Figure(name="element_age_seconds", help="Age of the active elements", labels=("satellite",), values=ages)
    yield Figure(
        name="source_in_trouble",
        help="Whether a feed of elements is stopped or fails",
        labels=("source",),
        values=[((r.source,), float(r.wrong)) for r in source_rows_in(store, connection, real_now)],
    )
    yield from _of_schedule(revisions.get(connection), now)
    yield from _of_contacts(connection, now)
    yield from _of_jobs(connection, now)
    last = upkeep.last_backup_in(connection)
    age_s = math.nan if last is None else (real_now - last).total_seconds()
    yield _single("backup_age_seconds", "Age of the last verified backup; NaN: there is none", age_s)
    yield _single("disk_free_bytes", "Free space on the disk of the data folder", disk.free_bytes(store))
    left = (earth_orientation().end - now) / timedelta(days=1)
    yield _single("earth_orientation_days_left", "Days until the table of the Earth's rotation ends", left)
    yield Figure(name="info", help="The version", labels=("version",), values=[((__version__,), 1.0)])


def _of_schedule(last: Revision | None, now: datetime) -> Iterator[Figure]:
    if last is None:
        return
    gap = (last.bound - last.value) / max(abs(last.bound), abs(last.value)) if last.bound > last.value else 0.0
    yield _single("plan_age_seconds", "Age of the newest schedule revision", (now - last.at).total_seconds())
    yield _single("plan_gap", "How much better the newest plan could be at most", gap)
    yield _single("plan_revision", "Number of the newest revision", last.number)
    yield _single("plan_refusals", "Refusals of the newest plan", last.refusals)


def _of_contacts(connection: Connection, now: datetime) -> Iterator[Figure]:
    for name, states, counts in (
        ("contacts", ContactState, contacts.counts(connection, since=now - COUNTED)),
        ("requests", RequestState, requests.counts(connection, since=now - COUNTED)),
    ):
        values = [((state.value,), float(counts.get(state.value, 0))) for state in states]
        yield Figure(
            name=name,
            help=f"{name.capitalize()} by state, those that ended over 30 days ago left out",
            labels=("state",),
            values=values,
        )
    yield _single("approvals_waiting", "Requests that a person has to decide on", requests.waiting(connection))
    due = contacts.attention(connection, now=now, since=now - timedelta(days=1))
    yield _single("contacts_unacknowledged", "Committed contacts ahead that nobody acknowledged", due.unacknowledged)
    yield _single("contacts_unreported", "Contacts of the last 24 h without a report", due.unreported)
    wait_s = math.nan if due.next_start is None else (due.next_start - now).total_seconds()
    yield _single("next_contact_seconds", "Time until the next committed contact; NaN: there is none", wait_s)
    overlaps = len(contacts.overlaps(connection, since=now - timedelta(days=1)))
    yield _single("overlap_violations", "Resources held twice at once, since yesterday; there are none", overlaps)


def _of_jobs(connection: Connection, now: datetime) -> Iterator[Figure]:
    holder = lease.holder(connection)
    yield _single("lease_epoch", "Epoch of the lease", holder[1] if holder else 0)
    yield _single("leader", "Whether a daemon leads", holder is not None and holder[2] > 0.0)
    runs = lease.runs(connection, TIMED_JOBS, until=now)
    succeeded = [((job,), slot.timestamp()) for job, slot, _, state, _ in runs if state != "failed"]
    yield Figure(
        name="job_last_success_seconds", help="Mission time of the last success", labels=("job",), values=succeeded
    )
    failures = job_failures_in(connection)
    in_trouble = [((job,), float(job in failures)) for job in sorted({*JOBS, *failures})]
    yield Figure(name="job_in_trouble", help="Whether a job fails", labels=("job",), values=in_trouble)
    ahead = len(lease.slots_after(connection, now))
    yield _single("ledger_ahead", "Jobs that have run for a slot to come: the clock was ahead", ahead)


def _single(name: str, help: str, value: float) -> Figure:  # noqa: A002 -- the word of Prometheus
    return Figure(name=name, help=help, values=[((), float(value))])
