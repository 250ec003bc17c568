"""Words for what use cases and jobs did."""

from __future__ import annotations

from collections.abc import Iterable

from passplan.domain.facts import Fact, RevisionPublished
from passplan.labels.base import Language
from passplan.labels.words import fact_words, joined


def revision_words(change: Fact, causes: Iterable[Fact], to: Language) -> str:
    """What a revision changed, and why: "3 contacts moved more than 5 s, 1 lost: elements of ISS of … replaced …"."""
    why = joined(causes, to)
    told = fact_words(change, to)
    return f"{told}: {why}" if why else told


@fact_words.register
def _revision_published(fact: RevisionPublished, to: Language) -> str:
    _ = to.gettext
    values = {"revision": fact.revision, "lane": fact.lane, "told": revision_words(fact.change, fact.causes, to)}
    if fact.at is None:
        return _("revision %(revision)s (%(lane)s): %(told)s") % values
    return _("revision %(revision)s of %(at)s (%(lane)s): %(told)s") % (values | {"at": to.minute(fact.at)})
