"""Facts as JSON and in words: each kind, without exception."""

from __future__ import annotations

import dataclasses
import types
import typing
from datetime import UTC, datetime
from enum import StrEnum
from gettext import NullTranslations
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from passplan.domain import facts
from passplan.domain.facts import (
    CancelledBy,
    CancelledContact,
    Closed,
    ContactRef,
    ContactsChanged,
    ElementsMarked,
    ElementsReplaced,
    ErrorMessage,
    Fact,
    JobFailed,
    LegacyText,
    Note,
    Outage,
    OwnersAsked,
    RevisionPublished,
    SourcesAsked,
    Unusable,
    dump_fact,
    dump_facts,
    fact_of,
    load_fact,
    load_facts,
    plain_of,
    strict_fact_of,
)
from passplan.domain.messages import KINDS, Message
from passplan.domain.network import AntennaRef
from passplan.labels import ENGLISH, Language, fact_words, joined

FACTS = tuple(KINDS.values())
NOW = datetime(2026, 8, 8, 6, 22, 10, tzinfo=UTC)


# What these say is text of a person, an error or the search for windows; or marks and names with a colon between.
OF_OTHERS = (LegacyText, Note, ErrorMessage, Unusable, JobFailed, ElementsMarked, RevisionPublished, SourcesAsked)


def value_of(kind: Any) -> Any:
    """A value of a field's type that is not its default."""
    if typing.get_origin(kind) is types.UnionType:
        kind = next(a for a in typing.get_args(kind) if a is not type(None))
    if typing.get_origin(kind) is tuple:
        return (value_of(typing.get_args(kind)[0]),) * 2
    if kind is Fact:
        return Note(text="a note: 100 %\u2028of it")
    if kind is AntennaRef:
        return AntennaRef("RED", "a")
    if dataclasses.is_dataclass(kind):
        return made(typing.cast("type[Any]", kind))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return list(kind)[-1]
    return {str: 'text/%(n)s "é"\n\u2028', int: 7, float: 2.5, bool: True, datetime: NOW}[kind]


def made(kind: type[Any]) -> Any:
    """A fact of a kind, with all its fields."""
    if kind is Message:
        why = Message("why", "it is %(what)r", what="é")
        return Message("m", "%(who)s has %(n)g of %(at)s: %(why)s, 100 %%", who=("A", "B"), n=2.5, at=NOW, why=why)
    hints = typing.get_type_hints(kind)
    return kind(**{field.name: value_of(hints[field.name]) for field in dataclasses.fields(kind)})


@pytest.mark.parametrize("kind", FACTS, ids=lambda kind: kind.kind)
def test_a_fact_comes_back_from_json_as_it_was(kind: type[Fact]) -> None:
    fact = made(kind)

    assert fact == load_fact(dump_fact(fact))
    assert (fact, fact) == load_facts(dump_facts((fact, fact)))


@pytest.mark.parametrize("kind", FACTS, ids=lambda kind: kind.kind)
def test_a_fact_has_words(kind: type[Fact]) -> None:
    assert fact_words(made(kind), ENGLISH).strip()


@pytest.mark.parametrize("kind", [kind for kind in FACTS if kind not in OF_OTHERS])
def test_the_words_of_a_fact_go_through_the_translation(kind: type[Fact]) -> None:
    class Blank(NullTranslations):
        def gettext(self, message: str) -> str:
            return "…"

        def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
            return "…"

    blank = Blank()

    told = fact_words(made(kind), Language(gettext=blank.gettext, ngettext=blank.ngettext))

    assert "…" == told.partition(":")[0].partition(",")[0]


def test_a_kind_of_fact_is_registered_by_its_class_alone_and_needs_words() -> None:
    class Meteor(Fact):
        kind = "meteor"

    try:
        with pytest.raises(TypeError, match="has no words"):
            fact_words(KINDS["meteor"](), ENGLISH)
        with pytest.raises(TypeError, match="both of the kind 'meteor'"):
            type("Comet", (Fact,), {"kind": "meteor", "__module__": __name__})
    finally:
        del KINDS["meteor"]


def test_every_kind_of_fact_is_known_by_its_own_name() -> None:
    subclasses = {found for found in vars(facts).values() if isinstance(found, type) and issubclass(found, Fact)}

    assert subclasses - {Fact} == set(FACTS)
    assert [fact.kind for fact in FACTS] == list(KINDS)


