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
    return tuple(Violation(rule=rule, sentence=sentence) for rule, breaks in _RULES for sentence in breaks(case))


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


def _unknown(case: _Case) -> Iterator[str]:
    """Everything that an assignment names is there, and is what its request asks for."""
    links = {(s.id, k.id) for s in case.network.satellites for k in s.links}
    for a in case.chosen:
        request = case.requests.get(a.request)
        if request is None:
            yield f"{_who(a)}, {_when(a.contact)}: no such request is in the book"
        elif (a.satellite, a.link) != (request.satellite, request.link):
            yield (
                f"{_who(a)}, {_when(a.contact)}: it is with {a.satellite} over {a.link}, "
                f"and the request asks for {request.satellite} over {request.link}"
            )
        if (a.satellite, a.link) not in links:
            yield f"{_who(a)}, {_when(a.contact)}: the network has no link {a.link} of {a.satellite}"
        for antenna in a.antennas:
            if antenna not in case.antennas:
                yield f"{_who(a)}, {_when(a.contact)}: the network has no antenna {antenna}"


def _inadmissible(case: _Case) -> Iterator[str]:
    """A contact is where its request and its agency's agreements let it be."""
    for a in case.chosen:
        request = case.requests.get(a.request)
        if request is None:
            continue
        where = f"{_who(a)}, {_when(a.contact)}"
        arrays = {tuple(sorted(array)) for array in request.arrays}
        if arrays and tuple(sorted(a.antennas)) not in arrays:
            yield f"{where}: {_and(a.antennas)} is none of the arrays that it asks for"
        if not arrays and len(a.antennas) != 1:
            yield f"{where}: it has {len(a.antennas)} antennas at once, and asks for no array"
        for antenna in a.antennas:
            if antenna not in case.antennas:
                continue
            station, _ = case.antennas[antenna]
            if request.stations and not {antenna, station.id} & set(request.stations):
                yield f"{where}: {antenna} is none of {', '.join(map(str, request.stations))}, which it asks for"
            if _is_foreign(station, request.agency) and _agreement(case.network, request.agency, station) is None:
                yield f"{where}: {antenna} belongs to {station.agency}, and no agreement lets {request.agency} use it"


def _is_foreign(station: Station, agency: AgencyId) -> bool:
    return station.agency not in ("", agency)


def _agreement(network: Network, agency: AgencyId, station: Station) -> int | None:
    """Which agreement lets an agency use a station, the first where there are several."""
    for index, agreement in enumerate(network.agreements):
        if agreement.user == agency and station.id in agreement.stations:
            return index
    return None


# --- where and when ---


def _out_of_window(case: _Case) -> Iterator[str]:
    """A contact lies inside a window and both spans, and holds its antennas for setup and teardown."""
    for a in case.chosen:
        request = case.requests.get(a.request)
        if request is None:
            continue
        where = f"{_who(a)} at {_and(a.antennas)}, {_when(a.contact)}"
        around = case.windows_around(a)
        if not case.windows_of(a):
            yield f"{where}: it has no window there"
        elif not around:
            nearest = min(_outside(a.contact, w.span) for w in case.windows_of(a))
            yield f"{where}: {_s(nearest)} of it are outside its nearest window there"
        elif not any(_is_widened(a, w) for w in around):
            wanted = " or ".join(sorted({f"{w.setup_s:g} s and {w.teardown_s:g} s" for w in around}))
            before, after = a.contact.start - a.occupies.start, a.occupies.end - a.contact.end
            yield f"{where}: it holds its antennas {_s(before)} before and {_s(after)} after, which should be {wanted}"
        for name, span in (("request", request.span), ("schedule", case.schedule.span)):
            outside = _outside(a.contact, span)
            if outside > timedelta(0):
                yield f"{where}: {_s(outside)} of it are outside the {name}'s span, {_when(span)}"


def _outside(contact: Span, span: Span) -> timedelta:
    """How far a contact reaches out of a span, at both ends together."""
    return max(timedelta(0), span.start - contact.start) + max(timedelta(0), contact.end - span.end)


