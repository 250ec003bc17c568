"""Sources in pieces: each is searched by one segment, and passes at the edges belong to one of the two.

A pass belongs to the segment that serves its TCA. Near a change each of the two segments has its own idea of a transit,
so each piece is searched a revolution further than it serves, and the two ideas are matched: a transit is taken from
the earlier segment if that says it culminates before the change, and otherwise from the later one. None is lost or
doubled. A pass that is longer than a revolution, as of a geostationary satellite, is joined at the change.
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
        return (self.end_s - self.begin_s) / 86_400.0 * self.segment.mean_motion_rev_day


def pieces_of(number: int, source: Source, span: Span) -> list[Piece]:
    """The pieces of a source in a span."""
    served = source.pieces(span)
    beside_s = source.period.total_seconds() if len(served) > 1 else 0.0
    pieces = []
    for segment, part in served:
        from_s, to_s = ((moment - span.start).total_seconds() for moment in (part.start, part.end))
        begin_s, end_s = max(0.0, from_s - beside_s), min(span.duration_s, to_s + beside_s)
        pieces.append(Piece(number, segment, from_s, to_s, begin_s, end_s))
    return pieces


def own_passes(pieces: Sequence[Piece], pairs: Integers, rows: Floats) -> tuple[Integers, Floats]:
    """The passes of each source, when each belongs to one of its pieces.

    Args:
        pieces: of complete sources, in order of time.
        pairs: [pass, 2] piece and station.
        rows: [pass, layout.PASS_COLUMNS].

    Returns:
        Pairs and rows in order of pieces; passes that are cut by a change are joined.
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


class _Parted:
    """The passes of sources in several pieces."""

    def __init__(self, pieces: Sequence[Piece], piece_of: Integers, rows: Floats) -> None:
        self.piece_of, self.rows = piece_of, rows
        self._pieces, self._end_piece_of = pieces, piece_of.copy()  # of a joined pass, the piece of its LOS

    def own(self, indices: Integers) -> list[int]:
        """The passes, of one source over one station, that belong to the piece that found them."""
        kept: list[int] = []
        before: list[list[int]] = []
        last = -1
        for number, transits in self._by_piece(indices):
            earlier = before if number == last + 1 else []
            for transit in transits:
                if self._is_joined(kept, transit):
                    continue
                if self._is_own(number, transit, earlier):
                    kept += transit
            before, last = transits, number
        return kept

    def _by_piece(self, indices: Integers) -> Iterator[tuple[int, list[list[int]]]]:
        """Pieces with their transits; each has the passes that a mask leaves of it."""
        edges = np.flatnonzero(np.diff(self.piece_of[indices])) + 1
        for of_piece in np.split(indices, edges):
            number = int(self.piece_of[of_piece[0]])
            transits: dict[float, list[int]] = {}
            for index in of_piece.tolist():
                transits.setdefault(float(self.rows[index, layout.TRANSIT]), []).append(index)
            yield number, list(transits.values())

    def _is_own(self, number: int, transit: list[int], earlier: list[list[int]]) -> bool:
        """Whether the piece that found a transit serves it; `earlier`: the transits that the piece before found."""
        piece = self._pieces[number]
        if self._is_cut_at_begin(transit[0]) or self._is_cut_at_end(transit[-1]):
            begins_s, ends_s = self.rows[transit[0], layout.AOS], self.rows[transit[-1], layout.LOS]
            return bool(begins_s < piece.serves_to_s and piece.serves_from_s < ends_s)
        highest_s = self._highest_s(transit)
        if highest_s >= piece.serves_to_s and not self._is_last(number):
            return False
        half_s = 0.5 * 86_400.0 / piece.segment.mean_motion_rev_day
        same = [s for t in earlier if abs((s := self._highest_s(t)) - highest_s) < half_s]
        by_earlier_s = min(same, key=lambda s: abs(s - highest_s)) if same else highest_s
        return by_earlier_s >= piece.serves_from_s or self._is_first(number)

    def _is_joined(self, kept: list[int], transit: list[int]) -> bool:
        """Join a pass that is under way where its piece begins to the one before it that is so where its piece ends."""
        if not kept or not self._is_cut_at_begin(transit[0]) or not self._is_cut_at_end(kept[-1]):
            return False
        late, long = self.rows[transit[0]], self.rows[kept[-1]]
        long[_END] = late[_END]
        self._end_piece_of[kept[-1]] = self.piece_of[transit[0]]
        if late[layout.SIN_PEAK] > long[layout.SIN_PEAK]:
            long[_PEAK] = late[_PEAK]
            self.piece_of[kept[-1]] = self.piece_of[transit[0]]
        return True

    def _is_cut_at_begin(self, index: int) -> bool:
        begin_s = self._pieces[self.piece_of[index]].begin_s
        return begin_s > 0.0 and bool(self.rows[index, layout.AOS] <= begin_s + _EDGE_S)

    def _is_cut_at_end(self, index: int) -> bool:
        end_s = self._pieces[self._end_piece_of[index]].end_s
        return end_s < self._pieces[-1].end_s and bool(self.rows[index, layout.LOS] >= end_s - _EDGE_S)

    def _highest_s(self, transit: list[int]) -> float:
        return float(self.rows[transit[0], layout.TRANSIT])

    def _is_first(self, number: int) -> bool:
        return number == 0 or self._pieces[number - 1].source != self._pieces[number].source

    def _is_last(self, number: int) -> bool:
        return number + 1 == len(self._pieces) or self._pieces[number + 1].source != self._pieces[number].source


_EDGE_S = 1e-3
_END = [layout.LOS, layout.AZIMUTH_LOS, layout.CLIPPED_END]
_PEAK = [layout.TCA, layout.TRANSIT, layout.SIN_PEAK, layout.AZIMUTH_TCA]
