"""Passes that others published."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from passplan import Passes, Span, Station, find_passes
from tests import sets

# AGI STK, BUGSAT-1 over Cordoba, 0 degrees, no refraction: AOS, TCA, LOS (UTC) and the highest elevation. Published in
# the test suite of orbit-predictor (Satellogic, MIT licence).
BUGSAT = sets.one(
    "1 40014U 14033E   14294.41438078  .00003468  00000-0  34565-3 0  3930\n"
    "2 40014  97.9781 190.6418 0032692 299.0467  60.7524 14.91878099 18425\n"
)
CORDOBA = Station(id="ARG", latitude_deg=-31.2884, longitude_deg=-64.2032868, altitude_m=492.96)
STK = """\
2014/10/23 01:27:33.224  2014/10/23 01:32:41.074  2014/10/23 01:37:47.944  12.76
2014/10/23 03:01:37.007  2014/10/23 03:07:48.890  2014/10/23 03:14:01.451  39.32
2014/10/23 14:49:34.783  2014/10/23 14:55:44.394  2014/10/23 15:01:51.154  41.75
2014/10/23 16:25:54.939  2014/10/23 16:30:50.152  2014/10/23 16:35:44.984  11.45
2014/10/24 01:35:47.889  2014/10/24 01:41:13.181  2014/10/24 01:46:37.548  16.07
2014/10/24 03:10:23.486  2014/10/24 03:16:27.230  2014/10/24 03:22:31.865  30.62
2014/10/24 14:58:07.378  2014/10/24 15:04:21.720  2014/10/24 15:10:33.546  54.83
2014/10/24 16:34:48.635  2014/10/24 16:39:20.960  2014/10/24 16:43:53.204   8.78
2014/10/25 01:44:05.771  2014/10/25 01:49:45.487  2014/10/25 01:55:24.415  20.07
2014/10/25 03:19:12.611  2014/10/25 03:25:05.674  2014/10/25 03:30:59.815  24.09
"""

# heavens-above, ISS over Zurich (47.3744 N, 8.5410 E, 0 m), January 2022, UTC+1, 10 degrees: "Start" of passes that
# begin in sunlight, and their highest elevation.
ZURICH_ISS = sets.one(
    "1 25544U 98067A   22021.68747065 -.00000457  00000-0  00000+0 0  9996\n"
    "2 25544  51.6270 342.0904 0006847  44.2808  14.3181 15.49598315322461\n"
)
ZURICH = Station(id="ZRH", latitude_deg=47.3744, longitude_deg=8.5410, min_elevation_deg=10.0)
HEAVENS_ABOVE = {
    "21 19:02:20": 88,
    "22 18:14:24": 64,
    "23 19:03:14": 51,
    "24 18:15:08": 66,
    "25 19:04:17": 39,
    "26 18:16:07": 43,
    "27 19:05:15": 38,
    "28 18:17:10": 37,
    "29 19:06:05": 50,
    "30 18:18:04": 42,
}


def _stk_rows() -> list[tuple[list[datetime], float]]:
    rows = []
    for line in STK.splitlines():
        words = line.split()
        moments = [
            datetime.strptime(f"{day} {clock}", "%Y/%m/%d %H:%M:%S.%f").replace(tzinfo=UTC)
            for day, clock in zip(words[0:6:2], words[1:6:2], strict=True)
        ]
        rows.append((moments, float(words[6])))
    return rows


def test_stks_passes_are_ours_within_50_ms() -> None:
    span = Span(datetime(2014, 10, 23, tzinfo=UTC), datetime(2014, 10, 25, 4, tzinfo=UTC))
    passes = find_passes([BUGSAT], [CORDOBA], span)

    assert len(_stk_rows()) == len(passes)
    for (moments, peak_deg), found in zip(_stk_rows(), passes, strict=True):
        for expected, ours in zip(moments, (found.aos, found.tca, found.los), strict=True):
            assert abs((expected - ours).total_seconds()) < 0.05
        assert peak_deg == pytest.approx(found.peak_elevation_deg, abs=0.01)


def test_heavens_aboves_passes_are_ours_within_1_5_s() -> None:
    span = Span(datetime(2022, 1, 21, 17, tzinfo=UTC), datetime(2022, 1, 31, tzinfo=UTC))
    passes = find_passes([ZURICH_ISS], [ZURICH], span)
    for text, peak_deg in HEAVENS_ABOVE.items():
        told = datetime.strptime(f"2022-01-{text}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) - timedelta(hours=1)
        nearest = min(passes, key=lambda p: abs(p.aos - told))

        assert abs((told - nearest.aos).total_seconds()) < 1.5
        assert peak_deg == pytest.approx(nearest.peak_elevation_deg, abs=0.8)  # printed without decimals


def _passes(text: str, place: tuple[float, float, float], floor_deg: float, start: datetime, hours: float) -> Passes:
    station = sets.station_at(place, floor_deg)
    return find_passes([sets.one(text)], [station], Span(start, start + timedelta(hours=hours)))


def test_a_high_limit_finds_the_pass_overhead() -> None:
    # pyorbital's tests (values only): with a limit of 40 degrees, IRIDIUM 7 culminates at 03:48:13.178.
    passes = _passes(
        "1 24793U 97020B   18065.48735489  .00000075  00000-0  19863-4 0  9994\n"
        "2 24793  86.3994 209.3241 0002020  89.8714 270.2713 14.34246429 90794\n",
        (-43.368, 170.556, 500.0),
        40.0,
        datetime(2018, 3, 7, 3, 30, 15, tzinfo=UTC),
        2.0,
    )

    assert abs((datetime(2018, 3, 7, 3, 48, 13, 178_000, tzinfo=UTC) - passes[0].tca).total_seconds()) < 1.0
    assert 89.9 < passes[0].peak_elevation_deg <= 90.0


def test_three_days_of_a_cubesat_have_fifteen_passes() -> None:
    # pyorbital's tests (values only): 15 passes above 5 degrees, first and last culmination.
    passes = _passes(
        "1 43125U 18004Q   18251.42128650 +.00001666 +00000-0 +73564-4 0  9991\n"
        "2 43125 097.5269 314.3317 0010735 157.6344 202.5362 15.23132245036381\n",
        (51.953319, -8.174163, 50.0),
        5.0,
        datetime(2018, 9, 8, tzinfo=UTC),
        72.0,
    )

    assert len(passes) == 15
    assert abs((datetime(2018, 9, 8, 9, 5, 46, 375_000, tzinfo=UTC) - passes[0].tca).total_seconds()) < 1.0
    assert abs((datetime(2018, 9, 10, 22, 15, 3, 143_000, tzinfo=UTC) - passes[-1].tca).total_seconds()) < 1.0
