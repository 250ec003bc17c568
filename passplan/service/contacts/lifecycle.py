"""The life of a contact after a plan has placed it: frozen, acknowledged, cancelled, reported, over."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from passplan.domain.contacts import OUTCOMES, Contact, ContactId, ContactState, RequestState
from passplan.domain.elements import ElementSet
from passplan.domain.ephemeris import Ephemeris
from passplan.domain.errors import ConflictError, InputError
from passplan.domain.facts import ContactLost, Fact, SpanOver, note_of, plain_of
from passplan.domain.hints import Hint
from passplan.domain.messages import Message
from passplan.domain.roles import Capability
from passplan.domain.span import Span
from passplan.formats.tables import table_of
from passplan.service.access.actors import Actor, may
from passplan.service.documents import canonical, digest, document_of, element_ids, value_of
from passplan.service.store import Closing, Guard, Store
from passplan.service.use_case import Change, Check, use_case
from passplan.store import contacts, elements, networks, requests, revisions
from passplan.store.database import Connection
from passplan.store.elements import StoredSet

MOST_LOG = 500  # characters of a log entry


def freeze(store: Store, *, actor: Actor, now: datetime, closing: Closing | None = None) -> tuple[Contact, ...]:
    """Commit every scheduled contact that begins within the freeze, with a snapshot of the inputs of its plan.

    A contact at an antenna that has an outage at that time is cancelled instead.

    Returns:
        The contacts that were committed. Where there are none nothing is written, and `closing` is not called.
    """
    with store.database.read() as connection:
        if not _due_for_freeze(connection, store, now):
            return ()
    return _freeze(store, actor=actor, now=now, closing=closing)


@use_case()
def _freeze(change: Change, *, actor: Actor, now: datetime, closing: Closing | None = None) -> tuple[Contact, ...]:
    outages = networks.outages(change.connection, after=now)
    committed = []
    for c in _due_for_freeze(change.connection, change.store, now):
        if (outage := next((o for o in outages if o.touches(c.assignment)), None)) is not None:
            cancel_all(change, [c], ContactState.CANCELLED_BY_NETWORK, outage.fact)
            continue
        committed.append(c)
        snapshot = _snapshot(change.connection, c)
        contacts.commit(change.transaction, c.id, now, snapshot, digest(snapshot))
        change.record(
            "contact.committed",
            f"contact/{c.id}",
            before={"state": c.state.value},
            after={"state": ContactState.COMMITTED.value, "snapshot_sha256": digest(snapshot)},
        )
    return tuple(committed)


def _due_for_freeze(connection: Connection, store: Store, now: datetime) -> list[Contact]:
    until = now + timedelta(seconds=store.settings.freeze_s)
    scheduled = contacts.select(connection, states=[ContactState.SCHEDULED])
    return [c for c in scheduled if c.assignment.occupies.start < until]


def _parties_may(capability: Capability) -> Check:
    """A check that the actor is of the agency of a contact's request, or acts for one of its stations."""

    def check(change: Change, contact_id: ContactId) -> None:
        c = _contact(change.connection, contact_id)
        change.require(capability, agencies=_parties(change.connection, c, change.actor))

    return check


def _may_cancel(change: Change, contact_id: ContactId) -> None:
    c = _contact(change.connection, contact_id)
    if change.actor.has(Capability.CANCEL_FOR_NETWORK):
        change.require(Capability.CANCEL_FOR_NETWORK, agencies=_owners(change.connection, c))
    else:
        change.require(Capability.CANCEL_FOR_AGENCY, agencies=_agency_of(change.connection, c))


@use_case(_parties_may(Capability.ACKNOWLEDGE_CONTACT))
def acknowledge(
    change: Change, contact_id: ContactId, /, *, guard: Guard | None = None, actor: Actor, now: datetime
) -> Contact:
    """Record that an agency, or a station, has seen a committed contact.

    Raises:
        InputError: when there is no such contact.
        ConflictError: unless it is committed.
    """
    c = _contact(change.connection, contact_id)
    if c.state is not ContactState.COMMITTED:
        raise ConflictError(
            Message(
                "contact_not_committed",
                "contact %(contact)s is %(state)s; only committed contacts are acknowledged",
                contact=c.id,
                state=c.state.value,
            )
        )
    contacts.acknowledge(change.transaction, c.id, actor.account, now)
    change.record("contact.acknowledged", f"contact/{c.id}", after={"by": actor.account})
    return _contact(change.connection, contact_id)


