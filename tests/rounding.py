"""Passes as the store has them: numbers with the decimals of their columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from passplan.domain.rows.columns import columns_of
from passplan.domain.rows.passes import ForecastPass


def as_stored(row: ForecastPass) -> ForecastPass:
    """The same pass, rounded."""
    rounded: dict[str, Any] = {}
    for c in columns_of(ForecastPass):
        if c.type is float and not c.is_computed and (value := getattr(row, c.name)) is not None:
            rounded[c.name] = round(value, c.digits)
    return replace(row, **rounded)
