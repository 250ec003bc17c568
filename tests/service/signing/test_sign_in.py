"""Signing in with a password."""

from __future__ import annotations

import pytest

from passplan.domain.errors import InputError, SignInError
from passplan.domain.roles import Role
from passplan.service.access import login as signing
from passplan.service.access import passwords
from passplan.service.access.actors import Actor
from passplan.store import accounts
from passplan.store.database import Connection
from tests.service.signing.access import HERE, PASSWORD, REAL, Access


def test_who_has_the_password_gets_a_session_of_the_account(access: Access) -> None:
    found = access.visited(access.sign_in())

    assert Actor(account="ada", role=Role.REQUESTER, agency="ESA") == found.actor
    assert (False, True, True) == (found.one_time, found.may_write, found.is_proved(access.real_now))
    assert found.session is not None
    assert (HERE, "a browser", REAL) == (found.session.address, found.session.agent, found.session.created)
    assert "account.signed_in" in access.office.actions("account/ada")
    assert {access.office.now} == {e.at for e in access.office.events("account/ada")}


def test_every_sign_in_is_a_new_session(access: Access) -> None:
    first, second = access.sign_in(), access.sign_in()

    assert first != second
    assert 2 == len(signing.sessions_of(access.office.store, actor=access.visited(first).actor, real_now=REAL))


def test_a_wrong_password_and_an_unknown_account_are_told_alike(access: Access) -> None:
    wrong = [("ada", "not the password at all"), ("ada", ""), ("ada", PASSWORD.upper())]
    wrong += [(name, PASSWORD) for name in ("eve", "ADA", "", "ada\0", f"ada{' ' * 70}", "a" * 5_000)]
    for name, password in wrong:
        with pytest.raises(SignInError, match=r"^account and password do not go together$"):
            access.sign_in(name, password)


def test_a_hash_is_computed_with_and_without_an_account(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    access.save("ben", Role.VIEWER)  # without a password
    access.add("gone")
    access.save("gone", Role.REQUESTER, "ESA", active=False)
    hasher = passwords._hasher()
    looked: list[str] = []

    class Watching:
        def verify(self, hashed: str, password: str) -> bool:
            looked.append(hashed[:9])
            return bool(hasher.verify(hashed, password))

        def hash(self, password: str) -> str:
            return hasher.hash(password)

    monkeypatch.setattr(passwords, "_hasher", Watching)
    for name in ("ada", "ben", "gone", "eve"):
        with pytest.raises(SignInError):
            access.sign_in(name, "not the password at all")

    assert ["$argon2id"] * 4 == looked


def test_an_account_without_a_password_and_one_that_is_off_do_not_sign_in(access: Access) -> None:
    access.save("ben", Role.VIEWER)
    access.save("ada", Role.REQUESTER, "ESA", active=False)
    for name, password in (("ben", ""), ("ben", PASSWORD), ("ada", PASSWORD)):
        with pytest.raises(SignInError):
            access.sign_in(name, password)


def test_a_password_that_is_changed_while_the_old_one_is_looked_at_gives_no_session(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(password: str, hashed: str | None) -> bool:
        access.give("ada")
        return passwords.is_password(password, hashed)

    monkeypatch.setattr(signing, "is_password", slow)
    with pytest.raises(SignInError):
        access.sign_in()
    with access.office.store.database.read() as connection:
        assert [] == accounts.sessions_of(connection, "ada")


@pytest.mark.parametrize("name", ["a\x00b", "ada\n", "x" * 65])
def test_a_name_that_no_account_can_have_is_refused_as_a_wrong_password_is(access: Access, name: str) -> None:
    with pytest.raises(SignInError) as refused:
        access.sign_in(name)
    with pytest.raises(SignInError) as wrong:
        access.sign_in("ada", "not the password at all")

    assert str(wrong.value) == str(refused.value)


@pytest.mark.parametrize("name", ["local", "daemon"])
def test_no_account_takes_a_name_of_passplan_itself(access: Access, name: str) -> None:
    with pytest.raises(InputError, match=f"the name '{name}' is taken by passplan itself"):
        access.add(name)


@pytest.mark.parametrize("name", ["a\x00b", "x" * 65])
def test_a_name_that_no_account_can_have_is_not_looked_for(
    access: Access, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    names: list[str] = []

    def get(_: Connection, name: str) -> None:
        names.append(name)

    monkeypatch.setattr(accounts, "get", get)
    with pytest.raises(SignInError):
        access.sign_in(name)

    assert [""] == names
