"""Facts: causes, reasons, particulars and outcomes as typed values, never as sentences.

The class of a fact registers its kind; `labels` has its words.
"""

from __future__ import annotations

import json
from typing import Any

from passplan.domain.facts.base import *  # noqa: F403
from passplan.domain.facts.base import LegacyText, Note
from passplan.domain.facts.causes import *  # noqa: F403
from passplan.domain.facts.outcomes import *  # noqa: F403
from passplan.domain.facts.particulars import *  # noqa: F403
from passplan.domain.facts.plain import *  # noqa: F403
from passplan.domain.facts.plain import plain_of, read_fact
from passplan.domain.facts.reasons import *  # noqa: F403
from passplan.domain.facts.relaxations import *  # noqa: F403
from passplan.domain.messages import *  # noqa: F403
from passplan.domain.messages import Fact, Message


def strict_fact_of(value: Any) -> Fact:
    """The fact of a plain value.

    Raises:
        ValueError: for a value that is neither a text nor a known fact; it names the mistake.
    """
    return read_fact(value)


def fact_of(value: Any) -> Fact:
    """The fact of a plain value; a value that cannot be parsed becomes a `LegacyText`."""
    try:
        return strict_fact_of(value)
    except ValueError:
        return LegacyText(text=_json(value))


def note_of(text: str) -> Note | None:
    """A text that a person typed, as a fact; None when it is empty."""
    return Note(text=text) if text else None


def dump_fact(fact: Fact | None) -> str:
    """A fact as a JSON text; "" for none."""
    return "" if fact is None else _json(plain_of(fact))


def load_fact(text: str) -> Fact | None:
    """The inverse of `dump_fact`."""
    return None if not text else _loaded(text)


def load_message(text: str) -> Message | None:
    """A message that `dump_fact` wrote; a sentence from before messages were typed has no code."""
    fact = load_fact(text)
    if isinstance(fact, LegacyText):
        return Message.of_text(fact.text)
    return fact if isinstance(fact, Message) else None


def dump_facts(facts: tuple[Fact, ...]) -> str:
    """Facts as a JSON list."""
    return _json([plain_of(fact) for fact in facts])


def load_facts(text: str) -> tuple[Fact, ...]:
    """The inverse of `dump_facts`; a text that is not a list is one `LegacyText`."""
    try:
        items = json.loads(text)
    except ValueError:
        return (LegacyText(text=text),)
    return tuple(fact_of(item) for item in items) if isinstance(items, list) else (LegacyText(text=text),)


def _loaded(text: str) -> Fact:
    try:
        return fact_of(json.loads(text))
    except ValueError:
        return LegacyText(text=text)


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
