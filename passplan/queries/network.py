"""The network as an actor sees it, with the active element set of each satellite."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from passplan.domain.network import Agreement, Network
from passplan.domain.rows.service import ElementsRow
from passplan.queries.snapshot import open_snapshot
from passplan.service.access.actors import Actor
from passplan.service.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkBoard:
    """The newest network."""

    revision: int
    network: Network
    agreements: tuple[Agreement, ...]  # those of which the actor sees an agency's requests
    elements: tuple[ElementsRow, ...]  # of each satellite, in the network's order


def network_board(store: Store, *, actor: Actor | None, now: datetime) -> NetworkBoard:
    """The newest network for an actor."""
    with store.database.read() as connection:
        snapshot = open_snapshot(store, connection, actor, now)
        elements = tuple(snapshot.element_rows())
    sees = snapshot.disclosure.sees_requests_of
    return NetworkBoard(
        revision=snapshot.number,
        network=snapshot.network,
        agreements=tuple(a for a in snapshot.network.agreements if sees(a.user) or sees(a.owner)),
        elements=elements,
    )
