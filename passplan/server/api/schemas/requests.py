"""Requests: as they are asked, and what became of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from passplan.domain.contacts import RequestState
from passplan.server.api.schemas.base import (
    DIGITS,
    Answer,
    Body,
    Cursor,
    EventRow,
    Given,
    Instant,
    Limit,
    Name,
    Problem,
    SpanRow,
    Time,
    Words,
)
from passplan.server.api.schemas.contacts import ContactRow

Priority = Literal["emergency", "critical", "high", "routine"]
_Seconds = Annotated[int, Field(ge=1, le=604_800)]


class RepetitionBody(Body):
    """So many contacts in each period."""

    times: int = Field(ge=1, le=100)
    period: Literal["day", "span"] = "day"
    min_spacing_s: float = Field(default=0.0, ge=0.0, le=2_678_400.0)
    max_gap_s: float | None = Field(default=None, ge=1.0, le=31_622_400.0)


class SplitBody(Body):
    """A long contact may be given in parts."""

    max_parts: int = Field(ge=2, le=20)
    min_part_s: float = Field(ge=1.0, le=604_800.0)


class AskBody(Body):
    """A contact request, as a `[[request]]` of the request file."""

    id: Name | None = Field(default=None, description="Without one it gets one of its contents. No slash.")
    agency: Name | None = Field(default=None, description="By default one's own.")
    satellite: Name
    link: Name
    start: Instant
    end: Instant = Field(description="At most 31 days after the start.")
    min_s: _Seconds = Field(description="A shorter contact is of no use.")
    wanted_s: _Seconds | None = Field(default=None, description="A longer one is not asked for; by default min_s.")
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
    group: str = Field(default="", description="A group that is there.")
    preference: Literal["none", "highest", "earliest"] = "none"
    activity: Literal["voice", "command", "payload", "school", "training"] = "command"
    note: str = Field(default="", max_length=200)


class Repetition(Answer):
    """So many contacts in each period."""

    times: int
    period: str
    min_spacing_s: float
    max_gap_s: float | None = None


class Split(Answer):
    """Parts of a long contact."""

    max_parts: int
    min_part_s: float


class RequestDocument(Answer):
    """A request as it was asked; what is empty is left out."""

    id: str
    agency: str
    satellite: str
    link: str
    start: Time
    end: Time
    min_s: float
    wanted_s: float
    priority: Priority
    weight: float
    stations: list[str] = Field(default=[])
    arrays: list[list[str]] = Field(default=[])
    min_elevation_deg: float | None = None
    setup_s: float | None = None
    teardown_s: float | None = None
    during: list[str] = Field(default=[])
    repetition: Repetition | None = None
    split: Split | None = None
    group: str = ""
    preference: str
    activity: str
    note: str = ""


class StateRow(Answer):
    """A request and its state."""

    id: str
    agency: str
    state: RequestState
    reason: str
    start: Time
    end: Time
    submitted: Time
    submitted_by: str


class RequestRow(StateRow):
    """A request and where it stands: with its contact, or why it has none."""

    satellite: str
    link: str
    min_s: float
    wanted_s: float
    priority: Priority
    activity: str
    note: str
    standing: str = Field(description="A state of its contact or its own; or `refused`, `waiting`.")
    contacts: list[ContactRow]
    refusals: list[RefusedPart]
    particulars: list[str]


class RefusedPart(Answer):
    """A part that the newest plan has no place for."""

    part: int
    reason: str


class RequestList(Answer):
    """Requests in order of their ids."""

    next: str | None = Field(description="The cursor of the next page.")
    revision: int | None
    requests: list[RequestRow]


class RequestQuery(Given):
    """Which requests."""

    state: list[RequestState] = Field(default=[])
    agency: Name | None = None
    limit: Limit = 100
    cursor: Cursor | None = None


class Place(Answer):
    """A place that is free now, and what it differs in."""

    kind: Literal["as_asked", "other_time", "other_station", "other_time_and_station", "shorter", "lower"]
    antennas: list[str]
    start: Time
    end: Time
    occupied_from: Time
    occupied_to: Time
    duration_s: float
    peak_elevation_deg: float
    owners: list[str]
    asks: list[str] = Field(description="Owners of whom a person decides first.")
    agreed_minutes: float = Field(description="What it takes of agreements.")


class LookAnswer(Answer):
    """Where a request would fit now."""

    as_asked: list[Place]
    alternatives: list[Place] = Field(description="The nearest places that are not as asked.")
    causes: list[str] = Field(description="Why there is none as asked.")
    looked_until: Time


class NoPlaceProblem(Problem):
    """There is no room for it as it is asked; these places are nearest."""

    alternatives: list[Place] | None = None
    causes: list[str] | None = None
    looked_until: Time | None = None


class HindranceRow(Answer):
    """A contact in the way, as it may be seen."""

    agency: str
    request: str
    contact: ContactRow | None
    antennas: list[str]
    window: SpanRow
    held: bool = Field(description="Frozen: it cannot be moved.")


class RequestAnswer(RequestRow):
    """One request, with all that is known of it."""

    request: RequestDocument
    hindrances: list[HindranceRow]
    look: LookAnswer | None = Field(description="Where it is open and has no contact.")
    history: list[EventRow]
    revision: int | None


class AskQuery(Given):
    """Whether to ask although there is no room now."""

    wait: bool = Field(default=False, description="Ask all the same: the next plan may make room.")


class KeyHeader(Given):
    """A key of one's own, so that asking again does nothing anew."""

    idempotency_key: (
        Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")] | None
    ) = Field(
        default=None,
        alias="Idempotency-Key",
        description="The same key and body get the first answer again; another body under the key is a conflict.",
    )


class SubmittedAnswer(Answer):
    """What became of what was asked."""

    id: str
    state: RequestState
    reason: str
    request: RequestDocument


class ReasonBody(Body):
    """Why."""

    reason: Words = ""


class DecideBody(Body):
    """Yes or no, and why."""

    accept: bool
    reason: Words = Field(default="", description="A no needs one.")


class TakeBody(Body):
    """One of the places that were offered."""

    antennas: list[Annotated[str, StringConstraints(max_length=130)]] = Field(min_length=1, max_length=20)
    start: Instant
    end: Instant


class WithdrawnAnswer(StateRow):
    """Withdrawn; contacts that begin too soon stay."""

    stay: list[int]


class DecidedAnswer(StateRow):
    """Decided; or other owners are still asked."""

    still: list[str]


class PriceQuery(Given):
    """Of which part."""

    part: Annotated[int, Field(ge=1, le=10_000), DIGITS] = 1


class PricePlace(Answer):
    """Where it would go."""

    start: Time
    end: Time
    antennas: list[str]


class Displaced(Answer):
    """A contact that would go, as it may be seen."""

    agency: str
    request: str


class PriceAnswer(Answer):
    """What it would cost to serve a refused request after all."""

    request: str
    part: int
    places: list[PricePlace] = Field(description="Empty: it cannot be had at all.")
    displaced: list[Displaced]
    moved: int
    value: float = Field(description="The change of the schedule's value.")
