"""Days of contact requests with one difficulty each, planned: value, bound, gap, served, time and memory.

The stations, their owners and agreements are those of `iss_days`; satellites beside the ISS have random inclinations
from 40 to 98 degrees and heights from 380 to 800 km. Cases:

    even        requests of one fixed length inside 2 to 24 hours
    splits      30 % of them take 500 to 1,200 s in three parts of 150 s at least
    chains      25 % of them are repeated five times, 3.5 to 5.5 hours apart
    groups      40 % of them are in groups of about three, one of which or all of which are served
    arrays      30 % of them need two antennas at once
    clustered   80 % of them are critical
    hog         one agency asks for 70 % of all
    same_three  everybody wants the same three passes
    setup       ten minutes of setup, two of teardown
    short       contacts of 10 to 50 s
    mix         8 % splits, 6 % chains, 8 % groups, 5 % arrays, and elastic lengths

Each case runs in a process of its own, so that its memory is its own.

    python -m tests.benchmarks.planning_cases --cases splits chains --requests 200 --effort normal --seeds 1 2 3
    python -m tests.benchmarks.planning_cases --cases mix --requests 2000 --satellites 5 --effort quick
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from passplan.domain.network import Antenna, AntennaRef, Link, Satellite
from passplan.domain.requests import ContactRequest, Priority, Repetition, RequestBook, RequestGroup, Split
from passplan.domain.schedule import PlanInputs
from passplan.domain.span import Span
from passplan.domain.windows import ContactWindow, WindowSearch
from tests.benchmarks.iss_days import AGENCIES, START, Orbit, iss_day, passes_of

DAY_S = 86_400
SHARES = (30, 25, 20, 15, 10)
HOG_SHARES = (70, 10, 8, 7, 5)


@dataclass(frozen=True, slots=True)
class Seen:
    """A pass of a satellite over antennas: one, or two that see it at once."""

    satellite: int
    antennas: tuple[AntennaRef, ...]
    aos_s: int
    los_s: int
    peak_deg: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """A request as it is drawn, before its windows are known."""

    request: ContactRequest
    needs_array: bool = False


Change = Callable[[random.Random, Drawn, list[RequestGroup]], Drawn]


def split(rng: random.Random, drawn: Drawn, _groups: list[RequestGroup]) -> Drawn:
    least, wanted = rng.choice((500.0, 700.0)), rng.choice((800.0, 1200.0))
    request = replace(
        drawn.request, min_s=least, wanted_s=wanted, split=Split(max_parts=3, min_part_s=150.0), span=whole()
    )
    return replace(drawn, request=request)


def chain(_rng: random.Random, drawn: Drawn, _groups: list[RequestGroup]) -> Drawn:
    repetition = Repetition(times=5, period="day", min_spacing_s=3.5 * 3_600.0, max_gap_s=5.5 * 3_600.0)
    return replace(drawn, request=replace(drawn.request, repetition=repetition, span=whole()))


def grouped(rng: random.Random, drawn: Drawn, groups: list[RequestGroup]) -> Drawn:
    if not groups or rng.random() < 0.35:
        groups.append(RequestGroup(id=f"g{len(groups)}", kind=rng.choice(("one_of", "all_of"))))
    return replace(drawn, request=replace(drawn.request, group=groups[-1].id))


def array(_rng: random.Random, drawn: Drawn, _groups: list[RequestGroup]) -> Drawn:
    return replace(drawn, needs_array=True)


def elastic(rng: random.Random, drawn: Drawn, _groups: list[RequestGroup]) -> Drawn:
    longer = drawn.request.wanted_s + rng.choice((0.0, 0.0, 60.0, 120.0))
    return replace(drawn, request=replace(drawn.request, wanted_s=longer))


def critical(rng: random.Random, drawn: Drawn, _groups: list[RequestGroup]) -> Drawn:
    priority = Priority.CRITICAL if rng.random() < 0.8 else Priority.ROUTINE
    return replace(drawn, request=replace(drawn.request, priority=priority))


# By case: changes with the share of the requests that they change; the first that is drawn counts.
CASES: dict[str, tuple[tuple[float, Change], ...]] = {
    "even": (),
    "splits": ((0.30, split),),
    "chains": ((0.25, chain),),
    "groups": ((0.40, grouped),),
    "arrays": ((0.30, array),),
    "clustered": ((1.0, critical),),
    "hog": (),
    "same_three": (),
    "setup": (),
    "short": (),
    "mix": ((0.08, split), (0.06, chain), (0.08, grouped), (0.05, array), (1.0, elastic)),
}


def whole() -> Span:
    return Span(START, START + timedelta(seconds=DAY_S))


def planning_case(
    case: str, *, requests: int = 200, stations: int = 40, satellites: int = 1, seed: int = 1
) -> PlanInputs:
    """The inputs of a plan of one day."""
    rng = random.Random(seed * 1_009 + 17)
    base = iss_day(requests=0, stations=stations, seed=seed)
    setup_s, teardown_s = (600.0, 120.0) if case == "setup" else (90.0, 30.0)
    network = replace(
        base.network,
        stations=tuple(
            replace(s, antennas=(Antenna(id="a", bands=("S",), setup_s=setup_s, teardown_s=teardown_s),))
            for s in base.network.stations
        ),
        satellites=tuple(
            Satellite(id=f"X{k}", catalog_number=k + 1, links=(Link(id="up", direction="both", band="S"),))
            for k in range(satellites)
        ),
    )
    seen = _passes(stations, satellites, seed, rng)
    favourites = [s for s in seen if s.satellite == 0 and s.peak_deg > 40.0][5:8]
    groups: list[RequestGroup] = []
    asked: list[ContactRequest] = []
    windows: list[ContactWindow] = []
    while len(asked) < requests:
        drawn = _drawn(case, rng, len(asked), favourites, satellites)
        for share, change in CASES[case]:
            if rng.random() < share:
                drawn = change(rng, drawn, groups)
                break
        request = drawn.request
        usable = [
            s
            for s in (favourites if case == "same_three" else seen)
            if f"X{s.satellite}" == request.satellite
            and all(
                network.owner(a) in ("", request.agency) or network.agreement(request.agency, a.station)
                for a in s.antennas
            )
        ]
        shortest_s = request.split.min_part_s if request.split else request.min_s
        if drawn.needs_array:
            pairs = _pairs(usable, request.min_s)
            if pairs:
                usable = pairs
                request = replace(request, arrays=tuple(sorted({p.antennas for p in pairs})))
        mine = [w for s in usable if (w := _window(request, s, setup_s, teardown_s, shortest_s)) is not None]
        if mine or case != "same_three":
            asked.append(request)
            windows += mine
    return replace(
        base,
        network=network,
        book=RequestBook(requests=tuple(asked), groups=tuple(groups)),
        search=WindowSearch(windows=tuple(windows)),
        seed=1,
    )


def _passes(stations: int, satellites: int, seed: int, rng: random.Random) -> list[Seen]:
    found = []
    for number in range(satellites):
        orbit = Orbit()
        if number > 0:
            orbit = Orbit(
                rng.uniform(40.0, 98.0), rng.uniform(380.0, 800.0), rng.uniform(0.0, 6.28), rng.uniform(0, 6.28)
            )
        for station, aos_s, los_s, peak_deg in passes_of(stations, 1, seed, orbit):
            found.append(Seen(number, (AntennaRef(f"S{station:02}", "a"),), aos_s, los_s, peak_deg))
    return sorted(found, key=lambda s: (s.aos_s, s.antennas))


def _drawn(case: str, rng: random.Random, number: int, favourites: list[Seen], satellites: int) -> Drawn:
    """A request for one contact of a fixed length."""
    length_s = rng.choice((10, 15, 22, 37, 49) if case == "short" else (45, 61, 97, 130, 177, 240, 301))
    low_s = int(rng.uniform(0, DAY_S - 4 * 3_600))
    high_s = min(DAY_S, low_s + rng.choice((2, 4, 8, 24)) * 3_600)
    if case == "same_three":
        low_s, high_s = favourites[0].aos_s - 600, max(f.los_s for f in favourites) + 600
    return Drawn(
        ContactRequest(
            id=f"R{number:05}",
            agency=rng.choices(AGENCIES, HOG_SHARES if case == "hog" else SHARES)[0],
            satellite=f"X{0 if case == 'same_three' else rng.randrange(satellites)}",
            link="up",
            span=Span(START + timedelta(seconds=low_s), START + timedelta(seconds=high_s)),
            min_s=float(length_s),
            wanted_s=float(length_s),
            priority=rng.choices((Priority.CRITICAL, Priority.HIGH, Priority.ROUTINE), (5, 25, 70))[0],
            weight=rng.choice((0.5, 1.0, 1.0, 2.0)),
        )
    )


def _pairs(usable: list[Seen], least_s: float) -> list[Seen]:
    """Passes over two antennas at once, of passes that begin near each other; at most 60."""
    pairs = []
    for k, one in enumerate(usable):
        for other in usable[k + 1 : k + 12]:
            low_s, high_s = max(one.aos_s, other.aos_s), min(one.los_s, other.los_s)
            if one.antennas != other.antennas and high_s - low_s >= least_s:
                antennas = tuple(sorted(one.antennas + other.antennas))
                pairs.append(Seen(one.satellite, antennas, low_s, high_s, min(one.peak_deg, other.peak_deg)))
    return pairs[:60]


def _window(
    request: ContactRequest, seen: Seen, setup_s: float, teardown_s: float, shortest_s: float
) -> ContactWindow | None:
    start = max(START + timedelta(seconds=seen.aos_s), request.span.start)
    end = min(START + timedelta(seconds=seen.los_s), request.span.end)
    if (end - start).total_seconds() < shortest_s:
        return None
    return ContactWindow(
        request=request.id,
        satellite=request.satellite,
        link=request.link,
        antennas=seen.antennas,
        span=Span(start, end),
        setup_s=setup_s,
        teardown_s=teardown_s,
        peak_elevation_deg=seen.peak_deg,
        timing_68_s=0.0,
    )


def main() -> None:
    """Plan cases, check them, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--stations", type=int, default=40)
    parser.add_argument("--satellites", type=int, default=1)
    parser.add_argument("--effort", default="quick")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.alone:
        run(given.cases[0], given.requests, given.stations, given.satellites, given.effort, given.seeds[0])
        return
    print(
        f"{'case':11} requests  seed  priority   penalty     bound   gap %      served   CPU s   MiB  (of the inputs)"
    )
    for case in given.cases:
        for seed in given.seeds:
            same = ["--requests", given.requests, "--stations", given.stations, "--satellites", given.satellites]
            own = ["--alone", "--cases", case, "--seeds", seed, "--effort", given.effort]
            command = [sys.executable, "-m", "tests.benchmarks.planning_cases", *map(str, same + own)]
            subprocess.run(command, check=True)


