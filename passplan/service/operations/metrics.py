"""Metrics of the service: ages, gap, contacts, jobs, and violations, which must be 0."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from passplan.service.network.revisions import current_network
from passplan.service.operations.job_failures import job_failures_in
from passplan.service.store import Store
from passplan.store import contacts, elements, lease, requests, revisions
from passplan.store.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A gauge, with its values by labels."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    values: Sequence[tuple[tuple[str, ...], float]]


def figures(store: Store, *, now: datetime) -> tuple[Figure, ...]:
    """All metrics at a moment."""
    with store.database.read() as connection:
        return tuple(_figures(store, connection, now))


def _figures(store: Store, connection: Connection, now: datetime) -> Iterator[Figure]:
    _, network = current_network(store.caches, connection)
    choices = elements.choices(connection)
    ages = [
        ((s.id,), (now - choices[s.catalog_number].set.epoch).total_seconds())
        for s in network.satellites
        if s.catalog_number in choices
    ]
    yield Figure(name="element_age_seconds", help="Age of the elements that count", labels=("satellite",), values=ages)
    last = revisions.get(connection)
    if last is not None:
        gap = (last.bound - last.value) / max(abs(last.bound), abs(last.value)) if last.bound > last.value else 0.0
        age = (now - last.at).total_seconds()
        yield Figure(name="plan_age_seconds", help="Age of the newest schedule revision", values=[((), age)])
        yield Figure(name="plan_gap", help="How much better the newest plan could be at most", values=[((), gap)])
        yield Figure(name="plan_revision", help="Number of the newest revision", values=[((), float(last.number))])
        yield Figure(name="plan_refusals", help="Refusals of the newest plan", values=[((), float(last.refusals))])
    counts = contacts.counts(connection)
    yield Figure(
        name="contacts",
        help="Contacts by state",
        labels=("state",),
        values=[((s,), float(n)) for s, n in counts.items()],
    )
    states = requests.counts(connection)
    yield Figure(
        name="requests",
        help="Requests by state",
        labels=("state",),
        values=[((s,), float(n)) for s, n in states.items()],
    )
    holder = lease.holder(connection)
    yield Figure(name="lease_epoch", help="Epoch of the lease", values=[((), float(holder[1]) if holder else 0.0)])
    leads = holder is not None and holder[2] > 0.0
    yield Figure(name="leader", help="Whether a daemon leads", values=[((), float(leads))])
    runs = lease.runs(connection, ("refresh", "daily", "backup", "housekeeping"))
    succeeded = [((job,), slot.timestamp()) for job, slot, _, state, _ in runs if state != "failed"]
    yield Figure(
        name="job_last_success_seconds", help="Mission time of the last success", labels=("job",), values=succeeded
    )
    failed = Counter(job_failures_in(connection).keys())
    yield Figure(name="job_in_trouble", help="Jobs in trouble", labels=("job",), values=[((j,), 1.0) for j in failed])
    overlaps = len(contacts.overlaps(connection))
    yield Figure(
        name="overlap_violations", help="Resources held twice at once; there are none", values=[((), float(overlaps))]
    )
