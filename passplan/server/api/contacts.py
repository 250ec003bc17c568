"""Contacts: the list, one, its log, and what is done with it."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Response

from passplan.domain.contacts import ContactState
from passplan.domain.errors import InputError, NotFoundError
from passplan.domain.messages import Message
from passplan.domain.span import Span
from passplan.formats.rows import CONTACT_COLUMNS, span_row
from passplan.formats.times import format_instant
from passplan.queries.history import last_event_of, log_of
from passplan.queries.pass_sheet import contact_place
from passplan.queries.pass_table import LONGEST
from passplan.queries.records import microseconds
from passplan.queries.snapshot import SHOWN, SeenContact, open_snapshot, phase, seen_contacts
from passplan.server.api.answering import answer, next_page, table, unchanged
from passplan.server.api.describing import CSV, JSON, ApiBlueprint, changes, reads
from passplan.server.api.parsing import asked_form, parsed
from passplan.server.api.rows import log_row
from passplan.server.api.schemas.base import IfMatch, NumberPath
from passplan.server.api.schemas.contacts import (
    CancelBody,
    ContactAnswer,
    ContactList,
    ContactQuery,
    Log,
    LogBody,
    ReportBody,
)
from passplan.server.http.cache import cached
from passplan.server.http.context import at
from passplan.server.http.login import signed_in
from passplan.server.shared.cursors import decode_cursor, encode_cursor
from passplan.service.access.visibility import DisclosureLevel
from passplan.service.contacts import lifecycle as life

noun = ApiBlueprint("contacts")

_DAYS = timedelta(days=7)
_COLUMNS = (*CONTACT_COLUMNS, "seen")


@noun.get("/contacts", **reads(ContactList, CSV, refused=(404,), link=True))
@cached(by_second=True, personal=False)
@parsed(JSON, CSV)
def listed(query: ContactQuery) -> Response:
    """Contacts that reach into a span, in order of time."""
    moment = at()
    span = _span(query, moment.now)
    behind = decode_cursor(query.cursor, int, int) if query.cursor is not None else (-(2**62), 0)
    with moment.store.database.read() as connection:
        snapshot = open_snapshot(moment.store, connection, moment.actor, moment.now)
        for name in query.satellite:
            snapshot.satellite(name)
        for name in query.station:
            snapshot.station(name)
        states = SHOWN.intersection(query.state) if query.state else SHOWN
        found = seen_contacts(snapshot, states=states, start=span.start, end=span.end)
    wanted = [s for s in found if _is_wanted(s, query) and _place(s) > behind]
    page = wanted[: query.limit]
    cursor = encode_cursor(*_place(page[-1])) if len(wanted) > len(page) else None
    link = next_page(cursor, start=format_instant(span.start))
    if asked_form() == CSV:
        return table(_COLUMNS, (s.row for s in page), "contacts", link=link)
    return answer({"span": span_row(span), "next": cursor, "contacts": [s.row for s in page]}, link=link)


@noun.get("/contacts/<number>", **reads(ContactAnswer, refused=(404,), etag=True))
@cached(by_second=True, personal=False)
@parsed()
def one(path: NumberPath) -> Response:
    """One contact."""
    return _answer(path.number)


@noun.post("/contacts/<number>/acknowledge", **changes(ContactAnswer, etag=True))
@signed_in
@parsed()
def acknowledge(path: NumberPath, header: IfMatch) -> Response:
    """Note that a committed contact was seen."""
    moment = at()
    _see(path.number)
    guard = unchanged(header, f"contact/{path.number}")
    life.acknowledge(moment.store, path.number, guard=guard, actor=moment.me, now=moment.now)
    return _answer(path.number)


@noun.post("/contacts/<number>/cancel", **changes(ContactAnswer, body=CancelBody, etag=True))
@signed_in
@parsed()
def cancel(path: NumberPath, header: IfMatch, body: CancelBody) -> Response:
    """Cancel a contact. Its request is open again, where its time is."""
    moment = at()
    _see(path.number)
    guard = unchanged(header, f"contact/{path.number}")
    life.cancel(moment.store, path.number, reason=body.reason.strip(), guard=guard, actor=moment.me, now=moment.now)
    return _answer(path.number)


@noun.post("/contacts/<number>/report", **changes(ContactAnswer, body=ReportBody, etag=True))
@signed_in
@parsed()
def report(path: NumberPath, header: IfMatch, body: ReportBody) -> Response:
    """Say what came of a contact. The first report settles it, later ones stand beside it."""
    moment = at()
    _see(path.number)
    life.report_outcome(
        moment.store,
        path.number,
        ContactState(body.outcome),
        note=body.note.strip(),
        guard=unchanged(header, f"contact/{path.number}"),
        actor=moment.me,
        now=moment.now,
    )
    return _answer(path.number)


@noun.get("/contacts/<number>/log", **reads(Log, refused=(404,)))
@cached(by_second=False, personal=False)
@parsed()
def log(path: NumberPath) -> Response:
    """What was written beside a contact and reported of it."""
    return _log_answer(path.number)


@noun.post("/contacts/<number>/log", **changes(Log, body=LogBody))
@signed_in
@parsed()
def write_log(path: NumberPath, body: LogBody) -> Response:
    """Write a line beside a contact."""
    moment = at()
    _see(path.number)
    life.write_log(moment.store, path.number, body.text, actor=moment.me, now=moment.now)
    return _log_answer(path.number)


def _span(query: ContactQuery, now: datetime) -> Span:
    start = query.start or now
    try:
        end = query.end or start + _DAYS
    except OverflowError:
        raise InputError(
            Message("start_too_late", "start is %(start)s; give an earlier one", start=format_instant(start))
        ) from None
    if end - start > LONGEST:
        raise InputError(
            Message("span_too_long", "the span is of more than %(days)s days; ask for less at once", days=LONGEST.days)
        )
    return Span(start, end)


def _is_wanted(s: SeenContact, query: ContactQuery) -> bool:
    a = s.contact.assignment
    here = not query.station or any(ref.station in query.station for ref in a.antennas)
    return here and (not query.satellite or a.satellite in query.satellite)


def _place(s: SeenContact) -> tuple[int, int]:
    return microseconds(s.contact.assignment.contact.start), s.contact.id


def _see(number: int) -> SeenContact:
    """A contact that may be seen; what may not is not there."""
    moment = at()
    return contact_place(moment.store, number, actor=moment.actor, now=moment.now)


def _answer(number: int) -> Response:
    moment = at()
    found = _see(number)
    c = found.contact
    with moment.store.database.read() as connection:
        version = last_event_of(connection, f"contact/{number}") if found.detail is DisclosureLevel.ALL else None
        actions = life.actions_on(
            connection, c, lead_s=moment.store.settings.lead_s, actor=moment.actor, now=moment.now
        )
    is_told = found.detail is DisclosureLevel.ALL and c.acknowledged_at is not None
    more = {
        "phase": phase(c, moment.now),
        "acknowledged_at": format_instant(c.acknowledged_at) if is_told and c.acknowledged_at else None,
        "actions": sorted(actions),
    }
    return answer(found.row | more, version=version)


def _log_answer(number: int) -> Response:
    moment = at()
    if _see(number).detail is not DisclosureLevel.ALL:
        raise NotFoundError(Message("no_contact_log", "there is no log of contact %(contact)s", contact=number))
    return answer({"entries": [log_row(e) for e in log_of(moment.store, number)]})
