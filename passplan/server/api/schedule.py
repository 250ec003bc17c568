"""The schedule: the current one, a day of it, its revisions, and publishing a new one."""

from __future__ import annotations

from flask import Response, url_for

from passplan.domain.rows.schedule import fairness_row
from passplan.queries.day import Lane, day_board, utc_day
from passplan.queries.revisions import revision_list, revision_row
from passplan.queries.schedule import revision_board, schedule_board
from passplan.server.api.answering import answer
from passplan.server.api.describing import Noun, changes, reads
from passplan.server.api.parsing import parsed
from passplan.server.api.rows import refusal_rows
from passplan.server.api.schemas.base import NumberPath
from passplan.server.api.schemas.plans import (
    ChangeList,
    DayAnswer,
    DayPath,
    LaneClosed,
    LanePass,
    LaneRefusal,
    LaneRow,
    PublishedAnswer,
    RevisionAnswer,
    RevisionList,
    RevisionQuery,
    ScheduleAnswer,
)
from passplan.server.http.cache import cached
from passplan.server.http.context import context
from passplan.server.http.login import signed_in
from passplan.server.shared.days import day_named
from passplan.server.shared.words import fact_word
from passplan.service.schedule.drafting import MANUAL
from passplan.service.schedule.publishing import plan_and_publish

noun = Noun("schedule")


@noun.get("/schedule", reads(ScheduleAnswer))
@cached(by_second=True, personal=False)
@parsed()
def current() -> Response:
    """The newest revision, with the contacts ahead and the refusals."""
    ctx = context()
    board = schedule_board(ctx.store, actor=ctx.actor, now=ctx.now)
    return answer(
        ScheduleAnswer(
            revision=board.revision,
            contacts=tuple(s.row for s in board.contacts),
            refusals=refusal_rows(board.refusals),
            fairness=fairness_row(board.fairness) if board.fairness is not None else None,
        )
    )


@noun.get("/schedule/days/<day>", reads(DayAnswer, refused=(404,)))
@cached(by_second=True, personal=False)
@parsed()
def one_day(path: DayPath) -> Response:
    """A day UTC, antenna by antenna: what it sees, what is booked, what would fit, when it is closed."""
    ctx = context()
    board = day_board(ctx.store, utc_day(day_named(path.day)), actor=ctx.actor, now=ctx.now)
    return answer(
        DayAnswer(
            span=board.span,
            revision=board.revision.number if board.revision is not None else None,
            frozen_until=board.frozen_until,
            contacts=tuple(s.row for s in board.contacts),
            lanes=tuple(map(_lane_row, board.lanes)),
        )
    )


@noun.get("/schedule/revisions", reads(RevisionList))
@cached(by_second=False, personal=False)
@parsed()
def revisions(query: RevisionQuery) -> Response:
    """The newest revisions, the newest first."""
    ctx = context()
    rows = revision_list(ctx.store, most=query.limit, actor=ctx.actor, now=ctx.now)
    return answer(RevisionList(revisions=rows))


@noun.get("/schedule/revisions/<number>", reads(RevisionAnswer, refused=(404,)))
@cached(by_second=False, personal=False)
@parsed()
def one_revision(path: NumberPath) -> Response:
    """A revision as it was published."""
    ctx = context()
    board = revision_board(ctx.store, path.number, actor=ctx.actor, now=ctx.now)
    return answer(
        RevisionAnswer(
            revision=board.revision,
            has_plan=board.has_plan,
            contacts=board.contacts,
            refusals=refusal_rows(board.refusals),
            fairness=fairness_row(board.fairness) if board.fairness is not None else None,
        )
    )


@noun.get("/schedule/revisions/<number>/changes", reads(ChangeList, refused=(404,)))
@cached(by_second=False, personal=False)
@parsed()
def revision_changes(path: NumberPath) -> Response:
    """What a revision changed against the one before."""
    ctx = context()
    board = revision_board(ctx.store, path.number, actor=ctx.actor, now=ctx.now)
    return answer(
        ChangeList(
            revision=path.number,
            sentence=board.revision.change,
            causes=board.revision.causes,
            changes=board.changes,
            unchanged=board.unchanged,
        )
    )


@noun.post("/schedule/publish", changes(PublishedAnswer, 201, refused=(409,)))
@signed_in
@parsed()
def publish() -> Response:
    """Compute and publish a schedule now, with quick effort. It takes some seconds."""
    ctx = context()
    published = plan_and_publish(
        ctx.store,
        lane=MANUAL,
        effort="quick",
        actor=ctx.me,
        clock=lambda: ctx.store.mission_time(ctx.app.clock()),
    )
    revision = revision_row(published.revision, published.revision.causes)
    body = PublishedAnswer(
        revision=revision,
        without=tuple(map(fact_word, published.without)),
        left_out=tuple(map(fact_word, published.left_out)),
    )
    return answer(body, 201, location=url_for("api_schedule.one_revision", number=published.revision.number))


def _lane_row(lane: Lane) -> LaneRow:
    return LaneRow(
        antenna=lane.ref,
        agency=lane.station.agency,
        passes=tuple(
            LanePass(satellite=p.satellite, aos=p.aos, los=p.los, peak_elevation_deg=p.peak_elevation_deg)
            for p in lane.passes
        ),
        contacts=tuple(s.contact.id for s in lane.contacts),
        refused=tuple(
            LaneRefusal(
                request=r.refusal.request, part=r.refusal.part, agency=r.agency, start=window.start, end=window.end
            )
            for r, window in lane.refused
        ),
        closed=tuple(LaneClosed(start=c.span.start, end=c.span.end, note=c.note) for c in lane.closed),
    )
