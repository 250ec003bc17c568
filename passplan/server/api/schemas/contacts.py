"""Contacts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from passplan.domain.contacts import ContactState
from passplan.domain.rows.columns import column
from passplan.domain.rows.contacts import LogRow, SeenContactRow
from passplan.domain.span import Span
from passplan.server.api.schemas.base import Body, Cursor, Instant, Limit, Lines, Name, Parameters, Words

Outcome = Literal["completed", "partial", "failed_network", "failed_agency"]
Action: TypeAlias = Literal["acknowledge", "cancel", "report", "log"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactList:
    """Contacts in order of time."""

    span: Span
    next: str | None = column(help="The cursor of the next page.")
    contacts: tuple[SeenContactRow, ...]


class ContactQuery(Parameters):
    """Which contacts."""

    start: Instant | None = Field(default=None, description="By default now.")
    end: Instant | None = Field(default=None, description="By default 7 days after the start; at most 31.")
    state: list[ContactState] = Field(default=[], description="By default all except contacts that a plan dropped.")
    satellite: list[Name] = Field(default=[])
    station: list[Name] = Field(default=[])
    limit: Limit = 100
    cursor: Cursor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAnswer(SeenContactRow):
    """One contact, and the actions that are allowed now."""

    phase: Literal["", "pre-pass", "pass", "post-pass"] = column(help="Its phase by the clock.")
    acknowledged_at: datetime | None
    actions: tuple[Action, ...] = column(help="The actions that are allowed now.")


class CancelBody(Body):
    """Why."""

    reason: Words = Field(default="", description="The network has to give one.")


class ReportBody(Body):
    """The outcome of a contact."""

    outcome: Outcome
    note: Lines = ""


class LogBody(Body):
    """A line for the log."""

    text: Annotated[Lines, Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """The log of a contact."""

    entries: tuple[LogRow, ...]
