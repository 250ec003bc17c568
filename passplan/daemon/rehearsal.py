"""A rehearsal in steps: the daemon's jobs, agencies that make requests, and operators who decide and report."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from passplan.daemon.runner import run_once
from passplan.domain.contacts import Contact, ContactState, RequestState
from passplan.domain.errors import InputError
from passplan.domain.network import AgencyId, Network, SatelliteId
from passplan.domain.requests import ContactRequest, Priority, RequestBook
from passplan.domain.roles import Role
from passplan.domain.span import Span
from passplan.service.access.actors import Actor
from passplan.service.contacts import lifecycle
from passplan.service.operations.job_failures import job_failures
from passplan.service.operations.rehearsal import Figures, at_work, rehearsal_figures, set_rehearsal
from passplan.service.operations.upkeep import integrity_problems
from passplan.service.requests.submit import decide, submit
from passplan.service.store import Rehearsal, Store

_SCHEDULER = Actor(account="rehearsal", role=Role.SCHEDULER)
_OUTCOMES = ((0.90, ContactState.COMPLETED), (0.95, ContactState.PARTIAL), (1.0, ContactState.FAILED_NETWORK))
_REPORTED = 0.95  # of the contacts; the rest stay unreported
_ACKNOWLEDGED_BEFORE = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What happened in a rehearsal."""

    days: float
    took_s: float
    before: Figures  # after the first jobs
    after: Figures
    failures: Counter[str]  # steps after which a job was in trouble, by job
    problems: tuple[str, ...]  # of the store's integrity, at the end

    @property
    def bytes_per_month(self) -> float:
        """The growth of the database in 30 days [bytes]."""
        return (self.after.bytes - self.before.bytes) / self.days * 30.0


def rehearse(
    store: Store,
    *,
    days: float,
    step: timedelta = timedelta(hours=1),
    requests_per_day: int = 30,
    seed: int = 1,
    real_now: datetime,
    progress: Callable[[float], None] = lambda _: None,
) -> Report:
    """Let a rehearsal's mission time go on in steps, as fast as the machine can.

    Args:
        store: of a rehearsal.
        days: how long, in days of mission time.
        step: after each step the daemon's jobs run, and people act.
        requests_per_day: the requests that the agencies make together.
        seed: of all that is drawn: the same seed gives the same rehearsal.
        real_now: real time, at which its clock stands at the end.
        progress: receives the part that is done, 0 to 1.

    Raises:
        InputError: for a store that is no rehearsal's.
    """
    clock = store.rehearsal
    if clock is None:
        raise InputError(f"{store.folder}: this is no rehearsal's store")
    began_s, start = time.monotonic(), store.mission_time(real_now)
    steps = round(timedelta(days=days) / step)
    failures = Counter[str]()
    _run_jobs(store, clock, start, failures)
    before = rehearsal_figures(store)
    people = _People(store, Random(seed), requests_per_day)  # noqa: S311 -- a simulation
    for number in range(1, steps + 1):
        now = start + number * step
        people.act(now, step)
        _run_jobs(store, clock, now, failures)
        progress(number / steps)
    set_rehearsal(store, Rehearsal(mission=start + steps * step, real=real_now, speed=clock.speed))
    return Report(
        days=days,
        took_s=time.monotonic() - began_s,
        before=before,
        after=rehearsal_figures(store),
        failures=failures,
        problems=tuple(integrity_problems(store)),
    )


def _run_jobs(store: Store, clock: Rehearsal, now: datetime, failures: Counter[str]) -> None:
    run_once(store, clock=lambda: clock.real_time(now))
    failures.update(job_failures(store))


class _People:
    """Agencies and operators, as a random number decides."""

    def __init__(self, store: Store, random: Random, requests_per_day: int) -> None:
        self._store, self._random, self._per_day = store, random, requests_per_day
        self._made, self._due = 0, 0.0

    def act(self, now: datetime, step: timedelta) -> None:
        """What they do in a step that ends now."""
        network, committed = at_work(self._store)
        self._due += self._per_day * (step / timedelta(days=1))
        while self._due >= 1.0:
            self._due -= 1.0
            self._request(network, now)
        for contact in committed:
            self._operate(contact, now)

    def _request(self, network: Network, now: datetime) -> None:
        draw = self._random
        agency = network.agencies[self._made % len(network.agencies)].id
        self._made += 1
        links = _links(network, agency)
        if not links:
            return
        satellite, link = draw.choice(links)
        begin = now + timedelta(hours=draw.uniform(1.0, 60.0))
        request = ContactRequest(
            id=f"{agency}-R{self._made:05}",
            agency=agency,
            satellite=satellite,
            link=link,
            span=Span(begin, begin + timedelta(hours=draw.uniform(6.0, 36.0))),
            min_s=draw.choice((120.0, 180.0, 240.0)),
            wanted_s=300.0,
            priority=draw.choice((Priority.ROUTINE, Priority.ROUTINE, Priority.HIGH)),
        )
        actor = Actor(account=agency.lower(), role=Role.REQUESTER, agency=agency)
        (answer,) = submit(self._store, RequestBook(requests=(request,)), actor=actor, now=now)
        if answer.reason is not None and answer.state in (RequestState.SUBMITTED, RequestState.ACCEPTED):
            accept = draw.random() < 0.8
            decide(self._store, request.id, accept=accept, reason="rehearsal", actor=_SCHEDULER, now=now)

    def _operate(self, contact: Contact, now: datetime) -> None:
        span = contact.assignment.contact
        if span.end <= now:
            if self._random.random() < _REPORTED:
                drawn = self._random.random()
                outcome = next(o for limit, o in _OUTCOMES if drawn <= limit)
                lifecycle.report_outcome(self._store, contact.id, outcome, actor=_SCHEDULER, now=now)
        elif not contact.acknowledged_by and span.start - now < _ACKNOWLEDGED_BEFORE:
            lifecycle.acknowledge(self._store, contact.id, actor=_SCHEDULER, now=now)


def _links(network: Network, agency: AgencyId) -> list[tuple[SatelliteId, str]]:
    """The links that an agency can have at some station."""
    bands = {
        band
        for station in network.stations
        if network.may_use(agency, station.id)
        for antenna in station.antennas
        for band in antenna.bands
    }
    return [(s.id, link.id) for s in network.satellites for link in s.links if link.band in bands]
