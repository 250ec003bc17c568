"""Facts as the command line words them."""

from __future__ import annotations

from passplan.domain.facts import Fact
from passplan.labels import ENGLISH, fact_words


def words(fact: Fact | None) -> str:
    """A fact in English; nothing for none."""
    return "" if fact is None else fact_words(fact, ENGLISH)
