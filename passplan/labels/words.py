"""The words of a fact: one function per kind, selected by the type of the fact."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch

from passplan.domain.facts import ContactRef, Fact, LegacyText, Note
from passplan.labels.base import Language


@singledispatch
def fact_words(fact: Fact, to: Language) -> str:  # noqa: ARG001 -- the registered functions use it
    """A fact in words, without a full stop.

    Raises:
        TypeError: for a kind of fact that has no words; a test checks that every kind has some.
    """
    raise TypeError(f"{type(fact).__name__} has no words")


@fact_words.register
def _legacy_text(fact: LegacyText, _to: Language) -> str:
    return fact.text


@fact_words.register
def _note(fact: Note, _to: Language) -> str:
    return fact.text


def contact_words(contact: ContactRef, to: Language) -> str:
    """A contact by its request, or by its agency where the request is not disclosed."""
    _ = to.gettext
    if not contact.request:
        agency = to.name(contact.agency)
        if contact.start is None:
            return _("a contact of %(agency)s") % {"agency": agency}
        return _("a contact of %(agency)s at %(at)s") % {"agency": agency, "at": to.clock(contact.start)}
    if contact.start is None:
        return f"{contact.request}/{contact.part}"
    values = {"request": contact.request, "part": contact.part, "at": to.clock(contact.start)}
    if contact.part > 1:
        return _("%(request)s part %(part)s at %(at)s") % values
    return _("%(request)s at %(at)s") % values


def joined(facts: Iterable[Fact], to: Language) -> str:
    """Several facts in one line."""
    return "; ".join(fact_words(fact, to) for fact in facts)
