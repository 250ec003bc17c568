"""The marks of agencies: one of eight colours with its pattern, and a letter. A ninth has its letter alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from passplan.domain.network import MARKS, AgencyId, Network


@dataclass(frozen=True, slots=True)
class Mark:
    """How an agency is shown."""

    number: int  # of colour and pattern; 0: none is left
    letter: str
    name: str


def marks_of(network: Network) -> Mapping[AgencyId, Mark]:
    """The marks of a network's agencies: those that the network sets, otherwise the next free one, in their order."""
    fixed_marks = {a.mark for a in network.agencies if a.mark is not None}
    free = [k for k in range(1, MARKS + 1) if k not in fixed_marks]
    firsts = Counter((a.letter or a.id[0]).upper() for a in network.agencies)
    taken = {a.letter.upper() for a in network.agencies if a.letter}
    marks = {}
    for agency in network.agencies:
        number = agency.mark or (free.pop(0) if free else 0)
        letter = agency.letter or next(x for x in _letters(agency.id, firsts) if x.upper() not in taken)
        taken.add(letter.upper())
        marks[agency.id] = Mark(number, letter, agency.name or agency.id)
    return marks


def _letters(name: AgencyId, firsts: Mapping[str, int]) -> Iterator[str]:
    """Candidate letters for an agency, the best first: its first letter where that is unique, otherwise two."""
    first = name[0].upper()
    if firsts[first] == 1:
        yield first
    yield from (first + other.lower() for other in name[1:] if other.isalnum())
    yield from (f"{first}{k}" for k in count(2))


NOBODY = Mark(0, "", "")
