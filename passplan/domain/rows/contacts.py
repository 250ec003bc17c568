"""The rows of contacts: of a plan, of a store, and as a reader may see them; and of a contact's log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias, TypeVar

from passplan.domain.contacts import Contact, ContactState
from passplan.domain.messages import Fact
from passplan.domain.network import AntennaRef
from passplan.domain.requests import ContactRequest
from passplan.domain.rows.columns import column
from passplan.domain.schedule import Assignment, Move
from passplan.domain.span import Span

R = TypeVar("R", bound="AssignmentRow")

Seen: TypeAlias = Literal["all", "times"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentRow:
    """A contact of a plan: signal from start to end, antennas occupied with setup and teardown."""

    start: datetime = column("Start", help="The signal starts.")
    end: datetime = column("End", help="The signal ends.")
    occupied_from: datetime = column("Occupied from", help="The setup of its antennas starts.", in_table=False)
    occupied_to: datetime = column("Occupied to", help="The teardown of its antennas ends.", in_table=False)
    duration_s: float = column("Length", unit="s", digits=6, help="From start to end.", is_computed=True, dispensable=3)
    agency: str = column("Agency", help="The agency that requested it.")
    request: str = column("Request", help="Its request.")
    part: int | None = column("Part", help="Which contact of its request, where that has several.", in_table=False)
    satellite: str = column("Satellite", help="The satellite.")
    link: str = column("Link", help="The satellite's link.", dispensable=6)
    antennas: tuple[AntennaRef, ...] = column(
        "Antenna", help="Its antenna, or those of its array, separated by spaces.", is_joined=True
    )
    activity: str = column("Activity", help="What it is for.", dispensable=5)
    priority: str = column("Priority", help="Of its request.", dispensable=2)
    note: str = column("Note", help="What its agency wrote.", in_table=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "duration_s", (self.end - self.start).total_seconds())

    @property
    def span(self) -> Span:
        """From start to end."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow(AssignmentRow):
    """A contact of a store, with its state."""

    id: int = column("Contact", help="Its number, which does not change when it moves.", is_first=True)
    state: ContactState = column("State", help="Its state.", is_first=True)
    reason: Fact | None = column(
        "Reason", help="Why it was dropped, cancelled or preempted; empty: it was not.", dispensable=3
    )
    revision: int = column("Revision", help="The schedule revision that last placed it.", in_table=False)
    acknowledged_by: str = column("Seen by", help="The account that acknowledged it.", in_table=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAssignment(AssignmentRow):
    """A contact of a plan as a reader may see it; when `seen` is "times", its purpose is empty."""

    seen: Seen = column("Seen", help="All of it, or only its times, antenna, link and agency.", in_table=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenContactRow(ContactRow):
    """A contact of a store as a reader may see it; when `seen` is "times", its purpose is empty."""

    seen: Seen = column("Seen", help="All of it, or only its times, antenna, link and agency.", in_table=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRow:
    """A contact that moved."""

    request: str = column("Request", help="Its request.")
    part: int = column("Part", help="Which contact of its request.")
    start: datetime | None = column("Start", help="The signal starts now; null: the contact is gone.")
    antennas: tuple[AntennaRef, ...] | None = column(
        "Antenna", help="Its antennas now, separated by spaces; null: the contact is gone.", is_joined=True
    )
    start_before: datetime = column("Start before", help="The signal started before.")
    antennas_before: tuple[AntennaRef, ...] = column(
        "Antenna before", help="Its antennas before, separated by spaces.", is_joined=True
    )
    shift_s: float | None = column("Moved", unit="s", digits=6, help="From the start before to the start now.")
    pass_shift_s: float = column("Pass moved", unit="s", digits=6, help="How far its pass moved; later is positive.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """A note about a contact, or a report of its outcome."""

    at: datetime = column("At", help="When it was written.")
    actor: str = column("Actor", help="Who wrote it.")
    text: str = column("Text", help="The text.")
    outcome: Literal["", "completed", "partial", "failed_network", "failed_agency"] = column(
        "Outcome", help="The outcome that was reported; empty: none."
    )


def assignment_row(item: Assignment, request: ContactRequest) -> AssignmentRow:
    """The row of a contact of a plan."""
    return _row(AssignmentRow, item, request)


def contact_row(item: Contact, request: ContactRequest) -> ContactRow:
    """The row of a contact of a store."""
    return _row(ContactRow, item.assignment, request, **_standing(item))


def seen_assignment(item: Assignment, request: ContactRequest) -> SeenAssignment:
    """The row of a contact of a plan for a reader who sees all of it."""
    return _row(SeenAssignment, item, request, seen="all")


def seen_contact(item: Contact, request: ContactRequest) -> SeenContactRow:
    """The row of a contact of a store for a reader who sees all of it."""
    return _row(SeenContactRow, item.assignment, request, **_standing(item), seen="all")


def move_row(item: Move) -> MoveRow:
    """The row of a contact that moved."""
    after = item.after
    return MoveRow(
        request=item.before.request,
        part=item.before.part,
        start=None if after is None else after.contact.start,
        antennas=None if after is None else after.antennas,
        start_before=item.before.contact.start,
        antennas_before=item.before.antennas,
        shift_s=item.shift_s,
        pass_shift_s=item.pass_shift_s,
    )


def _row(kind: type[R], item: Assignment, request: ContactRequest, **more: Any) -> R:
    return kind(
        start=item.contact.start,
        end=item.contact.end,
        occupied_from=item.occupies.start,
        occupied_to=item.occupies.end,
        agency=request.agency,
        request=item.request,
        part=item.part,
        satellite=item.satellite,
        link=item.link,
        antennas=item.antennas,
        activity=request.activity,
        priority=request.priority.value,
        note=request.note,
        **more,
    )


def _standing(item: Contact) -> dict[str, Any]:
    return {
        "id": item.id,
        "state": item.state,
        "reason": item.reason,
        "revision": item.revision,
        "acknowledged_by": item.acknowledged_by,
    }
