"""The pass table: passes ahead, with what is booked in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.network import SatelliteId, StationId
from passplan.domain.rows.passes import ForecastPass, ListedPass
from passplan.domain.rows.service import ElementsRow
from passplan.domain.span import Span
from passplan.queries.snapshot import SeenContact, Snapshot, open_snapshot, seen_contacts
from passplan.service.access.actors import Actor
from passplan.service.store import Store
from passplan.store import passes as stored
from passplan.store.database import Connection
from passplan.store.passes import Line, PassQuery, Place
from passplan.store.schema import microseconds, moment

MOST = 500
TablePlace: TypeAlias = Place  # the place of a pass in the order of passes: AOS, satellite, station
LONGEST = timedelta(days=31)
SHOWS = ("all", "free", "booked", "mine")


@dataclass(frozen=True, slots=True, kw_only=True)
class PassFilter:
    """Which passes to select; an empty tuple does not limit them.

    Raises:
        InputError: for a span that is empty or longer than 31 days, an elevation outside 0 to 90, or another `show`.
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
    """Passes in order of AOS, with what explains an empty list."""

    filter: PassFilter
    rows: tuple[ListedPass, ...]
    total: int  # as requested, without regard to `show`
    next: Place | None  # after which more follow; None: there are no more
    elements: tuple[ElementsRow, ...]  # of the requested satellites
    later: ForecastPass | None  # where no row is shown: the next requested pass within 31 days after the span
    highest: ForecastPass | None  # where the table is empty: the highest pass, whatever the least elevation


def pass_table(store: Store, pass_filter: PassFilter, *, actor: Actor | None, now: datetime) -> PassTable:
    """The pass table for an actor.

    Raises:
        NotFoundError: for a satellite or a station that is not there.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        for name in pass_filter.satellites:
            snapshot.satellite(name)
        for name in pass_filter.stations:
            snapshot.station(name)
        lines, last = _lines(snapshot, connection, pass_filter)
        query = _query(pass_filter)
        total = stored.count(connection, query)
        highest = None if lines or not pass_filter.min_peak_elevation_deg else stored.highest(connection, query)
        later = None if lines else _later(snapshot, connection, pass_filter)
        overlaps = _overlaps(connection, [line for line, _ in lines])
        sets = snapshot.element_rows()
    owner = {s.id: s.agency for s in snapshot.network.stations}
    chosen = set(pass_filter.satellites)
    return PassTable(
        filter=pass_filter,
        rows=tuple(
            ListedPass(
                **stored.values_of(line),
                agency=owner.get(line.station, ""),
                contacts=tuple(s.row for s in seen),
                overlaps=tuple(names),
            )
            for (line, seen), names in zip(lines, overlaps, strict=True)
        ),
        total=total,
        next=last,
        later=later,
        elements=tuple(e for e in sets if not chosen or e.satellite in chosen),
        highest=highest,
    )


def place_of(row: ForecastPass) -> Place:
    """The place of a pass in the order of passes."""
    return microseconds(row.aos), row.satellite, row.station


def _place_of_line(line: Line) -> Place:
    return line.aos_us, line.satellite, line.station


Contacts = dict[tuple[SatelliteId, StationId], list[SeenContact]]


def _by_pass(seen: Iterable[SeenContact]) -> Contacts:
    contacts: Contacts = defaultdict(list)
    for s in seen:
        for station in dict.fromkeys(ref.station for ref in s.contact.assignment.antennas):
            contacts[s.contact.assignment.satellite, station].append(s)
    return contacts


def _contacts_of(snapshot: Snapshot, lines: Sequence[Line]) -> Contacts:
    """The contacts in passes; those at the edge of a span may lie outside it, as their passes do."""
    if not lines:
        return {}
    end = moment(max(line.los_us for line in lines))
    return _by_pass(seen_contacts(snapshot, start=moment(lines[0].aos_us), end=end))


def _lines(
    snapshot: Snapshot, connection: Connection, pass_filter: PassFilter
) -> tuple[list[tuple[Line, list[SeenContact]]], Place | None]:
    """The lines of the requested passes with their contacts, and the place after which more follow."""
    chosen: list[tuple[Line, list[SeenContact]]] = []
    query = replace(_query(pass_filter), most=pass_filter.most + 1)
    while True:
        page = stored.select_lines(connection, query)
        contacts = _contacts_of(snapshot, page)
        for line in page:
            candidates = contacts.get((line.satellite, line.station))
            inside = contacts_in(_span(line), candidates) if candidates else []
            if _is_shown(inside, pass_filter.show, snapshot.disclosure.agency):
                if len(chosen) == pass_filter.most:
                    return chosen, _place_of_line(chosen[-1][0])
                chosen.append((line, inside))
        if len(page) < query.most:
            return chosen, None
        query = replace(query, after=_place_of_line(page[-1]), most=2_000)


def _later(snapshot: Snapshot, connection: Connection, pass_filter: PassFilter) -> ForecastPass | None:
    later = replace(pass_filter, start=pass_filter.end, end=pass_filter.end + LONGEST, most=1, after=None)
    lines, _ = _lines(snapshot, connection, later)
    return stored.row_of(lines[0][0]) if lines else None


def contacts_in(span: Span, candidates: Iterable[SeenContact]) -> list[SeenContact]:
    """The contacts that lie in the span of a pass."""
    return [s for s in candidates if s.start < span.end and span.start < s.end]


def _span(line: Line) -> Span:
    return Span(moment(line.aos_us), moment(line.los_us))


def _is_shown(contacts: Sequence[SeenContact], show: str, agency: str) -> bool:
    held = [s for s in contacts if s.contact.holds]
    if show == "free":
        return not held
    if show == "booked":
        return bool(held)
    return show == "all" or any(s.request.agency == agency for s in contacts)


def _query(pass_filter: PassFilter) -> PassQuery:
    return PassQuery(
        start=pass_filter.start,
        end=pass_filter.end,
        satellites=pass_filter.satellites,
        stations=pass_filter.stations,
        min_peak_elevation_deg=pass_filter.min_peak_elevation_deg,
        after=pass_filter.after,
    )


def _overlaps(connection: Connection, lines: Sequence[Line]) -> list[list[str]]:
    """The passes at the time of each: stations that see the same satellite, and other satellites in sight there."""
    if not lines:
        return []
    spans = stored.spans(connection, lines[0].aos_us, max(line.los_us for line in lines))
    return [_names(line, spans) for line in lines]


def _names(line: Line, spans: stored.Spans) -> list[str]:
    here, at = line.satellite, line.station
    return [
        station if satellite == here else satellite
        for satellite, station in spans.touching(line.aos_us, line.los_us)
        if (satellite == here) != (station == at)
    ]
