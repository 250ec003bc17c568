"""Asking for contact as people do: with an answer at once whether there is room, and with alternatives where not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from passplan.domain.contacts import HOLDING, OPEN
from passplan.domain.errors import ConflictError, DeniedError, InputError
from passplan.domain.requests import ContactRequest, RequestBook, RequestId
from passplan.domain.schedule import FreePlace
from passplan.formats.requests import book_tables, check_against
from passplan.service import requesting
from passplan.service.access import Actor, require
from passplan.service.alternatives import Look, look, require_still_free
from passplan.service.documents import canonical, digest, value_of
from passplan.service.networks import current_network
from passplan.service.requesting import Submitted, with_names
from passplan.service.stores import Store
from passplan.store import contacts, requests, small
from passplan.store.database import Connection

_TRIES = 3


class NoPlaceError(ConflictError):
    """There is no room for a request as it is asked; `look` has the nearest alternatives."""

    def __init__(self, look: Look) -> None:
        self.look = look
        super().__init__("; ".join(look.causes) or "there is no free place for it")


def check(store: Store, asked: ContactRequest, *, actor: Actor, now: datetime) -> Look:
    """Say what would become of a request, and take nothing.

    Raises:
        InputError, DeniedError: as `ask`.
    """
    require(actor, "submit request", agencies=frozenset({asked.agency}))
    with store.database.read() as connection:
        _, network = current_network(connection)
        check_against(with_names(connection, [asked]), network, "the request")
    return look(store, asked, now=now)


def ask(
    store: Store, asked: ContactRequest, *, wait: bool = False, key: str = "", actor: Actor, now: datetime
) -> Submitted:
    """Submit a request for which there is room now; with `wait` any, for the next plan may make room.

    Raises:
        NoPlaceError: when there is no room; nothing is taken.
        InputError, DeniedError, ConflictError: as `requesting.submit`.
    """
    book = RequestBook(requests=(asked,))
    with store.database.read() as connection:
        body = digest(canonical(book_tables(book)))
        is_known = bool(key) and small.answered(connection, requesting.scope_of(actor), key, body) is not None
        there = requests.get(connection, asked.id)
    if wait or is_known or there is not None:
        return requesting.submit(store, book, key=key, actor=actor, now=now)[0]
    for attempt in range(_TRIES):
        found = check(store, asked, actor=actor, now=now)
        if not found.as_asked and asked.span.start < found.looked_until:
            raise NoPlaceError(found)

        def guard(connection: Connection, found: Look = found) -> None:
            if found.as_asked:
                require_still_free(connection, found.as_asked, asked, now=now)

        try:
            return requesting.submit(store, book, key=key, guard=guard, actor=actor, now=now)[0]
        except ConflictError:
            if attempt + 1 == _TRIES:
                raise
    raise AssertionError


def take(
    store: Store, request_id: RequestId, place: FreePlace, *, key: str = "", actor: Actor, now: datetime
) -> Submitted:
    """Ask for a free place instead of what a request asks for, which is withdrawn.

    Raises:
        NoPlaceError: when the place is not free any more.
        InputError: when there is no such request, or the place is none of its alternatives.
        ConflictError: when the request is over, or has contacts.
    """
    with store.database.read() as connection:
        stored = requests.get(connection, request_id)
        if stored is None:
            raise InputError(f'there is no request "{request_id}"')
        held = contacts.select(connection, states=HOLDING, requests=[request_id])
        taken = {r.id for r in requests.select(connection)}
    require(actor, "submit request", agencies=frozenset({stored.agency}))
    require(actor, "withdraw request", agencies=frozenset({stored.agency}))
    if stored.state not in OPEN:
        raise ConflictError(f'request "{request_id}" is {stored.state.value}; make a new one')
    if held:
        raise ConflictError(f'request "{request_id}" has contacts; cancel them, or make a new request')
    asked = value_of(ContactRequest, stored.document)
    found = look(store, asked, now=now)
    offers = [*found.as_asked, *found.others]
    offer = next((o for o in offers if (o.place.antennas, o.place.contact) == (place.antennas, place.contact)), None)
    if offer is None:
        raise NoPlaceError(found)
    name = next(n for k in range(2, 1_000) if (n := f"{request_id[:58]}.{k}") not in taken)
    if asked.priority.value in ("critical", "emergency") and actor.role.value == "requester":
        raise DeniedError(f"{actor.account} is a requester; a {asked.priority.value} request is moved by schedulers")
    exact = offer.request(asked, name)
    answer = ask(store, exact, key=key, actor=actor, now=now)
    requesting.withdraw(store, request_id, reason=f"{name} takes its place", actor=actor, now=now)
    return replace(answer, id=name)
