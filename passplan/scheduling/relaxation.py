"""The relaxed problem of the bound: every family of tasks pays for its time, independently of the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passplan.kernels import demand as kd
from passplan.kernels import timetable as kt
from passplan.kernels.charges import charge
from passplan.kernels.pricing import Demand, Slots
from passplan.scheduling.occupancy import Occupancy
from passplan.scheduling.problem import Problem
from passplan.scheduling.tables import Tables

Floats = NDArray[np.float64]

GRID_S = 30
_LONG_GRID_S = 900
_MANY_PLACES, _COARSER = 3_000_000, 4  # with more places the slots are so much longer
_BLOCK = 32  # slots for which one number says how far their prices fell
_CELL_S = 600  # of the starts of a chain's contact that count as one


@dataclass(frozen=True, slots=True)
class Use:
    """The demand of all families at some prices."""

    gain: float  # of all families, at most
    slots: Floats  # of each slot and budget, smoothed
    seconds: Floats  # that each agency would get


class Relaxation:
    """The relaxed problem's slots, capacities and demands."""

    def __init__(self, problem: Problem, tables: Tables) -> None:
        self._problem = problem
        value = tables.tasks.value.copy()
        value[:, kt.FIXED] = [t.fixed_value for t in problem.tasks]  # without the urgency of emergencies
        self.tasks = tables.tasks._replace(value=value)
        self.rows = tables.rows
        long = all(t.is_long for t in problem.tasks if t.options)
        options = tables.tasks.options
        self.pieces = _pieces(problem, tables)
        self.grid_s = _LONG_GRID_S if long else GRID_S * (1 if self._places(GRID_S) <= _MANY_PLACES else _COARSER)
        margin = int((options[:, kt.SETUP] + options[:, kt.TEARDOWN]).max(initial=0))
        low = int(self.pieces[:, 0].min(initial=0)) - margin
        high = int(self.pieces[:, 1].max(initial=1)) + margin
        self.start_s = low // self.grid_s * self.grid_s - self.grid_s
        self.width = -(-(high - self.start_s) // self.grid_s) + 3
        capacity = np.ones((tables.rows, self.width))
        capacity[tables.first_channel] = np.array(problem.capacity, dtype=np.float64)[:, None]
        budgets = np.array(problem.budgets_s, dtype=np.float64) / self.grid_s
        self.capacity = np.concatenate([capacity.ravel(), budgets])
        self.units = _units(problem, tables, self.pieces)
        self._prices = np.zeros(len(self.capacity))  # of the last call of `demand`
        self._bonus = np.zeros(len(problem.agencies))

    @property
    def size(self) -> int:
        """The number of contacts that a round evaluates, about."""
        return self._places(self.grid_s)

    def _places(self, grid_s: int) -> int:
        lengths = self.pieces[:, 1].astype(np.int64) - self.pieces[:, 0]
        return int((lengths // grid_s + 2).sum())

    def demand(self, prices: Floats, bonus: Floats, *, temperature: float, step: float, seed: int) -> Use:
        """The demand when slots cost `prices` and the value of a second is `bonus` higher, by agency."""
        slots = self.rows_of(prices)
        cells = self.rows * self.width
        demand = Demand(
            np.zeros(cells), np.zeros(cells), np.zeros(len(prices) - cells), np.zeros(len(self._problem.agencies))
        )
        gain = kd.gain_of_all(
            self.tasks, slots, self.units, self._falls(prices, bonus), bonus, demand, temperature, step, seed
        )
        used = np.cumsum(demand.change.reshape(self.rows, self.width), axis=1).ravel() + demand.partial
        return Use(gain, np.concatenate([used, demand.spent]), demand.seconds)

    def _falls(self, prices: Floats, bonus: Floats) -> kd.Falls:
        """How far prices fell since the last call."""
        fell = np.maximum(0.0, self._prices - prices)
        rose = np.maximum(0.0, bonus - self._bonus)
        self._prices, self._bonus = prices.copy(), bonus.copy()
        cells, blocks = self.rows * self.width, -(-self.width // _BLOCK)
        rows = np.zeros((self.rows, blocks * _BLOCK))
        rows[:, : self.width] = fell[:cells].reshape(self.rows, self.width)
        return kd.Falls(_BLOCK, rows.reshape(self.rows, blocks, _BLOCK).max(axis=2).ravel(), fell[cells:], rose)

    def charges(self, prices: Floats, bonus: Floats, multiplier: Floats, value: Floats) -> tuple[Floats, Floats]:
        """The value of a contact of each piece less its charge: a constant, and a slope times its seconds."""
        units = self.units._replace(multiplier=multiplier, value=value)
        worth, slope = np.zeros(len(units.pieces)), np.zeros(len(units.pieces))
        charge(self.tasks, self.rows_of(prices), units, bonus, worth, slope)
        return worth, slope

    def rows_of(self, prices: Floats) -> Slots:
        """The prices as the kernels take them."""
        rows = prices[: self.rows * self.width].reshape(self.rows, self.width)
        until = np.zeros_like(rows)
        np.cumsum(rows[:, :-1], axis=1, out=until[:, 1:])
        return Slots(self.start_s, self.grid_s, self.width, prices, until.ravel())


def _pieces(problem: Problem, tables: Tables) -> NDArray[np.int32]:
    """The free time of each option beside held contacts: from, to, and the option."""
    options = tables.tasks.options
    count = len(options)
    pieces = np.column_stack([options[:, kt.LOW], options[:, kt.HIGH], np.arange(count, dtype=np.int32)])
    if not problem.held:
        return pieces.astype(np.int32)
    occupancy = Occupancy(problem)
    held: list[tuple[int, int, int]] = []
    for task in problem.tasks:
        for number in task.options:
            pieces_of = occupancy.free(problem.options[number])
            held += [(low, high, number) for low, high in pieces_of if high - low >= task.min_part_s]
    return np.array(held, dtype=np.int32).reshape(-1, 3)


def _units(problem: Problem, tables: Tables, pieces: NDArray[np.int32]) -> kd.Units:
    of_task = tables.tasks.options[pieces[:, 2], kt.TASK] if len(pieces) else np.zeros(0, dtype=np.int32)
    begins = np.searchsorted(of_task, np.arange(len(problem.tasks) + 1)).tolist()
    units: list[tuple[int, ...]] = []
    listed: list[NDArray[np.int32]] = []
    stages: list[tuple[int, int, int]] = []  # of so many pieces: number and size
    total = 0

    def add(kind: int, parts: list[tuple[int, int]], most: int, spacing: int, gap: int) -> int:
        """Add a unit of tasks, one for each stage, with the sizes of the stages."""
        nonlocal total
        first = total
        for stage, (task, size) in enumerate(parts):
            of_stage = pieces[begins[task] : begins[task + 1]]
            if kind == kd.CHAINED:
                of_stage = _cells(of_stage, problem.tasks[task].least_s, problem.tasks[task].wanted_s)
            if kind == kd.SPLIT:
                of_stage = np.repeat(of_stage, _parts_in(of_stage, problem.tasks[task].split_part_s, most), axis=0)
            listed.append(of_stage)
            stages.append((len(of_stage), stage, size))
            total += len(of_stage)
        units.append((kind, first, total, most, spacing, gap))
        return len(units) - 1

    unit_of: dict[int, int] = {}  # by task
    for chain in problem.chains:
        sizes = _stages(problem, chain.tasks)
        gap = -1 if chain.max_gap_s is None else chain.max_gap_s
        unit = add(kd.CHAINED, sizes, max(size for _, size in sizes), chain.min_spacing_s, gap)
        unit_of |= dict.fromkeys(chain.tasks, unit)
    for task in problem.tasks:
        if task.index not in unit_of:
            kind = kd.SPLIT if task.max_parts > 1 else kd.PLAIN
            unit_of[task.index] = add(kind, [(task.index, 1)], task.max_parts, 0, -1)
    grouped: dict[int, int] = {}
    families: list[list[int]] = []
    kinds: list[int] = []
    for group in problem.groups:
        families.append([unit_of[member[0]] for member in group.members if member])
        is_possible = group.one_of or all(group.members)
        kinds.append((kd.ONE if group.one_of else kd.ALL) if is_possible else kd.NONE)
        grouped |= dict.fromkeys(families[-1], 1)
    for unit in range(len(units)):
        if unit not in grouped:
            families.append([unit])
            kinds.append(kd.ALONE)
    return _in_order(units, families, kinds, listed, stages, tables)


def _in_order(
    units: list[tuple[int, ...]],
    families: list[list[int]],
    kinds: list[int],
    listed: list[NDArray[np.int32]],
    stages: list[tuple[int, int, int]],
    tables: Tables,
) -> kd.Units:
    """The units in order of family."""
    order = [u for family in families for u in family]
    after = np.cumsum([len(f) for f in families], dtype=np.int64)
    rows = np.column_stack([after - [len(f) for f in families], after, kinds]) if families else np.zeros((0, 3))
    together = np.concatenate([np.zeros((0, 3), dtype=np.int32), *listed]).astype(np.int32)
    counts = [s[0] for s in stages]
    return kd.Units(
        units=np.array([units[u] for u in order], dtype=np.int64).reshape(-1, 6),
        families=rows.astype(np.int64).reshape(-1, 3),
        pieces=together,
        piece_task=tables.tasks.options[together[:, 2], kt.TASK],
        stage=np.repeat(np.array([s[1] for s in stages], dtype=np.int32), counts),
        stage_most=np.repeat(np.array([s[2] for s in stages], dtype=np.int32), counts),
        multiplier=np.zeros(len(units)),
        value=np.zeros(len(units)),
        upper=np.full(len(together), np.inf),
    )


def _stages(problem: Problem, tasks: tuple[int, ...]) -> list[tuple[int, int]]:
    """The first task of each stage of a chain, and how many tasks it has: those with the same windows."""
    stages: list[tuple[int, int]] = []
    windows = range(0)
    for task in tasks:
        now = problem.tasks[task].options
        if stages and problem.options.are_same(now, windows):
            stages[-1] = (stages[-1][0], stages[-1][1] + 1)
        else:
            stages.append((task, 1))
        windows = now
    return stages


def _cells(pieces: NDArray[np.int32], least_s: int, wanted_s: int) -> NDArray[np.int32]:
    """Pieces cut so that the starts of a contact in each lie near together, in order of time."""
    low, last = pieces[:, 0].astype(np.int64), pieces[:, 1].astype(np.int64) - least_s
    counts = np.maximum(1, -(-(last - low) // _CELL_S))
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    room, each = np.repeat(last - low, counts), np.repeat(counts, counts)
    start = np.repeat(low, counts) + room * within // each
    until = np.repeat(low, counts) + room * (within + 1) // each
    end = np.minimum(until + wanted_s, np.repeat(pieces[:, 1], counts))
    cells = np.column_stack([start, end, np.repeat(pieces[:, 2], counts)]).astype(np.int32)
    return cells[np.argsort(cells[:, 0], kind="stable")]


def _parts_in(pieces: NDArray[np.int32], part_s: int, most: int) -> NDArray[np.int64]:
    """How many parts of a split contact each piece can have."""
    lengths = pieces[:, 1].astype(np.int64) - pieces[:, 0]
    parts: NDArray[np.int64] = np.clip(lengths // max(1, part_s), 1, most)
    return parts
