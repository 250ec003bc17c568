"""The antennas that a request may use, independent of passes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from passplan.domain.messages import Message
from passplan.domain.network import Antenna, AntennaRef, Network, Station, StationOrAntenna
from passplan.domain.requests import ContactRequest, RequestBook
from passplan.domain.windows import Inadmissible

_MOST_NAMED = 5  # of the antennas that the request does not name, when none is usable


@dataclass(frozen=True, slots=True)
class Site:
    """The antennas of a choice at one station."""

    station: Station
    antennas: tuple[Antenna, ...]
    refs: tuple[AntennaRef, ...]

    @property
    def limited(self) -> tuple[Antenna, ...]:
        """The antennas with limits of pointing."""
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
    """A choice of antennas for a request: one, or several at once."""

    antennas: tuple[AntennaRef, ...]  # in order
    sites: tuple[Site, ...]

    @property
    def turns(self) -> bool:
        """Whether the turning time of an antenna matters."""
        return any(a.slew_deg_s is not None for site in self.sites for a in site.antennas)


@dataclass(frozen=True, slots=True)
class Admission:
    """The choices of a request, in order, and the stations and antennas that it names and cannot use."""

    choices: tuple[Choice, ...]
    inadmissible: tuple[Inadmissible, ...]


class Admissions:
    """The usable antennas of a network: an agency uses its stations, those without owner, and those of agreements."""

    def __init__(self, network: Network, book: RequestBook) -> None:
        self._network = network
        self._time_names = {s.id: {t.name for t in s.times} for s in network.satellites}
        for item in book.satellite_times:
            self._time_names.setdefault(item.satellite, set()).add(item.name)
        self._choices: dict[tuple[AntennaRef, ...], Choice] = {}

    def of(self, request: ContactRequest) -> Admission:
        """The admission of a request."""
        band = self._band(request)
        if isinstance(band, Message):
            return Admission((), (Inadmissible(request=request.id, station="", cause=band),))
        if request.arrays:
            return self._arrays(request, band)
        if request.stations:
            return self._named(request, band)
        usable = [ref for ref in self._network.antennas if self._can_use(request, ref, band)]
        if usable:
            return Admission(tuple(self._choice((ref,)) for ref in sorted(usable)), ())
        return Admission((), self._none_of_all(request, band))

    def _band(self, request: ContactRequest) -> str | Message:
        """The band of the request's link, or the reason why no antenna can serve it."""
        if not self._network.has_satellite(request.satellite):
            return Message(
                "no_satellite_in_network", 'the network has no satellite "%(satellite)s"', satellite=request.satellite
            )
        names = self._time_names[request.satellite]
        for name in request.during:
            if name not in names:
                return Message(
                    "no_time_of_satellite",
                    'no time of %(satellite)s is called "%(time)s"; known: %(known)s',
                    satellite=request.satellite,
                    time=name,
                    known=tuple(sorted(names)),
                )
        if self._network.has_link(request.satellite, request.link):
            return self._network.link(request.satellite, request.link).band
        return Message(
            "no_link_of_satellite",
            '%(satellite)s has no link "%(link)s"; known: %(known)s',
            satellite=request.satellite,
            link=request.link,
            known=tuple(k.id for k in self._network.satellite(request.satellite).links),
        )

    def _named(self, request: ContactRequest, band: str) -> Admission:
        chosen: set[AntennaRef] = set()
        problems = []
        for name in dict.fromkeys(request.stations):
            usable, cause = self._usable(request, name, band)
            chosen.update(usable)
            if cause:
                problems.append(Inadmissible(request=request.id, station=name, cause=cause))
        return Admission(tuple(self._choice((ref,)) for ref in sorted(chosen)), tuple(problems))

    def _arrays(self, request: ContactRequest, band: str) -> Admission:
        chosen: set[tuple[AntennaRef, ...]] = set()
        problems: dict[Inadmissible, None] = {}
        for array in request.arrays:
            causes = [(ref, self._usable(request, ref, band)[1]) for ref in array]
            refused = [Inadmissible(request=request.id, station=ref, cause=cause) for ref, cause in causes if cause]
            problems |= dict.fromkeys(refused)
            if not refused:
                chosen.add(tuple(sorted(array)))
        return Admission(tuple(self._choice(names) for names in sorted(chosen)), tuple(problems))

    def _usable(
        self, request: ContactRequest, name: StationOrAntenna, band: str
    ) -> tuple[list[AntennaRef], Message | None]:
        """The usable antennas of a station or an antenna, or the reason why there are none."""
        if isinstance(name, AntennaRef):
            if not self._network.has_antenna(name):
                return [], Message("no_such_antenna", "the network has no such antenna")
            refs, station = [name], name.station
            lacking = Message("antenna_without_band", "it has no %(band)s", band=band)
        else:
            if not self._network.has_station(name):
                return [], Message("no_such_station", "the network has no such station")
            refs = [AntennaRef(name, a.id) for a in self._network.station(name).antennas]
            station, lacking = name, _no_antenna_has(band)
        if not self._network.may_use(request.agency, station):
            return [], _no_agreement(request)
        able = [ref for ref in refs if band in self._network.antenna(ref).bands]
        return able, None if able else lacking

    def _can_use(self, request: ContactRequest, ref: AntennaRef, band: str) -> bool:
        return band in self._network.antenna(ref).bands and self._network.may_use(request.agency, ref.station)

    def _none_of_all(self, request: ContactRequest, band: str) -> tuple[Inadmissible, ...]:
        """The reasons why a request that names no station can use none, the nearest misses first."""
        allowed = [s for s in self._network.stations if self._network.may_use(request.agency, s.id)]
        able = [s for s in self._network.stations if any(band in a.bands for a in s.antennas)]
        if not able:
            cause = Message("network_without_band", "no antenna of the network has %(band)s", band=band)
            return (Inadmissible(request=request.id, station="", cause=cause),)
        causes = [(s, _no_antenna_has(band)) for s in allowed[:_MOST_NAMED]]
        causes += [(s, _no_agreement(request)) for s in able[:_MOST_NAMED]]
        return tuple(Inadmissible(request=request.id, station=s.id, cause=cause) for s, cause in causes)

    def _choice(self, refs: tuple[AntennaRef, ...]) -> Choice:
        if refs not in self._choices:
            sites = []
            for station, group in groupby(refs, key=lambda ref: ref.station):
                site_refs = tuple(group)
                antennas = tuple(self._network.antenna(ref) for ref in site_refs)
                sites.append(Site(self._network.station(station), antennas, site_refs))
            self._choices[refs] = Choice(refs, tuple(sites))
        return self._choices[refs]


def _no_antenna_has(band: str) -> Message:
    return Message("station_without_band", "no antenna has %(band)s", band=band)


def _no_agreement(request: ContactRequest) -> Message:
    return Message("no_agreement", "no agreement lets %(agency)s use it", agency=request.agency)
