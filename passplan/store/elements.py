"""Element sets and ephemerides as received, the active set of each satellite, burns, and the states of the sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from passplan.domain.facts import dump_fact, load_message
from passplan.domain.messages import Message
from passplan.store.database import Transaction
from passplan.store.schema import element_choice, element_set, element_source, manoeuvre, microseconds, moment

_RECENT_US = 30 * 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSet:
    """An element set or an ephemeris in the store; its document is its JSON."""

    id: int
    catalog_number: int
    epoch: datetime
    source: str
    received: datetime
    document: str
    sha256: str
    quarantine: str = ""
    begins: datetime | None = None  # of an ephemeris, as the next one: the span that it covers
    ends: datetime | None = None

    @property
    def is_ephemeris(self) -> bool:
        """Whether it is an ephemeris."""
        return self.begins is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredManoeuvre:
    """A burn in the store."""

    id: int
    catalog_number: int
    time: datetime
    delta_v_m_s: float | None
    uncertainty_m_s: float | None
    name: str
    origin: str
    source: str
    recorded: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The active element set of a satellite."""

    set: StoredSet
    since: datetime
    pinned: bool  # by a person, until that is undone
    ahead: tuple[StoredSet, ...] = ()  # predicted sets, which serve from their epochs on; none beside a pinned one
    ephemerides: tuple[StoredSet, ...] = ()  # the newest, which serve where they cover a time; none beside a pinned one
    manoeuvres: tuple[StoredManoeuvre, ...] = ()  # since 30 days before the active set
    record: str = ""  # how the satellite's past sets came out, as JSON; empty: not known
    held: tuple[datetime, ...] = ()  # the epochs of sets in quarantine after the active set

    @property
    def sets(self) -> tuple[StoredSet, ...]:
        """The sets that serve from now on."""
        return (self.set, *self.ahead, *self.ephemerides)

    @property
    def ids(self) -> tuple[int, ...]:
        """Their ids."""
        return tuple(s.id for s in self.sets)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """The state of a source of element sets. Instants are real time."""

    name: str
    stopped: Message | None = None  # why it is not fetched until a person arms it again
    trouble: Message | None = None
    failures: int = 0
    attempt_us: int | None = None
    success_us: int | None = None
    next_us: int = 0
    etag: str = ""
    last_modified: str = ""
    sets: int = 0
    sha256: str = ""

    @property
    def attempt(self) -> datetime | None:
        """When it was last fetched."""
        return None if self.attempt_us is None else moment(self.attempt_us)

    @property
    def success(self) -> datetime | None:
        """When it last sent element sets."""
        return None if self.success_us is None else moment(self.success_us)

    @property
    def next(self) -> datetime:
        """The earliest time of the next fetch."""
        return moment(self.next_us)


def add(transaction: Transaction, new: Iterable[StoredSet]) -> list[StoredSet]:
    """Add the sets that the store does not have from their source; return the new ones, with their ids.

    A set ahead that its source sends again is received anew: it is not superseded by the others of that answer.
    """
    connection = transaction.connection
    added = []
    for item in new:
        same = sa.select(element_set.c.id).where(
            element_set.c.catalog_number == item.catalog_number,
            element_set.c.sha256 == item.sha256,
            element_set.c.source == item.source,
        )
        if (known := connection.execute(same).scalar()) is not None:
            if item.epoch > item.received:
                received = sa.update(element_set).where(element_set.c.id == known)
                connection.execute(received.values(received_us=microseconds(item.received)))
            continue
        values = {
            "catalog_number": item.catalog_number,
            "epoch_us": microseconds(item.epoch),
            "source": item.source,
            "received_us": microseconds(item.received),
            "document": item.document,
            "sha256": item.sha256,
            "quarantine": item.quarantine,
            "begins_us": None if item.begins is None else microseconds(item.begins),
            "ends_us": None if item.ends is None else microseconds(item.ends),
        }
        number = connection.execute(sa.insert(element_set).values(values).returning(element_set.c.id)).scalar_one()
        added.append(_with_id(item, int(number)))
    return added


