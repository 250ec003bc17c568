"""What agencies asked for, were given and used: months of requests, and weeks of agreements."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from passplan.domain.contacts import Contact, ContactState
from passplan.domain.network import Agreement, Network
from passplan.domain.requests import ContactRequest, Repetition
from passplan.domain.rows.network import MonthRow
from passplan.domain.schedule import Assignment
from passplan.domain.span import Span
from passplan.service.contacts.usage import AgreementWeek, agreement_weeks, monday_of, month_rows, times_of
from passplan.store.contacts import MonthSum
from tests.refs import refs
from tests.service.office import NETWORK, ask

MONDAY = datetime(2026, 8, 10, tzinfo=UTC)
WEEK = timedelta(days=7)


def contact(
    start: datetime, minutes: float, *antennas: str, state: ContactState = ContactState.SCHEDULED, agency: str = "ESA"
) -> tuple[Contact, ContactRequest]:
    span = Span(start, start + timedelta(minutes=minutes))
    place = Assignment(
        contact=span, occupies=span, antennas=refs(*antennas), request="A", part=1, satellite="ISS", link="up"
    )
    return Contact(id=1, assignment=place, state=state, revision=1), ask("A", agency)


def asking(start: datetime, end: datetime, **changes: Any) -> ContactRequest:
    return ask("A", span=Span(start, end), **changes)


# --- How many contacts a request asks for -------------------------------------------------------------------------


def test_a_request_without_repetition_asks_for_one() -> None:
    assert 1 == times_of(asking(MONDAY, MONDAY + WEEK))


def test_a_repetition_in_the_whole_span_asks_for_its_times() -> None:
    assert 3 == times_of(asking(MONDAY, MONDAY + WEEK, repetition=Repetition(times=3, period="span")))


@pytest.mark.parametrize(
    ("start_h", "end_h", "days"),
    [(0, 24, 1), (0, 48, 2), (0, 7 * 24, 7), (23, 25, 2), (12, 36, 2), (12, 48, 2), (1, 2, 1)],
)
def test_a_daily_repetition_asks_for_its_times_on_every_day_that_its_span_touches(
    start_h: int, end_h: int, days: int
) -> None:
    request = asking(
        MONDAY + timedelta(hours=start_h),
        MONDAY + timedelta(hours=end_h),
        min_s=180.0,
        repetition=Repetition(times=2, period="day"),
    )

    assert 2 * days == times_of(request)


# --- Months -------------------------------------------------------------------------------------------------------


def month_sums(contacts: list[tuple[Contact, ContactRequest]]) -> list[MonthSum]:
    """A sum of each contact."""
    return [
        MonthSum(
            month=c.assignment.contact.start.replace(day=1, hour=0, minute=0, second=0, microsecond=0),
            state=c.state,
            contacts=1,
            duration_s=c.assignment.contact.duration_s,
        )
        for c, _ in contacts
    ]


def test_a_month_counts_what_was_asked_given_and_used() -> None:
    august, july = MONDAY, datetime(2026, 7, 31, 23, 59, tzinfo=UTC)
    requests = [
        asking(august, august + WEEK, wanted_s=303.0, repetition=Repetition(times=2, period="day")),
        asking(august, august + WEEK, wanted_s=240.0),
        asking(july, july + WEEK, wanted_s=600.0),
    ]
    contacts = [
        contact(august, 5.06, "RED/a", state=ContactState.COMPLETED),
        contact(august, 2.0, "RED/a", state=ContactState.PARTIAL),
        contact(august, 4.0, "RED/a", state=ContactState.SCHEDULED),
        contact(august, 8.0, "RED/a", state=ContactState.FAILED_AGENCY),
        contact(august, 16.0, "RED/a", state=ContactState.FAILED_NETWORK),
        contact(august, 32.0, "RED/a", state=ContactState.DROPPED),
    ]

    assert (
        MonthRow(
            month="2026-08",
            requests=2,
            minutes_asked=74.7,
            contacts=4,
            minutes_given=19.1,
            contacts_used=2,
            minutes_used=7.1,
        ),
        MonthRow(
            month="2026-07",
            requests=1,
            minutes_asked=10.0,
            contacts=0,
            minutes_given=0.0,
            contacts_used=0,
            minutes_used=0.0,
        ),
    ) == month_rows(requests, month_sums(contacts))


def test_a_month_with_contacts_alone_is_there_too() -> None:
    (month,) = month_rows([], month_sums([contact(MONDAY, 3.0, "RED/a")]))

    assert ("2026-08", 0, 0.0, 1, 3.0) == (
        month.month,
        month.requests,
        month.minutes_asked,
        month.contacts,
        month.minutes_given,
    )


# --- Weeks of agreements ------------------------------------------------------------------------------------------

AT_WALLOPS = Agreement(owner="NASA", user="ESA", stations=("WLP",), minutes_per_week=60.0)
AT_TWO = Agreement(owner="JAXA", user="ESA", stations=("KTU",), minutes_per_week=10.0)
AT_REDU = Agreement(owner="ESA", user="NASA", stations=("RED",), minutes_per_week=20.0)
AGREED: Network = replace(NETWORK, agreements=(AT_WALLOPS, AT_TWO, AT_REDU))


def used(*contacts: tuple[Contact, ContactRequest], network: Network = AGREED) -> list[float]:
    return [week.minutes_used for week in agreement_weeks(network, list(contacts), MONDAY.date())]


def test_a_contact_counts_for_the_agreement_that_covers_its_station() -> None:
    assert [6.2, 0.0, 0.0] == used(contact(MONDAY, 6.16, "WLP/a"))
    assert [0.0, 6.2, 0.0] == used(contact(MONDAY, 6.16, "KTU/a"))
    assert [0.0, 0.0, 5.0] == used(contact(MONDAY, 5.0, "RED/a", agency="NASA"))


def test_of_several_agreements_about_a_station_the_first_counts() -> None:
    network = replace(AGREED, agreements=(AT_WALLOPS, replace(AT_WALLOPS, minutes_per_week=5.0), AT_REDU))

    assert [5.0, 0.0, 0.0] == used(contact(MONDAY, 5.0, "WLP/a"), network=network)


def test_one_s_own_stations_and_those_of_nobody_count_for_no_agreement() -> None:
    assert [0.0, 0.0, 0.0] == used(contact(MONDAY, 5.0, "RED/a"))
    assert [0.0, 0.0, 0.0] == used(contact(MONDAY, 5.0, "XXX/a"))
    assert [0.0, 0.0, 0.0] == used(contact(MONDAY, 5.0, "RED/a", agency="JAXA"))


def test_an_array_counts_once_for_each_agreement_it_uses() -> None:
    assert [5.0, 0.0, 0.0] == used(contact(MONDAY, 5.0, "WLP/a", "WLP/b"))
    assert [5.0, 5.0, 0.0] == used(contact(MONDAY, 5.0, "WLP/a", "KTU/a"))
    assert [5.0, 0.0, 0.0] == used(contact(MONDAY, 5.0, "WLP/a", "RED/a"))


def test_minutes_of_several_contacts_add_up_and_lost_ones_do_not_count() -> None:
    first = contact(MONDAY, 5.0, "WLP/a")
    second = contact(MONDAY + timedelta(hours=1), 2.5, "WLP/b", state=ContactState.UNREPORTED)
    lost = contact(MONDAY, 40.0, "WLP/a", state=ContactState.CANCELLED_BY_NETWORK)

    assert [7.5, 0.0, 0.0] == used(lost, first, second)


def test_a_week_has_the_contacts_that_begin_in_it() -> None:
    us = timedelta(microseconds=1)
    for start, wanted in ((MONDAY, 5.0), (MONDAY - us, 0.0), (MONDAY + WEEK - us, 5.0), (MONDAY + WEEK, 0.0)):
        assert [wanted, 0.0, 0.0] == used(contact(start, 5.0, "WLP/a")), start


def test_weeks_are_chosen_by_who_uses_and_who_owns() -> None:
    def chosen(**who: str) -> list[Agreement]:
        return [week.agreement for week in agreement_weeks(AGREED, [], MONDAY.date(), **who)]

    assert [AT_WALLOPS, AT_TWO, AT_REDU] == chosen()
    assert [AT_WALLOPS, AT_TWO] == chosen(user="ESA")
    assert [AT_REDU] == chosen(owner="ESA")
    assert [AT_TWO] == chosen(user="ESA", owner="JAXA")
    assert [] == chosen(user="JAXA")


def test_what_is_left_of_an_agreement_is_never_negative() -> None:
    def left(minutes_used: float) -> float:
        return AgreementWeek(agreement=AT_REDU, monday=MONDAY.date(), minutes_used=minutes_used).minutes_left

    assert (20.0, 7.5, 0.0, 0.0) == (left(0.0), left(12.5), left(20.0), left(21.0))
    assert [MONDAY.date()] * 3 == [week.monday for week in agreement_weeks(AGREED, [], MONDAY.date())]


@pytest.mark.parametrize("day", range(7))
def test_a_week_begins_on_monday(day: int) -> None:
    assert date(2026, 8, 10) == monday_of(MONDAY + timedelta(days=day, hours=23.9))
