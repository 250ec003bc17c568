"""The rules of a schedule, read again from scratch.

Nothing here comes from the planner, so that a mistake of the one is not a mistake of the other too.

What is held was decided before, and a planner cannot undo it. So held assignments count in every sum and stand in
everybody's way, and a rule that they break among themselves is not reported, with three exceptions: an antenna or a
link that they overfill, and a held assignment that is missing or changed.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from passplan.domain.messages import Message
from passplan.domain.network import AgencyId, Antenna, AntennaRef, LinkId, Network, SatelliteId, Station
from passplan.domain.requests import ContactRequest, Priority, Repetition, RequestBook, RequestId, Split
from passplan.domain.schedule import Assignment, Policy, Refusal, Schedule, Violation
from passplan.domain.span import Span
from passplan.domain.windows import ContactWindow, Pointing

_DAY = timedelta(days=1)
_ROUNDING = timedelta(microseconds=1)  # of a float's seconds, added to an instant
_TOLERANCE = 1e-6  # relative, and absolute where values are small
_PRIORITY_VALUE = {Priority.EMERGENCY: 64.0, Priority.CRITICAL: 16.0, Priority.HIGH: 4.0, Priority.ROUTINE: 1.0}


def check(
    schedule: Schedule,
    book: RequestBook,
    network: Network,
    windows: Sequence[ContactWindow],
    *,
    held: Sequence[Assignment] = (),
) -> tuple[Violation, ...]:
    """Every rule that a schedule breaks; none for a good one."""
    case = _case(schedule, book, network, windows, held)
    return tuple(Violation(rule=rule, message=message) for rule, breaks in _RULES for message in breaks(case))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A schedule and all that it is judged by, with what the rules look up."""

    schedule: Schedule
    book: RequestBook
    network: Network
    held: frozenset[Assignment]
    requests: dict[RequestId, ContactRequest]
    parts: dict[RequestId, dict[int, Span]]
    given: dict[RequestId, list[Assignment]]  # of requests in the book, in order of part
    chosen: tuple[Assignment, ...]  # what is not held
    windows: dict[tuple[RequestId, tuple[AntennaRef, ...]], list[ContactWindow]]
    antennas: dict[AntennaRef, tuple[Station, Antenna]]

    def is_held(self, *assignments: Assignment) -> bool:
        """Whether all of these were decided before."""
        return all(a in self.held for a in assignments)

    def windows_of(self, assignment: Assignment) -> list[ContactWindow]:
        """The windows of its request at exactly its antennas."""
        return self.windows.get((assignment.request, assignment.antennas), [])

    def windows_around(self, assignment: Assignment) -> list[ContactWindow]:
        """Those of them that hold its contact."""
        return [w for w in self.windows_of(assignment) if _outside(assignment.contact, w.span) == timedelta(0)]


def _case(
    schedule: Schedule,
    book: RequestBook,
    network: Network,
    windows: Sequence[ContactWindow],
    held: Sequence[Assignment],
) -> _Case:
    requests = {r.id: r for r in book.requests}
    held_ones = frozenset(held)
    given = defaultdict(list)
    for assignment in sorted(schedule.assignments, key=lambda a: (a.part, a.contact)):
        if assignment.request in requests:
            given[assignment.request].append(assignment)
    windows_by_antennas = defaultdict(list)
    for window in windows:
        windows_by_antennas[window.request, window.antennas].append(window)
    return _Case(
        schedule=schedule,
        book=book,
        network=network,
        held=held_ones,
        requests=requests,
        parts={r.id: _parts_of(r, schedule.span) for r in book.requests},
        given=dict(given),
        chosen=tuple(a for a in schedule.assignments if a not in held_ones),
        windows=dict(windows_by_antennas),
        antennas={AntennaRef(s.id, a.id): (s, a) for s in network.stations for a in s.antennas},
    )


