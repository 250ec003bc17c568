"""What may be seen: of each contact all, when it is, or nothing, as agreements say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from passplan.domain.network import AgencyId, AntennaRef, Network, StationId
from passplan.service.access.roles import Actor, Capability


class DisclosureLevel(IntEnum):
    """How much of a contact is seen."""

    NOTHING = 0
    TIMES = 1  # when which antenna and link are taken, and by which agency
    ALL = 2  # what for, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """What somebody may see.

    Schedulers and administrators see all. An agency sees all of its own and all that happens at its own stations; at
    the others what its agreements say there. Who belongs to no agency sees times.
    """

    agency: AgencyId = ""
    whole: bool = False
    least: DisclosureLevel = DisclosureLevel.NOTHING
    stations: Mapping[StationId, DisclosureLevel]
    own: frozenset[StationId] = frozenset()

    @property
    def key(self) -> str:
        """Equal where two see the same of one network."""
        return f"{self.agency}/{self.whole:d}{self.least:d}"

    def of(self, agency: AgencyId, antennas: Iterable[AntennaRef]) -> DisclosureLevel:
        """What is seen of an agency's contact at some antennas."""
        if self.whole or (self.agency and agency == self.agency):
            return DisclosureLevel.ALL
        used = {ref.station for ref in antennas}
        if used & self.own:
            return DisclosureLevel.ALL
        seen = (self.stations.get(name, self.least) for name in used)
        return max(self.least, min(seen, default=DisclosureLevel.NOTHING))

    def at_station(self, station: StationId) -> DisclosureLevel:
        """What is seen of what happens at a station, such as why it is closed."""
        return DisclosureLevel.ALL if self.whole else self.stations.get(station, self.least)

    def sees_requests_of(self, agency: AgencyId) -> bool:
        """Whether requests are seen that have no contact."""
        return self.whole or bool(self.agency and agency == self.agency)


def disclosure_of(network: Network, actor: Actor | None, *, public_view: bool = False) -> Disclosure:
    """What an actor may see; None: a visitor without an account, who sees times where the service is public."""
    least = DisclosureLevel.TIMES if public_view else DisclosureLevel.NOTHING
    if actor is None:
        return Disclosure(least=least, stations={})
    if actor.has(Capability.SEE_EVERYTHING):
        return Disclosure(agency=actor.agency, whole=True, least=DisclosureLevel.ALL, stations={})
    if not actor.agency:
        return Disclosure(least=DisclosureLevel.TIMES, stations={})
    stations = {
        name: DisclosureLevel.ALL if agreement.sees == "all" else DisclosureLevel.TIMES
        for agreement in reversed(network.agreements)  # of several the first counts, as everywhere
        if agreement.user == actor.agency
        for name in agreement.stations
    }
    own = frozenset(s.id for s in network.stations if s.agency == actor.agency)
    stations |= dict.fromkeys(own, DisclosureLevel.ALL)
    return Disclosure(agency=actor.agency, least=least, stations=stations, own=own)
