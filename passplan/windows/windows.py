"""Contact windows: the usable parts of passes for requests, and the exclusions of the other passes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import NamedTuple

from passplan.domain.messages import Message
from passplan.domain.network import AntennaRef, Network, SatelliteId, StationId
from passplan.domain.passes import SGP4_CODES, Answer, AnswerKind
from passplan.domain.requests import ContactRequest, RequestBook
from passplan.domain.sources import Segment, Source, source_of
from passplan.domain.span import Span
from passplan.domain.windows import ContactWindow, Exclusion, Filter, Inadmissible, Pointing, WindowSearch
from passplan.passes.search import Progress
from passplan.windows.availability import Blocked, Stretch, inside, moment_of
from passplan.windows.eligibility import Admission, Admissions, Choice
from passplan.windows.filters import HOLD_LIMIT_S, FilterResult, Filters, remaining_of
from passplan.windows.pointing import Pointings, Turns
from passplan.windows.visibility import ViewPeriod, ViewPeriods, find_view_periods


def contact_windows(
    book: RequestBook,
    sources: Mapping[SatelliteId, Source | Segment],
    network: Network,
    span: Span,
    *,
    max_timing_s: float = 60.0,
    refraction: bool = False,
    progress: Progress | None = None,
) -> WindowSearch:
    """Find the windows of each request in the passes of a span.

    A window is a part of a pass at least as long as the request's least seconds (or its least part, where it may be
    split), in which the antenna is high enough, open, staffed, able to follow and away from the Sun, the satellite may
    be used, and the signal is present even if the pass comes early or late. A pass without a window is an exclusion
    with the filter that excluded it. Passes outside a request's span are ignored.

    Args:
        book: the requests.
        sources: by the network's ids of satellites; an element set is accepted as a source of its own.
        network: the antennas, agreements and closed times.
        span: the span that is planned; windows lie inside it, setup and teardown need not.
        max_timing_s: windows keep this far from AOS and LOS at most, where the pass's timing_68_s is more.
        refraction: whether elevations are apparent (Bennett's formula) instead of geometric.
        progress: called with the number of searches done, and of all: one for each satellite and least elevation.

    Returns:
        Windows and exclusions in order of requests, times and antennas; and the unusable stations and antennas.
    """
    timelines = {satellite: source_of(item) for satellite, item in sources.items()}
    admissions = Admissions(network, book)
    admitted = [(request, _with_source(request, admissions.of(request), timelines)) for request in book.requests]
    view_periods = find_view_periods(
        timelines,
        (
            (request.satellite, site.station, request.min_elevation_deg)
            for request, admission in admitted
            for choice in admission.choices
            for site in choice.sites
        ),
        span,
        max_timing_s=max_timing_s,
        refraction=refraction,
        progress=progress,
    )
    pointings = Pointings(timelines, refraction=refraction)
    finder = _Finder(
        planned=inside(span),
        view_periods=view_periods,
        pointings=pointings,
        filters=Filters(book, network, span, pointings),
        turns=Turns(_uses(admitted), view_periods, pointings),
    )
    windows: list[ContactWindow] = []
    exclusions: list[Exclusion] = []
    inadmissible: list[Inadmissible] = []
    for request, admission in admitted:
        usable, excluded = finder.find(request, admission.choices)
        windows += usable
        exclusions += excluded
        inadmissible += admission.inadmissible
        if usable or excluded:
            continue
        asked = request.span.intersection(span) or request.span
        for failure in view_periods.failures.get(request.satellite, ()):
            if failure.since <= asked.start and (failure.until is None or asked.end <= failure.until):
                cause = _cause(failure, request.satellite)
                inadmissible.append(Inadmissible(request=request.id, station="", cause=cause))
                break  # the same at each station
    return WindowSearch(windows=tuple(windows), exclusions=tuple(exclusions), inadmissible=tuple(inadmissible))


def _with_source(request: ContactRequest, admission: Admission, sources: Mapping[SatelliteId, Source]) -> Admission:
    if not admission.choices or request.satellite in sources:
        return admission
    cause = Message("no_element_set_of", "there is no element set of %(satellite)s", satellite=request.satellite)
    return Admission((), (*admission.inadmissible, Inadmissible(request=request.id, station="", cause=cause)))


def _cause(failure: Answer, satellite: SatelliteId) -> Message:
    if failure.answer is AnswerKind.DECAYED:
        return Message("decayed", "%(satellite)s has decayed by %(since)s", satellite=satellite, since=failure.since)
    if failure.until is not None:
        return Message(
            "propagation_fails_until",
            "SGP4 fails for %(satellite)s until %(until)s (%(cause)s)",
            satellite=satellite,
            until=failure.until,
            cause=SGP4_CODES[failure.sgp4_code or 0],
        )
    return Message(
        "propagation_fails_for",
        "SGP4 fails for %(satellite)s from %(since)s (%(cause)s)",
        satellite=satellite,
        since=failure.since,
        cause=SGP4_CODES[failure.sgp4_code or 0],
    )


def _uses(
    admitted: Iterable[tuple[ContactRequest, Admission]],
) -> Iterator[tuple[AntennaRef, SatelliteId, int, int]]:
    for request, admission in admitted:
        for choice in admission.choices:
            setup_s, teardown_s = _beside_s(request, choice)
            for antenna in choice.antennas:
                yield antenna, request.satellite, setup_s, teardown_s


def _beside_s(request: ContactRequest, choice: Choice) -> tuple[int, int]:
    """Setup, without turning, and teardown, in whole seconds."""
    antennas = [a for site in choice.sites for a in site.antennas]
    setup_s = max(a.setup_s for a in antennas) if request.setup_s is None else request.setup_s
    teardown_s = max(a.teardown_s for a in antennas) if request.teardown_s is None else request.teardown_s
    return math.ceil(setup_s), math.ceil(teardown_s)


class _Usable(NamedTuple):
    """A piece of time in which every site of a choice can be used, each in one of its passes."""

    piece: Stretch
    view_periods: tuple[ViewPeriod, ...]
    setup_s: int  # turning included


class _Finder:
    """Finds the windows of requests, with shared passes and filters."""

    def __init__(
        self, *, planned: Stretch, view_periods: ViewPeriods, pointings: Pointings, filters: Filters, turns: Turns
    ) -> None:
        self._planned = planned
        self._sightings = view_periods
        self._pointings = pointings
        self._filters = filters
        self._turns = turns
        self._spans: dict[Stretch, Span] = {}

    def find(self, request: ContactRequest, choices: Sequence[Choice]) -> tuple[list[ContactWindow], list[Exclusion]]:
        """The windows and exclusions of a request, in order of times and antennas."""
        windows: list[ContactWindow] = []
        exclusions: list[Exclusion] = []
        requested = inside(request.span)
        stretch = max(requested[0], self._planned[0]), min(requested[1], self._planned[1])
        if stretch[0] < stretch[1]:
            span_cut = FilterResult(Filter.SPAN, Blocked.outside([stretch]))
            for choice in choices:
                seen = [
                    self._sightings.of(request.satellite, site.station, request.min_elevation_deg, stretch)
                    for site in choice.sites
                ]
                if any(seen):
                    usable, excluded = self._of_choice(request, choice, seen, span_cut)
                    windows += usable
                    exclusions += excluded
        windows.sort(key=lambda w: (w.span.start, w.antennas))
        exclusions.sort(key=lambda e: (e.span.start, e.antennas))
        return windows, exclusions

    def _of_choice(
        self, request: ContactRequest, choice: Choice, seen: Sequence[Sequence[ViewPeriod]], span_cut: FilterResult
    ) -> tuple[list[ContactWindow], list[Exclusion]]:
        least_s = math.ceil(min(request.min_s, request.split.min_part_s) if request.split else request.min_s)
        setup_s, teardown_s = _beside_s(request, choice)
        exclusions: list[Exclusion] = []
        by_site: list[list[_Usable]] = []
        for site, view_periods, turns_s in zip(choice.sites, seen, self._turns_s(choice, seen), strict=True):
            cuts, limited = (span_cut, *self._filters.of_site(request, site)), site.limited
            usable: list[_Usable] = []
            for view_period, turn_s in zip(view_periods, turns_s, strict=True):
                setup_and_turn_s = setup_s + turn_s
                all_cuts = chain(cuts, self._filters.of_pass(limited, view_period)) if limited else cuts
                rest = remaining_of(
                    view_period, all_cuts, least_s=least_s, setup_s=setup_and_turn_s, teardown_s=teardown_s
                )
                usable += [_Usable(piece, (view_period,), setup_and_turn_s) for piece in rest.pieces]
                if rest.lost_to is not None:
                    exclusions.append(_exclusion(request, choice, view_period, rest.lost_to, rest.longest_s))
            by_site.append(usable)
        together = _together(by_site, least_s)
        windows = [
            self._window(request, choice, part, usable, teardown_s)
            for usable in together
            for part in _split(usable.piece, HOLD_LIMIT_S - usable.setup_s - teardown_s, least_s)
        ]
        if len(by_site) > 1:
            exclusions += _not_together(request, choice, by_site, together)
        return windows, exclusions

    def _turns_s(self, choice: Choice, seen: Sequence[Sequence[ViewPeriod]]) -> list[list[int]]:
        """The longest turns of the antennas before each pass; in an array over several sites, before any pass."""
        if not choice.turns:
            return [[0] * len(view_periods) for view_periods in seen]
        turns_s = [
            [
                max(
                    self._turns.longest_s(*antenna, view_period)
                    for antenna in zip(site.refs, site.antennas, strict=True)
                )
                for view_period in view_periods
            ]
            for site, view_periods in zip(choice.sites, seen, strict=True)
        ]
        if len(turns_s) == 1:
            return turns_s
        longest_s = max(chain.from_iterable(turns_s), default=0)
        return [[longest_s] * len(view_periods) for view_periods in seen]

    def _window(
        self, request: ContactRequest, choice: Choice, part: Stretch, usable: _Usable, teardown_s: int
    ) -> ContactWindow:
        if part not in self._spans:
            self._spans[part] = Span(moment_of(part[0]), moment_of(part[1]))
        return ContactWindow(
            request=request.id,
            satellite=request.satellite,
            link=request.link,
            antennas=choice.antennas,
            span=self._spans[part],
            setup_s=float(usable.setup_s),
            teardown_s=float(teardown_s),
            peak_elevation_deg=min(s.peak_elevation_deg for s in usable.view_periods),
            timing_68_s=max(s.timing_68_s for s in usable.view_periods),
            start_pointing=self._pointing(choice, usable, part[0]) if choice.turns else (),
            end_pointing=self._pointing(choice, usable, part[1]) if choice.turns else (),
        )

    def _pointing(self, choice: Choice, usable: _Usable, second: int) -> tuple[Pointing, ...]:
        return tuple(
            self._pointings.at(view_period, second, antenna)
            for site, view_period in zip(choice.sites, usable.view_periods, strict=True)
            for antenna in site.antennas
        )


def _exclusion(
    request: ContactRequest, choice: Choice, view_period: ViewPeriod, lost_to: Filter, longest_s: int
) -> Exclusion:
    return Exclusion(
        request=request.id,
        antennas=choice.antennas,
        span=view_period.span,
        filter=lost_to,
        longest_s=float(longest_s),
    )


def _together(by_site: Sequence[Sequence[_Usable]], least_s: int) -> list[_Usable]:
    """The times that all sites can use at once."""
    usable = list(by_site[0])
    for other_usable in by_site[1:]:
        pairs = [
            (one, other, (max(one.piece[0], other.piece[0]), min(one.piece[1], other.piece[1])))
            for one in usable
            for other in other_usable
        ]
        usable = [
            _Usable(piece, one.view_periods + other.view_periods, one.setup_s)  # the same at all sites, see _turns_s
            for one, other, piece in pairs
            if piece[1] - piece[0] >= least_s
        ]
    return usable


def _not_together(
    request: ContactRequest, choice: Choice, by_site: Sequence[Sequence[_Usable]], together: Sequence[_Usable]
) -> list[Exclusion]:
    """The passes that one site can use and the others cannot at the same time."""
    used = {(view_period.station.id, view_period.number) for usable in together for view_period in usable.view_periods}
    unused: dict[tuple[StationId, int], tuple[ViewPeriod, int]] = {}
    for piece, (view_period,), _ in chain.from_iterable(by_site):
        key = (view_period.station.id, view_period.number)
        if key not in used:
            _, longest_s = unused.get(key, (view_period, 0))
            unused[key] = view_period, max(longest_s, piece[1] - piece[0])
    return [
        _exclusion(request, choice, view_period, Filter.SIMULTANEOUS, longest_s)
        for view_period, longest_s in unused.values()
    ]


def _split(piece: Stretch, limit_s: int, least_s: int) -> list[Stretch]:
    """Split a piece into equal parts within the limit; into parts of the limit's length when those are too short."""
    start, end = piece
    count = -(-(end - start) // limit_s)
    if (end - start) // count >= least_s:
        edges = [start + (end - start) * k // count for k in range(count + 1)]
    else:
        edges = [*range(start, end, limit_s), end]
    return [part for part in pairwise(edges) if part[1] - part[0] >= least_s]
