"""What a web user can see names no command of the command line; what would help is a hint, worded for each."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import passplan
from passplan.cli.main import _COMMANDS
from passplan.domain.errors import ConflictError, InputError, NoPlanError, NotFoundError, StaleElementsError
from passplan.domain.hints import Hint
from passplan.labels import ENGLISH, Language, hint_words
from passplan.resources import shipped

CODE = Path(passplan.__file__).parent
PAGES = Language(commands=False)
COMMAND = re.compile(rf"passplan ({'|'.join(_COMMANDS)})\b|(?<![\w-])--[a-z]+")
SHOWN = sorted(p for room in ("service", "store", "server", "remote", "windows") for p in (CODE / room).rglob("*.py"))


def texts(path: Path) -> list[str]:
    """The texts of a module, but for its docstrings."""
    tree = ast.parse(path.read_text())
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]


@pytest.mark.parametrize("path", SHOWN, ids=lambda p: str(p.relative_to(CODE)))
def test_no_text_that_a_page_may_show_names_a_command(path: Path) -> None:
    assert [] == [text for text in texts(path) if COMMAND.search(text)]


@pytest.mark.parametrize("path", sorted((shipped("web") / "templates").rglob("*.html")), ids=lambda p: p.name)
def test_no_page_names_a_command(path: Path) -> None:
    text = re.sub(r"var\(--[\w-]+|style=\"--[\w-]+", "", path.read_text())

    assert [] == [found[0] for found in COMMAND.finditer(text)]


def test_a_command_in_a_text_would_be_found() -> None:
    assert COMMAND.search("there is none; passplan requests list shows them")
    assert COMMAND.search("name it with --agency")


@pytest.mark.parametrize("hint", Hint)
def test_a_hint_is_worded_for_the_command_line_and_for_pages(hint: Hint) -> None:
    assert hint_words(hint, ENGLISH) != hint_words(hint, PAGES)
    assert COMMAND.search(hint_words(hint, ENGLISH))
    assert not COMMAND.search(hint_words(hint, PAGES))


def test_no_hint_is_no_text() -> None:
    assert "" == hint_words(None, ENGLISH) == hint_words(None, PAGES)


@pytest.mark.parametrize("kind", [InputError, NotFoundError, ConflictError, StaleElementsError])
def test_an_error_carries_its_hint_beside_its_message(kind: type[InputError]) -> None:
    error = kind("there is none", hint=Hint.LIST_REQUESTS)

    assert ("there is none", Hint.LIST_REQUESTS) == (str(error), error.hint)
    assert kind("there is none").hint is None
    assert NoPlanError("no pass").hint is None
