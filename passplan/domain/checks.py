"""The checks that domain types share when they are created."""

import re

from passplan.domain.errors import InputError
from passplan.domain.messages import Message


def require_between(where: str, field: str, value: float, low: float, high: float) -> None:
    """Refuse a number that is not finite or lies outside [low, high].

    Raises:
        InputError: naming the place, the field, the value and the bounds.
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise InputError(
            Message(
                "not_a_number",
                "%(where)s: %(field)s is %(value)r; it is a number between %(low).12g and %(high).12g",
                where=where,
                field=field,
                value=value,
                low=low,
                high=high,
            )
        )
    if not low <= value <= high:  # false for NaN too, and exact for whole numbers of any size
        huge = isinstance(value, int) and value.bit_length() > 200
        shown_value = (
            "a number beyond all bounds" if huge else f"{value:.12g}" if isinstance(value, float) else str(value)
        )
        raise InputError(
            Message(
                "out_of_range",
                "%(where)s: %(field)s is %(value)s; it lies between %(low).12g and %(high).12g",
                where=where,
                field=field,
                value=shown_value,
                low=low,
                high=high,
            )
        )


def require_whole(where: str, field: str, value: int, low: float, high: float) -> None:
    """Refuse a value that is not a whole number or lies outside [low, high].

    Raises:
        InputError: as `require_between`.
    """
    if not isinstance(value, int):
        raise InputError(
            Message(
                "not_whole",
                "%(where)s: %(field)s is %(value)r; it is a whole number",
                where=where,
                field=field,
                value=value,
            )
        )
    require_between(where, field, value, low, high)


def require_name(where: str, field: str, value: str) -> None:
    """Refuse an id that is empty or holds white space or control characters.

    Raises:
        InputError: naming the place and the value.
    """
    if not value or len(value) > 64 or not value.isprintable() or " " in value:  # a blank is the only printable space
        raise InputError(
            Message(
                "not_an_id",
                "%(where)s: %(field)s is %(value)r; it is 1 to 64 printable characters without spaces",
                where=where,
                field=field,
                value=value,
            )
        )


def require_one_of(where: str, field: str, value: str, allowed: frozenset[str]) -> None:
    """Refuse a word outside the vocabulary.

    Raises:
        InputError: naming the place, the value and the allowed words.
    """
    if value not in allowed:
        raise InputError(
            Message(
                "not_one_of",
                "%(where)s: %(field)s is %(value)r; it is one of %(known)s",
                where=where,
                field=field,
                value=value,
                known=tuple(sorted(allowed)),
            )
        )


def require_hour(where: str, field: str, value: str) -> None:
    """Refuse a text that is not an hour of the day, 00:00 to 24:00.

    Raises:
        InputError: naming the place and the value.
    """
    if not (re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", value, re.ASCII)):
        raise InputError(
            Message(
                "not_an_hour",
                "%(where)s: %(field)s is %(value)r; it is an hour such as 08:30, 00:00 to 24:00",
                where=where,
                field=field,
                value=value,
            )
        )
