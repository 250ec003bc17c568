"""The positions of a source as ephemerides, to give them to other programs."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from passplan.domain.elements import ElementSet
from passplan.domain.ephemeris import MOST_STATES, Ephemeris, Frame, Interpolation, State
from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.passes import SGP4_CODES
from passplan.domain.sources import Segment, Source
from passplan.domain.span import Span
from passplan.orbit.inertial import from_teme
from passplan.orbit.motion import Instants
from passplan.orbit.propagators import segment_motion
from passplan.orbit.scales import TimeBase

_DEGREE = 19
_BESIDE = 9  # states on each side of the span, so that the first and last polynomials have it in their middle


def ephemerides_of(
    source: Source, span: Span, *, step_s: float = 60.0, frame: Frame = Frame.EME2000, created: datetime
) -> tuple[Ephemeris, ...]:
    """The states of a source at even steps of a span, and at its end: an ephemeris for each segment that serves it.

    Args:
        source: the satellite's source.
        span: the span.
        step_s: seconds between states, at least 0.001.
        frame: the frame of the states.
        created: when they are made.

    Raises:
        InputError: for a step that is too short or too many states, or a span in which positions cannot be computed.
    """
    if not step_s >= 0.001 or span.duration_s / step_s > MOST_STATES - 2:
        raise InputError(
            Message(
                "ephemeris_step",
                "a step of %(step_s)g s in %(span_s).0f s; it is at least 0.001 s, and %(most)s states are the most",
                step_s=step_s,
                span_s=span.duration_s,
                most=f"{MOST_STATES:,}",
            )
        )
    return tuple(_tabulated(source, segment, part, step_s, frame, created) for segment, part in source.pieces(span))


def _tabulated(
    source: Source, segment: Segment, span: Span, step_s: float, frame: Frame, created: datetime
) -> Ephemeris:
    clock = TimeBase.over(span)
    beside_s = _BESIDE * step_s if segment.coverage is None else 0.0
    # Whole microseconds, which is what the times of a file have.
    inside = np.append(np.arange(-beside_s, span.duration_s - 1e-6, step_s), span.duration_s)
    seconds = np.round(np.append(inside, span.duration_s + np.arange(step_s, beside_s + 1e-6, step_s)), 6)
    code, position_km, velocity_km_s = segment_motion(segment, clock).teme_states(Instants.on(clock, seconds))
    is_inside = (seconds >= 0.0) & (seconds <= span.duration_s)
    known = is_inside | (code == 0)
    code, seconds, position_km, velocity_km_s = code[known], seconds[known], position_km[known], velocity_km_s[known]
    if segment.coverage is not None and code.any():
        raise InputError(
            Message(
                "ephemeris_ends",
                "%(satellite)s: there are positions from %(start)s to %(end)s only; export a span within",
                satellite=source.satellite,
                start=segment.coverage.start,
                end=segment.coverage.end,
            )
        )
    if code.any():
        first = int(np.flatnonzero(code)[0])
        raise InputError(
            Message(
                "ephemeris_fails",
                "%(satellite)s: no position at %(at)s (%(cause)s); export a span without it",
                satellite=source.satellite,
                at=span.start + timedelta(seconds=float(seconds[first])),
                cause=SGP4_CODES.get(int(code[first]), SGP4_CODES[0]),
            )
        )
    states = from_teme(frame, clock, seconds, np.concatenate([position_km, velocity_km_s], axis=1))
    rows: list[State] = [(x, y, z, u, v, w) for x, y, z, u, v, w in states.tolist()]
    return Ephemeris(
        catalog_number=source.catalog_number,
        name=source.satellite,
        object_id=segment.object_id if isinstance(segment, (ElementSet, Ephemeris)) else "",
        created=created,
        frame=frame,
        origin=span.start + timedelta(seconds=float(seconds[0])),
        seconds=tuple((seconds - seconds[0]).tolist()),
        states=tuple(rows),
        usable=span,
        # SGP4's velocity differs from the change of its position by up to 0.06 m/s: no polynomial has both.
        interpolation=Interpolation.LAGRANGE if isinstance(segment, ElementSet) else Interpolation.HERMITE,
        degree=min(_DEGREE, len(rows) - 1 if isinstance(segment, ElementSet) else 2 * len(rows) - 1),
    )
