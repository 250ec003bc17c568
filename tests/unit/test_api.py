"""The Python interface: what `import passplan as pp` gives."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from skyfield.api import load

import passplan as pp

CSV = """OBJECT_NAME,OBJECT_ID,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,ARG_OF_PERICENTER,MEAN_ANOMALY,EPHEMERIS_TYPE,CLASSIFICATION_TYPE,NORAD_CAT_ID,ELEMENT_SET_NO,REV_AT_EPOCH,BSTAR,MEAN_MOTION_DOT,MEAN_MOTION_DDOT
ISS (ZARYA),1998-067A,2026-07-30T20:40:53.573952,15.49272805,.0007096,51.6314,83.9591,355.3737,4.7185,0,U,25544,999,57852,.17005E-3,.9023E-4,0
"""  # noqa: E501


def test_the_example_of_the_documentation_works(tmp_path: Path) -> None:
    (tmp_path / "stations.csv").write_text(CSV)
    start, end = datetime(2026, 7, 31, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)

    elements = pp.load_elements(tmp_path / "stations.csv")
    station = pp.Station(
        id="WLP",
        name="Wallops",
        latitude_deg=37.92,
        longitude_deg=-75.48,
        altitude_m=10,
        min_elevation_deg=5,
    )
    passes = pp.find_passes(elements, [station], pp.Span(start, end))
    way = pp.track(elements[0], station, passes[0].span, step_s=1)

    assert np.dtype("datetime64[us]") == passes.aos.dtype
    assert np.dtype("float64") == passes.peak_elevation_deg.dtype
    assert len(passes) >= 4
    assert passes[0].peak_elevation_deg == pytest.approx(way.elevation_deg.max(), abs=0.01)
    assert len(way) == len(way.doppler_hz(145.8e6))


def test_every_name_is_there_and_has_a_docstring() -> None:
    for name in pp.__all__:
        assert getattr(pp, name).__doc__
    with pytest.raises(AttributeError, match="nothing"):
        pp.nothing  # noqa: B018
    assert set(pp.__all__) <= set(dir(pp))


def test_importing_the_package_loads_none_of_it() -> None:
    code = "import sys, passplan; print(sorted(m for m in sys.modules if m.startswith('passplan.') or m == 'numpy'))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == result.stdout.strip()


def test_spans_take_datetimes_numpys_and_skyfields() -> None:
    moment = datetime(2026, 8, 8, 1, 2, 3, 456_789, tzinfo=UTC)
    later: Any = np.datetime64("2026-08-09T00:00")
    same: Any = np.datetime64("2026-08-08T01:02:03.456789")
    skyfield = load.timescale(builtin=True).from_datetime(moment)

    assert pp.Span(moment, later) == pp.Span(same, later)
    assert abs((pp.Span(skyfield, later).start - moment).total_seconds()) < 1e-4