def _parts_of(request: ContactRequest, span: Span) -> dict[int, Span]:
    """What a request asks for inside a span: its parts, and where the contact of each starts.

    A split request is one part here: however it is cut, it is served or it is not. Parts by the day are numbered from
    the request's own first day.
    """
    if request.repetition is None or not _meets(request.span, span):
        return {1: request.span}  # one to refuse, where the spans do not meet
    times = request.repetition.times
    if request.repetition.period == "span":
        return dict.fromkeys(range(1, times + 1), request.span)
    days = _days(max(request.span.start, span.start), min(request.span.end, span.end))
    return {
        1 + (day.start.date() - request.span.start.date()).days * times + k: day for day in days for k in range(times)
    }


def _days(start: datetime, end: datetime) -> list[Span]:
    """The UTC days that [start, end) touches."""
    days = []
    day = datetime.combine(start.date(), time(), UTC)
    while max(start, day) < end:
        days.append(Span(day, day + _DAY))
        day += _DAY
    return days


# --- who takes part ---


def _unknown(case: _Case) -> Iterator[Message]:
    """Everything that an assignment names is there, and is what its request asks for."""
    links = {(s.id, k.id) for s in case.network.satellites for k in s.links}
    for a in case.chosen:
        request = case.requests.get(a.request)
        if request is None:
            yield Message("unknown_request", "%(where)s: no such request is in the book", where=_where(a))
        elif (a.satellite, a.link) != (request.satellite, request.link):
            yield (
                Message(
                    "wrong_link",
                    "%(where)s: it is with %(satellite)s over %(link)s, and the request asks for "
                    "%(wanted_satellite)s over %(wanted_link)s",
                    where=_where(a),
                    satellite=a.satellite,
                    link=a.link,
                    wanted_satellite=request.satellite,
                    wanted_link=request.link,
                )
            )
        if (a.satellite, a.link) not in links:
            yield Message(
                "unknown_link",
                "%(where)s: the network has no link %(link)s of %(satellite)s",
                where=_where(a),
                link=a.link,
                satellite=a.satellite,
            )
        for antenna in a.antennas:
            if antenna not in case.antennas:
                yield Message(
                    "unknown_antenna",
                    "%(where)s: the network has no antenna %(antenna)s",
                    where=_where(a),
                    antenna=str(antenna),
                )


def _inadmissible(case: _Case) -> Iterator[Message]:
    """A contact is where its request and its agency's agreements let it be."""
    for a in case.chosen:
        request = case.requests.get(a.request)
        if request is None:
            continue
        where = _where(a)
        arrays = {tuple(sorted(array)) for array in request.arrays}
        if arrays and tuple(sorted(a.antennas)) not in arrays:
            yield Message(
                "wrong_array",
                "%(where)s: %(antennas)s is none of the arrays that it asks for",
                where=where,
                antennas=_and(a.antennas),
            )
        if not arrays and len(a.antennas) != 1:
            yield Message(
                "array_not_asked",
                "%(where)s: it has %(count)s antennas at once, and asks for no array",
                where=where,
                count=len(a.antennas),
            )
        for antenna in a.antennas:
            if antenna not in case.antennas:
                continue
            station, _ = case.antennas[antenna]
            if request.stations and not {antenna, station.id} & set(request.stations):
                yield Message(
                    "wrong_station",
                    "%(where)s: %(antenna)s is none of %(stations)s, which it asks for",
                    where=where,
                    antenna=str(antenna),
                    stations=tuple(map(str, request.stations)),
                )
            if _is_foreign(station, request.agency) and _agreement(case.network, request.agency, station) is None:
                yield Message(
                    "no_agreement_for",
                    "%(where)s: %(antenna)s belongs to %(owner)s, and no agreement lets %(agency)s use it",
                    where=where,
                    antenna=str(antenna),
                    owner=station.agency,
                    agency=request.agency,
                )


def _is_foreign(station: Station, agency: AgencyId) -> bool:
    return station.agency not in ("", agency)


def _agreement(network: Network, agency: AgencyId, station: Station) -> int | None:
    """Which agreement lets an agency use a station, the first where there are several."""
    for index, agreement in enumerate(network.agreements):
        if agreement.user == agency and station.id in agreement.stations:
            return index
    return None


# --- where and when ---


