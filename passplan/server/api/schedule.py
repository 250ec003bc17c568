"""The schedule: as it is, a day of it, its revisions, and a new one."""

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
    """The newest revision, with the contacts that are ahead, and what it refuses."""
    moment = context()
    found = schedule_board(moment.store, actor=moment.actor, now=moment.now)
    return answer(
        ScheduleAnswer(
            revision=found.revision,
            contacts=tuple(s.row for s in found.contacts),
            refusals=refusal_rows(found.refusals),
            fairness=fairness_row(found.fairness) if found.fairness is not None else None,
        )
    )


@noun.get("/schedule/days/<day>", reads(DayAnswer, refused=(404,)))
@cached(by_second=True, personal=False)
@parsed()
def one_day(path: DayPath) -> Response:
    """A day UTC, antenna by antenna: what it sees, what is booked, what would fit, when it is closed."""
    moment = context()
    found = day_board(moment.store, utc_day(day_named(path.day)), actor=moment.actor, now=moment.now)
    return answer(
        DayAnswer(
            span=found.span,
            revision=found.revision.number if found.revision is not None else None,
            frozen_until=found.frozen_until,
            contacts=tuple(s.row for s in found.contacts),
            lanes=tuple(map(_lane_row, found.lanes)),
        )
    )


@noun.get("/schedule/revisions", reads(RevisionList))
@cached(by_second=False, personal=False)
@parsed()
def revisions(query: RevisionQuery) -> Response:
    """The newest revisions, the newest first."""
    moment = context()
    found = revision_list(moment.store, most=query.limit, actor=moment.actor, now=moment.now)
    return answer(RevisionList(revisions=found))


@noun.get("/schedule/revisions/<number>", reads(RevisionAnswer, refused=(404,)))
@cached(by_second=False, personal=False)
@parsed()
def one_revision(path: NumberPath) -> Response:
    """A revision as it was made."""
    moment = context()
    found = revision_board(moment.store, path.number, actor=moment.actor, now=moment.now)
    return answer(
        RevisionAnswer(
            revision=found.revision,
            has_plan=found.has_plan,
            contacts=found.contacts,
            refusals=refusal_rows(found.refusals),
            fairness=fairness_row(found.fairness) if found.fairness is not None else None,
        )
    )


@noun.get("/schedule/revisions/<number>/changes", reads(ChangeList, refused=(404,)))
@cached(by_second=False, personal=False)
@parsed()
def revision_changes(path: NumberPath) -> Response:
    """What a revision changed against the one before."""
    moment = context()
    found = revision_board(moment.store, path.number, actor=moment.actor, now=moment.now)
    return answer(
        ChangeList(
            revision=path.number,
            sentence=found.revision.change,
            causes=found.revision.causes,
            changes=found.changes,
            unchanged=found.unchanged,
        )
    )


@noun.post("/schedule/publish", changes(PublishedAnswer, 201, refused=(409,)))
@signed_in
@parsed()
def publish() -> Response:
    """Make and publish a schedule now, with quick effort. It takes some seconds."""
    moment = context()
    made = plan_and_publish(
        moment.store,
        lane=MANUAL,
        effort="quick",
        actor=moment.me,
        clock=lambda: moment.store.mission_time(moment.app.clock()),
    )
    revision = revision_row(made.revision, made.revision.causes)
    body = PublishedAnswer(
        revision=revision,
        without=tuple(map(fact_word, made.without)),
        left_out=tuple(map(fact_word, made.left_out)),
    )
    return answer(body, 201, location=url_for("api_schedule.one_revision", number=made.revision.number))


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
