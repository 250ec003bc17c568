"""The service: the caller, accounts and tokens, events, and the status."""

from __future__ import annotations

from flask import Response

from passplan.domain.roles import Capability
from passplan.queries.listings import account_list, event_list
from passplan.server.api.answering import answer
from passplan.server.api.describing import Noun, changes, reads
from passplan.server.api.parsing import parsed
from passplan.server.api.schemas.service import (
    AccountList,
    EventList,
    EventQuery,
    JobRow,
    MeAnswer,
    StatusAnswer,
    TokenList,
    TokenPath,
    TokenQuery,
)
from passplan.server.http.cache import cached
from passplan.server.http.context import context
from passplan.server.http.login import signed_in
from passplan.server.shared.words import fact_word
from passplan.service.access import login as signing
from passplan.service.access.actors import require
from passplan.service.access.login import token_row
from passplan.service.operations.status import condition

noun = Noun("service")


@noun.get("/me", reads(MeAnswer, public=False))
@signed_in
@parsed()
def me() -> Response:
    """The caller's account and token."""
    ctx = context()
    assert ctx.visit is not None
    token = ctx.visit.token
    assert token is not None  # the API takes no cookies
    return answer(
        MeAnswer(
            account=ctx.me.account,
            role=ctx.me.role,
            agency=ctx.me.agency,
            scope=token_row(token).scope,
            token=token.name,
            expires=token.expires,
            now=ctx.now,
        )
    )


@noun.get("/status", reads(StatusAnswer, refused=(403,), public=False))
@signed_in
@cached(by_second=True, personal=False)
@parsed()
def status() -> Response:
    """The status of the service, and what is wrong."""
    ctx = context()
    require(ctx.me, Capability.SEE_EVENTS)
    how = condition(ctx.store, now=ctx.now, real_now=ctx.real_now)
    return answer(
        StatusAnswer(
            mission_time=how.mission_time,
            leader=fact_word(how.leader),
            network=fact_word(how.network),
            schedule=fact_word(how.schedule) or "none yet",
            contacts=how.contacts,
            requests=how.requests,
            passes=how.passes,
            outages=how.outages,
            jobs=tuple(JobRow(job=run.job, outcome=run) for run in how.jobs),
            wrong=how.wrong,
        )
    )


@noun.get("/events", reads(EventList, refused=(403,), public=False))
@signed_in
@parsed()
def events(query: EventQuery) -> Response:
    """Events, with actor, action and object: the last ones, or the first after a number."""
    ctx = context()
    require(ctx.me, Capability.SEE_EVENTS)
    rows = event_list(ctx.store, query.about, after=query.after, most=query.limit)
    more = query.after is not None and len(rows) == query.limit
    return answer(EventList(events=tuple(rows), next=rows[-1].id if more else None))


@noun.get("/accounts", reads(AccountList, refused=(403,), public=False))
@signed_in
@parsed()
def accounts() -> Response:
    """The accounts."""
    ctx = context()
    require(ctx.me, Capability.SEE_ACCOUNTS)
    return answer(AccountList(accounts=tuple(account_list(ctx.store))))


@noun.get("/tokens", reads(TokenList, refused=(403,), public=False))
@signed_in
@parsed()
def tokens(query: TokenQuery) -> Response:
    """The account's own tokens, or all. A new one is made in the browser, which takes the password."""
    ctx = context()
    rows = signing.tokens_of(ctx.store, all_accounts=query.everybody, actor=ctx.me)
    return answer(TokenList(tokens=tuple(rows)))


@noun.delete("/tokens/<prefix>", changes(None, 204))
@signed_in
@parsed()
def revoke(path: TokenPath) -> Response:
    """Revoke a token."""
    ctx = context()
    signing.revoke_token(ctx.store, path.prefix, actor=ctx.me, now=ctx.now, real_now=ctx.real_now)
    return Response(status=204)
