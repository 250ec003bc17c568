"""Why a request, or one part of it, has no place in a schedule: the particulars of a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from passplan.domain.facts.base import ContactRef
from passplan.domain.messages import Fact, Message
from passplan.domain.network import AntennaRef
from passplan.domain.windows import Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable(Fact):
    """A station, an antenna or the network cannot serve a request at all."""

    kind: ClassVar[str] = "unusable"

    station: str = ""  # "": no station of the network
    antenna: str = ""
    cause: Message  # of the search for windows; it has data of the network alone


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreUnusable(Fact):
    """More stations or antennas are unusable than are named."""

    kind: ClassVar[str] = "more_unusable"

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassesExcluded(Fact):
    """A filter took passes from a request."""

    kind: ClassVar[str] = "passes_excluded"

    count: int
    filter: Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class LongestPass(Fact):
    """The longest pass is too short."""

    kind: ClassVar[str] = "longest_pass"

    length_s: float
    antennas: tuple[AntennaRef, ...]
    start: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LongestPiece(Fact):
    """The longest piece of a pass that was left before its filter."""

    kind: ClassVar[str] = "longest_piece"

    length_s: float
    antennas: tuple[AntennaRef, ...]
    start: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsidePlan(Fact):
    """The span of the request lies outside the plan's."""

    kind: ClassVar[str] = "outside_plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class CutTooShort(Fact):
    """The windows are cut too short by the part's time or by the end of a week."""

    kind: ClassVar[str] = "cut_too_short"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoWindowInPart(Fact):
    """No window lies in the part's time."""

    kind: ClassVar[str] = "no_window_in_part"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPassAtAll(Fact):
    """There is no pass over any station that the request may use."""

    kind: ClassVar[str] = "no_pass_at_all"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupServed(Fact):
    """Another request of the same group is served, and the group allows one."""

    kind: ClassVar[str] = "group_served"

    contacts: tuple[ContactRef, ...]
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupNotServed(Fact):
    """The request's group is served by other members, or cannot be served completely."""

    kind: ClassVar[str] = "group_not_served"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outranked(Fact):
    """Other contacts have the time in all windows."""

    kind: ClassVar[str] = "outranked"

    windows: int
    worth: float  # of the refused request


@dataclass(frozen=True, slots=True, kw_only=True)
class SpacingTaken(Fact):
    """The request's other contacts leave no time with the required spacing."""

    kind: ClassVar[str] = "spacing_taken"

    windows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementUsedUp(Fact):
    """The minutes that the agreements allow in the week are used up."""

    kind: ClassVar[str] = "agreement_used_up"

    windows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldInTheWay(Fact):
    """Held contacts, which cannot be moved, have the time in all windows."""

    kind: ClassVar[str] = "held_in_the_way"

    windows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowsTooShort(Fact):
    """All windows together are shorter than the least seconds of the request."""

    kind: ClassVar[str] = "windows_too_short"


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestRoom(Fact):
    """The window in which it is cheapest to make room, and the contacts that have it."""

    kind: ClassVar[str] = "nearest_room"

    antennas: tuple[AntennaRef, ...]
    start: datetime
    taken_by: tuple[ContactRef, ...]
    held: bool = False  # one of them at least cannot be moved
    cost: float = 0.0  # what they are worth together


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingBetter(Fact):
    """The conflicting contacts are worth less, but no better schedule was found."""

    kind: ClassVar[str] = "nothing_better"