@use_case(_may_cancel)
def cancel(
    change: Change, contact_id: ContactId, /, *, reason: str, guard: Guard | None = None, actor: Actor, now: datetime
) -> Contact:
    """Cancel a contact: a requester cancels for the agency, until the lead time; other roles cancel for the network.

    Its request is open again unless its span is over, and the next plan searches for another place.

    Raises:
        InputError: when there is no such contact, or the network cancels without a reason.
        ConflictError: when it is over, or begins too soon for a cancellation by its agency.
    """
    c = _contact(change.connection, contact_id)
    if actor.has(Capability.CANCEL_FOR_NETWORK):
        state = ContactState.CANCELLED_BY_NETWORK
        if not reason:
            raise InputError(
                Message(
                    "cancel_reason_missing",
                    "contact %(contact)s: give the reason why the network cancels it",
                    contact=c.id,
                )
            )
    else:
        state = ContactState.CANCELLED_BY_AGENCY
        settings = change.store.settings
        if c.assignment.contact.start < now + timedelta(seconds=settings.lead_s):
            raise ConflictError(
                Message(
                    "contact_begins_soon",
                    "contact %(contact)s begins in less than %(minutes)g minutes; call the network",
                    contact=c.id,
                    minutes=settings.lead_min,
                )
            )
    if not c.holds or c.assignment.contact.end <= now:
        raise ConflictError(
            Message("contact_over", "contact %(contact)s is over (%(state)s)", contact=c.id, state=c.state.value)
        )
    cancel_all(change, [c], state, note_of(reason))
    return _contact(change.connection, contact_id)


@use_case(_parties_may(Capability.REPORT_OUTCOME))
def report_outcome(
    change: Change,
    contact_id: ContactId,
    /,
    outcome: ContactState,
    *,
    note: str = "",
    guard: Guard | None = None,
    actor: Actor,
    now: datetime,
) -> Contact:
    """Report the outcome of a contact. The first report sets its state; a late or a second one is only added.

    Raises:
        InputError: when there is no such contact, or the state is no outcome.
        ConflictError: when it has not begun, or never took place.
    """
    if outcome not in OUTCOMES:
        words = ", ".join(o.value for o in OUTCOMES)
        raise InputError(
            Message(
                "outcome_unknown",
                "contact %(contact)s: the outcome is %(outcome)s; it is one of %(known)s",
                contact=contact_id,
                outcome=outcome.value,
                known=words,
            )
        )
    c = _contact(change.connection, contact_id)
    if c.state is ContactState.SCHEDULED or c.assignment.contact.start > now:
        raise ConflictError(
            Message("contact_not_begun", "contact %(contact)s has not begun; there is nothing to report", contact=c.id)
        )
    if c.state not in (ContactState.COMMITTED, ContactState.UNREPORTED, *OUTCOMES):
        raise ConflictError(
            Message(
                "contact_not_held",
                "contact %(contact)s is %(state)s; it did not take place",
                contact=c.id,
                state=c.state.value,
            )
        )
    contacts.add_report(change.transaction, c.id, now=now, actor=actor.account, outcome=outcome.value, note=note)
    if c.state is ContactState.COMMITTED:
        contacts.set_state(change.transaction, c.id, outcome, now, note_of(note))
        if outcome is ContactState.FAILED_NETWORK:
            reopen(change, c.assignment.request)
    change.record(
        "contact.reported",
        f"contact/{c.id}",
        before={"state": c.state.value},
        after={"outcome": outcome.value, "note": note},
    )
    return _contact(change.connection, contact_id)


