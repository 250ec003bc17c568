"""The marks of agencies: one of eight colours with its pattern, and a letter. A ninth has its letter alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from passplan.domain.network import MARKS, AgencyId, Network


@dataclass(frozen=True, slots=True)
class Mark:
    """How an agency is shown."""

    number: int  # of colour and pattern; 0: none is left
    letter: str
    name: str


def marks_of(network: Network) -> Mapping[AgencyId, Mark]:
    """The marks of a network's agencies: as the network says, and else the next that is free, in their order."""
    given = {a.mark for a in network.agencies if a.mark is not None}
    free = [k for k in range(1, MARKS + 1) if k not in given]
    firsts = Counter((a.letter or a.id[0]).upper() for a in network.agencies)
    marks = {}
    for agency in network.agencies:
        number = agency.mark or (free.pop(0) if free else 0)
        letter = agency.letter or agency.id[0].upper()
        if not agency.letter and firsts[letter] > 1:
            letter = agency.id[:2].capitalize()
        marks[agency.id] = Mark(number, letter, agency.name or agency.id)
    return marks


NOBODY = Mark(0, "", "")
