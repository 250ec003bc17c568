"""Answers: JSON without NaN, tables as CSV, pages with their cursor, and versions."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response, request, url_for
from werkzeug.exceptions import PreconditionFailed
from werkzeug.http import parse_etags

from passplan.domain.errors import InputError
from passplan.domain.facts import Fact
from passplan.formats.rows import Row
from passplan.server.api.describing import CSV, JSON
from passplan.server.api.schemas.base import IfMatch
from passplan.server.pages.passes import attachment, safe_cell
from passplan.server.shared.words import fact_word
from passplan.service.store import Guard
from passplan.store import events
from passplan.store.database import Connection


def answer(
    body: Any, status: int = 200, *, form: str = JSON, version: int | None = None, location: str = "", link: str = ""
) -> Response:
    """An answer as JSON."""
    text = json.dumps(body, separators=(",", ":"), allow_nan=False, default=fact_word)  # facts alone are no JSON
    response = Response(text, status=status, content_type=form)
    response.headers["Vary"] = "Accept"
    if version is not None:
        response.set_etag(str(version))
    if location:
        response.headers["Location"] = location
    if link:
        response.headers["Link"] = link
    return response


def table(columns: Sequence[str], rows: Iterable[Row], name: str, *, link: str = "") -> Response:
    """Rows as CSV, whose cells no spreadsheet takes for formulas."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([safe_cell(_cell(row[column])) for column in columns])
    response = Response(out.getvalue(), content_type=f"{CSV}; charset=utf-8")
    response.headers["Vary"] = "Accept"
    response.headers["Content-Disposition"] = attachment(f"{name}.csv")
    if link:
        response.headers["Link"] = link
    return response


def _cell(value: Any) -> Any:
    return fact_word(value) if isinstance(value, Fact) else value


def next_page(cursor: str | None, **fixed: str) -> str:
    """The header that leads to the next page; empty where there is none.

    Args:
        cursor: where it begins.
        fixed: what was left open by the caller, as it is by now.
    """
    if cursor is None or request.endpoint is None:
        return ""
    given: dict[str, Any] = request.args.to_dict(flat=False)
    return f'<{url_for(request.endpoint, **{**given, **fixed, "cursor": cursor})}>; rel="next"'


def cursor_of(*place: int | str) -> str:
    """A place in an order, for an address."""
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def place_of(cursor: str, *kinds: type[int] | type[str]) -> tuple[Any, ...]:
    """The inverse of `cursor_of`.

    Raises:
        InputError: for what is none.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found = json.loads(raw)
    except (ValueError, binascii.Error, RecursionError):
        found = None
    if not isinstance(found, list) or [type(value) for value in found] != list(kinds):
        raise InputError("the cursor is none that was given here")
    for value in found:
        if not value.isprintable() if isinstance(value, str) else abs(value) >= 2**62:
            raise InputError("the cursor is none that was given here")
    return tuple(found)


def version_of(connection: Connection, thing: str) -> int:
    """The version of a contact or a request: the number of its last event."""
    return next((e.id for e in events.history(connection, thing, most=1)), 0)


def unchanged(header: IfMatch, thing: str) -> Guard | None:
    """What looks, in the transaction that changes it, whether a thing is still as whoever asks has seen it."""
    if header.if_match is None or not (seen := parse_etags(header.if_match)):
        return None

    def guard(connection: Connection) -> None:
        if not seen.contains(str(version_of(connection, thing))):
            raise PreconditionFailed(f"{thing} is another version by now; read it again, and decide anew")

    return guard