def _is_widened(a: Assignment, window: ContactWindow) -> bool:
    start = a.contact.start - timedelta(seconds=window.setup_s)
    end = a.contact.end + timedelta(seconds=window.teardown_s)
    return abs(a.occupies.start - start) <= _ROUNDING and abs(a.occupies.end - end) <= _ROUNDING


# --- who stands in whose way ---


def _antenna_clashes(case: _Case) -> Iterator[str]:
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


def _overlaps(antenna: AntennaRef, users: list[Assignment]) -> Iterator[str]:
    """Each assignment that begins before an earlier one has ended."""
    first, *others = sorted(users, key=lambda a: (a.occupies, a))
    last = first  # of those so far, the one that ends last
    for a in others:
        overlap = min(a.occupies.end, last.occupies.end) - a.occupies.start
        if overlap > timedelta(0):
            yield (
                f"{antenna}: {_who(last)} holds it {_when(last.occupies)} and {_who(a)} {_when(a.occupies)}, "
                f"which overlap by {_s(overlap)}"
            )
        last = max(last, a, key=lambda b: b.occupies.end)


def _hasty_turns(
    case: _Case, antenna: AntennaRef, limits: Antenna, slew_deg_s: float, users: list[Assignment]
) -> Iterator[str]:
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
                f"{antenna}: {_who(after)} with {after.satellite} starts {gap_s:g} s after {_who(before)} with "
                f"{before.satellite} ends, {_when(before.contact)}; teardown, a turn by {angle_deg:.1f} degrees "
                f"and setup take {needed_s:g} s"
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


def _full_links(case: _Case) -> Iterator[str]:
    """A link carries at most as many contacts at once as it has channels."""
    capacities = {(s.id, k.id): k.capacity for s in case.network.satellites for k in s.links}
    running: defaultdict[tuple[SatelliteId, LinkId], list[Assignment]] = defaultdict(list)
    for a in sorted(case.schedule.assignments):
        link = (a.satellite, a.link)
        running[link] = [b for b in running[link] if b.contact.end > a.contact.start] + [a]
        if link in capacities and len(running[link]) > capacities[link]:
            names = ", ".join(_who(b) for b in running[link])
            yield (
                f"{a.link} of {a.satellite}, at {_at(a.contact.start)} UTC: it carries {len(running[link])} contacts, "
                f"and its capacity is {capacities[link]}: {names}"
            )


# --- how long, how often ---


def _wrong_lengths(case: _Case) -> Iterator[str]:
    """A contact is as long as its request asks, and there are no more parts than it allows."""
    for name, given in case.given.items():
        request = case.requests[name]
        if request.split is not None:
            yield from _wrong_split(case, request, request.split, given)
            continue
        for a in given:
            if not case.is_held(a):
                yield from _wrong_length(
                    f"{_who(a)}, {_when(a.contact)}: it has", a.contact.end - a.contact.start, request
                )
        if request.repetition is None and not case.is_held(*given):
            if len(given) > 1:
                yield f'request "{name}": it has {len(given)} contacts, and asks for one: {_whens(given)}'
            for a in given:
                if a.part != 1 and not case.is_held(a):
                    yield f"{_who(a)}, {_when(a.contact)}: the request has no parts beyond 1"


def _wrong_split(case: _Case, request: ContactRequest, split: Split, given: list[Assignment]) -> Iterator[str]:
    if case.is_held(*given):
        return
    where = f'request "{request.id}"'
    numbers = [a.part for a in given]
    if numbers != list(range(1, len(given) + 1)):
        yield f"{where}: its parts are {_and(map(str, numbers))}; they count from 1, each once: {_whens(given)}"
    if len(given) > split.max_parts:
        yield f"{where}: it is split into {len(given)} parts, {split.max_parts} at most: {_whens(given)}"
    for a in given:
        length = a.contact.end - a.contact.start
        if len(given) > 1 and not case.is_held(a) and length < timedelta(seconds=split.min_part_s):
            yield f"{_who(a)}, {_when(a.contact)}: it has {_s(length)}, and a part has {split.min_part_s:g} s at least"
    yield from _wrong_length(f"{where}: its parts {_whens(given)} have", _together(given), request)


