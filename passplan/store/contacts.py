"""Contacts, and the antennas and channels that they hold.

A contact holds each antenna with setup and teardown, and one channel of its link for the signal alone.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from passplan.domain.contacts import HOLDING, Contact, ContactId, ContactState
from passplan.domain.errors import ConflictError
from passplan.domain.facts import Fact, dump_fact, load_fact
from passplan.domain.messages import Message
from passplan.domain.network import AntennaRef
from passplan.domain.schedule import Assignment
from passplan.domain.span import Span
from passplan.store.database import Transaction
from passplan.store.networks import resource_ids
from passplan.store.schema import (
    CONTACT_LIMIT_US,
    HOLD_LIMIT_US,
    contact,
    hold,
    log_entry,
    microseconds,
    moment,
    report,
    request,
    resource,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """A log entry or a report of a contact."""

    at: datetime
    actor: str
    text: str
    outcome: str = ""  # of a report


Channels = Mapping[tuple[str, str], int]  # satellite and link -> how many it carries at once


def add(transaction: Transaction, assignments: Sequence[Assignment], revision: int, now: datetime) -> list[ContactId]:
    """Add scheduled contacts, which hold nothing yet; their ids in the same order."""
    if not assignments:
        return []
    connection = transaction.connection
    state = {"state": ContactState.SCHEDULED.value, "changed_us": microseconds(now)}
    connection.execute(sa.insert(contact), [state | _values(a, revision) for a in assignments])
    # Both databases return the ids of many inserted rows in any order; a request's part is scheduled once.
    added = sa.select(contact.c.request_id, contact.c.part, contact.c.id).where(
        contact.c.revision == revision, contact.c.state == ContactState.SCHEDULED.value
    )
    ids = {(row.request_id, row.part): int(row.id) for row in connection.execute(added)}
    return [ids[a.request, a.part] for a in assignments]


def move(transaction: Transaction, moved: Mapping[ContactId, Assignment], revision: int) -> None:
    """Move scheduled contacts; the caller replaces their holds."""
    if moved:
        query = sa.update(contact).where(contact.c.id == sa.bindparam("moved"))
        transaction.connection.execute(query, [{"moved": k} | _values(a, revision) for k, a in moved.items()])


def set_state(
    transaction: Transaction, contact_id: ContactId, state: ContactState, now: datetime, reason: Fact | None = None
) -> None:
    """Set the state of a contact; the database refuses transitions that are not in its table, and frees the holds."""
    values = {"state": state.value, "changed_us": microseconds(now), "reason": dump_fact(reason)}
    transaction.connection.execute(sa.update(contact).where(contact.c.id == contact_id).values(values))


def commit(transaction: Transaction, contact_id: ContactId, now: datetime, snapshot: str, sha256: str) -> None:
    """Freeze a contact, with the snapshot of the inputs that it was planned on."""
    values = {
        "state": ContactState.COMMITTED.value,
        "changed_us": microseconds(now),
        "snapshot": snapshot,
        "snapshot_sha256": sha256,
    }
    transaction.connection.execute(sa.update(contact).where(contact.c.id == contact_id).values(values))


def acknowledge(transaction: Transaction, contact_id: ContactId, account: str, now: datetime) -> None:
    """Record that an account has acknowledged a contact."""
    values = {"acknowledged_by": account, "acknowledged_us": microseconds(now)}
    transaction.connection.execute(sa.update(contact).where(contact.c.id == contact_id).values(values))


def add_report(
    transaction: Transaction, contact_id: ContactId, *, now: datetime, actor: str, outcome: str, note: str
) -> None:
    """Add a report of a contact's outcome."""
    values = {
        "contact_id": contact_id,
        "at_us": microseconds(now),
        "actor": actor,
        "outcome": outcome,
        "note": note,
    }
    transaction.connection.execute(sa.insert(report).values(values))


def add_log_entry(transaction: Transaction, contact_id: ContactId, *, now: datetime, actor: str, text: str) -> None:
    """Add an entry to a contact's log."""
    values = {"contact_id": contact_id, "at_us": microseconds(now), "actor": actor, "text": text}
    transaction.connection.execute(sa.insert(log_entry).values(values))


