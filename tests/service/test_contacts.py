"""The life of a contact after a plan has placed it."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from passplan.domain.contacts import HOLDING, Contact, ContactState
from passplan.domain.errors import ConflictError, DeniedError, InputError
from passplan.domain.facts import Note
from passplan.service.contacts import lifecycle as contacts
from passplan.store.schema import contact as contact_table
from passplan.store.schema import report
from tests.service.office import ADMIN, ESA, JAXA, OPERATOR, SECOND, VIEWER, Office, ask


def frozen(office: Office, *requests: str) -> list[Contact]:
    """Contacts of some requests, planned and frozen."""
    office.submit(*(ask(name, hours=(0.0, 20.0)) for name in requests))
    office.plan()
    return list(office.freeze())


def test_the_freeze_commits_what_is_near_with_all_that_it_was_planned_on(office: Office) -> None:
    office.submit(ask("NEAR", hours=(0.0, 20.0)), ask("FAR", hours=(30.0, 48.0)))
    office.plan()
    (near,) = office.freeze()
    with office.store.database.read() as connection:
        row = connection.execute(sa.select(contact_table).where(contact_table.c.id == near.id)).one()
    snapshot = json.loads(row.snapshot)

    assert ("NEAR", "scheduled") == (near.assignment.request, office.contact("FAR").state.value)
    assert ContactState.COMMITTED is office.contact("NEAR").state
    assert hashlib.sha256(row.snapshot.encode()).hexdigest() == row.snapshot_sha256
    assert ("NEAR", 1, 25544) == (
        snapshot["request"]["id"],
        snapshot["network_revision"],
        snapshot["elements"]["catalog_number"],
    )
    assert ["contact.scheduled", "contact.committed"] == office.actions(f"contact/{near.id}")


def test_a_freeze_with_nothing_to_do_writes_nothing_and_claims_nothing(office: Office) -> None:
    frozen(office, "A")
    events = office.actions()

    assert () == contacts.freeze(office.store, actor=ADMIN, now=office.now, closing=_never)
    assert events == office.actions()


def _never(_: object) -> None:
    raise AssertionError


def test_both_sides_acknowledge_and_nobody_else(office: Office) -> None:
    (c,) = frozen(office, "A")
    seen = contacts.acknowledge(office.store, c.id, actor=ESA, now=office.now)

    assert ("esa", office.now) == (seen.acknowledged_by, seen.acknowledged_at)
    for stranger in (JAXA, VIEWER, OPERATOR):
        with pytest.raises(DeniedError):
            contacts.acknowledge(office.store, c.id, actor=stranger, now=office.now)


def test_only_committed_contacts_are_acknowledged(office: Office) -> None:
    office.submit(ask("A"))
    office.plan()

    with pytest.raises(ConflictError, match="is scheduled; only committed contacts are acknowledged"):
        contacts.acknowledge(office.store, office.contact("A").id, actor=ESA, now=office.now)


def test_an_agency_cancels_until_the_lead_time(office: Office) -> None:
    first, second = frozen(office, "A", "B")
    cancelled = contacts.cancel(office.store, second.id, reason="", actor=ESA, now=office.now)
    office.now = first.assignment.contact.start - timedelta(minutes=14)

    assert ContactState.CANCELLED_BY_AGENCY is cancelled.state
    assert "accepted" == office.state(second.assignment.request)
    with pytest.raises(ConflictError, match="begins in less than 15 minutes; call the network"):
        contacts.cancel(office.store, first.id, reason="", actor=ESA, now=office.now)


def test_the_network_cancels_with_a_reason_until_the_end(office: Office) -> None:
    (c,) = frozen(office, "A")
    office.now = c.assignment.contact.start + timedelta(minutes=1)
    with pytest.raises(InputError, match="give the reason why the network cancels it"):
        contacts.cancel(office.store, c.id, reason="", actor=SECOND, now=office.now)
    cancelled = contacts.cancel(office.store, c.id, reason="storm", actor=SECOND, now=office.now)

    assert (ContactState.CANCELLED_BY_NETWORK, Note(text="storm")) == (cancelled.state, cancelled.reason)
    with pytest.raises(ConflictError, match="is over"):
        contacts.cancel(office.store, c.id, reason="storm", actor=SECOND, now=office.now)


def test_an_operator_cancels_at_its_own_stations_alone(office: Office) -> None:
    (c,) = frozen(office, "A")

    with pytest.raises(DeniedError, match="wallops is of NASA, and this is of ESA"):
        contacts.cancel(office.store, c.id, reason="storm", actor=OPERATOR, now=office.now)


@pytest.mark.fault(48)
def test_a_report_settles_a_contact(office: Office) -> None:
    (c,) = frozen(office, "A")
    with pytest.raises(ConflictError, match="has not begun"):
        contacts.report_outcome(office.store, c.id, ContactState.COMPLETED, actor=ESA, now=office.now)
    office.now = c.assignment.contact.end
    settled = contacts.report_outcome(
        office.store, c.id, ContactState.PARTIAL, note="late signal", actor=ESA, now=office.now
    )

    assert (ContactState.PARTIAL, Note(text="late signal")) == (settled.state, settled.reason)


def test_a_contact_that_the_network_failed_is_asked_for_again(office: Office) -> None:
    (c,) = frozen(office, "A")
    office.now = c.assignment.contact.end
    contacts.report_outcome(office.store, c.id, ContactState.FAILED_NETWORK, actor=ESA, now=office.now)
    office.plan("late")

    assert (True, ContactState.SCHEDULED) == (office.contact("A").id > c.id, office.contact("A").state)


@pytest.mark.fault(48)
def test_silence_is_not_failure_and_a_late_report_stands_beside_it(office: Office) -> None:
    (c,) = frozen(office, "A")
    office.now = c.assignment.contact.end + timedelta(minutes=29)
    assert ((), ()) == contacts.expire(office.store, actor=ADMIN, now=office.now)
    office.later(2.0 / 60.0)
    assert ((c.id,), ()) == contacts.expire(office.store, actor=ADMIN, now=office.now)
    late = contacts.report_outcome(office.store, c.id, ContactState.COMPLETED, actor=ESA, now=office.now)

    assert ContactState.UNREPORTED is late.state
    with office.store.database.read() as connection:
        assert ["completed"] == list(connection.execute(sa.select(report.c.outcome)).scalars())


def test_what_is_no_outcome_is_refused(office: Office) -> None:
    (c,) = frozen(office, "A")

    with pytest.raises(InputError, match="the outcome is dropped; it is one of completed"):
        contacts.report_outcome(office.store, c.id, ContactState.DROPPED, actor=ESA, now=office.now)
    with pytest.raises(InputError, match="there is no contact 99"):
        contacts.report_outcome(office.store, 99, ContactState.COMPLETED, actor=ESA, now=office.now)


def test_requests_whose_span_is_over_expire_and_satisfied_ones_stay(office: Office) -> None:
    office.submit(ask("A", hours=(0.0, 20.0)), ask("NEVER", hours=(0.0, 20.0), min_elevation_deg=89.9))
    office.plan()
    office.freeze()
    office.later(21.0)
    contacts.expire(office.store, actor=ADMIN, now=office.now)

    assert ("satisfied", "expired") == (office.state("A"), office.state("NEVER"))
    assert [] == office.contacts(*HOLDING)
