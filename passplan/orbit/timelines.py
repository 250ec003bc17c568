"""Timelines: for each moment, the element set of a satellite that serves it.

An element set is fitted to observations before its epoch. So a moment between two epochs is served by the later set,
which is three to five times better there than the earlier one. Where a manoeuvre lies between the two, each set serves
its own side; they are parted where their orbits come nearest to each other, for a burn changes the velocity and not the
position. docs/explanation/timelines.md has the measurements. Predicted sets, with an epoch that is still ahead, are
fitted to what follows, and serve from their epochs on.

Where an ephemeris covers a time it serves, the newest one that does; before and after it the element sets serve.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TypeAlias

from passplan.domain.elements import Elements
from passplan.domain.ephemeris import Ephemeris
from passplan.domain.errors import InputError
from passplan.domain.manoeuvres import Manoeuvre
from passplan.domain.messages import Message
from passplan.domain.sources import Segment, Source, source_of
from passplan.domain.span import Span

_JUMP = 2e-5  # of the mean motion, beyond what drag explains: about 0.05 m/s along the ISS's way
_DRAG_MARGIN = 0.5  # of the change by drag, which is known no better
_LOOKS, _LOOK_S = 5_000, 120.0
_EVER = datetime(1, 1, 1, tzinfo=UTC)

_Served: TypeAlias = tuple[datetime, Segment]  # from when a segment serves


def timelines(items: Iterable[Source | Segment], *, now: datetime | None = None) -> tuple[Source, ...]:
    """One source for each satellite, in the order in which the satellites come first.

    Args:
        items: sources, which stay as they are; and segments, of any satellites in any order. Of segments with one epoch
            the newest counts. `Elements` are their sets and ephemerides, with the burns that these announce.
        now: segments with a later epoch are predicted; None: none is.

    Raises:
        InputError: for several sources of one satellite that differ, or a source beside segments of the satellite.
    """
    burns: Sequence[Manoeuvre] = ()
    if isinstance(items, Elements):
        burns, items = items.manoeuvres, items.segments
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

    sources = (item if isinstance(item, Source) else timeline(item, is_predicted) for item in made.values())
    return tuple(_with_burns(source, burns) for source in sources) if burns else tuple(sources)


def _with_burns(source: Source, burns: Sequence[Manoeuvre]) -> Source:
    own = tuple(burn for burn in burns if burn.catalog_number == source.catalog_number)
    return replace(source, manoeuvres=own) if own else source


def _several(number: int) -> InputError:
    return InputError(
        Message("several_sources", "there are several sources of satellite %(number)s; give one", number=number)
    )


def timeline(segments: Sequence[Segment], is_predicted: Callable[[Segment], bool]) -> Source:
    """The source of one satellite; a predicted segment serves from its epoch on."""
    if len(segments) == 1:
        return source_of(segments[0])
    ephemerides = [s for s in segments if isinstance(s, Ephemeris)]
    sets = _of_sets([s for s in segments if not isinstance(s, Ephemeris)], is_predicted)
    return _with_ephemerides(sets, ephemerides) if ephemerides else _source(sets)


def _of_sets(sets: Sequence[Segment], is_predicted: Callable[[Segment], bool]) -> list[_Served]:
    """The element sets in order of their epochs, each with the time from which it serves."""
    newest = {s.epoch: s for s in sorted(sets, key=lambda s: s.rank)}
    ordered = list(newest.values())
    begins = [_EVER, *(_change(before, after, is_predicted(after)) for before, after in pairwise(ordered))]
    return list(zip(begins, ordered, strict=False))


def _with_ephemerides(sets: Sequence[_Served], ephemerides: Sequence[Ephemeris]) -> Source:
    """Ephemerides where they cover a time, and sets elsewhere; without sets, ephemerides from one to the next."""
    by_rank = sorted(ephemerides, key=lambda e: e.rank)
    by_rank = [_numbered(e, [s for _, s in sets]) for e in by_rank] if sets else _counted(by_rank)
    spans = [e.usable for e in by_rank]
    moments = sorted({_EVER, *(begin for begin, _ in sets), *(edge for s in spans for edge in (s.start, s.end))})
    served: list[_Served] = []
    for moment in moments:
        covering = [e for e, span in zip(by_rank, spans, strict=True) if span.start <= moment < span.end]
        last = served[-1][1] if served else min(by_rank, key=lambda e: e.usable.start)  # without sets: to the next one
        segment = covering[-1] if covering else _serving(sets, moment) or last
        if not served or served[-1][1] is not segment:
            served.append((moment, segment))
    return _source(served)


def _source(served: Sequence[_Served]) -> Source:
    """The source of segments in order of time."""
    newest = max((s for _, s in served), key=lambda s: s.epoch)
    segments, changes = tuple(s for _, s in served), tuple(begin for begin, _ in served[1:])
    return Source(satellite=newest.label, segments=segments, changes=changes)


def _serving(sets: Sequence[_Served], moment: datetime) -> Segment | None:
    place = bisect_right(sets, moment, key=lambda served: served[0])
    return sets[place - 1][1] if place else None


def _counted(ephemerides: Sequence[Ephemeris]) -> list[Ephemeris]:
    """Ephemerides without element sets beside them: revolutions are counted on from the first one that begins."""
    from passplan.orbit.ephemeris_motion import first_node_s

    nodes = [first_node_s(e) for e in ephemerides]
    moments = [None if s is None else e.origin + timedelta(seconds=s) for e, s in zip(ephemerides, nodes, strict=True)]
    first = min((m for m in moments if m is not None), default=None)
    if first is None:
        return list(ephemerides)
    rate = ephemerides[-1].mean_motion_rev_day
    return [
        e if m is None else replace(e, first_revolution=round((m - first) / timedelta(days=1) * rate))
        for e, m in zip(ephemerides, moments, strict=True)
    ]


def _numbered(ephemeris: Ephemeris, sets: Sequence[Segment]) -> Ephemeris:
    """The ephemeris with the revolution numbers of the element set that is nearest to its beginning."""
    import numpy as np

    from passplan.orbit.ephemeris_motion import first_node_s
    from passplan.orbit.propagators import segment_motion
    from passplan.orbit.scales import TimeBase

    if (after_s := first_node_s(ephemeris)) is None:
        return ephemeris
    node = ephemeris.origin + timedelta(seconds=after_s)
    nearest = min(sets, key=lambda s: abs(s.epoch - node))
    quarter_s = 0.25 * 86_400.0 / ephemeris.mean_motion_rev_day  # later, so that a node some seconds off counts
    clock = TimeBase.over(Span(node, node + timedelta(seconds=quarter_s)))
    number = int(segment_motion(nearest, clock).revolutions(np.array([quarter_s]))[0])
    return replace(ephemeris, first_revolution=number - 1)


def _change(before: Segment, after: Segment, is_after_predicted: bool) -> datetime:
    """When one set ends to serve, and the next one begins."""
    if is_after_predicted:
        return after.epoch
    if not is_manoeuvre_between(before, after):
        return before.epoch
    try:
        return meeting(before, after).time
    except ValueError:
        return before.epoch


def is_manoeuvre_between(before: Segment, after: Segment) -> bool:
    """Whether the mean motion jumps from one set to the next by more than drag explains."""
    by_drag, jump = _gained_by_drag(before, after), mean_motion_jump(before, after)
    return abs(jump) > _JUMP * before.mean_motion_rev_day + _DRAG_MARGIN * abs(by_drag)


def mean_motion_jump(before: Segment, after: Segment) -> float:
    """The change of the mean motion from one set to the next that drag does not explain [rev/day]."""
    return after.mean_motion_rev_day - before.mean_motion_rev_day - _gained_by_drag(before, after)


def _gained_by_drag(before: Segment, after: Segment) -> float:
    days = (after.epoch - before.epoch) / timedelta(days=1)
    return 0.5 * days * (before.mean_motion_change_rev_day2 + after.mean_motion_change_rev_day2)


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where the orbits of two segments come nearest to each other, between their epochs."""

    time: datetime
    apart_km: float
    delta_v_m_s: float  # the difference of their velocities there


def meeting(before: Segment, after: Segment) -> Meeting:
    """Where two segments come nearest: a burn between them was there, for it changes the velocity and not the position.

    Raises:
        ValueError: where neither can be propagated.
    """
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
    best = int(np.argmin(apart_km))
    if not np.isfinite(apart_km[best]):
        raise ValueError("neither segment gives a position between the epochs")
    delta_v_m_s = 1_000.0 * float(np.linalg.norm(states[0][2][best] - states[1][2][best]))
    time = before.epoch + timedelta(seconds=float(instants.seconds[best]))
    return Meeting(time, float(apart_km[best]), delta_v_m_s)
