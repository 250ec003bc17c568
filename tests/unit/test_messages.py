"""Messages: each has one template and the parameters that it names, and errors are raised with nothing else."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from datetime import UTC, datetime
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import pytest

from passplan.domain.errors import InputError, NoPlanError, PassplanError, PlanningError
from passplan.domain.facts import dump_fact, fact_of, load_fact, load_message, plain_of, strict_fact_of
from passplan.domain.facts.outcomes import SourceReported, SourcesAsked
from passplan.domain.facts.particulars import Unusable
from passplan.domain.hints import Hint
from passplan.domain.messages import Message, together
from passplan.labels import ENGLISH, Language, error_lines, error_words, fact_words
from tests.docs.messages import CODE, FILES, PAGE, messages_of, page

FIELD = re.compile(r"%\((\w+)\)")
PLAIN = re.compile(r"(?:[^%]|%%|%\(\w+\)(?:\.\d{1,2})?[dfgrs])+")  # as `domain.facts.plain` reads them
# Where a page or the API can show an error; formats and remote machines speak of files in their own words.
PACKAGES = ("service", "queries", "store", "windows", "scheduling", "domain")
SHOWN = sorted(path for package in PACKAGES for path in (CODE / package).rglob("*.py"))
CAUSE = Message(
    "no_band", "no antenna has %(band)s, %(share).0f %% of %(names)s", band="S", share=2.6, names=("a", "b")
)


def is_ours(function: ast.expr) -> bool:
    """Whether an error is of passplan's own tree."""
    return ast.unparse(function).endswith("Error") and ast.unparse(function) not in ("ValueError", "TypeError")


def test_a_code_stands_for_one_template_whose_fields_are_its_parameters() -> None:
    templates = defaultdict(set)
    for path in FILES:
        for code, template, names in messages_of(path):
            templates[code].add(template)
            fields = set(FIELD.findall(template))
            assert names - {"**"} <= fields, code
            assert names == fields or "**" in names, code
            assert PLAIN.fullmatch(template), code

    assert {} == {code: found for code, found in templates.items() if len(found) > 1}
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", code) for code in templates)
    assert 300 < len(templates)


def test_the_reference_page_has_every_code_with_its_text() -> None:
    assert page() == PAGE.read_text("utf-8")  # else: was a code meant to change? `make reference` writes the page


@pytest.mark.parametrize("path", SHOWN, ids=lambda p: str(p.relative_to(CODE)))
def test_an_error_that_a_page_can_show_is_raised_with_messages(path: Path) -> None:
    texts = [
        ast.unparse(argument)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and is_ours(node.exc.func)
        for argument in node.exc.args
        if isinstance(argument, (ast.JoinedStr, ast.BinOp)) or isinstance(getattr(argument, "value", None), str)
    ]

    assert [] == texts


def test_a_message_is_english_without_a_translation() -> None:
    at = datetime(2026, 8, 8, 6, 22, 10, tzinfo=UTC)
    told = Message("told", "%(who)r says at %(at)s: %(why)s; known: %(known)s", who="A", at=at, why=CAUSE, known=())

    assert "'A' says at 2026-08-08T06:22:10Z: no antenna has S, 3 % of a, b; known: none" == str(told)
    assert str(told) == fact_words(told, ENGLISH)
    assert {
        "who": "A",
        "at": "2026-08-08T06:22:10Z",
        "why": {"code": "no_band", "parameters": CAUSE.fields(), "text": str(CAUSE)},
        "known": [],
    } == told.fields()


def test_the_template_is_translated_and_the_parameters_are_put_into_it() -> None:
    class Reversed(NullTranslations):
        def gettext(self, message: str) -> str:
            return {CAUSE.template: "%(names)s: 100 %% %(band)s", "%(first)s; %(others)s": "%(others)s / %(first)s"}[
                message
            ]

    reader = Language(gettext=Reversed().gettext)

    assert "a, b: 100 % S" == fact_words(CAUSE, reader)
    assert "a, b: 100 % S / a, b: 100 % S" == fact_words(together(CAUSE, CAUSE), reader)


def test_an_error_has_its_messages_in_english_and_for_programs() -> None:
    error = InputError(CAUSE, "100 % of it", hint=Hint.LIST_REQUESTS)

    assert f"{CAUSE}\n100 % of it" == str(error)
    assert (str(CAUSE), "100 % of it") == error.problems
    assert ["no_band", ""] == [m.code for m in error.messages]
    assert [str(CAUSE), "100 % of it"] == error_lines(error, ENGLISH)
    assert error_words(error, ENGLISH).startswith(f"{CAUSE}\n100 % of it; ")
    assert f"{CAUSE}; 100 % of it" == str(error.message)
    assert CAUSE == PassplanError(CAUSE).message
    assert ((CAUSE,), (str(CAUSE),)) == (NoPlanError(CAUSE).causes, PlanningError(CAUSE).problems)


def test_what_stores_and_files_had_as_sentences_is_still_read() -> None:
    old = {"fact": "unusable", "station": "RED", "cause": "no antenna has S"}
    asked = '{"fact":"sources_asked","reports":[{"source":"net","told":"2 sets, 1 new"}]}'

    assert Unusable(station="RED", cause=Message.of_text("no antenna has S")) == fact_of(old)
    assert old == plain_of(fact_of(old))
    assert "RED: no antenna has S" == fact_words(fact_of(old), ENGLISH)
    told = SourceReported(source="net", told=Message.of_text("2 sets, 1 new"))
    assert SourcesAsked(reports=(told,)) == load_fact(asked)
    assert Message.of_text("it cannot be reached") == load_message("it cannot be reached")
    assert Message.of_text("it\ncannot") == load_message(dump_fact(Message.of_text("it\ncannot")))
    assert load_message("") is None


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"template": "%(who)9999999d"}, "has other fields than"),
        ({"template": "%(who).999s"}, "has other fields than"),
        ({"template": "%s"}, "has other fields than"),
        ({"template": "%(nobody)s"}, "do not fit the template"),
        ({"template": "%(who)d"}, "do not fit the template"),
        ({"template": 7}, "a code, a template and parameters"),
        ({"parameters": None}, "a code, a template and parameters"),
        ({"parameters": {"who": None}}, "a parameter is None"),
        ({"parameters": {"who": {"time": "yesterday"}}}, "yesterday"),
        ({"parameters": {"who": {"why": 1}}}, "a code, a template and parameters"),
    ],
)
def test_a_message_of_a_file_is_read_with_care(change: dict[str, Any], problem: str) -> None:
    plain = {"fact": "message", "code": "c", "template": "of %(who)s", "parameters": {"who": "me"}}

    assert Message("c", "of %(who)s", who="me") == strict_fact_of(plain)
    with pytest.raises(ValueError, match=problem):
        strict_fact_of(plain | change)
