"""What tests of windows share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from passplan import (
    Station,
)
from tests.unit.windows.searches import FREE


@pytest.fixture
def site(delft: Station) -> Station:
    """Delft with an antenna of ESA's."""
    return replace(delft, agency="ESA", antennas=(FREE,))
