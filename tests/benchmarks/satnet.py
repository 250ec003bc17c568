"""SatNet's weeks of the Deep Space Network as plans of ours, and our schedules as SatNet's.

    python -m tests.benchmarks.satnet --data DIR --week W10_2018 --effort normal -o schedule.json

DIR holds `problems.json` and `maintenance.csv` of SatNet (Goh et al., "SatNet: A Benchmark for Satellite Scheduling
Optimization"; its setup.py declares MIT). Each mission is an agency with one satellite and one link, so that it never
transmits twice at once; its requests of eight hours and more may be split into parts of four hours and more.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from passplan.domain.network import Agency, Antenna, Link, Network, Satellite, Station
from passplan.domain.requests import ContactRequest, RequestBook, Split
from passplan.domain.schedule import PlanInputs, Policy, Schedule
from passplan.domain.span import Span
from passplan.domain.windows import ContactWindow, WindowSearch
from passplan.scheduling.check import check
from passplan.scheduling.planner import plan
from tests.refs import ref

HORIZON_S = 180 * 3_600
SPLIT_FROM_S, PART_S = 8 * 3_600, 4 * 3_600
# A minute counts one and a request six; unevenness, ten times what the package takes by default.
POLICY = Policy(per_request=6.0, per_minute=1.0, unserved_weight=2.5, worst_weight=4.0)


def satnet_week(data: Path, week: str, *, effort: str = "normal", seed: int = 1) -> PlanInputs:
    """A week's requests and view periods, with the antennas' maintenance taken out."""
    rows = json.loads((data / "problems.json").read_text())[week]
    monday = _monday(min(r["time_window_start"] for r in rows))
    closed = _maintenance(data, monday)
    antennas = sorted({a for r in rows for combination in r["resource_vp_dict"] for a in combination.split("_")})
    missions = sorted({str(r["subject"]) for r in rows})
    requests, windows = [], []
    for row in rows:
        mission, name = str(row["subject"]), str(row["track_id"])
        least, wanted = round(row["duration_min"] * 3_600), round(row["duration"] * 3_600)
        setup, teardown = round(row["setup_time"] * 60), round(row["teardown_time"] * 60)
        parts = min(3, wanted // PART_S) if wanted >= SPLIT_FROM_S else 1
        shortest = min(least, PART_S) if parts > 1 else least
        first, last = int(row["time_window_start"]), int(row["time_window_end"])
        requests.append(
            ContactRequest(
                id=name,
                agency=mission,
                satellite=mission,
                link="link",
                span=Span(_at(first), _at(last)),
                min_s=float(least),
                wanted_s=float(wanted),
                setup_s=float(setup),
                teardown_s=float(teardown),
                arrays=tuple(
                    tuple(ref(f"{a}/dish") for a in sorted(c.split("_"))) for c in sorted(row["resource_vp_dict"])
                ),
                split=Split(max_parts=parts, min_part_s=float(PART_S)) if parts > 1 else None,
            )
        )
        for combination, periods in sorted(row["resource_vp_dict"].items()):
            members = tuple(sorted(combination.split("_")))
            for period in periods:
                low = max(int(period["TRX ON"]), first, monday + setup)
                high = min(int(period["TRX OFF"]), last, monday + HORIZON_S - teardown)
                for start, end in _without(low, high, [c for m in members for c in closed[m]], setup, teardown):
                    if end - start >= shortest:
                        windows.append(
                            ContactWindow(
                                request=name,
                                satellite=mission,
                                link="link",
                                antennas=tuple(ref(f"{m}/dish") for m in members),
                                span=Span(_at(start), _at(end)),
                                setup_s=float(setup),
                                teardown_s=float(teardown),
                                peak_elevation_deg=0.0,
                                timing_68_s=0.0,
                            )
                        )
    network = Network(
        agencies=tuple(Agency(id=m) for m in missions),
        stations=tuple(
            Station(id=a, latitude_deg=0.0, longitude_deg=0.0, antennas=(Antenna(id="dish", bands=("X",)),))
            for a in antennas
        ),
        satellites=tuple(
            Satellite(id=m, catalog_number=k, links=(Link(id="link", direction="both", band="X"),))
            for k, m in enumerate(missions)
        ),
    )
    return PlanInputs(
        span=Span(_at(monday), _at(monday + HORIZON_S)),
        book=RequestBook(requests=tuple(requests)),
        network=network,
        search=WindowSearch(windows=tuple(windows)),
        policy=POLICY,
        effort=effort,
        seed=seed,
    )


def satnet_schedule(schedule: Schedule) -> list[dict[str, Any]]:
    """A schedule as SatNet writes it: a row for each antenna."""
    rows = [
        {
            "RESOURCE": antenna.station,
            "SC": a.satellite,
            "START_TIME": _second(a.occupies.start),
            "TRACKING_ON": _second(a.contact.start),
            "TRACKING_OFF": _second(a.contact.end),
            "END_TIME": _second(a.occupies.end),
            "TRACK_ID": a.request,
        }
        for a in schedule.assignments
        for antenna in a.antennas
    ]
    return sorted(rows, key=lambda r: (r["START_TIME"], r["RESOURCE"]))


def _monday(second: int) -> int:
    day = second // 86_400
    return (day - (day + 3) % 7) * 86_400


def _maintenance(data: Path, monday: int) -> dict[str, list[tuple[int, int]]]:
    closed: dict[str, list[tuple[int, int]]] = defaultdict(list)
    with (data / "maintenance.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            start, end = int(row["starttime"]), int(row["endtime"])
            if end > monday and start < monday + HORIZON_S:
                closed[row["antenna"]].append((start, end))
    return closed


def _without(low: int, high: int, closed: list[tuple[int, int]], setup: int, teardown: int) -> list[tuple[int, int]]:
    """[low, high] without what is closed, kept clear of by setup and teardown."""
    found = []
    for start, end in sorted(closed):
        if start - teardown < high and end + setup > low:
            if start - teardown > low:
                found.append((low, start - teardown))
            low = max(low, end + setup)
    return [*found, (low, high)] if low < high else found


def _at(second: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=second)


def _second(moment: datetime) -> int:
    return round(moment.timestamp())


def main() -> None:
    """Plan a week, check it, write it as SatNet does, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with problems.json and maintenance.csv")
    parser.add_argument("--week", required=True, help="such as W10_2018")
    parser.add_argument("--effort", default="normal")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, required=True, help="the schedule, for SatNet's validators")
    given = parser.parse_args()
    inputs = satnet_week(given.data, given.week, effort=given.effort, seed=given.seed)
    begun = time.perf_counter()
    schedule = plan(inputs)
    took_s = time.perf_counter() - begun
    broken = check(schedule, inputs.book, inputs.network, inputs.search.windows)
    assert not broken, broken[0]
    given.output.write_text(json.dumps(satnet_schedule(schedule), indent=1))
    hours = sum(a.minutes_given for a in schedule.fairness.agencies) / 60.0
    served = sum(a.requests_served for a in schedule.fairness.agencies)
    print(
        f"{given.week} {given.effort} seed {given.seed}: {hours:.1f} h, "
        f"{served} of {len(inputs.book.requests)} requests, U_RMS {schedule.fairness.u_rms:.3f}, "
        f"U_MAX {schedule.fairness.u_max:.3f}, "
        f"value {schedule.value:.0f}, bound {schedule.bound:.0f}, {took_s:.1f} s"
    )


if __name__ == "__main__":
    main()
