"""The track record of a satellite: how predictions from its past element sets came out, against its later ones.

Differencing predictions from consecutive sets was proposed by Geul, Mooij and Noomen (Acta Astronautica 2017). Here the
comparison is robust: quantiles, and each half day counts once, however many sets it has.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from statistics import median

import numpy as np

from passplan.domain.elements import ElementSet
from passplan.domain.timing import TrackRecord
from passplan.orbit.scales import JULIAN_DATE_OF_ORDINAL_0, Floats
from passplan.orbit.sgp4_motion import sgp4_record
from passplan.orbit.timelines import is_manoeuvre_between
from passplan.orbit.timing_table import ISS, is_drawn_by_air, table_68_s

WINDOW, _MONTH = timedelta(days=60), timedelta(days=30)
_LEAST_OF_MONTH = 3  # sets behind a median
_LEAST_SETS, _LEAST_D, _LEAST_HALF_DAYS = 8, 4.0, 4
MOST_SETS = 60
_AGES_D = (0.5, 3.0)  # of the predictions that are compared
_SCALES = (0.3, 4.0)
_TRUST_ISS, _FULL_TRUST = 0.5, 8.0  # exponent of the scale, and the half days from which it holds
_TRUST, _HALF_TRUST = 0.9, 3.0  # of other satellites; half days at which it is half


class History:
    """The element sets of a satellite in order of their epochs."""

    def __init__(self, sets: Iterable[ElementSet]) -> None:
        self._sets = sorted(sets, key=lambda s: s.epoch)
        self._epochs = [s.epoch for s in self._sets]
        self._scaled: TrackRecord | None = None

    def medians(self, newest: ElementSet) -> TrackRecord | None:
        """The medians of the 30 days until one of the sets, without a scale; None: there are too few sets."""
        until = bisect_right(self._epochs, newest.epoch)
        month = self._sets[bisect_left(self._epochs, newest.epoch - _MONTH) : until]
        if len(month) < _LEAST_OF_MONTH or not is_drawn_by_air(newest):
            return None
        sound = [s for s in month if s.bstar > 0.0] or month
        drag = median(abs(s.mean_motion_dot) for s in sound)
        return TrackRecord(drag_rev_day2=drag, bstar=median(s.bstar for s in month))

    def record(self, newest: ElementSet) -> TrackRecord | None:
        """The track record until one of the sets; None: there are too few.

        The scale is of the 60 days until the set for which it was asked first: the errors of a satellite change slowly,
        and to compute it takes longer.
        """
        record = self.medians(newest)
        if record is not None and self._scaled is None:
            until = bisect_right(self._epochs, newest.epoch)
            window = self._sets[bisect_left(self._epochs, newest.epoch - WINDOW) : until]
            self._scaled = _with_scale(record, window)
        if record is None or self._scaled is None:
            return record
        return replace(record, scale=self._scaled.scale, half_days=self._scaled.half_days)


def _with_scale(record: TrackRecord, sets: Sequence[ElementSet]) -> TrackRecord:
    """The record with the scale of the errors of sets half a day to three days before later ones."""
    if len(sets) > MOST_SETS:  # the last one stays
        sets = [sets[round(k)] for k in np.linspace(0.0, len(sets) - 1.0, MOST_SETS)]
    if len(sets) < _LEAST_SETS or sets[-1].epoch - sets[0].epoch < timedelta(days=_LEAST_D):
        return record
    ratios, half_days = _ratios(record, sets)
    _, of_bin, counts = np.unique(half_days, return_inverse=True, return_counts=True)
    if len(counts) < _LEAST_HALF_DAYS:
        return record
    order = np.argsort(ratios)
    weight = np.cumsum((1.0 / counts[of_bin])[order])
    within_68 = float(np.clip(np.interp(0.68 * weight[-1], weight, ratios[order]), *_SCALES))
    if sets[-1].catalog_number == ISS:
        trust = _TRUST_ISS * min(1.0, len(counts) / _FULL_TRUST)
    else:
        trust = _TRUST * len(counts) / (len(counts) + _HALF_TRUST)
    return replace(record, scale=within_68**trust, half_days=len(counts))


def _ratios(record: TrackRecord, sets: Sequence[ElementSet]) -> tuple[Floats, Floats]:
    """Errors of predictions by those of the table, and the half day of each. No burn lies in between; no set is odd."""
    own = [sgp4_record(s) for s in sets]
    days = np.array([r.jdsatepoch for r in own])
    fractions = np.array([r.jdsatepochF for r in own])
    at_d = days - JULIAN_DATE_OF_ORDINAL_0 + fractions
    burns = np.cumsum([0, *(is_manoeuvre_between(a, b) for a, b in pairwise(sets))])
    at_epoch = [r.sgp4(day, fraction) for r, day, fraction in zip(own, days, fractions, strict=True)]
    true_km, true_km_s = np.array([s[1] for s in at_epoch]), np.array([s[2] for s in at_epoch])
    ratios, half_days = [np.empty(0)], [np.empty(0)]
    for number, (item, satrec) in enumerate(zip(sets, own, strict=True)):
        age_d = at_d - at_d[number]
        later = np.flatnonzero((age_d > _AGES_D[0]) & (age_d < _AGES_D[1]) & (burns == burns[number]))
        if record.is_odd(item.bstar) or not len(later):
            continue
        code, position_km, _ = satrec.sgp4_array(days[later], fractions[later])
        off_s = np.abs(along_track_s(position_km, true_km[later], true_km_s[later]))
        expected_s = table_68_s(item, record, age_d[later])
        sound = code == 0
        ratios.append((off_s / expected_s)[sound])
        half_days.append(np.floor(2.0 * at_d[later])[sound])
    return np.concatenate(ratios), np.concatenate(half_days)


def along_track_s(position_km: Floats, true_km: Floats, true_km_s: Floats) -> Floats:
    """How many seconds positions [instant, 3] are ahead of true ones along their orbit: angle by angular rate."""
    momentum = np.cross(true_km, true_km_s)
    size = np.linalg.norm(momentum, axis=1)
    ahead = np.einsum("ij,ij->i", position_km, np.cross(momentum, true_km)) / size
    angle_rad = np.arctan2(ahead, np.einsum("ij,ij->i", position_km, true_km))
    return np.asarray(angle_rad * np.einsum("ij,ij->i", true_km, true_km) / size)
