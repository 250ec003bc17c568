"""Requests of agencies: submitted, decided where an approval is needed, withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from passplan.domain.contacts import HOLDING, OPEN, Contact, ContactState, RequestState
from passplan.domain.errors import ConflictError, DeniedError, InputError
from passplan.domain.facts import (
    Fact,
    OwnersAsked,
    RequestWithdrawn,
    SecondPersonAsked,
    SpanTooSoon,
    fact_of,
    note_of,
)
from passplan.domain.hints import Hint
from passplan.domain.messages import Message
from passplan.domain.network import AgencyId, Network, SatelliteTime, station_of
from passplan.domain.requests import ContactRequest, Priority, RequestBook, RequestGroup, RequestId
from passplan.domain.roles import Capability
from passplan.formats.requests import book_tables, check_against
from passplan.service.access.actors import Actor
from passplan.service.contacts.lifecycle import cancel_all, event_value, move_request
from passplan.service.documents import canonical, digest, document_of, value_of
from passplan.service.network.revisions import current_network
from passplan.service.store import Guard, Store
from passplan.service.use_case import Change, Repeatable, use_case
from passplan.store import contacts, requests
from passplan.store.database import Connection
from passplan.store.requests import Decision, StoredRequest

ABOVE_HIGH = (Priority.EMERGENCY, Priority.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The result of submitting a request."""

    id: RequestId
    state: RequestState
    reason: Fact | None = None
    is_new: bool = True  # False: the store had the same request already


def scope_of(actor: Actor) -> str:
    """The scope of an idempotency key: the actor's agency, or its account where it has no agency."""
    return f"submit/agency/{actor.agency}" if actor.agency else f"submit/account/{actor.account}"


def body_sha256(book: RequestBook) -> str:
    """The hash of the request body for an idempotency key."""
    return digest(canonical(book_tables(book)))


def _dump_answer(answer: tuple[Submitted, ...]) -> list[dict[str, Any]]:
    return [{"id": s.id, "state": s.state.value, "reason": event_value(s.reason), "is_new": s.is_new} for s in answer]


def _load_answer(rows: list[dict[str, Any]]) -> tuple[Submitted, ...]:
    return tuple(
        Submitted(
            id=row["id"],
            state=RequestState(row["state"]),
            reason=fact_of(row["reason"]) if row["reason"] else None,
            is_new=row["is_new"],
        )
        for row in rows
    )


@use_case(
    Capability.SUBMIT_REQUEST,
    repeatable=Repeatable(scope=scope_of, body_sha256=body_sha256, dump=_dump_answer, load=_load_answer),
)
def submit(
    change: Change, book: RequestBook, /, *, key: str = "", guard: Guard | None = None, actor: Actor, now: datetime
) -> tuple[Submitted, ...]:
    """Add requests: all of them or, where one has a mistake, none.

    A valid request that an agreement covers is accepted at once. A person decides on an emergency, and an owner where
    an agreement requires approval; a request that other stations can serve is accepted meanwhile. With a key, the same
    book gives the same answer again and changes nothing. A guard checks the store in the same transaction, and raises
    to refuse.

    Raises:
        InputError: for names that the network does not have, an id of another request, or a book without requests.
        DeniedError: for another agency's request or group; for a class above "high", or a new time of a satellite,
            without the scheduler role.
        ConflictError: when the key was used for something else.
    """
    if not book.requests:
        raise InputError(Message("no_requests", "nothing is asked for: there is no request"))
    _, network = current_network(change.store.caches, change.connection)
    for item in book.requests:
        change.require(Capability.SUBMIT_REQUEST, agencies=frozenset({item.agency}))
        if item.priority in ABOVE_HIGH:
            change.require(Capability.SUBMIT_ABOVE_HIGH)
    _add_names(change, book)
    known_book = with_names(change.connection, book.requests)
    check_against(known_book, network, "the requests")
    return tuple(_submit_one(change, item, _asks(network, item, known_book)) for item in book.requests)


