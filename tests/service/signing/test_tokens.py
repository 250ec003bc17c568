"""Tokens of programs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from passplan.domain.errors import DeniedError, InputError, NotFoundError
from passplan.service.access import login as signing
from tests.service.office import ADMIN
from tests.service.signing.access import ADA, MINUTE, NEW, REAL, Access


def test_a_token_is_the_account_it_was_made_for_and_may_what_its_scope_says(access: Access) -> None:
    found = [access.show(access.token(ADA, scope=scope)) for scope in ("read", "write")]

    assert [(ADA, False), (ADA, True)] == [(v.actor, v.may_write) for v in found if v is not None]
    assert not any(v.is_proved(access.real_now) or v.one_time for v in found if v is not None)


def test_a_token_cannot_do_what_takes_a_browser(access: Access) -> None:
    visit = access.show(access.token(ADA, scope="write"))
    assert visit is not None

    with pytest.raises(DeniedError, match="only a browser"):
        signing.sign_out(access.office.store, visit, now=access.office.now)
    with pytest.raises(DeniedError, match="only a browser"):
        access.change(visit, NEW)


def test_a_token_expires(access: Access) -> None:
    token = access.token(ADA, days=2)

    assert access.later(timedelta(days=2) - MINUTE).show(token) is not None
    assert access.later(MINUTE).show(token) is None


def test_a_token_that_is_revoked_counts_no_more(access: Access) -> None:
    token, other = access.token(ADA), access.token(ADA)
    access.revoke(token.split("_")[1], ADA)

    assert access.show(token) is None
    assert access.show(other) is not None
    assert "token.revoked" == access.office.actions("account/ada")[-1]


def test_a_token_says_when_it_was_used(access: Access) -> None:
    token = access.token(ADA)
    assert [None] == [t.used for t in signing.tokens_of(access.office.store, actor=ADA)]
    access.later(MINUTE).show(token)
    access.later(MINUTE / 2).show(token)

    assert [REAL + MINUTE] == [t.used for t in signing.tokens_of(access.office.store, actor=ADA)]


def test_the_use_of_a_token_is_recorded_again_after_more_than_a_minute(access: Access) -> None:
    token = access.token(ADA)
    access.show(token)
    access.later(MINUTE + timedelta(seconds=1)).show(token)

    assert [access.real_now] == [t.used for t in signing.tokens_of(access.office.store, actor=ADA)]


def test_what_is_no_token_is_nobody(access: Access) -> None:
    token = access.token(ADA)
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
        assert access.show(text) is None

    assert access.show(token) is not None


def test_nobody_sees_makes_or_revokes_another_s_tokens_but_administrators(access: Access) -> None:
    access.add("ben")
    ben = replace(ADA, account="ben")
    token = access.token(ADA)
    prefix = token.split("_")[1]
    with pytest.raises(DeniedError):
        access.token(ben, account="ada")
    with pytest.raises(DeniedError):
        signing.tokens_of(access.office.store, all_accounts=True, actor=ben)
    with pytest.raises(NotFoundError, match=f"there is no token {prefix}"):
        access.revoke(prefix, ben)
    with pytest.raises(NotFoundError, match="there is no token 00000000"):
        access.revoke("00000000", ben)

    assert [] == signing.tokens_of(access.office.store, actor=ben)
    assert [prefix] == [t.prefix for t in signing.tokens_of(access.office.store, all_accounts=True, actor=ADMIN)]
    made = access.show(access.token(ADMIN, account="ben"))
    assert made is not None
    assert ben == made.actor
    access.revoke(prefix, ADMIN)
    assert access.show(token) is None


def test_a_token_that_cannot_be_made_says_why(access: Access) -> None:
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
            access.token(ADMIN, **changes)

    assert [] == signing.tokens_of(access.office.store, all_accounts=True, actor=ADMIN)


def test_a_token_may_last_one_day_and_its_account_is_told(access: Access) -> None:
    token = access.token(ADA, days=1)

    assert access.show(token) is not None
    assert "token.created" == access.office.actions("account/ada")[-1]
