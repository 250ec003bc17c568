"""The passes of the network's satellites, computed in advance: derived, and never referred to by id.

A satellite's passes are computed again when its elements, a station or the day changes, and replaced in parts: other
writers wait for a part at most.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from passplan.domain.errors import NoPlanError
from passplan.domain.messages import Message
from passplan.domain.network import Network, SatelliteId
from passplan.domain.passes import Answer
from passplan.domain.rows.passes import ForecastPass, pass_values
from passplan.domain.span import Span
from passplan.service.access.actors import Actor
from passplan.service.documents import canonical
from passplan.service.elements.sets import source_of_choice, sources_for
from passplan.service.network.revisions import current_network
from passplan.service.store import Closing, Store
from passplan.service.use_case import Change, use_case
from passplan.store import elements, passes, small
from passplan.store.database import Connection
from passplan.store.elements import Choice, StoredSet

if TYPE_CHECKING:
    from passplan.passes.columns import Passes

MADE_ON = "passes_made_on"
_PART = 800  # rows of a transaction, for which other writers wait
_NONE_RISES = Message("no_satellite_rises", "no satellite rises at any station")


def passes_are_due(store: Store, *, now: datetime) -> bool:
    """Whether a station, elements or the day changed since the last computation of passes."""
    with store.database.read() as connection:
        return _inputs(store, connection, now).are_new


def work_out_passes(
    store: Store, *, actor: Actor, now: datetime, fence: Closing | None = None, closing: Closing | None = None
) -> int:
    """Compute the passes from a day ago to `passes_d` ahead, of the satellites whose inputs changed.

    Args:
        store: the store.
        actor: the account that acts.
        now: mission time.
        fence: is called first in each transaction but the last.
        closing: is called first in the last transaction.

    Returns:
        The number of passes that were computed.

    Raises:
        NoPlanError: when there is no pass of any satellite, with the causes; the passes of the store stay.
    """
    with store.database.read() as connection:
        inputs = _inputs(store, connection, now)
        is_kept = passes.count(connection, without=inputs.changed) > 0
        behind = {s: _behind(connection, inputs, s) for s in inputs.changed}
    count, empty, answers = 0, [], []
    for satellite in sorted(inputs.changed):
        rows, why = _computed(inputs, satellite, behind[satellite])
        if rows:
            _replace(store, satellite, rows, actor=actor, now=now, closing=fence)
        else:
            empty.append(satellite)
        count += len(rows)
        answers += why
    if not count and not (is_kept and inputs.made_on):
        _, without = sources_for(inputs.network, inputs.choices, inputs.span)
        raise NoPlanError(*(without or (_NONE_RISES,)), *(a.message for a in answers[:5]))
    _finish(store, inputs, empty, count, actor=actor, now=now, closing=closing)
    return count


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inputs:
    """What passes are computed from, and what they were computed from the last time."""

    network: Network
    choices: dict[int, Choice]
    span: Span
    made_on: Mapping[SatelliteId, str]  # a hash of the inputs of each satellite
    stored_on: Mapping[SatelliteId, str]  # of the passes of the store

    @property
    def changed(self) -> frozenset[SatelliteId]:
        """The satellites whose passes must be computed."""
        return frozenset(s for s, made_on in self.made_on.items() if self.stored_on.get(s) != made_on)

    @property
    def are_new(self) -> bool:
        """Whether the passes of the store are of other inputs."""
        return self.made_on != self.stored_on or not self.made_on


def _inputs(store: Store, connection: Connection, now: datetime) -> _Inputs:
    number, network = current_network(store.caches, connection)
    choices = elements.choices(connection)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    span = Span(day - timedelta(days=1), day + timedelta(days=store.settings.passes_d))
    # The daemon asks at every tick: the document of the sites is made once for each revision of the network.
    sites = store.caches.sites.get(number, lambda: _sites_document(network))
    place = f"{sites} {span.start.isoformat()} {span.end.isoformat()}"
    made_on = {
        s.id: hashlib.sha256(f"{place} {_basis_of(choices[s.catalog_number])}".encode()).hexdigest()
        for s in network.satellites
        if s.catalog_number in choices
    }
    stored = json.loads(small.facts(connection).get(MADE_ON, "{}"))
    # The document of an older version is a list: everything is then computed again.
    stored_on = stored if isinstance(stored, dict) else {}
    return _Inputs(network=network, choices=choices, span=span, made_on=made_on, stored_on=stored_on)


def _basis_of(choice: Choice) -> tuple[object, ...]:
    """What the passes of a satellite rest on: its sets, burns and record."""
    return (choice.ids, tuple(m.id for m in choice.manoeuvres), choice.record)


def _sites_document(network: Network) -> str:
    """All of the stations that their passes depend on."""
    sites = [
        (
            s.id,
            s.latitude_deg,
            s.longitude_deg,
            s.altitude_m,
            s.min_elevation_deg,
            s.horizon_mask.points if s.horizon_mask else (),
        )
        for s in network.stations
    ]
    return canonical(sites)


def _behind(connection: Connection, inputs: _Inputs, satellite_id: SatelliteId) -> list[StoredSet]:
    """The sets of the day before, when another one was active."""
    choice = inputs.choices[inputs.network.satellite(satellite_id).catalog_number]
    return elements.sets_behind(connection, choice, inputs.span.start)


def _computed(
    inputs: _Inputs, satellite_id: SatelliteId, behind: Sequence[StoredSet]
) -> tuple[list[ForecastPass], list[Answer]]:
    """The passes of a satellite, and its answers. Old elements are used too: such passes are marked, not booked on."""
    from passplan.passes.search import find_passes

    satellite = inputs.network.satellite(satellite_id)
    source = source_of_choice(satellite, inputs.choices[satellite.catalog_number], behind)
    search = find_passes([source], inputs.network.stations, inputs.span)
    return forecast_passes(search), list(search.answers[:5])


def _replace(
    store: Store,
    satellite: SatelliteId,
    rows: Sequence[ForecastPass],
    *,
    actor: Actor,
    now: datetime,
    closing: Closing | None,
) -> None:
    """Replace the passes of a satellite in parts, each of the passes that rise in a stretch of time."""
    edges = [0, *_edges(rows), len(rows)]
    for first, last in pairwise(edges):
        start = rows[first].aos if first else None
        end = rows[last].aos if last < len(rows) else None
        _replace_part(store, satellite, start, end, rows[first:last], actor=actor, now=now, closing=closing)


def _edges(rows: Sequence[ForecastPass]) -> Iterator[int]:
    """Where one part ends and the next begins: passes with one AOS are in one part."""
    edge = 0
    while (edge := edge + _PART) < len(rows):
        while edge < len(rows) and rows[edge].aos == rows[edge - 1].aos:
            edge += 1
        if edge < len(rows):
            yield edge


@use_case()
def _replace_part(
    change: Change,
    satellite: SatelliteId,
    start: datetime | None,
    end: datetime | None,
    rows: Sequence[ForecastPass],
    /,
    *,
    actor: Actor,
    now: datetime,
    closing: Closing | None,
) -> None:
    passes.replace_passes(change.transaction, satellite, rows, start=start, end=end)


@use_case()
def _finish(
    change: Change,
    inputs: _Inputs,
    empty: Iterable[SatelliteId],
    count: int,
    /,
    *,
    actor: Actor,
    now: datetime,
    closing: Closing | None,
) -> None:
    for satellite in empty:
        passes.replace_passes(change.transaction, satellite, ())
    passes.delete_others(change.transaction, inputs.made_on)
    small.set_fact(change.transaction, MADE_ON, canonical(dict(inputs.made_on)))
    change.record("passes.worked_out", "passes", after={"passes": count, "satellites": sorted(inputs.changed)})


def forecast_passes(passes: Passes) -> list[ForecastPass]:
    """The rows of passes with their conditions, in order of AOS; sources are named by the network's ids."""
    from passplan.passes.conditions import conditions

    return [
        ForecastPass(
            **pass_values(p),
            sunlight=c.sunlight.value,
            aos_limit_deg=c.aos_limit_deg,
            los_limit_deg=c.los_limit_deg,
            aos_masked=c.aos_masked,
            los_masked=c.los_masked,
        )
        for p, c in zip(passes, conditions(passes), strict=True)
    ]
