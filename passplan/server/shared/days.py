"""Days in addresses."""

from __future__ import annotations

from datetime import UTC, date, datetime

from flask_babel import gettext as _

from passplan.domain.errors import InputError


def day_named(text: str) -> date:
    """The day of an address: a date, or year and day of the year as 902.1 has it.

    Raises:
        InputError: for a text that is no day.
    """
    try:
        if len(text) == 8 and text[4] == "-":
            day = datetime.strptime(text, "%Y-%j").replace(tzinfo=UTC).date()
        else:
            day = date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise InputError(_("“%(text)s” is no day; write 2026-08-08, or 2026-220", text=text[:20])) from None
    if not 1960 <= day.year <= 2100:
        raise InputError(_("the day is in %(year)s; give one between 1960 and 2100", year=day.year))
    return day