def log_of(connection: sa.Connection, contact_id: ContactId) -> list[LogEntry]:
    """The log entries and reports of a contact, in order of time."""
    written = connection.execute(sa.select(log_entry).where(log_entry.c.contact_id == contact_id))
    reported = connection.execute(sa.select(report).where(report.c.contact_id == contact_id))
    entries = [LogEntry(at=moment(row.at_us), actor=row.actor, text=row.text) for row in written]
    entries += [LogEntry(at=moment(r.at_us), actor=r.actor, text=r.note, outcome=r.outcome) for r in reported]
    return sorted(entries, key=lambda entry: entry.at)


def snapshot_of(connection: sa.Connection, contact_id: ContactId) -> str:
    """The inputs that a contact was planned on, as JSON; empty: it was not frozen."""
    return connection.execute(sa.select(contact.c.snapshot).where(contact.c.id == contact_id)).scalar() or ""


def replace_holds(transaction: Transaction, changed: Iterable[ContactId], channels: Channels) -> None:
    """Replace the holds of contacts by those of their present times, and reassign the channels of their links.

    Raises:
        ConflictError: when an antenna is taken, or a link carries too many at once. The transaction is then void.
    """
    connection = transaction.connection
    ids = sorted(set(changed))
    numbers = resource_ids(connection)
    # Transactions that assign channels of a link run one at a time: one must not read holds that another moves.
    links = {(c.assignment.satellite, c.assignment.link) for c in select(connection, ids=ids)}
    channel_ids = sorted(
        number for name, number in numbers.items() if tuple(name.partition("#")[0].split("/", 1)) in links
    )
    locked = sa.select(resource.c.id).where(resource.c.id.in_(channel_ids), resource.c.kind == "channel")
    connection.execute(locked.order_by(resource.c.id).with_for_update(key_share=True))
    renewed = {c.id: c for c in select(connection, ids=ids) if c.holds}
    connection.execute(sa.delete(hold).where(hold.c.contact_id.in_(ids)))
    rows: list[dict[str, Any]] = []
    for c in renewed.values():
        for antenna in c.assignment.antennas:
            if (name := str(antenna)) not in numbers:
                raise ConflictError(
                    Message(
                        "contact_no_antenna",
                        "%(contact)s: the network has no antenna %(antenna)s",
                        contact=_name(c),
                        antenna=name,
                    )
                )
            rows += _pieces(c.id, numbers[name], c.assignment.occupies)
    # In one order, so that two concurrent publications wait for each other and never deadlock.
    _insert_sorted(connection, rows)
    _assign_channels(connection, renewed, channels, numbers)


def get(connection: sa.Connection, contact_id: ContactId) -> Contact | None:
    """One contact."""
    return next(iter(select(connection, ids=[contact_id])), None)


