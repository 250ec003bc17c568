"""International designators, such as 1998-067A, by which ephemerides name their satellites."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Protocol

_LONG = re.compile(r"(\d{4})-?(\d{3})-?([A-Z]{1,3})", re.ASCII)
_SHORT = re.compile(r"(\d{2})-?(\d{3})-?([A-Z]{1,3})", re.ASCII)
_FIRST_YEAR_OF_TWO_DIGITS = 57  # 57 is 1957; 56 is 2056
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
WELL_KNOWN: Mapping[str, int] = {"1998-067A": 25544}  # the ISS


class Designated(Protocol):
    """What has a catalogue number and an international designator."""

    @property
    def catalog_number(self) -> int:
        """Of the satellite."""

    @property
    def object_id(self) -> str:
        """Its international designator, or no text."""


def designator(text: str) -> str:
    """A designator in its usual form: 1998-067-A, 1998067A and 98067A are 1998-067A. Other texts stay as they are."""
    plain = "".join(text.upper().split())
    if match := _LONG.fullmatch(plain):
        return f"{match[1]}-{match[2]}{match[3]}"
    if match := _SHORT.fullmatch(plain):
        century = 1900 if int(match[1]) >= _FIRST_YEAR_OF_TWO_DIGITS else 2000
        return f"{century + int(match[1])}-{match[2]}{match[3]}"
    return plain


def numbers_of(items: Iterable[Designated]) -> dict[str, int]:
    """The catalogue numbers of designators; other texts, such as UNKNOWN, name nothing."""
    named = ((designator(item.object_id), item.catalog_number) for item in items)
    return {name: number for name, number in named if _LONG.fullmatch(name)}


def catalog_number_of(object_id: str, known: Mapping[str, int]) -> int | None:
    """The catalogue number of a designator, or of a text that is one; None: it is not known."""
    if _NUMBER.fullmatch(object_id.strip()):
        return int(object_id)
    name = designator(object_id)
    return known.get(name, WELL_KNOWN.get(name))
