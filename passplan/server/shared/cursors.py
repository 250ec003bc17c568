"""Cursors: places in an order, encoded for addresses."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from flask_babel import gettext as _

from passplan.domain.errors import InputError


def encode_cursor(*place: int | str) -> str:
    """A place in an order, for an address."""
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type[int] | type[str]) -> tuple[Any, ...]:
    """The inverse of `encode_cursor`.

    Raises:
        InputError: for a text that is no cursor.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place = json.loads(raw)
    except (ValueError, binascii.Error, RecursionError):
        place = None
    if not isinstance(place, list) or [type(value) for value in place] != list(kinds):
        raise InputError(_("the cursor is none that was given here"))
    for value in place:
        if not value.isprintable() if isinstance(value, str) else abs(value) >= 2**62:
            raise InputError(_("the cursor is none that was given here"))
    return tuple(place)