def _out_of_window(case: _Case) -> Iterator[Message]:
    """A contact lies inside a window and both spans, and holds its antennas for setup and teardown."""
    for a in case.chosen:
        request = case.requests.get(a.request)
        if request is None:
            continue
        where = _place(a)
        around = case.windows_around(a)
        if not case.windows_of(a):
            yield Message("no_window", "%(where)s: it has no window there", where=where)
        elif not around:
            nearest = min(_outside(a.contact, w.span) for w in case.windows_of(a))
            yield Message(
                "outside_window",
                "%(where)s: %(length)s of it are outside its nearest window there",
                where=where,
                length=_s(nearest),
            )
        elif not any(_is_widened(a, w) for w in around):
            wanted = " or ".join(sorted({f"{w.setup_s:g} s and {w.teardown_s:g} s" for w in around}))
            before, after = a.contact.start - a.occupies.start, a.occupies.end - a.contact.end
            yield Message(
                "wrong_hold",
                "%(where)s: it holds its antennas %(before)s before and %(after)s after, which should be %(wanted)s",
                where=where,
                before=_s(before),
                after=_s(after),
                wanted=wanted,
            )
        if (outside := _outside(a.contact, request.span)) > timedelta(0):
            yield Message(
                "outside_request",
                "%(where)s: %(length)s of it are outside the request's span, %(span)s",
                where=where,
                length=_s(outside),
                span=_when(request.span),
            )
        if (outside := _outside(a.contact, case.schedule.span)) > timedelta(0):
            yield Message(
                "outside_schedule",
                "%(where)s: %(length)s of it are outside the schedule's span, %(span)s",
                where=where,
                length=_s(outside),
                span=_when(case.schedule.span),
            )


def _outside(contact: Span, span: Span) -> timedelta:
    """How far a contact reaches out of a span, at both ends together."""
    return max(timedelta(0), span.start - contact.start) + max(timedelta(0), contact.end - span.end)


def _is_widened(a: Assignment, window: ContactWindow) -> bool:
    start = a.contact.start - timedelta(seconds=window.setup_s)
    end = a.contact.end + timedelta(seconds=window.teardown_s)
    return abs(a.occupies.start - start) <= _ROUNDING and abs(a.occupies.end - end) <= _ROUNDING


# --- who stands in whose way ---


def _antenna_clashes(case: _Case) -> Iterator[Message]:
    """An antenna serves one contact at a time, and has the time to turn from one to the next."""
    users = defaultdict(list)
    for a in case.schedule.assignments:
        for antenna in set(a.antennas):
            users[antenna].append(a)
    for antenna in sorted(users):
        yield from _overlaps(antenna, users[antenna])
        _, limits = case.antennas.get(antenna, (None, None))
        if limits is not None and limits.slew_deg_s is not None:
            yield from _hasty_turns(case, antenna, limits, limits.slew_deg_s, users[antenna])


def _overlaps(antenna: AntennaRef, users: list[Assignment]) -> Iterator[Message]:
    """Each assignment that begins before an earlier one has ended."""
    first, *others = sorted(users, key=lambda a: (a.occupies, a))
    last = first  # of those so far, the one that ends last
    for a in others:
        overlap = min(a.occupies.end, last.occupies.end) - a.occupies.start
        if overlap > timedelta(0):
            yield (
                Message(
                    "antenna_overlap",
                    "%(antenna)s: %(first)s holds it %(first_time)s and %(second)s %(second_time)s, which "
                    "overlap by %(overlap)s",
                    antenna=str(antenna),
                    first=_who(last),
                    first_time=_when(last.occupies),
                    second=_who(a),
                    second_time=_when(a.occupies),
                    overlap=_s(overlap),
                )
            )
        last = max(last, a, key=lambda b: b.occupies.end)


