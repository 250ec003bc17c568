"""Atmospheric refraction: G.G. Bennett, "The calculation of astronomical refraction in marine navigation" (1982)."""

import numpy as np

from passplan.orbit.scales import Floats

LOWEST_DEG = -1.0  # the formula is not valid below; refraction is constant there


def refraction_deg(apparent_deg: Floats) -> Floats:
    """How much higher a satellite appears than it is, from its apparent elevation, at 1010 hPa and 10 °C.

    Bennett's formula is good to 0.07 arc minutes; the air of the day differs from it by several percent.
    """
    elevation_deg = np.maximum(apparent_deg, LOWEST_DEG)
    arc_minutes = 1.0 / np.tan(np.radians(elevation_deg + 7.31 / (elevation_deg + 4.4)))
    return np.asarray(np.maximum(arc_minutes, 0.0) / 60.0)


def geometric_deg(apparent_deg: Floats) -> Floats:
    """The geometric elevation of an apparent one."""
    return np.asarray(apparent_deg - refraction_deg(apparent_deg))


def apparent_deg(elevation_deg: Floats) -> Floats:
    """The apparent elevation of a geometric one; the inverse of `geometric_deg` to 1e-9 degree."""
    estimate_deg = np.asarray(elevation_deg, dtype=np.float64)
    for _ in range(60):
        estimate_deg = elevation_deg + refraction_deg(estimate_deg)
    return estimate_deg
