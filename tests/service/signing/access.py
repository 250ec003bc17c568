"""A service with accounts, as people and programs use it to sign in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from passplan.domain.errors import SignInError
from passplan.domain.roles import Role
from passplan.service.access import login as signing
from passplan.service.access import passwords
from passplan.service.access.accounts import give_password, save_account
from passplan.service.access.actors import Actor
from passplan.service.access.keys import Keys
from passplan.service.access.login import Identity
from passplan.store import accounts
from tests.service.office import ADMIN, Office

REAL = datetime(2027, 1, 5, 9, 0, tzinfo=UTC)  # real time; mission time is another
HERE, THERE = "192.0.2.7", "198.51.100.7"
PASSWORD = "nine violet herons asleep"
NEW = "seven amber otters awake"
MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Access:
    """The sign-in of people and programs, and their accounts."""

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

    def sign_in(self, name: str = "ada", password: str = PASSWORD, address: str = HERE, code: str = "") -> str:
        return signing.sign_in(
            self.office.store,
            self.keys,
            name,
            password,
            code=code,
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

    def prove(self, visit: Identity, password: str, code: str = "") -> None:
        signing.reauthenticate(
            self.office.store,
            self.keys,
            visit,
            password,
            code=code,
            address=HERE,
            now=self.office.now,
            real_now=self.real_now,
        )

    def revoke(self, prefix: str, actor: Actor) -> None:
        signing.revoke_token(self.office.store, prefix, actor=actor, now=self.office.now, real_now=self.real_now)

    def change(self, visit: Identity, new: str) -> None:
        signing.change_password(self.office.store, visit, new, now=self.office.now, real_now=self.real_now)

    def later(self, passed: timedelta) -> Access:
        self.real_now += passed
        return self


ADA = Actor(account="ada", role=Role.REQUESTER, agency="ESA")