def _hasty_turns(
    case: _Case, antenna: AntennaRef, limits: Antenna, slew_deg_s: float, users: list[Assignment]
) -> Iterator[Message]:
    """Each contact that follows one with another satellite before the antenna can have turned."""
    for before, after in pairwise(sorted(users, key=lambda a: (a.contact, a))):
        if before.satellite == after.satellite or case.is_held(before, after):
            continue
        if after.occupies.start < before.occupies.end:
            continue  # said already
        angle_deg = min(
            (
                _turn_deg(one, other, has_stops=limits.cable_stops_deg is not None)
                for one in _pointings(case, before, antenna)
                for other in _pointings(case, after, antenna)
            ),
            default=None,
        )
        if angle_deg is None:
            continue
        teardown_s = _of_request(case, before, "teardown_s", limits.teardown_s)
        setup_s = _of_request(case, after, "setup_s", limits.setup_s)
        gap_s = (after.contact.start - before.contact.end).total_seconds()
        needed_s = teardown_s + angle_deg / slew_deg_s + setup_s
        if gap_s < needed_s - _TOLERANCE:
            yield (
                Message(
                    "turn_too_short",
                    "%(antenna)s: %(after)s with %(after_satellite)s starts %(gap_s)g s after %(before)s with "
                    "%(before_satellite)s ends, %(time)s; teardown, a turn by %(angle_deg).1f degrees and setup "
                    "take %(needed_s)g s",
                    antenna=str(antenna),
                    after=_who(after),
                    after_satellite=after.satellite,
                    gap_s=gap_s,
                    before=_who(before),
                    before_satellite=before.satellite,
                    time=_when(before.contact),
                    angle_deg=angle_deg,
                    needed_s=needed_s,
                )
            )


def _pointings(case: _Case, a: Assignment, antenna: AntennaRef) -> list[Pointing]:
    """Where an antenna points at the ends of a contact's windows; nothing where it is not known."""
    place = a.antennas.index(antenna)
    return [
        pointings[place]
        for w in case.windows_around(a)
        for pointings in (w.start_pointing, w.end_pointing)
        if place < len(pointings)
    ]


def _turn_deg(one: Pointing, other: Pointing, *, has_stops: bool) -> float:
    """How far the axis turns that turns farther, both at once; azimuth the short way where no stop is."""
    azimuth_deg = abs(one[0] - other[0])
    if not has_stops:
        azimuth_deg = min(azimuth_deg % 360.0, 360.0 - azimuth_deg % 360.0)
    return max(azimuth_deg, abs(one[1] - other[1]))


def _of_request(case: _Case, a: Assignment, field: str, otherwise: float) -> float:
    """The setup or teardown of a request, or else the antenna's own."""
    own: float | None = getattr(case.requests.get(a.request), field, None)
    return otherwise if own is None else own


def _full_links(case: _Case) -> Iterator[Message]:
    """A link carries at most as many contacts at once as it has channels."""
    capacities = {(s.id, k.id): k.capacity for s in case.network.satellites for k in s.links}
    running: defaultdict[tuple[SatelliteId, LinkId], list[Assignment]] = defaultdict(list)
    for a in sorted(case.schedule.assignments):
        link = (a.satellite, a.link)
        running[link] = [b for b in running[link] if b.contact.end > a.contact.start] + [a]
        if link in capacities and len(running[link]) > capacities[link]:
            names = tuple(_who(b) for b in running[link])
            yield (
                Message(
                    "link_overfilled",
                    "%(link)s of %(satellite)s, at %(at)s UTC: it carries %(count)s contacts, and its capacity "
                    "is %(capacity)s: %(contacts)s",
                    link=a.link,
                    satellite=a.satellite,
                    at=_at(a.contact.start),
                    count=len(running[link]),
                    capacity=capacities[link],
                    contacts=names,
                )
            )


# --- how long, how often ---


def _wrong_lengths(case: _Case) -> Iterator[Message]:
    """A contact is as long as its request asks, and there are no more parts than it allows."""
    for name, given in case.given.items():
        request = case.requests[name]
        if request.split is not None:
            yield from _wrong_split(case, request, request.split, given)
            continue
        for a in given:
            if not case.is_held(a):
                yield from _wrong_length(
                    Message("contact_has", "%(where)s: it has", where=_where(a)),
                    a.contact.end - a.contact.start,
                    request,
                )
        if request.repetition is None and not case.is_held(*given):
            if len(given) > 1:
                yield Message(
                    "too_many_contacts",
                    'request "%(request)s": it has %(count)s contacts, and asks for one: %(times)s',
                    request=name,
                    count=len(given),
                    times=_whens(given),
                )
            for a in given:
                if a.part != 1 and not case.is_held(a):
                    yield Message("no_parts", "%(where)s: the request has no parts beyond 1", where=_where(a))


