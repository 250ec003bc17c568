"""What a use case or a job did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
