"""Instants and spans, and times as text."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skyfield.api import load

from passplan.domain.errors import InputError
from passplan.domain.span import Span, instant
from passplan.formats.times import day_of_year, format_instant, parse_instant, parse_omm_epoch

NOON = datetime(2026, 8, 8, 12, tzinfo=UTC)
TIMESCALE = load.timescale(builtin=True)

moments = st.datetimes(
    min_value=datetime(1000, 1, 1),  # noqa: DTZ001
    max_value=datetime(9998, 12, 31),  # noqa: DTZ001
    timezones=st.timezones() | st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m))),
)


# --- instants ---


def test_an_aware_datetime_becomes_utc() -> None:
    found = instant(datetime(2026, 8, 8, 14, tzinfo=ZoneInfo("Europe/Vienna")))

    assert NOON == found
    assert UTC is found.tzinfo


@pytest.mark.parametrize("fold", [0, 1])
def test_the_hour_that_comes_twice_is_told_apart(fold: int) -> None:
    found = instant(datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=ZoneInfo("Europe/Vienna")))

    assert datetime(2026, 10, 25, fold, 30, tzinfo=UTC) == found


def test_a_datetime_without_a_zone_is_refused() -> None:
    with pytest.raises(InputError, match="the instant 2026-08-08T12:00:00 has no time zone; add one"):
        instant(datetime(2026, 8, 8, 12))  # noqa: DTZ001


@pytest.mark.parametrize("unit", ["h", "m", "s", "ms", "us", "ns"])
def test_a_numpy_datetime_is_taken_as_utc(unit: str) -> None:
    assert NOON == instant(np.datetime64("2026-08-08T12").astype(f"datetime64[{unit}]"))


def test_a_numpy_datetime_keeps_its_microseconds() -> None:
    found = instant(np.datetime64("2026-07-30T20:40:53.573952999", "ns"))

    assert datetime(2026, 7, 30, 20, 40, 53, 573952, tzinfo=UTC) == found


def test_an_element_of_a_numpy_array_is_an_instant() -> None:
    grid = np.array(["2026-08-08T12:00", "2026-08-08T13:00"], dtype="datetime64[s]")

    assert [NOON, NOON + timedelta(hours=1)] == [instant(t) for t in grid]


@pytest.mark.parametrize("nat", [np.datetime64("NaT"), np.datetime64("NaT", "s"), np.datetime64("NaT", "ns")])
def test_not_a_time_is_refused(nat: np.datetime64) -> None:
    with pytest.raises(InputError, match="the instant is NaT"):
        instant(nat)


def test_a_skyfield_time_is_an_instant() -> None:
    epoch = datetime(2026, 7, 30, 20, 40, 53, 573952, tzinfo=UTC)
    found = instant(TIMESCALE.from_datetime(epoch))

    assert abs(found - epoch) <= timedelta(microseconds=20)
    assert UTC is found.tzinfo


@pytest.mark.parametrize(
    "other",
    [None, 0, 1.7e9, "2026-08-08T12:00:00Z", date(2026, 8, 8), np.timedelta64(1, "s"), TIMESCALE.utc(2026, 8, [8, 9])],
)
def test_other_types_are_refused_by_name(other: Any) -> None:
    with pytest.raises(InputError, match=r"the instant is a \w+; it is an aware datetime"):
        instant(other)


@pytest.mark.parametrize("year", ["20000-01-01", "-0020-01-01", "586524-01-01"])
def test_a_numpy_datetime_beyond_the_calendar_is_refused(year: str) -> None:
    with pytest.raises(InputError, match="give a time in the years 1 to 9999"):
        instant(np.datetime64(year))


@pytest.mark.parametrize("year", [20000, -20])
def test_a_skyfield_time_beyond_the_calendar_is_refused(year: int) -> None:
    with pytest.raises(InputError):
        instant(TIMESCALE.utc(year, 1, 1))


@pytest.mark.parametrize(
    "moment",
    [
        datetime.min.replace(tzinfo=timezone(timedelta(hours=5))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-5))),
    ],
)
def test_an_instant_beyond_the_calendar_of_utc_is_refused(moment: datetime) -> None:
    with pytest.raises(InputError, match="is outside the years 1 to 9999"):
        instant(moment)


# --- spans ---


def test_a_span_knows_its_length() -> None:
    assert 5400.25 == Span(NOON, NOON + timedelta(minutes=90, milliseconds=250)).duration_s


def test_a_span_takes_whatever_is_an_instant() -> None:
    span = Span(np.datetime64("2026-08-08T12:00"), TIMESCALE.utc(2026, 8, 8, 13))  # type: ignore[arg-type]

    assert NOON == span.start
    assert abs(span.duration_s - 3600) < 1e-4


def test_a_span_over_a_change_of_clocks_is_as_long_as_it_lasts() -> None:
    vienna = ZoneInfo("Europe/Vienna")
    span = Span(datetime(2026, 10, 25, tzinfo=vienna), datetime(2026, 10, 26, tzinfo=vienna))

    assert 25 * 3600 == span.duration_s


def test_spans_of_the_same_instants_are_equal_in_any_zone() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    utc = Span(NOON, NOON + timedelta(hours=1))
    local = Span(utc.start.astimezone(tokyo), utc.end.astimezone(tokyo))

    assert utc == local
    assert hash(utc) == hash(local)


@pytest.mark.fault(30)
@pytest.mark.parametrize("after", [timedelta(0), timedelta(microseconds=-1), timedelta(days=-1)])
def test_empty_and_reversed_spans_are_refused(after: timedelta) -> None:
    with pytest.raises(InputError, match=r"the span ends at .* not after its start .*; give an end that is later"):
        Span(NOON, NOON + after)


def test_a_span_that_ends_as_it_starts_in_another_zone_is_refused() -> None:
    with pytest.raises(InputError, match="not after its start"):
        Span(NOON, NOON.astimezone(ZoneInfo("Asia/Tokyo")))


def test_a_span_without_zones_is_refused() -> None:
    with pytest.raises(InputError, match="has no time zone"):
        Span(NOON, datetime(2026, 8, 9))  # noqa: DTZ001


def test_the_distance_to_a_span_is_zero_inside_and_grows_outside() -> None:
    span = Span(NOON, NOON + timedelta(hours=1))
    hours = (-2, 0, 0.5, 1, 3)

    assert [7200, 0, 0, 0, 7200] == [span.distance_s(NOON + timedelta(hours=h)) for h in hours]


def test_spans_are_ordered_by_start_and_then_by_end() -> None:
    hour = timedelta(hours=1)
    spans = [Span(NOON + hour, NOON + 2 * hour), Span(NOON, NOON + 2 * hour), Span(NOON, NOON + hour)]

    assert spans[::-1] == sorted(spans)


@given(moments, st.timedeltas(min_value=timedelta(microseconds=1), max_value=timedelta(days=300)))
def test_the_end_is_as_far_from_the_start_as_the_span_is_long(start: datetime, length: timedelta) -> None:
    span = Span(start, start.astimezone(UTC) + length)

    assert length.total_seconds() == span.duration_s
    assert span.duration_s == span.distance_s(span.end + length)


# --- times as text ---


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-08-08T12:00:00Z", NOON),
        ("2026-08-08t12:00:00z", NOON),
        ("2026-08-08 12:00:00Z", NOON),
        ("  2026-08-08T12:00:00Z\n", NOON),
        ("2026-08-08T14:00:00+02:00", NOON),
        ("2026-08-08T06:15:00-05:45", NOON),
        ("2026-08-09T02:00:00+14:00", NOON),
        ("2026-08-08T12:00:00+00:00", NOON),
        ("2026-08-08T12:00:00-00:00", NOON),
        ("2026-08-08T12:00:00.5Z", NOON + timedelta(milliseconds=500)),
        ("2026-08-08T12:00:00.000001Z", NOON + timedelta(microseconds=1)),
        ("2026-08-08T12:00:00.0000014999Z", NOON + timedelta(microseconds=1)),
        ("2026-08-08T11:59:59.9999999Z", NOON),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_times_are_read_with_their_zone(text: str, moment: datetime) -> None:
    found = parse_instant(text)

    assert moment == found
    assert UTC is found.tzinfo


@pytest.mark.fault(22)
@pytest.mark.parametrize(
    "text",
    ["2016-12-31T23:59:60Z", "2016-12-31T23:59:60.75Z", "2017-01-01T08:59:60+09:00", "2016-12-31T15:59:60-08:00"],
)
def test_a_leap_second_is_the_first_of_the_next_minute(text: str) -> None:
    assert datetime(2017, 1, 1, tzinfo=UTC) == parse_instant(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-08-08T12:00:00",
        "2026-08-08T12:00:00 CEST",
        "2026-08-08",
        "2026-08-08T12:00:00+02",
        "2026-08-08T12:00:00.Z",
        "20260808T120000Z",
        "26-08-08T12:00:00Z",
        "２026-08-08T12:00:00Z",
        "2026-08-08T12:00:00Z and more",
        "now",
        "",
    ],
)
def test_a_time_without_a_zone_or_shape_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError) as refusal:
        parse_instant(text)

    assert f"{text!r} is not a time with its zone; write 2026-08-08T00:00:00Z" == str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-08-08T25:00:00Z",
        "2026-08-08T12:60:00Z",
        "2026-08-08T12:00:61Z",
        "2026-08-08T12:00:00+24:00",
        "0000-01-01T00:00:00Z",
        "2016-12-31T23:58:60Z",
        "2016-12-31T12:00:60Z",
        "2016-12-31T23:59:60+09:00",
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:59.9999999Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_a_time_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not a time: "):
        parse_instant(text)


def test_times_are_written_with_z_and_microseconds() -> None:
    moment = datetime(2026, 8, 8, 14, 0, 0, 50, tzinfo=ZoneInfo("Europe/Vienna"))

    assert "2026-08-08T12:00:00.000050Z" == format_instant(moment)


def test_a_time_without_a_zone_is_not_written() -> None:
    with pytest.raises(InputError, match="has no time zone"):
        format_instant(datetime(2026, 8, 8))  # noqa: DTZ001


@given(moments)
def test_what_is_written_is_read_again(moment: datetime) -> None:
    text = format_instant(moment)

    assert moment.astimezone(UTC) == parse_instant(text)
    assert text == format_instant(parse_instant(text))


@given(moments)
def test_what_is_written_is_read_as_an_epoch_too(moment: datetime) -> None:
    assert moment.astimezone(UTC) == parse_omm_epoch(format_instant(moment))


@given(moments, moments)
def test_times_as_text_sort_as_times(one: datetime, other: datetime) -> None:
    assert (instant(one) < instant(other)) == (format_instant(one) < format_instant(other))


def test_a_year_is_written_with_four_digits() -> None:
    assert "0999-01-01T00:00:00.000000Z" == format_instant(datetime(999, 1, 1, tzinfo=UTC))


@given(st.integers(1901, 2100), st.integers(1, 366))
def test_a_day_of_the_year_is_the_day_so_many_days_in(year: int, day: int) -> None:
    last = datetime(year, 12, 31, tzinfo=UTC)
    if day > last.timetuple().tm_yday:
        with pytest.raises(InputError, match=f"the day of the year is {day}; {year} has days 1 to 365"):
            day_of_year(year, day)
    else:
        found = day_of_year(year, day)

        assert (year, day) == (found.year, found.timetuple().tm_yday)


@pytest.mark.parametrize("day", [0, -1, 367, 400, 999])
def test_a_day_that_a_leap_year_has_not_is_refused(day: int) -> None:
    with pytest.raises(InputError, match=f"the day of the year is {day}; 2024 has days 1 to 366"):
        day_of_year(2024, day)
