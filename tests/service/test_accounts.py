"""Accounts: who acts in their name, which are refused, and what is recorded of them."""

from __future__ import annotations

import pytest

from passplan.domain.errors import ConflictError, DeniedError, InputError
from passplan.domain.roles import Role
from passplan.service.access.accounts import actor_named, give_password, save_account
from tests.service.office import ADMIN, ESA, Office


def test_an_account_acts_within_its_role_until_it_is_switched_off(office: Office) -> None:
    save_account(office.store, "ada", Role.REQUESTER, agency="ESA", actor=ADMIN, now=office.now)
    with office.store.database.read() as connection:
        ada = actor_named(connection, "ada", "root")
    save_account(office.store, "ada", Role.REQUESTER, agency="ESA", active=False, actor=ADMIN, now=office.now)

    assert ("ada", Role.REQUESTER, "ESA", "root") == (ada.account, ada.role, ada.agency, ada.os_user)
    with office.store.database.read() as connection:
        assert Role.ADMINISTRATOR is actor_named(connection, "", "root").role
        for name in ("ada", "nobody"):
            with pytest.raises(DeniedError, match=f"there is no account '{name}' that may act"):
                actor_named(connection, name, "root")


def test_accounts_that_make_no_sense_are_refused(office: Office) -> None:
    for name, role, agency, words in (
        ("ada", "king", "", "role is 'king'; it is one of"),
        ("ada", "requester", "", "a requester is of an agency"),
        ("ada", "requester", "XXX", "agency is 'XXX'; it is one of ESA, JAXA, NASA"),
        ("local", "viewer", "", "is taken by passplan itself"),
        ("", "viewer", "", "it is 1 to 64 printable characters"),
    ):
        with pytest.raises(InputError, match=words):
            save_account(office.store, name, role, agency=agency, actor=ADMIN, now=office.now)
    with pytest.raises(DeniedError):
        save_account(office.store, "eve", "administrator", actor=ESA, now=office.now)


def test_a_change_of_an_account_is_recorded_with_what_it_was(office: Office) -> None:
    save_account(office.store, "ada", Role.REQUESTER, agency="ESA", actor=ADMIN, now=office.now)
    save_account(office.store, "ada", Role.VIEWER, active=False, actor=ADMIN, now=office.now)
    first, second = [e for e in office.events("account/ada") if e.action == "account.saved"]

    assert ({}, {"role": "requester", "agency": "ESA", "active": True}) == (first.before, first.after)
    assert (first.after, {"role": "viewer", "agency": "", "active": False}) == (second.before, second.after)


@pytest.mark.parametrize("change", ["role", "off"])
def test_the_last_administrator_who_can_sign_in_stays_one(office: Office, change: str) -> None:
    def administrator(name: str, *, password: bool) -> None:
        save_account(office.store, name, "administrator", actor=ADMIN, now=office.now)
        if password:
            give_password(office.store, name, actor=ADMIN, now=office.now, real_now=office.now)

    def step_down() -> None:
        role = "viewer" if change == "role" else "administrator"
        save_account(office.store, "ada", role, active=change == "role", actor=ADMIN, now=office.now)

    administrator("ada", password=True)
    administrator("ben", password=False)  # who cannot sign in counts for nothing
    with pytest.raises(ConflictError, match="account ada is the last administrator who can sign in"):
        step_down()
    administrator("eve", password=True)
    step_down()


@pytest.mark.fault(84)
@pytest.mark.parametrize("name", ["ADA", "\u0430d\u0430", "Ada"])
def test_a_new_name_that_looks_like_another_is_refused(office: Office, name: str) -> None:
    save_account(office.store, "ada", "viewer", actor=ADMIN, now=office.now)
    with pytest.raises(InputError, match="looks like that of account 'ada'"):
        save_account(office.store, name, "viewer", actor=ADMIN, now=office.now)
    save_account(office.store, "ada", "scheduler", actor=ADMIN, now=office.now)
