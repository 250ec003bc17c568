"""CSV files: their names, and cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import re
from typing import Any


def attachment(name: str) -> str:
    """What the header says of a file that is to be kept; an id may be of any letters, and a header may not."""
    return f'attachment; filename="{re.sub(r"[^A-Za-z0-9._-]", "_", name)}"'


def safe_cell(value: Any) -> Any:
    """A cell of a CSV file that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
