"""How far passes from an ephemeris are from those that another program computed from it.

    python -m tests.benchmarks.ephemerides EPHEMERIS.oem TRUTH.csv STATIONS.json

The truth has the columns station, mask_deg, aos_utc, tca_utc, los_utc and max_el_deg; the stations id, lat_deg, lon_deg
and alt_m. Printed are the numbers of passes with AOS or LOS further off than some limits, the worst ones with how far
their peak is above the floor, and the worst TCA by peak elevation.
"""

from __future__ import annotations

import argparse
import csv
import json
from datetime import datetime, timedelta
from pathlib import Path

from passplan import Pass, Span, Station, find_passes, load_elements

LIMITS_S = (0.02, 0.03, 0.05)
AROUND = timedelta(minutes=30)


def main() -> None:
    """Compare, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("ephemeris", "truth", "stations"):
        parser.add_argument(name, type=Path)
    given = parser.parse_args()
    elements = load_elements(given.ephemeris)
    sites = {s["id"]: s for s in json.loads(given.stations.read_text())["stations"]}
    rows = list(csv.DictReader(given.truth.read_text().splitlines()))
    times = [tuple(datetime.fromisoformat(r[k]) for k in ("aos_utc", "tca_utc", "los_utc")) for r in rows]
    span = Span(min(t[0] for t in times) - AROUND, max(t[2] for t in times) + AROUND)
    found: dict[tuple[str, str], list[Pass]] = {}
    for mask in {r["mask_deg"] for r in rows}:
        for name in {r["station"] for r in rows}:
            site = sites[name]
            station = Station(
                id=name,
                latitude_deg=site["lat_deg"],
                longitude_deg=site["lon_deg"],
                altitude_m=site["alt_m"],
                min_elevation_deg=float(mask),
            )
            found[name, mask] = list(find_passes(elements, [station], span))
    edges, peaks = [], []
    for row, (aos, tca, los) in zip(rows, times, strict=True):
        ours = min(found[row["station"], row["mask_deg"]], key=lambda p: abs(p.tca - tca))
        off_s = max(abs((ours.aos - aos).total_seconds()), abs((ours.los - los).total_seconds()))
        peak_deg = float(row["max_el_deg"])
        edges.append((round(off_s, 3), round(peak_deg - float(row["mask_deg"]), 3), row["station"]))
        peaks.append((abs((ours.tca - tca).total_seconds()), peak_deg))
    print(f"{len(rows)} passes; AOS or LOS off by more than", {s: sum(e[0] > s for e in edges) for s in LIMITS_S})
    print("worst [s], peak above the floor [deg]:", sorted(edges, reverse=True)[:8])
    for low, high in ((0.0, 80.0), (80.0, 88.0), (88.0, 90.0)):
        of_band = [off_s for off_s, peak_deg in peaks if low <= peak_deg < high]
        print(
            f"TCA, peaks of {low:g} to {high:g} deg: {len(of_band)} passes, at most {max(of_band, default=0.0):.3f} s"
        )


if __name__ == "__main__":
    main()
