"""The service: who asks, accounts, tokens, events, condition."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from passplan.server.api.schemas.base import DIGITS, Answer, Given, Limit, Time

Role = Literal["viewer", "requester", "operator", "scheduler", "administrator"]


class MeAnswer(Answer):
    """Who asks."""

    account: str
    role: Role
    agency: str
    scope: Literal["read", "write"]
    token: str = Field(description="The token's name.")
    expires: Time
    now: Time = Field(description="The mission's time.")


class AccountRow(Answer):
    """Somebody who may do something."""

    name: str
    role: Role
    agency: str
    active: bool


class AccountList(Answer):
    """The accounts."""

    accounts: list[AccountRow]


class TokenRow(Answer):
    """A token, but for its secret."""

    prefix: str
    account: str
    name: str
    scope: Literal["read", "write"]
    created: Time
    expires: Time
    used: Time | None
    revoked: Time | None


class TokenList(Answer):
    """Tokens, the newest first."""

    tokens: list[TokenRow]


class TokenQuery(Given):
    """Whose."""

    everybody: bool = Field(default=False, description="For administrators.")


class TokenPath(Given):
    """A token by its prefix: the eight characters after `pp_`."""

    prefix: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}$")]


class EventQuery(Given):
    """Which events."""

    about: Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] = Field(
        default="", description="Of one thing alone, such as contact/12 or request/ESA-1."
    )
    after: Annotated[int, Field(ge=0, le=2**62), DIGITS] | None = Field(
        default=None, description="The first ones behind this number; by default the last ones."
    )
    limit: Limit = 100


class LoggedEvent(Answer):
    """Who did what to what; each with the hash that has the one before in it."""

    id: int
    at: Time
    actor: str
    os_user: str
    action: str
    object: str
    before: dict[str, Any]
    after: dict[str, Any]
    hash: str


class EventList(Answer):
    """Events in order."""

    events: list[LoggedEvent]
    next: int | None = Field(description="`after` of the next page; null: these are the newest.")


class JobRow(Answer):
    """What came of a job last."""

    job: str
    outcome: str


class StatusAnswer(Answer):
    """How the service is."""

    mission_time: Time
    leader: str
    network: str
    schedule: str
    contacts: dict[str, int]
    requests: dict[str, int]
    passes: int
    outages: list[str]
    jobs: list[JobRow]
    wrong: list[str]
