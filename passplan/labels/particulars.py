"""Words for the particulars of refusals."""

from __future__ import annotations

from collections.abc import Iterable

from passplan.domain.facts import (
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
from passplan.domain.network import AntennaRef
from passplan.domain.windows import FILTER_CAUSES, Filter
from passplan.labels.base import Language
from passplan.labels.words import contact_words, fact_words


def filter_words(name: Filter, to: Language) -> str:
    """Why a filter excluded a pass from a request."""
    return fact_words(FILTER_CAUSES[name], to)


def _array(antennas: Iterable[AntennaRef], to: Language) -> str:
    return "+".join(to.place(ref.station, ref.antenna) for ref in antennas)


def _windows(count: int, to: Language) -> str:
    ngettext = to.ngettext
    return ngettext("%(count)s window", "%(count)s windows", count) % {"count": count}


@fact_words.register
def _unusable(fact: Unusable, to: Language) -> str:
    cause = fact_words(fact.cause, to)
    return f"{to.place(fact.station, fact.antenna)}: {cause}" if fact.station else cause


@fact_words.register
def _more_unusable(fact: MoreUnusable, to: Language) -> str:
    _ = to.gettext
    return _("and %(count)s more") % {"count": fact.count}


@fact_words.register
def _passes_excluded(fact: PassesExcluded, to: Language) -> str:
    ngettext = to.ngettext
    template = ngettext("%(count)s pass: %(why)s", "%(count)s passes: %(why)s", fact.count)
    return template % {"count": fact.count, "why": filter_words(fact.filter, to)}


@fact_words.register
def _longest_pass(fact: LongestPass, to: Language) -> str:
    _ = to.gettext
    values = {"s": f"{fact.length_s:.0f}", "place": _array(fact.antennas, to), "at": to.second(fact.start)}
    return _("the longest has %(s)s s, over %(place)s at %(at)s") % values


@fact_words.register
def _longest_piece(fact: LongestPiece, to: Language) -> str:
    _ = to.gettext
    values = {"s": f"{fact.length_s:.0f}", "place": _array(fact.antennas, to), "at": to.second(fact.start)}
    return _("the longest piece before that was %(s)s s, over %(place)s at %(at)s") % values


@fact_words.register
def _outside_plan(_fact: OutsidePlan, to: Language) -> str:
    _ = to.gettext
    return _("its span lies outside the plan's")


@fact_words.register
def _cut_too_short(_fact: CutTooShort, to: Language) -> str:
    _ = to.gettext
    return _("its windows are cut to less than its least seconds, by its part's time or the end of a week")


@fact_words.register
def _no_window_in_part(_fact: NoWindowInPart, to: Language) -> str:
    _ = to.gettext
    return _("no window of the request lies in this part's time")


@fact_words.register
def _no_pass_at_all(_fact: NoPassAtAll, to: Language) -> str:
    _ = to.gettext
    return _("there is no pass over any station that it may use")


@fact_words.register
def _group_served(fact: GroupServed, to: Language) -> str:
    _ = to.gettext
    values = {"contacts": ", ".join(contact_words(c, to) for c in fact.contacts)}
    if fact.held:
        return _("of its group one is served: %(contacts)s, which is held") % values
    return _("of its group one is served: %(contacts)s") % values


@fact_words.register
def _group_not_served(_fact: GroupNotServed, to: Language) -> str:
    _ = to.gettext
    return _("its group is served otherwise, or cannot be served whole")


@fact_words.register
def _outranked(fact: Outranked, to: Language) -> str:
    _ = to.gettext
    values = {"windows": _windows(fact.windows, to), "worth": f"{fact.worth:.2f}"}
    return _("other contacts have the time in %(windows)s; it is worth %(worth)s") % values


@fact_words.register
def _spacing_taken(fact: SpacingTaken, to: Language) -> str:
    _ = to.gettext
    template = _("its other contacts leave no time with the spacing that it asks for, in %(windows)s")
    return template % {"windows": _windows(fact.windows, to)}


@fact_words.register
def _agreement_used_up(fact: AgreementUsedUp, to: Language) -> str:
    _ = to.gettext
    template = _("what its agreements allow in the week is used up, in %(windows)s")
    return template % {"windows": _windows(fact.windows, to)}


@fact_words.register
def _held_in_the_way(fact: HeldInTheWay, to: Language) -> str:
    _ = to.gettext
    template = _("held contacts, which cannot be moved, have the time in %(windows)s")
    return template % {"windows": _windows(fact.windows, to)}


@fact_words.register
def _windows_too_short(_fact: WindowsTooShort, to: Language) -> str:
    _ = to.gettext
    return _("its windows alone hold less than its least seconds, in as many parts as it may have")


@fact_words.register
def _nearest_room(fact: NearestRoom, to: Language) -> str:
    _ = to.gettext
    values = {
        "place": _array(fact.antennas, to),
        "at": to.second(fact.start),
        "contacts": ", ".join(contact_words(c, to) for c in fact.taken_by),
        "cost": f"{fact.cost:.2f}",
    }
    if fact.held:
        return _("room is nearest at %(place)s, %(at)s: taken by %(contacts)s (held, and cannot be moved)") % values
    return _("room is nearest at %(place)s, %(at)s: taken by %(contacts)s (worth %(cost)s)") % values


@fact_words.register
def _nothing_better(_fact: NothingBetter, to: Language) -> str:
    _ = to.gettext
    return _("what else would move, fairness and the earlier schedule count too: none better was found")
