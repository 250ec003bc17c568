"""Element sets as the store takes them, and which of them counts for each satellite."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from passplan.domain.elements import FUTURE_ALLOWED, TOO_OLD_LOW_ORBIT_S, Elements, ElementSet
from passplan.domain.errors import ConflictError, InputError
from passplan.domain.messages import Message
from passplan.domain.network import Network, SatelliteId
from passplan.domain.span import Span
from passplan.service.access.roles import Actor, Capability, require
from passplan.service.documents import digest, document_of, value_of
from passplan.service.network.revisions import current_network
from passplan.service.store import Closing, Store
from passplan.store import elements
from passplan.store.database import Transaction
from passplan.store.elements import Choice, StoredSet

HAND = "hand"  # the source of what a person gives


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A satellite whose set is another now."""

    satellite: SatelliteId
    before: ElementSet | None
    after: ElementSet

    def __str__(self) -> str:
        told = f"elements of {self.satellite} of {self.after.epoch:%Y-%m-%d %H:%M}Z"
        return told if self.before is None else f"{told} replaced those of {self.before.epoch:%Y-%m-%d %H:%M}Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedElements:
    """What adding element sets did."""

    new: int  # sets that the store did not have
    ignored: int  # of satellites that the network does not have
    quarantined: tuple[str, ...]  # sets that are kept and not used, and why
    chosen: tuple[Chosen, ...]


def add_elements(
    store: Store, found: Elements, *, source: str = HAND, actor: Actor, now: datetime, closing: Closing | None = None
) -> AddedElements:
    """Take element sets of the network's satellites into the store, and let the newest of each count.

    What arrives in which order changes nothing: an older set that comes late is kept and not chosen. A set with which
    SGP4 fails within a revolution of its epoch is kept in quarantine.
    """
    require(actor, Capability.ADD_ELEMENTS)
    priorities = {s.name: s.priority for s in store.settings.source}
    with store.database.read() as connection:
        _, network = current_network(connection)
    satellites = {s.catalog_number: s.id for s in network.satellites}
    own = [s for s in found if s.catalog_number in satellites]
    quarantine = {s: why for s in own if (why := _why_useless(s))}

    def work(transaction: Transaction) -> AddedElements:
        if closing is not None:
            closing(transaction)
        added = elements.add(transaction, [_stored(s, source, now, quarantine.get(s, "")) for s in own])
        for item in added:
            transaction.record(
                actor,
                now,
                "elements.quarantined" if item.quarantine else "elements.added",
                f"elements/{item.catalog_number}",
                after={
                    "set": item.id,
                    "epoch": f"{item.epoch.isoformat()}",
                    "source": source,
                    "sha256": item.sha256,
                    "reason": item.quarantine,
                },
            )
        chosen = []
        for number in sorted({item.catalog_number for item in added}):
            chosen += _choose_newest(transaction, number, satellites[number], priorities, actor=actor, now=now)
        return AddedElements(
            new=len(added),
            ignored=len(found) - len(own),
            quarantined=tuple(f"{s.label}, epoch {s.epoch:%Y-%m-%dT%H:%MZ}: {why}" for s, why in quarantine.items()),
            chosen=tuple(chosen),
        )

    return store.write(work)


def choose_due(store: Store, *, actor: Actor, now: datetime, closing: Closing) -> tuple[Chosen, ...]:
    """Let the newest set of each satellite count: with sources that predict, another may by now."""
    priorities = {s.name: s.priority for s in store.settings.source}

    def work(transaction: Transaction) -> tuple[Chosen, ...]:
        closing(transaction)
        _, network = current_network(transaction.connection)
        return tuple(
            chosen
            for s in network.satellites
            for chosen in _choose_newest(transaction, s.catalog_number, s.id, priorities, actor=actor, now=now)
        )

    return store.write(work)


def choose_elements(
    store: Store, satellite: SatelliteId, set_id: int | None, *, actor: Actor, now: datetime
) -> Chosen | None:
    """Let one set of a satellite count from now on, whatever comes; or with None the newest again.

    Returns:
        What was chosen; None: it counted already.

    Raises:
        InputError: for a satellite or a set that is not there.
    """
    require(actor, Capability.CHOOSE_ELEMENTS)
    priorities = {s.name: s.priority for s in store.settings.source}

    def work(transaction: Transaction) -> Chosen | None:
        connection = transaction.connection
        _, network = current_network(connection)
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
        number = numbers[satellite]
        if set_id is None:
            found = _choose_newest(transaction, number, satellite, priorities, actor=actor, now=now, pinned_too=True)
            return found[0] if found else None
        sets = {s.id: s for s in elements.sets_of(connection, number)}
        if set_id not in sets:
            raise InputError(
                Message(
                    "no_element_set",
                    "%(satellite)s has no element set %(set)s; known: %(known)s",
                    satellite=satellite,
                    set=set_id,
                    known=tuple(map(str, sorted(sets))),
                )
            )
        before = elements.choices(connection).get(number)
        return _choose(transaction, satellite, before, sets[set_id], pinned=True, actor=actor, now=now)

    return store.write(work)


