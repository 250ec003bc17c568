"""The minutes that agencies requested, received and used, by month; and their agreements, by week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from passplan.domain.contacts import GIVEN, Contact, ContactState
from passplan.domain.network import AgencyId, Agreement, Network
from passplan.domain.requests import ContactRequest
from passplan.domain.rows.network import MonthRow
from passplan.domain.week import Week
from passplan.store.contacts import MonthSum

USED = (ContactState.COMPLETED, ContactState.PARTIAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementWeek:
    """The use of an agreement in a week."""

    agreement: Agreement
    monday: date
    minutes_used: float

    @property
    def minutes_left(self) -> float:
        """The remaining minutes."""
        return max(0.0, self.agreement.minutes_per_week - self.minutes_used)


def month_rows(requests: Iterable[ContactRequest], sums: Iterable[MonthSum]) -> tuple[MonthRow, ...]:
    """The months of one agency's requests and contacts, the newest first."""
    requested_min: dict[str, list[float]] = defaultdict(list)
    granted: dict[str, list[MonthSum]] = defaultdict(list)
    for r in requests:
        requested_min[f"{r.span.start:%Y-%m}"].append(times_of(r) * r.wanted_s / 60.0)
    for sum_ in sums:
        if sum_.state in GIVEN:
            granted[f"{sum_.month:%Y-%m}"].append(sum_)
    return tuple(
        MonthRow(
            month=month,
            requests=len(requested_min[month]),
            minutes_asked=round(sum(requested_min[month]), 1),
            contacts=sum(s.contacts for s in granted[month]),
            minutes_given=round(sum(s.duration_s for s in granted[month]) / 60.0, 1),
            contacts_used=sum(s.contacts for s in granted[month] if s.state in USED),
            minutes_used=round(sum(s.duration_s for s in granted[month] if s.state in USED) / 60.0, 1),
        )
        for month in sorted(requested_min.keys() | granted.keys(), reverse=True)
    )


def times_of(r: ContactRequest) -> int:
    """The number of contacts that a request asks for."""
    if r.repetition is None:
        return 1
    if r.repetition.period == "span":
        return r.repetition.times
    last = r.span.end - timedelta(microseconds=1)
    return r.repetition.times * ((last.date() - r.span.start.date()).days + 1)


def agreement_weeks(
    network: Network,
    contacts: list[tuple[Contact, ContactRequest]],
    monday: date,
    *,
    user: AgencyId = "",
    owner: AgencyId = "",
) -> tuple[AgreementWeek, ...]:
    """The use of agreements in the week of a Monday: counted as by the planner, once for each contact."""
    week = Week.of(datetime(monday.year, monday.month, monday.day, tzinfo=UTC)).span
    used: dict[Agreement, float] = defaultdict(float)
    for c, r in contacts:
        if c.state not in GIVEN or not week.start <= c.assignment.contact.start < week.end:
            continue
        stations = {ref.station for ref in c.assignment.antennas}
        foreign = {network.agreement(r.agency, s) for s in stations if network.owner(s) not in ("", r.agency)}
        for agreement in foreign:
            if agreement is not None:
                used[agreement] += c.assignment.contact.duration_s / 60.0
    return tuple(
        AgreementWeek(agreement=a, monday=monday, minutes_used=round(used[a], 1))
        for a in network.agreements
        if (not user or a.user == user) and (not owner or a.owner == owner)
    )


def monday_of(now: datetime) -> date:
    """The Monday of a moment's week, UTC."""
    return Week.of(now).start.date()
