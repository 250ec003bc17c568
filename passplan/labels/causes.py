"""Words for causes of schedule revisions and for what a revision changed."""

from __future__ import annotations

from passplan.domain.facts import (
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
from passplan.labels.base import Language
from passplan.labels.words import contact_words, fact_words


@fact_words.register
def _network_replaced(fact: NetworkReplaced, to: Language) -> str:
    _ = to.gettext
    return _("network revision %(revision)s replaced %(before)s") % {"revision": fact.revision, "before": fact.before}


@fact_words.register
def _elements_replaced(fact: ElementsReplaced, to: Language) -> str:
    _ = to.gettext
    values = {"satellite": to.name(fact.satellite), "after": to.minute(fact.after)}
    if fact.before is None:
        return _("elements of %(satellite)s of %(after)s") % values
    values["before"] = to.minute(fact.before)
    return _("elements of %(satellite)s of %(after)s replaced those of %(before)s") % values


@fact_words.register
def _outage(fact: Outage, to: Language) -> str:
    _ = to.gettext
    values = {"place": to.place(fact.station, fact.antenna), "note": fact.note}
    return _("outage of %(place)s: %(note)s") % values if fact.note else _("outage of %(place)s") % values


@fact_words.register
def _closed(fact: Closed, to: Language) -> str:
    _ = to.gettext
    values = {"place": to.place(fact.station, fact.antenna), "note": fact.note}
    return _("%(place)s is closed: %(note)s") % values if fact.note else _("%(place)s is closed") % values


@fact_words.register
def _outage_ended(fact: OutageEnded, to: Language) -> str:
    _ = to.gettext
    return _("the outage of %(place)s is over") % {"place": to.place(fact.station, fact.antenna)}


@fact_words.register
def _closure_ended(fact: ClosureEnded, to: Language) -> str:
    _ = to.gettext
    return _("%(place)s is open again") % {"place": to.place(fact.station, fact.antenna)}


@fact_words.register
def _cancelled_contact(fact: CancelledContact, to: Language) -> str:
    _ = to.gettext
    if fact.contact is None:
        return _("a contact of another agency was cancelled")
    words = {
        CancelledBy.AGENCY: _("%(contact)s was cancelled by its agency"),
        CancelledBy.NETWORK: _("%(contact)s was cancelled by the network"),
        CancelledBy.EMERGENCY: _("%(contact)s was displaced by an emergency"),
        None: _("%(contact)s was cancelled"),
    }
    text = words[fact.by] % {"contact": contact_words(fact.contact, to)}
    return text if fact.reason is None else f"{text}: {fact_words(fact.reason, to)}"


@fact_words.register
def _more_cancelled(fact: MoreCancelled, to: Language) -> str:
    ngettext = to.ngettext
    template = ngettext("%(count)s more was cancelled", "%(count)s more were cancelled", fact.count)
    return template % {"count": fact.count}


@fact_words.register
def _no_contact(_fact: NoContact, to: Language) -> str:
    _ = to.gettext
    return _("there is no contact")


@fact_words.register
def _contacts_changed(fact: ContactsChanged, to: Language) -> str:
    """All changes in short: "3 contacts moved more than 5 s, 1 lost, 2 new". Only the first number has a noun."""
    _, ngettext = to.gettext, to.ngettext
    counts = (fact.moved, fact.shifted, fact.on_other_antennas, fact.with_pass, fact.lost, fact.new)
    first = (
        ngettext("%(n)s contact moved more than %(s)s s", "%(n)s contacts moved more than %(s)s s", fact.moved),
        ngettext("%(n)s contact moved by %(s)s s or less", "%(n)s contacts moved by %(s)s s or less", fact.shifted),
        ngettext("%(n)s contact on other antennas", "%(n)s contacts on other antennas", fact.on_other_antennas),
        ngettext(
            "%(n)s contact shifted with its pass by %(by)s s",
            "%(n)s contacts shifted with their passes by %(by)s s at most",
            fact.with_pass,
        ),
        ngettext("%(n)s contact lost", "%(n)s contacts lost", fact.lost),
        ngettext("%(n)s contact new", "%(n)s contacts new", fact.new),
    )
    # What follows the first number.
    further = (
        _("%(n)s moved more than %(s)s s"),
        _("%(n)s moved by %(s)s s or less"),
        _("%(n)s of these on other antennas"),
        _("%(n)s shifted with their passes by %(by)s s at most"),
        _("%(n)s lost"),
        _("%(n)s new"),
    )
    parts: list[str] = []
    for count, with_noun, without in zip(counts, first, further, strict=True):
        values = {"n": count, "s": f"{fact.tolerance_s:g}", "by": f"{fact.pass_shift_s:+.0f}"}
        if count:
            parts.append((without if parts else with_noun) % values)
    return ", ".join(parts) or _("the contacts are the same")
