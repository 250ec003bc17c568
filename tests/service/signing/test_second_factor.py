"""The second factor: codes of an authenticator app beside the password."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from passplan.domain.errors import DeniedError, InputError, NotFoundError, SignInError, ThrottledError
from passplan.domain.roles import Role
from passplan.service.access import second_factor
from passplan.service.access.actors import Actor
from passplan.service.access.keys import Keys
from passplan.service.access.second_factor import code_at, enrolment, step_of_code
from passplan.store import accounts
from tests.service.office import ADMIN
from tests.service.signing.access import ADA, PASSWORD, Access

STEP = timedelta(seconds=30)


def code_of(secret: str, at: datetime) -> str:
    """What an app shows."""
    return code_at(base64.b32decode(secret), int(at.timestamp()) // 30)


def enrolled(access: Access) -> str:
    """The secret of Ada's device."""
    offered = enrolment(access.keys, "ada")
    code = code_of(offered.secret, access.real_now)
    add(access, offered.serial, code)
    access.later(STEP)
    return offered.secret


def add(access: Access, serial: str, code: str, keep: str = "") -> None:
    now = access.office.now
    second_factor.add_second_factor(
        access.office.store, access.keys, serial, code, keep=keep, actor=ADA, now=now, real_now=access.real_now
    )


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    """Appendix B of the RFC, whose codes have 8 digits: the last six of each."""
    assert code == code_at(b"12345678901234567890", seconds // 30)


def test_with_a_second_factor_the_password_alone_does_not_sign_in(access: Access) -> None:
    secret = enrolled(access)
    with pytest.raises(SignInError, match=r"has a second factor: give the code"):
        access.sign_in()
    with pytest.raises(SignInError, match=r"the code is wrong"):
        access.sign_in(code="000000")
    with pytest.raises(SignInError, match=r"^account and password do not go together$"):
        access.sign_in(password="not the password at all", code=code_of(secret, access.real_now))

    code = code_of(secret, access.real_now)
    assert ADA == access.visited(access.sign_in(code=f"{code[:3]} {code[3:]}")).actor


def test_a_code_signs_in_once_and_so_does_no_earlier_one(access: Access) -> None:
    secret = enrolled(access)
    access.later(STEP)
    before, code = (code_of(secret, access.real_now - off) for off in (STEP, 0 * STEP))
    access.sign_in(code=code)
    for used in (code, before):
        with pytest.raises(SignInError, match=r"this code has been used"):
            access.sign_in(code=used)

    access.later(STEP)
    access.sign_in(code=code_of(secret, access.real_now))


def test_the_code_with_which_a_factor_was_added_is_used(access: Access) -> None:
    offered = enrolment(access.keys, "ada")
    code = code_of(offered.secret, access.real_now)
    add(access, offered.serial, code)
    with pytest.raises(SignInError, match=r"this code has been used"):
        access.sign_in(code=code)


@pytest.mark.parametrize(("steps", "counts"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_the_clock_of_a_device_may_be_a_step_off(steps: int, counts: bool) -> None:
    keys, at = Keys((b"k" * 32,)), datetime(2027, 1, 5, 9, 0, 15, tzinfo=UTC)
    offered = enrolment(keys, "ada")
    code = code_of(offered.secret, at + steps * STEP)

    assert counts == (step_of_code(keys, "ada", offered.serial, code, at) is not None)
    assert step_of_code(keys, "eve", offered.serial, code, at) is None


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345a", "１２３４５６", "-12345"])
def test_what_is_no_code_is_wrong(text: str) -> None:
    keys = Keys((b"k" * 32,))

    assert step_of_code(keys, "ada", "0" * 16, text, datetime(2027, 1, 5, tzinfo=UTC)) is None


def test_wrong_codes_are_throttled_as_wrong_passwords_are(access: Access) -> None:
    secret = enrolled(access)
    for _ in range(5):
        with pytest.raises(SignInError):
            access.sign_in(code="000000")
    with pytest.raises(ThrottledError):
        access.sign_in(code=code_of(secret, access.real_now))

    assert 5 == access.office.actions("account/ada").count("sign_in.failed")


def test_wrong_codes_count_whatever_the_network_and_wrong_passwords_do_not(access: Access) -> None:
    """Who gives a code has the password; who has not cannot lock the user of the account out."""
    secret = enrolled(access)
    for k in range(8):
        with pytest.raises(SignInError, match=r"^account and password do not go together$"):
            access.sign_in(password="not the password at all", address=f"203.0.{k}.1", code="000000")
    for k in range(5):
        with pytest.raises(SignInError, match=r"the code is wrong"):
            access.sign_in(address=f"198.51.{k}.1", code="000000")
    with pytest.raises(ThrottledError):
        access.sign_in(address="198.51.9.1", code=code_of(secret, access.real_now))

    access.later(timedelta(seconds=31))
    assert access.sign_in(address="198.51.9.1", code=code_of(secret, access.real_now))
    events = [e for e in access.office.events("account/ada") if e.action == "sign_in.failed"]
    assert ["password"] * 8 + ["code"] * 5 == [e.after["wrong"] for e in events]


def test_a_sensitive_action_asks_for_a_code_too(access: Access) -> None:
    secret = enrolled(access)
    visit = access.visited(access.sign_in(code=code_of(secret, access.real_now)))
    access.later(timedelta(minutes=6))
    for code in ("", "000000"):
        with pytest.raises(SignInError):
            access.prove(visit, PASSWORD, code)
    assert visit.session is not None
    access.prove(visit, PASSWORD, code_of(secret, access.real_now))

    assert "account.proved" in access.office.actions("account/ada")


def test_other_sessions_end_with_a_new_factor(access: Access) -> None:
    first, second = access.sign_in(), access.sign_in()
    own = access.visited(first).session
    assert own is not None
    offered = enrolment(access.keys, "ada")
    add(access, offered.serial, code_of(offered.secret, access.real_now), keep=own.id_hash)

    assert (True, None) == (access.visit(first) is not None, access.visit(second))


def test_the_secret_is_not_in_the_database_and_stays_with_an_earlier_key(access: Access) -> None:
    secret = enrolled(access)
    with access.office.store.database.read() as connection:
        stored = accounts.second_factor_of(connection, "ada")
    assert stored is not None
    access.keys = Keys((b"n" * 32, *access.keys.keys))

    assert secret not in repr(stored)
    assert stored.serial.lower() not in base64.b32decode(secret).hex()
    assert access.sign_in(code=code_of(secret, access.real_now))


def test_a_factor_is_added_by_a_code_of_it_alone(access: Access) -> None:
    offered, other = enrolment(access.keys, "ada"), enrolment(access.keys, "ada")
    for serial, code in (
        (offered.serial, "000000"),
        (offered.serial, code_of(other.secret, access.real_now)),
        ("", code_of(offered.secret, access.real_now)),
        ("not a serial", "000000"),
    ):
        with pytest.raises(InputError, match=r"the code is not the one of this key"):
            add(access, serial, code)

    assert access.sign_in()


def test_an_app_gets_the_secret_and_the_account_by_its_address() -> None:
    offered = enrolment(Keys((b"k" * 32,)), "ada@esa")
    parts = urlsplit(offered.address)

    assert ("otpauth", "totp", "/passplan:ada%40esa") == (parts.scheme, parts.netloc, parts.path)
    assert {"secret": [offered.secret], "issuer": ["passplan"]} == parse_qs(parts.query)
    assert 20 == len(base64.b32decode(offered.secret))


def test_it_is_removed_by_its_account_or_an_administrator(access: Access) -> None:
    enrolled(access)
    store, now = access.office.store, access.office.now
    access.save("ben", Role.SCHEDULER)
    with pytest.raises(DeniedError):
        second_factor.remove_second_factor(store, "ada", actor=Actor(account="ben", role=Role.SCHEDULER), now=now)
    second_factor.remove_second_factor(store, "ada", actor=ADMIN, now=now)
    with pytest.raises(NotFoundError, match="has no second factor"):
        second_factor.remove_second_factor(store, "ada", actor=replace(ADA), now=now)

    assert access.sign_in(password=PASSWORD)
    assert ["account.second_factor_added", "account.second_factor_removed"] == [
        action for action in access.office.actions("account/ada") if "second_factor" in action
    ]
