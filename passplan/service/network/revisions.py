"""Numbered revisions of the network, read from stations.toml; and the outages and closures of its stations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from passplan.domain.contacts import HOLDING, Contact, ContactState, RequestState
from passplan.domain.errors import InputError
from passplan.domain.facts import NotInNetwork
from passplan.domain.hints import Hint
from passplan.domain.messages import Message
from passplan.domain.network import Closure, Network, StationId
from passplan.domain.roles import Capability
from passplan.domain.span import Span
from passplan.service.access.actors import Actor
from passplan.service.caches import Caches
from passplan.service.contacts.lifecycle import cancel_all
from passplan.service.documents import digest, network_document
from passplan.service.store import Store
from passplan.service.use_case import Change, use_case
from passplan.store import contacts, networks, requests
from passplan.store.database import Connection
from passplan.store.networks import OUTAGE_KINDS, NetworkRevision, Outage


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedNetwork:
    """The result of applying a network file."""

    number: int
    is_new: bool  # False: the newest revision was the same already
    cancelled: tuple[Contact, ...]  # contacts that held resources which the network no longer has


def apply_network(store: Store, network: Network, *, actor: Actor, now: datetime) -> AppliedNetwork:
    """Make a network the newest revision, unless it is already.

    Contacts at removed antennas and links, and contacts above a link's new capacity, are cancelled.
    """
    return _apply(store, network, network_document(network), actor=actor, now=now)


@use_case(Capability.APPLY_NETWORK)
def _apply(change: Change, network: Network, document: str, *, actor: Actor, now: datetime) -> AppliedNetwork:
    sha256 = digest(document)
    newest = networks.current(change.connection)
    if newest is not None and newest.sha256 == sha256:
        return AppliedNetwork(number=newest.number, is_new=False, cancelled=())
    number = newest.number + 1 if newest else 1
    revision = NetworkRevision(number=number, at=now, document=document, sha256=sha256)
    networks.add(change.transaction, revision, _resources(network))
    change.record(
        "network.applied",
        f"network/{number}",
        before={"sha256": newest.sha256 if newest else ""},
        after={"sha256": sha256, "stations": len(network.stations), "satellites": len(network.satellites)},
    )
    cancelled = impossible(change.connection, network, now)
    cancel_all(change, cancelled, ContactState.CANCELLED_BY_NETWORK, NotInNetwork(revision=number))
    return AppliedNetwork(number=number, is_new=True, cancelled=tuple(cancelled))


def current_network(caches: Caches, connection: Connection, *, after: datetime | None = None) -> tuple[int, Network]:
    """The newest network and its number; with `after`, its outages that end later are closures in it.

    Raises:
        StoreError: when there is none yet.
    """
    number, network = caches.network(connection)
    if after is None:
        return number, network
    return number, with_outages(network, networks.outages(connection, after=after))


def with_outages(network: Network, outages: Sequence[Outage]) -> Network:
    """A network with outages as closures of its stations; those of stations that it does not have are left out."""
    closures: dict[str, list[Closure]] = defaultdict(list)
    antennas = {s.id: {"", *(a.id for a in s.antennas)} for s in network.stations}
    for o in outages:
        if o.antenna in antennas.get(o.station, ()):
            note = o.note or o.kind
            closures[o.station].append(Closure(span=Span(o.start, o.end), antenna=o.antenna, note=note))
    return replace(
        network,
        stations=tuple(
            replace(s, closures=(*s.closures, *closures[s.id])) if s.id in closures else s for s in network.stations
        ),
    )


@use_case()
def record_outage(
    change: Change,
    station: StationId,
    span: Span,
    *,
    antenna: str = "",
    kind: str = "outage",
    note: str = "",
    actor: Actor,
    now: datetime,
) -> tuple[int, tuple[Contact, ...]]:
    """Record that a station, or one of its antennas, cannot be used: broken ("outage"), or planned ("closed").

    Contacts inside the freeze are cancelled; those beyond it are re-planned.

    Returns:
        The outage's number, and the contacts that were cancelled.

    Raises:
        InputError: for an unknown station, antenna or kind, or a span that is over.
        DeniedError: when the actor may not.
    """
    if kind not in OUTAGE_KINDS:
        raise InputError(
            Message(
                "outage_kind_unknown",
                "outage: kind is %(outage_kind)r; it is one of %(known)s",
                outage_kind=kind,
                known=tuple(OUTAGE_KINDS),
            )
        )
    if span.end <= now:
        raise InputError(
            Message("outage_over", "outage: it is over since %(end)s; give an end that is to come", end=span.end)
        )
    _, network = current_network(change.store.caches, change.connection)
    stations = {s.id: s for s in network.stations}
    if station not in stations:
        raise InputError(
            Message(
                "outage_no_station",
                "outage: there is no station %(station)r; known: %(known)s",
                station=station,
                known=tuple(sorted(stations)),
            )
        )
    antennas = sorted(a.id for a in stations[station].antennas)
    if antenna and antenna not in antennas:
        raise InputError(
            Message(
                "outage_no_antenna",
                "outage: station %(station)s has no antenna %(antenna)r; known: %(known)s",
                station=station,
                antenna=antenna,
                known=tuple(antennas),
            )
        )
    change.require(Capability.RECORD_OUTAGE, agencies=frozenset({stations[station].agency}))
    outage = Outage(id=0, kind=kind, station=station, antenna=antenna, start=span.start, end=span.end, note=note)
    number = networks.add_outage(change.transaction, outage, now=now, actor=actor.account)
    change.record(
        f"{kind}.recorded",
        f"outage/{number}",
        after={"station": station, "antenna": antenna, "start": str(span.start), "end": str(span.end), "note": note},
    )
    frozen = now + timedelta(seconds=change.store.settings.freeze_s)
    affected = [
        c
        for c in contacts.select(change.connection, states=HOLDING, ends_after=now)
        if outage.touches(c.assignment) and (c.state is ContactState.COMMITTED or c.assignment.occupies.start < frozen)
    ]
    cancel_all(change, affected, ContactState.CANCELLED_BY_NETWORK, outage.fact)
    return number, tuple(affected)


def _may_end(change: Change, number: int) -> None:
    outage = _open_outage(change, number)
    _, network = current_network(change.store.caches, change.connection)
    owners = frozenset(s.agency for s in network.stations if s.id == outage.station)
    change.require(Capability.RECORD_OUTAGE, agencies=owners)


@use_case(_may_end)
def end_outage(change: Change, number: int, /, *, actor: Actor, now: datetime) -> None:
    """End an outage now: the station is up again.

    Raises:
        InputError: when there is no such outage, or it is over.
    """
    outage = _open_outage(change, number)
    networks.end_outage(change.transaction, number, now)
    for r in requests.select(change.connection, states=[RequestState.ACCEPTED]):
        requests.touch(change.transaction, r.id, now)  # the freed time may fit it
    change.record("outage.ended", f"outage/{number}", before={"end": str(outage.end)}, after={"end": str(now)})


def _open_outage(change: Change, number: int) -> Outage:
    outage = next((o for o in networks.outages(change.connection, after=change.now) if o.id == number), None)
    if outage is None:
        raise InputError(
            Message("no_outage", "there is no outage %(outage)s that is not over", outage=number),
            hint=Hint.LIST_OUTAGES,
        )
    return outage


def channels_of(network: Network) -> dict[tuple[str, str], int]:
    """The number of contacts that each link carries at the same time."""
    return {(s.id, link.id): link.capacity for s in network.satellites for link in s.links}


def _resources(network: Network) -> dict[str, str]:
    """The resources that contacts can hold: names, with their kinds."""
    antennas = {str(ref): "antenna" for ref in network.antennas}
    numbered = {
        f"{satellite}/{link}#{k}": "channel"
        for (satellite, link), capacity in channels_of(network).items()
        for k in range(1, capacity + 1)
    }
    return antennas | numbered


def impossible(connection: Connection, network: Network, now: datetime) -> list[Contact]:
    """Future contacts that a network cannot carry; where a link has too many, those that begin last."""
    channels = channels_of(network)
    conflicts = []
    ends: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for c in contacts.select(connection, states=HOLDING, ends_after=now):
        a = c.assignment
        link = (a.satellite, a.link)
        ends[link] = [end for end in ends[link] if end > a.contact.start]
        if all(network.has_antenna(ref) for ref in a.antennas) and len(ends[link]) < channels.get(link, 0):
            ends[link].append(a.contact.end)
        else:
            conflicts.append(c)
    return conflicts
