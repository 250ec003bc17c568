"""The pass table: passes ahead, with what is booked in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.network import SatelliteId, StationId
from passplan.domain.rows.passes import ForecastPass, ListedPass, listed_pass
from passplan.formats.rows import Row
from passplan.queries.snapshot import SeenContact, Snapshot, open_snapshot, seen_contacts
from passplan.service.access.roles import Actor
from passplan.service.store import Store
from passplan.store import passes as stored
from passplan.store.database import Connection
from passplan.store.passes import PassQuery, Place
from passplan.store.schema import microseconds

MOST = 500
LONGEST = timedelta(days=31)
SHOWS = ("all", "free", "booked", "mine")


@dataclass(frozen=True, slots=True, kw_only=True)
class PassFilter:
    """Which passes are asked for; empty tuples are no limit.

    Raises:
        InputError: for a span that is longer than 31 days or not one, an elevation outside 0 to 90, or another `show`.
    """

    start: datetime
    end: datetime
    satellites: tuple[SatelliteId, ...] = ()
    stations: tuple[StationId, ...] = ()
    min_peak_elevation_deg: float = 0.0
    show: str = "all"  # or "free", "booked", "mine"
    after: Place | None = None
    most: int = MOST

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise InputError(
                Message("filter_ends_early", "the filter ends before it starts; give an end that is later")
            )
        if self.end - self.start > LONGEST:
            raise InputError(
                Message(
                    "filter_too_long",
                    "the filter spans more than %(days)s days; ask for less at once",
                    days=LONGEST.days,
                )
            )
        if not 0.0 <= self.min_peak_elevation_deg <= 90.0:
            raise InputError(
                Message(
                    "peak_out_of_range",
                    "the least peak elevation is %(elevation_deg)g; it lies between 0 and 90",
                    elevation_deg=self.min_peak_elevation_deg,
                )
            )
        if self.show not in SHOWS:
            raise InputError(
                Message("show_unknown", "show is %(show)r; it is one of %(known)s", show=self.show, known=tuple(SHOWS))
            )
        if not 1 <= self.most <= MOST:
            raise InputError(
                Message(
                    "too_many_passes",
                    "%(passes)s passes are asked for at once; it is 1 to %(most)s",
                    passes=self.most,
                    most=MOST,
                )
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class PassTable:
    """Passes in order of AOS, and what a list of them cannot say."""

    asked: PassFilter
    rows: tuple[ListedPass, ...]
    total: int  # as asked, but for `show`
    next: Place | None  # behind which more come; None: that is all
    elements: tuple[Row, ...]  # of the satellites that are asked for
    later: ForecastPass | None  # where there is none to show: the next as asked within 31 days after the span
    highest: ForecastPass | None  # where the table is empty: the highest pass, whatever elevation is asked for


def pass_table(store: Store, asked: PassFilter, *, actor: Actor | None, now: datetime) -> PassTable:
    """The pass table for an actor.

    Raises:
        NotFoundError: for a satellite or a station that is not there.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        for name in asked.satellites:
            snapshot.satellite(name)
        for name in asked.stations:
            snapshot.station(name)
        rows, last = _rows(snapshot, connection, asked)
        query = _query(asked)
        total = stored.count(connection, query)
        highest = None if rows or not asked.min_peak_elevation_deg else stored.highest(connection, query)
        later = None if rows else _later(snapshot, connection, asked)
        overlaps = _overlaps(connection, [row for row, _ in rows])
        sets = snapshot.element_rows()
    owner = {s.id: s.agency for s in snapshot.network.stations}
    chosen = set(asked.satellites)
    return PassTable(
        asked=asked,
        rows=tuple(
            listed_pass(
                row,
                agency=owner.get(row.station, ""),
                contacts=tuple(s.row for s in seen),
                overlaps=tuple(names),
            )
            for (row, seen), names in zip(rows, overlaps, strict=True)
        ),
        total=total,
        next=last,
        later=later,
        elements=tuple(e for e in sets if not chosen or e["satellite"] in chosen),
        highest=highest,
    )


def place_of(row: ForecastPass) -> Place:
    """Where a pass stands in the order of passes."""
    return microseconds(row.aos), row.satellite, row.station


Contacts = dict[tuple[SatelliteId, StationId], list[SeenContact]]


def _by_pass(seen: Iterable[SeenContact]) -> Contacts:
    found: Contacts = defaultdict(list)
    for s in seen:
        for station in dict.fromkeys(ref.station for ref in s.contact.assignment.antennas):
            found[s.contact.assignment.satellite, station].append(s)
    return found


def _contacts_of(snapshot: Snapshot, rows: Sequence[ForecastPass]) -> Contacts:
    """The contacts in passes; those at the edge of a span, like their passes, may lie outside it."""
    if not rows:
        return {}
    return _by_pass(seen_contacts(snapshot, start=rows[0].aos, end=max(row.los for row in rows)))


def _rows(
    snapshot: Snapshot, connection: Connection, asked: PassFilter
) -> tuple[list[tuple[ForecastPass, list[SeenContact]]], Place | None]:
    """The passes as asked with their contacts, and behind which more come."""
    found: list[tuple[ForecastPass, list[SeenContact]]] = []
    query = replace(_query(asked), most=asked.most + 1)
    while True:
        page = stored.select(connection, query)
        contacts = _contacts_of(snapshot, page)
        for row in page:
            own = contacts_in(row, contacts.get((row.satellite, row.station), ()))
            if _is_shown(own, asked.show, snapshot.disclosure.agency):
                if len(found) == asked.most:
                    return found, place_of(found[-1][0])
                found.append((row, own))
        if len(page) < query.most:
            return found, None
        query = replace(query, after=place_of(page[-1]), most=2_000)


def _later(snapshot: Snapshot, connection: Connection, asked: PassFilter) -> ForecastPass | None:
    rows, _ = _rows(snapshot, connection, replace(asked, start=asked.end, end=asked.end + LONGEST, most=1, after=None))
    return rows[0][0] if rows else None


def contacts_in(row: ForecastPass, candidates: Iterable[SeenContact]) -> list[SeenContact]:
    """The contacts that lie in a pass."""
    return [s for s in candidates if s.start < row.los and row.aos < s.end]


def _is_shown(own: Sequence[SeenContact], show: str, agency: str) -> bool:
    held = [s for s in own if s.contact.holds]
    if show == "free":
        return not held
    if show == "booked":
        return bool(held)
    return show == "all" or any(s.request.agency == agency for s in own)


def _query(asked: PassFilter) -> PassQuery:
    return PassQuery(
        start=asked.start,
        end=asked.end,
        satellites=asked.satellites,
        stations=asked.stations,
        min_peak_elevation_deg=asked.min_peak_elevation_deg,
        after=asked.after,
    )


def _overlaps(connection: Connection, rows: Sequence[ForecastPass]) -> list[list[str]]:
    """The passes at the time of each: stations that see the same satellite, and other satellites in sight there."""
    if not rows:
        return []
    aos_us = [microseconds(row.aos) for row in rows]
    los_us = [microseconds(row.los) for row in rows]
    spans = stored.spans(connection, aos_us[0], max(los_us))
    return [_names(r, aos, los, spans) for r, aos, los in zip(rows, aos_us, los_us, strict=True)]


def _names(row: ForecastPass, aos: int, los: int, spans: stored.Spans) -> list[str]:
    found = []
    for satellite, station in spans.touching(aos, los):
        if satellite == row.satellite and station != row.station:
            found.append(station)
        elif satellite != row.satellite and station == row.station:
            found.append(satellite)
    return found
