"""The addresses of the sheets of many passes."""

from __future__ import annotations

from flask import url_for
from markupsafe import escape

_NEAR = "2000-01-01T00:00:00Z"  # stands for a time in the address of a sheet


class SheetAddresses:
    """Addresses of sheets, escaped for HTML; what is in front of the time is built once for a satellite and station."""

    def __init__(self) -> None:
        self._heads: dict[tuple[str, str], str] = {}

    def __call__(self, satellite: str, station: str, near: str) -> str:
        """The address of the sheet of a pass near a time, which is written to the second."""
        key = (satellite, station)
        if key not in self._heads:
            whole = url_for("passes.sheet", satellite=satellite, station=station, near=_NEAR)
            self._heads[key] = str(escape(whole.removesuffix(_NEAR)))
        return f"{self._heads[key]}{near}"
