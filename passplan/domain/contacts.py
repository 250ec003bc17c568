"""Contacts and requests as the store has them: their states, and the allowed transitions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from passplan.domain.messages import Fact
from passplan.domain.schedule import Assignment

ContactId: TypeAlias = int
Transition: TypeAlias = tuple[str, str]  # before, after; "" before: the initial state


class ContactState(StrEnum):
    """The state of a contact. The first two hold its antennas and its channel; the others are final."""

    SCHEDULED = "scheduled"
    COMMITTED = "committed"  # frozen: staff are prepared
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED_NETWORK = "failed_network"
    FAILED_AGENCY = "failed_agency"
    UNREPORTED = "unreported"  # no report in time; not a failure, and a late report is recorded
    DROPPED = "dropped"  # before the freeze, by a plan
    CANCELLED_BY_AGENCY = "cancelled_by_agency"
    CANCELLED_BY_NETWORK = "cancelled_by_network"
    PREEMPTED = "preempted"


class RequestState(StrEnum):
    """The state of a request."""

    SUBMITTED = "submitted"  # waits for approval
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SATISFIED = "satisfied"  # the schedule gives it everything that it requests
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


HOLDING = (ContactState.SCHEDULED, ContactState.COMMITTED)
OUTCOMES = (
    ContactState.COMPLETED,
    ContactState.PARTIAL,
    ContactState.FAILED_NETWORK,
    ContactState.FAILED_AGENCY,
)
GIVEN = (*HOLDING, ContactState.COMPLETED, ContactState.PARTIAL, ContactState.UNREPORTED, ContactState.FAILED_AGENCY)
OPEN = (RequestState.SUBMITTED, RequestState.ACCEPTED, RequestState.SATISFIED)

LOST_STATES = (ContactState.CANCELLED_BY_AGENCY, ContactState.CANCELLED_BY_NETWORK, ContactState.PREEMPTED)
CONTACT_TRANSITIONS: tuple[Transition, ...] = (
    ("", ContactState.SCHEDULED),
    *((ContactState.SCHEDULED, after) for after in (ContactState.COMMITTED, ContactState.DROPPED, *LOST_STATES)),
    *((ContactState.COMMITTED, after) for after in (*OUTCOMES, ContactState.UNREPORTED, *LOST_STATES)),
)
REQUEST_TRANSITIONS: tuple[Transition, ...] = (
    ("", RequestState.SUBMITTED),
    (RequestState.SUBMITTED, RequestState.ACCEPTED),
    (RequestState.SUBMITTED, RequestState.REJECTED),
    (RequestState.SUBMITTED, RequestState.WITHDRAWN),
    (RequestState.SUBMITTED, RequestState.EXPIRED),
    (RequestState.ACCEPTED, RequestState.SATISFIED),
    (RequestState.ACCEPTED, RequestState.EXPIRED),
    (RequestState.ACCEPTED, RequestState.WITHDRAWN),
    (RequestState.SATISFIED, RequestState.ACCEPTED),  # a contact of it is lost, or it is about to be withdrawn
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The time and antennas of a request in the schedule. Its id does not change when it moves."""

    id: ContactId
    assignment: Assignment
    state: ContactState
    reason: Fact | None = None  # why it was dropped, cancelled or preempted
    revision: int  # of the schedule that last placed it
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether it has its antennas and its channel."""
        return self.state in HOLDING
