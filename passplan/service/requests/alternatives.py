"""Free places of a request beside the booked contacts: as requested, and the nearest alternatives."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from passplan.domain.contacts import GIVEN, HOLDING, RequestState
from passplan.domain.errors import ConflictError
from passplan.domain.messages import Message
from passplan.domain.network import AgencyId, Agreement, AntennaRef, Network, covers
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
_AROUND = timedelta(hours=24)  # places are searched this far outside the span
_SHORTEST_S = 60.0
_ANOTHER_STATION_S = 3 * 3_600.0  # another station has the distance of this time


_TOO_SOON = Message("span_ends_too_soon", "its span ends before anything could be booked")
_ALL_TAKEN = Message("all_passes_taken", "every pass that it could use is taken by others")


class Kind(StrEnum):
    """How a place differs from the request."""

    AS_ASKED = "as_asked"
    OTHER_TIME = "other_time"
    OTHER_STATION = "other_station"
    OTHER_TIME_AND_STATION = "other_time_and_station"
    SHORTER = "shorter"
    LOWER = "lower"  # below the least elevation of the request


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A place that is free now, and how it differs from the request."""

    place: FreePlace
    kind: Kind
    owners: tuple[AgencyId, ...]  # of its antennas
    asks: tuple[AgencyId, ...]  # owners whose agreement requires an approval
    agreed_minutes: float  # the minutes of agreements that it uses

    def request(self, like: ContactRequest, name: RequestId) -> ContactRequest:
        """A request for exactly this place, otherwise like another."""
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
    """The free places of a request."""

    as_asked: tuple[Alternative, ...]  # in order of time
    others: tuple[Alternative, ...]  # where there is no place as requested: the nearest first, MOST at the most
    causes: tuple[Message, ...]  # why there is no place as requested; empty: there is one
    looked_until: datetime  # the end of the search; later places are unknown

    @property
    def places(self) -> tuple[Alternative, ...]:
        """All free places, those as requested first."""
        return (*self.as_asked, *self.others)


