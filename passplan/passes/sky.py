"""The Sun in a station's sky."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from passplan.domain.network import Station
from passplan.domain.span import Span
from passplan.orbit.frames import east_north_up, geodetic_position_km
from passplan.orbit.scales import TimeBase
from passplan.orbit.sun import sun_position_km


def sun_direction(station: Station, moment: datetime) -> tuple[float, float]:
    """Azimuth and elevation of the Sun's centre [deg], without refraction; good to 0.01 degree."""
    clock = TimeBase.over(Span(moment, moment + timedelta(seconds=1)))
    site_km = geodetic_position_km(station.latitude_deg, station.longitude_deg, station.altitude_m)
    way_km = sun_position_km(clock, np.zeros(1))[:, 0] - site_km
    east, north, up = east_north_up(station.latitude_deg, station.longitude_deg) @ way_km
    azimuth_deg = np.degrees(np.arctan2(east, north)) % 360.0
    return float(azimuth_deg), float(np.degrees(np.arctan2(up, np.hypot(east, north))))
