"""A service of some hours that tests of boards look at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from passplan.domain.contacts import ContactState
from passplan.domain.network import Agreement, Closure, Link, Satellite
from passplan.domain.requests import Repetition
from passplan.domain.roles import Role
from passplan.domain.rows.passes import ForecastPass
from passplan.domain.span import Span
from passplan.queries.day import day_board
from passplan.queries.pass_table import PassFilter, PassTable, pass_table
from passplan.queries.snapshot import SeenContact
from passplan.service.access.actors import Actor
from passplan.service.contacts import lifecycle as contacts
from passplan.service.network import revisions as networks
from passplan.service.operations.forecast import work_out_passes
from passplan.service.requests import submit as requesting
from passplan.store import passes as stored_passes
from tests.service.office import (
    ADMIN,
    ESA,
    JAXA,
    NETWORK,
    NOW,
    OPERATOR,
    SECOND,
    VIEWER,
    Office,
    ask,
)

NASA = Actor(account="nasa", role=Role.REQUESTER, agency="NASA")
EVERYBODY: tuple[Actor | None, ...] = (ADMIN, SECOND, ESA, JAXA, NASA, OPERATOR, VIEWER, None)
# ESA sees times at NASA's station and JAXA all at one of ESA's; there is a satellite of which nothing is known.
BOARDS_NETWORK = replace(
    NETWORK,
    stations=tuple(
        replace(
            s, closures=(Closure(span=Span(NOW + timedelta(hours=30), NOW + timedelta(hours=31)), note="painting"),)
        )
        if s.id == "KTU"
        else s
        for s in NETWORK.stations
    ),
    satellites=(
        replace(
            NETWORK.satellites[0], links=(Link(id="up", direction="uplink", band="S", capacity=2, frequency_hz=2.1e9),)
        ),
        Satellite(id="DARK", catalog_number=99_999, links=(Link(id="up", direction="uplink", band="S"),)),
    ),
    agreements=(
        Agreement(owner="NASA", user="ESA", stations=("WLP",), minutes_per_week=60.0),
        Agreement(owner="ESA", user="JAXA", stations=("MSP",), minutes_per_week=30.0, sees="all"),
    ),
)
OWNER = {s.id: s.agency for s in NETWORK.stations}


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


WHOLE = Span(at(-40.0), at(80.0))


@dataclass(slots=True)
class Desk:
    """A service of some hours, with the contacts that came of it."""

    office: Office

    @property
    def now(self) -> datetime:
        return self.office.now

    def table(self, actor: Actor | None = ADMIN, **asked: Any) -> PassTable:
        found = PassFilter(**{"start": WHOLE.start, "end": WHOLE.end, **asked})
        return pass_table(self.office.store, found, actor=actor, now=self.now)

    def rows(self) -> list[ForecastPass]:
        """Every pass that was worked out."""
        with self.office.store.database.read() as connection:
            return stored_passes.select(
                connection, stored_passes.PassQuery(start=WHOLE.start, end=WHOLE.end, most=10_000)
            )

    def contacts(self, *states: ContactState) -> list[SeenContact]:
        """Contacts with nothing hidden."""
        found = day_board(self.office.store, WHOLE, actor=ADMIN, now=self.now).contacts
        return [s for s in found if not states or s.contact.state in states]


def furnish(office: Office) -> Desk:
    """Requests of three agencies, two plans, a freeze, a contact that was cancelled and one that took place."""
    work_out_passes(office.store, actor=ADMIN, now=office.now)
    office.submit(
        ask("own-esa", hours=(1.0, 12.0)),
        ask("wlp-esa", hours=(0.0, 12.0), stations=("WLP",)),
        ask("late-esa", hours=(30.0, 48.0)),
        ask("own-jaxa", "JAXA", hours=(0.0, 24.0)),
        ask("msp-jaxa", "JAXA", hours=(24.0, 47.0), stations=("MSP",)),
        ask("own-nasa", "NASA", hours=(0.0, 12.0)),
        ask("two-nasa", "NASA", hours=(26.0, 48.0), repetition=Repetition(times=2, period="span")),
        ask("high-esa", min_elevation_deg=89.9),
        ask("high-jaxa", "JAXA", min_elevation_deg=89.9),
    )
    office.plan()
    office.freeze()
    first = min(office.contacts(ContactState.COMMITTED), key=lambda c: c.assignment.contact)
    office.now = first.assignment.contact.end + timedelta(minutes=1)
    contacts.report_outcome(office.store, first.id, ContactState.COMPLETED, actor=ADMIN, now=office.now)
    networks.record_outage(office.store, "RED", Span(at(60.0), at(61.0)), note="a storm", actor=ADMIN, now=office.now)
    office.submit(ask("new-nasa", "NASA", hours=(28.0, 48.0)), ask("new-esa", hours=(28.0, 48.0)))
    lost = office.contact("msp-jaxa")
    contacts.cancel(office.store, lost.id, reason="secret repairs", actor=ADMIN, now=office.now)
    requesting.withdraw(office.store, "msp-jaxa", actor=JAXA, now=office.now)
    office.plan()
    office.submit(ask("unseen-jaxa", "JAXA", hours=(30.0, 48.0)))
    return Desk(office)


def touching(row: ForecastPass, seen: Iterable[SeenContact]) -> list[SeenContact]:
    """The contacts in a pass, by looking at each."""
    return [
        s
        for s in seen
        if s.contact.assignment.satellite == row.satellite
        and any(name.station == row.station for name in s.contact.assignment.antennas)
        and s.contact.assignment.contact.start < row.los
        and row.aos < s.contact.assignment.contact.end
    ]


def leaked(shown: object, actor: Actor | None, *, also: Collection[str] = ()) -> list[str]:
    """The names of foreign requests that are in what is shown; `also` may be."""
    names = ["own-esa", "wlp-esa", "late-esa", "own-jaxa", "msp-jaxa", "own-nasa", "two-nasa", "high-esa", "high-jaxa"]
    names += ["new-nasa", "new-esa", "unseen-jaxa", "secret repairs"]
    if actor is not None and actor.role in (Role.SCHEDULER, Role.ADMINISTRATOR):
        return []
    own = actor.agency.lower() if actor is not None and actor.agency else "nobody"
    may = {*also, *(["secret repairs"] if "msp-jaxa" in also or own == "jaxa" else [])}
    text = repr(_fields_of(shown))
    return [n for n in names if n in text and not n.endswith(own) and n not in may]


def _fields_of(value: Any) -> Any:
    """A value with the fields of all values in it, also of those whose repr is a summary."""
    if is_dataclass(value):
        return {f.name: _fields_of(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return [(_fields_of(key), _fields_of(item)) for key, item in value.items()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_fields_of(item) for item in value]
    return value


def one(desk: Desk, request: str) -> tuple[SeenContact, ForecastPass]:
    """A request's contact, and its pass."""
    seen = next(s for s in desk.contacts() if s.contact.assignment.request == request)
    (row,) = [r for r in desk.rows() if touching(r, [seen])]
    return seen, row
