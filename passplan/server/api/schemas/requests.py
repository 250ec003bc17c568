"""Requests: bodies and parameters, and answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from passplan.domain.contacts import RequestState
from passplan.domain.facts import Fact
from passplan.domain.network import AntennaRef
from passplan.domain.requests import ContactRequest
from passplan.domain.rows.columns import column
from passplan.domain.rows.contacts import SeenContactRow
from passplan.domain.rows.requests import RequestStateRow
from passplan.domain.rows.service import HistoryRow
from passplan.domain.schedule import Reason
from passplan.domain.span import Span
from passplan.server.api.schemas.answers import model_of
from passplan.server.api.schemas.base import (
    DIGITS,
    Body,
    Cursor,
    Instant,
    Limit,
    Name,
    Parameters,
    Problem,
    Time,
    Words,
)

Priority = Literal["emergency", "critical", "high", "routine"]
_Seconds = Annotated[int, Field(ge=1, le=604_800)]


class RepetitionBody(Body):
    """A number of contacts in each period."""

    times: int = Field(ge=1, le=100)
    period: Literal["day", "span"] = "day"
    min_spacing_s: float = Field(default=0.0, ge=0.0, le=2_678_400.0)
    max_gap_s: float | None = Field(default=None, ge=1.0, le=31_622_400.0)


class SplitBody(Body):
    """The parts of a long contact."""

    max_parts: int = Field(ge=2, le=20)
    min_part_s: float = Field(ge=1.0, le=604_800.0)


class AskBody(Body):
    """A contact request, as a `[[request]]` of the request file."""

    id: Name | None = Field(default=None, description="By default an id of its contents. No slash.")
    agency: Name | None = Field(default=None, description="By default the account's.")
    satellite: Name
    link: Name
    start: Instant
    end: Instant = Field(description="At most 31 days after the start.")
    min_s: _Seconds = Field(description="A shorter contact is of no use.")
    wanted_s: _Seconds | None = Field(default=None, description="No longer contact is needed; by default min_s.")
    priority: Priority = "routine"
    weight: float = Field(default=1.0, ge=0.5, le=2.0)
    stations: list[str] = Field(
        default=[], max_length=100, description="Stations, or station/antenna; by default all that may be used."
    )
    arrays: list[list[str]] = Field(default=[], max_length=100, description="Antennas at once; instead of stations.")
    min_elevation_deg: float | None = Field(default=None, ge=0.0, le=90.0)
    setup_s: float | None = Field(default=None, ge=0.0, le=86_400.0)
    teardown_s: float | None = Field(default=None, ge=0.0, le=86_400.0)
    during: list[str] = Field(default=[], max_length=100, description="Named times of the satellite.")
    repetition: RepetitionBody | None = None
    split: SplitBody | None = None
    group: str = Field(default="", description="An existing group.")
    preference: Literal["none", "highest", "earliest"] = "none"
    activity: Literal["voice", "command", "payload", "school", "training"] = "command"
    note: str = Field(default="", max_length=200)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPart:
    """A part that the newest plan has no place for."""

    part: int
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow(RequestStateRow):
    """A request and its state: with its contacts, or why it has none."""

    satellite: str
    link: str
    min_s: float
    wanted_s: float
    priority: str
    activity: str
    note: str
    standing: str = column(help="A state of its contact or its own; or `refused`, `waiting`.")
    contacts: tuple[SeenContactRow, ...] = column(
        help="Those that hold, the earliest first, then the newest; three at most in a list, else 200."
    )
    contact_count: int = column(help="How many contacts it has and had in all.")
    refusals: tuple[RefusedPart, ...]
    particulars: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestList:
    """Requests in order of their ids."""

    next: str | None = column(help="The cursor of the next page.")
    revision: int | None
    requests: tuple[RequestRow, ...]


class RequestQuery(Parameters):
    """Which requests."""

    state: list[RequestState] = Field(default=[])
    agency: Name | None = None
    limit: Limit = 100
    cursor: Cursor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """A place that is free now, and how it differs from the request."""

    kind: Literal["as_asked", "other_time", "other_station", "other_time_and_station", "shorter", "lower"]
    antennas: tuple[AntennaRef, ...]
    start: datetime
    end: datetime
    occupied_from: datetime
    occupied_to: datetime
    duration_s: float = column(digits=6)
    peak_elevation_deg: float = column(digits=4)
    owners: tuple[str, ...]
    asks: tuple[str, ...] = column(help="Owners that decide first.")
    agreed_minutes: float = column(help="The minutes that it uses of agreements.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAnswer:
    """Where a request would fit now."""

    as_asked: tuple[PlaceRow, ...]
    alternatives: tuple[PlaceRow, ...] = column(help="The nearest places that are not as requested.")
    causes: tuple[str, ...] = column(help="Why there is none as requested.")
    looked_until: datetime


class NoPlaceProblem(Problem):
    """There is no free place for it as requested; these places are nearest."""

    alternatives: list[model_of(PlaceRow)] | None = None  # type: ignore[valid-type]
    causes: list[str] | None = None
    looked_until: Time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HindranceRow:
    """A contact in the way, as it may be seen."""

    agency: str
    request: str
    contact: SeenContactRow | None
    antennas: tuple[AntennaRef, ...]
    window: Span
    held: bool = column(help="Frozen: it cannot be moved.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAnswer(RequestRow):
    """One request, with all its data."""

    request: ContactRequest
    hindrances: tuple[HindranceRow, ...]
    look: LookAnswer | None = column(help="Where it is open and has no contact.")
    history: tuple[HistoryRow, ...]
    revision: int | None


class AskQuery(Parameters):
    """Whether to submit although there is no free place now."""

    wait: bool = Field(default=False, description="Submit without a free place: the next plan may make room.")


class KeyHeader(Parameters):
    """A key of the client, so that sending again changes nothing."""

    idempotency_key: (
        Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")] | None
    ) = Field(
        default=None,
        alias="Idempotency-Key",
        description="The same key and body get the first answer again; another body under the key is a conflict.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedAnswer:
    """A request that was submitted, with its state."""

    id: str
    state: RequestState
    reason: Fact | None
    request: ContactRequest


class ReasonBody(Body):
    """Why."""

    reason: Words = ""


class DecideBody(Body):
    """The decision, and why."""

    accept: bool
    reason: Words = Field(default="", description="A rejection needs one.")


class TakeBody(Body):
    """One of the places that are free."""

    antennas: list[Annotated[str, StringConstraints(max_length=130)]] = Field(min_length=1, max_length=20)
    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawnAnswer(RequestStateRow):
    """Withdrawn; contacts that begin too soon stay."""

    stay: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedAnswer(RequestStateRow):
    """Decided; or other owners are still asked."""

    still: tuple[str, ...]


class PriceQuery(Parameters):
    """The part of the request."""

    part: Annotated[int, Field(ge=1, le=10_000), DIGITS] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePlace:
    """A place that it would get."""

    start: datetime
    end: datetime
    antennas: tuple[AntennaRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Displaced:
    """A contact that it would displace, as it may be seen."""

    agency: str
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceAnswer:
    """What it would cost to serve a refused request."""

    request: str
    part: int
    places: tuple[PricePlace, ...] = column(help="Empty: it cannot be served at all.")
    displaced: tuple[Displaced, ...]
    moved: int
    value: float = column(help="The change in the schedule's value.")
    is_exact: bool = column(help="No cheaper way exists; without places: there is none. Otherwise it may cost less.")
    relaxations: tuple[Fact, ...] = column(help="The smallest changes with which it would cost nothing.")
