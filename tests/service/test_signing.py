"""Signing in: passwords, sessions and tokens, attempts that fail, and what the store knows of all that."""

from __future__ import annotations

import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from passplan.domain.errors import DeniedError, InputError, NotFoundError, SignInError, ThrottledError
from passplan.service.access import login as signing
from passplan.service.access import passwords
from passplan.service.access.accounts import give_password, make_first_administrator, save_account
from passplan.service.access.keys import FILE, Keys, load_keys
from passplan.service.access.login import Identity
from passplan.service.access.roles import Actor, Role
from passplan.store import accounts
from tests.service.office import ADMIN, Office
from tests.store.world import everything

REAL = datetime(2027, 1, 5, 9, 0, tzinfo=UTC)  # real time; mission time is another
HERE, THERE = "192.0.2.7", "198.51.100.7"
PASSWORD = "nine violet herons asleep"
NEW = "seven amber otters awake"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take no time; what they are made of is the same."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)


@dataclass(slots=True)
class Door:
    """Where people and programs come in."""

    office: Office
    keys: Keys
    real_now: datetime = REAL

    def add(self, name: str, role: str = "requester", agency: str = "ESA", password: str = PASSWORD) -> None:
        """An account whose password is its own."""
        save_account(self.office.store, name, role, agency=agency, actor=ADMIN, now=self.office.now)
        hashed = passwords.hash_password(password)
        self.office.store.database.write(
            lambda t: accounts.set_password(t, name, hashed, one_time=False, real_now=self.real_now)
        )

    def sign_in(self, name: str = "ada", password: str = PASSWORD, address: str = HERE) -> str:
        return signing.sign_in(
            self.office.store,
            self.keys,
            name,
            password,
            address=address,
            agent="a browser",
            now=self.office.now,
            real_now=self.real_now,
        )

    def fails(self, name: str = "ada", address: str = HERE, times: int = 1) -> None:
        """So many attempts with a wrong password, none of them throttled."""
        for _ in range(times):
            with pytest.raises(SignInError):
                self.sign_in(name, "not the password at all", address)

    def visit(self, secret: str) -> Identity | None:
        return signing.visit_by_session(self.office.store, self.keys, secret, real_now=self.real_now)

    def visited(self, secret: str) -> Identity:
        found = self.visit(secret)
        assert found is not None
        return found

    def show(self, token: str) -> Identity | None:
        return signing.visit_by_token(self.office.store, self.keys, token, real_now=self.real_now)

    def token(self, actor: Actor, **changes: Any) -> str:
        made = {"name": "cron", "actor": actor, "now": self.office.now, "real_now": self.real_now}
        return signing.create_token(self.office.store, self.keys, **{**made, **changes})

    def give(self, name: str, password: str = "", actor: Actor = ADMIN) -> str:
        return give_password(
            self.office.store, name, password=password, actor=actor, now=self.office.now, real_now=self.real_now
        )

    def save(self, name: str, role: Role, agency: str = "", *, active: bool = True) -> None:
        save_account(self.office.store, name, role, agency=agency, active=active, actor=ADMIN, now=self.office.now)

    def prove(self, visit: Identity, password: str) -> None:
        signing.reauthenticate(
            self.office.store, visit, password, address=HERE, now=self.office.now, real_now=self.real_now
        )

    def revoke(self, prefix: str, actor: Actor) -> None:
        signing.revoke_token(self.office.store, prefix, actor=actor, now=self.office.now, real_now=self.real_now)

    def change(self, visit: Identity, new: str) -> None:
        signing.change_password(self.office.store, visit, new, now=self.office.now, real_now=self.real_now)

    def later(self, passed: timedelta) -> Door:
        self.real_now += passed
        return self


@pytest.fixture
def door(office: Office) -> Door:
    """A service in which Ada of ESA has an account."""
    found = Door(office, load_keys(office.store.folder))
    found.add("ada")
    return found


# Signing in.


