"""The service: who asks, accounts and tokens, events, and how it is."""

from __future__ import annotations

from flask import Response

from passplan.formats.rows import Row
from passplan.formats.times import format_instant
from passplan.queries.listings import accounts_of, event_row, events_of
from passplan.queries.records import Token
from passplan.server.api.answering import answer
from passplan.server.api.describing import Noun, changes, reads
from passplan.server.api.parsing import parsed
from passplan.server.api.schemas.service import (
    AccountList,
    EventList,
    EventQuery,
    MeAnswer,
    StatusAnswer,
    TokenList,
    TokenPath,
    TokenQuery,
)
from passplan.server.http.cache import cached
from passplan.server.http.context import at
from passplan.server.http.login import signed_in
from passplan.service.access import login as signing
from passplan.service.access.roles import Capability, require
from passplan.service.operations.status import condition

noun = Noun("service")


@noun.get("/me", reads(MeAnswer, public=False))
@signed_in
@parsed()
def me() -> Response:
    """Who asks, and with which token."""
    moment = at()
    assert moment.visit is not None
    token = moment.visit.token
    assert token is not None  # no cookie counts here
    return answer(
        {
            "account": moment.me.account,
            "role": moment.me.role.value,
            "agency": moment.me.agency,
            "scope": token.scope,
            "token": token.name,
            "expires": format_instant(token.expires),
            "now": format_instant(moment.now),
        }
    )


@noun.get("/status", reads(StatusAnswer, refused=(403,), public=False))
@signed_in
@cached(by_second=True, personal=False)
@parsed()
def status() -> Response:
    """How the service is, and what is wrong."""
    moment = at()
    require(moment.me, Capability.SEE_EVENTS)
    how = condition(moment.store, now=moment.now, real_now=moment.real_now)
    return answer(
        {
            "mission_time": format_instant(how.mission_time),
            "leader": how.leader,
            "network": how.network,
            "schedule": how.schedule or "none yet",
            "contacts": how.contacts,
            "requests": how.requests,
            "passes": how.passes,
            "outages": list(how.outages),
            "jobs": [{"job": run.job, "outcome": run} for run in how.jobs],
            "wrong": list(how.wrong),
        }
    )


@noun.get("/events", reads(EventList, refused=(403,), public=False))
@signed_in
@parsed()
def events(query: EventQuery) -> Response:
    """Who did what to what: the last events, or the first behind a number."""
    moment = at()
    require(moment.me, Capability.SEE_EVENTS)
    found = events_of(moment.store, query.about, after=query.after, most=query.limit)
    more = query.after is not None and len(found) == query.limit
    return answer({"events": [event_row(e) for e in found], "next": found[-1].id if more else None})


@noun.get("/accounts", reads(AccountList, refused=(403,), public=False))
@signed_in
@parsed()
def accounts() -> Response:
    """The accounts."""
    moment = at()
    require(moment.me, Capability.SEE_ACCOUNTS)
    found = accounts_of(moment.store)
    rows = [{"name": a.name, "role": a.role, "agency": a.agency, "active": a.active} for a in found]
    return answer({"accounts": rows})


@noun.get("/tokens", reads(TokenList, refused=(403,), public=False))
@signed_in
@parsed()
def tokens(query: TokenQuery) -> Response:
    """One's own tokens, or everybody's. A new one is made in the browser, where the password is given."""
    moment = at()
    found = signing.tokens_of(moment.store, all_accounts=query.everybody, actor=moment.me)
    return answer({"tokens": [_token_row(t) for t in found]})


@noun.delete("/tokens/<prefix>", changes(None, 204))
@signed_in
@parsed()
def revoke(path: TokenPath) -> Response:
    """Let a token count no more."""
    moment = at()
    signing.revoke_token(moment.store, path.prefix, actor=moment.me, now=moment.now, real_now=moment.real_now)
    return Response(status=204)


def _token_row(t: Token) -> Row:
    return {
        "prefix": t.prefix,
        "account": t.account,
        "name": t.name,
        "scope": t.scope,
        "created": format_instant(t.created),
        "expires": format_instant(t.expires),
        "used": format_instant(t.used) if t.used is not None else None,
        "revoked": format_instant(t.revoked) if t.revoked is not None else None,
    }
