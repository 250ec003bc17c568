"""The error in time of predictions from element sets, as it was measured: docs/explanation/uncertainty.md.

The error is along the orbit. It comes from a floor, the noise of the fit, the drag that the set assumes, and the
mismatch of that drag with the drag of the satellite's other sets; these are independent, and add in quadrature.
`python -m tests.benchmarks.uncertainty` measures the formulas; all figures are of the ISS unless they say otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passplan.domain.elements import LOW_ORBIT_REV_DAY, ElementSet
from passplan.domain.timing import TrackRecord
from passplan.orbit.scales import DAY_S, Floats

ISS = 25544
_ECCENTRIC = 0.2  # from here on an orbit is a highly eccentric one, of whatever period
_GEOSYNCHRONOUS_REV_DAY = 1.5
_LEAST_DRAG = 1e-5  # mean_motion_dot [rev/day^2]; below it the drag of the ISS was never seen
_QUIET_DRAG, _LEAST_QUIET = 1e-5, 0.1  # with less drag than this, there is less noise, down to a tenth of the drag
_ODD_DRAG, _ODD_SHARE = 5e-5, 1.5  # the mismatch of a set without drag, where no other set is known
_DEAD_BAND = 0.25  # the share by which BSTAR of other satellites follows the air, without harm
_MU_KM3_S2 = 398_600.8


@dataclass(frozen=True, slots=True)
class Growth:
    """The growth of an error with age a [days]: terms in u = a (a + back)."""

    floor_s: float
    noise_s: float
    noise_power: float
    drag: float
    drag_power: float
    mismatch: float
    back_d: float  # the fit that made a set looks so far back

    def error_s(self, p: Prediction, u: Floats, powers: Callable[[float], Floats], quietness: float | Floats) -> Floats:
        """The error, from u and its powers."""
        turn_s = DAY_S / p.mean_motion_rev_day
        noise_s = self.noise_s * quietness * powers(0.5 * self.noise_power)
        drag_s = self.drag * p.drag_rev_day2 * powers(0.5 * self.drag_power) * turn_s
        fitted_s = np.maximum(self.floor_s, p.scale * np.sqrt(self.floor_s**2 + noise_s**2 + drag_s**2))
        return np.asarray(np.hypot(fitted_s, self.mismatch * p.mismatch_rev_day2 * u * turn_s))


# For 68 and 95 of 100 passes. Sets behind their epoch are fitted to what they predict, and so are much better there.
AHEAD = (Growth(0.09, 0.10, 1.65, 0.11, 2.0, 1.2, 0.9), Growth(0.22, 0.27, 1.65, 0.32, 2.0, 1.5, 0.9))
BEHIND = (Growth(0.09, 0.002, 2.5, 0.016, 3.0, 0.7, 0.0), Growth(0.22, 0.006, 2.5, 0.075, 2.75, 1.2, 0.0))
# Floor [s] and rate [s/day] for 68 and 95: of pairs of sets 30 to 80 days apart, of 31 and 5 satellites.
GEOSYNCHRONOUS, ECCENTRIC = ((3.0, 9.0), (9.0, 16.0)), ((1.0, 1.2), (3.0, 3.0))

_BURN_DRAG = 1e-4  # mean_motion_dot at which the sizes of past burns were found; they grow with its square root
_BURN_SINCE = ((34.0, 1.0), (88.0, 0.9))  # s, and power of the days since a burn of unknown size
_BURN_BEHIND = ((1.6, 2.2), (19.0, 1.45))  # where the set is of after the burn: of the days before its epoch
_BURN_AGE = ((12.0, 1.15), (42.0, 1.05))
_SIZE_95 = 1.2  # of 68 % to 95 % of the shift by a burn of known size


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the errors of predictions depend on beside the age: of one element set, or arrays of several."""

    mean_motion_rev_day: float | Floats
    drag_rev_day2: float | Floats
    mismatch_rev_day2: float | Floats = 0.0
    scale: float | Floats = 1.0
    quietness: float | Floats = 1.0  # with little drag there is little noise ahead

    def part(self, rows: NDArray[np.int64]) -> Prediction:
        """Those of some rows."""
        return Prediction(*(value if np.ndim(value) == 0 else np.asarray(value)[rows] for value in _values(self)))


def _values(p: Prediction) -> tuple[float | Floats, ...]:
    return p.mean_motion_rev_day, p.drag_rev_day2, p.mismatch_rev_day2, p.scale, p.quietness


def is_drawn_by_air(item: ElementSet) -> bool:
    """Whether it is a low orbit that is not highly eccentric."""
    return item.mean_motion_rev_day >= LOW_ORBIT_REV_DAY and item.eccentricity < _ECCENTRIC


def is_geosynchronous(item: ElementSet) -> bool:
    """Whether it is an orbit of about a day that is not highly eccentric."""
    return item.mean_motion_rev_day < _GEOSYNCHRONOUS_REV_DAY and item.eccentricity < _ECCENTRIC


