"""Passwords: one-time, changed, given, asked for again; and the first administrator."""

from __future__ import annotations

from datetime import timedelta

import pytest

from passplan.domain.errors import DeniedError, InputError, SignInError, ThrottledError
from passplan.service.access import login as signing
from passplan.service.access import passwords
from passplan.service.access.accounts import make_first_administrator
from passplan.service.access.roles import Actor, Role
from passplan.store import accounts
from tests.service.office import ADMIN
from tests.service.signing.door import MINUTE, NEW, PASSWORD, THERE, Door

# Passwords.


def test_a_one_time_password_is_to_be_changed_and_then_is_no_more(door: Door) -> None:
    given = door.give("ada")
    secret = door.sign_in(password=given)
    assert door.visited(secret).one_time
    door.change(door.visited(secret), NEW)

    assert not door.visited(secret).one_time
    with pytest.raises(SignInError):
        door.sign_in(password=given)
    assert not door.visited(door.sign_in(password=NEW)).one_time
    assert [{"one_time": True}, {"one_time": False}] == [
        e.after for e in door.office.events("account/ada") if e.action == "account.password_set"
    ]


def test_a_new_password_ends_all_other_sessions(door: Door) -> None:
    here, there = door.sign_in(), door.sign_in(address=THERE)
    door.change(door.visited(here), NEW)

    assert door.visit(here) is not None
    assert door.visit(there) is None


def test_a_password_that_is_given_ends_every_session(door: Door) -> None:
    secret = door.sign_in()
    door.give("ada", NEW)

    assert door.visit(secret) is None
    assert door.visited(door.sign_in(password=NEW)).one_time


def test_a_password_that_will_not_do_is_refused_with_what_would(door: Door) -> None:
    visit = door.visited(door.sign_in())
    wrong = {
        "elevenchars": "it has 12 to 256",
        "x1" * 150: "it has 12 to 256",
        "aaaaabbbbbccc": "guessed first",
        "PasswordPassword": "guessed first",
        "ada is my own name": "the account's name",
        "my passplan secret": "or passplan in it",
        PASSWORD: "the old one",
    }
    for new, why in wrong.items():
        with pytest.raises(InputError, match=why):
            door.change(visit, new)

    assert door.visit(door.sign_in()) is not None


def test_the_password_is_asked_for_again_after_five_minutes(door: Door) -> None:
    secret = door.sign_in()
    assert door.later(5 * MINUTE).visited(secret).is_proved(door.real_now)
    stale = door.later(timedelta(seconds=1)).visited(secret)
    with pytest.raises(SignInError, match="give your password once more"):
        door.change(stale, NEW)
    with pytest.raises(SignInError):
        signing.require_proof(stale, door.real_now)
    with pytest.raises(SignInError):
        door.prove(stale, "not the password at all")
    door.prove(stale, PASSWORD)

    signing.require_proof(door.visited(secret), door.real_now)
    door.change(door.visited(secret), NEW)
    assert door.visit(door.sign_in(password=NEW)) is not None


def test_proofs_that_fail_are_throttled_like_sign_ins(door: Door) -> None:
    visit = door.visited(door.sign_in())
    for _ in range(5):
        with pytest.raises(SignInError):
            door.prove(visit, "not the password at all")

    with pytest.raises(ThrottledError):
        door.prove(visit, PASSWORD)


def test_a_one_time_password_is_easy_to_read_and_never_the_same() -> None:
    found = {passwords.one_time_password() for _ in range(50)}

    assert 50 == len(found)
    assert all(len(p) == 19 and set(p) <= set("abcdefghjkmnpqrstuvwxyz23456789-") for p in found)
    for each in found:
        passwords.require_good(each, "oil")  # whose letters are in none


def test_only_administrators_give_passwords_and_to_those_who_are_there(door: Door) -> None:
    scheduler = Actor(account="sam", role=Role.SCHEDULER)
    with pytest.raises(DeniedError):
        door.give("ada", actor=scheduler)
    with pytest.raises(InputError, match="there is no account 'eve'"):
        door.give("eve")
    with pytest.raises(InputError, match="guessed first"):
        door.give("ada", "password1234")

    assert door.visit(door.sign_in()) is not None


# The first administrator.


def first(door: Door) -> tuple[str, str] | None:
    return make_first_administrator(door.office.store, actor=ADMIN, now=door.office.now, real_now=door.real_now)


def test_the_first_administrator_is_made_once(door: Door) -> None:
    made = first(door)
    assert made is not None
    found = door.visited(door.sign_in(*made))

    assert ("admin", Role.ADMINISTRATOR, True) == (made[0], found.actor.role, found.one_time)
    assert first(door) is None


def test_an_administrator_without_a_password_is_given_one(door: Door) -> None:
    door.save("root", Role.ADMINISTRATOR)
    made = first(door)

    assert made is not None
    assert "root" == made[0]
    assert door.visit(door.sign_in(*made)) is not None


def test_no_account_that_is_there_becomes_administrator_by_its_name(door: Door) -> None:
    door.save("admin", Role.VIEWER)
    door.add("admin2", Role.ADMINISTRATOR, "")
    door.save("admin2", Role.ADMINISTRATOR, active=False)
    made = first(door)

    assert made is not None
    assert "admin3" == made[0]
    with door.office.store.database.read() as connection:
        known = accounts.accounts(connection)
    assert ("viewer", False) == (known["admin"].role, known["admin2"].active)
