"""The kernels' own pieces against plain arithmetic."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from passplan.kernels import curve, layout
from passplan.kernels import mask as mask_kernel
from passplan.kernels.compiling import cache_folder

# Only entries can be called from Python; these stand in for a kernel that uses the pieces.
_place, _relative_to, _with_rates = curve.place, curve.relative_to, curve.with_rates
_segment, _slope = mask_kernel.segment, mask_kernel.slope


@numba.njit
def _position(nodes: np.ndarray, row: np.ndarray, t: float, station: np.ndarray, curves: np.ndarray) -> tuple:  # type: ignore[type-arg]
    slot, w = _place(nodes, row, t, curves)
    return _relative_to(station, curves, slot, w)


@numba.njit
def _rates(nodes: np.ndarray, row: np.ndarray, t: float, station: np.ndarray, curves: np.ndarray) -> tuple:  # type: ignore[type-arg]
    slot, w = _place(nodes, row, t, curves)
    return _with_rates(station, curves, slot, w)


def _forget(curves: np.ndarray) -> None:
    curves[curve.SLOTS, 0, 0] += curve.NEXT_SATELLITE


@numba.njit
def _mask_at(points: np.ndarray, azimuth: float) -> float:
    k = _segment(points, azimuth)
    found: float = points[1, k] + (azimuth - points[0, k]) * _slope(points, k)
    return found


def _curves() -> np.ndarray:
    curves = curve.new_curves()
    _forget(curves)
    return curves


def _nodes(count: int = 40, step: float = 200.0) -> tuple[np.ndarray, np.ndarray]:
    """A circular orbit sampled at even steps, and the row that describes it."""
    times = np.arange(count) * step
    angle = 2.0 * np.pi * times / 5560.0
    row = np.zeros(layout.SATELLITE_COLUMNS)
    row[layout.STEP] = step
    return 6800.0 * np.stack([np.cos(angle), np.sin(angle), 0.3 * np.sin(angle)]), row


@pytest.mark.parametrize("t", [0.0, 1.0, 99.9, 100.0, 3333.3, 4000.0, 7700.0, 7799.9])
def test_a_curve_goes_between_nodes_where_the_orbit_goes(t: float) -> None:
    nodes, row = _nodes()
    found = _position(nodes, row, t, np.zeros(layout.STATION_COLUMNS), _curves())
    angle = 2.0 * np.pi * t / 5560.0

    # At the ends the stencil is off centre.
    tolerance_km = 1e-6 if 7 * 200.0 < t < 32 * 200.0 else 1e-3
    assert 6800.0 * np.array([np.cos(angle), np.sin(angle), 0.3 * np.sin(angle)]) == pytest.approx(
        np.array(found), abs=tolerance_km
    )


def test_the_curves_of_another_satellite_are_forgotten() -> None:
    nodes, row = _nodes()
    curves = _curves()
    station = np.zeros(layout.STATION_COLUMNS)
    before = _position(nodes, row, 3333.0, station, curves)
    _forget(curves)
    after = _position(2.0 * nodes, row, 3333.0, station, curves)

    assert 2.0 * np.array(before) == pytest.approx(np.array(after))


def test_rates_are_the_slopes_of_the_curve() -> None:
    nodes, row = _nodes()
    station = np.zeros(layout.STATION_COLUMNS)
    station[layout.POSITION : layout.EAST] = 6378.0, 10.0, 20.0
    station[layout.UP : layout.LIMIT] = 1.0, 0.0, 0.0
    curves = _curves()
    t, d = 3010.0, 1e-4
    height, distance, height_rate, range_rate = _rates(nodes, row, t, station, curves)
    before = _rates(nodes, row, t - d * row[layout.STEP], station, curves)
    after = _rates(nodes, row, t + d * row[layout.STEP], station, curves)

    assert np.linalg.norm(_position(nodes, row, t, station, curves)) == pytest.approx(distance)
    assert _position(nodes, row, t, station, curves)[0] == pytest.approx(height)
    assert (after[0] - before[0]) / (2.0 * d) == pytest.approx(height_rate, rel=1e-6)
    assert (after[1] - before[1]) / (2.0 * d) == pytest.approx(range_rate, rel=1e-6)


def test_a_mask_is_linear_between_its_points() -> None:
    azimuths_deg, elevations_deg = [0.0, 90.0, 100.0, 360.0], [5.0, 10.0, 0.0, 5.0]
    points = np.radians(np.array([azimuths_deg, elevations_deg]))
    for azimuth_deg in np.linspace(0.0, 359.999, 77):
        found_deg = np.degrees(_mask_at(points, np.radians(azimuth_deg)))

        assert np.interp(azimuth_deg, azimuths_deg, elevations_deg) == pytest.approx(found_deg)


def _cache_folder_of(tmp_path: Path, **environment: str) -> str:
    code = "from passplan.kernels.compiling import cache_folder; print(cache_folder())"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    return result.stdout.strip()


def test_the_cache_is_named_by_the_kernels_source() -> None:
    assert cache_folder().name.startswith("kernels-")
    assert len(cache_folder().name) == len("kernels-") + 16


def test_the_cache_is_where_numbas_variable_says(tmp_path: Path) -> None:
    assert str(tmp_path) in _cache_folder_of(tmp_path, NUMBA_CACHE_DIR=str(tmp_path))


def test_without_a_writable_place_kernels_still_compile(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")

    assert "passplan-kernels-" in _cache_folder_of(tmp_path, NUMBA_CACHE_DIR=str(file / "below"))


def test_kernels_give_the_same_bytes_compiled_and_loaded(tmp_path: Path) -> None:
    # The span has passes whose last digits differed between the two while LLVM might fuse operations.
    code = """
import hashlib
from datetime import timedelta
import passplan as pp
from passplan.resources import shipped
iss = [s for s in pp.load_elements(shipped("tle")) if s.catalog_number == 25544][:1]
span = pp.Span(iss[0].epoch, iss[0].epoch + timedelta(days=20))
columns = pp.find_passes(iss, pp.load_network(shipped("stations.toml")).stations, span).to_columns()
print(hashlib.sha256(b"".join(c.tobytes() for c in columns.values() if c.dtype != object)).hexdigest())
"""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    compiled, loaded = (
        subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )

    assert compiled == loaded
