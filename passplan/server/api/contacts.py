"""Contacts: the list, one, its log, and actions on it."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Response

from passplan.domain.contacts import ContactState
from passplan.domain.errors import InputError, NotFoundError
from passplan.domain.messages import Message
from passplan.domain.rows.columns import extended
from passplan.domain.rows.contacts import SeenContactRow
from passplan.domain.span import Span
from passplan.formats.times import format_instant
from passplan.queries.contacts import (
    FIRST_PLACE,
    ContactFilter,
    ContactPlace,
    contact_place,
    contact_sheet,
    contact_table,
)
from passplan.queries.pass_table import LONGEST
from passplan.server.api.answering import answer, next_page, table, unchanged
from passplan.server.api.describing import CSV, JSON, Noun, changes, reads
from passplan.server.api.parsing import parsed, response_form
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
from passplan.server.http.context import context
from passplan.server.http.login import signed_in
from passplan.server.shared.cursors import decode_cursor, encode_cursor
from passplan.service.contacts import lifecycle as life

noun = Noun("contacts")

_DAYS = timedelta(days=7)


@noun.get("/contacts", reads(ContactList, CSV, refused=(404,), link=True))
@cached(by_second=True, personal=False)
@parsed(JSON, CSV)
def listed(query: ContactQuery) -> Response:
    """Contacts that reach into a span, in order of time."""
    ctx = context()
    contact_filter = ContactFilter(
        span=_span(query, ctx.now),
        states=frozenset(query.state),
        satellites=frozenset(query.satellite),
        stations=frozenset(query.station),
        after=_after(query.cursor),
        most=query.limit,
    )
    page = contact_table(ctx.store, contact_filter, actor=ctx.actor, now=ctx.now)
    cursor = encode_cursor(*page.next) if page.next is not None else None
    link = next_page(cursor, start=format_instant(contact_filter.span.start))
    if response_form() == CSV:
        return table(SeenContactRow, page.rows, "contacts", link=link)
    return answer(ContactList(span=contact_filter.span, next=cursor, contacts=page.rows), link=link)


@noun.get("/contacts/<number>", reads(ContactAnswer, refused=(404,), etag=True))
@cached(by_second=True, personal=False)
@parsed()
def one(path: NumberPath) -> Response:
    """One contact."""
    return _answer(path.number)


@noun.post("/contacts/<number>/acknowledge", changes(ContactAnswer, etag=True))
@signed_in
@parsed()
def acknowledge(path: NumberPath, header: IfMatch) -> Response:
    """Note that a committed contact was seen."""
    ctx = context()
    _see(path.number)
    guard = unchanged(header, f"contact/{path.number}")
    life.acknowledge(ctx.store, path.number, guard=guard, actor=ctx.me, now=ctx.now)
    return _answer(path.number)


@noun.post("/contacts/<number>/cancel", changes(ContactAnswer, etag=True))
@signed_in
@parsed()
def cancel(path: NumberPath, header: IfMatch, body: CancelBody) -> Response:
    """Cancel a contact. Its request is open again while its span is not over."""
    ctx = context()
    _see(path.number)
    guard = unchanged(header, f"contact/{path.number}")
    life.cancel(ctx.store, path.number, reason=body.reason.strip(), guard=guard, actor=ctx.me, now=ctx.now)
    return _answer(path.number)


@noun.post("/contacts/<number>/report", changes(ContactAnswer, etag=True))
@signed_in
@parsed()
def report(path: NumberPath, header: IfMatch, body: ReportBody) -> Response:
    """Report the outcome of a contact. The first report sets its state; later ones are added to the log."""
    ctx = context()
    _see(path.number)
    life.report_outcome(
        ctx.store,
        path.number,
        ContactState(body.outcome),
        note=body.note.strip(),
        guard=unchanged(header, f"contact/{path.number}"),
        actor=ctx.me,
        now=ctx.now,
    )
    return _answer(path.number)


@noun.get("/contacts/<number>/log", reads(Log, refused=(404,)))
@cached(by_second=False, personal=False)
@parsed()
def log(path: NumberPath) -> Response:
    """The log of a contact: notes and reports."""
    return _log_answer(path.number)


@noun.post("/contacts/<number>/log", changes(Log))
@signed_in
@parsed()
def write_log(path: NumberPath, body: LogBody) -> Response:
    """Add a line to the log of a contact."""
    ctx = context()
    _see(path.number)
    life.write_log(ctx.store, path.number, body.text, actor=ctx.me, now=ctx.now)
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


def _after(cursor: str | None) -> ContactPlace:
    if cursor is None:
        return FIRST_PLACE
    start_us, number = decode_cursor(cursor, int, int)
    return start_us, number


def _see(number: int) -> None:
    """Refuse a contact that is not disclosed, with the error for one that does not exist."""
    ctx = context()
    contact_place(ctx.store, number, actor=ctx.actor, now=ctx.now)


def _answer(number: int) -> Response:
    ctx = context()
    sheet = contact_sheet(ctx.store, number, actor=ctx.actor, now=ctx.now)
    row = extended(
        ContactAnswer,
        sheet.row,
        phase=sheet.phase,
        acknowledged_at=sheet.acknowledged_at,
        actions=sheet.actions,
    )
    return answer(row, version=sheet.version)


def _log_answer(number: int) -> Response:
    ctx = context()
    sheet = contact_sheet(ctx.store, number, actor=ctx.actor, now=ctx.now)
    if sheet.log is None:
        raise NotFoundError(Message("no_contact_log", "there is no log of contact %(contact)s", contact=number))
    return answer(Log(entries=sheet.log))
