"""How fast the pass search is, and Skyfield beside it in the same run.

    python -m tests.benchmarks.pass_search [--catalogue active.tle] [--runs 7] [--peer-satellites 10]

CPU time of this process, one thread, everything warm: the second and later searches of a process. Skyfield's
`find_events` does job A whole; of job B it does every so-manieth satellite, and its time is scaled up.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from skyfield.api import load, wgs84

from passplan import find_passes
from tests.benchmarks.accuracy import skyfield_satellite
from tests.benchmarks.jobs import Job, arguments, jobs, machine


def cpu_s(work: Callable[[], object], runs: int) -> list[float]:
    """CPU seconds of each run."""
    found = []
    for _ in range(runs):
        begin = time.process_time()
        work()
        found.append(time.process_time() - begin)
    return found


def skyfield_s(job: Job, satellites: int) -> float:
    """CPU seconds of Skyfield's `find_events` on a job, scaled up from so many of its satellites."""
    timescale = load.timescale(builtin=True)
    begin, end = timescale.from_datetime(job.span.start), timescale.from_datetime(job.span.end)
    places = [wgs84.latlon(s.latitude_deg, s.longitude_deg, s.altitude_m) for s in job.stations]
    some = job.sources[:: max(1, len(job.sources) // satellites)][:satellites]
    started = time.process_time()
    for source in some:
        satellite = skyfield_satellite(source)
        for place in places:
            satellite.find_events(place, begin, end, altitude_degrees=job.stations[0].min_elevation_deg)
    return (time.process_time() - started) * len(job.sources) / len(some)


def first_commands() -> None:
    """Wall seconds of the first command ever, with an empty cache, and of later ones."""
    with tempfile.TemporaryDirectory() as folder:
        # A regular file, never a device: `-o` replaces what it names.
        table = Path(folder, "passes.txt")
        command = [sys.executable, "-m", "passplan", "passes", "--start", "epoch", "-o", str(table)]
        environment = os.environ | {"NUMBA_CACHE_DIR": str(Path(folder, "cache"))}
        seconds = []
        for _ in range(6):
            begin = time.perf_counter()
            subprocess.run(command, env=environment, check=True)
            seconds.append(time.perf_counter() - begin)
    later_s = statistics.median(seconds[1:])
    print(f"passplan passes, wall: the first ever {seconds[0]:.2f} s, later {later_s:.2f} s (median of 5)")


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--peer-satellites", type=int, default=10)
    options = parser.parse_args()
    print(machine())
    for job in jobs(options.catalogue):
        passes = len(find_passes(job.sources, job.stations, job.span))
        ours_s = cpu_s(lambda job=job: find_passes(job.sources, job.stations, job.span), options.runs)  # type: ignore[misc]
        theirs_s = skyfield_s(job, options.peer_satellites)
        again_s = cpu_s(lambda job=job: find_passes(job.sources, job.stations, job.span), options.runs)  # type: ignore[misc]
        middle_s = statistics.median([*ours_s, *again_s])
        best_s, worst_s = min(*ours_s, *again_s), max(*ours_s, *again_s)
        print(
            f"{job.name}: {passes} passes; passplan {middle_s * 1e3:.1f} ms CPU "
            f"({best_s * 1e3:.1f} to {worst_s * 1e3:.1f}), Skyfield {theirs_s:.2f} s; ratio {theirs_s / middle_s:.0f}"
        )
    first_commands()


if __name__ == "__main__":
    main()
