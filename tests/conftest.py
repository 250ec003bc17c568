"""What every test shares."""

import pytest

from passplan import ElementSet, Station
from tests import sets


@pytest.fixture
def iss() -> ElementSet:
    """The ISS on 2026-08-08."""
    return sets.ISS


@pytest.fixture
def delft() -> Station:
    """A site at a middle latitude, with a floor of 5 degrees."""
    return Station(id="DLF", latitude_deg=52.0, longitude_deg=4.4, altitude_m=10.0, min_elevation_deg=5.0)
