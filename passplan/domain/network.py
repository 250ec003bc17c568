"""The network: agencies, their stations and antennas, satellites and their links, and agreements."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from passplan.domain.checks import require_between, require_hour, require_name, require_one_of, require_whole
from passplan.domain.errors import InputError, NotFoundError
from passplan.domain.messages import Message
from passplan.domain.span import Span

T = TypeVar("T")

# Names for readers; plain text for callers, who write Station(id="WLP").
AgencyId: TypeAlias = str
StationId: TypeAlias = str
SatelliteId: TypeAlias = str
LinkId: TypeAlias = str
AntennaId: TypeAlias = str  # among the antennas of one station

BANDS = frozenset({"HF", "VHF", "UHF", "L", "S", "C", "X", "Ku", "K", "Ka", "V", "W", "optical"})
CONFIDENCES = frozenset({"high", "medium", "low"})
DIRECTIONS = frozenset({"uplink", "downlink", "both"})
PURPOSES = frozenset({"iss", "geometry"})
SIGHTS = frozenset({"times", "all"})
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

MARKS = 8  # colours and patterns of agencies in pages
MIN_FLOOR_DEG = -10.0  # a mountain station sees below its horizontal; none sees lower than this


@dataclass(frozen=True, slots=True, order=True)
class AntennaRef:
    """One antenna of a network: its station and its id there.

    `str` is the text form "station/antenna" of files, addresses and messages; `parse` reads it.

    Raises:
        InputError: for an id that is none.
    """

    station: StationId
    antenna: AntennaId

    def __post_init__(self) -> None:
        _require_station_id("antenna", "station", self.station)
        require_name("antenna", "antenna", self.antenna)

    def __str__(self) -> str:
        return f"{self.station}/{self.antenna}"

    @classmethod
    def parse(cls, text: str) -> AntennaRef:
        """The reference behind a text "station/antenna".

        Raises:
            InputError: for another text.
        """
        station, slash, antenna = text.partition("/")
        if not slash:
            raise InputError(
                Message("antenna_form", 'the antenna is %(antenna)r; it is written "station/antenna"', antenna=text)
            )
        return cls(station, antenna)


StationOrAntenna: TypeAlias = StationId | AntennaRef  # a station stands for all of its antennas


def station_or_antenna(text: str) -> StationOrAntenna:
    """The object that a text names: an antenna when it has a slash, else a station.

    Raises:
        InputError: for a text with a slash that names no antenna.
    """
    return AntennaRef.parse(text) if "/" in text else text


def station_of(name: StationOrAntenna) -> StationId:
    """The station of an antenna, or the station itself."""
    return name.station if isinstance(name, AntennaRef) else name


def covers(name: StationOrAntenna, ref: AntennaRef) -> bool:
    """Whether a name stands for an antenna: the antenna itself, or its station."""
    return name in (ref, ref.station)


def _require_station_id(where: str, field: str, value: str) -> None:
    require_name(where, field, value)
    if "/" in value:
        raise InputError(
            Message(
                "id_slash",
                "%(where)s: %(field)s is %(value)r; it has no slash, which stands between station and antenna",
                where=where,
                field=field,
                value=value,
            )
        )


@dataclass(frozen=True, slots=True)
class HorizonMask:
    """The lowest usable elevation by azimuth, linear in between and closed over north.

    Raises:
        InputError: unless azimuths rise strictly within 0 to 360 and elevations lie between -10 and 90.
    """

    points: tuple[tuple[float, float], ...]  # (azimuth_deg, elevation_deg)

    def __post_init__(self) -> None:
        where = "horizon mask"
        if not self.points:
            raise InputError(
                Message(
                    "mask_empty",
                    "%(where)s: it has no points; leave it out, or give [azimuth_deg, elevation_deg] pairs",
                    where=where,
                )
            )
        previous = -math.inf
        for azimuth_deg, elevation_deg in self.points:
            require_between(where, "azimuth_deg", azimuth_deg, 0.0, 360.0)
            require_between(where, "elevation_deg", elevation_deg, MIN_FLOOR_DEG, 90.0)
            if azimuth_deg <= previous:
                raise InputError(
                    Message(
                        "mask_order",
                        "%(where)s: azimuth %(azimuth_deg)g comes after %(previous_deg)g; azimuths rise strictly",
                        where=where,
                        azimuth_deg=azimuth_deg,
                        previous_deg=previous,
                    )
                )
            previous = azimuth_deg
        (first, first_deg), (last, last_deg) = self.points[0], self.points[-1]
        if first == 0.0 and last == 360.0 and first_deg != last_deg:
            raise InputError(
                Message(
                    "mask_north",
                    "%(where)s: %(first_deg)g at azimuth 0 and %(last_deg)g at 360; north has one elevation",
                    where=where,
                    first_deg=first_deg,
                    last_deg=last_deg,
                )
            )

    @property
    def closed(self) -> tuple[tuple[float, float], ...]:
        """The points with 0 and 360 among them."""
        (first, first_deg), (last, last_deg) = self.points[0], self.points[-1]
        if first == 0.0:
            north_deg = first_deg
        elif last == 360.0:
            north_deg = last_deg
        else:
            share = (360.0 - last) / (360.0 - last + first)
            north_deg = last_deg + share * (first_deg - last_deg)
        inner = tuple(p for p in self.points if 0.0 < p[0] < 360.0)
        return ((0.0, north_deg), *inner, (360.0, north_deg))


@dataclass(frozen=True, slots=True, kw_only=True)
class Antenna:
    """An antenna, which points at one satellite at a time.

    Raises:
        InputError: for a value outside its bounds.
    """

    id: AntennaId
    bands: tuple[str, ...]
    diameter_m: float | None = None
    slew_deg_s: float | None = None  # None: not a limit
    keyhole_deg: float = 90.0  # above this elevation it cannot follow; 90: no keyhole
    cable_stops_deg: tuple[float, float] | None = None  # unwrapped azimuths between which it turns
    setup_s: float = 0.0
    teardown_s: float = 0.0
    sun_separation_deg: float = 0.0  # nearer to the Sun than this it receives only noise; 0: not a limit

    def __post_init__(self) -> None:
        where = f'antenna "{self.id}"'
        require_name(where, "id", self.id)
        if not self.bands:
            raise InputError(
                Message(
                    "bands_empty",
                    "%(where)s: it has no bands; name one of %(known)s",
                    where=where,
                    known=tuple(sorted(BANDS)),
                )
            )
        for band in self.bands:
            require_one_of(where, "bands", band, BANDS)
        if self.diameter_m is not None:
            require_between(where, "diameter_m", self.diameter_m, 0.01, 500.0)
        if self.slew_deg_s is not None:
            require_between(where, "slew_deg_s", self.slew_deg_s, 0.001, 360.0)
        require_between(where, "keyhole_deg", self.keyhole_deg, 0.0, 90.0)
        if self.cable_stops_deg is not None:
            low, high = self.cable_stops_deg
            require_between(where, "cable_stops_deg", low, -720.0, 720.0)
            require_between(where, "cable_stops_deg", high, -720.0, 720.0)
            if high - low < 360.0:
                raise InputError(
                    Message(
                        "cable_stops_narrow",
                        "%(where)s: cable_stops_deg spans %(degrees)g degrees; it turns at least 360",
                        where=where,
                        degrees=high - low,
                    )
                )
        require_between(where, "setup_s", self.setup_s, 0.0, 86_400.0)
        require_between(where, "teardown_s", self.teardown_s, 0.0, 86_400.0)
        require_between(where, "sun_separation_deg", self.sun_separation_deg, 0.0, 90.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A time in which a station, or one of its antennas, cannot be used at all."""

    span: Span
    antenna: AntennaId = ""  # of the station; "": all of them
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """Hours of the week in which staff are at the station, in its time zone.

    Raises:
        InputError: for a day or an hour that is none.
    """

    days: tuple[str, ...] = WEEKDAYS
    opens: str = "00:00"
    closes: str = "24:00"  # not after `opens`: on the next day

    def __post_init__(self) -> None:
        for day in self.days:
            require_one_of("staffing", "days", day, frozenset(WEEKDAYS))
        require_hour("staffing", "opens", self.opens)
        require_hour("staffing", "closes", self.closes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A site with one horizon. Degrees, metres above the WGS84 ellipsoid; east and north are positive.

    Raises:
        InputError: for a value outside its bounds.
    """

    id: StationId
    name: str = ""
    latitude_deg: float
    longitude_deg: float
    altitude_m: float = 0.0
    min_elevation_deg: float = 0.0  # the floor; the limit is the larger of floor and mask
    horizon_mask: HorizonMask | None = None
    time_zone: str = "UTC"
    agency: AgencyId = ""
    purpose: str = "geometry"  # "iss": it communicates with the ISS; "geometry": listed for its position
    position_confidence: str = "medium"
    source: str = ""
    note: str = ""
    antennas: tuple[Antenna, ...] = ()
    closures: tuple[Closure, ...] = ()
    staffing: tuple[Staffing, ...] = ()  # none: always

    def __post_init__(self) -> None:
        where = f'station "{self.id}"'
        _require_station_id(where, "id", self.id)
        require_between(where, "latitude_deg", self.latitude_deg, -90.0, 90.0)
        require_between(where, "longitude_deg", self.longitude_deg, -180.0, 180.0)
        require_between(where, "altitude_m", self.altitude_m, -1_000.0, 20_000.0)
        require_between(where, "min_elevation_deg", self.min_elevation_deg, MIN_FLOOR_DEG, 90.0)
        require_one_of(where, "purpose", self.purpose, PURPOSES)
        require_one_of(where, "position_confidence", self.position_confidence, CONFIDENCES)
        antenna_ids = {a.id for a in self.antennas}
        for closure in self.closures:
            if closure.antenna and closure.antenna not in antenna_ids:
                known = ", ".join(sorted(antenna_ids))
                raise InputError(
                    Message(
                        "closure_antenna",
                        '%(where)s: closed: antenna is "%(antenna)s", which is not there; known: %(known)s',
                        where=where,
                        antenna=closure.antenna,
                        known=known,
                    )
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class SatelliteTime:
    """A named time of a satellite: one that requests may ask for ("crew-awake"), or one that blocks links ("EVA").

    Either every day between two hours UTC, or once.

    Raises:
        InputError: unless it is exactly one of the two.
    """

    name: str
    satellite: SatelliteId = ""  # in a request file; in the network it stands under its satellite
    daily: tuple[str, str] | None = None  # from, to; not after `from`: on the next day
    span: Span | None = None
    blocks: tuple[LinkId, ...] = ()  # "*": every link

    def __post_init__(self) -> None:
        where = f'satellite time "{self.name}"'
        require_name(where, "name", self.name)
        if (self.daily is None) == (self.span is None):
            raise InputError(
                Message(
                    "satellite_time_form", "%(where)s: give either daily (two hours UTC) or start and end", where=where
                )
            )
        for hour in self.daily or ():
            require_hour(where, "daily", hour)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A radio service of a satellite: `capacity` channels, all alike.

    Raises:
        InputError: for a value outside its bounds.
    """

    id: LinkId
    name: str = ""
    direction: str
    band: str
    frequency_hz: float | None = None  # None: no reliable source for it
    capacity: int = 1
    confidence: str = "medium"
    source: str = ""

    def __post_init__(self) -> None:
        where = f'link "{self.id}"'
        require_name(where, "id", self.id)
        require_one_of(where, "direction", self.direction, DIRECTIONS)
        require_one_of(where, "band", self.band, BANDS)
        if self.frequency_hz is not None:
            require_between(where, "frequency_hz", self.frequency_hz, 1e6, 1e12)
        require_between(where, "capacity", self.capacity, 1, 1_000)
        require_one_of(where, "confidence", self.confidence, CONFIDENCES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Satellite:
    """A satellite that the network plans for.

    Raises:
        InputError: for a value outside its bounds.
    """

    id: SatelliteId
    name: str = ""
    catalog_number: int
    object_id: str = ""  # international designator, "1998-067A", by which ephemerides name it
    links: tuple[Link, ...] = ()
    times: tuple[SatelliteTime, ...] = ()

    def __post_init__(self) -> None:
        where = f'satellite "{self.id}"'
        require_name(where, "id", self.id)
        require_between(where, "catalog_number", self.catalog_number, 0, 999_999_999)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """An agency that shares the stations.

    Raises:
        InputError: for an id that is none.
    """

    id: AgencyId
    name: str = ""
    mark: int | None = None  # 1 to 8: its colour and pattern in pages; None: by order
    letter: str = ""  # for narrow marks in pages; "": the first of its id

    def __post_init__(self) -> None:
        where = f'agency "{self.id}"'
        require_name(where, "id", self.id)
        if self.mark is not None:
            require_whole(where, "mark", self.mark, 1, MARKS)
        if len(self.letter) > 2 or not (self.letter or "A").isalnum():
            raise InputError(
                Message(
                    "mark_letter",
                    "%(where)s: letter is %(letter)r; it is one letter, or two",
                    where=where,
                    letter=self.letter,
                )
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How much one agency may use another's stations in each week from Monday 00:00 UTC.

    Raises:
        InputError: for a value outside its bounds.
    """

    owner: AgencyId
    user: AgencyId
    stations: tuple[StationId, ...]
    minutes_per_week: float
    sees: str = "times"  # what the user sees of other agencies' contacts there: "times" only, or "all"
    approval: bool = False  # whether the owner approves each request

    def __post_init__(self) -> None:
        where = f'agreement of "{self.owner}" with "{self.user}"'
        require_between(where, "minutes_per_week", self.minutes_per_week, 0.0, 10_080.0)
        require_one_of(where, "sees", self.sees, SIGHTS)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Network:
    """The content of `stations.toml`, checked for consistency.

    Raises:
        InputError: for an id that occurs twice, or is referenced and missing; with every such mistake.
    """

    agencies: tuple[Agency, ...] = ()
    stations: tuple[Station, ...] = ()
    satellites: tuple[Satellite, ...] = ()
    agreements: tuple[Agreement, ...] = ()

    _stations: dict[StationId, Station] = field(init=False, repr=False, compare=False)
    _antennas: dict[AntennaRef, Antenna] = field(init=False, repr=False, compare=False)
    _satellites: dict[SatelliteId, Satellite] = field(init=False, repr=False, compare=False)
    _links: dict[tuple[SatelliteId, LinkId], Link] = field(init=False, repr=False, compare=False)
    _agreements: dict[tuple[AgencyId, StationId], Agreement] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._require_consistent()
        lookups: dict[str, dict[Any, Any]] = {
            "_stations": {s.id: s for s in self.stations},
            "_antennas": {AntennaRef(s.id, a.id): a for s in self.stations for a in s.antennas},
            "_satellites": {s.id: s for s in self.satellites},
            "_links": {(s.id, k.id): k for s in self.satellites for k in s.links},
            # The first agreement that names a station applies there.
            "_agreements": {(a.user, s): a for a in reversed(self.agreements) for s in a.stations},
        }
        for name, table in lookups.items():
            object.__setattr__(self, name, table)

    def __repr__(self) -> str:
        return (
            f"<network: {len(self.agencies)} agencies, {len(self.stations)} stations, "
            f"{len(self.satellites)} satellites, {len(self.agreements)} agreements>"
        )

    @property
    def antennas(self) -> tuple[AntennaRef, ...]:
        """References to all antennas, in the order of the file."""
        return tuple(self._antennas)

    def station(self, station: StationId) -> Station:
        """A station by its id.

        Raises:
            NotFoundError: when there is none.
        """
        return _lookup(self._stations, station, "station", station)

    def antenna(self, ref: AntennaRef) -> Antenna:
        """An antenna by its reference.

        Raises:
            NotFoundError: when there is none.
        """
        return _lookup(self._antennas, ref, "antenna", ref)

    def satellite(self, satellite: SatelliteId) -> Satellite:
        """A satellite by its id.

        Raises:
            NotFoundError: when there is none.
        """
        return _lookup(self._satellites, satellite, "satellite", satellite)

    def link(self, satellite: SatelliteId, link: LinkId) -> Link:
        """A link by its satellite and its id there.

        Raises:
            NotFoundError: when there is none.
        """
        return _lookup(self._links, (satellite, link), "link", f"{satellite}/{link}")

    def has_station(self, station: StationId) -> bool:
        """Whether there is a station of this id."""
        return station in self._stations

    def has_antenna(self, ref: AntennaRef) -> bool:
        """Whether there is such an antenna."""
        return ref in self._antennas

    def has_satellite(self, satellite: SatelliteId) -> bool:
        """Whether there is a satellite of this id."""
        return satellite in self._satellites

    def has_link(self, satellite: SatelliteId, link: LinkId) -> bool:
        """Whether a satellite of the network has such a link."""
        return (satellite, link) in self._links

    def owner(self, place: StationOrAntenna) -> AgencyId:
        """The agency that a station belongs to; "" for one without an owner, or not in the network."""
        station = self._stations.get(station_of(place))
        return station.agency if station is not None else ""

    def agreement(self, user: AgencyId, station: StationId) -> Agreement | None:
        """The agreement under which an agency uses a station of another; None when no agreement covers it."""
        return self._agreements.get((user, station))

    def may_use(self, user: AgencyId, station: StationId) -> bool:
        """Whether an agency may use a station: it owns it, no agency owns it, or an agreement covers it."""
        return self.owner(station) in ("", user) or self.agreement(user, station) is not None

    def _require_consistent(self) -> None:
        problems: list[str] = []
        agencies = {a.id for a in self.agencies}
        stations = {s.id for s in self.stations}
        problems += _twice("agency", [a.id for a in self.agencies])
        problems += _twice("mark", [str(a.mark) for a in self.agencies if a.mark is not None])
        problems += _twice("station", [s.id for s in self.stations])
        problems += _twice("satellite", [s.id for s in self.satellites])
        problems += _twice("satellite with catalogue number", [str(s.catalog_number) for s in self.satellites])
        problems += _twice("antenna", [str(AntennaRef(s.id, a.id)) for s in self.stations for a in s.antennas])
        problems += _twice("link", [f"{s.id}/{k.id}" for s in self.satellites for k in s.links])
        for station in self.stations:
            if station.agency and station.agency not in agencies:
                problems.append(_unknown(f'station "{station.id}"', "agency", station.agency, agencies))
        for satellite in self.satellites:
            links = {k.id for k in satellite.links}
            problems += [
                _unknown(f'satellite "{satellite.id}": satellite time "{time.name}"', "blocks", link, links | {"*"})
                for time in satellite.times
                for link in time.blocks
                if link not in links and link != "*"
            ]
        for agreement in self.agreements:
            where = f'agreement of "{agreement.owner}" with "{agreement.user}"'
            if agreement.owner not in agencies:
                problems.append(_unknown(where, "owner", agreement.owner, agencies))
            if agreement.user not in agencies:
                problems.append(_unknown(where, "user", agreement.user, agencies))
            owned = {s.id for s in self.stations if s.agency == agreement.owner}
            problems += [
                _unknown(where, "stations", name, owned if owned else stations)
                for name in agreement.stations
                if name not in owned
            ]
        if problems:
            raise InputError(*problems)


def _lookup(table: dict[Any, T], key: Any, kind: str, name: object) -> T:
    if key not in table:
        raise NotFoundError(
            Message("not_in_network", 'the network has no %(what)s "%(name)s"', what=kind, name=str(name))
        )
    return table[key]


def _twice(kind: str, names: list[str]) -> list[str]:
    repeated = sorted(n for n, times in Counter(names).items() if times > 1)
    return [f'{kind} "{name}" is given twice; each has its own' for name in repeated]


def _unknown(where: str, field: str, value: str, allowed: set[AgencyId] | set[StationId]) -> str:
    known = ", ".join(sorted(allowed)[:20])
    return f'{where}: {field} is "{value}", which is not there; known: {known}'