def _may_withdraw(change: Change, request_id: RequestId) -> None:
    agency = _request(change.connection, request_id).agency
    change.require(Capability.WITHDRAW_REQUEST, agencies=frozenset({agency}))


@use_case(_may_withdraw)
def withdraw(
    change: Change,
    request_id: RequestId,
    /,
    *,
    reason: str = "",
    because: Fact | None = None,
    guard: Guard | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[Contact, ...]:
    """Withdraw a request. Its future contacts are cancelled, except those within the lead time, which stay.

    `reason` is a text that a person typed; `because` is a reason of passplan.

    Returns:
        The contacts that stay.

    Raises:
        InputError: when there is no such request.
        ConflictError: when it is over.
    """
    request = _request(change.connection, request_id)
    if request.state not in OPEN:
        raise ConflictError(
            Message(
                "request_not_open",
                'request "%(request)s" is %(state)s; there is nothing to withdraw',
                request=request.id,
                state=request.state.value,
            )
        )
    held = contacts.select(change.connection, states=HOLDING, requests=[request_id])
    bound = now + timedelta(seconds=change.store.settings.lead_s)
    stay = [c for c in held if c.assignment.contact.start < bound]
    cancelled = [c for c in held if c not in stay]
    cause = because or note_of(reason)
    cancel_all(change, cancelled, ContactState.CANCELLED_BY_AGENCY, cause or RequestWithdrawn())
    state = _request(change.connection, request_id).state
    if state is RequestState.SATISFIED:
        move_request(change, request_id, state, RequestState.ACCEPTED, None)
        state = RequestState.ACCEPTED
    move_request(change, request_id, state, RequestState.WITHDRAWN, cause)
    return tuple(c for c in stay if c.assignment.contact.end > now)


@use_case()
def decide(
    change: Change,
    request_id: RequestId,
    /,
    *,
    accept: bool,
    reason: str = "",
    guard: Guard | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[AgencyId, ...]:
    """Accept or reject what a request asks of an owner, or of the network for an emergency.

    An operator decides for one agency; a scheduler decides for all. An owner that rejects takes its own stations out
    of the request. The request is accepted as soon as a station can serve it, and rejected when none can any more.

    Returns:
        The owners whose decision is missing.

    Raises:
        InputError: when there is no such request, or it is rejected without a reason.
        ConflictError: unless a decision is missing.
        DeniedError: for an actor that may not, and for an emergency for the account that submitted it: an emergency
            takes two people.
    """
    if not accept and not reason:
        raise InputError(
            Message(
                "reject_reason_missing", 'request "%(request)s": give the reason why it is rejected', request=request_id
            )
        )
    stored = _request(change.connection, request_id)
    request = value_of(ContactRequest, stored.document)
    _, network = current_network(change.store.caches, change.connection)
    book = with_names(change.connection, [request])
    owners = approvers(network, request, book)
    decided = requests.decisions(change.connection, [stored.id]).get(stored.id, {})
    asked = {owner for owner in owners if decided.get(owner, "asked") == "asked"}
    if stored.state is not RequestState.SUBMITTED and not (asked and stored.state in OPEN):
        raise ConflictError(
            Message(
                "request_not_asked",
                'request "%(request)s" is %(state)s; nobody is asked',
                request=stored.id,
                state=stored.state.value,
            )
        )
    change.require(Capability.DECIDE_REQUEST, agencies=owners)
    if request.priority is Priority.EMERGENCY:
        _require_second_person(actor, stored)
        if not accept:
            move_request(change, stored.id, stored.state, RequestState.REJECTED, note_of(reason))
            return ()
    decides_for = asked if actor.has(Capability.DECIDE_FOR_EVERY_OWNER) else asked & {actor.agency}
    decision: Decision = "approved" if accept else "refused"
    for owner in sorted(decides_for):
        requests.set_decision(change.transaction, stored.id, owner, decision, actor=actor.account, now=now)
        decided[owner] = decision
    missing = tuple(sorted(asked - decides_for))
    after = {"owners": sorted(decides_for), "still": list(missing), "reason": event_value(note_of(reason))}
    change.record("request.approved" if accept else "request.refused", f"request/{stored.id}", after=after)
    if stored.state is RequestState.SUBMITTED:
        if _can_be_served(network, request, book, decided) or (accept and not missing):
            move_request(change, stored.id, stored.state, RequestState.ACCEPTED, note_of(reason))
        elif not missing:
            move_request(change, stored.id, stored.state, RequestState.REJECTED, note_of(reason))
    elif accept and decides_for:
        requests.touch(change.transaction, stored.id, now)  # the daemon plans again: there are more stations
    return missing


def _can_be_served(
    network: Network, request: ContactRequest, book: RequestBook, decided: Mapping[AgencyId, Decision]
) -> bool:
    """Whether a station is left that needs no approval, or has it."""
    from passplan.windows.eligibility import Admissions

    approved = frozenset(owner for owner, decision in decided.items() if decision == "approved")
    narrowed = within_approvals(network, request, book, approved)
    if narrowed is None:
        return False
    return bool(Admissions(network, replace(book, requests=(narrowed,))).of(narrowed).choices)


def _require_second_person(actor: Actor, stored: StoredRequest) -> None:
    if not actor.has(Capability.DECIDE_EMERGENCY):
        raise DeniedError(
            Message(
                "emergency_by_schedulers",
                "%(account)s is an %(role)s; emergencies are decided by schedulers",
                account=actor.account,
                role=actor.role.value,
            )
        )
    if actor.account == stored.submitted_by:
        raise DeniedError(
            Message(
                "emergency_second_person",
                "%(account)s submitted it; an emergency takes a second person",
                account=actor.account,
            ),
            hint=Hint.SECOND_PERSON,
        )


def within_approvals(
    network: Network, request: ContactRequest, book: RequestBook, approved: frozenset[AgencyId]
) -> ContactRequest | None:
    """A request without the stations whose owner must approve and has not; None: no station is left.

    So a request that was accepted before an agreement required approval uses only approved stations.
    """
    if not (missing := approvers(network, request, book) - approved):
        return request
    closed = {s.id for s in network.stations if s.agency in missing}
    arrays = tuple(a for a in request.arrays if not any(ref.station in closed for ref in a))
    named = request.stations or (() if request.arrays else tuple(s.id for s in network.stations))
    stations = tuple(name for name in named if station_of(name) not in closed)
    return replace(request, stations=stations, arrays=arrays) if stations or arrays else None


def satellite_times(store: Store) -> tuple[tuple[str, SatelliteTime], ...]:
    """The named times of satellites that came with requests, each with the short name by which it is removed."""
    with store.database.read() as connection:
        documents = requests.satellite_times(connection)
    return tuple((digest(text)[:8], value_of(SatelliteTime, text)) for text in documents)


@use_case(Capability.SATELLITE_TIMES)
def drop_satellite_time(change: Change, name: str, /, *, actor: Actor, now: datetime) -> None:
    """Remove a named time of a satellite.

    Raises:
        InputError: when no time has that short name.
    """
    for text in requests.satellite_times(change.connection):
        if digest(text)[:8] == name:
            requests.forget_satellite_time(change.transaction, digest(text))
            change.record("satellite_time.dropped", f"satellite_time/{name}", before={"is": text})
            return
    raise InputError(
        Message("no_satellite_time", "there is no time %(time)r of a satellite", time=name),
        hint=Hint.LIST_SATELLITE_TIMES,
    )


def with_names(connection: Connection, selected: Iterable[ContactRequest]) -> RequestBook:
    """A book of requests with all groups and named times of the store."""
    return RequestBook(
        requests=tuple(selected),
        groups=tuple(value_of(RequestGroup, text) for text in requests.groups(connection)),
        satellite_times=tuple(value_of(SatelliteTime, text) for text in requests.satellite_times(connection)),
    )


def _submit_one(change: Change, item: ContactRequest, asks: _Asks) -> Submitted:
    document = document_of(item)
    known = requests.get(change.connection, item.id)
    if item.group and not change.actor.has(Capability.JOIN_ANY_GROUP):
        agencies = requests.agencies_of_group(change.connection, item.group)
        if agencies - {item.agency}:
            raise DeniedError(
                Message(
                    "group_of_others",
                    'group "%(group)s" has requests of another agency; give yours another group',
                    group=item.group,
                )
            )
    if known is not None:
        if known.document == document:
            return Submitted(id=item.id, state=known.state, reason=known.reason, is_new=False)
        raise InputError(
            Message(
                "request_exists",
                'request "%(request)s" is there already, and is another; give this one its own id',
                request=item.id,
            )
        )
    requests.add(
        change.transaction,
        StoredRequest(
            id=item.id,
            agency=item.agency,
            state=RequestState.SUBMITTED,
            start=item.span.start,
            end=item.span.end,
            group=item.group,
            document=document,
            submitted=change.now,
            submitted_by=change.actor.account,
            changed=change.now,
        ),
    )
    change.record(
        "request.submitted",
        f"request/{item.id}",
        after={"state": RequestState.SUBMITTED.value, "agency": item.agency, "sha256": digest(document)},
    )
    why: Fact | None
    if item.span.end <= change.now + timedelta(seconds=change.store.settings.lead_s):
        state, why = RequestState.REJECTED, SpanTooSoon()
    else:
        for owner in asks.owners:
            requests.set_decision(
                change.transaction, item.id, owner, "asked", actor=change.actor.account, now=change.now
            )
        if asks.waits:
            return Submitted(id=item.id, state=RequestState.SUBMITTED, reason=asks.reason)
        state, why = RequestState.ACCEPTED, asks.reason
    move_request(change, item.id, RequestState.SUBMITTED, state, why)
    return Submitted(id=item.id, state=state, reason=why)


@dataclass(frozen=True, slots=True)
class _Asks:
    """Who is asked about a request."""

    owners: tuple[AgencyId, ...]
    waits: bool  # whether it waits for the decision; otherwise it is planned at other stations meanwhile
    reason: Fact | None


def _asks(network: Network, request: ContactRequest, book: RequestBook) -> _Asks:
    owners = tuple(sorted(approvers(network, request, book)))
    if request.priority is Priority.EMERGENCY:
        return _Asks(owners, True, SecondPersonAsked())
    if not owners:
        return _Asks((), False, None)
    return _Asks(owners, not _can_be_served(network, request, book, {}), OwnersAsked(owners=owners))


def approvers(network: Network, request: ContactRequest, book: RequestBook) -> frozenset[str]:
    """The owners of stations that a request could use only by an agreement that requires approval."""
    from passplan.windows.eligibility import Admissions

    choices = Admissions(network, replace(book, requests=(request,))).of(request).choices
    used = {site.station.id: site.station.agency for choice in choices for site in choice.sites}
    return frozenset(
        owner
        for station, owner in used.items()
        if owner not in ("", request.agency)
        and (agreement := network.agreement(request.agency, station)) is not None
        and agreement.approval
    )


def _add_names(change: Change, book: RequestBook) -> None:
    stored = {value_of(RequestGroup, text).id: text for text in requests.groups(change.connection)}
    for group in book.groups:
        document = document_of(group)
        if stored.get(group.id, document) != document:
            raise InputError(
                Message(
                    "group_exists",
                    'group "%(group)s" is there already, and is another; give this one its own id',
                    group=group.id,
                )
            )
        requests.add_group(change.transaction, group.id, document)
    for time in book.satellite_times:
        document = document_of(time)
        if requests.add_satellite_time(change.transaction, digest(document), document):
            # It applies to every agency: a time that blocks links blocks them for all.
            change.require(Capability.SATELLITE_TIMES)
            change.record("satellite_time.added", f"satellite_time/{digest(document)[:8]}", after={"is": document})


def _request(connection: Connection, request_id: RequestId) -> StoredRequest:
    request = requests.get(connection, request_id)
    if request is None:
        raise InputError(
            Message("no_request_id", 'there is no request "%(request)s"', request=request_id), hint=Hint.LIST_REQUESTS
        )
    return request