def test_who_has_the_password_gets_a_session_of_the_account(door: Door) -> None:
    found = door.visited(door.sign_in())

    assert Actor(account="ada", role=Role.REQUESTER, agency="ESA") == found.actor
    assert (False, True, True) == (found.one_time, found.may_write, found.is_proved(door.real_now))
    assert found.session is not None
    assert (HERE, "a browser", REAL) == (found.session.address, found.session.agent, found.session.created)
    assert "account.signed_in" in door.office.actions("account/ada")
    assert {door.office.now} == {e.at for e in door.office.events("account/ada")}


def test_every_sign_in_is_a_new_session(door: Door) -> None:
    first, second = door.sign_in(), door.sign_in()

    assert first != second
    assert 2 == len(signing.sessions_of(door.office.store, actor=door.visited(first).actor, real_now=REAL))


def test_a_wrong_password_and_an_unknown_account_are_told_alike(door: Door) -> None:
    wrong = [("ada", "not the password at all"), ("ada", ""), ("ada", PASSWORD.upper())]
    wrong += [(name, PASSWORD) for name in ("eve", "ADA", "", "ada\0", f"ada{' ' * 70}", "a" * 5_000)]
    for name, password in wrong:
        with pytest.raises(SignInError, match=r"^account and password do not go together$"):
            door.sign_in(name, password)


def test_a_hash_is_worked_out_whether_there_is_an_account_or_not(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.save("ben", Role.VIEWER)  # without a password
    door.add("gone")
    door.save("gone", Role.REQUESTER, "ESA", active=False)
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
            door.sign_in(name, "not the password at all")

    assert ["$argon2id"] * 4 == looked


def test_an_account_without_a_password_and_one_that_is_off_do_not_sign_in(door: Door) -> None:
    door.save("ben", Role.VIEWER)
    door.save("ada", Role.REQUESTER, "ESA", active=False)
    for name, password in (("ben", ""), ("ben", PASSWORD), ("ada", PASSWORD)):
        with pytest.raises(SignInError):
            door.sign_in(name, password)


def test_a_password_that_is_changed_while_the_old_one_is_looked_at_gives_no_session(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(password: str, hashed: str | None) -> bool:
        door.give("ada")
        return passwords.is_password(password, hashed)

    monkeypatch.setattr(signing, "is_password", slow)
    with pytest.raises(SignInError):
        door.sign_in()
    with door.office.store.database.read() as connection:
        assert [] == accounts.sessions_of(connection, "ada")


# Attempts that fail.


def test_five_failures_are_free_and_then_each_waits_longer_up_to_a_quarter_of_an_hour(door: Door) -> None:
    door.fails(times=5)
    waits = []
    for _ in range(9):
        with pytest.raises(ThrottledError, match="Who is signed in stays so") as told:
            door.sign_in()
        waits.append(told.value.retry_after_s)
        door.later(timedelta(seconds=told.value.retry_after_s)).fails()

    assert [15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 900.0, 900.0, 900.0] == waits


def test_the_right_password_waits_too_and_then_makes_good_for_all(door: Door) -> None:
    door.fails(times=5)
    with pytest.raises(ThrottledError):
        door.sign_in()
    door.later(timedelta(seconds=15)).sign_in()
    door.fails(times=5)

    with pytest.raises(ThrottledError):
        door.sign_in()


def test_a_guesser_locks_nobody_out_who_is_signed_in_or_elsewhere(door: Door) -> None:
    secret = door.sign_in()
    door.fails(address=THERE, times=5)
    with pytest.raises(ThrottledError):
        door.sign_in(address=THERE)

    assert door.visit(secret) is not None
    assert door.visit(door.sign_in(address=HERE)) is not None


def test_one_account_s_failures_cost_another_nothing_until_the_network_has_fifty(door: Door) -> None:
    door.add("ben")
    for k in range(10):
        door.fails(f"guess-{k}", times=4)
    assert door.visit(door.sign_in("ben")) is not None
    for k in range(10, 12):
        door.fails(f"guess-{k}", times=5)
    with pytest.raises(ThrottledError):
        door.sign_in("ben")

    assert door.visit(door.sign_in("ben", address=THERE)) is not None
    assert 3 == door.office.actions().count("sign_in.throttled")  # of two names, and of the network


def test_an_unknown_account_is_throttled_like_a_known_one(door: Door) -> None:
    door.fails("eve", times=5)

    with pytest.raises(ThrottledError):
        door.sign_in("eve")


def test_a_typo_now_and_then_slows_a_network_down_never(door: Door) -> None:
    for day in range(60):
        door.fails(f"colleague-{day}")
        door.later(timedelta(hours=20))
    door.fails("colleague")

    assert door.visit(door.sign_in()) is not None


def test_who_is_throttled_is_told_in_the_log_once(door: Door) -> None:
    door.fails(times=5)
    (told,) = [e for e in door.office.events("account/ada") if e.action == "sign_in.throttled"]

    assert {"attempts": 5, "key": "ada@192.0.2.0/24"} == told.after


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("localhost", "unknown"),
    ],
)
def test_attempts_count_for_a_network(address: str, network: str) -> None:
    assert network == signing.network_of(address)