def run(case: str, requests: int, stations: int, satellites: int, effort: str, seed: int) -> None:
    """Plan one case in this process."""
    from passplan.scheduling.check import check
    from passplan.scheduling.planner import plan

    plan(replace(planning_case("mix", requests=40, stations=10), effort="quick"))  # compiles the kernels, if need be
    inputs = replace(
        planning_case(case, requests=requests, stations=stations, satellites=satellites, seed=seed), effort=effort
    )
    before_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    begun = time.process_time()
    schedule = plan(inputs)
    cpu_s = time.process_time() - begun
    most_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    broken = check(schedule, inputs.book, inputs.network, inputs.search.windows)
    asked = sum(a.requests_asked for a in schedule.fairness.agencies)
    served = sum(a.requests_served for a in schedule.fairness.agencies)
    print(
        f"{case:11} {requests:8}  {seed:4}"
        f"  {schedule.priority_value:8.1f}  {schedule.fairness.penalty:8.1f}"
        f"  {schedule.bound:8.1f}  {100 * schedule.gap:6.2f}"
        f"  {served:4} of {asked:4}  {cpu_s:6.2f}  {most_mib:4}  ({before_mib})" + ("  BREAKS RULES" if broken else ""),
        flush=True,
    )


if __name__ == "__main__":
    main()
