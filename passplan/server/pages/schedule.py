"""The day's timeline of all antennas, with revision, gap, fairness, changes and refusals; and the revisions before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from passplan.domain.contacts import HOLDING, OUTCOMES
from passplan.domain.network import AntennaRef
from passplan.domain.roles import Capability
from passplan.domain.span import Span
from passplan.queries.day import Lane, LaneChoice, day_board
from passplan.queries.revisions import revision_list
from passplan.server.http.cache import cached
from passplan.server.http.context import context
from passplan.server.http.login import signed_in
from passplan.server.pages.passes import sheet_address
from passplan.server.pages.timeline_bars import FreeBars
from passplan.server.plots.shares import share_bars
from passplan.server.plots.timeline import Timeline, timeline
from passplan.server.shared.days import day_named
from passplan.server.shared.display import Display
from passplan.server.shared.words import fact_word
from passplan.service.access.actors import may
from passplan.service.schedule.drafting import MANUAL
from passplan.service.schedule.publishing import plan_and_publish

pages = Blueprint("schedule", __name__, url_prefix="/schedule")

_MOST_LANES = 50
_MOST_PASSES = 1_000  # in lanes; a page with as many has 40 KB (8 satellites, 30 antennas)
_MOST_LISTED = 200  # contacts in the table
_SOON, _JUST = timedelta(hours=3), timedelta(minutes=15)


@pages.get("/")
@pages.get("/<day>")
@cached(by_second=True)
def day(day: str = "") -> str:
    """A day of the schedule."""
    ctx = context()
    shown = ctx.display()
    chosen = day_named(day) if day else shown.local(ctx.now).date()
    span = Span(shown.midnight(chosen), shown.midnight(chosen + timedelta(days=1)))
    choice = _choice()
    board = day_board(ctx.store, span, choice=choice, actor=ctx.actor, now=ctx.now)
    lines = timeline(
        board.lanes,
        span,
        now=ctx.now,
        frozen_until=board.frozen_until,
        step=timedelta(hours=1),
        word=lambda m: f"{shown.local(m):%H}",
    )
    soon_span = Span(ctx.now - _JUST, ctx.now + _SOON)
    near = [n for n in board.lanes if any(s.contact.assignment.contact.overlaps(soon_span) for s in n.contacts)]
    contacts = [s for s in board.contacts if s.contact.state in (*HOLDING, *OUTCOMES)]
    refs = {lane.ref for lane in board.lanes}
    listed = [
        s
        for s in board.contacts
        if choice.satellite in ("", s.contact.assignment.satellite)
        and not refs.isdisjoint(s.contact.assignment.antennas)
    ]
    return render_template(
        "schedule.html",
        here="schedule",
        board=board,
        lines=lines,
        soon=_soon(near, soon_span, shown, ctx.now) if near and lines.now is not None else None,
        soon_span=soon_span,
        chosen=chosen,
        before=chosen - timedelta(days=1),
        after=chosen + timedelta(days=1),
        minutes_given=sum(s.contact.assignment.contact.duration_s for s in contacts) / 60.0,
        contacts=contacts,
        listed=listed[:_MOST_LISTED],
        contacts_shown=len(listed),
        unlisted=len(listed[_MOST_LISTED:]),
        choice=choice,
        satellites=ctx.network.satellites,
        address_from=lambda ref: url_for(
            "schedule.day", day=day or None, agency=choice.agency or None, satellite=choice.satellite or None, first=ref
        ),
        shares=share_bars(board.fairness),
        sheet_address=sheet_address,
        free_bar=FreeBars(shown),
        may_publish=may(ctx.actor, Capability.PUBLISH),
    )


@pages.get("/revisions")
@cached(by_second=True)
def revisions() -> str:
    """The newest revisions, with their changes."""
    ctx = context()
    rows = revision_list(ctx.store, actor=ctx.actor, now=ctx.now)
    return render_template("revisions.html", here="schedule", revisions=rows)


@pages.post("/publish")
@signed_in
def publish() -> Any:
    """Compute and publish a schedule now, with quick effort: the user waits for it."""
    ctx = context()
    published = plan_and_publish(
        ctx.store,
        lane=MANUAL,
        effort="quick",
        actor=ctx.me,
        clock=lambda: ctx.store.mission_time(ctx.app.clock()),
    )
    flash(
        _(
            "Revision %(n)s is published: %(told)s.",
            n=published.revision.number,
            told=fact_word(published.revision.change),
        )
    )
    return redirect(url_for("schedule.day"), 303)


def _choice() -> LaneChoice:
    """The antennas and passes that the address asks for."""
    first = request.args.get("first", "")
    return LaneChoice(
        agency=request.args.get("agency", ""),
        satellite=request.args.get("satellite", ""),
        first=AntennaRef.parse(first) if first else None,
        most_lanes=_MOST_LANES,
        most_passes=_MOST_PASSES,
    )


def _soon(lanes: list[Lane], span: Span, shown: Display, now: datetime) -> Timeline:
    """The next hours of antennas that have contacts, magnified."""
    return timeline(
        tuple(lanes),
        span,
        now=now,
        frozen_until=span.end,
        step=timedelta(minutes=15),
        word=lambda m: f"{shown.local(m):%H:%M}",
    )
