"""How times and lengths are said."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from passplan.server.shared.display import Display, count


@pytest.mark.parametrize(
    ("left_s", "said"),
    [
        (0.0, "T\N{MINUS SIGN}00:00"),
        (59.9, "T\N{MINUS SIGN}00:59"),
        (-61.0, "T+01:01"),
        (5_745.0, "T\N{MINUS SIGN}1:35:45"),
        (172_799.0, "T\N{MINUS SIGN}47:59:59"),
        (172_800.0, "T\N{MINUS SIGN}2 d 00 h"),
        (1_000_000.0, "T\N{MINUS SIGN}11 d 13 h"),
    ],
)
def test_a_countdown(left_s: float, said: str) -> None:
    assert said == count(left_s)


def test_days_between_two_instants_are_midnights_of_the_zone() -> None:
    start, end = datetime(2026, 8, 8, 14, tzinfo=UTC), datetime(2026, 8, 8, 15, tzinfo=UTC)
    utc = Display("auto", "utc", UTC, "UTC")
    tokyo = Display("auto", "station", ZoneInfo("Asia/Tokyo"), "Asia/Tokyo")

    assert (0, 1) == (utc.days_between(start, end), tokyo.days_between(start, end))
