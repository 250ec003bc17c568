"""Contact requests of agencies, as submitted, without any computed passes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from passplan.domain.checks import require_between, require_name, require_one_of, require_whole
from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.network import (
    AgencyId,
    AntennaRef,
    LinkId,
    SatelliteId,
    SatelliteTime,
    StationOrAntenna,
    station_or_antenna,
)
from passplan.domain.span import Span

RequestId: TypeAlias = str

ACTIVITIES = frozenset({"voice", "command", "payload", "school", "training"})
PREFERENCES = frozenset({"none", "highest", "earliest"})
PERIODS = frozenset({"day", "span"})
GROUP_KINDS = frozenset({"one_of", "all_of"})
MAX_TIMES = 100


class Priority(StrEnum):
    """The priority class of a request. `EMERGENCY` is planned before everything else."""

    EMERGENCY = "emergency"
    CRITICAL = "critical"
    HIGH = "high"
    ROUTINE = "routine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """A number of contacts in each period, with a smallest spacing and a largest gap.

    Raises:
        InputError: for a value outside its bounds.
    """

    times: int  # contacts in each period
    period: str = "day"  # "day": each UTC day that the request's span touches; "span": the request's span
    min_spacing_s: float = 0.0  # from the end of one contact to the start of the next
    max_gap_s: float | None = None  # from the end of one contact to the start of the next, at most

    def __post_init__(self) -> None:
        require_whole("repetition", "times", self.times, 1, MAX_TIMES)
        require_one_of("repetition", "period", self.period, PERIODS)
        require_between("repetition", "min_spacing_s", self.min_spacing_s, 0.0, 31 * 86_400.0)
        if self.max_gap_s is not None:
            require_between("repetition", "max_gap_s", self.max_gap_s, 1.0, 366 * 86_400.0)
            if self.max_gap_s < self.min_spacing_s:
                raise InputError(
                    Message(
                        "repetition_gaps",
                        "repetition: max_gap_s is %(max_gap_s)g, less than min_spacing_s %(min_spacing_s)g",
                        max_gap_s=self.max_gap_s,
                        min_spacing_s=self.min_spacing_s,
                    )
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The permission to serve a long contact in parts with a least length, which add up to the request's seconds.

    Raises:
        InputError: for a value outside its bounds.
    """

    max_parts: int
    min_part_s: float

    def __post_init__(self) -> None:
        require_whole("split", "max_parts", self.max_parts, 2, 20)
        require_between("split", "min_part_s", self.min_part_s, 1.0, 86_400.0 * 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRequest:
    """A request of an agency for contact with a satellite over one of its links.

    Raises:
        InputError: for a value outside its bounds, or values that contradict each other.
    """

    id: RequestId
    agency: AgencyId
    satellite: SatelliteId
    link: LinkId
    span: Span  # the contact lies inside it; setup and teardown need not
    min_s: float
    wanted_s: float
    priority: Priority = Priority.ROUTINE
    weight: float = 1.0  # within its class
    stations: tuple[StationOrAntenna, ...] = ()  # empty: all that agreements allow
    arrays: tuple[tuple[AntennaRef, ...], ...] = ()  # antennas to use at once (a single one is allowed); only these
    min_elevation_deg: float | None = None  # in addition to floor and mask
    setup_s: float | None = None  # instead of the antenna's
    teardown_s: float | None = None
    during: tuple[str, ...] = ()  # named times of the satellite, such as "crew-awake", all of which must hold
    repetition: Repetition | None = None
    split: Split | None = None
    group: str = ""
    preference: str = "none"
    activity: str = "command"
    note: str = ""

    def __post_init__(self) -> None:
        where = f'request "{self.id}"'
        require_name(where, "id", self.id)
        require_between(where, "min_s", self.min_s, 1.0, 7 * 86_400.0)
        require_between(where, "wanted_s", self.wanted_s, 1.0, 7 * 86_400.0)
        require_between(where, "weight", self.weight, 0.5, 2.0)
        require_one_of(where, "preference", self.preference, PREFERENCES)
        require_one_of(where, "activity", self.activity, ACTIVITIES)
        require_one_of(where, "priority", self.priority, frozenset(p.value for p in Priority))
        object.__setattr__(self, "priority", Priority(self.priority))
        # Python callers may write antennas as text: a station's id has no slash, so a text with one is an antenna.
        object.__setattr__(self, "stations", tuple(map(_reference, self.stations)))
        object.__setattr__(self, "arrays", tuple(tuple(map(_antenna, array)) for array in self.arrays))
        for field, seconds in (("min_s", self.min_s), ("wanted_s", self.wanted_s)):
            if seconds != round(seconds):
                raise InputError(
                    Message(
                        "not_whole_seconds",
                        "%(where)s: %(field)s is %(seconds)g; contacts last whole seconds",
                        where=where,
                        field=field,
                        seconds=seconds,
                    )
                )
        if self.wanted_s < self.min_s:
            raise InputError(
                Message(
                    "wanted_below_least",
                    "%(where)s: wanted_s is %(wanted_s)g, less than min_s %(min_s)g",
                    where=where,
                    wanted_s=self.wanted_s,
                    min_s=self.min_s,
                )
            )
        if self.min_elevation_deg is not None:
            require_between(where, "min_elevation_deg", self.min_elevation_deg, 0.0, 90.0)
        for field, value in (("setup_s", self.setup_s), ("teardown_s", self.teardown_s)):
            if value is not None:
                require_between(where, field, value, 0.0, 86_400.0)
        if self.split is not None and self.repetition is not None:
            raise InputError(
                Message(
                    "split_and_repeated", "%(where)s: it is split and repeated; make it several requests", where=where
                )
            )
        if self.arrays and self.stations:
            raise InputError(
                Message(
                    "stations_and_arrays",
                    "%(where)s: it names stations and arrays; an array already says which antennas",
                    where=where,
                )
            )
        for array in self.arrays:
            if not array or len(set(array)) < len(array):
                raise InputError(
                    Message(
                        "array_repeats",
                        "%(where)s: the array %(array)s is not of different antennas",
                        where=where,
                        array=str([str(ref) for ref in array]),
                    )
                )

    @property
    def leaves_no_choice(self) -> bool:
        """Whether it requests one fixed time at one antenna (or array), so that there is nothing to choose."""
        named = len(self.arrays) == 1 or (len(self.stations) == 1 and isinstance(self.stations[0], AntennaRef))
        return named and self.repetition is None and self.split is None and self.span.duration_s - self.min_s < 1.0


def _reference(name: StationOrAntenna) -> StationOrAntenna:
    return station_or_antenna(name) if isinstance(name, str) else name


def _antenna(name: AntennaRef | str) -> AntennaRef:
    return AntennaRef.parse(name) if isinstance(name, str) else name


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestGroup:
    """Requests that depend on each other: all or none of them are served (`all_of`), or at most one (`one_of`).

    Raises:
        InputError: for another kind.
    """

    id: str
    kind: str

    def __post_init__(self) -> None:
        where = f'group "{self.id}"'
        require_name(where, "id", self.id)
        require_one_of(where, "kind", self.kind, GROUP_KINDS)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RequestBook:
    """A set of requests with their groups and satellite times.

    Raises:
        InputError: for an id that occurs twice, or a group that is referenced and missing; with every mistake.
    """

    requests: tuple[ContactRequest, ...] = ()
    groups: tuple[RequestGroup, ...] = ()
    satellite_times: tuple[SatelliteTime, ...] = ()  # in addition to the network's

    def __post_init__(self) -> None:
        problems: list[str] = []
        for kind, ids in (("request", [r.id for r in self.requests]), ("group", [g.id for g in self.groups])):
            repeated = sorted(i for i, times in Counter(ids).items() if times > 1)
            problems += [f'{kind} "{i}" is given twice; each has its own' for i in repeated]
        known = {g.id for g in self.groups}
        problems += [
            f'request "{r.id}": group is "{r.group}", which is not there; add a [[group]]'
            for r in self.requests
            if r.group and r.group not in known
        ]
        if problems:
            raise InputError(*problems)

    def __repr__(self) -> str:
        return f"<{len(self.requests)} requests, {len(self.groups)} groups>"
