"""Element sets of days to come, as a source would have them."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime

from passplan.domain.elements import ElementSet

_J2 = 1.0826e-3
_EARTH_RADIUS_KM = 6_378.135
_GRAVITY_KM3_S2 = 398_600.8
_DAY_S = 86_400.0


def later(item: ElementSet, epoch: datetime) -> ElementSet:
    """The same orbit with another epoch: turned as the Earth's flattening turns it, and a little lower.

    Rough: what matters here is that sets come, and that each moves the passes a little.
    """
    days = (epoch - item.epoch).total_seconds() / _DAY_S
    motion_rad_s = item.mean_motion_rev_day * math.tau / _DAY_S
    axis_km = (_GRAVITY_KM3_S2 / motion_rad_s**2) ** (1.0 / 3.0)
    cosine = math.cos(math.radians(item.inclination_deg))
    flattening = 1.5 * _J2 * (_EARTH_RADIUS_KM / (axis_km * (1.0 - item.eccentricity**2))) ** 2 * motion_rad_s
    degrees_per_day = math.degrees(flattening) * _DAY_S
    drag = item.mean_motion_dot * days**2  # mean_motion_dot is half the derivative
    turned_deg = 360.0 * (item.mean_motion_rev_day * days + drag)
    return replace(
        item,
        epoch=epoch.replace(microsecond=0),
        mean_motion_rev_day=item.mean_motion_rev_day + 2.0 * item.mean_motion_dot * days,
        ra_of_asc_node_deg=(item.ra_of_asc_node_deg - degrees_per_day * cosine * days) % 360.0,
        arg_of_pericenter_deg=(item.arg_of_pericenter_deg + degrees_per_day * (2.5 * cosine**2 - 0.5) * days) % 360.0,
        mean_anomaly_deg=(item.mean_anomaly_deg + turned_deg) % 360.0,
        element_set_number=item.element_set_number + 1,
    )


def omm(item: ElementSet) -> dict[str, str | float | int]:
    """An OMM in JSON, as CelesTrak writes it."""
    return {
        "OBJECT_NAME": item.name,
        "OBJECT_ID": item.object_id,
        "EPOCH": item.epoch.strftime("%Y-%m-%dT%H:%M:%S.%f"),
        "MEAN_MOTION": round(item.mean_motion_rev_day, 8),
        "ECCENTRICITY": item.eccentricity,
        "INCLINATION": item.inclination_deg,
        "RA_OF_ASC_NODE": round(item.ra_of_asc_node_deg, 4),
        "ARG_OF_PERICENTER": round(item.arg_of_pericenter_deg, 4),
        "MEAN_ANOMALY": round(item.mean_anomaly_deg, 4),
        "EPHEMERIS_TYPE": 0,
        "CLASSIFICATION_TYPE": "U",
        "NORAD_CAT_ID": item.catalog_number,
        "ELEMENT_SET_NO": item.element_set_number,
        "REV_AT_EPOCH": item.revolution_at_epoch,
        "BSTAR": item.bstar,
        "MEAN_MOTION_DOT": item.mean_motion_dot,
        "MEAN_MOTION_DDOT": item.mean_motion_ddot,
    }
