"""Days of contact requests for one spacecraft, as they might come: a generator with a stated distribution.

A circular orbit of 51.64 degrees and 92.9 minutes over stations at random places between 56 degrees south and 62 north,
a floor of 5 degrees, passes of 120 s and more. Five agencies own the stations; each may use the stations of each
other agency with a chance of a half. Requests come in shares of 35, 25, 20, 12 and 8 percent; 60, 120, 180, 240 or
300 s long; 60 s of setup, 30 s of teardown; each inside a window of 3, 6, 12 or 24 hours. Priorities 1 to 5 (5, 15, 30,
30, 20 percent) weigh 16, 8, 4, 2 and 1. The value is the package's own policy's. With `weak`, the last agency owns one
station, may use nobody else's, and asks for 15 percent. A spherical Earth will do: the planner sees
intervals only.

    python -m tests.benchmarks.iss_days --requests 200 --seeds 1 2 3 4 5 --effort normal
"""

from __future__ import annotations

import argparse
import math
import random
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from passplan.domain.network import Agency, Agreement, Antenna, Link, Network, Satellite, Station
from passplan.domain.requests import ContactRequest, Priority, RequestBook
from passplan.domain.schedule import PlanInputs, Policy
from passplan.domain.span import Span
from passplan.domain.windows import ContactWindow, WindowSearch
from passplan.scheduling.building import build
from passplan.scheduling.check import check
from passplan.scheduling.greedy import greedy
from passplan.scheduling.planner import plan
from passplan.scheduling.timetables import Timetables
from tests.refs import refs

AGENCIES = ("NASA", "Roscosmos", "ESA", "JAXA", "CSA")
SHARES = (0.35, 0.25, 0.20, 0.12, 0.08)
WEAK_SHARES = (0.25, 0.25, 0.20, 0.15, 0.15)
START = datetime(2026, 8, 10, tzinfo=UTC)  # a Monday
PRIORITIES = (
    (Priority.CRITICAL, 1.0),
    (Priority.HIGH, 2.0),
    (Priority.HIGH, 1.0),
    (Priority.ROUTINE, 2.0),
    (Priority.ROUTINE, 1.0),
)


def iss_day(
    *, requests: int = 200, days: int = 1, stations: int = 40, capacity: int = 1, seed: int = 1, weak: bool = False
) -> PlanInputs:
    """The inputs of a plan: so many requests a day, over so many days."""
    rng = random.Random(seed)
    passes = passes_of(stations, days, seed)
    owner = [AGENCIES[min(4, int(5 * (rng.random() ** 1.3)))] for _ in range(stations)]
    owner[: len(AGENCIES)] = AGENCIES
    if weak:
        owner = [AGENCIES[k % 4] if a == "CSA" and k >= len(AGENCIES) else a for k, a in enumerate(owner)]
    supports = {(a, b) for a in AGENCIES for b in AGENCIES if a != b and rng.random() < 0.5}
    if weak:
        supports = {(a, b) for a, b in supports if a != "CSA"}
    names = [f"S{k:02}" for k in range(stations)]
    network = Network(
        agencies=tuple(Agency(id=a) for a in AGENCIES),
        stations=tuple(
            Station(
                id=names[k],
                latitude_deg=0.0,
                longitude_deg=0.0,
                agency=owner[k],
                antennas=(Antenna(id="a", bands=("S",), setup_s=60.0, teardown_s=30.0),),
            )
            for k in range(stations)
        ),
        satellites=(
            Satellite(
                id="ISS",
                catalog_number=25544,
                links=(Link(id="up", direction="uplink", band="S", capacity=capacity),),
            ),
        ),
        agreements=tuple(
            Agreement(
                owner=b,
                user=a,
                stations=tuple(names[k] for k in range(stations) if owner[k] == b),
                minutes_per_week=10_080.0,
            )
            for a, b in sorted(supports)
        ),
    )
    asked, windows = [], []
    for number in range(requests * days):
        agency = rng.choices(AGENCIES, WEAK_SHARES if weak else SHARES)[0]
        low = int(rng.uniform(0, days * 86_400 - 3 * 3_600))
        high = int(min(days * 86_400, low + rng.choice((3, 6, 12, 24)) * 3_600))
        priority, weight = PRIORITIES[rng.choices(range(5), (5, 15, 30, 30, 20))[0]]
        length = rng.choice((60, 120, 180, 240, 300))
        name = f"R{number:04}"
        asked.append(
            ContactRequest(
                id=name,
                agency=agency,
                satellite="ISS",
                link="up",
                span=Span(_at(low), _at(high)),
                min_s=float(length),
                wanted_s=float(length),
                priority=priority,
                weight=weight,
            )
        )
        windows += [
            ContactWindow(
                request=name,
                satellite="ISS",
                link="up",
                antennas=refs(f"{names[station]}/a"),
                span=Span(_at(max(aos, low)), _at(min(los, high))),
                setup_s=60.0,
                teardown_s=30.0,
                peak_elevation_deg=peak,
                timing_68_s=0.0,
            )
            for station, aos, los, peak in passes
            if (owner[station] == agency or (agency, owner[station]) in supports)
            and min(los, high) - max(aos, low) >= length
        ]
    return PlanInputs(
        span=Span(START, _at(days * 86_400)),
        book=RequestBook(requests=tuple(asked)),
        network=network,
        search=WindowSearch(windows=tuple(windows)),
        policy=Policy(),
        seed=seed,
    )


