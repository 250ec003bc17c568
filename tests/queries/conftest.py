"""What tests of queries share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from passplan.store.database import Database
from tests.queries.desk import BOARDS_NETWORK, Desk, furnish
from tests.service.office import Office, open_office
from tests.stores import KINDS, new_store


@pytest.fixture(scope="package", params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A service that the tests look at and do not change."""
    folder = tmp_path_factory.mktemp("boards")
    database = Database(new_store(request.param, folder))
    yield furnish(open_office(database, folder, network=BOARDS_NETWORK, passes_d=3))
    database.close()


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    """A small service, on each of the two databases."""
    return open_office(database, tmp_path)
