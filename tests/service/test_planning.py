"""Planning as a function over values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TypeVar

import pytest

import passplan as pp
from passplan.domain.facts import LowerFits, OtherStationFits, OtherTimeFits, ShorterFits
from passplan.domain.messages import Message
from passplan.domain.schedule import Plan, Violation
from passplan.domain.windows import WindowSearch
from passplan.formats.plans import dump_plan
from passplan.resources import shipped
from passplan.service.schedule import planning
from passplan.service.schedule.relaxing import relaxations
from tests.refs import ref
from tests.wording import words

T = TypeVar("T")

START = datetime(2026, 8, 8, 4, 30, tzinfo=UTC)
HALF_DAY = pp.Span(START, START + timedelta(hours=12))


@pytest.fixture(scope="module")
def network() -> pp.Network:
    """The shipped one."""
    return pp.load_network(shipped("stations.toml"))


@pytest.fixture(scope="module")
def book() -> pp.RequestBook:
    """The shipped example day."""
    return pp.load_requests(shipped("requests.toml"))


@pytest.fixture(scope="module")
def elements() -> pp.Elements:
    """The shipped ISS."""
    return pp.load_elements(shipped("tle") / "iss.tle")


@pytest.fixture(scope="module")
def made(book: pp.RequestBook, elements: pp.Elements, network: pp.Network) -> Plan:
    """A plan of half the shipped day."""
    sources = planning.sources_of(elements, network)
    return planning.make_plan(planning.make_inputs(book, sources, network, HALF_DAY, effort="quick"))


def test_a_plan_passes_its_own_check(made: Plan) -> None:
    assert () == planning.check(made)


def test_the_python_interface_gives_the_same_schedule(
    made: Plan, book: pp.RequestBook, elements: pp.Elements, network: pp.Network
) -> None:
    assert made == pp.plan(book, elements, network, HALF_DAY, effort="quick")


def test_a_plan_is_checked_explained_and_kept_with_the_names_of_the_package(
    made: Plan, elements: pp.Elements, network: pp.Network, tmp_path: Path
) -> None:
    pp.save_plan(made, tmp_path / "plan.json")
    refusal = made.schedule.refusals[0]

    assert made == pp.load_plan(tmp_path / "plan.json")
    assert ["plan.json"] == [file.name for file in tmp_path.iterdir()]
    assert () == pp.check(made)
    assert refusal.request == pp.explain(made, refusal.request, refusal.part).request
    assert {"ISS": pp.Source(satellite="ISS", segments=(elements[0],))} == pp.sources_of(elements, network)
    windows = pp.contact_windows(made.inputs.book, pp.sources_of(elements, network), network, HALF_DAY)
    assert made.inputs.search == windows


def test_a_list_of_requests_is_a_book(book: pp.RequestBook, elements: pp.Elements, network: pp.Network) -> None:
    asked = [r for r in book.requests if r.id == "RU-ZARYA"]
    schedule = pp.plan(asked, elements, network, HALF_DAY, effort="quick").schedule

    assert ["RU-ZARYA"] == [a.request for a in schedule.assignments]


def test_all_element_sets_of_a_satellite_are_one_source(elements: pp.Elements, network: pp.Network) -> None:
    newest = elements[0]
    older = replace(newest, epoch=newest.epoch - timedelta(days=3))

    (source,) = pp.timelines([older, newest])
    assert {"ISS": replace(source, satellite="ISS")} == planning.sources_of([older, newest], network)
    assert (older, newest) == source.segments
    assert {"ISS": replace(source, satellite="ISS")} == planning.sources_of([newest, older], network)


def test_without_elements_everything_is_refused_for_want_of_them(book: pp.RequestBook, network: pp.Network) -> None:
    asked = [r for r in book.requests if r.id == "RU-ZARYA"]
    schedule = pp.plan(asked, [], network, HALF_DAY, effort="quick").schedule

    (refusal,) = schedule.refusals
    assert pp.Reason.INADMISSIBLE == refusal.reason
    assert "there is no element set of ISS" in words(refusal.particulars[0])


def test_requests_for_what_is_not_there_are_refused_before_any_work(book: pp.RequestBook, network: pp.Network) -> None:
    with pytest.raises(pp.InputError, match=r'the requests: request "RU-ZARYA": agency is .NACA.'):
        pp.plan([replace(r, agency="NACA") for r in book.requests if r.id == "RU-ZARYA"], [], network, HALF_DAY)


def test_an_effort_that_is_none_is_refused(made: Plan) -> None:
    with pytest.raises(pp.InputError, match="endless"):
        planning.make_plan(replace(made.inputs, effort="endless"))


def test_a_schedule_that_breaks_a_rule_is_not_handed_out(made: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    found = (Violation(rule="antenna", message=Message("c", "SHK/vhf: two hold it")),)
    monkeypatch.setattr(planning, "check", lambda _: found)

    with pytest.raises(pp.PlanningError, match="SHK/vhf: two hold it") as caught:
        planning.make_plan(made.inputs)
    assert ("SHK/vhf: two hold it",) == caught.value.problems


def test_equal_inputs_in_any_order_give_the_same_text(made: Plan) -> None:
    random = Random(7)

    def shuffled(items: Sequence[T]) -> tuple[T, ...]:
        return tuple(random.sample(items, len(items)))

    inputs, search = made.inputs, made.inputs.search
    mixed = replace(
        inputs,
        book=replace(inputs.book, requests=shuffled(inputs.book.requests), groups=shuffled(inputs.book.groups)),
        search=WindowSearch(
            windows=shuffled(search.windows),
            exclusions=shuffled(search.exclusions),
            inadmissible=shuffled(search.inadmissible),
        ),
    )

    assert dump_plan(made) == dump_plan(planning.make_plan(mixed))


def test_progress_is_reported_as_share_value_and_bound(made: Plan) -> None:
    told: list[tuple[float, float, float]] = []
    planning.make_plan(made.inputs, report=lambda share, value, bound: told.append((share, value, bound)))

    assert told
    assert all(0.0 <= share <= 1.0 and value <= bound + 1e-9 for share, value, bound in told)


def test_each_refusal_has_a_price_or_no_place(made: Plan) -> None:
    for refusal in made.schedule.refusals:
        price = planning.explain(made, refusal.request, refusal.part)

        assert (refusal.request, refusal.part) == (price.request, price.part)
        assert price.assignments or price.value == 0.0


def relaxed(request: pp.ContactRequest, fact: object, *, less_s: float = 0.0) -> pp.ContactRequest:
    """A request that asks for one contact alone, and for as little less as a relaxation says."""
    one = replace(request, id="relaxed", repetition=None, split=None, group="", wanted_s=request.min_s)
    if isinstance(fact, ShorterFits):
        return replace(one, min_s=fact.length_s + less_s, wanted_s=fact.length_s + less_s)
    if isinstance(fact, LowerFits):
        return replace(one, min_elevation_deg=fact.elevation_deg)
    if isinstance(fact, OtherTimeFits):
        by = timedelta(seconds=fact.by_s)
        start, end = one.span.start + min(timedelta(0), by), one.span.end + max(timedelta(0), by)
        return replace(one, span=pp.Span(start, end))
    assert isinstance(fact, OtherStationFits)
    return replace(one, stations=(), arrays=())


def test_with_each_relaxation_a_refused_request_is_served_and_with_less_it_is_not(
    made: Plan, elements: pp.Elements, network: pp.Network
) -> None:
    sources = planning.sources_of(elements, network)
    longer = pp.Span(HALF_DAY.start, HALF_DAY.end + timedelta(hours=25))

    def is_served(request: pp.ContactRequest, span: pp.Span = HALF_DAY) -> bool:
        book = replace(made.inputs.book, requests=(*made.inputs.book.requests, request))
        alone = replace(book, requests=(request,))
        inputs = planning.make_inputs(alone, sources, network, span, held=made.schedule.assignments, effort="quick")
        return "relaxed" in {a.request for a in planning.make_plan(replace(inputs, book=book)).schedule.assignments}

    by_id = {r.id: r for r in made.inputs.book.requests}
    kinds = set()
    for refusal in made.schedule.refusals[:5]:
        for fact in planning.explain(made, refusal.request, refusal.part, sources=sources).relaxations:
            request = by_id[refusal.request]
            kinds.add(type(fact))
            if request.repetition is None:
                span = longer if isinstance(fact, OtherTimeFits) else HALF_DAY
                assert is_served(relaxed(request, fact), span), fact
            if isinstance(fact, ShorterFits) and request.repetition is None:
                assert not is_served(relaxed(request, fact, less_s=1.0))
    assert len(kinds) >= 2


def test_relaxations_lie_after_a_time_when_the_plan_began_before_it(
    made: Plan, elements: pp.Elements, network: pp.Network
) -> None:
    sources, after = planning.sources_of(elements, network), HALF_DAY.start + timedelta(hours=9)
    refused = [r.request for r in made.schedule.refusals[:5]]
    found = [f for name in refused for f in relaxations(made, name, 1, sources, after=after)]

    assert found
    assert all(f.start >= after for f in found if isinstance(f, OtherTimeFits | ShorterFits))
    assert () == relaxations(made, refused[0], 1, sources, after=HALF_DAY.end)


def test_what_was_not_refused_has_no_price(made: Plan) -> None:
    served = made.schedule.assignments[0]

    with pytest.raises(pp.InputError, match="not refused"):
        planning.explain(made, served.request, served.part)


def test_a_schedule_does_not_differ_from_itself(made: Plan) -> None:
    found = planning.diff_plans(made.schedule, made.schedule)

    assert ((), (), ()) == (found.added, found.lost, found.moved)
    assert "the contacts are the same" == words(found.change)


def test_a_diff_tells_far_from_near_and_other_antennas(made: Plan) -> None:
    def later(a: pp.Assignment, seconds: float) -> pp.Assignment:
        shift = timedelta(seconds=seconds)
        return replace(a, contact=pp.Span(a.contact.start + shift, a.contact.end + shift))

    first, second, third, *rest = made.schedule.assignments
    elsewhere = replace(third, antennas=(ref("XXX/vhf"),))
    new = replace(made.schedule, assignments=(later(first, 60.0), later(second, 3.0), elsewhere, *rest[1:]))
    found = planning.diff_plans(made.schedule, new)

    assert [60.0, 3.0, 0.0] == [m.shift_s for m in found.moved]
    assert (rest[0],) == found.lost
    assert "1 contact moved more than 5 s, 2 moved by 5 s or less, 1 of these on other antennas, 1 lost" == words(
        found.change
    )


def test_what_the_freeze_holds_is_held_and_the_rest_may_move(made: Plan, book: pp.RequestBook) -> None:
    held, previous, dropped = planning.carried_over(made, book, HALF_DAY, freeze_s=4 * 3_600.0)
    begun = {a.request for a in held if a.occupies.start < START + timedelta(hours=4)}
    split = {r.id for r in book.requests if r.split is not None}  # its parts are held together

    assert all(a.occupies.start < START + timedelta(hours=4) or a.request in begun & split for a in held)
    assert all(a.occupies.start >= START + timedelta(hours=4) for a in previous)
    assert set(made.schedule.assignments) == {*held, *previous}
    assert () == dropped


def test_a_freeze_of_nothing_holds_what_has_begun(made: Plan, book: pp.RequestBook) -> None:
    now = made.schedule.assignments[1].contact.start
    held, _, _ = planning.carried_over(made, book, pp.Span(now, HALF_DAY.end), freeze_s=0.0)

    assert made.schedule.assignments[1] in held
    assert all(a.occupies.start < now for a in held)


def test_contacts_of_a_withdrawn_request_are_dropped(made: Plan) -> None:
    held, previous, dropped = planning.carried_over(made, pp.RequestBook(), HALF_DAY, freeze_s=0.0)

    assert ((), ()) == (held, previous)
    assert made.schedule.assignments == dropped


def test_contacts_of_a_request_that_is_for_another_day_now_are_dropped(made: Plan, book: pp.RequestBook) -> None:
    tomorrow = pp.Span(START + timedelta(days=1), START + timedelta(days=2))
    later = pp.RequestBook(requests=tuple(replace(r, span=tomorrow, group="") for r in book.requests))
    held, previous, dropped = planning.carried_over(made, later, tomorrow, freeze_s=0.0)

    assert ((), ()) == (held, previous)
    assert made.schedule.assignments == dropped


def test_contacts_that_are_over_are_not_asked_for_again(
    made: Plan, book: pp.RequestBook, elements: pp.Elements, network: pp.Network
) -> None:
    rest = pp.Span(made.schedule.assignments[3].contact.end, HALF_DAY.end)
    held, previous, _ = planning.carried_over(made, book, rest, freeze_s=0.0)
    sources = planning.sources_of(elements, network)
    again = planning.make_plan(
        planning.make_inputs(book, sources, network, rest, held=held, previous=previous, effort="quick")
    )
    given = [(a.request, a.part) for a in again.schedule.assignments]

    assert set(made.schedule.assignments[:4]) <= set(held)
    assert set(held) <= set(again.schedule.assignments)
    assert len(set(given)) == len(given)


def test_parts_of_a_daily_request_keep_their_numbers_in_a_plan_that_begins_later(
    elements: pp.Elements, network: pp.Network, book: pp.RequestBook
) -> None:
    two_days = pp.Span(START, START + timedelta(days=2))
    daily = replace(
        next(r for r in book.requests if r.id == "RU-VOICE"),
        span=two_days,
        repetition=pp.Repetition(times=2, period="day"),
    )
    asked = pp.RequestBook(requests=(daily,))
    sources = planning.sources_of(elements, network)
    whole = planning.make_plan(planning.make_inputs(asked, sources, network, two_days, effort="quick"))
    tomorrow = pp.Span(datetime(2026, 8, 9, tzinfo=UTC), two_days.end)
    held, previous, dropped = planning.carried_over(whole, asked, tomorrow, freeze_s=86_400.0)
    again = planning.make_plan(
        planning.make_inputs(asked, sources, network, tomorrow, held=held, previous=previous, effort="quick")
    )

    assert [1, 2, 3, 4, 5, 6] == [a.part for a in whole.schedule.assignments]
    assert () == dropped
    assert [1, 2, 3, 4, 5, 6] == [a.part for a in (*held, *previous)]
    assert [a.contact for a in whole.schedule.assignments] == [a.contact for a in again.schedule.assignments]


def test_a_search_without_a_window_says_why(elements: pp.Elements, network: pp.Network, book: pp.RequestBook) -> None:
    high = pp.RequestBook(
        requests=tuple(replace(r, min_elevation_deg=89.9, group="") for r in book.requests if r.id.startswith("RU-")),
        satellite_times=book.satellite_times,
    )
    found = planning.make_inputs(high, planning.sources_of(elements, network), network, HALF_DAY)
    causes = planning.why_no_window(found.search, high)

    assert () == found.search.windows
    assert "too low for the request's least elevation" in str(causes[0])
    assert ["nothing is asked for: there is no request"] == [
        str(cause) for cause in planning.why_no_window(found.search, pp.RequestBook())
    ]


def test_held_contacts_that_cannot_all_be_are_named(made: Plan) -> None:
    one = made.schedule.assignments[0]
    held = (one, replace(one, part=one.part + 1))

    with pytest.raises(pp.InputError, match=rf"held contacts {one.request}/1, {one.request}/2 are at .* at once"):
        planning.make_plan(replace(made.inputs, held=held))


def test_held_contacts_without_a_window_are_found(made: Plan) -> None:
    one, other = made.schedule.assignments[:2]
    search = replace(
        made.inputs.search,
        windows=tuple(w for w in made.inputs.search.windows if (w.request, w.antennas) != (one.request, one.antennas)),
    )

    assert (one,) == planning.held_without_window(replace(made.inputs, search=search, held=(one, other)))


def test_contacts_of_a_request_that_is_another_now_are_not_carried_over(made: Plan) -> None:
    one = made.schedule.assignments[0]
    requests = tuple(
        replace(r, agency="JAXA" if r.agency != "JAXA" else "ESA") if r.id == one.request else r
        for r in made.inputs.book.requests
    )
    book = replace(made.inputs.book, requests=requests)
    held, previous, dropped = planning.carried_over(made, book, made.inputs.span, freeze_s=86_400.0)

    assert {a.request for a in dropped} == {one.request}
    assert one.request not in {a.request for a in held + previous}