def test_failures_at_the_same_moment_are_all_counted(door: Door) -> None:
    start = threading.Barrier(4)

    def attempt(_: int) -> str:
        start.wait()
        try:
            door.sign_in("ada", "not the password at all")
        except (SignInError, ThrottledError) as error:
            return type(error).__name__
        return "signed in"

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(attempt, range(4)))
    with door.office.store.database.read() as connection:
        counts = accounts.failures(connection, ("ada@192.0.2.0/24", "192.0.2.0/24"))

    assert ["SignInError"] * 4 == found
    assert {4} == {count for count, _ in counts.values()}


# Sessions.


def test_a_session_ends_when_nobody_uses_it_for_half_an_hour(door: Door) -> None:
    secret = door.sign_in()
    for _ in range(3):
        assert door.later(29 * MINUTE).visit(secret) is not None
    assert door.later(30 * MINUTE).visit(secret) is not None

    assert door.later(30 * MINUTE + timedelta(seconds=1)).visit(secret) is None


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(door: Door) -> None:
    secret = door.sign_in()
    for _ in range(36):
        assert door.later(20 * MINUTE).visit(secret) is not None

    assert door.later(timedelta(seconds=1)).visit(secret) is None
    assert [] == signing.sessions_of(
        door.office.store, actor=Actor(account="ada", role=Role.VIEWER), real_now=door.real_now
    )


def test_what_is_no_secret_of_a_session_is_nobody(door: Door) -> None:
    door.sign_in()

    assert [None] * 6 == [door.visit(text) for text in ("", "x", "x" * 43, "x" * 5_000, "\0", "ü" * 43)]


def test_another_role_counts_from_the_next_question_on(door: Door) -> None:
    secret = door.sign_in()
    token = door.token(door.visited(secret).actor)
    door.save("ada", Role.VIEWER)
    by_token = door.show(token)

    assert Actor(account="ada", role=Role.VIEWER) == door.visited(secret).actor
    assert by_token is not None
    assert Role.VIEWER is by_token.actor.role


def test_an_account_that_is_switched_off_is_out_at_once_and_for_good(door: Door) -> None:
    secret = door.sign_in()
    token = door.token(door.visited(secret).actor)
    door.save("ada", Role.REQUESTER, "ESA", active=False)

    assert (None, None) == (door.visit(secret), door.show(token))
    door.save("ada", Role.REQUESTER, "ESA")
    assert door.visit(secret) is None
    assert door.show(token) is not None


def test_signing_out_ends_the_session_and_no_other(door: Door) -> None:
    here, there = door.sign_in(), door.sign_in(address=THERE)
    signing.sign_out(door.office.store, door.visited(here), now=door.office.now)

    assert door.visit(here) is None
    assert door.visit(there) is not None
    assert "session.ended" == door.office.actions("account/ada")[-1]


