"""Words for the reasons of contacts and requests."""

from __future__ import annotations

from passplan.domain.facts import (
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
from passplan.labels.base import Language
from passplan.labels.words import fact_words


@fact_words.register
def _request_withdrawn(_fact: RequestWithdrawn, to: Language) -> str:
    _ = to.gettext
    return _("its request is withdrawn")


@fact_words.register
def _not_in_network(fact: NotInNetwork, to: Language) -> str:
    _ = to.gettext
    return _("network revision %(revision)s has no room for it") % {"revision": fact.revision}


@fact_words.register
def _not_in_revision(fact: NotInRevision, to: Language) -> str:
    _ = to.gettext
    return _("revision %(revision)s has no place for it") % {"revision": fact.revision}


@fact_words.register
def _span_over(_fact: SpanOver, to: Language) -> str:
    _ = to.gettext
    return _("its span is over")


@fact_words.register
def _span_too_soon(_fact: SpanTooSoon, to: Language) -> str:
    _ = to.gettext
    return _("its span ends before anything could be booked")


@fact_words.register
def _contact_lost(_fact: ContactLost, to: Language) -> str:
    _ = to.gettext
    return _("a contact is lost")


@fact_words.register
def _request_replaced(fact: RequestReplaced, to: Language) -> str:
    _ = to.gettext
    return _("%(request)s takes its place") % {"request": fact.by}


@fact_words.register
def _owners_asked(fact: OwnersAsked, to: Language) -> str:
    ngettext = to.ngettext
    template = ngettext(
        "%(owners)s is asked, as the agreement says",
        "%(owners)s are asked, as the agreements say",
        len(fact.owners),
    )
    return template % {"owners": ", ".join(to.name(owner) for owner in fact.owners)}


@fact_words.register
def _second_person_asked(_fact: SecondPersonAsked, to: Language) -> str:
    _ = to.gettext
    return _("a second person decides on an emergency")
