"""Tokens of programs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from passplan.domain.errors import DeniedError, InputError, NotFoundError
from passplan.service.access import login as signing
from tests.service.office import ADMIN
from tests.service.signing.door import ADA, MINUTE, NEW, REAL, Door


def test_a_token_is_the_account_it_was_made_for_and_may_what_its_scope_says(door: Door) -> None:
    found = [door.show(door.token(ADA, scope=scope)) for scope in ("read", "write")]

    assert [(ADA, False), (ADA, True)] == [(v.actor, v.may_write) for v in found if v is not None]
    assert not any(v.is_proved(door.real_now) for v in found if v is not None)


def test_a_token_cannot_do_what_takes_a_browser(door: Door) -> None:
    visit = door.show(door.token(ADA, scope="write"))
    assert visit is not None

    with pytest.raises(DeniedError, match="only a browser"):
        signing.sign_out(door.office.store, visit, now=door.office.now)
    with pytest.raises(DeniedError, match="only a browser"):
        door.change(visit, NEW)


def test_a_token_expires(door: Door) -> None:
    token = door.token(ADA, days=2)

    assert door.later(timedelta(days=2) - MINUTE).show(token) is not None
    assert door.later(MINUTE).show(token) is None


def test_a_token_that_is_revoked_counts_no_more(door: Door) -> None:
    token, other = door.token(ADA), door.token(ADA)
    door.revoke(token.split("_")[1], ADA)

    assert door.show(token) is None
    assert door.show(other) is not None
    assert "token.revoked" == door.office.actions("account/ada")[-1]


def test_a_token_says_when_it_was_used(door: Door) -> None:
    token = door.token(ADA)
    assert [None] == [t.used for t in signing.tokens_of(door.office.store, actor=ADA)]
    door.later(MINUTE).show(token)
    door.later(MINUTE / 2).show(token)

    assert [REAL + MINUTE] == [t.used for t in signing.tokens_of(door.office.store, actor=ADA)]


def test_what_is_no_token_is_nobody(door: Door) -> None:
    token = door.token(ADA)
    kind, prefix, secret = token.split("_", 2)
    changed = f"{kind}_{prefix}_{'A' if secret[0] != 'A' else 'B'}{secret[1:]}"
    for text in (
        "",
        "pp_",
        changed,
        token[:-1],
        token + "x",
        token.upper(),
        f"{kind}_{prefix}_",
        f"xx_{prefix}_{secret}",
    ):
        assert door.show(text) is None

    assert door.show(token) is not None


def test_nobody_sees_makes_or_revokes_another_s_tokens_but_administrators(door: Door) -> None:
    door.add("ben")
    ben = replace(ADA, account="ben")
    token = door.token(ADA)
    prefix = token.split("_")[1]
    with pytest.raises(DeniedError):
        door.token(ben, account="ada")
    with pytest.raises(DeniedError):
        signing.tokens_of(door.office.store, all_accounts=True, actor=ben)
    with pytest.raises(NotFoundError, match=f"there is no token {prefix}"):
        door.revoke(prefix, ben)
    with pytest.raises(NotFoundError, match="there is no token 00000000"):
        door.revoke("00000000", ben)

    assert [] == signing.tokens_of(door.office.store, actor=ben)
    assert [prefix] == [t.prefix for t in signing.tokens_of(door.office.store, all_accounts=True, actor=ADMIN)]
    made = door.show(door.token(ADMIN, account="ben"))
    assert made is not None
    assert ben == made.actor
    door.revoke(prefix, ADMIN)
    assert door.show(token) is None


def test_a_token_that_cannot_be_made_says_why(door: Door) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"name": ""}, "give it a name"),
        ({"name": "x" * 61}, "give it a name"),
        ({"name": "a\nb"}, "give it a name"),
        ({"scope": "all"}, "it is one of read, write"),
        ({"days": 0}, "that is 1 to 366"),
        ({"days": 367}, "that is 1 to 366"),
        ({"account": "eve"}, "there is no account 'eve' that may act"),
    ]
    for changes, why in wrong:
        with pytest.raises(InputError, match=why):
            door.token(ADMIN, **changes)

    assert [] == signing.tokens_of(door.office.store, all_accounts=True, actor=ADMIN)


def test_a_token_may_last_one_day_and_its_account_is_told(door: Door) -> None:
    token = door.token(ADA, days=1)

    assert door.show(token) is not None
    assert "token.created" == door.office.actions("account/ada")[-1]
