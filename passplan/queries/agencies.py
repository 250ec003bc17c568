"""An agency: what it requested, received and used, by month, compared with its agreements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from passplan.domain.contacts import GIVEN, Contact
from passplan.domain.errors import NotFoundError
from passplan.domain.messages import Message
from passplan.domain.network import Agency, Agreement, Station
from passplan.domain.requests import ContactRequest
from passplan.domain.rows.network import MonthRow
from passplan.domain.schedule import AgencyShare
from passplan.domain.week import Week
from passplan.queries.day import share_of
from passplan.queries.snapshot import Snapshot, open_snapshot
from passplan.service.access.actors import Actor
from passplan.service.contacts.usage import AgreementWeek, agreement_weeks, monday_of, month_rows
from passplan.service.store import Store
from passplan.store import contacts, requests

MONTHS = 4  # of a board: this month, and the three before it


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyBoard:
    """One agency, with some months. Months and weeks are empty where the actor may not see its requests."""

    agency: Agency
    stations: tuple[Station, ...]
    share: AgencyShare | None  # of the newest plan
    is_seen: bool  # whether its requests may be seen
    months: tuple[MonthRow, ...]
    uses: tuple[AgreementWeek, ...]  # agreements that let it use other agencies' stations, this week
    grants: tuple[AgreementWeek, ...]  # agreements that let other agencies use its stations


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


def agency_board(store: Store, name: str, *, months: int = MONTHS, actor: Actor | None, now: datetime) -> AgencyBoard:
    """An agency's board.

    Args:
        store: the store.
        name: the agency's id.
        months: how many of them are summed up: this one, and those before it.
        actor: the reader; None: a visitor.
        now: mission time.

    Raises:
        NotFoundError: when there is no such agency.
    """
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        agency = next((a for a in snapshot.network.agencies if a.id == name), None)
        if agency is None:
            raise NotFoundError(Message("no_agency", "there is no agency %(agency)r", agency=name))
        is_seen = snapshot.disclosure.sees_requests_of(name)
        agreements = [a for a in snapshot.network.agreements if name in (a.user, a.owner)] if is_seen else []
        week = _contacts_under(snapshot, agreements)
        board_months = _board_months(now, months)
        requested = requests.select(connection, agency=name, starts_after=board_months[0]) if is_seen else []
        sums = contacts.month_sums(connection, name, board_months) if is_seen else []
    plan = snapshot.plan
    monday = monday_of(now)
    return AgencyBoard(
        agency=agency,
        stations=tuple(s for s in snapshot.network.stations if s.agency == name),
        share=share_of(plan.schedule.fairness, name) if plan is not None else None,
        is_seen=is_seen,
        months=month_rows(map(snapshot.request, requested), sums),
        uses=agreement_weeks(snapshot.network, week, monday, user=name) if is_seen else (),
        grants=agreement_weeks(snapshot.network, week, monday, owner=name) if is_seen else (),
    )


def agreements_left(snapshot: Snapshot, agency: str) -> tuple[AgreementWeek, ...]:
    """What an agency may still use of other agencies' stations this week; empty where its requests may not be seen."""
    if not snapshot.disclosure.sees_requests_of(agency):
        return ()
    week = _contacts_under(snapshot, [a for a in snapshot.network.agreements if a.user == agency])
    return agreement_weeks(snapshot.network, week, monday_of(snapshot.now), user=agency)


def _board_months(now: datetime, months: int) -> list[datetime]:
    """The first moments of the months of a board, and of the next year's, the oldest first."""
    number = now.year * 12 + now.month - months
    return [datetime(n // 12, n % 12 + 1, 1, tzinfo=UTC) for n in range(number, number + months + 12)]


def _contacts_under(snapshot: Snapshot, agreements: Iterable[Agreement]) -> list[tuple[Contact, ContactRequest]]:
    """This week's contacts at the stations of agreements, with their requests."""
    stations = sorted({station for agreement in agreements for station in agreement.stations})
    if not stations:
        return []
    week = Week.of(snapshot.now).span
    selected = contacts.select(
        snapshot.connection, states=GIVEN, ends_after=week.start, starts_before=week.end, stations=stations
    )
    requests_by_id = snapshot.requests({c.assignment.request for c in selected})
    return [(c, requests_by_id[c.assignment.request]) for c in selected]
