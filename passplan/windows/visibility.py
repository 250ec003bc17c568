"""The passes that requests share: each is searched once, and has whole seconds."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from passplan.domain.network import SatelliteId, Station, StationId
from passplan.domain.passes import Answer, AnswerKind
from passplan.domain.sources import Source
from passplan.domain.span import Span
from passplan.passes.columns import Passes
from passplan.passes.search import Progress, find_passes
from passplan.windows.availability import Stretch, around, inside

Pair = tuple[SatelliteId, StationId]
Level = float | None  # the least elevation of a request, when it is above the station's floor


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewPeriod:
    """A pass over a station, in whole seconds."""

    satellite: SatelliteId
    station: Station
    number: int  # of the satellite's passes there
    span: Span  # from AOS to LOS
    touched: Stretch  # the same, rounded outward
    inner: Stretch  # the same, rounded inward
    high: tuple[Stretch, ...]  # above the least elevation
    sure: tuple[Stretch, ...]  # the same, less the uncertainty of each AOS and LOS
    clipped_start: bool
    clipped_end: bool
    peak_elevation_deg: float
    timing_68_s: float  # 0: not measured


@dataclass(frozen=True, slots=True)
class ViewPeriods:
    """The passes of satellites over stations, above the stations' floors and above the requests' least elevations."""

    by_pair: Mapping[tuple[Pair, Level], Sequence[ViewPeriod]]  # in order
    failures: Mapping[SatelliteId, Sequence[Answer]]  # where SGP4 fails in the span

    def of(self, satellite: SatelliteId, station: Station, level: Level, stretch: Stretch) -> Sequence[ViewPeriod]:
        """The passes of a satellite over a station that touch a stretch of time."""
        passes = self.by_pair.get(((satellite, station.id), _above_floor(station, level)), ())
        first = bisect_right(passes, stretch[0], key=lambda s: s.touched[1])
        return passes[first : bisect_left(passes, stretch[1], key=lambda s: s.touched[0])]


def find_view_periods(
    sources: Mapping[SatelliteId, Source],
    needs: Iterable[tuple[SatelliteId, Station, Level]],
    span: Span,
    *,
    max_timing_s: float,
    refraction: bool,
    progress: Progress | None,
) -> ViewPeriods:
    """Search every pair at its station's floor, and again for each least elevation above it."""
    pairs: dict[Level, dict[Pair, Station]] = {None: {}}
    for satellite, station, level in needs:
        pairs[None][satellite, station.id] = station
        pairs.setdefault(_above_floor(station, level), {})[satellite, station.id] = station
    levels = sorted(pairs, key=lambda level: -math.inf if level is None else level)
    total = sum(len({satellite for satellite, _ in pairs[level]}) for level in levels)
    done = 0
    by_pair: dict[tuple[Pair, Level], Sequence[ViewPeriod]] = {}
    failures: dict[SatelliteId, list[Answer]] = {}
    for level in levels:
        satellites = sorted({satellite for satellite, _ in pairs[level]})
        stations = sorted({station.id: station for station in pairs[level].values()}.items())
        passes = find_passes(
            [sources[satellite] for satellite in satellites],
            [_raised(station, level) for _, station in stations],
            span,
            refraction=refraction,
            progress=None if progress is None else _shifted(progress, done, total),
        )
        done += len(satellites)
        for pair, view_periods in _sightings(passes, satellites, pairs[level], max_timing_s).items():
            by_pair[pair, level] = view_periods if level is None else _above(by_pair[pair, None], view_periods)
        if level is None:
            failures = _failures(passes, satellites)
    return ViewPeriods(by_pair, failures)


def _above_floor(station: Station, level: Level) -> Level:
    return level if level is not None and level > station.min_elevation_deg else None


def _raised(station: Station, level: Level) -> Station:
    return station if level is None else replace(station, min_elevation_deg=max(level, station.min_elevation_deg))


def _shifted(progress: Progress, done: int, total: int) -> Progress:
    return lambda more, _: progress(done + more, total)


def _sightings(
    passes: Passes, satellites: Sequence[SatelliteId], pairs: Mapping[Pair, Station], max_timing_s: float
) -> dict[Pair, list[ViewPeriod]]:
    """The passes of some pairs, each of them a single part."""
    timing_s = np.nan_to_num(passes.timing_68_s, nan=0.0)
    uncertain = passes.uncertain  # nothing of them is sure
    trim_s = np.where(uncertain, timing_s, np.minimum(timing_s, max_timing_s))
    trim_us = np.rint(trim_s * 1e6).astype(np.int64)
    aos_us, los_us = (column.astype(np.int64) for column in (passes.aos, passes.los))
    sure_from = -(-(aos_us + np.where(passes.clipped_start & ~uncertain, 0, trim_us)) // 1_000_000)
    sure_until = (los_us - np.where(passes.clipped_end & ~uncertain, 0, trim_us)) // 1_000_000
    by_pair: dict[Pair, list[ViewPeriod]] = {pair: [] for pair in pairs}
    for index, item in enumerate(passes):
        pair = (satellites[passes.source_index[index]], item.station)
        if pair not in by_pair:
            continue
        by_pair[pair].append(
            ViewPeriod(
                satellite=pair[0],
                station=pairs[pair],
                number=len(by_pair[pair]),
                span=item.span,
                touched=around(item.span),
                inner=inside(item.span),
                high=_not_empty(inside(item.span)),
                sure=_not_empty((int(sure_from[index]), int(sure_until[index]))),
                clipped_start=item.clipped_start,
                clipped_end=item.clipped_end,
                peak_elevation_deg=item.peak_elevation_deg,
                timing_68_s=float(timing_s[index]),
            )
        )
    return by_pair


def _not_empty(stretch: Stretch) -> tuple[Stretch, ...]:
    return (stretch,) if stretch[0] < stretch[1] else ()


def _above(passes: Sequence[ViewPeriod], parts: Sequence[ViewPeriod]) -> list[ViewPeriod]:
    """The passes, each with its parts above a higher floor."""
    of_pass: list[list[ViewPeriod]] = [[] for _ in passes]
    for part in parts:
        middle = part.span.start + (part.span.end - part.span.start) / 2
        index = bisect_right(passes, middle, key=lambda s: s.span.start) - 1
        if index >= 0:
            of_pass[index].append(part)
    return [
        replace(
            view_period,
            high=tuple(s for p in raised_parts for s in p.high),
            sure=tuple(s for p in raised_parts for s in p.sure),
        )
        for view_period, raised_parts in zip(passes, of_pass, strict=True)
    ]


def _failures(passes: Passes, satellites: Sequence[SatelliteId]) -> dict[SatelliteId, list[Answer]]:
    answers = passes.answers
    failures: dict[SatelliteId, list[Answer]] = defaultdict(list)
    for index, kind in enumerate(answers.kind):
        if kind in (AnswerKind.FAILED, AnswerKind.DECAYED):
            failures[satellites[answers.source_index[index]]].append(answers[index])
    return failures
