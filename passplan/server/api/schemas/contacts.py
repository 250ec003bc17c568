"""Contacts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from passplan.domain.contacts import ContactState
from passplan.server.api.schemas.base import (
    Answer,
    Body,
    Cursor,
    Given,
    Instant,
    Limit,
    Lines,
    Name,
    SpanRow,
    Time,
    Words,
)

Outcome = Literal["completed", "partial", "failed_network", "failed_agency"]
Seen = Literal["all", "times"]


class AssignmentRow(Answer):
    """A contact as a plan has it. Of one that is seen as "times", what it is for is empty."""

    start: Time
    end: Time
    occupied_from: Time
    occupied_to: Time
    duration_s: float
    agency: str
    request: str
    part: int | None
    satellite: str
    link: str
    antennas: str = Field(description="Separated by spaces.")
    activity: str
    priority: str
    note: str
    seen: Seen


class ContactRow(AssignmentRow):
    """A contact, and where it stands."""

    id: int
    state: ContactState
    reason: str
    revision: int
    acknowledged_by: str


class ContactList(Answer):
    """Contacts in order of time."""

    span: SpanRow
    next: str | None = Field(description="The cursor of the next page.")
    contacts: list[ContactRow]


class ContactQuery(Given):
    """Which contacts."""

    start: Instant | None = Field(default=None, description="By default now.")
    end: Instant | None = Field(default=None, description="By default 7 days after the start; at most 31.")
    state: list[ContactState] = Field(default=[], description="By default all but those that a plan took back.")
    satellite: list[Name] = Field(default=[])
    station: list[Name] = Field(default=[])
    limit: Limit = 100
    cursor: Cursor | None = None


class ContactAnswer(ContactRow):
    """One contact, and what may be done with it now."""

    phase: Literal["", "pre-pass", "pass", "post-pass"]
    acknowledged_at: Time | None
    actions: list[Literal["acknowledge", "cancel", "report", "log"]]


class CancelBody(Body):
    """Why."""

    reason: Words = Field(default="", description="The network has to give one.")


class ReportBody(Body):
    """What came of it."""

    outcome: Outcome
    note: Lines = ""


class LogBody(Body):
    """A line for the log."""

    text: Annotated[Lines, Field(min_length=1)]


class LogRow(Answer):
    """What somebody wrote beside a contact, or reported of it."""

    at: Time
    actor: str
    text: str
    outcome: Literal["", "completed", "partial", "failed_network", "failed_agency"]


class Log(Answer):
    """The log of a contact."""

    entries: list[LogRow]
