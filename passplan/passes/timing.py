"""The timing uncertainty of predicted passes. The error is along the orbit, so AOS, TCA and LOS move together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from passplan.domain.elements import ElementSet
from passplan.domain.ephemeris import Ephemeris
from passplan.domain.manoeuvres import SAME_BURN, Manoeuvre, ManoeuvreOrigin
from passplan.domain.sources import Segment, Source
from passplan.domain.timing import TimingBasis, TrackRecord
from passplan.orbit.records import History
from passplan.orbit.scales import DAY_S, Floats
from passplan.orbit.timing_table import (
    ECCENTRIC,
    GEOSYNCHRONOUS,
    ISS,
    Prediction,
    burn_s,
    far_s,
    is_drawn_by_air,
    is_eccentric,
    is_geosynchronous,
    prediction_of,
    table_s,
)

BASES = tuple(TimingBasis)  # by the numbers in columns
# NASA's ephemerides of the ISS against later ones, seven pairs: floor [s], and growth with the cube of the days since
# an ephemeris was made; the burns that it announces are in it, and those that are planned anew are not.
_EPHEMERIS = ((0.12, 0.02), (0.28, 0.08))
_USUAL_DRAG = 1e-4  # of the ISS: where an ephemeris has none, for burns of unknown size
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Timing:
    """The times [s] within which 68 and 95 of 100 passes come; NaN: not measured."""

    within_68_s: float
    within_95_s: float
    basis: TimingBasis


@dataclass(frozen=True, slots=True)
class _Errors:
    """The errors of predictions from one segment, as a function of the time."""

    segment: Segment
    basis: TimingBasis
    prediction: Prediction | None = None  # of a low orbit by its element set
    rates: tuple[tuple[float, float], tuple[float, float]] | None = None  # of a higher one
    burns: Sequence[Manoeuvre] = ()

    def at(self, age_d: Floats) -> tuple[Floats, Floats]:
        """The times within which 68 and 95 of 100 passes come, at signed ages [days]."""
        if self.prediction is not None:
            return self._with_burns(*table_s(self.prediction, age_d), age_d)
        if self.rates is not None:
            return far_s(self.rates, age_d)
        if self.basis is TimingBasis.EPHEMERIS:
            old_d = np.maximum(age_d, 0.0)
            of_68, of_95 = (np.asarray(np.hypot(floor_s, rate_s * old_d**3)) for floor_s, rate_s in _EPHEMERIS)
            return self._with_burns(of_68, of_95, age_d)
        return np.full(len(age_d), math.nan), np.full(len(age_d), math.nan)

    def _with_burns(self, within_68_s: Floats, within_95_s: Floats, age_d: Floats) -> tuple[Floats, Floats]:
        for burn in self.burns:
            after_d = (burn.time - self.segment.epoch) / _DAY
            since_d = np.abs(age_d - after_d)
            between = (age_d - after_d) * after_d > 0.0  # the burn is nearer to the epoch than the pass, on its side
            between &= np.abs(age_d) > abs(after_d)
            if between.any():
                usual = Prediction(self.segment.mean_motion_rev_day, _USUAL_DRAG)
                shifts = burn_s(self.prediction or usual, since_d, age_d, burn.delta_v_m_s, burn.uncertainty_m_s)
                within_68_s = np.where(between, np.hypot(within_68_s, shifts[0]), within_68_s)
                within_95_s = np.where(between, np.hypot(within_95_s, shifts[1]), within_95_s)
        return within_68_s, within_95_s


def timings(
    sources: Sequence[Source], served: Sequence[tuple[int, Segment]], index: NDArray[np.int64], age_s: Floats
) -> tuple[Floats, Floats, NDArray[np.uint8]]:
    """The uncertainty of passes.

    Args:
        sources: the sources.
        served: pieces of them: the number of a source, and the segment.
        index: [pass] the piece of each.
        age_s: [pass] from the epoch of its segment to its TCA, negative before it.

    Returns:
        `timing_68_s`, `timing_95_s` and the number of the basis in `BASES`, for each pass.
    """
    errors = _all_errors(sources, served, index)
    within_68_s, within_95_s = np.full(len(index), math.nan), np.full(len(index), math.nan)
    numbers = np.zeros(len(served), dtype=np.uint8)
    is_one_by_one = np.zeros(len(served), dtype=np.bool_)
    predictions = np.full((len(served), 5), math.nan)
    for piece, error in errors.items():
        numbers[piece] = BASES.index(error.basis)
        if error.prediction is None or error.burns:
            is_one_by_one[piece] = True
        else:
            predictions[piece] = astuple(error.prediction)
    together = np.flatnonzero(~is_one_by_one[index])
    many = Prediction(*(column[index[together]] for column in predictions.T))
    within_68_s[together], within_95_s[together] = table_s(many, age_s[together] / DAY_S)
    order = np.argsort(index, kind="stable")
    edges = np.searchsorted(index[order], np.arange(len(served) + 1))
    for number in np.flatnonzero(is_one_by_one).tolist():
        rows = order[edges[number] : edges[number + 1]]
        within_68_s[rows], within_95_s[rows] = errors[number].at(age_s[rows] / DAY_S)
    return within_68_s, within_95_s, numbers[index]


def _all_errors(
    sources: Sequence[Source], served: Sequence[tuple[int, Segment]], index: NDArray[np.int64]
) -> dict[int, _Errors]:
    """The errors of the pieces that have a pass. The newest first: its record has the scale of its source."""
    histories: dict[int, History | None] = {}
    errors = {}
    for piece in np.unique(index)[::-1].tolist():
        number, segment = served[piece]
        if number not in histories:
            histories[number] = _history_of(sources[number])
        errors[piece] = _errors_of(sources[number], segment, histories[number])
    return errors


def timing_at(source: Source, moment: datetime) -> Timing:
    """The uncertainty of a pass at a moment."""
    segment = source.segment_at(moment)
    errors = _errors_of(source, segment, _history_of(source))
    within_68_s, within_95_s = errors.at(np.array([(moment - segment.epoch) / _DAY]))
    return Timing(float(within_68_s[0]), float(within_95_s[0]), errors.basis)


def _history_of(source: Source) -> History | None:
    """The element sets of a source; None: it has one, or a record already."""
    if len(source.segments) == 1 or source.record is not None:
        return None
    return History({s for s in source.segments if isinstance(s, ElementSet)})


def _errors_of(source: Source, segment: Segment, history: History | None) -> _Errors:
    if isinstance(segment, Ephemeris) and segment.is_low_orbit:
        return _Errors(segment, TimingBasis.EPHEMERIS, burns=_unannounced(segment, source.manoeuvres))
    if isinstance(segment, ElementSet) and is_drawn_by_air(segment):
        record = history.record(segment) if history is not None else source.record
        is_iss = segment.catalog_number == ISS
        prediction = prediction_of(segment, record, is_iss=is_iss)
        return _Errors(segment, _basis(record, is_iss=is_iss), prediction, burns=source.manoeuvres)
    if isinstance(segment, ElementSet) and (is_geosynchronous(segment) or is_eccentric(segment)):
        rates = GEOSYNCHRONOUS if is_geosynchronous(segment) else ECCENTRIC
        return _Errors(segment, TimingBasis.ORBIT_CLASS, rates=rates)
    return _Errors(segment, TimingBasis.NONE)


def _unannounced(ephemeris: Ephemeris, burns: Sequence[Manoeuvre]) -> list[Manoeuvre]:
    """The burns that people know of, and that an ephemeris of before them does not have."""
    announced = [b.time for b in burns if b.origin is ManoeuvreOrigin.EPHEMERIS]
    return [
        burn
        for burn in burns
        if burn.origin is ManoeuvreOrigin.PERSON
        and burn.time > ephemeris.created
        and not any(abs(burn.time - time) < SAME_BURN for time in announced)
    ]


def _basis(record: TrackRecord | None, *, is_iss: bool) -> TimingBasis:
    if record is not None and record.half_days:
        return TimingBasis.OWN_HISTORY
    return TimingBasis.ISS_TABLE if is_iss else TimingBasis.ORBIT_CLASS
