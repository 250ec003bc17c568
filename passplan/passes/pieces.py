"""Sources in pieces: each part of a span is searched by the segment that serves it.

A pass of a low orbit belongs to the segment that serves its TCA. Near a change each of the two segments has its own
idea of a transit, so a piece is searched a revolution further than it serves, and the ideas are matched: a transit is
of the first segment that says that it culminates before that segment ends to serve. None is lost or doubled.

Passes of higher orbits can be longer than half a revolution, or never end: they are cut at a change, and joined there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from passplan.domain.sources import Segment, Source
from passplan.domain.span import Span
from passplan.kernels import layout
from passplan.orbit.scales import Floats
from passplan.passes.columns import Integers

_DAY_S = 86_400.0
_EDGE_S = 1e-3
_TOUCHING_S = 60.0  # so far two segments may differ about the time when a long pass begins or ends
_START = [layout.AOS, layout.AZIMUTH_AOS, layout.CLIPPED_START]
_END = [layout.LOS, layout.AZIMUTH_LOS, layout.CLIPPED_END]
_PEAK = [layout.TCA, layout.TRANSIT, layout.SIN_PEAK, layout.AZIMUTH_TCA]


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of a span that a segment serves, and the part that is searched [s after the span's start]."""

    source: int
    segment: Segment
    serves_from_s: float
    serves_to_s: float
    begin_s: float
    end_s: float

    @property
    def revolutions(self) -> float:
        """How many are searched."""
        return (self.end_s - self.begin_s) / _DAY_S * self.segment.mean_motion_rev_day


def pieces_of(number: int, source: Source, span: Span) -> list[Piece]:
    """The pieces of a source in a span. Of an ephemeris that does not touch it nothing is searched."""
    served = source.pieces(span)
    beside_s = source.period.total_seconds() if len(served) > 1 and _is_low(source.segments[-1]) else 0.0
    pieces = []
    for segment, part in served:
        from_s, to_s = ((moment - span.start).total_seconds() for moment in (part.start, part.end))
        begin_s, end_s = max(0.0, from_s - beside_s), min(span.duration_s, to_s + beside_s)
        if (coverage := segment.coverage) is not None:
            begin_s = max(begin_s, (coverage.start - span.start).total_seconds())
            end_s = max(begin_s, min(end_s, (coverage.end - span.start).total_seconds()))
        pieces.append(Piece(number, segment, from_s, to_s, begin_s, end_s))
    return pieces


def _is_low(segment: Segment) -> bool:
    """Whether passes are shorter than half a revolution: so they are at periods under 128 minutes."""
    return segment.is_low_orbit


def own_passes(pieces: Sequence[Piece], pairs: Integers, rows: Floats) -> tuple[Integers, Floats]:
    """The passes of each source, when each belongs to one of its pieces.

    Args:
        pieces: of complete sources, in order of time.
        pairs: [pass, 2] piece and station.
        rows: [pass, layout.PASS_COLUMNS].

    Returns:
        Pairs and rows in order of pieces; passes that a change cuts are joined.
    """
    sources = np.array([p.source for p in pieces])
    is_parted = (sources[1:] == sources[:-1]).any() and (np.bincount(sources)[sources] > 1)[pairs[:, 0]]
    if not np.any(is_parted):
        return pairs, rows
    parted = np.flatnonzero(is_parted)
    place = np.stack([sources[pairs[parted, 0]], pairs[parted, 1]], axis=1)
    order = np.lexsort((rows[parted, layout.AOS], pairs[parted, 0], place[:, 1], place[:, 0]))
    parted, place = parted[order], place[order]
    edges = np.flatnonzero((np.diff(place, axis=0) != 0).any(axis=1)) + 1
    by_pair = _Parted(pieces, pairs[:, 0].copy(), rows.copy())
    own = [index for indices in np.split(parted, edges) for index in by_pair.own(indices)]
    kept = np.array([*np.flatnonzero(~is_parted).tolist(), *own], dtype=np.int64)
    kept = kept[np.lexsort((kept, by_pair.piece_of[kept]))]
    return np.stack([by_pair.piece_of[kept], pairs[kept, 1]], axis=1), by_pair.rows[kept]


