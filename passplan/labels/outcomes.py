"""Words for what use cases and jobs did."""

from __future__ import annotations

from collections.abc import Iterable

from passplan.domain.facts import (
    BackedUp,
    BurnNear,
    ContactsCommitted,
    DiskLow,
    DiskReadOnly,
    EarthOrientationEnds,
    ElementsMark,
    ElementsMarked,
    ErrorMessage,
    Expired,
    Fact,
    JobFailed,
    JobRun,
    LedgerAhead,
    NoDaemon,
    PassesComputed,
    RevisionPublished,
    ScheduleOld,
    SetsHeld,
    SourcesAsked,
    SourceStatus,
    Tidied,
)
from passplan.domain.hints import Hint
from passplan.labels.base import Language
from passplan.labels.hints import hint_words
from passplan.labels.names import name_words
from passplan.labels.words import fact_words, joined


def revision_words(change: Fact, causes: Iterable[Fact], to: Language) -> str:
    """What a revision changed, and why: "3 contacts moved more than 5 s, 1 lost: elements of ISS of … replaced …"."""
    why = joined(causes, to)
    text = fact_words(change, to)
    return f"{text}: {why}" if why else text


@fact_words.register
def _revision_published(fact: RevisionPublished, to: Language) -> str:
    _ = to.gettext
    values = {
        "revision": fact.revision,
        "lane": name_words(fact.lane, to),
        "told": revision_words(fact.change, fact.causes, to),
    }
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
        return _("job %(job)s failed") % {"job": name_words(fact.job, to)}
    return f"{name_words(fact.job, to)}: {fact_words(fact.reason, to)}"


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
def _sets_held(fact: SetsHeld, to: Language) -> str:
    template = to.ngettext(
        "%(satellite)s: %(count)s element set is held back, of %(at)s: it disagrees with earlier ones",
        "%(satellite)s: %(count)s element sets are held back, the newest of %(at)s: they disagree with earlier ones",
        fact.count,
    )
    return template % {"satellite": to.name(fact.satellite), "count": fact.count, "at": to.minute(fact.newest)}


@fact_words.register
def _burn_near(fact: BurnNear, to: Language) -> str:
    _ = to.gettext
    size = _(", %(size).2g m/s") % {"size": fact.delta_v_m_s} if fact.delta_v_m_s is not None else ""
    values = {"satellite": to.name(fact.satellite), "at": to.minute(fact.time), "size": size}
    if fact.is_found:
        return _("%(satellite)s: its new elements show a burn of about %(at)s%(size)s") % values
    return _("%(satellite)s: burn at %(at)s%(size)s; passes after it are uncertain until newer elements come") % values


@fact_words.register
def _source_status(fact: SourceStatus, to: Language) -> str:
    _ = to.gettext
    status = source_words(fact, to)
    return _("source %(source)s: %(told)s") % {"source": fact.source, "told": status}


def source_words(fact: SourceStatus, to: Language) -> str:
    """The status of a source, without its name."""
    _ = to.gettext
    if fact.sets is None:
        return _("never asked")
    if fact.stopped:
        hint = hint_words(Hint.ARM_SOURCE, to)
        parts = [_("STOPPED: %(why)s") % {"why": f"{fact_words(fact.stopped, to)}; {hint}"}]
    elif fact.trouble:
        parts = [_("in trouble: %(why)s") % {"why": fact_words(fact.trouble, to)}]
    else:
        parts = [_("%(count)s sets") % {"count": fact.sets}]
    if fact.success is not None:
        parts.append(_("last %(at)s") % {"at": to.minute(fact.success)})
    elif fact.attempt is not None:
        parts.append(_("asked last %(at)s") % {"at": to.minute(fact.attempt)})
    if fact.next is not None:
        parts.append(_("next not before %(at)s") % {"at": to.minute(fact.next)})
    return ", ".join(parts)


@fact_words.register
def _no_daemon(_fact: NoDaemon, to: Language) -> str:
    _ = to.gettext
    if to.commands:
        return _("no daemon leads: nothing happens by itself; passplan serve starts one")
    return _("no daemon leads: nothing happens by itself")