def is_eccentric(item: ElementSet) -> bool:
    """Whether it is a highly eccentric orbit."""
    return item.eccentricity >= _ECCENTRIC


def prediction_of(item: ElementSet, record: TrackRecord | None, *, is_iss: bool) -> Prediction:
    """What is known of predictions from a set of a low orbit."""
    own = abs(item.mean_motion_dot)
    if record is None:
        drag = own
        mismatch = max(_ODD_SHARE * own, _ODD_DRAG) if item.bstar <= 0.0 else 0.0
    else:
        drag = record.drag_rev_day2
        off = abs(item.bstar / record.bstar - 1.0) if record.bstar > 0.0 else 0.0
        mismatch = (off if is_iss else max(0.0, off - _DEAD_BAND)) * drag
    return Prediction(
        mean_motion_rev_day=item.mean_motion_rev_day,
        drag_rev_day2=max(drag, _LEAST_DRAG) if is_iss else drag,
        mismatch_rev_day2=mismatch,
        scale=record.scale if record is not None else 1.0,
        quietness=1.0 if is_iss else max(_LEAST_QUIET, min(1.0, drag / _QUIET_DRAG)) ** 0.5,
    )


def table_s(p: Prediction, age_d: Floats) -> tuple[Floats, Floats]:
    """The times [s] within which 68 % and 95 % of passes come, at signed ages [days]; no burn lies in between."""
    size_d = np.abs(age_d)
    of_68, of_95 = _errors_s(AHEAD, p, size_d, p.quietness)
    if (rows := np.flatnonzero(age_d <= 0.0)).size:
        within_s = _errors_s(BEHIND, p.part(rows), size_d[rows], 1.0)
        of_68[rows] = np.minimum(of_68[rows], within_s[0])
        of_95[rows] = np.minimum(of_95[rows], within_s[1])
    return of_68, np.maximum(of_68, of_95)


def _errors_s(
    growths: tuple[Growth, Growth], p: Prediction, size_d: Floats, quietness: float | Floats
) -> tuple[Floats, Floats]:
    """The errors for 68 % and 95 %, whose powers of u are computed once: they take longest."""
    u = size_d * (size_d + growths[0].back_d)
    known: dict[float, Floats] = {1.0: u}

    def powers(power: float) -> Floats:
        if power not in known:
            known[power] = u**power
        return known[power]

    of_68, of_95 = (growth.error_s(p, u, powers, quietness) for growth in growths)
    return of_68, of_95


def table_68_s(item: ElementSet, record: TrackRecord, age_d: Floats) -> Floats:
    """The time within which 68 % of passes come by the table alone, for a set that is not odd."""
    plain = TrackRecord(drag_rev_day2=record.drag_rev_day2, bstar=item.bstar)
    return table_s(prediction_of(item, plain, is_iss=item.catalog_number == ISS), age_d)[0]


def far_s(rates: tuple[tuple[float, float], tuple[float, float]], age_d: Floats) -> tuple[Floats, Floats]:
    """The same for orbits above the air, by floor and rate."""
    of_68, of_95 = (np.asarray(np.hypot(floor_s, rate_s * age_d)) for floor_s, rate_s in rates)
    return of_68, of_95


def burn_s(
    p: Prediction, since_d: Floats, age_d: Floats, delta_v_m_s: float | None, uncertainty_m_s: float | None
) -> tuple[Floats, Floats]:
    """The shift of passes on the other side of a burn than the set, for 68 % and 95 %.

    Args:
        p: the prediction.
        since_d: days between the burn and each pass, never negative.
        age_d: signed ages.
        delta_v_m_s: its size; None: not known, and the sizes of past burns count.
        uncertainty_m_s: of the size.
    """
    if delta_v_m_s is not None:
        shift_s = _shift_s_per_m_s_day(p.mean_motion_rev_day) * since_d
        most_m_s = delta_v_m_s + (uncertainty_m_s or 0.0)
        return shift_s * most_m_s, _SIZE_95 * shift_s * most_m_s
    usual = np.sqrt(np.maximum(p.drag_rev_day2, _LEAST_DRAG) / _BURN_DRAG)
    size_d = np.abs(age_d)
    within_s = []
    for since, behind, by_age in zip(_BURN_SINCE, _BURN_BEHIND, _BURN_AGE, strict=True):
        behind_s = np.minimum(behind[0] * size_d ** behind[1], by_age[0] * size_d ** by_age[1])
        within_s.append(usual * np.where(age_d > 0.0, since[0] * since_d ** since[1], behind_s))
    return within_s[0], within_s[1]


def _shift_s_per_m_s_day(mean_motion_rev_day: float | Floats) -> float | Floats:
    """The shift [s] a day after a burn of 1 m/s along the orbit: 34 s for the ISS, as the period changes by 3 dv/v."""
    rate_rad_s = 2.0 * np.pi * mean_motion_rev_day / DAY_S
    speed_m_s = 1000.0 * (_MU_KM3_S2 * rate_rad_s) ** (1.0 / 3.0)
    return 3.0 * DAY_S / speed_m_s
