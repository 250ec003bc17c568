"""Free places for one more contact beside the held ones, without moving any."""

from __future__ import annotations

from datetime import timedelta

from passplan.domain.requests import RequestId
from passplan.domain.schedule import FreePlace, PlanInputs
from passplan.domain.span import Span
from passplan.scheduling.building import build
from passplan.scheduling.occupancy import Occupancy


def free_places(inputs: PlanInputs, request: RequestId) -> tuple[FreePlace, ...]:
    """The free places for a request's contacts, in order of time: one for each free piece of each of its windows.

    Each has the wanted length, or the free length if that is shorter, and lies in the middle of its piece, where the
    satellite is highest.
    """
    problem = build(inputs)
    occupancy = Occupancy(problem)
    places: dict[FreePlace, None] = {}
    for task in problem.tasks:
        if problem.requests[task.request].id != request:
            continue
        for number in task.options:
            option = problem.options[number]
            room = occupancy.affordable(option)
            if room < task.least_s:
                continue
            for low, high in occupancy.free(option):
                length = min(task.wanted_s, high - low, room)
                if length < task.least_s:
                    continue
                start = low + (high - low - length) // 2

                def span(first: int, last: int) -> Span:
                    return Span(problem.start + timedelta(seconds=first), problem.start + timedelta(seconds=last))

                place = FreePlace(
                    contact=span(start, start + length),
                    occupies=span(start - option.setup_s, start + length + option.teardown_s),
                    antennas=tuple(problem.antennas[a] for a in option.antennas),
                    peak_elevation_deg=option.peak_deg,
                )
                places[place] = None
    return tuple(sorted(places))
