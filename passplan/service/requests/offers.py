"""Requests with an immediate answer: whether there is a free place, and the alternatives if there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from passplan.domain.contacts import HOLDING, OPEN
from passplan.domain.errors import ConflictError, DeniedError, InputError
from passplan.domain.facts import RequestReplaced
from passplan.domain.messages import Message
from passplan.domain.requests import ContactRequest, RequestBook, RequestGroup, RequestId
from passplan.domain.roles import Capability
from passplan.domain.schedule import FreePlace
from passplan.formats.requests import check_against
from passplan.service.access.actors import Actor, require
from passplan.service.documents import value_of
from passplan.service.network.revisions import current_network
from passplan.service.requests import submit as requesting
from passplan.service.requests.alternatives import Availability, TakenError, compute_availability, require_still_free
from passplan.service.requests.submit import Submitted, with_names
from passplan.service.store import Guard, Store
from passplan.store import contacts, requests, small
from passplan.store.database import Connection
from passplan.store.requests import StoredRequest

_TRIES = 3


class NoPlaceError(ConflictError):
    """There is no free place for a request; `look` has the nearest alternatives."""

    def __init__(self, availability: Availability) -> None:
        self.look = availability
        super().__init__(*availability.causes or (Message("no_place", "there is no free place for it"),))


def check(
    store: Store, request: ContactRequest, *, instead_of: RequestId = "", actor: Actor, now: datetime
) -> Availability:
    """Compute the free places of a request, and submit nothing.

    Raises:
        InputError, DeniedError: as `ask`.
    """
    require(actor, Capability.SUBMIT_REQUEST, agencies=frozenset({request.agency}))
    _require_addressable(request)
    with store.database.read() as connection:
        _, network = current_network(store.caches, connection)
        check_against(with_names(connection, [request]), network, "the request")
    return compute_availability(store, request, instead_of=instead_of, now=now)


def require_own_id(request: ContactRequest, actor: Actor) -> None:
    """Refuse an id that does not begin with the agency, of an actor who does not see all requests.

    Otherwise the answer that an id is taken would say that another agency has such a request.

    Raises:
        InputError: for such an id.
    """
    _require_addressable(request)
    is_own = actor.agency == request.agency and not actor.has(Capability.SEE_EVERYTHING)
    if is_own and not request.id.startswith(f"{actor.agency}-"):
        raise InputError(
            Message(
                "id_of_agency",
                'request "%(request)s": its id begins with %(agency)s-',
                request=request.id,
                agency=actor.agency,
            )
        )


def ask(
    store: Store,
    request: ContactRequest,
    *,
    wait: bool = False,
    key: str = "",
    guard: Guard | None = None,
    instead_of: RequestId = "",
    actor: Actor,
    now: datetime,
) -> Submitted:
    """Submit a request that has a free place now; with `wait` any request, because the next plan may free a place.

    With `instead_of`, the places for which that request waits are free.

    Raises:
        NoPlaceError: when there is no free place; nothing is submitted.
        InputError, DeniedError, ConflictError: as `requesting.submit`.
    """
    _require_addressable(request)
    with store.database.read() as connection:
        groups = (value_of(RequestGroup, text) for text in requests.groups(connection))
        book = RequestBook(requests=(request,), groups=tuple(g for g in groups if g.id == request.group))
        scope, body = requesting.scope_of(actor), requesting.body_sha256(book)
        is_known = bool(key) and small.answered(connection, scope, key, body) is not None
        stored = requests.get(connection, request.id)
    if wait or is_known or stored is not None:
        return requesting.submit(store, book, key=key, guard=guard, actor=actor, now=now)[0]
    for attempt in range(_TRIES):
        availability = check(store, request, instead_of=instead_of, actor=actor, now=now)
        if not availability.as_asked and request.span.start < availability.looked_until:
            raise NoPlaceError(availability)

        def require_free(connection: Connection, availability: Availability = availability) -> None:
            if guard is not None:
                guard(connection)
            if availability.as_asked:
                require_still_free(store, connection, availability.as_asked, request, instead_of=instead_of, now=now)

        try:
            return requesting.submit(store, book, key=key, guard=require_free, actor=actor, now=now)[0]
        except TakenError as error:  # compute again, with the new contacts
            if attempt + 1 == _TRIES:
                raise NoPlaceError(replace(availability, as_asked=(), causes=error.messages)) from None
    raise AssertionError


def _require_addressable(request: ContactRequest) -> None:
    """Raises: InputError for an id that cannot stand in an address: pages and API could not show the request."""
    if "/" in request.id or request.id in (".", ".."):
        raise InputError(
            Message(
                "request_id_slash",
                "id is %(id)r; it stands in addresses, so give it one without a slash",
                id=request.id[:64],
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
    """Request a free place in the place of an earlier request, which is withdrawn. A repeated call does nothing.

    Raises:
        NoPlaceError: when the place is no longer free.
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
        stem = f"{request_id[:58]}."
        named_alike = requests.select(connection, agency=stored.agency, stem=stem)
    require(actor, Capability.SUBMIT_REQUEST, agencies=frozenset({stored.agency}))
    require(actor, Capability.WITHDRAW_REQUEST, agencies=frozenset({stored.agency}))
    replacement = next((r for r in named_alike if r.state in OPEN and _asks_for(r, place)), None)
    if replacement is not None:
        if stored.state in OPEN:
            requesting.withdraw(store, request_id, because=RequestReplaced(by=replacement.id), actor=actor, now=now)
        return Submitted(id=replacement.id, state=replacement.state, reason=replacement.reason, is_new=False)
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
    request = value_of(ContactRequest, stored.document)
    availability = compute_availability(store, request, now=now)
    offers = [*availability.as_asked, *availability.others]
    offer = next((o for o in offers if (o.place.antennas, o.place.contact) == (place.antennas, place.contact)), None)
    if offer is None:
        raise NoPlaceError(availability)
    names = {r.id for r in named_alike}
    name = next(n for k in range(2, 1_000) if (n := f"{stem}{k}") not in names)
    if request.priority in requesting.ABOVE_HIGH and not actor.has(Capability.SUBMIT_ABOVE_HIGH):
        raise DeniedError(
            Message(
                "priority_moved_by_schedulers",
                "%(account)s is a %(role)s; a %(priority)s request is moved by schedulers",
                account=actor.account,
                role=actor.role.value,
                priority=request.priority.value,
            )
        )
    exact = offer.request(request, name)
    answer = ask(store, exact, key=key, guard=guard, instead_of=request_id, actor=actor, now=now)
    requesting.withdraw(store, request_id, because=RequestReplaced(by=name), actor=actor, now=now)
    return replace(answer, id=name)


def _asks_for(r: StoredRequest, place: FreePlace) -> bool:
    """Whether a request asks for exactly this place."""
    request = value_of(ContactRequest, r.document)
    antennas = request.arrays[0] if request.arrays else request.stations
    return request.leaves_no_choice and (request.span, antennas) == (place.contact, place.antennas)
