"""Requests as agencies make them: submitted, decided where a person is asked, withdrawn."""

from __future__ import annotations

from collections.abc import Iterable
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
from passplan.formats.requests import book_tables, check_against
from passplan.service.access.roles import Actor, Capability, require
from passplan.service.contacts.lifecycle import cancel_all, event_value, move_request
from passplan.service.documents import canonical, digest, document_of, value_of
from passplan.service.network.revisions import current_network
from passplan.service.store import Guard, Store
from passplan.store import contacts, requests, small
from passplan.store.database import Connection, Transaction
from passplan.store.requests import StoredRequest

ABOVE_HIGH = (Priority.EMERGENCY, Priority.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What became of a request."""

    id: RequestId
    state: RequestState
    reason: Fact | None = None
    is_new: bool = True  # False: the very same was there


def submit(
    store: Store,
    book: RequestBook,
    *,
    key: str = "",
    guard: Guard | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[Submitted, ...]:
    """Take requests: all of them or, where one has a mistake, none.

    What is valid and covered by an agreement is accepted at once. A person is asked for an emergency, and where an
    agreement says so. With a key, asking again with the same book gives the same answer and does nothing. A guard looks
    at the store in the same transaction, and refuses by an error.

    Raises:
        InputError: for what the network does not have, or an id that another request has; for a book without requests.
        DeniedError: for another agency's request or group; for a class above "high", or a new time of a satellite,
            without the scheduler role.
        ConflictError: when the key was used for something else.
    """
    require(actor, Capability.SUBMIT_REQUEST)
    if not book.requests:
        raise InputError(Message("no_requests", "nothing is asked for: there is no request"))
    body = digest(canonical(book_tables(book)))

    def work(transaction: Transaction) -> tuple[Submitted, ...]:
        connection = transaction.connection
        if key and (known := small.answered(connection, scope_of(actor), key, body)) is not None:
            return tuple(_answered(item) for item in known)
        if guard is not None:
            guard(connection)
        _, network = current_network(connection)
        for item in book.requests:
            require(actor, Capability.SUBMIT_REQUEST, agencies=frozenset({item.agency}))
            if item.priority in ABOVE_HIGH:
                require(actor, Capability.SUBMIT_ABOVE_HIGH)
        _add_names(transaction, book, actor=actor, now=now)
        known_book = with_names(connection, book.requests)
        check_against(known_book, network, "the requests")
        asked = _who_is_asked(network, known_book)
        answer = tuple(
            _submit_one(transaction, store, item, asked[item.id], actor=actor, now=now) for item in book.requests
        )
        if key:
            small.remember(
                transaction,
                scope_of(actor),
                key,
                body,
                [
                    {"id": s.id, "state": s.state.value, "reason": event_value(s.reason), "is_new": s.is_new}
                    for s in answer
                ],
                now,
            )
        return answer

    return store.write(work)


def withdraw(
    store: Store,
    request_id: RequestId,
    *,
    reason: str = "",
    because: Fact | None = None,
    guard: Guard | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[Contact, ...]:
    """Take a request back. Its contacts to come are cancelled, but for those within the lead time, which stay.

    `reason` is what a person typed; `because` is why passplan does it.

    Returns:
        The contacts that stay.

    Raises:
        InputError: when there is no such request.
        ConflictError: when it is over.
    """

    def work(transaction: Transaction) -> tuple[Contact, ...]:
        found = _request(transaction.connection, request_id)
        require(actor, Capability.WITHDRAW_REQUEST, agencies=frozenset({found.agency}))
        if guard is not None:
            guard(transaction.connection)
        if found.state not in OPEN:
            raise ConflictError(
                Message(
                    "request_not_open",
                    'request "%(request)s" is %(state)s; there is nothing to withdraw',
                    request=found.id,
                    state=found.state.value,
                )
            )
        held = contacts.select(transaction.connection, states=HOLDING, requests=[request_id])
        bound = now + timedelta(seconds=store.settings.lead_s)
        stay = [c for c in held if c.assignment.contact.start < bound]
        gone = [c for c in held if c not in stay]
        why = because or note_of(reason)
        cancel_all(transaction, gone, ContactState.CANCELLED_BY_AGENCY, why or RequestWithdrawn(), actor=actor, now=now)
        state = _request(transaction.connection, request_id).state
        if state is RequestState.SATISFIED:
            move_request(transaction, request_id, state, RequestState.ACCEPTED, None, actor=actor, now=now)
            state = RequestState.ACCEPTED
        move_request(transaction, request_id, state, RequestState.WITHDRAWN, why, actor=actor, now=now)
        return tuple(c for c in stay if c.assignment.contact.end > now)

    return store.write(work)


def decide(
    store: Store,
    request_id: RequestId,
    *,
    accept: bool,
    reason: str = "",
    guard: Guard | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[AgencyId, ...]:
    """Accept or reject a request that a person is asked for. It is accepted when every owner that is asked says yes.

    An operator speaks for its own agency; a scheduler for all.

    Returns:
        The owners that are still asked.

    Raises:
        InputError: when there is no such request, or it is rejected without a reason.
        ConflictError: unless it waits for a decision.
        DeniedError: for whoever may not, and for an emergency for whoever submitted it: that takes two people.
    """
    if not accept and not reason:
        raise InputError(
            Message(
                "reject_reason_missing", 'request "%(request)s": give the reason why it is rejected', request=request_id
            )
        )

    def work(transaction: Transaction) -> tuple[AgencyId, ...]:
        connection = transaction.connection
        found = _request(connection, request_id)
        if guard is not None:
            guard(connection)
        if found.state is not RequestState.SUBMITTED:
            raise ConflictError(
                Message(
                    "request_not_asked",
                    'request "%(request)s" is %(state)s; nobody is asked',
                    request=found.id,
                    state=found.state.value,
                )
            )
        request = value_of(ContactRequest, found.document)
        _, network = current_network(connection)
        owners = approvers(network, request, with_names(connection, [request]))
        require(actor, Capability.DECIDE_REQUEST, agencies=owners)
        if request.priority is Priority.EMERGENCY:
            if not actor.has(Capability.DECIDE_EMERGENCY):
                raise DeniedError(
                    Message(
                        "emergency_by_schedulers",
                        "%(account)s is an %(role)s; emergencies are decided by schedulers",
                        account=actor.account,
                        role=actor.role.value,
                    )
                )
            if actor.account == found.submitted_by:
                raise DeniedError(
                    Message(
                        "emergency_second_person",
                        "%(account)s submitted it; an emergency takes a second person",
                        account=actor.account,
                    ),
                    hint=Hint.SECOND_PERSON,
                )
        if not accept:
            move_request(
                transaction, found.id, found.state, RequestState.REJECTED, note_of(reason), actor=actor, now=now
            )
            return ()
        speaks_for = owners if actor.has(Capability.DECIDE_FOR_EVERY_OWNER) else owners & {actor.agency}
        known = requests.approvals(connection).get(found.id, frozenset())
        for owner in sorted(speaks_for - known):
            requests.add_approval(transaction, found.id, owner, actor=actor.account, now=now)
        still = tuple(sorted(owners - known - speaks_for))
        if still:
            after = {"owners": sorted(speaks_for), "still": list(still), "reason": event_value(note_of(reason))}
            transaction.record(actor, now, "request.approved", f"request/{found.id}", after=after)
        else:
            move_request(
                transaction, found.id, found.state, RequestState.ACCEPTED, note_of(reason), actor=actor, now=now
            )
        return still

    return store.write(work)


def within_approvals(
    network: Network, request: ContactRequest, book: RequestBook, approved: frozenset[AgencyId]
) -> ContactRequest | None:
    """A request without the stations whose owner is asked and has not said yes; None: none is left.

    So a request that was accepted before an agreement asked anybody uses nothing that nobody has agreed to.
    """
    if not (missing := approvers(network, request, book) - approved):
        return request
    closed = {s.id for s in network.stations if s.agency in missing}
    arrays = tuple(a for a in request.arrays if not any(ref.station in closed for ref in a))
    named = request.stations or (() if request.arrays else tuple(s.id for s in network.stations))
    stations = tuple(name for name in named if station_of(name) not in closed)
    return replace(request, stations=stations, arrays=arrays) if stations or arrays else None


def satellite_times(store: Store) -> tuple[tuple[str, SatelliteTime], ...]:
    """The named times of satellites that came with requests, each with the short name by which it is taken back."""
    with store.database.read() as connection:
        documents = requests.satellite_times(connection)
    return tuple((digest(text)[:8], value_of(SatelliteTime, text)) for text in documents)


def drop_satellite_time(store: Store, name: str, *, actor: Actor, now: datetime) -> None:
    """Take back a named time of a satellite.

    Raises:
        InputError: when there is none of that short name.
    """
    require(actor, Capability.SATELLITE_TIMES)

    def work(transaction: Transaction) -> None:
        for text in requests.satellite_times(transaction.connection):
            if digest(text)[:8] == name:
                requests.forget_satellite_time(transaction, digest(text))
                transaction.record(actor, now, "satellite_time.dropped", f"satellite_time/{name}", before={"is": text})
                return
        raise InputError(
            Message("no_satellite_time", "there is no time %(time)r of a satellite", time=name),
            hint=Hint.LIST_SATELLITE_TIMES,
        )

    store.write(work)


def with_names(connection: Connection, asked: Iterable[ContactRequest]) -> RequestBook:
    """A book of requests with all groups and named times of the store."""
    return RequestBook(
        requests=tuple(asked),
        groups=tuple(value_of(RequestGroup, text) for text in requests.groups(connection)),
        satellite_times=tuple(value_of(SatelliteTime, text) for text in requests.satellite_times(connection)),
    )


def _answered(known: dict[str, Any]) -> Submitted:
    """What was answered to the same request before."""
    reason = fact_of(known["reason"]) if known["reason"] else None
    return Submitted(id=known["id"], state=RequestState(known["state"]), reason=reason, is_new=known["is_new"])


def _submit_one(
    transaction: Transaction, store: Store, item: ContactRequest, asked: Fact | None, *, actor: Actor, now: datetime
) -> Submitted:
    document = document_of(item)
    known = requests.get(transaction.connection, item.id)
    if item.group and not actor.has(Capability.JOIN_ANY_GROUP):
        strangers = requests.agencies_of_group(transaction.connection, item.group) - {item.agency}
        if strangers:
            raise DeniedError(
                Message(
                    "group_of_others",
                    'group "%(group)s" has requests of %(agencies)s; give yours another',
                    group=item.group,
                    agencies=tuple(sorted(strangers)),
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
        transaction,
        StoredRequest(
            id=item.id,
            agency=item.agency,
            state=RequestState.SUBMITTED,
            start=item.span.start,
            end=item.span.end,
            group=item.group,
            document=document,
            submitted=now,
            submitted_by=actor.account,
            changed=now,
        ),
    )
    transaction.record(
        actor,
        now,
        "request.submitted",
        f"request/{item.id}",
        after={"state": RequestState.SUBMITTED.value, "agency": item.agency, "sha256": digest(document)},
    )
    why: Fact | None
    if item.span.end <= now + timedelta(seconds=store.settings.lead_s):
        state, why = RequestState.REJECTED, SpanTooSoon()
    elif asked is not None:
        return Submitted(id=item.id, state=RequestState.SUBMITTED, reason=asked)
    else:
        state, why = RequestState.ACCEPTED, None
    move_request(transaction, item.id, RequestState.SUBMITTED, state, why, actor=actor, now=now)
    return Submitted(id=item.id, state=state, reason=why)


def _who_is_asked(network: Network, book: RequestBook) -> dict[RequestId, Fact | None]:
    """Why a person is asked for each request; None: nobody is."""
    asked: dict[RequestId, Fact | None] = {}
    for request in book.requests:
        owners = approvers(network, request, book)
        if request.priority is Priority.EMERGENCY:
            asked[request.id] = SecondPersonAsked()
        elif owners:
            asked[request.id] = OwnersAsked(owners=tuple(sorted(owners)))
        else:
            asked[request.id] = None
    return asked


def approvers(network: Network, request: ContactRequest, book: RequestBook) -> frozenset[str]:
    """The owners of stations that a request could use only by an agreement that says that they are asked."""
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


def _add_names(transaction: Transaction, book: RequestBook, *, actor: Actor, now: datetime) -> None:
    connection = transaction.connection
    there = {value_of(RequestGroup, text).id: text for text in requests.groups(connection)}
    for group in book.groups:
        document = document_of(group)
        if there.get(group.id, document) != document:
            raise InputError(
                Message(
                    "group_exists",
                    'group "%(group)s" is there already, and is another; give this one its own id',
                    group=group.id,
                )
            )
        requests.add_group(transaction, group.id, document)
    for time in book.satellite_times:
        document = document_of(time)
        if requests.add_satellite_time(transaction, digest(document), document):
            # It counts for everybody: one that blocks links takes them from all.
            require(actor, Capability.SATELLITE_TIMES)
            name = digest(document)[:8]
            transaction.record(actor, now, "satellite_time.added", f"satellite_time/{name}", after={"is": document})


def _request(connection: Connection, request_id: RequestId) -> StoredRequest:
    found = requests.get(connection, request_id)
    if found is None:
        raise InputError(
            Message("no_request_id", 'there is no request "%(request)s"', request=request_id), hint=Hint.LIST_REQUESTS
        )
    return found


def scope_of(actor: Actor) -> str:
    """Within what a key that comes with a request is known."""
    return f"submit/agency/{actor.agency}" if actor.agency else f"submit/account/{actor.account}"
