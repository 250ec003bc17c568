"""The timing uncertainty of a predicted pass, from the age of the elements: measured, not modelled.

The table is made by `python -m tests.benchmarks.timing_table`; docs/explanation/uncertainty.md has its data and method.
The error of a prediction is along the orbit, so AOS, TCA and LOS move together.
"""

import math

import numpy as np
from numpy.typing import NDArray

from passplan.orbit.scales import Floats

# Age [days], the time [s] within which 68 and 95 of 100 passes came, and the number of passes of each row.
TABLE = (
    (0.0, 0.16, 0.41, 554),
    (0.25, 0.18, 0.75, 14878),
    (0.5, 0.22, 1.4, 15017),
    (1.0, 0.32, 3.1, 24427),
    (2.0, 0.81, 16.0, 27021),
    (3.0, 1.7, 43.0, 29664),
    (5.0, 5.4, 110.0, 30354),
    (7.0, 13.0, 200.0, 30403),
    (10.0, 44.0, 360.0, 30159),
    (14.0, 120.0, 630.0, 29954),
)
_AGE_D, _WITHIN_68_S, _WITHIN_95_S = (np.array([row[k] for row in TABLE]) for k in range(3))


def timing_s(age_s: Floats, *, low_orbit: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The times [s] within which 68 % and 95 % of passes come, for elements of an age (before or after their epoch).

    Linear between the rows of the table, and extrapolated from its last two rows beyond it. It was measured on the ISS,
    reboosts included. For other low orbits it is an indication; beyond low orbits it is not measured, and NaN.
    """
    age_d = np.abs(age_s) / 86_400.0
    within_68_s, within_95_s = _interpolated(age_d, _WITHIN_68_S), _interpolated(age_d, _WITHIN_95_S)
    return np.where(low_orbit, within_68_s, math.nan), np.where(low_orbit, within_95_s, math.nan)


def _interpolated(age_d: Floats, within_s: Floats) -> Floats:
    slope = (within_s[-1] - within_s[-2]) / (_AGE_D[-1] - _AGE_D[-2])
    beyond_d = np.maximum(age_d - _AGE_D[-1], 0.0)
    return np.asarray(np.interp(age_d, _AGE_D, within_s) + slope * beyond_d)
