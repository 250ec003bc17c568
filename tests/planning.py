"""Small planning problems made by hand: minutes after a Sunday evening, some stations, one satellite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from passplan.domain.network import Agency, Agreement, Antenna, Link, Network, Satellite, Station
from passplan.domain.requests import ContactRequest, RequestBook, RequestGroup
from passplan.domain.schedule import Assignment, PlanInputs, Policy
from passplan.domain.span import Span
from passplan.domain.windows import ContactWindow, Exclusion, Inadmissible, WindowSearch
from tests.refs import Antennas, refs

START = datetime(2026, 8, 9, 22, 0, tzinfo=UTC)  # a Sunday
MIDNIGHT = 120.0  # and of a new week [minutes after the start]
STATIONS = (("wlp", "NASA"), ("gds", "NASA"), ("krn", "ESA"), ("mas", "ESA"), ("ham", ""))


def at(minutes: float) -> datetime:
    """So many minutes after the start."""
    return START + timedelta(minutes=minutes)


def minute(moment: datetime) -> float:
    """The inverse of `at`."""
    return (moment - START).total_seconds() / 60.0


def span(start_min: float, end_min: float) -> Span:
    return Span(at(start_min), at(end_min))


WHOLE = span(0, 360)


def request(name: str, min_s: float = 300.0, wanted_s: float | None = None, **changes: Any) -> ContactRequest:
    """NASA asks for five minutes of the ISS's uplink."""
    asked = {"agency": "NASA", "satellite": "ISS", "link": "up", "span": WHOLE}
    return ContactRequest(id=name, min_s=min_s, wanted_s=max(min_s, wanted_s or 0.0), **{**asked, **changes})


def window(name: str, start_min: float, end_min: float, *antennas: Antennas, **changes: Any) -> ContactWindow:
    """A window of a request at one antenna of Wallops, without setup and teardown."""
    found = {"satellite": "ISS", "link": "up", "setup_s": 0.0, "teardown_s": 0.0, "peak_elevation_deg": 45.0}
    return ContactWindow(
        request=name,
        antennas=refs(*antennas or ("wlp/a",)),
        span=span(start_min, end_min),
        timing_68_s=0.0,
        **{**found, **changes},
    )


def contact(
    name: str, start_min: float, end_min: float, *antennas: Antennas, part: int = 1, setup_s: float = 0.0
) -> Assignment:
    """A contact, for what is held and for earlier schedules."""
    signal = span(start_min, end_min)
    return Assignment(
        contact=signal,
        occupies=Span(signal.start - timedelta(seconds=setup_s), signal.end),
        antennas=refs(*antennas or ("wlp/a",)),
        request=name,
        part=part,
        satellite="ISS",
        link="up",
    )


def network(capacity: int = 1, agreements: Sequence[Agreement] = ()) -> Network:
    """Five stations with two antennas each: two of NASA, two of ESA, one that is anyone's."""
    antennas = (Antenna(id="a", bands=("S",)), Antenna(id="b", bands=("S",)))
    return Network(
        agencies=(Agency(id="ESA"), Agency(id="NASA")),
        stations=tuple(
            Station(id=name, latitude_deg=0.0, longitude_deg=0.0, agency=agency, antennas=antennas)
            for name, agency in STATIONS
        ),
        satellites=(
            Satellite(
                id="ISS",
                catalog_number=25544,
                links=(Link(id="up", direction="uplink", band="S", capacity=capacity),),
            ),
        ),
        agreements=tuple(agreements),
    )


def agreement(minutes_per_week: float, *stations: str) -> Agreement:
    """ESA lets NASA use Kiruna."""
    return Agreement(owner="ESA", user="NASA", stations=stations or ("krn",), minutes_per_week=minutes_per_week)


def inputs(
    requests: Sequence[ContactRequest],
    windows: Sequence[ContactWindow],
    *,
    capacity: int = 1,
    agreements: Sequence[Agreement] = (),
    groups: Sequence[RequestGroup] = (),
    held: Sequence[Assignment] = (),
    previous: Sequence[Assignment] = (),
    exclusions: Sequence[Exclusion] = (),
    inadmissible: Sequence[Inadmissible] = (),
    policy: Policy | None = None,
    within: Span = WHOLE,
    seed: int = 1,
) -> PlanInputs:
    """Everything that a schedule is made from, at quick effort."""
    return PlanInputs(
        span=within,
        book=RequestBook(requests=tuple(requests), groups=tuple(groups)),
        network=network(capacity, agreements),
        search=WindowSearch(windows=tuple(windows), exclusions=tuple(exclusions), inadmissible=tuple(inadmissible)),
        held=tuple(held),
        previous=tuple(previous),
        policy=policy or Policy(),
        effort="quick",
        seed=seed,
    )
