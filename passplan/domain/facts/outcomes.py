"""The outcomes of use cases and jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from passplan.domain.messages import Fact, Message


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
    """The message of an error. It may name anything, so only readers who see everything get it."""

    kind: ClassVar[str] = "error_message"

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailed(Fact):
    """A job failed, and has not succeeded since."""

    kind: ClassVar[str] = "job_failed"

    job: str
    reason: Fact | None = None


class ElementsMark(StrEnum):
    """A problem with the elements of a satellite."""

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
class SetsHeld(Fact):
    """Element sets of a satellite disagree with those before them, and are not used."""

    kind: ClassVar[str] = "sets_held"

    satellite: str
    count: int
    newest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnNear(Fact):
    """A burn of a satellite is planned, or came after its active element set or shortly before it."""

    kind: ClassVar[str] = "burn_near"

    satellite: str
    time: datetime
    delta_v_m_s: float | None = None
    is_found: bool = False  # between two element sets; nobody announced it


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus(Fact):
    """The status of an element feed."""

    kind: ClassVar[str] = "source_status"

    source: str
    sets: int | None = None  # None: it was never fetched
    stopped: Message | None = None  # why it is not fetched until a person arms it
    trouble: Message | None = None
    success: datetime | None = None
    attempt: datetime | None = None
    next: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDaemon(Fact):
    """No daemon leads, so no job runs."""

    kind: ClassVar[str] = "no_daemon"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerAhead(Fact):
    """The ledger has a slot of the future: the clock was ahead when its job ran."""

    kind: ClassVar[str] = "ledger_ahead"

    job: str
    slot: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskLow(Fact):
    """The disk of the data folder is nearly full."""

    kind: ClassVar[str] = "disk_low"

    free_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskReadOnly(Fact):
    """Nothing can be written to the data folder."""

    kind: ClassVar[str] = "disk_read_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class EarthOrientationEnds(Fact):
    """The table of the Earth's rotation ends soon, or has ended."""

    kind: ClassVar[str] = "earth_orientation_ends"

    end: datetime
    ut1_error_s: float  # the largest error that was seen so long after an end; 0: it has not ended


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleOld(Fact):
    """The newest schedule revision is older than the daily plan allows."""

    kind: ClassVar[str] = "schedule_old"

    age_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReported:
    """The result of fetching one element feed."""

    source: str
    told: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesAsked(Fact):
    """The element feeds that were due were fetched."""

    kind: ClassVar[str] = "sources_asked"

    reports: tuple[SourceReported, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PassesComputed(Fact):
    """Passes ahead were computed and stored."""

    kind: ClassVar[str] = "passes_computed"

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsCommitted(Fact):
    """Contacts that begin within the freeze were committed."""

    kind: ClassVar[str] = "contacts_committed"

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired(Fact):
    """Contacts became unreported, and requests expired."""

    kind: ClassVar[str] = "expired"

    contacts: int = 0
    requests: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp(Fact):
    """A backup of the store was written."""

    kind: ClassVar[str] = "backed_up"

    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied(Fact):
    """Data beyond its retention time was deleted, and the store passed its checks."""

    kind: ClassVar[str] = "tidied"

    plans: int = 0
    element_sets: int = 0
    ledger_lines: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun(Fact):
    """The last run of a job."""

    kind: ClassVar[str] = "job_run"

    job: str
    slot: datetime
    is_failed: bool = False
    outcome: Fact | None = None
