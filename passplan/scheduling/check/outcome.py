"""Rules: held contacts are unchanged, refusals are true, and value, shares, order and moves match the contacts."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from passplan.domain.messages import Message
from passplan.domain.network import AgencyId
from passplan.domain.requests import ContactRequest, Priority, RequestId
from passplan.domain.schedule import Policy, Refusal
from passplan.domain.span import Span
from passplan.domain.windows import ContactWindow
from passplan.scheduling.check.case import Case, meets
from passplan.scheduling.check.phrases import contact_of, listed, place_of, time_of

TOLERANCE = 1e-6  # relative, and absolute where values are small


_PRIORITY_VALUE = {Priority.EMERGENCY: 64.0, Priority.CRITICAL: 16.0, Priority.HIGH: 4.0, Priority.ROUTINE: 1.0}


def lost_holds(case: Case) -> Iterator[Message]:
    """Held contacts are in the schedule, unchanged."""
    now_at = {(a.request, a.part): a for a in case.chosen}
    for a in sorted(case.held.difference(case.schedule.assignments)):
        now = now_at.get((a.request, a.part))
        if now is None:
            change = Message("hold_gone", "it is gone")
        elif (now.antennas, now.contact) == (a.antennas, a.contact):
            change = Message("hold_changed", "its hold, satellite or link is another now")
        else:
            antennas, when = listed(now.antennas), time_of(now.contact)
            change = Message("hold_moved", "it is at %(antennas)s now, %(time)s", antennas=antennas, time=when)
        yield Message("hold_lost", "%(where)s: it is held, and %(change)s", where=place_of(a), change=change)


def wrong_refusals(case: Case) -> Iterator[Message]:
    """Every part of a request is either served or refused."""
    served = set(_served_s(case))
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
        elif (name, part) in served:
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
        if name in case.contacts and not meets(case.requests[name].span, case.schedule.span):
            continue  # the request has contacts before the schedule's span, or after it
        for part in parts:
            if (name, part) not in served and (name, part) not in refused:
                yield Message(
                    "neither_given_nor_refused",
                    'request "%(request)s" part %(part)s: it is neither given nor refused',
                    request=name,
                    part=part,
                )


def _key(refusal: Refusal) -> tuple[RequestId, int]:
    return refusal.request, refusal.part


def _served_s(case: Case) -> dict[tuple[RequestId, int], float]:
    """The seconds of each part of each request [s]; of a split request together, under part 1."""
    lengths: defaultdict[tuple[RequestId, int], timedelta] = defaultdict(timedelta)
    for name, contacts in case.contacts.items():
        for a in contacts:
            part = a.part if case.requests[name].split is None else 1
            lengths[name, part] += a.contact.end - a.contact.start
    return {key: length.total_seconds() for key, length in lengths.items()}


@dataclass(slots=True)
class _Tally:
    """What an agency requested and got."""

    requests_asked: int = 0
    requests_served: int = 0
    minutes_asked: float = 0.0
    minutes_given: float = 0.0


def _value(policy: Policy, request: ContactRequest, seconds: float) -> float:
    """The value of a contact of some seconds."""
    return (
        _PRIORITY_VALUE[request.priority] * request.weight * (policy.per_request + policy.per_minute * seconds / 60.0)
    )


def _unfairness(policy: Policy, unserved: Sequence[float]) -> float:
    """The penalty of unserved shares, in units of the requested value of a mean agency."""
    shares = [max(0.0, u) for u in unserved]
    return policy.unserved_weight * math.fsum(u * u for u in shares) + policy.worst_weight * max(shares)


def _asked_s(case: Case) -> dict[RequestId, list[float]]:
    """What each request could be given at most were it alone [s], by part; of a `one_of` group one of each agency."""
    windows: defaultdict[RequestId, list[ContactWindow]] = defaultdict(list)
    for (name, _), found in case.windows.items():
        windows[name] += found
    held: defaultdict[tuple[RequestId, int], float] = defaultdict(float)
    for a in case.held:
        if (owner := case.requests.get(a.request)) is not None:
            held[a.request, a.part if owner.split is None else 1] += a.contact.duration_s
    asked: dict[RequestId, list[float]] = {}
    taken = {case.requests[name].group for name, _ in held} - {""}
    kinds = {g.id: g.kind for g in case.book.groups}
    for request in case.book.requests:
        is_taken = kinds.get(request.group) == "one_of" and request.group in taken
        usable = [] if is_taken and not any(name == request.id for name, _ in held) else windows[request.id]
        asked[request.id] = [
            max(_possible_s(case, request, span, usable), held.get((request.id, part), 0.0))
            for part, span in case.parts[request.id].items()
        ]
    best: dict[tuple[str, AgencyId], RequestId] = {}
    for request in case.book.requests:
        if kinds.get(request.group) == "one_of":
            key = request.group, request.agency
            if key not in best or sum(asked[request.id]) > sum(asked[best[key]]):
                best[key] = request.id
    return {
        name: [s for s in seconds if s > 0.0]
        for name, seconds in asked.items()
        if kinds.get(case.requests[name].group) != "one_of" or name in best.values()
    }


def _possible_s(case: Case, request: ContactRequest, part: Span, windows: Sequence[ContactWindow]) -> float:
    """The whole seconds that one contact could be given at most, in a part's time within the schedule's span."""
    begin = case.schedule.span.start.replace(microsecond=0)
    first = max(request.span.start, case.schedule.span.start, part.start)
    last = min(request.span.end, case.schedule.span.end, part.end)
    pieces = [
        (
            math.ceil((max(first, w.span.start) - begin).total_seconds()),
            math.floor((min(last, w.span.end) - begin).total_seconds()),
        )
        for w in windows
    ]
    lengths = sorted((high - low for low, high in pieces), reverse=True)
    if request.split is None:
        longest = lengths[0] if lengths else 0
    else:
        parts = [length for length in lengths if length >= request.split.min_part_s][: request.split.max_parts]
        longest = min(sum(parts), _together_s(pieces))
    return min(float(longest), request.wanted_s) if longest >= request.min_s else 0.0


def _together_s(pieces: Sequence[tuple[int, int]]) -> int:
    """The seconds that lie in any of some pieces."""
    total, until = 0, -math.inf
    for low, high in sorted(pieces):
        total += int(max(0.0, high - max(low, until)))
        until = max(until, high)
    return total


def wrong_value(case: Case) -> Iterator[Message]:
    """The value, its bound and the agencies' shares match the assignments."""
    schedule, policy = case.schedule, case.schedule.policy
    tallies: defaultdict[AgencyId, _Tally] = defaultdict(_Tally)
    requested, served = [], []
    for request in case.book.requests:
        tallies[request.agency].requests_asked += len(case.parts[request.id])
    for name, possible in _asked_s(case).items():
        request = case.requests[name]
        requested += [_value(policy, request, seconds) for seconds in possible]
        tallies[request.agency].minutes_asked += sum(possible) / 60.0
    for (name, _), seconds in _served_s(case).items():
        request = case.requests[name]
        served.append(_value(policy, request, seconds))
        tallies[request.agency].requests_served += 1
        tallies[request.agency].minutes_given += seconds / 60.0
    unserved = [1.0 - t.minutes_given / t.minutes_asked if t.minutes_asked else 0.0 for t in tallies.values()]
    penalty = math.fsum(requested) / len(tallies) * _unfairness(policy, unserved) if tallies else 0.0
    value = math.fsum(served) - penalty
    if not _agree(value, schedule.value):
        yield Message(
            "wrong_value", "the value is said to be %(said).9g, and is %(value).9g", said=schedule.value, value=value
        )
    if not schedule.value <= schedule.bound + TOLERANCE:
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


