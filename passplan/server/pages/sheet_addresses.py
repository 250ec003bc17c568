"""The addresses of the sheets of many passes."""

from __future__ import annotations

from functools import cache
from urllib.parse import quote

from markupsafe import escape

from passplan.server.http.addresses import url_for

_SATELLITE, _STATION, _NEAR = "SATELLITE", "STATION", "2000-01-01T00:00:00Z"  # stand for the parts of an address
_SAFE = "!$&'()*+,:;=@"  # the router does not quote these in a part of a path


class SheetAddresses:
    """Addresses of sheets, escaped for HTML: the router builds one, and the others follow its form."""

    def __init__(self) -> None:
        form = url_for("passes.sheet", satellite=_SATELLITE, station=_STATION, near=_NEAR)
        self._head, rest = form.split(_SATELLITE)
        self._between, self._end = rest.removesuffix(_NEAR).split(_STATION)
        self._part = cache(lambda name: str(escape(quote(name, safe=_SAFE))))

    def __call__(self, satellite: str, station: str, near: str) -> str:
        """The address of the sheet of a pass near a time, which is written to the second."""
        return f"{self._head}{self._part(satellite)}{self._between}{self._part(station)}{self._end}{near}"
