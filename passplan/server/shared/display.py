"""Formats of values: times in the chosen zone, durations, angles, numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import get_day_names, get_month_names
from flask_babel import gettext as _
from markupsafe import Markup

from passplan.domain.errors import InputError
from passplan.formats.times import parse_instant

THEMES = ("auto", "light", "dark", "night")
ZONES = ("utc", "station", "browser")
_COMPASS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
_MINUS = "\u2212"


@lru_cache(maxsize=64)
def zone_named(name: str) -> tzinfo | None:
    """A time zone by its IANA name; None: there is none."""
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


@lru_cache(maxsize=8192)
def within(moment: datetime) -> datetime:
    """Check that a time is between the years 1960 and 2100.

    Raises:
        InputError: for any other year.
    """
    if not 1960 <= moment.year <= 2100:
        raise InputError(_("the year is %(year)s; give one between 1960 and 2100", year=moment.year))
    return moment


def instant_of(text: str) -> datetime:
    """The instant of a row; cached, as rows repeat."""
    return parse_instant(text)


def iso(moment: datetime) -> str:
    """An instant to the second, UTC, as addresses and scripts have it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, slots=True)
class Display:
    """The chosen display: a theme, and the zone that times are shown in."""

    theme: str
    choice: str  # of ZONES
    zone: tzinfo
    zone_name: str  # as column heads have it
    browser_zone: str = ""
    locale: str = "en"  # of the names of days and months

    def local(self, moment: datetime | str) -> datetime:
        """An instant in the zone."""
        return (instant_of(moment) if isinstance(moment, str) else moment).astimezone(self.zone)

    def hms(self, moment: datetime | str) -> Markup:
        """The time of day to the second, in a `<time>` that has UTC."""
        local = self.local(moment)
        return self._time(local, f"{local:%H:%M:%S}")

    def hm(self, moment: datetime | str) -> Markup:
        """The time of day to the minute."""
        local = self.local(moment)
        return self._time(local, f"{local:%H:%M}")

    def day_hm(self, moment: datetime | str) -> Markup:
        """Day and time of day, to the minute."""
        local = self.local(moment)
        return self._time(local, f"{self.short_day(local.date())} {local:%H:%M}")

    def day_hms(self, moment: datetime | str) -> Markup:
        """Day and time of day, to the second."""
        local = self.local(moment)
        return self._time(local, f"{self.short_day(local.date())} {local:%H:%M:%S}")

    def day(self, moment: datetime | str | date) -> str:
        """A day in words."""
        local = moment if isinstance(moment, date) and not isinstance(moment, datetime) else self.local(moment).date()
        names = calendar_names("wide", self.locale)
        return f"{names.days[local.weekday()]} {local.day} {names.months[local.month - 1]} {local.year}"

    def dated(self, moment: datetime) -> str:
        """A day in short, with its weekday and its year."""
        local, names = self.local(moment), calendar_names("abbreviated", self.locale)
        return f"{names.days[local.weekday()]} {local.day} {names.months[local.month - 1]} {local.year}"

    def short_day(self, moment: datetime | date) -> str:
        """A day in short."""
        local = moment.astimezone(self.zone) if isinstance(moment, datetime) else moment
        return f"{local.day} {calendar_names('abbreviated', self.locale).months[local.month - 1]}"

    def day_of_year(self, moment: datetime | str | date) -> int:
        """The number of a day, as 902.1 has it."""
        local = moment if isinstance(moment, date) and not isinstance(moment, datetime) else self.local(moment).date()
        return local.timetuple().tm_yday

    def days_between(self, start: datetime, end: datetime) -> int:
        """The midnights of the zone between two instants."""
        return (self.local(end).date() - self.local(start).date()).days

    def field(self, moment: datetime) -> str:
        """The value of a form field, to the minute."""
        return f"{self.local(moment):%Y-%m-%d %H:%M}"

    def parse(self, text: str, what: str) -> datetime:
        """The instant of a field: RFC 3339, or a local time in the zone.

        Raises:
            InputError: for a text that is no time.
        """
        text = text.strip()
        if text.endswith(("Z", "z")) or (len(text) > 6 and text[-6] in "+-" and text[-3] == ":"):
            return within(parse_instant(text))
        try:
            local = datetime.fromisoformat(text.replace("T", " "))
        except ValueError:
            raise InputError(
                _("%(what)s is “%(text)s”; write it as 2026-08-08 13:54", what=what, text=text[:40])
            ) from None
        return within(local).replace(tzinfo=self.zone).astimezone(UTC)

    def midnight(self, day: date) -> datetime:
        """The start of a day in the zone."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)

    def _time(self, local: datetime, text: str) -> Markup:
        utc = local.astimezone(UTC)
        iso = f"{utc:%Y-%m-%dT%H:%M:%SZ}"
        title = "" if self.zone is UTC else f' title="{iso}"'
        return Markup(f'<time datetime="{iso}"{title}>{text}</time>')  # noqa: S704 -- digits, colons and names of months


class CalendarNames(NamedTuple):
    """The names of days and months in a language."""

    days: tuple[str, ...]  # from Monday on
    months: tuple[str, ...]


@lru_cache(maxsize=64)
def calendar_names(width: Literal["wide", "abbreviated"], locale: str) -> CalendarNames:
    """The names of days and months in a language."""
    days, months = get_day_names(width, locale=locale), get_month_names(width, locale=locale)
    return CalendarNames(tuple(days[k] for k in range(7)), tuple(months[k] for k in range(1, 13)))


def length(seconds: float) -> str:
    """Seconds as 8:12, or as 1:35:45."""
    total_s = round(abs(seconds))
    hours, rest = divmod(total_s, 3_600)
    minutes, second = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{second:02d}" if hours else f"{minutes}:{second:02d}"


def count(left_s: float) -> str:
    """A countdown, T−1:35:45; from two days on, T−2 d 03 h. `clock.js` goes on with it in the same form."""
    total_s = math.floor(abs(left_s))
    hours, rest = divmod(total_s, 3_600)
    if hours >= 48:
        return f"T{_MINUS if left_s >= 0.0 else '+'}{hours // 24} d {hours % 24:02d} h"
    minutes, second = divmod(rest, 60)
    text = f"{hours}:{minutes:02d}:{second:02d}" if hours else f"{minutes:02d}:{second:02d}"
    return f"T{_MINUS if left_s >= 0.0 else '+'}{text}"


def age(seconds: float) -> str:
    """An age in its two largest units."""
    age_s = abs(seconds)
    if age_s < 3_600.0:
        return str(_("%(n)d min", n=int(age_s // 60)))
    if age_s < 86_400.0:
        return str(_("%(h)d h %(m)02d min", h=int(age_s // 3_600), m=int(age_s % 3_600 // 60)))
    return str(_("%(d)d d %(h)02d h", d=int(age_s // 86_400), h=int(age_s % 86_400 // 3_600)))


def compass(azimuth_deg: float) -> str:
    """The point of the compass, of sixteen."""
    return _COMPASS[round(azimuth_deg / 22.5) % 16]


def band(elevation_deg: float) -> int:
    """0 below 10 degrees, 1 to 30, 2 to 60, 3 above."""
    return (elevation_deg >= 10.0) + (elevation_deg >= 30.0) + (elevation_deg >= 60.0)


def number(value: float, digits: int = 0) -> str:
    """A number with thin spaces between thousands, and a true minus."""
    return f"{value:,.{digits}f}".replace(",", "\u202f").replace("-", _MINUS)


def signed(value: float, digits: int = 1) -> str:
    """A number with its sign."""
    return f"{value:+,.{digits}f}".replace(",", "\u202f").replace("-", _MINUS)


def percent(share: float | None, digits: int = 0) -> str:
    """A share in per cent."""
    return "–" if share is None else f"{number(100.0 * share, digits)}\u202f%"


def megahertz(frequency_hz: float | None) -> str:
    """A frequency in MHz to the hertz that matters."""
    return "" if frequency_hz is None else f"{number(frequency_hz / 1e6, 3)}\u202fMHz"


def minutes(seconds: float) -> str:
    """Seconds in minutes."""
    return number(seconds / 60.0, 1)
