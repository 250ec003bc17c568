"""Each rule of a schedule: one that breaks just that rule, and its twin that is good."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from passplan.domain.network import Agency, Agreement, Antenna, Link, Network, Satellite, Station
from passplan.domain.requests import ContactRequest, Priority, Repetition, RequestBook, RequestGroup, Split
from passplan.domain.schedule import (
    AgencyShare,
    Assignment,
    Fairness,
    Move,
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


def booked(
    requests: Sequence[ContactRequest], given: Iterable[Assignment], *, within: Span = TWO_DAYS, policy: Policy
) -> Schedule:
    """A schedule of just these assignments, with refusals, value and shares that go with them."""
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
            minutes_asked=sum(r.wanted_s / 60.0 for r in asked.values() if r.agency == agency),
            minutes_given=sum(s / 60.0 for (name, _), s in seconds.items() if by_id[name].agency == agency),
            minutes_entitled=None,
            minutes_used=0.0,
        )
        for agency in sorted({r.agency for r in requests})
    )
    mean = sum(worth(policy, r, r.wanted_s) for r in asked.values()) / len(shares) if shares else 0.0
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
    schedule = replace(booked(requests, given, within=within, policy=POLICY), **changes)
    asked = {r.id: r for r in requests}
    everywhere = [window(asked[a.request], -7 * DAY_MIN, 9 * DAY_MIN, *a.antennas) for a in given if a.request in asked]
    book = RequestBook(requests=tuple(requests), groups=tuple(groups))
    return check(schedule, book, network, everywhere if windows is None else windows, held=held)


def broken(requests: Sequence[ContactRequest], given: Sequence[Assignment], **changes: Any) -> list[str]:
    """The rules that a schedule breaks."""
    return sorted({v.rule for v in violations(requests, given, **changes)})


ONE, TWO, THREE = ask("one"), ask("two"), ask("three")


def test_an_empty_schedule_of_nothing_is_good() -> None:
    assert [] == broken([], [])


def test_a_schedule_that_refuses_everything_is_good() -> None:
    assert [] == broken([ONE, TWO], [])


def test_a_schedule_that_gives_everything_is_good() -> None:
    assert [] == broken([ONE, TWO], [give(ONE, 10, 20), give(TWO, 30, 40)])


def test_a_schedule_of_no_policy_but_minutes_is_good() -> None:
    policy = Policy(per_request=0.0, per_minute=1.0, unserved_weight=0.0, worst_weight=0.0)
    schedule = booked([ONE, TWO], [give(ONE, 10, 20)], policy=policy)

    assert 10.0 == schedule.value
    assert () == check(schedule, RequestBook(requests=(ONE, TWO)), NETWORK, [window(ONE, 0, 60)])


# --- known ---


def test_a_contact_of_no_request_is_found() -> None:
    assert ["known"] == broken([ONE], [give(ONE, 10, 20), give(TWO, 30, 40)])


def test_a_held_contact_of_no_request_is_good() -> None:
    kept = give(TWO, 30, 40)

    assert [] == broken([ONE], [give(ONE, 10, 20), kept], held=[kept])


@pytest.mark.parametrize("changes", [{"satellite": "CSS", "link": "up"}, {"link": "up"}])
def test_a_contact_over_another_link_is_found(changes: dict[str, Any]) -> None:
    assert [] == broken([ONE], [give(ONE, 10, 20)])
    assert ["known"] == broken([ONE], [give(ONE, 10, 20, **changes)])


def test_a_contact_over_a_link_that_the_network_lacks_is_found() -> None:
    odd = ask("odd", link="laser")

    assert ["known"] == broken([odd], [give(odd, 10, 20)])


def test_a_contact_at_an_antenna_that_the_network_lacks_is_found() -> None:
    assert ["known"] == broken([ONE], [give(ONE, 10, 20, "wlp/z")])


# --- window ---


@pytest.mark.parametrize(("start_min", "end_min", "rules"), [(10, 20, []), (9.9, 19, ["window"]), (15, 21, ["window"])])
def test_a_contact_that_leaves_its_window_is_found(start_min: float, end_min: float, rules: list[str]) -> None:
    assert rules == broken([ONE], [give(ONE, start_min, end_min)], windows=[window(ONE, 10, 20)])


def test_a_contact_across_two_windows_is_found() -> None:
    windows = [window(ONE, 10, 15), window(ONE, 15, 20)]

    assert ["window"] == broken([ONE], [give(ONE, 12, 18)], windows=windows)


def test_a_contact_in_a_window_of_another_antenna_is_found() -> None:
    windows = [window(ONE, 0, 60, "wlp/b")]

    assert [] == broken([ONE], [give(ONE, 10, 20, "wlp/b")], windows=windows)
    assert ["window"] == broken([ONE], [give(ONE, 10, 20)], windows=windows)


def test_a_contact_in_a_window_of_another_request_is_found() -> None:
    assert ["window"] == broken([ONE, TWO], [give(ONE, 10, 20)], windows=[window(TWO, 0, 60)])


@pytest.mark.parametrize(("start_min", "end_min"), [(9.5, 20.5), (9, 20), (8.9, 20.5), (9, 20.6), (9.1, 20.5)])
def test_another_setup_or_teardown_than_the_window_has_is_found(start_min: float, end_min: float) -> None:
    good = give(ONE, 10, 20)

    assert [] == broken([ONE], [good])
    if good.occupies != span(start_min, end_min):
        assert ["window"] == broken([ONE], [replace(good, occupies=span(start_min, end_min))])


@pytest.mark.parametrize(("microseconds", "rules"), [(1, []), (2, ["window"])])
def test_a_setup_may_be_rounded_to_the_microsecond(microseconds: int, rules: list[str]) -> None:
    good = give(ONE, 10, 20)
    by = timedelta(microseconds=microseconds)

    assert rules == broken([ONE], [replace(good, occupies=Span(good.occupies.start - by, good.occupies.end))])
    assert rules == broken([ONE], [replace(good, occupies=Span(good.occupies.start, good.occupies.end + by))])


def test_the_setup_of_any_window_around_the_contact_will_do() -> None:
    windows = [window(ONE, 10, 20, setup_s=120.0), window(ONE, 10, 20), window(ONE, 10, 15, setup_s=0.0)]
    unprepared = give(ONE, 10, 20, occupies=span(10, 20.5))

    assert [] == broken([ONE], [give(ONE, 10, 20)], windows=windows)
    assert ["window"] == broken([ONE], [unprepared], windows=windows)


def test_setup_and_teardown_may_leave_the_window_and_the_span() -> None:
    early = ask("early", span=span(0, 10))

    assert [] == broken([early], [give(early, 0, 10)], windows=[window(early, 0, 10)], within=span(0, 10))


@pytest.mark.parametrize(("start_min", "end_min"), [(99, 105), (195, 201)])
def test_a_contact_outside_its_requests_span_is_found(start_min: float, end_min: float) -> None:
    narrow = ask("narrow", span=span(100, 200))

    assert [] == broken([narrow], [give(narrow, 100, 105)])
    assert ["window"] == broken([narrow], [give(narrow, start_min, end_min)])


@pytest.mark.parametrize(("start_min", "end_min"), [(-1, 5), (2879, 2885)])
def test_a_contact_outside_the_schedules_span_is_found(start_min: float, end_min: float) -> None:
    wide = ask("wide", span=span(-DAY_MIN, 3 * DAY_MIN))

    assert [] == broken([wide], [give(wide, 0, 5)])
    assert ["window"] == broken([wide], [give(wide, start_min, end_min)])


def test_a_held_contact_needs_no_window() -> None:
    kept = give(ONE, -5, 5, occupies=span(-5, 7))

    assert ["window"] == broken([ONE], [kept], windows=[])
    assert [] == broken([ONE], [kept], windows=[], held=[kept])


# --- antenna ---


@pytest.mark.parametrize(("start_min", "rules"), [(21.5, []), (21.4, ["antenna"]), (12, ["antenna"])])
def test_two_holds_that_overlap_on_an_antenna_are_found(start_min: float, rules: list[str]) -> None:
    assert rules == broken([ONE, TWO], [give(ONE, 10, 20), give(TWO, start_min, start_min + 5)])


def test_two_holds_at_once_on_two_antennas_are_good() -> None:
    assert [] == broken([ONE, TWO], [give(ONE, 10, 20), give(TWO, 10, 20, "wlp/b")])


def test_a_hold_that_overlaps_with_an_array_is_found() -> None:
    array = ask("array", arrays=(("krn/a", "krn/b"), ("wlp/a", "wlp/b")))

    assert [] == broken([array, TWO], [give(array, 10, 20, "wlp/a", "wlp/b"), give(TWO, 22, 30, "wlp/b")])
    assert ["antenna"] == broken([array, TWO], [give(array, 10, 20, "wlp/a", "wlp/b"), give(TWO, 20, 30, "wlp/b")])


def test_a_hold_inside_a_long_one_is_found_after_a_short_one() -> None:
    long = ask("long", wanted_s=6000.0)
    given = [give(long, 0, 100), give(TWO, 10, 15), give(THREE, 50, 55)]

    assert 2 == sum(v.rule == "antenna" for v in violations([long, TWO, THREE], given))


def test_held_contacts_stand_in_the_way() -> None:
    kept, unknown = give(ONE, 10, 20), give(TWO, 40, 50)

    assert [] == broken([ONE, THREE], [kept, unknown, give(THREE, 25, 35)], held=[kept, unknown])
    assert ["antenna"] == broken([ONE, THREE], [kept, unknown, give(THREE, 15, 25)], held=[kept, unknown])
    assert ["antenna"] == broken([ONE, THREE], [kept, unknown, give(THREE, 45, 55)], held=[kept, unknown])


def test_two_held_contacts_that_overlap_are_found() -> None:
    kept = [give(ONE, 10, 20), give(TWO, 15, 25)]

    assert ["antenna"] == broken([ONE, TWO], kept, held=kept)


CHINESE = ask("chinese", satellite="CSS", link="up")
TO_ISS = ask("to-iss")


def turned(gap_s: float, *, network: Network = NETWORK, **changes: Any) -> list[str]:
    """What is broken when a slow antenna turns from one satellite, setting at 350 degrees, to another."""
    first, second = give(TO_ISS, 0, 10, "wlp/slow"), give(CHINESE, 10 + gap_s / 60.0, 20, "wlp/slow")
    setting = window(TO_ISS, 0, 10, "wlp/slow", start_pointing=((180.0, 10.0),), end_pointing=((350.0, 10.0),))
    rising = window(CHINESE, 0, 60, "wlp/slow", start_pointing=((30.0, 5.0),), end_pointing=((40.0, 25.0),))
    windows = [setting, replace(rising, **changes)]
    return broken([TO_ISS, CHINESE], [first, second], windows=windows, network=network)


def test_an_antenna_that_has_no_time_to_turn_is_found() -> None:
    # From (350, 10) to (30, 5), 40 degrees over north; a minute and a half of setup and teardown.
    assert [] == turned(130.0)
    assert ["antenna"] == turned(129.0)


def test_an_antenna_with_cable_stops_has_to_turn_the_long_way() -> None:
    station_of_slow = NETWORK.stations[0]
    slow = [replace(a, cable_stops_deg=(0.0, 360.0)) for a in station_of_slow.antennas]
    stopped = replace(NETWORK, stations=(replace(station_of_slow, antennas=tuple(slow)), *NETWORK.stations[1:]))

    # From the start of one window to the end of the other it is 140 degrees; 40 over north are closed.
    assert [] == turned(230.0, network=stopped)
    assert ["antenna"] == turned(229.0, network=stopped)


def test_the_axis_that_turns_farther_sets_the_time() -> None:
    # From (350, 10) to (0, 70): 60 degrees up.
    assert [] == turned(150.0, start_pointing=((0.0, 70.0),))
    assert ["antenna"] == turned(149.0, start_pointing=((0.0, 70.0),), end_pointing=())


def test_where_pointings_are_not_known_no_turn_is_asked() -> None:
    assert [] == turned(91.0, start_pointing=(), end_pointing=())


def test_an_antenna_that_is_held_on_without_a_pause_has_no_time_to_turn() -> None:
    assert ["antenna"] == turned(90.0)


def test_a_satellite_that_is_tracked_already_asks_no_turn() -> None:
    windows = [
        window(ONE, 0, 10, "wlp/slow", end_pointing=((0.0, 10.0),)),
        window(TWO, 11.5, 20, "wlp/slow", start_pointing=((180.0, 10.0),)),
    ]

    assert [] == broken([ONE, TWO], [give(ONE, 0, 10, "wlp/slow"), give(TWO, 11.5, 20, "wlp/slow")], windows=windows)


def test_a_turn_between_two_held_contacts_is_not_judged_again() -> None:
    kept = [give(TO_ISS, 0, 10, "wlp/slow"), give(CHINESE, 11.5, 20, "wlp/slow")]
    windows = [
        window(TO_ISS, 0, 10, "wlp/slow", end_pointing=((0.0, 10.0),)),
        window(CHINESE, 11.5, 20, "wlp/slow", start_pointing=((180.0, 10.0),)),
    ]

    assert [] == broken([TO_ISS, CHINESE], kept, windows=windows, held=kept)
    assert ["antenna"] == broken([TO_ISS, CHINESE], kept, windows=windows, held=kept[:1])


# --- link ---


def test_one_contact_more_than_a_link_carries_is_found() -> None:
    pair = [give(ONE, 10, 20), give(TWO, 10, 20, "wlp/b")]

    assert [] == broken([ONE, TWO, THREE], [*pair, give(THREE, 20, 30, "ham/a")])
    assert ["link"] == broken([ONE, TWO, THREE], [*pair, give(THREE, 19, 29, "ham/a")])


def test_links_of_one_name_and_two_satellites_are_two() -> None:
    up, chinese = ask("up", link="up"), ask("other", satellite="CSS", link="up")

    assert [] == broken([up, chinese], [give(up, 10, 20), give(chinese, 10, 20, "wlp/b")])


def test_held_contacts_of_no_request_fill_a_link() -> None:
    up, gone = ask("up", link="up"), ask("gone", link="up")
    kept = give(gone, 10, 20, "wlp/b")

    assert [] == broken([up], [give(up, 20, 30), kept], held=[kept])
    assert ["link"] == broken([up], [give(up, 19, 29), kept], held=[kept])


# --- length ---


@pytest.mark.parametrize(
    ("seconds", "rules"), [(299, ["length"]), (300, []), (600, []), (600.000001, ["length"]), (299.999999, ["length"])]
)
def test_a_contact_shorter_or_longer_than_asked_is_found(seconds: float, rules: list[str]) -> None:
    assert rules == broken([ONE], [give(ONE, 10, 10 + seconds / 60.0)])


def test_a_second_contact_of_a_request_that_asks_for_one_is_found() -> None:
    both = [give(ONE, 10, 20), give(ONE, 30, 40)]

    assert ["length"] == broken([ONE], both)
    assert ["length"] == broken([ONE], [*both[:1], give(ONE, 30, 40, part=2)], refusals=())


def test_a_part_of_a_request_that_has_none_is_found() -> None:
    assert ["length"] == broken([ONE], [give(ONE, 10, 20, part=2)], refusals=(refuse("one"),))


LONG = ask("long", min_s=3000.0, wanted_s=6000.0, split=Split(max_parts=3, min_part_s=1200.0))


@pytest.mark.parametrize(
    ("lengths_min", "rules"),
    [
        ((50,), []),
        ((100,), []),
        ((30, 20), []),
        ((20, 20, 60), []),
        ((49,), ["length"]),  # too little
        ((101,), ["length"]),  # too much
        ((24, 25), ["length"]),  # too little together
        ((50, 51), ["length"]),  # too much together
        ((60, 19), ["length"]),  # a part too short
        ((25, 25, 25, 25), ["length"]),  # too many
    ],
)
def test_the_parts_of_a_split_request_make_its_length(lengths_min: tuple[float, ...], rules: list[str]) -> None:
    given = [give(LONG, 200 * k, 200 * k + length_min, part=k + 1) for k, length_min in enumerate(lengths_min)]

    assert rules == broken([LONG], given)


def test_a_contact_that_is_not_cut_may_be_shorter_than_a_part() -> None:
    short = replace(LONG, min_s=600.0)

    assert [] == broken([short], [give(short, 0, 15)])


@pytest.mark.parametrize("parts", [(2, 3), (1, 3), (1, 1), (0, 1), (2,)])
def test_the_parts_of_a_split_request_count_from_one(parts: tuple[int, ...]) -> None:
    given = [give(LONG, 200 * k, 200 * k + 50, part=part) for k, part in enumerate(parts)]

    assert ["length"] == broken([LONG], given)


def test_a_held_contact_of_another_length_is_not_judged_again() -> None:
    kept = give(ONE, 10, 11)

    assert [] == broken([ONE], [kept], held=[kept])
    assert ["length"] == broken([ONE], [kept, give(ONE, 20, 30)], held=[kept])


# --- repetition ---

DAILY = ask("daily", repetition=Repetition(times=2, min_spacing_s=3600.0, max_gap_s=86_400.0))


def test_two_contacts_on_each_day_are_good() -> None:
    given = [give(DAILY, start_min, start_min + 10, part=k + 1) for k, start_min in enumerate((0, 600, 1440, 2869))]

    assert [] == broken([DAILY], given)


@pytest.mark.parametrize(("part", "start_min"), [(1, 1440), (2, 1500), (3, 1439), (4, 100)])
def test_a_part_on_another_day_is_found(part: int, start_min: float) -> None:
    assert ["repetition"] == broken([DAILY], [give(DAILY, start_min, start_min + 10, part=part)])


@pytest.mark.parametrize("part", [0, 5])
def test_a_part_that_is_not_asked_for_is_found(part: int) -> None:
    assert ["repetition"] == broken([DAILY], [give(DAILY, 100, 110, part=part)])


def test_days_are_those_that_both_spans_touch() -> None:
    narrow = replace(DAILY, span=span(1000, DAY_MIN), repetition=Repetition(times=1))
    wide = replace(narrow, span=span(1000, DAY_MIN + 1.0 / 60.0))
    late = replace(narrow, span=span(5000, 6000))

    assert [] == broken([narrow], [])
    assert [] == broken([wide], [])
    assert ["refusal"] == broken([narrow], [], refusals=(refuse("daily", 1), refuse("daily", 2)))
    assert ["refusal"] == broken([wide], [], refusals=(refuse("daily", 1),))
    assert [] == broken([late], [], refusals=(refuse("daily", 1),))


def test_a_schedule_that_starts_on_the_second_day_counts_from_the_first_day_of_the_request() -> None:
    given = [give(DAILY, 1500, 1510, part=3)]

    assert [] == broken([DAILY], given, within=span(DAY_MIN, 2 * DAY_MIN), refusals=(refuse("daily", 4),))


def test_a_part_that_is_given_twice_is_found() -> None:
    assert ["repetition"] == broken([DAILY], [give(DAILY, 100, 110), give(DAILY, 300, 310)])


def test_parts_out_of_order_are_found() -> None:
    assert ["repetition"] == broken([DAILY], [give(DAILY, 100, 110, part=2), give(DAILY, 300, 310, part=1)])


@pytest.mark.parametrize(("start_min", "rules"), [(160, []), (159, ["repetition"]), (105, ["repetition"])])
def test_parts_too_near_are_found(start_min: float, rules: list[str]) -> None:
    given = [give(DAILY, 90, 100, part=1), give(DAILY, start_min, start_min + 10, "wlp/b", part=2)]

    assert rules == broken([DAILY], given)


@pytest.mark.parametrize(("start_min", "rules"), [(100 + 1440, []), (101 + 1440, ["repetition"])])
def test_parts_too_far_apart_are_found_whatever_lies_between(start_min: float, rules: list[str]) -> None:
    given = [give(DAILY, 90, 100, part=1), give(DAILY, start_min, start_min + 10, part=4)]

    assert rules == broken([DAILY], given)


def test_parts_of_a_span_may_be_on_any_day() -> None:
    thrice = ask("thrice", repetition=Repetition(times=3, period="span"))
    given = [give(thrice, 100, 110, part=1), give(thrice, 200, 210, part=3)]

    assert [] == broken([thrice], given)
    assert ["repetition"] == broken([thrice], [*given, give(thrice, 300, 310, part=4)])


def test_held_parts_are_judged_with_a_new_one_only() -> None:
    kept = [give(DAILY, 100, 110, part=1), give(DAILY, 120, 130, part=2)]

    assert ["repetition"] == broken([DAILY], kept, held=kept[:1])
    assert [] == broken([DAILY], kept, held=kept)


# --- group ---


def test_two_of_a_group_of_which_one_is_to_be_served_are_found() -> None:
    either, other = ask("either", group="g"), ask("other", group="g")
    groups = [RequestGroup(id="g", kind="one_of")]

    assert [] == broken([either, other], [], groups=groups)
    assert [] == broken([either, other], [give(either, 10, 20)], groups=groups)
    assert ["group"] == broken([either, other], [give(either, 10, 20), give(other, 30, 40)], groups=groups)


def test_a_group_that_is_served_in_part_is_found() -> None:
    all_of = [ask("first", group="g"), ask("second", group="g", repetition=Repetition(times=2, period="span"))]
    given = [give(all_of[0], 10, 20), give(all_of[1], 30, 40)]
    groups = [RequestGroup(id="g", kind="all_of"), RequestGroup(id="empty", kind="all_of")]

    assert [] == broken(all_of, [], groups=groups)
    assert [] == broken(all_of, given, groups=groups)
    assert ["group"] == broken(all_of, given[:1], groups=groups)
    assert ["group"] == broken(all_of, given[1:], groups=groups)


@pytest.mark.parametrize("kind", ["one_of", "all_of"])
def test_a_group_that_was_broken_before_is_broken_by_new_contacts_only(kind: str) -> None:
    trio = [ask(name, group="g") for name in ("first", "second", "third")]
    kept = [give(trio[0], 10, 20), give(trio[1], 30, 40)]
    groups = [RequestGroup(id="g", kind=kind)]

    assert [] == broken(trio, kept, groups=groups, held=kept)
    assert ["group"] == broken(trio, kept, groups=groups, held=kept[:1])


# --- agreement ---


def foreign(start_min: float, minutes: float, *antennas: Antennas, name: str = "one") -> Assignment:
    return give(ask(name), start_min, start_min + minutes, *(antennas or ("krn/a",)))


LONGER = [ask("one", wanted_s=3600.0), ask("two", wanted_s=3600.0)]


@pytest.mark.parametrize(("minutes", "rules"), [(12, []), (12.1, ["agreement"])])
def test_more_minutes_than_agreed_are_found(minutes: float, rules: list[str]) -> None:
    assert rules == broken(LONGER, [foreign(10, 8), foreign(40, minutes, name="two")])


def test_the_first_of_two_agreements_is_charged() -> None:
    # The second one, of 30 minutes, covers both stations; krn is on the first alone.
    assert [] == broken(LONGER, [foreign(10, 20), foreign(40, 30, "mas/a", name="two")])
    assert ["agreement"] == broken(LONGER, [foreign(10, 21)])


def test_an_array_is_charged_once_to_each_agreement() -> None:
    within = ask("within", wanted_s=3600.0, arrays=(("krn/a", "krn/b"),))
    across = ask("across", wanted_s=3600.0, arrays=(("krn/a", "mas/a"),))

    assert [] == broken([within], [give(within, 10, 30, "krn/a", "krn/b")])
    assert [] == broken(
        [across, LONGER[1]], [give(across, 10, 30, "krn/a", "mas/a"), foreign(60, 10, "mas/a", name="two")]
    )
    assert ["agreement"] == broken(
        [across, LONGER[1]], [give(across, 10, 30, "krn/a", "mas/a"), foreign(60, 11, "mas/a", name="two")]
    )


def test_each_week_has_its_own_minutes_by_the_start_of_the_contact() -> None:
    wide = [replace(r, span=span(-DAY_MIN, DAY_MIN)) for r in LONGER]
    within = span(-DAY_MIN, DAY_MIN)

    assert [] == broken(wide, [foreign(-15, 20), foreign(20, 20, name="two")], within=within)
    assert ["agreement"] == broken(wide, [foreign(0, 20), foreign(30, 20, name="two")], within=within)


def test_own_and_common_stations_are_free() -> None:
    assert [] == broken(LONGER, [foreign(10, 60, "wlp/a"), foreign(10, 60, "ham/a", name="two")])


def test_held_minutes_count_and_are_not_judged_by_themselves() -> None:
    kept = foreign(10, 25)

    assert [] == broken(LONGER, [kept], held=[kept])
    assert ["agreement"] == broken(LONGER, [kept, foreign(60, 10, name="two")], held=[kept])
    assert [] == broken(LONGER, [kept, foreign(60, 10, "mas/a", name="two")], held=[kept])


def test_held_minutes_of_no_request_are_nobodys() -> None:
    kept = foreign(60, 20, name="gone")

    assert [] == broken(LONGER, [kept, foreign(10, 20)], held=[kept])


# --- admissible ---


def test_a_station_that_no_agreement_opens_is_found() -> None:
    canadian = ask("canadian", agency="CSA")

    assert [] == broken([canadian], [give(canadian, 10, 20, "ham/a")])
    assert ["admissible"] == broken([canadian], [give(canadian, 10, 20, "krn/a")])


@pytest.mark.parametrize("stations", [("wlp",), ("ham", "wlp/b")])
def test_a_station_or_antenna_that_is_not_asked_for_is_found(stations: tuple[str, ...]) -> None:
    choosy = ask("choosy", stations=stations)

    assert [] == broken([choosy], [give(choosy, 10, 20, "wlp/b")])
    assert ["admissible"] == broken([choosy], [give(choosy, 10, 20, "mas/a")])


def test_antennas_that_are_no_array_asked_for_are_found() -> None:
    array = ask("array", arrays=(("wlp/b", "wlp/a"), ("ham/a", "wlp/a")))

    assert [] == broken([array], [give(array, 10, 20, "wlp/a", "wlp/b")])
    assert [] == broken([array], [give(array, 10, 20, "ham/a", "wlp/a")])
    assert ["admissible"] == broken([array], [give(array, 10, 20, "ham/a", "wlp/b")])
    assert ["admissible"] == broken([array], [give(array, 10, 20, "wlp/a")])


def test_an_array_that_nobody_asked_for_is_found() -> None:
    assert ["admissible"] == broken([ONE], [give(ONE, 10, 20, "wlp/a", "wlp/b")])


def test_of_an_array_with_an_unknown_antenna_the_others_are_looked_at_too() -> None:
    array = ask("array", agency="CSA", arrays=(("gone/a", "krn/a"), ("gone/a", "ham/a")))

    assert "admissible" not in broken([array], [give(array, 10, 20, "gone/a", "ham/a")])
    assert "admissible" in broken([array], [give(array, 10, 20, "gone/a", "krn/a")])


# --- held ---


def test_a_held_contact_that_is_gone_is_found() -> None:
    kept, unknown = give(ONE, 10, 20), give(TWO, 40, 50)

    assert [] == broken([ONE], [kept, unknown], held=[kept, unknown])
    assert ["held"] == broken([ONE], [unknown], held=[kept, unknown])
    assert ["held"] == broken([ONE], [kept], held=[kept, unknown])


@pytest.mark.parametrize("minutes", [1.0, 1e-7])
def test_a_held_contact_that_has_moved_is_found(minutes: float) -> None:
    kept = give(ONE, 10, 20)

    assert ["held"] == broken([ONE], [give(ONE, 10 + minutes, 20 + minutes)], held=[kept])


# --- refusal ---


def test_what_is_neither_given_nor_refused_is_found() -> None:
    assert [] == broken([ONE, TWO], [give(ONE, 10, 20)], refusals=(refuse("two"),))
    assert ["refusal"] == broken([ONE, TWO], [give(ONE, 10, 20)], refusals=())


def test_what_is_given_and_refused_is_found() -> None:
    assert ["refusal"] == broken([ONE], [give(ONE, 10, 20)], refusals=(refuse("one"),))


def test_what_is_refused_twice_is_found() -> None:
    assert ["refusal"] == broken([ONE], [], refusals=(refuse("one"), refuse("one")))


@pytest.mark.parametrize("odd", [refuse("two"), refuse("one", 2)])
def test_a_refusal_of_what_nobody_asks_is_found(odd: Refusal) -> None:
    assert ["refusal"] == broken([ONE], [], refusals=(refuse("one"), odd))


def test_each_part_of_a_repeated_request_is_given_or_refused() -> None:
    given = [give(DAILY, 100, 110, part=1), give(DAILY, 1500, 1510, part=3)]

    assert [] == broken([DAILY], given, refusals=(refuse("daily", 2), refuse("daily", 4)))
    assert ["refusal"] == broken([DAILY], given, refusals=(refuse("daily", 2),))


def test_a_split_request_is_refused_as_a_whole() -> None:
    assert [] == broken([LONG], [], refusals=(refuse("long"),))
    assert ["refusal"] == broken([LONG], [], refusals=(refuse("long"), refuse("long", 2)))
    assert ["refusal"] == broken(
        [LONG], [give(LONG, 0, 25), give(LONG, 50, 75, part=2)], refusals=(refuse("long"), refuse("long", 2))
    )


# --- value ---


def test_the_value_is_worth_less_fairness() -> None:
    # Each is worth 4 * 1.5 * (1 + 0.1 * 10) = 12. Half of NASA's minutes and all of ESA's are given.
    mine = [ask(name, priority=Priority.HIGH, weight=1.5) for name in ("one", "two")]
    yours = ask("esa", agency="ESA", priority=Priority.HIGH, weight=1.5)
    given = [give(mine[0], 10, 20), give(yours, 30, 40, "mas/a")]
    penalty = 36.0 / 2 * (2.5 * 0.5**2 + 1.5 * 0.5)
    fairness = booked([*mine, yours], given, policy=POLICY).fairness

    assert penalty == pytest.approx(fairness.penalty)
    assert [] == broken([*mine, yours], given, value=24.0 - penalty, bound=24.0 - penalty)
    assert [] == broken([*mine, yours], given, value=(24.0 - penalty) * (1.0 + 1e-8))
    assert ["value"] == broken([*mine, yours], given, value=24.0, bound=24.0)
    assert ["value"] == broken([*mine, yours], given, value=(24.0 - penalty) * (1.0 + 1e-5))


def test_a_split_request_is_worth_one_contact_and_a_repeated_one_several() -> None:
    split, repeated = [give(LONG, 0, 25), give(LONG, 50, 75, part=2)], [give(DAILY, 0, 10), give(DAILY, 80, 90, part=2)]
    split_penalty = (1.0 + 10.0) * (2.5 * 0.5**2 + 1.5 * 0.5)
    repeated_penalty = 4 * (1.0 + 1.0) * (2.5 * 0.5**2 + 1.5 * 0.5)

    assert [] == broken([LONG], split, value=1.0 + 5.0 - split_penalty)
    assert [] == broken([DAILY], repeated, value=2.0 + 2.0 - repeated_penalty)


def test_a_value_above_its_bound_is_found() -> None:
    schedule = booked([ONE], [give(ONE, 10, 20)], policy=POLICY)

    assert [] == broken([ONE], [give(ONE, 10, 20)], bound=schedule.value)
    assert ["value"] == broken([ONE], [give(ONE, 10, 20)], bound=schedule.value - 1e-3)


@pytest.mark.parametrize("field", ["value", "bound"])
def test_a_value_that_is_no_number_is_found(field: str) -> None:
    assert ["value"] == broken([ONE], [give(ONE, 10, 20)], **{field: math.nan})


@pytest.mark.parametrize(
    "changes", [{"requests_asked": 3}, {"requests_served": 2}, {"minutes_asked": 19.0}, {"minutes_given": 11.0}]
)
def test_a_share_that_is_not_so_is_found(changes: dict[str, Any]) -> None:
    fairness = booked([ONE, TWO], [give(ONE, 10, 20)], policy=POLICY).fairness
    wrong = replace(fairness, agencies=(replace(fairness.agencies[0], **changes),))

    assert [] == broken([ONE, TWO], [give(ONE, 10, 20)], fairness=fairness)
    assert ["value"] == broken([ONE, TWO], [give(ONE, 10, 20)], fairness=wrong)


def test_an_agency_that_is_left_out_or_made_up_is_found() -> None:
    fairness = booked([ONE], [], policy=POLICY).fairness
    nobody = replace(fairness.agencies[0], agency="ESA", requests_asked=0, minutes_asked=0.0)
    somebody = replace(fairness.agencies[0], agency="ESA")

    assert ["value"] == broken([ONE], [], fairness=replace(fairness, agencies=()))
    assert ["value"] == broken([ONE], [], fairness=replace(fairness, agencies=(somebody, *fairness.agencies)))
    assert ["value"] == broken([ONE], [], fairness=replace(fairness, agencies=(*fairness.agencies, nobody)))
    assert [] == broken([ONE], [], fairness=replace(fairness, agencies=(nobody, *fairness.agencies)))


def test_another_fairness_penalty_is_found() -> None:
    fairness = booked([ONE], [], policy=POLICY).fairness

    assert ["value"] == broken([ONE], [], fairness=replace(fairness, penalty=0.0))


def test_held_contacts_are_worth_something_and_those_of_no_request_nothing() -> None:
    kept, unknown = give(ONE, 10, 20), give(TWO, 40, 50)

    assert [] == broken([ONE], [kept, unknown], held=[kept, unknown], value=2.0)


# --- order and moves ---


def test_assignments_out_of_order_are_found() -> None:
    given = (give(ONE, 10, 20), give(TWO, 30, 40))

    assert [] == broken([ONE, TWO], given, assignments=given)
    assert ["order"] == broken([ONE, TWO], given, assignments=given[::-1])


def test_a_move_that_did_not_happen_is_found() -> None:
    before, after = give(ONE, 10, 20), give(ONE, 30, 40)
    moved, gone = Move(before=before, after=after, shift_s=1200.0), Move(before=before, after=None, shift_s=None)

    assert [] == broken([ONE], [after], moves=(moved,))
    assert [] == broken([ONE], [], moves=(gone,))
    assert ["moves"] == broken([ONE], [before], moves=(moved,))
    assert ["moves"] == broken([ONE], [before], moves=(gone,))
    assert ["moves"] == broken([ONE], [], moves=(moved,))


# --- sentences ---


@pytest.mark.parametrize(
    ("requests", "given", "sentence"),
    [
        (
            [ONE, TWO],
            [give(ONE, 10, 20), give(TWO, 21, 30)],
            'wlp/a: request "one" part 1 holds it 2026-08-10 00:09:00 to 00:20:30 UTC and request "two" part 1 '
            "2026-08-10 00:20:00 to 00:30:30 UTC, which overlap by 30 s",
        ),
        (
            [ONE],
            [give(ONE, 1435, 1447)],
            'request "one" part 1, 2026-08-10 23:55:00 to 2026-08-11 00:07:00 UTC: it has 720 s, '
            "120 s more than it asks for",
        ),
        (
            LONGER,
            [foreign(10, 20), foreign(40, 5.5, name="two")],
            "agreement 1, of ESA with NASA for krn, week from 2026-08-10: 330 s more than its 20 minutes are used, "
            'by request "one" part 1, request "two" part 1',
        ),
        (
            [ONE, TWO, THREE],
            [give(ONE, 10, 20), give(TWO, 12, 22, "wlp/b"), give(THREE, 14, 24, "ham/a")],
            "voice of ISS, at 2026-08-10 00:14:00 UTC: it carries 3 contacts, and its capacity is 2: "
            'request "one" part 1, request "two" part 1, request "three" part 1',
        ),
        (
            [DAILY],
            [give(DAILY, 100, 110), give(DAILY, 120, 130, part=2)],
            'request "daily" part 2, 2026-08-10 02:00:00 to 02:10:00 UTC: it starts 600 s after part 1 ends, '
            "2026-08-10 01:40:00 to 01:50:00 UTC; the least is 3600 s",
        ),
    ],
)
def test_a_violation_says_who_where_when_and_by_how_much(
    requests: list[ContactRequest], given: list[Assignment], sentence: str
) -> None:
    assert [sentence] == [v.sentence for v in violations(requests, given)]


def test_how_far_a_contact_lies_outside_its_window_is_said() -> None:
    found = violations([ONE], [give(ONE, 9, 16)], windows=[window(ONE, 10, 15), window(ONE, 40, 50)])

    assert [
        'request "one" part 1 at wlp/a, 2026-08-10 00:09:00 to 00:16:00 UTC: '
        "120 s of it are outside its nearest window there"
    ] == [v.sentence for v in found]


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ([], "it is gone"),
        ([give(ONE, 30, 40, "ham/a")], "it is at ham/a now, 2026-08-10 00:30:00 to 00:40:00 UTC"),
        ([give(ONE, 10, 20, occupies=span(9, 21))], "its hold, satellite or link is another now"),
    ],
)
def test_what_became_of_a_held_contact_is_said(now: list[Assignment], found: str) -> None:
    sentences = [v.sentence for v in violations([ONE], now, held=[give(ONE, 10, 20)]) if v.rule == "held"]

    assert [f'request "one" part 1 at wlp/a, 2026-08-10 00:10:00 to 00:20:00 UTC: it is held, and {found}'] == sentences
