"""An agency: what it asked for, was given and used, by month, against its agreements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from passplan.domain.contacts import GIVEN, Contact
from passplan.domain.errors import NotFoundError
from passplan.domain.messages import Message
from passplan.domain.network import Agency, Station
from passplan.domain.requests import ContactRequest
from passplan.domain.rows.network import MonthRow
from passplan.domain.schedule import AgencyShare
from passplan.queries.day import share_of
from passplan.queries.snapshot import Snapshot, open_snapshot
from passplan.service.access.roles import Actor
from passplan.service.contacts.usage import AgreementWeek, agreement_weeks, monday_of, months
from passplan.service.store import Store
from passplan.store import contacts, requests


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyBoard:
    """One agency. Months and weeks are for those who may see its requests."""

    agency: Agency
    stations: tuple[Station, ...]
    share: AgencyShare | None  # of the newest plan
    is_seen: bool  # whether its requests may be seen
    months: tuple[MonthRow, ...]
    uses: tuple[AgreementWeek, ...]  # agreements that let it use others' stations, this week
    grants: tuple[AgreementWeek, ...]  # agreements that let others use its stations


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyLine:
    """One agency in the list of all."""

    agency: Agency
    stations: tuple[Station, ...]
    share: AgencyShare | None  # of the newest plan


def agency_list(store: Store, *, actor: Actor | None, now: datetime) -> tuple[AgencyLine, ...]:
    """All agencies, as the network has them."""
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
    fairness = snapshot.plan.schedule.fairness if snapshot.plan is not None else None
    return tuple(
        AgencyLine(
            agency=agency,
            stations=tuple(s for s in snapshot.network.stations if s.agency == agency.id),
            share=share_of(fairness, agency.id),
        )
        for agency in snapshot.network.agencies
    )


def agency_board(store: Store, name: str, *, actor: Actor | None, now: datetime) -> AgencyBoard:
    """An agency's board.

    Raises:
        NotFoundError: when there is no such agency.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        agency = next((a for a in snapshot.network.agencies if a.id == name), None)
        if agency is None:
            raise NotFoundError(Message("no_agency", "there is no agency %(agency)r", agency=name))
        is_seen = snapshot.disclosure.sees_requests_of(name)
        given = _given(snapshot) if is_seen else []
        own = [snapshot.request(r) for r in requests.select(connection, agency=name)] if is_seen else []
    plan = snapshot.plan
    monday = monday_of(now)
    return AgencyBoard(
        agency=agency,
        stations=tuple(s for s in snapshot.network.stations if s.agency == name),
        share=share_of(plan.schedule.fairness, name) if plan is not None else None,
        is_seen=is_seen,
        months=months(own, [(c, r) for c, r in given if r.agency == name]),
        uses=agreement_weeks(snapshot.network, given, monday, user=name) if is_seen else (),
        grants=agreement_weeks(snapshot.network, given, monday, owner=name) if is_seen else (),
    )


def agreements_left(snapshot: Snapshot, agency: str) -> tuple[AgreementWeek, ...]:
    """What an agency may still use of others' stations this week; nothing where its requests may not be seen."""
    if not snapshot.disclosure.sees_requests_of(agency):
        return ()
    return agreement_weeks(snapshot.network, _given(snapshot), monday_of(snapshot.now), user=agency)


def _given(snapshot: Snapshot) -> list[tuple[Contact, ContactRequest]]:
    found = contacts.select(snapshot.connection, states=GIVEN)
    asked = snapshot.requests({c.assignment.request for c in found})
    return [(c, asked[c.assignment.request]) for c in found]
