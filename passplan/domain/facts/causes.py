"""Why a schedule revision differs from the one before, and what it changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from passplan.domain.facts.base import ContactRef
from passplan.domain.messages import Fact


class CancelledBy(StrEnum):
    """The party that removed a contact from the schedule."""

    AGENCY = "agency"
    NETWORK = "network"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkReplaced(Fact):
    """Another network revision is in force."""

    kind: ClassVar[str] = "network_replaced"

    revision: int
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementsReplaced(Fact):
    """Another element set of a satellite is in force; both are named by their epochs."""

    kind: ClassVar[str] = "elements_replaced"

    satellite: str
    before: datetime | None  # None: the satellite had no element set
    after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage(Fact):
    """A station, or one of its antennas, is broken."""

    kind: ClassVar[str] = "outage"

    station: str
    antenna: str = ""  # "": all antennas of the station
    until: datetime | None = None
    note: str = ""  # what a person typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Fact):
    """A station, or one of its antennas, is closed as planned."""

    kind: ClassVar[str] = "closed"

    station: str
    antenna: str = ""  # "": all antennas of the station
    until: datetime | None = None
    note: str = ""  # what a person typed


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageEnded(Fact):
    """A station, or one of its antennas, works again."""

    kind: ClassVar[str] = "outage_ended"

    station: str
    antenna: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureEnded(Fact):
    """A station, or one of its antennas, is open again."""

    kind: ClassVar[str] = "closure_ended"

    station: str
    antenna: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledContact(Fact):
    """A contact was removed from the schedule after it was published.

    Without `contact` it belongs to another agency: disclosure empties every field then.
    """

    kind: ClassVar[str] = "cancelled_contact"

    contact: ContactRef | None = None
    by: CancelledBy | None = None
    reason: Fact | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreCancelled(Fact):
    """More contacts were cancelled than a revision names."""

    kind: ClassVar[str] = "more_cancelled"

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsChanged(Fact):
    """Counts of contacts that differ between a schedule and the one before."""

    kind: ClassVar[str] = "contacts_changed"

    moved: int = 0  # by more than `tolerance_s`
    shifted: int = 0  # by at most that
    tolerance_s: float = 5.0
    with_pass: int = 0  # shifted as far as their passes: these are not moved
    pass_shift_s: float = 0.0  # the largest of these shifts
    on_other_antennas: int = 0  # of those that moved
    lost: int = 0
    new: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NoContact(Fact):
    """The first schedule has no contact."""

    kind: ClassVar[str] = "no_contact"
