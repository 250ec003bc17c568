"""The smallest relaxations of a refused request: how little it would have to ask less to have a free place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from passplan.domain.facts import LowerFits, OtherStationFits, OtherTimeFits, ShorterFits
from passplan.domain.messages import Fact
from passplan.domain.network import SatelliteId
from passplan.domain.requests import ContactRequest, RequestBook, RequestId
from passplan.domain.schedule import FreePlace, Plan, PlanInputs
from passplan.domain.sources import Source
from passplan.domain.span import Span
from passplan.domain.windows import WindowSearch

_SHORTEST_S = 30.0
_AROUND = timedelta(hours=24)
_LOWER_DEG = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0)


def relaxations(
    plan: Plan,
    request: RequestId,
    part: int = 1,
    sources: Mapping[SatelliteId, Source] | None = None,
    *,
    after: datetime | None = None,
) -> tuple[Fact, ...]:
    """The smallest change of each kind with which a refused request has a place beside all contacts of the plan.

    Each changes one thing alone: the least length, the least elevation, the span (by a day at most), or the stations.
    A repeated request is looked at part by part, and a split one as one contact.

    Args:
        plan: a plan with its inputs.
        request: a refused request.
        part: of a repeated one.
        sources: the satellites' elements; without them only the windows of the plan are looked at, for the length.
        after: places begin after this time, when the plan begins earlier.
    """
    if after is not None and plan.inputs.span.start < after:
        if plan.inputs.span.end <= after:
            return ()
        plan = replace(plan, inputs=replace(plan.inputs, span=Span(after, plan.inputs.span.end)))
    asked = next((r for r in plan.inputs.book.requests if r.id == request), None)
    inside = _inside(plan, asked, part) if asked is not None else None
    if asked is None or inside is None:
        return ()
    base = replace(
        asked, id=_name(plan, request), span=inside, wanted_s=asked.min_s, repetition=None, split=None, group=""
    )
    found = [_shorter(plan, base, asked, sources)]
    if sources is not None:
        found += [_lower(plan, base, sources), _other_time(plan, base, sources), _other_station(plan, base, sources)]
    return tuple(fact for fact in found if fact is not None)


def _name(plan: Plan, request: RequestId) -> RequestId:
    """A name that no request of the plan has."""
    names = {r.id for r in plan.inputs.book.requests}
    name = f"{request}-relaxed"
    while name in names:
        name += "-"
    return name


def _inside(plan: Plan, asked: ContactRequest, part: int) -> Span | None:
    """The time in which a part may be, within the plan."""
    common = asked.span.intersection(plan.inputs.span)
    if common is None or asked.repetition is None or asked.repetition.period == "span":
        return common
    day = asked.span.start.replace(hour=0, minute=0, second=0, microsecond=0)
    day += timedelta(days=(part - 1) // asked.repetition.times)
    return common.intersection(Span(day, day + timedelta(days=1)))


def _shorter(
    plan: Plan, base: ContactRequest, asked: ContactRequest, sources: Mapping[SatelliteId, Source] | None
) -> Fact | None:
    shorter = replace(base, min_s=min(_SHORTEST_S, base.min_s))
    if sources is not None:
        places = _free(plan, shorter, sources, base.span)
    else:
        windows = tuple(replace(w, request=base.id) for w in plan.inputs.search.windows if w.request == asked.id)
        places = _places(plan, shorter, WindowSearch(windows=windows), plan.inputs.span)
    best = max(places, key=lambda p: (p.contact.duration_s, -p.contact.start.timestamp()), default=None)
    if best is None or best.contact.duration_s >= base.min_s:
        return None
    return ShorterFits(
        by_s=base.min_s - best.contact.duration_s,
        length_s=best.contact.duration_s,
        antennas=best.antennas,
        start=best.contact.start,
    )


def _lower(plan: Plan, base: ContactRequest, sources: Mapping[SatelliteId, Source]) -> Fact | None:
    least_deg = base.min_elevation_deg
    if least_deg is None:
        return None
    for by_deg in _LOWER_DEG:
        if by_deg > least_deg:
            break
        places = _free(plan, replace(base, min_elevation_deg=least_deg - by_deg), sources, base.span)
        if places:
            first = places[0]
            return LowerFits(
                by_deg=by_deg,
                elevation_deg=least_deg - by_deg,
                antennas=first.antennas,
                start=first.contact.start,
            )
    return None


def _other_time(plan: Plan, base: ContactRequest, sources: Mapping[SatelliteId, Source]) -> Fact | None:
    around = Span(max(plan.inputs.span.start, base.span.start - _AROUND), base.span.end + _AROUND)

    def outside_s(place: FreePlace) -> float:
        later = (place.contact.end - base.span.end).total_seconds()
        earlier = (place.contact.start - base.span.start).total_seconds()
        return later if later > 0.0 else min(0.0, earlier)

    places = [p for p in _free(plan, replace(base, span=around), sources, around) if outside_s(p) != 0.0]
    best = min(places, key=lambda p: (abs(outside_s(p)), p), default=None)
    if best is None:
        return None
    return OtherTimeFits(by_s=outside_s(best), antennas=best.antennas, start=best.contact.start)


def _other_station(plan: Plan, base: ContactRequest, sources: Mapping[SatelliteId, Source]) -> Fact | None:
    if not base.stations and not base.arrays:
        return None
    places = _free(plan, replace(base, stations=(), arrays=()), sources, base.span)
    return OtherStationFits(antennas=places[0].antennas, start=places[0].contact.start) if places else None


def _free(
    plan: Plan, variant: ContactRequest, sources: Mapping[SatelliteId, Source], span: Span
) -> Sequence[FreePlace]:
    """The free places of a variant of a request, in order of time."""
    from passplan.windows.windows import contact_windows

    inputs = plan.inputs
    book = replace(inputs.book, requests=(variant,))
    search = contact_windows(book, sources, inputs.network, span, max_timing_s=inputs.policy.max_timing_s)
    return _places(plan, variant, search, span)


def _places(plan: Plan, variant: ContactRequest, search: WindowSearch, span: Span) -> Sequence[FreePlace]:
    from passplan.scheduling.places import free_places

    book = RequestBook(requests=(*plan.inputs.book.requests, variant), groups=plan.inputs.book.groups)
    inputs = PlanInputs(
        span=span,
        book=book,
        network=plan.inputs.network,
        search=search,
        held=plan.schedule.assignments,
        policy=plan.inputs.policy,
    )
    return free_places(inputs, variant.id)
