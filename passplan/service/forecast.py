"""The passes of the network's own satellites, worked out ahead. They are derived: replaced whole, never referred to."""

from __future__ import annotations

from datetime import datetime, timedelta

from passplan.domain.elements import ElementSet
from passplan.domain.errors import NoPlanError
from passplan.domain.span import Span
from passplan.formats.rows import pass_row
from passplan.service.access import Actor
from passplan.service.documents import canonical, value_of
from passplan.service.elements import sources_for
from passplan.service.networks import current_network
from passplan.service.stores import Closing, Store
from passplan.store import elements, passes, small
from passplan.store.database import Transaction
from passplan.store.schema import microseconds

MADE_ON = "passes_made_on"


def passes_are_due(store: Store, *, now: datetime) -> bool:
    """Whether the network or elements are others, or a new day has begun, since passes were worked out."""
    with store.database.read() as connection:
        number, network = current_network(connection)
        choices = elements.choices(connection)
        own = {s.catalog_number for s in network.satellites}
        return small.facts(connection).get(MADE_ON) != _made_on(
            number, {n: c.set.id for n, c in choices.items() if n in own}, now
        )


def work_out_passes(store: Store, *, actor: Actor, now: datetime, closing: Closing | None = None) -> int:
    """Work out the passes from a day ago to `passes_d` ahead, and put them in the place of those before.

    Returns:
        How many there are.

    Raises:
        NoPlanError: when there is none at all, with the causes; the passes before stand.
    """
    from passplan.passes.conditions import conditions
    from passplan.passes.search import find_passes

    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    span = Span(day - timedelta(days=1), day + timedelta(days=store.settings.passes_d))
    with store.database.read() as connection:
        number, network = current_network(connection)
        choices = elements.choices(connection)
    by_id = {s.id: choices[s.catalog_number] for s in network.satellites if s.catalog_number in choices}
    # Old elements give passes all the same: marked, and not to be booked on.
    sources = {name: value_of(ElementSet, choice.set.document) for name, choice in by_id.items()}
    ids = list(sources)
    found = find_passes([sources[name] for name in ids], network.stations, span) if sources else None
    if found is None or not len(found):
        _, without = sources_for(network, choices, span)
        answers = [a.sentence for a in list(found.answers)[:5]] if found is not None else []
        raise NoPlanError(*(without or ("no satellite rises at any station",)), *answers)
    names = {sources[name].catalog_number: name for name in ids}
    rows = [
        {
            "satellite": names[p.catalog_number],
            "station": p.station,
            "aos_us": microseconds(p.aos),
            "los_us": microseconds(p.los),
            "peak_elevation_deg": p.peak_elevation_deg,
            "row": canonical(
                pass_row(p)
                | {
                    "satellite": names[p.catalog_number],  # the network's name of it
                    "sunlight": c.sunlight.value,
                    "aos_limit_deg": round(c.aos_limit_deg, 4),
                    "los_limit_deg": round(c.los_limit_deg, 4),
                    "aos_masked": c.aos_masked,
                    "los_masked": c.los_masked,
                }
            ),
        }
        for p, c in zip(found, conditions(found), strict=True)
    ]

    def work(transaction: Transaction) -> int:
        if closing is not None:
            closing(transaction)
        passes.replace_passes(transaction, rows)
        small.set_fact(
            transaction, MADE_ON, _made_on(number, {c.set.catalog_number: c.set.id for c in by_id.values()}, now)
        )
        transaction.record(actor, now, "passes.worked_out", "passes", after={"passes": len(rows), "satellites": ids})
        return len(rows)

    return store.write(work)


def _made_on(network: int, sets: dict[int, int], now: datetime) -> str:
    return canonical([network, sorted(sets.items()), now.date().isoformat()])
