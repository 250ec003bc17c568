"""The position of the Sun, and sunlight on satellites. No kernel file is needed."""

import numpy as np
from numpy.typing import NDArray

from passplan.orbit.frames import WGS84_FLATTENING, WGS84_RADIUS_KM
from passplan.orbit.scales import Floats, TimeBase

_J2000_JD = 2_451_545.0
_AU_KM = 149_597_870.7


def sun_position_km(clock: TimeBase, seconds: Floats) -> Floats:
    """Earth-fixed position of the Sun [3, instant] in km.

    The low-precision series of the Astronomical Almanac (page C5), good to 0.01 degree from 1950 to 2050. UTC is taken
    for its time argument: the Sun moves 0.0008 degree in a minute.
    """
    day, fraction = clock.julian(seconds)
    days = (day - _J2000_JD) + fraction
    mean_longitude = 280.460 + 0.985_647_4 * days
    anomaly = np.radians(357.528 + 0.985_600_3 * days)
    longitude = np.radians(mean_longitude + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2.0 * anomaly))
    obliquity = np.radians(23.439 - 0.000_000_4 * days)
    distance_km = _AU_KM * (1.000_14 - 0.016_71 * np.cos(anomaly) - 0.000_14 * np.cos(2.0 * anomaly))
    x = np.cos(longitude)
    y = np.cos(obliquity) * np.sin(longitude)
    z = np.sin(obliquity) * np.sin(longitude)
    angle_rad = clock.sidereal_rad(seconds)
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    return np.asarray(distance_km * np.stack((cosine * x + sine * y, cosine * y - sine * x, z)))


def is_sunlit(position_km: Floats, sun_km: Floats) -> NDArray[np.bool_]:
    """Whether the Sun's centre is above the Earth's limb as seen from positions [3, instant].

    The Earth is the WGS84 ellipsoid without air; in low orbits the Sun's disc takes some 8 s either side to sink.
    """
    # Stretched along the axis, the ellipsoid is a sphere, and lines stay lines.
    stretch = np.array([[1.0], [1.0], [1.0 / (1.0 - WGS84_FLATTENING)]])
    satellite, sun = position_km * stretch, sun_km * stretch
    to_sun = sun - satellite
    to_sun /= np.sqrt(np.einsum("ij,ij->j", to_sun, to_sun))
    along = np.einsum("ij,ij->j", satellite, to_sun)
    off_axis_squared = np.einsum("ij,ij->j", satellite, satellite) - along**2
    return np.asarray((along > 0.0) | (off_axis_squared > WGS84_RADIUS_KM**2))
