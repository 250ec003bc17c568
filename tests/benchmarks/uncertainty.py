"""How often passes come within their stated ±68 % and ±95 %: element sets of histories against later ones.

    python -m tests.benchmarks.uncertainty HISTORY [HISTORY ...]

Each set of each satellite is a prediction for the epochs of the others, up to 12 days ahead of it and behind it; the
set of that epoch is the truth, and the error is that along the orbit, in seconds. What is stated is what `passes` says:
from the drag, BSTAR and past of the set, and from the burns that are found between the sets (so: known, of unknown
size). Docked copies, with the orbit of another satellite, are left out.

Printed by age, and by what is special: pairs, independent half days, the share within ±68 % and ±95 %, each with every
half day counted once, with an interval that holds 95 % of resampled half days, in blocks as long as the age; and the
median of the stated ±95 %. The formulas were fitted to such pairs; docs/explanation/uncertainty.md tells how, and what
they reach on months that were not fitted.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from passplan.domain.elements import Elements, ElementSet
from passplan.domain.manoeuvres import Manoeuvre, ManoeuvreOrigin
from passplan.formats.elements import load_elements
from passplan.orbit.records import History, along_track_s
from passplan.orbit.scales import JULIAN_DATE_OF_ORDINAL_0, Floats
from passplan.orbit.sgp4_motion import sgp4_record
from passplan.orbit.timelines import is_manoeuvre_between
from passplan.orbit.timing_table import ISS, burn_s, is_drawn_by_air, prediction_of, table_s

AGES_D = ((0.25, 0.75), (0.75, 1.5), (1.5, 2.5), (2.5, 4.0), (4.0, 6.0), (6.0, 8.0), (8.0, 12.0))
BEHIND_D = ((-0.5, -0.05), (-1.0, -0.5), (-2.0, -1.0), (-4.0, -2.0), (-8.0, -4.0))
MOST_D = 12.0
LEAST_APART = timedelta(minutes=30)
RESAMPLED = 300


@dataclass(frozen=True, slots=True)
class Pairs:
    """Predictions and what came: arrays of one length."""

    age_d: Floats
    at_d: Floats
    off_s: Floats
    within_68_s: Floats
    within_95_s: Floats
    has_burn: NDArray[np.bool_]
    is_odd: NDArray[np.bool_]
    has_history: NDArray[np.bool_]

    def part(self, rows: NDArray[np.bool_]) -> Pairs:
        """Some of them."""
        return Pairs(*(getattr(self, name)[rows] for name in self.__slots__))


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("histories", type=Path, nargs="+", metavar="HISTORY", help="files of element sets")
    given = parser.parse_args()
    loaded = sum((load_elements(path) for path in given.histories), Elements(()))
    of_satellites = {number: thinned(sets) for number, sets in by_satellite(loaded.sets).items()}
    others = []
    for number, sets in of_satellites.items():
        if len(sets) < 5 or not is_drawn_by_air(sets[-1]):
            continue
        pairs = pairs_of(sets)
        if number == ISS:
            report_iss(sets, pairs)
        else:
            others.append(pairs.part(~pairs.has_burn))
            print_line(f"{sets[-1].label} ({number}), ahead", others[-1], others[-1].age_d > 0.25)
    if others:
        joined = Pairs(*(np.concatenate([getattr(p, name) for p in others]) for name in Pairs.__slots__))
        for name, known in (("orbit class", ~joined.has_history), ("own history", joined.has_history)):
            print_line(f"others by {name}, ahead", joined, known & (joined.age_d > 0.25))
            print_line(f"others by {name}, behind", joined, known & (joined.age_d < -0.05))


def report_iss(sets: Sequence[ElementSet], pairs: Pairs) -> None:
    """The tables of the ISS."""
    print(f"\n{sets[-1].label}: {len(sets)} sets, {sets[0].epoch:%Y-%m-%d} to {sets[-1].epoch:%Y-%m-%d}")
    kinds = (
        ("no burn, not odd", ~pairs.has_burn & ~pairs.is_odd),
        ("burn between", pairs.has_burn),
        ("odd set, no burn", ~pairs.has_burn & pairs.is_odd),
    )
    for kind, rows in kinds:
        for low, high in (*AGES_D, (0.25, 12.0), *BEHIND_D):
            print_line(
                f"{kind:18} {low:6.2f} to {high:6.2f} d", pairs, rows & (pairs.age_d >= low) & (pairs.age_d < high)
            )


def by_satellite(sets: Sequence[ElementSet]) -> dict[int, list[ElementSet]]:
    """The sets of each satellite, in order of their epochs, without copies of another's orbit."""
    found: dict[int, list[ElementSet]] = {}
    seen: dict[tuple[object, ...], int] = {}
    for item in sorted(sets, key=lambda s: (s.catalog_number, s.epoch)):
        orbit = (item.epoch.replace(microsecond=0), round(item.mean_motion_rev_day, 5))
        if seen.setdefault(orbit, item.catalog_number) == item.catalog_number:
            found.setdefault(item.catalog_number, []).append(item)
    return found


