"""The schedule: as it is, a day of it, its revisions, and a new one."""

from __future__ import annotations

from flask import Response, url_for

from passplan.formats.rows import Row, row_document, span_row
from passplan.formats.times import format_instant
from passplan.queries.day import Lane, day_board, utc_day
from passplan.queries.revisions import SeenRevision, revision_list
from passplan.queries.schedule import revision_board, schedule_board
from passplan.server.api.answering import answer
from passplan.server.api.describing import Noun, changes, reads
from passplan.server.api.parsing import parsed
from passplan.server.api.rows import change_row, fairness_row, seen_refusal_row, seen_revision_row
from passplan.server.api.schemas.base import NumberPath
from passplan.server.api.schemas.plans import (
    ChangeList,
    DayAnswer,
    DayPath,
    PublishedAnswer,
    RevisionAnswer,
    RevisionList,
    RevisionQuery,
    ScheduleAnswer,
)
from passplan.server.http.cache import cached
from passplan.server.http.context import at
from passplan.server.http.login import signed_in
from passplan.server.shared.days import day_named
from passplan.service.schedule.drafting import MANUAL
from passplan.service.schedule.publishing import plan_and_publish

noun = Noun("schedule")


@noun.get("/schedule", reads(ScheduleAnswer))
@cached(by_second=True, personal=False)
@parsed()
def current() -> Response:
    """The newest revision, with the contacts that are ahead, and what it refuses."""
    moment = at()
    found = schedule_board(moment.store, actor=moment.actor, now=moment.now)
    return answer(
        {
            "revision": seen_revision_row(found.revision) if found.revision is not None else None,
            "contacts": [s.row for s in found.contacts],
            "refusals": [seen_refusal_row(r) for r in found.refusals],
            "fairness": fairness_row(found.fairness),
        }
    )


@noun.get("/schedule/days/<day>", reads(DayAnswer, refused=(404,)))
@cached(by_second=True, personal=False)
@parsed()
def one_day(path: DayPath) -> Response:
    """A day UTC, antenna by antenna: what it sees, what is booked, what would fit, when it is closed."""
    moment = at()
    found = day_board(moment.store, utc_day(day_named(path.day)), actor=moment.actor, now=moment.now)
    return answer(
        {
            "span": span_row(found.span),
            "revision": found.revision.number if found.revision is not None else None,
            "frozen_until": format_instant(found.frozen_until),
            "contacts": [s.row for s in found.contacts],
            "lanes": [_lane_row(lane) for lane in found.lanes],
        }
    )


@noun.get("/schedule/revisions", reads(RevisionList))
@cached(by_second=False, personal=False)
@parsed()
def revisions(query: RevisionQuery) -> Response:
    """The newest revisions, the newest first."""
    moment = at()
    found = revision_list(moment.store, most=query.limit, actor=moment.actor, now=moment.now)
    return answer({"revisions": [seen_revision_row(r) for r in found]})


@noun.get("/schedule/revisions/<number>", reads(RevisionAnswer, refused=(404,)))
@cached(by_second=False, personal=False)
@parsed()
def one_revision(path: NumberPath) -> Response:
    """A revision as it was made."""
    moment = at()
    found = revision_board(moment.store, path.number, actor=moment.actor, now=moment.now)
    return answer(
        {
            "revision": seen_revision_row(found.revision),
            "has_plan": found.has_plan,
            "contacts": list(found.contacts),
            "refusals": [seen_refusal_row(r) for r in found.refusals],
            "fairness": fairness_row(found.fairness),
        }
    )


@noun.get("/schedule/revisions/<number>/changes", reads(ChangeList, refused=(404,)))
@cached(by_second=False, personal=False)
@parsed()
def revision_changes(path: NumberPath) -> Response:
    """What a revision changed against the one before."""
    moment = at()
    found = revision_board(moment.store, path.number, actor=moment.actor, now=moment.now)
    return answer(
        {
            "revision": path.number,
            "sentence": found.revision.revision.change,
            "causes": list(found.revision.causes),
            "changes": [change_row(c) for c in found.changes],
            "unchanged": found.unchanged,
        }
    )


@noun.post("/schedule/publish", changes(PublishedAnswer, 201, refused=(409,)))
@signed_in
@parsed()
def publish() -> Response:
    """Make and publish a schedule now, with quick effort. It takes some seconds."""
    moment = at()
    made = plan_and_publish(
        moment.store,
        lane=MANUAL,
        effort="quick",
        actor=moment.me,
        clock=lambda: moment.store.mission_time(moment.house.clock()),
    )
    revision = SeenRevision(revision=made.revision, causes=made.revision.causes)
    body = {
        "revision": seen_revision_row(revision),
        "without": list(made.without),
        "left_out": list(made.left_out),
    }
    return answer(body, 201, location=url_for("api_schedule.one_revision", number=made.revision.number))


_OF_PASS = ("satellite", "aos", "los", "peak_elevation_deg")


def _lane_row(lane: Lane) -> Row:
    return {
        "antenna": str(lane.ref),
        "agency": lane.station.agency,
        "passes": [row_document(p, _OF_PASS) for p in lane.passes],
        "contacts": [s.contact.id for s in lane.contacts],
        "refused": [
            {"request": r.refusal.request, "part": r.refusal.part, "agency": r.agency} | span_row(window)
            for r, window in lane.refused
        ],
        "closed": [span_row(c.span) | {"note": c.note} for c in lane.closed],
    }