def _wrong_split(case: _Case, request: ContactRequest, split: Split, given: list[Assignment]) -> Iterator[Message]:
    if case.is_held(*given):
        return
    where = _request(request.id)
    numbers = [a.part for a in given]
    if numbers != list(range(1, len(given) + 1)):
        yield Message(
            "parts_miscounted",
            "%(where)s: its parts are %(parts)s; they count from 1, each once: %(times)s",
            where=where,
            parts=_and(map(str, numbers)),
            times=_whens(given),
        )
    if len(given) > split.max_parts:
        yield Message(
            "too_many_parts",
            "%(where)s: it is split into %(count)s parts, %(most)s at most: %(times)s",
            where=where,
            count=len(given),
            most=split.max_parts,
            times=_whens(given),
        )
    for a in given:
        length = a.contact.end - a.contact.start
        if len(given) > 1 and not case.is_held(a) and length < timedelta(seconds=split.min_part_s):
            yield Message(
                "part_too_short",
                "%(where)s: it has %(length)s, and a part has %(least_s)g s at least",
                where=_where(a),
                length=_s(length),
                least_s=split.min_part_s,
            )
    yield from _wrong_length(
        Message("parts_have", "%(where)s: its parts %(times)s have", where=where, times=_whens(given)),
        _together(given),
        request,
    )


def _wrong_length(what: Message, length: timedelta, request: ContactRequest) -> Iterator[Message]:
    least, most = timedelta(seconds=request.min_s), timedelta(seconds=request.wanted_s)
    if length < least:
        yield Message(
            "too_short",
            "%(what)s %(length)s, %(lacking)s less than the least it asks for",
            what=what,
            length=_s(length),
            lacking=_s(least - length),
        )
    if length > most:
        yield Message(
            "too_long",
            "%(what)s %(length)s, %(excess)s more than it asks for",
            what=what,
            length=_s(length),
            excess=_s(length - most),
        )


def _wrong_repetitions(case: _Case) -> Iterator[Message]:
    """The parts of a repeated request are there once, in order, in their periods, neither too near nor too far."""
    for name, given in case.given.items():
        repetition = case.requests[name].repetition
        if repetition is None:
            continue
        starts = case.parts[name]
        for a in given:
            if case.is_held(a):
                continue
            if a.part not in starts:
                yield Message(
                    "part_outside_schedule",
                    "%(where)s: the request has the parts %(first)s to %(last)s in this schedule",
                    where=_where(a),
                    first=min(starts),
                    last=max(starts),
                )
            elif repetition.period == "day" and not starts[a.part].start <= a.contact.start < starts[a.part].end:
                yield Message(
                    "part_on_other_day",
                    "%(where)s: this part belongs to %(day)s",
                    where=_where(a),
                    day=str(starts[a.part].start.date()),
                )
        for before, after in pairwise(given):
            if not case.is_held(before, after):
                yield from _wrong_gap(repetition, before, after)


def _wrong_gap(repetition: Repetition, before: Assignment, after: Assignment) -> Iterator[Message]:
    where = _where(after)
    gap = after.contact.start - before.contact.end
    if before.part == after.part:
        yield Message(
            "part_repeated", "%(where)s: this part is there already, %(time)s", where=where, time=_when(before.contact)
        )
    elif gap < timedelta(0):
        yield Message(
            "parts_overlap",
            "%(where)s: it starts %(length)s before part %(part)s ends, %(time)s",
            where=where,
            length=_s(-gap),
            part=before.part,
            time=_when(before.contact),
        )
    elif gap < timedelta(seconds=repetition.min_spacing_s):
        yield (
            Message(
                "parts_too_near",
                "%(where)s: it starts %(length)s after part %(part)s ends, %(time)s; the least is %(least_s)g s",
                where=where,
                length=_s(gap),
                part=before.part,
                time=_when(before.contact),
                least_s=repetition.min_spacing_s,
            )
        )
    elif repetition.max_gap_s is not None and gap > timedelta(seconds=repetition.max_gap_s):
        yield (
            Message(
                "parts_too_far",
                "%(where)s: it starts %(length)s after part %(part)s ends, %(time)s; the most is %(most_s)g s",
                where=where,
                length=_s(gap),
                part=before.part,
                time=_when(before.contact),
                most_s=repetition.max_gap_s,
            )
        )


