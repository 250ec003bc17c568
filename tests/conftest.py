"""What every test shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from passplan import ElementSet, Station
from tests import sets

if TYPE_CHECKING:
    from passplan.store.database import Database

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


@pytest.fixture
def iss() -> ElementSet:
    """The ISS on 2026-08-08."""
    return sets.ISS


@pytest.fixture
def delft() -> Station:
    """A site at a middle latitude, with a floor of 5 degrees."""
    return Station(id="DLF", latitude_deg=52.0, longitude_deg=4.4, altitude_m=10.0, min_elevation_deg=5.0)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty store that is up to date, on each of the two databases."""
    from passplan.store.database import Database
    from tests.stores import new_store

    opened = Database(new_store(request.param, tmp_path))
    yield opened
    opened.close()
