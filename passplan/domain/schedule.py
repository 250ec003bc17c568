"""Plans: contacts, refusals with reasons, the value, and fairness."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from passplan.domain.checks import require_between, require_one_of, require_whole
from passplan.domain.messages import Fact, Message
from passplan.domain.network import AgencyId, AntennaRef, LinkId, Network, SatelliteId
from passplan.domain.requests import RequestBook, RequestId
from passplan.domain.span import Span
from passplan.domain.windows import WindowSearch

if TYPE_CHECKING:
    from passplan.domain.facts import ContactsChanged

MAX_SEED = 2**31 - 1_000  # the search adds to it, and solvers take 31 bits
EFFORTS = ("quick", "normal", "long")
OBJECTIVES = ("fair_value",)
SMALL_SHIFT_S = 5.0  # operators are not notified of smaller shifts


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The value of a schedule, and the limits of the planner.

    `objective` names the formula. By "fair_value", the value of a schedule is the sum over contacts of priority times
    weight times (`per_request` + `per_minute` times minutes given), less the fairness penalty:

        mean * (`unserved_weight` * sum of U^2 + `worst_weight` * largest U)

    where U is an agency's unserved share of the minutes it asks for, and `mean` is the value of all that is asked for,
    divided by the number of agencies that have requests. Of each request counts what it could be given at most, were
    it alone; of a `one_of` group, only one request of an agency.

    With the defaults, an agency that falls from 80 to 70 percent served costs 1.25 percent of the requests of a mean
    agency (0.25 * (0.3^2 - 0.2^2)), and 2.5 percent more of it if it is the worst.

    Raises:
        InputError: for a value outside its bounds.
    """

    objective: str = field(
        default="fair_value", metadata={"omit_default": True}
    )  # so that earlier plan files do not change
    per_request: float = 1.0
    per_minute: float = 0.1
    unserved_weight: float = 0.25
    worst_weight: float = 0.25
    move_cost: float = 0.05  # of moving a contact of the earlier schedule, as a share of its value; at most a half
    max_timing_s: float = 60.0  # a window is shortened at each end by its timing_68_s, by this at most

    def __post_init__(self) -> None:
        require_one_of("policy", "objective", self.objective, frozenset(OBJECTIVES))
        for name in ("per_request", "per_minute", "unserved_weight", "worst_weight"):
            require_between("policy", name, getattr(self, name), 0.0, 1e6)
        require_between("policy", "move_cost", self.move_cost, 0.0, 0.5)
        require_between("policy", "max_timing_s", self.max_timing_s, 0.0, 86_400.0)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Assignment:
    """Antennas and a link that a request has for some time."""

    contact: Span  # signal
    occupies: Span  # signal, with setup and teardown
    antennas: tuple[AntennaRef, ...]  # several: an array
    request: RequestId
    part: int  # from 1; a repeated or split request has several
    satellite: SatelliteId
    link: LinkId


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class FreePlace:
    """A time and antennas where a contact fits without moving others."""

    contact: Span
    occupies: Span
    antennas: tuple[AntennaRef, ...]
    peak_elevation_deg: float


