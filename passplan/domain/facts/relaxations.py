"""The smallest changes of a refused request with which it would have a free place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from passplan.domain.messages import Fact
from passplan.domain.network import AntennaRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ShorterFits(Fact):
    """A shorter contact has a free place."""

    kind: ClassVar[str] = "shorter_fits"

    by_s: float
    length_s: float  # what there is room for
    antennas: tuple[AntennaRef, ...]
    start: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LowerFits(Fact):
    """With a smaller least elevation it has a free place."""

    kind: ClassVar[str] = "lower_fits"

    by_deg: float
    elevation_deg: float
    antennas: tuple[AntennaRef, ...]
    start: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherTimeFits(Fact):
    """Outside its span it has a free place."""

    kind: ClassVar[str] = "other_time_fits"

    by_s: float  # after the end of the span, or, negative, before its start
    antennas: tuple[AntennaRef, ...]
    start: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherStationFits(Fact):
    """At a station that it does not name it has a free place."""

    kind: ClassVar[str] = "other_station_fits"

    antennas: tuple[AntennaRef, ...]
    start: datetime
