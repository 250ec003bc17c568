"""Ephemerides: tabulated states of one satellite, as a CCSDS OEM gives them."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import TypeAlias

from passplan.domain.checks import require_whole
from passplan.domain.elements import (
    LOW_ORBIT_REV_DAY,
    MAX_CATALOG_NUMBER,
    STALE_AGE_LOW_ORBIT_S,
    STALE_AGE_S,
)
from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.span import Span, instant

State: TypeAlias = tuple[float, float, float, float, float, float]  # position [km] and velocity [km/s]

MOST_DEGREE, MOST_STATES = 27, 200_000
_MU_KM3_S2 = 398_600.441_8
_LEAST_RADIUS_KM, _MOST_RADIUS_KM = 6_300.0, 1_000_000.0
_MOST_SPEED_KM_S = 12.0
_LOOKS = 200  # states of which the mean motion is the mean


class Frame(StrEnum):
    """The frame of the states of an ephemeris."""

    EME2000 = "EME2000"
    ICRF = "ICRF"
    TEME = "TEME"  # true equator, mean equinox of date, as SGP4's
    ITRF = "ITRF"


class Interpolation(StrEnum):
    """How positions between states are computed."""

    HERMITE = "HERMITE"
    LAGRANGE = "LAGRANGE"
    LINEAR = "LINEAR"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Ephemeris:
    """The states of one satellite in a span: a segment of an OEM.

    Between two states at one moment, as before and after a burn, nothing is interpolated.

    Raises:
        InputError: for states that are out of order, of no orbit around the Earth, or too few for the usable span.
    """

    catalog_number: int
    name: str = ""
    object_id: str = ""  # international designator, "1998-067A"
    originator: str = ""
    created: datetime
    frame: Frame
    origin: datetime  # the moment of the first state
    seconds: tuple[float, ...]  # of each state after the origin
    states: tuple[State, ...]
    usable: Span
    interpolation: Interpolation = Interpolation.HERMITE
    degree: int = 11
    first_revolution: int = field(default=0, compare=False)  # at the first state
    mean_motion_rev_day: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        where = f"ephemeris of {self.label}"
        object.__setattr__(self, "created", instant(self.created))
        object.__setattr__(self, "origin", instant(self.origin))
        require_whole(where, "catalog_number", self.catalog_number, 0, MAX_CATALOG_NUMBER)
        require_whole(where, "degree", self.degree, 1, MOST_DEGREE)
        if len(self.states) < 2 or len(self.seconds) != len(self.states):
            raise InputError(
                Message(
                    "ephemeris_states", "%(where)s: it has %(n)s states; it needs 2", where=where, n=len(self.states)
                )
            )
        for (early, late), number in zip(pairwise(self.seconds), range(2, len(self.seconds) + 1), strict=True):
            if not early <= late:
                raise InputError(
                    Message(
                        "ephemeris_order",
                        "%(where)s: state %(number)s is before the one before it",
                        where=where,
                        number=number,
                    )
                )
        for number, state in enumerate(self.states, start=1):
            _require_orbit(where, number, state)
        end = self.moment(len(self.states) - 1)
        if not (self.origin <= self.usable.start and self.usable.end <= end):
            raise InputError(
                Message(
                    "ephemeris_usable",
                    "%(where)s: it is usable from %(start)s to %(end)s, and has states from %(first)s to %(last)s",
                    where=where,
                    start=self.usable.start,
                    end=self.usable.end,
                    first=self.origin,
                    last=end,
                )
            )
        object.__setattr__(self, "mean_motion_rev_day", _mean_motion_rev_day(self.states))

    def __hash__(self) -> int:
        return hash((self.catalog_number, self.created, self.usable))

    def __repr__(self) -> str:
        return f"<ephemeris of {self.label}: {len(self.states)} states, {self.usable.start} to {self.usable.end}>"

    def moment(self, number: int) -> datetime:
        """The moment of a state."""
        return self.origin + timedelta(seconds=self.seconds[number])

    def around(self, span: Span) -> Ephemeris:
        """The part of it that positions in a span depend on; all of it where the span is not in it."""
        first = bisect_left(self.seconds, (span.start - self.origin).total_seconds()) - MOST_DEGREE
        last = bisect_right(self.seconds, (span.end - self.origin).total_seconds()) + MOST_DEGREE
        first, last = max(0, first), min(len(self.seconds), last)
        usable = self.usable.intersection(Span(self.moment(first), self.moment(last - 1))) if last - first > 1 else None
        if usable is None:
            return self
        begin = self.seconds[first]
        return replace(
            self,
            origin=self.moment(first),
            seconds=tuple(s - begin for s in self.seconds[first:last]),
            states=self.states[first:last],
            usable=usable,
        )

    @property
    def label(self) -> str:
        """The name, or a number when there is no name."""
        return self.name or self.object_id or str(self.catalog_number)

    @property
    def coverage(self) -> Span:
        """When it gives positions."""
        return self.usable

    @property
    def is_measured(self) -> bool:
        """Whether it was made after the whole of its span, so that it predicts nothing."""
        return self.created >= self.usable.end

    @property
    def epoch(self) -> datetime:
        """When it was made: from then on it predicts."""
        return min(self.created, self.usable.end)

    @property
    def is_low_orbit(self) -> bool:
        """Whether its period is under 128 minutes, so that drag dominates the error of a prediction."""
        return self.mean_motion_rev_day >= LOW_ORBIT_REV_DAY

    @property
    def stale_age_s(self) -> float:
        """The age from which it is stale [s]."""
        if self.is_measured:
            return math.inf
        return STALE_AGE_LOW_ORBIT_S if self.is_low_orbit else STALE_AGE_S

    @property
    def mean_motion_change_rev_day2(self) -> float:
        """0: the change by drag is in the states."""
        return 0.0

    @property
    def model(self) -> str:
        """How positions are computed from it."""
        return "interpolated ephemeris (OEM)"

    @property
    def rank(self) -> tuple[datetime, int, str]:
        """Of two ephemerides of one satellite the one with the greater rank is the newer one."""
        return self.created, len(self.states), f"{self.originator} {self.origin.isoformat()}"


def _require_orbit(where: str, number: int, state: State) -> None:
    radius_km, speed_km_s = math.hypot(*state[:3]), math.hypot(*state[3:])
    is_orbit = _LEAST_RADIUS_KM <= radius_km <= _MOST_RADIUS_KM and speed_km_s <= _MOST_SPEED_KM_S
    if not is_orbit:  # NaN, too
        raise InputError(
            Message(
                "ephemeris_no_orbit",
                "%(where)s: state %(number)s is %(radius_km).6g km from the Earth's centre at %(speed_km_s).6g km/s; "
                "is it in km and km/s, and around the Earth?",
                where=where,
                number=number,
                radius_km=radius_km,
                speed_km_s=speed_km_s,
            )
        )


def _mean_motion_rev_day(states: Sequence[State]) -> float:
    """The mean motion of the mean of the osculating semi-major axes."""
    looks = states[:: max(1, len(states) // _LOOKS)]
    inverse_km = [2.0 / math.hypot(*s[:3]) - math.hypot(*s[3:]) ** 2 / _MU_KM3_S2 for s in looks]
    mean = sum(inverse_km) / len(inverse_km)
    if mean <= 0.0:
        raise InputError(Message("ephemeris_escapes", "the states are of no closed orbit around the Earth"))
    return math.sqrt(_MU_KM3_S2 * mean**3) * 86_400.0 / (2.0 * math.pi)