class Reason(StrEnum):
    """Why a request (or one part of it) is not in the schedule."""

    INADMISSIBLE = "inadmissible"
    NO_PASS = "no_pass"  # noqa: S105
    TOO_SHORT = "too_short"
    FILTERED = "filtered"
    HELD = "held"
    AGREEMENT = "agreement"
    SPACING = "spacing"
    GROUP = "group"
    OUTRANKED = "outranked"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Blocker:
    """A contact that conflicts with a refused one."""

    request: RequestId
    part: int
    contact: Span
    held: bool = False  # frozen or pinned: it cannot be moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """A window in which a refused contact would fit if the `blockers` were removed."""

    antennas: tuple[AntennaRef, ...]
    window: Span
    blockers: tuple[Blocker, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A request, or one part of a repeated one, that got no contact, and why."""

    request: RequestId
    part: int
    reason: Reason
    particulars: tuple[Fact, ...]  # the most telling first
    obstacles: tuple[Obstacle, ...] = ()  # cheapest first

    @property
    def given_to(self) -> tuple[Blocker, ...]:
        """The contacts that occupy the cheapest window."""
        return self.obstacles[0].blockers if self.obstacles else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyShare:
    """What one agency requested and what it got."""

    agency: AgencyId
    requests_asked: int  # contacts: a request that repeats counts each time
    requests_served: int
    minutes_asked: float  # what its requests could be given at most, were each alone
    minutes_given: float
    minutes_entitled: float | None  # what its agreements let it use at other agencies' stations; None: it has none
    minutes_used: float  # of those

    @property
    def served_share(self) -> float:
        """Minutes given of minutes asked; 1 when no minutes were asked."""
        return self.minutes_given / self.minutes_asked if self.minutes_asked > 0.0 else 1.0

    @property
    def unserved_share(self) -> float:
        """One minus the served share (U in Johnston 2020 and SatNet); 0 when held contacts exceed the requests."""
        return max(0.0, 1.0 - self.served_share)

    @property
    def entitled_share(self) -> float | None:
        """Minutes used of minutes that its agreements entitle it to."""
        return self.minutes_used / self.minutes_entitled if self.minutes_entitled else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """How evenly a schedule serves the agencies."""

    agencies: tuple[AgencyShare, ...]  # in order of their ids
    penalty: float  # the part of the value lost to unevenness
    price: float | None = None  # share of priority value that fairness costs; None: not computed

    @property
    def u_rms(self) -> float:
        """Root mean square of the unserved shares (SatNet eq. 5)."""
        shares = [a.unserved_share for a in self.agencies]
        return math.sqrt(math.fsum(u * u for u in shares) / len(shares)) if shares else 0.0

    @property
    def u_max(self) -> float:
        """The largest unserved share (SatNet eq. 6)."""
        return max((a.unserved_share for a in self.agencies), default=0.0)

    @property
    def worst(self) -> AgencyId | None:
        """The agency with the largest unserved share; the first by id of several; None without requests."""
        return max(self.agencies, key=lambda a: a.unserved_share).agency if self.agencies else None


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class PassShift:
    """How far the pass of an earlier contact moved since its schedule, because the orbit is known better now."""

    request: RequestId
    part: int
    shift_s: float  # later is positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A contact of the earlier schedule that has another time or other antennas, or was removed."""

    before: Assignment
    after: Assignment | None
    shift_s: float | None  # of its start; None: removed
    pass_shift_s: float = 0.0  # how far its pass moved

    @property
    def is_with_pass(self) -> bool:
        """Whether it only follows its pass, on the same antennas: that is a shift, and no move."""
        return (
            self.after is not None
            and self.shift_s is not None
            and self.pass_shift_s != 0.0
            and self.after.antennas == self.before.antennas
            and abs(self.shift_s - self.pass_shift_s) <= SMALL_SHIFT_S
        )

    @property
    def is_small(self) -> bool:
        """Whether it only moved by so little that operators are not told, or follows its pass."""
        if self.after is None or self.shift_s is None or self.after.antennas != self.before.antennas:
            return False
        return self.is_with_pass or abs(self.shift_s) <= SMALL_SHIFT_S


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Schedule:
    """The schedule of a span."""

    span: Span
    assignments: tuple[Assignment, ...]  # in order of contact, held ones included
    refusals: tuple[Refusal, ...]  # in order of request and part
    value: float  # see Policy
    bound: float  # no schedule is worth more
    fairness: Fairness
    policy: Policy
    effort: str
    seed: int
    inputs_sha256: str
    moves: tuple[Move, ...] = ()  # against the earlier schedule, if there was one
    least_moves: int = 0  # so many of its contacts move or go in any schedule that serves the emergencies

    @property
    def priority_value(self) -> float:
        """The value of all contacts, before the fairness penalty."""
        return self.value + self.fairness.penalty

    @property
    def gap(self) -> float:
        """How much better a schedule could be at most, as a share of the bound; 0: proven optimal.

        When few requests can be served, fairness makes values negative: then as a share of the larger of the two.
        """
        return (self.bound - self.value) / max(abs(self.bound), abs(self.value)) if self.bound > self.value else 0.0

    def __repr__(self) -> str:
        return (
            f"<schedule: {_written(self.span)}, {len(self.assignments)} contacts, {len(self.refusals)} refusals, "
            f"priority value {self.priority_value:.2f}, fairness penalty {self.fairness.penalty:.2f}, "
            f"gap {self.gap:.2%}>"
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PlanInputs:
    """The complete inputs of a schedule.

    Raises:
        InputError: for a seed outside its bounds.
    """

    span: Span
    book: RequestBook
    network: Network
    search: WindowSearch
    held: tuple[Assignment, ...] = ()  # frozen or pinned: they never move
    previous: tuple[Assignment, ...] = ()  # the earlier schedule, which moves as little as possible
    shifts: tuple[PassShift, ...] | None = None  # of the passes of `previous`; None: judged by the windows
    policy: Policy
    effort: str = "normal"
    seed: int = 1

    def __post_init__(self) -> None:
        require_whole("plan", "seed", self.seed, 0, MAX_SEED)

    def in_order(self) -> PlanInputs:
        """The same, with requests, groups and contacts in order; windows stay as they are."""
        book = replace(
            self.book,
            requests=tuple(sorted(self.book.requests, key=lambda r: r.id)),
            groups=tuple(sorted(self.book.groups, key=lambda g: g.id)),
        )
        return replace(
            self,
            book=book,
            held=tuple(sorted(self.held)),
            previous=tuple(sorted(self.previous)),
            shifts=None if self.shifts is None else tuple(sorted(self.shifts)),
        )

    def __repr__(self) -> str:
        return f"<inputs of a plan: {_written(self.span)}, {self.book}, {self.search}, {self.network}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A schedule with its inputs: what a plan file holds, and what `check` and `explain` need."""

    inputs: PlanInputs
    schedule: Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDiff:
    """The differences between the contacts of two schedules; request and part identify a contact."""

    added: tuple[Assignment, ...] = ()
    lost: tuple[Assignment, ...] = ()
    moved: tuple[Move, ...] = ()  # other times or other antennas

    @property
    def antennas_changed(self) -> int:
        """How many contacts are on other antennas now."""
        return sum(m.after is not None and m.after.antennas != m.before.antennas for m in self.moved)

    @property
    def change(self) -> ContactsChanged:
        """The counts of differences."""
        from passplan.domain.facts import ContactsChanged

        with_pass = [m.pass_shift_s for m in self.moved if m.is_with_pass]
        moved = [m for m in self.moved if not m.is_with_pass]
        far = sum(m.shift_s is not None and abs(m.shift_s) > SMALL_SHIFT_S for m in moved)
        return ContactsChanged(
            moved=far,
            shifted=len(moved) - far,
            tolerance_s=SMALL_SHIFT_S,
            with_pass=len(with_pass),
            pass_shift_s=max(with_pass, key=abs, default=0.0),
            on_other_antennas=self.antennas_changed,
            lost=len(self.lost),
            new=len(self.added),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontPoint:
    """What a plan is worth and how fair it is, for one weight of fairness."""

    scale: float  # of the policy's weights of fairness
    priority_value: float
    u_rms: float
    u_max: float
    served: int  # contacts
    gap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule that a schedule breaks."""

    rule: str  # a word, such as "antenna" or "agreement"
    message: Message  # with contact, place, time and amount

    @property
    def sentence(self) -> str:
        """The message in English."""
        return str(self.message)

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The cost of serving a refused request."""

    request: RequestId
    part: int
    assignments: tuple[Assignment, ...]  # its contacts; empty: no solution
    displaced: tuple[Assignment, ...]  # contacts that would be removed
    moved: tuple[Move, ...]  # contacts that would move
    value: float  # change of the schedule's value
    is_exact: bool = False  # otherwise serving it may cost less than this, and never more
    relaxations: tuple[Fact, ...] = ()  # the smallest changes of the request with which it would cost nothing


def held_as_of(assignments: tuple[Assignment, ...], until: datetime) -> tuple[Assignment, ...]:
    """The assignments that start before a time, which a freeze holds."""
    return tuple(a for a in assignments if a.occupies.start < until)


def _written(span: Span) -> str:
    return f"{span.start:%Y-%m-%dT%H:%MZ} to {span.end:%Y-%m-%dT%H:%MZ}"
