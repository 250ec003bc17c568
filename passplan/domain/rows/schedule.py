"""The rows of schedules: refusals, shares of agencies, fairness, revisions and their changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from passplan.domain.messages import Fact
from passplan.domain.network import AntennaRef
from passplan.domain.requests import ContactRequest
from passplan.domain.rows.columns import column
from passplan.domain.schedule import AgencyShare, Fairness, Reason, Refusal, Schedule
from passplan.domain.span import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRow:
    """A request, or a part of one, that got no contact, and why."""

    request: str = column("Refused", help="The request.")
    part: int = column("Part", help="Which contact of the request.")
    agency: str = column("Agency", help="The agency that requested it.")
    reason: Reason = column("Reason", help="Why, in a word.")
    particulars: tuple[Fact, ...] = column("Particulars", help="Why, in sentences, the most telling first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRefusalRow(RefusalRow):
    """A refusal of a plan, with the contacts that occupy its cheapest window."""

    given_to: tuple[str, ...] = column(
        "Given to", help="The contacts in its cheapest window as `request/part`, separated by spaces.", is_joined=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRefusalRow(RefusalRow):
    """A refusal as a reader may see it."""

    note: str = column("Note", help="What its agency wrote.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRow:
    """What an agency requested and got."""

    agency: str = column("Agency", help="The agency.")
    requests_asked: int = column("Asked", help="The contacts that it requested.")
    requests_served: int = column("Served", help="The contacts that it got.")
    minutes_asked: float = column(
        "Minutes asked", digits=3, help="What its requests could be given at most, were each alone."
    )
    minutes_given: float = column("Minutes given", digits=3, help="The minutes that it got.")
    unserved_share: float = column("Unserved", digits=4, help="The share of the minutes asked that it did not get.")
    minutes_entitled: float | None = column(
        "Entitled",
        digits=3,
        help="The minutes that its agreements let it use at other agencies' stations; null: it has none.",
    )
    minutes_used: float = column("Used", digits=3, help="The minutes that it uses of those.")
    entitled_share: float | None = column(
        "Used share", digits=4, help="The minutes used as a share of the minutes entitled; null: it has none."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FairnessRow:
    """How evenly a plan serves the agencies."""

    penalty: float = column("Penalty", help="The part of the value lost to unevenness.")
    price: float | None = column(
        "Price", help="The share of the priority value that fairness costs; null: it was not computed."
    )
    u_rms: float = column("U_RMS", digits=6, help="The root mean square of the unserved shares.")
    u_max: float = column("U_MAX", digits=6, help="The largest unserved share.")
    worst: str | None = column("Worst", help="The agency with the largest unserved share; null: there is no request.")
    agencies: tuple[ShareRow, ...] = column("Agencies", help="The share of each agency.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRow:
    """A revision of the schedule."""

    number: int = column("Revision", key="revision", help="Its number.")
    at: datetime = column("At (UTC)", help="When it was published.")
    span: Span = column("Span", help="The span that it plans.", in_table=False)
    lane: str = column("Lane", help="What started it: daily, late, lost, manual.")
    network_revision: int = column("Network", help="The network revision that it was made on.", in_table=False)
    change: Fact = column("Change", key="sentence", help="Its changes against the revision before.", in_table=False)
    causes: tuple[Fact, ...] = column("Causes", help="Why it was made.", in_table=False)
    contacts: int = column("Contacts", help="The number of its contacts.")
    refusals: int = column("Refused", help="The number of its refusals.")
    value: float = column("Value", help="Its value.", in_table=False)
    bound: float = column("Bound", help="An upper bound of the value of any schedule.", in_table=False)
    gap: float = column(
        "Gap", digits=6, help="How much better it could be at most, as a share.", is_computed=True, in_table=False
    )
    inputs_sha256: str = column("Inputs", help="The digest of its inputs.", in_table=False)

    def __post_init__(self) -> None:
        most = max(abs(self.bound), abs(self.value))
        object.__setattr__(self, "gap", (self.bound - self.value) / most if self.bound > self.value else 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """The change of a contact since the revision before."""

    kind: Literal["added", "moved", "lost"] = column("Change", help="Whether it is new, moved or lost.")
    agency: str = column("Agency", help="The agency that requested it.")
    request: str = column("Request", help="Its request; empty: it may not be seen.")
    antennas: tuple[AntennaRef, ...] = column("Antenna", help="Its antennas, separated by spaces.", is_joined=True)
    start: datetime = column("Start", help="The signal starts.")
    start_before: datetime | None = column("Start before", help="The signal started before; null: it did not move.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ViolationRow:
    """A rule that a schedule breaks."""

    rule: str = column("Rule", help="The rule.")
    sentence: str = column("Sentence", help="How it is broken.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A plan in short."""

    span: Span = column("Span", help="The span that it plans.")
    contacts: int = column("Contacts", help="The number of its contacts.")
    refusals: int = column("Refused", help="The number of its refusals.")
    value: float = column("Value", help="Its value.")
    inputs_sha256: str = column("Inputs", help="The digest of its inputs.")


def plan_row(item: Schedule) -> PlanRow:
    """The row of a plan in short."""
    return PlanRow(
        span=item.span,
        contacts=len(item.assignments),
        refusals=len(item.refusals),
        value=item.value,
        inputs_sha256=item.inputs_sha256,
    )


def refusal_row(item: Refusal, request: ContactRequest) -> PlanRefusalRow:
    """The row of a refusal of a plan."""
    return PlanRefusalRow(
        request=item.request,
        part=item.part,
        agency=request.agency,
        reason=item.reason,
        particulars=item.particulars,
        given_to=tuple(f"{b.request}/{b.part}" for b in item.given_to),
    )


def share_row(item: AgencyShare) -> ShareRow:
    """The row of what an agency requested and got."""
    return ShareRow(
        agency=item.agency,
        requests_asked=item.requests_asked,
        requests_served=item.requests_served,
        minutes_asked=item.minutes_asked,
        minutes_given=item.minutes_given,
        unserved_share=item.unserved_share,
        minutes_entitled=item.minutes_entitled,
        minutes_used=item.minutes_used,
        entitled_share=item.entitled_share,
    )


def fairness_row(item: Fairness) -> FairnessRow:
    """The row of how evenly a plan serves the agencies."""
    return FairnessRow(
        penalty=item.penalty,
        price=item.price,
        u_rms=item.u_rms,
        u_max=item.u_max,
        worst=item.worst,
        agencies=tuple(map(share_row, item.agencies)),
    )