def test_a_fact_is_an_object_with_its_kind_and_what_differs_from_the_default() -> None:
    assert {"fact": "outage", "station": "RED", "until": "2026-08-08T06:22:10Z"} == plain_of(
        Outage(station="RED", until=NOW)
    )
    assert "" == dump_fact(None)
    assert load_fact("") is None


def test_an_old_sentence_is_a_text_and_stays_one() -> None:
    assert LegacyText(text="outage of RED") == fact_of("outage of RED")
    assert '["outage of RED"]' == dump_facts((LegacyText(text="outage of RED"),))


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"fact": "of_a_newer_version", "station": "RED"}, "its fact is 'of_a_newer_version', which is not known"),
        ({"fact": "outage"}, "station is missing"),
        ({"fact": "outage", "station": 7}, "station is 7; it is a str"),
        ({"fact": "outage", "station": "RED", "colour": "red"}, "'colour' is not known here"),
        ({"fact": "outage", "station": "RED", "until": "2026-08-08T06:22:10"}, "a time without its zone"),
        ({"fact": "outage", "station": "RED", "until": "yesterday"}, "yesterday"),
        ({"fact": "cancelled_contact", "by": "nobody"}, "nobody"),
        ({"fact": "cancelled_contact", "contact": "A/1"}, "it is 'A/1'; it is an object"),
        ({"station": "RED"}, "its fact is None, which is not known"),
        (["outage"], "it is a fact, which is an object, or a text"),
        (None, "it is None"),
    ],
)
def test_what_is_no_fact_stays_readable_and_is_refused_where_that_is_asked(value: Any, problem: str) -> None:
    assert isinstance(fact_of(value), LegacyText)
    with pytest.raises(ValueError, match=problem):
        strict_fact_of(value)


def test_a_text_that_is_no_list_of_facts_is_one_old_sentence() -> None:
    assert (LegacyText(text="outage of RED"),) == load_facts("outage of RED")
    assert (LegacyText(text="7"),) == load_facts("7")
    assert LegacyText(text="storm") == load_fact("storm")


def test_words_name_the_network_and_the_zone_of_the_reader() -> None:
    fact = ElementsReplaced(satellite="ISS", before=None, after=NOW)
    reader = Language(zone=ZoneInfo("Europe/Moscow"), names={"ISS": "Zarya", "RED": "Redu"})

    assert "elements of ISS of 2026-08-08 06:22Z" == fact_words(fact, ENGLISH)
    assert "elements of Zarya of 2026-08-08 09:22+0300" == fact_words(fact, reader)
    assert "outage of Redu/a" == fact_words(Outage(station="RED", antenna="a"), reader)


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (Closed(station="RED", antenna="a", note="paint"), "RED/a is closed: paint"),
        (CancelledContact(), "a contact of another agency was cancelled"),
        (
            CancelledContact(contact=ContactRef(request="A", part=2), by=CancelledBy.AGENCY, reason=Note(text="rain")),
            "A/2 was cancelled by its agency: rain",
        ),
        (
            CancelledContact(contact=ContactRef(request="", agency="NASA"), by=CancelledBy.NETWORK),
            "a contact of NASA was cancelled by the network",
        ),
        (OwnersAsked(owners=("ESA",)), "ESA is asked, as the agreement says"),
        (OwnersAsked(owners=("ESA", "NASA")), "ESA, NASA are asked, as the agreements say"),
        (ContactsChanged(), "the contacts are the same"),
        (ContactsChanged(lost=1), "1 contact lost"),
        (
            ContactsChanged(moved=1, shifted=2, on_other_antennas=1, lost=1),
            "1 contact moved more than 5 s, 2 moved by 5 s or less, 1 of these on other antennas, 1 lost",
        ),
        (ContactsChanged(with_pass=1, pass_shift_s=-20.0), "1 contact shifted with its pass by -20 s"),
        (
            ContactsChanged(moved=1, with_pass=3, pass_shift_s=20.0),
            "1 contact moved more than 5 s, 3 shifted with their passes by +20 s at most",
        ),
    ],
)
def test_facts_in_english(fact: Fact, words: str) -> None:
    assert words == fact_words(fact, ENGLISH)


def test_several_facts_stand_in_one_line() -> None:
    assert "outage of RED; storm" == joined((Outage(station="RED"), Note(text="storm")), ENGLISH)
