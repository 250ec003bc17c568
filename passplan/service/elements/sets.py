"""Element sets of the store, and the active set of each satellite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from passplan.domain.elements import FUTURE_ALLOWED, Elements, ElementSet
from passplan.domain.errors import ConflictError, InputError
from passplan.domain.messages import Message
from passplan.domain.network import Network, Satellite, SatelliteId
from passplan.domain.roles import Capability
from passplan.domain.sources import Source, source_of
from passplan.domain.span import Span
from passplan.service.access.actors import Actor, require
from passplan.service.caches import Caches
from passplan.service.documents import digest, document_of, segment_of, value_of
from passplan.service.network.revisions import current_network
from passplan.service.store import Closing, Store
from passplan.service.use_case import Change, use_case
from passplan.store import elements
from passplan.store.elements import Choice, StoredSet

HAND = "hand"  # the source of sets that a person adds


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A satellite whose active set changed."""

    satellite: SatelliteId
    before: ElementSet | None
    after: ElementSet

    def __str__(self) -> str:
        text = f"elements of {self.satellite} of {self.after.epoch:%Y-%m-%d %H:%M}Z"
        return text if self.before is None else f"{text} replaced those of {self.before.epoch:%Y-%m-%d %H:%M}Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedElements:
    """The result of adding element sets."""

    new: int  # sets that the store did not have
    ignored: int  # of satellites that the network does not have
    quarantined: tuple[str, ...]  # sets that are stored and not used, and why
    chosen: tuple[Chosen, ...]


def add_elements(
    store: Store, received: Elements, *, source: str = HAND, actor: Actor, now: datetime, closing: Closing | None = None
) -> AddedElements:
    """Add element sets of the network's satellites to the store, and select the newest of each satellite.

    The order of arrival does not matter: an older set that arrives late is stored and not selected. A set with which
    SGP4 fails within a revolution of its epoch is stored in quarantine.
    """
    require(actor, Capability.ADD_ELEMENTS)
    with store.database.read() as connection:
        _, network = current_network(store.caches, connection)
    satellites = {s.catalog_number: s.id for s in network.satellites}
    known = [s for s in received.sets if s.catalog_number in satellites]
    quarantine = {s: why for s in known if (why := _propagation_failure(s))}
    sets = [_stored(s, source, now, quarantine.get(s, "")) for s in known]
    new, chosen = _add(store, sets, satellites, actor=actor, now=now, closing=closing)
    return AddedElements(
        new=new,
        ignored=len(received) - len(known),
        quarantined=tuple(f"{s.label}, epoch {s.epoch:%Y-%m-%dT%H:%MZ}: {why}" for s, why in quarantine.items()),
        chosen=chosen,
    )


@use_case()
def _add(
    change: Change,
    sets: Sequence[StoredSet],
    satellites: Mapping[int, SatelliteId],
    *,
    actor: Actor,
    now: datetime,
    closing: Closing | None,
) -> tuple[int, tuple[Chosen, ...]]:
    """The number of new sets, and the satellites whose active set changed."""
    added = elements.add(change.transaction, sets)
    for item in added:
        change.record(
            "elements.quarantined" if item.quarantine else "elements.added",
            f"elements/{item.catalog_number}",
            after={
                "set": item.id,
                "epoch": item.epoch.isoformat(),
                "source": item.source,
                "sha256": item.sha256,
                "reason": item.quarantine,
            },
        )
    chosen: list[Chosen] = []
    for number in sorted({item.catalog_number for item in added}):
        chosen += _choose_newest(change, number, satellites[number])
    return len(added), tuple(chosen)


@use_case()
def choose_due(change: Change, *, actor: Actor, now: datetime, closing: Closing) -> tuple[Chosen, ...]:
    """Select the newest set of each satellite: the epoch of a predicted set may have come."""
    _, network = current_network(change.store.caches, change.connection)
    return tuple(chosen for s in network.satellites for chosen in _choose_newest(change, s.catalog_number, s.id))


