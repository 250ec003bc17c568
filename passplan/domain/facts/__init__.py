"""Facts: causes, reasons, particulars and outcomes as typed values, never as sentences."""

from __future__ import annotations

import json
from typing import Any

from passplan.domain.facts.base import ContactRef, Fact, LegacyText, Note
from passplan.domain.facts.causes import (
    CancelledBy,
    CancelledContact,
    Closed,
    ClosureEnded,
    ContactsChanged,
    ElementsReplaced,
    MoreCancelled,
    NetworkReplaced,
    NoContact,
    Outage,
    OutageEnded,
)
from passplan.domain.facts.outcomes import (
    BackedUp,
    ContactsCommitted,
    ElementsMark,
    ElementsMarked,
    ErrorMessage,
    Expired,
    JobFailed,
    JobRun,
    NoDaemon,
    PassesComputed,
    RevisionPublished,
    ScheduleOld,
    SourceReported,
    SourcesAsked,
    SourceStatus,
    Tidied,
)
from passplan.domain.facts.particulars import (
    AgreementUsedUp,
    CutTooShort,
    GroupNotServed,
    GroupServed,
    HeldInTheWay,
    LongestPass,
    LongestPiece,
    MoreUnusable,
    NearestRoom,
    NoPassAtAll,
    NothingBetter,
    NoWindowInPart,
    Outranked,
    OutsidePlan,
    PassesExcluded,
    SpacingTaken,
    Unusable,
    WindowsTooShort,
)
from passplan.domain.facts.plain import plain_of, read_fact
from passplan.domain.facts.reasons import (
    ContactLost,
    NotInNetwork,
    NotInRevision,
    OwnersAsked,
    RequestReplaced,
    RequestWithdrawn,
    SecondPersonAsked,
    SpanOver,
    SpanTooSoon,
)

FACTS: tuple[type[Fact], ...] = (
    LegacyText,
    Note,
    CancelledContact,
    Closed,
    ClosureEnded,
    ContactsChanged,
    ElementsReplaced,
    MoreCancelled,
    NetworkReplaced,
    NoContact,
    Outage,
    OutageEnded,
    ContactLost,
    NotInNetwork,
    NotInRevision,
    OwnersAsked,
    RequestReplaced,
    RequestWithdrawn,
    RevisionPublished,
    SecondPersonAsked,
    SpanOver,
    SpanTooSoon,
    AgreementUsedUp,
    CutTooShort,
    GroupNotServed,
    GroupServed,
    HeldInTheWay,
    LongestPass,
    LongestPiece,
    MoreUnusable,
    NearestRoom,
    NoPassAtAll,
    NothingBetter,
    NoWindowInPart,
    OutsidePlan,
    Outranked,
    PassesExcluded,
    SpacingTaken,
    Unusable,
    WindowsTooShort,
    ElementsMarked,
    ErrorMessage,
    JobFailed,
    NoDaemon,
    ScheduleOld,
    SourceStatus,
    BackedUp,
    ContactsCommitted,
    Expired,
    JobRun,
    PassesComputed,
    SourcesAsked,
    Tidied,
)
KINDS = {fact.kind: fact for fact in FACTS}

__all__ = [
    "FACTS",
    "KINDS",
    "AgreementUsedUp",
    "BackedUp",
    "CancelledBy",
    "CancelledContact",
    "Closed",
    "ClosureEnded",
    "ContactLost",
    "ContactRef",
    "ContactsChanged",
    "ContactsCommitted",
    "CutTooShort",
    "ElementsMark",
    "ElementsMarked",
    "ElementsReplaced",
    "ErrorMessage",
    "Expired",
    "Fact",
    "GroupNotServed",
    "GroupServed",
    "HeldInTheWay",
    "JobFailed",
    "JobRun",
    "LegacyText",
    "LongestPass",
    "LongestPiece",
    "MoreCancelled",
    "MoreUnusable",
    "NearestRoom",
    "NetworkReplaced",
    "NoContact",
    "NoDaemon",
    "NoPassAtAll",
    "NoWindowInPart",
    "NotInNetwork",
    "NotInRevision",
    "Note",
    "NothingBetter",
    "Outage",
    "OutageEnded",
    "Outranked",
    "OutsidePlan",
    "OwnersAsked",
    "PassesComputed",
    "PassesExcluded",
    "RequestReplaced",
    "RequestWithdrawn",
    "RevisionPublished",
    "ScheduleOld",
    "SecondPersonAsked",
    "SourceReported",
    "SourceStatus",
    "SourcesAsked",
    "SpacingTaken",
    "SpanOver",
    "SpanTooSoon",
    "Tidied",
    "Unusable",
    "WindowsTooShort",
    "dump_fact",
    "dump_facts",
    "fact_of",
    "load_fact",
    "load_facts",
    "note_of",
    "plain_of",
    "strict_fact_of",
]


def strict_fact_of(value: Any) -> Fact:
    """The fact of a plain value.

    Raises:
        ValueError: for a value that is no text and no known fact; it names what is wrong.
    """
    return read_fact(value, KINDS)


def fact_of(value: Any) -> Fact:
    """The fact of a plain value; what cannot be read stays readable as a `LegacyText`."""
    try:
        return strict_fact_of(value)
    except ValueError:
        return LegacyText(text=_json(value))


def note_of(text: str) -> Note | None:
    """What a person typed as a fact; None: nothing was typed."""
    return Note(text=text) if text else None


def dump_fact(fact: Fact | None) -> str:
    """A fact as a JSON text; "" for none."""
    return "" if fact is None else _json(plain_of(fact))


def load_fact(text: str) -> Fact | None:
    """The inverse of `dump_fact`."""
    return None if not text else _loaded(text)


def dump_facts(facts: tuple[Fact, ...]) -> str:
    """Facts as a JSON list."""
    return _json([plain_of(fact) for fact in facts])


def load_facts(text: str) -> tuple[Fact, ...]:
    """The inverse of `dump_facts`; a text that is no list is one `LegacyText`."""
    try:
        found = json.loads(text)
    except ValueError:
        return (LegacyText(text=text),)
    return tuple(fact_of(item) for item in found) if isinstance(found, list) else (LegacyText(text=text),)


def _loaded(text: str) -> Fact:
    try:
        return fact_of(json.loads(text))
    except ValueError:
        return LegacyText(text=text)


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