def thinned(sets: Sequence[ElementSet]) -> list[ElementSet]:
    """Sets that are some time apart: two of one epoch share all that they were fitted to."""
    kept = [sets[0]]
    for item in sets[1:]:
        if item.epoch - kept[-1].epoch > LEAST_APART:
            kept.append(item)
    return kept


def pairs_of(sets: Sequence[ElementSet]) -> Pairs:
    """All pairs of a satellite's sets."""
    records = [sgp4_record(s) for s in sets]
    days, fractions = np.array([r.jdsatepoch for r in records]), np.array([r.jdsatepochF for r in records])
    at_d = days - JULIAN_DATE_OF_ORDINAL_0 + fractions
    at_epoch = [r.sgp4(day, fraction) for r, day, fraction in zip(records, days, fractions, strict=True)]
    true_km, true_km_s = np.array([s[1] for s in at_epoch]), np.array([s[2] for s in at_epoch])
    burns = list(burns_of(sets))
    rows = [
        one_set(sets, k, at_d, records[k].sgp4_array, days, fractions, true_km, true_km_s, burns)
        for k in range(len(sets))
    ]
    return Pairs(*(np.concatenate(column) for column in zip(*rows, strict=True)))


def one_set(
    sets: Sequence[ElementSet],
    k: int,
    at_d: Floats,
    propagate: Any,
    days: Floats,
    fractions: Floats,
    true_km: Floats,
    true_km_s: Floats,
    burns: Sequence[Manoeuvre],
) -> tuple[NDArray[Any], ...]:
    """The columns of `Pairs` for the predictions of one set."""
    item = sets[k]
    near = np.flatnonzero((np.abs(at_d - at_d[k]) < MOST_D) & (np.arange(len(sets)) != k))
    code, position_km, _ = propagate(days[near], fractions[near])
    near, position_km = near[code == 0], position_km[code == 0]
    age_d = at_d[near] - at_d[k]
    record = History(sets[max(0, k - 400) : k + 1]).record(item)
    prediction = prediction_of(item, record, is_iss=item.catalog_number == ISS)
    of_68_s, of_95_s = table_s(prediction, age_d)
    has_burn = np.zeros(len(near), dtype=np.bool_)
    for burn in burns:
        after_d = (burn.time - item.epoch) / timedelta(days=1)
        between = ((age_d - after_d) * after_d > 0.0) & (np.abs(age_d) > abs(after_d)) & ~has_burn
        shift_68_s, shift_95_s = burn_s(prediction, np.abs(age_d - after_d), age_d, None, None)
        of_68_s = np.where(between, np.hypot(of_68_s, shift_68_s), of_68_s)
        of_95_s = np.where(between, np.hypot(of_95_s, shift_95_s), of_95_s)
        has_burn |= between
    is_odd = record.is_odd(item.bstar) if record is not None else item.bstar <= 0.0
    has_history = record is not None and record.half_days > 0
    off_s = np.abs(along_track_s(position_km, true_km[near], true_km_s[near]))
    flags = (np.full(len(near), flag, dtype=np.bool_) for flag in (is_odd, has_history))
    return age_d, at_d[near], off_s, of_68_s, of_95_s, has_burn, *flags


def burns_of(sets: Sequence[ElementSet]) -> Iterator[Manoeuvre]:
    """A burn of unknown size in the middle between two sets, where the mean motion jumps."""
    for before, after in pairwise(sets):
        if is_manoeuvre_between(before, after):
            middle = before.epoch + 0.5 * (after.epoch - before.epoch)
            yield Manoeuvre(catalog_number=before.catalog_number, time=middle, origin=ManoeuvreOrigin.HISTORY)


def print_line(what: str, pairs: Pairs, rows: NDArray[np.bool_]) -> None:
    """The shares of some pairs."""
    chosen = pairs.part(rows)
    if not len(chosen.age_d):
        return
    half_days = np.floor(2.0 * chosen.at_d).astype(np.int64)
    bins, of_bin, counts = np.unique(half_days, return_inverse=True, return_counts=True)
    shares = []
    for within_s in (chosen.within_68_s, chosen.within_95_s):
        inside = np.bincount(of_bin, (chosen.off_s <= within_s).astype(np.float64)) / counts
        low, high = interval(inside, bins, float(np.abs(chosen.age_d).max()))
        shares.append(f"{100 * inside.mean():3.0f} % ({100 * low:.0f}-{100 * high:.0f})")
    behind = f"{len(chosen.age_d):6} pairs {len(bins):5} half days"
    print(f"{what:42} {behind}  {shares[0]:>16}  {shares[1]:>16}  ±{np.median(chosen.within_95_s):.2f} s")


def interval(inside: Floats, bins: NDArray[np.int64], block_d: float) -> tuple[float, float]:
    """The interval of the mean that holds 95 % of resamplings, in blocks of days that share their sets."""
    of_block = np.unique(bins // max(1, round(2.0 * block_d)), return_inverse=True)[1]
    sums, counts = np.bincount(of_block, inside), np.bincount(of_block)
    random = np.random.default_rng(0)
    drawn = random.integers(0, len(sums), (RESAMPLED, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


if __name__ == "__main__":
    main()
