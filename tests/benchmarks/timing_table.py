"""How far a predicted ISS pass is off in time, by age of the elements: the `TABLE` of passplan/passes/timing.py.

    python -m tests.benchmarks.timing_table HISTORY.tle [HISTORY.tle ...] [--truth PASSES.csv ... --stations S.json]

The error is |AOS predicted - AOS true| [s], geometric, above 5 degrees. Passes are matched by station and nearest AOS
within 20 minutes; those cut by the span are left out. Reboosts and bad element sets are included. It has two parts:

- Fresh sets against truth: passes computed from NASA's own trajectory, of which only the first 1.5 days count, against
  every set with an epoch up to 0.5 d before the pass. Pairs of a pass and a set are counted: a pass has several sets.
- Older sets against fresher ones: of each history, in each bin of 12 h, the set nearest to the middle is the reference.
  Its passes within 0.3 d of its epoch, at 8 stations, stand for truth; the prediction comes from the set nearest to AGE
  days before the reference, within 15 % of AGE or 0.125 d, whichever is more.

Row 0 is the first part. The others are the root of the sum of squares of both parts, quantile by quantile:
two sets share what the model gets wrong, which only truth shows. Where the parts are independent this is too large, as
the second already has the reference's own error; that matters for ages up to about a day. Without truth, the rows are
the second part alone. A pass without a match counts as worse than any other. A column that falls with age is replaced
by its running maximum, and the script says so.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from passplan.domain.elements import ElementSet
from passplan.domain.network import Station
from passplan.domain.span import Span
from passplan.formats.elements import load_elements
from passplan.orbit.scales import Floats
from passplan.passes.columns import Passes, Times, at
from passplan.passes.search import find_passes

AGES_D = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0)
FLOOR_DEG = 5.0
BIN = timedelta(hours=12)
AROUND = timedelta(days=0.3)  # passes this near to the reference's epoch stand for truth
TRUE_FOR = timedelta(days=1.5)  # a NASA trajectory is itself a prediction
FRESH = timedelta(days=0.5)
MATCH_S = 1_200.0
MATCH = timedelta(seconds=MATCH_S)
SITES_DEG = ((0, -180), (40, -135), (0, -90), (-40, -45), (0, 0), (40, 45), (0, 90), (-40, 135))


def main() -> None:
    """Measure, and print the rows."""
    parser = argparse.ArgumentParser(description="Measure the timing error of ISS passes by age of the element set.")
    parser.add_argument("histories", type=Path, nargs="+", metavar="HISTORY.tle", help="element sets of the ISS")
    parser.add_argument("--truth", type=Path, nargs="+", default=[], metavar="PASSES.csv", help="true passes")
    parser.add_argument("--stations", type=Path, metavar="STATIONS.json", help="the stations of the true passes")
    given = parser.parse_args()
    if bool(given.truth) != bool(given.stations):
        parser.error("--truth and --stations go together")
    histories = [sorted(load_elements(path), key=lambda s: s.epoch) for path in given.histories]

    fresh = np.zeros(2)
    rows: list[tuple[float, Floats, int]] = []
    if given.truth:
        stations = read_stations(given.stations)
        everything = [s for history in histories for s in history]
        errors_s = np.concatenate([against_truth(everything, stations, read_truth(path)) for path in given.truth])
        fresh, passes = report("age up to 0.5 d against truth", errors_s)
        if not passes:
            parser.error("--truth: no element set is fresh at these passes; give the history of their dates")
        rows.append((0.0, fresh, passes))
    for age_d in AGES_D:
        of_each = [against_fresher(history, age_d) for history in histories]
        for path, errors_s in zip(given.histories, of_each, strict=True):
            report(f"age {age_d:4g} d {path.name}", errors_s)
        within_s, passes = report(f"age {age_d:4g} d, all", np.concatenate(of_each))
        rows.append((age_d, np.hypot(fresh, within_s), passes))

    rising_s = np.maximum.accumulate([within_s for _, within_s, _ in rows], axis=0)
    for (age_d, within_s, _), risen_s in zip(rows, rising_s, strict=True):
        if (risen_s > within_s).any():
            print(f"# age {age_d:g} d: {within_s.round(2)} raised to the running maximum {risen_s.round(2)}")
    print("TABLE = (")
    for (age_d, _, passes), (s68, s95) in zip(rows, rising_s, strict=True):
        print(f"    ({age_d}, {float(f'{s68:.2g}')}, {float(f'{s95:.2g}')}, {passes}),")
    print(")")


def against_truth(sets: list[ElementSet], stations: list[Station], truth: dict[str, Times]) -> Floats:
    """Errors [s] of all pairs of a true pass and a set that was fresh then; NaN for a pass not predicted."""
    start = min(aos[0] for aos in truth.values())
    begin = at(start)
    chosen = [s for s in sets if begin - FRESH <= s.epoch <= begin + TRUE_FOR]
    found = find_passes(chosen, stations, Span(begin - MATCH, begin + TRUE_FOR + MATCH))
    parts = [np.empty(0)]
    for index, one in enumerate(chosen):
        predicted, epoch = aos_by_station(found, index), np.datetime64(one.epoch.replace(tzinfo=None), "us")
        for station, aos in truth.items():
            own = (aos < start + np.timedelta64(TRUE_FOR)) & (aos >= epoch) & (aos <= epoch + np.timedelta64(FRESH))
            parts.append(off_s(aos[own], predicted[station]))
    return np.concatenate(parts)


def against_fresher(history: list[ElementSet], age_d: float) -> Floats:
    """Errors [s] of sets of an age against the set of that time, over a history; NaN for a pass not predicted."""
    epochs_d = np.array([s.epoch.timestamp() / 86_400.0 for s in history])
    allowed_d = max(0.15 * age_d, 0.5 * AGES_D[0])
    bins = (epochs_d - epochs_d[0]) // (BIN / timedelta(days=1))
    middles_d = epochs_d[0] + (np.unique(bins) + 0.5) * (BIN / timedelta(days=1))
    parts = [np.empty(0)]
    for reference in np.unique([np.abs(epochs_d - middle_d).argmin() for middle_d in middles_d]):
        off_d = np.abs(epochs_d[reference] - epochs_d - age_d)
        older = off_d.argmin()
        if off_d[older] > allowed_d:
            continue
        near, far = history[reference].epoch - AROUND, history[reference].epoch + AROUND
        found = find_passes([history[reference], history[older]], SITES, Span(near - MATCH, far + MATCH))
        edges = [np.datetime64(edge.replace(tzinfo=None), "us") for edge in (near, far)]
        predicted = aos_by_station(found, 1)
        for station, aos in aos_by_station(found, 0).items():
            parts.append(off_s(aos[(aos >= edges[0]) & (aos <= edges[1])], predicted[station]))
    return np.concatenate(parts)


def off_s(true: Times, predicted: Times) -> Floats:
    """From each true AOS to the nearest predicted one [s]; NaN where none is within 20 minutes."""
    nearest_s = (np.abs(true[:, None] - predicted) / np.timedelta64(1, "s")).min(axis=1, initial=math.inf)
    return np.where(nearest_s <= MATCH_S, nearest_s, math.nan)


def aos_by_station(passes: Passes, source: int) -> dict[str, Times]:
    """AOS of a source's passes that are not cut at their start."""
    own = (passes.source_index == source) & ~passes.clipped_start
    return {s.id: passes.aos[own & (passes.station_index == k)] for k, s in enumerate(passes.stations)}


