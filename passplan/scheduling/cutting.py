"""The windows of requests as columns, and the options that are cut from them for each task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from passplan.domain.network import AgencyId, AntennaRef
from passplan.domain.requests import ContactRequest, RequestId
from passplan.domain.windows import ContactWindow
from passplan.scheduling.budgets import Budgets
from passplan.scheduling.options import Numbers, Options

Floats = NDArray[np.float64]

_UNKNOWN = -1
# Columns of the options that are cut for one task.
_LOW, _HIGH, _SETUP, _TEARDOWN, _ANTENNAS, _BUDGETS = range(6)


class WindowColumns:
    """All windows of some requests; `cut` adds the options of one task after another."""

    def __init__(
        self,
        windows: Sequence[ContactWindow],
        requests: Mapping[RequestId, int],
        request_count: int,
        antennas: Mapping[AntennaRef, int],
        start: datetime,
        budgets: Budgets,
    ) -> None:
        wanted = [w for w in windows if w.request in requests]
        number = np.array([requests[w.request] for w in wanted], dtype=np.int64)
        order = np.argsort(number, kind="stable")
        self._begins = np.searchsorted(number[order], np.arange(request_count + 1)).tolist()
        self._named = sorted({w.antennas for w in wanted})
        set_of = {named: k for k, named in enumerate(self._named)}
        self._columns = np.column_stack(
            [
                np.ceil([(w.span.start - start).total_seconds() for w in wanted]),
                np.floor([(w.span.end - start).total_seconds() for w in wanted]),
                np.ceil([w.setup_s for w in wanted]),
                np.ceil([w.teardown_s for w in wanted]),
                [set_of[w.antennas] for w in wanted],
                np.zeros(len(wanted)),
            ]
        ).astype(np.int32)[order]
        self._peak_deg = np.array([w.peak_elevation_deg for w in wanted], dtype=np.float64)[order]
        self._sets = tuple(tuple(antennas[a] for a in named) for named in self._named)
        self._size = np.array([len(s) for s in self._sets], dtype=np.int32)
        self._budgets = budgets
        self._budget_sets: dict[tuple[int, ...], int] = {(): 0}
        self._charged: dict[tuple[AgencyId, int], Numbers] = {}  # by agency and week: by set of antennas, or `_UNKNOWN`
        self._cut: list[tuple[NDArray[np.int32], Floats]] = []
        self._tasks: list[int] = []
        self._total = 0

    def possible_s(self, number: int, request: ContactRequest, first_s: int, last_s: int) -> int:
        """The seconds that a contact of a request could be given at most from `first_s` to `last_s`, were it alone.

        Of a split one, at most the time of its longest windows, and at most the time in which it has any. 0 when that
        is less than it asks for at least.
        """
        columns = self._columns[self._begins[number] : self._begins[number + 1]]
        low, high = np.maximum(columns[:, _LOW], first_s), np.minimum(columns[:, _HIGH], last_s)
        longest = np.sort(high - low)[::-1]
        if request.split is None:
            seconds = int(longest[0]) if len(longest) else 0
        else:
            parts = longest[longest >= request.split.min_part_s][: request.split.max_parts]
            seconds = min(int(parts.sum()), _together_s(low, high))
        return min(seconds, round(request.wanted_s)) if seconds >= round(request.min_s) else 0

    def cut(
        self, task: int, number: int, request: ContactRequest, first_s: int, last_s: int, *, shortest_s: int
    ) -> range:
        """Add the options of a task: its request's windows from `first_s` to `last_s`, if they are long enough.

        A window that is charged to agreements is cut at the end of each week. The options are in order of low_s, then
        fewest antennas.
        """
        of_request = slice(self._begins[number], self._begins[number + 1])
        columns, peaks = self._columns[of_request].copy(), self._peak_deg[of_request]
        np.maximum(columns[:, _LOW], first_s, out=columns[:, _LOW])
        np.minimum(columns[:, _HIGH], last_s, out=columns[:, _HIGH])
        room = columns[:, _HIGH] - columns[:, _LOW]
        kept = (room >= shortest_s) & (room > 0)
        columns, peaks = self._charge(request.agency, columns[kept], peaks[kept])
        kept = columns[:, _HIGH] - columns[:, _LOW] >= shortest_s
        columns, peaks = columns[kept], peaks[kept]
        antennas = columns[:, _ANTENNAS]
        order = np.lexsort(
            (
                peaks,
                columns[:, _TEARDOWN],
                columns[:, _SETUP],
                antennas,
                columns[:, _HIGH],
                self._size[antennas],
                columns[:, _LOW],
            )
        )
        self._cut.append((columns[order], peaks[order]))
        self._tasks.append(task)
        self._total += len(order)
        return range(self._total - len(order), self._total)

    def _charge(self, agency: AgencyId, columns: NDArray[np.int32], peaks: Floats) -> tuple[NDArray[np.int32], Floats]:
        """Options with their budgets; those that a week's end cuts, in pieces."""
        if not len(columns):
            return columns, peaks
        weeks = self._budgets.week(columns[:, _LOW])
        across = weeks != self._budgets.week(columns[:, _HIGH] - 1)
        for week in np.unique(weeks).tolist():
            inside = weeks == week
            columns[inside, _BUDGETS] = self._charged_to(agency, week, columns[inside, _ANTENNAS])
        across &= columns[:, _BUDGETS] > 0
        if not across.any():
            return columns, peaks
        pieces: list[tuple[int, ...]] = []
        of_piece: list[float] = []
        for row, peak in zip(columns[across].tolist(), peaks[across].tolist(), strict=True):
            named = self._named[row[_ANTENNAS]]
            for low, high, charged in self._budgets.pieces(agency, named, row[_LOW], row[_HIGH]):
                number = self._budget_sets.setdefault(charged, len(self._budget_sets))
                pieces.append((low, high, row[_SETUP], row[_TEARDOWN], row[_ANTENNAS], number))
                of_piece.append(peak)
        return (
            np.concatenate([columns[~across], np.array(pieces, dtype=np.int32)]),
            np.concatenate([peaks[~across], of_piece]),
        )

    def _charged_to(self, agency: AgencyId, week: int, antennas: Numbers) -> Numbers:
        """The sets of budgets that an agency's contacts in a week are charged to, by their set of antennas."""
        known = self._charged.setdefault((agency, week), np.full(len(self._sets), _UNKNOWN, dtype=np.int32))
        for number in np.unique(antennas[known[antennas] == _UNKNOWN]).tolist():
            charged = self._budgets.charged_in(agency, self._named[number], week)
            known[number] = self._budget_sets.setdefault(charged, len(self._budget_sets))
        charged_numbers: Numbers = known[antennas]
        return charged_numbers

    def options(self) -> Options:
        """The options of all tasks, in order of task."""
        none = (np.zeros((0, 6), dtype=np.int32), np.zeros(0))
        columns = np.concatenate([c for c, _ in chain([none], self._cut)])
        peak_deg = np.concatenate([p for _, p in chain([none], self._cut)])
        counts = [len(p) for _, p in self._cut]
        return Options(
            task=np.repeat(np.array(self._tasks, dtype=np.int32), counts),
            low_s=columns[:, _LOW].copy(),
            high_s=columns[:, _HIGH].copy(),
            setup_s=columns[:, _SETUP].copy(),
            teardown_s=columns[:, _TEARDOWN].copy(),
            peak_deg=peak_deg,
            antennas=columns[:, _ANTENNAS].copy(),
            budgets=columns[:, _BUDGETS].copy(),
            antenna_sets=self._sets,
            budget_sets=tuple(self._budget_sets),
        )


def _together_s(low: NDArray[np.int32], high: NDArray[np.int32]) -> int:
    """The seconds that lie in any of some stretches."""
    total, until = 0, -(2**31)
    for start, end in sorted(zip(low.tolist(), high.tolist(), strict=True)):
        total += max(0, end - max(start, until))
        until = max(until, end)
    return total