def _broken_groups(case: _Case) -> Iterator[Message]:
    """Of a group, at most one request is served, or all or none of them."""
    members = defaultdict(list)
    for request in case.book.requests:
        members[request.group].append(request.id)
    for group in case.book.groups:
        served = [name for name in members[group.id] if name in case.given]
        unserved = [name for name in members[group.id] if name not in case.given]
        if all(any(case.is_held(a) for a in case.given[name]) for name in served):
            continue  # nobody chose any of them
        if group.kind == "one_of" and len(served) > 1:
            yield Message(
                "group_served_twice",
                'group "%(group)s": %(served)s are served, and only one of the group may be',
                group=group.id,
                served=_and(served),
            )
        if group.kind == "all_of" and unserved:
            yield Message(
                "group_served_in_part",
                'group "%(group)s": %(served)s served, %(unserved)s not; the group is served whole or not',
                group=group.id,
                served=_and(served),
                unserved=_and(unserved),
            )


def _overdrawn_agreements(case: _Case) -> Iterator[Message]:
    """An agency uses another's stations for no more minutes a week than agreed."""
    charges: defaultdict[tuple[int, date], list[Assignment]] = defaultdict(list)
    for name, given in case.given.items():
        for a in given:
            day = a.contact.start.date()
            monday = day - timedelta(days=day.weekday())
            for index in _charged(case, case.requests[name].agency, a.antennas):
                charges[index, monday].append(a)
    for index, monday in sorted(charges):
        charged = charges[index, monday]
        agreement = case.network.agreements[index]
        excess = _together(charged) - timedelta(minutes=agreement.minutes_per_week)
        if excess > timedelta(0) and not case.is_held(*charged):
            yield (
                Message(
                    "agreement_overdrawn",
                    "agreement %(number)s, of %(owner)s with %(user)s for %(stations)s, week from %(monday)s: "
                    "%(excess)s more than its %(minutes)g minutes are used, by %(contacts)s",
                    number=index + 1,
                    owner=agreement.owner,
                    user=agreement.user,
                    stations=_and(agreement.stations),
                    monday=str(monday),
                    excess=_s(excess),
                    minutes=agreement.minutes_per_week,
                    contacts=tuple(_who(a) for a in sorted(charged)),
                )
            )


def _charged(case: _Case, agency: AgencyId, antennas: tuple[AntennaRef, ...]) -> set[int]:
    """The agreements that a contact uses, each once however many of its antennas stand there."""
    stations = [case.antennas[antenna][0] for antenna in antennas if antenna in case.antennas]
    foreign = [_agreement(case.network, agency, s) for s in stations if _is_foreign(s, agency)]
    return {index for index in foreign if index is not None}


# --- what is said about it ---


def _lost_holds(case: _Case) -> Iterator[Message]:
    """What is held is there, as it was."""
    now_at = {(a.request, a.part): a for a in case.chosen}
    for a in sorted(case.held.difference(case.schedule.assignments)):
        now = now_at.get((a.request, a.part))
        if now is None:
            found = Message("hold_gone", "it is gone")
        elif (now.antennas, now.contact) == (a.antennas, a.contact):
            found = Message("hold_changed", "its hold, satellite or link is another now")
        else:
            antennas, when = _and(now.antennas), _when(now.contact)
            found = Message("hold_moved", "it is at %(antennas)s now, %(time)s", antennas=antennas, time=when)
        yield Message("hold_lost", "%(where)s: it is held, and %(change)s", where=_place(a), change=found)


