"""What all labels need: the translation, the time zone and the names of the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from gettext import NullTranslations

_NULL = NullTranslations()


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """How facts are worded for one reader. Without arguments: in English, times in UTC, and ids as names."""

    gettext: Callable[[str], str] = _NULL.gettext
    ngettext: Callable[[str, str, int], str] = _NULL.ngettext
    zone: tzinfo = UTC
    commands: bool = True  # whether hints name commands of the command line
    names: Mapping[str, str] = field(default_factory=dict)  # of agencies, stations and satellites, by id

    def name(self, id_: str) -> str:
        """What the network calls an agency, a station or a satellite."""
        return self.names.get(id_) or id_

    def place(self, station: str, antenna: str = "") -> str:
        """A station, or one of its antennas."""
        return f"{self.name(station)}/{antenna}" if antenna else self.name(station)

    def minute(self, moment: datetime) -> str:
        """A time to the minute: "2026-08-08 06:22Z"."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}{self._zone(moment)}"

    def second(self, moment: datetime) -> str:
        """A time to the second: "2026-08-08 06:22:10Z"."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M:%S}{self._zone(moment)}"

    def clock(self, moment: datetime) -> str:
        """A time of day to the second: "06:22:10"."""
        return f"{moment.astimezone(self.zone):%H:%M:%S}"

    def _zone(self, moment: datetime) -> str:
        return "Z" if self.zone is UTC else f"{moment.astimezone(self.zone):%z}"


ENGLISH = Language()