def _wrong_length(what: str, length: timedelta, request: ContactRequest) -> Iterator[str]:
    least, most = timedelta(seconds=request.min_s), timedelta(seconds=request.wanted_s)
    if length < least:
        yield f"{what} {_s(length)}, {_s(least - length)} less than the least it asks for"
    if length > most:
        yield f"{what} {_s(length)}, {_s(length - most)} more than it asks for"


def _wrong_repetitions(case: _Case) -> Iterator[str]:
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
                asked = f"the parts {min(starts)} to {max(starts)}"
                yield f"{_who(a)}, {_when(a.contact)}: the request has {asked} in this schedule"
            elif repetition.period == "day" and not starts[a.part].start <= a.contact.start < starts[a.part].end:
                yield f"{_who(a)}, {_when(a.contact)}: this part belongs to {starts[a.part].start.date()}"
        for before, after in pairwise(given):
            if not case.is_held(before, after):
                yield from _wrong_gap(repetition, before, after)


def _wrong_gap(repetition: Repetition, before: Assignment, after: Assignment) -> Iterator[str]:
    where = f"{_who(after)}, {_when(after.contact)}"
    gap = after.contact.start - before.contact.end
    if before.part == after.part:
        yield f"{where}: this part is there already, {_when(before.contact)}"
    elif gap < timedelta(0):
        yield f"{where}: it starts {_s(-gap)} before part {before.part} ends, {_when(before.contact)}"
    elif gap < timedelta(seconds=repetition.min_spacing_s):
        yield (
            f"{where}: it starts {_s(gap)} after part {before.part} ends, {_when(before.contact)}; "
            f"the least is {repetition.min_spacing_s:g} s"
        )
    elif repetition.max_gap_s is not None and gap > timedelta(seconds=repetition.max_gap_s):
        yield (
            f"{where}: it starts {_s(gap)} after part {before.part} ends, {_when(before.contact)}; "
            f"the most is {repetition.max_gap_s:g} s"
        )


def _broken_groups(case: _Case) -> Iterator[str]:
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
            yield f'group "{group.id}": {_and(served)} are served, and only one of the group may be'
        if group.kind == "all_of" and unserved:
            yield f'group "{group.id}": {_and(served)} served, {_and(unserved)} not; the group is served whole or not'


def _overdrawn_agreements(case: _Case) -> Iterator[str]:
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
                f"agreement {index + 1}, of {agreement.owner} with {agreement.user} for {_and(agreement.stations)}, "
                f"week from {monday}: {_s(excess)} more than its {agreement.minutes_per_week:g} minutes are used, by "
                f"{', '.join(_who(a) for a in sorted(charged))}"
            )


def _charged(case: _Case, agency: AgencyId, antennas: tuple[AntennaRef, ...]) -> set[int]:
    """The agreements that a contact uses, each once however many of its antennas stand there."""
    stations = [case.antennas[antenna][0] for antenna in antennas if antenna in case.antennas]
    foreign = [_agreement(case.network, agency, s) for s in stations if _is_foreign(s, agency)]
    return {index for index in foreign if index is not None}


# --- what is said about it ---


def _lost_holds(case: _Case) -> Iterator[str]:
    """What is held is there, as it was."""
    now_at = {(a.request, a.part): a for a in case.chosen}
    for a in sorted(case.held.difference(case.schedule.assignments)):
        now = now_at.get((a.request, a.part))
        if now is None:
            found = "it is gone"
        elif (now.antennas, now.contact) == (a.antennas, a.contact):
            found = "its hold, satellite or link is another now"
        else:
            found = f"it is at {_and(now.antennas)} now, {_when(now.contact)}"
        yield f"{_who(a)} at {_and(a.antennas)}, {_when(a.contact)}: it is held, and {found}"


