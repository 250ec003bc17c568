"""Words for what use cases and jobs did."""

from __future__ import annotations

from collections.abc import Iterable

from passplan.domain.facts import (
    ElementsMark,
    ElementsMarked,
    ErrorMessage,
    Fact,
    JobFailed,
    NoDaemon,
    RevisionPublished,
    ScheduleOld,
    SourceStatus,
)
from passplan.domain.hints import Hint
from passplan.labels.base import Language
from passplan.labels.hints import hint_words
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


@fact_words.register
def _error_message(fact: ErrorMessage, _to: Language) -> str:
    return fact.text


@fact_words.register
def _job_failed(fact: JobFailed, to: Language) -> str:
    _ = to.gettext
    if fact.reason is None:
        return _("job %(job)s failed") % {"job": fact.job}
    return f"{fact.job}: {fact_words(fact.reason, to)}"


def mark_words(mark: ElementsMark, to: Language) -> str:
    """What is wrong with elements, as tables mark it."""
    _ = to.gettext
    return {
        ElementsMark.MISSING: _("NO ELEMENTS"),
        ElementsMark.TOO_OLD: _("TOO OLD"),
        ElementsMark.STALE: _("STALE"),
    }[mark]


@fact_words.register
def _elements_marked(fact: ElementsMarked, to: Language) -> str:
    return f"{to.name(fact.satellite)}: {mark_words(fact.mark, to)}"


@fact_words.register
def _source_status(fact: SourceStatus, to: Language) -> str:
    _ = to.gettext
    told = source_words(fact, to)
    return _("source %(source)s: %(told)s") % {"source": fact.source, "told": told}


def source_words(fact: SourceStatus, to: Language) -> str:
    """How a source fares, without its name."""
    _ = to.gettext
    if fact.sets is None:
        return _("never asked")
    if fact.stopped:
        hint = hint_words(Hint.ARM_SOURCE, to)
        told = [_("STOPPED: %(why)s") % {"why": f"{fact.stopped}; {hint}"}]
    elif fact.trouble:
        told = [_("in trouble: %(why)s") % {"why": fact.trouble}]
    else:
        told = [_("%(count)s sets") % {"count": fact.sets}]
    if fact.success is not None:
        told.append(_("last %(at)s") % {"at": to.minute(fact.success)})
    elif fact.attempt is not None:
        told.append(_("asked last %(at)s") % {"at": to.minute(fact.attempt)})
    if fact.next is not None:
        told.append(_("next not before %(at)s") % {"at": to.minute(fact.next)})
    return ", ".join(told)


@fact_words.register
def _no_daemon(_fact: NoDaemon, to: Language) -> str:
    _ = to.gettext
    if to.commands:
        return _("no daemon leads: nothing happens by itself; passplan serve starts one")
    return _("no daemon leads: nothing happens by itself")


@fact_words.register
def _schedule_old(fact: ScheduleOld, to: Language) -> str:
    _ = to.gettext
    return _("the schedule is %(hours)s h old") % {"hours": f"{fact.age_h:.0f}"}
