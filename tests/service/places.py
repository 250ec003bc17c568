"""Free places, and the requests for them, for tests of asking."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from passplan import find_passes
from passplan.domain.contacts import HOLDING
from passplan.domain.requests import ContactRequest
from passplan.domain.schedule import FreePlace
from passplan.domain.span import Span
from passplan.service.requests.alternatives import Alternative, compute_availability
from passplan.service.schedule import drafting
from tests import sets
from tests.refs import ref
from tests.service.office import NETWORK, NOW, Office, ask
from tests.store.world import rows

LEAD = timedelta(minutes=15)


def at(hours: float) -> datetime:
    """A time of these tests."""
    return NOW + timedelta(hours=hours)


def found_for(office: Office, asked: ContactRequest) -> tuple[Alternative, ...]:
    """The free places of a request."""
    return compute_availability(office.store, asked, now=office.now).as_asked


def others_for(office: Office, asked: ContactRequest) -> tuple[Alternative, ...]:
    """What is free beside them."""
    return compute_availability(office.store, asked, now=office.now).others


def exactly(place: FreePlace, name: str, agency: str = "ESA", **changes: Any) -> ContactRequest:
    """A request for one place and nothing else."""
    seconds = place.contact.duration_s
    return replace(
        ask(name, agency, span=place.contact, min_s=seconds, wanted_s=seconds, stations=place.antennas), **changes
    )


def is_naively_free(office: Office, place: FreePlace, channels: int = 2) -> bool:
    """Whether a place meets no hold of its antennas and leaves a channel, looking at every hold."""
    held = rows(
        office.store.database,
        "SELECT r.kind, r.name, h.start_us, h.end_us FROM hold h JOIN resource r ON r.id = h.resource_id WHERE h.live",
    )
    holds = [(kind, name, _moment(start), _moment(end)) for kind, name, start, end in held]
    on_antennas = [
        name
        for kind, name, start, end in holds
        if kind == "antenna"
        and ref(name) in place.antennas
        and start < place.occupies.end
        and place.occupies.start < end
    ]
    moments = [place.contact.start + timedelta(seconds=k) for k in range(int(place.contact.duration_s))]
    busiest = max(sum(kind == "channel" and start <= m < end for kind, _, start, end in holds) for m in moments)
    return not on_antennas and busiest < channels


def _moment(us: int) -> datetime:
    return datetime.fromtimestamp(0, NOW.tzinfo) + timedelta(microseconds=us)


def next_pass(office: Office, station: str, after: datetime) -> Span:
    """The next long pass over a station."""
    (site,) = [s for s in NETWORK.stations if s.id == station]
    found = find_passes([sets.ISS], [site], Span(after, after + timedelta(days=1)))
    return next(p.span for p in found if not p.clipped_start and p.duration_s > 400.0)


def late(office: Office) -> dict[str, Span]:
    """Plan what must not wait; where each contact is then."""
    office.plan(drafting.LATE)
    return {c.assignment.request: c.assignment.contact for c in office.contacts(*HOLDING)}
