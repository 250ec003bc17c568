"""What of a contact and of a fact a reader may see, field by field. Words play no part in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

from passplan.domain.contacts import Contact
from passplan.domain.facts import (
    CancelledContact,
    Closed,
    ContactRef,
    Fact,
    JobFailed,
    LegacyText,
    Outage,
    fact_of,
    plain_of,
)
from passplan.domain.messages import Message
from passplan.domain.requests import ContactRequest
from passplan.domain.rows.contacts import SeenAssignment, SeenContactRow, seen_assignment, seen_contact
from passplan.domain.schedule import Assignment
from passplan.service.access.visibility import Disclosure, DisclosureLevel
from passplan.store.events import Event

F = TypeVar("F", bound=Fact)

_SENTENCES = (LegacyText, Message)  # may name anything
_WHAT_FOR: dict[str, Any] = {"request": "", "part": None, "activity": "", "priority": "", "note": ""}


def disclosed_causes(causes: Iterable[Fact], disclosure: Disclosure) -> tuple[Fact, ...]:
    """The causes of a schedule revision as a reader may see them; those that become equal stand once.

    Of a cancelled contact of another agency only that there was one. Of an outage the note only where the reader sees
    all that happens at the station. A sentence only to those who see everything, for it may name anything.
    """
    found = (_cause(cause, disclosure) for cause in causes)
    return tuple(dict.fromkeys(cause for cause in found if cause is not None))


def disclosed_reason(reason: Fact | None, disclosure: Disclosure) -> Fact | None:
    """The reason of a contact or request to a reader who sees all of that, without the names of others' requests."""
    return None if reason is None else _without_others(reason, disclosure)


def disclosed_particulars(particulars: Iterable[Fact], disclosure: Disclosure) -> tuple[Fact, ...]:
    """The particulars of a refusal to a reader who sees its request, without the names of others' requests.

    A sentence goes only to those who see everything.
    """
    found = (_without_others(p, disclosure) for p in particulars if disclosure.whole or not isinstance(p, _SENTENCES))
    return tuple(dict.fromkeys(found))


def seen_event(event: Event, disclosure: Disclosure) -> Event:
    """An event of what a reader sees, without the names of others' requests in its reason."""
    reason = event.after.get("reason")
    if not isinstance(reason, dict):
        return event
    return replace(event, after=event.after | {"reason": plain_of(_without_others(fact_of(reason), disclosure))})


def seen_row(c: Contact, request: ContactRequest, disclosure: Disclosure) -> SeenContactRow | None:
    """A contact's row as it is seen, with `seen` = "all" or "times"; None: nothing of it is."""
    detail = disclosure.of(request.agency, c.assignment.antennas)
    if detail is DisclosureLevel.NOTHING:
        return None
    if detail is DisclosureLevel.TIMES:
        return replace(seen_contact(c, request), seen="times", reason=None, acknowledged_by="", **_WHAT_FOR)
    reason = disclosed_reason(c.reason, disclosure)
    return seen_contact(c if reason is c.reason else replace(c, reason=reason), request)


def seen_assignment_row(a: Assignment, request: ContactRequest, disclosure: Disclosure) -> SeenAssignment | None:
    """The row of a contact of a plan as it is seen, with `seen` = "all" or "times"; None: nothing of it is."""
    detail = disclosure.of(request.agency, a.antennas)
    if detail is DisclosureLevel.NOTHING:
        return None
    row = seen_assignment(a, request)
    return replace(row, seen="times", **_WHAT_FOR) if detail is DisclosureLevel.TIMES else row


def disclosed_warning(warning: Fact, disclosure: Disclosure) -> Fact:
    """What is wrong, without the message of an error for a reader who does not see everything."""
    return warning if disclosure.whole or not isinstance(warning, JobFailed) else replace(warning, reason=None)


def _cause(cause: Fact, disclosure: Disclosure) -> Fact | None:
    if disclosure.whole:
        return cause
    if isinstance(cause, _SENTENCES):
        return None
    if isinstance(cause, CancelledContact):
        is_seen = cause.contact is not None and disclosure.sees_requests_of(cause.contact.agency)
        return _without_others(cause, disclosure) if is_seen else CancelledContact()
    if isinstance(cause, (Outage, Closed)) and disclosure.at_station(cause.station) is not DisclosureLevel.ALL:
        return replace(cause, note="")
    return _without_others(cause, disclosure)


def _without_others(fact: F, disclosure: Disclosure) -> F:
    """A fact whose references to contacts of requests that are not seen name the agency alone."""
    if disclosure.whole or isinstance(fact, Message):  # as the cause of a fact it has data of the network alone
        return fact
    fields: Any = fact  # every fact is a dataclass
    changes = {field.name: _seen(getattr(fact, field.name), disclosure) for field in dataclasses.fields(fields)}
    found: F = replace(fields, **changes)
    return found


def _seen(value: Any, disclosure: Disclosure) -> Any:
    if isinstance(value, ContactRef):
        if disclosure.sees_requests_of(value.agency):
            return value
        return replace(value, request="", part=1)
    if isinstance(value, tuple):
        return tuple(_seen(item, disclosure) for item in value)
    return _without_others(value, disclosure) if isinstance(value, Fact) else value
