"""Which antennas a request may use, whatever passes there are."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from passplan.domain.network import AgencyId, Antenna, AntennaId, Network, Station
from passplan.domain.requests import ContactRequest, RequestBook
from passplan.domain.windows import Inadmissible

_MOST_NAMED = 5  # of the antennas that nobody asked for by name, when none of them will do


@dataclass(frozen=True, slots=True)
class Site:
    """The antennas of a choice that stand at one station."""

    station: Station
    antennas: tuple[Antenna, ...]
    ids: tuple[AntennaId, ...]  # "station/antenna"

    @property
    def limited(self) -> tuple[Antenna, ...]:
        """The antennas that cannot follow everywhere."""
        return tuple(
            a
            for a in self.antennas
            if a.slew_deg_s is not None
            or a.keyhole_deg < 90.0
            or a.cable_stops_deg is not None
            or a.sun_separation_deg > 0.0
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """What a request can use: an antenna, or several at once."""

    antennas: tuple[AntennaId, ...]  # "station/antenna", in order
    sites: tuple[Site, ...]

    @property
    def turns(self) -> bool:
        """Whether the time matters that an antenna takes to turn."""
        return any(a.slew_deg_s is not None for site in self.sites for a in site.antennas)


@dataclass(frozen=True, slots=True)
class Admission:
    """All that a request can use, in order, and what it names and cannot."""

    choices: tuple[Choice, ...]
    inadmissible: tuple[Inadmissible, ...]


class Admissions:
    """Who may use what in a network: an agency its own stations, those of nobody, and those of its agreements."""

    def __init__(self, network: Network, book: RequestBook) -> None:
        self._satellites = {s.id: s for s in network.satellites}
        self._time_names = {s.id: {t.name for t in s.times} for s in network.satellites}
        for item in book.satellite_times:
            self._time_names.setdefault(item.satellite, set()).add(item.name)
        self._stations = {s.id: s for s in network.stations}
        self._antennas = {f"{s.id}/{a.id}": (s, a) for s in network.stations for a in s.antennas}
        self._choices: dict[tuple[AntennaId, ...], Choice] = {}
        self._agreed: dict[AgencyId, set[str]] = {}
        for agreement in network.agreements:
            self._agreed.setdefault(agreement.user, set()).update(agreement.stations)

    def of(self, request: ContactRequest) -> Admission:
        """What a request can use."""
        band, cause = self._band(request)
        if cause:
            return Admission((), (Inadmissible(request=request.id, station="", cause=cause),))
        if request.arrays:
            return self._arrays(request, band)
        if request.stations:
            return self._named(request, band)
        free = [name for name, (s, a) in self._antennas.items() if band in a.bands and self._may_use(request, s)]
        if free:
            return Admission(tuple(self._choice((name,)) for name in sorted(free)), ())
        return Admission((), self._none_of_all(request, band))

    def _band(self, request: ContactRequest) -> tuple[str, str]:
        """The band of the request's link, or why it cannot be served by any antenna."""
        satellite = self._satellites.get(request.satellite)
        if satellite is None:
            return "", f'the network has no satellite "{request.satellite}"'
        names = self._time_names[request.satellite]
        for name in request.during:
            if name not in names:
                known = ", ".join(sorted(names)) or "none"
                return "", f'no time of {request.satellite} is called "{name}"; known: {known}'
        for link in satellite.links:
            if link.id == request.link:
                return link.band, ""
        known = ", ".join(k.id for k in satellite.links) or "none"
        return "", f'{request.satellite} has no link "{request.link}"; known: {known}'

    def _named(self, request: ContactRequest, band: str) -> Admission:
        chosen: set[AntennaId] = set()
        problems = []
        for name in dict.fromkeys(request.stations):
            found, cause = self._usable(request, name, band)
            chosen.update(found)
            if cause:
                problems.append(Inadmissible(request=request.id, station=name, cause=cause))
        return Admission(tuple(self._choice((name,)) for name in sorted(chosen)), tuple(problems))

    def _arrays(self, request: ContactRequest, band: str) -> Admission:
        chosen: set[tuple[AntennaId, ...]] = set()
        problems: dict[Inadmissible, None] = {}
        for array in request.arrays:
            causes = [(name, self._usable(request, name, band, antenna=True)[1]) for name in array]
            found = [Inadmissible(request=request.id, station=name, cause=cause) for name, cause in causes if cause]
            problems |= dict.fromkeys(found)
            if not found:
                chosen.add(tuple(sorted(array)))
        return Admission(tuple(self._choice(names) for names in sorted(chosen)), tuple(problems))

    def _usable(
        self, request: ContactRequest, name: str, band: str, *, antenna: bool = False
    ) -> tuple[list[AntennaId], str]:
        """The antennas behind the name of a station or an antenna, or why there are none."""
        if name in self._antennas:
            station, found = self._antennas[name]
            own = [(name, found)]
        elif name in self._stations and not antenna:
            station = self._stations[name]
            own = [(f"{station.id}/{a.id}", a) for a in station.antennas]
        else:
            return [], "the network has no such " + ("antenna" if antenna else "station or antenna")
        if not self._may_use(request, station):
            return [], f"no agreement lets {request.agency} use it"
        able = [key for key, a in own if band in a.bands]
        return able, "" if able else f"no antenna has {band}" if name in self._stations else f"it has no {band}"

    def _may_use(self, request: ContactRequest, station: Station) -> bool:
        return station.agency in ("", request.agency) or station.id in self._agreed.get(request.agency, ())

    def _none_of_all(self, request: ContactRequest, band: str) -> tuple[Inadmissible, ...]:
        """Why a request that names no station has none: the nearest misses first."""
        allowed = [s for s in self._stations.values() if self._may_use(request, s)]
        able = [s for s in self._stations.values() if any(band in a.bands for a in s.antennas)]
        if not able:
            return (Inadmissible(request=request.id, station="", cause=f"no antenna of the network has {band}"),)
        causes = [(s, f"no antenna has {band}") for s in allowed[:_MOST_NAMED]]
        causes += [(s, f"no agreement lets {request.agency} use it") for s in able[:_MOST_NAMED]]
        return tuple(Inadmissible(request=request.id, station=s.id, cause=cause) for s, cause in causes)

    def _choice(self, names: tuple[AntennaId, ...]) -> Choice:
        if names not in self._choices:
            sites = []
            for _, group in groupby(names, key=lambda name: self._antennas[name][0].id):
                ids = tuple(group)
                station = self._antennas[ids[0]][0]
                sites.append(Site(station, tuple(self._antennas[name][1] for name in ids), ids))
            self._choices[names] = Choice(names, tuple(sites))
        return self._choices[names]