@fact_words.register
def _ledger_ahead(fact: LedgerAhead, to: Language) -> str:
    _ = to.gettext
    return _("%(job)s has run for %(slot)s, which is to come: the clock was ahead; slots until now are run") % {
        "job": fact.job,
        "slot": to.minute(fact.slot),
    }


@fact_words.register
def _disk_low(fact: DiskLow, to: Language) -> str:
    _ = to.gettext
    return _("the disk of the data folder has %(free).0f MB left; make room") % {"free": fact.free_bytes / 1e6}


@fact_words.register
def _disk_read_only(_fact: DiskReadOnly, to: Language) -> str:
    _ = to.gettext
    return _("nothing can be written to the data folder: its disk or folder is read-only")


@fact_words.register
def _earth_orientation_ends(fact: EarthOrientationEnds, to: Language) -> str:
    _ = to.gettext
    values = {"end": f"{fact.end:%Y-%m-%d}", "error": fact.ut1_error_s, "ground": 460.0 * fact.ut1_error_s}
    if fact.ut1_error_s:
        return (
            _(
                "the table of the Earth's rotation ended on %(end)s: UT1 is extrapolated, and wrong by %(error).2f s "
                "at most, which is %(ground).0f m on the ground; the setting eop names a newer one"
            )
            % values
        )
    return _("the table of the Earth's rotation ends on %(end)s; the setting eop names a newer one") % values


@fact_words.register
def _schedule_old(fact: ScheduleOld, to: Language) -> str:
    _ = to.gettext
    return _("the schedule is %(hours)s h old") % {"hours": f"{fact.age_h:.0f}"}


@fact_words.register
def _sources_asked(fact: SourcesAsked, to: Language) -> str:
    _ = to.gettext
    return "; ".join(f"{r.source}: {fact_words(r.told, to)}" for r in fact.reports) or _("there is no source")


@fact_words.register
def _passes_computed(fact: PassesComputed, to: Language) -> str:
    ngettext = to.ngettext
    return ngettext("%(count)s pass computed", "%(count)s passes computed", fact.count) % {"count": fact.count}


@fact_words.register
def _contacts_committed(fact: ContactsCommitted, to: Language) -> str:
    ngettext = to.ngettext
    template = ngettext("%(count)s contact committed", "%(count)s contacts committed", fact.count)
    return template % {"count": fact.count}


@fact_words.register
def _expired(fact: Expired, to: Language) -> str:
    ngettext = to.ngettext
    contacts = ngettext("%(count)s contact unreported", "%(count)s contacts unreported", fact.contacts)
    requests = ngettext("%(count)s request expired", "%(count)s requests expired", fact.requests)
    counts = ((contacts, fact.contacts), (requests, fact.requests))
    return ", ".join(words % {"count": count} for words, count in counts if count) or to.gettext("nothing expired")


@fact_words.register
def _backed_up(fact: BackedUp, to: Language) -> str:
    _ = to.gettext
    return _("backup %(file)s is written") % {"file": fact.file}


@fact_words.register
def _tidied(fact: Tidied, to: Language) -> str:
    _, ngettext = to.gettext, to.ngettext
    plans = ngettext("%(count)s old plan forgotten", "%(count)s old plans forgotten", fact.plans)
    sets = ngettext("%(count)s old element set forgotten", "%(count)s old element sets forgotten", fact.element_sets)
    lines = ngettext(
        "%(count)s old line of the ledger forgotten", "%(count)s old lines of the ledger forgotten", fact.ledger_lines
    )
    counts = ((plans, fact.plans), (sets, fact.element_sets), (lines, fact.ledger_lines))
    parts = [words % {"count": count} for words, count in counts if count]
    return ", ".join([*parts, _("the store is sound")])


@fact_words.register
def _job_run(fact: JobRun, to: Language) -> str:
    _ = to.gettext
    values = {"at": to.minute(fact.slot), "told": fact_words(fact.outcome, to) if fact.outcome is not None else ""}
    return (_("%(at)s FAILED: %(told)s") if fact.is_failed else _("%(at)s %(told)s")) % values
