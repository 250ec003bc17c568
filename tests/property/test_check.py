"""`check` against a twin that looks at every second, over schedules that are good and then spoiled in one place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passplan.domain.network import Agency, Agreement, Antenna, AntennaRef, Link, Network, Satellite, Station
from passplan.domain.requests import ContactRequest, Priority, Repetition, RequestBook, RequestGroup, Split
from passplan.domain.schedule import Assignment, Policy, Schedule
from passplan.domain.span import Span
from passplan.domain.windows import ContactWindow
from passplan.scheduling.check import check
from tests.checking import booked, parts_asked, refuse
from tests.refs import ref, refs

START = datetime(2026, 8, 9, 23, 50, tzinfo=UTC)  # ten minutes before midnight, on a Sunday
MIDNIGHT_S = 600
LENGTH_S = 1200

seeds = st.integers(0, 2**32 - 1)


def span(start_s: int, end_s: int) -> Span:
    return Span(START + timedelta(seconds=start_s), START + timedelta(seconds=end_s))


def seconds(of: Span) -> range:
    """The seconds of a span, counted from the start of all."""
    return range(round((of.start - START).total_seconds()), round((of.end - START).total_seconds()))


WHOLE = span(0, LENGTH_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A schedule and what it is judged by."""

    schedule: Schedule
    book: RequestBook
    network: Network
    windows: tuple[ContactWindow, ...]
    held: frozenset[Assignment] = frozenset()


# --- the twin ---


def badly_placed(case: Case) -> set[str]:
    """The rules that assignments break by where they are, second by second."""
    network, held = case.network, case.held
    everything = case.schedule.assignments
    chosen = [a for a in everything if a not in held]
    requests = {r.id: r for r in case.book.requests}
    owners = {AntennaRef(s.id, a.id): s for s in network.stations for a in s.antennas}
    broken = set()

    in_use = Counter((antenna, s) for a in everything for antenna in set(a.antennas) for s in seconds(a.occupies))
    if any(count > 1 for count in in_use.values()):
        broken.add("antenna")
    capacities = {(s.id, k.id): k.capacity for s in network.satellites for k in s.links}
    on_air = Counter((a.satellite, a.link, s) for a in everything for s in seconds(a.contact))
    if any(count > capacities[satellite, link] for (satellite, link, _), count in on_air.items()):
        broken.add("link")

    for a in chosen:
        if a.request not in requests:
            broken.add("known")
            continue
        request = requests[a.request]
        if (a.satellite, a.link) != (request.satellite, request.link):
            broken.add("known")
        signal = set(seconds(a.contact))
        holds = [
            range(signal_start(a) - int(w.setup_s), signal_end(a) + int(w.teardown_s))
            for w in case.windows
            if (w.request, w.antennas) == (a.request, a.antennas) and signal <= set(seconds(w.span))
        ]
        inside = set(seconds(request.span)) & set(seconds(case.schedule.span))
        if seconds(a.occupies) not in holds or not signal <= inside:
            broken.add("window")
        arrays = [set(array) for array in request.arrays]
        if (set(a.antennas) not in arrays) if arrays else (len(a.antennas) > 1):
            broken.add("admissible")
        for antenna in a.antennas:
            asked = not request.stations or owners[antenna].id in request.stations or antenna in request.stations
            if not asked or not may_use(network, request.agency, owners[antenna]):
                broken.add("admissible")

    for request in requests.values():
        mine = sorted((a for a in everything if a.request == request.id), key=lambda a: (a.part, a.contact))
        if any(a not in held for a in mine):
            broken |= badly_cut(case, request, mine)
    for group in case.book.groups:
        members = [r.id for r in requests.values() if r.group == group.id]
        served = {a.request for a in everything} & set(members)
        kept = {a.request for a in held} & served
        allowed = (0, len(members)) if group.kind == "all_of" else (0, 1)
        if len(served) not in allowed and served != kept:
            broken.add("group")
    for index, agreement in enumerate(network.agreements):
        for weeks in (range(-LENGTH_S, MIDNIGHT_S), range(MIDNIGHT_S, 2 * LENGTH_S)):
            charged = [
                a
                for a in everything
                if a.request in requests
                and signal_start(a) in weeks
                and index in {payer(network, requests[a.request].agency, owners[n]) for n in a.antennas}
            ]
            used = [s for a in charged for s in seconds(a.contact)]
            if len(used) > agreement.minutes_per_week * 60.0 and not set(charged) <= held:
                broken.add("agreement")
    return broken


