"""The options of all tasks, as columns: a plan can have a million of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.int32]
Numbers = NDArray[np.int32]


class Option(NamedTuple):
    """One window of a task: contact anywhere in [low_s, high_s] on all of these antennas, with setup and teardown."""

    task: int
    antennas: tuple[int, ...]
    low_s: int
    high_s: int
    setup_s: int
    teardown_s: int
    peak_deg: float
    budgets: tuple[int, ...]  # the agreements and weeks that it is charged to


@dataclass(frozen=True, slots=True, eq=False)
class Options(Sequence[Option]):
    """A sequence of options. Sets of antennas and of budgets are numbered, and an option refers to their numbers."""

    task: Numbers
    low_s: Seconds
    high_s: Seconds
    setup_s: Seconds
    teardown_s: Seconds
    peak_deg: NDArray[np.float64]
    antennas: Numbers  # index into `antenna_sets`
    budgets: Numbers  # index into `budget_sets`
    antenna_sets: tuple[tuple[int, ...], ...]
    budget_sets: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.task)

    @overload
    def __getitem__(self, number: int) -> Option: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Option]: ...
    def __getitem__(self, number: int | slice) -> Option | Sequence[Option]:
        if isinstance(number, slice):
            return [self[k] for k in range(*number.indices(len(self)))]
        return Option(
            self.task.item(number),
            self.antenna_sets[self.antennas.item(number)],
            self.low_s.item(number),
            self.high_s.item(number),
            self.setup_s.item(number),
            self.teardown_s.item(number),
            self.peak_deg.item(number),
            self.budget_sets[self.budgets.item(number)],
        )

    def __iter__(self) -> Iterator[Option]:
        return (self[k] for k in range(len(self)))

    def are_same(self, one: range, other: range) -> bool:
        """Whether two tasks with these options have the same windows on the same antennas."""
        a, b = slice(one.start, one.stop), slice(other.start, other.stop)
        return len(one) == len(other) and all(
            np.array_equal(column[a], column[b]) for column in (self.low_s, self.high_s, self.antennas)
        )


def flat(sets: Sequence[Sequence[int]], numbers: Numbers) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The members of numbered sets one after another, and where each begins: one more than there are."""
    sizes = np.array([len(s) for s in sets], dtype=np.int64)
    begins = np.concatenate([[0], np.cumsum(sizes)])
    members = np.array([m for s in sets for m in s], dtype=np.int64)
    counts = sizes[numbers] if len(sizes) else np.zeros(0, dtype=np.int64)
    after = np.concatenate([[0], np.cumsum(counts)])
    within = np.arange(after[-1]) - np.repeat(after[:-1], counts)
    return members[np.repeat(begins[numbers], counts) + within], after