def test_one_s_sessions_are_listed_and_ended_one_by_one_and_nobody_else_s(door: Door) -> None:
    door.add("ben")
    here = door.visited(door.sign_in())
    there = door.sign_in(address=THERE)
    ben = door.visited(door.sign_in("ben"))
    listed = signing.sessions_of(door.office.store, actor=here.actor, real_now=door.real_now)
    (away,) = [s for s in listed if s.address == THERE]

    with pytest.raises(NotFoundError, match="there is no such session"):
        signing.end_session(door.office.store, away.id_hash, actor=ben.actor, now=door.office.now)
    assert door.visit(there) is not None
    signing.end_session(door.office.store, away.id_hash, actor=here.actor, now=door.office.now)
    assert door.visit(there) is None
    assert {HERE, THERE} == {s.address for s in listed}


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
        passwords.require_good(each, "ada")


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


# Tokens.


ADA = Actor(account="ada", role=Role.REQUESTER, agency="ESA")


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


# What a thief of the database has.


def test_no_password_secret_or_token_stands_in_the_database(door: Door) -> None:
    given = door.give("ada")
    secret = door.sign_in(password=given)
    door.change(door.visited(secret), NEW)
    token = door.token(ADA, scope="write")
    door.show(token)
    door.fails("my password by mistake", times=5)
    with pytest.raises(SignInError):
        door.sign_in("eve", "what eve typed in")
    dump = repr(everything(door.office.store.database))
    canaries = [given, secret, NEW, PASSWORD, token, token.split("_", 2)[2], "what eve typed in", "my password by"]
    keys = (door.office.store.folder / FILE).read_text(encoding="ascii").split()

    assert [] == [c for c in (*canaries, *keys) if c in dump]
    assert "$argon2id$" in dump
    assert token.split("_")[1] in dump


def test_without_the_keys_nothing_in_the_database_opens_the_door(door: Door) -> None:
    secret, token = door.sign_in(), door.token(ADA)
    visit = door.visited(secret)
    assert visit.session is not None
    stranger = Door(door.office, Keys((os.urandom(32),)))

    assert (None, None) == (stranger.visit(secret), stranger.show(token))
    assert (None, None) == (door.visit(visit.session.id_hash), stranger.visit(visit.session.id_hash))


# Keys.


def test_keys_are_changed_with_two_alive(door: Door) -> None:
    secret, token = door.sign_in(), door.token(ADA)
    path = door.office.store.folder / FILE
    old = path.read_text(encoding="ascii")
    path.write_text("ab" * 32 + "\n" + old, encoding="ascii")
    both = Door(door.office, load_keys(door.office.store.folder))
    newer = both.sign_in()
    path.write_text("ab" * 32 + "\n", encoding="ascii")
    only = Door(door.office, load_keys(door.office.store.folder))

    assert None not in (both.visit(secret), both.show(token), both.visit(newer))
    assert (None, None) == (only.visit(secret), only.show(token))
    assert only.visit(newer) is not None


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = load_keys(tmp_path)
    finally:
        os.umask(before)

    assert [FILE] == [p.name for p in tmp_path.iterdir()]
    assert 0o600 == stat.S_IMODE((tmp_path / FILE).stat().st_mode)
    assert [32] == [len(key) for key in made.keys]
    assert made == load_keys(tmp_path)


def test_several_that_start_at_once_have_the_same_keys(tmp_path: Path) -> None:
    start = threading.Barrier(8)

    def load(_: int) -> Keys:
        start.wait()
        return load_keys(tmp_path)

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(load, range(8)))

    assert {load_keys(tmp_path)} == found
    assert [FILE] == [p.name for p in tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it has no key"),
        ("abc\n", "line 1: it is no key; a key is 64 hexadecimal digits"),
        ("ab" * 32 + "\n" + "ab" * 31 + "\n", "line 2: it is no key"),
        ("zz" * 32, "line 1: it is no key"),
    ],
)
def test_a_file_of_keys_with_a_mistake_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="ascii")

    with pytest.raises(InputError, match=why):
        load_keys(tmp_path)


def test_a_digest_is_of_one_purpose_and_one_key() -> None:
    one, two = Keys((b"a" * 32,)), Keys((b"b" * 32, b"a" * 32))

    assert one.digest("x", "session") != one.digest("x", "token")
    assert one.digest("x", "session") != two.digest("x", "session")
    assert two.knows("x", "session", one.digest("x", "session"))
    assert not one.knows("x", "session", two.digest("x", "session"))