@use_case(Capability.CHOOSE_ELEMENTS)
def choose_elements(
    change: Change, satellite: SatelliteId, set_id: int | None, /, *, actor: Actor, now: datetime
) -> Chosen | None:
    """Pin one set of a satellite; or with None select the newest again.

    Returns:
        The change; None: the set was active already.

    Raises:
        InputError: for an unknown satellite or set.
    """
    _, network = current_network(change.store.caches, change.connection)
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
        newest = _choose_newest(change, number, satellite, pinned_too=True)
        return newest[0] if newest else None
    sets = {s.id: s for s in elements.sets_of(change.connection, number)}
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
    before = elements.choices(change.connection).get(number)
    return _choose(change, satellite, before, sets[set_id], pinned=True)


def source_of_choice(
    satellite: Satellite, choice: Choice, behind: Sequence[StoredSet] = (), *, caches: Caches | None = None
) -> Source:
    """The source of a satellite: its active element set, those behind it and those ahead of it.

    A set that was received before its epoch is predicted, and stays so when its epoch has come.
    """
    from passplan.orbit.timelines import timeline

    stored = (*behind, choice.set, *choice.ahead)
    segments = [caches.segment(item) if caches is not None else segment_of(item.document) for item in stored]
    predicted = {item.epoch for item in stored if item.epoch > item.received + FUTURE_ALLOWED}
    return replace(timeline(segments, lambda segment: segment.epoch in predicted), satellite=satellite.id)


def sources_for(
    network: Network, choices: dict[int, Choice], span: Span
) -> tuple[dict[SatelliteId, Source], tuple[Message, ...]]:
    """The source of each satellite that can be booked in a span, and why other satellites have none.

    Low orbits whose epoch is more than 14 days outside the span are left out.
    """
    sources: dict[SatelliteId, Source] = {}
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
        source = source_of_choice(satellite, choice)
        if source.is_too_old(span):
            without.append(
                Message(
                    "elements_too_old",
                    "the elements of %(satellite)s are of %(epoch)s, %(days).0f days before; nothing is booked on them",
                    satellite=satellite.id,
                    epoch=f"{source.epoch:%Y-%m-%d %H:%M}Z",
                    days=source.distance_s(span) / 86_400.0,
                )
            )
            continue
        sources[satellite.id] = source
    return sources, tuple(without)


def _choose_newest(change: Change, number: int, satellite: SatelliteId, *, pinned_too: bool = False) -> list[Chosen]:
    priorities = {s.name: s.priority for s in change.store.settings.source}
    before = elements.choices(change.connection).get(number)
    if before is not None and before.pinned and not pinned_too:
        return []
    begun = _usable(elements.sets_of(change.connection, number, until=change.now + FUTURE_ALLOWED))
    usable = begun or _usable(elements.sets_of(change.connection, number))
    if not usable:
        return []
    if begun:
        best = max(begun, key=lambda s: _preference(s, priorities))
    else:  # predicted sets only: the earliest one
        first = min(s.epoch for s in usable)
        best = max((s for s in usable if s.epoch == first), key=lambda s: _preference(s, priorities))
    rivals = {s.source for s in usable if s.epoch == best.epoch and s.sha256 != best.sha256}
    if rivals and (before is None or before.set.id != best.id):
        change.record(
            "elements.conflict",
            f"elements/{number}",
            after={"epoch": best.epoch.isoformat(), "chosen": best.source, "others": sorted(rivals)},
        )
    chosen = _choose(change, satellite, before, best, pinned=False)
    return [chosen] if chosen is not None else []


def _usable(sets: Iterable[StoredSet]) -> list[StoredSet]:
    return [s for s in sets if not s.quarantine]


def _choose(
    change: Change, satellite: SatelliteId, before: Choice | None, chosen: StoredSet, *, pinned: bool
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
    elements.choose(change.transaction, chosen, now=change.now, pinned=pinned)
    change.record(
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


def _propagation_failure(item: ElementSet) -> str:
    """Why SGP4 fails with a set within one revolution of its epoch; empty: it does not."""
    import numpy as np

    from passplan.domain.passes import SGP4_CODES
    from passplan.orbit.propagators import motion_of
    from passplan.orbit.scales import TimeBase

    revolution_s = 86_400.0 / item.mean_motion_rev_day
    clock = TimeBase.over(Span(item.epoch, item.epoch + timedelta(seconds=revolution_s)))
    codes = motion_of(source_of(item), clock).positions(np.linspace(0.0, revolution_s, 61))[0]
    failed = [int(code) for code in codes if code]
    return f"SGP4 fails within a revolution of its epoch ({SGP4_CODES.get(failed[0], failed[0])})" if failed else ""
