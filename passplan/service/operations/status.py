"""The status of a service: its elements, sources, schedule and jobs, and its problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from passplan.domain.facts import (
    BurnNear,
    EarthOrientationEnds,
    ElementsMark,
    ElementsMarked,
    Fact,
    JobFailed,
    JobRun,
    LedgerAhead,
    NoDaemon,
    RevisionPublished,
    ScheduleOld,
    SetsHeld,
    SourceStatus,
)
from passplan.domain.manoeuvres import ManoeuvreOrigin
from passplan.domain.messages import Message
from passplan.domain.network import Network
from passplan.domain.rows.service import ElementsRow, ManoeuvreRow
from passplan.domain.sources import TOO_OLD_LOW_ORBIT_S, Segment
from passplan.service.elements.manoeuvres import manoeuvre_row
from passplan.service.operations.disk import disk_problem
from passplan.service.operations.job_failures import job_failures_in
from passplan.service.store import Store
from passplan.store import contacts, elements, lease, networks, requests, revisions
from passplan.store import passes as stored_passes
from passplan.store.database import Connection
from passplan.store.elements import Choice, SourceState

COUNTED = timedelta(days=30)  # contacts and requests that ended before are left out of counts
PLAN_AGE_LIMIT_S = 26 * 3_600.0
BURNS_AHEAD, BURNS_SHOWN = timedelta(days=7), timedelta(days=3)
EARTH_ORIENTATION_WARNING = timedelta(days=60)
TIMED_JOBS = ("refresh", "daily", "backup", "housekeeping")  # those with slots
JOBS = (*TIMED_JOBS, "passes", "replan", "freeze", "expire")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The status that `passplan status` prints."""

    mission_time: datetime
    leader: Message  # the leading daemon and its epoch, or "nobody"
    network: Message
    schedule: Fact | None  # the newest revision; None: there is none yet
    contacts: dict[str, int]  # by state
    requests: dict[str, int]
    passes: int
    outages: tuple[str, ...]
    jobs: tuple[JobRun, ...]  # the last run of each job
    wrong: tuple[Fact, ...]
    burns: tuple[ManoeuvreRow, ...] = ()  # the latest first, since 30 days before the active element sets


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCondition:
    """The status of an element feed."""

    source: str  # its name in settings.toml
    status: SourceStatus
    wrong: bool  # whether it is stopped or in trouble


def condition(store: Store, *, now: datetime, real_now: datetime) -> Condition:
    """The status of a service."""
    with store.database.read() as connection:
        return condition_in(store, connection, now=now, real_now=real_now)


def condition_in(
    store: Store,
    connection: Connection,
    *,
    now: datetime,
    real_now: datetime,
    choices: Mapping[int, Choice] | None = None,
) -> Condition:
    """The status of a service, in an open read transaction; `choices` when they are read already."""
    number, network = store.caches.network(connection)
    last = revisions.get(connection)
    holder = lease.holder(connection)
    counts = contacts.counts(connection, since=now - COUNTED)
    states = requests.counts(connection, since=now - COUNTED)
    passes = stored_passes.count(connection)
    outages = networks.outages(connection, after=now)
    runs = lease.runs(connection, TIMED_JOBS, until=now)
    choices = elements.choices(connection) if choices is None else choices
    sets = element_rows_of(store, network, choices, now)
    sources = _source_rows(store, elements.source_states(connection), real_now)
    leads = holder is not None and holder[2] > 0.0
    wrong: list[Fact] = [JobFailed(job=job, reason=cause) for job, cause in sorted(job_failures_in(connection).items())]
    wrong += _ledger_ahead(connection, now)
    wrong += [problem] if (problem := disk_problem(store)) is not None else []
    wrong += earth_orientation_ends(now)
    wrong += marked_elements(sets)
    wrong += _held_sets(network, choices)
    wrong += burns_near(network, choices, now)
    wrong += [r.status for r in sources if r.wrong]
    if not leads:
        wrong.append(NoDaemon())
    if last is not None and (now - last.at).total_seconds() > PLAN_AGE_LIMIT_S:
        wrong.append(ScheduleOld(age_h=(now - last.at) / timedelta(hours=1)))
    return Condition(
        mission_time=now,
        leader=Message("leader", "%(name)s, epoch %(epoch)s", name=holder[0], epoch=holder[1])
        if holder is not None and leads
        else Message("no_leader", "nobody"),
        network=Message(
            "network_in_force",
            "revision %(revision)s: %(stations)s stations of %(agencies)s agencies",
            revision=number,
            stations=len(network.stations),
            agencies=len(network.agencies),
        ),
        schedule=RevisionPublished(
            revision=last.number, at=last.at, lane=last.lane, change=last.change, causes=last.causes
        )
        if last
        else None,
        contacts=counts,
        requests=states,
        passes=passes,
        outages=tuple(o.where for o in outages),
        jobs=tuple(
            JobRun(job=job, slot=slot, is_failed=state == "failed", outcome=outcome)
            for job, slot, _, state, outcome in runs
        ),
        wrong=tuple(wrong),
        burns=tuple(_burns(network, choices)),
    )


