"""Requests: submit, check, decide, withdraw; with the reasons of refusals, and alternatives."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from passplan.domain.errors import ConflictError, InputError
from passplan.domain.messages import Message
from passplan.domain.network import AntennaRef
from passplan.domain.requests import ContactRequest
from passplan.domain.rows.columns import extended
from passplan.domain.schedule import FreePlace
from passplan.domain.span import Span
from passplan.formats.rows import row_document
from passplan.formats.tables import TableReader, place
from passplan.labels import error_words
from passplan.queries.listings import request_state_row
from passplan.queries.pass_table import LONGEST
from passplan.queries.requests import (
    Hindrance,
    RequestOutcome,
    VersionedRequest,
    changed_request,
    price_of,
    request_page,
    request_places,
    request_sheet,
    versioned_request,
)
from passplan.server.api.answering import answer, next_page, unchanged
from passplan.server.api.describing import Noun, changes, reads
from passplan.server.api.parsing import MOST_PROBLEMS, body_table, parsed
from passplan.server.api.rows import look_answer, worded_history
from passplan.server.api.schemas.base import IfMatch, NamePath
from passplan.server.api.schemas.requests import (
    AskBody,
    AskQuery,
    DecideBody,
    DecidedAnswer,
    Displaced,
    HindranceRow,
    KeyHeader,
    LookAnswer,
    PriceAnswer,
    PricePlace,
    PriceQuery,
    ReasonBody,
    RefusedPart,
    RequestAnswer,
    RequestList,
    RequestQuery,
    RequestRow,
    SubmittedAnswer,
    TakeBody,
    WithdrawnAnswer,
)
from passplan.server.http.cache import cached
from passplan.server.http.context import context
from passplan.server.http.errors import messages_of, problem
from passplan.server.http.login import signed_in
from passplan.server.http.turns import costly
from passplan.server.shared.cursors import decode_cursor, encode_cursor
from passplan.server.shared.words import fact_word, reader
from passplan.service.documents import canonical, digest
from passplan.service.requests import offers as asking
from passplan.service.requests import submit as requesting
from passplan.service.requests.offers import NoPlaceError
from passplan.service.requests.submit import Submitted

noun = Noun("requests")

MOST_NAMES = 100


@noun.get("/requests", reads(RequestList, link=True, public=False))
@signed_in
@cached(by_second=True, personal=False)
@parsed()
def listed(query: RequestQuery) -> Response:
    """The requests that the account may see, in order of their ids."""
    ctx = context()
    page = request_page(
        ctx.store,
        agency=query.agency or "",
        states=query.state or (),
        after=decode_cursor(query.cursor, str)[0] if query.cursor is not None else "",
        most=query.limit,
        actor=ctx.me,
        now=ctx.now,
    )
    cursor = encode_cursor(page.next) if page.next is not None else None
    body = RequestList(next=cursor, revision=page.revision, requests=tuple(map(_row, page.requests)))
    return answer(body, link=next_page(cursor))


@noun.post("/requests", changes(SubmittedAnswer, 201, 200, body=AskBody, refused=(409,), etag=True, no_place=True))
@signed_in
@parsed()
@costly
def submit(query: AskQuery, header: KeyHeader) -> Response:
    """Submit a request. Without a free place it is refused (409 `no-place`), unless it waits for the next plan."""
    ctx = context()
    key = header.idempotency_key or ""
    contact_request = _contact_request(key)
    asking.require_own_id(contact_request, ctx.me)
    try:
        submitted = asking.ask(ctx.store, contact_request, wait=query.wait, key=key, actor=ctx.me, now=ctx.now)
    except NoPlaceError as error:
        return _no_place(error)
    return _submitted(submitted)


@noun.post("/requests/check", changes(LookAnswer, body=AskBody))
@signed_in
@parsed()
@costly
def check() -> Response:
    """Check what would become of a request, without submitting it."""
    ctx = context()
    return answer(look_answer(asking.check(ctx.store, _contact_request(""), actor=ctx.me, now=ctx.now)))


@noun.get("/requests/<name>", reads(RequestAnswer, refused=(404,), etag=True, public=False))
@signed_in
@cached(by_second=True, personal=False)
@parsed()
@costly
def one(path: NamePath) -> Response:
    """One request: its state, why it has no contact, and what is free instead."""
    ctx = context()
    sheet = request_sheet(ctx.store, path.name, actor=ctx.me, now=ctx.now)
    row = extended(
        RequestAnswer,
        _row(sheet.outcome),
        request=sheet.outcome.request,
        hindrances=tuple(map(_hindrance_row, sheet.hindrances)),
        look=look_answer(sheet.availability) if sheet.availability is not None else None,
        history=tuple(map(worded_history, sheet.history)),
        revision=sheet.revision,
    )
    return answer(row, version=sheet.version)


@noun.get("/requests/<name>/alternatives", reads(LookAnswer, refused=(404,), public=False))
@signed_in
@cached(by_second=True, personal=False)
@parsed()
@costly
def alternatives(path: NamePath) -> Response:
    """Where a request would fit now."""
    ctx = context()
    return answer(look_answer(request_places(ctx.store, path.name, actor=ctx.me, now=ctx.now)))


@noun.get("/requests/<name>/price", reads(PriceAnswer, refused=(404, 409), public=False))
@signed_in
@parsed()
@costly
def price(path: NamePath, query: PriceQuery) -> Response:
    """What it would cost to serve a refused request. It takes some seconds."""
    ctx = context()
    seen_price = price_of(ctx.store, path.name, query.part, actor=ctx.me, now=ctx.now)
    if seen_price is None:
        raise ConflictError(
            Message(
                "part_not_refused_newest",
                "part %(part)s of request %(request)r is not refused in the newest plan",
                part=query.part,
                request=path.name,
            )
        )
    price = seen_price.price
    return answer(
        PriceAnswer(
            request=price.request,
            part=price.part,
            places=tuple(
                PricePlace(start=a.contact.start, end=a.contact.end, antennas=a.antennas) for a in price.assignments
            ),
            displaced=tuple(
                Displaced(agency=agency, request=name)
                for agency, name in (seen_price.displaced[a.request] for a in price.displaced)
            ),
            moved=len(price.moved),
            value=price.value,
            is_exact=price.is_exact,
            relaxations=price.relaxations,
        )
    )


@noun.post("/requests/<name>/withdraw", changes(WithdrawnAnswer, etag=True))
@signed_in
@parsed()
def withdraw(path: NamePath, header: IfMatch, body: ReasonBody) -> Response:
    """Withdraw a request and its contacts ahead; contacts that begin too soon stay."""
    ctx = context()
    _see(path.name)
    guard = unchanged(header, f"request/{path.name}")
    stay = requesting.withdraw(ctx.store, path.name, reason=body.reason.strip(), guard=guard, actor=ctx.me, now=ctx.now)
    changed = _changed(path.name)
    row = extended(WithdrawnAnswer, changed.state, stay=tuple(c.id for c in stay))
    return answer(row, version=changed.version)


@noun.post("/requests/<name>/decide", changes(DecidedAnswer, etag=True))
@signed_in
@parsed()
def decide(path: NamePath, header: IfMatch, body: DecideBody) -> Response:
    """Accept or reject a request that a person has to decide on."""
    ctx = context()
    _see(path.name)
    still = requesting.decide(
        ctx.store,
        path.name,
        accept=body.accept,
        reason=body.reason.strip(),
        guard=unchanged(header, f"request/{path.name}"),
        actor=ctx.me,
        now=ctx.now,
    )
    changed = _changed(path.name)
    return answer(extended(DecidedAnswer, changed.state, still=tuple(still)), version=changed.version)


@noun.post("/requests/<name>/take", changes(SubmittedAnswer, 201, etag=True, no_place=True))
@signed_in
@parsed()
@costly
def take(path: NamePath, header: IfMatch, body: TakeBody) -> Response:
    """Request one of the free places instead; the request itself is withdrawn."""
    ctx = context()
    _see(path.name)
    span = Span(body.start, body.end)
    antennas = tuple(map(AntennaRef.parse, body.antennas))
    free_place = FreePlace(contact=span, occupies=span, antennas=antennas, peak_elevation_deg=0.0)
    guard = unchanged(header, f"request/{path.name}")
    try:
        submitted = asking.take(ctx.store, path.name, free_place, guard=guard, actor=ctx.me, now=ctx.now)
    except NoPlaceError as error:
        return _no_place(error)
    return _submitted(submitted)


def _contact_request(key: str) -> ContactRequest:
    """The request of the body, with an id of its contents (and key) where it has none.

    Raises:
        InputError: with every mistake in it.
    """
    body = body_table()
    fields: dict[str, Any] = {name: value for name, value in body.items() if value is not None}
    fields.setdefault("agency", context().me.agency)
    if not fields["agency"]:
        raise InputError(
            Message("agency_missing", "agency is missing: your account is of none; name the one that asks")
        )
    fields.setdefault("id", _name(fields, key))
    _require_few(fields)
    reader = TableReader("the body")
    contact_request = reader.build(ContactRequest, fields, place("request", fields, 1), same_as={"wanted_s": "min_s"})
    try:
        reader.raise_problems()
    except InputError as error:
        raise InputError(*error.messages[:MOST_PROBLEMS]) from None
    assert contact_request is not None
    if contact_request.span.end - contact_request.span.start > LONGEST:
        raise InputError(
            Message("request_too_long", "it spans more than %(days)s days; make it several requests", days=LONGEST.days)
        )
    if len(contact_request.note) > 200:
        raise InputError(
            Message(
                "note_too_long", "note has %(length)s characters; it has 200 at most", length=len(contact_request.note)
            )
        )
    return contact_request


def _require_few(fields: dict[str, Any]) -> None:
    """Refuse a request with too many names: each is looked up, and each mistake is reported."""
    for name, value in (("it", fields), *fields.items()):
        lists = [value] if not isinstance(value, list) else [value, *(f for f in value if isinstance(f, list))]
        if any(isinstance(f, (list, dict)) and len(f) > MOST_NAMES for f in lists):
            raise InputError(
                Message(
                    "too_many_entries",
                    "%(field)s has more than %(most)s entries; ask for less at once",
                    field=name[:60],
                    most=MOST_NAMES,
                )
            )


def _name(fields: dict[str, Any], key: str) -> str:
    """An id of the contents: the same contents sent twice are the same request."""
    return f"{str(fields['agency'])[:48]}-{digest(key + canonical(fields))[:8].upper()}"


def _see(name: str) -> None:
    """Refuse a request that is not disclosed, with the error for one that does not exist."""
    ctx = context()
    versioned_request(ctx.store, name, actor=ctx.me, now=ctx.now)


def _changed(name: str) -> VersionedRequest:
    ctx = context()
    return changed_request(ctx.store, name, actor=ctx.me, now=ctx.now)


def _submitted(submitted: Submitted) -> Response:
    changed = _changed(submitted.id)
    body = SubmittedAnswer(id=submitted.id, state=submitted.state, reason=submitted.reason, request=changed.request)
    where = url_for("api_requests.one", name=submitted.id)
    return answer(body, 201 if submitted.is_new else 200, version=changed.version, location=where)


def _no_place(error: NoPlaceError) -> Response:
    document = row_document(look_answer(error.look))
    return problem(
        409,
        "no-place",
        error_words(error, reader()),
        messages=messages_of(error),
        alternatives=document["alternatives"],
        causes=[fact_word(cause) for cause in error.look.causes],
        looked_until=document["looked_until"],
    )


def _row(a: RequestOutcome) -> RequestRow:
    r = a.request
    return extended(
        RequestRow,
        request_state_row(a.stored),
        satellite=r.satellite,
        link=r.link,
        min_s=r.min_s,
        wanted_s=r.wanted_s,
        priority=r.priority.value,
        activity=r.activity,
        note=r.note,
        standing=a.standing,
        contacts=tuple(s.row for s in a.contacts),
        contact_count=a.contact_count,
        refusals=tuple(RefusedPart(part=x.part, reason=x.reason) for x in a.refusals),
        particulars=a.particulars,
    )


def _hindrance_row(h: Hindrance) -> HindranceRow:
    return HindranceRow(
        agency=h.agency,
        request=h.request,
        contact=h.contact.row if h.contact is not None else None,
        antennas=h.obstacle.antennas,
        window=h.obstacle.window,
        held=h.held,
    )
