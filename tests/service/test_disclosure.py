"""What people type stays what they typed: it steers nothing, and nobody reads it whom it does not concern."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from typing import Any

import pytest

from passplan.domain.contacts import HOLDING
from passplan.domain.facts import (
    CancelledBy,
    CancelledContact,
    Closed,
    ContactRef,
    Fact,
    JobFailed,
    LegacyText,
    Note,
    Outage,
    dump_facts,
)
from passplan.domain.messages import KINDS, Message
from passplan.domain.span import Span
from passplan.labels import ENGLISH, joined
from passplan.queries.day import day_board
from passplan.queries.schedule import revision_board
from passplan.service import use_case
from passplan.service.access.actors import Actor
from passplan.service.access.disclosure import (
    disclosed_causes,
    disclosed_particulars,
    disclosed_reason,
    disclosed_warning,
)
from passplan.service.access.visibility import disclosure_of
from passplan.service.contacts import lifecycle as contacts
from passplan.service.network import revisions as networks
from tests.service.office import ADMIN, ESA, JAXA, NETWORK, NOW, OPERATOR, VIEWER, Office, ask
from tests.unit.test_facts import made

READERS: tuple[Actor | None, ...] = (ESA, JAXA, OPERATOR, VIEWER, None)
SECRET = "PRIVATE: the crew is ill"
BREAKS = "\u2028\n\r\x0b\x1e\x85\u2029"


@pytest.mark.fault(85)
@pytest.mark.parametrize("reason", ["".join(f"storm{b}{SECRET} was ill" for b in BREAKS)])
def test_a_private_reason_is_read_by_nobody_else_whatever_was_typed(
    office: Office, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use_case, "require_plain", lambda *_: None)  # an older passplan took such a text
    office.submit(ask("N", "NASA", hours=(0.0, 20.0)))
    office.plan()
    contacts.cancel(office.store, office.contact("N").id, reason=reason, actor=ADMIN, now=office.later(0.01).now)
    office.plan()
    store, now = office.store, office.now

    assert SECRET in joined(revision_board(store, 2, actor=ADMIN, now=now).revision.causes, ENGLISH)
    for actor in (ESA, JAXA, VIEWER, None):
        assert (CancelledContact(),) == revision_board(store, 2, actor=actor, now=now).revision.causes
        assert SECRET not in repr(day_board(store, Span(NOW, NOW + timedelta(days=1)), actor=actor, now=now).revision)


def window_of(office: Office) -> tuple[Any, ...]:
    """Where the newest contact of A is."""
    a = office.contact("A").assignment
    return a.antennas, a.contact


@pytest.mark.fault(85)
@pytest.mark.parametrize("reason", ["outage of mains at the site", "closed of RED"])
def test_a_typed_reason_does_not_open_a_cancelled_window_again(office: Office, reason: str) -> None:
    office.submit(ask("A", hours=(0.0, 20.0)))
    office.plan()
    before = window_of(office)
    contacts.cancel(office.store, office.contact("A").id, reason=reason, actor=ADMIN, now=office.later(0.01).now)
    made = office.plan()

    assert before != window_of(office)
    (cause,) = made.revision.causes
    assert isinstance(cause, CancelledContact)
    assert Note(text=reason) == cause.reason


def test_a_window_that_an_outage_took_is_booked_again_when_the_outage_is_over(office: Office) -> None:
    office.submit(ask("A", hours=(0.0, 20.0)))
    office.plan()
    office.freeze()
    before = window_of(office)
    station = before[0][0].station
    number, (hit,) = networks.record_outage(
        office.store, station, Span(NOW, NOW + timedelta(days=2)), note="mains", actor=ADMIN, now=office.now
    )
    networks.end_outage(office.store, number, actor=ADMIN, now=office.later(0.01).now)
    office.plan()

    assert Outage(station=station, until=NOW + timedelta(days=2), note="mains") == contacts_by_id(office)[hit.id]
    assert before == window_of(office)


def contacts_by_id(office: Office) -> dict[int, Fact | None]:
    return {c.id: c.reason for c in office.contacts()}


@pytest.mark.fault(85)
@pytest.mark.parametrize("name", ["windows", "time", "ISS"])
def test_the_name_of_a_request_changes_no_other_agency_s_words(office: Office, name: str) -> None:
    def told() -> str:
        day = Span(NOW, NOW + timedelta(days=2))
        (refusal,) = day_board(office.store, day, actor=ESA, now=office.now).refusals
        return joined(refusal.particulars, ENGLISH)

    office.submit(ask("HIGH", hours=(0.0, 3.0), min_elevation_deg=89.9), ask("plain", "JAXA"))
    office.plan()
    before = told()
    office.submit(ask(name, "JAXA"))
    office.plan()

    assert before == told()
    assert {name, "plain"} == {c.assignment.request for c in office.contacts(*HOLDING)}


# Field by field.

NASA_REF = ContactRef(request="SECRET-NAME", part=3, agency="NASA")


@pytest.mark.parametrize("actor", READERS)
@pytest.mark.parametrize("kind", KINDS.values())
def test_no_fact_names_the_request_of_another_agency(kind: type[Fact], actor: Actor | None) -> None:
    fact: Any = made(kind)
    for field in dataclasses.fields(fact):
        found = getattr(fact, field.name)
        if isinstance(found, ContactRef):
            fact = dataclasses.replace(fact, **{field.name: NASA_REF})
        elif isinstance(found, tuple) and found and isinstance(found[0], ContactRef):
            fact = dataclasses.replace(fact, **{field.name: (NASA_REF, NASA_REF)})
    disclosure = disclosure_of(NETWORK, actor)

    if actor is not OPERATOR:  # of NASA: these are its own
        shown = (disclosed_reason(fact, disclosure) or fact, *disclosed_causes([fact], disclosure))
        assert "SECRET" not in dump_facts((*shown, *disclosed_particulars([fact], disclosure)))


def test_causes_become_what_the_reader_may_see() -> None:
    cancelled = CancelledContact(contact=NASA_REF, by=CancelledBy.NETWORK, reason=Note(text=SECRET))
    other = dataclasses.replace(cancelled, by=CancelledBy.AGENCY)
    causes = (
        cancelled,
        LegacyText(text=f"N/1 was cancelled by network: {SECRET}"),
        Message("of_a_test", "because of %(cause)s", cause=SECRET),
        other,
        Outage(station="RED", note=SECRET),
        Closed(station="WLP", note="paint"),
    )

    def seen(actor: Actor | None) -> tuple[Fact, ...]:
        return disclosed_causes(causes, disclosure_of(NETWORK, actor))

    assert causes == seen(ADMIN)
    assert (CancelledContact(), Outage(station="RED", note=SECRET), Closed(station="WLP")) == seen(ESA)
    assert (CancelledContact(), Outage(station="RED"), Closed(station="WLP")) == seen(JAXA) == seen(VIEWER)
    assert (cancelled, other, Outage(station="RED"), Closed(station="WLP", note="paint")) == seen(OPERATOR)
    assert SECRET not in json.dumps(dump_facts(seen(JAXA)))


@pytest.mark.parametrize(
    "sentence", [LegacyText(text="taken by SECRET-NAME"), Message("of_a_test", "taken by %(by)s", by="SECRET-NAME")]
)
def test_sentences_among_particulars_are_read_by_those_who_see_everything(sentence: Fact) -> None:
    assert (sentence,) == disclosed_particulars([sentence], disclosure_of(NETWORK, ADMIN))
    assert () == disclosed_particulars([sentence], disclosure_of(NETWORK, ESA))


def test_the_message_of_a_failed_job_is_shown_to_those_who_see_everything() -> None:
    failed, outage = JobFailed(job="refresh", reason=Note(text=SECRET)), Outage(station="RED", note="mains")

    assert failed == disclosed_warning(failed, disclosure_of(NETWORK, ADMIN))
    assert JobFailed(job="refresh") == disclosed_warning(failed, disclosure_of(NETWORK, ESA))
    for actor in (ADMIN, ESA):
        assert outage == disclosed_warning(outage, disclosure_of(NETWORK, actor))