def _burns(network: Network, choices: Mapping[int, Choice]) -> list[ManoeuvreRow]:
    rows = [
        manoeuvre_row(s.id, burn)
        for s in network.satellites
        if s.catalog_number in choices
        for burn in choices[s.catalog_number].manoeuvres
    ]
    return sorted(rows, key=lambda r: r.time, reverse=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether requests can be served."""

    published: datetime | None  # when the newest revision was made; None: there is none yet
    obstacle: Fact | None  # what keeps the store from writing
    wrong: tuple[Fact, ...]  # what is wrong, but keeps nobody from anything


def readiness(store: Store, *, now: datetime) -> Readiness:
    """Whether requests can be served, after a check of version and guards.

    Raises:
        StoreError: when the store is of another version, or its guards are not as shipped.
    """
    with store.database.read() as connection:
        store.database.verify_in(connection)
        newest = revisions.get(connection)
        ahead = tuple(_ledger_ahead(connection, now))
    return Readiness(published=newest.at if newest is not None else None, obstacle=disk_problem(store), wrong=ahead)


def earth_orientation_ends(now: datetime) -> list[Fact]:
    """What is wrong with the table of the Earth's rotation: nothing, until 60 days before its end."""
    from passplan.orbit.scales import earth_orientation

    table = earth_orientation()
    if now < table.end - EARTH_ORIENTATION_WARNING:
        return []
    return [EarthOrientationEnds(end=table.end, ut1_error_s=table.ut1_error_s(now))]


def _ledger_ahead(connection: Connection, now: datetime) -> list[Fact]:
    """The jobs that have run for a slot of the future."""
    return [LedgerAhead(job=job, slot=slot) for job, slot in lease.slots_after(connection, now)]


def element_rows(store: Store, now: datetime) -> list[ElementsRow]:
    """The active element set of each of the network's satellites."""
    with store.database.read() as connection:
        _, network = store.caches.network(connection)
        choices = elements.choices(connection)
    return element_rows_of(store, network, choices, now)


def element_rows_of(store: Store, network: Network, choices: Mapping[int, Choice], now: datetime) -> list[ElementsRow]:
    """The active element set of each satellite of a network."""
    return [_elements_row(store, s.id, choices.get(s.catalog_number), now) for s in network.satellites]


def _elements_row(store: Store, satellite: str, choice: Choice | None, now: datetime) -> ElementsRow:
    if choice is None:
        return ElementsRow(
            satellite=satellite,
            set=None,
            since=None,
            epoch=None,
            age_d=None,
            source=None,
            ephemeris_until=None,
            pinned=False,
            marks=(ElementsMark.MISSING.value,),
            wrong=True,
        )
    segment = store.caches.segment(choice.set)
    age_s = (now - segment.epoch).total_seconds()
    marks = tuple(_marks(segment, age_s))
    return ElementsRow(
        satellite=satellite,
        set=choice.set.id,
        since=choice.since,
        epoch=segment.epoch,
        age_d=age_s / 86_400.0,
        source=choice.set.source,
        ephemeris_until=max((e.ends for e in choice.sets if e.ends is not None and e.ends > now), default=None),
        pinned=choice.pinned,
        marks=(*marks, *(("pinned",) if choice.pinned else ())),
        wrong=bool(marks),
    )


def marked_elements(rows: Iterable[ElementsRow]) -> list[Fact]:
    """The satellites whose elements are missing or old, of rows of `element_rows`."""
    words = {mark.value: mark for mark in ElementsMark}
    return [ElementsMarked(satellite=r.satellite, mark=words[mark]) for r in rows for mark in r.marks if mark in words]


def burns_near(network: Network, choices: Mapping[int, Choice], now: datetime) -> list[Fact]:
    """Burns that passes of the next days depend on, and those that new elements showed in the last three days."""
    found: list[Fact] = []
    for satellite in network.satellites:
        choice = choices.get(satellite.catalog_number)
        for burn in choice.manoeuvres if choice is not None else ():
            is_found = burn.origin == ManoeuvreOrigin.HISTORY
            is_ahead = choice is not None and choice.set.epoch < burn.time < now + BURNS_AHEAD
            if (is_found and burn.time > now - BURNS_SHOWN) or (not is_found and is_ahead):
                found.append(
                    BurnNear(satellite=satellite.id, time=burn.time, delta_v_m_s=burn.delta_v_m_s, is_found=is_found)
                )
    return found


def _held_sets(network: Network, choices: Mapping[int, Choice]) -> list[Fact]:
    held = {s.id: choices[s.catalog_number].held for s in network.satellites if s.catalog_number in choices}
    return [SetsHeld(satellite=s, count=len(epochs), newest=max(epochs)) for s, epochs in held.items() if epochs]


def source_rows(store: Store, real_now: datetime) -> list[SourceCondition]:
    """The status of each source of the settings."""
    with store.database.read() as connection:
        states = elements.source_states(connection)
    return _source_rows(store, states, real_now)


def source_rows_in(store: Store, connection: Connection, real_now: datetime) -> list[SourceCondition]:
    """The status of each element feed, in an open read transaction."""
    return _source_rows(store, elements.source_states(connection), real_now)


def _source_rows(store: Store, states: Mapping[str, SourceState], real_now: datetime) -> list[SourceCondition]:
    rows = []
    for source in store.settings.source:
        state = states.get(source.name)
        wrong = state is not None and bool(state.stopped or state.trouble)
        status = SourceStatus(source=source.name)
        if state is not None:
            status = SourceStatus(
                source=source.name,
                sets=state.sets,
                stopped=state.stopped,
                trouble=state.trouble,
                success=state.success,
                attempt=state.attempt,
                next=state.next if not state.stopped and state.next > real_now else None,
            )
        rows.append(SourceCondition(source=source.name, status=status, wrong=wrong))
    return rows


def _marks(segment: Segment, age_s: float) -> Iterator[str]:
    if segment.is_low_orbit and age_s > TOO_OLD_LOW_ORBIT_S:
        yield ElementsMark.TOO_OLD.value
    elif age_s > segment.stale_age_s:
        yield ElementsMark.STALE.value
