"""Now: contacts in progress, the next pass at every station, and what needs attention, the worst first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from passplan.domain.contacts import HOLDING, ContactId, ContactState, RequestState
from passplan.domain.errors import InputError
from passplan.domain.facts import Fact
from passplan.domain.network import AntennaRef, Station, StationId
from passplan.domain.requests import RequestBook
from passplan.domain.roles import Capability
from passplan.domain.rows.passes import ForecastPass
from passplan.domain.rows.schedule import RevisionRow
from passplan.domain.rows.service import ElementsRow
from passplan.domain.schedule import Fairness
from passplan.domain.span import Span
from passplan.passes.track import Track
from passplan.queries.day import Closed, closures
from passplan.queries.pass_table import contacts_in
from passplan.queries.revisions import seen_revision
from passplan.queries.snapshot import SeenContact, Snapshot, open_snapshot, seen_contacts
from passplan.queries.world_map import WorldBoard, draw_world, overhead
from passplan.service.access.actors import Actor
from passplan.service.access.disclosure import disclosed_warning
from passplan.service.operations.status import Condition, burns_near, condition_in, element_rows_of, marked_elements
from passplan.service.requests.submit import approvers, with_names
from passplan.service.store import Store
from passplan.store import contacts, networks, requests
from passplan.store import passes as stored
from passplan.store.database import Connection
from passplan.store.elements import Choice
from passplan.store.passes import PassPlace

_NEXT = 8
_SOON = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnNow:
    """A contact in progress, with its track over the sky."""

    seen: SeenContact
    station: Station
    row: ForecastPass | None  # its pass
    track: Track | None
    frequency_hz: float | None
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StationNow:
    """The next pass at a station."""

    station: Station
    row: ForecastPass | None  # of the pass that is under way or next; None: none is known
    booked: SeenContact | None  # in that pass
    health: str  # "ready", "closed", "part" (some antennas closed) or "closes" (soon)
    closed: Span | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Something that needs attention: `kind` says what, and pages have its words."""

    kind: str  # "wrong", "unreported", "decide", "refused", "acknowledge" or "stale"
    fact: Fact | None = None  # of "wrong" and "stale"
    contact: SeenContact | None = None
    request: str = ""
    agency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayBoard:
    """The first screen."""

    on: tuple[OnNow, ...]
    next: tuple[tuple[SeenContact, ForecastPass | None], ...]
    stations: tuple[StationNow, ...]
    attention: tuple[Attention, ...]
    condition: Condition | None  # None: the actor may not see it
    elements: tuple[ElementsRow, ...]
    world: WorldBoard  # with the satellite of the first contact, or the network's first
    revision: RevisionRow | None
    fairness: Fairness | None
    served: tuple[int, int]  # contacts in the newest plan, and contacts requested
    changes_at: datetime  # when something on it changes by itself


def today_board(store: Store, *, actor: Actor | None, now: datetime, real_now: datetime) -> TodayBoard:
    """The first screen for an actor."""
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        ahead = seen_contacts(snapshot, states=HOLDING, start=now, end=now + timedelta(days=7))
        nexts = stored.next_at_stations(connection, [s.id for s in snapshot.network.stations], now)
        outages = networks.outages(connection, after=now)
        on = [s for s in ahead if s.start <= now]
        coming = [s for s in ahead if s.start > now][:_NEXT]
        rows = _passes_of(connection, (*on, *coming))
        choices = snapshot.choices()
        sets = element_rows_of(store, snapshot.network, choices, now)
        in_view = (on[0].contact.assignment.satellite,) if on else tuple(s.id for s in snapshot.network.satellites[:1])
        above = overhead(snapshot, in_view, choices)
        attention = tuple(_attention(snapshot, connection))
        may_see_status = actor is not None and actor.has(Capability.SEE_STATUS)
        condition = None
        if may_see_status:
            condition = condition_in(store, connection, now=now, real_now=real_now, choices=choices)
    now_on = tuple(o for s in on for o in _on_now(snapshot, s, rows.get(s.contact.id), choices))
    plan = snapshot.plan
    closed = closures(snapshot, outages, Span(now, now + _SOON))
    booked = _by_station(ahead)
    stations = tuple(
        _station_now(snapshot, s, nexts.get(s.id), booked.get(s.id, ()), closed) for s in snapshot.network.stations
    )
    if condition is not None:
        wrong = [Attention(kind="wrong", fact=disclosed_warning(fact, snapshot.disclosure)) for fact in condition.wrong]
    else:
        known = (*marked_elements(sets), *burns_near(snapshot.network, choices, now))
        wrong = [Attention(kind="stale", fact=fact) for fact in known]
    edges = [s.end for s in on] + [s.start for s in coming[:1]]
    for row in nexts.values():
        edges += [t for t in (row.aos, row.los) if t > now]
    shares = plan.schedule.fairness if plan is not None else None
    return TodayBoard(
        on=now_on,
        next=tuple((s, rows.get(s.contact.id)) for s in coming),
        stations=stations,
        attention=(*wrong, *attention),
        condition=condition,
        elements=tuple(sets),
        world=draw_world(above),
        revision=seen_revision(snapshot, snapshot.revision) if snapshot.revision is not None else None,
        fairness=shares,
        served=(
            sum(a.requests_served for a in shares.agencies) if shares is not None else 0,
            sum(a.requests_asked for a in shares.agencies) if shares is not None else 0,
        ),
        changes_at=min(edges, default=now + timedelta(minutes=10)),
    )


