"""Parts of messages for several rules: requests, contacts, places and times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from passplan.domain.messages import Message
from passplan.domain.requests import RequestId
from passplan.domain.schedule import Assignment
from passplan.domain.span import Span


def request_of(name: RequestId) -> Message:
    """A request."""
    return Message("checked_request", 'request "%(request)s"', request=name)


def part_of(a: Assignment) -> Message:
    """A part of a request."""
    return Message("checked_part", 'request "%(request)s" part %(part)s', request=a.request, part=a.part)


def contact_of(a: Assignment) -> Message:
    """A contact: its request and part, and its time."""
    return Message("checked_contact", "%(contact)s, %(time)s", contact=part_of(a), time=time_of(a.contact))


def place_of(a: Assignment) -> Message:
    """A contact with its antennas."""
    return Message(
        "checked_place",
        "%(contact)s at %(antennas)s, %(time)s",
        contact=part_of(a),
        antennas=listed(a.antennas),
        time=time_of(a.contact),
    )


def instant(moment: datetime) -> str:
    """A time, UTC, to the microsecond."""
    return moment.replace(tzinfo=None).isoformat(sep=" ")


def time_of(span: Span) -> Message:
    """The start and end of a span; the day once when both are on one day."""
    is_one_day = span.start.date() == span.end.date()
    end = span.end.time().isoformat() if is_one_day else instant(span.end)
    return Message("checked_time", "%(start)s to %(end)s UTC", start=instant(span.start), end=end)


def times_of(assignments: Sequence[Assignment]) -> tuple[Message, ...]:
    """The times of contacts."""
    return tuple(time_of(a.contact) for a in assignments)


def listed(names: Iterable[object]) -> Message | str:
    """Names in a row."""
    first, *rest = map(str, names)
    return Message("both", "%(first)s and %(others)s", first=first, others=listed(rest)) if rest else first


def seconds(length: timedelta) -> str:
    """A length of time."""
    return f"{length.total_seconds():.9g} s"
