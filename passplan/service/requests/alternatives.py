"""Where a request would fit now, beside all that is booked: as it is asked, and else nearest to that."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from passplan.domain.contacts import GIVEN, HOLDING, RequestState
from passplan.domain.errors import ConflictError
from passplan.domain.messages import Message
from passplan.domain.network import AgencyId, AntennaRef, Network, covers
from passplan.domain.requests import ContactRequest, RequestBook, RequestId
from passplan.domain.schedule import Assignment, FreePlace, PlanInputs, Policy
from passplan.domain.span import Span
from passplan.domain.week import Week
from passplan.service.documents import value_of
from passplan.service.elements.sets import sources_for
from passplan.service.network.revisions import channels_of, current_network
from passplan.service.requests.submit import approvers, with_names
from passplan.service.schedule import planning
from passplan.service.store import Store
from passplan.store import contacts, elements, requests
from passplan.store.database import Connection
from passplan.store.elements import Choice

MOST = 3
_AROUND = timedelta(hours=24)  # so far outside its span places are looked for
_SHORTEST_S = 60.0
_ANOTHER_STATION_S = 3 * 3_600.0  # another station is as far off as so much time


_TOO_SOON = Message("span_ends_too_soon", "its span ends before anything could be booked")
_ALL_TAKEN = Message("all_passes_taken", "every pass that it could use is taken by others")


class Kind(StrEnum):
    """How a place differs from what is asked."""

    AS_ASKED = "as_asked"
    OTHER_TIME = "other_time"
    OTHER_STATION = "other_station"
    OTHER_TIME_AND_STATION = "other_time_and_station"
    SHORTER = "shorter"
    LOWER = "lower"  # below the least elevation that is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A place that is free now, and what it differs in."""

    place: FreePlace
    kind: Kind
    owners: tuple[AgencyId, ...]  # of its antennas
    asks: tuple[AgencyId, ...]  # owners whose agreement lets a person decide first
    agreed_minutes: float  # what it takes of agreements

    def request(self, like: ContactRequest, name: RequestId) -> ContactRequest:
        """A request for this very place, otherwise like another."""
        seconds = self.place.contact.duration_s
        return replace(
            like,
            id=name,
            min_elevation_deg=None if self.kind is Kind.LOWER else like.min_elevation_deg,
            span=self.place.contact,
            min_s=seconds,
            wanted_s=seconds,
            stations=self.place.antennas if len(self.place.antennas) == 1 else (),
            arrays=() if len(self.place.antennas) == 1 else (self.place.antennas,),
            repetition=None,
            split=None,
            group="",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """What was found for a request."""

    as_asked: tuple[Alternative, ...]  # in order of time
    others: tuple[Alternative, ...]  # the nearest first, MOST at the most
    causes: tuple[Message, ...]  # why there is none as asked; empty: there is
    looked_until: datetime  # beyond that nothing is known yet


class TakenError(ConflictError):
    """A place that was free when somebody looked is not free any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceSearch:
    """What free places of a request are computed from, as the store has it at one moment."""

    asked: ContactRequest
    within: Span
    until: datetime  # beyond that nothing is known yet
    network: Network
    choices: dict[int, Choice]
    taken: tuple[Assignment, ...]
    beside: tuple[ContactRequest, ...]  # requests whose places are taken
    names: RequestBook  # the named times and groups of the store
    policy: Policy


def look(store: Store, asked: ContactRequest, *, instead_of: RequestId = "", now: datetime) -> Availability:
    """Look for free places for a request, as it is asked and around that, from `lead_min` after now on.

    Taken are the places of contacts, and those of requests that leave no choice and wait for the next plan; but those
    of the request itself, and of the one that it shall stand for.
    """
    with store.database.read() as connection:
        search = place_search(store, connection, asked, instead_of=instead_of, now=now)
    return find_places(search)


def place_search(
    store: Store, connection: Connection, asked: ContactRequest, *, instead_of: RequestId = "", now: datetime
) -> PlaceSearch | Availability:
    """Read what `find_places` needs; or the answer, where no place can be free."""
    start = (now + timedelta(seconds=store.settings.lead_s)).replace(microsecond=0) + timedelta(seconds=1)
    until = max(start + timedelta(hours=1), now + timedelta(days=min(store.settings.passes_d, 31)))
    if asked.span.start >= until or asked.span.end <= start:
        over = (_TOO_SOON,) if asked.span.end <= start else ()
        return Availability(as_asked=(), others=(), causes=over, looked_until=until)
    # In this order, for a span may begin in the year 1.
    within = Span(max(start + _AROUND, asked.span.start) - _AROUND, min(until - _AROUND, asked.span.end) + _AROUND)
    _, network = current_network(store.caches, connection, after=now)
    taken = _taken(connection, network, within, but={asked.id, instead_of})
    others = {a.request for a in taken} - {asked.id}
    stored = [value_of(ContactRequest, r.document) for r in requests.select(connection, ids=others)]
    return PlaceSearch(
        asked=asked,
        within=within,
        until=until,
        network=network,
        choices=elements.choices(connection),
        taken=tuple(taken),
        beside=tuple(_asking_nothing(r, within) for r in stored),
        names=with_names(connection, []),
        policy=store.settings.policy,
    )


def find_places(search: PlaceSearch | Availability) -> Availability:
    """Compute the free places of a request; an answer that is there is handed on."""
    if isinstance(search, Availability):
        return search
    asked, within, network, names = search.asked, search.within, search.network, search.names
    sources, without = sources_for(network, search.choices, within)
    relaxed = replace(
        asked,
        span=within,
        stations=(),
        arrays=(),
        min_s=min(asked.min_s, max(_SHORTEST_S, asked.min_s // 2.0)) if asked.split is None else asked.min_s,
        repetition=None,
        group="",
    )
    plain = replace(asked, repetition=None, group="")  # parts are looked for one by one

    def places_of(request: ContactRequest) -> tuple[tuple[FreePlace, ...], PlanInputs]:
        from passplan.scheduling.places import free_places

        book = replace(names, requests=(request, *search.beside))
        inputs = planning.make_inputs(book, sources, network, within, held=search.taken, policy=search.policy)
        return free_places(inputs, request.id), inputs

    def alternative(place: FreePlace, kind: Kind, request: ContactRequest) -> Alternative:
        return _alternative(place, kind, network, request, replace(names, requests=(request,)))

    found, inputs = places_of(plain)
    as_asked = tuple(alternative(p, Kind.AS_ASKED, plain) for p in found)
    causes: tuple[Message, ...] = ()
    if not as_asked:
        in_vain = bool(inputs.search.windows)
        causes = (
            *without,
            *(() if in_vain else planning.why_no_window(inputs.search, replace(names, requests=(plain,)))),
        )
        if in_vain:
            causes += (_ALL_TAKEN,)
    # In the request's own span first: the middle of a pass may lie just outside it.
    inside = replace(relaxed, span=Span(max(within.start, asked.span.start), min(within.end, asked.span.end)))
    around = [(p, _kind(p, asked)) for near in (inside, relaxed) for p in places_of(near)[0]]
    if not around and asked.min_elevation_deg is not None:
        around = [(p, Kind.LOWER) for p in places_of(replace(relaxed, min_elevation_deg=None))[0]]
    ranked = sorted(
        ((_distance_s(p, kind, asked), p, kind) for p, kind in around if kind is not Kind.AS_ASKED),
        key=lambda r: (r[2] is Kind.SHORTER, r[0], r[1]),
    )
    return Availability(
        as_asked=as_asked,
        others=tuple(alternative(p, kind, relaxed) for _, p, kind in _apart(ranked)),
        causes=causes,
        looked_until=search.until,
    )


def require_still_free(
    store: Store,
    connection: Connection,
    places: Sequence[Alternative],
    asked: ContactRequest,
    *,
    instead_of: RequestId = "",
    now: datetime,
) -> None:
    """Refuse places that are no longer free.

    Raises:
        TakenError: when none of the places is free by now.
    """
    _, network = current_network(store.caches, connection, after=now)
    starts, ends = (
        [a.place.occupies.start for a in places],
        [a.place.occupies.end for a in places],
    )
    taken = _taken(connection, network, Span(min(starts), max(ends)), but={asked.id, instead_of})
    if not any(_is_free(a.place, asked, taken, network) for a in places):
        raise TakenError(Message("place_taken", "somebody else has just taken the last free place"))


def _is_free(place: FreePlace, asked: ContactRequest, taken: Sequence[Assignment], network: Network) -> bool:
    """Whether a place meets nothing that is taken."""
    if any(set(a.antennas) & set(place.antennas) and a.occupies.overlaps(place.occupies) for a in taken):
        return False
    link = (asked.satellite, asked.link)
    on_link = [a.contact for a in taken if (a.satellite, a.link) == link]
    edges = [place.contact.start, *(s.start for s in on_link if place.contact.start < s.start < place.contact.end)]
    most = max(sum(s.start <= moment < s.end for s in on_link) for moment in edges)
    return most < channels_of(network).get(link, 0)


def _taken(connection: Connection, network: Network, within: Span, *, but: set[RequestId]) -> list[Assignment]:
    """What counts beside a request: of the time, and of the weeks of agreements."""
    monday = Week.of(within.start).start
    found = contacts.select(connection, states=GIVEN, ends_after=monday)
    given = [c.assignment for c in found if c.state in HOLDING or c.assignment.contact.start < within.end]
    has = {a.request for a in given} | but
    return [*(a for a in given if a.request not in but), *_waiting(connection, network, monday, but=has)]


def _waiting(connection: Connection, network: Network, since: datetime, *, but: set[RequestId]) -> Iterator[Assignment]:
    """The places of requests that leave no choice and have no contact yet: the next plan gives them just these."""
    for stored in requests.select(connection, states=[RequestState.ACCEPTED, RequestState.SUBMITTED]):
        if stored.end <= since or stored.id in but:
            continue
        request = value_of(ContactRequest, stored.document)
        named = request.arrays[0] if request.arrays else request.stations[:1]
        refs = tuple(name for name in named if isinstance(name, AntennaRef))
        if not request.leaves_no_choice or not all(network.has_antenna(ref) for ref in refs):
            continue
        own = [network.antenna(ref) for ref in refs]
        setup_s = max(a.setup_s for a in own) if request.setup_s is None else request.setup_s
        teardown_s = max(a.teardown_s for a in own) if request.teardown_s is None else request.teardown_s
        yield Assignment(
            contact=request.span,
            occupies=Span(
                request.span.start - timedelta(seconds=math.ceil(setup_s)),
                request.span.end + timedelta(seconds=math.ceil(teardown_s)),
            ),
            antennas=tuple(sorted(refs)),
            request=request.id,
            part=1,
            satellite=request.satellite,
            link=request.link,
        )


def _asking_nothing(request: ContactRequest, within: Span) -> ContactRequest:
    """A request that asks for nothing: its contacts count, and that is all."""
    return replace(
        request, span=Span(within.start - timedelta(days=2), within.start - timedelta(days=1)), repetition=None
    )


def _alternative(
    place: FreePlace, kind: Kind, network: Network, asked: ContactRequest, book: RequestBook
) -> Alternative:
    owners = tuple(dict.fromkeys(network.owner(ref) for ref in place.antennas))
    foreign = [o for o in owners if o not in ("", asked.agency)]
    found = Alternative(place=place, kind=kind, owners=owners, asks=(), agreed_minutes=0.0)
    exact = found.request(asked, asked.id)
    return replace(
        found,
        asks=tuple(sorted(approvers(network, exact, replace(book, requests=(exact,))))) if foreign else (),
        agreed_minutes=round(place.contact.duration_s / 60.0, 1) if foreign else 0.0,
    )


def _kind(place: FreePlace, asked: ContactRequest) -> Kind:
    if place.contact.duration_s < asked.min_s:
        return Kind.SHORTER
    in_time = asked.span.start <= place.contact.start and place.contact.end <= asked.span.end
    here = _is_here(place, asked)
    if in_time:
        return Kind.AS_ASKED if here else Kind.OTHER_STATION
    return Kind.OTHER_TIME if here else Kind.OTHER_TIME_AND_STATION


def _is_here(place: FreePlace, asked: ContactRequest) -> bool:
    if asked.arrays:
        return tuple(sorted(place.antennas)) in {tuple(sorted(array)) for array in asked.arrays}
    return not asked.stations or all(any(covers(name, ref) for name in asked.stations) for ref in place.antennas)


def _distance_s(place: FreePlace, kind: Kind, asked: ContactRequest) -> float:
    """How far a place is from what is asked, in seconds of time."""
    off_s = max(asked.span.distance_s(place.contact.start), asked.span.distance_s(place.contact.end))
    here = kind is Kind.OTHER_TIME or (kind in (Kind.SHORTER, Kind.LOWER) and _is_here(place, asked))
    return off_s + (0.0 if here else _ANOTHER_STATION_S)


def _apart(ranked: Sequence[tuple[float, FreePlace, Kind]]) -> list[tuple[float, FreePlace, Kind]]:
    """The nearest, each of another pass: three antennas under one pass are no choice."""
    chosen: list[tuple[float, FreePlace, Kind]] = []
    for item in ranked:
        alike = any(
            p.antennas[0].station == item[1].antennas[0].station and p.contact.overlaps(item[1].contact)
            for _, p, _ in chosen
        )
        if not alike:
            chosen.append(item)
        if len(chosen) == MOST:
            break
    return chosen