def sources_for(
    network: Network, choices: dict[int, Choice], span: Span
) -> tuple[dict[SatelliteId, ElementSet], tuple[Message, ...]]:
    """The element set of each satellite by which something may be booked in a span, and why others have none.

    Low orbits whose epoch is more than 14 days outside the span are left out: nothing new is booked on them.
    """
    sources: dict[SatelliteId, ElementSet] = {}
    without = []
    for satellite in network.satellites:
        choice = choices.get(satellite.catalog_number)
        if choice is None:
            without.append(
                Message(
                    "no_elements_of",
                    "there are no elements of %(satellite)s (%(number)s)",
                    satellite=satellite.id,
                    number=satellite.catalog_number,
                )
            )
            continue
        found = value_of(ElementSet, choice.set.document)
        away_s = span.distance_s(found.epoch)
        if found.is_low_orbit and away_s > TOO_OLD_LOW_ORBIT_S:
            without.append(
                Message(
                    "elements_too_old",
                    "the elements of %(satellite)s are of %(epoch)s, %(days).0f days before; nothing is booked on them",
                    satellite=satellite.id,
                    epoch=f"{found.epoch:%Y-%m-%d %H:%M}Z",
                    days=away_s / 86_400.0,
                )
            )
            continue
        sources[satellite.id] = found
    return sources, tuple(without)


def _choose_newest(
    transaction: Transaction,
    number: int,
    satellite: SatelliteId,
    priorities: dict[str, int],
    *,
    actor: Actor,
    now: datetime,
    pinned_too: bool = False,
) -> list[Chosen]:
    connection = transaction.connection
    before = elements.choices(connection).get(number)
    if before is not None and before.pinned and not pinned_too:
        return []
    usable = [s for s in elements.sets_of(connection, number) if not s.quarantine]
    if not usable:
        return []
    begun = [s for s in usable if s.epoch <= now + FUTURE_ALLOWED]
    if begun:
        best = max(begun, key=lambda s: _preference(s, priorities))
    else:  # of a source that predicts: the one that comes first
        first = min(s.epoch for s in usable)
        best = max((s for s in usable if s.epoch == first), key=lambda s: _preference(s, priorities))
    rivals = {s.source for s in usable if s.epoch == best.epoch and s.sha256 != best.sha256}
    if rivals and (before is None or before.set.id != best.id):
        transaction.record(
            actor,
            now,
            "elements.conflict",
            f"elements/{number}",
            after={"epoch": best.epoch.isoformat(), "chosen": best.source, "others": sorted(rivals)},
        )
    found = _choose(transaction, satellite, before, best, pinned=False, actor=actor, now=now)
    return [found] if found is not None else []


def _choose(
    transaction: Transaction,
    satellite: SatelliteId,
    before: Choice | None,
    chosen: StoredSet,
    *,
    pinned: bool,
    actor: Actor,
    now: datetime,
) -> Chosen | None:
    if before is not None and (before.set.sha256, before.pinned) == (chosen.sha256, pinned):
        return None
    if chosen.quarantine:
        raise ConflictError(
            Message(
                "set_in_quarantine",
                "element set %(set)s is in quarantine: %(reason)s",
                set=chosen.id,
                reason=chosen.quarantine,
            )
        )
    elements.choose(transaction, chosen, now=now, pinned=pinned)
    transaction.record(
        actor,
        now,
        "elements.chosen",
        f"elements/{chosen.catalog_number}",
        before={"set": before.set.id, "epoch": before.set.epoch.isoformat()} if before else {},
        after={"set": chosen.id, "epoch": chosen.epoch.isoformat(), "source": chosen.source, "pinned": pinned},
    )
    return Chosen(
        satellite=satellite,
        before=value_of(ElementSet, before.set.document) if before else None,
        after=value_of(ElementSet, chosen.document),
    )


def _preference(item: StoredSet, priorities: dict[str, int]) -> tuple[datetime, int, int, str, str]:
    number = value_of(ElementSet, item.document).element_set_number
    return item.epoch, priorities.get(item.source, 0), number, item.sha256, item.source


def _stored(item: ElementSet, source: str, now: datetime, quarantine: str) -> StoredSet:
    document = document_of(item)
    return StoredSet(
        id=0,
        catalog_number=item.catalog_number,
        epoch=item.epoch,
        source=source,
        received=now,
        document=document,
        sha256=digest(document),
        quarantine=quarantine,
    )


def _why_useless(item: ElementSet) -> str:
    """Why SGP4 can do nothing with a set, not for one revolution from its epoch; empty: it can."""
    import numpy as np

    from passplan.domain.passes import SGP4_CODES
    from passplan.orbit.propagation import Motion
    from passplan.orbit.scales import TimeBase

    revolution_s = 86_400.0 / item.mean_motion_rev_day
    clock = TimeBase.over(Span(item.epoch, item.epoch + timedelta(seconds=revolution_s)))
    codes = Motion(item, clock).positions(np.linspace(0.0, revolution_s, 61))[0]
    failed = [int(code) for code in codes if code]
    return f"SGP4 fails within a revolution of its epoch ({SGP4_CODES.get(failed[0], failed[0])})" if failed else ""
