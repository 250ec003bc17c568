"""Every pass against Skyfield's elevation: none missed, none spurious, AOS and LOS within a millisecond.

    python -m tests.benchmarks.accuracy [--catalogue active.tle] [--every 1]

Skyfield's `altaz()` is the judge, not its `find_events`, whose tolerance is half a second. For each satellite and site:

- every 10 s, Skyfield's elevation is above the floor exactly where passplan has a pass;
- around each top below the floor by less than 0.3 degree, it is looked at every 0.05 s for a pass in between;
- 1 ms before each AOS it is below the floor and 1 ms after above, and the other way round at each LOS, so that
  Skyfield's own crossing is within that millisecond; where that fails (grazing passes, on which the elevation hardly
  changes), the crossing is solved for and its distance reported.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from skyfield.api import EarthSatellite, load, wgs84

from passplan import ElementSet, Passes, Station, find_passes
from passplan.orbit.sgp4_motion import sgp4_record
from tests.benchmarks.jobs import Job, arguments, jobs, machine

Floats = NDArray[np.float64]
GRID_S = 10.0
TIMESCALE = load.timescale(builtin=True)


class Judge:
    """Skyfield's elevations of one job."""

    def __init__(self, job: Job) -> None:
        self.start = job.span.start
        self.places = [wgs84.latlon(s.latitude_deg, s.longitude_deg, s.altitude_m) for s in job.stations]
        self.grid_s = np.arange(0.0, job.span.duration_s, GRID_S)
        self.grid = self.times(self.grid_s)
        self.at_grid = [place.at(self.grid) for place in self.places]

    def times(self, seconds: Floats) -> Any:
        """Skyfield's times; whole days and the rest apart, so that no microsecond is lost."""
        midnight = self.start.replace(hour=0, minute=0, second=0, microsecond=0)
        of_day_s = (self.start - midnight).total_seconds() + seconds
        day = np.floor(of_day_s / 86_400.0)
        return TIMESCALE.utc(midnight.year, midnight.month, midnight.day + day, 0, 0, of_day_s - day * 86_400.0)

    def elevation_deg(self, satellite: Any, place: int, seconds: Floats) -> Floats:
        """At any instants."""
        times = self.times(seconds)
        altitude, _, _ = (satellite.at(times) - self.places[place].at(times)).altaz()
        return np.asarray(altitude.degrees)


def skyfield_satellite(source: ElementSet) -> Any:
    """The same elements as Skyfield has them."""
    return EarthSatellite.from_satrec(sgp4_record(source), TIMESCALE)


def check(judge: Judge, satellite: Any, on_grid: Any, place: int, station: Station, found: Passes) -> dict[str, Any]:
    """What Skyfield says of one satellite's passes at one site."""
    floor_deg = station.min_elevation_deg
    altitude, _, _ = (on_grid - judge.at_grid[place]).altaz()
    elevation_deg = np.asarray(altitude.degrees)
    start = np.datetime64(judge.start.replace(tzinfo=None), "us")
    aos_s = (found.aos - start) / np.timedelta64(1, "us") * 1e-6
    los_s = (found.los - start) / np.timedelta64(1, "us") * 1e-6
    inside = np.searchsorted(aos_s, judge.grid_s, side="right") > np.searchsorted(los_s, judge.grid_s, side="left")
    wrong = int(((elevation_deg > floor_deg) != inside).sum())
    inner = elevation_deg[1:-1]
    tops = (inner >= elevation_deg[:-2]) & (inner > elevation_deg[2:]) & (inner < floor_deg) & (inner > floor_deg - 0.3)
    for k in np.flatnonzero(tops & ~inside[1:-1]) + 1:
        near_s = judge.grid_s[k] + np.arange(-GRID_S, GRID_S, 0.05)
        above = judge.elevation_deg(satellite, place, near_s) > floor_deg + 1e-5
        told = np.searchsorted(aos_s, near_s, side="right") > np.searchsorted(los_s, near_s, side="left")
        wrong += int((above & ~told).any())
    rises, sets = aos_s[~found.clipped_start], los_s[~found.clipped_end]
    ends_s = np.concatenate([rises, sets])
    sign = np.concatenate([np.ones(len(rises)), -np.ones(len(sets))])
    off_s: list[float] = []
    if len(ends_s):
        before = judge.elevation_deg(satellite, place, ends_s - 1e-3) - floor_deg
        after = judge.elevation_deg(satellite, place, ends_s + 1e-3) - floor_deg
        off_s += [
            _distance_s(judge, satellite, place, floor_deg, float(ends_s[k]), float(sign[k]))
            for k in np.flatnonzero(~((before * sign < 0.0) & (after * sign > 0.0)))
        ]
    return {"wrong": wrong, "ends": len(ends_s), "off_s": off_s}


def _distance_s(judge: Judge, satellite: Any, place: int, floor_deg: float, end_s: float, sign: float) -> float:
    """How far Skyfield's crossing is from ours, by a fine look around it."""
    around_s = end_s + np.linspace(-1.0, 1.0, 20_001)
    above = (judge.elevation_deg(satellite, place, around_s) - floor_deg) * sign > 0.0
    changes = np.flatnonzero(above[1:] & ~above[:-1])
    return float(np.abs(around_s[changes] - end_s).min()) if len(changes) else float("inf")


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every so-manieth satellite")
    options = parser.parse_args()
    print(machine())
    for job in jobs(options.catalogue):
        sources = job.sources[:: options.every]
        found = find_passes(sources, job.stations, job.span)
        failed = {a.catalog_number for a in found.answers if a.sgp4_code is not None}
        judge = Judge(job)
        wrong = ends = 0
        off_s: list[float] = []
        for k, source in enumerate(sources):
            if source.catalog_number in failed:
                continue
            satellite = skyfield_satellite(source)
            on_grid = satellite.at(judge.grid)
            own = found[found.source_index == k]
            for j, station in enumerate(job.stations):
                told = check(judge, satellite, on_grid, j, station, own[own.station_index == j])
                wrong += told["wrong"]
                ends += told["ends"]
                off_s += told["off_s"]
                if told["wrong"] or told["off_s"]:
                    print(f"  {source.label} at {station.id}: {told}")
        short = int((found.duration_s < 10.0).sum())
        print(
            f"{job.name}: {len(sources)} satellites ({len(failed)} fail in SGP4), {len(found)} passes "
            f"({short} under 10 s), {ends} ends; missed or spurious: {wrong}; beyond 1 ms: {len(off_s)}"
            + (f", worst {max(off_s) * 1e3:.2f} ms" if off_s else "")
        )


if __name__ == "__main__":
    main()
