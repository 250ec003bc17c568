"""Requests: asked, checked, decided, withdrawn; with why not, and what instead."""

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
    AskedFor,
    Hindrance,
    VersionedRequest,
    changed_request,
    price_of,
    request_board,
    request_places,
    request_sheet,
    versioned_request,
)
from passplan.server.api.answering import answer, next_page, unchanged
from passplan.server.api.describing import Noun, changes, reads
from passplan.server.api.parsing import MOST_PROBLEMS, body_table, has_nul, parsed
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
    """The requests that one may see, in order of their ids."""
    moment = context()
    board = request_board(moment.store, agency=query.agency or "", actor=moment.me, now=moment.now)
    behind = decode_cursor(query.cursor, str)[0] if query.cursor is not None else ""
    wanted = sorted(
        (a for a in board.requests if a.stored.id > behind and (not query.state or a.stored.state in query.state)),
        key=lambda a: a.stored.id,
    )
    page = wanted[: query.limit]
    cursor = encode_cursor(page[-1].stored.id) if len(wanted) > len(page) else None
    body = RequestList(next=cursor, revision=board.revision, requests=tuple(map(_row, page)))
    return answer(body, link=next_page(cursor))


@noun.post("/requests", changes(SubmittedAnswer, 201, 200, body=AskBody, refused=(409,), etag=True, no_place=True))
@signed_in
@parsed()
def submit(query: AskQuery, header: KeyHeader) -> Response:
    """Ask for contact. Where there is no room it is not taken (409 `no-place`), unless it waits for the next plan."""
    moment = context()
    key = header.idempotency_key or ""
    asked = _asked(key)
    try:
        found = asking.ask(moment.store, asked, wait=query.wait, key=key, actor=moment.me, now=moment.now)
    except NoPlaceError as error:
        return _no_place(error)
    return _submitted(found)


@noun.post("/requests/check", changes(LookAnswer, body=AskBody))
@signed_in
@parsed()
def check() -> Response:
    """Say what would become of a request, and take nothing."""
    moment = context()
    return answer(look_answer(asking.check(moment.store, _asked(""), actor=moment.me, now=moment.now)))


@noun.get("/requests/<name>", reads(RequestAnswer, refused=(404,), etag=True, public=False))
@signed_in
@cached(by_second=True, personal=False)
@parsed()
def one(path: NamePath) -> Response:
    """One request: where it stands, why not, and what is free instead."""
    moment = context()
    found = request_sheet(moment.store, path.name, actor=moment.me, now=moment.now)
    row = extended(
        RequestAnswer,
        _row(found.asked),
        request=found.asked.request,
        hindrances=tuple(map(_hindrance_row, found.hindrances)),
        look=look_answer(found.look) if found.look is not None else None,
        history=tuple(map(worded_history, found.history)),
        revision=found.revision,
    )
    return answer(row, version=found.version)


@noun.get("/requests/<name>/alternatives", reads(LookAnswer, refused=(404,), public=False))
@signed_in
@cached(by_second=True, personal=False)
@parsed()
def alternatives(path: NamePath) -> Response:
    """Where a request would fit now."""
    moment = context()
    return answer(look_answer(request_places(moment.store, path.name, actor=moment.me, now=moment.now)))


@noun.get("/requests/<name>/price", reads(PriceAnswer, refused=(404, 409), public=False))
@signed_in
@parsed()
def price(path: NamePath, query: PriceQuery) -> Response:
    """What it would cost to serve a refused request after all. It takes some seconds."""
    moment = context()
    found = price_of(moment.store, path.name, query.part, actor=moment.me, now=moment.now)
    if found is None:
        raise ConflictError(
            Message(
                "part_not_refused_newest",
                "part %(part)s of request %(request)r is not refused in the newest plan",
                part=query.part,
                request=path.name,
            )
        )
    price = found.price
    return answer(
        PriceAnswer(
            request=price.request,
            part=price.part,
            places=tuple(
                PricePlace(start=a.contact.start, end=a.contact.end, antennas=a.antennas) for a in price.assignments
            ),
            displaced=tuple(
                Displaced(agency=agency, request=name)
                for agency, name in (found.displaced[a.request] for a in price.displaced)
            ),
            moved=len(price.moved),
            value=price.value,
        )
    )


@noun.post("/requests/<name>/withdraw", changes(WithdrawnAnswer, etag=True))
@signed_in
@parsed()
def withdraw(path: NamePath, header: IfMatch, body: ReasonBody) -> Response:
    """Take a request back, with its contacts to come; those that begin too soon stay."""
    moment = context()
    _see(path.name)
    guard = unchanged(header, f"request/{path.name}")
    stay = requesting.withdraw(
        moment.store, path.name, reason=body.reason.strip(), guard=guard, actor=moment.me, now=moment.now
    )
    found = _changed(path.name)
    row = extended(WithdrawnAnswer, found.state, stay=tuple(c.id for c in stay))
    return answer(row, version=found.version)