def sets_of(
    connection: sa.Connection, catalog_number: int, *, until: datetime | None = None, most: int = 200
) -> list[StoredSet]:
    """A satellite's element sets with epochs until a moment, the newest epoch first."""
    query = (
        sa.select(element_set)
        .where(element_set.c.catalog_number == catalog_number, element_set.c.begins_us.is_(None))
        .order_by(element_set.c.epoch_us.desc(), element_set.c.id)
        .limit(most)
    )
    if until is not None:
        query = query.where(element_set.c.epoch_us <= microseconds(until))
    return [_stored(row) for row in connection.execute(query)]


def ephemerides_of(connection: sa.Connection, catalog_number: int, *, most: int = 20) -> list[StoredSet]:
    """A satellite's ephemerides, the newest first."""
    query = (
        sa.select(element_set)
        .where(element_set.c.catalog_number == catalog_number, element_set.c.begins_us.is_not(None))
        .order_by(element_set.c.epoch_us.desc(), element_set.c.id)
        .limit(most)
    )
    return [_stored(row) for row in connection.execute(query)]


def count(connection: sa.Connection) -> int:
    """The number of element sets."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(element_set)).scalar_one())


def get(connection: sa.Connection, set_id: int | None) -> StoredSet | None:
    """One set."""
    row = connection.execute(sa.select(element_set).where(element_set.c.id == set_id)).one_or_none()
    return None if row is None else _stored(row)


def choices(connection: sa.Connection) -> dict[int, Choice]:
    """The active element set, those ahead of it and the newest ephemerides, by catalogue number."""
    active = element_set.alias()
    is_active = element_set.c.id == active.c.id
    is_ahead = sa.and_(element_set.c.begins_us.is_(None), element_set.c.epoch_us > active.c.epoch_us)
    newest = element_set.alias()
    last_made = (
        sa.select(sa.func.max(newest.c.epoch_us))
        .where(
            newest.c.catalog_number == active.c.catalog_number,
            newest.c.begins_us.is_not(None),
            newest.c.quarantine == "",
        )
        .scalar_subquery()
    )
    is_newest = sa.and_(element_set.c.begins_us.is_not(None), element_set.c.epoch_us == last_made)
    is_held = sa.and_(is_ahead, element_set.c.quarantine != "")
    beside = sa.and_(sa.not_(element_choice.c.pinned), element_set.c.quarantine == "", sa.or_(is_ahead, is_newest))
    query = (
        sa.select(
            element_set,
            element_choice.c.since_us,
            element_choice.c.pinned,
            element_choice.c.record,
            is_active.label("is_active"),
        )
        .join(active, active.c.catalog_number == element_set.c.catalog_number)
        .join(element_choice, element_choice.c.element_set_id == active.c.id)
        .where(sa.or_(is_active, beside, is_held))
        .order_by(element_set.c.catalog_number, element_set.c.epoch_us, element_set.c.id)
    )
    chosen: dict[int, sa.Row[Any]] = {}
    ahead: dict[int, list[StoredSet]] = defaultdict(list)
    ephemerides: dict[int, list[StoredSet]] = defaultdict(list)
    held: dict[int, list[datetime]] = defaultdict(list)
    for row in connection.execute(query):
        if row.is_active:
            chosen[row.catalog_number] = row
        elif row.quarantine:
            held[row.catalog_number].append(moment(row.epoch_us))
        else:
            beside_it = ahead if row.begins_us is None else ephemerides
            beside_it[row.catalog_number].append(_stored(row))
    burns = _recent_manoeuvres(connection)
    return {
        number: Choice(
            set=_stored(row),
            since=moment(row.since_us),
            pinned=row.pinned,
            ahead=tuple(_not_superseded(ahead[number])),
            ephemerides=tuple(ephemerides[number]),
            manoeuvres=tuple(burns.get(number, ())),
            record=row.record,
            held=tuple(held[number]),
        )
        for number, row in chosen.items()
    }


def _recent_manoeuvres(connection: sa.Connection) -> dict[int, list[StoredManoeuvre]]:
    """The burns since 30 days before each satellite's active set, in order of time."""
    query = (
        sa.select(manoeuvre)
        .join(element_choice, element_choice.c.catalog_number == manoeuvre.c.catalog_number)
        .join(element_set, element_set.c.id == element_choice.c.element_set_id)
        .where(manoeuvre.c.time_us > element_set.c.epoch_us - _RECENT_US)
        .order_by(manoeuvre.c.time_us, manoeuvre.c.id)
    )
    found: dict[int, list[StoredManoeuvre]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.catalog_number].append(_manoeuvre(row))
    return found


