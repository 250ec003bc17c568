"""Element sets as received, the active set of each satellite, and the states of the sources."""

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
from passplan.store.schema import element_choice, element_set, element_source, microseconds, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSet:
    """An element set in the store; its document is the JSON of an `ElementSet`."""

    id: int
    catalog_number: int
    epoch: datetime
    source: str
    received: datetime
    document: str
    sha256: str
    quarantine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The active element set of a satellite."""

    set: StoredSet
    since: datetime
    pinned: bool  # by a person, until that is undone
    ahead: tuple[StoredSet, ...] = ()  # predicted sets, which serve from their epochs on; none beside a pinned one

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of the sets that serve from now on."""
        return tuple(s.id for s in (self.set, *self.ahead))


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
        }
        number = connection.execute(sa.insert(element_set).values(values).returning(element_set.c.id)).scalar_one()
        added.append(_with_id(item, int(number)))
    return added


def sets_of(
    connection: sa.Connection, catalog_number: int, *, until: datetime | None = None, most: int = 200
) -> list[StoredSet]:
    """A satellite's sets with epochs until a moment, the newest epoch first."""
    query = (
        sa.select(element_set)
        .where(element_set.c.catalog_number == catalog_number)
        .order_by(element_set.c.epoch_us.desc(), element_set.c.id)
        .limit(most)
    )
    if until is not None:
        query = query.where(element_set.c.epoch_us <= microseconds(until))
    return [_stored(row) for row in connection.execute(query)]


def count(connection: sa.Connection) -> int:
    """The number of element sets."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(element_set)).scalar_one())


def get(connection: sa.Connection, set_id: int | None) -> StoredSet | None:
    """One set."""
    row = connection.execute(sa.select(element_set).where(element_set.c.id == set_id)).one_or_none()
    return None if row is None else _stored(row)


def choices(connection: sa.Connection) -> dict[int, Choice]:
    """The active element set and those ahead of it, by catalogue number."""
    active = element_set.alias()
    is_active = element_set.c.id == active.c.id
    is_ahead = sa.and_(
        sa.not_(element_choice.c.pinned),
        element_set.c.epoch_us > active.c.epoch_us,
        element_set.c.quarantine == "",
    )
    query = (
        sa.select(element_set, element_choice.c.since_us, element_choice.c.pinned, is_active.label("is_active"))
        .join(active, active.c.catalog_number == element_set.c.catalog_number)
        .join(element_choice, element_choice.c.element_set_id == active.c.id)
        .where(sa.or_(is_active, is_ahead))
        .order_by(element_set.c.catalog_number, element_set.c.epoch_us, element_set.c.id)
    )
    chosen: dict[int, sa.Row[Any]] = {}
    ahead: dict[int, list[StoredSet]] = defaultdict(list)
    for row in connection.execute(query):
        if row.is_active:
            chosen[row.catalog_number] = row
        else:
            ahead[row.catalog_number].append(_stored(row))
    return {
        number: Choice(
            set=_stored(row),
            since=moment(row.since_us),
            pinned=row.pinned,
            ahead=tuple(_not_superseded(ahead[number])),
        )
        for number, row in chosen.items()
    }


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
    of_satellite = (element_set.c.catalog_number == choice.set.catalog_number, element_set.c.quarantine == "")
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
    return [_stored(row) for row in connection.execute(query)]


def choose(transaction: Transaction, chosen: StoredSet, *, now: datetime, pinned: bool) -> None:
    """Make a set the active one of its satellite from now on."""
    connection = transaction.connection
    values = {"element_set_id": chosen.id, "since_us": microseconds(now), "pinned": pinned}
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
    )


def _with_id(item: StoredSet, number: int) -> StoredSet:
    values = {f.name: getattr(item, f.name) for f in fields(StoredSet)}
    return StoredSet(**values | {"id": number})
