"""What may be seen of contacts and requests, and by whom."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from passplan.domain.contacts import Contact, ContactState
from passplan.domain.facts import Note
from passplan.domain.network import Agreement, Network
from passplan.domain.roles import Role
from passplan.domain.schedule import Assignment
from passplan.domain.span import Span
from passplan.formats.rows import row_document
from passplan.service.access.actors import Actor
from passplan.service.access.disclosure import seen_assignment_row, seen_row
from passplan.service.access.visibility import Disclosure, DisclosureLevel, disclosure_of
from tests.refs import ref, refs
from tests.service.office import NETWORK, NOW, ask

# ESA sees times at NASA's station, and JAXA all at one of the two stations of ESA.
AGREED = replace(
    NETWORK,
    agreements=(
        Agreement(owner="NASA", user="ESA", stations=("WLP",), minutes_per_week=60.0),
        Agreement(owner="ESA", user="JAXA", stations=("MSP",), minutes_per_week=60.0, sees="all"),
    ),
)
OWNER = {s.id: s.agency for s in AGREED.stations}
AGENCIES = ("NASA", "ESA", "JAXA")
NOBODY = None
ALL, TIMES, NOTHING = DisclosureLevel.ALL, DisclosureLevel.TIMES, DisclosureLevel.NOTHING


def actor(role: Role, agency: str = "") -> Actor:
    return Actor(account="who", role=role, agency=agency)


def seen(
    who: Actor | None, agency: str, *antennas: str, public: bool = False, network: Network = AGREED
) -> DisclosureLevel:
    """What somebody sees of an agency's contact."""
    return disclosure_of(network, who, public_view=public).of(agency, refs(*antennas))


BOUND = (Role.VIEWER, Role.REQUESTER, Role.OPERATOR)


@pytest.mark.parametrize("public", [False, True])
def test_schedulers_and_administrators_see_all(public: bool) -> None:
    for role, own, agency, station in product((Role.SCHEDULER, Role.ADMINISTRATOR), ("", *AGENCIES), AGENCIES, OWNER):
        assert ALL is seen(actor(role, own), agency, f"{station}/a", public=public)


@pytest.mark.parametrize("public", [False, True])
def test_nobody_sees_times_where_the_public_may_look_and_nothing_else(public: bool) -> None:
    for agency, station in product(AGENCIES, OWNER):
        assert (TIMES if public else NOTHING) is seen(NOBODY, agency, f"{station}/a", public=public)
        assert TIMES is seen(actor(Role.VIEWER), agency, f"{station}/a", public=public)


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize("role", BOUND)
def test_an_agency_sees_its_own_what_is_at_its_stations_and_what_agreements_say(role: Role, public: bool) -> None:
    least = TIMES if public else NOTHING
    # Whose contact, where, and what each of the three sees of it.
    table = {
        ("NASA", "WLP"): {"NASA": ALL, "ESA": TIMES, "JAXA": least},
        ("ESA", "WLP"): {"NASA": ALL, "ESA": ALL, "JAXA": least},
        ("JAXA", "WLP"): {"NASA": ALL, "ESA": TIMES, "JAXA": ALL},
        ("NASA", "RED"): {"NASA": ALL, "ESA": ALL, "JAXA": least},
        ("ESA", "RED"): {"NASA": least, "ESA": ALL, "JAXA": least},
        ("JAXA", "RED"): {"NASA": least, "ESA": ALL, "JAXA": ALL},
        ("NASA", "MSP"): {"NASA": ALL, "ESA": ALL, "JAXA": ALL},
        ("ESA", "MSP"): {"NASA": least, "ESA": ALL, "JAXA": ALL},
        ("JAXA", "MSP"): {"NASA": least, "ESA": ALL, "JAXA": ALL},
        ("NASA", "KTU"): {"NASA": ALL, "ESA": least, "JAXA": ALL},
        ("ESA", "KTU"): {"NASA": least, "ESA": ALL, "JAXA": ALL},
        ("JAXA", "KTU"): {"NASA": least, "ESA": least, "JAXA": ALL},
    }

    assert set(product(AGENCIES, OWNER)) == set(table)
    for (agency, station), wanted in table.items():
        found = {own: seen(actor(role, own), agency, f"{station}/a", public=public) for own in AGENCIES}
        assert wanted == found, (agency, station)


def test_of_an_array_its_owners_see_all_and_others_the_least_of_what_they_see_at_its_stations() -> None:
    esa, jaxa = actor(Role.OPERATOR, "ESA"), actor(Role.OPERATOR, "JAXA")

    assert ALL is seen(esa, "NASA", "RED/a", "KTU/a")
    assert ALL is seen(jaxa, "NASA", "RED/a", "KTU/a")
    assert NOTHING is seen(jaxa, "NASA", "RED/a", "MSP/a")
    assert NOTHING is seen(esa, "JAXA", "WLP/a", "KTU/a")
    assert TIMES is seen(esa, "JAXA", "WLP/a", "WLP/b")
    assert TIMES is seen(esa, "JAXA", "WLP/a", "KTU/a", public=True)


def test_of_several_agreements_about_a_station_the_first_counts() -> None:
    more = Agreement(owner="NASA", user="ESA", stations=("WLP",), minutes_per_week=60.0, sees="all")
    for agreements, wanted in (((*AGREED.agreements, more), TIMES), ((more, *AGREED.agreements), ALL)):
        network = replace(AGREED, agreements=agreements)

        assert wanted is seen(actor(Role.REQUESTER, "ESA"), "JAXA", "WLP/a", network=network)


