"""The lanes of plans between two daily schedules."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from passplan.domain.contacts import RequestState
from passplan.domain.network import SatelliteId
from passplan.domain.requests import ContactRequest
from passplan.domain.span import Span
from passplan.service.access.actors import Actor
from passplan.service.documents import element_ids, serve_as_before, value_of
from passplan.service.network.revisions import current_network
from passplan.service.schedule.drafting import LATE, LOST, InputVersions, basis_of
from passplan.service.store import Closing, Store
from passplan.service.use_case import Change, use_case
from passplan.store import elements, requests, revisions, small
from passplan.store.database import Connection
from passplan.store.requests import StoredRequest
from passplan.store.schema import moment

_FAILED_ON = "looked"  # the inputs for which there was no plan


def lane_due(store: Store, *, now: datetime) -> str:
    """The lane that is due now.

    Returns:
        LOST: elements, outages or the network changed since the last plan or failed planning, or there are requests and
        there was never a plan. LATE: new requests, or requests that lost a contact, begin soon or leave no choice.
        Empty: no lane.
    """
    settings = store.settings
    with store.database.read() as connection:
        accepted = requests.select(connection, states=[RequestState.ACCEPTED])
        last, failed_on = revisions.get(connection), small.facts(connection).get(_FAILED_ON)
        documents = [json.loads(text) for text in (last.made_on if last else None, failed_on) if text]
        if not documents:
            return LOST if accepted else ""
        before = max(documents, key=lambda made_on: int(made_on["at_us"]))
        basis = _basis(store, connection, now)
        new_outages = set(basis.outages) - set(before["outages"])
        if basis.network != before["network"] or new_outages or not _serve_as_before(basis, element_ids(before)):
            return LOST
        if settings.late_s <= settings.lead_s:
            return ""
        soon = Span(now + timedelta(seconds=settings.lead_s), now + timedelta(seconds=settings.late_s))
        since = moment(int(before["at_us"]))
        horizon = Span(soon.start, now + timedelta(days=settings.horizon_d))
        new = [r for r in accepted if r.changed > since and Span(r.start, r.end).overlaps(horizon)]
        return LATE if any(Span(r.start, r.end).overlaps(soon) or _leaves_no_choice(r) for r in new) else ""


@use_case()
def mark_planning_failed(change: Change, *, actor: Actor, now: datetime, closing: Closing) -> None:
    """Record that there is no plan for the present requests and inputs, until an input changes."""
    small.set_fact(change.transaction, _FAILED_ON, _basis(change.store, change.connection, now).document)


def _serve_as_before(basis: InputVersions, before: Mapping[SatelliteId, Sequence[int]]) -> bool:
    is_same = (serve_as_before(ids, before.get(satellite, ())) for satellite, ids in basis.elements.items())
    return before.keys() == basis.elements.keys() and all(is_same)


def _leaves_no_choice(r: StoredRequest) -> bool:
    return value_of(ContactRequest, r.document).leaves_no_choice


def _basis(store: Store, connection: Connection, now: datetime) -> InputVersions:
    number, network = current_network(store.caches, connection)
    return basis_of(connection, number, network, elements.choices(connection), now)
