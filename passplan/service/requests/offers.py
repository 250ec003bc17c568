"""Asking for contact as people do: with an answer at once whether there is room, and with alternatives where not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from passplan.domain.contacts import HOLDING, OPEN
from passplan.domain.errors import ConflictError, DeniedError, InputError
from passplan.domain.facts import RequestReplaced
from passplan.domain.messages import Message
from passplan.domain.requests import ContactRequest, RequestBook, RequestGroup, RequestId
from passplan.domain.schedule import FreePlace
from passplan.formats.requests import check_against
from passplan.service.access.roles import Actor, Capability, require
from passplan.service.documents import value_of
from passplan.service.network.revisions import current_network
from passplan.service.requests import submit as requesting
from passplan.service.requests.alternatives import Availability, TakenError, look, require_still_free
from passplan.service.requests.submit import Submitted, with_names
from passplan.service.store import Guard, Store
from passplan.store import contacts, requests, small
from passplan.store.database import Connection
from passplan.store.requests import StoredRequest

_TRIES = 3


class NoPlaceError(ConflictError):
    """There is no room for a request as it is asked; `look` has the nearest alternatives."""

    def __init__(self, look: Availability) -> None:
        self.look = look
        super().__init__(*look.causes or (Message("no_place", "there is no free place for it"),))


def check(
    store: Store, asked: ContactRequest, *, instead_of: RequestId = "", actor: Actor, now: datetime
) -> Availability:
    """Say what would become of a request, and take nothing.

    Raises:
        InputError, DeniedError: as `ask`.
    """
    require(actor, Capability.SUBMIT_REQUEST, agencies=frozenset({asked.agency}))
    _require_addressable(asked)
    with store.database.read() as connection:
        _, network = current_network(store.caches, connection)
        check_against(with_names(connection, [asked]), network, "the request")
    return look(store, asked, instead_of=instead_of, now=now)


def ask(
    store: Store,
    asked: ContactRequest,
    *,
    wait: bool = False,
    key: str = "",
    guard: Guard | None = None,
    instead_of: RequestId = "",
    actor: Actor,
    now: datetime,
) -> Submitted:
    """Submit a request for which there is room now; with `wait` any, for the next plan may make room.

    With `instead_of`, what that request waits for counts as free.

    Raises:
        NoPlaceError: when there is no room; nothing is taken.
        InputError, DeniedError, ConflictError: as `requesting.submit`.
    """
    _require_addressable(asked)
    with store.database.read() as connection:
        groups = (value_of(RequestGroup, text) for text in requests.groups(connection))
        book = RequestBook(requests=(asked,), groups=tuple(g for g in groups if g.id == asked.group))
        scope, body = requesting.scope_of(actor), requesting.body_sha256(book)
        is_known = bool(key) and small.answered(connection, scope, key, body) is not None
        there = requests.get(connection, asked.id)
    if wait or is_known or there is not None:
        return requesting.submit(store, book, key=key, guard=guard, actor=actor, now=now)[0]
    for attempt in range(_TRIES):
        found = check(store, asked, instead_of=instead_of, actor=actor, now=now)
        if not found.as_asked and asked.span.start < found.looked_until:
            raise NoPlaceError(found)

        def still(connection: Connection, found: Availability = found) -> None:
            if guard is not None:
                guard(connection)
            if found.as_asked:
                require_still_free(store, connection, found.as_asked, asked, instead_of=instead_of, now=now)

        try:
            return requesting.submit(store, book, key=key, guard=still, actor=actor, now=now)[0]
        except TakenError as error:  # look anew: now that is seen
            if attempt + 1 == _TRIES:
                raise NoPlaceError(replace(found, as_asked=(), causes=error.messages)) from None
    raise AssertionError


def _require_addressable(asked: ContactRequest) -> None:
    """Raises: InputError for an id that an address cannot have in it: pages and API would not find it again."""
    if "/" in asked.id or asked.id in (".", ".."):
        raise InputError(
            Message(
                "request_id_slash",
                "id is %(id)r; it stands in addresses, so give it one without a slash",
                id=asked.id[:64],
            )
        )


def take(
    store: Store,
    request_id: RequestId,
    place: FreePlace,
    *,
    key: str = "",
    guard: Guard | None = None,
    actor: Actor,
    now: datetime,
) -> Submitted:
    """Ask for a free place instead of what a request asks for, which is withdrawn. Doing it again does nothing.

    Raises:
        NoPlaceError: when the place is not free any more.
        InputError: when there is no such request, or the place is none of its alternatives.
        ConflictError: when the request is over, or has contacts.
    """
    with store.database.read() as connection:
        stored = requests.get(connection, request_id)
        if stored is None:
            raise InputError(Message("no_request_id", 'there is no request "%(request)s"', request=request_id))
        if guard is not None:
            guard(connection)
        held = contacts.select(connection, states=HOLDING, requests=[request_id])
        every = requests.select(connection)
    require(actor, Capability.SUBMIT_REQUEST, agencies=frozenset({stored.agency}))
    require(actor, Capability.WITHDRAW_REQUEST, agencies=frozenset({stored.agency}))
    stem = f"{request_id[:58]}."
    done = next((r for r in every if r.id.startswith(stem) and r.state in OPEN and _asks_for(r, place)), None)
    if done is not None and done.agency == stored.agency:
        if stored.state in OPEN:
            requesting.withdraw(store, request_id, because=RequestReplaced(by=done.id), actor=actor, now=now)
        return Submitted(id=done.id, state=done.state, reason=done.reason, is_new=False)
    if stored.state not in OPEN:
        raise ConflictError(
            Message(
                "request_closed",
                'request "%(request)s" is %(state)s; make a new one',
                request=request_id,
                state=stored.state.value,
            )
        )
    if held:
        raise ConflictError(
            Message(
                "request_has_contacts",
                'request "%(request)s" has contacts; cancel them, or make a new request',
                request=request_id,
            )
        )
    asked = value_of(ContactRequest, stored.document)
    found = look(store, asked, now=now)
    offers = [*found.as_asked, *found.others]
    offer = next((o for o in offers if (o.place.antennas, o.place.contact) == (place.antennas, place.contact)), None)
    if offer is None:
        raise NoPlaceError(found)
    taken = {r.id for r in every}
    name = next(n for k in range(2, 1_000) if (n := f"{stem}{k}") not in taken)
    if asked.priority in requesting.ABOVE_HIGH and not actor.has(Capability.SUBMIT_ABOVE_HIGH):
        raise DeniedError(
            Message(
                "priority_moved_by_schedulers",
                "%(account)s is a %(role)s; a %(priority)s request is moved by schedulers",
                account=actor.account,
                role=actor.role.value,
                priority=asked.priority.value,
            )
        )
    exact = offer.request(asked, name)
    answer = ask(store, exact, key=key, guard=guard, instead_of=request_id, actor=actor, now=now)
    requesting.withdraw(store, request_id, because=RequestReplaced(by=name), actor=actor, now=now)
    return replace(answer, id=name)


def _asks_for(r: StoredRequest, place: FreePlace) -> bool:
    """Whether a request is for this very place."""
    asked = value_of(ContactRequest, r.document)
    named = asked.arrays[0] if asked.arrays else asked.stations
    return asked.leaves_no_choice and (asked.span, named) == (place.contact, place.antennas)
