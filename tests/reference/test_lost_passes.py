"""Cases in which users of Skyfield's `find_events` lost passes: its issues 550, 856, 996, 1000 and 1017.

Element sets, places and spans are from the threads and from Skyfield's own tests, but where said; the right answers
from Skyfield's elevation itself, looked at every second and halved between.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from passplan import Span, find_passes
from tests import sets

IRIDIUM = """\
1 43076U 17083G   21040.48082306  .00000103  00000-0  29798-4 0  9990
2 43076  86.3940  58.5385 0002505  86.4765 273.6717 14.34216701164142
"""
CALSPHERE = """\
1 00900U 64063C   23132.76805348  .00000959  00000+0  10041-2 0  9990
2 00900  90.1911  47.1536 0028577 107.2446 307.0044 13.74297586915882
"""
O3B = """\
1 39191U 13031D   21365.68950013 -.00000013  00000-0  00000-0 0  9995
2 39191 000.0397 004.0913 0002586 278.0623 077.8173 05.00115674155430
"""
ELEKTRO = """\
1 41105U 15074A   24238.84268576 -.00000128  00000+0  00000+0 0  9993
2 41105   5.0153  78.6193 0002491 153.4123  31.4253  1.00270890 31881
"""
KANOPUS = """\
1 38707U 12039A   24247.82317651  .00138984  00000-0  16635-2 0  9998
2 38707  97.4945 189.8924 0007050 108.0286 252.1739 15.60479551673427
"""
MOLNIYA = """\
1 17328U 87008A   24305.23833080  .00000500  00000-0  22722-2 0  9997
2 17328  63.0833   7.8955 7415190 253.9972  19.6892  2.00632911273252
"""
PROBA_3 = """\
1 99991U 24999A   24340.44722222  .00000010  00000-0  52554-3 0  0017
2 99991  59.0000 142.9829 8111000 188.0000 000.0000 01.22265304000001
"""

CUT = None  # the pass is under way there


@pytest.mark.parametrize(
    ("elements", "place", "floor_deg", "start", "end", "expected"),
    [
        pytest.param(
            IRIDIUM,
            (32.5, -85.5, 200.0),
            5.0,
            "2021-02-09 00:00:00",
            "2021-02-09 00:10:00",
            [(CUT, "2021-02-09 00:04:12")],
            id="550-starts-after-the-top",
        ),
        pytest.param(
            CALSPHERE,
            (64.9725, -147.5011, 0.0),
            5.0,
            "2023-05-12 16:49:00",
            "2023-05-12 16:55:00",
            [(CUT, "2023-05-12 16:51:55")],
            id="856-with-the-top",
        ),
        pytest.param(  # the thread's own span is not at hand; it has a setting and no top, as this one
            CALSPHERE,
            (64.9725, -147.5011, 0.0),
            5.0,
            "2023-05-12 16:50:00",
            "2023-05-12 16:55:00",
            [(CUT, "2023-05-12 16:51:55")],
            id="856-a-lone-setting",
        ),
        pytest.param(
            CALSPHERE,
            (64.9725, -147.5011, 0.0),
            5.0,
            "2023-05-12 16:45:00",
            "2023-05-12 16:48:00",
            [("2023-05-12 16:46:40", CUT)],
            id="856-a-lone-rising",
        ),
        pytest.param(
            O3B,
            (-24.626331, -70.403964, 2369.34),
            30.0,
            "2022-01-02 03:15:00",
            "2022-01-02 03:45:00",
            [(CUT, "2022-01-02 03:40:18")],
            id="996-a-lone-setting",
        ),
        pytest.param(
            ELEKTRO,
            (55.671429, 37.62539, 180.0),
            14.0,
            "2024-08-26 08:38:00",
            "2024-08-26 13:38:00",
            [("2024-08-26 09:53:15", CUT)],
            id="996-a-rising-without-its-top",
        ),
        pytest.param(
            KANOPUS,
            (48.6622, 34.8862, 0.0),
            70.0,
            "2024-09-05 00:00:00",
            "2024-09-06 00:00:00",
            [("2024-09-05 00:00:32", "2024-09-05 00:01:08")],
            id="1000-near-the-start",
        ),
        pytest.param(
            MOLNIYA,
            (33.0, -118.0, 30.0),
            10.0,
            "2024-10-31 05:28:06",
            "2024-10-31 05:40:06",
            [("2024-10-31 05:30:31", CUT)],
            id="1017-a-lone-rising",
        ),
        pytest.param(
            MOLNIYA,
            (33.0, -118.0, 30.0),
            10.0,
            "2024-10-31 02:28:06",
            "2024-10-31 16:50:06",
            [("2024-10-31 05:30:31", "2024-10-31 16:43:34")],
            id="1017-two-tops-in-one-pass",
        ),
        pytest.param(  # Skyfield 1.55 finds one pass where these last three are
            PROBA_3,
            (53.0, 5.0, 0.0),
            0.0,
            "2024-12-06 12:35:00",
            "2024-12-09 12:35:00",
            [
                ("2024-12-06 21:40:24", "2024-12-07 01:26:46"),
                ("2024-12-07 04:11:33", "2024-12-07 09:27:28"),
                ("2024-12-08 00:26:41", "2024-12-08 12:10:54"),
                ("2024-12-08 15:33:55", "2024-12-08 17:05:38"),
                ("2024-12-08 22:56:50", CUT),
            ],
            id="1017-eccentricity-0.81",
        ),
    ],
)
def test_the_pass_that_was_lost_is_found(
    elements: str,
    place: tuple[float, float, float],
    floor_deg: float,
    start: str,
    end: str,
    expected: list[tuple[str | None, str | None]],
) -> None:
    span = Span(_at(start), _at(end))
    passes = find_passes([sets.one(elements)], [sets.station_at(place, floor_deg)], span)

    assert len(expected) == len(passes)
    for (aos, los), found in zip(expected, passes, strict=True):
        assert (aos is None, los is None) == (found.clipped_start, found.clipped_end)
        # The right answers are printed to a second.
        assert abs((found.aos - (_at(aos) if aos else span.start)).total_seconds()) <= 1.0
        assert abs((found.los - (_at(los) if los else span.end)).total_seconds()) <= 1.0


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