def _wrong_refusals(case: _Case) -> Iterator[str]:
    """Everything asked for is either given or refused."""
    given = set(_given_s(case))
    refused = Counter(map(_key, case.schedule.refusals))
    for (name, part), count in sorted(refused.items()):
        if name not in case.requests:
            yield f'request "{name}" part {part}: it is refused, and no such request is in the book'
        elif part not in case.parts[name]:
            yield f'request "{name}" part {part}: it is refused, and the request has {len(case.parts[name])} parts'
        elif (name, part) in given:
            yield f'request "{name}" part {part}: it is given and refused'
        if count > 1:
            yield f'request "{name}" part {part}: it is refused {count} times'
    for name, parts in case.parts.items():
        if name in case.given and not _meets(case.requests[name].span, case.schedule.span):
            continue  # it is here for what it was given before the schedule's span, or after it
        for part in parts:
            if (name, part) not in given and (name, part) not in refused:
                yield f'request "{name}" part {part}: it is neither given nor refused'


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


def _wrong_value(case: _Case) -> Iterator[str]:
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
        yield f"the value is said to be {schedule.value:.9g}, and is {value:.9g}"
    if not schedule.value <= schedule.bound + _TOLERANCE:
        yield f"the value {schedule.value:.9g} is above its bound {schedule.bound:.9g}"
    if not _agree(penalty, schedule.fairness.penalty):
        yield f"the fairness penalty is said to be {schedule.fairness.penalty:.9g}, and is {penalty:.9g}"
    yield from _wrong_shares(case, tallies)


def _wrong_shares(case: _Case, tallies: dict[AgencyId, _Tally]) -> Iterator[str]:
    names = [share.agency for share in case.schedule.fairness.agencies]
    if names != sorted(set(names)):
        yield f"fairness lists {_and(names)}; each agency stands there once, in order"
    for name in sorted(set(tallies) - set(names)):
        yield f"fairness leaves out {name}, which asks for {tallies[name].minutes_asked:g} minutes"
    for share in case.schedule.fairness.agencies:
        tally = tallies.get(share.agency, _Tally())
        for field in ("requests_asked", "requests_served", "minutes_asked", "minutes_given"):
            said, found = getattr(share, field), getattr(tally, field)
            if not _agree(found, said):
                yield f"{field} of {share.agency} is said to be {said:.9g}, and is {found:.9g}"


def _agree(found: float, said: float) -> bool:
    return math.isclose(found, said, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)


def _disorder(case: _Case) -> Iterator[str]:
    """Assignments are in order."""
    for before, after in pairwise(case.schedule.assignments):
        if after < before:
            yield f"{_who(after)}, {_when(after.contact)}: it stands after {_who(before)}, {_when(before.contact)}"


def _untrue_moves(case: _Case) -> Iterator[str]:
    """What is said to have moved is where it is said to be now, and no longer where it was."""
    present = set(case.schedule.assignments)
    for move in case.schedule.moves:
        if move.before in present:
            yield f"{_who(move.before)}, {_when(move.before.contact)}: it is said to have moved, and is still there"
        if move.after is not None and move.after not in present:
            yield f"{_who(move.after)}, {_when(move.after.contact)}: it is said to have moved there, and is not there"


_RULES: tuple[tuple[str, Callable[[_Case], Iterator[str]]], ...] = (
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


def _who(a: Assignment) -> str:
    return f'request "{a.request}" part {a.part}'


def _at(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(sep=" ")


def _when(span: Span) -> str:
    """From and to; the day once, where it is one."""
    end = _at(span.end)
    if span.start.date() == span.end.date():
        end = end.partition(" ")[2]
    return f"{_at(span.start)} to {end} UTC"


def _whens(assignments: Sequence[Assignment]) -> str:
    return ", ".join(_when(a.contact) for a in assignments)


def _and(names: Iterable[object]) -> str:
    return " and ".join(map(str, names))


def _s(length: timedelta) -> str:
    return f"{length.total_seconds():.9g} s"