def _passes_of(connection: Connection, contacts: Iterable[SeenContact]) -> dict[ContactId, ForecastPass]:
    """The highest pass of each contact, by the contact's number."""
    places = [
        PassPlace(
            satellite=s.contact.assignment.satellite,
            stations=tuple(dict.fromkeys(ref.station for ref in s.contact.assignment.antennas)),
            start=s.start,
            end=s.end,
        )
        for s in contacts
    ]
    passes = stored.touching(connection, places)
    by_contact = {}
    for s, place in zip(contacts, places, strict=True):
        candidates = [r for r in passes if r.satellite == place.satellite and r.station in place.stations]
        inside = [r for r in candidates if contacts_in(r.span, [s])]
        if inside:
            by_contact[s.contact.id] = max(inside, key=lambda row: row.peak_elevation_deg)
    return by_contact


def _on_now(
    snapshot: Snapshot, s: SeenContact, row: ForecastPass | None, choices: Mapping[int, Choice]
) -> Iterator[OnNow]:
    from passplan.passes.track import track

    satellite = snapshot.satellite(s.contact.assignment.satellite)
    link = next((k for k in satellite.links if k.id == s.contact.assignment.link), None)
    source = snapshot.source(satellite, choices)
    stations = {x.id: x for x in snapshot.network.stations}
    station = stations.get(row.station if row is not None else s.contact.assignment.antennas[0].station)
    if station is None:
        return
    way = None
    if row is not None and source is not None:
        step_s = max(1.0, row.duration_s / 600.0)
        try:
            way = track(source, station, row.span, step_s=step_s)
        except InputError:  # SGP4 fails; the contact is shown without a track
            way = None
    yield OnNow(
        seen=s,
        station=station,
        row=row,
        track=way,
        frequency_hz=link.frequency_hz if link else None,
        direction="uplink" if link and link.direction == "uplink" else "downlink",
    )


def _by_station(contacts: Iterable[SeenContact]) -> dict[StationId, list[SeenContact]]:
    by_station: dict[StationId, list[SeenContact]] = defaultdict(list)
    for s in contacts:
        for station in {ref.station for ref in s.contact.assignment.antennas}:
            by_station[station].append(s)
    return by_station


def _station_now(
    snapshot: Snapshot,
    station: Station,
    row: ForecastPass | None,
    contacts: Sequence[SeenContact],
    closed: dict[AntennaRef, list[Closed]],
) -> StationNow:
    antennas = [AntennaRef(station.id, a.id) for a in station.antennas]
    spans = {name: [c.span for c in closed.get(name, ())] for name in antennas}
    shut = [name for name in antennas if any(s.start <= snapshot.now < s.end for s in spans[name])]
    soon = [s for name in antennas for s in spans[name] if s.start > snapshot.now]
    first = next((s for name in shut for s in spans[name] if s.start <= snapshot.now), None)
    health = "closed" if antennas and len(shut) == len(antennas) else "part" if shut else "closes" if soon else "ready"
    here = [s for s in contacts if row is not None and row.satellite == s.contact.assignment.satellite]
    return StationNow(
        station=station,
        row=row,
        booked=next(iter(contacts_in(row.span, here)), None) if row is not None else None,
        health=health,
        closed=first or min(soon, default=None),
    )


def _attention(snapshot: Snapshot, connection: Connection) -> Iterator[Attention]:
    """What the actor has to do: decisions, reports that are missing, refusals, contacts to acknowledge."""
    actor = snapshot.actor
    if actor is None:
        return
    may_decide = actor.has(Capability.DECIDE_REQUEST)
    if may_decide:
        decides_for_all = actor.has(Capability.DECIDE_FOR_EVERY_OWNER)
        undecided = {r.id: r for r in requests.select(connection, states=[RequestState.SUBMITTED])}
        asked = requests.asked(connection, "" if decides_for_all else actor.agency)
        if elsewhere := asked - set(undecided):
            undecided |= {r.id: r for r in requests.select(connection, ids=elsewhere)}
        decided = requests.decisions(connection, undecided)
        names = with_names(connection, []) if undecided else RequestBook()
        for _, r in sorted(undecided.items()):
            # A request of an older passplan has no rows of who is asked.
            if (
                decides_for_all
                or r.id in asked
                or (r.id not in decided and actor.agency in approvers(snapshot.network, snapshot.request(r), names))
            ):
                yield Attention(kind="decide", request=r.id, agency=r.agency)
    if actor.has(Capability.WATCH_STATIONS):
        silent = seen_contacts(
            snapshot, states=[ContactState.UNREPORTED], start=snapshot.now - timedelta(days=2), end=snapshot.now
        )
        stations = {s.id for s in snapshot.network.stations if s.agency == actor.agency}
        for s in silent:
            if any(ref.station in stations for ref in s.contact.assignment.antennas):
                yield Attention(kind="unreported", contact=s)
    if actor.has(Capability.WATCH_REQUESTS):
        plan = snapshot.plan
        refused = {r.request for r in plan.schedule.refusals} if plan is not None else set()
        refused_requests = snapshot.requests(refused)
        open_ = {r.id for r in requests.select(connection, states=[RequestState.ACCEPTED], agency=actor.agency)}
        for name in sorted(refused & open_):
            yield Attention(kind="refused", request=name, agency=refused_requests[name].agency)
        committed = contacts.select(connection, states=[ContactState.COMMITTED], ends_after=snapshot.now)
        unseen = {c.id for c in committed if not c.acknowledged_by}
        for s in seen_contacts(snapshot, ids=unseen):
            if s.request.agency == actor.agency:
                yield Attention(kind="acknowledge", contact=s)
