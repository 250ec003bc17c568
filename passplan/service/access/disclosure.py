"""The fields of a contact and of a fact that a reader may see."""

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
_HIDDEN_PURPOSE: dict[str, Any] = {"request": "", "part": None, "activity": "", "priority": "", "note": ""}


def disclosed_causes(causes: Iterable[Fact], disclosure: Disclosure) -> tuple[Fact, ...]:
    """The causes of a schedule revision as a reader may see them; causes that become equal are listed once.

    A cancelled contact of another agency is shown without its name. The note of an outage is shown only to readers who
    see everything at the station. A sentence is shown only to readers who see everything, because it may name anything.
    """
    disclosed = (_cause(cause, disclosure) for cause in causes)
    return tuple(dict.fromkeys(cause for cause in disclosed if cause is not None))


def disclosed_reason(reason: Fact | None, disclosure: Disclosure) -> Fact | None:
    """The reason of a contact or request for a reader who sees all of it, without names of unseen requests."""
    return None if reason is None else _without_unseen(reason, disclosure)


def disclosed_particulars(particulars: Iterable[Fact], disclosure: Disclosure) -> tuple[Fact, ...]:
    """The particulars of a refusal for a reader who sees its request, without names of unseen requests.

    A sentence is shown only to readers who see everything.
    """
    visible = (p for p in particulars if disclosure.sees_everything or not isinstance(p, _SENTENCES))
    return tuple(dict.fromkeys(_without_unseen(p, disclosure) for p in visible))


def seen_event(event: Event, disclosure: Disclosure) -> Event:
    """An event of an object that a reader sees, without names of unseen requests in its reason."""
    reason = event.after.get("reason")
    if not isinstance(reason, dict):
        return event
    return replace(event, after=event.after | {"reason": plain_of(_without_unseen(fact_of(reason), disclosure))})


def seen_row(c: Contact, request: ContactRequest, disclosure: Disclosure) -> SeenContactRow | None:
    """A contact's row as a reader sees it, with `seen` = "all" or "times"; None: the reader does not see it."""
    detail = disclosure.of(request.agency, c.assignment.antennas)
    if detail is DisclosureLevel.NOTHING:
        return None
    if detail is DisclosureLevel.TIMES:
        return replace(seen_contact(c, request), seen="times", reason=None, acknowledged_by="", **_HIDDEN_PURPOSE)
    reason = disclosed_reason(c.reason, disclosure)
    return seen_contact(c if reason is c.reason else replace(c, reason=reason), request)


def seen_assignment_row(a: Assignment, request: ContactRequest, disclosure: Disclosure) -> SeenAssignment | None:
    """The row of a plan's contact as a reader sees it, with `seen` = "all" or "times"; None: it is not seen."""
    detail = disclosure.of(request.agency, a.antennas)
    if detail is DisclosureLevel.NOTHING:
        return None
    row = seen_assignment(a, request)
    return replace(row, seen="times", **_HIDDEN_PURPOSE) if detail is DisclosureLevel.TIMES else row


def disclosed_warning(warning: Fact, disclosure: Disclosure) -> Fact:
    """A warning, without the message of an error for a reader who does not see everything."""
    if disclosure.sees_everything or not isinstance(warning, JobFailed):
        return warning
    return replace(warning, reason=None)


def _cause(cause: Fact, disclosure: Disclosure) -> Fact | None:
    if disclosure.sees_everything:
        return cause
    if isinstance(cause, _SENTENCES):
        return None
    if isinstance(cause, CancelledContact):
        is_seen = cause.contact is not None and disclosure.sees_requests_of(cause.contact.agency)
        return _without_unseen(cause, disclosure) if is_seen else CancelledContact()
    if isinstance(cause, (Outage, Closed)) and disclosure.at_station(cause.station) is not DisclosureLevel.ALL:
        return replace(cause, note="")
    return _without_unseen(cause, disclosure)


def _without_unseen(fact: F, disclosure: Disclosure) -> F:
    """A fact whose references to contacts of unseen requests have only the agency."""
    if disclosure.sees_everything or isinstance(fact, Message):  # a message in a fact has data of the network alone
        return fact
    fields: Any = fact  # every fact is a dataclass
    changes = {field.name: _seen(getattr(fact, field.name), disclosure) for field in dataclasses.fields(fields)}
    redacted: F = replace(fields, **changes)
    return redacted


def _seen(value: Any, disclosure: Disclosure) -> Any:
    if isinstance(value, ContactRef):
        if disclosure.sees_requests_of(value.agency):
            return value
        return replace(value, request="", part=1)
    if isinstance(value, tuple):
        return tuple(_seen(item, disclosure) for item in value)
    return _without_unseen(value, disclosure) if isinstance(value, Fact) else value