def manoeuvres_of(
    connection: sa.Connection, catalog_number: int | None = None, *, since: datetime | None = None, most: int = 200
) -> list[StoredManoeuvre]:
    """The burns of a satellite, or of all, in order of time, the latest first."""
    query = sa.select(manoeuvre).order_by(manoeuvre.c.time_us.desc(), manoeuvre.c.id).limit(most)
    if catalog_number is not None:
        query = query.where(manoeuvre.c.catalog_number == catalog_number)
    if since is not None:
        query = query.where(manoeuvre.c.time_us >= microseconds(since))
    return [_manoeuvre(row) for row in connection.execute(query)]


def add_manoeuvre(transaction: Transaction, item: StoredManoeuvre) -> int:
    """Add a burn; return its number."""
    values = {
        f.name: getattr(item, f.name) for f in fields(StoredManoeuvre) if f.name not in ("id", "time", "recorded")
    }
    values |= {"time_us": microseconds(item.time), "recorded_us": microseconds(item.recorded)}
    query = sa.insert(manoeuvre).values(values).returning(manoeuvre.c.id)
    return int(transaction.connection.execute(query).scalar_one())


def delete_manoeuvre(transaction: Transaction, number: int) -> bool:
    """Delete a burn; whether there was one."""
    return bool(transaction.connection.execute(sa.delete(manoeuvre).where(manoeuvre.c.id == number)).rowcount)


def _manoeuvre(row: Any) -> StoredManoeuvre:
    return StoredManoeuvre(
        id=row.id,
        catalog_number=row.catalog_number,
        time=moment(row.time_us),
        delta_v_m_s=row.delta_v_m_s,
        uncertainty_m_s=row.uncertainty_m_s,
        name=row.name,
        origin=row.origin,
        source=row.source,
        recorded=moment(row.recorded_us),
    )


def _not_superseded(ahead: Sequence[StoredSet]) -> Iterator[StoredSet]:
    """Sets ahead without those of a source's earlier answers from where its last answer begins."""
    by_source: dict[str, list[StoredSet]] = defaultdict(list)
    for item in ahead:
        by_source[item.source].append(item)
    for item in ahead:
        of_source = by_source[item.source]
        last = max(s.received for s in of_source)
        if item.received == last or item.epoch < min(s.epoch for s in of_source if s.received == last):
            yield item


def sets_behind(connection: sa.Connection, choice: Choice, since: datetime) -> list[StoredSet]:
    """The sets that served a satellite from a moment on, before its active set; none beside a pinned one."""
    if choice.pinned:
        return []
    of_satellite = (
        element_set.c.catalog_number == choice.set.catalog_number,
        element_set.c.quarantine == "",
        element_set.c.begins_us.is_(None),
    )
    first = sa.select(sa.func.max(element_set.c.epoch_us)).where(
        *of_satellite, element_set.c.epoch_us <= microseconds(since)
    )
    query = (
        sa.select(element_set)
        .where(
            *of_satellite,
            element_set.c.epoch_us >= sa.func.coalesce(first.scalar_subquery(), microseconds(since)),
            element_set.c.epoch_us < microseconds(choice.set.epoch),
        )
        .order_by(element_set.c.epoch_us, element_set.c.id)
    )
    behind = [_stored(row) for row in connection.execute(query)]
    newest_us = max((microseconds(e.epoch) for e in choice.ephemerides), default=None)
    earlier = [] if newest_us is None else _ephemerides_before(connection, choice.set.catalog_number, newest_us, since)
    return behind + earlier


