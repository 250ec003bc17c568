"""From a problem to the annealing kernel's slots and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from passplan.kernels import anneal as kernel
from passplan.scheduling.problem import Place, Problem, Solution, Task

SLOT_S = 10
_COLD = 0.04  # of the median value of a task
_FEW_WAIT = 0.05  # of all tasks
_MOVES_A_ROUND = 3_000  # for each task
_HEAVIER, _COLDER = 1.5, 0.01


def fit_all(
    problem: Problem, solution: Solution, *, moves: int, seed: int, report: Callable[[float], None] = lambda _: None
) -> Solution:
    """A schedule of all tasks where few wait, by annealing again and again; as it was where they do not fit.

    All count alike at first, and whoever waits after a round counts half as much again in the next, until the tasks
    that are hard to place outweigh all that are easy to move (weights as in Morris 1993, "The Breakout Method For
    Escaping From Local Minima").
    """
    usable = [t.index for t in _movable(problem)]
    even = replace(problem, policy=replace(problem.policy, unserved_weight=0.0, worst_weight=0.0))
    weights = dict.fromkeys(usable, 1.0)
    found = solution
    waiting = [t for t in usable if t not in found]
    if not waiting or len(waiting) > _FEW_WAIT * len(usable):
        return solution
    each = _MOVES_A_ROUND * len(usable)
    rounds = moves // each
    for number in range(rounds):
        report(number / rounds)
        for task in waiting:
            weights[task] *= _HEAVIER
        tasks = tuple(replace(t, base=weights.get(t.index, 0.0), rate=0.0) for t in problem.tasks)
        found = anneal(replace(even, tasks=tasks), found, moves=each, seed=seed + number, cold=_COLDER)
        waiting = [t for t in usable if t not in found]
        if not waiting:
            return found
    return solution


def _movable(problem: Problem) -> list[Task]:
    """The tasks that the kernel knows how to move."""
    return [
        t
        for t in problem.tasks
        if t.options
        and not t.is_long
        and t.index not in problem.chains_of
        and t.index not in problem.groups_of
        and all(len(problem.options[o].budgets) < 2 for o in t.options)
    ]


def anneal(problem: Problem, solution: Solution, *, moves: int, seed: int, cold: float = _COLD) -> Solution:
    """A better schedule of the short tasks that are bound to no others; the rest stays as it is.

    Args:
        problem: what is asked.
        solution: where to start.
        moves: how many to try.
        seed: of the random numbers.
        cold: the last temperature, as a share of the median value of a task.
    """
    movable = _movable(problem)
    if not movable or moves <= 0:
        return solution
    margin = max((o.setup + o.teardown for o in problem.options), default=0) + SLOT_S
    start = min(o.low for o in problem.options) - margin
    width = -(-(max(o.high for o in problem.options) + margin - start) // SLOT_S) + 1
    channels = np.concatenate([[0], np.cumsum(problem.capacity)]).astype(np.int64)
    antenna_row = int(channels[-1])
    owner = np.full((antenna_row + len(problem.antennas), width), kernel.FREE, dtype=np.int64)

    def down(second: int) -> int:
        return (second - start) // SLOT_S

    def up(second: int) -> int:
        return -((start - second) // SLOT_S)

    tasks = np.zeros((len(movable), 7), dtype=np.int64)
    worth = np.zeros((len(movable), 2))
    options: list[tuple[int, ...]] = []
    numbers: list[int] = []
    antennas: list[int] = []
    for row, task in zip(tasks, movable, strict=True):
        row[:5] = (
            task.agency,
            -(-task.least // SLOT_S),
            max(-(-task.least // SLOT_S), task.wanted // SLOT_S),
            channels[task.link],
            problem.capacity[task.link],
        )
        row[kernel.FIRST_OPTION] = len(options)
        for number in task.options:
            option = problem.options[number]
            first = len(antennas)
            antennas += [antenna_row + a for a in option.antennas]
            setup, teardown = -(-option.setup // SLOT_S), -(-option.teardown // SLOT_S)
            options.append(
                (
                    up(option.low),
                    down(option.high),
                    setup,
                    teardown,
                    first,
                    len(antennas),
                    next(iter(option.budgets), -1),
                )
            )
            numbers.append(number)
        row[kernel.AFTER_OPTIONS] = len(options)
    for k, task in enumerate(movable):
        urgent = problem.urgency if task.emergency else 0.0
        worth[k] = task.base + urgent, task.rate * SLOT_S

    budgets = np.array([b // SLOT_S for b in problem.budgets] or [0], dtype=np.int64)
    given = problem.seconds_of({t: p for t, p in solution.items() if t not in {m.index for m in movable}})
    place_of = {n: k for k, n in enumerate(numbers)}
    state = np.full((len(movable), 4), -1, dtype=np.int64)

    def free_channel(link: int, low: int, high: int) -> int:
        rows = range(channels[link], channels[link + 1])
        return next((r for r in rows if (owner[r, low:high] == kernel.FREE).all()), -1)

    def take(link: int, taken: tuple[int, ...], occupied: tuple[int, int], contact: tuple[int, int], who: int) -> int:
        channel = free_channel(link, *contact)
        if who == kernel.TAKEN and channel < 0:  # contacts that follow each other within a slot
            rows = range(channels[link], channels[link + 1])
            channel = min(rows, key=lambda r: int((owner[r, contact[0] : contact[1]] != kernel.FREE).sum()))
        if channel >= 0:
            owner[channel, contact[0] : contact[1]] = who
        for antenna in taken:
            owner[antenna_row + antenna, occupied[0] : occupied[1]] = who
        return channel

    for antenna, held in problem.held_antennas.items():
        for low, high in held:
            owner[antenna_row + antenna, max(0, down(low)) : max(0, up(high))] = kernel.TAKEN
    for link, held in problem.held_links.items():
        for low, high in held:
            take(link, (), (0, 0), (max(0, down(low)), max(0, up(high))), kernel.TAKEN)
    number_of = {t.index: k for k, t in enumerate(movable)}
    for index, places in sorted(solution.items(), key=lambda item: item[0] in number_of):
        for place in places:
            option = problem.options[place.option]
            low, high = down(place.start), up(place.end)
            if index in number_of:  # on the grid; what does not fit there is left out and comes back
                low = min(max(low, options[place_of[place.option]][0]), options[place_of[place.option]][1])
                high = low + min(int(tasks[number_of[index], kernel.WANTED]), options[place_of[place.option]][1] - low)
                if high - low < tasks[number_of[index], kernel.LEAST]:
                    continue
            occupied = low - -(-option.setup // SLOT_S), high - (-option.teardown // SLOT_S)
            if index not in number_of:
                take(problem.tasks[index].link, option.antennas, occupied, (low, high), kernel.TAKEN)
                for budget in option.budgets:
                    budgets[budget] -= high - low
                continue
            rows = [owner[antenna_row + a, occupied[0] : occupied[1]] for a in option.antennas]
            channel = free_channel(problem.tasks[index].link, low, high)
            afford = all(budgets[b] >= high - low for b in option.budgets)
            if channel < 0 or not afford or not all((r == kernel.FREE).all() for r in rows):
                continue
            k = number_of[index]
            take(problem.tasks[index].link, option.antennas, occupied, (low, high), k)
            state[k] = place_of[place.option], low, high, channel
            for budget in option.budgets:
                budgets[budget] -= high - low
            given[problem.tasks[index].agency] += (high - low) * SLOT_S
    unserved = np.array(problem.unserved(given))
    share = np.array([SLOT_S / a if a else 0.0 for a in problem.asked])
    usual = float(np.median([t.worth for t in movable]))
    kernel.anneal(
        tasks,
        worth,
        np.array(options, dtype=np.int64),
        np.array(antennas, dtype=np.int64),
        state,
        owner,
        budgets,
        unserved,
        share,
        problem.mean * problem.policy.unserved_weight,
        problem.mean * problem.policy.worst_weight,
        usual,
        cold * usual,
        moves,
        seed,
    )
    found = {t: p for t, p in solution.items() if t not in number_of}
    for k, task in enumerate(movable):
        if state[k, kernel.OPTION] >= 0:
            low, high = (start + int(s) * SLOT_S for s in state[k, kernel.START : kernel.END + 1])
            found[task.index] = (Place(numbers[int(state[k, kernel.OPTION])], low, min(high, low + task.wanted)),)
    return {t: found[t] for t in sorted(found)}
