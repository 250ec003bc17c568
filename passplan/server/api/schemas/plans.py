"""The schedule: revisions, refusals, shares, changes, days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from passplan.domain.facts import Fact
from passplan.domain.network import AntennaRef
from passplan.domain.rows.columns import column
from passplan.domain.rows.contacts import SeenAssignment, SeenContactRow
from passplan.domain.rows.schedule import ChangeRow, FairnessRow, RevisionRow, SeenRefusalRow
from passplan.domain.span import Span
from passplan.server.api.schemas.base import Limit, Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleAnswer:
    """The newest revision, and the contacts ahead."""

    revision: RevisionRow | None
    contacts: tuple[SeenContactRow, ...]
    refusals: tuple[SeenRefusalRow, ...]
    fairness: FairnessRow | None


class RevisionQuery(Parameters):
    """The number of revisions."""

    limit: Limit = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionList:
    """The newest revisions, the newest first."""

    revisions: tuple[RevisionRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionAnswer:
    """A revision as it was published; without contacts and refusals where its plan was deleted."""

    revision: RevisionRow
    has_plan: bool
    contacts: tuple[SeenAssignment, ...]
    refusals: tuple[SeenRefusalRow, ...]
    fairness: FairnessRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeList:
    """The changes of a revision."""

    revision: int
    sentence: Fact
    causes: tuple[Fact, ...]
    changes: tuple[ChangeRow, ...]
    unchanged: int


class DayPath(Parameters):
    """A day UTC: 2026-08-08, or 2026-220."""

    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePass:
    """A pass over an antenna's station."""

    satellite: str
    aos: datetime
    los: datetime
    peak_elevation_deg: float = column(digits=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRefusal:
    """A window in which a refused contact would fit."""

    request: str
    part: int
    agency: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneClosed:
    """A time in which an antenna cannot be used."""

    start: datetime
    end: datetime
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRow:
    """One antenna's day."""

    antenna: AntennaRef
    agency: str
    passes: tuple[LanePass, ...]
    contacts: tuple[int, ...]
    refused: tuple[LaneRefusal, ...]
    closed: tuple[LaneClosed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayAnswer:
    """A day of the schedule, antenna by antenna."""

    span: Span
    revision: int | None
    frozen_until: datetime
    contacts: tuple[SeenContactRow, ...]
    lanes: tuple[LaneRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedAnswer:
    """The revision that was published."""

    revision: RevisionRow
    without: tuple[str, ...] = column(help="Inputs that were left out from the start, and why.")
    left_out: tuple[str, ...] = column(help="Contacts that could no longer be placed, and why.")
