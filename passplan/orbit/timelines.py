"""Timelines: for each moment, the element set of a satellite that serves it.

An element set is fitted to observations before its epoch. So a moment between two epochs is served by the later set,
which is three to five times better there than the earlier one. Where a manoeuvre lies between the two, each set serves
its own side; they are parted where their orbits come nearest to each other, for a burn changes the velocity and not the
position. docs/explanation/timelines.md has the measurements. Predicted sets, with an epoch that is still ahead, are
fitted to what follows, and serve from their epochs on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.sources import Segment, Source, source_of
from passplan.domain.span import Span

_JUMP = 2e-5  # of the mean motion, beyond what drag explains: about 0.05 m/s along the ISS's way
_DRAG_MARGIN = 0.5  # of the change by drag, which is known no better
_LOOKS, _LOOK_S = 5_000, 120.0


def timelines(items: Iterable[Source | Segment], *, now: datetime | None = None) -> tuple[Source, ...]:
    """One source for each satellite, in the order in which the satellites come first.

    Args:
        items: sources, which stay as they are; and segments, of any satellites in any order. Of segments with one epoch
            the newest counts.
        now: segments with a later epoch are predicted; None: none is.

    Raises:
        InputError: for several sources of one satellite that differ, or a source beside segments of the satellite.
    """
    made: dict[int, Source | list[Segment]] = {}
    for item in items:
        if isinstance(item, Source):
            if made.setdefault(item.catalog_number, item) != item:
                raise _several(item.catalog_number)
            continue
        known = made.setdefault(item.catalog_number, [])
        if isinstance(known, Source):
            raise _several(item.catalog_number)
        known.append(item)

    def is_predicted(segment: Segment) -> bool:
        return now is not None and segment.epoch > now

    return tuple(item if isinstance(item, Source) else timeline(item, is_predicted) for item in made.values())


def _several(number: int) -> InputError:
    return InputError(
        Message("several_sources", "there are several sources of satellite %(number)s; give one", number=number)
    )


def timeline(segments: Sequence[Segment], is_predicted: Callable[[Segment], bool]) -> Source:
    """The source of one satellite; a predicted segment serves from its epoch on."""
    if len(segments) == 1:
        return source_of(segments[0])
    newest = {s.epoch: s for s in sorted(segments, key=lambda s: s.rank)}
    ordered = list(newest.values())
    changes = [_change(before, after, is_predicted(after)) for before, after in pairwise(ordered)]
    return Source(satellite=ordered[-1].label, segments=tuple(ordered), changes=tuple(changes))


def _change(before: Segment, after: Segment, is_after_predicted: bool) -> datetime:
    """When one set ends to serve, and the next one begins."""
    if is_after_predicted:
        return after.epoch
    return _meeting(before, after) if is_manoeuvre_between(before, after) else before.epoch


def is_manoeuvre_between(before: Segment, after: Segment) -> bool:
    """Whether the mean motion jumps from one set to the next by more than drag explains."""
    days = (after.epoch - before.epoch) / timedelta(days=1)
    by_drag = 0.5 * days * (before.mean_motion_change_rev_day2 + after.mean_motion_change_rev_day2)
    jump = after.mean_motion_rev_day - before.mean_motion_rev_day - by_drag
    return abs(jump) > _JUMP * before.mean_motion_rev_day + _DRAG_MARGIN * abs(by_drag)


def _meeting(before: Segment, after: Segment) -> datetime:
    """When the positions of two sets are nearest to each other, between their epochs."""
    import numpy as np

    from passplan.orbit.motion import Instants
    from passplan.orbit.propagators import segment_motion
    from passplan.orbit.scales import TimeBase

    between = Span(before.epoch, after.epoch)
    clock = TimeBase.over(between)
    step_s = max(_LOOK_S, between.duration_s / _LOOKS)
    instants = Instants.on(clock, np.arange(0.0, between.duration_s, step_s))
    states = [segment_motion(s, clock).teme_states(instants) for s in (before, after)]
    apart_km = np.linalg.norm(states[0][1] - states[1][1], axis=1)
    apart_km[(states[0][0] != 0) | (states[1][0] != 0)] = np.inf
    return before.epoch + timedelta(seconds=float(instants.seconds[np.argmin(apart_km)]))
