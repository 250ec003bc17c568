"""Element sets: the mean elements of one satellite at an epoch, with the names of a CCSDS OMM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, overload

from passplan.domain.checks import require_between, require_whole
from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.sources import newest
from passplan.domain.span import Span, instant

if TYPE_CHECKING:
    from passplan.domain.ephemeris import Ephemeris
    from passplan.domain.manoeuvres import Manoeuvre

MAX_CATALOG_NUMBER = 999_999_999
STALE_AGE_LOW_ORBIT_S = 7 * 86_400.0
STALE_AGE_S = 30 * 86_400.0
LOW_ORBIT_REV_DAY = 11.25  # a period of 128 minutes: the usual bound of low Earth orbit

# SGP4's own type is 0; some sources write 2 (SGP4) or 3 (SDP4) for the same theory.
SGP4_EPHEMERIS_TYPES = frozenset({0, 2, 3})

_FIRST_EPOCH = datetime(1958, 1, 1, tzinfo=UTC)  # element sets begin with Vanguard 1
FUTURE_ALLOWED = timedelta(hours=1)
_BOUNDS: tuple[tuple[str, type[int | float], float, float], ...] = (
    ("catalog_number", int, 0, MAX_CATALOG_NUMBER),
    ("mean_motion_rev_day", float, 1e-5, 18.0),
    ("eccentricity", float, 0.0, 0.999_999_9),
    ("inclination_deg", float, 0.0, 180.0),
    ("ra_of_asc_node_deg", float, -360.0, 360.0),
    ("arg_of_pericenter_deg", float, -360.0, 360.0),
    ("mean_anomaly_deg", float, -360.0, 360.0),
    ("bstar", float, -10.0, 10.0),
    ("mean_motion_dot", float, -10.0, 10.0),
    ("mean_motion_ddot", float, -10.0, 10.0),
    ("revolution_at_epoch", int, 0, 10_000_000),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementSet:
    """The mean elements of one satellite, for SGP4 with WGS72 constants.

    The catalogue number has up to nine digits, more than a TLE can carry.

    Raises:
        InputError: for a value outside its bounds; SGP4 itself would accept most of them and return wrong positions.
    """

    catalog_number: int
    name: str = ""
    object_id: str = ""  # international designator, "1998-067A"
    epoch: datetime
    mean_motion_rev_day: float  # Kozai's, as TLE and OMM give it
    eccentricity: float
    inclination_deg: float
    ra_of_asc_node_deg: float
    arg_of_pericenter_deg: float
    mean_anomaly_deg: float
    bstar: float  # [1/Earth radius]
    mean_motion_dot: float = 0.0  # half the first derivative [rev/day^2]
    mean_motion_ddot: float = 0.0  # a sixth of the second derivative [rev/day^3]
    revolution_at_epoch: int = 0
    element_set_number: int = 0
    classification: str = "U"
    ephemeris_type: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "epoch", instant(self.epoch))
        for field, kind, low, high in _BOUNDS:
            value = getattr(self, field)
            if type(value) is not kind or not low <= value <= high:  # most values pass without a call
                require = require_whole if kind is int else require_between
                require(f"element set of {self.label}", field, value, low, high)
        if self.ephemeris_type not in SGP4_EPHEMERIS_TYPES:
            other = " (SGP4-XP)" if self.ephemeris_type == 4 else ""
            raise InputError(
                Message(
                    "ephemeris_type",
                    "%(where)s: the ephemeris type is %(type)s%(other)s, which needs another propagator; SGP4 "
                    "takes 0 (or 2, 3)",
                    where=f"element set of {self.label}",
                    type=self.ephemeris_type,
                    other=other,
                )
            )

    @property
    def label(self) -> str:
        """The name, or the number when there is no name."""
        return self.name or str(self.catalog_number)

    @property
    def is_low_orbit(self) -> bool:
        """Whether its period is under 128 minutes, so that drag dominates the error of a prediction."""
        return self.mean_motion_rev_day >= LOW_ORBIT_REV_DAY

    @property
    def stale_age_s(self) -> float:
        """The age from which it is stale [s]."""
        return STALE_AGE_LOW_ORBIT_S if self.is_low_orbit else STALE_AGE_S

    @property
    def mean_motion_change_rev_day2(self) -> float:
        """How fast drag changes the mean motion [rev/day^2]."""
        return 2.0 * self.mean_motion_dot

    @property
    def coverage(self) -> Span | None:
        """None: SGP4 propagates it to any time."""
        return None

    @property
    def model(self) -> str:
        """How positions are computed from it."""
        return "SGP4 with WGS72 constants"

    @property
    def rank(self) -> tuple[datetime, int, str]:
        """Of two sets of one satellite the one with the greater rank is the newer one."""
        return self.epoch, self.element_set_number, repr(self)

    @property
    def elements(self) -> tuple[datetime, float, float, float, float, float, float, float]:
        """The orbital elements, without names and numbers."""
        return (
            self.epoch,
            self.mean_motion_rev_day,
            self.eccentricity,
            self.inclination_deg,
            self.ra_of_asc_node_deg,
            self.arg_of_pericenter_deg,
            self.mean_anomaly_deg,
            self.bstar,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedElementSet:
    """An element set that was refused, and why."""

    where: str  # file, and line or number in it
    reason: str
    is_rest_unread: bool = False  # the sets of the file that follow it are lost

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Elements(Sequence[ElementSet]):
    """What element files hold: a sequence of the usable element sets; ephemerides, burns, refused sets, warnings."""

    sets: tuple[ElementSet, ...]
    refused: tuple[RefusedElementSet, ...] = ()
    warnings: tuple[Message, ...] = ()  # about usable sets, each with its file and line
    ephemerides: tuple[Ephemeris, ...] = ()
    manoeuvres: tuple[Manoeuvre, ...] = ()  # that ephemerides announce

    @property
    def segments(self) -> tuple[ElementSet | Ephemeris, ...]:
        """The element sets and the ephemerides."""
        return self.sets + self.ephemerides

    @overload
    def __getitem__(self, index: int) -> ElementSet: ...
    @overload
    def __getitem__(self, index: slice) -> Elements: ...
    def __getitem__(self, index: int | slice) -> ElementSet | Elements:
        return replace(self, sets=self.sets[index]) if isinstance(index, slice) else self.sets[index]

    def __len__(self) -> int:
        return len(self.sets)

    def __bool__(self) -> bool:
        return bool(self.sets or self.ephemerides)

    def __iter__(self) -> Iterator[ElementSet]:
        return iter(self.sets)

    def __repr__(self) -> str:
        refused = f", {len(self.refused)} refused: {self.refused[0]}" if self.refused else ""
        ephemerides = f", {len(self.ephemerides)} ephemerides" if self.ephemerides else ""
        return f"<{len(self.sets)} element sets{ephemerides}{refused}>"

    def __add__(self, other: Elements) -> Elements:
        return Elements(
            self.sets + other.sets,
            self.refused + other.refused,
            self.warnings + other.warnings,
            self.ephemerides + other.ephemerides,
            self.manoeuvres + other.manoeuvres,
        )


def docked_copies(sets: Sequence[ElementSet], host: int = 25544) -> dict[int, int]:
    """Vehicles with the same elements as the host under another number, as docked vehicles have.

    Returns:
        The catalogue number of each copy, with the host's. Their passes would repeat the host's.
    """
    of_host = {s.elements for s in sets if s.catalog_number == host}
    return {s.catalog_number: host for s in newest(sets) if s.catalog_number != host and s.elements in of_host}


def refuse_impossible_epoch(elements: ElementSet, now: datetime | None) -> None:
    """Refuse an epoch before 1958, or in the future of `now`: signs of a misread two-digit year.

    Raises:
        InputError: naming the epoch; a source that predicts says so (`predictive`) and is not checked.
    """
    if elements.epoch < _FIRST_EPOCH:
        raise InputError(
            Message(
                "epoch_too_early",
                "the epoch is %(epoch)s, before there were any; is a two-digit year wrong?",
                epoch=str(elements.epoch.date()),
            )
        )
    if now is not None and elements.epoch - FUTURE_ALLOWED > instant(now):
        raise InputError(
            Message(
                "epoch_in_future",
                "the epoch %(epoch)s is in the future; only a source marked predictive has such",
                epoch=f"{elements.epoch:%Y-%m-%dT%H:%MZ}",
            )
        )