def _wrong_refusals(case: _Case) -> Iterator[Message]:
    """Everything asked for is either given or refused."""
    given = set(_given_s(case))
    refused = Counter(map(_key, case.schedule.refusals))
    for (name, part), count in sorted(refused.items()):
        if name not in case.requests:
            yield Message(
                "refusal_unknown_request",
                'request "%(request)s" part %(part)s: it is refused, and no such request is in the book',
                request=name,
                part=part,
            )
        elif part not in case.parts[name]:
            yield Message(
                "refusal_unknown_part",
                'request "%(request)s" part %(part)s: it is refused, and the request has %(parts)s parts',
                request=name,
                part=part,
                parts=len(case.parts[name]),
            )
        elif (name, part) in given:
            yield Message(
                "given_and_refused",
                'request "%(request)s" part %(part)s: it is given and refused',
                request=name,
                part=part,
            )
        if count > 1:
            yield Message(
                "refused_repeatedly",
                'request "%(request)s" part %(part)s: it is refused %(count)s times',
                request=name,
                part=part,
                count=count,
            )
    for name, parts in case.parts.items():
        if name in case.given and not _meets(case.requests[name].span, case.schedule.span):
            continue  # it is here for what it was given before the schedule's span, or after it
        for part in parts:
            if (name, part) not in given and (name, part) not in refused:
                yield Message(
                    "neither_given_nor_refused",
                    'request "%(request)s" part %(part)s: it is neither given nor refused',
                    request=name,
                    part=part,
                )


def _meets(a: Span, b: Span) -> bool:
    return a.start < b.end and b.start < a.end


def _key(refusal: Refusal) -> tuple[RequestId, int]:
    return refusal.request, refusal.part


def _given_s(case: _Case) -> dict[tuple[RequestId, int], float]:
    """What each part of each request is given [s]; a split request as a whole, under part 1."""
    lengths: defaultdict[tuple[RequestId, int], timedelta] = defaultdict(timedelta)
    for name, given in case.given.items():
        for a in given:
            part = a.part if case.requests[name].split is None else 1
            lengths[name, part] += a.contact.end - a.contact.start
    return {key: length.total_seconds() for key, length in lengths.items()}


@dataclass(slots=True)
class _Tally:
    """What an agency asked for and was given."""

    requests_asked: int = 0
    requests_served: int = 0
    minutes_asked: float = 0.0
    minutes_given: float = 0.0


def _value(policy: Policy, request: ContactRequest, seconds: float) -> float:
    """What a contact of so many seconds is worth."""
    return (
        _PRIORITY_VALUE[request.priority] * request.weight * (policy.per_request + policy.per_minute * seconds / 60.0)
    )


def _unfairness(policy: Policy, unserved: Sequence[float]) -> float:
    """The penalty of unserved shares, in units of the value that a mean agency asks for."""
    shares = [max(0.0, u) for u in unserved]
    return policy.unserved_weight * math.fsum(u * u for u in shares) + policy.worst_weight * max(shares)


def _wrong_value(case: _Case) -> Iterator[Message]:
    """The value, its bound and the agencies' shares are what the assignments make them."""
    schedule, policy = case.schedule, case.schedule.policy
    tallies: defaultdict[AgencyId, _Tally] = defaultdict(_Tally)
    asked, served = [], []
    for request in case.book.requests:
        count = len(case.parts[request.id])
        asked.append(count * _value(policy, request, request.wanted_s))
        tallies[request.agency].requests_asked += count
        tallies[request.agency].minutes_asked += count * request.wanted_s / 60.0
    for (name, _), seconds in _given_s(case).items():
        request = case.requests[name]
        served.append(_value(policy, request, seconds))
        tallies[request.agency].requests_served += 1
        tallies[request.agency].minutes_given += seconds / 60.0
    unserved = [1.0 - t.minutes_given / t.minutes_asked for t in tallies.values()]
    penalty = math.fsum(asked) / len(tallies) * _unfairness(policy, unserved) if tallies else 0.0
    value = math.fsum(served) - penalty
    if not _agree(value, schedule.value):
        yield Message(
            "wrong_value", "the value is said to be %(said).9g, and is %(value).9g", said=schedule.value, value=value
        )
    if not schedule.value <= schedule.bound + _TOLERANCE:
        yield Message(
            "value_above_bound",
            "the value %(value).9g is above its bound %(bound).9g",
            value=schedule.value,
            bound=schedule.bound,
        )
    if not _agree(penalty, schedule.fairness.penalty):
        yield Message(
            "wrong_penalty",
            "the fairness penalty is said to be %(said).9g, and is %(penalty).9g",
            said=schedule.fairness.penalty,
            penalty=penalty,
        )
    yield from _wrong_shares(case, tallies)