class TakenError(ConflictError):
    """A place that was free in the last search is no longer free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceSearch:
    """The inputs for the free places of a request, read from the store in one snapshot."""

    request: ContactRequest
    within: Span
    until: datetime  # the end of the search; later places are unknown
    network: Network
    choices: dict[int, Choice]
    taken: tuple[Assignment, ...]
    beside: tuple[ContactRequest, ...]  # the requests of `taken`
    names: RequestBook  # the named times and groups of the store
    policy: Policy


def compute_availability(
    store: Store, request: ContactRequest, *, instead_of: RequestId = "", now: datetime
) -> Availability:
    """Search free places for a request, as requested and around that, from `lead_min` after now on.

    Contacts take their places, and so do requests that leave no choice and wait for the next plan; except those of the
    request itself, and of the request that it replaces (`instead_of`).
    """
    with store.database.read() as connection:
        search = place_search(store, connection, request, instead_of=instead_of, now=now)
    return find_places(search)


def place_search(
    store: Store, connection: Connection, request: ContactRequest, *, instead_of: RequestId = "", now: datetime
) -> PlaceSearch | Availability:
    """Read the inputs of `find_places`; or return the answer, where no place can be free."""
    start = (now + timedelta(seconds=store.settings.lead_s)).replace(microsecond=0) + timedelta(seconds=1)
    until = max(start + timedelta(hours=1), now + timedelta(days=min(store.settings.passes_d, 31)))
    if request.span.start >= until or request.span.end <= start:
        causes = (_TOO_SOON,) if request.span.end <= start else ()
        return Availability(as_asked=(), others=(), causes=causes, looked_until=until)
    # In this order, because a span may begin in the year 1.
    within = Span(max(start + _AROUND, request.span.start) - _AROUND, min(until - _AROUND, request.span.end) + _AROUND)
    _, network = current_network(store.caches, connection, after=now)
    taken = _taken(connection, network, within, but={request.id, instead_of})
    beside = {a.request for a in taken} - {request.id}
    stored = [value_of(ContactRequest, r.document) for r in requests.select(connection, ids=beside)]
    return PlaceSearch(
        request=request,
        within=within,
        until=until,
        network=network,
        choices=elements.choices(connection),
        taken=tuple(taken),
        beside=tuple(_outside(r, within) for r in stored),
        names=with_names(connection, []),
        policy=store.settings.policy,
    )


def find_places(search: PlaceSearch | Availability) -> Availability:
    """Compute the free places of a request; an answer is returned unchanged."""
    if isinstance(search, Availability):
        return search
    request, within, network, names = search.request, search.within, search.network, search.names
    sources, without = sources_for(network, search.choices, within)
    relaxed = replace(
        request,
        span=within,
        stations=(),
        arrays=(),
        min_s=min(request.min_s, max(_SHORTEST_S, request.min_s // 2.0)) if request.split is None else request.min_s,
        repetition=None,
        group="",
    )
    plain = replace(request, repetition=None, group="")  # parts are searched one by one

    def places_of(variant: ContactRequest) -> tuple[tuple[FreePlace, ...], PlanInputs]:
        from passplan.scheduling.places import free_places

        book = replace(names, requests=(variant, *search.beside))
        inputs = planning.make_inputs(book, sources, network, within, held=search.taken, policy=search.policy)
        return free_places(inputs, variant.id), inputs

    def alternative(place: FreePlace, kind: Kind, variant: ContactRequest) -> Alternative:
        return _alternative(place, kind, network, variant, replace(names, requests=(variant,)))

    places, inputs = places_of(plain)
    if places:
        as_asked = tuple(alternative(p, Kind.AS_ASKED, plain) for p in places)
        return Availability(as_asked=as_asked, others=(), causes=(), looked_until=search.until)
    has_windows = bool(inputs.search.windows)
    causes = (
        *without,
        *(() if has_windows else planning.why_no_window(inputs.search, replace(names, requests=(plain,)))),
        *((_ALL_TAKEN,) if has_windows else ()),
    )
    # In the request's own span first: the middle of a pass may lie just outside it.
    inside = replace(relaxed, span=Span(max(within.start, request.span.start), min(within.end, request.span.end)))
    around = [(p, _kind(p, request)) for near in (inside, relaxed) for p in places_of(near)[0]]
    if not around and request.min_elevation_deg is not None:
        around = [(p, Kind.LOWER) for p in places_of(replace(relaxed, min_elevation_deg=None))[0]]
    ranked = sorted(
        ((_distance_s(p, kind, request), p, kind) for p, kind in around if kind is not Kind.AS_ASKED),
        key=lambda r: (r[2] is Kind.SHORTER, r[0], r[1]),
    )
    return Availability(
        as_asked=(),
        others=tuple(alternative(p, kind, relaxed) for _, p, kind in _apart(ranked)),
        causes=causes,
        looked_until=search.until,
    )


def require_still_free(
    store: Store,
    connection: Connection,
    places: Sequence[Alternative],
    request: ContactRequest,
    *,
    instead_of: RequestId = "",
    now: datetime,
) -> None:
    """Refuse places that are no longer free.

    Raises:
        TakenError: when none of the places is free by now, or no agreement has the minutes for it any more.
    """
    _, network = current_network(store.caches, connection, after=now)
    starts, ends = (
        [a.place.occupies.start for a in places],
        [a.place.occupies.end for a in places],
    )
    taken = _taken(connection, network, Span(min(starts), max(ends)), but={request.id, instead_of})
    free = [a.place for a in places if _is_free(a.place, request, taken, network)]
    if not free:
        raise TakenError(Message("place_taken", "somebody else has just taken the last free place"))
    if not all(_agreements(network, request.agency, place.antennas) for place in free):
        return
    agency_of = requests.agencies_of(connection, {a.request for a in taken})
    own = [a for a in taken if agency_of[a.request] == request.agency]
    if not any(_is_agreed(place, request, own, network) for place in free):
        raise TakenError(
            Message("minutes_taken", "another request has just taken the last minutes of the agreement for this week")
        )


def _is_free(place: FreePlace, request: ContactRequest, taken: Sequence[Assignment], network: Network) -> bool:
    """Whether a place overlaps no contact in `taken`."""
    if any(set(a.antennas) & set(place.antennas) and a.occupies.overlaps(place.occupies) for a in taken):
        return False
    link = (request.satellite, request.link)
    on_link = [a.contact for a in taken if (a.satellite, a.link) == link]
    edges = [place.contact.start, *(s.start for s in on_link if place.contact.start < s.start < place.contact.end)]
    most = max(sum(s.start <= moment < s.end for s in on_link) for moment in edges)
    return most < channels_of(network).get(link, 0)


def _is_agreed(place: FreePlace, request: ContactRequest, own: Iterable[Assignment], network: Network) -> bool:
    """Whether the agreements of a place have its minutes in its week, beside the agency's own contacts."""
    week = Week.of(place.contact.start)
    in_week = [a for a in own if Week.of(a.contact.start) == week]
    for agreement in _agreements(network, request.agency, place.antennas):
        used = [a.contact for a in in_week if agreement in _agreements(network, request.agency, a.antennas)]
        if sum(s.duration_s for s in (*used, place.contact)) > agreement.minutes_per_week * 60.0:
            return False
    return True


