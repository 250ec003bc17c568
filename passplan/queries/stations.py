"""A station: its equipment, when it cannot be used, its passes and contacts of a day, and the outcomes of contacts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from passplan.domain.contacts import OUTCOMES, ContactState
from passplan.domain.network import Closure, Station
from passplan.domain.roles import Capability
from passplan.domain.rows.network import OutageRow
from passplan.domain.rows.passes import ForecastPass
from passplan.domain.span import Span
from passplan.queries.listings import outage_row
from passplan.queries.pass_table import contacts_in
from passplan.queries.snapshot import SHOWN, SeenContact, open_snapshot, seen_contacts
from passplan.service.access.actors import Actor, may
from passplan.service.access.visibility import DisclosureLevel
from passplan.service.store import Store
from passplan.store import networks
from passplan.store import passes as stored
from passplan.store.passes import PassQuery

_OUTCOME_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class StationPass:
    """A pass over the station, with the contacts in it."""

    row: ForecastPass
    contacts: tuple[SeenContact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StationBoard:
    """One station, and a day there."""

    station: Station
    day: Span
    passes: tuple[StationPass, ...]
    contacts: tuple[SeenContact, ...]  # of the day
    closures: tuple[Closure, ...]  # of the network, to come
    outages: tuple[OutageRow, ...]  # recorded, those that ended over 30 days ago left out, the newest first
    outcomes: dict[ContactState, int]  # of the last 30 days, as far as contacts are seen
    silent: tuple[SeenContact, ...]  # contacts without a report
    may_change: bool  # whether the actor may record outages here


def station_board(store: Store, name: str, day: Span, *, actor: Actor | None, now: datetime) -> StationBoard:
    """A station's board for a day.

    Raises:
        NotFoundError: when there is no such station.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        station = snapshot.station(name)
        rows = stored.select(connection, PassQuery(start=day.start, end=day.end, stations=(name,), most=5_000))
        # A pass over midnight may have its contact on the other side of it.
        start = min([day.start, *(row.aos for row in rows)])
        end = max([day.end, *(row.los for row in rows)])
        near = seen_contacts(snapshot, start=start, end=end, stations=[name])
        seen = [s for s in near if s.contact.assignment.contact.overlaps(day)]
        is_disclosed = snapshot.disclosure.at_station(name) is DisclosureLevel.ALL
        since = now - timedelta(days=_OUTCOME_DAYS)
        outages = [
            o if is_disclosed else replace(o, note="")
            for o in networks.outages(connection, after=since)
            if o.station == name
        ]
        states = (*OUTCOMES, ContactState.UNREPORTED)
        over = seen_contacts(snapshot, states=states, start=since, end=now, stations=[name])
    return StationBoard(
        station=station,
        day=day,
        passes=tuple(StationPass(row=row, contacts=tuple(contacts_in(row.span, near))) for row in rows),
        contacts=tuple(s for s in seen if s.contact.state in SHOWN),
        closures=tuple(c if is_disclosed else replace(c, note="") for c in station.closures if c.span.end > now),
        outages=tuple(map(outage_row, sorted(outages, key=lambda o: o.start, reverse=True))),
        outcomes=dict(Counter(s.contact.state for s in over)),
        silent=tuple(s for s in over if s.contact.state is ContactState.UNREPORTED),
        may_change=may(actor, Capability.RECORD_OUTAGE, agencies=frozenset({station.agency})),
    )