def test_requests_without_a_contact_are_seen_by_their_agency_and_by_those_who_see_all() -> None:
    wanted: dict[tuple[Role | None, str], set[str]] = {
        (None, ""): set(),
        (Role.VIEWER, ""): set(),
    }
    wanted |= {(role, own): {own} for role in BOUND for own in AGENCIES}
    wanted |= {(role, own): set(AGENCIES) for role in (Role.SCHEDULER, Role.ADMINISTRATOR) for own in ("", "ESA")}
    for (role, own), visible in wanted.items():
        disclosure = disclosure_of(AGREED, actor(role, own) if role is not None else None, public_view=True)

        assert visible == {agency for agency in AGENCIES if disclosure.sees_requests_of(agency)}


def test_why_a_station_is_closed_is_told_where_all_is_seen() -> None:
    def told(who: Actor | None) -> dict[str, DisclosureLevel]:
        disclosure = disclosure_of(AGREED, who)
        return {name: disclosure.at_station(name) for name in OWNER}

    assert {"WLP": TIMES, "RED": ALL, "MSP": ALL, "KTU": NOTHING} == told(actor(Role.REQUESTER, "ESA"))
    assert dict.fromkeys(OWNER, ALL) == told(actor(Role.SCHEDULER))
    assert dict.fromkeys(OWNER, TIMES) == told(actor(Role.VIEWER))
    assert dict.fromkeys(OWNER, NOTHING) == told(None)


def test_those_who_see_the_same_have_one_key_and_others_another() -> None:
    sights = [
        disclosure_of(AGREED, who, public_view=public)
        for public in (False, True)
        for who in (None, *(actor(role, own) for role in Role for own in ("", *AGENCIES)))
    ]
    for a, b in product(sights, sights):
        same = all(
            a.of(agency, (ref(f"{station}/a"),)) == b.of(agency, (ref(f"{station}/a"),))
            and a.sees_requests_of(agency) == b.sees_requests_of(agency)
            for agency, station in product(AGENCIES, OWNER)
        )

        assert same or a.key != b.key


# Rows.

CONTACT = Contact(
    id=7,
    assignment=Assignment(
        contact=Span(NOW, NOW + timedelta(minutes=5)),
        occupies=Span(NOW - timedelta(minutes=2), NOW + timedelta(minutes=6)),
        antennas=(ref("WLP/a"),),
        request="SECRET-NAME",
        part=3,
        satellite="ISS",
        link="up",
    ),
    state=ContactState.CANCELLED_BY_AGENCY,
    reason=Note(text="secret reason"),
    revision=4,
    acknowledged_by="secret-person",
)
REQUEST = ask("SECRET-NAME", "JAXA", note="secret note", activity="school", priority="high")


def test_who_sees_times_learns_when_and_whose_and_not_what_for() -> None:
    row = seen_row(CONTACT, REQUEST, disclosure_of(AGREED, actor(Role.REQUESTER, "ESA")))
    assert row is not None

    found = row_document(row)
    assert ("times", "JAXA", "WLP/a", "ISS", "up") == tuple(
        found[k] for k in ("seen", "agency", "antennas", "satellite", "link")
    )
    assert ("2026-08-08T06:00:00.000000Z", "2026-08-08T06:05:00.000000Z") == (found["start"], found["end"])
    assert not re.search("secret|school|high", repr(row) + repr(found), re.IGNORECASE)
    assert row.part is None
    assert ("", "") == (found["reason"], found["acknowledged_by"])


def test_who_sees_all_learns_all_and_who_sees_nothing_has_no_row() -> None:
    row = seen_row(CONTACT, REQUEST, disclosure_of(AGREED, actor(Role.OPERATOR, "NASA")))
    assert row is not None

    found = row_document(row)
    assert {
        "seen": "all",
        "request": "SECRET-NAME",
        "part": 3,
        "note": "secret note",
        "reason": Note(text="secret reason"),
        "activity": "school",
        "priority": "high",
        "acknowledged_by": "secret-person",
    } == {k: found[k] for k in ("seen", "request", "part", "note", "reason", "activity", "priority", "acknowledged_by")}
    assert seen_row(CONTACT, REQUEST, disclosure_of(AGREED, None)) is None
    assert type(row) is type(seen_row(CONTACT, REQUEST, disclosure_of(AGREED, actor(Role.VIEWER))))


def test_the_rows_of_a_plan_have_what_the_reader_may_see() -> None:
    rows = {
        agency: seen_assignment_row(
            CONTACT.assignment, REQUEST, disclosure_of(AGREED, actor(Role.OPERATOR, agency) if agency else None)
        )
        for agency in ("NASA", "ESA", "")
    }

    assert {
        "NASA": ("all", "SECRET-NAME", 3, "school"),
        "ESA": ("times", "", None, ""),
        "": None,
    } == {agency: row and (row.seen, row.request, row.part, row.activity) for agency, row in rows.items()}


def test_a_sight_by_itself_sees_nothing() -> None:
    assert NOTHING is Disclosure(stations={}).of("ESA", (ref("RED/a"),))
    assert not Disclosure(stations={}).sees_requests_of("")
    assert NOTHING is Disclosure(stations={}).of("", ())
