"""Times as text: RFC 3339 in and out, and the epochs of OMM files."""

import re
from datetime import UTC, datetime, timedelta

from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.span import instant

_ZONED = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[Tt ](?P<time>\d{2}:\d{2})(:(?P<s>\d{2})(?P<fraction>\.\d+)?)?"
    r"(?P<zone>[Zz]|[+-]\d{2}:\d{2})",
    re.ASCII,
)
_OMM_EPOCH = re.compile(
    r"(?P<year>\d{4})-(?:(?P<month>\d{2})-(?P<day>\d{2})|(?P<day_of_year>\d{3}))"
    r"T(?P<h>\d{2}):(?P<m>\d{2}):(?P<s>\d{2})(?P<fraction>\.\d+)?Z?",
    re.ASCII,
)


def parse_instant(text: str) -> datetime:
    """An instant from RFC 3339 with its zone; seconds may be left out. A leap second is the first of the next minute.

    Raises:
        InputError: for a time without a zone, or a text that is not a time.
    """
    match = _ZONED.fullmatch(text.strip())
    if match is None:
        raise InputError(
            Message("time_form", "%(text)r is not a time with its zone; write 2026-08-08T00:00:00Z", text=text[:60])
        )
    leap = match["s"] == "60"
    seconds = "59" if leap else match["s"] or "00"
    try:
        moment = datetime.fromisoformat(f"{match['date']}T{match['time']}:{seconds}{match['zone'].upper()}")
        return _advanced(moment.astimezone(UTC), match["fraction"], leap=leap)
    except (ValueError, OverflowError) as error:
        raise InputError(
            Message("time_unusable", "%(text)r is not a time: %(error)s", text=text[:60], error=str(error))
        ) from None


def format_instant(moment: datetime) -> str:
    """RFC 3339 with `Z` and microseconds."""
    return instant(moment).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_omm_epoch(text: str, key: str = "EPOCH") -> datetime:
    """An OMM epoch (CCSDS time code A or B, UTC) to the microsecond; `key` names it in errors.

    Raises:
        InputError: for a text that is not an epoch.
    """
    match = _OMM_EPOCH.fullmatch(text.strip())
    if match is None:
        raise InputError(
            Message(
                "omm_epoch_form",
                "%(key)s is %(text)r; it is a UTC time such as 2026-07-30T20:40:53.573952",
                key=key,
                text=text.strip()[:60],
            )
        )
    try:
        if match["day_of_year"]:
            day = day_of_year(int(match["year"]), int(match["day_of_year"]))
        else:
            day = datetime(int(match["year"]), int(match["month"]), int(match["day"]), tzinfo=UTC)
        leap = match["s"] == "60"
        clock = day.replace(hour=int(match["h"]), minute=int(match["m"]), second=59 if leap else int(match["s"]))
        return _advanced(clock, match["fraction"], leap=leap)
    except (ValueError, OverflowError) as error:
        raise InputError(
            Message(
                "omm_epoch_unusable",
                "%(key)s is %(text)r: %(error)s",
                key=key,
                text=text.strip()[:60],
                error=str(error),
            )
        ) from None


def day_of_year(year: int, day: int) -> datetime:
    """The start of a day of the year, counted from 1.

    Raises:
        InputError: when the year has no such day.
    """
    start = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=day - 1)
    if start.year != year:
        last = 366 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 365
        raise InputError(
            Message(
                "day_of_year",
                "the day of the year is %(day)s; %(year)s has days 1 to %(last)s",
                day=day,
                year=year,
                last=last,
            )
        )
    return start


def _advanced(moment: datetime, fraction: str | None, *, leap: bool) -> datetime:
    """A time to the second plus its fraction; a leap second with any fraction is the first second of the next day."""
    if leap:
        if (moment.hour, moment.minute) != (23, 59):
            raise ValueError("a second 60 comes at 23:59 UTC alone")
        return moment + timedelta(seconds=1)
    return moment + timedelta(microseconds=round(float("0" + fraction[:20]) * 1e6) if fraction else 0)
