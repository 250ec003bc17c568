"""A day of the schedule: all antennas, what they see, what is booked, what is refused; value, gap and fairness."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, TypeAlias

from passplan.domain.contacts import LOST_STATES
from passplan.domain.facts import Fact
from passplan.domain.network import Antenna, AntennaRef, Network, Station
from passplan.domain.rows.passes import ForecastPass
from passplan.domain.rows.schedule import ChangeRow, RevisionRow
from passplan.domain.schedule import AgencyShare, Assignment, Fairness, Refusal, Schedule
from passplan.domain.span import Span
from passplan.queries.revisions import seen_revision
from passplan.queries.snapshot import (
    SHOWN,
    SeenContact,
    Snapshot,
    open_snapshot,
    seen_contacts,
)
from passplan.service.access.actors import Actor
from passplan.service.access.disclosure import disclosed_particulars
from passplan.service.access.visibility import DisclosureLevel
from passplan.service.schedule.planning import diff_plans
from passplan.service.store import Store
from passplan.store import networks, revisions
from passplan.store import passes as stored
from passplan.store.database import Connection
from passplan.store.passes import PassPlace, PassQuery
from passplan.store.revisions import Revision

_NO_LIMIT = 2**62
_BOOKED = SHOWN - frozenset(LOST_STATES)

_Change: TypeAlias = tuple[Literal["added", "moved", "lost"], Assignment, Assignment, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRefusal:
    """A refusal that may be seen, with its particulars as they may be seen."""

    refusal: Refusal
    agency: str
    note: str
    particulars: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A time in which an antenna cannot be used."""

    span: Span
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One antenna's row."""

    station: Station
    antenna: Antenna
    passes: tuple[ForecastPass, ...]
    contacts: tuple[SeenContact, ...]
    refused: tuple[tuple[SeenRefusal, Span], ...]  # windows in which a refused contact would fit
    closed: tuple[Closed, ...]

    @property
    def ref(self) -> AntennaRef:
        """The antenna, as contacts refer to it."""
        return AntennaRef(self.station.id, self.antenna.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneChoice:
    """The antennas of a board, and the passes that are in their lanes."""

    agency: str = ""  # the owner of the antennas; "": all owners
    satellite: str = ""  # of the passes and the contacts in lanes; "": all satellites
    first: AntennaRef | None = None  # the antenna of the first lane; None: the first of all
    most_lanes: int | None = None
    most_passes: int | None = None  # with more, the passes without contacts are left out


ALL_LANES = LaneChoice()


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBoard:
    """A day of the schedule, as an actor sees it."""

    span: Span
    lanes: tuple[Lane, ...]
    lanes_before: AntennaRef | None  # the first antenna of the lanes before these; None: there are none
    lanes_after: AntennaRef | None  # likewise of those that follow
    has_free_passes: bool  # whether the lanes have the passes without contacts, too
    contacts: tuple[SeenContact, ...]  # of the day, lost ones included
    revision: RevisionRow | None
    before: int | None  # the number of the revision before
    gap: float | None
    fairness: Fairness | None
    refusals: tuple[SeenRefusal, ...]  # of the plan, all days
    changes: tuple[ChangeRow, ...]
    unchanged: int
    frozen_until: datetime

    @property
    def priority_value(self) -> float | None:
        """The value of the revision's contacts before the fairness penalty; None where its plan was deleted."""
        if self.revision is None or self.fairness is None:
            return None
        return self.revision.value + self.fairness.penalty


def day_board(
    store: Store, day: Span, *, choice: LaneChoice = ALL_LANES, actor: Actor | None, now: datetime
) -> DayBoard:
    """The board of a day: a span of a day or so, as a calendar has it."""
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        contacts = seen_contacts(snapshot, start=day.start, end=day.end)
        chosen = [s for s in contacts if choice.satellite in ("", s.contact.assignment.satellite)]
        page = _page(snapshot.network, choice)
        shown = {ref for _, _, ref in page.antennas}
        passes = _passes(connection, day, choice, shown, chosen)
        outages = networks.outages(connection, after=day.start)
        before = (
            revisions.get(connection, snapshot.revision.number - 1)
            if snapshot.revision and snapshot.revision.number > 1
            else None
        )
        changes, unchanged = seen_changes(snapshot, before)
        revision = seen_revision(snapshot, snapshot.revision) if snapshot.revision is not None else None
    plan = snapshot.plan
    refusals = seen_refusals(snapshot, plan.schedule) if plan is not None else ()
    closed = closures(snapshot, outages, day)
    by_station: dict[str, list[ForecastPass]] = defaultdict(list)
    for row in passes.rows:
        by_station[row.station].append(row)
    by_antenna: dict[AntennaRef, list[SeenContact]] = defaultdict(list)
    for s in chosen:
        if s.contact.state in _BOOKED:
            for ref in s.contact.assignment.antennas:
                by_antenna[ref].append(s)
    refused: dict[AntennaRef, list[tuple[SeenRefusal, Span]]] = defaultdict(list)
    for r in refusals:
        for o in r.refusal.obstacles:
            if o.window.overlaps(day):
                for ref in o.antennas:
                    refused[ref].append((r, o.window))
    lanes = tuple(
        Lane(
            station=station,
            antenna=antenna,
            passes=tuple(by_station[station.id]),
            contacts=tuple(by_antenna[ref]),
            refused=tuple(refused[ref]),
            closed=tuple(closed.get(ref, ())),
        )
        for station, antenna, ref in page.antennas
    )
    return DayBoard(
        span=day,
        lanes=lanes,
        lanes_before=page.before,
        lanes_after=page.after,
        has_free_passes=passes.are_all,
        contacts=tuple(contacts),
        revision=revision,
        before=before.number if before is not None else None,
        gap=plan.schedule.gap if plan is not None else None,
        fairness=plan.schedule.fairness if plan is not None else None,
        refusals=refusals,
        changes=changes,
        unchanged=unchanged,
        frozen_until=now + timedelta(seconds=store.settings.freeze_s),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    antennas: list[tuple[Station, Antenna, AntennaRef]]
    before: AntennaRef | None
    after: AntennaRef | None


def _page(network: Network, choice: LaneChoice) -> _Page:
    """The antennas of a choice, in their order."""
    every = [
        (station, antenna, AntennaRef(station.id, antenna.id))
        for station in _in_order(network)
        if choice.agency in ("", station.agency)
        for antenna in station.antennas
    ]
    first = next((k for k, (_, _, ref) in enumerate(every) if ref == choice.first), 0)
    most = choice.most_lanes or len(every)
    end = first + most
    return _Page(
        antennas=every[first:end],
        before=every[max(0, first - most)][2] if first else None,
        after=every[end][2] if end < len(every) else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Passes:
    rows: list[ForecastPass]
    are_all: bool


def _passes(
    connection: Connection, day: Span, choice: LaneChoice, shown: Set[AntennaRef], contacts: Sequence[SeenContact]
) -> _Passes:
    """The passes of the day over the antennas that are shown; those of contacts alone where there are too many."""
    query = PassQuery(
        start=day.start,
        end=day.end,
        satellites=(choice.satellite,) if choice.satellite else (),
        stations=sorted({ref.station for ref in shown}),
        most=_NO_LIMIT if choice.most_passes is None else choice.most_passes + 1,
    )
    rows = stored.select(connection, query) if shown else []
    if len(rows) < query.most:
        return _Passes(rows=rows, are_all=True)
    places = [
        PassPlace(
            satellite=s.contact.assignment.satellite,
            stations=tuple({ref.station for ref in s.contact.assignment.antennas if ref in shown}),
            start=s.start,
            end=s.end,
        )
        for s in contacts
        if not shown.isdisjoint(s.contact.assignment.antennas)
    ]
    return _Passes(rows=stored.touching(connection, places), are_all=False)


def utc_day(day: date) -> Span:
    """A day, UTC."""
    start = datetime.combine(day, time(), tzinfo=UTC)
    return Span(start, start + timedelta(days=1))


def seen_refusals(snapshot: Snapshot, schedule: Schedule) -> tuple[SeenRefusal, ...]:
    """The refusals of a schedule that may be seen."""
    plan = snapshot.plan
    book = {r.id: r for r in plan.inputs.book.requests} if plan is not None else {}
    return tuple(
        SeenRefusal(
            refusal=r,
            agency=book[r.request].agency,
            note=book[r.request].note,
            particulars=disclosed_particulars(r.particulars, snapshot.disclosure),
        )
        for r in schedule.refusals
        if snapshot.disclosure.sees_requests_of(book[r.request].agency)
    )


def closures(snapshot: Snapshot, outages: Iterable[networks.Outage], within: Span) -> dict[AntennaRef, list[Closed]]:
    """When each antenna cannot be used in a span: closed times of the network, and outages; why, where that is seen."""
    by_antenna: dict[AntennaRef, list[Closed]] = defaultdict(list)
    for station in snapshot.network.stations:
        is_disclosed = snapshot.disclosure.at_station(station.id) is DisclosureLevel.ALL
        antennas = [AntennaRef(station.id, a.id) for a in station.antennas]
        for closure in station.closures:
            if closure.span.overlaps(within):
                for ref in [AntennaRef(station.id, closure.antenna)] if closure.antenna else antennas:
                    by_antenna[ref].append(
                        Closed(span=closure.span, note=(closure.note if is_disclosed else "") or "closed")
                    )
        for o in outages:
            if o.station == station.id and o.start < o.end and Span(o.start, o.end).overlaps(within):
                for ref in [AntennaRef(station.id, o.antenna)] if o.antenna else antennas:
                    by_antenna[ref].append(
                        Closed(span=Span(o.start, o.end), note=(o.note if is_disclosed else "") or o.kind)
                    )
    return by_antenna


def share_of(fairness: Fairness | None, agency: str) -> AgencyShare | None:
    """What one agency got."""
    return next((a for a in fairness.agencies if a.agency == agency), None) if fairness is not None else None


def _in_order(network: Network) -> list[Station]:
    """Stations by agency, as the network has them."""
    place = {a.id: k for k, a in enumerate(network.agencies)}
    return sorted(network.stations, key=lambda s: place.get(s.agency, len(place)))


def seen_changes(snapshot: Snapshot, before: Revision | None) -> tuple[tuple[ChangeRow, ...], int]:
    """What the newest revision changed, as far as it is seen, and how many contacts it left alone."""
    plan, revision = snapshot.plan, snapshot.revision
    earlier = snapshot.plan_numbered(before.number) if before is not None else None
    if plan is None or revision is None or earlier is None:
        return (), 0
    diff = diff_plans(earlier.schedule, plan.schedule)
    agency = {r.id: r.agency for r in (*earlier.inputs.book.requests, *plan.inputs.book.requests)}
    candidates: list[_Change] = [("added", a, a, None) for a in diff.added]
    candidates += [("lost", a, a, None) for a in diff.lost if a.contact.end > revision.at]
    candidates += [("moved", m.before, m.after, m.before.contact.start) for m in diff.moved if m.after is not None]
    changes = []
    for kind, old, new, start_before in candidates:
        detail = min(snapshot.disclosure.of(agency[new.request], a.antennas) for a in (old, new))
        if detail is not DisclosureLevel.NOTHING:
            changes.append(
                ChangeRow(
                    kind=kind,
                    agency=agency[new.request],
                    request=new.request if detail is DisclosureLevel.ALL else "",
                    antennas=new.antennas,
                    start=new.contact.start,
                    start_before=start_before,
                )
            )
    return tuple(changes), len(plan.schedule.assignments) - len(diff.added) - len(diff.moved)
