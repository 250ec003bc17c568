"""The values that several facts hold, and the facts that are texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from passplan.domain.messages import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRef:
    """A reference to a contact in facts. Disclosure empties the request and leaves the agency."""

    request: str
    part: int = 1
    agency: str = ""
    start: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyText(Fact):
    """A sentence of a store or a file that was written before facts were typed, or a fact of an unknown kind.

    It may name anything, so only readers who see everything get it.
    """

    kind: ClassVar[str] = "legacy_text"

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Fact):
    """A text that a person typed. It is shown unchanged, and never parsed."""

    kind: ClassVar[str] = "note"

    text: str
