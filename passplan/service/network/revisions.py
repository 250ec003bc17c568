"""Numbered revisions of the network, read from stations.toml; and what closes its stations from hour to hour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from passplan.domain.contacts import HOLDING, Contact, ContactState, RequestState
from passplan.domain.errors import InputError, StoreError
from passplan.domain.facts import NotInNetwork
from passplan.domain.hints import Hint
from passplan.domain.messages import Message
from passplan.domain.network import Closure, Network
from passplan.domain.span import Span
from passplan.service.access.roles import Actor, Capability, require
from passplan.service.contacts.lifecycle import cancel_all
from passplan.service.documents import digest, network_document, network_of
from passplan.service.store import Store
from passplan.store import contacts, networks, requests
from passplan.store.database import Connection, Transaction
from passplan.store.networks import OUTAGE_KINDS, NetworkRevision, Outage


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedNetwork:
    """What applying a network file did."""

    number: int
    is_new: bool  # False: the newest revision was the same already
    cancelled: tuple[Contact, ...]  # contacts that held what the network does not have any more


def apply_network(store: Store, network: Network, *, actor: Actor, now: datetime) -> AppliedNetwork:
    """Make a network the newest revision, unless it is that already.

    Contacts at antennas and links that it does not have any more, or beyond what a link carries now, are cancelled.
    """
    require(actor, Capability.APPLY_NETWORK)
    document = network_document(network)
    sha256 = digest(document)
    resources = _resources(network)

    def work(transaction: Transaction) -> AppliedNetwork:
        last = networks.current(transaction.connection)
        if last is not None and last.sha256 == sha256:
            return AppliedNetwork(number=last.number, is_new=False, cancelled=())
        number = last.number + 1 if last else 1
        networks.add(transaction, NetworkRevision(number=number, at=now, document=document, sha256=sha256), resources)
        transaction.record(
            actor,
            now,
            "network.applied",
            f"network/{number}",
            before={"sha256": last.sha256 if last else ""},
            after={"sha256": sha256, "stations": len(network.stations), "satellites": len(network.satellites)},
        )
        gone = impossible(transaction.connection, network, now)
        reason = NotInNetwork(revision=number)
        cancel_all(transaction, gone, ContactState.CANCELLED_BY_NETWORK, reason, actor=actor, now=now)
        return AppliedNetwork(number=number, is_new=True, cancelled=tuple(gone))

    return store.write(work)


def current_network(connection: Connection, *, after: datetime | None = None) -> tuple[int, Network]:
    """The newest network and its number; with `after`, its outages that are not over by then are closures in it.

    Raises:
        StoreError: when there is none yet.
    """
    revision = networks.current(connection)
    if revision is None:
        raise StoreError(Message("no_network", "the store has no network yet"), hint=Hint.APPLY_NETWORK)
    network = network_of(revision.document)
    if after is None:
        return revision.number, network
    return revision.number, with_outages(network, networks.outages(connection, after=after))


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


def record_outage(
    store: Store,
    station: str,
    span: Span,
    *,
    antenna: str = "",
    kind: str = "outage",
    note: str = "",
    actor: Actor,
    now: datetime,
) -> tuple[int, tuple[Contact, ...]]:
    """Record that a station, or one of its antennas, cannot be used: broken ("outage"), or as planned ("closed").

    Contacts inside the freeze are cancelled, for they cannot take place there; those beyond it are re-planned.

    Returns:
        The outage's number, and the contacts that were cancelled.

    Raises:
        InputError: for a station, an antenna or a kind that is none, or a span that is over.
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

    def work(transaction: Transaction) -> tuple[int, tuple[Contact, ...]]:
        _, network = current_network(transaction.connection)
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
        own = sorted(a.id for a in stations[station].antennas)
        if antenna and antenna not in own:
            raise InputError(
                Message(
                    "outage_no_antenna",
                    "outage: station %(station)s has no antenna %(antenna)r; known: %(known)s",
                    station=station,
                    antenna=antenna,
                    known=tuple(own),
                )
            )
        require(actor, Capability.RECORD_OUTAGE, agencies=frozenset({stations[station].agency}))
        found = Outage(id=0, kind=kind, station=station, antenna=antenna, start=span.start, end=span.end, note=note)
        number = networks.add_outage(transaction, found, now=now, actor=actor.account)
        transaction.record(
            actor,
            now,
            f"{kind}.recorded",
            f"outage/{number}",
            after={
                "station": station,
                "antenna": antenna,
                "start": str(span.start),
                "end": str(span.end),
                "note": note,
            },
        )
        frozen = now + timedelta(seconds=store.settings.freeze_s)
        hit = [
            c
            for c in contacts.select(transaction.connection, states=HOLDING, ends_after=now)
            if found.touches(c.assignment)
            and (c.state is ContactState.COMMITTED or c.assignment.occupies.start < frozen)
        ]
        cancel_all(transaction, hit, ContactState.CANCELLED_BY_NETWORK, found.fact, actor=actor, now=now)
        return number, tuple(hit)

    return store.write(work)


def end_outage(store: Store, number: int, *, actor: Actor, now: datetime) -> None:
    """Let an outage end now: the station is up again.

    Raises:
        InputError: when there is no such outage, or it is over.
    """

    def work(transaction: Transaction) -> None:
        found = next((o for o in networks.outages(transaction.connection, after=now) if o.id == number), None)
        if found is None:
            raise InputError(
                Message("no_outage", "there is no outage %(outage)s that is not over", outage=number),
                hint=Hint.LIST_OUTAGES,
            )
        _, network = current_network(transaction.connection)
        owners = frozenset(s.agency for s in network.stations if s.id == found.station)
        require(actor, Capability.RECORD_OUTAGE, agencies=owners)
        networks.end_outage(transaction, number, now)
        for r in requests.select(transaction.connection, states=[RequestState.ACCEPTED]):
            requests.touch(transaction, r.id, now)  # there may be room for it now
        transaction.record(
            actor, now, "outage.ended", f"outage/{number}", before={"end": str(found.end)}, after={"end": str(now)}
        )

    store.write(work)


def channels_of(network: Network) -> dict[tuple[str, str], int]:
    """How many contacts each link carries at once."""
    return {(s.id, link.id): link.capacity for s in network.satellites for link in s.links}


def _resources(network: Network) -> dict[str, str]:
    """What contacts can hold, by name, with its kind."""
    antennas = {str(ref): "antenna" for ref in network.antennas}
    numbered = {
        f"{satellite}/{link}#{k}": "channel"
        for (satellite, link), capacity in channels_of(network).items()
        for k in range(1, capacity + 1)
    }
    return antennas | numbered


def impossible(connection: Connection, network: Network, now: datetime) -> list[Contact]:
    """Contacts to come that a network has no room for; of too many on a link, those that begin last."""
    channels = channels_of(network)
    found = []
    ends: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for c in contacts.select(connection, states=HOLDING, ends_after=now):
        a = c.assignment
        link = (a.satellite, a.link)
        ends[link] = [end for end in ends[link] if end > a.contact.start]
        if all(network.has_antenna(ref) for ref in a.antennas) and len(ends[link]) < channels.get(link, 0):
            ends[link].append(a.contact.end)
        else:
            found.append(c)
    return found
