"""The service: the caller, accounts, tokens, events, status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from passplan.domain.facts import Fact
from passplan.domain.roles import Role
from passplan.domain.rows.columns import column
from passplan.domain.rows.service import AccountRow, EventRow, Scope, TokenRow
from passplan.server.api.schemas.base import DIGITS, Limit, Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class MeAnswer:
    """The caller."""

    account: str
    role: Role
    agency: str
    scope: Scope
    token: str = column(help="The token's name.")
    expires: datetime
    now: datetime = column(help="The mission's time.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountList:
    """The accounts."""

    accounts: tuple[AccountRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenList:
    """Tokens, the newest first."""

    tokens: tuple[TokenRow, ...]


class TokenQuery(Parameters):
    """Whose tokens."""

    everybody: bool = Field(default=False, description="For administrators.")


class TokenPath(Parameters):
    """A token by its prefix: the eight characters after `pp_`."""

    prefix: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}$")]


class EventQuery(Parameters):
    """Which events."""

    about: Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] = Field(
        default="", description="Of one object, such as contact/12 or request/ESA-1."
    )
    after: Annotated[int, Field(ge=0, le=2**62), DIGITS] | None = Field(
        default=None, description="The first ones after this number; by default the last ones."
    )
    limit: Limit = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class EventList:
    """Events in order."""

    events: tuple[EventRow, ...]
    next: int | None = column(help="`after` of the next page; null: these are the newest.")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """The last outcome of a job."""

    job: str
    outcome: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusAnswer:
    """The status of the service."""

    mission_time: datetime
    leader: str
    network: str
    schedule: str
    contacts: Mapping[str, int]
    requests: Mapping[str, int]
    passes: int
    outages: tuple[str, ...]
    jobs: tuple[JobRow, ...]
    wrong: tuple[Fact, ...]
