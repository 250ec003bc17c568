"""How far the passes of contacts moved since they were planned, because there are other elements now."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from passplan.domain.network import Network, SatelliteId, Station
from passplan.domain.schedule import Assignment, PassShift
from passplan.domain.sources import Source
from passplan.domain.span import Span
from passplan.service.documents import element_ids, serve_as_before
from passplan.service.elements.sets import source_of_choice
from passplan.store import elements, revisions
from passplan.store.database import Connection
from passplan.store.elements import Choice

_AROUND = timedelta(minutes=30)
_MOST_S = 600.0  # a pass that moved farther is another pass


def sources_before(
    connection: Connection, network: Network, now: Mapping[SatelliteId, Sequence[int]]
) -> dict[SatelliteId, Source]:
    """The sources of the newest schedule, of the satellites that have other element sets now.

    Args:
        connection: of the store.
        network: the satellites.
        now: the ids of the element sets that serve now, by satellite.
    """
    last = revisions.get(connection)
    if last is None:
        return {}
    before = element_ids(json.loads(last.made_on))
    sources: dict[SatelliteId, Source] = {}
    for satellite in network.satellites:
        ids = before.get(satellite.id, ())
        if not ids or serve_as_before(now.get(satellite.id, ()), ids):
            continue
        stored = [s for number in ids if (s := elements.get(connection, number)) is not None]
        if stored:
            choice = Choice(set=stored[0], since=stored[0].received, pinned=False, ahead=tuple(stored[1:]))
            sources[satellite.id] = source_of_choice(satellite, choice)
    return sources


def pass_shifts(
    contacts: Sequence[Assignment],
    before: Mapping[SatelliteId, Source],
    now: Mapping[SatelliteId, Source],
    network: Network,
) -> tuple[PassShift, ...]:
    """The shift of the pass of each contact, from its time of closest approach before and now; without those below 1 s.

    The pass of an array is that of its first antenna. A contact whose pass is not found again is left out.
    """
    stations = {s.id: s for s in network.stations}
    shifts: list[PassShift] = []
    for satellite in sorted(before.keys() & now.keys()):
        mine = [a for a in contacts if a.satellite == satellite and a.antennas[0].station in stations]
        if not mine:
            continue
        used = [stations[name] for name in sorted({a.antennas[0].station for a in mine})]
        span = Span(min(a.contact.start for a in mine) - _AROUND, max(a.contact.end for a in mine) + _AROUND)
        earlier, later = _peaks(before[satellite], used, span), _peaks(now[satellite], used, span)
        for a in mine:
            station = a.antennas[0].station
            middle = a.contact.start + (a.contact.end - a.contact.start) / 2
            was = _nearest(earlier.get(station, ()), middle)
            is_now = _nearest(later.get(station, ()), was) if was is not None else None
            if was is None or is_now is None:
                continue
            shift_s = round((is_now - was).total_seconds())
            if 0 < abs(shift_s) <= _MOST_S:
                shifts.append(PassShift(request=a.request, part=a.part, shift_s=float(shift_s)))
    return tuple(sorted(shifts))


def _peaks(source: Source, stations: Sequence[Station], span: Span) -> dict[str, list[datetime]]:
    """The times of closest approach at each station."""
    from passplan.passes.search import find_passes

    peaks: dict[str, list[datetime]] = {}
    for item in find_passes([source], stations, span):
        peaks.setdefault(item.station, []).append(item.tca)
    return peaks


def _nearest(moments: Sequence[datetime], to: datetime) -> datetime | None:
    return min(moments, key=lambda m: abs(m - to), default=None)
