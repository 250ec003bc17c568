"""What tests of the service share."""

from __future__ import annotations

from pathlib import Path

import pytest

from passplan.store.database import Database
from tests.service.office import Office, open_office


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    """A small service, on each of the two databases."""
    return open_office(database, tmp_path)
