"""Element sets, ephemerides and burns of the store, and the active set of each satellite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from passplan.domain.designators import numbers_of
from passplan.domain.elements import FUTURE_ALLOWED, Elements, ElementSet
from passplan.domain.ephemeris import Ephemeris
from passplan.domain.errors import ConflictError, InputError
from passplan.domain.manoeuvres import Manoeuvre
from passplan.domain.messages import Message
from passplan.domain.network import Network, Satellite, SatelliteId
from passplan.domain.roles import Capability
from passplan.domain.sources import Segment, Source, source_of
from passplan.domain.span import Span
from passplan.domain.timing import TrackRecord
from passplan.service.access.actors import Actor, require
from passplan.service.caches import Caches
from passplan.service.documents import digest, document_of, segment_of, value_of
from passplan.service.elements.manoeuvres import manoeuvre_of, number_in, store_burns
from passplan.service.network.revisions import current_network
from passplan.service.store import Closing, Store
from passplan.service.use_case import Change, use_case
from passplan.store import elements
from passplan.store.database import Connection
from passplan.store.elements import Choice, StoredSet

if TYPE_CHECKING:
    from passplan.passes.screening import Held, Screened

_SCREENED_BACK = timedelta(days=60)
HAND = "hand"  # the source of sets that a person adds


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A satellite whose active set changed."""

    satellite: SatelliteId
    before: Segment | None
    after: Segment

    def __str__(self) -> str:
        text = f"elements of {self.satellite} of {self.after.epoch:%Y-%m-%d %H:%M}Z"
        return text if self.before is None else f"{text} replaced those of {self.before.epoch:%Y-%m-%d %H:%M}Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedElements:
    """The result of adding element sets and ephemerides."""

    new: int  # sets that the store did not have
    ignored: int  # of satellites that the network does not have
    quarantined: tuple[Message, ...]  # sets that are stored and not used, and why
    chosen: tuple[Chosen, ...]
    burns: tuple[Message, ...] = ()  # of which new sets are the trace, or which ephemerides announce


@dataclass(frozen=True, slots=True, kw_only=True)
class _Received:
    """What comes into the store."""

    sets: tuple[StoredSet, ...]
    burns: tuple[Manoeuvre, ...]
    released: tuple[StoredSet, ...]  # from quarantine


def known_designators(store: Store) -> dict[str, int]:
    """The catalogue numbers of international designators, by the network and the active element sets."""
    with store.database.read() as connection:
        _, network = current_network(store.caches, connection)
        choices = elements.choices(connection)
    segments = (store.caches.segment(choice.set) for choice in choices.values())
    named = [s for s in segments if isinstance(s, (ElementSet, Ephemeris))]
    return {**numbers_of(named), **numbers_of(network.satellites)}


def add_elements(
    store: Store, received: Elements, *, source: str = HAND, actor: Actor, now: datetime, closing: Closing | None = None
) -> AddedElements:
    """Add element sets and ephemerides of the network's satellites to the store; select the newest of each satellite.

    The order of arrival does not matter: an older set that arrives late is stored and not selected. A set is stored in
    quarantine when SGP4 fails with it within a revolution of its epoch, or when it disagrees with the sets before it
    and is not the trace of a burn; then until a second set agrees with it.
    """
    require(actor, Capability.ADD_ELEMENTS)
    with store.database.read() as connection:
        _, network = current_network(store.caches, connection)
        satellites = {s.catalog_number: s.id for s in network.satellites}
        known = [s for s in received.sets if s.catalog_number in satellites]
        quarantine = {s: why for s in known if (why := _propagation_failure(s)) is not None}
        burns = [m for m in received.manoeuvres if m.catalog_number in satellites]
        released: list[StoredSet] = []
        for number in sorted({s.catalog_number for s in known}):
            of_satellite = [s for s in known if s.catalog_number == number and s not in quarantine]
            screened = _screened(connection, number, of_satellite, now)
            quarantine |= {held.elements: _held_message(held) for held in screened.held}
            burns += screened.burns
            held_before = elements.sets_of(connection, number) if screened.released else []
            digests = {digest(document_of(item)) for item in screened.released}
            released += [s for s in held_before if s.sha256 in digests]
    ephemerides = [e for e in received.ephemerides if e.catalog_number in satellites]
    sets = [_stored(s, source, now, quarantine.get(s)) for s in known]
    sets += [_stored(e, source, now, None) for e in ephemerides]
    arrived = _Received(sets=tuple(sets), burns=tuple(burns), released=tuple(released))
    new, chosen, added = _add(store, arrived, source, satellites, actor=actor, now=now, closing=closing)
    return AddedElements(
        new=new,
        ignored=len(received.segments) - len(sets),
        quarantined=tuple(_in_quarantine(item, why) for item, why in quarantine.items()),
        chosen=chosen,
        burns=tuple(_burn_message(satellites[burn.catalog_number], burn) for burn in added),
    )


