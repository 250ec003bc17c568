"""The classes that compute the motion of each type of segment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from passplan.domain.elements import ElementSet
from passplan.domain.sources import Source
from passplan.orbit.motion import Motion
from passplan.orbit.scales import TimeBase
from passplan.orbit.sgp4_motion import Sgp4Motion

PROPAGATORS: dict[type, Callable[[Any, TimeBase], Motion]] = {ElementSet: Sgp4Motion}


def motion_of(source: Source, clock: TimeBase) -> Motion:
    """The motion of a source on a clock."""
    (segment,) = source.segments
    return PROPAGATORS[type(segment)](segment, clock)
