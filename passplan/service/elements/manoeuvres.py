"""Burns: added by people, announced by ephemerides, or found between element sets."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from passplan.domain.errors import ConflictError, InputError, NotFoundError
from passplan.domain.manoeuvres import SAME_BURN, Manoeuvre, ManoeuvreOrigin
from passplan.domain.messages import Message
from passplan.domain.network import Network, SatelliteId
from passplan.domain.roles import Capability
from passplan.domain.rows.service import ManoeuvreRow
from passplan.domain.text import normalized, require_plain
from passplan.service.access.actors import Actor
from passplan.service.network.revisions import current_network
from passplan.service.use_case import Change, use_case
from passplan.store import elements
from passplan.store.elements import StoredManoeuvre

REMEMBERED = timedelta(days=60)  # older burns matter to no pass


def manoeuvre_of(stored: StoredManoeuvre) -> Manoeuvre:
    """A burn of the store."""
    return Manoeuvre(
        catalog_number=stored.catalog_number,
        time=stored.time,
        delta_v_m_s=stored.delta_v_m_s,
        uncertainty_m_s=stored.uncertainty_m_s,
        name=stored.name,
        origin=ManoeuvreOrigin(stored.origin),
    )


def manoeuvre_row(satellite: SatelliteId, stored: StoredManoeuvre) -> ManoeuvreRow:
    """The row of a burn of the store."""
    return ManoeuvreRow(
        id=stored.id,
        satellite=satellite,
        time=stored.time,
        delta_v_m_s=stored.delta_v_m_s,
        uncertainty_m_s=stored.uncertainty_m_s,
        name=stored.name,
        origin=stored.origin,
        source=stored.source,
    )


def store_burns(
    change: Change, burns: Iterable[Manoeuvre], source: str, announced: Collection[int]
) -> tuple[Manoeuvre, ...]:
    """Store the burns that are not known yet, and return them.

    A new ephemeris replaces the planned burns that its source announced before.

    Args:
        change: the change.
        burns: found, or announced.
        source: where they come from.
        announced: the catalogue numbers of the satellites of new ephemerides.
    """
    known = elements.manoeuvres_of(change.connection, since=change.now - REMEMBERED)
    for old in known:
        is_planned = old.origin == ManoeuvreOrigin.EPHEMERIS and old.source == source and old.time > change.now
        if is_planned and old.catalog_number in announced:
            elements.delete_manoeuvre(change.transaction, old.id)
    known = elements.manoeuvres_of(change.connection, since=change.now - REMEMBERED)
    new = []
    for burn in burns:
        if burn.origin is ManoeuvreOrigin.EPHEMERIS and burn.catalog_number not in announced:
            continue
        near = (m for m in known if m.catalog_number == burn.catalog_number)
        if burn.time < change.now - REMEMBERED or any(abs(m.time - burn.time) < SAME_BURN for m in near):
            continue
        _store_burn(change, burn, source)
        new.append(burn)
    return tuple(new)


def _store_burn(change: Change, burn: Manoeuvre, source: str) -> int:
    number = elements.add_manoeuvre(
        change.transaction,
        StoredManoeuvre(
            id=0,
            catalog_number=burn.catalog_number,
            time=burn.time,
            delta_v_m_s=burn.delta_v_m_s,
            uncertainty_m_s=burn.uncertainty_m_s,
            name=burn.name,
            origin=burn.origin.value,
            source=source,
            recorded=change.now,
        ),
    )
    change.record(
        "manoeuvre.added",
        f"elements/{burn.catalog_number}",
        after={
            "manoeuvre": number,
            "time": burn.time.isoformat(),
            "delta_v_m_s": burn.delta_v_m_s,
            "origin": burn.origin.value,
            "source": source,
        },
    )
    return number


@use_case(Capability.ADD_ELEMENTS)
def add_manoeuvre(
    change: Change,
    satellite: SatelliteId,
    time: datetime,
    /,
    *,
    delta_v_m_s: float | None,
    uncertainty_m_s: float | None,
    name: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Add a burn of a satellite; passes after it are uncertain until an element set or ephemeris of after it comes.

    Returns:
        Its number.

    Raises:
        InputError: for an unknown satellite, or a value outside its bounds.
        ConflictError: when a burn of about that time is known.
    """
    require_plain("manoeuvre", "name", name)
    number = number_in(current_network(change.store.caches, change.connection)[1], satellite)
    burn = Manoeuvre(
        catalog_number=number,
        time=time,
        delta_v_m_s=delta_v_m_s,
        uncertainty_m_s=uncertainty_m_s,
        name=normalized(name),
    )
    for known in elements.manoeuvres_of(change.connection, number, since=time - SAME_BURN):
        if abs(known.time - burn.time) < SAME_BURN:
            raise ConflictError(
                Message(
                    "burn_known_already",
                    "burn %(number)s of %(satellite)s, at %(time)s, is within 6 hours of it; remove that one first",
                    number=known.id,
                    satellite=satellite,
                    time=f"{known.time:%Y-%m-%d %H:%M}Z",
                )
            )
    return _store_burn(change, burn, actor.account)


@use_case(Capability.ADD_ELEMENTS)
def remove_manoeuvre(change: Change, number: int, /, *, actor: Actor, now: datetime) -> None:
    """Remove a burn, such as one that was called off.

    Raises:
        NotFoundError: when there is none of this number.
    """
    if not elements.delete_manoeuvre(change.transaction, number):
        raise NotFoundError(Message("no_manoeuvre", "there is no manoeuvre %(number)s", number=number))
    change.record("manoeuvre.removed", f"manoeuvre/{number}", before={"manoeuvre": number})


def number_in(network: Network, satellite: SatelliteId) -> int:
    """The catalogue number of a satellite of a network.

    Raises:
        InputError: when there is none.
    """
    numbers = {s.id: s.catalog_number for s in network.satellites}
    if satellite not in numbers:
        raise InputError(
            Message(
                "no_satellite_of_network",
                "there is no satellite %(satellite)r; known: %(known)s",
                satellite=satellite,
                known=tuple(sorted(numbers)),
            )
        )
    return numbers[satellite]