def _in_quarantine(item: ElementSet, why: Message) -> Message:
    return Message(
        "set_held",
        "%(satellite)s, epoch %(epoch)s: %(why)s",
        satellite=item.label,
        epoch=f"{item.epoch:%Y-%m-%dT%H:%MZ}",
        why=why,
    )


def _held_message(held: Held) -> Message:
    return Message(
        "set_disagrees",
        "it is %(off_s).1f s along the orbit from what the set of %(epoch)s predicts, and no burn explains it; it is "
        "used when a second set agrees with it",
        off_s=held.off_s,
        epoch=f"{held.against.epoch:%Y-%m-%d %H:%M}Z",
    )


def _burn_message(satellite: SatelliteId, burn: Manoeuvre) -> Message:
    size = Message("burn_size", "%(size).2g m/s", size=burn.delta_v_m_s) if burn.delta_v_m_s is not None else ""
    return Message(
        "burn_known",
        "%(satellite)s: a burn at %(time)s %(size)s",
        satellite=satellite,
        time=f"{burn.time:%Y-%m-%d %H:%M}Z",
        size=size,
    )


def _screened(connection: Connection, number: int, new: Sequence[ElementSet], now: datetime) -> Screened:
    """The verdicts on new sets; predicted ones are taken as they are."""
    from passplan.passes.screening import Screened, screen

    if not (arrived := [s for s in new if s.epoch <= now + FUTURE_ALLOWED]):
        return Screened()
    first = min(s.epoch for s in arrived)
    stored = elements.sets_of(connection, number, until=max(s.epoch for s in arrived))
    recent = [s for s in stored if s.epoch > first - _SCREENED_BACK]
    parsed = {s.id: value_of(ElementSet, s.document) for s in recent}
    held = [parsed[s.id] for s in recent if s.quarantine and _propagation_failure(parsed[s.id]) is None]
    known = {parsed[s.id] for s in recent if not s.quarantine}
    return screen(known, held, [s for s in arrived if s not in known and s not in held])


@use_case()
def _add(
    change: Change,
    arrived: _Received,
    source: str,
    satellites: Mapping[int, SatelliteId],
    /,
    *,
    actor: Actor,
    now: datetime,
    closing: Closing | None,
) -> tuple[int, tuple[Chosen, ...], tuple[Manoeuvre, ...]]:
    """The number of new sets, the satellites whose active set changed, and the new burns."""
    added = elements.add(change.transaction, arrived.sets)
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
    elements.release(change.transaction, [item.id for item in arrived.released])
    for item in arrived.released:
        change.record("elements.released", f"elements/{item.catalog_number}", after={"set": item.id})
    new_sets = {item.sha256 for item in added}
    announced = {item.catalog_number for item in added if item.is_ephemeris}
    burns = store_burns(change, arrived.burns, source, announced) if new_sets else ()
    chosen: list[Chosen] = []
    for number in sorted({item.catalog_number for item in (*added, *arrived.released)}):
        chosen += _choose_newest(change, number, satellites[number])
    return len(added), tuple(chosen), burns


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
    number = number_in(current_network(change.store.caches, change.connection)[1], satellite)
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
    before, chosen = elements.choices(change.connection).get(number), sets[set_id]
    if chosen.quarantine and _propagation_failure(value_of(ElementSet, chosen.document)) is None:
        elements.release(change.transaction, [chosen.id])  # a person knows better than the screening
        change.record("elements.released", f"elements/{number}", after={"set": chosen.id})
        chosen = replace(chosen, quarantine="")
    return _choose(change, satellite, before, chosen, pinned=True)


