"""Requests and their states, with the groups and satellite times that they refer to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from passplan.domain.contacts import OPEN, RequestState
from passplan.domain.facts import Fact, dump_fact, load_fact
from passplan.store.database import Transaction
from passplan.store.schema import approval, microseconds, moment, request, request_group, satellite_time

Decision = Literal["asked", "approved", "refused"]  # of an owner

_AT_ONCE = 500  # ids in a statement


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRequest:
    """A request in the store; its document is the JSON of a `ContactRequest`."""

    id: str
    agency: str
    state: RequestState
    reason: Fact | None = None  # why it is in its state
    start: datetime
    end: datetime
    group: str = ""
    document: str
    submitted: datetime
    submitted_by: str
    changed: datetime  # when it came into its state, or a contact of it was lost


def add(transaction: Transaction, new: StoredRequest) -> None:
    """Add a request in its first state."""
    transaction.connection.execute(
        sa.insert(request).values(
            id=new.id,
            agency=new.agency,
            state=new.state.value,
            reason=dump_fact(new.reason),
            start_us=microseconds(new.start),
            end_us=microseconds(new.end),
            group_id=new.group,
            document=new.document,
            submitted_us=microseconds(new.submitted),
            submitted_by=new.submitted_by,
            changed_us=microseconds(new.changed),
        )
    )


def set_state(
    transaction: Transaction, request_id: str, state: RequestState, now: datetime, reason: Fact | None = None
) -> None:
    """Set the state of a request; the database refuses transitions that are not in its table."""
    values = {"state": state.value, "reason": dump_fact(reason), "changed_us": microseconds(now)}
    transaction.connection.execute(sa.update(request).where(request.c.id == request_id).values(values))


def touch(transaction: Transaction, request_id: str, now: datetime) -> None:
    """Record that a request needs planning again, in its present state."""
    query = sa.update(request).where(request.c.id == request_id).values(changed_us=microseconds(now))
    transaction.connection.execute(query)


def get(connection: sa.Connection, request_id: str) -> StoredRequest | None:
    """One request."""
    row = connection.execute(sa.select(request).where(request.c.id == request_id)).one_or_none()
    return None if row is None else _stored(row)


def select(
    connection: sa.Connection,
    *,
    states: Iterable[RequestState] | None = None,
    agency: str = "",
    agencies: Iterable[str] | None = None,
    and_asked: bool = False,
    ids: Iterable[str] | None = None,
    starts_after: datetime | None = None,
    after: str = "",
    stem: str = "",
    most: int | None = None,
) -> list[StoredRequest]:
    """Requests in order of their ids: those after an id, those whose id begins with a stem, and so many at most.

    With `and_asked`, requests about which somebody is asked are selected beside those of `agencies`.
    """
    query = sa.select(request)
    if most is not None:
        query = query.order_by(request.c.id).limit(most)
    if states is not None:
        query = query.where(request.c.state.in_([s.value for s in states]))
    if agency:
        query = query.where(request.c.agency == agency)
    if agencies is not None:
        of_agencies = request.c.agency.in_(sorted(agencies))
        query = query.where(of_agencies | _WAITS if and_asked else of_agencies)
    if ids is not None:
        query = query.where(request.c.id.in_(sorted(ids)))
    if starts_after is not None:
        query = query.where(request.c.start_us >= microseconds(starts_after))
    if after:
        query = query.where(request.c.id > after)
    if stem:
        query = query.where(sa.func.substr(request.c.id, 1, len(stem)) == stem)
    rows = [_stored(row) for row in connection.execute(query)]
    # Ordered by the database, all would be read by their ids, and not by an index of the conditions.
    return rows if most is not None else sorted(rows, key=lambda r: r.id)


def agencies_of(connection: sa.Connection, ids: Iterable[str]) -> dict[str, str]:
    """The agency of each request."""
    names, agencies = sorted(ids), dict[str, str]()
    for k in range(0, len(names), _AT_ONCE):
        query = sa.select(request.c.id, request.c.agency).where(request.c.id.in_(names[k : k + _AT_ONCE]))
        agencies |= {row.id: row.agency for row in connection.execute(query)}
    return agencies


def by_time(
    connection: sa.Connection,
    *,
    over: bool,
    now: datetime,
    agencies: Iterable[str] | None = None,
    and_asked: bool = False,
    after: StoredRequest | None = None,
    most: int,
) -> list[StoredRequest]:
    """The open requests whose span has not ended, by its start; or all the others, the newest first.

    Args:
        connection: to the store.
        over: True: all others.
        now: mission time.
        agencies: of the requests; None: all.
        and_asked: with those about which somebody is asked, whatever their agency.
        after: only what follows this one in the list.
        most: the number of requests at most.
    """
    key = sa.tuple_(request.c.start_us, request.c.id)
    query = sa.select(request).where(~_is_current(now) if over else _is_current(now)).limit(most)
    # The sum keeps the database from reading all of history in the order of starts, to find what has not ended.
    order = (request.c.start_us.desc(), request.c.id.desc()) if over else (request.c.start_us + 0, request.c.id)
    query = query.order_by(*order)
    if agencies is not None:
        of_agencies = request.c.agency.in_(sorted(agencies))
        query = query.where(of_agencies | _WAITS if and_asked else of_agencies)
    if after is not None:
        last = sa.tuple_(sa.literal(microseconds(after.start)), sa.literal(after.id))
        query = query.where(key < last if over else key > last)
    return [_stored(row) for row in connection.execute(query)]


def current_counts(
    connection: sa.Connection, now: datetime, *, agencies: Iterable[str] | None = None
) -> dict[str, int]:
    """How many open requests there are whose span has not ended, by state."""
    query = sa.select(request.c.state).where(_is_current(now))
    if agencies is not None:
        query = query.where(request.c.agency.in_(sorted(agencies)))
    return Counter(connection.execute(query).scalars())


def _is_current(now: datetime) -> sa.ColumnElement[bool]:
    """Written so that the database reads by the end of spans: by state it would read all of history."""
    return (request.c.end_us > microseconds(now)) & request.c.state.concat("").in_([s.value for s in OPEN])


# Who was asked about a request that is over stays in the table.
_WAITS = (request.c.state == RequestState.SUBMITTED.value) | (
    request.c.state.in_([s.value for s in OPEN])
    & request.c.id.in_(sa.select(approval.c.request_id).where(approval.c.decision == "asked"))
)


def waiting(connection: sa.Connection) -> int:
    """The number of requests about which somebody is asked."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(request).where(_WAITS)).scalar_one())