def _wrong_shares(case: Case, tallies: dict[AgencyId, _Tally]) -> Iterator[Message]:
    names = [share.agency for share in case.schedule.fairness.agencies]
    if names != sorted(set(names)):
        yield Message(
            "fairness_order",
            "fairness lists %(agencies)s; each agency stands there once, in order",
            agencies=listed(names),
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
            said, value = getattr(share, field), getattr(tally, field)
            if not _agree(value, said):
                yield Message(
                    "wrong_share",
                    "%(field)s of %(agency)s is said to be %(said).9g, and is %(value).9g",
                    field=field,
                    agency=share.agency,
                    said=said,
                    value=value,
                )


def _agree(value: float, said: float) -> bool:
    return math.isclose(value, said, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def disorder(case: Case) -> Iterator[Message]:
    """Assignments are in order."""
    for before, after in pairwise(case.schedule.assignments):
        if after < before:
            yield Message(
                "wrong_order",
                "%(after)s: it stands after %(before)s",
                after=contact_of(after),
                before=contact_of(before),
            )


def untrue_moves(case: Case) -> Iterator[Message]:
    """The contacts in `moves` are at their new places, and not at the old ones."""
    present = set(case.schedule.assignments)
    for move in case.schedule.moves:
        if move.before in present:
            yield Message(
                "move_still_there",
                "%(where)s: it is said to have moved, and is still there",
                where=contact_of(move.before),
            )
        if move.after is not None and move.after not in present:
            yield Message(
                "move_not_there",
                "%(where)s: it is said to have moved there, and is not there",
                where=contact_of(move.after),
            )
