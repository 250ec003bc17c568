"""States of contacts and requests: what each means, and which may follow which, written out from the design."""

from __future__ import annotations

from passplan.domain.contacts import (
    CONTACT_TRANSITIONS,
    GIVEN,
    HOLDING,
    LOST_STATES,
    OPEN,
    OUTCOMES,
    REQUEST_TRANSITIONS,
    ContactState,
    RequestState,
)

AFTER_SCHEDULED = {"committed", "dropped", "cancelled_by_agency", "cancelled_by_network", "preempted"}
AFTER_COMMITTED = {
    "completed",
    "partial",
    "failed_network",
    "failed_agency",
    "unreported",
    "cancelled_by_agency",
    "cancelled_by_network",
    "preempted",
}


def test_a_contact_is_scheduled_then_committed_and_then_it_is_over() -> None:
    wanted = {("", "scheduled")}
    wanted |= {("scheduled", after) for after in AFTER_SCHEDULED}
    wanted |= {("committed", after) for after in AFTER_COMMITTED}

    assert wanted == {(str(before), str(after)) for before, after in CONTACT_TRANSITIONS}
    assert len(wanted) == len(CONTACT_TRANSITIONS)


def test_a_request_is_submitted_and_goes_back_and_forth_between_accepted_and_satisfied() -> None:
    wanted = {
        ("", "submitted"),
        *(("submitted", after) for after in ("accepted", "rejected", "withdrawn", "expired")),
        *(("accepted", after) for after in ("satisfied", "expired", "withdrawn")),
        ("satisfied", "accepted"),
    }

    assert wanted == {(str(before), str(after)) for before, after in REQUEST_TRANSITIONS}
    assert len(wanted) == len(REQUEST_TRANSITIONS)


def test_what_holds_what_is_reported_what_is_given_and_what_is_lost() -> None:
    assert {"scheduled", "committed"} == set(HOLDING)
    assert {"completed", "partial", "failed_network", "failed_agency"} == set(OUTCOMES)
    assert {"scheduled", "committed", "completed", "partial", "unreported", "failed_agency"} == set(GIVEN)
    assert {"cancelled_by_agency", "cancelled_by_network", "preempted"} == set(LOST_STATES)
    assert {"submitted", "accepted", "satisfied"} == set(OPEN)


def test_every_state_is_reached() -> None:
    assert set(ContactState) == {after for _, after in CONTACT_TRANSITIONS}
    assert set(RequestState) == {after for _, after in REQUEST_TRANSITIONS}
