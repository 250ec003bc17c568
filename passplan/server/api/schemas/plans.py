"""The schedule: revisions, refusals, shares, changes, days."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from passplan.server.api.schemas.base import Answer, Given, Limit, SpanRow, Time
from passplan.server.api.schemas.contacts import AssignmentRow, ContactRow


class ShareRow(Answer):
    """What an agency asked for and got."""

    agency: str
    requests_asked: int
    requests_served: int
    minutes_asked: float
    minutes_given: float
    unserved_share: float
    minutes_entitled: float | None
    minutes_used: float
    entitled_share: float | None


class FairnessRow(Answer):
    """How evenly a plan serves those who asked."""

    penalty: float
    price: float | None
    u_rms: float
    u_max: float
    worst: str | None
    agencies: list[ShareRow]


class RevisionRow(Answer):
    """A revision of the schedule."""

    revision: int
    at: Time
    span: SpanRow
    lane: str
    network_revision: int
    sentence: str
    causes: list[str]
    contacts: int
    refusals: int
    value: float
    bound: float
    gap: float = Field(description="How much better it could be at most, as a share.")
    inputs_sha256: str


class RefusalRow(Answer):
    """A request that got no contact, and why."""

    request: str
    part: int
    agency: str
    reason: str
    particulars: list[str]
    note: str


class ScheduleAnswer(Answer):
    """The newest revision, and the contacts that are ahead."""

    revision: RevisionRow | None
    contacts: list[ContactRow]
    refusals: list[RefusalRow]
    fairness: FairnessRow | None


class RevisionQuery(Given):
    """How many."""

    limit: Limit = 50


class RevisionList(Answer):
    """The newest revisions, the newest first."""

    revisions: list[RevisionRow]


class RevisionAnswer(Answer):
    """A revision as it was made; without contacts and refusals where its plan was forgotten."""

    revision: RevisionRow
    has_plan: bool
    contacts: list[AssignmentRow]
    refusals: list[RefusalRow]
    fairness: FairnessRow | None


class ChangeRow(Answer):
    """What became of a contact."""

    kind: Literal["added", "moved", "lost"]
    agency: str
    request: str
    antennas: str
    start: Time
    start_before: Time | None


class ChangeList(Answer):
    """What a revision changed."""

    revision: int
    sentence: str
    causes: list[str]
    changes: list[ChangeRow]
    unchanged: int


class DayPath(Given):
    """A day UTC: 2026-08-08, or 2026-220."""

    day: str


class LanePass(Answer):
    """A pass over an antenna's station."""

    satellite: str
    aos: Time
    los: Time
    peak_elevation_deg: float


class LaneRefusal(Answer):
    """A window in which a refused contact would fit."""

    request: str
    part: int
    agency: str
    start: Time
    end: Time


class LaneClosed(Answer):
    """A time in which an antenna cannot be used."""

    start: Time
    end: Time
    note: str


class Lane(Answer):
    """One antenna's day."""

    antenna: str
    agency: str
    passes: list[LanePass]
    contacts: list[int]
    refused: list[LaneRefusal]
    closed: list[LaneClosed]


class DayAnswer(Answer):
    """A day of the schedule, antenna by antenna."""

    span: SpanRow
    revision: int | None
    frozen_until: Time
    contacts: list[ContactRow]
    lanes: list[Lane]


class PublishedAnswer(Answer):
    """What was published."""

    revision: RevisionRow
    without: list[str] = Field(description="What was left aside from the start, and why.")
    left_out: list[str] = Field(description="Contacts that could not be placed any more, and why.")
