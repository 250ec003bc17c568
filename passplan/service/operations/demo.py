"""The demonstration store: the shipped network, elements and example requests, its clock at the elements' epoch."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from passplan.domain.contacts import RequestState
from passplan.domain.elements import STALE_AGE_LOW_ORBIT_S, Elements
from passplan.domain.errors import StaleElementsError
from passplan.domain.hints import Hint
from passplan.domain.messages import Message
from passplan.domain.network import Network
from passplan.domain.requests import RequestBook
from passplan.domain.roles import Role
from passplan.domain.span import Span
from passplan.formats.elements import load_elements
from passplan.formats.network import load_network
from passplan.formats.requests import load_requests
from passplan.resources import shipped
from passplan.service.access.accounts import save_account
from passplan.service.access.actors import Actor
from passplan.service.access.passwords import hash_password
from passplan.service.elements.sets import add_elements
from passplan.service.network.revisions import apply_network
from passplan.service.requests.submit import decide, submit
from passplan.service.store import Store, make_store
from passplan.store import accounts
from passplan.store.database import Transaction

_SETTINGS = """\
# Settings of a demonstration: nothing is fetched, plans are quick, and everybody on this machine may look.
effort = "quick"
backup_every_min = 0
public_view = true
"""
PASSWORD = "quiet orbit at dawn"  # noqa: S105 -- of demonstrations, which print it
_SECOND = Actor(account="second-person", role=Role.SCHEDULER)


def make_demonstration(folder: Path, elements: tuple[Path, ...], *, actor: Actor, real_now: datetime) -> Store:
    """Make a demonstration's store in an empty folder.

    With fresh `elements` the clock is real time; otherwise it is set back to the epoch of the shipped ones.

    Raises:
        StoreError: when there is a store already.
        StaleElementsError: when none of the elements is of a satellite of the network.
    """
    network = load_network(shipped("stations.toml"))
    sets = Elements(())
    for path in (*elements, shipped("tle")):
        sets += load_elements(path, now=real_now)
    numbers = {s.catalog_number for s in network.satellites}
    epochs = [s.epoch for s in sets if s.catalog_number in numbers]
    if not epochs:
        raise StaleElementsError(
            Message("demo_no_elements", "there are no elements of the network's satellites"), hint=Hint.GIVE_ELEMENTS
        )
    age_s = (real_now - max(epochs)).total_seconds()
    # A minute after the newest epoch, so that all epochs are past.
    offset_s = -round(age_s) + 60.0 if age_s > STALE_AGE_LOW_ORBIT_S else 0.0
    store = make_store(folder, clock_offset_s=offset_s, demo=True, settings_text=_SETTINGS)
    now = store.mission_time(real_now)
    apply_network(store, network, actor=actor, now=now)
    add_elements(store, sets, source="shipped", actor=actor, now=now)
    make_demonstration_accounts(store, network, actor=actor, now=now, real_now=real_now)
    for item in submit(store, _from_then_on(load_requests(shipped("requests.toml")), now), actor=actor, now=now):
        if item.state is RequestState.SUBMITTED:
            decide(store, item.id, accept=True, reason="for the demonstration", actor=_SECOND, now=now)
    return store


def sign_in_names(store: Store) -> tuple[tuple[str, str], ...]:
    """The accounts of a demonstration that sign in with its password, each with its role."""
    with store.database.read() as connection:
        by_name = accounts.accounts(connection)
        with_password = accounts.accounts_with_password(connection)
    return tuple(
        (a.name, f"{a.role}{f' of {a.agency}' if a.agency else ''}")
        for a in by_name.values()
        if a.name in with_password and a.active
    )


def make_demonstration_accounts(
    store: Store, network: Network, *, actor: Actor, now: datetime, real_now: datetime
) -> None:
    """A requester of each agency, an operator of the first, and one of each role that has no agency.

    All sign in with `PASSWORD`.
    """
    names_and_roles = [(a.id.lower(), Role.REQUESTER, a.id) for a in network.agencies]
    names_and_roles += [("operator", Role.OPERATOR, a.id) for a in network.agencies[:1]]
    names_and_roles += [
        ("viewer", Role.VIEWER, ""),
        ("scheduler", Role.SCHEDULER, ""),
        ("admin", Role.ADMINISTRATOR, ""),
    ]
    for name, role, agency in names_and_roles:
        save_account(store, name, role, agency=agency, actor=actor, now=now)
    hashed = hash_password(PASSWORD)

    def set_passwords(transaction: Transaction) -> None:
        for name, _, _ in names_and_roles:
            accounts.set_password(transaction, name, hashed, one_time=False, real_now=real_now)

    store.database.write(set_passwords)


def _from_then_on(book: RequestBook, now: datetime) -> RequestBook:
    """The example requests, moved by a number of days so that the first one begins after a moment."""
    first = min(r.span.start for r in book.requests)
    shift = timedelta(days=math.ceil((now - first) / timedelta(days=1)))

    def moved(span: Span) -> Span:
        return Span(span.start + shift, span.end + shift)

    return replace(
        book,
        requests=tuple(replace(r, span=moved(r.span)) for r in book.requests),
        satellite_times=tuple(t if t.span is None else replace(t, span=moved(t.span)) for t in book.satellite_times),
    )
