"""The rows of explanations: why a request is scheduled where it is, or why it was refused and what it would cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from passplan.domain.messages import Fact
from passplan.domain.network import AntennaRef
from passplan.domain.rows.columns import column
from passplan.domain.rows.contacts import AssignmentRow, MoveRow
from passplan.domain.rows.schedule import PlanRefusalRow
from passplan.domain.schedule import Blocker, Obstacle
from passplan.domain.windows import ContactWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRow:
    """A window of a request."""

    start: datetime = column("Start", help="It opens.")
    end: datetime = column("End", help="It closes.")
    antennas: tuple[AntennaRef, ...] = column("Antenna", help="Its antennas, separated by spaces.", is_joined=True)
    duration_s: float = column("Length", unit="s", digits=6, help="From start to end.")
    peak_elevation_deg: float = column("Peak", unit="°", digits=4, help="Of its pass.")
    timing_68_s: float | None = column(
        "±68%", unit="s", digits=3, help="68 of 100 passes come within it; null: not measured."
    )
    part: int | None = column("Part", help="Which contact of the request lies in it; null: none.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedContact(AssignmentRow):
    """A contact of a plan, with the windows of its request."""

    held: bool = column("Held", help="Whether it was held, and not planned.")
    window: WindowRow | None = column("Window", help="The window it lies in; null: it was found on other elements.")
    other_windows: tuple[WindowRow, ...] = column("Other windows", help="The other windows of its request.")


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockerRow:
    """A contact that occupies the time that a refused request needs."""

    start: datetime = column("Start", help="The signal starts.")
    end: datetime = column("End", help="The signal ends.")
    request: str = column("Request", help="Its request.")
    part: int = column("Part", help="Which contact of its request.")
    held: bool = column("Held", help="Whether it cannot be moved.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObstacleRow:
    """A window of a refused request, with the contacts that occupy it."""

    start: datetime = column("Start", help="It opens.")
    end: datetime = column("End", help="It closes.")
    antennas: tuple[AntennaRef, ...] = column("Antenna", help="Its antennas, separated by spaces.", is_joined=True)
    blockers: tuple[BlockerRow, ...] = column("Taken by", help="The contacts that occupy it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """The changes that serving a refused request would need."""

    assignments: tuple[AssignmentRow, ...] = column("Contacts", help="Its contacts; empty: no solution was found.")
    displaced: tuple[AssignmentRow, ...] = column("Displaced", help="The contacts that would be removed.")
    moved: tuple[MoveRow, ...] = column("Moved", help="The contacts that would move.")
    value: float | None = column("Value", help="The change of the plan's value; null: no solution was found.")
    is_exact: bool = column("Exact", help="No cheaper way exists; with no solution: there is none.")
    relaxations: tuple[Fact, ...] = column("Relaxations", help="The smallest changes with which it costs nothing.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedRefusal(PlanRefusalRow):
    """A refusal of a plan, with its obstacles and the changes that serving it would need."""

    obstacles: tuple[ObstacleRow, ...] = column("Obstacles", help="The windows it could use, the cheapest first.")
    price: PriceRow = column("Price", help="The changes that serving it would need.")


def window_row(item: ContactWindow, part: int | None) -> WindowRow:
    """The row of a window, and of which contact lies in it."""
    timing_s = item.timing_68_s
    return WindowRow(
        start=item.span.start,
        end=item.span.end,
        antennas=item.antennas,
        duration_s=item.span.duration_s,
        peak_elevation_deg=item.peak_elevation_deg,
        timing_68_s=None if timing_s != timing_s else timing_s,  # NaN: not measured
        part=part,
    )


def obstacle_row(item: Obstacle) -> ObstacleRow:
    """The row of a window that other contacts occupy."""
    return ObstacleRow(
        start=item.window.start,
        end=item.window.end,
        antennas=item.antennas,
        blockers=tuple(map(_blocker_row, item.blockers)),
    )


def _blocker_row(item: Blocker) -> BlockerRow:
    return BlockerRow(
        start=item.contact.start, end=item.contact.end, request=item.request, part=item.part, held=item.held
    )
