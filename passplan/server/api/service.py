"""The service: who asks, accounts and tokens, events, and how it is."""

from __future__ import annotations

from flask import Response

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
from passplan.service.access.login import token_row
from passplan.service.access.roles import Capability, require
from passplan.service.operations.status import condition

noun = Noun("service")


@noun.get("/me", reads(MeAnswer, public=False))
@signed_in
@parsed()
def me() -> Response:
    """Who asks, and with which token."""
    moment = context()
    assert moment.visit is not None
    token = moment.visit.token
    assert token is not None  # no cookie counts here
    return answer(
        MeAnswer(
            account=moment.me.account,
            role=moment.me.role.value,
            agency=moment.me.agency,
            scope=token_row(token).scope,
            token=token.name,
            expires=token.expires,
            now=moment.now,
        )
    )


@noun.get("/status", reads(StatusAnswer, refused=(403,), public=False))
@signed_in
@cached(by_second=True, personal=False)
@parsed()
def status() -> Response:
    """How the service is, and what is wrong."""
    moment = context()
    require(moment.me, Capability.SEE_EVENTS)
    how = condition(moment.store, now=moment.now, real_now=moment.real_now)
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
    """Who did what to what: the last events, or the first behind a number."""
    moment = context()
    require(moment.me, Capability.SEE_EVENTS)
    found = event_list(moment.store, query.about, after=query.after, most=query.limit)
    more = query.after is not None and len(found) == query.limit
    return answer(EventList(events=tuple(found), next=found[-1].id if more else None))


@noun.get("/accounts", reads(AccountList, refused=(403,), public=False))
@signed_in
@parsed()
def accounts() -> Response:
    """The accounts."""
    moment = context()
    require(moment.me, Capability.SEE_ACCOUNTS)
    return answer(AccountList(accounts=tuple(account_list(moment.store))))


@noun.get("/tokens", reads(TokenList, refused=(403,), public=False))
@signed_in
@parsed()
def tokens(query: TokenQuery) -> Response:
    """One's own tokens, or everybody's. A new one is made in the browser, where the password is given."""
    moment = context()
    found = signing.tokens_of(moment.store, all_accounts=query.everybody, actor=moment.me)
    return answer(TokenList(tokens=tuple(found)))


@noun.delete("/tokens/<prefix>", changes(None, 204))
@signed_in
@parsed()
def revoke(path: TokenPath) -> Response:
    """Let a token count no more."""
    moment = context()
    signing.revoke_token(moment.store, path.prefix, actor=moment.me, now=moment.now, real_now=moment.real_now)
    return Response(status=204)
