"""Rows of passes for tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from passplan.domain.rows.passes import ForecastPass


def forecast_pass(aos: datetime, los: datetime, **changes: Any) -> ForecastPass:
    """A pass as the store keeps it; what is not named is made up."""
    values: dict[str, Any] = {
        "satellite": "ISS",
        "catalog_number": 25544,
        "station": "wlp",
        "revolution": 17,
        "aos": aos,
        "tca": aos + (los - aos) / 2,
        "los": los,
        "peak_elevation_deg": 45.25,
        "aos_azimuth_deg": 210.5,
        "tca_azimuth_deg": 300.25,
        "los_azimuth_deg": 359.99999,
        "clipped_start": False,
        "clipped_end": True,
        "element_epoch": aos,
        "timing_68_s": 0.25,
        "timing_95_s": None,
        "timing_basis": "iss_table",
        "stale": True,
        "sunlight": "enters",
        "aos_limit_deg": 5.0,
        "los_limit_deg": 7.5,
        "aos_masked": False,
        "los_masked": True,
    }
    return ForecastPass(**values | changes)
