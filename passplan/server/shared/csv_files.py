"""CSV files as responses."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response


def csv_response(lines: Iterable[Sequence[Any]], name: str) -> Response:
    """The lines of a CSV file as a download."""
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    response = Response(out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = attachment(name)
    return response


def attachment(name: str) -> str:
    """The header of a download; ids may have letters that a header may not."""
    return f'attachment; filename="{re.sub(r"[^A-Za-z0-9._-]", "_", name)}"'