def source_of_choice(
    satellite: Satellite, choice: Choice, behind: Sequence[StoredSet] = (), *, caches: Caches | None = None
) -> Source:
    """The source of a satellite: its active element set, those behind it and those ahead of it.

    A set that was received before its epoch is predicted, and stays so when its epoch has come.
    """

    def made() -> Source:
        from passplan.orbit.timelines import timeline

        segments = [caches.segment(item) if caches is not None else segment_of(item.document) for item in stored]
        predicted = {s.epoch for s in stored if not s.is_ephemeris and s.epoch > s.received + FUTURE_ALLOWED}
        source = timeline(segments, lambda segment: segment.epoch in predicted)
        burns = tuple(manoeuvre_of(m) for m in choice.manoeuvres)
        record = value_of(TrackRecord, choice.record) if choice.record else None
        return replace(source, satellite=satellite.id, manoeuvres=burns, record=record)

    stored = (*behind, *choice.sets)
    if caches is None:
        return made()
    key = (satellite.id, tuple(s.id for s in stored), choice.pinned, choice.manoeuvres, choice.record)
    return caches.sources.get(key, made)


def sources_now(store: Store, network: Network, span: Span) -> dict[SatelliteId, Source]:
    """The source of each satellite that can be booked in a span, by the store's active element sets."""
    with store.database.read() as connection:
        choices = elements.choices(connection)
    return sources_for(network, choices, span)[0]


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
    usable = usable or _usable(elements.ephemerides_of(change.connection, number))  # of which the newest is taken
    begun = begun or [s for s in usable if s.is_ephemeris]
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
    record = "" if best.is_ephemeris else _record_document(begun, best)
    chosen = _choose(change, satellite, before, best, pinned=False, record=record)
    return [chosen] if chosen is not None else []


def _record_document(sets: Sequence[StoredSet], newest: StoredSet) -> str:
    """The track record of a satellite until its newest set, as a document; empty: there are too few sets."""
    from passplan.orbit.records import MOST_SETS, WINDOW, History

    window = sorted((s for s in sets if newest.epoch - WINDOW < s.epoch <= newest.epoch), key=lambda s: s.epoch)
    if len(window) > MOST_SETS:  # parsing takes longest
        step = (len(window) - 1) / (MOST_SETS - 1)
        window = [window[round(k * step)] for k in range(MOST_SETS)]
    record = History(value_of(ElementSet, s.document) for s in window).record(value_of(ElementSet, newest.document))
    return "" if record is None else document_of(record)


def _usable(sets: Iterable[StoredSet]) -> list[StoredSet]:
    return [s for s in sets if not s.quarantine]


def _choose(
    change: Change,
    satellite: SatelliteId,
    before: Choice | None,
    chosen: StoredSet,
    *,
    pinned: bool,
    record: str | None = None,
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
    elements.choose(change.transaction, chosen, now=change.now, pinned=pinned, record=record)
    change.record(
        "elements.chosen",
        f"elements/{chosen.catalog_number}",
        before={"set": before.set.id, "epoch": before.set.epoch.isoformat()} if before else {},
        after={"set": chosen.id, "epoch": chosen.epoch.isoformat(), "source": chosen.source, "pinned": pinned},
    )
    return Chosen(
        satellite=satellite,
        before=change.store.caches.segment(before.set) if before else None,
        after=change.store.caches.segment(chosen),
    )


def _preference(item: StoredSet, priorities: dict[str, int]) -> tuple[datetime, int, int, str, str]:
    number = 0 if item.is_ephemeris else value_of(ElementSet, item.document).element_set_number
    return item.epoch, priorities.get(item.source, 0), number, item.sha256, item.source


def _stored(item: ElementSet | Ephemeris, source: str, now: datetime, quarantine: Message | None) -> StoredSet:
    document = document_of(item)
    return StoredSet(
        id=0,
        catalog_number=item.catalog_number,
        epoch=item.epoch,
        source=source,
        received=now,
        document=document,
        sha256=digest(document),
        quarantine="" if quarantine is None else str(quarantine),
        begins=item.coverage.start if item.coverage is not None else None,
        ends=item.coverage.end if item.coverage is not None else None,
    )


def _propagation_failure(item: ElementSet) -> Message | None:
    """Why SGP4 fails with a set within one revolution of its epoch; None: it does not."""
    import numpy as np

    from passplan.domain.passes import SGP4_CODES
    from passplan.orbit.propagators import motion_of
    from passplan.orbit.scales import TimeBase

    revolution_s = 86_400.0 / item.mean_motion_rev_day
    clock = TimeBase.over(Span(item.epoch, item.epoch + timedelta(seconds=revolution_s)))
    codes = motion_of(source_of(item), clock).positions(np.linspace(0.0, revolution_s, 61))[0]
    failed = [int(code) for code in codes if code]
    if not failed:
        return None
    cause = SGP4_CODES.get(failed[0], str(failed[0]))
    return Message("set_fails", "SGP4 fails within a revolution of its epoch (%(cause)s)", cause=cause)
