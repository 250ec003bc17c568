"""Answers: JSON without NaN, tables as CSV, pages with their cursor, and versions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import is_dataclass
from typing import Any

from flask import Response, request, url_for
from werkzeug.exceptions import BadRequest, PreconditionFailed
from werkzeug.http import parse_etags

from passplan.formats.rows import csv_table, row_document
from passplan.queries.history import version_guard
from passplan.server.api.describing import JSON
from passplan.server.api.schemas.base import IfMatch
from passplan.server.shared.csv_files import csv_response
from passplan.server.shared.words import fact_word
from passplan.service.store import Guard


def answer(
    body: Any, status: int = 200, *, form: str = JSON, version: int | None = None, location: str = "", link: str = ""
) -> Response:
    """An answer as JSON: of a row, or of a document."""
    document = row_document(body) if is_dataclass(body) else body
    text = json.dumps(document, separators=(",", ":"), allow_nan=False, default=fact_word)  # facts are no JSON values
    response = Response(text, status=status, content_type=form)
    response.headers["Vary"] = "Accept"
    if version is not None:
        response.set_etag(str(version))
    if location:
        response.headers["Location"] = location
    if link:
        response.headers["Link"] = link
    return response


def table(kind: type[Any], rows: Iterable[Any], name: str, *, link: str = "") -> Response:
    """Rows of a kind as CSV."""
    response = csv_response(csv_table(kind, rows, fact_word), f"{name}.csv")
    response.headers["Vary"] = "Accept"
    if link:
        response.headers["Link"] = link
    return response


def next_page(cursor: str | None, **fixed: str) -> str:
    """The header that leads to the next page; empty where there is none.

    Args:
        cursor: where the next page begins.
        fixed: parameters that the caller left out, with the values used.
    """
    if cursor is None or request.endpoint is None:
        return ""
    arguments: dict[str, Any] = request.args.to_dict(flat=False)
    return f'<{url_for(request.endpoint, **{**arguments, **fixed, "cursor": cursor})}>; rel="next"'


def unchanged(header: IfMatch, thing: str) -> Guard | None:
    """A guard that compares a thing's version with If-Match in the transaction that changes it; None without one."""
    if header.if_match is None:
        return None
    if not (etags := parse_etags(header.if_match)):
        raise BadRequest("If-Match has no ETag; give one of an earlier answer, or leave the header out")

    def check(version: int) -> None:
        if not etags.contains(str(version)):
            raise PreconditionFailed(f"{thing} is another version by now; read it again, and decide anew")

    return version_guard(thing, check)
