"""States in the frames of ephemerides to and from TEME, SGP4's frame.

The rotation between ICRF and TEME is Skyfield's. It turns so slowly that its own motion changes no velocity by more
than 0.1 mm/s; it is computed every half hour, and between linearly (0.1 mm).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from passplan.domain.ephemeris import Frame
from passplan.orbit.frames import earth_fixed, earth_fixed_velocity
from passplan.orbit.scales import EARTH_ROTATION_RAD_S, Floats, TimeBase, timescale

_EVERY_S = 1_800.0


def to_teme(frame: Frame, clock: TimeBase, seconds: Floats, states: Floats) -> Floats:
    """States [instant, 6] in km and km/s of a frame in TEME."""
    if frame is Frame.TEME:
        return states
    if frame is Frame.ITRF:
        return _from_earth_fixed(clock, seconds, states)
    return _turned(_from_icrf(frame, clock, seconds), states)


def from_teme(frame: Frame, clock: TimeBase, seconds: Floats, states: Floats) -> Floats:
    """States [instant, 6] in km and km/s of TEME in a frame."""
    if frame is Frame.TEME:
        return states
    if frame is Frame.ITRF:
        angle_rad = clock.sidereal_rad(seconds)
        cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
        position_km = earth_fixed(states[:, :3], cosine, sine)
        velocity_km_s = earth_fixed_velocity(states[:, 3:], position_km, cosine, sine)
        return np.concatenate([position_km, velocity_km_s]).T
    return _turned(np.swapaxes(_from_icrf(frame, clock, seconds), 1, 2), states)


def _from_icrf(frame: Frame, clock: TimeBase, seconds: Floats) -> NDArray[np.float64]:
    """The rotations [instant, 3, 3] from ICRF or EME2000 to TEME."""
    from skyfield.framelib import ICRS_to_J2000
    from skyfield.sgp4lib import TEME

    first, last = float(seconds.min()), float(seconds.max())
    at_s = np.arange(first, last + 2.0 * _EVERY_S, _EVERY_S)
    day, fraction = clock.julian(at_s)
    midnight = clock.origin.replace(hour=0, minute=0, second=0, microsecond=0)
    days = midnight.day + np.rint(day - clock.midnight_jd).astype(np.int64)
    moments = timescale().utc(midnight.year, midnight.month, days, 0, 0, fraction * 86_400.0)
    rotations = np.moveaxis(TEME.rotation_at(moments), 2, 0)
    if frame is Frame.EME2000:
        rotations = rotations @ ICRS_to_J2000.T
    low = np.clip(np.searchsorted(at_s, seconds, side="right") - 1, 0, len(at_s) - 2)
    part = ((seconds - at_s[low]) / (at_s[low + 1] - at_s[low]))[:, None, None]
    return np.asarray(rotations[low] * (1.0 - part) + rotations[low + 1] * part)


def _turned(rotations: NDArray[np.float64], states: Floats) -> Floats:
    position_km = np.einsum("nij,nj->ni", rotations, states[:, :3])
    velocity_km_s = np.einsum("nij,nj->ni", rotations, states[:, 3:])
    return np.concatenate([position_km, velocity_km_s], axis=1)


def _from_earth_fixed(clock: TimeBase, seconds: Floats, states: Floats) -> Floats:
    """The inverse of the rotation that `orbit/frames.py` makes: so Earth-fixed positions come out as they went in."""
    angle_rad = clock.sidereal_rad(seconds)
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    along = states[:, 3:].copy()
    along[:, 0] -= EARTH_ROTATION_RAD_S * states[:, 1]
    along[:, 1] += EARTH_ROTATION_RAD_S * states[:, 0]
    position_km = earth_fixed(states[:, :3], cosine, -sine)
    velocity_km_s = earth_fixed(along, cosine, -sine)
    return np.concatenate([position_km, velocity_km_s]).T
