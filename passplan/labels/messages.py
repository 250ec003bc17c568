"""Words for messages: of errors and of causes."""

from __future__ import annotations

from passplan.domain.errors import PassplanError
from passplan.domain.messages import Message, fill
from passplan.labels.base import Language
from passplan.labels.hints import hint_words
from passplan.labels.words import fact_words


@fact_words.register
def _message(fact: Message, to: Language) -> str:
    return fill(fact, to.gettext)


def error_words(error: PassplanError, to: Language) -> str:
    """All messages of an error, and its hint."""
    return "; ".join(filter(None, ["\n".join(error_lines(error, to)), hint_words(error.hint, to)]))


def error_lines(error: PassplanError, to: Language) -> list[str]:
    """All messages of an error, one sentence for each mistake."""
    return [fact_words(message, to) for message in error.messages]
