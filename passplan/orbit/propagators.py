"""The classes that compute the motion of each type of segment, and the motion of a timeline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from passplan.domain.elements import ElementSet
from passplan.domain.ephemeris import Ephemeris
from passplan.domain.sources import Segment, Source
from passplan.orbit.ephemeris_motion import EphemerisMotion
from passplan.orbit.motion import Codes, Instants, Motion
from passplan.orbit.scales import Floats, TimeBase
from passplan.orbit.sgp4_motion import Sgp4Motion

PROPAGATORS: dict[type, Callable[[Any, TimeBase], Motion]] = {ElementSet: Sgp4Motion, Ephemeris: EphemerisMotion}


def segment_motion(segment: Segment, clock: TimeBase) -> Motion:
    """The motion of a segment on a clock."""
    return PROPAGATORS[type(segment)](segment, clock)


def motion_of(source: Source, clock: TimeBase) -> Motion:
    """The motion of a source on a clock, each moment by the segment that serves it."""
    if not source.changes:
        return segment_motion(source.segments[0], clock)
    return TimelineMotion(source, [clock.seconds(change) for change in source.changes], clock)


class TimelineMotion(Motion):
    """The motion of a timeline. It jumps where one segment takes over from another, by about their errors."""

    def __init__(self, source: Source, changes_s: Sequence[float], clock: TimeBase) -> None:
        self.clock = clock
        self._segments, self._changes_s = source.segments, np.asarray(changes_s)
        self._motions: dict[int, Motion] = {}
        self.epoch_s = clock.seconds(source.epoch)

    def teme_states(self, instants: Instants) -> tuple[Codes, Floats, Floats]:
        """The states of the segment that serves each instant."""
        count = len(instants.seconds)
        code = np.zeros(count, dtype=np.uint8)
        position_km, velocity_km_s = np.empty((count, 3)), np.empty((count, 3))
        serves = self._serving(instants.seconds)
        for number in np.unique(serves):
            rows = np.flatnonzero(serves == number)
            states = self._motion(int(number)).teme_states(instants.part(rows))
            code[rows], position_km[rows], velocity_km_s[rows] = states
        return code, position_km, velocity_km_s

    def revolutions(self, seconds: Floats) -> NDArray[np.int64]:
        """The number of the revolution at each instant, by the segment that serves it."""
        serves = self._serving(seconds)
        numbers = np.empty(len(serves), dtype=np.int64)
        for number in np.unique(serves):
            rows = serves == number
            numbers[rows] = self._motion(int(number)).revolutions(np.asarray(seconds)[rows])
        return numbers

    def mean_orbit(self, seconds: float) -> tuple[float, float]:
        """The mean orbit of the segment that serves an instant."""
        return self._motion(int(self._serving(np.array([seconds]))[0])).mean_orbit(seconds)

    def _serving(self, seconds: Floats) -> NDArray[np.int64]:
        return np.searchsorted(self._changes_s, seconds, side="right")

    def _motion(self, number: int) -> Motion:
        if number not in self._motions:
            self._motions[number] = segment_motion(self._segments[number], self.clock)
        return self._motions[number]
