"""A small service to test: three agencies, four stations, the ISS of 2026-08-08, and a clock that is set by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from passplan import Elements, ElementSet
from passplan.domain.contacts import Contact, ContactState
from passplan.domain.network import Agency, Agreement, Antenna, Link, Network, Satellite, Station
from passplan.domain.requests import ContactRequest, RequestBook
from passplan.domain.roles import Role
from passplan.domain.span import Span
from passplan.orbit.sgp4_motion import sgp4_record
from passplan.service.access.actors import Actor
from passplan.service.contacts import lifecycle as contacts
from passplan.service.elements import sets as elements
from passplan.service.network import revisions as networks
from passplan.service.requests import submit as requesting
from passplan.service.requests.submit import Submitted
from passplan.service.schedule import drafting
from passplan.service.schedule import publishing as schedules
from passplan.service.schedule.publishing import Published
from passplan.service.settings import Settings
from passplan.service.store import Store
from passplan.store import contacts as stored_contacts
from passplan.store import events
from passplan.store import requests as stored_requests
from passplan.store.database import Database
from passplan.store.events import Event
from tests import sets

NOW = datetime(2026, 8, 8, 6, 0, tzinfo=UTC)
ADMIN = Actor(account="local", role=Role.ADMINISTRATOR, os_user="root")
SECOND = Actor(account="second", role=Role.SCHEDULER)
ESA = Actor(account="esa", role=Role.REQUESTER, agency="ESA")
JAXA = Actor(account="jaxa", role=Role.REQUESTER, agency="JAXA")
OPERATOR = Actor(account="wallops", role=Role.OPERATOR, agency="NASA")
VIEWER = Actor(account="guest", role=Role.VIEWER)


def station(name: str, agency: str, latitude_deg: float, longitude_deg: float, *antennas: str) -> Station:
    return Station(
        id=name,
        agency=agency,
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        min_elevation_deg=5.0,
        antennas=tuple(Antenna(id=a, bands=("S",), setup_s=120.0, teardown_s=60.0) for a in antennas),
    )


NETWORK = Network(
    agencies=(Agency(id="NASA"), Agency(id="ESA"), Agency(id="JAXA")),
    stations=(
        station("WLP", "NASA", 37.9, -75.5, "a", "b"),
        station("RED", "ESA", 50.0, 5.1, "a"),
        station("MSP", "ESA", 40.4, -4.2, "a"),
        station("KTU", "JAXA", 35.2, 140.3, "a"),
    ),
    satellites=(
        Satellite(
            id="ISS",
            catalog_number=25544,
            links=(Link(id="up", direction="uplink", band="S", capacity=2),),
        ),
    ),
    agreements=(
        Agreement(owner="NASA", user="ESA", stations=("WLP",), minutes_per_week=60.0),
        Agreement(owner="ESA", user="JAXA", stations=("MSP",), minutes_per_week=60.0, approval=True),
    ),
)


def ask(name: str, agency: str = "ESA", hours: tuple[float, float] = (0.0, 48.0), **changes: Any) -> ContactRequest:
    """An agency asks for three minutes at least, on its own stations unless told otherwise."""
    own = {"NASA": ("WLP",), "ESA": ("RED", "MSP"), "JAXA": ("KTU",)}
    asked = {
        "satellite": "ISS",
        "link": "up",
        "span": Span(NOW + timedelta(hours=hours[0]), NOW + timedelta(hours=hours[1])),
        "min_s": 180.0,
        "wanted_s": 300.0,
        "stations": own[agency],
    }
    return ContactRequest(id=name, agency=agency, **{**asked, **changes})


@dataclass(slots=True)
class Office:
    """A store, and the time in it."""

    store: Store
    now: datetime = NOW

    def clock(self) -> datetime:
        return self.now

    def later(self, hours: float) -> Office:
        """Let time pass."""
        self.now += timedelta(hours=hours)
        return self

    def submit(self, *requests: ContactRequest, actor: Actor = ADMIN, key: str = "") -> tuple[Submitted, ...]:
        return requesting.submit(self.store, RequestBook(requests=requests), key=key, actor=actor, now=self.now)

    def plan(self, lane: str = drafting.DAILY) -> Published:
        return schedules.plan_and_publish(self.store, lane=lane, actor=ADMIN, clock=self.clock, effort="quick")

    def overtaken(self, meanwhile: Callable[[], object], lane: str = drafting.DAILY) -> drafting.Draft:
        """A draft, after which something happens."""
        draft = drafting.draft(self.store, now=self.now, lane=lane, effort="quick")
        meanwhile()
        return draft

    def freeze(self) -> tuple[Contact, ...]:
        return contacts.freeze(self.store, actor=ADMIN, now=self.now)

    def add_elements(self, *found: ElementSet, source: str = "hand") -> elements.AddedElements:
        return elements.add_elements(self.store, Elements(found), source=source, actor=ADMIN, now=self.now)

    def contacts(self, *states: ContactState) -> list[Contact]:
        with self.store.database.read() as connection:
            return stored_contacts.select(connection, states=states or None)

    def contact(self, request: str) -> Contact:
        """The newest contact of a request."""
        with self.store.database.read() as connection:
            return max(stored_contacts.select(connection, requests=[request]), key=lambda c: c.id)

    def state(self, request: str) -> str:
        with self.store.database.read() as connection:
            found = stored_requests.get(connection, request)
        assert found is not None
        return found.state.value

    def events(self, object_: str = "") -> list[Event]:
        with self.store.database.read() as connection:
            return events.history(connection, object_)

    def actions(self, object_: str = "") -> list[str]:
        return [e.action for e in self.events(object_)]


def open_office(database: Database, folder: Path, *, network: Network = NETWORK, **settings: Any) -> Office:
    """A service with its network and the elements of the day."""
    chosen = Settings(**{"effort": "quick", "horizon_d": 2, "passes_d": 2, **settings})
    office = Office(Store(folder=folder, settings=chosen, database=database, instance="test"))
    networks.apply_network(office.store, network, actor=ADMIN, now=office.now)
    office.add_elements(sets.ISS)
    return office


def newer(hours: float = 24.0, **changes: Any) -> ElementSet:
    """The ISS so many hours later, on the path that its set predicts; or with other changes."""
    record = sgp4_record(sets.ISS)
    record.sgp4_tsince(0.0)
    kozai = record.no_kozai / record.nm
    record.sgp4_tsince(60.0 * hours)
    later = {
        "epoch": sets.ISS.epoch + timedelta(hours=hours),
        "mean_motion_rev_day": record.nm * kozai * 1440.0 / math.tau,
        "eccentricity": record.em,
        "ra_of_asc_node_deg": math.degrees(record.Om) % 360.0,
        "arg_of_pericenter_deg": math.degrees(record.om) % 360.0,
        "mean_anomaly_deg": math.degrees(record.mm) % 360.0,
    }
    return replace(sets.ISS, **{**later, **changes})


def turned(*hours: float, degrees: float) -> tuple[ElementSet, ...]:
    """Sets that agree with each other, and are so far along the orbit from what the ISS's set predicts."""
    return tuple(newer(h, mean_anomaly_deg=newer(h).mean_anomaly_deg + degrees) for h in hours)
