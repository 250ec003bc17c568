"""The sheet of one pass: numbers, the track over the sky, contacts in it, and why it is used as it is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from passplan.domain.errors import NotFoundError, StaleElementsError
from passplan.domain.messages import Message
from passplan.domain.network import Antenna, AntennaRef, Link, Satellite, Station
from passplan.domain.requests import ContactRequest
from passplan.domain.rows.contacts import LogRow
from passplan.domain.rows.passes import ForecastPass, PassUseRow
from passplan.domain.rows.service import HistoryRow
from passplan.domain.sources import Source
from passplan.domain.span import Span
from passplan.orbit.scales import Floats
from passplan.passes.track import Track
from passplan.queries.history import history_row, log_rows
from passplan.queries.snapshot import SeenContact, Snapshot, open_snapshot, seen_contacts
from passplan.service.access.actors import Actor
from passplan.service.access.disclosure import disclosed_particulars, seen_event
from passplan.service.access.visibility import DisclosureLevel
from passplan.service.contacts.lifecycle import actions_on
from passplan.service.documents import segment_of
from passplan.service.operations.forecast import forecast_passes
from passplan.service.store import Store
from passplan.store import contacts as stored_contacts
from passplan.store import events
from passplan.store import passes as stored
from passplan.store.passes import PassQuery
from passplan.store.schema import microseconds

_NEAR = timedelta(minutes=20)  # new elements move a pass; its address may come from the old ones
_MARGIN = timedelta(seconds=60)
_MOST_EVENTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PassSheet:
    """One pass with all its data, for an actor."""

    row: ForecastPass
    satellite: Satellite
    station: Station
    antenna: Antenna | None  # of the contact, or the station's first
    link: Link | None  # of the contact, or the satellite's first with a frequency
    contacts: tuple[SeenContact, ...]  # in the pass
    contact: SeenContact | None  # the one that is shown
    track: Track  # in steps of a second
    azimuth_driven_deg: Floats  # unwrapped, in the track's steps; between the antenna's cable stops, if it has some
    gaps: tuple[Span, ...]  # when the antenna cannot follow: keyhole, slew rate
    cable_gaps: tuple[Span, ...]  # when it cannot follow because it unwinds its cable or waits at a stop
    also: tuple[str, ...]  # stations that see the satellite meanwhile
    uses: tuple[PassUseRow, ...]
    excluded: Mapping[str, int]  # filters that took the pass from requests that are seen, and from how many
    windows: int  # of the contact's request, in its plan
    higher: int  # of these, those of higher passes
    history: tuple[HistoryRow, ...]  # events of the contact, where all of it is seen
    log: tuple[LogRow, ...]
    is_frozen: bool
    actions: frozenset[str]  # what the actor may do with the contact
    revision: int | None

    @property
    def doppler_direction(self) -> Literal["uplink", "downlink"]:
        """The direction of the Doppler shift: of the link, or "downlink" where there is no link."""
        return "uplink" if self.link is not None and self.link.direction == "uplink" else "downlink"


def pass_sheet(
    store: Store,
    satellite: str,
    station: str,
    near: datetime,
    *,
    contact: int | None = None,
    actor: Actor | None,
    now: datetime,
) -> PassSheet:
    """The sheet of the pass of a satellite over a station that is nearest to an instant.

    Raises:
        NotFoundError: when there is no such satellite, station or pass, or contact in it that may be seen.
        StaleElementsError: when there are no elements.
    """
    if not 1960 <= near.year <= 2100:
        raise NotFoundError(
            Message(
                "no_pass_around",
                "no pass is known around %(day)s; give a time between 1960 and 2100",
                day=f"{near:%Y-%m-%d}",
            )
        )
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        network_satellite, network_station = snapshot.satellite(satellite), snapshot.station(station)
        span = Span(near - _NEAR, near + _NEAR)
        candidates = stored.select(
            connection, PassQuery(start=span.start, end=span.end, satellites=(satellite,), stations=(station,))
        )
        row = _nearest(candidates, near)
        ends = [row.aos, row.los] if row is not None else []
        start, end = min([span.start - _NEAR, *ends]), max([span.end + _NEAR, *ends])
        seen = [
            s
            for s in seen_contacts(snapshot, start=start, end=end)
            if s.contact.assignment.satellite == satellite
            and any(ref.station == station for ref in s.contact.assignment.antennas)
        ]
        shown = _shown(seen, contact)
        source = _source(snapshot, network_satellite, shown, near)
        if row is None or (shown is not None and not _lies_in(shown, row)):
            row = _compute_pass(source, network_station, near if shown is None else _middle(shown))
        inside = tuple(s for s in seen if _lies_in(s, row))
        if shown is None:
            shown = next((s for s in inside if s.contact.holds), None) or next(iter(inside), None)
        spans = stored.spans(connection, *_us(row))
        also = [name for sat, name in spans.touching(*_us(row)) if sat == satellite and name != station]
        is_all_seen = shown is not None and shown.detail is DisclosureLevel.ALL
        history = (
            events.history(connection, f"contact/{shown.contact.id}", most=_MOST_EVENTS)
            if is_all_seen and shown
            else []
        )
        log = log_rows(connection, shown.contact.id) if is_all_seen and shown else ()
        lead_s = store.settings.lead_s
        actions = actions_on(connection, shown.contact, lead_s=lead_s, actor=actor, now=now) if shown else frozenset()
    antenna = _antenna(network_station, shown)
    link = _link(network_satellite, shown)
    track = _track(source, network_station, row, shown)
    uses, excluded, windows, higher = _why(snapshot, row, station, shown)
    return PassSheet(
        row=row,
        satellite=network_satellite,
        station=network_station,
        antenna=antenna,
        link=link,
        contacts=inside,
        contact=shown,
        track=track,
        azimuth_driven_deg=track.follow(antenna).azimuth_deg if antenna is not None else track.azimuth_unwrapped_deg,
        gaps=track.keyhole_gaps(antenna) if antenna is not None else (),
        cable_gaps=track.cable_gaps(antenna) if antenna is not None else (),
        also=tuple(dict.fromkeys(also)),
        uses=uses,
        excluded=excluded,
        windows=windows,
        higher=higher,
        history=tuple(history_row(seen_event(e, snapshot.disclosure)) for e in history),
        log=log,
        is_frozen=shown is not None
        and shown.contact.holds
        and shown.contact.assignment.occupies.start < now + timedelta(seconds=store.settings.freeze_s),
        actions=actions,
        revision=snapshot.revision.number if snapshot.revision else None,
    )


def _shown(seen: list[SeenContact], number: int | None) -> SeenContact | None:
    if number is None:
        return None
    contact = next((s for s in seen if s.contact.id == number), None)
    if contact is None:
        raise NotFoundError(
            Message("contact_not_in_pass", "there is no contact %(contact)s in this pass", contact=number)
        )
    return contact


def _source(snapshot: Snapshot, satellite: Satellite, shown: SeenContact | None, near: datetime) -> Source:
    """The source that the contact was committed with, or else the one of that time."""
    if shown is not None and (text := stored_contacts.snapshot_of(snapshot.connection, shown.contact.id)):
        frozen = json.loads(text)
        if frozen["elements"] is not None:
            return Source(satellite=satellite.id, segments=(segment_of(json.dumps(frozen["elements"])),))
    source = snapshot.source(satellite, snapshot.choices(), since=near - _NEAR * 2)
    if source is None:
        raise StaleElementsError(
            Message("no_elements", "there are no elements of %(satellite)s", satellite=satellite.id)
        )
    return source


def _nearest(rows: list[ForecastPass], near: datetime) -> ForecastPass | None:
    return min(rows, key=lambda row: row.span.distance_s(near), default=None)


def _compute_pass(source: Source, station: Station, near: datetime) -> ForecastPass:
    """Compute the row of a pass that is not in the forecast: one long ago, or far ahead."""
    from passplan.passes.search import find_passes

    passes = find_passes([source], [station], Span(near - _NEAR * 2, near + _NEAR * 2))
    row = _nearest(forecast_passes(passes), near)
    if row is None:
        raise NotFoundError(
            Message(
                "no_pass_at",
                "%(satellite)s does not pass over %(station)s around %(at)s",
                satellite=source.satellite,
                station=station.id,
                at=near,
            )
        )
    return row


def _middle(shown: SeenContact) -> datetime:
    span = shown.contact.assignment.contact
    return span.start + (span.end - span.start) / 2


def _lies_in(shown: SeenContact, row: ForecastPass) -> bool:
    return shown.start < row.los and row.aos < shown.end


def _us(row: ForecastPass) -> tuple[int, int]:
    return microseconds(row.aos), microseconds(row.los)


def _antenna(station: Station, shown: SeenContact | None) -> Antenna | None:
    if shown is not None:
        for antenna in station.antennas:
            if AntennaRef(station.id, antenna.id) in shown.contact.assignment.antennas:
                return antenna
    return next(iter(station.antennas), None)


def _link(satellite: Satellite, shown: SeenContact | None) -> Link | None:
    if shown is not None:
        return next((k for k in satellite.links if k.id == shown.contact.assignment.link), None)
    return next((k for k in satellite.links if k.frequency_hz is not None), None)


def _track(source: Source, station: Station, row: ForecastPass, shown: SeenContact | None) -> Track:
    """From before the pass, or from the setup where that is earlier, to after it; steps of 1 s up to an hour."""
    from passplan.passes.track import track

    start, end = row.aos - _MARGIN, row.los + _MARGIN
    if shown is not None:
        occupies = shown.contact.assignment.occupies
        start, end = min(start, occupies.start), max(end, occupies.end)
    start = start.replace(microsecond=0)
    span = Span(start, end)
    step_s = max(1.0, float(int(span.duration_s / 3_600.0)))
    return track(source, station, span, step_s=step_s)


def _why(
    snapshot: Snapshot, row: ForecastPass, station: str, shown: SeenContact | None
) -> tuple[tuple[PassUseRow, ...], dict[str, int], int, int]:
    """How requests that are seen could use the pass in the newest plan, and what it is excluded from."""
    plan = snapshot.plan
    if plan is None:
        return (), {}, 0, 0

    def is_here(antennas: tuple[AntennaRef, ...], span: Span) -> bool:
        here = any(ref.station == station for ref in antennas)
        return here and span.start < row.los and row.aos < span.end

    book: dict[str, ContactRequest] = {r.id: r for r in plan.inputs.book.requests}
    seen = {
        name
        for name, r in book.items()
        if snapshot.disclosure.sees_requests_of(r.agency) and r.satellite == row.satellite
    }
    able = dict.fromkeys(
        w.request for w in plan.inputs.search.windows if w.request in seen and is_here(w.antennas, w.span)
    )
    scheduled = {a.request for a in plan.schedule.assignments}
    here = {a.request for a in plan.schedule.assignments if is_here(a.antennas, a.contact)}
    refused = {r.request: r for r in plan.schedule.refusals}
    uses = []
    for name in able:
        outcome: Any = (
            "here" if name in here else "refused" if name in refused else "elsewhere" if name in scheduled else "open"
        )
        particulars = (
            disclosed_particulars(refused[name].particulars, snapshot.disclosure) if outcome == "refused" else ()
        )
        uses.append(PassUseRow(request=name, agency=book[name].agency, outcome=outcome, particulars=particulars))
    excluded = Counter(
        x.filter.value for x in plan.inputs.search.exclusions if x.request in seen and is_here(x.antennas, x.span)
    )
    windows = [w for w in plan.inputs.search.windows if shown is not None and w.request == shown.row.request]
    higher = sum(w.peak_elevation_deg > row.peak_elevation_deg + 0.01 for w in windows)
    return tuple(uses), dict(excluded), len(windows), higher