@use_case(_parties_may(Capability.WRITE_LOG))
def write_log(change: Change, contact_id: ContactId, /, text: str, *, actor: Actor, now: datetime) -> None:
    """Add a line to a contact's log, for its parties.

    Raises:
        InputError: when there is no such contact, or no text.
    """
    line = text.strip()
    if not line or len(text) > MOST_LOG:
        raise InputError(
            Message(
                "log_entry_length",
                "a log entry has 1 to %(most)s characters; this one has %(length)s",
                most=MOST_LOG,
                length=len(line),
            )
        )
    contacts.add_log_entry(change.transaction, contact_id, now=now, actor=actor.account, text=line)
    change.record("contact.noted", f"contact/{contact_id}", after={"text": line})


def actions_on(
    connection: Connection, c: Contact, *, lead_s: float, actor: Actor | None, now: datetime
) -> frozenset[str]:
    """The actions that an actor may do on a contact now, of "acknowledge", "cancel", "report" and "log"."""
    agency, owners = _agency_of(connection, c), _owners(connection, c)
    parties = _parties(connection, c, actor)
    span = c.assignment.contact
    actions = set()
    if c.state is ContactState.COMMITTED and not c.acknowledged_by and span.end > now:
        actions |= {"acknowledge"} if may(actor, Capability.ACKNOWLEDGE_CONTACT, agencies=parties) else set()
    if c.holds and span.end > now and actor is not None:
        if not actor.has(Capability.CANCEL_FOR_NETWORK):
            in_time = span.start >= now + timedelta(seconds=lead_s)
            actions |= {"cancel"} if in_time and may(actor, Capability.CANCEL_FOR_AGENCY, agencies=agency) else set()
        else:
            actions |= {"cancel"} if may(actor, Capability.CANCEL_FOR_NETWORK, agencies=owners) else set()
    took_place = c.state in (ContactState.COMMITTED, ContactState.UNREPORTED, *OUTCOMES) and span.start <= now
    if took_place and may(actor, Capability.REPORT_OUTCOME, agencies=parties):
        actions.add("report")
    if may(actor, Capability.WRITE_LOG, agencies=parties):
        actions.add("log")
    return frozenset(actions)


def expire(
    store: Store, *, actor: Actor, now: datetime, closing: Closing | None = None
) -> tuple[tuple[ContactId, ...], tuple[str, ...]]:
    """Set the states of contacts without a report in time, and of requests whose span is over.

    Returns:
        The contacts and the requests. Where there are none nothing is written, and `closing` is not called.
    """
    with store.database.read() as connection:
        if not any(_due_for_expiry(connection, store, now)):
            return (), ()
    return _expire(store, actor=actor, now=now, closing=closing)


@use_case()
def _expire(
    change: Change, *, actor: Actor, now: datetime, closing: Closing | None = None
) -> tuple[tuple[ContactId, ...], tuple[str, ...]]:
    unreported, expired = _due_for_expiry(change.connection, change.store, now)
    for c in unreported:
        contacts.set_state(change.transaction, c.id, ContactState.UNREPORTED, now)
        change.record(
            "contact.unreported",
            f"contact/{c.id}",
            before={"state": c.state.value},
            after={"state": ContactState.UNREPORTED.value},
        )
    for r in expired:
        move_request(change, r.id, r.state, RequestState.EXPIRED, SpanOver())
    return tuple(c.id for c in unreported), tuple(r.id for r in expired)


def _due_for_expiry(
    connection: Connection, store: Store, now: datetime
) -> tuple[list[Contact], list[requests.StoredRequest]]:
    reported_by = now - timedelta(minutes=store.settings.report_within_min)
    committed = contacts.select(connection, states=[ContactState.COMMITTED])
    open_ = requests.select(connection, states=[RequestState.SUBMITTED, RequestState.ACCEPTED])
    return [c for c in committed if c.assignment.contact.end <= reported_by], [r for r in open_ if r.end <= now]


