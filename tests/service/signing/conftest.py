"""What tests of signing in share."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from passplan.service.access import passwords
from passplan.service.access.keys import load_keys
from tests.service.office import Office
from tests.service.signing.access import Access


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take no time; what they are made of is the same."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)
    # A hash carries its own cost, and the cached dummy may be another test's, with the real cost.
    monkeypatch.setattr(passwords, "_dummy_hash", passwords._dummy_hash.__wrapped__)


@pytest.fixture
def access(office: Office) -> Access:
    """A service in which Ada of ESA has an account."""
    found = Access(office, load_keys(office.store.folder))
    found.add("ada")
    return found
