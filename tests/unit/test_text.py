"""One rule for all text that people write."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.domain.errors import InputError
from passplan.domain.text import escaped, is_plain, normalized, require_plain, skeleton
from passplan.formats.network import load_network, network_from_tables, network_tables
from passplan.formats.requests import parse_requests
from passplan.resources import shipped


@pytest.mark.parametrize("text", ["", "Kiruna", "Перевал 2", "宇宙ステーション", "Malmö – über 5°", "a b", "(é)", "🛰"])
def test_text_that_can_be_seen_is_plain(text: str) -> None:
    require_plain("x", "note", text)

    assert text == escaped(text) == normalized(text)


@pytest.mark.fault(84)
@pytest.mark.parametrize(
    "code",
    [
        0x00,
        0x07,
        0x0A,
        0x1B,
        0x7F,
        0x85,
        0xAD,
        0x200B,
        0x200D,
        0x2028,
        0x202E,
        0x2066,
        0x2800,
        0x3164,
        0xFE0F,
        0xD800,
        0xE000,
    ],
)
def test_a_character_that_cannot_be_seen_is_named(code: int) -> None:
    with pytest.raises(InputError, match=rf"^x: note has the character U\+{code:04X}, which cannot be seen"):
        require_plain("x", "note", f"ab{chr(code)}c")

    assert is_plain(escaped(f"ab{chr(code)}c"))


@given(st.text())
def test_what_is_shown_is_plain_and_plain_text_is_shown_as_it_is(text: str) -> None:
    assert is_plain(escaped(text))
    assert (escaped(text) == text) or not is_plain(text)
    assert unicodedata.is_normalized("NFC", normalized(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("admin", "Admin"),
        ("onetime", "\u043enetime"),
        ("esa", "\u0435\u0455\u0430"),
        ("team0", "teamo"),
        ("ｅsa", "esa"),
    ],
)
def test_names_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("one", "other"), [("esa", "nasa"), ("ada", "adam"), ("user5", "users"), ("анна", "инна")])
def test_names_that_differ_have_other_skeletons(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


def test_a_network_file_with_such_a_character_is_refused_where_it_stands() -> None:
    tables = network_tables(load_network(shipped("stations.toml")))
    tables["agency"][0]["name"] = "evil \u202etxt.exe"
    with pytest.raises(InputError, match=r'x\.toml: agency "[^"]+": name has the character U\+202E') as told:
        network_from_tables(tables, "x.toml", written=True)

    assert is_plain(str(told.value).replace("\n", ""))
    assert "evil" in network_from_tables(tables, "the store").agencies[0].name  # an older passplan may have taken it


def test_a_name_in_another_form_is_the_same_name() -> None:
    tables = network_tables(load_network(shipped("stations.toml")))
    tables["agency"][0]["name"] = "Kosmo\u0301s"

    assert "Kosm\u00f3s" == network_from_tables(tables, "x", written=True).agencies[0].name


def test_a_request_file_with_such_a_character_is_refused() -> None:
    text = shipped("requests.toml").read_text("utf-8").replace('note = "', 'note = "\\u001b[31m', 1)
    if "\\u001b" not in text:
        text = text.replace("[[request]]\n", '[[request]]\nnote = "\\u001b[31m"\n', 1)
    with pytest.raises(InputError, match=r"note has the character U\+001B"):
        parse_requests(text, "x.toml", form="toml")