def report(what: str, errors_s: Floats) -> tuple[Floats, int]:
    """Say and return the 68 % and 95 % quantiles [s] of the errors, and their number."""
    ranked_s = np.where(np.isfinite(errors_s), errors_s, math.inf)
    within_s = np.quantile(ranked_s, [0.68, 0.95], method="higher") if len(ranked_s) else np.full(2, math.nan)
    lost = int(np.isinf(ranked_s).sum())
    print(f"# {what}: {within_s[0]:.2f} s, {within_s[1]:.2f} s, {len(ranked_s)} passes, {lost} of them without a match")
    return within_s, len(ranked_s)


def read_stations(path: Path) -> list[Station]:
    """The stations of the true passes."""
    return [station(s["id"], s["lat_deg"], s["lon_deg"], s["alt_m"]) for s in json.loads(path.read_text())["stations"]]


def station(name: str, latitude_deg: float, longitude_deg: float, altitude_m: float = 0.0) -> Station:
    """A station with the floor of this measurement."""
    return Station(
        id=name,
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        altitude_m=altitude_m,
        min_elevation_deg=FLOOR_DEG,
    )


def read_truth(path: Path) -> dict[str, Times]:
    """AOS of the true passes above the floor, by station, sorted."""
    aos: dict[str, list[datetime]] = {}
    with path.open(newline="") as lines:
        for row in csv.DictReader(lines):
            if float(row["mask_deg"]) == FLOOR_DEG:
                when = datetime.fromisoformat(row["aos_utc"]).astimezone(UTC).replace(tzinfo=None)
                aos.setdefault(row["station"], []).append(when)
    return {name: np.array(sorted(times), dtype="datetime64[us]") for name, times in aos.items()}


SITES = [station(f"{lat}N{lon}E", lat, lon) for lat, lon in SITES_DEG]

if __name__ == "__main__":
    main()