@dataclass(slots=True)
class _Transit:
    """A transit as one piece found it, with the passes that a mask leaves of it.

    It is open where an ephemeris begins or ends before the culmination is seen: what is highest is then its edge.
    """

    highest_s: float
    passes: list[int]
    open_end_s: float | None = None
    open_start_s: float | None = None
    is_settled: bool = False  # a piece has it, or a piece serves its time and does not see it


class _Parted:
    """The passes of sources in several pieces."""

    def __init__(self, pieces: Sequence[Piece], piece_of: Integers, rows: Floats) -> None:
        self.piece_of, self.rows = piece_of, rows
        self._pieces = pieces

    def own(self, indices: Integers) -> list[int]:
        """The passes, of one source over one station, that belong to the piece that found them."""
        is_low = _is_low(self._pieces[self.piece_of[indices[-1]]].segment)
        return self._by_tca(indices) if is_low else self._cut_and_joined(indices)

    def _complete(self, index: int, indices: Integers) -> None:
        """Give a pass that the ends of ephemerides cut the rest of it, from the pieces beside."""
        row = self.rows[index]
        beside = ((layout.CLIPPED_START, layout.AOS, -1, _START), (layout.CLIPPED_END, layout.LOS, 1, _END))
        for clipped, edge, step, columns in beside:
            number = self.piece_of[index]
            while row[clipped]:
                number += step
                rows = self.rows[indices[self.piece_of[indices] == number]]
                touches = (rows[:, layout.AOS] <= row[edge] + _EDGE_S) & (row[edge] - _EDGE_S <= rows[:, layout.LOS])
                if not touches.any():
                    break
                touching = rows[touches]
                furthest = touching[np.argmax(step * touching[:, edge])]
                if step * (furthest[edge] - row[edge]) > -_EDGE_S:
                    row[columns] = furthest[columns]

    def _by_piece(self, indices: Integers) -> Iterator[tuple[int, list[int]]]:
        edges = np.flatnonzero(np.diff(self.piece_of[indices])) + 1
        for of_piece in np.split(indices, edges):
            yield int(self.piece_of[of_piece[0]]), of_piece.tolist()

    def _by_tca(self, indices: Integers) -> list[int]:
        kept: list[int] = []
        open_ones: list[_Transit] = []
        before: list[_Transit] = []
        last = -1
        for number, found in list(self._by_piece(indices)):
            earlier = before if number == last + 1 else []
            before = self._transits(number, found)
            for transit in before:
                self._settle(number, transit, earlier, kept)
            open_ones += [t for t in before if t.open_end_s is not None or t.open_start_s is not None]
            last = number
        for index in kept:
            self._complete(index, indices)
        for transit in open_ones:  # the other part of the transit is not known
            if not self._is_in_one(transit, kept):
                kept += transit.passes
        return kept

    def _is_in_one(self, transit: _Transit, kept: Sequence[int]) -> bool:
        """Whether the open edges of a transit are in passes that are kept."""
        edges = [edge for edge in (transit.open_end_s, transit.open_start_s) if edge is not None]
        rows = self.rows[list(kept)]
        inside = [(rows[:, layout.AOS] <= edge + _EDGE_S) & (edge - _EDGE_S <= rows[:, layout.LOS]) for edge in edges]
        return all(one.any() for one in inside)

    def _transits(self, number: int, indices: Sequence[int]) -> list[_Transit]:
        transits: dict[float, _Transit] = {}
        for index in indices:
            highest_s = float(self.rows[index, layout.TRANSIT])
            transits.setdefault(highest_s, _Transit(highest_s, [])).passes.append(index)
        piece = self._pieces[number]
        for transit in transits.values():
            first, final = self.rows[transit.passes[0]], self.rows[transit.passes[-1]]
            begins_s, ends_s = float(first[layout.AOS]), float(final[layout.LOS])
            is_cut = final[layout.CLIPPED_END] and ends_s <= piece.serves_to_s + _EDGE_S and not self._is_last(number)
            if is_cut and ends_s - transit.highest_s < _EDGE_S:
                transit.open_end_s = ends_s
            is_cut = first[layout.CLIPPED_START] and begins_s >= piece.serves_from_s - _EDGE_S
            if is_cut and not self._is_first(number) and transit.highest_s - begins_s < _EDGE_S:
                transit.open_start_s = begins_s
        return list(transits.values())

    def _settle(self, number: int, transit: _Transit, earlier: Sequence[_Transit], kept: list[int]) -> None:
        """Take a transit if its piece serves its culmination, and no earlier piece has settled it."""
        piece = self._pieces[number]
        half_s = 0.5 * _DAY_S / piece.segment.mean_motion_rev_day
        same = min(earlier, key=lambda t: abs(t.highest_s - transit.highest_s), default=None)
        if same is not None and abs(same.highest_s - transit.highest_s) < half_s:
            transit.is_settled = same.is_settled
        else:  # the piece before does not see it: that settles it for the time that it serves
            transit.is_settled = transit.highest_s < piece.serves_from_s and not self._is_first(number)
        is_own = transit.highest_s < piece.serves_to_s or self._is_last(number)
        if not transit.is_settled and is_own and transit.open_end_s is None:
            kept += transit.passes
            transit.is_settled = True

    def _cut_and_joined(self, indices: Integers) -> list[int]:
        kept: list[int] = []
        end_piece = -1  # of the last one that was kept
        for number, found in list(self._by_piece(indices)):
            piece = self._pieces[number]
            for index in found:
                row = self.rows[index]
                begins_at_change = not self._is_first(number) and row[layout.AOS] <= piece.serves_from_s + _EDGE_S
                ends_at_change = not self._is_last(number) and row[layout.LOS] >= piece.serves_to_s - _EDGE_S
                if ends_at_change:
                    row[layout.CLIPPED_END] = 0.0
                if begins_at_change and not self._is_after_gap(number):
                    row[layout.CLIPPED_START] = 0.0
                if kept and end_piece == number - 1 and self._touches(kept[-1], index, piece.serves_from_s):
                    self._join(kept[-1], index)
                else:
                    kept.append(index)
                end_piece = number
        return kept

    def _is_after_gap(self, number: int) -> bool:
        """Whether the piece before ends before this one begins."""
        before, piece = self._pieces[number - 1].segment.coverage, self._pieces[number].segment.coverage
        return before is not None and piece is not None and before.end < piece.start

    def _touches(self, early: int, late: int, change_s: float) -> bool:
        """Whether two passes are one that a change cuts: both are there at the change, or one of them almost."""
        ends_s, begins_s = self.rows[early, layout.LOS], self.rows[late, layout.AOS]
        is_cut = ends_s >= change_s - _EDGE_S or begins_s <= change_s + _EDGE_S
        return bool(is_cut and begins_s - ends_s <= _TOUCHING_S)

    def _join(self, early: int, late: int) -> None:
        row, other = self.rows[early], self.rows[late]
        row[_END] = other[_END]
        if other[layout.SIN_PEAK] > row[layout.SIN_PEAK]:
            row[_PEAK] = other[_PEAK]
            self.piece_of[early] = self.piece_of[late]

    def _is_first(self, number: int) -> bool:
        return number == 0 or self._pieces[number - 1].source != self._pieces[number].source

    def _is_last(self, number: int) -> bool:
        return number + 1 == len(self._pieces) or self._pieces[number + 1].source != self._pieces[number].source
