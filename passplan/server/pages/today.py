"""The first screen: on now and next, and what wants somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
from flask import Blueprint, render_template

from passplan.formats.times import format_instant
from passplan.queries.today import OnNow, today_board
from passplan.server.http.addresses import url_for
from passplan.server.http.cache import cached
from passplan.server.http.context import at
from passplan.server.pages.passes import sheet_address
from passplan.server.pages.world import map_parts
from passplan.server.plots.curves import profile

pages = Blueprint("today", __name__)


@pages.get("/")
@cached(by_second=True)
def today() -> str:
    """The first screen."""
    moment = at()
    board = today_board(moment.store, actor=moment.actor, now=moment.now, real_now=moment.real_now)
    return render_template(
        "today.html",
        here="today",
        board=board,
        on=[_on(o, moment.now) for o in board.on],
        map=map_parts(board.world, moment.display()),
        world=board.world,
        changes_at=format_instant(board.changes_at),
        sheet_address=sheet_address,
    )


def _on(o: OnNow, now: datetime) -> dict[str, Any]:
    """A contact that is on, with its figures by now."""
    span = o.seen.contact.assignment.contact
    found: dict[str, Any] = {
        "seen": o.seen,
        "row": o.row,
        "station": o.station,
        "ends": span.end,
        "address": url_for("contacts.one", number=o.seen.contact.id),
        "profile": profile(o.track, span) if o.track is not None else None,
        "frequency_hz": o.frequency_hz,
    }
    if o.track is not None:
        part = (now - o.track.span.start) / (o.track.span.end - o.track.span.start)
        k = min(len(o.track) - 1, max(0, round(part * (len(o.track) - 1))))
        found |= {
            "elevation_deg": float(o.track.elevation_deg[k]),
            "azimuth_deg": float(o.track.azimuth_deg[k]),
            "range_km": float(o.track.range_km[k]),
            "doppler_khz": None
            if o.frequency_hz is None
            else float(np.asarray(o.track.doppler_hz(o.frequency_hz, o.direction))[k]) / 1e3,
        }
    return found
