"""Earth-fixed frames: WGS84 positions of stations, and the rotation from SGP4's frame to the Earth's."""

import math

import numpy as np

from passplan.orbit.scales import EARTH_ROTATION_RAD_S, Floats

WGS84_RADIUS_KM = 6378.137
WGS84_FLATTENING = 1.0 / 298.257223563


def geodetic_position_km(latitude_deg: float, longitude_deg: float, altitude_m: float) -> Floats:
    """Earth-fixed position [km] of a point over the WGS84 ellipsoid (geodetic latitude)."""
    latitude, longitude = math.radians(latitude_deg), math.radians(longitude_deg)
    squared_eccentricity = WGS84_FLATTENING * (2.0 - WGS84_FLATTENING)
    normal_km = WGS84_RADIUS_KM / math.sqrt(1.0 - squared_eccentricity * math.sin(latitude) ** 2)
    altitude_km = altitude_m / 1000.0
    across_km = (normal_km + altitude_km) * math.cos(latitude)
    return np.array(
        [
            across_km * math.cos(longitude),
            across_km * math.sin(longitude),
            (normal_km * (1.0 - squared_eccentricity) + altitude_km) * math.sin(latitude),
        ]
    )


def geodetic_of_positions(position_km: Floats) -> tuple[Floats, Floats, Floats]:
    """Geodetic latitude and longitude [deg] and altitude [km] of Earth-fixed positions [3, instant].

    Bowring's formula: good to 1e-8 degree up to geostationary altitude (Survey Review 23, 1976).
    """
    x, y, z = position_km
    across_km = np.hypot(x, y)
    squared_eccentricity = WGS84_FLATTENING * (2.0 - WGS84_FLATTENING)
    polar_km = WGS84_RADIUS_KM * (1.0 - WGS84_FLATTENING)
    second = squared_eccentricity / (1.0 - squared_eccentricity)
    parametric = np.arctan2(z * WGS84_RADIUS_KM, across_km * polar_km)
    latitude = np.arctan2(
        z + second * polar_km * np.sin(parametric) ** 3,
        across_km - squared_eccentricity * WGS84_RADIUS_KM * np.cos(parametric) ** 3,
    )
    sine = np.sin(latitude)
    normal_km = WGS84_RADIUS_KM / np.sqrt(1.0 - squared_eccentricity * sine**2)
    altitude_km = across_km * np.cos(latitude) + z * sine - normal_km * (1.0 - squared_eccentricity * sine**2)
    return np.degrees(latitude), np.degrees(np.arctan2(y, x)), altitude_km


def east_north_up(latitude_deg: float, longitude_deg: float) -> Floats:
    """Unit vectors [3, 3] of the local horizon, Earth-fixed: east, north, up (the ellipsoid's normal)."""
    latitude, longitude = math.radians(latitude_deg), math.radians(longitude_deg)
    sin_lat, cos_lat = math.sin(latitude), math.cos(latitude)
    sin_lon, cos_lon = math.sin(longitude), math.cos(longitude)
    return np.array(
        [
            [-sin_lon, cos_lon, 0.0],
            [-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat],
            [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat],
        ]
    )


def earth_fixed(position_km: Floats, cos_angle: Floats, sin_angle: Floats) -> Floats:
    """Turn positions [instant, 3] of SGP4's frame (TEME) to Earth-fixed ones [3, instant], by the sidereal angle.

    Polar motion is left out: it moves a pass by 1.5 ms at most.
    """
    x, y, z = position_km.T
    turned = np.empty((3, len(x)))
    turned[0] = cos_angle * x + sin_angle * y
    turned[1] = cos_angle * y - sin_angle * x
    turned[2] = z
    return turned


def earth_fixed_velocity(velocity_km_s: Floats, position_km: Floats, cos_angle: Floats, sin_angle: Floats) -> Floats:
    """Turn velocities [instant, 3] of TEME to Earth-fixed ones; `position_km` [3, instant] is Earth-fixed."""
    turned = earth_fixed(velocity_km_s, cos_angle, sin_angle)
    turned[0] += EARTH_ROTATION_RAD_S * position_km[1]
    turned[1] -= EARTH_ROTATION_RAD_S * position_km[0]
    return turned
