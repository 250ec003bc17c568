"""What the readers of element files yield: sets, ephemerides and burns, refusals, deviations, and skipped sets."""

from collections.abc import Container
from enum import Enum, auto
from typing import TypeAlias

from passplan.domain.elements import ElementSet
from passplan.domain.ephemeris import Ephemeris
from passplan.domain.errors import InputError
from passplan.domain.manoeuvres import Manoeuvre
from passplan.domain.messages import Message


class Deviation(Enum):
    """A deviation from the format that is accepted with a warning."""

    NO_CHECKSUM = auto()
    BLANKS_IN_ECCENTRICITY = auto()
    ZERO_IN_DERIVATIVE = auto()


class RestUnreadError(InputError):
    """A mistake after which the rest of the file cannot be read."""


# A place in a file, and what is there. None: a set of a satellite that is not wanted.
Parsed: TypeAlias = tuple[str, ElementSet | Ephemeris | Manoeuvre | InputError | Deviation | None]
Wanted: TypeAlias = Container[int] | None  # catalogue numbers; None: all
NOT_WANTED: Parsed = ("", None)


def deviation_warning(deviation: Deviation, where: str, sets: int) -> Message:
    """The warning about a deviation; `where` is the first of the sets that have it."""
    match deviation:
        case Deviation.NO_CHECKSUM:
            return Message(
                "tle_without_checksum",
                "%(where)s: a set without checksums, so that a wrong digit is not detected; such sets: %(sets)s",
                where=where,
                sets=sets,
            )
        case Deviation.BLANKS_IN_ECCENTRICITY:
            return Message(
                "tle_blanks_in_eccentricity",
                "%(where)s: column 27: blanks before the eccentricity are read as zeros; such sets: %(sets)s",
                where=where,
                sets=sets,
            )
        case Deviation.ZERO_IN_DERIVATIVE:
            return Message(
                "tle_zero_in_derivative",
                "%(where)s: column 34: the mean motion derivative has a zero before its point; such sets: %(sets)s",
                where=where,
                sets=sets,
            )