@noun.post("/requests/<name>/decide", changes(DecidedAnswer, etag=True))
@signed_in
@parsed()
def decide(path: NamePath, header: IfMatch, body: DecideBody) -> Response:
    """Accept or reject a request that a person is asked for."""
    moment = context()
    _see(path.name)
    still = requesting.decide(
        moment.store,
        path.name,
        accept=body.accept,
        reason=body.reason.strip(),
        guard=unchanged(header, f"request/{path.name}"),
        actor=moment.me,
        now=moment.now,
    )
    found = _changed(path.name)
    return answer(extended(DecidedAnswer, found.state, still=tuple(still)), version=found.version)


@noun.post("/requests/<name>/take", changes(SubmittedAnswer, 201, etag=True, no_place=True))
@signed_in
@parsed()
def take(path: NamePath, header: IfMatch, body: TakeBody) -> Response:
    """Ask for one of the places that are free instead; the request itself is withdrawn."""
    moment = context()
    _see(path.name)
    span = Span(body.start, body.end)
    antennas = tuple(map(AntennaRef.parse, body.antennas))
    wanted = FreePlace(contact=span, occupies=span, antennas=antennas, peak_elevation_deg=0.0)
    guard = unchanged(header, f"request/{path.name}")
    try:
        found = asking.take(moment.store, path.name, wanted, guard=guard, actor=moment.me, now=moment.now)
    except NoPlaceError as error:
        return _no_place(error)
    return _submitted(found)


def _asked(key: str) -> ContactRequest:
    """The request of the body, with an id of its contents (and key) where it has none.

    Raises:
        InputError: with every mistake in it.
    """
    given = body_table()
    if has_nul(given):
        raise InputError(Message("nul_character", "there is a NUL in it, which is no text"))
    asked: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    asked.setdefault("agency", context().me.agency)
    if not asked["agency"]:
        raise InputError(
            Message("agency_missing", "agency is missing: your account is of none; name the one that asks")
        )
    asked.setdefault("id", _name(asked, key))
    _require_few(asked)
    reader = TableReader("the body")
    found = reader.build(ContactRequest, asked, place("request", asked, 1), same_as={"wanted_s": "min_s"})
    try:
        reader.raise_problems()
    except InputError as error:
        raise InputError(*error.messages[:MOST_PROBLEMS]) from None
    assert found is not None
    if found.span.end - found.span.start > LONGEST:
        raise InputError(
            Message("request_too_long", "it spans more than %(days)s days; make it several requests", days=LONGEST.days)
        )
    if len(found.note) > 200:
        raise InputError(
            Message("note_too_long", "note has %(length)s characters; it has 200 at most", length=len(found.note))
        )
    return found


def _require_few(asked: dict[str, Any]) -> None:
    """Refuse more names than a request has a use for: each is looked up, and each that is wrong is told."""
    for what, found in (("it", asked), *asked.items()):
        lists = [found] if not isinstance(found, list) else [found, *(f for f in found if isinstance(f, list))]
        if any(isinstance(f, (list, dict)) and len(f) > MOST_NAMES for f in lists):
            raise InputError(
                Message(
                    "too_many_entries",
                    "%(field)s has more than %(most)s entries; ask for less at once",
                    field=what[:60],
                    most=MOST_NAMES,
                )
            )


def _name(asked: dict[str, Any], key: str) -> str:
    """An id of the contents: asked twice it is the same request."""
    return f"{str(asked['agency'])[:48]}-{digest(key + canonical(asked))[:8].upper()}"


def _see(name: str) -> None:
    """Refuse a request that may not be seen, as if it were not there."""
    moment = context()
    versioned_request(moment.store, name, actor=moment.me, now=moment.now)


def _changed(name: str) -> VersionedRequest:
    moment = context()
    return changed_request(moment.store, name, actor=moment.me, now=moment.now)


def _submitted(found: Submitted) -> Response:
    after = _changed(found.id)
    body = SubmittedAnswer(id=found.id, state=found.state, reason=found.reason, request=after.request)
    where = url_for("api_requests.one", name=found.id)
    return answer(body, 201 if found.is_new else 200, version=after.version, location=where)


def _no_place(error: NoPlaceError) -> Response:
    found = row_document(look_answer(error.look))
    return problem(
        409,
        "no-place",
        error_words(error, reader()),
        messages=messages_of(error),
        alternatives=found["alternatives"],
        causes=[fact_word(cause) for cause in error.look.causes],
        looked_until=found["looked_until"],
    )


def _row(a: AskedFor) -> RequestRow:
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
