"""Annealing again and again until everything fits."""

from __future__ import annotations

from passplan.domain.schedule import PlanInputs
from passplan.scheduling.annealing import Annealer
from passplan.scheduling.building import build
from passplan.scheduling.greedy import greedy
from passplan.scheduling.problem import Place, Problem, Solution
from passplan.scheduling.timetables import Timetables
from tests.planning import contact, inputs, request, window

PASSES = 10
LENGTHS_S = (300.0, 240.0, 300.0, 360.0, *[300.0] * (2 * PASSES - 4))  # two fill each pass of ten minutes


def _fit_all(problem: Problem, solution: Solution, *, moves: int) -> Solution:
    return Annealer(Timetables(problem)).fit_all(solution, moves=moves, seed=1)


def _day(*more_s: float) -> PlanInputs:
    lengths = dict(enumerate((*LENGTHS_S, *more_s)))
    return inputs(
        [request(f"r{k:02}", length_s) for k, length_s in lengths.items()],
        [window(f"r{k:02}", 30.0 * n, 30.0 * n + 10.0) for k in lengths for n in range(PASSES)],
    )


def _solution(problem: Problem, *first: tuple[int, ...]) -> Solution:
    """The first two passes as said, every other full."""
    found: Solution = {}
    for pass_, tasks in enumerate([*first, *[(2 * k, 2 * k + 1) for k in range(2, PASSES)]]):
        start = 1_800 * pass_
        for task in tasks:
            option = next(o for o in problem.tasks[task].options if problem.options[o].low_s == 1_800 * pass_)
            found[task] = (Place(option, start, start + problem.tasks[task].least_s),)
            start += problem.tasks[task].least_s
    return found


def test_everything_is_fitted_in_edge_to_edge() -> None:
    problem = build(_day())
    spoiled = _solution(problem, (0, 1), (2,))
    assert set(greedy(Timetables(problem), spoiled)) == set(range(20)) - {3}  # it does not just fall into place
    fitted = _fit_all(problem, spoiled, moves=20 * 60_000)
    assert set(fitted) == set(range(20))
    for pass_ in range(PASSES):
        inside = [p for places in fitted.values() for p in places if p.start_s // 1_800 == pass_]
        assert sum(p.end_s - p.start_s for p in inside) == 600


def test_where_not_all_fit_it_is_left_as_it_was() -> None:
    problem = build(_day(300.0))
    packed = _solution(problem, (0, 2), (1, 3))
    assert _fit_all(problem, packed, moves=20 * 9_000) == packed


def test_where_many_wait_nothing_is_tried() -> None:
    problem = build(_day())
    half_empty = _solution(problem, (0,), (2,))
    assert _fit_all(problem, half_empty, moves=20 * 60_000) is half_empty


def test_held_contacts_and_placed_ones_share_the_channels_of_a_link_without_overlap() -> None:
    # On the first free channel each, the held ones would leave the placed one none: it overlaps the second and third.
    held = [contact("x", 15, 22), contact("y", 20, 30, "gds/a"), contact("z", 40, 50)]
    problem = build(
        inputs([request("r", 21 * 60.0)], [window("r", 24, 45, "krn/a")], held=held, capacity=2),
    )
    table = Timetables(problem).of({0: (Place(0, 24 * 60, 45 * 60),)})
    for first, used in zip(table.first, table.used, strict=True):
        events = table.events[first : first + used]
        assert (events[1:, 0] >= events[:-1, 1]).all()
    assert 2 * 4 == table.used.sum()  # each has a channel and an antenna


def test_a_contact_that_fits_when_another_changes_its_channel_is_added() -> None:
    asked = [request(name, 600.0) for name in ("x", "y", "z", "r")]
    seen = [window("x", 0, 10, "wlp/a"), window("y", 5, 15, "gds/a"), window("z", 20, 30, "ham/a")]
    problem = build(
        inputs(
            [*asked, request("q", 900.0)],
            [*seen, window("r", 12, 22, "krn/a"), window("q", 5, 20, "mas/a")],
            capacity=2,
        )
    )
    placed: Solution = {
        t.index: (Place(t.options[0], problem.options[t.options[0]].low_s, problem.options[t.options[0]].high_s),)
        for t in problem.tasks
        if problem.requests[t.request].id in "xyz"
    }
    added = set(greedy(Timetables(problem), placed)) - set(placed)

    assert ["r"] == [problem.requests[problem.tasks[t].request].id for t in added]
