"""Disclosure: by its agreements a reader sees all of a contact, its times, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from passplan.domain.network import AgencyId, AntennaRef, Network, StationId
from passplan.domain.roles import Capability
from passplan.service.access.actors import Actor


class DisclosureLevel(IntEnum):
    """How much of a contact a reader sees."""

    NOTHING = 0
    TIMES = 1  # when which antenna and link are taken, and by which agency
    ALL = 2  # what for, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """The contacts that a reader may see, and how much of each.

    Schedulers and administrators see everything. An agency sees all of its own contacts and of those at its stations;
    at other stations its agreements decide. An account without an agency sees times.
    """

    agency: AgencyId = ""
    sees_everything: bool = False
    least: DisclosureLevel = DisclosureLevel.NOTHING
    stations: Mapping[StationId, DisclosureLevel]
    own_stations: frozenset[StationId] = frozenset()

    @property
    def key(self) -> str:
        """A text that is equal for readers who see the same of one network."""
        return f"{self.agency}/{self.sees_everything:d}{self.least:d}"

    def of(self, agency: AgencyId, antennas: Iterable[AntennaRef]) -> DisclosureLevel:
        """How much the reader sees of an agency's contact at these antennas."""
        if self.sees_everything or (self.agency and agency == self.agency):
            return DisclosureLevel.ALL
        used = {ref.station for ref in antennas}
        if used & self.own_stations:
            return DisclosureLevel.ALL
        seen = (self.stations.get(name, self.least) for name in used)
        return max(self.least, min(seen, default=DisclosureLevel.NOTHING))

    def at_station(self, station: StationId) -> DisclosureLevel:
        """How much the reader sees of a station, such as why it is closed."""
        return DisclosureLevel.ALL if self.sees_everything else self.stations.get(station, self.least)

    def sees_requests_of(self, agency: AgencyId) -> bool:
        """Whether the reader sees an agency's requests that have no contact."""
        return self.sees_everything or bool(self.agency and agency == self.agency)


def disclosure_of(network: Network, actor: Actor | None, *, public_view: bool = False) -> Disclosure:
    """The disclosure of an actor; None: a visitor without an account, who sees times where the service is public."""
    least = DisclosureLevel.TIMES if public_view else DisclosureLevel.NOTHING
    if actor is None:
        return Disclosure(least=least, stations={})
    if actor.has(Capability.SEE_EVERYTHING):
        return Disclosure(agency=actor.agency, sees_everything=True, least=DisclosureLevel.ALL, stations={})
    if not actor.agency:
        return Disclosure(least=DisclosureLevel.TIMES, stations={})
    stations = {
        name: DisclosureLevel.ALL if agreement.sees == "all" else DisclosureLevel.TIMES
        for agreement in reversed(network.agreements)  # the first of several agreements applies, as everywhere
        if agreement.user == actor.agency
        for name in agreement.stations
    }
    own_stations = frozenset(s.id for s in network.stations if s.agency == actor.agency)
    stations |= dict.fromkeys(own_stations, DisclosureLevel.ALL)
    return Disclosure(agency=actor.agency, least=least, stations=stations, own_stations=own_stations)
