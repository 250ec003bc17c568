"""Passwords: one-time, changed, given, asked for again; and the first administrator."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from passplan.domain.errors import DeniedError, InputError, SignInError, StoreBusyError, ThrottledError
from passplan.domain.roles import Role
from passplan.service.access import login as signing
from passplan.service.access import passwords
from passplan.service.access.accounts import make_first_administrator
from passplan.service.access.actors import Actor
from passplan.service.access.passwords import MOST
from passplan.store import accounts
from passplan.store.accounts import Account
from tests.service.office import ADMIN
from tests.service.signing.access import MINUTE, NEW, PASSWORD, THERE, Access

# Passwords.


def test_a_one_time_password_is_to_be_changed_and_then_is_no_more(access: Access) -> None:
    given = access.give("ada")
    secret = access.sign_in(password=given)
    assert access.visited(secret).one_time
    access.change(access.visited(secret), NEW)

    assert not access.visited(secret).one_time
    with pytest.raises(SignInError):
        access.sign_in(password=given)
    assert not access.visited(access.sign_in(password=NEW)).one_time
    assert [{"one_time": True}, {"one_time": False}] == [
        e.after for e in access.office.events("account/ada") if e.action == "account.password_set"
    ]


def test_a_new_password_ends_all_other_sessions(access: Access) -> None:
    here, there = access.sign_in(), access.sign_in(address=THERE)
    access.change(access.visited(here), NEW)

    assert access.visit(here) is not None
    assert access.visit(there) is None


def test_a_password_that_is_given_ends_every_session(access: Access) -> None:
    secret = access.sign_in()
    access.give("ada", NEW)

    assert access.visit(secret) is None
    assert access.visited(access.sign_in(password=NEW)).one_time


@pytest.mark.parametrize("is_own", [True, False])
def test_a_new_password_revokes_the_account_s_tokens_and_no_others(access: Access, is_own: bool) -> None:
    access.add("ben")
    visit = access.visited(access.sign_in())
    token, of_ben = access.token(visit.actor), access.token(access.visited(access.sign_in("ben")).actor)
    if is_own:
        signing.change_password(access.office.store, visit, NEW, now=access.office.now, real_now=access.real_now)
    else:
        access.give("ada")

    assert access.show(token) is None
    assert access.show(of_ben) is not None


def test_a_password_that_will_not_do_is_refused_with_what_would(access: Access) -> None:
    visit = access.visited(access.sign_in())
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
            access.change(visit, new)

    assert access.visit(access.sign_in()) is not None


@pytest.mark.parametrize(
    ("password", "account"),
    [
        ("violet heron", "ada"),  # 12 characters, the least
        ("violet heron " * 19 + "asleep.. ", "ada"),  # 256, the most
        ("abcdeabcdeab", "ada"),  # five different ones
        ("violet heron", "et"),  # an account of two letters is in too many words
    ],
)
def test_a_password_at_a_limit_is_good(password: str, account: str) -> None:
    passwords.require_good(password, account)


def test_four_passwords_are_hashed_at_once_and_not_five(monkeypatch: pytest.MonkeyPatch) -> None:
    def count_hashes(threads: int, within_s: float) -> int:
        meeting = threading.Barrier(threads)

        class Waiting:
            def hash(self, _: str) -> str:
                meeting.wait(within_s)
                return "hash"

        monkeypatch.setattr(passwords, "_hasher", Waiting)
        with ThreadPoolExecutor(threads) as pool:
            hashes = [pool.submit(passwords.hash_password, PASSWORD) for _ in range(threads)]
        return sum(h.exception() is None for h in hashes)

    assert 4 == count_hashes(4, 10.0)
    assert 0 == count_hashes(5, 0.2)


def test_the_password_is_asked_for_again_after_five_minutes(access: Access) -> None:
    secret = access.sign_in()
    assert access.later(5 * MINUTE).visited(secret).is_proved(access.real_now)
    stale = access.later(timedelta(seconds=1)).visited(secret)
    with pytest.raises(SignInError, match="give your password once more"):
        access.change(stale, NEW)
    with pytest.raises(SignInError):
        signing.require_proof(stale, access.real_now)
    with pytest.raises(SignInError):
        access.prove(stale, "not the password at all")
    access.prove(stale, PASSWORD)

    signing.require_proof(access.visited(secret), access.real_now)
    access.change(access.visited(secret), NEW)
    assert access.visit(access.sign_in(password=NEW)) is not None


def test_proofs_that_fail_are_throttled_like_sign_ins(access: Access) -> None:
    visit = access.visited(access.sign_in())
    for _ in range(5):
        with pytest.raises(SignInError):
            access.prove(visit, "not the password at all")

    with pytest.raises(ThrottledError):
        access.prove(visit, PASSWORD)


def test_a_one_time_password_is_easy_to_read_and_never_the_same() -> None:
    found = {passwords.one_time_password() for _ in range(50)}

    assert 50 == len(found)
    assert all(len(p) == 24 and set(p) <= set("abcdefghjkmnpqrstuvwxyz23456789-") for p in found)
    for each in found:
        passwords.require_good(each, "oil")  # whose letters are in none


def test_only_administrators_give_passwords_and_to_those_who_are_there(access: Access) -> None:
    scheduler = Actor(account="sam", role=Role.SCHEDULER)
    with pytest.raises(DeniedError):
        access.give("ada", actor=scheduler)
    with pytest.raises(InputError, match="there is no account 'eve'"):
        access.give("eve")
    with pytest.raises(InputError, match="guessed first"):
        access.give("ada", "password1234")

    assert access.visit(access.sign_in()) is not None


# The first administrator.


def first(access: Access) -> tuple[str, str] | None:
    return make_first_administrator(access.office.store, actor=ADMIN, now=access.office.now, real_now=access.real_now)


def test_the_first_administrator_is_made_once(access: Access) -> None:
    made = first(access)
    assert made is not None
    found = access.visited(access.sign_in(*made))

    assert ("admin", Role.ADMINISTRATOR, True) == (made[0], found.actor.role, found.one_time)
    assert first(access) is None


def test_an_administrator_without_a_password_is_given_one(access: Access) -> None:
    access.save("root", Role.ADMINISTRATOR)
    made = first(access)

    assert made is not None
    assert "root" == made[0]
    assert access.visit(access.sign_in(*made)) is not None


def test_no_account_that_is_there_becomes_administrator_by_its_name(access: Access) -> None:
    access.save("admin", Role.VIEWER)
    access.add("admin2", Role.ADMINISTRATOR, "")
    off = Account(name="admin2", role=Role.ADMINISTRATOR.value, agency="", active=False)
    access.office.store.database.write(lambda t: accounts.save(t, off))
    made = first(access)

    assert made is not None
    assert "admin3" == made[0]
    with access.office.store.database.read() as connection:
        known = accounts.accounts(connection)
    assert ("viewer", False) == (known["admin"].role, known["admin2"].active)


def test_the_first_administrator_takes_the_first_name_that_is_free(access: Access) -> None:
    access.save("admin", Role.VIEWER)
    made = first(access)

    assert made is not None
    assert "admin2" == made[0]


@pytest.mark.parametrize(
    "password",
    [
        "trustno1trustno1",
        "p@ssw0rd1234",
        "qwertyqwerty12",
        "iloveyou123456",
        "correcthorsebatterystaple",
        "spacestation123",
        "houston12345",
        "InternationalSpaceStation",
        "abcdefghijklm",
        "987654321987",
        "!!dragon2024!!",
        "monkeydragon",
    ],
)
def test_a_password_that_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(InputError, match=r"guessed first|has the account's name"):
        passwords.require_good(password, "esa")


@pytest.mark.parametrize("password", [PASSWORD, NEW, "kfp9-wq3z-a2bd-x7yt", "antenna dragon teapot", "Ω≈ç√∫˜µ≤≥÷ab"])
def test_a_password_that_nobody_guesses_is_taken(password: str) -> None:
    passwords.require_good(password, "esa")


def test_a_one_time_password_ends_after_three_days(access: Access) -> None:
    password = access.give("ada")
    access.later(timedelta(days=3))
    assert access.sign_in(password=password)
    access.later(timedelta(seconds=1))
    with pytest.raises(SignInError, match="more than 3 days old; ask for a new one"):
        access.sign_in(password=password)
    access.change(access.visited(access.sign_in(password=access.give("ada"))), NEW)
    access.later(timedelta(days=90))

    assert access.sign_in(password=NEW)


def test_no_password_is_cut(access: Access) -> None:
    longest = "x y " * (MOST // 4)
    hashed = passwords.hash_password(longest)

    assert passwords.is_password(longest, hashed)
    assert not passwords.is_password(f"{longest}z", hashed)


def test_who_waits_too_long_for_a_turn_is_told(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_LONGEST_S", 0.01)
    monkeypatch.setattr(passwords, "_AT_ONCE", threading.BoundedSemaphore(1))
    with passwords._turn(), pytest.raises(StoreBusyError, match="too many sign in at once"):
        access.sign_in()

    assert access.sign_in()
