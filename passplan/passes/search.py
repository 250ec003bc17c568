"""Every pass of some satellites over some stations in a span of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.network import Station
from passplan.domain.passes import NOT_COVERED, AnswerKind
from passplan.domain.sources import Segment, Source
from passplan.domain.span import Span
from passplan.kernels import layout
from passplan.kernels.curve import new_curves
from passplan.kernels.mask import clearances, cut
from passplan.kernels.search import SLACK_KM
from passplan.kernels.search import search as search_kernel
from passplan.orbit.motion import Motion, states_in_turn
from passplan.orbit.nodes import Failure, Nodes, Sampler, no_nodes
from passplan.orbit.propagators import segment_motion
from passplan.orbit.scales import Floats, TimeBase
from passplan.orbit.timelines import timelines as timelines_of
from passplan.passes.columns import Answers, Integers, Passes, Times
from passplan.passes.horizon import Horizons, horizons, lowest_height_km
from passplan.passes.pieces import Piece, own_passes, pieces_of
from passplan.passes.refraction import apparent_deg
from passplan.passes.timing import timings

Progress = Callable[[int, int], None]  # satellites done, of how many

_BLOCK = 128  # pieces at a time, fewer in long spans, so that memory use is limited
_BLOCK_S = 128 * 30 * 86_400.0
_SHORTEST_FAILURE_S = 0.01  # where segments meet, one ends a millisecond before the other begins
_MARGIN_S = 3 * 3600.0  # the longest margin of nodes beside a span
_FARTHEST_STEP_S = 1.0  # a larger correction is rejected
_MOST_CORRECTIONS = 6


def find_passes(
    sources: Iterable[Source | Segment],
    stations: Sequence[Station],
    span: Span,
    *,
    refraction: bool = False,
    tolerance_s: float = 1e-5,
    progress: Progress | None = None,
) -> Passes:
    """Find every pass of every satellite over every station.

    A pass is an interval in which the satellite is at or above the station's limit, the larger of its floor and its
    horizon mask. Passes under way at an end of the span are cut there and say so.

    Args:
        sources: sources, or element sets; all of one satellite are one source, its timeline (`orbit/timelines.py`).
        stations: the stations.
        span: the span, of any length.
        refraction: whether limits and peaks are of apparent elevation (Bennett's formula) instead of geometric.
        tolerance_s: AOS and LOS are corrected on the motion itself until a correction is smaller.
        progress: called with the number of satellites done, and of all.

    Returns:
        The passes in order of AOS, with `.answers` for pairs that a list of passes does not describe completely.

    Raises:
        InputError: for a tolerance that is not positive, or a station id that occurs twice.
    """
    if not isinstance(sources, Iterable) or isinstance(stations, Station) or not isinstance(span, Span):
        raise InputError(
            Message("find_passes_arguments", "find_passes takes a list of element sets, a list of stations and a Span")
        )
    timelines = timelines_of(sources)
    if not tolerance_s > 0.0:
        raise InputError(
            Message(
                "tolerance_out_of_range",
                "tolerance_s is %(tolerance_s)s; it is a positive number of seconds",
                tolerance_s=tolerance_s,
            )
        )
    if wrong := [s for s in stations if not isinstance(s, Station)]:
        raise InputError(
            Message("no_station_value", "%(value)s is no Station; load_network has stations", value=repr(wrong[0])[:60])
        )
    ids = [s.id for s in stations]
    if repeated := {i for i in ids if ids.count(i) > 1}:
        raise InputError(
            Message(
                "station_repeated",
                'station "%(station)s" is given twice; each id stands for one horizon',
                station=sorted(repeated)[0],
            )
        )
    clock = TimeBase.over(span, _MARGIN_S)
    limits = horizons(stations, refraction=refraction)
    samplers = _Samplers(span)
    blocks = []
    for pieces in _in_blocks(timelines, span):
        blocks.append(_search_block(pieces, clock, samplers, limits, tolerance_s))
        if progress is not None:
            progress(pieces[-1].source + 1, len(timelines))
    return _collect(timelines, tuple(stations), span, refraction, blocks)


def _in_blocks(sources: Sequence[Source], span: Span) -> Iterator[list[Piece]]:
    """The pieces of sources, so many at a time that memory use is limited; those of a source stay together."""
    block: list[Piece] = []
    searched_s = 0.0
    for number, source in enumerate(sources):
        pieces = pieces_of(number, source, span)
        block += pieces
        searched_s += sum(piece.end_s - piece.begin_s for piece in pieces)
        if len(block) >= _BLOCK or searched_s >= _BLOCK_S:
            yield block
            block, searched_s = [], 0.0
    if block:
        yield block


class _Samplers:
    """Samplers, of which the whole span's is kept: most sources are searched over all of it."""

    def __init__(self, span: Span) -> None:
        self._whole = Sampler(0.0, span.duration_s)

    @property
    def whole_s(self) -> float:
        """The length of the span [s]."""
        return self._whole.end_s

    def sample(self, piece: Piece, motion: Motion) -> Nodes:
        """The nodes of a piece."""
        if piece.begin_s >= piece.end_s:
            return no_nodes(piece.begin_s)
        if (piece.begin_s, piece.end_s) == (self._whole.begin_s, self._whole.end_s):
            return self._whole.sample(motion)
        return Sampler(piece.begin_s, piece.end_s).sample(motion)


@dataclass(frozen=True, slots=True)
class _Block:
    """The passes of some sources, in seconds and radians."""

    pieces: Sequence[Piece]
    pairs: Integers  # [pass, 2] piece and station
    rows: Floats  # [pass, layout.PASS_COLUMNS]
    revolution: Integers
    silent: Integers  # [pair, 2] source and station: usable, and never above the limit
    silent_highest: Floats  # [pair, 2] when, and the sine of the elevation
    failed: list[tuple[int, Failure]]  # source, and how


def _search_block(
    pieces: Sequence[Piece], clock: TimeBase, samplers: _Samplers, limits: Horizons, tolerance_s: float
) -> _Block:
    motions = [segment_motion(piece.segment, clock) for piece in pieces]
    sampled = [samplers.sample(piece, motion) for piece, motion in zip(pieces, motions, strict=True)]
    nodes = np.concatenate([n.position_km for n in sampled], axis=1)
    node_start = np.concatenate([[0], np.cumsum([n.position_km.shape[1] for n in sampled])]).astype(np.int64)
    satellites = np.array([_satellite_row(n) for n in sampled])
    pairs, rows, never = _run_kernels(pieces, nodes, node_start, satellites, limits)
    _correct(motions, pairs, rows, limits, tolerance_s)
    # Passes of less than a microsecond are dropped.
    keep = np.rint(rows[:, layout.LOS] * 1e6) > np.rint(rows[:, layout.AOS] * 1e6)
    pairs, rows = own_passes(pieces, pairs[keep], rows[keep])
    revolution = np.empty(len(rows), dtype=np.int64)
    edges = np.searchsorted(pairs[:, 0], np.arange(len(pieces) + 1))
    for k, motion in enumerate(motions):
        of_motion = slice(edges[k], edges[k + 1])
        revolution[of_motion] = motion.revolutions(rows[of_motion, layout.TRANSIT])
    silent, silent_highest = _silent(pieces, pairs, never)
    return _Block(
        pieces=pieces,
        pairs=pairs,
        rows=rows,
        revolution=revolution,
        silent=silent,
        silent_highest=silent_highest,
        failed=[
            failure
            for piece, n in zip(pieces, sampled, strict=True)
            for failure in _failures(piece, n, samplers.whole_s)
        ],
    )


def _silent(pieces: Sequence[Piece], pairs: Integers, never: Floats) -> tuple[Integers, Floats]:
    """The pairs of source and station without a pass, and their highest points."""
    first = pieces[0].source
    sources = np.array([piece.source for piece in pieces]) - first
    if sources[-1] + 1 == len(pieces):  # in a catalogue, each source is one piece
        highest = never.copy()
    else:
        highest = np.full((sources[-1] + 1, never.shape[1], 2), np.nan)
        for source, of_piece in zip(sources, never, strict=True):
            higher = ~(of_piece[:, 1] <= highest[source, :, 1]) & ~np.isnan(of_piece[:, 0])
            highest[source, higher] = of_piece[higher]
    highest[sources[pairs[:, 0]], pairs[:, 1]] = np.nan
    silent = np.argwhere(~np.isnan(highest[:, :, 0]))
    return silent + np.array([first, 0]), highest[silent[:, 0], silent[:, 1]]


def _failures(piece: Piece, nodes: Nodes, whole_s: float) -> Iterator[tuple[int, Failure]]:
    """The failures in the part of a span that a piece serves. Before a later set begins to serve none is a decay."""
    for failure in (*_uncovered(piece), *nodes.failures):
        is_decayed = failure.decayed and piece.serves_to_s >= whole_s
        begin_s = failure.begin_s if is_decayed else max(failure.begin_s, piece.serves_from_s)
        end_s = min(failure.end_s, piece.serves_to_s)
        if is_decayed or end_s - begin_s > _SHORTEST_FAILURE_S:
            yield piece.source, replace(failure, begin_s=begin_s, end_s=end_s, decayed=is_decayed)


def _uncovered(piece: Piece) -> Iterator[Failure]:
    """The times that an ephemeris serves and does not cover: nothing else does."""
    if piece.segment.coverage is not None:
        yield Failure(piece.serves_from_s, min(piece.begin_s, piece.serves_to_s), NOT_COVERED)
        yield Failure(max(piece.end_s, piece.serves_from_s), piece.serves_to_s, NOT_COVERED)


def _satellite_row(nodes: Nodes) -> Floats:
    row = np.empty(layout.SATELLITE_COLUMNS)
    row[layout.ORIGIN], row[layout.STEP] = nodes.origin_s, nodes.step_s
    row[layout.BEGIN], row[layout.END] = nodes.begin_s, nodes.end_s
    row[layout.MIN_RADIUS], row[layout.MAX_RADIUS] = nodes.min_radius_km, nodes.max_radius_km
    row[layout.MAX_SPEED], row[layout.MAX_ACCELERATION] = nodes.max_speed_km_s, nodes.max_acceleration_km_s2
    return row


def _run_kernels(
    pieces: Sequence[Piece], nodes: Floats, node_start: Integers, satellites: Floats, limits: Horizons
) -> tuple[Integers, Floats, Floats]:
    """Pairs and rows of all passes, in order of pieces; for pairs without passes, the time of the peak."""
    bounds = _pair_bounds(satellites, limits)
    never = np.empty((len(pieces), len(limits.stations), 2))
    curves = new_curves()
    revolutions = sum(piece.revolutions for piece in pieces)
    room = int(len(limits.stations) * (0.6 * revolutions + 2.0 * len(pieces))) + 16

    def find(pairs: Integers, rows: Floats) -> int:
        return search_kernel(nodes, node_start, satellites, limits.stations, bounds, pairs, rows, never, curves)

    pairs, rows = _with_room(room, find)
    masked = np.diff(limits.mask_start)[pairs[:, 1]] > 0
    if not masked.any():
        return pairs, rows, never
    transits, transit_pairs = rows[masked], pairs[masked]

    def find_parts(pairs: Integers, rows: Floats) -> int:
        return cut(
            nodes,
            node_start,
            satellites,
            limits.stations,
            limits.masks,
            limits.mask_start,
            transits,
            transit_pairs,
            pairs,
            rows,
            curves,
        )

    part_pairs, parts = _with_room(2 * len(transits) + 16, find_parts)
    # When the mask hides all transits of a pair, the highest of them gives the peak.
    hidden = np.ones(never.shape[:2], dtype=np.bool_)
    hidden[part_pairs[:, 0], part_pairs[:, 1]] = False
    rising = np.argsort(transits[:, layout.SIN_PEAK])
    rising = rising[hidden[transit_pairs[rising, 0], transit_pairs[rising, 1]]]
    highest = transits[rising][:, [layout.TCA, layout.SIN_PEAK]]
    never[transit_pairs[rising, 0], transit_pairs[rising, 1]] = highest  # of a pair's transits the last stays
    pairs, rows = np.concatenate([pairs[~masked], part_pairs]), np.concatenate([rows[~masked], parts])
    order = np.argsort(pairs[:, 0], kind="stable")
    return pairs[order], rows[order], never


def _with_room(room: int, find: Callable[[Integers, Floats], int]) -> tuple[Integers, Floats]:
    """Run a kernel with arrays of a guessed size, and again with larger ones if they were too small."""
    while True:
        pairs, rows = np.empty((room, 2), dtype=np.int64), np.empty((room, layout.PASS_COLUMNS))
        count = find(pairs, rows)
        if count <= room:
            return pairs[:count], rows[:count]
        room = count


def _pair_bounds(satellites: Floats, limits: Horizons) -> Floats:
    """The bounds that the search uses for each satellite at each station: [satellite, station, PAIR_COLUMNS]."""
    position = limits.stations[:, layout.POSITION : layout.EAST]
    up = limits.stations[:, layout.UP : layout.LIMIT]
    min_radius_km, max_radius_km = satellites[:, layout.MIN_RADIUS], satellites[:, layout.MAX_RADIUS]
    sag_km = satellites[:, layout.MAX_ACCELERATION] * satellites[:, layout.STEP] ** 2 / 8.0 + SLACK_KM
    bounds = np.empty((len(satellites), len(position), layout.PAIR_COLUMNS))
    bounds[:, :, layout.SKIP_BELOW] = lowest_height_km(limits.stations, min_radius_km, max_radius_km) - sag_km[:, None]
    bounds[:, :, layout.SKIP_BELOW] += np.einsum("ij,ij->i", position, up)
    bounds[:, :, layout.CLOSEST] = np.maximum(min_radius_km[:, None] - np.linalg.norm(position, axis=1), 1.0)
    return bounds


def _correct(motions: Sequence[Motion], pairs: Integers, rows: Floats, limits: Horizons, tolerance_s: float) -> None:
    """Move AOS and LOS, in place, to where the motion itself crosses the limit (Newton), instead of its interpolation.

    A correction that would cross TCA or exceed a second is rejected: the interpolated time remains.
    """
    before_tca = np.array([-1.0, 1.0])
    times = rows[:, [layout.AOS, layout.LOS]]
    tca = rows[:, layout.TCA]
    open_ = rows[:, [layout.CLIPPED_START, layout.CLIPPED_END]] == 0.0
    corrected = times.copy()
    for _ in range(_MOST_CORRECTIONS):
        row, end = np.nonzero(open_)
        if not len(row):
            break
        seconds = corrected[row, end]
        counts = np.bincount(pairs[row, 0], minlength=len(motions)).tolist()
        position_km, velocity_km_s = states_in_turn(motions, counts, seconds)
        clearance = np.empty((2, len(row)))
        clearances(
            position_km,
            velocity_km_s,
            np.ascontiguousarray(pairs[row, 1]),
            limits.stations,
            limits.masks,
            limits.mask_start,
            clearance,
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            step_s = -clearance[0] / clearance[1]
        moved = seconds + step_s
        sound = np.abs(moved - times[row, end]) <= _FARTHEST_STEP_S
        sound &= (moved - tca[row]) * before_tca[end] >= 0.0
        corrected[row, end] = np.where(sound, moved, times[row, end])
        open_[row, end] = sound & (np.abs(step_s) > tolerance_s)
    rows[:, [layout.AOS, layout.LOS]] = corrected


def _collect(
    sources: tuple[Source, ...],
    stations: tuple[Station, ...],
    span: Span,
    refraction: bool,
    blocks: Sequence[_Block],
) -> Passes:
    pieces = [piece for block in blocks for piece in block.pieces]
    counts = np.cumsum([0, *(len(block.pieces) for block in blocks)])
    numbered = [b.pairs + np.array([first, 0]) for first, b in zip(counts, blocks, strict=False)]
    pairs = np.concatenate(numbered) if blocks else np.empty((0, 2), dtype=np.int64)
    rows = np.concatenate([b.rows for b in blocks]) if blocks else np.empty((0, layout.PASS_COLUMNS))
    revolution = np.concatenate([b.revolution for b in blocks]) if blocks else np.empty(0, dtype=np.int64)
    order = np.argsort(rows[:, layout.AOS], kind="stable")  # equal ones stay in order of satellite and station
    pairs, rows, revolution = pairs[order], rows[order], revolution[order]

    piece_index = np.ascontiguousarray(pairs[:, 0])
    pairs[:, 0] = np.array([piece.source for piece in pieces], dtype=np.int64)[piece_index]
    segments = [piece.segment for piece in pieces]
    stale_age_s = np.array([s.stale_age_s for s in segments])[piece_index]
    epoch_s = np.array([(s.epoch - span.start).total_seconds() for s in segments])[piece_index]
    age_s = rows[:, layout.TCA] - epoch_s
    served = [(piece.source, piece.segment) for piece in pieces]
    within_68_s, within_95_s, timing_basis = timings(sources, served, piece_index, age_s)
    always = (rows[:, layout.CLIPPED_START] > 0) & (rows[:, layout.CLIPPED_END] > 0)
    always &= ~np.isin(pairs[:, 0], [source for block in blocks for source, _ in block.failed])
    peak_deg = np.degrees(np.arcsin(np.clip(rows[:, layout.SIN_PEAK], -1.0, 1.0)))
    return Passes(
        span=span,
        sources=sources,
        stations=stations,
        refraction=refraction,
        source_index=np.ascontiguousarray(pairs[:, 0]),
        station_index=np.ascontiguousarray(pairs[:, 1]),
        revolution=revolution,
        aos=_times(span, rows[:, layout.AOS]),
        tca=_times(span, rows[:, layout.TCA]),
        los=_times(span, rows[:, layout.LOS]),
        peak_elevation_deg=apparent_deg(peak_deg) if refraction else peak_deg,
        aos_azimuth_deg=np.degrees(rows[:, layout.AZIMUTH_AOS]),
        tca_azimuth_deg=np.degrees(rows[:, layout.AZIMUTH_TCA]),
        los_azimuth_deg=np.degrees(rows[:, layout.AZIMUTH_LOS]),
        clipped_start=rows[:, layout.CLIPPED_START] > 0.0,
        clipped_end=rows[:, layout.CLIPPED_END] > 0.0,
        timing_68_s=within_68_s,
        timing_95_s=within_95_s,
        timing_basis=timing_basis,
        element_epoch=_times(span, epoch_s),
        stale=np.abs(age_s) > stale_age_s,
        answers=_answers(sources, stations, span, refraction, blocks, pairs[always]),
    )


def _answers(
    sources: tuple[Source, ...],
    stations: tuple[Station, ...],
    span: Span,
    refraction: bool,
    blocks: Sequence[_Block],
    always: Integers,
) -> Answers:
    everywhere = np.arange(len(stations), dtype=np.int64)
    source_index: list[Integers] = []
    station_index: list[Integers] = []
    kinds: list[AnswerKind] = []
    since_s: list[Floats] = []
    until_s: list[Floats] = []
    peaks_deg: list[Floats] = []
    codes: list[Integers] = []

    def add(
        kind: AnswerKind,
        pairs: Integers,
        since: Floats,
        until: float = np.inf,
        peak_deg: float | Floats = np.nan,
        code: int = -1,
    ) -> None:
        count = len(pairs)
        source_index.append(pairs[:, 0])
        station_index.append(pairs[:, 1])
        kinds.extend([kind] * count)
        since_s.append(np.broadcast_to(since, count))
        until_s.append(np.full(count, until))
        peaks_deg.append(np.broadcast_to(peak_deg, count))
        codes.append(np.full(count, code, dtype=np.int64))

    def of(source: int) -> Integers:
        return np.stack([np.full(len(everywhere), source, dtype=np.int64), everywhere], axis=1)

    for block in blocks:
        peak_deg = np.degrees(np.arcsin(np.clip(block.silent_highest[:, 1], -1.0, 1.0)))
        peak_deg = apparent_deg(peak_deg) if refraction else peak_deg
        add(AnswerKind.NOT_VISIBLE, block.silent, block.silent_highest[:, 0], peak_deg=peak_deg)
        for index, failure in block.failed:
            kind = AnswerKind.DECAYED if failure.decayed else AnswerKind.FAILED
            end = failure.end_s if failure.end_s < span.duration_s else np.inf
            add(kind, of(index), np.array([failure.begin_s]), end, code=failure.code)
    add(AnswerKind.ALWAYS_VISIBLE, always, np.zeros(1))
    for index, source in enumerate(sources):
        if (stale_from := source.stale_from(span)) is not None:
            add(AnswerKind.STALE, of(index), np.array([(stale_from - span.start).total_seconds()]))
    return Answers(
        sources=sources,
        stations=stations,
        source_index=np.concatenate(source_index) if source_index else np.empty(0, dtype=np.int64),
        station_index=np.concatenate(station_index) if station_index else np.empty(0, dtype=np.int64),
        kind=tuple(kinds),
        since=_times(span, np.concatenate(since_s)) if since_s else np.empty(0, dtype="datetime64[us]"),
        until=_times(span, np.concatenate(until_s)) if until_s else np.empty(0, dtype="datetime64[us]"),
        peak_elevation_deg=np.concatenate(peaks_deg) if peaks_deg else np.empty(0),
        sgp4_code=np.concatenate(codes) if codes else np.empty(0, dtype=np.int64),
    )


def _times(span: Span, seconds: Floats) -> Times:
    """The times so many seconds after the start of a span; NaT for infinite ones."""
    start = np.datetime64(span.start.replace(tzinfo=None), "us")
    after = np.where(np.isfinite(seconds), np.rint(seconds * 1e6), 0.0).astype("timedelta64[us]")
    return np.where(np.isfinite(seconds), start + after, np.datetime64("NaT", "us"))
