"""Sources: the origin of the positions of one satellite at any time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.span import Span

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
        """Revolutions a day."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The origin of one satellite's positions: its timeline of segments, at present a single one.

    Raises:
        InputError: unless there is one segment.
    """

    satellite: str  # the satellite in its passes: a name, or the network's id
    segments: tuple[Segment, ...]

    def __post_init__(self) -> None:
        if len(self.segments) != 1:
            raise InputError(
                Message(
                    "one_segment",
                    "the source of %(satellite)s has %(segments)s segments; it has one",
                    satellite=self.satellite,
                    segments=len(self.segments),
                )
            )

    @property
    def catalog_number(self) -> int:
        """Of the satellite."""
        return self.segments[0].catalog_number

    @property
    def epoch(self) -> datetime:
        """The epoch of the newest segment."""
        return self.segments[-1].epoch

    @property
    def coverage(self) -> Span | None:
        """When it gives positions; None: at any time."""
        return self.segments[0].coverage

    @property
    def period(self) -> timedelta:
        """The duration of a revolution."""
        return timedelta(days=1.0 / self.segments[-1].mean_motion_rev_day)

    @property
    def models(self) -> tuple[str, ...]:
        """The distinct models of the segments."""
        return tuple(dict.fromkeys(s.model for s in self.segments))

    def segment_at(self, moment: datetime) -> Segment:  # noqa: ARG002, a single segment serves every moment
        """The segment that gives the position at a moment."""
        return self.segments[0]

    def age_s(self, moment: datetime) -> float:
        """How far a moment is from the epoch of the segment that serves it [s]."""
        return abs((moment - self.segment_at(moment).epoch).total_seconds())

    def is_stale(self, moment: datetime) -> bool:
        """Whether the segment that serves a moment is stale there."""
        return self.age_s(moment) > self.segment_at(moment).stale_age_s

    def stale_from(self, span: Span) -> datetime | None:
        """The time from which the source is stale in a span; None: it is not."""
        if self.is_stale(span.start):
            return span.start
        if self.is_stale(span.end):
            last = self.segment_at(span.end)
            return last.epoch + timedelta(seconds=last.stale_age_s)
        return None

    def distance_s(self, span: Span) -> float:
        """How far a span is from the nearest epoch [s]; 0 when an epoch lies in it."""
        return min(span.distance_s(s.epoch) for s in self.segments)

    def is_too_old(self, span: Span) -> bool:
        """Whether it is too old to plan with in a span: a low orbit, more than 14 days from any epoch."""
        return self.segment_at(span.start).is_low_orbit and self.distance_s(span) > TOO_OLD_LOW_ORBIT_S


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


def timelines(segments: Iterable[Segment]) -> tuple[Source, ...]:
    """One source for each satellite, in order of catalogue numbers: at present its newest segment."""
    return tuple(source_of(segment) for segment in newest(segments))
