"""The first screen: contacts in progress and next, and what needs attention."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from flask import Blueprint, render_template

from passplan.domain.network import Station
from passplan.domain.rows.passes import ForecastPass
from passplan.formats.times import format_instant
from passplan.passes.track import Track
from passplan.queries.snapshot import SeenContact
from passplan.queries.today import OnNow, today_board
from passplan.server.http.addresses import url_for
from passplan.server.http.cache import cached
from passplan.server.http.context import context
from passplan.server.pages.passes import sheet_address
from passplan.server.pages.world import map_parts
from passplan.server.plots.curves import Profile, profile
from passplan.server.plots.shares import share_bars

pages = Blueprint("today", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointingNow:
    """Where the antenna of a contact points now."""

    elevation_deg: float
    azimuth_deg: float
    range_km: float
    doppler_khz: float | None  # None: its link has no frequency


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactOn:
    """A contact in progress."""

    seen: SeenContact
    row: ForecastPass | None  # its pass
    station: Station
    ends_in_s: float
    address: str
    profile: Profile | None
    frequency_hz: float | None
    pointing: PointingNow | None  # None: its pass is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactToCome:
    """A contact that starts later."""

    seen: SeenContact
    row: ForecastPass | None  # its pass
    starts_in_s: float


@pages.get("/")
@cached(by_second=True)
def today() -> str:
    """The first screen."""
    ctx = context()
    board = today_board(ctx.store, actor=ctx.actor, now=ctx.now, real_now=ctx.real_now)
    return render_template(
        "today.html",
        here="today",
        board=board,
        on=[_on(o, ctx.now) for o in board.on],
        coming=[
            ContactToCome(seen=seen, row=row, starts_in_s=(seen.start - ctx.now).total_seconds())
            for seen, row in board.next
        ],
        shares=share_bars(board.fairness),
        map=map_parts(board.world, ctx.display()),
        world=board.world,
        changes_at=format_instant(board.changes_at),
        sheet_address=sheet_address,
    )


def _on(o: OnNow, now: datetime) -> ContactOn:
    span = o.seen.contact.assignment.contact
    return ContactOn(
        seen=o.seen,
        row=o.row,
        station=o.station,
        ends_in_s=(span.end - now).total_seconds(),
        address=url_for("contacts.one", number=o.seen.contact.id),
        profile=profile(o.track, span) if o.track is not None else None,
        frequency_hz=o.frequency_hz,
        pointing=_pointing(o, o.track, now) if o.track is not None else None,
    )


def _pointing(o: OnNow, track: Track, now: datetime) -> PointingNow:
    part = (now - track.span.start) / (track.span.end - track.span.start)
    k = min(len(track) - 1, max(0, round(part * (len(track) - 1))))
    doppler_hz = None if o.frequency_hz is None else np.asarray(track.doppler_hz(o.frequency_hz, o.direction))
    return PointingNow(
        elevation_deg=float(track.elevation_deg[k]),
        azimuth_deg=float(track.azimuth_deg[k]),
        range_km=float(track.range_km[k]),
        doppler_khz=None if doppler_hz is None else float(doppler_hz[k]) / 1e3,
    )
