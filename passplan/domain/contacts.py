"""Contacts and requests as a service keeps them: their states, and which state may follow which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from passplan.domain.facts import Fact
from passplan.domain.schedule import Assignment

ContactId: TypeAlias = int
Transition: TypeAlias = tuple[str, str]  # before, after; "" before: how it is born


class ContactState(StrEnum):
    """Where a contact stands. The first two hold its antennas and its channel; the others are for good."""

    SCHEDULED = "scheduled"
    COMMITTED = "committed"  # frozen: people have got ready
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED_NETWORK = "failed_network"
    FAILED_AGENCY = "failed_agency"
    UNREPORTED = "unreported"  # nobody reported in time; not a failure, and a late report stands beside it
    DROPPED = "dropped"  # before the freeze, by a plan
    CANCELLED_BY_AGENCY = "cancelled_by_agency"
    CANCELLED_BY_NETWORK = "cancelled_by_network"
    PREEMPTED = "preempted"


class RequestState(StrEnum):
    """Where a request stands."""

    SUBMITTED = "submitted"  # a person is asked
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SATISFIED = "satisfied"  # the schedule gives it all that it asks for
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
    """A request's place in the schedule. It keeps its id when it is moved."""

    id: ContactId
    assignment: Assignment
    state: ContactState
    reason: Fact | None = None  # why it was dropped, cancelled or preempted
    revision: int  # of the schedule that put it where it is
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether it has its antennas and its channel."""
        return self.state in HOLDING