def _at(second: int) -> datetime:
    return START + timedelta(seconds=second)


@dataclass(frozen=True, slots=True)
class Orbit:
    """A circular orbit; the ISS's, about."""

    inclination_deg: float = 51.64
    height_km: float = 424.0
    phase_rad: float = 0.0
    node_rad: float = 0.0

    @property
    def period_s(self) -> float:
        """By Kepler's third law; of the ISS as stated above."""
        return 5_574.0 * math.pow((6_371.0 + self.height_km) / 6_795.0, 1.5)


def passes_of(
    stations: int,
    days: int,
    seed: int,
    orbit: Orbit = Orbit(),
) -> list[tuple[int, int, int, float]]:
    """Station, AOS and LOS [s], peak elevation [deg], in order of AOS."""
    rng = np.random.default_rng(seed)
    latitude = np.radians(rng.uniform(-56.0, 62.0, stations))
    longitude = np.radians(rng.uniform(-180.0, 180.0, stations))
    earth_km = 6_371.0
    inclination, radius_km = math.radians(orbit.inclination_deg), earth_km + orbit.height_km
    seconds = np.arange(0.0, days * 86_400.0 + 1.0, 10.0)
    along = 2.0 * math.pi / orbit.period_s * seconds + orbit.phase_rad
    node = (math.radians(-5.0) / 86_400.0 - 7.292_115_9e-5) * seconds + orbit.node_rad
    x, y = np.cos(along), np.sin(along) * math.cos(inclination)
    place = np.array(
        [
            x * np.cos(node) - y * np.sin(node),
            x * np.sin(node) + y * np.cos(node),
            np.sin(along) * math.sin(inclination),
        ]
    )
    found = []
    for station in range(stations):
        up = np.array(
            [
                math.cos(latitude[station]) * math.cos(longitude[station]),
                math.cos(latitude[station]) * math.sin(longitude[station]),
                math.sin(latitude[station]),
            ]
        )
        cosine = up @ place
        elevation_deg = np.degrees(
            np.arctan2(cosine * radius_km - earth_km, radius_km * np.sqrt(np.maximum(0.0, 1.0 - cosine**2)))
        )
        edges = np.flatnonzero(np.diff(np.concatenate([[False], elevation_deg > 5.0, [False]]).astype(np.int8)))
        for first, after in zip(edges[::2], edges[1::2], strict=True):
            aos, los = int(seconds[first]), int(seconds[after - 1])
            if los - aos >= 120:
                found.append((station, aos, los, float(elevation_deg[first:after].max())))
    return sorted(found, key=lambda p: p[1:3])


def main() -> None:
    """Plan days, check them, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=200, help="a day")
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--capacity", type=int, default=1, help="channels of the link")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--effort", default="normal")
    parser.add_argument("--weak", action="store_true", help="one agency has one station alone")
    parser.add_argument("--price", action="store_true", help="the price of fairness, and the day without it, too")
    given = parser.parse_args()
    print("seed  greedy s  greedy value      value      bound   gap %  served  U_RMS  U_MAX  seconds", end="")
    print("  price %  U_RMS  U_MAX without fairness" if given.price else "")
    for seed in given.seeds:
        day = iss_day(requests=given.requests, days=given.days, capacity=given.capacity, seed=seed, weak=given.weak)
        inputs = replace(day, effort=given.effort)
        begun = time.perf_counter()
        problem = build(inputs)
        quick = problem.value(greedy(Timetables(problem)))
        greedy_s = time.perf_counter() - begun
        begun = time.perf_counter()
        schedule = plan(inputs, price_of_fairness=given.price)
        took_s = time.perf_counter() - begun
        broken = check(schedule, inputs.book, inputs.network, inputs.search.windows)
        assert not broken, broken[0]
        print(
            f"{seed:4} {greedy_s:9.2f} {quick:13.1f} {schedule.value:10.1f} {schedule.bound:10.1f}"
            f" {100 * schedule.gap:7.2f} {len(schedule.assignments):7}"
            f" {schedule.fairness.u_rms:6.3f} {schedule.fairness.u_max:6.3f} {took_s:8.1f}",
            end="",
        )
        if schedule.fairness.price is not None:
            blind = plan(replace(inputs, policy=replace(inputs.policy, unserved_weight=0.0, worst_weight=0.0)))
            print(
                f"  {100 * schedule.fairness.price:7.2f} {blind.fairness.u_rms:6.3f} {blind.fairness.u_max:6.3f}",
                end="",
            )
        print(flush=True)


if __name__ == "__main__":
    main()
