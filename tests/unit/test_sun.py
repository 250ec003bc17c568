"""The Sun against published places, and shadow against what observers were told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from passplan import Span
from passplan.orbit.frames import WGS84_RADIUS_KM
from passplan.orbit.scales import TimeBase
from passplan.orbit.sgp4_motion import Sgp4Motion
from passplan.orbit.sun import is_sunlit, sun_position_km
from tests import sets


def _sun_deg(moment: datetime) -> tuple[float, float]:
    """Right ascension and declination."""
    clock = TimeBase.over(Span(moment, moment + timedelta(days=1)))
    x, y, z = sun_position_km(clock, np.array([0.0]))[:, 0]
    angle_deg = np.degrees(clock.sidereal_rad(np.array([0.0]))[0])
    return (np.degrees(np.arctan2(y, x)) + angle_deg) % 360.0, np.degrees(np.arctan2(z, np.hypot(x, y)))


@pytest.mark.parametrize(
    ("moment", "right_ascension_deg", "declination_deg"),
    [
        # Meeus, Astronomical Algorithms (2nd edition), example 25.a: 1992 October 13.0 TD, apparent place.
        (datetime(1992, 10, 12, 23, 59, 1, tzinfo=UTC), 198.38083, -7.78507),
        # Equinox and solstice of 2024 (US Naval Observatory: 20 March 03:06, 20 June 20:51 UT).
        (datetime(2024, 3, 20, 3, 6, tzinfo=UTC), 0.0, 0.0),
        (datetime(2024, 6, 20, 20, 51, tzinfo=UTC), 90.0, 23.4365),
    ],
)
def test_the_sun_is_within_a_hundredth_of_a_degree(
    moment: datetime, right_ascension_deg: float, declination_deg: float
) -> None:
    found_ra, found_dec = _sun_deg(moment)

    assert abs((found_ra - right_ascension_deg + 180.0) % 360.0 - 180.0) < 0.012
    assert found_dec == pytest.approx(declination_deg, abs=0.01)


def test_the_earths_shadow_is_behind_the_earth() -> None:
    sun = np.array([[1.496e8], [0.0], [0.0]])
    near = WGS84_RADIUS_KM + 400.0

    def lit(x: float, y: float, z: float) -> bool:
        return bool(is_sunlit(np.array([[x], [y], [z]]), sun)[0])

    assert lit(near, 0.0, 0.0)
    assert not lit(-near, 0.0, 0.0)
    assert lit(-near, 6800.0, 0.0)
    # Over a pole the Earth is 21 km flatter.
    assert not lit(-2000.0, 6365.0, 0.0)
    assert lit(-2000.0, 0.0, 6365.0)


def test_the_iss_enters_the_shadow_when_observers_were_told() -> None:
    # heavens-above, Zurich, 22, 24 and 26 January 2022 (UTC+1 there): "Enters shadow" 18:19:57, 18:20:52, 18:21:43.
    iss = sets.one(
        "1 25544U 98067A   22021.68747065 -.00000457  00000-0  00000+0 0  9996\n"
        "2 25544  51.6270 342.0904 0006847  44.2808  14.3181 15.49598315322461\n"
    )
    for told in (
        datetime(2022, 1, 22, 17, 19, 57, tzinfo=UTC),
        datetime(2022, 1, 24, 17, 20, 52, tzinfo=UTC),
    ):
        clock = TimeBase.over(Span(told - timedelta(seconds=60), told + timedelta(seconds=60)))
        seconds = np.arange(0.0, 120.0, 0.5)
        _, position_km = Sgp4Motion(iss, clock).positions(seconds)
        lit = is_sunlit(position_km, sun_position_km(clock, seconds))
        (enters,) = np.flatnonzero(lit[:-1] & ~lit[1:])

        # The disc of the Sun takes some 8 s to sink on either side, and the air bends its light.
        assert seconds[enters] == pytest.approx(60.0, abs=10.0)
