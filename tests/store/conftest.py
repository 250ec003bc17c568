"""A store that the tests of a file share: making one anew for each of several hundred would take a minute."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from passplan.store import guards
from passplan.store.database import Database
from tests.store import world
from tests.stores import KINDS, new_store


@pytest.fixture(scope="module", params=KINDS)
def shared_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One store for a file of tests, with a network and a revision."""
    opened = Database(new_store(request.param, tmp_path_factory.mktemp("shared")))
    world.furnish(opened, channels=2)
    yield opened
    opened.close()


@pytest.fixture
def store(shared_store: Database) -> Database:
    """A store with a network and a revision, and without requests and contacts: its guards stay in place."""
    world.clear(shared_store)
    return shared_store


@pytest.fixture(scope="module", params=KINDS)
def unguarded_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A store without its guards, as somebody with the database's password may make it."""
    opened = Database(new_store(request.param, tmp_path_factory.mktemp("unguarded")))
    world.furnish(opened, channels=2)
    opened.write(lambda transaction: guards.drop(transaction.connection))
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Database]:
    """A store on SQLite of a test's own, with a network and a revision."""
    opened = Database(new_store("sqlite", tmp_path))
    world.furnish(opened, channels=2)
    yield opened
    opened.close()


@pytest.fixture
def postgresql_store(tmp_path: Path) -> Iterator[Database]:
    """A store on PostgreSQL of a test's own, with a network and a revision."""
    opened = Database(new_store("postgresql", tmp_path))
    world.furnish(opened, channels=2)
    yield opened
    opened.close()