def _agreements(network: Network, agency: AgencyId, antennas: Iterable[AntennaRef]) -> set[Agreement]:
    """The agreements by which an agency uses other agencies' antennas."""
    foreign = {ref.station for ref in antennas if network.owner(ref) not in ("", agency)}
    return {a for station in foreign if (a := network.agreement(agency, station)) is not None}


def _taken(connection: Connection, network: Network, within: Span, *, but: set[RequestId]) -> list[Assignment]:
    """The contacts beside a request: those that overlap in time, and those in the weeks of its agreements."""
    monday = Week.of(within.start).start
    granted = contacts.select(connection, states=GIVEN, ends_after=monday)
    assignments = [c.assignment for c in granted if c.state in HOLDING or c.assignment.contact.start < within.end]
    served = {a.request for a in assignments} | but
    return [*(a for a in assignments if a.request not in but), *_waiting(connection, network, monday, but=served)]


def _waiting(connection: Connection, network: Network, since: datetime, *, but: set[RequestId]) -> Iterator[Assignment]:
    """The places of requests that leave no choice and have no contact yet: the next plan uses exactly these."""
    for stored in requests.select(connection, states=[RequestState.ACCEPTED, RequestState.SUBMITTED]):
        if stored.end <= since or stored.id in but:
            continue
        request = value_of(ContactRequest, stored.document)
        named = request.arrays[0] if request.arrays else request.stations[:1]
        refs = tuple(name for name in named if isinstance(name, AntennaRef))
        if not request.leaves_no_choice or not all(network.has_antenna(ref) for ref in refs):
            continue
        antennas = [network.antenna(ref) for ref in refs]
        setup_s = max(a.setup_s for a in antennas) if request.setup_s is None else request.setup_s
        teardown_s = max(a.teardown_s for a in antennas) if request.teardown_s is None else request.teardown_s
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


def _outside(request: ContactRequest, within: Span) -> ContactRequest:
    """A request with its span before `within`: nothing is planned for it, and its contacts still count."""
    return replace(
        request, span=Span(within.start - timedelta(days=2), within.start - timedelta(days=1)), repetition=None
    )


def _alternative(
    place: FreePlace, kind: Kind, network: Network, request: ContactRequest, book: RequestBook
) -> Alternative:
    owners = tuple(dict.fromkeys(network.owner(ref) for ref in place.antennas))
    foreign = [o for o in owners if o not in ("", request.agency)]
    alternative = Alternative(place=place, kind=kind, owners=owners, asks=(), agreed_minutes=0.0)
    exact = alternative.request(request, request.id)
    return replace(
        alternative,
        asks=tuple(sorted(approvers(network, exact, replace(book, requests=(exact,))))) if foreign else (),
        agreed_minutes=round(place.contact.duration_s / 60.0, 1) if foreign else 0.0,
    )


def _kind(place: FreePlace, request: ContactRequest) -> Kind:
    if place.contact.duration_s < request.min_s:
        return Kind.SHORTER
    is_in_time = request.span.start <= place.contact.start and place.contact.end <= request.span.end
    is_here = _is_here(place, request)
    if is_in_time:
        return Kind.AS_ASKED if is_here else Kind.OTHER_STATION
    return Kind.OTHER_TIME if is_here else Kind.OTHER_TIME_AND_STATION


def _is_here(place: FreePlace, request: ContactRequest) -> bool:
    if request.arrays:
        return tuple(sorted(place.antennas)) in {tuple(sorted(array)) for array in request.arrays}
    return not request.stations or all(any(covers(name, ref) for name in request.stations) for ref in place.antennas)


def _distance_s(place: FreePlace, kind: Kind, request: ContactRequest) -> float:
    """The distance of a place from the request, in seconds of time."""
    off_s = max(request.span.distance_s(place.contact.start), request.span.distance_s(place.contact.end))
    is_here = kind is Kind.OTHER_TIME or (kind in (Kind.SHORTER, Kind.LOWER) and _is_here(place, request))
    return off_s + (0.0 if is_here else _ANOTHER_STATION_S)


def _apart(ranked: Sequence[tuple[float, FreePlace, Kind]]) -> list[tuple[float, FreePlace, Kind]]:
    """The nearest places, one of each pass: three antennas under one pass are not different alternatives."""
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
