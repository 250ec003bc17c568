"""Sources: the origin of the positions of one satellite at any time."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol, TypeVar

from passplan.domain.errors import InputError
from passplan.domain.manoeuvres import Manoeuvre
from passplan.domain.messages import Message
from passplan.domain.span import Span
from passplan.domain.timing import TrackRecord

TOO_OLD_LOW_ORBIT_S = 14 * 86_400.0  # older elements of low orbits are not used for planning


class Segment(Protocol):
    """A part of a timeline that has positions: an element set, or tabulated states.

    `orbit/propagators.py` names the class that computes the positions of each type.
    """

    @property
    def catalog_number(self) -> int:
        """Of the satellite."""

    @property
    def label(self) -> str:
        """The satellite's name, or the number when there is no name."""

    @property
    def epoch(self) -> datetime:
        """The time from which its errors grow."""

    @property
    def coverage(self) -> Span | None:
        """When it gives positions; None: at any time."""

    @property
    def mean_motion_rev_day(self) -> float:
        """Revolutions a day, at the epoch."""

    @property
    def mean_motion_change_rev_day2(self) -> float:
        """How fast drag changes the mean motion [rev/day^2]."""

    @property
    def is_low_orbit(self) -> bool:
        """Whether drag dominates the error of a prediction."""

    @property
    def stale_age_s(self) -> float:
        """The age from which it is stale [s]."""

    @property
    def model(self) -> str:
        """How positions are computed from it, in a few words."""

    @property
    def rank(self) -> tuple[datetime, int, str]:
        """Of two segments of one satellite the one with the greater rank is the newer one."""


S = TypeVar("S", bound=Segment)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Source:
    """The origin of one satellite's positions: its timeline of segments. Each moment is served by one of them.

    Raises:
        InputError: without a segment, for segments of several satellites, or changes that do not fit.
    """

    satellite: str  # the satellite in its passes: a name, or the network's id
    segments: tuple[Segment, ...]
    changes: tuple[datetime, ...] = ()  # when each segment but the first begins to serve
    manoeuvres: tuple[Manoeuvre, ...] = ()  # that are known: older sets are not trusted after them
    record: TrackRecord | None = None  # how past sets came out; None: it is of the segments

    def __post_init__(self) -> None:
        ordered = all(a <= b for a, b in pairwise(self.changes))
        if len(self.changes) != len(self.segments) - 1 or not ordered:
            raise InputError(
                Message(
                    "changes_of_source",
                    "the source of %(satellite)s has %(segments)s segments and %(changes)s changes; each segment but "
                    "the first has one, in order of time",
                    satellite=self.satellite,
                    segments=len(self.segments),
                    changes=len(self.changes),
                )
            )
        if len({s.catalog_number for s in self.segments}) > 1:
            raise InputError(
                Message(
                    "several_satellites",
                    "the source of %(satellite)s has segments of several satellites",
                    satellite=self.satellite,
                )
            )

    def __repr__(self) -> str:
        return f"<source of {self.satellite} ({self.catalog_number}): {len(self.segments)} segments>"

    @property
    def catalog_number(self) -> int:
        """Of the satellite."""
        return self.segments[0].catalog_number

    @property
    def epoch(self) -> datetime:
        """The newest epoch of its segments; of an ephemeris not before the time that it covers."""
        return max(s.epoch if s.coverage is None else max(s.epoch, s.coverage.start) for s in self.segments)

    @property
    def period(self) -> timedelta:
        """The duration of a revolution."""
        return timedelta(days=1.0 / self.segments[-1].mean_motion_rev_day)

    @property
    def models(self) -> tuple[str, ...]:
        """The distinct models of the segments."""
        return tuple(dict.fromkeys(s.model for s in self.segments))

    def segment_at(self, moment: datetime) -> Segment:
        """The segment that gives the position at a moment."""
        return self.segments[bisect_right(self.changes, moment)]

    def pieces(self, span: Span) -> tuple[tuple[Segment, Span], ...]:
        """The segments that serve a span, and the part that each serves."""
        first, last = bisect_right(self.changes, span.start), bisect_left(self.changes, span.end)
        edges = [span.start, *self.changes[first:last], span.end]
        served = zip(self.segments[first:], pairwise(edges), strict=False)
        return tuple((segment, Span(start, end)) for segment, (start, end) in served if start < end)

    def epochs(self, span: Span) -> tuple[datetime, ...]:
        """The epochs of the segments that serve a span."""
        return tuple(segment.epoch for segment, _ in self.pieces(span))

    def age_s(self, moment: datetime) -> float:
        """How far a moment is from the epoch of the segment that serves it [s]."""
        return abs((moment - self.segment_at(moment).epoch).total_seconds())

    def most_age_s(self, span: Span) -> float:
        """How far the moments of a span are from the epochs of the segments that serve them, at most [s]."""
        edges = [(segment.epoch, moment) for segment, part in self.pieces(span) for moment in (part.start, part.end)]
        return max(abs((moment - epoch).total_seconds()) for epoch, moment in edges)

    def is_stale(self, moment: datetime) -> bool:
        """Whether the segment that serves a moment is stale there."""
        return self.age_s(moment) > self.segment_at(moment).stale_age_s

    def stale_from(self, span: Span) -> datetime | None:
        """The first moment of a span at which the source is stale; None: it is not stale in the span."""
        for segment, part in self.pieces(span):
            if math.isinf(segment.stale_age_s):
                continue
            limit = timedelta(seconds=segment.stale_age_s)
            if part.start < segment.epoch - limit:
                return part.start
            if part.end > segment.epoch + limit:
                return max(part.start, segment.epoch + limit)
        return None

    def nearest_epoch(self, span: Span) -> datetime:
        """The epoch that is nearest to a span."""
        return min((s.epoch for s in self.segments), key=span.distance_s)

    def distance_s(self, span: Span) -> float:
        """How far a span lies before the first time that is known or after the last one [s]; 0 where it is between.

        The epochs of element sets are known, and the spans of ephemerides.
        """
        known = [edge for s in self.segments for edge in _known_times(s)]
        is_between = min(known) < span.end and span.start < max(known)
        return 0.0 if is_between else min(map(span.distance_s, known))

    def is_too_old(self, span: Span) -> bool:
        """Whether it is too old to plan with in a span: a low orbit, more than 14 days beyond its epochs."""
        return self.segment_at(span.start).is_low_orbit and self.distance_s(span) > TOO_OLD_LOW_ORBIT_S


def _known_times(segment: Segment) -> tuple[datetime, ...]:
    coverage = segment.coverage
    return (segment.epoch,) if coverage is None else (coverage.start, coverage.end)


def source_of(item: Source | Segment) -> Source:
    """The source itself, or a source with this segment alone."""
    return item if isinstance(item, Source) else Source(satellite=item.label, segments=(item,))


def newest(segments: Iterable[S]) -> tuple[S, ...]:
    """The newest segment of each satellite, by catalogue number, independent of the order of `segments`."""
    chosen: dict[int, S] = {}
    for candidate in segments:
        known = chosen.get(candidate.catalog_number)
        if known is None or candidate.rank > known.rank:
            chosen[candidate.catalog_number] = candidate
    return tuple(chosen[number] for number in sorted(chosen))