def cancel_all(change: Change, cancelled: Iterable[Contact], state: ContactState, reason: Fact | None) -> None:
    """Cancel contacts, and open their requests again."""
    for c in cancelled:
        contacts.set_state(change.transaction, c.id, state, change.now, reason)
        change.record(
            f"contact.{state.value}",
            f"contact/{c.id}",
            before={"state": c.state.value},
            after={"state": state.value, "reason": event_value(reason)},
        )
        reopen(change, c.assignment.request)


def reopen(change: Change, request_id: str) -> None:
    """Open a satisfied request again after it lost a contact, unless its span is over."""
    request = requests.get(change.connection, request_id)
    if request is None or request.end <= change.now:
        return
    if request.state is RequestState.SATISFIED:
        move_request(change, request.id, request.state, RequestState.ACCEPTED, ContactLost())
    elif request.state is RequestState.ACCEPTED:
        requests.touch(change.transaction, request.id, change.now)


def move_request(
    change: Change, request_id: str, before: RequestState, after: RequestState, reason: Fact | None
) -> None:
    """Move a request to another state, with its event."""
    requests.set_state(change.transaction, request_id, after, change.now, reason)
    change.record(
        f"request.{after.value}",
        f"request/{request_id}",
        before={"state": before.value},
        after={"state": after.value, "reason": event_value(reason)},
    )


def event_value(reason: Fact | None) -> Any:
    """A reason as the value of an event."""
    return "" if reason is None else plain_of(reason)


def _contact(connection: Connection, contact_id: ContactId) -> Contact:
    contact = contacts.get(connection, contact_id)
    if contact is None:
        raise InputError(
            Message("no_contact_id", "there is no contact %(contact)s", contact=contact_id), hint=Hint.LIST_CONTACTS
        )
    return contact


def _agency_of(connection: Connection, c: Contact) -> frozenset[str]:
    request = requests.get(connection, c.assignment.request)
    return frozenset({request.agency} if request else ())


def _owners(connection: Connection, c: Contact) -> frozenset[str]:
    """The agencies whose stations a contact uses."""
    revision = networks.current(connection)
    stations = json.loads(revision.document)["station"] if revision else []
    used = {ref.station for ref in c.assignment.antennas}
    return frozenset(s.get("agency", "") for s in stations if s["id"] in used)


def _parties(connection: Connection, c: Contact, actor: Actor | None) -> frozenset[str]:
    """The agencies for which an actor may act on a contact: a requester acts for the request, an operator for both."""
    for_stations = actor is not None and actor.has(Capability.ACT_FOR_STATIONS)
    return _agency_of(connection, c) | (_owners(connection, c) if for_stations else frozenset())


def _snapshot(connection: Connection, c: Contact) -> str:
    """The inputs of a contact as a document: those of the newest schedule, not later ones."""
    last = revisions.get(connection)
    made_on = json.loads(last.made_on) if last else {"elements": {}, "network": None}
    request = requests.get(connection, c.assignment.request)
    numbers = element_ids(made_on).get(c.assignment.satellite, ())
    sets = [s for number in numbers if (s := elements.get(connection, number)) is not None]
    segment = _serving(sets, c.assignment.contact)
    return canonical(
        {
            "contact": table_of(c.assignment),
            "revision": last.number if last else None,
            "network_revision": made_on["network"],
            "request": json.loads(request.document) if request else None,
            "elements": None if segment is None else json.loads(document_of(segment)),
        }
    )


def _serving(sets: Sequence[StoredSet], contact: Span) -> ElementSet | Ephemeris | None:
    """The set of those of a plan that a contact rests on; of an ephemeris, the part around it."""
    covering = [s for s in sets if s.begins is not None and s.ends is not None and s.begins <= contact.middle < s.ends]
    if covering:
        newest = max(covering, key=lambda s: s.epoch)
        return value_of(Ephemeris, newest.document).around(contact)
    plain = [s for s in sets if not s.is_ephemeris]
    begun = [s for s in plain if s.epoch <= contact.middle]
    serving = begun[-1] if begun else next(iter(plain), None)
    return None if serving is None else value_of(ElementSet, serving.document)