def _ephemerides_before(
    connection: sa.Connection, catalog_number: int, newest_us: int, since: datetime
) -> list[StoredSet]:
    """The ephemerides before the newest ones that cover a time after a moment: at most those of three answers."""
    query = (
        sa.select(element_set)
        .where(
            element_set.c.catalog_number == catalog_number,
            element_set.c.quarantine == "",
            element_set.c.ends_us > microseconds(since),
            element_set.c.epoch_us < newest_us,
        )
        .order_by(element_set.c.epoch_us.desc())
        .limit(3)
    )
    return [_stored(row) for row in connection.execute(query)]


def choose(
    transaction: Transaction, chosen: StoredSet, *, now: datetime, pinned: bool, record: str | None = None
) -> None:
    """Make a set the active one of its satellite from now on, with a new record or the present one."""
    connection = transaction.connection
    values: dict[str, Any] = {"element_set_id": chosen.id, "since_us": microseconds(now), "pinned": pinned}
    if record is not None:
        values["record"] = record
    number = element_choice.c.catalog_number == chosen.catalog_number
    if connection.execute(sa.update(element_choice).where(number).values(values)).rowcount == 0:
        connection.execute(sa.insert(element_choice).values(catalog_number=chosen.catalog_number, **values))


def source_states(connection: sa.Connection) -> dict[str, SourceState]:
    """The state of each source that was ever fetched, by name."""
    names = [f.name for f in fields(SourceState)]
    rows = connection.execute(sa.select(element_source).order_by(element_source.c.name)).mappings()
    return {row["name"]: SourceState(**{name: _cell(name, row[name]) for name in names}) for row in rows}


def _cell(name: str, value: Any) -> Any:
    return load_message(value) if name in ("stopped", "trouble") else value


def save_source(transaction: Transaction, state: SourceState) -> None:
    """Save the state of a source."""
    values: dict[str, Any] = {f.name: getattr(state, f.name) for f in fields(SourceState)}
    values |= {"stopped": dump_fact(state.stopped), "trouble": dump_fact(state.trouble)}
    connection = transaction.connection
    same = element_source.c.name == state.name
    if connection.execute(sa.update(element_source).where(same).values(values)).rowcount == 0:
        connection.execute(sa.insert(element_source).values(values))


def release(transaction: Transaction, numbers: Sequence[int]) -> None:
    """Take sets out of quarantine."""
    query = sa.update(element_set).where(element_set.c.id.in_(list(numbers))).values(quarantine="")
    transaction.connection.execute(query)


def forget_sets(transaction: Transaction, before: datetime) -> int:
    """Delete sets of before a moment, by their arrival and their epoch, that are not active; return how many."""
    query = sa.delete(element_set).where(
        element_set.c.received_us < microseconds(before),
        element_set.c.epoch_us < microseconds(before),
        element_set.c.id.not_in(sa.select(element_choice.c.element_set_id)),
    )
    return transaction.connection.execute(query).rowcount


def _stored(row: Any) -> StoredSet:
    return StoredSet(
        id=row.id,
        catalog_number=row.catalog_number,
        epoch=moment(row.epoch_us),
        source=row.source,
        received=moment(row.received_us),
        document=row.document,
        sha256=row.sha256,
        quarantine=row.quarantine,
        begins=None if row.begins_us is None else moment(row.begins_us),
        ends=None if row.ends_us is None else moment(row.ends_us),
    )


def _with_id(item: StoredSet, number: int) -> StoredSet:
    values = {f.name: getattr(item, f.name) for f in fields(StoredSet)}
    return StoredSet(**values | {"id": number})
