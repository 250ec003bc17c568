"""Accounts and how they sign in, as the store keeps them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from passplan.domain.errors import ConflictError
from passplan.store import accounts
from passplan.store.accounts import Account, Password, Session, Token
from passplan.store.database import Database, Transaction
from tests.store.world import NOW

ADA = Account(name="ada", role="operator", agency="NASA")
BEN = Account(name="ben", role="viewer")


def session(name: str, account: str = "ada", *, created_h: float = 0.0, seen_h: float = 0.0) -> Session:
    """A session that was begun and seen so many hours ago."""
    return Session(
        id_hash=name,
        account=account,
        created=NOW - timedelta(hours=created_h),
        seen=NOW - timedelta(hours=seen_h),
        proved=NOW - timedelta(hours=created_h),
        address="192.0.2.1",
        agent="a browser",
    )


def token(prefix: str, account: str = "ada", *, created_h: float = 0.0, **changes: Any) -> Token:
    made = {"name": "cron", "secret_hash": f"hash of {prefix}", "scope": "read", "expires": NOW + timedelta(days=9)}
    return Token(prefix=prefix, account=account, created=NOW - timedelta(hours=created_h), **{**made, **changes})


def begin(database: Database, *sessions: Session) -> None:
    def work(transaction: Transaction) -> None:
        for each in sessions:
            accounts.add_session(transaction, each)

    database.write(work)


def make(database: Database, *tokens: Token) -> None:
    def work(transaction: Transaction) -> None:
        for each in tokens:
            accounts.add_token(transaction, each)

    database.write(work)


@pytest.fixture
def two(database: Database) -> Database:
    """A store with two accounts."""
    database.write(lambda t: accounts.save(t, ADA))
    database.write(lambda t: accounts.save(t, BEN))
    return database


def test_an_account_is_added_and_changed_under_its_name(two: Database) -> None:
    changed = Account(name="ada", role="viewer", active=False)
    two.write(lambda t: accounts.save(t, changed))
    with two.read() as connection:
        assert {"ada": changed, "ben": BEN} == accounts.accounts(connection)
        assert (changed, None) == (accounts.get(connection, "ada"), accounts.get(connection, "ADA"))


def test_a_password_takes_the_place_of_the_one_before(two: Database) -> None:
    two.write(lambda t: accounts.set_password(t, "ada", "first", one_time=True, real_now=NOW))
    with two.read() as connection:
        assert Password(hash="first", one_time=True, set=NOW) == accounts.password_of(connection, "ada")
        assert accounts.password_of(connection, "ben") is None
        assert {"ada"} == accounts.accounts_with_password(connection)
    two.write(lambda t: accounts.set_password(t, "ada", "second", one_time=False, real_now=NOW))
    with two.read() as connection:
        assert Password(hash="second", one_time=False, set=NOW) == accounts.password_of(connection, "ada")


def test_nothing_is_kept_of_an_account_that_is_not_there(two: Database) -> None:
    with pytest.raises(ConflictError):
        two.write(lambda t: accounts.set_password(t, "eve", "hash", one_time=False, real_now=NOW))
    with pytest.raises(ConflictError):
        begin(two, session("s", "eve"))
    with pytest.raises(ConflictError):
        make(two, token("p", "eve"))


def test_a_session_is_found_under_any_of_several_hashes_with_its_account(two: Database) -> None:
    begin(two, session("new"))
    with two.read() as connection:
        assert (session("new"), ADA) == accounts.session_and_account(connection, ("old", "new"))
        assert accounts.session_and_account(connection, ("old",)) is None


def test_a_session_in_use_is_seen_and_proved_apart(two: Database) -> None:
    begin(two, session("s", created_h=3.0, seen_h=3.0))
    two.write(lambda t: accounts.touch_session(t, "s", NOW - timedelta(hours=2)))
    with two.read() as connection:
        (seen,) = accounts.sessions_of(connection, "ada")
    two.write(lambda t: accounts.touch_session(t, "s", NOW, proved=True))
    with two.read() as connection:
        (proved,) = accounts.sessions_of(connection, "ada")

    assert (NOW - timedelta(hours=2), NOW - timedelta(hours=3)) == (seen.seen, seen.proved)
    assert (NOW, NOW, NOW - timedelta(hours=3)) == (proved.seen, proved.proved, proved.created)


def test_sessions_are_listed_the_last_seen_first_and_of_one_account(two: Database) -> None:
    found = [session("a", seen_h=2.0), session("b", seen_h=1.0), session("c", "ben")]
    begin(two, *found)
    with two.read() as connection:
        assert ["b", "a"] == [s.id_hash for s in accounts.sessions_of(connection, "ada")]


def test_nobody_ends_a_session_of_another(two: Database) -> None:
    begin(two, session("a"), session("b", "ben"))

    assert not two.write(lambda t: accounts.end_session(t, "ben", "a"))
    assert two.write(lambda t: accounts.end_session(t, "ada", "a"))
    assert not two.write(lambda t: accounts.end_session(t, "ada", "a"))
    with two.read() as connection:
        assert [[], ["b"]] == [[s.id_hash for s in accounts.sessions_of(connection, n)] for n in ("ada", "ben")]


def test_all_sessions_of_an_account_end_but_for_one(two: Database) -> None:
    begin(two, session("a"), session("b"), session("c", "ben"))
    two.write(lambda t: accounts.end_sessions(t, "ada", but="b"))
    with two.read() as connection:
        assert ["b"] == [s.id_hash for s in accounts.sessions_of(connection, "ada")]
    two.write(lambda t: accounts.end_sessions(t, "ada"))
    with two.read() as connection:
        assert [] == accounts.sessions_of(connection, "ada")
        assert ["c"] == [s.id_hash for s in accounts.sessions_of(connection, "ben")]


def test_what_is_over_is_forgotten_and_nothing_else(two: Database) -> None:
    fresh = session("fresh", created_h=11.0, seen_h=0.2)
    idle, old = session("idle", created_h=2.0, seen_h=1.0), session("old", created_h=13.0)

    begin(two, fresh, idle, old)
    two.write(lambda t: accounts.note_failure(t, "yesterday", 4, NOW - timedelta(hours=25)))
    two.write(lambda t: accounts.note_failure(t, "today", 4, NOW - timedelta(hours=23)))
    two.write(
        lambda t: accounts.forget(
            t,
            seen_before=NOW - timedelta(minutes=30),
            created_before=NOW - timedelta(hours=12),
            failed_before=NOW - timedelta(days=1),
        )
    )
    with two.read() as connection:
        assert ["fresh"] == [s.id_hash for s in accounts.sessions_of(connection, "ada")]
        assert {"today": (4, NOW - timedelta(hours=23))} == accounts.failures(connection, ("yesterday", "today"))


def test_a_token_is_found_by_its_prefix_with_its_account(two: Database) -> None:
    make(two, token("aaaa", scope="write"))
    with two.read() as connection:
        assert (token("aaaa", scope="write"), ADA) == accounts.token_and_account(connection, "aaaa")
        assert accounts.token_and_account(connection, "bbbb") is None


def test_a_prefix_is_used_once_and_a_scope_is_one_of_two(two: Database) -> None:
    make(two, token("aaaa"))
    with pytest.raises(ConflictError):
        make(two, token("aaaa", "ben"))
    with pytest.raises(ConflictError):
        make(two, token("bbbb", scope="all"))
    with two.read() as connection:
        assert [token("aaaa")] == accounts.tokens_of(connection)


def test_tokens_are_listed_the_newest_first_of_one_or_of_all(two: Database) -> None:
    found = [token("aaaa", created_h=2.0), token("bbbb", created_h=1.0), token("cccc", "ben")]
    make(two, *found)
    with two.read() as connection:
        assert ["bbbb", "aaaa"] == [each.prefix for each in accounts.tokens_of(connection, "ada")]
        assert ["cccc", "bbbb", "aaaa"] == [each.prefix for each in accounts.tokens_of(connection)]


def test_a_token_is_revoked_once_and_keeps_its_first_time(two: Database) -> None:
    make(two, token("aaaa"))
    two.write(lambda t: accounts.touch_token(t, "aaaa", NOW))
    two.write(lambda t: accounts.revoke_token(t, "aaaa", NOW + timedelta(hours=1)))
    two.write(lambda t: accounts.revoke_token(t, "aaaa", NOW + timedelta(hours=2)))
    with two.read() as connection:
        (found,) = accounts.tokens_of(connection)

    assert (NOW, NOW + timedelta(hours=1)) == (found.used, found.revoked)


def test_failures_are_counted_by_key_until_one_succeeds(two: Database) -> None:
    two.write(lambda t: accounts.note_failure(t, "ada@net", 1, NOW - timedelta(minutes=1)))
    two.write(lambda t: accounts.note_failure(t, "ada@net", 2, NOW))
    two.write(lambda t: accounts.note_failure(t, "net", 7, NOW))
    with two.read() as connection:
        assert {"ada@net": (2, NOW), "net": (7, NOW)} == accounts.failures(connection, ("ada@net", "net", "other"))
    two.write(lambda t: accounts.forget_failures(t, ("ada@net",)))
    with two.read() as connection:
        assert {"net": (7, NOW)} == accounts.failures(connection, ("ada@net", "net"))
