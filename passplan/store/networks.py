"""Numbered revisions of the network, its outages, and the resources that contacts can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from passplan.domain.facts import Closed, ClosureEnded, Fact, OutageEnded
from passplan.domain.facts import Outage as OutageFact
from passplan.domain.network import AntennaRef, StationOrAntenna, covers
from passplan.domain.schedule import Assignment
from passplan.store.database import Transaction
from passplan.store.schema import microseconds, moment, network_revision, outage, resource

OUTAGE_KINDS = ("outage", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRevision:
    """A network as the JSON document of its tables."""

    number: int
    at: datetime
    document: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A time in which a station, or one of its antennas, cannot be used: broken, or closed as planned."""

    id: int
    kind: str  # "outage" or "closed"
    station: str
    antenna: str  # "": all of the station's
    start: datetime
    end: datetime
    note: str

    @property
    def where(self) -> str:
        """The station, or its antenna."""
        return str(self.place)

    @property
    def place(self) -> StationOrAntenna:
        """What cannot be used: an antenna, or all of a station's."""
        return AntennaRef(self.station, self.antenna) if self.antenna else self.station

    @property
    def fact(self) -> Fact:
        """The reason of a contact that is cancelled because of it."""
        kind = OutageFact if self.kind == "outage" else Closed
        return kind(station=self.station, antenna=self.antenna, until=self.end, note=self.note)

    @property
    def ended(self) -> Fact:
        """The fact that it has ended."""
        kind = OutageEnded if self.kind == "outage" else ClosureEnded
        return kind(station=self.station, antenna=self.antenna)

    def touches(self, a: Assignment) -> bool:
        """Whether it overlaps an antenna of a contact while that antenna is occupied."""
        if a.occupies.end <= self.start or self.end <= a.occupies.start:
            return False
        return any(covers(self.place, ref) for ref in a.antennas)


def newest(connection: sa.Connection) -> int | None:
    """The number of the newest revision; None: there is none."""
    number: int | None = connection.execute(_NEWEST).scalar()
    return number


_NEWEST = sa.select(sa.func.max(network_revision.c.number))  # built once: it runs with every request to the server


def document(connection: sa.Connection, number: int) -> str:
    """The document of a revision."""
    query = sa.select(network_revision.c.document).where(network_revision.c.number == number)
    return str(connection.execute(query).scalar_one())


def current(connection: sa.Connection) -> NetworkRevision | None:
    """The newest revision; None: there is none yet."""
    query = sa.select(network_revision).order_by(network_revision.c.number.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return NetworkRevision(number=row.number, at=moment(row.at_us), document=row.document, sha256=row.sha256)


def add(transaction: Transaction, revision: NetworkRevision, resources: Mapping[str, str]) -> None:
    """Add a revision, and the resources (by name, with their kind) that no earlier revision had."""
    connection = transaction.connection
    connection.execute(
        sa.insert(network_revision).values(
            number=revision.number,
            at_us=microseconds(revision.at),
            document=revision.document,
            sha256=revision.sha256,
        )
    )
    known = set(connection.execute(sa.select(resource.c.name)).scalars())
    if new := [{"name": name, "kind": kind} for name, kind in sorted(resources.items()) if name not in known]:
        connection.execute(sa.insert(resource), new)


def resource_ids(connection: sa.Connection) -> dict[str, int]:
    """The id of each resource, by its name."""
    return {row.name: row.id for row in connection.execute(sa.select(resource))}


def add_outage(transaction: Transaction, new: Outage, *, now: datetime, actor: str) -> int:
    """Record an outage, and return the id that the store assigns; `new.id` is ignored."""
    values = {
        "kind": new.kind,
        "station": new.station,
        "antenna": new.antenna,
        "start_us": microseconds(new.start),
        "end_us": microseconds(new.end),
        "note": new.note,
        "recorded_us": microseconds(now),
        "actor": actor,
    }
    query = sa.insert(outage).values(values).returning(outage.c.id)
    return int(transaction.connection.execute(query).scalar_one())


def end_outage(transaction: Transaction, number: int, now: datetime) -> None:
    """End an outage now; one that has not begun becomes empty."""
    us = microseconds(now)
    values = {"start_us": sa.case((outage.c.start_us > us, us), else_=outage.c.start_us), "end_us": us}
    transaction.connection.execute(sa.update(outage).where(outage.c.id == number).values(values))


def outages(connection: sa.Connection, *, after: datetime | None = None) -> list[Outage]:
    """All recorded outages, or those that end after a moment."""
    query = sa.select(outage).order_by(outage.c.start_us, outage.c.id)
    if after is not None:
        query = query.where(outage.c.end_us > microseconds(after))
    return [_outage(row) for row in connection.execute(query)]


def _outage(row: sa.Row[tuple[object, ...]]) -> Outage:
    return Outage(
        id=row.id,
        kind=row.kind,
        station=row.station,
        antenna=row.antenna,
        start=moment(row.start_us),
        end=moment(row.end_us),
        note=row.note,
    )