def signal_start(a: Assignment) -> int:
    return seconds(a.contact)[0]


def signal_end(a: Assignment) -> int:
    return seconds(a.contact)[-1] + 1


def payer(network: Network, agency: str, station: Station) -> int | None:
    """The agreement that pays for an agency at a station; None where it is free, or closed to it."""
    for index, agreement in enumerate(network.agreements):
        if station.agency not in ("", agency) and agreement.user == agency and station.id in agreement.stations:
            return index
    return None


def may_use(network: Network, agency: str, station: Station) -> bool:
    return station.agency in ("", agency) or payer(network, agency, station) is not None


def badly_cut(case: Case, request: ContactRequest, mine: list[Assignment]) -> set[str]:
    """The rules of length and repetition that the contacts of one request break."""
    broken = set()
    lengths = [len(seconds(a.contact)) for a in mine]
    parts = [a.part for a in mine]
    if request.split is not None:
        if parts != [k + 1 for k in range(len(mine))] or len(mine) > request.split.max_parts:
            broken.add("length")
        if not request.min_s <= sum(lengths) <= request.wanted_s:
            broken.add("length")
        for a in mine:
            if len(mine) > 1 and a not in case.held and len(seconds(a.contact)) < request.split.min_part_s:
                broken.add("length")
        for a, b in combinations(mine, 2):
            if not {a, b} <= case.held and set(seconds(a.contact)) & set(seconds(b.contact)):
                broken.add("length")
        return broken
    for a in mine:
        if a not in case.held and not request.min_s <= len(seconds(a.contact)) <= request.wanted_s:
            broken.add("length")
    if request.repetition is None:
        if len(mine) > 1 or (mine[0].part != 1 and mine[0] not in case.held):
            broken.add("length")
        return broken
    inside = sorted(set(seconds(request.span)) & set(seconds(case.schedule.span)))
    days = sorted({s >= MIDNIGHT_S for s in inside})
    for a in mine:
        if a in case.held:
            continue
        if a.part not in range(1, parts_asked(request, case.schedule.span) + 1):
            broken.add("repetition")
        elif request.repetition.period == "day":
            day = days[(a.part - 1) // request.repetition.times]
            if day != (signal_start(a) >= MIDNIGHT_S):
                broken.add("repetition")
    for before, after in pairwise(mine):
        gap_s = signal_start(after) - signal_end(before)
        most_s = request.repetition.max_gap_s or 1e9
        if before in case.held and after in case.held:
            continue
        if before.part == after.part or not max(0.0, request.repetition.min_spacing_s) <= gap_s <= most_s:
            broken.add("repetition")
    return broken


def badly_told(case: Case) -> set[str]:
    """The rules that what is said about the assignments breaks."""
    schedule = case.schedule
    true = booked(
        case.book.requests,
        schedule.assignments,
        within=schedule.span,
        policy=schedule.policy,
        windows=case.windows,
        groups=case.book.groups,
        held=case.held,
    )
    broken = set()
    if schedule.assignments != true.assignments:
        broken.add("order")
    if any(a not in schedule.assignments for a in case.held):
        broken.add("held")
    if sorted((r.request, r.part) for r in schedule.refusals) != [(r.request, r.part) for r in true.refusals]:
        broken.add("refusal")
    if schedule.fairness != true.fairness or schedule.value != true.value or schedule.value > schedule.bound:
        broken.add("value")
    return broken


# --- good schedules ---


def a_case(random: Random) -> Case:
    """A schedule into which contacts were put at random, wherever the twin saw nothing against them."""
    network, book = a_network(random), a_book(random)
    windows = tuple(w for r in book.requests for w in some_windows(random, network, r))
    gone = ContactRequest(
        id="gone", agency="A", satellite="ISS", link="up", span=WHOLE, min_s=30.0, wanted_s=60.0, group=""
    )
    start_s = random.randrange(LENGTH_S)
    kept = [at(gone, span(start_s, start_s + 45), refs("mine/a"), 1, 10, 5)] if random.random() < 0.3 else []
    case = Case(
        schedule=booked(
            book.requests, kept, within=WHOLE, policy=Policy(), windows=windows, groups=book.groups, held=kept
        ),
        book=book,
        network=network,
        windows=windows,
        held=frozenset(kept),
    )
    for request in random.sample(book.requests, len(book.requests)):
        if request.split is not None:
            case = with_more(case, some_parts(random, request, windows))
            continue
        for part in range(1, parts_asked(request, WHOLE) + 1):
            for _ in range(4):
                length_s = random.randint(int(request.min_s), int(request.wanted_s))
                case = with_more(case, anywhere(random, request, windows, part, length_s))
    for group in book.groups:
        members = {r.id for r in book.requests if r.group == group.id}
        served = sorted({a.request for a in case.schedule.assignments} & members)
        surplus = set(served[1:]) if group.kind == "one_of" else set(served) if len(served) < len(members) else set()
        case = rebooked(case, [a for a in case.schedule.assignments if a.request not in surplus])
    also_held = [a for a in case.schedule.assignments if random.random() < 0.2]
    return rebooked(replace(case, held=case.held | frozenset(also_held)), list(case.schedule.assignments))


def a_network(random: Random) -> Network:
    antennas = (Antenna(id="a", bands=("S",)), Antenna(id="b", bands=("S",)))
    link = Link(id="up", direction="uplink", band="S", capacity=random.choice([1, 1, 2]))
    agreements = [
        Agreement(owner="B", user="A", stations=("yours",), minutes_per_week=random.choice([2.0, 5.0])),
        Agreement(owner="B", user="A", stations=("theirs", "yours"), minutes_per_week=random.choice([3.0, 6.0])),
    ]
    return Network(
        agencies=(Agency(id="A"), Agency(id="B"), Agency(id="C")),
        stations=tuple(
            Station(id=name, latitude_deg=0.0, longitude_deg=0.0, agency=agency, antennas=antennas)
            for name, agency in (("mine", "A"), ("yours", "B"), ("theirs", "B"), ("free", ""))
        ),
        satellites=(Satellite(id="ISS", catalog_number=25544, links=(link, replace(link, id="voice", capacity=4))),),
        agreements=tuple(random.sample(agreements, random.randint(1, 2))),
    )


def a_book(random: Random) -> RequestBook:
    groups = (RequestGroup(id="either", kind="one_of"), RequestGroup(id="both", kind="all_of"))
    requests = []
    for name in "abcdef"[: random.randint(1, 6)]:
        start_s = random.choice([0, random.randrange(-100, 500)])
        least_s = random.choice([30, 60])
        request = ContactRequest(
            id=name,
            agency=random.choice("AAB"),
            satellite="ISS",
            link="up",
            span=span(start_s, random.choice([LENGTH_S, random.randrange(550, LENGTH_S + 100)])),
            min_s=float(least_s),
            wanted_s=float(least_s + random.choice([0, 30, 90])),
            priority=random.choice(list(Priority)),
        )
        changes = [
            replace(
                request, repetition=Repetition(times=random.randint(1, 2), min_spacing_s=random.choice([0.0, 60.0]))
            ),
            replace(request, repetition=Repetition(times=3, period="span", max_gap_s=random.choice([None, 200.0]))),
            replace(request, min_s=120.0, wanted_s=200.0, split=Split(max_parts=3, min_part_s=40.0)),
            replace(request, arrays=((ref("mine/a"), ref("mine/b")), (ref("mine/a"), ref("free/a")))),
            replace(request, stations=("free", "yours/a")),
            replace(request, group=random.choice(["either", "both"])),
            replace(request, group=random.choice(["either", "both"])),
            request,
        ]
        requests.append(random.choice(changes))
    return RequestBook(requests=tuple(requests), groups=groups)


def some_windows(random: Random, network: Network, request: ContactRequest) -> list[ContactWindow]:
    """Windows at some antennas that the request may use."""
    single = [
        (AntennaRef(s.id, a.id),)
        for s in network.stations
        for a in s.antennas
        if may_use(network, request.agency, s)
        and (not request.stations or {s.id, AntennaRef(s.id, a.id)} & set(request.stations))
    ]
    places = [
        array
        for array in request.arrays or single
        if all(may_use(network, request.agency, s) for s in network.stations if s.id in {ref.station for ref in array})
    ]
    windows = []
    for antennas in random.sample(places, min(len(places), 4)):
        for _ in range(random.randint(1, 3)):
            start_s = random.randrange(LENGTH_S - 100)
            windows.append(
                ContactWindow(
                    request=request.id,
                    satellite=request.satellite,
                    link=request.link,
                    antennas=antennas,
                    span=span(start_s, start_s + random.randrange(60, 400)),
                    setup_s=float(random.choice([0, 10, 30])),
                    teardown_s=float(random.choice([0, 5])),
                    peak_elevation_deg=45.0,
                    timing_68_s=0.0,
                )
            )
    return windows


def at(
    request: ContactRequest,
    contact: Span,
    antennas: tuple[AntennaRef, ...],
    part: int,
    setup_s: float,
    teardown_s: float,
) -> Assignment:
    return Assignment(
        contact=contact,
        occupies=Span(contact.start - timedelta(seconds=setup_s), contact.end + timedelta(seconds=teardown_s)),
        antennas=antennas,
        request=request.id,
        part=part,
        satellite=request.satellite,
        link=request.link,
    )


def anywhere(
    random: Random, request: ContactRequest, windows: tuple[ContactWindow, ...], part: int, length_s: int
) -> list[Assignment]:
    """A contact somewhere in some window; none where that is too short."""
    wide = [w for w in windows if w.request == request.id and len(seconds(w.span)) >= length_s]
    if not wide:
        return []
    window = random.choice(wide)
    first = seconds(window.span)[0]
    start_s = random.randint(first, first + len(seconds(window.span)) - length_s)
    contact = span(start_s, start_s + length_s)
    return [at(request, contact, window.antennas, part, window.setup_s, window.teardown_s)]


def some_parts(random: Random, request: ContactRequest, windows: tuple[ContactWindow, ...]) -> list[Assignment]:
    lengths_s = random.choice([(120,), (200,), (60, 60), (40, 85), (40, 40, 40), (50, 100, 50)])
    return [a for k, length_s in enumerate(lengths_s) for a in anywhere(random, request, windows, k + 1, length_s)]


def rebooked(case: Case, assignments: list[Assignment]) -> Case:
    """The same with other assignments, and all that is said about them true."""
    schedule = booked(
        case.book.requests,
        assignments,
        within=WHOLE,
        policy=case.schedule.policy,
        windows=case.windows,
        groups=case.book.groups,
        held=case.held,
    )
    return replace(case, schedule=schedule)


def with_more(case: Case, more: list[Assignment]) -> Case:
    """The same with more assignments, if they are in nobody's way."""
    candidate = rebooked(case, [*case.schedule.assignments, *more])
    return case if badly_placed(candidate) - {"group"} else candidate


# --- spoiled schedules ---


def one_changed(random: Random, case: Case, change: Callable[[Assignment], Assignment]) -> Case:
    """One assignment is another now; where it was held, the books may say so or not."""
    everything = list(case.schedule.assignments)
    place = random.randrange(len(everything))
    before, everything[place] = everything[place], change(everything[place])
    held = case.held - {before} if random.random() < 0.5 else case.held
    return rebooked(replace(case, held=held), everything)


def shifted(random: Random, case: Case) -> Case:
    by = timedelta(seconds=random.choice([-1, 1]) * random.choice([1, 5, 40, 120, 300]))
    return one_changed(
        random,
        case,
        lambda a: replace(
            a,
            contact=Span(a.contact.start + by, a.contact.end + by),
            occupies=Span(a.occupies.start + by, a.occupies.end + by),
        ),
    )


def held_longer(random: Random, case: Case) -> Case:
    by = timedelta(seconds=random.choice([1, 20]))
    return one_changed(random, case, lambda a: replace(a, occupies=Span(a.occupies.start - by, a.occupies.end)))


def resized(random: Random, case: Case) -> Case:
    """Shorter or longer at the end."""

    def change(a: Assignment) -> Assignment:
        by = timedelta(seconds=random.choice([-25, -5, -1, 1, 5, 60, 200]))
        return replace(
            a, contact=Span(a.contact.start, a.contact.end + by), occupies=Span(a.occupies.start, a.occupies.end + by)
        )

    return one_changed(random, case, change)


def elsewhere(random: Random, case: Case) -> Case:
    antennas = case.network.antennas
    return one_changed(random, case, lambda a: replace(a, antennas=(random.choice(antennas), *a.antennas[1:])))


def of_another_request(random: Random, case: Case) -> Case:
    names = [*(r.id for r in case.book.requests), "nobody"]
    return one_changed(random, case, lambda a: replace(a, request=random.choice(names)))


def of_another_part(random: Random, case: Case) -> Case:
    return one_changed(random, case, lambda a: replace(a, part=random.randint(0, 5)))


def over_another_link(random: Random, case: Case) -> Case:
    return one_changed(random, case, lambda a: replace(a, link="voice"))


def dropped(random: Random, case: Case) -> Case:
    """One assignment less; the books may say so or not."""
    everything = list(case.schedule.assignments)
    everything.pop(random.randrange(len(everything)))
    if random.random() < 0.5:
        return rebooked(case, everything)
    return replace(case, schedule=replace(case.schedule, assignments=tuple(everything)))


def doubled(random: Random, case: Case) -> Case:
    """One assignment twice, the second perhaps elsewhere or as another part."""
    a = random.choice(case.schedule.assignments)
    part = random.choice([a.part, a.part + 1])
    by = timedelta(seconds=random.choice([0, 50, 200]))
    twin = replace(a, part=part, contact=Span(a.contact.start + by, a.contact.end + by))
    twin = replace(twin, occupies=Span(a.occupies.start + by, a.occupies.end + by))
    return rebooked(case, [*case.schedule.assignments, twin])


def agreed_less(random: Random, case: Case) -> Case:
    agreements = [replace(g, minutes_per_week=random.choice([0.0, 0.5, 1.0])) for g in case.network.agreements]
    return replace(case, network=replace(case.network, agreements=tuple(agreements)))


def grouped_otherwise(random: Random, case: Case) -> Case:
    groups = tuple(replace(g, kind=random.choice(["one_of", "all_of"])) for g in case.book.groups)
    requests = tuple(replace(r, group=random.choice(["", "either", "both"])) for r in case.book.requests)
    return replace(case, book=RequestBook(requests=requests, groups=groups))


def narrower(random: Random, case: Case) -> Case:
    """The link carries one contact at a time."""
    satellite = case.network.satellites[0]
    links = tuple(replace(k, capacity=1) for k in satellite.links)
    return replace(case, network=replace(case.network, satellites=(replace(satellite, links=links),)))


def refused_otherwise(random: Random, case: Case) -> Case:
    refusals = list(case.schedule.refusals)
    if refusals and random.random() < 0.5:
        refusals.pop(random.randrange(len(refusals)))
    else:
        refusals.append(refuse(random.choice([*(r.id for r in case.book.requests), "nobody"]), random.randint(1, 3)))
    return replace(case, schedule=replace(case.schedule, refusals=tuple(refusals)))


def valued_otherwise(random: Random, case: Case) -> Case:
    schedule = case.schedule
    agencies = tuple(replace(a, minutes_given=a.minutes_given + 1.0) for a in schedule.fairness.agencies)
    told = random.choice(
        [
            replace(schedule, value=schedule.value + 0.1),
            replace(schedule, bound=schedule.value - 0.1),
            replace(schedule, fairness=replace(schedule.fairness, agencies=agencies)),
        ]
    )
    return replace(case, schedule=told)


def disordered(random: Random, case: Case) -> Case:
    shuffled = random.sample(case.schedule.assignments, len(case.schedule.assignments))
    return replace(case, schedule=replace(case.schedule, assignments=tuple(shuffled)))


SPOILERS = [
    shifted,
    held_longer,
    resized,
    elsewhere,
    of_another_request,
    of_another_part,
    over_another_link,
    dropped,
    doubled,
    agreed_less,
    grouped_otherwise,
    narrower,
    refused_otherwise,
    valued_otherwise,
    disordered,
]


def rules_found(case: Case) -> set[str]:
    found = check(case.schedule, case.book, case.network, case.windows, held=sorted(case.held))
    return {v.rule for v in found}


def rules_broken(case: Case) -> set[str]:
    return badly_placed(case) | badly_told(case)


@settings(max_examples=60, deadline=None)
@given(seed=seeds)
def test_nothing_is_found_in_a_good_schedule(seed: int) -> None:
    case = a_case(Random(seed))

    assert set() == rules_broken(case)
    assert set() == rules_found(case)


@pytest.mark.parametrize("spoil", SPOILERS)
@settings(max_examples=30, deadline=None)
@given(seed=seeds)
def test_what_is_broken_in_a_spoiled_schedule_is_found_and_nothing_else(
    spoil: Callable[[Random, Case], Case], seed: int
) -> None:
    random = Random(seed)
    case = a_case(random)
    spoiled = spoil(random, case) if case.schedule.assignments else case

    assert rules_broken(spoiled) == rules_found(spoiled)


def test_each_rule_is_broken_in_some_spoiled_schedule() -> None:
    seen: set[str] = set()
    for seed in range(60):
        case = a_case(Random(seed))
        if case.schedule.assignments:
            seen |= {rule for spoil in SPOILERS for rule in rules_broken(spoil(Random(seed), case))}

    rules = {"admissible", "agreement", "antenna", "group", "held", "known", "length", "link", "order", "refusal"}
    assert rules | {"repetition", "value", "window"} == seen
