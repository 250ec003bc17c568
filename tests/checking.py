"""Small schedules, good and broken ones, for tests of the checker."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from passplan.domain.network import Agency, Agreement, Antenna, Link, Network, Satellite, Station
from passplan.domain.requests import ContactRequest, Priority, Repetition, RequestBook, RequestGroup, Split
from passplan.domain.schedule import (
    AgencyShare,
    Assignment,
    Fairness,
    Policy,
    Reason,
    Refusal,
    Schedule,
    Violation,
)
from passplan.domain.span import Span
from passplan.domain.windows import ContactWindow
from passplan.scheduling.check import check
from tests.refs import Antennas, refs

MONDAY = datetime(2026, 8, 10, tzinfo=UTC)
DAY_MIN = 1440.0


def at(minutes: float) -> datetime:
    return MONDAY + timedelta(minutes=minutes)


def span(start_min: float, end_min: float) -> Span:
    return Span(at(start_min), at(end_min))


TWO_DAYS = span(0, 2 * DAY_MIN)
POLICY = Policy(per_request=1.0, per_minute=0.1, unserved_weight=2.5, worst_weight=1.5)


def antenna(name: str, slew_deg_s: float | None = None) -> Antenna:
    return Antenna(id=name, bands=("S", "VHF"), setup_s=60.0, teardown_s=30.0, slew_deg_s=slew_deg_s)


def station(name: str, agency: str, *antennas: Antenna) -> Station:
    return Station(id=name, latitude_deg=0.0, longitude_deg=0.0, agency=agency, antennas=antennas)


NETWORK = Network(
    agencies=(Agency(id="CSA"), Agency(id="ESA"), Agency(id="NASA")),
    stations=(
        station("wlp", "NASA", antenna("a"), antenna("b"), antenna("slow", slew_deg_s=1.0)),
        station("krn", "ESA", antenna("a"), antenna("b")),
        station("mas", "ESA", antenna("a")),
        station("ham", "", antenna("a")),
    ),
    satellites=(
        Satellite(
            id="ISS",
            catalog_number=25544,
            links=(
                Link(id="up", direction="uplink", band="S", capacity=1),
                Link(id="voice", direction="both", band="VHF", capacity=2),
            ),
        ),
        Satellite(id="CSS", catalog_number=48274, links=(Link(id="up", direction="uplink", band="S", capacity=1),)),
    ),
    agreements=(
        Agreement(owner="ESA", user="NASA", stations=("krn",), minutes_per_week=20.0),
        Agreement(owner="ESA", user="NASA", stations=("krn", "mas"), minutes_per_week=30.0),
    ),
)


def ask(name: str, **changes: Any) -> ContactRequest:
    """NASA asks for five to ten minutes of voice with the ISS."""
    asked = {"agency": "NASA", "satellite": "ISS", "link": "voice", "span": TWO_DAYS, "min_s": 300.0, "wanted_s": 600.0}
    return ContactRequest(id=name, **{**asked, **changes})


def give(
    request: ContactRequest,
    start_min: float,
    end_min: float,
    *antennas: Antennas,
    part: int = 1,
    **changes: Any,
) -> Assignment:
    """A contact with a minute of setup and half of one of teardown."""
    contact = span(start_min, end_min)
    whole = Assignment(
        contact=contact,
        occupies=Span(contact.start - timedelta(seconds=60), contact.end + timedelta(seconds=30)),
        antennas=refs(*antennas or ("wlp/a",)),
        request=request.id,
        part=part,
        satellite=request.satellite,
        link=request.link,
    )
    return replace(whole, **changes)


def window(
    request: ContactRequest, start_min: float, end_min: float, *antennas: Antennas, **changes: Any
) -> ContactWindow:
    whole = ContactWindow(
        request=request.id,
        satellite=request.satellite,
        link=request.link,
        antennas=refs(*antennas or ("wlp/a",)),
        span=span(start_min, end_min),
        setup_s=60.0,
        teardown_s=30.0,
        peak_elevation_deg=45.0,
        timing_68_s=0.0,
    )
    return replace(whole, **changes)


def parts_asked(request: ContactRequest, within: Span) -> int:
    """How many contacts are asked for, counted by looking at every day of a month."""
    if request.repetition is None:
        return 1
    if request.repetition.period == "span":
        return request.repetition.times
    midnight = within.start.replace(hour=0, minute=0, second=0)
    days = [Span(midnight + timedelta(days=k), midnight + timedelta(days=k + 1)) for k in range(31)]
    start, end = max(request.span.start, within.start), min(request.span.end, within.end)
    touched = [d for d in days if start < end and d.start < end and start < d.end]
    return max(1, request.repetition.times * len(touched))


def worth(policy: Policy, request: ContactRequest, seconds: float) -> float:
    """The value of a contact of so many seconds, by the definition of a policy."""
    priority = {Priority.EMERGENCY: 64.0, Priority.CRITICAL: 16.0, Priority.HIGH: 4.0, Priority.ROUTINE: 1.0}
    return priority[request.priority] * request.weight * (policy.per_request + policy.per_minute * seconds / 60.0)


def possible_s(request: ContactRequest, part: int, windows: Sequence[ContactWindow], within: Span) -> float:
    """The most that one contact could be given, second by second and part by part."""
    inside = request.span.intersection(within)
    if inside is not None and request.repetition is not None and request.repetition.period == "day":
        midnight = inside.start.replace(hour=0, minute=0, second=0, microsecond=0)
        first = midnight + timedelta(days=(part - 1) // request.repetition.times)
        inside = inside.intersection(Span(first, first + timedelta(days=1)))
    if inside is None:
        return 0.0
    zero = within.start.replace(microsecond=0)
    free = []
    for w in windows:
        if w.request == request.id:
            low = math.ceil((max(inside.start, w.span.start) - zero).total_seconds())
            high = math.floor((min(inside.end, w.span.end) - zero).total_seconds())
            free.append(set(range(low, high)))
    if request.split is None:
        most = max(map(len, free), default=0)
    else:
        pieces = sorted((len(f) for f in free if len(f) >= request.split.min_part_s), reverse=True)
        most = min(sum(pieces[: request.split.max_parts]), len(set().union(*free)))
    return min(float(most), request.wanted_s) if most >= request.min_s else 0.0


def asked_s(
    requests: Sequence[ContactRequest],
    windows: Sequence[ContactWindow] | None,
    groups: Sequence[RequestGroup],
    held: Iterable[Assignment],
    within: Span,
) -> dict[tuple[str, int], float]:
    """What is asked for by each part; without windows as if there was a long one for each."""
    holds: dict[tuple[str, int], float] = defaultdict(float)
    by_id = {r.id: r for r in requests}
    for a in held:
        if a.request in by_id:
            holds[a.request, 1 if by_id[a.request].split else a.part] += a.contact.duration_s
    one_of = {g.id for g in groups if g.kind == "one_of"}
    asked = {}
    for r in requests:
        mine = [name for name, _ in holds]
        beaten = r.group in one_of and r.id not in mine and any(by_id[name].group == r.group for name in mine)
        for part in range(1, parts_asked(r, within) + 1):
            possible = r.wanted_s if windows is None else 0.0 if beaten else possible_s(r, part, windows, within)
            asked[r.id, part] = max(possible, holds.get((r.id, part), 0.0))
    totals = {r.id: sum(s for (name, _), s in asked.items() if name == r.id) for r in requests}
    for r in requests:
        rivals = [o for o in requests if r.group in one_of and (o.group, o.agency) == (r.group, r.agency)]
        first = max(rivals, key=lambda o: totals[o.id], default=r)
        if first.id != r.id:
            asked |= {key: 0.0 for key in asked if key[0] == r.id}
    return asked


def booked(
    requests: Sequence[ContactRequest],
    given: Iterable[Assignment],
    *,
    within: Span = TWO_DAYS,
    policy: Policy,
    windows: Sequence[ContactWindow] | None = None,
    groups: Sequence[RequestGroup] = (),
    held: Iterable[Assignment] = (),
) -> Schedule:
    """A schedule of just these assignments, with refusals, value and shares that go with them."""
    possible = asked_s(requests, windows, groups, held, within)
    assignments = tuple(sorted(given))
    seconds: dict[tuple[str, int], float] = defaultdict(float)
    for request in requests:
        for a in assignments:
            if a.request == request.id:
                seconds[a.request, 1 if request.split else a.part] += a.contact.duration_s
    asked = {(r.id, k + 1): r for r in requests for k in range(parts_asked(r, within))}
    by_id = {r.id: r for r in requests}
    shares = tuple(
        AgencyShare(
            agency=agency,
            requests_asked=sum(r.agency == agency for r in asked.values()),
            requests_served=sum(by_id[name].agency == agency for name, _ in seconds),
            minutes_asked=sum(possible[key] / 60.0 for key, r in asked.items() if r.agency == agency),
            minutes_given=sum(s / 60.0 for (name, _), s in seconds.items() if by_id[name].agency == agency),
            minutes_entitled=None,
            minutes_used=0.0,
        )
        for agency in sorted({r.agency for r in requests})
    )
    wanted = [worth(policy, r, possible[key]) for key, r in asked.items() if possible[key] > 0.0]
    mean = sum(wanted) / len(shares) if shares else 0.0
    unserved = [share.unserved_share for share in shares]
    squares, largest = sum(u * u for u in unserved), max(unserved, default=0.0)
    penalty = mean * (policy.unserved_weight * squares + policy.worst_weight * largest)
    value = sum(worth(policy, by_id[name], s) for (name, _), s in seconds.items()) - penalty
    return Schedule(
        span=within,
        assignments=assignments,
        refusals=tuple(refuse(*key) for key in sorted(asked) if key not in seconds),
        value=value,
        bound=value + 1.0,
        fairness=Fairness(agencies=shares, penalty=penalty),
        policy=policy,
        effort="normal",
        seed=1,
        inputs_sha256="",
    )


def refuse(name: str, part: int = 1) -> Refusal:
    return Refusal(request=name, part=part, reason=Reason.OUTRANKED, particulars=())


def violations(
    requests: Sequence[ContactRequest],
    given: Sequence[Assignment],
    *,
    windows: Sequence[ContactWindow] | None = None,
    held: Sequence[Assignment] = (),
    groups: Sequence[RequestGroup] = (),
    network: Network = NETWORK,
    within: Span = TWO_DAYS,
    **changes: Any,
) -> tuple[Violation, ...]:
    """What is wrong with a schedule of these assignments; by default they may be anywhere, at any time."""
    asked = {r.id: r for r in requests}
    everywhere = [window(r, -7 * DAY_MIN, 9 * DAY_MIN) for r in requests]
    everywhere += [
        window(asked[a.request], -7 * DAY_MIN, 9 * DAY_MIN, *a.antennas) for a in given if a.request in asked
    ]
    shown = everywhere if windows is None else windows
    whole = booked(requests, given, within=within, policy=POLICY, windows=shown, groups=groups, held=held)
    schedule = replace(whole, **changes)
    book = RequestBook(requests=tuple(requests), groups=tuple(groups))
    return check(schedule, book, network, shown, held=held)


def broken(requests: Sequence[ContactRequest], given: Sequence[Assignment], **changes: Any) -> list[str]:
    """The rules that a schedule breaks."""
    return sorted({v.rule for v in violations(requests, given, **changes)})


ONE, TWO, THREE = ask("one"), ask("two"), ask("three")


LONG = ask("long", min_s=3000.0, wanted_s=6000.0, split=Split(max_parts=3, min_part_s=1200.0))


# --- repetition ---

DAILY = ask("daily", repetition=Repetition(times=2, min_spacing_s=3600.0, max_gap_s=86_400.0))


# --- agreement ---


def foreign(start_min: float, minutes: float, *antennas: Antennas, name: str = "one") -> Assignment:
    return give(ask(name), start_min, start_min + minutes, *(antennas or ("krn/a",)))


LONGER = [ask("one", wanted_s=3600.0), ask("two", wanted_s=3600.0)]