def counts(connection: sa.Connection, *, since: datetime | None = None) -> dict[str, int]:
    """How many requests there are, by state: all, or those whose span ends after a moment."""
    if since is not None:
        query = sa.select(request.c.state).where(request.c.end_us > microseconds(since))
        return dict(sorted(Counter(connection.execute(query).scalars()).items()))
    query = sa.select(request.c.state, sa.func.count()).group_by(request.c.state).order_by(request.c.state)
    return {state: int(number) for state, number in connection.execute(query)}


def add_group(transaction: Transaction, group_id: str, document: str) -> bool:
    """Add a group; False where the store has the same one. The database refuses another group with the same id."""
    connection = transaction.connection
    stored = connection.execute(sa.select(request_group.c.document).where(request_group.c.id == group_id)).scalar()
    if stored == document:
        return False
    connection.execute(sa.insert(request_group).values(id=group_id, document=document))
    return True


def groups(connection: sa.Connection) -> list[str]:
    """The documents of all groups."""
    return list(connection.execute(sa.select(request_group.c.document).order_by(request_group.c.id)).scalars())


def add_satellite_time(transaction: Transaction, sha256: str, document: str) -> bool:
    """Add a named time of a satellite; False where the store has it."""
    connection = transaction.connection
    if connection.execute(sa.select(satellite_time.c.sha256).where(satellite_time.c.sha256 == sha256)).scalar():
        return False
    connection.execute(sa.insert(satellite_time).values(sha256=sha256, document=document))
    return True


def forget_satellite_time(transaction: Transaction, sha256: str) -> None:
    """Delete a named time."""
    transaction.connection.execute(sa.delete(satellite_time).where(satellite_time.c.sha256 == sha256))


def agencies_of_group(connection: sa.Connection, group_id: str) -> frozenset[str]:
    """The agencies of a group's requests."""
    query = sa.select(request.c.agency).where(request.c.group_id == group_id).distinct()
    return frozenset(connection.execute(query).scalars())


def set_decision(
    transaction: Transaction, request_id: str, owner: str, decision: Decision, *, actor: str, now: datetime
) -> None:
    """Record what an owner decided on the use of its stations by a request, or that it is asked."""
    same = (approval.c.request_id == request_id) & (approval.c.owner == owner)
    values = {"at_us": microseconds(now), "actor": actor, "decision": decision}
    connection = transaction.connection
    if connection.execute(sa.update(approval).where(same).values(values)).rowcount == 0:
        connection.execute(sa.insert(approval).values(request_id=request_id, owner=owner, **values))


def decisions(connection: sa.Connection, ids: Iterable[str]) -> dict[str, dict[str, Decision]]:
    """What owners decided, by request and owner."""
    found: dict[str, dict[str, Decision]] = {}
    names = sorted(ids)
    for k in range(0, len(names), _AT_ONCE):
        query = sa.select(approval).where(approval.c.request_id.in_(names[k : k + _AT_ONCE]))
        for row in connection.execute(query):
            found.setdefault(row.request_id, {})[row.owner] = row.decision
    return found


def asked(connection: sa.Connection, owner: str = "") -> frozenset[str]:
    """The open requests that an owner, or any, is asked about."""
    is_open = request.c.state.in_([s.value for s in OPEN])
    query = sa.select(approval.c.request_id).join(request, request.c.id == approval.c.request_id)
    query = query.where(approval.c.decision == "asked", is_open)
    if owner:
        query = query.where(approval.c.owner == owner)
    return frozenset(connection.execute(query).scalars())


def satellite_times(connection: sa.Connection) -> list[str]:
    """The documents of all named times."""
    return list(connection.execute(sa.select(satellite_time.c.document).order_by(satellite_time.c.sha256)).scalars())


def _stored(row: Any) -> StoredRequest:
    return StoredRequest(
        id=row.id,
        agency=row.agency,
        state=RequestState(row.state),
        reason=load_fact(row.reason),
        start=moment(row.start_us),
        end=moment(row.end_us),
        group=row.group_id,
        document=row.document,
        submitted=moment(row.submitted_us),
        submitted_by=row.submitted_by,
        changed=moment(row.changed_us),
    )
