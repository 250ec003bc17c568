"""The passes of the network's satellites, computed in advance: derived, replaced together, never referred to by id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from passplan.domain.errors import NoPlanError
from passplan.domain.messages import Message
from passplan.domain.network import SatelliteId
from passplan.domain.rows.passes import ForecastPass, pass_values
from passplan.domain.span import Span
from passplan.service.access.actors import Actor
from passplan.service.documents import canonical
from passplan.service.elements.sets import source_of_choice, sources_for
from passplan.service.network.revisions import current_network
from passplan.service.store import Closing, Store
from passplan.service.use_case import Change, use_case
from passplan.store import elements, passes, small

if TYPE_CHECKING:
    from passplan.passes.columns import Passes

MADE_ON = "passes_made_on"
_NONE_RISES = Message("no_satellite_rises", "no satellite rises at any station")


def passes_are_due(store: Store, *, now: datetime) -> bool:
    """Whether the network or elements changed, or a new day has begun, since the last computation of passes."""
    with store.database.read() as connection:
        number, network = current_network(store.caches, connection)
        choices = elements.choices(connection)
        numbers = {s.catalog_number for s in network.satellites}
        return small.facts(connection).get(MADE_ON) != _made_on(
            number, {n: c.set.id for n, c in choices.items() if n in numbers}, now
        )


def work_out_passes(store: Store, *, actor: Actor, now: datetime, closing: Closing | None = None) -> int:
    """Compute the passes from a day ago to `passes_d` ahead, and replace those of the store.

    Returns:
        The number of passes.

    Raises:
        NoPlanError: when there is no pass, with the causes; the passes of the store stay.
    """
    from passplan.passes.search import find_passes

    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    span = Span(day - timedelta(days=1), day + timedelta(days=store.settings.passes_d))
    with store.database.read() as connection:
        number, network = current_network(store.caches, connection)
        choices = elements.choices(connection)
    used = {s: choices[s.catalog_number] for s in network.satellites if s.catalog_number in choices}
    # Passes are computed from old elements too: they are marked, and not booked on.
    sources = [source_of_choice(satellite, choice) for satellite, choice in used.items()]
    search = find_passes(sources, network.stations, span) if sources else None
    if search is None or not len(search):
        _, without = sources_for(network, choices, span)
        answers = [a.message for a in list(search.answers)[:5]] if search is not None else []
        raise NoPlanError(*(without or (_NONE_RISES,)), *answers)
    rows = forecast_passes(search)
    made_on = _made_on(number, {c.set.catalog_number: c.set.id for c in used.values()}, now)
    _replace_passes(store, rows, made_on, [s.satellite for s in sources], actor=actor, now=now, closing=closing)
    return len(rows)


@use_case()
def _replace_passes(
    change: Change,
    rows: Sequence[ForecastPass],
    made_on: str,
    satellites: Sequence[SatelliteId],
    /,
    *,
    actor: Actor,
    now: datetime,
    closing: Closing | None,
) -> None:
    passes.replace_passes(change.transaction, rows)
    small.set_fact(change.transaction, MADE_ON, made_on)
    change.record("passes.worked_out", "passes", after={"passes": len(rows), "satellites": list(satellites)})


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


def _made_on(network: int, sets: dict[int, int], now: datetime) -> str:
    return canonical([network, sorted(sets.items()), now.date().isoformat()])
