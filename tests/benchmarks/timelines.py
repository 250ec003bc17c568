"""Which element set should serve a moment between two epochs: the rules, measured on histories.

    python -m tests.benchmarks.timelines HISTORY.tle [HISTORY.tle ...] [--satellite 25544]

Of each three sets in a row the middle one is left out. At its epoch, where its own error is least, each rule takes one
of its two neighbours; the figure is how many seconds that one is off along the orbit. Neighbours less than 0.2 days
apart count as one, and gaps of more than 6 days are left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np

from passplan import ElementSet, Span, load_elements, timelines
from passplan.orbit.propagators import segment_motion
from passplan.orbit.scales import Floats, TimeBase
from passplan.orbit.timelines import is_manoeuvre_between
from tests.benchmarks.jobs import machine

RULES = ("earlier set", "nearest epoch", "later set", "timeline")
LEAST_APART, LONGEST_GAP = timedelta(days=0.2), timedelta(days=6)


def history(path: Path, satellite: int) -> list[ElementSet]:
    """The sets of a satellite in order of their epochs, at least so far apart."""
    chosen: list[ElementSet] = []
    for item in sorted((s for s in load_elements(path) if s.catalog_number == satellite), key=lambda s: s.rank):
        if not chosen or item.epoch - chosen[-1].epoch >= LEAST_APART:
            chosen.append(item)
    return chosen


def off_s(predicted: ElementSet, truth: ElementSet) -> float:
    """How far a set is off along the orbit of another one, at that one's epoch [s]."""
    clock = TimeBase.over(Span(truth.epoch, truth.epoch + timedelta(seconds=1)))
    at = np.zeros(1)
    (_, position_km, velocity_km_s), (code, other_km, _) = (
        segment_motion(s, clock).states(at) for s in (truth, predicted)
    )
    if code.any():
        return float("nan")
    way_km, rate_km_s = (other_km - position_km)[:, 0], velocity_km_s[:, 0]
    return abs(float(way_km @ rate_km_s / (rate_km_s @ rate_km_s)))


def measure(sets: Sequence[ElementSet]) -> dict[bool, Floats]:
    """Seconds [rule, set], without and with a manoeuvre between the two neighbours."""
    rows: dict[bool, list[list[float]]] = {False: [], True: []}
    for before, truth, after in zip(sets, sets[1:], sets[2:], strict=False):
        if after.epoch - before.epoch > LONGEST_GAP:
            continue
        early_s, late_s = off_s(before, truth), off_s(after, truth)
        is_early_nearer = truth.epoch - before.epoch <= after.epoch - truth.epoch
        (source,) = timelines([before, after])
        chosen_s = early_s if source.segment_at(truth.epoch) == before else late_s
        row = [early_s, early_s if is_early_nearer else late_s, late_s, chosen_s]
        rows[is_manoeuvre_between(before, after)].append(row)
    return {kind: np.array(found).reshape(-1, len(RULES)).T for kind, found in rows.items()}


def main() -> int:
    """Print the figures of each history."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("histories", nargs="+", type=Path)
    parser.add_argument("--satellite", type=int, default=25544)
    options = parser.parse_args()
    print(machine())
    for path in options.histories:
        sets = history(path, options.satellite)
        print(f"{path.name}: {len(sets)} sets of {options.satellite}")
        for kind, seconds in measure(sets).items():
            print(f"  {'manoeuvre' if kind else 'no manoeuvre'} between the neighbours: {seconds.shape[1]}")
            print("                     50 %     68 %     90 %     95 %     99 %   [s]")
            for rule, column in zip(RULES, seconds, strict=True):
                figures = np.nanpercentile(column, [50, 68, 90, 95, 99]) if len(column) else [float("nan")] * 5
                print(f"    {rule:14}" + "".join(f"{figure:9.3f}" for figure in figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
