"""When a station is staffed, by its own clock; and pieces of time beside others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from passplan import (
    InputError,
    Station,
)
from passplan.domain.network import Staffing
from passplan.windows.availability import Blocked, Stretch, floor_s, moment_of, unstaffed
from tests.unit.windows.searches import START


def _gaps(station: Station, start: datetime, days: int) -> list[tuple[str, str]]:
    """When nobody is there, in UTC."""
    found = unstaffed(station, (floor_s(start), floor_s(start + timedelta(days=days))))
    pairs = zip(found.starts, found.ends, strict=True)
    return [(f"{moment_of(a):%m-%d %H:%M}", f"{moment_of(b):%m-%d %H:%M}") for a, b in pairs]


def test_a_station_without_staffing_is_always_open(delft: Station) -> None:
    assert [] == _gaps(delft, START, 2)
    assert [] == _gaps(replace(delft, staffing=(Staffing(),)), START, 2)


def test_hours_follow_the_clock_on_the_wall_when_summer_time_begins_and_ends(delft: Station) -> None:
    station = replace(delft, time_zone="Europe/Amsterdam", staffing=(Staffing(opens="08:00", closes="16:00"),))

    assert [("03-28 00:00", "03-28 07:00"), ("03-28 15:00", "03-29 06:00"), ("03-29 14:00", "03-30 00:00")] == _gaps(
        station, datetime(2026, 3, 28, tzinfo=UTC), 2
    )
    assert [("10-24 00:00", "10-24 06:00"), ("10-24 14:00", "10-25 07:00"), ("10-25 15:00", "10-26 00:00")] == _gaps(
        station, datetime(2026, 10, 24, tzinfo=UTC), 2
    )


def test_a_night_shift_is_as_long_as_the_night_that_the_clock_is_changed(delft: Station) -> None:
    station = replace(delft, time_zone="Europe/Amsterdam", staffing=(Staffing(opens="22:00", closes="06:00"),))

    assert [("03-28 12:00", "03-28 21:00"), ("03-29 04:00", "03-29 12:00")] == _gaps(
        station, datetime(2026, 3, 28, 12, tzinfo=UTC), 1
    )
    assert [("10-24 12:00", "10-24 20:00"), ("10-25 05:00", "10-25 12:00")] == _gaps(
        station, datetime(2026, 10, 24, 12, tzinfo=UTC), 1
    )


def test_an_hour_that_the_clock_skips_or_repeats_is_taken_once(delft: Station) -> None:
    station = replace(delft, time_zone="Europe/Amsterdam", staffing=(Staffing(opens="02:30", closes="12:00"),))

    assert [("03-29 00:00", "03-29 01:30")] == _gaps(station, datetime(2026, 3, 29, tzinfo=UTC), 1)[:1]
    assert [("10-25 00:00", "10-25 00:30")] == _gaps(station, datetime(2026, 10, 25, tzinfo=UTC), 1)[:1]


def test_nobody_is_there_at_the_weekend(delft: Station) -> None:
    shift = Staffing(days=("mon", "tue", "wed", "thu", "fri"), opens="20:00", closes="04:00")

    assert [("08-07 04:00", "08-07 20:00"), ("08-08 04:00", "08-10 20:00")] == _gaps(
        replace(delft, staffing=(shift,)), datetime(2026, 8, 7, tzinfo=UTC), 4
    )


def test_shifts_that_meet_leave_no_gap(delft: Station) -> None:
    shifts = (Staffing(opens="00:00", closes="12:00"), Staffing(opens="12:00", closes="24:00"))

    assert [] == _gaps(replace(delft, staffing=shifts), START, 3)
    assert [] == _gaps(replace(delft, staffing=(Staffing(opens="09:00", closes="09:00"),)), START, 3)


def test_a_time_zone_that_is_none_is_refused(delft: Station) -> None:
    with pytest.raises(InputError, match='station "DLF": time_zone is'):
        unstaffed(replace(delft, time_zone="Mars/Olympus", staffing=(Staffing(),)), (0, 1))


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([(0, 10)], [(0, 10)]),
        ([(0, 20)], [(0, 18)]),
        ([(0, 35)], [(0, 18)]),
        ([(0, 40)], [(0, 18), (35, 38)]),
        ([(36, 90)], [(36, 38), (65, 90)]),
        ([(20, 30), (60, 70)], [(65, 70)]),
        ([(0, 100)], [(0, 18), (35, 38), (65, 100)]),
    ],
)
def test_pieces_keep_off_blocked_stretches(pieces: list[Stretch], expected: list[Stretch]) -> None:
    blocked = Blocked.of([(40, 60), (20, 25), (25, 30), (45, 50)])

    assert ((20, 40), (30, 60)) == (blocked.starts, blocked.ends)
    assert expected == blocked.cut(pieces, before_s=2, after_s=5)