def _wrong_shares(case: _Case, tallies: dict[AgencyId, _Tally]) -> Iterator[Message]:
    names = [share.agency for share in case.schedule.fairness.agencies]
    if names != sorted(set(names)):
        yield Message(
            "fairness_order",
            "fairness lists %(agencies)s; each agency stands there once, in order",
            agencies=_and(names),
        )
    for name in sorted(set(tallies) - set(names)):
        yield Message(
            "fairness_lacks",
            "fairness leaves out %(agency)s, which asks for %(minutes)g minutes",
            agency=name,
            minutes=tallies[name].minutes_asked,
        )
    for share in case.schedule.fairness.agencies:
        tally = tallies.get(share.agency, _Tally())
        for field in ("requests_asked", "requests_served", "minutes_asked", "minutes_given"):
            said, found = getattr(share, field), getattr(tally, field)
            if not _agree(found, said):
                yield Message(
                    "wrong_share",
                    "%(field)s of %(agency)s is said to be %(said).9g, and is %(value).9g",
                    field=field,
                    agency=share.agency,
                    said=said,
                    value=found,
                )


def _agree(found: float, said: float) -> bool:
    return math.isclose(found, said, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)


def _disorder(case: _Case) -> Iterator[Message]:
    """Assignments are in order."""
    for before, after in pairwise(case.schedule.assignments):
        if after < before:
            yield Message(
                "wrong_order", "%(after)s: it stands after %(before)s", after=_where(after), before=_where(before)
            )


def _untrue_moves(case: _Case) -> Iterator[Message]:
    """What is said to have moved is where it is said to be now, and no longer where it was."""
    present = set(case.schedule.assignments)
    for move in case.schedule.moves:
        if move.before in present:
            yield Message(
                "move_still_there", "%(where)s: it is said to have moved, and is still there", where=_where(move.before)
            )
        if move.after is not None and move.after not in present:
            yield Message(
                "move_not_there",
                "%(where)s: it is said to have moved there, and is not there",
                where=_where(move.after),
            )


_RULES: tuple[tuple[str, Callable[[_Case], Iterator[Message]]], ...] = (
    ("known", _unknown),
    ("admissible", _inadmissible),
    ("window", _out_of_window),
    ("antenna", _antenna_clashes),
    ("link", _full_links),
    ("length", _wrong_lengths),
    ("repetition", _wrong_repetitions),
    ("group", _broken_groups),
    ("agreement", _overdrawn_agreements),
    ("held", _lost_holds),
    ("refusal", _wrong_refusals),
    ("value", _wrong_value),
    ("order", _disorder),
    ("moves", _untrue_moves),
)


# --- words ---


def _together(assignments: Sequence[Assignment]) -> timedelta:
    return sum((a.contact.end - a.contact.start for a in assignments), timedelta(0))


def _request(name: RequestId) -> Message:
    return Message("checked_request", 'request "%(request)s"', request=name)


def _who(a: Assignment) -> Message:
    return Message("checked_part", 'request "%(request)s" part %(part)s', request=a.request, part=a.part)


def _where(a: Assignment) -> Message:
    return Message("checked_contact", "%(contact)s, %(time)s", contact=_who(a), time=_when(a.contact))


def _place(a: Assignment) -> Message:
    return Message(
        "checked_place",
        "%(contact)s at %(antennas)s, %(time)s",
        contact=_who(a),
        antennas=_and(a.antennas),
        time=_when(a.contact),
    )


def _at(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(sep=" ")


def _when(span: Span) -> Message:
    """From and to; the day once, where it is one."""
    is_one_day = span.start.date() == span.end.date()
    end = span.end.time().isoformat() if is_one_day else _at(span.end)
    return Message("checked_time", "%(start)s to %(end)s UTC", start=_at(span.start), end=end)


def _whens(assignments: Sequence[Assignment]) -> tuple[Message, ...]:
    return tuple(_when(a.contact) for a in assignments)


def _and(names: Iterable[object]) -> Message | str:
    first, *others = map(str, names)
    return Message("both", "%(first)s and %(others)s", first=first, others=_and(others)) if others else first


def _s(length: timedelta) -> str:
    return f"{length.total_seconds():.9g} s"
