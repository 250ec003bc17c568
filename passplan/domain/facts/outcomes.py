"""What a use case or a job did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from passplan.domain.facts.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionPublished(Fact):
    """A revision of the schedule was published."""

    kind: ClassVar[str] = "revision_published"

    revision: int
    at: datetime | None = None
    lane: str
    change: Fact
    causes: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorMessage(Fact):
    """The message of an error. It may name anything, so only those who see everything read it."""

    kind: ClassVar[str] = "error_message"

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailed(Fact):
    """A job failed, and nothing has put it right since."""

    kind: ClassVar[str] = "job_failed"

    job: str
    reason: Fact | None = None


class ElementsMark(StrEnum):
    """What is wrong with the elements of a satellite."""

    MISSING = "NO ELEMENTS"
    TOO_OLD = "TOO OLD"
    STALE = "STALE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementsMarked(Fact):
    """The elements of a satellite are missing or old."""

    kind: ClassVar[str] = "elements_marked"

    satellite: str
    mark: ElementsMark


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus(Fact):
    """How an element feed fares."""

    kind: ClassVar[str] = "source_status"

    source: str
    sets: int | None = None  # None: it was never asked
    stopped: str = ""  # why nothing is asked of it until a person arms it
    trouble: str = ""
    success: datetime | None = None
    attempt: datetime | None = None
    next: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDaemon(Fact):
    """No daemon leads, so nothing happens by itself."""

    kind: ClassVar[str] = "no_daemon"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleOld(Fact):
    """The newest schedule revision is older than the daily plan allows."""

    kind: ClassVar[str] = "schedule_old"

    age_h: float
