"""The life of a contact after a plan has placed it: frozen, acknowledged, cancelled, reported on, over."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from passplan.domain.contacts import OUTCOMES, Contact, ContactId, ContactState, RequestState
from passplan.domain.errors import ConflictError, InputError
from passplan.domain.facts import ContactLost, Fact, SpanOver, note_of, plain_of
from passplan.domain.hints import Hint
from passplan.domain.messages import Message
from passplan.formats.tables import table_of
from passplan.service.access.roles import Actor, Capability, may, require
from passplan.service.documents import canonical, digest
from passplan.service.store import Closing, Guard, Store
from passplan.store import contacts, elements, networks, requests, revisions
from passplan.store.database import Connection, Transaction

MOST_LOG = 500  # characters of a log entry


def freeze(store: Store, *, actor: Actor, now: datetime, closing: Closing | None = None) -> tuple[Contact, ...]:
    """Commit every scheduled contact that begins within the freeze, each with all that it was planned on.

    One at an antenna that has an outage then is cancelled instead: nobody shall get ready for it.

    Returns:
        The contacts that were frozen. Where there are none nothing is written, and `closing` is not called.
    """
    until = now + timedelta(seconds=store.settings.freeze_s)

    def due(connection: Connection) -> list[Contact]:
        found = contacts.select(connection, states=[ContactState.SCHEDULED])
        return [c for c in found if c.assignment.occupies.start < until]

    with store.database.read() as connection:
        if not due(connection):
            return ()

    def work(transaction: Transaction) -> tuple[Contact, ...]:
        if closing is not None:
            closing(transaction)
        outages = networks.outages(transaction.connection, after=now)
        frozen = []
        for c in due(transaction.connection):
            if (outage := next((o for o in outages if o.touches(c.assignment)), None)) is not None:
                state = ContactState.CANCELLED_BY_NETWORK
                cancel_all(transaction, [c], state, outage.fact, actor=actor, now=now)
                continue
            frozen.append(c)
            snapshot = _snapshot(transaction.connection, c)
            contacts.commit(transaction, c.id, now, snapshot, digest(snapshot))
            transaction.record(
                actor,
                now,
                "contact.committed",
                f"contact/{c.id}",
                before={"state": c.state.value},
                after={"state": ContactState.COMMITTED.value, "snapshot_sha256": digest(snapshot)},
            )
        return tuple(frozen)

    return store.write(work)


def acknowledge(
    store: Store, contact_id: ContactId, *, guard: Guard | None = None, actor: Actor, now: datetime
) -> Contact:
    """Note that an agency, or a station, has seen a committed contact.

    Raises:
        InputError: when there is no such contact.
        ConflictError: unless it is committed.
    """

    def work(transaction: Transaction) -> Contact:
        c = _contact(transaction.connection, contact_id)
        require(actor, Capability.ACKNOWLEDGE_CONTACT, agencies=_parties(transaction.connection, c))
        if guard is not None:
            guard(transaction.connection)
        if c.state is not ContactState.COMMITTED:
            raise ConflictError(
                Message(
                    "contact_not_committed",
                    "contact %(contact)s is %(state)s; only committed contacts are acknowledged",
                    contact=c.id,
                    state=c.state.value,
                )
            )
        contacts.acknowledge(transaction, c.id, actor.account, now)
        transaction.record(actor, now, "contact.acknowledged", f"contact/{c.id}", after={"by": actor.account})
        return _contact(transaction.connection, contact_id)

    return store.write(work)


def cancel(
    store: Store, contact_id: ContactId, *, reason: str, guard: Guard | None = None, actor: Actor, now: datetime
) -> Contact:
    """Cancel a contact: for its agency where a requester does, until the lead time; else for the network.

    Its request is open again where its span is, and the next plan looks for another place.

    Raises:
        InputError: when there is no such contact, or the network gives no reason.
        ConflictError: when it is over, or too near for its agency.
    """

    def work(transaction: Transaction) -> Contact:
        c = _contact(transaction.connection, contact_id)
        for_agency = not actor.has(Capability.CANCEL_FOR_NETWORK)
        if for_agency:
            require(actor, Capability.CANCEL_FOR_AGENCY, agencies=_asking(transaction.connection, c))
        else:
            require(actor, Capability.CANCEL_FOR_NETWORK, agencies=_owners(transaction.connection, c))
        if guard is not None:
            guard(transaction.connection)
        if for_agency:
            state = ContactState.CANCELLED_BY_AGENCY
            if c.assignment.contact.start < now + timedelta(seconds=store.settings.lead_s):
                least = store.settings.lead_min
                raise ConflictError(
                    Message(
                        "contact_begins_soon",
                        "contact %(contact)s begins in less than %(minutes)g minutes; call the network",
                        contact=c.id,
                        minutes=least,
                    )
                )
        else:
            state = ContactState.CANCELLED_BY_NETWORK
            if not reason:
                raise InputError(
                    Message(
                        "cancel_reason_missing",
                        "contact %(contact)s: give the reason why the network cancels it",
                        contact=c.id,
                    )
                )
        if not c.holds or c.assignment.contact.end <= now:
            raise ConflictError(
                Message("contact_over", "contact %(contact)s is over (%(state)s)", contact=c.id, state=c.state.value)
            )
        cancel_all(transaction, [c], state, note_of(reason), actor=actor, now=now)
        return _contact(transaction.connection, contact_id)

    return store.write(work)


def report_outcome(
    store: Store,
    contact_id: ContactId,
    outcome: ContactState,
    *,
    note: str = "",
    guard: Guard | None = None,
    actor: Actor,
    now: datetime,
) -> Contact:
    """Say what became of a contact. The first report settles it; a late or a second one stands beside it.

    Raises:
        InputError: when there is no such contact, or the outcome is none.
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

    def work(transaction: Transaction) -> Contact:
        c = _contact(transaction.connection, contact_id)
        require(actor, Capability.REPORT_OUTCOME, agencies=_parties(transaction.connection, c))
        if guard is not None:
            guard(transaction.connection)
        if c.state is ContactState.SCHEDULED or c.assignment.contact.start > now:
            raise ConflictError(
                Message(
                    "contact_not_begun", "contact %(contact)s has not begun; there is nothing to report", contact=c.id
                )
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
        contacts.add_report(transaction, c.id, now=now, actor=actor.account, told=outcome.value, note=note)
        if c.state is ContactState.COMMITTED:
            contacts.set_state(transaction, c.id, outcome, now, note_of(note))
            if outcome is ContactState.FAILED_NETWORK:
                reopen(transaction, c.assignment.request, actor=actor, now=now)
        transaction.record(
            actor,
            now,
            "contact.reported",
            f"contact/{c.id}",
            before={"state": c.state.value},
            after={"outcome": outcome.value, "note": note},
        )
        return _contact(transaction.connection, contact_id)

    return store.write(work)


def write_log(store: Store, contact_id: ContactId, text: str, *, actor: Actor, now: datetime) -> None:
    """Write a line beside a contact, for those who have to do with it.

    Raises:
        InputError: when there is no such contact, or no text.
    """
    if not text.strip() or len(text) > MOST_LOG:
        raise InputError(
            Message(
                "log_entry_length",
                "a log entry has 1 to %(most)s characters; this one has %(length)s",
                most=MOST_LOG,
                length=len(text.strip()),
            )
        )

    def work(transaction: Transaction) -> None:
        c = _contact(transaction.connection, contact_id)
        require(actor, Capability.WRITE_LOG, agencies=_parties(transaction.connection, c))
        contacts.add_log_entry(transaction, c.id, now=now, actor=actor.account, text=text.strip())
        transaction.record(actor, now, "contact.noted", f"contact/{c.id}", after={"text": text.strip()})

    store.write(work)


def actions_on(
    connection: Connection, c: Contact, *, lead_s: float, actor: Actor | None, now: datetime
) -> frozenset[str]:
    """What an actor may do with a contact now: of "acknowledge", "cancel", "report" and "log"."""
    asking, owners = _asking(connection, c), _owners(connection, c)
    span = c.assignment.contact
    found = set()
    if c.state is ContactState.COMMITTED and not c.acknowledged_by and span.end > now:
        found |= {"acknowledge"} if may(actor, Capability.ACKNOWLEDGE_CONTACT, agencies=asking | owners) else set()
    if c.holds and span.end > now and actor is not None:
        if not actor.has(Capability.CANCEL_FOR_NETWORK):
            in_time = span.start >= now + timedelta(seconds=lead_s)
            found |= {"cancel"} if in_time and may(actor, Capability.CANCEL_FOR_AGENCY, agencies=asking) else set()
        else:
            found |= {"cancel"} if may(actor, Capability.CANCEL_FOR_NETWORK, agencies=owners) else set()
    took_place = c.state in (ContactState.COMMITTED, ContactState.UNREPORTED, *OUTCOMES) and span.start <= now
    if took_place and may(actor, Capability.REPORT_OUTCOME, agencies=asking | owners):
        found.add("report")
    if may(actor, Capability.WRITE_LOG, agencies=asking | owners):
        found.add("log")
    return frozenset(found)


def expire(
    store: Store, *, actor: Actor, now: datetime, closing: Closing | None = None
) -> tuple[tuple[ContactId, ...], tuple[str, ...]]:
    """Settle what time has settled: contacts that nobody has reported on, and requests whose span is over.

    Returns:
        The contacts and the requests. Where there are none nothing is written, and `closing` is not called.
    """
    reported_by = now - timedelta(minutes=store.settings.report_within_min)

    def due(connection: Connection) -> tuple[list[Contact], list[requests.StoredRequest]]:
        over = contacts.select(connection, states=[ContactState.COMMITTED])
        open_ = requests.select(connection, states=[RequestState.SUBMITTED, RequestState.ACCEPTED])
        return [c for c in over if c.assignment.contact.end <= reported_by], [r for r in open_ if r.end <= now]

    with store.database.read() as connection:
        if not any(due(connection)):
            return (), ()

    def work(transaction: Transaction) -> tuple[tuple[ContactId, ...], tuple[str, ...]]:
        if closing is not None:
            closing(transaction)
        silent, over = due(transaction.connection)
        for c in silent:
            contacts.set_state(transaction, c.id, ContactState.UNREPORTED, now)
            transaction.record(
                actor,
                now,
                "contact.unreported",
                f"contact/{c.id}",
                before={"state": c.state.value},
                after={"state": ContactState.UNREPORTED.value},
            )
        for r in over:
            move_request(transaction, r.id, r.state, RequestState.EXPIRED, SpanOver(), actor=actor, now=now)
        return tuple(c.id for c in silent), tuple(r.id for r in over)

    return store.write(work)


def cancel_all(
    transaction: Transaction,
    cancelled: Iterable[Contact],
    state: ContactState,
    reason: Fact | None,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Take contacts out of the schedule, and open their requests again."""
    for c in cancelled:
        contacts.set_state(transaction, c.id, state, now, reason)
        transaction.record(
            actor,
            now,
            f"contact.{state.value}",
            f"contact/{c.id}",
            before={"state": c.state.value},
            after={"state": state.value, "reason": event_value(reason)},
        )
        reopen(transaction, c.assignment.request, actor=actor, now=now)


def reopen(transaction: Transaction, request_id: str, *, actor: Actor, now: datetime) -> None:
    """Let a satisfied request ask again, for a contact of it is lost; not where its span is over."""
    found = requests.get(transaction.connection, request_id)
    if found is None or found.end <= now:
        return
    if found.state is RequestState.SATISFIED:
        move_request(transaction, found.id, found.state, RequestState.ACCEPTED, ContactLost(), actor=actor, now=now)
    elif found.state is RequestState.ACCEPTED:
        requests.touch(transaction, found.id, now)


def move_request(
    transaction: Transaction,
    request_id: str,
    before: RequestState,
    after: RequestState,
    reason: Fact | None,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Move a request along, with its event."""
    requests.set_state(transaction, request_id, after, now, reason)
    transaction.record(
        actor,
        now,
        f"request.{after.value}",
        f"request/{request_id}",
        before={"state": before.value},
        after={"state": after.value, "reason": event_value(reason)},
    )


def event_value(reason: Fact | None) -> Any:
    """A reason as an event keeps it."""
    return "" if reason is None else plain_of(reason)


def _contact(connection: Connection, contact_id: ContactId) -> Contact:
    found = contacts.get(connection, contact_id)
    if found is None:
        raise InputError(
            Message("no_contact_id", "there is no contact %(contact)s", contact=contact_id), hint=Hint.LIST_CONTACTS
        )
    return found


def _asking(connection: Connection, c: Contact) -> frozenset[str]:
    found = requests.get(connection, c.assignment.request)
    return frozenset({found.agency} if found else ())


def _owners(connection: Connection, c: Contact) -> frozenset[str]:
    """The agencies whose stations a contact uses."""
    revision = networks.current(connection)
    stations = json.loads(revision.document)["station"] if revision else []
    used = {ref.station for ref in c.assignment.antennas}
    return frozenset(s.get("agency", "") for s in stations if s["id"] in used)


def _parties(connection: Connection, c: Contact) -> frozenset[str]:
    return _asking(connection, c) | _owners(connection, c)


def _snapshot(connection: Connection, c: Contact) -> str:
    """All that a contact was planned on, as a document: what the newest schedule was made on, not what came since."""
    last = revisions.get(connection)
    made_on = json.loads(last.made_on) if last else {"elements": {}, "network": None}
    request = requests.get(connection, c.assignment.request)
    found = elements.get(connection, made_on["elements"].get(c.assignment.satellite))
    return canonical(
        {
            "contact": table_of(c.assignment),
            "revision": last.number if last else None,
            "network_revision": made_on["network"],
            "request": json.loads(request.document) if request else None,
            "elements": json.loads(found.document) if found else None,
        }
    )
