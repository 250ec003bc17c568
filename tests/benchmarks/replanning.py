"""How soon, and with how few moves, a day is planned again: after an emergency request, and after a lost station.

    python -m tests.benchmarks.replanning --seeds 1 2 3

The day is one of `iss_days`, planned at effort quick; what starts in its first three hours is held.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from datetime import timedelta

from passplan.domain.requests import Priority, RequestBook
from passplan.domain.schedule import PlanInputs, Schedule, held_as_of
from passplan.domain.windows import WindowSearch
from passplan.scheduling.check import check
from passplan.scheduling.planner import plan
from tests.benchmarks.iss_days import START, iss_day

FREEZE = timedelta(hours=3)


def again(inputs: PlanInputs, before: Schedule) -> PlanInputs:
    """The inputs of a second plan, which holds what is frozen of the first and keeps the rest where it can."""
    held = held_as_of(before.assignments, START + FREEZE)
    return replace(inputs, held=held, previous=tuple(a for a in before.assignments if a not in held))


def with_emergency(inputs: PlanInputs) -> PlanInputs:
    """One request more, of the first agency, for any of its windows in the afternoon."""
    pattern = next(r for r in inputs.book.requests if r.agency == "NASA")
    noon = START + timedelta(hours=12)
    urgent = replace(
        pattern,
        id="SOS",
        priority=Priority.EMERGENCY,
        min_s=180.0,
        wanted_s=180.0,
        span=replace(inputs.span, start=noon),
    )
    seen = {(w.antennas, w.span): w for w in inputs.search.windows if w.span.start >= noon}
    own = {s.id for s in inputs.network.stations if s.agency == "NASA"}
    windows = [
        replace(w, request="SOS") for w in seen.values() if w.antennas[0].station in own and w.span.duration_s >= 180.0
    ]
    return replace(
        inputs,
        book=RequestBook(requests=(*inputs.book.requests, urgent)),
        search=WindowSearch(windows=(*inputs.search.windows, *windows)),
    )


def without_station(inputs: PlanInputs, before: Schedule) -> PlanInputs:
    """The station that has most contacts after the freeze is lost."""
    later = [a.antennas[0] for a in before.assignments if a.occupies.start >= START + FREEZE]
    lost = max(sorted(set(later)), key=later.count)
    return replace(
        inputs, search=WindowSearch(windows=tuple(w for w in inputs.search.windows if lost not in w.antennas))
    )


def main() -> None:
    """Plan, plan again, and print what moved."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    given = parser.parse_args()
    for seed in given.seeds:
        day = replace(iss_day(seed=seed), effort="quick")
        before = plan(day)
        for what, changed in (("emergency", with_emergency(day)), ("lost station", without_station(day, before))):
            inputs = again(changed, before)
            begun = time.perf_counter()
            after = plan(inputs)
            took_s = time.perf_counter() - begun
            broken = check(after, inputs.book, inputs.network, inputs.search.windows, held=inputs.held)
            assert not broken, broken[0]
            moved = sum(m.after is not None for m in after.moves)
            print(
                f"seed {seed}, {what}: {took_s:.2f} s, {len(inputs.held)} held, "
                f"{moved} of {len(inputs.previous)} moved, {len(after.moves) - moved} gone; "
                f"served {len(before.assignments)} before, {len(after.assignments)} now",
                flush=True,
            )


if __name__ == "__main__":
    main()