def select(
    connection: sa.Connection,
    *,
    states: Iterable[ContactState] | None = None,
    ids: Iterable[ContactId] | None = None,
    requests: Iterable[str] | None = None,
    link: tuple[str, str] | None = None,
    ends_after: datetime | None = None,
    starts_before: datetime | None = None,
    changed_after: datetime | None = None,
    stations: Iterable[str] | None = None,
) -> list[Contact]:
    """Contacts in order of time; a link is given with its satellite: satellite, link."""
    query = sa.select(contact).order_by(contact.c.start_us, contact.c.id)
    if states is not None:
        query = query.where(contact.c.state.in_([s.value for s in states]))
    if ids is not None:
        query = query.where(contact.c.id.in_(list(ids)))
    if requests is not None:
        query = query.where(contact.c.request_id.in_(sorted(requests)))
    if link is not None:
        query = query.where(contact.c.satellite == link[0], contact.c.link == link[1])
    if ends_after is not None:
        after_us = microseconds(ends_after)
        query = query.where(contact.c.end_us > after_us, contact.c.start_us > after_us - CONTACT_LIMIT_US)
    if starts_before is not None:
        query = query.where(contact.c.start_us < microseconds(starts_before))
    if changed_after is not None:
        query = query.where(contact.c.changed_us > microseconds(changed_after))
    if stations is not None:
        query = query.where(contact.c.id.in_(_at_stations(stations, ends_after, starts_before)))
    return [_contact(row) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some of the contacts of requests: of each those that hold, the earliest first, and then the newest."""

    ids: list[ContactId]
    counts: dict[str, int]  # of all contacts of each request


def excerpt(connection: sa.Connection, requests: Iterable[str], most_each: int) -> Excerpt:
    """Choose the contacts that a list of requests shows.

    Args:
        connection: to the store.
        requests: their ids.
        most_each: the number of contacts of a request at most.
    """
    holding = frozenset(state.value for state in HOLDING)
    by_request: dict[str, list[tuple[bool, int, ContactId]]] = defaultdict(list)
    query = sa.select(contact.c.id, contact.c.request_id, contact.c.state, contact.c.start_us)
    for number, request_id, state, start_us in connection.execute(
        query.where(contact.c.request_id.in_(sorted(requests)))
    ):
        is_over = state not in holding
        by_request[request_id].append((is_over, -start_us if is_over else start_us, number))
    return Excerpt(
        ids=[number for candidates in by_request.values() for _, _, number in sorted(candidates)[:most_each]],
        counts={request_id: len(candidates) for request_id, candidates in by_request.items()},
    )


def _at_stations(
    stations: Iterable[str], ends_after: datetime | None, starts_before: datetime | None
) -> sa.Select[Any]:
    """The ids of contacts with antennas of stations, by their holds: those of final states stay in the table."""
    starts = [f"{name}/" for name in stations]
    at_one = [sa.func.substr(resource.c.name, 1, len(start)) == start for start in starts]
    antennas = sa.select(resource.c.id).where(resource.c.kind == "antenna", sa.or_(sa.false(), *at_one))
    query = sa.select(hold.c.contact_id).where(hold.c.resource_id.in_(antennas))
    if ends_after is not None:
        query = query.where(hold.c.start_us > microseconds(ends_after) - HOLD_LIMIT_US)
    if starts_before is not None:
        query = query.where(hold.c.start_us < microseconds(starts_before))
    return query


def counts(connection: sa.Connection, *, since: datetime | None = None) -> dict[str, int]:
    """How many contacts are in each state: all, or those that end after a moment."""
    query = sa.select(contact.c.state, sa.func.count()).group_by(contact.c.state).order_by(contact.c.state)
    if since is not None:
        states = [state.value for state in ContactState]  # named, so that the index of states and ends is used
        query = query.where(contact.c.state.in_(states), contact.c.end_us > microseconds(since))
    return {row[0]: row[1] for row in connection.execute(query)}


_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSum:
    """The contacts of an agency in one state that begin in one month."""

    month: datetime  # its first moment
    state: ContactState
    contacts: int
    duration_s: float


def month_sums(connection: sa.Connection, agency: str, months: Sequence[datetime]) -> list[MonthSum]:
    """The contacts of an agency by state and month, where their start is.

    Args:
        connection: to the store.
        agency: of the contacts.
        months: the first moments of consecutive months, the oldest first; the last one has no end.
    """
    first_us = microseconds(months[0])
    day = ((contact.c.start_us - first_us) // _DAY_US).label("day")  # fewer steps than a case for each month
    query = (
        sa.select(
            day,
            contact.c.state,
            sa.func.count().label("contacts"),
            sa.func.sum(contact.c.end_us - contact.c.start_us).label("duration_us"),
        )
        .join(request, request.c.id == contact.c.request_id)
        .where(request.c.agency == agency, request.c.end_us > first_us, contact.c.start_us >= first_us)
        .group_by(day, contact.c.state)
    )
    first_days = [(first - months[0]).days for first in months]
    sums: dict[tuple[int, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in connection.execute(query):
        key = bisect_right(first_days, row.day) - 1, row.state
        sums[key] = sums[key][0] + row.contacts, sums[key][1] + int(row.duration_us)
    return [
        MonthSum(month=months[k], state=ContactState(state), contacts=number, duration_s=duration_us / 1e6)
        for (k, state), (number, duration_us) in sums.items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """What operators have to do with contacts."""

    unacknowledged: int  # committed, not over, and not acknowledged
    unreported: int  # over within the time that was asked about, without a report
    next_start: datetime | None  # of the next committed contact


def attention(connection: sa.Connection, *, now: datetime, since: datetime) -> Attention:
    """What operators have to do with contacts; `unreported` counts those that have ended since a moment."""
    end_us, now_us = contact.c.end_us, microseconds(now)
    ahead = (contact.c.state == ContactState.COMMITTED) & (end_us > now_us)
    over = (contact.c.state == ContactState.UNREPORTED) & (end_us > microseconds(since))
    number = sa.select(sa.func.count()).select_from(contact)
    next_us = connection.execute(
        sa.select(sa.func.min(contact.c.start_us)).where(ahead, contact.c.start_us > now_us)
    ).scalar()
    return Attention(
        unacknowledged=connection.execute(number.where(ahead, contact.c.acknowledged_us.is_(None))).scalar_one(),
        unreported=connection.execute(number.where(over)).scalar_one(),
        next_start=None if next_us is None else moment(next_us),
    )


def overlaps(connection: sa.Connection, *, since: datetime | None = None) -> list[str]:
    """Resources that two contacts hold at the same time, computed without the guards; a sound store has none.

    Args:
        connection: to the store.
        since: only what is held after it.
    """
    other = hold.alias()
    query = (
        sa.select(resource.c.name, hold.c.contact_id, other.c.contact_id.label("other"))
        .join(hold, hold.c.resource_id == resource.c.id)
        .join(
            other,
            (other.c.resource_id == hold.c.resource_id)
            & (other.c.id > hold.c.id)
            & (other.c.start_us < hold.c.end_us)
            & (other.c.start_us > hold.c.start_us - HOLD_LIMIT_US)
            & (other.c.end_us > hold.c.start_us),
        )
        .where(hold.c.live, other.c.live)
    )
    if since is not None:
        since_us = microseconds(since)
        # No hold is longer than the limit: so the index bounds what is read.
        query = query.where(hold.c.end_us > since_us, hold.c.start_us > since_us - HOLD_LIMIT_US)
    return [f"{row.name}: contacts {row.contact_id} and {row.other} at once" for row in connection.execute(query)]


def holds_mismatch(connection: sa.Connection) -> list[str]:
    """Contacts whose holds do not match their state and times; a sound store has none."""
    held: dict[ContactId, list[tuple[str, str, int, int]]] = defaultdict(list)
    query = sa.select(hold.c.contact_id, resource.c.kind, resource.c.name, hold.c.start_us, hold.c.end_us)
    for row in connection.execute(query.join(resource, resource.c.id == hold.c.resource_id).where(hold.c.live)):
        held[row.contact_id].append((row.kind, row.name, row.start_us, row.end_us))
    mismatches = []
    for c in select(connection, states=HOLDING):
        a = c.assignment
        expected = [("antenna", str(ref), a.occupies) for ref in a.antennas]
        expected.append(("channel", f"{a.satellite}/{a.link}", a.contact))
        if _joined(held.pop(c.id, [])) != sorted(expected):
            mismatches.append(f"{_name(c)} does not hold what it occupies")
    return mismatches + [f"contact {number} is over and holds something" for number in sorted(held)]


def _joined(holds: list[tuple[str, str, int, int]]) -> list[tuple[str, str, Span]]:
    """Holds in order, with adjacent ones joined, and channels named by their link."""
    joined: list[tuple[str, str, int, int]] = []
    for kind, name, start, end in sorted(holds):
        if joined and joined[-1][:2] == (kind, name) and joined[-1][3] == start:
            start = joined.pop()[2]
        joined.append((kind, name, start, end))
    return sorted(
        (kind, name.partition("#")[0] if kind == "channel" else name, Span(moment(start), moment(end)))
        for kind, name, start, end in joined
    )


def _assign_channels(
    connection: sa.Connection, renewed: Mapping[ContactId, Contact], channels: Channels, numbers: Mapping[str, int]
) -> None:
    """The lowest free channel for each contact, in order of their starts.

    A contact keeps its channel if it can; channels are identical, so another channel is no change to it.
    """
    by_link: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for c in renewed.values():
        by_link[c.assignment.satellite, c.assignment.link].append(c.assignment.contact)
    rows: list[dict[str, Any]] = []
    for (satellite, link), spans in sorted(by_link.items()):
        first, last = min(span.start for span in spans), max(span.end for span in spans)
        users = _around(connection, satellite, link, first, last)
        channel_ids = [
            numbers[name]
            for k in range(1, channels.get((satellite, link), 0) + 1)
            if (name := f"{satellite}/{link}#{k}") in numbers
        ]
        if not channel_ids:
            raise ConflictError(
                Message("no_link", "the network has no link %(satellite)s/%(link)s", satellite=satellite, link=link)
            )
        connection.execute(
            sa.delete(hold).where(
                hold.c.contact_id.in_([c.id for c in users]),
                hold.c.resource_id.in_(sa.select(resource.c.id).where(resource.c.kind == "channel")),
            )
        )
        free_from: dict[int, datetime] = {}
        for c in users:
            span = c.assignment.contact
            number = next((n for n in channel_ids if n not in free_from or free_from[n] <= span.start), None)
            if number is None:
                raise ConflictError(
                    Message(
                        "link_full",
                        "%(contact)s: %(satellite)s/%(link)s carries %(capacity)s at once, and more are there then",
                        contact=_name(c),
                        satellite=satellite,
                        link=link,
                        capacity=len(channel_ids),
                    )
                )
            free_from[number] = span.end
            rows += _pieces(c.id, number, span)
    _insert_sorted(connection, rows)


def _around(connection: sa.Connection, satellite: str, link: str, first: datetime, last: datetime) -> list[Contact]:
    """Contacts that hold a channel of a link, joined by overlaps in time to some span."""
    while True:
        overlapping = select(connection, states=HOLDING, link=(satellite, link), ends_after=first, starts_before=last)
        start = min([first, *(c.assignment.contact.start for c in overlapping)])
        end = max([last, *(c.assignment.contact.end for c in overlapping)])
        if (start, end) == (first, last):
            return overlapping
        first, last = start, end


def _insert_sorted(connection: sa.Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.insert(hold), sorted(rows, key=lambda r: (r["resource_id"], r["start_us"])))


def _pieces(contact_id: ContactId, resource_id: int, span: Span) -> Iterator[dict[str, Any]]:
    """Holds of a span: one, or several end to end where it is longer than a day."""
    start, end = microseconds(span.start), microseconds(span.end)
    while start < end:
        stop = min(end, start + HOLD_LIMIT_US)
        yield {"contact_id": contact_id, "resource_id": resource_id, "start_us": start, "end_us": stop, "live": True}
        start = stop


def _values(a: Assignment, revision: int) -> dict[str, Any]:
    return {
        "request_id": a.request,
        "part": a.part,
        "satellite": a.satellite,
        "link": a.link,
        "antennas": json.dumps(list(map(str, a.antennas))),
        "start_us": microseconds(a.contact.start),
        "end_us": microseconds(a.contact.end),
        "occupied_from_us": microseconds(a.occupies.start),
        "occupied_to_us": microseconds(a.occupies.end),
        "revision": revision,
    }


@lru_cache(maxsize=4_096)
def _antennas(text: str) -> tuple[AntennaRef, ...]:
    """A list of antennas, of which a network has few."""
    return tuple(map(AntennaRef.parse, json.loads(text)))


def _contact(row: Any) -> Contact:
    return Contact(
        id=row.id,
        assignment=Assignment(
            contact=Span(moment(row.start_us), moment(row.end_us)),
            occupies=Span(moment(row.occupied_from_us), moment(row.occupied_to_us)),
            antennas=_antennas(row.antennas),
            request=row.request_id,
            part=row.part,
            satellite=row.satellite,
            link=row.link,
        ),
        state=ContactState(row.state),
        reason=load_fact(row.reason),
        revision=row.revision,
        acknowledged_by=row.acknowledged_by,
        acknowledged_at=None if row.acknowledged_us is None else moment(row.acknowledged_us),
    )


def _name(c: Contact) -> str:
    return f"contact {c.id} ({c.assignment.request}/{c.assignment.part})"
