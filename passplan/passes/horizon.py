"""The kernels' arrays of stations: position, horizon directions, and the limit by azimuth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passplan.domain.network import Station
from passplan.kernels import layout
from passplan.orbit.frames import east_north_up, geodetic_position_km
from passplan.orbit.scales import Floats
from passplan.passes.refraction import geometric_deg

_REFRACTED_RISE_DEG = 0.05


@dataclass(frozen=True, slots=True)
class Horizons:
    """The kernels' arrays for several stations."""

    stations: Floats  # [station, STATION_COLUMNS]
    masks: Floats  # [2, point] azimuth and elevation limit [rad]
    mask_start: NDArray[np.int64]  # [station + 1]


def horizons(stations: Sequence[Station], *, refraction: bool) -> Horizons:
    """The stations' horizons; with refraction, limits are of apparent elevation and turned into geometric ones."""
    rows = np.empty((len(stations), layout.STATION_COLUMNS))
    masks: list[Floats] = []
    starts = [0]
    for row, station in zip(rows, stations, strict=True):
        latitude_deg, longitude_deg = station.latitude_deg, station.longitude_deg
        row[layout.POSITION : layout.EAST] = geodetic_position_km(latitude_deg, longitude_deg, station.altitude_m)
        row[layout.EAST : layout.LIMIT] = east_north_up(latitude_deg, longitude_deg).ravel()
        limit = limit_by_azimuth(station, refraction=refraction)
        row[layout.LIMIT] = np.radians(limit[1].min())
        row[layout.SIN_LIMIT] = np.sin(row[layout.LIMIT])
        if limit.shape[1] > 1:
            masks.append(np.radians(limit))
            starts.append(starts[-1] + limit.shape[1])
        else:
            starts.append(starts[-1])
    joined = np.ascontiguousarray(np.concatenate(masks, axis=1)) if masks else np.empty((2, 0))
    return Horizons(rows, joined, np.array(starts, dtype=np.int64))


def limit_by_azimuth(station: Station, *, refraction: bool = False) -> Floats:
    """The larger of mask and floor [azimuth and elevation in degrees, point]; one point if it is constant.

    Linear between its points: the azimuths at which mask and floor meet are among them.
    """
    floor_deg = station.min_elevation_deg
    if station.horizon_mask is None or all(e <= floor_deg for _, e in station.horizon_mask.points):
        limit = np.array([[0.0], [floor_deg]])
        return np.array([limit[0], geometric_deg(limit[1])]) if refraction else limit
    azimuth_deg, mask_deg = np.array(station.horizon_mask.closed).T
    above = mask_deg - floor_deg
    meets = np.flatnonzero(above[:-1] * above[1:] < 0.0)
    share = above[meets] / (above[meets] - above[meets + 1])
    meets_deg = azimuth_deg[meets] + share * (azimuth_deg[meets + 1] - azimuth_deg[meets])
    points_deg = np.unique(np.concatenate([azimuth_deg, meets_deg]))
    if refraction:  # it bends straight masks: by under 0.0001 degree between points this near in elevation
        rise_deg = np.abs(np.diff(np.interp(points_deg, azimuth_deg, mask_deg)))
        pieces = np.maximum(np.ceil(rise_deg / _REFRACTED_RISE_DEG), 1.0).astype(np.int64)
        edges = zip(points_deg[:-1], points_deg[1:], pieces, strict=True)
        points_deg = np.append(np.concatenate([np.linspace(a, b, n, endpoint=False) for a, b, n in edges]), 360.0)
    limit_deg = np.maximum(np.interp(points_deg, azimuth_deg, mask_deg), floor_deg)
    return np.array([points_deg, geometric_deg(limit_deg) if refraction else limit_deg])


def lowest_height_km(stations: Floats, min_radius_km: Floats, max_radius_km: Floats) -> Floats:
    """The least height over the horizon plane [km] of anything at or above the limit: [satellite, station].

    At height w the points above the limit fill a disc, whose farthest point from the Earth's centre is on the side to
    which the station's vertical leans; so w is possible only if that point is at least the least radius away. The
    smallest such w solves a quadratic in the slant range p = w / sin(limit). Below the horizontal, a bound by the
    largest range. docs/explanation/pass-search.md has the proof.
    """
    position, up = stations[:, layout.POSITION : layout.EAST], stations[:, layout.UP : layout.LIMIT]
    squared = np.einsum("ij,ij->i", position, position)
    along = np.einsum("ij,ij->i", position, up)
    aside = np.sqrt(np.maximum(squared - along**2, 0.0))
    sine, cosine = np.sin(stations[:, layout.LIMIT]), np.cos(stations[:, layout.LIMIT])
    above = along * sine + aside * cosine
    below = along * sine - aside
    least = np.sqrt(np.maximum(above**2 + min_radius_km[:, None] ** 2 - squared, 0.0)) - above
    largest = np.sqrt(np.maximum(below**2 + max_radius_km[:, None] ** 2 - squared, 0.0)) - below
    return np.asarray(np.where(sine >= 0.0, sine * np.maximum(least, 0.0), sine * largest))
